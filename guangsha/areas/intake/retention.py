"""How long applications that led to nothing are kept, and who names the files that were handed in."""

from __future__ import annotations

from guangsha.areas.intake.actions import drafts, proxies
from guangsha.areas.intake.models import Case, Material, ProxyAuthorization
from guangsha.privacy.files import held_by
from guangsha.privacy.retention import Rule, keep, named_in

held_by(drafts.CONTEXT, named_in(Material, "stored"))
held_by(proxies.CONTEXT, named_in(ProxyAuthorization, "stored"))

keep(
    Rule(
        "intake.failed",
        "未获批准的申请内容",
        source="operations.md §6.2，待档案部门确认：未获批准五年；办件编号、环节和决定保留",
        years=5,
        find=lambda cutoff: Case.objects.filter(state__in=("rejected", "withdrawn"), closed_at__lt=cutoff),
        empty=("answers",),
    )
)

keep(
    Rule(
        "intake.failed_materials",
        "未获批准的申请上传的材料",
        source="operations.md §6.2，待档案部门确认：未获批准五年；材料名称和摘要保留",
        years=5,
        find=lambda cutoff: Material.objects.filter(
            case__state__in=("rejected", "withdrawn"), case__closed_at__lt=cutoff
        ),
        empty=("file_name",),
        files=("stored",),
    )
)
