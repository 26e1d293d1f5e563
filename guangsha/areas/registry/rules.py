"""What must be true of persons and households; no database.

Source: GB 11643-1999 (identity number, birth date and sex in it), 民法典 §17-18 (18 years), operations.md W1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from guangsha.kernel.errors import InputError
from guangsha.kernel.identity import check_bank_card, check_resident_number

ADULT_YEARS = 18
HOUSEHOLD_MAX = 20


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """What a resident identity number says: canonical writing, birth date, sex (GB/T 2261.1: 1 male, 2 female)."""

    number: str
    birth_date: date | None
    sex: str


def identity_facts(kind: str, number: str, *, on: date) -> IdentityFacts:
    """Check an identity number and read what it says.

    Raises:
        InputError: a resident number that cannot be one, or an empty number.
    """
    if kind not in ("resident", "hk_mo_tw"):
        text = "".join(number.split()).upper()
        if not 5 <= len(text) <= 30 or not text.isascii() or not text.isalnum():
            raise InputError(
                "证件号码应为 5 至 30 位字母或数字", where="证件号码", advice="请对照证件重新填写。"
            )
        return IdentityFacts(text, None, "0")
    checked = check_resident_number(number, on=on)
    if not checked:
        raise InputError(checked.fault, where="身份证号", advice="请对照身份证重新填写。")
    born = date(int(checked.number[6:10]), int(checked.number[10:12]), int(checked.number[12:14]))
    return IdentityFacts(checked.number, born, "1" if int(checked.number[16]) % 2 else "2")


def age_on(born: date, day: date) -> int:
    """Full years: one more on the birthday itself (born on 29 February: on 1 March in common years)."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def name_key(name: str) -> str:
    """Pinyin without tones and spaces, lower case: how a name is found by sound.

    >>> name_key("欧阳小明")
    'ouyangxiaoming'
    """
    # reading its words is a fifth of what a command takes to start, and most commands name nobody
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(name.strip(), style=Style.NORMAL)).lower().replace(" ", "")[:120]


def clean_name(name: str) -> str:
    """A name without stray spaces; the middle dot of long names in its standard form.

    Raises:
        InputError: empty, too long, or with characters that no name has.
    """
    text = " ".join(name.replace("•", "·").replace("．", "·").replace("・", "·").split())
    if not text:
        raise InputError("姓名没有填写", where="姓名", advice="请填写证件上的姓名。")
    if len(text) > 60:
        raise InputError("姓名超过 60 个字", where="姓名", advice="请填写证件上的姓名。")
    if any(letter.isdigit() or (not letter.isalpha() and letter not in "· -'") for letter in text):
        raise InputError(
            "姓名中有数字或符号", where="姓名", advice="请填写证件上的姓名，少数民族姓名可用间隔号“·”。"
        )
    return text


def clean_phone(phone: str) -> str:
    """A mainland mobile number of 11 digits; empty stays empty.

    Raises:
        InputError: anything else.
    """
    digits = "".join(letter for letter in phone if not letter.isspace() and letter != "-")
    if not digits:
        return ""
    if not (
        len(digits) == 11
        and digits.isdecimal()
        and digits.isascii()
        and digits[0] == "1"
        and digits[1] in "3456789"
    ):
        raise InputError(
            "手机号应为 11 位数字，以 13 至 19 开头", where="手机号", advice="请核对后重新填写。"
        )
    return digits


def clean_bank_account(account: str) -> str:
    """A personal bank card number; empty stays empty.

    Raises:
        InputError: wrong length or check digit.
    """
    if not account.strip():
        return ""
    checked = check_bank_card(account)
    if not checked:
        raise InputError(checked.fault, where="银行卡号", advice="请对照银行卡重新填写。")
    return checked.number


def membership_fault(
    relation: str, taken: Iterable[str], *, started_on: date, opened_on: date, today: date
) -> str:
    """Why a person cannot join a household with this relation; empty when they can."""
    relations = list(taken)
    if len(relations) >= HOUSEHOLD_MAX:
        return f"一户最多登记 {HOUSEHOLD_MAX} 名成员"
    if relation in ("self", "spouse") and relation in relations:
        return "这一户已经有" + ("申请人" if relation == "self" else "配偶")
    if started_on > today:
        return "加入日期晚于今天"
    if started_on < opened_on and relation == "self":
        return "申请人的加入日期早于建档日期"
    return ""
