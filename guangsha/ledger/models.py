"""The tables of the books.

Nothing here decides: that an entry balances, that a month is closed, that a budget line is not exceeded and that nothing is
ever changed or removed is kept by the database itself (``migrations/sql/``), for the program and for everybody else who
writes to it. Amounts are whole fen; a debit is more than 0, a credit less.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guangsha.audit.kept import KeptModel
from guangsha.ledger.rules import (
    ACCOUNT_KINDS,
    AMOUNT_FEN_MAX,
    BALANCE_FEN_MAX,
    BUDGET_MOVE_KINDS,
    ENTRY_KINDS,
    FUND_SOURCES,
    LINES_MAX,
    LINES_MIN,
    NATURES,
    VINTAGES,
)
from guangsha.people.models import Agency


class Fund(models.Model):
    """Money of one origin that is kept apart (专款专用): entries balance inside each fund."""

    agency = models.ForeignKey(Agency, models.PROTECT, db_index=False, verbose_name="机构")
    code = models.CharField("资金编码", max_length=20)
    name = models.CharField("资金名称", max_length=80)
    source = models.CharField("资金来源", max_length=20, choices=list(FUND_SOURCES.items()))
    document_number = models.CharField("资金文号", max_length=60, blank=True)
    purpose = models.CharField("用途", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "资金"
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="ledger_fund_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Account(models.Model):
    """An account (会计科目) of an agency in one fund, with its balance.

    ``balance_fen`` = ``debit_fen`` - ``credit_fen`` = the sum of its postings, kept by the database; ``last_entry_id`` is the
    last entry that is in it. ``balance_fen`` stays between ``least_fen`` and ``most_fen``: a bank account that cannot be overdrawn
    has ``least_fen`` 0, a sub-account of owners' money ``most_fen`` 0.
    """

    agency = models.ForeignKey(Agency, models.PROTECT, db_index=False, verbose_name="机构")
    fund = models.ForeignKey(Fund, models.PROTECT, verbose_name="资金")
    code = models.CharField("科目编码", max_length=40)
    name = models.CharField("科目名称", max_length=120)
    kind = models.CharField(
        "科目类别", max_length=20, choices=[(kind, name) for kind, (name, _) in ACCOUNT_KINDS.items()]
    )
    #: ``financial`` or ``budget``: the two accountings, each of which balances by itself (rules.ACCOUNT_KINDS).
    book = models.CharField("核算体系", max_length=10, editable=False)
    closed_on = models.DateField("停用日期", null=True, blank=True)
    balance_fen = models.BigIntegerField("余额（分）", default=0, editable=False)
    debit_fen = models.BigIntegerField("借方累计（分）", default=0, editable=False)
    credit_fen = models.BigIntegerField("贷方累计（分）", default=0, editable=False)
    last_entry_id = models.BigIntegerField("最后凭证", default=0, editable=False)
    least_fen = models.BigIntegerField("余额下限（分）", default=-BALANCE_FEN_MAX)
    most_fen = models.BigIntegerField("余额上限（分）", default=BALANCE_FEN_MAX)

    class Meta:
        verbose_name = verbose_name_plural = "会计科目"
        constraints = [
            models.UniqueConstraint(fields=["agency", "fund", "code"], name="ledger_account_code"),
            models.CheckConstraint(
                condition=Q(
                    balance_fen=F("debit_fen") - F("credit_fen"),
                    balance_fen__gte=F("least_fen"),
                    balance_fen__lte=F("most_fen"),
                ),
                name="ledger_account_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Period(models.Model):
    """A month (会计期间) of an agency's books: the head of its chain of entries, and whether it is closed.

    ``length`` entries are in it, numbered 1 to ``length``; ``head`` is the link of the last one (rules.genesis when there is none).
    """

    agency = models.ForeignKey(Agency, models.PROTECT, db_index=False, verbose_name="机构")
    #: year * 100 + month: 202611
    month = models.IntegerField("月份")
    starts_on = models.DateField("起")
    ends_on = models.DateField("止")
    length = models.BigIntegerField("凭证数", default=0, editable=False)
    head = models.CharField("链头", max_length=64, editable=False)
    closed = models.BooleanField("已结账", default=False, editable=False)
    closed_by = models.BigIntegerField("结账人", default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "会计期间"
        constraints = [
            models.UniqueConstraint(fields=["agency", "month"], name="ledger_period_month"),
            models.CheckConstraint(
                condition=Q(month__gte=200001, month__lte=210012, ends_on__gte=F("starts_on")),
                name="ledger_period_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month // 100}年{self.month % 100}月"


class PeriodAct(KeptModel):
    """Somebody closed a month (结账) or opened it again (反结账). ``length`` and ``head``: the chain as it stood."""

    KINDS: ClassVar = [("close", "结账"), ("reopen", "反结账")]

    period = models.ForeignKey(Period, models.PROTECT, related_name="acts", verbose_name="会计期间")
    kind = models.CharField("行为", max_length=8, choices=KINDS)
    actor_id = models.BigIntegerField("行为人")
    reason = models.CharField("理由", max_length=200, blank=True)
    at = models.DateTimeField("时间")
    length = models.PositiveBigIntegerField("凭证数")
    head = models.CharField("链头", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "结账记录"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["close", "reopen"]), name="ledger_periodact_kind"),
            models.CheckConstraint(condition=Q(actor_id__gt=0), name="ledger_periodact_person"),
        ]


class Entry(KeptModel):
    """An entry (记账凭证). Written after its postings: its insertion is what the database seals.

    ``digest`` covers what was asked for (rules.content_digest), ``link`` the digest, the number, who and when, and the link of the
    entry before it in the month (rules.link_of).
    """

    agency = models.ForeignKey(Agency, models.PROTECT, db_index=False, verbose_name="机构")
    period = models.ForeignKey(
        Period, models.PROTECT, db_index=False, related_name="entries", verbose_name="会计期间"
    )
    number = models.BigIntegerField("凭证号")
    date = models.DateField("日期")
    kind = models.CharField("凭证类别", max_length=12, choices=list(ENTRY_KINDS.items()))
    lines = models.SmallIntegerField("分录数")
    key = models.CharField("幂等键", max_length=100)
    digest = models.CharField("内容摘要", max_length=64)
    source_type = models.CharField("来源", max_length=60, blank=True)
    source_id = models.CharField("来源编号", max_length=40, blank=True)
    voucher_number = models.CharField("原始凭证号", max_length=60, blank=True)
    attachments = models.SmallIntegerField("附件张数", default=0)
    reason = models.CharField("摘要", max_length=200)
    reversal_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="reversed_by",
        verbose_name="冲销的凭证",
    )
    actor_id = models.BigIntegerField("制单人")
    posted_at = models.DateTimeField("记账时间")
    link = models.CharField("链接摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "记账凭证"
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="ledger_entry_number"),
            models.UniqueConstraint(fields=["agency", "key"], name="ledger_entry_key"),
            models.UniqueConstraint(
                fields=["reversal_of"],
                condition=Q(reversal_of__isnull=False),
                name="ledger_entry_reversed_once",
            ),
            # one condition: the database prepares each anew for every statement
            models.CheckConstraint(
                condition=Q(lines__gte=LINES_MIN, lines__lte=LINES_MAX, attachments__gte=0)
                & ~Q(key="")
                & ~Q(reason="")
                & ~Q(digest="")
                & ~Q(link="")
                & (Q(reversal_of__isnull=False) | ~Q(kind__in=["reversal", "correction"])),
                name="ledger_entry_form",
            ),
        ]
        indexes = [
            models.Index(
                fields=["source_type", "source_id"], condition=~Q(source_type=""), name="ledger_entry_source"
            )
        ]


class Posting(KeptModel):
    """One line of an entry. ``lines`` repeats how many its entry has: with the key it keeps further lines out for ever."""

    pk = models.CompositePrimaryKey("entry_id", "line")
    entry = models.ForeignKey(
        Entry, models.PROTECT, db_index=False, related_name="postings", verbose_name="记账凭证"
    )
    line = models.SmallIntegerField("行号")
    lines = models.SmallIntegerField("分录数")
    account = models.ForeignKey(
        Account, models.PROTECT, db_index=False, related_name="postings", verbose_name="会计科目"
    )
    amount_fen = models.BigIntegerField("金额（分）")
    budget_line = models.ForeignKey(
        "BudgetLine",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="postings",
        verbose_name="预算指标",
    )

    class Meta:
        verbose_name = verbose_name_plural = "分录"
        constraints = [
            models.CheckConstraint(
                condition=Q(line__gte=1, line__lte=F("lines"))
                & Q(amount_fen__gte=-AMOUNT_FEN_MAX, amount_fen__lte=AMOUNT_FEN_MAX)
                & ~Q(amount_fen=0),
                name="ledger_posting_form",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "entry"], name="ledger_posting_account"),
            models.Index(
                fields=["budget_line", "entry"],
                condition=Q(budget_line__isnull=False),
                name="ledger_posting_budget",
            ),
        ]


class BudgetLine(models.Model):
    """A budget line (预算指标) of one year: what may be spent, and what has been.

    Full-year budget = ``initial_fen`` + ``adjusted_fen``; ``executed_fen`` + ``committed_fen`` never exceed it. The last three are
    kept by the database from the moves and the postings. Source: performance.md §2.1 BudgetLine, §2.3.
    """

    agency = models.ForeignKey(Agency, models.PROTECT, db_index=False, verbose_name="机构")
    year = models.PositiveSmallIntegerField("年度")
    fund = models.ForeignKey(Fund, models.PROTECT, verbose_name="资金")
    nature = models.CharField("支出性质", max_length=8, choices=list(NATURES.items()))
    vintage = models.CharField("指标来源", max_length=8, choices=list(VINTAGES.items()), default="current")
    functional_code = models.CharField("功能分类编码", max_length=7)
    economic_code = models.CharField("经济分类编码", max_length=5, blank=True)
    project_code = models.CharField("项目编码", max_length=40, blank=True)
    name = models.CharField("指标名称", max_length=120)
    document_number = models.CharField("批复文号", max_length=60)
    initial_fen = models.BigIntegerField("年初预算数（分）")
    adjusted_fen = models.BigIntegerField("预算调整数（分）", default=0, editable=False)
    committed_fen = models.BigIntegerField("已承诺数（分）", default=0, editable=False)
    executed_fen = models.BigIntegerField("执行数（分）", default=0, editable=False)
    last_entry_id = models.BigIntegerField("最后凭证", default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "预算指标"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "agency", "year", "fund", "nature", "vintage", "functional_code", "economic_code", "project_code",
                ],
                name="ledger_budgetline_line",
            ),
            models.CheckConstraint(
                condition=Q(initial_fen__gte=0, initial_fen__lte=AMOUNT_FEN_MAX, committed_fen__gte=0),
                name="ledger_budgetline_signs",
            ),
            models.CheckConstraint(condition=Q(executed_fen__gte=0), name="ledger_budgetline_returned"),
            models.CheckConstraint(
                condition=Q(executed_fen__lte=F("initial_fen") + F("adjusted_fen") - F("committed_fen")),
                name="ledger_budgetline_ceiling",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.year} {self.functional_code} {self.name}"


class BudgetMove(KeptModel):
    """A dated change of a budget line: an adjustment with its document, a commitment (承诺), or the release of one."""

    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="moves", verbose_name="预算指标")
    kind = models.CharField(
        "类别", max_length=12, choices=[(kind, name) for kind, (name, _, _) in BUDGET_MOVE_KINDS.items()]
    )
    amount_fen = models.BigIntegerField("金额（分）")
    date = models.DateField("日期")
    document_number = models.CharField("文号", max_length=60, blank=True)
    key = models.CharField("幂等键", max_length=100)
    digest = models.CharField("内容摘要", max_length=64)
    reason = models.CharField("摘要", max_length=200)
    actor_id = models.BigIntegerField("经办人")
    at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "预算变动"
        constraints = [
            models.UniqueConstraint(fields=["line", "key"], name="ledger_budgetmove_key"),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["supplement", "carry_over", "commitment"], amount_fen__gt=0)
                    | Q(kind__in=["reduction", "release"], amount_fen__lt=0)
                    | (Q(kind="transfer") & ~Q(amount_fen=0))
                ),
                name="ledger_budgetmove_sign",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["commitment", "release"]) | ~Q(document_number=""),
                name="ledger_budgetmove_document",
            ),
        ]
