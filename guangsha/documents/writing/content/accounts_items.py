"""决算情况说明, items on revenue and expenditure: every amount from its table, every share and change recomputed.

A change against last year needs last year's cell or the change that the unit gave; where neither is known the
sentence leaves it out. A percentage of nothing is never printed (performance.md §4.6).
"""

from __future__ import annotations

from collections.abc import Sequence

from guangsha.documents.writing.charts import Bar, Pair, structure_chart, two_year_chart
from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.spending import Runs
from guangsha.documents.writing.prose import join_runs, more_or_less, rise_or_fall
from guangsha.documents.writing.tree import Block, Chart, Run
from guangsha.facts.accounts import COLUMN_LABELS, PERSONNEL_GROUPS
from guangsha.facts.classification import name_of
from guangsha.facts.fact import Fact
from guangsha.facts.forms import ACCOUNTS
from guangsha.facts.report import Statement
from guangsha.kernel.money import wan_yuan
from guangsha.scoring.profile import Rounding

#: A cell of the accounts: table, row, column.
Place = tuple[str, str, str]


def printed(draft: Draft, place: Place) -> Fact | None:
    return draft.accounts.printed(*place)


def statement_at(
    draft: Draft, kind: str, role: str, place: Place, *, against_budget: bool = False
) -> Statement | None:
    """The unit's statement of ``kind`` whose ``role`` is the cell ``place``."""
    cell = f"accounts.{place[0]}/{place[1]}/{place[2]}"
    for statement in draft.report.statements:
        about_budget = "预算" in statement.subject.rsplit("比", 1)[-1]
        if statement.kind == kind and statement.cells.get(role) == cell and about_budget is against_budget:
            return statement
    return None


def change(draft: Draft, place: Place) -> tuple[Fact, Fact | None] | None:
    """(change against last year, last year's amount) of one cell; None where nobody knows it."""
    current = printed(draft, place)
    if current is None:
        return None
    key = ".".join(place)
    before = draft.report.accounts(place[0], prior=True).cell(place[1], place[2])
    if before:
        return draft.difference(f"{key}.delta", current, before, "本年决算数 － 上年决算数"), before
    given = statement_at(draft, "growth", "current", place)
    delta = given.roles.get("delta") if given else None
    if delta is None:
        return None
    return delta, draft.difference(f"{key}.prior", current, delta, "本年决算数 － 比上年增减额")


def change_words(draft: Draft, place: Place, subject: str) -> Runs:
    """``与上年度相比，…增加…万元，增长…%`` with the words that the sign asks for."""
    found = change(draft, place)
    if found is None:
        return ()
    delta, before = found
    words = more_or_less(delta.number)
    if words == "持平":
        return draft.say("与{prior_year}年度相比，{subject}持平。", subject=subject)
    key = ".".join(place)
    size = draft.size(f"{key}.delta", delta)
    runs = [
        draft.say(
            "与{prior_year}年度相比，{subject}{words}{size}万元", subject=subject, words=words, size=size
        )
    ]
    percent = (
        draft.ratio(f"{key}.growth", size, before, "增减额 ÷ 上年决算数 × 100%")
        if before and before.fen > 0
        else None
    )
    if percent:
        runs.append(draft.say("{words}{percent}", words=rise_or_fall(delta.number), percent=percent))
    return join_runs([join_runs(runs, "，"), (Run("。"),)], "")


def _two_years(draft: Draft, places: Sequence[tuple[str, Place]], caption: str) -> list[Chart]:
    pairs = []
    for label, place in places:
        current, found = printed(draft, place), change(draft, place)
        if current and found and found[1]:
            pairs.append(Pair(label, wan_yuan(found[1].fen), wan_yuan(current.fen)))
    return [two_year_chart(pairs, (draft.year - 1, draft.year), caption=caption)] if pairs else []


def total(draft: Draft) -> list[Block]:
    """一、收入支出决算总体情况."""
    place = ("overview", "income.grand", "amount")
    grand = printed(draft, place)
    if grand is None:
        return []
    text = draft.paragraph(
        draft.say("{year}年度收、支总计{grand}万元。", grand=grand),
        change_words(draft, place, "收、支总计各"),
    )
    spent = ("overview", "expenditure.grand", "amount")
    places = [("收入总计", place), ("支出总计", spent if change(draft, spent) else place)]
    return [text, *_two_years(draft, places, "图1　收、支决算总计变动情况")]


