"""Write an act into its chain, inside the transaction of the act itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from guangsha.audit.actor import CLOCK, Actor
from guangsha.audit.models import Act, Anchor, Chain
from guangsha.kernel.errors import InputError
from guangsha.privacy.fields import BlindIndexField, SealedTextField, index_of
from guangsha.privacy.sealing import sm3_hex

GENESIS = "0" * 64

#: The columns that a digest covers, in this order; the digest itself is what is left.
COVERED = (
    "chain", "number", "at", "action", "object_type", "object_id", "agency_id", "actor_kind", "actor_id",
    "actor_name", "actor_roles", "on_behalf_of", "reason", "before", "after", "request_id", "previous",
)  # fmt: skip


def sm3(text: str) -> str:
    """SM3 (GB/T 32905) of UTF-8 text, in hex."""
    return sm3_hex(text.encode())


def digest_of_columns(columns: Mapping[str, Any]) -> str:
    """What the digest of an act must be, from its columns :data:`COVERED`."""
    body = {name: columns[name] for name in COVERED}
    body["at"] = body["at"].astimezone(tz=timezone.get_fixed_timezone(0)).isoformat(timespec="microseconds")
    return sm3(json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def digest_of(act: Act) -> str:
    """What the digest of an act must be."""
    return digest_of_columns({name: getattr(act, name) for name in COVERED})


def _storable(text: str) -> str:
    """Text that both databases keep as it is: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _cut(text: str, longest: int) -> str:
    text = _storable(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def plain(value: Any) -> Any:
    """A value as the log keeps it: JSON without floats."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, Mapping):
        return {_storable(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, int | bool) else _storable(str(value))


def snapshot(instance: models.Model, *names: str) -> dict[str, Any]:
    """The columns of an object as the log keeps them: sealed ones only as "changed or not" (a digest)."""
    taken: dict[str, Any] = {}
    for column in instance._meta.concrete_fields:
        if isinstance(column, BlindIndexField) or (names and column.name not in names):
            continue
        value = getattr(instance, column.attname)
        if isinstance(column, SealedTextField):
            # a keyed digest: the log proves that the value changed and never says what it was
            value = index_of("audit", column.closed(value))[:16] if value else ""
        taken[column.name] = plain(value)
    return taken


def record(
    actor: Actor,
    action: str,
    obj: models.Model,
    *,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    agency_id: int | None = None,
) -> Act:
    """Add one act to the log. Call it last in the transaction: it holds the head of the chain until the commit.

    Args:
        action: dotted id, area first: ``intake.case.accept``.
        reason: cut at 500 characters: a long text belongs into the object, the log must not fail for it.
        obj: what was acted on; it must have been saved.
        before, after: what changed, without sensitive plain values (use :func:`snapshot`).
        agency_id: the chain; the actor's agency when not given.

    Raises:
        django.db.transaction.TransactionManagementError: outside a transaction: the act could be lost or outlive a
            change that was rolled back.
    """
    act = prepare(actor, action, obj, reason=reason, before=before, after=after, agency_id=agency_id)
    return record_all([act])[0]


def prepare(
    actor: Actor,
    action: str,
    obj: models.Model,
    *,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    agency_id: int | None = None,
) -> Act:
    """An act that is ready for :func:`record_all`, and not yet in the log: nobody waits while it is made. Arguments as for
    :func:`record`."""
    agency = actor.agency_id if agency_id is None else agency_id
    return Act(
        chain=f"agency:{agency}" if agency else "system",
        action=action,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        agency_id=agency,
        actor_kind=actor.kind,
        actor_id=actor.account_id,
        actor_name=_cut(actor.name, 60),
        actor_roles=_cut(",".join(sorted(actor.roles)), 400),
        on_behalf_of=actor.on_behalf_of,
        reason=_cut(reason, 500),
        before=plain(before or {}),
        after=plain(after or {}),
        request_id=_cut(actor.request_id, 40),
    )


def record_all(acts: Sequence[Act]) -> Sequence[Act]:
    """Add prepared acts to the log in this order: each chain's head is taken once, so that others wait for three statements and the
    commit, however many acts there are. Call it last in the transaction.

    Raises:
        django.db.transaction.TransactionManagementError: outside a transaction, as :func:`record`.
    """
    if not transaction.get_connection().in_atomic_block:
        names = "、".join(sorted({act.action for act in acts}))
        raise transaction.TransactionManagementError(
            f"{names}: an act is recorded inside its own transaction"
        )
    for name in sorted({act.chain for act in acts}):  # whoever needs several heads takes them in one order
        chain = _locked(name)
        length, head = chain.length, chain.head
        linked = [act for act in acts if act.chain == name]
        for act in linked:
            # the moment of an act is taken behind the head: within a chain time never goes back
            act.number, act.at, act.previous = length + 1, timezone.now(), head
            act.digest = digest_of(act)
            length, head = act.number, act.digest
        Act.objects.bulk_create(linked)
        Chain.objects.filter(name=name).update(length=length, head=head)
    return acts


#: The head of a chain on PostgreSQL. Whoever waits for a row is woken in no order, and under fifty clerks somebody is passed by for
#: seconds: the server's own lock, taken by the same statement, is given out in the order in which it was asked for.
_HEAD = """
    SELECT length, head FROM audit_chain
    WHERE name = %s AND pg_advisory_xact_lock(%s, hashtext(%s)) IS NOT NULL FOR UPDATE
"""
#: First half of the key of that lock.
_HEADS = 430_600


def _locked(name: str) -> Chain:
    """The head of a chain, locked until the commit; made when the chain is new."""
    found = _taken(name)
    if found is None:
        Chain.objects.bulk_create([Chain(name=name, length=0, head=GENESIS)], ignore_conflicts=True)
        found = _taken(name)
    if found is None:
        raise RuntimeError(f"the head of {name} was removed by somebody else")
    return found


def _taken(name: str) -> Chain | None:
    if connection.vendor != "postgresql":
        return Chain.objects.select_for_update().filter(name=name).first()
    with connection.cursor() as cursor:
        cursor.execute(_HEAD, [name, _HEADS, name])
        row = cursor.fetchone()
    return None if row is None else Chain(name=name, length=row[0], head=row[1])


def digest_of_anchor(anchor: Anchor) -> str:
    """What the digest of an anchor must be; who signed it is written afterwards and not covered."""
    body = {
        "day": anchor.day.isoformat(),
        "heads": anchor.heads,
        "acts": anchor.acts,
        "previous": anchor.previous,
    }
    return sm3(json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def anchor_day(day: date, *, actor: Actor = CLOCK) -> Anchor:
    """The heads of all chains as they were when ``day`` ended (Beijing), in one row to be printed and signed.

    Each chain is locked for a moment, so that an act still under way at midnight is waited for. Asking again for the same
    day gives the same anchor.

    Raises:
        InputError: the day is not over, or lies before an anchor that exists.
    """
    if kept := Anchor.objects.filter(day=day).first():
        return kept
    if day >= timezone.localdate():
        raise InputError(f"{day:%Y年%m月%d日}还没有结束", advice="请在次日生成该日的审计锚。")
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    heads: dict[str, dict[str, Any]] = {}
    for name in Chain.objects.order_by("name").values_list("name", flat=True):
        with transaction.atomic():
            _locked(name)
            last = Act.objects.filter(chain=name, at__lt=end).order_by("-number").first()
        if last is not None:
            heads[name] = {"length": last.number, "head": last.digest}
    with transaction.atomic():
        _locked("system")  # one anchor at a time
        if kept := Anchor.objects.filter(day=day).first():
            return kept
        before = Anchor.objects.order_by("-day").first()
        if before is not None and before.day > day:
            raise InputError(
                f"{before.day:%Y年%m月%d日}已有审计锚，不能再补更早的", advice="请从该日之后接着生成。"
            )
        anchor = Anchor(
            day=day,
            heads=heads,
            acts=sum(head["length"] for head in heads.values()),
            previous=before.digest if before else GENESIS,
            made_at=timezone.now(),
        )
        anchor.digest = digest_of_anchor(anchor)
        anchor.save(force_insert=True)
        record(
            actor,
            ANCHORED,
            anchor,
            after={"day": day, "digest": anchor.digest, "acts": anchor.acts},
            agency_id=0,
        )
    return anchor


#: The act that an anchor leaves in the chain ``system``: an anchor taken away is missed by it.
ANCHORED = "audit.anchor.make"


def anchor_due(now: datetime) -> str:
    """The job of every early morning: yesterday's anchor. Says what it did."""
    anchor = anchor_day(timezone.localtime(now).date() - timedelta(days=1))
    return f"审计锚 {anchor.day}：{len(anchor.heads)} 条链、{anchor.acts} 条记录，摘要 {anchor.digest[:16]}"


def sign_anchor(actor: Actor, day: date) -> Anchor:
    """Write down who signed the printed page of a day. A signature is not replaced.

    Raises:
        InputError: no anchor of that day, already signed, or not one of those who sign.
    """
    if not actor.has("audit_admin", "supervisor", "auditor"):
        raise InputError("只有审计管理员、审计员或单位负责人可以登记签字")
    with transaction.atomic():
        anchor = Anchor.objects.select_for_update().filter(day=day).first()
        if anchor is None:
            raise InputError(f"没有{day:%Y年%m月%d日}的审计锚", advice="请先生成。")
        if anchor.signed_by:
            raise InputError(f"{day:%Y年%m月%d日}的审计锚已由{anchor.signed_by}签字")
        anchor.signed_by = actor.name[:60]
        anchor.save(update_fields=["signed_by"])
        record(actor, "audit.anchor.sign", anchor, after={"day": day, "digest": anchor.digest})
    return anchor
