"""Rental subsidies: one's own agreement and payments, and agreements and batches of the key's agencies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Schema

from guangsha.api.actions import note_read
from guangsha.api.citizens import citizen_of, within
from guangsha.api.guard import machine_of_request
from guangsha.api.schemas import PAGE_USUAL, After, CitizenSession, Limit, Number, cut
from guangsha.api.surface import operation, room
from guangsha.areas.subsidy import queries
from guangsha.areas.subsidy.access import access_agreement, agreements_of
from guangsha.areas.subsidy.facts import AGREEMENT_STATES, BATCH_KINDS, BATCH_STATES
from guangsha.areas.subsidy.models import Agreement, Batch
from guangsha.areas.subsidy.payment_access import access_batch, batches_of
from guangsha.people.access import NotThere
from guangsha.privacy.masks import mask_bank_account, mask_name

router = room("subsidy")
OWN_MAX, MONTHS_MAX = 24, 120


class AgreementShown(Schema):
    """An agreement."""

    number: str = Field(description="协议号")
    state: str = Field(
        description="状态：" + "、".join(f"{code} {word}" for code, word in AGREEMENT_STATES.items())
    )
    state_name: str
    household: str = Field(description="家庭档案号")
    payee: str = Field(description="收款人（遮盖）")
    amount_fen: int = Field(description="现月补贴额（分）")
    starts_on: date
    ends_on: date


class AgreementPage(Schema):
    """A page of agreements, the newest first."""

    agreements: list[AgreementShown]
    next: str | None


class MonthOfAgreement(Schema):
    """A month that became due."""

    month: int = Field(description="例如 202611")
    due_fen: int = Field(description="应发（分）")
    state_name: str
    batch: str = Field(description="批次号")
    paid_on: date | None
    paid_fen: int = Field(description="随所在批次这一笔实际到账（分）；一笔可能含几个月")
    set_off_fen: int = Field(description="抵扣（分）")
    note: str


class AgreementFull(AgreementShown):
    """An agreement with its months, the latest first."""

    account: str = Field(description="收款账号（遮盖）")
    signed_on: date | None
    ended_on: date | None
    end_reason: str
    months: list[MonthOfAgreement]


class OwnAgreement(AgreementFull):
    """One's own agreement with what comes next."""

    next_words: str = Field(description="接下来会怎样")


class OwnAgreements(Schema):
    """The agreements of one's own household."""

    agreements: list[AgreementShown]


class BatchShown(Schema):
    """A batch of payments. Payees are not handed out."""

    number: str = Field(description="批次号")
    month: int
    kind_name: str
    state: str = Field(
        description="状态：" + "、".join(f"{code} {word}" for code, word in BATCH_STATES.items())
    )
    state_name: str
    count: int = Field(description="笔数")
    amount_fen: int = Field(description="金额（分）")
    made_at: datetime


class BatchPage(Schema):
    """A page of batches, the newest first."""

    batches: list[BatchShown]
    next: str | None


class BatchFull(BatchShown):
    """A batch with when it passed its stations and what became of its payments."""

    checked_at: datetime | None
    approved_at: datetime | None
    sent_at: datetime | None
    closed_at: datetime | None
    paid: int = Field(description="已到账笔数")
    paid_fen: int = Field(description="已到账金额（分）")
    returned: int = Field(description="退回笔数")
    returned_fen: int = Field(description="退回金额（分）")


def _agreement(one: Agreement) -> dict[str, Any]:
    names = ("number", "state", "amount_fen", "starts_on", "ends_on")
    return {name: getattr(one, name) for name in names} | {
        "state_name": AGREEMENT_STATES[one.state], "household": one.household.number, "payee": mask_name(one.payee.name),
    }  # fmt: skip


def _full(one: Agreement, months: list[queries.MonthLine]) -> dict[str, Any]:
    names = ("signed_on", "ended_on", "end_reason")
    return (
        _agreement(one)
        | {name: getattr(one, name) for name in names}
        | {
            "account": mask_bank_account(one.bank_account),
            "months": [
                {"month": line.month, "due_fen": line.due_fen, "state_name": line.state, "batch": line.batch, "paid_on": line.paid_on,
                 "paid_fen": line.paid_fen, "set_off_fen": line.set_off_fen, "note": line.note}
                for line in months[:MONTHS_MAX]
            ],
        }
    )  # fmt: skip


