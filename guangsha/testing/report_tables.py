"""Final-accounts tables (公开01–09) that balance, for the strategies of ``reports``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from guangsha.facts.fact import Fact

ZERO = Decimal("0.00")


def wan(cents: int) -> Decimal:
    """A whole number of 0.01 万元 as 万元."""
    return Decimal(cents).scaleb(-2)


@dataclass(frozen=True, slots=True)
class Spending:
    """What a unit spent in a year, in 万元.

    Args:
        economic: basic expenditure by 5-digit economic code.
        basic_initial: initial budget of basic expenditure.
        basic_slack: how much of the full-year basic budget stayed unspent.
        basic_codes: functional codes (项) that basic expenditure is spread over.
        projects: (name, functional code, (initial, full year, executed)).
    """

    economic: Mapping[str, Decimal]
    basic_initial: Decimal
    basic_slack: Decimal
    basic_codes: Sequence[str]
    projects: tuple[tuple[str, str, tuple[Decimal, Decimal, Decimal]], ...]

    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code[:3] for code in self.economic))

    def group(self, group: str) -> Decimal:
        return sum((amount for code, amount in self.economic.items() if code.startswith(group)), ZERO)

    @property
    def basic(self) -> Decimal:
        return sum(self.economic.values(), ZERO)

    @property
    def personnel(self) -> Decimal:
        return self.group("301") + self.group("303")

    @property
    def public(self) -> Decimal:
        return self.basic - self.personnel

    def project_total(self, stage: int) -> Decimal:
        """Sum over projects; ``stage`` 0 initial, 1 full year, 2 executed."""
        return sum((money[stage] for _, _, money in self.projects), ZERO)

    def totals(self) -> tuple[Decimal, Decimal, Decimal]:
        """Initial budget, full-year budget, executed."""
        return (
            self.basic_initial + self.project_total(0),
            self.basic + self.basic_slack + self.project_total(1),
            self.basic + self.project_total(2),
        )

    def by_code(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Functional code → (basic, project): basic in equal cents, the rest on the first code."""
        cents = int(self.basic * 100)
        share, rest = divmod(cents, len(self.basic_codes))
        lines = {
            code: (wan(share + (rest if place == 0 else 0)), ZERO)
            for place, code in enumerate(self.basic_codes)
        }
        lines.update({code: (ZERO, money[2]) for _, code, money in self.projects})
        return dict(sorted(lines.items()))


@dataclass(frozen=True, slots=True)
class Accounts:
    """A year whose expenditure is wholly paid from this year's general public appropriation.

    Other income stays unspent: closing = opening + other income.
    """

    spending: Spending
    other_income: Decimal
    opening: Decimal
    vehicle_running: Decimal
    reception: Decimal
    prior_total: Decimal

    @property
    def revenue_total(self) -> Decimal:
        return self.spending.totals()[2] + self.other_income


Cells = dict[tuple[str, str], Decimal]


def accounts_facts(accounts: Accounts, year: int) -> list[Fact]:
    """Every table as facts of ``year``; blank cells are left out."""
    tables: dict[str, Cells] = {
        "overview": _overview(accounts),
        "revenue": _revenue(accounts),
        "expenditure": _expenditure(accounts),
        "fiscal_overview": _fiscal_overview(accounts),
        "general_expenditure": _expenditure(accounts),
        "basic_detail": _basic_detail(accounts.spending),
        "three_public": _three_public(accounts),
    }
    facts = [
        Fact.of(f"accounts.{table}", amount, year=year, row=row, column=column)
        for table, cells in tables.items()
        for (row, column), amount in cells.items()
    ]
    for table, label in (("government_fund", "政府性基金"), ("state_capital", "国有资本经营")):
        note = f"本部门{year}年无{label}预算财政拨款收支"
        facts.append(Fact.of("accounts.empty_note", note, year=year, table=table))
    return facts


def _by_class(spending: Spending) -> dict[str, Decimal]:
    classes: dict[str, Decimal] = {}
    for code, (basic, project) in spending.by_code().items():
        classes[code[:3]] = classes.get(code[:3], ZERO) + basic + project
    return classes


def _overview(accounts: Accounts) -> Cells:
    spent = accounts.spending.totals()[2]
    closing = accounts.opening + accounts.other_income
    rows = {
        "income.general_public": spent,
        "income.other": accounts.other_income,
        "income.total": accounts.revenue_total,
        "income.opening": accounts.opening,
        "income.grand": accounts.revenue_total + accounts.opening,
        **{f"class.{code}": amount for code, amount in _by_class(accounts.spending).items()},
        "expenditure.total": spent,
        "expenditure.closing": closing,
        "expenditure.grand": spent + closing,
    }
    return {(row, "amount"): amount for row, amount in rows.items()}


def _revenue(accounts: Accounts) -> Cells:
    cells: Cells = {
        ("total", "total"): accounts.revenue_total,
        ("total", "fiscal"): accounts.spending.totals()[2],
        ("total", "other"): accounts.other_income,
    }
    for place, (code, (basic, project)) in enumerate(accounts.spending.by_code().items()):
        other = accounts.other_income if place == 0 else ZERO
        cells[code, "total"] = basic + project + other
        cells[code, "fiscal"] = basic + project
        if other:
            cells[code, "other"] = other
    return cells


def _expenditure(accounts: Accounts) -> Cells:
    lines = {"total": (accounts.spending.basic, accounts.spending.project_total(2))}
    lines.update(accounts.spending.by_code())
    cells: Cells = {}
    for row, (basic, project) in lines.items():
        cells[row, "total"] = basic + project
        cells[row, "basic"] = basic
        cells[row, "project"] = project
    return cells


def _fiscal_overview(accounts: Accounts) -> Cells:
    spent = accounts.spending.totals()[2]
    incomes = ("income.general_public", "income.total", "income.grand")
    cells: Cells = {(row, "amount"): spent for row in incomes}
    expenditures = {f"class.{code}": amount for code, amount in _by_class(accounts.spending).items()}
    expenditures |= {"expenditure.total": spent, "expenditure.grand": spent}
    for row, amount in expenditures.items():
        cells[row, "total"] = amount
        cells[row, "general_public"] = amount
    return cells


def _basic_detail(spending: Spending) -> Cells:
    rows = {group: spending.group(group) for group in spending.groups()} | dict(spending.economic)
    rows |= {"personnel.total": spending.personnel, "public.total": spending.public}
    return {(row, "amount"): amount for row, amount in rows.items()}


def _three_public(accounts: Accounts) -> Cells:
    row = {
        "total": accounts.vehicle_running + accounts.reception,
        "vehicles": accounts.vehicle_running,
        "vehicle_running": accounts.vehicle_running,
        "reception": accounts.reception,
    }
    return {(stage, column): amount for stage in ("budget", "executed") for column, amount in row.items()}
