"""Dwellings: what everybody sees of them, the register for systems of the agency, and a change of state that a person answers for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Schema
from ninja.responses import Status

from guangsha.api.guard import machine_of_request, send_header
from guangsha.api.once import once
from guangsha.api.schemas import (
    PAGE_USUAL,
    After,
    Given,
    IdempotencyKey,
    IfMatch,
    Key,
    Limit,
    Short,
    StaffSession,
    cut,
    tag_of,
    version_in,
)
from guangsha.api.staff import staff_of
from guangsha.api.surface import operation, room
from guangsha.areas.stock import actions, queries
from guangsha.areas.stock.access import access_dwelling, access_estate, estates_of
from guangsha.areas.stock.facts import DWELLING_STATES, HALVES, LAYOUTS, PROGRAMMES, REQUEST_KINDS
from guangsha.areas.stock.models import Dwelling
from guangsha.people.access import NotThere

router = room("stock")
_STATES = "、".join(f"{code} {word}" for code, word in DWELLING_STATES.items())
Layout = Annotated[str, Query(pattern=f"^({'|'.join(LAYOUTS)})?$", description="户型组别：" + "、".join(f"{code} {word}" for code, word in LAYOUTS.items()))]  # fmt: skip


class OfferShown(Schema):
    """Vacant dwellings of one layout of an estate."""

    layout: str
    layout_name: str
    count: int
    least_m2: Decimal
    most_m2: Decimal
    rent_least_fen: int | None = Field(description="月租金最低（分）；没有租金参数的地方为 null")
    rent_most_fen: int | None = Field(description="月租金最高（分）")


class EstateOnOffer(Schema):
    """An estate with vacant dwellings, as everybody sees it: no door, no person."""

    id: int
    name: str
    address: str
    agency: str
    vacant: int
    offers: list[OfferShown]


class OfferList(Schema):
    """Estates with vacant dwellings."""

    estates: list[EstateOnOffer]


class FloorShown(Schema):
    """Vacant dwellings of a building of one layout, size and facing."""

    building: str
    layout_name: str
    area_m2: Decimal
    facing: str
    count: int


class SlotShown(Schema):
    """Half a day on which the estate is shown."""

    on: date
    half: str = Field(description="morning 上午，afternoon 下午")
    half_name: str
    meet_at: str
    seats_left: int


class EstateOnOfferFull(EstateOnOffer):
    """The same with where the vacant dwellings are and when they are shown."""

    vacant_dwellings: list[FloorShown]
    viewings: list[SlotShown]


class EstateShown(Schema):
    """An estate of the register."""

    id: int
    code: str = Field(description="小区代码")
    name: str
    address: str
    community: str
    total: int = Field(description="房屋套数")
    states: dict[str, int] = Field(description="房态代码和套数")


class EstatePage(Schema):
    """A page of estates."""

    estates: list[EstateShown]
    next: str | None


class BuildingShown(Schema):
    """A building."""

    id: int
    number: str
    floors: int
    completed_year: int | None
    house_code: str
    total: int
    vacant: int
    let: int


class BuildingList(Schema):
    """The buildings of an estate."""

    buildings: list[BuildingShown]


class DwellingShown(Schema):
    """A dwelling of the register. Who lives there is asked of leases."""

    id: int
    code: str = Field(description="房屋编号")
    number: str = Field(description="房号")
    estate: int
    estate_name: str
    building: int
    state: str = Field(description="房态：" + _STATES)
    state_name: str
    since: date = Field(description="现房态起始日")
    layout: str
    rooms: int
    area_m2: Decimal
    accessible: bool
    programme: str
    version: int


class DwellingPage(Schema):
    """A page of dwellings."""

    dwellings: list[DwellingShown]
    next: str | None


class MoveShown(Schema):
    """A change of state."""

    number: int
    before: str
    after: str
    on: date
    reason: str


class DwellingFull(DwellingShown):
    """A dwelling with its history, newest first."""

    inner_area_m2: Decimal | None
    facing: str
    house_code: str
    property_code: str
    funding: str
    title_state: str
    keys: int = Field(description="在库钥匙套数")
    history: list[MoveShown]


class MoveGiven(Given):
    """On which day, and why."""

    on: date = Field(strict=False, description="日期，不晚于今天")
    reason: Short = Field(min_length=1, description="理由，写入操作记录")


class OutGiven(Given):
    """Why a dwelling is to be taken out."""

    kind: str = Field(pattern=f"^({'|'.join(REQUEST_KINDS)})$", description="withdrawn 停用，disposed 处置")
    reason: Short = Field(min_length=1, description="原因")
    document: str = Field("", max_length=80, description="依据；处置时必填")


class OutAsked(Schema):
    """The request waits for another person."""

    id: int
    kind: str
    state: str = Field(description="asked 待审批；由另一位负责人在办公页面审批")


def _on_offer(one: queries.PublicEstate) -> dict[str, Any]:
    return {
        "id": one.estate.pk, "name": one.estate.name, "address": one.estate.address, "agency": one.estate.agency.name, "vacant": one.vacant,
        "offers": [
            {"layout": each.layout, "layout_name": each.name, "count": each.count, "least_m2": each.least_m2, "most_m2": each.most_m2,
             "rent_least_fen": each.rent.least_fen if each.rent else None, "rent_most_fen": each.rent.most_fen if each.rent else None}
            for each in one.offers
        ],
    }  # fmt: skip


@operation(router, "GET", "/housing", scope="housing:read", summary="有空置房屋的小区", gives=OfferList)
def list_housing(
    request: HttpRequest,
    layout: Layout = "",
    accessible: Annotated[bool, Query(description="只要无障碍住房")] = False,
    limit: Limit = PAGE_USUAL,
) -> Any:
    """What may be had where, of which size and at which rent: the same as on the portal, within the key's agencies."""
    scope = machine_of_request(request).actor.scope
    found = queries.public_estates(layout=layout, accessible=accessible)
    return {"estates": [_on_offer(one) for one in found if one.estate.agency_id in scope][:limit]}


