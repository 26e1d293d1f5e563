"""Money (金额) in whole fen (分). Amounts are printed in 元 or 万元 only at the edge."""

from __future__ import annotations

from decimal import Decimal
from typing import NewType

from guangsha.kernel.measures import FEN_PER_WAN_YUAN, UNITS, Unit
from guangsha.kernel.numbers import half_up_ratio, plain, round_to

#: Whole fen; the only form in which money is added, compared or stored.
Fen = NewType("Fen", int)


def fen_of(value: Decimal, unit: Unit = UNITS["元"]) -> Fen:
    """``value`` in ``unit`` as whole fen.

    Raises:
        ValueError: the unit is not money, or the amount is not a whole number of fen.
    """
    if unit.dimension != "money":
        raise ValueError(f"{unit} is not a unit of money")
    fen = value * unit.factor
    whole = int(fen)
    if fen != whole:
        raise ValueError(f"{plain(value)}{unit} is not a whole number of fen")
    return Fen(whole)


def wan_yuan(fen: int, places: int = 2) -> Decimal:
    """``fen`` in 万元 (10,000 yuan) rounded half up to ``places`` decimals.

    >>> wan_yuan(9_224_500_00)
    Decimal('922.45')
    """
    return round_to(Decimal(half_up_ratio(fen * 10**places, FEN_PER_WAN_YUAN)).scaleb(-places), places)


def yuan(fen: int) -> Decimal:
    """``fen`` in 元, exact, two decimals."""
    return Decimal(fen).scaleb(-2)
