"""A table as rows of filled cells, and the line of column numbers (栏次) that tells where its amounts stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from guangsha.documents.reading.source import SourceTable, Spot, TableCell
from guangsha.documents.reading.understanding.accounts_words import Figure, amounts_in, bare, han

#: The line of column numbers stands in the head, below the title rows some files keep inside the table.
_RULER_WITHIN_ROWS = 12
_HEAD_ROWS_MAX = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A filled cell where it begins: text, column, how many columns it covers, spot."""

    text: str
    column: int
    columns: int
    spot: Spot

    @property
    def bare(self) -> str:
        return bare(self.text)

    @property
    def han(self) -> str:
        return han(self.text)

    @property
    def figures(self) -> list[Figure]:
        """The amounts it holds; a second amount in one cell stands for the column to its right."""
        return [
            Figure(value, text, self.column + shift, self.spot)
            for shift, (value, text) in enumerate(amounts_in(self.text))
        ]


@dataclass(frozen=True, slots=True)
class Ruler:
    """The row of column numbers: which row, and the columns of 1, 2, 3 …"""

    row: int
    columns: tuple[int, ...]


class Grid:
    """A :class:`SourceTable` by rows of filled cells; each merged cell is counted once, where it begins."""

    def __init__(self, table: SourceTable) -> None:
        self.table = table
        self.torn = table.torn
        self.height = table.row_count
        self.width = table.column_count
        rows: list[list[Piece]] = [[] for _ in range(self.height)]
        for cell in sorted(table.cells, key=lambda c: (c.row, c.column)):
            if cell.text.strip():
                rows[cell.row] += _pieces(cell, table.torn)
        self.rows: tuple[tuple[Piece, ...], ...] = tuple(tuple(row) for row in rows)

    def with_rows(self, other: Grid) -> Grid:
        """This grid with the rows of ``other``, a further part of the same table, below."""
        moved = tuple(replace(cell, row=cell.row + self.height) for cell in other.table.cells)
        return Grid(replace(self.table, cells=self.table.cells + moved, torn=self.torn or other.torn))

    def text(self, row: int) -> str:
        """A row's words and signs in one string without spaces."""
        return "".join(piece.bare for piece in self.rows[row])

    def cells_in(self, row: int) -> int:
        """How many cells the row has, empty ones included (torn tables lose some)."""
        return len(self.table.row_cells(row))

    def figures(self, row: int) -> list[Figure]:
        return [figure for piece in self.rows[row] for figure in piece.figures]

    def path(self, column: int, rows: range) -> str:
        """The words that stand in ``column`` over ``rows``, merged cells included, top to bottom."""
        words: list[str] = []
        seen: set[int] = set()
        for row in rows:
            cell = self.table.grid[row][column]
            if cell is not None and id(cell) not in seen:
                seen.add(id(cell))
                words.append(han(cell.text))
        return "".join(words)

    def lowest(self, column: int, rows: range) -> str:
        """The lowest words that stand in ``column`` over ``rows``."""
        for row in reversed(rows):
            cell = self.table.grid[row][column]
            if cell is not None and (words := han(cell.text)):
                return words
        return ""

    @cached_property
    def ruler(self) -> Ruler | None:
        """The line of column numbers, if the table has one."""
        for row in range(min(self.height, _RULER_WITHIN_ROWS)):
            columns = _counted(self.rows[row])
            named = "栏次" in self.text(row)
            if columns and (named or (len(columns) >= 3 and not self._has_words(row))):
                return Ruler(row, columns)
        return None

    def is_ruler(self, row: int) -> bool:
        """Whether ``row`` is a line of column numbers, such as a new page repeats."""
        return len(_counted(self.rows[row])) >= 3 and ("栏次" in self.text(row) or not self._has_words(row))

    def _has_words(self, row: int) -> bool:
        """Whether the row says more than 类款项 and 栏次 (of which scanning may leave one character)."""
        return len(re.sub("[类款项栏次目]", "", "".join(piece.han for piece in self.rows[row]))) > 2

    def head_rows(self, first_row_of_body: int | None) -> range:
        """The rows of the head: down to the line of column numbers, or to the body."""
        if self.ruler is not None:
            return range(self.ruler.row)
        end = self.height if first_row_of_body is None else first_row_of_body
        return range(min(end, _HEAD_ROWS_MAX))

    @property
    def after_head(self) -> int:
        """The first row below the line of column numbers; 0 without one."""
        return self.ruler.row + 1 if self.ruler else 0


def _counted(pieces: Sequence[Piece]) -> tuple[int, ...]:
    """The columns of 1, 2, 3 … when these are the only numbers of a row; empty otherwise.

    A number that scanning lost or misread between two others is put back where the columns leave room for it.
    """
    places: list[int | None] = []
    for piece in pieces:
        texts = piece.text.split() if re.fullmatch(r"[\dlI\s]+", piece.text) else [piece.bare]
        for shift, text in enumerate(texts):
            digits = "1" if text in ("l", "I", "|") else text
            if not digits.isdigit():
                if amounts_in(text):
                    return ()
                continue
            lost = int(digits) - len(places) - 1
            if not 0 <= lost <= 1:
                return ()
            places += [None] * lost + [piece.column + shift]
    return _without_gaps(places) if len(places) >= 2 and places[0] is not None else ()


def _without_gaps(places: Sequence[int | None]) -> tuple[int, ...]:
    columns: list[int] = []
    for at, column in enumerate(places):
        if column is None:
            before, after = columns[-1], places[at + 1]
            if after != before + 2:
                return ()
            column = before + 1
        columns.append(column)
    return tuple(columns)


_GLUED_CELLS = re.compile(
    r"(?<=[\u3400-\u9fff)）])\s+(?=-?\d[\d,]*\s?\.\s?\d{1,2}(?:\s|$))|(?<=\.\d\d)\s+(?=[\u3400-\u9fff（(]|3\d{2,4}\b)"
)


def _pieces(cell: TableCell, torn: bool) -> list[Piece]:
    """The cell, or the two that scanning put into one: words and an amount with a blank between them."""
    text = cell.text.strip()
    parts = [part for part in _GLUED_CELLS.split(text) if part] if torn else [text]
    return [Piece(part, cell.column + shift, cell.columns, cell.spot) for shift, part in enumerate(parts)]
