"""One dwelling, one file (一套一档): estates, buildings, entrances, dwellings with their dated history.

Areas are hundredths of a square metre as decimals with two places. Source: CJJ/T 197-2012; JGJ/T 246-2012 (house code);
operations.md §1A, §6.1.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guangsha.areas.stock.facts import (
    DWELLING_STATES,
    FUNDING_SOURCES,
    LAYOUTS,
    METER_KINDS,
    PROGRAMMES,
    STRUCTURES,
    TITLE_STATES,
)
from guangsha.areas.stock.models_supply import SupplyItem, SupplyPlan, SurveyImport, SurveyRow
from guangsha.areas.stock.models_use import (
    CheckRound,
    DwellingChange,
    KeyMove,
    MeterChange,
    OccupancyCheck,
    Picture,
    StateRequest,
    Viewing,
    ViewingSlot,
)

__all__ = [
    "Building",
    "CheckRound",
    "Dwelling",
    "DwellingChange",
    "DwellingEvent",
    "Entrance",
    "Estate",
    "KeyMove",
    "MeterChange",
    "MeterReading",
    "OccupancyCheck",
    "Picture",
    "StateRequest",
    "SupplyItem",
    "SupplyPlan",
    "SurveyImport",
    "SurveyRow",
    "Viewing",
    "ViewingSlot",
]


class Estate(models.Model):
    """A residential estate (小区) that the agency manages or in which it has dwellings."""

    code = models.CharField("小区代码", max_length=24, unique=True)
    name = models.CharField("小区名称", max_length=80)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="管理机构")
    community = models.ForeignKey(
        "people.Agency", models.PROTECT, null=True, related_name="+", verbose_name="所在社区"
    )
    address = models.CharField("坐落", max_length=200)
    property_firm = models.CharField("物业服务企业", max_length=120, blank=True)
    longitude = models.DecimalField("经度（CGCS2000）", max_digits=9, decimal_places=6, null=True)
    latitude = models.DecimalField("纬度（CGCS2000）", max_digits=9, decimal_places=6, null=True)
    note = models.CharField("备注", max_length=300, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "小区"
        constraints = [models.UniqueConstraint(fields=["agency", "name"], name="estate_name")]

    def __str__(self) -> str:
        return self.name


class Building(models.Model):
    """A building (楼栋) of an estate."""

    estate = models.ForeignKey(Estate, models.PROTECT, related_name="buildings", verbose_name="小区")
    number = models.CharField("楼栋号", max_length=12)
    house_code = models.CharField("房屋代码", max_length=23, blank=True)
    structure = models.CharField(
        "结构", max_length=12, choices=list(STRUCTURES.items()), default="reinforced"
    )
    completed_year = models.PositiveSmallIntegerField("建成年份", null=True)
    floors = models.PositiveSmallIntegerField("地上层数")
    floors_below = models.PositiveSmallIntegerField("地下层数", default=0)
    lifts = models.PositiveSmallIntegerField("电梯数", default=0)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "楼栋"
        constraints = [models.UniqueConstraint(fields=["estate", "number"], name="building_number")]

    def __str__(self) -> str:
        return f"{self.estate.name}{self.number}栋"


class Entrance(models.Model):
    """A stairwell (单元) of a building with its own door."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="entrances", verbose_name="楼栋")
    number = models.CharField("单元号", max_length=8)

    class Meta:
        verbose_name = verbose_name_plural = "单元"
        constraints = [models.UniqueConstraint(fields=["building", "number"], name="entrance_number")]

    def __str__(self) -> str:
        return f"{self.building}{self.number}单元"


