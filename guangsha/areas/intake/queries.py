"""Reads of cases for pages: lists without sealed columns, one case on one page, each with a bounded number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from guangsha.areas.intake.access import cases_of, may_read_result, sight
from guangsha.areas.intake.actions.base import (
    Trace,
    bare_standing_of,
    clock_of,
    plan_of,
    standing_of,
    trace_of,
    wants_trace,
    who_of,
)
from guangsha.areas.intake.actions.effects import HELD
from guangsha.areas.intake.actions.places import places_for
from guangsha.areas.intake.catalogue import Field, Service, services
from guangsha.areas.intake.clock import Limits, limits
from guangsha.areas.intake.forms import Answers, prefilled
from guangsha.areas.intake.letters import TITLES, is_greeting, letter_document
from guangsha.areas.intake.models import Case, Decision, Draft, Hook, Material, Notice, Rating, Remedy
from guangsha.areas.intake.rules import ASKS_MORE, EDGES, OPEN, acts_in, barred, why_not
from guangsha.areas.registry.models import Household, Person
from guangsha.areas.verification.models import Verification
from guangsha.audit.actor import Actor
from guangsha.documents.writing.tree import Document
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.people.prepared import Along, Prepared, fetch_together
from guangsha.privacy.masks import mask_bank_account, mask_identity, mask_phone

PAGE_SIZE = 50
PAGES_MAX = 400
#: What a list shows; nothing sealed among it.
QUEUE_COLUMNS = ("number", "service", "label", "state", "step", "priority", "submitted_at", "step_due_on", "assignee__name", "agency__name", "version", "id")  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of a list of cases."""

    number: str
    service: str
    label: str
    state: str
    step: str
    priority: int
    submitted_at: datetime
    due_on: date | None
    assignee: str
    agency: str
    version: int
    pk: int
    late: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of a list of cases; ``more`` when there is a next page."""

    rows: tuple[QueueRow, ...]
    page: int
    more: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """One point on the line of a case. ``state``: done, now or next; ``by`` only for staff."""

    title: str
    text: str
    at: datetime | None
    by: str
    state: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer as it is shown. ``sensitive`` values are masked; the plain one is revealed through ``privacy``."""

    path: str
    label: str
    value: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A group of answers under its title; a table has one section per row."""

    title: str
    answers: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything of a case on one page. Whoever applied is shown what they handed in or are asked for, and where a source
    disagrees; staff also what a source took the place of."""

    case: Case
    service: Service
    state: str
    sections: tuple[Section, ...]
    materials: tuple[Any, ...]
    verifications: tuple[Any, ...]
    opinions: tuple[Any, ...]
    moments: tuple[Moment, ...]
    notices: tuple[Any, ...]
    decisions: tuple[Any, ...]
    remedies: tuple[Any, ...]
    objections: tuple[Any, ...]
    alarms: tuple[Any, ...]
    limits: Limits
    #: Acts that the actor may do now: act → Chinese label.
    acts: Mapping[str, str] = field(default_factory=dict)
    #: Where the actor may transfer it to: id and name.
    places: tuple[tuple[int, str], ...] = ()


STATE_NAMES: Mapping[str, str] = dict(cast(Any, Case._meta.get_field("state").choices))


def step_name(service_code: str, state: str, step: str) -> str:
    """How people call where a case is: the step's own name, or the state's."""
    found = services().get(service_code)
    plan = found.step(step) if found else None
    return plan.name if plan and plan.state == state else STATE_NAMES.get(state, state)


def todo(actor: Actor) -> Q:
    """Which open cases wait for one of the actor's roles."""
    roles = actor.roles
    wanted = Q(pk=None)
    # services that ask the same of these roles share one condition: the badge of every office page counts with it
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for code, chosen in services().items():
        steps = tuple(sorted(step.code for step in chosen.steps if step.role in roles))
        states: tuple[str, ...] = ()
        if "street_clerk" in roles or (chosen.steps and chosen.steps[0].role in roles):
            states += ("submitted",)
        if chosen.decision is not None and chosen.decision.role in roles:
            states += ("deciding", "approved")
        if steps or states:
            alike.setdefault((steps, states), []).append(code)
    for (steps, states), codes in alike.items():
        wanted |= Q(service__in=codes) & (
            Q(step__in=steps) & Q(state__endswith="_review") | Q(state__in=states)
        )
    if "publicity_editor" in roles:
        wanted |= Q(state="publicity", paused_at=None)
    if roles & {"district_reviewer", "legal_officer", "supervisor"}:
        wanted |= Q(state="objection")
    if roles & {"legal_officer", "supervisor", "city_approver"}:
        wanted |= Q(state="reconsidering")
    return wanted


