"""Many clerks in one session at the same moment, processes killed among them: every dwelling once, no click lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guangsha.testing.databases import database_of_its_own


def session(folder: Path, clerks: int, families: int, kills: int, seconds: int) -> dict[str, Any]:
    """What came of a session with so many."""
    with database_of_its_own(folder, "choosing") as address:
        environment = {
            **os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings", "GUANGSHA_DATA": str(folder),
            "GUANGSHA_KEYS": str(folder / "keys.json"), "DATABASE_URL": address, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }  # fmt: skip
        ended = subprocess.run(
            [sys.executable, "-m", "guangsha.testing.choosing", "--clerks", str(clerks), "--families", str(families),
             "--kills", str(kills)],
            env=environment, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


@pytest.mark.django_db
@pytest.mark.timeout(300)  # some seconds by itself; the machine does other things as well
def test_eight_clerks_and_two_deaths_give_every_dwelling_once(tmp_path: Path) -> None:
    told = session(tmp_path, clerks=8, families=40, kills=2, seconds=280)
    assert (told["findings"], told["lost"], told["killed"]) == ([], [], 2)
    assert (
        told["answers"] >= 40
    )  # a killed process takes with it how long its answers took, not what they did


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(1800)
def test_fifty_clerks_and_a_thousand_families_each_have_their_answer(tmp_path: Path) -> None:
    told = session(tmp_path, clerks=50, families=1000, kills=5, seconds=1700)
    assert (told["findings"], told["lost"]) == ([], [])
