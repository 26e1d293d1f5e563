"""What counts as an explanation (说明原因): a blank, a dash or "无偏离度" explains nothing."""

from __future__ import annotations

import re

from guangsha.checker.document import DocumentView, squeeze
from guangsha.facts.report import Indicator, Report, Sheet
from guangsha.kernel.numbers import normalise

_EMPTY = re.compile(r"^[\s/\\\-—–_.。,，、;；:：*]*(无|没有|不适用|暂无|略|同上)?[\s/\\\-—–_.。,，、;；*]*$")
#: "无偏离度", "没有偏差", "不存在偏差": the cell says that nothing deviates.
_NAME_MIN = 3  # characters of a project's name that a paragraph may be recognised by
_NO_DEVIATION = re.compile(r"(无|没有|不存在|未发生|未出现)(明显|任何|较大)?(偏离|偏差|差异)")


def says_no_deviation(text: str) -> bool:
    """Whether the cell states that target and result agree (目标完成，无偏离度)."""
    return _NO_DEVIATION.search(normalise(text)) is not None


def explains(text: str) -> bool:
    """Whether the cell gives a cause, as opposed to nothing or to a denial that anything deviates.

    >>> explains("目标完成，无偏离度"), explains("——"), explains("需求大于供应")
    (False, False, True)
    """
    words = normalise(text)
    return _EMPTY.match(words) is None and not says_no_deviation(words)


def row_reason(sheet: Sheet, row: Indicator) -> str:
    """The explanation that covers ``row``: its own, its group's, or the sheet's one cell for all rows (Wuhan)."""
    own = row.reason
    if explains(own):
        return own
    if row.group:
        shared = sheet.group("reason", row.group)
        if shared and explains(shared.text):
            return shared.text
    # Where the form has one cell for the whole sheet, rows carry no reason of their own.
    return sheet.text("deviation_reason") or own


def execution_reason(sheet: Sheet) -> str:
    """Why execution is over or under, from the sheet's own cells."""
    for field in ("execution_reason", "deviation_reason"):
        if explains(sheet.text(field)):
            return sheet.text(field)
    return ""


def improvement(report: Report, sheet: Sheet) -> str:
    """The measures that follow: the sheet's own cell, else the report's section."""
    return sheet.text("improvement") or report.text("unit.improvements")


_CAUSE = re.compile(r"原因|由于|因为|主要是|受.{1,20}影响")
_SENTENCE_MIN = 10
_SPENDING = re.compile(r"执行|支出进度|支付|未使用|结转|结余")


def told_reason(document: DocumentView | None, sheet: Sheet) -> bool:
    """Whether the text says why execution is over or under: a paragraph on spending that names the sheet and a cause.

    Forms without a column for it leave the explanation to the report. For the whole spending no name is needed.
    """
    name = squeeze(sheet.name)
    for passage in document.passages if document else ():
        if not (_CAUSE.search(passage.text) and _SPENDING.search(passage.text)):
            continue
        if sheet.kind == "overall" or (len(name) >= _NAME_MIN and name in squeeze(passage.text)):
            return True
    return False


def has_prose(document: DocumentView) -> bool:
    """Whether the document says anything in sentences: a workbook of forms leaves that to a report beside it."""
    return any("。" in passage.text and len(passage.text) >= _SENTENCE_MIN for passage in document.passages)
