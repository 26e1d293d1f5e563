"""Whatever is done to the tables behind the guards is found and named; sound books are called sound."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from guangsha.audit.models import Act
from guangsha.cli.main import main
from guangsha.ledger.actions import post, post_many, reverse
from guangsha.ledger.books import adjust_budget, close_period, commit_budget, reopen_period
from guangsha.ledger.jobs import BooksUnsound, prove_books
from guangsha.ledger.models import Entry, Period
from guangsha.ledger.rules import content_digest, link_of
from guangsha.ledger.verify import TOLD, guards_standing, guards_wanted, verify_books
from guangsha.notify.schedule import SCHEDULE
from guangsha.testing.ledger import Books, build_books, unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(books: Books) -> Books:
    """A month that is closed, one that is open, a payment, a batch, a reversal, an adjustment and a commitment."""
    post(books.clock, books.draft("old", 11, day=date(2025, 1, 15)))
    close_period(books.accountant, books.agency.pk, 202501)
    paid = post(books.clock, books.payment("paid", 5_000))
    post_many(books.clock, [books.draft(f"b{n}", 100 + n) for n in range(5)])
    reverse(
        books.accountant,
        post(books.clock, books.payment("wrong", 70)).entry_id,
        "重复",
        day=date(2026, 11, 25),
    )
    adjust_budget(
        books.accountant, books.line.pk, "supplement", 900, date(2026, 11, 1), "9号", key="adj", reason="追加"
    )
    commit_budget(books.clock, books.line.pk, 50, date(2026, 11, 1), key="com", reason="合同")
    assert verify_books().sound and paid.number == 1
    return books


def run(*statements: str) -> None:
    with unguarded(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "ALTER TABLE ledger_budgetline DROP CONSTRAINT IF EXISTS ledger_budgetline_ceiling"
            )
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            for statement in statements:
                cursor.execute(statement)
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


#: What was done → the codes that must be among the findings. {first}: the payment, {last}: the last entry of the month,
#: {old}: the entry of the closed month, {m}, {o}: the two months, {x}: an account, {other}: another agency.
TAMPERED: dict[str, tuple[list[str], set[str]]] = {
    "an amount changed": (
        ["UPDATE ledger_posting SET amount_fen = amount_fen + 1 WHERE entry_id = {first} AND line = 1"],
        {"unbalanced", "balance", "digest"},
    ),
    "both amounts changed": (
        ["UPDATE ledger_posting SET amount_fen = amount_fen * 2 WHERE entry_id = {old}"], {"balance", "digest"},
    ),
    "a posting on another account": (
        ["UPDATE ledger_posting SET account_id = {x} WHERE entry_id = {old} AND line = 1"], {"balance", "digest"},
    ),
    "a posting removed": (["DELETE FROM ledger_posting WHERE entry_id = {first} AND line = 1"], {"lines", "unbalanced", "digest"}),
    "a balance changed": (["UPDATE ledger_account SET balance_fen = balance_fen + 5, debit_fen = debit_fen + 5 WHERE id = {x}"], {"balance"}),
    "a turnover blown up": (
        ["UPDATE ledger_account SET debit_fen = debit_fen + 5, credit_fen = credit_fen + 5 WHERE id = {x}"], {"balance"},
    ),
    "a summary changed": (["UPDATE ledger_entry SET reason = '别的' WHERE id = {first}"], {"digest"}),
    "a date changed": (["UPDATE ledger_entry SET date = '2026-11-02' WHERE id = {first}"], {"digest"}),
    "who posted changed": (["UPDATE ledger_entry SET actor_id = 77 WHERE id = {first}"], {"link"}),
    "when changed": (["UPDATE ledger_entry SET posted_at = '2026-01-01 00:00:00' WHERE id = {first}"], {"link"}),
    "an entry removed": (
        ["DELETE FROM ledger_posting WHERE entry_id = {first}", "DELETE FROM ledger_entry WHERE id = {first}"],
        {"gap", "log", "balance", "executed"},
    ),
    "the last entry removed and the month set back": (
        ["DELETE FROM ledger_posting WHERE entry_id = {last}", "DELETE FROM ledger_entry WHERE id = {last}",
         "UPDATE ledger_period SET length = length - 1 WHERE id = {m}"],
        {"head", "log"},
    ),
    "a month forgotten": (["UPDATE ledger_period SET length = length + 1 WHERE id = {m}"], {"length"}),
    "the head changed": (["UPDATE ledger_period SET head = 'x' WHERE id = {m}"], {"head"}),
    "a closed month opened silently": (["UPDATE ledger_period SET closed = (1 = 0), closed_by = 0 WHERE id = {o}"], {"lock"}),
    "an open month closed silently": (["UPDATE ledger_period SET closed = (1 = 1), closed_by = 5 WHERE id = {m}"], {"lock"}),
    "who closed changed": (["UPDATE ledger_period SET closed_by = 5 WHERE id = {o}"], {"lock"}),
    "the act of closing removed": (["DELETE FROM ledger_periodact"], {"lock"}),
    "what was spent changed": (["UPDATE ledger_budgetline SET executed_fen = executed_fen - 1 WHERE id = {line}"], {"executed"}),
    "an adjustment changed": (["UPDATE ledger_budgetmove SET amount_fen = amount_fen + 1 WHERE kind = 'supplement'"], {"moved", "budget-digest"}),
    "the document of an adjustment changed": (["UPDATE ledger_budgetmove SET document_number = '10号' WHERE kind = 'supplement'"], {"budget-digest"}),
    "an appropriation lowered below what is spent": (["UPDATE ledger_budgetline SET initial_fen = 100"], {"exceeded"}),
    "spending without a line": (
        ["UPDATE ledger_posting SET budget_line_id = NULL WHERE entry_id = {first}"], {"unbudgeted", "executed", "digest"},
    ),
    "a reversal changed": (
        ["UPDATE ledger_posting SET amount_fen = amount_fen * 3 WHERE entry_id = {last}"], {"mirror", "digest"},
    ),
    "an entry moved to another month": (["UPDATE ledger_entry SET period_id = {o}, number = 2 WHERE id = {last}"], {"late", "length", "date", "link"}),
    "the days of a month changed": (["UPDATE ledger_period SET ends_on = '2026-11-29' WHERE id = {m}"], {"period"}),
    "the act of closing put on somebody else": (["UPDATE ledger_periodact SET actor_id = 5"], {"lock"}),
    "what was closed changed": (["UPDATE ledger_periodact SET head = 'x'"], {"lock"}),
    "a posting of nobody": (
        ["INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen) VALUES (800000, 1, 2, {x}, 5)"], {"orphan"},
    ),
    "an entry given to another agency": (
        ["UPDATE ledger_entry SET agency_id = {other} WHERE id = {last}"], {"lost", "stranger", "digest", "mirror"},
    ),
    "the log cut": (["DELETE FROM audit_act WHERE action = 'ledger.entry.post_many'"], {"log"}),
}  # fmt: skip


@pytest.mark.parametrize("deed", TAMPERED)
def test_what_is_done_behind_the_guards_is_found(kept: Books, deed: str) -> None:
    statements, codes = TAMPERED[deed]
    november = Period.objects.get(agency=kept.agency, month=202611)
    january = Period.objects.get(agency=kept.agency, month=202501)
    places = {
        "first": Entry.objects.get(key="paid").pk, "last": Entry.objects.get(period=november, number=november.length).pk,
        "old": Entry.objects.get(key="old").pk, "m": november.pk, "o": january.pk, "x": kept.payable.pk, "other": build_books().agency.pk, "line": kept.line.pk,
    }  # fmt: skip
    if deed == "a posting of nobody" and connection.vendor == "postgresql":
        pytest.skip("declared there, and checked before the guards are switched on again")
    run(*(statement.format(**places) for statement in statements))
    found = verify_books()
    assert codes <= {fault.code for fault in found.faults}, found.faults
    if deed == "a posting of nobody":  # or the end of the test refuses it, as every commit does
        run("DELETE FROM ledger_posting WHERE entry_id = 800000")


def test_an_entry_slipped_into_a_closed_month_with_all_digests_right_is_found(kept: Books) -> None:
    january = Period.objects.get(agency=kept.agency, month=202501)
    old = Entry.objects.get(key="old")
    draft = replace(kept.draft("slipped", 9, day=date(2025, 1, 20)))
    digest = content_digest(draft)
    link = link_of(january.head, 2, digest, 1, old.posted_at)
    run(
        *(
            f"INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen) VALUES (900000, {n}, 2, {line.account_id}, {line.amount_fen})"
            for n, line in enumerate(draft.lines, start=1)
        ),
        "INSERT INTO ledger_entry (id, agency_id, period_id, number, date, kind, lines, key, digest, source_type, source_id,"
        " voucher_number, attachments, reason, actor_id, posted_at, link) SELECT 900000, agency_id, period_id, 2, '2025-01-20',"
        f" kind, lines, 'slipped', '{digest}', source_type, source_id, '', 0, reason, 1, posted_at, '{link}'"
        f" FROM ledger_entry WHERE id = {old.pk}",
        f"UPDATE ledger_period SET length = 2, head = '{link}' WHERE id = {january.pk}",
        f"UPDATE ledger_account SET balance_fen = balance_fen + 9, debit_fen = debit_fen + 9 WHERE id = {kept.expense.pk}",
        f"UPDATE ledger_account SET balance_fen = balance_fen - 9, credit_fen = credit_fen + 9 WHERE id = {kept.bank.pk}",
    )
    assert {fault.code for fault in verify_books().faults} == {"late", "log"}


def test_posting_between_closing_and_opening_again_is_found_afterwards(kept: Books) -> None:
    january = Period.objects.get(agency=kept.agency, month=202501)
    run(f"UPDATE ledger_period SET closed = (1 = 0), closed_by = 0 WHERE id = {january.pk}")
    post(kept.clock, kept.draft("between", 9, day=date(2025, 1, 20)))
    run(
        f"UPDATE ledger_period SET closed = (1 = 1), closed_by = {kept.accountant.account_id} WHERE id = {january.pk}"
    )
    reopen_period(kept.second, kept.agency.pk, 202501, "掩盖")
    assert {fault.code for fault in verify_books().faults} == {"late"}


def test_a_forger_who_recomputes_the_books_is_given_away_by_the_log(kept: Books) -> None:
    """Everything in the tables of the books agrees; the log knows another link."""
    november = Period.objects.get(agency=kept.agency, month=202611)
    last = Entry.objects.get(period=november, number=november.length)
    before = Entry.objects.get(period=november, number=november.length - 1)
    link = link_of(before.link, last.number, last.digest, 4, last.posted_at)
    run(
        f"UPDATE ledger_entry SET actor_id = 4, link = '{link}' WHERE id = {last.pk}",
        f"UPDATE ledger_period SET head = '{link}' WHERE id = {november.pk}",
    )
    assert {fault.code for fault in verify_books().faults} == {"log"}


def test_a_guard_that_is_gone_is_missed(kept: Books) -> None:
    assert guards_standing() == guards_wanted(connection.vendor)
    with unguarded():
        found = verify_books()
        assert {fault.code for fault in found.faults} == {"guard"}
        assert len(found.faults) == TOLD and found.untold == len(guards_wanted(connection.vendor)) - TOLD
    assert verify_books().sound


def test_one_agency_can_be_proved_alone(kept: Books) -> None:
    others = build_books()
    post(others.clock, others.draft("a"))
    run(f"UPDATE ledger_account SET balance_fen = 5, debit_fen = 5 WHERE id = {kept.payable.pk}")
    assert verify_books(only=others.agency.pk).sound
    assert not verify_books(only=kept.agency.pk).sound
    assert verify_books(only=others.agency.pk).entries == 1


def test_the_command_says_what_is_wrong_and_ends_with_one(
    kept: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "verify", "--json"]) == 0
    out, err = capsys.readouterr()
    told: dict[str, Any] = json.loads(out)
    assert told["sound"] is True and told["entries"] == Entry.objects.count() and told["faults"] == []
    assert (
        told["heads"][f"{kept.agency.pk}/202611"] == Period.objects.get(agency=kept.agency, month=202611).head
    )
    assert "账实相符" in err
    run(f"UPDATE ledger_account SET balance_fen = 5, debit_fen = 5 WHERE id = {kept.payable.pk}")
    assert main(["ledger", "verify"]) == 1
    assert "2302" in capsys.readouterr().err
    assert main(["ledger", "verify", "--json", "--agency", str(kept.agency.pk + 1000)]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 0


def test_the_proof_of_the_night_fails_loudly(kept: Books) -> None:
    assert SCHEDULE["ledger-proof"].job is prove_books
    assert "账实相符" in prove_books(timezone.now())
    run(f"UPDATE ledger_account SET balance_fen = 5, debit_fen = 5 WHERE id = {kept.payable.pk}")
    with pytest.raises(BooksUnsound, match=r"发现 1 处问题.*2302"):
        prove_books(timezone.now())


def test_empty_books_are_sound(db: None) -> None:
    found = verify_books()
    assert found.sound and found.as_json()["entries"] == 0
    assert not Act.objects.filter(action__startswith="ledger.").exists()
