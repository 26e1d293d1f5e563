"""Statements that PostgreSQL keeps for a connection, so that what is asked again is neither read nor planned anew.

Of a short query over several tables, reading and planning cost the database more than finding the rows. A statement that a
connection asks a second time is kept there under a name (``PREPARE``) and from then on asked by it. What never changes in it stays
written out: the database plans for the states and services that are really asked for.

Where a pooler lends connections by the transaction, the name would be somebody else's: with ``GUANGSHA_DATABASE_POOLER`` nothing is
kept.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

#: A statement is kept when it is asked for the time after these: what is asked once costs nothing more.
KEPT_AFTER = 1
#: More are not kept on one connection: each takes some memory of the database.
KEPT_MAX = 300
_HOLE = re.compile("%[s%]")
#: What a whole number is to the database, by the driver's own types; what is not named here is told by where it stands.
_TYPES = {"Int2": "smallint", "Int4": "integer", "Int8": "bigint"}

_SESSIONS: WeakKeyDictionary[Any, _Session] = WeakKeyDictionary()


class Statement:
    """One SQL text (``%s`` for each value) in the form in which it is kept.

    Args:
        given: a value for each ``%s``.
        varying: for each of them what is filled in there, or None where ``given`` stays.
    """

    __slots__ = ("_body", "_types", "order", "plain")

    def __init__(
        self, own: BaseDatabaseWrapper, sql: str, given: Sequence[Any], varying: Sequence[Hashable | None]
    ) -> None:
        self.plain = sql
        #: Of each argument, where among ``given`` it stands first.
        self.order: list[int] = []
        numbers: dict[Hashable, int] = {}
        places = itertools.count()

        def filled(hole: re.Match[str]) -> str:
            if hole[0] == "%%":
                return "%"
            place = next(places)
            what = varying[place]
            if what is None:
                return str(own.ops.compose_sql("%s", [given[place]]))  # type: ignore[attr-defined]
            if what not in numbers:
                self.order.append(place)
                numbers[what] = len(self.order)
            return f"${numbers[what]}"

        self._body = _HOLE.sub(filled, sql)
        self._types = [_type(given[place]) for place in self.order]

    def kept_as(self, name: str) -> str:
        """What tells the database to keep it."""
        types = f" ({', '.join(self._types)})" if self._types else ""
        return f"PREPARE {name}{types} AS {self._body}"

    def asked_as(self, name: str) -> str:
        """What asks for it, with ``%s`` for each argument."""
        return f"EXECUTE {name}({', '.join(['%s'] * len(self.order))})" if self.order else f"EXECUTE {name}"


class _Session:
    """What one connection keeps."""

    def __init__(self) -> None:
        self.names: dict[Statement, str] = {}
        self.uses: dict[Statement, int] = {}
        self.numbers = itertools.count()  # a name is never used twice, also after a failure

    def forget(self) -> None:
        self.names.clear()
        self.uses.clear()


def may_keep(own: BaseDatabaseWrapper) -> bool:
    """Whether this connection keeps statements. It does not for somebody who looks at what is asked: they are shown the whole."""
    return (
        own.vendor == "postgresql"
        and not own.queries_logged
        and not own.execute_wrappers
        and not own.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]
    )


def ask(
    cursor: CursorWrapper, own: BaseDatabaseWrapper, asked: Sequence[tuple[Statement, list[Any]]]
) -> None:
    """Ask for several statements in one message; each value list answers every ``%s`` of its statement.

    A statement that the connection lost, or whose tables were changed, is asked for in full once more; so is one that the database
    does not want to keep.
    """
    session = _SESSIONS.setdefault(own.connection, _Session()) if may_keep(own) else None
    if session is None:
        _in_full(cursor, asked)
        return
    try:
        _keep(cursor, session, (one for one, _ in asked))
        _by_name(cursor, session, asked)
    except DatabaseError:
        session.forget()
        if own.in_atomic_block:
            raise
        _in_full(cursor, asked)


def _keep(cursor: CursorWrapper, session: _Session, asked: Iterable[Statement]) -> None:
    """Have those kept that are asked again."""
    fresh: dict[Statement, str] = {}
    for one in asked:
        if one in session.names or one in fresh:
            continue
        uses = session.uses[one] = session.uses.get(one, 0) + 1
        if uses > KEPT_AFTER:
            fresh[one] = f"guangsha_{next(session.numbers)}"
    if len(session.uses) > KEPT_MAX:
        cursor.execute("DEALLOCATE ALL")
        session.forget()
    elif fresh:
        cursor.execute("; ".join(one.kept_as(name) for one, name in fresh.items()))
        session.names.update(fresh)


def _by_name(cursor: CursorWrapper, session: _Session, asked: Sequence[tuple[Statement, list[Any]]]) -> None:
    text: list[str] = []
    values: list[Any] = []
    for one, given in asked:
        name = session.names.get(one)
        text.append(one.plain if name is None else one.asked_as(name))
        values.extend(given if name is None else (given[place] for place in one.order))
    cursor.execute("; ".join(text), values)


def _in_full(cursor: CursorWrapper, asked: Sequence[tuple[Statement, list[Any]]]) -> None:
    cursor.execute("; ".join(one.plain for one, _ in asked), [value for _, given in asked for value in given])


def _type(given: Any) -> str:
    if isinstance(given, datetime):
        return "timestamptz"
    return "date" if isinstance(given, date) else _TYPES.get(type(given).__name__, "unknown")
