"""The room in which families choose: the desks, the board of dwellings, the sheet to be signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guangsha.areas.allocation import actions, queries
from guangsha.areas.allocation.access import access_plan, access_registration
from guangsha.areas.allocation.actions.choices import low_floor_of
from guangsha.areas.allocation.facts import PROXIES, QUEUES
from guangsha.areas.allocation.models import Plan
from guangsha.areas.allocation.office import show
from guangsha.areas.allocation.rules import OFFICERS, READERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.web.act_forms import acting


def _key(request: HttpRequest, name: str) -> int:
    given = request.POST.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 12 else 0


@staff(*READERS)
@require_GET
def session(request: HttpRequest, number: str) -> HttpResponse:
    """The running session: who is called, who comes next, what is free. The part in the middle asks anew every two seconds."""
    actor = acting(request)
    plan = access_plan(actor, number)
    if plan.state not in ("drawn", "selecting", "done"):
        raise NotThere
    queue = request.GET.get("queue", "")
    rows = queries.progress(plan)
    queue = queue if queue in {row[0] for row in rows} else (rows[0][0] if rows else "")
    chosen = request.GET.get("family", "")
    desks = [desk for desk in queries.desks(plan) if desk.queue == queue]
    family = next(
        (desk for desk in desks if str(desk.key) == chosen),
        next((d for d in desks if d.state == "choosing"), None),
    )
    return show(
        request, "session",
        {
            "plan": plan, "low_floor": low_floor_of(plan), "queue": queue, "queues": QUEUES, "progress": rows, "desks": desks, "family": family,
            "next": queries.next_calls(plan, queue) if queue else [], "board": queries.board(plan, queue) if queue else [],
            "events": queries.events(plan, 8), "runs": plan.state == "selecting" and bool(actor.roles_at(plan.agency_id) & OFFICERS),
        },
    )  # fmt: skip


def _choose(actor: Actor, request: HttpRequest) -> str:
    one = actions.choose(actor, _key(request, "family"), _key(request, "door"))
    return f"{one.entry_no} 已选定，请核对后打印选房确认单签字。"


def _called(actor: Actor, plan: Plan, request: HttpRequest) -> str:
    one = actions.call_next(actor, plan.number, request.POST.get("queue", ""))
    return f"请 {one.entry_no} 到窗口。"


#: What one press in the room does; what it says then.
_ACTS: dict[str, Callable[[Actor, Plan, HttpRequest], str]] = {
    "call": _called,
    "begin": lambda actor, plan, request: f"{actions.begin_choosing(actor, _key(request, 'family')).entry_no} 开始选房，限 {plan.choose_minutes} 分钟。",
    "choose": lambda actor, plan, request: _choose(actor, request),
    "release": lambda actor, plan, request: f"{actions.release(actor, _key(request, 'family')).entry_no} 已退回选定，重新选房。",
    "sign": lambda actor, plan, request: f"{actions.sign(actor, _key(request, 'family'), offer_id=_key(request, 'door') or None).entry_no} 已签字确认。",
    "miss": lambda actor, plan, request: f"{actions.miss(actor, _key(request, 'family')).entry_no} 记为过号。",
    "up": lambda actor, plan, request: f"候补递补 {actions.move_up(actor, plan.number, request.POST.get('queue', ''))} 户。",
}  # fmt: skip


@staff(*OFFICERS)
@require_POST
def session_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One press in the room, and back to it with what was done or why not."""
    actor = acting(request)
    plan = access_plan(actor, number)
    act = _ACTS.get(code)
    if act is None:
        raise NotThere
    try:
        messages.success(request, act(actor, plan, request))
    except GuangshaError as error:
        messages.error(request, str(error))
    answer = redirect("office-session", number)
    queue, family = request.POST.get("queue", ""), _key(request, "family")
    if queue in QUEUES:
        answer["Location"] += f"?queue={queue}" + (f"&family={family}" if family else "")
    return answer


@staff(*READERS)
@require_GET
def sheet(request: HttpRequest, key: int) -> HttpResponse:
    """The sheet that a family signs for its dwelling, to be printed in two copies."""
    found = access_registration(acting(request), key)
    offer: Any = (
        found.plan.dwellings.filter(registration=found)
        .select_related("dwelling__estate", "dwelling__building")
        .first()
    )
    if offer is None or found.session_state not in ("locked", "signed"):
        raise NotThere
    return show(
        request, "sheet",
        {
            "one": found, "plan": found.plan, "offer": offer, "dwelling": offer.dwelling, "queue": QUEUES[found.layout],
            "proxy": PROXIES[found.proxy], "now": timezone.now(),
        },
    )  # fmt: skip
