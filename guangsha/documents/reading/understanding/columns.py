"""Binds the cells of a row to the columns that a head names: by the grid where there is one, by order, place and
kind of text where the columns were guessed.

In a guessed table a head may stand over the left or the right half of its column, a row may have lost a cell, and a
ruling line may have cut a figure in two. The assignment with the least total surprise is taken; nothing in it looks at
sums.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from guangsha.documents.reading.source import TableCell
from guangsha.documents.reading.understanding.cells import (
    compact,
    digits_only,
    figure,
    is_blank,
    join_torn,
    words,
)
from guangsha.documents.reading.understanding.forms import FormRow
from guangsha.documents.reading.understanding.vocabulary import is_level2, level1_name

#: A field of the columns left of the first head: labels written downwards.
SIDE = "side"
#: The field of a column whose head names nothing that is looked for.
OTHER = ""

_NUMERIC = ("weight", "score")
_AMOUNTS = ("initial", "full_year", "executed", "prior_executed", "rate")
#: What it costs to leave a column without a cell: a row nearly always has a name and values.
_BLANK_COST = {"name": 2.5, "target": 1.2, "actual": 1.2, "weight": 0.6, "score": 0.6}
_FAR = 4.2


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its field and the grid columns it covers."""

    field: str
    start: int
    end: int

    def distance(self, column: int) -> int:
        if column < self.start:
            return self.start - column
        return max(0, column - self.end + 1)


