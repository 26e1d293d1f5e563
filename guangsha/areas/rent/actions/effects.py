"""Carry out what cases of the service "租金" decided: relief, an instalment plan, a deposit given back.

An approved case becomes a proposal that somebody confirms with the numbers before them; a question about a bill is answered by the
decision's letter itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.db import transaction

from guangsha.areas.intake.actions.effects import take_hook
from guangsha.areas.intake.models import Case, Hook
from guangsha.areas.registry.models import Membership
from guangsha.areas.rent.actions.adjusting import propose_refund
from guangsha.areas.rent.actions.arrears import propose_plan
from guangsha.areas.rent.actions.terms import propose_term, statuses_of
from guangsha.areas.rent.models import RentAccount
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import GuangshaError, InputError

EFFECT = "rent.adjustment"
BATCH = 200
logger = logging.getLogger("guangsha.rent")


def take_effects(now: datetime) -> str:
    """Carry out every event that waits; what cannot be carried out is counted and stays."""
    done, left = 0, 0
    waiting = Hook.objects.filter(effect=EFFECT, taken_at=None).order_by("pk").values_list("pk", flat=True)
    for hook_id in waiting[:BATCH]:
        try:
            done += carry_out(CLOCK, hook_id)
        except GuangshaError as error:
            left += 1
            logger.warning("rent hook %s waits: %s", hook_id, error)
    return f"办理 {done} 件" + (f"，{left} 件待补正后办理" if left else "")


def hindrance(hook_id: int) -> str:
    """Why an event cannot be carried out now; empty when it can. Nothing is kept of the trial."""
    try:
        with transaction.atomic():
            carry_out(CLOCK, hook_id)
            transaction.set_rollback(True)
    except GuangshaError as error:
        return str(error)
    return ""


@transaction.atomic
def carry_out(actor: Actor, hook_id: int) -> int:
    """Carry out one event: 1, or 0 where somebody was faster or an earlier one waits."""
    hook = take_hook(actor, hook_id, "rent")
    if hook is None:
        return 0
    if hook.event == "granted":
        _granted(actor, hook.case)
    return 1


def _granted(actor: Actor, case: Case) -> None:
    answers = cast(Mapping[str, Any], case.answers).get("rent", {})
    matter, note = answers.get("matter"), str(answers.get("note") or "")[:250]
    if matter not in ("relief", "instalment", "deposit"):
        return
    account = _account(case, str(answers.get("lease_number") or "").strip())
    number = account.lease.number
    if matter == "relief":
        special = str(answers.get("special") or "none")
        found = statuses_of(account) | ({special: "民政"} if special != "none" else {})
        propose_term(
            actor, number, reason=f"办件 {case.number} 租金减免", heard="本人申请", case_number=case.number, statuses=found
        )  # fmt: skip
    elif matter == "instalment":
        months = str(answers.get("months") or "")
        propose_plan(
            actor, number, None, months=int(months) if months.isdecimal() and len(months) < 4 else 0, reason=note or "本人申请分期",
            case_number=case.number,
        )  # fmt: skip
    else:
        propose_refund(
            actor, number, None, source="deposit", bank_account=str(answers.get("bank_account") or ""), reason=f"办件 {case.number} 退还押金",
            case_number=case.number,
        )  # fmt: skip


def _account(case: Case, number: str) -> RentAccount:
    """The account that the applicant means: of their own lease or of one of their household."""
    living = Membership.objects.filter(person_id=case.applicant_id, ended_on=None).values("household_id")
    mine = RentAccount.objects.select_related("lease").filter(lease__number=number)
    found = (
        mine.filter(lease__tenant_id=case.applicant_id) | mine.filter(lease__household_id__in=living)
    ).first()
    if found is None:
        raise InputError("申请人没有这份合同", where=number[:40], advice="请核对合同编号。")
    return found
