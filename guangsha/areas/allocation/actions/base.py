"""What every act of the area shares: lock, ask who may, read parameters, tell the household.

Order of locks: the plan, dwellings of the plan by key, registrations by key, entries of the list, the register of dwellings, then
the chain of the log.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial

from django.db.models import Q
from django.utils import timezone

from guangsha.areas.allocation.access import access_entry, access_plan
from guangsha.areas.allocation.facts import PLAN_STATES
from guangsha.areas.allocation.models import Plan, Registration, SelectionEvent, WaitlistEntry
from guangsha.areas.allocation.rules import plan_may_follow
from guangsha.areas.intake.actions.numbers import yearly_number
from guangsha.areas.registry.models import Membership
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said as said
from guangsha.notify.actions import drafted, put_out, tell
from guangsha.notify.models import Message
from guangsha.people.models import Account
from guangsha.people.recusal import kin_of
from guangsha.policy.parameter_files import book_of

#: ``prefix, region, day`` → a number of this room's series.
new_number = partial(yearly_number, "allocation")


class Moved(InputError):
    """Somebody else changed it in between."""

    code = "allocation-moved"


class NotAllowed(InputError):
    """This person may not do this, or not now."""

    code = "not-allowed"


def today() -> date:
    return timezone.localdate()


def need(actor: Actor, agency_id: int, roles: frozenset[str], what: str) -> None:
    """Only staff with one of ``roles`` over the agency; the clock may do what it is asked.

    Raises:
        NotAllowed: otherwise.
    """
    if actor.kind == "system":
        return
    if actor.kind != "staff" or not actor.roles_at(agency_id) & roles:
        raise NotAllowed(f"您的岗位不能{what}", advice="请由有权限的同事办理。")


def need_distance(actor: Actor, households: Collection[int]) -> None:
    """Nobody acts for a relative (回避).

    Raises:
        NotAllowed: somebody of these households is declared as kin.
    """
    kin = kin_of(actor) if actor.kind == "staff" else frozenset()
    if (
        kin
        and Membership.objects.filter(
            household_id__in=households, ended_on=None, person__identity_index__in=kin
        ).exists()
    ):
        raise NotAllowed("您与该家庭有亲属关系，应当回避", advice="请由同事办理。")


def locked_entry(actor: Actor, number: str, version: int | None = None) -> WaitlistEntry:
    """The entry, locked for this transaction.

    Raises:
        NotThere: no such entry, or not this actor's to see.
        Moved: it was changed since ``version``.
    """
    seen = access_entry(actor, number)
    entry = WaitlistEntry.objects.select_for_update().get(pk=seen.pk)
    if version is not None and entry.version != version:
        raise Moved("这项轮候登记刚被别人办理过", where=number, advice="请刷新页面，看过最新情况再办。")
    return entry


def locked_plan(actor: Actor, number: str, version: int | None = None) -> Plan:
    """The plan, locked for this transaction.

    Raises:
        NotThere: no such plan, or not this actor's to see.
        Moved: it was changed since ``version``.
    """
    seen = access_plan(actor, number)
    plan = Plan.objects.select_for_update().get(pk=seen.pk)
    if version is not None and plan.version != version:
        raise Moved("这个方案刚被别人办理过", where=number, advice="请刷新页面，看过最新情况再办。")
    return plan


def move_plan(plan: Plan, after: str, *fields: str) -> None:
    """Bring a locked plan into its next state and save these columns with it.

    Raises:
        NotAllowed: the state may not follow.
    """
    if not plan_may_follow(plan.state, after):
        raise NotAllowed(
            f"方案现为“{PLAN_STATES[plan.state]}”，不能改为“{PLAN_STATES[after]}”", where=plan.number, advice="请刷新页面。"
        )  # fmt: skip
    if plan.state == "frozen" and after != "drawn" and plan.draws.exclude(state="aborted").exists():
        raise NotAllowed(
            "方案正在摇号，名册不能再动",
            where=plan.number,
            advice="确需更改的，请先在公开随机数开奖以前中止摇号。",
        )
    plan.state, plan.version = after, plan.version + 1
    plan.save(update_fields=["state", "version", *fields])


def touched(thing: WaitlistEntry | Plan | Registration, *fields: str) -> None:
    """Save these columns and a new version."""
    thing.version += 1
    thing.save(update_fields=[*fields, "version"])


def number_of(key: str, region: str, on: date) -> Fraction:
    """A parameter that is a number, exactly.

    Raises:
        RuleMissing: the region has not set it.
        InputError: it is no number.
    """
    value = book_of().get(key, region[:6], on)
    amount = value.at(None)
    if not isinstance(amount, Fraction):
        raise InputError(f"参数“{value.declared.title}”不是数", advice="请更正参数文件。")
    return amount


def whole(key: str, region: str, on: date) -> int:
    """A parameter that counts: days, months, persons, times, minutes.

    Raises:
        RuleMissing: the region has not set it.
        InputError: it is no whole number.
    """
    amount = number_of(key, region, on)
    if amount.denominator != 1:
        raise InputError(f"参数“{key}”应为整数", advice="请更正参数文件。")
    return int(amount)


def share(key: str, region: str, on: date) -> Decimal:
    """A parameter that is a part of a whole, to two places."""
    amount = number_of(key, region, on)
    return (Decimal(amount.numerator) / amount.denominator).quantize(Decimal("0.01"))


def keep_event(
    actor: Actor,
    plan_id: int,
    kind: str,
    *,
    registration: Registration | None = None,
    offer_id: int | None = None,
    note: str = "",
) -> SelectionEvent:
    """Write down what happened in the room."""
    event = SelectionEvent(
        plan_id=plan_id, registration=registration, offer_id=offer_id, kind=kind, at=timezone.now(),
        account_id=actor.account_id or None, note=note[:300],
    )  # fmt: skip
    event.save()
    return event


def accounts_of(household_id: int, head_id: int, applicant_id: int) -> list[Account]:
    """The citizens' accounts of a household's head and of who applied."""
    return list(Account.objects.filter(kind="citizen", person_id__in={head_id, applicant_id}, is_active=True))


def tell_entry(entry: WaitlistEntry, key: str, subject: str, body: str, link: str = "") -> None:
    """Tell the household of an entry, in the inbox of its accounts and by text; the same ``key`` once."""
    accounts = accounts_of(entry.household_id, entry.household.head_id, entry.applicant_id)
    put_out(drafted_for(entry, accounts, key, subject, body, link=link, phone=entry.applicant.phone))


def drafted_for(
    entry: WaitlistEntry, accounts: Sequence[Account], key: str, subject: str, body: str, *, link: str = "", phone: str = ""
) -> list[Message]:  # fmt: skip
    """The messages of :func:`tell_entry`, not yet in the outbox: whoever tells many puts them out together.

    Args:
        accounts: of the household; without one the text goes to ``phone``, if there is any.
    """
    told, where = f"allocation:{entry.number}:{key}", link or f"/my/waitlist/{entry.number}/"
    if not accounts:
        return drafted(None, subject=subject, body=body, key=told, about=entry.number, phone=phone)
    return [
        message
        for account in accounts
        for message in drafted(
            account, subject=subject, body=body, key=f"{told}:{account.pk}", link=where, about=entry.number
        )
    ]


def tell_staff(agency_id: int, roles: frozenset[str], key: str, subject: str, body: str, link: str) -> None:
    """Tell the colleagues of an agency who hold one of these roles, in their inbox; the same ``key`` once."""
    day = today()
    accounts = Account.objects.filter(
        appointments__agency_id=agency_id,
        appointments__role__in=roles,
        appointments__started_on__lte=day,
        is_active=True,
    ).filter(Q(appointments__ended_on=None) | Q(appointments__ended_on__gte=day))
    for account in accounts.distinct()[:50]:
        tell(account, subject=subject, body=body, key=f"{key}:{account.pk}", link=link, channels=("inbox",))
