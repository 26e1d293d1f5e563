"""The numbered sections of a self-evaluation report, found by the words of the head that a place gives them.

A place names and orders its heads in its profile; what stands under a head follows from its words, so a new place
needs no code. Every section holds at least one complete sentence.
"""

from __future__ import annotations

from collections.abc import Callable

from guangsha.documents.writing import score_charts
from guangsha.documents.writing.content import performance, spending
from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.tallies import losses
from guangsha.documents.writing.prose import Figure, join_runs, points_of
from guangsha.documents.writing.tree import Block
from guangsha.facts.classification import ordinal

Builder = Callable[[Draft], list[Block]]


def numbered_sections(draft: Draft) -> list[Block]:
    """Every head of the profile in order, numbered 一、二、…, each with its section."""
    blocks: list[Block] = []
    for number, head in enumerate(draft.profile.document.sections, start=1):
        text = head.split("、", 1)[1] if head[:2].endswith("、") else head
        blocks.append(draft.heading(1, f"{ordinal(number)}、{text}"))
        body = _builder(text)(draft)
        blocks += body or [draft.paragraph(draft.say("无。"))]
    return blocks


def _builder(head: str) -> Builder:
    return next((builder for words, builder in _BY_WORDS if any(word in head for word in words)), others)


def basics(draft: Draft, *, level: int = 2) -> list[Block]:
    """职能职责 and 机构设置 under heads of one level."""
    parts: list[tuple[str, list[Block]]] = [("职能职责", _duties(draft)), ("机构设置", _staff(draft))]
    blocks: list[Block] = []
    number = 0
    for title, part in parts:
        if part:
            number += 1
            mark = f"（{ordinal(number)}）" if level > 1 else f"{ordinal(number)}、"
            blocks += [draft.heading(level, f"{mark}{title}"), *part]
    return blocks or [draft.paragraph(draft.say("{unit}按规定编报{year}年度绩效自评。"))]


def _duties(draft: Draft) -> list[Block]:
    duties, nature, department = (draft.fact(f"unit.{name}") for name in ("duties", "nature", "department"))
    runs = []
    if nature:
        runs.append(draft.say("{unit}为{nature}", nature=nature))
        if department and department.text != draft.unit:
            runs.append(draft.say("，主管部门为{department}", department=department))
        runs.append(draft.say("。"))
    if duties:
        listed = Figure("；".join(points_of(duties.text)), duties.key)
        runs.append(draft.say("主要职责：{duties}。", duties=listed))
    return [draft.paragraph(*runs)] if runs else []


def _staff(draft: Draft) -> list[Block]:
    established, employed = draft.fact("staff.established"), draft.fact("staff.employed")
    parts = []
    if established:
        parts.append(draft.say("核定编制{number}人", number=established))
    if employed:
        parts.append(draft.say("实有在职{number}人", number=employed))
    rate = draft.computed("staff.control_rate")
    if rate:
        parts.append(draft.say("编制控制率{rate}", rate=rate))
    for name, words in (("administrative", "行政人员"), ("institution", "事业人员"), ("retired", "退休人员")):
        fact = draft.fact(f"staff.{name}")
        if fact:
            parts.append(draft.say("{words}{number}人", words=words, number=fact))
    runs = [draft.say("截至{year}年末，{parts}。", parts=join_runs(parts, "，"))] if parts else []
    offices, below = draft.fact("unit.offices"), draft.fact("unit.subordinates")
    if below:
        runs.append(draft.say("纳入部门决算的下属单位{number}个。", number=below))
    if offices:
        runs.append(draft.say("机构设置：{offices}。", offices=offices))
    return [draft.paragraph(*runs)] if runs else []


def general_budget(draft: Draft) -> list[Block]:
    """一般公共预算支出: basic, 三公, project."""
    basic = [*spending.basic_expenditure(draft), *spending.three_public(draft)]
    project = spending.project_expenditure(draft)
    blocks: list[Block] = []
    for title, part in (("基本支出情况", basic), ("项目支出情况", project)):
        if part:
            mark = ordinal(sum(1 for b in blocks if getattr(b, "level", 0) == 2) + 1)
            blocks += [draft.heading(2, f"（{mark}）{title}"), *part]
    blocks = blocks or performance.department_money(draft)
    return blocks or [draft.paragraph(draft.say("本{body}未填报{year}年度支出明细。"))]


def management(draft: Draft) -> list[Block]:
    """管理及使用情况 (Yuelu): the general budget, then the funds that there are none of."""
    blocks = general_budget(draft)
    mark = ordinal(sum(1 for b in blocks if getattr(b, "level", 0) == 2) + 1)
    funds = [
        *spending.other_fund(draft, "government_fund", "政府性基金预算"),
        *spending.other_fund(draft, "state_capital", "国有资本经营预算"),
    ]
    return [*blocks, draft.heading(2, f"（{mark}）其他预算支出情况"), *funds]


def organisation(draft: Draft) -> list[Block]:
    """专项组织实施情况: which projects there are and how they were evaluated."""
    blocks = performance.project_scores(draft)
    return blocks or [draft.paragraph(draft.say("{year}年度本{body}未单列专项。"))]


def evaluation_work(draft: Draft) -> list[Block]:
    """绩效自评工作开展情况: what was evaluated, from the sheets at hand."""
    blocks = performance.project_scores(draft)
    if draft.overall:
        blocks.insert(0, draft.paragraph(draft.say("{unit}按规定对{year}年度整体支出开展绩效自评。")))
    return blocks


