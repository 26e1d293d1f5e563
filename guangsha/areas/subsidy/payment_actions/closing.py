"""What ends a batch: money nobody can be paid goes to the treasury or back, payments are looked into, the batch is closed."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from guangsha.areas.subsidy.bank_exchange import exchange
from guangsha.areas.subsidy.bank_files import BEIJING
from guangsha.areas.subsidy.models import Batch, Entitlement, Item, ItemMonth, ReturnFile, SampleCheck
from guangsha.areas.subsidy.payment_access import access_batch, access_sample
from guangsha.areas.subsidy.payment_actions.base import (
    SOURCE,
    PaymentRefused,
    accounts_of,
    let_free,
    locked,
    moved,
    need_roles,
    said,
    states_of,
    today,
)
from guangsha.areas.subsidy.payment_actions.sending import RETURN_CONTEXT
from guangsha.areas.subsidy.payment_parameters import needed_number
from guangsha.areas.subsidy.payment_queries import Reconciled, entry_key, reconcile_batch
from guangsha.areas.subsidy.payment_rules import (
    SAMPLERS,
    draw,
    may_close,
    surrendered_lines,
    taken_back_lines,
    unclaimed,
)
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.ledger.actions import post_many
from guangsha.ledger.facts import Draft, Line
from guangsha.privacy.files import load


def answers_of(batch: Batch) -> dict[int, tuple[str, int, date, str]]:
    """What the return files of a batch say, read again from the kept files: seq → (code, fen, day, serial)."""
    how = exchange()
    found: dict[int, tuple[str, int, date, str]] = {}
    for stored in ReturnFile.objects.filter(batch=batch).order_by("pk").values_list("stored", flat=True):
        for row in how.read_returns(load(stored, context=RETURN_CONTEXT), batch.number).rows:
            found[row.seq] = (row.code, row.amount_fen, row.paid_at.astimezone(BEIJING).date(), row.serial)
    return found


def reconcile(actor: Actor, number: str) -> Reconciled:
    """The three-way reconciliation of a batch that the actor may open; nothing is written."""
    batch = access_batch(actor, number)
    return reconcile_batch(batch, answers_of(batch))


def _returned(batch: Batch, seq: int) -> Item:
    item = Item.objects.select_for_update(of=("self",)).filter(batch=batch, seq=seq, state="returned").first()
    if item is None:
        raise PaymentRefused(
            "item", f"第 {seq} 笔不是待处理的退回款", where=batch.number, advice="请刷新页面。"
        )
    return item


def _let_go(actor: Actor, batch: Batch, item: Item, what: str, words: str, lines: tuple[Line, ...]) -> None:
    """The returned payment is given up: its budget is free, its months are in no payment, the books say where the money is."""
    if batch.budget_line_id is None:
        raise PaymentRefused("line", "没有预算指标", where=batch.number)
    ItemMonth.objects.filter(item=item).update(living=False)
    item.state = "cancelled"
    item.save(update_fields=["state"])
    moved(batch)
    let_free(
        actor, batch.budget_line_id, item.amount_fen, today(), key=f"subsidy:{batch.number}:{item.seq}:{what}",
        reason=f"{words} {batch.number} 第{item.seq}笔",
    )  # fmt: skip
    post_many(
        actor,
        [
            Draft(
                batch.agency_id, today(), "payment" if what == "surrendered" else "transfer", entry_key(batch, item.seq, what),
                f"{words} {batch.number} 第{item.seq}笔", lines, source_type=SOURCE, source_id=str(batch.pk),
            )
        ],
    )  # fmt: skip


@transaction.atomic
def surrender_item(actor: Actor, number: str, version: int, seq: int, *, reason: str) -> Item:
    """Hand money that nobody could be paid for longer than the place's term to the treasury (上缴国库).

    Raises:
        PaymentRefused: it has not waited long enough, no reason.
        RuleMissing: the place has not set the term.
    """
    batch = locked(actor, number, version, "surrender")
    words = said(reason, "说明")
    item = _returned(batch, seq)
    months = int(needed_number("unclaimed_months", batch.agency, today()))
    if item.paid_on is None or not unclaimed(item.paid_on, today(), months):
        raise PaymentRefused(
            "early", f"退回未满 {months} 个月，不能上缴", where=number, advice="请继续联系领款人。"
        )
    months_of = Entitlement.objects.filter(payments__item=item, payments__living=True)
    months_of.update(state="reversed")
    if batch.fund_id is None:
        raise PaymentRefused("line", "没有资金", where=number)
    _let_go(
        actor,
        batch,
        item,
        "surrendered",
        "上缴国库",
        surrendered_lines(accounts_of(batch.fund_id), item.amount_fen),
    )
    record(
        actor, "subsidy.item.surrender", item, reason=words,
        after={"batch": number, "seq": seq, "amount_fen": item.amount_fen}, agency_id=batch.agency_id,
    )  # fmt: skip
    return item


@transaction.atomic
def take_back_item(actor: Actor, number: str, version: int, seq: int, *, reason: str) -> Item:
    """Give up a payment that came back because something else is due now: its months may be paid anew as they are due.

    Raises:
        PaymentRefused: what is due has not changed (it is reissued then), no reason.
    """
    batch = locked(actor, number, version, "surrender")
    words = said(reason, "说明")
    item = _returned(batch, seq)
    if item.set_off_fen:
        raise PaymentRefused("set-off", "这一笔含有抵扣，不能冲回", where=number, advice="请用退回重发办理。")
    rows = ItemMonth.objects.filter(item=item, living=True).values_list(
        "amount_fen", "entitlement__amount_fen", "entitlement__state"
    )
    if all(fen == due and state == "returned" for fen, due, state in rows):
        raise PaymentRefused("same", "应发金额没有变化", where=number, advice="请用退回重发办理。")
    months_of = Entitlement.objects.filter(payments__item=item, payments__living=True, state="returned")
    months_of.update(state="computed")
    if batch.fund_id is None:
        raise PaymentRefused("line", "没有资金", where=number)
    _let_go(
        actor,
        batch,
        item,
        "undone",
        "冲回退回款",
        taken_back_lines(accounts_of(batch.fund_id), item.amount_fen),
    )
    record(
        actor, "subsidy.item.take_back", item, reason=words,
        after={"batch": number, "seq": seq, "amount_fen": item.amount_fen}, agency_id=batch.agency_id,
    )  # fmt: skip
    return item


@transaction.atomic
def close_batch(actor: Actor, number: str, version: int) -> Batch:
    """End a batch: every payment is settled and items, bank and books agree.

    Raises:
        PaymentRefused: something is open, or the three do not agree.
    """
    batch = locked(actor, number, version, "close")
    if open_still := may_close(states_of(batch)):
        raise PaymentRefused("open", open_still, where=number, advice="请先处理。")
    found = reconcile_batch(batch, answers_of(batch))
    if not found.clean:
        raise PaymentRefused("differences", "三方对账不符", where=number, advice="请查看对账结果，逐笔查明。")
    batch.state, batch.closed_at = "closed", timezone.now()
    moved(batch, "state", "closed_at")
    record(
        actor, "subsidy.batch.close", batch,
        after={"agreed": len(found.paid.agreed), "returned": len(found.returned.agreed), "totals": found.paid.totals},
        agency_id=batch.agency_id,
    )  # fmt: skip
    return batch


@transaction.atomic
def draw_samples(actor: Actor, number: str, *, seed: str) -> list[SampleCheck]:
    """Draw payments to be looked into, by a seed that anybody can use again. A batch is drawn once.

    Raises:
        PaymentRefused: nothing is paid yet, no seed, drawn already with another seed.
        RuleMissing: the place has not set the share.
    """
    seen = access_batch(actor, number)
    need_roles(actor, seen.agency_id, SAMPLERS, "抽查")
    batch = Batch.objects.select_for_update(of=("self",)).select_related("agency").get(pk=seen.pk)
    words = said(seed, "抽样种子")[:64]
    standing = list(
        SampleCheck.objects.filter(item__batch=batch).select_related("item").order_by("item__seq")
    )
    if standing:
        if standing[0].seed != words:
            raise PaymentRefused("drawn", "这个批次已抽查", where=number, advice="请在抽查名单上登记结果。")
        return standing
    paid = dict(Item.objects.filter(batch=batch, state="paid").values_list("seq", "pk"))
    if not paid:
        raise PaymentRefused("nothing", "还没有到账的发放", where=number, advice="请在登记回盘后抽查。")
    drawn = draw(paid, words, number, needed_number("payment_sample_share", batch.agency, today()))
    now = timezone.now()
    made = SampleCheck.objects.bulk_create(
        [SampleCheck(item_id=paid[seq], drawn_at=now, seed=words) for seq in drawn]
    )
    record(
        actor, "subsidy.batch.draw", batch, after={"seed": words, "of": len(paid), "drawn": drawn},
        agency_id=batch.agency_id,
    )  # fmt: skip
    return made


@transaction.atomic
def record_sample(actor: Actor, key: int, *, finding: str, text: str = "") -> SampleCheck:
    """Write down what a household said about a payment. An answer stands; another one is a new talk, not an edit.

    Raises:
        PaymentRefused: answered already, no such finding, a doubtful one without words.
        NotThere: no such sample, or not this actor's to see.
    """
    seen = access_sample(actor, key)
    batch = seen.item.batch
    need_roles(actor, batch.agency_id, SAMPLERS, "登记抽查结果")
    sample = SampleCheck.objects.select_for_update(of=("self",)).get(pk=key)
    if finding not in dict(SampleCheck.FINDINGS):
        raise PaymentRefused("finding", "没有这种结论", advice="请重新选择。")
    words = said(text, "说明", needed=finding != "received")
    if sample.done_at is not None and sample.finding != "not_reached":
        raise PaymentRefused("done", "这一笔已登记结果", where=batch.number, advice="请刷新页面。")
    sample.finding, sample.text, sample.account_id, sample.done_at = (
        finding,
        words,
        actor.account_id,
        timezone.now(),
    )
    sample.save(update_fields=["finding", "text", "account", "done_at"])
    record(
        actor, "subsidy.sample.record", sample, reason=words,
        after={"batch": batch.number, "seq": seen.item.seq, "finding": finding}, agency_id=batch.agency_id,
    )  # fmt: skip
    return sample
