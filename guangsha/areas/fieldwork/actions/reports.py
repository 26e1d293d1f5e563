"""A repair is reported: by the household on a phone, by staff for somebody who calls or comes, by a decided case; what was said once
is one order, and what is said twice is put together."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from guangsha.areas.fieldwork.access import access_order
from guangsha.areas.fieldwork.actions.base import (
    NotAllowed,
    keep,
    locked_order,
    move,
    need,
    new_number,
    now,
    one_of,
    said,
    tell_accounts,
    tell_reporter,
)
from guangsha.areas.fieldwork.actions.duty import on_duty
from guangsha.areas.fieldwork.facts import (
    CHANNELS,
    FINISHED_ORDERS,
    OPEN_ORDERS,
    ORDER_STATES,
    REFUSAL_REASONS,
    REPAIR_KINDS,
)
from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.fieldwork.parameters import whole
from guangsha.areas.fieldwork.rules import DISPATCHERS, READERS, answer_due
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import Person
from guangsha.areas.stock.models import Dwelling, Estate
from guangsha.areas.tenancy.facts import IN_FORCE
from guangsha.areas.tenancy.models import Lease
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.people.models import Agency

#: A household has a handful of things to be repaired at a time; more is a slip or a game.
OPEN_PER_ACCOUNT_MAX = 10
#: Under which words a reporter is told how to go on when the answer is no.
CONTEST = "对处理有异议的，可以在“我的报修”中写明理由再次报修，由另一位工作人员处理，也可以拨打投诉电话。"


@dataclass(frozen=True, slots=True)
class Report:
    """What is broken, and where. ``key`` is sent with the form, so that pressing twice reports once."""

    kind: str
    text: str
    place: str
    wanted: str = ""
    urgent: bool = False
    phone: str = ""
    key: uuid.UUID | None = None


def leases_of(person_id: int) -> list[Lease]:
    """The leases in force under which somebody lives now; the home under a newer one first."""
    if not person_id:
        return []
    found = Lease.objects.filter(
        Q(tenant_id=person_id) | Q(occupants__person_id=person_id, occupants__until=None), state__in=IN_FORCE
    )
    return list(
        found.select_related("dwelling__estate__agency", "agency")
        .distinct()
        .order_by("-starts_on", "-pk")[:5]
    )


def report_from_home(actor: Actor, lease_number: str, given: Report) -> RepairOrder:
    """A tenant, or somebody who lives with them, reports what is broken at home.

    Raises:
        InputError: no such lease of theirs, or something is not filled in.
    """
    lease = next((one for one in leases_of(actor.person_id) if one.number == lease_number), None)
    if actor.kind != "citizen" or lease is None:
        raise InputError(
            "没有找到您现在租住的公租房", where="报修的房屋", advice="请从列表中选择，或拨打报修电话。"
        )
    return _open(
        actor, given, "online", lease.dwelling.estate.agency, dwelling=lease.dwelling, lease=lease,
        reporter=Person.objects.filter(pk=actor.person_id).first(),
    )  # fmt: skip


def report_for(
    actor: Actor,
    given: Report,
    channel: str,
    *,
    dwelling: Dwelling | None = None,
    estate: Estate | None = None,
    agency: Agency | None = None,
) -> RepairOrder:
    """Staff write down what somebody told them on the phone or at the counter.

    Raises:
        NotAllowed: not one of those who take reports, or not there.
        InputError: nothing says where it is, or something is not filled in.
    """
    of = dwelling.estate.agency if dwelling else estate.agency if estate else agency
    if of is None:
        raise InputError("没有写明地点", where="小区", advice="请选择小区，或填写房屋编号。")
    if actor.kind != "staff" or not actor.roles_at(of.pk) & (DISPATCHERS | {"supervisor"}):
        raise NotAllowed("您的岗位不能登记报修", advice="请由有权限的同事办理。")
    lease = (
        Lease.objects.filter(dwelling=dwelling, state__in=IN_FORCE)
        .select_related("tenant")
        .order_by("-starts_on")
        .first()
        if dwelling
        else None
    )
    return _open(
        actor, given, channel, of, dwelling=dwelling, estate=estate, lease=lease, reporter=lease.tenant if lease else None
    )  # fmt: skip


def open_from_case(actor: Actor, case: Case, given: Report, agency: Agency, *, at: datetime) -> RepairOrder:
    """A decided case becomes an order; its time runs from when the case was handed in."""
    lease = next(iter(leases_of(case.applicant_id)), None)
    return _open(
        actor, given, "case", agency, dwelling=lease.dwelling if lease else None, lease=lease, reporter=case.applicant,
        case=case, at=at,
    )  # fmt: skip


def report_again(actor: Actor, number: str, text: str, *, key: uuid.UUID | None = None) -> RepairOrder:
    """The same fault again within the warranty, or a refusal is contested: a new order with limits of its own. Once for each.

    Raises:
        NotAllowed: not finished or refused, the warranty is over, or it was reported again already.
    """
    with transaction.atomic():
        order = locked_order(actor, number)
        if actor.kind == "staff":
            need(actor, order, DISPATCHERS | {"supervisor"}, "再次报修")
        words = said(text, "情况")
        if order.state == "refused":
            pass
        elif order.state not in FINISHED_ORDERS:
            raise NotAllowed(
                f"工单现为“{ORDER_STATES[order.state]}”，还没有修完",
                where=order.number,
                advice="请等待维修完成。",
            )
        elif order.warranty_until is None or now().date() > order.warranty_until:
            raise NotAllowed("保修期已过", where=order.number, advice="请新报修一次。")
        if RepairOrder.objects.filter(reopens=order).exists():
            raise NotAllowed("已经再次报修过", where=order.number, advice="请查看新的工单。")
        given = Report(order.kind, words, order.place, order.wanted, order.urgent, order.phone, key)
        return _open(
            actor, given, "online" if actor.kind == "citizen" else "phone", order.agency, dwelling=order.dwelling,
            estate=order.estate, lease=order.lease, reporter=order.reporter, reopens=order,
        )  # fmt: skip


def _open(
    actor: Actor,
    given: Report,
    channel: str,
    agency: Agency,
    *,
    dwelling: Dwelling | None = None,
    estate: Estate | None = None,
    lease: Lease | None = None,
    reporter: Person | None = None,
    case: Case | None = None,
    reopens: RepairOrder | None = None,
    at: datetime | None = None,
) -> RepairOrder:
    key = given.key or uuid.uuid4()
    if kept := _kept(actor, key):
        return kept
    one_of(channel, CHANNELS, "渠道")
    kind = one_of(given.kind, REPAIR_KINDS, "坏了什么")
    text = said(given.text, "情况", most=500)
    place = said(given.place or str(dwelling or ""), "地点", most=120)
    wanted = said(given.wanted, "方便上门的时间", needed=False, most=60)
    citizen = actor.kind == "citizen"
    # somebody whom another system identified may have no account here
    mine = Q(account_id=actor.account_id) if actor.account_id else Q(reporter=reporter)
    if citizen and RepairOrder.objects.filter(mine, state__in=OPEN_ORDERS).count() >= OPEN_PER_ACCOUNT_MAX:
        raise InputError(
            f"已有 {OPEN_PER_ACCOUNT_MAX} 张工单没有修完", advice="请等待修好几项后再报，或拨打报修电话。"
        )
    began = at or now()
    hours = whole(f"repair_answer_{'urgent' if given.urgent else 'normal'}", agency, began.date())
    try:
        with transaction.atomic():
            order = RepairOrder.objects.create(
                number=new_number("WX", agency.region_code, began.date()), agency=agency, dwelling=dwelling,
                estate=dwelling.estate if dwelling else estate, lease=lease, reopens=reopens, place=place, reporter=reporter,
                account_id=(actor.account_id or None) if citizen else None,
                phone=given.phone or (reporter.phone if reporter else ""), case=case, channel=channel, key=key, kind=kind, text=text,
                wanted=wanted, urgent=given.urgent, reported_at=began,
                answer_due_at=answer_due(national_calendar(), began, urgent=given.urgent, hours=hours),
            )  # fmt: skip
            keep(actor, order, "report", "", text="已收到报修")
            tell_reporter(
                order, "reported", "报修已收到",
                f"您报修的“{order.get_kind_display()}”已收到，工单号 {order.number}，最迟 {_moment(order.answer_due_at)} 答复您。",
            )  # fmt: skip
            if order.urgent:
                tell_accounts(
                    on_duty(agency, began.date()), f"repair:{order.number}:urgent", "急修",
                    f"{order.place}：{order.get_kind_display()}，工单 {order.number}，最迟 {_moment(order.answer_due_at)} 答复。",
                    f"/office/repairs/{order.number}/", order.number,
                )  # fmt: skip
            record(
                actor, "fieldwork.repair.report", order, after={"kind": kind, "channel": channel, "urgent": given.urgent},
                agency_id=agency.pk,
            )  # fmt: skip
            return order
    except IntegrityError:
        # the other of two presses was faster
        if (kept := _kept(actor, key)) is None:
            raise
        return kept


def _kept(actor: Actor, key: uuid.UUID) -> RepairOrder | None:
    """The order that was made with this key, where it is the actor's to see."""
    number = RepairOrder.objects.filter(key=key).values_list("number", flat=True).first()
    return access_order(actor, number) if number else None


