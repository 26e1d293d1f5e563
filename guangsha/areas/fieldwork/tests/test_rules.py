"""Limits, who pays, what a line costs: pure rules, with cases that an official can read."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.fieldwork.facts import (
    CAUSES,
    HAZARD_STATES,
    NEXT_HAZARD_STATES,
    NEXT_ORDER_STATES,
    ORDER_STATES,
    PARTS,
)
from guangsha.areas.fieldwork.rules import (
    after_hours,
    alarm_level,
    answer_due,
    day_alarm,
    finish_due,
    hazard_may_follow,
    line_fen,
    may_follow,
    who_pays,
)
from guangsha.kernel.workdays import national_calendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = national_calendar()
CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in yaml.safe_load((CASES / name).read_text())]


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


@pytest.mark.parametrize("case", cases("clocks.yaml"))
def test_a_limit_is_what_the_table_says(case: dict[str, Any]) -> None:
    start, urgent = moment(case["from"]), case["urgent"]
    if case["clock"] == "answer":
        due = answer_due(CALENDAR, start, urgent=urgent, hours=2 if urgent else 24)
    else:
        due = finish_due(CALENDAR, start, urgent=urgent, hours=24, workdays=4)
    assert due == moment(case["limit"])


@pytest.mark.parametrize("case", cases("who_pays.yaml"))
def test_who_pays_is_what_the_table_says(case: dict[str, Any]) -> None:
    share = who_pays(case["cause"], case["part"], consumables=case["consumables"])
    assert share.payer == case["payer"]
    assert share.reason


@given(
    cause=st.sampled_from(sorted(CAUSES)),
    part=st.sampled_from(sorted(PARTS)),
    first=st.sampled_from(["owner", "tenant"]),
)
def test_the_building_itself_is_the_tenants_only_by_fault(cause: str, part: str, first: str) -> None:
    share = who_pays(cause, part, consumables=first)
    if share.payer == "tenant" and part in ("structure", "common", "fixed"):
        assert cause in ("misuse", "own_goods")
    if cause == "misuse":
        assert share.payer == "tenant"


MINUTES = st.integers(0, 400 * 24 * 60)


@given(start=MINUTES, hours=st.integers(0, 200), more=st.integers(0, 50))
def test_more_hours_end_later_and_never_on_a_free_day(start: int, hours: int, more: int) -> None:
    begin = moment("2026-01-01 00:00") + timedelta(minutes=start)
    one = after_hours(CALENDAR, begin, hours, real=False)
    assert begin + timedelta(hours=hours) <= one <= after_hours(CALENDAR, begin, hours + more, real=False)
    assert hours == 0 or CALENDAR.is_workday((one - timedelta(microseconds=1)).date())
    assert after_hours(CALENDAR, begin, hours, real=True) <= max(one, begin + timedelta(hours=hours))


@given(minutes=st.integers(-600, 3000))
def test_an_alarm_only_grows_with_time(minutes: int) -> None:
    began, due = moment("2026-11-20 08:00"), moment("2026-11-20 18:00")
    order = ["", "due_soon", "overdue", "escalated"]
    now = began + timedelta(minutes=minutes)
    level = alarm_level(now, began, due)
    assert order.index(level) <= order.index(alarm_level(now + timedelta(minutes=30), began, due))
    assert (level in ("overdue", "escalated")) == (now > due)


def test_an_alarm_of_a_day_warns_before_and_escalates_after() -> None:
    limit = moment("2026-11-25 00:00").date()  # a Wednesday
    found = [day_alarm(CALENDAR, limit + timedelta(days=days), limit) for days in (-6, -2, 0, 1, 2)]
    assert found == ["", "due_soon", "due_soon", "overdue", "escalated"]


@given(quantity=st.decimals("0.01", "1000", places=2), price=st.integers(0, 10**7))
def test_a_line_costs_its_quantity_to_the_nearest_fen(quantity: Decimal, price: int) -> None:
    assert abs(line_fen(quantity, price) - quantity * price) <= Decimal("0.5")


def test_states_lead_only_to_states_and_what_is_over_stays_over() -> None:
    assert set(NEXT_ORDER_STATES) == set(ORDER_STATES)
    assert set(NEXT_HAZARD_STATES) == set(HAZARD_STATES)
    assert all(may_follow(before, after) for before, nexts in NEXT_ORDER_STATES.items() for after in nexts)
    assert not may_follow("new", "done") and not may_follow("closed", "triaged")
    assert not hazard_may_follow("found", "closed") and not hazard_may_follow("fixed", "closed")
