"""What the pages show of repairs, hazards and rounds: bounded, masked where they are many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from guangsha.areas.fieldwork.access import duties_of, hazards_of, orders_of, rounds_of
from guangsha.areas.fieldwork.actions.alarms import order_limit
from guangsha.areas.fieldwork.facts import OPEN_HAZARDS, OPEN_ORDERS
from guangsha.areas.fieldwork.models import Duty, FieldPhoto, Hazard, RepairEvent, RepairOrder, Round
from guangsha.areas.fieldwork.rules import DISPATCHERS, INSPECTORS, monday_of
from guangsha.audit.actor import Actor
from guangsha.people.models import Agency
from guangsha.people.prepared import Asked, Prepared

ORDER_TONES = {
    "new": "ask", "triaged": "ask", "assigned": "wait", "visited": "wait", "done": "good", "rated": "good", "closed": "quiet",
    "refused": "quiet", "merged": "quiet",
}  # fmt: skip
HAZARD_TONES = {
    "found": "ask", "graded": "ask", "assigned": "wait", "fixed": "ask", "rechecked": "ask", "closed": "good", "dismissed": "quiet",
}  # fmt: skip
#: Photographs of one thing on one page.
PHOTOS_MAX = 24
#: A badge says no more than this.
COUNT_MAX = 999
EVENTS_MAX = 100


@dataclass(frozen=True, slots=True)
class Left:
    """How long is left of the time that runs: ``words`` say it, ``tone`` colours it; late is red."""

    words: str
    tone: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of a timeline, as the macros draw it."""

    title: str
    text: str
    at: datetime | None
    by: str
    state: str
    due: date | None = None


