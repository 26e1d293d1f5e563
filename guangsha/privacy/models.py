"""Who looked at what, and what has been removed when its time was over."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Reveal(models.Model):
    """One sensitive value shown to one person, with the reason given. Never edited, never deleted by hand.

    Source: 个人信息保护法 §51, §54; operations.md §6.3 (reveal log, rate limit, weekly review).
    """

    at = models.DateTimeField("时间", db_index=True)
    account_id = models.BigIntegerField("查看人", db_index=True)
    account_name = models.CharField("查看人姓名", max_length=60)
    agency_id = models.BigIntegerField("所在机构", db_index=True)
    object_type = models.CharField("对象", max_length=60)
    object_id = models.CharField("对象编号", max_length=40)
    field = models.CharField("字段", max_length=60)
    subject_index = models.CharField("当事人索引", max_length=64, db_index=True)
    reason = models.CharField("理由", max_length=200)
    reviewed_at = models.DateTimeField("抽查时间", null=True)
    reviewed_by = models.CharField("抽查人", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "敏感信息查看记录"
        indexes = [models.Index(fields=["object_type", "object_id"], name="reveal_object")]


class Removal(models.Model):
    """What a retention job removed: counts and rule, no personal data. Source: operations.md §6.2 (retention)."""

    at = models.DateTimeField("时间")
    rule = models.CharField("保存期限规则", max_length=60)
    cutoff = models.DateTimeField("早于")
    count = models.PositiveIntegerField("条数")

    class Meta:
        verbose_name = verbose_name_plural = "到期清理记录"


class KeyChange(models.Model):
    """A key was added, or data was sealed or indexed anew: which key, how many values. No key material."""

    KINDS: ClassVar = [
        ("rotate", "启用新密钥"),
        ("rotate_index", "启用新密钥和新索引密钥"),
        ("reseal", "重新密封"),
        ("reindex", "重算索引"),
    ]

    at = models.DateTimeField("时间")
    kind = models.CharField("操作", max_length=12, choices=KINDS)
    key = models.CharField("密钥", max_length=40)
    suite = models.CharField("算法", max_length=8)
    count = models.PositiveBigIntegerField("条数", default=0)

    objects: ClassVar[models.Manager[KeyChange]] = models.Manager()

    class Meta:
        verbose_name = verbose_name_plural = "密钥变更"
