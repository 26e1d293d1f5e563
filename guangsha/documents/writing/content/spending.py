"""Sections on money: 基本支出, 项目支出, “三公”经费 and the funds other than the general budget."""

from __future__ import annotations

from collections.abc import Sequence

from guangsha.documents.writing.content.base_table import named_lines
from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.prose import join_runs
from guangsha.documents.writing.tree import Block, Run
from guangsha.facts.classification import name_of
from guangsha.facts.fact import Fact
from guangsha.facts.report import BaseLine

Runs = tuple[Run, ...]

#: Economic classes that make up 人员经费; all other classes of basic expenditure are 公用经费 (performance.md §2.3).
_PERSONNEL = ("301", "303")


def basic_expenditure(draft: Draft) -> list[Block]:
    """基本支出: total, staff and running costs with their shares, economic classes with their items."""
    basic = _amount(draft, "basic")
    personnel, public = _personnel_and_public(draft)
    blocks: list[Block] = []
    if basic:
        parts = [draft.say("{year}年基本支出{basic}万元", basic=basic)]
        for label, key, part in (("人员经费", "personnel", personnel), ("公用经费", "public", public)):
            share = draft.ratio(f"basic.{key}.share", part, basic, f"{label} ÷ 基本支出 × 100%")
            if part and share:
                parts.append(
                    draft.say("{label}{part}万元，占基本支出的{share}", label=label, part=part, share=share)
                )
        joined = join_runs([parts[0], join_runs(parts[1:], "，")], "，其中：") if parts[1:] else parts[0]
        blocks.append(draft.paragraph(joined, draft.say("。")))
    groups = _economic_groups(draft)
    if groups:
        blocks.append(
            draft.paragraph(draft.say("按支出经济分类，"), join_runs(groups, "；"), draft.say("。"))
        )
    return blocks


def _amount(draft: Draft, nature: str) -> Fact | None:
    """基本 or 项目支出: from the overall sheet, else from the figures of the text."""
    sheet = draft.report.overall
    found = sheet.by_expenditure().get(nature) if sheet else None
    return found or draft.facts.find("detail.amount", item=nature)


def _economic(draft: Draft) -> dict[str, Fact]:
    return {fact.dimension("economic"): fact for fact in draft.facts.select("detail.economic")}


def _personnel_and_public(draft: Draft) -> tuple[Fact | None, Fact | None]:
    """Given totals, else the sums of their economic classes."""
    codes = {code: fact for code, fact in _economic(draft).items() if len(code) == 3}
    staff = [fact for code, fact in codes.items() if code in _PERSONNEL]
    running = [fact for code, fact in codes.items() if code not in _PERSONNEL]
    personnel = draft.facts.find("detail.amount", item="personnel") or draft.sum_of(
        "basic.personnel", staff, "工资福利支出 + 对个人和家庭的补助"
    )
    public = draft.facts.find("detail.amount", item="public") or draft.sum_of(
        "basic.public", running, "基本支出中人员经费以外各类之和"
    )
    return personnel, public


def _economic_groups(draft: Draft) -> list[Runs]:
    facts = _economic(draft)
    groups: list[Runs] = []
    for code in sorted(code for code in facts if len(code) == 3):
        name = name_of(code, draft.year)
        if not name:
            continue
        line = draft.say("{name}{amount}万元", name=name, amount=facts[code])
        items = [
            draft.say("{name}{amount}万元", name=name_of(item, draft.year), amount=facts[item])
            for item in sorted(facts)
            if len(item) == 5 and item.startswith(code) and facts[item].fen and name_of(item, draft.year)
        ]
        if items:
            line = join_runs([line, join_runs(items)], "，包括")
        groups.append(line)
    return groups


_THREE_PUBLIC = ("vehicle_purchase", "vehicle_running", "abroad", "reception")
_THREE_PUBLIC_WORDS = {
    "vehicle_purchase": "公务用车购置费",
    "vehicle_running": "公务用车运行维护费",
    "abroad": "因公出国（境）费",
    "reception": "公务接待费",
}


def three_public(draft: Draft) -> list[Block]:
    """“三公”经费: spent against budget, and its items; nothing where nobody gave a figure."""
    line = draft.report.base_line("three_public")
    if line is None or line.executed is None:
        return []
    if line.executed.fen == 0 and not (line.budget and line.budget.fen):
        return [draft.paragraph(draft.say("{year}年未发生“三公”经费支出。"))]
    runs = [draft.say("{year}年“三公”经费支出{spent}万元", spent=line.executed)]
    if line.budget:
        runs.append(draft.say("，年初预算{budget}万元，", budget=line.budget))
        runs.append(_against_budget(draft, "three_public", line.executed, line.budget))
    items: list[Runs] = []
    for key in _THREE_PUBLIC:
        item = draft.report.base_line(key)
        if item and item.executed and item.executed.fen:
            items.append(draft.say("{name}{spent}万元", name=_THREE_PUBLIC_WORDS[key], spent=item.executed))
    if items:
        runs += [draft.say("。其中："), join_runs(items)]
    return [draft.paragraph(*runs, draft.say("。"))]


