"""The clocks and numbers of a tenancy, and who may do what. Pure.

Source: 公共租赁住房管理办法（住建部令第11号）§18 (term), §27 (misuse, idle), §29 (arrears), §30 (renewal), §31 (moving out), §36
(market rent, fine, ban); 行政强制法 §43, §53, §54; operations.md W4, §3.1, §3.3 example 3.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from guangsha.areas.tenancy.facts import JUSTIFIED, LEASE_STATES, NEXT_STATES, WITH_TRANSITION
from guangsha.kernel.errors import InputError
from guangsha.kernel.money import Fen
from guangsha.kernel.numbers import half_up_ratio
from guangsha.policy.entitlement import months_of_rent, violation_fine_max
from guangsha.policy.household import Month, full_months

#: Who makes leases and hands dwellings over; who proposes against a household; who signs; who goes to court; who looks on site.
LEASERS = frozenset({"allocation_officer", "rent_clerk"})
HANDLERS = frozenset({"rent_clerk", "district_reviewer"})
DECIDERS = frozenset({"district_approver", "supervisor"})
LAWYERS = frozenset({"legal_officer", "supervisor"})
INSPECTORS = frozenset({"field_inspector", "rent_clerk", "district_reviewer", "allocation_officer"})
READERS = (
    LEASERS
    | HANDLERS
    | DECIDERS
    | LAWYERS
    | INSPECTORS
    | {"accountant", "auditor", "city_approver", "archivist"}
)
ACTORS = LEASERS | HANDLERS | DECIDERS | LAWYERS | INSPECTORS

#: 夜间: ten in the evening to six in the morning (噪声污染防治法 §88).
NIGHT_FROM, NIGHT_UNTIL = 22, 6


def may_follow(before: str, after: str, where: str) -> None:
    """Refuse a state of a lease that may not come next.

    Raises:
        InputError: it may not.
    """
    if after not in NEXT_STATES[before]:
        raise InputError(
            f"租约现为“{LEASE_STATES[before]}”，不能改为“{LEASE_STATES[after]}”",
            where=where,
            advice="请刷新页面，看过最新情况再办。",
        )


def months_later(day: date, months: int) -> date:
    """The same day so many months later (earlier, when negative), or the last day of a shorter month.

    >>> months_later(date(2026, 11, 30), 3), months_later(date(2026, 3, 31), -1)
    (datetime.date(2027, 2, 28), datetime.date(2026, 2, 28))
    """
    to = Month.of(day).plus(months)
    return date(to.year, to.number, min(day.day, monthrange(to.year, to.number)[1]))


def next_month(day: date) -> date:
    """The first day of the month after, from which a changed rent counts.

    >>> next_month(date(2026, 12, 31))
    datetime.date(2027, 1, 1)
    """
    to = Month.of(day).plus(1)
    return date(to.year, to.number, 1)


def term_ends(starts_on: date, months: int, most: int) -> date:
    """The last day of a term of whole months.

    Raises:
        InputError: no month, or more than the law allows (11号令 §18).
    """
    if not 1 <= months <= most:
        raise InputError(f"租期应在 1 至 {most} 个月之间", where="租期", advice="请按规定填写。")
    return months_later(starts_on, months) - timedelta(days=1)


def renewal_opens(ends_on: date, months: int) -> date:
    """From when the tenant is asked whether to renew; the request is due on the day after it would be ``months`` before the
    end (11号令 §30)."""
    return months_later(ends_on, -months)


def market_month_fen(area_m2: Decimal, market_m2: Fraction) -> Fen:
    """The market's rent of a dwelling for a month; ``market_m2`` in fen per ㎡, half up once at the end."""
    exact = Fraction(area_m2) * market_m2
    return Fen(half_up_ratio(exact.numerator, exact.denominator))


def share_fen(fen: int, percent: int) -> Fen:
    """So many percent of an amount, half up."""
    return Fen(half_up_ratio(fen * percent, 100))


# --- grounds -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which nobody lived there; ``reason`` is one of ``facts.ABSENCES``."""

    first: date
    last: date
    reason: str = ""


def idle_months(absences: Sequence[Absence]) -> int:
    """The longest run of whole months without a justified reason; a stay in hospital, prison or the army breaks it.

    Raises:
        InputError: an absence that ends before it begins.
    """
    longest, run = 0, None
    for one in sorted(absences, key=lambda absence: absence.first):
        if one.last < one.first:
            raise InputError("离家的起止日期颠倒", where=f"{one.first}", advice="请更正。")
        if one.reason in JUSTIFIED:
            run = None
            continue
        if run is None or one.first > run[1] + timedelta(days=1):
            run = (one.first, one.last)
        else:
            run = (run[0], max(run[1], one.last))
        longest = max(longest, full_months(run[0], run[1] + timedelta(days=1)))
    return longest


def limit_months(place: int, agreed: int | None) -> int:
    """How many months make a ground: the contract's own number where it is stricter than the place's, never a laxer one.

    >>> limit_months(6, None), limit_months(6, 3), limit_months(3, 6)
    (6, 3, 3)
    """
    return place if agreed is None else min(place, agreed)


