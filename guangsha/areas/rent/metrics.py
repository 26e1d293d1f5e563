"""The figures that rent can prove: households billed, receivable, collected, the rate, arrears, handed to the treasury.

Collected means that the treasury confirmed it. Source: operations.md §1 D01–D03, §5.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from guangsha.areas.rent.facts import CHANNELS, ITEMS
from guangsha.areas.rent.models import Allocation, Bill, Receipt, RentAccount
from guangsha.areas.rent.rules import month_text
from guangsha.facts.metrics import Record, Row, Scope, metric, rows
from guangsha.ledger.access import books_of
from guangsha.ledger.rules import yuan_text

_RENT = ("rent", "transition", "occupation_fee", "market_top_up")


def _bills(scope: Scope) -> QuerySet[Bill]:
    return Bill.objects.filter(
        account__agency__in=scope.agencies, item__in=_RENT, period__gte=scope.year * 100 + 1, period__lte=scope.year * 100 + 12,
        issued_on__lte=timezone.localdate(scope.as_of),
    )  # fmt: skip


def _last(scope: Scope) -> date:
    return min(date(scope.year, 12, 31), timezone.localdate(scope.as_of))


@metric(
    "rent.households_billed", 1, label="收租户数", unit="户", records="家庭", fold="count", adds="fen",
    definition="本年度有应缴租金账单的家庭数，同一家庭只计一次；各记录另列全年应缴金额。",
)  # fmt: skip
def households_billed(scope: Scope) -> Iterator[Record]:
    """Households with a bill of the year."""
    found = (
        _bills(scope)
        .filter(net_fen__gt=F("waived_fen"))
        .values_list("account__lease__household")
        .annotate(fen=Sum(F("net_fen") - F("waived_fen")))
    )
    for household, fen in found.order_by():
        yield Record(f"registry.household:{household}", fen)


@metric(
    "rent.receivable", 1, label="应收租金", unit="fen", records="租金账单", fold="sum",
    definition="账期在本年度的租金、过渡期租金、占用费和市场租金补差账单，减免和核准调整之后的应缴额之和。",
)  # fmt: skip
def receivable(scope: Scope) -> Iterator[Record]:
    """What the year's bills ask for."""
    for key, fen in _bills(scope).values_list("pk", F("net_fen") - F("waived_fen")):
        yield Record(f"rent.bill:{key}", fen)


@metric(
    "rent.relief", 1, label="减免租金", unit="fen", records="租金账单", fold="sum",
    definition="账期在本年度的账单中减免的租金之和。",
)  # fmt: skip
def relief(scope: Scope) -> Iterator[Record]:
    """What the year's bills leave off."""
    for key, fen in _bills(scope).filter(relief_fen__gt=0).values_list("pk", "relief_fen"):
        yield Record(f"rent.bill:{key}", fen)


@metric(
    "rent.collected", 1, label="实收租金", unit="fen", records="租金账单", fold="sum",
    definition="账期在本年度的账单到截止日为止已缴的金额之和，以国库确认为准。",
)  # fmt: skip
def collected(scope: Scope) -> Iterator[Record]:
    """What of the year's bills is paid as of the day."""
    found = Allocation.objects.filter(
        bill__in=_bills(scope).values("pk"), on__lte=timezone.localdate(scope.as_of)
    )
    for key, fen in found.order_by().values_list("bill").annotate(fen=Sum("fen")):
        yield Record(f"rent.bill:{key}", fen)


@metric(
    "rent.collection_rate", 1, label="租金收缴率", unit="%", records="租金户", fold="share",
    definition="本年度有账单的租金户中，本年度账单已全部缴清的户数所占比例（按户计）。",
)  # fmt: skip
def collection_rate(scope: Scope) -> Iterator[Record]:
    """Accounts whose bills of the year are all paid."""
    found = _bills(scope).values_list("account").annotate(left=Count("pk", filter=Q(open_fen__gt=0)))
    for account, left in found.order_by():
        yield Record(f"rent.account:{account}", int(not left))


@metric(
    "rent.arrears", 1, label="欠缴租金", unit="fen", records="租金账单", fold="sum",
    definition="缴费期限在截止日之前、仍未缴的租金账单金额之和，不分账期年度。",
)  # fmt: skip
def arrears(scope: Scope) -> Iterator[Record]:
    """What is late as of the day."""
    found = Bill.objects.filter(
        account__agency__in=scope.agencies, item__in=_RENT, due_on__lte=_last(scope), open_fen__gt=0
    )
    for key, fen in found.values_list("pk", "open_fen"):
        yield Record(f"rent.bill:{key}", fen)


@metric(
    "rent.handed_over", 1, label="租金缴入国库", unit="fen", records="收款确认", fold="sum",
    definition="本年度由国库确认收到的租金之和，不含押金。",
)  # fmt: skip
def handed_over(scope: Scope) -> Iterator[Record]:
    """What the treasury confirmed in the year."""
    found = Receipt.objects.filter(
        order__account__agency__in=scope.agencies, order__purpose="rent", day__gte=date(scope.year, 1, 1), day__lte=_last(scope)
    )  # fmt: skip
    for key, fen in found.values_list("pk", "amount_fen"):
        yield Record(f"rent.receipt:{key}", fen)


# --- how these records are shown ---------------------------------------------------------------------------


def _keys(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


@rows("rent.bill", "租金账单", "合同", "账期", "项目", "缴费期限", "应缴", "未缴")
def bill_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Bills in books that the actor may read."""
    found = Bill.objects.filter(pk__in=_keys(keys), account__agency__in=books_of(actor))
    return {
        str(bill.pk): Row(
            (bill.account.lease.number, month_text(bill.period), ITEMS[bill.item], bill.due_on.isoformat(), yuan_text(bill.net_fen),
             yuan_text(bill.open_fen))
        )
        for bill in found.select_related("account__lease")
    }  # fmt: skip


@rows("rent.account", "租金户", "合同", "未缴", "预缴")
def account_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Rent accounts in books that the actor may read."""
    found = RentAccount.objects.filter(pk__in=_keys(keys), agency__in=books_of(actor)).select_related("lease")
    return {
        str(one.pk): Row((one.lease.number, yuan_text(one.owed_fen), yuan_text(one.advance_fen)))
        for one in found
    }


@rows("rent.receipt", "收款确认", "电子缴款书", "缴款日期", "渠道", "金额")
def receipt_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Receipts in books that the actor may read."""
    found = Receipt.objects.filter(pk__in=_keys(keys), order__account__agency__in=books_of(actor))
    return {
        str(one.pk): Row((one.voucher, one.day.isoformat(), CHANNELS[one.channel], yuan_text(one.amount_fen)))
        for one in found
    }
