"""A document as it was read: lines and tables in reading order, each with the spot where it stands.

Every reader (docx, pdf, xlsx, html, txt) ends here; ``understanding/`` starts here and knows no file format. Nothing
is interpreted yet: text is as printed (OCR scars included), merged cells keep their extent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from guangsha.facts.fact import CellSource


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a piece of text stands.

    ``line`` counts lines of a txt or html file from 1; ``page`` counts pages from 1; ``anchor`` is the reader's own way
    back to the place (docx: index of the paragraph in document order; xlsx: ``工作表!D7``; html: element path), used to
    annotate the original. ``lines`` are the file's lines under each line of a cell's text, where a cell is spread over
    several (a scoring form as text has ``产出指标`` and, two lines below, ``(50分)`` in one cell).
    """

    line: int | None = None
    page: int | None = None
    anchor: str = ""
    lines: tuple[int, ...] = ()

    def of_line(self, index: int) -> Spot:
        """Where the text's line ``index`` (from 0) stands; the spot itself where no more is known."""
        return Spot(self.lines[index], self.page, self.anchor) if index < len(self.lines) else self


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or line of text outside tables. ``level`` is its heading level where the file says so, else 0."""

    text: str
    spot: Spot = Spot()
    level: int = 0


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell: its text (inner line breaks as ``\\n``), its top-left position and its extent."""

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    spot: Spot = Spot()


@dataclass(frozen=True)
class SourceTable:
    """A table as it was found; pages of one table are joined and repeated head rows dropped.

    ``torn`` marks a table whose columns had to be guessed from text (tab-separated lines, aligned words);
    ``continues`` one that follows the table before it with nothing in between but has other columns: mostly the
    same form after a page break.
    """

    cells: tuple[TableCell, ...]
    spot: Spot = Spot()
    torn: bool = False
    continues: bool = False

    @cached_property
    def row_count(self) -> int:
        return max((cell.row + cell.rows for cell in self.cells), default=0)

    @cached_property
    def column_count(self) -> int:
        return max((cell.column + cell.columns for cell in self.cells), default=0)

    @cached_property
    def grid(self) -> tuple[tuple[TableCell | None, ...], ...]:
        """Cells by row and column; a merged cell stands at every position it covers; None where nothing is."""
        rows: list[list[TableCell | None]] = [[None] * self.column_count for _ in range(self.row_count)]
        for cell in self.cells:
            for row in range(cell.row, cell.row + cell.rows):
                for column in range(cell.column, cell.column + cell.columns):
                    rows[row][column] = cell
        return tuple(tuple(row) for row in rows)

    def row_cells(self, row: int) -> tuple[TableCell, ...]:
        """The distinct cells that stand in ``row``, from left to right."""
        seen: dict[int, TableCell] = {}
        for cell in self.grid[row]:
            if cell is not None:
                seen.setdefault(id(cell), cell)
        return tuple(seen.values())


Block = Line | SourceTable


@dataclass(frozen=True)
class SourceDocument:
    """One file as read. ``kind`` is the format; ``notes`` say in Chinese what the reader had to decide."""

    file: str
    kind: str
    blocks: tuple[Block, ...]
    pages: int | None = None
    notes: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> Iterator[Line]:
        return (block for block in self.blocks if isinstance(block, Line))

    @property
    def tables(self) -> tuple[SourceTable, ...]:
        return tuple(block for block in self.blocks if isinstance(block, SourceTable))

    def source(self, spot: Spot, *, table: str = "", cell: str = "", quote: str = "") -> CellSource:
        """The fact source of something that stands at ``spot``."""
        return CellSource(self.file, table, cell or spot.anchor, spot.line, spot.page, quote)
