"""Carry out what cases decided: ``tenancy.lease`` (sign, renew, yearly check), ``registry.change`` (members, swap, exit, death).

The events of a case come one after another, each once (``intake.actions.effects``). One that cannot be carried out stays where it
is, with the reason shown to staff, until what is in its way is mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.allocation.models import Registration
from guangsha.areas.intake.actions.effects import carry_out_waiting, take_hook
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import Membership, Person
from guangsha.areas.tenancy.actions.changes import propose_change
from guangsha.areas.tenancy.actions.exits import open_exit
from guangsha.areas.tenancy.actions.leases import ask_renewal, open_lease
from guangsha.areas.tenancy.actions.swaps import open_swap
from guangsha.areas.tenancy.facts import IN_FORCE, LIVING
from guangsha.areas.tenancy.models import Lease, Occupant
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError

EFFECTS = ("tenancy.lease", "registry.change")


def take_effects(now: datetime) -> str:
    """Carry out every event that waits; what cannot be carried out stays, with its reason for staff."""
    return carry_out_waiting(EFFECTS, carry_out)


@transaction.atomic
def carry_out(actor: Actor, hook_id: int) -> int:
    """Carry out one event: 1, or 0 where somebody was faster or an earlier one waits."""
    hook = take_hook(actor, hook_id, "tenancy")
    if hook is None:
        return 0
    case = hook.case
    answers = cast(Mapping[str, Any], case.answers)
    if hook.event != "granted":
        return 1  # what was granted here is undone by acts on the lease, each decided by a person
    if hook.effect == "tenancy.lease":
        _lease(actor, case, answers.get("lease", {}))
    else:
        _change(actor, case, answers)
    return 1


def _lease(actor: Actor, case: Case, answers: Mapping[str, Any]) -> None:
    matter = answers.get("matter")
    if matter == "sign":
        given = str(answers.get("selection_number", ""))
        mine = Registration.objects.filter(
            applicant_id=case.applicant_id, session_state="signed"
        ).select_related("plan__agency", "household", "applicant", "dwelling", "case")
        found = mine.filter(entry_no=given).first() or mine.order_by("-signed_at").first()
        if found is None:
            raise InputError("没有这户已签字的选房确认", where=case.number, advice="请核对选房确认单编号。")
        if not Lease.objects.filter(registration=found).exists():
            open_lease(actor, found)
        return
    lease = _lease_of(case, str(answers.get("lease_number", "")))
    if matter == "renew":
        if lease.state == "active":
            filed = timezone.localdate(case.submitted_at)
            ask_renewal(actor, lease.number, asked_on=filed)
    elif matter == "review":
        _review(actor, lease, case)


def _review(actor: Actor, lease: Lease, case: Case) -> None:
    """The yearly check: where tier or rent would change, a change is proposed; nothing else happens by itself."""
    try:
        with transaction.atomic():
            propose_change(
                actor, lease.number, None, kind="rent", happened_on=timezone.localdate(case.submitted_at), case_number=case.number,
                reason=f"年度复核（办件 {case.number}）", heard="已在办件中听取当事人意见",
            )  # fmt: skip
    except InputError as error:
        if "没有变化" not in str(error):
            raise


def _lease_of(case: Case, number: str = "") -> Lease:
    """The lease under which the applicant lives.

    Raises:
        InputError: there is none.
    """
    lived = Occupant.objects.filter(person_id=case.applicant_id, until=None).values("lease_id")
    mine = Lease.objects.filter(state__in=IN_FORCE)
    mine = mine.filter(pk__in=lived) | mine.filter(tenant_id=case.applicant_id)
    found = mine.filter(number=number).first() if number else None
    found = found or mine.order_by("-pk").first()
    if found is None:
        raise InputError("申请人没有履行中的租赁合同", where=case.number, advice="请核对申请人和合同。")
    return found


def _change(actor: Actor, case: Case, answers: Mapping[str, Any]) -> None:
    change = answers.get("change", {})
    matter, text = str(change.get("matter", "")), str(change.get("text", ""))[:200]
    household = Membership.objects.filter(person_id=case.applicant_id, ended_on=None).values("household_id")
    if not Lease.objects.filter(household_id__in=household, state__in=LIVING).exists():
        return  # a household without a lease: the change is one of its file and of its subsidy
    lease = _lease_of(case)
    on = min(_day(change.get("happened_on")) or timezone.localdate(), timezone.localdate())
    if matter == "exit":
        open_exit(
            actor, lease.number, ground="own_wish", facts=text or "家庭申请退出", leave_on=_day(change.get("leave_on")),
            case_number=case.number,
        )  # fmt: skip
    elif matter == "swap":
        wish = str(change.get("swap_wish", ""))[:100]
        open_swap(actor, lease.number, reason=f"想换到：{wish}。{text}"[:300], case_number=case.number)
    elif matter == "death":
        _death(actor, lease, case, change, on)
    elif matter == "members":
        _members(actor, lease, case, on)
    elif matter == "income":
        _review(actor, lease, case)
    # a home that somebody got is a ground to give back: people decide on it, with the case before them


def _death(actor: Actor, lease: Lease, case: Case, change: Mapping[str, Any], on: date) -> None:
    name = str(change.get("new_applicant", "")).strip()
    people = Person.objects.filter(tenancies__lease=lease, tenancies__until=None, died_on=None)
    heir = people.filter(name=name).exclude(pk=lease.tenant_id).order_by("pk").first()
    if heir is None:
        raise InputError(
            "新承租人不是登记的共同居住人", where=case.number, advice="请核对姓名，或先登记成员变化。"
        )
    propose_change(
        actor, lease.number, None, kind="new_tenant", person=heir, happened_on=on, case_number=case.number,
        reason=f"承租人去世，共同居住人继续承租（办件 {case.number}）",
    )  # fmt: skip


def _members(actor: Actor, lease: Lease, case: Case, on: date) -> None:
    """Whoever the household's file has and the lease has not, and the other way round: each a proposal for a second person."""
    here = set(lease.occupants.filter(until=None).values_list("person_id", flat=True))
    file = dict(
        Membership.objects.filter(household_id=lease.household_id, ended_on=None).values_list(
            "person_id", "person__birth_date"
        )
    )
    waiting = set(lease.changes.filter(state="proposed").values_list("person_id", flat=True))
    for key in sorted(set(file) - here - waiting):
        born = file[key]
        kind = "birth" if born is not None and (on - born).days < 366 else "joining"
        propose_change(
            actor, lease.number, None, kind=kind, person=Person.objects.get(pk=key), happened_on=on, case_number=case.number,
            reason=f"成员增加（办件 {case.number}）",
        )  # fmt: skip
    for person in Person.objects.filter(pk__in=here - set(file) - waiting - {lease.tenant_id}).order_by("pk"):
        kind = "death" if person.died_on else "moving_out"
        propose_change(
            actor, lease.number, None, kind=kind, person=person, happened_on=on, case_number=case.number,
            reason=f"成员减少（办件 {case.number}）",
        )  # fmt: skip


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
