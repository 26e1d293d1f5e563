"""The rental subsidy as an OpenFisca system, run in the Python that has OpenFisca.

    python policy_in_openfisca.py households.parquet result.parquet policy.json [persons.parquet]

Everything an OpenFisca author would do: one variable for each intermediate result, formulas over whole arrays, parameters read once.
With persons, incomes are theirs and the household sums them, as OpenFisca systems usually have it; without, every household comes
summed up, as an array of its only entity. Money is computed in whole numbers (OpenFisca stores 32-bit ones; the formulas widen them), so that the results can be compared to the
fen. Prints one line of JSON: seconds from an empty simulation to the amounts, and the version.
"""

import json
import pathlib
import sys
import time
from fractions import Fraction
from importlib.metadata import version

import duckdb
import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import MONTH
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = "2026-11"
NUMBERS = {code: n for n, code in enumerate((
    "extreme_poverty", "minimum_living", "minimum_living_edge", "rigid_expenditure", "low_income", "lower_middle",
    "new_employee", "migrant_worker", "graduate", "talent", "public_post", "veteran", "dangerous_home"), 1)}  # fmt: skip
NEAR = {
    "low_income": "local", "lower_middle": "local", "new_employee": "graduated_at_work", "migrant_worker": "not_local",
    "graduate": "has_degree",
}  # fmt: skip

source, target, policy_file = sys.argv[1:4]
persons = duckdb.sql(f"FROM '{sys.argv[4]}' ORDER BY household").fetchnumpy() if len(sys.argv) > 4 else None
policy = json.loads(pathlib.Path(policy_file).read_text(encoding="utf-8"))
given = duckdb.sql(f"FROM '{source}' ORDER BY household").fetchnumpy()
count = len(given["household"])


def line(key, code):
    """A parameter for a type, None for no limit."""
    value = policy[key]
    if isinstance(value, dict):
        value = value.get(code, value.get("others"))
    return None if value == "不限" else Fraction(value) if value not in ("True", "False") else value == "True"


ORDER = policy["type_priority"]
if persons is None:
    H = build_entity(key="household", plural="households", label="household", is_person=True)
    system = TaxBenefitSystem([H])
else:
    PERSON = build_entity(key="person", plural="persons", label="person", is_person=True)
    roles = [{"key": "member", "plural": "all_members", "label": "member"}]
    H = build_entity(key="household", plural="households", label="household", roles=roles)
    system = TaxBenefitSystem([PERSON, H])


def variable(name, kind, formula=None, entity=None):
    """One variable of the household (or of ``entity``) and the month."""
    body = {"value_type": kind, "entity": entity or H, "definition_period": MONTH, "label": name}
    if formula is not None:
        body["formula"] = formula
    system.add_variable(type(name, (Variable,), body))


INPUTS = {name: values for name, values in given.items() if name != "household"}
if persons is not None:
    del INPUTS["income_12m_fen"]
    variable("income_fen", int, entity=PERSON)
    variable("income_12m_fen", int, lambda h, p: h.sum(h.members("income_fen", p)))
for name, values in INPUTS.items():
    variable(name, bool if values.dtype == bool else int)


def wide(h, name, p):
    """An input as 64-bit numbers."""
    return h(name, p).astype(np.int64)


def income(h, p):
    wage = int(Fraction(policy["deemed_income_month"]))
    total = wide(h, "income_12m_fen", p)
    persons = h("deemed_persons", p)
    for k in range(1, 9):
        total = total + np.where(
            persons >= k, 12 * np.maximum(wide(h, f"declared_income_{k}_fen", p), wage), 0
        )
    return total


