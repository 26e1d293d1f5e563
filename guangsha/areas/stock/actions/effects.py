"""Carry out what cases decided: an approved request to see an estate becomes an appointment.

The case names the estate in words, as people do; what cannot be matched waits with its reason until a keeper books by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake.actions.effects import carry_out_waiting, take_hook
from guangsha.areas.intake.models import Case
from guangsha.areas.stock.actions.viewings import book, cancel
from guangsha.areas.stock.facts import HALVES
from guangsha.areas.stock.models import Estate, Viewing, ViewingSlot
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError

EFFECT = "stock.viewing"


def take_effects(now: datetime) -> str:
    """Carry out every event that waits; what cannot be carried out stays, with its reason for staff."""
    return carry_out_waiting((EFFECT,), carry_out, left_for="待安排时段后办理")


@transaction.atomic
def carry_out(actor: Actor, hook_id: int) -> int:
    """Carry out one event: 1, or 0 where somebody was faster or an earlier one waits."""
    hook = take_hook(actor, hook_id, "stock")
    if hook is None:
        return 0
    living = Viewing.objects.filter(case=hook.case, state="booked").first()
    if hook.event == "granted":
        if living is None:
            _book(actor, hook.case)
    elif living is not None and living.slot.on > timezone.localdate():
        cancel(actor, living.number, living.version, reason="办件决定已撤销")
    return 1


def _book(actor: Actor, case: Case) -> None:
    asked = cast(Mapping[str, Any], case.answers)["viewing"]
    day = date.fromisoformat(str(asked["day"]))
    if day <= timezone.localdate():
        return  # the day is over: a case that was decided late is told so by its letter, and nobody is to be booked
    estate = _estate(case, str(asked["place"]))
    slot = ViewingSlot.objects.filter(estate=estate, on=day, half=asked["half"], closed=False).first()
    if slot is None:
        raise InputError(
            f"没有 {day:%Y-%m-%d} {HALVES.get(asked['half'], '')}的看房时段",
            where=estate.name,
            advice="请在小区页面安排看房，或改约。",
        )
    people = int(asked["people"])
    book(actor, slot.pk, people=people, needs=asked.get("needs") or (), person=case.applicant, case=case)


def _estate(case: Case, place: str) -> Estate:
    """The one estate of the case's district whose name is in what was written, or the other way round."""
    name = "".join(place.split())
    region = case.agency.region_code[:6]
    found = [
        each for each in Estate.objects.filter(agency__region_code__startswith=region).order_by("pk")[:500]
        if name and (each.name in name or name in each.name)
    ]  # fmt: skip
    if len(found) != 1:
        raise InputError(
            f"“{place[:30]}”对应 {len(found)} 个小区", where=case.number, advice="请联系预约人确认小区。"
        )
    return found[0]
