"""Draws a table of the document tree on a sheet: merged cells, exact numbers, live formulas, heights, notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from guangsha.documents.writing.grid import Placed, place_cells
from guangsha.documents.writing.tables_board import Board, Live
from guangsha.documents.writing.tree import Cell, Table
from guangsha.documents.writing.xlsx import Sheet, Workbook, address
from guangsha.facts.concepts import CONCEPTS
from guangsha.kernel.numbers import decimals_of, parse_decimal

#: Half-width characters of 11-point type that fill an A4 page between our margins.
PORTRAIT_WIDTH = 92.0
LANDSCAPE_WIDTH = 140.0
_NARROWEST = 4.5
_BASE_SIZE = 11.0
#: Height of a line of type, as a multiple of its size, and the room above and below.
_LINE = 1.3
_ROOM = 5.0
_LOWEST = 18.0
_HIGHEST = 400.0
#: Points of height that still read well when they are made to fit one upright or one broad page.
_ONE_PAGE = {False: 1_000.0, True: 620.0}

#: The value of a figure and the way to print it.
Shown = tuple[Decimal, str]


@dataclass(frozen=True, slots=True)
class Looks:
    """Handles of the looks that all tables share."""

    book: Workbook

    def cell(self, cell: Cell, size: float, number: str = "") -> int:
        """The look of one cell of a table."""
        return self.book.style(
            bold=cell.header and cell.align == "center",
            size=size,
            align=cell.align,
            wrap=not number,
            shrink=bool(number),  # a number that does not fit would print as ###
            border=True,
            number=number,
        )

    @property
    def title(self) -> int:
        return self.book.style(bold=True, size=18, align="center", wrap=True)

    def words(self, align: Literal["left", "right"] = "left") -> int:
        """Words around a table, without a frame."""
        return self.book.style(size=10, align=align, wrap=True)


def width_of(text: str) -> int:
    """Columns that ``text`` takes: two for a Chinese character.

    >>> width_of("公开01表")
    8
    """
    return len(text.encode("gbk", "replace"))  # two bytes for what is printed two columns wide


def lines_of(text: str, width: float, size: float) -> int:
    """Lines that ``text`` needs in a cell ``width`` characters wide."""
    fits = max(1.0, (width - 1.2) * _BASE_SIZE / size)
    return sum(max(1, math.ceil(width_of(line) / fits)) for line in text.split("\n"))


def column_widths(relative: Sequence[float], *, landscape: bool) -> list[float]:
    """Relative widths as characters that fill the page."""
    total = LANDSCAPE_WIDTH if landscape else PORTRAIT_WIDTH
    share = total / sum(relative)
    return [round(max(_NARROWEST, width * share), 1) for width in relative]


def concept_of(key: str) -> str:
    """The concept that a fact's key names."""
    return key.partition("[")[0].partition("@")[0]


def shown_number(cell: Cell, exact: Decimal | None) -> Shown | None:
    """The number that a cell prints and its format; None when the cell holds words.

    ``exact`` is the value of its fact where that is known; the text decides how many decimals are shown.
    """
    concept = CONCEPTS.get(concept_of(cell.fact))
    if not cell.fact or (concept is not None and not concept.kind.numeric):
        return None
    text = cell.text.strip()
    percent = text.endswith("%")
    printed = parse_decimal(text.removesuffix("%"))
    if printed is None:
        return None
    places = decimals_of(printed)
    code = "0." + "0" * places if places else "0"
    value = printed if exact is None else exact
    return (value.scaleb(-2), f"{code}%") if percent else (value, code)


