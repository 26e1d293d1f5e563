"""One worksheet as shown cells: text by number format, merged cells, borders; nothing of tables is known here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from guangsha.documents.reading import limits
from guangsha.documents.reading.number_format import shown_number, shown_text
from guangsha.documents.reading.spreadsheet_package import MAIN, Book, Element, Look, rows_of, text_of
from guangsha.kernel.errors import InputError

#: Rows and columns that a workbook can have.
_ROWS_MAX, _COLUMNS_MAX = 1_048_576, 16_384
#: Rows that all merged cells of a sheet together may cover.
_MERGED_ROWS_MAX = 500_000
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})$")
_PLAIN = Look()


@dataclass(slots=True)
class ShownCell:
    """A cell that shows text or has a border. Rows and columns count from 0; ``rows``, ``columns`` are its extent."""

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    bordered: bool = False


@dataclass
class ShownSheet:
    """The cells of a sheet by row and column; what merged cells cover is left out."""

    name: str
    cells: dict[tuple[int, int], ShownCell] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    uncalculated: list[str] = field(default_factory=list)
    hidden: bool = False

    def anchor(self, row: int, column: int) -> str:
        """The cell's place as a person knows it: ``工作表!D7``."""
        return f"{self.name}!{letters(column)}{row + 1}"


def letters(column: int) -> str:
    """The letters of a column counted from 0.

    >>> letters(0), letters(26), letters(701)
    ('A', 'AA', 'ZZ')
    """
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def place_of(reference: str) -> tuple[int, int] | None:
    """Row and column from 0 of ``D7``; None for anything else."""
    match = _REFERENCE.match(reference)
    if match is None:
        return None
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    row = int(match[2])
    if not (1 <= row <= _ROWS_MAX and column <= _COLUMNS_MAX):
        return None
    return row - 1, column - 1


def read_sheet(book: Book, name: str, content: bytes, file: str, room: int) -> ShownSheet:
    """The shown cells of one sheet.

    Args:
        book: for strings and looks.
        name: of the sheet.
        content: its XML.
        file: named in errors.
        room: how many more cells may be read from this file.

    Raises:
        InputError: not well formed, or too many cells.
    """
    sheet = ShownSheet(name)
    if not content:
        return sheet
    merged: list[tuple[int, int, int, int]] = []
    zeros = True
    row = -1
    for element in rows_of(content, ("sheetView", "col", "row", "mergeCell"), file):
        if element.tag == MAIN + "row":
            row = _row_number(element, row)
            sheet.hidden = sheet.hidden or element.get("hidden") in ("1", "true")
            for cell in _row_cells(book, sheet, element, row, zeros):
                sheet.cells[cell.row, cell.column] = cell
            if len(sheet.cells) > room:
                raise InputError(
                    f"工作簿的单元格超过上限 {limits.CELLS_MAX} 个",
                    where=file,
                    advice="请删去无关的工作表，或拆分后再核对。",
                )
        elif element.tag == MAIN + "mergeCell":
            if (area := _area(element.get("ref") or "")) is not None:
                merged.append(area)
        elif element.tag == MAIN + "sheetView":
            zeros = element.get("showZeros") not in ("0", "false")
        elif element.get("hidden") in ("1", "true"):
            sheet.hidden = True
    _merge(sheet, merged, file)
    return sheet


def _row_number(element: Element, before: int) -> int:
    number = element.get("r") or ""
    if number.isdigit() and len(number) < 8 and 1 <= int(number) <= _ROWS_MAX:
        return int(number) - 1
    return before + 1


def _area(reference: str) -> tuple[int, int, int, int] | None:
    first, _, last = reference.partition(":")
    begin, end = place_of(first), place_of(last or first)
    if begin is None or end is None or begin[0] > end[0] or begin[1] > end[1]:
        return None
    return (*begin, *end)


def _row_cells(book: Book, sheet: ShownSheet, element: Element, row: int, zeros: bool) -> Iterator[ShownCell]:
    column = -1
    for cell in element.iterchildren(MAIN + "c"):
        place = place_of(cell.get("r") or "")
        column = place[1] if place is not None else column + 1
        style = cell.get("s") or "0"
        look = book.looks[int(style)] if style.isdigit() and int(style) < len(book.looks) else _PLAIN
        text = _text(book, sheet, cell, look, (row, column), zeros)
        if text or look.bordered:
            yield ShownCell(text, row, column, bordered=look.bordered)


def _text(
    book: Book, sheet: ShownSheet, cell: Element, look: Look, place: tuple[int, int], zeros: bool
) -> str:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        inline = cell.find(MAIN + "is")
        return _clean(shown_text(text_of(inline), look.code)) if inline is not None else ""
    stored = cell.findtext(MAIN + "v") or ""
    if not stored:
        if cell.find(MAIN + "f") is not None and kind != "str":
            sheet.uncalculated.append(sheet.anchor(*place))
        return ""
    if kind == "s":
        number = int(stored) if stored.isdigit() and len(stored) < 9 else len(book.strings)
        return _clean(shown_text(book.strings[number], look.code)) if number < len(book.strings) else ""
    if kind == "str":
        return _clean(shown_text(stored, look.code))
    if kind == "b":
        return "TRUE" if stored == "1" else "FALSE"
    if kind == "e":
        sheet.errors.append(sheet.anchor(*place))
        return stored.strip()[:20]
    if kind == "d":
        return stored.strip().replace("T00:00:00", "")[:40]
    if not zeros and not stored.strip("0.-"):
        return ""
    return _clean(shown_number(stored, look.code, since_1904=book.since_1904))


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")[: limits.TEXT_CHARS_MAX].strip()


def _merge(sheet: ShownSheet, areas: list[tuple[int, int, int, int]], file: str) -> None:
    """Give merged cells their extent, within what the sheet uses, and drop the cells that they cover."""
    if not sheet.cells or not areas:
        return
    last_row = max(row for row, _ in sheet.cells)
    last_column = max(column for _, column in sheet.cells)
    by_row: dict[int, list[int]] = {}
    for row, column in sheet.cells:
        by_row.setdefault(row, []).append(column)
    taken: set[tuple[int, int]] = set()
    room = _MERGED_ROWS_MAX
    for top, left, bottom, right in areas:
        bottom, right = min(bottom, last_row), min(right, last_column)
        room -= max(0, bottom - top + 1)
        if room < 0:
            raise InputError(
                f"工作表“{sheet.name}”的合并单元格过多", where=file, advice="请删去无关的行后再核对。"
            )
        covered = [
            (row, column)
            for row in range(top, bottom + 1)
            for column in by_row.get(row, ())
            if left <= column <= right
        ]
        if not covered or not taken.isdisjoint(covered):
            continue  # nothing stands there, or areas overlap: the first one counts, as in a spreadsheet
        taken.update(covered)
        corner = sheet.cells.get((top, left)) or ShownCell("", top, left, bordered=True)
        for place in covered:
            sheet.cells.pop(place, None)
        corner.rows, corner.columns = bottom - top + 1, right - left + 1
        sheet.cells[top, left] = corner
