"""Money that a household pays back: counted for its claw-back and posted to the books, in one act."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from guangsha.areas.subsidy.actions.base import NotAllowed, need, today
from guangsha.areas.subsidy.actions.clawbacks import locked_clawback, settle
from guangsha.areas.subsidy.facts import RECOVERY_WAYS
from guangsha.areas.subsidy.models import Batch, Clawback, ItemMonth, Recovery
from guangsha.areas.subsidy.payment_actions.base import PaymentRefused, accounts_of, said
from guangsha.areas.subsidy.payment_rules import recovered_lines
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.actions import post_many
from guangsha.ledger.facts import Draft
from guangsha.ledger.models import BudgetLine

RECOVERY_SOURCE = "subsidy.clawback"
#: Who takes money in.
CASHIERS = frozenset({"accountant"})


def _book(actor: Actor, recovery: Recovery) -> None:
    """Post a recovery, once: the key of the entry is the recovery's. Inside the transaction that writes it; the claw-back is locked.

    Raises:
        PaymentRefused: the months were not paid through a batch whose fund is known.
        LedgerRefused: the month of the day is closed, or the line's execution would fall below nothing.
    """
    clawback: Clawback = recovery.clawback
    months = [row["month"] for row in clawback.rows]
    paid = (
        ItemMonth.objects.filter(
            entitlement__agreement_id=clawback.agreement_id,
            entitlement__month__in=months,
            item__state="paid",
            living=True,
        )
        .order_by("-entitlement__month")
        .values_list("item__batch_id", flat=True)
        .first()
    )
    batch = Batch.objects.filter(pk=paid or 0).exclude(fund=None).first()
    if batch is None or batch.fund_id is None:
        raise PaymentRefused(
            "fund",
            "查不到这些月份由哪项资金发放，不能记账",
            where=clawback.number,
            advice="请会计核对发放批次。",
        )
    year = BudgetLine.objects.filter(pk=batch.budget_line_id or 0).values_list("year", flat=True).first()
    line = batch.budget_line_id if year == recovery.day.year else None
    post_many(
        actor,
        [
            Draft(
                batch.agency_id, recovery.day, "receipt", f"subsidy:recovery:{recovery.pk}", f"收回多发租赁补贴 {clawback.number}",
                recovered_lines(accounts_of(batch.fund_id), recovery.amount_fen, line), source_type=RECOVERY_SOURCE,
                source_id=str(clawback.pk), voucher_number=recovery.key.partition(":")[2][:60],
            )
        ],
    )  # fmt: skip


@transaction.atomic
def recover(actor: Actor, number: str, *, amount_fen: int, way: str, day: date, key: str) -> Recovery:
    """Money came in for a claw-back. The same ``key`` (the voucher's number) is booked once.

    Raises:
        NotAllowed: not an accountant of the agency; nothing is open.
        InputError: no amount, a day to come, more than is open, another amount under the key.
        PaymentRefused, LedgerRefused: the books do not take it: no fund, a closed month.
    """
    clawback = locked_clawback(actor, number)
    need(actor, clawback.agreement, CASHIERS, "登记退回款")
    voucher = said(key, "凭证号")[:60]
    if way not in RECOVERY_WAYS or way == "set_off":
        raise InputError("没有这种退回方式", where="方式", advice="请选择转账或现金。")
    if amount_fen <= 0 or day > today():
        raise InputError("金额应大于零，日期不晚于今天", where="退回款", advice="请核对。")
    standing = Recovery.objects.filter(key=f"{clawback.number}:{voucher}").first()
    if standing is not None:
        if standing.amount_fen != amount_fen:
            raise InputError("同一凭证号已登记过不同金额", where=voucher, advice="请核对凭证号。")
        return standing
    if clawback.state not in ("open", "partly"):
        raise NotAllowed("这笔追回已经办结", where=number, advice="请刷新页面。")
    recovery = Recovery.objects.create(
        clawback=clawback, amount_fen=amount_fen, way=way, day=day, key=f"{clawback.number}:{voucher}",
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    settle(clawback, amount_fen)
    _book(actor, recovery)
    record(
        actor, "subsidy.clawback.recover", clawback,
        after={"amount_fen": amount_fen, "way": way, "day": day, "voucher": voucher, "recovered_fen": clawback.recovered_fen},
        agency_id=clawback.agreement.agency_id,
    )  # fmt: skip
    return recovery
