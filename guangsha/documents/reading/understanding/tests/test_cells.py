"""Figures and labels out of scarred cells."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.documents.reading.understanding.cells import (
    figure,
    figures,
    is_blank,
    join_torn,
    label,
    money,
    unreadable,
    words,
)
from guangsha.kernel.measures import unit_of
from guangsha.kernel.numbers import plain


@pytest.mark.parametrize(
    ("printed", "value", "decimals"),
    [
        ("22854. 27", "22854.27", 2), ("1, 212.84", "1212.84", 2), ("1,212.84", "1212.84", 2), ("９．１０", "9.10", 2),
        ("99.41%", "99.41", 2), ("99.41 ％", "99.41", 2), ("20 分", "20", 0), ("（20分）", "20", 0), ("-0.57", "-0.57", 2),
        ("130万元", "130", 0), ("1O0", "100", 0), ("4l", "41", 0), ("0.0", "0.0", 1), ("¥12.5", "12.5", 1),
    ],
)  # fmt: skip
def test_reads_one_figure_with_the_decimals_it_is_printed_with(
    printed: str, value: str, decimals: int
) -> None:
    found = figure(printed)
    assert found is not None and (plain(found.value), found.decimals) == (value, decimals)


@pytest.mark.parametrize(
    "printed", ["", "——", "/", "41 39", "2023.1.1", "约12户", "有效促进", "1.5.0", "1,7,200", "12至15"]
)
def test_what_is_not_one_figure_is_none(printed: str) -> None:
    assert figure(printed) is None


@pytest.mark.parametrize("printed", ["", " ", "—", "——", "-", "/", "\u3000", "…", "。"])
def test_dashes_and_slashes_are_blank_and_zero_is_not(printed: str) -> None:
    assert is_blank(printed) and not is_blank("0") and not is_blank("无")


@pytest.mark.parametrize(
    ("printed", "head", "expected"),
    [
        ("130万元", "元", "130"),
        ("1300000", "元", "130.0000"),
        ("1.63亿元", "万元", "16300"),
        ("5.5", "万元", "5.5"),
    ],
)
def test_the_unit_in_a_cell_stands_before_the_unit_of_its_head(
    printed: str, head: str, expected: str
) -> None:
    unit = unit_of(head)
    assert unit is not None
    amount = money(printed, unit)
    assert amount is not None and plain(amount.value) == expected


def test_a_share_or_a_count_is_no_amount() -> None:
    assert money("97%") is None and money("12人") is None


@given(
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.sampled_from(["{}", " {} ", "{}万元", "（{}）", "{}%"]),
)
def test_every_plain_figure_survives_what_is_printed_around_it(value: Decimal, shape: str) -> None:
    found = figure(shape.format(plain(value)))
    assert found is not None and found.value == value and found.decimals == 2


@given(st.decimals(min_value=1000, max_value=10**9, places=2))
def test_separators_and_a_torn_point_change_no_figure(value: Decimal) -> None:
    grouped = f"{value:,.2f}"
    torn = plain(value).replace(".", ". ")
    assert [f.value for f in figures(f"{grouped} {torn}")] == [value, value]


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (["138", "22"], "13822"), (["1", "100%"], "100%"), (["10", "00%"], "100%"), (["≥ 100", "00套"], "≥ 10000套"),
        (["D 级", "D级危房治理"], "D级危房治理"), (["完", "成及时率"], "完成及时率"), (["保质保", "· · · ·"], "保质保"),
        (["41", "l"], "41"), (["8 0%"], "80%"), (["1898.", "72"], "1898.72"),
    ],
)  # fmt: skip
def test_pieces_that_a_ruling_line_cut_are_put_together(pieces: list[str], whole: str) -> None:
    assert join_torn(pieces) == whole


def test_digits_that_make_no_number_together_stay_apart() -> None:
    assert (
        join_torn(["≥ 150", "100 P"]) == "≥ 150 100 P"
        and unreadable("1,7,200")
        and not unreadable("2024.6.5")
    )


def test_lines_of_a_cell_become_one_line_and_numbered_points_stay_apart() -> None:
    assert words("1、无明显蚁害现象\n2、不出现重复蚁") == "1、无明显蚁害现象；2、不出现重复蚁"
    assert (
        words("社会效\n益指标") == "社会效益指标"
        and words("26450 余起") == "26450余起"
        and words("41 39") == "41 39"
    )


def test_labels_are_compared_without_numbers_brackets_and_punctuation() -> None:
    assert label("　　1、公务用车购置和维护经费（万元）：") == "公务用车购置和维护经费"
