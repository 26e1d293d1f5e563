"""The only writer of this room: accounts, appointments, delegations, recusals, passwords, API tokens.

The three administrators (三员) keep apart: the system administrator opens accounts and tokens, the security administrator
gives and takes roles, the audit administrator only reads. Nobody gives a role to themselves. Entrances (codes, faults of
sign-in) are in ``entrances.py``, second factors in ``factors.py``; both are of this room and re-exported here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from guangsha.audit.actions import record, sm3, snapshot
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.kernel.identity import check_resident_number
from guangsha.people import passwords
from guangsha.people.access import (
    access_account,
    access_agency,
    access_appointment,
    access_delegation,
    access_token,
)
from guangsha.people.entrances import send_phone_code, sign_in_citizen
from guangsha.people.models import Account, Agency, ApiToken, Appointment, Delegation, Kinship, PastPassword
from guangsha.people.roles import OUTSIDERS, ROLES, forbidden_pair
from guangsha.people.tokens import SCOPES, account_of
from guangsha.privacy.fields import index_of

__all__ = [
    "NotAllowed", "appoint", "close_account", "declare_kin", "delegate", "end_appointment",
    "end_sessions", "issue_token", "open_account",
    "open_agency", "renew_token", "reset_second_factor", "revoke_delegation", "revoke_token", "send_phone_code", "set_password",
    "sign_in_citizen", "withdraw_kin",
]  # fmt: skip

DELEGATION_DAYS_MAX = 90  # longer is not a substitution but an appointment
TOKEN_DAYS_MAX = 366
RELATIONS = ("本人", "配偶", "父母", "子女", "兄弟姐妹", "祖父母", "孙子女", "其他近亲属", "其他利害关系")


class NotAllowed(GuangshaError):
    """This actor may not do this; says who may."""

    code = "not-allowed"


def _needs(actor: Actor, *roles: str) -> None:
    if actor.kind == "system" or actor.has(*roles):
        return
    raise NotAllowed("没有这项权限", advice=f"请由{'、'.join(ROLES[role] for role in roles)}办理。")


def open_agency(
    actor: Actor, *, name: str, kind: str, region_code: str, parent_id: int | None = None
) -> Agency:
    """Open an agency below another (system administrator)."""
    _needs(actor, "system_admin")
    name = name.strip()
    if not name or kind not in dict(Agency.KINDS):
        raise InputError("机构名称和层级不能为空", where="机构")
    if not (region_code.isdecimal() and len(region_code) in (6, 9, 12)):
        raise InputError("行政区划代码应为 6、9 或 12 位数字", where="机构")
    with transaction.atomic():
        parent = access_agency(actor, parent_id) if parent_id else None
        if Agency.objects.filter(parent=parent, name=name).exists():
            raise InputError(f"已有机构“{name}”", where="机构")
        agency = Agency.objects.create(
            parent=parent,
            kind=kind,
            name=name,
            region_code=region_code.ljust(12, "0"),
            path=secrets.token_hex(16),
        )
        agency.path = f"{parent.path if parent else '/'}{agency.pk}/"
        agency.save(update_fields=["path"])
        record(actor, "people.agency.open", agency, after=snapshot(agency))
    return agency


def open_account(
    actor: Actor,
    *,
    username: str,
    name: str,
    kind: str = "staff",
    phone: str = "",
    password: str = "",
    single_sign_on: str = "",
) -> Account:
    """Open an account of staff or of an enterprise; its first password must be changed at the first sign-in.

    Raises:
        InputError: the name is taken, or the password breaks a rule. Without a password only single sign-on and
            certificates open the account.
    """
    _needs(actor, "system_admin")
    username, name = username.strip(), name.strip()
    if kind not in ("staff", "enterprise"):
        raise InputError("只能为工作人员或企业开立账号", where="账号类别")
    if not username or not name or len(username) > 60 or len(name) > 60:
        raise InputError("登录名和姓名不能为空，且不超过 60 字", where="账号")
    if password:
        _check_rules(password, username)
    account = Account(
        username=username,
        name=name,
        kind=kind,
        phone=phone,
        single_sign_on=single_sign_on.strip(),
        password=make_password(password or None),
        password_changed_at=timezone.now(),
        must_change_password=bool(password),
    )
    try:
        with transaction.atomic():
            account.save(force_insert=True)
            record(actor, "people.account.open", account, after=_kept(account))
    except IntegrityError as error:
        raise InputError(f"登录名“{username}”或统一身份标识已被使用", where="账号") from error
    return account


def close_account(actor: Actor, account_id: int, *, reason: str, active: bool = False) -> Account:
    """Close an account, or open it again with ``active``; its sessions end with the next page."""
    _needs(actor, "system_admin", "security_admin")
    _given(reason)
    if account_id == actor.account_id:
        raise NotAllowed("不能停用或启用自己的账号")
    with transaction.atomic():
        access_account(actor, account_id)
        account = Account.objects.select_for_update().get(pk=account_id)
        before = _kept(account)
        account.is_active = active
        account.save(update_fields=["is_active"])
        name = "people.account.reopen" if active else "people.account.close"
        record(actor, name, account, reason=reason, before=before, after=_kept(account))
    return account


def appoint(
    actor: Actor,
    *,
    account_id: int,
    agency_id: int,
    role: str,
    reason: str = "",
    started_on: date | None = None,
) -> Appointment:
    """Give somebody a role in an agency (security administrator).

    Raises:
        InputError: no such role, held already, or together with a role held it makes a forbidden pair.
        NotAllowed: to oneself, or by anybody but the security administrator.
    """
    _needs(actor, "security_admin")
    if account_id == actor.account_id:
        raise NotAllowed("不能给自己授予角色", advice="请由另一名安全管理员办理。")
    if role not in ROLES:
        raise InputError(f"没有角色“{role}”", where="角色")
    with transaction.atomic():
        access_account(actor, account_id)
        agency = access_agency(actor, agency_id)
        account = Account.objects.select_for_update().get(pk=account_id)
        if (account.kind == "enterprise") != (role in OUTSIDERS):
            raise InputError(f"{ROLES[role]}不适用于这类账号", where="角色")
        if not agency.active or not account.is_active:
            raise InputError("机构或账号已停用", where="任职")
        started = started_on or timezone.localdate()
        held = _roles_held(account.pk)
        if Appointment.objects.filter(account=account, agency=agency, role=role, ended_on=None).exists():
            raise InputError(f"{account}已任{ROLES[role]}", where="任职")
        _refuse_pair([*held, role])
        appointment = Appointment.objects.create(
            account=account, agency=agency, role=role, started_on=started
        )
        record(actor, "people.appointment.start", appointment, reason=reason, after=snapshot(appointment))
    return appointment


def end_appointment(
    actor: Actor, appointment_id: int, *, reason: str, ended_on: date | None = None
) -> Appointment:
    """End an appointment; the day given is the last one. Delegations of that duty end with it: those that run are cut to the last
    day, those that would begin later are taken back."""
    _needs(actor, "security_admin")
    _given(reason)
    with transaction.atomic():
        access_appointment(actor, appointment_id)
        appointment = Appointment.objects.select_for_update().get(pk=appointment_id)
        last = ended_on or timezone.localdate() - timedelta(days=1)
        if appointment.ended_on is not None and appointment.ended_on <= last:
            raise InputError("这项任职已经结束", where="任职")
        before = snapshot(appointment)
        appointment.ended_on = max(last, appointment.started_on - timedelta(days=1))
        appointment.save(update_fields=["ended_on"])
        given = Delegation.objects.filter(
            holder_id=appointment.account_id,
            agency_id=appointment.agency_id,
            role=appointment.role,
            revoked_at=None,
            ended_on__gt=appointment.ended_on,
        )
        given.filter(started_on__gt=appointment.ended_on).update(revoked_at=timezone.now())
        given.filter(started_on__lte=appointment.ended_on).update(ended_on=appointment.ended_on)
        record(
            actor,
            "people.appointment.end",
            appointment,
            reason=reason,
            before=before,
            after=snapshot(appointment),
        )
    return appointment


def delegate(
    actor: Actor,
    *,
    deputy_id: int,
    agency_id: int,
    role: str,
    started_on: date,
    ended_on: date,
    reason: str,
    holder_id: int | None = None,
) -> Delegation:
    """Let a deputy take over a duty for some days: by its holder (委托), or by the head of the agency when the holder
    cannot (顶岗, ``holder_id`` given). The deputy must not come to hold a forbidden pair.
    """
    _given(reason)
    holder = holder_id or actor.account_id
    if holder != actor.account_id and "supervisor" not in actor.roles_at(agency_id):
        raise NotAllowed("只能委托自己的职责", advice="为他人安排顶岗须由单位负责人办理。")
    if deputy_id == holder:
        raise InputError("受托人不能是本人", where="委托")
    if ended_on < started_on or ended_on < timezone.localdate():
        raise InputError("委托的止日早于起日或今天", where="委托")
    if (ended_on - started_on).days >= DELEGATION_DAYS_MAX:
        raise InputError(f"委托最长 {DELEGATION_DAYS_MAX} 天", where="委托", advice="更长的请改任职。")
    with transaction.atomic():
        held = Appointment.objects.filter(account_id=holder, agency_id=agency_id, role=role, ended_on=None)
        if not held.filter(started_on__lte=started_on).exists():
            raise InputError("委托人在这个机构没有这项职责", where="委托")
        deputy = (
            Account.objects.select_for_update().filter(pk=deputy_id, kind="staff", is_active=True).first()
        )
        if deputy is None or not Appointment.objects.filter(account=deputy, ended_on=None).exists():
            raise InputError("受托人不是在岗工作人员", where="委托")
        _refuse_pair([*_roles_held(deputy.pk), role])
        delegation = Delegation.objects.create(
            holder_id=holder,
            deputy=deputy,
            agency_id=agency_id,
            role=role,
            started_on=started_on,
            ended_on=ended_on,
            reason=reason,
        )
        record(actor, "people.delegation.start", delegation, reason=reason, after=snapshot(delegation))
    return delegation


def revoke_delegation(actor: Actor, delegation_id: int, *, reason: str) -> Delegation:
    """Take a duty back before its time: its holder, the deputy, or the head of the agency."""
    _given(reason)
    with transaction.atomic():
        access_delegation(actor, delegation_id)
        delegation = Delegation.objects.select_for_update().get(pk=delegation_id)
        if delegation.revoked_at is not None:
            raise InputError("这项委托已经撤回", where="委托")
        before = snapshot(delegation)
        delegation.revoked_at = timezone.now()
        delegation.save(update_fields=["revoked_at"])
        record(
            actor,
            "people.delegation.revoke",
            delegation,
            reason=reason,
            before=before,
            after=snapshot(delegation),
        )
    return delegation


def declare_kin(actor: Actor, *, identity: str, relation: str, account_id: int | None = None) -> Kinship:
    """Declare a relative (or oneself: 本人) from whose matters one must keep away; only the index is kept."""
    whose = account_id or actor.account_id
    if whose != actor.account_id:
        _needs(actor, "security_admin")
    if relation not in RELATIONS:
        raise InputError("请选择与本人的关系", where="回避申报")
    checked = check_resident_number(identity, on=timezone.localdate())
    if not checked:
        raise InputError(checked.fault, where="证件号码")
    with transaction.atomic():
        account = access_account(actor, whose)
        index = index_of("identity", checked.number)
        kinship, fresh = Kinship.objects.get_or_create(
            account=account, identity_index=index, defaults={"relation": relation}
        )
        if not fresh:
            raise InputError("这名亲属已经申报过", where="回避申报")
        record(actor, "people.kin.declare", kinship, after={"account": account.pk, "relation": relation})
    return kinship


def withdraw_kin(actor: Actor, kinship_id: int, *, reason: str) -> None:
    """Remove a declaration made by mistake (security administrator; the log keeps that it was there)."""
    _needs(actor, "security_admin")
    _given(reason)
    with transaction.atomic():
        kinship = Kinship.objects.select_for_update().filter(pk=kinship_id).first()
        if kinship is None:
            raise InputError("没有这条申报", where="回避申报")
        access_account(actor, kinship.account_id)
        record(actor, "people.kin.withdraw", kinship, reason=reason, before={"account": kinship.account_id})
        kinship.delete()


def set_password(
    actor: Actor,
    account_id: int,
    new: str,
    *,
    current: str | None = None,
    must_change: bool = False,
    reason: str = "",
) -> Account:
    """Set a password: one's own (``current`` proves it), or somebody's as an administrator (to be changed at sign-in).

    Raises:
        InputError: the current one is wrong, or the new one breaks a rule or was used before.
    """
    own = account_id == actor.account_id
    if not own:
        _needs(actor, "security_admin", "system_admin")
        must_change = actor.kind != "system" or must_change
    with transaction.atomic():
        access_account(actor, account_id)
        account = Account.objects.select_for_update().get(pk=account_id)
        if own and current is not None and not account.check_password(current):
            raise InputError("原密码不对", where="原密码")
        _check_rules(new, account.username)
        former = list(
            account.past_passwords.order_by("-id").values_list("hashed", flat=True)[: passwords.HISTORY]
        )
        if any(check_password(new, hashed) for hashed in [account.password, *former]):
            raise InputError(f"不能与最近 {passwords.HISTORY} 次用过的密码相同", where="新密码")
        if account.has_usable_password():
            PastPassword.objects.create(account=account, hashed=account.password)
        account.password = make_password(new)
        account.password_changed_at = timezone.now()
        account.must_change_password = must_change
        account.save(update_fields=["password", "password_changed_at", "must_change_password"])
        kept = {"must_change": must_change, "own": own}
        record(actor, "people.password.set", account, reason=reason, after=kept)
    return account


def reset_second_factor(actor: Actor, account_id: int, *, reason: str) -> None:
    """Remove somebody's second factor (lost phone): they enrol again at the next sign-in."""
    _needs(actor, "security_admin")
    _given(reason)
    if account_id == actor.account_id:
        raise NotAllowed("不能重置自己的动态口令", advice="请由另一名安全管理员办理。")
    from guangsha.people import factors

    with transaction.atomic():
        account = access_account(actor, account_id)
        factors.forget(account)
        record(actor, "people.factor.reset", account, reason=reason)


