"""Targets and actual values of indicator rows, read by the grammar that scoring uses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest

from guangsha.facts.fact import CellSource, Fact
from guangsha.facts.report import Indicator
from guangsha.kernel.measures import Quantity
from guangsha.kernel.numbers import normalise
from guangsha.scoring.expression_kinds import (
    Blank,
    Comparison,
    Expression,
    ExpressionList,
    Frequency,
    Revision,
)
from guangsha.scoring.expressions import Context, parse_in_context

#: Dimensions that count or measure something, so that the same figure twice is the same fact twice.
COUNTED = frozenset(
    {
        "money", "household", "dwelling", "room", "building", "person", "person-time", "case", "item", "community",
        "vehicle", "company", "area", "length",
    }
)  # fmt: skip


@lru_cache(maxsize=4096)  # a dozen rules read the same cells
def _read(text: str, context: Context) -> Expression:
    return parse_in_context(text, context)


def context_of(row: Indicator) -> Context:
    """What the row says about itself besides its target."""
    return Context(
        row.text("unit"), row.text("direction"), row.level1, row.level2, row.name, row.text("rule")
    )


def target_of(row: Indicator) -> Expression:
    """The target; of a revised one the new value."""
    found = _read(row.target, context_of(row))
    return found.new if isinstance(found, Revision) else found


def actual_of(row: Indicator) -> Expression:
    return _read(row.actual, context_of(row))


def items(expression: Expression) -> tuple[Expression, ...]:
    """The items of a numbered list, or the expression alone."""
    return expression.items if isinstance(expression, ExpressionList) else (expression,)


def pairs(row: Indicator) -> Iterator[tuple[Expression, Expression]]:
    """Target and actual, item by item of a numbered list; nothing where the row has neither."""
    if not row.target and not row.actual:
        return
    yield from zip_longest(items(target_of(row)), items(actual_of(row)), fillvalue=Blank())


def comparison(expression: Expression) -> Comparison | None:
    """The comparison with a number in it, of a frequency its count."""
    if isinstance(expression, Frequency):
        return expression.count
    return expression if isinstance(expression, Comparison) else None


def quantity(expression: Expression) -> Quantity | None:
    found = comparison(expression)
    return found.quantity if found else None


def standard_of(row: Indicator) -> tuple[str, Fact] | None:
    """The row's 评分标准 as it is printed, and the fact that was read from it; None where nothing is printed."""
    typed = row.get("rule")
    if typed is not None:
        return typed.text, typed
    step = row.get("step")
    if step is not None and isinstance(step.source, CellSource) and "分" in step.source.quote:
        return step.source.quote, step
    return None


def same_quantity(first: Quantity, second: Quantity) -> bool:
    """Whether both say the same amount; a number without a unit is compared as it stands (900 = 900万元)."""
    if first.unit is None or second.unit is None:
        return first.value == second.value
    return first.unit.dimension == second.unit.dimension and first.base == second.base


def compact(text: str) -> str:
    """For comparing labels: half-width, without spaces and punctuation."""
    return "".join(c for c in normalise(text) if c.isalnum() or c in "%≥≤<>=.")
