"""What the bank answered (回盘): read whole, matched, booked, told; and money that came back after it had arrived.

One transaction: a process that dies leaves the file unread, and reading it again does it all. The same file again, or the same
answers in another, changes nothing. Source: operations.md §5.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from guangsha.areas.subsidy.bank_exchange import exchange
from guangsha.areas.subsidy.bank_files import (
    BEIJING,
    PAID,
    RETURN_ADVICE,
    RETURN_CODES,
    SERIAL,
    ReturnRow,
    bounded,
    match_returns,
)
from guangsha.areas.subsidy.models import Batch, Entitlement, Item, ReturnFile
from guangsha.areas.subsidy.payment_access import access_batch
from guangsha.areas.subsidy.payment_actions.base import (
    SOURCE,
    PaymentRefused,
    accounts_of,
    follow_months,
    keep,
    let_free,
    locked,
    moved,
    need_roles,
    need_state,
    said,
    states_of,
    today,
)
from guangsha.areas.subsidy.payment_actions.sending import RETURN_CONTEXT, file_of
from guangsha.areas.subsidy.payment_queries import entry_key, entry_of
from guangsha.areas.subsidy.payment_rules import BANKERS, BATCH_EDGES, paid_lines, returned_lines, state_of
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.ledger.actions import post_many, reverse_for
from guangsha.ledger.facts import Draft, Line
from guangsha.ledger.models import BudgetLine, Period
from guangsha.ledger.rules import month_of, yuan_text
from guangsha.notify.actions import tell
from guangsha.people.models import Account
from guangsha.privacy.files import store
from guangsha.privacy.sealing import sm3_hex

#: Rows of one statement.
CHUNK = 500


@transaction.atomic
def receive_file(actor: Actor, number: str, data: bytes) -> ReturnFile:
    """Take in a file of answers. A file that was taken in before gives what was kept of it, and changes nothing.

    Raises:
        PaymentRefused: not an accountant; the batch is not with the bank; a payment of another year than its budget line.
        BankFileRefused: a file that cannot be used as a whole (``bank_files``).
        LedgerRefused: the month of the books is not open.
    """
    seen = access_batch(actor, number)
    need_roles(actor, seen.agency_id, BANKERS, BATCH_EDGES["receive"].label)
    digest = sm3_hex(bounded(data))
    batch = (
        Batch.objects.select_for_update(of=("self",))
        .select_related("agency", "fund", "budget_line")
        .get(pk=seen.pk)
    )
    standing = ReturnFile.objects.filter(digest=digest).first()
    if standing is not None:
        if standing.batch_id != batch.pk:
            raise PaymentRefused("foreign", "这份文件已在别的批次登记", where=number, advice="请核对批次。")
        return standing
    need_state(batch, "receive")
    returned = exchange().read_returns(data, number)
    sent = file_of(batch, timezone.localdate(batch.sent_at))
    fresh = match_returns(sent, returned, known=_known(batch), today=today())
    items = {
        item.seq: item
        for item in Item.objects.select_for_update(of=("self",))
        .select_related("agreement")
        .defer("account", "agreement__bank_account")
        .filter(batch=batch, state="sent")
    }
    if missing := [row.seq for row in fresh if row.seq not in items]:
        raise PaymentRefused("item", f"第 {missing[0]} 笔不在等待结果", where=number, advice="请刷新页面。")
    paid, back = _write(items, fresh)
    kept = store(data, context=RETURN_CONTEXT)
    file = ReturnFile.objects.create(
        batch=batch, digest=digest, received_by_id=actor.account_id, received_at=timezone.now(), rows=len(returned.rows),
        paid=len(paid), returned=len(back), stored=kept.stored,
    )  # fmt: skip
    batch.state = state_of(states_of(batch))
    moved(batch, "state")
    _tell(batch, paid, back)
    _book(actor, batch, digest, paid, back)
    record(
        actor, "subsidy.batch.receive", batch,
        after={
            "number": number, "file": digest, "rows": file.rows, "paid": file.paid, "returned": file.returned,
            "paid_fen": sum(item.amount_fen for item in paid), "state": batch.state,
        },
        agency_id=batch.agency_id,
    )  # fmt: skip
    return file


def _known(batch: Batch) -> dict[int, str]:
    """What the bank said so far, by seq."""
    said_of = (
        Item.objects.filter(batch=batch).exclude(state="sent").values_list("seq", "state", "return_code")
    )
    return {seq: PAID if state == "paid" else code for seq, state, code in said_of if state == "paid" or code}


def _write(items: dict[int, Item], fresh: Iterable[ReturnRow]) -> tuple[list[Item], list[Item]]:
    """Items follow what was said of them; those paid and those that came back."""
    paid, back = [], []
    for row in fresh:
        item = items[row.seq]
        item.serial, item.paid_on = row.serial, row.paid_at.astimezone(BEIJING).date()
        if row.code == PAID:
            item.state = "paid"
            paid.append(item)
        else:
            item.state, item.return_code, item.return_text = "returned", row.code, row.message
            back.append(item)
    with connection.cursor() as cursor:  # one statement for all: bulk_update takes a minute for a district
        day = connection.ops.adapt_datefield_value
        cursor.executemany(
            f"UPDATE {Item._meta.db_table} SET state = %s, serial = %s, paid_on = %s, return_code = %s, return_text = %s WHERE id = %s",
            [(i.state, i.serial, day(i.paid_on), i.return_code, i.return_text, i.pk) for i in (*paid, *back)],
        )
    for group, state in ((paid, "paid"), (back, "returned")):
        for start in range(0, len(group), CHUNK):
            follow_months(
                [item.pk for item in group[start : start + CHUNK]], state, ("computed", "returned", "held")
            )
    return paid, back


def booking_day(batch: Batch, said_on: date) -> date:
    """The day under which an answer is booked: the bank's, or today where the month of that day is closed already.

    Raises:
        PaymentRefused: it lies in another year than the batch's budget line.
    """
    months = {month_of(said_on), month_of(today())}
    is_open = set(
        Period.objects.filter(agency=batch.agency_id, month__in=months, closed=False).values_list(
            "month", flat=True
        )
    )
    day = said_on if month_of(said_on) in is_open else today()
    if batch.budget_line is None or batch.budget_line.year != day.year:
        raise PaymentRefused(
            "year",
            f"付款记在{day.year}年，批次用的不是该年度的预算指标",
            where=batch.number,
            advice="请先“更换指标”，把待付金额转到该年度的指标，再登记回盘。",
        )
    return day


def _book(actor: Actor, batch: Batch, digest: str, paid: Sequence[Item], back: Sequence[Item]) -> None:
    if batch.fund_id is None or batch.budget_line is None:
        raise PaymentRefused("line", "没有预算指标", where=batch.number)
    of, line = accounts_of(batch.fund_id), batch.budget_line.pk
    days = {day: booking_day(batch, day) for day in {item.paid_on for item in [*paid, *back] if item.paid_on}}
    drafts = []
    for item in paid:
        drafts.append(
            _draft(
                batch, item, days, "paid", "payment", "发放租赁补贴", paid_lines(of, item.amount_fen, line)
            )
        )
    for item in back:
        drafts.append(
            _draft(
                batch, item, days, "returned", "transfer", "退回租赁补贴", returned_lines(of, item.amount_fen)
            )
        )
    # every month of these entries is locked here, in the order in which posting does it
    months = {month_of(draft.day) for draft in drafts}
    locks = Period.objects.select_for_update(no_key=True).filter(agency=batch.agency_id, month__in=months)
    list(locks.order_by("month").values_list("pk", flat=True))
    total = sum(item.amount_fen for item in paid)
    if total:  # what was kept for them is spent now
        let_free(
            actor, line, total, min(draft.day for draft in drafts), key=f"subsidy:{batch.number}:pay:{digest[:16]}",
            reason=f"支付租赁补贴 {batch.number}",
        )  # fmt: skip
    post_many(actor, drafts)


def _draft(
    batch: Batch,
    item: Item,
    days: dict[date, date],
    what: str,
    kind: str,
    words: str,
    lines: tuple[Line, ...],
) -> Draft:
    return Draft(
        batch.agency_id, days[item.paid_on or today()], kind, entry_key(batch, item.seq, what),
        f"{words} {batch.number} 第{item.seq}笔", lines, source_type=SOURCE, source_id=str(batch.pk), voucher_number=item.serial,
    )  # fmt: skip


def _tell(batch: Batch, paid: Sequence[Item], back: Sequence[Item]) -> None:
    """Tell payees who have an account: what arrived, or what the bank could not pay and why."""
    payees = {item.payee_id for item in [*paid, *back]}
    accounts: dict[int, Account] = {}
    for start in range(0, len(payees), CHUNK):
        for account in Account.objects.filter(
            kind="citizen", is_active=True, person_id__in=sorted(payees)[start : start + CHUNK]
        ):
            if account.person_id:
                accounts[account.person_id] = account
    for item in [*paid, *back]:
        if item.payee_id not in accounts:
            continue
        month = f"{batch.month // 100}年{batch.month % 100}月"
        if item.state == "paid":
            subject = "租赁补贴已到账"
            body = f"{month}的租赁补贴 {yuan_text(item.amount_fen)} 已发放到您登记的银行账户。"
        else:
            subject = "租赁补贴没有发放成功"
            body = f"{month}的租赁补贴银行没有入账：{RETURN_CODES[item.return_code]}。{RETURN_ADVICE[item.return_code]}"
        tell(
            accounts[item.payee_id], subject=subject, body=body, key=f"subsidy:{batch.number}:{item.seq}:{item.state}",
            link=f"/my/subsidy/{item.agreement.number}/", about=item.agreement.number,
        )  # fmt: skip


@transaction.atomic
def come_back(
    actor: Actor,
    number: str,
    version: int,
    seq: int,
    *,
    code: str,
    serial: str,
    day: date,
    reason: str,
    budget_line_id: int | None = None,
) -> Item:
    """The bank had paid, and the money came back days later (入账后退回). The payment is taken back in the books and waits.

    Args:
        budget_line_id: the line of this year that bears the new payment, where the batch was paid from one of a past year.

    Raises:
        PaymentRefused: that payment is not paid, no such code, a day to come or before the payment, no reason.
        LedgerRefused: the month of the books is not open.
    """
    batch = locked(actor, number, version, "come_back")
    words = said(reason, "说明")
    item = Item.objects.select_for_update(of=("self",)).filter(batch=batch, seq=seq, state="paid").first()
    if item is None or item.paid_on is None:
        raise PaymentRefused("item", f"第 {seq} 笔不是已到账", where=number, advice="请刷新页面。")
    if code not in RETURN_CODES or code == PAID:
        raise PaymentRefused("code", "没有这种退回原因", where=number, advice="请重新选择。")
    if not SERIAL.fullmatch(serial):
        raise PaymentRefused(
            "serial", "没有填写银行退回流水号", where=number, advice="流水号为字母、数字和短横线。"
        )
    if not item.paid_on <= day <= today():
        raise PaymentRefused("day", "退回日期早于到账日期或还没有到", where=number, advice="请更正日期。")
    if batch.fund_id is None or batch.budget_line is None:
        raise PaymentRefused("line", "没有预算指标", where=number)
    entry = entry_of(batch, seq, "paid")
    if entry is None:
        raise PaymentRefused("entry", "账上没有这笔付款", where=number, advice="请会计核对账簿。")
    item.state, item.return_code, item.return_text, item.serial = "returned", code, words[:120], serial
    item.save(update_fields=["state", "return_code", "return_text", "serial"])
    Entitlement.objects.filter(payments__item=item, payments__living=True).update(state="returned")
    batch.state = "partly_paid"
    moved(batch, "state")
    _need_line(batch, day, budget_line_id)
    booked = booking_day(batch, day)
    reverse_for(actor, entry.pk, f"入账后退回 {number} 第{seq}笔", day=max(booked, entry.date))
    # within the year the red voucher gave the line its money back; in a later one the new line has to bear it
    keep(
        actor,
        batch.budget_line.pk,
        item.amount_fen,
        booked,
        key=f"subsidy:{number}:{seq}:back",
        reason="入账后退回待重发",
    )
    of = accounts_of(batch.fund_id)
    back = _draft(
        batch,
        item,
        {item.paid_on: booked},
        "returned",
        "transfer",
        "退回租赁补贴",
        returned_lines(of, item.amount_fen),
    )
    post_many(actor, [back])
    record(
        actor, "subsidy.item.come_back", item, reason=words,
        after={"batch": number, "seq": seq, "code": code, "serial": serial, "day": day}, agency_id=batch.agency_id,
    )  # fmt: skip
    return item


def _need_line(batch: Batch, day: date, budget_line_id: int | None) -> None:
    """Put the batch on a line of the year in which its money came back, where it was paid from one of a past year."""
    if batch.budget_line is not None and batch.budget_line.year >= day.year:
        return
    line = BudgetLine.objects.filter(
        pk=budget_line_id or 0, agency=batch.agency_id, fund=batch.fund_id, year=day.year
    ).first()
    if line is None:
        raise PaymentRefused(
            "year", "批次用的是以前年度的指标", where=batch.number, advice="请选择本年度同一资金的指标。"
        )
    if Item.objects.filter(batch=batch, state="returned").count() > 1:
        raise PaymentRefused(
            "open", "批次还有以前的退回款", where=batch.number, advice="请先“更换指标”或重发那些退回款。"
        )
    batch.budget_line = line
    batch.save(update_fields=["budget_line"])
