"""Identity numbers with a check digit: residents (GB 11643), organisations (GB 32100), bank cards (Luhn).

Each check answers with a :class:`CheckedNumber`; what is wrong is said in Chinese, never raised, because a wrong
number on a form is user data, not a fault of the program.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from guangsha.kernel.numbers import normalise

#: GB 11643-1999 §4.2.2: weights of the first 17 digits and the check characters by remainder modulo 11.
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"

#: GB 32100-2015 §4.5: the 31 characters without I, O, S, V, Z and their weights 3^i mod 31.
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """A number in canonical writing and what is wrong with it (empty: nothing)."""

    number: str
    fault: str

    def __bool__(self) -> bool:
        return not self.fault


def _canonical(text: str) -> str:
    return re.sub(r"[\s-]", "", normalise(text)).upper()


def resident_check_digit(first17: str) -> str:
    """The 18th character of a resident identity number from its first 17 digits (ISO 7064 MOD 11-2).

    >>> resident_check_digit("11010519491231002")
    'X'
    """
    total = sum(int(digit) * weight for digit, weight in zip(first17, _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECKS[total % 11]


def check_resident_number(text: str, *, on: date) -> CheckedNumber:
    """A resident identity number (公民身份号码, GB 11643-1999): 18 characters, a real birth date, a right check digit.

    Args:
        text: as typed; spaces, hyphens and full-width characters are tolerated.
        on: the day of the check; a birth date after it is refused.
    """
    number = _canonical(text)
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return CheckedNumber(number, "身份证号应为 18 位，前 17 位是数字，末位是数字或 X")
    if number[0] == "0" or number[:2] in ("00", "99"):
        return CheckedNumber(number, "身份证号前两位不是有效的省级代码")
    born = _birth_date(number)
    if born is None:
        return CheckedNumber(number, "身份证号第 7 至 14 位不是有效的出生日期")
    if born > on:
        return CheckedNumber(number, "身份证号中的出生日期晚于今天")
    if resident_check_digit(number[:17]) != number[17]:
        return CheckedNumber(number, "身份证号校验码不对，请逐位核对")
    return CheckedNumber(number, "")


def _birth_date(number: str) -> date | None:
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    if year < 1850 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return date(year, month, day)


def organisation_check_character(first17: str) -> str:
    """The 18th character of a unified social credit code from its first 17 (GB 32100-2015 §4.5).

    The standard computes 31 - (sum mod 31); a result of 31 is written as 0.

    >>> organisation_check_character("91350100M000100Y4")
    '3'
    """
    total = sum(
        _ORGANISATION_ALPHABET.index(character) * weight
        for character, weight in zip(first17, _ORGANISATION_WEIGHTS, strict=True)
    )
    return _ORGANISATION_ALPHABET[(31 - total % 31) % 31]


def check_organisation_code(text: str) -> CheckedNumber:
    """A unified social credit code (统一社会信用代码, GB 32100-2015)."""
    code = _canonical(text)
    if not re.fullmatch(rf"[{_ORGANISATION_ALPHABET}]{{18}}", code):
        return CheckedNumber(code, "统一社会信用代码应为 18 位数字或大写字母，且不含 I、O、S、V、Z")
    if not code[2:8].isdigit():
        return CheckedNumber(code, "统一社会信用代码第 3 至 8 位应为登记机关行政区划码（数字）")
    if organisation_check_character(code[:17]) != code[17]:
        return CheckedNumber(code, "统一社会信用代码校验码不对，请逐位核对")
    return CheckedNumber(code, "")


def check_bank_card(text: str) -> CheckedNumber:
    """A bank card number: 12 to 19 digits with a right Luhn check digit (GB/T 15694.1, annex B)."""
    number = _canonical(text)
    if not re.fullmatch(r"\d{12,19}", number):
        return CheckedNumber(number, "银行卡号应为 12 至 19 位数字")
    doubled = [int(d) if i % 2 == 0 else sum(divmod(int(d) * 2, 10)) for i, d in enumerate(reversed(number))]
    if sum(doubled) % 10 != 0:
        return CheckedNumber(number, "银行卡号校验码不对，请逐位核对")
    return CheckedNumber(number, "")
