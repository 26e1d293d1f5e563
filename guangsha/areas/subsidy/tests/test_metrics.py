"""The figures of payments: households and money that arrived, against the plan, in time; the books say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from django.utils import timezone

from guangsha.areas.subsidy.models import Batch, Item
from guangsha.areas.subsidy.tests.builders import Clock, House
from guangsha.facts.metrics import READERS, Measured, Scope, compute

pytestmark = pytest.mark.django_db


def measured(house: House, name: str, year: int = 2026, **parameters: str) -> Measured:
    # PostgreSQL posts by its own clock, which the test's does not move
    as_of = timezone.now() if not name.startswith("ledger.") else datetime(2099, 1, 1, tzinfo=UTC)
    return compute(name, Scope(frozenset({house.cast.district.pk}), year, as_of, parameters))


@pytest.fixture
def batches(house: House, clock: Clock) -> list[Batch]:
    """Two households: one paid for February and March, one for February; in March."""
    both = [house.active(), house.active()]
    for month in (202602, 202603):
        clock.at(f"{month // 100}-{month % 100:02d}-06")
        house.months(month)
    clock.at("2026-03-20")
    return [house.paid(both[0], 202602, 202603), house.paid(both[1], 202602)]


def test_what_arrived_is_counted_once_for_a_household_and_summed_to_the_fen(
    house: House, batches: list[Batch]
) -> None:
    items = Item.objects.all()
    total = sum(item.amount_fen for item in items)
    assert measured(house, "subsidy.households_paid").value == 2
    assert measured(house, "subsidy.amount_paid").value == total > 0
    assert sum(record.amount for record in measured(house, "subsidy.households_paid").records) == total
    assert measured(house, "subsidy.completion", planned="4").value == 50
    assert measured(house, "subsidy.completed_year").value == 2026
    assert measured(house, "subsidy.amount_paid", 2025).value == 0


def test_the_books_hold_what_the_bank_paid(house: House, batches: list[Batch]) -> None:
    paid = measured(house, "subsidy.amount_paid").value
    assert measured(house, "ledger.executed").value == paid
    assert measured(house, "ledger.executed", functional="2210107", nature="project").value == paid


def test_in_time_is_before_the_end_of_the_month_of_the_batch(house: House, batches: list[Batch]) -> None:
    # the batch of February was paid in March, the one of both months belongs to March
    assert measured(house, "subsidy.timeliness").value == Fraction(200, 3)


def test_a_payment_that_came_back_counts_nowhere_but_in_the_rate_of_returns(
    house: House, batches: list[Batch]
) -> None:
    before = measured(house, "subsidy.amount_paid").value
    item = Item.objects.filter(batch=batches[1]).get()
    Item.objects.filter(pk=item.pk).update(state="returned")
    assert measured(house, "subsidy.households_paid").value == 1
    assert measured(house, "subsidy.amount_paid").value == before - item.amount_fen  # type: ignore[operator]
    assert measured(house, "subsidy.returned").value == Fraction(100, 3)
    assert measured(house, "subsidy.recovered").value == 0


def test_rows_are_masked_and_lead_to_the_file_for_those_who_may(house: House, batches: list[Batch]) -> None:
    records = measured(house, "subsidy.amount_paid").records
    keys = [record.key for record in records]
    shown = READERS["subsidy.item"].read(house.accountant, keys)
    assert len(shown) == 3 and all(row.page == "office-household" for row in shown.values())
    cells = next(iter(shown.values())).cells
    assert "某*" in cells and "6222" not in cells
    assert READERS["subsidy.item"].read(house.far, keys) == {}
    homes = [record.key for record in measured(house, "subsidy.households_paid").records]
    assert len(READERS["registry.household"].read(house.accountant, homes)) == 2
    assert READERS["registry.household"].read(house.far, homes) == {}
    nobody = replace(house.accountant, kind="citizen", person_id=0)
    assert READERS["subsidy.item"].read(nobody, keys) == {}
