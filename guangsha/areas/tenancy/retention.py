"""Who names the sealed photos of hand-overs and the scans of contracts: one that no row names was left behind by a process that died.

Leases with what belongs to them are part of the household's file, which is kept for thirty years after it left (operations.md §6.2).
"""

from __future__ import annotations

from collections.abc import Collection

from guangsha.areas.tenancy.actions.leases import EVIDENCE
from guangsha.areas.tenancy.models import Handover, SignRequest
from guangsha.privacy.files import held_by
from guangsha.privacy.retention import named_in

_SCANS = named_in(SignRequest, "stored")


def named(names: Collection[str]) -> set[str]:
    """Which of these files a hand-over or a signed contract names."""
    wanted = set(names)
    photos = Handover.objects.exclude(photos=[]).values_list("photos", flat=True)
    shown = {photo["stored"] for row in photos.iterator() for photo in row}
    return _SCANS(names) | (wanted & shown)


held_by(EVIDENCE, named)
