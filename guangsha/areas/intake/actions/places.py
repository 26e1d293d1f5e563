"""Where a case belongs: found at the submission, mended afterwards by whoever received it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from guangsha.areas.intake.actions.base import (
    before_act,
    done,
    holders,
    locked,
    plan_of,
    require,
    said,
    stay,
    tell_applicant,
    tell_staff,
    write_edge,
)
from guangsha.areas.intake.models import Case
from guangsha.areas.intake.rules import EDGES, Standing, roles_for
from guangsha.areas.registry.models import Household, Person
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency


def place(
    actor: Actor,
    applicant: Person | None,
    answers: Mapping[str, Any],
    household: Household | None,
    community_id: int | None,
) -> tuple[Agency | None, Agency]:
    """Which community the case belongs to and which agency handles it: the street of the community, where one is known. A place
    that was closed is none.

    In order: the community chosen, that of the household's file, the one named in the form, that of the applicant's last case,
    the clerk's own agency; else the district's own office, which hands the case on (:func:`transfer`).
    """
    community = _known(actor, applicant, answers, household, community_id)
    if community is not None:
        return community, _office_of(community)
    if actor.kind in ("staff", "api") and actor.agency_id:
        own = Agency.objects.get(pk=actor.agency_id)
        return (own, _office_of(own)) if own.kind == "community" else (None, own)
    office = Agency.objects.filter(kind="district", active=True).order_by("id").first()
    if office is None:
        raise InputError("没有可以受理的机构", advice="请联系系统管理员。")
    return None, office


def _known(
    actor: Actor,
    applicant: Person | None,
    answers: Mapping[str, Any],
    household: Household | None,
    community_id: int | None,
) -> Agency | None:
    if community_id is not None:
        community = Agency.objects.filter(pk=community_id, kind="community", active=True).first()
        if community is None:
            raise InputError("没有这个社区", advice="请从列表中选择。")
        return community
    if household is not None and household.community.active:
        return household.community
    given = answers.get("applicant")
    named = str(given.get("community", "")) if isinstance(given, Mapping) else ""
    if named:
        found = list(Agency.objects.filter(kind="community", name=named, active=True)[:2])
        if len(found) == 1:
            return found[0]
    if actor.kind == "staff" or applicant is None:
        return None
    last = (
        Case.objects.filter(applicant=applicant, community__active=True)
        .select_related("community")
        .order_by("-id")
        .first()
    )
    return last.community if last else None


def _office_of(community: Agency) -> Agency:
    """The agency that handles what belongs to a community: the next above it that is open; itself where none is."""
    above = [int(part) for part in community.path.split("/") if part][:-1]
    for office in Agency.objects.filter(pk__in=above, active=True).order_by("-path"):
        return office
    return community


def place_is_known(actor: Actor, person_id: int, answers: Mapping[str, Any]) -> bool:
    """Whether the community of an application can be told without asking for it."""
    household = Household.objects.filter(
        memberships__person_id=person_id,
        memberships__ended_on=None,
        memberships__counted=True,
        closed_on=None,
    ).first()
    person = Person.objects.filter(pk=person_id).first() if person_id else None
    return _known(actor, person, answers, household, None) is not None


def communities() -> list[tuple[int, str]]:
    """Every open community with its street, to choose from."""
    found = Agency.objects.filter(kind="community", active=True).select_related("parent").order_by("path")
    return [(row.pk, f"{row.parent.name} {row.name}" if row.parent else row.name) for row in found]


def places_for(actor: Actor, case: Case) -> list[tuple[int, str]]:
    """Where this actor may send the case: communities and offices within their reach, and the agency above the present one."""
    rule = roles_for(EDGES["transfer"], Standing(plan_of(case), case.state, case.step))
    found = Agency.objects.filter(
        pk__in=actor.reach(rule), active=True, kind__in=("district", "street", "community")
    )
    rows = [*found.select_related("parent").order_by("path")]
    above = case.agency.parent
    # no further than the district: above it nobody accepts
    if (
        above is not None
        and above.active
        and above.kind in ("district", "street")
        and above.pk not in {row.pk for row in rows}
    ):
        rows.insert(0, above)
    here = {case.agency_id} if case.community_id is None else {case.community_id}
    return [
        (row.pk, f"{row.parent.name} {row.name}" if row.kind == "community" and row.parent else row.name)
        for row in rows
        if row.pk not in here
    ]


@transaction.atomic
def transfer(actor: Actor, case_id: int, version: int, agency_id: int, text: str) -> Case:
    """Send the case to where it belongs: a community (its street handles it), another street or the office above. The state and
    every limit stay as they are: a wrong door does not cost the applicant time.

    Raises:
        CaseMoved, NotAllowed; InputError: no reason, or a place out of reach or closed.
    """
    case = locked(case_id, version)
    require("transfer", case, actor)
    words = said(text, where="转交理由", needed=True, most=500)
    if agency_id not in {key for key, _ in places_for(actor, case)}:
        raise InputError("不能转交到这个机构", where=f"办件 {case.number}", advice="请从列表中选择。")
    target = Agency.objects.get(pk=agency_id)
    before = before_act(case) | {"agency": case.agency_id, "community": case.community_id}
    former = case.agency.name
    case.community = target if target.kind == "community" else None
    case.agency = _office_of(target) if target.kind == "community" else target
    case.assignee = None
    write_edge(
        case,
        actor,
        "transfer",
        stay(case),
        message=f"由{former}转交{case.agency.name}办理",
        note=words,
        keep_due=True,
    )
    told = {"submitted": "accept", "deciding": "decide"}.get(case.state, "give_opinion")
    tell_staff(case, holders(case, sorted(roles_for(EDGES[told], Standing(plan_of(case), case.state, case.step)))), f"transferred-{case.version}",
               "收到转交的办件", f"办件 {case.number} 由{former}转来，期限不变，请及时办理。")  # fmt: skip
    tell_applicant(
        case,
        f"transferred-{case.version}",
        "办件已转交",
        f"您的办件 {case.number} 由{former}转交{case.agency.name}办理，办理期限不变。",
    )
    done(actor, case, "transfer", before, reason=words, agency=case.agency_id, community=case.community_id)
    return case
