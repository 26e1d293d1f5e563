"""Writes small documents for the tests of this room: tables as people see them, merged or torn.

A table is a block of text: ``|`` parts the cells, ``<`` continues the cell on the left and ``^`` the one above (merged
cells). The same block can be had without its merges (blank cells, as spreadsheets and pdf files give them) and torn
into tabbed text.
"""

from __future__ import annotations

from guangsha.documents.reading.source import Block, Line, SourceDocument, SourceTable, Spot, TableCell
from guangsha.documents.reading.text import read_text


def grid_of(block: str) -> list[list[str]]:
    rows = [[cell.strip() for cell in line.strip().split("|")] for line in block.strip().splitlines()]
    width = max(len(row) for row in rows)
    return [row + [""] * (width - len(row)) for row in rows]


def table(block: str, *, merged: bool = True, first_line: int = 1) -> SourceTable:
    """The block as a table with a grid; without its merges where ``merged`` is false."""
    grid = grid_of(block)
    cells: list[TableCell] = []
    for r, row in enumerate(grid):
        for c, text in enumerate(row):
            if text in ("<", "^"):
                if not merged:
                    cells.append(TableCell("", r, c, spot=_spot(first_line, r, c)))
                continue
            rows = columns = 1
            if merged:
                while c + columns < len(row) and row[c + columns] == "<":
                    columns += 1
                while r + rows < len(grid) and grid[r + rows][c] == "^":
                    rows += 1
            cells.append(TableCell(text.replace("\\n", "\n"), r, c, rows, columns, _spot(first_line, r, c)))
    return SourceTable(tuple(cells), Spot(first_line))


def _spot(first_line: int, row: int, column: int) -> Spot:
    return Spot(first_line + row, anchor=f"R{row + 1}C{column + 1}")


def document(*parts: str | SourceTable, kind: str = "docx") -> SourceDocument:
    """Lines and tables in order."""
    blocks: list[Block] = []
    for number, part in enumerate(parts):
        blocks.append(Line(part, Spot(1000 + number)) if isinstance(part, str) else part)
    return SourceDocument("报告.docx", kind, tuple(blocks))


def torn(*parts: str) -> SourceDocument:
    """Lines and blocks saved as tabbed text, and read from that."""
    lines: list[str] = []
    for part in parts:
        if "|" not in part:
            lines += [part, ""]
            continue
        for row in grid_of(part):
            lines.append("\t".join("" if cell in ("<", "^") else cell.replace("\\n", " ") for cell in row))
        lines.append("")
    return read_text("\n".join(lines).encode(), "报告.txt")
