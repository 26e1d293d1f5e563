"""Write messages into the outbox, and send what is due.

``tell`` belongs to the transaction of the act it tells of. ``send_due`` runs afterwards: each message is claimed before it
is handed over, so two workers never send it twice; a channel that fails is tried again, and what cannot be delivered is kept
as failed and shown to the staff, never dropped. What a worker had claimed when it was killed is handed over again after
:data:`CLAIM` under the same key, by which the channel knows whether it is out already.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.notify.channels import Undeliverable, deliver
from guangsha.notify.models import Message
from guangsha.people.models import Account
from guangsha.people.prepared import Asked, Prepared

#: Waits before the second, third … attempt.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
CLAIM = timedelta(minutes=5)
BATCH = 200
logger = logging.getLogger("guangsha.notify")


def tell(
    account: Account | None,
    *,
    subject: str,
    body: str,
    key: str,
    link: str = "",
    about: str = "",
    channels: Sequence[str] = ("inbox", "sms"),
    phone: str = "",
) -> list[Message]:
    """Put a message to one person into the outbox; the same ``key`` is told once, however often it is called.

    Args: see :func:`drafted`.
    """
    rows = drafted(
        account, subject=subject, body=body, key=key, link=link, about=about, channels=channels, phone=phone
    )
    put_out(rows)
    return rows


def put_out(rows: Sequence[Message]) -> None:
    """Put messages into the outbox in one statement; what was told under the same key before stays alone."""
    Message.objects.bulk_create(rows, ignore_conflicts=True)


def drafted(
    account: Account | None, *, subject: str, body: str, key: str, link: str = "", about: str = "",
    channels: Sequence[str] = ("inbox", "sms"), phone: str = "",
) -> list[Message]:  # fmt: skip
    """The messages of :func:`tell`, one per channel, not yet in the outbox: whoever tells many puts them out together.

    Args:
        account: whose inbox; None for somebody without an account (then ``phone`` is needed for a text message).
        subject, body: plain sentences; nothing sensitive, a text message is read over shoulders.
        key: what is told, e.g. ``case:4306…:accepted``.
        about: the number of the case it is about.
        phone: where the text goes, when it is not the account's own number.
    """
    now = timezone.now()
    number = phone or (account.phone if account else "")
    rows = []
    for channel in channels:
        if (channel == "inbox" and account is None) or (channel == "sms" and not number):
            continue
        rows.append(
            Message(
                account=account,
                channel=channel,
                phone=number if channel == "sms" else "",
                subject=subject[:120],
                body=body,
                link=link,
                about=about,
                key=f"{key}:{channel}"[:120],
                state="sent" if channel == "inbox" else "waiting",
                sent_at=now if channel == "inbox" else None,
                next_try_at=now,
            )
        )
    return rows


def send_due(now: datetime | None = None, limit: int = BATCH) -> int:
    """Hand over the messages that are due; return how many were delivered."""
    moment = now or timezone.now()
    delivered = 0
    due = Message.objects.filter(state="waiting", next_try_at__lte=moment).order_by("next_try_at", "id")
    for pk, seen in list(due.values_list("pk", "next_try_at")[:limit]):
        claimed = Message.objects.filter(pk=pk, state="waiting", next_try_at=seen).update(
            next_try_at=moment + CLAIM, tries=F("tries") + 1
        )
        if not claimed:
            continue
        message = Message.objects.get(pk=pk)
        try:
            if message.tries > len(RETRY_AFTER) + 1:
                raise Undeliverable("多次发送都没有完成（发送程序被中断）")
            deliver(message)
        except Undeliverable as fault:
            _put_back(message, moment, str(fault))
        except Exception as error:  # a sender that breaks must not keep the other messages waiting
            logger.exception("message %s could not be handed over", message.pk)
            _put_back(message, moment, f"发送程序出错：{type(error).__name__}")
        else:
            Message.objects.filter(pk=pk).update(state="sent", sent_at=timezone.now(), fault="")
            delivered += 1
    return delivered


def _put_back(message: Message, now: datetime, fault: str) -> None:
    if message.tries > len(RETRY_AFTER):
        Message.objects.filter(pk=message.pk).update(state="failed", fault=fault[:200])
        return
    wait = RETRY_AFTER[max(message.tries, 1) - 1]
    Message.objects.filter(pk=message.pk).update(next_try_at=now + wait, fault=fault[:200])


def send_again(actor: Actor, message_id: int) -> Message:
    """Put a message that failed, or waits for its next attempt, at the head of the outbox with all its attempts.

    The caller got the message through its own ``access_*``. It goes under its old key, by which the channel knows whether
    it is out already.

    Raises:
        InputError: it was sent in the meantime.
    """
    now = timezone.now()
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
        if message.channel == "inbox" or message.state not in ("failed", "waiting"):
            raise InputError("这条消息已经发出", advice="请刷新页面。")
        before = {"state": message.state, "tries": message.tries}
        message.state, message.tries, message.next_try_at = "waiting", 0, now
        message.save(update_fields=["state", "tries", "next_try_at"])
        record(actor, "notify.message.again", message, before=before, after={"state": "waiting", "tries": 0})
    return message


@transaction.atomic
def mark_read(account_id: int, message_ids: Sequence[int]) -> int:
    """The person opened these messages of their own inbox."""
    return Message.objects.filter(
        account_id=account_id, channel="inbox", pk__in=message_ids, read_at=None
    ).update(state="read", read_at=timezone.now())


#: A badge beyond this says nothing more, and counting further costs.
UNREAD_MAX = 999
_UNREAD = Prepared(
    lambda account: (
        Message.objects.filter(account_id=account, channel="inbox", read_at=None)
        .order_by()
        .values_list("id")[:UNREAD_MAX]
    )
)


def unread(account_id: int) -> int:
    """How many messages wait in somebody's inbox, counted up to :data:`UNREAD_MAX`."""
    return _UNREAD.count(account_id)


def asks_unread(account_id: int) -> Asked:
    """The same, to be asked together with other numbers."""
    return _UNREAD.asks(account_id)
