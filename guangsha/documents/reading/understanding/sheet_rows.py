"""The indicator part of a scoring sheet: rows with name, target, actual, points and score, and the rows below them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from guangsha.documents.reading.source import TableCell
from guangsha.documents.reading.understanding.cells import (
    Figure,
    compact,
    digits_only,
    figure,
    is_blank,
    join_torn,
    tidy,
    unreadable,
    words,
)
from guangsha.documents.reading.understanding.columns import SIDE, Bound, Columns, columns_of, text_of
from guangsha.documents.reading.understanding.forms import FormRow
from guangsha.documents.reading.understanding.sheet_levels import Labels, fill_levels
from guangsha.documents.reading.understanding.sheet_words import (
    block_of_row,
    closing_field,
    head_field,
    is_indicator_head,
    is_signature,
    is_total,
    total_cell,
)
from guangsha.documents.reading.understanding.vocabulary import indicator_field, is_level2
from guangsha.kernel.measures import split_unit

_TEXTS = ("target", "actual", "rule", "reason", "unit", "sign")
#: Labels below the indicators where the total is missing.
_CLOSING_LABEL = re.compile(r"偏差大或目标未完成原因分析|改进措施及结果应用方案")
#: What forms and systems leave in rows that nobody filled.
_TEMPLATE = re.compile(r"指标\d*[:：]?|[.…]{1,6}|X{2,}|其他|无")


@dataclass
class IndicatorRow:
    """One row as read: texts by field, with the cells they stand in."""

    row: FormRow
    bound: dict[str, Bound]
    name: str
    labels: Labels
    texts: dict[str, str] = field(default_factory=dict)
    weight: Figure | None = None
    score: Figure | None = None
    weight_at: TableCell | None = None  # where the points stand when no column gives them

    def cell(self, *fields: str) -> TableCell:
        for name in fields:
            if name in self.bound:
                return self.bound[name].cell
        return next(iter(self.bound.values())).cell if self.bound else self.row.cells[0]

    def doubtful(self, name: str) -> bool:
        """Whether a scan cut the target or the actual value so that nobody can say what it was."""
        text = self.texts.get(name, "")
        if not self.row.torn or not text or two_numbers(text):
            return False
        if _residue(text, len(self.bound[name].cells) if name in self.bound else 1):
            return True
        # "42栋每月巡查2" beside "栋": two rows ran together
        other = self.texts.get("actual" if name == "target" else "target", "")
        return _bare_unit(other) and len(re.findall(r"\d+", text)) > 1

    @property
    def inapplicable(self) -> bool:
        return "不适用" in (self.texts.get("target", ""), self.texts.get("actual", ""))


@dataclass(frozen=True, slots=True)
class BlockMark:
    """A named goal with its own indicators: its name, points and the cell they stand in."""

    name: str
    points: str
    cell: TableCell


@dataclass
class IndicatorPart:
    """Everything from the indicator head down."""

    rows: list[IndicatorRow] = field(default_factory=list)
    blocks: list[BlockMark] = field(default_factory=list)
    heads: list[tuple[str, TableCell]] = field(
        default_factory=list
    )  # texts of level-1 cells, for their points
    totals: list[TableCell] = field(default_factory=list)
    total_columns: dict[str, TableCell] = field(default_factory=dict)
    closing: dict[str, tuple[str, TableCell]] = field(default_factory=dict)
    torn: bool = False
    has_weights: bool = False
    has_rules: bool = False
    notes: list[str] = field(default_factory=list)


class PartReader:
    """Reads the rows below the first indicator head."""

    def __init__(self, rows: Sequence[FormRow], block: BlockMark | None = None) -> None:
        self.rows = rows
        self.part = IndicatorPart(torn=any(row.torn for row in rows))
        self.columns: Columns | None = None
        self.block = block
        if block:
            self.part.blocks.append(block)
        self.done = False
        self.pages = _pages(rows)

    def read(self) -> IndicatorPart:
        for number, row in enumerate(self.rows):
            self._row(row, number)
        self._drop_residue()
        guessed = self.part.torn or _unmerged(self.part.rows)
        fill_levels([row.labels for row in self.part.rows], guessed=guessed)
        self.part.rows = [row for row in self.part.rows if row.labels.has_data]
        return self.part

    def _row(self, row: FormRow, number: int) -> None:
        if is_indicator_head(row):
            found = columns_of(row, head_field(row), self.rows[number + 1 :], indicator_field)
            if found is not None:
                self.columns = found
                self.part.has_weights = self.part.has_weights or found.has("weight")
                self.part.has_rules = self.part.has_rules or found.has("rule")
            return
        mark = block_of_row(row)
        if mark:
            self.block = BlockMark(*mark)
            self.part.blocks.append(self.block)
            return
        if is_total(row):
            self._total(row)
            return
        if is_signature(row) or (row.filled and _CLOSING_LABEL.match(compact(row.filled[0].text))):
            self.done = True
        if self._closing(row) or self.done or self.columns is None:
            return
        self._indicator(row, self.columns)

    # --- rows below the indicators ---------------------------------------------------------------------------

    def _total(self, row: FormRow) -> None:
        if self.part.totals:
            return
        self.done = True
        self.part.totals = total_cell(row)
        if self.columns is not None and not row.torn:
            bound = self.columns.bind(row)
            self.part.total_columns = {
                name: bound[name].cell
                for name in ("weight", "score")
                if name in bound and figure(bound[name].text)
            }

    def _closing(self, row: FormRow) -> bool:
        """``偏差大或目标未完成原因分析`` and ``改进措施及结果应用方案`` below the total."""
        filled = row.filled
        if not self.done or not filled:
            return False
        for length in range(1, min(3, len(filled)) + 1):
            if any(len(compact(cell.text)) > 24 for cell in filled[:length]):
                break
            name = closing_field("".join(cell.text for cell in filled[:length]))
            if name:
                rest = list(filled[length:])
                whole = re.search(r"(?:分析|方案|措施)[:：]?$", compact(filled[length - 1].text))
                while row.torn and not whole and rest and len(compact(rest[0].text)) <= 4:
                    rest.pop(0)  # what a scan cut off the label
                text = words(join_torn([cell.text for cell in rest]))
                if text and name not in self.part.closing:
                    self.part.closing[name] = (text, rest[0])
                return True
        return False

    # --- indicator rows ----------------------------------------------------------------------------------------

    def _indicator(self, row: FormRow, columns: Columns) -> None:
        bound = columns.bind(row)
        for name in (SIDE, "level1"):
            if name in bound:
                self.part.heads.extend(
                    (cell.text, cell) for cell in bound[name].cells if cell.row == row.index or row.torn
                )
        name = text_of(bound, "name")
        if is_level2(name) and "level2" not in bound:
            bound["level2"], name = bound["name"], ""
        texts = {field: text for field in _TEXTS if (text := text_of(bound, field)) and not is_blank(text)}
        has_data = bool(name or texts.get("target") or texts.get("actual")) and not self._template(
            name, texts, bound
        )
        labels = Labels(
            printed1=text_of(bound, "level1"),
            printed2=bound["level2"].text if "level2" in bound else "",
            hint=f"{name} {texts.get('target', '')} {texts.get('actual', '')}",
            block=self.block.name if self.block else "",
            has_data=has_data,
            page=self.pages[id(row)],
        )
        read = IndicatorRow(row, bound, _unnumbered(name), labels, texts)
        read.weight = _points(bound, "weight")
        read.score = _points(bound, "score")
        _share_cut_figure(read)
        self.part.rows.append(read)

    @staticmethod
    def _template(name: str, texts: dict[str, str], bound: dict[str, Bound]) -> bool:
        """A row that the form offers and nobody filled: ``指标1：``, ``……``, or a name and nothing else in a scan."""
        filled = texts.get("target") or texts.get("actual") or "score" in bound or "weight" in bound
        return bool(not filled and (not name or _TEMPLATE.fullmatch(compact(name)) or len(bound) <= 3))

    def _drop_residue(self) -> None:
        """A row whose figures are no figures is the ghost of the next one: its words and labels go there."""
        kept: list[IndicatorRow] = []
        ghost: IndicatorRow | None = None
        for row in self.part.rows:
            values = [row.bound[name].text for name in ("target", "actual") if name in row.bound]
            if row.row.torn and len(values) == 2 and all(_scarred(text) for text in values):
                ghost = row
                continue
            if ghost is not None:
                self.part.notes.append(
                    f"“{ghost.name}{row.name}”一行被识别成两行，按第二行的数字读取，请核对原件。"
                )
                row.name = ghost.name + row.name
                row.labels.printed1 = row.labels.printed1 or ghost.labels.printed1
                row.labels.printed2 = row.labels.printed2 or ghost.labels.printed2
                ghost = None
            kept.append(row)
        self.part.rows = kept if ghost is None else [*kept, ghost]


def _pages(rows: Sequence[FormRow]) -> dict[int, int]:
    """Row (by identity) → number of its page: by the page it was read from, else by gaps between the lines of a text."""
    steps = [b.spot.line - a.spot.line for a, b in pairwise(rows) if a.spot.line and b.spot.line]
    usual = max(set(steps), key=steps.count) if steps else 0
    page, before = 0, None
    found: dict[int, int] = {}
    for row in rows:
        if before is not None:
            gap = usual == 1 and row.spot.line and before.spot.line and row.spot.line - before.spot.line > 1
            page += bool(row.piece != before.piece or row.spot.page != before.spot.page or gap)
        found[id(row)] = page
        before = row
    return found


def _scarred(text: str) -> bool:
    """Whether no figure can be made of the digits: ``1,7,200``, ``1.5.0``."""
    return unreadable(text)


def _points(bound: dict[str, Bound], name: str) -> Figure | None:
    found = bound.get(name)
    if found is None:
        return None
    value = figure(found.text)
    return value if value is not None and not value.percent else None


def _unnumbered(name: str) -> str:
    """A name without the number that some print before it: ``1.按时足额收取租金``; one that lists points keeps them."""
    found = re.match(r"(?:指标)?\d{1,2}\s*[.．、:：](?!\d)\s*", name)
    if found and not re.search(r"[;；。]\s*2\s*[.．、]", name):
        return name[found.end() :] or name
    return name


def _share_cut_figure(row: IndicatorRow) -> None:
    """``5 栋 9`` beside ``栋``: the last digits belong to the next cell, which kept only its unit."""
    if not row.row.torn:
        return
    target, actual = row.texts.get("target", ""), row.texts.get("actual", "")
    found = re.fullmatch(r"(?P<own>\d+(?P<unit>\D{1,3}?))\s*(?P<cut>\d+)", re.sub(r"\s", "", target))
    if found and actual == found["unit"]:
        row.texts["target"], row.texts["actual"] = found["own"], found["cut"] + actual


def _unmerged(rows: Sequence[IndicatorRow]) -> bool:
    """Whether names stand alone over blank cells, as where a file kept no merged cells."""
    return any("level2" not in row.bound and row.labels.has_data for row in rows)


def _residue(text: str, pieces: int) -> bool:
    """What a ruling line leaves of a value: a unit without its number, a sign at the front, digits inside a word."""
    bare = compact(text)
    if _bare_unit(bare) or bare[0] in ":：;；,，、.·-—":
        return True
    if re.search(r"\d\s+\d", text) or re.search(r"\d[A-Z](?![A-Za-z])", bare):
        return True
    inside = re.search(r"[\u4e00-\u9fff]\d{1,2}([\u4e00-\u9fff])", bare)
    return pieces > 1 and inside is not None and split_unit(inside[1])[0] is None


def _bare_unit(text: str) -> bool:
    unit, rest = split_unit(compact(text))
    return unit is not None and not rest


def two_numbers(text: str) -> bool:
    """Whether a cell holds two bare numbers side by side (``41 39``), which nobody can tell apart."""
    return digits_only(text) and re.fullmatch(r"\d[\d.,]*(?:\s+\d[\d.,]*)+", tidy(text)) is not None
