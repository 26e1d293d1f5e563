"""Public rental housing of two units by records alone: what 武汉市江岸区 (2024) would have had in its registers for the figures of
housing that it published, and 岳阳市住房保障服务中心 (2023) for its rents.

Households, people and dwellings are invented, and bear the region of nobody. How the published figures of Jiang'an hang together: 1,000
dwellings were chosen after a draw and 194 that others had left were given again, 1,194 in all; 1,160 households moved in within the year
and the other 34 signed in December and moved in the January after.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db import transaction

from guangsha.areas.allocation.models import Plan, PlanDwelling, Registration, WaitlistEntry
from guangsha.areas.fieldwork.models import Hazard, HazardEvent
from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.stock.models import Building, Dwelling, DwellingEvent, Entrance, Estate
from guangsha.audit.actions import record
from guangsha.demo.cast import PASSWORD, add_agency, add_staff, identity_number
from guangsha.demo.population import _YOUNG, SURNAMES
from guangsha.kernel.errors import InputError
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, Agency

JIANGAN, JIANGAN_YEAR = "武汉市江岸区住房保障和房屋管理局", 2024
#: Published for 2024: chosen after a draw, given again, moved in, newly qualified, hazards found and put right.
DRAWN, RELET, HOUSED, CERTIFICATES, HAZARDS = 1000, 194, 1160, 346, 240
#: The act that says that the records are there.
BUILT = "demo.year_book_housing.build"
_BATCH = 1000
_BEIJING = ZoneInfo("Asia/Shanghai")
#: A region that does not exist.
_REGION = "430696"
_AREAS = {"A": Decimal("39.80"), "B": Decimal("55.60"), "C": Decimal("69.50")}
_DANGERS = (
    ("fire", "楼道堆物，疏散通道受阻"), ("fire", "灭火器压力不足"), ("power", "公共配电箱门锁损坏"), ("lift", "电梯紧急呼叫无人应答"),
    ("gas", "入户燃气软管老化"), ("falling", "外墙空调架锈蚀"), ("structure", "楼梯扶手松动"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HousingYear:
    """What was built: the unit and its people by role."""

    agency: Agency
    people: dict[str, Account]


def _at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 0, tzinfo=_BEIJING)


def write_homes(
    agency: Agency, community: Agency, count: int, year: int, rng: random.Random, region: str = _REGION
) -> list[Household]:
    """Invented households of one person each; nobody of one ``region`` (that does not exist) is there twice."""
    persons = []
    for place in range(count):
        born = date(1950, 1, 1) + timedelta(days=place * 11)
        name = rng.choice(SURNAMES) + "".join(rng.choices(_YOUNG, k=rng.choice((1, 2))))
        persons.append(
            Person(
                name=name,
                identity=identity_number(region, born, 1 + place % 900),
                birth_date=born,
                sex=str(1 + place % 2),
            )
        )
    Person.objects.bulk_create(persons, batch_size=_BATCH)
    rows = [
        Household(
            number=f"H{community.region_code}{year}{place:05d}", agency=agency, community=community, head=person, programme="公租房",
            opened_on=date(year - 2, 3, 1),
        )
        for place, person in enumerate(persons)
    ]  # fmt: skip
    Household.objects.bulk_create(rows, batch_size=_BATCH)
    Membership.objects.bulk_create(
        [
            Membership(household=row, person=row.head, relation="self", started_on=row.opened_on)
            for row in rows
        ],
        batch_size=_BATCH,
    )
    return rows


def write_dwellings(estate: Estate, count: int, since: date, state: str) -> list[Dwelling]:
    """Dwellings of an estate, eighteen floors of eight doors to a building."""
    rows: list[Dwelling] = []
    for number in range((count + 143) // 144):
        house = Building.objects.create(
            estate=estate, number=str(number + 1), floors=18, lifts=2, completed_year=since.year - 1
        )
        stairs = Entrance.objects.create(building=house, number="1")
        for place in range(min(144, count - number * 144)):
            floor, door, layout = place // 8 + 1, place % 8 + 1, "ABC"[place % 3]
            label = f"{number + 1}-1-{floor:02d}{door:02d}"
            rows.append(
                Dwelling(
                    code=f"{estate.code}-{label}", estate=estate, building=house, entrance=stairs, number=label, floor=floor, door=door,
                    area_m2=_AREAS[layout], layout=layout, rooms="ABC".index(layout) + 1, state=state, since=since,
                )
            )  # fmt: skip
    return Dwelling.objects.bulk_create(rows, batch_size=_BATCH)


def write_history(
    dwellings: Sequence[Dwelling], steps: Sequence[Sequence[tuple[str, str, date, str]]]
) -> None:
    """The history of each dwelling: (before, after, day, why) in their order."""
    DwellingEvent.objects.bulk_create(
        [
            DwellingEvent(dwelling=home, number=number, before=before, after=after, on=on, reason=why, made_at=_at(on))
            for home, lines in zip(dwellings, steps, strict=True)
            for number, (before, after, on, why) in enumerate(lines, start=1)
        ],
        batch_size=_BATCH,
    )  # fmt: skip


def build_jiangan(*, seed: int = 1) -> HousingYear:
    """Write the registers of Jiang'an for 2024, all or nothing.

    Raises:
        InputError: they are there already.
    """
    if Agency.objects.filter(name=JIANGAN).exists():
        raise InputError("住房保障年度数据已有，原样保留", where=JIANGAN)
    rng, year = random.Random(seed), JIANGAN_YEAR
    with transaction.atomic():
        agency = add_agency(JIANGAN, "district", "420102000000")
        community = add_agency("梦湖社区", "community", "420102001001", agency)
        hashed = make_password(PASSWORD)
        people = {
            role: add_staff(login, name, role, agency, hashed)
            for role, login, name in (
                ("supervisor", "jiangan-head", "蓝负责"), ("allocation_officer", "jiangan-allocation", "翟配租"),
                ("field_inspector", "jiangan-inspector", "滕巡查"), ("rent_clerk", "jiangan-clerk", "鲁租金"),
                ("accountant", "jiangan-accountant", "邵会计"),
            )
        }  # fmt: skip
        waiting = CERTIFICATES - 46  # qualified in the year and still on the list at its end
        homes = write_homes(agency, community, DRAWN + RELET + waiting, year, rng)
        entries = _list(agency, homes, waiting)
        new = Estate.objects.create(
            code="MHHY",
            name="梦湖华苑",
            agency=agency,
            community=community,
            address="江岸区梦湖路（虚构门牌）",
        )
        old = Estate.objects.create(
            code="JAJD",
            name="江岸旧居",
            agency=agency,
            community=community,
            address="江岸区旧居路（虚构门牌）",
        )
        drawn, again = (
            write_dwellings(new, DRAWN, date(year, 3, 1), "let"),
            write_dwellings(old, RELET, date(year, 2, 1), "let"),
        )
        _give(agency, people, "梦湖华苑摇号配租", "draw", drawn, entries[:DRAWN], date(year, 5, 20))
        _give(
            agency,
            people,
            "腾退房源顺序配租",
            "queue",
            again,
            entries[DRAWN : DRAWN + RELET],
            date(year, 9, 10),
        )
        _histories(drawn, again, entries)
        _hazards(agency, people, [new, old], rng)
        record(
            build_actor(people["supervisor"]), BUILT, agency, reason="演示数据", agency_id=agency.pk,
            after={"year": year, "entries": len(entries), "dwellings": DRAWN + RELET, "hazards": HAZARDS},
        )  # fmt: skip
    return HousingYear(agency, people)


def _moved_in(place: int) -> date:
    """The day on which the household in this place moved in: the last 34 in the January after."""
    late = place - HOUSED
    return date(JIANGAN_YEAR + 1, 1, 6) + timedelta(days=late % 12) if late >= 0 else date(JIANGAN_YEAR, 6, 3) + timedelta(days=place % 200)  # fmt: skip


def _list(agency: Agency, homes: Sequence[Household], waiting: int) -> list[WaitlistEntry]:
    """The waiting list: who was given a dwelling, the 46 who qualified in the year among them, then who still waits."""
    year, given = JIANGAN_YEAR, len(homes) - waiting
    rows = []
    for place, home in enumerate(homes):
        new = place >= given - 46  # the last of those who were given a dwelling, and all who wait
        listed = (
            date(year, 1, 8) + timedelta(days=place % 100)
            if new
            else date(year - 2, 6, 1) + timedelta(days=place % 500)
        )
        moved = _moved_in(place) if place < given else None
        rows.append(
            WaitlistEntry(
                number=f"LH420102{year}{place:05d}", agency=agency, household=home, applicant=home.head,
                certificate_number=f"岸房资〔{listed.year}〕{place + 1}号（虚构）", listed_on=listed, layout="ABC"[place % 3], members=1,
                state="housed" if moved else "waiting", state_since=moved or listed, housed_on=moved, made_at=_at(listed),
            )
        )  # fmt: skip
    return WaitlistEntry.objects.bulk_create(rows, batch_size=_BATCH)


def _give(
    agency: Agency, people: dict[str, Account], name: str, method: str, homes: Sequence[Dwelling], entries: Sequence[WaitlistEntry],
    on: date,
) -> None:  # fmt: skip
    """A plan with its registrations, each signed for one dwelling."""
    plan = Plan.objects.create(
        number=f"PZ420102{on:%Y%m%d}", agency=agency, name=name, method=method, register_from=on - timedelta(days=60),
        register_until=on - timedelta(days=40), state="done", made_by=people["allocation_officer"], made_at=_at(on - timedelta(days=70)),
        approved_by=people["supervisor"], approved_at=_at(on - timedelta(days=65)), opened_at=_at(on), done_at=_at(on + timedelta(days=3)),
    )  # fmt: skip
    orders: dict[str, int] = {}
    rows = []
    for place, (home, entry) in enumerate(zip(homes, entries, strict=True)):
        orders[home.layout] = orders.get(home.layout, 0) + 1
        # each signs at least two days before moving in; the last ones in December
        signed = max(on + timedelta(days=place % 3), _moved_in_of(entry) - timedelta(days=30))
        rows.append(
            Registration(
                plan=plan, waitlist_entry=entry, entry_no=f"T-{place + 1:04d}", household_id=entry.household_id,
                applicant_id=entry.applicant_id, layout=home.layout, members=1, state="rostered", recheck="passed",
                registered_at=_at(on - timedelta(days=50)), order_number=orders[home.layout], outcome="selector",
                session_state="signed", dwelling=home, signed_at=_at(min(signed, date(on.year, 12, 20))),
            )
        )  # fmt: skip
    Registration.objects.bulk_create(rows, batch_size=_BATCH)
    PlanDwelling.objects.bulk_create(
        [
            PlanDwelling(
                plan=plan, dwelling=row.dwelling, unit_no=row.dwelling.number, layout=row.layout, floor=row.dwelling.floor,
                area_m2=row.dwelling.area_m2, state="signed", registration=row,
            )
            for row in rows
            if row.dwelling is not None
        ],
        batch_size=_BATCH,
    )  # fmt: skip


def _moved_in_of(entry: WaitlistEntry) -> date:
    if entry.housed_on is None:
        raise LookupError(f"{entry.number} was given no dwelling")
    return entry.housed_on


def _histories(
    drawn: Sequence[Dwelling], again: Sequence[Dwelling], entries: Sequence[WaitlistEntry]
) -> None:
    year = JIANGAN_YEAR
    steps: list[list[tuple[str, str, date, str]]] = []
    for home, entry in zip([*drawn, *again], entries, strict=False):
        before: list[tuple[str, str, date, str]] = (
            [("", "vacant", date(year, 3, 1), "竣工验收、移交入库")]
            if home.estate_id == drawn[0].estate_id
            else [("", "let", date(year - 4, 1, 1), "入住"), ("let", "checking", date(year, 1, 20), "退房"),
                  ("checking", "vacant", date(year, 2, 1), "查验合格")]
        )  # fmt: skip
        chosen = date(year, 5, 20) if home.estate_id == drawn[0].estate_id else date(year, 9, 10)
        moved = max(_moved_in_of(entry), chosen)
        steps.append([
            *before, ("vacant", "planned", chosen - timedelta(days=60), "列入配租方案"), ("planned", "chosen", chosen, "选定"),
            ("chosen", "let", moved, "入住"),
        ])  # fmt: skip
    write_history([*drawn, *again], steps)


def _hazards(
    agency: Agency, people: dict[str, Account], estates: Sequence[Estate], rng: random.Random
) -> None:
    """Found on rounds through the year, put right by the firm, checked by another person, struck off."""
    rows = []
    for place in range(HAZARDS):
        kind, words = rng.choice(_DANGERS)
        found = date(JIANGAN_YEAR, 1, 10) + timedelta(days=place % 12 * 28 + place % 7)
        estate = estates[place % len(estates)]
        rows.append(
            Hazard(
                number=f"AQ420102{JIANGAN_YEAR}{place + 1:05d}", agency=agency, estate=estate, place=f"{estate.name}{place % 7 + 1}栋",
                kind=kind, text=words, source="round", found_on=found, found_by=people["field_inspector"], grade="general", state="closed",
                duty="运营管理站", limit_on=found + timedelta(days=15), fixed_on=found + timedelta(days=6), fixed_by=people["rent_clerk"],
                rechecked_on=found + timedelta(days=8), rechecked_by=people["field_inspector"], closed_on=found + timedelta(days=8),
            )
        )  # fmt: skip
    Hazard.objects.bulk_create(rows, batch_size=_BATCH)
    HazardEvent.objects.bulk_create(
        [
            HazardEvent(hazard=row, number=number, act=act, before=before, after=after, text=words, made_by=row.found_by, made_at=_at(day))
            for row in rows
            for number, (act, before, after, words, day) in enumerate(
                (
                    ("find", "", "found", row.text, row.found_on), ("grade", "found", "graded", "一般隐患", row.found_on),
                    ("give", "graded", "assigned", "交运营管理站整改", row.found_on),
                    ("fixed", "assigned", "fixed", "已整改", row.fixed_on or row.found_on),
                    ("recheck", "fixed", "rechecked", "复查合格", row.rechecked_on or row.found_on),
                    ("close", "rechecked", "closed", "销号", row.closed_on or row.found_on),
                ),
                start=1,
            )
        ],
        batch_size=_BATCH,
    )  # fmt: skip
