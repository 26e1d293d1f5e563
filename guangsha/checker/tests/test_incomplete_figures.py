"""Figures that are missing, absurd or hostile end in a finding or in "not checked", never in an exception."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.checker import Case, check_case
from guangsha.checker.tests.builders import facts_of, load
from guangsha.checker.tests.test_published_reports import EXAMPLES
from guangsha.facts import Fact, FactSet
from guangsha.facts.report import Report
from guangsha.kernel.errors import InputError
from guangsha.kernel.findings import Outcome
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import load_profile

NAMES = ("yueyanglou-2025", "yueyang-2023", "jiangan-2024", "bureau-2023")
TEXTS = (
    "",
    "——",
    "无",
    "≥",
    "1、",
    "不适用",
    "2022年13月",
    "由2201套调整为",
    "9" * 40,
    "－",
    "户",
    "100%",
    "1、≥5户；2、",
)
#: Hundreds of choices a run are drawn from one number: hypothesis would take them for one huge input.
SEEDS = st.integers(0, 2**32)
NUMBERS = (Decimal(0), Decimal(-1), Decimal("0.001"), Decimal(10) ** 20, Decimal("99.995"))


@cache
def example(name: str) -> FactSet:
    return facts_of(load((EXAMPLES / name / "figures.yaml").read_text(encoding="utf-8")))


def checked(facts: list[Fact], like: FactSet) -> None:
    left = FactSet(like.unit, like.year, like.profile, facts)
    profile = load_profile(left.profile, left.year)
    try:
        scores = score_report(Report(left), profile, strict=False)
    except InputError:
        return  # a roll-up that cannot be scored is refused before anything is checked
    for relation in check_case(Case(left, profile, scores)).relations:
        assert (relation.outcome is Outcome.NOT_CHECKED) == bool(relation.reason)
        assert relation.subject


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=SEEDS, share=st.integers(1, 9))
def test_missing_figures_are_not_checked_and_never_fail(name: str, seed: int, share: int) -> None:
    facts = list(example(name))
    chosen = Random(seed)
    checked([fact for fact in facts if chosen.randrange(10) < share], example(name))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=SEEDS)
def test_absurd_figures_are_findings_and_never_fail(name: str, seed: int) -> None:
    chosen = Random(seed)
    changed = []
    for fact in example(name):
        if chosen.randrange(10) == 0:
            keep = fact.concept.endswith((".kind", ".method", "member"))
            numeric = isinstance(fact.value, Decimal)
            value: Decimal | str = chosen.choice(NUMBERS) if numeric else chosen.choice(TEXTS)
            fact = fact if keep else replace(fact, value=value, decimals=2 if numeric else None)
        changed.append(fact)
    checked(changed, example(name))
