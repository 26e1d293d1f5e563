"""Scores one indicator row: chooses the rule, applies it exactly, and writes down every step in Chinese."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from guangsha.facts.report import Indicator
from guangsha.kernel.money import Fen
from guangsha.kernel.numbers import WORKING, plain
from guangsha.scoring.expression_kinds import Comparison, Expression, NotApplicable, Revision, describe_actual
from guangsha.scoring.expressions import Context, describe, parse_in_context
from guangsha.scoring.matching import Declared, Measured, Pairs, Undecided, match, step_length
from guangsha.scoring.profile import ACHIEVEMENTS, Profile, Rounding
from guangsha.scoring.rules import (
    OVER_COMPLETION_METHODS,
    Method,
    Partial,
    QuantityParams,
    Tier,
    exact,
    exact_score,
    qualitative_binary,
    qualitative_tier,
    satisfaction,
    stripped,
)

#: Values of the ``method`` field that leave the variant to the profile, with their Chinese spellings.
FAMILIES: dict[str, str] = {
    "positive": "positive", "正向": "positive", "正向指标": "positive",
    "negative": "negative", "反向": "negative", "反向指标": "negative",
    "equal": "equal", "等值": "equal", "等于": "equal",
    "step": "step", "步长": "step", "步长扣分": "step",
    "qualitative": "qualitative", "定性": "qualitative", "定性指标": "qualitative",
    "bands": "bands", "binary": "binary",
    "not_applicable": "not_applicable", "不适用": "not_applicable",
    "assessed": "assessed", "approved": "assessed", "自评": "assessed", "直接赋分": "assessed",
}  # fmt: skip

BANDS, BINARY, SATISFACTION = "qualitative_bands", "qualitative_binary", "satisfaction_bands"
LIST, NOT_APPLICABLE, ASSESSED, UNDECIDED = "list", "not_applicable", "assessed", "undecided"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules make of one row at one weight.

    ``points`` are unrounded; None when only a person can decide, and ``problem`` then says why. ``tier`` bounds what
    a person may decide for a qualitative row.
    """

    method: str
    points: Fraction | None
    lines: tuple[str, ...] = ()
    completion: Fraction | None = None
    tier: Tier | None = None
    problem: Undecided | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator with what surrounds it: the profile, and the sheet's full-year budget in fen."""

    indicator: Indicator
    profile: Profile
    budget: Fen | None = None

    @property
    def context(self) -> Context:
        row = self.indicator
        return Context(
            row.text("unit"), row.text("direction"), row.level1, row.level2, row.name, row.text("rule")
        )

    @property
    def family(self) -> str:
        """The ``method`` field: a family, a :class:`Method`, or empty; unknown words come back as they are."""
        given = self.indicator.text("method").strip()
        return FAMILIES.get(given, given)

    @property
    def applicable(self) -> bool:
        """Whether the row counts at all (28: 不适用)."""
        if self.family == "not_applicable":
            return False
        return not isinstance(parse_in_context(self.indicator.target, self.context), NotApplicable)


def show(value: Fraction) -> str:
    """A fraction as a person writes it: exact when six decimals do, else cut there and marked.

    >>> show(Fraction(183, 20)), show(Fraction(1, 3))
    ('9.15', '0.333333…')
    """
    scaled = value * 10**6
    if scaled.denominator == 1:
        return plain(stripped(Decimal(scaled.numerator).scaleb(-6)))
    cut = abs(scaled.numerator) // scaled.denominator * (1 if scaled >= 0 else -1)
    return f"{plain(Decimal(cut).scaleb(-6))}…"


def show_rounding(rounding: Rounding) -> str:
    """四舍五入到 2 位小数, 四舍五入取整数 …"""
    how = {"half_up": "四舍五入", "down": "截断", "floor": "向下取", "ceiling": "向上取"}[rounding.rounding]
    return f"{how}取整数" if rounding.places == 0 else f"{how}保留 {rounding.places} 位小数"


def ratio(value: Fraction | None) -> Decimal | None:
    """A fraction at working precision, for results that are shown but never rounded again."""
    return None if value is None else WORKING.divide(Decimal(value.numerator), Decimal(value.denominator))


