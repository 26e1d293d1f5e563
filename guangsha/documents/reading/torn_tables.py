"""Tables inside plain text: tab-separated rows, whose columns have to be guessed, and rows between bars.

A word processor's or an OCR program's "save as text" keeps no grid. What it leaves is a block of lines with tabs; the
block is the table, its columns are the tabs. Captions and signatures that stand in the block without a gap stay lines.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from guangsha.documents.reading.source import Block, Line, SourceTable, Spot, TableCell


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line of the file as it stands, without its end; ``page`` where the file marks pages."""

    number: int
    text: str
    page: int | None = None

    @property
    def blank(self) -> bool:
        return not self.text.strip(" \r\t") and "\t" not in self.text

    @property
    def spot(self) -> Spot:
        return Spot(self.number, self.page)


Field = tuple[str, Spot]


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one row, empty ones included."""

    fields: tuple[Field, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(text for text, _ in self.fields)

    @property
    def filled(self) -> tuple[str, ...]:
        return tuple(text for text, _ in self.fields if text)

    @property
    def spot(self) -> Spot:
        return self.fields[0][1]


#: What stands above a table: its number, form number, unit of money, department, or its title.
_ABOVE = re.compile(
    r"[（(]?(附件|附表|表)\s*[\d一二三四五六七八九十]"
    r"|.{0,6}公开\s*\d+\s*表$"
    r"|[（(]?(金额|计量|货币)?单位\s*[:：]"
    r"|[（(]?(部门|单位名称|编制单位|预算单位|填报单位|预算部门|项目单位|部门名称)(名称|（.{1,8}）|\(.{1,8}\))?\s*[:：]"
)
_TITLE = re.compile(
    r"\S.{3,60}(自评表|评价表|决算表|预算表|总表|明细表|情况表|数据表|评分表|打分表|统计表|一览表|收支表|支出表|收入表)"
    r"\s*([（(].{1,20}[）)])?$"
)
#: What stands below it: notes and signatures.
_BELOW = re.compile(
    r"(备\s*注|说\s*明|注)\s*\d?\s*[:：]"
    r"|(填表人|填报人|填报日期|填表日期|审核人|制表人|制表|经办人|复核|联系电话|联系人|单位(主要)?负责人|部门负责人"
    r"|财务负责人|负责人)(签字|签章|（签字）|\(签字\))?\s*[:：]"
)
#: A heading of the report's text.
_HEADING = re.compile(
    r"第[一二三四五六七八九十]{1,3}部分|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]"
)
_CONTENTS_ROW = re.compile(r".+?[\s.…·．]+(\d{1,4})$")
_BAR_RULE = re.compile(r"[\s|:+\-=─┼│]+")
#: A line between two rows may be a row of one merged cell when it is as short as a label.
_LABEL_CHARS_MAX = 30
#: No published table has more columns; a line with more tabs is something else.
_COLUMNS_MAX = 100
#: Rows of a table's head that a new page may repeat.
_HEAD_ROWS_MAX = 8

#: Markup that some converters leave inside cells; only these names, so that "<5%" stays a comparison.
_BREAK_TAGS = re.compile(r"\s*<(?:/p|/div|/li|br\s*/?)\s*>\s*", re.IGNORECASE)
_LEFT_TAGS = re.compile(
    r"</?(?:p|div|li|ul|ol|b|i|u|span|strong|em|font|sup|sub|a|center)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE
)
_ENTITIES = re.compile(r"&(?:nbsp|ensp|emsp|lt|gt|amp|quot|ldquo|rdquo|times|#\d{2,5});")
_BOOKMARKS = re.compile(r"\[bookmark: [^\]]{0,80}\]")


def tidy(text: str) -> str:
    """``text`` without the remnants of conversion; figures and characters stay as printed."""
    if "<" in text:
        text = _LEFT_TAGS.sub("", _BREAK_TAGS.sub("\n", text))
    if "&" in text:
        text = _ENTITIES.sub(lambda found: html.unescape(found[0]), text)
    if "[" in text:
        text = _BOOKMARKS.sub("", text)
    return text.replace("\xa0", " ").strip(" \t\n\r\f\u3000\ufeff")


def is_caption(text: str) -> bool:
    """Whether a line inside or beside a table belongs to the report's text: caption, note, signature."""
    text = text.strip(" \t\u3000")
    return bool(_ABOVE.match(text) or _BELOW.match(text) or _TITLE.fullmatch(text))


def is_heading(text: str) -> bool:
    """Whether a line opens with the number of a heading."""
    return bool(_HEADING.match(text.strip(" \t\u3000")))


