"""A member of staff behind a machine: another system of the agency carries an act, a person answers for it.

The key says which system asks; the one-time code says that the person is there. Neither alone acts: whoever issues keys
cannot act for colleagues, and a code is worth nothing without a key. What burdens a citizen (refusal, revocation, suspension)
is not offered at all: it is decided on the pages of the office, by somebody who sees the whole case.
"""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from guangsha.api import limits
from guangsha.api.guard import machine_of_request, request_id
from guangsha.api.problems import Problem
from guangsha.audit.actor import Actor
from guangsha.people import factors
from guangsha.people.actors import build_actor
from guangsha.people.entrances import note_signed_in
from guangsha.people.models import Account
from guangsha.people.tokens import Machine

SALT = "guangsha.api.staff"
#: As long as a page of the office may stand idle (web/sign_in/sessions.py).
LIFE_SECONDS = 30 * 60


def open_session(machine: Machine, login: str, code: str) -> tuple[str, Actor]:
    """A session of this person for this key, and the actor in it.

    Raises:
        Problem: wrong, unknown, closed, without a device, or without a post within the key's agencies: from outside the same.
    """
    limits.WINDOW.take(f"codes:{machine.token_id}", limits.CODES_PER_MINUTE)
    account = Account.objects.filter(username=login, kind="staff", is_active=True).first()
    actor = None
    if account is not None and factors.verify(account, code):
        actor = _narrowed(account, machine, "")
    if account is None or actor is None:
        raise Problem("invalid", "登录名或动态口令不对，或该人员在这把密钥的机构内没有岗位。")
    note_signed_in(account, "api")
    return signing.dumps([machine.token_id, account.pk, _stamp(account)], salt=SALT), actor


def staff_of(request: HttpRequest, session: str) -> Actor:
    """The person who acts in this request.

    Raises:
        Problem: no session, one that is over, or one of another key.
    """
    machine = machine_of_request(request)
    try:
        token_id, account_id, stamp = signing.loads(session, salt=SALT, max_age=LIFE_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        raise _over() from None
    account = Account.objects.filter(pk=account_id, kind="staff", is_active=True).first()
    if account is None or token_id != machine.token_id or not constant_time_compare(stamp, _stamp(account)):
        raise _over()
    actor = _narrowed(account, machine, request_id(request))
    if actor is None:
        raise _over()
    return actor


def _over() -> Problem:
    return Problem(
        "no-scope", "办理要有经办人的凭据（X-Staff-Session）；没有、已过期或不是这把密钥的，请重新换取。"
    )


def _stamp(account: AbstractBaseUser) -> str:
    """Changes with the password and when every session is ended."""
    return account.get_session_auth_hash()[:32]


def _narrowed(account: Account, machine: Machine, request: str) -> Actor | None:
    """The person, within the agencies that both they and the key reach; None where that is nothing."""
    actor = build_actor(account, request)
    scope = actor.scope & machine.actor.scope
    posts = tuple((role, reach & scope, holder) for role, reach, holder in actor.posts if reach & scope)
    if not posts:
        return None
    return replace(actor, scope=scope, posts=posts, roles=frozenset(role for role, _, _ in posts))
