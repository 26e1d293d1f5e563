"""Turns expressions of the language into nodes of whole numbers, with the parameters of one place and day filled in.

A number becomes numerator ÷ (fixed denominator × column): nothing is divided before the one rounding, comparisons multiply
crosswise. 不限 disappears: what is within no limit is simply true.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import lcm

from guangsha.policy import expressions as e
from guangsha.policy.catalogue import DEGREES, OTHERS
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.nodes import Graph, Node
from guangsha.policy.parameters import ParameterBook, ParameterValue, Scalar, Unlimited


@dataclass(frozen=True, slots=True)
class Ratio:
    """A number as ``numerator / (fixed × column)``; ``column`` None is 1, and always positive otherwise.

    ``unlimited``: true where the number is 不限 instead (None: never).
    """

    numerator: Node
    fixed: int = 1
    column: Node | None = None
    unlimited: Node | None = None


@dataclass(frozen=True, slots=True)
class Kinds:
    """As which type an expression is compiled: one for all rows, or the one whose bit a column holds.

    ``codes`` are the types that the column may hold, the first with the lowest bit; a row with none is never looked at.
    """

    code: str | None = None
    column: Node | None = None
    codes: tuple[str, ...] = ()


ANYBODY = Kinds()


class Compiler:
    """Compiles expressions over one table.

    Args:
        nullable: facts that may be unknown in that table.
    """

    def __init__(self, book: ParameterBook, region: str, on: date, nullable: Collection[str]) -> None:
        self.graph = Graph()
        self.book, self.region, self.on = book, region, on
        self.nullable = frozenset(nullable)
        self.facts: dict[str, Node] = {}
        self.values: dict[str, ParameterValue] = {}
        self._numbers: dict[tuple[int, Kinds], Ratio] = {}
        self._flags: dict[tuple[int, Kinds], Node] = {}

    def stands_for(self, x: e.Number, kinds: Kinds, node: Node) -> None:
        """From now on ``x`` is ``node``: the same number, computed for fewer rows."""
        self._numbers[id(x), kinds] = Ratio(node)

    # Leaves --------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> Node:
        """The column of a fact."""
        if name not in self.facts:
            kind = FACT_KINDS[name]
            self.facts[name] = self.graph.column(
                name, kind.low, kind.high, name in self.nullable, flag=kind.flag
            )
        return self.facts[name]

    def parameter(self, key: str) -> ParameterValue:
        """The value in force.

        Raises:
            RuleMissing: there is none.
        """
        if key not in self.values:
            self.values[key] = self.book.get(key, self.region, self.on)
        return self.values[key]

    def lines(self, key: str, kinds: Kinds, line: str | None) -> list[tuple[Node, Scalar]]:
        """The lines of a parameter with the condition under which each applies; the last one's always holds."""
        value, graph = self.parameter(key), self.graph
        if value.axis == "household_type" and kinds.column is not None:
            masks: dict[Scalar, int] = {}
            for place, code in enumerate(kinds.codes):
                scalar = value.at(code)
                masks[scalar] = masks.get(scalar, 0) | 1 << place
            # The most usual line last: it needs no question.
            ordered = sorted(masks.items(), key=lambda item: item[1].bit_count())
            asked = [(graph.shares(kinds.column, graph.whole(bits)), scalar) for scalar, bits in ordered[:-1]]
            return [*asked, (graph.yes, ordered[-1][0])]
        if value.axis == "household_type":
            return [(graph.yes, value.at(kinds.code))]
        if value.axis == "persons":
            assert isinstance(value.amount, dict)
            members = self.fact("members")
            reached = sorted((int(k) for k in value.amount if k != OTHERS), reverse=True)
            found = [(graph.le(graph.whole(n), members), value.at(n)) for n in reached[:-1]]
            return [*found, (graph.yes, value.at(reached[-1]))]
        if value.axis == "degree":
            degree = self.fact("degree")
            codes = [code for code in DEGREES if code != "none"]
            found = [(graph.eq(degree, graph.whole(DEGREES[code])), value.at(code)) for code in codes]
            return [*found, (graph.yes, value.at("none"))]
        return [(graph.yes, value.at(line))]

    def _unknown_line(self, key: str) -> Node:
        """Whether it is unknown which line of the table applies."""
        axis = self.parameter(key).axis
        names = {"persons": "members", "degree": "degree"}
        return self.graph.is_unknown(self.fact(names[axis])) if axis in names else self.graph.no

    # Numbers -------------------------------------------------------------------------------------------------------

    def number(self, x: e.Number, kinds: Kinds) -> Ratio:
        """A number of the language."""
        at = (id(x), kinds)
        if at not in self._numbers:
            self._numbers[at] = self._number(x, kinds)
        return self._numbers[at]

    def _number(self, x: e.Number, kinds: Kinds) -> Ratio:
        graph = self.graph
        match x:
            case e.Constant():
                return Ratio(graph.whole(x.value.numerator), x.value.denominator)
            case e.FactNumber():
                return Ratio(self.fact(x.name), FACT_KINDS[x.name].scale)
            case e.Parameter():
                return self._table(x, kinds)
            case e.Sum():
                total = self.finite(x.terms[0], kinds)
                for term in x.terms[1:]:
                    a, b, common = self._common(total, self.finite(term, kinds))
                    total = Ratio(graph.add(a, b), common.fixed, common.column)
                return total
            case e.Difference():
                a, b, common = self._common(self.finite(x.left, kinds), self.finite(x.right, kinds))
                return Ratio(graph.sub(a, b), common.fixed, common.column)
            case e.Product():
                left, right = self.finite(x.left, kinds), self.finite(x.right, kinds)
                top = graph.mul(left.numerator, right.numerator)
                return Ratio(top, left.fixed * right.fixed, self._times(left.column, right.column))
            case e.Quotient():
                return self._quotient(self.finite(x.left, kinds), self.finite(x.right, kinds))
            case e.Least():
                return self._extreme(x.terms, kinds, least=True)
            case e.Greatest():
                return self._extreme(x.terms, kinds, least=False)
            case e.Choose():
                return self._choice(x, kinds)
            case e.Rounded():
                inner = self.finite(x.inner, kinds)
                if inner.column is not None:
                    raise TypeError("an amount that is divided by a fact is not rounded")
                return Ratio(graph.half_up(inner.numerator, inner.fixed))
            case e.Step():
                return self.number(x.inner, kinds)
        raise TypeError(f"{type(x).__name__} is not a number of the language")

    def finite(self, x: e.Number, kinds: Kinds) -> Ratio:
        """A number that cannot be 不限."""
        found = self.number(x, kinds)
        if found.unlimited is not None:
            raise TypeError(f"{x.formula()}: arithmetic on a limit that may be 不限")
        return found

    def _table(self, x: e.Parameter, kinds: Kinds) -> Ratio:
        graph = self.graph
        lines = self.lines(x.key, kinds, x.line)
        finite = [value for _, value in lines if isinstance(value, Fraction)]
        fixed = lcm(*(value.denominator for value in finite)) if finite else 1
        filler = graph.whole(int(finite[0] * fixed) if finite else 0)
        cells = [
            (holds, graph.whole(int(value * fixed)) if isinstance(value, Fraction) else filler)
            for holds, value in lines
        ]
        numerator = graph.select(cells[:-1], cells[-1][1])
        unknown = self._unknown_line(x.key)
        if unknown is not graph.no:
            numerator = graph.choose(graph.negate(unknown), numerator, graph.unknown_number)
        if not any(isinstance(value, Unlimited) for _, value in lines):
            return Ratio(numerator, fixed)
        marks = [(holds, graph.yes if isinstance(v, Unlimited) else graph.no) for holds, v in lines]
        unlimited = graph.select_flag(marks[:-1], marks[-1][1])
        if unknown is not graph.no:
            unlimited = graph.choose_flag(graph.negate(unknown), unlimited, graph.unknown)
        return Ratio(numerator, fixed, None, unlimited)

    def _times(self, a: Node | None, b: Node | None) -> Node | None:
        if a is None or b is None:
            return a or b
        return self.graph.mul(a, b)

    def _common(self, a: Ratio, b: Ratio) -> tuple[Node, Node, Ratio]:
        """Both numerators over one denominator."""
        graph = self.graph
        fixed = lcm(a.fixed, b.fixed)
        top = graph.mul(a.numerator, graph.whole(fixed // a.fixed))
        other = graph.mul(b.numerator, graph.whole(fixed // b.fixed))
        if a.column is b.column:
            return top, other, Ratio(top, fixed, a.column)
        if b.column is not None:
            top = graph.mul(top, b.column)
        if a.column is not None:
            other = graph.mul(other, a.column)
        return top, other, Ratio(top, fixed, self._times(a.column, b.column))

    def _quotient(self, a: Ratio, b: Ratio) -> Ratio:
        if b.numerator.low <= 0:
            raise TypeError("a divisor must be positive for every household")
        graph = self.graph
        top = graph.mul(a.numerator, graph.whole(b.fixed))
        if b.column is not None:
            top = graph.mul(top, b.column)
        if b.numerator.constant is not None:
            return Ratio(top, a.fixed * b.numerator.constant, a.column)
        return Ratio(top, a.fixed, self._times(a.column, b.numerator))

    def _extreme(self, terms: tuple[e.Number, ...], kinds: Kinds, *, least: bool) -> Ratio:
        graph = self.graph
        best: Ratio | None = None
        for term in terms:
            found = self.number(term, kinds) if least else self.finite(term, kinds)
            if best is None:
                best = found
                continue
            a, b, common = self._common(best, found)
            picked = graph.least(a, b) if least else graph.greatest(a, b)
            if best.unlimited is not None:
                picked = graph.choose(best.unlimited, b, picked)
            if found.unlimited is not None:
                picked = graph.choose(found.unlimited, a, picked)
            unlimited = None
            if best.unlimited is not None and found.unlimited is not None:
                unlimited = graph.all_of((best.unlimited, found.unlimited))
            best = Ratio(picked, common.fixed, common.column, None if unlimited is graph.no else unlimited)
        assert best is not None
        return best

    def _choice(self, x: e.Choose, kinds: Kinds) -> Ratio:
        graph = self.graph
        holds = self.flag(x.condition, kinds)
        if holds.constant is not None:
            return self.number(x.yes if holds.constant else x.no, kinds)
        yes, no = self.finite(x.yes, kinds), self.finite(x.no, kinds)
        fixed = lcm(yes.fixed, no.fixed)
        numerator = graph.choose(
            holds,
            graph.mul(yes.numerator, graph.whole(fixed // yes.fixed)),
            graph.mul(no.numerator, graph.whole(fixed // no.fixed)),
        )
        if yes.column is no.column:
            return Ratio(numerator, fixed, yes.column)
        # Each branch keeps its own divisor: one that is unknown must not make the other branch unknown.
        one = graph.whole(1)
        return Ratio(numerator, fixed, graph.choose(holds, yes.column or one, no.column or one))

    # Yes and no ----------------------------------------------------------------------------------------------------

    def flag(self, x: e.Flag, kinds: Kinds) -> Node:
        """A condition of the language."""
        at = (id(x), kinds)
        if at not in self._flags:
            self._flags[at] = self._flag(x, kinds)
        return self._flags[at]

    def _flag(self, x: e.Flag, kinds: Kinds) -> Node:
        graph = self.graph
        match x:
            case e.FactFlag():
                return self.fact(x.name)
            case e.ParameterFlag():
                return self._flag_table(x.key, kinds, True)
            case e.ParameterIs():
                return self._flag_table(x.key, kinds, x.choice)
            case e.Compare():
                return self._compare(x.operator, self.finite(x.left, kinds), self.number(x.right, kinds))
            case e.Within():
                value, limit = self.finite(x.value, kinds), self.number(x.limit, kinds)
                inclusive = self._flag_table(x.inclusive, kinds, True)
                loose, strict = self._compare("<=", value, limit), self._compare("<", value, limit)
                return graph.choose_flag(inclusive, loose, strict)
            case e.AllOf():
                return graph.all_of(self._until(x.terms, kinds, graph.no))
            case e.AnyOf():
                return graph.any_of(self._until(x.terms, kinds, graph.yes))
            case e.Negation():
                return graph.negate(self.flag(x.inner, kinds))
        raise TypeError(f"{type(x).__name__} is not a condition of the language")

    def _until(self, terms: tuple[e.Flag, ...], kinds: Kinds, deciding: Node) -> list[Node]:
        """The terms up to the first that decides alone: those behind it need no parameter."""
        found = []
        for term in terms:
            found.append(self.flag(term, kinds))
            if found[-1] is deciding:
                break
        return found

    def _flag_table(self, key: str, kinds: Kinds, wanted: Scalar) -> Node:
        graph = self.graph
        marks = [
            (holds, graph.yes if scalar == wanted else graph.no)
            for holds, scalar in self.lines(key, kinds, None)
        ]
        return graph.select_flag(marks[:-1], marks[-1][1])

    def _compare(self, operator: str, left: Ratio, right: Ratio) -> Node:
        graph = self.graph
        within = graph.yes if operator in ("<=", "<") else graph.no
        if right.unlimited is graph.yes:
            return within
        a, b, _ = self._common(left, right)
        if operator == "<=":
            found = graph.le(a, b)
        elif operator == "<":
            found = graph.lt(a, b)
        else:
            found = graph.le(b, a) if operator == ">=" else graph.lt(b, a)
        return found if right.unlimited is None else graph.choose_flag(right.unlimited, within, found)
