"""The log: acts, the chains that link them, and the daily anchors.

A chain per agency: its head row is locked as the last thing an action does, so acts of one agency have one order and
agencies do not wait for one another.
"""

from __future__ import annotations

from django.db import models

from guangsha.audit.kept import KeptModel


class Chain(models.Model):
    """The head of one chain. ``name`` is ``agency:<id>`` or ``system``."""

    name = models.CharField("链", max_length=40, primary_key=True)
    length = models.PositiveBigIntegerField("长度", default=0)
    head = models.CharField("链头", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "审计链"


class Act(KeptModel):
    """One act, written by ``audit.actions.record``. ``digest`` = SM3 over the canonical JSON of every column before it, ``previous`` among them."""

    chain = models.CharField("链", max_length=40)
    number = models.PositiveBigIntegerField("序号")
    at = models.DateTimeField("时间", db_index=True)
    action = models.CharField("行为", max_length=60, db_index=True)
    object_type = models.CharField("对象", max_length=60)
    object_id = models.CharField("对象编号", max_length=40)
    agency_id = models.BigIntegerField("机构", default=0)
    actor_kind = models.CharField("行为人类别", max_length=12)
    actor_id = models.BigIntegerField("行为人", db_index=True)
    actor_name = models.CharField("行为人姓名", max_length=60)
    actor_roles = models.CharField("角色", max_length=400, blank=True)
    on_behalf_of = models.BigIntegerField("代", default=0)
    reason = models.CharField("理由", max_length=500, blank=True)
    before = models.JSONField("之前", default=dict)
    after = models.JSONField("之后", default=dict)
    request_id = models.CharField("请求", max_length=40, blank=True)
    previous = models.CharField("前一摘要", max_length=64)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "行为记录"
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="act_order")]
        indexes = [models.Index(fields=["object_type", "object_id"], name="act_object")]


class Anchor(models.Model):
    """The heads of all chains at the end of a day, to be printed and signed; linked to the anchor before."""

    day = models.DateField("日期", unique=True)
    heads = models.JSONField("各链链头")
    acts = models.PositiveBigIntegerField("累计行为数")
    previous = models.CharField("前一锚", max_length=64)
    digest = models.CharField("摘要", max_length=64)
    made_at = models.DateTimeField("生成时间")
    signed_by = models.CharField("签字人", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "每日锚"
