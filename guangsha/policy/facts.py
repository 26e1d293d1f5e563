"""What a rule may know about a household: whole numbers and yes/no, one column each in a batch.

``None`` is "not known yet". An unknown fact stops a decision only where it matters. Bounds are wide enough for any household
and narrow enough that no sum of them leaves 64 bits unnoticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from guangsha.kernel.errors import InputError, InputErrors
from guangsha.policy.catalogue import CIRCUMSTANCES
from guangsha.policy.dimensions import (
    AGE,
    AREA,
    MONEY,
    MONTHLY_MONEY,
    MONTHS,
    PERSONS,
    POSTS,
    PURE,
    VEHICLES,
    Dimension,
    print_amount,
)

#: Persons able to work whose income is not proved; a household with more of them is refused by name, not cut short.
DEEMED_PERSONS_MAX = 8
#: Years back for which the area of disposed homes is kept apart.
LOOKBACK_YEARS_MAX = 10
_MONEY_MAX = 10**12
_AREA_MAX = 10**7


@dataclass(frozen=True, slots=True)
class FactKind:
    """One fact. ``scale``: how many of its units make one base unit (areas are in 0.01 ㎡); ``flag``: yes or no."""

    name: str
    title: str
    dimension: Dimension
    low: int
    high: int
    scale: int = 1
    flag: bool = False

    @property
    def wide(self) -> bool:
        """Whether its column needs 64 bits."""
        return self.high >= 2**31

    def print(self, value: int | None) -> str:
        """A value as people write it."""
        if value is None:
            return "未核实"
        if self.flag:
            return "是" if value else "否"
        return print_amount(Fraction(value, self.scale), self.dimension)


def _kinds() -> dict[str, FactKind]:
    found: list[FactKind] = []

    def number(
        name: str, title: str, dimension: Dimension, high: int, *, low: int = 0, scale: int = 1
    ) -> None:
        found.append(FactKind(name, title, dimension, low, high, scale))

    def flag(name: str, title: str) -> None:
        found.append(FactKind(name, title, PURE, 0, 1, flag=True))

    number("members", "保障人口", PERSONS, 20, low=1)
    number("applicant_age", "申请人周岁", AGE, 150)
    number("income_12m_fen", "近12个月已核实收入合计", MONEY, _MONEY_MAX)
    number("deemed_persons", "收入无法核实的劳动力人数", PERSONS, DEEMED_PERSONS_MAX)
    for k in range(1, DEEMED_PERSONS_MAX + 1):
        number(f"declared_income_{k}_fen", f"第{k}名收入无法核实者自报月收入", MONTHLY_MONEY, 10**9)
    number("assets_fen", "家庭资产", MONEY, _MONEY_MAX)
    number("vehicles", "机动车数量", VEHICLES, 50)
    number("vehicle_value_fen", "机动车价值合计", MONEY, 10**11)
    flag("vehicles_for_disabled", "车辆均为残疾人代步车")
    number("business_capital_fen", "企业出资额合计", MONEY, _MONEY_MAX)
    number("legal_person_posts", "担任法定代表人数", POSTS, 100)
    number("own_area_hundredth_m2", "自有住房面积", AREA, _AREA_MAX, scale=100)
    number("public_rented_area_hundredth_m2", "承租公房面积", AREA, _AREA_MAX, scale=100)
    for k in range(1, LOOKBACK_YEARS_MAX + 1):
        title = f"{k - 1}至{k}年前处置的住房面积"
        number(f"disposed_area_year_{k}_hundredth_m2", title, AREA, _AREA_MAX, scale=100)
    flag("local_hukou", "本地户籍")
    number("hukou_months", "本地户籍月数", MONTHS, 1800)
    flag("has_residence_permit", "有居住证")
    number("insured_months", "社会保险缴纳月数", MONTHS, 900)
    flag("has_labour_contract", "有劳动合同")
    flag("graduated", "高校毕业")
    number("months_since_graduation", "毕业月数", MONTHS, 1200)
    number("degree", "学历", PURE, 3)
    for name, title in (
        ("is_extreme_poverty", "分散供养特困"), ("is_minimum_living", "低保"), ("is_minimum_living_edge", "低保边缘"),
        ("is_rigid_expenditure", "刚性支出困难"), ("is_talent", "高层次人才"), ("is_public_post", "公益性岗位"),
        ("is_veteran", "优抚对象"), ("is_dangerous_home", "D级危房户"),
    ):  # fmt: skip
        flag(name, title)
    for code, title in CIRCUMSTANCES.items():
        flag(f"has_{code}", f"家庭有{title}成员")
    flag("in_public_rental", "正在承租公租房")
    flag("other_housing_aid", "正在享受其他住房保障")
    flag("is_renting", "在市场租房")
    flag("lease_filed", "租赁合同已备案")
    number("actual_rent_fen", "实际月租金", MONTHLY_MONEY, 10**9)
    number("subsidised_months", "已领补贴月数", MONTHS, 1200)
    flag("is_waiting", "正在轮候实物配租")
    number("waiting_months", "已轮候月数", MONTHS, 1200)
    number("unit_area_hundredth_m2", "承租公租房面积", AREA, _AREA_MAX, scale=100)
    return {kind.name: kind for kind in found}


FACT_KINDS: dict[str, FactKind] = _kinds()

Facts = Mapping[str, int | None]


def check_facts(facts: Facts) -> dict[str, int | None]:
    """``facts`` with yes/no as 1/0; what is not given is unknown.

    Raises:
        InputErrors: a name that is no fact, or a value that is no whole number within its bounds: all at once.
    """
    faults: list[InputError] = []
    checked: dict[str, int | None] = {}
    given: Mapping[str, object] = facts
    for name, value in given.items():
        kind = FACT_KINDS.get(name)
        if kind is None:
            faults.append(
                InputError(
                    f"不认识家庭情况“{str(name)[:60]}”", advice="可用的名称见 docs/reference/policy.md。"
                )
            )
        elif value is None:
            checked[name] = None
        elif not isinstance(value, int) or not kind.low <= int(value) <= kind.high:
            faults.append(
                InputError(
                    f"“{kind.title}”（{name}）应为 {kind.low} 至 {kind.high} 的整数",
                    advice="金额以分、面积以0.01平方米为单位；请更正后重新计算。",
                )
            )
        else:
            checked[name] = int(value)
    if faults:
        raise InputErrors(faults)
    return checked
