"""Tables by their ruling lines: drawn segments become grids, grids become cells with their extents.

Only geometry: no text is looked at. Chinese forms are often drawn without left and right border, with double lines,
or with each cell's border as a shape of its own, so that near lines are merged and a missing outer border is closed.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Lines closer than this are one line (points): double borders, borders drawn by both neighbours.
NEAR = 2.0
#: Ends that miss each other by less than this are joined.
REACH = 3.0
#: A line stands out over the outermost crossing line by more than this when a border was left away.
OPEN = 8.0
#: A shape thinner than this is a line.
_THIN = 3.0
#: In a table nearly every cell has at least three drawn sides.
_BORDERLESS_MAX = 0.25
#: Fields of one grid, and pairs of lines looked at: beyond them it is hatching or graph paper.
_FIELDS_MAX = 20_000
_PAIRS_MAX = 2_000_000
#: Boxes below this size are tick boxes.
_TICK_BOX = 16.0


class Rule(NamedTuple):
    """A horizontal or vertical line: where it stands and from where to where it runs."""

    at: float
    start: float
    end: float


class Box(NamedTuple):
    """One cell of a grid. ``closed`` counts the sides that are drawn; 4 for all cells inside."""

    row: int
    column: int
    rows: int
    columns: int
    closed: int = 4


@dataclass(frozen=True)
class Grid:
    """A table's lines: edges of columns and rows, and its cells; ``owner`` gives the cell of each elementary field."""

    xs: NDArray[np.float64]
    ys: NDArray[np.float64]
    boxes: tuple[Box, ...]
    owner: NDArray[np.intp]

    @property
    def left(self) -> float:
        return float(self.xs[0])

    @property
    def right(self) -> float:
        return float(self.xs[-1])

    @property
    def top(self) -> float:
        return float(self.ys[0])

    @property
    def bottom(self) -> float:
        return float(self.ys[-1])


def find_grids(rulings: NDArray[Any], width: float, height: float) -> tuple[list[Grid], list[Rule]]:
    """The grids of a page from top to bottom, and the horizontal lines that belong to none.

    Args:
        rulings: left, top, right, bottom of each drawn line, y downwards.
        width: of the page, as ``height``; what lies outside is not looked at.
    """
    horizontal, vertical = merged_rules(rulings, width, height)
    if not vertical or len(horizontal) < 2 or len(horizontal) * len(vertical) > _PAIRS_MAX:
        return [], horizontal
    grids: list[Grid] = []
    loose: list[Rule] = []
    for across, down in _components(horizontal, vertical):
        grid = _grid(across, down) if len(across) > 1 and down else None
        if grid is None or _is_drawing(grid):
            loose += across
        else:
            grids.append(grid)
    return _outermost(grids), loose


def _is_drawing(grid: Grid) -> bool:
    """Whether too many fields have no border: bars of a chart at their axis, an arrow, a signature."""
    return sum(box.closed <= 2 for box in grid.boxes) > _BORDERLESS_MAX * len(grid.boxes)


def merged_rules(rulings: NDArray[Any], width: float, height: float) -> tuple[list[Rule], list[Rule]]:
    """Horizontal and vertical lines, pieces of one line joined."""
    if not len(rulings):
        return [], []
    left, top, right, bottom = rulings.astype(np.float64).T
    inside = (right > 0) & (left < width) & (bottom > 0) & (top < height)
    wide, high = right - left, bottom - top
    across = inside & (high <= _THIN) & (wide > high)
    down = inside & (wide <= _THIN) & (high > wide)
    rows = _joined((top[across] + bottom[across]) / 2, left[across], right[across])
    columns = _joined((left[down] + right[down]) / 2, top[down], bottom[down])
    return rows, columns


def _joined(at: NDArray[Any], start: NDArray[Any], end: NDArray[Any]) -> list[Rule]:
    """Lines at nearly the same place as one line, pieces that touch as one piece."""
    if not len(at):
        return []
    drawn = sorted(zip(at.tolist(), start.tolist(), end.tolist(), strict=True))
    rules: list[Rule] = []
    group: list[tuple[float, float, float]] = []
    for line in drawn:
        if group and line[0] - group[-1][0] > NEAR:
            rules += _one_line(group)
            group = []
        group.append(line)
    rules += _one_line(group)
    # A piece this short joins nothing: a dash, a stroke of a drawing.
    return [rule for rule in rules if rule.end - rule.start > _THIN]


def _one_line(group: Sequence[tuple[float, float, float]]) -> Iterator[Rule]:
    """Pieces at nearly the same place, joined where they touch."""
    place = sum(at for at, _, _ in group) / len(group)
    pieces = sorted((start, end) for _, start, end in group)
    low, high = pieces[0]
    for start, end in pieces[1:]:
        if start <= high + REACH:
            high = max(high, end)
        else:
            yield Rule(place, low, high)
            low, high = start, end
    yield Rule(place, low, high)


