"""What follows on bills and payments: reminders, instalment plans, refunds, write-offs, settlements, reconciled days."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guangsha.areas.rent.facts import (
    ADJUSTMENT_KINDS,
    ADJUSTMENT_STATES,
    DAY_STATES,
    DELIVERY_WAYS,
    PLAN_STATES,
    REFUND_SOURCES,
    REFUND_STATES,
    SETTLEMENT_STATES,
    STEPS,
)
from guangsha.audit.kept import KeptModel
from guangsha.privacy.fields import SealedTextField

_TWO = Q(confirmed_by=None) | Q(made_by=None) | ~Q(confirmed_by=F("made_by"))


class Dunning(KeptModel):
    """One reminder (催缴): a step for the same oldest unpaid bill is told once."""

    account = models.ForeignKey(
        "rent.RentAccount", models.PROTECT, related_name="dunnings", verbose_name="租金户"
    )
    step = models.CharField("阶段", max_length=10, choices=list(STEPS.items()))
    oldest_due_on = models.DateField("最早未缴到期日")
    owed_fen = models.BigIntegerField("当时未缴（分）")
    number = models.CharField("文书号", max_length=40, blank=True)
    text = models.CharField("内容", max_length=600)
    #: Of a letter: ``[{"period", "item", "fen", "due_on"}]``, the bills that were open when it was written.
    items: models.JSONField[list[dict[str, object]], list[dict[str, object]]] = models.JSONField(
        "欠缴明细", default=list
    )
    answer_by = models.DateField("缴清期限", null=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "催缴"
        constraints = [
            models.UniqueConstraint(fields=["account", "oldest_due_on", "step"], name="dunning_once")
        ]


class DunningDelivery(KeptModel):
    """One try to hand a letter over (送达回证): how, when, by whom, who signed. A letter may need several."""

    dunning = models.ForeignKey(Dunning, models.PROTECT, related_name="deliveries", verbose_name="催缴")
    way = models.CharField("送达方式", max_length=8, choices=list(DELIVERY_WAYS.items()))
    on = models.DateField("送达日期")
    place = models.CharField("送达地点", max_length=120, blank=True)
    received_by = models.CharField("签收人", max_length=60, blank=True)
    witness = models.CharField("见证人", max_length=60, blank=True)
    tracking = models.CharField("邮件号", max_length=40, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="送达人")
    made_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "催缴送达"
        constraints = [
            # handed over: somebody signed; left behind: somebody saw it; posted: it can be traced
            models.CheckConstraint(
                condition=(Q(way="handed") & ~Q(received_by=""))
                | (Q(way="left") & ~Q(witness=""))
                | (Q(way="posted") & ~Q(tracking=""))
                | Q(way="failed"),
                name="dunningdelivery_proof",
            )
        ]


class InstalmentPlan(models.Model):
    """An instalment plan (分期缴纳) for arrears; while it is kept nobody is reminded."""

    account = models.ForeignKey(
        "rent.RentAccount", models.PROTECT, related_name="plans", verbose_name="租金户"
    )
    number = models.CharField("计划号", max_length=32, unique=True)
    months = models.PositiveSmallIntegerField("期数")
    total_fen = models.BigIntegerField("分期总额（分）")
    case_number = models.CharField("来源办件", max_length=32, blank=True)
    reason = models.CharField("困难情况", max_length=300)
    state = models.CharField("状态", max_length=10, choices=list(PLAN_STATES.items()), default="proposed")
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    confirmed_at = models.DateTimeField("批准时间", null=True)
    note = models.CharField("意见", max_length=300, blank=True)
    ended_on = models.DateField("结束日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "分期计划"
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=["proposed", "active"]),
                name="instalmentplan_one_open",
            ),
            models.CheckConstraint(condition=Q(total_fen__gt=0), name="instalmentplan_amount"),
            models.CheckConstraint(condition=_TWO, name="instalmentplan_two_people"),
        ]


class Instalment(models.Model):
    """One rate of a plan."""

    plan = models.ForeignKey(InstalmentPlan, models.CASCADE, related_name="rates", verbose_name="分期计划")
    number = models.PositiveSmallIntegerField("期次")
    due_on = models.DateField("到期日")
    amount_fen = models.BigIntegerField("金额（分）")

    class Meta:
        verbose_name = verbose_name_plural = "分期"
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="instalment_number")]


class Adjustment(models.Model):
    """A bill made smaller by two people: written off, or corrected because it was wrong."""

    bill = models.ForeignKey("rent.Bill", models.PROTECT, related_name="adjustments", verbose_name="账单")
    kind = models.CharField("类别", max_length=12, choices=list(ADJUSTMENT_KINDS.items()))
    fen = models.BigIntegerField("金额（分）")
    reason = models.CharField("理由", max_length=300)
    state = models.CharField(
        "状态", max_length=10, choices=list(ADJUSTMENT_STATES.items()), default="proposed"
    )
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    confirmed_at = models.DateTimeField("批准时间", null=True)
    note = models.CharField("意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "账单调整"
        constraints = [
            models.UniqueConstraint(
                fields=["bill"], condition=Q(state="proposed"), name="adjustment_one_open"
            ),
            models.CheckConstraint(condition=Q(fen__gt=0), name="adjustment_amount"),
            models.CheckConstraint(condition=_TWO, name="adjustment_two_people"),
        ]


class Refund(models.Model):
    """Money given back by finance (退付): asked by one, approved by another, confirmed when finance has paid it."""

    number = models.CharField("退付单号", max_length=32, unique=True)
    account = models.ForeignKey(
        "rent.RentAccount", models.PROTECT, related_name="refunds", verbose_name="租金户"
    )
    source = models.CharField("来源", max_length=8, choices=list(REFUND_SOURCES.items()))
    amount_fen = models.BigIntegerField("金额（分）")
    payee_name = models.CharField("收款人", max_length=60)
    bank_account = SealedTextField("收款账号")
    bank_name = models.CharField("开户银行", max_length=80, blank=True)
    reason = models.CharField("理由", max_length=300)
    case_number = models.CharField("来源办件", max_length=32, blank=True)
    state = models.CharField("状态", max_length=10, choices=list(REFUND_STATES.items()), default="proposed")
    due_on = models.DateField("应退付日期", null=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    confirmed_at = models.DateTimeField("批准时间", null=True)
    note = models.CharField("意见", max_length=300, blank=True)
    paid_on = models.DateField("退付日期", null=True)
    serial = models.CharField("财政退付流水号", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "退付"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source"],
                condition=Q(state__in=["proposed", "confirmed"]),
                name="refund_one_open",
            ),
            models.UniqueConstraint(fields=["serial"], condition=~Q(serial=""), name="refund_serial_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_amount"),
            models.CheckConstraint(condition=_TWO, name="refund_two_people"),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="refund_queue")]


class Settlement(models.Model):
    """The settlement of a lease that ended (退房结算): final bills, readings, what the deposit pays with its evidence."""

    account = models.OneToOneField(
        "rent.RentAccount", models.PROTECT, related_name="settlement", verbose_name="租金户"
    )
    handed_back_on = models.DateField("退房日期")
    readings = models.CharField("水电气表底数", max_length=200, blank=True)
    #: ``[{"text", "fen", "evidence"}]``: what is to be made good, each with its evidence (住房租赁条例 §10).
    deductions: models.JSONField[list[dict[str, object]], list[dict[str, object]]] = models.JSONField(
        "扣款清单", default=list
    )
    heard = models.CharField("承租人意见", max_length=300, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=list(SETTLEMENT_STATES.items()), default="proposed"
    )
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    confirmed_at = models.DateTimeField("复核时间", null=True)
    closed_on = models.DateField("结清日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "退房结算"
        constraints = [models.CheckConstraint(condition=_TWO, name="settlement_two_people")]


class DepositUse(KeptModel):
    """What happened to a deposit: paid in, used for a bill, given back. The balance is the sum."""

    KINDS: ClassVar = [("in", "交存"), ("used", "抵扣"), ("back", "退还")]

    deposit = models.ForeignKey("rent.Deposit", models.PROTECT, related_name="uses", verbose_name="押金")
    kind = models.CharField("类别", max_length=6, choices=KINDS)
    fen = models.BigIntegerField("金额（分）")
    on = models.DateField("日期")
    bill = models.ForeignKey("rent.Bill", models.PROTECT, null=True, related_name="+", verbose_name="账单")
    receipt = models.OneToOneField(
        "rent.Receipt", models.PROTECT, null=True, related_name="deposit_use", verbose_name="收款确认"
    )
    text = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "押金收支"
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="in", fen__gt=0) | (~Q(kind="in") & Q(fen__lt=0))), name="deposituse_sign"
            )
        ]


class StatementLine(KeptModel):
    """One line of what the non-tax system or the bank says was paid on a day."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    day = models.DateField("日期")
    party = models.CharField("来源", max_length=8)
    serial = models.CharField("流水号", max_length=40)
    order_number = models.CharField("缴款识别码", max_length=20, blank=True)
    amount_fen = models.BigIntegerField("金额（分）")
    made_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "对账单明细"
        constraints = [
            models.UniqueConstraint(fields=["agency", "party", "serial"], name="statementline_once")
        ]
        indexes = [models.Index(fields=["agency", "day"], name="statementline_day")]


class CollectionDay(models.Model):
    """A day whose bills, non-tax system and bank were compared (三方对账): reconciled by an accountant, closed by somebody else."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    day = models.DateField("日期")
    state = models.CharField("状态", max_length=8, choices=list(DAY_STATES.items()), default="open")
    bills_fen = models.BigIntegerField("账单台账（分）", default=0)
    nontax_fen = models.BigIntegerField("非税系统（分）", default=0)
    bank_fen = models.BigIntegerField("银行（分）", default=0)
    #: ``[{"key", "kind", "party", "amounts", "settled"}]``: where they differ, and what was found out.
    differences: models.JSONField[list[dict[str, object]], list[dict[str, object]]] = models.JSONField(
        "差异", default=list
    )
    checked_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="对账人"
    )
    checked_at = models.DateTimeField("对账时间", null=True)
    closed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="办结人"
    )
    closed_at = models.DateTimeField("办结时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "收缴对账日"
        constraints = [
            models.UniqueConstraint(fields=["agency", "day"], name="collectionday_once"),
            models.CheckConstraint(
                condition=Q(closed_by=None) | Q(checked_by=None) | ~Q(closed_by=F("checked_by")),
                name="collectionday_two_people",
            ),
        ]
