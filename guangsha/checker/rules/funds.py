"""Family F, within one form: the money block of a self-evaluation sheet (资金与执行率).

Source: performance.md §5.2; the relations between forms are in ``funds_overall.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from guangsha.checker.reasons import execution_reason, told_reason
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    Wording,
    broken,
    check_at_most,
    check_cell,
    check_percent,
    check_score,
    check_sum,
    held,
    not_checked,
)
from guangsha.checker.subjects import LOCAL_FORMS, NO_PROJECT, SELF_EVALUATION_RULES, sheet_title
from guangsha.facts.fact import Fact
from guangsha.facts.forms import FUNDS, STAGES
from guangsha.facts.report import Sheet
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.numbers import plain


@rule(
    "F01",
    title="年度资金总额等于各项资金之和",
    scope="项目自评表",
    formula="年度资金总额＝当年财政拨款＋上年结转资金＋其他资金（年初、全年、执行三列分别核对）",
    tolerance="SUM(n)",
    severity=Severity.ERROR,
    why="资金总额是执行率的分母和分子，分项对不上则执行率失去依据。",
    source=f"项目支出绩效自评表栏目关系；{LOCAL_FORMS}",
    example="岳阳楼区公租房租赁补贴：921.22＋0.01＝921.23，921.22＋1.22＝922.44，921.22＋1.23＝922.45，均相符。",
    absent=NO_PROJECT,
)
def f01(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        parts = {fund: sheet.funds(fund) for fund in FUNDS if fund != "total"}
        if not any(money.stage(stage) for money in parts.values() for stage in STAGES):
            if sheet.kind == "project":
                yield not_checked("F01", f"{sheet_title(sheet)}的年度资金总额", "没有按资金来源填列分项")
            continue
        for stage, label in STAGES.items():
            total = sheet.funds().stage(stage)
            addends = [fact for money in parts.values() if (fact := money.stage(stage)) is not None]
            subject = f"{sheet_title(sheet)}{label}的年度资金总额"
            if total is not None and addends:
                wording = Wording(subject, "请核对资金来源各行，更正合计或分项。")
                yield check_sum("F01", Severity.ERROR, total, addends, wording)
            elif total is not None or addends:
                yield not_checked("F01", subject, "总额与分项没有同时填列")


@rule(
    "F02",
    title="执行率等于全年执行数除以全年预算数",
    scope="自评表",
    formula="执行率＝全年执行数÷全年预算数×100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="执行率直接决定预算执行得分。",
    source=f"{SELF_EVALUATION_RULES}自评表“执行率”栏；{LOCAL_FORMS}",
    example="岳阳楼区住房保障事务经费：20.13÷22＝91.50%，报告为 91.00%，不符；447% 与 447.27% 按整数列示，相符。",
    absent="报告中没有自评表",
)
def f02(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        subject = f"{sheet_title(sheet)}的执行率"
        printed, money = sheet.published("execution.rate"), sheet.funds()
        if printed is None:
            yield not_checked("F02", subject, "没有公布的执行率")
        elif money.full_year is None or money.executed is None:
            yield not_checked("F02", subject, "全年预算数或全年执行数未填")
        else:
            wording = Wording(subject, "请按全年执行数÷全年预算数重新计算执行率，并相应更正得分。")
            yield check_percent("F02", Severity.ERROR, printed, money.executed, money.full_year, wording)
        yield from _part_rates(case, sheet)


def _own(case: Case, sheet: Sheet, concept: str, fund: str) -> Fact | None:
    """What the row of one fund prints for itself."""
    if concept == "execution.weight":
        return case.facts.find(concept, sheet=sheet.id, fund=fund)
    return case.facts.find(concept, sheet=sheet.id, fund=fund, basis="published")


def _part_rates(case: Case, sheet: Sheet) -> Iterator[Relation]:
    """The rate in the row of each fund, from that row's own amounts."""
    for fund, label in FUNDS.items():
        printed, money = _own(case, sheet, "execution.rate", fund), sheet.funds(fund)
        if (
            printed is None
            or money.full_year is None
            or money.executed is None
            or money.full_year.number == 0
        ):
            continue
        wording = Wording(
            f"{sheet_title(sheet)}“{label}”的执行率", "请按本行的全年执行数÷全年预算数重新计算。"
        )
        yield check_percent("F02", Severity.ERROR, printed, money.executed, money.full_year, wording)


