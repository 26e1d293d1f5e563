"""A plan of allocation from its draft to its roster: dwellings, announcement, registrations, re-check, public notice.

Source: 公共租赁住房管理办法（住房和城乡建设部令第11号）§11-13; operations.md W3, §2.0 (publicity), §6.3 (masks).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from guangsha.areas.allocation.actions.base import (
    Moved,
    NotAllowed,
    locked_plan,
    move_plan,
    need,
    new_number,
    said,
    share,
    today,
    touched,
    whole,
)
from guangsha.areas.allocation.actions.parameters import kept_first
from guangsha.areas.allocation.facts import BEFORE_FREEZE, MATCHING, METHODS, PLAN_STATES
from guangsha.areas.allocation.models import Plan, PlanDwelling, WaitlistEntry
from guangsha.areas.allocation.rules import APPROVERS, OFFICERS
from guangsha.areas.stock.actions import prepare_move
from guangsha.areas.stock.models import Dwelling
from guangsha.audit.actions import prepare, record, record_all
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.people.models import Agency

#: Dwellings that are put into a plan in one act, and in all.
UNITS_AT_ONCE, UNITS_MAX = 500, 5000


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a plan says. ``score`` in hundredths of a point: ``month``, ``month_max``, ``member``, ``first_tier``.

    Attributes:
        half_day: families of one queue that are called in one half-day; who misses the call stands behind them.
        desks: families of one queue that may choose at the same time; 1: strictly one after the other.
    """

    name: str
    register_from: date
    register_until: date
    document_number: str = ""
    method: str = "draw"
    matching: str = "people"
    place: str = ""
    rent_note: str = ""
    audience: str = ""
    half_day: int = 60
    desks: int = 1
    score: dict[str, int] | None = None
    selects_on: date | None = None


@transaction.atomic
def make_plan(actor: Actor, agency: Agency, said_in: Announcement) -> Plan:
    """Draft a plan; ratios and minutes are those of the place today, and are announced with it.

    Raises:
        NotAllowed: not this person.
        InputError: days out of order, an unknown method, a plan by score without its points.
    """
    need(actor, agency.pk, OFFICERS, "拟订配租方案")
    _checked(said_in)
    region, day = agency.region_code, today()
    rules: dict[str, Any] = {
        "first_tier_share": str(share("first_tier_share", region, day)), "half_day": said_in.half_day,
        "desks": said_in.desks, "parameters_on": day.isoformat(), **kept_first(region, day),
    }  # fmt: skip
    if said_in.method == "score":
        rules["score"] = dict(said_in.score or {})
    plan = Plan.objects.create(
        number=new_number("PZ", region, day), agency=agency, name=said(said_in.name, "方案名称", most=80),
        document_number=said(said_in.document_number, "方案文号", needed=False, most=60), method=said_in.method,
        matching=said_in.matching, selects_on=said_in.selects_on, place=said(said_in.place, "选房地点", needed=False, most=120),
        rent_note=said(said_in.rent_note, "租金说明", needed=False, most=200),
        audience=said(said_in.audience, "登记对象", needed=False, most=200), register_from=said_in.register_from,
        register_until=said_in.register_until, waitlist_ratio=share("waitlist_ratio", region, day),
        choose_minutes=whole("choose_minutes", region, day), lock_minutes=whole("lock_minutes", region, day), rules=rules,
        made_by_id=actor.account_id, made_at=timezone.now(),
    )  # fmt: skip
    record(
        actor, "allocation.plan.make", plan,
        after={"number": plan.number, "method": plan.method, "from": plan.register_from, "until": plan.register_until},
        agency_id=agency.pk,
    )  # fmt: skip
    return plan


def _checked(said_in: Announcement) -> None:
    if said_in.method not in METHODS or said_in.matching not in MATCHING:
        raise InputError("请选择定序办法和配房办法", where="配租方案", advice="请从列表中选择。")
    if said_in.matching == "machine" and said_in.method != "draw":
        raise InputError(
            "按志愿配房的方案要以摇号定序", where="配房办法", advice="请改为摇号，或按顺序选房。"
        )
    if said_in.register_until < said_in.register_from:
        raise InputError("登记截止日不能早于开始日", where="登记时间", advice="请核对日期。")
    if said_in.selects_on is not None and said_in.selects_on <= said_in.register_until:
        raise InputError("选房开始日应在登记截止以后", where="选房开始日", advice="请核对日期。")
    if not 1 <= said_in.half_day <= 1000 or not 1 <= said_in.desks <= 100:
        raise InputError("半日叫号 1 至 1000 户，同时选房 1 至 100 户", where="选房安排", advice="请更正。")
    if said_in.method == "score" and not any((said_in.score or {}).values()):
        raise InputError("按评分定序的方案要写明各项得分", where="评分", advice="请填写每项的分值。")


