"""How long answers of other departments are kept."""

from __future__ import annotations

from guangsha.areas.verification.models import IdentityProof, Verification
from guangsha.privacy.retention import Rule, keep

keep(
    Rule(
        "verification.payload",
        "部门核验返回内容",
        source="operations.md §6.2，待档案部门确认：结论保留，原始内容两年",
        years=2,
        find=lambda cutoff: Verification.objects.filter(answered_at__lt=cutoff),
        empty=("payload", "differences"),
    )
)

keep(
    Rule(
        "verification.proof",
        "未通过的身份核验所填姓名、证件号码",
        source="个人信息保护法 §19：目的不再需要即删除；保留一年供查处冒用，待档案部门确认",
        years=1,
        find=lambda cutoff: IdentityProof.objects.filter(
            state__in=("failed", "refused"), asked_at__lt=cutoff
        ),
        empty=("name", "identity"),
    )
)
