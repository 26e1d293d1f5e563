"""Processes are killed while people work: nothing that was accepted is lost, nothing is done twice, nothing stays stuck."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guangsha.testing.databases import database_of_its_own


def district(folder: Path, seed: int, kills: int, seconds: int) -> dict[str, Any]:
    """What came of a district at work whose processes were killed so often."""
    with database_of_its_own(folder, "killed") as address:
        environment = {
            **os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings", "GUANGSHA_DATA": str(folder),
            "GUANGSHA_KEYS": str(folder / "keys.json"), "DATABASE_URL": address,
        }  # fmt: skip
        ended = subprocess.run(
            [sys.executable, "-m", "guangsha.testing.killing", "--seed", str(seed), "--kills", str(kills)],
            env=environment, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr[-3000:]
        proof = subprocess.run(
            [sys.executable, "-m", "guangsha", "audit", "verify", "--json"],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert proof.returncode == 0, proof.stdout[-3000:]
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.django_db
@pytest.mark.timeout(400)  # a machine that does other things as well; half a minute by itself
def test_a_few_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    found = district(tmp_path, seed=20261121, kills=4, seconds=380)
    assert found["findings"] == []
    assert sum(found["kills"].values()) == 4 and found["presses"]["no answer"]
    assert found["submissions"] and found["acts"]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_dozens_of_kills_lose_nothing_and_repeat_nothing(tmp_path: Path, seed: int) -> None:
    found = district(tmp_path, seed=seed, kills=40, seconds=1700)
    assert found["findings"] == []
    assert sum(found["kills"].values()) == 40
    assert found["submissions"] > 15 and found["acts"] > 40
