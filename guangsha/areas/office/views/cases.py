"""One case on one screen, and every act on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_case
from guangsha.areas.intake.models import Case
from guangsha.areas.intake.queries import CasePage, case_page
from guangsha.areas.office import acts, lists
from guangsha.areas.office.views import gates
from guangsha.areas.office.views.shared import acting, say, sentences, show
from guangsha.areas.registry.access import READERS as FILE_READERS
from guangsha.areas.registry.queries import household_file
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy.actions import RevealRefused, reveal
from guangsha.privacy.fields import index_of
from guangsha.web import navigation
from guangsha.web.forms import key_of


class _Rehearsed(Exception):
    """Carries the letter out of a transaction that is not to be kept."""

    def __init__(self, letter: str) -> None:
        self.letter = letter


@staff(*gates.CASES)
@require_GET
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The case."""
    actor = acting(request)
    return _screen(request, actor, access_case(actor, number))


@staff(*gates.WORKS)
@require_POST
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do one act. What cannot be done comes back with everything that was typed."""
    actor = acting(request)
    found = access_case(actor, number)
    run = acts.RUN.get(act)
    if run is None:
        raise NotThere
    version = key_of(request.POST.get("version", ""))
    try:
        if act == "decide" and "confirm" not in request.POST:
            letter = _rehearse(actor, found, version, request)
            return _screen(request, actor, found, opened=act, typed=request.POST, letter=letter)
        done = run(actor, found, version, request.POST, request.FILES)
    except actions.CaseMoved:
        fresh = access_case(actor, number)
        return _screen(
            request,
            actor,
            fresh,
            opened=act,
            typed=request.POST,
            faults=[_moved(fresh)],
            moved=True,
            status=409,
        )
    except InputError as error:
        fresh = access_case(actor, number)
        return _screen(
            request, actor, fresh, opened=act, typed=request.POST, faults=sentences(error), status=400
        )
    say(request, done)
    return redirect("office-case", number)


def _moved(case: Case) -> str:
    last = case.edges.order_by("-number").first()
    who = f"{last.account_name or '系统'}" if last else "别人"
    return f"您打开本页后，{who}已办理过这个办件。下面是最新情况，您填写的内容还在，请看过再提交。"


def _rehearse(actor: Actor, case: Case, version: int, request: HttpRequest) -> str:
    """The letter as it would be written now: decided within a transaction that is rolled back, so that the preview is checked by
    the same rules and cannot differ from what is signed."""
    post = request.POST
    outcome = post.get("outcome", "")
    reasons = post.getlist("reasons") if outcome == "rejected" else []
    try:
        with transaction.atomic():
            decision = actions.decide(actor, case.pk, version, outcome, reasons, post.get("text", ""))
            raise _Rehearsed(decision.text)
    except _Rehearsed as rehearsed:
        return rehearsed.letter


def _screen(
    request: HttpRequest,
    actor: Actor,
    case: Case,
    *,
    opened: str = "",
    typed: QueryDict | None = None,
    faults: Sequence[str] = (),
    letter: str = "",
    moved: bool = False,
    status: int = 200,
) -> HttpResponse:
    page = case_page(case, actor, along=navigation.waiting_of(request, actor))
    forms = acts.forms_of(page) if actor.has(*gates.WORKS) else []
    offered = {form.act for form in forms}
    context = {
        "page": page,
        "case": case,
        "forms": forms,
        "opened": opened,
        "post": typed,
        "typed": {
            form.act: acts.typed_of(form.fields, typed)
            for form in forms
            if typed is not None and form.act == opened
        },
        "faults": list(faults),
        "lost": _words(typed) if typed is not None and opened not in offered else [],
        "moved": moved,
        "letter": letter,
        "left": _left(case),
        "household": household_file(case.household) if case.household else None,
        "may_open_files": actor.has(*FILE_READERS),
        "following": lists.next_case(actor, case.pk),
        "materials": _materials(page),
    }
    return show(request, "case", context, status=status)


def _left(case: Case) -> int | None:
    from django.utils import timezone

    if case.step_due_on is None or case.state not in lists.LIVE:
        return None
    return lists.workdays_left(national_calendar(), timezone.localdate(), case.step_due_on)


def _words(typed: QueryDict) -> list[str]:
    """The free text that was typed, to be copied out where its form is no longer there."""
    skipped = {"csrfmiddlewaretoken", "version", "confirm"}
    return [
        value for name, values in typed.lists() if name not in skipped for value in values if len(value) > 1
    ]


def _materials(page: CasePage) -> list[Mapping[str, Any]]:
    """Every material that was asked or came, each with its files."""
    found: dict[str, dict[str, Any]] = {}
    for item in page.service.materials:
        rows = [row for row in page.materials if row.code == item.code]
        if rows or any(check.material == item.code for check in page.verifications):
            found[item.code] = {"name": item.name, "rows": rows}
    return list(found.values())


@staff(*gates.WORKS)
@require_http_methods(["GET", "POST"])
def reveal_value(request: HttpRequest, number: str) -> HttpResponse:
    """Show one masked answer, with a reason. Without scripts it is a page, with them a line of the page."""
    actor = acting(request)
    found = access_case(actor, number)
    field = request.GET.get("field", "") if request.method == "GET" else request.POST.get("field", "")
    shown = {
        item.path: item
        for section in case_page(found, actor).sections
        for item in section.answers
        if item.sensitive
    }
    if field not in shown:
        raise NotThere
    context: dict[str, Any] = {
        "case": found,
        "field": field,
        "item": shown[field],
        "value": "",
        "fault": "",
        "reason": "",
    }
    status = 200
    if request.method == "POST":
        context["reason"] = request.POST.get("reason", "")
        try:
            context["value"] = reveal(
                actor, found, f"answers.{field}", context["reason"], subject_index=_subject(found, field)
            )
        except RevealRefused as error:
            context["fault"], status = str(error), 400
    part = "reveal_line" if getattr(request, "htmx", False) else "reveal"
    return show(request, part, context, status=200 if part == "reveal_line" else status)


def _subject(case: Case, field: str) -> str:
    """The blind index of the person whom an answer is about."""
    group, _, rest = field.partition(".")
    given = cast(dict[str, Any], case.answers).get(group)
    if isinstance(given, list):
        place = key_of(rest.partition(".")[0])
        identity = given[place].get("identity", "") if place < len(given) else ""
        return index_of("identity", identity) if identity else case.applicant.identity_index
    return case.applicant.identity_index
