"""What every act on an agreement shares: lock it, ask who may, tell the household, record.

Order of locks: the agreement, then what belongs to it, then the chain of the log.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

from django.db.models import Max
from django.utils import timezone

from guangsha.areas.intake.actions.numbers import yearly_number
from guangsha.areas.registry.models import Membership, Person
from guangsha.areas.subsidy.access import access_agreement
from guangsha.areas.subsidy.models import Agreement, Calculation
from guangsha.areas.subsidy.rules import Confirmed
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said as said
from guangsha.notify.actions import tell
from guangsha.people.models import Account
from guangsha.people.recusal import recused_indexes
from guangsha.policy.entitlement import Timing
from guangsha.policy.parameter_files import book_of

#: ``prefix, region, day`` → a number of this room's series.
new_number = partial(yearly_number, "subsidy")


class AgreementMoved(InputError):
    """Somebody else changed the agreement in between."""

    code = "agreement-moved"


class NotAllowed(InputError):
    """This person may not do this now."""

    code = "not-allowed"


def today() -> date:
    return timezone.localdate()


def locked(actor: Actor, number: str, version: int | None = None) -> Agreement:
    """The agreement, locked for this transaction.

    Raises:
        NotThere: no such agreement, or not this actor's to see.
        AgreementMoved: it was changed since ``version``.
    """
    seen = access_agreement(actor, number)
    agreement = Agreement.objects.select_for_update().get(pk=seen.pk)
    if version is not None and agreement.version != version:
        raise AgreementMoved(
            "这份协议刚被别人办理过", where=agreement.number, advice="请刷新页面，看过最新情况再办。"
        )
    return agreement


def need(actor: Actor, agreement: Agreement, roles: frozenset[str], what: str) -> None:
    """Only staff with one of ``roles`` over the agency, and nobody for a relative (回避); the clock may do what it is asked.

    Raises:
        NotAllowed: otherwise.
    """
    if actor.kind == "system":
        return
    if actor.kind != "staff" or not actor.roles_at(agreement.agency_id) & roles:
        raise NotAllowed(f"您的岗位不能{what}", where=agreement.number, advice="请由有权限的同事办理。")
    kin = recused_indexes(actor.account_id)
    if kin and persons_of(agreement).filter(identity_index__in=kin).exists():
        raise NotAllowed("您与该家庭有亲属关系，应当回避", where=agreement.number, advice="请由同事办理。")


def persons_of(agreement: Agreement) -> Any:
    """Everybody of the household now, and the payee."""
    living = Membership.objects.filter(household_id=agreement.household_id, ended_on=None)
    return Person.objects.filter(pk__in=living.values("person_id")) | Person.objects.filter(
        pk=agreement.payee_id
    )


def touched(agreement: Agreement, *fields: str) -> None:
    """Save these columns and a new version."""
    agreement.version += 1
    agreement.save(update_fields=[*fields, "version"])


def next_calculation(agreement: Agreement) -> int:
    """The number of the agreement's next calculation; the agreement is locked."""
    return int(agreement.calculations.aggregate(last=Max("number"))["last"] or 0) + 1


def confirmed_of(agreement: Agreement) -> list[Confirmed]:
    """The confirmed calculations of an agreement."""
    return [
        Confirmed(number, month, fen, pk)
        for pk, number, month, fen in Calculation.objects.filter(agreement=agreement, state="confirmed")
        .order_by("number")
        .values_list("pk", "number", "from_month", "amount_fen")
    ]


def timing_of(region: str, on: date) -> Timing:
    """When changes take effect in a region on a day.

    Raises:
        RuleMissing: the region has not set it.
    """
    book = book_of()
    return Timing(
        str(book.get("stop_month", region, on).at(None)),
        bool(book.get("retro_clawback", region, on).at(None)),
    )


def whole(key: str, region: str, on: date) -> int:
    """A parameter that counts days, months or percent (of a ratio), as a whole number.

    Raises:
        RuleMissing: the region has not set it.
        InputError: it is no whole number.
    """
    value = book_of().get(key, region, on)
    amount = value.at(None)
    if not isinstance(amount, Fraction):
        raise InputError(f"参数“{value.declared.title}”不是数", advice="请更正参数文件。")
    exact = amount * 100 if value.declared.unit == "倍" else amount
    if exact.denominator != 1:
        raise InputError(f"参数“{value.declared.title}”应为整数", advice="请更正参数文件。")
    return int(exact)


def choice(key: str, region: str, on: date) -> str:
    """A parameter that names one of several ways."""
    return str(book_of().get(key, region, on).at(None))


def accounts_of(agreement: Agreement) -> list[Account]:
    """The citizens' accounts of the payee and of the household's head."""
    persons = {agreement.payee_id, agreement.household.head_id}
    return list(Account.objects.filter(kind="citizen", person_id__in=persons, is_active=True))


def tell_household(agreement: Agreement, key: str, subject: str, body: str) -> None:
    """Tell the household, in the inbox of its accounts and by text to the payee; the same ``key`` once."""
    told = f"subsidy:{agreement.number}:{key}"
    link = f"/my/subsidy/{agreement.number}/"
    accounts = accounts_of(agreement)
    for account in accounts:
        tell(
            account, subject=subject, body=body, key=f"{told}:{account.pk}", link=link, about=agreement.number
        )
    if not accounts and agreement.payee.phone:
        tell(None, subject=subject, body=body, key=told, about=agreement.number, phone=agreement.payee.phone)


def days_from_now(days: int) -> date:
    return today() + timedelta(days=days)
