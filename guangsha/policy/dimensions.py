"""What a number measures: money, area, persons, months. An expression that adds yuan to square metres is refused.

Base units: money in fen, area in square metres (facts come in hundredths of one), persons, months, years of age, vehicles.
Every number is an exact fraction of its base unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Dimension:
    """A product of powers of base units, such as money per area and month."""

    powers: tuple[tuple[str, int], ...] = ()

    def __mul__(self, other: Dimension) -> Dimension:
        return self._combined(other, 1)

    def __truediv__(self, other: Dimension) -> Dimension:
        return self._combined(other, -1)

    def _combined(self, other: Dimension, sign: int) -> Dimension:
        found = dict(self.powers)
        for base, power in other.powers:
            found[base] = found.get(base, 0) + sign * power
        return Dimension(tuple(sorted((base, power) for base, power in found.items() if power)))

    def __str__(self) -> str:
        return " ".join(f"{base}^{power}" if power != 1 else base for base, power in self.powers) or "1"


def _base(name: str) -> Dimension:
    return Dimension(((name, 1),))


PURE = Dimension()
MONEY, AREA, PERSONS, MONTHS, AGE, VEHICLES, POSTS = (
    _base(name) for name in ("money", "area", "persons", "months", "age", "vehicles", "posts")
)
MONTHLY_MONEY = MONEY / MONTHS
MONTHLY_MONEY_PER_PERSON = MONTHLY_MONEY / PERSONS
MONTHLY_MONEY_PER_AREA = MONTHLY_MONEY / AREA
AREA_PER_PERSON = AREA / PERSONS

#: The last step of an amount is whole fen; an area is printed to 0.01 ㎡.
FEN = Fraction(1)
HUNDREDTH = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class PrintedUnit:
    """A unit as a parameter file and a letter write it; ``factor`` base units are one of it."""

    symbol: str
    dimension: Dimension
    factor: Fraction
    decimals: int


def _printed() -> dict[str, PrintedUnit]:
    rows = (
        ("元", MONEY, 100, 2), ("元/月", MONTHLY_MONEY, 100, 2), ("元/人", MONEY / PERSONS, 100, 2),
        ("元/人·月", MONTHLY_MONEY_PER_PERSON, 100, 2), ("元/㎡·月", MONTHLY_MONEY_PER_AREA, 100, 2),
        ("㎡", AREA, 1, 2), ("㎡/人", AREA_PER_PERSON, 1, 2), ("人", PERSONS, 1, 0), ("月", MONTHS, 1, 0),
        ("年", MONTHS, 12, 0), ("岁", AGE, 1, 0), ("天", PURE, 1, 0), ("日", PURE, 1, 0), ("工作日", PURE, 1, 0), ("小时", PURE, 1, 0), ("辆", VEHICLES, 1, 0),
        ("个", POSTS, 1, 0), ("次", PURE, 1, 0), ("层", PURE, 1, 0), ("分钟", PURE, 1, 0), ("倍", PURE, 1, 4),
    )  # fmt: skip
    return {
        symbol: PrintedUnit(symbol, dimension, Fraction(factor), decimals)
        for symbol, dimension, factor, decimals in rows
    }


PRINTED_UNITS: dict[str, PrintedUnit] = _printed()
_BY_DIMENSION: dict[Dimension, PrintedUnit] = {}
for _unit in PRINTED_UNITS.values():
    _BY_DIMENSION.setdefault(_unit.dimension, _unit)
_BY_DIMENSION[PURE] = PRINTED_UNITS["倍"]


def exact_text(value: Fraction, decimals: int) -> str:
    """``value`` to ``decimals`` places, half up, with a mark where that is not exact.

    >>> exact_text(Fraction(1549), 2), exact_text(Fraction(100, 3), 2)
    ('1,549.00', '约33.33')
    """
    scaled = value * 10**decimals
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    digits = f"{whole:0{decimals + 1}d}"
    head, tail = (digits[:-decimals], "." + digits[-decimals:]) if decimals else (digits, "")
    sign = "-" if scaled < 0 and whole else ""
    return ("约" if scaled.denominator != 1 else "") + sign + f"{int(head):,}" + tail


def print_amount(value: Fraction, dimension: Dimension) -> str:
    """``value`` in the unit that people use for its dimension.

    >>> print_amount(Fraction(43200), MONTHLY_MONEY)
    '432.00元/月'
    """
    unit = _BY_DIMENSION.get(dimension)
    if unit is None:
        return f"{exact_text(value, 4)} {dimension}"
    text = exact_text(value / unit.factor, unit.decimals)
    if unit.symbol == "倍":
        return text.rstrip("0").rstrip(".") if "." in text else text
    return text + unit.symbol
