"""决算情况说明, items on funds, “三公”经费, running costs, procurement, assets and performance (performance.md §4.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guangsha.documents.writing.content import accounts_items as items
from guangsha.documents.writing.content.accounts_items import change_words, printed, statement_at
from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.performance import project_scores, score_sentence
from guangsha.documents.writing.content.sections import results_use
from guangsha.documents.writing.content.spending import Runs
from guangsha.documents.writing.prose import join_runs, more_or_less, rise_or_fall
from guangsha.documents.writing.tree import Block
from guangsha.facts.classification import ordinal
from guangsha.facts.fact import Fact
from guangsha.facts.report import Statement

Builder = Callable[[Draft], list[Block]]


def explanation_items(draft: Draft) -> list[Block]:
    """Every item of the explanation in the order of the place, numbered 一、二、…"""
    heads = [head for head in draft.word("explanations", "").split("；") if head]
    blocks: list[Block] = []
    for number, head in enumerate(heads, start=1):
        builder = next(build for words, build in _BY_WORDS if words in head)
        blocks.append(draft.heading(1, f"{ordinal(number)}、{head}"))
        blocks += builder(draft) or [draft.paragraph(draft.say("本{body}未填报{year}年度该项数据。"))]
    return blocks


def government_fund(draft: Draft) -> list[Block]:
    """七、政府性基金预算: its flow, or the statement that there is none (T19, N14)."""
    table = "government_fund"
    received, spent = (printed(draft, (table, "total", column)) for column in ("revenue", "total"))
    if not (received and received.fen) and not (spent and spent.fen):
        return [draft.paragraph(draft.say("本{body}{year}年度无政府性基金预算财政拨款收入和支出。"))]
    parts: list[Runs] = []
    for column, words in (
        ("opening", "年初结转和结余"),
        ("revenue", "本年收入"),
        ("total", "本年支出"),
        ("closing", "年末结转和结余"),
    ):
        fact = printed(draft, (table, "total", column))
        if fact:
            parts.append(draft.say("{words}{amount}万元", words=words, amount=fact))
    return [
        draft.paragraph(draft.say("{year}年度政府性基金预算财政拨款{parts}。", parts=join_runs(parts, "，")))
    ]


def state_capital(draft: Draft) -> list[Block]:
    """八、国有资本经营预算."""
    spent = printed(draft, ("state_capital", "total", "total"))
    if spent is None or not spent.fen:
        return [draft.paragraph(draft.say("本{body}{year}年度无国有资本经营预算财政拨款支出。"))]
    return [draft.paragraph(draft.say("{year}年度国有资本经营预算财政拨款支出{spent}万元。", spent=spent))]


_THREE_PUBLIC = (
    ("abroad", "因公出国（境）费"),
    ("vehicles", "公务用车购置及运行维护费"),
    ("reception", "公务接待费"),
)


def three_public(draft: Draft) -> list[Block]:
    """九、“三公”经费: against the full-year budget and against last year, item by item."""
    table = "three_public"
    spent, budget = (printed(draft, (table, row, "total")) for row in ("executed", "budget"))
    if not (spent and spent.fen) and not (budget and budget.fen):
        return [draft.paragraph(draft.say("本{body}{year}年度无财政拨款“三公”经费预算和支出。"))]
    blocks: list[Block] = [draft.heading(2, "（一）“三公”经费财政拨款支出决算总体情况")]
    blocks.append(draft.paragraph(*_three_public_line(draft, "total", "“三公”经费财政拨款支出")))
    blocks.append(draft.heading(2, "（二）“三公”经费财政拨款支出决算具体情况"))
    for number, (column, words) in enumerate(_THREE_PUBLIC, start=1):
        sentences = _three_public_line(draft, column, words)
        if column == "vehicles":
            sentences += _vehicles(draft)
        blocks.append(draft.numbered(number, *sentences))
    return blocks


def _three_public_line(draft: Draft, column: str, words: str) -> list[Runs]:
    place = ("three_public", "executed", column)
    spent, budget = printed(draft, place), printed(draft, ("three_public", "budget", column))
    if not (spent and spent.fen) and not (budget and budget.fen):
        return [draft.say("{words}：本年无预算安排，未发生支出。", words=words)]
    runs = [draft.say("{words}", words=words)]
    runs.append(
        draft.say("全年预算{budget}万元，", budget=budget) if budget else draft.say("本年无预算安排，")
    )
    runs.append(draft.say("支出决算{spent}万元", spent=spent) if spent else draft.say("未发生支出"))
    percent = draft.ratio(
        f"three_public.{column}.completion", spent, budget, "支出决算数 ÷ 全年预算数 × 100%"
    )
    runs += [draft.say("，完成全年预算的{percent}", percent=percent)] if percent else []
    return [join_runs([*runs, draft.say("。")], ""), change_words(draft, place, words)]


def _vehicles(draft: Draft) -> list[Runs]:
    parts: list[Runs] = []
    for column, words in (("vehicle_purchase", "公务用车购置费"), ("vehicle_running", "公务用车运行维护费")):
        fact = printed(draft, ("three_public", "executed", column))
        if fact and fact.fen:
            parts.append(draft.say("{words}{amount}万元", words=words, amount=fact))
    runs = [draft.say("其中：{parts}。", parts=join_runs(parts))] if parts else []
    held = _count(draft, "保有量")
    return [*runs, draft.say("年末公务用车保有量{held}辆。", held=held)] if held else runs


def _count(draft: Draft, words: str) -> Fact | None:
    """The count of the statement whose subject holds ``words``."""
    found = (s for s in draft.report.statements if s.kind == "count" and words in s.subject)
    return next((count for s in found if (count := s.roles.get("count"))), None)


def running_costs(draft: Draft) -> list[Block]:
    """十、机关运行经费: the amount that the unit states, against its budget."""
    found = (s for s in draft.report.statements if s.kind == "amount" and "机关运行经费" in s.subject)
    stated = next((s for s in found if "amount" in s.roles), None)
    if stated is None:
        return []
    amount = stated.roles["amount"]
    runs = [draft.say("{year}年度机关运行经费支出{amount}万元", amount=amount)]
    place = _place(stated.cells.get("amount", ""))
    given = statement_at(draft, "growth", "current", place, against_budget=True) if place else None
    delta = given.roles.get("delta") if given else None
    if delta:
        budget = draft.difference("running.budget", amount, delta, "决算数 － 比年初预算增减额")
        size = draft.size("running.delta", delta)
        words = more_or_less(delta.number)
        percent = draft.ratio("running.growth", size, budget, "增减额 ÷ 年初预算数 × 100%")
        runs.append(draft.say("，比年初预算数{words}{size}万元", words=words, size=size))
        if percent:
            runs.append(draft.say("，{words}{percent}", words=rise_or_fall(delta.number), percent=percent))
    return [draft.paragraph(*runs, draft.say("。"))]


def _place(cell: str) -> items.Place | None:
    """``accounts.basic_detail/public.total/amount`` as (table, row, column)."""
    parts = cell.removeprefix("accounts.").split("/")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def procurement(draft: Draft) -> list[Block]:
    """十一、政府采购支出: total as the sum of its kinds, contracts with small firms."""
    statements = draft.report.statements
    listed = next((s for s in statements if s.kind == "sum" and "政府采购" in s.subject), None)
    if listed is None:
        line = draft.report.base_line("procurement")
        if line is None or line.executed is None:
            return []
        return [draft.paragraph(draft.say("{year}年度政府采购支出{amount}万元。", amount=line.executed))]
    parts = [(role, fact) for role, fact in listed.roles.items() if role.startswith("part")]
    total = draft.sum_of("procurement", (fact for _, fact in parts), "货物、工程、服务采购之和")
    total = total or listed.roles.get("total")
    if total is None:
        return []
    lines = [
        draft.say(
            "政府采购{label}支出{amount}万元", label=draft.named(listed.labels.get(role, "其他")), amount=fact
        )
        for role, fact in parts
    ]
    runs = [draft.say("{year}年度政府采购支出总额{total}万元", total=total)]
    runs += [draft.say("，其中：{lines}", lines=join_runs(lines))] if lines else []
    return [draft.paragraph(*runs, draft.say("。"), *_small_firms(draft, statements, total))]


def _small_firms(draft: Draft, statements: Sequence[Statement], total: Fact) -> list[Runs]:
    runs: list[Runs] = []
    whole = total
    for words, against in (("中小企业", "政府采购支出总额"), ("小微企业", "授予中小企业合同金额")):
        stated = next((s for s in statements if s.kind == "share" and s.subject.startswith(words)), None)
        part = stated.roles.get("part") if stated else None
        if part is None:
            break
        share = draft.ratio(f"procurement.{words}", part, whole, f"授予{words}合同金额 ÷ {against} × 100%")
        runs.append(draft.say("授予{words}合同金额{part}万元", words=words, part=part))
        if share:
            runs.append(draft.say("，占{against}的{share}", against=against, share=share))
        runs.append(draft.say("。"))
        whole = part
    return runs


def assets(draft: Draft) -> list[Block]:
    """十二、国有资产占用: vehicles as the unit counts them."""
    stated = [
        s
        for s in draft.report.statements
        if s.kind == "count" and "count" in s.roles and "车辆" in s.subject and "保有量" not in s.subject
    ]
    if not stated:
        return []
    first, *rest = stated
    runs = [draft.say("截至{year}年末，本{body}共有车辆{count}辆", count=first.roles["count"])]
    parts = [
        draft.say(
            "{name}{count}辆",
            name=draft.named(s.subject.removeprefix("其中：").removeprefix("其中")),
            count=s.roles["count"],
        )
        for s in rest
    ]
    runs += [draft.say("，其中：{parts}", parts=join_runs(parts))] if parts else []
    return [draft.paragraph(*runs, draft.say("。"))]


def performance(draft: Draft) -> list[Block]:
    """十三、预算绩效: how much was evaluated, the overall result, each project, use of the results."""
    blocks: list[Block] = [draft.heading(2, "（一）预算绩效管理工作开展情况")]
    blocks += _coverage(draft)
    number = 1
    if draft.overall:
        number += 1
        blocks += [
            draft.heading(2, f"（{ordinal(number)}）{draft.body}整体支出自评结果"),
            *score_sentence(draft, draft.overall),
        ]
    if draft.projects:
        number += 1
        blocks.append(draft.heading(2, f"（{ordinal(number)}）项目支出自评结果"))
        blocks += [draft.numbered(n, line) for n, line in enumerate(_project_lines(draft), start=1)]
    return [*blocks, draft.heading(2, f"（{ordinal(number + 1)}）绩效自评结果应用情况"), *results_use(draft)]


def _coverage(draft: Draft) -> list[Block]:
    blocks = project_scores(draft)
    money = draft.any_fact(f"statement.amount[role=total,statement=text.projects.executed]@{draft.year}")
    whole = printed(draft, ("general_expenditure", "total", "project"))
    share = draft.ratio("projects.coverage", money, whole, "各项目执行数之和 ÷ 一般公共预算项目支出 × 100%")
    if share:
        blocks.append(
            draft.paragraph(draft.say("自评项目资金占一般公共预算项目支出的{share}。", share=share))
        )
    return blocks or [draft.paragraph(draft.say("本{body}{year}年度未单列项目。"))]


def _project_lines(draft: Draft) -> list[Runs]:
    lines = []
    for sheet in draft.projects:
        name, funds = sheet.sheet.get("name"), sheet.sheet.funds()
        total, rate = draft.of_sheet("sheet.total", sheet), draft.of_sheet("execution.rate", sheet)
        if name is None:
            continue
        parts = [draft.say("{name}", name=name)]
        if funds.full_year and funds.executed:
            parts.append(draft.say("全年预算{a}万元", a=funds.full_year))
            parts.append(draft.say("执行{b}万元", b=funds.executed))
        if rate:
            parts.append(draft.say("执行率{rate}", rate=rate))
        if total:
            parts.append(draft.say("自评得分{total}分", total=total))
        lines.append(
            join_runs([join_runs([parts[0], join_runs(parts[1:], "，")], "："), draft.say("。")], "")
        )
    return lines


#: The first entry whose words stand in the head decides; longer heads come before those that they contain.
_BY_WORDS: tuple[tuple[str, Builder], ...] = (
    ("财政拨款收入支出决算总体", items.fiscal_total),
    ("收入支出决算总体", items.total),
    ("基本支出决算", items.basic),
    ("一般公共预算财政拨款支出决算", items.general),
    ("政府性基金", government_fund),
    ("国有资本", state_capital),
    ("三公", three_public),
    ("收入决算", items.revenue),
    ("支出决算", items.expenditure),
    ("机关运行", running_costs),
    ("政府采购", procurement),
    ("国有资产", assets),
    ("预算绩效", performance),
    ("", lambda draft: []),
)