def decide(row: Row, weight: Fraction) -> Decision:
    """The points that the rules give ``row`` at ``weight``; decides nothing that needs a person."""
    if not row.applicable:
        return Decision(NOT_APPLICABLE, None, ("指标不适用，不占分",))
    known = row.family in ("", *FAMILIES.values()) or row.family in set(Method)
    if not known:
        problem = Undecided(
            f"评分方法“{row.family[:40]}”不认识", f"可以填：{'、'.join(sorted(set(FAMILIES.values())))}。"
        )
        return Decision(UNDECIDED, None, (), problem=problem)
    if row.family == "assessed":
        problem = Undecided("评分方法是单位自评，但没有填写自评分", "请填写自评分（assessed）。")
        return Decision(ASSESSED, None, ("评分方法：由单位直接评分",), problem=problem)
    target, lines = _read_target(row)
    unit = target.quantity.unit if isinstance(target, Comparison) else None
    actual = parse_in_context(row.indicator.actual, Context(unit.symbol if unit else row.context.unit))
    lines.append(f"实际完成值“{row.indicator.actual}”读作：{describe_actual(actual)}")
    if row.family in ("qualitative", "bands", "binary") and row.indicator.text("achievement"):
        outcome: Measured | Declared | Undecided | Pairs = _given_achievement(row)
    else:
        outcome = match(target, actual, budget=row.budget)
        if isinstance(outcome, Undecided | Declared) and row.indicator.text("achievement"):
            outcome = _given_achievement(row)
    return _with_lines(_decide_outcome(row, weight, outcome), lines)


def _with_lines(decision: Decision, lines: list[str]) -> Decision:
    return replace(decision, lines=(*lines, *decision.lines))


def _given_achievement(row: Row) -> Declared | Undecided:
    given = row.indicator.text("achievement").strip()
    if given not in ACHIEVEMENTS:
        return Undecided(
            f"达成程度“{given[:20]}”不认识",
            "可以填：achieved（达成）、partial（部分达成）、failed（未达成）。",
        )
    word = {"achieved": "达成", "partial": "部分达成", "failed": "未达成"}[given]
    return Declared(given, (f"单位填报的达成程度：{word}",))


def _read_target(row: Row) -> tuple[Expression, list[str]]:
    """The target that counts, with the lines that say how it was read.

    A revised target counts once its approval is named; until then the original one does (K27).
    """
    given, context = row.indicator, row.context
    target = parse_in_context(given.target, context)
    lines: list[str] = []
    approval, original = given.text("approval"), given.text("revised_from")
    if isinstance(target, Revision):
        old, new = target.old, target.new
    elif original:
        old, new = parse_in_context(original, context), target
    else:
        return target, [f"年度指标值“{given.target}”读作：{describe(target)}{_why(target)}"]
    lines.append(f"年度指标值由“{old}”调整为“{new}”")
    if approval:
        target = new
        lines.append(f"调整依据：{approval}，按调整后的指标值计分")
    else:
        target = old
        lines.append("没有填写调整的批准依据，按原指标值计分")
    lines.append(f"年度指标值读作：{describe(target)}{_why(target)}")
    return target, lines


def _why(target: Expression) -> str:
    return f"（{target.why.label}）" if isinstance(target, Comparison) and not target.written else ""


def _decide_outcome(row: Row, weight: Fraction, outcome: Measured | Declared | Undecided | Pairs) -> Decision:
    match outcome:
        case Undecided():
            return Decision(UNDECIDED, None, (), problem=outcome)
        case Pairs():
            return _decide_pairs(row, weight, outcome)
        case Declared():
            return _decide_declared(row, weight, outcome)
        case _:
            if row.family in ("qualitative", "bands", "binary"):
                return _decide_declared(row, weight, _declared_by_number(outcome))
            return _decide_measured(row, weight, outcome)


def _declared_by_number(measured: Measured) -> Declared | Undecided:
    """A measured row that the form scores as qualitative: reached is achieved; short of it a person decides."""
    reached = (
        measured.actual >= measured.target if not measured.op.downward else measured.actual <= measured.target
    )
    if reached:
        return Declared("achieved", (*measured.notes, "实际完成值达到指标值，视为达成"))
    return Undecided(
        "按定性指标计分而实际未达到指标值", "请填写达成程度（achieved、partial、failed）或自评分。"
    )


def _decide_pairs(row: Row, weight: Fraction, pairs: Pairs) -> Decision:
    """Numbered targets: each earns an equal part of the weight."""
    count = len(pairs.outcomes)
    lines = [f"{count} 项目标共用分值，每项占 {show(weight)} ÷ {count} = {show(weight / count)} 分"]
    points = Fraction(0)
    for number, outcome in enumerate(pairs.outcomes, 1):
        part = _decide_outcome(row, weight / count, outcome)
        lines += [f"第 {number} 项：{line}" for line in part.lines]
        if part.points is None:
            return Decision(LIST, None, tuple(lines), problem=part.problem)
        points += part.points
    lines.append(f"各项合计 {show(points)} 分")
    return Decision(LIST, points, tuple(lines))


