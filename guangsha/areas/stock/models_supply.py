"""Where dwellings come from: plans of supply with their projects, and survey files that bring the dwellings of a building.

Source: operations.md §1C (C09 supply pipeline and unit mix), §1A (A09 survey results).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guangsha.areas.stock.facts import FUNDING_SOURCES, LAYOUTS, PROGRAMMES


class SupplyPlan(models.Model):
    """What an agency is to supply in a year (筹集计划); counts once somebody else than its maker has approved it."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("名称", max_length=60)
    document = models.CharField("文号", max_length=80, blank=True)
    target = models.PositiveIntegerField("目标套数")
    made_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="编制人")
    made_at = models.DateTimeField("编制时间")
    approved_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="审批人"
    )
    approved_at = models.DateTimeField("审批时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "筹集计划"
        constraints = [
            models.UniqueConstraint(fields=["agency", "year", "name"], name="supply_plan_once"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("made_by")), name="supply_plan_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年{self.name}"


class SupplyItem(models.Model):
    """The dwellings of one layout of one project of a plan, from planned to delivered."""

    plan = models.ForeignKey(SupplyPlan, models.PROTECT, related_name="items", verbose_name="计划")
    project = models.CharField("项目", max_length=80)
    estate = models.ForeignKey(
        "stock.Estate", models.PROTECT, null=True, related_name="supply_items", verbose_name="小区"
    )
    funding = models.CharField("来源", max_length=16, choices=list(FUNDING_SOURCES.items()))
    programme = models.CharField(
        "用途", max_length=20, choices=list(PROGRAMMES.items()), default="public_rental"
    )
    layout = models.CharField("户型组别", max_length=1, choices=list(LAYOUTS.items()))
    units = models.PositiveIntegerField("套数")
    area_m2 = models.DecimalField("套均建筑面积（㎡）", max_digits=8, decimal_places=2)
    planned_on = models.DateField("计划交付")
    started_on = models.DateField("开工（签约）日期", null=True)
    delivered_on = models.DateField("交付日期", null=True)
    delivered_units = models.PositiveIntegerField("交付套数", default=0)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "筹集项目"
        constraints = [
            models.UniqueConstraint(fields=["plan", "project", "layout"], name="supply_item_once"),
            models.CheckConstraint(condition=Q(units__gt=0, area_m2__gt=0), name="supply_item_units"),
            models.CheckConstraint(
                condition=Q(delivered_units__lte=F("units")), name="supply_item_delivered"
            ),
        ]


class SurveyImport(models.Model):
    """One uploaded survey file (测绘成果) of an estate: every row is checked, and all are written or none."""

    STATES: ClassVar = [
        ("faulty", "有问题"),
        ("checked", "可导入"),
        ("done", "已导入"),
        ("dropped", "已放弃"),
    ]

    estate = models.ForeignKey(
        "stock.Estate", models.PROTECT, related_name="survey_imports", verbose_name="小区"
    )
    account = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="上传人")
    file_name = models.CharField("文件名", max_length=120)
    digest = models.CharField("文件摘要", max_length=64)
    uploaded_at = models.DateTimeField("上传时间")
    state = models.CharField("状态", max_length=8, choices=STATES)
    rows = models.PositiveIntegerField("行数", default=0)
    faulty = models.PositiveIntegerField("有问题的行", default=0)
    done_at = models.DateTimeField("导入时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "测绘导入"
        constraints = [
            models.UniqueConstraint(
                fields=["estate", "digest"], condition=~Q(state="dropped"), name="survey_file_once"
            )
        ]


class SurveyRow(models.Model):
    """One row of a survey file: what it said, what is wrong with it, the dwelling it became."""

    batch = models.ForeignKey(SurveyImport, models.CASCADE, related_name="lines", verbose_name="批次")
    number = models.PositiveIntegerField("行号")
    given = models.JSONField("原始内容")
    faults = models.JSONField("问题", default=list)
    dwelling = models.ForeignKey(
        "stock.Dwelling", models.SET_NULL, null=True, related_name="+", verbose_name="房屋"
    )

    class Meta:
        verbose_name = verbose_name_plural = "测绘导入行"
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="survey_row_once")]
