"""What the rules speak of: how a finding names a sheet, which amounts make up a whole, and the texts they cite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guangsha.facts.fact import Fact
from guangsha.facts.report import Indicator, Report, Sheet

#: 项目支出绩效自评管理办法 of the Ministry of Finance: weights, proportional scoring, reasons, grades.
SELF_EVALUATION_RULES = "财预〔2020〕10号"
#: The form of 部门整体支出绩效评价 that the Hunan annexes follow.
INDICATOR_FORM = "财预〔2015〕88号"
LOCAL_FORMS = "湖南省、岳阳市绩效自评报告附表及填表说明"
WUHAN_FORM = "武汉市部门整体、项目绩效自评表备注"

NO_OVERALL = "报告中没有整体支出自评表"
NO_PROJECT = "报告中没有项目支出自评表"
NO_SHEET = "报告中没有自评表"
NO_ROWS = "自评表中没有绩效指标"


def sheet_title(sheet: Sheet) -> str:
    """How a finding names a sheet."""
    return f"“{sheet.name or sheet.id}”自评表"


def row_title(sheet: Sheet, row: Indicator) -> str:
    """How a finding names an indicator row."""
    return f"{sheet_title(sheet)}指标“{row.name or row.level2 or row.key}”"


def rows_of(report: Report) -> Iterator[tuple[Sheet, Indicator]]:
    """Every indicator row with its sheet, in printed order."""
    for sheet in report.sheets:
        for row in sheet.indicators:
            yield sheet, row


def nature_parts(amounts: Mapping[str, Fact]) -> list[Fact]:
    """The addends by nature that cover everything once: 基本 (or 人员 and 公用 in its place) and 项目."""
    names = ["basic", "project"] if "basic" in amounts else ["personnel", "public", "project"]
    return [amounts[name] for name in names if name in amounts]
