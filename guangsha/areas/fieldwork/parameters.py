"""What a place sets about repairs and hazards, with its sources in ``parameters/<region>/fieldwork/``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency
from guangsha.policy.parameter_files import book_of
from guangsha.policy.repair_items import REPAIR_ITEMS


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one item on a day, and where it stands."""

    code: str
    name: str
    unit: str
    kind: str
    fen: int
    citation: str


def region_of(agency: Agency) -> str:
    """The place whose parameters an agency follows."""
    return agency.region_code[:6]


def whole(key: str, agency: Agency, on: date) -> int:
    """A parameter in whole units: fen, days, hours.

    Raises:
        RuleMissing: the place has not set it; names the file to fill.
        InputError: it is no whole number.
    """
    value = book_of().get(key, region_of(agency), on)
    amount = value.at(None)
    if not isinstance(amount, Fraction) or amount.denominator != 1:
        raise InputError(f"参数“{value.declared.title}”应为整数", advice="请更正参数文件。")
    return int(amount)


def whole_or_none(key: str, agency: Agency, on: date) -> int | None:
    """The same where a place may leave it unset: None there.

    Raises:
        InputError: it is no whole number.
    """
    return whole(key, agency, on) if book_of().find(key, region_of(agency), on) else None


def choice(key: str, agency: Agency, on: date) -> str:
    """A parameter that names one of several ways."""
    return str(book_of().get(key, region_of(agency), on).at(None))


def price_list(agency: Agency, on: date) -> list[Price]:
    """Every item that the place has priced, in the order of the list.

    Raises:
        RuleMissing: the place has no price list; names the file to fill.
    """
    value = book_of().get("repair_price", region_of(agency), on)
    priced = value.amount if isinstance(value.amount, dict) else {}
    return [
        Price(code, item.name, item.unit, item.kind, int(fen), str(value.citation))
        for code, item in REPAIR_ITEMS.items()
        if isinstance(fen := priced.get(code), Fraction)
    ]


def price_of(agency: Agency, code: str, on: date) -> Price:
    """The price of one item.

    Raises:
        InputError: it is not on the list.
    """
    for price in price_list(agency, on):
        if price.code == code:
            return price
    raise InputError("价目表中没有这一项", where="项目", advice="请从列表中选择。")
