"""Makes the facts of a decision from what is known about a family: persons, incomes by month, homes, vehicles, a lease.

Everything here is counting and calendar; whatever a policy may set (look-back, deemed income) is left to the rules.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import half_up_ratio
from guangsha.policy.catalogue import CIRCUMSTANCES, DEGREES
from guangsha.policy.facts import DEEMED_PERSONS_MAX, LOOKBACK_YEARS_MAX

#: Statuses that are types of household by themselves (confirmed by the department that keeps them).
STATUSES = (
    "extreme_poverty", "minimum_living", "minimum_living_edge", "rigid_expenditure", "talent", "public_post", "veteran",
    "dangerous_home",
)  # fmt: skip
INCOME_MONTHS = 12
NATURES = ("owned", "disposed", "public_rented", "market_rented", "lent")


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month (年月)."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    def plus(self, months: int) -> Month:
        """The month so many later (or earlier)."""
        count = self.year * 12 + self.number - 1 + months
        return Month(count // 12, count % 12 + 1)

    def until(self, other: Month) -> int:
        """How many months ``other`` is later."""
        return (other.year - self.year) * 12 + other.number - self.number

    @property
    def days(self) -> int:
        return monthrange(self.year, self.number)[1]

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    def __lt__(self, other: Month) -> bool:
        return (self.year, self.number) < (other.year, other.number)

    def __le__(self, other: Month) -> bool:
        return not other < self


@dataclass(frozen=True, slots=True)
class Person:
    """A member who counts.

    Attributes:
        income_fen: verified income by month; months without an entry had none. None: nothing verified.
        able_to_work: whether civil affairs take the person for able to work.
        declared_income_fen: per month, as declared; counts for somebody able to work whose income is not verified.
    """

    born: date
    income_fen: Mapping[Month, int] | None = field(default_factory=dict)
    able_to_work: bool = False
    declared_income_fen: int = 0
    circumstances: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Home:
    """A home: ``nature`` is owned, disposed (then with its day), public_rented, market_rented or lent; ``share`` of it belongs
    to the household."""

    nature: str
    area_m2: Decimal
    share: Fraction = Fraction(1)
    disposed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A home rented on the market."""

    rent_fen: int
    filed: bool


@dataclass(frozen=True, slots=True)
class Family:
    """What is known about a household; the applicant is the first person. None is "not known yet".

    Attributes:
        unknown: facts (``facts.FACT_KINDS``) that are not known although the rest of the family says something: a source
            contradicts the file, the applicant has died, the lease names no rent.
    """

    persons: tuple[Person, ...]
    homes: tuple[Home, ...] = ()
    assets_fen: int | None = None
    vehicles: int | None = None
    vehicle_value_fen: int | None = None
    vehicles_for_disabled: bool | None = False
    business_capital_fen: int | None = None
    legal_person_posts: int | None = None
    statuses: frozenset[str] | None = frozenset()
    hukou_since: date | None = None
    local_hukou: bool | None = None
    residence_permit: bool | None = None
    insured_months: int | None = None
    labour_contract: bool | None = None
    graduated_on: date | None = None
    degree: str = "none"
    lease: Lease | None = None
    in_public_rental: bool | None = False
    other_housing_aid: bool | None = False
    subsidised_months: int | None = 0
    waiting_since: date | None = None
    unit_area_m2: Decimal | None = None
    unknown: frozenset[str] = frozenset()


def full_months(first: date, last: date) -> int:
    """Whole months from one day to another; a month is full on the same day of the next one (or its last day).

    >>> full_months(date(2026, 1, 31), date(2026, 2, 28)), full_months(date(2026, 1, 15), date(2026, 2, 14))
    (1, 0)
    """
    months = Month.of(first).until(Month.of(last))
    reached = last.day >= first.day or last.day == Month.of(last).days
    return months if reached else months - 1


def full_years(first: date, last: date) -> int:
    """Whole years from one day to another; of 29 February the day before 1 March is the anniversary."""
    return full_months(first, last) // 12


