"""The scoring rules, one small pure function each, exact until the one rounding at the end.

Every function takes plain numbers and returns an unrounded :class:`~fractions.Fraction` of points, so that a person
can redo it with a pencil. ``batch.py`` computes the same definitions on arrays; :data:`METHOD_CODES` are the numbers
both use. ``docs/algorithms/scoring.md`` gives the terms, a worked table and the sources.

Notation (performance.md §3.1): A target, B actual, w weight (分值), r = executed / budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from guangsha.kernel.numbers import half_up_ratio
from guangsha.scoring.profile import Band, Rounding

Number = Decimal | Fraction | int

#: Below this share of the target the "from sixty" rule gives nothing (财预[2021]101号, not retrieved).
SIXTY = Fraction(60, 100)


class Method(StrEnum):
    """How a row with a measured target earns its points."""

    POSITIVE = "positive"  # 正向：比例得分
    POSITIVE_FROM_SIXTY = "positive_floor60"  # 正向：完成率 60% 起计分
    NEGATIVE_RECIPROCAL = "negative_reciprocal"  # 反向：权重×目标÷实际
    NEGATIVE_TO_DOUBLE = "negative_linear_to_double"  # 反向：超出部分线性扣分，超一倍得 0
    NEGATIVE_ALL_OR_NOTHING = "negative_all_or_nothing"  # 反向：超出即 0
    EQUAL = "equal"  # 等于：比例得分
    EQUAL_EXACT = "equal_exact"  # 等于：相等得满分，否则 0
    STEP_UP = "step_up"  # 每少一个步长扣分
    STEP_DOWN = "step_down"  # 每多一个步长扣分

    @property
    def code(self) -> int:
        """The stable number of this method in arrays (``batch.py``)."""
        return METHOD_CODES[self]

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def upward(self) -> bool:
        """Whether more is better (=: at least the target)."""
        return self not in _DOWNWARD


#: Numbers of the methods in arrays. Append only: stored arrays carry them.
METHOD_CODES: dict[Method, int] = {
    Method.POSITIVE: 1,
    Method.POSITIVE_FROM_SIXTY: 2,
    Method.NEGATIVE_RECIPROCAL: 3,
    Method.NEGATIVE_TO_DOUBLE: 4,
    Method.NEGATIVE_ALL_OR_NOTHING: 5,
    Method.EQUAL: 6,
    Method.EQUAL_EXACT: 7,
    Method.STEP_UP: 8,
    Method.STEP_DOWN: 9,
}

_DOWNWARD = frozenset(
    {
        Method.NEGATIVE_RECIPROCAL,
        Method.NEGATIVE_TO_DOUBLE,
        Method.NEGATIVE_ALL_OR_NOTHING,
        Method.STEP_DOWN,
    }
)

_LABELS = {
    Method.POSITIVE: "正向指标，达到目标得满分，未达到按“分值×实际值÷目标值”",
    Method.POSITIVE_FROM_SIXTY: "正向指标，按“分值×（完成率－60%）÷40%”，完成率不到 60% 不得分",
    Method.NEGATIVE_RECIPROCAL: "反向指标，不超过目标得满分，超过按“分值×目标值÷实际值”",
    Method.NEGATIVE_TO_DOUBLE: "反向指标，不超过目标得满分，超过按“分值×（1－超出比例）”，超出一倍不得分",
    Method.NEGATIVE_ALL_OR_NOTHING: "反向指标，不超过目标得满分，超过不得分",
    Method.EQUAL: "等值指标，达到目标得满分，未达到按“分值×实际值÷目标值”",
    Method.EQUAL_EXACT: "等值指标，与目标相等得满分，否则不得分",
    Method.STEP_UP: "步长扣分，每比目标少一个步长扣固定分，扣完为止",
    Method.STEP_DOWN: "步长扣分，每比目标多一个步长扣固定分，扣完为止",
}


class Partial(StrEnum):
    """What an unfinished step (不足一个步长) costs: a whole step, nothing, or its share."""

    CEIL = "ceil"
    FLOOR = "floor"
    PROPORTIONAL = "proportional"


#: Numbers of the partial-step rules in arrays.
PARTIAL_CODES: dict[Partial, int] = {Partial.CEIL: 0, Partial.FLOOR: 1, Partial.PROPORTIONAL: 2}


@dataclass(frozen=True, slots=True)
class QuantityParams:
    """What some methods need besides target and actual.

    ``step`` (in the unit of the target) and ``deduct`` (points a step) belong to the step methods. ``over_limit`` is
    the ratio of actual to target from which over-completion costs points; None: it costs nothing.
    """

    step: Fraction | None = None
    deduct: Fraction | None = None
    partial: Partial = Partial.CEIL
    over_limit: Fraction | None = None


NO_PARAMS = QuantityParams()

#: The usual rounding of scores: two decimals, half up.
TWO_PLACES = Rounding(2)


def exact(value: Number) -> Fraction:
    """``value`` as an exact fraction."""
    return value if isinstance(value, Fraction) else Fraction(value)


def rounded(value: Fraction, rounding: Rounding) -> Decimal:
    """``value`` rounded once as the profile says (``strip`` drops trailing zeros, as the form prints it).

    >>> rounded(Fraction(123616, 123673) * 10, Rounding(2))
    Decimal('10.00')
    """
    scaled = value * 10**rounding.places
    numerator, denominator = scaled.numerator, scaled.denominator
    match rounding.rounding:
        case "half_up":
            whole = half_up_ratio(numerator, denominator)
        case "down":
            whole = abs(numerator) // denominator * (1 if numerator >= 0 else -1)
        case "floor":
            whole = numerator // denominator
        case "ceiling":
            whole = -(-numerator // denominator)
        case unknown:
            raise ValueError(f"unknown rounding {unknown}")
    number = Decimal(whole).scaleb(-rounding.places)
    return stripped(number) if rounding.strip else number


def stripped(number: Decimal) -> Decimal:
    """``number`` without trailing zeros and never in exponent notation (9.90 → 9.9, 10.00 → 10)."""
    short = number.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


# --- quantitative rows ---------------------------------------------------------------------------------------


def positive(weight: Fraction, target: Fraction, actual: Fraction) -> Fraction:
    """Q-POS: ``w`` when B ≥ A, else ``w·B/A``; a negative actual counts as 0.

    A target of 0 or less has no ratio: reaching it earns everything, missing it nothing.
    Source: 财预[2020]10号 proportional rule (text not retrieved); Wuhan form note 2 ("不得突破权重总额").
    """
    if actual >= target:
        return weight
    if target <= 0 or actual <= 0:
        return Fraction(0)
    return weight * actual / target


def positive_from_sixty(weight: Fraction, target: Fraction, actual: Fraction) -> Fraction:
    """BAND-101: ``w·max(0, (B/A - 60 %)/(1 - 60 %))``, at most ``w``.

    Source: 财预[2021]101号 (from memory, unverified; performance.md §6 no. 2).
    """
    if actual >= target:
        return weight
    if target <= 0 or actual <= target * SIXTY:
        return Fraction(0)
    return weight * (actual / target - SIXTY) / (1 - SIXTY)


def negative_reciprocal(weight: Fraction, target: Fraction, actual: Fraction) -> Fraction:
    """Q-NEG (a): ``w·min(1, A/B)``. Source: Wuhan form note 2 ("反向指标，得分=权重*A/B")."""
    if actual <= target:
        return weight
    return Fraction(0) if target <= 0 else weight * target / actual


def negative_to_double(weight: Fraction, target: Fraction, actual: Fraction) -> Fraction:
    """Q-NEG (b): ``w`` up to A, then down in a line to 0 at 2A.

    Source: a deployed provincial integrated-budget system (practice, not authority).
    """
    if actual <= target:
        return weight
    if target <= 0 or actual >= 2 * target:
        return Fraction(0)
    return weight * (2 * target - actual) / target


def negative_all_or_nothing(weight: Fraction, target: Fraction, actual: Fraction) -> Fraction:
    """Q-NEG, strict: ``w`` when B ≤ A, else 0. A local choice; the central text has no reverse formula."""
    return weight if actual <= target else Fraction(0)


def equal(weight: Fraction, target: Fraction, actual: Fraction) -> Fraction:
    """Q-EQ: A = 0 → ``w`` if B ≤ 0, else 0; A > 0 → like :func:`positive`; A < 0 → only equality earns.

    Source: as :func:`negative_to_double`.
    """
    if target > 0:
        return positive(weight, target, actual)
    reached = actual <= 0 if target == 0 else actual == target
    return weight if reached else Fraction(0)


def equal_exact(weight: Fraction, target: Fraction, actual: Fraction) -> Fraction:
    """``w`` when B = A, else 0."""
    return weight if actual == target else Fraction(0)


def step(
    weight: Fraction,
    target: Fraction,
    actual: Fraction,
    *,
    length: Fraction,
    deduct: Fraction,
    partial: Partial,
    upward: bool,
) -> Fraction:
    """STEP: ``max(0, w - k·deduct)``, k steps of ``length`` short of the target (or, not ``upward``, beyond it).

    The direction comes from the indicator: one published rule takes points for spending *less* than the budget.
    Source: 评分标准 column of the Yueyang district forms; how a partial step counts is not stated there.

    Raises:
        ValueError: a step that is not above 0, or a negative deduction.
    """
    if length <= 0 or deduct < 0:
        raise ValueError("a step must be above 0 and must not add points")
    short = target - actual if upward else actual - target
    if short <= 0:
        return weight
    steps = short / length
    if partial is Partial.CEIL:
        steps = Fraction(-(-steps.numerator // steps.denominator))
    elif partial is Partial.FLOOR:
        steps = Fraction(steps.numerator // steps.denominator)
    return max(Fraction(0), weight - steps * deduct)


def over_completion_penalty(
    weight: Fraction, target: Fraction, actual: Fraction, limit: Fraction
) -> Fraction:
    """Points lost because B is so far above A that the target was set too low: ``w·(B/A - limit)``, at most ``w``.

    Source: 财预[2020]10号 asks to deduct "by deviation" without a ratio; this reading is an option of the profile
    (``over_completion.deduct: by_deviation``) and off by default.
    """
    if target <= 0:
        return Fraction(0)
    beyond = actual / target - limit
    return min(weight, weight * beyond) if beyond > 0 else Fraction(0)


def exact_score(
    method: Method, weight: Number, target: Number, actual: Number, params: QuantityParams = NO_PARAMS
) -> Fraction:
    """Unrounded points of one measured row; always between 0 and ``weight``.

    Args:
        method: the rule.
        weight: 分值, not negative.
        target: 年度指标值 and
        actual: 实际完成值, in the same unit.
        params: step and over-completion, where they apply.

    Raises:
        ValueError: a negative weight, or a step method without a usable step.
    """
    w, a, b = exact(weight), exact(target), exact(actual)
    if w < 0:
        raise ValueError("a weight is never negative")
    match method:
        case Method.POSITIVE:
            points = positive(w, a, b)
        case Method.POSITIVE_FROM_SIXTY:
            points = positive_from_sixty(w, a, b)
        case Method.NEGATIVE_RECIPROCAL:
            points = negative_reciprocal(w, a, b)
        case Method.NEGATIVE_TO_DOUBLE:
            points = negative_to_double(w, a, b)
        case Method.NEGATIVE_ALL_OR_NOTHING:
            points = negative_all_or_nothing(w, a, b)
        case Method.EQUAL:
            points = equal(w, a, b)
        case Method.EQUAL_EXACT:
            points = equal_exact(w, a, b)
        case _:  # STEP_UP, STEP_DOWN
            if params.step is None or params.deduct is None:
                raise ValueError("a step method needs a step and a deduction")
            points = step(
                w, a, b, length=params.step, deduct=params.deduct, partial=params.partial, upward=method.upward
            )  # fmt: skip
    if params.over_limit is not None and method in OVER_COMPLETION_METHODS:
        points = max(Fraction(0), points - over_completion_penalty(w, a, b, params.over_limit))
    return points


#: Only where more is better and the ratio is the measure can a target be too low to be worth anything.
OVER_COMPLETION_METHODS = frozenset({Method.POSITIVE, Method.POSITIVE_FROM_SIXTY, Method.EQUAL})


def score_quantity(
    method: Method,
    weight: Number,
    target: Number,
    actual: Number,
    params: QuantityParams = NO_PARAMS,
    rounding: Rounding = TWO_PLACES,
) -> Decimal:
    """Points of one measured row, rounded once; see :func:`exact_score`.

    >>> score_quantity(Method.NEGATIVE_RECIPROCAL, 5, 26, Decimal("116.29"))
    Decimal('1.12')
    """
    return rounded(exact_score(method, weight, target, actual, params), rounding)


# --- budget execution ----------------------------------------------------------------------------------------


def execution_linear(weight: Fraction, rate: Fraction, *, cap: bool) -> Fraction:
    """EXEC-LIN: ``W·r``, never below 0 and, when capped, never above ``W``; ``rate`` is unrounded (1 = 100 %).

    Source: 财预[2020]10号 (10 points), Wuhan form ("20分*执行率"); the cap by every published case over 100 %.
    """
    points = max(Fraction(0), weight * rate)
    return min(weight, points) if cap else points


def execution_bands(
    weight: Fraction, rate: Fraction, bands: Sequence[tuple[Decimal, Decimal]], *, cap: bool
) -> Fraction:
    """BAND-101: points of the best band whose least rate is reached; bands are out of the best band's points.

    The best band asks for "完成且不超": without the cap, a rate above 100 % falls into the second band.
    Source: 财预[2021]101号 (from memory, unverified).
    """
    if not bands:
        raise ValueError("no execution bands")
    usable = bands[1:] if rate > 1 and not cap else bands
    points = next((points for least, points in usable if rate >= exact(least)), Decimal(0))
    full = exact(bands[0][1])
    return weight * exact(points) / full if full else Fraction(0)


# --- qualitative rows and satisfaction -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tier:
    """The points a qualitative tier allows, rounded as scores are, with its ends."""

    label: str
    low: Decimal
    high: Decimal
    low_included: bool
    high_included: bool

    def allows(self, score: Decimal) -> bool:
        """Whether ``score`` lies in the tier."""
        above = score >= self.low if self.low_included else score > self.low
        below = score <= self.high if self.high_included else score < self.high
        return above and below

    def __str__(self) -> str:
        ends = f"{'含' if self.low_included else '不含'}下限、{'含' if self.high_included else '不含'}上限"
        return f"{self.low:f} 至 {self.high:f} 分（{ends}）"


def qualitative_tier(
    bands: Sequence[Band], achievement: str, weight: Fraction, rounding: Rounding
) -> Tier | None:
    """The points that ``achievement`` may earn; None when the place knows no such tier.

    Ends are rounded before comparing (``hu(0.8w, 2) ≤ s ≤ w``, ``hu(0.6w, 2) ≤ s < hu(0.8w, 2)`` …); an end that the
    tier above includes is excluded here.
    Source: 财预[2020]10号 100–80–60–0 (text not retrieved); Wuhan form note 3, 100–80–50–0.
    """
    band = next((band for band in bands if band.achievement == achievement), None)
    if band is None:
        return None
    taken = any(other.low == band.high and other.low_included for other in bands if other is not band)
    return Tier(
        band.label,
        rounded(weight * exact(band.low), rounding),
        rounded(weight * exact(band.high), rounding),
        band.low_included,
        not taken,
    )


def qualitative_binary(weight: Fraction, *, achieved: bool) -> Fraction:
    """QUAL-BIN: ``w`` when the effect is there, else 0. Source: 评分标准 column of the Yueyang district forms."""
    return weight if achieved else Fraction(0)


def satisfaction(weight: Fraction, rate: Fraction, bands: Sequence[tuple[Decimal, Decimal]]) -> Fraction:
    """Satisfaction by the rate itself: ≥ 90 % all, [80, 90) 8/10, [60, 80) 5/10 …, as the profile lists.

    ``bands`` are (least rate, points) with the best first; points are out of the best band's.
    Source: 财预[2021]101号 (from memory, unverified).
    """
    points = next((points for least, points in bands if rate >= exact(least)), Decimal(0))
    full = exact(bands[0][1]) if bands else Fraction(0)
    return weight * exact(points) / full if full else Fraction(0)


# --- rows that share one weight --------------------------------------------------------------------------------


def group_equal_share(parts: Sequence[Fraction]) -> Fraction:
    """Points of a group whose weight is shared equally: the sum of what each member earns of its equal part."""
    return sum(parts, Fraction(0))


def group_all_or_nothing(weight: Fraction, parts: Sequence[Fraction]) -> Fraction:
    """The whole weight when every member is fully achieved, else nothing."""
    return weight if parts and sum(parts, Fraction(0)) == weight else Fraction(0)
