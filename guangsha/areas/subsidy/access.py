"""The only way to an agreement and what belongs to it, for somebody who asks. Unknown and forbidden look the same; who must stay
away from a person (回避) does not see their agreement."""

from __future__ import annotations

from django.db.models import QuerySet

from guangsha.areas.registry.models import Membership
from guangsha.areas.subsidy.models import Agreement, Calculation, Clawback, Item
from guangsha.areas.subsidy.rules import READERS
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.recusal import kin_of


def agreements_of(actor: Actor) -> QuerySet[Agreement]:
    """Every agreement that the actor may open: staff within their agencies, citizens those of their own living household or
    paid to themselves."""
    if actor.kind == "system":
        return Agreement.objects.all()
    if actor.kind == "citizen" and actor.person_id:
        living = Membership.objects.filter(person_id=actor.person_id, ended_on=None).values("household_id")
        return Agreement.objects.filter(household_id__in=living) | Agreement.objects.filter(
            payee_id=actor.person_id
        )
    if actor.kind == "staff" and actor.has(*READERS):
        reach = Agreement.objects.filter(agency_id__in=actor.reach(READERS))
        kin = kin_of(actor)
        if not kin:
            return reach
        near = Membership.objects.filter(person__identity_index__in=kin, ended_on=None).values("household_id")
        return reach.exclude(household_id__in=near).exclude(payee__identity_index__in=kin)
    if actor.kind == "api":
        return Agreement.objects.filter(agency_id__in=actor.scope)
    return Agreement.objects.none()


def access_agreement(actor: Actor, number: str) -> Agreement:
    """The agreement with this number.

    Raises:
        NotThere: no such agreement, or not this actor's to see.
    """
    found = (
        agreements_of(actor)
        .select_related("agency", "household", "household__head", "payee", "case")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_calculation(actor: Actor, key: int) -> Calculation:
    """A calculation of an agreement that the actor may open."""
    found = Calculation.objects.select_related("agreement").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_agreement(actor, found.agreement.number)
    return found


def access_clawback(actor: Actor, number: str) -> Clawback:
    """A claw-back of an agreement that the actor may open."""
    found = Clawback.objects.select_related("agreement").filter(number=number).first()
    if found is None:
        raise NotThere
    access_agreement(actor, found.agreement.number)
    return found


def access_item(actor: Actor, key: int) -> Item:
    """A payment of an agreement that the actor may open."""
    found = Item.objects.select_related("agreement", "batch").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_agreement(actor, found.agreement.number)
    return found