def queue(actor: Actor, filters: Mapping[str, Any] | None = None) -> Queue:
    """A page of cases within reach, the most urgent first.

    Filters: ``todo`` (waiting for my roles), ``mine`` (given to me), ``late``, ``service``, ``state``, ``agency`` (id),
    ``number`` (its beginning), ``closed`` (also what is closed), ``page`` from 1.

    Raises:
        InputError: a page beyond :data:`PAGES_MAX`.
    """
    chosen = dict(filters or {})
    page = chosen.get("page", 1)
    if not isinstance(page, int) or not 1 <= page <= PAGES_MAX:
        raise InputError("没有这一页", advice="请缩小查询范围。")
    today = timezone.localdate()
    rows = cases_of(actor)
    if chosen.get("number"):
        rows = rows.filter(number__startswith=str(chosen["number"])[:32])
    elif chosen.get("state"):
        rows = rows.filter(state=str(chosen["state"])[:16])
    elif not chosen.get("closed"):
        rows = rows.filter(state__in=[*OPEN, "reconsidering", "approved"])
    if chosen.get("todo"):
        rows = rows.filter(todo(actor))
    if chosen.get("mine"):
        rows = rows.filter(assignee_id=actor.account_id)
    if chosen.get("late"):
        rows = rows.filter(step_due_on__lt=today)
    if chosen.get("service"):
        rows = rows.filter(service=str(chosen["service"])[:40])
    if chosen.get("agency"):
        rows = rows.filter(agency_id=chosen["agency"])
    start = (page - 1) * PAGE_SIZE
    found = list(
        rows.order_by("priority", F("step_due_on").asc(nulls_last=True), "id").values_list(*QUEUE_COLUMNS)[
            start : start + PAGE_SIZE + 1
        ]
    )
    return Queue(tuple(_queue_row(row, today) for row in found[:PAGE_SIZE]), page, len(found) > PAGE_SIZE)


def _queue_row(row: Any, today: date) -> QueueRow:
    number, code, label, state, step, priority, submitted, due, assignee, agency, version, pk = row
    found = services().get(code)
    return QueueRow(
        number, found.name if found else code, label, STATE_NAMES.get(state, state), step_name(code, state, step), priority,
        submitted, due, assignee or "", agency, version, pk, due is not None and due < today,
    )  # fmt: skip


def my_cases(actor: Actor, limit: int = PAGE_SIZE) -> list[QueueRow]:
    """One's own cases, the latest first."""
    today = timezone.localdate()
    rows = cases_of(actor) if actor.kind != "staff" else cases_of(actor).filter(account_id=actor.account_id)
    return [
        _queue_row(row, today)
        for row in rows.order_by("-submitted_at", "-id").values_list(*QUEUE_COLUMNS)[:limit]
    ]


def my_drafts(actor: Actor) -> list[tuple[int, str, int, datetime]]:
    """One's own drafts: id, name of the service, page, when saved."""
    found = (
        Draft.objects.filter(account_id=actor.account_id)
        .order_by("-updated_at")
        .values_list("id", "service", "page", "updated_at")[:PAGE_SIZE]
    )
    known = services()
    return [(pk, known[code].name if code in known else code, page, saved) for pk, code, page, saved in found]


def running_notices(limit: int = PAGE_SIZE) -> QuerySet[Notice]:
    """Notices in public sight, the newest first."""
    return (
        Notice.objects.filter(hidden_at=None)
        .exclude(state="withdrawn")
        .select_related("agency")
        .order_by("-published_at", "-id")[:limit]
    )


