"""Family N: the figures of a self-evaluation's prose against each other. Source: performance.md §5.5.

Statements of reports that hold final-accounts tables are the business of families S and Y. What needs the words
themselves (N03, N11 to N15) comes with the reader of documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    HALF,
    Wording,
    broken,
    check_cell,
    check_percent,
    check_sum,
    held,
    last_digit,
    not_checked,
)
from guangsha.facts.fact import Fact
from guangsha.facts.forms import ACCOUNTS
from guangsha.facts.report import Statement
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import plain

_PROSE = "部门整体支出绩效自评报告正文"
_NO_STATEMENT = "报告正文没有这类数字说明，或已按决算说明规则核对"


def _amount(case: Case, item: str) -> Fact | None:
    return case.facts.find("detail.amount", item=item)


def _group(case: Case, code: str) -> Fact | None:
    return case.facts.find("detail.economic", economic=code)


def statements(case: Case, *kinds: str) -> list[Statement]:
    """The statements that this family answers for: none where final-accounts tables are given."""
    if any(case.report.accounts(table) for table in ACCOUNTS):
        return []
    return [statement for statement in case.report.statements if statement.kind in kinds]


@rule(
    "N01",
    title="正文基本支出等于人员支出加公用支出",
    scope="正文",
    formula="基本支出＝人员支出＋公用支出；人员支出＝工资福利支出（301）＋对个人和家庭的补助（303）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="基本支出的两级构成必须逐级相加。",
    source=f"{_PROSE}；部门预算支出经济分类科目",
    example="岳阳市：1128.83＋56.37＝1185.20，1185.2＋138.21＝1323.41，均相符。",
    absent="正文没有基本支出的构成",
)
def n01(case: Case) -> Iterator[Relation]:
    basic, personnel, public = (_amount(case, item) for item in ("basic", "personnel", "public"))
    groups = [fact for code in ("301", "303") if (fact := _group(case, code))]
    goods = [fact for fact in (public or _group(case, "302"),) if fact]
    if personnel is not None and groups:
        wording = Wording("正文人员支出与工资福利支出、对个人和家庭的补助之和", "请核对人员支出的构成。")
        yield check_sum("N01", Severity.ERROR, personnel, groups, wording)
    people = [personnel] if personnel else groups
    if basic is not None and people and goods:
        capital = [fact for fact in (_group(case, "310"),) if fact and not public]
        wording = Wording("正文基本支出与人员、公用支出之和", "请核对基本支出的构成。")
        yield check_sum("N01", Severity.ERROR, basic, [*people, *goods, *capital], wording)
    elif basic is not None:
        yield not_checked("N01", "正文基本支出", "正文没有人员支出或公用支出")


@rule(
    "N02",
    title="经济分类各款之和等于类合计",
    scope="正文",
    formula="∑款（5 位）＝类（3 位）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="正文逐款列示的金额应当加得回类合计。",
    source=f"{_PROSE}；部门预算支出经济分类科目",
    example="岳阳楼区：301 各款之和 213.40，合计 213.39，属尾差；302 为 38.49 与 38.50，303 为 41.68 与 41.69，均属尾差。",
    absent="正文没有按款列示的基本支出",
)
def n02(case: Case) -> Iterator[Relation]:
    items = [fact for fact in case.facts.select("detail.economic") if len(fact.dimension("economic")) == 5]
    for code in dict.fromkeys(fact.dimension("economic")[:3] for fact in items):
        addends = [
            fact
            for fact in items
            if fact.dimension("economic").startswith(code) and not fact.dimension("basis")
        ]
        total = _group(case, code)
        wording = Wording(f"正文经济分类 {code} 的合计与各款之和", "请核对各款金额，或注明只列示主要款项。")
        if total is None:
            yield not_checked("N02", wording.subject, "没有类合计")
        elif addends:
            yield check_sum("N02", Severity.ERROR, total, addends, wording)


@rule(
    "N04",
    title="正文部分之和等于总数",
    scope="正文",
    formula="支出合计＝基本支出＋项目支出；收入合计＝∑各来源收入",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="正文分散在各段的部分数与总数必须一致。",
    source=_PROSE,
    example="岳阳楼区：293.58＋942.58＝1236.16；1235.51＋1.22＝1236.73，均相符。",
    absent="正文没有收入合计或支出合计",
)
def n04(case: Case) -> Iterator[Relation]:
    spent = _amount(case, "expenditure_total")
    parts = [fact for item in ("basic", "project") if (fact := _amount(case, item))]
    if spent is not None:
        wording = Wording("正文支出合计与基本支出、项目支出之和", "请核对各段的金额。")
        if len(parts) < 2:
            yield not_checked("N04", wording.subject, "正文没有基本支出或项目支出")
        else:
            yield check_sum("N04", Severity.ERROR, spent, parts, wording)
    income = _amount(case, "revenue_total")
    sources = case.facts.select("detail.revenue")
    if income is not None:
        wording = Wording("正文收入合计与各来源收入之和", "请核对各项收入。")
        if not sources:
            yield not_checked("N04", wording.subject, "正文没有收入的来源")
        else:
            yield check_sum("N04", Severity.ERROR, income, sources, wording)


@rule(
    "N05",
    title="收入减支出等于结余",
    scope="正文",
    formula="收入合计－支出合计＝结余",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="结余是结转下年的依据。",
    source=_PROSE,
    example="岳阳楼区：1236.73－1236.16＝0.57，相符。",
    absent="正文没有结余",
)
def n05(case: Case) -> Iterator[Relation]:
    balance = _amount(case, "balance")
    if balance is None:
        return
    income, spent = _amount(case, "revenue_total"), _amount(case, "expenditure_total")
    wording = Wording("正文结余与收入减支出", "请核对收入、支出和结余；有年初结转的，请一并列明。")
    if income is None or spent is None:
        yield not_checked("N05", wording.subject, "正文没有收入合计或支出合计")
    else:
        yield check_sum("N05", Severity.ERROR, balance, [income], wording, minus=[spent])


@rule(
    "N06",
    title="按功能分类的支出之和等于总支出",
    scope="正文",
    formula="∑功能分类（类）支出＝支出合计",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="功能分类覆盖全部支出，漏一类就对不上。",
    source=f"{_PROSE}；支出功能分类科目",
    example="岳阳楼区：62.44＋9.73＋202.02＋957.24＋3.08＋1.00＋0.65＝1236.16，相符。",
    absent="正文没有按功能分类的支出",
)
def n06(case: Case) -> Iterator[Relation]:
    classes = case.facts.select("detail.function")
    if not classes:
        return
    total = _amount(case, "expenditure_total")
    wording = Wording("正文支出合计与功能分类支出之和", "请核对各类支出是否列全。")
    if total is None:
        yield not_checked("N06", wording.subject, "正文没有支出合计")
    else:
        yield check_sum("N06", Severity.ERROR, total, classes, wording)


@rule(
    "N07",
    title="占比可由部分和总数重算，各占比之和为 100%",
    scope="正文",
    formula="占比＝部分÷总数×100%；同一总数的各部分列全时，∑占比＝100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="占比最常被引用，算错会误导读者。",
    source=_PROSE,
    example="岳阳市：1185.2÷1323.41＝89.56%，138.21÷1323.41＝10.44%，合计 100%，相符。",
    absent=_NO_STATEMENT,
)
def n07(case: Case) -> Iterator[Relation]:
    shares = statements(case, "share")
    for statement in shares:
        part, whole, percent = (statement.roles.get(role) for role in ("part", "whole", "percent"))
        subject = f"正文“{statement.subject}”的占比"
        if part is None or whole is None or percent is None:
            yield not_checked("N07", subject, "部分、总数或占比没有同时列示")
            continue
        wording = Wording(subject, "请按部分÷总数重新计算占比。")
        yield check_percent("N07", Severity.ERROR, percent, part, whole, wording)
    yield from _shares_sum(shares)


def _shares_sum(shares: list[Statement]) -> Iterator[Relation]:
    """Shares of one whole add up to 100 % where their parts cover the whole."""
    by_whole: dict[Decimal, list[Statement]] = {}
    for statement in shares:
        if {"part", "whole", "percent"} <= statement.roles.keys():
            by_whole.setdefault(statement.roles["whole"].number, []).append(statement)
    for whole, members in by_whole.items():
        parts = [statement.roles["part"] for statement in members]
        percents = [statement.roles["percent"] for statement in members]
        if len(members) < 2 or sum((part.number for part in parts), Decimal(0)) != whole:
            continue
        total = sum((percent.number for percent in percents), Decimal(0))
        envelope = sum((last_digit(percent) * HALF for percent in percents), Decimal(0))
        subject = f"正文总数 {plain(whole)} 的各占比之和"
        if abs(total - 100) <= envelope:
            yield held("N07", subject, *parts, *percents)
            continue
        yield broken(
            "N07", Severity.ERROR, "sum", f"{subject}为 {plain(total)}%，应为 100%。",
            subject=subject, expected="100", found=plain(total), tolerance=plain(envelope), facts=percents,
            advice="请重新计算各占比。",
        )  # fmt: skip


@rule(
    "N08",
    title="项目清单之和等于项目支出",
    scope="正文",
    formula="∑正文所列项目＝项目支出",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="项目支出逐项说明，应当列全。",
    source=_PROSE,
    example="岳阳市：146.86＋116.29＋32.81＋1500＋78.09＝1874.05；岳阳楼区：20.13＋922.45＝942.58，均相符。",
    absent="正文没有项目支出清单",
)
def n08(case: Case) -> Iterator[Relation]:
    listed = case.facts.select("detail.programme")
    if not listed:
        return
    overall = case.report.overall
    total = _amount(case, "project") or (overall.by_expenditure().get("project") if overall else None)
    wording = Wording("正文项目支出与所列项目之和", "请核对项目是否列全。")
    if total is None:
        yield not_checked("N08", wording.subject, "没有项目支出合计")
    else:
        yield check_sum("N08", Severity.ERROR, total, listed, wording)


@rule(
    "N09",
    title="正文引用的执行率与自评表相符",
    scope="正文与自评表",
    formula="正文引用的预算数、执行数与自评表相同时，执行率也须相同",
    tolerance="SC",
    severity=Severity.ERROR,
    why="结论部分的执行率、得分应当就是附表的数。",
    source=_PROSE,
    example="岳阳市正文 99.41%，整体自评表 99.41%，相符。",
    absent=_NO_STATEMENT,
)
def n09(case: Case) -> Iterator[Relation]:
    for statement in statements(case, "completion"):
        budget, executed, percent = (statement.roles.get(role) for role in ("budget", "executed", "percent"))
        for sheet in case.report.sheets:
            money, rate = sheet.funds(), sheet.published("execution.rate")
            same = (
                budget is not None and executed is not None
                and money.full_year is not None and money.executed is not None
                and (budget.number, executed.number) == (money.full_year.number, money.executed.number)
            )  # fmt: skip
            if not same:
                continue
            subject = f"正文“{statement.subject}”与自评表的执行率"
            if percent is None or rate is None:
                yield not_checked("N09", subject, "正文或自评表没有执行率")
                continue
            wording = Wording(subject, "请使正文与自评表一致。")
            coarser = min(percent.decimals or 0, rate.decimals or 0)
            yield check_cell("N09", Severity.ERROR, percent, rate, wording, places=coarser)


@rule(
    "N10",
    title="正文算式成立",
    scope="正文",
    formula="合计＝∑分项；差额＝被减数－减数；完成率＝执行÷预算",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="一句话里的几个数必须自己算得通。",
    source=_PROSE,
    example="市住建局：15698.18÷22257.69＝70.53%；8204.44＋593.41＋6788.47＋111.86＝15698.18，均相符。",
    absent=_NO_STATEMENT,
)
def n10(case: Case) -> Iterator[Relation]:
    for statement in statements(case, "sum", "difference", "completion"):
        roles = statement.roles
        wording = Wording(f"正文“{statement.subject}”", "请核对该句中的各数。")
        if statement.kind == "sum":
            parts = [fact for role, fact in roles.items() if role.startswith("part")]
            if "total" in roles and parts:
                yield check_sum("N10", Severity.WARNING, roles["total"], parts, wording)
                continue
        elif statement.kind == "difference":
            if {"minuend", "subtrahend", "delta"} <= roles.keys():
                yield check_sum(
                    "N10", Severity.WARNING, roles["delta"], [roles["minuend"]], wording,
                    minus=[roles["subtrahend"]],
                )  # fmt: skip
                continue
        elif {"budget", "executed", "percent"} <= roles.keys():
            yield check_percent(
                "N10", Severity.WARNING, roles["percent"], roles["executed"], roles["budget"], wording
            )
            continue
        yield not_checked("N10", wording.subject, "该句的数字没有列全")
