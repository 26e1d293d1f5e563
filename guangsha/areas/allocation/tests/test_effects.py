"""What cases decide becomes entries of the list and registrations: once, in order, and only when nothing is in the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.actions.effects import LISTED, REGISTERED
from guangsha.areas.allocation.models import EntryChange, Registration, WaitlistEntry
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.areas.intake.models import Case, Hook
from guangsha.areas.intake.tests import builders as cases
from guangsha.areas.registry.models import Household, Person
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def granted(cast: Cast, service: str, effect: str, answers: dict[str, Any]) -> Hook:
    """An approved case as far as its event: the decision is the case engine's affair, tested there."""
    person, now, count = Person.objects.get(pk=cast.applicant.person_id), timezone.now(), Case.objects.count()
    case = Case.objects.create(
        number=f"43069901202601050000{count:02d}", key=f"00000000-0000-4000-8000-{count:012d}", service=service, service_version="1",
        agency=cast.district, community=cast.communities[0], applicant=person, account=cast.applicant, channel="online", label="李*国",
        household=Household.objects.filter(memberships__person=person, memberships__ended_on=None).first(), answers=answers,
        state="effective", submitted_at=now, decided_at=now,
    )  # fmt: skip
    return event(case, effect, "granted", "approved")


def event(case: Case, effect: str, kind: str, outcome: str) -> Hook:
    return Hook.objects.create(
        case=case,
        effect=effect,
        number=case.hooks.count() + 1,
        event=kind,
        made_at=timezone.now(),
        payload={"outcome": outcome},
    )


def qualified(cast: Cast) -> Hook:
    """An approved qualification of a grandfather on 低保 and his grandchild."""
    given = cases.answers(cast)
    return granted(cast, "elig_apply", LISTED, {
        "applicant": given["applicant"], "members": [{**given["members"][0], "monthly_income": 0}], "homes": [],
        "income": {"monthly_income": 60_000, "flexible_work": False, "deposits": 500_000, "has_vehicle": False, "has_company": False},
        "status": {"special": ["minimum_living"]},
    })  # fmt: skip


def wish(cast: Cast, plan: str, queue: str = "B") -> Hook:
    return granted(cast, "draw_select", REGISTERED, {
        "wish": {"certificate": "x", "plan": plan, "queue": queue, "members": 2, "proxy": "member", "proxy_name": "李小宝"},
    })  # fmt: skip


def test_an_approved_qualification_opens_the_file_and_is_listed_once(cast: Cast) -> None:
    hook = qualified(cast)
    actions.take_effects(timezone.now())
    actions.take_effects(timezone.now())
    entry = WaitlistEntry.objects.get()
    assert (entry.members, entry.layout, entry.tier, entry.grounds) == (2, "B", 1, ["minimum_living"])
    assert entry.listed_on == timezone.localdate(hook.case.decided_at)
    assert entry.certificate_until is not None and entry.certificate_until > entry.listed_on
    qualified(cast)  # renewed a year later
    actions.take_effects(timezone.now())
    renewed = WaitlistEntry.objects.get()
    assert (renewed.listed_on, renewed.number) == (entry.listed_on, entry.number)
    assert renewed.case_id != entry.case_id


def test_a_revoked_qualification_only_proposes_to_leave_the_list(cast: Cast) -> None:
    hook = qualified(cast)
    actions.take_effects(timezone.now())
    event(hook.case, LISTED, "revoked", "revoked")
    actions.take_effects(timezone.now())
    assert WaitlistEntry.objects.get().state == "waiting"
    assert (EntryChange.objects.get().kind, EntryChange.objects.get().state) == ("remove", "hearing")


def test_a_registration_filed_online_is_taken_and_what_is_wrong_waits_with_its_reason(
    cast: Cast, hall: Hall
) -> None:
    qualified(cast)
    actions.take_effects(timezone.now())
    plan = hall.plan(1, layout="B")
    unknown, other = wish(cast, "PZ0"), wish(cast, plan.number, "A")
    good = wish(cast, plan.number)
    actions.take_effects(timezone.now())
    one = Registration.objects.get()
    assert (one.case_id, one.channel, one.layout, one.proxy_name) == (good.case_id, "case", "B", "李小宝")
    unknown.refresh_from_db()
    other.refresh_from_db()
    assert "没有编号为 PZ0" in unknown.hindrance
    assert "户型组别" in other.hindrance
