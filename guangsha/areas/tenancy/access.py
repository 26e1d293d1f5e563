"""The only way to a lease and what belongs to it, for somebody who asks. Unknown and forbidden look the same; who must stay away
from a person (回避) does not see their lease."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from guangsha.areas.registry.models import Membership
from guangsha.areas.tenancy.models import Lease, LeaseChange, Occupant
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.models_exit import Ban, Exit, Hearing, Violation
from guangsha.areas.tenancy.models_swap import Swap, SwapLeg
from guangsha.areas.tenancy.rules import READERS
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.recusal import kin_of


def leases_of(actor: Actor) -> QuerySet[Lease]:
    """Every lease that the actor may open: staff within their agencies, citizens those of their own living household, those that
    name them as tenant, and those under which they live."""
    if actor.kind == "system":
        return Lease.objects.all()
    if actor.kind == "citizen" and actor.person_id:
        living = Membership.objects.filter(person_id=actor.person_id, ended_on=None).values("household_id")
        lived = Occupant.objects.filter(person_id=actor.person_id, until=None).values("lease_id")
        return (
            Lease.objects.filter(household_id__in=living)
            | Lease.objects.filter(tenant_id=actor.person_id)
            | Lease.objects.filter(pk__in=lived)
        )
    if actor.kind == "staff" and actor.has(*READERS):
        reach = Lease.objects.filter(agency_id__in=actor.reach(READERS))
        kin = kin_of(actor)
        if not kin:
            return reach
        near = Occupant.objects.filter(person__identity_index__in=kin, until=None).values("lease_id")
        members = Membership.objects.filter(person__identity_index__in=kin, ended_on=None).values(
            "household_id"
        )
        return (
            reach.exclude(pk__in=near)
            .exclude(household_id__in=members)
            .exclude(tenant__identity_index__in=kin)
        )
    if actor.kind == "api":
        return Lease.objects.filter(agency_id__in=actor.scope)
    return Lease.objects.none()


def access_lease(actor: Actor, number: str) -> Lease:
    """The lease with this number.

    Raises:
        NotThere: no such lease, or not this actor's to see.
    """
    found = (
        leases_of(actor)
        .select_related(
            "agency", "household", "household__head", "tenant", "dwelling__estate", "case", "follows"
        )
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_violation(actor: Actor, number: str) -> Violation:
    """A suspected breach of a lease that the actor may open; the household sees those about which it is asked or told."""
    found = Violation.objects.select_related("lease").filter(number=number).first()
    if found is None or (actor.kind == "citizen" and found.state in ("signal", "checked", "dismissed")):
        raise NotThere
    access_lease(actor, found.lease.number)
    return found


def access_exit(actor: Actor, number: str) -> Exit:
    """A way out of a lease that the actor may open."""
    found = Exit.objects.select_related("lease", "violation").filter(number=number).first()
    if found is None:
        raise NotThere
    access_lease(actor, found.lease.number)
    return found


def access_swap(actor: Actor, number: str) -> Swap:
    """A swap in which a lease takes part that the actor may open; staff see it when both ends are theirs to see."""
    found = Swap.objects.select_related("agency", "made_by", "decided_by").filter(number=number).first()
    if found is None:
        raise NotThere
    ends = list(found.legs.values_list("lease__number", flat=True))
    seen = leases_of(actor).filter(number__in=ends).count()
    if not seen or (actor.kind != "citizen" and seen < len(ends)):
        raise NotThere
    return found


def swaps_of(actor: Actor) -> QuerySet[Swap]:
    """The swaps that staff may open: those whose ends are all theirs to see."""
    legs = SwapLeg.objects.filter(swap=OuterRef("pk"))
    return Swap.objects.filter(
        Exists(legs.filter(lease__in=leases_of(actor).values("pk"))),
        ~Exists(legs.exclude(lease__in=leases_of(actor).values("pk"))),
    )


def access_change(actor: Actor, key: int) -> LeaseChange:
    """A change of a lease that the actor may open."""
    found = LeaseChange.objects.select_related("lease", "person").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_lease(actor, found.lease.number)
    return found


def access_ban(actor: Actor, key: int) -> Ban:
    """A ban on applying anew that came of a lease which the actor may open."""
    found = Ban.objects.select_related("lease", "person").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_lease(actor, found.lease.number)
    return found


def access_grant(actor: Actor, key: int) -> AccessGrant:
    """A credential of a lease that the actor may open."""
    found = AccessGrant.objects.select_related("lease", "person").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_lease(actor, found.lease.number)
    return found


def access_hearing(actor: Actor, key: int) -> Hearing:
    """What a household is asked, of a lease that the actor may open."""
    found = Hearing.objects.select_related("lease", "violation", "exit").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_lease(actor, found.lease.number)
    return found
