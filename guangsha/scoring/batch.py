"""A nation's sheets at once: the rules of ``rules.py`` on columns of whole numbers, equal to the last digit.

One pass over the rows scores each of them and adds it to its unit. Everything is a 64-bit integer: weights and
deductions in 10^-``weight_places`` points, targets, actuals and steps in any common scale. A row whose product would
not fit is scored by the exact evaluator instead, so a result is never wrong and never wraps.
``tests/test_batch.py`` proves both evaluators equal; ``benchmarks/scoring.py`` measures this one.

Needs numba (``pip install guangsha[batch]``); compiled code is kept beside this file between runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from guangsha.kernel.errors import RuleMissing
from guangsha.kernel.numbers import half_up_ratio
from guangsha.scoring.profile import Rounding
from guangsha.scoring.rules import (
    METHOD_CODES,
    PARTIAL_CODES,
    TWO_PLACES,
    Partial,
    QuantityParams,
    exact_score,
    rounded,
)

Ints = npt.NDArray[np.integer[Any]]

#: Method code of a row whose score is given (a qualitative row, or the unit's own score): ``actual`` holds it, in
#: the scale of the weights; it is kept within 0 and the weight.
GIVEN = 0

#: Below this many rows a second thread costs more than it saves.
ROWS_PER_THREAD_MIN = 16_384

_ROUNDINGS = {"half_up": 0, "down": 1, "floor": 1, "ceiling": 2}  # scores are never negative: down is floor


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length, one entry an indicator row.

    Args:
        unit: index of the unit a row belongs to, 0 ≤ unit < number of units.
        method: :data:`~guangsha.scoring.rules.METHOD_CODES` or :data:`GIVEN`.
        weight, deduct: points × 10^weight_places.
        target, actual, step: in one scale per row (their ratio is what counts).
    """

    unit: Ints
    method: Ints
    weight: Ints
    target: Ints
    actual: Ints
    step: Ints
    deduct: Ints
    weight_places: int = 2

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.columns}
        if len(lengths) != 1:
            raise ValueError(f"columns differ in length: {sorted(lengths)}")
        for column in self.columns:
            if column.dtype.kind not in "iu":
                raise TypeError("columns hold whole numbers; a float never touches a score")

    @property
    def columns(self) -> tuple[Ints, ...]:
        return (self.unit, self.method, self.weight, self.target, self.actual, self.step, self.deduct)

    def __len__(self) -> int:
        return len(self.unit)


@dataclass(frozen=True, slots=True)
class Totals:
    """Per unit: the sum of scores × 10^places, of weights × 10^weight_places, and the number of rows.

    ``by_hand`` counts the rows that the exact evaluator had to score.
    """

    score: npt.NDArray[np.int64]
    weight: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    by_hand: int


def total_by_unit(
    rows: Rows,
    units: int,
    *,
    rounding: Rounding = TWO_PLACES,
    partial: Partial = Partial.CEIL,
    over_limit: Fraction | None = None,
    threads: int | None = None,
) -> Totals:
    """Score every row and add it to its unit.

    Args:
        rows: the indicator rows.
        units: number of units; every ``rows.unit`` is below it.
        rounding: how each row's score is rounded **before** it is added, as on the printed sheet.
        partial: what an unfinished step costs.
        over_limit: ratio from which over-completion costs points (None: it does not).
        threads: processors to use; all of them by default.

    Raises:
        ValueError: a unit outside the range, an unknown method, a negative weight, a step that is not above 0.
        RuleMissing: numba is not installed.
    """
    _, totals = _run(rows, units, rounding, partial, over_limit, threads, keep=False)
    return totals


def score_rows(
    rows: Rows,
    *,
    rounding: Rounding = TWO_PLACES,
    partial: Partial = Partial.CEIL,
    over_limit: Fraction | None = None,
    threads: int | None = None,
) -> npt.NDArray[np.int64]:
    """The score of every row × 10^places, in order; see :func:`total_by_unit`."""
    units = int(rows.unit.max()) + 1 if len(rows) else 0
    scores, _ = _run(rows, units, rounding, partial, over_limit, threads, keep=True)
    return scores


def mean_by_parent(
    totals: npt.NDArray[np.int64],
    parent: Ints,
    parents: int,
    weights: Ints | None = None,
    *,
    drop_places: int = 0,
) -> list[int | None]:
    """The (weighted) mean of unit totals by department, rounded half up; None where the weights add to nothing.

    Args:
        totals: one total a unit.
        parent: index of each unit's department.
        parents: number of departments.
        weights: whole weights (staff, fen of budget or spending); None gives the simple mean.
        drop_places: decimals to drop from the scale of ``totals`` (2 places in, 1 out: 1).
    """
    sums = [0] * parents
    shares = [0] * parents
    one = [1] * len(totals)
    # Python integers: money times points passes 64 bits, and there are far fewer units than rows.
    for index, total, share in zip(
        parent.tolist(), totals.tolist(), weights.tolist() if weights is not None else one, strict=True
    ):
        sums[index] += total * share
        shares[index] += share
    scale: int = 10**drop_places
    return [half_up_ratio(s, w * scale) if w else None for s, w in zip(sums, shares, strict=True)]


