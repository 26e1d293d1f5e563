"""What is due month by month and what is asked back: cases that an official can read, and laws."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.subsidy.rules import (
    Confirmed,
    begins_in,
    due_in,
    ends_after,
    first_month,
    month_code,
    month_of,
    months_of,
    must_be_heard,
    overpaid,
)
from guangsha.kernel.errors import InputError
from guangsha.policy.entitlement import Change, Timing
from guangsha.policy.household import Month

CASES = yaml.safe_load((Path(__file__).parent / "cases/months.yaml").read_text("utf-8"))
MONTHS = st.builds(lambda y, m: y * 100 + m, st.integers(2020, 2030), st.integers(1, 12))
CONFIRMED = st.lists(st.tuples(MONTHS, st.integers(0, 200_000)), min_size=1, max_size=6).map(
    lambda rows: [Confirmed(number, month, fen) for number, (month, fen) in enumerate(rows, 1)]
)


def _fen(yuan: object) -> int:
    return int(Decimal(str(yuan)) * 100)


def _code(text: str) -> int:
    year, month = text.split("-")
    return int(year) * 100 + int(month)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["算例"])
def test_cases(case: dict[str, Any]) -> None:
    year, before, said = case["年度"], _fen(case["原额"]), case["变更"]
    change = Change(
        said["发生"],
        said["得知"],
        _fen(said["新额"]),
        ends=said.get("终止") == "是",
        declared=said.get("申报") != "否",
    )
    timing = Timing("next_month", case.get("追溯") != "否")
    start = first_month(change, before, timing)
    assert start == _code(case["起发"])
    standing = [Confirmed(1, year * 100 + 1, before), Confirmed(2, start, change.amount_fen)]
    due = [due_in(year * 100 + month, standing) for month in range(1, 13)]
    assert sum(one.amount_fen for one in due if one) == _fen(case["全年"])
    until = _code(case["已发至"]) if "已发至" in case else 0
    paid = {code: before for code in (year * 100 + m for m in range(1, 13)) if code <= until}
    assert overpaid(paid, standing, start).overpaid_fen == _fen(case["追回"])


@given(CONFIRMED, MONTHS)
def test_a_month_is_due_by_the_last_calculation_that_had_begun(
    calculations: list[Confirmed], month: int
) -> None:
    due = due_in(month, calculations)
    begun = [one for one in calculations if one.from_month <= month]
    assert (due is None) == (not begun)
    assert due is None or all(one.number <= due.number for one in begun)


@given(CONFIRMED, st.dictionaries(MONTHS, st.integers(0, 200_000), max_size=24), MONTHS)
def test_never_is_more_asked_back_than_was_paid(
    calculations: list[Confirmed], paid: dict[int, int], start: int
) -> None:
    computed = overpaid(paid, calculations, start)
    assert 0 <= computed.overpaid_fen <= sum(fen for month, fen in paid.items() if month >= start)
    for row in computed.rows:
        assert month_code(row.month) >= start
        assert row.overpaid_fen == max(0, row.paid_fen - row.due_fen)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 36))
def test_an_agreement_covers_whole_months(decided: date, months: int) -> None:
    for rule in ("month_of_decision", "month_after_decision"):
        starts = begins_in(decided, rule)
        ends = ends_after(starts, months)
        assert starts.day == 1
        assert (ends + timedelta(days=1)).day == 1
        assert len(months_of(starts, ends)) == months
        assert Month.of(decided).until(Month.of(starts)) == (0 if rule == "month_of_decision" else 1)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.booleans())
def test_whoever_is_to_get_less_is_heard(before: int, after: int, ends: bool) -> None:
    assert must_be_heard(before, after, ends=ends) == (ends or after < before)


@pytest.mark.parametrize("code", [0, 13, 202600, 202613, 199912, 210101])
def test_a_month_that_is_none_is_refused_with_a_sentence(code: int) -> None:
    with pytest.raises(InputError, match="没有"):
        month_of(code)
