"""Scores of the prose are held against the sheet they speak of, and against none where the words name none."""

from __future__ import annotations

import pytest

from guangsha.documents.reading.understanding.tests.prose_builders import report_of
from guangsha.facts.fact import Fact

_SHEETS = (
    ("overall", "overall", "整体支出", 99),
    ("p1", "project", "物业管理专项经费", 100),
    ("p2", "project", "24小时投诉值守业务支出", 97),
)


def _tables() -> list[Fact]:
    made: list[Fact] = []
    for sheet, kind, name, total in _SHEETS:
        made.append(Fact.of("sheet.kind", kind, year=2023, sheet=sheet))
        made.append(Fact.of("sheet.name", name, year=2023, sheet=sheet))
        made.append(Fact.of("sheet.total", total, year=2023, sheet=sheet, basis="published"))
    made.append(Fact.of("block.score", 45, year=2023, sheet="overall", block="产出指标", basis="published"))
    return made


def bound(text: str) -> list[str]:
    """Keys of the figures that scores of ``text`` are held against."""
    return [path for s in report_of(text, _tables()).statements for path in s.cells.values()]


def _total(sheet: str) -> str:
    return f"sheet.total[basis=published,sheet={sheet}]@2023"


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("2023年度部门整体支出绩效自评得分99分。", [_total("overall")]),
        ("一、项目自评结果\n1.物业管理专项经费：执行率100%，自评得分100分。", [_total("p1")]),
        ("一、项目自评结果\n1.物业管理专项经费：自评得分100分。\n2.24小时投诉值守业务支出：自评得分97分。", [_total("p1"), _total("p2")]),
        ("各项目自评得分：物业管理专项经费100分、24小时投诉值守业务支出97分。", [_total("p1"), _total("p2")]),
        ("产出指标得分45分。", ["block.score[basis=published,block=产出指标,sheet=overall]@2023"]),
        ("一、项目自评结果\n1.公租房维修工程：自评得分92分。", []),
        ("“居民满意度”得9分，分值10分。", []),
        ("满意度指标得8分，扣2分。", []),
        ("党建考核得分93分，在全市排名第三。", []),
    ],
)  # fmt: skip
def test_score_is_bound_to_the_sheet_that_its_words_name(text: str, cells: list[str]) -> None:
    assert bound(text) == cells
