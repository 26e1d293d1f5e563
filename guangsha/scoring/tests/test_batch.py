"""The batch evaluator gives what the exact one gives, row by row and unit by unit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.scoring.batch import GIVEN, Rows, mean_by_parent, score_rows, total_by_unit
from guangsha.scoring.profile import Rounding
from guangsha.scoring.rules import METHOD_CODES, Method, Partial, QuantityParams, score_quantity
from guangsha.testing.effort import examples

METHODS = list(METHOD_CODES)


@st.composite
def one_row(draw: st.DrawFn, largest: int) -> tuple[int, int, int, int, int, int, int]:
    """A row of whole numbers; ties are drawn on purpose (0.935 rounds to 0.94)."""
    method = draw(st.sampled_from([GIVEN, *METHOD_CODES.values()]))
    weight = draw(st.sampled_from([110, 500, 1000, 1500]) | st.integers(0, 10_000))
    target = draw(st.sampled_from([100, 200, 1000]) | st.integers(-5, largest))
    actual = draw(st.just(target) | st.integers(0, 200) | st.integers(-5, largest))
    return (
        draw(st.integers(0, 4)), method, weight, target, actual,
        draw(st.integers(1, largest)), draw(st.integers(0, 500)),
    )  # fmt: skip


def rows_of(tuples: list[tuple[int, ...]], dtype: type[np.signedinteger] = np.int64) -> Rows:  # type: ignore[type-arg]
    columns = np.array(tuples, dtype=np.int64).reshape(-1, 7).T
    return Rows(*(np.ascontiguousarray(column.astype(dtype)) for column in columns))


def by_decimal(row: tuple[int, ...], rounding: Rounding, partial: Partial, over: Fraction | None) -> Decimal:
    _, code, weight, target, actual, step, deduct = row
    if code == GIVEN:
        given = Fraction(min(max(actual, 0), weight), 100)
        return score_quantity(Method.POSITIVE, given, 1, 1, rounding=rounding)
    method = next(m for m, c in METHOD_CODES.items() if c == code)
    params = QuantityParams(Fraction(step), Fraction(deduct, 100), partial, over)
    return score_quantity(method, Fraction(weight, 100), target, actual, params, rounding)


@settings(max_examples=examples(150), deadline=None)
@given(
    st.lists(one_row(10**6), max_size=60),
    st.sampled_from(
        [Rounding(0), Rounding(1), Rounding(2), Rounding(3), Rounding(2, "down"), Rounding(2, "ceiling")]
    ),
    st.sampled_from(Partial),
    st.sampled_from([None, Fraction(13, 10), Fraction(3, 2)]),
)
def test_equals_the_exact_evaluator_to_the_last_digit(
    tuples: list[tuple[int, ...]], rounding: Rounding, partial: Partial, over: Fraction | None
) -> None:
    rows = rows_of(tuples)
    expected = [int(by_decimal(row, rounding, partial, over).scaleb(rounding.places)) for row in tuples]
    assert score_rows(rows, rounding=rounding, partial=partial, over_limit=over).tolist() == expected
    totals = total_by_unit(rows, 5, rounding=rounding, partial=partial, over_limit=over)
    for unit in range(5):
        mine = [i for i, row in enumerate(tuples) if row[0] == unit]
        assert totals.score[unit] == sum(expected[i] for i in mine)
        assert totals.weight[unit] == sum(tuples[i][2] for i in mine)
        assert totals.rows[unit] == len(mine)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(one_row(2**62), min_size=1, max_size=30))
def test_amounts_too_large_for_64_bit_products_are_still_exact(tuples: list[tuple[int, ...]]) -> None:
    expected = [int(by_decimal(row, Rounding(2), Partial.CEIL, None).scaleb(2)) for row in tuples]
    assert score_rows(rows_of(tuples)).tolist() == expected


@pytest.mark.slow
def test_threads_and_narrow_columns_change_nothing() -> None:
    random = np.random.default_rng(11)
    count = 60_000
    tuples = np.column_stack([
        random.integers(0, 97, count), random.integers(0, 10, count), random.integers(0, 2000, count),
        random.integers(-3, 30_000, count), random.integers(-3, 40_000, count),
        random.integers(1, 500, count), random.integers(0, 300, count),
    ])  # fmt: skip
    rows = rows_of(tuples.tolist())
    narrow = rows_of(tuples.tolist(), np.int32)
    one = total_by_unit(rows, 97, threads=1)
    for other in (total_by_unit(rows, 97, threads=2), total_by_unit(narrow, 97, threads=2)):
        assert (one.score == other.score).all() and (one.rows == other.rows).all()
    assert one.by_hand == 0


def test_the_mean_of_units_is_rounded_once() -> None:
    scores = np.array([695, 739, 413, 969, 773, 942, 920, 677, 994])  # the nine execution scores × 100
    parent = np.zeros(9, np.int64)
    assert mean_by_parent(scores, parent, 2, drop_places=1) == [79, None]
    staff = np.array([67, 0, 0, 0, 0, 0, 0, 0, 73])
    assert mean_by_parent(scores, parent, 1, staff) == [851]


@pytest.mark.parametrize(
    ("row", "units", "word"),
    [
        ((9, 1, 10, 1, 1, 1, 0), 5, "unit"),
        ((0, 10, 10, 1, 1, 1, 0), 5, "method"),
        ((0, 1, -1, 1, 1, 1, 0), 5, "weight"),
        ((0, 8, 10, 1, 1, 0, 0), 5, "step"),
    ],
)
def test_refuses_rows_that_make_no_sense(row: tuple[int, ...], units: int, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        total_by_unit(rows_of([row]), units)


def test_refuses_floats_and_columns_of_unequal_length() -> None:
    whole = np.ones(2, np.int64)
    with pytest.raises(TypeError, match="float"):
        Rows(whole, whole, whole, np.ones(2), whole, whole, whole)
    with pytest.raises(ValueError, match="length"):
        Rows(whole, whole, whole, np.ones(3, np.int64), whole, whole, whole)


def test_no_rows_give_no_totals() -> None:
    totals = total_by_unit(rows_of([]), 3)
    assert totals.score.tolist() == [0, 0, 0]
