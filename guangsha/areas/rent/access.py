"""The only way to a rent account and what belongs to it, for somebody who asks. Unknown and forbidden look the same; who must stay
away from a household (回避) does not see its account."""

from __future__ import annotations

from django.db.models import QuerySet

from guangsha.areas.registry.models import Membership
from guangsha.areas.rent.facts import LETTERS
from guangsha.areas.rent.models import Bill, PaymentOrder, Receipt, RentAccount, RentTerm
from guangsha.areas.rent.models_after import Adjustment, CollectionDay, Dunning, InstalmentPlan, Refund
from guangsha.areas.rent.rules import COLLECTION_READERS, READERS
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.recusal import kin_of


def accounts_of(actor: Actor) -> QuerySet[RentAccount]:
    """Every account that the actor may open: staff within their agencies, citizens those of their own lease or household."""
    if actor.kind == "system":
        return RentAccount.objects.all()
    if actor.kind == "citizen" and actor.person_id:
        living = Membership.objects.filter(person_id=actor.person_id, ended_on=None).values("household_id")
        return RentAccount.objects.filter(lease__household_id__in=living) | RentAccount.objects.filter(
            lease__tenant_id=actor.person_id
        )
    if actor.kind == "staff" and actor.has(*READERS):
        reach = RentAccount.objects.filter(agency_id__in=actor.reach(READERS))
        kin = kin_of(actor)
        if not kin:
            return reach
        near = Membership.objects.filter(person__identity_index__in=kin, ended_on=None).values("household_id")
        return reach.exclude(lease__household_id__in=near).exclude(lease__tenant__identity_index__in=kin)
    if actor.kind == "api":
        return RentAccount.objects.filter(agency_id__in=actor.scope)
    return RentAccount.objects.none()


def access_account(actor: Actor, lease_number: str) -> RentAccount:
    """The rent account of the lease with this number.

    Raises:
        NotThere: no such lease, or not this actor's to see.
    """
    found = (
        accounts_of(actor)
        .select_related("lease", "lease__tenant", "lease__household", "lease__dwelling", "agency")
        .filter(lease__number=lease_number)
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_term(actor: Actor, key: int) -> RentTerm:
    """A term of an account that the actor may open."""
    found = RentTerm.objects.select_related("account__lease").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_account(actor, found.account.lease.number)
    return found


def access_bill(actor: Actor, key: int) -> Bill:
    """A bill of an account that the actor may open."""
    found = Bill.objects.select_related("account__lease").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_account(actor, found.account.lease.number)
    return found


def access_order(actor: Actor, number: str) -> PaymentOrder:
    """A payment order of an account that the actor may open."""
    found = (
        PaymentOrder.objects.select_related("account__lease", "account__agency").filter(number=number).first()
    )
    if found is None:
        raise NotThere
    access_account(actor, found.account.lease.number)
    return found


def access_receipt(actor: Actor, key: int) -> Receipt:
    """A receipt of an account that the actor may open."""
    found: Receipt | None = (
        Receipt.objects.select_related("order__account__lease__tenant", "order__account__agency")
        .filter(pk=key)
        .first()
    )
    if found is None:
        raise NotThere
    access_account(actor, found.order.account.lease.number)
    return found


def letters_of(actor: Actor) -> QuerySet[Dunning]:
    """Every dunning letter that the actor may open."""
    found = Dunning.objects.filter(step__in=LETTERS, account__in=accounts_of(actor))
    return found.select_related(
        "account__lease__tenant", "account__lease__dwelling__estate", "account__agency"
    )


def access_dunning(actor: Actor, key: int) -> Dunning:
    """A dunning letter of an account that the actor may open.

    Raises:
        NotThere: no such letter, or not this actor's to see.
    """
    found: Dunning | None = letters_of(actor).filter(pk=key).first()
    if found is None:
        raise NotThere
    return found


def access_plan(actor: Actor, number: str) -> InstalmentPlan:
    """An instalment plan of an account that the actor may open."""
    found = InstalmentPlan.objects.select_related("account__lease").filter(number=number).first()
    if found is None:
        raise NotThere
    access_account(actor, found.account.lease.number)
    return found


def access_refund(actor: Actor, number: str) -> Refund:
    """A refund of an account that the actor may open."""
    found = Refund.objects.select_related("account__lease").filter(number=number).first()
    if found is None:
        raise NotThere
    access_account(actor, found.account.lease.number)
    return found


def access_adjustment(actor: Actor, key: int) -> Adjustment:
    """A write-off or correction of an account that the actor may open."""
    found = Adjustment.objects.select_related("bill__account__lease").filter(pk=key).first()
    if found is None:
        raise NotThere
    access_account(actor, found.bill.account.lease.number)
    return found


def days_of(actor: Actor) -> QuerySet[CollectionDay]:
    """Every reconciled day that the actor may open."""
    if actor.kind == "system":
        return CollectionDay.objects.all()
    if actor.kind == "staff" and actor.has(*COLLECTION_READERS):
        return CollectionDay.objects.filter(agency__in=actor.reach(COLLECTION_READERS))
    return CollectionDay.objects.none()


def access_day(actor: Actor, key: int) -> CollectionDay:
    """A reconciled day.

    Raises:
        NotThere: no such day, or not this actor's to see.
    """
    found = days_of(actor).select_related("agency", "checked_by", "closed_by").filter(pk=key).first()
    if found is None:
        raise NotThere
    return found
