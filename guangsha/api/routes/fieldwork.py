"""Repairs: reported for whoever lives there, followed by them, and the queue of the agency by its limits."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Schema
from ninja.responses import Status

from guangsha.api.actions import note_read
from guangsha.api.citizens import citizen_of, within
from guangsha.api.guard import machine_of_request
from guangsha.api.once import once
from guangsha.api.problems import Problem
from guangsha.api.schemas import (
    PAGE_USUAL,
    After,
    CitizenSession,
    Given,
    IdempotencyNeeded,
    Limit,
    Number,
    cut,
    cut_in_order,
)
from guangsha.api.surface import operation, room
from guangsha.areas.fieldwork import actions, queries
from guangsha.areas.fieldwork.access import access_order, orders_of
from guangsha.areas.fieldwork.facts import ORDER_STATES, PAYERS, REPAIR_KINDS
from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.tenancy.access import leases_of
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere

router = room("fieldwork")


class RepairShown(Schema):
    """A repair order."""

    number: str = Field(description="工单号")
    kind: str
    kind_name: str
    urgent: bool
    state: str = Field(
        description="状态：" + "、".join(f"{code} {word}" for code, word in ORDER_STATES.items())
    )
    state_name: str
    place: str
    reported_at: datetime
    answer_due_at: datetime = Field(description="答复期限")
    finish_due_at: datetime | None = Field(description="修复期限；受理后才有")


class RepairPage(Schema):
    """A page of orders."""

    repairs: list[RepairShown]
    next: str | None


class RepairQueued(RepairShown):
    """An order in the queue."""

    left: str = Field(description="还剩或超过多少时间")
    contractor: str = Field(description="维修单位")


class RepairQueue(Schema):
    """A page of the queue, the nearest limit first."""

    repairs: list[RepairQueued]
    next: str | None


class RepairFull(RepairQueued):
    """An order with what it costs and who pays. Who reported it is not handed out."""

    text: str = Field(description="情况")
    done_at: datetime | None
    payer: str = Field(description="owner 产权单位承担，tenant 承租人承担；没有定的为空")
    payer_name: str
    owner_fen: int = Field(description="产权单位承担（分）")
    tenant_fen: int = Field(description="承租人承担（分）")
    warranty_until: date | None
    stars: int | None = Field(description="评价，5 非常满意 … 1 非常不满意")


class MomentOfRepair(Schema):
    """One point on the line of a repair."""

    title: str
    text: str
    at: datetime | None
    state: str = Field(description="done 已过，now 现在，next 将来")
    due: date | None


class OwnRepair(RepairShown):
    """One's own report with what happened and what comes next."""

    text: str
    tenant_fen: int = Field(description="由承租人承担的费用（分）")
    timeline: list[MomentOfRepair]


class ReportGiven(Given):
    """What is broken at home."""

    lease: str = Field(min_length=1, max_length=32, description="合同编号，见 /own/leases")
    kind: Literal["water", "power", "gas", "door", "lift", "wall", "other"] = Field(
        description="坏了什么：" + "、".join(f"{code} {word}" for code, word in REPAIR_KINDS.items())
    )
    text: str = Field(min_length=1, max_length=500, description="情况")
    wanted: str = Field("", max_length=60, description="方便上门的时间")
    urgent: bool = Field(False, description="危及安全或无法居住")
    phone: str = Field("", max_length=20, pattern=r"^[0-9+ -]*$", description="联系电话；不填用登记的")


def _repair(one: RepairOrder) -> dict[str, Any]:
    names = ("number", "kind", "urgent", "state", "place", "reported_at", "answer_due_at", "finish_due_at")
    return {name: getattr(one, name) for name in names} | {
        "kind_name": REPAIR_KINDS[one.kind], "state_name": ORDER_STATES[one.state],
    }  # fmt: skip


