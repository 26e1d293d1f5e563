"""A kept connection is tried before a page uses it, and asked only when looking at it does not tell."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from guangsha.config.postgresql import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept() -> Any:
    """The connection of a page that was answered, as the next page finds it."""
    if connection.vendor != "postgresql":
        pytest.skip("只有 PostgreSQL 的连接会被对方断开")
    connection.ensure_connection()
    connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    yield connection
    connection.close()


def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """How often the database is really asked."""
    times: list[bool] = []
    monkeypatch.setattr(
        base.PostgreSQL, "is_usable", lambda self: times.append(True) or not self.connection.closed
    )
    return times


def test_a_connection_that_answered_just_now_is_not_asked(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    times = asked(monkeypatch)
    assert kept.is_usable() and times == []


def test_one_that_was_quiet_for_long_is_asked(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    times = asked(monkeypatch)
    monkeypatch.setattr(kept, "_answered", kept._answered - base.ANSWERED_SECONDS)
    assert kept.is_usable() and times == [True]


def test_one_that_the_server_ended_is_replaced_before_a_page_uses_it(kept: Any) -> None:
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ended,) = cursor.fetchone()
    with psycopg.connect(
        **{**kept.get_connection_params(), "cursor_factory": psycopg.Cursor, "context": None}
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    kept.health_check_done = False
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != ended
