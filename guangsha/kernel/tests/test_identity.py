"""Identity numbers. All numbers are the examples of the standards or made for this test."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.kernel.identity import (
    _ORGANISATION_ALPHABET,
    check_bank_card,
    check_organisation_code,
    check_resident_number,
    organisation_check_character,
    resident_check_digit,
)  # fmt: skip

TODAY = date(2026, 11, 20)


def test_accepts_the_example_of_the_standard() -> None:
    assert check_resident_number("11010519491231002X", on=TODAY)
    assert check_resident_number("１１０１０５ 19491231 002x", on=TODAY).number == "11010519491231002X"
    assert check_organisation_code("91350100M000100Y43")


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("11010519491231002", "18 位"),
        ("110105194912310021", "校验码"),
        ("110105194913310020", "出生日期"),
        ("110105190002290024", "出生日期"),
        ("110105204912310020", "晚于今天"),
        ("00010519491231002X", "省级代码"),
    ],
)
def test_says_what_is_wrong_with_a_resident_number(number: str, word: str) -> None:
    checked = check_resident_number(number, on=TODAY)
    assert not checked
    assert word in checked.fault


@given(st.integers(0, 10**17 - 1), st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_of_a_resident_number_is_caught(body: int, place: int, shift: int) -> None:
    digits = f"{body:017d}"
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    assert resident_check_digit(digits) != resident_check_digit(wrong)


@given(st.text(_ORGANISATION_ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 30))
def test_every_single_wrong_character_of_an_organisation_code_is_caught(
    body: str, place: int, shift: int
) -> None:
    index = (_ORGANISATION_ALPHABET.index(body[place]) + shift) % 31
    wrong = body[:place] + _ORGANISATION_ALPHABET[index] + body[place + 1 :]
    assert organisation_check_character(body) != organisation_check_character(wrong)


def test_a_remainder_of_31_is_written_as_zero() -> None:
    # The weighted sum of zeros is 0, so 31 - 0 = 31, which GB 32100 writes as 0.
    assert organisation_check_character("0" * 17) == "0"


def test_refuses_letters_that_the_standard_leaves_out() -> None:
    assert "I、O、S、V、Z" in check_organisation_code("9135010OM000100Y43").fault


def test_checks_bank_cards_by_luhn() -> None:
    assert check_bank_card("4111111111111111")
    assert not check_bank_card("4111111111111112")
    assert "12 至 19 位" in check_bank_card("41111").fault


@given(st.text(max_size=40))
def test_never_fails_on_any_text(text: str) -> None:
    check_resident_number(text, on=TODAY)
    check_organisation_code(text)
    check_bank_card(text)
