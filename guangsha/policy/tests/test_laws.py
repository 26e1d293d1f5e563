"""What must hold under any policy: more income never raises a subsidy, a larger family never lowers its area, no cap is passed."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.policy.decision import Decision, decide
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.letter import letter
from guangsha.policy.parameter_files import assumed
from guangsha.policy.parameters import UNLIMITED, ParameterBook
from guangsha.policy.programme import Outcome, Programme
from guangsha.policy.programmes import PROGRAMMES, PUBLIC_RENTAL, RENTAL_SUBSIDY
from guangsha.testing.effort import examples
from guangsha.testing.policies import DAY, REGION, as_row, random_book, random_facts

Household = dict[str, int | None]
TRIES = settings(max_examples=examples(150), deadline=None)
SEEDS = st.integers(0, 2**32)


def decided(household: Household, book: ParameterBook, programme: Programme = RENTAL_SUBSIDY) -> Decision:
    return decide(household, REGION, DAY, programme=programme, book=book)


def worlds(seed: int, **fixed: object) -> tuple[random.Random, ParameterBook, list[Household]]:
    rng = random.Random(seed)
    book = random_book(rng, fixed)
    return rng, book, [random_facts(rng, book, favourable=0.8) for _ in range(8)]


def more(rng: random.Random, household: Household, name: str) -> Household:
    kind = FACT_KINDS[name]
    now = household[name] or 0
    step = rng.choice((1, 100, 10_000, 1_000_000))
    return household | {name: min(now + rng.randint(1, step), kind.high)}


#: A fact of which more never helps. A type that gives less may be the only one left, or none: with the most favourable type
#: chosen, fewer types can only give less. (With a fixed order a household may leave a poor type for a richer one: that is then the
#: order that the region set, and no law of arithmetic.)
BURDENS = (
    "income_12m_fen", "deemed_persons", "assets_fen", "vehicles", "vehicle_value_fen", "business_capital_fen",
    "legal_person_posts", "own_area_hundredth_m2", "public_rented_area_hundredth_m2", "disposed_area_year_1_hundredth_m2",
    "disposed_area_year_9_hundredth_m2", "subsidised_months", "months_since_graduation",
)  # fmt: skip
#: A fact of which more never harms.
MERITS = ("hukou_months", "insured_months", "applicant_age", "actual_rent_fen", "waiting_months")


@pytest.mark.parametrize("name", BURDENS)
@settings(max_examples=examples(45), deadline=None)
@given(seed=SEEDS)
def test_more_of_a_burden_never_raises_a_subsidy(name: str, seed: int) -> None:
    rng, book, households = worlds(seed, type_choice="most_favourable")
    for household in households:
        before = decided(household, book)
        if name == "deemed_persons" and (household["deemed_persons"] or 0) >= 8:
            continue
        after = decided(more(rng, household, name), book)
        assert (after.amount_fen or 0) <= (before.amount_fen or 0)


@pytest.mark.parametrize("name", MERITS)
@settings(max_examples=examples(45), deadline=None)
@given(seed=SEEDS)
def test_more_of_a_merit_never_lowers_a_subsidy(name: str, seed: int) -> None:
    rng, book, households = worlds(seed, type_choice="most_favourable")
    for household in households:
        before, after = decided(household, book), decided(more(rng, household, name), book)
        assert (after.amount_fen or 0) >= (before.amount_fen or 0)


def step_of(decision: Decision, code: str) -> Fraction | None:
    kind = decision.chosen.code if decision.chosen else None
    for taken in decision.steps:
        if taken.step.code == code and taken.kind in (None, kind):
            assert isinstance(taken.value, Fraction)
            return taken.value
    return None


@TRIES
@given(seed=SEEDS)
def test_a_larger_family_never_has_less_guaranteed_area(seed: int) -> None:
    rng = random.Random(seed)
    rising = {str(n): str(30 + 5 * n + rng.randint(0, 5)) for n in (1, 2, 3, 4, 5, 6)}
    book = random_book(rng)
    values = {value.key: value for value in book.values}
    book = book.with_overrides(
        {
            "guarantee_area_size": assumed("guarantee_area_size", rising, "persons"),
            "guarantee_area_min": assumed("guarantee_area_min", rising, "persons"),
            "guarantee_area_max": assumed("guarantee_area_max", "70"),
        }
    )
    assert "guarantee_area_pc" in values
    last: dict[str, Fraction] = {}
    household = random_facts(rng, book, favourable=1)
    for members in range(1, 7):
        decision = decided(household | {"members": members}, book)
        area = step_of(decision, "guaranteed_area")
        if area is not None and decision.chosen is not None:
            assert last.get(decision.chosen.code, Fraction(0)) <= area <= 70
            last[decision.chosen.code] = area


@TRIES
@given(seed=SEEDS)
def test_no_cap_is_passed_and_no_amount_is_negative(seed: int) -> None:
    _, book, households = worlds(seed)
    values = {value.key: value for value in book.values}
    for household in households:
        decision = decided(household, book)
        amount = decision.amount_fen
        assert amount is not None and amount >= 0
        assert (amount > 0) == (decision.outcome is Outcome.GRANT)
        if decision.chosen is None or not amount:
            continue
        cap = values["month_cap"]
        line = household["members"] if cap.axis == "persons" else decision.chosen.code
        limit = cap.at(line)
        assert limit is UNLIMITED or (isinstance(limit, Fraction) and amount <= limit)
        if values["actual_rent_cap"].at(None):
            assert amount <= (household["actual_rent_fen"] or 0)


@TRIES
@given(seed=SEEDS)
def test_an_unknown_fact_never_turns_a_refusal_into_a_grant_or_back(seed: int) -> None:
    rng, book, households = worlds(seed, type_choice="first_in_order")
    for household in households:
        name = rng.choice([n for n in FACT_KINDS if not n.startswith(("disposed", "declared"))])
        known, hidden = decided(household, book), decided(household | {name: None}, book)
        if hidden.outcome is Outcome.REFUSE and not hidden.unknown and not hidden.open_types:
            assert known.outcome is Outcome.REFUSE
        if hidden.outcome is Outcome.GRANT and not hidden.open_types and not hidden.unknown:
            assert known.outcome is Outcome.GRANT and known.amount_fen == hidden.amount_fen


@pytest.mark.parametrize("code", PROGRAMMES)
@settings(max_examples=examples(60), deadline=None)
@given(seed=SEEDS)
def test_the_masks_say_what_the_conditions_say(code: str, seed: int) -> None:
    rng = random.Random(seed)
    book = random_book(rng)
    for _ in range(8):
        decision = decided(random_facts(rng, book, unknown=0.05), book, PROGRAMMES[code])
        outcome, matched, chosen, failed, unknown, _ = as_row(decision)
        assert failed & unknown == 0
        assert (outcome == Outcome.GRANT) <= (failed == 0 and unknown == 0 and chosen != 0)
        assert (matched == 0) <= (outcome != Outcome.GRANT)
        assert set(PROGRAMMES[code].conditions_in(failed)) == {c.condition for c in decision.failed}
        assert {c.condition.bit for c in decision.failed} == {1 << n for n in range(40) if failed & (1 << n)}


@TRIES
@given(seed=SEEDS)
def test_whoever_gets_a_subsidy_would_qualify_for_a_dwelling(seed: int) -> None:
    _, book, households = worlds(seed)
    for household in households:
        if decided(household, book).outcome is Outcome.GRANT:
            assert decided(household, book, PUBLIC_RENTAL).outcome is Outcome.GRANT


@TRIES
@given(seed=SEEDS)
def test_the_most_favourable_type_is_never_worse_than_the_first_in_order(seed: int) -> None:
    _, first, households = worlds(seed, type_choice="first_in_order")
    best = first.with_overrides({"type_choice": assumed("type_choice", "most_favourable")})
    for household in households:
        assert (decided(household, best).amount_fen or 0) >= (decided(household, first).amount_fen or 0)


@pytest.mark.parametrize("code", PROGRAMMES)
@settings(max_examples=examples(60), deadline=None)
@given(seed=SEEDS)
def test_every_decision_can_be_put_in_a_letter_that_names_each_reason(code: str, seed: int) -> None:
    rng = random.Random(seed)
    book = random_book(rng)
    for _ in range(5):
        decision = decided(random_facts(rng, book, unknown=rng.choice((0, 0.1))), book, PROGRAMMES[code])
        text = letter(decision)
        assert decision.outcome.title in text and "由工作人员审核决定" in text
        for checked in decision.conditions:
            if checked.margin is not None:  # inside the limit, on it, or outside: never the wrong side
                assert checked.margin >= 0 if checked.holds else checked.margin <= 0
        for checked in decision.failed:
            assert checked.condition.failed in text and checked.condition.article in text
        assert "None" not in text and "Fraction" not in text
        assert {read.value.key for read in decision.parameters} <= PROGRAMMES[code].parameters()
