"""The grid of a Word table: true extents of merged cells, with the cells that Word hides under them taken away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from guangsha.documents.reading.docx_numbering import VAL, W
from guangsha.documents.reading.docx_package import Element
from guangsha.documents.reading.docx_text import span_of
from guangsha.documents.reading.source import Spot, TableCell

_ROW, _CELL = W + "tr", W + "tc"
_ROW_PROPERTIES, _CELL_PROPERTIES = W + "trPr", W + "tcPr"
_SPAN, _DOWN, _ACROSS = W + "gridSpan", W + "vMerge", W + "hMerge"
#: What may stand around rows, cells and blocks without meaning anything for the text.
AROUND = frozenset(W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))
#: A row of Word has at most 63 columns; a hostile span must not make a grid of millions.
COLUMNS_MAX = 200

Content = TypeVar("Content")


# Half the time of a table is the making of its cells, and half of that the initialiser of a frozen dataclass, which
# asks for leave at every field; the slots themselves are set here.
_new: Any = object.__new__
_set_text, _set_row, _set_column, _set_rows, _set_columns, _set_spot = (
    getattr(TableCell, name).__set__ for name in ("text", "row", "column", "rows", "columns", "spot")
)
_set_line, _set_page, _set_anchor, _set_lines = (
    getattr(Spot, name).__set__ for name in ("line", "page", "anchor", "lines")
)


def make_cell(text: str, row: int, column: int, anchor: str) -> TableCell:
    """``TableCell(text, row, column, spot=Spot(anchor=anchor))``, quicker."""
    spot = _new(Spot)
    _set_line(spot, None)
    _set_page(spot, None)
    _set_anchor(spot, anchor)
    _set_lines(spot, ())
    cell: TableCell = _new(TableCell)
    _set_text(cell, text)
    _set_row(cell, row)
    _set_column(cell, column)
    _set_rows(cell, 1)
    _set_columns(cell, 1)
    _set_spot(cell, spot)
    return cell


@dataclass(slots=True)
class WrittenCell(Generic[Content]):
    """A cell as the file holds it: columns covered; "restart", "continue" or "" downwards; joined to its left or not."""

    content: Content
    columns: int = 1
    down: str = ""
    joined_left: bool = False


@dataclass(slots=True)
class GridCell(Generic[Content]):
    """A visible cell: what it holds, where it begins, how far it reaches."""

    content: Content
    row: int
    column: int
    columns: int
    rows: int = 1

    def as_cell(self, text: str, spot: Spot) -> TableCell:
        return TableCell(text, self.row, self.column, self.rows, self.columns, spot)


def place(rows: Iterable[tuple[int, Iterable[WrittenCell[Content]]]]) -> list[GridCell[Content]]:
    """The visible cells in reading order.

    Args:
        rows: for each the columns left out before its first cell, and its cells.
    """
    cells: list[GridCell[Content]] = []
    above: dict[int, GridCell[Content]] = {}  # by first column: the merged cell that may go on below
    for row, (before, written) in enumerate(rows):
        column = min(max(before, 0), COLUMNS_MAX)
        left: GridCell[Content] | None = None
        running: dict[int, GridCell[Content]] = {}
        for cell in written:
            if cell.joined_left and left is not None:
                left.columns += cell.columns
            elif cell.down == "continue" and column in above:
                left = running[column] = above[column]
                left.rows += 1
            else:
                left = GridCell(cell.content, row, column, cell.columns)
                cells.append(left)
                if cell.down:
                    running[column] = left
            column = min(column + cell.columns, COLUMNS_MAX)
        above = running
    return cells


def inside(parent: Element, tag: str) -> Iterator[Element]:
    """Children of ``parent`` with ``tag``, also those inside content controls and insertions."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in AROUND:
            yield from inside(child, tag)


def grid_cells(table: Element) -> list[GridCell[Element]]:
    """The visible cells of ``table``; rows struck out in tracked changes are left out."""
    return place(_rows(table))


def _rows(table: Element) -> Iterator[tuple[int, Iterator[WrittenCell[Element]]]]:
    for row in inside(table, _ROW):
        properties = row.find(_ROW_PROPERTIES)
        if properties is None or properties.find(W + "del") is None:
            yield span_of(properties, "gridBefore", 0), map(_written, inside(row, _CELL))


def _written(cell: Element) -> WrittenCell[Element]:
    written = WrittenCell(cell)
    properties = cell.find(_CELL_PROPERTIES)
    if properties is not None:
        for child in properties:
            if child.tag == _SPAN:
                written.columns = min(max(span_of(properties, "gridSpan", 1), 1), COLUMNS_MAX)
            elif child.tag == _DOWN:
                written.down = "restart" if child.get(VAL) == "restart" else "continue"
            elif child.tag == _ACROSS:
                written.joined_left = child.get(VAL) != "restart"
    return written
