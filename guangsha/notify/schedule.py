"""The clock of the house: jobs that run every so often.

    @scheduled("intake.limits", every="day 06:00")
    def watch_limits(now: datetime) -> str: …

A run is claimed by inserting its row (job and due time are unique) in the same transaction that queues it, so it is started
once however many workers there are; the queue itself is django-tasks on the same database. A run that fails is kept with its
error and shown; jobs are written so that running late or twice does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import task

from guangsha.notify.actions import tell
from guangsha.notify.models import ScheduleRun
from guangsha.people.queries import holders_of

logger = logging.getLogger("guangsha.schedule")

Job = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One scheduled job: daily at a time of day (Beijing), or every so many minutes."""

    name: str
    job: Job
    minutes: int = 0
    at: time | None = None
    #: What it does, in Chinese, for the people who are shown it.
    label: str = ""

    @property
    def title(self) -> str:
        """What people are shown."""
        return self.label or self.name

    def due(self, now: datetime) -> datetime:
        """The latest moment, not after ``now``, at which the job should have run."""
        local = timezone.localtime(now)
        if self.at is not None:
            today = local.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
            return today if today <= local else today - timedelta(days=1)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        step = timedelta(minutes=self.minutes)
        return midnight + step * ((local - midnight) // step)


SCHEDULE: dict[str, Entry] = {}


def scheduled(name: str, *, every: str, label: str = "") -> Callable[[Job], Job]:
    """Register a job: ``every="day HH:MM"`` or ``every="minutes N"`` (N divides a day); ``label`` says what it does, in Chinese."""
    kind, _, value = every.partition(" ")

    def register(job: Job) -> Job:
        if name in SCHEDULE and SCHEDULE[name].job is not job:
            raise ValueError(f"two jobs are called {name}")
        if kind == "day":
            SCHEDULE[name] = Entry(name, job, at=time.fromisoformat(value), label=label)
        elif kind == "minutes" and int(value) > 0 and 1440 % int(value) == 0:
            SCHEDULE[name] = Entry(name, job, minutes=int(value), label=label)
        else:
            raise ValueError(f"not a schedule: {every}")
        return job

    return register


def queue_due(now: datetime | None = None) -> list[str]:
    """Queue every run that is due and has not been claimed; the names of the jobs queued."""
    moment = now or timezone.now()
    queued = []
    for entry in SCHEDULE.values():
        due = entry.due(moment)
        if ScheduleRun.objects.filter(job=entry.name, due_at=due).exists():
            continue
        try:
            with transaction.atomic():
                run = ScheduleRun.objects.create(job=entry.name, due_at=due, started_at=moment)
                run_scheduled.enqueue(run.pk)
        except IntegrityError:
            continue  # another worker claimed it
        queued.append(entry.name)
    return queued


@task()
def run_scheduled(run_id: int) -> str:
    """Run one claimed run and keep how it ended."""
    run = ScheduleRun.objects.get(pk=run_id)
    entry = SCHEDULE[run.job]
    try:
        outcome = entry.job(timezone.now())
    except Exception as error:
        logger.exception("scheduled job %s failed", run.job)
        ScheduleRun.objects.filter(pk=run.pk).update(
            finished_at=timezone.now(), failed=True, outcome=f"{type(error).__name__}: {error}"[:300]
        )
        _tell_administrators(run.job)
        raise
    ScheduleRun.objects.filter(pk=run.pk).update(finished_at=timezone.now(), outcome=outcome[:300])
    return outcome


def _tell_administrators(job: str) -> None:
    """The system administrators find a failed job in their inbox: once a day for each job, however often it fails."""
    title = SCHEDULE[job].title if job in SCHEDULE else job
    today = timezone.localdate()
    for account in holders_of("system_admin"):
        tell(
            account,
            subject=f"后台任务“{title}”没有办成",
            body="下一个周期会再办。原因在“后台任务”里；今天再次失败不另行通知。",
            key=f"job:{job}:{today}:{account.pk}",
            link="/office/jobs/?failed=1",
            channels=("inbox",),
        )


def give_up(arguments: Sequence[object], why: str) -> None:
    """A run whose task will not be tried again is kept as failed. ``arguments`` are those of its task; others are left alone."""
    if len(arguments) == 1 and isinstance(arguments[0], int):
        lost = ScheduleRun.objects.filter(pk=arguments[0], finished_at=None)
        jobs = list(lost.values_list("job", flat=True))
        if jobs and lost.update(finished_at=timezone.now(), failed=True, outcome=why[:300]):
            _tell_administrators(jobs[0])


def overdue_runs(now: datetime | None = None) -> list[str]:
    """Jobs whose last run failed or never ended within an hour: shown to the system administrator."""
    moment = now or timezone.now()
    bad = []
    for name in SCHEDULE:
        last = ScheduleRun.objects.filter(job=name).order_by("-due_at").first()
        if (
            last is None
            or last.failed
            or (last.finished_at is None and last.started_at < moment - timedelta(hours=1))
        ):
            bad.append(name)
    return bad
