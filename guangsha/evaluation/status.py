"""How far the work on one upload has come, in a small file that the web page polls."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


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


def read_status(folder: Path) -> Status:
    """The status of the job in ``folder``; waiting when none can be read."""
    try:
        return Status(**json.loads((folder / "status.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Status("waiting", 0, "排队等候")


def write_status(folder: Path, status: Status) -> None:
    """Replace the status in one step, so that a reader never sees half of it."""
    staging = folder / "status.json.new"
    staging.write_text(json.dumps(asdict(status), ensure_ascii=False), encoding="utf-8")
    Path(staging).replace(folder / "status.json")
