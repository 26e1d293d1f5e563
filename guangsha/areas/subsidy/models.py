"""Agreements, monthly entitlements, batches of payments, and what follows when a household changes.

Amounts are whole fen; a month is year * 100 + month (202611). Source: operations.md W2, §5.2; 建保〔2016〕281号; 社会救助法 §48.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db import models
from django.db.models import F, Q

from guangsha.areas.subsidy.facts import (
    AGREEMENT_STATES,
    BATCH_KINDS,
    BATCH_STATES,
    CALCULATION_KINDS,
    CALCULATION_STATES,
    CLAWBACK_STATES,
    ENTITLEMENT_STATES,
    HEARING_OUTCOMES,
    ITEM_STATES,
    LIVING,
    PROGRAMME,
    RECOVERY_WAYS,
)
from guangsha.areas.subsidy.models_review import ReviewDifference, ReviewRun  # noqa: F401 - Django finds them from here
from guangsha.privacy.fields import BlindIndexField, SealedJSONField, SealedTextField


class Agreement(models.Model):
    """A subsidy agreement (补贴协议) of a household for about a year; a new one follows it, it is not prolonged.

    ``amount_fen`` and ``household_type`` are what stands now; how they came about is in the calculations.
    """

    number = models.CharField("协议号", max_length=32, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="发放机构")
    household = models.ForeignKey(
        "registry.Household", models.PROTECT, related_name="agreements", verbose_name="家庭"
    )
    programme = models.CharField("保障方式", max_length=24, default=PROGRAMME)
    payee = models.ForeignKey("registry.Person", models.PROTECT, related_name="+", verbose_name="收款人")
    bank_account = SealedTextField("收款账号", blank=True)
    bank_account_index = BlindIndexField(of="bank_account", kind="bank_account")
    bank_name = models.CharField("开户银行", max_length=80, blank=True)
    case = models.ForeignKey(
        "intake.Case", models.PROTECT, null=True, related_name="agreements", verbose_name="申请办件"
    )
    follows = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="followed_by", verbose_name="续签的协议"
    )
    region = models.CharField("适用地区", max_length=6)
    lease_filing = models.CharField("租赁备案号", max_length=40, blank=True)
    lease_address = models.CharField("租赁住房坐落", max_length=200, blank=True)
    rent_fen = models.BigIntegerField("月租金（分）")
    starts_on = models.DateField("起")
    ends_on = models.DateField("止（含）")
    state = models.CharField("状态", max_length=10, choices=list(AGREEMENT_STATES.items()), default="draft")
    amount_fen = models.BigIntegerField("现月补贴额（分）", default=0)
    household_type = models.CharField("保障类别", max_length=24, blank=True)
    signed_on = models.DateField("签订日期", null=True)
    #: By which the household agreed that what was overpaid is kept back from later months; None: it did not.
    set_off_consent_on = models.DateField("同意抵扣日期", null=True)
    ended_on = models.DateField("终止日期", null=True)
    end_reason = models.CharField("终止原因", max_length=120, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("建立时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "补贴协议"
        constraints = [
            # a household has one at a time: whoever presses twice, or two cases that end together, make one
            models.UniqueConstraint(
                fields=["household", "programme"],
                condition=Q(state__in=LIVING),
                name="agreement_one_living",
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="agreement_days"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0, rent_fen__gte=0), name="agreement_amounts"),
        ]
        indexes = [
            models.Index(fields=["agency", "state", "ends_on"], name="agreement_queue"),
            models.Index(fields=["payee", "state"], name="agreement_payee"),
        ]

    def __str__(self) -> str:
        return self.number


class Calculation(models.Model):
    """One amount of an agreement from one month on, with the decision it rests on (核定、调整). A proposal until a second
    person has confirmed it; a reduction is heard first (社会救助法 §48)."""

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="calculations", verbose_name="补贴协议"
    )
    number = models.PositiveIntegerField("序号")
    kind = models.CharField("类别", max_length=8, choices=list(CALCULATION_KINDS.items()))
    from_month = models.IntegerField("起发月份")
    amount_fen = models.BigIntegerField("月补贴额（分）")
    before_fen = models.BigIntegerField("原月补贴额（分）", default=0)
    ends = models.BooleanField("不再符合条件", default=False)
    household_type = models.CharField("保障类别", max_length=24, blank=True)
    happened_on = models.DateField("发生日期")
    known_on = models.DateField("得知日期")
    declared = models.BooleanField("本人申报", default=True)
    lapsed = models.BooleanField("逾期未年审", default=False)
    decision = SealedJSONField("计算过程")
    digest = models.CharField("摘要", max_length=64, blank=True)
    case_number = models.CharField("来源办件", max_length=32, blank=True)
    reason = models.CharField("理由", max_length=300)
    state = models.CharField("状态", max_length=10, choices=list(CALCULATION_STATES.items()))
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
        verbose_name = verbose_name_plural = "补贴核定"
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="calculation_order"),
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(state__in=["proposed", "hearing"]),
                name="calculation_one_open",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="calculation_amount"),
            # four eyes, kept by the database
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(made_by=None) | ~Q(confirmed_by=F("made_by")),
                name="calculation_two_people",
            ),
        ]
        indexes = [models.Index(fields=["state", "made_at"], name="calculation_queue")]

    @property
    def kept(self) -> Mapping[str, Any]:
        """The decision it rests on, as data (``policy.decision.Decision.as_data``); empty where nothing was computed."""
        return cast(Mapping[str, Any], self.decision)


class Hearing(models.Model):
    """What the household says before its subsidy is reduced or ended (社会救助法 §48): told, asked, answered or silent."""

    calculation = models.OneToOneField(
        Calculation, models.PROTECT, related_name="hearing", verbose_name="补贴核定"
    )
    told_at = models.DateTimeField("告知时间")
    due_on = models.DateField("陈述期限")
    said = SealedTextField("陈述意见", blank=True)
    heard_at = models.DateTimeField("听取时间", null=True)
    heard_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="听取人"
    )
    outcome = models.CharField("结果", max_length=10, choices=list(HEARING_OUTCOMES.items()), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "听取意见"


class Entitlement(models.Model):
    """What is due to a household for one month: one row for a household, programme and month, wherever it is paid."""

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="entitlements", verbose_name="补贴协议"
    )
    household = models.ForeignKey(
        "registry.Household", models.PROTECT, related_name="entitlements", verbose_name="家庭"
    )
    programme = models.CharField("保障方式", max_length=24, default=PROGRAMME)
    month = models.IntegerField("月份")
    amount_fen = models.BigIntegerField("应发（分）")
    calculation = models.ForeignKey(
        Calculation, models.PROTECT, related_name="entitlements", verbose_name="补贴核定"
    )
    state = models.CharField(
        "状态", max_length=10, choices=list(ENTITLEMENT_STATES.items()), default="computed"
    )
    held_reason = models.CharField("暂缓原因", max_length=120, blank=True)
    computed_at = models.DateTimeField("计算时间")

    class Meta:
        verbose_name = verbose_name_plural = "月度应发"
        constraints = [
            models.UniqueConstraint(fields=["household", "programme", "month"], name="entitlement_once"),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, month__gte=200001, month__lte=210012), name="entitlement_form"
            ),
        ]
        indexes = [models.Index(fields=["agreement", "month"], name="entitlement_month")]


class Batch(models.Model):
    """A batch of payments (发放批次): made, checked and approved by three people, sent to the bank, answered, booked."""

    number = models.CharField("批次号", max_length=32, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="发放机构")
    programme = models.CharField("保障方式", max_length=24, default=PROGRAMME)
    month = models.IntegerField("月份")
    kind = models.CharField("类别", max_length=10, choices=list(BATCH_KINDS.items()), default="regular")
    state = models.CharField("状态", max_length=12, choices=list(BATCH_STATES.items()), default="draft")
    count = models.PositiveIntegerField("笔数", default=0)
    amount_fen = models.BigIntegerField("金额（分）", default=0)
    fund = models.ForeignKey("ledger.Fund", models.PROTECT, null=True, related_name="+", verbose_name="资金")
    budget_line = models.ForeignKey(
        "ledger.BudgetLine", models.PROTECT, null=True, related_name="+", verbose_name="预算指标"
    )
    #: What the controls found when it was made or checked: ``[{"code", "severity", "items", "text"}]``.
    controls = models.JSONField("控制检查", default=list)
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("制单时间")
    checked_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    checked_at = models.DateTimeField("复核时间", null=True)
    approved_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="审批人"
    )
    approved_at = models.DateTimeField("审批时间", null=True)
    layout = models.CharField("银行文件格式", max_length=40, blank=True)
    file_digest = models.CharField("银行文件摘要", max_length=64, blank=True)
    file_stored = models.CharField("银行文件存放", max_length=80, blank=True)
    sent_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="报盘人"
    )
    sent_at = models.DateTimeField("报盘时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    note = models.CharField("意见", max_length=300, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "发放批次"
        constraints = [
            models.CheckConstraint(
                condition=(Q(checked_by=None) | ~Q(checked_by=F("made_by")))
                & (
                    Q(approved_by=None)
                    | (~Q(approved_by=F("made_by")) & (Q(checked_by=None) | ~Q(approved_by=F("checked_by"))))
                ),
                name="batch_three_people",
            ),
            models.UniqueConstraint(
                fields=["file_digest"], condition=~Q(file_digest=""), name="batch_file_once"
            ),
        ]
        indexes = [models.Index(fields=["agency", "-month", "state"], name="batch_queue")]

    def __str__(self) -> str:
        return self.number


class Item(models.Model):
    """One payment of a batch. A payment that came back is never sent again: a new item takes its place (``replaces``)."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="items", verbose_name="批次")
    seq = models.PositiveIntegerField("序号")
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="items", verbose_name="补贴协议")
    payee = models.ForeignKey("registry.Person", models.PROTECT, related_name="+", verbose_name="收款人")
    payee_name = models.CharField("收款人姓名", max_length=60)
    identity_last4 = models.CharField("证件号后四位", max_length=4, blank=True)
    bank_name = models.CharField("开户银行", max_length=80, blank=True)
    account = SealedTextField("收款账号")
    account_index = BlindIndexField(of="account", kind="bank_account")
    gross_fen = models.BigIntegerField("应发（分）")
    set_off_fen = models.BigIntegerField("抵扣（分）", default=0)
    amount_fen = models.BigIntegerField("实发（分）")
    state = models.CharField("状态", max_length=10, choices=list(ITEM_STATES.items()), default="ready")
    return_code = models.CharField("退回代码", max_length=20, blank=True)
    return_text = models.CharField("退回说明", max_length=120, blank=True)
    serial = models.CharField("银行流水号", max_length=40, blank=True)
    paid_on = models.DateField("到账日期", null=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name="重发的原笔"
    )

    class Meta:
        verbose_name = verbose_name_plural = "发放明细"
        constraints = [
            models.UniqueConstraint(fields=["batch", "seq"], name="item_seq"),
            models.CheckConstraint(
                condition=Q(
                    gross_fen__gt=0, set_off_fen__gte=0, amount_fen=F("gross_fen") - F("set_off_fen"), amount_fen__gte=0
                ),
                name="item_amounts",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["agreement", "-batch"], name="item_agreement"),
            models.Index(fields=["state"], name="item_state"),
        ]


