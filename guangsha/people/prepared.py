"""Queries of the busiest pages, put into SQL once.

Building a query costs Django several times what the database needs to answer it. A :class:`Prepared` builds it once for each
shape of its values, with a stand-in for every value, and from then on only fills the values in. The query itself, and with it
every rule of access, stays an ordinary ``QuerySet`` written in one place::

    _ROWS = Prepared(lambda account, today: Appointment.objects.filter(account_id=account, ended_on__gte=today))
    _ROWS(7, date(2026, 3, 2))

A value that decides the shape of the query (a flag, a role, an optional filter) is not asked for in SQL: give it as ``shape``.

PostgreSQL keeps what a connection asks again (:mod:`guangsha.people.kept_statements`): it neither reads nor plans it anew.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, get_related_populators

from guangsha.people import kept_statements
from guangsha.people.kept_statements import Statement

#: More shapes than this are not kept: a query with that many is not one query, and memory is bounded.
SHAPES_MAX = 256
#: Stand-ins: what no query asks for by itself. Columns of whole numbers hold at least 32 bits.
_FAR_NUMBER = 2_000_000_000
_FAR = date(9000, 1, 1)
_FAR_MOMENT = datetime(9000, 1, 1, tzinfo=UTC)
_MARK = re.compile("\ue000[0-9]+\ue000")


@dataclass(frozen=True, slots=True)
class Asked:
    """A prepared query with its values, to be asked together with others; ``number``: only how many rows there are."""

    query: Prepared
    values: tuple[Any, ...]
    shape: tuple[Hashable, ...] = ()
    number: bool = True


class Along(Protocol):
    """Questions of somebody else, to be answered in the same message: what the frame of a page asks, beside the page itself."""

    @property
    def asked(self) -> Sequence[Asked]: ...

    def tell(self, answers: Sequence[Any]) -> None:
        """What each of them gives."""


def fetch_together(asked: Sequence[Asked], along: Along | None = None) -> list[Any]:
    """What each of several queries would give by itself: its rows, or their number.

    Each question is a way to the database and back, and of a short query that costs several times what finding the rows does.
    PostgreSQL is told all of them in one message and answers in one; an embedded database is asked for all numbers at once.
    """
    if along is not None:
        answers = fetch_together([*asked, *along.asked])
        along.tell(answers[len(asked) :])
        return answers[: len(asked)]
    own = _own()
    compiled = [(one, one.query._compiled(own, one.values, one.shape)) for one in asked]
    told = [(one, each) for one, each in compiled if each.sql]
    found = iter(_in_one_message(own, told) if _takes_several(own) else _one_by_one(own, told))
    return [next(found) if each.sql else 0 if one.number else [] for one, each in compiled]


def _in_one_message(own: BaseDatabaseWrapper, told: Sequence[tuple[Asked, _Compiled]]) -> Iterator[Any]:
    if not told:
        return
    with own.cursor() as cursor:
        asked = [(each.statement(own, number=one.number), each.filled(own, one.values)) for one, each in told]
        kept_statements.ask(cursor, own, asked)
        for place, (one, each) in enumerate(told):
            if place:
                cursor.nextset()
            yield int(cursor.fetchone()[0]) if one.number else each.made(cursor.fetchall())


def _one_by_one(own: BaseDatabaseWrapper, told: Sequence[tuple[Asked, _Compiled]]) -> Iterator[Any]:
    counted = [(one, each) for one, each in told if one.number]
    if len(counted) > 1:
        columns = ", ".join(f"({each.counting})" for _, each in counted)
        with own.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns}",
                [value for one, each in counted for value in each.filled(own, one.values)],
            )
            numbers = iter(cursor.fetchone())
    else:
        numbers = (each.count(own, one.values) for one, each in counted)
    for one, each in told:
        yield int(next(numbers)) if one.number else each.rows(own, one.values)


def _own() -> BaseDatabaseWrapper:
    """The connection of this thread, looked up once for a question: ``django.db.connection`` looks it up at every use."""
    return connections[DEFAULT_DB_ALIAS]


def _takes_several(own: BaseDatabaseWrapper) -> bool:
    """Whether a message may hold several statements: PostgreSQL's driver fills the values in itself, unless told not to."""
    return own.vendor == "postgresql" and not own.settings_dict["OPTIONS"].get("server_side_binding")