def area(h, p):
    total = wide(h, "own_area_hundredth_m2", p) + h("public_rented_area_hundredth_m2", p)
    for k in range(1, int(Fraction(policy["home_disposal_lookback_y"])) // 12 + 1):
        total = total + h(f"disposed_area_year_{k}_hundredth_m2", p)
    return total


CACHE = {}


def cached(name, function):
    """A 64-bit intermediate result, computed once for a simulation."""

    def read(h, p):
        if name not in CACHE:
            CACHE[name] = function(h, p)
        return CACHE[name]

    return read


income, area = cached("income", income), cached("area", area)
members = cached("members", lambda h, p: wide(h, "members", p))


def within(key, code, left, per_person=False, factor=1, strict=False):
    """A comparison with a limit of a type; None where there is no limit."""
    limit = line(key, code)
    if limit is None:
        return lambda h, p: np.ones(count, bool)

    def formula(h, p):
        a = left(h, p) * limit.denominator
        b = limit.numerator * factor
        if per_person:
            b = b * members(h, p)
        return a < b if strict else a <= b

    return formula


def flagged(key, code):
    return bool(line(key, code))


def exempt(h, p):
    return (
        h("vehicles_for_disabled", p) if flagged("vehicle_disabled_exempt", None) else np.zeros(count, bool)
    )


def match_of(code):
    if code in ("low_income", "lower_middle"):
        fits = within(
            "income_line_pc_month", code, income, True, 12, not flagged("income_line_inclusive", code)
        )
        return lambda h, p: h("local_hukou", p) & fits(h, p)
    if code == "migrant_worker":
        return lambda h, p: ~h("local_hukou", p) & h("has_labour_contract", p)
    if code in ("new_employee", "graduate"):
        recent = within("grad_years", code, lambda h, p: h("months_since_graduation", p), strict=True)
        near = NEAR[code]
        return lambda h, p: h(near, p) & recent(h, p)
    return lambda h, p: h("is_" + code, p)


variable("local", bool, lambda h, p: h("local_hukou", p))
variable("not_local", bool, lambda h, p: ~h("local_hukou", p))
variable("graduated_at_work", bool, lambda h, p: h("graduated", p) & h("has_labour_contract", p))
variable("has_degree", bool, lambda h, p: h("graduated", p) & (h("degree", p) >= 1))

TYPED = {}
SHARED = {}
for code in ORDER:
    variable(f"match_{code}", bool, match_of(code))
    plain = [
        (0, "income_line_pc_month", income, True, 12, not flagged("income_line_inclusive", code)),
        (1, "area_line_pc", area, True, 100, not flagged("area_line_inclusive", code)),
        (2, "asset_limit_pc", lambda h, p: wide(h, "assets_fen", p), True, 1, False),
        (3, "asset_limit_household", lambda h, p: wide(h, "assets_fen", p), False, 1, False),
        (4, "vehicles_max", lambda h, p: h("vehicles", p), False, 1, False),
        (5, "vehicle_value_max", lambda h, p: wide(h, "vehicle_value_fen", p), False, 1, False),
        (6, "business_capital_max", lambda h, p: wide(h, "business_capital_fen", p), False, 1, False),
        (7, "legal_person_posts_max", lambda h, p: h("legal_person_posts", p), False, 1, False),
        (18, "max_months", lambda h, p: h("subsidised_months", p), False, 1, True),
    ]
    tests = []
    for bit, key, left, per, factor, strict in plain:
        if line(key, code) is None:
            continue
        shared = (
            f"c{bit}_{str(line(key, code)).replace('/', '_')}"  # the same test of two types is one variable
        )
        if shared not in SHARED:
            made = within(key, code, left, per, factor, strict)
            if bit in (4, 5):
                made = (lambda inner: lambda h, p: exempt(h, p) | inner(h, p))(made)
            variable(shared, bool, made)
            SHARED[shared] = True
        tests.append((bit, shared))
    for bit, key, left in ((8, "hukou_years", "hukou_months"), (10, "insured_months", "insured_months")):
        least = int(line(key, code))
        if least:
            shared = f"c{bit}_{least}"
            if shared not in SHARED:
                variable(shared, bool, (lambda n, m: lambda h, p: h(n, p) >= m)(left, least))
                SHARED[shared] = True
            tests.append((bit, shared))
    if flagged("residence_permit", code):
        tests.append((9, "has_residence_permit"))
    TYPED[code] = tests


def fit_of(code):
    def formula(h, p):
        found = h(f"match_{code}", p)
        for _, name in TYPED[code]:
            found = found & h(name, p)
        return found

    return formula


for code in ORDER:
    variable(f"fit_{code}", bool, fit_of(code))


def f_admitted(h, p):
    return np.logical_or.reduce([h(f"fit_{code}", p) for code in ORDER])


def f_chosen(h, p):
    conditions = [h(f"fit_{c}", p) for c in ORDER] + [h(f"match_{c}", p) for c in ORDER]
    values = [NUMBERS[c] for c in ORDER] * 2
    for c in reversed(ORDER):
        conditions.append(h(NEAR.get(c, f"match_{c}"), p))
        values.append(NUMBERS[c])
    return np.select(conditions, values, 0)


def f_matched(h, p):
    return np.sum(
        [h(f"match_{c}", p) * np.int32(1 << (NUMBERS[c] - 1)) for c in ORDER], axis=0, dtype=np.int32
    )


def f_general(h, p):
    alone = (h("members", p) < 2) & (h("applicant_age", p) < int(line("single_min_age", None)))
    waits = h("is_waiting", p) & (h("waiting_months", p) < int(line("waiting_subsidy_after_m", None)))
    young = h("applicant_age", p) < int(line("applicant_min_age", None))
    return (
        young * 2048 + alone * 4096 + h("other_housing_aid", p) * 8192 + h("in_public_rental", p) * 16384
        + ~h("is_renting", p) * 32768 + (~h("lease_filed", p) & flagged("lease_required", None)) * 65536 + waits * 131072
    )  # fmt: skip


def f_typed(h, p):
    chosen, found = h("chosen", p), np.zeros(count, np.int32)
    for code in ORDER:
        mine = (chosen == NUMBERS[code]) & ~h("admitted", p)
        for bit, name in TYPED[code]:
            found += (mine & ~h(name, p)) * np.int32(1 << bit)
    return found


def by_chosen(h, p, values):
    """A whole number by the chosen type."""
    table = np.zeros(14, np.int64)
    for code in ORDER:
        table[NUMBERS[code]] = values[code]
    return table[h("chosen", p)]


def f_amount(h, p):
    n = h("members", p)
    low = policy["guarantee_area_min"]
    floor_ = np.select([n >= int(k) for k in sorted(low, key=int, reverse=True)],
                       [int(Fraction(low[k]) * 100) for k in sorted(low, key=int, reverse=True)])  # fmt: skip
    guaranteed = np.minimum(
        np.maximum(int(Fraction(policy["guarantee_area_pc"]) * 100) * members(h, p), floor_),
        int(Fraction(policy["guarantee_area_max"]) * 100),
    )
    short = np.maximum(guaranteed - h("own_area_hundredth_m2", p), 0)
    coef = by_chosen(h, p, {c: int(line("coef", c) * 100) for c in ORDER})
    uplift = np.full(count, 100, np.int64)
    for what, value in policy["uplift"].items():
        if what != "others":
            uplift = np.maximum(uplift, np.where(h(f"has_{what}", p), int(Fraction(value) * 100), 100))
    formula = (short * int(Fraction(policy["base_rent_m2"])) * coef * uplift * 2 + 1_000_000) // 2_000_000
    degree = np.array(
        [int(Fraction(policy["fixed_tier_degree"][d])) for d in ("others", "bachelor", "master", "doctor")]
    )
    method = policy["subsidy_method"]
    fixed = by_chosen(h, p, {c: method.get(c, method["others"]) == "fixed_by_degree" for c in ORDER}) == 1
    amount = np.where(fixed, degree[h("degree", p)], formula)
    amount = np.minimum(amount, wide(h, "actual_rent_fen", p))
    amount = np.minimum(amount, by_chosen(h, p, {c: int(line("month_cap", c)) for c in ORDER}))
    return np.where(h("admitted", p) & (h("general_failed", p) == 0), amount, 0)


variable("admitted", bool, f_admitted)
variable("chosen", int, f_chosen)
variable("matched", int, f_matched)
variable("general_failed", int, f_general)
variable("typed_failed", int, f_typed)
variable("amount_fen", int, f_amount)


def run():
    """From an empty simulation to the amounts."""
    CACHE.clear()
    if persons is None:
        simulation = SimulationBuilder().build_default_simulation(system, count)
    else:
        builder = SimulationBuilder()
        builder.create_entities(system)
        builder.declare_person_entity("person", np.arange(len(persons["household"])))
        households = builder.declare_entity("household", given["household"])
        role = np.repeat("member", len(persons["household"]))
        builder.join_with_persons(households, persons["household"], roles=role)
        simulation = builder.build(system)
        simulation.set_input("income_fen", PERIOD, persons["income_fen"])
    for name, values in INPUTS.items():
        simulation.set_input(name, PERIOD, values)
    names = ("amount_fen", "matched", "chosen", "general_failed", "typed_failed", "admitted")
    return {name: simulation.calculate(name, PERIOD) for name in names}


run()  # warm
start = time.perf_counter()
found = run()
seconds = time.perf_counter() - start

granted = found["admitted"] & (found["general_failed"] == 0)
failed = found["general_failed"].astype(np.int64) + found["typed_failed"]
failed += (found["matched"] == 0) * (1 << 40) + (granted & (found["amount_fen"] == 0)) * 524288
result = {
    "household": given["household"], "outcome": (granted & (found["amount_fen"] > 0)).astype(np.int32),
    "matched": found["matched"], "chosen": found["chosen"], "failed": failed, "unknown": np.zeros(count, np.int32),
    "amount_fen": found["amount_fen"],
}  # fmt: skip
duckdb.register("result", result)
duckdb.sql(f"COPY (FROM result) TO '{target}' (FORMAT parquet)")
print(json.dumps({"seconds": seconds, "version": version("openfisca-core")}))
