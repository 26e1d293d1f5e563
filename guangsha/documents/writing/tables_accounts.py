"""The nine tables of the final accounts (公开01–09) as tables of the document tree, with what their sums add."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from guangsha.documents.writing.tables_board import Board, sum_recipe
from guangsha.documents.writing.tree import Cell, Table
from guangsha.facts.accounts import Accounts
from guangsha.facts.accounts_layout import (
    LayoutCell,
    TableLayout,
    accounts_layout,
    figure_cells,
    printed_amount,
)
from guangsha.facts.fact import Fact
from guangsha.facts.report import Report
from guangsha.kernel.measures import WAN_YUAN
from guangsha.scoring.profile import Profile


def cell_key(row: str, column: str) -> str:
    """Key of a figure inside its table."""
    return f"{row}/{column}"


class AccountsSheet:
    """One laid-out table with its figures.

    ``figures`` are the facts it shows, by :func:`cell_key`.
    """

    def __init__(self, accounts: Accounts, layout: TableLayout, unit: str, body: str) -> None:
        self.layout = layout
        self.landscape = layout.landscape
        self.figures: dict[str, Fact] = {}
        for cell in figure_cells(layout):
            fact = accounts.printed(layout.name, cell.fact_row, cell.fact_column)
            if fact is not None:
                self.figures[cell_key(cell.fact_row, cell.fact_column)] = fact
        self.table = Table(
            title=layout.title,
            widths=layout.widths,
            rows=[[self._cell(cell) for cell in row] for row in layout.rows],
            header_rows=layout.header_rows,
            number=layout.number,
            note_left=f"{body}：{unit}",
            note_right="金额单位：万元",
            notes=(*layout.notes, *((layout.empty_note,) if layout.empty_note else ())),
            dense=True,
            id=f"accounts-{layout.name}",
        )

    def _cell(self, cell: LayoutCell) -> Cell:
        key = cell_key(cell.fact_row, cell.fact_column) if cell.is_figure else ""
        text = printed_amount(self.figures.get(key)) if cell.is_figure else cell.text
        return Cell(text, cell.cols, cell.rows, cell.align, cell.header, key)

    def exact(self, key: str) -> Decimal | None:
        """The amount of a figure in 万元."""
        fact = self.figures.get(key)
        return fact.quantity.to(WAN_YUAN).value if fact else None

    def teach(self, board: Board) -> None:
        """A recipe for every cell that is the sum of others of its table."""
        for cell in figure_cells(self.layout):
            if cell.terms:
                key = cell_key(cell.fact_row, cell.fact_column)
                addends = [(cell_key(row, column), sign) for row, column, sign in cell.terms]
                if self.layout.name == "basic_detail" and cell.fact_row.isdigit():
                    addends = [(own, 1) for own in self._details(cell.fact_row)]
                board.teach(key, sum_recipe(key, addends, keeps_tail=True))

    def _details(self, group: str) -> list[str]:
        """Every printed 款 of an economic class, blank ones too: an amount that is filled in later counts."""
        rows = [cell.fact_row for cell in figure_cells(self.layout)]
        return [cell_key(row, "amount") for row in rows if row.startswith(group) and row != group]


def accounts_sheets(report: Report, profile: Profile) -> Iterator[AccountsSheet]:
    """Every table in the order of the place's numbers; nothing where no final accounts were given."""
    accounts = Accounts(report)
    if not accounts:
        return
    document = profile.document
    for name in document.accounts_numbers:
        layout = accounts_layout(name, report, document.accounts_numbers, body=document.body)
        yield AccountsSheet(accounts, layout, report.unit, document.body)
