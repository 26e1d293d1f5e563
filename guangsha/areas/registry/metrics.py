"""The figures that the register can prove, and how a household stands in a list of records: masked, linked to its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from guangsha.areas.registry.access import households_of
from guangsha.areas.registry.models import Household
from guangsha.facts.metrics import Parameter, Record, Row, Scope, metric, rows
from guangsha.privacy import masks


@metric(
    "registry.households", 1, label="在册家庭户数", unit="户", records="家庭档案", fold="count",
    definition="年末在册的家庭档案数：本年末以前建档，且本年内没有销档。",
    parameters=(Parameter("programme", "保障类别"),),
)  # fmt: skip
def households(scope: Scope) -> Iterator[Record]:
    """Household files at the end of the year."""
    last = date(scope.year, 12, 31)
    found = Household.objects.filter(
        Q(closed_on=None) | Q(closed_on__gt=last), agency__in=scope.agencies, opened_on__lte=last
    )
    if scope.given("programme"):
        found = found.filter(programme=scope.given("programme"))
    for key in found.values_list("pk", flat=True):
        yield Record(f"registry.household:{key}", 1)


@rows("registry.household", "家庭档案", "档案号", "申请人", "社区")
def household_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Households within the actor's reach, names masked."""
    wanted = [int(key) for key in keys if key.isdecimal()]
    found = households_of(actor).filter(pk__in=wanted).select_related("head", "community")
    return {
        str(home.pk): Row(
            (home.number, masks.mask_name(home.head.name), home.community.name),
            "office-household",
            home.number,
        )
        for home in found
    }
