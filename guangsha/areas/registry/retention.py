"""How long uploaded rows are kept: what they became is in the register, what was wrong with them nobody needs later."""

from __future__ import annotations

from guangsha.areas.registry.actions.importing import CONTEXT
from guangsha.areas.registry.models import ImportBatch, ImportRow
from guangsha.privacy.files import held_by
from guangsha.privacy.retention import Rule, keep, named_in

held_by(CONTEXT, named_in(ImportBatch, "stored"))

keep(
    Rule(
        "registry.import_row",
        "批量导入的原始内容",
        source="operations.md §6.2，待档案部门确认：导入记录保留，逐行原始内容半年",
        months=6,
        find=lambda cutoff: ImportRow.objects.filter(batch__uploaded_at__lt=cutoff),
        empty=("given",),
    )
)
