"""What pages show of the list, of plans and of the room: bounded questions, nothing that writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from guangsha.areas.allocation.access import entries_of, plans_of, registrations_of
from guangsha.areas.allocation.actions.base import whole
from guangsha.areas.allocation.actions.choices import kept_and_needing, low_floor_of
from guangsha.areas.allocation.actions.effects import LISTED, REGISTERED
from guangsha.areas.allocation.facts import IN_LINE, LIVING, QUEUES, SESSION_OVER
from guangsha.areas.allocation.models import (
    EntryChange,
    Plan,
    PlanDwelling,
    Registration,
    SelectionEvent,
    WaitlistEntry,
)
from guangsha.areas.allocation.rules import READERS, Turn, call_key, is_kept_first, may_take_kept
from guangsha.areas.intake.queries import hindered_cases
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import RuleMissing
from guangsha.privacy.masks import mask_name, mask_name_public

#: Dwellings of one board and of one family's choice, events and hindered cases of one page.
BOARD_MAX, DOORS_MAX, EVENTS_MAX, HINDERED_MAX = 2000, 500, 30, 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: its number from 1 on in its layout and tier, how many stand there, who was last housed.

    Attributes:
        ahead: those of a higher tier before it, in the same layout.
        housed_in_year: how many of the same layout and tier moved in within a year.
    """

    number: int
    of: int
    ahead: int
    housed_in_year: int


def place_of(entry: WaitlistEntry) -> Place | None:
    """The place of an entry now; None where it does not stand in line. Two counts over the index ``waitlist_place``."""
    if entry.state not in IN_LINE:
        return None
    line = WaitlistEntry.objects.filter(
        agency_id=entry.agency_id, layout=entry.layout, state__in=("waiting", "registered")
    )
    mine = line.filter(tier=entry.tier)
    before = Q(listed_on__lt=entry.listed_on) | Q(listed_on=entry.listed_on, number__lt=entry.number)
    counted = mine.aggregate(of=Count("pk"), before=Count("pk", filter=before))
    ahead = line.filter(tier__lt=entry.tier).count() if entry.tier > 1 else 0
    housed = WaitlistEntry.objects.filter(
        agency_id=entry.agency_id, layout=entry.layout, tier=entry.tier, state="housed",
        housed_on__gte=timezone.localdate() - timedelta(days=365),
    ).count()  # fmt: skip
    return Place(counted["before"] + 1, counted["of"], ahead, housed)


def listed(
    actor: Actor, scope: str, wanted: str, layout: str = "", tier: str = ""
) -> QuerySet[WaitlistEntry]:
    """Entries of the list for a page: by place; found by number, file number or name."""
    rows = entries_of(actor).select_related("applicant", "household__community")
    if wanted:
        rows = rows.filter(
            Q(number__iexact=wanted) | Q(household__number__iexact=wanted) | Q(applicant__name=wanted)
            | Q(certificate_number__iexact=wanted)
        )  # fmt: skip
    elif scope == "changes":
        rows = rows.filter(changes__state__in=("hearing", "proposed")).distinct()
    elif scope == "long":
        rows = rows.filter(state__in=IN_LINE, listed_on__lte=_long_since(actor))
    elif scope in ("registered", "chosen", "housed", "suspended", "removed"):
        rows = rows.filter(state=scope)
    elif scope != "all":
        rows = rows.filter(state="waiting")
    if layout in QUEUES:
        rows = rows.filter(layout=layout)
    if tier in ("1", "2"):
        rows = rows.filter(tier=int(tier))
    return rows.order_by("tier", "listed_on", "number")


def _long_since(actor: Actor) -> date:
    from guangsha.people.models import Agency

    today = timezone.localdate()
    region = Agency.objects.filter(pk=actor.agency_id).values_list("region_code", flat=True).first() or ""
    try:
        months = whole("waiting_years_max", region, today)
    except RuleMissing:
        months = 60
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, 28))


