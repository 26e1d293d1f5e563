"""Repair orders with their visits, lines and photos; safety rounds; hazards until they are put right.

Amounts are whole fen. Limits of repair orders are moments, those of hazards days. Source: operations.md W18, §1M row 7, E05, E09;
公共租赁住房管理办法 (住房和城乡建设部令第11号) §24 (the owner keeps the dwelling in repair).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guangsha.areas.fieldwork.facts import (
    ALARM_LEVELS,
    CAUSES,
    CHANNELS,
    CONTRACTOR_KINDS,
    GRADES,
    HAZARD_KINDS,
    HAZARD_SOURCES,
    HAZARD_STATES,
    LINE_KINDS,
    LIVING_VISITS,
    ORDER_STATES,
    PARTS,
    PAYERS,
    PHOTO_MOMENTS,
    REFUSAL_REASONS,
    REPAIR_KINDS,
    ROUND_KINDS,
    ROUND_STATES,
    SIGNED_WAYS,
    VERDICTS,
    VISIT_STATES,
)
from guangsha.areas.fieldwork.rules import period_text
from guangsha.privacy.fields import SealedTextField


class Contractor(models.Model):
    """Who repairs: the agency's own crew, the property firm of an estate, or a firm under contract."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="委托机构")
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类别", max_length=10, choices=list(CONTRACTOR_KINDS.items()), default="property")
    phone = models.CharField("联系电话", max_length=20, blank=True)
    active = models.BooleanField("在用", default=True)
    #: Its people who sign in: they see what was given to this firm, and nothing else.
    accounts = models.ManyToManyField(
        "people.Account", related_name="contractors", blank=True, verbose_name="账号"
    )

    class Meta:
        verbose_name = verbose_name_plural = "维修单位"
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="contractor_name")]

    def __str__(self) -> str:
        return self.name


class RepairOrder(models.Model):
    """A repair order (维修工单) from the report to the rating. What is reported again within the warranty, or after a refusal, is a
    new order with limits of its own that ``reopens`` the first.
    """

    number = models.CharField("工单号", max_length=32, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="管理机构")
    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, null=True, related_name="repairs", verbose_name="房屋"
    )
    estate = models.ForeignKey(
        "stock.Estate", models.PROTECT, null=True, related_name="repairs", verbose_name="小区"
    )
    lease = models.ForeignKey(
        "tenancy.Lease", models.PROTECT, null=True, related_name="repairs", verbose_name="租约"
    )
    reopens = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reopened_by", verbose_name="再次报修的原工单"
    )
    place = models.CharField("地点", max_length=120)
    reporter = models.ForeignKey(
        "registry.Person", models.PROTECT, null=True, related_name="repairs", verbose_name="报修人"
    )
    account = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="repairs", verbose_name="报修账号"
    )
    phone = SealedTextField("联系电话", blank=True)
    case = models.OneToOneField(
        "intake.Case", models.PROTECT, null=True, related_name="repair", verbose_name="来源办件"
    )
    channel = models.CharField("渠道", max_length=8, choices=list(CHANNELS.items()))
    #: Sent with the form: whoever presses twice reports once.
    key = models.UUIDField("提交键", unique=True)
    kind = models.CharField("类别", max_length=8, choices=list(REPAIR_KINDS.items()))
    text = models.CharField("情况", max_length=500)
    wanted = models.CharField("方便上门的时间", max_length=60, blank=True)
    #: As it was reported, until triage says; then as triage says.
    urgent = models.BooleanField("急修", default=False)
    state = models.CharField("状态", max_length=10, choices=list(ORDER_STATES.items()), default="new")
    reported_at = models.DateTimeField("报修时间")
    answer_due_at = models.DateTimeField("答复期限")
    answered_at = models.DateTimeField("答复时间", null=True)
    finish_due_at = models.DateTimeField("修复期限", null=True)
    contractor = models.ForeignKey(
        Contractor, models.PROTECT, null=True, related_name="orders", verbose_name="维修单位"
    )
    worker = models.CharField("维修人员", max_length=40, blank=True)
    cause = models.CharField("损坏原因", max_length=10, choices=list(CAUSES.items()), blank=True)
    part = models.CharField("损坏部位", max_length=10, choices=list(PARTS.items()), blank=True)
    payer = models.CharField("费用承担", max_length=8, choices=list(PAYERS.items()), blank=True)
    payer_reason = models.CharField("承担理由", max_length=200, blank=True)
    #: What the work is expected to cost where that is more than one person may order.
    estimate_fen = models.BigIntegerField("预计费用（分）", default=0)
    asked_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="费用申请人"
    )
    ceiling_fen = models.BigIntegerField("批准费用（分）", default=0)
    approved_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="费用批准人"
    )
    owner_fen = models.BigIntegerField("产权单位承担（分）", default=0)
    tenant_fen = models.BigIntegerField("承租人承担（分）", default=0)
    signed_way = models.CharField("确认方式", max_length=8, choices=list(SIGNED_WAYS.items()), blank=True)
    signed_by = models.CharField("确认人", max_length=60, blank=True)
    signed_at = models.DateTimeField("确认时间", null=True)
    charged_at = models.DateTimeField("转应收时间", null=True)
    done_at = models.DateTimeField("修复时间", null=True)
    warranty_until = models.DateField("保修至", null=True)
    stars = models.PositiveSmallIntegerField("评价（5 非常满意 … 1 非常不满意）", null=True)
    rating_text = models.CharField("评价意见", max_length=200, blank=True)
    rated_at = models.DateTimeField("评价时间", null=True)
    refusal = models.CharField(
        "不予维修原因", max_length=12, choices=list(REFUSAL_REASONS.items()), blank=True
    )
    refusal_text = models.CharField("不予维修说明", max_length=300, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", verbose_name="并入的工单"
    )
    closed_at = models.DateTimeField("办结时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "维修工单"
        constraints = [
            models.CheckConstraint(
                condition=Q(estimate_fen__gte=0, ceiling_fen__gte=0, owner_fen__gte=0, tenant_fen__gte=0),
                name="repair_amounts",
            ),
            # whoever asks for money does not grant it
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")), name="repair_two_people"
            ),
            models.CheckConstraint(
                condition=Q(stars=None) | Q(stars__gte=1, stars__lte=5), name="repair_stars"
            ),
            models.CheckConstraint(condition=~Q(state="merged") | ~Q(merged_into=None), name="repair_merged"),
        ]
        indexes = [
            models.Index(fields=["agency", "state", "answer_due_at"], name="repair_queue"),
            models.Index(fields=["contractor", "state"], name="repair_contractor"),
            models.Index(fields=["reporter", "-reported_at"], name="repair_reporter"),
            models.Index(fields=["dwelling", "-reported_at"], name="repair_dwelling"),
        ]

    def __str__(self) -> str:
        return self.number


