"""Carry out what cases decided: an approved qualification is listed, a registration filed online is taken.

The events of a case come one after another, each once (``intake.actions.effects``). One that cannot be carried out stays where it
is, with the reason shown to staff, until what is in its way is mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.allocation import hooks
from guangsha.areas.allocation.actions.changes import PROPOSED_IN, propose_change
from guangsha.areas.allocation.actions.registrations import Wish, register, withdraw_registration
from guangsha.areas.allocation.actions.waitlist import list_household, renew_certificate
from guangsha.areas.allocation.facts import LIVING
from guangsha.areas.allocation.models import Plan, Registration, WaitlistEntry
from guangsha.areas.intake.actions.base import plan_of
from guangsha.areas.intake.actions.effects import carry_out_waiting, take_hook
from guangsha.areas.intake.actions.household_files import answers_of, district_of, file_of, households_of
from guangsha.areas.intake.actions.letters_writing import months_later
from guangsha.areas.intake.models import Case
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import TEXT_MAX

LISTED, REGISTERED = "allocation.waitlist", "allocation.registration"


def take_effects(now: datetime) -> str:
    """Carry out every event that waits; what cannot be carried out stays, with its reason for staff."""
    return carry_out_waiting((LISTED, REGISTERED), carry_out)


@transaction.atomic
def carry_out(actor: Actor, hook_id: int) -> int:
    """Carry out one event: 1, or 0 where somebody was faster or an earlier one waits."""
    hook = take_hook(actor, hook_id, "allocation")
    if hook is None:
        return 0
    outcome = str(cast(Mapping[str, Any], hook.payload).get("outcome", ""))
    on = timezone.localdate(hook.case.decided_at or hook.made_at)
    if hook.effect == LISTED:
        _listed(actor, hook.case, hook.event, outcome, on)
    else:
        _registered(actor, hook.case, hook.event)
    return 1


def _listed(actor: Actor, case: Case, event: str, outcome: str, on: date) -> None:
    living = (
        WaitlistEntry.objects.filter(state__in=LIVING, household_id__in=households_of(case))
        .order_by("pk")
        .first()
    )
    result = plan_of(case).result
    months = result.validity_months if result else None
    until = months_later(on, months) if months else None
    if event == "granted":
        household = file_of(actor, case, on, programme="public_rental")
        if living is not None:  # a renewed qualification keeps its place
            entry = renew_certificate(actor, living, certificate_number=case.number, until=until, case=case)
            _ask_where_barred(actor, entry)
            return
        entry = list_household(
            actor, household, agency=district_of(case.agency), applicant=case.applicant, listed_on=on, case=case,
            certificate_number=case.number, certificate_until=until,
        )  # fmt: skip
        _ask_where_barred(actor, entry)
        return
    if living is None or living.case_id != case.pk:
        return
    kind = "suspend" if outcome == "suspended" else "remove"
    if outcome in ("approved", "resumed") or living.state not in PROPOSED_IN[kind]:
        return
    propose_change(
        actor,
        living.number,
        kind=kind,
        reason=f"办件 {case.number} 的资格决定已变更",
        basis="公共租赁住房管理办法",
    )


def _ask_where_barred(actor: Actor, entry: WaitlistEntry) -> None:
    """A household that may not apply anew (11号令 §36) keeps what was approved until it was heard and a person has decided."""
    why = hooks.barred_among([entry.household_id], timezone.localdate()).get(entry.household_id)
    if not why or entry.state not in PROPOSED_IN["remove"]:
        return
    if entry.changes.filter(state__in=("hearing", "proposed")).exists():
        return
    propose_change(
        actor, entry.number, kind="remove", reason="；".join(why)[:TEXT_MAX], basis="公共租赁住房管理办法第三十六条"
    )  # fmt: skip


def _registered(actor: Actor, case: Case, event: str) -> None:
    if event != "granted":
        for one in Registration.objects.filter(case=case, state__in=("registered", "qualified")):
            if one.plan.state in ("registering", "rechecking", "publicity"):
                withdraw_registration(actor, one.pk, reason=f"办件 {case.number} 的决定已变更")
        return
    wish = answers_of(case)["wish"]
    number = str(wish["plan"]).strip()
    plan = Plan.objects.filter(number=number).first()
    if plan is None:
        raise InputError(
            f"没有编号为 {number[:24]} 的配租方案",
            where=f"办件 {case.number}",
            advice="请核对方案编号后补正。",
        )
    entry = WaitlistEntry.objects.filter(
        state__in=LIVING, household_id__in=households_of(case), agency_id=plan.agency_id
    ).first()
    if entry is None:
        raise InputError(
            "该家庭不在轮候名册中", where=f"办件 {case.number}", advice="请先办理公租房保障资格。"
        )
    if wish.get("queue") and wish["queue"] != entry.layout:
        raise InputError(
            "填报的户型组别与轮候登记不同", where=f"办件 {case.number}", advice="人口有变化的请先更新轮候登记。"
        )  # fmt: skip
    register(
        actor, plan.number, entry.number,
        Wish(proxy=str(wish.get("proxy") or "self"), proxy_name=str(wish.get("proxy_name") or "")), case=case,
        on=timezone.localdate(case.submitted_at),
    )  # fmt: skip
