"""Many rows of a table changed in one statement.

Django's ``bulk_update`` writes one CASE per column over every row of the batch: building it costs more than anything else that a run
over a district does, and the database compares each row with every other. Here PostgreSQL is given one array per column, and SQLite
one prepared statement for all rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

#: Rows sent to PostgreSQL at once: arrays of some hundred kilobytes.
CHUNK = 5000
#: Columns that hold what they are given. A sealed column is none of them: its index would be left behind.
_PLAIN: frozenset[type[Any]] = frozenset({
    models.BigIntegerField, models.IntegerField, models.PositiveIntegerField, models.PositiveSmallIntegerField, models.CharField,
    models.DateField, models.DateTimeField, models.ForeignKey,
})  # fmt: skip


def save_columns(rows: Iterable[models.Model], names: Sequence[str]) -> None:
    """Save these columns of rows of one model that were saved before, as they stand on the objects; no signal is sent.

    Raises:
        TypeError: a column that is not a plain one.
    """
    given = list(rows)
    if not given:
        return
    meta, quote = given[0]._meta, connection.ops.quote_name
    fields: list[Any] = [meta.get_field(name) for name in names]
    if odd := [field.name for field in fields if type(field) not in _PLAIN]:
        raise TypeError(f"not plain columns: {', '.join(odd)}")
    assert meta.pk is not None
    columns = [*fields, meta.pk]
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in columns]
        for row in given
    ]
    table, key = quote(meta.db_table), quote(str(meta.pk.column))
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(f"{quote(field.column)} = %s" for field in fields)
            cursor.executemany(f"UPDATE {table} SET {marks} WHERE {key} = %s", values)
            return
        arrays = ", ".join(f"%s::{field.rel_db_type(connection) if field.primary_key else field.db_type(connection)}[]" for field in columns)  # fmt: skip
        sets = ", ".join(f"{quote(field.column)} = given.c{place}" for place, field in enumerate(fields))
        heads = ", ".join(f"c{place}" for place in range(len(columns)))
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            cursor.execute(
                f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS given({heads}) WHERE {table}.{key} = given.c{len(fields)}",
                [list(column) for column in zip(*part, strict=True)],
            )