class Dwelling(models.Model):
    """A dwelling (套). ``state`` changes by ``stock.actions.move`` only, which keeps the history.

    ``number`` is how people name it (``1-1-0101``: building, entrance, room), unique in its estate; ``code`` is unique in the house.
    """

    code = models.CharField("房屋编号", max_length=32, unique=True)
    estate = models.ForeignKey(Estate, models.PROTECT, related_name="dwellings", verbose_name="小区")
    building = models.ForeignKey(Building, models.PROTECT, related_name="dwellings", verbose_name="楼栋")
    entrance = models.ForeignKey(Entrance, models.PROTECT, related_name="dwellings", verbose_name="单元")
    number = models.CharField("房号", max_length=24)
    floor = models.SmallIntegerField("楼层")
    door = models.PositiveSmallIntegerField("同层序号", default=1)
    house_code = models.CharField("房屋代码（JGJ/T 246）", max_length=23, blank=True)
    property_code = models.CharField("不动产单元代码", max_length=28, blank=True)
    area_m2 = models.DecimalField("建筑面积（㎡）", max_digits=12, decimal_places=2)
    inner_area_m2 = models.DecimalField("套内面积（㎡）", max_digits=12, decimal_places=2, null=True)
    layout = models.CharField("户型组别", max_length=1, choices=list(LAYOUTS.items()))
    rooms = models.PositiveSmallIntegerField("居室数", default=1)
    facing = models.CharField("朝向", max_length=8, blank=True)
    accessible = models.BooleanField("无障碍", default=False)
    programme = models.CharField(
        "用途", max_length=20, choices=list(PROGRAMMES.items()), default="public_rental"
    )
    funding = models.CharField(
        "资金来源", max_length=16, choices=list(FUNDING_SOURCES.items()), default="built"
    )
    title_state = models.CharField(
        "产权状态", max_length=12, choices=list(TITLE_STATES.items()), default="none"
    )
    title_number = models.CharField("产权证号", max_length=60, blank=True)
    state = models.CharField(
        "房态", max_length=10, choices=list(DWELLING_STATES.items()), default="preparing"
    )
    since = models.DateField("现房态起始日")
    keys = models.PositiveSmallIntegerField("在库钥匙数", default=0)
    note = models.CharField("备注", max_length=300, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "房屋"
        constraints = [
            models.UniqueConstraint(fields=["estate", "number"], name="dwelling_number"),
            models.CheckConstraint(condition=Q(area_m2__gt=0), name="dwelling_area"),
            models.CheckConstraint(
                condition=Q(inner_area_m2=None) | Q(inner_area_m2__lte=F("area_m2")),
                name="dwelling_inner_area",
            ),
        ]
        indexes = [
            models.Index(fields=["estate", "state", "layout"], name="dwelling_queue"),
            models.Index(fields=["building", "entrance", "floor", "door"], name="dwelling_chart"),
        ]

    def __str__(self) -> str:
        return f"{self.estate.name}{self.number}"


class DwellingEvent(models.Model):
    """One change of a dwelling's state, with its cause. Never changed or removed."""

    dwelling = models.ForeignKey(Dwelling, models.PROTECT, related_name="events", verbose_name="房屋")
    number = models.PositiveIntegerField("序号")
    before = models.CharField("原房态", max_length=10, choices=list(DWELLING_STATES.items()), blank=True)
    after = models.CharField("现房态", max_length=10, choices=list(DWELLING_STATES.items()))
    on = models.DateField("日期")
    reason = models.CharField("原因", max_length=200)
    #: The object that caused it: ``allocation.plan``, ``tenancy.lease`` … and its key.
    source_type = models.CharField("来源类别", max_length=32, blank=True)
    source_id = models.CharField("来源编号", max_length=40, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "房态变化"
        constraints = [models.UniqueConstraint(fields=["dwelling", "number"], name="dwelling_event_order")]
        indexes = [models.Index(fields=["source_type", "source_id"], name="dwelling_event_source")]


class MeterReading(models.Model):
    """What a meter of a dwelling showed on a day."""

    KINDS: ClassVar = list(METER_KINDS.items())

    dwelling = models.ForeignKey(Dwelling, models.PROTECT, related_name="readings", verbose_name="房屋")
    kind = models.CharField("表", max_length=8, choices=KINDS)
    on = models.DateField("抄表日期")
    value = models.DecimalField("读数", max_digits=12, decimal_places=2)
    source_type = models.CharField("来源类别", max_length=32, blank=True)
    source_id = models.CharField("来源编号", max_length=40, blank=True)
    made_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="抄表人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "抄表记录"
        constraints = [models.CheckConstraint(condition=Q(value__gte=0), name="meter_reading_value")]
        indexes = [models.Index(fields=["dwelling", "kind", "on"], name="meter_reading_order")]
