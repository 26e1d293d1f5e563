"""The grid of a table on a web page: rows and columns spanned, as a browser lays them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from guangsha.documents.reading.docx_numbering import whole
from guangsha.documents.reading.source import Spot, TableCell

Element = Any

#: No published table has more columns; a hostile span must not make a grid of millions.
_COLUMNS_MAX = 200


@dataclass(slots=True)
class PageCell:
    """A cell where it lies on the grid, and its path on the page."""

    element: Element
    path: str
    row: int
    column: int
    rows: int
    columns: int

    def as_cell(self, text: str, spot: Spot) -> TableCell:
        return TableCell(text, self.row, self.column, self.rows, self.columns, spot)


def rows_of(table: Element, path: str) -> list[list[tuple[Element, str]]]:
    """The cells of each row of ``table`` itself with their paths, the head first and the foot last."""
    parts: dict[str, list[list[tuple[Element, str]]]] = {"thead": [], "tbody": [], "tfoot": []}
    counts: Counter[str] = Counter()
    for child in table:
        counts[child.tag] += 1
        where = f"{path}/{child.tag}[{counts[child.tag]}]"
        if child.tag == "tr":
            parts["tbody"].append(_cells(child, where))
        elif child.tag in parts:
            parts[child.tag].extend(
                _cells(row, f"{where}/tr[{n}]") for n, row in enumerate(child.iterchildren("tr"), 1)
            )
    return [row for part in parts.values() for row in part]


def _cells(row: Element, path: str) -> list[tuple[Element, str]]:
    counts: Counter[str] = Counter()
    cells: list[tuple[Element, str]] = []
    for cell in row.iterchildren("td", "th"):
        counts[cell.tag] += 1
        cells.append((cell, f"{path}/{cell.tag}[{counts[cell.tag]}]"))
    return cells


def place_cells(rows: list[list[tuple[Element, str]]]) -> Iterator[PageCell]:
    """Every cell with its place; spans that leave the table are cut at its edge."""
    taken: dict[int, int] = {}  # by column: rows still covered from above
    for r, row in enumerate(rows):
        column = 0
        covered = {c: left - 1 for c, left in taken.items() if left > 1}
        for element, path in row:
            while taken.get(column, 0) > 0:
                column += 1
            if column >= _COLUMNS_MAX:
                break
            columns = min(max(whole(element.get("colspan"), 1), 1), _COLUMNS_MAX - column)
            asked = whole(element.get("rowspan"), 1)
            # zero means: down to the last row
            rows_down = min(asked if asked > 0 else len(rows), len(rows) - r)
            yield PageCell(element, path, r, column, rows_down, columns)
            for c in range(column, column + columns):
                if rows_down > 1:
                    covered[c] = max(covered.get(c, 0), rows_down - 1)
            column += columns
        taken = covered
