"""What runs beside the server is started again when it dies and gone when the server ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from guangsha.cli.beside import PARENT, Beside, follow_parent


class _Sleeper(Beside):
    def __init__(self) -> None:
        super().__init__("work")
        self._command = [sys.executable, "-c", "import time; time.sleep(100)"]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_started_again_when_killed_and_stopped_at_the_end() -> None:
    with _Sleeper() as beside:
        first = beside.pid
        os.kill(first, signal.SIGKILL)
        for _ in range(300):
            if beside.pid != first:
                break
            time.sleep(0.1)
        second = beside.pid
        assert second != first
        assert _alive(second)
    assert not _alive(second)


def test_an_orphan_stops_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PARENT, str(os.getpid()))  # a process that is not the parent of this one
    stop = threading.Event()
    follow_parent(stop)
    assert stop.wait(10)


def test_nobody_to_follow() -> None:
    stop = threading.Event()
    follow_parent(stop)
    assert not stop.is_set()
