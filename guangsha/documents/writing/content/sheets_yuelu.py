"""部门整体支出绩效自评表 of Changsha Yuelu (performance.md §4.3): money by source, then by structure."""

from __future__ import annotations

from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.form_parts import (
    Rows,
    execution_cells,
    goal_rows,
    signature_note,
    total_row,
)
from guangsha.documents.writing.content.indicator_rows import Column, IndicatorRows
from guangsha.documents.writing.prose import points_of
from guangsha.documents.writing.tree import Cell, Table
from guangsha.facts.fact import Fact
from guangsha.scoring.results import ScoredSheet

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
_FISCAL = ("general_public", "government_fund", "state_capital", "special_account")


def overall_sheet(draft: Draft, sheet: ScoredSheet, title: str) -> Table:
    """The form: duties, staff, money, goals, indicators, total."""
    duties = draft.fact("unit.duties")
    established, employed = draft.fact("staff.established"), draft.fact("staff.employed")
    money = _money_rows(draft, sheet)
    built = IndicatorRows(draft, sheet, sheet.indicators).build(_COLUMNS)
    rows: Rows = [
        [draft.head(f"{draft.body}名称", cols=2), draft.cell(draft.unit, cols=7, align="center")],
        [
            draft.head(f"{draft.body}职责", cols=2),
            draft.cell("\n".join(points_of(duties.text)) if duties else "", duties, cols=7, align="left"),
        ],
        [
            draft.head("人员编制（人）", cols=2),
            draft.head("编制数", cols=2),
            draft.number(established),
            draft.head("实有在职", cols=2),
            draft.number(employed, cols=2),
        ],
        [
            draft.head("整体\n资金\n（万元）", rows=len(money) + 1),
            draft.head("项目", cols=3),
            *(draft.head(text) for text in ("全年预算数", "全年执行数", "分值", "执行率", "得分")),
        ],
        *money,
        *goal_rows(draft, sheet.sheet, 4, 4),
        [draft.head("绩效\n指标", rows=len(built) + 1), *(draft.head(text) for text, _, _ in _COLUMNS)],
        *built,
        total_row(draft, sheet, 6, 1),
    ]
    return Table(
        title=title,
        widths=(0.9, 1.3, 1.3, 2.4, 1.7, 1.7, 0.8, 1.0, 1.9),
        rows=rows,
        header_rows=0,
        notes=(signature_note(draft, sheet.sheet),),
        dense=True,
        id=f"sheet-{sheet.sheet.id}",
    )


def _money_rows(draft: Draft, sheet: ScoredSheet) -> Rows:
    given = sheet.sheet
    total = given.funds()
    planned = given.by_revenue
    spent = {
        f.dimension("source"): f
        for f in draft.facts.select("sheet.by_revenue", sheet=given.id, stage="executed")
    }

    def fiscal(facts: dict[str, Fact], stage: str) -> Fact | None:
        parts = [facts[key] for key in _FISCAL if key in facts]
        return (
            parts[0]
            if len(parts) == 1
            else draft.sum_of(f"{given.id}.fiscal.{stage}", parts, "各项财政拨款之和")
        )

    budget, done = given.by_expenditure("full_year"), given.by_expenditure("executed")
    lines: list[tuple[str, Fact | None, Fact | None]] = [
        ("资金来源合计", total.full_year, total.executed),
        ("（1）财政拨款", fiscal(dict(planned), "planned"), fiscal(spent, "executed")),
        ("（2）其他资金", planned.get("other"), spent.get("other")),
        ("资金结构合计", total.full_year, total.executed),
        ("（1）基本支出", budget.get("basic"), done.get("basic")),
        ("　　其中：人员经费", budget.get("personnel"), done.get("personnel")),
        ("　　　　　公用经费", budget.get("public"), done.get("public")),
        ("（2）项目支出", budget.get("project"), done.get("project")),
    ]
    rows: Rows = []
    for number, (label, full_year, executed) in enumerate(lines):
        scored = (
            execution_cells(draft, sheet)
            if number == 0
            else _rate_only(draft, given.id, number, full_year, executed)
        )
        rows.append(
            [draft.head(label, cols=3, align="left"), draft.money(full_year), draft.money(executed), *scored]
        )
    return rows


def _rate_only(draft: Draft, sheet: str, number: int, budget: Fact | None, spent: Fact | None) -> list[Cell]:
    rate = draft.ratio(
        f"{sheet}.money.{number}", spent, budget, "全年执行数 ÷ 全年预算数 × 100%", draft.profile.rate
    )
    return [draft.cell(""), draft.percent(rate), draft.cell("")]
