"""Who looked: for the page on which a person sees what is held on them (个人信息保护法 §45), and for the weekly review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Count

from guangsha.privacy.masks import mask_name
from guangsha.privacy.models import Reveal

#: A person is shown this many looks, the latest first.
LOOKS_MAX = 200


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a person's data. ``who`` is masked: the person learns that it was looked at, by whom the agency knows."""

    at: datetime
    agency_id: int
    who: str
    what: str
    reason: str


def who_looked(subject_index: str) -> list[Look]:
    """Every look at the data of the person with this blind index, the latest first; an empty index finds nobody."""
    if not subject_index:
        return []
    rows = Reveal.objects.filter(subject_index=subject_index).order_by("-at", "-pk")[:LOOKS_MAX]
    return [
        Look(
            row.at, row.agency_id, mask_name(row.account_name), _named(row.object_type, row.field), row.reason
        )
        for row in rows
    ]


def _named(object_type: str, field: str) -> str:
    """``registry.person``, ``identity`` → 人员的证件号码."""
    try:
        model = apps.get_model(object_type)
        column = model._meta.get_field(field.split(".")[0])
    except (LookupError, ValueError, FieldDoesNotExist):
        return "个人信息"
    return f"{model._meta.verbose_name}的{getattr(column, 'verbose_name', '信息')}"


def looks_to_review(since: datetime, until: datetime) -> list[Reveal]:
    """Looks that nobody has ticked off, those of the most curious accounts first."""
    rows = Reveal.objects.filter(at__gte=since, at__lt=until, reviewed_at=None)
    many = {
        row["account_id"]: row["looks"]
        for row in Reveal.objects.filter(at__gte=until - timedelta(days=7), at__lt=until)
        .values("account_id")
        .annotate(looks=Count("pk"))
    }
    return sorted(rows, key=lambda row: (-many.get(row.account_id, 0), row.account_id, row.at))
