"""What the clock does for the area. Each job is ``(now) -> str`` and may run twice without doing anything twice."""

from __future__ import annotations

from datetime import datetime

from guangsha.areas.tenancy import actions
from guangsha.notify.schedule import SCHEDULE, scheduled


def take_effects(now: datetime) -> str:
    """Decisions of cases become leases, changes and ways out."""
    return actions.take_effects(now)


def begin_and_remind(now: datetime) -> str:
    """Signed renewals begin; households whose lease ends soon, or who are to leave soon, are told."""
    begun = actions.begin_renewed(now)
    return f"续签生效 {begun} 份，续租提醒 {actions.remind_renewals(now)} 户，腾退提醒 {actions.remind_leaving(now)} 户"


def close_hearings(now: datetime) -> str:
    """Households that were asked and let the time pass count as heard."""
    return f"视为已听取意见 {actions.close_hearings(now)} 件"


def expire_grants(now: datetime) -> str:
    """Temporary credentials whose last day is over stop; lasting ones have none."""
    return f"到期凭证 {actions.expire_grants(now)} 个"


def register() -> None:
    """Put the jobs on the schedule; once per process."""
    for name, every, job, label in (
        ("tenancy-effects", "minutes 5", take_effects, "把办件决定办成租约和变更"),
        ("tenancy-leases", "day 00:50", begin_and_remind, "续签生效和到期提醒"),
        ("tenancy-hearings", "day 00:40", close_hearings, "结束租约事项到期的听取意见"),
        ("tenancy-access", "day 00:20", expire_grants, "停用到期的临时门禁凭证"),
    ):
        if name not in SCHEDULE:
            scheduled(name, every=every, label=label)(job)
