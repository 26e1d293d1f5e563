"""The settlement of a lease that ended: last bills for the days lived, what is to be made good with its evidence, the deposit.

Closed only when nothing is owed and nothing is to be given back. Source: operations.md §5.1, W4; 住房租赁条例 §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from guangsha.areas.rent.actions.base import (
    RentRefused,
    book,
    book_for,
    draft,
    locked,
    need_other,
    refresh,
    said,
    tell_tenant,
    today,
    touched,
)
from guangsha.areas.rent.actions.billing import as_open, bill_account, pay_bill, write_bill
from guangsha.areas.rent.models import Allocation, Bill, Deposit, RentAccount
from guangsha.areas.rent.models_after import DepositUse, Refund, Settlement
from guangsha.areas.rent.parameters import whole
from guangsha.areas.rent.postings import deposit_used
from guangsha.areas.rent.rules import CONFIRMERS, MAKERS, allocate, month_code, settle
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.workdays import national_calendar
from guangsha.ledger.rules import yuan_text

DEDUCTIONS_MAX = 20


@dataclass(frozen=True, slots=True)
class Deduction:
    """One thing to be made good: what, how much, and the evidence (photos of the hand-over list, an invoice)."""

    text: str
    fen: int
    evidence: str


@transaction.atomic
def propose_settlement(
    actor: Actor, lease_number: str, version: int | None, *, readings: str = "", deductions: Sequence[Deduction] = (), heard: str = "",
) -> Settlement:  # fmt: skip
    """Put together what the end of a lease costs: bills up to the day the dwelling was given back, and deductions with their evidence.

    Raises:
        RentRefused: the dwelling is not given back, a deduction without evidence, nobody asked the tenant about deductions.
    """
    account = locked(actor, lease_number, version, MAKERS, "办理退房结算")
    if account.until_on is None:
        raise RentRefused("open", "房屋还没有交还", where=lease_number, advice="请先在租约中登记退房交接。")
    if len(deductions) > DEDUCTIONS_MAX:
        raise RentRefused("many", f"扣款最多 {DEDUCTIONS_MAX} 项", where="扣款清单", advice="请合并。")
    rows: list[dict[str, object]] = []
    for one in deductions:
        if one.fen <= 0:
            raise RentRefused("amount", "扣款金额应大于零", where="扣款清单", advice="请更正金额。")
        rows.append(
            {"text": said(one.text, "扣款事由", most=100), "fen": one.fen, "evidence": said(one.evidence, "扣款凭据", most=200)}
        )  # fmt: skip
    listened = said(heard, "承租人意见", needed=bool(rows))
    standing = Settlement.objects.filter(account=account).first()
    if standing is not None and standing.state != "proposed":
        raise RentRefused("state", "退房结算已经确认", where=lease_number, advice="请刷新页面。")
    made, _ = Settlement.objects.update_or_create(
        account=account,
        defaults={
            "handed_back_on": account.until_on, "readings": said(readings, "表底数", needed=False, most=200), "deductions": rows,
            "heard": listened, "made_by_id": actor.account_id, "made_at": timezone.now(),
        },
    )  # fmt: skip
    touched(account)
    record(
        actor, "rent.settlement.propose", made,
        after={"lease": lease_number, "deductions": len(rows), "fen": sum(one.fen for one in deductions)},
        agency_id=account.agency_id,
    )  # fmt: skip
    return made


@transaction.atomic
def confirm_settlement(actor: Actor, lease_number: str, version: int | None) -> Settlement:
    """Confirm a settlement: somebody else than who made it. The last bills are made, then money paid ahead and the deposit pay what is
    owed, the oldest first; the rest of the deposit is to be given back within the place's working days.

    Raises:
        RentRefused: none is proposed, made by the same person.
        RuleMissing: the place has not set in how many days a deposit is given back.
    """
    account = locked(actor, lease_number, version, CONFIRMERS, "确认退房结算")
    made = (
        Settlement.objects.select_for_update(of=("self",)).filter(account=account, state="proposed").first()
    )
    if made is None or account.until_on is None:
        raise RentRefused("state", "没有待确认的退房结算", where=lease_number, advice="请刷新页面。")
    need_other(actor, made.made_by_id, lease_number)
    bill_account(actor, account)
    for row in made.deductions:
        write_bill(
            actor, account, "compensation", int(str(row["fen"])), period=month_code(account.until_on), text=str(row["text"])
        )  # fmt: skip
    deposit = Deposit.objects.select_for_update().filter(account=account).first()
    used = _use_deposit(actor, account, deposit) if deposit else 0
    made.state, made.confirmed_by_id, made.confirmed_at = "confirmed", actor.account_id, timezone.now()
    made.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    touched(account)
    rest = deposit.held_fen if deposit else 0
    tell_tenant(
        account, "settled", "退房结算已确认",
        f"合同 {lease_number} 退房结算：押金抵扣 {yuan_text(used)}，应退押金 {yuan_text(rest)}，还应缴 {yuan_text(account.owed_fen)}。"
        "对扣款有异议的，可以向我们提出，或向人民法院起诉。",
    )  # fmt: skip
    record(
        actor, "rent.settlement.confirm", made,
        after={"lease": lease_number, "from_deposit_fen": used, "back_fen": rest, "owed_fen": account.owed_fen},
        agency_id=account.agency_id,
    )  # fmt: skip
    return close_when_zero(actor, account, made)


def _use_deposit(actor: Actor, account: RentAccount, deposit: Deposit) -> int:
    """The deposit pays open bills; what is left waits to be given back. How much was used."""
    plan = settle(account.owed_fen, deposit.held_fen, 0)
    bills = {bill.pk: bill for bill in Bill.objects.filter(account=account, open_fen__gt=0)}
    parts, _ = allocate(plan.from_deposit_fen, as_open(bills.values()))
    day, drafts = today(), []
    of = book_for(account.agency_id) if parts else None
    for key, fen in parts:
        bill = bills[key]
        pay_bill(bill, fen)
        bill.save(update_fields=["paid_fen", "open_fen", "state"])
        row = Allocation.objects.create(bill=bill, kind="deposit", fen=fen, on=day)
        DepositUse.objects.create(
            deposit=deposit, kind="used", fen=-fen, on=day, bill=bill, text=bill.get_item_display()
        )
        if of is not None:
            drafts.append(
                draft(account, f"alloc:{row.pk}", "transfer", f"押金抵扣 {account.lease.number}", deposit_used(of, fen))
            )  # fmt: skip
    deposit.held_fen -= plan.from_deposit_fen
    days = whole("deposit_back_workdays", account.lease.region, day)
    deposit.back_by = national_calendar().add_workdays(day, days) if deposit.held_fen else None
    deposit.state = "settling" if deposit.held_fen else "returned"
    deposit.save(update_fields=["held_fen", "state", "back_by"])
    refresh([account])
    book(actor, drafts)
    return plan.from_deposit_fen


def close_when_zero(actor: Actor, account: RentAccount, made: Settlement) -> Settlement:
    """Close a confirmed settlement once nothing is open on either side; else it stays. The account is locked."""
    if made.state == "confirmed" and not why_open(account):
        made.state, made.closed_on = "closed", today()
        made.save(update_fields=["state", "closed_on"])
        record(
            actor, "rent.settlement.close", made, after={"lease": account.lease.number}, agency_id=account.agency_id
        )  # fmt: skip
    return made


@transaction.atomic
def close_settlement(actor: Actor, lease_number: str, version: int | None) -> Settlement:
    """Close a settlement after the last payment or refund.

    Raises:
        RentRefused: something is still open; says what.
    """
    account = locked(actor, lease_number, version, MAKERS | CONFIRMERS, "办结退房结算")
    made = (
        Settlement.objects.select_for_update(of=("self",)).filter(account=account, state="confirmed").first()
    )
    if made is None:
        raise RentRefused("state", "没有待办结的退房结算", where=lease_number, advice="请刷新页面。")
    if why := why_open(account):
        raise RentRefused("open", why, where=lease_number, advice="请先办完。")
    touched(account)
    return close_when_zero(actor, account, made)


def why_open(account: RentAccount) -> str:
    """Why an account that ends is not at zero; empty when it is."""
    if account.owed_fen:
        return f"还有 {yuan_text(account.owed_fen)} 未缴"
    deposit = Deposit.objects.filter(account=account).first()
    if deposit is not None and deposit.held_fen:
        return f"还有押金 {yuan_text(deposit.held_fen)} 未退还"
    if account.advance_fen:
        return f"还有预缴款 {yuan_text(account.advance_fen)} 未退还"
    if Refund.objects.filter(account=account, state__in=("proposed", "confirmed")).exists():
        return "还有一笔退付没有办完"
    return ""
