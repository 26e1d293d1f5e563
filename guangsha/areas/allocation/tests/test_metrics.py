"""The figures of the list and of sessions: who waits, who was housed after how long, what was given again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.models import WaitlistEntry
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.areas.stock.models import DwellingEvent
from guangsha.facts.metrics import Measured, Scope, compute

pytestmark = pytest.mark.django_db


def test_the_year_of_a_list_with_two_signed_and_one_housed(hall: Hall) -> None:
    now, today = timezone.now(), timezone.localdate()

    def measured(name: str, year: int = today.year) -> Measured:
        return compute(
            f"allocation.{name}", Scope(frozenset({hall.cast.district.pk}), year, timezone.now(), {})
        )

    plan, families = hall.session(3, 2)
    first, second = hall.signed(plan), hall.signed(plan)
    WaitlistEntry.objects.filter(pk=first.waitlist_entry_id).update(listed_on=today - timedelta(days=400))
    actions.housed(hall.officer, first.waitlist_entry_id, "ZY1")
    WaitlistEntry.objects.filter(pk=second.waitlist_entry_id).update(listed_on=today)
    DwellingEvent.objects.create(
        dwelling_id=second.dwelling_id,
        number=9,
        before="let",
        after="checking",
        on=today,
        reason="退租",
        made_at=now,
    )
    assert len(families) == 3
    assert measured("waiting").value == 2
    assert (measured("housed").value, measured("waiting_months").value) == (1, 13)
    assert (measured("drawn").value, measured("relet").value, measured("drawn", today.year - 1).value) == (
        2,
        1,
        0,
    )
    assert measured("certificates").value == 1
