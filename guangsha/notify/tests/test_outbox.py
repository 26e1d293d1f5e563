"""The outbox: told once, sent once, tried again, never dropped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from guangsha.notify import actions
from guangsha.notify.actions import RETRY_AFTER, mark_read, send_due, tell, unread
from guangsha.notify.channels import Undeliverable
from guangsha.notify.models import Message
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    out: list[str] = []
    monkeypatch.setattr(actions, "deliver", lambda message: out.append(message.body))
    return out


def _tell(cast: Cast, **more: Any) -> None:
    tell(cast.applicant, subject="已受理", body="您的申请已受理。", key="case:1:accepted", about="1", **more)


def test_told_once_however_often_it_is_called(cast: Cast, sent: list[str]) -> None:
    _tell(cast)
    _tell(cast)
    assert Message.objects.count() == 2  # inbox and text message
    assert send_due() == 1
    assert send_due() == 0
    assert sent == ["您的申请已受理。"]


def test_an_act_that_is_rolled_back_tells_nobody(cast: Cast, sent: list[str]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _tell(cast)
        raise RuntimeError
    assert send_due() == 0 and not Message.objects.exists()


def test_a_channel_that_fails_is_tried_again_and_the_failure_is_kept(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(message: Message) -> None:
        raise Undeliverable("短信网关无应答")

    monkeypatch.setattr(actions, "deliver", down)
    _tell(cast)
    now = timezone.now() + timedelta(seconds=1)
    for wait in (timedelta(), *RETRY_AFTER):
        now += wait + timedelta(seconds=1)
        send_due(now)
        assert send_due(now) == 0
    message = Message.objects.get(channel="sms")
    assert (message.state, message.fault, message.tries) == ("failed", "短信网关无应答", len(RETRY_AFTER) + 1)


def test_the_number_is_sealed_at_rest(cast: Cast) -> None:
    from django.db import connection

    _tell(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM notify_message WHERE channel = 'sms'")
        [(stored,)] = cursor.fetchall()
    assert "$" in stored and cast.applicant.phone not in stored


def test_only_the_owner_reads_an_inbox(cast: Cast) -> None:
    _tell(cast, channels=("inbox",))
    [message] = Message.objects.all()
    assert unread(cast.applicant.pk) == 1
    assert mark_read(cast.stranger.pk, [message.pk]) == 0
    assert mark_read(cast.applicant.pk, [message.pk]) == 1
    assert unread(cast.applicant.pk) == 0


def test_somebody_without_a_phone_or_an_account_is_told_where_possible(cast: Cast) -> None:
    tell(None, subject="s", body="b", key="k1", channels=("inbox", "sms"))
    assert not Message.objects.exists()
    tell(None, subject="s", body="b", key="k2", phone="19900000009")
    assert Message.objects.get().channel == "sms"
