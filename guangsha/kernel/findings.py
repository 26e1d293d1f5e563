"""Findings (发现): faults in usable data as values, collected and shown together.

A relation between figures ends in one of four ways (:class:`Outcome`). "Not checked" is never folded into
"held": a reader must know what nobody looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Severity(StrEnum):
    """How grave a finding is: it contradicts itself; it needs an explanation; it is a rounding tail or a note."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def label(self) -> str:
        return {"error": "错误", "warning": "需核实", "info": "提示"}[self.value]


class Outcome(StrEnum):
    """What became of one relation: 相符, 尾差, 不符, 未核对."""

    HELD = "held"
    TAIL = "tail"
    BROKEN = "broken"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure stands, in the words of the person who will look for it; empty parts are unknown."""

    file: str = ""
    page: int | None = None
    table: str = ""
    cell: str = ""
    line: int | None = None
    quote: str = ""
    label: str = ""

    def __str__(self) -> str:
        parts = [self.file]
        if self.page is not None:
            parts.append(f"第 {self.page} 页")
        if self.table:
            parts.append(f"“{self.table}”")
        if self.cell:
            parts.append(self.cell)
        if self.line is not None:
            parts.append(f"第 {self.line} 行")
        where = " ".join(p for p in parts if p)
        return f"{self.label}（{where}）" if self.label and where else self.label or where

    def as_json(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "page": self.page,
            "table": self.table or None,
            "cell": self.cell or None,
            "quote": self.quote or None,
            "file": self.file or None,
            "label": self.label or None,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, with what a person needs to act on it.

    Args:
        rule: id of the rule that found it (``K04``); documented at that rule.
        severity: see :class:`Severity`.
        kind: short machine word for the sort of fault (``sum``, ``ratio``, ``missing``…).
        message: one plain Chinese sentence: what contradicts what.
        expected, found: the two values as printed; empty where none applies.
        tolerance: what difference would have been accepted, as printed.
        where: every place concerned, the one to mend first.
        advice: what to do, one Chinese sentence.
        facts: keys of the facts concerned, so that a page can mark them.
    """

    rule: str
    severity: Severity
    kind: str
    message: str
    expected: str = ""
    found: str = ""
    tolerance: str = ""
    where: tuple[Place, ...] = ()
    advice: str = ""
    facts: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "kind": self.kind,
            "message": self.message,
            "expected": self.expected or None,
            "found": self.found or None,
            "tolerance": self.tolerance or None,
            "where": [place.as_json() for place in self.where],
            "advice": self.advice or None,
            "facts": list(self.facts),
        }


class Figure(Protocol):
    """What a relation remembers of a figure: its key and where it stands, both worked out only when asked for."""

    @property
    def key(self) -> str: ...

    def place(self) -> Place: ...


@dataclass(frozen=True, slots=True)
class Quoted:
    """A figure that is a number of the text and no fact: only its place is known."""

    where: Place
    key: str = ""

    def place(self) -> Place:
        return self.where


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation that was tried: its rule, how it ended, and the finding if there is one to show.

    ``subject`` says in Chinese which figures it relates; ``reason`` says why it was not checked; ``figures`` are the
    ones that take part, also where everything holds, so that a reader can see what was looked at.
    """

    rule: str
    outcome: Outcome
    subject: str = ""
    reason: str = ""
    finding: Finding | None = None
    figures: tuple[Figure, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """Keys of the figures that take part, as far as they are facts."""
        if self.figures or self.finding is None:
            return tuple(dict.fromkeys(figure.key for figure in self.figures if figure.key))
        return self.finding.facts

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the figures that take part stand; of a finding, every place concerned."""
        if self.finding is not None:
            return self.finding.where
        return tuple(figure.place() for figure in self.figures)


@dataclass(slots=True)
class Tally:
    """How many relations ended in which way."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))

    @classmethod
    def of(cls, relations: Iterable[Relation]) -> Tally:
        tally = cls()
        for relation in relations:
            tally.counts[relation.outcome] += 1
        return tally

    @property
    def checked(self) -> int:
        """Relations that were decided; those not checked are counted apart."""
        return sum(n for outcome, n in self.counts.items() if outcome is not Outcome.NOT_CHECKED)

    def as_json(self) -> dict[str, int]:
        return {"checked": self.checked, **{outcome.value: n for outcome, n in self.counts.items()}}
