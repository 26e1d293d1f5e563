"""Rent: bills and receipts of a lease, and the sums of a month; money is whole fen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Path, Schema

from guangsha.api.actions import note_read
from guangsha.api.citizens import citizen_of
from guangsha.api.guard import machine_of_request
from guangsha.api.problems import Problem
from guangsha.api.schemas import PAGE_USUAL, After, CitizenSession, Limit, Number, cut
from guangsha.api.surface import operation, room
from guangsha.areas.rent import queries
from guangsha.areas.rent.access import access_account
from guangsha.areas.rent.facts import BILL_STATES, CHANNELS, ITEMS
from guangsha.areas.rent.models import Bill, Receipt, RentAccount
from guangsha.people.access import NotThere

router = room("rent")
Period = Annotated[int, Path(ge=200001, le=209912, description="月份，例如 202611")]


class BillShown(Schema):
    """A bill. net = gross - relief; open = net - waived - paid."""

    period: int = Field(description="账期，例如 202611")
    item: str
    item_name: str
    gross_fen: int = Field(description="应收（分）")
    relief_fen: int = Field(description="减免（分）")
    net_fen: int = Field(description="应缴（分）")
    waived_fen: int = Field(description="核销更正（分）")
    paid_fen: int = Field(description="已缴（分）")
    open_fen: int = Field(description="未缴（分）")
    issued_on: date
    due_on: date = Field(description="缴费期限")
    state: str
    state_name: str


class BillPage(Schema):
    """A page of bills, the newest first, and where the account stands."""

    owed_fen: int = Field(description="未缴合计（分）")
    advance_fen: int = Field(description="预缴余额（分）")
    bills: list[BillShown]
    next: str | None


class ReceiptShown(Schema):
    """Money that the treasury confirmed."""

    voucher: str = Field(description="电子缴款书号")
    order: str = Field(description="缴款识别码")
    amount_fen: int = Field(description="金额（分）")
    channel_name: str
    paid_at: datetime


class ReceiptPage(Schema):
    """A page of receipts, the newest first."""

    receipts: list[ReceiptShown]
    next: str | None


class RentMonth(Schema):
    """The sums of a month over the key's agencies."""

    period: int
    bills: int = Field(description="账单数")
    net_fen: int = Field(description="应缴（分）")
    paid_fen: int = Field(description="已缴（分）")
    waived_fen: int = Field(description="核销更正（分）")
    open_fen: int = Field(description="未缴（分）")


def _bills(account: RentAccount, after: str, limit: int) -> dict[str, Any]:
    rows: QuerySet[Bill] = account.bills.all()
    found, following = cut(rows, after, limit)
    names = (
        "period", "item", "gross_fen", "relief_fen", "net_fen", "waived_fen", "paid_fen", "open_fen", "issued_on", "due_on", "state",
    )  # fmt: skip
    bills = [
        {name: getattr(one, name) for name in names} | {"item_name": ITEMS[one.item], "state_name": BILL_STATES[one.state]}
        for one in found
    ]  # fmt: skip
    return {
        "owed_fen": account.owed_fen,
        "advance_fen": account.advance_fen,
        "bills": bills,
        "next": following,
    }


def _own(request: HttpRequest, session: str, number: str) -> RentAccount:
    actor = citizen_of(request, session)
    account = access_account(actor, number)
    if account.agency_id not in actor.scope:
        raise NotThere
    return account


@operation(
    router, "GET", "/leases/{number}/bills", scope="rent:read", summary="一份合同的租金账单", gives=BillPage
)  # fmt: skip
def list_bills(request: HttpRequest, number: Number, after: After = "", limit: Limit = PAGE_USUAL) -> Any:
    """Bills of a lease, the newest first; the look is in the log."""
    actor = machine_of_request(request).actor
    account = access_account(actor, number)
    shown = _bills(account, after, limit)
    note_read(actor, "api.rent.read", account, agency_id=account.agency_id)
    return shown


@operation(
    router, "GET", "/rent/months/{period}", scope="rent:read", summary="一个月的租金合计", gives=RentMonth
)  # fmt: skip
def show_month(request: HttpRequest, period: Period) -> Any:
    """What was billed for a month and what became of it."""
    if not 1 <= period % 100 <= 12:
        raise Problem("invalid", "月份应写成 202611 的样子。")
    return queries.month_sums(machine_of_request(request).actor, period)


@operation(
    router, "GET", "/own/leases/{number}/bills", scope="own:read", summary="本人的租金账单", gives=BillPage
)  # fmt: skip
def list_own_bills(
    request: HttpRequest, number: Number, after: After = "", limit: Limit = PAGE_USUAL, x_citizen_session: CitizenSession = ""
) -> Any:  # fmt: skip
    """Bills of one's own lease, the newest first."""
    return _bills(_own(request, x_citizen_session, number), after, limit)


@operation(
    router, "GET", "/own/leases/{number}/receipts", scope="own:read", summary="本人的缴款记录", gives=ReceiptPage
)  # fmt: skip
def list_own_receipts(
    request: HttpRequest, number: Number, after: After = "", limit: Limit = PAGE_USUAL, x_citizen_session: CitizenSession = ""
) -> Any:  # fmt: skip
    """What was paid for one's own lease, the newest first."""
    account = _own(request, x_citizen_session, number)
    rows = Receipt.objects.filter(order__account=account).select_related("order")
    found, following = cut(rows, after, limit)
    return {
        "receipts": [
            {"voucher": one.voucher, "order": one.order.number, "amount_fen": one.amount_fen, "channel_name": CHANNELS[one.channel],
             "paid_at": one.paid_at}
            for one in found
        ],
        "next": following,
    }  # fmt: skip
