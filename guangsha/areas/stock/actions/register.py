"""Entering estates, buildings and dwellings, and changing what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from guangsha.areas.stock.access import access_building, access_dwelling, access_estate
from guangsha.areas.stock.actions.base import check_table, locked_dwelling, need, not_later, touched
from guangsha.areas.stock.facts import (
    FUNDING_SOURCES,
    LAYOUTS,
    PROGRAMMES,
    STRUCTURES,
    TITLE_STATES,
)
from guangsha.areas.stock.models import (
    Building,
    Dwelling,
    DwellingChange,
    DwellingEvent,
    Entrance,
    Estate,
)
from guangsha.areas.stock.rules import (
    AREA_MAX,
    BELOW_MAX,
    KEEPERS,
    DoorKind,
    clean_house_code,
    clean_property_code,
    doors_of,
)
from guangsha.audit.actions import record, snapshot
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said_in_line as said
from guangsha.people.models import Agency

_PORTION = 500
#: How each fact of a dwelling is called where its changes are shown.
FACTS: dict[str, str] = {
    "area_m2": "建筑面积（㎡）", "inner_area_m2": "套内面积（㎡）", "layout": "户型组别", "rooms": "居室数", "facing": "朝向",
    "accessible": "无障碍", "programme": "用途", "funding": "资金来源", "title_state": "产权状态", "title_number": "产权证号",
    "house_code": "房屋代码", "property_code": "不动产单元代码", "note": "备注",
}  # fmt: skip
_CHOICES: dict[str, Mapping[str, str]] = {
    "layout": LAYOUTS, "programme": PROGRAMMES, "funding": FUNDING_SOURCES, "title_state": TITLE_STATES,
}  # fmt: skip
#: What the rent is computed from: a change needs a document.
PRICED = frozenset({"area_m2", "inner_area_m2", "layout", "programme"})


@transaction.atomic
def add_estate(
    actor: Actor, agency: Agency, *, name: str, address: str, community: Agency | None = None, property_firm: str = "", note: str = "",
) -> Estate:  # fmt: skip
    """Enter an estate of an agency.

    Raises:
        InputError: there is one of that name.
    """
    need(actor, agency.pk, KEEPERS, "登记小区")
    region = agency.region_code[:6]
    Agency.objects.select_for_update().get(pk=agency.pk)
    name = said(name, "小区名称", most=80)
    if Estate.objects.filter(agency=agency, name=name).exists():
        raise InputError("本机构已有同名小区", where="小区名称", advice="请核对，或在名称中注明期数。")
    last = Estate.objects.filter(code__startswith=f"{region}-").count() + 1
    while Estate.objects.filter(code=f"{region}-{last:03d}").exists():
        last += 1
    estate = Estate.objects.create(
        code=f"{region}-{last:03d}", name=name, agency=agency, community=community, address=said(address, "坐落"),
        property_firm=said(property_firm, "物业服务企业", needed=False, most=120), note=said(note, "备注", needed=False),
    )  # fmt: skip
    record(actor, "stock.estate.add", estate, after=snapshot(estate), agency_id=agency.pk)
    return estate


@transaction.atomic
def alter_estate(
    actor: Actor,
    estate_id: int,
    version: int,
    *,
    name: str,
    address: str,
    property_firm: str,
    note: str,
    reason: str,
) -> Estate:
    """Change what is known of an estate."""
    seen = access_estate(actor, estate_id)
    need(actor, seen.agency_id, KEEPERS, "修改小区")
    estate = Estate.objects.select_for_update().get(pk=seen.pk)
    if estate.version != version:
        raise InputError("刚被别人改过", where=estate.name, advice="请刷新页面，看过最新情况再办。")
    before = snapshot(estate, "name", "address", "property_firm", "note")
    estate.name, estate.address = said(name, "小区名称", most=80), said(address, "坐落")
    estate.property_firm = said(property_firm, "物业服务企业", needed=False, most=120)
    estate.note = said(note, "备注", needed=False)
    if Estate.objects.filter(agency_id=estate.agency_id, name=estate.name).exclude(pk=estate.pk).exists():
        raise InputError("本机构已有同名小区", where="小区名称", advice="请核对。")
    touched(estate, "name", "address", "property_firm", "note")
    record(
        actor, "stock.estate.alter", estate, reason=said(reason, "理由"), before=before,
        after=snapshot(estate, "name", "address", "property_firm", "note"), agency_id=estate.agency_id,
    )  # fmt: skip
    return estate


@transaction.atomic
def add_building(
    actor: Actor,
    estate_id: int,
    *,
    number: str,
    entrances: int,
    floors: int,
    kinds: Sequence[DoorKind],
    first_floor: int = 1,
    floors_below: int = 0,
    lifts: int = 0,
    structure: str = "reinforced",
    completed_year: int | None = None,
    house_code: str = "",
    programme: str = "public_rental",
    funding: str = "built",
    since: date | None = None,
    reason: str = "新建登记",
) -> Building:
    """Enter a building with its entrances and every door of every floor, all alike from floor to floor; one act, one line in the log.

    The dwellings begin as 筹备中 on the day ``since`` (today), when they came into the agency's hands; what
    differs on some floors is altered afterwards or comes with a survey file.

    Raises:
        InputError: there is a building of that number, or a number that no building has.
    """
    estate = access_estate(actor, estate_id)
    need(actor, estate.agency_id, KEEPERS, "登记楼栋")
    Estate.objects.select_for_update().get(pk=estate.pk)
    number = said(number, "楼栋号", most=12)
    if "-" in number or not number.isascii() or not number.isalnum():
        raise InputError("只能是数字和字母", where="楼栋号", advice="例如 3 或 A1。")
    if Building.objects.filter(estate=estate, number=number).exists():
        raise InputError("本小区已有这一栋", where="楼栋号", advice="请核对。")
    if structure not in STRUCTURES or programme not in PROGRAMMES or funding not in FUNDING_SOURCES:
        raise InputError("没有这个选项", where="楼栋", advice="请从列表中选择。")
    if not 0 <= floors_below <= BELOW_MAX or not 0 <= lifts <= 20:
        raise InputError("超出可能的范围", where="地下层数、电梯数", advice="请核对图纸。")
    today = timezone.localdate()
    if completed_year is not None and not 1900 <= completed_year <= today.year + 1:
        raise InputError(f"应在 1900 至 {today.year + 1} 之间", where="建成年份", advice="请核对。")
    region = estate.agency.region_code[:6]
    code = clean_house_code(
        house_code, table=check_table(region, today), region=region, year=completed_year, building=True
    )
    begins = not_later(since, "接收日期") if since else today
    doors = doors_of(number, entrances, floors, len(kinds), first_floor=first_floor)
    building = Building.objects.create(
        estate=estate, number=number, house_code=code, structure=structure, completed_year=completed_year, floors=floors,
        floors_below=floors_below, lifts=lifts,
    )  # fmt: skip
    ways = {
        way: Entrance.objects.create(building=building, number=way)
        for way in dict.fromkeys(door.entrance for door in doors)
    }
    rows = [
        _new_dwelling(estate, ways[each.entrance], each.number, each.floor, each.door, kinds[each.door - 1],
                      since=begins, programme=programme, funding=funding)
        for each in doors
    ]  # fmt: skip
    enter_dwellings(actor, rows, reason)
    record(
        actor, "stock.building.add", building, reason=said(reason, "理由"),
        after={**snapshot(building), "entrances": entrances, "dwellings": len(rows)}, agency_id=estate.agency_id,
    )  # fmt: skip
    return building


def _new_dwelling(
    estate: Estate, way: Entrance, number: str, floor: int, door: int, kind: DoorKind, *, since: date, programme: str, funding: str
) -> Dwelling:  # fmt: skip
    return Dwelling(
        code=f"{estate.code}-{number}"[:32], estate=estate, building_id=way.building_id, entrance=way, number=number, floor=floor,
        door=door, area_m2=kind.area_m2, inner_area_m2=kind.inner_area_m2, layout=kind.layout,
        rooms={"A": 1, "B": 2, "C": 3, "X": 1}[kind.layout], facing=kind.facing, accessible=kind.accessible, programme=programme,
        funding=funding, since=since,
    )  # fmt: skip


def enter_dwellings(actor: Actor, rows: Sequence[Dwelling], reason: str) -> None:
    """Write new dwellings with the first line of their history; the caller records the act.

    Raises:
        InputError: one of them is in the register already.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            Dwelling.objects.bulk_create(rows, batch_size=_PORTION)
    except IntegrityError as error:
        raise InputError(
            "其中有已登记的房号", where=rows[0].estate.name, advice="请核对楼栋号和房号。"
        ) from error
    DwellingEvent.objects.bulk_create(
        (
            DwellingEvent(dwelling=row, number=1, after=row.state, on=row.since, reason=reason[:200], made_by_id=actor.account_id or None, made_at=now)
            for row in rows
        ),
        batch_size=_PORTION,
    )  # fmt: skip


