"""Rent accounts of leases, the terms that say how much, bills, what pays them.

Amounts are whole fen; a period is the first month of a billing cycle, year * 100 + month (202611). What is open on a bill is a
column that the database holds to the others. Source: operations.md W5, §5.1; 公共租赁住房管理办法 §19, §22; 住房租赁条例 §10.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db import models
from django.db.models import F, Q

from guangsha.areas.rent.facts import (
    BILL_STATES,
    CHANNELS,
    DEPOSIT_STATES,
    ITEMS,
    LINE_KINDS,
    ORDER_PURPOSES,
    ORDER_STATES,
    STEPS,
    TERM_KINDS,
    TERM_STATES,
)
from guangsha.areas.rent.models_after import (  # noqa: F401 - Django finds them from here
    Adjustment,
    CollectionDay,
    DepositUse,
    Dunning,
    DunningDelivery,
    Instalment,
    InstalmentPlan,
    Refund,
    Settlement,
    StatementLine,
)
from guangsha.audit.kept import KeptModel
from guangsha.privacy.fields import SealedJSONField


class RentBook(models.Model):
    """In which fund an agency books its rent; locked by whoever makes bills, so that two never make them at once."""

    agency = models.OneToOneField("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    fund = models.ForeignKey("ledger.Fund", models.PROTECT, related_name="+", verbose_name="资金")

    class Meta:
        verbose_name = verbose_name_plural = "租金账套"


class RentAccount(models.Model):
    """The rent account (租金户) of one lease.

    ``owed_fen`` is open on all its bills, ``oldest_due_on`` the due day of the oldest of them; both follow the bills.
    ``advance_fen`` was paid ahead of any bill. ``rebill_from`` is the month from which bills are to be made or made anew.
    """

    lease = models.OneToOneField(
        "tenancy.Lease", models.PROTECT, related_name="rent_account", verbose_name="租约"
    )
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    cycle = models.CharField("缴费周期", max_length=8, default="month")
    from_on = models.DateField("起租日期", null=True)
    until_on = models.DateField("止租日期", null=True)
    rebill_from = models.IntegerField("待出账月份", default=0)
    owed_fen = models.BigIntegerField("未缴（分）", default=0)
    advance_fen = models.BigIntegerField("预缴（分）", default=0)
    oldest_due_on = models.DateField("最早未缴到期日", null=True)
    step = models.CharField("催缴阶段", max_length=10, choices=list(STEPS.items()), default="none")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "租金户"
        constraints = [
            models.CheckConstraint(condition=Q(owed_fen__gte=0, advance_fen__gte=0), name="rentaccount_signs")
        ]
        indexes = [
            models.Index(fields=["agency", "oldest_due_on"], name="rentaccount_arrears"),
            models.Index(fields=["agency", "rebill_from"], name="rentaccount_rebill"),
        ]


class RentTerm(models.Model):
    """What a lease costs from a day on (租金核定), proposed by one and confirmed by another; never edited, a later one follows.

    ``gross_fen`` is the month without relief, ``rent_fen`` with it; ``decision`` holds all numbers it was computed from, with their
    sources, and ``digest`` is over it.
    """

    account = models.ForeignKey(RentAccount, models.PROTECT, related_name="terms", verbose_name="租金户")
    number = models.PositiveSmallIntegerField("序号")
    kind = models.CharField("类别", max_length=12, choices=list(TERM_KINDS.items()), default="contract")
    from_on = models.DateField("起")
    household_type = models.CharField("保障类别", max_length=24, blank=True)
    area_m2 = models.DecimalField("计租面积", max_digits=8, decimal_places=2)
    market_fen = models.BigIntegerField("市场租金（分/月）")
    share = models.DecimalField("租金比例", max_digits=7, decimal_places=6)
    gross_fen = models.BigIntegerField("标准租金（分/月）")
    rent_fen = models.BigIntegerField("应交租金（分/月）")
    relief_until = models.DateField("减免止（含）", null=True)
    decision = SealedJSONField("计算过程")
    digest = models.CharField("摘要", max_length=64)
    reason = models.CharField("理由", max_length=300)
    heard = models.CharField("听取意见情况", max_length=300, blank=True)
    case_number = models.CharField("来源办件", max_length=32, blank=True)
    state = models.CharField("状态", max_length=10, choices=list(TERM_STATES.items()), default="proposed")
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    confirmed_at = models.DateTimeField("复核时间", null=True)
    note = models.CharField("复核意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "租金核定"
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="rentterm_order"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(state="proposed"), name="rentterm_one_open"
            ),
            models.CheckConstraint(
                condition=Q(rent_fen__gte=0, rent_fen__lte=F("gross_fen"), market_fen__gte=0),
                name="rentterm_amounts",
            ),
            # four eyes, kept by the database
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(made_by=None) | ~Q(confirmed_by=F("made_by")),
                name="rentterm_two_people",
            ),
        ]
        indexes = [models.Index(fields=["state", "made_at"], name="rentterm_queue")]

    @property
    def kept(self) -> Mapping[str, Any]:
        """The numbers it rests on, as data."""
        return cast(Mapping[str, Any], self.decision)


class Bill(models.Model):
    """What a lease owes for one period and item (账单); ``part`` counts what was added later for the same two.

    net = gross - relief; open = net - waived - paid. ``waived_fen`` was written off or corrected by two people.
    """

    account = models.ForeignKey(RentAccount, models.PROTECT, related_name="bills", verbose_name="租金户")
    period = models.IntegerField("账期")
    item = models.CharField("项目", max_length=16, choices=list(ITEMS.items()))
    part = models.PositiveSmallIntegerField("补充序号", default=0)
    gross_fen = models.BigIntegerField("应收（分）")
    relief_fen = models.BigIntegerField("减免（分）", default=0)
    net_fen = models.BigIntegerField("应缴（分）")
    waived_fen = models.BigIntegerField("核销更正（分）", default=0)
    paid_fen = models.BigIntegerField("已缴（分）", default=0)
    open_fen = models.BigIntegerField("未缴（分）")
    issued_on = models.DateField("出账日期")
    due_on = models.DateField("缴费期限")
    state = models.CharField("状态", max_length=12, choices=list(BILL_STATES.items()), default="issued")
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "租金账单"
        constraints = [
            models.UniqueConstraint(fields=["account", "period", "item", "part"], name="bill_once"),
            models.CheckConstraint(
                condition=Q(
                    net_fen=F("gross_fen") - F("relief_fen"),
                    open_fen=F("net_fen") - F("waived_fen") - F("paid_fen"),
                    open_fen__gte=0, relief_fen__gte=0, net_fen__gte=0, waived_fen__gte=0, paid_fen__gte=0,
                ),
                name="bill_amounts",
            ),
            models.CheckConstraint(
                condition=Q(open_fen=0, state__in=["paid", "written_off"])
                | (Q(open_fen__gt=0) & ~Q(state__in=["paid", "written_off"])),
                name="bill_state",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["account", "due_on"], condition=Q(open_fen__gt=0), name="bill_open"),
            models.Index(fields=["state", "due_on"], name="bill_queue"),
            models.Index(fields=["period", "item"], name="bill_period"),
        ]


class BillLine(KeptModel):
    """One line of a bill: gross, relief (negative), a change for the days lived, an adjustment by two people. Lines are only added."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="lines", verbose_name="账单")
    kind = models.CharField("类别", max_length=12, choices=list(LINE_KINDS.items()))
    fen = models.BigIntegerField("金额（分）")
    month = models.IntegerField("月份")
    from_on = models.DateField("起")
    to_on = models.DateField("止（含）")
    term = models.ForeignKey(RentTerm, models.PROTECT, null=True, related_name="+", verbose_name="租金核定")
    text = models.CharField("说明", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "账单明细"
        constraints = [models.CheckConstraint(condition=~Q(fen=0), name="billline_amount")]


class PaymentOrder(models.Model):
    """A payment order with its identification code (缴款识别码): the household pays the treasury with it, never the agency."""

    number = models.CharField("缴款识别码", max_length=20, unique=True)
    account = models.ForeignKey(RentAccount, models.PROTECT, related_name="orders", verbose_name="租金户")
    purpose = models.CharField("用途", max_length=8, choices=list(ORDER_PURPOSES.items()), default="rent")
    amount_fen = models.BigIntegerField("金额（分）")
    state = models.CharField("状态", max_length=10, choices=list(ORDER_STATES.items()), default="open")
    made_at = models.DateTimeField("开单时间")
    expires_on = models.DateField("有效期至")
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="开单人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "缴款单"
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="paymentorder_amount")]
        indexes = [models.Index(fields=["account", "state"], name="paymentorder_open")]


