"""Facts remember where they stand, in a cell spread over several lines too."""

from __future__ import annotations

from decimal import Decimal

from guangsha.documents.reading.source import SourceDocument, Spot, TableCell
from guangsha.documents.reading.understanding.gathering import Gatherer
from guangsha.facts.fact import CellSource


def line_of(value: Decimal | str, text: str) -> int | None:
    cell = TableCell(text, 0, 0, spot=Spot(5, lines=(5, 7)))
    gatherer = Gatherer(SourceDocument("报告.txt", "txt", ()), 2024)
    if isinstance(value, str):
        fact = gatherer.put("sheet.name", value, cell, sheet="a")
    else:
        fact = gatherer.put("block.weight", value, cell, sheet="a", block="产出")
    assert fact is not None and isinstance(fact.source, CellSource)
    return fact.source.line


def test_figure_of_a_tall_cell_stands_on_the_line_that_prints_it() -> None:
    assert line_of(Decimal(50), "产出指标\n(50分)") == 7
    assert line_of(Decimal(50), "产出 50 分\n(满分 60)") == 5
    assert line_of("住房补贴", "项目名称\n住房补贴") == 7


def test_what_no_line_holds_whole_stands_where_the_cell_begins() -> None:
    assert line_of(Decimal(138), "13\n8") == 5
