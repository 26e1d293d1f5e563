"""Published workbooks as documents: each visible sheet as a heading, the lines around its tables, and its tables.

A table is a block of cells that touch each other, whether they show text or only have a border. What stands above
and below the bordered part of a block (title, unit, notes) is no part of the table: it becomes lines, as in any other
format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from guangsha.documents.reading import limits
from guangsha.documents.reading.bytes_in import read_bytes
from guangsha.documents.reading.source import Block, Line, SourceDocument, SourceTable, Spot, TableCell
from guangsha.documents.reading.spreadsheet_package import open_xlsx
from guangsha.documents.reading.spreadsheet_sheet import ShownCell, ShownSheet, read_sheet
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import parse_decimal

#: Cells named in one note.
_NAMED_MAX = 5
#: A line above or below a table has no more cells than this (部门：… 单位：万元 金额单位).
_LINE_CELLS_MAX = 3
#: What stands above a table: who, in what unit, when, which form.
_CAPTION = re.compile(
    r"(?:金额|计量)?单位[:：]|(?:部门|编制|填报|公开)(?:单位|部门|日期|\d+表)?[:：]?|\d{4}年"
)
#: What a note below a table begins with, or how long it is.
_NOTES = ("注", "说明", "备注", "填表", "审核", "负责人")
_NOTE_CHARS_MIN = 20
#: Fields of one table, empty ones included.
_FIELDS_MAX = 2_000_000

#: First column, column after the last, and number of the cells in one row.
_Spans = list[tuple[int, int, int]]


def read_xlsx(path: Path) -> SourceDocument:
    """Read a published workbook as it is displayed.

    Args:
        path: an xlsx or xlsm; macros are neither read nor run.

    Raises:
        InputError: missing, no workbook, locked by a password, damaged, beyond a bound, or without text.
    """
    return xlsx_from_bytes(read_bytes(path, limits.WORKBOOK_BYTES_MAX), path.name)


def xlsx_from_bytes(data: bytes, name: str) -> SourceDocument:
    """As :func:`read_xlsx`, from the file's bytes."""
    book = open_xlsx(data, name)
    blocks: list[Block] = []
    sheets: list[ShownSheet] = []
    room = limits.CELLS_MAX
    for title, content in book.sheets:
        sheet = read_sheet(book, title, content, name, room)
        room -= len(sheet.cells)
        sheets.append(sheet)
        if any(cell.text for cell in sheet.cells.values()):
            blocks.append(Line(title, Spot(anchor=sheet.anchor(0, 0)), 1))
            blocks += _blocks(sheet)
            if len(blocks) > limits.LINES_MAX:
                raise InputError(
                    f"工作簿的内容超过上限 {limits.LINES_MAX} 行",
                    where=name,
                    advice="请删去无关的工作表，或拆分后再核对。",
                )
    notes = _notes(sheets)
    if book.hidden:
        notes.insert(0, f"隐藏的工作表未读取：{'、'.join(book.hidden[:_NAMED_MAX])}。")
    if book.macros:
        notes.insert(0, "工作簿带有宏，宏未运行，只读取了单元格。")
    if not blocks:
        notes.append("工作簿里没有内容。")
    return SourceDocument(name, "xlsx", tuple(blocks), notes=tuple(notes))


def _notes(sheets: Sequence[ShownSheet]) -> list[str]:
    notes = []
    if errors := [anchor for sheet in sheets for anchor in sheet.errors]:
        notes.append(f"{_named(errors)}显示公式错误，未作为数字读取。")
    if missing := [anchor for sheet in sheets for anchor in sheet.uncalculated]:
        notes.append(f"{_named(missing)}的公式没有计算结果，请在 Excel 或 WPS 中打开并保存后再核对。")
    if hidden := [sheet.name for sheet in sheets if sheet.hidden]:
        notes.append(
            f"工作表{'、'.join(f'“{name}”' for name in hidden[:_NAMED_MAX])}有隐藏的行或列，已一并读取。"
        )
    return notes


def _named(anchors: list[str]) -> str:
    shown = "、".join(anchors[:_NAMED_MAX])
    return shown if len(anchors) <= _NAMED_MAX else f"{shown} 等 {len(anchors)} 个单元格"


# --- blocks --------------------------------------------------------------------------------------------------


def _blocks(sheet: ShownSheet) -> list[Block]:
    """Lines and tables of a sheet from top to bottom."""
    blocks: list[tuple[int, int, list[Block]]] = []
    for cells in _components(sheet):
        if any(cell.text for cell in cells):
            top, left = min(c.row for c in cells), min(c.column for c in cells)
            blocks.append((top, left, _block(sheet, cells)))
    blocks.sort(key=lambda found: found[:2])
    return [block for _, _, found in blocks for block in found]


