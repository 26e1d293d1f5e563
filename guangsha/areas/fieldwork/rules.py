"""Limits of repairs and hazards, who pays for a repair, what a line costs. Pure; docs/algorithms/repair-clock.md.

Two clocks: an urgent repair is answered and done within so many hours of real time, nights and holidays included; for any other
the clock stands still on days on which offices do not work. Source: operations.md W18, §1M row 7, §2.0 (民法典 §201, §203);
who pays: 公共租赁住房管理办法 (令11号) §24, 民法典 §712, §713.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from guangsha.areas.fieldwork.facts import NEXT_HAZARD_STATES, NEXT_ORDER_STATES
from guangsha.kernel.workdays import Calendar

#: Who takes reports and gives them out; who besides them approves money; who only reads.
DISPATCHERS = frozenset({"field_inspector", "rent_clerk", "hotline_agent"})
APPROVERS = frozenset({"supervisor", "district_approver"})
READERS = DISPATCHERS | APPROVERS | {"auditor"}
#: Who goes out, finds hazards and checks them; heads of agency may do it as well.
INSPECTORS = frozenset({"field_inspector", "supervisor"})

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Share:
    """Who pays for a repair, and by which rule."""

    payer: str
    reason: str


def after_hours(calendar: Calendar, start: datetime, hours: int, *, real: bool) -> datetime:
    """The moment at which ``hours`` after ``start`` are over: real hours, or those of days that are worked (00:00 to 24:00).

    Args:
        start: an aware moment in the local zone; the answer is in the same.

    >>> from zoneinfo import ZoneInfo
    >>> friday = datetime(2026, 11, 20, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
    >>> after_hours(Calendar({}), friday, 24, real=False).isoformat()
    '2026-11-23T16:00:00+08:00'
    """
    if real:
        return start + timedelta(hours=hours)
    left, now = timedelta(hours=hours), start
    while True:
        midnight = datetime.combine(now.date() + _DAY, time.min, tzinfo=now.tzinfo)
        if calendar.is_workday(now.date()):
            if left <= midnight - now:
                return now + left
            left -= midnight - now
        now = midnight


def answer_due(calendar: Calendar, reported_at: datetime, *, urgent: bool, hours: int) -> datetime:
    """Until when the reporter is to hear what happens: 2 hours for urgent repairs, 24 working-day hours for others where the
    place has not set other numbers (operations.md §1M row 7)."""
    return after_hours(calendar, reported_at, hours, real=urgent)


def finish_due(
    calendar: Calendar, answered_at: datetime, *, urgent: bool, hours: int, workdays: int
) -> datetime:
    """Until when it is to be repaired: so many real hours after the answer, or the end of the so many-th working day after it
    (the day of the answer does not count, 民法典 §201)."""
    if urgent:
        return answered_at + timedelta(hours=hours)
    last = calendar.add_workdays(answered_at.date(), workdays)
    return datetime.combine(last + _DAY, time.min, tzinfo=answered_at.tzinfo)


def alarm_level(now: datetime, began: datetime, due: datetime) -> str:
    """``due_soon`` when a quarter of the time or less is left, ``overdue`` when none is, ``escalated`` when as much again as half of
    the time has passed; empty before."""
    span = max(due - began, timedelta(minutes=1))
    if now > due:
        return "escalated" if now - due >= span / 2 else "overdue"
    return "due_soon" if (due - now) * 4 <= span else ""


def day_alarm(calendar: Calendar, today: date, limit: date) -> str:
    """The same for a limit that is a day: from two working days before it, past it, and two working days past it."""
    left = calendar.workdays_between(today, limit)
    if today > limit:
        return "escalated" if -left >= 2 else "overdue"
    return "due_soon" if left <= 2 else ""


def patrol_days(month: date, times: int) -> list[date]:
    """The last days of ``times`` patrols spread evenly over a month, the last one on its last day.

    >>> [day.day for day in patrol_days(date(2026, 11, 1), 2)]
    [15, 30]
    """
    following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    days = (following - month.replace(day=1)).days
    return [month.replace(day=max(1, number * days // times)) for number in range(1, times + 1)]


def period_text(period: str, kind: str) -> str:
    """The period of a round in words.

    >>> period_text("2026-11", "safety"), period_text("2026-11-2", "patrol"), period_text("2026-11-21", "special")
    ('2026年11月', '2026年11月第2次', '2026年11月21日')
    """
    year, month, *part = period.split("-")
    last = f"第{part[0]}次" if kind == "patrol" else f"{int(part[0])}日" if part else ""
    return f"{year}年{int(month)}月{last}"


def monday_of(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def who_pays(cause: str, part: str, *, consumables: str) -> Share:
    """Who pays, from what the worker found. The owner keeps the dwelling and what is fixed to it in repair; a tenant pays for what
    they broke by fault, for their own things, and for worn consumables where the place says so.

    Args:
        cause, part: codes of ``facts.CAUSES`` and ``facts.PARTS``; consumables: ``owner`` or ``tenant`` (a parameter).
    """
    if cause == "warranty":
        return Share("owner", "保修期内返修，不再收费")
    if cause == "misuse":
        return Share("tenant", "使用不当或人为损坏，由责任人承担（民法典第七百一十三条第二款、租赁合同）")
    if cause == "own_goods" or part == "own":
        return Share("tenant", "承租人自购、自装的物品，由承租人承担（租赁合同）")
    if part == "consumable" and consumables == "tenant" and cause == "wear":
        return Share("tenant", "易耗件正常更换，按本地规定由承租人承担（租赁合同）")
    return Share(
        "owner",
        "房屋、公共部位和固定设施由产权单位维修（公共租赁住房管理办法第二十四条、民法典第七百一十二条）",
    )


def line_fen(quantity: Decimal, price_fen: int) -> int:
    """What a line costs, whole fen; half a fen counts up (四舍五入).

    >>> line_fen(Decimal("1.25"), 450)
    563
    """
    return int((quantity * price_fen).quantize(Decimal(1), ROUND_HALF_UP))


def may_follow(before: str, after: str) -> bool:
    """Whether an order may go from one state to the other."""
    return after in NEXT_ORDER_STATES[before]


def hazard_may_follow(before: str, after: str) -> bool:
    """Whether a hazard may go from one state to the other."""
    return after in NEXT_HAZARD_STATES[before]
