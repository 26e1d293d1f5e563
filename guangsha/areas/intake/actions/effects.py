"""What the programme that carries a decision out is told, in order: granted, changed, revoked.

The chain of a case and its effect only grows. A programme takes the events one after another, each exactly once; what it took
stays as history, so that a decision that is changed or revoked later reaches whoever acted on the first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake.actions.base import locked, plan_of
from guangsha.areas.intake.models import Case, Decision, Hook
from guangsha.areas.intake.rules import OPEN, effect_event
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import GuangshaError

#: While a case is decided anew nobody may still begin to carry out what was decided before.
HELD = OPEN | {"reconsidering"}
#: Events that one run of a job carries out at most.
BATCH = 200
HINDRANCE_MAX = 300
logger = logging.getLogger("guangsha.intake")


def offer_effect(case: Case, outcome: str, decision: Decision | None = None) -> Hook | None:
    """Offer what ``outcome`` means for the programme: nothing where nothing stands and nothing begins. The case is locked and
    the caller records the act.

    Args:
        decision: the decision it stands on; None where there is none (a benefit resumed, an application withdrawn).
    """
    effect = plan_of(case).effect
    if effect is None:
        return None
    chain = Hook.objects.filter(case=case, effect=effect)
    if decision is not None and chain.filter(decision=decision).exists():
        return None
    last = chain.order_by("-number").first()
    event = effect_event(last.event if last else "", outcome)
    if not event:
        return None
    payload = {
        "case": case.number, "decision": decision.number if decision else "", "person": case.applicant_id,
        "household": case.household_id, "answers": case.answers, "outcome": outcome,
    }  # fmt: skip
    return Hook.objects.create(
        case=case,
        effect=effect,
        number=last.number + 1 if last else 1,
        event=event,
        decision=decision,
        payload=cast(Any, payload),
        made_at=timezone.now(),
    )


@transaction.atomic
def take_hook(actor: Actor, hook_id: int, taken_by: str) -> Hook | None:
    """Take one event over, exactly once and in order. None when somebody else was faster, when an earlier event of the chain
    still waits, or while the case is decided anew."""
    known = Hook.objects.filter(pk=hook_id).values_list("case_id", flat=True).first()
    if known is None:
        return None
    case = locked(known)
    hook = Hook.objects.get(pk=hook_id)
    earlier = Hook.objects.filter(case=case, effect=hook.effect, number__lt=hook.number, taken_at=None)
    if hook.taken_at is not None or case.state in HELD or earlier.exists():
        return None
    hook.taken_at, hook.taken_by = timezone.now(), taken_by[:60]
    hook.save(update_fields=["taken_at", "taken_by"])
    kept = {"effect": hook.effect, "number": hook.number, "event": hook.event, "taken_by": hook.taken_by}
    record(actor, "intake.hook.take", hook, after=kept, agency_id=case.agency_id)
    return hook


def carried_out(case: Case) -> bool:
    """Whether a programme took an approval of this case that has not been taken back since."""
    taken = Hook.objects.filter(case=case).exclude(taken_at=None).order_by("-number").first()
    return taken is not None and taken.event != "revoked"


def carry_out_waiting(
    effects: Collection[str], carry_out: Callable[[Actor, int], int], *, left_for: str = "待补正后办理"
) -> str:
    """Carry out every event of ``effects`` that waits, by the programme's ``carry_out``; for the job of a programme.

    What cannot be carried out stays, with its reason on it for staff (``queries.hindered_cases``), and is tried again next time.

    Args:
        left_for: what the report of the job says of those.
    """
    done, left = 0, 0
    waiting = Hook.objects.filter(effect__in=list(effects), taken_at=None).order_by("pk")
    for hook_id, known in list(waiting.values_list("pk", "hindrance")[:BATCH]):
        try:
            done += carry_out(CLOCK, hook_id)
        except GuangshaError as error:
            left += 1
            reason = str(error)[:HINDRANCE_MAX]
            if reason != known:
                Hook.objects.filter(pk=hook_id, taken_at=None).update(hindrance=reason)
                logger.debug("hook %s waits: %s", hook_id, reason)  # staff read it on their pages
    return f"办理 {done} 件" + (f"，{left} 件{left_for}" if left else "")