def tally(actor: Actor) -> list[tuple[str, int, int]]:
    """Those in line by layout: (layout, first tier, others)."""
    rows = (
        entries_of(actor)
        .filter(state__in=IN_LINE)
        .values("layout")
        .annotate(first=Count("pk", filter=Q(tier=1)), other=Count("pk", filter=Q(tier__gt=1)))
    )
    found = {row["layout"]: (row["first"], row["other"]) for row in rows}
    return [(code, found.get(code, (0, 0))[0], found.get(code, (0, 0))[1]) for code in QUEUES]


def hindered(actor: Actor) -> list[tuple[str, str, str]]:
    """Decided cases that cannot be carried out until something is mended: number, applicant, why."""
    waiting = hindered_cases((LISTED, REGISTERED), actor.reach(READERS), HINDERED_MAX)
    return [(hook.case.number, mask_name(hook.case.applicant.name), hook.hindrance) for hook in waiting]


def waiting_changes(actor: Actor) -> int:
    """Changes that wait to be decided."""
    reach = actor.reach({"district_approver", "supervisor"})
    if not reach:
        return 0
    return EntryChange.objects.filter(state="proposed", entry__agency_id__in=reach).count()


# Plans ----------------------------------------------------------------------------------------------------------------


def plans(actor: Actor, scope: str) -> QuerySet[Plan]:
    """Plans for a page, newest first."""
    rows = plans_of(actor).annotate(
        doors=Count("dwellings", filter=~Q(dwellings__state="withdrawn"), distinct=True),
    )
    if scope == "open":
        rows = rows.exclude(state__in=("done", "cancelled"))
    elif scope == "done":
        rows = rows.filter(state__in=("done", "cancelled"))
    return rows.order_by("-pk")


def counts_of(plan: Plan) -> Mapping[str, int]:
    """How many registrations of a plan stand where."""
    counted = plan.registrations.exclude(state="withdrawn").aggregate(
        registered=Count("pk"),
        waiting=Count("pk", filter=Q(state="registered")),
        qualified=Count("pk", filter=Q(state__in=("qualified", "rostered"))),
        disqualified=Count("pk", filter=Q(state="disqualified")),
        signed=Count("pk", filter=Q(session_state="signed")),
        declined=Count("pk", filter=Q(session_state="declined")),
    )
    return {name: int(number) for name, number in counted.items()}


def queues_of(plan: Plan) -> list[tuple[str, int, int, int]]:
    """By queue: dwellings, families of the first tier, others."""
    doors: dict[str, int] = dict(
        plan.dwellings.exclude(state="withdrawn")
        .values("layout")
        .annotate(n=Count("pk"))
        .values_list("layout", "n")
    )
    families: dict[str, list[int]] = {}
    for row in (
        plan.registrations.exclude(state__in=("withdrawn", "disqualified"))
        .values("layout")
        .annotate(first=Count("pk", filter=Q(tier=1)), other=Count("pk", filter=Q(tier__gt=1)))
    ):
        families[row["layout"]] = [row["first"], row["other"]]
    return [
        (code, doors.get(code, 0), families.get(code, [0, 0])[0], families.get(code, [0, 0])[1])
        for code in QUEUES
        if code in doors or code in families
    ]


def registrations(actor: Actor, plan: Plan, scope: str) -> QuerySet[Registration]:
    """Registrations of a plan: those to be settled, all, or by the order."""
    rows = (
        registrations_of(actor)
        .filter(plan=plan)
        .select_related("applicant", "household__community", "dwelling")
    )
    if scope == "settle":
        return rows.filter(state="registered").order_by("recheck", "entry_no")
    if scope == "order":
        return rows.exclude(order_number=None).order_by("layout", "order_number")
    return rows.exclude(state="withdrawn").order_by("layout", "entry_no")