@transaction.atomic
def offer_dwellings(
    actor: Actor, plan_number: str, version: int, dwelling_ids: Collection[int]
) -> list[PlanDwelling]:
    """Put vacant dwellings of public rental housing into a draft or a plan whose roster is not frozen.

    Raises:
        NotAllowed: the roster is frozen, or not this person.
        DwellingMoved: one of them is not vacant (any more).
        InputError: none, too many, unknown, or not of public rental housing.
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, OFFICERS, "编制配租房源")
    if plan.state not in ("planned", *BEFORE_FREEZE):
        raise NotAllowed(f"方案现为“{PLAN_STATES[plan.state]}”，不能增加房源", where=plan.number)
    wanted = sorted(set(dwelling_ids))
    if not 1 <= len(wanted) <= UNITS_AT_ONCE or plan.dwellings.count() + len(wanted) > UNITS_MAX:
        raise InputError(f"一次 1 至 {UNITS_AT_ONCE} 套，一个方案最多 {UNITS_MAX} 套", where="房源")
    found = list(
        Dwelling.objects.filter(
            pk__in=wanted, programme="public_rental", estate__agency_id__in=_agencies(actor, plan)
        )
        .select_related("estate")
        .order_by("pk")
    )
    if len(found) != len(wanted):
        raise InputError("有的房屋不存在，或不是公租房", where="房源", advice="请刷新页面后重新选择。")
    estates = {one.estate_id for one in found} | set(
        plan.dwellings.values_list("dwelling__estate_id", flat=True)
    )
    offers, acts = [], []
    for one in found:
        _, act = prepare_move(actor, one.pk, "planned", on=today(), reason=f"列入配租方案 {plan.number}",
                              expected=frozenset({"vacant"}), source_type="allocation.plan", source_id=plan.number)  # fmt: skip
        acts.append(act)
        unit_no = one.number if len(estates) == 1 else f"{one.estate.code}/{one.number}"
        offers.append(
            PlanDwelling(plan=plan, dwelling=one, unit_no=unit_no, layout=one.layout, floor=one.floor, area_m2=one.area_m2,
                         accessible=one.accessible)
        )  # fmt: skip
    made = PlanDwelling.objects.bulk_create(offers)
    if len(estates) > 1:  # numbers of doors repeat from estate to estate
        rest = list(plan.dwellings.select_related("dwelling__estate"))
        for offer in rest:
            offer.unit_no = f"{offer.dwelling.estate.code}/{offer.dwelling.number}"
        PlanDwelling.objects.bulk_update(rest, ["unit_no"], batch_size=500)
    touched(plan)
    after = {"dwellings": len(made)}
    record_all([*acts, prepare(actor, "allocation.plan.offer", plan, after=after, agency_id=plan.agency_id)])
    return made


def _agencies(actor: Actor, plan: Plan) -> frozenset[int]:
    return actor.scope | {plan.agency_id}


@transaction.atomic
def approve_plan(actor: Actor, plan_number: str, version: int, *, document_number: str = "") -> Plan:
    """A second person signs the plan: it is public, and its window opens on the day it says.

    Raises:
        NotAllowed: who drafted it, no dwellings, or the window is over already.
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, APPROVERS, "批准配租方案")
    if plan.made_by_id == actor.account_id:
        raise NotAllowed("拟订和批准不能是同一人", where=plan.number, advice="请由另一位同事批准。")
    if not plan.dwellings.filter(state="open").exists():
        raise NotAllowed("方案里没有房源", where=plan.number, advice="请先选入空置房屋。")
    if plan.register_until < today():
        raise NotAllowed("登记截止日已过", where=plan.number, advice="请更正登记时间后再批准。")
    plan.document_number = (
        said(document_number, "方案文号", needed=not plan.document_number, most=60) or plan.document_number
    )
    plan.approved_by_id, plan.approved_at = actor.account_id, timezone.now()
    move_plan(plan, "registering", "document_number", "approved_by", "approved_at")
    record(
        actor, "allocation.plan.approve", plan, after={"state": plan.state, "document": plan.document_number},
        agency_id=plan.agency_id,
    )  # fmt: skip
    return plan


