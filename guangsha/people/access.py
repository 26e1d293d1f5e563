"""The one way to refuse: what somebody may not see looks as if it did not exist.

Every area has an ``access.py`` of functions ``access_<thing>(actor, key) -> thing`` built on this; nothing else hands an
object to a page. Each condition stands on its own line, so that coverage proves it.
"""

from __future__ import annotations

from django.http import Http404

from guangsha.audit.actor import Actor
from guangsha.people.models import Account, Agency, ApiToken, Appointment, Delegation


class NotThere(Http404):
    """Unknown, or not yours: from outside the same."""


def access_agency(actor: Actor, key: int) -> Agency:
    """An agency within the actor's scope."""
    agency = Agency.objects.filter(pk=key).first()
    if agency is None:
        raise NotThere
    if actor.kind == "system":
        return agency
    if agency.pk not in actor.scope:
        raise NotThere
    return agency


def access_account(actor: Actor, key: int) -> Account:
    """One's own account; for the security and system administrator every account of staff within their scope."""
    account = Account.objects.filter(pk=key).first()
    if account is None:
        raise NotThere
    if actor.kind == "system":
        return account
    if account.pk == actor.account_id:
        return account
    if not actor.has("security_admin", "system_admin"):
        raise NotThere
    if account.kind == "citizen":
        raise NotThere
    posts = set(account.appointments.values_list("agency_id", flat=True))
    if posts and posts.isdisjoint(actor.scope):
        raise NotThere
    return account


def access_appointment(actor: Actor, key: int) -> Appointment:
    """An appointment in an agency that the security administrator looks after."""
    appointment = Appointment.objects.select_related("account", "agency").filter(pk=key).first()
    if appointment is None:
        raise NotThere
    if actor.kind == "system":
        return appointment
    if not actor.has("security_admin"):
        raise NotThere
    if appointment.agency_id not in actor.scope:
        raise NotThere
    return appointment


def access_delegation(actor: Actor, key: int) -> Delegation:
    """A delegation that the actor gave, received, or oversees as head of the agency."""
    delegation = Delegation.objects.select_related("holder", "deputy", "agency").filter(pk=key).first()
    if delegation is None:
        raise NotThere
    if actor.account_id in (delegation.holder_id, delegation.deputy_id):
        return delegation
    if not actor.has("supervisor", "security_admin"):
        raise NotThere
    if delegation.agency_id not in actor.scope:
        raise NotThere
    return delegation


def access_token(actor: Actor, key: int) -> ApiToken:
    """An API token of an agency that the system administrator looks after."""
    token = ApiToken.objects.select_related("agency").filter(pk=key).first()
    if token is None:
        raise NotThere
    if actor.kind == "system":
        return token
    if not actor.has("system_admin"):
        raise NotThere
    if token.agency_id not in actor.scope:
        raise NotThere
    return token
