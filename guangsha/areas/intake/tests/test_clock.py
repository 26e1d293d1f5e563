"""Limits: cases an official can check on a calendar, and what holds for every case."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.intake.clock import Clock, alarm_level, limits, moved, notice_end, paused_for
from guangsha.kernel.workdays import national_calendar

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "limits.yaml").read_text(encoding="utf-8")
)
CALENDAR = national_calendar()
START = date(2026, 1, 5)
OFFSETS = st.lists(st.integers(0, 400), max_size=8, unique=True).map(sorted)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_cases_of_limits(case: dict[str, Any]) -> None:
    paused = sum(paused_for(CALENDAR, start, end) for start, end in case.get("pauses", []))
    clock = Clock(
        case["submitted"], case["accepted"], case["promised"], case["legal"], 0, paused, case.get("standing")
    )
    found = limits(CALENDAR, clock, case["seen"])
    assert found.promised_on == case["promised_on"]
    assert found.legal_on == case["legal_on"]
    assert found.used_workdays == case["used"]
    assert found.total_days == case["total"]
    assert found.running is ("standing" not in case)


def test_before_acceptance_there_is_no_limit_but_the_days_are_counted() -> None:
    found = limits(CALENDAR, Clock(date(2026, 11, 2)), date(2026, 11, 12))
    assert (found.promised_on, found.legal_on, found.used_workdays, found.total_days) == (None, None, 0, 10)


def test_a_limit_in_a_year_that_is_not_announced_says_so() -> None:
    assert limits(CALENDAR, Clock(date(2031, 1, 2), date(2031, 1, 2), 5, 20), date(2031, 1, 3)).estimate
    assert not limits(CALENDAR, Clock(date(2026, 1, 5), date(2026, 1, 5), 5, 20), date(2026, 1, 6)).estimate


def test_alarms_climb_from_soon_to_overdue_to_escalated() -> None:
    due = date(2026, 11, 12)
    seen = {day: alarm_level(CALENDAR, due, date(2026, 11, day)) for day in (10, 11, 12, 13, 14, 16, 17)}
    assert seen == {
        10: "",
        11: "due_soon",
        12: "due_soon",
        13: "overdue",
        14: "overdue",
        16: "escalated",
        17: "escalated",
    }


def test_a_notice_runs_full_days_after_the_day_it_is_published() -> None:
    assert notice_end(CALENDAR, date(2026, 9, 28), 7, workdays=False) == date(2026, 10, 8), (
        "a holiday is no last day"
    )
    assert notice_end(CALENDAR, date(2026, 11, 4), 7, workdays=False) == date(2026, 11, 11)
    assert notice_end(CALENDAR, date(2026, 9, 29), 7, workdays=True) == date(2026, 10, 14)


def paused_between(marks: list[int]) -> list[tuple[date, date]]:
    days = [START + timedelta(days=mark) for mark in marks]
    return list(zip(days[::2], days[1::2], strict=False))


@given(OFFSETS, st.integers(0, 400), st.integers(0, 60))
def test_paused_days_are_never_counted_and_nothing_else_is_left_out(
    marks: list[int], length: int, promised: int
) -> None:
    pauses = paused_between(marks)
    today = START + timedelta(days=max([length, *marks]))
    paused = sum(paused_for(CALENDAR, start, end) for start, end in pauses)
    found = limits(CALENDAR, Clock(START, START, promised, None, 0, paused), today)
    counted, day = 0, START
    while day < today:
        day += timedelta(days=1)
        if CALENDAR.is_workday(day) and not any(start < day <= end for start, end in pauses):
            counted += 1
    assert found.used_workdays == counted
    assert found.total_days == (today - START).days


@given(st.lists(st.integers(0, 300), min_size=2, max_size=12), st.one_of(st.none(), st.integers(0, 300)))
def test_the_clock_never_runs_backwards(days: list[int], standing: int | None) -> None:
    paused_on = None if standing is None else START + timedelta(days=standing)
    clock = Clock(START, START, 10, 20, 0, 0, paused_on)
    seen = [limits(CALENDAR, clock, START + timedelta(days=day)) for day in sorted(days)]
    for earlier, later in pairwise(seen):
        assert later.used_workdays >= earlier.used_workdays
        assert later.total_days >= earlier.total_days
        assert later.promised_on is not None
        assert earlier.promised_on is not None
        assert later.promised_on >= earlier.promised_on


@given(OFFSETS, st.integers(0, 30))
def test_moving_a_limit_pause_by_pause_ends_where_computing_it_whole_does(
    marks: list[int], promised: int
) -> None:
    due: date | None = CALENDAR.add_workdays(START, promised)
    whole = 0
    for start, end in paused_between(marks):
        workdays = paused_for(CALENDAR, start, end)
        due, whole = moved(CALENDAR, due, workdays), whole + workdays
    assert due == limits(CALENDAR, Clock(START, START, promised, None, 0, whole), START).promised_on
