"""Units of measure (计量单位) and quantities: 元 万元 户 套 栋 ㎡ % 秒 工作日 …

Two quantities compare only within one dimension; 户 and 套 are different dimensions on purpose: a report that
sets 496 户 against 496 套 has mixed two things (checker rule K11).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from guangsha.kernel.numbers import normalise, parse_printed, plain


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of measure: its printed ``symbol``, its ``dimension``, and how many base units it is worth."""

    symbol: str
    dimension: str
    factor: Decimal

    def __str__(self) -> str:
        return self.symbol


def _units() -> dict[str, Unit]:
    table: dict[str, Unit] = {}

    def add(dimension: str, **symbols: str) -> None:
        for symbol, factor in symbols.items():
            table[symbol] = Unit(symbol, dimension, Decimal(factor))

    add("money", 分钱="1", 元="100", 千元="100000", 万元="1000000", 亿元="10000000000")
    table["fen"] = Unit("fen", "money", Decimal(1))
    add("household", 户="1", 万户="10000")
    add("dwelling", 套="1", 万套="10000")
    table["套(间)"] = Unit("套(间)", "dwelling", Decimal(1))
    add("room", 间="1")
    add("building", 栋="1", 幢="1")
    add("person", 人="1", 名="1", 万人="10000")
    add("person-time", 人次="1", 万人次="10000")
    add("case", 件="1", 起="1", 宗="1")
    add("item", 个="1", 项="1", 份="1", 本="1")
    add("times", 次="1")
    add("community", 小区="1")
    add("vehicle", 辆="1", 台="1", 部="1")
    add("company", 家="1")
    add("area", 平方米="1", 万平方米="10000", 亩="666.6666666666666666666666667")
    add("length", 米="1", 公里="1000")
    add("time", 秒="1", 分钟="60", 小时="3600", 天="86400", 日="86400")
    add("workday", 工作日="1")
    add("month", 月="1", 个月="1", 季度="3", 年="12")
    add("score", 分="1")
    table["%"] = Unit("%", "ratio", Decimal("0.01"))
    table["‰"] = Unit("‰", "ratio", Decimal("0.001"))
    table["倍"] = Unit("倍", "ratio", Decimal(1))
    table["个百分点"] = Unit("个百分点", "point", Decimal(1))
    return table


UNITS: dict[str, Unit] = _units()

#: Spellings that mean a unit above.
ALIASES: dict[str, str] = {
    "m2": "平方米", "m²": "平方米", "㎡": "平方米", "平米": "平方米",
    "万m2": "万平方米", "万m²": "万平方米", "万㎡": "万平方米", "万平米": "万平方米",
    "套（间）": "套(间)", "个工作日": "工作日", "个小区": "小区", "人民币元": "元", "万": "万元", "亿": "亿元",
    "百分点": "个百分点", "个人": "人", "位": "人", "处": "个", "座": "栋", "s": "秒",
}  # fmt: skip

YUAN = UNITS["元"]
WAN_YUAN = UNITS["万元"]
PERCENT = UNITS["%"]
POINTS = UNITS["分"]
FEN_PER_WAN_YUAN = 1_000_000


def unit_of(text: str) -> Unit | None:
    """The unit that ``text`` names, through :data:`ALIASES`; None when it names none.

    >>> unit_of("㎡").symbol
    '平方米'
    """
    symbol = normalise(text).replace(" ", "")
    symbol = ALIASES.get(symbol, symbol)
    return UNITS.get(symbol)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number with its unit. ``decimals`` are those it was printed with (None: not printed)."""

    value: Decimal
    unit: Unit | None
    decimals: int | None = None
    approximate: bool = False

    @property
    def base(self) -> Decimal:
        """The value in base units of its dimension (money: fen; ratio: 1 = 100 %)."""
        return self.value * self.unit.factor if self.unit else self.value

    def to(self, unit: Unit) -> Quantity:
        """The same quantity in another unit of the same dimension.

        Raises:
            ValueError: the dimensions differ, or this quantity has no unit.
        """
        if self.unit is None or self.unit.dimension != unit.dimension:
            raise ValueError(f"{self} cannot be expressed in {unit}")
        return Quantity(self.base / unit.factor, unit, None, self.approximate)

    def comparable(self, other: Quantity) -> bool:
        """Whether the two may be compared: same dimension, or one of them is a bare number."""
        if self.unit is None or other.unit is None:
            return True
        return self.unit.dimension == other.unit.dimension

    def __str__(self) -> str:
        return f"{plain(self.value)}{self.unit or ''}"


#: Longest first, so that 万平方米 wins over 万.
_BY_LENGTH = sorted({*UNITS, *ALIASES} - {"fen", "s"}, key=len, reverse=True)


def split_unit(text: str) -> tuple[Unit | None, str]:
    """The unit at the start of ``text`` and what follows it.

    >>> split_unit("户以上")[1]
    '以上'
    """
    text = normalise(text)
    for symbol in _BY_LENGTH:
        if text.startswith(symbol):
            return unit_of(symbol), text[len(symbol) :].strip()
    return None, text


def parse_quantity(text: str) -> tuple[Quantity, str] | None:
    """The quantity at the start of ``text`` and the words after it; None when there is no number.

    >>> str(parse_quantity("300万平方米")[0])
    '300万平方米'
    >>> str(parse_quantity("1.63亿元")[0])
    '1.63亿元'
    """
    printed = parse_printed(text)
    if printed is None:
        return None
    if printed.scale:
        # "922.45万元" stays 922.45 in 万元 and keeps its two printed decimals; a bare "116.29万" is money.
        bare, rest = split_unit(printed.rest)
        scaled = UNITS.get(printed.scale + (bare.symbol if bare else "元"))
        if scaled is not None:
            return Quantity(printed.digits, scaled, printed.decimals, printed.approximate), rest
    unit, rest = split_unit(printed.rest)
    return Quantity(printed.value, unit, printed.decimals, printed.approximate), rest