#: What nobody takes for another sign on paper.
_PROOF_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
PROOF_LENGTH = 8


def new_proof() -> str:
    """A check code (查验码) that nobody guesses: forty bits by chance, where few tries are let through."""
    return "".join(secrets.choice(_PROOF_SIGNS) for _ in range(PROOF_LENGTH))


class Receipt(KeptModel):
    """Money that the treasury confirmed (收款确认): a confirmation, never cash. The channel's serial is there once for ever.

    ``proof`` is printed on our confirmation with its number (``rules.receipt_number``): whoever holds the paper can have it checked.
    """

    order = models.ForeignKey(PaymentOrder, models.PROTECT, related_name="receipts", verbose_name="缴款单")
    channel = models.CharField("渠道", max_length=16, choices=list(CHANNELS.items()))
    serial = models.CharField("流水号", max_length=40)
    amount_fen = models.BigIntegerField("金额（分）")
    paid_at = models.DateTimeField("缴款时间")
    day = models.DateField("缴款日期")
    #: The electronic payment voucher (电子缴款书) that finance gave out, and its check code.
    voucher = models.CharField("电子缴款书号", max_length=40)
    check_code = models.CharField("校验码", max_length=16)
    confirmed_at = models.DateTimeField("确认时间")
    proof = models.CharField("查验码", max_length=PROOF_LENGTH, default=new_proof)

    class Meta:
        verbose_name = verbose_name_plural = "收款确认"
        constraints = [
            models.UniqueConstraint(fields=["channel", "serial"], name="receipt_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="receipt_amount"),
        ]
        indexes = [models.Index(fields=["day"], name="receipt_day")]


class Allocation(KeptModel):
    """Which bill an amount paid; negative where a bill became smaller and the money is paid ahead again."""

    KINDS: ClassVar = [
        ("receipt", "缴款"), ("advance", "预缴抵扣"), ("deposit", "押金抵扣"), ("returned", "转为预缴"),
    ]  # fmt: skip

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="allocations", verbose_name="账单")
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, null=True, related_name="allocations", verbose_name="收款确认"
    )
    kind = models.CharField("来源", max_length=10, choices=KINDS)
    fen = models.BigIntegerField("金额（分）")
    on = models.DateField("日期")

    class Meta:
        verbose_name = verbose_name_plural = "缴款分配"
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="returned", fen__lt=0) | (~Q(kind="returned") & Q(fen__gt=0))),
                name="allocation_sign",
            ),
        ]


class Deposit(models.Model):
    """The deposit (押金) of a lease: kept in custody by the treasury, a liability and no income. It follows the lease's renewal."""

    account = models.OneToOneField(RentAccount, models.PROTECT, related_name="deposit", verbose_name="租金户")
    due_fen = models.BigIntegerField("应交（分）")
    held_fen = models.BigIntegerField("代管余额（分）", default=0)
    state = models.CharField("状态", max_length=10, choices=list(DEPOSIT_STATES.items()), default="due")
    received_on = models.DateField("交存日期", null=True)
    back_by = models.DateField("应退还日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "押金"
        constraints = [
            models.CheckConstraint(condition=Q(due_fen__gte=0, held_fen__gte=0), name="deposit_amounts")
        ]
