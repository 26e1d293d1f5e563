"""The waiting list, plans of allocation with their dwellings and families, and what happened in the room of selection.

Source: 公共租赁住房管理办法（住房和城乡建设部令第11号）§10-15; 社会救助法 §26, §48; operations.md W3, §4.1, §4.2 item 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db import models
from django.db.models import F, Q

from guangsha.areas.allocation.facts import (
    CHANGE_KINDS,
    CHANGE_STATES,
    CHANNELS,
    DECLINE_REASONS,
    ENTRY_STATES,
    HEARING_OUTCOMES,
    LIVING,
    MATCHING,
    METHODS,
    OFFER_STATES,
    OUTCOMES,
    PLAN_STATES,
    PROXIES,
    QUEUES,
    RECHECKS,
    REGISTRATION_STATES,
    SESSION_EVENTS,
    SESSION_STATES,
    TIERS,
)
from guangsha.areas.allocation.models_draw import (  # noqa: F401 - Django finds them from here
    Draw,
    DrawFile,
    DrawStep,
)
from guangsha.audit.kept import KeptModel
from guangsha.privacy.fields import SealedJSONField, SealedTextField


class WaitlistEntry(models.Model):
    """A household's place in the waiting list (轮候): since when, in which tier, for which layout.

    The order inside an agency, layout and tier is ``(listed_on, number)``; numbers are given in the order of listing.
    """

    number = models.CharField("轮候号", max_length=24, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="轮候机构")
    household = models.ForeignKey(
        "registry.Household", models.PROTECT, related_name="waitlist_entries", verbose_name="家庭"
    )
    applicant = models.ForeignKey(
        "registry.Person", models.PROTECT, related_name="waitlist_entries", verbose_name="申请人"
    )
    case = models.ForeignKey(
        "intake.Case", models.PROTECT, null=True, related_name="waitlist_entries", verbose_name="资格办件"
    )
    certificate_number = models.CharField("资格证明编号", max_length=40, blank=True)
    certificate_until = models.DateField("资格有效期至", null=True)
    listed_on = models.DateField("轮候起始日")
    tier = models.PositiveSmallIntegerField("保障层次", choices=list(TIERS.items()), default=2)
    #: Codes of the grounds on which it is in the first tier; never printed in public.
    grounds = models.JSONField("优先依据", default=list)
    layout = models.CharField("户型组别", max_length=1, choices=list(QUEUES.items()))
    members = models.PositiveSmallIntegerField("保障人口")
    refusals = models.PositiveSmallIntegerField("弃选次数", default=0)
    state = models.CharField("状态", max_length=10, choices=list(ENTRY_STATES.items()), default="waiting")
    state_since = models.DateField("现状态起始日")
    state_reason = models.CharField("状态原因", max_length=300, blank=True)
    suspended_until = models.DateField("暂停至", null=True)
    #: After leaving the list for refusing: no new entry before this day.
    barred_until = models.DateField("不得再轮候至", null=True)
    housed_on = models.DateField("入住日期", null=True)
    lease_number = models.CharField("租约号", max_length=32, blank=True)
    warned_on = models.DateField("轮候期提醒日", null=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("登记时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "轮候登记"
        constraints = [
            models.UniqueConstraint(
                fields=["household"], condition=Q(state__in=LIVING), name="waitlist_one_living"
            ),
            models.CheckConstraint(condition=Q(members__gte=1, tier__gte=1), name="waitlist_form"),
        ]
        indexes = [
            # the place of an entry is a count over this index
            models.Index(
                fields=["agency", "layout", "tier", "listed_on", "number"],
                condition=Q(state__in=["waiting", "registered"]),
                name="waitlist_place",
            ),
            models.Index(fields=["agency", "state", "listed_on"], name="waitlist_queue"),
            models.Index(fields=["applicant", "state"], name="waitlist_applicant"),
        ]

    def __str__(self) -> str:
        return self.number


class EntryChange(models.Model):
    """A change against the household's wish (暂停、退出、调出优先): told, heard, then signed by a second person (社会救助法 §48)."""

    entry = models.ForeignKey(WaitlistEntry, models.PROTECT, related_name="changes", verbose_name="轮候登记")
    number = models.PositiveIntegerField("序号")
    kind = models.CharField("类别", max_length=8, choices=list(CHANGE_KINDS.items()))
    reason = models.CharField("理由", max_length=300)
    basis = models.CharField("依据", max_length=120, blank=True)
    until = models.DateField("期限", null=True)
    state = models.CharField("状态", max_length=10, choices=list(CHANGE_STATES.items()), default="hearing")
    told_at = models.DateTimeField("告知时间", null=True)
    due_on = models.DateField("陈述期限", null=True)
    said = SealedTextField("陈述意见", blank=True)
    outcome = models.CharField("听取结果", max_length=10, choices=list(HEARING_OUTCOMES.items()), blank=True)
    heard_at = models.DateTimeField("听取时间", null=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="决定人"
    )
    confirmed_at = models.DateTimeField("决定时间", null=True)
    document_number = models.CharField("文号", max_length=60, blank=True)
    note = models.CharField("决定意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "轮候变更"
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="entry_change_order"),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state__in=["hearing", "proposed"]), name="entry_change_one_open"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(made_by=None) | ~Q(confirmed_by=F("made_by")),
                name="entry_change_two_people",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="entry_change_queue")]


