"""Walks an expression for one household, in exact fractions, and notes everything it looks at.

Every read of a fact or a parameter goes through :class:`Reading`; there is no other way to a value, so nothing can decide that the
trace does not show.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from guangsha.kernel.numbers import half_up_ratio
from guangsha.policy import expressions as e
from guangsha.policy.catalogue import DEGREES
from guangsha.policy.facts import FACT_KINDS, Facts
from guangsha.policy.parameters import UNLIMITED, ParameterBook, ParameterValue, Scalar, Unlimited

_DEGREE_CODES = {number: code for code, number in DEGREES.items()}

#: A number that is known, unlimited, or unknown.
Value = Fraction | Unlimited | None


@dataclass(frozen=True, slots=True)
class ParameterRead:
    """One line of one parameter that was looked at."""

    value: ParameterValue
    line: str | int | None
    scalar: Scalar


@dataclass(frozen=True, slots=True)
class StepTaken:
    """An intermediate amount, as one kind of household."""

    step: e.Step
    kind: str | None
    value: Value


@dataclass
class Reading:
    """What is known of one household in one place on one day, and what of it was looked at, in order."""

    facts: Facts
    book: ParameterBook
    region: str
    on: date
    facts_read: dict[str, int | None] = field(default_factory=dict)
    parameters_read: dict[tuple[str, str | int | None], ParameterRead] = field(default_factory=dict)
    steps: list[StepTaken] = field(default_factory=list)
    _values: dict[str, ParameterValue] = field(default_factory=dict)
    _steps: dict[tuple[int, str | None], Value] = field(default_factory=dict)
    _by_kind: dict[int, bool] = field(default_factory=dict)

    def fact(self, name: str) -> int | None:
        """A fact, unknown where it was not given."""
        value = self.facts.get(name)
        self.facts_read[name] = value
        return value

    def parameter(self, key: str, kind: str | None, line: str | None = None) -> Scalar | None:
        """A parameter in force for a household of ``kind``; None where its line depends on an unknown fact.

        Raises:
            RuleMissing: nothing is in force, or the table has no such line.
        """
        if key not in self._values:
            self._values[key] = self.book.get(key, self.region, self.on)
        value = self._values[key]
        at: str | int | None = None
        if value.axis == "household_type":
            at = kind
        elif value.axis == "circumstance":
            at = line
        elif value.axis == "persons":
            at = self.fact("members")
            if at is None:
                return None
        elif value.axis == "degree":
            degree = self.fact("degree")
            if degree is None:
                return None
            at = _DEGREE_CODES[degree]
        scalar = value.at(at)
        self.parameters_read[key, at] = ParameterRead(value, at, scalar)
        return scalar

    # Numbers -------------------------------------------------------------------------------------------------------

    def number(self, x: e.Number, kind: str | None) -> Value:
        """The value of a number for a household of ``kind``."""
        match x:
            case e.Constant():
                return x.value
            case e.FactNumber():
                known = self.fact(x.name)
                return None if known is None else Fraction(known, FACT_KINDS[x.name].scale)
            case e.Parameter():
                scalar = self.parameter(x.key, kind, x.line)
                assert scalar is None or isinstance(scalar, Fraction | Unlimited)
                return scalar
            case e.Sum():
                total = Fraction(0)
                for value in [self.finite(term, kind) for term in x.terms]:
                    if value is None:
                        return None
                    total += value
                return total
            case e.Difference() | e.Product() | e.Quotient():
                return self._arithmetic(x, kind)
            case e.Least():
                return self._least(x, kind)
            case e.Greatest():
                found = [self.finite(term, kind) for term in x.terms]
                known_all = [value for value in found if value is not None]
                return max(known_all) if len(known_all) == len(found) else None
            case e.Choose():
                holds = self.flag(x.condition, kind)
                return None if holds is None else self.number(x.yes if holds else x.no, kind)
            case e.Rounded():
                inner = self.finite(x.inner, kind)
                return None if inner is None else Fraction(half_up_ratio(inner.numerator, inner.denominator))
            case e.Step():
                return self._step(x, kind)
        raise TypeError(f"{type(x).__name__} is not a number of the language")

    def finite(self, x: e.Number, kind: str | None) -> Fraction | None:
        """The value of a number that cannot be 不限."""
        value = self.number(x, kind)
        if isinstance(value, Unlimited):
            raise TypeError(f"{x.formula()}: arithmetic on a limit that is 不限")
        return value

    def _arithmetic(self, x: e.Difference | e.Product | e.Quotient, kind: str | None) -> Fraction | None:
        left, right = self.finite(x.left, kind), self.finite(x.right, kind)
        if left is None or right is None:
            return None
        if isinstance(x, e.Difference):
            return left - right
        return left * right if isinstance(x, e.Product) else left / right

    def _least(self, x: e.Least, kind: str | None) -> Value:
        found = [self.number(term, kind) for term in x.terms]
        limited = [value for value in found if not isinstance(value, Unlimited)]
        known = [value for value in limited if value is not None]
        if len(known) < len(limited):
            return None
        return min(known) if known else UNLIMITED

    def _step(self, x: e.Step, kind: str | None) -> Value:
        at = (id(x), kind if self._differs_by_kind(x) else None)
        if at not in self._steps:
            self._steps[at] = self.number(x.inner, kind)
            self.steps.append(StepTaken(x, at[1], self._steps[at]))
        return self._steps[at]

    def _differs_by_kind(self, x: e.Step) -> bool:
        """Whether the region tables by type anything that the step may read; else it is taken once for all types."""
        if id(x) not in self._by_kind:
            found = [self.book.find(key, self.region, self.on) for key in e.parameters_of(x)]
            self._by_kind[id(x)] = any(
                value is not None and value.axis == "household_type" for value in found
            )
        return self._by_kind[id(x)]

    # Yes and no ----------------------------------------------------------------------------------------------------

    def flag(self, x: e.Flag, kind: str | None) -> bool | None:
        """Whether a condition holds for a household of ``kind``; None when that depends on something unknown."""
        match x:
            case e.FactFlag():
                known = self.fact(x.name)
                return None if known is None else bool(known)
            case e.ParameterFlag():
                return bool(self.parameter(x.key, kind))
            case e.ParameterIs():
                return self.parameter(x.key, kind) == x.choice
            case e.Compare():
                return self._compare(x.operator, x.left, x.right, kind)
            case e.Within():
                return self._compare(
                    "<=" if self.parameter(x.inclusive, kind) else "<", x.value, x.limit, kind
                )
            case e.AllOf():
                return self._together(x.terms, kind, decides=False)
            case e.AnyOf():
                return self._together(x.terms, kind, decides=True)
            case e.Negation():
                inner = self.flag(x.inner, kind)
                return None if inner is None else not inner
        raise TypeError(f"{type(x).__name__} is not a condition of the language")

    def _together(self, terms: tuple[e.Flag, ...], kind: str | None, *, decides: bool) -> bool | None:
        unknown = False
        for term in terms:
            holds = self.flag(term, kind)
            if holds is decides:
                return decides
            unknown = unknown or holds is None
        return None if unknown else not decides

    def _compare(self, operator: str, left: e.Number, right: e.Number, kind: str | None) -> bool | None:
        limit = self.number(right, kind)
        if isinstance(limit, Unlimited):
            return operator in ("<=", "<")
        value = self.finite(left, kind)
        if value is None or limit is None:
            return None
        if operator == "<=":
            return value <= limit
        if operator == "<":
            return value < limit
        return value >= limit if operator == ">=" else value > limit
