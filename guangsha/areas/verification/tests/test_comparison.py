"""Claims against what sources hold, without network or database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.verification.comparison import FRESH_DAYS, compare
from guangsha.areas.verification.models import SOURCES

TODAY = date(2026, 11, 21)


def outcome(source: str, claimed: dict[str, Any], payload: dict[str, Any], as_of: date | None = TODAY) -> str:
    return compare(source, claimed, payload, data_as_of=as_of, today=TODAY).outcome


@pytest.mark.parametrize("source", [code for code, _ in SOURCES])
def test_nothing_held_is_not_found_and_old_data_are_stale(source: str) -> None:
    assert outcome(source, {}, {}) == "not_found"
    assert outcome(source, {}, {"note": 1}, as_of=None) == "stale"
    assert outcome(source, {}, {"note": 1}, as_of=date(2024, 1, 1)) == "stale"
    assert FRESH_DAYS[source] >= 31


@pytest.mark.parametrize(
    ("source", "claimed", "payload", "wanted"),
    [
        ("population", {"name": "阿卜杜拉•买买提"}, {"name": "阿卜杜拉·买买提", "alive": True}, "match"),
        ("population", {"name": "李建国"}, {"name": "李健国", "alive": True}, "mismatch"),
        ("population", {"name": "李建国"}, {"name": "李建国", "alive": False}, "mismatch"),
        ("hukou", {"hukou": "local"}, {"hukou": "local"}, "match"),
        ("hukou", {"hukou": "local"}, {"hukou": "outside"}, "mismatch"),
        ("marriage", {"marital": "10"}, {"marital": "20"}, "mismatch"),
        ("real_estate", {"homes": []}, {"homes": []}, "mismatch_never"),
        ("real_estate", {"homes": [{"nature": "owned", "area": "52.30"}]}, {"homes": [{"area_m2": "52.31"}]}, "match"),
        ("real_estate", {"homes": [{"nature": "market_rented", "area": "52.30"}]}, {"homes": [{"area_m2": "52.30"}]}, "mismatch"),
        ("real_estate", {}, {"homes": [{"area_m2": "88", "disposed_on": "2024-02-01"}]}, "mismatch"),
        ("social_insurance", {"employer": "第一 中学"}, {"employer": "第一中学", "months": 14}, "match"),
        ("provident_fund", {"employer": "第一中学"}, {"employer": "第二中学"}, "mismatch"),
        ("social_insurance", {"employer": ""}, {"employer": "第二中学"}, "match"),
        ("civil_status", {"special": ["minimum_living", "disability"]}, {"kinds": ["minimum_living"]}, "match"),
        ("civil_status", {"special": "minimum_living"}, {"kinds": ["minimum_living_edge"]}, "mismatch"),
        ("tax", {"monthly_income": 200_000}, {"monthly_income_fen": 220_000}, "match"),
        ("tax", {"monthly_income": 200_000}, {"monthly_income_fen": 220_001}, "mismatch"),
        ("tax", {"monthly_income": 0}, {"monthly_income_fen": 1}, "mismatch"),
    ],
)  # fmt: skip
def test_claims_are_compared(
    source: str, claimed: dict[str, Any], payload: dict[str, Any], wanted: str
) -> None:
    got = outcome(source, claimed, payload)
    assert got == ("match" if wanted == "mismatch_never" else wanted)


def test_a_difference_says_both_sides_in_a_sentence() -> None:
    [difference] = compare(
        "tax", {"monthly_income": 150_000}, {"monthly_income_fen": 512_345}, data_as_of=TODAY, today=TODAY
    ).differences
    assert difference.sentence == "填写的月收入为 1500.00 元，税务记录的月均收入为 5123.45 元。"


@given(st.lists(st.integers(1, 400), max_size=6))
def test_declared_homes_never_differ_and_hidden_ones_always_do(areas: list[int]) -> None:
    held = {"homes": [{"area_m2": area} for area in areas]}
    declared = [{"nature": "owned", "area": str(area)} for area in areas]
    assert outcome("real_estate", {"homes": declared}, held) == "match"
    assert len(compare("real_estate", {}, held, data_as_of=TODAY, today=TODAY).differences) == len(areas)
