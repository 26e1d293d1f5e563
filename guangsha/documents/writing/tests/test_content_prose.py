"""Sentences from facts: no typed figure gets through, and numbers read as a place prints them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.documents.writing.prose import (
    Figure,
    Year,
    compose,
    date_words,
    in_sentence,
    join_runs,
    money_text,
    more_or_less,
    points_of,
    rise_or_fall,
    show,
)
from guangsha.facts.fact import Fact
from guangsha.kernel.measures import UNITS
from guangsha.scoring.profile import Rounding


def test_sets_figures_into_a_sentence_with_their_keys() -> None:
    runs = compose("{year}年支出{amount}万元。", year=Year(2023), amount=Figure("4.13", "k"))
    assert [(run.text, run.fact) for run in runs] == [("2023年支出", ""), ("4.13", "k"), ("万元。", "")]


@pytest.mark.parametrize("template", ["共3项", "占５%", "2023年"])
def test_refuses_a_digit_typed_into_a_template(template: str) -> None:
    with pytest.raises(ValueError, match="figure without a fact"):
        compose(template)


@pytest.mark.parametrize("value", ["12", Figure("12")])
def test_refuses_a_value_with_digits_and_no_fact(value: str | Figure) -> None:
    with pytest.raises(ValueError, match="figure without a fact"):
        compose("共{n}项", n=value)


def _money(value: str, unit: str = "万元") -> Fact:
    return Fact.of("rollup.department_budget", Decimal(value), year=2023, unit=UNITS[unit])


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        ("1500", "万元", "1500.00"),
        ("0.182", "万元", "0.182"),
        ("1318600", "元", "131.86"),
        ("1318650", "元", "131.87"),
        ("-3.5", "万元", "-3.50"),
    ],
)
def test_prints_amounts_in_wan_yuan(value: str, unit: str, printed: str) -> None:
    assert money_text(_money(value, unit)) == printed


def test_nothing_is_0_in_a_sentence() -> None:
    assert in_sentence(_money("0.00")).text == "0"


@pytest.mark.parametrize(
    ("value", "rounding", "printed"),
    [
        ("99.9048", Rounding(2, strip=True), "99.9"),
        ("100", Rounding(2), "100.00"),
        ("13.3401", Rounding(0), "13"),
        ("100", Rounding(0, strip=True), "100"),
    ],
)
def test_rounds_as_the_place_prints(value: str, rounding: Rounding, printed: str) -> None:
    assert show(Decimal(value), rounding) == printed


def test_points_lose_their_numbers_but_not_their_amounts() -> None:
    text = "1.63亿元归集；2、甲\n（3）乙；三、丙；4.丁。"
    assert points_of(text) == ("1.63亿元归集", "甲", "乙", "丙", "丁")


@given(st.text(alphabet="甲乙1.、；\n（）3", max_size=40))
def test_points_are_never_empty_and_never_end_in_a_mark(text: str) -> None:
    for point in points_of(text):
        assert point
        assert point[-1] not in "。；;，"


@given(st.lists(st.text(alphabet="甲乙丙", min_size=1, max_size=4), min_size=1, max_size=5))
def test_joined_runs_read_as_joined_words(words: list[str]) -> None:
    runs = join_runs([compose("{w}", w=word) for word in words])
    assert "".join(run.text for run in runs) == "、".join(words)


def test_words_of_change_follow_the_sign() -> None:
    assert [more_or_less(Decimal(n)) for n in (1, 0, -1)] == ["增加", "持平", "减少"]
    assert [rise_or_fall(Decimal(n)) for n in (1, -1)] == ["增长", "下降"]


def test_dates_read_in_chinese_and_other_words_stay() -> None:
    assert date_words("2024-06-05") == "2024年6月5日"
    assert date_words("2024年6月") == "2024年6月"
