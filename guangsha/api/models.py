"""What a machine was answered, so that asking again is not acting again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from guangsha.privacy.fields import SealedJSONField


class Answered(models.Model):
    """The answer to one ``Idempotency-Key`` of one key; written in the transaction of the act itself."""

    token = models.ForeignKey(
        "people.ApiToken", models.CASCADE, related_name="answered", verbose_name="接口密钥"
    )
    key = models.CharField("幂等键", max_length=80)
    #: SM3 over method, address and body: the same key with another request is a mistake of the caller.
    fingerprint = models.CharField("请求摘要", max_length=64)
    status = models.PositiveSmallIntegerField("应答状态", default=0)
    body = SealedJSONField("应答内容")
    at = models.DateTimeField("时间", auto_now_add=True, db_index=True)

    objects: ClassVar[models.Manager[Answered]] = models.Manager()

    class Meta:
        verbose_name = verbose_name_plural = "接口应答"
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="answered_once")]
