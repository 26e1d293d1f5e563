"""The fill-in workbook, declared once: writer and reader both follow these forms, so they cannot drift apart.

A workbook is the figures file (docs/figures-file.md) laid out as sheets. Every sheet is a :class:`Form` of
:class:`Block` tables; every block says which part of the figures tree it holds. Column A of each sheet is hidden and
carries marks: the form in A1, ``block#`` on a table's head, ``block:row`` on its rows. The reader goes by marks and
by the printed column heads, so inserted rows, moved columns and renamed sheets do not lose a figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from guangsha.documents.workbook_words import (
    ACHIEVEMENT_WORDS,
    COLUMN_WORDS,
    DIRECTION_WORDS,
    METHOD_WORDS,
    STATEMENT_ROLE_WORDS,
    STATEMENT_WORDS,
    THREE_PUBLIC_WORDS,
)
from guangsha.facts.concepts import CONCEPTS, Kind
from guangsha.facts.forms import (
    ABOUT,
    ACCOUNTS,
    BASE_LINES,
    BUILDINGS,
    DETAIL_AMOUNTS,
    FUNDS,
    INDICATOR,
    NATURES,
    REVENUE_SOURCES,
    ROLLUP_COMPONENTS,
    ROLLUP_METHODS,
    SHEET,
    STAFF,
    STAGES,
    Field,
)

#: First word of the mark in A1.
MARK = "guangsha.workbook/1"
#: Mark of a row that holds no input (titles, heads of pages, computed rows).
NO_INPUT = "-"


class Shape(StrEnum):
    """How a block lies on the sheet and in the tree.

    ``FIELDS``: one row per column declaration, a mapping. ``GRID``: fixed rows × columns, a mapping of mappings.
    ``LIST``: open rows, a list of mappings. ``CODES``: fixed rows, then open rows whose first column is the code.
    """

    FIELDS = "fields"
    GRID = "grid"
    LIST = "list"
    CODES = "codes"


@dataclass(frozen=True, slots=True)
class Column:
    """One input: ``key`` in the figures file, printed ``label``, kind; ``choices`` maps code → printed word."""

    key: str
    label: str
    kind: Kind
    hint: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    width: int = 13
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One table of a sheet.

    Args:
        id: unique within its form; stands in the marks.
        path: where its part hangs in the tree of its form.
        columns: inputs (for FIELDS: one per row).
        rows: fixed rows: key → label.
        open_rows: blank rows offered after the fixed ones (LIST, CODES).
        packed: CODES only: ``value`` (code → amount) or ``cells`` (code → list of cells, with names beside).
        prefix: CODES only: what a code row's key begins with in the tree but not on the sheet.
        optional: written only when there is something to fill it with.
    """

    id: str
    title: str
    shape: Shape
    path: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Mapping[str, str] = field(default_factory=dict)
    open_rows: int = 0
    packed: str = ""
    prefix: str = ""
    row_title: str = "项目"
    optional: bool = False
    note: str = ""

    def column(self, label: str) -> Column | None:
        return next((column for column in self.columns if column.label == label), None)


@dataclass(frozen=True, slots=True)
class Form:
    """One sheet: ``mark`` identifies it whatever it is called."""

    mark: str
    name: str
    blocks: tuple[Block, ...]
    landscape: bool = False

    def block(self, block_id: str) -> Block | None:
        return next((block for block in self.blocks if block.id == block_id), None)


_PUBLISHED_HINT = "已公开的报告上印的数，只用于核对，可不填"


def _column(item: Field, choices: Mapping[str, str] | None = None, width: int = 13) -> Column:
    return Column(item.key, item.label, item.kind, item.hint, choices or {}, width)


def _of(concept: str, key: str, label: str, **options: object) -> Column:
    return Column(key, label, CONCEPTS[concept].kind, **options)  # type: ignore[arg-type]


