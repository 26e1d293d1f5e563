"""What every act on a lease shares: lock it, ask who may, tell the household, record.

Order of locks: the dwelling is locked by ``stock.actions.move``; before it the lease, then what belongs to it, then the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils import timezone

from guangsha.areas.intake.actions.numbers import yearly_number
from guangsha.areas.intake.letters import remedies_text
from guangsha.areas.registry.models import Membership, Person
from guangsha.areas.subsidy.actions.base import NotAllowed, said, whole
from guangsha.areas.tenancy.access import access_lease
from guangsha.areas.tenancy.models import Lease, Occupant
from guangsha.areas.tenancy.models_exit import Hearing
from guangsha.areas.tenancy.rules import may_follow
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.notify.actions import tell
from guangsha.people.models import Account
from guangsha.people.recusal import recused_indexes

__all__ = ["NotAllowed", "said", "whole"]
REMEDIES = remedies_text(("reexamination", "reconsideration", "litigation"))

#: ``prefix, region, day`` → a number of this room's series.
new_number = partial(yearly_number, "tenancy")


class LeaseMoved(InputError):
    """Somebody else changed the lease in between."""

    code = "lease-moved"


def today() -> date:
    return timezone.localdate()


def moved(where: str) -> LeaseMoved:
    return LeaseMoved("刚被别人办理过", where=where, advice="请刷新页面，看过最新情况再办。")


def locked(actor: Actor, number: str, version: int | None = None) -> Lease:
    """The lease, locked for this transaction.

    Raises:
        NotThere: no such lease, or not this actor's to see.
        LeaseMoved: it was changed since ``version``.
    """
    seen = access_lease(actor, number)
    lease = (
        Lease.objects.select_for_update(of=("self",))
        .select_related("agency", "tenant", "household")
        .get(pk=seen.pk)
    )
    if version is not None and lease.version != version:
        raise moved(lease.number)
    return lease


def need(actor: Actor, lease: Lease, roles: frozenset[str], what: str) -> None:
    """Only staff with one of ``roles`` over the agency, and nobody for a relative (回避); the clock may do what it is asked.

    Raises:
        NotAllowed: otherwise.
    """
    if actor.kind == "system":
        return
    if actor.kind != "staff" or not actor.roles_at(lease.agency_id) & roles:
        raise NotAllowed(f"您的岗位不能{what}", where=lease.number, advice="请由有权限的同事办理。")
    kin = recused_indexes(actor.account_id)
    if kin and persons_of(lease).filter(identity_index__in=kin).exists():
        raise NotAllowed("您与该家庭有亲属关系，应当回避", where=lease.number, advice="请由同事办理。")


def another(actor: Actor, first_id: int | None, where: str) -> None:
    """A second person is another person.

    Raises:
        NotAllowed: it is the same.
    """
    if first_id is not None and actor.account_id == first_id:
        raise NotAllowed("同一人不能既经办又复核、决定", where=where, advice="请由另一位同事办理。")


def persons_of(lease: Lease) -> Any:
    """Everybody of the household now, the tenant, and who lives there."""
    members = Membership.objects.filter(household_id=lease.household_id, ended_on=None).values("person_id")
    living = Occupant.objects.filter(lease=lease, until=None).values("person_id")
    return Person.objects.filter(Q(pk__in=members) | Q(pk__in=living) | Q(pk=lease.tenant_id))


def set_state(lease: Lease, after: str, *fields: str) -> None:
    """Move the lease to a state that may come next, and save these columns with it.

    Raises:
        InputError: it may not come next.
    """
    may_follow(lease.state, after, lease.number)
    lease.state = after
    touched(lease, "state", *fields)


def touched(lease: Lease, *fields: str) -> None:
    """Save these columns and a new version."""
    lease.version += 1
    lease.save(update_fields=[*dict.fromkeys(fields), "version"])


def tell_household(lease: Lease, key: str, subject: str, body: str) -> None:
    """Tell the household, in the inbox of its accounts and by text to the tenant; the same ``key`` once."""
    told = f"tenancy:{lease.number}:{key}"
    link = f"/my/leases/{lease.number}/"
    accounts = Account.objects.filter(
        kind="citizen", person_id__in={lease.tenant_id, lease.household.head_id}, is_active=True
    )
    for account in accounts:
        tell(account, subject=subject, body=body, key=f"{told}:{account.pk}", link=link, about=lease.number)
    if not accounts and lease.tenant.phone:
        tell(None, subject=subject, body=body, key=told, about=lease.number, phone=lease.tenant.phone)


def ask_household(lease: Lease, about: str, **of: Any) -> Hearing:
    """Tell the household what is planned and until when it is heard (社会救助法 §48); nothing is decided before."""
    due = national_calendar().add_days(today(), whole("tenancy_hearing_days", lease.region, today()))
    hearing = Hearing.objects.create(lease=lease, about=about[:500], told_at=timezone.now(), due_on=due, **of)
    tell_household(
        lease, f"hearing:{hearing.pk}", "请您说明意见",
        f"{about}有不同意见的，请在 {due:%Y年%-m月%-d日} 前说明，可以在网上填写、打电话或到窗口。作出决定前，您家照常居住。",
    )  # fmt: skip
    return hearing


def heard(hearing: Hearing, words: str, outcome: str, way: str, account_id: int | None) -> None:
    """Keep what was said."""
    hearing.said, hearing.outcome, hearing.way = words, outcome, way
    hearing.heard_at, hearing.heard_by_id = timezone.now(), account_id
    hearing.save(update_fields=["said", "outcome", "way", "heard_at", "heard_by"])


def close_occupants(lease: Lease, on: date, reason: str, persons: Iterable[int] | None = None) -> int:
    """Whoever lived there lives there no longer."""
    rows = lease.occupants.filter(until=None)
    if persons is not None:
        rows = rows.filter(person_id__in=persons)
    return rows.update(until=on, reason=reason[:60])


def keep_act(
    actor: Actor,
    lease: Lease,
    action: str,
    obj: Any,
    *,
    reason: str = "",
    before: Any = None,
    after: Any = None,
) -> None:
    """The act in the log of the agency of the lease; call it last."""
    record(
        actor, f"tenancy.{action}", obj, reason=reason, before=before, after={"lease": lease.number, **(after or {})},
        agency_id=lease.agency_id,
    )  # fmt: skip


def days_from(day: date, days: int) -> date:
    return day + timedelta(days=days)
