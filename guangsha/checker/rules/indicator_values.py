"""Family K, what the cells of a row say: units, measurements, rates, dates, names. Source: performance.md §2.4, §5.3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from guangsha.checker.printed import not_applicable
from guangsha.checker.readings import (
    actual_of,
    compact,
    comparison,
    items,
    pairs,
    quantity,
    same_quantity,
    target_of,
)
from guangsha.checker.reasons import explains, row_reason
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import HALF, broken, held, not_checked
from guangsha.checker.subjects import (
    INDICATOR_FORM,
    NO_ROWS,
    SELF_EVALUATION_RULES,
    row_title,
    rows_of,
    sheet_title,
)
from guangsha.facts.fact import Fact
from guangsha.facts.report import Indicator, Sheet
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.measures import PERCENT, Quantity, Unit
from guangsha.kernel.numbers import divide, normalise, plain, round_to
from guangsha.scoring.expression_kinds import (
    Comparison,
    DateInterval,
    DateMilestone,
    Effect,
    Expression,
    Milestone,
    Op,
    Period,
    Prose,
    SymbolicBound,
)
from guangsha.scoring.expressions import parse_expression

#: Counters that people use for one another; 户 and 套, 件 and 起 are not among them.
SYNONYMS = ({"人", "名"}, {"栋", "幢"}, {"天", "日"}, {"辆", "台", "部"}, {"个", "项", "份", "本"})
_UNWANTED = re.compile(r"投诉率|差错率|失误率|逾期率|空置率|超支|超时|违规")
_SAVING = re.compile(r"节约|节省|降低|下降|压减")
#: Rates of what was done of all there was: no target above 100 % can be meant.
_OF_ALL = re.compile(
    r"合格率|达标率|及时率|准确率|覆盖率|到位率|控制率|满意[度率]|知晓率|办结率|整改率|公开率"
)
_GROWTH = re.compile(r"增长|增幅|增速|同比|环比|提高|超额")
_INCOME = re.compile(r"收取|收缴|归集|征收|收入|增值|收益|募集|筹集|上缴|引资|投资额|销售")
_YEARS = re.compile(r"((?:19|20)\d{2})\s*(?:年|[./-]\d{1,2})")


def _cells(row: Indicator, *fields: str) -> list[Fact]:
    return [fact for field in fields if (fact := row.get(field)) is not None]


@rule(
    "K11",
    title="目标值与实际完成值单位一致",
    scope="指标行",
    formula="实际完成值的计量单位＝年度指标值的计量单位",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="300 万平方米的目标填“100%”，读者不知道实际做了多少。",
    source=f"{SELF_EVALUATION_RULES}关于指标值可衡量的要求；公开件实例",
    example="岳阳市：300万平方米→100%，1个→100%；江岸区：目标用“件”，实际用“起”。",
    absent="没有目标和实际都是数量的指标",
)
def k11(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        for target, actual in pairs(row):
            wanted, measured = quantity(target), quantity(actual)
            if wanted is None or measured is None:
                continue
            subject = f"{row_title(sheet, row)}的计量单位"
            if not _units_differ(wanted.unit, measured.unit):
                yield held("K11", subject, row.get("target"), row.get("actual"))
                continue
            yield broken(
                "K11", Severity.WARNING, "unit",
                f"{row_title(sheet, row)}的目标值“{row.target}”以“{wanted.unit}”计，"
                f"实际完成值“{row.actual}”以“{measured.unit}”计，两者不能比较。",
                subject=subject, expected=str(wanted.unit), found=str(measured.unit),
                facts=_cells(row, "actual", "target"), advice="请按目标值的单位填写实际完成的数量。",
            )  # fmt: skip


def _units_differ(wanted: Unit | None, measured: Unit | None) -> bool:
    if wanted is None or measured is None or wanted == measured:
        return False
    if wanted.dimension != measured.dimension:
        return True
    # One dimension in two sizes (万元, 亿元) compares; two counters of one size (件, 起) may count different things.
    if wanted.factor != measured.factor:
        return False
    return not any({wanted.symbol, measured.symbol} <= group for group in SYNONYMS)


@rule(
    "K12",
    title="实际完成值是测得的数",
    scope="指标行",
    formula="定量指标的实际完成值为数值，不带≥、≤等比较符，不照抄目标",
    tolerance="–",
    severity=Severity.WARNING,
    why="实际完成值照抄“≥1000户”，等于没有填报。",
    source=f"{SELF_EVALUATION_RULES}；公开件实例",
    example="江岸区：≥1000户→≥1000户，≤8秒→≤8秒，≤规定的时间→≤规定的时间。",
    absent="没有定量指标",
)
def k12(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        if not row.actual or not_applicable(row):
            continue
        for target, actual in pairs(row):
            measured_target = comparison(target) is not None or _bare_bound(target)
            if not measured_target and not _has_comparator(actual):
                continue
            subject = f"{row_title(sheet, row)}的实际完成值"
            if _has_comparator(actual):
                why = "带有比较符，不是实际测得的数"
            elif comparison(target) is not None and isinstance(actual, Effect | Prose | Milestone):
                why = "是文字，而目标值是数量"
            else:
                yield held("K12", subject, row.get("target"), row.get("actual"))
                continue
            yield broken(
                "K12", Severity.WARNING, "measurement", f"{subject}“{row.actual}”{why}（目标值“{row.target}”）。",
                subject=subject, expected="实际测得的数", found=row.actual, facts=_cells(row, "actual", "target"),
                advice="请填写实际完成的数值。",
            )  # fmt: skip


def _bare_bound(expression: Expression) -> bool:
    """``≤规定的时间``: a bound written with a sign; 不超预算 is an effect in words and may be repeated."""
    return isinstance(expression, SymbolicBound) and not expression.phrase


def _has_comparator(actual: Expression) -> bool:
    found = comparison(actual)
    if found is not None:
        return found.written and found.op is not Op.EQ
    return _bare_bound(actual)


@rule(
    "K13",
    title="比率指标等于分子除以分母",
    scope="指标行",
    formula="实际完成值（%）＝分子÷分母×100%",
    tolerance="PCT",
    severity=Severity.ERROR,
    why="比率由两个已填报的数算出，不应另行估计。",
    source="比率指标的定义：分子÷分母；公开件实例",
    example="岳阳楼区补贴发放完成率：3573÷3500＝102.09%，相符。",
    absent="没有填列分子、分母的比率指标",
)
def k13(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        if not row.text("numerator") and not row.text("denominator"):
            continue
        subject = f"{row_title(sheet, row)}的比率"
        part, whole = (_linked(sheet, row, field) for field in ("numerator", "denominator"))
        printed = quantity(actual_of(row))
        ratio = printed is not None and (printed.unit is None or printed.unit.dimension == "ratio")
        if part is None or whole is None or printed is None or not ratio:
            yield not_checked("K13", subject, "分子、分母或实际比率不是数值")
            continue
        if whole.base == 0 or not part.comparable(whole):
            yield not_checked("K13", subject, "分母为零，或分子、分母单位不同")
            continue
        exact = divide(part.base * 100, whole.base)
        percent = printed.value if printed.unit in (None, PERCENT) else printed.base * 100
        half = Decimal(1).scaleb(-(printed.decimals or 0)) * HALF
        if abs(percent - exact) <= half:
            yield held("K13", subject)
            continue
        shown = plain(round_to(exact, max(printed.decimals or 0, 2)))
        yield broken(
            "K13", Severity.ERROR, "percent",
            f"{subject}：应为 {shown}%（{part}÷{whole}×100%），报告为 {row.actual}。",
            subject=subject, expected=shown, found=plain(percent), tolerance=plain(half),
            facts=_cells(row, "actual", "numerator", "denominator"), advice="请核对分子、分母，重新计算比率。",
        )  # fmt: skip


def _linked(sheet: Sheet, row: Indicator, field: str) -> Quantity | None:
    """A numerator or denominator: a quantity as written, or the actual value of the row it names."""
    text = row.text(field)
    named = next((other for other in sheet.indicators if text and text in (other.key, other.name)), None)
    return quantity(actual_of(named)) if named else quantity(parse_expression(text))


@rule(
    "K14",
    title="有上限的比率不超过 100%",
    scope="指标行",
    formula="完成率、合格率、满意度等≤100%，超额完成的须注明；合格率、控制率、满意度等的目标值≤100%",
    tolerance="–",
    severity=Severity.WARNING,
    why="合格率、满意度不可能超过 100%；完成率超过的应写明是超额完成。",
    source="完成率、合格率、满意度的定义；公开件实例",
    example="岳阳楼区补贴发放完成率 102.09%，未注明超额完成。",
    absent="没有以百分比计的指标",
)
def k14(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        for actual in items(actual_of(row)):
            measured = quantity(actual)
            if measured is None or measured.unit is None or measured.unit.dimension != "ratio":
                continue
            if _GROWTH.search(row.name):
                continue
            subject = f"{row_title(sheet, row)}的比率上限"
            reason = row_reason(sheet, row)
            if measured.base <= 1 or explains(reason):
                yield held("K14", subject, row.get("target"), row.get("actual"))
                continue
            yield broken(
                "K14", Severity.WARNING, "limit", f"{row_title(sheet, row)}的实际完成值 {row.actual} 超过 100%，没有注明超额完成。",
                subject=subject, expected="≤100%", found=row.actual, facts=_cells(row, "actual"),
                advice="请核对分子、分母的口径；确属超额完成的，请在原因栏注明。",
            )  # fmt: skip
        for target in items(target_of(row)):
            wanted = quantity(target)
            if wanted is None or wanted.unit is None or wanted.unit.dimension != "ratio" or wanted.base <= 1:
                continue
            if _OF_ALL.search(row.name) and not _GROWTH.search(row.name):
                yield broken(
                    "K14", Severity.WARNING, "limit", f"{row_title(sheet, row)}的目标值 {row.target} 超过 100%，不可能达到。",
                    subject=f"{row_title(sheet, row)}的比率上限", expected="≤100%", found=row.target,
                    facts=_cells(row, "target"), advice="请核对目标值。",
                )  # fmt: skip


@rule(
    "K15",
    title="指标方向合理",
    scope="指标行",
    formula="成本、投诉率、超支类指标为反向（≤）",
    tolerance="–",
    severity=Severity.WARNING,
    why="成本指标写成“支出越多得分越高”，会鼓励多花钱。",
    source=f"{INDICATOR_FORM}关于成本指标的说明；公开件实例",
    example="岳阳楼区公租房租赁补贴支出：保持在预算以上得 15 分，每低于 20 万元扣 1 分，方向颠倒。",
    absent="没有成本或投诉类的定量指标",
)
def k15(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        cost = "成本" in row.level1 + row.level2 and not _SAVING.search(row.name)
        if not cost and not _UNWANTED.search(row.name):
            continue
        for target in items(target_of(row)):
            found = comparison(target)
            if found is None:
                continue
            subject = f"{row_title(sheet, row)}的方向"
            if not found.op.upward:
                yield held("K15", subject)
                continue
            what = "成本指标" if cost else "反向指标"
            yield broken(
                "K15", Severity.WARNING, "direction",
                f"{row_title(sheet, row)}是{what}，却按越大越好计分（目标值“{row.target}”）。",
                subject=subject, expected="≤", found=found.op.value, facts=_cells(row, "target", "direction", "rule"),
                advice="请改为不超过目标值得满分。",
            )  # fmt: skip


@rule(
    "K16",
    title="支出金额不作产出数量",
    scope="指标行",
    formula="数量指标的目标值不是支出金额（收入、归集类除外）",
    tolerance="–",
    severity=Severity.WARNING,
    why="花了多少钱是投入，不是产出；以此计分与预算执行重复。",
    source=f"{INDICATOR_FORM}关于数量指标的说明；公开件实例",
    example="岳阳楼区住房保障事务经费：数量指标目标 22 万元，即该项目预算数。",
    absent="没有以金额为目标的数量指标",
)
def k16(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        if "数量" not in row.level2:
            continue
        for target in items(target_of(row)):
            wanted = quantity(target)
            if wanted is None or wanted.unit is None or wanted.unit.dimension != "money":
                continue
            subject = f"{row_title(sheet, row)}的目标值"
            if _INCOME.search(row.name) and not _is_budget(sheet, wanted):
                yield held("K16", subject, row.get("target"), row.get("actual"))
                continue
            same = "，就是本项目的预算数" if _is_budget(sheet, wanted) else ""
            yield broken(
                "K16", Severity.WARNING, "indicator",
                f"{row_title(sheet, row)}属数量指标，目标值“{row.target}”是金额{same}，不是产出数量。",
                subject=subject, expected="产出的数量", found=row.target, facts=_cells(row, "target"),
                advice="请改用户数、套数、面积等产出数量；金额可列入成本指标。",
            )  # fmt: skip


def _is_budget(sheet: Sheet, amount: Quantity) -> bool:
    money = sheet.funds()
    budgets = [fact.quantity for fact in (money.initial, money.full_year) if fact is not None]
    return sheet.kind == "project" and any(same_quantity(amount, budget) for budget in budgets)


@rule(
    "K17",
    title="日期目标在本年度之内",
    scope="指标行",
    formula="目标中的日期或期间包含本年度",
    tolerance="–",
    severity=Severity.WARNING,
    why="以前年度已经完成的节点不能作为本年的绩效。",
    source="年度绩效目标的定义：当年应完成的产出与效果；公开件实例",
    example="岳阳市 2023 年度保障房建设资金：竣工时间“2022年3月竣工验收备案”。",
    absent="没有以日期为目标的指标",
)
def k17(case: Case) -> Iterator[Relation]:
    year = case.facts.year
    for sheet, row in rows_of(case.report):
        for target in items(target_of(row)):
            span = _span(target, row)
            if span is None:
                continue
            subject = f"{row_title(sheet, row)}的日期目标"
            if span[0] <= year <= span[1]:
                yield held("K17", subject, row.get("target"), row.get("actual"))
                continue
            past = "早于" if span[1] < year else "晚于"
            yield broken(
                "K17", Severity.WARNING, "date",
                f"{row_title(sheet, row)}的目标“{row.target}”{past}本年度（{year} 年）。",
                subject=subject, expected=str(year), found=row.target, facts=_cells(row, "target"),
                advice="请改用本年度应完成的节点。",
            )  # fmt: skip


def _span(target: Expression, row: Indicator) -> tuple[int, int] | None:
    """First and last year that a date target names; None where it names none."""
    if isinstance(target, Period):
        return target.year, target.year
    if isinstance(target, DateInterval):
        return target.start.year, target.end.year
    if isinstance(target, DateMilestone):
        return (target.year, target.year) if target.year else None
    if "时效" in row.level2 and not isinstance(target, Comparison):
        years = [int(found) for found in _YEARS.findall(row.target)]
        return (min(years), max(years)) if years else None
    return None


@rule(
    "K18",
    title="指标名称不是数值",
    scope="指标行",
    formula="三级指标名称不为空，且不等于指标值",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="名称填成“95%”，读者不知道评的是什么，多为错位粘贴。",
    source=f"{INDICATOR_FORM}表式；公开件实例",
    example="岳阳市保障房建设资金的满意度指标，名称和目标值都是“95%”。",
    absent=NO_ROWS,
)
def k18(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        name = normalise(row.name)
        subject = f"{row_title(sheet, row)}的名称"
        read = parse_expression(name)
        value = isinstance(read, Comparison) and not read.label and not read.scope
        repeated = compact(name) == compact(row.target) and comparison(target_of(row)) is not None
        if name and not value and not repeated:
            yield held("K18", subject, row.get("name"), row.get("target"))
            continue
        said = f"是数值“{row.name}”" if name else "为空"
        yield broken(
            "K18", Severity.ERROR, "name", f"{sheet_title(sheet)}“{row.level2 or row.level1}”有一行的指标名称{said}。",
            subject=subject, expected="指标名称", found=row.name, facts=_cells(row, "name", "target"),
            advice="请填写三级指标的名称。",
        )  # fmt: skip


@rule(
    "K21",
    title="不适用的指标不占分值",
    scope="指标行",
    formula="目标或实际为“不适用” ⇒ 分值为空或 0",
    tolerance="EQ",
    severity=Severity.ERROR,
    why="不适用的指标占了分值，要么白得分，要么白扣分。",
    source=f"{SELF_EVALUATION_RULES}；公开件实例",
    example="岳阳市住房保障事务管理经费“无直接经济效益”填不适用，未占分值，相符。",
    absent="没有填“不适用”的指标",
)
def k21(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        if not not_applicable(row):
            continue
        subject = f"{row_title(sheet, row)}的分值"
        weight = row.weight
        if weight is None or weight.number == 0:
            yield held("K21", subject)
            continue
        yield broken(
            "K21", Severity.ERROR, "weight", f"{row_title(sheet, row)}填“不适用”，却占分值 {plain(weight.number)} 分。",
            subject=subject, expected="空白", found=plain(weight.number), facts=[weight, *_cells(row, "target")],
            advice="请将分值调整到同一一级指标下的其他指标。",
        )  # fmt: skip


@rule(
    "K27",
    title="调整目标值的须有批准依据",
    scope="指标行",
    formula="填列原指标值 ⇒ 批准依据不为空",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="事后调低目标可以掩盖没有完成，须有批准文件。",
    source="预算绩效目标管理的规定：目标调整须经批准；公开件实例",
    example="市住建局引用省级文件将 2201 套调整为 1981 套、5780 套调整为 4205 套。",
    absent="没有调整过目标值的指标",
)
def k27(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        original = row.text("revised_from")
        stated = parse_expression(row.target, name=row.name) if "调整" in row.target else None
        if not original and getattr(stated, "kind", "") != "revision":
            continue
        subject = f"{row_title(sheet, row)}的目标调整"
        if explains(row.text("approval")):
            yield held("K27", subject)
            continue
        shown = f"由 {original} 调整为 {row.target}" if original else row.target
        yield broken(
            "K27", Severity.WARNING, "approval", f"{row_title(sheet, row)}的目标值{shown}，没有批准依据。",
            subject=subject, expected="批准文件", found="", facts=_cells(row, "target", "revised_from"),
            advice="请填写批准调整的文件；没有批准的，按原目标值计分。",
        )  # fmt: skip
