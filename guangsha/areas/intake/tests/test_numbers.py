"""Numbers of what rooms keep: in order, one series per prefix, place and year, none lost when an act is taken back."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from guangsha.areas.intake.actions.numbers import yearly_number

DAY = date(2026, 11, 21)


@pytest.mark.django_db
def test_each_prefix_place_and_year_counts_for_itself() -> None:
    assert yearly_number("tenancy", "HT", "430699001", DAY) == "HT430699202600001"
    assert yearly_number("tenancy", "HT", "430699", DAY) == "HT430699202600002"
    others = [("HT", "430104", DAY), ("TT", "430699", DAY), ("HT", "430699", DAY.replace(year=2027))]
    assert {yearly_number("tenancy", *each)[-5:] for each in others} == {"00001"}


@pytest.mark.django_db
def test_an_act_that_is_taken_back_leaves_no_gap() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        yearly_number("stock", "KF", "430699", DAY)
        raise ZeroDivisionError
    assert yearly_number("stock", "KF", "430699", DAY) == "KF430699202600001"
