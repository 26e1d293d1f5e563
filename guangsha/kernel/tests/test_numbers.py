"""Numbers as documents print them, and rounding."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.kernel.numbers import (
    half_up_ratio,
    normalise,
    parse_decimal,
    parse_printed,
    plain,
    round_to,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("22854. 27", "22854.27", 2),
        ("1, 212.84", "1212.84", 2),
        ("1,212.84", "1212.84", 2),
        ("１２３．４５", "123.45", 2),
        ("-0.5", "-0.5", 1),
        ("9.10", "9.10", 2),
        ("1.63亿元", "163000000.00", 2),
        ("898.563万余元", "8985630.000", 3),
        ("约20户", "20", 0),
    ],
)
def test_reads_numbers_as_they_are_printed(text: str, value: str, decimals: int) -> None:
    printed = parse_printed(text)
    assert printed is not None
    assert printed.value == Decimal(value)
    assert printed.decimals == decimals


@pytest.mark.parametrize("text", ["余起26450 余起", "近20户", "26450余起", "十余户", "20左右"])
def test_marks_approximate_numbers(text: str) -> None:
    printed = parse_printed(text)
    assert printed is None or printed.approximate


@pytest.mark.parametrize("text", ["", "完成", "≥5000", ".5", "1e5", "NaN", "1" * 31, "--5"])
def test_refuses_what_is_not_one_plain_number(text: str) -> None:
    assert parse_decimal(text) is None


def test_a_number_with_a_unit_is_not_plain() -> None:
    assert parse_decimal("12户") is None
    assert parse_decimal("12余") is None


@given(st.integers(-(10**12), 10**12), st.integers(-(10**9), 10**9).filter(bool))
def test_integer_rounding_equals_decimal_half_up(numerator: int, denominator: int) -> None:
    exact = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), ROUND_HALF_UP)
    # The quotient of two such integers has fewer digits than the context, except where it repeats; ties do not.
    assert half_up_ratio(numerator, denominator) == int(exact)


def test_refuses_to_divide_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        half_up_ratio(1, 0)


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 4))
def test_rounding_moves_by_at_most_half_a_unit(value: Decimal, places: int) -> None:
    rounded = round_to(value, places)
    assert abs(rounded - value) * 2 <= Decimal(1).scaleb(-places)


def test_rounds_ties_away_from_zero_and_can_truncate() -> None:
    assert round_to(Decimal("0.935"), 2) == Decimal("0.94")
    assert round_to(Decimal("-0.935"), 2) == Decimal("-0.94")
    assert round_to(Decimal("9.999"), 2, "down") == Decimal("9.99")


@given(st.decimals(0, 10**12, places=4))
def test_prints_and_reads_back_the_same_number(value: Decimal) -> None:
    assert parse_decimal(plain(value)) == value


@given(st.text(max_size=200))
def test_never_fails_on_any_text(text: str) -> None:
    parse_printed(text)
    assert normalise(normalise(text)) == normalise(text)
