"""Sections on performance: scores, goals, execution, what was met and what was not, the department's roll-up."""

from __future__ import annotations

from collections.abc import Sequence

from guangsha.documents.writing import score_charts
from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.spending import Runs
from guangsha.documents.writing.content.tallies import is_met, losses, tallies
from guangsha.documents.writing.prose import Figure, join_runs, points_of, strip_zeros
from guangsha.documents.writing.tree import Block, Table
from guangsha.facts.classification import name_of, ordinal
from guangsha.facts.fact import Fact
from guangsha.facts.forms import REVENUE_SOURCES, ROLLUP_COMPONENTS, ROLLUP_METHODS
from guangsha.kernel.numbers import plain
from guangsha.scoring.results import ScoredIndicator, ScoredSheet


def revenue_and_expenditure(draft: Draft) -> list[Block]:
    """Revenue by source, expenditure by function, balance: what the figures of the text give."""
    facts = draft.facts
    revenue = facts.find("detail.amount", item="revenue_total")
    spent = facts.find("detail.amount", item="expenditure_total")
    balance = facts.find("detail.amount", item="balance")
    blocks: list[Block] = []
    if revenue:
        sources = [
            draft.say(
                "{name}{amount}万元", name=REVENUE_SOURCES.get(f.dimension("source"), "其他收入"), amount=f
            )
            for f in facts.select("detail.revenue")
            if f.fen
        ]
        runs = [draft.say("{year}年收入合计{total}万元", total=revenue)]
        runs += [draft.say("，其中："), join_runs(sources)] if sources else []
        blocks.append(draft.paragraph(*runs, draft.say("。")))
    if spent:
        functions = [
            draft.say("{name}{amount}万元", name=name, amount=f)
            for f in facts.select("detail.function")
            if f.fen and (name := name_of(f.dimension("function"), draft.year))
        ]
        runs = [draft.say("{year}年支出合计{total}万元", total=spent)]
        runs += [draft.say("，按功能分类："), join_runs(functions)] if functions else []
        runs += [draft.say("；收支结余{balance}万元", balance=balance)] if balance else []
        blocks.append(draft.paragraph(*runs, draft.say("。")))
    return blocks


def score_sentence(draft: Draft, sheet: ScoredSheet) -> list[Block]:
    """Total, grade, and the scores of the parts; the chart of the parts follows."""
    total, grade = draft.of_sheet("sheet.total", sheet), draft.of_sheet("sheet.grade", sheet)
    if total is None:
        return []
    subject = "整体支出" if sheet.sheet.kind == "overall" else "项目"
    runs = [draft.say("{year}年度{subject}绩效自评得分{total}分", subject=subject, total=total)]
    runs += [draft.say("，自评等级为“{grade}”", grade=grade)] if grade else []
    parts = score_parts(draft, sheet)
    if parts:
        runs += [draft.say("。其中："), join_runs([_scored(draft, *part) for part in parts], "，")]
    return [draft.paragraph(*runs, draft.say("。"))]


def _scored(draft: Draft, name: str, score: Fact, weight: Fact) -> Runs:
    return draft.say(
        "{name}得{score}分（满分{weight}分）", name=draft.named(name), score=score, weight=weight
    )


def score_parts(draft: Draft, sheet: ScoredSheet) -> list[tuple[str, Fact, Fact]]:
    """(name, score, weight) of execution and each block of a sheet, where both are known."""
    found = [
        ("预算执行", draft.of_sheet("execution.score", sheet), draft.of_sheet("execution.weight", sheet))
    ]
    for block in sheet.blocks:
        said = {"sheet": sheet.sheet.id, "block": block.name}
        found.append(
            (block.name, draft.computed("block.score", **said), draft.computed("block.weight", **said))
        )
    return [(name, score, weight) for name, score, weight in found if score and weight]


def goals(draft: Draft, sheet: ScoredSheet) -> list[Block]:
    """The year's goals as a list, and how the unit says they were met."""
    expected, actual = sheet.sheet.get("goal_expected"), sheet.sheet.get("goal_actual")
    blocks: list[Block] = []
    if expected:
        points = draft.points(expected)
        if len(points) > 1:
            blocks += [draft.paragraph(draft.say("{year}年度总体目标如下：")), *points]
        else:
            blocks.append(draft.paragraph(draft.say("{year}年度总体目标：{goal}。", goal=expected)))
    if actual:
        done = Figure("；".join(points_of(actual.text)), actual.key)
        blocks.append(draft.paragraph(draft.say("完成情况：{done}。", done=done)))
    return blocks


