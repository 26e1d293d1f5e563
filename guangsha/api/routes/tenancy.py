"""Leases: one's own, and those of the key's agencies, masked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Schema

from guangsha.api.actions import note_read
from guangsha.api.citizens import citizen_of, within
from guangsha.api.guard import machine_of_request
from guangsha.api.schemas import PAGE_USUAL, After, CitizenSession, Limit, Number, cut
from guangsha.api.surface import operation, room
from guangsha.areas.tenancy import queries
from guangsha.areas.tenancy.access import access_lease, leases_of
from guangsha.areas.tenancy.facts import LEASE_STATES
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.terms import tier_name
from guangsha.people.access import NotThere
from guangsha.privacy.masks import mask_name

router = room("tenancy")
OWN_MAX = 24


class LeaseShown(Schema):
    """A lease."""

    number: str = Field(description="合同编号")
    state: str = Field(
        description="状态：" + "、".join(f"{code} {word}" for code, word in LEASE_STATES.items())
    )
    state_name: str
    tenant: str = Field(description="承租人（遮盖）")
    household: str = Field(description="家庭档案号")
    dwelling: int = Field(description="房屋编号，见 /dwellings/{dwelling}")
    starts_on: date
    ends_on: date = Field(description="最后一日（含）")
    rent_fen: int = Field(description="月租金（分）")


class LeasePage(Schema):
    """A page of leases, the newest first."""

    leases: list[LeaseShown]
    next: str | None


class LeaseFull(LeaseShown):
    """A lease with its terms and dates."""

    area_m2: Decimal = Field(description="计租面积（㎡）")
    market_fen: int = Field(description="月市场租金（分）")
    deposit_fen: int = Field(description="押金（分）")
    tier: str = Field(description="租金档次")
    pay_cycle: str = Field(description="month 按月，quarter 按季")
    occupants: int = Field(description="现在居住的人数")
    signed_on: date | None
    handed_over_on: date | None
    handed_back_on: date | None
    ended_on: date | None
    end_reason: str


class OwnLease(LeaseFull):
    """One's own lease: where it is, and what comes next."""

    address: str
    next_words: str = Field(description="接下来会怎样")


class OwnLeases(Schema):
    """The leases of one's own household."""

    leases: list[LeaseShown]


def _lease(one: Lease) -> dict[str, Any]:
    return {
        "number": one.number, "state": one.state, "state_name": LEASE_STATES[one.state], "tenant": mask_name(one.tenant.name),
        "household": one.household.number, "dwelling": one.dwelling_id, "starts_on": one.starts_on, "ends_on": one.ends_on,
        "rent_fen": one.rent_fen,
    }  # fmt: skip


def _full(one: Lease) -> dict[str, Any]:
    names = (
        "area_m2", "market_fen", "deposit_fen", "pay_cycle", "signed_on", "handed_over_on", "handed_back_on", "ended_on", "end_reason",
    )  # fmt: skip
    return (
        _lease(one)
        | {name: getattr(one, name) for name in names}
        | {"tier": tier_name(one.household_type), "occupants": one.occupants.filter(until=None).count()}
    )


@operation(router, "GET", "/leases", scope="leases:read", summary="租赁合同列表（遮盖）", gives=LeasePage)
def list_leases(
    request: HttpRequest,
    state: Annotated[str, Query(pattern=f"^({'|'.join(LEASE_STATES)})?$", description="状态代码")] = "",
    after: After = "",
    limit: Limit = PAGE_USUAL,
) -> Any:
    """Leases within reach, the newest first."""
    rows = leases_of(machine_of_request(request).actor).select_related("tenant", "household")
    if state:
        rows = rows.filter(state=state)
    found, following = cut(rows, after, limit)
    return {"leases": [_lease(one) for one in found], "next": following}


@operation(
    router, "GET", "/leases/{number}", scope="leases:read", summary="一份租赁合同（遮盖）", gives=LeaseFull
)  # fmt: skip
def show_lease(request: HttpRequest, number: Number) -> Any:
    """A lease; the look is in the log."""
    actor = machine_of_request(request).actor
    found = access_lease(actor, number)
    shown = _full(found)
    note_read(actor, "api.lease.read", found, agency_id=found.agency_id)
    return shown


@operation(router, "GET", "/own/leases", scope="own:read", summary="本人的租约", gives=OwnLeases)
def list_own_leases(request: HttpRequest, x_citizen_session: CitizenSession = "") -> Any:
    """The leases of one's own household, the newest first."""
    actor = citizen_of(request, x_citizen_session)
    rows = within(actor, leases_of(actor)).select_related("tenant", "household").distinct()
    return {"leases": [_lease(one) for one in rows.order_by("-starts_on", "-pk")[:OWN_MAX]]}


@operation(router, "GET", "/own/leases/{number}", scope="own:read", summary="本人的一份租约", gives=OwnLease)
def show_own_lease(request: HttpRequest, number: Number, x_citizen_session: CitizenSession = "") -> Any:
    """One's own lease with what comes next."""
    actor = citizen_of(request, x_citizen_session)
    found = access_lease(actor, number)
    if found.agency_id not in actor.scope:
        raise NotThere
    return _full(found) | {"address": str(found.dwelling), "next_words": queries.what_next(found)}
