"""How long answers to an ``Idempotency-Key`` are kept."""

from __future__ import annotations

from guangsha.api.models import Answered
from guangsha.privacy.retention import Rule, keep

keep(
    Rule(
        "api.answered",
        "接口应答（防止重复提交）",
        source="仅用于防止重复提交，一个月后不再需要（个人信息保护法 §19：保存期限为实现目的所必要的最短时间）",
        months=1,
        find=lambda cutoff: Answered.objects.filter(at__lt=cutoff),
    )
)
