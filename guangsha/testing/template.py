"""The empty migrated database of the tests, kept from run to run: migrating the whole house takes a quarter of a minute, a copy none.

A file beside the others of the system's temporary folder for SQLite, a database of the same server for PostgreSQL. It is named
after everything that decides what it holds; any change makes another one. Processes that start together wait for the one that
makes it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings

#: How many are kept: the last states of a few branches.
_KEPT = 20
_FILES = ("migrations/**/*.py", "migrations/**/*.sql", "models*.py", "apps.py")


def install() -> None:
    """From now on the tests' database of this process is copied from the kept one, which the first run makes."""
    from django.db import connection

    if connection.vendor != "sqlite":
        _install_for_a_server(connection)
        return
    creation: Any = connection.creation
    migrated: Callable[..., str] = creation.create_test_db
    kept = _kept()

    def create_test_db(
        verbosity: int = 1, autoclobber: bool = False, serialize: bool = True, keepdb: bool = False
    ) -> str:
        name: str = creation._get_test_db_name()
        if keepdb or serialize or not creation.is_in_memory_db(name):
            return migrated(verbosity, autoclobber, serialize, keepdb)
        with _made_once(kept):
            if not _usable(kept):
                name = migrated(verbosity, autoclobber, serialize, keepdb)
                _keep(connection.connection, kept)
                return name
        connection.close()
        settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
        connection.ensure_connection()
        source = sqlite3.connect(f"{kept.as_uri()}?mode=ro", uri=True)
        try:
            source.backup(connection.connection)
        finally:
            source.close()
        return name

    creation.create_test_db = create_test_db


def _install_for_a_server(connection: Any) -> None:
    creation = connection.creation
    migrated: Callable[..., str] = creation.create_test_db
    kept = f"guangsha_tests_{_digest()}"

    def run(cursor: Any, words: str, *names: str) -> None:
        cursor.execute(words.format(*(connection.ops.quote_name(name) for name in names)))

    def create_test_db(
        verbosity: int = 1, autoclobber: bool = False, serialize: bool = True, keepdb: bool = False
    ) -> str:
        if keepdb or serialize:
            return migrated(verbosity, autoclobber, serialize, keepdb)
        name: str = creation._get_test_db_name()
        with _made_once(_kept()):
            with creation._nodb_cursor() as cursor:
                cursor.execute(
                    r"SELECT datname FROM pg_database WHERE datname LIKE 'guangsha\_tests\_%' ORDER BY oid"
                )
                there = [row[0] for row in cursor.fetchall()]
                if kept in there:
                    run(cursor, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
                    run(cursor, "CREATE DATABASE {} TEMPLATE {}", name, kept)
            if kept not in there:
                name = migrated(verbosity, autoclobber, serialize, keepdb)
                connection.close()  # a database that somebody has open is not copied
                with creation._nodb_cursor() as cursor:
                    for old in there[:-_KEPT]:
                        run(cursor, "DROP DATABASE IF EXISTS {}", old)
                    run(cursor, "CREATE DATABASE {} TEMPLATE {}", kept, name)
        connection.close()
        settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
        connection.ensure_connection()
        return name

    creation.create_test_db = create_test_db


def fill() -> None:
    """Tables for the database of this process, which a test made for it: copied into a new SQLite file, else migrated."""
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor != "sqlite":
        call_command("migrate", verbosity=0)
        return
    place, kept = Path(str(connection.settings_dict["NAME"])), _kept()
    with _made_once(kept):
        if not _usable(kept):
            call_command("migrate", verbosity=0)
            connection.ensure_connection()
            _keep(connection.connection, kept)
            return
    lay(place)


def lay(place: Path) -> None:
    """A copy of the empty migrated database at ``place``, where there is one and nothing stands yet; else nothing."""
    kept = _kept()
    if not place.exists() and _usable(kept):
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, place)
        # as the house leaves every file of its own: processes that all turned it to the write-ahead log at once would meet a lock
        turned = sqlite3.connect(place)
        turned.execute("PRAGMA journal_mode=WAL")
        turned.close()


@contextmanager
def _made_once(kept: Path) -> Iterator[None]:
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    with (kept.parent / "making").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kept() -> Path:
    folder = Path(tempfile.gettempdir()) / f"guangsha-tests-{os.getuid()}"
    return folder / f"{_digest()}.sqlite3"


def _digest() -> str:
    told = hashlib.sha256(f"{django.VERSION} {sqlite3.sqlite_version} {settings.INSTALLED_APPS}".encode())
    for app in apps.get_app_configs():
        folder = Path(app.path)
        for path in sorted({found for pattern in _FILES for found in folder.glob(pattern)}):
            told.update(f"{app.label}/{path.relative_to(folder).as_posix()}\n".encode())
            told.update(path.read_bytes())
    return told.hexdigest()[:24]


def _usable(kept: Path) -> bool:
    """There, and nobody else's: what others may write we do not load."""
    try:
        folder, file = kept.parent.stat(), kept.stat()
    except FileNotFoundError:
        return False
    return folder.st_uid == file.st_uid == os.getuid() and not (folder.st_mode & 0o022)


def _keep(opened: Any, kept: Path) -> None:
    if kept.parent.stat().st_uid != os.getuid():
        return
    for old in sorted(kept.parent.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        old.unlink(missing_ok=True)
    handle, made = tempfile.mkstemp(dir=kept.parent)
    os.close(handle)
    target = sqlite3.connect(made)
    try:
        opened.backup(target)
    finally:
        target.close()
    Path(made).replace(kept)
