"""Any expression of the language means in SQL what it means for one household: not only those that programmes use today."""

from __future__ import annotations

import random
from fractions import Fraction

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.policy import expressions as e
from guangsha.policy.batch import columns_of
from guangsha.policy.compiling import Compiler, Kinds, Ratio
from guangsha.policy.dialects import DUCKDB
from guangsha.policy.dimensions import MONTHLY_MONEY, PERSONS
from guangsha.policy.evaluate import Reading, Value
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.nodes import Node, Printer
from guangsha.policy.parameters import Unlimited
from guangsha.testing.effort import examples
from guangsha.testing.policies import DAY, REGION, literal, random_book, random_facts

_MONEY = ("actual_rent_fen", "declared_income_1_fen", "declared_income_2_fen")
_FLAGS = ("is_renting", "local_hukou", "is_waiting", "has_disability")
_DEPTH = 4
KIND = Kinds("low_income")


class Inventor:
    """Random expressions: amounts per month, plain factors, and conditions on them."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def money(self, depth: int) -> e.Number:
        pick = self.rng.choice
        if depth == 0:
            leaves: tuple[e.Number, ...] = (
                e.FactNumber(pick(_MONEY)), e.Parameter("deemed_income_month"),
                e.Constant(Fraction(self.rng.randint(0, 100_000), pick((1, 3, 7))), MONTHLY_MONEY),
            )  # fmt: skip
            return pick(leaves)
        inner = depth - 1
        match pick(("sum", "difference", "least", "greatest", "choose", "times", "over", "capped", "step")):
            case "sum":
                return e.Sum(tuple(self.money(inner) for _ in range(self.rng.randint(1, 3))))
            case "difference":
                return self.money(inner) - self.money(inner)
            case "least":
                return e.Least((self.money(inner), self.money(inner)))
            case "greatest":
                return e.Greatest((self.money(inner), self.money(inner)))
            case "choose":
                return e.Choose(self.flag(inner), self.money(inner), self.money(inner))
            case "times":
                return self.money(inner) * self.factor()
            case "over":
                return self.money(inner) / self.divisor()
            case "capped":
                limit: e.Number = e.Parameter("month_cap")
                if self.rng.random() < 0.3:
                    limit = e.Least((limit, e.Parameter("month_cap")))
                terms = [limit, self.money(inner)]
                self.rng.shuffle(terms)
                return e.Least(tuple(terms))
            case _:
                return e.Step("step", "步骤", self.money(inner))

    def factor(self) -> e.Number:
        factors: tuple[e.Number, ...] = (
            e.FactNumber("degree"), e.Parameter("coef"), e.Constant(Fraction(self.rng.randint(0, 5), 4)),
            e.Parameter("uplift", "disability"),
        )  # fmt: skip
        return self.rng.choice(factors)

    def divisor(self) -> e.Number:
        one = e.Constant(Fraction(1), PERSONS)
        divisors: tuple[e.Number, ...] = (
            e.FactNumber("members") / one, e.Constant(Fraction(self.rng.randint(1, 5), 3)),
            e.Constant(Fraction(7)) / (e.FactNumber("members") / one),
        )  # fmt: skip
        return self.rng.choice(divisors)

    def flag(self, depth: int) -> e.Flag:
        pick = self.rng.choice
        if depth == 0:
            leaves: tuple[e.Flag, ...] = (
                e.FactFlag(pick(_FLAGS)), e.ParameterFlag("actual_rent_cap"), e.ParameterFlag("residence_permit"),
                e.ParameterIs("subsidy_method", "area_formula"),
            )  # fmt: skip
            return pick(leaves)
        inner = depth - 1
        match pick(("all", "any", "not", "compare", "compare", "within", "limit")):
            case "all":
                return self.flag(inner) & self.flag(inner)
            case "any":
                return self.flag(inner) | self.flag(inner)
            case "not":
                return ~self.flag(inner)
            case "compare":
                return e.Compare(pick(("<=", "<", ">=", ">")), self.money(inner), self.money(inner))
            case "within":
                return e.Within(self.money(inner), e.Parameter("month_cap"), "income_line_inclusive")
            case _:
                return e.Compare(pick(("<=", "<", ">=", ">")), self.money(inner), e.Parameter("month_cap"))


def in_sql(
    compiler: Compiler, nodes: list[Node], households: list[dict[str, int | None]]
) -> list[tuple[object, ...]]:
    """The values of nodes for some households."""
    printer = Printer(compiler.graph, DUCKDB, nodes)
    columns = ", ".join(printer.text(node.number) for node in nodes)
    names = list(compiler.facts)
    source = "SELECT * FROM t"
    for layer in printer.layers:
        named = "".join(f", {text} AS {name}" for name, text in layer)
        source = f"SELECT *{named} FROM ({source}) AS t"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({columns_of(names)})")
        rows = ", ".join(
            f"({', '.join([str(n), *(literal(name, facts[name]) for name in names)])})"
            for n, facts in enumerate(households)
        )
        connection.execute(f"INSERT INTO t VALUES {rows}")
        return connection.execute(f"SELECT {columns} FROM ({source}) AS t ORDER BY household").fetchall()


@settings(max_examples=examples(240), deadline=None)
@given(seed=st.integers(0, 2**32), unknown=st.sampled_from((0.0, 0.15)))
def test_any_expression_means_the_same_in_sql(seed: int, unknown: float) -> None:
    rng = random.Random(seed)
    book = random_book(rng)
    inventor = Inventor(rng)
    numbers = [inventor.money(_DEPTH) for _ in range(3)]
    flags = [inventor.flag(_DEPTH) for _ in range(3)]
    compiler = Compiler(book, REGION, DAY, FACT_KINDS if unknown else ())
    ratios: list[Ratio] = [compiler.number(x, KIND) for x in numbers]
    graph = compiler.graph
    nodes = [compiler.flag(x, KIND) for x in flags]
    for ratio in ratios:
        limited = graph.no if ratio.unlimited is None else ratio.unlimited
        nodes += [ratio.numerator, ratio.column or graph.whole(1), limited]
    households = [random_facts(rng, book, unknown=unknown) for _ in range(12)]
    for facts, row in zip(households, in_sql(compiler, nodes, households), strict=True):
        reading = Reading(facts, book, REGION, DAY)
        assert list(row[:3]) == [reading.flag(x, KIND.code) for x in flags]
        for place, (x, ratio) in enumerate(zip(numbers, ratios, strict=True)):
            numerator, column, unlimited = row[3 + 3 * place : 6 + 3 * place]
            wanted: Value = reading.number(x, KIND.code)
            if isinstance(wanted, Unlimited):
                assert unlimited is True
            elif wanted is None:
                assert unlimited is not True and (numerator is None or column is None)
            else:
                assert not unlimited and isinstance(numerator, int) and isinstance(column, int)
                assert Fraction(numerator, ratio.fixed * column) == wanted
