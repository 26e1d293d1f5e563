"""The indicator table as a file: what it takes, what it refuses and how it says so, and how a figure is printed."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.performance.table import Binding, cell_text, facts_of, filled, read_table, shown
from guangsha.areas.performance.tests.builders import TABLE
from guangsha.kernel.errors import InputError

GOOD = TABLE.format(unit="某市住房保障服务中心")


def test_a_table_is_a_frame_and_its_bindings() -> None:
    table = read_table(GOOD)
    assert (table.unit, table.year, table.profile) == ("某市住房保障服务中心", 2026, "yueyanglou")
    assert [(b.path, b.part) for b in table.bindings][:4] == [
        ("sheets[0].goal_actual", "spent"), ("sheets[0].goal_actual", "got"),
        ("sheets[0].funds.total.initial", ""), ("sheets[0].funds.total.full_year", ""),
    ]  # fmt: skip
    assert table.frame["sheets"][0]["funds"]["total"] == {
        "initial": None,
        "full_year": None,
        "executed": None,
    }
    money = table.bindings[2]
    assert (money.unit, money.decimals, money.by_hand) == ("万元", 2, False)
    hand = table.bindings[-1]
    assert hand.by_hand and (hand.value, hand.person, hand.entered_on) == ("有效促进", "蒋会计", "2027-01-05")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("guangsha.table/1", "guangsha.figures/1", "不是指标取数表"),
        ("metric: ledger.budget_initial", "metric: ledger.budgets", "没有“ledger.budgets”"),
        ("nature: project", "nature: projects", "不能是“projects”"),
        ("with: {nature: project}", "with: {season: 1}", "没有参数“season”"),
        ("metric: ledger.budget_initial", "metric: ledger.budget_initial, unit: 户", "不能换算"),
        ("metric: ledger.budget_initial", "metric: ledger.budget_initial, unit: 斤", "计量单位"),
        ("metric: ledger.budget_initial", "metric: ledger.budget_initial, decimals: 9", "decimals"),
        ("metric: ledger.budget_initial", "metric: ledger.budget_initial, trim: maybe", "trim"),
        ("metric: ledger.budget_initial", "metric: ledger.budget_initial, when: now", "不认识的键“when”"),
        ('text: "{}万元"', 'text: "万元"', "一处 {}"),
        ('text: "{}万元"', 'text: "{a}万元"', "一处 {}"),
        ("支出{spent}万元", "支出{other}万元", "不一一对应"),
        ("支出{spent}万元", "支出{spent}{spent}万元", "不一一对应"),
        ("spent: {metric: ledger.executed}", "spent: 5", "不是取数指标"),
        ("evidence: 工作总结, ", "", "没有写明依据"),
        ("by: 蒋会计, ", "", "何人何日"),
        ("on: 2027-01-05", "on: 今天", "何人何日"),
        ("evidence: 工作总结", "digest: abc", "SHA-256"),
        ("weight: 40", "wait: 40", "不认识的键“wait”"),
        ("year: 2026", "year: 26", "年"),
        ("kind: overall", "kind: whole", "whole"),
        ("entered: 有效促进", "entered: {a: 1}", "应是一个值"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as told:
        read_table(GOOD.replace(old, new, 1))
    assert said in str(told.value)


def test_all_faults_are_told_together() -> None:
    bad = GOOD.replace("ledger.budget_initial", "ledger.one").replace("ledger.budget_full_year", "ledger.two")
    with pytest.raises(InputError) as told:
        read_table(bad)
    assert "ledger.one" in str(told.value) and "ledger.two" in str(told.value) and "行" in str(told.value)


@pytest.mark.parametrize("text", ["", "- a", "a: [", "just words", "\x00", "a: &x 1"])
def test_what_is_no_table_is_one_sentence(text: str) -> None:
    with pytest.raises(InputError):
        read_table(text)


@given(st.text(max_size=200))
def test_nothing_makes_it_stumble(text: str) -> None:
    try:
        read_table(text)
    except InputError:
        return
    raise AssertionError("random words are no table")


@pytest.mark.parametrize(
    ("unit", "decimals", "trim", "value", "printed"),
    [
        ("万元", 2, False, Fraction(201_300_00), "20.13"), ("万元", 2, True, Fraction(22_000_000), "22"),
        ("万元", 2, True, Fraction(2_250_000), "2.25"), ("万元", 0, True, Fraction(10_000_000), "10"), ("万元", 2, False, None, ""),
    ],
)  # fmt: skip
def test_how_a_value_is_printed(
    unit: str, decimals: int, trim: bool, value: Fraction | None, printed: str
) -> None:
    binding = Binding("x", metric="ledger.executed", unit=unit, decimals=decimals, trim=trim)
    assert shown(binding, value) == printed


def test_a_sentence_with_a_hole_says_nothing() -> None:
    assert cell_text("发放{a}户、{b}万元", {"a": "3", "b": "4.5"}) == "发放3户、4.5万元"
    assert cell_text("发放{a}户、{b}万元", {"a": "3", "b": ""}) == ""
    assert cell_text("{}户", {"": "3573"}) == "3573户" and cell_text("", {"": "7"}) == "7"


def test_keys_with_dots_are_found() -> None:
    frame = {
        "accounts": {"overview": {"rows": {"income.total": [None], "income": [None]}}},
        "a": [{"b": None}],
    }
    told = filled(
        frame,
        {
            "accounts.overview.rows.income.total[0]": "5",
            "accounts.overview.rows.income[0]": "6",
            "a[0].b": "",
        },
    )
    assert json.loads(told) == {
        "accounts": {"overview": {"rows": {"income.total": ["5"], "income": ["6"]}}}, "a": [{"b": None}]
    }  # fmt: skip


def test_every_bound_figure_becomes_a_fact_at_its_path() -> None:
    table = read_table(GOOD)
    cells = {b.path: b.value if b.by_hand else "支出" if b.template else "1.5" for b in table.bindings}
    facts = facts_of(table.frame, cells, "year")
    assert set(cells) <= {fact.source.cell for fact in facts}  # type: ignore[union-attr]
