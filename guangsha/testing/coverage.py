"""Which relations of a careful reader's list a checker set up, read from the figures that its relations name.

Breaking a relation shows that the checker has it (:func:`guangsha.testing.mutants.known_relations`) and takes a check
for every figure; this takes one check, and says the same of what is related, not of what would be found.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from guangsha.facts.fact import Fact
from guangsha.kernel.findings import Figure, Outcome, Relation
from guangsha.testing.annotations import Annotated, AnnotatedReport, numbers_in

#: A figure by where it stands: its line and its value without sign.
_Seen = tuple[int, Fraction]


def covered_relations(report: AnnotatedReport, relations: Iterable[Relation]) -> frozenset[str]:
    """Ids of the listed relations whose figures all take part in one decided relation of the checker.

    One quantity may stand in many places, and the checker may compare them in another order than the list: two of
    them are covered when its relations of two figures lead from the one to the other.
    """
    named = [_seen(relation) for relation in relations if relation.outcome is not Outcome.NOT_CHECKED]
    by_figure: dict[_Seen, set[int]] = {}
    for number, seen in enumerate(named):
        for figure in seen:
            by_figure.setdefault(figure, set()).add(number)
    same = _joined(seen for seen in named if len(seen) == 2)
    return frozenset(
        relation.id
        for relation in report.relations
        if _together(relation, by_figure) or (relation.says_the_same and _alike(relation, same))
    )


def _seen(relation: Relation) -> frozenset[_Seen]:
    found: set[_Seen] = set()
    for figure in relation.figures:
        place = figure.place()
        if place.line is not None:
            found.update((place.line, abs(value)) for value in _values(figure, place.quote))
    return frozenset(found)


def _values(figure: Figure, quote: str) -> set[Fraction]:
    if isinstance(figure, Fact):
        return {Fraction(figure.number)} if figure.declared.kind.numeric else numbers_in(figure.text)
    return numbers_in(quote)


def _figures(relation: Annotated) -> list[_Seen]:
    return [(figure.line, abs(figure.value)) for figure in relation.figures]


def _together(relation: Annotated, by_figure: dict[_Seen, set[int]]) -> bool:
    sets = [by_figure.get(figure, set()) for figure in _figures(relation)]
    return bool(sets) and bool(set.intersection(*sets))


def _joined(pairs: Iterable[frozenset[_Seen]]) -> dict[_Seen, _Seen]:
    """For each figure one that stands for all it was compared with."""
    parent: dict[_Seen, _Seen] = {}

    def root(figure: _Seen) -> _Seen:
        while parent.setdefault(figure, figure) != figure:
            figure = parent[figure]
        return figure

    for pair in pairs:
        first, second = pair
        if first[1] == second[1]:
            parent[root(first)] = root(second)
    return {figure: root(figure) for figure in parent}


def _alike(relation: Annotated, same: dict[_Seen, _Seen]) -> bool:
    roots = {same.get(figure) for figure in _figures(relation)}
    return len(roots) == 1 and None not in roots
