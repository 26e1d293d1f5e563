"""Invented policies and households for tests of the rules: every shape a region may choose, and households that sit on the lines.

A seed makes the same world on every machine. Facts are drawn near the limits of the policy at hand, so that ties (exactly the
line, exactly half a fen) come up all the time, and some are unknown.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import duckdb

from guangsha.policy.batch import KEY, RESULT_COLUMNS, Compiled, columns_of
from guangsha.policy.catalogue import AXIS_KEYS, CATALOGUE, OTHERS, Declared
from guangsha.policy.decision import Decision
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.household_types import HOUSEHOLD_TYPES
from guangsha.policy.parameter_files import WHOLE_UNITS, parse_amount
from guangsha.policy.parameters import Citation, ParameterBook, ParameterValue

REGION = "990101"
DAY = date(2026, 11, 20)
SOURCE = Citation("测试政策", "测试〔2026〕1号", "第一条", "测试", "invented")

#: Usual sizes of a parameter, in its unit: small enough that random households fall on both sides.
_SIZES: dict[str, tuple[int, int]] = {
    "元/人·月": (500, 4000), "元/人": (1000, 200_000), "元": (0, 400_000), "元/月": (50, 1500), "元/㎡·月": (5, 40),
    "㎡/人": (8, 20), "㎡": (20, 90), "年": (0, 8), "月": (0, 48), "岁": (18, 40), "辆": (0, 2), "个": (0, 2),
    "倍": (0, 2), "天": (1, 30), "日": (1, 28), "工作日": (1, 20), "小时": (1, 48), "人": (1, 6), "次": (1, 3), "层": (1, 6), "分钟": (1, 30),
}  # fmt: skip
#: Amounts in fen, areas in 0.01 ㎡: what a household may have at most in these tests.
_FACT_HIGHS: dict[str, int] = {
    "members": 6, "income_12m_fen": 15_000_000, "assets_fen": 60_000_000, "vehicles": 3, "vehicle_value_fen": 40_000_000,
    "business_capital_fen": 40_000_000, "legal_person_posts": 3, "own_area_hundredth_m2": 10_000,
    "public_rented_area_hundredth_m2": 6_000, "actual_rent_fen": 120_000, "applicant_age": 60, "hukou_months": 120,
    "insured_months": 60, "months_since_graduation": 80, "subsidised_months": 60, "waiting_months": 40,
    "unit_area_hundredth_m2": 9_000, "deemed_persons": 3,
}  # fmt: skip


def _number(rng: random.Random, declared: Declared) -> str:
    low, high = _SIZES[declared.unit]
    if declared.limit and rng.random() < 0.15:
        return "不限"
    if declared.unit in WHOLE_UNITS and not declared.unit.startswith("元"):
        return str(rng.randint(low, high))
    places = rng.choice((0, 0, 1, 2)) if declared.unit in WHOLE_UNITS else rng.choice((0, 0, 1, 2, 3, 4))
    if declared.unit == "元/月" or declared.unit == "元":
        places = min(places, 2)
    whole = rng.randint(low * 10**places, high * 10**places)
    return (
        str(Fraction(whole, 1)) if places == 0 else f"{whole // 10**places}.{whole % 10**places:0{places}d}"
    )


def _scalar(rng: random.Random, declared: Declared) -> Any:
    if declared.shape == "flag":
        return rng.choice(("是", "否"))
    if declared.shape == "choice":
        return rng.choice(declared.choices)
    if declared.shape == "order":
        codes = [kind.code for kind in HOUSEHOLD_TYPES]
        rng.shuffle(codes)
        return codes[: rng.randint(2, len(codes))]
    return _number(rng, declared)


def _amount(rng: random.Random, declared: Declared, axis: str) -> Any:
    if not axis:
        return _scalar(rng, declared)
    if axis == "persons":
        steps = sorted(rng.sample(range(2, 7), rng.randint(0, 3)))
        return {str(n): _scalar(rng, declared) for n in (1, *steps)}
    lines = [line for line in AXIS_KEYS[axis] if rng.random() < 0.7]
    return {line: _scalar(rng, declared) for line in (*lines, OTHERS)}


#: Rates with so many decimals that amounts need more than 64 bits on their way.
LONG_RATES: dict[str, str] = {
    "base_rent_m2": "17.123457", "coef": "0.987653", "uplift": "1.234567", "market_rent_m2": "23.456789",
    "rent_share": "0.712345",
}  # fmt: skip


def random_book(rng: random.Random, fixed: Mapping[str, Any] | None = None) -> ParameterBook:
    """A policy of a region that does not exist. ``fixed`` sets parameters that are the same for everybody."""
    values = []
    for declared in CATALOGUE.values():
        given = (fixed or {}).get(declared.key)
        axis = "" if given is not None else rng.choice(declared.axes)
        amount = parse_amount(declared, axis, given if given is not None else _amount(rng, declared, axis))
        values.append(ParameterValue(declared.key, REGION, date(2026, 1, 1), None, axis, amount, SOURCE))
    return ParameterBook(tuple(values))


def _limits(book: ParameterBook) -> dict[str, list[Fraction]]:
    """The numbers of the policy by key: where households like to sit."""
    found: dict[str, list[Fraction]] = {}
    for value in book.values:
        scalars = value.amount.values() if isinstance(value.amount, dict) else [value.amount]
        found[value.key] = [s for s in scalars if isinstance(s, Fraction)]
    return found


#: (fact, parameter, factor): a fact that sits exactly on the parameter times the factor (times the members where it is None).
_TIES: tuple[tuple[str, str, int | None], ...] = (
    ("assets_fen", "asset_limit_household", 1), ("assets_fen", "asset_limit_pc", None), ("vehicles", "vehicles_max", 1),
    ("vehicle_value_fen", "vehicle_value_max", 1), ("business_capital_fen", "business_capital_max", 1),
    ("hukou_months", "hukou_years", 1), ("insured_months", "insured_months", 1), ("applicant_age", "single_min_age", 1),
    ("months_since_graduation", "grad_years", 1), ("subsidised_months", "max_months", 1),
    ("waiting_months", "waiting_subsidy_after_m", 1), ("own_area_hundredth_m2", "guarantee_area_max", 100),
    ("declared_income_1_fen", "deemed_income_month", 1),
)  # fmt: skip


def random_facts(
    rng: random.Random, book: ParameterBook, *, unknown: float = 0.0, favourable: float = 0.5
) -> dict[str, int | None]:
    """A household. ``unknown``: how often a fact is not known; ``favourable``: how often nothing speaks against it."""
    facts: dict[str, int | None] = {}
    good = rng.random() < favourable
    for name, kind in FACT_KINDS.items():
        if kind.flag:
            facts[name] = int(rng.random() < 0.35)
        elif name == "members":
            facts[name] = rng.randint(1, 6)
        elif name.startswith("disposed_area"):
            facts[name] = rng.choice((0, 0, 0, rng.randint(0, 4000)))
        elif name.startswith("declared_income"):
            facts[name] = rng.randint(0, 300_000)
        else:
            facts[name] = rng.randint(kind.low, min(kind.high, _FACT_HIGHS.get(name, kind.high)))
    members = facts["members"] or 1
    limits = _limits(book)
    for name, key, factor in _TIES:
        if limits[key] and rng.random() < 0.3:
            _sit(facts, name, rng.choice(limits[key]) * (members if factor is None else factor), rng)
    if limits["income_line_pc_month"] and rng.random() < 0.4:
        _sit(facts, "income_12m_fen", rng.choice(limits["income_line_pc_month"]) * 12 * members, rng)
        facts["deemed_persons"] = 0
    if limits["area_line_pc"] and rng.random() < 0.4:
        _sit(facts, "own_area_hundredth_m2", rng.choice(limits["area_line_pc"]) * 100 * members, rng)
    if good:
        _smooth(facts, rng)
    for name in facts:
        if rng.random() < unknown:
            facts[name] = None
    return facts


def _sit(facts: dict[str, int | None], name: str, at: Fraction, rng: random.Random) -> None:
    kind = FACT_KINDS[name]
    facts[name] = min(max(int(at) + rng.choice((-1, 0, 0, 0, 1)), kind.low), kind.high)


def _smooth(facts: dict[str, int | None], rng: random.Random) -> None:
    """Takes away what speaks against most households, so that amounts are reached."""
    for name in ("vehicles", "vehicle_value_fen", "business_capital_fen", "legal_person_posts", "in_public_rental",
                 "other_housing_aid", "is_waiting", "subsidised_months", "public_rented_area_hundredth_m2"):  # fmt: skip
        facts[name] = 0
    for name in ("is_renting", "lease_filed", "local_hukou", "has_residence_permit"):
        facts[name] = 1
    facts["applicant_age"], facts["hukou_months"], facts["insured_months"] = 40, 200, 100
    facts["income_12m_fen"] = rng.choice((facts["income_12m_fen"], rng.randint(0, 3_000_000)))
    facts["assets_fen"] = rng.randint(0, 2_000_000)
    facts["own_area_hundredth_m2"] = rng.randint(0, 3_000)
    for year in range(1, 11):
        facts[f"disposed_area_year_{year}_hundredth_m2"] = 0


def usual_household(**changes: int | None) -> dict[str, int | None]:
    """A family of three on 低保 without a home that rents for 650 yuan; ``changes`` say what is different."""
    facts: dict[str, int | None] = dict.fromkeys(FACT_KINDS, 0)
    facts |= {
        "members": 3, "applicant_age": 45, "income_12m_fen": 2_000_000, "assets_fen": 1_000_000, "local_hukou": 1,
        "hukou_months": 100, "is_minimum_living": 1, "is_renting": 1, "lease_filed": 1, "actual_rent_fen": 65_000,
    }  # fmt: skip
    return facts | changes


def literal(name: str, value: int | None) -> str:
    """A fact as SQL."""
    if value is None:
        return "NULL"
    return ("TRUE" if value else "FALSE") if FACT_KINDS[name].flag else str(value)


def run_duckdb(compiled: Compiled, households: list[dict[str, int | None]]) -> list[tuple[int, ...]]:
    """The batch of some households in DuckDB: one row for each, without the key, in order."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE households ({columns_of(compiled.facts)})")
        rows = ", ".join(
            f"({', '.join([str(n), *(literal(name, facts.get(name)) for name in compiled.facts)])})"
            for n, facts in enumerate(households)
        )
        connection.execute(f"INSERT INTO households VALUES {rows}")
        assert set(connection.execute(compiled.check).fetchall()[0]) == {0}
        found = connection.execute(f"SELECT * FROM ({compiled.select}) ORDER BY {KEY}").fetchall()
    return [tuple(row[1:]) for row in found]


def as_row(decision: Decision) -> tuple[int, ...]:
    """What the batch should say of the same household."""
    return (
        int(decision.outcome), sum(kind.bit for kind in decision.matched),
        decision.chosen.number if decision.chosen else 0, decision.failed_mask, decision.unknown_mask,
        decision.amount_fen or 0,
    )  # fmt: skip


__all__ = [
    "DAY",
    "REGION",
    "RESULT_COLUMNS",
    "as_row",
    "random_book",
    "random_facts",
    "run_duckdb",
    "usual_household",
]
