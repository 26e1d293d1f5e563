"""A decided case of 维修报修 becomes an order with its photographs, once."""

from __future__ import annotations

import pytest
from django.utils import timezone

from guangsha.areas.fieldwork import charges
from guangsha.areas.fieldwork.actions.effects import carry_out, take_effects
from guangsha.areas.fieldwork.actions.work import close, confirm_work
from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.fieldwork.tests.builders import Site, picture
from guangsha.areas.intake import actions as intake
from guangsha.areas.intake.models import Case, Hook, Material
from guangsha.areas.intake.tests import builders
from guangsha.areas.rent.actions.leases import open_account
from guangsha.areas.rent.models import Bill
from guangsha.areas.rent.tests.builders import Office
from guangsha.audit.actor import CLOCK
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db

ANSWERS = {
    "fault": {"address": "湖滨区洞庭路 1 号", "kind": "water", "urgent": True, "text": "厨房水管漏水", "visit": "随时"},
}  # fmt: skip


def decided(cast: Cast) -> Case:
    """A case as it stands when it was decided: its answers, and the event that waits."""
    case = builders.submitted(cast, members=[])
    answers = {**case.answers, **ANSWERS}
    Case.objects.filter(pk=case.pk).update(
        service="repair", state="approved", answers=answers, decided_at=timezone.now()
    )
    case = Case.objects.get(pk=case.pk)
    Hook.objects.create(
        case=case,
        effect="repairs.order",
        number=1,
        event="granted",
        payload={"outcome": "approved"},
        made_at=timezone.now(),
    )
    return case


def test_a_decided_case_becomes_an_order_once(cast: Cast) -> None:
    case = decided(cast)
    draft = intake.save_draft(cast.actor("applicant"), "repair", {})
    made = intake.attach_material(cast.actor("applicant"), "photo", "漏水.png", picture(), draft_id=draft.pk)
    Material.objects.filter(pk=made.pk).update(case=case, draft=None)
    assert take_effects(timezone.now()) == "办理 1 件"
    assert carry_out(CLOCK, Hook.objects.get().pk) == 0
    order = RepairOrder.objects.get(case=case)
    assert (order.kind, order.urgent, order.channel, order.agency_id) == (
        "water",
        True,
        "case",
        cast.district.pk,
    )
    assert order.reported_at == case.submitted_at
    assert order.photos.count() == 1


def test_a_share_without_a_rent_account_waits_and_is_said(cast: Cast) -> None:
    order = Site(cast).done(("door_lock", "1"), cause="misuse")
    assert order.signed_at is not None and order.charged_at is None
    assert charges.bill_of_lease(CLOCK, order, order.tenant_fen) is False


def test_a_signed_share_is_billed_under_the_lease_once(cast: Cast) -> None:
    site = Site(cast)
    Office(cast)  # opens the accounts in which rent is booked
    open_account(CLOCK, site.lease, site.lease.starts_on)
    order = site.done(("door_lock", "1"), cause="misuse", signed=False)
    found = Bill.objects.filter(account__lease=site.lease, item="compensation")
    assert not found.exists()
    confirm_work(site.tenant, order.number)
    close(site.inspector, order.number, order.version + 1)
    assert [bill.net_fen for bill in found] == [12_000]