class ItemMonth(models.Model):
    """Which month of entitlement a payment pays. A month is in one living payment: the database keeps it once."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="months", verbose_name="发放明细")
    entitlement = models.ForeignKey(
        Entitlement, models.PROTECT, related_name="payments", verbose_name="月度应发"
    )
    amount_fen = models.BigIntegerField("金额（分）")
    #: False once the item was cancelled, or came back and was taken over by another.
    living = models.BooleanField("有效", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "发放所属月份"
        constraints = [
            models.UniqueConstraint(fields=["item", "entitlement"], name="itemmonth_pair"),
            models.UniqueConstraint(
                fields=["entitlement"], condition=Q(living=True), name="itemmonth_paid_once"
            ),
        ]


class ReturnFile(models.Model):
    """One file of answers from the bank (回盘). The same file twice changes nothing."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="returns", verbose_name="批次")
    digest = models.CharField("摘要", max_length=64, unique=True)
    received_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="经办人")
    received_at = models.DateTimeField("接收时间")
    rows = models.PositiveIntegerField("行数", default=0)
    paid = models.PositiveIntegerField("成功笔数", default=0)
    returned = models.PositiveIntegerField("退回笔数", default=0)
    stored = models.CharField("存放", max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "回盘文件"


class SampleCheck(models.Model):
    """A payment drawn for a call after it was made (发放后抽查): did the money arrive, does the household still rent?"""

    FINDINGS: ClassVar = [
        ("received", "已收到"),
        ("not_received", "未收到"),
        ("not_reached", "联系不上"),
        ("doubtful", "存疑"),
    ]

    item = models.ForeignKey(Item, models.PROTECT, related_name="samples", verbose_name="发放明细")
    drawn_at = models.DateTimeField("抽取时间")
    seed = models.CharField("抽样种子", max_length=64)
    account = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="核实人"
    )
    finding = models.CharField("结论", max_length=12, choices=FINDINGS, blank=True)
    text = models.CharField("说明", max_length=300, blank=True)
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "发放抽查"
        constraints = [models.UniqueConstraint(fields=["item"], name="sample_once")]


