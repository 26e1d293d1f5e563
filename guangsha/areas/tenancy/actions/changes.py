"""Changes of the household and of the rent's tier: proposed by one person, confirmed by another.

A new child, a death, a divorce, somebody who moves; a new tenant after a death (民法典 §732: who lived there may go on with the lease,
after the household was checked again); a tier that rises is heard first (社会救助法 §48). Source: operations.md W4, §3.3 example 3.
"""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from guangsha.areas.registry.models import Membership, Person
from guangsha.areas.tenancy import hooks
from guangsha.areas.tenancy.access import access_change
from guangsha.areas.tenancy.actions.base import (
    NotAllowed,
    another,
    close_occupants,
    keep_act,
    locked,
    need,
    said,
    tell_household,
    today,
    touched,
)
from guangsha.areas.tenancy.facts import CHANGE_KINDS, JOINS, LEAVES
from guangsha.areas.tenancy.models import Lease, LeaseChange, Occupant
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.rules import DECIDERS, HANDLERS, LEASERS, next_month
from guangsha.areas.tenancy.terms import rent_of
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.rules import yuan_text
from guangsha.policy.household import full_years

ADULT = 18
CONFIRMERS = DECIDERS | HANDLERS


def _person_fault(lease: Lease, kind: str, person: Person | None) -> None:
    if kind == "rent":
        return
    if person is None:
        raise InputError("没有选择人员", where="涉及人员", advice="请从家庭成员中选择。")
    lives = lease.occupants.filter(person=person, until=None).exists()
    member = Membership.objects.filter(household_id=lease.household_id, person=person, ended_on=None).exists()
    if kind in JOINS and (lives or not member):
        raise InputError(
            "不是该家庭的成员，或已登记居住", where="涉及人员", advice="请先在家庭档案里增加成员。"
        )
    if kind in LEAVES and not lives:
        raise InputError("这个人没有登记居住在这里", where="涉及人员", advice="请核对。")
    if kind in ("divorce", "moving_out") and person.pk == lease.tenant_id:
        raise InputError(
            "承租人迁出的，请先变更承租人或办理退出", where="涉及人员", advice="请选择“变更承租人”。"
        )
    if kind == "new_tenant":
        if not lives or person.died_on is not None or person.pk == lease.tenant_id:
            raise InputError(
                "新承租人须是现在共同居住的人", where="新承租人", advice="请核对（民法典第七百三十二条）。"
            )
        if person.birth_date is None or full_years(person.birth_date, today()) < ADULT:
            raise InputError(
                "新承租人须年满十八周岁",
                where="新承租人",
                advice="未成年人由监护人代为承租，请联系法制审核。",
            )


@transaction.atomic
def propose_change(
    actor: Actor, number: str, version: int | None, *, kind: str, happened_on: date, reason: str, person: Person | None = None,
    heard: str = "", case_number: str = "",
) -> LeaseChange:  # fmt: skip
    """Propose a change of who lives there, of the tenant, or of the rent's tier.

    Args:
        heard: how the household was heard, where its rent is to rise.

    Raises:
        InputError: nobody or the wrong person; the rent rises and nobody was heard; nothing changes.
    """
    lease = locked(actor, number, version)
    need(actor, lease, LEASERS | HANDLERS, "提出变更")
    if kind not in CHANGE_KINDS or lease.state not in ("active", "renewing") or lease.handed_over_on is None:
        raise NotAllowed("这份合同现在不能这样变更", where=number, advice="请查看合同状态。")
    words = said(reason, "理由")
    if happened_on > today():
        raise InputError("发生日期不能晚于今天", where="发生日期", advice="请核对。")
    _person_fault(lease, kind, person)
    row = LeaseChange(
        lease=lease, number=1 + int(lease.changes.aggregate(last=Max("number"))["last"] or 0), kind=kind, person=person,
        happened_on=happened_on, reason=words, case_number=case_number, made_by_id=actor.account_id or None,
        made_at=timezone.now(),
    )  # fmt: skip
    if kind == "rent":
        _propose_rent(lease, row, heard)
    row.save(force_insert=True)
    touched(lease)
    keep_act(
        actor,
        lease,
        "change.propose",
        row,
        reason=words,
        after={"kind": kind, "rent_fen": row.rent_fen, "heard": heard[:200]},
    )
    return row