class Prepared:
    """One query and its values. ``build(*values, *shape)`` gives the ``QuerySet``; it must not look into a value.

    Values are whole numbers, texts, days, moments, and sets of whole numbers or texts; ``None`` and truth values belong to the
    shape. Calling gives what the ``QuerySet`` would: tuples for ``values_list``, objects otherwise.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        # compiled for a connection, which belongs to one thread
        self._kept: WeakKeyDictionary[Any, dict[Hashable, _Compiled]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def __call__(self, *values: Any, shape: tuple[Hashable, ...] = ()) -> list[Any]:
        """The rows."""
        own = _own()
        return self._compiled(own, values, shape).rows(own, values)

    def first(self, *values: Any, shape: tuple[Hashable, ...] = ()) -> Any:
        """The first row, or None; the query bounds itself (``[:1]``) or is unique."""
        found = self(*values, shape=shape)
        return found[0] if found else None

    def count(self, *values: Any, shape: tuple[Hashable, ...] = ()) -> int:
        """How many rows there are; a query that is sliced counts no further."""
        own = _own()
        return self._compiled(own, values, shape).count(own, values)

    def asks(self, *values: Any, shape: tuple[Hashable, ...] = ()) -> Asked:
        """The same, to be counted later together with others."""
        return Asked(self, values, shape)

    def wants(self, *values: Any, shape: tuple[Hashable, ...] = ()) -> Asked:
        """The rows, to be fetched later together with others (:func:`fetch_together`)."""
        return Asked(self, values, shape, number=False)

    def _compiled(
        self, own: BaseDatabaseWrapper, values: Sequence[Any], shape: tuple[Hashable, ...]
    ) -> _Compiled:
        kept = self._kept.get(own)
        if kept is None:
            with self._lock:
                kept = self._kept.setdefault(own, {})
        key = (shape, *(_shape_of(value) for value in values))
        found = kept.get(key)
        if found is None:
            if len(kept) >= SHAPES_MAX:
                kept.clear()
            found = kept[key] = _Compiled(self._build, own, values, shape)
        return found


class _Compiled:
    """The SQL of one shape on one connection (empty: nothing can be found), and where each value goes."""

    def __init__(
        self,
        build: Callable[..., QuerySet[Any, Any]],
        own: BaseDatabaseWrapper,
        values: Sequence[Any],
        shape: tuple[Hashable, ...],
    ) -> None:
        stands: list[Any] = []
        rows = build(*(_stand_in(value, stands) for value in values), *shape)
        self._objects = rows._iterable_class is ModelIterable
        self._compiler = compiler = rows.query.get_compiler(own.alias)
        try:
            self.sql, given = compiler.as_sql()
        except EmptyResultSet:  # an empty set, or nothing within reach: the database need not be asked
            self.sql = ""
            return
        self.counting = f"SELECT COUNT(*) FROM ({self.sql}) counted"
        places = {_adapted(own, stand): number for number, stand in enumerate(stands)}
        self._given = given
        self._places = [_place(value, places) for value in given]
        self._statements: dict[bool, Statement] = {}
        lost = set(range(len(stands))) - {place for place, _ in self._places}
        if lost:
            raise ValueError(f"the query looks into a value instead of passing it on: {rows.query}")
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        self._converters = converters = compiler.get_converters(columns)
        compiler.get_converters = lambda _: converters
        if self._objects:
            self._make = _maker(compiler, own.alias)

    def rows(self, own: BaseDatabaseWrapper, values: Sequence[Any]) -> list[Any]:
        """The rows for these values."""
        if not self.sql:
            return []
        with own.cursor() as cursor:
            self._ask(cursor, own, values, number=False)
            return self.made(cursor.fetchall())

    def made(self, found: Iterable[Any]) -> list[Any]:
        """What the database told, as the query gives it."""
        if self._converters:
            found = self._compiler.apply_converters(found, self._converters)
        return list(map(self._make if self._objects else tuple, found))

    def count(self, own: BaseDatabaseWrapper, values: Sequence[Any]) -> int:
        """The number of rows for these values."""
        if not self.sql:
            return 0
        with own.cursor() as cursor:
            self._ask(cursor, own, values, number=True)
            return int(cursor.fetchone()[0])

    def _ask(
        self, cursor: CursorWrapper, own: BaseDatabaseWrapper, values: Sequence[Any], *, number: bool
    ) -> None:
        if own.vendor == "postgresql":
            kept_statements.ask(cursor, own, [(self.statement(own, number=number), self.filled(own, values))])
        else:
            cursor.execute(self.counting if number else self.sql, self.filled(own, values))

    def statement(self, own: BaseDatabaseWrapper, *, number: bool) -> Statement:
        """What PostgreSQL is asked for the rows, or for their number, in the form in which it may keep it."""
        found = self._statements.get(number)
        if found is None:
            # what is filled in by the same rule from the same value is one argument
            varying = [None if place < 0 else (place, made) for place, made in self._places]
            found = self._statements[number] = Statement(
                own, self.counting if number else self.sql, self._given, varying
            )
        return found

    def filled(self, own: BaseDatabaseWrapper, values: Sequence[Any]) -> list[Any]:
        """The values where the SQL wants them."""
        flat: list[Any] = []
        for value in values:
            if isinstance(value, frozenset | tuple):
                flat.extend(value)
            else:
                flat.append(_adapted(own, value))
        return [made if place < 0 else made(flat[place]) for place, made in self._places]


def _maker(compiler: Any, alias: str) -> Callable[[Sequence[Any]], Any]:
    """What makes an object of a row, with the objects that come with it: as ``ModelIterable`` does, but worked out once."""
    known, extra = compiler.klass_info, list((compiler.annotation_col_map or {}).items())
    fields = known["select_fields"]
    first, last = fields[0], fields[-1] + 1
    names = [compiler.select[place][0].target.attname for place in range(first, last)]
    model = known["model"]
    related = get_related_populators(known, compiler.select, alias)  # type: ignore[call-arg]

    def make(row: Sequence[Any]) -> Any:
        one = model.from_db(alias, names, row[first:last])
        for populate in related:
            populate.populate(row, one)
        for name, place in extra:
            setattr(one, name, row[place])
        return one

    return make


def _place(given: Any, places: Mapping[Any, int]) -> tuple[int, Any]:
    """Which value goes where ``given`` stands (-1: none, it is fixed), and how the driver wants it."""
    found = places.get(given, -1) if isinstance(given, int | str | date) else -1
    if found >= 0:
        # a driver may wrap numbers in types of its own: what is filled in is wrapped alike
        return found, type(given) if isinstance(given, int) else _itself
    marked = _MARK.search(given) if isinstance(given, str) else None
    if marked is None:
        return -1, given
    before, after = given[: marked.start()], given[marked.end() :]
    return places[marked[0]], lambda text: f"{before}{_own().ops.prep_for_like_query(text)}{after}"


def _itself(value: Any) -> Any:
    return value


def _shape_of(value: Any) -> Hashable:
    if isinstance(value, frozenset | tuple):
        first = next(iter(value), None)
        return len(value), type(first)
    kind: type = type(value)
    if kind not in (int, str, date, datetime):
        raise TypeError(f"not a value of a prepared query: {value!r}")
    return kind


def _stand_in(value: Any, stands: list[Any]) -> Any:
    """Something of the same type that no query contains by itself, for every single value."""
    if isinstance(value, frozenset | tuple):
        return type(value)([_stand_in(item, stands) for item in value])
    number = len(stands)
    stand: Any
    if isinstance(value, int):
        stand = _FAR_NUMBER + number
    elif isinstance(value, datetime):
        stand = _FAR_MOMENT + timedelta(days=number)
    elif isinstance(value, date):
        stand = _FAR + timedelta(days=number)
    else:
        stand = f"\ue000{number}\ue000"
    stands.append(stand)
    return stand


def _adapted(own: BaseDatabaseWrapper, value: Any) -> Any:
    """A value as the database is given it."""
    if isinstance(value, datetime):
        return own.ops.adapt_datetimefield_value(value)
    return own.ops.adapt_datefield_value(value) if isinstance(value, date) else value
