"""What a simulation assumes and what follows from its figures. Pure: no database.

Amounts are whole fen; a month is year * 100 + month.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guangsha.kernel.errors import InputError
from guangsha.policy.catalogue import (
    AXIS_KEYS,
    CATALOGUE,
    FIRST_MONTHS,
    GUARANTEES,
    METHODS,
    OTHERS,
    STOP_MONTHS,
    TYPE_CHOICES,
    Declared,
)
from guangsha.policy.dimensions import PRINTED_UNITS
from guangsha.policy.household_types import TYPE_BY_CODE
from guangsha.policy.parameter_files import assumed
from guangsha.policy.parameters import ParameterBook, ParameterValue, Scalar
from guangsha.scoring.rules import Method, score_quantity

#: ``base_rent_m2=18`` or ``coef[low_income]=0.75``.
_SETTING = re.compile(r"([a-z0-9_]{2,40})(?:\[([A-Za-z0-9_]{1,40})\])?\s*=\s*(.{1,200})", re.DOTALL)
SETTINGS_MAX = 60
#: Choices in Chinese.
WORDS = {**METHODS, **GUARANTEES, **TYPE_CHOICES, **STOP_MONTHS, **FIRST_MONTHS}
#: Points of an indicator in the scores that a simulation shows; the share of them is what matters.
POINTS = 10


@dataclass(frozen=True, slots=True)
class Assumption:
    """One value that is tried: the line of a table where there is one, what is in force, what is assumed."""

    key: str
    line: str
    title: str
    before: str
    after: str
    unit: str
    source: str

    def as_data(self) -> dict[str, str]:
        return {
            "key": self.key, "line": self.line, "title": self.title, "before": self.before, "after": self.after, "unit": self.unit,
            "source": self.source,
        }  # fmt: skip


def typed(declared: Declared, value: Scalar) -> Any:
    """A value in force as a parameter file writes it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Fraction):
        exact = value / PRINTED_UNITS[declared.unit].factor
        number = Decimal(exact.numerator) / Decimal(exact.denominator)
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def read_settings(
    settings: Iterable[str], book: ParameterBook, region: str, on: date
) -> tuple[dict[str, ParameterValue], list[Assumption]]:
    """What is assumed instead of the values in force, from texts like ``coef[low_income]=0.75``.

    A line of a table is changed by itself; the others stay as they are in force.

    Raises:
        InputError: not of this form, no such parameter or line, or a value that it cannot have.
        RuleMissing: a line of a table is to be changed that is not in force.
    """
    found: dict[str, tuple[str, Any]] = {}
    notes: list[Assumption] = []
    given = list(settings)
    if len(given) > SETTINGS_MAX:
        raise InputError(f"一次最多假设 {SETTINGS_MAX} 个值", where="假设", advice="请减少后重新测算。")
    for text in given:
        match = _SETTING.fullmatch(text.strip())
        if match is None:
            raise InputError(
                f"“{text[:60]}”不是一个假设", where="假设", advice="请写成 base_rent_m2=18 或 coef[low_income]=0.75 的样子。"
            )  # fmt: skip
        key, line, value = match.group(1), match.group(2) or "", match.group(3).strip()
        declared = CATALOGUE.get(key)
        if declared is None:
            raise InputError(f"没有参数“{key}”", where="假设", advice="参数名称见 docs/reference/policy.md。")
        before = book.find(key, region, on)
        amount: Any = [part.strip() for part in value.split(",")] if declared.shape == "order" else value
        wanted = in_words(amount)
        axis = ""
        if line:
            axis, table = found.get(key) or _table(declared, before, line)
            if not isinstance(table, dict):
                axis, table = _table(declared, before, line)
            _known_line(declared, axis, line)
            amount = {**table, line: amount}
        elif "" not in declared.axes:
            axis, amount = declared.axes[0], {OTHERS: amount}
        found[key] = (axis, amount)
        notes.append(
            Assumption(
                key, line, declared.title, _shown(declared, before, line), wanted, declared.unit, str(before.citation) if before else "",
            )
        )  # fmt: skip
    return {key: assumed(key, amount, axis) for key, (axis, amount) in found.items()}, notes


def _table(declared: Declared, before: ParameterValue | None, line: str) -> tuple[str, dict[str, Any]]:
    """The table in force as texts; a single value becomes the line of all others."""
    if before is not None and isinstance(before.amount, dict):
        return before.axis, {name: typed(declared, value) for name, value in before.amount.items()}
    axis = next((axis for axis in declared.axes if axis and _fits(axis, line)), "")
    if not axis:
        raise InputError(f"参数“{declared.title}”没有“{line}”这一档", where="假设", advice="请去掉方括号。")
    if before is None:
        raise InputError(f"参数“{declared.title}”现在没有有效的值", where="假设", advice="请先写明其余各档。")
    base = typed(declared, before.at(None))
    return axis, {"1" if axis == "persons" else OTHERS: base}


