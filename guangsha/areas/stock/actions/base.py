"""What every act on the register of dwellings shares: who may, what was said, the lock, the new version.

Order of locks: estate, dwelling (by key, where several), what belongs to it, the chain of the log.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.utils import timezone

from guangsha.areas.intake.actions.numbers import yearly_number
from guangsha.areas.stock.models import Dwelling
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError, RuleMissing
from guangsha.policy.parameter_files import book_of

#: ``prefix, region, day`` → a number of this room's series.
new_number = partial(yearly_number, "stock")


class StockMoved(InputError):
    """Somebody else changed it in between."""

    code = "stock-moved"


class NotAllowed(InputError):
    """This person may not do this now."""

    code = "not-allowed"


def need(actor: Actor, agency_id: int, roles: frozenset[str], what: str) -> None:
    """Only staff with one of ``roles`` over the agency; the clock may do what it is asked.

    Raises:
        NotAllowed: otherwise.
    """
    if actor.kind == "system":
        return
    if actor.kind != "staff" or not actor.roles_at(agency_id) & roles:
        raise NotAllowed(f"您的岗位不能{what}", advice="请由有权限的同事办理。")


def not_later(day: date, where: str) -> date:
    """A day that has come.

    Raises:
        InputError: it lies ahead.
    """
    if day > timezone.localdate():
        raise InputError("晚于今天", where=where, advice="请填写实际发生的日期。")
    return day


def locked_dwelling(key: int, version: int | None = None) -> Dwelling:
    """The dwelling, locked for this transaction.

    Raises:
        StockMoved: it was changed since ``version``.
    """
    dwelling = Dwelling.objects.select_for_update(of=("self",)).select_related("estate").get(pk=key)
    same_version(dwelling, version)
    return dwelling


def same_version(row: Any, version: int | None) -> None:
    """The row is as the form showed it.

    Raises:
        StockMoved: it is not.
    """
    if version is not None and row.version != version:
        raise StockMoved("刚被别人改过", where=str(row), advice="请刷新页面，看过最新情况再办。")


def touched(row: Any, *fields: str) -> None:
    """Save these columns and a new version."""
    row.version += 1
    row.save(update_fields=[*fields, "version"])


def check_table(region: str, on: date) -> str:
    """By which table the region checks its house codes (parameter ``house_code_check``); empty where it has not said so."""
    try:
        named = str(book_of().get("house_code_check", region, on).at(None))
    except RuleMissing:
        return ""
    return "" if named == "unchecked" else named