def facts_of(family: Family, on: date) -> dict[str, int | None]:
    """The facts of ``family`` on a day.

    Raises:
        InputError: nobody in it, more persons without proof of income than the rules hold, or an unknown word.
    """
    if not family.persons:
        raise InputError("家庭没有成员", advice="请先登记申请人。")
    facts: dict[str, int | None] = {
        "members": len(family.persons), "applicant_age": full_years(family.persons[0].born, on),
        "assets_fen": family.assets_fen, "vehicles": family.vehicles, "vehicle_value_fen": family.vehicle_value_fen,
        "vehicles_for_disabled": _flag(family.vehicles_for_disabled),
        "business_capital_fen": family.business_capital_fen, "legal_person_posts": family.legal_person_posts,
        "local_hukou": _flag(family.local_hukou), "has_residence_permit": _flag(family.residence_permit),
        "insured_months": family.insured_months, "has_labour_contract": _flag(family.labour_contract),
        "in_public_rental": _flag(family.in_public_rental), "other_housing_aid": _flag(family.other_housing_aid),
        "subsidised_months": family.subsidised_months,
        "is_renting": int(family.lease is not None), "lease_filed": int(family.lease is not None and family.lease.filed),
        "actual_rent_fen": family.lease.rent_fen if family.lease else 0,
        "is_waiting": int(family.waiting_since is not None),
        "waiting_months": full_months(family.waiting_since, on) if family.waiting_since else 0,
        "unit_area_hundredth_m2": None if family.unit_area_m2 is None else _hundredths(family.unit_area_m2),
    }  # fmt: skip
    facts |= _hukou(family, on) | _education(family, on) | _incomes(family, on) | _areas(family.homes, on)
    for code in STATUSES:
        facts[f"is_{code}"] = None if family.statuses is None else int(code in family.statuses)
    present = {code for person in family.persons for code in person.circumstances}
    for word in (*present, *(family.statuses or ())):
        if word not in CIRCUMSTANCES and word not in STATUSES:
            raise InputError(f"不认识的身份或情形“{word[:40]}”", advice="请核对登记的类别。")
    facts |= {f"has_{code}": int(code in present) for code in CIRCUMSTANCES}
    if not family.unknown <= facts.keys():
        raise ValueError(f"no such facts: {sorted(family.unknown - facts.keys())}")
    return facts | dict.fromkeys(family.unknown)


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _hundredths(area: Decimal, share: Fraction = Fraction(1)) -> int:
    """A share of an area in 0.01 ㎡, half up (四舍五入)."""
    exact = Fraction(area) * share * 100
    return half_up_ratio(exact.numerator, exact.denominator)


def _hukou(family: Family, on: date) -> dict[str, int | None]:
    if family.hukou_since is not None:
        return {"hukou_months": max(0, full_months(family.hukou_since, on))}
    return {"hukou_months": 0 if family.local_hukou is False else None}


def _education(family: Family, on: date) -> dict[str, int | None]:
    if family.degree not in DEGREES:
        raise InputError(f"不认识的学历“{family.degree[:40]}”", advice=f"可以是：{'、'.join(DEGREES)}。")
    graduated = family.graduated_on
    done = graduated is not None and graduated <= on
    return {
        "graduated": int(done), "degree": DEGREES[family.degree],
        "months_since_graduation": full_months(graduated, on) if graduated is not None and done else 0,
    }  # fmt: skip


def _incomes(family: Family, on: date) -> dict[str, int | None]:
    """The verified income of the twelve months before this one, and what was declared without proof."""
    this = Month.of(on)
    first = this.plus(-INCOME_MONTHS)
    total: int | None = 0
    declared: list[int] = []
    for person in family.persons:
        if person.income_fen is not None:
            total = (
                None
                if total is None
                else total + sum(v for m, v in person.income_fen.items() if first <= m < this)
            )
        elif person.able_to_work:
            declared.append(person.declared_income_fen)
        else:
            total = None  # nobody able to work stands behind it, and nothing was verified: not known
    if len(declared) > DEEMED_PERSONS_MAX:
        raise InputError(
            f"收入无法核实的劳动力超过 {DEEMED_PERSONS_MAX} 人", advice="请先核实部分成员的收入，再计算。"
        )
    declared.sort(reverse=True)
    declared += [0] * (DEEMED_PERSONS_MAX - len(declared))
    facts: dict[str, int | None] = {
        "income_12m_fen": total,
        "deemed_persons": sum(1 for p in family.persons if p.income_fen is None and p.able_to_work),
    }
    return facts | {f"declared_income_{k}_fen": income for k, income in enumerate(declared, 1)}


def _areas(homes: tuple[Home, ...], on: date) -> dict[str, int | None]:
    own = rented = 0
    disposed = [0] * LOOKBACK_YEARS_MAX
    for home in homes:
        area = _hundredths(home.area_m2, home.share)
        gone = home.disposed_on is not None and home.disposed_on <= on
        if home.nature not in NATURES:
            raise InputError(f"不认识的住房性质“{home.nature[:40]}”", advice="请核对住房登记。")
        if home.nature == "disposed" and home.disposed_on is None:
            raise InputError("已处置的住房没有处置日期", advice="请补登处置日期。")
        if home.nature in ("owned", "disposed"):
            if home.disposed_on is None or not gone:
                own += area
            elif (years := full_years(home.disposed_on, on)) < LOOKBACK_YEARS_MAX:
                disposed[years] += area
        elif home.nature == "public_rented" and not gone:
            rented += area
    facts: dict[str, int | None] = {"own_area_hundredth_m2": own, "public_rented_area_hundredth_m2": rented}
    return facts | {f"disposed_area_year_{k}_hundredth_m2": area for k, area in enumerate(disposed, 1)}
