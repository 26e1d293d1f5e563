"""The figures of leases: who lived there in a year, what was signed and ended."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone

from guangsha.areas.subsidy.tests.builders import Clock
from guangsha.areas.tenancy.models_exit import Violation
from guangsha.areas.tenancy.retention import named
from guangsha.areas.tenancy.tests.builders import House, active_lease
from guangsha.facts.metrics import Scope, compute

pytestmark = pytest.mark.django_db


def test_a_household_counts_in_the_years_in_which_it_lived_there(
    house: House, clock: Clock, told: Any
) -> None:
    now: dict[str, Any] = {"starts_on": date(2024, 5, 1)}
    living = active_lease(house.cast, number="L1", **now)
    left = active_lease(
        house.cast, number="L2", room="1-1-0102", state="ended", handed_back_on=date(2025, 6, 1), ended_on=date(2025, 6, 5),
        end_reason="own_wish", **now,
    )  # fmt: skip
    Violation.objects.create(
        number="V1", lease=living, kind="idle", signal="door", text="x", found_on=date(2026, 1, 1), state="remedied",
        closed_on=date(2026, 3, 1), made_at=timezone.now(),
    )  # fmt: skip

    def figure(name: str, year: int) -> Any:
        scope = Scope(frozenset({house.cast.district.pk}), year, timezone.now(), {})
        return compute(name, scope).value

    assert [figure("tenancy.households_living", year) for year in (2023, 2024, 2025, 2026)] == [0, 2, 2, 1]
    assert [figure("tenancy.leases_signed", year) for year in (2024, 2025)] == [2, 0]
    assert [figure("tenancy.leases_ended", year) for year in (2025, 2026)] == [1, 0]
    assert figure("tenancy.violations_remedied", 2026) == Fraction(100)
    left.refresh_from_db()
    assert named(["0" * 32]) == set()
