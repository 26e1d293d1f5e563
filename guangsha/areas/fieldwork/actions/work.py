"""On the spot and after: arrival, what was used, who pays, the tenant's signature, the rating, the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Sum

from guangsha.areas.fieldwork import hooks
from guangsha.areas.fieldwork.actions.base import (
    NotAllowed,
    keep,
    locked_order,
    move,
    need,
    need_crew,
    now,
    one_of,
    said,
    tell_reporter,
)
from guangsha.areas.fieldwork.facts import CAUSES, PARTS, PAYERS, SIGNED_WAYS
from guangsha.areas.fieldwork.models import RepairLine, RepairOrder, RepairVisit
from guangsha.areas.fieldwork.parameters import choice, price_of, whole
from guangsha.areas.fieldwork.rules import DISPATCHERS, line_fen, who_pays
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError

#: More on one order is a building site.
LINES_MAX = 40
QUANTITY_MAX = Decimal(1000)
#: Orders that the clock closes in one run.
CLOSED_AT_ONCE = 500


@transaction.atomic
def arrive(actor: Actor, number: str, version: int) -> RepairOrder:
    """Somebody is at the door: the visit that was agreed begins, or one that was not agreed.

    Raises:
        NotAllowed: the order is not given to the actor's firm, or not at this point.
    """
    order = locked_order(actor, number, version)
    need_crew(actor, order, DISPATCHERS, "登记到场")
    if order.state != "assigned":
        raise NotAllowed("工单不在待上门状态", where=order.number, advice="请刷新页面。")
    moment = now()
    visit = order.visits.filter(state="planned").first()
    if visit is None:
        visit = RepairVisit(
            order=order, planned_at=moment, worker=order.worker or str(order.contractor or ""), made_by_id=actor.account_id or None
        )  # fmt: skip
    visit.state, visit.arrived_at = "arrived", moment
    visit.save()
    move(actor, order, "arrive", "visited", text=f"{visit.worker}已到场")
    record(actor, "fieldwork.repair.arrive", order, after={"visit": visit.pk}, agency_id=order.agency_id)
    return order


@transaction.atomic
def not_met(actor: Actor, number: str, version: int, *, text: str) -> RepairOrder:
    """Nobody opened: the visit is kept as missed, and another one is to be agreed.

    Raises:
        NotAllowed: there was no appointment.
    """
    order = locked_order(actor, number, version)
    need_crew(actor, order, DISPATCHERS, "登记未能进门")
    visit = order.visits.filter(state__in=("planned", "arrived")).first()
    if visit is None or order.state not in ("assigned", "visited"):
        raise NotAllowed("没有约定的上门", where=order.number, advice="请先约定时间。")
    visit.state, visit.note, visit.left_at = "missed", said(text, "情况", most=200), now()
    visit.save(update_fields=["state", "note", "left_at"])
    move(actor, order, "not_met", "assigned", text=f"未能进门：{visit.note}")
    tell_reporter(
        order, f"missed:{visit.pk}", "维修人员未能进门", f"工单 {order.number}：{visit.note}。请与我们另约时间。"
    )  # fmt: skip
    record(actor, "fieldwork.repair.not_met", order, reason=visit.note, agency_id=order.agency_id)
    return order


@transaction.atomic
def add_line(actor: Actor, number: str, version: int, *, code: str, quantity: Decimal) -> RepairLine:
    """Write down what was used, at the price of the list on this day.

    Raises:
        NotAllowed: not on the spot.
        InputError: not on the list, no such quantity, or too many lines.
    """
    order = locked_order(actor, number, version)
    need_crew(actor, order, DISPATCHERS, "登记用料用工")
    if order.state != "visited":
        raise NotAllowed("登记到场以后才能登记用料用工", where=order.number, advice="请先登记到场。")
    if not Decimal(0) < quantity <= QUANTITY_MAX or quantity != quantity.quantize(Decimal("0.01")):
        raise InputError("数量应大于零，最多两位小数", where="数量", advice="请核对。")
    if order.lines.count() >= LINES_MAX:
        raise InputError(f"一张工单最多 {LINES_MAX} 行", advice="请合并相同的项目。")
    price = price_of(order.agency, code, now().date())
    last = order.lines.aggregate(last=Max("number"))["last"] or 0
    line = RepairLine.objects.create(
        order=order, number=last + 1, kind=price.kind, code=code, name=price.name, unit=price.unit, quantity=quantity,
        price_fen=price.fen, amount_fen=line_fen(quantity, price.fen), citation=price.citation[:200],
        made_by_id=actor.account_id or None, made_at=now(),
    )  # fmt: skip
    move(actor, order, "line", "visited", note=f"{price.name} {quantity}{price.unit}")
    record(
        actor, "fieldwork.repair.add_line", order, after={"code": code, "quantity": quantity, "fen": line.amount_fen},
        agency_id=order.agency_id,
    )  # fmt: skip
    return line


@transaction.atomic
def drop_line(actor: Actor, number: str, version: int, line_number: int) -> RepairOrder:
    """Take a line back that was written down wrongly, while the work goes on.

    Raises:
        NotAllowed: no such line, or the work is finished.
    """
    order = locked_order(actor, number, version)
    need_crew(actor, order, DISPATCHERS, "更正用料用工")
    line = order.lines.filter(number=line_number).first()
    if order.state != "visited" or line is None:
        raise NotAllowed("没有这一行，或已经修完", where=order.number, advice="请刷新页面。")
    gone = f"{line.name} {line.quantity}{line.unit}"
    line.delete()
    move(actor, order, "line", "visited", note=f"删去 {gone}")
    record(actor, "fieldwork.repair.drop_line", order, before={"line": gone}, agency_id=order.agency_id)
    return order


def total_of(order: RepairOrder) -> int:
    """What the lines of an order add up to, in fen."""
    return int(order.lines.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


@transaction.atomic
def finish(
    actor: Actor,
    number: str,
    version: int,
    *,
    cause: str,
    part: str,
    text: str,
    signed_way: str = "",
    signed_by: str = "",
) -> RepairOrder:
    """It is repaired: why it broke and where say who pays; whoever lives there signs on the spot, on the phone or later online.

    Raises:
        NotAllowed: not on the spot, or more money than was granted.
        InputError: no photograph of the finished work, or something is not filled in.
    """
    order = locked_order(actor, number, version)
    need_crew(actor, order, DISPATCHERS, "登记修复")
    if order.state != "visited":
        raise NotAllowed("登记到场以后才能登记修复", where=order.number, advice="请先登记到场。")
    if not order.photos.filter(moment="after").exists():
        raise InputError("还没有维修后的照片", where="照片", advice="请先拍一张修好后的照片上传。")
    total, day = total_of(order), now().date()
    most = max(whole("repair_cost_ceiling", order.agency, day), order.ceiling_fen)
    if total > most:
        raise NotAllowed(
            f"费用 {total / 100:.2f} 元超过可用的 {most / 100:.2f} 元",
            where=order.number,
            advice="请先申请维修费用。",
        )
    order.cause, order.part = one_of(cause, CAUSES, "损坏原因"), one_of(part, PARTS, "损坏部位")
    if cause == "warranty" and order.reopens_id is None:
        raise InputError("这张工单不是保修期内再次报修的", where="损坏原因", advice="请选择实际原因。")
    share = who_pays(cause, part, consumables=choice("repair_consumables", order.agency, day))
    order.payer, order.payer_reason = share.payer, share.reason
    order.owner_fen, order.tenant_fen = (total, 0) if share.payer == "owner" else (0, total)
    order.done_at = now()
    order.warranty_until = day + timedelta(days=whole("repair_warranty_days", order.agency, day))
    order.visits.filter(state="arrived").update(state="left", left_at=order.done_at)
    words = said(text, "维修情况")
    move(
        actor, order, "finish", "done", "cause", "part", "payer", "payer_reason", "owner_fen", "tenant_fen", "done_at",
        "warranty_until", text=words,
    )  # fmt: skip
    if signed_way:
        _sign(order, one_of(signed_way, ("paper", "phone"), "确认方式"), said(signed_by, "确认人", most=60))
    cost = f"费用 {total / 100:.2f} 元，{PAYERS[share.payer]}" if total else "不收费"
    tell_reporter(
        order, "done", "维修已完成",
        f"工单 {order.number} 已修好：{words}。{cost}。请到“我的报修”{'' if order.signed_at else '确认并'}评价；{order.warranty_until:%m月%d日}前同一处再坏，免费返修。",
    )  # fmt: skip
    _charge(actor, order)
    record(
        actor, "fieldwork.repair.finish", order, reason=words,
        after={"cause": cause, "part": part, "payer": share.payer, "fen": total}, agency_id=order.agency_id,
    )  # fmt: skip
    return order


@transaction.atomic
def confirm_work(actor: Actor, number: str, *, way: str = "online", name: str = "") -> RepairOrder:
    """Whoever reported it says that it is repaired and, where they are to pay, that they will; staff note what was said on the phone
    or signed on paper.

    Raises:
        NotAllowed: it is not finished, or it is confirmed.
    """
    order = locked_order(actor, number)
    if actor.kind != "citizen":
        need(actor, order, DISPATCHERS, "登记确认")
        one_of(way, ("paper", "phone"), "确认方式")
    if order.state not in ("done", "rated", "closed") or order.signed_at is not None:
        raise NotAllowed("现在没有需要确认的", where=order.number, advice="请刷新页面。")
    _sign(order, "online" if actor.kind == "citizen" else way, actor.name if actor.kind == "citizen" else said(name, "确认人", most=60))  # fmt: skip
    order.version += 1
    order.save(update_fields=["version"])
    keep(actor, order, "confirm", order.state, text=f"已确认（{SIGNED_WAYS[order.signed_way]}）")
    _charge(actor, order)
    record(
        actor, "fieldwork.repair.confirm", order, after={"way": order.signed_way}, agency_id=order.agency_id
    )
    return order


def _sign(order: RepairOrder, way: str, name: str) -> None:
    order.signed_way, order.signed_by, order.signed_at = way, name, now()
    order.save(update_fields=["signed_way", "signed_by", "signed_at"])


def _charge(actor: Actor, order: RepairOrder) -> None:
    """The tenant's share becomes a claim, once, when they have signed and somebody keeps such claims."""
    if not order.tenant_fen or order.signed_at is None or order.charged_at is not None:
        return
    if any(take(actor, order, order.tenant_fen) for take in hooks.CHARGES):
        order.charged_at = now()
        order.save(update_fields=["charged_at"])


