"""How a message leaves the house: text message by the pluggable sender, mail by Django's."""

from __future__ import annotations

from django.core.mail import send_mail

from guangsha.notify.models import Message
from guangsha.people.senders import SendFault, current_sender


class Undeliverable(Exception):
    """The channel could not take the message now."""


def deliver(message: Message) -> None:
    """Hand one message to its channel.

    Raises:
        Undeliverable: not now; the outbox tries again.
    """
    if message.channel == "sms":
        try:
            current_sender().send(message.phone, message.body, message.key)
        except SendFault as fault:
            raise Undeliverable(str(fault)) from fault
    elif message.channel == "mail" and message.account is not None:
        try:
            send_mail(message.subject, message.body, None, [message.account.username], fail_silently=False)
        except OSError as fault:
            raise Undeliverable(f"邮件服务器：{fault}") from fault
    else:
        raise Undeliverable("没有这种渠道")
