"""The only way to a draw, for somebody who asks: staff through its plan, anybody once it is published."""

from __future__ import annotations

from django.db.models import QuerySet

from guangsha.areas.allocation.access import plans_of
from guangsha.areas.allocation.models_draw import Draw
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere


def draws_of(actor: Actor) -> QuerySet[Draw]:
    """Every draw of a plan that the actor may open."""
    if actor.kind not in ("staff", "system"):
        return Draw.objects.none()
    return Draw.objects.filter(plan__in=plans_of(actor))


def access_draw(actor: Actor, draw_id: str) -> Draw:
    """The draw with this id.

    Raises:
        NotThere: no such draw, or not this actor's to see.
    """
    found = draws_of(actor).select_related("plan", "plan__agency", "replaces").filter(draw_id=draw_id).first()
    if found is None:
        raise NotThere
    return found


def published_draws() -> QuerySet[Draw]:
    """What anybody may see: draws whose files were published, also those that were aborted afterwards."""
    return Draw.objects.exclude(published_at=None)


def access_published_draw(draw_id: str) -> Draw:
    """The published draw with this id.

    Raises:
        NotThere: no such draw, or not published yet.
    """
    found = (
        published_draws().select_related("plan", "plan__agency", "replaces").filter(draw_id=draw_id).first()
    )
    if found is None:
        raise NotThere
    return found