@rule(
    "F03",
    title="预算执行得分按执行率计算",
    scope="自评表",
    formula="执行得分＝执行分值×min(1，执行率)，按本地口径取位",
    tolerance="SC",
    severity=Severity.ERROR,
    why="预算执行是自评总分中唯一完全由数字决定的部分。",
    source=f"{SELF_EVALUATION_RULES}；武汉市自评表“20分×执行率”；各地口径见 profiles",
    example="岳阳楼区住房保障事务经费：10×91.5%＝9.15，报告为 9.10，不符；江岸区 20×35.73%＝7.15 取整为 7，相符。",
    absent="报告中没有自评表",
)
def f03(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        subject = f"{sheet_title(sheet)}的预算执行得分"
        printed = sheet.published("execution.score")
        scored = case.scores.sheet(sheet.id)
        if printed is None:
            yield not_checked("F03", subject, "没有公布的执行得分")
        elif scored is None or scored.execution.score is None:
            yield not_checked("F03", subject, "没有全年预算数或全年执行数，算不出执行得分")
        else:
            rounding = case.profile.execution_score
            wording = Wording(subject, "请按未取位的执行率重新计算执行得分，并更正总分。")
            yield check_score(
                "F03", Severity.ERROR, printed, scored.execution.score, wording,
                how="；".join(scored.execution.explanation), places=rounding.places,
                inputs=[
                    fact
                    for fact in (
                        sheet.funds().executed, sheet.funds().full_year, sheet.execution_weight,
                        sheet.published("execution.rate"),
                    )
                    if fact
                ],
            )  # fmt: skip
        yield from _part_scores(case, sheet)
        yield from _at_most_weight(sheet)


def _part_scores(case: Case, sheet: Sheet) -> Iterator[Relation]:
    """A row that holds all the money of the sheet repeats the sheet's points, rate and score."""
    total = sheet.funds()
    for fund, label in FUNDS.items():
        money = sheet.funds(fund)
        stages = [(money.stage(stage), total.stage(stage)) for stage in ("full_year", "executed")]
        if fund == "total" or any(a is None or b is None or a.number != b.number for a, b in stages):
            continue
        for concept, whole in (
            ("execution.weight", sheet.execution_weight),
            ("execution.score", sheet.published("execution.score")),
        ):
            own = _own(case, sheet, concept, fund)
            if own is not None and whole is not None:
                subject = f"{sheet_title(sheet)}“{label}”的{own.declared.label}与年度资金总额一行"
                yield check_cell(
                    "F03", Severity.ERROR, own, whole, Wording(subject, "两行金额相同，请统一。")
                )


def _at_most_weight(sheet: Sheet) -> Iterator[Relation]:
    """No score above the points that the form gives to execution."""
    printed, weight = sheet.published("execution.score"), sheet.execution_weight
    if printed is not None and weight is not None:
        wording = Wording(
            f"{sheet_title(sheet)}的预算执行得分与执行分值", "得分不得超过分值，请更正其中一处。"
        )
        yield check_at_most("F03", Severity.ERROR, printed, weight, wording)


@rule(
    "F04",
    title="全年执行数不超过全年预算数",
    scope="自评表",
    formula="全年执行数≤全年预算数，超出的须说明原因",
    tolerance="CELL",
    severity=Severity.WARNING,
    why="无预算不得支出；超出通常说明全年预算数没有按调整后的数填列。",
    source="《预算法》第十三条；自评表填表说明",
    example="岳阳市非税收入执收成本：116.29÷26＝447%，未说明；岳阳楼区 922.45 与 922.44 相差 0.01，属尾差。",
    absent="报告中没有自评表",
)
def f04(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        money = sheet.funds()
        subject = f"{sheet_title(sheet)}的全年执行数"
        if money.full_year is None or money.executed is None:
            yield not_checked("F04", subject, "全年预算数或全年执行数未填")
            continue
        advice = "请核对全年预算数是否已含调整和结转；确属超预算的，请说明原因和批准依据。"
        yield check_at_most(
            "F04", Severity.WARNING, money.executed, money.full_year, Wording(subject, advice),
            explained=bool(execution_reason(sheet)) or told_reason(case.document, sheet),
        )  # fmt: skip


@rule(
    "F05",
    title="没有预算时不存在执行率",
    scope="自评表",
    formula="全年预算数＝0 ⇒ 不列执行率",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="分母为零时写 0% 或 100% 都是编造的数字。",
    source="自评表“执行率”栏的定义：全年执行数÷全年预算数",
    absent="各表全年预算数均不为零",
)
def f05(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        budget, executed = sheet.funds().full_year, sheet.funds().executed
        if budget is None or budget.number != 0:
            continue
        subject = f"{sheet_title(sheet)}全年预算数为零时的执行率"
        printed = sheet.published("execution.rate")
        if printed is None:
            yield held("F05", subject, budget)
            continue
        spent = f"，全年执行数为 {plain(executed.number)} 万元" if executed else ""
        yield broken(
            "F05", Severity.ERROR, "ratio",
            f"{subject}：全年预算数为 0{spent}，不存在执行率，报告却列示 {plain(printed.number)}%。",
            subject=subject, expected="不列示", found=plain(printed.number), facts=(printed, budget),
            advice="请删去执行率，并说明没有预算而发生支出的原因。",
        )  # fmt: skip


@rule(
    "F14",
    title="结转资金的执行数不超过其预算数",
    scope="自评表",
    formula="上年结转资金执行数≤上年结转资金全年预算数",
    tolerance="CELL",
    severity=Severity.WARNING,
    why="结转资金用一元少一元，不可能支出得比结转的多。",
    source="《预算法实施条例》关于结转资金的规定；项目支出绩效自评表",
    example="岳阳楼区公租房租赁补贴：结转 1.22，执行 1.23，相差 0.01。",
    absent="各表没有上年结转资金",
)
def f14(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        money = sheet.funds("carry_over")
        if money.full_year is None and money.executed is None:
            continue
        subject = f"{sheet_title(sheet)}上年结转资金的执行数"
        if money.full_year is None or money.executed is None:
            yield not_checked("F14", subject, "结转资金的预算数或执行数未填")
            continue
        wording = Wording(subject, "请核对结转资金的预算数与执行数。")
        yield check_at_most("F14", Severity.WARNING, money.executed, money.full_year, wording)


@rule(
    "F15",
    title="年初结转等于上年年末结余",
    scope="项目自评表（跨年）",
    formula="本年上年结转资金（年初）＝上年全年预算数－上年全年执行数",
    tolerance="CELL",
    severity=Severity.WARNING,
    why="结转资金在两年的报告里应当首尾相接。",
    source="部门决算年初、年末结转和结余的衔接",
    absent="没有上年同一项目的自评表",
)
def f15(case: Case) -> Iterator[Relation]:
    facts, prior = case.facts, case.facts.year - 1
    for sheet in case.report.sheets:
        budget, executed = (
            facts.find("sheet.funds", year=prior, sheet=sheet.id, fund="total", stage=stage)
            for stage in ("full_year", "executed")
        )
        if budget is None or executed is None:
            continue
        opening = sheet.funds("carry_over").initial
        subject = f"{sheet_title(sheet)}的年初结转资金与上年年末结余"
        if opening is None:
            yield not_checked("F15", subject, "没有填列年初结转资金")
            continue
        wording = Wording(subject, "请与上年决算核对；结余被收回的，请说明。")
        yield check_sum("F15", Severity.WARNING, opening, [budget], wording, minus=[executed])


@rule(
    "F16",
    title="资金各格不为负、至多两位小数、单位一致",
    scope="自评表",
    formula="金额≥0；万元列示至多两位小数；同表同一单位",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="负数、过多小数和混用的单位多是填错或粘贴错位。",
    source="自评表“（万元）”栏目说明；决算报表金额列示惯例",
    absent="各表没有填列资金",
)
def f16(case: Case) -> Iterator[Relation]:
    for sheet in case.report.sheets:
        amounts = [
            *case.facts.select("sheet.funds", sheet=sheet.id),
            *case.facts.select("sheet.by_revenue", sheet=sheet.id),
            *case.facts.select("sheet.by_expenditure", sheet=sheet.id),
        ]
        if not amounts:
            continue
        title = sheet_title(sheet)
        faults = [fault for fact in amounts for fault in _amount_faults(title, fact, amounts[0])]
        yield from faults or [held("F16", f"{title}资金各格")]


def _amount_faults(title: str, fact: Fact, first: Fact) -> Iterator[Relation]:
    printed = plain(fact.number)
    subject = f"{title}的{fact.declared.label}"
    if fact.number < 0:
        yield broken(
            "F16", Severity.WARNING, "negative", f"{subject}为负数：{printed}。",
            subject=subject, expected="≥0", found=printed, facts=(fact,), advice="请核对该金额的正负号。",
        )  # fmt: skip
    if (fact.decimals or 0) > 2:
        yield broken(
            "F16", Severity.WARNING, "decimals", f"{subject} {printed} 的小数超过两位。",
            subject=subject, expected="至多两位小数", found=printed, facts=(fact,),
            advice="请按万元保留两位小数列示。",
        )  # fmt: skip
    if fact.unit != first.unit:
        yield broken(
            "F16", Severity.WARNING, "unit", f"{subject}的单位是{fact.unit}，同表其他金额是{first.unit}。",
            subject=subject, expected=str(first.unit), found=str(fact.unit), facts=(fact, first),
            advice="请统一为万元。",
        )  # fmt: skip
