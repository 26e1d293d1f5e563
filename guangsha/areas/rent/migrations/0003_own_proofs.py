"""Each payment that was confirmed before gets a check code of its own: a column's default is one value for all rows that stand."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import migrations

SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
BATCH = 2000


def renew(apps: Any, schema_editor: Any) -> None:
    """Codes by chance, in batches; doing it again gives other codes."""
    keys = list(apps.get_model("rent", "Receipt")._base_manager.order_by("pk").values_list("pk", flat=True))
    with schema_editor.connection.cursor() as cursor:
        for start in range(0, len(keys), BATCH):
            cursor.executemany(
                "UPDATE rent_receipt SET proof = %s WHERE id = %s",
                [
                    ("".join(secrets.choice(SIGNS) for _ in range(8)), key)
                    for key in keys[start : start + BATCH]
                ],
            )


class Migration(migrations.Migration):
    dependencies = [("rent", "0002_letters_and_proofs")]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