@operation(
    router, "GET", "/agreements", scope="subsidies:read", summary="补贴协议列表（遮盖）", gives=AgreementPage
)  # fmt: skip
def list_agreements(
    request: HttpRequest,
    state: Annotated[str, Query(pattern=f"^({'|'.join(AGREEMENT_STATES)})?$", description="状态代码")] = "",
    after: After = "",
    limit: Limit = PAGE_USUAL,
) -> Any:
    """Agreements within reach, the newest first."""
    rows = agreements_of(machine_of_request(request).actor).select_related("household", "payee")
    if state:
        rows = rows.filter(state=state)
    found, following = cut(rows, after, limit)
    return {"agreements": [_agreement(one) for one in found], "next": following}


@operation(
    router, "GET", "/agreements/{number}", scope="subsidies:read", summary="一份补贴协议（遮盖）", gives=AgreementFull
)  # fmt: skip
def show_agreement(request: HttpRequest, number: Number) -> Any:
    """An agreement with what was due and paid; the look is in the log."""
    actor = machine_of_request(request).actor
    found = access_agreement(actor, number)
    shown = _full(found, queries.months_of_agreement(found))
    note_read(actor, "api.agreement.read", found, agency_id=found.agency_id)
    return shown


def _batch(one: Batch) -> dict[str, Any]:
    names = ("number", "month", "state", "count", "amount_fen", "made_at")
    return {name: getattr(one, name) for name in names} | {
        "kind_name": BATCH_KINDS[one.kind], "state_name": BATCH_STATES[one.state],
    }  # fmt: skip


@operation(router, "GET", "/batches", scope="subsidies:read", summary="补贴发放批次", gives=BatchPage)
def list_batches(
    request: HttpRequest,
    state: Annotated[str, Query(pattern=f"^({'|'.join(BATCH_STATES)})?$", description="状态代码")] = "",
    after: After = "",
    limit: Limit = PAGE_USUAL,
) -> Any:
    """Batches within reach, the newest first."""
    rows = batches_of(machine_of_request(request).actor)
    if state:
        rows = rows.filter(state=state)
    found, following = cut(rows, after, limit)
    return {"batches": [_batch(one) for one in found], "next": following}


@operation(
    router, "GET", "/batches/{number}", scope="subsidies:read", summary="一个发放批次", gives=BatchFull
)
def show_batch(request: HttpRequest, number: Number) -> Any:
    """A batch with when it passed its stations, and what became of its payments in sums."""
    found = access_batch(machine_of_request(request).actor, number)
    names = ("checked_at", "approved_at", "sent_at", "closed_at")
    return _batch(found) | {name: getattr(found, name) for name in names} | dict(queries.batch_outcome(found))


@operation(router, "GET", "/own/agreements", scope="own:read", summary="本人的补贴协议", gives=OwnAgreements)
def list_own_agreements(request: HttpRequest, x_citizen_session: CitizenSession = "") -> Any:
    """The agreements of one's own household, the newest first."""
    actor = citizen_of(request, x_citizen_session)
    rows = within(actor, agreements_of(actor)).select_related("household", "payee").distinct()
    return {"agreements": [_agreement(one) for one in rows.order_by("-starts_on", "-pk")[:OWN_MAX]]}


@operation(
    router, "GET", "/own/agreements/{number}", scope="own:read", summary="本人的补贴协议和发放", gives=OwnAgreement
)  # fmt: skip
def show_own_agreement(request: HttpRequest, number: Number, x_citizen_session: CitizenSession = "") -> Any:
    """One's own agreement with what was due and paid, and what comes next."""
    actor = citizen_of(request, x_citizen_session)
    found = access_agreement(actor, number)
    if found.agency_id not in actor.scope:
        raise NotThere
    months = queries.months_of_agreement(found)
    return _full(found, months) | {"next_words": queries.what_next(found, months)}
