"""Carry out what cases of the service "租金" decided: relief, an instalment plan, a deposit given back.

An approved case becomes a proposal that somebody confirms with the numbers before them; a question about a bill is answered by the
decision's letter itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.db import transaction

from guangsha.areas.intake.actions.effects import carry_out_waiting, take_hook
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import Membership
from guangsha.areas.rent.actions.adjusting import propose_refund
from guangsha.areas.rent.actions.arrears import propose_plan
from guangsha.areas.rent.actions.terms import propose_term, statuses_of
from guangsha.areas.rent.models import RentAccount
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError

EFFECT = "rent.adjustment"


def take_effects(now: datetime) -> str:
    """Carry out every event that waits; what cannot be carried out stays, with its reason for staff."""
    return carry_out_waiting((EFFECT,), carry_out)


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
