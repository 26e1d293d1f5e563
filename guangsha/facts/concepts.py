"""The dictionary of concepts: what a fact may speak of, in which kind of value, with which dimensions.

A concept id is dotted and English; its label is the field's Chinese term (``docs/glossary.csv``). A fact whose
concept, kind or dimensions are not declared here is refused, so a typing error cannot become a silent figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of value a concept takes.

    ``MONEY`` is a decimal in a unit of money; ``COUNT`` a decimal with or without a unit; ``RATE`` a decimal in
    percent (99.95 means 99.95 %); ``SCORE`` a decimal in points; ``FLAG`` is ``"yes"`` or ``"no"``.
    """

    MONEY = "money"
    COUNT = "count"
    RATE = "rate"
    SCORE = "score"
    TEXT = "text"
    DATE = "date"
    FLAG = "flag"

    @property
    def numeric(self) -> bool:
        return self in (Kind.MONEY, Kind.COUNT, Kind.RATE, Kind.SCORE)


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept: ``id``, Chinese ``label``, ``kind`` and the names of the dimensions that it must carry.

    ``optional`` dimensions may be present as well.
    """

    id: str
    label: str
    kind: Kind
    dimensions: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


CONCEPTS: dict[str, Concept] = {}


def _declare(kind: Kind, dimensions: str = "", optional: str = "", **labels: str) -> None:
    for name, label in labels.items():
        concept_id = name.replace("__", ".")
        CONCEPTS[concept_id] = Concept(
            concept_id, label, kind, tuple(dimensions.split()), tuple(optional.split())
        )


#: Who says the value: printed in a published document, assessed by the unit itself, or computed here.
#: Facts without a basis are the primary input.
BASES = ("published", "assessed", "computed")

# --- the unit and its year -------------------------------------------------------------------------------
_declare(
    Kind.TEXT,
    unit__department="主管部门",
    unit__short_name="单位简称",
    unit__nature="单位性质",
    unit__contact="联系电话",
    unit__filler="填表人",
    unit__head="单位负责人",
    unit__duties="职能职责",
    unit__offices="内设机构",
    unit__thrift="厉行节约保障措施",
    unit__problems="存在的问题及原因",
    unit__improvements="下一步改进措施",
    unit__results_use="结果应用和公开情况",
)
_declare(Kind.DATE, unit__report_date="报告日期", unit__filled_on="填报日期")
_declare(
    Kind.COUNT,
    staff__established="编制数",
    staff__employed="在职人数",
    staff__retired="退休人数",
    staff__administrative="行政人数",
    staff__institution="事业人数",
    unit__subordinates="下属单位数",
)
_declare(Kind.RATE, staff__control_rate="控制率", optional="basis")

# --- one scoring sheet (整体 or 项目) -----------------------------------------------------------------------
_declare(
    Kind.TEXT,
    "sheet",
    sheet__kind="自评表类别",  # overall | project
    sheet__name="项目名称",
    sheet__department="主管部门",
    sheet__implementer="实施单位",
    sheet__category="项目类别",
    sheet__attribute="项目属性",
    sheet__type="项目类型",
    sheet__goal_expected="年度总体目标预期",
    sheet__goal_actual="年度总体目标完成情况",
    sheet__deviation_reason="偏差大或目标未完成原因分析",
    sheet__improvement="改进措施及结果应用方案",
    sheet__filled_on="填报日期",
    sheet__execution_reason="执行偏差说明",
    sheet__budget_line="基础数据表项目行",  # which base-table line this project is
)
# fund: total | current | carry_over | other; stage: initial | full_year | executed
_declare(Kind.MONEY, "sheet fund stage", sheet__funds="项目资金")
# source: general_public | government_fund | state_capital | special_account | superior | other (全年预算数 按收入性质)
_declare(Kind.MONEY, "sheet source stage", sheet__by_revenue="按收入性质分")
# nature: basic | project | personnel | public (全年执行数 按支出性质)
_declare(Kind.MONEY, "sheet nature stage", sheet__by_expenditure="按支出性质分")
# fund: only where a form prints them again in the row of one fund (其中：当年财政拨款)
_declare(Kind.RATE, "sheet", "basis fund", execution__rate="执行率")
_declare(Kind.SCORE, "sheet", "basis fund", execution__weight="执行分值", execution__score="执行得分")
_declare(Kind.SCORE, "sheet", "basis", sheet__total="总分", sheet__weight_total="分值合计")
_declare(Kind.TEXT, "sheet", "basis", sheet__grade="等级")
# block: a level-1 name, or a named block such as 市级绩效目标; its printed weight and score
_declare(Kind.SCORE, "sheet block", "basis", block__weight="一级指标分值", block__score="一级指标得分")

# --- one indicator row --------------------------------------------------------------------------------------
_declare(
    Kind.TEXT,
    "sheet indicator",
    indicator__level1="一级指标",
    indicator__level2="二级指标",
    indicator__name="三级指标",
    indicator__target="年度指标值",
    indicator__actual="实际完成值",
    indicator__reason="偏差原因分析及改进措施",
    indicator__rule="评分标准",  # as typed, where no structured method fits
    indicator__group="共用分值组",
    indicator__block="所属目标",  # e.g. 市级绩效目标 / 日常工作目标
    indicator__method="评分方法",  # positive | negative | equal | step | qualitative | approved …
    indicator__direction="指标方向",  # up | down
    indicator__unit="计量单位",  # for targets whose unit was lost (pattern 1)
    indicator__step="扣分步长",  # quantity text: "10户", "1%", "20万元"
    indicator__achievement="达成程度",  # achieved | partial | failed, for qualitative indicators
    indicator__approval="批准依据",  # approval of an override or of a revised target
    indicator__revised_from="原指标值",
    indicator__evidence="佐证材料",
    indicator__numerator="比率分子",  # indicator keys or quantities, for linked ratios (K13)
    indicator__denominator="比率分母",
)
_declare(Kind.SCORE, "sheet indicator", indicator__weight="分值", indicator__deduct="每步扣分")
_declare(Kind.SCORE, "sheet indicator", "basis", indicator__score="得分")
_declare(Kind.SCORE, "sheet group", "basis", group__weight="共用分值", group__score="共用得分")
_declare(Kind.TEXT, "sheet group", group__reason="共用得分说明")

# --- base data table (基础数据表) ------------------------------------------------------------------------------
# line: see facts.forms.BASE_LINES, or programme.N; stage: prior_executed | initial | executed
_declare(Kind.MONEY, "line stage", base__amount="经费控制情况")
_declare(Kind.TEXT, "line", base__name="项目行名称", base__parent="上级行")
_declare(Kind.MONEY, "line", base__invested="楼堂馆所投资")
_declare(Kind.COUNT, "line", base__area="楼堂馆所规模")

# --- expenditure and revenue detail of a report (报告正文) ------------------------------------------------------
# economic: 3- or 5-digit code; function: 3-digit class; source as above; programme: free key
_declare(Kind.MONEY, "economic", "basis", detail__economic="基本支出按经济分类")
_declare(Kind.MONEY, "function", "basis", detail__function="支出按功能分类")
_declare(Kind.MONEY, "source", "basis", detail__revenue="收入按来源")
_declare(Kind.MONEY, "item", "basis", detail__amount="正文金额")  # total, basic, project, personnel, public…
_declare(Kind.MONEY, "programme", "basis", detail__programme="项目支出明细")
_declare(Kind.TEXT, "programme", detail__programme_name="项目名称")
_declare(Kind.MONEY, "item stage", detail__three_public="三公经费")

# --- final accounts (公开01–09), one concept per table by name, since numbers differ by place and year ---------
for _table, _label in {
    "overview": "收入支出决算总表",
    "revenue": "收入决算表",
    "expenditure": "支出决算表",
    "fiscal_overview": "财政拨款收入支出决算总表",
    "general_expenditure": "一般公共预算财政拨款支出决算表",
    "basic_detail": "一般公共预算财政拨款基本支出决算明细表",
    "government_fund": "政府性基金预算财政拨款收入支出决算表",
    "state_capital": "国有资本经营预算财政拨款支出决算表",
    "three_public": "财政拨款“三公”经费支出决算表",
}.items():
    _declare(Kind.MONEY, "row column", "basis", **{f"accounts__{_table}": _label})
_declare(Kind.TEXT, "table row", accounts__row_name="科目名称")
_declare(Kind.TEXT, "table", accounts__empty_note="空表说明", accounts__number="表号")

# --- numeric statements of the prose (文字说明中的数字) -----------------------------------------------------------
# kind: amount | share | growth | completion | sum | count | difference, and from documents limit | list | repeat |
# bound | quote (facts.forms); cell: accounts.<table>/<row>/<column> or the key of another fact, after "likely:" where unsure; role: part | whole | percent | current |
# prior | delta | budget | executed | total | amount | part.N | count | listed | first | second
_declare(Kind.TEXT, "statement", statement__kind="说明类别", statement__subject="说明对象")
_declare(Kind.TEXT, "statement role", statement__label="说明分项", statement__cell="对应单元格")
_declare(Kind.MONEY, "statement role", statement__amount="说明金额")
_declare(Kind.RATE, "statement role", statement__percent="说明百分比")
_declare(Kind.COUNT, "statement role", statement__count="说明数量")

# --- roll-up of units to their department (部门汇总) -----------------------------------------------------------
_declare(Kind.TEXT, rollup__label="汇总口径", rollup__method="汇总方法", rollup__department="部门名称")
_declare(Kind.TEXT, "member", rollup__member="汇总单位")
# component: execution | output | effect | satisfaction | cost | total
_declare(Kind.SCORE, "member component", rollup__score="单位得分")
_declare(Kind.SCORE, "component", rollup__published="部门公布得分", rollup__computed="部门汇总得分")
_declare(
    Kind.MONEY,
    "member",
    rollup__budget="单位全年预算数",
    rollup__executed="单位全年执行数",
    rollup__project_money="单位项目支出",
)
_declare(Kind.COUNT, "member", rollup__staff="单位在职人数", rollup__established="单位编制数")
_declare(
    Kind.MONEY,
    rollup__department_budget="部门全年预算数",
    rollup__department_executed="部门全年执行数",
)
_declare(Kind.MONEY, "member item stage", rollup__three_public="单位三公经费")
_declare(Kind.MONEY, "item stage", rollup__department_three_public="部门三公经费")
_declare(Kind.MONEY, "nature source", rollup__department_money="部门支出构成")
_declare(Kind.MONEY, rollup__department_project="部门项目支出")
_declare(Kind.TEXT, rollup__grade="部门等级")


def concept(concept_id: str) -> Concept:
    """The declared concept.

    Raises:
        KeyError: nobody declared it.
    """
    return CONCEPTS[concept_id]
