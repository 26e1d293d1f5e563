"""Databases that a test makes for processes of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


@contextmanager
def database_of_its_own(folder: Path, name: str) -> Iterator[str]:
    """The address of an empty database of the kind that the tests run on; gone afterwards."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / f'{name}.sqlite3'}"
        return
    given = connection.settings_dict
    whole = f"{given['NAME']}_{name}"

    def run(*statements: str) -> None:
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    drop = f'DROP DATABASE IF EXISTS "{whole}" WITH (FORCE)'
    run(drop, f'CREATE DATABASE "{whole}"')
    user = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    try:
        yield f"postgresql://{user}@{given['HOST']}:{given['PORT'] or 5432}/{whole}"
    finally:
        run(drop)
