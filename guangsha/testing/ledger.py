"""Books for tests: an agency with funds, accounts and a budget, and what only tests may do to books."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from guangsha.audit.actor import CLOCK, Actor
from guangsha.demo.books import TABLES, unguarded, wipe_books
from guangsha.ledger.books import open_account, open_budget_line, open_fund, open_year
from guangsha.ledger.facts import Draft, Line
from guangsha.ledger.models import Account, BudgetLine, Fund
from guangsha.people.models import Agency

__all__ = ["TABLES", "Books", "build_books", "unguarded", "wipe_books"]


@dataclass(frozen=True, slots=True)
class Books:
    """The books of one agency: two accountants, the clock, a fund of the general budget and one of owners' money."""

    agency: Agency
    accountant: Actor
    second: Actor
    fund: Fund
    owners: Fund
    bank: Account
    expense: Account
    payable: Account
    spending: Account
    resources: Account
    owners_bank: Account
    owners_share: Account
    line: BudgetLine

    @property
    def clock(self) -> Actor:
        """Whoever posts for an area without a person."""
        return CLOCK

    def draft(
        self, key: str, fen: int = 100, *, day: date = date(2026, 11, 20), kind: str = "payment",
        debit: Account | None = None, credit: Account | None = None, reason: str = "租赁补贴", source: str = "subsidy.batch",
    ) -> Draft:  # fmt: skip
        """A payment of ``fen`` in the financial accounting alone."""
        return Draft(
            self.agency.pk, day, kind, key, reason,
            (Line((debit or self.expense).pk, fen), Line((credit or self.bank).pk, -fen)),
            source_type=source, source_id="1" if source else "",
        )  # fmt: skip

    def payment(
        self, key: str, fen: int, *, line: BudgetLine | None = None, day: date = date(2026, 11, 20)
    ) -> Draft:
        """A payment in both accountings, which executes the budget line."""
        chosen = line or self.line
        return replace(
            self.draft(key, fen, day=day),
            lines=(
                Line(self.expense.pk, fen), Line(self.bank.pk, -fen),
                Line(self.spending.pk, fen, chosen.pk), Line(self.resources.pk, -fen),
            ),
        )  # fmt: skip


def build_books(
    agency: Agency | None = None, *, initial_fen: int = 1_000_000, years: tuple[int, ...] = (2025, 2026)
) -> Books:
    """Books of an agency, a new one when none is given, with the months of these years open and one budget line of 2026."""
    if agency is None:
        count = Agency.objects.count()
        agency = Agency.objects.create(
            kind="district", name=f"第{count}区住保中心", region_code="430600", path="/"
        )
        Agency.objects.filter(pk=agency.pk).update(path=f"/{agency.pk}/")
    accountant = Actor(
        "staff",
        900_001,
        "蒋会计",
        agency_id=agency.pk,
        scope=frozenset({agency.pk}),
        roles=frozenset({"accountant"}),
    )
    second = replace(accountant, account_id=900_002, name="季会计")
    for year in years:
        open_year(accountant, agency.pk, year)
    fund = open_fund(accountant, agency.pk, "01", "一般公共预算", "general")
    owners = open_fund(accountant, agency.pk, "90", "住宅专项维修资金", "maintenance")

    def account(code: str, name: str, kind: str, of: Fund = fund, **bounds: int) -> Account:
        return open_account(accountant, of, code, name, kind, **bounds)

    return Books(
        agency=agency,
        accountant=accountant,
        second=second,
        fund=fund,
        owners=owners,
        bank=account("1002", "银行存款", "asset"),
        expense=account("5001", "业务活动费用", "expense"),
        payable=account("2302", "应付账款", "liability"),
        spending=account("7201", "事业支出", "budget_expenditure"),
        resources=account("8001", "资金结存", "budget_balance"),
        owners_bank=account("1002", "维修资金专户", "asset", owners, least_fen=0),
        owners_share=account("2903.01", "分户账 1-101", "liability", owners, most_fen=0),
        line=open_budget_line(
            accountant, fund, 2026, "租赁补贴", "2210107", initial_fen, "岳财预〔2026〕1号"
        ),
    )
