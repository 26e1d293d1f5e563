"""The rows of one sheet: cells written one by one and long tables, joined in order when the file is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guangsha.documents.writing.xlsx_cells import COLUMNS_MAX, ROWS_MAX, Value, address, band_rows


@dataclass(frozen=True, slots=True)
class _Band:
    """A long table: the inside of each of its rows, from ``row`` on, in ``width`` columns from ``col`` on."""

    row: int
    col: int
    width: int
    fragments: list[str]

    def covers(self, row: int) -> bool:
        return self.row <= row < self.row + len(self.fragments)


class Rows:
    """Cells of a sheet as xml, by row."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.heights: dict[int, float] = {}
        self._cells: dict[int, dict[int, str]] = {}
        self._bands: list[_Band] = []

    def put(self, row: int, col: int, text: str) -> None:
        """Keep the xml of one cell; the last one written stays."""
        if not (0 <= row < ROWS_MAX and 0 <= col < COLUMNS_MAX):
            raise ValueError(f"cell ({row}, {col}) is outside a sheet")
        self._cells.setdefault(row, {})[col] = text

    def put_table(
        self, row: int, col: int, rows: Iterable[Sequence[Value]], styles: int | Sequence[int]
    ) -> int:
        """Keep a long table; returns its number of rows."""
        fragments: list[str] = []
        width = 0
        for cells, made in band_rows(rows, row, col, styles):
            width = max(width, cells)
            fragments += made
        if fragments:
            self._bands.append(_Band(row, col, width, fragments))
        return len(fragments)

    def xml(self) -> tuple[list[str], int, int]:
        """All rows in order, the last row and the last column in use.

        Raises:
            ValueError: a cell was written into a long table.
        """
        whole, pieces = self._gathered()
        lines = []
        for row in sorted(whole.keys() | pieces.keys()):
            inside = whole.get(row)
            if inside is None:
                inside = self._joined(row, pieces[row])
            height = self.heights.get(row)
            tall = f' ht="{height:g}" customHeight="1"' if height is not None else ""
            lines.append(f'<row r="{row + 1}"{tall}>{inside}</row>')
        last_row = max(max(whole, default=0), max(pieces, default=0))
        last_col = max(
            [0, *(band.col + band.width - 1 for band in self._bands), *map(max, self._cells.values())]
        )
        return lines, last_row, last_col

    def _gathered(self) -> tuple[dict[int, str], dict[int, list[tuple[int, int, str]]]]:
        """Rows that are one long table's and nothing else's, and the pieces of all others: (column, width, xml)."""
        whole: dict[int, str] = {}
        pieces: dict[int, list[tuple[int, int, str]]] = {row: [] for row in (*self._cells, *self.heights)}
        for band in self._bands:
            for row, fragment in enumerate(band.fragments, band.row):
                if row in whole:  # a second table beside the first
                    first = next(other for other in self._bands if other.covers(row))
                    pieces[row] = [(first.col, first.width, whole.pop(row))]
                if row in pieces:
                    pieces[row].append((band.col, band.width, fragment))
                else:
                    whole[row] = fragment
        for row, cells in self._cells.items():
            pieces[row].extend((col, 1, text) for col, text in cells.items())
        return whole, pieces

    def _joined(self, row: int, pieces: list[tuple[int, int, str]]) -> str:
        pieces.sort(key=lambda piece: piece[0])
        end = 0
        for col, width, _ in pieces:
            if col < end:
                place = address(row, col)
                raise ValueError(f"{self.sheet}: {place} is written by a table and again by itself")
            end = col + width
        return "".join(text for _, _, text in pieces)
