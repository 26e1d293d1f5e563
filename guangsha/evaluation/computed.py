"""Scores as facts: what was computed joins the fact set, so that a document can open each printed score."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from guangsha.facts.fact import DerivedSource, Fact
from guangsha.kernel.numbers import decimals_of
from guangsha.scoring.results import ScoredSheet, Scores


def computed_facts(scores: Scores) -> Iterator[Fact]:
    """One fact with basis ``computed`` for every rate, score, total and grade of ``scores``."""
    for sheet in scores.sheets:
        yield from _sheet_facts(sheet, scores.year)


def _sheet_facts(scored: ScoredSheet, year: int) -> Iterator[Fact]:
    sheet = scored.sheet.id

    def fact(
        concept: str, value: Decimal | str | None, how: tuple[str, ...], **dimensions: str
    ) -> Iterator[Fact]:
        if value is not None and value != "":
            source = DerivedSource("；".join(how))
            named = {"sheet": sheet, "basis": "computed", **dimensions}
            decimals = decimals_of(value) if isinstance(value, Decimal) else None
            yield Fact(concept, tuple(sorted(named.items())), value, year, decimals=decimals, source=source)

    run = scored.execution
    yield from fact("execution.rate", run.rate, run.explanation)
    yield from fact("execution.score", run.score, run.explanation)
    yield from fact("execution.weight", run.weight, ("口径模板规定的预算执行分值",))
    for row in scored.indicators:
        yield from fact("indicator.score", row.score, row.explanation, indicator=row.indicator.key)
    for group in scored.groups:
        yield from fact("group.score", group.score, group.explanation, group=group.id)
    for block in scored.blocks:
        yield from fact("block.score", block.score, ("本一级指标各行得分之和",), block=block.name)
    yield from fact("sheet.total", scored.total, ("预算执行得分与各指标得分之和",))
    yield from fact("sheet.grade", scored.grade, ("按总分所在区间确定",))
