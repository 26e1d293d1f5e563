"""A worker that is killed loses no task, no message, and sends nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from guangsha.notify import actions, schedule, worker
from guangsha.notify.actions import CLAIM, RETRY_AFTER, send_due, tell
from guangsha.notify.models import Message, ScheduleRun, WorkerSign
from guangsha.notify.schedule import Entry, overdue_runs, queue_due, scheduled
from guangsha.notify.worker import LOST_AFTER, WORKERS_MAX, run_once, sign, take_up_again
from guangsha.people.senders import FileSender
from guangsha.testing.cast import Cast


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def only_mine() -> Iterator[dict[str, Entry]]:
    kept = dict(schedule.SCHEDULE)
    schedule.SCHEDULE.clear()
    yield schedule.SCHEDULE
    schedule.SCHEDULE.clear()
    schedule.SCHEDULE.update(kept)


def held_by(name: str, times: int = 1) -> DBTaskResult:
    """A queued run in the hands of a worker, as a kill leaves it."""
    queue_due()
    task = DBTaskResult.objects.get()
    for _ in range(times):
        task.claim(name)
    return task


@pytest.mark.django_db(transaction=True)
def test_the_task_of_a_killed_worker_is_taken_up_by_the_next(only_mine: dict[str, Entry]) -> None:
    done: list[str] = []
    scheduled("t.night", every="minutes 1440")(lambda now: done.append("night") or "好")
    sign("gone", timezone.now() - LOST_AFTER - timedelta(seconds=1))
    held_by("gone")
    run_once()
    assert done == ["night"]
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"
    assert overdue_runs() == []


@pytest.mark.django_db
def test_the_task_of_a_worker_that_is_there_is_left_to_it(only_mine: dict[str, Entry]) -> None:
    scheduled("t.long", every="minutes 1440")(lambda now: "")
    sign("busy")
    task = held_by("busy")
    assert take_up_again() == 0
    task.refresh_from_db()
    assert task.status == "RUNNING"
    assert take_up_again(timezone.now() + LOST_AFTER + timedelta(seconds=1)) == 1


@pytest.mark.django_db
def test_a_task_that_costs_every_worker_its_life_ends_as_failed(only_mine: dict[str, Entry]) -> None:
    scheduled("t.deadly", every="minutes 1440")(lambda now: "")
    task = held_by("gone", WORKERS_MAX)
    assert take_up_again() == 1
    task.refresh_from_db()
    assert task.status == "FAILED"
    assert ScheduleRun.objects.get().failed and overdue_runs() == ["t.deadly"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_signs_while_it_is_there_and_takes_its_sign_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with worker.present() as name:
        assert WorkerSign.objects.get().worker == name
    assert not WorkerSign.objects.exists()


@pytest.mark.django_db
def test_a_text_that_was_out_when_the_worker_was_killed_is_not_sent_again(
    cast: Cast, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GUANGSHA_DATA = tmp_path  # type: ignore[attr-defined]
    settings.GUANGSHA_SMS = "guangsha.people.senders.FileSender"  # type: ignore[attr-defined]
    tell(cast.applicant, subject="已受理", body="您的申请已受理。", key="case:1:accepted", about="1")
    real = actions.deliver

    def killed_after(message: Message) -> None:
        real(message)
        raise Killed

    monkeypatch.setattr(actions, "deliver", killed_after)
    with pytest.raises(Killed):
        send_due()
    assert Message.objects.get(channel="sms").state == "waiting"
    monkeypatch.setattr(actions, "deliver", real)
    assert send_due() == 0  # claimed: for now the dead worker may still be at it
    assert send_due(timezone.now() + CLAIM + timedelta(seconds=1)) == 1
    assert (tmp_path / "sms.log").read_text(encoding="utf-8").count("您的申请已受理。") == 1


def test_texts_without_a_key_are_each_their_own(settings: object, tmp_path: Path) -> None:
    settings.GUANGSHA_DATA = tmp_path  # type: ignore[attr-defined]
    sender = FileSender()
    for key in ("", "", "a:sms", "ba:sms", "a:sms"):
        sender.send("19900000009", "验证码 123456", key)
    assert len((tmp_path / "sms.log").read_text(encoding="utf-8").splitlines()) == 4


@pytest.mark.django_db
def test_a_sender_that_breaks_keeps_no_other_message_waiting(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    out: list[str] = []

    def breaks(message: Message) -> None:
        if message.key.startswith("bad"):
            raise ZeroDivisionError
        out.append(message.key)

    monkeypatch.setattr(actions, "deliver", breaks)
    for key in ("bad", "good"):
        tell(cast.applicant, subject="s", body="b", key=key, channels=("sms",))
    assert send_due() == 1
    assert out == ["good:sms"]
    bad = Message.objects.get(key="bad:sms")
    assert (bad.state, bad.tries) == ("waiting", 1) and "ZeroDivisionError" in bad.fault


@pytest.mark.django_db
def test_a_message_that_kills_every_worker_ends_as_failed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(message: Message) -> None:
        raise Killed

    monkeypatch.setattr(actions, "deliver", killed)
    tell(cast.applicant, subject="s", body="b", key="k", channels=("sms",))
    now = timezone.now()
    for _ in range(len(RETRY_AFTER) + 1):
        now += CLAIM + timedelta(seconds=1)
        with pytest.raises(Killed):
            send_due(now)
    assert send_due(now + CLAIM + timedelta(seconds=1)) == 0
    message = Message.objects.get()
    assert message.state == "failed" and "中断" in message.fault