def end_sessions(actor: Actor, account_id: int, *, reason: str = "") -> Account:
    """End every session of an account, wherever it is signed in: one's own, or a colleague's (security administrator)."""
    if account_id != actor.account_id:
        _needs(actor, "security_admin")
        _given(reason)
    with transaction.atomic():
        access_account(actor, account_id)
        account = Account.objects.select_for_update().get(pk=account_id)
        account.session_round += 1
        account.save(update_fields=["session_round"])
        record(actor, "people.sessions.end", account, reason=reason)
    return account


def issue_token(
    actor: Actor, *, name: str, agency_id: int, scopes: Iterable[str], expires_at: datetime | None = None,
    instead_of: ApiToken | None = None,
) -> str:  # fmt: skip
    """Issue a machine's key to the API; the plain key is returned once and never kept.

    ``instead_of``: the key whose place it takes (:func:`renew_token`).
    """
    _needs(actor, "system_admin")
    wanted = sorted(set(scopes))
    if unknown := sorted(set(wanted) - set(SCOPES)):
        raise InputError(
            f"没有“{'、'.join(unknown)[:80]}”这项权限",
            where="接口密钥",
            advice=f"可用的有 {'、'.join(SCOPES)}。",
        )
    now = timezone.now()
    until = expires_at or now + timedelta(days=TOKEN_DAYS_MAX)
    if not name.strip() or not wanted:
        raise InputError("接口密钥要写明用途和权限范围", where="接口密钥")
    if not now < until <= now + timedelta(days=TOKEN_DAYS_MAX):
        raise InputError("接口密钥的有效期最长一年，且须晚于现在", where="接口密钥")
    secret = f"gs_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        agency = access_agency(actor, agency_id)
        token = ApiToken.objects.create(
            name=name.strip(), agency=agency, digest=sm3(secret), scopes=wanted, expires_at=until,
            account=account_of(instead_of) if instead_of else None,
        )  # fmt: skip
        kept = {"name": token.name, "agency": agency.pk, "scopes": wanted, "expires_at": until}
        if instead_of is not None:
            kept["instead_of"] = instead_of.pk
        record(actor, "people.token.issue", token, after=kept)
    return secret


