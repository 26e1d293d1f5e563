"""What programmes share: income and area per head, the kinds of household, the conditions on a household.

Sources: 公共租赁住房管理办法 (住房和城乡建设部令第11号) §7 (no home or little room, income and assets below the local line, stable
work for newcomers); 社会救助法 §26 and §42 (assisted households come first, a status that civil affairs confirmed is
recognised). Every number is a parameter.
"""

from __future__ import annotations

from fractions import Fraction

from guangsha.policy.catalogue import CIRCUMSTANCES
from guangsha.policy.dimensions import MONTHS, PERSONS, PURE
from guangsha.policy.expressions import (
    AnyOf,
    Choose,
    Compare,
    Constant,
    FactFlag,
    FactNumber,
    Flag,
    Greatest,
    Number,
    Parameter,
    ParameterFlag,
    Step,
    Sum,
    Within,
    zero_like,
)
from guangsha.policy.facts import DEEMED_PERSONS_MAX, LOOKBACK_YEARS_MAX
from guangsha.policy.programme import Condition, Kind, Stage

ARTICLE_7 = "公共租赁住房管理办法第七条"
AID_26 = "社会救助法第二十六条"
AID_26_42 = "社会救助法第二十六条、第四十二条"

MEMBERS = FactNumber("members")
_YEAR = Constant(Fraction(12), MONTHS)


def _deemed(place: int) -> Number:
    """What the ``place``-th person without proof of income and those after count for: each as declared, at least the deemed income."""
    counted = Constant(Fraction(place), PERSONS) <= FactNumber("deemed_persons")
    income: Number = Greatest((FactNumber(f"declared_income_{place}_fen"), Parameter("deemed_income_month")))
    if place < DEEMED_PERSONS_MAX:
        income = income + _deemed(place + 1)
    return Choose(counted, income, zero_like(income))


def _disposed(year: int) -> Number:
    """The area disposed of in the ``year``-th year back, where the region looks back so far."""
    area = FactNumber(f"disposed_area_year_{year}_hundredth_m2")
    reaches = Constant(Fraction(12 * year), MONTHS) <= Parameter("home_disposal_lookback_y")
    return Choose(reaches, area, zero_like(area))


HOUSEHOLD_INCOME = Step(
    "household_income", "家庭月收入（近12个月平均，无法核实的按视同收入）",
    FactNumber("income_12m_fen") / _YEAR + _deemed(1),
)  # fmt: skip
INCOME_PER_PERSON = Step("income_per_person", "人均月收入", HOUSEHOLD_INCOME / MEMBERS)
COUNTED_AREA = Step(
    "counted_area", "计入的住房面积（含承租公房和追溯期内处置的住房）",
    Sum((
        FactNumber("own_area_hundredth_m2"), FactNumber("public_rented_area_hundredth_m2"),
        *(_disposed(k) for k in range(1, LOOKBACK_YEARS_MAX + 1)),
    )),
)  # fmt: skip
AREA_PER_PERSON = Step("area_per_person", "人均住房面积", COUNTED_AREA / MEMBERS)
ASSETS_PER_PERSON = Step("assets_per_person", "人均资产", FactNumber("assets_fen") / MEMBERS)
#: The largest one of those that apply; circumstances do not multiply.
UPLIFT = Step(
    "uplift", "特殊情形上浮系数",
    Greatest(tuple(
        Choose(FactFlag(f"has_{code}"), Parameter("uplift", code), Constant(Fraction(1), PURE)) for code in CIRCUMSTANCES
    )),
)  # fmt: skip

WITHIN_INCOME = Within(INCOME_PER_PERSON, Parameter("income_line_pc_month"), "income_line_inclusive")
_LOCAL = FactFlag("local_hukou")
_EXEMPT = ParameterFlag("vehicle_disabled_exempt") & FactFlag("vehicles_for_disabled")
_RECENT = FactNumber("months_since_graduation") < Parameter("grad_years")
_GRADUATED_AT_WORK = FactFlag("graduated") & FactFlag("has_labour_contract")
_HAS_DEGREE = FactFlag("graduated") & (FactNumber("degree") >= Constant(Fraction(1)))


def _status(code: str, article: str = AID_26_42) -> Kind:
    return Kind(code, FactFlag(f"is_{code}"), article)


#: The order of choice is the region's (``type_priority``), not this one.
KINDS: tuple[Kind, ...] = (
    _status("extreme_poverty"),
    _status("minimum_living"),
    _status("minimum_living_edge"),
    _status("rigid_expenditure"),
    Kind("low_income", _LOCAL & WITHIN_INCOME, ARTICLE_7, near=_LOCAL),
    Kind("lower_middle", _LOCAL & WITHIN_INCOME, ARTICLE_7, near=_LOCAL),
    Kind("new_employee", _GRADUATED_AT_WORK & _RECENT, ARTICLE_7, near=_GRADUATED_AT_WORK),
    Kind("migrant_worker", ~_LOCAL & FactFlag("has_labour_contract"), ARTICLE_7, near=~_LOCAL),
    Kind("graduate", _HAS_DEGREE & _RECENT, "本地高校毕业生住房保障规定", near=_HAS_DEGREE),
    _status("talent", "本地人才住房保障规定"),
    _status("public_post", "本地公益性岗位住房保障规定"),
    _status("veteran", "公共租赁住房管理办法第十条"),
    _status("dangerous_home", "本地危险房屋安置规定"),
)


