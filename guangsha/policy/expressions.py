"""The small language in which a rule is declared: facts, parameters, arithmetic, comparisons, choices.

An expression is a tree of the classes below, built with ordinary operators. It has no value of its own: ``evaluate`` walks it
for one household, ``compiling`` turns it into SQL. Dimensions are checked while it is built: yuan do not add to square metres.

Meaning, the same for every reader:

- numbers are exact fractions in base units; only :class:`Rounded` rounds;
- a number or a yes/no may be unknown. Arithmetic on something unknown is unknown; of ``AllOf`` one "no" decides, of
  ``AnyOf`` one "yes"; a choice whose condition is unknown is unknown;
- a limit may be 不限: everything known or unknown is within it, and it never is the least of several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from guangsha.policy.catalogue import CATALOGUE
from guangsha.policy.dimensions import PRINTED_UNITS, PURE, Dimension, print_amount
from guangsha.policy.facts import FACT_KINDS


class Expression:
    """Anything of the language; compared and hashed by identity, shared nodes are evaluated once."""

    __slots__ = ()

    def parts(self) -> tuple[Expression, ...]:
        """The expressions directly inside."""
        return ()

    def formula(self) -> str:
        """As people write it, with the names of facts and parameters."""
        raise NotImplementedError


class Number(Expression):
    """A number with a dimension."""

    __slots__ = ()
    dimension: Dimension

    def __add__(self, other: Number) -> Number:
        return Sum((self, other))

    def __sub__(self, other: Number) -> Number:
        return Difference(self, other)

    def __mul__(self, other: Number) -> Number:
        return Product(self, other)

    def __truediv__(self, other: Number) -> Number:
        return Quotient(self, other)

    def __le__(self, other: Number) -> Flag:
        return Compare("<=", self, other)

    def __lt__(self, other: Number) -> Flag:
        return Compare("<", self, other)

    def __ge__(self, other: Number) -> Flag:
        return Compare(">=", self, other)

    def __gt__(self, other: Number) -> Flag:
        return Compare(">", self, other)


class Flag(Expression):
    """A yes or no."""

    __slots__ = ()

    def __and__(self, other: Flag) -> Flag:
        return AllOf((self, other))

    def __or__(self, other: Flag) -> Flag:
        return AnyOf((self, other))

    def __invert__(self) -> Flag:
        return Negation(self)


def _same(what: str, *numbers: Number) -> Dimension:
    first = numbers[0].dimension
    if any(number.dimension != first for number in numbers):
        raise TypeError(f"{what} of different dimensions: {', '.join(str(n.dimension) for n in numbers)}")
    return first


@dataclass(frozen=True, eq=False)
class Constant(Number):
    """A number that is no policy: zero, twelve months in a year."""

    value: Fraction
    dimension: Dimension = PURE

    def formula(self) -> str:
        return print_amount(self.value, self.dimension)


@dataclass(frozen=True, eq=False)
class FactNumber(Number):
    """A number of the household."""

    name: str
    dimension: Dimension = field(init=False)

    def __post_init__(self) -> None:
        kind = FACT_KINDS[self.name]
        if kind.flag:
            raise TypeError(f"{self.name} is a yes or no")
        object.__setattr__(self, "dimension", kind.dimension)

    def formula(self) -> str:
        return FACT_KINDS[self.name].title


@dataclass(frozen=True, eq=False)
class Parameter(Number):
    """A parameter in force. Which line of its table: by the household's type, its persons or its degree, as the region
    tables it; ``line`` names one line outright (circumstances)."""

    key: str
    line: str | None = None
    dimension: Dimension = field(init=False)

    def __post_init__(self) -> None:
        declared = CATALOGUE[self.key]
        if declared.shape != "number":
            raise TypeError(f"{self.key} is no number")
        object.__setattr__(self, "dimension", PRINTED_UNITS[declared.unit].dimension)

    def formula(self) -> str:
        return CATALOGUE[self.key].title


@dataclass(frozen=True, eq=False)
class _OfAlike(Number):
    """A number made of several of one dimension, which is its own, too."""

    terms: tuple[Number, ...]

    def __post_init__(self) -> None:
        _same(type(self).__name__.lower(), *self.terms)

    @property
    def dimension(self) -> Dimension:  # type: ignore[override]
        return self.terms[0].dimension

    def parts(self) -> tuple[Expression, ...]:
        return self.terms

    def _joined(self, sign: str) -> str:
        return f"({sign.join(term.formula() for term in self.terms)})"


class Sum(_OfAlike):
    """All of them together."""

    def formula(self) -> str:
        return self._joined(" + ")


@dataclass(frozen=True, eq=False)
class Difference(Number):
    left: Number
    right: Number

    def __post_init__(self) -> None:
        _same("difference", self.left, self.right)

    @property
    def dimension(self) -> Dimension:  # type: ignore[override]
        return self.left.dimension

    def parts(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def formula(self) -> str:
        return f"({self.left.formula()} － {self.right.formula()})"


@dataclass(frozen=True, eq=False)
class Product(Number):
    left: Number
    right: Number

    @property
    def dimension(self) -> Dimension:  # type: ignore[override]
        return self.left.dimension * self.right.dimension

    def parts(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def formula(self) -> str:
        return f"{self.left.formula()} × {self.right.formula()}"


@dataclass(frozen=True, eq=False)
class Quotient(Number):
    """``right`` must be positive for every household."""

    left: Number
    right: Number

    @property
    def dimension(self) -> Dimension:  # type: ignore[override]
        return self.left.dimension / self.right.dimension

    def parts(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def formula(self) -> str:
        return f"{self.left.formula()} ÷ {self.right.formula()}"


class Least(_OfAlike):
    """The least of several; 不限 never is."""

    def formula(self) -> str:
        return "min" + self._joined("，")


class Greatest(_OfAlike):
    """The greatest of several."""

    def formula(self) -> str:
        return "max" + self._joined("，")


@dataclass(frozen=True, eq=False)
class Choose(Number):
    """``yes`` where the condition holds, else ``no``; the other branch is not looked at."""

    condition: Flag
    yes: Number
    no: Number

    def __post_init__(self) -> None:
        _same("choice", self.yes, self.no)

    @property
    def dimension(self) -> Dimension:  # type: ignore[override]
        return self.yes.dimension

    def parts(self) -> tuple[Expression, ...]:
        return (self.condition, self.yes, self.no)

    def formula(self) -> str:
        return f"[{self.condition.formula()} ? {self.yes.formula()} : {self.no.formula()}]"


@dataclass(frozen=True, eq=False)
class Rounded(Number):
    """A number that is never negative, to whole base units (fen), half up: the last step of an amount, once.

    Source: 四舍五入 to the fen, docs/algorithms/policy.md.
    """

    inner: Number

    @property
    def dimension(self) -> Dimension:  # type: ignore[override]
        return self.inner.dimension

    def parts(self) -> tuple[Expression, ...]:
        return (self.inner,)

    def formula(self) -> str:
        return f"四舍五入到分({self.inner.formula()})"


@dataclass(frozen=True, eq=False)
class Step(Number):
    """An intermediate amount with a name, which the trace shows."""

    code: str
    title: str
    inner: Number

    @property
    def dimension(self) -> Dimension:  # type: ignore[override]
        return self.inner.dimension

    def parts(self) -> tuple[Expression, ...]:
        return (self.inner,)

    def formula(self) -> str:
        return self.title


@dataclass(frozen=True, eq=False)
class FactFlag(Flag):
    """A yes or no of the household."""

    name: str

    def __post_init__(self) -> None:
        if not FACT_KINDS[self.name].flag:
            raise TypeError(f"{self.name} is a number")

    def formula(self) -> str:
        return FACT_KINDS[self.name].title


@dataclass(frozen=True, eq=False)
class ParameterFlag(Flag):
    """A yes or no that the region sets."""

    key: str

    def __post_init__(self) -> None:
        if CATALOGUE[self.key].shape != "flag":
            raise TypeError(f"{self.key} is no yes or no")

    def formula(self) -> str:
        return CATALOGUE[self.key].title


@dataclass(frozen=True, eq=False)
class ParameterIs(Flag):
    """Whether the region chose ``choice``."""

    key: str
    choice: str

    def __post_init__(self) -> None:
        if self.choice not in CATALOGUE[self.key].choices:
            raise TypeError(f"{self.choice} is no choice of {self.key}")

    def formula(self) -> str:
        return f"{CATALOGUE[self.key].title}为{self.choice}"


@dataclass(frozen=True, eq=False)
class Compare(Flag):
    """``left`` against ``right``; the one that may be 不限 stands on the right."""

    operator: str
    left: Number
    right: Number

    def __post_init__(self) -> None:
        _same("comparison", self.left, self.right)

    def parts(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def formula(self) -> str:
        sign = {"<=": "≤", ">=": "≥"}.get(self.operator, self.operator)
        return f"{self.left.formula()} {sign} {self.right.formula()}"


@dataclass(frozen=True, eq=False)
class Within(Flag):
    """``value`` at most ``limit``; whether the limit itself is within is what the region's wording says (含本数)."""

    value: Number
    limit: Number
    inclusive: str

    def __post_init__(self) -> None:
        _same("comparison", self.value, self.limit)
        if CATALOGUE[self.inclusive].shape != "flag":
            raise TypeError(f"{self.inclusive} is no yes or no")

    def parts(self) -> tuple[Expression, ...]:
        return (self.value, self.limit)

    def formula(self) -> str:
        return f"{self.value.formula()} 在 {self.limit.formula()} 以内"


