"""What the checker makes of a made-up document: false errors, changed digits found and pointed at, relations known.

As in :mod:`guangsha.testing.mutants`, but a change is made in any format. Only text has line numbers, so a place in any
other format stands for every figure of the document that reads like what is quoted there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from guangsha.kernel.findings import Finding, Place, Severity
from guangsha.testing.annotations import Figure, numbers_in
from guangsha.testing.mutants import (
    Mutant,
    annotated_mutants,
    findings_in,
    judge,
    known_relations,
    mutants_for_all,
    new_findings,
)
from guangsha.testing.wild.printing import Printed

#: Does the checking of many copies; ``map`` or a pool's.
Mapper = Callable[
    [Callable[[tuple[str, bytes]], Sequence[Finding]], Iterable[tuple[str, bytes]]],
    Iterable[Sequence[Finding]],
]


@dataclass
class WildMeasured:
    """The measure of one document. ``known`` counts relations broken by some copy, each tried at least once."""

    name: str
    figures: int = 0
    relations: int = 0
    false_errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    tried: int = 0
    found: int = 0
    pointed: int = 0
    known: int = 0
    breakable: int = 0
    missed: list[str] = field(default_factory=list)
    unpointed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unknown_kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def check_copy(job: tuple[str, bytes]) -> Sequence[Finding]:
    """What is found in a copy: name of the file, its bytes."""
    name, data = job
    return findings_in(data, name)


def copy_with(printed: Printed, mutant: Mutant) -> bytes:
    """The document with the figure of ``mutant`` changed."""
    return printed.bytes({printed.key_at(mutant.figure): mutant.now})


def measure(
    printed: Printed, mutants: int, seed: int, mapper: Mapper = map, *, every_relation: bool = False
) -> WildMeasured:
    """Check the document and copies of it.

    Args:
        mutants: copies with one digit changed, figures drawn by chance.
        every_relation: also break each relation once, to see which the checker has.
    """
    result = WildMeasured(printed.paper.name, len(printed.paper.figures), len(printed.report.relations))
    before = check_copy((printed.file, printed.bytes()))
    result.false_errors = [_say(f) for f in before if f.severity is Severity.ERROR]
    result.warnings = [_say(f) for f in before if f.severity is Severity.WARNING]
    tried = annotated_mutants(printed.report, printed.text, mutants, seed)
    more = mutants_for_all(printed.report, printed.text, seed)[0] if every_relation else []
    jobs = [(printed.file, copy_with(printed, mutant)) for mutant in (*tried, *more)]
    changes: list[tuple[Mutant, Sequence[Finding]]] = []
    for number, (mutant, after) in enumerate(zip((*tried, *more), mapper(check_copy, jobs), strict=True)):
        fresh = [_located(printed, mutant, finding) for finding in new_findings(before, after)]
        changes.append((mutant, fresh))
        if number < len(tried):
            verdict = judge(mutant, (), fresh)
            result.tried += 1
            result.found += verdict.found
            result.pointed += verdict.points
            if not verdict.found:
                result.missed.append(_about(printed, mutant))
            elif not verdict.points:
                result.unpointed.append(f"{_about(printed, mutant)} {'、'.join(verdict.rules)}")
    known = known_relations(printed.report, changes)
    broken = {relation.id: relation for mutant, _ in changes for relation in mutant.relations}
    for name, relation in broken.items():
        result.breakable += 1
        result.known += name in known
        if name not in known:
            result.unknown_kinds[relation.kind] += 1
            result.unknown.append(f"{relation.kind} {relation.note}: {' '.join(map(str, relation.figures))}")
    return result


def _about(printed: Printed, mutant: Mutant) -> str:
    """A mutant with the words around it."""
    line = printed.text.lines[mutant.figure.line - 1]
    at = printed.text.find(mutant.figure).start
    return f"{mutant} …{line[max(0, at - 24) : at + 16]}…".replace("\t", "|")


def _located(printed: Printed, mutant: Mutant, finding: Finding) -> Finding:
    """The finding with its places as lines of the text, for formats that have no lines."""
    if printed.file.endswith(".txt"):
        return finding
    quoted: set[Fraction] = set()
    for place in finding.where:
        quoted |= numbers_in(place.quote or f"{finding.found} {finding.expected} {finding.message}")
    alike = {
        figure
        for relation in printed.report.relations
        for figure in relation.figures
        if figure.value in quoted
    }
    places = [Place(line=figure.line, quote=figure.printed) for figure in sorted(alike)]
    if Fraction(mutant.now.replace(" ", "").replace(",", "")) in quoted:
        places.append(Place(line=mutant.figure.line, quote=mutant.now))
    return replace(finding, where=tuple(places))


def _say(finding: Finding) -> str:
    where = "；".join(
        f"{place.line or ''} {place.cell or place.quote}".strip() for place in finding.where[:3]
    )
    return f"{finding.rule} {finding.message} [{where}]"


def figures_of(printed: Printed) -> list[Figure]:
    """Every figure that takes part in a relation."""
    return sorted({figure for relation in printed.report.relations for figure in relation.figures})
