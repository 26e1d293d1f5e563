"""Scoring sheets of the Yueyang family and of the central form (performance.md §4.3, §4.4; 财预[2020]10号)."""

from __future__ import annotations

from itertools import zip_longest

from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.form_parts import (
    STAGE_HEADS,
    Rows,
    execution_cells,
    goal_rows,
    signature_note,
    stage_cells,
    total_row,
)
from guangsha.documents.writing.content.indicator_rows import Column, IndicatorRows
from guangsha.documents.writing.content.rule_words import partial_step_note
from guangsha.documents.writing.tree import Cell, Table
from guangsha.facts.fact import Fact
from guangsha.facts.forms import FUNDS, NATURES, REVENUE_SOURCES
from guangsha.scoring.results import ScoredSheet

#: Sources that the form always prints; the others only where there is money.
_FIXED_SOURCES = ("general_public", "government_fund", "special_account", "other")

_COLUMNS: tuple[Column, ...] = (
    ("一级指标", 1, "level1"),
    ("二级指标", 1, "level2"),
    ("三级指标", 1, "name"),
    ("年度指标值", 1, "target"),
    ("实际完成值", 1, "actual"),
    ("分值", 1, "weight"),
    ("得分", 1, "score"),
    ("偏差原因分析及改进措施", 1, "reason"),
)
_RULE: Column = ("评分标准", 1, "rule")
# 执行率 over 100 % (447.27%) must stand on one line, and so must the usual nine characters of a reason.
_WIDTHS = (0.75, 1.2, 1.3, 2.4, 1.5, 1.5, 0.75, 1.25, 2.5)


def _columns(draft: Draft) -> tuple[tuple[Column, ...], tuple[float, ...]]:
    if not draft.profile.document.rule_column:
        return _COLUMNS, _WIDTHS
    return (*_COLUMNS[:5], _RULE, *_COLUMNS[5:]), (0.85, 1.2, 1.3, 2.2, 1.45, 1.45, 2.7, 0.8, 1.2, 1.25)


def _indicator_rows(draft: Draft, sheet: ScoredSheet, columns: tuple[Column, ...]) -> Rows:
    built = IndicatorRows(draft, sheet, sheet.indicators).build(columns)
    head = [draft.head(text, cols=cols) for text, cols, _ in columns]
    return [[draft.head("绩效\n指标", rows=len(built) + 1), *head], *built]


def overall_sheet(draft: Draft, sheet: ScoredSheet, title: str) -> Table:
    """整体支出绩效自评表: money by revenue and by expenditure, goals, indicators, total."""
    columns, widths = _columns(draft)
    wide = len(widths) - 9  # one more column where 评分标准 is printed
    halves = (4 + wide, 4)
    funds = sheet.sheet.funds()
    money_rows = _money_by_nature(draft, sheet, halves)
    rule_note = partial_step_note(draft.profile, sheet.indicators) if _RULE in columns else ""
    rows: Rows = [
        [
            draft.head(f"预算{draft.body}名称", cols=2),
            draft.cell(draft.unit, cols=len(widths) - 2, align="center"),
        ],
        [
            draft.head("年度\n预算\n申请\n（万元）", rows=3 + len(money_rows)),
            draft.cell("", cols=2 + wide),
            *(draft.head(text) for text in (*STAGE_HEADS, "分值", "执行率", "得分")),
        ],
        [
            draft.head("年度资金总额", cols=2 + wide),
            *stage_cells(draft, funds),
            *execution_cells(draft, sheet),
        ],
        [
            draft.head("按收入性质分", cols=halves[0]),
            draft.head("按支出性质分", cols=halves[1]),
        ],
        *money_rows,
        *goal_rows(draft, sheet.sheet, *halves),
        *_indicator_rows(draft, sheet, columns),
        total_row(draft, sheet, len(widths) - 3, 1),
    ]
    return Table(
        title=title,
        widths=widths,
        rows=rows,
        header_rows=0,
        notes=tuple(filter(None, (rule_note, signature_note(draft, sheet.sheet)))),
        dense=True,
        id=f"sheet-{sheet.sheet.id}",
    )


def _money_by_nature(draft: Draft, sheet: ScoredSheet, halves: tuple[int, int]) -> Rows:
    """Revenue on the left, expenditure on the right, as many lines as the longer side needs."""
    revenue, spent = sheet.sheet.by_revenue, sheet.sheet.by_expenditure()
    left: list[tuple[str, Fact | None]] = [
        (label, revenue.get(key))
        for key, label in REVENUE_SOURCES.items()
        if key in _FIXED_SOURCES or (key in revenue and revenue[key].number != 0)
    ]
    right = [(NATURES[key], spent.get(key)) for key in ("basic", "project")]
    rows: Rows = []
    for income, expense in zip_longest(left, right):
        cells: list[Cell] = []
        for pair, cols in ((income, halves[0]), (expense, halves[1])):
            if pair is None:
                cells.append(draft.cell("", cols=cols))
                continue
            cells += [draft.head(pair[0], cols=cols - 2, align="left"), draft.money(pair[1], cols=2)]
        rows.append(cells)
    return rows


def project_sheet(draft: Draft, sheet: ScoredSheet, title: str) -> Table:
    """项目支出绩效自评表: one for each project."""
    given = sheet.sheet
    name, department = given.get("name"), given.get("department") or draft.fact("unit.department")
    implementer = given.get("implementer")
    rows: Rows = [
        [draft.head("项目支出名称", cols=2), draft.text(name, cols=7, align="center")],
        [
            draft.head("主管部门", cols=2),
            draft.text(department, cols=3, align="center"),
            draft.head("实施单位"),
            draft.cell(implementer.text if implementer else draft.unit, implementer, cols=3, align="center"),
        ],
        *_project_money(draft, sheet),
        *goal_rows(draft, given, 4, 4),
        *_indicator_rows(draft, sheet, _COLUMNS),
        total_row(draft, sheet, 6, 1),
    ]
    return Table(
        title=title,
        widths=_WIDTHS,
        rows=rows,
        header_rows=0,
        notes=(signature_note(draft, given),),
        dense=True,
        id=f"sheet-{given.id}",
    )


def _project_money(draft: Draft, sheet: ScoredSheet) -> Rows:
    first = draft.profile.document.total_row_first
    order = [*FUNDS] if first else [*(key for key in FUNDS if key != "total"), "total"]
    rows: Rows = [
        [
            draft.head("项目\n资金\n（万元）", rows=len(FUNDS) + 1),
            draft.head("资金来源", cols=2),
            *(draft.head(text) for text in (*STAGE_HEADS, "分值", "执行率", "得分")),
        ]
    ]
    for key in order:
        label = draft.head(FUNDS[key], cols=2, align="left")
        scores = execution_cells(draft, sheet) if key == "total" else [draft.cell("") for _ in range(3)]
        rows.append([label, *stage_cells(draft, sheet.sheet.funds(key)), *scores])
    return rows
