"""Family R: what the reader of documents found in the prose and no other family answers for.

Statements whose figures repeat a figure of a form (bound by its fact key), lists within a whole, counts and their lists,
quantities stated again in other words, rates beyond 100 %, rates with their two figures. Statements of a figures file may use the same kinds.
Source: performance.md §5.5, §5.9; issue 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from guangsha.checker.accounts_view import AccountsView
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import (
    HALF,
    TAIL_ADVICE,
    Wording,
    broken,
    check_at_most,
    check_cell,
    check_percent,
    held,
    in_unit,
    last_digit,
)
from guangsha.checker.statement_view import cell_place, parts_of
from guangsha.checker.subjects import row_title, sheet_title
from guangsha.facts.fact import Fact
from guangsha.facts.forms import APPROXIMATE, LIKELY_CELL, UNSURE_REPEAT
from guangsha.facts.report import Indicator, Sheet, Statement
from guangsha.kernel.findings import Finding, Outcome, Relation, Severity
from guangsha.kernel.measures import Quantity, parse_quantity
from guangsha.kernel.numbers import plain, round_to

_SOURCE = "绩效自评报告正文、部门决算情况说明与所附各表为同一数据"
_NO_QUOTE = "正文没有可与附表对照的数字"
_ADVICE = "请核对正文与附表，更正其中一处。"


# --- R01: figures of the prose that repeat a figure of a form --------------------------------------------------


@rule(
    "R01",
    title="正文数字与附表同一数字一致",
    scope="正文与附表",
    formula="正文引用的预算数、执行数、得分、指标值＝附表对应单元格",
    tolerance="CELL",
    severity=Severity.ERROR,
    why="正文是附表的说明，同一个数在两处应当相同。",
    source=_SOURCE,
    example="江岸区 2024 年度：老旧小区改造综述写执行 10220.42，自评表 10220.42，相符。",
    absent=_NO_QUOTE,
)
def r01(case: Case) -> Iterator[Relation]:
    for statement in case.report.statements:
        for role, path in statement.cells.items():
            printed = statement.roles.get(role)
            if printed is None or cell_place(path) is not None:
                continue
            cell = _cell(case, path.removeprefix(LIKELY_CELL))
            if cell is None:
                continue
            severity = Severity.WARNING if path.startswith(LIKELY_CELL) else Severity.ERROR
            relation = _quoted(case, statement, role, printed, cell, severity)
            if relation is not None:
                yield relation


def _cell(case: Case, path: str) -> Fact | None:
    """The fact that a cell names: by its key, or by its path in the final accounts where the words agree only in part."""
    place = cell_place(path)
    if place is None:
        return case.facts.by_key(path)
    return case.report.accounts(place[0]).cell(place[1], place[2])


def _quoted(
    case: Case, statement: Statement, role: str, printed: Fact, cell: Fact, severity: Severity
) -> Relation | None:
    if cell.concept.startswith("indicator."):
        return _quoted_indicator(case, statement, printed, cell)
    label = statement.labels.get(role, "")
    about = f"“{statement.subject}{label and f'：{label}'}”"
    wording = Wording(f"正文{about}与{_named(case, cell)}", _ADVICE)
    if printed.unit is not None and printed.unit.dimension == "score":
        return _exact("R01", severity, printed, printed.number, cell.number, [printed, cell], wording)
    if _cut_off(printed, cell):
        if _rounded(printed, cell):
            return _tail("R01", printed, cell, wording)
        severity = Severity.WARNING
    return check_cell("R01", severity, printed, cell, wording)


def _named(case: Case, cell: Fact) -> str:
    """The form that a figure stands in, and what it is there."""
    sheet = cell.dimension("sheet")
    if not sheet:
        return f"附表{cell.declared.label}"
    stage = {"initial": "年初预算数", "full_year": "全年预算数", "executed": "全年执行数"}.get(
        cell.dimension("stage"), cell.declared.label
    )
    return f"{sheet_title(Sheet(case.facts, sheet))}{stage}"


def _cut_off(printed: Fact, cell: Fact) -> bool:
    """Whether the prose prints the figure of the form with fewer decimals, rounded or cut off (922.4 for 922.45)."""
    exact = in_unit(cell, printed.unit)
    coarser = (printed.decimals or 0) < (cell.decimals or 0) or printed.unit != cell.unit
    return coarser and 0 < abs(printed.number - exact) < last_digit(printed)


def _rounded(printed: Fact, cell: Fact) -> bool:
    """Whether the shorter figure is the longer one rounded (四舍五入), not cut off."""
    return round_to(in_unit(cell, printed.unit), printed.decimals or 0) == printed.number


def _tail(rule_id: str, printed: Fact, cell: Fact, wording: Wording) -> Relation:
    expected = plain(in_unit(cell, printed.unit))
    finding = Finding(
        rule_id, Severity.INFO, "tail",
        f"{wording.subject}：应为 {expected}，报告为 {plain(printed.number)}，系少写小数位所致。",
        expected, plain(printed.number), plain(last_digit(printed)),
        (printed.place(), cell.place()), TAIL_ADVICE, (printed.key, cell.key),
    )  # fmt: skip
    return Relation(rule_id, Outcome.TAIL, wording.subject, finding=finding)


def _exact(
    rule_id: str,
    severity: Severity,
    printed: Fact,
    said: Decimal,
    expected: Decimal,
    facts: list[Fact],
    wording: Wording,
) -> Relation:
    """EQ: counted things and points do not round."""
    if said == expected:
        return held(rule_id, wording.subject, *facts)
    return broken(
        rule_id, severity, "equal", f"{wording.subject}不一致：应为 {plain(expected)}，报告为 {plain(said)}。",
        subject=wording.subject, expected=plain(expected), found=plain(said), facts=facts, advice=wording.advice,
    )  # fmt: skip


def _quoted_indicator(case: Case, statement: Statement, printed: Fact, cell: Fact) -> Relation | None:
    """A count or percentage against the value that an indicator row prints; at most a warning: 口径 may differ."""
    said = re.sub(r"^[≥≤><=约]+", "", cell.text.strip())
    parsed = parse_quantity(said)
    if parsed is None:
        return None
    sheet = Sheet(case.facts, cell.dimension("sheet"))
    row = Indicator(case.facts, sheet.id, cell.dimension("indicator"))
    subject = f"正文“{statement.subject}”与{row_title(sheet, row)}{cell.declared.label}"
    value = _comparable(parsed[0], printed)
    wording = Wording(subject, "请按指标的口径核对，更正其中一处。")
    if printed.number == value or printed.quantity.base == parsed[0].base:
        return held("R01", subject, printed, cell)
    if abs(printed.number - value) < last_digit(printed) and (printed.decimals or 0) < _decimals(value):
        return _tail("R01", printed, replace_number(printed, value), wording)
    return broken(
        "R01", Severity.WARNING, "equal", f"{subject}不一致：指标为 {cell.text}，正文为 {_said(printed)}。",
        subject=subject, expected=cell.text, found=_said(printed), facts=[printed, cell], advice=wording.advice,
    )  # fmt: skip


def _comparable(quantity: Quantity, printed: Fact) -> Decimal:
    if quantity.unit is None or printed.unit is None or quantity.unit.dimension != printed.unit.dimension:
        return quantity.value
    return quantity.to(printed.unit).value


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def replace_number(fact: Fact, value: Decimal) -> Fact:
    """``fact`` as if it were printed as ``value``."""
    return replace(fact, value=value, decimals=_decimals(value))


def _said(fact: Fact) -> str:
    return f"{plain(fact.number)}{fact.unit or ''}"


# --- R02: parts within their whole ------------------------------------------------------------------------------


@rule(
    "R02",
    title="“其中”各项不超过总数",
    scope="正文",
    formula="其中一项、各项之和≤总数；增加额≤增加后的数",
    tolerance="SUM(n)",
    severity=Severity.WARNING,
    why="部分大于总数，两数必有一误；所列各项是否列全无从判断时，不按相等核对。",
    source=_SOURCE,
    example="江岸区 2024 年度：授予小微企业 493.28≤授予中小企业 2105.14，相符。",
    absent="正文没有只列部分项目的“其中”",
)
def r02(case: Case) -> Iterator[Relation]:
    for statement in case.report.statements:
        total, parts = statement.roles.get("total"), parts_of(statement)
        if statement.kind != "limit" or total is None or not parts:
            continue
        wording = Wording(f"“{statement.subject}”与其中各项", "请核对总数与分项。")
        if len(parts) == 1:
            yield check_at_most("R02", Severity.WARNING, parts[0], total, wording)
        else:
            yield _within(total, parts, wording)
            yield from _rest_of_class(case, statement, total, parts)


def _within(total: Fact, parts: list[Fact], wording: Wording) -> Relation:
    added = sum((in_unit(part, total.unit) for part in parts), Decimal(0))
    room = sum((last_digit(fact, 2) * HALF for fact in (total, *parts)), Decimal(0))
    if added <= total.number + room:
        return held("R02", wording.subject, total, *parts)
    return broken(
        "R02", Severity.WARNING, "limit",
        f"{wording.subject}：各项之和 {plain(added)} 大于总数 {plain(total.number)}。", subject=wording.subject,
        expected=f"≤{plain(total.number)}", found=plain(added), tolerance=plain(room), facts=[total, *parts],
        advice=wording.advice,
    )  # fmt: skip


def _rest_of_class(case: Case, statement: Statement, total: Fact, parts: list[Fact]) -> Iterator[Relation]:
    """What a list under a functional class leaves over is one of its 款 or 项 (the reasons name all but 住房改革支出).

    Said only where the rest is such an item, or would be but for one digit.
    """
    place = cell_place(statement.cells.get("total", ""))
    code = place[1].removeprefix("class.") if place else ""
    if not re.fullmatch(r"\d{3}", code):
        return
    view = AccountsView(case)
    leaves = [leaf for leaf in view.accounts.leaves("general_expenditure") if leaf.startswith(code)]
    items = {
        key: [leaf for leaf in leaves if leaf.startswith(key)]
        for key in {*leaves, *(leaf[:5] for leaf in leaves)}
    }
    rest = total.number - sum((in_unit(part, total.unit) for part in parts), Decimal(0))
    subject = f"“{statement.subject}”除所列各项外的其余部分"
    near: dict[Decimal, list[Fact]] = {}
    for members in items.values():
        cells = [cell for leaf in members if (cell := view.entry(("general_expenditure", leaf, "total")))]
        value = sum((in_unit(cell, total.unit) for cell in cells), Decimal(0))
        if value == rest and value > 0:
            yield held("R02", subject, total, *parts, *cells)
            return
        if rest > 0 and len((rest - value).normalize().as_tuple().digits) == 1:
            near[value] = cells
    if len(near) == 1:
        ((value, cells),) = near.items()
        yield broken(
            "R02", Severity.WARNING, "sum",
            f"{subject}为 {plain(rest)}，与决算表未列入的科目合计 {plain(value)} 相差一位数字。", subject=subject,
            expected=plain(value), found=plain(rest), facts=[total, *parts, *cells], advice="请核对所列各项与决算表。",
        )  # fmt: skip


# --- R03: counts and their lists --------------------------------------------------------------------------------


@rule(
    "R03",
    title="个数与所列名单一致",
    scope="正文",
    formula="“共 n 个”＝随后列出的名称或条目数",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="说有几个而列出的不是几个，不是漏列就是数错。",
    source=_SOURCE,
    example="岳阳市 2023 年度：内设机构 8 个，列名 8 个；分支机构 3 个，列名 3 个。",
    absent="正文没有随后列出名单的个数",
)
def r03(case: Case) -> Iterator[Relation]:
    for statement in case.report.statements:
        count, listed = statement.roles.get("count"), statement.roles.get("listed")
        if statement.kind != "list" or count is None or listed is None:
            continue
        wording = Wording(f"“{statement.subject}”的个数与所列名单", "请补齐名单或更正个数。")
        yield _exact("R03", Severity.WARNING, count, count.number, listed.number, [count, listed], wording)


# --- R04: one quantity stated twice in other words ---------------------------------------------------------------


@rule(
    "R04",
    title="换了说法的同一数量一致",
    scope="正文",
    formula="同一事物在正文两处的数量相等；约数在其末位一个单位之内",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="同一件事两处说法不同、数也不同，读者不知道该信哪一个。",
    source=_SOURCE,
    example="岳阳市 2023 年度：两处所列五项资金逐项相同。",
    absent="正文没有换了说法的同一数量",
)
def r04(case: Case) -> Iterator[Relation]:
    for statement in case.report.statements:
        first, second = statement.roles.get("first"), statement.roles.get("second")
        if statement.kind != "repeat" or first is None or second is None:
            continue
        subject = f"“{statement.subject}”在正文两处的数量"
        other = in_unit(second, first.unit)
        rough = statement.labels.get("second", "")
        if first.number == other or (rough.startswith(APPROXIMATE) and _roughly(first.number, other, rough)):
            yield held("R04", subject, first, second)
            continue
        if _cut_off(first, second) or _cut_off(second, first):
            yield _tail("R04", first, second, Wording(subject))
            continue
        doubt = "，疑为同一数量" if statement.labels.get("first") == UNSURE_REPEAT else ""
        message = f"{subject}不同：{_said(first)} 与 {_said(second)}{doubt}。"
        yield broken(
            "R04", Severity.WARNING, "repeat", message, subject=subject, expected=plain(other),
            found=plain(first.number), facts=[first, second], advice="请核对是否同一事物；口径不同的，请注明口径。",
        )  # fmt: skip


def _roughly(exact: Decimal, rough: Decimal, word: str) -> bool:
    """Whether an approximate figure (3500余) fits the exact one, by the place of its last digit that is not 0."""
    zeros = len(plain(rough)) - len(plain(rough).rstrip("0")) if rough == int(rough) else 0
    room = Decimal(10) ** zeros
    if word.endswith(("余", "多", "超", "逾", "超过")):
        return rough <= exact < rough + room
    return abs(exact - rough) <= room


# --- R05: rates that cannot pass 100 % ----------------------------------------------------------------------------


@rule(
    "R05",
    title="有上限的比率不超过 100%",
    scope="正文",
    formula="满意度、合格率、及时率、占比等≤100%；下降幅度≤100%",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="部分不会大于全部，超过 100% 多为小数点或数字印错。",
    source=_SOURCE,
    absent="正文没有超过上限的比率",
)
def r05(case: Case) -> Iterator[Relation]:
    for statement in case.report.statements:
        percent = statement.roles.get("percent")
        if percent is None or not _bounded(statement, percent):
            continue
        subject = f"“{statement.subject}”的百分比"
        if abs(percent.number) <= 100:
            continue
        yield broken(
            "R05", Severity.WARNING, "bound", f"{subject}为 {plain(abs(percent.number))}%，不应超过 100%。",
            subject=subject, expected="≤100", found=plain(abs(percent.number)), facts=[percent], advice="请核对数字和小数点。",
        )  # fmt: skip


def _bounded(statement: Statement, percent: Fact) -> bool:
    if statement.kind == "bound":
        return True
    # a share whose two figures are known is recomputed by another rule, and then says more
    recomputed = {"part", "whole"} <= statement.roles.keys()
    return (statement.kind == "share" and not recomputed) or (
        statement.kind == "growth" and percent.number < 0
    )


# --- R06: rates of what was done of what there was -----------------------------------------------------------------


@rule(
    "R06",
    title="整改率、办结率等可由两数重算",
    scope="正文",
    formula="整改率＝已整改数÷发现数×100%；办结率、支付率、回收率、完成率同理",
    tolerance="PCT",
    severity=Severity.WARNING,
    why="一句话里写了总数、完成数和比率，三者应当相符。",
    source=_SOURCE,
    absent="正文没有同时写明总数、完成数和比率的句子",
)
def r06(case: Case) -> Iterator[Relation]:
    for statement in case.report.statements:
        part, whole, percent = (statement.roles.get(role) for role in ("part", "whole", "percent"))
        if statement.kind != "rate" or part is None or whole is None or percent is None:
            continue
        wording = Wording(f"“{statement.subject}”", "请按完成数÷总数重新计算。")
        counted = part.unit is None or part.unit.dimension != "money"
        yield check_percent(
            "R06",
            Severity.WARNING,
            percent,
            part,
            whole,
            wording,
            inputs_exact=counted and not _scaled(part, whole),
        )


def _scaled(*facts: Fact) -> bool:
    """Whether one of them is printed in ten thousands: 1.28万户 is rounded."""
    return any((fact.decimals or 0) > 0 or (fact.unit is not None and fact.unit.factor > 1) for fact in facts)
