"""Whole sheets: rows, groups, blocks, execution and totals, as a finance officer would recompute them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.facts.fact import Fact
from guangsha.facts.report import Report
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.scoring.evaluate import score_report, score_sheet
from guangsha.scoring.profile import PROFILE_IDS, load_profile
from guangsha.scoring.results import Basis
from guangsha.testing.effort import examples

CASES = Path(__file__).parent / "cases"
ROWS = yaml.safe_load((CASES / "rows.yaml").read_text(encoding="utf-8"))
EXECUTION = yaml.safe_load((CASES / "execution.yaml").read_text(encoding="utf-8"))

Make = Callable[..., Report]


@pytest.mark.parametrize("case", ROWS, ids=lambda case: case["name"])
def test_scores_a_row_as_the_case_says(case: dict[str, Any], make_report: Make) -> None:
    profile = load_profile(case.get("profile", "yueyang"), 2023)
    report = make_report([case["row"]], funds=case.get("funds"))
    if "error" in case:
        with pytest.raises(InputError) as refused:
            score_report(report, profile)
        assert case["error"] in str(refused.value)
        assert "自评表“整体支出”的指标" in str(refused.value)
        return
    (row,) = score_report(report, profile).sheets[0].indicators
    seen = {
        "score": None if row.score is None else str(row.score),
        "computed": None if row.computed is None else str(row.computed),
        "method": row.method,
        "basis": row.basis.value,
    }
    expect = dict(case["expect"])
    says = expect.pop("says", "")
    assert {key: seen[key] for key in expect} == expect
    assert says in "\n".join(row.explanation)


@pytest.mark.parametrize("case", EXECUTION, ids=lambda case: case["name"])
def test_reproduces_every_published_execution_score(case: dict[str, Any], make_report: Make) -> None:
    report = make_report(funds={"full_year": case["budget"], "executed": case["executed"]}, year=case["year"])
    run = score_report(report, load_profile(case["profile"], case["year"])).sheets[0].execution
    assert (str(run.rate), str(run.score)) == (case["rate"], case["score"])
    assert run.explanation


def _full(weight: str, **more: Any) -> dict[str, Any]:
    return {"target": "100%", "actual": "100%", "weight": weight, **more}


def test_reproduces_the_total_and_grade_of_yueyang_2023(make_report: Make) -> None:
    rows = [
        _full("45"),
        _full("5", assessed="4"),
        _full("30", level1="效益指标", assessed="29"),
        _full("10", level1="满意度指标"),
    ]
    report = make_report(rows, funds={"full_year": "3216.47", "executed": "3197.46"})
    sheet = score_report(report, load_profile("yueyang", 2023)).sheets[0]
    assert sheet.total == Decimal("97.94")
    assert sheet.grade == "优"
    assert [(b.name, str(b.weight), str(b.score)) for b in sheet.blocks] == [
        ("产出指标", "50", "49"), ("效益指标", "30", "29"), ("满意度指标", "10", "10"),
    ]  # fmt: skip


def test_counts_a_group_once_and_names_its_members(make_report: Make) -> None:
    rows = [
        {"target": "100户", "actual": "50户", "group": "g"},
        {"target": "是", "actual": "是", "group": "g"},
    ]
    report = make_report(rows, groups=[{"id": "g", "weight": 10}], profile="jiangan")
    sheet = score_report(report, load_profile("jiangan", 2024)).sheets[0]
    (group,) = sheet.groups
    assert (str(group.score), group.members) == ("8", ("指标1", "指标2"))  # 2.5 + 5 = 7.5, whole points
    assert [row.basis for row in sheet.indicators] == [Basis.GROUP, Basis.GROUP]
    assert [row.score for row in sheet.indicators] == [None, None]
    assert sheet.total == Decimal(8)


def test_an_assessed_group_needs_no_rule_for_its_rows(make_report: Make) -> None:
    rows = [{"target": "100户", "actual": "50套", "group": "g"}]
    report = make_report(rows, groups=[{"id": "g", "weight": 40, "assessed": 39}])
    (group,) = score_report(report, load_profile("jiangan", 2024)).sheets[0].groups
    assert (group.score, group.computed, group.basis) == (Decimal(39), None, Basis.ASSESSED)


def test_reproduces_the_goals_of_jiangan_2024(make_report: Make) -> None:
    """20 execution + 20 city goal + 39, 15 and 5 for the daily goal = 99."""
    rows = [
        {"target": "4000套", "actual": "4018套", "group": "city", "block": "市级绩效目标"},
        {"level1": "效益指标", "target": "有效", "actual": "有效", "group": "city", "block": "市级绩效目标"},
        {"target": "454", "actual": "454", "group": "output", "block": "日常工作目标"},
        {"level1": "效益指标", "target": "达标", "actual": "达标", "group": "effect"},
        {"level1": "满意度指标", "target": "≥80%", "actual": "≥80%"},
    ]
    groups = [{"id": "city", "weight": 20}, {"id": "output", "assessed": 39}, {"id": "effect"}]
    blocks = {"市级绩效目标": 20, "产出指标": 40, "效益指标": 15, "满意度指标": 5}
    report = make_report(
        rows, groups=groups, blocks=blocks, year=2024, funds={"full_year": "1405.65", "executed": "22854.27"}
    )
    sheet = score_report(report, load_profile("jiangan", 2024)).sheets[0]
    assert [(b.name, int(b.weight), int(b.score)) for b in sheet.blocks] == [
        ("市级绩效目标", 20, 20), ("产出指标", 40, 39), ("效益指标", 15, 15), ("满意度指标", 5, 5),
    ]  # fmt: skip
    assert sheet.total == Decimal(99)


def test_takes_the_fixed_block_weight_for_the_only_row_of_a_project(make_report: Make) -> None:
    report = make_report([{"level1": "满意度指标", "target": "≥80%", "actual": "80%"}], kind="project")
    (row,) = score_report(report, load_profile("jiangan", 2024)).sheets[0].indicators
    assert (row.weight, row.score) == (Decimal(10), Decimal(10))
    assert "取所在一级指标的全部分值" in row.explanation[0]


def test_without_a_budget_there_is_no_rate_and_no_execution_score(make_report: Make) -> None:
    report = make_report([_full("90")], funds={"full_year": 0, "executed": 1500})
    sheet = score_report(report, load_profile("yueyang", 2023)).sheets[0]
    assert (sheet.execution.rate, sheet.execution.score) == (None, None)
    assert "没有预算就没有执行率" in sheet.execution.explanation[-1]
    assert sheet.total == Decimal(90)


def test_adds_the_parts_when_the_total_of_the_funds_is_blank(make_report: Make) -> None:
    parts = [
        Fact.of("sheet.funds", Decimal(amount), year=2023, sheet="s", fund=fund, stage=stage)
        for fund, stage, amount in (
            ("current", "full_year", "921.22"), ("carry_over", "full_year", "1.22"),
            ("current", "executed", "921.22"), ("carry_over", "executed", "1.23"),
        )
    ]  # fmt: skip
    run = score_report(make_report(extra=parts), load_profile("yueyanglou", 2025)).sheets[0].execution
    assert (run.budget, run.executed) == (922_440_000, 922_450_000)
    assert "921.22 + 1.22 = 922.44" in run.explanation[0]


def test_a_sheet_may_weigh_execution_differently_from_the_profile(make_report: Make) -> None:
    weight = Fact.of("execution.weight", Decimal(15), year=2023, sheet="s")
    report = make_report(funds={"full_year": 100, "executed": 50}, extra=[weight])
    assert score_report(report, load_profile("yueyang", 2023)).sheets[0].execution.score == Decimal("7.5")


def test_yuelu_gives_no_points_for_execution(make_report: Make) -> None:
    report = make_report([_full("100")], funds={"full_year": 100, "executed": 50})
    sheet = score_report(report, load_profile("yuelu", 2022)).sheets[0]
    assert (sheet.execution.rate, sheet.execution.score, sheet.total) == (Decimal(50), None, Decimal(100))


def test_reports_every_row_that_cannot_be_scored_at_once(make_report: Make) -> None:
    report = make_report([{"target": "5户", "weight": 5}, {"target": "5户", "actual": "5户"}])
    with pytest.raises(InputErrors) as refused:
        score_report(report, load_profile("yueyang", 2023))
    assert len(refused.value.errors) == 2
    assert "指标1" in str(refused.value) and "指标2" in str(refused.value)


def test_a_document_that_is_only_checked_keeps_undecided_rows_without_a_score(make_report: Make) -> None:
    report = make_report([{"target": "5户", "weight": 5}, {"target": "5户", "actual": "5户", "weight": 5}])
    sheet = score_report(report, load_profile("yueyang", 2023), strict=False).sheets[0]
    assert [row.score for row in sheet.indicators] == [None, Decimal(5)]
    assert "未能定分：没有填写实际完成值" in sheet.indicators[0].explanation[-1]
    assert score_sheet(report.sheets[0], load_profile("yueyang", 2023), strict=False).total == Decimal(5)


def test_a_place_may_refuse_self_assessed_scores_without_approval(make_report: Make) -> None:
    strict_place = replace(load_profile("mof", 2023), self_assessment=False)
    rows = [
        {"target": "10户", "actual": "10户", "weight": 5, "assessed": 4},
        {"target": "有效", "actual": "有效", "weight": 5, "assessed": "4.5"},
        {"target": "有效", "actual": "有效", "weight": 5, "assessed": 3},
        {"target": "10户", "actual": "10户", "weight": 5, "assessed": 4, "approval": "批文"},
    ]
    own = Fact.of("execution.score", Decimal(9), year=2023, sheet="s", basis="assessed")
    report = make_report(rows, funds={"full_year": 1, "executed": 1}, extra=[own])
    sheet = score_report(report, strict_place).sheets[0]
    assert [(str(row.score), row.basis.value) for row in sheet.indicators] == [
        ("5", "computed"), ("4.5", "assessed"), ("5", "computed"), ("4", "override"),
    ]  # fmt: skip
    assert sheet.execution.score == 10
    assert score_report(report, load_profile("mof", 2023)).sheets[0].execution.score == 9


def test_scores_by_bands_where_a_place_uses_them(make_report: Make) -> None:
    bands = ((Decimal(1), Decimal(10)), (Decimal("0.8"), Decimal(7)))
    place = replace(
        load_profile("mof", 2023),
        execution_method="bands",
        execution_bands=bands,
        satisfaction_bands=((Decimal("0.9"), Decimal(10)), (Decimal("0.8"), Decimal(8))),
    )
    rows = [{"level1": "满意度指标", "target": "≥95%", "actual": "91%", "weight": 10}]
    sheet = score_report(make_report(rows, funds={"full_year": 100, "executed": 85}), place).sheets[0]
    assert (sheet.execution.score, sheet.indicators[0].score) == (7, 10)
    assert sheet.indicators[0].method == "satisfaction_bands"


def test_over_completion_may_cost_points_and_always_asks_for_a_reason(make_report: Make) -> None:
    place = replace(load_profile("mof", 2023), over_completion_deduct="by_deviation")
    row = {"target": "100户", "actual": "150户", "weight": 10}
    (scored,) = score_report(make_report([row]), place).sheets[0].indicators
    assert (scored.score, scored.completion) == (8, Decimal("1.5"))
    assert "按偏离度扣 10 ×（1.5 － 1.3）= 2 分" in scored.explanation


def test_a_group_may_count_only_as_a_whole(make_report: Make) -> None:
    place = replace(load_profile("mof", 2023), group="all_or_nothing")
    rows = [{"target": "10户", "actual": "9户", "group": "g"}, {"target": "是", "actual": "是", "group": "g"}]
    sheet = score_report(make_report(rows, groups=[{"id": "g", "weight": 10}]), place).sheets[0]
    assert sheet.groups[0].score == 0


@pytest.mark.parametrize(
    ("rows", "groups", "message"),
    [
        ([{"target": "1户", "actual": "1户", "group": "g"}], [], "共用分值组“g”没有填写分值"),
        ([{"target": "1户", "actual": "1户", "group": "g", "weight": 5}], [{"id": "g", "weight": 9}], "既填了分值又填了"),
        ([{"target": "1户", "actual": "1套", "group": "g"}], [{"id": "g", "weight": 9}], "也可以填写整组的自评分"),
        ([{"target": "1户", "actual": "1户", "group": "g"}], [{"id": "g", "weight": 9, "assessed": 10}], "不在 0 至 9"),
    ],
)  # fmt: skip
def test_refuses_a_group_that_cannot_be_scored(
    rows: list[Any], groups: list[Any], message: str, make_report: Make
) -> None:
    with pytest.raises(InputError, match=message):
        score_report(make_report(rows, groups=groups), load_profile("mof", 2023))


def test_a_group_of_rows_that_do_not_apply_earns_nothing(make_report: Make) -> None:
    rows = [{"target": "不适用", "actual": "不适用", "group": "g"}]
    sheet = score_report(make_report(rows), load_profile("mof", 2023)).sheets[0]
    assert (sheet.groups, sheet.total) == ((), 0)


def test_refuses_an_assessed_execution_score_beyond_its_weight(make_report: Make) -> None:
    own = Fact.of("execution.score", Decimal(11), year=2023, sheet="s", basis="assessed")
    report = make_report(funds={"full_year": 1, "executed": 1}, extra=[own])
    with pytest.raises(InputError, match="预算执行自评分 11 不在 0 至 10"):
        score_report(report, load_profile("mof", 2023))


def test_a_fault_of_the_roll_up_is_reported_with_those_of_the_rows(make_report: Make) -> None:
    extra = [Fact.of("rollup.member", "甲", year=2023, member="a")]
    report = make_report([{"target": "5户", "weight": 5}], extra=extra)
    with pytest.raises(InputErrors, match="没有填写“总分”得分"):
        score_report(report, load_profile("mof", 2023))
    assert score_report(report, load_profile("mof", 2023), strict=False).rollup is None


def test_refuses_an_amount_finer_than_a_fen(make_report: Make) -> None:
    with pytest.raises(InputError, match="精确到了分以下"):
        score_report(make_report(funds={"full_year": "1.0000001", "executed": 1}), load_profile("mof", 2023))


def test_explains_every_step_of_a_row(make_report: Make) -> None:
    report = make_report([{"target": "≥1200户", "actual": "1100户", "weight": 10}])
    (row,) = score_report(report, load_profile("yueyang", 2023)).sheets[0].indicators
    assert row.explanation == (
        "分值 10 分",
        "年度指标值“≥1200户”读作：≥ 1200户",
        "实际完成值“1100户”读作：1100户",
        "规则：正向指标，达到目标得满分，未达到按“分值×实际值÷目标值”",
        "计算：10 × 1100 ÷ 1200 = 9.166666…",
        "得分 四舍五入保留 2 位小数为 9.17 分",
    )


VALUE = st.one_of(
    st.text(max_size=12),
    st.builds(
        lambda op, number, unit: f"{op}{number}{unit}",
        st.sampled_from(["", "≥", "≤", "<", "="]),
        st.decimals(0, 10**6, places=2),
        st.sampled_from(["", "户", "套", "%", "万元", "次"]),
    ),
    st.sampled_from(
        ["100%", "完成", "未完成", "有效促进", "每月2次", "1、≥5户；2、≥6件", "2023年6月", "≤预算安排数"]
    ),
)


@settings(max_examples=examples(150), deadline=None)
@given(
    target=VALUE,
    actual=VALUE,
    weight=st.integers(0, 100),
    profile=st.sampled_from(PROFILE_IDS),
    direction=st.sampled_from(["", "up", "down"]),
)
def test_a_score_always_lies_between_nothing_and_the_weight(
    make_report: Make, target: str, actual: str, weight: int, profile: str, direction: str
) -> None:
    report = make_report([{"target": target, "actual": actual, "weight": weight, "direction": direction}])
    (row,) = score_report(report, load_profile(profile, 2023), strict=False).sheets[0].indicators
    assert row.score is None or 0 <= row.score <= weight
    assert row.explanation
