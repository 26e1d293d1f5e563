"""Work on an uploaded workbook: a folder per job, one worker process at a time, progress in a small file.

The evaluation runs in its own process with bounded memory and time, so that no upload can hurt the server. A job's
folder is removed when its owner says so, or a day later.
"""

from __future__ import annotations

import logging
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from guangsha.evaluation.status import Status, read_status, write_status

logger = logging.getLogger(__name__)

#: More waiting uploads than this are refused with a sentence; each takes seconds.
QUEUE_MAX = 20
#: No workbook takes longer; a worker that does is stopped.
SECONDS_MAX = 120
#: A finished job is kept this long unless its owner removes it.
KEEP_SECONDS = 24 * 3600

_ID = re.compile(r"[0-9a-f]{32}")


class Refused(Exception):
    """The job cannot be taken now; the sentence says why."""


def job_folder(job_id: str) -> Path | None:
    """The folder of a job; None when there is no such job (or the id is not one of ours)."""
    if not _ID.fullmatch(job_id):
        return None
    folder = Path(settings.GUANGSHA_UPLOADS) / job_id
    return folder if folder.is_dir() else None


def submit(content: Iterator[bytes], file_name: str, profile: str) -> str:
    """Keep the upload and put it in the queue; returns the job's id.

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
    suffix = Path(file_name).suffix.lower()
    with (folder / f"input{suffix if re.fullmatch(r'[.][a-z]{1,5}', suffix) else ''}").open("wb") as target:
        for chunk in content:
            target.write(chunk)
    (folder / "profile").write_text(profile, encoding="utf-8")
    write_status(folder, Status("waiting", 0, "排队等候", file_name))
    runner.waiting.put(folder)
    return job_id


def remove(folder: Path) -> None:
    """Forget a job: its upload and its package."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_old(now: float | None = None) -> None:
    """Remove jobs older than :data:`KEEP_SECONDS`."""
    uploads = Path(settings.GUANGSHA_UPLOADS)
    if not uploads.is_dir():
        return
    limit = (time.time() if now is None else now) - KEEP_SECONDS
    for folder in uploads.iterdir():
        if _ID.fullmatch(folder.name) and folder.stat().st_mtime < limit:
            remove(folder)


class _Runner:
    """One thread per server process that hands jobs, one by one, to a worker process."""

    _lock = threading.Lock()
    _only: _Runner | None = None

    def __init__(self) -> None:
        self.waiting: queue.Queue[Path] = queue.Queue()
        threading.Thread(target=self._work, name="guangsha-jobs", daemon=True).start()

    @classmethod
    def instance(cls) -> _Runner:
        with cls._lock:
            if cls._only is None:
                cls._only = cls()
            return cls._only

    def _work(self) -> None:
        while True:
            folder = self.waiting.get()
            if folder.is_dir():
                run_worker(folder)


def run_worker(folder: Path) -> None:
    """Run the worker process of one job to its end and make sure that its status says how it ended."""
    command = [sys.executable, "-m", "guangsha.evaluation.worker", str(folder)]
    name = read_status(folder).file_name
    try:
        finished = subprocess.run(command, timeout=SECONDS_MAX, capture_output=True, check=False)
        if finished.returncode != 0 and not read_status(folder).ended:
            logger.error(
                "worker of %s failed: %s", folder.name, finished.stderr.decode(errors="replace")[-2000:]
            )
            write_status(
                folder, Status("failed", 0, "处理这个文件时程序出错，没有生成成果包。请联系管理员。", name)
            )
    except subprocess.TimeoutExpired:
        write_status(folder, Status("failed", 0, "处理超时，没有生成成果包。请检查文件是否异常庞大。", name))
    except OSError:
        logger.exception("worker of %s could not start", folder.name)
