"""Ruling lines to cells: whatever table is drawn, its cells come back with their extents."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from guangsha.documents.reading.pdf_lines import Piece, cell_text
from guangsha.documents.reading.pdf_tables import Box, Grid, find_grids

WIDTH, HEIGHT = 595.0, 842.0
Line = tuple[float, float, float, float]


def grids_of(lines: list[Line]) -> list[Grid]:
    return find_grids(np.array(lines, dtype=np.float32).reshape(-1, 4), WIDTH, HEIGHT)[0]


def across(y: float, x0: float, x1: float) -> Line:
    return (x0, y, x1, y)


def down(x: float, y0: float, y1: float) -> Line:
    return (x, y0, x, y1)


def ruled(xs: list[float], ys: list[float]) -> list[Line]:
    return [across(y, xs[0], xs[-1]) for y in ys] + [down(x, ys[0], ys[-1]) for x in xs]


def extents(grid: Grid) -> set[tuple[int, int, int, int]]:
    return {(box.row, box.column, box.rows, box.columns) for box in grid.boxes}


@st.composite
def merged_tables(draw: st.DrawFn) -> tuple[list[float], list[float], set[tuple[int, int, int, int]]]:
    """Edges of a table and its cells, some of them merged over rows and columns."""
    columns, rows = draw(st.integers(2, 6)), draw(st.integers(2, 8))
    xs = [60.0]
    for _ in range(columns):
        xs.append(xs[-1] + draw(st.integers(12, 80)))
    ys = [80.0]
    for _ in range(rows):
        ys.append(ys[-1] + draw(st.integers(9, 60)))
    free = {(row, column) for row in range(rows) for column in range(columns)}
    cells: set[tuple[int, int, int, int]] = set()
    for _ in range(draw(st.integers(0, 4))):
        row, column = draw(st.integers(0, rows - 1)), draw(st.integers(0, columns - 1))
        deep, wide = draw(st.integers(1, rows - row)), draw(st.integers(1, columns - column))
        covered = {(r, c) for r in range(row, row + deep) for c in range(column, column + wide)}
        if covered <= free and covered != {(r, c) for r in range(rows) for c in range(columns)}:
            free -= covered
            cells.add((row, column, deep, wide))
    return xs, ys, cells | {(row, column, 1, 1) for row, column in free}


@given(merged_tables(), st.floats(-0.7, 0.7), st.booleans())
def test_each_border_drawn_by_its_cell_gives_the_cells_back(
    made: tuple[list[float], list[float], set[tuple[int, int, int, int]]], shift: float, boxed: bool
) -> None:
    xs, ys, cells = made
    lines: list[Line] = []
    for number, (row, column, deep, wide) in enumerate(sorted(cells)):
        # neighbours draw their common border twice, not quite in the same place
        off = shift if number % 2 and boxed else 0.0
        left, right, top, bottom = (
            xs[column] + off,
            xs[column + wide] + off,
            ys[row] + off,
            ys[row + deep] + off,
        )
        lines += [
            across(top, left, right),
            across(bottom, left, right),
            down(left, top, bottom),
            down(right, top, bottom),
        ]
    (grid,) = grids_of(lines)
    rows = sorted({edge for row, _, deep, _ in cells for edge in (row, row + deep)})
    columns = sorted({edge for _, column, _, wide in cells for edge in (column, column + wide)})
    assert extents(grid) == {
        (
            rows.index(r),
            columns.index(c),
            rows.index(r + h) - rows.index(r),
            columns.index(c + w) - columns.index(c),
        )
        for r, c, h, w in cells
    }


def test_a_table_without_outer_borders_keeps_its_outer_columns() -> None:
    lines = [across(y, 60, 400) for y in (100, 120, 140)] + [down(x, 100, 140) for x in (150, 300)]
    (grid,) = grids_of(lines)
    assert [round(x) for x in grid.xs] == [60, 150, 300, 400]
    assert len(grid.boxes) == 6


def test_lines_drawn_in_pieces_are_one_line() -> None:
    lines = [piece for y in (100, 120, 140) for piece in (across(y, 60, 150), across(y, 151, 300))]
    lines += [down(x, 100, 140) for x in (60, 150, 300)]
    assert extents(grids_of(lines)[0]) == {(0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 1)}


def test_two_tables_on_a_page_stay_two() -> None:
    lines = ruled([60, 200, 400], [100, 120, 140]) + ruled([60, 200, 400], [300, 320, 340])
    assert [round(grid.top) for grid in grids_of(lines)] == [100, 300]


def test_a_frame_around_the_page_does_not_swallow_the_table() -> None:
    lines = ruled([20, 575], [20, 822]) + ruled([60, 200, 400], [100, 120, 140])
    (grid,) = grids_of(lines)
    assert len(grid.boxes) == 4


def test_underlines_and_tick_boxes_are_no_tables() -> None:
    assert grids_of([across(100, 60, 200), across(300, 60, 200), across(500, 60, 90)]) == []
    assert grids_of(ruled([60, 70], [100, 110])) == []


def test_bars_at_an_axis_are_no_table() -> None:
    lines = [down(100, 90, 260)]
    for n, length in enumerate((250, 150, 90, 40, 200)):
        lines += ruled([100, 100 + length], [100 + 30 * n, 115 + 30 * n])
    assert grids_of(lines) == []


def test_hatching_and_graph_paper_end_quickly() -> None:
    assert grids_of([across(y / 10, 50, 500) for y in range(500, 8000, 25)] * 3) == []
    paper = ruled([20 + 3.0 * n for n in range(180)], [20 + 3.0 * n for n in range(260)])
    assert grids_of(paper) == []


def test_fields_know_their_cell() -> None:
    lines = ruled([60, 200, 400], [100, 120, 140])
    (grid,) = grids_of([*[*lines[:2], across(120, 60, 200), *lines[2:]][2:], across(100, 60, 400)])
    for number, box in enumerate(grid.boxes):
        assert grid.owner[box.row, box.column] == number
    assert grid.boxes[0] == Box(0, 0, 1, 1)


def piece(text: str, x: float, y: float, size: float = 10.0) -> Piece:
    wide = sum(size if c >= "\u2e80" else size / 2 for c in text)
    return Piece(text, x, y, x + wide, y + size, size, 0, 0)


def test_a_line_broken_for_want_of_room_is_joined_and_another_stays_broken() -> None:
    narrow = [piece("公共租赁", 3, 0), piece("住房", 3, 12)]
    assert cell_text(narrow, 46, 3)[0] == "公共租赁住房"
    assert cell_text(narrow, 120, 3)[0] == "公共租赁\n住房"


def test_two_figures_in_one_cell_stay_two() -> None:
    assert cell_text([piece("41", 10, 0), piece("39", 10, 12)], 60, 3)[0] == "41\n39"
    assert cell_text([piece("41", 10, 0), piece("39", 40, 0)], 60, 3)[0] == "41  39"


def test_an_opening_bracket_goes_with_what_it_opens() -> None:
    assert cell_text([piece("因公出国", 3, 0), piece("（境）费", 3, 12)], 58, 3)[0] == "因公出国（境）费"


def test_text_printed_twice_for_boldness_counts_once() -> None:
    assert cell_text([piece("合计", 3, 0), piece("合计", 3.3, 0)], 60, 3)[0] == "合计"
