"""Persons who may be one, across households, districts and programmes: found every week, decided by people.

The columns of the register go through :mod:`guangsha.areas.registry.linking` in memory; what stays are pairs with a score
and reasons. A pair that somebody decided is never opened again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from guangsha.areas.registry.linking import Pair, Records, link
from guangsha.areas.registry.models import Address, DuplicatePair, Membership, Person
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK
from guangsha.notify.models import ScheduleRun
from guangsha.people.models import Agency

#: Rows read or written at once.
BATCH = 2_000
JOB = "registry-duplicates"
#: The schedule knows days; the job itself waits until a week has gone by. A little less, so that it keeps its hour.
_EVERY = timedelta(days=7) - timedelta(hours=2)
_NOT_YET = "未满一周，本次不比对"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person belongs now."""

    household_id: int
    agency_id: int
    programme: str
    address: str


def _places() -> dict[int, Place]:
    homes = dict(
        Address.objects.filter(kind="residence", ended_on=None)
        .order_by("id")
        .values_list("household_id", "text")
    )
    living = Membership.objects.filter(ended_on=None, household__closed_on=None).values_list(
        "person_id", "household_id", "household__agency_id", "household__programme"
    )
    return {
        person: Place(household, agency, programme, homes.get(household, ""))
        for person, household, agency, programme in living.iterator(chunk_size=BATCH)
    }


def _columns(places: dict[int, Place]) -> Records:
    """The living register as columns. Numbers are unsealed here and live as long as the comparison."""
    keys: list[int] = []
    texts: tuple[list[str], ...] = ([], [], [], [], [], [], [])
    wanted = ("id", "identity_kind", "identity", "name", "name_key", "birth_date", "phone")
    for row in Person.objects.filter(merged_into=None).values_list(*wanted).iterator(chunk_size=BATCH):
        key, kind, identity, name, sound, born, phone = row
        place = places.get(key)
        keys.append(key)
        address = place.address if place else ""
        given = (kind, identity, name, sound, f"{born:%Y%m%d}" if born else "", phone, address)
        for column, value in zip(texts, given, strict=True):
            column.append(value or "")
    return Records(keys, *texts)


def _reasons(pair: Pair, places: dict[int, Place], agencies: dict[int, str]) -> list[str]:
    """What the kernel saw, and what the two belong to: the same person twice in two places is what matters most."""
    reasons = pair.reasons
    left, right = places.get(pair.left), places.get(pair.right)
    if left is None or right is None or left.household_id == right.household_id:
        return reasons
    reasons.append("分属两户家庭档案")
    if left.agency_id != right.agency_id:
        names = "、".join(agencies.get(key, "") for key in (left.agency_id, right.agency_id))
        reasons.append(f"分属两个管理机构（{names}）")
    if left.programme and right.programme and left.programme != right.programme:
        reasons.append(f"保障类别不同（{left.programme}、{right.programme}）")
    return reasons


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one search changed."""

    persons: int
    pairs: int
    new: int
    gone: int

    def __str__(self) -> str:
        return f"比对 {self.persons} 人，疑似 {self.pairs} 对，新增 {self.new} 对，消除 {self.gone} 对"


def search_register() -> Outcome:
    """Compare everybody with everybody and keep the pairs; a second run on the same register changes nothing."""
    places = _places()
    records = _columns(places)
    agencies = dict(Agency.objects.values_list("id", "name"))
    pairs = link(records)
    found = {(pair.left, pair.right): pair for pair in pairs}
    with transaction.atomic():
        known = {
            (pair.left_id, pair.right_id): pair
            for pair in DuplicatePair.objects.select_for_update().order_by("id").iterator(chunk_size=BATCH)
        }
        new = _write_new([pair for key, pair in found.items() if key not in known], places, agencies)
        changed = []
        for key, row in known.items():
            pair = found.get(key)
            if pair is None or row.state != "open":
                continue
            reasons = _reasons(pair, places, agencies)
            if (row.score, row.reasons) != (pair.score, reasons):
                row.score, row.reasons = pair.score, reasons
                changed.append(row)
        DuplicatePair.objects.bulk_update(changed, ["score", "reasons"], batch_size=500)
        gone = [row.pk for key, row in known.items() if key not in found and row.state == "open"]
        for some in batched_keys(gone):
            DuplicatePair.objects.filter(pk__in=some).delete()
        outcome = Outcome(len(records.keys), len(pairs), new, len(gone))
        last = DuplicatePair.objects.order_by("-id").first()
        if last is not None and (new or changed or gone):
            record(
                CLOCK, "registry.duplicates.find", last, reason=str(outcome),
                after={"new": new, "changed": len(changed), "gone": len(gone)}, agency_id=0,
            )  # fmt: skip
    return outcome


def batched_keys(keys: list[int]) -> Iterator[list[int]]:
    """The keys in portions that every database takes in one statement."""
    for start in range(0, len(keys), 500):
        yield keys[start : start + 500]


def _write_new(pairs: list[Pair], places: dict[int, Place], agencies: dict[int, str]) -> int:
    rows = [
        DuplicatePair(
            left_id=pair.left, right_id=pair.right, score=pair.score, reasons=_reasons(pair, places, agencies)
        )
        for pair in pairs
    ]
    DuplicatePair.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def find_duplicates(now: datetime) -> str:
    """The weekly job: it is asked every night and works when a week has gone by since it last did."""
    last = (
        ScheduleRun.objects.filter(job=JOB, failed=False, finished_at__isnull=False)
        .exclude(outcome=_NOT_YET)
        .order_by("-due_at")
        .first()
    )
    if last is not None and timezone.localtime(now) - last.started_at < _EVERY:
        return _NOT_YET
    return str(search_register())