class RepairEvent(models.Model):
    """One step of an order, as its reporter may read it (``text``) and as staff note it (``note``). Never changed or removed."""

    order = models.ForeignKey(RepairOrder, models.PROTECT, related_name="events", verbose_name="工单")
    number = models.PositiveIntegerField("序号")
    act = models.CharField("动作", max_length=16)
    before = models.CharField("原状态", max_length=10, blank=True)
    after = models.CharField("新状态", max_length=10)
    text = models.CharField("告知内容", max_length=300, blank=True)
    note = models.CharField("内部说明", max_length=300, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "工单流转"
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="repair_event_order")]


class RepairVisit(models.Model):
    """One visit to the spot: agreed, arrived, left; or nobody opened."""

    order = models.ForeignKey(RepairOrder, models.PROTECT, related_name="visits", verbose_name="工单")
    planned_at = models.DateTimeField("约定时间")
    worker = models.CharField("维修人员", max_length=40)
    state = models.CharField("状态", max_length=10, choices=list(VISIT_STATES.items()), default="planned")
    arrived_at = models.DateTimeField("到场时间", null=True)
    left_at = models.DateTimeField("离场时间", null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "上门记录"
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=LIVING_VISITS), name="repair_visit_one_living"
            )
        ]


class RepairLine(models.Model):
    """Material used or labour done, at the price of the list on that day (``code``), with who pays it."""

    order = models.ForeignKey(RepairOrder, models.PROTECT, related_name="lines", verbose_name="工单")
    number = models.PositiveIntegerField("序号")
    kind = models.CharField("类别", max_length=8, choices=list(LINE_KINDS.items()))
    code = models.CharField("价目", max_length=24)
    name = models.CharField("名称", max_length=60)
    unit = models.CharField("单位", max_length=8)
    quantity = models.DecimalField("数量", max_digits=8, decimal_places=2)
    price_fen = models.BigIntegerField("单价（分）")
    amount_fen = models.BigIntegerField("金额（分）")
    citation = models.CharField("价目依据", max_length=200)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="登记人"
    )
    made_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "维修用料用工"
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="repair_line_order"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, price_fen__gte=0, amount_fen__gte=0), name="repair_line_amounts"
            ),
        ]