def case_limits(case: Case) -> Limits:
    """The limits of a case as of today."""
    return limits(national_calendar(), clock_of(case), timezone.localdate())


#: The station at which the promised limit ends.
DECISION = "作出决定"


def timeline(case: Case, *, names: bool = False, trace: Sequence[Trace] | None = None) -> list[Moment]:
    """What happened, where the case is, what comes next. With ``names`` (for staff) also who did it and internal notes.

    ``trace``: its moves, where they were read already.
    """
    moments = []
    for edge in trace_of(case.pk) if trace is None else trace:
        rule = EDGES.get(edge.act)
        if edge.act in ("assign", "begin") and not names:
            continue
        if edge.act == "make_objection" and not names:
            moments.append(Moment("异议核实中", "", edge.at, "", "done"))
            continue
        title = rule.label if rule else edge.act
        if edge.act in ("give_opinion", "return_to"):
            title = f"{step_name(case.service, _state_of_step(case, edge.step), edge.step)}：{title}"
        text = edge.message if not names else "\n".join(part for part in (edge.message, edge.note) if part)
        moments.append(Moment(title, text, edge.at, edge.account_name if names else "", "done"))
    if case.state in OPEN | {"reconsidering", "approved"}:
        moments.append(
            Moment(step_name(case.service, case.state, case.step), "", None, "", "now", case.step_due_on)
        )
        # the promise is about the decision; the stations before it have limits only once they are reached
        moments += [
            Moment(title, "", None, "", "next", case.promised_on if title == DECISION else None)
            for title in _ahead(case)
        ]
    return moments


def _state_of_step(case: Case, step: str) -> str:
    plan = plan_of(case).step(step)
    return plan.state if plan else case.state


def _ahead(case: Case) -> list[str]:
    """The stations that are still to come, as planned."""
    chosen = plan_of(case)
    stations = [("submitted", "", "受理")]
    stations += [(step.state, step.code, step.name) for step in chosen.steps]
    if chosen.publicity is not None:
        stations.append(("publicity", "", "公示"))
    stations += [("deciding", "", DECISION), ("approved", "", "送达")]
    places = [
        index
        for index, (state, step, _) in enumerate(stations)
        if state == case.state and step in ("", case.step)
    ]
    if places:
        return [name for _, _, name in stations[places[0] + 1 :]]
    if case.state == "reconsidering":
        return []
    if case.state == "objection":
        return [name for state, _, name in stations if state in ("deciding", "approved")]
    after_acceptance = case.accepted_at is not None
    return [name for state, _, name in stations if not (after_acceptance and state == "submitted")]


def shown_answers(service: Service, answers: Mapping[str, Any], sight: str = "full") -> list[Section]:
    """The answers as people read them, in the order of the form; numbers of persons masked, income and health as far as ``sight``
    goes (:func:`access.sight`)."""
    sections = []
    for group in service.form:
        given = answers.get(group.code)
        rows = given if isinstance(given, list) else [given] if isinstance(given, Mapping) else []
        for number, row in enumerate(rows):
            prefix = f"{group.code}.{number}" if group.table else group.code
            shown = tuple(
                _shown(f"{prefix}.{item.name}", item, row[item.name], sight)
                for item in group.fields
                if row.get(item.name) is not None
            )
            title = f"{group.title}（第{number + 1}个{group.table.row}）" if group.table else group.title
            sections.append(Section(title, shown))
    return sections


#: What stands in the place of a value that this colleague does not see, or sees only with a reason.
NOT_SHOWN, ON_DEMAND = "按岗位不显示", "已遮盖"


def _shown(path: str, item: Field, value: Any, sight: str) -> Shown:
    if item.private and sight == "masked":
        return Shown(path, item.label, NOT_SHOWN)
    if item.private and sight == "asked":
        return Shown(path, item.label, ON_DEMAND, sensitive=True)
    masks = {"identity": mask_identity, "phone": mask_phone, "bank_account": mask_bank_account}
    if item.kind in masks:
        return Shown(path, item.label, masks[item.kind](str(value)), sensitive=True)
    return Shown(path, item.label, shown_value(item, value))