@transaction.atomic
def rate(actor: Actor, number: str, *, stars: int, text: str = "") -> RepairOrder:
    """Whoever reported it says how it was: once, and never forced (国办发〔2019〕51号).

    Raises:
        NotAllowed: not their report, not finished, or rated before.
        InputError: no such grade.
    """
    order = locked_order(actor, number)
    if actor.kind != "citizen" or order.state not in ("done", "closed") or order.stars is not None:
        raise NotAllowed("现在不能评价", where=order.number, advice="请刷新页面。")
    if stars not in range(1, 6):
        raise InputError("没有选择", where="满意程度", advice="请选择一项。")
    order.stars, order.rating_text, order.rated_at = stars, said(text, "意见", needed=False, most=200), now()
    after = "rated" if order.state == "done" else order.state
    move(actor, order, "rate", after, "stars", "rating_text", "rated_at", text=f"评价 {stars} 分")
    record(actor, "fieldwork.repair.rate", order, after={"stars": stars}, agency_id=order.agency_id)
    return order


@transaction.atomic
def close(actor: Actor, number: str, version: int, *, text: str = "") -> RepairOrder:
    """The order is settled; staff close it after a call, the clock after some days.

    Raises:
        NotAllowed: not finished, or the tenant's share is not confirmed yet.
    """
    order = locked_order(actor, number, version)
    need(actor, order, DISPATCHERS | {"supervisor"}, "办结工单")
    if order.tenant_fen and order.signed_at is None:
        raise NotAllowed(
            "承租人承担的费用还没有确认", where=order.number, advice="请联系承租人确认，或另行处理。"
        )
    _charge(actor, order)  # where the account took no bill when it was signed
    order.closed_at = now()
    move(actor, order, "close", "closed", "closed_at", text=said(text, "说明", needed=False) or "工单办结")
    record(actor, "fieldwork.repair.close", order, agency_id=order.agency_id)
    return order


def close_settled(moment: datetime) -> int:
    """The clock closes what was repaired some days ago and about which nobody said anything else; what a tenant is to pay and has
    not confirmed stays open for a person."""
    closed = 0
    waiting = RepairOrder.objects.filter(state__in=("done", "rated"), reopened_by=None).exclude(
        tenant_fen__gt=0, signed_at=None
    )
    for number in list(waiting.order_by("done_at").values_list("number", flat=True)[:CLOSED_AT_ONCE]):
        with transaction.atomic():
            order = locked_order(CLOCK, number)
            if order.state not in ("done", "rated") or order.done_at is None:
                continue
            days = whole("repair_close_days", order.agency, moment.date())
            if moment - order.done_at < timedelta(days=days):
                continue
            order.closed_at = moment
            move(CLOCK, order, "close", "closed", "closed_at", text="期满无异议，工单办结")
            record(CLOCK, "fieldwork.repair.close", order, agency_id=order.agency_id)
            closed += 1
    return closed
