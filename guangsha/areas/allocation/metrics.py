"""The figures that the list, plans and sessions can prove: who waits, who was housed, how long they waited, what was given again.

Source: operations.md W3, C03-C05; 公共租赁住房管理办法（住房和城乡建设部令第11号）§10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from guangsha.areas.allocation.access import entries_of, plans_of
from guangsha.areas.allocation.facts import ENTRY_STATES, METHODS, OFFER_STATES, QUEUES, TIERS
from guangsha.areas.allocation.models import PlanDwelling, WaitlistEntry
from guangsha.areas.allocation.rules import months_between
from guangsha.areas.stock.models import DwellingEvent
from guangsha.facts.metrics import Parameter, Record, Row, Scope, metric, rows
from guangsha.privacy.masks import mask_name


def _last(scope: Scope) -> date:
    return min(date(scope.year, 12, 31), timezone.localdate(scope.as_of))


def _housed(scope: Scope) -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.filter(
        agency__in=scope.agencies,
        state="housed",
        housed_on__gte=date(scope.year, 1, 1),
        housed_on__lte=_last(scope),
    )


@metric(
    "allocation.waiting", 1, label="轮候户数", unit="户", records="轮候登记", fold="count",
    definition="在本年度末（未到年末的为取数时）仍在轮候名册中的家庭数，含已登记配租和已选房待签约的，不含暂停、退出和已入住的。",
)  # fmt: skip
def waiting(scope: Scope) -> Iterator[Record]:
    """On the list at the end of the year."""
    last = _last(scope)
    found = WaitlistEntry.objects.filter(agency__in=scope.agencies, listed_on__lte=last).filter(
        Q(state__in=("waiting", "registered", "chosen"))
        | Q(state__in=("housed", "removed", "suspended"), state_since__gt=last)
    )
    for key in found.values_list("pk", flat=True):
        yield Record(f"allocation.entry:{key}", 1)


@metric(
    "allocation.housed", 1, label="实物配租入住户数", unit="户", records="轮候登记", fold="count",
    definition="本年度内由轮候家庭办理入住的户数，以入住登记日期为准。",
)  # fmt: skip
def housed(scope: Scope) -> Iterator[Record]:
    """Moved in from the list."""
    for key in _housed(scope).values_list("pk", flat=True):
        yield Record(f"allocation.entry:{key}", 1)


@metric(
    "allocation.waiting_months", 1, label="平均轮候月数", unit="", records="轮候登记", fold="mean",
    definition="本年度内入住的家庭，自轮候起始日至入住日的整月数的平均值。",
)  # fmt: skip
def waiting_months(scope: Scope) -> Iterator[Record]:
    """How long those who moved in had waited."""
    for key, listed, moved_in in _housed(scope).values_list("pk", "listed_on", "housed_on"):
        if moved_in is not None:
            yield Record(f"allocation.entry:{key}", months_between(listed, moved_in))


@metric(
    "allocation.certificates", 1, label="新核发资格户数", unit="户", records="轮候登记", fold="count",
    definition="本年度内新批准公租房保障资格并列入轮候名册的户数；续期的不重复计。",
)  # fmt: skip
def certificates(scope: Scope) -> Iterator[Record]:
    """Newly qualified households."""
    found = WaitlistEntry.objects.filter(
        agency__in=scope.agencies, listed_on__gte=date(scope.year, 1, 1), listed_on__lte=_last(scope)
    )
    for key in found.values_list("pk", flat=True):
        yield Record(f"allocation.entry:{key}", 1)


def _signed(scope: Scope) -> QuerySet[PlanDwelling]:
    return PlanDwelling.objects.filter(
        plan__agency__in=scope.agencies, state="signed", registration__signed_at__year=scope.year,
        registration__signed_at__lte=scope.as_of,
    )  # fmt: skip


@metric(
    "allocation.drawn", 2, label="配租房源套数", unit="套", records="方案房源", fold="count",
    parameters=(Parameter("method", "定序办法", METHODS),),
    definition="本年度内经配租方案由家庭选定并签字的房源套数；可以只计一种定序办法（如摇号）。",
)  # fmt: skip
def drawn(scope: Scope) -> Iterator[Record]:
    """Dwellings chosen and signed for."""
    found = _signed(scope)
    if method := scope.given("method"):
        found = found.filter(plan__method=method)
    for key in found.values_list("pk", flat=True):
        yield Record(f"allocation.offer:{key}", 1)


@metric(
    "allocation.relet", 1, label="腾退房源再配租套数", unit="套", records="方案房源", fold="count",
    definition="本年度内选定签字的房源中，此前曾经出租、腾退后再次配租的套数。",
)  # fmt: skip
def relet(scope: Scope) -> Iterator[Record]:
    """Chosen in the year and lived in before."""
    before = DwellingEvent.objects.filter(dwelling=OuterRef("dwelling"), before="let")
    for key in _signed(scope).filter(Exists(before)).values_list("pk", flat=True):
        yield Record(f"allocation.offer:{key}", 1)


# --- how these records are shown ---------------------------------------------------------------------------


def _keys(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


@rows("allocation.entry", "轮候登记", "轮候号", "申请人", "层次", "户型组别", "轮候起始日", "状态")
def entry_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Entries within the actor's reach, names masked."""
    found = entries_of(actor).filter(pk__in=_keys(keys)).select_related("applicant")
    return {
        str(one.pk): Row(
            (one.number, mask_name(one.applicant.name), TIERS[one.tier], QUEUES[one.layout], one.listed_on.isoformat(),
             ENTRY_STATES[one.state]),
            "office-waitlist-entry", one.number,
        )
        for one in found
    }  # fmt: skip


@rows("allocation.offer", "方案房源", "方案", "房源号", "户型组别", "面积（㎡）", "状态")
def offer_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Dwellings of plans within the actor's reach."""
    found = PlanDwelling.objects.filter(pk__in=_keys(keys), plan__in=plans_of(actor)).select_related("plan")
    return {
        str(one.pk): Row(
            (one.plan.number, one.unit_no, QUEUES[one.layout], str(one.area_m2), OFFER_STATES[one.state]),
            "office-plan", one.plan.number,
        )
        for one in found
    }  # fmt: skip