def shown_value(item: Field, value: Any) -> str:
    """One clean answer in words."""
    if item.kind == "money":
        return f"{Decimal(value) / 100:,.2f} 元"
    if item.kind == "area":
        return f"{value} ㎡"
    if item.kind == "yes_no":
        return "是" if value else "否"
    if item.kind == "choice":
        return item.choices.get(str(value), str(value))
    if item.kind == "choices":
        return "、".join(item.choices.get(code, code) for code in value)
    if item.kind == "date":
        day = date.fromisoformat(value)
        return f"{day.year}年{day.month}月{day.day}日"
    return str(value)


def _materials(case: int, whole: bool) -> QuerySet[Material]:
    """``whole``: also what a verification stands in for, of which whoever applied has nothing in hand."""
    rows = Material.objects.filter(case_id=case).order_by("code", "id")
    return rows if whole else rows.exclude(~Q(state="refused"), stored="")


def _verifications(number: str, whole: bool) -> QuerySet[Verification]:
    """``whole``: also those that agree, which nobody asks whoever applied about."""
    rows = Verification.objects.filter(case_number=number).defer("payload").order_by("id")
    return rows if whole else rows.filter(outcome="mismatch")


_MATERIALS, _VERIFICATIONS = Prepared(_materials), Prepared(_verifications)
_DECISIONS = Prepared(lambda case: Decision.objects.filter(case_id=case).defer("snapshot").order_by("id"))
_REMEDIES = Prepared(lambda case: Remedy.objects.filter(case_id=case).order_by("id"))


def _open_acts(case: Case, actor: Actor) -> dict[str, str]:
    """What the actor may do now. Where the state and the role refuse already, nothing more is read."""
    who, bare = who_of(actor, case), bare_standing_of(case)
    near = [
        rule for rule in acts_in(case.state) if "anyone" not in rule.who and not barred(rule.act, bare, who)
    ]
    whole = standing_of(case) if any(rule.act in ASKS_MORE for rule in near) else bare
    return {rule.act: rule.label for rule in near if not why_not(rule.act, whole, who)}


def case_page(
    case: Case, actor: Actor | None = None, readable: bool | None = None, along: Along | None = None
) -> CasePage:
    """Everything of a case on one page; with ``actor`` also what they may do now.

    Args:
        readable: whether they may read its result, where that was asked already (:func:`access.may_read_result`).
        along: what the frame of the page wants to know, asked together with the rows.
    """
    chosen = plan_of(case)
    acts = _open_acts(case, actor) if actor is not None else {}
    staff = actor is not None and actor.kind == "staff"
    whole = actor is None or staff
    result = actor is None or (may_read_result(actor, case) if readable is None else readable)
    seen = "full" if actor is None else sight(actor, case)
    decided = [_DECISIONS.wants(case.pk), _REMEDIES.wants(case.pk)] if result else []
    trace, papers, checks, *results = fetch_together([
        wants_trace(case.pk), _MATERIALS.wants(case.pk, shape=(whole,)), _VERIFICATIONS.wants(case.number, shape=(whole,)), *decided,
    ], along)  # fmt: skip
    decisions, remedies = results or ([], [])
    return CasePage(
        case=case,
        service=chosen,
        state=step_name(case.service, case.state, case.step),
        sections=tuple(shown_answers(chosen, cast(Any, case.answers), seen)),
        materials=_papers(papers, seen),
        verifications=_checks(checks, seen),
        opinions=tuple(case.opinions.select_related("account").order_by("id")) if staff else (),
        moments=tuple(timeline(case, names=staff, trace=[Trace._make(row) for row in trace])),
        notices=tuple(case.notices.order_by("id")) if actor is None or staff else (),
        decisions=tuple(decisions),
        remedies=tuple(remedies),
        objections=tuple(case.objections.order_by("id")) if staff else (),
        alarms=tuple(case.alarms.order_by("id")) if staff else (),
        limits=case_limits(case),
        acts=acts,
        places=tuple(places_for(actor, case)) if actor is not None and "transfer" in acts else (),
    )


def _papers(rows: Sequence[Material], seen: str) -> tuple[Material, ...]:
    if seen == "masked":
        for row in rows:
            row.stored = ""  # that it came is seen, what it says is not
    return tuple(rows)


