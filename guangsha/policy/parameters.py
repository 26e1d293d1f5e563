"""Dated parameters with their sources, and the book that finds the one in force for a place on a day.

A region without a value of its own follows the next above it: district → city → province → nation (GB/T 2260 codes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Final

from guangsha.kernel.errors import RuleMissing
from guangsha.kernel.hashing import digest
from guangsha.policy.catalogue import CATALOGUE, OTHERS, Declared
from guangsha.policy.dimensions import PRINTED_UNITS, exact_text

NATION: Final = "national"


@dataclass(frozen=True, slots=True)
class Unlimited:
    """No limit (不限): larger than any number."""

    def __str__(self) -> str:
        return "不限"


UNLIMITED: Final = Unlimited()

Scalar = Fraction | Unlimited | bool | str | tuple[str, ...]
Amount = Scalar | dict[str, Scalar]

#: How far a source was followed. ``statute``: the text of a published act; ``reported``: one second-hand account, the
#: document was not seen; ``invented``: the demo district; ``assumed``: a what-if.
STANDINGS: dict[str, str] = {
    "statute": "已核对原文", "reported": "转引，原文待核", "invented": "示范区虚构", "assumed": "测算假设",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a value stands: document, its number, the article, where it was published."""

    document: str
    number: str
    article: str
    publication: str
    standing: str

    def __str__(self) -> str:
        mark = "" if self.standing == "statute" else f"，{STANDINGS[self.standing]}"
        return f"《{self.document}》（{self.number}）{self.article}{mark}"


@dataclass(frozen=True)
class ParameterValue:
    """One value of one parameter in one region, in force from one day to another (both included).

    Attributes:
        last: None while no end is known.
        amount: base units (``dimensions``), or a table of them by :attr:`axis`.
    """

    key: str
    region: str
    first: date
    last: date | None
    axis: str
    amount: Amount
    citation: Citation
    overridden: bool = False

    @property
    def declared(self) -> Declared:
        return CATALOGUE[self.key]

    @cached_property
    def version(self) -> str:
        """Twelve characters that change with anything in the value, its dates or its source."""
        c = self.citation
        return digest(
            [self.key, self.region, str(self.first), str(self.last), self.axis, _plain(self.amount),
             [c.document, c.number, c.article, c.publication, c.standing]]
        )[:12]  # fmt: skip

    def in_force(self, on: date) -> bool:
        return self.first <= on and (self.last is None or on <= self.last)

    def at(self, line: str | int | None) -> Scalar:
        """The value for one line of the table (a type's code, a number of persons); the value itself without a table.

        Raises:
            RuleMissing: the table has no such line.
        """
        if not isinstance(self.amount, dict):
            return self.amount
        found = self.amount.get(str(line))
        if found is None and self.axis == "persons" and isinstance(line, int):
            reached = [int(k) for k in self.amount if k != OTHERS and int(k) <= line]
            found = self.amount[str(max(reached))] if reached else None
        if found is None:
            found = self.amount.get(OTHERS)
        if found is None:
            raise RuleMissing(
                f"参数“{self.declared.title}”没有“{line}”一档",
                where=f"parameters/{self.region}/{self.declared.area}/{self.key}.yaml",
                advice="请在该文件中补上这一档并写明依据。",
            )
        return found

    def print(self, line: str | int | None = None) -> str:
        """The value as people write it."""
        return print_scalar(self.declared, self.at(line))


def print_scalar(declared: Declared, value: Scalar) -> str:
    """One value in the unit of its parameter."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction):
        unit = PRINTED_UNITS[declared.unit]
        text = exact_text(value / unit.factor, unit.decimals)
        return (text.rstrip("0").rstrip(".") if unit.symbol == "倍" and "." in text else text) + unit.symbol
    if isinstance(value, tuple):
        return " → ".join(value)
    return str(value)


def _plain(amount: Amount) -> object:
    if isinstance(amount, dict):
        return {key: _plain(value) for key, value in amount.items()}
    if isinstance(amount, tuple):
        return list(amount)
    return amount if isinstance(amount, bool) else str(amount)


def chain_of(region: str) -> tuple[str, ...]:
    """``region`` and the regions above it, nearest first.

    >>> chain_of("430699")
    ('430699', '430600', '430000', 'national')
    """
    steps = (region, region[:4] + "00", region[:2] + "0000", NATION) if region != NATION else (NATION,)
    return tuple(dict.fromkeys(steps))


@dataclass(frozen=True)
class ParameterBook:
    """All values of all regions. Values of one region and key never overlap: the reader of the files refuses that."""

    values: tuple[ParameterValue, ...]
    overrides: Mapping[str, ParameterValue] = field(default_factory=dict)

    @cached_property
    def _by_place(self) -> dict[tuple[str, str], list[ParameterValue]]:
        found: dict[tuple[str, str], list[ParameterValue]] = {}
        for value in self.values:
            found.setdefault((value.region, value.key), []).append(value)
        return found

    @cached_property
    def regions(self) -> frozenset[str]:
        """Regions with a value of their own."""
        return frozenset(value.region for value in self.values)

    def find(self, key: str, region: str, on: date) -> ParameterValue | None:
        """The value in force, from the nearest region that has one; None when none has."""
        if key in self.overrides:
            return self.overrides[key]
        for place in chain_of(region):
            for value in self._by_place.get((place, key), ()):
                if value.in_force(on):
                    return value
        return None

    def get(self, key: str, region: str, on: date) -> ParameterValue:
        """The value in force.

        Raises:
            RuleMissing: nowhere in force on that day; names the file to fill.
        """
        value = self.find(key, region, on)
        if value is None:
            declared = CATALOGUE[key]
            raise RuleMissing(
                f"{region} 在 {on} 没有有效的“{declared.title}”",
                where=f"parameters/{region}/{declared.area}/{key}.yaml",
                advice="请在该文件中写明数值、起止日期和文件依据。",
            )
        return value

    def history(self, key: str, region: str) -> tuple[ParameterValue, ...]:
        """The values that the region itself ever set, oldest first."""
        return tuple(sorted(self._by_place.get((region, key), ()), key=lambda value: value.first))

    def changes(self, region: str, keys: Iterable[str], first: date, last: date) -> tuple[date, ...]:
        """The days after ``first`` up to ``last`` on which one of ``keys`` may change for ``region``."""
        wanted = set(keys)
        days: set[date] = set()
        for place in chain_of(region):
            for key in wanted:
                for value in self._by_place.get((place, key), ()):
                    ends = () if value.last is None else (value.last + timedelta(days=1),)
                    days.update(day for day in (value.first, *ends) if first < day <= last)
        return tuple(sorted(days))

    def with_overrides(self, overrides: Mapping[str, ParameterValue]) -> ParameterBook:
        """The same book with values assumed instead of those in force."""
        return replace(self, overrides={**self.overrides, **overrides})
