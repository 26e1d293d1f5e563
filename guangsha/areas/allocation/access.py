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
from guangsha.people.prepared import Prepared
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
    """Every plan that the actor may open: staff within their agencies, citizens those that are announced, keys both."""
    if actor.kind == "system":
        return Plan.objects.all()
    if actor.kind in ("citizen", "api"):
        announced = Plan.objects.exclude(state__in=("planned", "cancelled"))
        return announced if actor.kind == "citizen" else announced.filter(agency_id__in=actor.scope)
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
        return _of_person(actor.person_id)
    if actor.kind == "staff" and actor.has(*READERS):
        return _within(actor.reach(READERS), kin_of(actor))
    return Registration.objects.none()


def _of_person(person: int) -> QuerySet[Registration]:
    own = Membership.objects.filter(person_id=person, ended_on=None).values("household_id")
    return Registration.objects.filter(household_id__in=own) | Registration.objects.filter(
        applicant_id=person
    )


def _within(reach: frozenset[int], kin: frozenset[str]) -> QuerySet[Registration]:
    rows = Registration.objects.filter(plan__agency_id__in=reach)
    if not kin:
        return rows
    near = Membership.objects.filter(person__identity_index__in=kin, ended_on=None).values("household_id")
    return rows.exclude(household_id__in=near).exclude(applicant__identity_index__in=kin)


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


#: What a press in the room needs to know; everything else of these rows stays in the database.
_SEAT = (
    "entry_no", "layout", "session_state", "choosing_until", "order_number", "needs_low", "household_id", "waitlist_entry_id",
    "plan__number", "plan__agency_id", "plan__state", "plan__choose_minutes", "plan__lock_minutes", "plan__rules",
    "offer__unit_no", "offer__dwelling_id", "offer__state", "offer__lock_until", "offer__registration_id",
)  # fmt: skip


def _seat(rows: QuerySet[Registration], key: int) -> QuerySet[Registration]:
    return rows.filter(pk=key).select_related("plan", "offer").only(*_SEAT)


_SEAT_WITHIN = Prepared(lambda key, reach, kin: _seat(_within(reach, kin), key))
_SEAT_OF_PERSON = Prepared(lambda key, person: _seat(_of_person(person), key))


def access_seat(actor: Actor, key: int) -> Registration:
    """A registration that the actor may open, with its plan and the dwelling it has locked (``offer``): the few columns that a press
    in the room needs, by a query that is built once. Who must stay away from a family does not find it.

    Raises:
        NotThere: no such registration, or not this actor's to see.
    """
    found: Registration | None = None
    if actor.kind == "citizen" and actor.person_id:
        found = _SEAT_OF_PERSON.first(key, actor.person_id)
    elif actor.kind == "staff" and actor.has(*READERS):
        found = _SEAT_WITHIN.first(key, actor.reach(READERS), kin_of(actor))
    elif actor.kind == "system":
        found = _seat(Registration.objects.all(), key).first()
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
