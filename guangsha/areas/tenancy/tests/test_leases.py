"""Leases as the database keeps them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.tests.builders import active_lease
from guangsha.audit.kept import Kept
from guangsha.testing.cast import Cast


@pytest.mark.django_db
def test_a_dwelling_is_let_once(cast: Cast) -> None:
    lease = active_lease(cast)
    with pytest.raises(IntegrityError, match="dwelling"), transaction.atomic():
        active_lease(cast, number="HT2", dwelling=lease.dwelling)


@pytest.mark.django_db
def test_the_database_keeps_the_last_key_of_a_household(cast: Cast) -> None:
    lease = active_lease(cast)
    key = lease.grants.get()
    ways_out: list[dict[str, object]] = [
        {"state": "stopped"}, {"state": "expired"}, {"lasting": False}, {"kind": "phone", "lasting": False},
    ]  # fmt: skip
    for columns in ways_out:
        with pytest.raises(IntegrityError, match="lock-out"), transaction.atomic():
            AccessGrant.objects.filter(pk=key.pk).update(**columns)
    with pytest.raises(Kept):
        AccessGrant.objects.filter(pk=key.pk).delete()
    for columns in ({"court_title": "（2026）湘执1号"}, {"end_reason": "renewed"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Lease.objects.filter(pk=lease.pk).update(**columns)
    card = AccessGrant.objects.create(
        lease=lease, person=lease.tenant, kind="card", lasting=True, state="active", reason="replacement", asked_at=timezone.now()
    )  # fmt: skip
    AccessGrant.objects.filter(pk=key.pk).update(state="stopped")
    with pytest.raises(IntegrityError, match="lock-out"), transaction.atomic():
        AccessGrant.objects.filter(pk=card.pk).update(state="stopped")
    Lease.objects.filter(pk=lease.pk).update(handed_back_on=timezone.localdate())
    AccessGrant.objects.filter(pk=card.pk).update(state="stopped")
    with pytest.raises(IntegrityError, match="lock-out"), transaction.atomic():
        Lease.objects.filter(pk=lease.pk).update(handed_back_on=None)
