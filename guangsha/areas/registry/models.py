"""One household, one file (一户一档): persons, memberships with their dates, homes, statuses, declarations.

Source: CJJ/T 197-2012 (entity groups), GB/T 4761 (relations), GB/T 2261 (sex, marital state); operations.md §1A, §6.1.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from guangsha.privacy.fields import BlindIndexField, SealedJSONField, SealedTextField

RELATIONS: list[tuple[str, str]] = [
    ("self", "本人"), ("spouse", "配偶"), ("child", "子女"), ("parent", "父母"), ("grandchild", "孙子女"),
    ("grandparent", "祖父母"), ("sibling", "兄弟姐妹"), ("other", "其他"),
]  # fmt: skip

STATUS_KINDS: list[tuple[str, str]] = [
    ("extreme_poverty", "分散供养特困"), ("minimum_living", "低保"), ("minimum_living_edge", "低保边缘"),
    ("rigid_expenditure", "刚性支出困难"), ("disability", "残疾"), ("veteran", "优抚"), ("bereaved_only_child", "失独"),
    ("lone_elder", "孤老"), ("serious_illness", "重病"), ("talent", "高层次人才"), ("graduate", "大学毕业生"),
    ("public_post", "公益性岗位"), ("dangerous_home", "D级危房户"),
]  # fmt: skip


class Person(models.Model):
    """A person. One row per person for ever: duplicates are merged into it and can be split again."""

    IDENTITY_KINDS: ClassVar = [
        ("resident", "居民身份证"), ("hk_mo_tw", "港澳台居民居住证"), ("foreign_pr", "外国人永久居留身份证"),
        ("passport", "护照"),
    ]  # fmt: skip
    SEXES: ClassVar = [("1", "男"), ("2", "女"), ("0", "未知")]
    MARITAL: ClassVar = [("10", "未婚"), ("20", "已婚"), ("30", "丧偶"), ("40", "离婚"), ("90", "未说明")]

    name = models.CharField("姓名", max_length=60)
    #: Pinyin of the name without tones: search by sound, and duplicates whose name was typed differently.
    name_key = models.CharField("姓名拼音", max_length=120, blank=True, db_index=True)
    identity_kind = models.CharField("证件类型", max_length=12, choices=IDENTITY_KINDS, default="resident")
    identity = SealedTextField("证件号码")
    identity_index = BlindIndexField(of="identity", kind="identity")
    birth_date = models.DateField("出生日期", null=True, db_index=True)
    sex = models.CharField("性别", max_length=1, choices=SEXES, default="0")
    marital = models.CharField("婚姻状况", max_length=2, choices=MARITAL, default="90")
    phone = SealedTextField("手机号", blank=True)
    phone_index = BlindIndexField(of="phone", kind="phone")
    employer = models.CharField("工作单位", max_length=120, blank=True)
    bank_account = SealedTextField("银行账号", blank=True)
    bank_account_index = BlindIndexField(of="bank_account", kind="bank_account")
    bank_name = models.CharField("开户银行", max_length=80, blank=True)
    illness = SealedTextField("病残情况", blank=True)
    died_on = models.DateField("死亡日期", null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", verbose_name="并入"
    )
    version = models.PositiveIntegerField("版本", default=1)
    created_at = models.DateTimeField("建档时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        constraints = [
            models.UniqueConstraint(
                fields=["identity_kind", "identity_index"],
                condition=Q(merged_into=None) & ~Q(identity_index=""),
                name="person_identity_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Household(models.Model):
    """A household file."""

    number = models.CharField("档案号", max_length=24, unique=True)
    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="管理机构")
    community = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="社区")
    head = models.ForeignKey(Person, models.PROTECT, related_name="headed", verbose_name="户主（申请人）")
    programme = models.CharField("保障类别", max_length=24, blank=True)
    opened_on = models.DateField("建档日期")
    closed_on = models.DateField("销档日期", null=True, blank=True)
    note = models.CharField("备注", max_length=300, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "家庭档案"
        indexes = [models.Index(fields=["community", "number"], name="household_community")]

    def __str__(self) -> str:
        return self.number


class Membership(models.Model):
    """A person in a household from one day to another. A person is a counted member of one living household only."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="memberships", verbose_name="家庭")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships", verbose_name="人员")
    relation = models.CharField("与申请人关系", max_length=12, choices=RELATIONS)
    started_on = models.DateField("起")
    ended_on = models.DateField("止", null=True, blank=True)
    end_reason = models.CharField("减员原因", max_length=60, blank=True)
    counted = models.BooleanField("计入保障人口", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "家庭成员"
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_on=None, counted=True), name="membership_one_household"
            )
        ]