@transaction.atomic
def close_registration(actor: Actor, plan_number: str, version: int | None = None) -> Plan:
    """The window is over: the fifteen working days of the re-check begin (11号令 §11).

    Raises:
        NotAllowed: the last day is not over, or not this person.
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, OFFICERS, "截止登记")
    if today() <= plan.register_until:
        raise NotAllowed(f"登记到 {plan.register_until:%Y年%-m月%-d日}为止，还没有结束", where=plan.number)
    limit = whole("recheck_workdays", plan.agency.region_code, today())
    plan.recheck_until = national_calendar().add_workdays(plan.register_until, limit)
    move_plan(plan, "rechecking", "recheck_until")
    record(
        actor, "allocation.plan.close_registration", plan,
        after={"registrations": plan.registrations.filter(state="registered").count(), "until": plan.recheck_until},
        agency_id=plan.agency_id,
    )  # fmt: skip
    return plan


def close_registrations(now: Any) -> int:
    """Windows whose last day is over, for the clock."""
    over = Plan.objects.filter(state="registering", register_until__lt=timezone.localdate(now))
    numbers = list(over.values_list("number", flat=True))
    for number in numbers:
        close_registration(CLOCK, number)
    return len(numbers)


@transaction.atomic
def cancel_plan(actor: Actor, plan_number: str, version: int, *, reason: str) -> Plan:
    """A plan is given up before families choose: its dwellings are vacant again, its families wait in their old places and are told.

    Raises:
        NotAllowed: families choose already, or not this person.
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, APPROVERS, "取消配租方案")
    plan.reason = said(reason, "取消原因")
    move_plan(plan, "cancelled", "reason")
    free_dwellings(actor, plan, f"配租方案 {plan.number} 取消")
    free_entries(plan)
    record(
        actor,
        "allocation.plan.cancel",
        plan,
        reason=plan.reason,
        after={"state": "cancelled"},
        agency_id=plan.agency_id,
    )
    return plan


def free_dwellings(actor: Actor, plan: Plan, reason: str) -> int:
    """What nobody chose is vacant again; the plan is locked and the caller records the act."""
    rest = list(plan.dwellings.select_for_update().filter(state="open").order_by("pk"))
    moves = [
        prepare_move(actor, offer.dwelling_id, "vacant", on=today(), reason=reason, expected=frozenset({"planned"}),
                     source_type="allocation.plan", source_id=plan.number)
        for offer in rest
    ]  # fmt: skip
    plan.dwellings.filter(pk__in=[offer.pk for offer in rest]).update(state="withdrawn", note=reason[:200])
    record_all([act for _, act in moves])
    return len(rest)


def free_entries(plan: Plan) -> int:
    """Families that went out empty-handed wait again in their old places; the caller records the act."""
    left = (
        plan.registrations.exclude(session_state="signed")
        .exclude(state="withdrawn")
        .values_list("waitlist_entry_id", flat=True)
    )
    busy = Q(
        registrations__plan__state__in=("registering", *BEFORE_FREEZE, "frozen", "drawn", "selecting")
    ) & ~Q(registrations__plan=plan)
    back = WaitlistEntry.objects.filter(pk__in=list(left), state="registered")
    engaged = set(back.filter(busy, ~Q(registrations__state="withdrawn")).values_list("pk", flat=True))
    free = [pk for pk in back.values_list("pk", flat=True) if pk not in engaged]
    return WaitlistEntry.objects.filter(pk__in=free).update(
        state="waiting", state_since=today(), state_reason=""
    )


def ratio_text(plan: Plan) -> str:
    """The ratio of those who wait to move up, as people write it."""
    return f"{(plan.waitlist_ratio * Decimal(100)):.0f}%"


__all__ = [
    "Announcement", "Moved", "approve_plan", "cancel_plan", "close_registration", "close_registrations", "free_dwellings",
    "free_entries", "make_plan", "offer_dwellings", "ratio_text",
]  # fmt: skip
