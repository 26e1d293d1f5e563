"""What pages show of the register: tallies of estates, the chart of a building, a dwelling with everything about it, what is public."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from guangsha.areas.stock.access import dwellings_of, estates_of, plans_of, rounds_of
from guangsha.areas.stock.facts import DWELLING_STATES, LAYOUTS, OPEN_STATES, STATE_MARKS
from guangsha.areas.stock.models import (
    Building,
    Dwelling,
    Estate,
    MeterChange,
    MeterReading,
    OccupancyCheck,
    Picture,
    StateRequest,
    SupplyItem,
    ViewingSlot,
)
from guangsha.areas.stock.rules import Cell, ChartPart, chart_part, round_tally, supply_station
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import RuleMissing
from guangsha.kernel.numbers import divide
from guangsha.policy.parameter_files import book_of

ESTATES_MAX = 500
HISTORY_MAX = 50
PICTURES_MAX = 24


@dataclass(frozen=True, slots=True)
class EstateLine:
    """An estate in the list, with how many dwellings stand in each state."""

    estate: Estate
    total: int
    states: Mapping[str, int]


def estate_lines(actor: Actor, text: str = "") -> list[EstateLine]:
    """The estates of the actor with their tallies; two queries, however many dwellings there are."""
    found = estates_of(actor).select_related("community").order_by("code")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(address__icontains=text) | Q(code__istartswith=text))
    return tallied(list(found[:ESTATES_MAX]))


def tallied(estates: Sequence[Estate]) -> list[EstateLine]:
    """These estates with their tallies; one query."""
    counted: dict[int, dict[str, int]] = {}
    rows = Dwelling.objects.filter(estate__in=[each.pk for each in estates]).values_list("estate", "state")
    for estate, state, count in rows.annotate(count=Count("pk")).order_by():
        counted.setdefault(estate, {})[state] = count
    return [
        EstateLine(each, sum(counted.get(each.pk, {}).values()), counted.get(each.pk, {})) for each in estates
    ]


@dataclass(frozen=True, slots=True)
class BuildingLine:
    """A building in the page of its estate."""

    building: Building
    total: int
    vacant: int
    let: int


def states_of(estate: Estate) -> dict[str, int]:
    """How many dwellings of an estate stand in each state."""
    return dict(estate.dwellings.values_list("state").annotate(count=Count("pk")).order_by())


def building_lines(estate: Estate) -> list[BuildingLine]:
    """The buildings of an estate with their tallies."""
    found = estate.buildings.annotate(
        total=Count("dwellings"),
        vacant=Count("dwellings", filter=Q(dwellings__state="vacant")),
        let=Count("dwellings", filter=Q(dwellings__state="let")),
    ).order_by("number")
    rows = [BuildingLine(each, each.total, each.vacant, each.let) for each in found[:ESTATES_MAX]]
    return sorted(rows, key=lambda row: (len(row.building.number), row.building.number))


def found_dwellings(
    actor: Actor, *, text: str = "", estate: int = 0, state: str = "", layout: str = "", programme: str = ""
) -> QuerySet[Dwelling]:
    """Dwellings by number, code or name of the estate, and by what a filter says; every word of ``text`` must be found."""
    found = dwellings_of(actor).select_related("estate").order_by("estate__code", "number")
    for word in text.split()[:4]:
        found = found.filter(
            Q(number__icontains=word) | Q(code__iendswith=word) | Q(estate__name__icontains=word)
            | Q(house_code=word.upper()) | Q(property_code=word.upper())
        )  # fmt: skip
    if estate:
        found = found.filter(estate_id=estate)
    for name, value in (("state", state), ("layout", layout), ("programme", programme)):
        if value:
            found = found.filter(**{name: value})
    return found


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of a building: its entrances from left to right, and the legend with counts of the whole building."""

    parts: tuple[ChartPart, ...]
    legend: tuple[tuple[str, str, str, int], ...]
    total: int
    lit: int


def chart_of(building: Building, *, state: str = "", layout: str = "", programme: str = "") -> Chart:
    """The chart of a building in one query. A filter dims the others; nothing is left out, or the building would change its shape."""
    rows = building.dwellings.order_by("floor", "door").values_list(
        "entrance__number", "pk", "number", "floor", "door", "state", "layout", "programme"
    )
    parts: dict[str, list[Cell]] = {}
    counted: Counter[str] = Counter()
    lit = 0
    for way, key, number, floor, door, now, kind, use in rows:
        meant = now == (state or now) and kind == (layout or kind) and use == (programme or use)
        counted[now] += 1
        lit += meant
        parts.setdefault(way, []).append(Cell(key, number.rsplit("-", 1)[-1], floor, door, now, kind, meant))
    legend = tuple(
        (code, STATE_MARKS[code], word, counted[code])
        for code, word in DWELLING_STATES.items()
        if counted[code]
    )
    order = sorted(parts, key=lambda way: (len(way), way))
    return Chart(tuple(chart_part(way, parts[way]) for way in order), legend, sum(counted.values()), lit)


