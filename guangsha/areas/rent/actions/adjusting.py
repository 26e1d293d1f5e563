"""Bills made smaller by decision, and money given back: proposed by one, approved by another, paid by finance.

Source: operations.md §5.1 (written off only with approval; refunds through finance).
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from guangsha.areas.rent.access import access_adjustment, access_bill, access_refund
from guangsha.areas.rent.actions.base import (
    RentRefused,
    book,
    book_for,
    draft,
    locked,
    need_other,
    new_number,
    refresh,
    said,
    tell_tenant,
    today,
    touched,
)
from guangsha.areas.rent.facts import ADJUSTMENT_KINDS
from guangsha.areas.rent.models import Allocation, Bill, BillLine, Deposit, RentAccount
from guangsha.areas.rent.models_after import Adjustment, DepositUse, Refund
from guangsha.areas.rent.parameters import whole
from guangsha.areas.rent.postings import ahead_back, deposit_back, reduced
from guangsha.areas.rent.rules import (
    ACCOUNTANTS,
    CONFIRMERS,
    MAKERS,
    bill_state,
    first_day,
    last_day,
    month_text,
)
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.workdays import national_calendar
from guangsha.ledger.rules import yuan_text


@transaction.atomic
def propose_adjustment(
    actor: Actor, key: int, version: int | None, *, kind: str, fen: int, reason: str
) -> Adjustment:
    """Ask that a bill is written off, or corrected because it was wrong.

    Raises:
        RentRefused: more than the bill can become smaller by, one is asked already.
    """
    seen = access_bill(actor, key)
    account = locked(actor, seen.account.lease.number, version, MAKERS, "提出账单调整")
    bill = Bill.objects.get(pk=key)
    if kind not in ADJUSTMENT_KINDS:
        raise RentRefused("kind", "没有这种调整", advice="请重新选择。")
    words = said(reason, "理由")
    if bill.adjustments.filter(state="proposed").exists():
        raise RentRefused("open", "这张账单已有一项调整等待复核", advice="请先复核。")
    most = bill.open_fen if kind == "write_off" else bill.open_fen + bill.paid_fen
    if not 0 < fen <= most:
        raise RentRefused(
            "amount", f"金额应大于零，不超过 {yuan_text(most)}", where="金额", advice="请更正金额。"
        )
    made = Adjustment.objects.create(
        bill=bill,
        kind=kind,
        fen=fen,
        reason=words,
        made_by_id=actor.account_id,
        made_at=timezone.now(),
    )
    touched(account)
    record(
        actor, "rent.adjustment.propose", made, reason=words, after={"bill": bill.pk, "kind": kind, "fen": fen},
        agency_id=account.agency_id,
    )  # fmt: skip
    return made


@transaction.atomic
def decide_adjustment(
    actor: Actor, key: int, version: int | None, *, approved: bool, note: str = ""
) -> Adjustment:
    """Approve or refuse what was asked: somebody else than who asked. What was paid for it is paid ahead again.

    Raises:
        RentRefused: decided already, asked by the same person, the bill has become smaller since.
    """
    seen = access_adjustment(actor, key)
    account = locked(actor, seen.bill.account.lease.number, version, CONFIRMERS, "批准账单调整")
    made = Adjustment.objects.select_for_update(of=("self",)).get(pk=key)
    if made.state != "proposed":
        raise RentRefused("state", "这项调整已经办理", advice="请刷新页面。")
    need_other(actor, made.made_by_id, account.lease.number)
    made.note = said(note, "意见", needed=not approved)
    made.state = "confirmed" if approved else "refused"
    made.confirmed_by_id, made.confirmed_at = actor.account_id, timezone.now()
    made.save(update_fields=["state", "note", "confirmed_by", "confirmed_at"])
    if approved:
        _make_smaller(actor, account, Bill.objects.select_for_update().get(pk=made.bill_id), made)
    RentAccount.objects.filter(pk=account.pk).update(version=F("version") + 1)
    record(
        actor, "rent.adjustment.decide", made, reason=made.note, after={"state": made.state, "fen": made.fen},
        agency_id=account.agency_id,
    )  # fmt: skip
    return made


def _make_smaller(actor: Actor, account: RentAccount, bill: Bill, made: Adjustment) -> None:
    from_open = min(made.fen, bill.open_fen)
    from_paid = made.fen - from_open
    if from_paid > (bill.paid_fen if made.kind == "correction" else 0):
        raise RentRefused("amount", "账单在此期间已变小", advice="请不同意，再按新金额提出。")
    bill.waived_fen += made.fen
    bill.open_fen -= from_open
    bill.paid_fen -= from_paid
    bill.state = bill_state(bill.open_fen, bill.paid_fen, bill.waived_fen, bill.state)
    bill.save(update_fields=["waived_fen", "open_fen", "paid_fen", "state"])
    words = f"{ADJUSTMENT_KINDS[made.kind]} {account.lease.number} {month_text(bill.period)}"
    BillLine.objects.create(
        bill=bill, kind="adjustment", fen=-made.fen, month=bill.period, from_on=first_day(bill.period), to_on=last_day(bill.period),
        text=ADJUSTMENT_KINDS[made.kind],
    )  # fmt: skip
    if from_paid:
        Allocation.objects.create(bill=bill, kind="returned", fen=-from_paid, on=today())
        account.advance_fen += from_paid
    refresh([account])
    lines = reduced(book_for(account.agency_id), from_open, from_paid)
    book(actor, [draft(account, f"adjustment:{made.pk}", "transfer", words, lines)])


# --- money given back --------------------------------------------------------------------------------------


@transaction.atomic
def propose_refund(
    actor: Actor, lease_number: str, version: int | None, *, source: str, bank_account: str, bank_name: str = "", reason: str,
    case_number: str = "",
) -> Refund:  # fmt: skip
    """Ask that finance gives back what was paid ahead, or the deposit after the settlement: always the whole of it, to the tenant.

    Raises:
        RentRefused: nothing to give back, one is asked already, a deposit before the settlement, no account number.
    """
    account = locked(actor, lease_number, version, MAKERS, "提出退付")
    words = said(reason, "理由")
    number = "".join(bank_account.split()).replace("-", "")
    if not (number.isdecimal() and number.isascii() and 10 <= len(number) <= 23):
        raise RentRefused("account", "银行卡号应为 10 至 23 位数字", where="银行卡号", advice="请更正卡号。")
    if Refund.objects.filter(account=account, source=source, state__in=("proposed", "confirmed")).exists():
        raise RentRefused("open", "已有一笔退付正在办理", where=lease_number, advice="请先办完那一笔。")
    fen = _may_go_back(account, source)
    refund = Refund.objects.create(
        number=new_number("TF", account.lease.region, today()), account=account, source=source, amount_fen=fen,
        payee_name=account.lease.tenant.name, bank_account=number, bank_name=said(bank_name, "开户银行", needed=False, most=80),
        reason=words, case_number=case_number, made_by_id=actor.account_id or None, made_at=timezone.now(),
        due_on=_back_by(account, source),
    )  # fmt: skip
    touched(account)
    record(
        actor, "rent.refund.propose", refund, reason=words,
        after={"lease": lease_number, "source": source, "amount_fen": fen}, agency_id=account.agency_id,
    )  # fmt: skip
    return refund


def _may_go_back(account: RentAccount, source: str) -> int:
    if source == "advance":
        if account.owed_fen:
            raise RentRefused("owed", "还有未缴的账单，预缴款先抵扣", advice="请先出账抵扣。")
        fen = account.advance_fen
    elif source == "deposit":
        deposit = Deposit.objects.filter(account=account).first()
        if deposit is None or deposit.state != "settling":
            raise RentRefused("settle", "押金在退房结算确认后才能退还", advice="请先办理退房结算。")
        fen = deposit.held_fen
    else:
        raise RentRefused("source", "没有这种退付", advice="请重新选择。")
    if fen <= 0:
        raise RentRefused("nothing", "没有可退的金额", advice="不用办理。")
    return fen


def _back_by(account: RentAccount, source: str) -> date:
    if source == "deposit":
        found = Deposit.objects.filter(account=account).values_list("back_by", flat=True).first()
        if found is not None:
            return found
    days = whole("deposit_back_workdays", account.lease.region, today())
    return national_calendar().add_workdays(today(), days)


@transaction.atomic
def decide_refund(
    actor: Actor, number: str, version: int | None, *, approved: bool, note: str = ""
) -> Refund:
    """Approve or refuse a refund: somebody else than who asked."""
    seen = access_refund(actor, number)
    account = locked(actor, seen.account.lease.number, version, CONFIRMERS, "批准退付")
    refund = Refund.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if refund.state != "proposed":
        raise RentRefused("state", "这笔退付已经办理", where=number, advice="请刷新页面。")
    need_other(actor, refund.made_by_id, number)
    if approved and _may_go_back(account, refund.source) != refund.amount_fen:
        raise RentRefused("amount", "可退的金额已变化", where=number, advice="请不同意，再按新金额提出。")
    refund.note = said(note, "意见", needed=not approved)
    refund.state = "confirmed" if approved else "refused"
    refund.confirmed_by_id, refund.confirmed_at = actor.account_id, timezone.now()
    refund.save(update_fields=["state", "note", "confirmed_by", "confirmed_at"])
    touched(account)
    record(
        actor, "rent.refund.decide", refund, reason=refund.note, after={"state": refund.state}, agency_id=account.agency_id,
    )  # fmt: skip
    return refund


@transaction.atomic
def pay_refund(actor: Actor, number: str, version: int | None, *, paid_on: date, serial: str) -> Refund:
    """Book that finance has given the money back; the same serial is booked once.

    Raises:
        RentRefused: not approved, a day that is to come, another sum is there now.
    """
    seen = access_refund(actor, number)
    account = locked(actor, seen.account.lease.number, version, ACCOUNTANTS, "登记财政退付")
    refund = Refund.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    words = said(serial, "财政退付流水号", most=40)
    if refund.state == "paid" and refund.serial == words:
        return refund
    if refund.state != "confirmed":
        raise RentRefused("state", "这笔退付还不能登记", where=number, advice="请刷新页面。")
    if Refund.objects.filter(serial=words).exists():
        raise RentRefused("serial", "这个流水号已登记", where="财政退付流水号", advice="请核对。")
    if not refund.confirmed_at or not timezone.localdate(refund.confirmed_at) <= paid_on <= today():
        raise RentRefused("day", "退付日期应在批准之后、今天以前", where="退付日期", advice="请更正日期。")
    if _may_go_back(account, refund.source) != refund.amount_fen:
        raise RentRefused("amount", "可退的金额已变化", where=number, advice="请由会计核对账目。")
    refund.state, refund.paid_on, refund.serial = "paid", paid_on, words
    refund.save(update_fields=["state", "paid_on", "serial"])
    of = book_for(account.agency_id)
    if refund.source == "advance":
        account.advance_fen -= refund.amount_fen
        lines = ahead_back(of, refund.amount_fen)
    else:
        deposit = Deposit.objects.get(account=account)
        deposit.held_fen, deposit.state = 0, "returned"
        deposit.save(update_fields=["held_fen", "state"])
        DepositUse.objects.create(
            deposit=deposit, kind="back", fen=-refund.amount_fen, on=paid_on, text=number
        )
        lines = deposit_back(of, refund.amount_fen)
    touched(account, "advance_fen")
    book(actor, [draft(account, f"refund:{refund.pk}", "payment", f"财政退付 {number}", lines)])
    tell_tenant(
        account, f"refund:{number}", "退款已到账", f"退付单 {number}，{yuan_text(refund.amount_fen)} 已由财政退至您的账户。",
        channels=("inbox",),
    )  # fmt: skip
    record(
        actor, "rent.refund.pay", refund, after={"serial": words, "amount_fen": refund.amount_fen}, agency_id=account.agency_id,
    )  # fmt: skip
    return refund
