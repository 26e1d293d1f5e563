"""The database keeps a way in for every household that lives somewhere.

The rules are SQL, one file for each database; ``docs/algorithms/access.md`` says them in words. A later step that lets Django remake
one of the two tables on SQLite loses its triggers and must make them again; a test looks for them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def statements(vendor: str) -> list[str]:
    """The statements for one kind of database."""
    return (SQL / f"0003_doors.{vendor}.sql").read_text(encoding="utf-8").split("\n--;;\n")


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
    dependencies = [("tenancy", "0002_registration_and_court")]
    operations = [migrations.RunPython(guard, unguard, elidable=False)]
