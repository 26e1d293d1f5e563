"""The acts of the office that no other room knows: opening a paper of a case leaves a trace."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake.actions.drafts import CONTEXT
from guangsha.areas.intake.models import Material
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.privacy import files

OPENED = "office.material.open"
#: Turning the pages of one paper is one look at it.
SAME_LOOK = timedelta(minutes=30)


def open_material(actor: Actor, material: Material) -> bytes:
    """The content of a material that the actor got through ``access_material``; the look is recorded before it is shown.

    Raises:
        InputError: there is no file behind this material.
    """
    if not material.stored:
        raise InputError("这项材料没有文件", advice="它由数据核验或承诺代替。")
    data = files.load(material.stored, context=CONTEXT)
    with transaction.atomic():
        seen = Act.objects.filter(
            object_type=material._meta.label_lower, object_id=str(material.pk), action=OPENED,
            actor_id=actor.account_id, at__gt=timezone.now() - SAME_LOOK,
        )  # fmt: skip
        if not seen.exists():
            record(
                actor, OPENED, material, after={"code": material.code, "digest": material.digest},
                agency_id=material.case.agency_id if material.case else actor.agency_id,
            )  # fmt: skip
    return data
