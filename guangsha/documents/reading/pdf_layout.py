"""One page as lines and parts of tables in reading order; nothing of other pages is known here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from guangsha.documents.reading.pdf_alignment import aligned_tables
from guangsha.documents.reading.pdf_lines import Piece, TextLine, cell_text, lines_of, pieces_of
from guangsha.documents.reading.pdf_pages import Page
from guangsha.documents.reading.pdf_parts import PartCell, TablePart
from guangsha.documents.reading.pdf_tables import Grid, Rule, find_grids

#: Room between border and text that forms leave (points); what is measured is held within.
_PADDING_MIN, _PADDING_MAX = 1.5, 8.0
#: This part of the pieces may stand nearer to the border: figures too long for their cell.
_OVERFULL = 0.1
#: So few ruling lines make no table.
_RULINGS_MIN = 3


@dataclass
class PageContent:
    """What stands on a page. ``fonts`` gives, by first character, the font of lines that may be headings."""

    number: int
    width: float
    height: float
    blocks: list[TextLine | TablePart]
    fonts: dict[int, str] = field(default_factory=dict)
    body_font: str = ""
    images: int = 0
    readable: bool = True
    too_many_lines: bool = False


def lay_out(page: Page) -> PageContent:
    """The lines and parts of tables of ``page``, from top to bottom."""
    grids: list[Grid] = []
    loose: list[Rule] = []
    if len(page.rulings) >= _RULINGS_MIN:
        grids, loose = find_grids(page.rulings, page.width, page.height)
    pieces = pieces_of(page, _homes(page, grids)) if page.text else []
    inside: dict[int, list[Piece]] = {}
    free: list[Piece] = []
    for piece in pieces:
        if piece.home < 0:
            free.append(piece)
        else:
            inside.setdefault(piece.home, []).append(piece)
    tables: list[TablePart] = []
    base = 0
    for grid in grids:
        part = _part(grid, base, inside)
        base += len(grid.boxes)
        if part.filled >= 2 or (part.filled and len(grid.boxes) == 1):
            tables.append(part)
        else:
            free += part.pieces
    blocks: list[TextLine | TablePart] = [*tables, *_free_blocks(free, tables, loose)]
    blocks.sort(key=lambda block: (block.y0, block.x0))
    return PageContent(
        page.number,
        page.width,
        page.height,
        blocks,
        _line_fonts(page),
        page.fonts[0][1] if page.fonts else "",
        page.images,
        page.readable,
        page.too_many_lines,
    )


def _line_fonts(page: Page) -> dict[int, str]:
    return dict(page.fonts[1:])


def _homes(page: Page, grids: Sequence[Grid]) -> NDArray[np.intp]:
    """For each character the number of the cell that holds its centre, counted through all grids; -1 outside."""
    homes = np.full(len(page.text), -1, dtype=np.intp)
    if not grids:
        return homes
    x = (page.boxes[:, 0] + page.boxes[:, 2]) / 2
    y = (page.boxes[:, 1] + page.boxes[:, 3]) / 2
    base = 0
    for grid in grids:
        found = np.flatnonzero((x > grid.left) & (x < grid.right) & (y > grid.top) & (y < grid.bottom))
        columns = np.searchsorted(grid.xs, x[found], side="right") - 1
        rows = np.searchsorted(grid.ys, y[found], side="right") - 1
        homes[found] = (
            base + grid.owner[np.clip(rows, 0, len(grid.ys) - 2), np.clip(columns, 0, len(grid.xs) - 2)]
        )
        base += len(grid.boxes)
    return homes


def _part(grid: Grid, base: int, inside: dict[int, list[Piece]]) -> TablePart:
    xs, ys = grid.xs.tolist(), grid.ys.tolist()
    held = [inside.get(base + number, ()) for number in range(len(grid.boxes))]
    slack = [
        min(piece.x0 - xs[box.column], xs[box.column + box.columns] - piece.x1)
        for box, pieces in zip(grid.boxes, held, strict=True)
        for piece in pieces
    ]
    padding = _padding(slack)
    cells: list[PartCell] = []
    for box, pieces in zip(grid.boxes, held, strict=True):
        row, column, rows, columns, closed = box
        text, full = "", False
        if pieces:
            text, full = cell_text(pieces, xs[column + columns] - xs[column], padding)
        elif closed <= 2:
            continue  # a field beside a narrower table: neither its outer side nor its top or bottom is drawn
        cells.append(PartCell(row, column, rows, columns, text, full))
    return TablePart(xs, ys, cells, [piece for pieces in held for piece in pieces])


def _padding(slack: list[float]) -> float:
    """Room between border and text, from the distances of all pieces from the borders of their cells."""
    slack.sort()
    least = slack[int(_OVERFULL * len(slack))] if slack else _PADDING_MIN
    return min(max(_PADDING_MIN, least), _PADDING_MAX)


def _free_blocks(
    free: list[Piece], tables: Sequence[TablePart], loose: Sequence[Rule]
) -> list[TextLine | TablePart]:
    """Text outside ruled tables as lines, with tables that only their alignment shows."""
    lines = lines_of(free)
    if sum(len(line.pieces) > 1 for line in lines) < 3:
        return list(lines)
    blocks: list[TextLine | TablePart] = []
    run: list[TextLine] = []
    borders = sorted(table.y0 for table in tables)
    passed = 0
    for line in lines:
        while passed < len(borders) and borders[passed] < line.y0:
            blocks += aligned_tables(run, loose)
            run = []
            passed += 1
        run.append(line)
    return blocks + aligned_tables(run, loose)