def renew_token(actor: Actor, token_id: int) -> str:
    """A new key in the place of one that ends soon or may be known to others: same purpose, agency and scopes, and the drafts and
    cases of the old one. The old key opens until it ends or is taken back, so that the other side can change over.

    Raises:
        InputError: the old key was taken back.
    """
    _needs(actor, "system_admin")
    old = access_token(actor, token_id)
    if old.revoked_at is not None:
        raise InputError("这把密钥已经撤回，不能更换", where="接口密钥", advice="请新发一把密钥。")
    with transaction.atomic():
        return issue_token(actor, name=old.name, agency_id=old.agency_id, scopes=old.scopes, instead_of=old)


def revoke_token(actor: Actor, token_id: int, *, reason: str) -> None:
    """Take a key back; it opens nothing from now on."""
    _needs(actor, "system_admin")
    _given(reason)
    with transaction.atomic():
        access_token(actor, token_id)
        token = ApiToken.objects.select_for_update().get(pk=token_id)
        if token.revoked_at is not None:
            raise InputError("这把密钥已经撤回", where="接口密钥")
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record(actor, "people.token.revoke", token, reason=reason)


def _roles_held(account_id: int) -> list[str]:
    """Roles held now or later: appointments not over and delegations not over."""
    today = timezone.localdate()
    posts = Appointment.objects.filter(account_id=account_id).filter(
        Q(ended_on=None) | Q(ended_on__gte=today)
    )
    taken = Delegation.objects.filter(deputy_id=account_id, revoked_at=None, ended_on__gte=today)
    return [*posts.values_list("role", flat=True), *taken.values_list("role", flat=True)]


def _refuse_pair(roles: list[str]) -> None:
    if fault := forbidden_pair(roles):
        raise InputError(fault, where="角色", advice="请先结束其中一项。")


def _check_rules(password: str, username: str) -> None:
    if faults := passwords.faults_of(password, username=username):
        raise InputError("；".join(faults), where="新密码")


def _given(reason: str) -> None:
    if not reason.strip():
        raise InputError("请写明理由", where="理由")


def _kept(account: Account) -> dict[str, object]:
    return snapshot(account, "username", "name", "kind", "is_active", "single_sign_on", "phone")
