"""Who repairs it and when: triage, giving out, appointments."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from guangsha.areas.fieldwork.access import access_contractor
from guangsha.areas.fieldwork.actions.base import (
    NotAllowed,
    holders,
    locked_order,
    move,
    need,
    need_crew,
    now,
    said,
    tell_accounts,
    tell_reporter,
)
from guangsha.areas.fieldwork.models import RepairOrder, RepairVisit
from guangsha.areas.fieldwork.parameters import whole
from guangsha.areas.fieldwork.rules import APPROVERS, DISPATCHERS, answer_due, finish_due
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar

#: An appointment lies within this time from now.
AHEAD_MAX = timedelta(days=60)


@transaction.atomic
def triage(actor: Actor, number: str, version: int, *, urgent: bool, text: str) -> RepairOrder:
    """Answer the reporter: whether it is urgent, and what happens next. The limit for the work begins here.

    Whether the promise of the answer was kept is measured against the faster clock of what was reported and what was found.

    Raises:
        NotAllowed: not one of those who take reports.
        OrderMoved: a colleague was faster.
    """
    order = locked_order(actor, number, version)
    need(actor, order, DISPATCHERS, "受理报修")
    answer = said(text, "答复报修人的话")
    moment, calendar = now(), national_calendar()
    if urgent and not order.urgent:
        hours = whole("repair_answer_urgent", order.agency, moment.date())
        sooner = answer_due(calendar, moment, urgent=True, hours=hours)
        order.answer_due_at = min(order.answer_due_at, sooner)
    order.urgent, order.answered_at = urgent, moment
    order.finish_due_at = finish_due(
        calendar, moment, urgent=urgent, hours=whole("repair_finish_urgent", order.agency, moment.date()),
        workdays=whole("repair_finish_normal", order.agency, moment.date()),
    )  # fmt: skip
    move(
        actor, order, "triage", "triaged", "urgent", "answered_at", "answer_due_at", "finish_due_at", text=answer
    )  # fmt: skip
    tell_reporter(order, "triaged", "报修已受理", f"您的报修 {order.number} 已受理（{'急修' if urgent else '一般维修'}）：{answer}")  # fmt: skip
    record(actor, "fieldwork.repair.triage", order, after={"urgent": urgent}, agency_id=order.agency_id)
    return order


@transaction.atomic
def assign(
    actor: Actor,
    number: str,
    version: int,
    *,
    contractor_id: int,
    worker: str = "",
    at: datetime | None = None,
    note: str = "",
) -> RepairOrder:
    """Give an order to a firm or the agency's own crew, with an appointment where one was agreed; also to another one.

    Raises:
        NotAllowed: not one of those who give out work.
        InputError: a firm that is not there, or a moment that is none.
    """
    order = locked_order(actor, number, version)
    need(actor, order, DISPATCHERS, "派工")
    contractor = access_contractor(actor, contractor_id)
    if not contractor.active or order.agency.path.find(contractor.agency.path) != 0:
        raise InputError("这个维修单位不在用，或不为本机构服务", where="维修单位", advice="请从列表中选择。")
    order.contractor, order.worker = contractor, said(worker, "维修人员", needed=False, most=40)
    order.visits.filter(state__in=("planned", "arrived")).update(state="cancelled", note="改派")
    move(
        actor, order, "assign", "assigned", "contractor", "worker",
        text=f"已派{contractor.name}{order.worker}维修", note=said(note, "交代", needed=False),
    )  # fmt: skip
    if at is not None:
        _appoint(actor, order, at, order.worker or contractor.name)
    tell_accounts(
        contractor.accounts.filter(is_active=True), f"repair:{order.number}:assigned:{order.version}",
        f"新工单{'（急修）' if order.urgent else ''}",
        f"{order.place}：{order.get_kind_display()}。请尽快联系报修人上门。", f"/office/crew/{order.number}/", order.number,
    )  # fmt: skip
    record(
        actor, "fieldwork.repair.assign", order, after={"contractor": contractor.name, "worker": order.worker},
        agency_id=order.agency_id,
    )  # fmt: skip
    return order


@transaction.atomic
def plan_visit(actor: Actor, number: str, version: int, *, at: datetime, worker: str = "") -> RepairVisit:
    """Agree when somebody comes; an appointment that stood is taken back.

    Raises:
        NotAllowed: the order is not given to the actor's firm.
        InputError: the moment has passed, or lies too far ahead.
    """
    order = locked_order(actor, number, version)
    need_crew(actor, order, DISPATCHERS, "约定上门")
    if order.state not in ("assigned", "visited"):
        raise NotAllowed("工单还没有派工，或已经修完", where=order.number, advice="请刷新页面。")
    name = said(worker, "维修人员", needed=False, most=40) or order.worker or str(order.contractor)
    order.visits.filter(state="planned").update(state="cancelled", note="改约")
    order.visits.filter(state="arrived").update(state="left", left_at=now())
    visit = _appoint(actor, order, at, name)
    order.worker = name[:40]
    move(actor, order, "appoint", "assigned", "worker", text=f"约定 {at:%m月%d日 %H:%M} 上门，{name}")
    record(actor, "fieldwork.repair.appoint", order, after={"at": at.isoformat()}, agency_id=order.agency_id)
    return visit


def _appoint(actor: Actor, order: RepairOrder, at: datetime, worker: str) -> RepairVisit:
    moment = now()
    if not moment - timedelta(minutes=30) <= at <= moment + AHEAD_MAX:
        raise InputError("约定时间应在现在之后、60天之内", where="约定时间", advice="请重新填写。")
    visit = RepairVisit.objects.create(
        order=order, planned_at=at, worker=worker[:40], made_by_id=actor.account_id or None
    )
    tell_reporter(
        order, f"visit:{visit.pk}", "上门维修时间",
        f"维修人员 {worker} 将于 {at:%m月%d日 %H:%M} 左右上门（工单 {order.number}），请留人在家；需要改时间请联系我们。",
    )  # fmt: skip
    return visit


@transaction.atomic
def ask_money(actor: Actor, number: str, version: int, *, estimate_fen: int, reason: str) -> RepairOrder:
    """Ask that a repair may cost more than one person may order.

    Raises:
        NotAllowed: the order is not given to the actor's firm.
        InputError: no amount, or one that needs nobody's leave.
    """
    order = locked_order(actor, number, version)
    need_crew(actor, order, DISPATCHERS, "申请维修费用")
    free = whole("repair_cost_ceiling", order.agency, now().date())
    if not free < estimate_fen <= 100_000_000:
        raise InputError(
            f"不超过 {free / 100:.2f} 元的不用申请；一张工单最多 100 万元",
            where="预计费用",
            advice="请核对金额。",
        )
    if actor.kind != "staff" and not order.contractor_id:
        raise NotAllowed("工单还没有派工", where=order.number, advice="请刷新页面。")
    order.estimate_fen, order.asked_by_id = estimate_fen, actor.account_id
    order.approved_by_id, order.ceiling_fen = None, 0
    why = said(reason, "理由")
    move(actor, order, "ask_money", order.state, "estimate_fen", "asked_by", "approved_by", "ceiling_fen",
         note=f"申请维修费用 {estimate_fen / 100:.2f} 元：{why}")  # fmt: skip
    tell_accounts(
        holders(order.agency, APPROVERS), f"repair:{order.number}:money:{order.version}", "维修费用待批准",
        f"工单 {order.number} 预计费用超过免批上限，请审批。", f"/office/repairs/{order.number}/", order.number,
    )  # fmt: skip
    record(
        actor,
        "fieldwork.repair.ask_money",
        order,
        reason=why,
        after={"fen": estimate_fen},
        agency_id=order.agency_id,
    )
    return order


@transaction.atomic
def grant_money(actor: Actor, number: str, version: int, *, granted: bool, note: str) -> RepairOrder:
    """A second person, who did not ask for it, grants the money or does not.

    Raises:
        NotAllowed: whoever asked, or not a head.
    """
    order = locked_order(actor, number, version)
    need(actor, order, APPROVERS, "批准维修费用")
    if not order.estimate_fen or order.approved_by_id is not None:
        raise NotAllowed("没有待批准的费用", where=order.number, advice="请刷新页面。")
    if order.asked_by_id == actor.account_id:
        raise NotAllowed("费用是您申请的，不能由您批准", where=order.number, advice="请由另一位负责人批准。")
    words = said(note, "意见", needed=not granted)
    amount = order.estimate_fen
    order.approved_by_id = actor.account_id if granted else None
    order.ceiling_fen = amount if granted else 0
    if not granted:
        order.estimate_fen = 0
    move(actor, order, "grant_money", order.state, "approved_by", "ceiling_fen", "estimate_fen",
         note=f"{'批准' if granted else '未批准'}维修费用 {amount / 100:.2f} 元{'：' if words else ''}{words}")  # fmt: skip
    if order.contractor is not None:
        tell_accounts(
            order.contractor.accounts.filter(is_active=True), f"repair:{order.number}:granted:{order.version}",
            "维修费用已批准" if granted else "维修费用未批准", f"工单 {order.number}：{words or '请按批准的费用维修。'}",
            f"/office/crew/{order.number}/", order.number,
        )  # fmt: skip
    record(actor, "fieldwork.repair.grant_money", order, reason=words, after={"granted": granted, "fen": amount},
           agency_id=order.agency_id)  # fmt: skip
    return order
