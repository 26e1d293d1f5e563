"""Dwellings of the demo district: one new estate of a thousand flats that wait for a draw, and five that are lived in already.

Everything goes through the acts of the office. Names are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from guangsha.areas.stock import actions
from guangsha.areas.stock.facts import LAYOUTS
from guangsha.areas.stock.models import Dwelling, Estate
from guangsha.areas.stock.rules import door_kinds
from guangsha.audit.actor import Actor
from guangsha.demo.cast import Cast
from guangsha.documents.writing.raster import draw_svg
from guangsha.people.actors import build_actor


@dataclass(frozen=True, slots=True)
class _Block:
    """Buildings of one shape: their numbers, entrances, floors and the doors of a floor."""

    numbers: tuple[str, ...]
    entrances: int
    floors: int
    doors: str
    lifts: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    address: str
    community: int
    firm: str
    year: int
    funding: str
    blocks: tuple[_Block, ...]


#: The estate whose thousand flats are drawn for: 320 of one room, 500 of two, 160 of three, 20 without barriers.
FOR_THE_DRAW = "湖滨新苑"
_TALL = "A 39.80 32.10 南\nA 39.80 32.10 南\nA 40.20 32.40 东\nA 40.20 32.40 东\nB 55.60 45.00 南北\nB 55.60 45.00 南北\nB 56.10 45.30 南北\nB 56.10 45.30 南北\nC 69.50 56.40 南北\nC 69.50 56.40 南北"
_LOW = "B 52.30 42.90 南北\nA 38.60 31.50 南"
_PLACES: tuple[_Place, ...] = (
    _Place(FOR_THE_DRAW, "湖滨区湖滨大道 88 号", 0, "湖滨新苑物业服务中心", 2026, "built", (
        _Block(("1", "2", "3", "4"), 1, 20, _TALL, 3),
        _Block(("5",), 1, 20, "B 55.60 45.00 南北\n" * 5 + "X 42.00 34.00 南\n" + "B 55.60 45.00 南北\n" * 4, 3),
    )),
    _Place("桂园小区", "湖滨区桂园路 8 号", 0, "桂园物业服务站", 2013, "built", (_Block(("1", "2"), 2, 6, _LOW, 0), _Block(("3",), 1, 6, _LOW))),
    _Place("望岳家园", "湖滨区望岳路 26 号", 1, "望岳物业服务站", 2016, "matched", (_Block(("1", "2"), 2, 5, _LOW, 0),)),
    _Place("金桥佳苑", "湖滨区金桥街 15 号", 2, "金桥物业服务站", 2018, "bought", (_Block(("1",), 1, 11, "A 37.90 31.00 南\nB 54.80 44.60 南北\nC 68.20 55.70 南北", 1),)),
    _Place("梅园里", "湖滨区梅园巷 3 号", 3, "", 1998, "handed_over", (_Block(("1", "2"), 2, 4, "A 36.20 30.10 南\nA 36.20 30.10 北"),)),
    _Place("洞庭公寓", "湖滨区洞庭路 102 号", 0, "洞庭物业服务站", 2011, "converted", (_Block(("1",), 1, 4, "A 35.50 29.00 南\n" * 5),)),
)  # fmt: skip


def fill_stock(cast: Cast, now: datetime) -> str:
    """Six estates with their dwellings, most of them vacant: leases, plans and repairs of other rooms begin from here."""
    keeper = build_actor(cast.staff["allocation_officer"])
    today = timezone.localdate(now)
    for place in _PLACES:
        estate = actions.add_estate(
            keeper, cast.district, name=place.name, address=place.address, community=cast.communities[place.community],
            property_firm=place.firm,
        )  # fmt: skip
        _build(keeper, estate, place, today)
    head = build_actor(cast.staff["supervisor"])
    _exceptions(keeper, head, today)
    _show(keeper, today)
    _census(cast, head, today)
    _supply(cast, keeper, head, today)
    actions.take_effects(now)
    return f"{Estate.objects.count()} 个小区、{Dwelling.objects.count()} 套房屋"


def _build(keeper: Actor, estate: Estate, place: _Place, today: date) -> None:
    since = today - timedelta(days=30 if place.name == FOR_THE_DRAW else 400)
    for block in place.blocks:
        for number in block.numbers:
            building = actions.add_building(
                keeper, estate.pk, number=number, entrances=block.entrances, floors=block.floors,
                kinds=door_kinds(block.doors, tuple(LAYOUTS)), lifts=block.lifts, completed_year=place.year, funding=place.funding,
                structure="reinforced" if block.floors > 6 else "mixed", since=since,
            )  # fmt: skip
            if (place.name, number) != ("梅园里", "2"):  # still being prepared
                actions.make_building_ready(keeper, building.pk, on=since, reason="竣工验收、移交入库")


def _exceptions(keeper: Actor, head: Actor, today: date) -> None:
    """What makes a register real: some under repair, one withdrawn, one that somebody asks to withdraw."""
    old = list(Dwelling.objects.filter(estate__name="桂园小区", state="vacant").order_by("-pk")[:5])
    for flat in old[:3]:
        actions.send_to_repair(keeper, flat.pk, on=today - timedelta(days=12), reason="卫生间防水维修")
    asked = actions.ask_out(
        keeper, old[3].pk, "withdrawn", reason="外墙渗水，待大修", document="湖房保函〔2026〕12号（虚构）"
    )
    actions.decide_out(head, asked.pk, granted=True, opinion="同意停用，修缮后恢复")
    actions.ask_out(keeper, old[4].pk, "withdrawn", reason="与相邻套一并大修")


#: Rooms of each layout as they are drawn: (name, left, top, width, height) on a sheet of 120 × 80.
_ROOMS = {
    "A": (("起居", 4, 4, 60, 44), ("卧室", 64, 4, 52, 44), ("厨房", 4, 48, 40, 28), ("卫生间", 44, 48, 32, 28), ("阳台", 76, 48, 40, 28)),
    "B": (("起居", 4, 4, 48, 44), ("卧室", 52, 4, 34, 44), ("卧室", 86, 4, 30, 44), ("厨房", 4, 48, 40, 28), ("卫生间", 44, 48, 32, 28), ("阳台", 76, 48, 40, 28)),
    "C": (("起居", 4, 4, 40, 44), ("卧室", 44, 4, 26, 44), ("卧室", 70, 4, 24, 44), ("卧室", 94, 4, 22, 44), ("厨房", 4, 48, 40, 28), ("卫生间", 44, 48, 32, 28), ("阳台", 76, 48, 40, 28)),
    "X": (("起居", 4, 4, 60, 44), ("卧室", 64, 4, 52, 44), ("厨房", 4, 48, 36, 28), ("无障碍卫生间", 40, 48, 46, 28), ("阳台", 86, 48, 30, 28)),
}  # fmt: skip


def floor_plan(layout: str) -> bytes:
    """An invented floor plan of a layout, as a PNG."""
    rooms = "".join(
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="#fff" stroke="#1b2733" stroke-width="1.4"/>'
        f'<text x="{x + w / 2}" y="{y + h / 2 + 2}" font-size="6" text-anchor="middle" font-family="Noto Sans SC">{name}</text>'
        for name, x, y, w, h in _ROOMS[layout]
    )
    return draw_svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 80" width="120" height="80">{rooms}</svg>',
        120,
    ).png


def _show(keeper: Actor, today: date) -> None:
    """Floor plans for everybody, and half days on which the new estate is shown."""
    new = Estate.objects.get(name=FOR_THE_DRAW)
    for layout, name in LAYOUTS.items():
        actions.add_picture(
            keeper,
            new.pk,
            floor_plan(layout),
            kind="plan",
            title=f"{name}户型图（示意）",
            layout=layout,
            public=True,
        )
    for days in (2, 4, 7):
        for half in ("morning", "afternoon"):
            actions.add_slot(
                keeper,
                new.pk,
                on=today + timedelta(days=days),
                half=half,
                seats=20,
                meet_at="湖滨新苑南门物业服务中心",
            )


def _census(cast: Cast, head: Actor, today: date) -> None:
    """A census of vacant dwellings: some visited by two people, one waits for the second, the others are still to be done."""
    home = Estate.objects.get(name="洞庭公寓")
    made = actions.open_round(
        head, home.pk, name="空置房清查（洞庭公寓）", starts_on=today - timedelta(days=6), due_on=today + timedelta(days=14),
        states=frozenset({"vacant"}),
    )  # fmt: skip
    inspector, clerk = build_actor(cast.staff["field_inspector"]), build_actor(cast.staff["rent_clerk"])
    for place, check in enumerate(made.checks.order_by("dwelling__number")[:6]):
        done = actions.record_check(
            inspector, check.pk, check.version, result="no_entry" if place == 4 else "idle", on=today - timedelta(days=3),
            companion=cast.staff["rent_clerk"], note="锁芯损坏，未能入户" if place == 4 else "空置，门窗水电完好", photo=floor_plan("A"),
        )  # fmt: skip
        if place < 5:
            actions.confirm_check(clerk, done.pk, done.version, agreed=True)


def _supply(cast: Cast, keeper: Actor, head: Actor, today: date) -> None:
    """This year's plan: the new estate is delivered, a purchase is under way, a conversion is late."""
    plan = actions.add_supply_plan(
        keeper,
        cast.district,
        year=today.year,
        name="保障性租赁和公租房筹集计划",
        target=1120,
        document="湖房保〔2026〕9号（虚构）",
    )
    new = Estate.objects.get(name=FOR_THE_DRAW)
    lots = [
        *((FOR_THE_DRAW, "built", layout, units, area, new.pk, units) for layout, units, area in (
            ("A", 320, "40.00"), ("B", 500, "55.80"), ("C", 160, "69.50"), ("X", 20, "42.00"))),
        ("金桥商务楼改建", "converted", "A", 80, "35.00", None, 0), ("望岳二期收购", "bought", "B", 60, "54.00", None, 24),
    ]  # fmt: skip
    items = [
        (actions.add_supply_item(
            keeper, plan.pk, project=project, funding=funding, layout=layout, units=units, area_m2=Decimal(area),
            planned_on=today - timedelta(days=20), estate_id=estate), delivered)
        for project, funding, layout, units, area, estate, delivered in lots
    ]  # fmt: skip
    plan.refresh_from_db()
    actions.approve_supply_plan(head, plan.pk, plan.version, note="同意")
    for item, delivered in items:
        actions.progress_item(
            keeper, item.pk, item.version, started_on=today - timedelta(days=300), delivered_on=today - timedelta(days=25) if delivered else None,
            delivered_units=delivered, reason="交付验收" if delivered else "已开工",
        )  # fmt: skip
