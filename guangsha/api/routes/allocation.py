"""The waiting list, plans and draws: what is published of them, and somebody's own place."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Path, Schema

from guangsha.api.citizens import citizen_of
from guangsha.api.guard import machine_of_request
from guangsha.api.schemas import PAGE_USUAL, After, CitizenSession, Limit, Number, cut
from guangsha.api.surface import operation, room
from guangsha.areas.allocation import draw_queries, queries
from guangsha.areas.allocation.access import access_plan, plans_of
from guangsha.areas.allocation.draw_access import access_published_draw, published_draws
from guangsha.areas.allocation.draw_facts import DRAW_STATES
from guangsha.areas.allocation.draw_public import values_of, zipped
from guangsha.areas.allocation.facts import (
    ENTRY_STATES,
    METHODS,
    PLAN_STATES,
    QUEUES,
    REGISTRATION_STATES,
    TIERS,
)
from guangsha.areas.allocation.models import Plan, WaitlistEntry
from guangsha.areas.allocation.models_draw import Draw
from guangsha.areas.portal.queries import still_in_sight
from guangsha.people.access import NotThere

router = room("allocation")
DrawId = Annotated[str, Path(min_length=1, max_length=64, description="摇号编号")]


class PlanShown(Schema):
    """A plan as it was announced."""

    number: str = Field(description="方案编号")
    name: str
    document_number: str
    agency: str
    state: str
    state_name: str
    method: str = Field(
        description="定序办法：" + "、".join(f"{code} {word}" for code, word in METHODS.items())
    )
    register_from: date
    register_until: date = Field(description="登记最后一日（含）")
    place: str = Field(description="选房地点")


class PlanPage(Schema):
    """A page of plans, the newest first."""

    plans: list[PlanShown]
    next: str | None


class QueueShown(Schema):
    """A layout group of a plan."""

    layout: str
    name: str
    dwellings: int
    families_first_tier: int
    families_others: int


class ResultShown(Schema):
    """Who took which dwelling, masked."""

    entry_no: str = Field(description="登记号")
    order: int
    name: str = Field(description="姓名（遮盖）")
    queue: str
    unit: str


class PlanFull(PlanShown):
    """A plan with its counts, where its roster is made public, its draws, and its result as long as that is public."""

    audience: str
    rent_note: str
    queues: list[QueueShown]
    notice: str | None = Field(description="名册公示的编号，见 /notices/{number}；不在公示期的为 null")
    draws: list[str] = Field(description="已公布的摇号编号")
    results: list[ResultShown]


class DrawShown(Schema):
    """A published draw."""

    id: str
    plan: str = Field(description="方案编号")
    plan_name: str
    state: str
    state_name: str
    draws_at: datetime
    place: str


class DrawPage(Schema):
    """A page of draws, the newest first."""

    draws: list[DrawShown]
    next: str | None


class ValueShown(Schema):
    """A published value, as it is needed to recompute the draw."""

    code: str
    name: str
    value: str


class DrawFull(DrawShown):
    """A draw with everything published of it so far."""

    values: list[ValueShown]
    files: dict[str, str] = Field(description="文件名和 SM3 摘要；文件在 /draws/{draw}/pack")


class PlaceShown(Schema):
    """A place in line."""

    number: int = Field(description="同户型同层次中的位次，从 1 起")
    of: int
    ahead: int = Field(description="优先层次排在前面的户数")
    housed_in_year: int = Field(description="一年内同户型同层次已入住的户数")


class OwnRegistration(Schema):
    """A registration for a plan."""

    plan: str = Field(description="方案编号")
    plan_name: str
    entry_no: str = Field(description="登记号")
    state: str
    state_name: str
    order_number: int | None = Field(description="摇号或排序得到的顺序号")


class OwnEntry(Schema):
    """An entry of the waiting list."""

    number: str = Field(description="轮候号")
    state: str
    state_name: str
    listed_on: date = Field(description="轮候起始日")
    layout: str
    layout_name: str
    tier: int
    tier_name: str
    members: int
    place: PlaceShown | None = Field(description="现在的位次；不在轮候中的为 null")
    registrations: list[OwnRegistration]


class OwnWaitlist(Schema):
    """The entries of one's own household."""

    entries: list[OwnEntry]


def _plan(plan: Plan) -> dict[str, Any]:
    names = (
        "number",
        "name",
        "document_number",
        "state",
        "method",
        "register_from",
        "register_until",
        "place",
    )
    return {name: getattr(plan, name) for name in names} | {
        "agency": plan.agency.name, "state_name": PLAN_STATES[plan.state],
    }  # fmt: skip