def lines_of(raw: RawLine) -> Iterator[Line]:
    """The line as a block; nothing where it is blank once tidied."""
    text = tidy(raw.text)
    level = 0
    if text.startswith("#"):  # a heading of Markdown, which OCR programs like to write
        bare = text.lstrip("#")
        if bare.startswith(" ") and len(text) - len(bare) <= 6:
            level, text = len(text) - len(bare), bare.strip()
    if text:
        yield Line(text, raw.spot, level)


def line_of_row(row: Row) -> Line:
    """A row that is no row of a table, as the line it was."""
    return Line("\t".join(row.filled), row.spot)


def table_of(rows: Sequence[Row]) -> SourceTable:
    """The grid as the tabs give it: a column for each, empty cells kept; columns empty throughout at the end left out."""
    rows = _shifted_back(rows)
    width = max((_extent(row)[1] + 1 for row in rows), default=1)
    cells = [
        TableCell(text, r, c, spot=spot)
        for r, row in enumerate(rows)
        for c, (text, spot) in enumerate(row.fields[:width])
    ]
    return SourceTable(tuple(cells), rows[0].spot, torn=True)


def _extent(row: Row) -> tuple[int, int]:
    """Index of the first and of the last filled field; (0, 0) for an empty row."""
    filled = [i for i, text in enumerate(row.texts) if text]
    return (filled[0], filled[-1]) if filled else (0, 0)


def _shifted_back(rows: Sequence[Row]) -> Sequence[Row]:
    """A row that an OCR program put to the right of the whole table, moved back under it, right edges together."""
    extents = [_extent(row) for row in rows]
    if len(rows) < 4:
        return rows
    edge, held = Counter(last for _, last in extents).most_common(1)[0]
    ends = sorted(last for _, last in extents)
    moved: list[Row] = []
    for row, (first, last) in zip(rows, extents, strict=True):
        if held > 1 and first > edge and bisect_left(ends, first) == len(rows) - 1 and last - edge <= first:
            row = Row(row.fields[last - edge :])
        moved.append(row)
    return moved


# --- rows with tabs ---------------------------------------------------------------------------------------------


def read_tabbed(lines: Sequence[RawLine], start: int) -> tuple[list[Block], int]:
    """The blocks that the lines with tabs from ``start`` on make, and the index of the line after them."""
    rows: list[Row] = []
    i = start
    while i < len(lines):
        raw = lines[i]
        if "\t" in raw.text:
            rows.append(_row(raw))
        elif not _is_merged_row(lines, i):
            break
        else:
            rows.append(Row(((tidy(raw.text), raw.spot),)))
        i += 1
    return _blocks_of_rows([row for row in rows if row.filled]), i


def _row(raw: RawLine) -> Row:
    if raw.text.count("\t") > _COLUMNS_MAX:
        return Row(((tidy(raw.text), raw.spot),))
    return Row(tuple((tidy(part), raw.spot) for part in raw.text.split("\t")))


def _is_merged_row(lines: Sequence[RawLine], i: int) -> bool:
    """A short line without tab, with a row close above and close below: a cell merged over the whole width."""
    text = lines[i].text.strip()
    if not text or len(text) > _LABEL_CHARS_MAX or text.endswith(("。", "；", ";")) or is_caption(text):
        return False
    return i + 1 < len(lines) and "\t" in lines[i - 1].text and "\t" in lines[i + 1].text


def _blocks_of_rows(rows: list[Row]) -> list[Block]:
    first, last = 0, len(rows)
    while first < last and _stands_above(rows[first]):
        first += 1
    while last > first and _stands_below(rows[last - 1]):
        last -= 1
    inner = rows[first:last]
    blocks: list[Block] = [line_of_row(row) for row in rows[:first]]
    if _is_contents(inner) or not _is_table(inner):
        blocks.extend(line_of_row(row) for row in inner)
    else:
        blocks.append(table_of(_joined(inner)))
    blocks.extend(line_of_row(row) for row in rows[last:])
    return blocks


def _stands_above(row: Row) -> bool:
    """Captions only; ``项目名称：甲`` beside other cells is a row."""
    return all(_ABOVE.match(text) or _TITLE.fullmatch(text) for text in row.filled) or (
        len(row.filled) == 1 and bool(_BELOW.match(row.filled[0]))
    )


def _stands_below(row: Row) -> bool:
    first = row.filled[0]
    labels = sum(1 for text in row.filled if _BELOW.match(text))
    # "填表人：" beside other signatures, or a note that fills its row; "备注" as the label of a row has no colon
    return bool(_BELOW.match(first)) and (labels == len(row.filled) or len(row.filled) == 1 or labels >= 2)


