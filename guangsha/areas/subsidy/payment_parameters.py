"""What a place sets about paying: limits, shares and days, with their sources in ``parameters/<region>/subsidy/``."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency
from guangsha.policy.parameter_files import book_of


def number_of(key: str, agency: Agency, on: date) -> Fraction | None:
    """A number that the place of an agency has set, in base units (fen), or None where it has not.

    Raises:
        InputError: it is no number.
    """
    if book_of().find(key, agency.region_code[:6], on) is None:
        return None
    return needed_number(key, agency, on)


def needed_number(key: str, agency: Agency, on: date) -> Fraction:
    """A number that the place of an agency must have set.

    Raises:
        RuleMissing: it has not; names the file to fill.
        InputError: it is no number.
    """
    value = book_of().get(key, agency.region_code[:6], on)
    amount = value.at(None)
    if not isinstance(amount, Fraction):
        raise InputError(f"参数“{value.declared.title}”不是数", advice="请更正参数文件。")
    return amount


def whole_number(key: str, agency: Agency, on: date) -> int | None:
    """The same as a whole number (fen, days, months); a part of one does not count."""
    found = number_of(key, agency, on)
    return None if found is None else int(found)
