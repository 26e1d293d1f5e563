"""Family F, the overall sheet against its parts, the project sheets, the base table and the accounts.

Source: performance.md §5.2. F08 (年初＋追加＝全年) needs the supplementary budget, which no form prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import Wording, broken, check_cell, check_sum, held, not_checked
from guangsha.checker.subjects import LOCAL_FORMS, NO_OVERALL, NO_PROJECT, nature_parts, sheet_title
from guangsha.facts.fact import Fact
from guangsha.facts.forms import STAGES
from guangsha.kernel.findings import Outcome, Relation, Severity
from guangsha.kernel.numbers import divide, plain, round_to


@rule(
    "F06",
    title="按收入性质分的合计等于全年预算数",
    scope="整体自评表",
    formula="一般公共预算＋政府性基金＋国有资本经营＋专户非税＋上级补助＋其他＝全年预算数",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="两处是同一笔钱的两种列法。",
    source=f"部门整体支出绩效自评表“年度预算申请”栏；{LOCAL_FORMS}",
    example="岳阳市：3126.95＋89.52＝3216.47；岳阳楼区：1235.51＋1.22＝1236.73，相符。",
    absent=NO_OVERALL,
)
def f06(case: Case) -> Iterator[Relation]:
    sheet = case.report.overall
    if sheet is None:
        return
    total = sheet.funds().full_year
    addends = list(sheet.by_revenue.values())
    wording = Wording(
        f"{sheet_title(sheet)}按收入性质分的合计与全年预算数", "请核对各项收入来源与全年预算数。"
    )
    if total is None or not addends:
        yield not_checked("F06", wording.subject, "没有同时填列全年预算数和按收入性质的分项")
    else:
        yield check_sum("F06", Severity.ERROR, total, addends, wording)


@rule(
    "F07",
    title="按支出性质分的合计等于全年执行数",
    scope="整体自评表",
    formula="基本支出＋项目支出＝全年执行数",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="两处是同一笔支出的两种列法。",
    source=f"部门整体支出绩效自评表“年度预算申请”栏；{LOCAL_FORMS}",
    example="岳阳市：1323.41＋1874.05＝3197.46；岳阳楼区：293.58＋942.58＝1236.16，相符。",
    absent=NO_OVERALL,
)
def f07(case: Case) -> Iterator[Relation]:
    sheet = case.report.overall
    if sheet is None:
        return
    total = sheet.funds().executed
    addends = nature_parts(sheet.by_expenditure())
    wording = Wording(
        f"{sheet_title(sheet)}按支出性质分的合计与全年执行数", "请核对基本支出、项目支出与全年执行数。"
    )
    if total is None or len(addends) < 2:
        yield not_checked("F07", wording.subject, "没有同时填列全年执行数和基本、项目两项支出")
    else:
        yield check_sum("F07", Severity.ERROR, total, addends, wording)


@rule(
    "F09",
    title="年初预算数等于人员、公用和项目经费之和",
    scope="整体自评表",
    formula="年初预算数＝人员经费＋公用经费＋项目支出（年初）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="年初预算由三部分组成，分解对不上说明有一处没有按批复数填列。",
    source="部门预算批复的构成；岳阳楼区整体自评表“2025年度预算指标分解”",
    example="岳阳楼区：253.19＋25.20＋22＝300.39，报告为 300.39，相符。",
    absent=NO_OVERALL,
)
def f09(case: Case) -> Iterator[Relation]:
    sheet = case.report.overall
    if sheet is None:
        return
    total = sheet.funds().initial
    addends = nature_parts(sheet.by_expenditure("initial"))
    wording = Wording(f"{sheet_title(sheet)}的年初预算数与其分解", "请按年初预算批复核对各项。")
    if total is None or len(addends) < 2:
        yield not_checked("F09", wording.subject, "没有同时填列年初预算数及其分解")
    else:
        yield check_sum("F09", Severity.ERROR, total, addends, wording)


@rule(
    "F10",
    title="资金结构的各级合计相符",
    scope="整体自评表",
    formula="基本支出＝人员经费＋公用经费；资金结构合计＝基本支出＋项目支出＝资金来源合计",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="长沙等地的表把资金来源和资金结构分两组列示，两组必须是同一笔钱。",
    source="长沙市岳麓区部门整体支出绩效自评表“整体资金”栏",
    absent="没有填列资金结构（人员经费、公用经费）",
)
def f10(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        for stage, label in STAGES.items():
            amounts = sheet.by_expenditure(stage)
            where = f"{sheet_title(sheet)}{label}的"
            inner = [amounts[name] for name in ("personnel", "public") if name in amounts]
            if "basic" in amounts and inner:
                wording = Wording(f"{where}基本支出与人员、公用经费之和", "请核对人员经费和公用经费。")
                yield check_sum("F10", Severity.ERROR, amounts["basic"], inner, wording)
            total = sheet.funds().full_year
            if stage == "full_year" and total is not None and len(nature_parts(amounts)) > 1:
                wording = Wording(f"{where}资金来源合计与资金结构合计", "请核对两组资金的合计。")
                yield check_sum("F10", Severity.ERROR, total, nature_parts(amounts), wording)


@rule(
    "F11",
    title="各项目自评表执行数之和等于整体表的项目支出",
    scope="整体自评表与项目自评表",
    formula="∑项目自评表全年执行数＝整体自评表项目支出",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="每个一级项目都应填一张自评表；合计小于项目支出说明有项目没有自评。",
    source="自评表备注“每个一级项目支出填一张表”",
    example="岳阳市：146.86＋116.29＋1500＝1763.15，项目支出为 1874.05，三张表只覆盖 94.08%。",
    absent=NO_PROJECT,
)
def f11(case: Case) -> Iterator[Relation]:
    if not case.report.projects:
        return
    overall = case.report.overall
    total = overall.by_expenditure().get("project") if overall else None
    executed = [sheet.funds().executed for sheet in case.report.projects]
    addends = [fact for fact in executed if fact is not None]
    covered = sum((fact.number for fact in addends), Decimal(0))
    share = ""
    if total is not None and total.number > 0 and covered < total.number:
        share = f"（现有自评表覆盖 {plain(round_to(divide(covered * 100, total.number), 2))}%）"
    wording = Wording(
        "整体自评表的项目支出与各项目自评表执行数之和",
        f"请为未自评的项目补填自评表，或说明自评的覆盖比例{share}。",
    )
    if total is None or len(addends) < len(executed):
        yield not_checked("F11", wording.subject, "整体表的项目支出或某张项目表的执行数未填")
    else:
        yield check_sum("F11", Severity.WARNING, total, addends, wording)


@rule(
    "F12",
    title="各项目自评表年初预算之和等于基础数据表的项目支出预算",
    scope="基础数据表与项目自评表",
    formula="∑项目自评表年初预算数＝基础数据表项目支出“本年预算数”",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="同一年初预算在两张附表里应当一致。",
    source=f"部门整体支出绩效评价基础数据表填表说明；{LOCAL_FORMS}",
    example="岳阳市：147＋26＋0＝173，相符；岳阳楼区：22＋921.23＝943.23，基础数据表为 22，不符。",
    absent=NO_PROJECT,
)
def f12(case: Case) -> Iterator[Relation]:
    if not case.report.projects:
        return
    line = case.report.base_line("project_total")
    total = line.budget if line else None
    initial = [sheet.funds().initial for sheet in case.report.projects]
    addends = [fact for fact in initial if fact is not None]
    wording = Wording(
        "基础数据表的项目支出预算数与各项目自评表年初预算之和",
        "请核对各项目的年初预算数；执行中追加的项目，年初预算应填 0。",
    )
    if total is None or len(addends) < len(initial):
        yield not_checked("F12", wording.subject, "基础数据表的项目支出预算或某张项目表的年初预算未填")
    else:
        yield check_sum("F12", Severity.WARNING, total, addends, wording)


@rule(
    "F13",
    title="全年预算数等于调整后的基本支出加各项目全年预算",
    scope="整体自评表、基础数据表与项目自评表",
    formula="全年预算数＝基本支出调整后预算＋∑项目自评表全年预算数",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="全年预算数由调整后的基本支出和全部项目组成，差额提示有项目漏填或仍用年初数。",
    source=f"部门整体支出绩效评价基础数据表“部门基本支出预算调整”行；{LOCAL_FORMS}",
    example="岳阳市：1342.29＋（147＋26＋1500）＝3015.29，全年预算数为 3216.47，差额需要说明。",
    absent=NO_PROJECT,
)
def f13(case: Case) -> Iterator[Relation]:
    overall, projects = case.report.overall, case.report.projects
    if not projects:
        return
    line = case.report.base_line("basic_adjusted")
    total = overall.funds().full_year if overall else None
    budgets = [sheet.funds().full_year for sheet in projects]
    addends = [fact for fact in (line.budget if line else None, *budgets) if fact is not None]
    wording = Wording(
        "整体自评表的全年预算数与调整后基本支出、各项目全年预算之和",
        "请核对各项目的全年预算数是否已含调整和结转，以及是否漏填项目。",
    )
    if total is None or len(addends) < len(budgets) + 1:
        yield not_checked("F13", wording.subject, "全年预算数、基本支出调整数或某张项目表的全年预算数未填")
    else:
        yield check_sum("F13", Severity.WARNING, total, addends, wording)


@rule(
    "F17",
    title="全年执行数等于决算总支出",
    scope="整体自评表与决算（或正文）",
    formula="整体自评表全年执行数＝本年支出合计（全口径或财政拨款口径）",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="自评的执行数就是决算的支出数，两者不符说明至少一处不是决算数。",
    source="部门决算收入支出决算总表；自评表填表说明",
    example="江岸区：22854.27 与财政拨款支出合计 22854.27 相符；岳阳楼区：1236.16 与正文总支出 1236.16 相符。",
    absent=NO_OVERALL,
)
def f17(case: Case) -> Iterator[Relation]:
    sheet = case.report.overall
    if sheet is None:
        return
    wording = Wording(
        f"{sheet_title(sheet)}的全年执行数与决算总支出", "请以决算支出合计为准更正，并注明口径。"
    )
    executed = sheet.funds().executed
    candidates = [
        case.report.accounts("overview").cell("expenditure.total", "amount"),
        case.report.accounts("fiscal_overview").cell("expenditure.total", "total"),
        case.facts.find("detail.amount", item="expenditure_total"),
    ]
    totals = [fact for fact in candidates if fact is not None]
    if executed is None or not totals:
        yield not_checked("F17", wording.subject, "没有全年执行数，或没有决算总支出可对照")
        return
    tried = [check_cell("F17", Severity.ERROR, executed, total, wording) for total in totals]
    # Two scopes are lawful (all money, or fiscal appropriation only); one that agrees is enough.
    best = [Outcome.HELD, Outcome.TAIL, Outcome.BROKEN]
    yield min(tried, key=lambda relation: best.index(relation.outcome))


@rule(
    "F18",
    title="全年预算数应为调整后预算",
    scope="整体自评表",
    formula="执行数超出年初预算时，全年预算数≠年初预算数",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="表注要求全年预算数为调整后（含结转）的数；仍填年初数会得出百分之几百的执行率。",
    source="武汉市绩效自评表备注 1“预算数为调整后财政资金总额（包括上年结余结转）”",
    example="江岸区：预算数 1405.65 是年初数，执行数 22854.27，执行率 1625.89%。",
    absent=NO_OVERALL,
)
def f18(case: Case) -> Iterator[Relation]:
    sheet = case.report.overall
    if sheet is None:
        return
    subject = f"{sheet_title(sheet)}的全年预算数"
    money = sheet.funds()
    if money.full_year is None or money.executed is None:
        yield not_checked("F18", subject, "全年预算数或全年执行数未填")
        return
    initial = money.initial or _stated_initial_budget(case)
    if initial is None:
        yield not_checked("F18", subject, "没有年初预算数可对照")
        return
    over = money.executed.number - money.full_year.number
    if money.full_year.number != initial.number or over <= Decimal("0.01"):
        yield held("F18", subject)
        return
    yield broken(
        "F18", Severity.WARNING, "budget",
        f"{subject} {plain(money.full_year.number)} 万元就是年初预算数，而全年执行数为 "
        f"{plain(money.executed.number)} 万元，应填调整后的预算数。",
        subject=subject, expected="调整后预算数", found=plain(money.full_year.number),
        facts=(money.full_year, initial, money.executed),
        advice="请改填含追加、调整和上年结转的全年预算数，并重新计算执行率和得分。",
    )  # fmt: skip


def _stated_initial_budget(case: Case) -> Fact | None:
    """The initial budget total that the prose states: the budget of a completion statement (决算÷年初预算)."""
    overall = case.report.overall
    budget = overall.funds().full_year if overall else None
    for statement in case.report.statements:
        stated = statement.roles.get("budget") if statement.kind == "completion" else None
        if stated is None or budget is None or stated.number != budget.number:
            continue
        if "全年预算" not in statement.subject:
            return stated
    return None
