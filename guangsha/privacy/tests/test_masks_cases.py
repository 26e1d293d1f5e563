"""The masking table, case by case, as an official reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guangsha.privacy import masks

CASES: dict[str, list[list[Any]]] = yaml.safe_load(
    Path(__file__).with_name("masks.yaml").read_text(encoding="utf-8")
)
SPANS = CASES.pop("sensitive_spans")


@pytest.mark.parametrize(
    ("name", "given_text", "expected"),
    [(name, case[:-1], case[-1]) for name, cases in CASES.items() for case in cases],
)
def test_a_value_is_masked_as_the_table_says(name: str, given_text: list[str], expected: str) -> None:
    assert getattr(masks, name)(*given_text) == expected


@pytest.mark.parametrize("case", SPANS)
def test_a_number_in_free_text_is_found_where_it_stands(case: list[Any]) -> None:
    text, *wanted = case
    found = [[span.kind, text[span.start : span.end]] for span in masks.sensitive_spans(text)]
    assert found == wanted


@given(st.text(max_size=40))
def test_no_text_breaks_a_mask_and_none_prints_a_whole_name(text: str) -> None:
    for mask in (masks.mask_name, masks.mask_name_public):
        masked = mask(text)
        assert not masked or "*" in masked
    for mask in (masks.mask_identity, masks.mask_phone, masks.mask_bank_account, masks.mask_identity_public):
        masked = mask(text)
        assert not masked or "*" in masked


@given(st.text(max_size=30), st.integers(13000000000, 19999999999), st.text(max_size=30))
def test_a_masked_text_holds_no_number_any_more(before: str, phone: int, after: str) -> None:
    text = f"{before}，{phone}，{after}"
    assert any(text[span.start : span.end].endswith(str(phone)) for span in masks.sensitive_spans(text))
    assert str(phone) not in masks.mask_text(text)
