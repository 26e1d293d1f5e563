"""The amount of a month, what a payment pays, what comes on top: pure rules, with cases that an official can read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.areas.rent.facts import ITEMS
from guangsha.areas.rent.rules import (
    OpenBill,
    Term,
    allocate,
    dues_of_month,
    late_fee_of_month,
    rent_of,
    top_up,
)
from guangsha.testing.effort import USUAL, examples

CASES = Path(__file__).parent / "cases"
#: What the invented city takes (parameters/430699/rent/rent_share.yaml).
SHARES = {
    "extreme_poverty": Fraction(1, 10), "minimum_living": Fraction(1, 10), "minimum_living_edge": Fraction(3, 10),
    "low_income": Fraction(1, 2), "others": Fraction(7, 10),
}  # fmt: skip


def cases(name: str) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in yaml.safe_load((CASES / name).read_text())]


def fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)


@pytest.mark.parametrize("case", cases("months.yaml"))
def test_a_month_costs_what_the_table_says(case: dict[str, Any]) -> None:
    rent = rent_of(Decimal(case["area"]), Fraction(case["market"]) * 100, SHARES, case["types"])
    first = date.fromisoformat(case.get("from", "2026-01-01"))
    last = date.fromisoformat(case["to"]) if "to" in case else None
    term = Term(first, "contract", rent.gross_fen, rent.net_fen)
    dues = dues_of_month([term], case["month"], first, last, by_day=True)
    assert sum(due.gross_fen for due in dues) == fen(case["gross"])
    assert sum(due.net_fen for due in dues) == fen(case["net"])


@pytest.mark.parametrize("case", cases("payments.yaml"))
def test_a_payment_pays_what_the_table_says(case: dict[str, Any]) -> None:
    names = dict(enumerate(case["bills"]))
    bills = [
        OpenBill(key, date.fromisoformat(due), item, fen(yuan))
        for key, (item, due, yuan) in enumerate(case["bills"].values())
    ]
    paid, ahead = allocate(fen(case["paid"]), bills)
    assert [(names[key], part) for key, part in paid] == [(name, fen(yuan)) for name, yuan in case["pays"].items()]  # fmt: skip
    assert ahead == fen(case["ahead"])


@pytest.mark.parametrize("case", cases("extras.yaml"))
def test_what_comes_on_top_is_what_the_table_says(case: dict[str, Any]) -> None:
    if case["kind"] == "top_up":
        due = top_up(fen(case["market"]), fen(case["charged"]), case["months"])
    else:
        due = late_fee_of_month(
            fen(case["open"]), case["before"], case["days"], Fraction(case["rate"]), Fraction(case["cap"])
        )
    assert due == fen(case["due"])


BILLS = st.lists(
    st.builds(
        OpenBill, st.just(0), st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.sampled_from(sorted(ITEMS)), st.integers(0, 10**6)
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=examples(USUAL))
@given(st.integers(0, 5 * 10**6), BILLS)
def test_no_payment_pays_more_than_it_is_or_than_a_bill_owes(amount: int, drawn: list[OpenBill]) -> None:
    bills = {key: OpenBill(key, one.due_on, one.item, one.open_fen) for key, one in enumerate(drawn)}
    paid, ahead = allocate(amount, bills.values())
    parts = dict(paid)
    assert len(parts) == len(paid) and all(0 < part <= bills[key].open_fen for key, part in paid)
    assert sum(parts.values()) + ahead == amount and ahead >= 0
    # money is over only where nothing is open any more
    left = {key: one.open_fen - parts.get(key, 0) for key, one in bills.items()}
    assert ahead == 0 or not any(left.values())
    # no rent waits while a fee, or rent that fell due later, was paid
    for key, fen_left in left.items():
        one = bills[key]
        if fen_left and one.item == "rent":
            later = [bills[k] for k in parts if bills[k].item == "late_fee" or bills[k].due_on > one.due_on]
            assert not later


@settings(max_examples=examples(USUAL))
@given(st.lists(st.integers(1, 31), max_size=40), st.integers(1, 10**6), st.integers(0, 100))
def test_late_fees_of_all_months_never_pass_their_limit(days: list[int], owed: int, rate: int) -> None:
    share, cap = Fraction(rate, 10_000), Fraction(1, 10)
    fees = [late_fee_of_month(owed, sum(days[:n]), one, share, cap) for n, one in enumerate(days)]
    assert all(fee >= 0 for fee in fees) and sum(fees) <= (owed * cap + Fraction(1, 2))
