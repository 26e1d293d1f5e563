"""Names, numbers, ages and memberships, without a database."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.registry.rules import (
    age_on,
    clean_name,
    clean_phone,
    identity_facts,
    membership_fault,
    name_key,
)
from guangsha.kernel.errors import InputError
from guangsha.kernel.identity import resident_check_digit

TODAY = date(2026, 11, 21)


def test_an_identity_number_says_birth_date_and_sex() -> None:
    facts = identity_facts("resident", "11010519491231002x", on=TODAY)
    assert (facts.number, facts.birth_date, facts.sex) == ("11010519491231002X", date(1949, 12, 31), "2")


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 999))
def test_every_well_formed_number_is_read_back(born: date, serial: int) -> None:
    first = f"430602{born:%Y%m%d}{serial:03d}"
    facts = identity_facts("resident", first + resident_check_digit(first), on=TODAY)
    assert facts.birth_date == born
    assert facts.sex == ("1" if serial % 2 else "2")


@pytest.mark.parametrize("number", ["", "1234", "110105194912310021", "11010520991231002X", "一二三四五"])
def test_a_number_that_cannot_be_is_refused_in_words(number: str) -> None:
    with pytest.raises(InputError, match="身份证号"):
        identity_facts("resident", number, on=TODAY)


def test_a_birthday_counts_from_the_day_itself() -> None:
    assert age_on(date(2008, 11, 21), TODAY) == 18
    assert age_on(date(2008, 11, 22), TODAY) == 17
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_long_names_and_middle_dots_are_kept() -> None:
    assert clean_name(" 阿卜杜拉•买买提 ") == "阿卜杜拉·买买提"
    assert clean_name("𠮷野") == "𠮷野"
    assert name_key("李建国") == "lijianguo"
    for wrong in ("", "张3", "张<b>", "张" * 61):
        with pytest.raises(InputError):
            clean_name(wrong)


def test_phones_are_eleven_digits() -> None:
    assert clean_phone("138 0013 8000") == "13800138000"
    assert clean_phone("") == ""
    for wrong in ("12345678901", "1380013800", "１３８００１３８０００", "030-8758"):
        with pytest.raises(InputError):
            clean_phone(wrong)


def test_a_household_has_one_applicant_and_one_spouse() -> None:
    opened = date(2026, 1, 1)
    joined = {"started_on": opened, "opened_on": opened, "today": TODAY}
    assert membership_fault("spouse", ["self"], **joined) == ""
    assert "配偶" in membership_fault("spouse", ["self", "spouse"], **joined)
    assert "申请人" in membership_fault("self", ["self"], **joined)
    assert "最多" in membership_fault("child", ["child"] * 20, **joined)
    assert "晚于今天" in membership_fault(
        "child", ["self"], started_on=date(2027, 1, 1), opened_on=opened, today=TODAY
    )
