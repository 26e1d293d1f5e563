"""Carry out what cases decided: an approved application becomes an agreement, a later decision a calculation.

The events of a case come one after another, each once (``intake.actions.effects``). One that cannot be carried out stays where it
is, with the reason shown to staff, until what is in its way is mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake.actions.effects import carry_out_waiting, take_hook
from guangsha.areas.intake.actions.household_files import answers_of, district_of, file_of, households_of
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.subsidy.actions.agreements import Terms, end_agreement, open_agreement
from guangsha.areas.subsidy.actions.changes import propose_change
from guangsha.areas.subsidy.facts import LIVING
from guangsha.areas.subsidy.models import Agreement
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError

EFFECT = "subsidy.agreement"


def take_effects(now: datetime) -> str:
    """Carry out every event that waits; what cannot be carried out stays, with its reason for staff."""
    return carry_out_waiting((EFFECT,), carry_out)


@transaction.atomic
def carry_out(actor: Actor, hook_id: int) -> int:
    """Carry out one event: 1, or 0 where somebody was faster or an earlier one waits."""
    hook = take_hook(actor, hook_id, "subsidy")
    if hook is None:
        return 0
    case = hook.case
    outcome = str(cast(Mapping[str, Any], hook.payload).get("outcome", ""))
    living = Agreement.objects.filter(state__in=LIVING, household__in=households_of(case)).first()
    on = timezone.localdate(case.decided_at or hook.made_at)
    if hook.event == "granted":
        _granted(actor, case, living, on)
    elif living is not None:
        _changed(actor, case, living, outcome, on)
    return 1


def _granted(actor: Actor, case: Case, living: Agreement | None, on: date) -> None:
    answers = answers_of(case)
    matter = answers["applicant"].get("matter", "first")
    household = file_of(actor, case, on, programme="rental_subsidy")
    lease = answers["lease"]
    rent = int(lease["rent"])
    if living is None:
        agency = district_of(case.agency)
        payee = _payee(household, case.applicant)
        terms = Terms(
            payee,
            lease["bank_account"],
            lease["bank_name"],
            rent,
            lease["address"],
            lease.get("filing_number") or "",
        )
        open_agreement(actor, household, terms, agency=agency, decided_on=on, case=case)
        return
    note = (answers["applicant"].get("change_note") or "").strip()
    reason = (note or "家庭情况变化申报")[:120]
    if living.state == "draft":
        raise InputError("该家庭已有一份待签订的协议", where=living.number, advice="请先签订或撤销那份协议。")
    kind = "resume" if matter == "restart" and living.state == "suspended" else "change"
    filed = timezone.localdate(case.submitted_at)
    propose_change(
        actor, living.number, kind=kind, happened_on=filed, known_on=filed, reason=reason, rent_fen=rent,
        case_number=case.number,
    )  # fmt: skip


def _changed(actor: Actor, case: Case, living: Agreement, outcome: str, on: date) -> None:
    """A later decision on the case. Whoever decided it has heard the person (``intake`` asks for it)."""
    heard = "已在办件中听取当事人意见"
    ends = outcome in ("revoked", "terminated", "rejected", "withdrawn")
    if living.state == "draft":
        if ends:
            end_agreement(actor, living.number, living.version, reason="原决定已撤销或终止")
        return
    kind = "end" if ends else {"suspended": "suspend"}.get(outcome, "change")
    if outcome in ("resumed", "approved") and living.state == "suspended":
        kind = "resume"
    if kind == "suspend" and living.state == "suspended":
        return
    propose_change(
        actor, living.number, kind=kind, happened_on=on, known_on=on, reason=f"办件 {case.number} 的决定", heard=heard,
        case_number=case.number,
    )  # fmt: skip


def _payee(household: Household, applicant: Person) -> Person:
    living = Membership.objects.filter(household=household, person=applicant, ended_on=None)
    return applicant if living.exists() else household.head
