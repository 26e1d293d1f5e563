"""Showing an estate: times with seats, appointments from the portal, from a case, at the window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.intake.models import Case
from guangsha.areas.registry.access import households_of
from guangsha.areas.registry.models import Person
from guangsha.areas.registry.queries import find_persons
from guangsha.areas.stock.access import access_estate, access_slot, access_viewing
from guangsha.areas.stock.actions.base import NotAllowed, need, new_number, same_version, touched
from guangsha.areas.stock.facts import HALVES, NEEDS, OPEN_STATES
from guangsha.areas.stock.models import Dwelling, Viewing, ViewingSlot
from guangsha.areas.stock.rules import KEEPERS
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said_in_line as said
from guangsha.notify.actions import tell
from guangsha.people.models import Account
from guangsha.people.recusal import kin_of

SEATS_MAX, PEOPLE_MAX, AHEAD_DAYS = 200, 6, 90
#: Appointments that one person may have ahead of them.
LIVING_MAX = 3


@transaction.atomic
def add_slot(actor: Actor, estate_id: int, *, on: date, half: str, seats: int, meet_at: str) -> ViewingSlot:
    """Open half a day on which an estate is shown.

    Raises:
        InputError: the day is over or too far, no seats, or there is one already.
    """
    estate = access_estate(actor, estate_id)
    need(actor, estate.agency_id, KEEPERS, "安排看房")
    today = timezone.localdate()
    if not today < on <= today + timedelta(days=AHEAD_DAYS):
        raise InputError(f"应在明天至 {AHEAD_DAYS} 天内", where="日期", advice="请核对。")
    if half not in HALVES or not 1 <= seats <= SEATS_MAX:
        raise InputError(f"名额应为 1 至 {SEATS_MAX}", where="名额", advice="请核对。")
    try:
        with transaction.atomic():
            slot = ViewingSlot.objects.create(
                estate=estate, on=on, half=half, seats=seats, meet_at=said(meet_at, "集合地点", most=80)
            )
    except IntegrityError as error:
        raise InputError("这个时段已经安排", where="日期", advice="请换一个时段。") from error
    record(
        actor,
        "stock.slot.add",
        slot,
        after={"estate": estate.pk, "on": on, "half": half, "seats": seats},
        agency_id=estate.agency_id,
    )
    return slot


@transaction.atomic
def book(
    actor: Actor,
    slot_id: int,
    *,
    people: int,
    needs: Sequence[str] = (),
    person: Person | None = None,
    case: Case | None = None,
    dwelling: Dwelling | None = None,
) -> Viewing:
    """Take a seat for oneself (a citizen), or for ``person`` (staff and cases).

    Raises:
        InputError: no seat, too late, booked already; NotAllowed: nobody whom the agency could reach.
    """
    slot = (
        ViewingSlot.objects.select_for_update(of=("self",))
        .select_related("estate__agency")
        .filter(pk=slot_id)
        .first()
    )
    if slot is None:
        raise InputError("没有这个时段", where="看房时段", advice="请从列表中选择。")
    if actor.kind == "citizen":
        person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    elif person is not None:
        need(actor, slot.estate.agency_id, KEEPERS, "代为预约")
        if person.identity_index in kin_of(actor):
            raise NotAllowed("您须回避这位群众的事项", where="预约人", advice="请由其他同事办理。")
    if person is None:
        raise NotAllowed("请先完成实名认证", where="预约人", advice="在“我的”里认证后再约，或到窗口预约。")
    if slot.closed or slot.on <= timezone.localdate():
        raise InputError("这个时段已不能预约", where="看房时段", advice="请选其他时段。")
    if not 1 <= people <= PEOPLE_MAX:
        raise InputError(f"应为 1 至 {PEOPLE_MAX} 人", where="看房人数", advice="人多的请分次预约。")
    if slot.taken + people > slot.seats:
        raise InputError(
            f"这个时段只剩 {slot.seats - slot.taken} 个名额",
            where="看房时段",
            advice="请减少人数或选其他时段。",
        )
    ahead = Viewing.objects.filter(person=person, state="booked", slot__on__gt=timezone.localdate())
    if ahead.filter(slot=slot).exists():
        raise InputError("已约过这个时段", where="看房时段", advice="可以在“我的看房”里或到窗口查看、取消。")
    if ahead.count() >= LIVING_MAX:
        raise InputError(f"同时最多 {LIVING_MAX} 个预约", where="看房预约", advice="请先取消不需要的预约。")
    viewing = Viewing.objects.create(
        number=new_number("KF", slot.estate.agency.region_code, timezone.localdate()), slot=slot, person=person, case=case,
        dwelling=dwelling, people=people, needs=[code for code in NEEDS if code in needs], made_at=timezone.now(),
    )  # fmt: skip
    slot.taken += people
    slot.save(update_fields=["taken"])
    tell_person(
        viewing,
        "booked",
        "看房预约成功",
        f"{slot.estate.name}，{_when(slot)}，集合地点：{slot.meet_at}。请带身份证。",
    )
    record(
        actor, "stock.viewing.book", viewing, after={
            "slot": slot.pk, "people": people, "case": case.number if case else "", "dwelling": dwelling.pk if dwelling else None,
        },
        agency_id=slot.estate.agency_id,
    )  # fmt: skip
    return viewing


@transaction.atomic
def book_at_window(
    actor: Actor, slot_id: int, *, who: str, name: str, people: int, door: str = "", needs: Sequence[str] = ()
) -> Viewing:
    """Take a seat for somebody who came to the window or called.

    Args:
        who: their identity number, or the number of their household's file (then its head).
        name: as on the paper that they show; it must be that person's.
        door: the number of a vacant dwelling of this estate that they want to see; empty for the estate alone.

    Raises:
        InputError: nobody within reach is found by ``who`` and ``name``, no such vacant dwelling, or as :func:`book`.
    """
    slot = access_slot(actor, slot_id)
    need(actor, slot.estate.agency_id, KEEPERS, "代为预约")
    wanted = "".join(who.split()).upper()[:32]
    home = households_of(actor).select_related("head").filter(number=wanted).first()
    # only by the whole number: a name alone would find somebody else of that name
    whole = len(wanted) == 18 and wanted[:17].isdecimal()
    person = home.head if home else find_persons(actor, wanted).first() if whole else None
    if person is None or person.name != name.strip():
        raise InputError(
            "没有找到这个人，或姓名不一致",
            where="证件号码或家庭档案号",
            advice="请与证件核对；还没有建档的，请先办理房源查询与看房预约事项。",
        )
    flat = None
    if door.strip():
        flat = slot.estate.dwellings.filter(number=door.strip()[:16], state__in=OPEN_STATES).first()
        if flat is None:
            raise InputError(
                "没有这套房屋，或不在空置", where="想看的房屋", advice="请在楼盘表中查看空置房屋。"
            )
    return book(actor, slot_id, people=people, needs=needs, person=person, dwelling=flat)


def _when(slot: ViewingSlot) -> str:
    return f"{slot.on:%Y年%-m月%-d日}{HALVES[slot.half]}"


def tell_person(viewing: Viewing, key: str, subject: str, body: str) -> None:
    """Tell whoever booked, in the inbox of their account, or by text where there is none; the same ``key`` once."""
    told = f"viewing:{viewing.number}:{key}"
    accounts = list(Account.objects.filter(kind="citizen", person_id=viewing.person_id, is_active=True)[:3])
    for account in accounts:
        tell(
            account,
            subject=subject,
            body=body,
            key=f"{told}:{account.pk}",
            link="/my/viewings/",
            about=viewing.number,
        )
    if not accounts and viewing.person.phone:
        tell(None, subject=subject, body=body, key=told, about=viewing.number, phone=viewing.person.phone)


@transaction.atomic
def cancel(actor: Actor, number: str, version: int, *, reason: str = "") -> Viewing:
    """Give the seat back; by whoever booked, or by a keeper, who says why.

    Raises:
        InputError: the day has come, or it is cancelled already.
    """
    seen = access_viewing(actor, number)
    why = said(reason, "理由", needed=actor.kind == "staff")
    if actor.kind == "staff":
        need(actor, seen.slot.estate.agency_id, KEEPERS, "取消预约")
    slot = ViewingSlot.objects.select_for_update(of=("self",)).get(pk=seen.slot_id)
    viewing = Viewing.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    viewing.slot, viewing.person = seen.slot, seen.person
    same_version(viewing, version)
    if viewing.state != "booked" or slot.on < timezone.localdate():
        raise InputError("不能取消", where=viewing.number, advice="只有还没到日期的预约可以取消。")
    slot.taken -= viewing.people
    slot.save(update_fields=["taken"])
    viewing.state = "cancelled"
    touched(viewing, "state")
    if actor.kind == "staff":
        tell_person(
            viewing,
            "cancelled",
            "看房预约已取消",
            f"{seen.slot.estate.name}，{_when(seen.slot)}。原因：{why}。可以改约其他时间。",
        )
    record(actor, "stock.viewing.cancel", viewing, reason=why, agency_id=seen.slot.estate.agency_id)
    return viewing


@transaction.atomic
def note_viewing(actor: Actor, number: str, version: int, *, came: bool) -> Viewing:
    """Whether they came, on the day or later."""
    seen = access_viewing(actor, number)
    need(actor, seen.slot.estate.agency_id, KEEPERS, "登记看房")
    viewing = Viewing.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    viewing.slot, viewing.person = seen.slot, seen.person
    same_version(viewing, version)
    if viewing.state != "booked" or seen.slot.on > timezone.localdate():
        raise InputError("还没到看房日期，或已登记", where=viewing.number, advice="请在看房当天登记。")
    viewing.state = "came" if came else "absent"
    touched(viewing, "state")
    record(
        actor,
        "stock.viewing.note",
        viewing,
        after={"state": viewing.state},
        agency_id=seen.slot.estate.agency_id,
    )
    return viewing


@transaction.atomic
def close_slot(actor: Actor, slot_id: int, *, reason: str) -> ViewingSlot:
    """Call a time of showing off; everybody who booked is told."""
    seen = access_slot(actor, slot_id)
    need(actor, seen.estate.agency_id, KEEPERS, "取消看房时段")
    slot = ViewingSlot.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if slot.closed:
        raise InputError("已经取消", where=str(slot), advice="请刷新页面。")
    slot.closed, why = True, said(reason, "原因")
    for viewing in slot.viewings.filter(state="booked").select_related("person"):
        viewing.state = "cancelled"
        touched(viewing, "state")
        slot.taken -= viewing.people
        tell_person(
            viewing,
            "off",
            "看房时段已取消",
            f"{seen.estate.name}，{_when(slot)}。原因：{why}。可以改约其他时间。",
        )
    slot.save(update_fields=["closed", "taken"])
    record(actor, "stock.slot.close", slot, reason=why, agency_id=seen.estate.agency_id)
    return slot
