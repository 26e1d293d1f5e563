"""The indicator part of every scoring sheet: rows in order, equal neighbours merged, one score cell for a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby

from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.rule_words import rule_words
from guangsha.documents.writing.prose import strip_zeros
from guangsha.documents.writing.tree import Cell
from guangsha.facts.fact import Fact
from guangsha.kernel.numbers import plain
from guangsha.scoring.results import Basis, ScoredIndicator, ScoredSheet

#: A column of a sheet: the printed head, how many grid columns it takes, and what it shows.
Column = tuple[str, int, str]


def in_order(rows: Sequence[ScoredIndicator]) -> tuple[ScoredIndicator, ...]:
    """Rows so that each goal, level-1 and level-2 indicator stands together, each where it first appeared."""

    def rank(names: list[str]) -> dict[str, int]:
        return {name: place for place, name in enumerate(dict.fromkeys(names))}

    blocks = rank([row.indicator.text("block") for row in rows])
    first = rank([row.indicator.level1 for row in rows])
    second = rank([row.indicator.level2 for row in rows])
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                blocks[row.indicator.text("block")],
                first[row.indicator.level1],
                second[row.indicator.level2],
            ),
        )
    )


def level1_weight(draft: Draft, sheet: ScoredSheet, level1: str) -> Fact | None:
    """The weight that a sheet gives to one level-1 indicator, as it is in use."""
    return draft.computed("block.weight", sheet=sheet.sheet.id, block=level1)


def with_weight(words: str, weight: Fact | Decimal | None) -> str:
    """``产出指标（50分）``."""
    if weight is None:
        return words
    number = weight.number if isinstance(weight, Fact) else weight
    return f"{words}\n（{strip_zeros(plain(number))}分）"


class IndicatorRows:
    """Builds the rows of one sheet, column by column."""

    def __init__(self, draft: Draft, sheet: ScoredSheet, rows: Sequence[ScoredIndicator]) -> None:
        self.draft = draft
        self.sheet = sheet
        self.rows = in_order(rows)

    def build(self, columns: Sequence[Column], *, weigh_level1: bool = True) -> list[list[Cell]]:
        """One list of cells for each row; a cell that an earlier one covers is left out."""
        self.weigh_level1 = weigh_level1
        cells: list[list[Cell]] = [[] for _ in self.rows]
        for _, cols, kind in columns:
            for start, length, cell in self._column(kind, cols):
                if length:
                    cells[start].append(cell)
        return cells

    def _column(self, kind: str, cols: int) -> list[tuple[int, int, Cell]]:
        merged: dict[str, Callable[[ScoredIndicator], object]] = {
            "level1": lambda row: row.indicator.level1,
            "level2": lambda row: (row.indicator.level1, row.indicator.level2),
            "weight": lambda row: row.indicator.group or row.indicator.key,
            "score": lambda row: row.indicator.group or row.indicator.key,
        }
        same = merged.get(kind, lambda row: row.indicator.key)
        made: list[tuple[int, int, Cell]] = []
        start = 0
        shown: set[str] = set()
        for _, run in groupby(self.rows, key=same):
            members = list(run)
            first = members[0]
            again = kind in ("weight", "score") and first.indicator.group in shown
            made.append((start, len(members), self._cell(kind, first, cols, len(members), again=again)))
            if first.indicator.group:
                shown.add(first.indicator.group)
            start += len(members)
        return made

    def _cell(self, kind: str, row: ScoredIndicator, cols: int, rows: int, *, again: bool) -> Cell:
        draft, given = self.draft, row.indicator
        if again:  # rows of one group that do not stand together: the score is printed once
            return draft.cell("合并计分", cols=cols, rows=rows)
        if kind == "level1":
            weight = level1_weight(draft, self.sheet, given.level1) if self.weigh_level1 else None
            return draft.head(with_weight(given.level1, weight), cols=cols, rows=rows)
        if kind == "level2":
            return draft.head(given.level2, cols=cols, rows=rows)
        if kind == "weight":
            return draft.number(self._weight(row), cols=cols, rows=rows)
        if kind == "score":
            return draft.score(self._score(row), cols=cols, rows=rows)
        if kind == "rule":
            words, fact = rule_words(draft.profile, row)
            return draft.cell(words, fact, cols=cols, rows=rows, align="left")
        if kind == "reason":
            return self._reason(row, cols, rows)
        fact = given.get(kind)
        text = (
            _with_unit(row, fact)
            if fact and kind in ("target", "actual")
            else (fact.text.strip() if fact else "")
        )
        return draft.cell(text, fact, cols=cols, rows=rows, align="left" if kind == "name" else None)

    def _weight(self, row: ScoredIndicator) -> Fact | None:
        if row.basis is Basis.NOT_APPLICABLE:
            return None
        if row.indicator.group:
            return self.draft.computed("group.weight", sheet=self.sheet.sheet.id, group=row.indicator.group)
        return row.indicator.weight

    def _score(self, row: ScoredIndicator) -> Fact | None:
        if row.basis is Basis.NOT_APPLICABLE:
            return None
        if row.indicator.group:
            return self.draft.computed("group.score", sheet=self.sheet.sheet.id, group=row.indicator.group)
        return self.draft.row_score(self.sheet, row)

    def _reason(self, row: ScoredIndicator, cols: int, rows: int) -> Cell:
        fact = row.indicator.get("reason")
        if fact is None and row.indicator.group:
            fact = self.sheet.sheet.group("reason", row.indicator.group)
        return self.draft.text(fact, cols=cols, rows=rows, align="left")


def _with_unit(row: ScoredIndicator, fact: Fact) -> str:
    """The value as given, with the unit that was lost in print put back (a bare ``3500`` becomes ``3500户``)."""
    text, unit = fact.text.strip(), row.indicator.text("unit").strip()
    bare = text.replace(".", "", 1).replace(",", "").isdigit()
    return f"{text}{unit}" if bare and unit else text