def _run(
    rows: Rows,
    units: int,
    rounding: Rounding,
    partial: Partial,
    over_limit: Fraction | None,
    threads: int | None,
    *,
    keep: bool,
) -> tuple[npt.NDArray[np.int64], Totals]:
    kernel, set_threads = _compiled()
    count = len(rows)
    parts = max(1, min(threads or os.cpu_count() or 1, count // ROWS_PER_THREAD_MIN or 1))
    set_threads(parts)
    scores = np.zeros(count if keep else 0, np.int64)
    sums = np.zeros((parts, units, 4), np.int64)  # score, weight, rows, room
    counts = np.zeros((parts, 2), np.int64)  # rows left to the exact evaluator, first bad row + 1
    over = over_limit or Fraction(0)
    kernel(
        *rows.columns,
        10 ** max(0, rounding.places - rows.weight_places),
        10 ** max(0, rows.weight_places - rounding.places),
        _ROUNDINGS[rounding.rounding],
        PARTIAL_CODES[partial],
        over.numerator,
        over.denominator,
        WEIGHT_MAX,
        _value_max(rows, rounding, over),
        scores,
        sums,
        counts,
    )
    bad = counts[:, 1][counts[:, 1] > 0]
    if len(bad):
        raise ValueError(_fault(rows, int(bad.min()) - 1, units))
    score_sum, weight_sum, row_count, _ = np.ascontiguousarray(sums.sum(axis=0).T)
    by_hand = int(counts[:, 0].sum())
    if by_hand:
        for index, points in _by_hand(rows, rounding, partial, over_limit):
            score_sum[rows.unit[index]] += points
            if keep:
                scores[index] = points
    return scores, Totals(score_sum, weight_sum, row_count, by_hand)


def _fault(rows: Rows, index: int, units: int) -> str:
    """What is wrong with row ``index``, which the kernel refused."""
    unit, method, weight, _, _, step, deduct = (int(column[index]) for column in rows.columns)
    if not 0 <= unit < units:
        return f"row {index}: unit {unit} is outside the range"
    if method != GIVEN and method not in _METHODS:
        return f"row {index}: unknown method {method}"
    if weight < 0:
        return f"row {index}: a weight is never negative"
    return f"row {index}: a step must be above 0 and must not add points (step {step}, deduct {deduct})"


_METHODS = {code: method for method, code in METHOD_CODES.items()}

#: Every product in the kernel stays below this, with room for the doubling of half-up rounding.
_PRODUCT_MAX = 2**61


#: Heavier rows (10,000.00 points) are scored by hand; no sheet has one.
WEIGHT_MAX = 1_000_000


def _value_max(rows: Rows, rounding: Rounding, over: Fraction) -> int:
    """The largest |target|, |actual| or |step| that the kernel may multiply; larger rows are scored by hand."""
    scale: int = 10 ** abs(rounding.places - rows.weight_places)
    # The widest product is 100 · weight · value (the from-sixty rule has the 100), times the over-completion terms.
    return _PRODUCT_MAX // (400 * WEIGHT_MAX * scale * (abs(over.numerator) + over.denominator))


def _by_hand(
    rows: Rows, rounding: Rounding, partial: Partial, over_limit: Fraction | None
) -> list[tuple[int, int]]:
    """The rows whose products would not fit, scored exactly: (row, score × 10^places)."""
    limit = _value_max(rows, rounding, over_limit or Fraction(0))
    large = (rows.weight > WEIGHT_MAX) | (rows.deduct > WEIGHT_MAX)
    for column in (rows.target, rows.actual, rows.step):
        large |= (column > limit) | (column < -limit)
    scale = 10**rows.weight_places
    found = []
    for index in np.flatnonzero(large & (rows.method != GIVEN)).tolist():
        step, deduct = Fraction(int(rows.step[index])), Fraction(int(rows.deduct[index]), scale)
        params = QuantityParams(step, deduct, partial, over_limit)
        weight = Fraction(int(rows.weight[index]), scale)
        method = _METHODS[int(rows.method[index])]
        points = exact_score(method, weight, int(rows.target[index]), int(rows.actual[index]), params)
        found.append((index, int(rounded(points, rounding).scaleb(rounding.places))))
    return found


@cache
def _compiled() -> tuple[Callable[..., None], Callable[[int], None]]:
    try:
        from guangsha.scoring.batch_kernel import score_columns, set_threads
    except ImportError as error:
        raise RuleMissing("批量评分需要安装 numba", advice="请运行 pip install guangsha[batch]。") from error
    return score_columns, set_threads
