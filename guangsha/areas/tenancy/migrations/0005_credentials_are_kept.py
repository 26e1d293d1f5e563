"""The database keeps the credentials of a lease, and a lease under which somebody lives, until the lease is over.

Stopping the last key is refused since 0003; here removing it is refused too, on every way: the row, its lease, the table. The rules
are SQL, one file for each database; what 0003 says of tables that Django remakes on SQLite holds here as well.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def statements(vendor: str) -> list[str]:
    """The statements for one kind of database."""
    return (SQL / f"0005_kept.{vendor}.sql").read_text(encoding="utf-8").split("\n--;;\n")


def guard(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        for statement in statements(schema_editor.connection.vendor):
            cursor.execute(statement)


def unguard(apps: Any, schema_editor: Any) -> None:
    """Take the rules away with the tables."""
    vendor = schema_editor.connection.vendor
    text = "\n".join(statements(vendor))
    kind, ending = ("FUNCTION", " CASCADE") if vendor == "postgresql" else ("TRIGGER", "")
    with schema_editor.connection.cursor() as cursor:
        for name in re.findall(rf"^CREATE {kind} (\w+)", text, re.MULTILINE):
            cursor.execute(f"DROP {kind} {name}{ending}")


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0004_words_of_exits")]
    operations = [migrations.RunPython(guard, unguard, elidable=False)]
