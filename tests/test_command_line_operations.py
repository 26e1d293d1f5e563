"""``guangsha audit`` and ``guangsha keys``, as an administrator runs them."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from guangsha.cli.main import main


def _run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "GUANGSHA_DATA": str(data),
        "GUANGSHA_KEYS": str(data / "keys.json"),
        "DATABASE_URL": "",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DJANGO_SETTINGS_MODULE": "guangsha.config.settings",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_an_administrator_rotates_anchors_verifies_and_is_told_of_tampering(tmp_path: Path) -> None:
    cli = ("-m", "guangsha.cli.main")
    empty = _run(tmp_path, *cli, "audit", "verify")
    assert empty.returncode == 2 and "migrate" in empty.stderr
    for verb in ("work", "exchange"):  # neither starts on tables that are not there
        refused = _run(tmp_path, "-m", "guangsha", verb)
        assert refused.returncode == 2 and "guangsha migrate" in refused.stderr
    assert _run(tmp_path, "-m", "guangsha", "migrate", "--check").returncode == 1
    made = _run(tmp_path, "-m", "guangsha", "migrate")
    assert made.returncode == 0 and "intake 0001_initial" in made.stderr and "数据库升级完成" in made.stderr
    again = _run(tmp_path, "-m", "guangsha", "migrate")
    assert again.returncode == 0 and "没有需要执行的步骤" in again.stderr
    assert _run(tmp_path, "-m", "guangsha", "migrate", "--check").returncode == 0
    rotated = _run(tmp_path, *cli, "keys", "rotate", "--suite", "intl", "--reseal", "--index")
    assert rotated.returncode == 0, rotated.stderr
    status = json.loads(_run(tmp_path, *cli, "keys", "status", "--json").stdout)
    assert sorted(status["keys"].values()) == ["intl", "sm"] and status["active"] == status["index"]
    anchored = _run(tmp_path, *cli, "audit", "anchor", "--out", str(tmp_path / "paper"))
    assert anchored.returncode == 0, anchored.stderr
    (page,) = (tmp_path / "paper").iterdir()
    assert page.read_bytes().startswith(b"%PDF")
    digest, day = re.search(r"摘要 ([0-9a-f]{64})", anchored.stderr)[1], page.stem.removeprefix("审计锚-")  # type: ignore[index]
    sound = _run(tmp_path, *cli, "audit", "verify", "--json", "--paper", f"{day}={digest[:16]}")
    assert sound.returncode == 0, sound.stderr
    told = json.loads(sound.stdout)
    assert told["sound"] and told["acts"] == 4 and told["anchors"] == 1
    with sqlite3.connect(tmp_path / "guangsha.sqlite3") as database:
        database.execute("UPDATE audit_act SET reason = 'x' WHERE number = 2")
    wrong = _run(tmp_path, *cli, "audit", "verify")
    assert wrong.returncode == 1 and "第 2 条" in wrong.stderr and "有改动" in wrong.stderr
    assert _run(tmp_path, *cli, "audit", "verify", "--paper", f"{day}={'0' * 16}").returncode == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments",
    [
        ["audit", "anchor", "--day", "2099-01-01"],
        ["audit", "anchor", "--day", "昨天"],
        ["audit", "verify", "--paper", "2026-01-01"],
        ["audit", "verify", "--paper", "2026-01-01=xyz"],
        ["keys", "rotate", "--resume", "--index"],
    ],
)
def test_what_cannot_be_done_gets_one_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err