# The room -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Door:
    """A dwelling on the board."""

    key: int
    unit_no: str
    area: str
    state: str
    accessible: bool
    #: Chosen first by families with elderly or disabled members.
    kept: bool
    entry_no: str


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor of an entrance with its doors."""

    floor: int
    doors: tuple[Door, ...]


@dataclass(frozen=True, slots=True)
class Stairs:
    """An entrance of a building, from the top floor down."""

    name: str
    floors: tuple[Floor, ...]


def board(plan: Plan, queue: str = "") -> list[Stairs]:
    """The dwellings of a plan as they stand above each other: one question, bounded."""
    rows = plan.dwellings.select_related("dwelling__building__estate", "dwelling__entrance", "registration")
    if queue:
        rows = rows.filter(layout=queue)
    now, low = timezone.now(), low_floor_of(plan)
    stairs: dict[str, dict[int, list[Door]]] = {}
    for offer in rows.order_by("dwelling__building_id", "dwelling__entrance_id", "floor", "dwelling__door")[
        :BOARD_MAX
    ]:
        home = offer.dwelling
        name = f"{home.building}{home.entrance.number}单元"
        state = (
            "open" if offer.state == "locked" and offer.lock_until and offer.lock_until < now else offer.state
        )
        door = Door(
            offer.pk, home.number, f"{offer.area_m2:.2f}", state, offer.accessible, is_kept_first(offer.floor, offer.accessible, low),
            offer.registration.entry_no if offer.registration and state != "open" else "",
        )  # fmt: skip
        stairs.setdefault(name, {}).setdefault(offer.floor, []).append(door)
    return [
        Stairs(
            name, tuple(Floor(floor, tuple(doors)) for floor, doors in sorted(floors.items(), reverse=True))
        )
        for name, floors in stairs.items()
    ]


@dataclass(frozen=True, slots=True)
class Desk:
    """A family on its way at a desk, as the clerks see it."""

    key: int
    entry_no: str
    name: str
    queue: str
    order_number: int
    state: str
    word: str
    minutes: int | None
    unit_no: str
    offer_id: int | None
    needs_low: bool
    version: int


def desks(plan: Plan) -> list[Desk]:
    """Families at the desks, in the order of their calls, with the minutes they have left."""
    now = timezone.now()
    rows = (
        plan.registrations.filter(session_state__in=("called", "present", "choosing", "locked"))
        .select_related("applicant")
        .order_by("called_at", "pk")[:100]
    )
    offers = {
        one.registration_id: one for one in plan.dwellings.filter(state="locked").only("unit_no", "registration", "lock_until")
    }  # fmt: skip
    found = []
    for one in rows:
        offer = offers.get(one.pk)
        until = one.choosing_until if one.session_state == "choosing" else offer.lock_until if offer else None
        left = None if until is None else max(0, -(-int((until - now).total_seconds()) // 60))
        found.append(Desk(
            one.pk, one.entry_no, one.applicant.name, one.layout, one.order_number or 0, one.session_state,
            one.get_session_state_display(), left, offer.unit_no if offer else "", offer.pk if offer else None, one.needs_low, one.version,
        ))  # fmt: skip
    return found


def next_calls(plan: Plan, queue: str, limit: int = 8) -> list[Registration]:
    """Who comes next in a queue, in the order of calls."""
    rows = [
        one
        for one in plan.registrations.filter(
            layout=queue, state="rostered", session_state__in=("waiting", "moved_up", "missed"), missed__lt=2
        )
        .exclude(order_number=None)
        .select_related("applicant")
        if one.outcome == "selector" or one.session_state != "waiting"
    ]
    half_day = int(plan.announced.get("half_day", 60))
    rows.sort(
        key=lambda one: call_key(
            Turn(one.pk, one.session_state, one.outcome, one.order_number or 0, one.missed), half_day
        )
    )
    return rows[:limit]


def progress(plan: Plan) -> list[tuple[str, int, int, int, int, int]]:
    """By queue: (queue, dwellings free, dwellings signed, families over, families left, waiting to move up)."""
    doors: dict[str, Mapping[str, Any]] = {
        row["layout"]: cast(Mapping[str, Any], row)
        for row in plan.dwellings.values("layout").annotate(
            free=Count("pk", filter=Q(state="open")), signed=Count("pk", filter=Q(state="signed"))
        )
    }
    families: dict[str, Mapping[str, Any]] = {
        row["layout"]: cast(Mapping[str, Any], row)
        for row in plan.registrations.filter(state="rostered").values("layout").annotate(
            over=Count("pk", filter=Q(session_state__in=SESSION_OVER)),
            left=Count("pk", filter=~Q(session_state__in=SESSION_OVER) & (Q(outcome="selector") | Q(session_state="moved_up"))),
            up=Count("pk", filter=Q(outcome="waitlist", session_state="waiting")),
        )
    }  # fmt: skip
    return [
        (
            code, doors.get(code, {}).get("free", 0), doors.get(code, {}).get("signed", 0),
            families.get(code, {}).get("over", 0), families.get(code, {}).get("left", 0), families.get(code, {}).get("up", 0),
        )
        for code in QUEUES
        if code in doors or code in families
    ]  # fmt: skip


def events(plan: Plan, limit: int = EVENTS_MAX) -> Sequence[SelectionEvent]:
    """What happened last in the room."""
    return list(plan.events.select_related("registration", "offer", "account").order_by("-pk")[:limit])


@dataclass(frozen=True, slots=True)
class Called:
    """A family on the public board of the room: receipt number and masked name only (operations.md §6.3)."""

    entry_no: str
    name: str
    queue: str
    word: str


def called(plan: Plan) -> list[Called]:
    """Whom the public board of the room calls."""
    return [
        Called(one.entry_no, mask_name_public(one.name), QUEUES[one.queue], one.word) for one in desks(plan)
    ]


def result_rows(plan: Plan) -> list[dict[str, Any]]:
    """The public result of a plan, masked: who has which dwelling of the plan, by queue and order."""
    rows = (
        plan.registrations.filter(session_state="signed")
        .select_related("applicant", "offer")
        .order_by("layout", "order_number")
    )
    return [
        {
            "entry_no": one.entry_no, "order": one.order_number, "name": mask_name_public(one.applicant.name),
            "queue": QUEUES[one.layout], "unit": one.offer.unit_no,
        }
        for one in rows[:BOARD_MAX]
    ]  # fmt: skip


# For the household ------------------------------------------------------------------------------------------------------


def own_entries(actor: Actor) -> list[WaitlistEntry]:
    """The entries of one's own household, the living ones first."""
    rows = entries_of(actor).select_related("agency", "applicant").annotate(newest=Max("registrations__pk"))
    return sorted(rows[:20], key=lambda one: (one.state not in LIVING, -one.pk))


