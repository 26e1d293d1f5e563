"""Numbers as Chinese documents print them, and the one rounding primitive.

Everything is :class:`decimal.Decimal` or ``int``. A float never touches money or a score.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext

#: No figure in a public account has more digits; longer ones are refused before they cost anything.
DIGITS_MAX = 30

#: Divisions are carried to this many significant digits before the one stated rounding.
WORKING = Context(prec=60, rounding=ROUND_HALF_UP)

ROUNDINGS = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN, "floor": ROUND_FLOOR, "ceiling": ROUND_CEILING}


def round_to(value: Decimal, places: int, rounding: str = "half_up") -> Decimal:
    """``value`` at ``places`` decimals; ``rounding`` is one of :data:`ROUNDINGS` (四舍五入 by default).

    >>> round_to(Decimal("9.99539"), 2)
    Decimal('10.00')
    """
    with localcontext(WORKING):
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUNDINGS[rounding])


def half_up_ratio(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` to the nearest whole number, ties away from zero; exact for any size.

    >>> half_up_ratio(5, 2), half_up_ratio(-5, 2)
    (3, -3)
    """
    if denominator == 0:
        raise ZeroDivisionError("half_up_ratio: denominator is zero")
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Quotient at working precision; round it once, at the end, with :func:`round_to`."""
    return WORKING.divide(numerator, denominator)


def decimals_of(value: Decimal) -> int:
    """How many decimals ``value`` is written with (``Decimal("9.10")`` has 2)."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def plain(value: Decimal) -> str:
    """``value`` in plain notation, never ``1E+2``."""
    return format(value, "f")


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number read from text.

    ``digits`` is the number as printed and ``scale`` the 万 or 亿 behind it (empty: none); ``decimals`` are those
    printed; ``approximate`` marks 余, 约, 近, 多, 左右; ``rest`` is what follows the number (usually the unit).
    """

    digits: Decimal
    scale: str
    decimals: int
    approximate: bool
    rest: str

    @property
    def value(self) -> Decimal:
        """The number with its 万 or 亿 multiplied out."""
        return self.digits * _SCALES[self.scale]


_NUMBER = re.compile(
    r"^(?P<before>约|近|逾|超|共|计)?\s*"
    r"(?P<sign>[-+])?\s*"
    r"(?P<whole>\d{1,3}(?:,\s?\d{3})+|\d+)"
    r"(?:\s?\.\s?(?P<fraction>\d+))?"
    r"\s*(?P<scale>万|亿)?"
    r"\s*(?P<after>余|多|左右|上下)?"
    r"\s*(?P<rest>.*)$",
    re.DOTALL,
)

_SCALES = {"": Decimal(1), "万": Decimal(10_000), "亿": Decimal(100_000_000)}


def normalise(text: str) -> str:
    """Half-width digits and punctuation, one kind of space, no zero-width characters; trimmed."""
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
    return "".join(c for c in text if c.isprintable() or c in "\n\t").strip()


def parse_printed(text: str) -> PrintedNumber | None:
    """Read the number at the start of ``text``; None when it does not start with one.

    Accepts full-width digits, ``22854. 27``, ``1, 212.84``, ``1,212.84``, ``1.63亿元``, ``26450 余起``.

    >>> parse_printed("26450 余起")
    PrintedNumber(digits=Decimal('26450'), scale='', decimals=0, approximate=True, rest='起')
    """
    match = _NUMBER.match(normalise(text))
    if match is None:
        return None
    whole = re.sub(r"[,\s]", "", match["whole"])
    fraction = match["fraction"] or ""
    if len(whole) + len(fraction) > DIGITS_MAX:
        return None
    number = Decimal(f"{whole}.{fraction}" if fraction else whole)
    if match["sign"] == "-":
        number = -number
    approximate = bool(match["after"]) or match["before"] in ("约", "近", "逾", "超")
    return PrintedNumber(number, match["scale"] or "", len(fraction), approximate, match["rest"].strip())


def parse_decimal(text: str) -> Decimal | None:
    """``text`` as one plain number and nothing else; None otherwise (``12户`` is not plain)."""
    printed = parse_printed(text)
    if printed is None or printed.rest or printed.approximate:
        return None
    return printed.value
