"""Dwellings in every station, for the walks that open every page: made by the acts that make them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from PIL import Image, ImageDraw

from guangsha.areas.stock import actions
from guangsha.areas.stock.facts import LAYOUTS
from guangsha.areas.stock.models import (
    Building,
    CheckRound,
    Dwelling,
    Estate,
    OccupancyCheck,
    StateRequest,
    SupplyItem,
    SupplyPlan,
    SurveyImport,
    Viewing,
    ViewingSlot,
)
from guangsha.areas.stock.rules import door_kinds
from guangsha.areas.stock.tests.builders import dwelling
from guangsha.testing.cast import Cast

SURVEY = "楼栋号,单元号,楼层,同层序号,户型组别,建筑面积,套内面积,朝向\n9,1,1,1,A,39.80,33.10,南\n9,1,1,2,B,{area},45.00,南\n"


@dataclass(frozen=True, slots=True)
class Stock:
    """``asked`` waits for a second person; ``check`` is to be visited, ``recorded`` to be confirmed by the field inspector."""

    estate: Estate
    building: Building
    flat: Dwelling
    asked: StateRequest
    round: CheckRound
    check: OccupancyCheck
    recorded: OccupancyCheck
    draft_plan: SupplyPlan
    plan: SupplyPlan
    item: SupplyItem
    faulty: SurveyImport
    survey: SurveyImport
    slot: ViewingSlot
    viewing: Viewing


def drawing(colour: str = "#8fb1dc") -> bytes:
    """A small picture, as a floor plan would be."""
    drawn = io.BytesIO()
    picture = Image.new("RGB", (320, 200), "white")
    ImageDraw.Draw(picture).rectangle((40, 30, 280, 170), outline=colour, width=6)
    picture.save(drawn, "PNG")
    return drawn.getvalue()


def stock(cast: Cast) -> Stock:
    """One of each, as of today."""
    keeper, today = cast.actor("allocation_officer"), timezone.localdate()
    home = actions.add_estate(
        keeper, cast.district, name="桂花苑", address="桂花路 8 号", community=cast.communities[0]
    )
    kinds = door_kinds("A 39.80 33.10 南\nB 55.60 45.00 南北\nX 42.00 34.00 南", tuple(LAYOUTS))
    building = actions.add_building(
        keeper,
        home.pk,
        number="1",
        entrances=2,
        floors=6,
        kinds=kinds,
        lifts=1,
        completed_year=2021,
        since=today - timedelta(days=90),
    )
    actions.make_building_ready(keeper, building.pk, on=today - timedelta(days=60), reason="竣工验收")
    flats = list(Dwelling.objects.filter(building=building).order_by("number"))
    flat = flats[0]
    for one, state in zip(flats[1:6], ("planned", "chosen", "let", "let", "repairing"), strict=True):
        actions.move(keeper, one.pk, state, on=today, reason="测试入住" if state == "let" else "办理")
    actions.move_keys(keeper, flat.pk, "in", 3, holder="施工单位", on=today, reason="竣工移交")
    actions.note_reading(keeper, flat.pk, "water", Decimal("3.50"), on=today)
    actions.change_meter(
        keeper,
        flat.pk,
        "water",
        last_value=Decimal("3.60"),
        first_value=Decimal(0),
        serial="W-2026-001",
        on=today,
        reason="旧表损坏",
    )
    actions.alter_dwelling(
        keeper,
        flat.pk,
        flat.version,
        {"area_m2": Decimal("39.90")},
        on=today,
        reason="实测",
        document="测字〔2026〕1号",
    )
    actions.add_picture(
        keeper, home.pk, drawing(), kind="plan", title="一居室户型图", layout="A", public=True
    )
    asked = actions.ask_out(keeper, flats[7].pk, "withdrawn", reason="外墙渗水")
    made, check, recorded = _round(cast, home)
    draft, plan, item = _plans(cast)
    faulty, survey = (
        actions.take_survey(keeper, home.pk, f"九栋{word}.csv", SURVEY.format(area=area).encode())
        for word, area in (("有误", "40.00"), ("", "55.60"))
    )
    slot = actions.add_slot(
        keeper, home.pk, on=today + timedelta(days=3), half="morning", seats=8, meet_at="小区南门"
    )
    viewing = actions.book(cast.actor("applicant"), slot.pk, people=2, needs=["wheelchair"])
    flat.refresh_from_db()
    return Stock(
        home, building, flat, asked, made, check, recorded, draft, plan, item, faulty, survey, slot, viewing
    )


def _round(cast: Cast, home: Estate) -> tuple[CheckRound, OccupancyCheck, OccupancyCheck]:
    today = timezone.localdate()
    made = actions.open_round(
        cast.actor("supervisor"),
        home.pk,
        name="第四季度清查（桂花苑）",
        starts_on=today,
        due_on=today + timedelta(days=30),
    )
    check, recorded = made.checks.order_by("pk")
    actions.record_check(
        cast.actor("rent_clerk"), recorded.pk, recorded.version, result="idle", on=today, companion=cast.account("field_inspector"),
        note="三次敲门无人应答，水表未走", photo=drawing("#a8222a"),
    )  # fmt: skip
    recorded.refresh_from_db()
    return made, check, recorded


def _plans(cast: Cast) -> tuple[SupplyPlan, SupplyPlan, SupplyItem]:
    keeper, today = cast.actor("allocation_officer"), timezone.localdate()
    made = [
        actions.add_supply_plan(keeper, cast.district, year=today.year, name=name, target=120)
        for name in ("调整筹集计划", "年度筹集计划")
    ]
    items = [
        actions.add_supply_item(
            keeper,
            plan.pk,
            project="湖滨二期",
            funding="built",
            layout="A",
            units=120,
            area_m2=Decimal("45.00"),
            planned_on=today - timedelta(days=9),
        )
        for plan in made
    ]
    made[1].refresh_from_db()
    actions.approve_supply_plan(cast.actor("supervisor"), made[1].pk, made[1].version)
    item = actions.progress_item(
        keeper,
        items[1].pk,
        items[1].version,
        started_on=today - timedelta(days=200),
        delivered_on=today - timedelta(days=20),
        delivered_units=70,
        reason="首批交付",
    )
    for plan in made:
        plan.refresh_from_db()
    return made[0], made[1], item


def elsewhere(cast: Cast) -> Dwelling:
    """A dwelling of the other district."""
    return dwelling(cast.far_district, "1-1-0101")