class Checklist(models.Model):
    """What is looked at on a round: ``items`` are ``[{"code", "kind", "text"}]``; a changed list is a new one."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    kind = models.CharField("类别", max_length=8, choices=list(ROUND_KINDS.items()))
    name = models.CharField("名称", max_length=60)
    items = models.JSONField("检查项")
    active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "检查表"
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="checklist_name")]

    def __str__(self) -> str:
        return self.name


class Round(models.Model):
    """One walk through an estate with a checklist: the monthly safety check, a patrol. One per estate, list and period."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="rounds", verbose_name="检查表")
    estate = models.ForeignKey("stock.Estate", models.PROTECT, related_name="rounds", verbose_name="小区")
    #: ``2026-11`` for a monthly list; a day for a patrol.
    period = models.CharField("期次", max_length=10)
    due_on = models.DateField("应完成日")
    state = models.CharField("状态", max_length=8, choices=list(ROUND_STATES.items()), default="planned")
    inspector = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="检查人"
    )
    done_at = models.DateTimeField("完成时间", null=True)
    note = models.CharField("说明", max_length=300, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "检查"
        constraints = [models.UniqueConstraint(fields=["estate", "checklist", "period"], name="round_once")]
        indexes = [models.Index(fields=["agency", "state", "due_on"], name="round_queue")]

    def __str__(self) -> str:
        return f"{self.estate}{self.term}"

    @property
    def term(self) -> str:
        """The period in words; the checklist is asked for its kind."""
        return period_text(self.period, self.checklist.kind)


class Hazard(models.Model):
    """A hazard (安全隐患) until it is put right: graded, given to somebody with a limit, put right, checked by another person, closed."""

    number = models.CharField("隐患编号", max_length=32, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="管理机构")
    estate = models.ForeignKey(
        "stock.Estate", models.PROTECT, null=True, related_name="hazards", verbose_name="小区"
    )
    building = models.ForeignKey(
        "stock.Building", models.PROTECT, null=True, related_name="hazards", verbose_name="楼栋"
    )
    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, null=True, related_name="hazards", verbose_name="房屋"
    )
    place = models.CharField("部位", max_length=120)
    kind = models.CharField("类别", max_length=10, choices=list(HAZARD_KINDS.items()))
    text = models.CharField("情况", max_length=500)
    source = models.CharField("来源", max_length=8, choices=list(HAZARD_SOURCES.items()))
    order = models.ForeignKey(
        RepairOrder, models.PROTECT, null=True, related_name="hazards", verbose_name="相关工单"
    )
    found_on = models.DateField("发现日期")
    found_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="发现人"
    )
    grade = models.CharField("级别", max_length=8, choices=list(GRADES.items()), blank=True)
    state = models.CharField("状态", max_length=10, choices=list(HAZARD_STATES.items()), default="found")
    #: What keeps people safe until it is put right; a major hazard needs it before it can be given to anybody.
    interim = models.CharField("临时防护措施", max_length=300, blank=True)
    duty = models.CharField("责任单位", max_length=80, blank=True)
    contractor = models.ForeignKey(
        Contractor, models.PROTECT, null=True, related_name="hazards", verbose_name="整改单位"
    )
    limit_on = models.DateField("整改期限", null=True)
    fixed_on = models.DateField("整改完成日期", null=True)
    fixed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="整改登记人"
    )
    rechecked_on = models.DateField("复查日期", null=True)
    rechecked_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="复查人"
    )
    closed_on = models.DateField("销号日期", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "安全隐患"
        constraints = [
            # whoever put it right does not find that it is right
            models.CheckConstraint(
                condition=Q(rechecked_by=None) | ~Q(rechecked_by=F("fixed_by")), name="hazard_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("assigned", "fixed", "rechecked"), grade="major") | ~Q(interim=""),
                name="hazard_interim",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (~Q(rechecked_on=None) & ~Q(closed_on=None)),
                name="hazard_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "state", "limit_on"], name="hazard_queue"),
            models.Index(fields=["agency", "found_on"], name="hazard_found"),
        ]

    def __str__(self) -> str:
        return self.number


class HazardEvent(models.Model):
    """One step of a hazard. Never changed or removed."""

    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="events", verbose_name="隐患")
    number = models.PositiveIntegerField("序号")
    act = models.CharField("动作", max_length=16)
    before = models.CharField("原状态", max_length=10, blank=True)
    after = models.CharField("新状态", max_length=10)
    text = models.CharField("说明", max_length=300, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "隐患流转"
        constraints = [models.UniqueConstraint(fields=["hazard", "number"], name="hazard_event_order")]


class RoundItem(models.Model):
    """What was found at one point of a checklist; a fault leads to its hazard, something broken to its repair order."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="results", verbose_name="检查")
    code = models.CharField("检查项", max_length=24)
    verdict = models.CharField("结果", max_length=6, choices=list(VERDICTS.items()))
    text = models.CharField("说明", max_length=300, blank=True)
    hazard = models.OneToOneField(
        Hazard, models.PROTECT, null=True, related_name="round_item", verbose_name="隐患"
    )
    order = models.OneToOneField(
        RepairOrder, models.PROTECT, null=True, related_name="round_item", verbose_name="维修工单"
    )

    class Meta:
        verbose_name = verbose_name_plural = "检查结果"
        constraints = [models.UniqueConstraint(fields=["round", "code"], name="round_item_once")]


class FieldPhoto(models.Model):
    """A photograph of a repair, a hazard or a round, sealed at rest."""

    MOMENTS: ClassVar = list(PHOTO_MOMENTS.items())

    order = models.ForeignKey(
        RepairOrder, models.PROTECT, null=True, related_name="photos", verbose_name="工单"
    )
    hazard = models.ForeignKey(Hazard, models.PROTECT, null=True, related_name="photos", verbose_name="隐患")
    round = models.ForeignKey(Round, models.PROTECT, null=True, related_name="photos", verbose_name="检查")
    moment = models.CharField("时点", max_length=8, choices=MOMENTS)
    stored = models.CharField("存放", max_length=80)
    content_type = models.CharField("类型", max_length=20)
    size = models.PositiveIntegerField("字节")
    digest = models.CharField("摘要", max_length=64)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="上传人"
    )
    made_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "现场照片"
        constraints = [
            models.CheckConstraint(
                condition=Q(order__isnull=False, hazard=None, round=None)
                | Q(order=None, hazard__isnull=False, round=None)
                | Q(order=None, hazard=None, round__isnull=False),
                name="field_photo_of_one",
            ),
            # the same picture twice is one: a form that is sent twice adds nothing
            models.UniqueConstraint(
                fields=["order", "digest"], condition=~Q(order=None), name="field_photo_order"
            ),
            models.UniqueConstraint(
                fields=["hazard", "digest"], condition=~Q(hazard=None), name="field_photo_hazard"
            ),
            models.UniqueConstraint(
                fields=["round", "digest"], condition=~Q(round=None), name="field_photo_round"
            ),
        ]


class FieldAlarm(models.Model):
    """A limit that is near or past, told once for each level and limit."""

    order = models.ForeignKey(
        RepairOrder, models.CASCADE, null=True, related_name="alarms", verbose_name="工单"
    )
    hazard = models.ForeignKey(Hazard, models.CASCADE, null=True, related_name="alarms", verbose_name="隐患")
    level = models.CharField("程度", max_length=10, choices=list(ALARM_LEVELS.items()))
    #: The limit as it stood, in one spelling for both: ISO moment or day.
    limit = models.CharField("期限", max_length=32)
    told = models.PositiveSmallIntegerField("通知人数")
    raised_at = models.DateTimeField("提醒时间")

    class Meta:
        verbose_name = verbose_name_plural = "现场时限提醒"
        constraints = [
            models.CheckConstraint(condition=Q(order=None) ^ Q(hazard=None), name="field_alarm_of_one"),
            models.UniqueConstraint(
                fields=["order", "level", "limit"], condition=~Q(order=None), name="field_alarm_order"
            ),
            models.UniqueConstraint(
                fields=["hazard", "level", "limit"], condition=~Q(hazard=None), name="field_alarm_hazard"
            ),
        ]


class Duty(models.Model):
    """Who is on duty (值班) for an agency in a week: called first when something is urgent or late. Source: operations.md E05."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="duties", verbose_name="机构")
    #: The Monday of the week.
    monday = models.DateField("值班周")
    account = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="值班人")
    deputy = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="带班领导"
    )
    #: The telephone of the duty, not of a person.
    phone = models.CharField("值班电话", max_length=20)
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="排班人")
    made_at = models.DateTimeField("排班时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "值班表"
        constraints = [
            models.UniqueConstraint(fields=["agency", "monday"], name="duty_week"),
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(deputy=F("account")), name="duty_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency}{self.monday:%Y-%m-%d}"
