"""The rules on plain numbers: the forms' own examples, the ends of every band, and what must hold for any input."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.scoring.profile import Band, Rounding, load_profile
from guangsha.scoring.rules import (
    METHOD_CODES,
    Method,
    Partial,
    QuantityParams,
    exact_score,
    execution_bands,
    execution_linear,
    group_all_or_nothing,
    group_equal_share,
    qualitative_tier,
    rounded,
    satisfaction,
    score_quantity,
    stripped,
)

TEN = Fraction(10)
STEP = QuantityParams(Fraction(10), Fraction(1))


@pytest.mark.parametrize(
    ("method", "weight", "target", "actual", "score"),
    [
        (Method.POSITIVE, 15, 3500, 3573, "15.00"),
        (Method.POSITIVE, 10, 3, 1, "3.33"),
        (Method.POSITIVE, 10, 0, 0, "10.00"),
        (Method.POSITIVE, 10, 100, -5, "0.00"),
        (Method.POSITIVE, 10, -5, -6, "0.00"),
        (Method.POSITIVE_FROM_SIXTY, 10, 100, 60, "0.00"),
        (Method.POSITIVE_FROM_SIXTY, 10, 100, 80, "5.00"),
        (Method.POSITIVE_FROM_SIXTY, 10, 100, 130, "10.00"),
        (Method.NEGATIVE_RECIPROCAL, 5, 26, "116.29", "1.12"),
        (Method.NEGATIVE_TO_DOUBLE, 5, 26, "116.29", "0.00"),
        (Method.NEGATIVE_TO_DOUBLE, 10, 100, 125, "7.50"),
        (Method.NEGATIVE_TO_DOUBLE, 10, 0, 1, "0.00"),
        (Method.NEGATIVE_ALL_OR_NOTHING, 5, 26, "26.01", "0.00"),
        (Method.NEGATIVE_ALL_OR_NOTHING, 5, 26, 26, "5.00"),
        (Method.EQUAL, 10, 0, 0, "10.00"),
        (Method.EQUAL, 10, 0, 1, "0.00"),
        (Method.EQUAL, 10, 4, 3, "7.50"),
        (Method.EQUAL_EXACT, 10, 4, 5, "0.00"),
        (Method.EQUAL_EXACT, 10, 4, 4, "10.00"),
    ],
)
def test_scores_plain_numbers_by_each_rule(
    method: Method, weight: int, target: int, actual: int | str, score: str
) -> None:
    assert str(score_quantity(method, weight, target, Decimal(actual))) == score


@pytest.mark.parametrize(
    ("partial", "score"), [(Partial.CEIL, "13.00"), (Partial.FLOOR, "14.00"), (Partial.PROPORTIONAL, "13.50")]
)
def test_an_unfinished_step_costs_what_the_profile_says(partial: Partial, score: str) -> None:
    params = QuantityParams(Fraction(10), Fraction(1), partial)
    assert str(score_quantity(Method.STEP_UP, 15, 3500, 3485, params)) == score


def test_steps_run_either_way_and_end_at_nothing() -> None:
    assert score_quantity(Method.STEP_UP, 15, 900, 922, STEP) == 15
    assert score_quantity(Method.STEP_DOWN, 15, 900, 922, STEP) == 12
    assert score_quantity(Method.STEP_DOWN, 15, 900, 10_000, STEP) == 0


def test_refuses_a_step_that_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="step"):
        score_quantity(Method.STEP_UP, 15, 100, 90)
    with pytest.raises(ValueError, match="above 0"):
        score_quantity(Method.STEP_UP, 15, 100, 90, QuantityParams(Fraction(0), Fraction(1)))
    with pytest.raises(ValueError, match="negative"):
        score_quantity(Method.POSITIVE, -1, 100, 90)


def test_over_completion_costs_points_only_where_the_profile_asks() -> None:
    assert score_quantity(Method.POSITIVE, 10, 100, 200) == 10
    params = QuantityParams(over_limit=Fraction(13, 10))
    assert score_quantity(Method.POSITIVE, 10, 100, 130, params) == 10
    assert score_quantity(Method.POSITIVE, 10, 100, 150, params) == 8
    assert score_quantity(Method.POSITIVE, 10, 100, 900, params) == 0
    assert score_quantity(Method.NEGATIVE_RECIPROCAL, 10, 100, 20, params) == 10


def test_method_codes_are_stable_because_stored_arrays_carry_them() -> None:
    assert {method.value: method.code for method in Method} == {
        "positive": 1, "positive_floor60": 2, "negative_reciprocal": 3, "negative_linear_to_double": 4,
        "negative_all_or_nothing": 5, "equal": 6, "equal_exact": 7, "step_up": 8, "step_down": 9,
    }  # fmt: skip
    assert len(set(METHOD_CODES.values())) == len(Method)


@pytest.mark.parametrize(
    ("rate", "points"),
    [("1.2", 10), ("1", 10), ("0.9999", 7), ("0.8", 7), ("0.79", 5), ("0.6", 5), ("0.59", 0)],
)
def test_execution_bands_include_their_lower_end(rate: str, points: int) -> None:
    bands = ((Decimal(1), Decimal(10)), (Decimal("0.8"), Decimal(7)), (Decimal("0.6"), Decimal(5)))
    assert execution_bands(TEN, Fraction(rate), bands, cap=True) == points
    assert execution_bands(2 * TEN, Fraction(rate), bands, cap=True) == 2 * points


def test_without_the_cap_overspending_leaves_the_best_band() -> None:
    bands = ((Decimal(1), Decimal(10)), (Decimal("0.8"), Decimal(7)))
    assert execution_bands(TEN, Fraction(101, 100), bands, cap=False) == 7


def test_linear_execution_is_capped_and_never_negative() -> None:
    assert execution_linear(TEN, Fraction(447, 100), cap=True) == 10
    assert execution_linear(TEN, Fraction(447, 100), cap=False) == Fraction(447, 10)
    assert execution_linear(TEN, Fraction(-1), cap=True) == 0


@pytest.mark.parametrize(
    ("profile", "achievement", "inside", "outside"),
    [
        ("mof", "achieved", ["8", "10"], ["7.99", "10.01"]),
        ("mof", "partial", ["6", "7.99"], ["8", "5.99"]),
        ("mof", "failed", ["0", "5.99"], ["6"]),
        ("jiangan", "achieved", ["8", "10"], ["7"]),
        ("jiangan", "partial", ["5", "7"], ["8", "4"]),
        ("jiangan", "failed", ["0", "4"], ["5"]),
    ],
)
def test_qualitative_tiers_include_the_ends_that_the_forms_say(
    profile: str, achievement: str, inside: list[str], outside: list[str]
) -> None:
    rules = load_profile(profile, 2024)
    tier = qualitative_tier(rules.bands, achievement, TEN, rules.indicator_score)
    assert tier is not None
    assert all(tier.allows(Decimal(score)) for score in inside)
    assert not any(tier.allows(Decimal(score)) for score in outside)


def test_a_place_without_that_tier_says_so() -> None:
    assert (
        qualitative_tier((Band("achieved", "达成", Decimal("0.8"), Decimal(1)),), "failed", TEN, Rounding(2))
        is None
    )


def test_satisfaction_bands_are_out_of_the_best_bands_points() -> None:
    bands = ((Decimal("0.9"), Decimal(10)), (Decimal("0.8"), Decimal(8)), (Decimal("0.6"), Decimal(5)))
    assert satisfaction(Fraction(15), Fraction(9, 10), bands) == 15
    assert satisfaction(Fraction(15), Fraction(89, 100), bands) == 12
    assert satisfaction(Fraction(15), Fraction(59, 100), bands) == 0


def test_a_group_shares_its_weight_or_gives_all_or_nothing() -> None:
    assert group_equal_share([Fraction(5), Fraction(1, 3)]) == Fraction(16, 3)
    assert group_all_or_nothing(TEN, [Fraction(5), Fraction(5)]) == 10
    assert group_all_or_nothing(TEN, [Fraction(5), Fraction(4)]) == 0


def test_rounds_once_in_the_stated_direction() -> None:
    value = Fraction(-25, 10)
    assert [str(rounded(value, Rounding(0, how))) for how in ("half_up", "down", "floor", "ceiling")] == [
        "-3", "-2", "-3", "-2",
    ]  # fmt: skip
    assert (str(rounded(Fraction(99, 10), Rounding(2, strip=True))), str(stripped(Decimal("100.00")))) == (
        "9.9",
        "100",
    )
    with pytest.raises(ValueError, match="unknown rounding"):
        rounded(value, Rounding(0, "sideways"))


NUMBERS = st.fractions(-(10**6), 10**6, max_denominator=100)
WEIGHTS = st.fractions(0, 100, max_denominator=10)
METHODS = st.sampled_from(Method)
PARAMS = st.builds(
    QuantityParams,
    st.fractions(Fraction(1, 100), 1000, max_denominator=100),
    st.fractions(0, 10, max_denominator=10),
    st.sampled_from(Partial),
    st.none() | st.fractions(1, 3, max_denominator=10),
)


@given(METHODS, WEIGHTS, NUMBERS, NUMBERS, PARAMS)
def test_points_never_leave_the_range_from_nothing_to_the_weight(
    method: Method, weight: Fraction, target: Fraction, actual: Fraction, params: QuantityParams
) -> None:
    assert 0 <= exact_score(method, weight, target, actual, params) <= weight


@given(METHODS, WEIGHTS, NUMBERS, PARAMS)
def test_reaching_the_target_exactly_earns_the_whole_weight(
    method: Method, weight: Fraction, target: Fraction, params: QuantityParams
) -> None:
    assert exact_score(method, weight, target, target, params) == weight


@given(METHODS.filter(lambda m: m is not Method.EQUAL_EXACT), WEIGHTS, NUMBERS, NUMBERS, NUMBERS, PARAMS)
def test_doing_better_never_earns_less_without_an_over_completion_rule(
    method: Method, weight: Fraction, target: Fraction, one: Fraction, other: Fraction, params: QuantityParams
) -> None:
    if method is Method.EQUAL and target <= 0:
        return  # below a target of 0 or less, "more" is not better
    calm = QuantityParams(params.step, params.deduct, params.partial)
    worse, better = sorted((one, other), reverse=not method.upward)
    assert exact_score(method, weight, target, worse, calm) <= exact_score(
        method, weight, target, better, calm
    )


@given(WEIGHTS, NUMBERS.filter(lambda n: n > 0), NUMBERS, st.sampled_from([1, 10_000, 1_000_000]))
def test_the_unit_of_measure_does_not_change_a_score(
    weight: Fraction, target: Fraction, actual: Fraction, factor: int
) -> None:
    for method in (Method.POSITIVE, Method.NEGATIVE_RECIPROCAL, Method.NEGATIVE_TO_DOUBLE, Method.EQUAL):
        assert exact_score(method, weight, target, actual) == exact_score(
            method, weight, target * factor, actual * factor
        )
