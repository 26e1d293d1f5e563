"""Units of measure and quantities."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.kernel.measures import UNITS, Quantity, Unit, parse_quantity, split_unit, unit_of
from guangsha.kernel.money import fen_of, wan_yuan, yuan


@pytest.mark.parametrize(
    ("text", "number", "unit", "rest"),
    [
        ("300万平方米", "300", "万平方米", ""),
        ("113.11万㎡", "113.11", "万平方米", ""),
        ("1.63亿元", "1.63", "亿元", ""),
        ("922.45万元", "922.45", "万元", ""),
        ("116.29万", "116.29", "万元", ""),
        ("26万元以内", "26", "万元", "以内"),
        ("26450 余起", "26450", "起", ""),
        ("4018套（间）", "4018", "套(间)", ""),
        ("11个工作日内", "11", "工作日", "内"),
        ("454个小区", "454", "小区", ""),
        ("90%的灭治区域", "90", "%", "的灭治区域"),
        ("6.1个百分点", "6.1", "个百分点", ""),
        ("3500", "3500", None, ""),
        ("40万件", "400000", "件", ""),
    ],
)
def test_reads_quantities_with_their_units(text: str, number: str, unit: str | None, rest: str) -> None:
    parsed = parse_quantity(text)
    assert parsed is not None
    quantity, after = parsed
    assert quantity.value == Decimal(number)
    assert (quantity.unit.symbol if quantity.unit else None) == unit
    assert after == rest


def test_converts_within_one_dimension_only() -> None:
    one_hundred_million = Quantity(Decimal("1.63"), UNITS["亿元"])
    assert one_hundred_million.to(UNITS["万元"]).value == 16300
    with pytest.raises(ValueError, match="cannot be expressed"):
        one_hundred_million.to(UNITS["户"])


def test_households_and_dwellings_do_not_compare() -> None:
    assert not Quantity(Decimal(496), UNITS["户"]).comparable(Quantity(Decimal(496), UNITS["套"]))
    assert Quantity(Decimal(496), UNITS["户"]).comparable(Quantity(Decimal(496), None))


def test_every_alias_names_a_unit() -> None:
    assert unit_of("㎡") == UNITS["平方米"]
    assert unit_of("没有这个单位") is None
    assert split_unit("万平方米以上")[0] == UNITS["万平方米"]


@given(st.sampled_from(sorted(UNITS.values(), key=str)), st.decimals(0, 10**9, places=4))
def test_converting_there_and_back_changes_nothing(unit: Unit, value: Decimal) -> None:
    base = next(u for u in UNITS.values() if u.dimension == unit.dimension)
    if unit.symbol == "亩" or base.symbol == "亩":
        return  # 1/1500 km² has no finite decimal
    there = Quantity(value, unit).to(base)
    assert there.to(unit).value == value


@given(st.integers(-(10**15), 10**15))
def test_money_prints_within_half_a_unit(fen: int) -> None:
    printed = wan_yuan(fen)
    assert abs(int(printed * 1_000_000) - fen) <= 5_000
    assert fen_of(yuan(fen)) == fen


def test_refuses_fractions_of_a_fen_and_units_that_are_not_money() -> None:
    with pytest.raises(ValueError, match="whole number of fen"):
        fen_of(Decimal("0.001"))
    with pytest.raises(ValueError, match="not a unit of money"):
        fen_of(Decimal(1), UNITS["户"])
