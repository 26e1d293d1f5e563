"""Many rows changed at once hold what their objects hold, and nothing that is sealed goes that way."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guangsha.people.changed_rows import save_columns
from guangsha.people.models import Account, Appointment
from guangsha.testing.cast import Cast


def test_each_row_gets_its_own_values_and_the_others_stay(cast: Cast) -> None:
    first, second, other = Appointment.objects.order_by("pk")[:3]
    before = (other.role, other.ended_on)
    first.ended_on, first.role = date(2090, 3, 1), "auditor"
    second.ended_on, second.role = None, "accountant"
    with CaptureQueriesContext(connection) as asked:
        save_columns([first, second], ["ended_on", "role"])
    assert len(asked) == 1
    found = Appointment.objects.in_bulk([first.pk, second.pk, other.pk])
    assert [(found[one.pk].ended_on, found[one.pk].role) for one in (first, second)] == [
        (date(2090, 3, 1), "auditor"),
        (None, "accountant"),
    ]
    assert (found[other.pk].role, found[other.pk].ended_on) == before
    save_columns([], ["role"])


def test_a_sealed_column_is_refused(cast: Cast) -> None:
    with pytest.raises(TypeError, match="phone"):
        save_columns([Account.objects.all()[0]], ["phone"])