@dataclass(frozen=True, slots=True)
class Bound:
    """What stands in one column of a row: the cells and their text put together."""

    cells: tuple[TableCell, ...]
    text: str

    @property
    def cell(self) -> TableCell:
        return self.cells[0]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one part of a form, as its head row gives them."""

    columns: tuple[Column, ...]
    piece: int
    width: int
    cells: int  # how many cells the rows of this part mostly have

    def has(self, field: str) -> bool:
        return any(column.field == field for column in self.columns)

    def bind(self, row: FormRow) -> dict[str, Bound]:
        """The filled columns of ``row``."""
        cells = [cell for cell in row.cells if not is_blank(cell.text)]
        chosen = self._by_cost(row, cells) if row.torn else self._by_grid(cells)
        return {
            field: Bound(tuple(group), join_torn([cell.text for cell in group]) if row.torn else _one(group))
            for field, group in chosen.items()
        }

    def _by_grid(self, cells: Sequence[TableCell]) -> dict[str, list[TableCell]]:
        chosen: dict[str, list[TableCell]] = {}
        for cell in cells:
            overlaps = [
                (min(column.end, cell.column + cell.columns) - max(column.start, cell.column), -number)
                for number, column in enumerate(self.columns)
            ]
            best = max(overlaps, default=(0, 0))
            if best[0] <= 0:
                continue
            fields = [self.columns[-best[1]].field]
            if fields == [OTHER]:
                continue
            if "不适用" in cell.text:  # one cell over target and actual
                fields += [
                    column.field
                    for column, (overlap, _) in zip(self.columns, overlaps, strict=True)
                    if overlap > 0 and column.field != fields[0]
                ]
            for field in fields:
                chosen.setdefault(field, []).append(cell)
        return chosen

    def _by_cost(self, row: FormRow, cells: Sequence[TableCell]) -> dict[str, list[TableCell]]:
        outside = any(cell.column > self.columns[-1].end for cell in cells)
        placed = row.piece == self.piece and row.width == self.width and not outside
        if placed and len(row.cells) != self.cells:
            return _assign(self.columns, cells, _weak_place_cost)  # a cell of the row was lost
        return _assign(self.columns, cells, _place_cost if placed else _no_place)


def _one(cells: Sequence[TableCell]) -> str:
    return "\n".join(cell.text for cell in cells)


def _place_cost(column: Column, cell: TableCell) -> float:
    return min(1.4 * column.distance(cell.column), _FAR)


def _weak_place_cost(column: Column, cell: TableCell) -> float:
    return 0.25 * _place_cost(column, cell)


def _no_place(column: Column, cell: TableCell) -> float:
    return 0.0


_PlaceCost = Callable[[Column, TableCell], float]


def _assign(
    columns: Sequence[Column], cells: Sequence[TableCell], place: _PlaceCost
) -> dict[str, list[TableCell]]:
    """Cells to columns in order, at least cost; several neighbouring cells may make one column."""
    best: dict[int, tuple[float, tuple[int, ...]]] = {}
    blank = [_BLANK_COST.get(column.field, 0.0) for column in columns]
    for number, cell in enumerate(cells):
        following: dict[int, tuple[float, tuple[int, ...]]] = {}
        for j, column in enumerate(columns):
            own = place(column, cell) + _kind_cost(column.field, cell.text)
            if number == 0:
                following[j] = (sum(blank[:j]) + own, (j,))
                continue
            for i, (cost, path) in best.items():
                if i > j:
                    continue
                step = (
                    _join_cost(column, cells[number - 1], cell, joined=path.count(j))
                    if i == j
                    else sum(blank[i + 1 : j])
                )
                total = cost + step + own
                if j not in following or total < following[j][0]:
                    following[j] = (total, (*path, j))
        best = following
    if not best:
        return {}
    _, path = min((cost + sum(blank[j + 1 :]), path) for j, (cost, path) in best.items())
    chosen: dict[str, list[TableCell]] = {}
    for j, cell in zip(path, cells, strict=True):
        if columns[j].field != OTHER:
            chosen.setdefault(columns[j].field, []).append(cell)
    return chosen


def _join_cost(column: Column, first: TableCell, second: TableCell, *, joined: int) -> float:
    """What it costs to read two cells as one."""
    a, b = compact(first.text), compact(second.text)
    inside = not column.distance(first.column) and not column.distance(second.column)
    if b.startswith(a) or b[0] in "%;；:：、,，)）" or a[-1] in "≥≤<>.(（、":
        return 0.0
    if a[0] in "≥≤<>" and b[0] in "≥≤<>":
        return 2.8
    if second.column - first.column > 1 and column.field in ("target", "actual", *_NUMERIC):
        return 2.0
    return 0.2 if inside else 1.5 * joined


def _kind_cost(field: str, text: str) -> float:
    bare = compact(text)
    if field in _NUMERIC:
        return 0.0 if figure(text) is not None else (1.0 if not re.search(r"[\u3400-\u9fff]", bare) else 5.0)
    if field == OTHER:
        return 0.3
    if field == SIDE:
        if re.search(r"绩|效|指标|目标|年度|分[)）]", bare) and len(bare) < 14:
            return 0.0
        return 2.0 if digits_only(text) else 0.7
    if field in _AMOUNTS:
        return 0.0 if figure(text) is not None else 3.0
    if field == "level1":
        if level1_name(text) or re.search(r"分[)）]|[(（]\d", bare):
            return 0.0
        return 3.0 if is_level2(text) or digits_only(text) else (1.0 if len(bare) <= 8 else 4.0)
    if field == "level2":
        if is_level2(text):
            return 0.0
        if digits_only(text) or len(bare) > 24:
            return 4.0
        return 0.3 if re.search(r"指标?|效益|影响|满意", bare) else 1.5
    if field == "name":
        return 3.0 if is_level2(text) or digits_only(text) else (1.5 if bare[0] in "≥≤<>≼≽" else 0.0)
    if field in ("target", "actual"):
        return 3.0 if is_level2(text) else 0.0
    if field == "rule":
        return 2.0 if digits_only(text) else 0.0
    if field in ("reason", "remark"):
        return 3.0 if digits_only(text) else 0.0
    return 0.0 if len(bare) <= 8 else 2.0


# --- from a head row to columns --------------------------------------------------------------------------------


def columns_of(
    row: FormRow,
    name: Callable[[str], str],
    below: Sequence[FormRow],
    exact: Callable[[str], str] | None = None,
) -> Columns | None:
    """The columns that a head row names; None where it names fewer than two.

    Args:
        name: field of a head's words, empty where they name none.
        below: rows of the same part, which decide to which side a column without a head belongs.
        exact: the same without tolerance for damage, where ``name`` has any.
    """
    heads = _heads(row, name, exact or name)
    if sum(column.field != OTHER for column in heads) < 2:
        return None
    same = [other for other in below if other.piece == row.piece and other.width == row.width]
    columns = _close_gaps(heads, same)
    if columns[0].start > 0:
        columns.insert(0, Column(SIDE, 0, columns[0].start))
    counts = [len(other.cells) for other in same] or [len(row.cells)]
    return Columns(tuple(columns), row.piece, row.width, max(set(counts), key=counts.count))


def _heads(row: FormRow, name: Callable[[str], str], exact: Callable[[str], str]) -> list[Column]:
    """Recognised heads in order; the halves of a torn head are put together (``具体指标名`` and ``称``)."""
    filled = [cell for cell in row.cells if not is_blank(cell.text)]
    found: list[Column] = []
    skip = False
    for cell, following in zip(filled, [*filled[1:], None], strict=True):
        if skip:
            skip = False
            continue
        field, end = name(cell.text), cell.column + cell.columns
        if row.torn and following is not None and not (field and name(following.text)):
            joined = compact(cell.text) + compact(following.text)
            both = exact(joined) if field else name(joined)
            if both and both in (field or both, name(following.text) or both):
                field, end, skip = both, following.column + following.columns, True
        if not field:
            # a column that nobody asks for still keeps its cells from its neighbours
            if found and len(re.findall(r"[\u4e00-\u9fff]", cell.text)) >= (3 if row.torn else 1):
                found.append(Column(OTHER, cell.column, end))
            continue
        if found and found[-1].field == field:
            found[-1] = replace(found[-1], end=end)
        elif all(column.field != field for column in found):
            found.append(Column(field, cell.column, end))
    return found


def _close_gaps(heads: Sequence[Column], rows: Sequence[FormRow]) -> list[Column]:
    """Columns without gaps between them: a grid column under no head goes where more rows are then complete."""
    closed = [heads[0]]
    for head in heads[1:]:
        before = closed[-1]
        if head.start > before.end:
            edges = range(before.end, head.start + 1)
            edge = max(edges, key=lambda at: _fit(rows, replace(before, end=at), replace(head, start=at)))
            closed[-1] = replace(before, end=edge)
            head = replace(head, start=edge)
        closed.append(head)
    return closed


def _fit(rows: Sequence[FormRow], left: Column, right: Column) -> tuple[int, float, int]:
    """How well an edge parts two columns: rows with both, then how well the texts suit, then the right-most edge."""
    strain = sum(
        _kind_cost(column.field, cell.text)
        for row in rows
        for cell in row.filled
        for column in (left, right)
        if column.start <= cell.column < column.end
    )
    return _complete(rows, left, right), -strain, left.end


def _complete(rows: Sequence[FormRow], left: Column, right: Column) -> int:
    """In how many rows both columns hold something that suits them; each counts."""
    count = 0
    for row in rows:
        here, there = (
            any(
                column.start <= cell.column < column.end and _kind_cost(column.field, cell.text) < 1.5
                for cell in row.filled
            )
            for column in (left, right)
        )
        count += 2 * (here and there) + (here or there)
    return count


def text_of(bound: Mapping[str, Bound], field: str) -> str:
    """The text of one column on one line; empty where the row has none."""
    found = bound.get(field)
    return words(found.text) if found else ""
