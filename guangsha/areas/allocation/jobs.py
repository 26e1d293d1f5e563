"""What the clock does for the area. Each job is ``(now) -> str`` and may run twice without doing anything twice."""

from __future__ import annotations

from datetime import datetime

from guangsha.areas.allocation import actions
from guangsha.notify.schedule import SCHEDULE, scheduled


def take_effects(now: datetime) -> str:
    """Approved qualifications are listed, registrations filed online are taken."""
    return actions.take_effects(now)


def close_windows(now: datetime) -> str:
    """Windows of registration whose last day is over; hearings and suspensions that ran out."""
    closed = actions.close_registrations(now)
    heard, ended = actions.close_hearings(now), actions.end_suspensions(now)
    return f"登记截止 {closed} 个方案，听取意见期满 {heard} 件，暂停期满 {ended} 户"


def warn_long_waits(now: datetime) -> str:
    """Households that wait longer than the place has promised."""
    return f"轮候超过规定年限 {actions.warn_long_waits(now)} 户"


def lapse_locks(now: datetime) -> str:
    """Dwellings that were chosen and not signed for in time are free again."""
    return f"退回超时选定 {actions.lapse_locks()} 套"


def tell_orders(now: datetime) -> str:
    """Families of a plan whose order is known hear their place and what comes next."""
    return f"告知顺序 {actions.tell_orders()} 户"


def register() -> None:
    """Put the jobs on the schedule; once per process."""
    for name, every, job, label in (
        ("allocation-effects", "minutes 5", take_effects, "把办件决定办成轮候登记和意向登记"),
        ("allocation-windows", "day 00:20", close_windows, "截止意向登记、结束听取意见和暂停"),
        ("allocation-long-waits", "day 06:30", warn_long_waits, "提醒轮候超期"),
        ("allocation-orders", "minutes 1", tell_orders, "定序后告知每户的顺序和下一步"),
        ("allocation-locks", "minutes 1", lapse_locks, "退回超时未签的选定"),
    ):
        if name not in SCHEDULE:
            scheduled(name, every=every, label=label)(job)
