"""Reading draws: their stations, their files, one family's line, the masked list."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from guangsha.areas.allocation.draw_access import draws_of, published_draws
from guangsha.areas.allocation.draw_facts import DRAW_STATES, STATIONS, STEPS
from guangsha.areas.allocation.models import Plan, Registration
from guangsha.areas.allocation.models_draw import Draw, DrawStep
from guangsha.audit.actor import Actor
from guangsha.draw.pack import SHANGHAI, with_sums
from guangsha.draw.record import FreezeRecord

#: Steps shown on one page; a draw has some twenty, more only where E1 is sent back again and again.
STEPS_MAX = 200
_ORDER = [code for code, _ in STATIONS]


@dataclass(frozen=True, slots=True)
class Station:
    """A station of a draw as the hall shows it: ``state`` done, now or next."""

    code: str
    title: str
    state: str
    at: datetime | None = None
    text: str = ""
    by: str = ""
    due: date | None = None


#: The step with which a station is reached.
_REACHED = {
    "frozen": "frozen", "committed": "published", "random": "e1_confirmed", "live": "e2_confirmed", "opened": "opened",
    "drawn": "computed",
}  # fmt: skip


def stations_of(draw: Draw) -> list[Station]:
    """The stations of a draw with when each was reached; an aborted one stops where it was."""
    reached: dict[str, datetime] = {}
    for kind, at in draw.steps.order_by("id").values_list("kind", "at")[:STEPS_MAX]:
        reached["opened" if kind.startswith("opened_") else kind] = at
    done = _ORDER.index(draw.state) if draw.state in _ORDER else -1
    if draw.state == "aborted":
        done = 1 if draw.published_at else 0
    made = []
    for place, (code, title) in enumerate(STATIONS):
        if draw.spec == "RSD1" and code in ("committed", "random", "opened"):
            continue
        state = (
            "done" if place <= done else "now" if place == done + 1 and draw.state != "aborted" else "next"
        )
        made.append(Station(code, title, state, reached.get(_REACHED[code]) if state == "done" else None))
    return made


def steps_of(draw: Draw) -> list[DrawStep]:
    """Every step, oldest first."""
    return list(draw.steps.select_related("account").order_by("id")[:STEPS_MAX])


def log_of(draw: Draw) -> bytes:
    """The steps as they are published: when and what, without the names of staff."""
    lines = [
        json.dumps(
            {
                "at": at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
                "what": kind,
                "words": STEPS[kind],
                "note": note,
            },
            ensure_ascii=False,
        )
        for kind, at, note in draw.steps.order_by("id").values_list("kind", "at", "note")[:STEPS_MAX]
    ]
    return ("\n".join(lines) + "\n").encode()


def freeze_record_of(draw: Draw) -> FreezeRecord:
    """What ``freeze.json`` says of a draw."""
    replaces = f"{draw.replaces.draw_id}：{draw.replaces.abort_reason}" if draw.replaces else ""
    return FreezeRecord(
        spec=draw.spec, draw_id=draw.draw_id, h_roster=draw.h_roster, h_units=draw.h_units, h_rules=draw.h_rules,
        c_op=draw.c_op, c_nt=draw.c_nt, e1_source=draw.e1_source, e1_fallback=draw.e1_fallback, replaces=replaces,
        frozen_at=draw.frozen_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
    )  # fmt: skip


def files_of(draw: Draw) -> dict[str, bytes]:
    """The files kept so far, by name."""
    return {name: bytes(data) for name, data in draw.files.order_by("name").values_list("name", "data")}


def pack_of(draw: Draw) -> bytes:
    """The publish pack as a zip: after the draw exactly what was kept that day, before it the frozen files with their sums."""
    files = files_of(draw)
    if draw.state != "drawn":
        files = with_sums(files)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            # one moment for all: the same files make the same zip
            archive.writestr(zipfile.ZipInfo(f"{draw.draw_id}/{name}", (2000, 1, 1, 0, 0, 0)), data)
    return held.getvalue()


def digests_of(draw: Draw) -> list[tuple[str, str]]:
    """Name and SM3 of every kept file."""
    return list(draw.files.order_by("name").values_list("name", "digest"))


def line_of(draw: Draw, entry_no: str) -> Registration | None:
    """The registration with this receipt number in a finished draw."""
    if draw.state != "drawn":
        return None
    return Registration.objects.filter(plan_id=draw.plan_id, entry_no=entry_no, state="rostered").first()


def list_in_sight(draw: Draw) -> bool:
    """Whether the list with masked names may still be shown."""
    return bool(draw.state == "drawn" and draw.public_until and timezone.localdate() <= draw.public_until)


def places_of(draw: Draw, queue: str = "") -> QuerySet[Registration]:
    """The order of a finished draw."""
    rows = Registration.objects.filter(plan_id=draw.plan_id).exclude(order_number=None)
    if queue:
        rows = rows.filter(layout=queue)
    return rows.select_related("applicant").order_by("layout", "order_number")


def queues_of(draw: Draw) -> list[str]:
    """The queues that have an order."""
    return list(
        Registration.objects.filter(plan_id=draw.plan_id)
        .exclude(order_number=None)
        .order_by("layout")
        .values_list("layout", flat=True)
        .distinct()
    )


def listed(actor: Actor) -> QuerySet[Draw]:
    """The draws of the actor's agencies, the nearest first."""
    return draws_of(actor).select_related("plan").order_by("-draws_at", "-id")


def listed_in_public() -> QuerySet[Draw]:
    """Published draws, the latest first."""
    return published_draws().select_related("plan", "plan__agency").order_by("-draws_at", "-id")


def plans_to_freeze(plans: QuerySet[Plan]) -> list[Plan]:
    """Plans by draw whose roster is public or frozen and that have no living draw."""
    busy = Draw.objects.exclude(state="aborted").values("plan_id")
    found = plans.filter(method="draw", state__in=("publicity", "frozen")).exclude(pk__in=busy)
    return list(found.select_related("notice").order_by("notice_until", "number")[:50])


def tally(actor: Actor) -> Mapping[str, int]:
    """How many draws there are in each state."""
    counted = dict.fromkeys(DRAW_STATES, 0)
    for state in draws_of(actor).values_list("state", flat=True):
        counted[state] += 1
    return counted
