"""What the clock does for the area. Each job is ``(now) -> str`` and may run twice without doing anything twice."""

from __future__ import annotations

from datetime import datetime

from guangsha.areas.stock import actions
from guangsha.notify.schedule import SCHEDULE, scheduled


def take_effects(now: datetime) -> str:
    """Approved requests to see an estate become appointments."""
    return actions.take_effects(now)


def register() -> None:
    """Put the jobs on the schedule; once per process."""
    for name, every, job, label in (("stock-effects", "minutes 5", take_effects, "把看房申请办成看房预约"),):
        if name not in SCHEDULE:
            scheduled(name, every=every, label=label)(job)