@dataclass(slots=True)
class TableSheet:
    """One table on one sheet of a workbook.

    Args:
        exact: value of a fact by its key, in the unit of the table; None where only the print is known.
        remarks: what the checker found, by key of the fact; shown as notes that do not print.
        formats: number format of a formula by its key, where the print of today must not fix it.
        blanks: keys of blank cells by (row, column) of the table, where a formula may find a figure.
    """

    book: Workbook
    sheet: Sheet
    table: Table
    board: Board
    exact: Callable[[str], Decimal | None]
    remarks: Mapping[str, str]
    formats: Mapping[str, str]
    blanks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    first_row: int = 0
    next_row: int = 0

    @property
    def size(self) -> float:
        return 9.0 if self.table.dense else 10.5

    def place(self) -> list[Placed]:
        """Put the head lines above the table and remember where every figure will stand."""
        looks, table, last = Looks(self.book), self.table, len(self.table.widths) - 1
        self.sheet.merge(0, 0, 0, last, table.title, looks.title)
        self.sheet.height(0, 36)
        row = 1
        if table.number:
            self.sheet.merge(row, 0, row, last, table.number, looks.words("right"))
            row += 1
        if table.note_left or table.note_right:
            half = max(0, last // 2)
            self.sheet.merge(row, 0, row, half, table.note_left, looks.words())
            if half < last:
                self.sheet.merge(row, half + 1, row, last, table.note_right, looks.words("right"))
            row += 1
        self.first_row = row
        self.next_row = row + len(table.rows)
        placed = list(place_cells(table))
        for item in placed:
            shown = shown_number(item.cell, self.exact(item.cell.fact)) if item.cell.fact else None
            if item.cell.fact and (shown is not None or self._may_be_computed(item.cell)):
                self.board.place(item.cell.fact, row + item.row, item.column, shown[0] if shown else None)
        for (at, col), key in self.blanks.items():
            self.board.place(key, row + at, col, None)
        return placed

    @staticmethod
    def _may_be_computed(cell: Cell) -> bool:
        """A grade is words and yet follows from the total; a blank figure may follow from others."""
        return not cell.text.strip() or concept_of(cell.fact) == "sheet.grade"

    def write(self, placed: Sequence[Placed], widths: Sequence[float], *, landscape: bool) -> None:
        """Write every cell, then the notes below the table; a form that nearly fits is printed on one page."""
        looks = Looks(self.book)
        heights: dict[int, float] = {}
        for item in placed:
            self._cell(item, looks)
            wide = sum(widths[item.column : item.column + item.cell.cols])
            need = lines_of(item.cell.text, wide, self.size) * self.size * _LINE + _ROOM
            if item.cell.rows == 1:
                heights[item.row] = max(heights.get(item.row, _LOWEST), need)
        for item in placed:  # a tall merged cell stretches its last row
            if item.cell.rows > 1:
                wide = sum(widths[item.column : item.column + item.cell.cols])
                need = lines_of(item.cell.text, wide, self.size) * self.size * _LINE + _ROOM
                rows = range(item.row, item.row + item.cell.rows)
                lack = need - sum(heights.get(row, _LOWEST) for row in rows)
                if lack > 0:
                    heights[rows[-1]] = heights.get(rows[-1], _LOWEST) + lack
        for row, points in heights.items():
            self.sheet.height(self.first_row + row, min(points, _HIGHEST))
        for note in self.table.notes:
            last = len(self.table.widths) - 1
            self.sheet.merge(self.next_row, 0, self.next_row, last, note, looks.words())
            lines = lines_of(note, sum(widths), 10)
            self.sheet.height(self.next_row, min(lines * 10 * _LINE + _ROOM, _HIGHEST))
            self.next_row += 1
        if sum(heights.values()) + _LOWEST * (4 + len(self.table.notes)) <= _ONE_PAGE[landscape]:
            self.sheet.one_page()

    def _cell(self, item: Placed, looks: Looks) -> None:
        cell, key = item.cell, item.cell.fact or self.blanks.get((item.row, item.column), "")
        row, col = self.first_row + item.row, item.column
        here = key in self.board and self.board.ref(key) == address(row, col)
        live = self.board.live(key) if here else None
        shown = shown_number(cell, self.exact(key)) if key else None
        number = self.formats.get(key, "") if live and isinstance(live.value, Decimal) else ""
        number = number or (shown[1] if shown else "0.00" if live else "")
        style = looks.cell(cell, self.size, number)
        value = shown[0] if shown else cell.text
        self.sheet.merge(row, col, row + cell.rows - 1, col + cell.cols - 1, value, style)
        if live is not None:
            self.sheet.formula(row, col, live.formula, style, live.value)
        remark = "\n".join(text for text in (live.remark if live else "", self.remarks.get(key, "")) if text)
        if key and remark:
            self.sheet.note(row, col, remark)


def block_summary(
    sheet: Sheet,
    book: Workbook,
    board: Board,
    first_row: int,
    rows: Sequence[tuple[str, Live | None, Live | None]],
) -> None:
    """Sums by level-1 indicator below a scoring sheet, for the screen: the official form has no such rows."""
    head = book.style(bold=True, size=9, align="center", border=True, fill="EDEDED")
    body = book.style(size=9, align="center", border=True)
    sheet.merge(first_row, 0, first_row, 3, "得分汇总（供核对，不打印）", book.style(size=9, color="7F7F7F"))
    for place, text in enumerate(("一级指标", "分值", "得分")):
        cols = (0, 1) if place == 0 else (place + 1, place + 1)
        sheet.merge(first_row + 1, cols[0], first_row + 1, cols[1], text, head)
    for row, (name, weight, score) in enumerate(rows, first_row + 2):
        sheet.merge(row, 0, row, 1, name, body)
        for col, live in ((2, weight), (3, score)):
            if live is None:
                sheet.write(row, col, None, body)
            else:
                sheet.formula(row, col, live.formula, body, live.value)
