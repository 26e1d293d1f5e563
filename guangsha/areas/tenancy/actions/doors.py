"""Door credentials: asked by one person, approved by another, stopped only where nobody is locked out.

The rules are ``access_rules``; behind them stands the database (migration 0003). What is refused is kept in the log too: who asked to
lock whom out, and why it was refused. Source: operations.md W18.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.registry.models import Membership, Person
from guangsha.areas.tenancy.access import access_grant, access_lease
from guangsha.areas.tenancy.access_rules import Credential, Doors, LockOut, issue, why_no_face, why_not_stop
from guangsha.areas.tenancy.actions.base import (
    NotAllowed,
    another,
    days_from,
    keep_act,
    locked,
    moved,
    need,
    said,
    tell_household,
    today,
    whole,
)
from guangsha.areas.tenancy.facts import FORBIDDEN_STOPS, GRANT_KINDS, GRANT_REASONS, STOP_REASONS
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_access import AccessDevice, AccessGrant
from guangsha.areas.tenancy.rules import DECIDERS, HANDLERS, INSPECTORS, LEASERS
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError

KEEPERS = LEASERS | HANDLERS | INSPECTORS
APPROVERS = KEEPERS | DECIDERS
GRANTS_MAX = 40


def doors_of(lease: Lease) -> tuple[Doors, list[AccessGrant]]:
    """The doors of a lease as the rules see them, with the rows behind the credentials in the same order."""
    rows = list(lease.grants.filter(state="active").order_by("pk"))
    credentials = tuple(Credential(row.kind, row.lasting, True, row.expires_on) for row in rows)
    doors = Doors(
        lease.handed_over_on is not None, lease.state == "ended", lease.handed_back_on is not None, bool(lease.court_title), credentials
    )  # fmt: skip
    return doors, rows


@transaction.atomic
def ask_grant(
    actor: Actor, lease_number: str, *, person: Person, kind: str, reason: str, lasting: bool, label: str = "",
    device: AccessDevice | None = None, expires_on: date | None = None, consent_on: date | None = None,
    guardian: Person | None = None, replaces: AccessGrant | None = None,
) -> AccessGrant:  # fmt: skip
    """Ask for a credential; a second person approves it before it opens anything.

    Raises:
        LockOut: a lasting one of a kind that could fail.
        InputError: no consent for a face, an end too far away, too many.
    """
    lease = locked(actor, lease_number)
    need(actor, lease, KEEPERS, "申请门禁凭证")
    if kind not in GRANT_KINDS or reason not in GRANT_REASONS or (kind == "key" and not lasting):
        raise InputError("请选择方式和事由", where="门禁凭证", advice="请从列表中选择。")
    if lease.state == "ended" or lease.handed_over_on is None:
        raise NotAllowed("入住交接以后、合同终止以前才能发放", where=lease_number, advice="请查看合同状态。")
    if lease.grants.filter(state__in=("asked", "active")).count() >= GRANTS_MAX:
        raise InputError(f"每户最多 {GRANTS_MAX} 个凭证", where=lease_number, advice="请先清理多余凭证。")
    lives = lease.occupants.filter(person=person, until=None).exists()
    doors, _ = doors_of(lease)
    if lasting:
        if not lives:
            raise InputError(
                "常用凭证只发给共同居住人", where="持有人", advice="来访、护理人员发放临时凭证。"
            )
        issue(doors, Credential(kind, lasting, True, expires_on))
    else:
        most = days_from(today(), whole("temporary_access_days", lease.region, today()))
        # a face and a phone of somebody who lives there last until the lease ends; everybody else's are temporary
        last = lease.ends_on if lives and kind in ("face", "phone") else most
        expires_on = expires_on or min(last, lease.ends_on)
        if not today() <= expires_on <= last:
            raise InputError(
                f"到期日应在今天到 {last:%Y年%-m月%-d日} 之间", where="到期日", advice="请更正。"
            )
    if kind == "face":
        others = any(one.keeps_home() for one in doors.credentials)
        why = why_no_face(
            person.birth_date, today(), consent_on=consent_on, guardian=guardian is not None, others=others,
            age_limit=whole("enforcement_guardian_age", lease.region, today()),
        )  # fmt: skip
        if why:
            raise InputError(why, where="人脸", advice="不愿或不宜使用人脸的，使用钥匙、门禁卡或密码。")
    made = AccessGrant.objects.create(
        lease=lease, device=device, person=person, kind=kind, lasting=lasting, label=label.strip()[:40], state="asked", reason=reason,
        expires_on=None if lasting else expires_on, consent_on=consent_on if kind == "face" else None, guardian=guardian,
        replaces=replaces, asked_by_id=actor.account_id or None, asked_at=timezone.now(),
    )  # fmt: skip
    keep_act(
        actor,
        lease,
        "access.ask",
        made,
        after={"kind": kind, "lasting": lasting, "reason": reason, "expires_on": made.expires_on},
    )
    return made


def _locked_grant(actor: Actor, key: int, version: int | None) -> tuple[Lease, AccessGrant]:
    seen = access_grant(actor, key)
    lease = locked(actor, seen.lease.number)
    row = AccessGrant.objects.select_for_update(of=("self",)).select_related("person").get(pk=key)
    if version is not None and row.version != version:
        raise moved(lease.number)
    return lease, row


@transaction.atomic
def approve_grant(actor: Actor, key: int, version: int | None, *, approve: bool = True) -> AccessGrant:
    """A second person lets the credential open the door, or not."""
    lease, row = _locked_grant(actor, key, version)
    need(actor, lease, APPROVERS, "复核门禁凭证")
    another(actor, row.asked_by_id, lease.number)
    if row.state != "asked":
        raise NotAllowed("这个凭证已经办过", where=lease.number, advice="请刷新页面。")
    row.state = "active" if approve else "refused"
    row.approved_by_id, row.approved_at, row.version = (
        actor.account_id or None,
        timezone.now(),
        row.version + 1,
    )
    row.save(update_fields=["state", "approved_by", "approved_at", "version"])
    keep_act(
        actor,
        lease,
        "access.approve" if approve else "access.refuse",
        row,
        after={"kind": row.kind, "state": row.state},
    )
    if approve:
        tell_household(
            lease, f"access:{row.pk}:on", "门禁凭证已生效",
            f"{row.person.name}的{GRANT_KINDS[row.kind]}已可使用。不是您家申请的，请马上联系我们。",
        )  # fmt: skip
    return row


def ask_stop(actor: Actor, key: int, version: int | None, *, reason: str) -> AccessGrant:
    """Ask to stop a credential; whoever asks for a reason that the law forbids is refused, and the refusal is kept.

    Raises:
        LockOut: it would lock a household out, or it is for arrears, misuse or pressure; the sentence names the law.
    """
    row = seen = access_grant(actor, key)
    with transaction.atomic():
        lease = locked(actor, seen.lease.number)
        need(actor, lease, KEEPERS, "申请停用凭证")
        why = _why_not(lease, key, reason)
        if why:
            # what was tried stays in the log although nothing is done
            keep_act(
                actor,
                lease,
                "access.lock_out_refused",
                seen,
                reason=why,
                after={"asked_for": reason[:20], "kind": seen.kind},
            )
        else:
            row = AccessGrant.objects.select_for_update().get(pk=key)
            if version is not None and row.version != version:
                raise moved(lease.number)
            row.stop_reason, row.stop_asked_by_id, row.version = (
                reason,
                actor.account_id or None,
                row.version + 1,
            )
            row.save(update_fields=["stop_reason", "stop_asked_by", "version"])
            keep_act(actor, lease, "access.ask_stop", row, after={"reason": reason})
    if why:
        raise LockOut(why, where="停用凭证", advice="居住期间只能停用多余的、遗失后已补发的凭证。")
    return row


def _why_not(lease: Lease, key: int, reason: str) -> str:
    doors, rows = doors_of(lease)
    index = next((k for k, row in enumerate(rows) if row.pk == key), None)
    if reason in FORBIDDEN_STOPS or reason not in STOP_REASONS:
        return why_not_stop(doors, 0, reason)
    if index is None:
        return "这个凭证现在没有生效"
    return why_not_stop(doors, index, reason)


@transaction.atomic
def approve_stop(actor: Actor, key: int, version: int | None, *, approve: bool = True) -> AccessGrant:
    """A second person stops it; asked again of the rules, and of the database behind them.

    Raises:
        LockOut: in between it became the last one.
    """
    lease, row = _locked_grant(actor, key, version)
    need(actor, lease, APPROVERS, "复核停用凭证")
    if row.state != "active" or not row.stop_reason:
        raise NotAllowed("没有待复核的停用", where=lease.number, advice="请刷新页面。")
    another(actor, row.stop_asked_by_id, lease.number)
    if not approve:
        row.stop_reason, row.stop_asked_by_id, row.version = "", None, row.version + 1
        row.save(update_fields=["stop_reason", "stop_asked_by", "version"])
        keep_act(actor, lease, "access.keep", row)
        return row
    if why := _why_not(lease, key, row.stop_reason):
        raise LockOut(why, where="停用凭证", advice="请先补发新的凭证。")
    row.state, row.stopped_by_id, row.stopped_at, row.version = (
        "stopped",
        actor.account_id or None,
        timezone.now(),
        row.version + 1,
    )
    try:
        with transaction.atomic():
            row.save(update_fields=["state", "stopped_by", "stopped_at", "version"])
    except IntegrityError as error:
        raise LockOut(
            "这是居住家庭最后一个常用凭证", where="停用凭证", advice="请先补发新的凭证。"
        ) from error
    keep_act(actor, lease, "access.stop", row, after={"reason": row.stop_reason})
    tell_household(
        lease, f"access:{row.pk}:off", "门禁凭证已停用",
        f"{row.person.name}的{GRANT_KINDS[row.kind]}已停用（{STOP_REASONS[row.stop_reason]}）。需要补发的，可以随时申请。",
    )  # fmt: skip
    return row


@transaction.atomic
def ask_reissue(actor: Actor, lease_number: str, *, text: str) -> None:
    """A household says that it cannot get in or lost a credential: staff issue another one; nothing is asked for it.

    The request goes to the log and to those who keep the doors (the list of leases shows it).
    """
    lease = locked(actor, lease_number)
    words = said(text, "情况")
    if lease.state == "ended":
        raise NotAllowed("合同已终止", where=lease_number, advice="请联系窗口。")
    asked = AccessGrant.objects.create(
        lease=lease, person_id=actor.person_id or lease.tenant_id, kind="card", lasting=True, label=words[:40], state="asked",
        reason="replacement", asked_at=timezone.now(),
    )  # fmt: skip
    keep_act(actor, lease, "access.ask_reissue", asked, reason=words)


def expire_grants(now: datetime) -> int:
    """What the clock does: temporary credentials whose last day is over stop; lasting ones have no last day. After the lease has
    ended and the dwelling was given back, all stop."""
    day, done = timezone.localdate(now), 0
    late = AccessGrant.objects.filter(state="active", lasting=False, expires_on__lt=day)
    over = AccessGrant.objects.filter(state="active", lease__state="ended").exclude(
        lease__handed_back_on=None
    )
    for row in list((late | over).select_related("lease").order_by("pk")[:1000]):
        with transaction.atomic():
            lease = locked(CLOCK, row.lease.number)
            changed = AccessGrant.objects.filter(pk=row.pk, state="active").update(
                state="expired", stopped_at=now
            )
            if changed:
                keep_act(CLOCK, lease, "access.expire", row, after={"lasting": row.lasting})
                done += changed
    return done


@transaction.atomic
def add_device(
    actor: Actor, lease_number: str, *, code: str, kind: str, offline_key: str, installed_on: date
) -> AccessDevice:
    """Register a door device of the dwelling of a lease, or of its entrance; with the place of its emergency key.

    Raises:
        InputError: no place of the key, or the code is taken.
    """
    lease = locked(actor, lease_number)
    need(actor, lease, KEEPERS, "登记门禁设备")
    dwelling = access_lease(actor, lease_number).dwelling
    at = {"dwelling": dwelling} if kind == "flat_lock" else {"entrance": dwelling.entrance}
    try:
        with transaction.atomic():
            made = AccessDevice.objects.create(
                code=said(code, "设备编号")[:40], kind=kind, agency=lease.agency, offline_key=said(offline_key, "应急钥匙存放")[:120],
                installed_on=installed_on, **at,
            )  # fmt: skip
    except IntegrityError as error:
        raise InputError("设备编号已登记，或类别不对", where="设备编号", advice="请核对。") from error
    keep_act(actor, lease, "access.add_device", made, after={"code": made.code, "kind": kind})
    return made


def members_of(lease: Lease) -> dict[str, str]:
    """Who may hold a credential: those who live there, and the rest of the household."""
    found = {
        str(row.person_id): row.person.name
        for row in lease.occupants.filter(until=None).select_related("person")
    }
    members = Membership.objects.filter(household_id=lease.household_id, ended_on=None).select_related(
        "person"
    )
    return found | {str(row.person_id): row.person.name for row in members}
