"""Parts that the forms of several places share: goals, total row, signatures, cells of money by stage."""

from __future__ import annotations

from collections.abc import Sequence

from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.prose import date_words
from guangsha.documents.writing.tree import Cell
from guangsha.facts.fact import Fact
from guangsha.facts.report import STAGES, Money, Sheet
from guangsha.scoring.results import ScoredSheet

#: The three amounts of a row in printed order, with their heads.
STAGE_HEADS = ("年初预算数", "全年预算数", "全年执行数")

Rows = list[list[Cell]]


def stage_cells(draft: Draft, money: Money, *, cols: Sequence[int] = (1, 1, 1)) -> list[Cell]:
    """年初预算数, 全年预算数, 全年执行数 of one row."""
    return [draft.money(money.stage(stage), cols=n) for stage, n in zip(STAGES, cols, strict=True)]


def goal_rows(draft: Draft, sheet: Sheet, expected_cols: int, actual_cols: int) -> Rows:
    """年度总体目标: what was expected beside what was done."""
    expected, actual = sheet.get("goal_expected"), sheet.get("goal_actual")
    return [
        [
            draft.head("年度\n总体\n目标", rows=2),
            draft.head("预期目标", cols=expected_cols),
            draft.head("实际完成情况", cols=actual_cols),
        ],
        [
            draft.cell(_lines(expected), expected, cols=expected_cols, align="left"),
            draft.cell(_lines(actual), actual, cols=actual_cols, align="left"),
        ],
    ]


def _lines(fact: Fact | None) -> str:
    """A clerk's points on lines of their own."""
    if fact is None:
        return ""
    return fact.text.strip().replace("；", "；\n").replace(";", "；\n").replace("\n\n", "\n")


def total_row(draft: Draft, sheet: ScoredSheet, label_cols: int, after: int) -> list[Cell]:
    """总分: the sum of weights, the total score, and blank cells to the right edge."""
    row = [
        draft.head("总分", cols=label_cols),
        draft.number(draft.of_sheet("sheet.weight_total", sheet)),
        draft.score(draft.of_sheet("sheet.total", sheet)),
    ]
    return [*row, draft.cell("", cols=after)] if after else row


def execution_cells(draft: Draft, sheet: ScoredSheet) -> list[Cell]:
    """分值, 执行率, 得分 of the money block; a place that gives execution no points prints none."""
    weight = draft.of_sheet("execution.weight", sheet)
    return [
        draft.number(weight if weight and weight.number else None),
        draft.percent(draft.of_sheet("execution.rate", sheet)),
        draft.score(draft.of_sheet("execution.score", sheet)),
    ]


def signature_note(draft: Draft, sheet: Sheet | None = None) -> str:
    """填表人, 填报日期, 联系电话 and 单位负责人签字 below a form; what nobody gave is left for the pen."""
    filled_on = (sheet.text("filled_on") if sheet else "") or draft.report.text("unit.filled_on")
    entries = (
        ("填表人", draft.report.text("unit.filler")),
        ("填报日期", date_words(filled_on) if filled_on else ""),
        ("联系电话", draft.report.text("unit.contact")),
        ("单位负责人签字", draft.report.text("unit.head")),
    )
    return "　　".join(f"{label}：{text}" for label, text in entries)
