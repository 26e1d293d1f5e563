"""The demo district's rent adds up, and what happened in its half-year can be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guangsha.areas.rent.models import Bill, Deposit, Receipt
from guangsha.areas.rent.models_after import CollectionDay
from guangsha.areas.rent.tests.builders import Clock, Office, proof
from guangsha.demo.rent import fill_rent


def test_half_a_year_of_the_demo_adds_up(office: Office, clock: Clock, settings: Any, tmp_path: Path) -> None:
    settings.GUANGSHA_BANK = tmp_path / "bank"
    clock.at("2026-11-20")
    for number in (1, 2, 3):
        office.lease("2026-07-10", number=number)
    fill_rent(office.cast, clock.now)  # type: ignore[arg-type] - the tests' cast has the same people
    assert Bill.objects.count() == 15 and Receipt.objects.count() > 10
    assert set(Deposit.objects.values_list("state", flat=True)) == {"held"}
    day = CollectionDay.objects.get()
    assert day.state == "checked" and day.differences == [] and day.bills_fen == day.bank_fen > 0
    proof()
