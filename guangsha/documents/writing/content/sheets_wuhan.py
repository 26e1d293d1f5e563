"""Scoring sheets of Wuhan (performance.md §4.4, §4.5): check boxes, A and B columns, one score cell for a group."""

from __future__ import annotations

from decimal import Decimal

from guangsha.checker.reasons import explains
from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.form_parts import Rows
from guangsha.documents.writing.content.indicator_rows import Column, IndicatorRows, in_order, with_weight
from guangsha.documents.writing.prose import points_of, strip_zeros
from guangsha.documents.writing.tree import Cell, Table
from guangsha.facts.fact import Fact
from guangsha.kernel.numbers import plain
from guangsha.scoring.profile import Profile
from guangsha.scoring.results import ScoredSheet

_COLUMNS: tuple[Column, ...] = (
    ("一级指标", 1, "level1"),
    ("二级指标", 1, "level2"),
    ("具体指标名称", 1, "name"),
    ("年初目标值\n（A）", 1, "target"),
    ("实际完成值\n（B）", 1, "actual"),
    ("得分", 1, "score"),
)
_WIDTHS = (1.3, 1.3, 1.5, 3.0, 1.9, 1.9, 1.1)

#: The boxes of a project's head: concept field, label, choices in printed order.
_BOXES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("category", "项目类别", ("部门预算项目", "区级专项", "专项转移支付项目")),
    ("attribute", "项目属性", ("持续性项目", "新增性项目")),
    ("type", "项目类型", ("常年性项目", "延续性项目", "一次性项目")),
)


def boxes(given: str, choices: tuple[str, ...]) -> str:
    """``1、部门预算项目 ☑　2、区级专项 □``: every choice with its box, those given ticked."""
    ticked = {part.strip() for part in given.split("、")}
    marks = (
        f"{number}、{choice} {'☑' if choice in ticked else '□'}"
        for number, choice in enumerate(choices, start=1)
    )
    return "　".join(marks)


def project_sheet(draft: Draft, sheet: ScoredSheet, title: str) -> Table:
    """项目绩效自评表: head with boxes, execution, indicators, reasons, notes."""
    given = sheet.sheet
    implementer, department = (
        given.get("implementer"),
        given.get("department") or draft.fact("unit.department"),
    )
    rows: Rows = [
        [draft.head("项目名称", cols=2), draft.text(given.get("name"), cols=5, align="center")],
        [
            draft.head("主管部门", cols=2),
            draft.cell(department.text if department else draft.unit, department, cols=2, align="center"),
            draft.head("项目实施单位"),
            draft.cell(implementer.text if implementer else draft.unit, implementer, cols=2, align="center"),
        ],
    ]
    for field, label, choices in _BOXES:
        fact = given.get(field)
        words = boxes(fact.text if fact else "", choices)
        rows.append([draft.head(label, cols=2), draft.cell(words, fact, cols=5, align="left")])
    rows += _execution(draft, sheet, "年度财政资金总额")
    built = IndicatorRows(draft, sheet, sheet.indicators).build(_COLUMNS)
    weight = sum((block.weight for block in sheet.blocks), Decimal(0))
    label = with_weight("年度\n绩效\n目标", weight)
    rows.append([draft.head(label, rows=len(built) + 1), *_column_heads(draft)])
    rows += [*built, *_ending(draft, sheet)]
    return _table(draft, sheet, title, rows)


def overall_sheet(draft: Draft, sheet: ScoredSheet, title: str) -> Table:
    """部门整体绩效自评表: spending totals, execution, then the indicators of each goal."""
    spent = sheet.sheet.by_expenditure()
    rows: Rows = [
        [draft.head("单位名称", cols=2), draft.cell(draft.unit, cols=5, align="center")],
        [
            draft.head("基本支出总额（万元）", cols=2),
            draft.money(spent.get("basic"), cols=2, align="center"),
            draft.head("项目支出总额（万元）"),
            draft.money(spent.get("project"), cols=2, align="center"),
        ],
        *_execution(draft, sheet, "部门整体支出总额"),
    ]
    for number, block in enumerate(blocks_of(sheet), start=1):
        members = [row for row in sheet.indicators if row.indicator.text("block") == block]
        built = IndicatorRows(draft, sheet, members).build(_COLUMNS, weigh_level1=not block)
        if block:
            goal = with_weight(f"年度目标{number}", block_weight(draft, sheet, block))
            fact = members[0].indicator.get("block")
            rows.append([draft.head(goal, cols=2), draft.cell(block, fact, cols=5)])
        rows.append([draft.head("年度\n绩效\n指标", rows=len(built) + 1), *_column_heads(draft)])
        rows += built
    rows += _ending(draft, sheet)
    return _table(draft, sheet, title, rows)


