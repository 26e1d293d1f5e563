"""The first use of an empty installation: the first agency and the two administrators who open everything else.

It is done once, by whoever holds the machine; from then on only the two can do it, through the pages, each their part.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from guangsha.audit.actor import CLOCK
from guangsha.kernel.errors import InputError
from guangsha.people import passwords
from guangsha.people.actions import appoint, open_account, open_agency
from guangsha.people.models import Account, Agency


@dataclass(frozen=True, slots=True)
class First:
    """One of the first two accounts. An empty password is made up."""

    username: str
    name: str
    password: str = ""


def refuse_second_time() -> None:
    """Raise ``InputError`` where an agency or an account of staff exists."""
    if Agency.objects.exists() or Account.objects.filter(kind="staff").exists():
        raise InputError(
            "这里已经启用过",
            where="启用",
            advice="机构和账号请由系统管理员、安全管理员登录后在系统配置中办理。",
        )


def open_house(
    *, agency: str, kind: str, region_code: str, system_admin: First, security_admin: First
) -> dict[str, str]:
    """Write the first agency, its system administrator and its security administrator, whole or not at all.

    Returns:
        The first password of each, by login name; both must be changed at the first sign-in.

    Raises:
        InputError: something exists already, the two are one, or a name, code or password breaks a rule.
    """
    if system_admin.username.strip() == security_admin.username.strip():
        raise InputError("系统管理员和安全管理员须是两个人", where="启用")
    given: dict[str, str] = {}
    with transaction.atomic():
        refuse_second_time()
        first = open_agency(CLOCK, name=agency, kind=kind, region_code=region_code)
        for role, person in (("system_admin", system_admin), ("security_admin", security_admin)):
            password = person.password or passwords.fresh(person.username)
            account = open_account(CLOCK, username=person.username, name=person.name, password=password)
            appoint(CLOCK, account_id=account.pk, agency_id=first.pk, role=role, reason="首次启用")
            given[account.username] = password
    return given