def _against_budget(draft: Draft, place: str, spent: Fact, budget: Fact) -> Runs:
    if spent.fen == budget.fen:
        return draft.say("与年初预算持平")
    delta = draft.difference(f"{place}.delta", spent, budget, "决算数 － 年初预算数")
    size = draft.size(f"{place}.delta", delta)
    template = "超出年初预算{size}万元" if spent.fen > budget.fen else "比年初预算减少{size}万元"
    return draft.say(template, size=size)


def programme_lines(draft: Draft) -> tuple[BaseLine, ...]:
    """Rows under 项目支出 that hold an amount and no rows of their own, in printed order."""
    lines = named_lines(draft)
    parents = {line.parent for line in lines}
    return tuple(
        line
        for line in lines
        if line.line not in parents and line.line.removeprefix("programme.") not in parents
    )


def project_expenditure(draft: Draft) -> list[Block]:
    """项目支出: total and list, then arrangement, use and management from the figures."""
    project = _amount(draft, "project")
    blocks: list[Block] = []
    if project:
        listed = _listed_programmes(draft)
        runs = [draft.say("{year}年项目支出{project}万元", project=project)]
        if listed:
            runs += [draft.say("，其中："), join_runs(listed)]
        blocks.append(draft.paragraph(*runs, draft.say("。")))
    arranged = _arrangement(draft)
    if arranged:
        blocks += [draft.heading(3, "1．项目资金安排落实情况"), draft.paragraph(arranged)]
    used = _use(draft)
    if used:
        blocks += [draft.heading(3, "2．项目资金使用情况"), draft.paragraph(*used)]
    managed = _management(draft)
    if managed and blocks:
        number = sum(1 for block in blocks if hasattr(block, "level")) + 1
        blocks += [draft.heading(3, f"{number}．项目资金管理情况"), draft.paragraph(managed)]
    return blocks


def _listed_programmes(draft: Draft) -> list[Runs]:
    given = draft.facts.select("detail.programme")
    if given:
        lines = []
        for fact in given:
            name = draft.facts.find("detail.programme_name", programme=fact.dimension("programme"))
            if name and fact.fen:
                lines.append(draft.say("{name}{amount}万元", name=name, amount=fact))
        return lines
    return [
        draft.say("{name}{amount}万元", name=name, amount=line.executed)
        for line in programme_lines(draft)
        if line.executed and line.executed.fen and (name := draft.facts.find("base.name", line=line.line))
    ]


def _arrangement(draft: Draft) -> Runs:
    line = draft.report.base_line("project_total")
    if line is None or line.budget is None or line.executed is None:
        return ()
    runs = [
        draft.say("项目支出年初预算{budget}万元，决算{spent}万元", budget=line.budget, spent=line.executed)
    ]
    if line.budget.fen != line.executed.fen:
        delta = draft.difference("project.delta", line.executed, line.budget, "决算数 － 年初预算数")
        size = draft.size("project.delta", delta)
        template = "，增加{size}万元" if delta.number > 0 else "，减少{size}万元"
        runs.append(draft.say(template, size=size))
    if line.prior:
        runs.append(draft.say("；上年决算{prior}万元", prior=line.prior))
    return join_runs([*runs, draft.say("。")], "")


def _use(draft: Draft) -> Sequence[Runs]:
    """Execution of each project that has a sheet of its own."""
    parts: list[Runs] = []
    for sheet in draft.projects:
        funds, name = sheet.sheet.funds(), sheet.sheet.get("name")
        if not (name and funds.full_year and funds.executed):
            continue
        rate = draft.of_sheet("execution.rate", sheet)
        runs = draft.say(
            "{name}全年预算{budget}万元，执行{spent}万元",
            name=name,
            budget=funds.full_year,
            spent=funds.executed,
        )
        parts.append(join_runs([runs, draft.say("执行率{rate}", rate=rate)], "，") if rate else runs)
    return (join_runs(parts, "；"), draft.say("。")) if parts else ()


def _management(draft: Draft) -> Runs:
    if not draft.projects:
        return ()
    count = draft.count("projects", len(draft.projects), "项目支出绩效自评表的张数")
    return draft.say(
        "对{count}个项目逐项编制绩效目标并开展绩效自评，预算执行和绩效目标完成情况见各项目支出绩效自评表。",
        count=count,
    )


def other_fund(draft: Draft, source: str, words: str) -> list[Block]:
    """A fund other than the general budget: its money, or the statement that there is none."""
    sheet = draft.report.overall
    planned = sheet.by_revenue.get(source) if sheet else None
    given = draft.facts.find("detail.revenue", source=source)
    fact = next((item for item in (planned, given) if item is not None and item.fen), None)
    if fact is None:
        # Only a unit that told its sources can be said to have none of this one.
        told = bool(sheet and sheet.by_revenue) or bool(draft.facts.select("detail.revenue"))
        none = "{year}年度本{body}无{words}支出。" if told else "本{body}未填报{year}年度{words}支出。"
        return [draft.paragraph(draft.say(none, words=words))]
    return [draft.paragraph(draft.say("{year}年度{words}安排{amount}万元。", words=words, amount=fact))]
