"""Limits of a case in working days, and how they move while the clock stands still. Pure; docs/algorithms/case-clock.md.

A period begins with an event whose day is not counted (民法典 §201) and counts working days (行政许可法 §82). Waiting for the
applicant, a public notice, an appraisal and a hearing do not count (行政许可法 §45): a pause from day P to day R takes out
the working days after P up to and including R, and every limit moves by as many. The whole time from submission is kept
beside it and is never shortened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from guangsha.kernel.workdays import Calendar

#: Everything missing is told within five working days, or the filing counts as accepted (行政许可法 §32, §82).
ACCEPT_WORKDAYS = 5
#: What was asked for is handed in within fifteen working days; afterwards the agency may go on without it. Ours.
SUPPLEMENT_WORKDAYS = 15
#: A limit may be extended once, by the head of the agency, by at most ten working days (行政许可法 §42).
EXTEND_WORKDAYS_MAX = 10
#: A notice is published within this time after the reviews; ours, no law sets it.
PUBLISH_WORKDAYS = 2
#: An objection is looked into and answered within this time; ours.
OBJECTION_WORKDAYS = 10
#: A re-examination is answered in writing within fifteen working days (公租房资格复核).
REMEDY_WORKDAYS = 15
#: A decision may be contested for sixty days after the person knew of it (行政复议法 §20).
REMEDY_DAYS = 60
#: A bad rating is called back and mended within five working days.
RATING_WORKDAYS = 5
#: Days before a limit at which the case worker is warned, and after it at which the head of the agency is.
WARN_WORKDAYS = 1
ESCALATE_WORKDAYS = 2

PAUSE_REASONS = {
    "applicant": "等待申请人补正",
    "publicity": "公示期间",
    "appraisal": "鉴定、评估期间",
    "hearing": "听证、听取说明期间",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a case stands.

    Attributes:
        promised_on, legal_on: last days, moved by every pause so far; None where there is no such limit.
        used_workdays: working days that count, from acceptance.
        total_days: calendar days since submission, pauses included.
        running: whether the clock runs.
        estimate: whether a limit falls into a year whose holidays are not announced yet.
    """

    promised_on: date | None
    legal_on: date | None
    used_workdays: int
    total_days: int
    running: bool
    estimate: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """The facts a limit is computed from. ``paused_workdays`` are those of pauses that are over."""

    submitted_on: date
    accepted_on: date | None = None
    promised_workdays: int | None = None
    legal_workdays: int | None = None
    extended_workdays: int = 0
    paused_workdays: int = 0
    paused_on: date | None = None
    ended_on: date | None = None


def paused_for(calendar: Calendar, paused_on: date, until: date) -> int:
    """Working days that a pause from ``paused_on`` to ``until`` takes out."""
    return max(0, calendar.workdays_between(paused_on, until))


def moved(calendar: Calendar, due: date | None, workdays: int) -> date | None:
    """A limit after the clock stood still for so many working days."""
    return due if due is None or workdays <= 0 else calendar.add_workdays(due, workdays)


def limits(calendar: Calendar, clock: Clock, today: date) -> Limits:
    """The limits and the time used as of ``today`` (as of the end, for a case that has ended)."""
    until = min(today, clock.ended_on) if clock.ended_on else today
    total = max(0, (until - clock.submitted_on).days)
    if clock.accepted_on is None:
        return Limits(None, None, 0, total, False, False)
    standing = 0 if clock.paused_on is None else paused_for(calendar, clock.paused_on, until)
    paused = clock.paused_workdays + standing
    extra = paused + clock.extended_workdays
    promised = (
        None
        if clock.promised_workdays is None
        else calendar.add_workdays(clock.accepted_on, clock.promised_workdays + extra)
    )
    legal = (
        None
        if clock.legal_workdays is None
        else calendar.add_workdays(clock.accepted_on, clock.legal_workdays + extra)
    )
    used = max(0, calendar.workdays_between(clock.accepted_on, until) - paused)
    last = max((day for day in (promised, legal) if day), default=until)
    return Limits(
        promised,
        legal,
        used,
        total,
        clock.paused_on is None and clock.ended_on is None,
        calendar.is_estimate(last),
    )


def alarm_level(calendar: Calendar, due: date | None, today: date) -> str:
    """``due_soon``, ``overdue``, ``escalated``, or empty: how near or far past ``due`` the day is."""
    if due is None:
        return ""
    left = calendar.workdays_between(today, due)
    if today > due:
        return "escalated" if -left >= ESCALATE_WORKDAYS else "overdue"
    return "due_soon" if left <= WARN_WORKDAYS else ""


def notice_end(calendar: Calendar, starts_on: date, days: int, *, workdays: bool) -> date:
    """The last day of a notice: ``days`` full days beginning the day after it was published; a last day on a holiday moves to
    the next working day (民法典 §203), so that whoever objects finds somebody at the counter."""
    return calendar.add_workdays(starts_on, days) if workdays else calendar.add_days(starts_on, days)