def _decide_declared(row: Row, weight: Fraction, declared: Declared | Undecided) -> Decision:
    """Qualitative rules: tiers (bands) or all or nothing (binary), as the row or the profile says."""
    if isinstance(declared, Undecided):
        return Decision(UNDECIDED, None, (), problem=declared)
    binary = row.family == "binary" or (row.family != "bands" and row.profile.qualitative == "binary")
    achieved = declared.achievement == "achieved"
    if binary or not row.profile.bands:
        if declared.achievement == "partial":
            problem = Undecided("规则只分“有效果”“无效果”，部分达成不能据此定分", "请填写自评分。")
            return Decision(BINARY, None, declared.notes, problem=problem)
        word = "起到作用，得满分" if achieved else "未起到作用，不得分"
        lines = (*declared.notes, f"规则：定性指标，起到作用得满分，否则不得分；{word}")
        return Decision(BINARY, qualitative_binary(weight, achieved=achieved), lines)
    tier = qualitative_tier(row.profile.bands, declared.achievement, weight, row.profile.indicator_score)
    if tier is None:
        problem = Undecided("口径模板没有这一档", "请填写自评分。")
        return Decision(BANDS, None, declared.notes, problem=problem)
    lines = (*declared.notes, f"规则：定性指标分档，“{tier.label}”一档为 {tier}")
    if achieved:
        return Decision(BANDS, weight, (*lines, "达成且没有另填自评分时取该档上限"), tier=tier)
    problem = Undecided(
        f"“{tier.label}”只定分数区间（{tier}），具体得分须由单位合理确定", "请填写自评分（assessed）。"
    )
    return Decision(BANDS, None, lines, tier=tier, problem=problem)


def _decide_measured(row: Row, weight: Fraction, measured: Measured) -> Decision:
    """Quantitative rules; the method is the row's own, else follows from its step or its comparator."""
    profile = row.profile
    lines = list(measured.notes)
    unit = str(measured.unit or "")
    ratio_target = measured.unit is not None and measured.unit.dimension == "ratio"
    if profile.satisfaction_bands and not row.family and "满意度" in row.indicator.level1 and ratio_target:
        rate = measured.actual * Fraction(measured.unit.factor) if measured.unit else measured.actual
        points = satisfaction(weight, rate, profile.satisfaction_bands)
        lines.append(f"规则：满意度按实际比率分档；{show(measured.actual)}{unit} 得 {show(points)} 分")
        return Decision(SATISFACTION, points, tuple(lines), measured.completion)
    method = _method(row, measured)
    params = _params(row, measured, method)
    if isinstance(params, Undecided):
        return Decision(str(method), None, tuple(lines), measured.completion, problem=params)
    points = exact_score(method, weight, measured.target, measured.actual, params)
    lines.append(f"规则：{method.label}")
    lines.append(f"计算：{_ARITHMETIC[method](weight, measured, params, points)}")
    lines += _over_completion_lines(profile, method, weight, measured, params)
    return Decision(str(method), points, tuple(lines), measured.completion)


def _method(row: Row, measured: Measured) -> Method:
    family, profile = row.family, row.profile
    if family in set(Method):
        return Method(family)
    stepped = row.indicator.text("step") and row.indicator.get("deduct") is not None
    if family == "step" or (not family and stepped):
        return Method.STEP_DOWN if measured.op.downward else Method.STEP_UP
    if not family:
        family = "positive" if measured.op.upward else "negative" if measured.op.downward else "equal"
    if family == "positive":
        return Method.POSITIVE_FROM_SIXTY if profile.positive == "floor60" else Method.POSITIVE
    if family == "negative":
        return Method(f"negative_{profile.negative}")
    return Method.EQUAL_EXACT if profile.equal == "exact" else Method.EQUAL


def _params(row: Row, measured: Measured, method: Method) -> QuantityParams | Undecided:
    profile = row.profile
    limit = exact(profile.over_completion) if profile.over_completion_deduct == "by_deviation" else None
    if method not in (Method.STEP_UP, Method.STEP_DOWN):
        return QuantityParams(over_limit=limit)
    deduct, written = row.indicator.get("deduct"), row.indicator.text("step")
    if deduct is None or not written:
        return Undecided(
            "按步长扣分，但没有填写扣分步长或每步扣分", "请填写 step（如 10户）和 deduct（如 1）。"
        )
    if deduct.number < 0:
        return Undecided("每步扣分是负数", "请填写每差一个步长扣几分。")
    step = parse_in_context(written, Context())
    length = step_length(step, measured) if isinstance(step, Comparison) else None
    if length is None:
        return Undecided(
            f"扣分步长“{written[:20]}”与指标值的单位对不上", "请按指标值的单位填写步长，如 10户、1%。"
        )
    return QuantityParams(length, exact(deduct.number), Partial(profile.step_partial), limit)


