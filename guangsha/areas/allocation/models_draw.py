"""A draw in the office: what was frozen, who committed, which randomness came, every step; nothing is ever removed.

Secrets are not here before they are opened on the stage: until then the holder has them, and a copy sealed to a third party.
Source: operations.md §4.2; docs/algorithms/draw.md.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from guangsha.areas.allocation.draw_facts import DRAW_STATES, ONCE, SPECS, STEPS
from guangsha.areas.allocation.rules import draw_title
from guangsha.audit.kept import KeptModel


def _person(label: str) -> models.ForeignKey[object, object]:
    return models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+", verbose_name=label
    )


class Draw(models.Model):
    """One draw (摇号) of a plan under an id that is never used again."""

    plan = models.ForeignKey("allocation.Plan", models.PROTECT, related_name="draws", verbose_name="配租方案")
    draw_id = models.CharField("摇号编号", max_length=64, unique=True)
    number = models.PositiveSmallIntegerField("第几次")
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name="代替的摇号"
    )
    spec = models.CharField("规范", max_length=8, choices=list(SPECS.items()), default="HLD1")
    state = models.CharField("状态", max_length=10, choices=list(DRAW_STATES.items()), default="frozen")
    entries = models.PositiveIntegerField("登记数")
    units = models.PositiveIntegerField("房源数")
    h_roster = models.CharField("名册摘要", max_length=64)
    h_units = models.CharField("房源摘要", max_length=64)
    h_rules = models.CharField("规则摘要", max_length=64)
    draws_at = models.DateTimeField("摇号时间")
    place = models.CharField("摇号地点", max_length=120)
    frozen_by = _person("冻结人")
    frozen_at = models.DateTimeField("冻结时间")
    published_at = models.DateTimeField("公布时间", null=True)

    c_op = models.CharField("操作员承诺值", max_length=64, blank=True)
    c_nt = models.CharField("公证员承诺值", max_length=64, blank=True)
    op_by = _person("操作员")
    nt_by = _person("公证员")
    escrow_party = models.CharField("托管方", max_length=120, blank=True)
    escrow_key = models.TextField("托管方公钥", blank=True)
    op_escrow = models.TextField("操作员托管件", blank=True)
    nt_escrow = models.TextField("公证员托管件", blank=True)

    e1_source = models.CharField("公开随机数来源", max_length=120, blank=True)
    #: How E1 begins when it is the announced one: ``FC-SSQ:2026999:``.
    e1_prefix = models.CharField("公开随机数开头", max_length=60, blank=True)
    e1_at = models.DateTimeField("开奖时间", null=True)
    e1_fallback = models.CharField("未开奖时的办法", max_length=200, blank=True)
    e1 = models.CharField("公开随机数 E1", max_length=200, blank=True)
    e1_proof = models.CharField("公开随机数凭据", max_length=300, blank=True)
    e1_by = _person("公开随机数录入人")
    e1_confirmed_by = _person("公开随机数核对人")
    e2 = models.CharField("现场摇球 E2", max_length=130, blank=True)
    e2_proof = models.CharField("现场摇球凭据", max_length=300, blank=True)
    e2_by = _person("现场摇球录入人")
    e2_confirmed_by = _person("现场摇球核对人")

    op = models.CharField("操作员秘密数", max_length=64, blank=True)
    nt = models.CharField("公证员秘密数", max_length=64, blank=True)
    op_from_escrow = models.BooleanField("操作员用托管件", default=False)
    nt_from_escrow = models.BooleanField("公证员用托管件", default=False)
    seed = models.CharField("种子", max_length=64, blank=True)
    drawn_at = models.DateTimeField("结果时间", null=True)
    #: The list with masked names is taken down after this day; the pack, in which nobody is named, stays.
    public_until = models.DateField("名单公开至", null=True)
    aborted_at = models.DateTimeField("中止时间", null=True)
    abort_reason = models.CharField("中止原因", max_length=300, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "摇号"
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="draw_number"),
            models.UniqueConstraint(fields=["plan"], condition=~Q(state="aborted"), name="draw_one_living"),
            models.CheckConstraint(
                condition=Q(op_by=None) | Q(nt_by=None) | ~Q(op_by=F("nt_by")), name="draw_two_holders"
            ),
            models.CheckConstraint(
                condition=Q(e1_by=None) | Q(e1_confirmed_by=None) | ~Q(e1_by=F("e1_confirmed_by")),
                name="draw_e1_two_people",
            ),
            models.CheckConstraint(
                condition=Q(e2_by=None) | Q(e2_confirmed_by=None) | ~Q(e2_by=F("e2_confirmed_by")),
                name="draw_e2_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="drawn") | (~Q(seed="") & Q(drawn_at__isnull=False)), name="draw_has_seed"
            ),
        ]
        indexes = [models.Index(fields=["state", "-draws_at"], name="draw_calendar")]

    def __str__(self) -> str:
        return self.draw_id

    @property
    def title(self) -> str:
        """What stands over its pages."""
        return draw_title(self.plan.name)


class DrawFile(KeptModel):
    """A published file of a draw, byte for byte. Its name is there once: a result cannot be written a second time."""

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="files", verbose_name="摇号")
    name = models.CharField("文件名", max_length=64)
    data = models.BinaryField("内容")
    digest = models.CharField("SM3", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "摇号文件"
        constraints = [models.UniqueConstraint(fields=["draw", "name"], name="draw_file_once")]


class DrawStep(KeptModel):
    """One step of a draw, in the order of its key. Written once."""

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="steps", verbose_name="摇号")
    kind = models.CharField("步骤", max_length=14, choices=list(STEPS.items()))
    at = models.DateTimeField("时间")
    account = _person("操作人")
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "摇号记录"
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "kind"], condition=Q(kind__in=ONCE), name="draw_step_once"
            )
        ]
        indexes = [models.Index(fields=["draw", "id"], name="draw_step_order")]
