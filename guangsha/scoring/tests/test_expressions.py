"""The grammar of targets: every published pattern, and any text at all."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guangsha.scoring.expression_kinds import (
    Comparison,
    DateInterval,
    DateMilestone,
    ExpressionList,
    Frequency,
    Prose,
    Revision,
    describe,
)
from guangsha.scoring.expressions import TEXT_MAX, parse_expression

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "targets.yaml").read_text(encoding="utf-8"))


def _read(case: dict[str, Any]) -> Any:
    context = dict(case.get("context") or {})
    context["unit_hint"] = context.pop("unit", "")
    context["direction_hint"] = context.pop("direction", "")
    return parse_expression(case["text"], **context)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['pattern']:02d} {case['name']}")
def test_reads_each_published_pattern_as_listed(case: dict[str, Any]) -> None:
    expression = _read(case)
    seen: dict[str, Any] = {"kind": expression.kind}
    if isinstance(expression, Comparison):
        quantity = expression.quantity
        seen |= {
            "op": expression.op.value,
            "value": format(quantity.value.normalize(), "f"),
            "unit": quantity.unit.symbol if quantity.unit else None,
            "why": expression.why.value,
            "label": expression.label,
            "scope": expression.scope,
            "assumed": expression.assumed_unit,
            "approximate": quantity.approximate,
        }
    elif isinstance(expression, ExpressionList):
        seen["items"] = len(expression.items)
    elif isinstance(expression, Prose):
        seen |= {"clauses": len(expression.clauses), "bounds": len(expression.bounds)}
    elif hasattr(expression, "reference"):
        seen |= {"op": expression.op.value, "reference": expression.reference}
    assert {key: seen.get(key) for key in case["expect"]} == case["expect"]


def test_every_one_of_the_32_patterns_has_a_case() -> None:
    assert {case["pattern"] for case in CASES} == set(range(1, 33))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_printed_reads_back_the_same(case: dict[str, Any]) -> None:
    once = str(_read(case))
    assert str(parse_expression(once)) == once


def test_frequency_dates_and_revision_keep_their_parts() -> None:
    frequency = parse_expression("每月巡查 2 次")
    assert isinstance(frequency, Frequency)
    assert (frequency.period, frequency.count.label, frequency.count.quantity.value) == ("月", "巡查", 2)
    interval = parse_expression("2023年1月—12月")
    assert isinstance(interval, DateInterval)
    assert (interval.start.isoformat(), interval.end.isoformat()) == ("2023-01-01", "2023-12-31")
    date = parse_expression("2023年6月30日前完成")
    assert isinstance(date, DateMilestone)
    assert date.last_day == (2023, 6, 30)
    revision = parse_expression("由2201套调整为1981套")
    assert isinstance(revision, Revision)
    assert isinstance(revision.new, Comparison)
    assert revision.new.quantity.value == Decimal(1981)


def test_a_cell_longer_than_any_target_is_prose() -> None:
    assert isinstance(parse_expression("1、≥5户；" * TEXT_MAX), Prose)


def test_hostile_texts_are_read_in_bounded_time() -> None:
    start = time.perf_counter()
    for text in ("1" * 2000, "每" * 2000, "由" * 2000, "≥" * 2000, "1、" * 600, "9万" * 600, "(" * 2000, "1.1-" * 500,
                 "由1调整" * 400, "无不满意" * 400, "1" * 999 + "," + "1" * 999, "每年" * 999, "１，" * 600):  # fmt: skip
        describe(parse_expression(text, level2="成本指标", rule=text, name=text))
    assert time.perf_counter() - start < 2


ALPHABET = st.text(
    alphabet="0123456789.,%≥≤<>=万亿元户套栋次年月日以上内下余约近不超预算由调整为每1、2；;。\n -~（）①② 完成率①abc",
    max_size=60,
)


@given(st.one_of(st.text(max_size=200), ALPHABET))
def test_any_text_is_an_expression_that_prints_and_describes_itself(text: str) -> None:
    expression = parse_expression(text, unit_hint=text[:2], direction_hint=text[:4], name=text, rule=text)
    assert isinstance(str(expression), str)
    assert describe(expression)


@given(
    st.sampled_from(["", "≥", ">", "=", "≤", "<"]),
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.sampled_from(["", "户", "套", "万元", "亿元", "%", "万平方米", "秒", "工作日", "起"]),
    st.booleans(),
)
def test_a_printed_comparison_reads_back_as_itself(op: str, value: Decimal, unit: str, about: bool) -> None:
    text = f"{op}{'约' if about else ''}{value}{unit}"
    expression = parse_expression(text)
    assert parse_expression(str(expression)) == expression
