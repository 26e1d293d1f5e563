"""The only way to the waiting list and to plans, for somebody who asks. Unknown and forbidden look the same; who must stay away
from a person (回避) does not see their entry."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from guangsha.areas.allocation.models import EntryChange, Plan, PlanDwelling, Registration, WaitlistEntry
from guangsha.areas.allocation.rules import READERS
from guangsha.areas.registry.models import Membership
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.recusal import kin_of


def _own(actor: Actor) -> Any:
    return Membership.objects.filter(person_id=actor.person_id, ended_on=None).values("household_id")


def entries_of(actor: Actor) -> QuerySet[WaitlistEntry]:
    """Every entry of the list that the actor may open: staff within their agencies, citizens those of their living household or
    applied for by themselves."""
    if actor.kind == "system":
        return WaitlistEntry.objects.all()
    if actor.kind == "citizen" and actor.person_id:
        return WaitlistEntry.objects.filter(household_id__in=_own(actor)) | WaitlistEntry.objects.filter(
            applicant_id=actor.person_id
        )
    if actor.kind == "staff" and actor.has(*READERS):
        reach = WaitlistEntry.objects.filter(agency_id__in=actor.reach(READERS))
        kin = kin_of(actor)
        if not kin:
            return reach
        near = Membership.objects.filter(person__identity_index__in=kin, ended_on=None).values("household_id")
        return reach.exclude(household_id__in=near).exclude(applicant__identity_index__in=kin)
    return WaitlistEntry.objects.none()


def access_entry(actor: Actor, number: str) -> WaitlistEntry:
    """The entry with this number.

    Raises:
        NotThere: no such entry, or not this actor's to see.
    """
    found = (
        entries_of(actor)
        .select_related("agency", "household", "household__head", "applicant", "case")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_change(actor: Actor, key: int) -> EntryChange:
    """A change of an entry that the actor may open."""
    found = EntryChange.objects.select_related("entry").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_entry(actor, found.entry.number)
    return found


def plans_of(actor: Actor) -> QuerySet[Plan]:
    """Every plan that the actor may open: staff within their agencies, citizens those that are announced."""
    if actor.kind == "system":
        return Plan.objects.all()
    if actor.kind == "citizen":
        return Plan.objects.exclude(state__in=("planned", "cancelled"))
    if actor.kind == "staff" and actor.has(*READERS):
        return Plan.objects.filter(agency_id__in=actor.reach(READERS))
    return Plan.objects.none()


def access_plan(actor: Actor, number: str) -> Plan:
    """The plan with this number.

    Raises:
        NotThere: no such plan, or not this actor's to see.
    """
    found = plans_of(actor).select_related("agency", "notice").filter(number=number).first()
    if found is None:
        raise NotThere
    return found


def registrations_of(actor: Actor) -> QuerySet[Registration]:
    """Every registration that the actor may open: of plans within reach, or of entries of their own."""
    if actor.kind == "system":
        return Registration.objects.all()
    if actor.kind == "citizen" and actor.person_id:
        return Registration.objects.filter(household_id__in=_own(actor)) | Registration.objects.filter(
            applicant_id=actor.person_id
        )
    if actor.kind == "staff" and actor.has(*READERS):
        reach = Registration.objects.filter(plan__agency_id__in=actor.reach(READERS))
        kin = kin_of(actor)
        if not kin:
            return reach
        near = Membership.objects.filter(person__identity_index__in=kin, ended_on=None).values("household_id")
        return reach.exclude(household_id__in=near).exclude(applicant__identity_index__in=kin)
    return Registration.objects.none()


def access_registration(actor: Actor, key: int) -> Registration:
    """A registration that the actor may open.

    Raises:
        NotThere: no such registration, or not this actor's to see.
    """
    found = (
        registrations_of(actor)
        .select_related("plan", "plan__agency", "waitlist_entry", "applicant", "household", "dwelling")
        .filter(pk=key)
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_offer(actor: Actor, key: int) -> PlanDwelling:
    """A dwelling of a plan that the actor may open."""
    found = PlanDwelling.objects.select_related("plan", "dwelling", "dwelling__estate").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_plan(actor, found.plan.number)
    return found