@operation(
    router, "GET", "/housing/{estate}", scope="housing:read", summary="一个小区的空置房屋和看房时段", gives=EstateOnOfferFull
)  # fmt: skip
def show_housing(request: HttpRequest, estate: Key) -> Any:
    """How many dwellings are vacant in which building, and when the estate is shown."""
    scope = machine_of_request(request).actor.scope
    one = next((each for each in queries.public_estates() if each.estate.pk == estate), None)
    if one is None or one.estate.agency_id not in scope:
        raise NotThere
    return _on_offer(one) | {
        "vacant_dwellings": [
            {"building": building, "layout_name": name, "area_m2": area, "facing": facing, "count": count}
            for building, name, area, facing, count in queries.public_floors(one.estate)
        ],
        "viewings": [
            {"on": slot.on, "half": slot.half, "half_name": HALVES[slot.half], "meet_at": slot.meet_at, "seats_left": slot.seats - slot.taken}
            for slot in queries.slots_ahead(one.estate)
        ],
    }  # fmt: skip


@operation(router, "GET", "/estates", scope="dwellings:read", summary="小区和各房态套数", gives=EstatePage)
def list_estates(request: HttpRequest, after: After = "", limit: Limit = PAGE_USUAL) -> Any:
    """Estates within reach with how many dwellings stand in each state."""
    rows = estates_of(machine_of_request(request).actor).select_related("community")
    found, following = cut(rows, after, limit, newest=False)
    return {
        "estates": [
            {"id": one.estate.pk, "code": one.estate.code, "name": one.estate.name, "address": one.estate.address,
             "community": one.estate.community.name if one.estate.community else "", "total": one.total, "states": dict(one.states)}
            for one in queries.tallied(found)
        ],
        "next": following,
    }  # fmt: skip


@operation(
    router, "GET", "/estates/{estate}/buildings", scope="dwellings:read", summary="小区的楼栋", gives=BuildingList
)  # fmt: skip
def list_buildings(request: HttpRequest, estate: Key) -> Any:
    """The buildings of an estate with their counts."""
    home = access_estate(machine_of_request(request).actor, estate)
    return {
        "buildings": [
            {"id": one.building.pk, "number": one.building.number, "floors": one.building.floors, "completed_year": one.building.completed_year,
             "house_code": one.building.house_code, "total": one.total, "vacant": one.vacant, "let": one.let}
            for one in queries.building_lines(home)
        ]
    }  # fmt: skip


def _dwelling(one: Dwelling) -> dict[str, Any]:
    names = ("code", "number", "state", "since", "layout", "rooms", "area_m2", "accessible", "programme", "version")  # fmt: skip
    return {name: getattr(one, name) for name in names} | {
        "id": one.pk, "estate": one.estate_id, "estate_name": one.estate.name, "building": one.building_id,
        "state_name": DWELLING_STATES[one.state],
    }  # fmt: skip


