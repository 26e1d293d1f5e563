"""Check, approve, send back, cancel a batch, take a payment out of it: three people, nobody for a relative.

Approval keeps the budget and books the debt; from then on the money is owed. Source: operations.md §5.2 (复核 → 负责人), §2.1.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from guangsha.areas.subsidy.actions.clawbacks import settle
from guangsha.areas.subsidy.models import Agreement, Batch, Clawback, Item, ItemMonth, Recovery
from guangsha.areas.subsidy.payment_access import access_batch
from guangsha.areas.subsidy.payment_actions import register
from guangsha.areas.subsidy.payment_actions.base import (
    SOURCE,
    PaymentRefused,
    accounts_of,
    keep,
    kin_items,
    let_free,
    locked,
    moved,
    need_no_kin,
    need_other_people,
    need_roles,
    recount,
    said,
    today,
)
from guangsha.areas.subsidy.payment_actions.making import open_claims
from guangsha.areas.subsidy.payment_parameters import whole_number
from guangsha.areas.subsidy.payment_queries import controls_of, live_items
from guangsha.areas.subsidy.payment_rules import (
    BLOCK,
    EXPLAIN,
    MAKERS,
    Control,
    approved_lines,
    approvers_of,
    reissued_lines,
)
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.ledger.actions import post_many, reverse_for
from guangsha.ledger.facts import Draft
from guangsha.ledger.models import Entry
from guangsha.ledger.rules import yuan_text


def _control_again(batch: Batch, note: str) -> None:
    """Run the controls as things stand now; the batch keeps what they find.

    Raises:
        PaymentRefused: something blocks, or something is to be explained and nobody did.
    """
    found = controls_of(batch, today())
    kept = [one for one in batch.controls if one.get("severity") == "note"]
    batch.controls = [control.as_json() for control in found] + kept
    blocking: Sequence[Control] = [control for control in found if control.severity == BLOCK]
    if blocking:
        raise PaymentRefused(
            "controls", blocking[0].text, where=batch.number, advice="请退回经办处理后再办。"
        )
    if not note and any(control.severity == EXPLAIN for control in found):
        raise PaymentRefused(
            "explain",
            "有需要核实的情况，没有写明核实结果",
            where=batch.number,
            advice="请在意见中写明逐项核实的结果。",
        )


@transaction.atomic
def check_batch(actor: Actor, number: str, version: int, *, note: str = "") -> Batch:
    """A second person has looked at the batch (复核).

    Args:
        note: what the checker found out about everything that the controls ask about.

    Raises:
        PaymentRefused: the maker, a relative's payment, a control that blocks, nothing said about one that asks.
    """
    batch = locked(actor, number, version, "check")
    need_other_people(actor, batch, batch.made_by_id)
    need_no_kin(actor, batch)
    words = said(note, "意见", needed=False)
    if not batch.count:
        raise PaymentRefused("nothing", "批次里没有发放明细", where=number, advice="请作废这个批次。")
    _control_again(batch, words)
    batch.state, batch.checked_by_id, batch.checked_at, batch.note = (
        "checked",
        actor.account_id,
        timezone.now(),
        words,
    )
    moved(batch, "state", "checked_by", "checked_at", "note", "controls")
    record(
        actor, "subsidy.batch.check", batch, reason=words,
        after={"number": number, "count": batch.count, "amount_fen": batch.amount_fen}, agency_id=batch.agency_id,
    )  # fmt: skip
    return batch


@transaction.atomic
def approve_batch(actor: Actor, number: str, version: int) -> Batch:
    """A third person approves: the sum is kept on the budget line, the debt is booked, what is kept back is settled.

    Raises:
        PaymentRefused: maker or checker, too large a sum for this role, a control that blocks now.
        LedgerRefused: the budget does not bear it, the month of the books is not open.
    """
    batch = locked(actor, number, version, "approve")
    need_other_people(actor, batch, batch.made_by_id, batch.checked_by_id)
    need_no_kin(actor, batch)
    limit = whole_number("batch_approval_limit", batch.agency, today())
    need_roles(
        actor,
        batch.agency_id,
        approvers_of(batch.amount_fen, limit),
        f"审批 {yuan_text(batch.amount_fen)} 的批次",
    )
    _control_again(batch, batch.note)
    settled = settle_batch(actor, batch)
    batch.state, batch.approved_by_id, batch.approved_at = "approved", actor.account_id, timezone.now()
    moved(batch, "state", "approved_by", "approved_at", "controls")
    book_approval(actor, batch)
    record(
        actor, "subsidy.batch.approve", batch,
        after={
            "number": number, "count": batch.count, "amount_fen": batch.amount_fen, "set_off_fen": settled,
            "maker": batch.made_by_id, "checker": batch.checked_by_id,
        },
        agency_id=batch.agency_id,
    )  # fmt: skip
    return batch


def _lines_of_old(batch: Batch) -> dict[int, int]:
    """Of a reissue: on which lines the budget is kept for the payments that it takes over."""
    rows = (
        live_items(batch)
        .exclude(replaces=None)
        .order_by()
        .values_list("replaces__batch__budget_line")
        .annotate(fen=Sum("amount_fen"))
    )
    return dict(rows)


def book_approval(actor: Actor, batch: Batch) -> None:
    """Keep the budget and book the debt of an approved batch."""
    day, line = today(), batch.budget_line_id
    if line is None or batch.fund_id is None:
        raise PaymentRefused("line", "没有选定预算指标", where=batch.number, advice="请退回经办重新制单。")
    of = accounts_of(batch.fund_id)
    again = batch.kind == "reissue"
    # what a reissue takes over stays kept: freed where it was kept and kept here, in one transaction
    for old, fen in sorted(_lines_of_old(batch).items()) if again else ():
        let_free(
            actor, old, fen, day, key=f"subsidy:{batch.number}:take-over", reason=f"退回重发 {batch.number}"
        )
    keep(
        actor,
        line,
        batch.amount_fen,
        day,
        key=f"subsidy:{batch.number}:keep",
        reason=f"租赁补贴批次 {batch.number}",
    )
    lines = (reissued_lines if again else approved_lines)(of, batch.amount_fen)
    post_many(
        actor,
        [
            Draft(
                batch.agency_id, day, "transfer", f"subsidy:{batch.number}:approved",
                f"{'重发' if again else '计提'}租赁补贴 {batch.number}", lines, source_type=SOURCE, source_id=str(batch.pk),
            )
        ],
    )  # fmt: skip


def settle_batch(actor: Actor, batch: Batch) -> int:
    """Count what is kept back from these payments as recovered; how much. A payment that takes over another keeps back nothing
    anew: that was settled with the first."""
    items = list(
        live_items(batch)
        .filter(replaces=None, set_off_fen__gt=0)
        .order_by("agreement_id")
        .values_list("pk", "agreement_id", "agreement__household_id", "set_off_fen")
    )
    if not items:
        return 0
    households = {household for _, _, household, _ in items}
    locks = Agreement.objects.select_for_update().filter(household__in=households)
    list(locks.order_by("pk").values_list("pk", flat=True))
    claims: dict[int, list[list[int]]] = {}
    for household, claim, left in open_claims([agreement for _, agreement, _, _ in items]):
        claims.setdefault(household, []).append([claim, left])
    day, now = today(), timezone.now()
    for item, _, household, wanted in items:
        for row in claims.get(household, []):
            part = min(wanted, row[1])
            if part <= 0:
                continue
            clawback = Clawback.objects.select_for_update().get(pk=row[0])
            Recovery.objects.create(
                clawback=clawback, amount_fen=part, way="set_off", day=day, item_id=item, key=f"set_off:{item}:{row[0]}",
                made_by_id=actor.account_id, made_at=now,
            )  # fmt: skip
            settle(clawback, part)
            row[1] -= part
            wanted -= part
        if wanted:
            raise PaymentRefused(
                "set-off",
                "应追回款或抵扣同意在制单后有变化",
                where=batch.number,
                advice="请退回经办重新制单。",
            )
    return sum(fen for *_, fen in items)


def _unsettle(batch: Batch) -> None:
    for recovery in Recovery.objects.filter(item__batch=batch, living=True).order_by("clawback_id", "pk"):
        clawback = Clawback.objects.select_for_update().get(pk=recovery.clawback_id)
        recovery.living = False
        recovery.save(update_fields=["living"])
        settle(clawback, -recovery.amount_fen)


@transaction.atomic
def refuse_batch(actor: Actor, number: str, version: int, *, reason: str) -> Batch:
    """Send a batch back to its maker with the reason; who checked it before does so anew.

    Raises:
        PaymentRefused: no reason, the maker, a batch that is approved already.
    """
    batch = locked(actor, number, version, "refuse")
    need_other_people(actor, batch, batch.made_by_id)
    words = said(reason, "退回理由")
    before = batch.state
    batch.state, batch.checked_by, batch.checked_at, batch.note = "draft", None, None, words
    moved(batch, "state", "checked_by", "checked_at", "note")
    record(
        actor, "subsidy.batch.refuse", batch, reason=words, before={"state": before}, after={"state": "draft"},
        agency_id=batch.agency_id,
    )  # fmt: skip
    return batch


@transaction.atomic
def drop_item(actor: Actor, number: str, version: int, seq: int, *, reason: str) -> Batch:
    """Take one payment out of a batch that nobody has checked; its months are due again (of a reissue: returned again).

    Raises:
        PaymentRefused: no reason, no such payment, a batch that was checked.
    """
    seen = access_batch(actor, number)
    need_roles(actor, seen.agency_id, MAKERS, "移出明细")
    batch = Batch.objects.select_for_update(of=("self",)).select_related("agency").get(pk=seen.pk)
    if batch.version != version or batch.state != "draft":
        raise PaymentRefused("moved", "批次刚被别人办理过，或已复核", where=number, advice="请刷新页面。")
    words = said(reason, "移出理由")
    item = Item.objects.select_for_update().filter(batch=batch, seq=seq, state="ready").first()
    if item is None:
        raise PaymentRefused("item", f"没有第 {seq} 笔，或已移出", where=number, advice="请刷新页面。")
    if seq in kin_items(actor, batch):
        raise PaymentRefused("kin", "这一笔涉及您应当回避的人", where=number, advice="请由其他同事办理。")
    _let_go([item])
    recount(batch)
    if batch.count:
        kept = [one for one in batch.controls if one.get("severity") == "note"]
        batch.controls = [control.as_json() for control in controls_of(batch, today())] + kept
    moved(batch, "count", "amount_fen", "controls")
    record(
        actor, "subsidy.batch.drop_item", batch, reason=words,
        after={"seq": seq, "count": batch.count, "amount_fen": batch.amount_fen}, agency_id=batch.agency_id,
    )  # fmt: skip
    return batch


def _let_go(items: Sequence[Item]) -> None:
    """Payments that will not be made: their months are free again, and what they were to replace is returned again."""
    keys = [item.pk for item in items]
    months = list(
        ItemMonth.objects.filter(item__in=keys, living=True).values_list("pk", "item_id", "entitlement_id")
    )
    ItemMonth.objects.filter(item__in=keys).update(living=False)
    old = {item.pk: item.replaces_id for item in items if item.replaces_id}
    for _, item, entitlement in months:
        if item in old:
            ItemMonth.objects.filter(item=old[item], entitlement=entitlement).update(living=True)
    Item.objects.filter(pk__in=list(old.values()), state="reissued").update(state="returned")
    Item.objects.filter(pk__in=keys).update(state="cancelled", replaces=None)


@transaction.atomic
def cancel_batch(actor: Actor, number: str, version: int, *, reason: str) -> Batch:
    """Give up a batch that has not gone to the bank: its months are due again, an approved one is taken back in the books.

    An approved batch is cancelled by those who approve, an earlier one by its makers as well.

    Raises:
        PaymentRefused: no reason, or it has gone to the bank.
        LedgerRefused: the month of the books is not open.
    """
    batch = locked(actor, number, version, "cancel")
    words = said(reason, "作废理由")
    before = batch.state
    if before == "approved":
        limit = whole_number("batch_approval_limit", batch.agency, today())
        need_roles(actor, batch.agency_id, approvers_of(batch.amount_fen, limit), "作废已审批的批次")
        need_other_people(actor, batch, batch.made_by_id, batch.checked_by_id)
        if register.has(number):
            raise PaymentRefused(
                "sent-before",
                "报送登记簿里有这个批次，它可能已交给银行",
                where=number,
                advice="不能作废，请重新办理报送银行。",
            )
    old = _lines_of_old(batch)
    _unsettle(batch)
    _let_go(list(Item.objects.select_for_update(of=("self",)).filter(batch=batch).exclude(state="cancelled")))
    batch.state = "cancelled"
    batch.note = words
    moved(batch, "state", "note")
    if before == "approved" and batch.budget_line_id is not None:
        day, key = today(), f"subsidy:{batch.number}"
        let_free(
            actor,
            batch.budget_line_id,
            batch.amount_fen,
            day,
            key=f"{key}:let-go",
            reason=f"批次作废 {number}",
        )
        for line, fen in sorted(old.items()):
            keep(actor, line, fen, day, key=f"{key}:give-back", reason=f"批次作废 {number}")
        entry = Entry.objects.get(agency=batch.agency_id, key=f"{key}:approved")
        reverse_for(actor, entry.pk, f"批次作废：{words}"[:200])
    record(
        actor, "subsidy.batch.cancel", batch, reason=words, before={"state": before}, after={"state": "cancelled"},
        agency_id=batch.agency_id,
    )  # fmt: skip
    return batch
