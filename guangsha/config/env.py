"""Settings from the environment, typed, failing loudly at start. A secret may come from a file named ``X_FILE``."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from guangsha.kernel.errors import InputError


def text(name: str, default: str = "") -> str:
    """The variable ``name``, or the content of the file that ``name_FILE`` names."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise InputError(f"无法读取 {file}", where=f"{name}_FILE") from error
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """1/true/yes/on or 0/false/no/off."""
    raw = text(name, "1" if default else "0").lower()
    if raw in ("1", "true", "yes", "on"):
        return True
    if raw in ("0", "false", "no", "off", ""):
        return False
    raise InputError(f"“{raw}”不是开关值", where=name, advice="请填 1 或 0。")


def whole(name: str, default: int) -> int:
    """A whole number of at least 0."""
    raw = text(name, str(default))
    if not raw.isascii() or not raw.isdigit():
        raise InputError(f"“{raw}”不是整数", where=name, advice="请填不小于 0 的整数。")
    return int(raw)


def words(name: str, default: str) -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    """A folder; it need not exist yet."""
    return Path(text(name, str(default))).expanduser().resolve()


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of the words ``allowed``."""
    given = text(name, default)
    if given not in allowed:
        raise InputError(f"“{given}”不是可用的取值", where=name, advice=f"请填 {'、'.join(allowed)} 之一。")
    return given


def kept_secret(path: Path) -> str:
    """A secret made once and kept in a file that only its owner can read: sessions outlive a restart.

    The file is written whole beside its place and then linked there, so that of several processes that start for the first
    time at once each reads one and the same secret and none reads a half of it. A file that is empty all the same (a crash
    of the machine before the first write reached the disk) is refused: the site must not sign with nothing.
    """
    try:
        return _read_secret(path)
    except FileNotFoundError:
        pass
    try:
        _make_secret(path)
    except OSError as error:
        raise InputError(
            f"密钥文件无法写入（{error.strerror or error}）",
            where=str(path),
            advice="请检查磁盘空间和文件夹权限。",
        ) from error
    return _read_secret(path)


def _make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, made = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was faster: its secret is the one
            os.link(made, path)
    finally:
        Path(made).unlink()


def _read_secret(path: Path) -> str:
    kept = path.read_text(encoding="ascii").strip()
    if not kept:
        raise InputError("密钥文件是空的", where=str(path), advice="请删除该文件后重新启动，系统会另行生成。")
    return kept