def _components(sheet: ShownSheet) -> list[list[ShownCell]]:
    """Cells that touch each other at a side or a corner, as groups."""
    cells = sorted(sheet.cells.values(), key=lambda c: (c.row, c.column))
    parent = list(range(len(cells)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    by_row: dict[int, list[tuple[int, int, int]]] = {}
    for number, cell in enumerate(cells):
        for row in range(cell.row, cell.row + cell.rows):
            by_row.setdefault(row, []).append((cell.column, cell.column + cell.columns, number))
    for spans in by_row.values():
        spans.sort()
    for row, spans in by_row.items():
        for (_, end, one), (start, _, other) in pairwise(spans):
            if start <= end:
                parent[root(other)] = root(one)
        for one, other in _touching(spans, by_row.get(row + 1, [])):
            parent[root(other)] = root(one)
    groups: dict[int, list[ShownCell]] = {}
    for number, cell in enumerate(cells):
        groups.setdefault(root(number), []).append(cell)
    return list(groups.values())


def _touching(above: _Spans, below: _Spans) -> Iterator[tuple[int, int]]:
    """Cells of two neighbouring rows, both sorted, that meet at a side or a corner."""
    first = 0
    for start, end, one in above:
        while first < len(below) and below[first][1] < start:
            first += 1
        place = first
        while place < len(below) and below[place][0] <= end:
            yield one, below[place][2]
            place += 1


def _block(sheet: ShownSheet, cells: Sequence[ShownCell]) -> list[Block]:
    """One group of cells: the lines above its table, the table, the lines below."""
    rows: dict[int, list[ShownCell]] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(cell)
    numbers = sorted(rows)
    first, last = _table_rows([rows[number] for number in numbers])
    inside = [cell for number in numbers[first:last] for cell in rows[number]]
    if not _is_table(inside):
        return [line for number in numbers for line in _line(sheet, rows[number])]
    blocks: list[Block] = [line for number in numbers[:first] for line in _line(sheet, rows[number])]
    blocks.append(_table(sheet, inside))
    blocks += [line for number in numbers[last:] for line in _line(sheet, rows[number])]
    return blocks


def _texts(row: Sequence[ShownCell]) -> list[str]:
    return [cell.text for cell in row if cell.text]


def _table_rows(rows: Sequence[Sequence[ShownCell]]) -> tuple[int, int]:
    """Which rows of a block are its table: those with borders; without any, those with enough cells."""
    bordered = [number for number, row in enumerate(rows) if any(cell.bordered for cell in row)]
    if bordered:
        return bordered[0], bordered[-1] + 1
    most = max(len(_texts(row)) for row in rows)
    first, last = 0, len(rows)
    while first < last and _is_caption(rows[first], most):
        first += 1
    while last > first and len(_texts(rows[last - 1])) <= 1 < most and _is_note(rows[last - 1]):
        last -= 1
    return first, last


def _is_caption(row: Sequence[ShownCell], most: int) -> bool:
    """A title, a unit, a date: few cells, no figure among them."""
    texts = _texts(row)
    few = len(texts) <= min(_LINE_CELLS_MAX, most - 1)
    few = few and (2 * len(texts) <= max(most, 2) or any(map(_CAPTION.match, texts)))
    return few and not any(parse_decimal(text) is not None for text in texts)


def _is_note(row: Sequence[ShownCell]) -> bool:
    texts = _texts(row)
    return not texts or texts[0].startswith(_NOTES) or len(texts[0]) > _NOTE_CHARS_MIN


def _is_table(cells: Sequence[ShownCell]) -> bool:
    """Whether a group has two columns or more, or one with borders and several rows."""
    if sum(bool(cell.text) for cell in cells) < 2:
        return False
    columns = {cell.column for cell in cells if cell.text}
    return len(columns) > 1 or (all(cell.bordered for cell in cells) and len(cells) > 2)


def _line(sheet: ShownSheet, row: Sequence[ShownCell]) -> list[Line]:
    said = sorted((cell for cell in row if cell.text), key=lambda cell: cell.column)
    if not said:
        return []
    text = "  ".join(cell.text for cell in said)
    return [
        Line(part, Spot(anchor=sheet.anchor(said[0].row, said[0].column)))
        for part in text.split("\n")
        if part.strip()
    ]


def _table(sheet: ShownSheet, cells: Sequence[ShownCell]) -> SourceTable:
    """Cells as a table without the empty rows and columns at its edges."""
    said = [cell for cell in cells if cell.text]
    top, left = min(cell.row for cell in said), min(cell.column for cell in said)
    bottom = max(cell.row + cell.rows for cell in said)
    right = max(cell.column + cell.columns for cell in said)
    if (bottom - top) * (right - left) > _FIELDS_MAX:
        raise InputError(
            f"工作表“{sheet.name}”的表格过大",
            where=sheet.anchor(top, left),
            advice="请删去无关的行和列后再核对。",
        )
    made = []
    for cell in sorted(cells, key=lambda c: (c.row, c.column)):
        row, column = max(cell.row, top), max(cell.column, left)
        deep = min(cell.row + cell.rows, bottom) - row
        wide = min(cell.column + cell.columns, right) - column
        if deep > 0 and wide > 0:
            spot = Spot(anchor=sheet.anchor(cell.row, cell.column))
            made.append(TableCell(cell.text, row - top, column - left, deep, wide, spot))
    return SourceTable(tuple(made), Spot(anchor=sheet.anchor(top, left)))