@dataclass(frozen=True, eq=False)
class AllOf(Flag):
    terms: tuple[Flag, ...]

    def parts(self) -> tuple[Expression, ...]:
        return self.terms

    def formula(self) -> str:
        return "（" + " 且 ".join(term.formula() for term in self.terms) + "）"


@dataclass(frozen=True, eq=False)
class AnyOf(Flag):
    terms: tuple[Flag, ...]

    def parts(self) -> tuple[Expression, ...]:
        return self.terms

    def formula(self) -> str:
        return "（" + " 或 ".join(term.formula() for term in self.terms) + "）"


@dataclass(frozen=True, eq=False)
class Negation(Flag):
    inner: Flag

    def parts(self) -> tuple[Expression, ...]:
        return (self.inner,)

    def formula(self) -> str:
        return f"非{self.inner.formula()}"


ZERO = Fraction(0)


def zero_like(number: Number) -> Constant:
    """Nought in the dimension of ``number``."""
    return Constant(ZERO, number.dimension)


def clamp(number: Number, low: Number, high: Number) -> Number:
    """``number`` raised to ``low`` and then cut at ``high``."""
    return Least((Greatest((number, low)), high))


def not_negative(number: Number) -> Number:
    """``number``, or nought where it is negative."""
    return Greatest((number, zero_like(number)))


def walk(*roots: Expression) -> Iterator[Expression]:
    """Every expression inside ``roots``, each once."""
    seen: set[int] = set()
    left = list(roots)
    while left:
        expression = left.pop()
        if id(expression) not in seen:
            seen.add(id(expression))
            yield expression
            left.extend(expression.parts())


def facts_of(*roots: Expression) -> frozenset[str]:
    """The facts that ``roots`` may read (the number of persons and the degree are read by tables as well)."""
    return frozenset(e.name for e in walk(*roots) if isinstance(e, FactNumber | FactFlag))


def parameters_of(*roots: Expression) -> frozenset[str]:
    """The parameters that ``roots`` may read."""
    found = set()
    for expression in walk(*roots):
        if isinstance(expression, Parameter | ParameterFlag | ParameterIs):
            found.add(expression.key)
        elif isinstance(expression, Within):
            found.add(expression.inclusive)
    return frozenset(found)