def execution_section(draft: Draft) -> list[Block]:
    """预算执行情况: money of the year, revenue and expenditure, project by project."""
    blocks = performance.execution(draft, draft.overall) if draft.overall else []
    return [*blocks, *performance.revenue_and_expenditure(draft), *general_budget(draft)]


def results(draft: Draft) -> list[Block]:
    """整体支出绩效情况: score, goals, execution, completion by level-1 indicator, projects, roll-up."""
    blocks: list[Block] = list(performance.revenue_and_expenditure(draft))
    sheet = draft.overall
    parts: list[tuple[str, list[Block]]] = []
    if sheet:
        blocks += performance.score_sentence(draft, sheet)
        composition = score_charts.composition(sheet)
        blocks += [composition] if composition else []
        parts += [
            ("年度绩效目标", performance.goals(draft, sheet)),
            ("预算执行情况分析", performance.execution(draft, sheet)),
            (
                "绩效指标完成情况分析",
                [*performance.completion(draft, sheet), *performance.losses_of(draft, sheet)],
            ),
        ]
    chart = score_charts.projects(draft.scores)
    parts.append(("项目支出绩效自评情况", [*performance.project_scores(draft), *([chart] if chart else [])]))
    parts.append(("各单位自评得分汇总", performance.rollup(draft)))
    number = 0
    for title, part in parts:
        if part:
            number += 1
            blocks += [draft.heading(2, f"（{ordinal(number)}）{title}"), *part]
    return blocks


def completion_section(draft: Draft) -> list[Block]:
    """绩效目标完成情况 of the central form: score, goals and completion without the money."""
    sheet = draft.overall
    if sheet is None:
        return performance.rollup(draft)
    return [
        *performance.score_sentence(draft, sheet),
        *performance.goals(draft, sheet),
        *performance.completion(draft, sheet, level=2),
        *performance.rollup(draft),
    ]


def problems(draft: Draft) -> list[Block]:
    """存在的问题: the unit's words, and what the scores show."""
    given = draft.fact("unit.problems")
    blocks: list[Block] = [*draft.points(given)] if given else performance.low_units(draft)
    sheets = [sheet for sheet in (draft.overall, *draft.projects) if sheet]
    lost = sum(len(losses(draft, sheet)) for sheet in sheets)
    low = [sheet for sheet in sheets if sheet.execution.rate is not None and sheet.execution.rate < 100]
    if given is None and sheets:
        if lost:
            count = draft.count("losses", lost, "各自评表中得分低于分值的指标行数")
            blocks.append(draft.paragraph(draft.say("各自评表中未得满分的指标共{count}项。", count=count)))
        else:
            blocks.append(draft.paragraph(draft.say("{year}年度各自评表的指标均按分值得满分。")))
    if low:
        rates = [
            draft.say("{name}（执行率{rate}，原因：{reason}）", name=name, rate=rate, reason=reason)
            if (reason := sheet.sheet.get("execution_reason"))
            else draft.say("{name}（执行率{rate}）", name=name, rate=rate)
            for sheet in low
            if (rate := draft.of_sheet("execution.rate", sheet)) and (name := sheet.sheet.get("name"))
        ]
        if rates:
            blocks.append(
                draft.paragraph(draft.say("预算未全部执行的有："), join_runs(rates), draft.say("。"))
            )
    return blocks


def improvements(draft: Draft) -> list[Block]:
    """下一步改进措施: the unit's words, else that the results feed the next year's targets."""
    given = draft.fact("unit.improvements")
    if given:
        return [*draft.points(given)]
    return [draft.paragraph(draft.say("本{body}将根据自评结果完善以后年度绩效目标，改进预算编制和执行。"))]


def problems_and_improvements(draft: Draft) -> list[Block]:
    """偏离绩效目标的原因和下一步改进措施 in one section."""
    return [
        draft.heading(2, "（一）偏离绩效目标的原因"),
        *(problems(draft) or [draft.paragraph(draft.say("无。"))]),
        draft.heading(2, "（二）下一步改进措施"),
        *improvements(draft),
    ]


def results_use(draft: Draft) -> list[Block]:
    """自评结果拟应用和公开情况."""
    given = draft.fact("unit.results_use")
    if given:
        return [*draft.points(given)]
    return [draft.paragraph(draft.say("自评结果作为改进管理和安排以后年度预算的参考，并按规定公开。"))]


def others(draft: Draft) -> list[Block]:
    """其他需要说明的情况."""
    return [draft.paragraph(draft.say("无。"))]


def _fund(source: str, words: str) -> Builder:
    return lambda draft: spending.other_fund(draft, source, words)


#: The first entry of which a word stands in the head decides.
_BY_WORDS: tuple[tuple[tuple[str, ...], Builder], ...] = (
    (("偏离",), problems_and_improvements),
    (("应用", "公开情况"), results_use),
    (("自评工作",), evaluation_work),
    (("管理及使用", "管理和使用"), management),
    (("组织实施", "专项组织"), organisation),
    (("基本情况", "概况"), basics),
    (("一般公共预算",), general_budget),
    (("政府性基金",), _fund("government_fund", "政府性基金预算")),
    (("国有资本",), _fund("state_capital", "国有资本经营预算")),
    (("社会保险",), _fund("social_insurance", "社会保险基金预算")),
    (("预算执行",), execution_section),
    (("目标完成",), completion_section),
    (("绩效情况", "整体支出绩效"), results),
    (("问题",), problems),
    (("改进", "建议", "措施"), improvements),
)
