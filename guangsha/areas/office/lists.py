"""The queue: which cases somebody sees, filtered and sorted, in a fixed number of queries and without a sealed column.

This is the list that the agency has open all day; every filter is an address that can be kept and sent to a colleague.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from guangsha.areas.intake.access import PreparedCases, cases_of
from guangsha.areas.intake.catalogue import REVIEW_STATES, services
from guangsha.areas.intake.models import STATES, Case, Opinion
from guangsha.areas.intake.queries import STATE_NAMES, step_name, todo
from guangsha.areas.intake.rules import OPEN
from guangsha.audit.actor import Actor
from guangsha.kernel.workdays import Calendar, national_calendar
from guangsha.people.models import Agency
from guangsha.people.prepared import Along, Prepared, fetch_together
from guangsha.people.recusal import kin_of

PAGE_SIZE = 50
#: Beyond this many cases the pager counts no further: nobody turns to page 200, they filter.
COUNT_MAX = 10_000
#: In these states somebody in the agency has to do something.
LIVE = OPEN | {"reconsidering", "approved"}
#: The clock of these does not press anybody in the agency.
_WAITING = ("supplement",)
LIMITS = {"late": "已超期", "today": "今天到期", "soon": "两个工作日内到期", "paused": "计时暂停"}
WHO = {"me": "我的", "none": "未分派", "others": "同事的"}
SORTS = {"due": "按期限", "new": "最新提交", "old": "最早提交", "priority": "绿色通道优先"}
SCOPES = {"todo": "待我岗位办理", "open": "全部在办", "closed": "已办结", "all": "全部"}
_COLUMNS = (
    "id", "number", "version", "service", "label", "state", "step", "priority", "submitted_at", "step_due_on", "paused_at",
    "assignee_id", "assignee__name", "agency__name", "community__name",
)  # fmt: skip
_ORDERS: Mapping[str, tuple[Any, ...]] = {
    "due": (F("step_due_on").asc(nulls_last=True), "priority", "id"),
    "new": ("-submitted_at", "-id"),
    "old": ("submitted_at", "id"),
    "priority": ("priority", F("step_due_on").asc(nulls_last=True), "id"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One case in a list. ``left``: working days until the limit of the step; None without a limit."""

    pk: int
    number: str
    version: int
    service: str
    label: str
    state: str
    step: str
    urgent: bool
    submitted_at: datetime
    due_on: date | None
    left: int | None
    paused: bool
    assignee_id: int | None
    assignee: str
    agency: str
    community: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``counted_all`` is false where :data:`COUNT_MAX` was reached. ``areas``: ids and names of the streets and
    communities within reach, for the filter; communities stand under their street."""

    lines: tuple[Line, ...]
    number: int
    pages: int
    total: int
    counted_all: bool
    areas: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; everything that is not understood is left out, never guessed."""

    scope: str = "open"
    service: str = ""
    state: str = ""
    limit: str = ""
    area: int = 0
    who: str = ""
    number: str = ""
    sort: str = "due"
    #: Dates of figures: which of a case's days lies between ``since`` and ``until``, and how it ended.
    by: str = ""
    since: date | None = None
    until: date | None = None
    outcome: str = ""
    promise: str = ""
    page: int = 1

    def query(self, **changes: Any) -> str:
        """The filters as an address, without the page; ``changes`` replace some."""
        shown: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("scope", "service", "state", "limit", "area", "who", "number", "sort", "by", "since", "until", "outcome", "promise")
        }  # fmt: skip
        shown.update(changes)
        kept = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in shown.items()
            if value and not (name == "scope" and value == "open") and not (name == "sort" and value == "due")
        }
        return urlencode(kept)

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out beyond the usual."""
        return bool(self.query(sort="due"))


BY = {"submitted": "submitted_at", "accepted": "accepted_at", "decided": "decided_at"}
OUTCOMES = {"approved": "准予", "rejected": "不予", "unaccepted": "不予受理", "withdrawn": "撤回"}


def read_filters(given: Mapping[str, str], *, scope: str = "open") -> Filters:
    """The filters of an address."""

    def among(name: str, allowed: Any, otherwise: str = "") -> str:
        value = given.get(name, "")
        return value if value in allowed else otherwise

    area, page = given.get("area", ""), given.get("page", "")
    return Filters(
        scope=among("scope", SCOPES, scope),
        service=among("service", services()),
        state=among("state", STATE_NAMES) or _step_filter(given.get("state", "")),
        limit=among("limit", LIMITS),
        area=int(area) if area.isdecimal() and len(area) < 12 else 0,
        who=among("who", WHO),
        number="".join(given.get("number", "").split())[:32],
        sort=among("sort", SORTS, "due"),
        by=among("by", BY),
        since=day_in(given.get("since", "")),
        until=day_in(given.get("until", "")),
        outcome=among("outcome", OUTCOMES),
        promise=among("promise", ("kept", "broken")),
        page=int(page)
        if page.isdecimal() and len(page) < 7 and 1 <= int(page) <= COUNT_MAX // PAGE_SIZE
        else 1,
    )


def _step_filter(value: str) -> str:
    """``step:<code>``: one review of a service."""
    code = value.removeprefix("step:")
    known = {step.code for item in services().values() for step in item.steps}
    return value if value.startswith("step:") and code in known else ""


def day_in(text: str) -> date | None:
    """A day of this century from an address; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2099 else None


