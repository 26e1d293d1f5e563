"""Leases as the database keeps them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from guangsha.areas.tenancy.models import Lease, Occupant
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.tests.builders import active_lease
from guangsha.audit.kept import Kept
from guangsha.privacy.models import Removal
from guangsha.privacy.retention import run_retention
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


def raw(*statements: str) -> None:
    """Somebody at the database's own prompt; what is only checked at the end is checked before it counts as done."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.check_constraints()


@pytest.mark.django_db
def test_nobody_removes_a_credential_while_the_lease_lasts(cast: Cast) -> None:
    lease = active_lease(cast)
    key = lease.grants.get()
    AccessGrant.objects.create(
        lease=lease, person=lease.tenant, kind="card", lasting=True, state="stopped", reason="member", asked_at=timezone.now()
    )  # fmt: skip
    columns = ", ".join(column.column for column in AccessGrant._meta.concrete_fields)
    otherwise = columns.replace("lasting", "NOT lasting")
    gone, all_gone = f"DELETE FROM tenancy_lease WHERE id = {lease.pk}", "DELETE FROM tenancy_accessgrant"
    ways = [
        [all_gone],
        [gone],
        [gone, all_gone],
    ]  # a stopped one stays beside the key too: who held which is history
    if connection.vendor == "postgresql":
        raw(
            "SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"
        )  # what the rows above left to be checked
        ways += [["TRUNCATE tenancy_accessgrant CASCADE"], ["TRUNCATE tenancy_lease CASCADE"]]
    else:
        ways += [
            [f"INSERT OR REPLACE INTO tenancy_accessgrant ({columns}) SELECT {otherwise} FROM tenancy_accessgrant"],
            [f"UPDATE OR REPLACE tenancy_accessgrant SET id = {key.pk} WHERE id <> {key.pk}"],
        ]  # fmt: skip
    for way in ways:
        with pytest.raises(IntegrityError, match="tenancy:kept"):
            raw(*way)
    with pytest.raises(IntegrityError, match="tenancy:kept"), transaction.atomic():
        key.delete()
    with pytest.raises(ProtectedError):
        lease.delete()
    for remove in (lease.tenant.delete, lease.dwelling.delete, lease.household.delete):
        with pytest.raises(ProtectedError):
            remove()
    assert lease.grants.count() == 2


@pytest.mark.django_db
def test_visitors_credentials_go_half_a_year_after_the_lease_and_only_then(cast: Cast) -> None:
    lease, today = active_lease(cast), timezone.localdate()
    card = AccessGrant.objects.create(
        lease=lease, person=lease.tenant, kind="card", lasting=False, state="expired", reason="temporary", asked_at=timezone.now(),
        expires_on=today - timedelta(days=900),
    )  # fmt: skip
    now = timezone.now()
    run_retention(now)
    assert lease.grants.count() == 2, "the lease lasts"
    Occupant.objects.filter(lease=lease).update(until=today)
    Lease.objects.filter(pk=lease.pk).update(
        state="ended", end_reason="own_wish", handed_back_on=today, ended_on=today - timedelta(days=150)
    )
    run_retention(now)
    assert lease.grants.count() == 2, "half a year is not over"
    run_retention(now + timedelta(days=40))
    assert not AccessGrant.objects.filter(pk=card.pk).exists()
    assert lease.grants.get().kind == "key", "what the household itself held stays with its file"
    assert Removal.objects.get(rule="tenancy.visitors").count == 1
