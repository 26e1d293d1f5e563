"""The only way to a batch of payments for somebody who asks. Unknown and forbidden look the same."""

from __future__ import annotations

from django.db.models import QuerySet

from guangsha.areas.subsidy.models import Batch, SampleCheck
from guangsha.areas.subsidy.payment_rules import READERS
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere


def batches_of(actor: Actor) -> QuerySet[Batch]:
    """Every batch that the actor may open."""
    if actor.kind == "system":
        return Batch.objects.all()
    if actor.kind == "staff" and actor.has(*READERS):
        return Batch.objects.filter(agency__in=actor.reach(READERS))
    if actor.kind == "api":
        return Batch.objects.filter(agency__in=actor.scope)
    return Batch.objects.none()


def access_batch(actor: Actor, number: str) -> Batch:
    """A batch by its number.

    Raises:
        NotThere: no such batch, or not this actor's to see.
    """
    found = (
        batches_of(actor)
        .select_related("agency", "fund", "budget_line", "made_by", "checked_by", "approved_by", "sent_by")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotThere
    return found


def access_sample(actor: Actor, key: int) -> SampleCheck:
    """A sample of a batch that the actor may open.

    Raises:
        NotThere: no such sample, or not this actor's to see.
    """
    found = (
        SampleCheck.objects.select_related("item__batch", "item__payee")
        .filter(pk=key, item__batch__in=batches_of(actor))
        .first()
    )
    if found is None:
        raise NotThere
    return found
