"""From ``DATABASE_URL`` to Django's settings: SQLite (default, embedded) or PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from guangsha.kernel.errors import InputError

#: Write-ahead log and immediate transactions: with both, eight processes writing at once met no lock error
#: (docs/adr/0008); deferred transactions met hundreds.
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA busy_timeout=20000;PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-64000;PRAGMA temp_store=MEMORY;"
    ),
}


def from_url(url: str, data: Path, *, pooler: bool = False) -> dict[str, Any]:
    """Django's description of the database at ``url``; empty: ``guangsha.sqlite3`` in the folder ``data``.

    Args:
        pooler: between us and PostgreSQL stands a pooler that lends connections by the transaction (PgBouncer in transaction mode):
            nothing may be kept on a connection.

    Raises:
        InputError: neither ``sqlite:///path`` nor ``postgresql://user:password@host:port/name``.
    """
    if not url:
        data.mkdir(parents=True, exist_ok=True)
        return _sqlite(str(data / "guangsha.sqlite3"))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = (
            unquote(parts.path.removeprefix("/"))
            if not parts.path.startswith("//")
            else unquote(parts.path[1:])
        )
        return _sqlite(path or ":memory:")
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "guangsha.config.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,  # what a connection keeps (people/kept_statements.py) is worth more than opening it anew
            "CONN_HEALTH_CHECKS": True,
            "DISABLE_SERVER_SIDE_CURSORS": pooler,
        }
    raise InputError(
        f"不支持的数据库地址 {parts.scheme or url}://",
        where="DATABASE_URL",
        advice="请填 sqlite:///文件路径 或 postgresql://用户:密码@主机:端口/库名。",
    )


def _sqlite(path: str) -> dict[str, Any]:
    # a memory database in tests is shared by threads of one process; the options are the same. A connection is kept: opening
    # one for every page (its functions, its PRAGMAs) costs as much as a dozen queries.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": dict(_SQLITE),
        "CONN_MAX_AGE": 60,
    }
