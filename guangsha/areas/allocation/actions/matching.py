"""Dwellings given by machine: what the draw matched becomes what each family is asked to sign for.

Source: operations.md §4.2 item 7 (mode M2). The matching itself is published with the draw (``matches.csv``) and recomputed here from the
frozen files and the seed, so that nobody has to trust a copy.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from guangsha.areas.allocation.actions.base import NotAllowed, keep_event, locked_plan, need, today, whole
from guangsha.areas.allocation.draw_queries import files_of
from guangsha.areas.allocation.models import Registration
from guangsha.areas.allocation.models_draw import Draw
from guangsha.areas.allocation.rules import OFFICERS
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.draw.drawing import outcome_of, read_inputs
from guangsha.draw.spec import MATCHES_FILE


@transaction.atomic
def apply_matches(actor: Actor, plan_number: str, version: int) -> int:
    """Hold for each family that was drawn the dwelling that it was matched with, for so many days as the place has set; it signs or
    refuses in the session. How many were held.

    A dwelling that was withdrawn after the draw is left out, and its family chooses among what is free: no other family is moved for it.

    Raises:
        NotAllowed: the session does not run, the plan is not matched by machine, or it was done already.
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, OFFICERS, "按志愿配房")
    draw = Draw.objects.filter(plan=plan, seed=plan.seed).exclude(seed="").order_by("-pk").first()
    if plan.state != "selecting" or plan.matching != "machine" or draw is None:
        raise NotAllowed("本方案现在不能按志愿配房", where=plan.number, advice="先摇号、开始选房。")
    if plan.events.filter(kind="matched").exists():
        raise NotAllowed("已按志愿配房", where=plan.number, advice="请刷新页面。")
    made = outcome_of(read_inputs(files_of(draw)), bytes.fromhex(plan.seed)).files[MATCHES_FILE]
    matches = dict(line.split(",")[2:4] for line in made.decode().splitlines()[1:])
    offers = {
        one.unit_no: one for one in plan.dwellings.select_for_update().filter(state="open").order_by("pk")
    }
    families = (
        plan.registrations.select_for_update()
        .filter(session_state="waiting", entry_no__in=matches)
        .order_by("pk")
    )
    until = timezone.now() + timedelta(days=whole("match_sign_days", plan.agency.region_code, today()))
    held = 0
    for one in families:
        offer = offers.get(matches[one.entry_no])
        if offer is None:
            continue
        offer.state, offer.registration, offer.lock_until = "locked", one, until
        offer.save(update_fields=["state", "registration", "lock_until"])
        Registration.objects.filter(pk=one.pk).update(
            session_state="locked", called_at=timezone.now(), version=one.version + 1
        )
        keep_event(actor, plan.pk, "matched", registration=one, offer_id=offer.pk)
        held += 1
    record(actor, "allocation.session.match", plan, after={"held": held}, agency_id=plan.agency_id)
    return held
