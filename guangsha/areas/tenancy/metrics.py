"""The figures that leases can prove: households that lived in a public rental dwelling, leases signed and ended, renewals asked in
time, violations put right. Source: operations.md W4, W18; performance.md §2.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from guangsha.areas.subsidy.actions.base import whole
from guangsha.areas.tenancy.access import leases_of
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_exit import Violation
from guangsha.areas.tenancy.rules import renewal_opens
from guangsha.facts.metrics import Record, Row, Scope, metric, rows
from guangsha.privacy import masks


def _last(scope: Scope) -> date:
    return min(date(scope.year, 12, 31), timezone.localdate(scope.as_of))


@metric(
    "tenancy.households_living", 1, label="公租房在保家庭数", unit="户", records="家庭", fold="count",
    definition="本年度内至少有一天承租并居住公租房的家庭数，同一家庭只计一次；以入住和交还日期为准。",
)  # fmt: skip
def households_living(scope: Scope) -> Iterator[Record]:
    """Households that lived there on a day of the year."""
    lived = Lease.objects.filter(agency__in=scope.agencies, handed_over_on__lte=_last(scope)).filter(
        Q(handed_back_on=None) | Q(handed_back_on__gte=date(scope.year, 1, 1))
    )
    # a lease that was renewed goes on in the one that follows it
    lived = lived.exclude(end_reason="renewed", ended_on__lt=date(scope.year, 1, 1))
    for household in lived.order_by("household_id").values_list("household_id", flat=True).distinct():
        yield Record(f"registry.household:{household}", 1)


@metric(
    "tenancy.leases_signed", 2, label="新签租赁合同份数", unit="份", records="租赁合同", fold="count",
    definition="本年度内签订的公租房租赁合同份数，不含续租换签和调换住房，也不含签订后未履行即放弃的。",
)  # fmt: skip
def leases_signed(scope: Scope) -> Iterator[Record]:
    """Signed in the year, renewals left out."""
    found = Lease.objects.filter(
        agency__in=scope.agencies,
        follows=None,
        signed_on__gte=date(scope.year, 1, 1),
        signed_on__lte=_last(scope),
    ).exclude(end_reason="given_up")
    for key in found.values_list("pk", flat=True):
        yield Record(f"tenancy.lease:{key}", 1)


@metric(
    "tenancy.leases_ended", 2, label="腾退户数", unit="户", records="租赁合同", fold="count",
    definition="本年度内交还住房并终止的租赁合同数，不含签订前放弃、续租换签和调换住房；各合同的终止原因见记录。",
)  # fmt: skip
def leases_ended(scope: Scope) -> Iterator[Record]:
    """Ended in the year after the dwelling was given back."""
    found = Lease.objects.filter(
        agency__in=scope.agencies,
        state="ended",
        ended_on__gte=date(scope.year, 1, 1),
        ended_on__lte=_last(scope),
    ).exclude(end_reason__in=("given_up", "renewed", "swapped"))
    for key in found.values_list("pk", flat=True):
        yield Record(f"tenancy.lease:{key}", 1)


@metric(
    "tenancy.renewals_in_time", 1, label="续租按时申请率", unit="%", records="租赁合同", fold="share",
    definition="本年度内申请续租的合同中，在规定的提前月数以前申请的所占比例。",
)  # fmt: skip
def renewals_in_time(scope: Scope) -> Iterator[Record]:
    """Asked no later than the months before the end that the place sets."""
    found = Lease.objects.filter(
        agency__in=scope.agencies,
        renewal_asked_on__gte=date(scope.year, 1, 1),
        renewal_asked_on__lte=_last(scope),
    )
    for key, region, asked, ends in found.values_list("pk", "region", "renewal_asked_on", "ends_on"):
        if asked is not None:
            in_time = asked <= renewal_opens(ends, whole("renewal_months", region, asked))
            yield Record(f"tenancy.lease:{key}", int(in_time))


@metric(
    "tenancy.violations_remedied", 1, label="违规改正率", unit="%", records="违规", fold="share",
    definition="本年度内结案的、认定成立的违规中，在期限内改正的所占比例。",
)  # fmt: skip
def violations_remedied(scope: Scope) -> Iterator[Record]:
    """Put right in time, of those that were upheld and closed in the year."""
    found = Violation.objects.filter(
        lease__agency__in=scope.agencies, state__in=("remedied", "closed"), closed_on__gte=date(scope.year, 1, 1),
        closed_on__lte=_last(scope),
    )  # fmt: skip
    for key, state in found.values_list("pk", "state"):
        yield Record(f"tenancy.violation:{key}", int(state == "remedied"))


# --- how these records are shown ---------------------------------------------------------------------------


def _keys(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


@rows("tenancy.lease", "租赁合同", "合同编号", "承租人", "房屋", "租期", "状态")
def lease_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Leases within the actor's reach; the tenant masked, linked to the lease."""
    found = leases_of(actor).filter(pk__in=_keys(keys)).select_related("tenant", "dwelling__estate")
    return {
        str(one.pk): Row(
            (
                one.number, masks.mask_name(one.tenant.name), str(one.dwelling), f"{one.starts_on} 至 {one.ends_on}",
                one.get_end_reason_display() or one.get_state_display(),
            ),
            "office-lease",
            one.number,
        )
        for one in found
    }  # fmt: skip


@rows("tenancy.violation", "违规", "编号", "情形", "房屋", "决定日期", "状态")
def violation_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Violations of leases within the actor's reach."""
    found = Violation.objects.filter(
        pk__in=_keys(keys), lease__in=leases_of(actor).values("pk")
    ).select_related("lease__dwelling__estate")
    return {
        str(one.pk): Row(
            (
                one.number, one.get_kind_display(), str(one.lease.dwelling), one.decided_on.isoformat() if one.decided_on else "—",
                one.get_state_display(),
            ),
            "office-violation",
            one.number,
        )
        for one in found
    }  # fmt: skip
