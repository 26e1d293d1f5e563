"""A unit's year: its indicator table, the reports made from records, and what each figure was made of.

Reports and what they stand on are written once; a correction is the next version. Source: performance.md §1, §2;
预算法实施条例 and 财预〔2020〕10号 (self-evaluation rests on evidence; quoted from knowledge, not checked against the text).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guangsha.audit.kept import KeptModel

VERSION_KINDS: dict[str, str] = {"draft": "试算", "closing": "定稿", "correction": "更正"}


class UnitYear(models.Model):
    """The self-evaluation of one unit for one year. ``frame`` is the table without the figures that bindings fill."""

    STATES: ClassVar = [("open", "编制中"), ("closed", "已定稿")]

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    year = models.PositiveSmallIntegerField("年度")
    unit = models.CharField("单位全称", max_length=120)
    profile = models.CharField("口径模板", max_length=64)
    state = models.CharField("状态", max_length=8, choices=STATES, default="open")
    frame = models.JSONField("表框")
    table_file = models.CharField("指标取数表", max_length=120)
    table_text = models.TextField("指标取数表原文")
    table_digest = models.CharField("指标取数表摘要", max_length=64)
    table_by = models.CharField("导入人", max_length=60)
    table_at = models.DateTimeField("导入时间")
    closed_at = models.DateTimeField("定稿时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "单位年度"
        constraints = [models.UniqueConstraint(fields=["agency", "year"], name="unityear_once")]

    def __str__(self) -> str:
        return f"{self.unit} {self.year} 年度"


class IndicatorBinding(models.Model):
    """What fills one figure of the table, or one part of a text: a metric over records, or a hand with its evidence."""

    unit_year = models.ForeignKey(UnitYear, models.CASCADE, related_name="bindings", verbose_name="单位年度")
    position = models.PositiveIntegerField("序号")
    path = models.CharField("位置", max_length=160)
    part = models.CharField("部分", max_length=20, blank=True)
    template = models.CharField("文字", max_length=300, blank=True)
    metric = models.CharField("取数指标", max_length=60, blank=True)
    parameters = models.JSONField("参数", default=dict)
    unit = models.CharField("计量单位", max_length=12, blank=True)
    decimals = models.PositiveSmallIntegerField("小数位", default=0)
    trim = models.BooleanField("不印末尾的零", default=False)
    value = models.CharField("填写的值", max_length=300, blank=True)
    evidence = models.CharField("依据", max_length=300, blank=True)
    evidence_digest = models.CharField("佐证文件摘要", max_length=64, blank=True)
    person = models.CharField("填写人", max_length=60, blank=True)
    entered_on = models.DateField("填写日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "指标取数"
        constraints = [
            models.UniqueConstraint(fields=["unit_year", "path", "part"], name="binding_once"),
            # what no record proves is proved by paper, and somebody stands for it
            models.CheckConstraint(
                condition=~Q(metric="")
                | (Q(entered_on__isnull=False) & ~Q(person="") & (~Q(evidence="") | ~Q(evidence_digest=""))),
                name="binding_evidence",
            ),
        ]


class ReportVersion(KeptModel):
    """One report as it was made. ``facts`` is the text of facts.json; the files of the package are made from it again."""

    unit_year = models.ForeignKey(UnitYear, models.PROTECT, related_name="versions", verbose_name="单位年度")
    number = models.PositiveIntegerField("版本号")
    kind = models.CharField("类别", max_length=10, choices=list(VERSION_KINDS.items()))
    reason = models.CharField("说明", max_length=300, blank=True)
    figures = models.TextField("填好的指标表")
    facts = models.TextField("数据及来源")
    scores = models.TextField("得分")
    figures_digest = models.CharField("指标表摘要", max_length=64)
    facts_digest = models.CharField("数据摘要", max_length=64)
    #: Paths of figures that no record could tell.
    gaps = models.JSONField("空缺", default=list)
    as_of = models.DateTimeField("数据截至")
    made_by = models.BigIntegerField("编制人")
    made_by_name = models.CharField("编制人姓名", max_length=60)
    made_at = models.DateTimeField("编制时间")

    class Meta:
        verbose_name = verbose_name_plural = "报告版本"
        constraints = [models.UniqueConstraint(fields=["unit_year", "number"], name="version_number")]

    def __str__(self) -> str:
        return f"{self.unit_year} 第 {self.number} 版"


class RecordSet(KeptModel):
    """The records that a figure was made of, once for all figures that share them: ``lines`` compressed (facts.metrics)."""

    digest = models.CharField("内容摘要", max_length=64, unique=True)
    count = models.PositiveIntegerField("条数")
    lines = models.BinaryField("记录")

    class Meta:
        verbose_name = verbose_name_plural = "记录集"


class CellTrace(KeptModel):
    """How one figure of a version, or one part of a text, was made from records."""

    version = models.ForeignKey(ReportVersion, models.PROTECT, related_name="traces", verbose_name="报告版本")
    position = models.PositiveIntegerField("序号")
    path = models.CharField("位置", max_length=160)
    part = models.CharField("部分", max_length=20, blank=True)
    #: Key of the fact that it became (facts.fact.Fact.key).
    fact = models.CharField("数据项", max_length=200)
    text = models.CharField("所印", max_length=300, blank=True)
    #: The exact value in the metric's unit: a whole number or a fraction; empty where there was nothing to tell.
    exact = models.CharField("精确值", max_length=60, blank=True)
    metric = models.CharField("取数指标", max_length=60)
    metric_version = models.PositiveSmallIntegerField("指标版本")
    definition = models.CharField("口径", max_length=300)
    parameters = models.CharField("参数", max_length=300, blank=True)
    unit = models.CharField("计量单位", max_length=12, blank=True)
    ids_digest = models.CharField("记录编号摘要", max_length=64)
    records = models.ForeignKey(RecordSet, models.PROTECT, related_name="traces", verbose_name="记录集")

    class Meta:
        verbose_name = verbose_name_plural = "数据追溯"
        constraints = [models.UniqueConstraint(fields=["version", "path", "part"], name="trace_once")]
        indexes = [models.Index(fields=["version", "fact"], name="trace_fact")]


class StaffPost(models.Model):
    """An established post (编制) of a unit, from the day its approval took effect until it was withdrawn."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    number = models.CharField("编号", max_length=20)
    title = models.CharField("岗位", max_length=60)
    document_number = models.CharField("核定文号", max_length=60)
    started_on = models.DateField("核定日期")
    ended_on = models.DateField("核减日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "编制岗位"
        constraints = [models.UniqueConstraint(fields=["agency", "number"], name="staffpost_number")]


class PostHolding(models.Model):
    """Who holds a post from one day to another; one person at a time."""

    post = models.ForeignKey(StaffPost, models.PROTECT, related_name="holdings", verbose_name="编制岗位")
    name = models.CharField("姓名", max_length=60)
    started_on = models.DateField("到岗日期")
    ended_on = models.DateField("离岗日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "在岗人员"
        constraints = [
            models.UniqueConstraint(fields=["post"], condition=Q(ended_on=None), name="postholding_one"),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")), name="postholding_days"
            ),
        ]


class Survey(models.Model):
    """A survey of those served (满意度调查): when it was asked, of whom, and in which paper it is kept."""

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    code = models.CharField("代码", max_length=40)
    title = models.CharField("名称", max_length=120)
    began_on = models.DateField("开始日期")
    ended_on = models.DateField("结束日期")
    sent = models.PositiveIntegerField("发出份数")
    evidence = models.CharField("原始问卷存放", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "满意度调查"
        constraints = [
            models.UniqueConstraint(fields=["agency", "code"], name="survey_code"),
            models.CheckConstraint(condition=Q(ended_on__gte=F("began_on")), name="survey_days"),
        ]


class SurveyAnswer(models.Model):
    """One sheet that came back, without a name: its number and its grade."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="answers", verbose_name="满意度调查")
    number = models.PositiveIntegerField("问卷号")
    grade = models.PositiveSmallIntegerField("评价（5 非常满意 … 1 非常不满意）")

    class Meta:
        verbose_name = verbose_name_plural = "调查问卷"
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="surveyanswer_number"),
            models.CheckConstraint(condition=Q(grade__gte=1, grade__lte=5), name="surveyanswer_grade"),
        ]
