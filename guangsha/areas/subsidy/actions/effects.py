"""Carry out what cases decided: an approved application becomes an agreement, a later decision a calculation.

The events of a case come one after another, each once (``intake.actions.effects``). One that cannot be carried out stays where it
is, with the reason shown to staff, until what is in its way is mended.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake.actions.drafts import members
from guangsha.areas.intake.actions.effects import take_hook
from guangsha.areas.intake.models import Case, Hook
from guangsha.areas.registry.actions import declare, open_household, record_home, record_status
from guangsha.areas.registry.actions.files import add_member
from guangsha.areas.registry.models import Household, Membership, Person, SpecialStatus
from guangsha.areas.subsidy.actions.agreements import Terms, end_agreement, open_agreement
from guangsha.areas.subsidy.actions.changes import propose_change
from guangsha.areas.subsidy.facts import LIVING
from guangsha.areas.subsidy.models import Agreement
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.models import Agency

EFFECT = "subsidy.agreement"
BATCH = 200
#: Under which source the figures of an approved application are kept: reviewed by the street, civil affairs and the district.
REVIEWED = "办件审核"
logger = logging.getLogger("guangsha.subsidy")


def take_effects(now: datetime) -> str:
    """Carry out every event that waits; what cannot be carried out is counted and stays."""
    done, left = 0, 0
    waiting = Hook.objects.filter(effect=EFFECT, taken_at=None).order_by("pk").values_list("pk", flat=True)
    for hook_id in waiting[:BATCH]:
        try:
            done += carry_out(CLOCK, hook_id)
        except GuangshaError as error:
            left += 1
            logger.warning("subsidy hook %s waits: %s", hook_id, error)
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
    hook = take_hook(actor, hook_id, "subsidy")
    if hook is None:
        return 0
    case = hook.case
    outcome = str(cast(Mapping[str, Any], hook.payload).get("outcome", ""))
    living = Agreement.objects.filter(state__in=LIVING, household__in=_households(case)).first()
    on = timezone.localdate(case.decided_at or hook.made_at)
    if hook.event == "granted":
        _granted(actor, case, living, on)
    elif living is not None:
        _changed(actor, case, living, outcome, on)
    return 1


def _granted(actor: Actor, case: Case, living: Agreement | None, on: date) -> None:
    answers = _answers(case)
    matter = answers["applicant"].get("matter", "first")
    household = file_of(actor, case, on)
    lease = answers["lease"]
    rent = int(lease["rent"])
    if living is None:
        agency = _district(case.agency)
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


def _answers(case: Case) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], case.answers)


def _district(agency: Agency) -> Agency:
    """The agency that pays: the one of the case, or the district or city above a street or community."""
    while agency.kind in ("street", "community") and agency.parent is not None:
        agency = agency.parent
    return agency


def _households(case: Case) -> list[int]:
    living = Membership.objects.filter(
        person_id=case.applicant_id, ended_on=None, household__closed_on=None
    ).values_list("household_id", flat=True)
    return [*living, *([case.household_id] if case.household_id else [])]


def _payee(household: Household, applicant: Person) -> Person:
    living = Membership.objects.filter(household=household, person=applicant, ended_on=None)
    return applicant if living.exists() else household.head


def file_of(actor: Actor, case: Case, on: date) -> Household:
    """The household file of a case: opened from the reviewed application where there is none yet; what the application says of
    members, homes, statuses, incomes and assets is taken over where the file says nothing.

    Raises:
        InputError: a member belongs to another living household.
    """
    answers = _answers(case)
    household = Household.objects.filter(pk__in=_households(case), closed_on=None).order_by("pk").first()
    if household is None:
        community = case.community or case.agency
        household = open_household(
            actor, head=case.applicant, agency=_district(case.agency), community=community,
            residence=answers["applicant"].get("address", ""), programme="rental_subsidy", opened_on=on,
            reason=f"办件 {case.number}",
        )  # fmt: skip
    persons = _join_members(actor, case, household, on)
    for home in answers.get("homes") or []:
        if home["nature"] == "market_rented" or household.homes.filter(address=home["address"]).exists():
            continue
        gone = home["nature"] == "disposed"
        record_home(
            actor, household, nature="owned" if gone else home["nature"], address=home["address"],
            area_m2=Decimal(home["area"]), disposed_on=date.fromisoformat(home["disposed_on"]) if gone else None,
            disposed_by=home.get("disposed_by") or "" if gone else "",
        )  # fmt: skip
    known = set(
        SpecialStatus.objects.filter(person__in=persons.values(), ended_on=None).values_list(
            "kind", flat=True
        )
    )
    for kind in answers.get("status", {}).get("special") or []:
        if kind not in known:
            record_status(
                actor, case.applicant, kind=kind, source=REVIEWED, started_on=on, evidence=case.number
            )
    _declare(actor, case, household, persons, on)
    return household


def _join_members(actor: Actor, case: Case, household: Household, on: date) -> dict[str, Person]:
    """Everybody of the application by identity number; those who are in no household yet join this one."""
    answers = _answers(case)
    rows = answers.get("members") or []
    found = {"": case.applicant}
    for row, person in zip(rows, members(actor, answers), strict=True):
        found[str(row["identity"])] = person
        living = Membership.objects.filter(person=person, ended_on=None, counted=True).first()
        if living is None:
            household.refresh_from_db(fields=["version"])
            add_member(
                actor,
                household.pk,
                household.version,
                person,
                row["relation"],
                started_on=on,
                reason=f"办件 {case.number}",
            )
        elif living.household_id != household.pk:
            raise InputError(
                f"共同申请人{person.name}在另一份家庭档案中",
                where=living.household.number,
                advice="请核实后在原档案减员，再办理。",
            )
    return found


def _declare(actor: Actor, case: Case, household: Household, persons: Mapping[str, Person], on: date) -> None:
    answers = _answers(case)
    if household.declarations.filter(case_number=case.number).exists():
        return
    income = {str(case.applicant_id): {"declared": int(answers["income"]["monthly_income"])}}
    for row in answers.get("members") or []:
        income[str(persons[str(row["identity"])].pk)] = {"declared": int(row.get("monthly_income") or 0)}
    stated = answers["income"]
    assets = {
        "deposits": int(stated["deposits"]),
        "vehicles": [{"value": int(stated["vehicle_value"])}] if stated.get("has_vehicle") else [],
        "companies": [{"note": str(stated.get("company_note") or "")}] if stated.get("has_company") else [],
    }
    declare(
        actor,
        household,
        period=f"{on:%Y-%m}",
        income=income,
        assets=assets,
        case_number=case.number,
        source=REVIEWED,
    )
