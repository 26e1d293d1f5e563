"""The acts that only this room knows: reading somebody's file leaves a trace, and so does how identity was proved."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from guangsha.areas.intake import actions as intake
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import Person
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.audit.models import Act

#: A program that asks again for the same file is one look at it.
SAME_LOOK = timedelta(minutes=30)


def note_read(actor: Actor, action: str, obj: models.Model, *, agency_id: int) -> None:
    """Write down that a machine read somebody's data, before it is handed out."""
    with transaction.atomic():
        seen = Act.objects.filter(
            object_type=obj._meta.label_lower, object_id=str(obj.pk), action=action,
            actor_id=actor.account_id, at__gt=timezone.now() - SAME_LOOK,
        )  # fmt: skip
        if not seen.exists():
            record(actor, action, obj, agency_id=agency_id)


@transaction.atomic
def note_identified(actor: Actor, person: Person, proof: Mapping[str, Any]) -> None:
    """Write down that a machine asks for what is this person's, and how it made sure who they are."""
    record(actor, "api.person.identify", person, after=proof, agency_id=actor.agency_id)


@transaction.atomic
def submit_for(actor: Actor, draft_id: int, key: uuid.UUID, proof: Mapping[str, Any]) -> Case:
    """Submit a draft for its applicant, and write down how the calling system made sure who that is.

    Raises:
        InputErrors, NotThere: as ``intake.actions.submit``.
    """
    case = intake.submit(actor, draft_id, key)
    if not Act.objects.filter(
        object_type=Case._meta.label_lower, object_id=str(case.pk), action="api.identity.state"
    ).exists():
        record(actor, "api.identity.state", case, after=proof, agency_id=case.agency_id)
    return case
