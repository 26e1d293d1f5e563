"""Which charts a report's scores and money make; the page on the screen and the document draw the same ones."""

from __future__ import annotations

from decimal import Decimal

from guangsha.documents.writing.charts import (
    Bar,
    Pair,
    completion_chart,
    execution_chart,
    score_composition_chart,
    structure_chart,
    unit_scores_chart,
)
from guangsha.documents.writing.tree import Chart
from guangsha.facts.fact import Fact
from guangsha.facts.forms import NATURES, REVENUE_SOURCES
from guangsha.facts.report import Report
from guangsha.kernel.money import wan_yuan
from guangsha.kernel.numbers import plain, round_to
from guangsha.scoring.results import ScoredSheet, Scores

#: Every scoring sheet of every place adds up to this.
FULL_MARKS = Decimal(100)


def composition(sheet: ScoredSheet) -> Chart | None:
    """Score against weight of execution and of each block; parts without a weight are left out."""
    run = sheet.execution
    pairs = [Pair("预算执行", run.weight, run.score)] if run.score is not None and run.weight else []
    pairs += [Pair(block.name, block.weight, block.score) for block in sheet.blocks if block.weight]
    return score_composition_chart(pairs, caption=f"{_subject(sheet)}绩效自评得分构成") if pairs else None


def _subject(sheet: ScoredSheet) -> str:
    return "整体支出" if sheet.sheet.kind == "overall" else sheet.sheet.name


def projects(scores: Scores) -> Chart | None:
    """Budget against execution of every project that has both."""
    pairs = []
    for sheet in scores.sheets:
        run = sheet.execution
        if sheet.sheet.kind != "project" or run.budget is None or run.executed is None:
            continue
        note = f"{plain(run.rate)}%" if run.rate is not None else ""
        pairs.append(Pair(sheet.sheet.name, wan_yuan(run.budget), wan_yuan(run.executed), note))
    return execution_chart(pairs, caption="各项目预算执行情况") if pairs else None


def completion(sheet: ScoredSheet) -> Chart | None:
    """Actual over target of every row where both are quantities, with the 100 % line."""
    bars = [
        Bar(row.indicator.name, round_to(row.completion * 100, 2))
        for row in sheet.indicators
        if row.completion is not None
    ]
    return completion_chart(bars, caption=f"{_subject(sheet)}定量指标完成情况") if bars else None


def units(scores: Scores, report: Report) -> Chart | None:
    """Total score of each unit of a department."""
    given = report.rollup
    if scores.rollup is None:
        return None
    bars = [
        Bar(given.name(member), score.number)
        for member in given.members
        if (score := given.score(member, "total"))
    ]
    return unit_scores_chart(bars, FULL_MARKS) if bars else None


def revenue(report: Report) -> Chart | None:
    """The year's budget by source; None where there is only one."""
    sheet = report.overall
    return _structure(dict(sheet.by_revenue) if sheet else {}, REVENUE_SOURCES, "全年预算数按收入性质构成")


def expenditure(report: Report) -> Chart | None:
    """The year's execution as basic and project expenditure."""
    sheet = report.overall
    names = {key: NATURES[key] for key in ("basic", "project")}
    return _structure(dict(sheet.by_expenditure()) if sheet else {}, names, "全年执行数按支出性质构成")


def _structure(facts: dict[str, Fact], names: dict[str, str], caption: str) -> Chart | None:
    bars = [
        Bar(names[key], wan_yuan(fact.fen)) for key, fact in facts.items() if key in names and fact.fen > 0
    ]
    return structure_chart(bars, caption=caption) if len(bars) > 1 else None
