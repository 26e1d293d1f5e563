"""Who names the sealed photos of hand-overs and the scans of contracts: one that no row names was left behind by a process that died.

Leases with what belongs to them are part of the household's file, which is kept for thirty years after it left (operations.md §6.2).
What opened the door to others than the household is not: the database lets it go once the lease is over (migration 0005).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from guangsha.areas.tenancy.actions.handovers import EVIDENCE
from guangsha.areas.tenancy.models import Handover, SignRequest
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.privacy.files import held_by
from guangsha.privacy.retention import Rule, keep, named_in

_SCANS = named_in(SignRequest, "stored")


def named(names: Collection[str]) -> set[str]:
    """Which of these files a hand-over or a signed contract names."""
    wanted = set(names)
    photos = Handover.objects.exclude(photos=[]).values_list("photos", flat=True)
    shown = {photo["stored"] for row in photos.iterator() for photo in row}
    return _SCANS(names) | (wanted & shown)


def visitors(cutoff: datetime) -> QuerySet[AccessGrant]:
    """Temporary credentials of leases that were over before a moment; one that another replaces stays with that one."""
    over = AccessGrant.objects.filter(lease__state="ended", lease__ended_on__lt=cutoff.date(), lasting=False)
    return over.filter(reason__in=("temporary", "carer"), replaced_by=None).exclude(state="active")


held_by(EVIDENCE, named)
keep(
    Rule(
        "tenancy.visitors",
        "来访、护理人员的临时门禁凭证",
        source="operations.md §6.2，待档案部门确认：门禁记录半年；租约终止后不再需要（个人信息保护法 §19）",
        months=6,
        find=visitors,
    )
)
