"""A dwelling's state and meters: the one way in which any area changes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from guangsha.areas.stock.facts import DWELLING_STATES, METER_KINDS, NEXT_STATES
from guangsha.areas.stock.models import Dwelling, DwellingEvent, MeterReading
from guangsha.audit.actions import prepare, record, record_all
from guangsha.audit.actor import Actor
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.people.prepared import Prepared


class DwellingMoved(InputError):
    """The dwelling is not in the state from which this could be done."""

    code = "dwelling-moved"


def _held(dwelling: int) -> QuerySet[Dwelling]:
    return Dwelling.objects.select_for_update(of=("self",)).select_related("estate").filter(pk=dwelling)


#: Moved for every sheet that is signed, while others wait for the log.
_DWELLING = Prepared(_held)
_LAST = Prepared(
    lambda dwelling: (
        DwellingEvent.objects.filter(dwelling_id=dwelling).order_by("-number").values_list("number")[:1]
    )
)


@transaction.atomic
def move(
    actor: Actor,
    dwelling_id: int,
    after: str,
    *,
    on: date,
    reason: str,
    expected: frozenset[str] | None = None,
    source_type: str = "",
    source_id: str = "",
) -> Dwelling:
    """Change the state of a dwelling; the caller has made sure that the actor may.

    Args:
        after: one of ``facts.DWELLING_STATES``; expected: from these states only (every one that may come before, if None).
        source_type, source_id: the object that causes it, e.g. ``tenancy.lease`` and its number.

    Raises:
        DwellingMoved: it is in a state that ``after`` may not follow.
    """
    dwelling, act = prepare_move(
        actor, dwelling_id, after, on=on, reason=reason, expected=expected, source_type=source_type, source_id=source_id
    )  # fmt: skip
    record_all([act])
    return dwelling


def prepare_move(
    actor: Actor,
    dwelling_id: int,
    after: str,
    *,
    on: date,
    reason: str,
    expected: frozenset[str] | None = None,
    source_type: str = "",
    source_id: str = "",
) -> tuple[Dwelling, Act]:
    """Change the state of a dwelling as :func:`move` does, inside the caller's transaction, and leave to the caller to put the act
    into the log together with others (``audit.actions.record_all``).

    Raises:
        DwellingMoved: it is in a state that ``after`` may not follow.
    """
    dwelling: Dwelling | None = _DWELLING.first(dwelling_id)
    if dwelling is None:
        raise Dwelling.DoesNotExist
    before = dwelling.state
    if after not in NEXT_STATES[before] or (expected is not None and before not in expected):
        raise DwellingMoved(
            f"房屋现为“{DWELLING_STATES[before]}”，不能改为“{DWELLING_STATES.get(after, after)}”",
            where=str(dwelling),
            advice="请刷新页面，核对房屋的最新状态。",
        )
    last = _LAST.first(dwelling_id)
    DwellingEvent.objects.create(
        dwelling=dwelling, number=(last[0] if last else 0) + 1, before=before, after=after, on=on, reason=reason[:200],
        source_type=source_type, source_id=source_id, made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    dwelling.state, dwelling.since, dwelling.version = after, on, dwelling.version + 1
    dwelling.save(update_fields=["state", "since", "version"])
    act = prepare(
        actor, "stock.dwelling.move", dwelling, reason=reason[:200], before={"state": before},
        after={"state": after, "on": on.isoformat(), "source": f"{source_type}:{source_id}" if source_type else ""},
        agency_id=dwelling.estate.agency_id,
    )  # fmt: skip
    return dwelling, act


@transaction.atomic
def read_meter(
    actor: Actor,
    dwelling_id: int,
    kind: str,
    value: Decimal,
    *,
    on: date,
    source_type: str = "",
    source_id: str = "",
) -> MeterReading:
    """Keep what a meter shows; it never shows less than before unless the meter was changed (kind of source ``stock.meter``).

    Raises:
        InputError: no such kind, a negative number, or less than the last reading.
    """
    if kind not in METER_KINDS or not Decimal(0) <= value < Decimal(10) ** 9:
        raise InputError(
            "读数应为 0 到 999999999 之间的数", where=METER_KINDS.get(kind, "表"), advice="请核对表盘。"
        )
    dwelling = Dwelling.objects.select_for_update(of=("self",)).select_related("estate").get(pk=dwelling_id)
    last = MeterReading.objects.filter(dwelling=dwelling, kind=kind).order_by("-on", "-pk").first()
    if last is not None and value < last.value and source_type != "stock.meter":
        raise InputError(
            f"比上次读数 {last.value} 小",
            where=METER_KINDS[kind],
            advice="请核对表盘；换过表的请先登记换表。",
        )
    reading = MeterReading.objects.create(
        dwelling=dwelling, kind=kind, on=on, value=value, source_type=source_type, source_id=source_id,
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    record(
        actor, "stock.meter.read", reading, after={"kind": kind, "value": str(value), "on": on.isoformat()},
        agency_id=dwelling.estate.agency_id,
    )  # fmt: skip
    return reading
