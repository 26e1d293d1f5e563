"""What a job is and how far it has come, in small files of its folder that the web page polls."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Job:
    """What to do: ``package`` (evaluate a workbook) or ``check`` (check documents), by which place's rules.

    ``keep`` is set when the owner asked that the result be kept longer.
    """

    kind: str = "package"
    profile: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """Where a job stands: ``waiting``, ``running``, ``done`` or ``failed``; ``message`` says it in Chinese."""

    state: str
    percent: int = 0
    message: str = ""
    file_name: str = ""

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed")


def read_job(folder: Path) -> Job:
    """The job in ``folder``; the default one when none can be read."""
    try:
        return Job(**json.loads((folder / "job.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Job()


def write_job(folder: Path, job: Job) -> None:
    _replace(folder / "job.json", json.dumps(asdict(job)))


def read_status(folder: Path) -> Status:
    """The status of the job in ``folder``; waiting when none can be read."""
    try:
        return Status(**json.loads((folder / "status.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Status("waiting", 0, "排队等候")


def write_status(folder: Path, status: Status) -> None:
    """Replace the status in one step, so that a reader never sees half of it."""
    _replace(folder / "status.json", json.dumps(asdict(status), ensure_ascii=False))


def _replace(path: Path, text: str) -> None:
    staging = path.with_name(f"{path.name}.new")
    staging.write_text(text, encoding="utf-8")
    staging.replace(path)
