"""Figures that the explanations of final accounts tie to each other, whatever words stand around them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from guangsha.testing.wild.books import Books
from guangsha.testing.wild.paper import Figure, Paper


@dataclass
class Explained:
    """Figures for the explanations of ``books``; ``per`` is how many fen one printed unit is."""

    paper: Paper
    books: Books
    per: int = 1_000_000

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.paper.name} prose")
        self.year_up, self.year_rate = self.chance.random() < 0.6, round(self.chance.uniform(0.03, 0.3), 4)

    def money(self, fen: int, same: str = "") -> Figure:
        return self.paper.money(Fraction(fen, self.per), same)

    def change(self, now: Figure, note: str, *, whole: bool = False) -> tuple[Figure, Figure, bool]:
        """By how much ``now`` differs from the year before, the growth in percent, and whether it grew.

        Figures of the ``whole`` year move together: no part was greater than its whole the year before.
        """
        up = self.year_up if whole else self.chance.random() < 0.6
        rate = self.year_rate if whole else round(self.chance.uniform(0.03, 0.4), 4)
        change = self.paper.number(
            now.value * Fraction(str(rate)), self.paper.places, separators=self.paper.separators
        )
        return change, self.paper.growth(change, now, up=up, note=note), up

    def moved(self, now: Figure, note: str, *, whole: bool = False, unit: str = "万元") -> str:
        """A clause 增加…万元，增长…% or its contrary."""
        change, percent, up = self.change(now, note, whole=whole)
        verb = "增加" if up else "减少"
        return f"{verb}{change}{unit}，{'增长' if up else '下降'}{percent}%"

    def planned(self, done: Figure, ratio: float | None = None) -> tuple[Figure, Figure]:
        """An opening budget for what was ``done``, and the completion in percent."""
        share = Fraction(str(round(ratio if ratio is not None else self.chance.uniform(0.7, 1.3), 3)))
        budget = self.paper.number(done.value / share, self.paper.places, separators=self.paper.separators)
        return budget, self.completed(done, budget)

    def completed(self, done: Figure, budget: Figure, places: int = 2) -> Figure:
        """The completion of ``budget`` in percent, tied."""
        percent = self.paper.number(done.value * 100 / budget.value, places)
        self.paper.tie("completion", percent, f"{done} / {budget}", "完成预算")
        return percent
