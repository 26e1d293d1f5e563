"""What the sheets add up to in words: indicators met, points lost, projects and their money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.indicator_rows import in_order
from guangsha.facts.fact import Fact
from guangsha.kernel.numbers import normalise
from guangsha.scoring.results import Basis, ScoredIndicator, ScoredSheet

#: Method ids under which less is better (the rules of guangsha.scoring.rules).
_DOWNWARD = ("negative", "step_down")


def is_met(sheet: ScoredSheet, row: ScoredIndicator) -> bool | None:
    """Whether the actual value reaches the target; None for a row that does not apply."""
    if row.basis is Basis.NOT_APPLICABLE:
        return None
    if row.completion is not None:
        downward = row.method.startswith(_DOWNWARD)
        return row.completion <= 1 if downward else row.completion >= 1
    if row.weight is not None and row.score is not None:
        return row.score >= row.weight
    if normalise(row.indicator.target) == normalise(row.indicator.actual):
        return True
    group = sheet.group(row.indicator.group)
    return group is not None and group.score >= group.weight


@dataclass(frozen=True, slots=True)
class LevelTally:
    """One level-1 indicator of one sheet: its rows, how many there are and how many are met."""

    name: str
    rows: tuple[ScoredIndicator, ...]
    total: Fact
    met: Fact


def tallies(draft: Draft, sheet: ScoredSheet, block: str | None = None) -> tuple[LevelTally, ...]:
    """The rows of each level-1 indicator, counted; only those of one goal where ``block`` is given."""
    made: list[LevelTally] = []
    rows = [row for row in in_order(sheet.indicators) if is_met(sheet, row) is not None]
    if block is not None:
        rows = [row for row in rows if row.indicator.text("block") == block]
    for name in dict.fromkeys(row.indicator.level1 for row in rows):
        members = tuple(row for row in rows if row.indicator.level1 == name)
        met = [row for row in members if is_met(sheet, row)]
        place = f"{sheet.sheet.id}.{block or ''}{name}"
        keys = _keys(members)
        made.append(
            LevelTally(
                name,
                members,
                draft.count(f"{place}.rows", len(members), f"自评表中{name}的行数", keys),
                draft.count(f"{place}.met", len(met), f"{name}中达到年度指标值的行数", _keys(met)),
            )
        )
    return tuple(made)


def _keys(rows: Iterable[ScoredIndicator]) -> tuple[str, ...]:
    facts = (row.indicator.get("actual") or row.indicator.get("name") for row in rows)
    return tuple(fact.key for fact in facts if fact)


@dataclass(frozen=True, slots=True)
class Loss:
    """A row, or a group of rows, that earned less than its weight, with the reason given for it."""

    name: str
    weight: Fact
    score: Fact
    reason: Fact | None


def losses(draft: Draft, sheet: ScoredSheet) -> tuple[Loss, ...]:
    """What lost points: rows with a weight of their own in printed order, then groups."""
    made = []
    for row in in_order(sheet.indicators):
        given = row.indicator
        weight, score = given.weight, draft.row_score(sheet, row)
        if weight and score and not given.group and score.number < weight.number:
            made.append(Loss(given.name, weight, score, given.get("reason")))
    for group in sheet.groups:
        said = {"sheet": sheet.sheet.id, "group": group.id}
        weight, score = draft.computed("group.weight", **said), draft.computed("group.score", **said)
        if weight and score and score.number < weight.number:
            first = next(row.indicator for row in sheet.indicators if row.indicator.group == group.id)
            name = f"{first.text('block')}{first.level1}"
            made.append(Loss(name, weight, score, sheet.sheet.group("reason", group.id)))
    return tuple(made)
