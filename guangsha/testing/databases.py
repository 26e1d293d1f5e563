"""Databases that a test makes for processes of its own, and what several tests of a file find in theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

T = TypeVar("T")


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


@contextmanager
def connected() -> Iterator[None]:
    """Answers are closed and the connection stays. A server closes it after an answer, and so does ``answer.close()`` in a test:
    on PostgreSQL that would end the test's transaction, and every request after it fails."""
    own: Any = connections[DEFAULT_DB_ALIAS]
    # on the connection: the client of tests connects Django's signal anew with every request
    own.close_if_unusable_or_obsolete = lambda: None
    try:
        yield
    finally:
        del own.close_if_unusable_or_obsolete


@contextmanager
def standing(blocker: Any, build: Callable[[], T]) -> Iterator[T]:
    """What ``build`` writes stands in the database until the end of the block: built once, read by every test of a file.

    For a fixture of the scope ``module``; ``blocker`` is its ``django_db_blocker``. What a test itself writes goes after it as
    always. A file that uses it has no test with ``transaction=True``: that would wait for this one's end.
    """
    with blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
    try:
        with blocker.unblock():
            made = build()
        yield made
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)
