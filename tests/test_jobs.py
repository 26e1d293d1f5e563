"""Every job of the clock is on the schedule of a started process, at the time that the manual says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from guangsha.notify.schedule import SCHEDULE, Entry, overdue_runs
from guangsha.notify.worker import run_once
from guangsha.testing.cast import Cast

MANUAL = Path(__file__).resolve().parent.parent / "docs" / "operations" / "jobs.md"


def when(entry: Entry) -> str:
    if entry.at is not None:
        return f"daily {entry.at:%H:%M}"
    return "every minute" if entry.minutes == 1 else f"every {entry.minutes} minutes"


def ours() -> dict[str, Entry]:
    """Other tests register jobs of their own."""
    return {
        name: entry
        for name, entry in SCHEDULE.items()
        if entry.job.__module__.startswith("guangsha.") and ".tests." not in entry.job.__module__
    }


def test_the_manual_lists_every_job_with_its_time() -> None:
    table = dict(re.findall(r"^\| `([\w.-]+)` \| ([^|]+?) \|", MANUAL.read_text(encoding="utf-8"), re.M))
    assert table == {name: when(entry) for name, entry in ours().items()}


def test_a_process_that_only_starts_knows_them_all() -> None:
    """The worker imports nothing but the settings."""
    told = subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); from guangsha.notify.schedule import SCHEDULE; print(*sorted(SCHEDULE))"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings"}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert told.stdout.split() == sorted(ours())


@pytest.mark.django_db
def test_every_job_does_its_work_on_a_new_installation(cast: Cast) -> None:
    for entry in ours().values():
        said = entry.job(datetime(2026, 11, 21, 1, tzinfo=UTC))
        assert isinstance(said, str) and re.search("[\u4e00-\u9fff]", said), entry.name


@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_them_and_none_is_left_failed(cast: Cast) -> None:
    run_once()
    assert not set(overdue_runs()) & set(ours())
