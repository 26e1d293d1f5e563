"""Sealed files: nobody reads them from the disk, nobody swaps them, no path comes from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from guangsha.kernel.errors import InputError
from guangsha.privacy import files
from guangsha.privacy.sealing import SealBroken


def _all_files() -> list[Path]:
    return [path for path in (Path(settings.GUANGSHA_DATA) / "files").rglob("*") if path.is_file()]


def test_a_file_opens_again_and_its_plain_bytes_are_not_on_the_disk() -> None:
    data = b"%PDF-1.7 43060219560101002X" * 100
    kept = files.store(data, context="intake.material")
    assert kept.size == len(data) and len(kept.digest) == 64
    assert files.load(kept.stored, context="intake.material") == data
    for path in _all_files():
        assert b"43060219560101002X" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
        assert not path.name.endswith(".new")


def test_the_same_content_is_stored_twice_under_two_names_with_one_digest() -> None:
    one, two = files.store(b"x", context="c"), files.store(b"x", context="c")
    assert one.stored != two.stored and one.digest == two.digest
    assert files.store(b"", context="c").size == 0


def test_a_file_stored_for_one_purpose_does_not_open_for_another() -> None:
    kept = files.store(b"secret", context="intake.material")
    with pytest.raises(SealBroken):
        files.load(kept.stored, context="verification.payload")


def test_a_file_put_in_the_place_of_another_does_not_open() -> None:
    one, two = files.store(b"one", context="c"), files.store(b"two", context="c")
    root = Path(settings.GUANGSHA_DATA) / "files"
    place = {kept.stored: root / kept.stored[:2] / kept.stored for kept in (one, two)}
    place[one.stored].write_bytes(place[two.stored].read_bytes())
    with pytest.raises(SealBroken):
        files.load(one.stored, context="c")


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:10], lambda b: b"", lambda b: b[:-1] + b"\0\0"]
)
def test_a_damaged_file_does_not_open(damage: object) -> None:
    kept = files.store(b"secret", context="c")
    place = Path(settings.GUANGSHA_DATA) / "files" / kept.stored[:2] / kept.stored
    place.write_bytes(damage(place.read_bytes()))  # type: ignore[operator]
    with pytest.raises(SealBroken):
        files.load(kept.stored, context="c")


@pytest.mark.parametrize(
    "name", ["", "../../keys.json", "/etc/passwd", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n"]
)
def test_no_path_comes_from_outside(name: str) -> None:
    for use in (lambda: files.load(name, context="c"), lambda: files.remove(name)):
        with pytest.raises(InputError, match="文件编号不对"):
            use()


def test_a_removed_file_is_gone_and_removing_it_again_says_so() -> None:
    kept = files.store(b"x", context="c")
    assert files.remove(kept.stored) is True
    assert files.remove(kept.stored) is False
    with pytest.raises(InputError, match="已不存在"):
        files.load(kept.stored, context="c")


def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(_all_files())
    monkeypatch.setattr(files, "LARGEST", 10)
    with pytest.raises(InputError, match="MB"):
        files.store(b"x" * 11, context="c")
    assert len(_all_files()) == before