def blocks_of(sheet: ScoredSheet) -> tuple[str, ...]:
    """The goals of a sheet in order; one unnamed goal where it names none."""
    return tuple(dict.fromkeys(row.indicator.text("block") for row in sheet.indicators))


def block_weight(draft: Draft, sheet: ScoredSheet, block: str) -> Fact | Decimal | None:
    """Weight of one goal: as scored, as given, or the sum of its rows and groups."""
    scored = draft.computed("block.weight", sheet=sheet.sheet.id, block=block)
    given = scored or sheet.sheet.block("weight", block)
    if given:
        return given
    rows = [row for row in sheet.indicators if row.indicator.text("block") == block]
    groups = {row.indicator.group for row in rows if row.indicator.group}
    weights = [row.weight for row in rows if row.weight is not None and not row.indicator.group]
    weights += [group.weight for group in sheet.groups if group.id in groups]
    return sum(weights, Decimal(0)) if weights else None


def _column_heads(draft: Draft) -> list[Cell]:
    return [draft.head(text) for text, _, _ in _COLUMNS]


def _execution(draft: Draft, sheet: ScoredSheet, label: str) -> Rows:
    funds = sheet.sheet.funds()
    weight = strip_zeros(plain(sheet.execution.weight))
    return [
        [
            draft.head(f"预算执行情况\n（万元）\n（{weight}分）", cols=2, rows=2),
            draft.cell(""),
            draft.head("预算数（A）"),
            draft.head("执行数（B）"),
            draft.head("执行率\n（B/A）"),
            draft.head(f"得分\n（{weight}分×执行率）"),
        ],
        [
            draft.head(label),
            draft.money(funds.full_year, align="center"),
            draft.money(funds.executed, align="center"),
            draft.percent(draft.of_sheet("execution.rate", sheet)),
            draft.score(draft.of_sheet("execution.score", sheet)),
        ],
    ]


def _ending(draft: Draft, sheet: ScoredSheet) -> Rows:
    """总分, then the two boxes of words that the form asks for."""
    reason, measures = sheet.sheet.get("deviation_reason"), sheet.sheet.get("improvement")
    causes = _lines(reason) or "；\n".join(_row_causes(sheet))
    if measures is None and causes:
        measures = draft.facts.find("unit.improvements")  # the box asks for them wherever a cause is given
    return [
        [draft.head("总分", cols=6), draft.score(draft.of_sheet("sheet.total", sheet))],
        [
            draft.head("偏差大或目标未完成原因分析", cols=2),
            draft.cell(causes, reason, cols=5, align="left"),
        ],
        [
            draft.head("改进措施及结果应用方案", cols=2),
            draft.cell(_lines(measures), measures, cols=5, align="left"),
        ],
    ]


def _row_causes(sheet: ScoredSheet) -> list[str]:
    """Reasons given for execution and for single rows: the form has no column for them and asks for them in one box."""
    execution = sheet.sheet.text("execution_reason")
    own = [f"预算执行：{execution.rstrip('。')}"] if execution else []
    told = [(row.indicator.name, row.indicator.reason.rstrip("。；")) for row in in_order(sheet.indicators)]
    return own + [f"{name}：{reason}" for name, reason in told if explains(reason)]


def _lines(fact: Fact | None) -> str:
    return "；\n".join(points_of(fact.text)) + "。" if fact else ""


def _table(draft: Draft, sheet: ScoredSheet, title: str, rows: Rows) -> Table:
    return Table(
        title=title,
        widths=_WIDTHS,
        rows=rows,
        header_rows=0,
        notes=form_notes(draft.profile),
        dense=True,
        id=f"sheet-{sheet.sheet.id}",
    )


def form_notes(profile: Profile) -> tuple[str, ...]:
    """The notes below the form: scope of the money and the scoring rules that the profile holds."""
    notes = [
        "1．预算数为调整后的财政资金总额，包括上年结转结余；执行数为财政资金实际支出数。",
        "2．定量指标：正向指标按权重×B/A计分，反向指标按权重×A/B计分，得分不超过权重。",
    ]
    if profile.bands:
        tiers = "；".join(
            f"{band.label}，{_percent(band.high)}至{_percent(band.low)}{'（含）' if band.low_included else ''}"
            for band in profile.bands
        )
        notes.append(f"3．定性指标按达成程度在对应分值区间内计分：{tiers}。")
    return ("备注：", *notes, f"{len(notes) + 1}．满意度指标可以不作为必评指标。")


def _percent(share: Decimal) -> str:
    return f"{strip_zeros(plain(share * 100))}%"
