"""The four tolerances of the catalogue, each deciding one relation between printed figures.

* ``SUM(n)``: a total against n **non-blank** printed addends. Each printed figure may be off by half a unit of its
  last digit, so the difference may reach half a unit × (n + 1). Zero difference holds; within the envelope is a
  rounding tail (尾差, reported as info); beyond it is broken. Blank cells must not widen the envelope.
* ``CELL``: the same figure printed twice: |difference| ≤ one unit of the last digit (0.01 万元); zero holds, else tail.
* ``PCT``: a printed percentage against one computed from printed figures: half a unit of the printed last digit
  plus what the printed inputs may be off by.
* ``SC``: a printed score against a computed one: half a unit of the printed score's last digit.
* ``≤`` (:func:`check_at_most`) borrows CELL: an excess of one unit of the last digit is a tail.

All arithmetic is exact; amounts in different units of money are brought to the unit of the first figure.
docs/algorithms/tolerances.md shows each with worked numbers.
Source: performance.md §5 (head); the note "本套报表金额单位转换时可能存在尾数误差" that
published final accounts carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from guangsha.facts.fact import Fact
from guangsha.kernel.findings import Figure, Finding, Outcome, Place, Relation, Severity
from guangsha.kernel.measures import Quantity, Unit
from guangsha.kernel.numbers import divide, plain, round_to

HALF = Decimal("0.5")
TAIL_ADVICE = "无需更正；可注明金额单位换算的尾数误差。"


def last_digit(fact: Fact, least_places: int = 0) -> Decimal:
    """One unit of the last printed digit of ``fact`` (0.01 for 922.45); money prints two decimals unless finer.

    A form prints 22 for 22.00: trailing zeros are dropped, so money counts as printed with ``least_places`` at least.
    """
    places = max(fact.decimals or 0, least_places)
    return Decimal(1).scaleb(-places)


def in_unit(fact: Fact, unit: Unit | None) -> Decimal:
    """The number of ``fact`` expressed in ``unit``; as it stands where either has no unit or they differ in kind."""
    if fact.unit is None or unit is None or fact.unit == unit or fact.unit.dimension != unit.dimension:
        return fact.number
    return fact.quantity.to(unit).value


def step_in_unit(fact: Fact, unit: Unit | None, least_places: int = 0) -> Decimal:
    """:func:`last_digit` of ``fact`` expressed in ``unit``, so that 元 and 万元 may stand in one sum."""
    step = last_digit(fact, least_places)
    if fact.unit is None or unit is None or fact.unit == unit or fact.unit.dimension != unit.dimension:
        return step
    return Quantity(step, fact.unit).to(unit).value


def held(rule: str, subject: str, *figures: Figure | None) -> Relation:
    """A relation that holds between ``figures``, as far as there are any."""
    return Relation(rule, Outcome.HELD, subject, figures=tuple(f for f in figures if f is not None))


def not_checked(rule: str, subject: str, reason: str, *figures: Fact) -> Relation:
    """A relation that could not be decided, and the figures that it would have been about."""
    return Relation(rule, Outcome.NOT_CHECKED, subject, reason, figures=figures)


def broken(
    rule: str,
    severity: Severity,
    kind: str,
    message: str,
    *,
    subject: str = "",
    expected: str = "",
    found: str = "",
    tolerance: str = "",
    facts: Sequence[Fact] = (),
    places: Sequence[Place] = (),
    advice: str = "",
) -> Relation:
    """A broken relation with its finding; places default to those of ``facts``."""
    where = tuple(places) or tuple(fact.place() for fact in facts)
    finding = Finding(
        rule,
        severity,
        kind,
        message,
        expected,
        found,
        tolerance,
        where,
        advice,
        tuple(fact.key for fact in facts),
    )
    return Relation(rule, Outcome.BROKEN, subject or message, finding=finding, figures=tuple(facts))


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one relation: what it relates, and what to do when it breaks."""

    subject: str
    advice: str = "请核对原始数据后更正其中一处。"


