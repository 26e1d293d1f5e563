"""What happens around a dwelling: pictures, keys, changes of its facts, checks on the spot, viewings. Dated rows, never rewritten.

Source: operations.md §1A (A02 unit file, A05 occupancy census), §1C (C08 viewings), W18 (two people on the spot).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from guangsha.areas.stock.facts import (
    CHECK_RESULTS,
    CHECK_STATES,
    HALVES,
    KEY_MOVES,
    LAYOUTS,
    METER_KINDS,
    PICTURE_KINDS,
    REQUEST_KINDS,
    REQUEST_STATES,
    VIEWING_STATES,
)


class Picture(models.Model):
    """A photograph or floor plan of an estate, of one of its layouts, or of one dwelling; sealed in ``privacy.files``.

    What is not ``public`` is for staff only: photographs of a lived-in dwelling never become public.
    """

    estate = models.ForeignKey("stock.Estate", models.PROTECT, related_name="pictures", verbose_name="小区")
    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, null=True, related_name="pictures", verbose_name="房屋"
    )
    layout = models.CharField("户型组别", max_length=1, choices=list(LAYOUTS.items()), blank=True)
    kind = models.CharField("类别", max_length=8, choices=list(PICTURE_KINDS.items()))
    title = models.CharField("说明", max_length=60)
    public = models.BooleanField("对外公开", default=False)
    content_type = models.CharField("格式", max_length=12)
    stored = models.CharField("文件", max_length=32)
    digest = models.CharField("摘要", max_length=64)
    size = models.PositiveIntegerField("字节数")
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="上传人"
    )
    made_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "图片"
        constraints = [
            models.UniqueConstraint(fields=["estate", "dwelling", "digest"], name="picture_once"),
            models.UniqueConstraint(
                fields=["estate", "digest"], condition=Q(dwelling=None), name="estate_picture_once"
            ),
        ]


class KeyMove(models.Model):
    """Sets of keys that came into the cabinet or left it; ``Dwelling.keys`` is what lies there now."""

    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, related_name="key_moves", verbose_name="房屋"
    )
    kind = models.CharField("类别", max_length=8, choices=list(KEY_MOVES.items()))
    sets = models.PositiveSmallIntegerField("套数")
    #: Who took or brought them, as said at the counter: a firm, a colleague, the tenant. Never more than a name.
    holder = models.CharField("交接人", max_length=60)
    on = models.DateField("日期")
    back_by = models.DateField("应还日期", null=True)
    reason = models.CharField("事由", max_length=200)
    left = models.PositiveSmallIntegerField("结存套数")
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "钥匙登记"
        constraints = [models.CheckConstraint(condition=Q(sets__gt=0), name="key_move_sets")]


class MeterChange(models.Model):
    """A meter that was replaced: what the old one showed last and the new one first."""

    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, related_name="meter_changes", verbose_name="房屋"
    )
    kind = models.CharField("表", max_length=8, choices=list(METER_KINDS.items()))
    on = models.DateField("更换日期")
    last_value = models.DecimalField("旧表止数", max_digits=12, decimal_places=2)
    first_value = models.DecimalField("新表起数", max_digits=12, decimal_places=2)
    serial = models.CharField("新表编号", max_length=40)
    reason = models.CharField("原因", max_length=200)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "换表记录"
        constraints = [
            models.CheckConstraint(
                condition=Q(last_value__gte=0, first_value__gte=0), name="meter_change_values"
            )
        ]


class DwellingChange(models.Model):
    """A change of a dwelling's facts (area, layout, title …): which, from what to what, from when, why. Never changed."""

    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, related_name="changes", verbose_name="房屋"
    )
    number = models.PositiveIntegerField("序号")
    #: name of the column → [before, after] as text.
    facts = models.JSONField("变更内容")
    on = models.DateField("自何日起")
    reason = models.CharField("原因", max_length=200)
    document = models.CharField("依据", max_length=80, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "房屋变更"
        constraints = [models.UniqueConstraint(fields=["dwelling", "number"], name="dwelling_change_order")]


class StateRequest(models.Model):
    """Taking a dwelling out of the stock (停用、处置) is asked by one person and granted by another."""

    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, related_name="state_requests", verbose_name="房屋"
    )
    kind = models.CharField("申请", max_length=10, choices=list(REQUEST_KINDS.items()))
    state = models.CharField("状态", max_length=8, choices=list(REQUEST_STATES.items()), default="asked")
    reason = models.CharField("原因", max_length=200)
    document = models.CharField("依据", max_length=80, blank=True)
    asked_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="审批人"
    )
    decided_at = models.DateTimeField("审批时间", null=True)
    opinion = models.CharField("审批意见", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "停用处置申请"
        constraints = [
            models.UniqueConstraint(
                fields=["dwelling"], condition=Q(state="asked"), name="state_request_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="state_request_two_people"
            ),
        ]


class CheckRound(models.Model):
    """A census of dwellings (入户清查): which are visited, by when, how far it is."""

    number = models.CharField("编号", max_length=24, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    estate = models.ForeignKey(
        "stock.Estate", models.PROTECT, null=True, related_name="check_rounds", verbose_name="小区"
    )
    name = models.CharField("名称", max_length=60)
    starts_on = models.DateField("开始日期")
    due_on = models.DateField("截止日期")
    closed_on = models.DateField("结束日期", null=True)
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="发起人")
    made_at = models.DateTimeField("发起时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "入户清查"
        constraints = [
            models.UniqueConstraint(fields=["agency", "name"], name="check_round_name"),
            models.CheckConstraint(condition=Q(due_on__gte=F("starts_on")), name="check_round_days"),
        ]

    def __str__(self) -> str:
        return self.name


class OccupancyCheck(models.Model):
    """One dwelling of a census: what two people found. The first writes it down, the second signs that it was so."""

    round = models.ForeignKey(CheckRound, models.PROTECT, related_name="checks", verbose_name="清查")
    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, related_name="occupancy_checks", verbose_name="房屋"
    )
    state = models.CharField("状态", max_length=10, choices=list(CHECK_STATES.items()), default="waiting")
    result = models.CharField("结果", max_length=8, choices=list(CHECK_RESULTS.items()), blank=True)
    on = models.DateField("入户日期", null=True)
    note = models.CharField("情况", max_length=300, blank=True)
    stored = models.CharField("照片", max_length=32, blank=True)
    digest = models.CharField("照片摘要", max_length=64, blank=True)
    content_type = models.CharField("照片格式", max_length=12, blank=True)
    first = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="记录人"
    )
    second = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="同行人"
    )
    recorded_at = models.DateTimeField("记录时间", null=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "入户清查记录"
        constraints = [
            models.UniqueConstraint(fields=["round", "dwelling"], name="occupancy_check_once"),
            models.CheckConstraint(
                condition=Q(second=None) | ~Q(second=F("first")), name="occupancy_check_two_people"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | (Q(on__isnull=False, first__isnull=False) & ~Q(result="")),
                name="occupancy_check_filled",
            ),
        ]
        indexes = [models.Index(fields=["round", "state"], name="occupancy_check_progress")]


class ViewingSlot(models.Model):
    """Half a day on which an estate is shown; ``taken`` never passes ``seats``."""

    estate = models.ForeignKey(
        "stock.Estate", models.PROTECT, related_name="viewing_slots", verbose_name="小区"
    )
    on = models.DateField("日期")
    half = models.CharField("时段", max_length=10, choices=list(HALVES.items()))
    meet_at = models.CharField("集合地点", max_length=80)
    seats = models.PositiveSmallIntegerField("名额")
    taken = models.PositiveSmallIntegerField("已约", default=0)
    closed = models.BooleanField("已取消", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "看房时段"
        constraints = [
            models.UniqueConstraint(fields=["estate", "on", "half"], name="viewing_slot_once"),
            models.CheckConstraint(condition=Q(taken__lte=F("seats")), name="viewing_slot_seats"),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d}{self.get_half_display()}"


class Viewing(models.Model):
    """Somebody's appointment to see an estate. Who it is stands in the register of persons, not here."""

    number = models.CharField("预约号", max_length=24, unique=True)
    slot = models.ForeignKey(ViewingSlot, models.PROTECT, related_name="viewings", verbose_name="时段")
    person = models.ForeignKey("registry.Person", models.PROTECT, related_name="+", verbose_name="预约人")
    case = models.OneToOneField(
        "intake.Case", models.PROTECT, null=True, related_name="viewing", verbose_name="办件"
    )
    people = models.PositiveSmallIntegerField("人数")
    #: The door that they want to see, where they named one at the window; strangers are never shown one.
    dwelling = models.ForeignKey(
        "stock.Dwelling", models.PROTECT, null=True, related_name="viewings", verbose_name="想看的房屋"
    )
    #: Codes of ``facts.NEEDS``.
    needs = models.JSONField("需要的帮助", default=list)
    state = models.CharField("状态", max_length=10, choices=list(VIEWING_STATES.items()), default="booked")
    made_at = models.DateTimeField("预约时间")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "看房预约"
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "person"], condition=~Q(state="cancelled"), name="viewing_once"
            ),
            models.CheckConstraint(condition=Q(people__gte=1, people__lte=6), name="viewing_people"),
        ]
