"""The language refuses what means nothing, and the compiler what could go wrong when it runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.kernel.errors import InputError, InputErrors
from guangsha.kernel.numbers import half_up_ratio
from guangsha.policy import expressions as e
from guangsha.policy.batch import (
    check_statement,
    columns_of,
    compile_batch,
    refuse_outside,
    unknown_statement,
)
from guangsha.policy.dialects import DIALECTS, DUCKDB, SPARK
from guangsha.policy.dimensions import AREA, MONEY, MONTHLY_MONEY, PERSONS, exact_text, print_amount
from guangsha.policy.evaluate import Reading
from guangsha.policy.household_types import HOUSEHOLD_TYPES, types_of
from guangsha.policy.nodes import Graph, Node, Printer, bits_of
from guangsha.policy.parameter_files import assumed, book_of
from guangsha.policy.parameters import UNLIMITED
from guangsha.policy.programme import Condition, Programme, Stage
from guangsha.policy.programmes import PROGRAMMES, PUBLIC_RENTAL_RENT, RENTAL_SUBSIDY
from guangsha.testing.policies import literal, usual_household

DAY = date(2026, 11, 20)
RENT, OWN = e.FactNumber("actual_rent_fen"), e.FactNumber("own_area_hundredth_m2")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: RENT + OWN,
        lambda: RENT - OWN,
        lambda: RENT <= OWN,
        lambda: e.Least((RENT, OWN)),
        lambda: e.Greatest((OWN, RENT)),
        lambda: e.Choose(e.FactFlag("is_renting"), RENT, OWN),
        lambda: e.Within(OWN, e.Parameter("base_rent_m2"), "area_line_inclusive"),
        lambda: e.Within(OWN / e.FactNumber("members"), e.Parameter("area_line_pc"), "coef"),
        lambda: e.FactNumber("is_renting"),
        lambda: e.FactFlag("members"),
        lambda: e.Parameter("retro_clawback"),
        lambda: e.ParameterFlag("coef"),
        lambda: e.ParameterIs("subsidy_method", "auction"),
    ],
)
def test_an_expression_that_means_nothing_cannot_be_built(wrong: object) -> None:
    with pytest.raises((TypeError, KeyError)):
        wrong()  # type: ignore[operator]


def test_a_programme_that_contradicts_itself_cannot_be_declared() -> None:
    first, *others = RENTAL_SUBSIDY.conditions
    with pytest.raises(TypeError, match="numbers of their own"):
        replace(RENTAL_SUBSIDY, conditions=(first, replace(others[0], number=first.number)))
    typed = next(c for c in others if c.code == "income")
    with pytest.raises(TypeError, match="no general condition"):
        replace(RENTAL_SUBSIDY, conditions=(replace(typed, stage=Stage.GENERAL),))
    with pytest.raises(TypeError, match="money per month"):
        replace(RENTAL_SUBSIDY, amount=OWN)
    assert RENTAL_SUBSIDY.amount is not None
    with pytest.raises(TypeError, match="rounded once"):
        replace(RENTAL_SUBSIDY, amount=e.Rounded(RENTAL_SUBSIDY.amount))


def test_an_amount_that_is_not_rounded_cannot_be_compiled() -> None:
    raw = Programme("raw", "测试", "测试", RENTAL_SUBSIDY.kinds, (), RENT / e.Constant(Fraction(3)))
    with pytest.raises(TypeError, match="not rounded"):
        compile_batch(raw, "430699", DAY)
    split = replace(
        raw, amount=e.Rounded(RENT / (e.FactNumber("members") / e.Constant(Fraction(1), PERSONS)))
    )
    with pytest.raises(TypeError, match="divided by a fact"):
        compile_batch(split, "430699", DAY)
    below = replace(raw, amount=e.Rounded(e.zero_like(RENT) - RENT))
    with pytest.raises(TypeError, match="never negative"):
        compile_batch(below, "430699", DAY)
    over = replace(raw, amount=e.Rounded(RENT / (e.FactNumber("degree") + e.Constant(Fraction(0)))))
    with pytest.raises(TypeError, match="divisor must be positive"):
        compile_batch(over, "430699", DAY)


def test_arithmetic_on_no_limit_is_a_fault_of_the_declaration_in_both_readers() -> None:
    limit = e.Parameter("month_cap")
    reading = Reading(usual_household(), book_of(), "430699", DAY)
    book = book_of().with_overrides({"month_cap": assumed("month_cap", "不限")})
    reading.book = book
    with pytest.raises(TypeError, match="不限"):
        reading.number(limit + RENT, None)
    assert reading.number(e.Least((limit, limit)), None) is UNLIMITED
    assert reading.flag(e.Compare(">=", RENT, limit), None) is False
    with pytest.raises(TypeError, match="不限"):
        compile_batch(
            Programme("sum", "测试", "测试", RENTAL_SUBSIDY.kinds, (), e.Rounded(limit + RENT)),
            "430699",
            DAY,
            book=book,
        )


def test_a_policy_beyond_exact_numbers_is_refused_before_it_runs() -> None:
    huge = "9999999999.999999"
    overrides = {
        key: assumed(key, huge) for key in ("base_rent_m2", "coef", "uplift", "market_rent_m2", "rent_share")
    }
    with pytest.raises(InputError, match="超出可精确计算的范围"):
        compile_batch(RENTAL_SUBSIDY, "430699", DAY, overrides=overrides)


def test_bits_are_as_many_as_the_bounds_need() -> None:
    assert [bits_of(-(2**31), 2**31 - 1), bits_of(0, 2**31), bits_of(0, 2**63), bits_of(0, 10**38 - 1)] == [
        32, 64, 128, 128,
    ]  # fmt: skip
    with pytest.raises(InputError):
        bits_of(0, 10**38)


def test_numbers_of_types_and_conditions_are_stored_and_never_change() -> None:
    assert [kind.code for kind in HOUSEHOLD_TYPES] == [
        "extreme_poverty", "minimum_living", "minimum_living_edge", "rigid_expenditure", "low_income", "lower_middle",
        "new_employee", "migrant_worker", "graduate", "talent", "public_post", "veteran", "dangerous_home",
    ]  # fmt: skip
    assert [kind.number for kind in types_of(0b1000000000010)] == [2, 13]
    numbers = {c.code: c.number for programme in PROGRAMMES.values() for c in programme.conditions}
    assert numbers == {
        "income": 0, "area": 1, "assets_pc": 2, "assets_household": 3, "vehicles": 4, "vehicle_value": 5,
        "business_capital": 6, "legal_person_posts": 7, "hukou_years": 8, "residence_permit": 9, "insured_months": 10,
        "applicant_age": 11, "single_age": 12, "other_housing_aid": 13, "not_in_public_rental": 14, "renting": 15,
        "lease_filed": 16, "waiting": 17, "max_months": 18, "nothing_due": 19,
    }  # fmt: skip
    titles: dict[str, Condition] = {}
    for programme in PROGRAMMES.values():
        for condition in programme.conditions:
            known = titles.setdefault(condition.code, condition)
            assert known.number == condition.number


def test_a_table_with_facts_out_of_bounds_is_refused_by_column() -> None:
    compiled = compile_batch(PUBLIC_RENTAL_RENT, "430699", DAY)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE households ({columns_of(compiled.facts)})")
        good, bad = usual_household(), usual_household(members=21, income_12m_fen=-1)
        rows = [
            f"({n}, {', '.join(literal(name, facts[name]) for name in compiled.facts)})"
            for n, facts in enumerate((good, bad, usual_household(degree=None)))
        ]
        connection.execute(f"INSERT INTO households VALUES {', '.join(rows)}")
        counts = connection.execute(compiled.check).fetchall()[0]
        unknown = connection.execute(unknown_statement(["degree", "members"], "households")).fetchall()[0]
    assert unknown == (1, 0)
    with pytest.raises(InputErrors) as caught:
        refuse_outside(compiled.facts, counts)
    assert len(caught.value.errors) == 2 and "保障人口" in str(caught.value)
    refuse_outside(compiled.facts, [0] * len(compiled.facts))


def test_what_a_region_switches_off_is_neither_read_nor_needed() -> None:
    plain = compile_batch(RENTAL_SUBSIDY, "430699", DAY)
    assert "disposed_area_year_5_hundredth_m2" in plain.facts
    assert "disposed_area_year_6_hundredth_m2" not in plain.facts
    rarely = compile_batch(
        RENTAL_SUBSIDY, "430699", DAY,
        overrides={"home_disposal_lookback_y": assumed("home_disposal_lookback_y", "0"),
                   "lease_required": assumed("lease_required", "否")},
    )  # fmt: skip
    assert not {name for name in rarely.facts if name.startswith("disposed") or name == "lease_filed"}
    assert rarely.overridden == ("home_disposal_lookback_y", "lease_required")
    assert plain.overridden == ()


@given(
    a=st.one_of(st.none(), st.integers(0, 50)), b=st.one_of(st.none(), st.integers(0, 50)), d=st.integers(1, 9)
)  # fmt: skip
def test_each_operation_says_in_sql_what_it_says_in_python(a: int | None, b: int | None, d: int) -> None:
    graph = Graph()
    x, y = (graph.column(name, 0, 50, True) for name in "ab")
    less, same = graph.lt(x, y), graph.eq(x, y)

    def both(function: object) -> object:
        return None if a is None or b is None else function(a, b)  # type: ignore[operator]

    wanted: list[tuple[Node, object]] = [
        (graph.least(x, y), both(min)), (graph.greatest(x, y), both(max)), (less, both(lambda p, q: p < q)),
        (graph.negate(less), both(lambda p, q: p >= q)), (graph.negate(same), both(lambda p, q: p != q)),
        (graph.half_up(graph.add(x, y), d), both(lambda p, q: half_up_ratio(p + q, d))),
        (graph.sub(x, y), both(lambda p, q: p - q)), (graph.choose(less, x, y), both(min)),
        (graph.choose_flag(less, graph.yes, graph.unknown), both(lambda p, q: True if p < q else None)),
        (graph.is_unknown(less), a is None or b is None), (graph.is_true(less), bool(both(lambda p, q: p < q))),
        (graph.known(x, -7), -7 if a is None else a), (graph.mask(less, 6), 6 if both(lambda p, q: p < q) else 0),
        (graph.select([(less, x), (same, graph.whole(99))], y), b if a is None or b is None else (a if a < b else 99 if a == b else b)),
        (graph.any_of((less, graph.lt(y, graph.whole(10)))),
         True if (b is not None and b < 10) else both(lambda p, q: p < q)),
        (graph.all_of((less, graph.lt(y, graph.whole(10)))),
         False if (b is not None and b >= 10) else both(lambda p, q: p < q)),
    ]  # fmt: skip
    printer = Printer(graph, DUCKDB, [node for node, _ in wanted])
    columns = ", ".join(f"{printer.text(node.number)}" for node, _ in wanted)
    source = (
        f"SELECT CAST({literal('members', a)} AS INTEGER) AS a, CAST({literal('members', b)} AS INTEGER) AS b"
    )
    for layer in printer.layers:
        named = "".join(f", {text} AS {name}" for name, text in layer)
        source = f"SELECT *{named} FROM ({source}) AS t"
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {columns} FROM ({source}) AS t").fetchall()[0]
    assert list(found) == [value for _, value in wanted]


def test_masks_are_sets() -> None:
    graph = Graph()
    flag = graph.column("a", 0, 1, False, flag=True)
    two, four = graph.mask(flag, 2), graph.mask(graph.negate(flag), 4)
    assert graph.union(()).constant == 0 and graph.union((graph.whole(1), graph.whole(6))).constant == 7
    assert graph.union((two, graph.whole(0))) is two and graph.union((two, four)).high == 7
    assert graph.without(two, graph.whole(0)) is two and graph.shares(two, graph.whole(0)) is graph.no
    assert graph.some(graph.whole(3)) is graph.yes and graph.mask(graph.yes, 8).constant == 8
    assert graph.select([(graph.no, two), (graph.yes, four)], two) is four


def test_engines_differ_in_their_dialect_only() -> None:
    assert set(DIALECTS) == {"duckdb", "spark"}
    here = compile_batch(RENTAL_SUBSIDY, "430699", DAY, dialect=DUCKDB)
    there = compile_batch(RENTAL_SUBSIDY, "430699", DAY, dialect=SPARK)
    same = there.select.replace("`", '"').replace(" AS INT)", " AS INTEGER)").replace(" div ", " // ")
    assert same == here.select
    assert check_statement(["members"], "t", SPARK).count("`members`") == 3
    assert SPARK.identifier("a`b") == "`a``b`"


def test_amounts_are_printed_exactly_or_say_that_they_are_not() -> None:
    assert print_amount(Fraction(43200), MONTHLY_MONEY) == "432.00元/月"
    assert print_amount(Fraction(1, 3), AREA) == "约0.33㎡"
    assert print_amount(Fraction(9, 10), MONEY / MONEY) == "0.9"
    assert print_amount(Fraction(-5), MONEY * AREA).startswith("-5.0000 ")
    assert exact_text(Fraction(-1, 1000), 2) == "约0.00" and exact_text(Fraction(-3, 2), 0) == "约-2"