@operation(router, "GET", "/dwellings", scope="dwellings:read", summary="房屋列表", gives=DwellingPage)
def list_dwellings(
    request: HttpRequest,
    estate: Annotated[int, Query(ge=0, le=2**31, description="小区编号；0 为全部")] = 0,
    building: Annotated[int, Query(ge=0, le=2**31, description="楼栋编号；0 为全部")] = 0,
    state: Annotated[str, Query(pattern=f"^({'|'.join(DWELLING_STATES)})?$", description="房态代码")] = "",
    layout: Layout = "",
    programme: Annotated[
        str, Query(pattern=f"^({'|'.join(PROGRAMMES)})?$", description="用途，例如 public_rental 公租房")
    ] = "",
    after: After = "",
    limit: Limit = PAGE_USUAL,
) -> Any:
    """Dwellings within reach, in the order in which they were entered."""
    actor = machine_of_request(request).actor
    rows = queries.found_dwellings(actor, estate=estate, state=state, layout=layout, programme=programme)
    if building:
        rows = rows.filter(building_id=building)
    found, following = cut(rows, after, limit, newest=False)
    return {"dwellings": [_dwelling(one) for one in found], "next": following}


@operation(
    router, "GET", "/dwellings/{dwelling}", scope="dwellings:read", summary="一套房屋和它的房态经过", gives=DwellingFull
)  # fmt: skip
def show_dwelling(request: HttpRequest, dwelling: Key) -> Any:
    """A dwelling; its version is the ETag."""
    found = access_dwelling(machine_of_request(request).actor, dwelling)
    send_header(request, "ETag", tag_of(found.version))
    names = ("inner_area_m2", "facing", "house_code", "property_code", "funding", "title_state", "keys")
    return (
        _dwelling(found)
        | {name: getattr(found, name) for name in names}
        | {
            "history": [
                {
                    "number": one.number,
                    "before": one.before,
                    "after": one.after,
                    "on": one.on,
                    "reason": one.reason,
                }
                for one in found.events.order_by("-number")[: queries.HISTORY_MAX]
            ]
        }
    )


class DwellingMoved(DwellingShown):
    """A dwelling after an act."""


_MOVES = {"ready": ("转为可配", actions.make_ready), "repair": ("转为维修", actions.send_to_repair)}
_REFUSES = (409, 412, 428)


def _declare(act: str) -> None:
    title, move = _MOVES[act]

    def run(
        request: HttpRequest, dwelling: Key, body: MoveGiven, if_match: IfMatch = "", x_staff_session: StaffSession = "",
        idempotency_key: IdempotencyKey = "",
    ) -> Status[Any]:  # fmt: skip
        actor = staff_of(request, x_staff_session)
        found, version = access_dwelling(actor, dwelling), version_in(if_match)

        def work() -> Schema:
            moved = move(actor, found.pk, version, on=body.on, reason=body.reason)
            fresh = access_dwelling(actor, moved.pk)
            send_header(request, "ETag", tag_of(fresh.version))
            return DwellingMoved(**_dwelling(fresh))

        return once(request, idempotency_key, work, status=200, needed=False)

    run.__name__ = f"dwelling_{act}"
    operation(
        router, "POST", f"/dwellings/{{dwelling}}/acts/{act}", scope="dwellings:act", summary=title, gives=DwellingMoved, refuses=_REFUSES
    )(run)  # fmt: skip


for _act in _MOVES:
    _declare(_act)


@operation(
    router, "POST", "/dwellings/{dwelling}/acts/take-out", scope="dwellings:act", summary="申请停用或处置", gives={201: OutAsked},
    refuses=(409,),
)  # fmt: skip
def dwelling_take_out(
    request: HttpRequest, dwelling: Key, body: OutGiven, x_staff_session: StaffSession = "", idempotency_key: IdempotencyKey = ""
) -> Status[Any]:  # fmt: skip
    """Asks; another person decides on the pages of the office."""
    actor = staff_of(request, x_staff_session)
    found = access_dwelling(actor, dwelling)

    def work() -> Schema:
        asked = actions.ask_out(actor, found.pk, body.kind, reason=body.reason, document=body.document)
        return OutAsked(id=asked.pk, kind=asked.kind, state=asked.state)

    return once(request, idempotency_key, work, needed=False)
