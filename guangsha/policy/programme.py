"""What a programme (保障项目) declares: kinds of household, conditions, an amount. One declaration, three readers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from guangsha.policy.catalogue import CATALOGUE
from guangsha.policy.dimensions import MONTHLY_MONEY
from guangsha.policy.expressions import Expression, Flag, Number, Rounded, parameters_of, walk
from guangsha.policy.household_types import TYPE_BY_CODE

#: The bit of "belongs to no kind of household that the programme serves"; conditions use the bits below.
NO_TYPE_BIT = 1 << 40
CONDITIONS_MAX = 40


class Outcome(IntEnum):
    """What is *proposed*; a person decides (no refusal is ever made by a machine)."""

    REFUSE = 0
    GRANT = 1
    INCOMPLETE = 2

    @property
    def title(self) -> str:
        return {0: "建议不予", 1: "建议准予", 2: "资料不全，暂不能提出建议"}[int(self)]


class Stage(StrEnum):
    """When a condition is asked."""

    #: Of every household, whatever its kind.
    GENERAL = "general"
    #: Of a household as one of a kind: the limits may differ by kind.
    TYPED = "typed"
    #: Of the amount.
    FINAL = "final"


@dataclass(frozen=True, eq=False)
class Condition:
    """One condition.

    Attributes:
        number: its bit in stored reasons is ``1 << number``; never renumber one.
        article: what asks for it, as a letter cites it; the parameters that it read add their own sources.
        failed: what a letter says when it does not hold.
        advice: what would change the result, "" where nothing of the household can.
    """

    code: str
    number: int
    title: str
    test: Flag
    stage: Stage
    article: str
    failed: str
    advice: str = ""

    @property
    def bit(self) -> int:
        return 1 << self.number


@dataclass(frozen=True, eq=False)
class Kind:
    """How a programme knows a household of a type.

    Attributes:
        match: who is of the type.
        near: who is close enough that, with no type matched, the letter explains by this type; usually ``match`` itself.
    """

    code: str
    match: Flag
    article: str
    near: Flag | None = None

    @property
    def number(self) -> int:
        return TYPE_BY_CODE[self.code].number

    @property
    def name(self) -> str:
        return TYPE_BY_CODE[self.code].name


@dataclass(frozen=True, eq=False)
class Programme:
    """A programme.

    Attributes:
        amount: per month, whole fen; None for a programme that only says who qualifies.
        more_is_better: whether the larger amount favours the household (a subsidy) or the smaller (a rent).
        rounding: where the one rounding of the amount stands.
    """

    code: str
    title: str
    document: str
    kinds: tuple[Kind, ...]
    conditions: tuple[Condition, ...]
    amount: Number | None = None
    more_is_better: bool = True
    rounding: str = ""
    by_code: dict[str, Kind] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", {kind.code: kind for kind in self.kinds})
        numbers = [condition.number for condition in self.conditions]
        if len(set(numbers)) != len(numbers) or not all(0 <= n < CONDITIONS_MAX for n in numbers):
            raise TypeError(f"{self.code}: the conditions need numbers of their own below {CONDITIONS_MAX}")
        for condition in self.at(Stage.GENERAL):
            for key in parameters_of(condition.test):
                if "household_type" in CATALOGUE[key].axes:
                    raise TypeError(
                        f"{condition.code} asks {key}, which may differ by kind: it is no general condition"
                    )
        if self.amount is not None:
            if self.amount.dimension != MONTHLY_MONEY:
                raise TypeError(f"{self.code}: an amount is money per month")
            rounded = [e for e in walk(self.amount) if isinstance(e, Rounded)]
            if len(rounded) > 1:
                raise TypeError(f"{self.code}: an amount is rounded once")

    def at(self, stage: Stage) -> tuple[Condition, ...]:
        """The conditions of one stage."""
        return tuple(condition for condition in self.conditions if condition.stage is stage)

    def conditions_in(self, mask: int) -> tuple[Condition, ...]:
        """The conditions whose bits stand in a stored mask (``NO_TYPE_BIT`` is none of them)."""
        return tuple(condition for condition in self.conditions if mask & condition.bit)

    def roots(self) -> tuple[Expression, ...]:
        """Every expression of the declaration."""
        tests: list[Expression] = [condition.test for condition in self.conditions]
        tests.extend(kind.match for kind in self.kinds)
        tests.extend(kind.near for kind in self.kinds if kind.near is not None)
        return (*tests, self.amount) if self.amount is not None else tuple(tests)

    def parameters(self) -> frozenset[str]:
        """The parameters that it may read."""
        return parameters_of(*self.roots()) | {"type_priority", "type_choice"}
