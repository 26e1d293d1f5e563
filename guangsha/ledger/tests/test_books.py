"""Funds, accounts, months and the budget: each act, what it refuses, and that the database holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, connection, transaction
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from guangsha.audit.kept import Kept
from guangsha.audit.models import Act
from guangsha.ledger.actions import post, reverse
from guangsha.ledger.books import (
    adjust_budget,
    close_account,
    close_period,
    commit_budget,
    open_account,
    open_budget_line,
    open_fund,
    open_year,
    release_budget,
    reopen_period,
    transfer_budget,
)
from guangsha.ledger.facts import Line
from guangsha.ledger.models import BudgetLine, BudgetMove, Period, PeriodAct
from guangsha.ledger.refusals import told
from guangsha.ledger.rules import LedgerRefused
from guangsha.ledger.verify import verify_books
from guangsha.people.access import NotThere
from guangsha.testing.ledger import Books, build_books

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 20)


def refused(code: str, action: Any, *arguments: Any, **named: Any) -> None:
    acts = Act.objects.count()
    with pytest.raises(LedgerRefused) as caught:
        action(*arguments, **named)
    assert caught.value.reason_code == code, caught.value
    assert Act.objects.count() == acts


def line_of(books: Books) -> tuple[int, int, int, int]:
    row = BudgetLine.objects.get(pk=books.line.pk)
    return row.initial_fen, row.adjusted_fen, row.committed_fen, row.executed_fen


# -- months


def test_months_close_in_their_order_and_open_again_from_the_last(books: Books) -> None:
    agency = books.agency.pk
    refused("earlier-open", close_period, books.accountant, agency, 202502)
    close_period(books.accountant, agency, 202501)
    period = close_period(books.accountant, agency, 202502)
    assert period.closed and period.closed_by == books.accountant.account_id
    refused("closed-already", close_period, books.second, agency, 202502)
    refused("later-closed", reopen_period, books.second, agency, 202501, "漏记")
    refused("same-person", reopen_period, books.accountant, agency, 202502, "漏记")
    refused("no-reason", reopen_period, books.second, agency, 202502, " ")
    refused("not-closed", reopen_period, books.second, agency, 202503, "漏记")
    opened = reopen_period(books.second, agency, 202502, "漏记一张凭证")
    assert not opened.closed and opened.closed_by == 0
    post(books.clock, books.draft("late", day=date(2025, 2, 28)))
    close_period(books.second, agency, 202502)
    assert [act.kind for act in PeriodAct.objects.filter(period=opened).order_by("pk")] == [
        "close",
        "reopen",
        "close",
    ]
    assert Act.objects.filter(action="ledger.period.reopen", reason="漏记一张凭证").count() == 1
    assert verify_books().sound


def test_only_the_right_people_turn_months(books: Books) -> None:
    agency = books.agency.pk
    supervisor = replace(books.accountant, account_id=8, roles=frozenset({"supervisor"}))
    refused("role", close_period, supervisor, agency, 202501)
    close_period(books.accountant, agency, 202501)
    assert not reopen_period(supervisor, agency, 202501, "检查需要").closed
    clerk = replace(books.accountant, account_id=9, roles=frozenset({"rent_clerk"}))
    refused("role", close_period, clerk, agency, 202501)
    with pytest.raises(NotThere):
        close_period(books.accountant, agency, 202701)


def test_the_database_itself_refuses_to_turn_a_month_wrongly(books: Books) -> None:
    close_period(books.accountant, books.agency.pk, 202501)
    period = Period.objects.get(agency=books.agency, month=202501)
    for kind, actor, reason in (
        ("reopen", books.accountant.account_id, "理由"), ("reopen", books.second.account_id, " "), ("close", 1, ""),
        ("reopen", 0, "理由"), ("erase", 5, "理由"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            PeriodAct(
                period=period,
                kind=kind,
                actor_id=actor,
                reason=reason,
                at=timezone.now(),
                length=period.length,
                head=period.head,
            ).save()
    period.refresh_from_db()
    assert period.closed


def test_a_year_begins_once_and_not_before_a_closed_month(books: Books) -> None:
    assert [p.month for p in open_year(books.accountant, books.agency.pk, 2026)] == list(
        range(202601, 202613)
    )
    assert Period.objects.filter(agency=books.agency).count() == 24
    assert Act.objects.filter(action="ledger.year.open").count() == 2
    close_period(books.accountant, books.agency.pk, 202501)
    refused("later-closed", open_year, books.accountant, books.agency.pk, 2024)
    refused("year", open_year, books.accountant, books.agency.pk, 1999)
    refused("year", open_year, books.accountant, books.agency.pk, 2027, first_month=13)
    assert [p.month for p in open_year(books.accountant, books.agency.pk, 2027, first_month=11)] == [
        202711,
        202712,
    ]


# -- funds and accounts


def test_funds_and_accounts_are_checked_before_they_are_opened(books: Books) -> None:
    agency = books.agency.pk
    refused("exists", open_fund, books.accountant, agency, "01", "又一个", "general")
    refused("kind", open_fund, books.accountant, agency, "02", "资金", "gift")
    refused("empty", open_fund, books.accountant, agency, " ", "资金", "general")
    refused("long", open_fund, books.accountant, agency, "0" * 21, "资金", "general")
    refused("text", open_fund, books.accountant, agency, "0\n2", "资金", "general")
    refused("exists", open_account, books.accountant, books.fund, "1002", "银行", "asset")
    refused("kind", open_account, books.accountant, books.fund, "1003", "银行", "money")
    refused("range", open_account, books.accountant, books.fund, "1003", "银行", "asset", least_fen=1)
    clerk = replace(books.accountant, roles=frozenset({"rent_clerk"}))
    refused("role", open_fund, clerk, agency, "02", "资金", "general")
    refused("role", open_account, clerk, books.fund, "1003", "银行", "asset")


def test_accounts_and_lines_begin_at_nothing(books: Books) -> None:
    for model, name in ((type(books.bank), "balance_fen"), (BudgetLine, "executed_fen")):
        row = model.objects.filter(agency=books.agency).first()
        assert row is not None
        row.pk, row.code, row.functional_code = None, "x", "999"  # type: ignore[union-attr]
        setattr(row, name, 5)
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save(force_insert=True)


# -- the budget


def test_a_payment_executes_its_line_and_never_more_than_there_is(books: Books) -> None:
    post(books.clock, books.payment("a", 600_000))
    assert line_of(books) == (1_000_000, 0, 0, 600_000)
    refused("ceiling", post, books.clock, books.payment("b", 400_001))
    post(books.clock, books.payment("c", 400_000))
    assert line_of(books)[3] == 1_000_000
    assert verify_books().sound


def test_adjustments_need_a_document_and_leave_what_is_spent(books: Books) -> None:
    post(books.clock, books.payment("a", 900_000))
    adjust_budget(
        books.accountant,
        books.line.pk,
        "supplement",
        500_000,
        NOVEMBER,
        "岳财预〔2026〕9号",
        key="1",
        reason="追加",
    )
    adjust_budget(
        books.accountant,
        books.line.pk,
        "carry_over",
        100,
        NOVEMBER,
        "岳财预〔2026〕2号",
        key="2",
        reason="上年结转",
    )
    adjust_budget(
        books.accountant,
        books.line.pk,
        "reduction",
        -600_000,
        NOVEMBER,
        "岳财预〔2026〕11号",
        key="3",
        reason="压减",
    )
    assert line_of(books) == (1_000_000, -99_900, 0, 900_000)

    def adjust(kind: str, fen: int, document: str = "1号", key: str = "9") -> Any:
        return adjust_budget(
            books.accountant, books.line.pk, kind, fen, NOVEMBER, document, key=key, reason="调整"
        )

    refused("ceiling", adjust, "reduction", -101)
    refused("empty", adjust, "supplement", 5, " ")
    refused("range", adjust, "supplement", -5)
    refused("kind", adjust, "transfer", 5)
    refused("key", adjust, "supplement", 500_001, "岳财预〔2026〕9号", "1")
    moves = BudgetMove.objects.count()
    again = adjust_budget(
        books.accountant,
        books.line.pk,
        "supplement",
        500_000,
        NOVEMBER,
        "岳财预〔2026〕9号",
        key="1",
        reason="追加",
    )
    assert BudgetMove.objects.count() == moves and again.amount_fen == 500_000
    for attempt in (again.save, again.delete, lambda: BudgetMove.objects.update(amount_fen=1)):
        with pytest.raises(Kept):
            attempt()
    assert verify_books().sound


def test_a_commitment_keeps_money_from_others_until_it_is_released(books: Books) -> None:
    commit_budget(books.clock, books.line.pk, 800_000, NOVEMBER, key="合同7", reason="修缮合同")
    refused("ceiling", post, books.clock, books.payment("a", 200_001))
    refused(
        "ceiling",
        commit_budget,
        books.clock,
        books.line.pk,
        200_001,
        NOVEMBER,
        key="合同8",
        reason="又一合同",
    )
    refused(
        "committed", release_budget, books.clock, books.line.pk, 800_001, NOVEMBER, key="付1", reason="付款"
    )
    with transaction.atomic():
        release_budget(books.clock, books.line.pk, 300_000, NOVEMBER, key="付1", reason="付款")
        post(books.clock, books.payment("b", 300_000))
    assert line_of(books) == (1_000_000, 0, 500_000, 300_000)
    refused("ceiling", post, books.clock, books.payment("c", 200_001))
    assert verify_books().sound


def test_money_moves_between_lines_of_one_fund_and_year(books: Books) -> None:
    other = open_budget_line(
        books.accountant,
        books.fund,
        2026,
        "办公费",
        "2120101",
        100,
        "1号",
        nature="basic",
        economic_code="30201",
    )
    far = open_budget_line(books.accountant, books.owners, 2026, "维修", "2120101", 100, "1号")
    moves = transfer_budget(
        books.accountant, books.line.pk, other.pk, 400_000, NOVEMBER, "调剂3号", key="t", reason="调剂"
    )
    assert sorted(move.amount_fen for move in moves) == [-400_000, 400_000]
    assert (
        transfer_budget(
            books.accountant, books.line.pk, other.pk, 400_000, NOVEMBER, "调剂3号", key="t", reason="调剂"
        )
        == moves
    )
    assert line_of(books)[:2] == (1_000_000, -400_000)
    transfer = (books.accountant, books.line.pk)
    more = {"key": "u", "reason": "调剂"}
    refused("budget-line", transfer_budget, *transfer, far.pk, 5, NOVEMBER, "1号", **more)
    refused("budget-line", transfer_budget, *transfer, books.line.pk, 5, NOVEMBER, "1号", **more)
    refused("ceiling", transfer_budget, *transfer, other.pk, 600_001, NOVEMBER, "1号", **more)
    refused("range", transfer_budget, *transfer, other.pk, 0, NOVEMBER, "1号", **more)
    assert verify_books().sound


def test_spending_names_a_line_of_its_agency_fund_and_year(books: Books) -> None:
    nothing = replace(books.payment("a", 5), lines=(Line(books.spending.pk, 5), Line(books.resources.pk, -5)))
    refused("unbudgeted", post, books.clock, nothing)
    misused = replace(
        books.draft("b", 5), lines=(Line(books.expense.pk, 5, books.line.pk), Line(books.bank.pk, -5))
    )
    refused("unbudgeted", post, books.clock, misused)
    far = open_budget_line(books.accountant, books.owners, 2026, "维修", "2120101", 100, "1号")
    old = open_budget_line(books.accountant, books.fund, 2025, "上年", "2120101", 100, "1号")
    others = build_books()
    for line in (far, old, others.line):
        refused("budget-line", post, books.clock, books.payment("c", 5, line=line))
    closing = replace(nothing, kind="closing", key="d")
    post(books.clock, closing)  # 年末结转 moves what was spent into the balance and executes nothing
    assert line_of(books)[3] == 0
    assert verify_books().sound


def test_a_return_beyond_what_was_spent_is_refused(books: Books) -> None:
    paid = post(books.clock, books.payment("a", 500))
    back = replace(
        books.payment("b", 500),
        kind="receipt",
        lines=tuple(replace(x, amount_fen=-x.amount_fen) for x in books.payment("b", 501).lines),
    )
    refused("returned", post, books.clock, back)
    reverse(books.accountant, paid.entry_id, "退回", day=NOVEMBER)
    assert line_of(books)[3] == 0


def test_a_closed_month_takes_no_budget_moves(books: Books) -> None:
    line = open_budget_line(books.accountant, books.fund, 2025, "上年", "2120101", 100, "1号")
    close_period(books.accountant, books.agency.pk, 202501)

    def commit(day: date) -> Any:
        return commit_budget(books.clock, line.pk, 5, day, key="k", reason="合同")

    refused("closed", commit, date(2025, 1, 31))
    refused("no-period", commit, date(2027, 1, 1))
    refused("budget-line", commit, date(2026, 1, 1))
    commit(date(2025, 2, 1))


def test_budget_lines_are_checked_before_they_are_opened(books: Books) -> None:
    def enter(**change: Any) -> Any:
        given = {
            "name": "x",
            "functional_code": "2210107",
            "initial_fen": 5,
            "document_number": "1号",
        } | change
        return open_budget_line(books.accountant, books.fund, given.pop("year", 2026), **given)

    refused("code", enter, functional_code="2210")
    refused("code", enter, economic_code="3020")
    refused("range", enter, initial_fen=-1)
    refused("kind", enter, nature="other")
    refused("kind", enter, vintage="old")
    refused("year", enter, year=1900)
    refused("empty", enter, document_number="")
    refused("exists", enter)
    assert enter(functional_code="22101").functional_code == "22101"
    assert connection.vendor in ("sqlite", "postgresql")


def test_words_that_are_missing_or_too_long_are_refused(books: Books) -> None:
    refused("no-reason", close_account, books.accountant, books.payable.pk, NOVEMBER, " ")
    refused("long", reopen_period, books.second, books.agency.pk, 202501, "长" * 201)
    stranger = replace(books.accountant, agency_id=999, scope=frozenset({999}))
    refused("budget-line", commit_budget, stranger, books.line.pk, 5, NOVEMBER, key="k", reason="合同")
    refused(
        "budget-line", commit_budget, books.clock, books.line.pk + 1000, 5, NOVEMBER, key="k", reason="合同"
    )
    refused("text", commit_budget, books.clock, books.line.pk, 5, NOVEMBER, key=" ", reason="合同")
    refused("text", commit_budget, books.clock, books.line.pk, 5, NOVEMBER, key="k", reason="合" * 201)
    clerk = replace(books.accountant, roles=frozenset({"supervisor"}))
    refused(
        "role", adjust_budget, clerk, books.line.pk, "supplement", 5, NOVEMBER, "1号", key="k", reason="追加"
    )
    refused(
        "role",
        transfer_budget,
        clerk,
        books.line.pk,
        books.line.pk,
        5,
        NOVEMBER,
        "1号",
        key="k",
        reason="调剂",
    )
    commit_budget(books.clock, books.line.pk, 5, NOVEMBER, key="k", reason="合同")
    refused("key", commit_budget, books.clock, books.line.pk, 6, NOVEMBER, key="k", reason="合同")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (IntegrityError("ledger:closed\nDETAIL:  subsidy:7"), "closed"),
        (IntegrityError("CHECK constraint failed: ledger_budgetline_ceiling"), "ceiling"),
        (IntegrityError('new row for relation "ledger_account" violates check constraint "ledger_account_within"'), "balance"),
        (DataError("bigint out of range"), "range"),
        (OperationalError("integer overflow"), "range"),
        (IntegrityError("FOREIGN KEY constraint failed"), "account"),
    ],
)  # fmt: skip
def test_what_the_database_says_becomes_a_sentence(error: DatabaseError, code: str) -> None:
    with pytest.raises(LedgerRefused) as caught, told():
        raise error
    assert caught.value.reason_code == code
    assert ("subsidy:7" in str(caught.value)) is (code == "closed")


def test_an_error_that_is_none_of_ours_stays_what_it_is() -> None:
    with pytest.raises(OperationalError, match="disk"), told():
        raise OperationalError("disk I/O error")


def guards() -> set[str]:
    """The names of the triggers that keep the books."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'ledger%' AND NOT tgisinternal"
            if connection.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger%'"
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_empty_books_can_be_unmade_and_made_again() -> None:
    before = guards()
    MigrationExecutor(connection).migrate([("ledger", None)])
    assert "ledger_entry" not in connection.introspection.table_names() and not guards()
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert guards() == before and len(before) > 20


def test_books_with_an_entry_are_not_unmade(books: Books) -> None:
    """An older version has no books: going back to it must not lose any."""
    post(books.clock, books.draft("a"))
    unguard = import_module("guangsha.ledger.migrations.0002_guards").unguard
    with pytest.raises(IrreversibleError, match="已有分录"):
        unguard(None, SimpleNamespace(connection=connection))
