"""Titles that are too long for a line end it where a word ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.documents.writing.titles import title_lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("2024年度岳阳市住房保障服务中心", ("2024年度岳阳市住房保障服务中心",)),
        ("2024年度武汉市江岸区住房保障和房屋管理局", ("2024年度武汉市江岸区", "住房保障和房屋管理局")),
        (
            "2024年度新疆维吾尔自治区某某市住房保障服务中心",
            ("2024年度新疆维吾尔自治区", "某某市住房保障服务中心"),
        ),
        ("2024年度" + "甲" * 24, ("2024年度" + "甲" * 9, "甲" * 15)),
    ],
)
def test_words_stay_whole_and_lines_even(text: str, lines: tuple[str, ...]) -> None:
    assert title_lines(text, 17) == lines


@given(
    st.text(st.sampled_from("年度市县区局中心住房保障和甲乙丙0123456789"), max_size=60), st.integers(1, 30)
)
def test_nothing_is_lost_and_no_line_is_too_long(text: str, most: int) -> None:
    lines = title_lines(text, most)
    assert "".join(lines) == text
    assert max(map(len, lines)) <= most
    assert len(lines) <= -(-len(text) // most) + 1 or not text


def test_a_line_holds_something() -> None:
    with pytest.raises(ValueError, match="at least one"):
        title_lines("标题", 0)
