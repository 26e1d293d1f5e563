"""The key ring when things go wrong: two first starts, a full disk, a damaged file, a file that has gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guangsha.kernel.errors import InputError
from guangsha.privacy import keys, rekey
from guangsha.testing.cast import Cast

#: No file may grow beyond so many bytes: a disk that is full in the middle of a write.
FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from guangsha.kernel.errors import InputError
try:
    from guangsha.cli.setup import load_django
    load_django()
    from guangsha.privacy.keys import current_ring
    current_ring()
except InputError as error:
    print(error)
    sys.exit(2)
"""
START = "from guangsha.cli.setup import load_django; load_django(); from guangsha.privacy.keys import current_ring; print(current_ring().active.name)"


def run(data: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "guangsha.config.settings", "GUANGSHA_DATA": str(data),
        "GUANGSHA_KEYS": str(data / "keys.json"), "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip


@pytest.fixture
def ring_at(tmp_path: Path, settings: Any) -> Path:
    settings.GUANGSHA_KEYS = tmp_path / "keys.json"
    keys.forget_ring()
    return tmp_path / "keys.json"


def test_processes_that_start_for_the_first_time_at_once_agree_on_one_key(tmp_path: Path) -> None:
    started = [run(tmp_path, "-c", START) for _ in range(3)]
    said = [process.communicate(timeout=110) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    named = {out.strip() for out, _ in said}
    assert named == {json.loads((tmp_path / "keys.json").read_text(encoding="utf-8"))["active"]}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".keys")] == []


@pytest.mark.parametrize("size", [10, 100])
def test_a_full_disk_leaves_no_half_of_a_key_and_says_so(tmp_path: Path, size: int) -> None:
    process = run(tmp_path, "-c", FULL, str(size))
    out, error = process.communicate(timeout=110)
    assert process.returncode == 2 and "无法写入" in out and "磁盘空间" in out, error
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left <= {"secret_key"}  # whole, or not there
    later = run(tmp_path, "-c", START)
    later.communicate(timeout=110)
    assert later.returncode == 0


def test_a_rotation_on_a_full_disk_keeps_the_old_ring(ring_at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys.current_ring()
    kept = ring_at.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keys.os, "fsync", full)
    with pytest.raises(InputError, match="原有密钥没有改动"):
        keys.write_ring(before.with_new_key("sm"), ring_at)
    assert ring_at.read_bytes() == kept
    assert [path.name for path in ring_at.parent.iterdir()] == ["keys.json"]


def test_a_ring_that_has_gone_while_it_was_in_use_is_not_replaced_by_another(
    ring_at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = keys.current_ring().active.name
    monkeypatch.setattr(keys, "CHECK_EVERY", 0.0)
    ring_at.rename(ring_at.with_name("moved.json"))
    with pytest.raises(InputError, match="不见了"):
        keys.current_ring()
    assert not ring_at.exists()
    ring_at.with_name("moved.json").rename(ring_at)
    assert keys.current_ring().active.name == name


@pytest.mark.django_db
def test_the_house_does_not_open_without_the_ring_of_its_data(ring_at: Path, cast: Cast) -> None:
    rekey.see_to_ring()
    ring_at.unlink()
    keys.forget_ring()
    with pytest.raises(InputError, match="没有密钥文件"):
        rekey.see_to_ring()
    assert not ring_at.exists()


@pytest.mark.django_db
def test_a_house_without_data_makes_its_ring(ring_at: Path) -> None:
    rekey.see_to_ring()
    assert ring_at.exists()


@pytest.mark.parametrize("text", ["", "{", '{"active": "k1"}', "[]", "\0" * 200])
def test_the_house_does_not_open_with_a_damaged_ring(ring_at: Path, text: str) -> None:
    ring_at.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="备份"):
        rekey.see_to_ring()
    assert ring_at.read_text(encoding="utf-8") == text
