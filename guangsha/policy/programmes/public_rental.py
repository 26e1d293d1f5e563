"""Public rental housing (公租房): who qualifies for a dwelling, and what rent its tier owes.

    rent = area × market rent × share of the tier, rounded to fen

Source: 公共租赁住房管理办法 §7 (who), §19 (the rent is somewhat below the market's and is published); the shares are local.
"""

from __future__ import annotations

from guangsha.policy.expressions import FactNumber, Parameter, Rounded, Step
from guangsha.policy.programme import Condition, Programme, Stage
from guangsha.policy.programmes.household import HOUSEHOLD_CONDITIONS, KINDS, WITHIN_INCOME

PUBLIC_RENTAL = Programme(
    "public_rental",
    "公租房保障资格",
    "公共租赁住房管理办法（住房和城乡建设部令第11号）",
    KINDS,
    HOUSEHOLD_CONDITIONS,
)

TIER_RENT = Step(
    "rent", "月应交租金",
    Rounded(FactNumber("unit_area_hundredth_m2") * Parameter("market_rent_m2") * Parameter("rent_share")),
)  # fmt: skip

#: A tenant's rent asks for the tier alone: whether the tenancy goes on is decided elsewhere.
PUBLIC_RENTAL_RENT = Programme(
    "public_rental_rent", "公租房租金", "公共租赁住房管理办法第十九条及本地租金标准", KINDS,
    (
        Condition("income", 0, "人均月收入在这一档的标准以内", WITHIN_INCOME, Stage.TYPED, "公共租赁住房管理办法第十九条",
                  "家庭人均月收入高于这一档的标准", "收入变化后可以申请调整租金档次。"),
    ),
    TIER_RENT, more_is_better=False, rounding="四舍五入到分，只在面积、租金和比例相乘之后舍入一次",
)  # fmt: skip
