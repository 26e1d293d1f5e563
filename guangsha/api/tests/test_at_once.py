"""Requests at the same moment: one acts, the others are answered as if they had, or told that somebody was faster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from guangsha.api.tests.at_once import EXPECTED, outcome


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_act_once() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's test database lives in memory; the test below takes a file")
    assert outcome() == EXPECTED


def test_requests_at_once_on_a_sqlite_file_act_once(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "guangsha.api.tests.at_once"],
        env={
            **os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings", "GUANGSHA_DATA": str(tmp_path),
            "GUANGSHA_KEYS": str(tmp_path / "keys.json"), "DATABASE_URL": f"sqlite:///{tmp_path / 'district.sqlite3'}",
        },
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert json.loads(ended.stdout) == EXPECTED
