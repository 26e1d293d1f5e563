"""The database keeps the books: balance, numbers, chain, months, budget ceilings, nothing changed and nothing removed.

The rules are SQL, one file for each database; ``docs/algorithms/ledger.md`` says them in words. A later step that lets Django
remake one of these tables on SQLite loses its triggers and must make them again; a test counts them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import migrations

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


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(guard, elidable=False)]
