"""The figures that the register of dwellings can prove: how many in which state, vacated, made ready and let in a year, visited.

A state on a day is the last line of a dwelling's history up to that day, so that a figure of a past year stays what it was.
Source: operations.md §1A (A02, A05), §7 (dwellings by lot, vacated, supplied).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from guangsha.areas.stock.access import dwellings_of, rounds_of
from guangsha.areas.stock.facts import CHECK_RESULTS, DWELLING_STATES, FUNDING_SOURCES, LAYOUTS, PROGRAMMES
from guangsha.areas.stock.models import Dwelling, DwellingEvent, OccupancyCheck
from guangsha.facts.metrics import Parameter, Record, Row, Scope, metric, rows

_STATE = Parameter("state", "房态", DWELLING_STATES)
_PROGRAMME = Parameter("programme", "用途", PROGRAMMES)
_FUNDING = Parameter("funding", "资金来源", FUNDING_SOURCES)
_LAYOUT = Parameter("layout", "户型组别", LAYOUTS)


def _last_day(scope: Scope) -> date:
    return min(date(scope.year, 12, 31), timezone.localdate(scope.as_of))


def _events(scope: Scope) -> QuerySet[DwellingEvent]:
    found = DwellingEvent.objects.filter(
        dwelling__estate__agency__in=scope.agencies, on__lte=_last_day(scope), made_at__lte=scope.as_of
    )
    for name in ("programme", "funding", "layout"):
        if scope.given(name):
            found = found.filter(**{f"dwelling__{name}": scope.given(name)})
    return found


def _states(scope: Scope) -> dict[int, str]:
    """Dwelling → its state on the last day of the year (or as far as it is known)."""
    ordered = _events(scope).order_by("dwelling_id", "number").values_list("dwelling_id", "after")
    return dict(ordered.iterator(chunk_size=5000))


@metric(
    "stock.dwellings", 1, label="房源套数", unit="套", records="房屋", fold="count", parameters=(_STATE, _PROGRAMME, _FUNDING, _LAYOUT),
    definition="年末在册（未处置）的房屋套数；可按年末房态和登记的用途、资金来源、户型统计。房态以当日及以前最后一条房态变化为准。",
)  # fmt: skip
def dwellings(scope: Scope) -> Iterator[Record]:
    """In the register at the end of the year."""
    wanted = scope.given("state")
    for key, state in _states(scope).items():
        if state == wanted or (not wanted and state != "disposed"):
            yield Record(f"stock.dwelling:{key}", 1)


@metric(
    "stock.let_share", 1, label="房源出租率", unit="%", records="房屋", fold="share", parameters=(_PROGRAMME, _FUNDING, _LAYOUT),
    definition="年末在租的房屋占可以出租的房屋（不含筹备、停用和已处置）的比例。",
)  # fmt: skip
def let_share(scope: Scope) -> Iterator[Record]:
    """Let at the end of the year, of those that could be."""
    for key, state in _states(scope).items():
        if state not in ("preparing", "withdrawn", "disposed"):
            yield Record(f"stock.dwelling:{key}", int(state == "let"))


def _in_year(scope: Scope) -> QuerySet[DwellingEvent]:
    return _events(scope).filter(on__gte=date(scope.year, 1, 1))


@metric(
    "stock.vacated", 1, label="腾退套数", unit="套", records="房态变化", fold="count", parameters=(_PROGRAMME,),
    definition="本年度内由“在租”转为“退租待验”的次数；同一套房一年内两次腾退的计两次。",
)  # fmt: skip
def vacated(scope: Scope) -> Iterator[Record]:
    """Given back in the year."""
    for key in _in_year(scope).filter(before="let", after="checking").values_list("pk", flat=True):
        yield Record(f"stock.event:{key}", 1)


@metric(
    "stock.handed_over", 1, label="入住套数", unit="套", records="房态变化", fold="count", parameters=(_PROGRAMME,),
    definition="本年度内转为“在租”的次数。",
)  # fmt: skip
def handed_over(scope: Scope) -> Iterator[Record]:
    """Let in the year."""
    for key in _in_year(scope).filter(after="let").values_list("pk", flat=True):
        yield Record(f"stock.event:{key}", 1)


@metric(
    "stock.supplied", 1, label="新增可配房源", unit="套", records="房态变化", fold="count", parameters=(_PROGRAMME, _FUNDING),
    definition="本年度内由“筹备中”转为“空置可配”的房屋套数。",
)  # fmt: skip
def supplied(scope: Scope) -> Iterator[Record]:
    """Ready for the first time in the year."""
    for key in _in_year(scope).filter(before="preparing", after="vacant").values_list("pk", flat=True):
        yield Record(f"stock.event:{key}", 1)


def _checks(scope: Scope) -> QuerySet[OccupancyCheck]:
    return OccupancyCheck.objects.filter(
        round__agency__in=scope.agencies, round__starts_on__year=scope.year, round__made_at__lte=scope.as_of
    )


@metric(
    "stock.checked", 1, label="入户清查套次", unit="套", records="清查记录", fold="count", parameters=(Parameter("result", "结果", CHECK_RESULTS),),
    definition="本年度发起的清查中，已由两人确认的房屋套次；可按结果统计。",
)  # fmt: skip
def checked(scope: Scope) -> Iterator[Record]:
    """Visited and confirmed by two people."""
    found = _checks(scope).filter(state="confirmed", confirmed_at__lte=scope.as_of)
    if scope.given("result"):
        found = found.filter(result=scope.given("result"))
    for key in found.values_list("pk", flat=True):
        yield Record(f"stock.check:{key}", 1)


@metric(
    "stock.check_share", 1, label="入户清查完成率", unit="%", records="清查记录", fold="share",
    definition="本年度发起的清查中，已由两人确认的套次占应清查套次的比例。",
)  # fmt: skip
def check_share(scope: Scope) -> Iterator[Record]:
    """Of the dwellings to be visited, those that were."""
    for key, at in _checks(scope).values_list("pk", "confirmed_at"):
        yield Record(f"stock.check:{key}", int(at is not None and at <= scope.as_of))


# --- how these records are shown ---------------------------------------------------------------------------


def _keys(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


def _row(flat: Dwelling, *more: str) -> Row:
    return Row((flat.estate.name, flat.number, *more), "office-stock-dwelling", str(flat.pk))


@rows("stock.dwelling", "房屋", "小区", "房号", "户型", "用途", "现房态")
def dwelling_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Dwellings that the actor may see, linked to their files."""
    found = dwellings_of(actor).filter(pk__in=_keys(keys)).select_related("estate")
    return {
        str(flat.pk): _row(
            flat, flat.get_layout_display(), flat.get_programme_display(), flat.get_state_display()
        )
        for flat in found
    }


@rows("stock.event", "房态变化", "小区", "房号", "日期", "房态", "原因")
def event_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Changes of dwellings that the actor may see."""
    found = DwellingEvent.objects.filter(pk__in=_keys(keys), dwelling__in=dwellings_of(actor)).select_related(
        "dwelling__estate"
    )
    return {
        str(one.pk): _row(
            one.dwelling,
            one.on.isoformat(),
            f"{one.get_before_display()} → {one.get_after_display()}",
            one.reason,
        )
        for one in found
    }


@rows("stock.check", "清查记录", "小区", "房号", "清查", "结果", "状态")
def check_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Checks of censuses that the actor may see."""
    found = OccupancyCheck.objects.filter(pk__in=_keys(keys), round__in=rounds_of(actor)).select_related(
        "dwelling__estate", "round"
    )
    return {
        str(one.pk): _row(
            one.dwelling, one.round.name, one.get_result_display() or "—", one.get_state_display()
        )
        for one in found
    }
