"""How often a key may ask. Counted in the memory of each server process: reading does not become writing."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock

from django.conf import settings

from guangsha.api.problems import Problem

WINDOW_SECONDS = 60
#: Strangers (no valid key) are counted by network address, and more tightly.
STRANGER_PER_MINUTE = 120
#: One-time codes of staff: a program that tries them is stopped long before it meets one.
CODES_PER_MINUTE = 10
#: Citizens whom a key names: a platform serves them one by one, a program that tries numbers is stopped.
PERSONS_PER_MINUTE = 60
#: Whoever is counted; the oldest are forgotten first, so that invented addresses cannot fill the memory.
COUNTED_MAX = 10_000


class Window:
    """Requests of each subject in the current minute."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._lock = Lock()

    def take(self, subject: str, most: int) -> None:
        """Count one request.

        Raises:
            Problem: ``most`` were taken in this minute already.
        """
        now = int(time.time())
        slot = (subject, now // WINDOW_SECONDS)
        with self._lock:
            count = self._counts.pop(slot, 0) + 1
            self._counts[slot] = count
            while len(self._counts) > COUNTED_MAX:
                self._counts.popitem(last=False)
        if count > most:
            wait = WINDOW_SECONDS - now % WINDOW_SECONDS
            raise Problem(
                "too-many",
                f"每分钟最多 {most} 次，请 {wait} 秒后再试。",
                headers={"Retry-After": str(wait)},
            )

    def clear(self) -> None:
        """Forget everything (tests)."""
        with self._lock:
            self._counts.clear()


WINDOW = Window()


def take_for_key(token_id: int) -> None:
    """Count a request of a key; ``GUANGSHA_API_PER_MINUTE`` says how many it may make."""
    WINDOW.take(f"key:{token_id}", settings.GUANGSHA_API_PER_MINUTE)


def take_for_stranger(address: str) -> None:
    """Count a request that came without a valid key."""
    WINDOW.take(f"address:{address}", STRANGER_PER_MINUTE)