def check_limit(agreed: int | None, place: int, where: str) -> None:
    """A contract may be stricter than the place, not laxer and not without any month.

    Raises:
        InputError: it is.
    """
    if agreed is not None and not 1 <= agreed <= place:
        raise InputError(
            f"合同约定应在 1 至 {place} 个月之间",
            where=where,
            advice="合同可以严于本地规定，不能宽于本地规定。",
        )


def why_no_ground(ground: str, *, months: int = 0, limit: int = 0, absence: str = "") -> str:
    """Why a ground of giving the dwelling back does not hold; empty when it does.

    Args:
        months, limit: idle or owed months, and how many of them the place or the contract asks for.
        absence: why the household is away (``facts.ABSENCES``).
    """
    if ground == "idle":
        if absence in JUSTIFIED:
            return (
                "离家有正当理由（住院、羁押、服役等），不算无正当理由闲置（公共租赁住房管理办法第二十七条）"
            )
        if months < limit:
            return f"连续闲置 {months} 个月，未达到 {limit} 个月（公共租赁住房管理办法第二十七条）"
    if ground == "arrears" and months < limit:
        return f"累计拖欠 {months} 个月租金，未达到 {limit} 个月（公共租赁住房管理办法第二十九条）"
    return ""


# --- swaps ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SwapEnd:
    """What a swap asks of the lease that is left.

    Attributes:
        state: of the lease; moved_in: the hand-over, None before it; ends_on: its last day.
        leaving: a way out is open; accused: a violation is open; months_owed: in how many months rent is late.
    """

    state: str
    moved_in: date | None
    ends_on: date
    leaving: bool = False
    accused: bool = False
    months_owed: int = 0


def why_no_swap(end: SwapEnd, on: date) -> str:
    """Why a household cannot change its dwelling on a day; empty when it can."""
    if end.state != "active" or end.moved_in is None:
        return f"合同现在是“{LEASE_STATES[end.state]}”，履行中并且已入住的才能调换"
    if on <= end.moved_in:
        return "入住次日起才能调换"
    if on > end.ends_on:
        return f"租期到 {end.ends_on:%Y年%-m月%-d日} 为止，请先办理续租"
    if end.leaving:
        return "有一件腾退在办，请先办结"
    if end.accused:
        return "有一件违规正在核查或者限期改正，请先办结"
    if end.months_owed:
        return f"累计拖欠 {end.months_owed} 个月租金，请先缴清"
    return ""


# --- misuse: 11号令 §36 -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Caps:
    """The limits of §36: fen, times, fen, months."""

    plain_fen: int
    gain_multiple: int
    gain_fen: int
    ban_months: int


@dataclass(frozen=True, slots=True)
class Consequences:
    """What follows from misuse: the top-up to market rent month by month, the highest fine, the last day of the ban."""

    top_up: dict[Month, Fen]
    fine_cap_fen: Fen
    ban_until: date

    @property
    def top_up_fen(self) -> Fen:
        return Fen(sum(self.top_up.values()))


def consequences(
    first: date,
    last: date,
    *,
    market_fen: int,
    charged_fen: int,
    gain_fen: int,
    decided_on: date,
    caps: Caps,
    by_day: bool,
) -> Consequences:
    """What follows from misuse from ``first`` to ``last``: market rent from the day it began; the fine is proposed only.

    Raises:
        InputError: the days are turned round, or the gain is negative.
    """
    if gain_fen < 0:
        raise InputError("违法所得不能为负", where="违法所得", advice="请核对。")
    short = max(0, market_fen - charged_fen)
    fine = violation_fine_max(
        gain_fen, plain_max_fen=caps.plain_fen, gain_multiple=caps.gain_multiple, gain_max_fen=caps.gain_fen
    )
    until = months_later(decided_on, caps.ban_months) - timedelta(days=1)
    return Consequences(months_of_rent(short, first, last, by_day=by_day), fine, until)


# --- after the decision ------------------------------------------------------------------------------------


def transition_until(served_on: date, months: int) -> date:
    """The last day of the time to move, of whole months after the notice was served."""
    return months_later(served_on, months)


def has_transition(ground: str) -> bool:
    """Whether who leaves on this ground has time to move at a rent of its own (11号令 §31); misuse has a time limit only."""
    return ground in WITH_TRANSITION


@dataclass(frozen=True, slots=True)
class CourtWindow:
    """Within which days the court may be asked, both included (行政强制法 §53)."""

    first: date
    last: date


def court_window(
    served_on: date, demanded_on: date | None, *, remedy_months: int, apply_months: int, demand_days: int
) -> CourtWindow:
    """From the day after the time to sue is over, and no earlier than ten days after the demand; for three months.

    The day of the event is not counted (民法典 §201).
    """
    opens = months_later(served_on, remedy_months) + timedelta(days=1)
    last = months_later(opens - timedelta(days=1), apply_months)
    if demanded_on is not None:
        opens = max(opens, demanded_on + timedelta(days=demand_days + 1))
    return CourtWindow(opens, last)


def why_no_enforcement(moment: datetime, is_workday: Callable[[date], bool]) -> str:
    """Why nobody may be put out at this moment of local time; empty when they may (行政强制法 §43)."""
    if moment.hour >= NIGHT_FROM or moment.hour < NIGHT_UNTIL:
        return "不得在夜间实施强制执行（行政强制法第四十三条）"
    if not is_workday(moment.date()):
        return "不得在法定节假日和休息日实施强制执行（行政强制法第四十三条）"
    return ""
