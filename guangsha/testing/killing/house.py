"""The processes of an installation: started, killed at a moment of one's choosing, started again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

#: Nothing that starts takes longer, on a machine that does other things as well.
START_SECONDS = 90
#: A moment is not waited for any longer.
MOMENT_SECONDS = 60
HURRIED = "guangsha.testing.killing.hurried"


#: Starts a program that dies with the one that started it (prctl, PR_SET_PDEATHSIG): a run that is broken off leaves nothing.
_TIED = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execv(sys.argv[1], sys.argv[1:])"


class Process:
    """One program of the house in a group of its own, so that all of it can be killed at once."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        tied = [sys.executable, "-I", "-S", "-c", _TIED] if sys.platform == "linux" else []
        self._command, self._log = [*tied, *command], log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what it says goes to the log."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # compiled once, not at every start
                env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            )

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process.

        Raises:
            RuntimeError: it was never started.
        """
        if self._process is None:
            raise RuntimeError("not started")
        return self._process

    def children(self) -> list[int]:
        """Process ids of its children."""
        pid = self.running.pid
        try:
            text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        except OSError:
            return []
        return [int(word) for word in text.split()]

    def kill(self) -> None:
        """Kill it with everything that it started; no handler runs, nothing is said."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """A web server and a worker on the database and the data folder of the environment."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        python = [sys.executable, "-m"]
        self.web = Process(
            [*python, "guangsha", "serve", "--no-work", "--port", str(self.port), "--packages", str(folder)],
            folder / "web.log",
        )
        self.worker = Process([*python, HURRIED], folder / "worker.log")
        self.kills: Counter[str] = Counter()

    @property
    def address(self) -> str:
        """Where the web answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start both and wait for the web."""
        self.web.start()
        self.worker.start()
        if not self.answers(START_SECONDS):
            raise RuntimeError("the web does not start")

    def answers(self, seconds: float) -> bool:
        """Whether the web shows a page within so many seconds; a connection alone is taken before it can."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                httpx.get(f"{self.address}/track/", timeout=10, trust_env=False).raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return True
        return False

    def stop(self) -> None:
        """End both in order."""
        self.worker.stop()
        self.web.stop()

    def kill_at_random(self, random: random.Random, kills: int, answered: Callable[[], int]) -> None:
        """Kill one or the other ``kills`` times and start it again; every kind has its turn. The moment is counted in presses
        that were answered and falls somewhere into the next one, so that a slow machine gets as far as a fast one."""
        kinds: list[str] = []
        for _ in range(kills):
            if not kinds:
                kinds = ["web", "web child", "worker", "both"]
                random.shuffle(kinds)
            reached, until = answered() + random.randint(1, 8), time.monotonic() + MOMENT_SECONDS
            while answered() < reached and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(random.uniform(0, 0.4))
            target = kinds.pop()
            self.kills[target] += 1
            if target == "web child":  # the server of servers stays and starts another
                for pid in self.web.children():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                self.answers(START_SECONDS)
                continue
            hit = {"web": [self.web], "worker": [self.worker], "both": [self.web, self.worker]}[target]
            for process in hit:
                process.kill()
            for process in hit:
                process.start()
            if self.web in hit and not self.answers(START_SECONDS):
                raise RuntimeError("the web does not start again")