def _composition(draft: Draft, table: str, whole: Fact, noun: str) -> tuple[list[Runs], list[Bar]]:
    runs, bars = [], []
    for column in ACCOUNTS[table][1][1:]:
        part = printed(draft, (table, "total", column))
        share = draft.ratio(
            f"{table}.{column}.share", part, whole, f"{COLUMN_LABELS[table][column]} ÷ {noun}合计 × 100%"
        )
        if part and part.fen and share:
            label = COLUMN_LABELS[table][column]
            runs.append(
                draft.say(
                    "{label}{part}万元，占{noun}合计的{share}", label=label, part=part, noun=noun, share=share
                )
            )
            bars.append(Bar(label, wan_yuan(part.fen)))
    return runs, bars


def _structure(draft: Draft, table: str, noun: str, caption: str) -> list[Block]:
    place = (table, "total", "total")
    whole = printed(draft, place)
    if whole is None:
        return []
    runs, bars = _composition(draft, table, whole, f"本年{noun}")
    sentences = [
        draft.say("{year}年度{noun}合计{whole}万元。", noun=noun, whole=whole),
        change_words(draft, place, f"{noun}合计"),
    ]
    if runs:
        sentences += [draft.say("其中："), join_runs(runs, "；"), draft.say("。")]
    charts = [structure_chart(bars, caption=caption)] if bars else []
    return [draft.paragraph(*sentences), *charts]


def revenue(draft: Draft) -> list[Block]:
    """二、收入决算情况."""
    return _structure(draft, "revenue", "收入", "图2　收入决算结构")


def expenditure(draft: Draft) -> list[Block]:
    """三、支出决算情况."""
    return _structure(draft, "expenditure", "支出", "图3　支出决算结构")


def fiscal_total(draft: Draft) -> list[Block]:
    """四、财政拨款收入支出决算总体情况, fund by fund."""
    table = "fiscal_overview"
    place = (table, "income.grand", "amount")
    grand = printed(draft, place)
    if grand is None:
        return []
    blocks: list[Block] = [
        draft.paragraph(
            draft.say("{year}年度财政拨款收、支总计{grand}万元。", grand=grand),
            change_words(draft, place, "财政拨款收、支总计各"),
        )
    ]
    funds = (
        ("income.general_public", "一般公共预算财政拨款收入"),
        ("income.government_fund", "政府性基金预算财政拨款收入"),
        ("income.state_capital", "国有资本经营预算财政拨款收入"),
    )
    lines: list[Runs] = []
    none: list[Runs] = []
    for row, words in funds:
        fact = printed(draft, (table, row, "amount"))
        if fact and fact.fen:
            lines.append(draft.say("{words}{amount}万元", words=words, amount=fact))
        else:
            none.append(draft.say("{words}", words=words))
    sentences: list[Runs] = []
    if lines:
        sentences.append(draft.say("财政拨款收入中，{lines}。", lines=join_runs(lines)))
    if none:
        sentences.append(draft.say("本年无{none}。", none=join_runs(none)))
    blocks.append(draft.paragraph(*sentences))
    return [
        *blocks,
        *_two_years(draft, [("财政拨款收、支总计", place)], "图4　财政拨款收、支决算总计变动情况"),
    ]


def _classes(draft: Draft) -> list[tuple[str, str, Fact]]:
    """(code, name, amount) of each functional class with general-budget money."""
    found = []
    for code in draft.accounts.classes():
        fact = printed(draft, ("fiscal_overview", f"class.{code}", "general_public"))
        name = name_of(code, draft.year)
        if fact and fact.fen and name:
            found.append((code, name, fact))
    return found


