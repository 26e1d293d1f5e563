"""Properties try few examples on every change, the same ones each time; ``make wide`` tries all, and others (testing/effort.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from guangsha.testing.effort import USUAL, WIDE, examples

# Everyday runs try the same examples each time, so that a change is what breaks them; wide runs draw others. How long an
# example takes says something of the machine only.
settings.register_profile(
    "everyday or wide", max_examples=examples(USUAL), derandomize=not WIDE, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("everyday or wide")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL drops no database that the thread of a stopped server still has open: such sessions end first."""
    yield
    from django.db import connection

    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
