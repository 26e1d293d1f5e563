"""The forms an agency fills, declared once: figures file, workbook and documents all follow these lists.

Each entry binds a key of the figures file to a concept and to its printed Chinese label, so that the YAML reader,
the workbook writer and reader, and the document writers cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from guangsha.facts.concepts import CONCEPTS, Kind


@dataclass(frozen=True, slots=True)
class Field:
    """One fillable field: ``key`` in the figures file, ``concept`` it becomes, ``label`` as printed, and a hint."""

    key: str
    concept: str
    label: str
    hint: str = ""
    choices: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        return CONCEPTS[self.concept].kind


def _fields(prefix: str, *rows: tuple[str, str] | tuple[str, str, str]) -> tuple[Field, ...]:
    made = []
    for key, hint, *renamed in rows:
        concept = f"{prefix}.{renamed[0] if renamed else key}"
        made.append(Field(key, concept, CONCEPTS[concept].label, hint))
    return tuple(made)


ABOUT = _fields(
    "unit",
    ("department", "上级主管部门全称"),
    ("short_name", "正文里使用的简称"),
    ("nature", "如：公益一类事业单位"),
    ("report_date", "报告落款日期，如 2024-06-25"),
    ("filled_on", "附表填报日期"),
    ("filler", "填表人姓名"),
    ("head", "单位负责人姓名"),
    ("contact", "办公电话，请勿填写个人手机号"),
    ("offices", "内设机构名称，用顿号分开"),
    ("duties", "一两句话，正文据此生成"),
    ("thrift", "厉行节约的做法"),
    ("problems", "存在的问题及原因，要点用分号分开"),
    ("improvements", "改进措施，要点用分号分开"),
    ("results_use", "自评结果如何应用、何时何处公开"),
    ("subordinates", "纳入部门决算的下属单位数，不含本级"),
)

STAFF = _fields(
    "staff",
    ("established", "编制部门核定的人数"),
    ("employed", "年末实有在职人数"),
    ("retired", "年末退休人数"),
    ("administrative", "在职人员中的行政人数"),
    ("institution", "在职人员中的事业人数"),
)

SHEET = _fields(
    "sheet",
    ("name", "项目名称；整体自评表填“整体支出”"),
    ("department", "主管部门"),
    ("implementer", "实施单位"),
    ("category", "部门预算项目 / 区级专项 / 专项转移支付项目"),
    ("attribute", "持续性项目 / 新增性项目"),
    ("type", "常年性项目 / 延续性项目 / 一次性项目"),
    ("filled_on", "填报日期"),
    ("budget_line", "对应基础数据表“项目支出”下的哪一行"),
    ("goal_expected", "年度总体目标：预期"),
    ("goal_actual", "年度总体目标：实际完成情况"),
    ("execution_reason", "执行率低于 80% 或高于 100% 时说明原因"),
    ("deviation_reason", "偏差大或目标未完成原因分析"),
    ("improvement", "改进措施及结果应用方案"),
)

#: key → printed label, in printed order.
FUNDS: dict[str, str] = {
    "total": "年度资金总额",
    "current": "其中：当年财政拨款",
    "carry_over": "上年结转资金",
    "other": "其他资金",
}
STAGES: dict[str, str] = {"initial": "年初预算数", "full_year": "全年预算数", "executed": "全年执行数"}
REVENUE_SOURCES: dict[str, str] = {
    "general_public": "一般公共预算",
    "government_fund": "政府性基金拨款",
    "state_capital": "国有资本经营预算拨款",
    "special_account": "纳入专户管理的非税收入拨款",
    "superior": "上级补助收入",
    "other": "其他资金",
}
NATURES: dict[str, str] = {
    "basic": "基本支出",
    "project": "项目支出",
    "personnel": "人员经费",
    "public": "公用经费",
}

INDICATOR = _fields(
    "indicator",
    ("level1", "产出指标 / 效益指标 / 满意度指标 / 成本指标"),
    ("level2", "数量、质量、时效、成本、经济效益、社会效益……"),
    ("name", "三级指标名称，不要写成数值"),
    ("target", "年度指标值，如 ≥1000户、95%、130万元"),
    ("actual", "实际完成值，请填实际测得的数"),
    ("weight", "分值；与其他行合并计分时留空，改填“共用分值组”"),
    ("group", "与其他行合并计分时填同一个组号"),
    ("block", "分年度目标的表填所属目标"),
    ("reason", "得分低于分值或偏差较大时必须填写"),
    ("unit", "指标值没有写单位时填这里"),
    ("direction", "up：越大越好；down：越小越好"),
    ("method", "不填时由模板规则判断"),
    ("step", "扣分步长，如 10户、1%、20万元"),
    ("deduct", "每差一个步长扣几分"),
    ("achievement", "定性指标：achieved 达成 / partial 部分达成 / failed 未达成"),
    ("approval", "突破规则得分或调整指标值的批准文件"),
    ("revised_from", "调整前的指标值"),
    ("evidence", "佐证材料名称"),
    ("numerator", "比率指标的分子，如 3573户"),
    ("denominator", "比率指标的分母，如 3500户"),
    ("rule", "无法归入上述方法的评分标准原文"),
)

#: Base-table lines: key → (printed label, indent level); programmes are inserted after ``project_total``.
BASE_LINES: dict[str, tuple[str, int]] = {
    "three_public": ("三公经费", 0),
    "vehicles": ("1、公务用车购置和维护经费", 1),
    "vehicle_purchase": ("其中：公车购置", 2),
    "vehicle_running": ("公车运行维护", 2),
    "abroad": ("2、出国经费", 1),
    "reception": ("3、公务接待", 1),
    "project_total": ("项目支出：", 0),
    "public_total": ("公用经费：", 0),
    "office": ("其中：办公经费", 1),
    "utilities_travel": ("水费、电费、差旅费", 2),
    "meeting_training": ("会议费、培训费", 2),
    "procurement": ("政府采购金额", 0),
    "basic_adjusted": ("部门基本支出预算调整", 0),
}
#: Base-table columns: key in the figures file → stage dimension.
BASE_COLUMNS: dict[str, str] = {"prior": "prior_executed", "budget": "initial", "executed": "executed"}
#: Buildings finished in the year: key → (concept, ``line`` dimension, printed label).
BUILDINGS: dict[str, tuple[str, str, str]] = {
    "approved_area": ("base.area", "approved", "批复规模（㎡）"),
    "actual_area": ("base.area", "actual", "实际规模（㎡）"),
    "approved_investment": ("base.invested", "approved", "预算投资（万元）"),
    "actual_investment": ("base.invested", "actual", "实际投资（万元）"),
}

DETAIL_AMOUNTS: dict[str, str] = {
    "revenue_total": "收入合计",
    "expenditure_total": "支出合计",
    "balance": "结余",
    "basic": "基本支出",
    "project": "项目支出",
    "personnel": "人员经费",
    "public": "公用经费",
}

#: Final-accounts tables by name: (printed title, columns in printed order).
ACCOUNTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "overview": ("收入支出决算总表", ("amount",)),
    "revenue": (
        "收入决算表",
        ("total", "fiscal", "superior", "business", "operating", "affiliated", "other"),
    ),
    "expenditure": (
        "支出决算表",
        ("total", "basic", "project", "to_superior", "operating", "to_affiliated"),
    ),
    "fiscal_overview": (
        "财政拨款收入支出决算总表",
        ("amount", "total", "general_public", "government_fund", "state_capital"),
    ),
    "general_expenditure": ("一般公共预算财政拨款支出决算表", ("total", "basic", "project")),
    "basic_detail": ("一般公共预算财政拨款基本支出决算明细表", ("amount",)),
    "government_fund": (
        "政府性基金预算财政拨款收入支出决算表",
        ("opening", "revenue", "total", "basic", "project", "closing"),
    ),
    "state_capital": ("国有资本经营预算财政拨款支出决算表", ("total", "basic", "project")),
    "three_public": (
        "财政拨款“三公”经费支出决算表",
        ("total", "abroad", "vehicles", "vehicle_purchase", "vehicle_running", "reception"),
    ),
}

#: Rows of the two overview tables that are not functional classes (``class.201`` …), in printed order.
OVERVIEW_INCOME: dict[str, str] = {
    "income.general_public": "一般公共预算财政拨款收入",
    "income.government_fund": "政府性基金预算财政拨款收入",
    "income.state_capital": "国有资本经营预算财政拨款收入",
    "income.superior": "上级补助收入",
    "income.business": "事业收入",
    "income.operating": "经营收入",
    "income.affiliated": "附属单位上缴收入",
    "income.other": "其他收入",
    "income.total": "本年收入合计",
    "income.surplus_used": "使用非财政拨款结余（含专用结余）",
    "income.opening": "年初结转和结余",
    "income.grand": "总计",
}
OVERVIEW_EXPENDITURE: dict[str, str] = {
    "expenditure.total": "本年支出合计",
    "expenditure.surplus_distribution": "结余分配",
    "expenditure.closing": "年末结转和结余",
    "expenditure.grand": "总计",
}
#: Rows of the fiscal overview (财政拨款总表); incomes use column ``amount``, expenditures the fund columns.
FISCAL_INCOME: dict[str, str] = {
    "income.general_public": "一般公共预算财政拨款",
    "income.government_fund": "政府性基金预算财政拨款",
    "income.state_capital": "国有资本经营财政拨款",
    "income.total": "本年收入合计",
    "opening.total": "年初财政拨款结转和结余",
    "opening.general_public": "一般公共预算财政拨款",
    "opening.government_fund": "政府性基金预算财政拨款",
    "opening.state_capital": "国有资本经营预算财政拨款",
    "income.grand": "总计",
}
FISCAL_EXPENDITURE: dict[str, str] = {
    "expenditure.total": "本年支出合计",
    "closing.total": "年末财政拨款结转和结余",
    "expenditure.grand": "总计",
}
#: basic_detail rows besides the economic codes: ``personnel.total`` 人员经费合计, ``public.total`` 公用经费合计.
#: three_public rows: ``budget`` 预算数, ``executed`` 决算数.  Code tables: ``total`` 合计, then 7-digit codes.

STATEMENT_KINDS: dict[str, tuple[str, ...]] = {
    "amount": ("amount",),
    "share": ("part", "whole", "percent"),
    "growth": ("current", "prior", "delta", "percent"),
    "completion": ("budget", "executed", "percent"),
    "difference": ("minuend", "subtrahend", "delta"),
    "sum": ("total",),
    "count": ("count",),
}

#: Kinds that only the reader of documents makes: parts within a whole that may list them in part; a count and its
#: list; one quantity stated twice in other words; a rate that cannot pass 100 %; a rate of what was done of what there
#: was; a figure of a form that the text repeats.
READ_STATEMENT_KINDS: dict[str, tuple[str, ...]] = {
    "limit": ("total",),
    "list": ("count", "listed"),
    "repeat": ("first", "second"),
    "bound": ("percent",),
    "rate": ("part", "whole", "percent"),
    "quote": ("amount", "count"),
}
#: Before a ``statement.cell``: the words of the prose name the figure only in part, so a difference is no contradiction.
LIKELY_CELL = "likely:"
#: Labels of a ``repeat``: the pair may be two things; the figure is approximate (3500余户).
UNSURE_REPEAT = "疑为同一数量"
APPROXIMATE = "约数"

ROLLUP_COMPONENTS: dict[str, str] = {
    "execution": "预算执行",
    "output": "产出指标",
    "effect": "效益指标",
    "satisfaction": "满意度指标",
    "cost": "成本指标",
    "total": "总分",
}
ROLLUP_METHODS: dict[str, str] = {
    "simple_mean": "简单平均",
    "budget": "按全年预算数加权",
    "executed": "按全年执行数加权",
    "staff": "按在职人数加权",
    "project_money": "按项目支出加权",
}
