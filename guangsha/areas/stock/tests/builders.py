"""Dwellings for tests in one line: ``dwelling(cast.district)`` is a vacant one-room flat of public rental housing.

Buildings and entrances come from the number of the dwelling (``1-2-0301``: building 1, entrance 2, floor 3, door 1), so a test
names a door and has the house around it. A dwelling begins with one line of its history, as one that was entered in the office.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from guangsha.areas.stock.models import Building, Dwelling, DwellingEvent, Entrance, Estate
from guangsha.people.models import Agency

SINCE = date(2025, 9, 1)
ROOMS = {"A": 1, "B": 2, "C": 3, "X": 1}
AREAS = {"A": "39.80", "B": "55.60", "C": "69.50", "X": "42.00"}


def estate(agency: Agency, name: str = "桂园小区", **more: Any) -> Estate:
    """An estate of the agency; the one of that name if it stands already."""
    values = {"code": f"E{agency.pk}-{name}"[:24], "address": f"{agency.name}桂园路8号", **more}
    return Estate.objects.get_or_create(agency=agency, name=name, defaults=values)[0]


def entrance(
    home: Estate, building_number: str = "1", number: str = "1", *, floors: int = 18, **more: Any
) -> Entrance:
    """An entrance of a building of the estate; ``more`` is for a building that does not stand yet."""
    house, _ = Building.objects.get_or_create(
        estate=home, number=building_number, defaults={"floors": floors, "lifts": 2, **more}
    )
    return Entrance.objects.get_or_create(building=house, number=number)[0]


def dwelling(
    place: Agency | Estate, number: str = "1-1-0101", *, state: str = "vacant", layout: str = "A", **more: Any
) -> Dwelling:
    """A dwelling in this state, with the first line of its history. ``place``: an estate, or the agency of a new one."""
    return dwellings(place, [number], state=state, layout=layout, **more)[0]


def dwellings(
    place: Agency | Estate,
    numbers: Iterable[str],
    *,
    state: str = "vacant",
    layout: str = "A",
    since: date = SINCE,
    **more: Any,
) -> list[Dwelling]:
    """Many dwellings of one kind, in the order of ``numbers``; two questions for their rows, however many they are."""
    home = place if isinstance(place, Estate) else estate(place)
    doors: dict[tuple[str, str], Entrance] = {}
    rows = []
    for number in numbers:
        house, stairs, room = number.split("-")
        if (house, stairs) not in doors:
            doors[house, stairs] = entrance(home, house, stairs)
        way = doors[house, stairs]
        values: dict[str, Any] = {
            "code": f"{home.pk:04d}-{number}", "area_m2": Decimal(AREAS[layout]), "rooms": ROOMS[layout], "facing": "南",
            "accessible": layout == "X", **more,
        }  # fmt: skip
        rows.append(Dwelling(
            estate=home, building=way.building, entrance=way, number=number, floor=int(room[:-2]), door=int(room[-2:]),
            layout=layout, state=state, since=since, **values,
        ))  # fmt: skip
    Dwelling.objects.bulk_create(rows)
    DwellingEvent.objects.bulk_create(
        DwellingEvent(
            dwelling=row, number=1, after=state, on=since, reason="登记入库", made_at=timezone.now()
        )
        for row in rows
    )
    return rows
