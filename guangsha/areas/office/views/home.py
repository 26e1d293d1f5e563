"""Today's work, and the search in the head of every page of the office."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import READERS, access_alarm, cases_of
from guangsha.areas.intake.queries import step_name
from guangsha.areas.office import lists, work
from guangsha.areas.office.views import gates
from guangsha.areas.office.views.shared import acting, refuse, say, show
from guangsha.areas.registry.access import READERS as FILE_READERS
from guangsha.areas.registry.access import households_of
from guangsha.areas.registry.models import Membership
from guangsha.areas.registry.queries import find_persons
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.gates import staff
from guangsha.privacy.masks import mask_identity, mask_name
from guangsha.web.forms import key_of

FOUND_MAX = 30


@staff("*")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits today."""
    actor = acting(request)
    today = work.today_of(actor) if actor.has(*READERS) else None
    following = lists.next_case(actor) if today else ""
    context = {"work": today, "following": following, "news": work.news_of(actor), "step_name": step_name}
    return show(request, "home", context | work.house_of(actor, gates.MESSAGES, gates.JOBS))


@staff(*gates.WORKS)
@require_POST
def alarm(request: HttpRequest, key: int) -> HttpResponse:
    """Take note of an alarm, and go to its case."""
    actor = acting(request)
    found = access_alarm(actor, key)
    try:
        actions.answer_alarm(actor, found.pk)
        say(request, "已记下：这条提醒由您处理。")
    except InputError as error:
        refuse(request, error)
    return redirect("office-case", found.case.number)


@staff(*gates.CASES)
@require_GET
def following(request: HttpRequest) -> HttpResponse:
    """The next case that waits for the actor, or the queue when none does."""
    number = lists.next_case(acting(request), key_of(request.GET.get("but", "")))
    if not number:
        say(request, "您手上没有待办的办件了。")
        return redirect("office-queue")
    return redirect("office-case", number)


@staff(*gates.CASES)
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Cases by their number; persons by identity number, phone, name or its sound. A single case is opened at once."""
    actor = acting(request)
    text = request.GET.get("q", "").strip()[:60]
    compact = "".join(text.split()).upper()
    lines, persons = [], []
    if len(compact) >= 6:
        found = list(
            cases_of(actor)
            .filter(number__startswith=compact)
            .order_by("-id")
            .values_list("id", flat=True)[:FOUND_MAX]
        )
        lines = lists.lines_of(cases_of(actor).filter(pk__in=found)) if found else []
        if len(lines) == 1 and lines[0].number == compact:
            return redirect("office-case", compact)
    if text and not lines:
        rows = list(find_persons(actor, text)[:FOUND_MAX])
        keys = [person.pk for person in rows]
        picked = list(
            cases_of(actor)
            .filter(applicant_id__in=keys)
            .order_by("-id")
            .values_list("id", flat=True)[:FOUND_MAX]
        )
        lines = lists.lines_of(cases_of(actor).filter(pk__in=picked), "new") if picked else []
        homes = _households(actor, keys)
        persons = [
            (person.pk, mask_name(person.name), person.birth_date, mask_identity(person.identity), homes.get(person.pk, ""))
            for person in rows
        ]  # fmt: skip
    return show(
        request, "search",
        {"text": text, "lines": lines, "persons": persons, "may_open_files": actor.has(*FILE_READERS)},
    )  # fmt: skip


def _households(actor: Actor, keys: list[int]) -> dict[int, str]:
    """The open file of each person, where the actor can reach it."""
    rows = Membership.objects.filter(
        person_id__in=keys, ended_on=None, household__closed_on=None, household__in=households_of(actor)
    )
    return dict(rows.values_list("person_id", "household__number"))
