"""Pure rules by cases that an official can read, and properties of the order of calls."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.allocation.facts import NEXT_PLAN_STATES, NEXT_SESSION, PLAN_STATES, SESSION_STATES
from guangsha.areas.allocation.rules import (
    Contender,
    LayoutSteps,
    Relative,
    Turn,
    is_mixed,
    layout_of,
    next_to_call,
    ordered,
    outcomes_of,
    tier_of,
)

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "layouts.yaml").read_text(encoding="utf-8")
)
STEPS = LayoutSteps(2, 4, 3)


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_layouts_and_tiers_as_the_cases_say(case: dict[str, Any]) -> None:
    members = [
        Relative(row["关系"], {"男": "1", "女": "2"}[row["性别"]], date.fromisoformat(str(row["出生"])))
        for row in case["成员"]
    ]
    mixed = is_mixed(members, date(2026, 11, 21))
    assert (
        layout_of(len(members), STEPS, mixed=mixed, accessible=case.get("无障碍", False)) == case["户型组别"]
    )
    tier, grounds = tier_of(case.get("身份", ()), {"minimum_living", "lone_elder", "veteran"})
    assert (tier, grounds) == (case["层次"], case.get("依据", []))


@given(
    st.lists(
        st.tuples(st.integers(1, 2), st.dates(), st.integers(0, 9999)),
        max_size=30,
        unique_by=lambda row: row[2],
    )
)
def test_one_input_has_one_order_whatever_it_came_in(rows: list[tuple[int, date, int]]) -> None:
    contenders = [Contender(serial, "A", tier, day, f"{serial:05d}") for tier, day, serial in rows]
    assert ordered("queue", contenders) == ordered("queue", reversed(contenders))
    for keys in ordered("queue", contenders).values():
        by_key = {one.key: (one.tier, one.listed_on, one.number) for one in contenders}
        assert [by_key[key] for key in keys] == sorted(by_key[key] for key in keys)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 100))
def test_selectors_first_then_those_who_wait_then_nobody(places: int, dwellings: int, percent: int) -> None:
    found = outcomes_of(places, dwellings, Decimal(percent) / 100)
    assert found == sorted(found, key=["selector", "waitlist", "none"].index)
    assert found.count("selector") == min(places, dwellings)
    assert found.count("waitlist") == min(places - found.count("selector"), -(-dwellings * percent // 100))


@given(st.integers(1, 40), st.integers(1, 10), st.sets(st.integers(1, 40)))
def test_everybody_is_called_once_and_who_missed_once_more_behind_their_half_day(
    families: int, half_day: int, absent: set[int]
) -> None:
    turns = {place: Turn(place, "waiting", "selector", place, 0) for place in range(1, families + 1)}
    calls = []
    while (turn := next_to_call(turns.values(), half_day)) is not None:
        calls.append(turn.key)
        missed = turn.missed + (turn.key in absent)
        state = "missed" if turn.key in absent else "signed"
        turns[turn.key] = Turn(turn.key, state, "selector", turn.order_number, missed)
    for first in range(1, families + 1, half_day):
        group = range(first, min(first + half_day, families + 1))
        late = [place for place in group if place in absent]
        assert calls[: len(group) + len(late)] == [*group, *late]
        calls = calls[len(group) + len(late) :]
    assert calls == []


def test_every_state_is_in_the_tables_and_the_ends_are_ends() -> None:
    assert set(NEXT_SESSION) == set(SESSION_STATES)
    assert set(NEXT_PLAN_STATES) == set(PLAN_STATES)
    assert {state for state, after in NEXT_SESSION.items() if not after} == {"signed", "declined", "passed"}
    assert {state for state, after in NEXT_PLAN_STATES.items() if not after} == {"done", "cancelled"}