def _money(labels: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(Column(key, label.strip("：，"), Kind.MONEY) for key, label in labels.items())


# --- 单位信息 -----------------------------------------------------------------------------------------------

ABOUT_FORM = Form(
    "about",
    "单位信息",
    (
        Block(
            "head", "填报单位", Shape.FIELDS, (),
            (
                Column("unit", "单位全称", Kind.TEXT, "必填，与公章一致"),
                Column("year", "年度", Kind.TEXT, "必填，四位数的年份，如 2024"),
                Column("profile", "口径模板", Kind.TEXT, "必填，决定用哪个地方的评分规则"),
            ),
        ),
        Block("about", "单位情况", Shape.FIELDS, ("about",), tuple(_column(item) for item in ABOUT)),
        Block("staff", "人员情况（人）", Shape.FIELDS, ("staff",), tuple(_column(item) for item in STAFF)),
        Block(
            "staff_published", "已公布数（核对用）", Shape.FIELDS, ("staff", "published"),
            (_of("staff.control_rate", "control_rate", "控制率（%）", hint=_PUBLISHED_HINT),),
        ),
    ),
)  # fmt: skip

# --- 基础数据表 ---------------------------------------------------------------------------------------------

_STAGE_COLUMNS = _money({"prior": "上年决算", "budget": "本年预算", "executed": "本年决算"})
BASE_FORM = Form(
    "base",
    "基础数据表",
    (
        Block(
            "lines", "经费控制情况（万元）", Shape.GRID, ("base_table",), _STAGE_COLUMNS,
            rows={key: "　" * level + label.strip("：") for key, (label, level) in BASE_LINES.items()},
        ),
        Block(
            "programmes", "项目支出明细（万元，一个项目一行）", Shape.LIST, ("base_table", "programmes"),
            (
                Column("key", "行号", Kind.TEXT, "英文字母或数字，如 p1；项目自评表的“对应项目行”填它"),
                Column("name", "项目名称", Kind.TEXT, width=24),
                Column("parent", "上级行", Kind.TEXT, "属于另一行（如专项资金）时填那一行的行号"),
                *_STAGE_COLUMNS,
            ),
            open_rows=15,
        ),
        Block(
            "buildings", "楼堂馆所控制情况（本年完工项目）", Shape.FIELDS, ("base_table", "buildings"),
            tuple(_of(concept, key, label) for key, (concept, _, label) in BUILDINGS.items()),
        ),
    ),
)  # fmt: skip

# --- 自评表 -------------------------------------------------------------------------------------------------

_SHEET_HEAD = (
    "name",
    "department",
    "implementer",
    "category",
    "attribute",
    "type",
    "filled_on",
    "budget_line",
)
_SHEET_WORDS = ("goal_expected", "goal_actual")
_SHEET_REASONS = ("execution_reason", "deviation_reason", "improvement")
_INDICATOR_WIDTHS = {
    "name": 30,
    "target": 15,
    "actual": 15,
    "weight": 8,
    "reason": 24,
    "rule": 24,
    "evidence": 20,
}
_MAIN_INDICATOR_KEYS = ("level1", "level2", "name", "target", "actual", "weight", "reason")


def _indicator_columns() -> tuple[Column, ...]:
    choices = {"direction": DIRECTION_WORDS, "method": METHOD_WORDS, "achievement": ACHIEVEMENT_WORDS}
    declared = {
        item.key: _column(item, choices.get(item.key), _INDICATOR_WIDTHS.get(item.key, 12))
        for item in INDICATOR
    }
    scores = (
        _of("indicator.score", "assessed", "自评得分", hint="与规则得分不同时才填，并写明原因", width=9),
        _of("indicator.score", "published_score", "已公布得分", hint=_PUBLISHED_HINT, width=9),
    )
    main = [declared.pop(key) for key in _MAIN_INDICATOR_KEYS]
    return (*main[:-1], scores[0], main[-1], scores[1], *declared.values())


def _sheet_form(mark: str, name: str) -> Form:
    declared = {item.key: _column(item) for item in SHEET}
    overall = mark == "overall"
    return Form(
        mark,
        name,
        (
            Block(
                "head", "项目概况" if not overall else "填报概况", Shape.FIELDS, (),
                (
                    Column("id", "表号", Kind.TEXT, "可不填；填时用英文字母、数字，各表不同"),
                    *(declared[key] for key in _SHEET_HEAD),
                    _of("execution.weight", "execution_weight", "执行分值", hint="与模板规定不同时才填"),
                ),
            ),
            Block("funds", "预算执行情况（万元）", Shape.GRID, ("funds",), _money(STAGES), rows=FUNDS),
            Block(
                "by_revenue", "全年预算数按收入性质分（万元）", Shape.FIELDS, ("by_revenue",), _money(REVENUE_SOURCES),
                optional=not overall,
            ),
            Block(
                "by_expenditure", "全年执行数按支出性质分（万元）", Shape.FIELDS, ("by_expenditure",), _money(NATURES),
                optional=not overall,
            ),
            Block(
                "by_expenditure_initial", "年初预算数按支出性质分（万元）", Shape.FIELDS, ("by_expenditure_initial",),
                _money(NATURES), optional=not overall,
            ),
            Block("goals", "年度总体目标", Shape.FIELDS, (), tuple(declared[key] for key in _SHEET_WORDS)),
            Block(
                "indicators", "绩效指标", Shape.LIST, ("indicators",), _indicator_columns(), open_rows=30,
                note="一行一个三级指标。指标值写数和单位（如 ≥1000户、95%、130万元），实际完成值填实际测得的数。",
            ),
            Block(
                "groups", "共用分值组（几行合并计分时填写）", Shape.LIST, ("groups",),
                (
                    Column("id", "组号", Kind.TEXT, "如 g1，与指标行“共用分值组”一致"),
                    _of("group.weight", "weight", "本组分值"),
                    _of("group.score", "assessed", "本组自评得分"),
                    _of("group.score", "published_score", "本组已公布得分", hint=_PUBLISHED_HINT),
                    _of("group.reason", "reason", "说明", width=24),
                ),
                open_rows=6,
            ),
            Block(
                "blocks", "一级指标或年度目标的分值（表上另列时填写）", Shape.LIST, ("blocks",),
                (
                    Column("name", "名称", Kind.TEXT, width=20),
                    _of("block.weight", "weight", "上限分值"),
                    _of("block.score", "published_score", "已公布的得分", hint=_PUBLISHED_HINT),
                ),
                open_rows=6,
            ),
            Block("reasons", "说明", Shape.FIELDS, (), tuple(declared[key] for key in _SHEET_REASONS)),
            Block(
                "published", "已公布数（核对用）", Shape.FIELDS, ("published",),
                (
                    _of("execution.rate", "rate", "执行率（%）", hint=_PUBLISHED_HINT),
                    _of("execution.score", "execution_score", "执行得分"),
                    _of("sheet.total", "total", "总分"),
                    _of("sheet.weight_total", "weight_total", "分值合计"),
                    _of("sheet.grade", "grade", "等级"),
                ),
            ),
        ),
        landscape=True,
    )  # fmt: skip


OVERALL_FORM = _sheet_form("overall", "整体自评表")
PROJECT_FORM = _sheet_form("project", "项目自评表")

# --- 报告数字 -----------------------------------------------------------------------------------------------

_CODE = Column("code", "科目编码", Kind.TEXT, "科目编码的数字")
_AMOUNT = Column("amount", "金额", Kind.MONEY)

DETAIL_FORM = Form(
    "detail",
    "报告数字",
    (
        Block(
            "amounts", "收支总体（万元）", Shape.FIELDS, ("detail", "amounts"),
            tuple(Column(key, label, Kind.MONEY, signed=key == "balance") for key, label in DETAIL_AMOUNTS.items()),
        ),
        Block("revenue", "收入按来源（万元）", Shape.FIELDS, ("detail", "revenue"), _money(REVENUE_SOURCES)),
        Block(
            "economic", "基本支出按经济分类（万元）", Shape.CODES, ("detail", "economic"), (_CODE, _AMOUNT),
            open_rows=10, packed="value", note="三位编码填该类合计，五位编码填款级金额；没有的留空。",
        ),
        Block(
            "function", "支出按功能分类（万元）", Shape.CODES, ("detail", "function"), (_CODE, _AMOUNT),
            open_rows=5, packed="value",
        ),
        Block(
            "programmes", "项目支出明细（万元）", Shape.LIST, ("detail", "programmes"),
            (Column("key", "行号", Kind.TEXT), Column("name", "项目名称", Kind.TEXT, width=24), _AMOUNT), open_rows=15,
        ),
    ),
)  # fmt: skip

STATEMENTS_FORM = Form(
    "statements",
    "文字说明数字",
    (
        Block(
            "statements", "文字说明中的数字（万元、%）", Shape.LIST, ("statements",),
            (
                Column("id", "编号", Kind.TEXT, "英文字母、数字或短横，各条不同"),
                Column("kind", "类别", Kind.TEXT, choices=STATEMENT_WORDS, width=10),
                Column("subject", "说明对象", Kind.TEXT, width=30),
                *(
                    Column(
                        key, label,
                        {"percent": Kind.RATE, "count": Kind.COUNT}.get(key, Kind.MONEY),
                        width=11,
                        signed=key in ("amount", "delta", "percent", "minuend", "subtrahend"),
                    )
                    for key, label in STATEMENT_ROLE_WORDS.items()
                ),
            ),
            open_rows=40,
            note="占比填部分、整体、百分比；增减填本年、上年或差额、百分比；完成率填预算、决算、百分比；分项合计填合计，分项写在下表。",
        ),
        Block(
            "parts", "分项（一行一项）", Shape.LIST, ("statement_parts",),
            (
                Column("id", "编号", Kind.TEXT, "上表中分项合计那一条的编号"),
                Column("label", "分项名称", Kind.TEXT, width=30),
                _AMOUNT,
            ),
            open_rows=30,
        ),
        Block(
            "cells", "与决算表的对应（可不填）", Shape.LIST, ("statement_cells",),
            (
                Column("id", "编号", Kind.TEXT, "上表中的编号"),
                Column("role", "哪个数", Kind.TEXT, choices=STATEMENT_ROLE_WORDS),
                Column("cell", "对应单元格", Kind.TEXT, "如 accounts.revenue/total/fiscal", width=30),
            ),
            open_rows=30,
        ),
    ),
    landscape=True,
)  # fmt: skip

# --- 决算表 -------------------------------------------------------------------------------------------------

_SHORT_NAMES = {
    "overview": "收支总表", "revenue": "收入表", "expenditure": "支出表", "fiscal_overview": "财政拨款总表",
    "general_expenditure": "一般公共预算支出表", "basic_detail": "基本支出明细表", "government_fund": "政府性基金表",
    "state_capital": "国有资本经营表", "three_public": "三公经费表",
}  # fmt: skip


def _account_form(number: int, table: str) -> Form:
    title, columns = ACCOUNTS[table]
    labels = {**COLUMN_WORDS, **({"total": "小计"} if table == "fiscal_overview" else {})}
    signed = ("opening", "closing")
    overview = table in ("overview", "fiscal_overview")
    return Form(
        f"accounts.{table}",
        f"决算{number}{_SHORT_NAMES[table]}",
        (
            Block(
                "table", f"{title}（填报说明）", Shape.FIELDS, ("accounts", table),
                (
                    Column("number", "表号", Kind.TEXT, "如 公开02表"),
                    Column("empty_note", "空表说明", Kind.TEXT, "全表无数据时填写一句说明"),
                ),
            ),
            Block(
                "rows", f"{title}（万元）", Shape.CODES, ("accounts", table),
                (
                    _CODE,
                    Column("name", "科目名称", Kind.TEXT, "可不填，按科目编码查得；与当年科目不同时填", width=24),
                    *(
                        Column(key, labels[key], Kind.MONEY, signed=overview or key in signed)
                        for key in columns
                    ),
                ),
                open_rows=0 if table == "three_public" else 5 if overview or table == "basic_detail" else 60,
                packed="cells",
                prefix="class." if overview else "",
            ),
        ),
        landscape=True,
    )  # fmt: skip


ACCOUNT_FORMS = {table: _account_form(number, table) for number, table in enumerate(ACCOUNTS, 1)}

# --- 部门汇总 -----------------------------------------------------------------------------------------------

_BUDGET_COLUMNS = _money({"budget": "预算数", "executed": "决算数"})
ROLLUP_FORM = Form(
    "rollup",
    "部门汇总",
    (
        Block(
            "head", "汇总口径", Shape.FIELDS, ("rollup",),
            (
                Column("department", "部门名称", Kind.TEXT, "只有需要汇总下属单位的部门才填本表"),
                Column("label", "汇总口径名称", Kind.TEXT, "报告中对汇总方法的称呼，如 加权平均"),
                Column("method", "汇总方法", Kind.TEXT, "不填时按模板规定", choices=ROLLUP_METHODS),
                Column("department_budget", "部门全年预算数", Kind.MONEY),
                Column("department_executed", "部门全年执行数", Kind.MONEY),
            ),
        ),
        Block(
            "members", "各单位得分", Shape.LIST, ("rollup", "members"),
            (
                Column("key", "单位编号", Kind.TEXT, "英文字母或数字，如 hq"),
                Column("name", "单位名称", Kind.TEXT, width=24),
                *(Column(key, label, Kind.SCORE, width=10) for key, label in ROLLUP_COMPONENTS.items()),
                Column("budget", "全年预算数", Kind.MONEY),
                Column("executed", "全年执行数", Kind.MONEY),
                Column("project_money", "项目支出", Kind.MONEY),
                Column("staff", "在职人数", Kind.COUNT),
                Column("established", "编制数", Kind.COUNT),
            ),
            open_rows=20,
        ),
        Block(
            "published", "部门公布得分（核对用）", Shape.FIELDS, ("rollup", "published"),
            (
                *(Column(key, label, Kind.SCORE) for key, label in ROLLUP_COMPONENTS.items()),
                Column("grade", "等级", Kind.TEXT),
            ),
        ),
        Block(
            "member_three_public", "各单位三公经费（万元）", Shape.LIST, ("rollup_three_public",),
            (
                Column("member", "单位编号", Kind.TEXT),
                Column("item", "费用", Kind.TEXT, choices=THREE_PUBLIC_WORDS, width=18),
                *_BUDGET_COLUMNS,
            ),
            open_rows=30,
        ),
        Block(
            "department_three_public", "部门三公经费（万元）", Shape.GRID, ("rollup", "three_public", "department"),
            _BUDGET_COLUMNS, rows=THREE_PUBLIC_WORDS,
        ),
    ),
    landscape=True,
)  # fmt: skip

#: Every form by mark. Marks of last year's sheets begin with :data:`PRIOR`.
FORMS: dict[str, Form] = {
    form.mark: form
    for form in (
        ABOUT_FORM, BASE_FORM, OVERALL_FORM, PROJECT_FORM, DETAIL_FORM, STATEMENTS_FORM, *ACCOUNT_FORMS.values(),
        ROLLUP_FORM,
    )
}  # fmt: skip
PRIOR = "prior:"
#: Forms that last year's figures may fill (the figures file's ``prior_year``).
PRIOR_FORMS = ("base", "overall", "project", "statements", *(form.mark for form in ACCOUNT_FORMS.values()))
SCORING_MARKS = ("overall", "project")
#: Spare project sheets in an empty workbook; more may be made by copying one of them.
PROJECT_SHEETS = 6