def general(draft: Draft) -> list[Block]:
    """五、一般公共预算财政拨款支出: total, structure by class, budget against final account by class."""
    place = ("general_expenditure", "total", "total")
    whole = printed(draft, place)
    if whole is None:
        return [draft.paragraph(draft.say("本{body}{year}年度无一般公共预算财政拨款支出。"))]
    spent = printed(draft, ("expenditure", "total", "total"))
    share = draft.ratio("general.share", whole, spent, "一般公共预算财政拨款支出 ÷ 本年支出合计 × 100%")
    runs = [draft.say("{year}年度一般公共预算财政拨款支出{whole}万元", whole=whole)]
    runs += [draft.say("，占本年支出合计的{share}", share=share)] if share else []
    runs += [draft.say("。"), change_words(draft, place, "一般公共预算财政拨款支出")]
    blocks: list[Block] = [
        draft.heading(2, "（一）一般公共预算财政拨款支出决算总体情况"),
        draft.paragraph(*runs),
    ]
    classes = _classes(draft)
    blocks.append(draft.heading(2, "（二）一般公共预算财政拨款支出决算结构情况"))
    blocks.append(draft.paragraph(draft.say("{year}年度一般公共预算财政拨款支出主要用于以下方面：")))
    for number, (code, name, fact) in enumerate(classes, start=1):
        part = draft.ratio(
            f"general.{code}.share",
            fact,
            whole,
            f"{name} ÷ 一般公共预算财政拨款支出 × 100%",
            _fine(fact, whole),
        )
        line = draft.say("{name}（类）{amount}万元", name=name, amount=fact)
        line = join_runs([line, draft.say("占{part}", part=part)], "，") if part else line
        blocks.append(draft.numbered(number, line, draft.say("。")))
    blocks.append(draft.heading(2, "（三）一般公共预算财政拨款支出决算具体情况"))
    return [*blocks, *_budget_against_account(draft, place, whole, classes)]


def _fine(part: Fact, whole: Fact) -> Rounding:
    """Two decimals, three where two would print 0.00 for something."""
    tiny = part.fen > 0 and part.fen * 20_000 < whole.fen
    return Rounding(3 if tiny else 2)


def _budget_against_account(
    draft: Draft, place: Place, whole: Fact, classes: Sequence[tuple[str, str, Fact]]
) -> list[Block]:
    runs = [_completion(draft, place, "一般公共预算财政拨款支出", whole)]
    basic = printed(draft, ("general_expenditure", "total", "basic"))
    project = printed(draft, ("general_expenditure", "total", "project"))
    parts = []
    for words, fact in (("基本支出", basic), ("项目支出", project)):
        if fact:
            parts.append(draft.say("{words}{amount}万元", words=words, amount=fact))
    if parts:
        runs.append(draft.say("其中：{parts}。", parts=join_runs(parts)))
    blocks: list[Block] = [draft.paragraph(*runs)]
    for number, (code, name, fact) in enumerate(classes, start=1):
        cell = ("fiscal_overview", f"class.{code}", "general_public")
        blocks.append(draft.numbered(number, _completion(draft, cell, f"{name}（类）", fact)))
    return blocks


def _completion(draft: Draft, place: Place, words: str, spent: Fact) -> Runs:
    """``年初预算…万元，支出决算…万元，完成年初预算的…%``."""
    given = statement_at(draft, "completion", "executed", place) or statement_at(
        draft, "completion", "executed", place, against_budget=True
    )
    budget = given.roles.get("budget") if given else None
    if budget is None:
        return draft.say("{words}支出决算{spent}万元。", words=words, spent=spent)
    runs = draft.say(
        "{words}年初预算{budget}万元，支出决算{spent}万元", words=words, budget=budget, spent=spent
    )
    percent = draft.ratio(f"{'.'.join(place)}.completion", spent, budget, "支出决算数 ÷ 年初预算数 × 100%")
    tail = draft.say("，完成年初预算的{percent}。", percent=percent) if percent else draft.say("。")
    return join_runs([runs, tail], "")


def basic(draft: Draft) -> list[Block]:
    """六、基本支出: 人员 and 公用, each with the 款 that carry money."""
    table = "basic_detail"
    whole = printed(draft, ("general_expenditure", "total", "basic"))
    if whole is None:
        return [draft.paragraph(draft.say("本{body}{year}年度无一般公共预算财政拨款基本支出。"))]
    blocks: list[Block] = [
        draft.paragraph(draft.say("{year}年度一般公共预算财政拨款基本支出{whole}万元，其中：", whole=whole))
    ]
    for row, words, staff in (("personnel.total", "人员经费", True), ("public.total", "公用经费", False)):
        fact = printed(draft, (table, row, "amount"))
        if fact is None:
            continue
        names = [
            draft.say("{name}", name=name)
            for group in draft.accounts.groups()
            if (group in PERSONNEL_GROUPS) is staff
            for code in draft.accounts.details(group)
            if (cell := printed(draft, (table, code, "amount"))) and cell.fen
            if (name := name_of(code, draft.year))
        ]
        line = draft.say("{words}{amount}万元", words=words, amount=fact)
        line = join_runs([line, join_runs(names)], "，主要包括：") if names else line
        blocks.append(draft.paragraph(line, draft.say("。")))
    return blocks
