"""The compiled pass of ``batch.py``: whole numbers only, one loop over the rows, one part of them a thread.

Each branch mirrors one function of ``rules.py``; the numbers of the methods are ``METHOD_CODES``. A score is held as a
fraction ``top / bottom`` of points and rounded once.
"""

from __future__ import annotations

from numba import njit, prange, set_num_threads
from numba.np.ufunc.parallel import get_thread_count as threads_started

from guangsha.scoring.rules import METHOD_CODES, PARTIAL_CODES, Method, Partial

_POSITIVE = METHOD_CODES[Method.POSITIVE]
_FROM_SIXTY = METHOD_CODES[Method.POSITIVE_FROM_SIXTY]
_RECIPROCAL = METHOD_CODES[Method.NEGATIVE_RECIPROCAL]
_TO_DOUBLE = METHOD_CODES[Method.NEGATIVE_TO_DOUBLE]
_ALL_OR_NOTHING = METHOD_CODES[Method.NEGATIVE_ALL_OR_NOTHING]
_EQUAL = METHOD_CODES[Method.EQUAL]
_EQUAL_EXACT = METHOD_CODES[Method.EQUAL_EXACT]
_STEP_UP = METHOD_CODES[Method.STEP_UP]
_LAST = max(METHOD_CODES.values())
_FLOOR = PARTIAL_CODES[Partial.FLOOR]
_PROPORTIONAL = PARTIAL_CODES[Partial.PROPORTIONAL]
_FITS_32 = 1 << 31


@njit(inline="always")
def _points(method, w, a, b, step, deduct, partial):  # type: ignore[no-untyped-def]
    """Points of one row as (top, bottom), bottom > 0; see the function of the same method in ``rules.py``."""
    if method == 0:  # the score is given
        return min(max(b, 0), w), 1
    if method == _POSITIVE:
        if b >= a:
            return w, 1
        return (w * b, a) if a > 0 and b > 0 else (0, 1)
    if method == _RECIPROCAL:
        if b <= a:
            return w, 1
        return (w * a, b) if a > 0 else (0, 1)
    if method >= _STEP_UP:
        short = a - b if method == _STEP_UP else b - a
        if short <= 0:
            return w, 1
        if partial == _PROPORTIONAL:
            return max(0, w * step - short * deduct), step
        steps = short // step
        if partial != _FLOOR and steps * step != short:
            steps += 1
        # A step more than the weight is worth changes nothing: bounding it keeps the product small.
        return max(0, w - min(steps, w + 1) * deduct), 1
    if method == _FROM_SIXTY:
        if b >= a:
            return w, 1
        return (w * (100 * b - 60 * a), 40 * a) if a > 0 and 100 * b > 60 * a else (0, 1)
    if method == _TO_DOUBLE:
        if b <= a:
            return w, 1
        return (w * (2 * a - b), a) if a > 0 and b < 2 * a else (0, 1)
    if method == _ALL_OR_NOTHING:
        return (w, 1) if b <= a else (0, 1)
    if method == _EQUAL:
        if a > 0:
            if b >= a:
                return w, 1
            return (w * b, a) if b > 0 else (0, 1)
        reached = b <= 0 if a == 0 else b == a
        return (w, 1) if reached else (0, 1)
    return (w, 1) if b == a else (0, 1)  # equal, exactly


@njit(inline="always")
def _rounded(top, bottom, mode):  # type: ignore[no-untyped-def]
    """top / bottom (neither negative, bottom > 0) to a whole number: 0 half up, 1 down, 2 up."""
    if bottom == 1:
        return top
    if mode == 0:
        top, bottom = 2 * top + bottom, 2 * bottom
    elif mode == 2:
        top += bottom - 1
    if top < _FITS_32 and bottom < _FITS_32:  # a 32-bit division is several times cheaper
        return (top & 0x7FFFFFFF) // (bottom & 0x7FFFFFFF)
    return top // bottom


@njit(parallel=True, nogil=True, cache=True)
def score_columns(  # type: ignore[no-untyped-def]
    unit, method, weight, target, actual, step, deduct,
    up, down, mode, partial, over_top, over_bottom, weight_max, value_max, scores, sums, counts,
):  # fmt: skip
    """Score every row and add it to its unit; part p of the rows goes to ``sums[p]``.

    Args:
        up, down: factors that bring weights to the scale of the scores.
        mode: rounding; partial: what an unfinished step costs.
        over_top, over_bottom: over-completion limit as a fraction; over_top 0 for none.
        weight_max, value_max: rows with larger numbers are left out and counted in ``counts[p, 0]``.
        scores: one slot a row, or empty when only sums are wanted.
        sums: (parts, units, 4): score, weight, number of rows, and room so that a unit fills half a cache line.
        counts: (parts, 2): rows left out, and 1 + the first row that makes no sense (0: none).
    """
    parts = sums.shape[0]
    units = sums.shape[1]
    count = unit.shape[0]
    keep = scores.shape[0] > 0
    for part in prange(parts):
        large = 0
        for i in range(count * part // parts, count * (part + 1) // parts):
            u = unit[i]
            w = weight[i]
            m = method[i]
            a = target[i]
            b = actual[i]
            s = step[i]
            d = deduct[i]
            if u < 0 or u >= units or w < 0 or m < 0 or m > _LAST or (m >= _STEP_UP and (s <= 0 or d < 0)):
                counts[part, 1] = i + 1
                break
            sums[part, u, 1] += w
            sums[part, u, 2] += 1
            if m != 0 and (
                w > weight_max or d > weight_max or a > value_max or a < -value_max
                or b > value_max or b < -value_max or s > value_max or s < -value_max
            ):  # fmt: skip
                large += 1
                continue
            top, bottom = _points(m, w, a, b, s, d, partial)
            if over_top > 0 and a > 0 and m in (_POSITIVE, _FROM_SIXTY, _EQUAL):
                # lost: w · (b/a - limit), at most w; only where b > a, so nothing else was lost yet
                excess = b * over_bottom - over_top * a
                if excess > 0:
                    top, bottom = (
                        max(0, top * a * over_bottom - bottom * w * excess),
                        bottom * a * over_bottom,
                    )
            score = _rounded(top * up, bottom * down, mode)
            sums[part, u, 0] += score
            if keep:
                scores[i] = score
        counts[part, 0] = large


def set_threads(count: int) -> None:
    """Use ``count`` threads (at most as many as numba started with)."""
    set_num_threads(min(count, threads_started()))  # type: ignore[no-untyped-call]
