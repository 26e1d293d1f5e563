"""Show a sensitive value to a person who gives a reason, and review afterwards who looked.

Source: 个人信息保护法 §51, §54; operations.md §6.3 (reason, rate limit, weekly review).
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models, transaction
from django.utils import timezone

from guangsha.kernel.errors import InputError
from guangsha.privacy.models import Reveal
from guangsha.privacy.witness import Acting, witness

#: A reason has at least this many letters, digits or Chinese characters, of at least two kinds ("……" says nothing).
REASON_MIN, REASON_MAX = 4, 200
#: Who may tick off the weekly review.
REVIEWERS = ("audit_admin", "auditor", "supervisor")


class RevealRefused(InputError):
    """The value is not shown: no reason, too many in an hour, or no such field."""

    code = "reveal-refused"


class TooManyLooks(RevealRefused):
    """The account has looked at as many plain values as it may within an hour."""

    code = "too-many-looks"


def reveal(actor: Acting, obj: models.Model, field: str, reason: str, *, subject_index: str = "") -> str:
    """The plain value of one field of ``obj``, which the caller got through an ``access_*`` function.

    The look is written down and committed before the value is handed out, so that nothing which fails later on the page
    can undo the record of it. It therefore refuses to run inside another transaction.

    Args:
        field: a column, or a place inside a sealed JSON column: ``answers.applicant.identity``, ``answers.members.0.name``.
        subject_index: blind index of the identity number of the person it is about; read from ``obj.identity_index``
            when the object has one.

    Raises:
        RevealRefused: with the sentence to show.
        RuntimeError: called inside a transaction.
    """
    why = _checked_reason(reason)
    if not actor.account_id:
        raise RevealRefused("只有登录的人员可以查看原文")
    value = _value(obj, field)
    with transaction.atomic(durable=True):
        _one_at_a_time(actor.account_id)
        now = timezone.now()
        _refuse_over_limit(actor.account_id, now)
        look = Reveal.objects.create(
            at=now,
            account_id=actor.account_id,
            account_name=actor.name[:60],
            agency_id=actor.agency_id,
            object_type=obj._meta.label_lower,
            object_id=str(obj.pk),
            field=field[:60],
            subject_index=subject_index or getattr(obj, "identity_index", ""),
            reason=why,
        )
        witness()(actor, "privacy.value.reveal", obj, reason=why, after={"field": field, "reveal": look.pk})
    return value


def _checked_reason(reason: str) -> str:
    why = " ".join(reason.split())
    said = [character for character in why if character.isalnum()]
    if len(said) < REASON_MIN or len(set(said)) < 2:
        raise RevealRefused(f"请写明查看理由，至少 {REASON_MIN} 个字", advice="例如：核对退件身份证号。")
    if len(why) > REASON_MAX:
        raise RevealRefused(f"查看理由超过 {REASON_MAX} 个字", advice="请写得简短一些。")
    return why


def _one_at_a_time(account_id: int) -> None:
    # two pages at once must not both be the last one allowed; SQLite writes one transaction at a time anyway
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x5EA1, account_id % 2**31])


def _refuse_over_limit(account_id: int, now: Any) -> None:
    limit = settings.GUANGSHA_REVEALS_PER_HOUR
    looked = Reveal.objects.filter(account_id=account_id, at__gt=now - timedelta(hours=1)).count()
    if looked >= limit:
        raise TooManyLooks(
            f"一小时内查看原文已达 {limit} 次", advice="请稍后再试；确需批量核对的，请使用导出并写明用途。"
        )


def _value(obj: models.Model, field: str) -> str:
    name, *path = field.split(".")
    try:
        column = obj._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise RevealRefused(f"没有字段 {name}") from error
    if not isinstance(column, models.Field):
        raise RevealRefused(f"字段 {name} 不能直接查看")
    value: Any = getattr(obj, column.attname)
    for step in path:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise RevealRefused(f"没有内容 {field}") from error
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def review_reveal(actor: Acting, reveal_id: int) -> Reveal:
    """Tick one look off in the weekly review; a second tick changes nothing.

    Raises:
        RevealRefused: not a reviewer, or one's own look.
    """
    if not actor.has(*REVIEWERS):
        raise RevealRefused("只有审计管理员、审计员或单位负责人可以抽查")
    with transaction.atomic():
        look = Reveal.objects.select_for_update().get(pk=reveal_id)
        if look.account_id == actor.account_id:
            raise RevealRefused("不能抽查自己的查看记录", advice="请由其他抽查人处理。")
        if look.reviewed_at is None:
            look.reviewed_at, look.reviewed_by = timezone.now(), actor.name[:60]
            look.save(update_fields=["reviewed_at", "reviewed_by"])
            witness()(actor, "privacy.reveal.review", look)
    return look
