"""Carry out what cases of the service 维修报修 decided: a case that is to be repaired becomes an order with its photographs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.fieldwork.actions.base import move
from guangsha.areas.fieldwork.actions.photos import CONTEXT, prepared
from guangsha.areas.fieldwork.actions.reports import Report, open_from_case
from guangsha.areas.fieldwork.facts import REPAIR_KINDS
from guangsha.areas.fieldwork.models import FieldPhoto, RepairOrder
from guangsha.areas.intake.actions.drafts import CONTEXT as MATERIALS
from guangsha.areas.intake.actions.effects import carry_out_waiting, take_hook
from guangsha.areas.intake.models import Case, Material
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError
from guangsha.people.models import Agency
from guangsha.privacy import files
from guangsha.privacy.sealing import SealBroken

EFFECT = "repairs.order"
PHOTOS_MAX = 3
logger = logging.getLogger("guangsha.fieldwork")


def take_effects(moment: datetime) -> str:
    """Carry out every event that waits; what cannot be carried out stays, with its reason for staff."""
    return carry_out_waiting((EFFECT,), carry_out)


@transaction.atomic
def carry_out(actor: Actor, hook_id: int) -> int:
    """Carry out one event: 1, or 0 where somebody was faster or an earlier one waits."""
    hook = take_hook(actor, hook_id, "fieldwork")
    if hook is None:
        return 0
    order = RepairOrder.objects.filter(case=hook.case).first()
    if hook.event == "granted" and order is None:
        _open(actor, hook.case)
    elif hook.event == "revoked" and order is not None and order.state in ("new", "triaged", "assigned"):
        order.refusal, order.refusal_text, order.closed_at = "withdrawn", "办件决定已撤销", timezone.now()
        move(
            actor, order, "withdraw", "refused", "refusal", "refusal_text", "closed_at", text="办件决定已撤销"
        )
    return 1


def _open(actor: Actor, case: Case) -> None:
    answers = cast(Mapping[str, Any], case.answers)
    fault = answers["fault"]
    kind = fault.get("kind", "")
    given = Report(
        kind if kind in REPAIR_KINDS else "other", str(fault["text"])[:500], str(fault["address"])[:120],
        str(fault.get("visit") or "")[:60], fault.get("urgent") is True, str(answers["applicant"].get("phone") or ""), case.key,
    )  # fmt: skip
    order = open_from_case(
        actor, case, given, _district(case.agency), at=timezone.localtime(case.submitted_at)
    )
    pictures = Material.objects.filter(case=case, code="photo", content_type__in=("image/jpeg", "image/png"))
    for material in pictures.exclude(stored="").order_by("pk")[:PHOTOS_MAX]:
        try:
            kept = prepared(files.load(material.stored, context=MATERIALS))
        except (GuangshaError, SealBroken) as error:
            logger.warning("photo of case %s stays with the case: %s", case.number, error)
            continue
        stored = files.store(kept, context=CONTEXT)
        FieldPhoto.objects.get_or_create(
            order=order, digest=stored.digest,
            defaults={
                "moment": "report", "stored": stored.stored, "content_type": "image/jpeg", "size": stored.size,
                "made_at": timezone.now(), "made_by_id": case.account_id,
            },
        )  # fmt: skip


def _district(agency: Agency) -> Agency:
    """The agency that repairs: the one of the case, or the district or city above a street or community."""
    while agency.kind in ("street", "community") and agency.parent is not None:
        agency = agency.parent
    return agency
