"""What the clock does for rent. Each job is ``(now) -> str`` and may run twice without doing anything twice."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.utils import timezone

from guangsha.areas.rent import actions
from guangsha.areas.rent.models import RentBook
from guangsha.areas.rent.renewing import prepare_renewals
from guangsha.areas.rent.rules import month_code, plus_months
from guangsha.audit.actor import CLOCK
from guangsha.people.models import Agency

#: On how many first days of a month the fees of the month before are made; more than one, for a clock that stood still.
LATE_FEE_DAYS = 5


def _agencies() -> list[Agency]:
    return list(Agency.objects.filter(pk__in=RentBook.objects.values("agency")).order_by("pk"))


def take_effects(now: datetime) -> str:
    """Decisions of cases become proposals."""
    return actions.take_effects(now)


def make_bills(now: datetime) -> str:
    """The bills of the cycle that runs, and what changed in those before."""
    done = [actions.bill_agency(CLOCK, agency, timezone.localdate(now)) for agency in _agencies()]
    return "；".join(str(one) for one in done if one.count or one.changed) or "没有新的账单"


def charge_late(now: datetime) -> str:
    """The late fees of the month that is over, in the first days of the next: what runs later than that takes none, so that nobody
    pays for a month in which they kept a plan that broke since."""
    day = timezone.localdate(now)
    if day.day > LATE_FEE_DAYS:
        return "不在计收期内"
    month = plus_months(month_code(day), -1)
    made = sum(actions.charge_late_fees(CLOCK, agency, month) for agency in _agencies())
    return f"滞纳金账单 {made} 张" if made else "没有滞纳金"


def remind(now: datetime) -> str:
    """Plans that are paid off or not kept, then reminders, each step once."""
    found = Counter[str]()
    for agency in _agencies():
        found += actions.review_plans(agency, timezone.localdate(now))
        found += actions.dun_agency(CLOCK, agency, timezone.localdate(now))
    return f"催缴和分期 {sum(found.values())} 件" if found else "没有需要提醒的"


def renew_reliefs(now: datetime) -> str:
    """Reliefs that end soon are computed anew for somebody to confirm, or the household is told."""
    proposed, told = prepare_renewals(timezone.localdate(now))
    return f"减免续期待复核 {proposed} 户，提醒 {told} 户"


def register() -> None:
    """Put the jobs on the schedule; once per process."""
    from guangsha.notify.schedule import SCHEDULE, scheduled

    for name, every, job, label in (
        ("rent-effects", "minutes 5", take_effects, "把租金办件的决定办成待复核事项"),
        ("rent-bills", "day 02:00", make_bills, "租金出账"),
        ("rent-late-fees", "day 02:15", charge_late, "月初按当地规定计收上月滞纳金"),
        ("rent-reminders", "day 08:30", remind, "租金到期提醒、催缴和分期检查"),
        ("rent-reliefs", "day 02:30", renew_reliefs, "租金减免到期前重新核定"),
    ):
        if name not in SCHEDULE:
            scheduled(name, every=every, label=label)(job)
