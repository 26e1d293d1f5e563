"""A failed job is told to the people who keep the house, and a message that failed goes out again when staff say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.notify import actions, schedule
from guangsha.notify.models import Message, ScheduleRun
from guangsha.notify.schedule import Entry, give_up, run_scheduled, scheduled
from guangsha.people.models import Account, Appointment
from guangsha.people.senders import SendFault
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def only_mine() -> Iterator[dict[str, Entry]]:
    kept = dict(schedule.SCHEDULE)
    schedule.SCHEDULE.clear()
    yield schedule.SCHEDULE
    schedule.SCHEDULE.clear()
    schedule.SCHEDULE.update(kept)


def run_of(name: str, minutes: int = 0) -> ScheduleRun:
    now = timezone.now()
    return ScheduleRun.objects.create(job=name, due_at=now - timedelta(minutes=minutes), started_at=now)


def test_a_failed_job_is_told_once_a_day_to_the_system_administrators_alone(
    cast: Cast, only_mine: dict[str, Entry]
) -> None:
    @scheduled("breaks", every="minutes 1", label="核对账目")
    def breaks(now: object) -> str:
        raise OSError("磁盘已满")

    administrator = cast.account("system_admin")
    other = Account.objects.create(username="system2", name="何二", kind="staff", is_active=False)
    Appointment.objects.create(
        account=other, agency=cast.city, role="system_admin", started_on=timezone.localdate()
    )
    for minutes in range(3):
        with pytest.raises(OSError, match="磁盘已满"):
            run_scheduled.func(run_of("breaks", minutes).pk)
    told = Message.objects.get()
    assert (told.account_id, told.channel, told.link) == (administrator.pk, "inbox", "/office/jobs/?failed=1")
    assert "核对账目" in told.subject and ScheduleRun.objects.filter(failed=True).count() == 3


def test_a_job_that_cost_its_workers_is_told_too_and_one_that_ended_is_not(
    cast: Cast, only_mine: dict[str, Entry]
) -> None:
    scheduled("lost", every="day 01:00")(lambda now: "")
    ended = run_of("lost", 1)
    ScheduleRun.objects.filter(pk=ended.pk).update(finished_at=timezone.now())
    give_up([ended.pk], "被终止")
    assert not Message.objects.exists()
    give_up([run_of("lost").pk], "被终止")
    assert "lost" in Message.objects.get().subject


def failed() -> Message:
    return Message.objects.create(
        channel="sms", phone="19900000001", subject="已受理", body="您的申请已受理。", key="k", state="failed", tries=5,
        next_try_at=timezone.now(), fault="网关：超时",
    )  # fmt: skip


def test_a_failed_message_goes_out_again_with_all_its_attempts_and_its_act(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = failed()
    actions.send_again(cast.actor("supervisor"), message.pk)
    assert Act.objects.filter(action="notify.message.again", object_id=message.pk).count() == 1

    class Deaf:
        def send(self, *given: object) -> None:
            raise SendFault("网关：超时")

    class Good:
        def send(self, *given: object) -> None:
            sent.append(given)

    sent: list[object] = []
    monkeypatch.setattr("guangsha.notify.channels.current_sender", Deaf)
    assert actions.send_due() == 0
    message.refresh_from_db()
    assert (message.state, message.tries) == ("waiting", 1)
    monkeypatch.setattr("guangsha.notify.channels.current_sender", Good)
    assert actions.send_due(message.next_try_at) == 1 and len(sent) == 1
    with pytest.raises(InputError, match="已经发出"):
        actions.send_again(cast.actor("supervisor"), message.pk)
