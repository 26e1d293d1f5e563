"""Final accounts printed for the tests: from the one layout that our writers follow, clean or with a scanner's scars."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from guangsha.documents.reading.source import Block, Line, SourceDocument, SourceTable, Spot, TableCell
from guangsha.documents.reading.text import read_text
from guangsha.documents.reading.understanding.accounts import read_accounts
from guangsha.facts.accounts import Accounts
from guangsha.facts.accounts_layout import LayoutCell, TableLayout, accounts_layout, printed_amount
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.forms import ACCOUNTS
from guangsha.facts.report import Report

NUMBERS = {name: f"公开{place:02}表" for place, name in enumerate(ACCOUNTS, 1)}
#: Order and numbers of FY2021 in Hunan and FY2020 in Wuhan: 07 三公, 08 基金, 09 国资.
EARLIER_NUMBERS = {
    name: f"公开{place:02}表"
    for place, name in enumerate((*list(ACCOUNTS)[:6], "three_public", "government_fund", "state_capital"), 1)
}


@dataclass(frozen=True)
class Identity:
    year: int = 2024
    unit: str = "江城市住房保障服务中心"


Rows = list[list[str]]
Change = Callable[[TableLayout, Rows], Rows]


def read_back(document: SourceDocument, year: int = 2024) -> list[Fact]:
    return read_accounts(document, Identity(year))


def cells(facts: Iterable[Fact]) -> dict[str, Decimal]:
    """Amounts of the nine tables by ``table/row/column``."""
    return {
        f"{fact.concept.removeprefix('accounts.')}/{fact.dimension('row')}/{fact.dimension('column')}": fact.number
        for fact in facts
        if fact.concept.removeprefix("accounts.") in ACCOUNTS
    }


def from_tsv(text: str, year: int = 2024) -> dict[str, str]:
    """Amounts of a text whose tables are parted by tabs, as printed in plain notation."""
    document = read_text(text.encode(), "公开件.txt")
    return {place: f"{number:f}" for place, number in cells(read_back(document, year)).items()}


class Printed:
    """The nine tables of one year, to be printed in several ways.

    Args:
        facts: a year of one unit.
        numbers: table → form number, in printed order.
        body: 部门 or 单位.
    """

    def __init__(self, facts: FactSet, numbers: Mapping[str, str] = NUMBERS, body: str = "部门") -> None:
        report = Report(facts)
        self.accounts = Accounts(report)
        self.body = body
        self.unit = facts.unit
        self.year = facts.year
        self.layouts = [accounts_layout(name, report, numbers, body=body) for name in numbers]

    def expected(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for layout in self.layouts:
            for row in layout.rows:
                for cell in row:
                    fact = self.fact(layout, cell)
                    if fact is not None:
                        found[f"{layout.name}/{cell.fact_row}/{cell.fact_column}"] = fact.number
        return found

    def fact(self, layout: TableLayout, cell: LayoutCell) -> Fact | None:
        if not cell.is_figure:
            return None
        return self.accounts.printed(layout.name, cell.fact_row, cell.fact_column)

    def text(self, layout: TableLayout, cell: LayoutCell) -> str:
        return printed_amount(self.fact(layout, cell)) if cell.is_figure else cell.text

    # --- as text ------------------------------------------------------------------------------------------------

    def rows(self, layout: TableLayout) -> Rows:
        """The table as text keeps it: each merged cell where it begins, the places it covers empty."""
        table = self.table(layout)
        grid = [[""] * table.column_count for _ in range(table.row_count)]
        for cell in table.cells:
            grid[cell.row][cell.column] = cell.text
        return grid

    def as_text(self, change: Change | None = None, unit_line: str = "单位：万元") -> str:
        parts = [f"{self.unit}{self.year}年度{self.body}决算公开", ""]
        for layout in self.layouts:
            rows = self.rows(layout)
            rows = change(layout, rows) if change else rows
            parts += [
                f"{self.year}年度{layout.title}",
                "",
                layout.number,
                "",
                f"{self.body}：{self.unit}",
                "",
            ]
            parts += [unit_line, "", *("\t".join(row) for row in rows), "", *layout.notes, ""]
            parts += [f"{layout.empty_note.rstrip('。')}。", ""] if layout.empty_note else []
        return "\n".join(parts)

    # --- as tables with a grid ---------------------------------------------------------------------------------

    def table(self, layout: TableLayout) -> SourceTable:
        placed: list[TableCell] = []
        taken: set[tuple[int, int]] = set()
        for row, line in enumerate(layout.rows):
            column = 0
            for cell in line:
                while (row, column) in taken:
                    column += 1
                text = self.text(layout, cell)
                placed.append(
                    TableCell(text, row, column, cell.rows, cell.cols, Spot(anchor=f"{row},{column}"))
                )
                taken |= {(row + r, column + c) for r in range(cell.rows) for c in range(cell.cols)}
        return SourceTable(tuple(placed))

    def as_document(self, *, title_inside: bool = False) -> SourceDocument:
        blocks: list[Block] = []
        for layout in self.layouts:
            table = self.table(layout)
            title = f"{self.year}年度{layout.title}"
            if title_inside:
                blocks.append(_with_title(table, (title, layout.number, "金额单位：万元")))
            else:
                blocks += [Line(title), Line(layout.number), Line("单位：万元"), table]
            blocks += [Line(note) for note in layout.notes]
            if layout.empty_note:
                blocks.append(Line(layout.empty_note))
        return SourceDocument("公开表.xlsx", "xlsx", tuple(blocks))


def _with_title(table: SourceTable, rows: Sequence[str]) -> SourceTable:
    head = tuple(TableCell(text, row, 0, 1, table.column_count) for row, text in enumerate(rows))
    return SourceTable(head + tuple(replace(cell, row=cell.row + len(rows)) for cell in table.cells))


# --- scars -----------------------------------------------------------------------------------------------------------


def scarred(seed: int) -> Change:
    """What scanning does to a table, drawn by ``seed``: blanks in numbers, thousands commas, torn heads, glued codes."""
    chance = random.Random(seed)

    def change(layout: TableLayout, rows: Rows) -> Rows:
        _tear_head(chance, layout, rows)
        for row in rows[layout.header_rows :]:
            for column, text in enumerate(row):
                row[column] = _scarred_number(chance, text)
            _glue_code(chance, row)
        return rows

    return change


def _scarred_number(chance: random.Random, text: str) -> str:
    if "." not in text:
        return text
    whole, fraction = text.split(".")
    if chance.random() < 0.3 and len(whole) > 3:
        whole = f"{int(whole):,}".replace(",", chance.choice((",", ", ")))
    return whole + chance.choice((".", ". ", " .", ".")) + fraction


def _tear_head(chance: random.Random, layout: TableLayout, rows: Rows) -> None:
    """Head words broken over two lines of the head where the line below has room, or parted by a blank."""
    last = layout.header_rows - 1
    for row in range(last):
        for column, text in enumerate(rows[row]):
            cut = chance.randint(1, len(text) - 1) if len(text) > 3 else 0
            if cut and chance.random() < 0.4:
                room = row + 1 < last and not rows[row + 1][column]
                rows[row][column] = text[:cut] + ("" if room else " " + text[cut:])
                if room:
                    rows[row + 1][column] = text[cut:]


def _glue_code(chance: random.Random, row: list[str]) -> None:
    if len(row) > 3 and row[0].isdigit() and not row[1] and row[3] and chance.random() < 0.5:
        row[0], row[3] = f"{row[0]} {row[3]}", ""
