"""Reviews of everybody with an agreement (年审、季度核查、月度核查): each run, and what it found to differ from what stands.

A run changes nothing: a person confirms or dismisses each difference. Source: operations.md W2, W19; 社会救助法 §41, §48.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guangsha.privacy.fields import SealedJSONField

REVIEW_KINDS = {"annual": "年度复核", "quarterly": "季度核查", "monthly": "月度核查"}
#: What a difference proposes; ``declare`` and ``lapsed`` only name who has to declare.
DIFFERENCE_KINDS = {
    "more": "应增加", "less": "应减少", "ends": "不再符合", "incomplete": "资料不全", "declare": "应申报年审", "lapsed": "逾期未年审",
}  # fmt: skip
DIFFERENCE_STATES = {
    "open": "待处理",
    "confirmed": "已确认",
    "dismissed": "不采纳",
    "superseded": "已有新的复核",
}


class ReviewRun(models.Model):
    """One review of an agency on a day. The same facts, parameters and agreements give the same run, not a second one."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    programme = models.CharField("保障方式", max_length=24)
    kind = models.CharField("类别", max_length=10, choices=list(REVIEW_KINDS.items()))
    on = models.DateField("复核日")
    #: Over the facts, the parameters in force and what stood: what makes a run another one.
    digest = models.CharField("摘要", max_length=64)
    facts_digest = models.CharField("事实摘要", max_length=64)
    #: ``[{"region", "key", "title", "value", "version"}]``: every parameter that was written into the computation.
    parameters = models.JSONField("所用参数", default=list)
    counts = models.JSONField("结果", default=dict)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="发起人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "批量复核"
        constraints = [
            models.UniqueConstraint(fields=["agency", "kind", "on", "digest"], name="review_run_once")
        ]
        indexes = [models.Index(fields=["agency", "-made_at"], name="review_newest")]

    def __str__(self) -> str:
        return f"{self.on} {REVIEW_KINDS.get(self.kind, self.kind)}"


class ReviewDifference(models.Model):
    """One agreement for which the review proposes something else than what stands. One is open at a time."""

    STATES: ClassVar = list(DIFFERENCE_STATES.items())

    run = models.ForeignKey(ReviewRun, models.PROTECT, related_name="differences", verbose_name="复核")
    agreement = models.ForeignKey(
        "subsidy.Agreement", models.PROTECT, related_name="differences", verbose_name="补贴协议"
    )
    kind = models.CharField("类别", max_length=10, choices=list(DIFFERENCE_KINDS.items()))
    before_fen = models.BigIntegerField("现月补贴额（分）")
    proposed_fen = models.BigIntegerField("建议月补贴额（分）", null=True)
    before_type = models.CharField("现保障类别", max_length=24, blank=True)
    proposed_type = models.CharField("建议保障类别", max_length=24, blank=True)
    failed = models.BigIntegerField("不符合的条件", default=0)
    unknown = models.BigIntegerField("不能确认的条件", default=0)
    happened_on = models.DateField("变化日期")
    #: Sentences on what is missing or has changed; without names and amounts.
    missing = models.JSONField("还缺或变化", default=list)
    #: What a member of staff stated from papers when the amount that stands was computed: ``{"fact": value}``.
    stated = SealedJSONField("补充核实")
    #: Over the facts and what was proposed.
    digest = models.CharField("摘要", max_length=64)
    state = models.CharField("处理", max_length=10, choices=STATES, default="open")
    settled_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="处理人"
    )
    settled_at = models.DateTimeField("处理时间", null=True)
    reason = models.CharField("理由", max_length=300, blank=True)
    calculation = models.OneToOneField(
        "subsidy.Calculation", models.PROTECT, null=True, related_name="difference", verbose_name="补贴核定"
    )

    class Meta:
        verbose_name = verbose_name_plural = "复核差异"
        constraints = [
            models.UniqueConstraint(fields=["run", "agreement"], name="difference_once"),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(state="open"), name="difference_one_open"
            ),
        ]
        indexes = [models.Index(fields=["run", "state", "kind"], name="difference_queue")]
