"""The worker: queues what the schedule says, runs the queue, sends the outbox; stops cleanly between two tasks.

A worker that is killed cannot give back the task it held. So every worker says every few seconds that it is there
(``WorkerSign``), and whoever finds a task in the hands of one that has been silent for :data:`LOST_AFTER` puts it back into
the queue. A worker that only slept so long runs its task beside the other: tasks are written so that this does no harm.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import FrameType

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.utils import timezone

from guangsha.notify.actions import send_due
from guangsha.notify.models import WorkerSign
from guangsha.notify.schedule import give_up, queue_due

logger = logging.getLogger("guangsha.worker")
PAUSE_SECONDS = 2
#: How often a worker says that it is there, in seconds.
SIGN_SECONDS = 10
#: A worker that has been silent for so long is gone: it missed six signs.
LOST_AFTER = timedelta(seconds=60)
#: A task that took so many workers with it (memory, a fault in a library) is not given to another.
WORKERS_MAX = 3
#: Signs of workers that are gone are forgotten after this time.
FORGET_AFTER = timedelta(days=1)


def _name() -> str:
    """A name that no other worker bears: this machine, this process, this start."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"


def sign(worker: str, now: datetime | None = None) -> None:
    """Say that ``worker`` is there."""
    WorkerSign.objects.update_or_create(worker=worker, defaults={"seen_at": now or timezone.now()})


@contextmanager
def present() -> Iterator[str]:
    """The name of a worker that says by itself that it is there, also while a task takes long."""
    worker, over = _name(), threading.Event()
    sign(worker)

    def repeat() -> None:
        while not over.wait(SIGN_SECONDS):
            try:
                sign(worker)
            except DatabaseError:  # the next sign may come through; silence is noticed by the others
                logger.exception("the worker could not give its sign")
                connection.close()
        connection.close()

    thread = threading.Thread(target=repeat, name="guangsha-worker-sign", daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        over.set()
        thread.join(SIGN_SECONDS)
        WorkerSign.objects.filter(pk=worker).delete()


def take_up_again(now: datetime | None = None) -> int:
    """Put the tasks of workers that are gone back into the queue; how many were found.

    One that has cost :data:`WORKERS_MAX` workers ends as failed, and its run of the schedule is shown as failed.
    """
    from django_tasks_db.models import DBTaskResult

    moment = now or timezone.now()
    there = set(WorkerSign.objects.filter(seen_at__gt=moment - LOST_AFTER).values_list("worker", flat=True))
    found = 0
    for task in DBTaskResult.objects.running():
        holder = task.worker_ids[-1] if task.worker_ids else ""
        if holder in there:
            continue
        with transaction.atomic():
            # only as it was seen: its worker may have ended it, another may have put it back and a third begun it
            same = DBTaskResult.objects.running().filter(pk=task.pk, started_at=task.started_at)
            if len(task.worker_ids) < WORKERS_MAX:
                found += same.update(status="READY", started_at=None)
                logger.warning("task %s is taken up again: worker %s is gone", task.pk, holder)
            elif same.exists():
                lost = RuntimeError(f"{len(task.worker_ids)} workers were lost with this task")
                task.set_failed(lost)
                give_up(task.args_kwargs["args"], f"后台程序连续 {len(task.worker_ids)} 次在执行中被终止")
                found += 1
    WorkerSign.objects.filter(seen_at__lt=moment - FORGET_AFTER).delete()
    return found


def run_once(worker: str = "") -> None:
    """One round: what lost workers left, schedule, queue until it is empty, outbox.

    Args:
        worker: the name from :func:`present`; without one the round signs once, which is enough for a short one.
    """
    from django_tasks_db.management.commands.db_worker import Worker

    if not worker:
        worker = _name()
        sign(worker)
    take_up_again()
    queue_due()
    Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=worker,
        excluded_queue_names=[],
    ).run()
    send_due()


def work_forever(stopped: threading.Event | None = None) -> None:
    """Rounds until told to stop (SIGTERM, SIGINT, or ``stopped``); a failing round is logged and the next one tries."""
    event = stopped or threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        event.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
    with present() as worker:
        while not event.is_set():
            close_old_connections()
            try:
                run_once(worker)
            except Exception:
                logger.exception("a round of the worker failed")
            event.wait(PAUSE_SECONDS)
