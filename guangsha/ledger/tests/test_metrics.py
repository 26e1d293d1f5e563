"""Figures from the books: equal to what the books say of themselves, cut by any code, as of any moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from guangsha.facts.metrics import READERS, Measured, Scope, compute
from guangsha.ledger import metrics  # noqa: F401  declares
from guangsha.ledger.actions import post, reverse
from guangsha.ledger.books import adjust_budget, open_account, open_budget_line
from guangsha.ledger.facts import Line
from guangsha.ledger.queries import sum_budget
from guangsha.testing.ledger import Books, build_books

pytestmark = pytest.mark.django_db


def measured(books: Books, name: str, *, as_of: datetime | None = None, **parameters: str) -> Measured:
    found = Scope(frozenset({books.agency.pk}), 2026, as_of or timezone.now(), parameters)
    return compute(f"ledger.{name}", found)


@pytest.fixture
def books() -> Books:
    made = build_books(initial_fen=100_000)
    adjust_budget(
        made.accountant, made.line.pk, "supplement", 50_000, date(2026, 3, 1), "岳财预〔2026〕9号", key="s", reason="追加"
    )  # fmt: skip
    pay = open_budget_line(
        made.accountant, made.fund, 2026, "在职人员", "2080505", 40_000, "岳财预〔2026〕2号", nature="basic", economic_code="30108"
    )  # fmt: skip
    post(made.accountant, made.payment("a", 30_000))
    post(made.accountant, replace(made.payment("b", 20_000), source_type="procurement.contract"))
    post(made.accountant, made.payment("c", 10_000, line=pay))
    return made


def test_the_figures_are_those_of_the_budget_lines(books: Books) -> None:
    names = {"budget_initial": "initial_fen", "budget_full_year": "full_year_fen", "executed": "executed_fen"}
    for nature in ("basic", "project"):
        said = {row["nature"]: row for row in sum_budget(books.accountant, books.agency.pk, 2026, "nature")}
        for name, column in names.items():
            assert measured(books, name, nature=nature).value == said[nature][column]
    assert measured(books, "executed").value == 60_000
    assert measured(books, "executed", economic="301").value == 10_000
    assert measured(books, "executed", economic="302,30108").value == 10_000
    assert measured(books, "executed", functional="22102").value == 0
    assert measured(books, "procured").value == 20_000
    assert measured(books, "executed_year").value == 2026
    assert measured(books, "executed_year", project="none").value is None


def test_a_reversal_of_the_year_takes_its_amount_back_and_is_a_record_too(books: Books) -> None:
    before = measured(books, "executed")
    entry = int(before.records[0].id.partition(":")[2].partition(".")[0])
    reverse(books.accountant, entry, "重复", day=date(2026, 11, 21))
    after = measured(books, "executed")
    assert after.value == before.value - before.records[0].amount  # type: ignore[operator]
    assert len(after.records) == len(before.records) + 1 and after.digest != before.digest


def test_as_of_a_moment_before_nothing_was_posted(books: Books) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert measured(books, "executed", as_of=long_ago).value == 0
    assert measured(books, "budget_full_year", as_of=long_ago).value == 140_000  # lines without their moves
    assert measured(books, "executed", as_of=timezone.now() + timedelta(days=1)).value == 60_000


def test_revenue_and_balance(books: Books) -> None:
    income = open_account(books.accountant, books.fund, "6001", "财政拨款预算收入", "budget_income")
    draft = replace(
        books.draft("in", 70_000, kind="receipt"),
        lines=(Line(books.resources.pk, 70_000), Line(income.pk, -70_000)),
    )
    post(books.accountant, draft)
    closing = replace(
        books.draft("end", 1, kind="closing"),
        lines=(Line(income.pk, 70_000), Line(books.spending.pk, -70_000)),
    )
    post(books.accountant, closing)
    assert measured(books, "revenue").value == 70_000
    assert measured(books, "revenue", fund_source="other").value == 0
    assert measured(books, "balance").value == 10_000


def test_three_public_expenses_are_found_by_their_codes(books: Books) -> None:
    line = open_budget_line(
        books.accountant, books.fund, 2026, "公务接待", "2120199", 5_000, "岳财预〔2026〕2号", nature="basic", economic_code="30217"
    )  # fmt: skip
    post(books.accountant, books.payment("d", 1_234, line=line))
    assert measured(books, "three_public_executed", item="reception").value == 1_234
    assert measured(books, "three_public_executed", item="total").value == 1_234
    assert measured(books, "three_public_executed", item="vehicles").value == 0
    assert measured(books, "three_public_initial", item="reception").value == 5_000


def test_rows_are_shown_to_those_who_read_the_books_and_to_nobody_else(books: Books) -> None:
    found = measured(books, "executed").records
    keys = [record.id.partition(":")[2] for record in found]
    read = READERS["ledger.posting"].read
    shown = read(books.accountant, [*keys, "x", "1.2.3"])
    assert set(shown) == set(keys) and "0.01" not in shown
    assert {row.cells[-1] for row in shown.values()} == {"300.00元", "200.00元", "100.00元"}
    stranger = replace(books.accountant, scope=frozenset(), agency_id=0)
    assert read(stranger, keys) == {}
    lines = [record.id.partition(":")[2] for record in measured(books, "budget_initial").records]
    assert set(READERS["ledger.budgetline"].read(books.accountant, lines)) == set(lines)
    moves = [
        record.id.partition(":")[2]
        for record in measured(books, "budget_full_year").records
        if record.kind == "ledger.budgetmove"
    ]
    assert (
        len(moves) == 1
        and READERS["ledger.budgetmove"].read(books.accountant, moves)[moves[0]].cells[1] == "追加"
    )
    assert READERS["ledger.budgetmove"].read(stranger, moves) == {}