def left_of(order: RepairOrder, now: datetime) -> Left:
    """How long an order has until its present limit."""
    limit = order_limit(order)
    if limit is None:
        return Left("—", "quiet")
    what = "答复" if order.state == "new" else "修复"
    began, due = limit
    hours = int(abs((due - now).total_seconds()) // 3600)
    span = (
        f"{hours // 24} 天"
        if hours >= 48
        else f"{hours} 小时"
        if hours
        else f"{int(abs((due - now).total_seconds()) // 60)} 分钟"
    )
    if now > due:
        return Left(f"{what}已超 {span}", "bad", due)
    soon = (due - now) * 4 <= due - began
    return Left(f"{what}还剩 {span}", "warn" if soon else "quiet", due)


def in_scope(actor: Actor, scope: str, wanted: str = "") -> QuerySet[RepairOrder]:
    """Orders of a tab of the board; the nearest limit first, what is over by its newest."""
    now = timezone.now()
    found = orders_of(actor).select_related("estate", "dwelling", "contractor")
    if wanted:
        return found.filter(
            Q(number__icontains=wanted) | Q(place__icontains=wanted) | Q(dwelling__code__iexact=wanted)
        ).order_by("-reported_at")
    late = Q(state="new", answer_due_at__lt=now) | Q(state__in=OPEN_ORDERS, finish_due_at__lt=now)
    match scope:
        case "late":
            return found.filter(late).order_by("answer_due_at", "pk")
        case "new":
            return found.filter(state__in=("new", "triaged")).order_by("-urgent", "answer_due_at", "pk")
        case "work":
            return found.filter(state__in=("assigned", "visited")).order_by("-urgent", "finish_due_at", "pk")
        case "money":
            return found.filter(estimate_fen__gt=0, approved_by=None, state__in=OPEN_ORDERS).order_by("pk")
        case "done":
            return found.filter(state__in=("done", "rated")).order_by("-done_at")
        case _:
            return found.order_by("-reported_at")


def tally(actor: Actor) -> dict[str, int]:
    """How many orders stand where, for the figures above the board."""
    now = timezone.now()
    mine = orders_of(actor)
    return mine.aggregate(
        new=Count("pk", filter=Q(state="new")), triaged=Count("pk", filter=Q(state="triaged")),
        work=Count("pk", filter=Q(state__in=("assigned", "visited"))), urgent=Count("pk", filter=Q(state__in=OPEN_ORDERS, urgent=True)),
        late=Count("pk", filter=Q(state="new", answer_due_at__lt=now) | Q(state__in=OPEN_ORDERS, finish_due_at__lt=now)),
        money=Count("pk", filter=Q(estimate_fen__gt=0, approved_by=None, state__in=OPEN_ORDERS)),
    )  # fmt: skip


_ORDERS = Prepared(
    lambda reach: (
        RepairOrder.objects.filter(agency_id__in=reach, state__in=("new", "triaged"))
        .order_by()
        .values_list("id")[:COUNT_MAX]
    )
)
_HAZARDS = Prepared(
    lambda reach: (
        Hazard.objects.filter(agency_id__in=reach, state__in=OPEN_HAZARDS)
        .order_by()
        .values_list("id")[:COUNT_MAX]
    )
)


def waiting_orders(actor: Actor) -> Asked | int:
    """How many orders wait for this actor to take them up or give them out."""
    return _ORDERS.asks(actor.reach(DISPATCHERS)) if actor.has(*DISPATCHERS) else 0


def waiting_hazards(actor: Actor) -> Asked | int:
    """How many hazards around this actor are not struck off."""
    return _HAZARDS.asks(actor.reach(INSPECTORS)) if actor.has(*INSPECTORS) else 0


def photos_of(
    order: RepairOrder | None = None, hazard: Hazard | None = None, round_: Round | None = None
) -> list[FieldPhoto]:
    """The photographs of one thing, oldest first; those whose time is over are gone."""
    kept = FieldPhoto.objects.filter(order=order, hazard=hazard, round=round_).exclude(stored="")
    return list(kept.order_by("pk")[:PHOTOS_MAX])


def events_of(order: RepairOrder) -> list[RepairEvent]:
    """What was done with an order, newest first, for staff."""
    return list(order.events.select_related("made_by").order_by("-number")[:EVENTS_MAX])


_AHEAD = (
    ("triage", "受理答复"),
    ("assign", "安排维修人员"),
    ("arrive", "上门"),
    ("finish", "修好"),
    ("rate", "评价"),
)
_TITLES = {
    "report": "已报修", "triage": "已受理", "assign": "已派工", "appoint": "已约定上门", "arrive": "维修人员到场", "not_met": "未能进门",
    "finish": "已修好", "confirm": "已确认", "rate": "已评价", "close": "已办结", "refuse": "不予维修", "merge": "已并单", "withdraw": "已撤回",
}  # fmt: skip


def timeline_of(order: RepairOrder) -> list[Moment]:
    """What the reporter is told: what happened, what happens now, what comes next; no names of staff, no notes."""
    told = [one for one in order.events.order_by("number")[:EVENTS_MAX] if one.text or one.act in _TITLES]
    moments = [
        Moment(_TITLES.get(one.act, one.act), one.text, one.made_at, "", "done")
        for one in told
        if one.act in _TITLES
    ]
    if order.state not in (*OPEN_ORDERS, "done"):
        return moments
    reached = {one.act for one in told}
    ahead = [(code, title) for code, title in _AHEAD if code not in reached]
    limit = order_limit(order)
    for place, (_, title) in enumerate(ahead):
        due = timezone.localtime(limit[1]).date() if limit and place == 0 else None
        moments.append(Moment(title, "", None, "", "now" if place == 0 else "next", due))
    return moments


def hazards_in(actor: Actor, scope: str, wanted: str = "") -> QuerySet[Hazard]:
    """Hazards of a tab; the nearest limit first."""
    found = hazards_of(actor).select_related("estate", "contractor")
    if wanted:
        return found.filter(Q(number__icontains=wanted) | Q(place__icontains=wanted)).order_by("-found_on")
    today = timezone.localdate()
    match scope:
        case "late":
            return found.filter(state="assigned", limit_on__lt=today).order_by("limit_on", "pk")
        case "major":
            return found.filter(state__in=OPEN_HAZARDS, grade="major").order_by("limit_on", "pk")
        case "open":
            return found.filter(state__in=OPEN_HAZARDS).order_by("limit_on", "found_on", "pk")
        case _:
            return found.order_by("-found_on", "-pk")


def hazard_tally(actor: Actor) -> dict[str, int]:
    """Found and put right this year, and what is open, for the figures above the list."""
    today = timezone.localdate()
    mine = hazards_of(actor)
    return mine.aggregate(
        found=Count("pk", filter=Q(found_on__year=today.year) & ~Q(state="dismissed")),
        closed=Count("pk", filter=Q(found_on__year=today.year, state="closed")),
        open=Count("pk", filter=Q(state__in=OPEN_HAZARDS)),
        major=Count("pk", filter=Q(state__in=OPEN_HAZARDS, grade="major")),
        late=Count("pk", filter=Q(state="assigned", limit_on__lt=today)),
    )  # fmt: skip


def hazard_left(hazard: Hazard, today: date) -> Left:
    """How long a hazard has until its limit."""
    if hazard.limit_on is None or hazard.state not in ("assigned", "fixed"):
        return Left("—", "quiet")
    days = (hazard.limit_on - today).days
    if hazard.state == "fixed":
        return Left("待复查", "quiet")
    if days < 0:
        return Left(f"已超 {-days} 天", "bad")
    return Left("今天到期" if not days else f"还剩 {days} 天", "warn" if days <= 2 else "quiet")


def rounds_in(actor: Actor, scope: str) -> QuerySet[Round]:
    """Rounds that wait to be walked, or all."""
    found = rounds_of(actor).select_related("estate", "checklist", "inspector")
    if scope == "planned":
        return found.exclude(state="done").order_by("due_on", "estate__name")
    return found.annotate(
        faults=Count("results", filter=Q(results__verdict="fault")),
        broken=Count("results", filter=Q(results__verdict="repair")),
    ).order_by("-due_on", "estate__name")


#: Weeks of the roster before and after this one.
WEEKS_BACK, WEEKS_AHEAD = 2, 6


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the roster of an agency; ``duty`` None: nobody yet."""

    agency: Agency
    monday: date
    sunday: date
    duty: Duty | None
    now: bool
    over: bool


def roster_of(actor: Actor, agency: Agency) -> list[Week]:
    """This week and those to come, then the weeks before it in which somebody was on duty, the latest first; one query."""
    this = monday_of(timezone.localdate())
    mondays = [
        this + timedelta(weeks=step) for step in (*range(WEEKS_AHEAD + 1), *range(-1, -WEEKS_BACK - 1, -1))
    ]
    rows = duties_of(actor).filter(agency=agency, monday__in=mondays).select_related("account", "deputy")
    kept = {one.monday: one for one in rows}
    return [
        Week(agency, day, day + timedelta(days=6), kept.get(day), day == this, day < this)
        for day in mondays
        if day >= this or day in kept
    ]


def duty_now(actor: Actor) -> list[Duty]:
    """Who is on duty this week in the actor's agencies."""
    found = duties_of(actor).filter(monday=monday_of(timezone.localdate()))
    return list(found.select_related("agency", "account", "deputy").order_by("agency_id")[:20])


def newest_repairs(actor: Actor, limit: int = 3) -> list[RepairOrder]:
    """The newest reports of a citizen, for their own page."""
    return list(orders_of(actor).order_by("-reported_at")[:limit])
