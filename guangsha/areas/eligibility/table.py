"""The facts of many households as one table, for the compiled SELECT of a programme.

The table lives in memory only, as whole numbers without a name or a number of a person. What it costs is reading the files;
the SELECT over 45,000 rows takes milliseconds (docs/algorithms/policy.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import itemgetter
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from guangsha.areas.eligibility.families import known_families
from guangsha.kernel.errors import InputError
from guangsha.policy.batch import KEY, Compiled, compile_batch, refuse_outside
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.household import Family, Lease, facts_of
from guangsha.policy.parameters import ParameterBook, ParameterValue
from guangsha.policy.programme import Outcome, Programme

#: Stands for "unknown" in the columns; below the bounds of every fact.
_UNKNOWN = np.iinfo(np.int64).min
_NAMES = tuple(FACT_KINDS)
_VALUES = itemgetter(*_NAMES)
#: Rows that are packed at a time: millions of small objects slow everything down.
PACK = 2000
_LOW = np.array([kind.low for kind in FACT_KINDS.values()], dtype=np.int64)
_HIGH = np.array([kind.high for kind in FACT_KINDS.values()], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the policy proposes for one household, without its trace: outcome, type, reasons as masks, amount per month."""

    outcome: Outcome
    matched: int
    chosen: int
    failed: int
    unknown: int
    amount_fen: int


@dataclass(frozen=True)
class FactsTable:
    """The facts of households on a day.

    Attributes:
        keys: the households, in order.
        values: one row for each, one column for each of ``facts.FACT_KINDS``; 64-bit, a sentinel for unknown.
        unusable: households that the rules cannot hold, with the reason in a sentence.
    """

    on: date
    keys: npt.NDArray[np.int64]
    values: npt.NDArray[np.int64]
    unusable: Mapping[int, str]

    @cached_property
    def digest(self) -> str:
        """Changes with any fact of any household (SHA-256 over the day and the columns)."""
        unusable = repr(sorted(self.unusable.items()))
        return hashlib.sha256(
            b"|".join((self.on.isoformat().encode(), self.keys.astype("<i8").tobytes(),
                       np.ascontiguousarray(self.values.astype("<i8")).tobytes(), unusable.encode()))
        ).hexdigest()  # fmt: skip

    def row(self, place: int) -> dict[str, int | None]:
        """The facts of the household at a place, as ``decide`` takes them."""
        return {
            name: None if value == _UNKNOWN else int(value)
            for name, value in zip(_NAMES, self.values[place].tolist(), strict=True)
        }

    def rows_of(self, households: Collection[int]) -> Iterator[tuple[int, dict[str, int | None]]]:
        """The facts of some of the households."""
        for household in households:
            place = int(np.searchsorted(self.keys, household))
            if place < len(self.keys) and self.keys[place] == household:
                yield household, self.row(place)

    def nullable(self) -> tuple[str, ...]:
        """The facts that are unknown somewhere: with fewer of them the SELECT is faster."""
        where = (self.values == _UNKNOWN).any(axis=0)
        return tuple(name for name, some in zip(_NAMES, where.tolist(), strict=True) if some)

    def propose(
        self,
        programme: Programme,
        region: str,
        on: date | None = None,
        *,
        book: ParameterBook | None = None,
        overrides: Mapping[str, ParameterValue] | None = None,
    ) -> dict[int, Proposal]:
        """What ``programme`` proposes for every household of the table: the same as deciding them one by one.

        Args:
            on: the day whose parameters count; the day of the facts without one.

        Raises:
            RuleMissing: a parameter that some household would need is not in force.
        """
        compiled = compile_batch(
            programme, region, on or self.on, table="facts", book=book, overrides=overrides,
            nullable=self.nullable(),
        )  # fmt: skip
        if not len(self.keys):
            return {}
        with duckdb.connect(config={"temp_directory": "", "threads": 2}) as connection:
            self._load(connection, compiled)
            # cannot happen, since such households were set aside; the SELECT is only right within the bounds
            refuse_outside(compiled.facts, connection.execute(compiled.check).fetchall()[0])
            found = connection.execute(compiled.select).fetchall()
        return {row[0]: Proposal(Outcome(row[1]), *row[2:]) for row in found}

    def _load(self, connection: Any, compiled: Compiled) -> None:
        """The columns that the SELECT reads, in an unnamed database in memory."""
        given: dict[str, Any] = {KEY: self.keys}
        given |= {
            name: np.ascontiguousarray(self.values[:, place])
            for place, name in enumerate(_NAMES)
            if name in compiled.facts
        }
        connection.register("given", given)
        columns = ", ".join(
            f'nullif("{name}", {_UNKNOWN}){" = 1" if FACT_KINDS[name].flag else ""} AS "{name}"'
            for name in compiled.facts
        )
        connection.execute(
            f"CREATE TABLE facts AS SELECT {KEY}{', ' + columns if columns else ''} FROM given"
        )
        connection.unregister("given")


def facts_table(
    households: Collection[int],
    on: date,
    *,
    leases: Mapping[int, Lease] | None = None,
    book: ParameterBook | None = None,
) -> FactsTable:
    """The facts of these households on a day. Files that are not there are left out.

    Raises:
        RuleMissing: the region does not say how old a declaration may be, or who is of working age.
    """
    known = known_families(households, on, leases=leases, book=book, explain=False)
    return table_of(((key, one.family) for key, one in known), on)


def table_of(families: Iterable[tuple[int, Family]], on: date) -> FactsTable:
    """The facts of families that are in hand, in ascending order of their keys."""
    keys: list[int] = []
    rows: list[Sequence[int]] = []
    packed: list[npt.NDArray[np.int64]] = []
    unusable: dict[int, str] = {}
    for key, family in families:
        try:
            facts = facts_of(family, on)
        except InputError as fault:
            unusable[key] = str(fault)
            continue
        keys.append(key)
        rows.append([_UNKNOWN if value is None else value for value in _VALUES(facts)])
        if len(rows) == PACK:
            packed.append(np.array(rows, dtype=np.int64))
            rows = []
    packed.append(np.array(rows, dtype=np.int64).reshape(len(rows), len(_NAMES)))
    values = np.concatenate(packed)
    found = np.array(keys, dtype=np.int64)
    outside = ((values < _LOW) | (values > _HIGH)) & (values != _UNKNOWN)
    wrong = outside.any(axis=1)
    for place in np.flatnonzero(wrong).tolist():
        names = "、".join(FACT_KINDS[_NAMES[n]].title for n in np.flatnonzero(outside[place]).tolist())
        unusable[int(found[place])] = f"“{names}”超出可能的范围，请更正档案。"
    return FactsTable(on, found[~wrong], values[~wrong], unusable)
