"""The four tolerances of the catalogue, each deciding one relation between printed figures.

* ``SUM(n)``: a total against n **non-blank** printed addends. Each printed figure may be off by half a unit of its
  last digit, so the difference may reach half a unit × (n + 1). Zero difference holds; within the envelope is a
  rounding tail (尾差, reported as info); beyond it is broken. Blank cells must not widen the envelope.
* ``CELL``: the same figure printed twice: |difference| ≤ one unit of the last digit (0.01 万元); zero holds, else tail.
* ``PCT``: a printed percentage against one computed from printed figures: half a unit of the printed last digit
  plus what the printed inputs may be off by.
* ``SC``: a printed score against a computed one: half a unit of the printed score's last digit.

All arithmetic is exact. Source: performance.md §5 (head); the note "本套报表金额单位转换时可能存在尾数误差" that
published final accounts carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from guangsha.facts.fact import Fact
from guangsha.kernel.findings import Finding, Outcome, Place, Relation, Severity
from guangsha.kernel.numbers import divide, plain, round_to

HALF = Decimal("0.5")


def last_digit(fact: Fact, least_places: int = 0) -> Decimal:
    """One unit of the last printed digit of ``fact`` (0.01 for 922.45); money prints two decimals unless finer.

    A form prints 22 for 22.00: trailing zeros are dropped, so money counts as printed with ``least_places`` at least.
    """
    places = max(fact.decimals or 0, least_places)
    return Decimal(1).scaleb(-places)


def held(rule: str, subject: str) -> Relation:
    return Relation(rule, Outcome.HELD, subject)


def not_checked(rule: str, subject: str, reason: str) -> Relation:
    return Relation(rule, Outcome.NOT_CHECKED, subject, reason)


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
    return Relation(rule, Outcome.BROKEN, subject or message, finding=finding)


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
    expected = sum((a.number for a in addends), Decimal(0)) - sum((m.number for m in minus), Decimal(0))
    difference = total.number - expected
    if difference == 0:
        return held(rule, wording.subject)
    envelope = sum((last_digit(fact, money_places) * HALF for fact in (total, *parts)), Decimal(0))
    formula = "＋".join(plain(a.number) for a in addends) + "".join(f"－{plain(m.number)}" for m in minus)
    return _differ(
        rule, severity, "sum", total, plain(expected), envelope, difference, (total, *parts), wording, formula
    )


def check_cell(
    rule: str, severity: Severity, first: Fact, second: Fact, wording: Wording, *, places: int = 2
) -> Relation:
    """CELL: the same figure stands in two places; ``first`` is the one to mend, ``second`` the one it should equal."""
    difference = first.number - second.number
    if difference == 0:
        return held(rule, wording.subject)
    envelope = max(last_digit(first, places), last_digit(second, places))
    return _differ(
        rule, severity, "equal", first, plain(second.number), envelope, difference, (first, second), wording
    )


def check_percent(
    rule: str,
    severity: Severity,
    printed: Fact,
    part: Fact,
    whole: Fact,
    wording: Wording,
    *,
    money_places: int = 2,
) -> Relation:
    """PCT: ``printed`` percent = ``part`` / ``whole`` × 100, with the error the printed inputs may carry."""
    if whole.number == 0:
        return not_checked(rule, wording.subject, "分母为零，不存在百分比")
    exact = divide(part.number * 100, whole.number)
    # Half a unit of each printed input moves the quotient by this much at most (first order, both directions).
    half_part = last_digit(part, money_places) * HALF
    half_whole = last_digit(whole, money_places) * HALF
    spread = divide(
        (half_part + abs(divide(part.number, whole.number)) * half_whole) * 100, abs(whole.number)
    )
    envelope = last_digit(printed) * HALF + spread
    difference = printed.number - exact
    expected = round_to(exact, max(printed.decimals or 0, 2))
    if abs(difference) <= envelope:
        return held(rule, wording.subject)
    formula = f"{plain(part.number)}÷{plain(whole.number)}×100%"
    message = f"{wording.subject}：应为 {plain(expected)}%（{formula}），报告为 {plain(printed.number)}%。"
    return broken(
        rule, severity, "percent", message,
        subject=wording.subject, expected=plain(expected), found=plain(printed.number),
        tolerance=plain(round_to(envelope, 4)), facts=(printed, part, whole), advice=wording.advice,
    )  # fmt: skip


def check_score(
    rule: str, severity: Severity, printed: Fact, computed: Decimal, wording: Wording, *, how: str = ""
) -> Relation:
    """SC: a printed score against the one that the rule gives."""
    difference = printed.number - computed
    if (
        abs(difference) <= last_digit(printed) * HALF
        and round_to(computed, printed.decimals or 0) == printed.number
    ):
        return held(rule, wording.subject)
    if difference == 0:
        return held(rule, wording.subject)
    message = f"{wording.subject}：按规则应为 {plain(computed)}" + (f"（{how}）" if how else "")
    return broken(
        rule, severity, "score", f"{message}，报告为 {plain(printed.number)}。",
        subject=wording.subject, expected=plain(computed), found=plain(printed.number),
        tolerance=plain(last_digit(printed) * HALF), facts=(printed,), advice=wording.advice,
    )  # fmt: skip


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
        "无需更正；可注明金额单位换算的尾数误差。" if tail else wording.advice,
        tuple(fact.key for fact in facts),
    )
    return Relation(rule, Outcome.TAIL if tail else Outcome.BROKEN, wording.subject, finding=finding)
