"""What the clock does for the area. Each job is ``(now) -> str`` and may run twice without doing anything twice."""

from __future__ import annotations

from datetime import datetime

from guangsha.areas.fieldwork import actions
from guangsha.notify.schedule import SCHEDULE, scheduled


def take_effects(now: datetime) -> str:
    """Decided cases become repair orders."""
    return actions.take_effects(now)


def raise_alarms(now: datetime) -> str:
    """Limits of repairs and hazards that are near or past. An alarm that reaches nobody makes the job fail, which the schedule shows."""
    return f"时限提醒 {actions.raise_alarms(now)} 条"


def close_settled(now: datetime) -> str:
    """What was repaired some days ago without another word is closed."""
    return f"办结 {actions.close_settled(now)} 张工单"


def plan_rounds(now: datetime) -> str:
    """Every estate has its safety round and its patrols of the month."""
    return f"安排检查和巡查 {actions.plan_rounds(now)} 次"


def remind_of_duty(now: datetime) -> str:
    """Weeks for which nobody is on duty yet."""
    return f"提醒排班 {actions.remind_of_duty(now)} 个机构"


def register() -> None:
    """Put the jobs on the schedule; once per process."""
    for name, every, job, label in (
        ("fieldwork-effects", "minutes 5", take_effects, "把报修办件转成维修工单"),
        ("fieldwork-alarms", "minutes 10", raise_alarms, "维修和隐患时限提醒"),
        ("fieldwork-close", "day 01:10", close_settled, "办结已修好的工单"),
        ("fieldwork-rounds", "day 06:20", plan_rounds, "安排月度安全检查和巡查"),
        ("fieldwork-duty", "day 08:40", remind_of_duty, "提醒下周排班"),
    ):
        if name not in SCHEDULE:
            scheduled(name, every=every, label=label)(job)