@dataclass(frozen=True, slots=True)
class DwellingFile:
    """Everything that this room knows of a dwelling, newest first and bounded."""

    events: Sequence[Any]
    changes: Sequence[Any]
    readings: Sequence[MeterReading]
    meter_changes: Sequence[MeterChange]
    key_moves: Sequence[Any]
    pictures: Sequence[Picture]
    checks: Sequence[OccupancyCheck]
    asked: StateRequest | None


def file_of(dwelling: Dwelling) -> DwellingFile:
    """The file of a dwelling (一套一档)."""
    return DwellingFile(
        events=list(dwelling.events.select_related("made_by").order_by("-number")[:HISTORY_MAX]),
        changes=list(dwelling.changes.select_related("made_by").order_by("-number")[:HISTORY_MAX]),
        readings=list(dwelling.readings.order_by("-on", "-pk")[:HISTORY_MAX]),
        meter_changes=list(dwelling.meter_changes.order_by("-on", "-pk")[:HISTORY_MAX]),
        key_moves=list(dwelling.key_moves.select_related("made_by").order_by("-pk")[:HISTORY_MAX]),
        pictures=pictures_of(dwelling),
        checks=list(
            dwelling.occupancy_checks.exclude(state="waiting").select_related("round", "first", "second").order_by("-on", "-pk")[:HISTORY_MAX]
        ),
        asked=dwelling.state_requests.filter(state="asked").select_related("asked_by").first(),
    )  # fmt: skip


def pictures_of(dwelling: Dwelling) -> list[Picture]:
    """Its own pictures, and those of its layout and estate."""
    found = Picture.objects.filter(estate_id=dwelling.estate_id).filter(
        Q(dwelling=dwelling) | Q(dwelling=None, layout__in=("", dwelling.layout))
    )
    return list(found.order_by("-dwelling_id", "kind", "pk")[:PICTURES_MAX])


def requests_waiting(actor: Actor) -> QuerySet[StateRequest]:
    """What waits for a head of the agency to decide."""
    return (
        StateRequest.objects.filter(state="asked", dwelling__in=dwellings_of(actor))
        .select_related("dwelling", "dwelling__estate", "asked_by")
        .order_by("asked_at")
    )


# --- censuses ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A census and how far it is."""

    round: Any
    total: int
    done: int
    percent: int
    results: Mapping[str, int]
    late: bool


def round_lines(actor: Actor) -> list[RoundLine]:
    """The censuses of the actor, the latest first."""
    rounds = list(
        rounds_of(actor).select_related("estate", "agency").order_by("-starts_on", "-pk")[:HISTORY_MAX]
    )
    counted: dict[int, dict[str, int]] = {}
    results: dict[int, dict[str, int]] = {}
    rows = OccupancyCheck.objects.filter(round__in=[each.pk for each in rounds]).values_list(
        "round", "state", "result"
    )
    for key, state, result, count in rows.annotate(count=Count("pk")).order_by():
        states = counted.setdefault(key, {})
        states[state] = states.get(state, 0) + count
        if state == "confirmed":
            of = results.setdefault(key, {})
            of[result] = of.get(result, 0) + count
    today = timezone.localdate()
    return [
        RoundLine(each, *round_tally(counted.get(each.pk, {})), results.get(each.pk, {}), each.closed_on is None and each.due_on < today)
        for each in rounds
    ]  # fmt: skip


# --- supply --------------------------------------------------------------------------------------------------

SUPPLY_STATIONS = {"planned": "计划", "started": "在建（已签约）", "part": "部分交付", "delivered": "已交付"}


@dataclass(frozen=True, slots=True)
class SupplyLine:
    """A lot of a plan with where it stands; ``late``: the planned day is over and not everything is delivered."""

    item: SupplyItem
    station: str
    late: bool


def supply_lines(items: Sequence[SupplyItem]) -> list[SupplyLine]:
    """The lots of a plan with where they stand."""
    today = timezone.localdate()
    return [
        SupplyLine(
            each,
            (station := supply_station(each.units, each.delivered_units, each.started_on)),
            station != "delivered" and each.planned_on < today,
        )
        for each in items
    ]


def supply_plans(actor: Actor) -> list[tuple[Any, int, int]]:
    """The plans of the actor: the plan, the units of its lots, the units delivered."""
    found = plans_of(actor).select_related("agency", "approved_by")
    summed = found.annotate(units=Sum("items__units"), delivered=Sum("items__delivered_units"))
    return [
        (each, each.units or 0, each.delivered or 0)
        for each in summed.order_by("-year", "name")[:HISTORY_MAX]
    ]


