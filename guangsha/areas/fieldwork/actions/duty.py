"""The duty roster (值班): one person a week for an agency, with somebody above who leads; they hear first what is urgent or late.

Source: operations.md E05 (emergency teams, 24-hour duty).
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from guangsha.areas.fieldwork.actions.base import NotAllowed, OrderMoved, holders, said, tell_accounts, today
from guangsha.areas.fieldwork.models import Duty
from guangsha.areas.fieldwork.rules import APPROVERS, DISPATCHERS, INSPECTORS, monday_of
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Account, Agency

#: Who may be on duty; who leads it; who writes the roster.
ON_DUTY = DISPATCHERS | INSPECTORS
LEADS = APPROVERS
#: How far ahead the roster is written.
AHEAD = timedelta(weeks=26)
_PHONE = re.compile(r"[0-9-]{5,20}")


@transaction.atomic
def put_on_duty(
    actor: Actor, agency: Agency, monday: date, *, account_id: int, deputy_id: int | None, phone: str, version: int = 0, reason: str = ""
) -> Duty:  # fmt: skip
    """Say who is on duty in a week, or put somebody else in their place.

    Args:
        version: of the entry that is changed; 0 for a week that nobody has.
        reason: why somebody else; needed where there was somebody.

    Raises:
        NotAllowed: not a head of the agency.
        OrderMoved: a colleague changed it in between.
        InputError: the week is over or too far, no such colleague, or no telephone.
    """
    if actor.kind != "staff" or not actor.roles_at(agency.pk) & {"supervisor"}:
        raise NotAllowed("您的岗位不能排班", advice="请由单位负责人办理。")
    this = monday_of(today())
    if monday != monday_of(monday) or not this <= monday <= this + AHEAD:
        raise InputError("只能排本周和今后半年内的班", where="值班周", advice="请从值班表中选择。")
    person, lead = _one_of(agency, account_id, ON_DUTY, "值班人"), None
    if deputy_id:
        lead = _one_of(agency, deputy_id, LEADS, "带班领导")
        if lead == person:
            raise InputError("值班人和带班领导不能是同一人", where="带班领导", advice="请另选一人。")
    number = "".join(phone.split())
    if not _PHONE.fullmatch(number):
        raise InputError("应为数字和短横", where="值班电话", advice="例如 0730-8000000。")
    Agency.objects.select_for_update(of=("self",)).get(pk=agency.pk)
    duty = Duty.objects.filter(agency=agency, monday=monday).first()
    if (duty.version if duty else 0) != version:
        raise OrderMoved("这一周刚被别人排过班", where=f"{monday:%m月%d日}", advice="请刷新页面。")
    why = said(reason, "理由", needed=duty is not None)
    before = {"account": duty.account_id, "deputy": duty.deputy_id, "phone": duty.phone} if duty else {}
    duty = duty or Duty(agency=agency, monday=monday, version=0)
    duty.account, duty.deputy, duty.phone = person, lead, number
    duty.made_by_id, duty.made_at, duty.version = actor.account_id, timezone.now(), duty.version + 1
    duty.save()
    record(
        actor, "fieldwork.duty.set", duty, reason=why, before=before,
        after={"monday": monday, "account": person.pk, "deputy": lead.pk if lead else None, "phone": number}, agency_id=agency.pk,
    )  # fmt: skip
    tell_accounts(
        [person, *([lead] if lead else [])], f"duty:{duty.pk}:{duty.version}", "值班安排",
        f"{agency.name} {monday:%m月%d日} 至 {monday + timedelta(days=6):%m月%d日}：值班 {person.name}"
        f"{'，带班 ' + lead.name if lead else ''}，电话 {number}。", "/office/duty/", "",
    )  # fmt: skip
    return duty


def candidates(agency: Agency, roles: frozenset[str]) -> list[Account]:
    """Who may be put on duty: those who hold one of ``roles`` here today."""
    return [one for one in holders(agency, roles) if one.kind == "staff"]


def _one_of(agency: Agency, key: int, roles: frozenset[str], where: str) -> Account:
    for one in candidates(agency, roles):
        if one.pk == key:
            return one
    raise InputError("没有选择", where=where, advice="请从列表中选择。")


def on_duty(agency: Agency, day: date, *, lead: bool = False) -> list[Account]:
    """Who is on duty for an agency, or for the nearest one above it that keeps a roster; with ``lead`` also who leads."""
    above = [int(part) for part in agency.path.split("/") if part]
    found = Duty.objects.filter(agency_id__in=above, monday=monday_of(day)).select_related(
        "account", "deputy"
    )
    near = max(found, key=lambda one: above.index(one.agency_id), default=None)
    if near is None:
        return []
    people = [near.account, *([near.deputy] if lead and near.deputy else [])]
    return [one for one in people if one.is_active]


def remind_of_duty(moment: datetime) -> int:
    """Tell the heads of agencies that keep a roster, from Thursday on, that nobody is on duty next week; how many agencies."""
    day = timezone.localdate(moment)
    following = monday_of(day) + timedelta(weeks=1)
    if day.weekday() < 3:
        return 0
    keeping = Agency.objects.filter(pk__in=Duty.objects.values("agency_id"), active=True)
    missing = list(keeping.exclude(duties__monday=following).order_by("pk"))
    for agency in missing:
        tell_accounts(
            holders(agency, ["supervisor"]), f"duty:{agency.pk}:{following}:missing", "下周没有排班",
            f"{agency.name} {following:%m月%d日} 起的一周还没有人值班。", "/office/duty/", "",
        )  # fmt: skip
    return len(missing)
