"""What cases decide becomes agreements and calculations: once, in order, and only when nothing is in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from guangsha.areas.intake import actions as intake
from guangsha.areas.intake.models import Case, Hook
from guangsha.areas.intake.tests import builders as cases
from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.subsidy import actions
from guangsha.areas.subsidy.models import Agreement, Calculation
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db

LEASE = {
    "address": "湖滨区某小区1栋", "area": "45", "rent": "900", "starts_on": "2026-01-01", "ends_on": "2027-12-31",
    "filing_number": "租备001", "bank_account": "6222021001116245702", "bank_name": "湖滨村镇银行",
}  # fmt: skip


def granted(cast: Cast, **applicant: Any) -> Case:
    """An approved application for the subsidy, as far as its event: the decision is the case engine's affair, tested there."""
    person = Person.objects.get(pk=cast.applicant.person_id)
    given = cases.answers(cast)
    now = timezone.now()
    answers = {
        "applicant": {**given["applicant"], "matter": "first", **applicant},
        "members": [{**given["members"][0], "monthly_income": 0}],
        "income": {"monthly_income": 60_000, "flexible_work": False, "deposits": 500_000, "has_vehicle": False, "has_company": False},
        "homes": [], "status": {"special": ["minimum_living"]}, "lease": {**LEASE, "rent": 90_000},
    }  # fmt: skip
    count = Case.objects.count()
    case = Case.objects.create(
        number=f"43069902202601050000{count:02d}", key=f"00000000-0000-4000-8000-{count:012d}", service="subsidy_apply",
        service_version="1", agency=cast.district, community=cast.communities[0], applicant=person, account=cast.applicant,
        household=Household.objects.filter(memberships__person=person, memberships__ended_on=None).first(), channel="online",
        label="李*国", answers=answers, state="effective", submitted_at=now - timedelta(days=12), decided_at=now,
    )  # fmt: skip
    event(case, "granted", "approved")
    return case


def event(case: Case, kind: str, outcome: str) -> Hook:
    number = case.hooks.count() + 1
    return Hook.objects.create(
        case=case,
        effect="subsidy.agreement",
        number=number,
        event=kind,
        made_at=timezone.now(),
        payload={"outcome": outcome},
    )


def active(cast: Cast) -> Agreement:
    """The agreement of an approved application, confirmed and signed."""
    agreement = Agreement.objects.get()
    first = agreement.calculations.get()
    actions.confirm(cast.actor("second_reviewer"), first.pk, agreement.version)
    agreement.refresh_from_db()
    return actions.sign_agreement(
        cast.actor("district_reviewer"), agreement.number, agreement.version, signed_on=timezone.localdate()
    )


def test_an_approved_application_becomes_a_file_and_an_agreement_once(cast: Cast) -> None:
    case = granted(cast)
    assert actions.take_effects(timezone.now()) == "办理 1 件"
    assert actions.take_effects(timezone.now()) == "办理 0 件"
    agreement = Agreement.objects.get()
    assert (agreement.case_id, agreement.payee_id, agreement.rent_fen) == (case.pk, case.applicant_id, 90_000)
    assert agreement.bank_account == LEASE["bank_account"]
    assert Membership.objects.filter(household=agreement.household, ended_on=None).count() == 2
    assert agreement.household.declarations.get().case_number == case.number
    assert [s.kind for s in case.applicant.statuses.all()] == ["minimum_living"]
    calculation = agreement.calculations.get()
    assert calculation.state == "proposed"
    assert calculation.made_by_id is None


def test_a_change_that_is_applied_for_becomes_a_calculation_on_the_agreement_that_stands(cast: Cast) -> None:
    granted(cast)
    actions.take_effects(timezone.now())
    agreement = Agreement.objects.get()
    second = granted(cast, matter="adjust", change_note="租金上涨")
    assert "1 件待补正" in actions.take_effects(timezone.now())
    assert "待签订" in Hook.objects.get(case=second).hindrance
    _state_what_is_missing(cast, agreement)
    active(cast)
    assert Calculation.objects.filter(kind="change").count() == 0
    actions.take_effects(timezone.now())
    change = Calculation.objects.get(kind="change")
    assert (change.case_number, change.reason) == (second.number, "租金上涨")
    assert Agreement.objects.count() == 1


def _state_what_is_missing(cast: Cast, agreement: Agreement) -> None:
    first = agreement.calculations.get()
    unknown = {
        f["name"]: 1 if f["name"] == "local_hukou" else 120 for f in first.kept["facts"] if f["value"] is None
    }
    if first.kept["outcome"] != "grant":
        actions.compute_again(
            cast.actor("district_reviewer"),
            agreement.number,
            agreement.version,
            reason="核对户口簿",
            stated=unknown,
        )
        Calculation.objects.filter(pk=first.pk).delete()


def test_a_decision_that_is_taken_back_ends_the_agreement_or_drops_the_draft(cast: Cast) -> None:
    case = granted(cast)
    actions.take_effects(timezone.now())
    event(case, "revoked", "revoked")
    actions.take_effects(timezone.now())
    agreement = Agreement.objects.get()
    assert agreement.state == "terminated"
    again = granted(cast)
    actions.take_effects(timezone.now())
    agreement = Agreement.objects.exclude(pk=agreement.pk).get()
    assert agreement.case_id == again.pk


def test_an_approval_through_the_whole_case_reaches_the_programme(cast: Cast) -> None:
    """The hook is there when a subsidy case is served: what the engine offers is what the programme takes."""
    case = cases.decided(cast)
    intake.serve(cast.actor("district_approver"), case.pk, case.version)
    hook = Hook.objects.get(case=case)
    assert hook.effect != "subsidy.agreement"  # public rental housing is another programme's
    assert actions.take_effects(timezone.now()) == "办理 0 件"
    hook.refresh_from_db()
    assert hook.taken_at is None
