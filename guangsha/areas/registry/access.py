"""The only way to a person or a household for somebody who asks."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from guangsha.areas.registry.models import Household, Person
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere

#: Roles that work with household files; inspectors and agents see them through their own tasks.
READERS = frozenset(
    {
        "community_helper", "street_clerk", "civil_checker", "district_reviewer", "district_approver", "city_approver",
        "allocation_officer", "archivist", "supervisor", "auditor", "rent_clerk", "accountant", "fund_officer",
    }
)  # fmt: skip


def households_of(actor: Actor) -> QuerySet[Household]:
    """Every household file that the actor may read."""
    if actor.kind == "citizen" and actor.person_id:
        return Household.objects.filter(
            memberships__person_id=actor.person_id, memberships__ended_on=None, closed_on=None
        ).distinct()
    if actor.kind == "staff" and actor.has(*READERS):
        reach = actor.reach(READERS)
        return Household.objects.filter(Q(agency_id__in=reach) | Q(community_id__in=reach))
    if actor.kind == "api":  # a key's agency and those below it; what it may do there is its scopes
        return Household.objects.filter(Q(agency_id__in=actor.scope) | Q(community_id__in=actor.scope))
    return Household.objects.none()


def access_household(actor: Actor, number: str) -> Household:
    """The household file with this number.

    Raises:
        NotThere: no such file, or not this actor's to see.
    """
    household = (
        households_of(actor).select_related("head", "agency", "community").filter(number=number).first()
    )
    if household is None:
        raise NotThere
    return household


def access_person(actor: Actor, person_id: int) -> Person:
    """A person: oneself, or somebody in a household or case within reach.

    Raises:
        NotThere: no such person, or not this actor's to see.
    """
    if actor.kind == "citizen":
        if actor.person_id != person_id:
            raise NotThere
        return Person.objects.get(pk=person_id)
    if not (actor.kind == "staff" and actor.has(*READERS)):
        raise NotThere
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise NotThere
    homes = Household.objects.filter(memberships__person=person)
    reachable = households_of(actor).filter(memberships__person=person).exists()
    if not reachable and homes.exists():
        raise NotThere
    if not reachable and not _in_a_case_of(actor, person):
        raise NotThere
    return person


def access_member(actor: Actor, number: str, person_id: int) -> Person:
    """A person who is or was a member of a household file within reach; for machines, which see nobody outside a file.

    Raises:
        NotThere: no such file or member, or not this actor's to see.
    """
    membership = access_household(actor, number).memberships.filter(person_id=person_id).first()
    if membership is None:
        raise NotThere
    return membership.person


def _in_a_case_of(actor: Actor, person: Person) -> bool:
    # the reverse relation of intake.Case; this room does not import the one above it
    return bool(person.cases.filter(agency_id__in=actor.reach(READERS)).exists())
