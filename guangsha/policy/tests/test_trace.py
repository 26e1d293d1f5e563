"""A decision shows everything it rests on: nothing can be looked at that the trace does not name."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.kernel.errors import InputErrors, RuleMissing
from guangsha.kernel.hashing import digest
from guangsha.policy.decision import decide
from guangsha.policy.facts import FACT_KINDS, check_facts
from guangsha.policy.parameter_files import assumed, book_of
from guangsha.policy.parameters import ParameterBook, ParameterValue, Scalar
from guangsha.policy.programme import Outcome
from guangsha.policy.programmes import PROGRAMMES, RENTAL_SUBSIDY
from guangsha.testing.effort import examples
from guangsha.testing.policies import DAY, REGION, random_book, random_facts, usual_household


class WatchedFacts(dict[str, int | None]):
    """Remembers which facts were asked for."""

    def __init__(self, facts: Mapping[str, int | None]) -> None:
        super().__init__(facts)
        self.asked: set[str] = set()

    def get(self, key: str, default: int | None = None) -> int | None:  # type: ignore[override]
        self.asked.add(key)
        return super().get(key, default)


@dataclass(frozen=True)
class WatchedValue(ParameterValue):
    """Remembers which lines of it were asked for."""

    asked: set[tuple[str, object]] = field(default_factory=set, compare=False)

    def at(self, line: str | int | None) -> Scalar:
        self.asked.add((self.key, line))
        return super().at(line)


@pytest.mark.parametrize("code", PROGRAMMES)
@settings(max_examples=examples(120), deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_fact_and_no_parameter_is_read_that_the_trace_does_not_name(code: str, seed: int) -> None:
    rng = random.Random(seed)
    asked: set[tuple[str, object]] = set()
    plain = random_book(rng)
    book = ParameterBook(
        tuple(
            WatchedValue(v.key, v.region, v.first, v.last, v.axis, v.amount, v.citation, asked=asked)
            for v in plain.values
        )
    )
    facts = random_facts(rng, plain, unknown=rng.choice((0.0, 0.1)))
    decision = decide(facts, REGION, DAY, programme=PROGRAMMES[code], book=book)
    # Printing the trace asks again for what it shows, so that the reads are taken before.
    assert asked == {(read.value.key, read.line) for read in decision.parameters}
    data = decision.as_data()
    assert set(decision.facts) == {fact["name"] for fact in data["facts"]}
    assert all(read["citation"]["document"] and read["version"] for read in data["parameters"])
    # Taking away every fact that the trace does not name changes nothing.
    named = {name: facts[name] for name in decision.facts}
    again = decide(named, REGION, DAY, programme=PROGRAMMES[code], book=plain)
    assert again.as_data() == data


def test_the_data_of_a_decision_is_complete_stable_and_carries_its_own_digest() -> None:
    decision = decide(usual_household(), "430699", date(2026, 11, 20), programme=RENTAL_SUBSIDY)
    data = decision.as_data()
    assert data["proposal_only"] is True
    assert data["digest"] == digest({key: value for key, value in data.items() if key != "digest"})
    income = next(c for c in data["conditions"] if c["code"] == "area")
    assert income["holds"] is True and income["article"] == "公共租赁住房管理办法第七条"
    assert income["margin_printed"] == "16.00㎡/人" and income["parameters"]
    steps = {step["code"]: step["printed"] for step in data["steps"]}
    assert steps["short_area"] == "48.00㎡" and steps["amount"] == "650.00元/月"
    assert decide(usual_household(), "430699", date(2026, 11, 20), programme=RENTAL_SUBSIDY).as_data() == data


def test_an_assumed_parameter_is_named_and_the_one_in_force_is_not_touched() -> None:
    day = date(2026, 11, 20)
    tried = decide(
        usual_household(actual_rent_fen=90_000), "430699", day, programme=RENTAL_SUBSIDY,
        overrides={"base_rent_m2": assumed("base_rent_m2", "12.00")},
    )  # fmt: skip
    real = decide(usual_household(actual_rent_fen=90_000), "430699", day, programme=RENTAL_SUBSIDY)
    assert (tried.amount_fen, tried.overridden) == (51840, ("base_rent_m2",))
    assert (real.amount_fen, real.overridden) == (66960, ())
    assert book_of().overrides == {}


def test_a_fact_that_is_not_known_stops_only_what_depends_on_it() -> None:
    day = date(2026, 11, 20)
    known = decide(usual_household(insured_months=None), "430699", day, programme=RENTAL_SUBSIDY)
    assert known.outcome is Outcome.GRANT  # a family on 低保 needs no insurance
    unknown = decide(usual_household(own_area_hundredth_m2=None), "430699", day, programme=RENTAL_SUBSIDY)
    assert unknown.outcome is Outcome.INCOMPLETE and unknown.amount_fen == 0
    assert unknown.missing_facts == ("own_area_hundredth_m2",)
    assert [c.condition.code for c in unknown.unknown] == ["area"]
    refused = decide(
        usual_household(own_area_hundredth_m2=None, other_housing_aid=1),
        "430699",
        day,
        programme=RENTAL_SUBSIDY,
    )
    assert refused.outcome is Outcome.REFUSE


def test_facts_that_are_none_or_out_of_bounds_are_all_named_at_once() -> None:
    with pytest.raises(InputErrors) as caught:
        decide({"members": 0, "incom": 1, "assets_fen": 1.5}, "430699", DAY, programme=RENTAL_SUBSIDY)  # type: ignore[dict-item]
    assert len(caught.value.errors) == 3 and "保障人口" in str(caught.value)
    for kind in FACT_KINDS.values():
        for outside in (kind.low - 1, kind.high + 1):
            with pytest.raises(InputErrors, match=kind.name):
                check_facts({kind.name: outside})
        assert check_facts({kind.name: kind.high}) == {kind.name: kind.high}


def test_a_parameter_that_is_not_in_force_names_the_file_to_fill() -> None:
    with pytest.raises(RuleMissing, match=r"parameters/430400/eligibility/type_priority\.yaml"):
        decide(usual_household(), "430400", date(2026, 11, 20), programme=RENTAL_SUBSIDY)


def test_columns_of_facts_fit_their_bounds() -> None:
    for kind in FACT_KINDS.values():
        assert kind.low <= kind.high and (kind.wide == (kind.high >= 2**31)), kind.name