@transaction.atomic
def add_dwelling(
    actor: Actor, building_id: int, *, entrance: str, floor: int, door: int, kind: DoorKind, programme: str, funding: str, reason: str
) -> Dwelling:  # fmt: skip
    """Enter one more dwelling of a building: an added floor, a flat that was divided.

    Raises:
        InputError: its number is in the register already.
    """
    building = access_building(actor, building_id)
    need(actor, building.estate.agency_id, KEEPERS, "登记房屋")
    Building.objects.select_for_update(of=("self",)).get(pk=building.pk)
    if not -building.floors_below <= floor <= building.floors or floor == 0:
        raise InputError(
            f"这栋楼地上 {building.floors} 层、地下 {building.floors_below} 层",
            where="楼层",
            advice="请核对。",
        )
    if not 1 <= door <= 99:
        raise InputError("应在 1 至 99 之间", where="同层序号", advice="请核对。")
    name = said(entrance, "单元号", most=8)
    way, _ = Entrance.objects.get_or_create(building=building, number=name)
    sign = "-" if floor < 0 else ""
    number = f"{building.number}-{name}-{sign}{abs(floor):02d}{door:02d}"
    row = _new_dwelling(
        building.estate,
        way,
        number,
        floor,
        door,
        kind,
        since=timezone.localdate(),
        programme=programme,
        funding=funding,
    )
    enter_dwellings(actor, [row], said(reason, "理由"))
    record(
        actor,
        "stock.dwelling.add",
        row,
        reason=reason,
        after=snapshot(row),
        agency_id=building.estate.agency_id,
    )
    return row


