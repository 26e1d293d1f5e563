"""What is typed into the forms of acts: numbers and days that nobody means are refused in a sentence, or are nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.kernel.errors import InputError
from guangsha.web.act_forms import day_of, decimal_of, fen_of
from guangsha.web.forms import day_typed, key_of

#: Digits of any length, signs, exponents, digits of other scripts, anything else.
TYPED = st.one_of(
    st.text("0123456789-+.eE_,", max_size=40), st.text("0123456789٣２²", max_size=40), st.text(max_size=40),
    st.integers(0, 6000).map(lambda length: "9" * length), st.integers(-(10**7), 10**7).map(lambda power: f"1e{power}"),
    st.dates().map(date.isoformat),
)  # fmt: skip


@given(TYPED)
def test_a_key_fits_the_column_of_a_key(typed: str) -> None:
    assert 0 <= key_of(typed) < 2**63


@given(TYPED)
def test_from_a_day_that_was_typed_a_century_can_be_reckoned_both_ways(typed: str) -> None:
    day = day_typed(typed)
    if day is None:
        with pytest.raises(InputError, match="不是一个存在的日期"):
            day_of(typed, "日期")
    else:
        assert day_of(typed, "日期") == day
        assert day - timedelta(days=36_600) < day < day + timedelta(days=36_600)


@given(TYPED)
def test_a_number_that_was_typed_can_be_reckoned_with(typed: str) -> None:
    try:
        number = decimal_of(typed, "面积")
    except InputError as error:
        assert "不是数字" in str(error)
    else:
        assert (number * number + 1).is_finite() and len(f"{number:f}") < 100


@given(TYPED)
def test_an_amount_that_was_typed_is_whole_fen_of_this_world(typed: str) -> None:
    try:
        assert abs(fen_of(typed, "金额")) <= 10**14
    except InputError as error:
        assert str(error)


def test_what_is_meant_is_taken() -> None:
    assert (key_of("17"), key_of(""), key_of("-1"), key_of("9" * 19)) == (17, 0, 0, 0)
    assert day_of("1900-01-01", "日期") == date(1900, 1, 1) and day_of("2100-12-31", "日期") == date(
        2100, 12, 31
    )
    assert decimal_of("56.30", "面积") == Decimal("56.30") and fen_of("650.00", "金额") == 65_000


@pytest.mark.parametrize(
    "typed", ["0001-01-01", "1899-12-31", "2101-01-01", "9999-12-31", "2026-02-30", "二〇二六年", ""]
)
def test_a_day_out_of_all_files_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="1900 至 2100"):
        day_of(typed, "日期")


@pytest.mark.parametrize(
    "typed", ["1e999999", "1e-999999", "1e31", "NaN", "sNaN", "-Infinity", "一", "9" * 5000]
)
def test_a_number_beyond_all_files_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="不是数字"):
        decimal_of(typed, "面积")