def execution(draft: Draft, sheet: ScoredSheet) -> list[Block]:
    """Budget, execution, rate and the score they give; adjustments during the year and what was left."""
    funds = sheet.sheet.funds()
    if funds.full_year is None or funds.executed is None:
        return []
    runs: list[Runs] = []
    place = f"{sheet.sheet.id}.execution"
    if funds.initial:
        runs.append(draft.say("年初预算数{initial}万元，", initial=funds.initial))
    runs.append(
        draft.say(
            "全年预算数{budget}万元，全年执行数{spent}万元", budget=funds.full_year, spent=funds.executed
        )
    )
    rate = draft.of_sheet("execution.rate", sheet)
    score, weight = draft.of_sheet("execution.score", sheet), draft.of_sheet("execution.weight", sheet)
    if rate:
        runs.append(draft.say("，执行率{rate}", rate=rate))
    if score and weight:
        runs.append(draft.say("，{scored}", scored=_scored(draft, "预算执行", score, weight)))
    runs.append(draft.say("。"))
    if funds.initial and funds.initial.fen != funds.full_year.fen:
        delta = draft.difference(
            f"{place}.adjusted", funds.full_year, funds.initial, "全年预算数 － 年初预算数"
        )
        size = draft.size(f"{place}.adjusted", delta)
        template = (
            "全年预算数比年初预算数增加{size}万元。"
            if delta.number > 0
            else "全年预算数比年初预算数减少{size}万元。"
        )
        runs.append(draft.say(template, size=size))
    if funds.executed.fen < funds.full_year.fen:
        left = draft.difference(f"{place}.left", funds.full_year, funds.executed, "全年预算数 － 全年执行数")
        runs.append(draft.say("年末尚有{left}万元未执行。", left=left))
    reason = sheet.sheet.get("execution_reason")
    if reason:
        runs.append(draft.say("执行差异的原因：{reason}。", reason=reason))
    return [draft.paragraph(*runs)]


def completion(draft: Draft, sheet: ScoredSheet, *, level: int = 3, beside: bool = False) -> list[Block]:
    """Each level-1 indicator: how many rows were met, target against actual.

    ``beside``: the sheet itself stands beside the text, so only rows far from their target are told again.
    """
    blocks: list[Block] = []
    for number, tally in enumerate(tallies(draft, sheet), start=1):
        mark = f"（{ordinal(number)}）" if level == 2 else f"{number}．"
        blocks.append(draft.heading(level, f"{mark}{tally.name}"))
        runs = [
            draft.say(
                "{name}共{total}项，{met}项达到年度指标值",
                name=draft.named(tally.name),
                total=tally.total,
                met=tally.met,
            )
        ]
        score = draft.computed("block.score", sheet=sheet.sheet.id, block=tally.name)
        if score:
            runs.append(draft.say("，得{score}分", score=score))
        details = [_target_and_actual(draft, row) for row in tally.rows]
        blocks.append(
            draft.paragraph(*runs, draft.say("。具体为："), join_runs(details, "；"), draft.say("。"))
        )
    return blocks


def _far_from_target(
    draft: Draft, sheet: ScoredSheet, rows: Sequence[ScoredIndicator]
) -> list[ScoredIndicator]:
    """Rows that missed their target, or passed it by more than the place asks a reason for."""
    return [
        row
        for row in rows
        if is_met(sheet, row) is False
        or (row.completion is not None and row.completion >= draft.profile.over_completion)
    ]


def _target_and_actual(draft: Draft, row: ScoredIndicator) -> Runs:
    name, target, actual = (row.indicator.get(field) for field in ("name", "target", "actual"))
    runs = [draft.say("“{name}”", name=name)] if name else []
    if target:
        runs.append(draft.say("年度指标值为{target}，", target=target))
    if actual:
        runs.append(draft.say("实际完成{actual}", actual=actual))
    return join_runs(runs, "")


def losses_of(draft: Draft, sheet: ScoredSheet) -> list[Block]:
    """Rows that lost points, each with its reason where the unit gave one."""
    parts: list[Runs] = []
    for loss in losses(draft, sheet):
        line = draft.say(
            "“{name}”得{score}分，分值{weight}分",
            name=draft.named(loss.name),
            score=loss.score,
            weight=loss.weight,
        )
        if loss.reason:
            line = join_runs([line, draft.say("偏差原因及改进措施：{reason}", reason=loss.reason)], "，")
        parts.append(line)
    if not parts:
        return []
    count = draft.count(f"{sheet.sheet.id}.losses", len(parts), "得分低于分值的指标行数")
    opening = draft.say("未得满分的指标共{count}项：", count=count)
    return [draft.paragraph(opening, join_runs(parts, "；"), draft.say("。"))]


