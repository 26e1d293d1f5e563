"""The part of a table that stands on one page, before parts are joined to whole tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from guangsha.documents.reading.pdf_lines import Piece


@dataclass(slots=True)
class PartCell:
    """A cell by the edges of its part; ``page`` is set when parts are joined.

    ``full``: its last line reaches the border, so that its text may go on in the next part.
    """

    row: int
    column: int
    rows: int
    columns: int
    text: str
    full: bool = False
    page: int = 0


@dataclass(slots=True)
class TablePart:
    """Edges of columns and rows, cells and their pieces of text; ``torn`` when columns were guessed."""

    xs: Sequence[float]
    ys: Sequence[float]
    cells: list[PartCell]
    pieces: list[Piece] = field(default_factory=list)
    torn: bool = False

    @property
    def x0(self) -> float:
        return self.xs[0]

    @property
    def x1(self) -> float:
        return self.xs[-1]

    @property
    def y0(self) -> float:
        return self.ys[0]

    @property
    def y1(self) -> float:
        return self.ys[-1]

    @property
    def filled(self) -> int:
        return sum(bool(cell.text) for cell in self.cells)
