"""The figures that payments can prove: households and money paid in a year, against the plan, in time, returned.

Paid means that the bank answered so: a payment that was sent or came back counts nowhere. Source: operations.md W2, §5.2;
performance.md §2.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from guangsha.areas.registry.access import households_of
from guangsha.areas.subsidy.facts import ITEM_STATES, PROGRAMME, RECOVERY_WAYS
from guangsha.areas.subsidy.models import Item, Recovery
from guangsha.facts.metrics import Parameter, Record, Row, Scope, metric, rows
from guangsha.ledger.access import books_of
from guangsha.ledger.rules import yuan_text
from guangsha.privacy import masks

_PLANNED = (Parameter("planned", "计划户数", required=True),)


def _paid(scope: Scope) -> QuerySet[Item]:
    last = min(date(scope.year, 12, 31), timezone.localdate(scope.as_of))
    return Item.objects.filter(
        state="paid", paid_on__gte=date(scope.year, 1, 1), paid_on__lte=last,
        batch__agency__in=scope.agencies, batch__programme=PROGRAMME,
    )  # fmt: skip


def _by_household(scope: Scope) -> Iterator[Record]:
    found = _paid(scope).values_list("agreement__household").annotate(fen=Sum("amount_fen"))
    for household, fen in found.order_by():
        yield Record(f"registry.household:{household}", fen)


@metric(
    "subsidy.households_paid", 1, label="发放户数", unit="户", records="家庭", fold="count", adds="fen",
    definition="本年度内至少有一笔租赁补贴到账的家庭数，同一家庭只计一次；各记录另列该户全年到账金额。",
)  # fmt: skip
def households_paid(scope: Scope) -> Iterator[Record]:
    """发放户数."""
    return _by_household(scope)


@metric(
    "subsidy.amount_paid", 1, label="发放金额", unit="fen", records="发放明细", fold="sum",
    definition="本年度内到账的租赁补贴金额之和，以银行回盘的到账日期为准，不含退回和抵扣。",
)  # fmt: skip
def amount_paid(scope: Scope) -> Iterator[Record]:
    """发放金额."""
    for key, fen in _paid(scope).values_list("pk", "amount_fen"):
        yield Record(f"subsidy.item:{key}", fen)


@metric(
    "subsidy.completion", 1, label="发放完成率", unit="%", records="家庭", fold="per_planned", parameters=_PLANNED, adds="fen",
    definition="本年度发放户数与计划户数之比；各记录另列该户全年到账金额。",
)  # fmt: skip
def completion(scope: Scope) -> Iterator[Record]:
    """发放户数 over the plan."""
    return _by_household(scope)


@metric(
    "subsidy.completed_year", 1, label="发放完成年度", unit="", records="发放明细", fold="latest",
    definition="属于本年度各月的租赁补贴中，最后一笔到账所在的年度；未到账的不计。",
)  # fmt: skip
def completed_year(scope: Scope) -> Iterator[Record]:
    """In which year the last payment for the months of this year arrived."""
    found = Item.objects.filter(
        state="paid", batch__agency__in=scope.agencies, batch__programme=PROGRAMME,
        batch__month__gte=scope.year * 100 + 1, batch__month__lte=scope.year * 100 + 12,
        paid_on__lte=timezone.localdate(scope.as_of),
    )  # fmt: skip
    for key, day in found.values_list("pk", "paid_on"):
        if day is not None:
            yield Record(f"subsidy.item:{key}", day.year)


@metric(
    "subsidy.timeliness", 1, label="发放及时率", unit="%", records="发放明细", fold="share",
    definition="本年度到账的租赁补贴中，在批次所属月份的月末以前到账的笔数所占比例。",
)  # fmt: skip
def timeliness(scope: Scope) -> Iterator[Record]:
    """Arrived no later than the last day of the batch's month."""
    for key, day, month in _paid(scope).values_list("pk", "paid_on", "batch__month"):
        if day is not None:
            yield Record(f"subsidy.item:{key}", int(day.year * 100 + day.month <= month))


@metric(
    "subsidy.returned", 1, label="银行退回率", unit="%", records="发放明细", fold="share",
    definition="属于本年度各月批次的发放明细中，被银行退回（含已重发）的笔数所占比例；未报盘和作废的不计。",
)  # fmt: skip
def returned(scope: Scope) -> Iterator[Record]:
    """Came back from the bank."""
    found = Item.objects.filter(
        Q(state__in=("paid", "returned", "reissued")),
        batch__agency__in=scope.agencies, batch__programme=PROGRAMME,
        batch__month__gte=scope.year * 100 + 1, batch__month__lte=scope.year * 100 + 12,
    )  # fmt: skip
    for key, state in found.values_list("pk", "state"):
        yield Record(f"subsidy.item:{key}", int(state != "paid"))


@metric(
    "subsidy.recovered", 1, label="追回金额", unit="fen", records="追回款", fold="sum",
    definition="本年度内退回或抵扣的多发租赁补贴之和；抵扣的付款作废或退回后不再计入。",
)  # fmt: skip
def recovered(scope: Scope) -> Iterator[Record]:
    """Money that came back for claw-backs."""
    found = Recovery.objects.filter(
        living=True, day__year=scope.year, made_at__lte=scope.as_of,
        clawback__agreement__agency__in=scope.agencies,
    )  # fmt: skip
    for key, fen in found.values_list("pk", "amount_fen"):
        yield Record(f"subsidy.recovery:{key}", fen)


# --- how these records are shown ---------------------------------------------------------------------------


def _keys(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


@rows("subsidy.item", "发放明细", "批次与序号", "收款人", "账号", "到账日期", "状态", "金额")
def item_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Payments of books or to households within the actor's reach; payee and account masked, linked to the file."""
    found = Item.objects.filter(pk__in=_keys(keys)).filter(
        Q(batch__agency__in=books_of(actor)) | Q(agreement__household__in=households_of(actor).values("pk"))
    )
    files = set(
        households_of(actor).filter(agreements__items__in=found.values("pk")).values_list("number", flat=True)
    )
    shown: dict[str, Row] = {}
    for item in found.select_related("batch", "agreement__household"):
        number = item.agreement.household.number
        cells = (
            f"{item.batch.number}-{item.seq}", masks.mask_name(item.payee_name), masks.mask_bank_account(item.account),
            item.paid_on.isoformat() if item.paid_on else "—", ITEM_STATES[item.state], yuan_text(item.amount_fen),
        )  # fmt: skip
        shown[str(item.pk)] = Row(cells, *(("office-household", number) if number in files else ("", "")))
    return shown


@rows("subsidy.recovery", "追回款", "追回单号", "日期", "方式", "金额")
def recovery_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Recoveries in books that the actor may read."""
    found = Recovery.objects.filter(
        pk__in=_keys(keys), clawback__agreement__agency__in=books_of(actor)
    ).select_related("clawback")
    return {
        str(row.pk): Row(
            (row.clawback.number, row.day.isoformat(), RECOVERY_WAYS[row.way], yuan_text(row.amount_fen))
        )
        for row in found
    }
