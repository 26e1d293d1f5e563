"""Forms: the tables of a document put together again, each with its title, its rows and the lines around it.

A form may run over several tables (a page break changed its columns) and one table may hold several forms (a
workbook sheet). What a form is, is for its reader to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from guangsha.documents.reading.source import Line, SourceDocument, SourceTable, Spot, TableCell
from guangsha.documents.reading.understanding.cells import compact, is_blank, money_unit, words
from guangsha.kernel.measures import WAN_YUAN, Unit

#: The title of a form: short, and ends with what a form is called.
_TITLE = re.compile(r".{2,70}(?:表|自评结果)(?:[(（].{1,30}[)）])?")
_FORM_WORD = re.compile(
    r"(?:自评|评价|评分|打分|得分|决算|预算|数据|明细|情况|统计|汇总|一览|总|支出|收入|收支)表"
)
_ANNEX = re.compile(r"附(?:件|表)[\d一二三四五六七八九十—\-－.、:：]*")
#: Page numbers and other furniture between the pages of one table.
_FURNITURE = re.compile(r"[-—–\s]*(?:第?\d{1,4}页?|\d{1,4}/\d{1,4}|共\d+页|续表|\(续表\)|（续表）)[-—–\s]*")
#: Lines looked back at for a title, and lines that may stand between a form and its notes.
_CAPTIONS_MAX = 6
_CAPTION_CHARS_MAX = 90


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of a form: its distinct cells from left to right, blank ones included; a merged cell stands in each row."""

    cells: tuple[TableCell, ...]
    index: int
    piece: int
    width: int
    torn: bool

    @property
    def filled(self) -> tuple[TableCell, ...]:
        return tuple(cell for cell in self.cells if not is_blank(cell.text))

    @property
    def own(self) -> tuple[TableCell, ...]:
        """Filled cells that begin in this row (not those merged down from above)."""
        return tuple(cell for cell in self.filled if cell.row == self.index)

    @property
    def text(self) -> str:
        """The whole row without blanks, for looking for words."""
        return "".join(compact(cell.text) for cell in self.filled)

    @property
    def spot(self) -> Spot:
        return next((cell.spot for cell in self.cells), Spot())


@dataclass(frozen=True)
class Form:
    """A form: ``captions`` are the lines above it (nearest last), ``notes`` those below up to the next form."""

    title: str
    rows: tuple[FormRow, ...]
    captions: tuple[Line, ...] = ()
    notes: tuple[Line, ...] = ()

    @property
    def torn(self) -> bool:
        return any(row.torn for row in self.rows)

    @property
    def unit(self) -> Unit:
        """The unit of money that stands above the form or in its head; 万元 where none does."""
        for line in reversed(self.captions):
            found = money_unit(line.text)
            if found is not None:
                return found
        for row in self.rows[:8]:
            for cell in row.filled:
                found = money_unit(cell.text)
                if found is not None:
                    return found
        return WAN_YUAN


@dataclass
class _Draft:
    title: str
    captions: list[Line]
    rows: list[FormRow] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)
    pieces: int = 0

    def form(self) -> Form:
        return Form(self.title, tuple(self.rows), tuple(self.captions), tuple(self.notes))


def is_title(text: str) -> bool:
    """Whether a line reads as the title of a form."""
    bare = compact(text)
    return (
        len(bare) <= _CAPTION_CHARS_MAX
        and _TITLE.fullmatch(bare) is not None
        and _FORM_WORD.search(bare) is not None
        and not bare.endswith(("。", "；"))
        and "：" not in bare[:3]
    )


def is_annex_mark(text: str) -> bool:
    return _ANNEX.fullmatch(compact(text)) is not None


def forms_of(document: SourceDocument) -> list[Form]:
    """Every form of the document in reading order."""
    drafts: list[_Draft] = []
    between: list[Line] = []
    for block in document.blocks:
        if isinstance(block, Line):
            between.append(block)
            continue
        if drafts and (block.continues or _same_form(between, drafts[-1], block)):
            _add_table(drafts, block)
        else:
            if drafts:
                drafts[-1].notes += between
            captions = _captions(between)
            drafts.append(_Draft(_title_of(captions), captions))
            _add_table(drafts, block)
        between = []
    if drafts:
        drafts[-1].notes += between
    return [draft.form() for draft in drafts if draft.rows]


def _same_form(between: list[Line], before: _Draft, table: SourceTable) -> bool:
    """Whether only page furniture parts the tables and the second one brings no title of its own."""
    if any(not _FURNITURE.fullmatch(line.text.strip()) for line in between):
        return False
    first = next(iter(_rows(table, 0)), None)
    return before.pieces > 0 and first is not None and _row_title(first) == ""


def _captions(lines: list[Line]) -> list[Line]:
    """The short lines right above a table: title, department, unit of money."""
    kept: list[Line] = []
    for line in reversed(lines[-_CAPTIONS_MAX:]):
        bare = compact(line.text)
        if len(bare) > _CAPTION_CHARS_MAX or bare.endswith(("。", "；")):
            break
        kept.insert(0, line)
    return kept


def _title_of(captions: Iterable[Line]) -> str:
    lines = list(captions)
    for number in range(len(lines) - 1, -1, -1):
        if is_title(lines[number].text):
            before = lines[number - 1].text if number else ""
            whole = words(lines[number].text)
            # a title in two lines: "2023年度某某中心" over "整体支出绩效自评表"
            if (
                re.search(r"20\d\d年", compact(before))
                and not re.search(r"20\d\d年", whole)
                and len(compact(before)) < 40
            ):
                return words(before) + whole
            return whole
    return ""


def _rows(table: SourceTable, piece: int) -> Iterator[FormRow]:
    for index in range(table.row_count):
        yield FormRow(table.row_cells(index), index, piece, table.column_count, table.torn)


def _row_title(row: FormRow) -> str:
    """The title that a row is: one filled cell over the width of the table."""
    filled = row.filled
    if len(filled) != 1 or not is_title(filled[0].text):
        return ""
    whole = filled[0].columns >= row.width - 1 or row.torn or len(row.cells) == row.width
    return words(filled[0].text) if whole else ""


def _add_table(drafts: list[_Draft], table: SourceTable) -> None:
    """The rows of a table at the end of the last form; a title inside the table opens a new one."""
    draft = drafts[-1]
    piece = draft.pieces
    draft.pieces += 1
    for row in _rows(table, piece):
        title = _row_title(row)
        if not row.filled:
            continue
        if title or (len(row.filled) == 1 and is_annex_mark(row.filled[0].text)):
            line = Line(words(row.filled[0].text), row.filled[0].spot)
            if draft.rows:
                draft = _Draft("", [], pieces=1)
                drafts.append(draft)
            draft.captions.append(line)
            draft.title = title or draft.title
            continue
        draft.rows.append(row if draft.pieces == piece + 1 else replace(row, piece=0))
