"""Public notices, and objections to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Schema
from ninja.responses import Status

from guangsha.api.guard import machine_of_request
from guangsha.api.once import once
from guangsha.api.schemas import Given, IdempotencyNeeded, Number
from guangsha.api.surface import operation, room
from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_notice, access_objection
from guangsha.areas.intake.actions.notices import OBJECTION_MAX
from guangsha.areas.intake.models import Notice, Objection
from guangsha.areas.portal.queries import notices_in_sight, still_in_sight
from guangsha.people.access import NotThere

router = room("notices")


class NoticeBrief(Schema):
    """A notice in the list."""

    number: str = Field(description="公示编号")
    title: str
    service: str
    agency: str
    starts_on: date
    ends_on: date = Field(description="最后一日（含）")
    state: str = Field(description="running 公示中，ended 已结束")


class NoticeList(Schema):
    """Notices in public sight, the newest first."""

    notices: list[NoticeBrief]


class NoticeFull(NoticeBrief):
    """A notice with its masked rows."""

    rows: list[dict[str, str | int]] = Field(description="公示内容（已遮盖）")
    digest: str = Field(description="内容摘要（SM3）")


class ObjectionGiven(Given):
    """An objection."""

    text: str = Field(min_length=1, max_length=OBJECTION_MAX, description="异议内容")
    contact: str = Field("", max_length=100, description="联系方式（选填，密封保存）")
    row: int | None = Field(None, ge=1, le=100_000, description="针对第几行；不填是针对整份公示")


class ObjectionShown(Schema):
    """The receipt of an objection, and what became of it."""

    receipt: str = Field(description="回执号，凭它查结果")
    notice: str
    made_at: datetime
    due_on: date = Field(description="最迟答复日")
    state: str = Field(description="open 待核实，upheld 成立，dismissed 不成立")
    finding: str


def _brief(notice: Notice) -> dict[str, Any]:
    return {
        "number": notice.number, "title": notice.title, "service": notice.service, "agency": notice.agency.name,
        "starts_on": notice.starts_on, "ends_on": notice.ends_on, "state": notice.state,
    }  # fmt: skip


def _in_sight(number: str) -> Notice:
    found = access_notice(number)
    if not still_in_sight(found):
        raise NotThere
    return found


@operation(router, "GET", "/notices", scope="notices:read", summary="公示列表", gives=NoticeList)
def list_notices(
    request: HttpRequest, limit: Annotated[int, Query(ge=1, le=100, description="最多几份")] = 50
) -> Any:
    """What is made public now, and what ended a short while ago: the same list as on the portal."""
    return {"notices": [_brief(one) for one in notices_in_sight(limit)]}


@operation(router, "GET", "/notices/{number}", scope="notices:read", summary="一份公示", gives=NoticeFull)
def show_notice(request: HttpRequest, number: Number) -> Any:
    """One notice."""
    found = _in_sight(number)
    return _brief(found) | {"rows": found.rows, "digest": found.digest}


def _shown(objection: Objection) -> ObjectionShown:
    return ObjectionShown(
        receipt=objection.receipt, notice=objection.notice.number, made_at=objection.made_at, due_on=objection.due_on,
        state=objection.state, finding=objection.finding,
    )  # fmt: skip


@operation(
    router, "POST", "/notices/{number}/objections", scope="cases:write", summary="提出异议", gives={201: ObjectionShown}, refuses=(409,)
)  # fmt: skip
def make_objection(
    request: HttpRequest, number: Number, body: ObjectionGiven, idempotency_key: IdempotencyNeeded
) -> Status[Any]:
    """Anybody objects; the objector's name never reaches the household concerned."""
    actor = machine_of_request(request).actor
    _in_sight(number)
    return once(
        request, idempotency_key,
        lambda: _shown(actions.make_objection(actor, number, body.text, body.contact, row=body.row)),
    )  # fmt: skip


@operation(
    router,
    "GET",
    "/objections/{receipt}",
    scope="notices:read",
    summary="异议的处理结果",
    gives=ObjectionShown,
)
def show_objection(request: HttpRequest, receipt: Number) -> Any:
    """Whoever holds the receipt may ask what became of it."""
    return _shown(access_objection(receipt))