class Clawback(models.Model):
    """What was paid too much and is asked back (追回), month by month; a notice first, set-off only with consent."""

    number = models.CharField("追回单号", max_length=32, unique=True)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="clawbacks", verbose_name="补贴协议"
    )
    calculation = models.OneToOneField(
        Calculation, models.PROTECT, null=True, related_name="clawback", verbose_name="补贴核定"
    )
    reason = models.CharField("原因", max_length=300)
    #: ``[{"month": 202604, "paid_fen": …, "due_fen": …, "overpaid_fen": …}]``
    rows = models.JSONField("逐月计算")
    total_fen = models.BigIntegerField("应追回（分）")
    recovered_fen = models.BigIntegerField("已追回（分）", default=0)
    noticed_on = models.DateField("通知日期")
    due_on = models.DateField("应退日期")
    set_off_consent_on = models.DateField("同意抵扣日期", null=True)
    state = models.CharField("状态", max_length=12, choices=list(CLAWBACK_STATES.items()), default="open")
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("建立时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "追回"
        constraints = [
            models.CheckConstraint(
                condition=Q(total_fen__gt=0, recovered_fen__gte=0, recovered_fen__lte=F("total_fen")),
                name="clawback_amounts",
            )
        ]
        indexes = [models.Index(fields=["agreement", "state"], name="clawback_open")]


class Recovery(models.Model):
    """Money that came back for a claw-back: paid in by the household, or kept back from a payment."""

    clawback = models.ForeignKey(Clawback, models.PROTECT, related_name="recoveries", verbose_name="追回")
    amount_fen = models.BigIntegerField("金额（分）")
    way = models.CharField("方式", max_length=10, choices=list(RECOVERY_WAYS.items()))
    day = models.DateField("日期")
    item = models.ForeignKey(
        Item, models.PROTECT, null=True, related_name="set_offs", verbose_name="抵扣的发放明细"
    )
    key = models.CharField("幂等键", max_length=80, unique=True)
    #: False once the payment it was kept back from was cancelled or came back.
    living = models.BooleanField("有效", default=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "追回款"
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="recovery_amount")]