def _is_table(rows: Sequence[Row]) -> bool:
    """Two rows with columns, or one that is wide: a single tab in a paragraph makes no table."""
    columned = [row for row in rows if len(row.filled) >= 2]
    if any(len(row.filled) >= 4 for row in columned):
        return True
    return len(rows) >= 2 and len([row for row in rows if len(row.fields) >= 2]) >= 2 and bool(columned)


def _is_contents(rows: Sequence[Row]) -> bool:
    """A list of contents: titles with page numbers that never fall."""
    if len(rows) < 3:
        return False
    pages: list[int] = []
    for row in rows:
        found = _CONTENTS_ROW.fullmatch("\t".join(row.filled))
        if len(row.filled) > 2 or (found is None and len(row.filled) == 2):
            return False
        if found is not None:
            pages.append(int(found[1]))
    titles = sum(1 for row in rows if is_heading(row.filled[0]) or is_caption(row.filled[0]))
    return len(pages) >= 0.6 * len(rows) and pages == sorted(pages) and titles >= 0.6 * len(rows)


def _joined(rows: list[Row]) -> list[Row]:
    """Rows torn by a line end inside a cell put together again, where the number of columns proves it."""
    counts = Counter(len(row.fields) for row in rows)
    common, held = counts.most_common(1)[0]
    if common < 3 or held < 0.6 * len(rows):
        return rows
    joined: list[Row] = []
    for row in rows:
        before = joined[-1] if joined else None
        if (
            before is not None
            and 1 < len(before.fields) < common
            and 1 < len(row.fields) < common
            and len(before.fields) + len(row.fields) - 1 == common
        ):
            end, begin = before.fields[-1], row.fields[0]
            middle = (f"{end[0]}\n{begin[0]}".strip(), end[1])
            joined[-1] = Row((*before.fields[:-1], middle, *row.fields[1:]))
        else:
            joined.append(row)
    return joined


# --- rows between bars ------------------------------------------------------------------------------------------


def is_barred(raw: RawLine) -> bool:
    """Whether the line is a row between bars, as Markdown and typewriter tables have them."""
    text = raw.text.strip()
    return len(text) > 2 and text[0] in "|│┃" and text[-1] in "|│┃"


def read_barred(lines: Sequence[RawLine], start: int) -> tuple[list[Block], int]:
    """The table of the rows between bars from ``start`` on, and the index of the line after it."""
    rows: list[Row] = []
    i = start
    while i < len(lines) and is_barred(lines[i]):
        text = lines[i].text.strip()
        if not _BAR_RULE.fullmatch(text):
            parts = re.split(r"(?<!\\)[|│┃]", text[1:-1])
            rows.append(Row(tuple((tidy(part.replace("\\|", "|")), lines[i].spot) for part in parts)))
        i += 1
    rows = [row for row in rows if row.filled]
    return ([table_of(rows)] if rows else []), i


# --- pages of one table -----------------------------------------------------------------------------------------


def joined_pages(blocks: Sequence[Block]) -> list[Block]:
    """Guessed tables with nothing between them: one table where the columns agree, else the next ``continues``."""
    joined: list[Block] = []
    pages: list[SourceTable] = []  # of the table that is being put together
    for block in blocks:
        if isinstance(block, SourceTable) and block.torn:
            if pages and _goes_on(pages, block):
                pages.append(block)
                continue
            follows = bool(pages)
            joined.extend(_one_table(pages))
            pages = [replace(block, continues=True) if follows else block]
        else:
            joined.extend(_one_table(pages))
            pages = []
            joined.append(block)
    joined.extend(_one_table(pages))
    return joined


def _goes_on(pages: Sequence[SourceTable], block: SourceTable) -> bool:
    """Whether ``block`` has the columns of the pages before; a single row fits any table."""
    if block.row_count == 1 or (len(pages) == 1 and pages[0].row_count == 1):
        return True
    return block.column_count == max(page.column_count for page in pages[:2])


def _one_table(pages: Sequence[SourceTable]) -> list[Block]:
    """The pages under each other, without the head rows that a new page repeats."""
    if len(pages) < 2:
        return list(pages)
    first = pages[0]
    head = [_bare(first, row) for row in range(min(first.row_count, _HEAD_ROWS_MAX))]
    cells = list(first.cells)
    below = first.row_count
    for page in pages[1:]:
        repeated = 0
        while repeated < min(len(head), page.row_count) and _bare(page, repeated) == head[repeated]:
            repeated += 1
        cells.extend(
            replace(cell, row=cell.row + below - repeated) for cell in page.cells if cell.row >= repeated
        )
        below += page.row_count - repeated
    return [replace(first, cells=tuple(cells))]


def _bare(table: SourceTable, row: int) -> tuple[str, ...]:
    return tuple(re.sub(r"\s+", "", cell.text) for cell in table.row_cells(row))
