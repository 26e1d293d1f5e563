"""The rental subsidy (公租房租赁补贴).

    A       = the guaranteed area of the household - its own area, at least 0
    subsidy = least of (A × standard × coefficient × uplift, rounded to fen), the actual rent, the monthly cap

or a fixed amount by persons or degree, where the region pays so. Source: 建保〔2016〕281号; the formulas of a region are the
parameters it sets. Rounding: half up to fen, once, after all factors (docs/algorithms/policy.md).
"""

from __future__ import annotations

from guangsha.policy.expressions import (
    AnyOf,
    Choose,
    Compare,
    FactFlag,
    FactNumber,
    Flag,
    Least,
    Parameter,
    ParameterFlag,
    ParameterIs,
    Rounded,
    Step,
    clamp,
    not_negative,
    zero_like,
)
from guangsha.policy.programme import Condition, Programme, Stage
from guangsha.policy.programmes.household import HOUSEHOLD_CONDITIONS, KINDS, MEMBERS, UPLIFT

GUIDANCE = "建保〔2016〕281号"

GUARANTEED_AREA = Step(
    "guaranteed_area", "户保障面积",
    Choose(
        ParameterIs("guarantee_method", "by_household_size"),
        Parameter("guarantee_area_size"),
        clamp(Parameter("guarantee_area_pc") * MEMBERS, Parameter("guarantee_area_min"), Parameter("guarantee_area_max")),
    ),
)  # fmt: skip
SHORT_AREA = Step(
    "short_area",
    "补贴面积（保障面积减自有住房面积）",
    not_negative(GUARANTEED_AREA - FactNumber("own_area_hundredth_m2")),
)
BY_AREA = Step(
    "by_area",
    "按面积计算的补贴",
    Rounded(SHORT_AREA * Parameter("base_rent_m2") * Parameter("coef") * UPLIFT),
)
CALCULATED = Step(
    "calculated", "计算补贴",
    Choose(
        ParameterIs("subsidy_method", "area_formula"),
        BY_AREA,
        Choose(
            ParameterIs("subsidy_method", "fixed_by_persons"), Parameter("fixed_tier_persons"), Parameter("fixed_tier_degree")
        ),
    ),
)  # fmt: skip
_RENT = FactNumber("actual_rent_fen")
UP_TO_RENT = Step(
    "up_to_rent",
    "不超过实际租金",
    Choose(ParameterFlag("actual_rent_cap"), Least((CALCULATED, _RENT)), CALCULATED),
)
AMOUNT = Step("amount", "月补贴额", Least((UP_TO_RENT, Parameter("month_cap"))))


def _general(code: str, number: int, title: str, test: Flag, failed: str, advice: str) -> Condition:
    return Condition(code, number, title, test, Stage.GENERAL, GUIDANCE, failed, advice)


RENTAL_SUBSIDY = Programme(
    "rental_subsidy", "公租房租赁补贴", "建保〔2016〕281号及本地租赁补贴办法", KINDS,
    (
        *HOUSEHOLD_CONDITIONS,
        _general("not_in_public_rental", 14, "没有承租公租房", ~FactFlag("in_public_rental"),
                 "正在承租公租房，实物和补贴只能享受一种", "退出公租房后可以申请补贴。"),
        _general("renting", 15, "在市场租房", FactFlag("is_renting"), "没有在市场租房", "签订租赁合同后可以申请。"),
        _general("lease_filed", 16, "租赁合同已备案（按当地要求）",
                 AnyOf((~ParameterFlag("lease_required"), FactFlag("lease_filed"))),
                 "租赁合同没有备案", "办理住房租赁备案后可以申请，出租人不配合的承租人可以自行备案。"),
        _general("waiting", 17, "轮候满规定月数",
                 AnyOf((~FactFlag("is_waiting"), FactNumber("waiting_months") >= Parameter("waiting_subsidy_after_m"))),
                 "正在轮候实物配租，未满规定月数", "轮候满规定月数后可以申请补贴。"),
        Condition("max_months", 18, "未超过累计补贴月数", FactNumber("subsidised_months") < Parameter("max_months"),
                  Stage.TYPED, GUIDANCE, "已达到累计补贴月数上限", ""),
        Condition("nothing_due", 19, "计算的补贴大于零", Compare(">", AMOUNT, zero_like(AMOUNT)), Stage.FINAL,
                  GUIDANCE, "按公式计算的补贴为零", "自有住房面积减少、家庭人口增加或租金变化后可以重新申请。"),
    ),
    AMOUNT,
    rounding="四舍五入到分，只在各项系数相乘之后舍入一次",
)  # fmt: skip