def _cleaned(dwelling: Dwelling, facts: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(facts) - set(FACTS)
    if unknown:
        raise InputError("没有这个项目", where="、".join(sorted(unknown)), advice="请从页面上修改。")
    region, today = dwelling.estate.agency.region_code[:6], timezone.localdate()
    cleaned = dict(facts)
    for name, value in facts.items():
        label = FACTS[name]
        if name in _CHOICES and value not in _CHOICES[name]:
            raise InputError("没有这个选项", where=label, advice="请从列表中选择。")
        if name in ("area_m2", "inner_area_m2") and value is not None and not 0 < value <= AREA_MAX:
            raise InputError(f"应大于 0、不超过 {AREA_MAX}", where=label, advice="请核对单位是否为平方米。")
        if name == "rooms" and not 1 <= int(value) <= 9:
            raise InputError("应在 1 至 9 之间", where=label, advice="请核对。")
        if name == "house_code":
            cleaned[name] = clean_house_code(
                value, table=check_table(region, today), region=region, year=dwelling.building.completed_year
            )
        if name == "property_code":
            cleaned[name] = clean_property_code(value, region)
        if name in ("facing", "title_number", "note"):
            cleaned[name] = said(
                value, label, needed=False, most={"facing": 8, "title_number": 60}.get(name, 300)
            )
    area = cleaned.get("area_m2", dwelling.area_m2)
    inner = cleaned.get("inner_area_m2", dwelling.inner_area_m2)
    if inner is not None and inner > area:
        raise InputError("套内面积大于建筑面积", where="套内面积（㎡）", advice="请核对。")
    return cleaned


def _text(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)


@transaction.atomic
def alter_dwelling(
    actor: Actor,
    dwelling_id: int,
    version: int,
    facts: Mapping[str, Any],
    *,
    on: date,
    reason: str,
    document: str = "",
) -> Dwelling:
    """Change facts of a dwelling; the old ones stay in its history with the day from which the new ones hold.

    What a rent was computed from before stays with the rent: a lease keeps its own area and price.

    Args:
        facts: columns of :data:`FACTS` and their new values; what is as before is left alone.
        document: on what it rests; needed where a rent depends on it.

    Raises:
        InputError: a value that no dwelling has, no document, or nothing that changes.
    """
    seen = access_dwelling(actor, dwelling_id)
    need(actor, seen.estate.agency_id, KEEPERS, "修改房屋")
    dwelling = locked_dwelling(seen.pk, version)
    dwelling.building, dwelling.estate = seen.building, seen.estate
    cleaned = {
        name: value for name, value in _cleaned(dwelling, facts).items() if value != getattr(dwelling, name)
    }
    if not cleaned:
        raise InputError("没有改动", where=str(dwelling), advice="请修改后再保存。")
    paper = said(document, "依据", needed=bool(PRICED & cleaned.keys()), most=80)
    why = said(reason, "理由")
    changes = {name: [_text(getattr(dwelling, name)), _text(value)] for name, value in cleaned.items()}
    for name, value in cleaned.items():
        setattr(dwelling, name, value)
    touched(dwelling, *cleaned)
    last = dwelling.changes.aggregate(last=Max("number"))["last"] or 0
    DwellingChange.objects.create(
        dwelling=dwelling, number=last + 1, facts=changes, on=not_later(on, "自何日起"), reason=why, document=paper,
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    record(
        actor, "stock.dwelling.alter", dwelling, reason=why, before={name: old for name, (old, _) in changes.items()},
        after={name: new for name, (_, new) in changes.items()} | {"document": paper}, agency_id=dwelling.estate.agency_id,
    )  # fmt: skip
    return dwelling
