"""Family Y: relations between two years. Source: performance.md §5.10.

Last year's figures come from growth statements (implied by current less difference) and, where they were given,
from ``prior_year`` of the figures file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from guangsha.checker.accounts_view import NO_PRIOR, AccountsView, Place, carried_over
from guangsha.checker.printed import is_evaluation
from guangsha.checker.reasons import explains
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    Wording,
    broken,
    check_at_most,
    check_cell,
    check_percent,
    check_sum,
    held,
    not_checked,
)
from guangsha.checker.statement_view import (
    Statements,
    cell_place,
    change_of,
    check_parts,
    is_decrease,
    prior_of,
)
from guangsha.checker.subjects import row_title
from guangsha.facts.fact import Fact
from guangsha.facts.report import Statement
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.measures import parse_quantity
from guangsha.kernel.numbers import normalise

_TEXT = "部门决算情况说明（与上年度相比增减变化）"
_NO_GROWTH = "文字说明没有与上年比较的数据"


def _growths(case: Case) -> list[Statement]:
    """Growth statements that compare with last year; those that compare with a budget are S16's."""
    statements = Statements(case)
    return [s for s in case.report.statements if s.kind == "growth" and statements.rule(s) != "S16"]


@rule(
    "Y01",
    title="各处推算的上年数一致",
    scope="文字说明",
    formula="上年数＝本年数－增减额；同一数据各处推得的上年数相同，财政拨款不大于全部",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="同一上年决算数只有一个，推算结果不同说明增减额有误。",
    source=_TEXT,
    example="江岸区 2024 年度：22899.22－11584.58＝22854.27－11539.63＝11314.64。",
    absent=_NO_GROWTH,
)
def y01(case: Case) -> Iterator[Relation]:
    known = [
        (s, s.roles["current"], prior)
        for s in _growths(case)
        if (prior := prior_of(s)) and "current" in s.roles
    ]
    for statement in case.report.statements:
        yield from _moved(statement)
    for statement, current, prior in known:
        yield from _same_prior(statement, current, prior, known)
    yield from _fiscal_within_total(case, known)


def _moved(statement: Statement) -> Iterator[Relation]:
    """A growth that prints all three: the figure, what it is compared with (last year's, or a budget), the difference."""
    current, given, delta = (statement.roles.get(role) for role in ("current", "prior", "delta"))
    if statement.kind != "growth" or current is None or given is None or delta is None:
        return
    signed = replace(delta, value=-abs(delta.number)) if is_decrease(statement) else delta
    base = "预算数" if re.search("预算$", statement.subject) else "上年数"
    wording = Wording(f"“{statement.subject}”本年数＝{base}＋增减额")
    yield check_sum("Y01", Severity.ERROR, current, [given, signed], wording)


_Known = list[tuple[Statement, Fact, Fact]]


def _same_prior(statement: Statement, current: Fact, prior: Fact, known: _Known) -> Iterator[Relation]:
    """Against the first statement of the same current figure, so that each later one is compared once."""
    for other, its_current, its_prior in known:
        if other.id == statement.id:
            return
        severity = _one_figure(statement, other) if its_current.number == current.number else None
        if severity is not None:
            subject = f"“{statement.subject}”与“{other.subject}”推算的上年数"
            yield check_cell("Y01", severity, prior, its_prior, Wording(subject, "请核对两处增减额。"))
            return


_TOTALS = re.compile(r"[总合]计|财政拨款|一般公共预算")
_ITEMS = re.compile(r"三公|公务|接待|出国|基本支出|项目支出|人员|公用|机关运行")


def _one_figure(statement: Statement, other: Statement) -> Severity | None:
    """How surely two equal figures of this year were one figure last year as well.

    Surely where both repeat one cell or both are 总计, which balance every year; likely for other totals (收入合计 and
    支出合计 of a year that left nothing over); not at all for a total and its only item (“三公”经费 and 公务用车).
    """
    path = statement.cells.get("current", "")
    if path and path == other.cells.get("current"):
        return Severity.ERROR
    subjects = (statement.subject, other.subject)
    if any(_ITEMS.search(subject) for subject in subjects):
        return Severity.ERROR if subjects[0] == subjects[1] else None
    if all("总计" in subject for subject in subjects):
        return Severity.ERROR
    return Severity.WARNING if all(_TOTALS.search(subject) for subject in subjects) else None


def _fiscal_within_total(case: Case, known: _Known) -> Iterator[Relation]:
    view = AccountsView(case)
    total = view.entry(("overview", "income.grand", "amount"))
    fiscal = view.entry(("fiscal_overview", "income.grand", "amount"))
    if total is None or fiscal is None:
        return
    one, two = (
        next((prior for _, current, prior in known if current.number == cell.number), None)
        for cell in (fiscal, total)
    )
    if one is not None and two is not None:
        wording = Wording("推算的上年财政拨款收支总计不大于上年收支总计", "请核对两处增减额。")
        yield check_at_most("Y01", Severity.ERROR, one, two, wording)


