"""Django's PostgreSQL, except for how a kept connection is tried before a page uses it.

Django asks ``SELECT 1`` before every page: a way to the database and back, of the six that a page takes. A server that closed a
connection (restarted, ended it for idleness) has said so on it, which can be seen without asking. Only a connection that was quiet
for longer than a network needs to lose it silently is asked.
"""

from __future__ import annotations

import select
import time
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL

#: A connection that answered within this many seconds is looked at, not asked.
ANSWERED_SECONDS = 5.0


class DatabaseWrapper(PostgreSQL):
    """Django looks for this name."""

    _answered = 0.0

    def is_usable(self) -> bool:
        """Whether the connection still stands."""
        now = time.monotonic()
        if now - self._answered < ANSWERED_SECONDS and not self._told():
            return True
        usable = super().is_usable()
        self._answered = now if usable else 0.0
        return usable

    def close(self) -> Any:
        """As before; the next connection is tried anew."""
        self._answered = 0.0
        return super().close()

    def _told(self) -> bool:
        """Whether the server said something that nobody asked for: that it ends the connection, or has ended it."""
        if self.connection is None or self.connection.closed:
            return True
        line = select.poll()
        line.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return bool(line.poll(0))