def check_sum(
    rule: str,
    severity: Severity,
    total: Fact,
    addends: Sequence[Fact],
    wording: Wording,
    *,
    minus: Sequence[Fact] = (),
    money_places: int = 2,
) -> Relation:
    """SUM(n): ``total`` equals the sum of ``addends`` less ``minus``; all in one unit of measure."""
    parts = [*addends, *minus]
    unit = total.unit
    plus = [in_unit(fact, unit) for fact in addends]
    less = [in_unit(fact, unit) for fact in minus]
    expected = sum(plus, Decimal(0)) - sum(less, Decimal(0))
    difference = total.number - expected
    if difference == 0:
        return held(rule, wording.subject, total, *parts)
    envelope = sum((step_in_unit(fact, unit, money_places) * HALF for fact in (total, *parts)), Decimal(0))
    formula = "＋".join(plain(value) for value in plus) + "".join(f"－{plain(value)}" for value in less)
    if len(parts) == 1:
        formula = ""  # a single figure needs no arithmetic shown
    return _differ(
        rule, severity, "sum", total, plain(expected), envelope, difference, (total, *parts), wording, formula
    )


def check_cell(
    rule: str, severity: Severity, first: Fact, second: Fact, wording: Wording, *, places: int = 2
) -> Relation:
    """CELL: the same figure stands in two places; ``first`` is the one to mend, ``second`` the one it should equal."""
    other = in_unit(second, first.unit)
    difference = first.number - other
    if difference == 0:
        return held(rule, wording.subject, first, second)
    envelope = max(last_digit(first, places), step_in_unit(second, first.unit, places))
    return _differ(
        rule, severity, "equal", first, plain(other), envelope, difference, (first, second), wording
    )


def check_at_most(
    rule: str,
    severity: Severity,
    figure: Fact,
    limit: Fact,
    wording: Wording,
    *,
    places: int = 2,
    explained: bool = False,
) -> Relation:
    """CELL for ≤: ``figure`` does not exceed ``limit``; an excess that somebody ``explained`` holds."""
    bound = in_unit(limit, figure.unit)
    excess = figure.number - bound
    envelope = max(last_digit(figure, places), step_in_unit(limit, figure.unit, places))
    if excess <= 0 or (explained and excess > envelope):
        return held(rule, wording.subject, figure, limit)
    unit = figure.unit.symbol if figure.unit else ""
    tail = excess <= envelope
    verdict = "相差在四舍五入尾差之内" if tail else f"超出 {plain(excess)}{unit}"
    finding = Finding(
        rule,
        Severity.INFO if tail else severity,
        "tail" if tail else "limit",
        f"{wording.subject}：应不超过 {plain(bound)}{unit}，报告为 {plain(figure.number)}{unit}，{verdict}。",
        f"≤{plain(bound)}",
        plain(figure.number),
        plain(envelope),
        (figure.place(), limit.place()),
        TAIL_ADVICE if tail else wording.advice,
        (figure.key, limit.key),
    )
    return _differing(rule, tail, wording, finding, figure, limit)


