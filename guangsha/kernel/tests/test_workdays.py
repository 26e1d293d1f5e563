"""Working days: the arrangement of real years, and counting that agrees with counting on fingers."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import Calendar, national_calendar, read_overrides

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
CALENDARS = st.builds(
    Calendar, st.dictionaries(st.dates(date(2025, 1, 1), date(2025, 12, 31)), st.booleans(), max_size=80)
)


def counted_on_fingers(calendar: Calendar, start: date, end: date) -> int:
    days, day = 0, start
    while day < end:
        day += timedelta(days=1)
        days += calendar.is_workday(day)
    return days


def test_the_national_day_of_2026_and_its_moved_days() -> None:
    calendar = national_calendar()
    assert not calendar.is_workday(date(2026, 10, 1))
    assert not calendar.is_workday(date(2026, 10, 7))
    assert calendar.is_workday(date(2026, 10, 8))
    assert calendar.is_workday(date(2026, 9, 20)), "a Sunday that is worked"
    assert calendar.is_workday(date(2026, 10, 10)), "a Saturday that is worked"
    assert not calendar.is_workday(date(2026, 10, 11))
    # handed in on Wednesday 30 September: the first counted day is 8 October, the fifth Tuesday 13
    assert calendar.add_workdays(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert calendar.add_workdays(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert calendar.add_workdays(date(2026, 9, 30), 5) == date(2026, 10, 13)


def test_a_year_that_is_not_announced_has_its_statutory_days_and_says_that_it_is_an_estimate() -> None:
    calendar = national_calendar()
    assert not calendar.is_estimate(date(2026, 12, 31))
    assert calendar.is_estimate(date(2031, 10, 1))
    assert not calendar.is_workday(date(2031, 10, 1))
    assert not calendar.is_workday(date(2031, 1, 23)), "Spring Festival 2031"


def test_a_period_of_calendar_days_that_ends_on_a_holiday_ends_on_the_next_working_day() -> None:
    assert national_calendar().add_days(date(2026, 9, 21), 10) == date(2026, 10, 8)
    assert national_calendar().add_days(date(2026, 9, 20), 10) == date(2026, 9, 30)


@given(CALENDARS, st.dates(date(2024, 12, 1), date(2026, 1, 31)), st.integers(0, 400))
def test_between_agrees_with_counting_on_fingers(calendar: Calendar, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    assert calendar.workdays_between(start, end) == counted_on_fingers(calendar, start, end)
    assert calendar.workdays_between(end, start) == -calendar.workdays_between(start, end)


@given(DAYS, DAYS)
def test_between_agrees_on_the_national_calendar(start: date, end: date) -> None:
    start, end = min(start, end), max(start, end)
    end = min(end, start + timedelta(days=800))
    calendar = national_calendar()
    assert calendar.workdays_between(start, end) == counted_on_fingers(calendar, start, end)


@given(CALENDARS, DAYS, st.integers(1, 60))
def test_a_period_holds_as_many_working_days_as_were_given_and_ends_on_one(
    calendar: Calendar, start: date, count: int
) -> None:
    end = calendar.add_workdays(start, count)
    assert calendar.is_workday(end)
    assert counted_on_fingers(calendar, start, end) == count


@given(CALENDARS, DAYS, st.integers(1, 30), st.integers(0, 30))
def test_a_period_given_in_two_parts_ends_when_the_whole_does(
    calendar: Calendar, start: date, first: int, second: int
) -> None:
    whole = calendar.add_workdays(start, first + second)
    assert calendar.add_workdays(calendar.add_workdays(start, first), second) == whole


def test_a_period_that_is_negative_or_endless_is_refused() -> None:
    for count in (-1, 5001):
        with pytest.raises(ValueError, match="working days"):
            national_calendar().add_workdays(date(2026, 1, 1), count)


def test_overrides_announce_a_year_and_move_days(tmp_path: Path) -> None:
    path = tmp_path / "workdays.yaml"
    path.write_text("announced: [2027]\ndays:\n  2027-01-03: {work: true, source: 通知}\n", encoding="utf-8")
    assert read_overrides(path) == (frozenset({2027}), {date(2027, 1, 3): True})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("days: {2027-01-03: {work: 1, source: a}}", "work"),
        ("days: {2027-01-03: {work: true}}", "source"),
        ("days: {soon: {work: true, source: a}}", "soon"),
        ("announced: [99999]", "年份"),
        ("holidays: []", "announced"),
        ("a: [", "YAML"),
        ("days: [1]", "days"),
    ],
)
def test_a_slip_in_the_overrides_is_said_in_chinese(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "workdays.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_overrides(path)
