"""Work on uploaded files: a folder per job, one worker process at a time, progress in a small file.

The work runs in its own process with bounded memory and time, so that no upload can hurt the server. A job's folder is
removed when its owner says so, or when its time is over.

Whoever works on a job holds its folder (:func:`held`), and lets go when it dies. A job that waits and that nobody holds was
left by a server that is no more: the next server takes it up when somebody asks for it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings

from guangsha.web.status import Job, Status, read_job, read_status, write_job, write_status

logger = logging.getLogger(__name__)

#: More waiting uploads than this are refused with a sentence; each takes seconds.
QUEUE_MAX = 20
#: No file takes longer; a worker that does is stopped.
SECONDS_MAX = 120
#: A finished job is kept this long unless its owner removes it.
KEEP_SECONDS = 24 * 3600
#: A checked document belongs to somebody else's visit: it goes after an hour unless the visitor keeps it for a day.
CHECK_KEEP_SECONDS = 3600
#: How often the server looks for jobs whose time is over.
SWEEP_SECONDS = 300
#: How often somebody who waits makes the server look for jobs that were left.
LOOK_SECONDS = 5

_ID = re.compile(r"[0-9a-f]{32}")
_NOTHING = {"package": "没有生成成果包", "check": "没有核对结果"}


class Refused(Exception):
    """The job cannot be taken now; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file: the name its owner gave it, and its bytes in pieces."""

    name: str
    content: Iterator[bytes]


def job_folder(job_id: str, kind: str) -> Path | None:
    """The folder of a job of ``kind``; None when there is no such job (or the id is not one of ours)."""
    if not _ID.fullmatch(job_id):
        return None
    folder = Path(settings.GUANGSHA_UPLOADS) / job_id
    if not folder.is_dir() or read_job(folder).kind != kind:
        return None
    if not read_status(folder).ended:
        _Runner.instance().take_up()
    return folder


def submit(kind: str, uploads: Sequence[Upload], profile: str) -> str:
    """Keep the uploads and put them in the queue as one job; returns its id.

    Raises:
        Refused: too many are waiting.
    """
    remove_old()
    runner = _Runner.instance()
    if runner.waiting.qsize() >= QUEUE_MAX:
        raise Refused("正在处理的文件较多，请过几分钟再试。")
    job_id = uuid.uuid4().hex
    folder = Path(settings.GUANGSHA_UPLOADS) / job_id
    folder.mkdir(parents=True, mode=0o700)
    for number, upload in enumerate(uploads):
        place = folder / "input" / str(number)
        place.mkdir(parents=True)
        with (place / _safe_name(upload.name)).open("wb") as target:
            for chunk in upload.content:
                target.write(chunk)
    shown = uploads[0].name if len(uploads) == 1 else f"{uploads[0].name} 等 {len(uploads)} 个文件"
    write_job(folder, Job(kind, profile))
    write_status(folder, Status("waiting", 0, "排队等候", shown))
    runner.put(folder)
    return job_id


def _safe_name(name: str) -> str:
    """The owner's own name for the file as far as a file system takes it: the result names the file by it."""
    leaf = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in leaf if c.isprintable() and c not in ':*?"<>|').lstrip(".")
    while len(kept.encode("utf-8")) > 200:
        kept = kept[1:]  # the suffix at the end says what the file is
    return kept or "file"


def remove(folder: Path) -> None:
    """Forget a job: its upload and its result."""
    shutil.rmtree(folder, ignore_errors=True)


def keep(folder: Path) -> None:
    """Keep a job as long as a package is kept."""
    write_job(folder, replace(read_job(folder), keep=True))


def remove_old(now: float | None = None) -> None:
    """Remove the jobs whose time is over."""
    uploads = Path(settings.GUANGSHA_UPLOADS)
    if not uploads.is_dir():
        return
    at = time.time() if now is None else now
    for folder in uploads.iterdir():
        if not _ID.fullmatch(folder.name):
            continue
        job = read_job(folder)
        seconds = CHECK_KEEP_SECONDS if job.kind == "check" and not job.keep else KEEP_SECONDS
        try:
            old = folder.stat().st_mtime < at - seconds
        except FileNotFoundError:  # its owner was quicker
            continue
        if old:
            remove(folder)


class _Runner:
    """One thread per server process that hands jobs, one by one, to a worker process, and sweeps in between."""

    _lock = threading.Lock()
    _only: _Runner | None = None

    def __init__(self) -> None:
        self.waiting: queue.Queue[Path] = queue.Queue()
        self._put: set[str] = set()
        self._looked = float("-inf")
        threading.Thread(target=self._work, name="guangsha-jobs", daemon=True).start()

    @classmethod
    def instance(cls) -> _Runner:
        with cls._lock:
            if cls._only is None:
                cls._only = cls()
            return cls._only

    def put(self, folder: Path) -> None:
        """Queue a job, once."""
        with self._lock:
            if folder.name in self._put:
                return
            self._put.add(folder.name)
        self.waiting.put(folder)

    def take_up(self) -> None:
        """Queue the jobs that a server left when it ended."""
        with self._lock:
            if time.monotonic() - self._looked < LOOK_SECONDS:
                return
            self._looked = time.monotonic()
        for folder in sorted(Path(settings.GUANGSHA_UPLOADS).iterdir()):
            # the status is written last: before it, the upload is under way
            whole = _ID.fullmatch(folder.name) and (folder / "status.json").is_file()
            if whole and not read_status(folder).ended and self.waiting.qsize() < QUEUE_MAX:
                self.put(folder)

    def _work(self) -> None:
        while True:
            try:
                folder = self.waiting.get(timeout=SWEEP_SECONDS)
            except queue.Empty:
                remove_old()
                continue
            try:
                if folder.is_dir():
                    run_worker(folder)
            finally:
                with self._lock:
                    self._put.discard(folder.name)


@contextmanager
def held(folder: Path) -> Iterator[int | None]:
    """Hold a job's folder; None when somebody else does. A process that was given the number holds it, too, until it ends."""
    try:
        descriptor = os.open(folder / "held", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # its owner removed it
        yield None
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def run_worker(folder: Path) -> None:
    """Run the worker process of one job to its end and make sure that its status says how it ended. Nothing is done where
    another process works on it, or it has ended."""
    with held(folder) as holding:
        if holding is not None and not read_status(folder).ended:
            _run_worker(folder, holding)


def _run_worker(folder: Path, holding: int) -> None:
    command = [sys.executable, "-m", "guangsha.web.worker", str(folder)]
    name, nothing = read_status(folder).file_name, _NOTHING.get(read_job(folder).kind, "没有结果")
    try:
        finished = subprocess.run(
            command, timeout=SECONDS_MAX, capture_output=True, check=False, pass_fds=(holding,)
        )
        if finished.returncode != 0 and not read_status(folder).ended and folder.is_dir():
            logger.error(
                "worker of %s failed: %s", folder.name, finished.stderr.decode(errors="replace")[-2000:]
            )
            write_status(
                folder, Status("failed", 0, f"处理这个文件时程序出错，{nothing}。请联系管理员。", name)
            )
    except subprocess.TimeoutExpired:
        write_status(folder, Status("failed", 0, f"处理超时，{nothing}。请检查文件是否异常庞大。", name))
    except OSError:
        logger.exception("worker of %s could not start", folder.name)