class Plan(models.Model):
    """A plan of allocation (配租方案): which dwellings, who may apply, when, and in which order families choose."""

    number = models.CharField("方案编号", max_length=24, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="配租机构")
    name = models.CharField("方案名称", max_length=80)
    document_number = models.CharField("方案文号", max_length=60, blank=True)
    method = models.CharField("定序办法", max_length=8, choices=list(METHODS.items()), default="draw")
    matching = models.CharField("配房办法", max_length=8, choices=list(MATCHING.items()), default="people")
    place = models.CharField("选房地点", max_length=120, blank=True)
    selects_on = models.DateField("选房开始日", null=True)
    rent_note = models.CharField("租金说明", max_length=200, blank=True)
    audience = models.CharField("登记对象", max_length=200, blank=True)
    register_from = models.DateField("登记起")
    register_until = models.DateField("登记止（含）")
    recheck_until = models.DateField("复核期限", null=True)
    notice_from = models.DateField("公示起", null=True)
    notice_until = models.DateField("公示止（含）", null=True)
    #: The public list of the result is taken down after this day.
    public_until = models.DateField("公开期限", null=True)
    notice = models.ForeignKey(
        "intake.Notice", models.PROTECT, null=True, related_name="+", verbose_name="名册公示"
    )
    state = models.CharField("状态", max_length=12, choices=list(PLAN_STATES.items()), default="planned")
    waitlist_ratio = models.DecimalField("候补比例", max_digits=4, decimal_places=2, default=0)
    choose_minutes = models.PositiveSmallIntegerField("选房时限（分钟）", default=5)
    lock_minutes = models.PositiveSmallIntegerField("签字时限（分钟）", default=5)
    #: How it was announced: ``first_tier_share``, ``half_day``, ``desks``, ``score``; ``low_floor`` and ``elder_age`` say which
    #: dwellings elderly or disabled families choose first (none where they are missing).
    rules = models.JSONField("规则", default=dict)
    #: Seed of the draw in hex, for matching by machine; empty before the draw.
    seed = models.CharField("种子", max_length=64, blank=True)
    reason = models.CharField("取消原因", max_length=300, blank=True)
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="拟订人")
    made_at = models.DateTimeField("拟订时间")
    approved_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    approved_at = models.DateTimeField("批准时间", null=True)
    opened_at = models.DateTimeField("开始选房时间", null=True)
    done_at = models.DateTimeField("完成时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "配租方案"
        constraints = [
            models.CheckConstraint(condition=Q(register_until__gte=F("register_from")), name="plan_window"),
            models.CheckConstraint(
                condition=Q(waitlist_ratio__gte=0, waitlist_ratio__lte=1), name="plan_waitlist_ratio"
            ),
            models.CheckConstraint(
                condition=Q(
                    choose_minutes__gte=1, choose_minutes__lte=120, lock_minutes__gte=1, lock_minutes__lte=60
                ),
                name="plan_minutes",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("made_by")), name="plan_two_people"
            ),
        ]
        indexes = [models.Index(fields=["agency", "state", "register_until"], name="plan_queue")]

    def __str__(self) -> str:
        return self.name

    @property
    def announced(self) -> Mapping[str, Any]:
        """The rules as data."""
        return cast(Mapping[str, Any], self.rules)


