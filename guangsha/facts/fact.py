"""The fact, its sources, and a set of facts about one unit's year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, replace
from decimal import Decimal
from typing import Any

from guangsha.facts.concepts import BASES, CONCEPTS, Concept, Kind
from guangsha.kernel.errors import InputError
from guangsha.kernel.findings import Place
from guangsha.kernel.measures import PERCENT, POINTS, WAN_YUAN, Quantity, Unit, unit_of
from guangsha.kernel.money import Fen, fen_of
from guangsha.kernel.numbers import decimals_of, plain


@dataclass(frozen=True, slots=True)
class CellSource:
    """A cell or a phrase of a document: a workbook, a figures file, a published report."""

    file: str = ""
    table: str = ""
    cell: str = ""
    line: int | None = None
    page: int | None = None
    quote: str = ""

    def place(self, label: str = "") -> Place:
        return Place(self.file, self.page, self.table, self.cell, self.line, self.quote, label)


@dataclass(frozen=True, slots=True)
class EntrySource:
    """A person who entered the value: who, when, and the evidence file."""

    person: str
    entered_at: str
    evidence: str = ""

    def place(self, label: str = "") -> Place:
        return Place(quote=f"{self.person} {self.entered_at} {self.evidence}".strip(), label=label)


@dataclass(frozen=True, slots=True)
class MetricSource:
    """A metric over records: what was counted, as of when, and the digest that proves which records."""

    metric: str
    version: int
    parameters: str
    as_of: str
    records: int
    records_digest: str

    def place(self, label: str = "") -> Place:
        return Place(
            quote=f"{self.metric} v{self.version}，{self.records} 条记录，截至 {self.as_of}", label=label
        )


@dataclass(frozen=True, slots=True)
class DerivedSource:
    """Computed here from other facts: the formula in words and the keys of the facts it read."""

    formula: str
    inputs: tuple[str, ...] = ()

    def place(self, label: str = "") -> Place:
        return Place(quote=self.formula, label=label)


Source = CellSource | EntrySource | MetricSource | DerivedSource

_SOURCE_TYPES: dict[str, Callable[..., Source]] = {
    "cell": CellSource,
    "entry": EntrySource,
    "metric": MetricSource,
    "derived": DerivedSource,
}

#: The unit a kind is in when a fact names none.
_DEFAULT_UNITS: dict[Kind, Unit] = {Kind.MONEY: WAN_YUAN, Kind.RATE: PERCENT, Kind.SCORE: POINTS}


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of one concept.

    Args:
        concept: declared id, e.g. ``sheet.funds``.
        dimensions: sorted (name, value) pairs, exactly those that the concept asks for.
        value: Decimal for numeric kinds, str otherwise.
        unit: unit of measure of a numeric value; percent for rates, 分 for scores, 万元 for money by default.
        decimals: decimals it was printed with; None where it was not printed (computed values).
        source: where it comes from.
        year: fiscal year it speaks of.

    Raises:
        ValueError: undeclared concept, wrong dimensions, or a value that does not fit the kind.
    """

    concept: str
    dimensions: tuple[tuple[str, str], ...]
    value: Decimal | str
    year: int
    unit: Unit | None = None
    decimals: int | None = None
    source: Source = CellSource()

    def __post_init__(self) -> None:
        declared = CONCEPTS.get(self.concept)
        if declared is None:
            raise ValueError(f"undeclared concept {self.concept}")
        names = [name for name, _ in self.dimensions]
        if names != sorted(names) or len(set(names)) != len(names):
            raise ValueError(f"{self.concept}: dimensions must be sorted and unique, got {names}")
        missing = set(declared.dimensions) - set(names)
        surplus = set(names) - set(declared.dimensions) - set(declared.optional)
        if missing or surplus:
            raise ValueError(f"{self.concept}: missing {sorted(missing)}, unknown {sorted(surplus)}")
        basis = dict(self.dimensions).get("basis")
        if basis is not None and basis not in BASES:
            raise ValueError(f"{self.concept}: unknown basis {basis}")
        if declared.kind.numeric != isinstance(self.value, Decimal):
            raise ValueError(f"{self.concept}: {self.value!r} does not fit kind {declared.kind}")
        if isinstance(self.value, Decimal):
            if not self.value.is_finite():
                raise ValueError(f"{self.concept}: {self.value} is not a finite number")
            if self.unit is None and declared.kind in _DEFAULT_UNITS:
                object.__setattr__(self, "unit", _DEFAULT_UNITS[declared.kind])

    @classmethod
    def of(
        cls,
        concept: str,
        value: Decimal | int | str,
        *,
        year: int,
        unit: Unit | None = None,
        decimals: int | None = None,
        source: Source | None = None,
        **dimensions: str,
    ) -> Fact:
        """Make a fact with dimensions as keywords; ``decimals`` default to those the value is written with."""
        if isinstance(value, int):
            value = Decimal(value)
        if decimals is None and isinstance(value, Decimal):
            decimals = decimals_of(value)
        ordered = tuple(sorted(dimensions.items()))
        return cls(concept, ordered, value, year, unit, decimals, source or CellSource())

    @property
    def declared(self) -> Concept:
        return CONCEPTS[self.concept]

    @property
    def key(self) -> str:
        """Readable identity: ``sheet.funds[fund=total,sheet=overall,stage=executed]@2023``."""
        inside = ",".join(f"{name}={value}" for name, value in self.dimensions)
        return f"{self.concept}[{inside}]@{self.year}" if inside else f"{self.concept}@{self.year}"

    def dimension(self, name: str) -> str:
        return dict(self.dimensions).get(name, "")

    @property
    def number(self) -> Decimal:
        """The numeric value.

        Raises:
            TypeError: the fact is text.
        """
        if not isinstance(self.value, Decimal):
            raise TypeError(f"{self.key} is text")
        return self.value

    @property
    def text(self) -> str:
        """The value as text: words as they are, numbers in plain notation as printed."""
        return plain(self.value) if isinstance(self.value, Decimal) else self.value

    @property
    def fen(self) -> Fen:
        """The amount in whole fen (money only)."""
        if self.unit is None:
            raise TypeError(f"{self.key} is not money")
        return fen_of(self.number, self.unit)

    @property
    def quantity(self) -> Quantity:
        return Quantity(self.number, self.unit, self.decimals)

    def place(self) -> Place:
        """Where the value stands, labelled with its concept."""
        return self.source.place(self.declared.label)

    def as_json(self) -> dict[str, Any]:
        """The fact as plain JSON; numbers are strings."""
        source: dict[str, Any] = {"type": _type_of(self.source)}
        for name, declared in self.source.__dataclass_fields__.items():
            value = getattr(self.source, name)
            if declared.default is MISSING or value not in ("", None, ()):
                source[name] = list(value) if isinstance(value, tuple) else value
        return {
            "concept": self.concept,
            "dimensions": dict(self.dimensions),
            "year": self.year,
            "value": self.text,
            "unit": self.unit.symbol if self.unit else None,
            "decimals": self.decimals,
            "source": source,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fact:
        """The inverse of :meth:`as_json`.

        Raises:
            ValueError, KeyError: the data is not a fact.
        """
        kind = CONCEPTS[data["concept"]].kind
        raw = dict(data.get("source") or {})
        source_type = _SOURCE_TYPES[raw.pop("type", "cell")]
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
        unit = unit_of(data["unit"]) if data.get("unit") else None
        return cls(
            concept=data["concept"],
            dimensions=tuple(sorted(data.get("dimensions", {}).items())),
            value=Decimal(data["value"]) if kind.numeric else str(data["value"]),
            year=int(data["year"]),
            unit=unit,
            decimals=data.get("decimals"),
            source=source_type(**fields),
        )


def _type_of(source: Source) -> str:
    return next(name for name, cls in _SOURCE_TYPES.items() if cls is type(source))


class FactSet:
    """Facts about one unit's year (and, for comparison, the year before), each key at most once.

    Immutable: :meth:`plus` returns a new set.
    """

    def __init__(self, unit: str, year: int, profile: str, facts: Iterable[Fact] = ()) -> None:
        self.unit = unit
        self.year = year
        self.profile = profile
        self._facts: dict[str, Fact] = {}
        self._by_concept: dict[str, list[Fact]] = {}
        for fact in facts:
            if fact.key in self._facts:
                first = self._facts[fact.key]
                raise InputError(
                    f"“{fact.declared.label}”给出了两次（{first.text} 与 {fact.text}）",
                    where=f"{first.place()}；{fact.place()}",
                    advice="请只保留一处。",
                )
            self._facts[fact.key] = fact
            self._by_concept.setdefault(fact.concept, []).append(fact)

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts.values())

    def __contains__(self, key: str) -> bool:
        return key in self._facts

    def __eq__(self, other: object) -> bool:
        """Equal when the same facts say the same values; where they were read does not matter."""
        if not isinstance(other, FactSet):
            return NotImplemented
        return (self.unit, self.year, self.profile, self._content()) == (
            other.unit, other.year, other.profile, other._content(),
        )  # fmt: skip

    __hash__ = None  # type: ignore[assignment]

    def _content(self) -> dict[str, tuple[Decimal | str, Unit | None]]:
        return {key: (fact.value, fact.unit) for key, fact in self._facts.items()}

    def by_key(self, key: str) -> Fact | None:
        return self._facts.get(key)

    def find(self, concept: str, *, year: int | None = None, **dimensions: str) -> Fact | None:
        """The one fact of ``concept`` with exactly these dimensions (``year`` defaults to the set's)."""
        if concept not in CONCEPTS:
            raise KeyError(concept)
        inside = ",".join(f"{name}={value}" for name, value in sorted(dimensions.items()))
        at = self.year if year is None else year
        return self._facts.get(f"{concept}[{inside}]@{at}" if inside else f"{concept}@{at}")

    def select(self, concept: str, *, year: int | None = None, **dimensions: str) -> list[Fact]:
        """All facts of ``concept`` that carry at least these dimensions, in order of entry."""
        if concept not in CONCEPTS:
            raise KeyError(concept)
        at = self.year if year is None else year
        wanted = dimensions.items()
        return [
            fact
            for fact in self._by_concept.get(concept, ())
            if fact.year == at and all(fact.dimension(name) == value for name, value in wanted)
        ]

    def plus(self, facts: Iterable[Fact]) -> FactSet:
        """A new set with ``facts`` added; a fact with a known key replaces the old one."""
        merged = dict(self._facts)
        merged.update((fact.key, fact) for fact in facts)
        return FactSet(self.unit, self.year, self.profile, merged.values())

    def without_source(self) -> FactSet:
        """The same values with empty sources, for comparing across documents."""
        return FactSet(self.unit, self.year, self.profile, (replace(f, source=CellSource()) for f in self))

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "year": self.year,
            "profile": self.profile,
            "facts": [fact.as_json() for fact in self],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FactSet:
        facts = [Fact.from_json(item) for item in data["facts"]]
        return cls(str(data["unit"]), int(data["year"]), str(data["profile"]), facts)
