"""Hand-overs: meters, keys, things and who signed; who moves in lives there with a key; photos and scans are kept sealed.

Source: 公共租赁住房管理办法 §16; operations.md W4, W18.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.allocation.actions.waitlist import housed
from guangsha.areas.allocation.models import WaitlistEntry
from guangsha.areas.stock.actions import move, read_meter
from guangsha.areas.tenancy import hooks
from guangsha.areas.tenancy.actions.base import (
    NotAllowed,
    keep_act,
    locked,
    moved,
    need,
    said,
    tell_household,
    today,
    touched,
)
from guangsha.areas.tenancy.facts import LIVING
from guangsha.areas.tenancy.models import Handover, Lease, Occupant
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.rules import INSPECTORS, LEASERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.privacy import files
from guangsha.privacy.files import StoredFile

EVIDENCE = "tenancy.evidence"
FILES_MAX = 20
ITEMS_MAX = 60
KEYS_MAX = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What a hand-over found: meters by kind, keys, things, who signed for the household.

    Attributes:
        items: ``(name, count, state)`` of furniture and fittings.
        goods_left: what stayed behind (out only), with its ``witness``.
        absent: the tenant did not come (out only): a witness signs.
    """

    on: date
    readings: Mapping[str, Decimal]
    keys: int
    tenant_signed: str
    items: Sequence[tuple[str, int, str]] = ()
    goods_left: str = ""
    witness: str = ""
    absent: bool = False
    note: str = ""


def keep_handover(actor: Actor, lease: Lease, kind: str, found: Found) -> Handover:
    if found.on > today() or found.on < lease.starts_on - timedelta(days=62):
        raise InputError("交接日期不对", where="日期", advice="应在合同期内、不晚于今天。")
    if not 0 <= found.keys <= KEYS_MAX or len(found.items) > ITEMS_MAX:
        raise InputError("钥匙或物品的数量不对", where="交接清单", advice="请核对。")
    if not found.readings:
        raise InputError("没有抄表", where="表底数", advice="请至少抄录水表和电表。")
    if (found.goods_left or found.absent) and not found.witness.strip():
        raise InputError(
            "遗留物品或承租人未到场的，须有见证人", where="见证人", advice="请邀请社区或物业人员见证。"
        )
    name = (
        said(found.tenant_signed, "承租方签字", needed=not found.absent) or f"{found.witness.strip()}（见证）"
    )
    try:
        with transaction.atomic():
            made = Handover.objects.create(
                lease=lease, kind=kind, on=found.on, readings={k: str(v) for k, v in found.readings.items()}, keys=found.keys,
                items=[{"name": n[:40], "count": c, "state": s[:20]} for n, c, s in found.items],
                goods_left=found.goods_left.strip()[:300], witness=found.witness.strip()[:60], absent=found.absent,
                note=found.note.strip()[:300], tenant_signed=name[:60], made_by_id=actor.account_id, made_at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise moved(lease.number) from error
    for meter, value in found.readings.items():
        read_meter(
            actor,
            lease.dwelling_id,
            meter,
            value,
            on=found.on,
            source_type="tenancy.handover",
            source_id=str(made.pk),
        )
    return made


def move_in(actor: Actor, lease: Lease, found: Found, persons: Iterable[int]) -> Handover:
    """A household moves into the dwelling of a lease that is locked: the list, who lives there, a key that keeps its home.

    Raises:
        InputError: no key is handed over, or the list is not right.
    """
    if found.keys < 1:
        raise InputError(
            "没有交付钥匙", where="钥匙数", advice="至少交付一把钥匙，这是家庭不依赖网络的进门方式。"
        )
    made = keep_handover(actor, lease, "in", found)
    Occupant.objects.bulk_create(Occupant(lease=lease, person_id=key, since=found.on) for key in persons)
    AccessGrant.objects.create(
        lease=lease, person=lease.tenant, kind="key", lasting=True, label=f"入住钥匙{found.keys}把", state="active", reason="handover",
        asked_by_id=actor.account_id or None, asked_at=timezone.now(),
    )  # fmt: skip
    lease.handed_over_on = found.on  # after the key: the database asks for it
    touched(lease, "handed_over_on")
    return made


def waitlist_entry(lease: Lease, states: Sequence[str] = ("waiting", "registered", "chosen")) -> int | None:
    """The place in the waiting list that the lease fills: of the registration, else of the household."""
    entries = WaitlistEntry.objects.filter(state__in=states)
    own = (
        entries.filter(registrations__pk=lease.registration_id)
        if lease.registration_id
        else entries.filter(household_id=lease.household_id)
    )
    return own.order_by("pk").values_list("pk", flat=True).first()


@transaction.atomic
def hand_over(actor: Actor, number: str, version: int, found: Found) -> Handover:
    """The household moves in: keys first (nobody moves in without one), then who lives there, the dwelling is let.

    Raises:
        InputError: no key, no meter read, or not the time for it.
    """
    lease = locked(actor, number, version)
    need(actor, lease, LEASERS | INSPECTORS, "办理入住交接")
    if lease.state not in LIVING or lease.handed_over_on is not None:
        raise NotAllowed("合同还没有签订，或者已经办过入住交接", where=number, advice="请刷新页面。")
    persons = lease.household.memberships.filter(ended_on=None).values_list("person_id", flat=True)
    made = move_in(actor, lease, found, {lease.tenant_id, *persons})
    move(
        actor, lease.dwelling_id, "let", on=found.on, reason="入住交接", expected=frozenset({"chosen"}),
        source_type="tenancy.lease", source_id=number,
    )  # fmt: skip
    hooks.tell_event(actor, lease, "handed_over", found.on, {"follows": ""})
    entry = waitlist_entry(lease)
    if entry is not None:
        housed(actor, entry, number, on=found.on)
    keep_act(
        actor,
        lease,
        "lease.hand_over",
        made,
        after={"on": found.on, "keys": found.keys, "readings": made.readings},
    )
    tell_household(
        lease,
        "handed-over",
        "已入住",
        f"您家已办理入住交接，领取钥匙 {found.keys} 把。房屋有问题可以网上报修。",
    )
    return made


@transaction.atomic
def add_evidence(actor: Actor, number: str, what: str, *, name: str, data: bytes) -> StoredFile:
    """Keep a photo of a hand-over (``in``, ``out``) or the scan of the signed contract (``contract``), sealed.

    Raises:
        InputError: nothing to add it to, or too many.
    """
    lease = locked(actor, number)
    need(actor, lease, LEASERS | INSPECTORS, "上传照片")
    stored = files.store(data, context=EVIDENCE)
    kept = {"stored": stored.stored, "name": name[:80], "digest": stored.digest}
    if what == "contract":
        signed = lease.sign_requests.filter(state="signed").order_by("-pk").first()
        if signed is None:
            raise InputError("合同还没有登记签订", where="合同扫描件", advice="请先登记签约。")
        signed.stored, signed.stored_name = stored.stored, name[:120]
        signed.save(update_fields=["stored", "stored_name"])
    else:
        row = lease.handovers.select_for_update().filter(kind=what).first()
        if row is None or len(row.photos) >= FILES_MAX:
            raise InputError(
                f"没有这次交接，或照片已满 {FILES_MAX} 张", where="照片", advice="请先登记交接。"
            )
        row.photos = [*row.photos, kept]
        row.save(update_fields=["photos"])
    keep_act(actor, lease, "lease.evidence", lease, after={"what": what, "digest": stored.digest})
    return stored
