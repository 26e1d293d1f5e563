"""What is due month by month under an agreement, who may confirm it, what was paid too much. Pure.

Source: operations.md W2, §3.3; the timing of changes is the region's (policy.entitlement); 社会救助法 §48 (who is to lose
something is heard first).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from guangsha.kernel.errors import InputError
from guangsha.policy.entitlement import (
    Change,
    Clawback,
    Timing,
    compute_clawback,
    effective_month,
)
from guangsha.policy.household import Month

#: Who proposes amounts, who confirms them as the second person, who only reads (operations.md §2.1).
MAKERS = frozenset({"district_reviewer", "rent_clerk"})
CONFIRMERS = frozenset({"district_reviewer", "district_approver", "supervisor"})
READERS = (
    MAKERS | CONFIRMERS | {"accountant", "auditor", "city_approver", "civil_checker", "legal_officer", "archivist"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One confirmed calculation: ``amount_fen`` a month from ``from_month`` on; ``number`` orders them."""

    number: int
    from_month: int
    amount_fen: int
    pk: int = 0


def month_code(month: Month) -> int:
    """202611 for November 2026."""
    return month.year * 100 + month.number


def month_of(code: int) -> Month:
    """The month of a code.

    Raises:
        InputError: there is no such month.
    """
    year, number = divmod(code, 100)
    if not (2000 <= year <= 2100 and 1 <= number <= 12):
        raise InputError(f"没有 {code} 这个月份", where="月份", advice="请写成 202611 的样子。")
    return Month(year, number)


def month_text(code: int) -> str:
    """``2026年11月``."""
    return f"{code // 100}年{code % 100}月"


def months_of(starts_on: date, ends_on: date) -> list[int]:
    """Every month that an agreement touches, first to last.

    >>> months_of(date(2026, 11, 1), date(2027, 1, 31))
    [202611, 202612, 202701]
    """
    first, last = Month.of(starts_on), Month.of(ends_on)
    return [month_code(first.plus(k)) for k in range(first.until(last) + 1)]


def due_in(month: int, calculations: Iterable[Confirmed]) -> Confirmed | None:
    """The calculation by which a month is due: the last confirmed one that had begun. None before the first.

    A later calculation replaces an earlier one from its own first month on, also one with a later first month: each was computed
    with everything that was known then.

    >>> due_in(202606, [Confirmed(1, 202601, 43200), Confirmed(2, 202606, 28800)]).amount_fen
    28800
    """
    begun = [one for one in calculations if one.from_month <= month]
    return max(begun, key=lambda one: one.number, default=None)


def first_month(change: Change, before_fen: int, timing: Timing) -> int:
    """The first month that is due by a new amount (``policy.entitlement.effective_month``)."""
    return month_code(effective_month(change, before_fen, timing))


def begins_in(decided_on: date, rule: str) -> date:
    """The first day of a new agreement: of the month of the decision, or of the month after it (parameter ``first_month``)."""
    month = Month.of(decided_on) if rule == "month_of_decision" else Month.of(decided_on).plus(1)
    return date(month.year, month.number, 1)


def ends_after(starts_on: date, months: int) -> date:
    """The last day of an agreement over so many whole months.

    >>> ends_after(date(2026, 12, 1), 12)
    datetime.date(2027, 11, 30)
    """
    last = Month.of(starts_on).plus(months - 1)
    return date(last.year, last.number, monthrange(last.year, last.number)[1])


def must_be_heard(before_fen: int, after_fen: int, *, ends: bool) -> bool:
    """Whether the household is heard before this takes effect: whoever is to get less, or nothing (社会救助法 §48)."""
    return ends or after_fen < before_fen


def overpaid(paid: Mapping[int, int], calculations: Sequence[Confirmed], from_month: int) -> Clawback:
    """What was paid over what is due now, for the months from ``from_month`` on; months paid too little are not set against it."""
    months = {code: fen for code, fen in paid.items() if code >= from_month}
    due = {}
    for code in months:
        standing = due_in(code, calculations)
        due[month_of(code)] = standing.amount_fen if standing else 0
    return compute_clawback({month_of(code): fen for code, fen in months.items()}, due)


def renewal_opens(ends_on: date, window_days: int) -> date:
    """From when an agreement may be renewed: so many days before its last."""
    return ends_on - timedelta(days=window_days)