def _checks(rows: Sequence[Verification], seen: str) -> tuple[Verification, ...]:
    if seen == "masked":
        for row in rows:
            hidden = {"items": [{"sentence": NOT_SHOWN}]} if row.differences else None
            row.differences = cast(Any, hidden)
            row.explanation = NOT_SHOWN if row.explanation else ""
    return tuple(rows)


def effect_chain(case: Case, effect: str) -> list[Hook]:
    """Everything that a programme was or will be told of this case, in order; what was taken stays in it."""
    return list(Hook.objects.filter(case=case, effect=effect).select_related("decision").order_by("number"))


def waiting_effects(effect: str, limit: int = PAGE_SIZE) -> list[Hook]:
    """What a programme may take now, the oldest first: of each case its next event, and nothing of a case that is decided
    anew."""
    waiting = Hook.objects.filter(effect=effect, taken_at=None).exclude(case__state__in=HELD)
    before = Hook.objects.filter(
        case=OuterRef("case"), effect=effect, taken_at=None, number__lt=OuterRef("number")
    )
    return list(waiting.exclude(Exists(before)).select_related("case").order_by("made_at", "id")[:limit])


def hindered_cases(effects: Collection[str], agencies: Collection[int], limit: int = PAGE_SIZE) -> list[Hook]:
    """Decided cases that a programme could not carry out when it last tried, with their applicants; ``hindrance`` says why."""
    waiting = Hook.objects.filter(
        effect__in=list(effects), taken_at=None, case__agency_id__in=list(agencies)
    ).exclude(hindrance="")
    return list(waiting.select_related("case__applicant").order_by("pk")[:limit])


def rating_of(case: Case) -> Rating | None:
    """How the case was rated, or None."""
    try:
        return case.rating
    except Rating.DoesNotExist:
        return None


def deciding_agency(decision: Decision) -> str:
    """The agency that decided, which is not always the one that received the case: the number begins with its name."""
    return decision.number.partition("〔")[0] or decision.case.agency.name


def letter_lines(decision: Decision) -> list[tuple[str, bool]]:
    """The lines of a letter, and whether each is the one that says to whom it speaks."""
    return [(line, is_greeting(line)) for line in decision.text.split("\n") if line.strip()]


def decision_document(decision: Decision) -> Document:
    """The letter of a decision as it is printed; ``documents.writing.pdf.write_pdf`` makes the file."""
    day = timezone.localdate(decision.decided_at)
    agency = deciding_agency(decision)
    title = TITLES.get(decision.outcome, "决定书")
    return letter_document(title, decision.number, decision.text, agency, day, digest=decision.digest)


def prefill_for(person: Person, service: Service) -> Answers:
    """First values of a form from the register: the person, their household, its members."""
    household = (
        Household.objects.filter(memberships__person=person, memberships__ended_on=None, closed_on=None)
        .select_related("community")
        .first()
    )
    facts = {
        f"person.{name}": getattr(person, name)
        for name in ("name", "identity", "phone", "sex", "marital", "employer", "bank_account", "bank_name")
    }
    facts["person.birth_date"] = person.birth_date.isoformat() if person.birth_date else ""
    members: list[dict[str, Any]] = []
    if household is not None:
        facts |= {
            "household.number": household.number,
            "household.community": household.community.name,
            "household.programme": household.programme,
        }
        for kind, text in (
            household.addresses.filter(ended_on=None).order_by("id").values_list("kind", "text")
        ):
            facts[f"household.{kind}"] = text
        living = (
            household.memberships.filter(ended_on=None)
            .exclude(person=person)
            .select_related("person")
            .order_by("id")
        )
        members = [
            {"name": row.person.name, "identity": row.person.identity, "phone": row.person.phone, "relation": row.relation,
             "sex": row.person.sex, "marital": row.person.marital,
             "birth_date": row.person.birth_date.isoformat() if row.person.birth_date else ""}
            for row in living
        ]  # fmt: skip
        facts["household.size"] = str(1 + len(members))
    return prefilled(service, facts, members)
