"""The grid of a table: cells cover it exactly once, or the fault is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.documents.writing.grid import check_grid, place_cells
from guangsha.documents.writing.tree import Cell, Table


def _table(*rows: list[Cell], columns: int = 3, header_rows: int = 0) -> Table:
    return Table("测试表", [1.0] * columns, rows, header_rows=header_rows)


def test_places_merged_cells_around_each_other() -> None:
    table = _table([Cell("甲", rows=2), Cell("乙", cols=2)], [Cell("丙"), Cell("丁")])
    assert check_grid(table) == ()
    assert [(p.row, p.column, p.cell.text) for p in place_cells(table)] == [
        (0, 0, "甲"),
        (0, 1, "乙"),
        (1, 1, "丙"),
        (1, 2, "丁"),
    ]


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (_table([Cell("甲"), Cell("乙")]), "no cell covers"),
        (_table([Cell("甲", cols=4)]), "beyond"),
        (_table([Cell("甲", rows=2), Cell("乙", cols=2)]), "beyond"),
        (_table([Cell("甲", cols=2), Cell("乙", rows=2)], [Cell("丙", cols=3)]), "another cell"),
        (_table([Cell("甲", cols=0), Cell("乙", cols=3)]), "spans"),
        (_table([Cell("甲", rows=2), Cell("乙", cols=2)], [Cell("丙", cols=2)], header_rows=1), "header"),
    ],
)
def test_names_the_fault_of_a_broken_grid(table: Table, word: str) -> None:
    assert any(word in fault for fault in check_grid(table))
    with pytest.raises(ValueError, match="测试表"):
        place_cells(table)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(1, 5))
def test_any_partition_of_rows_into_spans_covers_the_grid(spans: list[int], height: int) -> None:
    rows = [[Cell(str(span), cols=span) for span in spans] for _ in range(height)]
    assert check_grid(_table(*rows, columns=sum(spans))) == ()
