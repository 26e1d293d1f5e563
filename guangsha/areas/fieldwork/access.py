"""The only way to a repair order, a hazard or a round, for somebody who asks. Unknown and forbidden look the same; who must stay
away from a person (回避) does not see what that person reported; a firm sees what was given to it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from guangsha.areas.fieldwork.models import Contractor, Duty, FieldPhoto, Hazard, RepairOrder, Round
from guangsha.areas.fieldwork.rules import READERS
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.recusal import kin_of

#: A firm keeps what it finished; it does not see what was never given to it or was taken back.
GIVEN_OUT = ("assigned", "visited", "done", "rated", "closed")


def orders_of(actor: Actor) -> QuerySet[RepairOrder]:
    """Every order that the actor may open: staff within their agencies, citizens what they reported, firms what they were given."""
    if actor.kind == "system":
        return RepairOrder.objects.all()
    if actor.kind == "citizen":
        mine = Q(account_id=actor.account_id)
        if actor.person_id:
            mine |= Q(reporter_id=actor.person_id)
        return RepairOrder.objects.filter(mine)
    if actor.kind == "enterprise":
        return RepairOrder.objects.filter(contractor__in=contractors_of(actor), state__in=GIVEN_OUT)
    if actor.kind == "staff" and actor.has(*READERS):
        reach = RepairOrder.objects.filter(agency_id__in=actor.reach(READERS))
        kin = kin_of(actor)
        return reach.exclude(reporter__identity_index__in=kin) if kin else reach
    if actor.kind == "api":
        return RepairOrder.objects.filter(agency_id__in=actor.scope)
    return RepairOrder.objects.none()


def contractors_of(actor: Actor) -> QuerySet[Contractor]:
    """The firms for which an account of a firm works; for staff those of their agencies."""
    if actor.kind == "enterprise":
        return Contractor.objects.filter(accounts=actor.account_id, active=True)
    if actor.kind == "staff" and actor.has(*READERS):
        return Contractor.objects.filter(agency_id__in=actor.reach(READERS))
    return Contractor.objects.none()


def hazards_of(actor: Actor) -> QuerySet[Hazard]:
    """Every hazard that the actor may open: staff within their agencies, firms those that they are to put right."""
    if actor.kind == "system":
        return Hazard.objects.all()
    if actor.kind == "enterprise":
        return Hazard.objects.filter(
            contractor__in=contractors_of(actor), state__in=("assigned", "fixed", "rechecked", "closed")
        )
    if actor.kind == "staff" and actor.has(*READERS):
        return Hazard.objects.filter(agency_id__in=actor.reach(READERS))
    return Hazard.objects.none()


def rounds_of(actor: Actor) -> QuerySet[Round]:
    """The rounds of the actor's agencies."""
    if actor.kind == "system":
        return Round.objects.all()
    if actor.kind == "staff" and actor.has(*READERS):
        return Round.objects.filter(agency_id__in=actor.reach(READERS))
    return Round.objects.none()


def duties_of(actor: Actor) -> QuerySet[Duty]:
    """The duty roster of the actor's agencies."""
    if actor.kind == "system":
        return Duty.objects.all()
    if actor.kind == "staff" and actor.has(*READERS):
        return Duty.objects.filter(agency_id__in=actor.reach(READERS))
    return Duty.objects.none()


def access_order(actor: Actor, number: str) -> RepairOrder:
    """The order with this number.

    Raises:
        NotThere: no such order, or not this actor's to see.
    """
    found = (
        orders_of(actor)
        .select_related(
            "agency", "dwelling__estate", "estate", "contractor", "reporter", "case", "reopens", "lease"
        )
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_hazard(actor: Actor, number: str) -> Hazard:
    """The hazard with this number.

    Raises:
        NotThere: no such hazard, or not this actor's to see.
    """
    found = (
        hazards_of(actor)
        .select_related(
            "agency", "dwelling", "building", "estate", "contractor", "order", "fixed_by", "rechecked_by"
        )
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_round(actor: Actor, key: int) -> Round:
    """A round.

    Raises:
        NotThere: no such round, or not this actor's to see.
    """
    found = (
        rounds_of(actor).select_related("agency", "estate", "checklist", "inspector").filter(pk=key).first()
    )
    if found is None:
        raise NotThere
    return found


def access_contractor(actor: Actor, key: int) -> Contractor:
    """A firm of the actor's agencies.

    Raises:
        NotThere: no such firm, or not this actor's to see.
    """
    found = contractors_of(actor).select_related("agency").filter(pk=key).first()
    if found is None:
        raise NotThere
    return found


def access_photo(actor: Actor, key: int) -> FieldPhoto:
    """A photograph of something that the actor may open.

    Raises:
        NotThere: no such photograph, or not this actor's to see.
    """
    found = FieldPhoto.objects.select_related("order", "hazard").filter(pk=key).first()
    if found is None:
        raise NotThere
    if found.order is not None:
        access_order(actor, found.order.number)
    elif found.hazard is not None:
        access_hazard(actor, found.hazard.number)
    elif found.round_id is not None:
        access_round(actor, found.round_id)
    return found