def _moment(moment: datetime) -> str:
    return f"{moment:%m月%d日 %H:%M}"


@transaction.atomic
def merge(actor: Actor, number: str, version: int, into_number: str) -> RepairOrder:
    """Put a report to the order that was made for the same fault before; whoever reported it is told and follows that one.

    Raises:
        NotAllowed: one of them is not open, or they belong to different agencies or are the same.
    """
    first, second = sorted([number, into_number.strip()])
    locked = {number: locked_order(actor, number) for number in dict.fromkeys((first, second))}
    order, into = locked[number], locked[into_number.strip()]
    need(actor, order, DISPATCHERS, "并单")
    if order.version != version:
        locked_order(actor, number, version)
    if order.pk == into.pk or into.agency_id != order.agency_id or into.state not in OPEN_ORDERS:
        raise NotAllowed("只能并入同一机构另一张没有修完的工单", where="并入的工单", advice="请核对工单号。")
    order.merged_into = into
    into.urgent = into.urgent or order.urgent
    into.version += 1
    into.save(update_fields=["urgent", "version"])
    if order.answered_at is None:
        order.answered_at = now()
    move(
        actor,
        order,
        "merge",
        "merged",
        "merged_into",
        "answered_at",
        text=f"与工单 {into.number} 是同一处，一并处理",
    )
    keep(actor, into, "merge", into.state, note=f"并入 {order.number}：{order.text[:100]}")
    tell_reporter(
        order, "merged", "报修已并单",
        f"您的报修 {order.number} 与 {into.number} 是同一处损坏，一并处理，修好后通知您。",
    )  # fmt: skip
    record(actor, "fieldwork.repair.merge", order, after={"into": into.number}, agency_id=order.agency_id)
    return order


