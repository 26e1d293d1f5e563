"""Ask back what was paid too much: month by month, with a notice; from later payments only with the household's consent.

Source: operations.md §3.3 example 1 (set off against later months only with consent, else recover by notice), W2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from guangsha.areas.subsidy.access import access_clawback
from guangsha.areas.subsidy.actions.base import (
    NotAllowed,
    days_from_now,
    need,
    new_number,
    said,
    tell_household,
    today,
    whole,
)
from guangsha.areas.subsidy.models import Agreement, Calculation, Clawback, ItemMonth
from guangsha.areas.subsidy.rules import CONFIRMERS, MAKERS, Confirmed, month_code, overpaid
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.rules import yuan_text
from guangsha.policy.entitlement import Clawback as Computed

#: Who gives claims up.
HEADS = frozenset({"supervisor"})


def paid_by_month(agreement: Agreement) -> dict[int, int]:
    """What was paid, or is on its way, by month."""
    rows = (
        ItemMonth.objects.filter(
            entitlement__agreement=agreement, living=True, item__state__in=("sent", "paid")
        )
        .values("entitlement__month")
        .annotate(fen=Sum("amount_fen"))
    )
    return {row["entitlement__month"]: int(row["fen"]) for row in rows}


def claw_back(agreement: Agreement, calculation: Calculation, standing: Sequence[Confirmed]) -> int:
    """Open a claw-back for what ``calculation`` shows to be overpaid; the fen asked back. The agreement is locked."""
    already: dict[int, int] = {}
    for one in Clawback.objects.filter(agreement=agreement).exclude(state="written_off"):
        for row in one.rows:
            already[row["month"]] = already.get(row["month"], 0) + row["overpaid_fen"]
    paid = {month: fen - already.get(month, 0) for month, fen in paid_by_month(agreement).items()}
    computed = overpaid(paid, standing, calculation.from_month)
    if computed.overpaid_fen <= 0:
        return 0
    _write(agreement, computed, calculation.reason, calculation, calculation.made_by_id)
    return computed.overpaid_fen


def _write(
    agreement: Agreement,
    computed: Computed,
    reason: str,
    calculation: Calculation | None,
    made_by: int | None,
) -> Clawback:
    due = days_from_now(whole("clawback_due_days", agreement.region, today()))
    rows: list[dict[str, Any]] = [
        {"month": month_code(row.month), "paid_fen": row.paid_fen, "due_fen": row.due_fen, "overpaid_fen": row.overpaid_fen}
        for row in computed.rows
        if row.overpaid_fen
    ]  # fmt: skip
    clawback = Clawback.objects.create(
        number=new_number("ZH", agreement.region, today()),
        agreement=agreement,
        calculation=calculation,
        reason=reason,
        rows=rows,
        total_fen=computed.overpaid_fen,
        noticed_on=today(),
        due_on=due,
        set_off_consent_on=agreement.set_off_consent_on,
        made_by_id=made_by,
        made_at=timezone.now(),
    )
    tell_household(
        agreement,
        f"clawback:{clawback.number}",
        "多发的租赁补贴需要退回",
        f"因“{reason}”，多发补贴 {yuan_text(clawback.total_fen)}，请在 {due:%Y年%-m月%-d日} 前退回。也可以同意从以后月份的补贴中分次抵扣，"
        "逐月明细在“我的补贴”。有困难的请与我们联系。",
    )
    return clawback


@transaction.atomic
def open_clawback(actor: Actor, agreement: Agreement, computed: Computed, *, reason: str) -> Clawback:
    """Ask back what a person computed (a violation, a double payment).

    Raises:
        InputError: nothing was overpaid.
    """
    need(actor, agreement, CONFIRMERS, "发出追回通知")
    words = said(reason, "原因")
    if computed.overpaid_fen <= 0:
        raise InputError("没有多发的金额", where=agreement.number, advice="请核对逐月计算。")
    clawback = _write(agreement, computed, words, None, actor.account_id or None)
    record(
        actor, "subsidy.clawback.open", clawback, reason=words,
        after={"agreement": agreement.number, "total_fen": clawback.total_fen}, agency_id=agreement.agency_id,
    )  # fmt: skip
    return clawback


def locked_clawback(actor: Actor, number: str) -> Clawback:
    """The claw-back, locked after its agreement."""
    seen = access_clawback(actor, number)
    Agreement.objects.select_for_update().get(pk=seen.agreement_id)
    return (
        Clawback.objects.select_for_update()
        .select_related("agreement__household", "agreement__payee")
        .get(pk=seen.pk)
    )


@transaction.atomic
def consent_set_off(actor: Actor, number: str, *, agreed: bool) -> Clawback:
    """The household agrees that the claw-back is kept back from later payments, or takes that back: itself, or by a signed
    paper that a member of staff has seen.

    Raises:
        NotAllowed: nothing is open any more.
    """
    clawback = locked_clawback(actor, number)
    if actor.kind == "staff":
        need(actor, clawback.agreement, MAKERS | CONFIRMERS, "登记抵扣同意")
    elif actor.kind != "citizen":
        raise NotAllowed("请由家庭成员本人办理", where=number)
    if clawback.state not in ("open", "partly"):
        raise NotAllowed("这笔追回已经办结", where=number, advice="请刷新页面。")
    before = clawback.set_off_consent_on
    clawback.set_off_consent_on = today() if agreed else None
    clawback.version += 1
    clawback.save(update_fields=["set_off_consent_on", "version"])
    record(
        actor, "subsidy.clawback.consent", clawback, before={"set_off_consent_on": before},
        after={"set_off_consent_on": clawback.set_off_consent_on}, agency_id=clawback.agreement.agency_id,
    )  # fmt: skip
    return clawback


def settle(clawback: Clawback, amount_fen: int) -> None:
    """Count so much more (less, when negative) as recovered; the claw-back is locked.

    Raises:
        InputError: more than is open.
    """
    recovered = clawback.recovered_fen + amount_fen
    if not 0 <= recovered <= clawback.total_fen:
        raise InputError(
            f"超过还应退回的 {yuan_text(clawback.total_fen - clawback.recovered_fen)}",
            where=clawback.number,
            advice="请核对金额。",
        )
    clawback.recovered_fen = recovered
    clawback.state = "recovered" if recovered == clawback.total_fen else "partly" if recovered else "open"
    clawback.version += 1
    clawback.save(update_fields=["recovered_fen", "state", "version"])


@transaction.atomic
def write_off(actor: Actor, number: str, *, reason: str) -> Clawback:
    """Give a claim up, for a reason that the head of the agency answers for.

    Raises:
        NotAllowed: not the head of the agency, or nothing is open.
    """
    clawback = locked_clawback(actor, number)
    need(actor, clawback.agreement, HEADS, "核销追回款")
    words = said(reason, "理由")
    if clawback.state not in ("open", "partly"):
        raise NotAllowed("这笔追回已经办结", where=number, advice="请刷新页面。")
    clawback.state = "written_off"
    clawback.version += 1
    clawback.save(update_fields=["state", "version"])
    record(
        actor, "subsidy.clawback.write_off", clawback, reason=words,
        after={"left_fen": clawback.total_fen - clawback.recovered_fen}, agency_id=clawback.agreement.agency_id,
    )  # fmt: skip
    return clawback
