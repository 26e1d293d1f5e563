"""A small unit's year for tests: books with a budget and two payments, and a table of six figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from guangsha.areas.performance.actions import import_table
from guangsha.areas.performance.models import UnitYear
from guangsha.audit.actor import Actor
from guangsha.ledger.actions import post
from guangsha.people.models import Agency
from guangsha.testing.ledger import Books, build_books

TABLE = """
format: guangsha.table/1
unit: {unit}
year: 2026
profile: yueyanglou
about: {{department: 市住房和城乡建设局, short_name: 中心, report_date: 2027-03-01}}
sheets:
  - id: overall
    kind: overall
    name: 整体支出
    goal_actual: {{text: "支出{{spent}}万元，收入{{got}}万元", parts: {{spent: {{metric: ledger.executed}}, got: {{metric: ledger.revenue}}}}}}
    funds:
      total: {{initial: {{metric: ledger.budget_initial}}, full_year: {{metric: ledger.budget_full_year}}, executed: {{metric: ledger.executed}}}}
    by_expenditure: {{project: {{metric: ledger.executed, with: {{nature: project}}}}}}
    indicators:
      - {{level1: 产出指标, level2: 数量指标, name: 支出金额, target: 4万元, actual: {{metric: ledger.executed, text: "{{}}万元"}}, weight: 40}}
      - {{level1: 效益指标, level2: 社会效益指标, name: 促进工作, target: 有效促进, actual: {{entered: 有效促进, evidence: 工作总结, by: 蒋会计, on: 2027-01-05}}, weight: 50}}
"""


@dataclass(frozen=True, slots=True)
class World:
    """A unit with its books, its year, and the people who may act and may not."""

    books: Books
    year: UnitYear
    head: Actor
    auditor: Actor
    stranger: Actor

    @property
    def agency(self) -> Agency:
        return self.books.agency

    @property
    def accountant(self) -> Actor:
        return self.books.accountant

    def spend(self, key: str, fen: int) -> None:
        """One more payment."""
        post(self.books.accountant, self.books.payment(key, fen, day=date(2026, 11, 20)))


def build_world(agency: Agency | None = None) -> World:
    """4.00 万元 spent of 10.00 万元."""
    books = build_books(agency, initial_fen=10_000_000)
    head = replace(books.accountant, account_id=900_003, name="尤主任", roles=frozenset({"supervisor"}))
    post(books.accountant, books.payment("a", 1_500_000))
    post(books.accountant, books.payment("b", 2_500_000))
    year = import_table(books.accountant, books.agency, TABLE.format(unit=books.agency.name), "table.yaml")
    return World(
        books, year, head,
        auditor=replace(head, account_id=900_004, name="许审计", roles=frozenset({"auditor"})),
        stranger=replace(head, account_id=900_005, name="外区主任", agency_id=0, scope=frozenset()),
    )  # fmt: skip
