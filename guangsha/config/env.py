"""Settings from the environment, typed, failing loudly at start. A secret may come from a file named ``X_FILE``."""

from __future__ import annotations

import os
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


def words(name: str, default: str) -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    """A folder; it need not exist yet."""
    return Path(text(name, str(default))).expanduser().resolve()
