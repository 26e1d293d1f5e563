"""What the books answer: balances, journal, turnovers, budget execution; to whom, and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from guangsha.audit.actor import CLOCK, Actor
from guangsha.ledger import queries
from guangsha.ledger.access import access_budget_line
from guangsha.ledger.actions import post, post_many, reverse
from guangsha.ledger.books import adjust_budget, close_period, commit_budget, open_budget_line
from guangsha.people.access import NotThere
from guangsha.testing.ledger import Books, build_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(books: Books) -> Books:
    post_many(books.clock, [books.draft(f"o{n}", 10, day=date(2026, 10, 5)) for n in range(3)])
    wrong = post(books.clock, books.payment("wrong", 500))
    post(books.clock, books.payment("right", 700))
    reverse(books.accountant, wrong.entry_id, "填错", day=date(2026, 11, 30))
    return books


def asked(answer: Any) -> Any:
    """The answer is JSON as it stands."""
    return json.loads(json.dumps(answer))


def test_a_balance_is_read_from_one_row(kept: Books, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = asked(queries.get_balance(kept.accountant, kept.bank.pk))
    assert (found["balance_fen"], found["debit_fen"], found["credit_fen"]) == (-730, 0, 730)
    assert found["code"] == "1002" and found["fund"] == "01"
    listed = asked(queries.list_balances(kept.accountant, kept.agency.pk))
    assert sum(row["balance_fen"] for row in listed) == 0 and len(listed) == 7
    assert len(queries.list_balances(kept.accountant, kept.agency.pk, fund_id=kept.owners.pk)) == 2


def test_the_journal_is_read_page_by_page(kept: Books) -> None:
    first = asked(queries.list_journal(kept.accountant, kept.agency.pk, 202611, size=2))
    assert [entry["number"] for entry in first["entries"]] == [1, 2] and first["next"] == 2
    rest = asked(queries.list_journal(kept.accountant, kept.agency.pk, 202611, after=first["next"]))
    assert [entry["kind"] for entry in rest["entries"]] == ["reversal"] and rest["next"] is None
    assert len(first["entries"][0]["lines"]) == 4
    assert sum(line["amount_fen"] for line in first["entries"][0]["lines"]) == 0
    wrong = first["entries"][0]["entry"]
    one = asked(queries.get_entry(kept.accountant, wrong))
    assert one["reversed_by"] == rest["entries"][0]["entry"] and one["lines"] == first["entries"][0]["lines"]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_an_account_shows_the_balance_after_each_posting(kept: Books, size: int) -> None:
    seen, after = [], 0
    while after is not None:
        page = asked(queries.list_account_postings(kept.accountant, kept.bank.pk, after=after, size=size))
        seen.extend(page["postings"])
        after = page["next"]
    assert [row["amount_fen"] for row in seen] == [-10, -10, -10, -500, -700, 500]
    assert [row["balance_fen"] for row in seen] == [-10, -20, -30, -530, -1230, -730]


def test_the_trial_balance_carries_over_and_a_red_voucher_shrinks_it(kept: Books) -> None:
    found = asked(queries.get_trial_balance(kept.accountant, kept.agency.pk, 202611))
    rows = {(row["fund"], row["code"]): row for row in found["accounts"]}
    bank = rows["01", "1002"]
    assert (bank["opening_fen"], bank["debit_fen"], bank["credit_fen"], bank["closing_fen"]) == (
        -30,
        0,
        700,
        -730,
    )
    assert found["total"]["opening_fen"] == found["total"]["closing_fen"] == 0
    assert found["total"]["debit_fen"] == found["total"]["credit_fen"] == 1400
    assert {row["account"]: row["closing_fen"] for row in found["accounts"]} == {
        row["account"]: row["balance_fen"] for row in queries.list_balances(kept.accountant, kept.agency.pk)
    }


def test_the_budget_is_what_the_published_tables_need(kept: Books) -> None:
    adjust_budget(
        kept.accountant, kept.line.pk, "supplement", 5_000, date(2026, 11, 1), "9号", key="a", reason="追加"
    )
    commit_budget(kept.clock, kept.line.pk, 300, date(2026, 11, 2), key="b", reason="合同")
    open_budget_line(
        kept.accountant, kept.fund, 2026, "基本", "2120101", 90, "1号", nature="basic", economic_code="30201"
    )
    lines = {line["name"]: line for line in asked(queries.list_budget(kept.accountant, kept.agency.pk, 2026))}
    line = lines["租赁补贴"]
    assert [line[name] for name in ("initial_fen", "full_year_fen", "executed_fen", "committed_fen", "available_fen")] == [
        1_000_000, 1_005_000, 700, 300, 1_004_000,
    ]  # fmt: skip
    by_class = queries.sum_budget(
        kept.accountant, kept.agency.pk, 2026, "functional_code", digits={"functional_code": 3}
    )
    assert [(row["functional_code"], row["full_year_fen"]) for row in by_class] == [
        ("212", 90),
        ("221", 1_005_000),
    ]
    assert queries.sum_budget(kept.accountant, kept.agency.pk, 2026)[0]["initial_fen"] == 1_000_090
    moves = asked(queries.list_budget_moves(kept.accountant, kept.agency.pk, 2026, until=date(2026, 11, 1)))
    assert [move["document_number"] for move in moves] == ["9号"]
    with pytest.raises(ValueError, match="colour"):
        queries.sum_budget(kept.accountant, kept.agency.pk, 2026, "colour")


def test_months_tell_who_closed_them(kept: Books) -> None:
    close_period(kept.accountant, kept.agency.pk, 202501)
    found = asked(queries.list_periods(kept.accountant, kept.agency.pk))
    assert (
        len(found) == 24 and found[0]["closed"] and found[0]["acts"][0]["actor"] == kept.accountant.account_id
    )


def test_only_those_of_the_agency_who_need_the_books_read_them(kept: Books) -> None:
    others = build_books()
    auditor = Actor(
        "staff", 5, "许审计", agency_id=1, scope=frozenset({kept.agency.pk}), roles=frozenset({"auditor"})
    )
    machine = Actor("api", 6, "接口", agency_id=kept.agency.pk, scope=frozenset({kept.agency.pk}))
    entry = queries.list_journal(kept.accountant, kept.agency.pk, 202611)["entries"][0]["entry"]
    questions = [
        lambda actor: queries.get_balance(actor, kept.bank.pk), lambda actor: queries.list_balances(actor, kept.agency.pk),
        lambda actor: queries.list_journal(actor, kept.agency.pk, 202611), lambda actor: queries.get_entry(actor, entry),
        lambda actor: queries.list_account_postings(actor, kept.bank.pk), lambda actor: access_budget_line(actor, kept.line.pk),
        lambda actor: queries.get_trial_balance(actor, kept.agency.pk, 202611), lambda actor: queries.list_periods(actor, kept.agency.pk),
        lambda actor: queries.list_budget(actor, kept.agency.pk, 2026), lambda actor: queries.list_budget_moves(actor, kept.agency.pk, 2026),
    ]  # fmt: skip
    clerk = replace(kept.accountant, roles=frozenset({"street_clerk"}))
    citizen = Actor("citizen", 7, "李建国", person_id=1, scope=frozenset({kept.agency.pk}))
    for question in questions:
        for actor in (kept.accountant, auditor, machine, CLOCK):
            assert question(actor) is not None
        for actor in (others.accountant, clerk, citizen):
            with pytest.raises(NotThere):
                question(actor)
    for missing in (
        lambda: queries.get_balance(CLOCK, 10**9), lambda: queries.list_balances(CLOCK, 10**9),
        lambda: queries.get_entry(CLOCK, 10**9), lambda: queries.list_journal(CLOCK, kept.agency.pk, 209901),
        lambda: access_budget_line(CLOCK, 10**9),
    ):  # fmt: skip
        with pytest.raises(NotThere):
            missing()


def test_reading_pages_is_bounded(kept: Books) -> None:
    assert queries.PAGE_MAX <= 500
    found = queries.list_journal(kept.accountant, kept.agency.pk, 202611, size=10**9)
    assert len(found["entries"]) == 3
    assert len(queries.list_journal(kept.accountant, kept.agency.pk, 202611, size=-5)["entries"]) == 1
