"""What a target or an actual value (年度指标值, 实际完成值) can say, as frozen values.

``expressions.parse_expression`` makes them; ``str()`` prints the short form that parses back into the same value.
The numbers in the docstrings are the patterns of performance.md §2.4.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from guangsha.kernel.measures import Quantity
from guangsha.kernel.numbers import plain


class Op(StrEnum):
    """Comparators; 以上 and 以内 are inclusive (民法典 art. 1259)."""

    GE = "≥"
    GT = ">"
    EQ = "="
    LE = "≤"
    LT = "<"

    @property
    def upward(self) -> bool:
        return self in (Op.GE, Op.GT)

    @property
    def downward(self) -> bool:
        return self in (Op.LE, Op.LT)


class Why(StrEnum):
    """Where a comparator comes from, in the order in which they are asked (§2.4)."""

    WRITTEN = "written"  # 指标值写明
    DIRECTION = "direction"  # 填报的指标方向
    RULE = "rule"  # 评分标准
    LEVEL = "level"  # 一、二级指标
    KEYWORD = "keyword"  # 指标名称
    DEFAULT = "default"  # 未写，按越大越好

    @property
    def label(self) -> str:
        return {
            "written": "指标值写明",
            "direction": "按填报的指标方向",
            "rule": "按评分标准的说法",
            "level": "按一、二级指标的性质",
            "keyword": "按指标名称",
            "default": "未写比较符，按越大越好",
        }[self.value]


def print_quantity(quantity: Quantity) -> str:
    """``约26450起``: the quantity with one mark for every kind of approximation (余, 近, 左右)."""
    return f"{'约' if quantity.approximate else ''}{plain(quantity.value)}{quantity.unit or ''}"


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing was written."""

    kind: ClassVar[str] = "blank"

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """28: 不适用; the row carries no weight."""

    kind: ClassVar[str] = "not_applicable"

    def __str__(self) -> str:
        return "不适用"


@dataclass(frozen=True, slots=True)
class Comparison:
    """1–7, 9–12: a quantity with a comparator, written or inferred.

    ``label`` stands before it (满意率≥85%), ``scope`` after it (90%的灭治区域); ``assumed_unit`` tells that the unit was
    not printed but taken from the row (patterns 1 and 5).
    """

    kind: ClassVar[str] = "comparison"
    op: Op
    quantity: Quantity
    why: Why = Why.DEFAULT
    label: str = ""
    scope: str = ""
    assumed_unit: bool = False

    @property
    def written(self) -> bool:
        return self.why is Why.WRITTEN

    def __str__(self) -> str:
        op = self.op.value if self.written else ""
        quantity = self.quantity
        if self.assumed_unit:
            quantity = Quantity(quantity.value, None, quantity.decimals, quantity.approximate)
        return f"{self.label}{op}{print_quantity(quantity)}{self.scope}"


@dataclass(frozen=True, slots=True)
class SymbolicBound:
    """8, 27: a bound without a number: ≤规定的时间, ≤预算安排数, 不超预算, 按制度开支.

    ``reference`` is what bounds it: budget, deadline, regulation or other.
    """

    kind: ClassVar[str] = "symbolic"
    op: Op
    noun: str
    reference: str
    phrase: str = ""

    def __str__(self) -> str:
        return self.phrase or f"{self.op.value}{self.noun}"


@dataclass(frozen=True, slots=True)
class Milestone:
    """13, 14: 出台, 启动, 完成, 达标, 是."""

    kind: ClassVar[str] = "milestone"
    word: str

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True)
class Period:
    """15: a fiscal year as a target, 2025年度."""

    kind: ClassVar[str] = "period"
    year: int

    def __str__(self) -> str:
        return f"{self.year}年度"


@dataclass(frozen=True, slots=True)
class DateInterval:
    """16: 2023.1.1-2023.12.31."""

    kind: ClassVar[str] = "interval"
    start: dt.date
    end: dt.date

    def __str__(self) -> str:
        first, last = self.start, self.end
        return f"{first.year}.{first.month}.{first.day}-{last.year}.{last.month}.{last.day}"


