"""自评结果 beside each Wuhan sheet (performance.md §4.4, §4.5): conclusion and evidence, in words from the sheet."""

from __future__ import annotations

from guangsha.documents.writing.content import performance
from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.sheets_wuhan import blocks_of
from guangsha.documents.writing.content.spending import Runs
from guangsha.documents.writing.content.tallies import tallies
from guangsha.documents.writing.prose import join_runs
from guangsha.documents.writing.tree import Block, Title
from guangsha.facts.classification import ordinal
from guangsha.facts.fact import Fact
from guangsha.scoring.results import ScoredSheet

Part = tuple[str, list[Block]]


def result_blocks(draft: Draft, sheet: ScoredSheet, title: str) -> list[Block]:
    """The prose twin of one sheet; heads without anything to say are left out and the rest numbered on."""
    overall = sheet.sheet.kind == "overall"
    problems = sheet.sheet.get("deviation_reason") or (draft.fact("unit.problems") if overall else None)
    measures = sheet.sheet.get("improvement") or (draft.fact("unit.improvements") if overall else None)
    conclusion: list[Part] = [
        ("自评得分", performance.score_sentence(draft, sheet)),
        ("绩效目标完成情况", [*performance.execution(draft, sheet), *_goals(draft, sheet)]),
        ("存在的问题和原因", _points(draft, problems)),
        ("下一步拟改进措施", _points(draft, measures)),
    ]
    evidence: list[Part] = [
        ("基本情况", _basics(draft, sheet)),
        ("绩效目标完成情况分析", _analysis(draft, sheet)),
        ("自评结果应用情况", _points(draft, draft.fact("unit.results_use")) if overall else []),
    ]
    blocks: list[Block] = [Title(title)]
    parts = [(head, part) for head, part in (("自评结论", conclusion), ("佐证材料", evidence))]
    for number, (head, entries) in enumerate(parts, start=1):
        blocks += [draft.heading(1, f"{ordinal(number)}、{head}"), *_numbered(draft, entries)]
    return blocks


def _numbered(draft: Draft, parts: list[Part]) -> list[Block]:
    blocks: list[Block] = []
    number = 0
    for head, part in parts:
        if part:
            number += 1
            blocks += [draft.heading(2, f"（{ordinal(number)}）{head}"), *part]
    return blocks


def _points(draft: Draft, fact: Fact | None) -> list[Block]:
    return list(draft.points(fact)) if fact else []


def _goals(draft: Draft, sheet: ScoredSheet) -> list[Block]:
    """What was reached: the unit's words where there are any, and the indicators met."""
    done = performance.goals(draft, sheet)
    runs: list[Runs] = []
    for block in blocks_of(sheet):
        for tally in tallies(draft, sheet, block or None):
            runs.append(
                draft.say(
                    "{block}{name}{total}项，达到年初目标值{met}项",
                    block=draft.named(block),
                    name=draft.named(tally.name),
                    total=tally.total,
                    met=tally.met,
                )
            )
    return [*done, draft.paragraph(join_runs(runs, "；"), draft.say("。"))] if runs else done


def _basics(draft: Draft, sheet: ScoredSheet) -> list[Block]:
    given = sheet.sheet
    if given.kind == "overall":
        spent = given.by_expenditure()
        parts = [
            draft.say("{words}{amount}万元", words=words, amount=spent[key])
            for key, words in (("basic", "基本支出"), ("project", "项目支出"))
            if key in spent
        ]
        named = [draft.say("“{block}”", block=draft.named(block)) for block in blocks_of(sheet) if block]
        runs = [draft.say("{year}年度财政拨款支出中，{parts}。", parts=join_runs(parts))] if parts else []
        runs += [draft.say("年度绩效目标包括{named}。", named=join_runs(named))] if named else []
        return [draft.paragraph(*runs)] if runs else []
    name, implementer = given.get("name"), given.get("implementer")
    runs = [draft.say("项目名称：{name}。", name=name)] if name else []
    runs += [draft.say("实施单位：{implementer}。", implementer=implementer)] if implementer else []
    kinds = [
        draft.say("{kind}", kind=kind)
        for field in ("category", "attribute", "type")
        if (kind := given.get(field))
    ]
    runs += [draft.say("项目类型：{kinds}。", kinds=join_runs(kinds))] if kinds else []
    return [draft.paragraph(*runs)] if runs else []


def _analysis(draft: Draft, sheet: ScoredSheet) -> list[Block]:
    return [*performance.completion(draft, sheet, beside=True), *performance.losses_of(draft, sheet)]
