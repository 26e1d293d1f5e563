"""Posting, posting again, taking back: what the books take and what they refuse, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from guangsha.audit.actor import CLOCK, Actor
from guangsha.audit.kept import Kept
from guangsha.audit.models import Act
from guangsha.ledger import actions
from guangsha.ledger.actions import post, post_many, reverse, reverse_for
from guangsha.ledger.books import close_account, close_period, open_account
from guangsha.ledger.facts import Draft, Line
from guangsha.ledger.models import Account, Entry, Period, Posting
from guangsha.ledger.rules import LedgerRefused
from guangsha.ledger.verify import verify_books
from guangsha.people.access import NotThere
from guangsha.testing.ledger import Books, build_books

pytestmark = pytest.mark.django_db


def balance(account: Account) -> tuple[int, int, int]:
    row = Account.objects.get(pk=account.pk)
    return row.balance_fen, row.debit_fen, row.credit_fen


def refused(code: str, action: Any, *arguments: Any, **named: Any) -> LedgerRefused:
    before = (
        list(Account.objects.order_by("pk").values_list("balance_fen", "debit_fen")),
        Entry.objects.count(),
        Act.objects.count(),
    )
    with pytest.raises(LedgerRefused) as caught:
        action(*arguments, **named)
    assert caught.value.reason_code == code, caught.value
    assert any("一" <= letter <= "鿿" for letter in str(caught.value))
    assert "ledger" not in str(caught.value).replace("ledger_", "")
    assert before == (
        list(Account.objects.order_by("pk").values_list("balance_fen", "debit_fen")), Entry.objects.count(), Act.objects.count(),
    ), "a refusal leaves nothing behind"  # fmt: skip
    return caught.value


def test_an_entry_moves_its_accounts_and_leaves_one_act(books: Books) -> None:
    written = post(books.clock, books.draft("a", 12_345))
    assert (written.number, written.replayed) == (1, False)
    assert balance(books.expense) == (12_345, 12_345, 0) and balance(books.bank) == (-12_345, 0, 12_345)
    act = Act.objects.get(action="ledger.entry.post")
    assert act.object_id == str(written.entry_id)
    assert act.after["link"] == written.link and act.after["debit_fen"] == 12_345
    assert verify_books().sound


def test_the_same_content_under_the_same_key_is_one_entry(books: Books) -> None:
    first = post(books.clock, books.draft("a"))
    again = post(books.accountant, books.draft("a"))
    assert again == replace(first, replayed=True)
    assert Entry.objects.count() == Act.objects.filter(action="ledger.entry.post").count() == 1
    assert balance(books.expense)[0] == 100


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "别的"}, {"day": date(2026, 11, 21)}, {"day": date(2026, 12, 1)}, {"kind": "transfer"}, {"source_id": "2"},
        {"voucher_number": "7"}, {"attachments": 1},
    ],
)  # fmt: skip
def test_other_content_under_a_key_is_refused(books: Books, change: dict[str, Any]) -> None:
    post(books.clock, books.draft("a"))
    told = refused("key", post, books.clock, replace(books.draft("a"), **change))
    assert "a" in told.where
    other = replace(books.draft("a"), **change)
    refused("key", post_many, books.clock, [books.draft("b"), other])


def test_the_same_key_in_another_agency_is_another_entry(books: Books) -> None:
    others = build_books()
    post(books.clock, books.draft("a"))
    assert not post(others.clock, others.draft("a")).replayed


def test_a_batch_is_whole_and_numbered_in_its_order_and_skips_what_stands(books: Books) -> None:
    post(books.clock, books.draft("3", 300))
    drafts = [books.draft(str(n), n * 100) for n in range(1, 6)]
    written = post_many(books.clock, drafts)
    assert [w.replayed for w in written] == [False, False, True, False, False]
    assert [w.number for w in written] == [2, 3, 1, 4, 5]
    assert post_many(books.clock, drafts) == [replace(w, replayed=True) for w in written]
    assert balance(books.expense)[0] == 1500
    act = Act.objects.get(action="ledger.entry.post_many")
    assert (act.after["count"], act.after["first"], act.after["number"]) == (4, 2, 5)
    assert post_many(books.clock, []) == []
    assert verify_books().sound


def test_a_batch_over_two_months_and_two_agencies_is_one_transaction(books: Books) -> None:
    others = build_books()
    drafts = [
        books.draft("a"), others.draft("a"), books.draft("b", day=date(2026, 10, 1)), others.draft("c", day=date(2026, 12, 31)),
    ]  # fmt: skip
    assert [w.number for w in post_many(books.clock, drafts)] == [1, 1, 1, 1]
    assert Act.objects.filter(action="ledger.entry.post_many").count() == 4
    refused("no-period", post_many, books.clock, [books.draft("d"), others.draft("e", day=date(2027, 1, 1))])
    assert verify_books().sound


def test_one_bad_entry_refuses_the_whole_batch(books: Books) -> None:
    bad = replace(books.draft("b"), lines=(Line(books.expense.pk, 5), Line(books.owners_bank.pk, -5)))
    refused("unbalanced", post_many, books.clock, [books.draft("a"), bad, books.draft("c")])
    refused("key", post_many, books.clock, [books.draft("a"), books.draft("a")])


def test_an_entry_balances_in_each_fund_and_in_each_accounting(books: Books) -> None:
    across = (Line(books.expense.pk, 5), Line(books.owners_bank.pk, -5))
    refused("unbalanced", post, books.clock, replace(books.draft("a"), lines=across))
    mixed = (Line(books.expense.pk, 5), Line(books.resources.pk, -5))
    refused("unbalanced", post, books.clock, replace(books.draft("b"), lines=mixed))
    both = (
        Line(books.expense.pk, 5), Line(books.bank.pk, -5), Line(books.owners_bank.pk, 7), Line(books.owners_share.pk, -7),
    )  # fmt: skip
    post(books.clock, replace(books.draft("c"), lines=both))


def test_accounts_of_another_agency_closed_or_unknown_are_refused(books: Books) -> None:
    others = build_books()
    refused("account", post, books.clock, books.draft("a", credit=others.bank))
    missing = Account(pk=others.bank.pk + 10_000)
    assert refused("lines", post, books.clock, books.draft("b", credit=missing)) if connection.vendor == "postgresql" else (
        refused("account", post, books.clock, books.draft("b", credit=missing))
    )  # fmt: skip
    close_account(books.accountant, books.payable.pk, date(2026, 11, 10), "合并科目")
    refused("account-closed", post, books.clock, books.draft("c", credit=books.payable))
    post(books.clock, books.draft("d", credit=books.payable, day=date(2026, 11, 10)))
    refused("balance", close_account, books.accountant, books.payable.pk, date(2026, 11, 30), "再停用")


def test_a_balance_stays_within_its_bounds(books: Books) -> None:
    def give(key: str, fen: int) -> Draft:
        return replace(
            books.draft(key), lines=(Line(books.owners_bank.pk, fen), Line(books.owners_share.pk, -fen))
        )

    refused("balance", post, books.clock, give("a", -1))
    post(books.clock, give("b", 1000))
    post(books.clock, give("c", -1000))
    refused("balance", post, books.clock, give("d", -1))


def test_a_red_voucher_takes_back_and_shrinks_the_turnover(books: Books) -> None:
    paid = post(books.clock, books.payment("a", 700))
    back = reverse(books.accountant, paid.entry_id, "账号有误退回", day=date(2026, 12, 1))
    entry = Entry.objects.get(pk=back.entry_id)
    assert (entry.kind, entry.reversal_of_id, entry.period.month) == ("reversal", paid.entry_id, 202612)
    assert balance(books.expense) == balance(books.bank) == (0, 0, 0)
    books.line.refresh_from_db()
    assert books.line.executed_fen == 0
    assert reverse(books.second, paid.entry_id, "再来一次") == replace(back, replayed=True)
    refused("mirror", reverse, books.accountant, back.entry_id, "冲销的冲销")
    assert verify_books().sound


def test_an_entry_of_a_past_year_is_corrected_in_blue(books: Books) -> None:
    old = post(books.clock, books.draft("a", 700, day=date(2025, 12, 30)))
    back = reverse(books.accountant, old.entry_id, "上年多付", day=date(2026, 1, 5))
    assert Entry.objects.get(pk=back.entry_id).kind == "correction"
    assert balance(books.expense) == (0, 700, 700) and balance(books.bank) == (0, 700, 700)
    assert verify_books().sound


def test_who_may_not_is_told_so(books: Books) -> None:
    stranger = Actor(
        "staff", 5, "外区", agency_id=999, scope=frozenset({999}), roles=frozenset({"accountant"})
    )
    clerk = replace(books.accountant, account_id=6, roles=frozenset({"rent_clerk"}))
    citizen = Actor("citizen", 7, "李建国", person_id=1)
    for actor in (stranger, citizen):
        refused("role", post, actor, books.draft("a"))
    by_hand = books.draft("a", source="")
    refused("role", post, clerk, by_hand)
    refused("role", post, CLOCK, by_hand)
    posted = post(books.accountant, by_hand)
    refused("role", reverse, clerk, posted.entry_id, "理由")
    with pytest.raises(NotThere):
        reverse(stranger, posted.entry_id, "理由")
    with pytest.raises(NotThere):
        reverse(books.accountant, posted.entry_id + 1000, "理由")
    refused("no-reason", reverse, books.accountant, posted.entry_id, "  ")
    refused("date", reverse, books.accountant, posted.entry_id, "理由", day=date(2026, 11, 1))
    refused("source", reverse_for, clerk, posted.entry_id, "理由")
    by_area = post(clerk, books.draft("b"))
    assert not reverse_for(clerk, by_area.entry_id, "退回", day=date(2026, 11, 21)).replayed
    refused(
        "kind",
        post,
        books.accountant,
        replace(by_hand, kind="reversal", reversal_of=by_area.entry_id, key="x"),
    )


def test_a_closed_month_takes_nothing_and_still_knows_what_it_has(books: Books) -> None:
    january = books.draft("a", day=date(2025, 1, 3))
    first = post(books.clock, january)
    close_period(books.accountant, books.agency.pk, 202501)
    refused("closed", post, books.clock, books.draft("b", day=date(2025, 1, 31)))
    refused("closed", post_many, books.clock, [books.draft("b"), books.draft("c", day=date(2025, 1, 31))])
    refused("closed", reverse, books.accountant, first.entry_id, "理由", day=date(2025, 1, 31))
    assert post(books.clock, january).replayed
    assert not reverse(books.accountant, first.entry_id, "理由", day=date(2025, 2, 1)).replayed
    assert verify_books().sound


def test_the_program_changes_and_removes_nothing(books: Books) -> None:
    post(books.clock, books.draft("a"))
    entry, posting = Entry.objects.get(), Posting.objects.first()
    assert posting is not None
    for attempt in (
        entry.save, entry.delete, posting.delete, lambda: Entry.objects.update(reason=""), lambda: Entry.objects.all().delete(),
        lambda: Posting.objects.filter(entry=entry).update(amount_fen=1),
    ):  # fmt: skip
        with pytest.raises(Kept):
            attempt()


#: What somebody with a console of the database might try. {e}: an entry, {a}: an account, {p}: its month, {x}: another account.
ATTEMPTS = [
    "UPDATE ledger_entry SET reason = 'x' WHERE id = {e}",
    "DELETE FROM ledger_entry WHERE id = {e}",
    "UPDATE ledger_posting SET amount_fen = amount_fen + 1 WHERE entry_id = {e}",
    "DELETE FROM ledger_posting WHERE entry_id = {e}",
    "INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen) VALUES ({e}, 3, 3, {a}, 5)",
    "INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen) VALUES ({e}, 2, 2, {a}, 5)",
    "INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen) VALUES (987654321, 1, 2, {a}, 5)",
    "UPDATE ledger_account SET balance_fen = balance_fen + 1, debit_fen = debit_fen + 1 WHERE id = {a}",
    "UPDATE ledger_account SET debit_fen = debit_fen + 1, credit_fen = credit_fen + 1 WHERE id = {a}",
    "UPDATE ledger_account SET last_entry_id = last_entry_id + 1 WHERE id = {a}",
    "UPDATE ledger_account SET code = 'x' WHERE id = {a}",
    "UPDATE ledger_account SET kind = 'asset' WHERE id = {a}",
    "DELETE FROM ledger_account WHERE id = {x}",
    "UPDATE ledger_period SET length = 0 WHERE id = {p}",
    "UPDATE ledger_period SET head = 'x' WHERE id = {p}",
    "UPDATE ledger_period SET closed = NOT closed WHERE id = {p}",
    "DELETE FROM ledger_period WHERE id = {p}",
    "UPDATE ledger_budgetline SET executed_fen = executed_fen + 1",
    "UPDATE ledger_budgetline SET adjusted_fen = adjusted_fen + 1",
    "UPDATE ledger_budgetline SET initial_fen = initial_fen + 1",
    "DELETE FROM ledger_budgetline",
    "DELETE FROM ledger_fund",
]


@pytest.mark.parametrize("statement", ATTEMPTS)
def test_the_database_refuses_what_goes_past_the_program(books: Books, statement: str) -> None:
    written = post(books.clock, books.draft("a"))
    period = Period.objects.get(agency=books.agency, month=202611)
    text = statement.format(e=written.entry_id, a=books.expense.pk, p=period.pk, x=books.payable.pk)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text)
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
            if connection.vendor == "postgresql"
            else "PRAGMA foreign_key_check"
        )
        if connection.vendor == "sqlite" and cursor.fetchall():
            raise DatabaseError("the commit would refuse this")
    assert verify_books().sound


_RAW = (
    "INSERT INTO ledger_entry (id, agency_id, period_id, number, date, kind, lines, key, digest, source_type, source_id,"
    " voucher_number, attachments, reason, actor_id, posted_at, link)"
    " VALUES (%s, %s, %s, %s, '2026-11-20', 'payment', %s, %s, 'd', '', '', '', 0, 'r', 1, '2026-11-20 00:00:00', 'l')"
)


@pytest.mark.parametrize(
    ("amounts", "lines", "number"),
    [((5, -4), 2, 2), ((5, -5), 3, 2), ((), 2, 2), ((5, -5), 2, 3), ((5, -5), 2, 1)],
    ids=["unbalanced", "a line missing", "no lines", "a gap", "a number twice"],
)
def test_a_raw_entry_that_breaks_a_rule_is_refused_by_the_database(
    books: Books, amounts: tuple[int, ...], lines: int, number: int
) -> None:
    post(books.clock, books.draft("a"))
    period = Period.objects.get(agency=books.agency, month=202611)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        for place, amount in enumerate(amounts, start=1):
            cursor.execute(
                "INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen) VALUES (%s, %s, %s, %s, %s)",
                [5_000_000, place, lines, books.expense.pk, amount],
            )
        cursor.execute(_RAW, [5_000_000, books.agency.pk, period.pk, number, lines, "raw"])
    assert verify_books().sound


@pytest.mark.parametrize(
    "table", ["ledger_entry", "ledger_posting", "ledger_account", "ledger_period", "ledger_budgetmove"]
)
def test_nobody_empties_the_tables(books: Books, table: str) -> None:
    from guangsha.ledger.books import adjust_budget

    post(books.clock, books.draft("a"))
    adjust_budget(
        books.accountant, books.line.pk, "supplement", 5, date(2026, 11, 1), "1号", key="k", reason="追加"
    )
    words = "TRUNCATE {} CASCADE" if connection.vendor == "postgresql" else "DELETE FROM {}"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(words.format(table))


def test_replacing_a_row_is_refused_where_the_database_knows_it(books: Books) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE is SQLite's")
    post(books.clock, books.draft("a"))
    entry = Entry.objects.get()
    for table, condition in (
        ("ledger_entry", f"id = {entry.pk}"), ("ledger_posting", f"entry_id = {entry.pk}"),
        ("ledger_account", f"id = {books.bank.pk}"), ("ledger_period", f"id = {entry.period_id}"),
        ("ledger_budgetline", "1 = 1"), ("ledger_fund", "1 = 1"),
    ):  # fmt: skip
        with (
            pytest.raises(DatabaseError, match="ledger:"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE {condition}")


def test_an_entry_costs_few_questions(books: Books, django_assert_max_num_queries: Any) -> None:
    post(books.clock, books.draft("a"))
    # postgresql: savepoint, one function, three of the log, release; sqlite asks month, key and last entry apart
    with django_assert_max_num_queries(6 if connection.vendor == "postgresql" else 10):
        post(books.clock, books.draft("b"))
    drafts = [books.draft(f"m{n}") for n in range(200)]
    with django_assert_max_num_queries(6 if connection.vendor == "postgresql" else 10):
        post_many(books.clock, drafts)


def test_a_batch_larger_than_one_call_is_still_one_batch(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guangsha.ledger import store

    monkeypatch.setattr(store, "CHUNK", 7)
    written = post_many(books.clock, [books.draft(f"{n}", n + 1) for n in range(40)])
    assert [w.number for w in written] == list(range(1, 41))
    bad = [*[books.draft(f"x{n}") for n in range(20)], books.draft("y", day=date(2027, 1, 1))]
    refused("no-period", post_many, books.clock, bad)
    monkeypatch.setattr(actions, "BATCH_MAX", 3)
    refused("batch", post_many, books.clock, [books.draft(f"z{n}") for n in range(4)])
    assert verify_books().sound


def test_amounts_that_no_account_can_hold_are_refused_not_wrapped(books: Books) -> None:
    huge = open_account(books.accountant, books.fund, "9001", "限额", "asset", most_fen=10**15)
    post(books.clock, books.draft("a", 10**15, debit=huge))
    refused("balance", post, books.clock, books.draft("b", 1, debit=huge))
    refused("range", post, books.clock, books.draft("c", 10**15 + 1))
