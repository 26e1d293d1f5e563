"""Where the merged cells of a table stand: every writer places cells through here, so that none can disagree."""

from __future__ import annotations

from dataclasses import dataclass

from guangsha.documents.writing.tree import Cell, Table

#: No form of ours comes near; a table beyond this is a mistake, not a document.
CELLS_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Placed:
    """One cell with the row and column (from 0) of its top left corner."""

    row: int
    column: int
    cell: Cell


def _place(table: Table) -> tuple[list[Placed], list[str]]:
    width, height = len(table.widths), len(table.rows)
    if width * height > CELLS_MAX:
        return [], [f"the table has {height} rows of {width} columns, more than {CELLS_MAX} cells"]
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    placed: list[Placed] = []
    faults: list[str] = []
    for row, cells in enumerate(table.rows):
        column = 0
        for cell in cells:
            while (row, column) in taken:
                column += 1
            if cell.cols < 1 or cell.rows < 1:
                faults.append(f"row {row}: “{cell.text}” spans {cell.cols} × {cell.rows}")
                continue
            if column + cell.cols > width or row + cell.rows > height:
                faults.append(f"row {row}, column {column}: “{cell.text}” reaches beyond {height} × {width}")
            for below in range(row, min(row + cell.rows, height)):
                for right in range(column, min(column + cell.cols, width)):
                    if (below, right) in taken:
                        faults.append(f"row {below}, column {right}: “{cell.text}” lies on another cell")
                    taken[below, right] = (row, column)
            placed.append(Placed(row, column, cell))
            column += cell.cols
    empty = [(r, c) for r in range(height) for c in range(width) if (r, c) not in taken]
    faults.extend(f"row {r}, column {c}: no cell covers it" for r, c in empty)
    cut = table.header_rows
    for item in placed:
        if item.row < cut < item.row + item.cell.rows:
            faults.append(f"row {item.row}: “{item.cell.text}” reaches out of the {cut} header rows")
    return placed, faults


def check_grid(table: Table) -> tuple[str, ...]:
    """What is wrong with the merged cells of ``table``; empty when they cover the grid exactly once.

    The grid is ``len(table.widths)`` columns by ``len(table.rows)`` rows. A header row that repeats on every page
    must not be merged with a body row.
    """
    return tuple(_place(table)[1])


def place_cells(table: Table) -> tuple[Placed, ...]:
    """Every cell with its top left corner, in reading order.

    Raises:
        ValueError: the cells do not cover the grid exactly (:func:`check_grid` names every fault).
    """
    placed, faults = _place(table)
    if faults:
        raise ValueError(f"table “{table.title}”: {'; '.join(faults[:5])}")
    return tuple(placed)