def _fits(axis: str, line: str) -> bool:
    return line.isdecimal() if axis == "persons" else line == OTHERS or line in AXIS_KEYS[axis]


def _known_line(declared: Declared, axis: str, line: str) -> None:
    if not _fits(axis, line):
        raise InputError(
            f"参数“{declared.title}”没有“{line}”这一档", where="假设", advice="档的名称见 docs/reference/policy.md。"
        )  # fmt: skip


def in_words(value: Any) -> str:
    """A value as :func:`typed` gives it, for people: choices and types by their names."""
    if isinstance(value, list):
        return "、".join(TYPE_BY_CODE[code].name if code in TYPE_BY_CODE else str(code) for code in value)
    return WORDS.get(str(value), str(value))


def _shown(declared: Declared, before: ParameterValue | None, line: str) -> str:
    if before is None:
        return "无"
    if not isinstance(before.amount, dict):
        return in_words(typed(declared, before.amount))
    if line:
        value = before.amount.get(line, before.amount.get(OTHERS))
        return "无" if value is None else in_words(typed(declared, value))
    return "，".join(f"{name} {in_words(typed(declared, value))}" for name, value in before.amount.items())


# Months and money -----------------------------------------------------------------------------------------------------


def months_from(first: int, year: int) -> tuple[int, ...]:
    """The months of ``year`` from ``first`` on.

    >>> months_from(202611, 2026), months_from(202611, 2027)[:2]
    ((202611, 202612), (202701, 202702))
    """
    return tuple(code for code in range(year * 100 + 1, year * 100 + 13) if code >= first)


@dataclass(frozen=True, slots=True)
class Cost:
    """One month: what it costs as things are in force, as is tried, and what newcomers would add if all of them applied."""

    month: int
    base_fen: int
    tried_fen: int
    newcomers_fen: int

    def as_data(self) -> dict[str, int]:
        return {
            "month": self.month, "base_fen": self.base_fen, "tried_fen": self.tried_fen, "newcomers_fen": self.newcomers_fen,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Money:
    """A year beside its appropriation. ``short_in``: the first month that the appropriation no longer covers, None: it covers all."""

    appropriated_fen: int | None
    executed_fen: int
    year_fen: int
    left_fen: int | None
    short_in: int | None

    def as_data(self) -> dict[str, int | None]:
        return {
            "appropriated_fen": self.appropriated_fen, "executed_fen": self.executed_fen, "year_fen": self.year_fen,
            "left_fen": self.left_fen, "short_in": self.short_in,
        }  # fmt: skip


def year_money(appropriated_fen: int | None, executed_fen: int, months: Sequence[tuple[int, int]]) -> Money:
    """What a year costs: executed so far and the months to come, beside what was appropriated (None: not known)."""
    total, short = executed_fen, None
    for month, fen in months:
        total += fen
        if short is None and appropriated_fen is not None and total > appropriated_fen:
            short = month
    left = None if appropriated_fen is None else appropriated_fen - total
    return Money(appropriated_fen, executed_fen, total, left, short)


TARGETS = {"households": ("发放户数", "户"), "amount": ("发放金额", "元")}


def read_targets(texts: Iterable[str]) -> dict[str, int]:
    """Targets of the year from texts like ``households=3000``; amounts in yuan become fen.

    Raises:
        InputError: no such target, or no number.
    """
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name.strip() not in TARGETS or not re.fullmatch(r"\d{1,12}(\.\d{1,2})?", value.strip()):
            raise InputError(
                f"“{text[:60]}”不是一个目标值", where="目标", advice="请写成 households=3000 或 amount=9000000 的样子。"
            )  # fmt: skip
        number = Fraction(value.strip()) * (100 if name.strip() == "amount" else 1)
        if number.denominator != 1 or not number:
            raise InputError("目标值应为大于零的整数", where="目标", advice="请更正。")
        found[name.strip()] = int(number)
    return found


def scored(target: int, actual: int) -> str:
    """Points of ``POINTS`` for a target of the kind 越多越好, as the year would be scored."""
    return str(score_quantity(Method.POSITIVE, POINTS, target, actual))


def moved(
    before: Mapping[int, int | None], after: Mapping[int, int | None], households: Iterable[int]
) -> dict[str, int]:
    """How households move between two scenarios: amount in fen where granted, None where not."""
    counts = dict.fromkeys(("gained", "lost", "more", "less", "same", "neither"), 0)
    for key in households:
        one, two = before.get(key), after.get(key)
        if one is None or two is None:
            counts["neither" if one is two else "lost" if two is None else "gained"] += 1
        else:
            counts["same" if one == two else "more" if two > one else "less"] += 1
    return counts