def _components(across: Sequence[Rule], down: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Lines that touch each other, directly or through others, as groups."""
    ha = np.array([(r.at, r.start - REACH, r.end + REACH) for r in across])
    va = np.array([(r.at, r.start - REACH, r.end + REACH) for r in down])
    touch = (
        (va[None, :, 0] >= ha[:, None, 1])
        & (va[None, :, 0] <= ha[:, None, 2])
        & (ha[:, None, 0] >= va[None, :, 1])
        & (ha[:, None, 0] <= va[None, :, 2])
    )
    groups: list[tuple[list[Rule], list[Rule]]] = []
    left = np.ones(len(across), dtype=bool)
    for seed in range(len(across)):
        if not left[seed]:
            continue
        rows = np.zeros(len(across), dtype=bool)
        rows[seed] = True
        while True:
            columns = touch[rows].any(axis=0)
            reached = touch[:, columns].any(axis=1) | rows
            if (reached == rows).all():
                break
            rows = reached
        left &= ~rows
        chosen = np.flatnonzero(rows).tolist(), np.flatnonzero(columns).tolist()
        groups.append(([across[n] for n in chosen[0]], [down[n] for n in chosen[1]]))
    return groups


def _edges(rules: Sequence[Rule], crossing: Sequence[Rule]) -> list[float]:
    """Where ``rules`` stand, and where ``crossing`` lines stand out over the outermost of them."""
    places = sorted({rule.at for rule in rules})
    low, high = min(rule.start for rule in crossing), max(rule.end for rule in crossing)
    if low < places[0] - OPEN:
        places.insert(0, low)
    if high > places[-1] + OPEN:
        places.append(high)
    return places


def _grid(across: Sequence[Rule], down: Sequence[Rule]) -> Grid | None:
    xs, ys = _edges(down, across), _edges(across, down)
    if len(xs) < 2 or len(ys) < 2 or len(xs) * len(ys) > _FIELDS_MAX:
        return None
    columns, rows = len(xs) - 1, len(ys) - 1
    # walls[r][k]: field (r, k-1) and (r, k) are parted; floors[k][c]: field (k-1, c) and (k, c) are.
    walls = _drawn(down, xs, ys)
    floors = [list(row) for row in zip(*_drawn(across, ys, xs), strict=True)]
    outer = [list(row) for row in walls], [list(row) for row in floors]
    for wall in walls:
        wall[0] = wall[-1] = True
    floors[0] = [True] * columns
    floors[-1] = [True] * columns
    boxes, owner = _boxes(rows, columns, walls, floors, outer)
    return Grid(np.array(xs), np.array(ys), tuple(boxes), owner)


def _drawn(rules: Sequence[Rule], places: Sequence[float], crossing: Sequence[float]) -> list[list[bool]]:
    """For each span between two neighbours of ``crossing`` and each of ``places``: is a line drawn there?"""
    middles = [(a + b) / 2 for a, b in itertools.pairwise(crossing)]
    drawn = [[False] * len(places) for _ in middles]
    for rule in rules:
        place = bisect_left(places, rule.at - 1e-6)
        if place == len(places):
            continue
        for span in range(bisect_left(middles, rule.start), bisect_right(middles, rule.end)):
            drawn[span][place] = True
    return drawn


def _boxes(
    rows: int,
    columns: int,
    walls: list[list[bool]],
    floors: list[list[bool]],
    outer: tuple[list[list[bool]], list[list[bool]]],
) -> tuple[list[Box], NDArray[np.intp]]:
    """Fields that no line parts, joined to rectangles: to the right first, then downwards."""
    owner = [[-1] * columns for _ in range(rows)]
    boxes: list[Box] = []
    for row in range(rows):
        for column in range(columns):
            if owner[row][column] >= 0:
                continue
            if walls[row][column + 1] and floors[row + 1][column]:
                owner[row][column] = len(boxes)
                right, bottom = column + 1, row + 1
            else:
                right, bottom = _extent(row, column, walls, floors, owner)
                for line in owner[row:bottom]:
                    line[column:right] = [len(boxes)] * (right - column)
            closed = 4
            if not (row and column) or bottom == rows or right == columns:
                closed = _closed(row, column, right, bottom, outer)
            boxes.append(Box(row, column, bottom - row, right - column, closed))
    return boxes, np.array(owner, dtype=np.intp)


def _extent(
    row: int, column: int, walls: list[list[bool]], floors: list[list[bool]], owner: list[list[int]]
) -> tuple[int, int]:
    """Where the cell that begins here ends: its right and its lower edge."""
    right = column + 1
    while not walls[row][right] and owner[row][right] < 0:
        right += 1
    bottom = row + 1
    while bottom < len(owner) and _continues(bottom, column, right, walls, floors):
        bottom += 1
    return right, bottom


def _closed(
    row: int, column: int, right: int, bottom: int, outer: tuple[list[list[bool]], list[list[bool]]]
) -> int:
    """How many sides of a cell are drawn."""
    walls, floors = outer
    return (
        all(walls[r][column] for r in range(row, bottom))
        + all(walls[r][right] for r in range(row, bottom))
        + all(floors[row][column:right])
        + all(floors[bottom][column:right])
    )


def _continues(row: int, left: int, right: int, walls: list[list[bool]], floors: list[list[bool]]) -> bool:
    return (
        not any(floors[row][left:right])
        and walls[row][left]
        and walls[row][right]
        and not any(walls[row][left + 1 : right])
    )


def _outermost(grids: list[Grid]) -> list[Grid]:
    """Grids without tick boxes, frames around a page, and what stands inside a cell of another grid."""
    kept: list[Grid] = []
    for grid in sorted(grids, key=lambda g: (g.left - g.right) * (g.bottom - g.top)):
        if max(grid.right - grid.left, grid.bottom - grid.top) < _TICK_BOX:
            continue
        around = [other for other in kept if _holds(other, grid)]
        if any(len(other.boxes) > 1 for other in around):
            continue
        kept = [other for other in kept if other not in around]  # a frame drawn around a table
        kept.append(grid)
    return sorted(kept, key=lambda g: (g.top, g.left))


def _holds(outer: Grid, inner: Grid) -> bool:
    return (
        outer.left <= inner.left + REACH
        and outer.right >= inner.right - REACH
        and outer.top <= inner.top + REACH
        and outer.bottom >= inner.bottom - REACH
    )
