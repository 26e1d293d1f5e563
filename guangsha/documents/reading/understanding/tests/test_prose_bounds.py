"""Anything may be printed: the reader of prose never raises, and its work stays in proportion."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.documents.reading.understanding.tests.prose_builders import facts_of, statements_of
from guangsha.kernel.money import wan_yuan
from guangsha.testing.effort import examples

_WORDS = (
    "其中", "：", "，", "、", "；", "。", "（", "）", "包括", "分别为", "合计", "共计", "占", "的", "比上年", "增加", "减少", "增长", "下降", "由", "到",
    "年初预算为", "支出决算为", "执行率", "完成年初预算的", "目标", "基本支出", "项目支出", "收入", "结余", "得分", "个", "户", "套", "万元", "亿元", "%",
    "分", "2023年", "1.", "（1）", "一、", "\n", " ", "项目", "其他", "余", "约", "≥",
)  # fmt: skip
_TEXT = st.lists(
    st.one_of(
        st.sampled_from(_WORDS), st.integers(0, 99999).map(str), st.decimals(0, 9999, places=2).map(str)
    ),
    max_size=80,
).map("".join)
#: Calls of functions for one character of ten thousand, measured at 240; counted, so that a busy machine changes nothing.
_CALLS_MAX = 500


@settings(max_examples=examples(150), deadline=None)
@given(_TEXT)
def test_never_raises_over_words_of_reports(text: str) -> None:
    keys = [fact.key for fact in facts_of(text)]
    assert len(keys) == len(set(keys))


@settings(max_examples=examples(60), deadline=None)
@given(st.text(max_size=200))
def test_never_raises_over_any_text(text: str) -> None:
    facts_of(text)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.integers(1, 99_999_999), min_size=2, max_size=6))
def test_parts_that_add_up_are_read_as_their_sum(fen: list[int]) -> None:
    parts = [wan_yuan(amount * 10_000) for amount in fen]
    names = ("办公经费", "维修资金", "物业补助", "租赁补贴", "改造工程", "培训活动")
    listed = "、".join(f"{name}{part}万元" for name, part in zip(names, parts, strict=False))
    statements = statements_of(f"全年专项资金{sum(parts)}万元，其中：{listed}。")
    sums = [s for s in statements if s.kind == "sum"]
    assert any([f.number for role, f in s.roles.items() if role != "total"] == parts for s in sums)


_OPENED = "其中：基本支出{0}.25万元，占本年支出{1}%，比上年增加{0}万元，增长{1}%；"


@pytest.mark.parametrize(
    "text",
    [
        "本年支出合计5000.00万元，" + "".join(_OPENED.format(100 + n, n % 90) for n in range(260)),
        "、".join(f"项目{n}经费{n}.50万元" for n in range(700)),
        "（" * 5000 + "3万元" + "）" * 5000,
        "1" * 10_000,
        "其中包括分别为" * 1400 + "5万元",
        "由上年的5万元增加到6万元，增长2%。" * 450,
        "完成改造房屋12栋。" * 1000,
    ],
    ids=["其中", "顿号", "括号", "数字", "引语", "由到", "重复"],
)
def test_long_paragraph_is_read_with_little_work(text: str) -> None:
    assert _calls(text) <= _CALLS_MAX * max(len(text), 10_000)


def _calls(text: str) -> int:
    """How many functions, built-in ones included, are called to read ``text``."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        facts_of(text)
    finally:
        sys.setprofile(before)
    return calls
