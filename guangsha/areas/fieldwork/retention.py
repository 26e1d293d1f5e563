"""Who names the sealed photographs, and how long they are kept: the time of each place begins when an order or hazard is closed.

The order, the hazard and the digest of each photograph stay.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from guangsha.areas.fieldwork.actions.photos import CONTEXT
from guangsha.areas.fieldwork.models import FieldPhoto
from guangsha.privacy.files import held_by
from guangsha.privacy.retention import Rule, keep, named_in

held_by(CONTEXT, named_in(FieldPhoto, "stored"))


def _of_orders(cutoff: datetime) -> QuerySet[FieldPhoto]:
    # a report that was put to another order has no end of its own
    over = Q(order__closed_at__lt=cutoff) | Q(order__state="merged", order__reported_at__lt=cutoff)
    return FieldPhoto.objects.filter(over)


keep(
    Rule(
        "fieldwork.repair_photo",
        "维修照片",
        source="各地参数 repair_photo_years；工单和照片摘要保留",
        parameter="repair_photo_years",
        place="order__agency__region_code",
        find=_of_orders,
        empty=("content_type",),
        files=("stored",),
    )
)
keep(
    Rule(
        "fieldwork.hazard_photo",
        "隐患照片",
        source="各地参数 hazard_photo_years；隐患和照片摘要保留",
        parameter="hazard_photo_years",
        place="hazard__agency__region_code",
        find=lambda cutoff: FieldPhoto.objects.filter(hazard__closed_on__lt=cutoff.date()),
        empty=("content_type",),
        files=("stored",),
    )
)
keep(
    Rule(
        "fieldwork.round_photo",
        "巡查照片",
        source="各地参数 hazard_photo_years；检查记录和照片摘要保留",
        parameter="hazard_photo_years",
        place="round__agency__region_code",
        find=lambda cutoff: FieldPhoto.objects.filter(round__done_at__lt=cutoff),
        empty=("content_type",),
        files=("stored",),
    )
)
