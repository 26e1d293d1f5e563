"""Metrics: one named function for each figure that records can prove.

An area declares its metrics in its ``metrics.py``. A metric selects records; the value follows from them by one of the
folds below and by nothing else, so that whoever opens a figure years later can add it up again::

    @metric("ledger.executed", 1, label="预算执行数", definition="…", unit="fen", records="分录", fold="sum",
            parameters=(Parameter("nature", "支出性质"),))
    def executed(scope: Scope) -> Iterator[Record]: ...

How a record is shown to somebody who may see it is declared beside it (:func:`rows`). Nothing here knows a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guangsha.kernel.errors import InputError
from guangsha.kernel.hashing import digest_of_ids
from guangsha.kernel.measures import UNITS, Unit
from guangsha.kernel.numbers import half_up_ratio, round_to


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """One record that a metric counts.

    Attributes:
        id: kind and key: ``ledger.posting:17.2``; the kind names who shows it (:func:`rows`).
        amount: what it adds, a whole number: fen for money, 1 for a count, 0 or 1 for a share.
        of: its part of the whole where the fold is a share.
    """

    id: str
    amount: int
    of: int = 1

    @property
    def kind(self) -> str:
        return self.id.partition(":")[0]

    @property
    def key(self) -> str:
        return self.id.partition(":")[2]

    @property
    def place(self) -> tuple[object, ...]:
        """Where it stands in a list for a person: by kind, then by the numbers of its key."""
        return (
            self.kind,
            tuple(int(part) if part.isdecimal() else 0 for part in self.key.split(".")),
            self.key,
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What a metric is asked for: whose records, which year, as they were known when, and its parameters."""

    agencies: frozenset[int]
    year: int
    as_of: datetime
    parameters: Mapping[str, str] = field(default_factory=dict)

    def given(self, name: str) -> str:
        """A parameter; empty where it was not given."""
        return self.parameters.get(name, "")

    def codes(self, name: str) -> tuple[str, ...]:
        """A parameter that lists codes: ``30205,30206``."""
        return tuple(code.strip() for code in self.given(name).split(",") if code.strip())


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a metric; ``choices`` are the values it may take, with their Chinese names (empty: any)."""

    name: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    required: bool = False


Fold = Callable[[Sequence[Record], Mapping[str, str]], Fraction | None]


def _share(records: Sequence[Record], _: Mapping[str, str]) -> Fraction | None:
    whole = sum(record.of for record in records)
    return Fraction(100 * sum(record.amount for record in records), whole) if whole else None


def _mean(records: Sequence[Record], _: Mapping[str, str]) -> Fraction | None:
    whole = sum(record.of for record in records)
    return Fraction(sum(record.amount for record in records), whole) if whole else None


def _per_planned(records: Sequence[Record], parameters: Mapping[str, str]) -> Fraction | None:
    planned = Fraction(parameters["planned"])
    return Fraction(100 * len(records)) / planned if planned else None


#: code → (formula in words, how the value follows from the records). None: there is nothing to tell the value from.
FOLDS: dict[str, tuple[str, Fold]] = {
    "sum": ("各记录数额之和", lambda found, _: Fraction(sum(record.amount for record in found))),
    "count": ("记录的个数", lambda found, _: Fraction(len(found))),
    "share": ("各记录数额之和÷各记录基数之和×100%", _share),
    "mean": ("各记录数额之和÷各记录基数之和", _mean),
    "latest": (
        "各记录中最大的一个",
        lambda found, _: Fraction(max(record.amount for record in found)) if found else None,
    ),
    "per_planned": ("记录的个数÷计划数×100%", _per_planned),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A declared metric.

    Attributes:
        id: dotted, area first; version: counted up when the definition changes.
        definition: one Chinese sentence: what is counted, and what is not.
        unit: symbol of the unit of the value (``kernel.measures``); ``fen`` for money, empty for a bare number.
        records: what one record is, in Chinese.
        fold: one of :data:`FOLDS`.
        adds: unit of what a record states where it is not that of the value (a count of households may state their money).
        window: the span that it looks at; all of ours look at a fiscal year.
    """

    id: str
    version: int
    label: str
    definition: str
    unit: str
    records: str
    fold: str
    select: Callable[[Scope], Iterable[Record]]
    parameters: tuple[Parameter, ...] = ()
    adds: str = ""
    window: str = "year"

    @property
    def formula(self) -> str:
        return FOLDS[self.fold][0]

    @property
    def measure(self) -> Unit | None:
        return UNITS[self.unit] if self.unit else None


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric computed once: the exact value in the metric's unit, and the records in the order of their ids."""

    metric: Metric
    scope: Scope
    value: Fraction | None
    records: tuple[Record, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted ids: which records were counted."""
        return digest_of_ids(record.id for record in self.records)[1]

    @property
    def told(self) -> str:
        """The parameters in words: ``支出性质=basic；经济分类=301``."""
        return parameter_words(self.metric, self.scope.parameters)


def parameter_words(metric: Metric, parameters: Mapping[str, str]) -> str:
    """Parameters in words, in the order in which the metric declares them."""
    return "；".join(
        f"{known.label}={known.choices.get(parameters[known.name], parameters[known.name])}"
        for known in metric.parameters
        if parameters.get(known.name)
    )


METRICS: dict[str, Metric] = {}


def metric(
    metric_id: str,
    version: int,
    *,
    label: str,
    definition: str,
    unit: str,
    records: str,
    fold: str,
    parameters: tuple[Parameter, ...] = (),
    adds: str = "",
) -> Callable[[Callable[[Scope], Iterable[Record]]], Callable[[Scope], Iterable[Record]]]:
    """Declare the decorated selection as a metric.

    Raises:
        ValueError: the id is taken, or the fold or the unit is none.
    """
    if metric_id in METRICS or fold not in FOLDS or (unit and unit not in UNITS):
        raise ValueError(f"{metric_id}: taken, or no such fold or unit")
    if fold == "per_planned" and "planned" not in {known.name for known in parameters}:
        raise ValueError(f"{metric_id}: per_planned needs the parameter planned")

    def declare(select: Callable[[Scope], Iterable[Record]]) -> Callable[[Scope], Iterable[Record]]:
        METRICS[metric_id] = Metric(
            metric_id, version, label, definition, unit, records, fold, select, parameters, adds
        )
        return select

    return declare


def find_metric(metric_id: str) -> Metric:
    """A declared metric.

    Raises:
        InputError: nobody declared it.
    """
    found = METRICS.get(metric_id)
    if found is None:
        raise InputError(
            f"没有“{metric_id[:60]}”这个取数指标", advice="请在“取数指标”一览中查找，改成列出的编号。"
        )
    return found


def check_parameters(chosen: Metric, parameters: Mapping[str, str]) -> None:
    """Parameters that the metric knows, with values that it takes.

    Raises:
        InputError: an unknown or missing parameter, or a value that is none.
    """
    known = {item.name: item for item in chosen.parameters}
    for name, value in parameters.items():
        if name not in known:
            raise InputError(
                f"取数指标 {chosen.id} 没有参数“{name[:40]}”",
                advice=f"可用：{'、'.join(known) or '没有参数'}。",
            )
        if known[name].choices and value not in known[name].choices:
            raise InputError(
                f"参数“{name}”不能是“{value[:40]}”", advice=f"可用：{'、'.join(known[name].choices)}。"
            )
        if name == "planned" and (not value.isdecimal() or len(value) > 12 or int(value) == 0):
            raise InputError(f"参数“{name}”应是大于零的整数", advice="请填写计划数。")
    for item in chosen.parameters:
        if item.required and not parameters.get(item.name):
            raise InputError(f"取数指标 {chosen.id} 缺少参数“{item.name}”", advice=f"请填写{item.label}。")


def compute(metric_id: str, scope: Scope) -> Measured:
    """Select the records and fold them.

    Raises:
        InputError: no such metric, or parameters that it does not take.
    """
    chosen = find_metric(metric_id)
    check_parameters(chosen, scope.parameters)
    found = tuple(sorted(chosen.select(scope)))
    if len({record.id for record in found}) != len(found):
        raise ValueError(f"{metric_id} counts a record twice")
    return Measured(chosen, scope, FOLDS[chosen.fold][1](found, scope.parameters), found)


def printed(value: Fraction, measured_in: Unit | None, unit: Unit | None, decimals: int) -> Decimal:
    """An exact value in another unit of its dimension, rounded half up once, at the end (四舍五入).

    Raises:
        InputError: the units measure different things.
    """
    if (
        unit is not None
        and measured_in is not None
        and unit.dimension != "ratio"
        and unit.dimension != measured_in.dimension
    ):
        raise InputError(f"“{measured_in}”不能换算成“{unit}”", advice="请核对取数指标和计量单位。")
    exact = value
    if unit is not None and measured_in is not None:
        exact = value * Fraction(measured_in.factor) / Fraction(unit.factor)
    scaled = exact * 10**decimals
    return round_to(Decimal(half_up_ratio(scaled.numerator, scaled.denominator)).scaleb(-decimals), decimals)


# --- record sets -------------------------------------------------------------------------------------------


def record_lines(records: Iterable[Record]) -> bytes:
    """Records as kept with a figure: one line each, ``id amount of``, in the order of the ids."""
    return "".join(f"{r.id} {r.amount} {r.of}\n" for r in sorted(records)).encode()


def records_of(lines: bytes) -> tuple[Record, ...]:
    """The inverse of :func:`record_lines`."""
    parts = (line.rsplit(" ", 2) for line in lines.decode().splitlines())
    return tuple(Record(record_id, int(amount), int(of)) for record_id, amount, of in parts)


def content_digest(lines: bytes) -> str:
    """SHA-256 over the lines: which records were counted, and what each added."""
    return hashlib.sha256(lines).hexdigest()


# --- how records are shown ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A record as a person sees it: its cells, and the page that shows it (name and argument; empty: none)."""

    cells: tuple[str, ...]
    page: str = ""
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """How records of one kind are shown.

    ``read(actor, keys)`` gives the rows of those keys that the actor may see; what is left out stays closed. Money in cells is text.
    """

    kind: str
    label: str
    heads: tuple[str, ...]
    read: Callable[[Any, Sequence[str]], Mapping[str, Row]]


READERS: dict[str, Reader] = {}


def rows(
    kind: str, label: str, *heads: str
) -> Callable[
    [Callable[[Any, Sequence[str]], Mapping[str, Row]]], Callable[[Any, Sequence[str]], Mapping[str, Row]]
]:
    """Declare the decorated function as the reader of a kind of record.

    Raises:
        ValueError: the kind has one already.
    """
    if kind in READERS:
        raise ValueError(f"records of {kind} are shown by somebody already")

    def declare(
        read: Callable[[Any, Sequence[str]], Mapping[str, Row]],
    ) -> Callable[[Any, Sequence[str]], Mapping[str, Row]]:
        READERS[kind] = Reader(kind, label, heads, read)
        return read

    return declare
