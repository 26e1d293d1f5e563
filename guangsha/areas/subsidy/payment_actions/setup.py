"""The accounts in which the programme is booked."""

from __future__ import annotations

from django.db import transaction

from guangsha.areas.subsidy.payment_actions.base import PaymentRefused
from guangsha.areas.subsidy.payment_rules import ACCOUNT_PLAN
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.ledger.access import need_keeper
from guangsha.ledger.books import open_account
from guangsha.ledger.models import Account, Fund


@transaction.atomic
def set_up_payments(actor: Actor, fund_id: int) -> list[Account]:
    """Open the accounts of rental subsidies in a fund; those that are there stay. Doing it again changes nothing.

    Raises:
        LedgerRefused: not an accountant of the agency.
        PaymentRefused: no such fund, or a code that another kind of account has.
    """
    fund = Fund.objects.filter(pk=fund_id).first()
    if fund is None or fund.agency_id not in actor.scope:
        raise PaymentRefused("fund", "没有这项资金", advice="请刷新页面。")
    need_keeper(actor, fund.agency_id)
    Fund.objects.select_for_update(no_key=True).get(pk=fund_id)
    codes = [code for code, _, _ in ACCOUNT_PLAN.values()]
    standing = {account.code: account for account in Account.objects.filter(fund=fund, code__in=codes)}
    made = []
    for code, name, kind in ACCOUNT_PLAN.values():
        there = standing.get(code)
        if there is not None and (there.kind != kind or there.closed_on is not None):
            raise PaymentRefused(
                "accounts",
                f"科目 {code} 已作他用或已停用",
                advice="请会计核对科目表，腾出租赁补贴的科目编码。",
            )
        if there is None:
            made.append(open_account(actor, fund, code, name, kind))
    if made:
        record(
            actor, "subsidy.payment.set_up", fund, after={"accounts": [account.code for account in made]},
            agency_id=fund.agency_id,
        )  # fmt: skip
    return made