@operation(router, "GET", "/plans", scope="housing:read", summary="已公布的配租方案", gives=PlanPage)
def list_plans(request: HttpRequest, after: After = "", limit: Limit = PAGE_USUAL) -> Any:
    """Plans of the key's agencies that were announced, the newest first."""
    rows = plans_of(machine_of_request(request).actor).select_related("agency")
    found, following = cut(rows, after, limit)
    return {"plans": [_plan(one) for one in found], "next": following}


@operation(router, "GET", "/plans/{number}", scope="housing:read", summary="一个配租方案", gives=PlanFull)
def show_plan(request: HttpRequest, number: Number) -> Any:
    """A plan; families are counted, and named (masked) only in the result, as long as that is public."""
    plan = access_plan(machine_of_request(request).actor, number)
    shown = (
        plan.state == "done" and plan.public_until is not None and plan.public_until >= timezone.localdate()
    )
    notice = plan.notice if plan.notice and still_in_sight(plan.notice) else None
    draws = published_draws().filter(plan=plan).order_by("pk")
    return _plan(plan) | {
        "audience": plan.audience, "rent_note": plan.rent_note, "notice": notice.number if notice else None,
        "queues": [
            {"layout": code, "name": QUEUES[code], "dwellings": doors, "families_first_tier": first, "families_others": others}
            for code, doors, first, others in queries.queues_of(plan)
        ],
        "draws": list(draws.values_list("draw_id", flat=True)[:20]),
        "results": queries.result_rows(plan) if shown else [],
    }  # fmt: skip


def _draw(draw: Draw) -> dict[str, Any]:
    return {
        "id": draw.draw_id, "plan": draw.plan.number, "plan_name": draw.plan.name, "state": draw.state,
        "state_name": DRAW_STATES[draw.state], "draws_at": draw.draws_at, "place": draw.place,
    }  # fmt: skip


def _published(request: HttpRequest, draw_id: str) -> Draw:
    found = access_published_draw(draw_id)
    if found.plan.agency_id not in machine_of_request(request).actor.scope:
        raise NotThere
    return found


@operation(router, "GET", "/draws", scope="housing:read", summary="已公布的摇号", gives=DrawPage)
def list_draws(request: HttpRequest, after: After = "", limit: Limit = PAGE_USUAL) -> Any:
    """Published draws of the key's agencies, the newest first."""
    scope = machine_of_request(request).actor.scope
    found, following = cut(draw_queries.listed_in_public().filter(plan__agency_id__in=scope), after, limit)
    return {"draws": [_draw(one) for one in found], "next": following}


@operation(router, "GET", "/draws/{draw}", scope="housing:read", summary="一次摇号", gives=DrawFull)
def show_draw(request: HttpRequest, draw: DrawId) -> Any:
    """What was published of a draw so far: commitments, public randomness, the seed, digests of its files."""
    found = _published(request, draw)
    return _draw(found) | {
        "values": [{"code": code, "name": name, "value": value} for code, value, name in values_of(found)],
        "files": dict(draw_queries.digests_of(found)),
    }


_ZIP = {
    "responses": {200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}}
}


@operation(
    router, "GET", "/draws/{draw}/pack", scope="housing:read", summary="摇号资料包", gives={200: None}, extra=_ZIP
)  # fmt: skip
def download_pack(request: HttpRequest, draw: DrawId) -> HttpResponse:
    """Everything that is needed to recompute the draw, and nobody's name."""
    found = _published(request, draw)
    return zipped(draw_queries.pack_of(found), f"{found.draw_id}.zip", "application/zip")


def _entry(entry: WaitlistEntry) -> dict[str, Any]:
    place = queries.place_of(entry)
    return {
        "number": entry.number, "state": entry.state, "state_name": ENTRY_STATES[entry.state], "listed_on": entry.listed_on,
        "layout": entry.layout, "layout_name": QUEUES[entry.layout], "tier": entry.tier, "tier_name": TIERS[entry.tier],
        "members": entry.members,
        "place": {"number": place.number, "of": place.of, "ahead": place.ahead, "housed_in_year": place.housed_in_year} if place else None,
        "registrations": [
            {"plan": one.plan.number, "plan_name": one.plan.name, "entry_no": one.entry_no, "state": one.state,
             "state_name": REGISTRATION_STATES[one.state], "order_number": one.order_number}
            for one in queries.own_registrations(entry)
        ],
    }  # fmt: skip


@operation(
    router, "GET", "/own/waitlist", scope="own:read", summary="本人的轮候位次和配租登记", gives=OwnWaitlist
)  # fmt: skip
def show_own_waitlist(request: HttpRequest, x_citizen_session: CitizenSession = "") -> Any:
    """The entries of one's own household with their places now."""
    actor = citizen_of(request, x_citizen_session)
    found = [one for one in queries.own_entries(actor) if one.agency_id in actor.scope]
    return {"entries": [_entry(one) for one in found]}
