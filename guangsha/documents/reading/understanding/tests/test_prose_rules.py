"""What rules R01 to R06 make of a text: cases an official can read, and what must hold for any numbers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.checker.registry import RULES, Case
from guangsha.checker.run import load_rules
from guangsha.documents.reading.understanding.tests.prose_builders import report_of
from guangsha.facts.fact import Fact
from guangsha.kernel.findings import Outcome, Relation, Severity
from guangsha.kernel.measures import WAN_YUAN
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import load_profile
from guangsha.testing.effort import examples

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "prose-rules.yaml").read_text(encoding="utf-8")
)
PROSE_RULES = ("R01", "R02", "R03", "R04", "R05", "R06")

load_rules()


def _sheets(given_sheets: list[dict[str, Any]]) -> list[Fact]:
    made: list[Fact] = []
    for number, given_sheet in enumerate(given_sheets, 1):
        sheet = "overall" if given_sheet.get("overall") else f"p{number}"
        made.append(
            Fact.of("sheet.kind", "overall" if sheet == "overall" else "project", year=2023, sheet=sheet)
        )
        made.append(Fact.of("sheet.name", given_sheet["name"], year=2023, sheet=sheet))
        for key, stage in (("budget", "full_year"), ("executed", "executed")):
            if key in given_sheet:
                value = Decimal(str(given_sheet[key]))
                made.append(
                    Fact.of(
                        "sheet.funds",
                        value,
                        year=2023,
                        unit=WAN_YUAN,
                        decimals=2,
                        sheet=sheet,
                        fund="total",
                        stage=stage,
                    )
                )
        if "total" in given_sheet:
            total = Decimal(str(given_sheet["total"]))
            made.append(Fact.of("sheet.total", total, year=2023, sheet=sheet, basis="published"))
        for place, row in enumerate(given_sheet.get("rows", ()), 1):
            for field, value in row.items():
                made.append(
                    Fact.of(f"indicator.{field}", value, year=2023, sheet=sheet, indicator=str(place))
                )
    return made


def relations(
    text: str, rules: tuple[str, ...], sheets: list[dict[str, Any]] | None = None
) -> list[Relation]:
    report = report_of(text, _sheets(sheets or []))
    profile = load_profile("mof", 2023)
    case = Case(report.facts, profile, score_report(report, profile, strict=False))
    found = [relation for rule in rules for relation in RULES[rule].check(case)]
    return [relation for relation in found if relation.outcome is not Outcome.NOT_CHECKED]


def ending(relation: Relation) -> str:
    if relation.finding is None:
        return "held"
    return {Severity.INFO: "tail", Severity.WARNING: "warning", Severity.ERROR: "error"}[
        relation.finding.severity
    ]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['rule']}-{case['name']}" for case in CASES])
def test_rule_on_prose_ends_as_an_official_expects(case: dict[str, Any]) -> None:
    found = relations(case["text"], (case["rule"],), case.get("sheets"))
    ends = [ending(relation) for relation in found]
    grave = [r for r in found if ending(r) == case["expect"]]
    if case["expect"] == "silent":
        assert set(ends) <= {"held"}, [r.finding.message for r in found if r.finding]
        return
    assert grave, (
        ends,
        [s.kind for s in report_of(case["text"], _sheets(case.get("sheets") or [])).statements],
    )
    if case["expect"] in ("held", "tail"):
        assert set(ends) <= {"held", "tail"}
    for field in ("found", "expected"):
        if field in case:
            assert case[field] in [getattr(r.finding, field) for r in grave]


def test_every_rule_on_prose_has_a_case_that_holds_and_one_that_does_not() -> None:
    for rule in PROSE_RULES:
        ends = {case["expect"] for case in CASES if case["rule"] == rule}
        assert ends & {"held", "silent"} and ends & {"warning", "error"}, rule


# --- for any numbers ----------------------------------------------------------------------------------------------

_ARITHMETIC = ("R02", "R05", "R06", "N07", "N10")
_NAMES = ("租赁补贴", "维修养护", "物业管理", "白蚁防治", "危房鉴定", "信息系统")
_OPENERS = ("，其中：", "，包括：", "，具体为：", "，其中")
_HEADS = ("全年项目资金共", "2023年度专项支出", "本年安排住房保障资金", "全市累计投入")


@st.composite
def _lists(draw: st.DrawFn) -> tuple[str, list[int], str, str]:
    """Opening words, amounts in fen-hundreds (万元 with two decimals), opener and the mark between parts."""
    amounts = draw(st.lists(st.integers(1_000, 9_999_999), min_size=2, max_size=6))
    return (
        draw(st.sampled_from(_HEADS)),
        amounts,
        draw(st.sampled_from(_OPENERS)),
        draw(st.sampled_from("、；，")),
    )


def _wan(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _sentence(head: str, total: int, amounts: list[int], opener: str, mark: str) -> str:
    listed = mark.join(f"{name}{_wan(amount)}万元" for name, amount in zip(_NAMES, amounts, strict=False))
    return f"{head}{_wan(total)}万元{opener}{listed}。"


@settings(max_examples=examples(150), deadline=None)
@given(_lists())
def test_parts_that_make_up_their_whole_raise_nothing(drawn: tuple[str, list[int], str, str]) -> None:
    head, amounts, opener, mark = drawn
    found = relations(_sentence(head, sum(amounts), amounts, opener, mark), _ARITHMETIC)
    assert [r.finding.message for r in found if r.finding] == []


@settings(max_examples=examples(150), deadline=None)
@given(_lists(), st.data())
def test_one_changed_digit_in_a_list_is_always_told(
    drawn: tuple[str, list[int], str, str], data: st.DataObject
) -> None:
    head, amounts, _, mark = drawn
    opener = "，具体为："  # 其中 may leave parts out
    text = _sentence(head, sum(amounts), amounts, opener, mark)
    place = data.draw(st.integers(0, len(amounts) - 1))
    # yuan and above: a change of one or two fen-hundreds is a rounding tail
    power = data.draw(st.integers(1, len(str(amounts[place])) - 1))
    digit = int(str(amounts[place])[-1 - power])
    new = data.draw(st.sampled_from([d for d in range(1, 10) if d != digit]))
    changed = list(amounts)
    changed[place] += (new - digit) * 10**power
    wrong = _sentence(head, sum(amounts), changed, opener, mark)
    assert wrong != text
    assert any(r.outcome is Outcome.BROKEN for r in relations(wrong, _ARITHMETIC)), wrong


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(100, 99_999), st.data())
def test_rate_of_two_counts_is_told_only_where_it_is_wrong(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(1, whole))
    rate = (Decimal(part) * 100 / whole).quantize(Decimal("0.01"))
    text = f"全年发现隐患{whole}处，已整改{part}处，整改率{{}}%。"
    assert [r.finding for r in relations(text.format(rate), ("R06",)) if r.finding] == []
    off = rate + data.draw(st.sampled_from([Decimal("-0.5"), Decimal("0.5"), Decimal("9"), Decimal("-1.2")]))
    if off >= 0:
        assert any(r.outcome is Outcome.BROKEN for r in relations(text.format(off), ("R06",)))
