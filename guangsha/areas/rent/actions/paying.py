"""Payment orders and what the treasury confirms. The agency sees no cash: it gives out a number, and books a confirmation.

A notification may come twice, late, in another order, or from somebody who forges it. The serial of its channel is in the database once;
the same content again changes nothing, other content under the same serial is refused. Source: operations.md §5.1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.intake.actions.numbers import next_number
from guangsha.areas.rent.access import access_account, access_order
from guangsha.areas.rent.actions.base import (
    CHUNK,
    RentRefused,
    book,
    book_for,
    draft,
    locked_together,
    need_role,
    refresh,
    said,
    tell_tenant,
    today,
)
from guangsha.areas.rent.actions.billing import as_open, pay_bill
from guangsha.areas.rent.facts import CHANNELS
from guangsha.areas.rent.models import Allocation, Bill, Deposit, PaymentOrder, Receipt, RentAccount
from guangsha.areas.rent.models_after import DepositUse
from guangsha.areas.rent.parameters import whole
from guangsha.areas.rent.postings import Accounts, deposit_in, paid, paid_ahead
from guangsha.areas.rent.rules import ACCOUNTANTS, FEN_MAX, MAKERS, allocate, check_digit
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.ledger.facts import Line
from guangsha.ledger.rules import yuan_text
from guangsha.people.changed_rows import save_columns

#: Open orders of one account at a time: a stranger cannot fill the table.
OPEN_MAX = 5
#: A payment is notified at most so long after it was made; an older one is a mistake.
OLDEST = timedelta(days=370)
#: What a clock that goes ahead may be off.
AHEAD = timedelta(hours=1)
NOTICES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Notice:
    """One payment as its channel tells it.

    Attributes:
        serial: the channel's own number of the payment.
        order_number: the identification code (缴款识别码) that was paid.
        voucher, check_code: the electronic payment voucher (电子缴款书) that finance gave out.
    """

    channel: str
    serial: str
    order_number: str
    amount_fen: int
    paid_at: datetime
    voucher: str
    check_code: str = ""


@dataclass(slots=True)
class Confirmed:
    """What came of notices: new receipts, those known before, and those not taken with why (serial → sentence)."""

    receipts: list[Receipt]
    replayed: int
    refused: dict[str, str]


@transaction.atomic
def make_order(
    actor: Actor, lease_number: str, *, purpose: str = "rent", fen: int | None = None
) -> PaymentOrder:
    """Give out a payment order for what is owed (or a part of it, or ahead), or for the deposit. Asking again while one of the same
    amount is open gives that one.

    Raises:
        NotThere: no such lease, or not this actor's to see.
        RentRefused: nothing is owed, no amount, too many open orders.
    """
    seen = access_account(actor, lease_number)
    if actor.kind == "staff":
        need_role(actor, seen.agency_id, MAKERS | ACCOUNTANTS, "开缴款单")
    account = RentAccount.objects.select_for_update(of=("self",)).select_related("lease").get(pk=seen.pk)
    amount = _wanted(account, purpose, fen)
    day = today()
    standing = PaymentOrder.objects.filter(account=account, state="open", expires_on__gte=day)
    same = standing.filter(purpose=purpose, amount_fen=amount).first()
    if same is not None:
        return same
    if standing.count() >= OPEN_MAX:
        raise RentRefused(
            "many", f"最多同时有 {OPEN_MAX} 张待缴的缴款单", where=lease_number, advice="请先缴清或作废旧的缴款单。"
        )  # fmt: skip
    days = whole("payment_order_days", account.lease.region, day)
    order = PaymentOrder.objects.create(
        number=_order_number(account.lease.region, day), account=account, purpose=purpose, amount_fen=amount,
        made_at=timezone.now(), expires_on=day + timedelta(days=days), made_by_id=actor.account_id or None,
    )  # fmt: skip
    record(
        actor, "rent.order.make", order, after={"lease": lease_number, "purpose": purpose, "amount_fen": amount},
        agency_id=account.agency_id,
    )  # fmt: skip
    return order


def _wanted(account: RentAccount, purpose: str, fen: int | None) -> int:
    if purpose == "deposit":
        deposit = Deposit.objects.filter(account=account, state="due").first()
        if deposit is None:
            raise RentRefused("deposit", "没有待缴的押金", advice="请刷新页面。")
        return deposit.due_fen
    if purpose != "rent":
        raise RentRefused("purpose", "没有这种缴款", advice="请重新选择。")
    amount = account.owed_fen if fen is None else fen
    if amount <= 0:
        raise RentRefused("nothing", "现在没有应缴的租金", where=account.lease.number, advice="不用缴款。")
    # one may pay ahead, within reason: a slip of the pen is not a year's rent
    if amount > account.owed_fen + max(12 * account.lease.market_fen, 100_000) or amount > FEN_MAX:
        raise RentRefused("much", "金额超出应缴过多", where="金额", advice="请核对金额。")
    return amount


def _order_number(region: str, day: date) -> str:
    """20 digits: region 6, year 2, ``91`` for rent, running number 9, check digit."""
    stem = f"{region}{day.year % 100:02d}91"
    body = f"{stem}{next_number(f'rent-order:{stem}'):09d}"
    return body + check_digit(body)


@transaction.atomic
def cancel_order(actor: Actor, number: str, *, reason: str) -> PaymentOrder:
    """Take an order back that nobody has paid. Money that comes for it all the same is booked (it is the household's)."""
    seen = access_order(actor, number)
    need_role(actor, seen.account.agency_id, MAKERS | ACCOUNTANTS, "作废缴款单")
    order = PaymentOrder.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if order.state != "open":
        raise RentRefused("state", "这张缴款单已办理", where=number, advice="请刷新页面。")
    order.state = "cancelled"
    order.save(update_fields=["state"])
    record(
        actor,
        "rent.order.cancel",
        order,
        reason=said(reason, "理由"),
        agency_id=seen.account.agency_id,
    )
    return order


def confirm(notice: Notice, actor: Actor = CLOCK) -> Receipt:
    """One payment that a channel's signed notification told; the channel has checked the signature.

    Raises:
        RentRefused: an unknown code, no amount, other content under a known serial.
    """
    try:
        found = confirm_many(actor, [notice])
    except IntegrityError:
        # the same serial was booked at this moment for an order of another lease, which was not locked: now it is known
        found = confirm_many(actor, [notice])
    if notice.serial in found.refused:
        raise RentRefused("notice", found.refused[notice.serial], where=f"流水号 {notice.serial}", advice="请核对后重发。")  # fmt: skip
    if found.receipts:
        return found.receipts[0]
    known: Receipt = Receipt.objects.get(channel=notice.channel, serial=notice.serial)
    return known


@transaction.atomic
def confirm_many(actor: Actor, notices: Sequence[Notice]) -> Confirmed:
    """Book payments in one transaction: all that can be taken, each once; the others are told apart with the reason.

    Raises:
        RentRefused: too many at once, somebody who may not, no books.
    """
    if len(notices) > NOTICES_MAX:
        raise RentRefused("many", f"一次最多 {NOTICES_MAX} 笔", advice="请分批导入。")
    numbers = {one.order_number for one in notices}
    orders = {
        one.number: one
        for start in range(0, len(numbers), CHUNK)
        for one in PaymentOrder.objects.filter(number__in=sorted(numbers)[start : start + CHUNK])
    }
    accounts = {row.pk: row for row in locked_together({one.account_id for one in orders.values()})}
    for agency in {row.agency_id for row in accounts.values()}:
        need_role(actor, agency, ACCOUNTANTS, "确认收款")
    for order in orders.values():
        # what was locked is what counts
        order.account = accounts[order.account_id]
    done = Confirmed([], 0, {})
    fresh = _sift(notices, orders, done)
    if not fresh:
        return done
    now = timezone.now()
    done.receipts = Receipt.objects.bulk_create(
        [
            Receipt(
                order=orders[one.order_number], channel=one.channel, serial=one.serial, amount_fen=one.amount_fen, paid_at=one.paid_at,
                day=timezone.localdate(one.paid_at), voucher=one.voucher, check_code=one.check_code, confirmed_at=now,
            )
            for one in fresh
        ],
        batch_size=CHUNK,
    )  # fmt: skip
    _distribute(actor, done.receipts, accounts)
    paid_orders = [one.order_id for one in done.receipts]
    PaymentOrder.objects.filter(pk__in=paid_orders, state="open").update(state="paid")
    agencies: dict[int, list[Receipt]] = defaultdict(list)
    for receipt in done.receipts:
        agencies[receipt.order.account.agency_id].append(receipt)
    for agency_id, rows in sorted(agencies.items()):
        record(
            actor, "rent.receipt.confirm", rows[0],
            after={"count": len(rows), "amount_fen": sum(row.amount_fen for row in rows), "first": rows[0].serial, "channel": rows[0].channel},
            agency_id=agency_id,
        )  # fmt: skip
    return done


def _sift(notices: Sequence[Notice], orders: dict[str, PaymentOrder], done: Confirmed) -> list[Notice]:
    """The notices that are new and right; the others are counted or refused."""
    serials = {one.serial for one in notices}
    known = {
        (row.channel, row.serial): row
        for start in range(0, len(serials), CHUNK)
        for row in Receipt.objects.select_related("order").filter(
            serial__in=sorted(serials)[start : start + CHUNK]
        )
    }
    fresh: dict[tuple[str, str], Notice] = {}
    now = timezone.now()
    for one in notices:
        key, order = (one.channel, one.serial), orders.get(one.order_number)
        was = known.get(key)
        twin = fresh.get(key)
        if (was is not None and (was.order.number, was.amount_fen) == (one.order_number, one.amount_fen)) or (
            twin is not None and (twin.order_number, twin.amount_fen) == (one.order_number, one.amount_fen)
        ):
            done.replayed += 1
        elif was is not None or twin is not None:
            done.refused[one.serial] = "同一流水号的金额或缴款识别码不同"
        elif one.channel not in CHANNELS or not 0 < len(one.serial) <= 40 or not one.serial.isprintable():
            done.refused[one.serial[:40]] = "渠道或流水号无效"
        elif order is None:
            done.refused[one.serial] = "没有这个缴款识别码"
        elif not 0 < one.amount_fen <= FEN_MAX:
            done.refused[one.serial] = "金额无效"
        elif not now - OLDEST <= one.paid_at <= now + AHEAD:
            done.refused[one.serial] = "缴款时间不可能"
        else:
            fresh[key] = one
    return list(fresh.values())


def _distribute(actor: Actor, receipts: Sequence[Receipt], accounts: dict[int, RentAccount]) -> None:
    """Each receipt pays its account's bills, the oldest first; what is over is paid ahead; a deposit goes into custody."""
    bills: dict[int, dict[int, Bill]] = defaultdict(dict)
    for bill in Bill.objects.filter(account__in=list(accounts), open_fen__gt=0):
        bills[bill.account_id][bill.pk] = bill
    deposits = {one.account_id: one for one in Deposit.objects.filter(account__in=list(accounts))}
    changed: dict[int, Bill] = {}
    rows: list[Allocation] = []
    drafts = []
    books: dict[int, Accounts] = {}
    uses: list[DepositUse] = []
    for receipt in receipts:
        account = accounts[receipt.order.account_id]
        of = books.get(account.agency_id) or books.setdefault(account.agency_id, book_for(account.agency_id))
        left, lines = receipt.amount_fen, list[Line]()
        deposit = deposits.get(account.pk)
        if receipt.order.purpose == "deposit" and deposit is not None and deposit.state == "due":
            part = min(left, deposit.due_fen - deposit.held_fen)
            deposit.held_fen += part
            deposit.received_on = receipt.day
            deposit.state = "held" if deposit.held_fen >= deposit.due_fen else "due"
            deposit.save(update_fields=["held_fen", "received_on", "state"])
            uses.append(DepositUse(deposit=deposit, kind="in", fen=part, on=receipt.day, receipt=receipt))
            left -= part
            lines += deposit_in(of, part)
        parts, left = allocate(left, as_open(bills[account.pk].values()))
        for key, fen in parts:
            bill = bills[account.pk][key]
            pay_bill(bill, fen)
            changed[key] = bill
            if not bill.open_fen:
                del bills[account.pk][key]
            rows.append(Allocation(bill=bill, receipt=receipt, kind="receipt", fen=fen, on=receipt.day))
        account.advance_fen += left
        lines += paid(of, sum(fen for _, fen in parts))
        lines += paid_ahead(of, left)
        words = f"收款确认 {account.lease.number} {receipt.voucher}"
        drafts.append(draft(account, f"receipt:{receipt.pk}", "receipt", words, lines))
    Allocation.objects.bulk_create(rows, batch_size=CHUNK)
    DepositUse.objects.bulk_create(uses)
    save_columns(changed.values(), ["paid_fen", "open_fen", "state"])
    refresh(accounts.values())
    book(actor, drafts)
    if (
        len(receipts) == 1
    ):  # a payment by oneself is answered at once; a file of a day by the receipts on the page
        receipt = receipts[0]
        tell_tenant(
            accounts[receipt.order.account_id], f"receipt:{receipt.pk}", "缴款成功",
            f"已收到 {yuan_text(receipt.amount_fen)}，电子缴款书 {receipt.voucher}。", channels=("inbox",),
        )  # fmt: skip