def check_percent(
    rule: str,
    severity: Severity,
    printed: Fact,
    part: Fact,
    whole: Fact,
    wording: Wording,
    *,
    money_places: int = 2,
    inputs_exact: bool = False,
) -> Relation:
    """PCT: ``printed`` percent = ``part`` / ``whole`` × 100, with the error the printed inputs may carry.

    ``inputs_exact`` is for counted things (13 persons of 14 posts): nobody rounded them.
    """
    if whole.number == 0:
        return not_checked(rule, wording.subject, "分母为零，不存在百分比", printed, part, whole)
    of = in_unit(whole, part.unit)
    exact = divide(part.number * 100, of)
    spread = Decimal(0)
    if not inputs_exact:
        # Half a unit of each printed input moves the quotient by this much at most (first order, both ways).
        half_part = last_digit(part, money_places) * HALF
        half_whole = step_in_unit(whole, part.unit, money_places) * HALF
        spread = divide((half_part + abs(divide(part.number, of)) * half_whole) * 100, abs(of))
    envelope = last_digit(printed) * HALF + spread
    difference = printed.number - exact
    expected = round_to(exact, max(printed.decimals or 0, 2))
    if abs(difference) <= envelope:
        return held(rule, wording.subject, printed, part, whole)
    formula = f"{plain(part.number)}÷{plain(of)}×100%"
    message = f"{wording.subject}：应为 {plain(expected)}%（{formula}），报告为 {plain(printed.number)}%。"
    return broken(
        rule, severity, "percent", message,
        subject=wording.subject, expected=plain(expected), found=plain(printed.number),
        tolerance=plain(round_to(envelope, 4)), facts=(printed, part, whole), advice=wording.advice,
    )  # fmt: skip


def check_score(
    rule: str,
    severity: Severity,
    printed: Fact,
    computed: Decimal,
    wording: Wording,
    *,
    how: str = "",
    places: int | None = None,
    basis: str = "按规则",
    inputs: Sequence[Fact] = (),
) -> Relation:
    """SC: a printed score against the one that the rule gives.

    ``places`` is the precision at which this place prints scores: a printed 10 for 9.94 is within half a unit of
    its last digit, but where the place prints two decimals it is shown as a tail instead of passed over. ``basis`` and
    ``how`` say what was reckoned; ``inputs`` are the figures it was reckoned from, shown after the printed one.
    """
    difference = printed.number - computed
    if difference == 0:
        return held(rule, wording.subject, printed, *inputs)
    half = last_digit(printed) * HALF
    tail = abs(difference) <= half and round_to(computed, printed.decimals or 0) == printed.number
    if tail and (places is None or places <= (printed.decimals or 0)):
        return held(rule, wording.subject, printed, *inputs)
    reckoned = f"（{how}）" if how else ""
    verdict = "，系取整所致。" if tail else "。"
    finding = Finding(
        rule,
        Severity.INFO if tail else severity,
        "tail" if tail else "score",
        f"{wording.subject}：{basis}应为 {plain(computed)}{reckoned}，报告为 {plain(printed.number)}{verdict}",
        plain(computed),
        plain(printed.number),
        plain(half),
        tuple(fact.place() for fact in (printed, *inputs)),
        "建议按规定的小数位数列示。" if tail else wording.advice,
        tuple(fact.key for fact in (printed, *inputs)),
    )
    return _differing(rule, tail, wording, finding, printed, *inputs)


def _differ(
    rule: str,
    severity: Severity,
    kind: str,
    printed: Fact,
    expected: str,
    envelope: Decimal,
    difference: Decimal,
    facts: Sequence[Fact],
    wording: Wording,
    formula: str = "",
) -> Relation:
    unit = printed.unit.symbol if printed.unit else ""
    how = f"（{formula}）" if formula and len(formula) <= 120 else ""
    found = plain(printed.number)
    tail = abs(difference) <= envelope
    verdict = "相差在四舍五入尾差之内" if tail else f"相差 {plain(abs(difference))}{unit}"
    finding = Finding(
        rule,
        Severity.INFO if tail else severity,
        "tail" if tail else kind,
        f"{wording.subject}：应为 {expected}{unit}{how}，报告为 {found}{unit}，{verdict}。",
        expected,
        found,
        plain(envelope),
        tuple(fact.place() for fact in facts),
        TAIL_ADVICE if tail else wording.advice,
        tuple(fact.key for fact in facts),
    )
    return _differing(rule, tail, wording, finding, *facts)


def _differing(rule: str, tail: bool, wording: Wording, finding: Finding, *figures: Fact) -> Relation:
    outcome = Outcome.TAIL if tail else Outcome.BROKEN
    return Relation(rule, outcome, wording.subject, finding=finding, figures=figures)