@transaction.atomic
def refuse(actor: Actor, number: str, version: int, *, reason: str, text: str) -> RepairOrder:
    """A person says no, with the reason, and the reporter hears how to contest it.

    Raises:
        NotAllowed: not one of those who decide, or work is done already.
    """
    order = locked_order(actor, number, version)
    need(actor, order, (DISPATCHERS - {"hotline_agent"}) | {"supervisor"}, "决定不予维修")
    if order.reopens_id and order.reopens is not None and order.reopens.state == "refused":
        first = order.reopens.events.filter(act="refuse").values_list("made_by_id", flat=True).first()
        if first == actor.account_id:
            raise NotAllowed("原来的不予维修是您决定的", where=order.number, advice="请由另一位同事处理。")
    order.refusal = one_of(reason, REFUSAL_REASONS, "原因")
    order.refusal_text = said(text, "说明")
    if order.answered_at is None:
        order.answered_at = now()
    order.closed_at = now()
    words = f"{REFUSAL_REASONS[reason]}。{order.refusal_text}"
    order.visits.filter(state__in=("planned", "arrived")).update(state="cancelled")
    move(actor, order, "refuse", "refused", "refusal", "refusal_text", "answered_at", "closed_at", text=words)
    tell_reporter(order, "refused", "报修不予维修", f"您的报修 {order.number} 不予维修：{words}{CONTEST}")
    record(
        actor,
        "fieldwork.repair.refuse",
        order,
        reason=words,
        after={"refusal": reason},
        agency_id=order.agency_id,
    )
    return order


@transaction.atomic
def withdraw(actor: Actor, number: str) -> RepairOrder:
    """The reporter takes it back while nobody is on the spot.

    Raises:
        NotAllowed: somebody else's, or work has begun.
    """
    order = locked_order(actor, number)
    if actor.kind != "citizen" or order.state not in ("new", "triaged", "assigned"):
        raise NotAllowed("现在不能撤回", where=order.number, advice="请联系维修人员。")
    order.refusal, order.refusal_text, order.closed_at = "withdrawn", "报修人撤回", now()
    order.answered_at = order.answered_at or now()
    order.visits.filter(state__in=("planned", "arrived")).update(state="cancelled")
    move(
        actor, order, "withdraw", "refused", "refusal", "refusal_text", "closed_at", "answered_at", text="报修人撤回"
    )  # fmt: skip
    record(actor, "fieldwork.repair.withdraw", order, agency_id=order.agency_id)
    return order


def duplicates_of(order: RepairOrder) -> list[RepairOrder]:
    """Open orders that may be about the same: of the same dwelling, or of the same kind in the same estate."""
    if order.state not in OPEN_ORDERS:
        return []
    near = Q(pk__in=[])
    if order.dwelling_id:
        near |= Q(dwelling_id=order.dwelling_id)
    if order.estate_id:
        near |= Q(estate_id=order.estate_id, kind=order.kind, dwelling=None)
    found = RepairOrder.objects.filter(near, agency_id=order.agency_id, state__in=OPEN_ORDERS).exclude(
        pk=order.pk
    )
    return list(found.order_by("-reported_at")[:5])


#: Who may read what an order says; kept here for the pages beside the acts.
ORDER_READERS = READERS
