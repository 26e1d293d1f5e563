"""Programs that run beside the web server: started with it, started again when they die, stopped with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType

from guangsha.cli.console import say

#: A program that dies at once is not started more often than this, in seconds; the wait doubles up to the second.
RESTART_FIRST, RESTART_MOST = 1, 30
STOP_SECONDS = 10
#: The process that a companion belongs to; it ends when that one is gone (see :func:`follow_parent`).
PARENT = "GUANGSHA_BESIDE"


class Beside:
    """``with Beside("work"): …`` keeps ``guangsha work`` running."""

    def __init__(self, name: str, *arguments: str) -> None:
        self._name = name
        self._command: Sequence[str] = [sys.executable, "-m", "guangsha", name, *arguments]
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Beside:
        self._start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    @property
    def pid(self) -> int:
        """The process that runs now."""
        return self._process.pid if self._process else 0

    def _start(self) -> None:
        environment = {**os.environ, PARENT: str(os.getpid())}
        # a session of its own: Ctrl+C reaches the server, which stops it in order
        self._process = subprocess.Popen(
            self._command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def _keep(self) -> None:
        wait, began = RESTART_FIRST, time.monotonic()
        while not self._stop.wait(1):
            if self._process is None or self._process.poll() is None:
                continue
            wait = RESTART_FIRST if time.monotonic() - began > RESTART_MOST else min(wait * 2, RESTART_MOST)
            say(f"后台程序 guangsha {self._name} 意外停止，{wait} 秒后重新启动。")
            if self._stop.wait(wait):
                return
            began = time.monotonic()
            self._start()


def follow_parent(stop: threading.Event) -> None:
    """Set ``stop`` once the process that started this one is gone, however it went; nothing where nobody did."""
    parent = os.environ.get(PARENT, "")
    if not parent.isdigit():
        return

    def watch() -> None:
        while not stop.wait(2):
            if os.getppid() != int(parent):
                stop.set()

    threading.Thread(target=watch, daemon=True).start()