@rule(
    "Y02",
    title="增长百分比等于增减额除以上年数",
    scope="文字说明",
    formula="增长%＝增减额÷上年数×100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="增幅是公众最关注的数字，应能由增减额和上年数复算。",
    source=_TEXT,
    example="江岸区 2024 年度：11584.58÷11314.64＝102.39%；－19.32÷19.50＝－99.08%。",
    absent=_NO_GROWTH,
)
def y02(case: Case) -> Iterator[Relation]:
    for statement in _growths(case):
        yield from check_growth("Y02", statement)


def check_growth(rule_id: str, statement: Statement) -> Iterator[Relation]:
    """PCT of a growth percentage, whatever it compares with."""
    percent, prior, change = statement.roles.get("percent"), prior_of(statement), change_of(statement)
    if percent is None:
        return
    subject = f"“{statement.subject}”增减百分比"
    if prior is None or change is None:
        yield not_checked(rule_id, subject, "文字说明没有给出增减额或上年数")
    elif prior.number == 0:
        yield not_checked(rule_id, subject, "上年数为零，不存在百分比")
    else:
        sign = -1 if is_decrease(statement) else 1
        printed, moved = (replace(fact, value=sign * abs(fact.number)) for fact in (percent, change))
        wording = Wording(subject, "请按增减额和上年数重新计算。")
        yield check_percent(rule_id, Severity.ERROR, printed, moved, prior, wording)


@rule(
    "Y03",
    title="推算的上年数与上年公开的决算一致",
    scope="文字说明、上年决算表",
    formula="本年数－增减额＝上年公开表同一单元格",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="增减应以上年公开的决算数为基数。",
    source=_TEXT,
    absent=NO_PRIOR,
)
def y03(case: Case) -> Iterator[Relation]:
    before = AccountsView(case, prior=True)
    for statement in _growths(case):
        place, prior = cell_place(statement.cells.get("current", "")), prior_of(statement)
        cell = before.cell(place) if place else None
        if place is None or prior is None or cell is None:
            continue
        subject = f"“{statement.subject}”推算的上年数＝{before.year} 年度{before.label(place)}"
        wording = Wording(subject, "请按上年公开数更正增减额；上年数有调整的应说明。")
        yield check_cell("Y03", Severity.ERROR, prior, cell, wording)


@rule(
    "Y04",
    title="上年数为零时不写增长百分比",
    scope="文字说明",
    formula="上年数＝0 ⇒ 没有增长百分比；本年数＝增减额 ⇒ 上年数为 0",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="分母为零时不存在增长百分比。",
    source=_TEXT,
    absent=_NO_GROWTH,
)
def y04(case: Case) -> Iterator[Relation]:
    for statement in _growths(case):
        prior, percent = prior_of(statement), statement.roles.get("percent")
        if prior is None:
            continue
        subject = f"“{statement.subject}”上年数与百分比"
        if prior.number != 0 or percent is None:
            yield held("Y04", subject, prior, percent)
        else:
            message = f"“{statement.subject}”的上年数为 0，报告仍写增长 {percent.text}%。"
            yield broken(
                "Y04", Severity.ERROR, "zero", message, subject=subject, expected="不写百分比",
                found=percent.text, facts=[percent, prior], advice="请删去百分比，只写增减额。",
            )  # fmt: skip


@rule(
    "Y05",
    title="政府性基金年初结转等于上年年末结转",
    scope="公开07表（两个年度）",
    formula="本年年初结转和结余＝上年年末结转和结余（合计及各科目）",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="结转结余逐年衔接；01、04表的衔接见 X19，项目资金见 F15。",
    source="部门决算编报要求",
    absent=NO_PRIOR,
)
def y05(case: Case) -> Iterator[Relation]:
    table = "government_fund"
    before = AccountsView(case, prior=True)
    codes = sorted({*AccountsView(case).accounts.codes(table), *before.accounts.codes(table)})
    pairs: list[tuple[Place, Place]] = [
        ((table, row, "opening"), (table, row, "closing")) for row in ("total", *codes)
    ]
    yield from carried_over("Y05", case, pairs)