def narrowed(actor: Actor, filters: Filters, rows: QuerySet[Case] | None = None) -> QuerySet[Case]:
    """The cases within the actor's reach that the filters leave."""
    today = timezone.localdate()
    rows = cases_of(actor) if rows is None else rows
    if filters.number:
        return rows.filter(number__startswith=filters.number)
    if filters.scope == "todo":
        rows = rows.filter(todo(actor))
    elif filters.scope == "open" and not filters.state:
        rows = rows.filter(state__in=LIVE)
    elif filters.scope == "closed":
        rows = rows.exclude(state__in=LIVE)
    if filters.service:
        rows = rows.filter(service=filters.service)
    if filters.state.startswith("step:"):
        rows = rows.filter(step=filters.state.removeprefix("step:"), state__in=REVIEW_STATES)
    elif filters.state:
        rows = rows.filter(state=filters.state)
    if filters.area:
        rows = rows.filter(Q(agency_id=filters.area) | Q(community_id=filters.area))
    if filters.who:
        mine = Q(assignee_id=actor.account_id)
        rows = rows.filter(
            {"me": mine, "none": Q(assignee=None), "others": ~mine & ~Q(assignee=None)}[filters.who]
        )
    return _by_dates(_by_limit(rows, filters.limit, today), filters)


def _by_limit(rows: QuerySet[Case], limit: str, today: date) -> QuerySet[Case]:
    running = Q(state__in=LIVE) & ~Q(state__in=_WAITING)
    if limit == "late":
        return rows.filter(running, step_due_on__lt=today, paused_at=None)
    if limit == "today":
        return rows.filter(running, step_due_on=today, paused_at=None)
    if limit == "soon":
        return rows.filter(
            running,
            step_due_on__gte=today,
            step_due_on__lte=national_calendar().add_workdays(today, 2),
            paused_at=None,
        )
    return rows.exclude(paused_at=None) if limit == "paused" else rows


def _by_dates(rows: QuerySet[Case], filters: Filters) -> QuerySet[Case]:
    if filters.by:
        column = BY[filters.by]
        if filters.since:
            rows = rows.filter(**{f"{column}__gte": start_of(filters.since)})
        if filters.until:
            rows = rows.filter(**{f"{column}__lt": start_of(filters.until + timedelta(days=1))})
    if filters.outcome:
        rows = rows.filter(outcome=filters.outcome)
    if filters.promise:
        kept = within_promise()
        rows = rows.exclude(used_workdays=None).filter(kept if filters.promise == "kept" else ~kept)
    return rows


