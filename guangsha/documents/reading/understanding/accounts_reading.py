"""What the readers of the nine tables give back: cells by row and column of the form, and printed names of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from guangsha.documents.reading.understanding.accounts_words import Figure

#: Most amounts of a table must be printed with decimals before a lone digit can be taken for dirt.
_DECIMALS_SHARE = 0.9
_DECIMALS_LEAST = 6


@dataclass(frozen=True, slots=True)
class ReadCell:
    """One amount: row and column keys of the form, the amount as printed, and the row's and column's words."""

    row: str
    column: str
    figure: Figure
    row_words: str
    column_words: str


@dataclass(slots=True)
class TableReading:
    """One of the nine tables as read; the first of two amounts for one cell stays."""

    cells: dict[tuple[str, str], ReadCell] = field(default_factory=dict)
    names: dict[str, tuple[str, Figure]] = field(default_factory=dict)

    def put(self, cell: ReadCell) -> None:
        self.cells.setdefault((cell.row, cell.column), cell)

    def name(self, row: str, name: str, beside: Figure) -> None:
        """Note the printed name of a row; ``beside`` is an amount of the row, to say where it stands."""
        if name:
            self.names.setdefault(row, (name, beside))

    def has_row(self, row: str) -> bool:
        return any(known == row for known, _ in self.cells)

    def add(self, other: TableReading) -> None:
        """Take over what another part of the same table holds."""
        for cell in other.cells.values():
            self.put(cell)
        for row, (name, beside) in other.names.items():
            self.name(row, name, beside)


def printed_with_decimals(figures: Iterable[Figure]) -> bool:
    """Whether a table prints its amounts with decimals, but for a stray digit or two."""
    given = list(figures)
    fine = sum(1 for figure in given if not figure.whole)
    return fine >= _DECIMALS_LEAST and fine >= _DECIMALS_SHARE * len(given)
