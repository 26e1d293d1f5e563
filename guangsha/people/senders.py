"""Text messages leave by a pluggable sender (``GUANGSHA_SMS``, the dotted path of a class with one method).

The one that comes with the house writes them to ``sms.log`` in the data folder: for development, training, and for an
agency whose gateway is not connected yet. No request leaves the machine.

A worker may be killed after the gateway has taken a text and before the outbox knows it. The text is then handed over again
with the same ``key``: a sender passes it on as the gateway's own number of the message, so that the person reads it once.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


class SendFault(Exception):
    """The gateway could not take the text now."""


class Sender(Protocol):
    """One way to send a text."""

    def send(self, phone: str, text: str, key: str = "") -> None:
        """Send ``text`` to a mobile number of 11 digits.

        Args:
            key: the number of the message; one that was sent under it before is not sent again. Empty: a text that nobody
                repeats (a code).

        Raises:
            SendFault: not taken; the caller decides whether to try again.
        """


class FileSender:
    """Appends each text to ``sms.log``, readable by its owner only: time, mobile, text and, where it has one, its key."""

    def send(self, phone: str, text: str, key: str = "") -> None:
        path: Path = settings.GUANGSHA_DATA / "sms.log"
        end = f"\t{key}\n" if key else "\n"
        line = f"{timezone.localtime():%Y-%m-%d %H:%M:%S}\t{phone}\t{' '.join(text.split())}{end}"
        try:
            if key and _holds(path, end.encode()):
                return
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab", buffering=0) as file:
                file.write(line.encode())  # one call: a line is there whole or not at all
        except OSError as error:
            raise SendFault(f"无法写入 {path.name}") from error


def _holds(path: Path, end: bytes) -> bool:
    """Whether a line of the file ends so."""
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as kept:
        return kept.rfind(end) >= 0


class Silent:
    """Sends nothing: for load tests."""

    def send(self, phone: str, text: str, key: str = "") -> None:
        """Nothing."""


def current_sender() -> Sender:
    """The sender of this installation."""
    sender: Sender = import_string(settings.GUANGSHA_SMS)()
    return sender