def project_scores(draft: Draft) -> list[Block]:
    """How many projects were evaluated, with how much money, and what each scored."""
    scored = [(sheet, draft.of_sheet("sheet.total", sheet)) for sheet in draft.projects]
    parts = [
        draft.say("{name}{score}分", name=name, score=total)
        for sheet, total in scored
        if total and (name := sheet.sheet.get("name"))
    ]
    if not parts:
        return []
    funds = [sheet.sheet.funds() for sheet in draft.projects]
    count = draft.count("projects", len(draft.projects), "项目支出绩效自评表的张数")
    budget = draft.sum_of("projects.budget", (money.full_year for money in funds), "各项目全年预算数之和")
    spent = draft.sum_of("projects.executed", (money.executed for money in funds), "各项目全年执行数之和")
    runs = [draft.say("{year}年度共对{count}个项目开展绩效自评", count=count)]
    if budget and spent:
        runs.append(draft.say("，涉及全年预算{budget}万元、全年执行{spent}万元", budget=budget, spent=spent))
    return [
        draft.paragraph(
            *runs,
            draft.say(
                "。各项目自评得分：",
            ),
            join_runs(parts),
            draft.say("。"),
        )
    ]


def rollup(draft: Draft) -> list[Block]:
    """The units' score table and the department's score; nothing where there is no roll-up."""
    scored, given = draft.scores.rollup, draft.report.rollup
    if scored is None or not given:
        return []
    components = [*given.components, "total"]
    count = draft.count("rollup.members", len(given.members), "得分表中的单位数")
    total = draft.any_fact(f"rollup.computed[component=total]@{draft.year}")
    runs = [draft.say("纳入汇总的单位共{count}个", count=count)]
    if total:
        runs.append(draft.say("，部门整体支出绩效自评得分{total}分", total=total))
    if scored.grade:
        runs.append(draft.say("，自评等级为“{grade}”", grade=scored.grade))
    method = ROLLUP_METHODS.get(scored.method, "")
    runs.append(draft.say("，部门得分按各单位得分{method}", method=method) if method else ())
    blocks: list[Block] = [draft.paragraph(*runs, draft.say("。")), _rollup_table(draft, components)]
    chart = score_charts.units(draft.scores, draft.report)
    return [*blocks, chart] if chart else blocks


def department_money(draft: Draft) -> list[Block]:
    """A department's own totals and the project money of its units, where they were given."""
    budget, spent = draft.fact("rollup.department_budget"), draft.fact("rollup.department_executed")
    blocks: list[Block] = []
    if budget and spent:
        runs = [draft.say("{year}年度部门全年预算数{a}万元，全年执行数{b}万元", a=budget, b=spent)]
        rate = draft.ratio("department.rate", spent, budget, "部门全年执行数 ÷ 部门全年预算数 × 100%")
        runs += [draft.say("，执行率{rate}", rate=rate)] if rate else []
        blocks.append(draft.paragraph(*runs, draft.say("。")))
    units = [
        draft.say("{name}{amount}万元", name=name, amount=fact)
        for fact in draft.facts.select("rollup.project_money")
        if fact.fen and (name := draft.facts.find("rollup.member", member=fact.dimension("member")))
    ]
    total = draft.sum_of(
        "department.projects", draft.facts.select("rollup.project_money"), "各单位项目支出之和"
    )
    if units and total:
        opening = draft.say("各单位项目支出合计{total}万元，其中：", total=total)
        blocks.append(draft.paragraph(opening, join_runs(units), draft.say("。")))
    return blocks


def low_units(draft: Draft) -> list[Block]:
    """Units of a department that lost points on execution, as the one shortfall that its score table shows."""
    given = draft.report.rollup
    low = [
        draft.say("{name}{score}分", name=name, score=score)
        for member in given.members
        if (score := given.score(member, "execution"))
        and score.number < draft.profile.execution_weight
        and (name := draft.facts.find("rollup.member", member=member))
    ]
    if not low:
        return []
    return [draft.paragraph(draft.say("预算执行未得满分的单位有："), join_runs(low), draft.say("。"))]


def _rollup_table(draft: Draft, components: list[str]) -> Table:
    given = draft.report.rollup
    head = [draft.head("序号"), draft.head("单位"), *(draft.head(ROLLUP_COMPONENTS[c]) for c in components)]
    rows = [head]
    for number, member in enumerate(given.members, start=1):
        name = draft.facts.find("rollup.member", member=member)
        scores = (given.score(member, component) for component in components)
        rows.append(
            [
                draft.cell(str(number)),
                draft.text(name, align="left"),
                *(draft.cell(strip_zeros(plain(s.number)) if s else "", s) for s in scores),
            ]
        )
    last = [draft.any_fact(f"rollup.computed[component={c}]@{draft.year}") for c in components]
    rows.append([draft.head("部门得分", cols=2), *(draft.score(fact) for fact in last)])
    return Table(
        title=f"{draft.year}年度各单位整体支出绩效自评得分表",
        widths=(0.7, 3, *(1.2 for _ in components)),
        rows=rows,
        header_rows=1,
        id="rollup",
    )
