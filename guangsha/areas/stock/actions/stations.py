"""Acts of keepers on a dwelling's state. Other rooms change it by :func:`move` with their own reasons."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from guangsha.areas.stock.access import access_building, access_dwelling, access_request
from guangsha.areas.stock.actions.base import NotAllowed, locked_dwelling, need, not_later
from guangsha.areas.stock.actions.states import move
from guangsha.areas.stock.facts import NEXT_STATES, REQUEST_KINDS
from guangsha.areas.stock.models import Building, Dwelling, DwellingEvent, StateRequest
from guangsha.areas.stock.rules import HEADS, KEEPERS, ON_SITE
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said_in_line as said

#: From these a keeper may say that a dwelling is fit to be let (again).
UNREADY = frozenset({"preparing", "repairing", "checking", "withdrawn"})
#: From these somebody on the spot may say that it must be repaired first.
REPAIRABLE = frozenset({"vacant", "checking", "withdrawn"})


def make_ready(
    actor: Actor, dwelling_id: int, version: int | None = None, *, on: date, reason: str
) -> Dwelling:
    """A dwelling is fit to be let (可配).

    Raises:
        DwellingMoved: its state does not lead there.
    """
    return _moved(actor, dwelling_id, version, "vacant", UNREADY, KEEPERS, "转为可配", on, reason)


def send_to_repair(
    actor: Actor, dwelling_id: int, version: int | None = None, *, on: date, reason: str
) -> Dwelling:
    """An empty dwelling has to be repaired before anybody moves in."""
    return _moved(
        actor, dwelling_id, version, "repairing", REPAIRABLE, KEEPERS | ON_SITE, "转为维修", on, reason
    )


@transaction.atomic
def _moved(
    actor: Actor, key: int, version: int | None, after: str, before: frozenset[str], roles: frozenset[str], what: str, on: date,
    reason: str,
) -> Dwelling:  # fmt: skip
    seen = access_dwelling(actor, key)
    need(actor, seen.estate.agency_id, roles, what)
    locked_dwelling(seen.pk, version)
    return move(actor, seen.pk, after, on=not_later(on, "日期"), reason=said(reason, "理由"), expected=before)


@transaction.atomic
def make_building_ready(actor: Actor, building_id: int, *, on: date, reason: str) -> int:
    """Every dwelling of a building that is still being prepared becomes fit to be let: handed over as a whole, one line in the log.

    Returns:
        How many.

    Raises:
        InputError: none is being prepared.
    """
    building = access_building(actor, building_id)
    need(actor, building.estate.agency_id, KEEPERS, "转为可配")
    on, why, now = not_later(on, "日期"), said(reason, "理由"), timezone.now()
    Building.objects.select_for_update(of=("self",)).get(pk=building.pk)
    keys = list(
        Dwelling.objects.select_for_update(of=("self",))
        .filter(building=building, state="preparing")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not keys:
        raise InputError("没有筹备中的房屋", where=str(building), advice="请刷新页面。")
    numbers = dict(
        DwellingEvent.objects.filter(dwelling__building=building, dwelling__state="preparing")
        .values_list("dwelling")
        .annotate(last=Max("number"))
    )
    DwellingEvent.objects.bulk_create(
        (
            DwellingEvent(dwelling_id=key, number=numbers.get(key, 0) + 1, before="preparing", after="vacant", on=on, reason=why,
                          made_by_id=actor.account_id or None, made_at=now)
            for key in keys
        ),
        batch_size=500,
    )  # fmt: skip
    Dwelling.objects.filter(building=building, state="preparing").update(
        state="vacant", since=on, version=F("version") + 1
    )
    record(
        actor, "stock.building.ready", building, reason=why, after={"dwellings": len(keys), "on": on},
        agency_id=building.estate.agency_id,
    )  # fmt: skip
    return len(keys)


@transaction.atomic
def ask_out(actor: Actor, dwelling_id: int, kind: str, *, reason: str, document: str = "") -> StateRequest:
    """Ask that a dwelling be taken out of the stock: 停用 for a time, 处置 for good. A second person decides.

    Raises:
        InputError: its state does not lead there, no document for a disposal, or somebody has asked already.
    """
    seen = access_dwelling(actor, dwelling_id)
    need(actor, seen.estate.agency_id, KEEPERS, "申请停用、处置")
    dwelling = locked_dwelling(seen.pk)
    if kind not in REQUEST_KINDS or kind not in NEXT_STATES[dwelling.state]:
        raise InputError(
            f"“{dwelling.get_state_display()}”的房屋不能{REQUEST_KINDS.get(kind, '办理')}", where=str(dwelling),
            advice="有人居住的先办理退出；已列入方案的先移出方案。",
        )  # fmt: skip
    paper = said(document, "依据", needed=kind == "disposed", most=80)
    try:
        with transaction.atomic():
            request = StateRequest.objects.create(
                dwelling=dwelling, kind=kind, reason=said(reason, "理由"), document=paper, asked_by_id=actor.account_id,
                asked_at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise InputError("已有一份待审批的申请", where=str(dwelling), advice="请先审批那一份。") from error
    record(
        actor, "stock.dwelling.ask_out", request, reason=reason, after={"dwelling": dwelling.pk, "kind": kind, "document": paper},
        agency_id=dwelling.estate.agency_id,
    )  # fmt: skip
    return request


@transaction.atomic
def decide_out(actor: Actor, request_id: int, *, granted: bool, opinion: str) -> StateRequest:
    """Grant or refuse what somebody else asked for; granted, the dwelling moves at once.

    Raises:
        NotAllowed: one's own request.
        DwellingMoved: its state has changed since.
    """
    seen = access_request(actor, request_id)
    need(actor, seen.dwelling.estate.agency_id, HEADS, "审批停用、处置")
    dwelling = locked_dwelling(seen.dwelling_id)
    request = StateRequest.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if request.state != "asked":
        raise InputError("已经审批过", where=str(dwelling), advice="请刷新页面。")
    if request.asked_by_id == actor.account_id:
        raise NotAllowed("不能审批自己的申请", where=str(dwelling), advice="请由另一位负责人审批。")
    request.state = "granted" if granted else "refused"
    request.decided_by_id, request.decided_at = actor.account_id, timezone.now()
    request.opinion = said(opinion, "审批意见", needed=not granted)
    request.save(update_fields=["state", "decided_by", "decided_at", "opinion"])
    if granted:
        move(
            actor, dwelling.pk, request.kind, on=timezone.localdate(), reason=request.reason, source_type="stock.state_request",
            source_id=str(request.pk),
        )  # fmt: skip
    record(
        actor, "stock.dwelling.decide_out", request, reason=request.opinion, before={"state": "asked"}, after={"state": request.state},
        agency_id=dwelling.estate.agency_id,
    )  # fmt: skip
    return request
