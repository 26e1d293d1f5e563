"""Sets an actual value against its target: measured, declared in words, or not decidable.

Never decides a score. What cannot be compared (496户 against 496套) is said to be so, not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from guangsha.kernel.measures import PERCENT, WAN_YUAN, Quantity, Unit
from guangsha.kernel.money import Fen, wan_yuan
from guangsha.scoring.expression_kinds import (
    PERIODS,
    Blank,
    Comparison,
    DateInterval,
    DateMilestone,
    Expression,
    ExpressionList,
    Frequency,
    Milestone,
    NotApplicable,
    Op,
    Period,
    Prose,
    ResponseTime,
    Revision,
    SymbolicBound,
    Why,
    print_quantity,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Both sides as exact numbers in one unit; ``op`` is the target's comparator."""

    op: Op
    target: Fraction
    actual: Fraction
    unit: Unit | None
    notes: tuple[str, ...] = ()

    @property
    def completion(self) -> Fraction | None:
        """Actual over target; None where the target is not above 0."""
        return self.actual / self.target if self.target > 0 else None


@dataclass(frozen=True, slots=True)
class Declared:
    """Words against words: ``achievement`` is achieved, partial or failed, as the unit declares it."""

    achievement: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """The two cannot be set against each other: ``problem`` and ``advice`` in Chinese."""

    problem: str
    advice: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Numbered targets, each with its own outcome; one weight for all."""

    outcomes: tuple[Measured | Declared | Undecided, ...]


Outcome = Measured | Declared | Undecided | Pairs

#: Dimensions that 个, 项, 份 may stand for: all that are counted one by one.
_COUNTABLE = frozenset({
    "household", "dwelling", "room", "building", "person", "person-time", "case", "item", "times",
    "community", "vehicle", "company",
})  # fmt: skip
_FAILED = re.compile(
    r"未完成|未达|未能|未实现|未启动|未开展|未出台|未办|未通过|未验收|未落实|尚未|没有完成|没有达|无法完成|不达标|不合格|不满意|"
    r"滞后|延期|逾期|^否"
)
#: Phrases in which a failing word is denied: 无不满意情况, 未发生逾期, 不存在延期.
_DENIED = re.compile(
    r"(?:无|没有|未发生|未出现|未发现|未造成|杜绝|避免|不存在)[^。;,]{0,6}(?:不满意|不合格|不达标|逾期|延期|滞后)"
)
_PARTIAL = re.compile(r"部分(?:达成|完成|实现)|基本未|未全部|未完全")
_GIVE_NUMBER = "请填写实际测得的数，或填写自评分。"
_GIVE_ACHIEVEMENT = "请填写达成程度（achieved、partial、failed）或自评分。"


def match(target: Expression, actual: Expression, *, budget: Fen | None = None) -> Outcome:
    """What ``actual`` says about ``target``; ``budget`` (全年预算数) gives ≤预算安排数 its number."""
    if isinstance(target, ExpressionList):
        return _match_list(target, actual, budget)
    return _match_one(target, actual, budget)


def _match_list(target: ExpressionList, actual: Expression, budget: Fen | None) -> Outcome:
    if isinstance(actual, ExpressionList):
        if len(actual.items) != len(target.items):
            return Undecided(
                f"目标有 {len(target.items)} 项，实际完成值有 {len(actual.items)} 项，不能逐项对比",
                "请逐项填写实际完成值，或填写自评分。",
            )
        pairs = zip(target.items, actual.items, strict=True)
        return Pairs(tuple(_match_one(wanted, reached, budget) for wanted, reached in pairs))
    whole = _percent(actual)
    if (whole is not None and whole >= 1) or (isinstance(actual, Milestone) and not _is_failed(str(actual))):
        note = f"目标的 {len(target.items)} 项合并填报为“{actual}”，视为各项均达成"
        return Declared("achieved", (note,))
    return Undecided(
        f"目标有 {len(target.items)} 项，实际完成值没有分项", "请逐项填写实际完成值，或填写自评分。"
    )


def _match_one(target: Expression, actual: Expression, budget: Fen | None) -> Measured | Declared | Undecided:
    if isinstance(target, Blank):
        return Undecided("没有填写年度指标值", "请填写年度指标值，或填写自评分。")
    if isinstance(actual, Blank):
        return Undecided("没有填写实际完成值", "请填写实际完成值，或填写自评分。")
    if isinstance(actual, NotApplicable):
        return Undecided("目标适用而实际完成值填“不适用”", "请把目标也改为“不适用”，或填写实际完成值。")
    if isinstance(actual, ExpressionList | Revision):
        return Undecided("实际完成值不是单一的数值或表述", _GIVE_NUMBER)
    match target:
        case Comparison():
            return _against_number(target, actual)
        case Frequency():
            return _against_frequency(target, actual)
        case SymbolicBound():
            return _against_symbol(target, actual, budget)
        case _:
            return _against_words(target, actual)


# --- numbers ----------------------------------------------------------------------------------------------------


def _percent(actual: Expression) -> Fraction | None:
    """An actual printed as a percentage (100 % = 1); None for anything else."""
    if isinstance(actual, Comparison):
        unit = actual.quantity.unit
        if unit is not None and unit.dimension == "ratio":
            return Fraction(actual.quantity.base)
    return None


def _in_unit(quantity: Quantity, unit: Unit | None) -> Fraction:
    """``quantity`` as a number of ``unit``; a bare number is taken to be in it already."""
    if unit is None or quantity.unit is None:
        return Fraction(quantity.value)
    return Fraction(quantity.value) * Fraction(quantity.unit.factor) / Fraction(unit.factor)


def _against_number(target: Comparison, actual: Expression) -> Measured | Declared | Undecided:
    if isinstance(actual, Comparison):
        return align(target, actual)
    text = str(actual)
    if isinstance(actual, Prose):
        unit = target.quantity.unit
        same = [b for b in actual.bounds if unit is not None and b.quantity.comparable(target.quantity)]
        if len(same) == 1:
            found = align(target, same[0])
            if isinstance(found, Measured):
                note = f"从文字中取数 {print_quantity(same[0].quantity)}"
                return Measured(found.op, found.target, found.actual, found.unit, (note, *found.notes))
        return Undecided(f"不能从“{_short(text)}”中确定实际完成的数", _GIVE_NUMBER)
    if isinstance(actual, Milestone | ResponseTime) and not _is_failed(text):
        return Declared("achieved", (f"目标是数值，实际填“{text}”，没有实测数，按单位申报视为达成",))
    return Undecided(f"目标是数值，实际填“{_short(text)}”，不能对比", _GIVE_NUMBER)


def align(target: Comparison, actual: Comparison) -> Measured | Undecided:
    """Both quantities in the target's unit.

    A percentage against a counted target is its rate of completion (300万平方米 → 100%); a bare number takes the other
    side's unit; 个 stands for anything counted one by one. 户 against 套 does not compare.
    """
    wanted, reached = target.quantity, actual.quantity
    unit, notes = wanted.unit, list(_echo_notes(target, actual))
    if reached.approximate:
        notes.append("实际完成值是约数，按写出的数计")
    wanted_ratio = unit is not None and unit.dimension == "ratio"
    rate = _percent(actual)
    if rate is not None and not wanted_ratio:
        notes.append("实际填的是百分数，不是完成的数，按完成比例折算")
        value = Fraction(wanted.value)
        return Measured(target.op, value, value * rate, unit, tuple(notes))
    if unit is None and reached.unit is not None:
        if reached.unit.factor >= 10_000 and reached.unit.dimension != "money":
            return Undecided(
                f"目标没有写单位，实际以“{reached.unit}”计，不能对比", "请在“计量单位”中填写目标的单位。"
            )
        unit = reached.unit
        notes.append(f"目标没有写单位，按实际的“{unit}”计")
    elif unit is not None and (reached.unit is None or actual.assumed_unit):
        notes.append(f"实际没有写单位，按目标的“{unit}”计")
    elif unit is not None and reached.unit is not None and unit.dimension != reached.unit.dimension:
        counted = {unit.dimension, reached.unit.dimension}
        if not (counted <= _COUNTABLE and "item" in counted):
            return Undecided(
                f"目标以“{unit}”计，实际以“{reached.unit}”计，不能直接比较", "请统一计量单位，或填写自评分。"
            )
        notes.append(f"目标以“{unit}”计，实际以“{reached.unit}”计，按逐个计数对比")
    if target.assumed_unit and unit is not None:
        notes.append(f"目标没有写单位，按“{unit}”计")
    return Measured(target.op, _in_unit(wanted, unit), _in_unit(reached, unit), unit, tuple(notes))


def _echo_notes(target: Comparison, actual: Comparison) -> tuple[str, ...]:
    if actual.written and target.written and actual.op is target.op:
        return ("实际完成值照抄了比较符，不是实测值，按写出的数计",)
    return ()


def _against_frequency(target: Frequency, actual: Expression) -> Measured | Declared | Undecided:
    if isinstance(actual, Frequency):
        if actual.period == target.period:
            return align(target.count, actual.count)
        return Undecided(f"目标按每{target.period}、实际按每{actual.period}计，不能对比", _GIVE_NUMBER)
    if isinstance(actual, Comparison):
        times = PERIODS[target.period]
        if _percent(actual) is not None:
            return align(target.count, actual)
        if times is None:
            return Undecided(f"目标按每{target.period}计，实际没有写明每{target.period}的次数", _GIVE_NUMBER)
        quantity = target.count.quantity
        yearly = Quantity(quantity.value * times, quantity.unit)
        found = align(Comparison(target.count.op, yearly, target.count.why), actual)
        if isinstance(found, Measured):
            note = f"目标折合全年 {print_quantity(yearly)}"
            return Measured(found.op, found.target, found.actual, found.unit, (note, *found.notes))
        return found
    return _against_words(target, actual)


def _against_symbol(
    target: SymbolicBound, actual: Expression, budget: Fen | None
) -> Measured | Declared | Undecided:
    if isinstance(actual, SymbolicBound):
        echo = "与目标文字一致，不是实测值" if str(actual) == str(target) else f"实际填“{actual}”"
        return Declared("achieved", (f"{echo}，按单位申报视为达成",))
    rate = _percent(actual)
    if rate is not None:
        if target.reference == "budget":
            return Measured(Op.LE, Fraction(100), rate * 100, PERCENT, ("以预算为 100% 对比",))
        return Measured(Op.GE, Fraction(100), rate * 100, PERCENT, ("实际填的是百分数，以全部做到为 100%",))
    if isinstance(actual, Comparison):
        unit = actual.quantity.unit
        money = unit is None or unit.dimension == "money"
        if target.reference == "budget" and money and budget is not None:
            bound = Comparison(Op.LE, Quantity(wan_yuan(budget), WAN_YUAN), Why.WRITTEN)
            found = align(bound, actual)
            if isinstance(found, Measured):
                note = f"界限取本表全年预算数 {wan_yuan(budget)} 万元"
                return Measured(found.op, found.target, found.actual, found.unit, (note, *found.notes))
        return Undecided(f"“{target}”没有数，不能与“{actual}”对比", _GIVE_ACHIEVEMENT)
    return _against_words(target, actual)


# --- words ------------------------------------------------------------------------------------------------------


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:24] + "……"


def _bare(text: str) -> str:
    """Letters and digits only, for "the same words"."""
    return "".join(c for c in text if c.isalnum())


def _is_failed(text: str) -> bool:
    return bool(_FAILED.search(_DENIED.sub("", text)))


def _against_words(target: Expression, actual: Expression) -> Measured | Declared | Undecided:
    said, wanted = str(actual), str(target)
    if _bare(said) == _bare(wanted) and _bare(said):
        return Declared("achieved", ("与目标文字一致，视为达成",))
    dated = _against_date(target, actual)
    if dated is not None:
        return dated
    rate = _percent(actual)
    if rate is not None:
        if rate >= 1:
            return Declared("achieved", ("目标是文字，实际填 100%，视为达成",))
        return Undecided(f"目标是文字，实际填“{actual}”，不能据此定分", _GIVE_ACHIEVEMENT)
    if isinstance(actual, Comparison | Frequency) and not (isinstance(actual, Comparison) and actual.label):
        return _against_prose_bound(target, actual)
    if _PARTIAL.search(said):
        return Declared("partial", (f"实际填“{_short(said)}”，读作部分达成",))
    if _is_failed(said):
        return Declared("failed", (f"实际填“{_short(said)}”，读作未达成",))
    return Declared("achieved", (f"实际改用了别的说法（“{_short(said)}”），按单位申报视为达成",))


def _against_prose_bound(target: Expression, actual: Comparison | Frequency) -> Measured | Undecided:
    if isinstance(target, Prose) and isinstance(actual, Comparison) and len(target.bounds) == 1:
        found = align(target.bounds[0], actual)
        if isinstance(found, Measured):
            note = f"从目标文字中取数 {print_quantity(target.bounds[0].quantity)}"
            return Measured(found.op, found.target, found.actual, found.unit, (note, *found.notes))
    return Undecided(f"目标是文字，实际填“{actual}”，不能据此定分", _GIVE_ACHIEVEMENT)


def _against_date(target: Expression, actual: Expression) -> Declared | Undecided | None:
    """A date against a date, a period or an interval; None when one of them is something else."""
    limit, reached = _latest(target), _latest(actual)
    if limit is None or reached is None:
        return None
    if isinstance(actual, Period) and (isinstance(target, Period) or reached[0] >= limit[0]):
        return Undecided(
            f"目标是“{target}”，实际只写“{actual}”，看不出是否按期", "请写明完成日期，或填写达成程度。"
        )
    if not limit[0] or not reached[0]:
        limit, reached = (0, *limit[1:]), (0, *reached[1:])
    if reached <= limit:
        return Declared("achieved", (f"实际 {actual} 不晚于目标 {target}",))
    return Declared("failed", (f"实际 {actual} 晚于目标 {target}",))


def _latest(expression: Expression) -> tuple[int, int, int] | None:
    match expression:
        case DateMilestone():
            return expression.last_day
        case DateInterval():
            return (expression.end.year, expression.end.month, expression.end.day)
        case Period():
            return (expression.year, 12, 31)
        case _:
            return None


def step_length(step: Comparison, measured: Measured) -> Fraction | None:
    """A step ("10户", "1%", "20万元") in the unit of the target; None when it does not fit.

    One per cent of a target that is itself a percentage is a percentage point; of any other target, 1 % of it.
    """
    quantity = step.quantity
    if quantity.unit is None:
        length = Fraction(quantity.value)
    elif measured.unit is None:
        length = Fraction(quantity.value)
        if quantity.unit.dimension == "ratio":
            length = Fraction(quantity.base) * abs(measured.target)
    elif quantity.unit.dimension == measured.unit.dimension:
        length = _in_unit(quantity, measured.unit)
    elif quantity.unit.dimension == "ratio":
        length = Fraction(quantity.base) * abs(measured.target)
    elif "item" in (quantity.unit.dimension, measured.unit.dimension):
        length = Fraction(quantity.value) * Fraction(quantity.unit.factor) / Fraction(measured.unit.factor)
    else:
        return None
    return length if length > Decimal(0) else None