@dataclass(frozen=True, slots=True)
class DateMilestone:
    """17: something by a date, 2022年3月竣工验收备案; ``year`` and ``day`` may be unknown."""

    kind: ClassVar[str] = "date"
    year: int | None
    month: int
    day: int | None
    words: str = ""

    @property
    def last_day(self) -> tuple[int, int, int]:
        """The latest day it allows, comparable; an unknown day is the end of its month."""
        return (self.year or 0, self.month, self.day or 31)

    def __str__(self) -> str:
        year = f"{self.year}年" if self.year is not None else ""
        day = f"{self.day}日" if self.day is not None else ""
        return f"{year}{self.month}月{day}{self.words}"


#: Periods a frequency may name, and how many of them a year has where that is exact.
PERIODS: dict[str, int | None] = {
    "年": 1,
    "半年": 2,
    "季度": 4,
    "月": 12,
    "旬": 36,
    "周": None,
    "天": None,
}


@dataclass(frozen=True, slots=True)
class Frequency:
    """19: 每月巡查 2 次."""

    kind: ClassVar[str] = "frequency"
    period: str
    count: Comparison

    def __str__(self) -> str:
        return f"每{self.period}{self.count}"


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """18: 即时即办, 及时完成; a bound in working days is a :class:`Comparison`."""

    kind: ClassVar[str] = "response"
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Effect:
    """20–22: words for an effect, 有效促进."""

    kind: ClassVar[str] = "effect"
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Prose:
    """25, 26: several clauses that must all hold, with the amounts that they name."""

    kind: ClassVar[str] = "prose"
    clauses: tuple[str, ...]
    bounds: tuple[Comparison, ...] = ()

    def __str__(self) -> str:
        return "。".join(self.clauses)


@dataclass(frozen=True, slots=True)
class Revision:
    """32: 由2201套调整为1981套; counts with ``new`` once it is approved."""

    kind: ClassVar[str] = "revision"
    old: Expression
    new: Expression

    def __str__(self) -> str:
        return f"由{self.old}调整为{self.new}"


@dataclass(frozen=True, slots=True)
class ExpressionList:
    """23: numbered targets that share one weight; compared pair by pair."""

    kind: ClassVar[str] = "list"
    items: tuple[Expression, ...]

    def __str__(self) -> str:
        return ";".join(f"{number}、{item}" for number, item in enumerate(self.items, 1))


Expression = (
    Blank
    | NotApplicable
    | Comparison
    | SymbolicBound
    | Milestone
    | Period
    | DateInterval
    | DateMilestone
    | Frequency
    | ResponseTime
    | Effect
    | Prose
    | Revision
    | ExpressionList
)


def describe(expression: Expression) -> str:
    """What the expression was read as, in Chinese, for the explanation of a score."""
    match expression:
        case Blank():
            return "没有填写"
        case NotApplicable():
            return "不适用"
        case Comparison():
            return f"{expression.op} {print_quantity(expression.quantity)}"
        case SymbolicBound():
            return f"{_REFERENCES[expression.reference]}（{expression}）"
        case Milestone():
            return f"节点“{expression}”"
        case Period():
            return f"{expression.year} 年度内"
        case DateInterval():
            return f"起止日期 {expression}"
        case DateMilestone():
            return f"日期节点 {expression}"
        case Frequency():
            return f"频次 每{expression.period} {expression.count.op} {print_quantity(expression.count.quantity)}"
        case ResponseTime():
            return f"时效要求“{expression}”"
        case Effect():
            return f"定性表述“{expression}”"
        case Prose():
            amounts = "、".join(print_quantity(bound.quantity) for bound in expression.bounds)
            return f"{len(expression.clauses)} 项要求" + (f"，其中有数值 {amounts}" if amounts else "")
        case Revision():
            return f"由 {describe(expression.old)} 调整为 {describe(expression.new)}"
        case _:
            return "；".join(f"{n}、{describe(item)}" for n, item in enumerate(expression.items, 1))


def describe_actual(expression: Expression) -> str:
    """What an actual value was read as: a comparator is shown only where it was written."""
    if isinstance(expression, Comparison) and not expression.written:
        return print_quantity(expression.quantity)
    if isinstance(expression, ExpressionList):
        return "；".join(f"{n}、{describe_actual(item)}" for n, item in enumerate(expression.items, 1))
    return describe(expression)


_REFERENCES = {
    "budget": "不超过预算",
    "deadline": "不超过规定时间",
    "regulation": "按规定执行",
    "other": "以文字为界限",
}
