"""The two overview tables: incomes on the left, expenditures by functional class on the right (公开01, 公开04)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from guangsha.documents.reading.understanding.accounts_columns import (
    Columns,
    adds_up,
    placed,
    read_columns,
    without_specks,
)
from guangsha.documents.reading.understanding.accounts_grid import Grid, Piece
from guangsha.documents.reading.understanding.accounts_labels import (
    Labels,
    is_income_label,
    label_words,
    row_between,
)
from guangsha.documents.reading.understanding.accounts_reading import (
    ReadCell,
    TableReading,
    printed_with_decimals,
)
from guangsha.documents.reading.understanding.accounts_words import Figure
from guangsha.facts.accounts import COLUMN_LABELS

_AMOUNT_HEAD = re.compile(r"决算|金额|夬算")
_LINES_LEAST = 3
_LABELS_LEAST = 3


@dataclass(slots=True)
class _Half:
    """One side of one row: label as printed, printed line number, amounts."""

    label: str
    line: int | None
    figures: list[Figure]
    shift: int = 0


def read_overview(grid: Grid, table: str, year: int) -> TableReading:
    """Read one part of an overview table; rows are told by their labels, by line numbers where a label is lost."""
    reading = TableReading()
    labels = Labels(table, year)
    side = _right_side(grid, labels)
    if side is None:
        return reading
    halves = [_halves(grid, row, side, labels) for row in range(grid.after_head, grid.height)]
    left, right = [half for half, _ in halves], [half for _, half in halves]
    _part_lines(left, grid)
    _part_lines(right, grid)
    head = grid.head_rows(_first_labelled(grid, labels, side))
    decimals = printed_with_decimals(f for half in (*left, *right) for f in half.figures)
    amount = _amount_columns(grid, head, 0, side)
    for half in left:
        if row := labels.left(half.label):
            _put_amount(reading, row, half, amount, torn=grid.torn, decimals=decimals)
    rows = _right_rows(right, labels)
    if table == "overview":
        amount = _amount_columns(grid, head, side, grid.width)
        for row, half in rows:
            _put_amount(reading, row, half, amount, torn=grid.torn, decimals=decimals)
    else:
        columns = read_columns(grid, table, head, side + 1)
        for row, half in rows:
            _put_funds(reading, row, half, columns, torn=grid.torn, decimals=decimals)
    return reading


def _right_side(grid: Grid, labels: Labels) -> int | None:
    """The column where the labels of the expenditure side stand."""
    found = Counter(
        piece.column
        for row in grid.rows
        for piece in row
        if labels.right(piece.text).startswith("class.") and not is_income_label(piece.text)
    )
    if not found or found.most_common(1)[0][1] < _LABELS_LEAST:
        return None
    return found.most_common(1)[0][0]


def _first_labelled(grid: Grid, labels: Labels, side: int) -> int | None:
    """The first row of the body: an income on the left or an expenditure where those stand."""
    for number, row in enumerate(grid.rows):
        if any(
            is_income_label(p.text) if p.column < side else p.column == side and labels.right(p.text)
            for p in row
        ):
            return number
    return None


def _halves(grid: Grid, row: int, side: int, labels: Labels) -> tuple[_Half, _Half]:
    """The row parted where its expenditure label stands; in scanned rows that may be beside its column."""
    pieces = grid.rows[row]
    at = side
    if grid.torn and not any(piece.column == side and piece.han for piece in pieces):
        beside = [
            p.column for p in pieces if p.column > 0 and labels.right(p.text) and abs(p.column - side) <= 2
        ]
        at = beside[-1] if beside else side
    left = _half(p for p in pieces if p.column < at)
    right = _half(p for p in pieces if p.column >= at)
    right.shift = at - side
    return left, right


def _half(pieces: Iterable[Piece]) -> _Half:
    half = _Half("", None, [])
    for piece in pieces:
        if piece.figures:
            half.figures += piece.figures
        elif not half.figures:
            half.label += re.sub(r"\s+", "", piece.text)
    if behind := re.search(r"(?<=[\u3400-\u9fff)）])(\d{1,3})$", half.label):
        half.line = int(behind[1])
        half.label = half.label[: behind.start()]
    return half


def _part_lines(halves: list[_Half], grid: Grid) -> None:
    """Take the printed line numbers (行次) out of the amounts, where the side prints them."""
    first = [half.figures[0] for half in halves if half.figures and half.line is None]
    wholes = [int(figure.value) for figure in first if figure.whole]
    steps = sum(1 for one, two in pairwise(wholes) if two == one + 1)
    in_head = any("行次" in grid.text(row) for row in range(min(grid.height, 8)))
    if steps < _LINES_LEAST and not in_head:
        return
    columns = Counter(figure.column for figure in first if figure.whole)
    usual = columns.most_common(1)[0][0] if columns else -1
    for half in halves:
        if half.line is None and half.figures and half.figures[0].whole:
            number = half.figures[0]
            if number.column == usual + half.shift or (grid.torn and abs(number.column - usual) <= 2):
                half.line = int(number.value)
                half.figures = half.figures[1:]


def _amount_columns(grid: Grid, head: range, first: int, end: int) -> set[int]:
    """The columns of final-accounts amounts on one side; empty where the head does not tell."""
    worded = {column for column in range(first, end) if _AMOUNT_HEAD.search(grid.path(column, head))}
    numbered = {column for column in grid.ruler.columns if first <= column < end} if grid.ruler else set()
    if worded & numbered or not numbered:
        return worded & numbered or worded
    return numbered


def _put_amount(
    reading: TableReading, row: str, half: _Half, columns: set[int], *, torn: bool, decimals: bool
) -> None:
    """The amount of a side that has one column of them."""
    figures = half.figures
    if torn and decimals:
        figures = without_specks(figures)
    standing = [f for f in figures if f.column - half.shift in columns]
    chosen = standing or (figures if torn or not columns else [])
    if chosen:
        words = half.label or row
        reading.put(ReadCell(row, "amount", chosen[0], words, "决算数"))


def _right_rows(halves: list[_Half], labels: Labels) -> list[tuple[str, _Half]]:
    """The expenditure rows with their keys; a lost label is told by the line numbers of its neighbours."""
    keys = [labels.right(half.label) for half in halves]
    known = [
        (half.line, key) for half, key in zip(halves, keys, strict=True) if key and half.line is not None
    ]
    rows: list[tuple[str, _Half]] = []
    for half, key in zip(halves, keys, strict=True):
        if not key and half.line is not None and half.figures and len(label_words(half.label)) < 4:
            key = row_between(half.line, known, labels.right_order)
        if key:
            rows.append((key, half))
    return rows


def _put_funds(
    reading: TableReading, row: str, half: _Half, columns: Columns, *, torn: bool, decimals: bool
) -> None:
    """The amounts of an expenditure row by fund."""
    moved = {column + half.shift: name for column, name in columns.items()}
    cells = placed(half.figures, moved, partial(adds_up, "fiscal_overview"), torn=torn, decimals=decimals)
    for column, figure in cells.items():
        words = COLUMN_LABELS["fiscal_overview"][column]
        reading.put(ReadCell(row, column, figure, half.label or row, words))
