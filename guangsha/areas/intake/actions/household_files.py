"""The household file behind a decided case: opened from the reviewed application where there is none yet.

Shared by every programme that carries cases out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from guangsha.areas.intake.actions.drafts import members
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.actions import declare, open_household, record_home, record_status
from guangsha.areas.registry.actions.files import add_member
from guangsha.areas.registry.models import Household, Membership, Person, SpecialStatus
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency

#: Under which source the figures of an approved application are kept: reviewed by the street, civil affairs and the district.
REVIEWED = "办件审核"


def answers_of(case: Case) -> Mapping[str, Any]:
    """What the applicant answered, by group."""
    return cast(Mapping[str, Any], case.answers)


def district_of(agency: Agency) -> Agency:
    """The agency that carries out: the one of the case, or the district or city above a street or community."""
    while agency.kind in ("street", "community") and agency.parent is not None:
        agency = agency.parent
    return agency


def households_of(case: Case) -> list[int]:
    """The living households of the applicant, and the one that the case names."""
    living = Membership.objects.filter(
        person_id=case.applicant_id, ended_on=None, household__closed_on=None
    ).values_list("household_id", flat=True)
    return [*living, *([case.household_id] if case.household_id else [])]


def file_of(actor: Actor, case: Case, on: date, *, programme: str) -> Household:
    """The household file of a case: opened from the reviewed application where there is none yet; what the application says of
    members, homes, statuses, incomes and assets is taken over where the file says nothing.

    Raises:
        InputError: a member belongs to another living household.
    """
    answers = answers_of(case)
    household = Household.objects.filter(pk__in=households_of(case), closed_on=None).order_by("pk").first()
    if household is None:
        community = case.community or case.agency
        household = open_household(
            actor, head=case.applicant, agency=district_of(case.agency), community=community,
            residence=answers["applicant"].get("address", ""), programme=programme, opened_on=on,
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
    answers = answers_of(case)
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
    answers = answers_of(case)
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
