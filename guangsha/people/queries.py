"""What the pages about colleagues list: bounded, within the actor's scope."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from guangsha.audit.actor import Actor
from guangsha.people.models import Account, Agency, Appointment, Delegation

LISTED_MAX = 200  # a page shows no more; the search narrows it


def _current() -> Q:
    today = timezone.localdate()
    return Q(started_on__lte=today, agency__active=True) & (Q(ended_on=None) | Q(ended_on__gte=today))


def holders_of(role: str) -> list[Account]:
    """Who holds a role today, anywhere."""
    posts = Appointment.objects.filter(_current(), role=role)
    return list(Account.objects.filter(pk__in=posts.values("account_id"), is_active=True).order_by("id"))


def duties(actor: Actor) -> list[Appointment]:
    """The duties that the actor may hand over: their own; for a head of agency those of everybody below (顶岗)."""
    whose = Q(account_id=actor.account_id)
    if actor.has("supervisor"):
        whose |= Q(agency_id__in=actor.reach({"supervisor"}))
    found = Appointment.objects.filter(_current(), whose, ended_on=None, account__is_active=True)
    posts = list(found.select_related("account", "agency").order_by("account__name", "id")[:LISTED_MAX])
    return sorted(posts, key=lambda post: post.account_id != actor.account_id)


def possible_deputies(actor: Actor) -> list[Account]:
    """Staff in office around the actor: in their scope, and in the agency above."""
    above = Agency.objects.filter(pk=actor.agency_id).values_list("parent_id", flat=True)
    near = Q(agency_id__in=actor.scope) | Q(agency_id__in=[key for key in above if key])
    ids = Appointment.objects.filter(_current(), near).values("account_id")
    found = Account.objects.filter(pk__in=ids, kind="staff", is_active=True)
    return list(found.order_by("name")[:LISTED_MAX])


def delegations(actor: Actor) -> list[Delegation]:
    """Delegations given or taken by the actor, and for a head of agency those of the agencies below; newest first."""
    whose = Q(holder_id=actor.account_id) | Q(deputy_id=actor.account_id)
    if actor.has("supervisor"):
        whose |= Q(agency_id__in=actor.reach({"supervisor"}))
    found = Delegation.objects.filter(whose).select_related("holder", "deputy", "agency")
    return list(found.order_by("-id")[:LISTED_MAX])


def colleagues(actor: Actor, text: str = "") -> QuerySet[Account]:
    """Accounts of staff and enterprises that the actor, as an administrator, may reset."""
    within = Appointment.objects.filter(agency_id__in=actor.scope).values("account_id")
    found = Account.objects.exclude(kind__in=("citizen", "machine"))
    found = found.filter(Q(pk__in=within) | Q(appointments=None))
    if text:
        found = found.filter(Q(name__icontains=text) | Q(username__icontains=text))
    return found.order_by("username")[:LISTED_MAX]
