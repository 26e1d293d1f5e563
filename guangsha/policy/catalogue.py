"""Every parameter (政策参数) that a rule may read: its key, unit and shape. The values are data, never here.

Source of the list: 公共租赁住房管理办法 (住房和城乡建设部令第11号), 建保〔2016〕281号, and local rules; what a place sets and by which
document stands in ``parameters/<region>/<area>/<key>.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from guangsha.policy.household_types import TYPE_BY_CODE
from guangsha.policy.repair_items import REPAIR_ITEMS

Shape = Literal["number", "flag", "choice", "order"]
#: What a table of values is keyed by; empty: one value for everybody.
Axis = Literal["", "household_type", "persons", "degree", "circumstance", "repair_item"]

#: Numbers of degrees in the fact ``degree``; 0 is none of these.
DEGREES: dict[str, int] = {"none": 0, "bachelor": 1, "master": 2, "doctor": 3}
#: Circumstances (特殊情形) that may raise an amount; each is a fact ``has_<circumstance>``.
CIRCUMSTANCES: dict[str, str] = {
    "disability": "残疾", "veteran": "优抚", "bereaved_only_child": "失独", "lone_elder": "孤老",
    "serious_illness": "重病",
}  # fmt: skip
METHODS: dict[str, str] = {
    "area_formula": "按面积公式", "fixed_by_persons": "按人数定额", "fixed_by_degree": "按学历定额",
}  # fmt: skip
GUARANTEES: dict[str, str] = {
    "per_person": "人均面积乘人数，限于上下限",
    "by_household_size": "按家庭人数定面积",
}
TYPE_CHOICES: dict[str, str] = {
    "first_in_order": "按顺序取第一个符合的类别",
    "most_favourable": "取对家庭最有利的类别",
}
STOP_MONTHS: dict[str, str] = {
    "same_month": "事由发生当月起停发", "next_month": "事由发生次月起停发",
    "month_after_discovery": "发现次月起停发", "declared_same_month": "主动申报的当月起停发，检查发现的次月起停发",
}  # fmt: skip


BEGIN_MONTHS: dict[str, str] = {"month_of_decision": "决定当月", "month_after_decision": "决定次月"}
RENT_CYCLES: dict[str, str] = {"month": "按月", "quarter": "按季"}
OVER_INCOME_WAYS: dict[str, str] = {
    "leave": "搬迁腾退",
    "top_up_or_leave": "可以按市场租金续住，也可以搬迁腾退",
}
FIRST_MONTHS: dict[str, str] = {"by_day": "按实际天数", "whole_month": "按整月"}
#: How the last character of a house code (JGJ/T 246) is found; the table that the standard prints is not settled for every place.
HOUSE_CODE_CHECKS: dict[str, str] = {"gb11643": "与公民身份号码相同的校验表", "unchecked": "不校验"}
CONSUMABLES_PAYERS: dict[str, str] = {"owner": "产权单位承担", "tenant": "承租人承担"}


@dataclass(frozen=True, slots=True)
class Declared:
    """One parameter as rules know it.

    Attributes:
        unit: one of ``dimensions.PRINTED_UNITS``, or empty for flags, choices and orders.
        axes: by what a region may table it; the first is usual.
        limit: whether 不限 is a possible value.
    """

    key: str
    area: str
    title: str
    unit: str = ""
    shape: Shape = "number"
    axes: tuple[Axis, ...] = ("",)
    limit: bool = False
    choices: tuple[str, ...] = ()


_BY_TYPE: tuple[Axis, ...] = ("household_type", "")


def _declared() -> dict[str, Declared]:
    rows = (
        Declared("income_line_pc_month", "eligibility", "人均月收入标准", "元/人·月", axes=_BY_TYPE, limit=True),
        Declared("income_line_inclusive", "eligibility", "人均月收入标准含本数", shape="flag"),
        Declared("area_line_inclusive", "eligibility", "住房困难标准含本数", shape="flag"),
        Declared("asset_limit_pc", "eligibility", "人均资产限额", "元/人", axes=_BY_TYPE, limit=True),
        Declared("asset_limit_household", "eligibility", "家庭资产限额", "元", axes=_BY_TYPE, limit=True),
        Declared("vehicles_max", "eligibility", "机动车数量上限", "辆", axes=_BY_TYPE, limit=True),
        Declared("vehicle_value_max", "eligibility", "机动车价值上限", "元", axes=_BY_TYPE, limit=True),
        Declared("vehicle_disabled_exempt", "eligibility", "残疾人代步车免计", shape="flag"),
        Declared("business_capital_max", "eligibility", "企业出资额上限", "元", axes=_BY_TYPE, limit=True),
        Declared("legal_person_posts_max", "eligibility", "法定代表人任职数上限", "个", axes=_BY_TYPE, limit=True),
        Declared("area_line_pc", "eligibility", "住房困难标准", "㎡/人", axes=_BY_TYPE, limit=True),
        Declared("hukou_years", "eligibility", "本地户籍年限", "年", axes=_BY_TYPE),
        Declared("residence_permit", "eligibility", "须有居住证", shape="flag", axes=_BY_TYPE),
        Declared("insured_months", "eligibility", "社会保险缴纳月数", "月", axes=_BY_TYPE),
        Declared("grad_years", "eligibility", "毕业年限", "年", axes=_BY_TYPE, limit=True),
        Declared("applicant_min_age", "eligibility", "申请人最低年龄", "岁"),
        Declared("single_min_age", "eligibility", "单身申请最低年龄", "岁"),
        Declared("home_disposal_lookback_y", "eligibility", "已处置住房追溯年限", "年"),
        Declared("deemed_income_month", "eligibility", "视同月收入", "元/月"),
        Declared("work_age_from", "eligibility", "劳动年龄起", "岁"),
        Declared("work_age_below", "eligibility", "劳动年龄止（不含）", "岁"),
        Declared("declaration_months", "eligibility", "收入资产申报有效月数", "月"),
        Declared("type_priority", "eligibility", "保障类别顺序", shape="order"),
        Declared("type_choice", "eligibility", "类别选取办法", shape="choice", choices=tuple(TYPE_CHOICES)),
        Declared("subsidy_method", "subsidy", "补贴计算办法", shape="choice", choices=tuple(METHODS), axes=("", "household_type")),
        Declared("guarantee_method", "subsidy", "保障面积计算办法", shape="choice", choices=tuple(GUARANTEES)),
        Declared("guarantee_area_size", "subsidy", "按人数定的保障面积", "㎡", axes=("persons",)),
        Declared("guarantee_area_pc", "subsidy", "人均保障面积", "㎡/人", axes=("", "household_type")),
        Declared("guarantee_area_min", "subsidy", "户保障面积下限", "㎡", axes=("", "persons")),
        Declared("guarantee_area_max", "subsidy", "户保障面积上限", "㎡", axes=("", "persons")),
        Declared("base_rent_m2", "subsidy", "租金补贴标准", "元/㎡·月", axes=("", "household_type")),
        Declared("coef", "subsidy", "补贴系数", "倍", axes=_BY_TYPE),
        Declared("uplift", "subsidy", "特殊情形上浮系数", "倍", axes=("circumstance", "")),
        Declared("fixed_tier_persons", "subsidy", "按人数定额补贴", "元/月", axes=("persons",)),
        Declared("fixed_tier_degree", "subsidy", "按学历定额补贴", "元/月", axes=("degree",)),
        Declared("actual_rent_cap", "subsidy", "不超过实际租金", shape="flag"),
        Declared("lease_required", "subsidy", "须有租赁合同备案", shape="flag"),
        Declared("month_cap", "subsidy", "月补贴上限", "元/月", axes=("", "household_type", "persons"), limit=True),
        Declared("max_months", "subsidy", "累计补贴月数上限", "月", axes=("household_type", ""), limit=True),
        Declared("waiting_subsidy_after_m", "subsidy", "轮候满多少月可领补贴", "月"),
        Declared("stop_month", "subsidy", "停发起始月", shape="choice", choices=tuple(STOP_MONTHS)),
        Declared("retro_clawback", "subsidy", "追溯扣回", shape="flag"),
        Declared("first_month", "subsidy", "起发月", shape="choice", choices=tuple(BEGIN_MONTHS)),
        Declared("agreement_months", "subsidy", "补贴协议月数", "月"),
        Declared("renewal_window_days", "subsidy", "年审受理期（到期前）", "天"),
        Declared("hearing_days", "subsidy", "听取意见期限", "天"),
        Declared("clawback_due_days", "subsidy", "退回多发补贴期限", "天"),
        Declared("set_off_share", "subsidy", "每月抵扣上限占补贴比例", "倍"),
        Declared("fine_multiple_max", "subsidy", "骗取救助罚款倍数上限", "倍"),
        Declared("batch_approval_limit", "subsidy", "区级审批批次金额上限", "元"),
        Declared("amount_jump_ratio", "subsidy", "补贴额变动提示比例", "倍"),
        Declared("year_end_approval_day", "subsidy", "年末批次审批截止日", "日"),
        Declared("unclaimed_months", "subsidy", "退回款待领月数", "月"),
        Declared("payment_sample_share", "subsidy", "发放后抽查比例", "倍"),
        Declared("market_rent_m2", "rent", "市场租金", "元/㎡·月"),
        Declared("rent_first_month", "rent", "不满一月的租金", shape="choice", choices=tuple(FIRST_MONTHS)),
        Declared("violation_fine_max", "rent", "违规罚款上限", "元"),
        Declared("violation_gain_multiple", "rent", "违法所得罚款倍数上限", "倍"),
        Declared("violation_gain_fine_max", "rent", "有违法所得的罚款上限", "元"),
        Declared("violation_ban_years", "rent", "违规后不得申请年数", "年"),
        Declared("rent_share", "rent", "应交租金占市场租金比例", "倍", axes=_BY_TYPE),
        Declared("rent_cycle", "rent", "缴费周期", shape="choice", choices=tuple(RENT_CYCLES)),
        Declared("rent_due_day", "rent", "缴费截止日", "日"),
        Declared("late_fee_rate", "rent", "滞纳金日比例", "倍"),
        Declared("late_fee_cap", "rent", "滞纳金上限", "倍"),
        Declared("deposit_amount", "rent", "押金", "元"),
        Declared("deposit_back_workdays", "rent", "押金退还期限", "工作日"),
        Declared("dunning_reminder_days", "rent", "到期前提醒天数", "天"),
        Declared("dunning_text_days", "rent", "短信催缴天数", "天"),
        Declared("dunning_letter_days", "rent", "书面催缴天数", "天"),
        Declared("dunning_visit_days", "rent", "上门走访天数", "天"),
        Declared("dunning_answer_days", "rent", "催缴通知缴清天数", "天"),
        Declared("dunning_legal_days", "rent", "转租约处理天数", "天"),
        Declared("relief_months_max", "rent", "减免最长月数", "月"),
        Declared("instalment_months_max", "rent", "分期最长月数", "月"),
        Declared("instalment_grace_days", "rent", "分期宽限天数", "天"),
        Declared("payment_order_days", "rent", "缴款单有效天数", "天"),
        Declared("publicity_days", "timers", "公示天数", "天"),
        Declared("idle_months", "timers", "连续空置月数", "月"),
        Declared("arrears_months", "timers", "累计欠租月数", "月"),
        Declared("transition_months", "timers", "搬迁过渡月数", "月"),
        Declared("transition_rate", "timers", "过渡期租金比例", "倍"),
        Declared("house_code_check", "stock", "房屋代码校验办法", shape="choice", choices=tuple(HOUSE_CODE_CHECKS)),
        Declared("check_photo_years", "stock", "入户清查照片保存年数", "年"),
        Declared("inside_picture_years", "stock", "套内照片保存年数", "年"),
    )  # fmt: skip
    return {row.key: row for row in (*rows, *_of_allocation(), *_of_tenancies(), *_of_fieldwork())}


def _of_allocation() -> tuple[Declared, ...]:
    return (
        Declared("layout_two_from", "allocation", "两居室起配人数", "人"),
        Declared("layout_three_from", "allocation", "三居室起配人数", "人"),
        Declared("layout_three_mixed_from", "allocation", "性别代际不便同室的三居室起配人数", "人"),
        Declared("first_tier_types", "allocation", "优先保障的家庭类别", shape="flag", axes=_BY_TYPE),
        Declared("first_tier_circumstances", "allocation", "优先保障的特殊情形", shape="flag", axes=("circumstance", "")),
        Declared("first_tier_share", "allocation", "优先保障房源比例", "倍"),
        Declared("waiting_years_max", "allocation", "轮候期上限", "年"),
        Declared("refusals_max", "allocation", "弃选次数上限", "次"),
        Declared("refusal_leave_years", "allocation", "弃选后不得轮候年数", "年"),
        Declared("recheck_workdays", "allocation", "资格复核期限", "工作日"),
        Declared("allocation_hearing_days", "allocation", "配租陈述意见期限", "天"),
        Declared("waitlist_ratio", "allocation", "候补比例", "倍"),
        Declared("choose_minutes", "allocation", "选房时限", "分钟"),
        Declared("lock_minutes", "allocation", "签字时限", "分钟"),
        Declared("draw_freeze_workdays", "allocation", "摇号前公布工作日数", "工作日"),
        Declared("low_floor_max", "allocation", "优先选房的最高楼层", "层"),
        Declared("low_floor_age", "allocation", "优先选低层的年龄", "岁"),
        Declared("match_sign_days", "allocation", "按志愿配房后的签字期限", "天"),
        Declared("result_public_days", "allocation", "配租结果公开天数", "天"),
    )  # fmt: skip


def _of_tenancies() -> tuple[Declared, ...]:
    return (
        Declared("lease_months", "tenancy", "租赁合同月数", "月"),
        Declared("lease_months_max", "tenancy", "租赁合同月数上限", "月"),
        Declared("lease_deposit", "tenancy", "租赁押金", "元"),
        Declared("renewal_months", "tenancy", "续租申请提前月数", "月"),
        Declared("onsite_checks_min", "tenancy", "违规现场核查次数", "个"),
        Declared("remedy_days", "tenancy", "违规改正期限", "天"),
        Declared("tenancy_hearing_days", "tenancy", "租约事项陈述期限", "天"),
        Declared("exit_notice_days", "tenancy", "腾退通知期限", "天"),
        Declared("temporary_access_days", "tenancy", "临时凭证最长天数", "天"),
        Declared("enforcement_demand_days", "tenancy", "强制执行前催告天数", "天"),
        Declared("enforcement_apply_months", "tenancy", "申请法院强制执行月数", "月"),
        Declared("enforcement_remedy_months", "tenancy", "起诉期限", "月"),
        Declared("enforcement_guardian_age", "tenancy", "须监护人同意的年龄", "岁"),
        Declared("over_income_way", "tenancy", "超收入家庭的处理方式", shape="choice", choices=tuple(OVER_INCOME_WAYS)),
    )  # fmt: skip


def _of_fieldwork() -> tuple[Declared, ...]:
    return (
        Declared("repair_answer_urgent", "fieldwork", "急修答复时限", "小时"),
        Declared("repair_answer_normal", "fieldwork", "一般报修答复时限", "小时"),
        Declared("repair_finish_urgent", "fieldwork", "急修修复时限", "小时"),
        Declared("repair_finish_normal", "fieldwork", "一般报修修复时限", "工作日"),
        Declared("repair_warranty_days", "fieldwork", "维修保修天数", "天"),
        Declared("repair_close_days", "fieldwork", "修复后自动办结天数", "天"),
        Declared("repair_cost_ceiling", "fieldwork", "免批维修费用上限", "元"),
        Declared("repair_consumables", "fieldwork", "易耗件费用承担", shape="choice", choices=tuple(CONSUMABLES_PAYERS)),
        Declared("repair_price", "fieldwork", "维修价目", "元", axes=("repair_item",)),
        Declared("hazard_days_general", "fieldwork", "一般隐患整改期限上限", "天"),
        Declared("hazard_days_major", "fieldwork", "重大隐患整改期限上限", "天"),
        Declared("safety_round_day", "fieldwork", "月度安全检查截止日", "日"),
        Declared("patrols_per_month", "fieldwork", "每月巡查次数", "次"),
        Declared("repair_photo_years", "fieldwork", "维修照片保存年数", "年"),
        Declared("hazard_photo_years", "fieldwork", "隐患照片保存年数", "年"),
    )  # fmt: skip


CATALOGUE: dict[str, Declared] = _declared()

AXIS_KEYS: dict[str, tuple[str, ...]] = {
    "household_type": tuple(TYPE_BY_CODE),
    "degree": tuple(code for code in DEGREES if code != "none"),
    "circumstance": tuple(CIRCUMSTANCES),
    "repair_item": tuple(REPAIR_ITEMS),
}
#: The line of a table for whoever has no line of their own.
OTHERS = "others"
