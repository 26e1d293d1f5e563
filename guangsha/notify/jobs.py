"""The clock of the rooms below: the log and sealed data know nothing of a schedule, so their jobs are put on it here."""

from __future__ import annotations

from datetime import datetime

from guangsha.audit import actions as audit
from guangsha.notify.schedule import SCHEDULE, scheduled
from guangsha.privacy import retention


def make_anchor(now: datetime) -> str:
    """The heads of all chains of yesterday become one row to be printed and signed (审计锚)."""
    return audit.anchor_due(now)


def remove_what_is_over(now: datetime) -> str:
    """Personal data whose time is over is removed or emptied, with a record of what went (保存期限)."""
    return retention.retention_job(now)


def register() -> None:
    """Put the jobs on the schedule; once per process. Yesterday's anchor is made before anything else of the night."""
    for name, every, job, label in (
        ("audit-anchor", "day 00:10", make_anchor, "封存昨日操作记录（审计锚）"),
        ("privacy-retention", "day 03:00", remove_what_is_over, "清理到期的个人信息"),
    ):
        if name not in SCHEDULE:
            scheduled(name, every=every, label=label)(job)
