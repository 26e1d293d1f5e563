"""Writers of the embedded database come to their turn in the order in which they asked.

SQLite takes one writer at a time, and whoever finds it busy asks again after a sleep that grows: with fifty clerks somebody is
passed by for seconds. Here they stand in a line: the threads of a process in the order in which they came, the processes at a lock on
a file beside the database, which wakes them.

PostgreSQL locks row by row; but whoever waits for a row that others wait for too may be passed by as well, and every sheet that is
signed needs the head of the agency's log. :func:`stand_in_line` takes a lock that the server gives out in order.
"""

from __future__ import annotations

import fcntl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")


class Line:
    """A lock that is given to those who wait in the order in which they came."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._busy = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self) -> None:
        """Wait for one's turn."""
        mine = None
        with self._mutex:
            if self._busy:
                mine = threading.Lock()
                mine.acquire()
                self._waiting.append(mine)
            self._busy = True
        if mine is not None:
            mine.acquire()

    def leave(self) -> None:
        """Give the turn to who has waited longest."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._busy = False


_LINE = Line()


@contextmanager
def turn(*, server: bool = True) -> Iterator[None]:
    """Hold the turn of this process, and of all processes of a SQLite file.

    Also on PostgreSQL the threads of a process stand in line (``server``) where all need the same lock: whoever has it then has the
    interpreter nearly to itself and does not wait for it between two statements.
    """
    name = str(connection.settings_dict["NAME"])
    if connection.in_atomic_block or "memory" in name or (connection.vendor != "sqlite" and not server):
        yield
        return
    _LINE.take()
    try:
        if connection.vendor != "sqlite":
            yield
            return
        with Path(f"{name}-turn").open("a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield
    finally:
        _LINE.leave()


_CLAIMS: set[int] = set()
_CLAIMING = threading.Lock()


@contextmanager
def claimed(dwelling: int) -> Iterator[bool]:
    """Whether this thread is the only one of its process that takes this dwelling now: the others need not wait to be told."""
    with _CLAIMING:
        first = dwelling not in _CLAIMS
        _CLAIMS.add(dwelling)
    try:
        yield first
    finally:
        if first:
            with _CLAIMING:
                _CLAIMS.discard(dwelling)


def in_turn(act: Callable[P, R]) -> Callable[P, R]:
    """An act that waits for its turn before its transaction begins."""

    @wraps(act)
    def waiting(*args: P.args, **kwargs: P.kwargs) -> R:
        with turn():
            return act(*args, **kwargs)

    return waiting