def _queued(one: RepairOrder, now: datetime) -> dict[str, Any]:
    return _repair(one) | {
        "left": queries.left_of(one, now).words, "contractor": one.contractor.name if one.contractor else "",
    }  # fmt: skip


def _own(one: RepairOrder) -> dict[str, Any]:
    return _repair(one) | {
        "text": one.text, "tenant_fen": one.tenant_fen,
        "timeline": [
            {"title": moment.title, "text": moment.text, "at": moment.at, "state": moment.state, "due": moment.due}
            for moment in queries.timeline_of(one)
        ],
    }  # fmt: skip


@operation(router, "GET", "/repairs", scope="repairs:read", summary="维修工单，按期限先后", gives=RepairQueue)
def list_repairs(
    request: HttpRequest,
    scope: Annotated[
        Literal["late", "new", "work", "money", "done", "all"],
        Query(
            description="late 超期，new 待受理待派工，work 维修中，money 待批费用，done 已修好，all 全部（新的在前）"
        ),
    ] = "work",
    after: After = "",
    limit: Limit = PAGE_USUAL,
) -> Any:
    """Orders within reach as on the board of the office: the nearest limit first."""
    found, following = cut_in_order(queries.in_scope(machine_of_request(request).actor, scope), after, limit)
    now = timezone.now()
    return {"repairs": [_queued(one, now) for one in found], "next": following}


@operation(router, "GET", "/repairs/{number}", scope="repairs:read", summary="一张维修工单", gives=RepairFull)
def show_repair(request: HttpRequest, number: Number) -> Any:
    """An order; the look is in the log."""
    actor = machine_of_request(request).actor
    found = access_order(actor, number)
    names = ("text", "done_at", "payer", "owner_fen", "tenant_fen", "warranty_until", "stars")
    shown = (
        _queued(found, timezone.now())
        | {name: getattr(found, name) for name in names}
        | {"payer_name": PAYERS.get(found.payer, "")}
    )
    note_read(actor, "api.repair.read", found, agency_id=found.agency_id)
    return shown


@operation(router, "GET", "/own/repairs", scope="own:read", summary="本人的报修", gives=RepairPage)
def list_own_repairs(
    request: HttpRequest, after: After = "", limit: Limit = PAGE_USUAL, x_citizen_session: CitizenSession = ""
) -> Any:
    """What one reported, the newest first."""
    actor = citizen_of(request, x_citizen_session)
    found, following = cut(_mine(actor), after, limit)
    return {"repairs": [_repair(one) for one in found], "next": following}


def _mine(actor: Actor) -> QuerySet[RepairOrder]:
    return within(actor, orders_of(actor))


@operation(
    router, "GET", "/own/repairs/{number}", scope="own:read", summary="本人的一张报修", gives=OwnRepair
)
def show_own_repair(request: HttpRequest, number: Number, x_citizen_session: CitizenSession = "") -> Any:
    """One's own report with its timeline."""
    actor = citizen_of(request, x_citizen_session)
    found = _mine(actor).filter(number=number).first()
    if found is None:
        raise NotThere
    return _own(found)


@operation(
    router, "POST", "/own/repairs", scope="own:write", summary="报修", gives={201: OwnRepair}, refuses=(409,)
)  # fmt: skip
def report_own_repair(
    request: HttpRequest,
    body: ReportGiven,
    idempotency_key: IdempotencyNeeded,
    x_citizen_session: CitizenSession = "",
) -> Status[Any]:
    """Somebody reports what is broken where they live; limits run from now, as from the pages of the portal."""
    actor = citizen_of(request, x_citizen_session)
    if not within(actor, leases_of(actor)).filter(number=body.lease).exists():
        raise Problem("invalid", "没有找到这个人现在租住的公租房，请核对合同编号。")
    given = actions.Report(body.kind, body.text, "", body.wanted, body.urgent, body.phone, uuid.uuid4())

    def work() -> Schema:
        return OwnRepair(**_own(actions.report_from_home(actor, body.lease, given)))

    return once(request, idempotency_key, work)