# --- what is public ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RentRange:
    """What a dwelling costs a month: from the least to the most that a tenant pays, whole fen."""

    least_fen: int
    most_fen: int


def rent_range(region: str, area_m2: Decimal, on: date) -> RentRange | None:
    """The month's rent of so many square metres: market rent × area × the least and the largest share of it that types of tenants
    pay (parameters ``market_rent_m2`` and ``rent_share``); None where the region has not set them. Rounded to whole fen, half up.
    """
    book = book_of()
    try:
        market = book.get("market_rent_m2", region, on).at(None)
        share = book.get("rent_share", region, on).amount
    except RuleMissing:
        return None
    shares = [
        each
        for each in (share.values() if isinstance(share, Mapping) else (share,))
        if isinstance(each, Fraction)
    ]
    if not isinstance(market, Fraction) or not shares:
        return None
    full = market * Fraction(area_m2)  # the book keeps money in fen
    least, most = (full * part for part in (min(shares), max(shares)))
    return RentRange(_whole(least), _whole(most))


def _whole(fen: Fraction) -> int:
    return int(divide(Decimal(fen.numerator), Decimal(fen.denominator)))


@dataclass(frozen=True, slots=True)
class Offer:
    """Vacant dwellings of one layout of an estate: how many, of which sizes, at which rents."""

    layout: str
    name: str
    count: int
    least_m2: Decimal
    most_m2: Decimal
    rent: RentRange | None


@dataclass(frozen=True, slots=True)
class PublicEstate:
    """An estate as strangers see it: where it lies and what may be had there. No door, no person."""

    estate: Estate
    offers: tuple[Offer, ...]
    vacant: int


def public_dwellings() -> QuerySet[Dwelling]:
    """Public rental dwellings that somebody may still be given."""
    return Dwelling.objects.filter(state__in=OPEN_STATES, programme="public_rental")


def public_estates(
    *, layout: str = "", accessible: bool = False, rent_max_fen: int = 0
) -> list[PublicEstate]:
    """Every estate with something vacant, and what it offers."""
    rows = public_dwellings()
    if layout in LAYOUTS:
        rows = rows.filter(layout=layout)
    if accessible:
        rows = rows.filter(accessible=True)
    counted = (
        rows.values_list("estate", "layout", "area_m2")
        .annotate(count=Count("pk"))
        .order_by("estate", "layout", "area_m2")
    )
    sizes: dict[int, dict[str, list[tuple[Decimal, int]]]] = {}
    for estate, kind, area, count in counted:
        sizes.setdefault(estate, {}).setdefault(kind, []).append((area, count))
    today = timezone.localdate()
    found = []
    for home in (
        Estate.objects.filter(pk__in=sizes)
        .select_related("agency", "community")
        .order_by("name")[:ESTATES_MAX]
    ):
        offers = tuple(
            offer for kind in LAYOUTS if kind in sizes[home.pk]
            and (offer := _offer(home.agency.region_code[:6], kind, sizes[home.pk][kind], today, rent_max_fen)) is not None
        )  # fmt: skip
        if offers:
            found.append(PublicEstate(home, offers, sum(offer.count for offer in offers)))
    return found


def _offer(
    region: str, layout: str, sizes: Sequence[tuple[Decimal, int]], today: date, rent_max_fen: int
) -> Offer | None:
    least, most = sizes[0][0], sizes[-1][0]
    low, high = rent_range(region, least, today), rent_range(region, most, today)
    rent = RentRange(low.least_fen, high.most_fen) if low and high else None
    if rent_max_fen and rent and rent.least_fen > rent_max_fen:
        return None
    return Offer(layout, LAYOUTS[layout], sum(count for _, count in sizes), least, most, rent)


def public_floors(estate: Estate, layout: str = "") -> list[tuple[str, str, Decimal, str, int]]:
    """Vacant dwellings by building, layout, size and facing: how many, never which door."""
    rows = public_dwellings().filter(estate=estate)
    if layout in LAYOUTS:
        rows = rows.filter(layout=layout)
    found = (
        rows.values_list("building__number", "layout", "area_m2", "facing")
        .annotate(count=Count("pk"))
        .order_by("building__number", "layout", "area_m2", "facing")
    )
    return [
        (building, LAYOUTS[kind], area, facing, count) for building, kind, area, facing, count in found[:200]
    ]


def slots_ahead(estate: Estate, days: int = 30) -> list[ViewingSlot]:
    """Times of showing from tomorrow on that have seats left."""
    today = timezone.localdate()
    found = ViewingSlot.objects.filter(
        estate=estate, closed=False, on__gt=today, on__lte=today + timedelta(days=days)
    ).order_by("on", "-half")
    return [slot for slot in found[:60] if slot.taken < slot.seats]
