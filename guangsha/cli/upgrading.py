"""Make or upgrade the tables so that a process killed at any moment leaves a database from which the next one goes on.

Django writes down that a step was done after the step is committed: a process killed in between leaves tables that the next
run would make once more, and fails. Here a step and its record are one transaction. Of several processes that start at once
one upgrades and the others wait for it; the lock goes with the process that held it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration

#: The number of the lock on a PostgreSQL server: any that nobody else uses.
_LOCK = 720_513_041
#: Called before each step with its number and its name.
Progress = Callable[[int, str], None]


class WholeSteps(MigrationExecutor):
    """A step and the record of it are committed together."""

    def apply_migration(
        self, state: Any, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> Any:
        """Apply one step."""
        if not migration.atomic:
            return super().apply_migration(state, migration, fake, fake_initial)
        # SQLite takes no change of its foreign keys inside a transaction; its schema editor asks for them to be off
        with connection.constraint_checks_disabled(), transaction.atomic():
            return super().apply_migration(state, migration, fake, fake_initial)


def upgrade(progress: Progress | None = None) -> int:
    """Apply every pending step; how many there were.

    Raises:
        django.db.DatabaseError: a step failed; those before it stand.
    """
    number = 0

    def told(action: str, migration: Any = None, fake: bool = False) -> None:
        nonlocal number
        if action == "apply_start":
            number += 1
            if progress is not None:
                progress(number, f"{migration.app_label} {migration.name}")

    with _alone():
        executor = WholeSteps(connection, told)  # type: ignore[arg-type]
        executor.migrate(executor.loader.graph.leaf_nodes())
        if number or _unfinished():
            emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    return number


def _unfinished() -> bool:
    """Whether an earlier run was broken off after its last step: the names of all models are written down after it."""
    from django.apps import apps
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType

    return ContentType.objects.count() < len(apps.get_models()) or not Permission.objects.exists()


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else upgrades this database meanwhile."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        return
    folder = Path(settings.GUANGSHA_DATA)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".upgrade.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
