"""Limits do not pass unnoticed: whoever works on it is warned before, the head of the agency hears after. What reaches nobody makes
the job fail, which the schedule shows to the administrators."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from guangsha.areas.fieldwork.actions.base import holders, tell_accounts, today
from guangsha.areas.fieldwork.actions.duty import on_duty
from guangsha.areas.fieldwork.actions.rounds import overdue_rounds
from guangsha.areas.fieldwork.facts import ALARM_LEVELS, OPEN_ORDERS
from guangsha.areas.fieldwork.models import FieldAlarm, Hazard, RepairOrder
from guangsha.areas.fieldwork.rules import DISPATCHERS, alarm_level, day_alarm
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.people.models import Account, Agency

#: Orders and hazards looked at in one run; the nearest limits first.
AT_ONCE = 2000


def order_limit(order: RepairOrder) -> tuple[datetime, datetime] | None:
    """When the time that runs for an order began and when it ends: for the answer, then for the work; None when none runs."""
    if order.state == "new":
        return order.reported_at, order.answer_due_at
    if order.state in ("triaged", "assigned", "visited") and order.finish_due_at and order.answered_at:
        return order.answered_at, order.finish_due_at
    return None


def raise_alarms(moment: datetime) -> int:
    """Warn of limits that are near or past, once for each level and limit; how many alarms were raised.

    Raises:
        InputError: an alarm that reaches nobody.
    """
    raised, unheard = 0, list[str]()
    for level, order in _late_orders(moment):
        limit = order_limit(order)
        if limit is None:
            continue
        told = _told(
            order.agency, level, order.contractor.accounts.filter(is_active=True) if order.contractor else (),
            f"repair:{order.number}:{level}:{limit[1].isoformat()}", f"维修工单{ALARM_LEVELS[level]}",
            f"工单 {order.number}（{order.place}）{'答复' if order.state == 'new' else '修复'}期限 {timezone.localtime(limit[1]):%m月%d日 %H:%M}，{ALARM_LEVELS[level]}。",
            f"/office/repairs/{order.number}/", order.number,
        )  # fmt: skip
        raised, unheard = _kept(
            raised, unheard, told, order.number, level, limit[1].isoformat(), moment, order=order
        )
    calendar, day = national_calendar(), timezone.localdate(moment)
    waiting = Hazard.objects.filter(state__in=("assigned", "fixed"), limit_on__isnull=False).select_related(
        "agency", "contractor"
    )
    for hazard in waiting.order_by("limit_on", "pk")[:AT_ONCE]:
        if hazard.limit_on is None or (hazard.state == "fixed" and hazard.fixed_on and hazard.fixed_on <= hazard.limit_on and day <= hazard.limit_on):  # fmt: skip
            continue
        level = day_alarm(calendar, day, hazard.limit_on)
        if not level or hazard.alarms.filter(level=level, limit=hazard.limit_on.isoformat()).exists():
            continue
        told = _told(
            hazard.agency, level, hazard.contractor.accounts.filter(is_active=True) if hazard.contractor else (),
            f"hazard:{hazard.number}:{level}:{hazard.limit_on}", f"安全隐患整改{ALARM_LEVELS[level]}",
            f"隐患 {hazard.number}（{hazard.place}）整改期限 {hazard.limit_on:%m月%d日}，{ALARM_LEVELS[level]}。",
            f"/office/hazards/{hazard.number}/", hazard.number,
        )  # fmt: skip
        raised, unheard = _kept(
            raised, unheard, told, hazard.number, level, hazard.limit_on.isoformat(), moment, hazard=hazard
        )
    for round_ in overdue_rounds(moment):
        tell_accounts(
            holders(round_.agency, ["supervisor", "field_inspector"]), f"round:{round_.pk}:overdue", "检查超期",
            f"{round_}的{round_.checklist.name}应在 {round_.due_on:%m月%d日} 前完成。", f"/office/rounds/{round_.pk}/", "",
        )  # fmt: skip
    if unheard:
        raise InputError(
            f"{len(unheard)} 件将到期或超期的工单、隐患没有任何人可以提醒：{'、'.join(unheard[:20])}",
            advice="请为这些机构任命负责人。",
        )
    return raised


def _late_orders(moment: datetime) -> Iterable[tuple[str, RepairOrder]]:
    running = RepairOrder.objects.filter(
        Q(state="new") | Q(state__in=OPEN_ORDERS, finish_due_at__isnull=False)
    )
    for order in running.select_related("agency", "contractor").order_by("answer_due_at", "pk")[:AT_ONCE]:
        limit = order_limit(order)
        level = alarm_level(moment, *limit) if limit else ""
        if limit and level and not order.alarms.filter(level=level, limit=limit[1].isoformat()).exists():
            yield level, order


def _told(
    agency: Agency,
    level: str,
    crew: Iterable[Account],
    key: str,
    subject: str,
    body: str,
    link: str,
    about: str,
) -> int:
    """Before: those who give out work and the crew; after: the head of the agency as well; much later: also the one above."""
    roles = set(DISPATCHERS)
    if level in ("overdue", "escalated"):
        roles |= {"supervisor"}
    if level == "escalated":
        roles |= {"city_approver"}
    people = {account.pk: account for account in holders(agency, roles)}
    people |= {account.pk: account for account in crew}
    if level in ("overdue", "escalated"):
        # who is on duty this week hears it whatever their role, and who leads them when it goes further
        lead = level == "escalated"
        people |= {account.pk: account for account in on_duty(agency, today(), lead=lead)}
    return tell_accounts(people.values(), key, subject, body, link, about)


def _kept(
    raised: int, unheard: list[str], told: int, number: str, level: str, limit: str, moment: datetime,
    *, order: RepairOrder | None = None, hazard: Hazard | None = None,
) -> tuple[int, list[str]]:  # fmt: skip
    if not told:
        return raised, [*unheard, number]
    with transaction.atomic():
        alarm, new = FieldAlarm.objects.get_or_create(
            order=order, hazard=hazard, level=level, limit=limit, defaults={"told": told, "raised_at": moment}
        )
        if new:
            agency = order.agency_id if order else hazard.agency_id if hazard else 0
            record(
                CLOCK,
                "fieldwork.alarm.raise",
                alarm,
                after={"of": number, "level": level, "told": told},
                agency_id=agency,
            )
    return raised + int(new), unheard
