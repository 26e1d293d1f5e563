"""What is due month by month when a household changes, and what was paid too much.

Local rules (parameters ``stop_month``, ``retro_clawback``, ``rent_first_month``); the fines: 公共租赁住房管理办法 §36, 社会救助法 §73.
Before aid is cut or ended the household is heard (社会救助法 §48): what is computed here is a proposal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from guangsha.kernel.errors import InputError
from guangsha.kernel.money import Fen
from guangsha.kernel.numbers import half_up_ratio
from guangsha.policy.household import Month

#: Longer spans are slips of the pen: nobody is paid for a century.
MONTHS_MAX = 1200


@dataclass(frozen=True, slots=True)
class Timing:
    """When a change takes effect in a region.

    Attributes:
        stop_month: the month from which nothing is due when the household no longer qualifies
            (``catalogue.STOP_MONTHS``): ``same_month`` or ``next_month`` of the event, ``month_after_discovery``, or
            ``declared_same_month``: the month of the declaration, the month after when a check found it.
        retro_clawback: whether a reduction that was found late reaches back to the month after the event.
    """

    stop_month: str
    retro_clawback: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a household.

    Attributes:
        happened: the day of the event (birth, move, registration of a title).
        known: the day on which the household declared it or a check found it.
        amount_fen: due per month from then on; 0 when the household no longer qualifies.
        ends: whether the household no longer qualifies, in contrast to an amount that happens to be 0.
        declared: whether the household said so itself; else a check found it.
        lapsed: the agreement ran out on ``happened`` without the yearly declaration (年审): nothing is due from the month after.
    """

    happened: date
    known: date
    amount_fen: int
    ends: bool = False
    declared: bool = True
    lapsed: bool = False


def effective_month(change: Change, before_fen: int, timing: Timing) -> Month:
    """The first month that is due by the new amount.

    More is paid from the month after it was known, never back (no back pay). Less: from the month after the event where the region
    claws back, else from the month after it was known. The end: as the region says.
    """
    after_event, after_known = Month.of(change.happened).plus(1), Month.of(change.known).plus(1)
    if change.lapsed:
        return after_event
    if change.ends:
        known = Month.of(change.known)
        return {
            "same_month": Month.of(change.happened),
            "next_month": after_event,
            "month_after_discovery": after_known,
            "declared_same_month": known if change.declared else after_known,
        }[timing.stop_month]
    if change.amount_fen >= before_fen:
        return after_known
    return after_event if timing.retro_clawback else after_known


def due_by_month(
    first: Month, last: Month, amount_fen: int, changes: Sequence[Change], timing: Timing
) -> dict[Month, Fen]:
    """What is due in each month, ``amount_fen`` until a change takes effect.

    Changes count in the order in which they became known: each amount was computed with what was known then. What ended stays
    ended until a change begins it again.

    Raises:
        InputError: the span is turned round or longer than :data:`MONTHS_MAX`, or a change was known before it happened.
    """
    span = first.until(last)
    if not 0 <= span < MONTHS_MAX:
        raise InputError("起止月份颠倒或相隔过久", where=f"{first} 至 {last}", advice="请更正起止月份。")
    due = {first.plus(k): Fen(amount_fen) for k in range(span + 1)}
    current = amount_fen
    for change in sorted(changes, key=lambda c: (c.known, c.happened)):
        if change.known < change.happened or change.amount_fen < 0:
            raise InputError(
                "变更的得知日早于发生日，或金额为负", where=str(change.happened), advice="请更正变更记录。"
            )
        start = effective_month(change, current, timing)
        for month in due:
            if start <= month:
                due[month] = Fen(change.amount_fen)
        current = change.amount_fen
    return due


@dataclass(frozen=True, slots=True)
class ClawbackRow:
    """One month: what was paid, what was due, what is to be returned; and for a violation the market's rent over the charged one."""

    month: Month
    paid_fen: int
    due_fen: int
    overpaid_fen: int
    rent_short_fen: int


@dataclass(frozen=True, slots=True)
class Clawback:
    """The table of a claw-back (追回) with its sum; months paid too little are not set against it."""

    rows: tuple[ClawbackRow, ...]

    @property
    def overpaid_fen(self) -> Fen:
        return Fen(sum(row.overpaid_fen for row in self.rows))

    @property
    def rent_short_fen(self) -> Fen:
        return Fen(sum(row.rent_short_fen for row in self.rows))

    @property
    def total_fen(self) -> Fen:
        return Fen(self.overpaid_fen + self.rent_short_fen)


def compute_clawback(
    paid: Mapping[Month, int],
    due: Mapping[Month, int],
    *,
    violation_months: Sequence[Month] = (),
    market_rent_fen: int = 0,
    charged_rent_fen: int = 0,
) -> Clawback:
    """Σ max(0, paid - due), and for the months of a violation Σ (market rent - charged rent), month by month.

    A month that was paid and of which ``due`` says nothing was due nothing.
    """
    violated = set(violation_months)
    rows = []
    for month in sorted({*paid, *violated}):
        was, should = paid.get(month, 0), due.get(month, 0)
        short = max(0, market_rent_fen - charged_rent_fen) if month in violated else 0
        rows.append(ClawbackRow(month, was, should, max(0, was - should), short))
    return Clawback(tuple(rows))


def months_of_rent(rent_fen: int, first: date, last: date, *, by_day: bool) -> dict[Month, Fen]:
    """The rent of each month from one day to another, both included.

    A month that is not full owes days lived ÷ days of the month, half up to fen, where the region counts by day; else the whole.

    Raises:
        InputError: the span is turned round or longer than :data:`MONTHS_MAX`.
    """
    start, end = Month.of(first), Month.of(last)
    if last < first or start.until(end) >= MONTHS_MAX:
        raise InputError("起止日期颠倒或相隔过久", where=f"{first} 至 {last}", advice="请更正起止日期。")
    found = {}
    for k in range(start.until(end) + 1):
        month = start.plus(k)
        from_day = first.day if month == start else 1
        to_day = last.day if month == end else month.days
        days = to_day - from_day + 1
        found[month] = Fen(half_up_ratio(rent_fen * days, month.days) if by_day else rent_fen)
    return found


def violation_fine_max(gain_fen: int, *, plain_max_fen: int, gain_multiple: int, gain_max_fen: int) -> Fen:
    """The highest fine for misuse of a unit: with an illegal gain the multiple of it, up to its own limit; else the plain limit.

    The four numbers are the parameters ``violation_fine_max``, ``violation_gain_multiple``, ``violation_gain_fine_max``.
    """
    return Fen(min(gain_fen * gain_multiple, gain_max_fen) if gain_fen > 0 else plain_max_fen)