def _typed(
    code: str, number: int, title: str, test: Flag, failed: str, advice: str, article: str = ARTICLE_7
) -> Condition:
    return Condition(code, number, title, test, Stage.TYPED, article, failed, advice)


def _at_least(fact: str, key: str) -> Flag:
    """A number of months that a type may not be asked for at all: then it need not be known either."""
    asked = Parameter(key)
    return Compare("<=", asked, zero_like(asked)) | Compare(">=", FactNumber(fact), asked)


def _general(
    code: str, number: int, title: str, test: Flag, failed: str, advice: str, article: str = ARTICLE_7
) -> Condition:
    return Condition(code, number, title, test, Stage.GENERAL, article, failed, advice)


INCOME = _typed(
    "income", 0, "人均月收入在标准以内", WITHIN_INCOME, "家庭人均月收入高于标准", "人均月收入降到标准以内后可以重新申请。"
)  # fmt: skip
AREA = _typed(
    "area", 1, "人均住房面积低于困难标准", Within(AREA_PER_PERSON, Parameter("area_line_pc"), "area_line_inclusive"),
    "家庭人均住房面积达到或高于困难标准", "家庭人口增加，或已处置的住房超过追溯年限后，可以重新申请。",
)  # fmt: skip
ASSETS_PC = _typed(
    "assets_pc", 2, "人均资产在限额以内", Compare("<=", ASSETS_PER_PERSON, Parameter("asset_limit_pc")),
    "家庭人均资产高于限额", "资产降到限额以内后可以重新申请；因病因学支出的，请提供凭据说明。",
)  # fmt: skip
ASSETS = _typed(
    "assets_household", 3, "家庭资产在限额以内", FactNumber("assets_fen") <= Parameter("asset_limit_household"),
    "家庭资产高于限额", "资产降到限额以内后可以重新申请；因病因学支出的，请提供凭据说明。",
)  # fmt: skip
VEHICLES = _typed(
    "vehicles", 4, "机动车数量在限额以内", _EXEMPT | (FactNumber("vehicles") <= Parameter("vehicles_max")),
    "家庭机动车数量超过限额", "车辆已转让、报废或为残疾人代步车的，请提供凭据。",
)  # fmt: skip
VEHICLE_VALUE = _typed(
    "vehicle_value", 5, "机动车价值在限额以内",
    _EXEMPT | (FactNumber("vehicle_value_fen") <= Parameter("vehicle_value_max")),
    "家庭机动车价值超过限额", "登记价值与实际不符的，请提供评估或转让凭据。",
)  # fmt: skip
BUSINESS_CAPITAL = _typed(
    "business_capital", 6, "企业出资额在限额以内",
    FactNumber("business_capital_fen") <= Parameter("business_capital_max"),
    "家庭成员的企业出资额超过限额", "企业已注销、出资已转让或未实缴的，请提供凭据。",
)  # fmt: skip
LEGAL_POSTS = _typed(
    "legal_person_posts", 7, "担任法定代表人数在限额以内",
    FactNumber("legal_person_posts") <= Parameter("legal_person_posts_max"),
    "家庭成员担任企业法定代表人", "已卸任或企业无实际经营的，请提供凭据。",
)  # fmt: skip
HUKOU = _typed(
    "hukou_years", 8, "本地户籍满规定年限", _at_least("hukou_months", "hukou_years"),
    "本地户籍未满规定年限", "户籍满规定年限后可以重新申请。",
)  # fmt: skip
RESIDENCE = _typed(
    "residence_permit", 9, "有居住证（按类别要求）",
    AnyOf((~ParameterFlag("residence_permit"), FactFlag("has_residence_permit"))),
    "没有居住证", "办理居住证后可以重新申请。",
)  # fmt: skip
INSURED = _typed(
    "insured_months", 10, "社会保险缴满规定月数", _at_least("insured_months", "insured_months"),
    "社会保险缴纳未满规定月数", "缴满规定月数后可以重新申请。",
)  # fmt: skip
ADULT = _general(
    "applicant_age", 11, "申请人达到最低年龄", FactNumber("applicant_age") >= Parameter("applicant_min_age"),
    "申请人未达到最低年龄", "可以由家庭中其他成年成员申请。",
)  # fmt: skip
SINGLE = _general(
    "single_age", 12, "单身申请达到最低年龄",
    Compare(">=", MEMBERS, Constant(Fraction(2), PERSONS)) | (FactNumber("applicant_age") >= Parameter("single_min_age")),
    "单身申请未达到最低年龄", "可以与家庭成员共同申请，或达到年龄后再申请。",
)  # fmt: skip
NOT_COVERED = _general(
    "other_housing_aid", 13, "没有享受其他住房保障", ~FactFlag("other_housing_aid"),
    "正在享受其他住房保障", "退出其他保障后可以重新申请。",
)  # fmt: skip

#: Conditions of every programme that looks at the household.
HOUSEHOLD_CONDITIONS: tuple[Condition, ...] = (
    ADULT, SINGLE, NOT_COVERED, INCOME, AREA, ASSETS_PC, ASSETS, VEHICLES, VEHICLE_VALUE, BUSINESS_CAPITAL, LEGAL_POSTS,
    HUKOU, RESIDENCE, INSURED,
)  # fmt: skip
