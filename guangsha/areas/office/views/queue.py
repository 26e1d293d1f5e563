"""The queue and what is done to several cases of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import cases_of
from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.models import STATES
from guangsha.areas.intake.rules import EDGES
from guangsha.areas.office import lists
from guangsha.areas.office.lists import Line
from guangsha.areas.office.views import gates
from guangsha.areas.office.views.shared import acting, refuse, say, show
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.gates import staff
from guangsha.people.models import Account
from guangsha.web import navigation
from guangsha.web.forms import key_of

#: One page of the queue is what can be looked over before it is confirmed.
BATCH_MAX = lists.PAGE_SIZE
BATCHES = {"take": "分派给我", "give": "分派给同事", "publish": "发布公示"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case chosen for an act at once, and why it cannot take part (empty: it can)."""

    line: Line
    version: int
    fault: str


@staff(*gates.CASES)
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """The list of cases."""
    actor = acting(request)
    filters = lists.read_filters(request.GET)
    page = lists.page_of(actor, filters, navigation.waiting_of(request, actor))
    return show(
        request,
        "queue",
        {
            "filters": filters,
            "page": page,
            "query": filters.query(),
            "services": {code: item.name for code, item in services().items()},
            "states": lists.state_choices(),
            "areas": page.areas,
            "words": lists,
            "kept_away": lists.kept_away(actor),
            "may_batch": actor.has(*gates.WORKS),
            "batches": {
                code: label
                for code, label in BATCHES.items()
                if code != "publish" or actor.has("publicity_editor")
            },
        },
    )


@staff(*gates.WORKS)
@require_POST
def batch(request: HttpRequest) -> HttpResponse:
    """Assign or publish the chosen cases: first what would happen, then (``confirm``) it happens."""
    actor = acting(request)
    act = request.POST.get("act", "")
    back = f"{reverse('office-queue')}?{lists.read_filters(request.POST).query()}"
    given = [item for item in request.POST.getlist("case")[: BATCH_MAX + 1] if item.count(":") == 1]
    if act not in BATCHES or not given or len(given) > BATCH_MAX:
        refuse(
            request, InputError("请先勾选办件，再选择要做什么" if not given else f"一次最多 {BATCH_MAX} 件")
        )
        return redirect(back)
    chosen = _chosen(actor, act, given)
    ready = [item for item in chosen if not item.fault]
    colleagues = _colleagues(actor) if act == "give" else []
    if "confirm" in request.POST and ready:
        to = actor.account_id if act == "take" else key_of(request.POST.get("to", ""))
        if act == "publish":
            return _publish(request, actor, ready, back)
        if to:
            return _assign(request, actor, ready, to, back)
    return show(
        request,
        "batch",
        {"act": act, "label": BATCHES[act], "chosen": chosen, "ready": ready, "colleagues": colleagues, "back": back,
         "filters": lists.read_filters(request.POST), "missing": "confirm" in request.POST},
    )  # fmt: skip


def _chosen(actor: Actor, act: str, given: Sequence[str]) -> list[Chosen]:
    """The chosen cases that the actor can see, each with what stands against the act."""
    versions = {key_of(pk): key_of(version) for pk, version in (item.split(":") for item in given)}
    lines = lists.lines_of(cases_of(actor).filter(pk__in=list(versions)))
    service = lines[0].service if lines else ""
    states = {label: code for code, label in STATES}
    found = []
    for line in lines:
        fault = ""
        if line.version != versions[line.pk]:
            fault = "刚被别人办理过，请回到列表重新选择"
        elif act == "publish" and (states[line.state] != "publicity" or line.paused):
            fault = "不在待公示的环节"
        elif act == "publish" and line.service != service:
            fault = f"不是“{service}”，一份公示只能有一个事项"
        elif act != "publish" and states[line.state] not in EDGES["assign"].before:
            fault = f"“{line.state}”的办件不能分派"
        found.append(Chosen(line, versions[line.pk], fault))
    return found


def _colleagues(actor: Actor) -> list[tuple[int, str]]:
    """Staff with a duty in the actor's agencies today."""
    rows = Account.objects.filter(
        kind="staff", is_active=True, appointments__agency_id__in=actor.scope, appointments__ended_on=None,
        appointments__role__in=gates.WORKS,
    )  # fmt: skip
    return list(rows.distinct().order_by("name", "id").values_list("id", "name"))


def _assign(request: HttpRequest, actor: Actor, ready: Sequence[Chosen], to: int, back: str) -> HttpResponse:
    done = 0
    for item in ready:
        try:
            actions.assign(actor, item.line.pk, item.version, to)
            done += 1
        except InputError as error:
            refuse(request, error)
    if done:
        say(request, f"已分派 {done} 件。")
    return redirect(back)


def _publish(request: HttpRequest, actor: Actor, ready: Sequence[Chosen], back: str) -> HttpResponse:
    code = next(code for code, item in services().items() if item.name == ready[0].line.service)
    try:
        notice = actions.publish_notice(actor, code, [item.line.pk for item in ready])
    except InputError as error:
        refuse(request, error)
        return redirect(back)
    say(request, f"公示 {notice.number} 已发布，共 {len(ready)} 件。")
    return redirect("office-notice", notice.number)
