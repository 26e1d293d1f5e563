"""What only a demo, or a test, may do to books, and to leases with their keys: empty them. Nobody calls this on a database that is
somebody's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, transaction

TABLES = (
    "ledger_posting", "ledger_entry", "ledger_periodact", "ledger_budgetmove", "ledger_budgetline", "ledger_account",
    "ledger_period", "ledger_fund",
)  # fmt: skip
#: Every table whose rows the database itself keeps.
KEPT = (*TABLES, "tenancy_accessgrant", "tenancy_lease")


def _switch(word: str, cursor: Any) -> None:
    # no table is altered while checks of this transaction wait for its end
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for table in KEPT:
        cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")


@contextmanager
def unguarded() -> Iterator[None]:
    """The database without its guards, as its administrator could have it; they are back afterwards."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            _switch("DISABLE", cursor)
            try:
                yield
            finally:
                _switch("ENABLE", cursor)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({', '.join(['%s'] * len(KEPT))})", KEPT
        )  # fmt: skip
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            yield
        finally:
            for _, sql in triggers:
                cursor.execute(sql)


def _resting_on_kept() -> list[str]:
    """Tables whose rows name something that is kept, or something that does: what CASCADE would take along."""
    found, grown = set(KEPT), True
    while grown:
        before = len(found)
        for model in apps.get_models(include_auto_created=True):
            fields = model._meta.concrete_fields
            if any(f.related_model is not None and f.related_model._meta.db_table in found for f in fields):
                found.add(model._meta.db_table)
        grown = len(found) > before
    return sorted(found - set(KEPT))


def wipe_books() -> None:
    """Remove all books and leases for good, and what rests on them; the tables refuse it to everybody else."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM ledger_fund) OR EXISTS (SELECT 1 FROM ledger_period)"
                " OR EXISTS (SELECT 1 FROM tenancy_lease)"
            )
            if not cursor.fetchone()[0]:
                return
        with unguarded(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"TRUNCATE {', '.join(KEPT)} CASCADE")
                return
            for table in (*_resting_on_kept(), *KEPT):
                cursor.execute(f"DELETE FROM {table}")