@rule(
    "Y06",
    title="本年目标不低于上年实绩",
    scope="绩效自评表（两个年度）",
    formula="同名指标：本年指标值≥上年实际完成值，否则说明原因",
    tolerance="–",
    severity=Severity.INFO,
    why="目标长期低于已达到的水平，自评得分失去意义。",
    source="财预〔2020〕10号：绩效目标应合理、有挑战性",
    absent="没有提供上年自评表，或没有同名的定量指标",
)
def y06(case: Case) -> Iterator[Relation]:
    earlier = _earlier_actuals(case)
    for sheet in case.report.sheets:
        for row in sheet.indicators:
            before, target = earlier.get(normalise(row.name)), row.get("target")
            if before is None or target is None or row.text("direction") == "down":
                continue
            now, then = parse_quantity(target.text.lstrip("≥>")), parse_quantity(before.text)
            if now is None or then is None or not now[0].comparable(then[0]) or now[1] or then[1]:
                continue
            subject = f"{row_title(sheet, row)}目标与上年实绩"
            if now[0].base >= then[0].base or explains(row.reason):
                yield held("Y06", subject, target, before)
            else:
                message = f"{row_title(sheet, row)}本年目标 {target.text}，低于上年实际完成 {before.text}。"
                yield broken(
                    "Y06", Severity.INFO, "target", message, subject=subject, expected=f"≥{before.text}",
                    found=target.text, facts=[target, before], advice="请结合上年实绩设定目标，或说明原因。",
                )  # fmt: skip


def _earlier_actuals(case: Case) -> dict[str, Fact]:
    """Last year's actual values by indicator name; a name that stands twice tells nothing."""
    year = case.report.year - 1
    found: dict[str, Fact] = {}
    twice: set[str] = set()
    for name in case.facts.select("indicator.name", year=year):
        place = {"sheet": name.dimension("sheet"), "indicator": name.dimension("indicator")}
        actual = case.facts.find("indicator.actual", year=year, **place)
        key = normalise(name.text)
        if key in found:
            twice.add(key)
        if actual is not None:
            found[key] = actual
    return {key: fact for key, fact in found.items() if key not in twice}


#: A text on how last year's results were applied that is shorter than this says nothing of its own.
_SUBSTANCE = 8


@rule(
    "Y07",
    title="上年自评结果应用有具体内容",
    scope="自评报告（两个年度）",
    formula="结果应用说明非空，且与上年所写不同",
    tolerance="–",
    severity=Severity.INFO,
    why="结果应用逐年照抄，说明评价没有被使用。",
    source="《项目支出绩效评价管理办法》财预〔2020〕10号关于结果应用的规定",
    absent="没有填写结果应用说明",
)
def y07(case: Case) -> Iterator[Relation]:
    now = case.facts.find("unit.results_use")
    if now is None:
        return
    subject = "自评结果应用和公开情况"
    before = case.facts.find("unit.results_use", year=case.report.year - 1)
    text = normalise(now.text)
    if len(text) < _SUBSTANCE:
        fault = "内容过短，没有说明结果如何应用"
    elif before is not None and normalise(before.text) == text:
        fault = "与上年所写完全相同"
    else:
        yield held("Y07", subject)
        return
    yield broken(
        "Y07", Severity.INFO, "boilerplate", f"{subject}{fault}。", subject=subject, found=now.text,
        facts=[now], advice="请写明上年自评发现的问题如何整改、如何与本年预算挂钩。",
    )  # fmt: skip


@rule(
    "Y08",
    title="一级指标与当年模板一致",
    scope="绩效自评表",
    formula="一级指标名称∈当年口径模板的一级指标",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="指标体系随年度调整（如成本指标由二级改为一级），沿用旧表会使分值失去依据；科目名称见 T18。",
    source="各地当年绩效自评表式；财预〔2021〕101号",
    absent="报告中没有自评表",
)
def y08(case: Case) -> Iterator[Relation]:
    trees = (case.profile.blocks, *case.profile.other_blocks)
    names = {block.name.removesuffix("指标") for tree in trees for block in tree}
    for sheet in case.report.sheets:
        given = [name for name in sheet.level1_names if name]
        subject = f"“{sheet.name or sheet.id}”自评表一级指标"
        if is_evaluation(sheet):
            yield not_checked("Y08", subject, "绩效评价的指标体系由评价方案规定")
            continue
        strange = [name for name in given if normalise(name).removesuffix("指标") not in names]
        if strange:
            fact = next(row.get("level1") for row in sheet.indicators if row.level1 == strange[0])
            message = f"{subject}“{'、'.join(strange)}”不在 {case.report.year} 年度{case.profile.label}的一级指标中。"
            yield broken(
                "Y08", Severity.WARNING, "version", message, subject=subject, found=strange[0],
                expected="、".join(block.name for block in case.profile.blocks),
                facts=[fact] if fact else [], advice="请核对所用自评表是否为当年表式。",
            )  # fmt: skip
        elif given:
            yield held("Y08", subject)


@rule(
    "Y09",
    title="多年累计数等于各年之和",
    scope="文字说明",
    formula="累计数＝各年数之和",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="跨年度累计数应能由各年公开数复算。",
    source=_TEXT,
    absent="文字说明没有列出多年累计数",
)
def y09(case: Case) -> Iterator[Relation]:
    statements = Statements(case)
    for statement in case.report.statements:
        if statement.kind == "sum" and statements.rule(statement) == "Y09":
            yield from check_parts("Y09", Severity.WARNING, statement)
