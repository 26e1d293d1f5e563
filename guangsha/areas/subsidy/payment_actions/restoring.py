"""Write a batch down again that went to the bank and that a database copied back from an older backup has forgotten (补录).

Everything comes from the register beside the database: rows, who made, checked and approved it, its file. Nothing is decided and nothing
is sent; afterwards the bank's answer is taken in as of any batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from guangsha.areas.subsidy.models import Agreement, Batch, Entitlement, Item, ItemMonth
from guangsha.areas.subsidy.payment_actions import register
from guangsha.areas.subsidy.payment_actions.base import PaymentRefused, need_roles, recount
from guangsha.areas.subsidy.payment_actions.deciding import book_approval, settle_batch
from guangsha.areas.subsidy.payment_rules import BANKERS
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor

CHUNK = 2000


def forgotten_of(actor: Actor) -> list[str]:
    """Numbers of forgotten batches of the agencies for which the actor deals with the bank."""
    found = []
    for number in register.forgotten():
        agency = register.kept_of(number)["agency_id"]
        if actor.kind == "staff" and actor.roles_at(agency) & BANKERS:
            found.append(number)
    return found


@transaction.atomic
def restore_batch(actor: Actor, number: str) -> Batch:
    """Write a forgotten batch down as sent, with the debt and the kept budget of its approval.

    Raises:
        PaymentRefused: it is known, not an accountant, its months are not due here or are in another batch, an earlier one is missing.
        InputError: the register does not hold it.
        LedgerRefused: the books do not take it: no budget, a closed month.
    """
    kept = register.kept_of(number)
    need_roles(actor, kept["agency_id"], BANKERS, "补录批次")
    if Batch.objects.filter(number=number).exists():
        raise PaymentRefused("known", "系统里已有这个批次", where=number, advice="请在该批次上继续办理。")
    names = (
        "agency_id", "month", "kind", "fund_id", "budget_line_id", "made_by_id", "checked_by_id", "approved_by_id", "sent_by_id",
        "layout", "file_digest", "file_stored", "note", "controls",
    )  # fmt: skip
    when = {
        name: datetime.fromisoformat(kept[name])
        for name in ("made_at", "checked_at", "approved_at", "sent_at")
    }
    batch = Batch(number=number, state="sent", **{name: kept[name] for name in names}, **when)
    batch.save(force_insert=True)
    _write_items(batch, kept["items"])
    recount(batch)
    batch.save(update_fields=["count", "amount_fen"])
    settled = settle_batch(actor, batch)
    book_approval(actor, batch)
    record(
        actor, "subsidy.batch.restore", batch,
        after={"number": number, "count": batch.count, "amount_fen": batch.amount_fen, "set_off_fen": settled, "file": batch.file_digest},
        agency_id=batch.agency_id,
    )  # fmt: skip
    return batch


def _write_items(batch: Batch, rows: Sequence[Mapping[str, Any]]) -> None:
    agreements: dict[str, Agreement] = {}
    numbers = [row["agreement"] for row in rows]
    for start in range(0, len(numbers), CHUNK):
        for one in Agreement.objects.filter(number__in=numbers[start : start + CHUNK]):
            agreements[one.number] = one
    if missing := [number for number in numbers if number not in agreements]:
        raise PaymentRefused(
            "agreement", f"没有协议 {missing[0]}", where=batch.number, advice="请先补办这份协议，再补录批次。"
        )
    items = [_item(batch, row, agreements[row["agreement"]]) for row in rows]
    Item.objects.bulk_create(items, batch_size=CHUNK)
    for item in items:
        if item.replaces_id:
            Item.objects.filter(pk=item.replaces_id).update(state="reissued")
            ItemMonth.objects.filter(item=item.replaces_id).update(living=False)
    months = []
    for item, row in zip(items, rows, strict=True):
        for month, fen in row["months"]:
            entitlement = _due(item, month)
            months.append(ItemMonth(item=item, entitlement=entitlement, amount_fen=fen))
    ItemMonth.objects.bulk_create(months, batch_size=CHUNK)


def _item(batch: Batch, row: Mapping[str, Any], agreement: Agreement) -> Item:
    old = None
    if row["replaces"]:
        number, seq = row["replaces"]
        old = Item.objects.filter(batch__number=number, seq=seq, state="returned").first()
        if old is None:
            raise PaymentRefused(
                "replaces",
                f"批次 {number} 第 {seq} 笔还不是退回款",
                where=batch.number,
                advice="请先补录该批次并登记它的回盘。",
            )
    return Item(
        batch=batch, seq=row["seq"], agreement=agreement, payee_id=agreement.payee_id, payee_name=row["name"],
        identity_last4=row["last4"], bank_name=row["bank"], account=row["account"], gross_fen=row["gross"], set_off_fen=row["set_off"],
        amount_fen=row["gross"] - row["set_off"], state="sent", replaces=old,
    )  # fmt: skip


def _due(item: Item, month: int) -> Entitlement:
    found = (
        Entitlement.objects.select_for_update(of=("self",))
        .filter(agreement=item.agreement_id, month=month)
        .first()
    )
    if found is None:
        raise PaymentRefused(
            "month",
            f"第 {item.seq} 笔的月份还没有计算应发",
            where=item.batch.number,
            advice="请先计算月度应发。",
        )
    taken = ItemMonth.objects.filter(entitlement=found, living=True).select_related("item__batch").first()
    if taken is not None:
        raise PaymentRefused(
            "taken", f"第 {item.seq} 笔的月份已列入批次 {taken.item.batch.number}", where=item.batch.number,
            advice="请先作废那个批次。",
        )  # fmt: skip
    return found
