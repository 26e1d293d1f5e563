"""Violations, hearings, ways out of a tenancy, bans and clues for the enforcement team.

Source: 公共租赁住房管理办法 §27, §29, §31, §36; 社会救助法 §48; 行政强制法 §53–§54; operations.md W4, W18, W20.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from guangsha.areas.tenancy.facts import (
    ABSENCES,
    EXIT_GROUNDS,
    EXIT_OPEN,
    EXIT_STATES,
    HEARING_OUTCOMES,
    HEARING_WAYS,
    OVER_INCOME_WAYS,
    VIOLATION_KINDS,
    VIOLATION_OPEN,
    VIOLATION_SIGNALS,
    VIOLATION_STATES,
)
from guangsha.privacy.fields import SealedTextField


class Violation(models.Model):
    """A suspected breach of a lease (违规线索): nothing follows from the signal alone, everything from two checks and a decision."""

    number = models.CharField("编号", max_length=32, unique=True)
    lease = models.ForeignKey(
        "tenancy.Lease", models.PROTECT, related_name="violations", verbose_name="租赁合同"
    )
    kind = models.CharField(
        "情形", max_length=20, choices=[(code, name) for code, (name, _) in VIOLATION_KINDS.items()]
    )
    signal = models.CharField("线索来源", max_length=12, choices=list(VIOLATION_SIGNALS.items()))
    text = models.CharField("线索内容", max_length=300)
    found_on = models.DateField("发现日期")
    #: From when to when it lasted, as found; the decision says it, the money follows from it.
    started_on = models.DateField("起始日期", null=True)
    stopped_on = models.DateField("停止日期", null=True)
    gain_fen = models.BigIntegerField("违法所得（分）", default=0)
    absence = models.CharField("离家原因", max_length=12, choices=list(ABSENCES.items()), blank=True)
    state = models.CharField("状态", max_length=10, choices=list(VIOLATION_STATES.items()), default="signal")
    top_up_fen = models.BigIntegerField("补交市场租金差额（分）", default=0)
    #: The most that a fine could be (11号令 §36); the agency proposes and does not fine.
    fine_cap_fen = models.BigIntegerField("罚款上限（分）", default=0)
    remedy_by = models.DateField("改正期限", null=True)
    decided_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="决定人"
    )
    decided_on = models.DateField("决定日期", null=True)
    grounds = models.CharField("认定理由", max_length=300, blank=True)
    closed_on = models.DateField("结案日期", null=True)
    outcome = models.CharField("结案说明", max_length=300, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="登记人"
    )
    made_at = models.DateTimeField("登记时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "违规"
        constraints = [
            models.UniqueConstraint(
                fields=["lease", "kind"], condition=Q(state__in=VIOLATION_OPEN), name="violation_one_open"
            ),
            models.CheckConstraint(
                condition=Q(gain_fen__gte=0, top_up_fen__gte=0, fine_cap_fen__gte=0),
                name="violation_amounts",
            ),
            # who found it does not decide on it
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(made_by=None) | ~Q(decided_by=F("made_by")),
                name="violation_two_people",
            ),
        ]
        indexes = [models.Index(fields=["state", "found_on"], name="violation_queue")]

    def __str__(self) -> str:
        return self.number


class SiteCheck(models.Model):
    """One visit of two people to the dwelling, with what they saw."""

    violation = models.ForeignKey(Violation, models.PROTECT, related_name="checks", verbose_name="违规")
    on = models.DateField("核查日期")
    first_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="核查人")
    second_by = models.ForeignKey(
        "people.Account", models.PROTECT, related_name="+", verbose_name="同行核查人"
    )
    found = models.BooleanField("是否属实")
    record = models.CharField("核查记录", max_length=300)
    #: ``[{"stored", "name", "digest"}]``: sealed files.
    photos = models.JSONField("照片", default=list)
    made_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "现场核查"
        constraints = [
            models.UniqueConstraint(fields=["violation", "on"], name="sitecheck_once_a_day"),
            models.CheckConstraint(condition=~Q(first_by=F("second_by")), name="sitecheck_two_people"),
        ]


class Exit(models.Model):
    """A way out of a tenancy (腾退): from the ground through hearing, notice and time to move to the dwelling given back."""

    number = models.CharField("编号", max_length=32, unique=True)
    lease = models.ForeignKey("tenancy.Lease", models.PROTECT, related_name="exits", verbose_name="租赁合同")
    ground = models.CharField(
        "事由", max_length=16, choices=[(code, name) for code, (name, _) in EXIT_GROUNDS.items()]
    )
    violation = models.ForeignKey(
        Violation, models.PROTECT, null=True, related_name="exits", verbose_name="违规"
    )
    facts = models.CharField("事实", max_length=300)
    case_number = models.CharField("来源办件", max_length=32, blank=True)
    opened_on = models.DateField("立案日期")
    state = models.CharField("状态", max_length=14, choices=list(EXIT_STATES.items()))
    #: Over-income households may stay at market rent where the place allows it.
    way = models.CharField("处理方式", max_length=8, choices=list(OVER_INCOME_WAYS.items()), default="leave")
    decided_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="决定人"
    )
    decided_on = models.DateField("决定日期", null=True)
    reasons = models.CharField("决定理由", max_length=300, blank=True)
    #: From when remedies lapse (the day the notice was served).
    served_on = models.DateField("送达日期", null=True)
    leave_by = models.DateField("腾退期限", null=True)
    transition_until = models.DateField("过渡期止（含）", null=True)
    transition_rent_fen = models.BigIntegerField("过渡期月租金（分）", null=True)
    closed_on = models.DateField("办结日期", null=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("立案时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "腾退"
        constraints = [
            models.UniqueConstraint(fields=["lease"], condition=Q(state__in=EXIT_OPEN), name="exit_one_open"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(made_by=None) | ~Q(decided_by=F("made_by")),
                name="exit_two_people",
            ),
        ]
        indexes = [models.Index(fields=["state", "leave_by"], name="exit_queue")]

    def __str__(self) -> str:
        return self.number


class ExitStep(models.Model):
    """One dated step of an exit, never changed: heard, decided, served, demanded, applied to the court, enforced."""

    exit = models.ForeignKey(Exit, models.PROTECT, related_name="steps", verbose_name="腾退")
    number = models.PositiveIntegerField("序号")
    state = models.CharField("状态", max_length=14, choices=list(EXIT_STATES.items()))
    on = models.DateField("日期")
    due_on = models.DateField("期限", null=True)
    document = models.CharField("文书", max_length=80, blank=True)
    text = models.CharField("说明", max_length=300, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "腾退步骤"
        constraints = [models.UniqueConstraint(fields=["exit", "number"], name="exitstep_order")]


class Hearing(models.Model):
    """What the household says before something is decided against it: told, asked, answered or silent."""

    lease = models.ForeignKey(
        "tenancy.Lease", models.PROTECT, related_name="hearings", verbose_name="租赁合同"
    )
    violation = models.OneToOneField(
        Violation, models.PROTECT, null=True, related_name="hearing", verbose_name="违规"
    )
    exit = models.OneToOneField(Exit, models.PROTECT, null=True, related_name="hearing", verbose_name="腾退")
    about = models.CharField("告知事项", max_length=500)
    told_at = models.DateTimeField("告知时间")
    due_on = models.DateField("陈述期限")
    way = models.CharField("陈述方式", max_length=8, choices=list(HEARING_WAYS.items()), blank=True)
    said = SealedTextField("陈述意见", blank=True)
    heard_at = models.DateTimeField("听取时间", null=True)
    heard_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="听取人"
    )
    outcome = models.CharField("结果", max_length=10, choices=list(HEARING_OUTCOMES.items()), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "听取意见"
        constraints = [
            models.CheckConstraint(
                condition=Q(violation=None, exit__isnull=False) | Q(violation__isnull=False, exit=None),
                name="tenancy_hearing_about_one",
            )
        ]
        indexes = [models.Index(fields=["outcome", "due_on"], name="tenancy_hearing_queue")]


class Ban(models.Model):
    """Years in which somebody cannot apply anew (11号令 §36: five); the waiting list asks it (``queries.banned_households``)."""

    person = models.ForeignKey("registry.Person", models.PROTECT, related_name="bans", verbose_name="人员")
    lease = models.ForeignKey("tenancy.Lease", models.PROTECT, related_name="bans", verbose_name="租赁合同")
    violation = models.ForeignKey(
        Violation, models.PROTECT, null=True, related_name="bans", verbose_name="违规"
    )
    starts_on = models.DateField("起")
    until = models.DateField("止（含）")
    article = models.CharField("依据", max_length=120)
    lifted_on = models.DateField("解除日期", null=True)
    lift_reason = models.CharField("解除理由", max_length=300, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="决定人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "不得再次申请"
        constraints = [
            models.UniqueConstraint(fields=["person", "violation"], name="ban_once"),
            models.CheckConstraint(condition=Q(until__gt=F("starts_on")), name="ban_days"),
        ]
        indexes = [models.Index(fields=["person", "until"], name="ban_person")]

    @property
    def state(self) -> str:
        """``lifted``; ``asked``: somebody has proposed to lift it; ``standing``. One question unless ``lifts`` are prefetched."""
        if self.lifted_on is not None:
            return "lifted"
        return "asked" if any(lift.state == "proposed" for lift in self.lifts.all()) else "standing"


class Clue(models.Model):
    """A clue handed to the enforcement team (线索移送): a public-institution centre has no penalty power of its own."""

    number = models.CharField("移送编号", max_length=32, unique=True)
    violation = models.OneToOneField(Violation, models.PROTECT, related_name="clue", verbose_name="违规")
    article = models.CharField("依据", max_length=120)
    facts = models.CharField("事实", max_length=500)
    fine_cap_fen = models.BigIntegerField("罚款上限（分）")
    receiver = models.CharField("接收单位", max_length=80)
    sent_on = models.DateField("移送日期")
    receipt = models.CharField("回执编号", max_length=60, blank=True)
    answered_on = models.DateField("回执日期", null=True)
    answer = models.CharField("处理结果", max_length=300, blank=True)
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="经办人")

    class Meta:
        verbose_name = verbose_name_plural = "线索移送"
