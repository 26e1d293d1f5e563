"""No sequence of acts locks a living household out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.areas.tenancy import access_rules as rules
from guangsha.areas.tenancy.access_rules import Credential, Doors, LockOut
from guangsha.areas.tenancy.facts import DEPENDABLE, FORBIDDEN_STOPS, GRANT_KINDS, STOP_REASONS
from guangsha.testing.effort import examples

DAY = date(2026, 11, 20)
KEY = Credential("key", True)
ACTS = st.one_of(
    st.tuples(
        st.just("issue"),
        st.sampled_from(sorted(GRANT_KINDS)),
        st.booleans(),
        st.none() | st.integers(-30, 60).map(lambda n: DAY + timedelta(days=n)),
    ),
    st.tuples(
        st.just("stop"), st.integers(0, 9), st.sampled_from(sorted([*STOP_REASONS, *FORBIDDEN_STOPS, "mood"]))
    ),
    st.tuples(st.just("expire"), st.integers(0, 400)),
    st.tuples(st.sampled_from(["end", "give_back", "court"])),
)


def step(doors: Doors, act: tuple[object, ...]) -> Doors:
    """One act as somebody tries it; what is refused changes nothing."""
    match act:
        case ("issue", str(kind), bool(lasting), until):
            try:
                return rules.issue(doors, Credential(kind, lasting, True, until))  # type: ignore[arg-type]
            except LockOut:
                return doors
        case ("stop", int(index), str(reason)):
            if index >= len(doors.credentials):
                return doors
            try:
                return rules.stop(doors, index, reason)
            except LockOut:
                return doors
        case ("expire", int(days)):
            return rules.expire(doors, DAY + timedelta(days=days))
        case ("end",):
            return replace(doors, ended=True)
        case ("give_back",):
            return replace(doors, handed_back=True)
        case ("court",):
            return replace(doors, court_title=True)
    raise AssertionError(act)


@settings(max_examples=examples(600))
@given(st.lists(ACTS, max_size=40))
def test_a_living_household_always_has_a_way_in(acts: list[tuple[object, ...]]) -> None:
    doors = rules.hand_over(Doors(), [KEY])
    for act in acts:
        before, doors = doors, step(doors, act)
        assert doors.safe
        if doors.lived_in:
            late = DAY + timedelta(days=10_000)
            assert any(one.opens(late) and one.kind in DEPENDABLE for one in doors.credentials), (
                "no clock shuts it either"
            )
        if act[0] == "stop" and act[2] in FORBIDDEN_STOPS:
            assert doors == before, "for such a reason nothing is stopped at all, extra credentials neither"


@pytest.mark.parametrize("reason", sorted(FORBIDDEN_STOPS))
def test_what_is_refused_names_the_law(reason: str) -> None:
    doors = rules.hand_over(Doors(), [KEY, Credential("card", True)])
    with pytest.raises(LockOut, match=r"法第|条例第"):
        rules.stop(doors, 0, reason)


def test_a_lost_card_is_stopped_after_another_was_issued() -> None:
    doors = rules.hand_over(Doors(), [KEY])
    with pytest.raises(LockOut, match="请先补发"):
        rules.stop(doors, 0, "lost")
    doors = rules.stop(rules.issue(doors, Credential("card", True)), 0, "lost")
    assert [one.active for one in doors.credentials] == [False, True]


def test_everything_stops_only_when_the_lease_is_over_and_the_dwelling_given_back() -> None:
    doors = rules.hand_over(Doors(), [KEY])
    for half in (replace(doors, ended=True), replace(doors, handed_back=True)):
        assert "才能停用" in rules.why_not_stop(half, 0, "lease_ended")
    assert rules.why_not_stop(replace(doors, ended=True, handed_back=True), 0, "lease_ended") == ""
    assert "没有法院的执行裁定" in rules.why_not_stop(doors, 0, "court")
    assert rules.why_not_stop(replace(doors, court_title=True), 0, "court") == ""


def test_nobody_moves_in_without_a_key() -> None:
    with pytest.raises(LockOut, match="没有交付钥匙"):
        rules.hand_over(Doors(), [Credential("phone", False)])
    with pytest.raises(LockOut, match="不能作常用凭证"):
        rules.hand_over(Doors(), [Credential("face", True)])


def test_a_face_needs_consent_a_guardian_and_another_way() -> None:
    child, adult = date(2014, 9, 1), date(1990, 1, 1)
    ask: Any = {"consent_on": DAY, "guardian": False, "others": True, "age_limit": 14}
    assert rules.why_no_face(adult, DAY, **ask) == ""
    assert "监护人同意" in rules.why_no_face(child, DAY, **ask)
    assert rules.why_no_face(child, DAY, **{**ask, "guardian": True}) == ""
    assert "另行书面同意" in rules.why_no_face(adult, DAY, **{**ask, "consent_on": None})
    assert "不能是唯一方式" in rules.why_no_face(adult, DAY, **{**ask, "others": False})
    assert rules.why_no_face(None, DAY, **ask) != ""
    born = date(2012, 11, 20)
    assert rules.why_no_face(born, DAY, **ask) == "", "fourteen today"
