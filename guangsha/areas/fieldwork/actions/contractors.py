"""Firms and crews that repair, and their people who sign in."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from guangsha.areas.fieldwork.access import access_contractor
from guangsha.areas.fieldwork.actions.base import NotAllowed, one_of, said
from guangsha.areas.fieldwork.facts import CONTRACTOR_KINDS
from guangsha.areas.fieldwork.models import Contractor
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Account, Agency

#: Who keeps the list of firms.
KEEPERS = frozenset({"supervisor", "rent_clerk"})
ACCOUNTS_MAX = 50


def write_contractor(
    actor: Actor,
    agency: Agency,
    *,
    name: str,
    kind: str,
    phone: str = "",
    logins: str = "",
    active: bool = True,
    key: int | None = None,
) -> Contractor:
    """Add a firm, or change one; ``logins`` are the sign-in names of its people, parted by blanks or commas.

    Raises:
        NotAllowed: not one of those who keep the list.
        InputError: no name, the name is taken, or an account that is no firm's.
    """
    if actor.kind != "staff" or not actor.roles_at(agency.pk) & KEEPERS:
        raise NotAllowed("您的岗位不能维护维修单位", advice="请由有权限的同事办理。")
    wanted = sorted({login for login in logins.replace("，", ",").replace(",", " ").split() if login})[
        :ACCOUNTS_MAX
    ]
    accounts = list(Account.objects.filter(username__in=wanted, kind="enterprise", is_active=True))
    if unknown := sorted(set(wanted) - {account.username for account in accounts}):
        raise InputError(
            f"没有企业账号“{unknown[0][:40]}”", where="登录账号", advice="账号由安全管理员建立，类别为企业。"
        )
    try:
        with transaction.atomic():
            contractor = access_contractor(actor, key) if key else Contractor(agency=agency)
            contractor.name = said(name, "名称", most=80)
            contractor.kind = one_of(kind, CONTRACTOR_KINDS, "类别")
            contractor.phone, contractor.active = said(phone, "联系电话", needed=False, most=20), active
            contractor.save()
            contractor.accounts.set(accounts)
            record(
                actor, "fieldwork.contractor.write", contractor,
                after={"name": contractor.name, "active": active, "accounts": [account.pk for account in accounts]},
                agency_id=agency.pk,
            )  # fmt: skip
            return contractor
    except IntegrityError:
        raise InputError(
            "已有同名的维修单位", where="名称", advice="请修改名称，或在列表中打开原有的。"
        ) from None