class Registration(models.Model):
    """A household's registration for a plan (意向登记), its re-check, its number in the order, and its way through the session."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="registrations", verbose_name="配租方案")
    waitlist_entry = models.ForeignKey(
        WaitlistEntry, models.PROTECT, related_name="registrations", verbose_name="轮候登记"
    )
    entry_no = models.CharField("登记号", max_length=12)
    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="+", verbose_name="家庭")
    applicant = models.ForeignKey("registry.Person", models.PROTECT, related_name="+", verbose_name="申请人")
    case = models.ForeignKey(
        "intake.Case", models.PROTECT, null=True, related_name="+", verbose_name="登记办件"
    )
    channel = models.CharField("登记渠道", max_length=8, choices=list(CHANNELS.items()), default="case")
    layout = models.CharField("户型组别", max_length=1, choices=list(QUEUES.items()))
    tier = models.PositiveSmallIntegerField("保障层次", choices=list(TIERS.items()), default=2)
    members = models.PositiveSmallIntegerField("保障人口")
    score = models.IntegerField("得分（百分之一分）", null=True)
    state = models.CharField(
        "状态", max_length=12, choices=list(REGISTRATION_STATES.items()), default="registered"
    )
    recheck = models.CharField("复核结果", max_length=8, choices=list(RECHECKS.items()), blank=True)
    recheck_trace = SealedJSONField("复核过程")
    recheck_digest = models.CharField("复核摘要", max_length=64, blank=True)
    rechecked_at = models.DateTimeField("复核时间", null=True)
    #: Told of a difference and asked; nobody is left out before this day or an answer.
    heard_due_on = models.DateField("陈述期限", null=True)
    heard_said = SealedTextField("陈述意见", blank=True)
    heard_at = models.DateTimeField("听取时间", null=True)
    settled_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="认定人"
    )
    settled_at = models.DateTimeField("认定时间", null=True)
    settled_reason = models.CharField("认定理由", max_length=300, blank=True)
    #: Numbers of dwellings in the family's order of wish, for matching by machine.
    wishes = models.JSONField("志愿", default=list)
    proxy = models.CharField("到场人", max_length=8, choices=list(PROXIES.items()), default="self")
    proxy_name = models.CharField("到场人姓名", max_length=60, blank=True)
    registered_at = models.DateTimeField("登记时间")
    # the order
    order_number = models.PositiveIntegerField("顺序号", null=True)
    ticket = models.CharField("随机值", max_length=64, blank=True)
    outcome = models.CharField("定序结果", max_length=8, choices=list(OUTCOMES.items()), blank=True)
    #: The day on which the family was told its place in the order and what comes next; once.
    order_told_at = models.DateTimeField("顺序告知时间", null=True)
    #: Somebody in it is elderly or disabled, as its file said when the roster was frozen; never printed in public.
    needs_low = models.BooleanField("优先选低层和无障碍", default=False)
    # the room
    session_state = models.CharField(
        "选房状态", max_length=10, choices=list(SESSION_STATES.items()), default="waiting"
    )
    #: Who missed their call stands behind everybody else of the half-day: the calls already missed.
    missed = models.PositiveSmallIntegerField("过号次数", default=0)
    called_at = models.DateTimeField("叫号时间", null=True)
    choosing_until = models.DateTimeField("选房截止", null=True)
    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, null=True, related_name="+", verbose_name="选定房屋"
    )
    signed_at = models.DateTimeField("签字时间", null=True)
    decline_reason = models.CharField(
        "弃选原因", max_length=12, choices=list(DECLINE_REASONS.items()), blank=True
    )
    decline_note = models.CharField("弃选说明", max_length=300, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "配租登记"
        constraints = [
            models.UniqueConstraint(fields=["plan", "entry_no"], name="registration_entry_no"),
            models.UniqueConstraint(
                fields=["plan", "waitlist_entry"],
                condition=~Q(state="withdrawn"),
                name="registration_once",
            ),
            models.UniqueConstraint(fields=["plan", "layout", "order_number"], name="registration_order"),
            models.UniqueConstraint(fields=["plan", "dwelling"], name="registration_dwelling"),
            models.CheckConstraint(
                condition=~Q(session_state="signed")
                | (Q(dwelling__isnull=False) & Q(signed_at__isnull=False)),
                name="registration_signed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["plan", "session_state", "layout", "order_number"], name="registration_room"
            ),
            models.Index(fields=["plan", "state", "recheck"], name="registration_recheck"),
            models.Index(fields=["applicant", "state"], name="registration_applicant"),
        ]

    def __str__(self) -> str:
        return self.entry_no


class PlanDwelling(models.Model):
    """A dwelling that a plan offers. Who locks it does so with one conditional UPDATE: first come, first served."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="dwellings", verbose_name="配租方案")
    dwelling = models.ForeignKey("stock.Dwelling", models.PROTECT, related_name="offers", verbose_name="房屋")
    #: How the roster of dwellings prints it, unique in the plan.
    unit_no = models.CharField("房源号", max_length=40)
    layout = models.CharField("户型组别", max_length=1, choices=list(QUEUES.items()))
    floor = models.SmallIntegerField("楼层")
    area_m2 = models.DecimalField("建筑面积（㎡）", max_digits=12, decimal_places=2)
    accessible = models.BooleanField("无障碍", default=False)
    state = models.CharField("状态", max_length=10, choices=list(OFFER_STATES.items()), default="open")
    lock_until = models.DateTimeField("锁定至", null=True)
    registration = models.OneToOneField(
        Registration, models.PROTECT, null=True, related_name="offer", verbose_name="登记"
    )
    note = models.CharField("撤出原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "方案房源"
        constraints = [
            models.UniqueConstraint(fields=["plan", "dwelling"], name="offer_once_in_plan"),
            models.UniqueConstraint(fields=["plan", "unit_no"], name="offer_unit_no"),
            # never on offer in two plans at a time
            models.UniqueConstraint(
                fields=["dwelling"], condition=Q(state__in=["open", "locked"]), name="offer_one_plan"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="open", registration=None, lock_until=None)
                    | Q(state="locked", registration__isnull=False, lock_until__isnull=False)
                    | Q(state="signed", registration__isnull=False)
                    | Q(state="withdrawn", registration=None)
                ),
                name="offer_form",
            ),
        ]
        indexes = [models.Index(fields=["plan", "layout", "state", "floor", "unit_no"], name="offer_board")]

    def __str__(self) -> str:
        return self.unit_no


class SelectionEvent(KeptModel):
    """One thing that happened in the session, in the order of its key. Written once."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="events", verbose_name="配租方案")
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, related_name="events", verbose_name="登记"
    )
    offer = models.ForeignKey(
        PlanDwelling, models.PROTECT, null=True, related_name="events", verbose_name="房源"
    )
    kind = models.CharField("事件", max_length=16, choices=list(SESSION_EVENTS.items()))
    at = models.DateTimeField("时间")
    account = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "选房记录"
        indexes = [models.Index(fields=["plan", "-id"], name="selection_event_order")]