def start_of(day: date) -> datetime:
    """Midnight in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Asia/Shanghai"))


def within_promise() -> Q:
    """Decided within the promised working days and what the limit was extended by."""
    kept = Q(pk=None)
    for code, chosen in services().items():
        if chosen.promised_workdays is not None:
            kept |= Q(service=code, used_workdays__lte=F("extended_workdays") + chosen.promised_workdays)
    return kept


def lines_of(rows: QuerySet[Case], sort: str = "due") -> list[Line]:
    """The lines of a sliced or bounded set of cases; one query."""
    today, calendar = timezone.localdate(), national_calendar()
    return [_line(row, today, calendar) for row in rows.order_by(*_ORDERS[sort]).values_list(*_COLUMNS)]


def _line(row: Sequence[Any], today: date, calendar: Calendar) -> Line:
    (pk, number, version, code, label, state, step, priority, submitted, due, paused, assignee_id, assignee, agency, community) = row  # fmt: skip
    found = services().get(code)
    left = None if due is None or state not in LIVE else workdays_left(calendar, today, due)
    return Line(
        pk, number, version, found.name if found else code, label, STATE_NAMES.get(state, state),
        step_name(code, state, step), priority == 1, submitted, due, left, paused is not None or state in _WAITING,
        assignee_id, assignee or "", agency, community or "",
    )  # fmt: skip


def workdays_left(calendar: Calendar, today: date, due: date) -> int:
    """Working days until a limit: 0 today, negative when it is past (at least one, also over a weekend)."""
    left = calendar.workdays_between(today, due)
    return min(left, -1) if due < today else left


def page_of(actor: Actor, filters: Filters, along: Along | None = None) -> Page:
    """One page of the queue: its number of lines, its lines and the places within reach, asked together where many ask for it, with
    what the frame of the page wants to know."""
    shape = (replace(filters, page=1),)
    counted, rows = (
        _COUNTED.wants(actor, shape=shape, number=True),
        _PART.wants(actor, shape=(*shape, filters.page)),
    )
    found = None
    if _usual(filters) and counted and rows:
        total, found, places = fetch_together([counted, rows, _AREAS.wants(actor.scope)], along)
    else:
        total, places = _counted(cases_of(actor), actor, filters).count(), _AREAS(actor.scope)
    shown = min(total, COUNT_MAX)
    pages = max(1, -(-shown // PAGE_SIZE))
    number = min(filters.page, pages)
    if found is None or number != filters.page:
        found = list(_part(cases_of(actor), actor, filters, number))
    today, calendar = timezone.localdate(), national_calendar()
    lines = tuple(_line(row, today, calendar) for row in found)
    areas = tuple((pk, ("　" if kind == "community" else "") + name) for pk, name, kind in places)
    return Page(lines, number, pages, shown, total <= COUNT_MAX, areas)


def _usual(filters: Filters) -> bool:
    """Whether many people ask for this list: no number, place or day of one's own among the filters."""
    return not (filters.number or filters.area or filters.since or filters.until)


def _part(rows: QuerySet[Case], actor: Actor, filters: Filters, number: int) -> QuerySet[Case, Any]:
    found = narrowed(actor, filters, rows).order_by(*_ORDERS[filters.sort]).values_list(*_COLUMNS)
    return found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]


def _counted(rows: QuerySet[Case], actor: Actor, filters: Filters) -> QuerySet[Case, Any]:
    return narrowed(actor, filters, rows).order_by().values_list("id")[: COUNT_MAX + 1]


_PART, _COUNTED = PreparedCases(_part), PreparedCases(_counted)


def next_case(actor: Actor, but: int = 0) -> str:
    """The number of the most urgent case that waits for the actor: their own first, then one that nobody has; or nothing."""
    rows = (
        cases_of(actor)
        .filter(todo(actor), Q(assignee_id=actor.account_id) | Q(assignee=None))
        .exclude(pk=but)
    )
    found = rows.filter(~Exists(own_opinion(actor))).order_by(
        F("assignee_id").asc(nulls_last=True), F("step_due_on").asc(nulls_last=True), "priority", "id"
    )
    return found.values_list("number", flat=True).first() or ""


def own_opinion(actor: Actor) -> QuerySet[Opinion]:
    """For ``Exists``: the actor's own opinion at the step and round where a case is."""
    return Opinion.objects.filter(
        case=OuterRef("pk"), step=OuterRef("step"), round=OuterRef("round"), account_id=actor.account_id
    )


_AREAS = Prepared(
    lambda reach: (
        Agency.objects.filter(pk__in=reach, active=True).order_by("path").values_list("id", "name", "kind")
    )
)


def state_choices() -> list[tuple[str, str]]:
    """States and, for reviews, every step of the services by its own name."""
    steps = {step.code: step.name for item in services().values() for step in item.steps}
    shown = [(code, label) for code, label in STATES if code not in REVIEW_STATES]
    return [
        *((f"step:{code}", name) for code, name in sorted(steps.items(), key=lambda item: item[1])),
        *shown,
    ]


def kept_away(actor: Actor) -> int:
    """How many open cases within reach are hidden because the actor must stay away from the person (回避)."""
    kin = kin_of(actor)
    if not kin:
        return 0
    near = Q(applicant__identity_index__in=kin) | Q(
        household__memberships__person__identity_index__in=kin, household__memberships__ended_on=None
    )
    return (
        Case.objects.filter(near, agency_id__in=actor.scope, state__in=LIVE).values("id").distinct().count()
    )