def own_registrations(entry: WaitlistEntry) -> list[Registration]:
    """The registrations of an entry, newest first."""
    return list(entry.registrations.select_related("plan", "dwelling__estate").order_by("-pk")[:20])


def open_plans(entry: WaitlistEntry) -> list[Plan]:
    """Plans for which the household may register today."""
    today = timezone.localdate()
    return list(
        Plan.objects.filter(
            agency_id=entry.agency_id, state="registering", register_from__lte=today, register_until__gte=today,
            dwellings__layout=entry.layout, dwellings__state="open",
        )
        .distinct()
        .order_by("register_until")[:10]
    )  # fmt: skip


def free_doors(one: Registration) -> tuple[list[PlanDwelling], int]:
    """The dwellings a family may take now, and how many more are kept for families with elderly or disabled members."""
    plan, now = one.plan, timezone.now()
    rows = plan.dwellings.filter(layout=one.layout).filter(
        Q(state="open") | Q(state="locked", lock_until__lt=now)
    )
    doors = list(rows.select_related("dwelling__estate").order_by("unit_no")[:DOORS_MAX])
    low = low_floor_of(plan)
    if one.needs_low or not low or may_take_kept(*kept_and_needing(plan, one.layout)):
        return doors, 0
    open_to_all = [door for door in doors if not is_kept_first(door.floor, door.accessible, low)]
    return open_to_all, len(doors) - len(open_to_all)
