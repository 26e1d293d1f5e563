"""Start Django for a verb that needs the database."""

from __future__ import annotations

import os

from guangsha.kernel.errors import InputError


def load_django() -> None:
    """Load the settings and the models; the database is not asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guangsha.config.settings")
    import django

    django.setup()


def start_django(*, migrate: bool = False) -> None:
    """Load the settings and the models, and see that the tables are there.

    Args:
        migrate: bring an embedded database (SQLite) up to date here; one on a server is its administrator's.

    Raises:
        InputError: the database cannot be reached, or its tables are not up to date.
    """
    missing = pending_migrations()
    from django.db import connection

    if migrate and connection.vendor == "sqlite":
        from guangsha.cli.upgrading import upgrade

        upgrade()
    elif missing:
        raise InputError(
            f"数据库还有 {len(missing)} 个升级步骤没有执行", advice="请先运行 guangsha migrate 。"
        )


def pending_migrations() -> list[str]:
    """The steps that the tables still lack, in their order.

    Raises:
        InputError: the database cannot be reached.
    """
    load_django()
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise InputError(
            "无法连接数据库", where="DATABASE_URL", advice="请检查数据库是否启动、地址是否正确。"
        ) from error
    return [f"{migration.app_label} {migration.name}" for migration, _ in missing]
