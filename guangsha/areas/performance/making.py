"""From a table and the records to the facts of a report, each with its source. Reads records, writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from guangsha.areas.performance.table import Binding, cell_text, facts_of, filled, shown
from guangsha.facts.fact import CellSource, DerivedSource, EntrySource, Fact, FactSet, MetricSource, Source
from guangsha.facts.metrics import Measured, Scope, compute


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of the table: its text, the bindings that fill it, and what was measured, by part."""

    path: str
    text: str
    bindings: tuple[Binding, ...]
    measured: Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Made:
    """A report before it is scored: the filled table, the facts with their sources, the cells, and what is missing.

    ``keys`` says which fact the cell at a path became.
    """

    figures: str
    facts: FactSet
    cells: Mapping[str, Cell]
    keys: Mapping[str, str]
    gaps: tuple[str, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Typed:
    """Who stands for the frame of a table: its names, weights, targets."""

    person: str
    day: str
    evidence: str


def measure(
    bindings: Iterable[Binding], agencies: Collection[int], year: int, as_of: datetime
) -> dict[str, Cell]:
    """Every bound figure; a metric asked twice in the same way is computed once.

    Raises:
        InputError: a metric that nobody declares any more, or parameters that it no longer takes.
    """
    known: dict[tuple[str, tuple[tuple[str, str], ...]], Measured] = {}

    def measured(binding: Binding) -> Measured:
        given = dict(binding.parameters or {})
        asked = (binding.metric, tuple(sorted(given.items())))
        if asked not in known:
            known[asked] = compute(binding.metric, Scope(frozenset(agencies), year, as_of, given))
        return known[asked]

    grouped: dict[str, list[Binding]] = {}
    for binding in bindings:
        grouped.setdefault(binding.path, []).append(binding)
    cells = {}
    for path, group in grouped.items():
        found = {binding.part: measured(binding) for binding in group if not binding.by_hand}
        values = {
            binding.part: binding.value if binding.by_hand else shown(binding, found[binding.part].value)
            for binding in group
        }
        cells[path] = Cell(path, cell_text(group[0].template, values), tuple(group), found)
    return cells


def make(
    frame: Mapping[str, Any], bindings: Iterable[Binding], agencies: Collection[int], year: int, typed: Typed
) -> Made:
    """Measure, fill the frame, and name the source of every fact.

    Raises:
        InputError: a metric cannot be asked.
        InputErrors: the filled table is no set of figures.
    """
    as_of = timezone.now()
    cells = measure(bindings, agencies, year, as_of)
    texts = {path: cell.text for path, cell in cells.items()}
    facts = facts_of(frame, texts, f"{year}")
    sourced, keys = [], {}
    for fact in facts:
        path = fact.source.cell if isinstance(fact.source, CellSource) else ""
        cell = cells.get(path)
        if cell:
            keys[path] = fact.key
        sourced.append(replace(fact, source=_source(cell, as_of, typed)))
    return Made(
        filled(frame, texts),
        FactSet(facts.unit, facts.year, facts.profile, sourced),
        cells,
        keys,
        tuple(path for path, text in texts.items() if not text),
        as_of,
    )


def _source(cell: Cell | None, as_of: datetime, typed: Typed) -> Source:
    if cell is None:
        return EntrySource(typed.person, typed.day, typed.evidence)
    first = cell.bindings[0]
    if first.by_hand:
        proof = [first.evidence, f"文件摘要 {first.evidence_digest}" if first.evidence_digest else ""]
        return EntrySource(first.person, first.entered_on, "；".join(part for part in proof if part))
    if len(cell.bindings) > 1:
        names = "、".join(
            f"{found.metric.label}（{found.metric.id} 第 {found.metric.version} 版）"
            for found in cell.measured.values()
        )
        return DerivedSource(f"文字中的数由业务记录填入：{names}，截至 {moment(as_of)}")
    return metric_source(cell.measured[first.part])


def moment(at: datetime) -> str:
    """A moment as sources print it, Beijing time to the second."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S")


def metric_source(found: Measured) -> MetricSource:
    """Where a measured figure comes from."""
    return MetricSource(
        found.metric.id, found.metric.version, found.told, moment(found.scope.as_of), len(found.records), found.digest
    )  # fmt: skip


def bound_facts(made: Made) -> dict[str, Fact]:
    """The facts that bindings filled, by path."""
    by_key = {fact.key: fact for fact in made.facts}
    return {path: by_key[key] for path, key in made.keys.items()}
