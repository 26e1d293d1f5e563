"""The database keeps the books: balance, numbers, chain, months, budget ceilings, nothing changed and nothing removed.

The rules are SQL, one file for each database; ``docs/algorithms/ledger.md`` says them in words. A later step that lets Django
remake one of these tables on SQLite loses its triggers and must make them again; a test counts them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.db import migrations
from django.db.migrations.exceptions import IrreversibleError

SQL = Path(__file__).parent / "sql"


def statements(vendor: str) -> list[str]:
    """The statements for one kind of database."""
    return (SQL / f"0002_guards.{vendor}.sql").read_text(encoding="utf-8").split("\n--;;\n")


def guard(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The seal finds every account, line and month that an entry names, and none of them can be removed; the pair
            # (entry_id, lines) refers to the entry. Six look-ups an entry that say the same once more are left out.
            for table, kept in (("ledger_posting", ()), ("ledger_entry", ("ledger_entry",))):
                for name, constraint in connection.introspection.get_constraints(cursor, table).items():
                    if constraint["foreign_key"] and constraint["foreign_key"][0] not in kept:
                        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for statement in statements(connection.vendor):
            cursor.execute(statement)


def unguard(apps: Any, schema_editor: Any) -> None:
    """Take the rules away with the tables, where nothing was ever booked."""
    vendor = schema_editor.connection.vendor
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM ledger_entry LIMIT 1")
        if cursor.fetchone() is not None:
            raise IrreversibleError(
                "账簿里已有分录，不能退回到没有账簿的版本。请从升级前的备份恢复到另一个数据库。"
            )
        text = "\n".join(statements(vendor))
        kind, ending = ("FUNCTION", " CASCADE") if vendor == "postgresql" else ("TRIGGER", "")
        for name in re.findall(rf"^CREATE {kind} (\w+)", text, re.MULTILINE):
            cursor.execute(f"DROP {kind} {name}{ending}")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard, elidable=False)]
