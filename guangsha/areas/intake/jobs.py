"""What the clock does with cases. Each job is ``(now) -> str``, may run twice without doing anything twice, and says what it did."""

from __future__ import annotations

from datetime import datetime

from guangsha.areas.intake import actions
from guangsha.areas.verification import gateway, proofing
from guangsha.notify.schedule import SCHEDULE, scheduled


def accept_in_silence(now: datetime) -> str:
    """Filings on which nothing was said in time count as accepted (行政许可法 §32)."""
    return f"视为受理 {len(actions.deem_accepted(now))} 件"


def ask_sources(now: datetime) -> str:
    """Questions to other departments that are due are asked; the answers move their cases on (``actions.on_outcome``)."""
    return f"核验请求 {gateway.run_due(now)} 项，身份核验 {proofing.run_due(now)} 项"


def end_notices(now: datetime) -> str:
    """Notices whose last day is over end; old ones are taken down."""
    ended, hidden = actions.end_notices(now), actions.hide_notices(now)
    return f"公示结束 {len(ended)} 份，撤下 {hidden} 份"


def close_hearings(now: datetime) -> str:
    """People who were asked to explain a difference and let the time pass count as heard."""
    return f"视为已听取说明 {actions.close_hearings(now)} 项"


def raise_alarms(now: datetime) -> str:
    """Limits that are near or past. An alarm that reaches nobody makes the job fail, which the schedule shows."""
    return f"时限提醒 {actions.raise_alarms(now)} 条"


def register() -> None:
    """Put the jobs on the schedule; once per process."""
    for name, every, job, label in (
        ("intake-ask-sources", "minutes 1", ask_sources, "向有关部门核验数据"),
        ("intake-accept-in-silence", "day 00:20", accept_in_silence, "备案事项到期视为受理"),
        ("intake-end-notices", "day 00:10", end_notices, "结束到期的公示"),
        ("intake-close-hearings", "day 00:30", close_hearings, "结束到期的陈述申辩"),
        ("intake-alarms", "day 08:30", raise_alarms, "发出时限提醒"),
    ):
        if name not in SCHEDULE:
            scheduled(name, every=every, label=label)(job)
