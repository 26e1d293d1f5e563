"""Dwellings of the demo district: one new estate of a thousand flats that wait for a draw, and five that are lived in already.

Everything goes through the acts of the office. Names are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from guangsha.areas.stock import actions
from guangsha.areas.stock.facts import LAYOUTS
from guangsha.areas.stock.models import Dwelling, Estate
from guangsha.areas.stock.rules import door_kinds
from guangsha.audit.actor import Actor
from guangsha.demo.cast import Cast
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
    _exceptions(keeper, build_actor(cast.staff["supervisor"]), today)
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
