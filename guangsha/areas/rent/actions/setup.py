"""The accounts in which rent is booked."""

from __future__ import annotations

from django.db import transaction

from guangsha.areas.rent.actions.base import RentRefused
from guangsha.areas.rent.models import RentBook
from guangsha.areas.rent.postings import ACCOUNT_PLAN
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.ledger.access import need_keeper
from guangsha.ledger.books import open_account
from guangsha.ledger.models import Account, Fund


@transaction.atomic
def set_up_rent(actor: Actor, fund_id: int) -> RentBook:
    """Open the accounts of rent in a fund; those that are there stay. An agency has one such fund; doing it again changes nothing.

    Raises:
        LedgerRefused: not an accountant of the agency.
        RentRefused: no such fund, another fund is in use, or a code that another kind of account has.
    """
    fund = Fund.objects.filter(pk=fund_id).first()
    if fund is None or fund.agency_id not in actor.scope:
        raise RentRefused("fund", "没有这项资金", advice="请刷新页面。")
    need_keeper(actor, fund.agency_id)
    Fund.objects.select_for_update(no_key=True).get(pk=fund_id)
    book = RentBook.objects.filter(agency=fund.agency_id).first()
    if book is not None:
        if book.fund_id != fund.pk:
            raise RentRefused("fund", "租金已在另一项资金中核算", advice="请继续使用原资金。")
        return book
    standing = {one.code: one for one in Account.objects.filter(fund=fund)}
    made = []
    for code, name, kind in ACCOUNT_PLAN.values():
        there = standing.get(code)
        if there is not None and (there.kind != kind or there.closed_on is not None):
            raise RentRefused(
                "accounts", f"科目 {code} 已作他用或已停用", advice="请会计核对科目表，腾出租金的科目编码。"
            )
        if there is None:
            made.append(open_account(actor, fund, code, name, kind))
    book = RentBook.objects.create(agency=fund.agency, fund=fund)
    record(
        actor, "rent.book.set_up", book, after={"fund": fund.code, "accounts": [one.code for one in made]}, agency_id=fund.agency_id,
    )  # fmt: skip
    return book
