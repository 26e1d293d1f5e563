"""Household files, masked; one value plain, for a reason that is kept."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Schema

from guangsha.api.actions import note_read
from guangsha.api.guard import machine_of_request
from guangsha.api.schemas import PAGE_USUAL, After, Given, Key, Limit, Number, cut
from guangsha.api.surface import operation, room
from guangsha.areas.registry.access import access_household, access_member, households_of
from guangsha.areas.registry.models import Household
from guangsha.areas.registry.queries import household_file
from guangsha.privacy import masks
from guangsha.privacy.actions import REASON_MAX, reveal

router = room("households")


class HouseholdBrief(Schema):
    """A file in the list."""

    number: str = Field(description="档案号")
    head: str = Field(description="户主（遮盖）")
    agency: str
    community: str
    programme: str = Field(description="保障类别")
    opened_on: date
    closed_on: date | None


class HouseholdPage(Schema):
    """A page of files, the newest first."""

    households: list[HouseholdBrief]
    next: str | None


class MemberShown(Schema):
    """A member, masked."""

    id: int
    name: str
    identity: str
    phone: str
    relation: str
    age: int | None
    counted: bool
    started_on: date
    ended_on: date | None
    statuses: list[str]


class AddressShown(Schema):
    """An address to the community or building."""

    kind: str
    text: str
    started_on: date
    ended_on: date | None


class HomeShown(Schema):
    """A home that a member owns or rents, without its address."""

    nature: str
    area_m2: str
    acquired_on: date | None
    disposed_on: date | None


class HouseholdFull(HouseholdBrief):
    """A file, masked."""

    members: list[MemberShown]
    addresses: list[AddressShown]
    homes: list[HomeShown]
    cases: list[str] = Field(description="办件编号")
    version: int


class RevealAsked(Given):
    """One plain value, and why."""

    field: Literal["name", "identity", "phone", "bank_account"] = Field(description="要看的内容")
    reason: str = Field(min_length=4, max_length=REASON_MAX, description="理由；当事人看得到")


class Revealed(Schema):
    """The plain value."""

    field: str
    value: str


def _brief(found: Household) -> dict[str, Any]:
    return {
        "number": found.number, "head": masks.mask_name(found.head.name), "agency": found.agency.name,
        "community": found.community.name, "programme": found.programme, "opened_on": found.opened_on,
        "closed_on": found.closed_on,
    }  # fmt: skip


@operation(router, "GET", "/households", scope="households:read", summary="家庭档案列表", gives=HouseholdPage)
def list_households(
    request: HttpRequest,
    programme: Annotated[str, Query(max_length=24, description="保障类别")] = "",
    after: After = "",
    limit: Limit = PAGE_USUAL,
) -> Any:
    """Files within reach, the newest first."""
    rows = households_of(machine_of_request(request).actor).select_related("head", "agency", "community")
    if programme:
        rows = rows.filter(programme=programme)
    found, following = cut(rows, after, limit)
    return {"households": [_brief(one) for one in found], "next": following}


@operation(
    router,
    "GET",
    "/households/{number}",
    scope="households:read",
    summary="一户的档案（遮盖）",
    gives=HouseholdFull,
)
def show_household(request: HttpRequest, number: Number) -> Any:
    """A file; the look is in the log."""
    actor = machine_of_request(request).actor
    found = access_household(actor, number)
    file = household_file(found)
    shown = _brief(found) | {
        "members": [
            {
                "id": one.person.pk, "name": masks.mask_name(one.person.name), "identity": masks.mask_identity(one.person.identity),
                "phone": masks.mask_phone(one.person.phone), "relation": one.relation, "age": one.age, "counted": one.counted,
                "started_on": one.started_on, "ended_on": one.ended_on, "statuses": list(one.statuses),
            }
            for one in file.members
        ],
        "addresses": [
            {"kind": one.kind, "text": masks.mask_address_public(one.text, found.community.name), "started_on": one.started_on, "ended_on": one.ended_on}
            for one in file.addresses
        ],
        "homes": [
            {"nature": one.nature, "area_m2": str(one.area_m2), "acquired_on": one.acquired_on, "disposed_on": one.disposed_on}
            for one in file.homes
        ],
        "cases": [one.number for one in file.cases],
        "version": found.version,
    }  # fmt: skip
    note_read(actor, "api.household.read", found, agency_id=found.agency_id)
    return shown


@operation(
    router, "POST", "/households/{number}/members/{member}/reveals", scope="households:reveal", summary="查看原文", gives=Revealed
)  # fmt: skip
def reveal_value(request: HttpRequest, number: Number, member: Key, body: RevealAsked) -> Any:
    """One plain value. The look is kept with its reason before the value is handed out, and limited by the hour."""
    actor = machine_of_request(request).actor
    person = access_member(actor, number, member)
    return {"field": body.field, "value": reveal(actor, person, body.field, body.reason)}
