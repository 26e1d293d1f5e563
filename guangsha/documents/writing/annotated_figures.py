"""Which relations each figure of a checked document takes part in: what the annotated page opens at a click.

A reader who sees an unmarked figure cannot tell whether it was looked at. Here every figure that some relation names is
placed in the document, with all its relations: those it breaks first, then tails, then those that hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from guangsha.checker.registry import RULES
from guangsha.documents.writing.marks import Locator, Text, narrowed
from guangsha.kernel.findings import Figure, Outcome, Relation

_ORDER = {Outcome.BROKEN: 0, Outcome.TAIL: 1, Outcome.HELD: 2, Outcome.NOT_CHECKED: 3}
LABELS = {Outcome.BROKEN: "不符", Outcome.TAIL: "尾差", Outcome.HELD: "相符", Outcome.NOT_CHECKED: "未核对"}
#: Relations listed for one figure; a grand total stands in dozens.
_LISTED_MAX = 40


@dataclass(slots=True)
class ShownFigure:
    """Characters ``start`` to ``end`` of one text, with the relations that name them, gravest first."""

    text: Text
    start: int
    end: int
    number: int = 0
    relations: list[Relation] = field(default_factory=list)

    @property
    def printed(self) -> str:
        return self.text.text[self.start : self.end].strip()

    @property
    def outcome(self) -> Outcome:
        return self.relations[0].outcome

    @property
    def listed(self) -> list[Relation]:
        return self.relations[:_LISTED_MAX]

    @property
    def left_out(self) -> int:
        return max(0, len(self.relations) - _LISTED_MAX)


def figures_of(
    relations: Iterable[Relation], locator: Locator, numbers: Mapping[str, str]
) -> list[ShownFigure]:
    """The figures of all relations that can be placed, in reading order.

    Args:
        numbers: the number of a fact in plain notation, by key: within a quoted sentence only it is shown.
    """
    places: dict[str, tuple[Text, int, int] | None] = {}
    shown: dict[tuple[int, int | None, int, int], ShownFigure] = {}
    for relation in relations:
        seen: set[tuple[int, int | None, int, int]] = set()
        for figure in relation.figures:
            found = _placed(figure, locator, numbers, places)
            if found is None:
                continue
            text, start, end = found
            key = (text.block, text.cell, start, end)
            if key not in seen:  # one number may stand for two facts of a relation
                seen.add(key)
                shown.setdefault(key, ShownFigure(text, start, end)).relations.append(relation)
    ordered = [shown[key] for key in sorted(shown, key=lambda key: (key[0], key[1] or 0, key[2], key[3]))]
    kept = _apart(ordered)
    for number, one in enumerate(kept, 1):
        one.number = number
        one.relations.sort(key=lambda relation: (_ORDER[relation.outcome], relation.rule))
    return kept


def _placed(
    figure: Figure,
    locator: Locator,
    numbers: Mapping[str, str],
    places: dict[str, tuple[Text, int, int] | None],
) -> tuple[Text, int, int] | None:
    key = figure.key
    if key and key in places:
        return places[key]
    found = locator.find(figure.place(), key)
    if found is not None:
        text, start, end = found
        found = (text, *narrowed(text.text, start, end, numbers.get(key, "")))
        if found[1] == found[2]:
            found = None
    if key:
        places[key] = found
    return found


def _apart(figures: Sequence[ShownFigure]) -> list[ShownFigure]:
    """Figures that do not overlap: a phrase that holds a smaller one gives its relations to it."""
    kept: list[ShownFigure] = []
    for one in figures:
        last = kept[-1] if kept else None
        same = last is not None and (last.text.block, last.text.cell) == (one.text.block, one.text.cell)
        if last is None or not same or one.start >= last.end:
            kept.append(one)
            continue
        if one.end - one.start < last.end - last.start:
            last.start, last.end = one.start, one.end
        known = {id(relation) for relation in last.relations}
        last.relations += [relation for relation in one.relations if id(relation) not in known]
    return kept


def relation_words(relation: Relation) -> str:
    """A relation in a list: what it relates, its rule, and why it was not checked."""
    rule = RULES.get(relation.rule)
    subject = relation.subject or (rule.title if rule else "")
    return f"{subject}（{relation.reason}）" if relation.reason else subject