class Address(models.Model):
    """Where a household is registered or lives. ``text`` is the address as given; the parts are for search."""

    KINDS: ClassVar = [("hukou", "户籍地址"), ("residence", "现住地址")]

    household = models.ForeignKey(Household, models.CASCADE, related_name="addresses", verbose_name="家庭")
    kind = models.CharField("类别", max_length=10, choices=KINDS)
    text = models.CharField("地址", max_length=200)
    building = models.CharField("小区、楼栋", max_length=120, blank=True)
    room = models.CharField("房号", max_length=40, blank=True)
    started_on = models.DateField("起")
    ended_on = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "地址"


class Home(models.Model):
    """A home that a member owns, rents or has disposed of: the facts of "no home" and of the look-back years."""

    NATURES: ClassVar = [
        ("owned", "自有"),
        ("public_rented", "承租公房"),
        ("market_rented", "市场租赁"),
        ("lent", "借住"),
    ]
    WAYS: ClassVar = [
        ("", "—"),
        ("sold", "转让"),
        ("expropriated", "征收补偿"),
        ("divorce", "离婚析产"),
        ("gift", "赠与"),
    ]

    household = models.ForeignKey(Household, models.CASCADE, related_name="homes", verbose_name="家庭")
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, verbose_name="权利人")
    nature = models.CharField("性质", max_length=14, choices=NATURES)
    address = models.CharField("坐落", max_length=200)
    area_m2 = models.DecimalField("建筑面积（㎡）", max_digits=12, decimal_places=2)
    share = models.DecimalField("份额", max_digits=5, decimal_places=4, default=1)
    rent_fen = models.BigIntegerField("月租金（分）", null=True, blank=True)
    acquired_on = models.DateField("取得日期", null=True, blank=True)
    disposed_on = models.DateField("处置日期", null=True, blank=True)
    disposed_by = models.CharField("处置方式", max_length=12, choices=WAYS, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "住房情况"


class SpecialStatus(models.Model):
    """A status that another department confirmed, with its source and its dates (never deleted, only ended)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="statuses", verbose_name="人员")
    kind = models.CharField("类别", max_length=24, choices=STATUS_KINDS)
    grade = models.CharField("等级", max_length=20, blank=True)
    source = models.CharField("来源", max_length=60)
    evidence = models.CharField("依据（证号、文号）", max_length=80, blank=True)
    started_on = models.DateField("起")
    ended_on = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "特殊身份"
        indexes = [models.Index(fields=["person", "kind"], name="status_person")]


class Declaration(models.Model):
    """Income and assets as a household declared them; sealed, amounts in whole fen.

    ``income``: ``{"<person id>": {"wages": fen per month, …}}``; ``assets``: ``{"deposits": fen, "vehicles": [...]}``.
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="declarations", verbose_name="家庭")
    period = models.CharField("所属期（年-月）", max_length=7)
    income = SealedJSONField("收入")
    assets = SealedJSONField("资产")
    declared_on = models.DateField("申报日期")
    source = models.CharField("来源", max_length=60, default="本人申报")
    case_number = models.CharField("来源办件", max_length=32, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "收入资产申报"
        indexes = [models.Index(fields=["household", "-period"], name="declaration_latest")]


class DuplicatePair(models.Model):
    """Two persons who may be one; ``score`` in hundredths; decided by a person, never by the machine."""

    STATES: ClassVar = [("open", "待核"), ("same", "确认同一人"), ("different", "确认不同人")]

    left = models.ForeignKey(Person, models.CASCADE, related_name="+")
    right = models.ForeignKey(Person, models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField("相似度（百分）")
    reasons = models.JSONField("依据", default=list)
    state = models.CharField("状态", max_length=10, choices=STATES, default="open", db_index=True)
    found_at = models.DateTimeField("发现时间", auto_now_add=True)
    decided_by = models.BigIntegerField("认定人", null=True)
    decided_at = models.DateTimeField("认定时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复"
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="pair_once"),
            models.CheckConstraint(condition=Q(left__lt=models.F("right")), name="pair_ordered"),
        ]


class MergeRequest(models.Model):
    """One person's rows moved to another, asked by one member of staff and approved by a second; ``moved`` undoes it."""

    STATES: ClassVar = [
        ("asked", "待复核"), ("done", "已合并"), ("refused", "未同意"), ("undo", "拆回待复核"), ("split", "已拆回"),
    ]  # fmt: skip

    keep = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="保留")
    drop = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="并入")
    reason = models.CharField("理由", max_length=300)
    state = models.CharField("状态", max_length=8, choices=STATES, default="asked", db_index=True)
    asked_by = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    decided_at = models.DateTimeField("复核时间", null=True)
    moved = models.JSONField("迁移明细", default=dict)
    split_asked_by = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name="拆回申请人"
    )
    split_reason = models.CharField("拆回理由", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "人员合并"


class ImportBatch(models.Model):
    """One uploaded workbook of households; rows that cannot be used are told one by one and change nothing."""

    STATES: ClassVar = [
        ("waiting", "校验中"), ("refused", "不能使用"), ("checked", "已校验"), ("done", "已导入"), ("dropped", "已放弃"),
    ]  # fmt: skip

    agency = models.ForeignKey("people.Agency", models.PROTECT, related_name="+", verbose_name="机构")
    account = models.ForeignKey("people.Account", models.PROTECT, related_name="+", verbose_name="上传人")
    file_name = models.CharField("文件名", max_length=120)
    digest = models.CharField("文件摘要", max_length=64)
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    state = models.CharField("状态", max_length=8, choices=STATES, default="checked")
    rows = models.PositiveIntegerField("行数", default=0)
    usable = models.PositiveIntegerField("可用", default=0)
    done = models.PositiveIntegerField("已导入", default=0)
    #: The workbook itself (privacy.files), only until it has been read.
    stored = models.CharField("暂存文件", max_length=32, blank=True)
    checked = models.PositiveIntegerField("已校验", default=0)
    fault = models.CharField("不能使用的原因", max_length=300, blank=True)
    #: Since when the usable rows are being written; None while nobody has asked for it, or it was broken off.
    running_since = models.DateTimeField("开始导入", null=True)

    #: A job that says nothing for so long was lost with its worker: the import may be asked for again.
    LOST_AFTER: ClassVar = timedelta(hours=1)

    class Meta:
        verbose_name = verbose_name_plural = "批量导入"
        constraints = [models.UniqueConstraint(fields=["agency", "digest"], name="import_file_once")]

    @property
    def is_running(self) -> bool:
        """Whether its usable rows are being written."""
        return self.running_since is not None and timezone.now() - self.running_since < self.LOST_AFTER


class ImportRow(models.Model):
    """One row of an import: what it said (sealed), what is wrong with it, what it became."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="lines", verbose_name="批次")
    number = models.PositiveIntegerField("行号")
    given = SealedJSONField("原始内容")
    faults = models.JSONField("问题", default=list)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+", verbose_name="人员")

    class Meta:
        verbose_name = verbose_name_plural = "导入行"
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="import_row_once")]
