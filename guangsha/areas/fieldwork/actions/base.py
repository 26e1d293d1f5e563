"""What every act on a repair order or a hazard shares: lock it, ask who may, keep the step, tell whom it concerns.

Order of locks: the order (or hazard), then what belongs to it, then the chain of the log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import partial

from django.db.models import Max, Q
from django.utils import timezone

from guangsha.areas.fieldwork.access import access_hazard, access_order, contractors_of
from guangsha.areas.fieldwork.facts import HAZARD_STATES, ORDER_STATES
from guangsha.areas.fieldwork.models import Hazard, HazardEvent, RepairEvent, RepairOrder
from guangsha.areas.fieldwork.rules import hazard_may_follow, may_follow
from guangsha.areas.intake.actions.numbers import yearly_number
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said as said
from guangsha.notify.actions import tell
from guangsha.people.models import Account, Agency, Appointment, Delegation
from guangsha.people.recusal import recused_indexes

#: ``prefix, region, day`` → a number of this room's series.
new_number = partial(yearly_number, "fieldwork")


class OrderMoved(InputError):
    """Somebody else worked on it in between."""

    code = "repair-moved"


class NotAllowed(InputError):
    """This person may not do this now."""

    code = "not-allowed"


def now() -> datetime:
    """The moment of an act, in the local zone."""
    return timezone.localtime()


def today() -> date:
    return timezone.localdate()


def one_of(value: str, known: Collection[str], where: str) -> str:
    """A code that is one of those known.

    Raises:
        InputError: it is not.
    """
    if value not in known:
        raise InputError("没有选择", where=where, advice="请从列表中选择。")
    return value


# --- repair orders


def locked_order(actor: Actor, number: str, version: int | None = None) -> RepairOrder:
    """The order, locked for this transaction.

    Raises:
        NotThere: no such order, or not this actor's to see.
        OrderMoved: it was changed since ``version``.
    """
    seen = access_order(actor, number)
    order = (
        RepairOrder.objects.select_for_update(of=("self",))
        .select_related("agency", "dwelling__estate", "estate", "contractor", "reporter", "account", "lease")
        .get(pk=seen.pk)
    )
    if version is not None and order.version != version:
        raise OrderMoved(
            "这张工单刚被别人办理过", where=order.number, advice="请刷新页面，看过最新情况再办。"
        )
    return order


def need(actor: Actor, order: RepairOrder, roles: frozenset[str], what: str) -> None:
    """Only staff with one of ``roles`` over the agency, and nobody for a relative (回避); the clock may do what it is asked.

    Raises:
        NotAllowed: otherwise.
    """
    if actor.kind == "system":
        return
    if actor.kind != "staff" or not actor.roles_at(order.agency_id) & roles:
        raise NotAllowed(f"您的岗位不能{what}", where=order.number, advice="请由有权限的同事办理。")
    if order.reporter is not None and order.reporter.identity_index in recused_indexes(actor.account_id):
        raise NotAllowed("您与报修人有亲属关系，应当回避", where=order.number, advice="请由同事办理。")


def need_crew(actor: Actor, order: RepairOrder, roles: frozenset[str], what: str) -> None:
    """Only the firm that the order was given to, or staff with one of ``roles``.

    Raises:
        NotAllowed: otherwise.
    """
    if actor.kind == "enterprise":
        if order.contractor_id and contractors_of(actor).filter(pk=order.contractor_id).exists():
            return
        raise NotAllowed("这张工单没有派给您的单位", where=order.number, advice="请与派工人员联系。")
    need(actor, order, roles, what)


def move(
    actor: Actor, order: RepairOrder, act: str, after: str, *fields: str, text: str = "", note: str = ""
) -> None:
    """Bring an order into a state, with these columns, and keep the step.

    Raises:
        NotAllowed: that state may not follow.
    """
    before = order.state
    if before != after and not may_follow(before, after):
        raise NotAllowed(
            f"工单现为“{ORDER_STATES[before]}”，不能改为“{ORDER_STATES[after]}”",
            where=order.number,
            advice="请刷新页面，核对最新状态。",
        )
    order.state, order.version = after, order.version + 1
    order.save(update_fields=[*fields, "state", "version"])
    keep(actor, order, act, before, text=text, note=note)


def keep(actor: Actor, order: RepairOrder, act: str, before: str, *, text: str = "", note: str = "") -> None:
    """Write one step of an order; the order is locked or new."""
    last = order.events.aggregate(last=Max("number"))["last"] or 0
    RepairEvent.objects.create(
        order=order, number=last + 1, act=act, before=before, after=order.state, text=text[:300], note=note[:300],
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip


def tell_reporter(order: RepairOrder, key: str, subject: str, body: str) -> None:
    """Tell who reported it, in the inbox of their account and by text; the same ``key`` once."""
    told = f"repair:{order.number}:{key}"
    account = order.account
    if account is None and order.reporter_id:
        account = Account.objects.filter(kind="citizen", person_id=order.reporter_id, is_active=True).first()
    if account is not None and account.kind == "citizen":
        tell(
            account,
            subject=subject,
            body=body,
            key=told,
            link=f"/my/repairs/{order.number}/",
            about=order.number,
        )
    elif order.phone:
        tell(None, subject=subject, body=body, key=told, about=order.number, phone=order.phone)


def holders(agency: Agency, roles: Iterable[str]) -> list[Account]:
    """Who holds one of ``roles`` today, or stands in for a holder, in the agency or above it."""
    day, wanted = today(), sorted(roles)
    above = [int(part) for part in agency.path.split("/") if part]
    own = Appointment.objects.filter(
        Q(ended_on=None) | Q(ended_on__gte=day), role__in=wanted, agency_id__in=above, started_on__lte=day, agency__active=True,
    )  # fmt: skip
    taken = Delegation.objects.filter(
        role__in=wanted, agency_id__in=above, started_on__lte=day, ended_on__gte=day, revoked_at=None, agency__active=True,
    )  # fmt: skip
    found = Account.objects.filter(
        Q(pk__in=own.values("account_id")) | Q(pk__in=taken.values("deputy_id")), is_active=True
    )
    return list(found.order_by("id"))


def tell_accounts(
    accounts: Iterable[Account], key: str, subject: str, body: str, link: str, about: str
) -> int:
    """An inbox message to each; how many were told."""
    count = 0
    for account in accounts:
        tell(
            account, subject=subject, body=body, key=f"{key}:{account.pk}", link=link, about=about, channels=("inbox",)
        )  # fmt: skip
        count += 1
    return count


# --- hazards


def locked_hazard(actor: Actor, number: str, version: int | None = None) -> Hazard:
    """The hazard, locked for this transaction.

    Raises:
        NotThere: no such hazard, or not this actor's to see.
        OrderMoved: it was changed since ``version``.
    """
    seen = access_hazard(actor, number)
    hazard = (
        Hazard.objects.select_for_update(of=("self",)).select_related("agency", "contractor").get(pk=seen.pk)
    )
    if version is not None and hazard.version != version:
        raise OrderMoved(
            "这条隐患刚被别人办理过", where=hazard.number, advice="请刷新页面，看过最新情况再办。"
        )
    return hazard


def need_for_hazard(actor: Actor, hazard: Hazard, roles: frozenset[str], what: str) -> None:
    """Only staff with one of ``roles`` over the agency.

    Raises:
        NotAllowed: otherwise.
    """
    if actor.kind != "staff" or not actor.roles_at(hazard.agency_id) & roles:
        raise NotAllowed(f"您的岗位不能{what}", where=hazard.number, advice="请由有权限的同事办理。")


def move_hazard(actor: Actor, hazard: Hazard, act: str, after: str, *fields: str, text: str = "") -> None:
    """Bring a hazard into a state, with these columns, and keep the step.

    Raises:
        NotAllowed: that state may not follow.
    """
    before = hazard.state
    if before != after and not hazard_may_follow(before, after):
        raise NotAllowed(
            f"隐患现为“{HAZARD_STATES[before]}”，不能改为“{HAZARD_STATES[after]}”",
            where=hazard.number,
            advice="请刷新页面，核对最新状态。",
        )
    hazard.state, hazard.version = after, hazard.version + 1
    hazard.save(update_fields=[*fields, "state", "version"])
    keep_hazard(actor, hazard, act, before, text=text)


def keep_hazard(actor: Actor, hazard: Hazard, act: str, before: str, *, text: str = "") -> None:
    """Write one step of a hazard; it is locked or new."""
    last = hazard.events.aggregate(last=Max("number"))["last"] or 0
    HazardEvent.objects.create(
        hazard=hazard, number=last + 1, act=act, before=before, after=hazard.state, text=text[:300],
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
