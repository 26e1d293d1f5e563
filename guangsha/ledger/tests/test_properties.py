"""Whatever is done in whatever order, the books balance, and they are what a few lines of Python say they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from guangsha.ledger.actions import post, post_many, reverse
from guangsha.ledger.books import adjust_budget, close_period, commit_budget, release_budget, reopen_period
from guangsha.ledger.facts import Draft
from guangsha.ledger.models import Account, BudgetLine, Entry, Period
from guangsha.ledger.queries import get_trial_balance
from guangsha.ledger.rules import LedgerRefused
from guangsha.ledger.verify import verify_books
from guangsha.testing.effort import examples
from guangsha.testing.ledger import Books, build_books

pytestmark = pytest.mark.django_db

_FEN = st.integers(1, 60)
_MONTH = st.sampled_from([202512, 202601, 202602])
_KEY = st.integers(0, 12)
STEPS = st.one_of(
    st.tuples(st.just("pay"), _KEY, _FEN, _MONTH),
    st.tuples(st.just("draft"), _KEY, _FEN, _MONTH),
    st.tuples(st.just("batch"), st.lists(st.tuples(_KEY, _FEN, _MONTH), min_size=1, max_size=4)),
    st.tuples(st.just("reverse"), st.integers(0, 5), _MONTH),
    st.tuples(st.just("close"), _MONTH),
    st.tuples(st.just("reopen"), _MONTH),
    st.tuples(st.just("adjust"), _KEY, st.sampled_from([("supplement", 40), ("reduction", -40)])),
    st.tuples(st.just("commit"), _KEY, _FEN),
    st.tuples(st.just("release"), _KEY, _FEN),
)


class Office:
    """Does the steps on the books, and keeps its own small account of what they come to."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.balances: dict[int, int] = defaultdict(int)
        self.keys: dict[str, Draft] = {}
        self.reversed: set[int] = set()
        self.closed: set[int] = set()
        self.done = 0

    def take(self, draft: Draft, sign: int = 1) -> None:
        for line in draft.lines:
            self.balances[line.account_id] += sign * line.amount_fen

    def made(self, kind: str, key: int, fen: int, month: int) -> Draft:
        day = date(month // 100, month % 100, 7)
        build = self.books.payment if kind == "pay" else self.books.draft
        draft: Draft = build(f"{kind}:{key}", fen, day=day)
        return draft

    def attempt(self, act: Callable[[], Any]) -> Any:
        try:
            result = act()
        except LedgerRefused:
            return None
        self.done += 1
        return result

    def step(self, name: str, *given: Any) -> None:
        getattr(self, f"do_{name}")(*given)

    def do_pay(self, *given: Any) -> None:
        self._post(self.made("pay", *given))

    def do_draft(self, *given: Any) -> None:
        self._post(self.made("draft", *given))

    def _post(self, draft: Draft) -> None:
        written = self.attempt(lambda: post(self.books.clock, draft))
        if written is None:
            return
        assert written.replayed == (self.keys.get(draft.key) == draft)
        assert written.replayed or draft.day.year * 100 + draft.day.month not in self.closed
        if not written.replayed:
            assert draft.key not in self.keys
            self.keys[draft.key] = draft
            self.take(draft)

    def do_batch(self, rows: list[tuple[int, int, int]]) -> None:
        drafts = [self.made("draft", *row) for row in rows]
        written = self.attempt(lambda: post_many(self.books.clock, drafts))
        for draft, result in zip(drafts, written or [], strict=False):
            assert result.replayed == (draft.key in self.keys)
            if not result.replayed:
                self.keys[draft.key] = draft
                self.take(draft)

    def do_reverse(self, place: int, month: int) -> None:
        entries = list(Entry.objects.filter(agency=self.books.agency).order_by("pk"))
        if place >= len(entries):
            return
        entry, day = entries[place], date(month // 100, month % 100, 9)
        written = self.attempt(lambda: reverse(self.books.accountant, entry.pk, "填错", day=day))
        if written is not None:
            assert written.replayed == (entry.pk in self.reversed)
            if not written.replayed:
                self.reversed.add(entry.pk)
                self.take(self.keys[entry.key], -1)

    def do_close(self, month: int) -> None:
        if self.attempt(lambda: close_period(self.books.accountant, self.books.agency.pk, month)):
            self.closed.add(month)

    def do_reopen(self, month: int) -> None:
        if self.attempt(lambda: reopen_period(self.books.second, self.books.agency.pk, month, "漏记")):
            self.closed.remove(month)

    def do_adjust(self, key: int, change: tuple[str, int]) -> None:
        line, day = self.books.line.pk, date(2026, 2, 3)
        self.attempt(
            lambda: adjust_budget(
                self.books.accountant, line, *change, day, "9号", key=f"a{key}", reason="调整"
            )
        )

    def do_commit(self, key: int, fen: int) -> None:
        line, day = self.books.line.pk, date(2026, 2, 3)
        self.attempt(lambda: commit_budget(self.books.clock, line, fen, day, key=f"c{key}", reason="合同"))

    def do_release(self, key: int, fen: int) -> None:
        line, day = self.books.line.pk, date(2026, 2, 3)
        self.attempt(lambda: release_budget(self.books.clock, line, fen, day, key=f"r{key}", reason="付款"))


@limits(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=examples(60),
    deadline=None,
)
@given(steps=st.lists(STEPS, min_size=3, max_size=25))
def test_the_books_balance_whatever_is_done_in_whatever_order(db: None, steps: list[tuple[Any, ...]]) -> None:
    books = build_books(initial_fen=150)
    # the months before the three that are played with are closed, as they would be
    for month in (*range(202501, 202512),):
        close_period(books.accountant, books.agency.pk, month)
    office = Office(books)
    for step in steps:
        office.step(*step)
    found = verify_books(only=books.agency.pk)
    assert found.sound, found.faults
    kept = dict(Account.objects.filter(agency=books.agency).values_list("pk", "balance_fen"))
    assert kept == {pk: office.balances[pk] for pk in kept}
    assert sum(kept.values()) == 0
    line = BudgetLine.objects.get(pk=books.line.pk)
    assert 0 <= line.executed_fen <= line.initial_fen + line.adjusted_fen - line.committed_fen
    assert (
        set(
            Period.objects.filter(agency=books.agency, closed=True, month__gte=202512).values_list(
                "month", flat=True
            )
        )
        == office.closed
    )
    shown = get_trial_balance(books.accountant, books.agency.pk, 202612)
    assert {row["account"]: row["closing_fen"] for row in shown["accounts"]} == kept
    assert shown["total"]["closing_fen"] == 0