def _over_completion_lines(
    profile: Profile, method: Method, weight: Fraction, measured: Measured, params: QuantityParams
) -> list[str]:
    completion = measured.completion
    limit = exact(profile.over_completion)
    if not method.upward or completion is None or completion < limit or limit <= 1:
        return []
    lines = [f"完成率 {show(completion * 100)}%，达到 {show(limit * 100)}%，应当说明超额原因"]
    if params.over_limit is not None and method in OVER_COMPLETION_METHODS:
        lost = min(weight, weight * (completion - limit))
        lines.append(f"按偏离度扣 {show(weight)} ×（{show(completion)} － {show(limit)}）= {show(lost)} 分")
    return lines


# --- the arithmetic, written out ------------------------------------------------------------------------------


def _number(value: Fraction, measured: Measured) -> str:
    return f"{show(value)}{measured.unit or ''}"


def _share_words(weight: Fraction, measured: Measured, _: QuantityParams, points: Fraction) -> str:
    a, b = _number(measured.target, measured), _number(measured.actual, measured)
    if measured.actual >= measured.target:
        return f"{b} 达到 {a}，得满分 {show(weight)}"
    if points == 0:
        return f"{b} 未达到 {a}，得 0 分"
    return f"{show(weight)} × {show(measured.actual)} ÷ {show(measured.target)} = {show(points)}"


def _sixty_words(weight: Fraction, measured: Measured, _: QuantityParams, points: Fraction) -> str:
    if measured.completion is None or measured.actual >= measured.target:
        return _share_words(weight, measured, _, points)
    rate = show(measured.completion * 100)
    return f"完成率 {rate}%，{show(weight)} ×（{rate}% － 60%）÷ 40%，不低于 0 = {show(points)}"


def _reverse_words(weight: Fraction, measured: Measured, _: QuantityParams, points: Fraction) -> str:
    a, b = _number(measured.target, measured), _number(measured.actual, measured)
    if measured.actual <= measured.target:
        return f"{b} 没有超过 {a}，得满分 {show(weight)}"
    if points == 0:
        return f"{b} 超过 {a}，得 0 分"
    return f"{show(weight)} × {show(measured.target)} ÷ {show(measured.actual)} = {show(points)}"


def _double_words(weight: Fraction, measured: Measured, _: QuantityParams, points: Fraction) -> str:
    if points in (0, weight):
        return _reverse_words(weight, measured, _, points)
    a, b = show(measured.target), show(measured.actual)
    return f"{show(weight)} ×（1 －（{b} － {a}）÷ {a}）= {show(points)}"


def _exact_words(weight: Fraction, measured: Measured, _: QuantityParams, points: Fraction) -> str:
    a, b = _number(measured.target, measured), _number(measured.actual, measured)
    return f"{b} {'等于' if points else '不等于'} {a}，得 {show(points)}"


def _step_words(weight: Fraction, measured: Measured, params: QuantityParams, points: Fraction) -> str:
    if points == weight and params.step is not None:
        side = "不少于" if measured.actual >= measured.target else "不多于"
        return f"{_number(measured.actual, measured)} {side} {_number(measured.target, measured)}，不扣分，得 {show(weight)}"
    gap = abs(measured.target - measured.actual)
    length, deduct = params.step or Fraction(1), params.deduct or Fraction(0)
    partial = {
        Partial.CEIL: "不足一个步长按一个计",
        Partial.FLOOR: "不足一个步长不计",
        Partial.PROPORTIONAL: "按比例计",
    }
    return (
        f"相差 {_number(gap, measured)}，每 {_number(length, measured)} 扣 {show(deduct)} 分"
        f"（{partial[params.partial]}，扣完为止），{show(weight)} － {show(weight - points)} = {show(points)}"
    )


_ARITHMETIC: dict[Method, Callable[[Fraction, Measured, QuantityParams, Fraction], str]] = {
    Method.POSITIVE: _share_words,
    Method.POSITIVE_FROM_SIXTY: _sixty_words,
    Method.NEGATIVE_RECIPROCAL: _reverse_words,
    Method.NEGATIVE_TO_DOUBLE: _double_words,
    Method.NEGATIVE_ALL_OR_NOTHING: _reverse_words,
    Method.EQUAL: _share_words,
    Method.EQUAL_EXACT: _exact_words,
    Method.STEP_UP: _step_words,
    Method.STEP_DOWN: _step_words,
}
