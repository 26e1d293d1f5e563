"""Keys and meters, written down where they are handed over and read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from guangsha.areas.stock.access import access_dwelling
from guangsha.areas.stock.actions.base import locked_dwelling, need, not_later
from guangsha.areas.stock.actions.states import read_meter
from guangsha.areas.stock.facts import KEY_MOVES, METER_KINDS
from guangsha.areas.stock.models import KeyMove, MeterChange, MeterReading
from guangsha.areas.stock.rules import KEEPERS, ON_SITE
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said_in_line as said

SETS_MAX = 20
VALUE_MAX = Decimal(9_999_999)


@transaction.atomic
def move_keys(
    actor: Actor,
    dwelling_id: int,
    kind: str,
    sets: int,
    *,
    holder: str,
    on: date,
    reason: str,
    back_by: date | None = None,
) -> KeyMove:
    """Sets of keys come into the cabinet, leave it, or are lost out of it.

    Raises:
        InputError: more leave than lie there.
    """
    seen = access_dwelling(actor, dwelling_id)
    need(actor, seen.estate.agency_id, KEEPERS | ON_SITE, "登记钥匙")
    if kind not in KEY_MOVES or not 1 <= sets <= SETS_MAX:
        raise InputError(f"应为 1 至 {SETS_MAX} 套", where="套数", advice="请核对。")
    dwelling = locked_dwelling(seen.pk)
    left = dwelling.keys + (sets if kind == "in" else -sets)
    if left < 0:
        raise InputError(f"在库只有 {dwelling.keys} 套", where="套数", advice="请核对钥匙柜和登记。")
    if left > SETS_MAX * 5:
        raise InputError(f"在库钥匙会超过 {SETS_MAX * 5} 套", where="套数", advice="请核对。")
    if back_by is not None and (kind != "out" or back_by < on):
        raise InputError("只有领出时填写，且不早于领出日期", where="应还日期", advice="请核对。")
    moved = KeyMove.objects.create(
        dwelling=dwelling, kind=kind, sets=sets, holder=said(holder, "交接人", most=60), on=not_later(on, "日期"), back_by=back_by,
        reason=said(reason, "事由"), left=left, made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    dwelling.keys = left
    dwelling.save(update_fields=["keys"])
    record(
        actor, "stock.keys.move", moved, reason=moved.reason, after={"dwelling": dwelling.pk, "kind": kind, "sets": sets, "left": left},
        agency_id=dwelling.estate.agency_id,
    )  # fmt: skip
    return moved


@transaction.atomic
def note_reading(actor: Actor, dwelling_id: int, kind: str, value: Decimal, *, on: date) -> MeterReading:
    """A meter was read on the spot.

    Raises:
        InputError: as :func:`read_meter` says; a new meter is entered by :func:`change_meter`.
    """
    seen = access_dwelling(actor, dwelling_id)
    need(actor, seen.estate.agency_id, KEEPERS | ON_SITE, "登记抄表")
    _bounded(value, "读数")
    return read_meter(actor, seen.pk, kind, value, on=not_later(on, "抄表日期"))


@transaction.atomic
def change_meter(
    actor: Actor,
    dwelling_id: int,
    kind: str,
    *,
    last_value: Decimal,
    first_value: Decimal,
    serial: str,
    on: date,
    reason: str,
) -> MeterChange:
    """A meter was replaced: the old one's last reading and the new one's first are both readings of that day.

    Raises:
        InputError: the old meter cannot have shown this.
    """
    seen = access_dwelling(actor, dwelling_id)
    need(actor, seen.estate.agency_id, KEEPERS | ON_SITE, "登记换表")
    if kind not in METER_KINDS:
        raise InputError("没有这种表", where="表", advice="请从列表中选择。")
    _bounded(last_value, "旧表止数")
    _bounded(first_value, "新表起数")
    note_reading(actor, seen.pk, kind, last_value, on=on)
    changed = MeterChange.objects.create(
        dwelling=seen, kind=kind, on=on, last_value=last_value, first_value=first_value, serial=said(serial, "新表编号", most=40),
        reason=said(reason, "原因"), made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    read_meter(actor, seen.pk, kind, first_value, on=on, source_type="stock.meter", source_id=str(changed.pk))
    record(
        actor, "stock.meter.change", changed, reason=changed.reason,
        after={"dwelling": seen.pk, "kind": kind, "last": last_value, "first": first_value, "serial": changed.serial},
        agency_id=seen.estate.agency_id,
    )  # fmt: skip
    return changed


def _bounded(value: Decimal, where: str) -> None:
    exponent = value.as_tuple().exponent
    if not 0 <= value <= VALUE_MAX or (isinstance(exponent, int) and exponent < -2):
        raise InputError("应为不小于 0 的数，最多两位小数", where=where, advice="请核对表盘。")
