"""The only way to an estate, a building, a dwelling and what belongs to them. Unknown and out of reach look the same.

A dwelling is not a person: nobody keeps away from it. Who lives there is told by the panels of other rooms, which keep the
rules of theirs. A citizen sees what is public, and their own viewings.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from guangsha.areas.stock.facts import OPEN_STATES
from guangsha.areas.stock.models import (
    Building,
    CheckRound,
    Dwelling,
    Estate,
    OccupancyCheck,
    Picture,
    StateRequest,
    SupplyItem,
    SupplyPlan,
    SurveyImport,
    Viewing,
    ViewingSlot,
)
from guangsha.areas.stock.rules import READERS
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.recusal import kin_of


def estates_of(actor: Actor) -> QuerySet[Estate]:
    """Every estate whose register the actor may read."""
    if actor.kind == "system":
        return Estate.objects.all()
    if actor.kind == "staff" and actor.has(*READERS):
        return Estate.objects.filter(agency_id__in=actor.reach(READERS))
    if actor.kind == "api":
        return Estate.objects.filter(agency_id__in=actor.scope)
    return Estate.objects.none()


def dwellings_of(actor: Actor) -> QuerySet[Dwelling]:
    """Every dwelling whose file the actor may read."""
    if actor.kind == "system":
        return Dwelling.objects.all()
    if actor.kind == "staff" and actor.has(*READERS):
        return Dwelling.objects.filter(estate__agency_id__in=actor.reach(READERS))
    if actor.kind == "api":
        return Dwelling.objects.filter(estate__agency_id__in=actor.scope)
    return Dwelling.objects.none()


def access_estate(actor: Actor, key: int) -> Estate:
    """An estate of the actor's agencies."""
    found = estates_of(actor).select_related("agency", "community").filter(pk=key).first()
    if found is None:
        raise NotThere
    return found


def access_building(actor: Actor, key: int) -> Building:
    """A building of an estate of the actor's agencies."""
    found = (
        Building.objects.select_related("estate", "estate__agency")
        .filter(pk=key, estate__in=estates_of(actor))
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_dwelling(actor: Actor, key: int) -> Dwelling:
    """A dwelling of the actor's agencies."""
    found = (
        dwellings_of(actor)
        .select_related("estate", "estate__agency", "building", "entrance")
        .filter(pk=key)
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_request(actor: Actor, key: int) -> StateRequest:
    """A request to take a dwelling out, of the actor's agencies."""
    found = StateRequest.objects.select_related("dwelling", "dwelling__estate").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_dwelling(actor, found.dwelling_id)
    return found


def public_pictures() -> QuerySet[Picture]:
    """Pictures that strangers may see: of estates and layouts, and of single dwellings as long as they stand empty."""
    return Picture.objects.filter(public=True).filter(
        Q(dwelling=None) | Q(dwelling__state__in=OPEN_STATES | {"preparing"})
    )


def access_picture(actor: Actor | None, key: int) -> Picture:
    """A picture: everybody sees a public one while nobody lives where it was taken, staff those of their agencies."""
    found = Picture.objects.select_related("estate").filter(pk=key).first()
    if found is None:
        raise NotThere
    if public_pictures().filter(pk=key).exists():
        return found
    if actor is None or not estates_of(actor).filter(pk=found.estate_id).exists():
        raise NotThere
    return found


def rounds_of(actor: Actor) -> QuerySet[CheckRound]:
    """Every census of the actor's agencies."""
    if actor.kind == "system":
        return CheckRound.objects.all()
    if actor.kind != "staff" or not actor.has(*READERS):
        return CheckRound.objects.none()
    return CheckRound.objects.filter(agency_id__in=actor.reach(READERS))


def access_round(actor: Actor, number: str) -> CheckRound:
    """A census of the actor's agencies."""
    found = rounds_of(actor).select_related("agency", "estate").filter(number=number).first()
    if found is None:
        raise NotThere
    return found


def access_check(actor: Actor, key: int) -> OccupancyCheck:
    """A check of a census of the actor's agencies."""
    found = (
        OccupancyCheck.objects.select_related(
            "round", "round__agency", "dwelling", "dwelling__estate", "first", "second"
        )
        .filter(pk=key, round__in=rounds_of(actor))
        .first()
    )
    if found is None:
        raise NotThere
    return found


def plans_of(actor: Actor) -> QuerySet[SupplyPlan]:
    """Every plan of supply of the actor's agencies."""
    if actor.kind == "system":
        return SupplyPlan.objects.all()
    if actor.kind != "staff" or not actor.has(*READERS):
        return SupplyPlan.objects.none()
    return SupplyPlan.objects.filter(agency_id__in=actor.reach(READERS))


def access_supply_plan(actor: Actor, key: int) -> SupplyPlan:
    """A plan of supply of the actor's agencies."""
    found = plans_of(actor).select_related("agency", "made_by", "approved_by").filter(pk=key).first()
    if found is None:
        raise NotThere
    return found


def access_supply_item(actor: Actor, key: int) -> SupplyItem:
    """A lot of a plan of supply of the actor's agencies."""
    found = SupplyItem.objects.select_related("plan").filter(pk=key, plan__in=plans_of(actor)).first()
    if found is None:
        raise NotThere
    return found


def access_survey(actor: Actor, key: int) -> SurveyImport:
    """A survey file of an estate of the actor's agencies."""
    found = (
        SurveyImport.objects.select_related("estate", "estate__agency", "account")
        .filter(pk=key, estate__in=estates_of(actor))
        .first()
    )
    if found is None:
        raise NotThere
    return found


def viewings_of(actor: Actor) -> QuerySet[Viewing]:
    """Appointments: staff those of their estates, but for relatives (回避); a citizen their own."""
    if actor.kind == "citizen" and actor.person_id:
        return Viewing.objects.filter(person_id=actor.person_id)
    if actor.kind == "staff" and actor.has(*READERS):
        reach = Viewing.objects.filter(slot__estate__in=estates_of(actor))
        kin = kin_of(actor)
        return reach.exclude(person__identity_index__in=kin) if kin else reach
    return Viewing.objects.all() if actor.kind == "system" else Viewing.objects.none()


def access_viewing(actor: Actor, number: str) -> Viewing:
    """An appointment that is the actor's to see."""
    found = viewings_of(actor).select_related("slot", "slot__estate", "person").filter(number=number).first()
    if found is None:
        raise NotThere
    return found


def access_slot(actor: Actor, key: int) -> ViewingSlot:
    """A time of showing, of an estate of the actor's agencies."""
    found = ViewingSlot.objects.select_related("estate").filter(pk=key, estate__in=estates_of(actor)).first()
    if found is None:
        raise NotThere
    return found
