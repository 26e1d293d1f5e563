"""What one member of staff has to do today, on one page and in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from guangsha.areas.intake.access import cases_of
from guangsha.areas.intake.models import Alarm, Case, Objection, Opinion, Rating, Remedy
from guangsha.areas.intake.queries import todo
from guangsha.areas.office.lists import Filters, Line, kept_away, lines_of, narrowed, own_opinion
from guangsha.audit.actor import Actor
from guangsha.kernel.workdays import national_calendar
from guangsha.notify.models import Message
from guangsha.notify.schedule import SCHEDULE, overdue_runs

#: What fits on one screen; the rest is in the queue.
SHOWN = 12
NEWS_SHOWN = 5
#: Roles that read cases at all; administrators see their own pages only.
OBJECTION_ROLES = ("district_reviewer", "legal_officer", "supervisor")
REMEDY_ROLES = ("legal_officer", "supervisor", "city_approver")
RATING_ROLES = ("supervisor", "hotline_agent")


@dataclass(frozen=True, slots=True)
class Today:
    """Counts and the first of each list."""

    late: int
    due_today: int
    soon: int
    mine: int
    unassigned: int
    waiting: int
    lines: Sequence[Line]
    #: Cases where a colleague has given the first opinion and mine is wanted, and where mine is given and theirs is wanted.
    second_wanted: Sequence[Line]
    given_waiting: int
    alarms: Sequence[Any]
    objections: Sequence[Any]
    remedies: Sequence[Any]
    ratings: Sequence[Any]
    kept_away: int
    #: Of everybody within reach, for the head of the agency; None for others.
    late_of_all: int | None


def today_of(actor: Actor) -> Today:
    """The work of an actor."""
    day = timezone.localdate()
    soon = national_calendar().add_workdays(day, 2)
    running = Q(paused_at=None)
    rows = cases_of(actor).filter(todo(actor) | Q(assignee_id=actor.account_id))
    own, others = Exists(own_opinion(actor)), Exists(_of_others(actor))
    counts = rows.aggregate(
        waiting=Count("id", filter=~own),
        late=Count("id", filter=running & Q(step_due_on__lt=day)),
        today=Count("id", filter=running & Q(step_due_on=day)),
        soon=Count("id", filter=running & Q(step_due_on__gt=day, step_due_on__lte=soon)),
        mine=Count("id", filter=Q(assignee_id=actor.account_id)),
        unassigned=Count("id", filter=Q(assignee=None)),
        given=Count("id", filter=own),
    )
    first = rows.filter(~own).filter(Q(assignee_id=actor.account_id) | Q(assignee=None))
    return Today(
        late=counts["late"],
        due_today=counts["today"],
        soon=counts["soon"],
        mine=counts["mine"],
        unassigned=counts["unassigned"],
        waiting=counts["waiting"],
        lines=_first(first),
        second_wanted=_first(rows.filter(others & ~own)),
        given_waiting=counts["given"],
        alarms=_alarms(actor),
        objections=objections_of(actor)[:SHOWN] if actor.has(*OBJECTION_ROLES) else (),
        remedies=remedies_of(actor)[:SHOWN] if actor.has(*REMEDY_ROLES) else (),
        ratings=ratings_of(actor)[:SHOWN] if actor.has(*RATING_ROLES) else (),
        kept_away=kept_away(actor),
        late_of_all=narrowed(actor, Filters(limit="late")).count() if actor.has("supervisor") else None,
    )


def news_of(actor: Actor) -> list[Message]:
    """The newest messages that the actor has not ticked off."""
    rows = Message.objects.filter(account_id=actor.account_id, channel="inbox", read_at=None)
    return list(rows.order_by("-created_at", "-id")[:NEWS_SHOWN])


def house_of(actor: Actor, messages: Sequence[str], jobs: Sequence[str]) -> dict[str, Any]:
    """What does not run as it should, for whom it concerns: messages that did not arrive, jobs that failed or stand still."""
    failed = undelivered(actor).filter(state="failed") if actor.has(*messages) else None
    stuck = [SCHEDULE[name].title for name in overdue_runs()] if actor.has(*jobs) else []
    return {
        "failed": 0 if failed is None else failed.count(),
        "stuck": stuck,
        "keeps_house": actor.has(*jobs),
    }


def undelivered(actor: Actor) -> Any:
    """Messages that failed, or failed twice and wait: of cases within reach, of everything for the system administrator."""
    rows = Message.objects.filter(Q(state="failed") | Q(state="waiting", tries__gte=2)).exclude(
        channel="inbox"
    )
    return rows if actor.has("system_admin") else rows.filter(about__in=cases_of(actor).values("number"))


def _first(rows: Any) -> list[Line]:
    # the slice is taken on ids, so that the order is that of the queue
    from guangsha.areas.office.lists import _ORDERS

    picked = list(rows.order_by(*_ORDERS["due"]).values_list("id", flat=True)[:SHOWN])
    return lines_of(Case.objects.filter(pk__in=picked)) if picked else []


def _of_others(actor: Actor) -> Any:
    return Opinion.objects.filter(
        case=OuterRef("pk"), step=OuterRef("step"), round=OuterRef("round")
    ).exclude(account_id=actor.account_id)


def _alarms(actor: Actor) -> list[Any]:
    """Open alarms of cases that wait for the actor; the head of the agency sees all within reach."""
    reach = cases_of(actor)
    if not actor.has("supervisor"):
        reach = reach.filter(todo(actor) | Q(assignee_id=actor.account_id))
    return list(
        Alarm.objects.filter(case__in=reach.values("pk"), answered_at=None)
        .order_by("due_on", "id")
        .values(
            "id",
            "level",
            "due_on",
            "case__number",
            "case__label",
            "case__service",
            "case__state",
            "case__step",
        )[:SHOWN]
    )


def objections_of(actor: Actor, state: str = "open") -> Any:
    """Objections to notices of agencies within reach; what was written is sealed and not read here."""
    return (
        Objection.objects.filter(notice__agency_id__in=actor.scope, state=state)
        .order_by("due_on", "id")
        .values("id", "receipt", "made_at", "due_on", "state", "settled_at", "notice__number", "notice__title", "case__number", "case__label")
    )  # fmt: skip


def remedies_of(actor: Actor, state: str = "open") -> Any:
    """Requests for re-examination of cases within reach."""
    return (
        Remedy.objects.filter(case__in=cases_of(actor).values("pk"), state=state)
        .order_by("due_on", "id")
        .values("id", "asked_at", "due_on", "state", "case__number", "case__label", "case__service", "decision__number", "answered_at")
    )  # fmt: skip


def ratings_of(actor: Actor, *, replied: bool = False, bad: bool = True) -> Any:
    """Ratings of closed cases within reach; with ``bad`` those that must be called back."""
    rows = Rating.objects.filter(case__agency_id__in=actor.scope, replied_at__isnull=not replied)
    if bad:
        rows = rows.filter(due_on__isnull=False)
    return rows.order_by("due_on", "-rated_at", "id").values(
        "id",
        "grade",
        "tags",
        "text",
        "rated_at",
        "due_on",
        "reply",
        "replied_at",
        "case__number",
        "case__label",
        "case__service",
    )
