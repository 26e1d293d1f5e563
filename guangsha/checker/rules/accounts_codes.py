"""Family X, on codes that stand in several tables: 三公, social insurance, order and nature (X13–X18)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from guangsha.checker.accounts_view import FORM, NO_ACCOUNTS, AccountsView
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    Wording,
    broken,
    check_at_most,
    check_cell,
    check_sum,
    held,
    not_checked,
)
from guangsha.facts.classification import name_of
from guangsha.kernel.findings import Outcome, Relation, Severity
from guangsha.kernel.numbers import plain

#: Economic codes of basic expenditure that are part of a 三公 column.
_THREE_PUBLIC_CODES = {
    "30212": "abroad",
    "31013": "vehicle_purchase",
    "30231": "vehicle_running",
    "30217": "reception",
}


@rule(
    "X13",
    title="基本支出中的“三公”经费不超过“三公”经费决算",
    scope="公开06表、公开09表",
    formula="30212≤因公出国（境）费；31013≤购置费；30231≤运行维护费；30217≤公务接待费",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="公开09表包括项目支出中的“三公”经费，基本支出部分不会更大，也不要求相等。",
    source="公开09表注",
    example="江岸区 2024 年度 30231：0.18≤0.18。",
    absent="报告中没有基本支出明细表或“三公”经费表",
)
def x13(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    for code, column in _THREE_PUBLIC_CODES.items():
        part = view.entry(("basic_detail", code, "amount"))
        if part is None:
            continue
        whole_place = ("three_public", "executed", column)
        whole = view.cell(whole_place)
        subject = f"{view.label(('basic_detail', code, 'amount'))}不超过{view.label(whole_place)}"
        if whole is None:
            yield not_checked("X13", subject, "报告中没有“三公”经费支出决算表")
        else:
            yield check_at_most("X13", Severity.ERROR, part, whole, Wording(subject))


#: Functional items that are paid as one economic 款 from basic expenditure.
_PAIRS: dict[str, tuple[str, ...]] = {
    "30108": ("2080505",),
    "30109": ("2080506",),
    "30113": ("2210201",),
    "30110": ("2101101", "2101102"),
    "30304": ("20808",),
}


@rule(
    "X14",
    title="社保、公积金等科目与经济分类对应",
    scope="公开05表、公开06表",
    formula="养老保险 2080505＝30108；职业年金 2080506＝30109；住房公积金 2210201＝30113；医疗保险 2101101＋2101102＝30110；抚恤 20808＝30304",
    tolerance="CELL",
    severity=Severity.WARNING,
    why="同一笔缴费在功能分类和经济分类中应一致，不一致须核实列支科目。",
    source="政府收支分类科目说明",
    example="江岸区 2024 年度住房公积金：99.54＝99.54。",
    absent="报告中没有一般公共预算支出表或基本支出明细表",
)
def x14(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    leaves = view.accounts.leaves("general_expenditure")
    for economic, prefixes in _PAIRS.items():
        paid = view.entry(("basic_detail", economic, "amount"))
        items = [leaf for leaf in leaves if leaf.startswith(prefixes)]
        booked = view.entries(("general_expenditure", leaf, "basic") for leaf in items)
        if paid is None or not booked:
            continue
        names = "＋".join(view.row_label("general_expenditure", fact.dimension("row")) for fact in booked)
        subject = (
            f"{view.label(('basic_detail', economic, 'amount'))}＝{view.title('general_expenditure')}{names}"
        )
        wording = Wording(subject, "请核对该项支出的功能分类和经济分类列支科目。")
        if len(booked) == 1:
            yield check_cell("X14", Severity.WARNING, paid, booked[0], wording)
        else:
            yield check_sum("X14", Severity.WARNING, paid, booked, wording)


@rule(
    "X15",
    title="医疗补助在功能分类与经济分类间的对应",
    scope="公开05表、公开06表",
    formula="公务员医疗补助 2101103＋其他医疗 2101199≈30111＋30307＋30399",
    tolerance="SUM(5)",
    severity=Severity.INFO,
    why="多数单位的医疗补助按此列支；因单位而异，不相等不作为错误。",
    source="政府收支分类科目说明；2024 年度公开表实例",
    example="江岸区 2024 年度：113.15＋0.45＝113.60，52.25＋33.27＋28.08＝113.60。",
    absent="报告中没有医疗补助数据",
)
def x15(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    booked = view.entries(("general_expenditure", code, "basic") for code in ("2101103", "2101199"))
    paid = view.entries(("basic_detail", code, "amount") for code in ("30111", "30307", "30399"))
    if booked and paid:
        wording = Wording("医疗补助（2101103＋2101199）＝经济分类（30111＋30307＋30399）")
        first, *rest = booked
        yield _if_it_holds("X15", check_sum("X15", Severity.INFO, first, paid, wording, minus=rest))


@rule(
    "X16",
    title="提租补贴、购房补贴不超过津贴补贴",
    scope="公开05表、公开06表",
    formula="提租补贴 2210202＋购房补贴 2210203≤津贴补贴 30102（或 303）",
    tolerance="CELL",
    severity=Severity.INFO,
    why="住房改革补贴通常列在津贴补贴或对个人和家庭的补助；因单位而异，不作为错误。",
    source="政府收支分类科目说明",
    example="江岸区 2024 年度：56.93≤125.63。",
    absent="报告中没有提租补贴、购房补贴数据",
)
def x16(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    booked = view.entries(("general_expenditure", code, "basic") for code in ("2210202", "2210203"))
    limits = view.entries(("basic_detail", code, "amount") for code in ("30102", "303"))
    if booked and limits:
        subject = "提租补贴＋购房补贴不超过津贴补贴（或对个人和家庭的补助）"
        total = sum((fact.number for fact in booked), Decimal(0))
        if any(total <= limit.number + Decimal("0.01") for limit in limits):
            yield held("X16", subject, *booked, *limits)
        else:
            yield not_checked("X16", subject, "本单位不适用该对应关系")


def _if_it_holds(rule_id: str, relation: Relation) -> Relation:
    """A correspondence that differs from unit to unit proves nothing where it does not hold."""
    if relation.outcome is Outcome.BROKEN:
        return not_checked(rule_id, relation.subject, "本单位不适用该对应关系")
    return relation


@rule(
    "X17",
    title="各表科目相互包含、次序一致",
    scope="公开02、03、05表",
    formula="05表科目⊆03表科目；02、03表科目相互包含；共有科目次序相同",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="同一科目在一张表出现而在另一张缺失，往往是漏列。",
    source=FORM,
    example="江岸区 2024 年度：三张表 25 个科目及次序相同。",
    absent=NO_ACCOUNTS,
)
def x17(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    pairs = (("general_expenditure", "expenditure", False), ("revenue", "expenditure", True))
    for first, second, either in pairs:
        one, two = (
            [row for row in view.accounts.table(table).rows if row.isdigit()] for table in (first, second)
        )
        if one and two:
            yield _nested(view, (first, one), (second, two), either)
            yield _ordered_alike(view, (first, one), (second, two))


_Rows = tuple[str, Sequence[str]]


def _nested(view: AccountsView, first: _Rows, second: _Rows, either: bool) -> Relation:
    one, two = set(first[1]), set(second[1])
    subject = f"{view.title(first[0])}科目包含于{view.title(second[0])}"
    surplus = sorted(one - two)
    if not surplus or (either and two <= one):
        return held("X17", subject)
    names = "、".join(f"{code} {name_of(code, view.year)}".strip() for code in surplus[:5])
    facts = view.entries((first[0], code, "total") for code in surplus)
    return broken(
        "X17", Severity.WARNING, "missing", f"{view.title(first[0])}有科目 {names}，{view.title(second[0])}没有。",
        subject=subject, found=surplus[0], facts=facts, advice="请核对两张表所列科目。",
    )  # fmt: skip


def _ordered_alike(view: AccountsView, first: _Rows, second: _Rows) -> Relation:
    common = set(first[1]) & set(second[1])
    one, two = ([row for row in rows if row in common] for _, rows in (first, second))
    subject = f"{view.title(first[0])}与{view.title(second[0])}共有科目次序一致"
    if one == two:
        return held("X17", subject)
    place = next(index for index, (a, b) in enumerate(zip(one, two, strict=True)) if a != b)
    message = f"{subject}：一处为 {one[place]}，另一处为 {two[place]}。"
    return broken(
        "X17", Severity.WARNING, "order", message, subject=subject, expected=two[place],
        found=one[place], facts=view.entries([(first[0], one[place], "total")]), advice="请按科目编码排列各行。",
    )  # fmt: skip


#: By definition 行政运行 and 事业运行 are basic expenditure, 一般行政管理事务 is project expenditure.
_NATURE_OF_NAME = {"行政运行": "project", "事业运行": "project", "一般行政管理事务": "basic"}


@rule(
    "X18",
    title="支出性质与科目含义相符",
    scope="公开03、05表",
    formula="行政运行、事业运行不列项目支出；一般行政管理事务不列基本支出",
    tolerance="–",
    severity=Severity.INFO,
    why="科目说明规定了这些科目的支出性质，不符时建议核实列支科目。",
    source="政府收支分类科目说明",
    example="江岸区 2024 年度 2160250 事业运行列项目支出 0.50 万元。",
    absent="没有行政运行、事业运行、一般行政管理事务等科目",
)
def x18(case: Case) -> Iterator[Relation]:
    view = AccountsView(case)
    for table in ("expenditure", "general_expenditure"):
        for code in view.accounts.leaves(table):
            name = view.accounts.table(table).row_name(code) or name_of(code, view.year)
            strange = _NATURE_OF_NAME.get(name)
            if strange is None:
                continue
            subject = f"{view.title(table)}{code} {name}的支出性质"
            fact = view.entry((table, code, strange))
            if fact is None or fact.number == 0:
                yield held("X18", subject)
            else:
                message = f"{view.label((table, code, strange))}为 {plain(fact.number)}万元，与科目含义不符。"
                yield broken(
                    "X18", Severity.INFO, "nature", message, subject=subject, expected="空白",
                    found=plain(fact.number), facts=[fact], advice="请核实列支科目或支出性质。",
                )  # fmt: skip
