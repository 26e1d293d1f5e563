"""Send a batch to the bank: the file is written and kept sealed, its months are noted as gone; and what may follow before an answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from guangsha.areas.subsidy.bank_exchange import exchange
from guangsha.areas.subsidy.bank_files import PaymentFile, PaymentRow, payment_file
from guangsha.areas.subsidy.models import Batch, Item, ItemMonth
from guangsha.areas.subsidy.payment_access import access_batch
from guangsha.areas.subsidy.payment_actions import register
from guangsha.areas.subsidy.payment_actions.base import (
    PaymentRefused,
    keep,
    let_free,
    locked,
    moved,
    need_no_kin,
    need_roles,
    said,
    today,
)
from guangsha.areas.subsidy.payment_queries import live_items, stale_items
from guangsha.areas.subsidy.payment_rules import BANKERS
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.ledger.models import BudgetLine
from guangsha.privacy.files import load, store

#: What the sealed files are for (privacy.files).
SENT_CONTEXT, RETURN_CONTEXT = "subsidy.payment_file", "subsidy.return_file"


def file_of(batch: Batch, day: date) -> PaymentFile:
    """The payments of a batch as the bank gets them.

    Raises:
        BankFileRefused: one that cannot be sent and why.
    """
    memo = f"租赁补贴{batch.month // 100}年{batch.month % 100}月"
    rows = live_items(batch).order_by("seq").only("seq", "account", "payee_name", "amount_fen")
    return payment_file(
        batch.number,
        day,
        [PaymentRow(i.seq, _digits(i.account), i.payee_name, i.amount_fen, memo) for i in rows],
    )


def _digits(account: str) -> str:
    return "".join(account.split()).replace("-", "")


@transaction.atomic
def send_batch(actor: Actor, number: str, version: int) -> Batch:
    """Write the file for the bank (报盘). It is written once; :func:`take_file` hands the same bytes out again.

    Raises:
        PaymentRefused: not approved, a payment that is no longer due so, months that went to the bank already.
        BankFileRefused: a payment that the bank's layout cannot carry.
    """
    batch = locked(actor, number, version, "send")
    need_no_kin(actor, batch)
    list(
        ItemMonth.objects.select_for_update()
        .filter(item__batch=batch)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    # what stands in the register may be with the bank already: then the same rows go again, whatever is due now
    if not register.has(number) and (off := stale_items(batch)):
        raise PaymentRefused(
            "stale",
            f"第 {off[0]} 笔的应发金额在审批后有变化",
            where=number,
            advice="请由审批人作废本批次后重新制单。",
        )
    how = exchange()
    file = file_of(batch, today())
    data = how.payment_bytes(file)
    months = [
        register.month_hash(household, month)
        for household, month in ItemMonth.objects.filter(item__batch=batch, living=True).values_list(
            "entitlement__household__number", "entitlement__month"
        )
    ]
    kept = store(data, context=SENT_CONTEXT)
    live_items(batch).update(state="sent")
    batch.state, batch.sent_by_id, batch.sent_at = "sent", actor.account_id, timezone.now()
    batch.layout, batch.file_digest, batch.file_stored = how.layout.name, kept.digest, kept.stored
    moved(batch, "state", "sent_by", "sent_at", "layout", "file_digest", "file_stored")
    record(
        actor, "subsidy.batch.send", batch,
        after={"number": number, "count": batch.count, "amount_fen": batch.amount_fen, "file": kept.digest, "layout": batch.layout},
        agency_id=batch.agency_id,
    )  # fmt: skip
    # last: from here on nothing of ours can fail but the commit, and then the same rows may go again
    register.enter(file, months, _kept(batch))
    return batch


def _kept(batch: Batch) -> dict[str, Any]:
    """What is needed to write a batch down again in a database that has forgotten it (``restoring``)."""
    months: dict[int, list[tuple[int, int]]] = {}
    for item, month, fen in ItemMonth.objects.filter(item__batch=batch, living=True).values_list(
        "item_id", "entitlement__month", "amount_fen"
    ):
        months.setdefault(item, []).append((month, fen))
    rows = [
        {
            "seq": i.seq, "agreement": i.agreement.number, "account": i.account, "name": i.payee_name, "last4": i.identity_last4,
            "bank": i.bank_name, "gross": i.gross_fen, "set_off": i.set_off_fen, "months": months.get(i.pk, []),
            "replaces": [i.replaces.batch.number, i.replaces.seq] if i.replaces else None,
        }
        for i in live_items(batch).select_related("agreement", "replaces__batch").defer("agreement__bank_account").order_by("seq")
    ]  # fmt: skip
    fields = (
        "agency_id",
        "month",
        "kind",
        "fund_id",
        "budget_line_id",
        "made_by_id",
        "checked_by_id",
        "approved_by_id",
        "sent_by_id",
    )
    when = ("made_at", "checked_at", "approved_at", "sent_at")
    return {
        **{
            name: getattr(batch, name)
            for name in (*fields, "layout", "file_digest", "file_stored", "note", "controls")
        },
        **{name: getattr(batch, name).isoformat() for name in when},
        "items": rows,
    }


@transaction.atomic
def take_file(actor: Actor, number: str) -> tuple[str, bytes]:
    """The file for the bank and its name; each time it is handed out is in the log.

    Raises:
        PaymentRefused: not an accountant, or it was not written yet.
    """
    batch = access_batch(actor, number)
    need_roles(actor, batch.agency_id, BANKERS, "下载银行文件")
    if not batch.file_stored:
        raise PaymentRefused("no-file", "银行文件还没有生成", where=number, advice="请先办理报送银行。")
    data = load(batch.file_stored, context=SENT_CONTEXT)
    record(
        actor, "subsidy.batch.take_file", batch, after={"file": batch.file_digest}, agency_id=batch.agency_id
    )
    return exchange().file_name(batch.number), data


@transaction.atomic
def accept_batch(actor: Actor, number: str, version: int, *, note: str = "") -> Batch:
    """The bank says that it has the file.

    Raises:
        PaymentRefused: it was not sent.
    """
    batch = locked(actor, number, version, "accept")
    words = said(note, "受理说明", needed=False)
    batch.state = "accepted"
    moved(batch, "state")
    record(
        actor,
        "subsidy.batch.accept",
        batch,
        reason=words,
        after={"state": "accepted"},
        agency_id=batch.agency_id,
    )
    return batch


@transaction.atomic
def change_line(actor: Actor, number: str, version: int, budget_line_id: int, *, reason: str) -> Batch:
    """Pay what is still open from another line, in a new year from one of that year: what was kept follows.

    Raises:
        PaymentRefused: no reason, nothing is open, a line of another fund.
        LedgerRefused: the new line does not bear it.
    """
    batch = locked(actor, number, version, "receive")
    words = said(reason, "理由")
    line = BudgetLine.objects.filter(pk=budget_line_id, agency=batch.agency_id, fund=batch.fund_id).first()
    if line is None or line.pk == batch.budget_line_id or line.year != today().year:
        raise PaymentRefused("line", "没有这条本年度的同一资金的指标", where=number, advice="请重新选择。")
    open_fen = sum(
        Item.objects.filter(batch=batch, state__in=("sent", "returned")).values_list("amount_fen", flat=True)
    )
    if not open_fen or batch.budget_line_id is None:
        raise PaymentRefused("nothing", "没有待付的金额", where=number, advice="请刷新页面。")
    before, day, key = batch.budget_line_id, today(), f"subsidy:{number}:line:{batch.version}"
    for pk, act in sorted(((before, let_free), (line.pk, keep)), key=lambda pair: pair[0]):
        act(actor, pk, open_fen, day, key=key, reason=f"批次 {number} 更换指标")
    batch.budget_line = line
    moved(batch, "budget_line")
    record(
        actor, "subsidy.batch.change_line", batch, reason=words, before={"budget_line": before},
        after={"budget_line": line.pk, "amount_fen": open_fen}, agency_id=batch.agency_id,
    )  # fmt: skip
    return batch
