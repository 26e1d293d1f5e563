"""Settings from the environment: a secret is made once, whole, whoever starts first."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from guangsha.config import env
from guangsha.kernel.errors import InputError


def test_sixteen_that_start_at_once_read_the_same_secret(tmp_path: Path) -> None:
    for attempt in range(20):
        path, together = tmp_path / f"{attempt}" / "secret_key", Barrier(16)

        def start(_: int, path: Path = path, together: Barrier = together) -> str:
            together.wait()
            return env.kept_secret(path)

        with ThreadPoolExecutor(16) as pool:
            secrets = set(pool.map(start, range(16)))
        assert len(secrets) == 1 and len(next(iter(secrets))) >= 60
        assert [left.name for left in path.parent.iterdir()] == ["secret_key"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_secret_outlives_a_restart_and_an_empty_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    assert env.kept_secret(path) == env.kept_secret(path)
    path.write_text("\n", encoding="ascii")
    with pytest.raises(InputError, match="空"):
        env.kept_secret(path)


@pytest.mark.parametrize("given", ["-1", "1.5", "六", "٣", ""])
def test_a_number_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("GUANGSHA_REVEALS_PER_HOUR", given)
    with pytest.raises(InputError, match="整数"):
        env.whole("GUANGSHA_REVEALS_PER_HOUR", 60)
