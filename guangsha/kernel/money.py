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


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("元", "万", "亿", "万亿")
#: The largest amount that :func:`capital_yuan` writes: sixteen digits of yuan.
CAPITAL_FEN_MAX = 10**18 - 1


def capital_yuan(fen: int) -> str:
    """An amount in the capital figures of a receipt (票据大写; 正确填写票据和结算凭证的基本规定, 附一).

    >>> capital_yuan(1_409_50), capital_yuan(6_007_14), capital_yuan(325_04)
    ('壹仟肆佰零玖元伍角整', '陆仟零柒元壹角肆分', '叁佰贰拾伍元零肆分')
    >>> capital_yuan(10_000_000_00), capital_yuan(100_005_00), capital_yuan(5), capital_yuan(0)
    ('壹仟万元整', '壹拾万零伍元整', '伍分', '零元整')

    Raises:
        ValueError: less than nothing, or more than sixteen digits of yuan.
    """
    if not 0 <= fen <= CAPITAL_FEN_MAX:
        raise ValueError(f"not an amount for a receipt: {fen}")
    whole, cents = divmod(fen, 100)
    text, gap = "", False
    for place in range(len(_GROUPS) - 1, -1, -1):
        group = whole // 10_000**place % 10_000
        if group:
            if text and (gap or group < 1000):
                text += _DIGITS[0]
            text += _group(group) + (_GROUPS[place] if place else "")
        # a zero is read once where places are left out between two figures
        gap = bool(text) and group % 10 == 0
    text += _GROUPS[0] if whole else ""
    jiao, rest = divmod(cents, 10)
    if not cents:
        return f"{text or '零元'}整"
    if jiao:
        return f"{text}{_DIGITS[jiao]}角" + (f"{_DIGITS[rest]}分" if rest else "整")
    return f"{text}{_DIGITS[0] if text else ''}{_DIGITS[rest]}分"


def _group(number: int) -> str:
    """Four digits, without a zero at the end."""
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += (_DIGITS[0] if gap and text else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return text
