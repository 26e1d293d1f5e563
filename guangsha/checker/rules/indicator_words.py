"""Family K, what the words of a row say in numbers: its scoring standard, its name, its prose (K31–K33).

A form says the same thing twice in one row: the standard repeats the weight, the name repeats the target, a target that
is the project's money repeats the form's own money. Source: performance.md §2.4, §3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from guangsha.checker.document import squeeze
from guangsha.checker.printed import not_applicable
from guangsha.checker.readings import actual_of, quantity, same_quantity, standard_of, target_of
from guangsha.checker.registry import Case, rule
from guangsha.checker.relations import broken, held, not_checked
from guangsha.checker.rules.indicator_repeats import is_slip
from guangsha.checker.subjects import LOCAL_FORMS, SELF_EVALUATION_RULES, row_title, rows_of, sheet_title
from guangsha.facts.fact import Fact
from guangsha.facts.report import Indicator, Sheet
from guangsha.kernel.findings import Relation, Severity
from guangsha.kernel.measures import Quantity
from guangsha.kernel.numbers import plain

#: Points that a standard awards: 得15分, 计10分, 满分10分.
_AWARD = re.compile(
    r"(?P<verb>(?<!不)得|(?<!合)计|记|赋|给|满分(?:为|是|[:：])?)(?:满分|满)?(?P<points>\d{1,4}(?:\.\d{1,4})?)分(?![制之钟])"
)
_CLAUSE = re.compile(r"[,，;；。:：、()（）\n]")
#: Points of a step, points on top, caps: none of them are the row's full points.
_OTHERWISE = re.compile(r"每|扣|减|加|另|附加|至多|最多|最高|不超过|以内|累计|合计")
#: Standards that are written for a hundred points and brought to the weight afterwards.
_SCALED = re.compile(r"百分制|满分(?:为|是)?100分|折算|权重|[×*]|分值的|乘以|按比例")
_FULL_IN_WORDS = re.compile(r"满分(?!(?:为|是|[:：])?\d)|全分|分值|不扣分")
#: Longer standards are read to here; awards of one standard that are added up in every combination.
_STANDARD_MAX, _AWARDS_MAX = 2000, 10
#: A rate and the words that follow it, in a target: 90%的灭治区域.
_RATED = re.compile(r"(?P<number>\d{1,4}(?:\.\d{1,4})?)(?P<said>[%％‰]的?[\u4e00-\u9fff]{3,40})")
#: Words of the name that tell that a row is about what the project spends.
_SPENDING = re.compile(r"经费|支出|成本|资金|费用|投入")


def awarded(text: str) -> tuple[Decimal, ...]:
    """The points that a standard awards, without those of steps, extras and caps.

    >>> [str(points) for points in awarded("达到3500户以上得15分，每减少10户扣1分。")]
    ['15']
    >>> awarded("每完成一项，得2分，最高得10分"), [str(p) for p in awarded("优得10分，良得8分")]
    ((), ['10', '8'])
    """
    words = squeeze(text)[:_STANDARD_MAX]
    found: list[Decimal] = []
    for match in _AWARD.finditer(words):
        *earlier, clause = _CLAUSE.split(words[: match.start()])
        if _OTHERWISE.search(clause) or (not clause and earlier and "每" in earlier[-1]):
            continue
        found.append(Decimal(match["points"]))
    return tuple(points for points in found if points)


def _adds_up(awards: Sequence[Decimal], weight: Decimal) -> bool:
    """Whether the weight is one award, or the sum of several (parts of the row, with tiers of their own)."""
    few = awards[:_AWARDS_MAX]
    return any(sum(chosen) == weight for size in range(1, len(few) + 1) for chosen in combinations(few, size))


@rule(
    "K31",
    title="评分标准所写的满分等于分值",
    scope="指标行",
    formula="评分标准“得（计）几分”＝分值；分项、分档给分的，最高档或各项之和＝分值",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="评分标准按一个满分扣分，分值栏却是另一个，得分无从核对。",
    source=f"自评表“评分标准”栏与“分值”栏；{LOCAL_FORMS}",
    example="岳阳楼区 2025 年度整体表：七行的评分标准各写 15 分或 10 分，与分值逐行相同。",
    absent="自评表没有写明给分的评分标准",
)
def k31(case: Case) -> Iterator[Relation]:
    seen: set[object] = set()
    for sheet in case.report.sheets:
        standards = [(row, said) for row in sheet.indicators if (said := standard_of(row)) is not None]
        for row, (text, fact) in standards:
            # a project's form without such a column takes over the standards of the overall one
            place = (fact.source, text)
            awards = awarded(text)
            if not awards or place in seen or row.weight is None or row.group or not_applicable(row):
                continue
            seen.add(place)
            shared = [other.weight for other, (words, _) in standards if words == text]
            together = sum((weight.number for weight in shared if weight is not None), Decimal(0))
            yield _full_points(sheet, row, fact, awards, text, together)


def _full_points(
    sheet: Sheet, row: Indicator, fact: Fact, awards: tuple[Decimal, ...], text: str, together: Decimal
) -> Relation:
    """``together`` are the weights of all rows with this standard: a merged cell may serve several rows."""
    subject = f"{row_title(sheet, row)}的评分标准与分值"
    weight = row.weight
    if weight is None:
        return not_checked("K31", subject, "没有分值")
    if _SCALED.search(squeeze(text)):
        return not_checked("K31", subject, "评分标准不是按分值直接给分")
    fits = _adds_up(awards, weight.number) or _adds_up(awards, together)
    if not fits and len(awards) > _AWARDS_MAX:
        return not_checked("K31", subject, "评分标准列了太多给分项")
    if fits or (_FULL_IN_WORDS.search(squeeze(text)) and max(awards) <= weight.number):
        return held("K31", subject, fact, weight)
    said = "、".join(f"{plain(points)} 分" for points in dict.fromkeys(awards))
    return broken(
        "K31", Severity.WARNING, "score",
        f"{row_title(sheet, row)}的评分标准写的是 {said}，分值为 {plain(weight.number)} 分，两者不符。",
        subject=subject, expected=plain(weight.number), found=plain(max(awards)), facts=(fact, weight),
        advice="请核对评分标准与分值，更正填错的一处。",
    )  # fmt: skip


@rule(
    "K32",
    title="以项目经费为目标的指标与资金栏一致",
    scope="项目自评表的指标行与资金栏",
    formula="目标值＝本项目预算数的经费指标，实际完成值＝全年执行数；只差一个数字的，须核实",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="经费指标说的就是资金栏里的钱，两处印成两个数，至少一处是错的。",
    source=f"{SELF_EVALUATION_RULES}；自评表资金栏与指标栏为同一口径",
    example="岳阳楼区住房保障事务经费：指标 22 万元、实际 20.13 万元，资金栏预算 22、执行 20.13，相符。",
    absent="没有以项目经费为目标的指标",
)
def k32(case: Case) -> Iterator[Relation]:
    for sheet in case.report.projects:
        money = sheet.funds()
        budgets = [fact for fact in (money.full_year, money.initial) if fact is not None]
        if money.executed is None or not budgets:
            continue
        for row in sheet.indicators:
            wanted, measured = quantity(target_of(row)), quantity(actual_of(row))
            if _is_money(wanted) and _is_money(measured) and _SPENDING.search(row.name + row.level2):
                yield from _against_funds(sheet, row, (wanted, measured), (budgets, money.executed))


def _is_money(amount: Quantity | None) -> bool:
    return amount is not None and amount.unit is not None and amount.unit.dimension == "money"


def _against_funds(
    sheet: Sheet,
    row: Indicator,
    amounts: tuple[Quantity | None, Quantity | None],
    funds: tuple[Sequence[Fact], Fact],
) -> Iterator[Relation]:
    (wanted, measured), (budgets, executed) = amounts, funds
    if wanted is None or measured is None:
        return
    budget = next((fact for fact in budgets if same_quantity(wanted, fact.quantity)), None)
    spent = same_quantity(measured, executed.quantity)
    subject = f"{row_title(sheet, row)}与资金栏"
    if budget is not None and spent:
        yield held("K32", subject, row.get("target"), row.get("actual"), budget, executed)
    elif budget is not None and is_slip(measured, executed.quantity):
        yield _one_digit(sheet, row, "actual", measured, executed)
    elif spent and (near := next((f for f in budgets if is_slip(wanted, f.quantity)), None)) is not None:
        yield _one_digit(sheet, row, "target", wanted, near)


def _one_digit(sheet: Sheet, row: Indicator, field: str, said: Quantity, fund: Fact) -> Relation:
    label, column = ("年度指标值", "预算数") if field == "target" else ("实际完成值", "全年执行数")
    cell = row.get(field)
    return broken(
        "K32", Severity.WARNING, "equal",
        f"{row_title(sheet, row)}的{label}“{said}”与{sheet_title(sheet)}资金栏的{column} {fund.text} 只差一个数字，疑有一处填错。",
        subject=f"{row_title(sheet, row)}与资金栏", expected=fund.text, found=str(said),
        facts=[fact for fact in (cell, fund) if fact is not None], advice="请核对本项目的资金，更正填错的一处。",
    )  # fmt: skip


@rule(
    "K33",
    title="指标名称里的比率等于目标值",
    scope="指标行",
    formula="名称与年度指标值用同样的话说同一个比率的，数字相同",
    tolerance="EQ",
    severity=Severity.WARNING,
    why="名称写“90%的灭治区域”，目标写成另一个数，读者不知道以哪个为准。",
    source="自评表三级指标与年度指标值为同一指标；公开件实例",
    example="岳阳市白蚁防治：名称与目标均为“90%的灭治区域”，相符。",
    absent="没有在名称和目标里用同样的话写的比率",
)
def k33(case: Case) -> Iterator[Relation]:
    for sheet, row in rows_of(case.report):
        name, target = row.get("name"), row.get("target")
        if name is None or target is None:
            continue
        named = [(m["said"], Decimal(m["number"])) for m in _RATED.finditer(squeeze(name.text))]
        for match in _RATED.finditer(squeeze(target.text)):
            same = [number for said, number in named if said.startswith(match["said"])]
            if len(same) != 1:
                continue
            subject = f"{row_title(sheet, row)}的名称与目标值"
            number, sign = Decimal(match["number"]), match["said"][0]
            if number == same[0]:
                yield held("K33", subject, name, target)
                continue
            yield broken(
                "K33", Severity.WARNING, "equal",
                f"{row_title(sheet, row)}的名称写的是 {plain(same[0])}{sign}，年度指标值写的是 {plain(number)}{sign}，说的是同一件事。",
                subject=subject, expected=plain(number), found=plain(same[0]), facts=(name, target),
                advice="请核对名称与目标值，更正填错的一处。",
            )  # fmt: skip