def _propose_rent(lease: Lease, row: LeaseChange, heard: str) -> None:
    rent = rent_of(lease.household, lease.area_m2, lease.region, today())
    if rent.over_income:
        raise InputError(
            "家庭收入超过各档标准",
            where=lease.number,
            advice="请在“腾退”中以“收入超过规定标准”立案，听取意见后决定。",
        )
    if (rent.household_type, rent.rent_fen) == (lease.household_type, lease.rent_fen):
        raise InputError(
            "按现有档案计算，租金没有变化", where=lease.number, advice="请先登记家庭档案的变化。"
        )
    if rent.rent_fen > lease.rent_fen and not heard.strip():
        raise InputError(
            "租金提高的，应当先听取家庭意见",
            where="怎样听取的意见",
            advice="请写明时间和方式（社会救助法第四十八条）。",
        )
    row.household_type, row.rent_fen, row.from_month = (
        rent.household_type,
        rent.rent_fen,
        next_month(today()),
    )
    row.decision = cast(Any, dict(rent.kept))


@transaction.atomic
def confirm_change(actor: Actor, key: int, version: int | None = None, *, note: str = "") -> LeaseChange:
    """A second person confirms; then it counts.

    Raises:
        NotAllowed: the same person, or done already.
    """
    seen = access_change(actor, key)
    lease = locked(actor, seen.lease.number, version)
    row = LeaseChange.objects.select_for_update(of=("self",)).select_related("person").get(pk=key)
    need(actor, lease, CONFIRMERS, "复核变更")
    another(actor, row.made_by_id, lease.number)
    if row.state != "proposed":
        raise NotAllowed("这次变更已经办过", where=lease.number, advice="请刷新页面。")
    row.state, row.confirmed_by_id, row.confirmed_at = "confirmed", actor.account_id or None, timezone.now()
    row.note = said(note, "复核意见", needed=False)
    row.save(update_fields=["state", "confirmed_by", "confirmed_at", "note"])
    if row.kind == "rent":
        _apply_rent(actor, lease, row)
    else:
        _apply_person(lease, row)
    keep_act(actor, lease, "change.confirm", row, after={"kind": row.kind, "rent_fen": row.rent_fen})
    return row


def _apply_rent(actor: Actor, lease: Lease, row: LeaseChange) -> None:
    lease.household_type, lease.rent_fen = row.household_type, int(row.rent_fen or 0)
    lease.rent_decision = row.decision
    touched(lease, "household_type", "rent_fen", "rent_decision")
    start = row.from_month or next_month(today())
    hooks.tell_event(
        actor, lease, "rent_changed", start,
        {
            "household_type": lease.household_type, "rent_fen": lease.rent_fen, "market_fen": lease.market_fen,
            "reason": row.reason, "case": row.case_number,
        },
    )  # fmt: skip
    tell_household(
        lease, f"change:{row.number}", "租金档次变化",
        f"您家租金自{start:%Y年%-m月}起为每月 {yuan_text(lease.rent_fen)}。理由：{row.reason}。",
    )  # fmt: skip


def _apply_person(lease: Lease, row: LeaseChange) -> None:
    person = row.person
    if person is None:  # the rent alone has nobody
        raise NotAllowed("变更没有涉及人员", where=lease.number)
    _person_fault(lease, row.kind, person)
    if row.kind in JOINS:
        Occupant.objects.create(lease=lease, person=person, since=row.happened_on)
        touched(lease)
    elif row.kind == "new_tenant":
        if lease.tenant.died_on is not None:
            close_occupants(lease, lease.tenant.died_on, CHANGE_KINDS["death"], [lease.tenant_id])
        lease.tenant = person
        # the lasting credentials of the household go over to who signs for it now: nothing stops working
        AccessGrant.objects.filter(lease=lease, state="active", lasting=True).exclude(
            person__in=lease.occupants.filter(until=None).values("person_id")
        ).update(person=person)
        touched(lease, "tenant")
    else:
        close_occupants(lease, row.happened_on, CHANGE_KINDS[row.kind], [person.pk])
        touched(lease)
    tell_household(
        lease, f"change:{row.number}", "租约变更", f"“{CHANGE_KINDS[row.kind]}”已登记。有疑问请与我们联系。"
    )


@transaction.atomic
def drop_change(actor: Actor, key: int, version: int | None = None, *, reason: str) -> LeaseChange:
    """A proposal that is not taken up."""
    seen = access_change(actor, key)
    lease = locked(actor, seen.lease.number, version)
    row = LeaseChange.objects.select_for_update().get(pk=key)
    need(actor, lease, CONFIRMERS, "撤销变更")
    if row.state != "proposed":
        raise NotAllowed("这次变更已经办过", where=lease.number, advice="请刷新页面。")
    row.state, row.note = "dropped", said(reason, "理由")
    row.save(update_fields=["state", "note"])
    keep_act(actor, lease, "change.drop", row, reason=row.note)
    return row
