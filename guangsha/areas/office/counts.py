"""How much waits behind the headings of the navigation: bounded queries, asked together."""

from __future__ import annotations

from guangsha.areas.intake.access import PreparedCases
from guangsha.areas.intake.models import Rating
from guangsha.areas.intake.queries import todo
from guangsha.audit.actor import Actor
from guangsha.notify.actions import asks_unread
from guangsha.people.prepared import Asked, Prepared
from guangsha.web import navigation

#: A badge beyond this says nothing more, and counting further costs.
COUNT_MAX = 999


_WAITING = PreparedCases(
    lambda rows, actor: rows.filter(todo(actor)).order_by().values_list("id")[:COUNT_MAX]
)
_TO_CALL_BACK = Prepared(
    lambda agencies: (
        Rating.objects.filter(due_on__isnull=False, replied_at=None, case__agency_id__in=agencies)
        .order_by()
        .values_list("id")[:COUNT_MAX]
    )
)


def waiting(actor: Actor) -> int | Asked:
    """Open cases that wait for one of the actor's roles."""
    return _WAITING.asks(actor)


def to_call_back(actor: Actor) -> Asked:
    """Bad ratings that nobody has called back about."""
    return _TO_CALL_BACK.asks(actor.scope)


def register() -> None:
    """Called once when the program starts."""
    navigation.counts("queue")(waiting)
    navigation.counts("ratings")(to_call_back)
    navigation.counts("inbox")(lambda actor: asks_unread(actor.account_id))
