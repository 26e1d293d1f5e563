"""Execution of the budget printed as the first row of the indicators (预算执行率 │ 100% │ 97% │ 10 │ 9.70).

Several places have no points beside the money: the row carries the weight, the rate and the score of execution, under
a level-1 name of its own (``预算执行率（10分）``). It is no indicator: counted as one, its points would count twice.
"""

from __future__ import annotations

import re

from guangsha.documents.reading.understanding.cells import compact, figure
from guangsha.documents.reading.understanding.sheet_rows import IndicatorPart, IndicatorRow
from guangsha.documents.reading.understanding.sheet_writer import SheetWriter

_EXECUTION = re.compile(r"(?:部门)?(?:年度)?(?:项目)?(?:预算|资金)执行(?:情况|进度)?率?(?:指标)?(?:[(（].*)?")


def take_execution_row(writer: SheetWriter, part: IndicatorPart) -> None:
    """Move the one row of execution from the indicators to the sheet's own figures.

    Only where the sheet prints no score of execution elsewhere and one row alone bears the name in its level-1 cell
    and in its own: 预算执行率 below 产出指标 is an indicator like any other.
    """
    named = [row for row in part.rows if _is_execution(row)]
    if len(named) != 1 or writer.has("execution.score") or named[0].score is None:
        return
    row = named[0]
    if row.weight is not None:
        writer.once("execution.weight", row.weight, row.cell("weight"), "执行分值")
    rate = figure(row.texts.get("actual", ""))
    if rate is not None and rate.percent:
        writer.once("execution.rate", rate, row.cell("actual"), "执行率", basis="published")
    writer.once("execution.score", row.score, row.cell("score"), "执行得分", basis="published")
    part.rows = [other for other in part.rows if other is not row]
    part.heads = [(text, cell) for text, cell in part.heads if not _EXECUTION.fullmatch(compact(text))]


def _is_execution(row: IndicatorRow) -> bool:
    printed = compact(row.labels.printed1)
    own = compact(row.name) or compact(row.labels.printed2)
    return _EXECUTION.fullmatch(printed) is not None and _EXECUTION.fullmatch(own) is not None
