"""What the clock does for the programme. Each job is ``(now) -> str`` and may run twice without doing anything twice."""

from __future__ import annotations

from datetime import datetime

from guangsha.areas.subsidy import actions
from guangsha.areas.subsidy.actions.months import compute_all
from guangsha.notify.schedule import SCHEDULE, scheduled


def take_effects(now: datetime) -> str:
    """Decisions of cases become agreements and calculations."""
    return actions.take_effects(now)


def compute_months(now: datetime) -> str:
    """The month that runs becomes due under every signed agreement."""
    return compute_all(now)


def close_hearings(now: datetime) -> str:
    """Households that were asked and let the time pass count as heard."""
    return f"视为已听取意见 {actions.close_hearings(now)} 件"


def end_and_remind(now: datetime) -> str:
    """Agreements whose last day is over end; households whose agreement ends soon are told."""
    ended, told = actions.expire_agreements(now), actions.remind_renewals(now)
    return f"到期 {ended} 份，在续签期 {told} 份"


def register() -> None:
    """Put the jobs on the schedule; once per process."""
    for name, every, job, label in (
        ("subsidy-effects", "minutes 5", take_effects, "把办件决定办成补贴协议和变更"),
        ("subsidy-months", "day 01:30", compute_months, "计算月度应发补贴"),
        ("subsidy-hearings", "day 00:35", close_hearings, "结束到期的听取意见"),
        ("subsidy-agreements", "day 00:45", end_and_remind, "协议到期和续签提醒"),
    ):
        if name not in SCHEDULE:
            scheduled(name, every=every, label=label)(job)
