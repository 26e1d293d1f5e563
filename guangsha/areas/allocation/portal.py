"""Pages for the household: its place in the list, its registrations, its own choice on its turn; and what the room may read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.allocation import actions, queries, wish_pages
from guangsha.areas.allocation.access import access_entry, access_registration
from guangsha.areas.allocation.actions.choices import low_floor_of
from guangsha.areas.allocation.actions.wishes import may_wish
from guangsha.areas.allocation.facts import QUEUES, TIERS
from guangsha.areas.allocation.models import Plan
from guangsha.areas.allocation.office import CHANGE_TONES, TONES
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import citizens, public
from guangsha.web.act_forms import acting

#: Where the result of a plan is still made public.
_RUNNING = ("drawn", "selecting")


def _show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    answer = render(request, f"allocation/{page}.html", context, status=status, using="jinja2")
    add_never_cache_headers(answer)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@citizens
@require_GET
def my_waitlist(request: HttpRequest) -> HttpResponse:
    """The entries of my household; where there is one only, that one."""
    found = queries.own_entries(acting(request))
    if len(found) == 1:
        return redirect("portal-waitlist-entry", found[0].number)
    rows = [
        (one.number, one.get_state_display(), TONES[one.state], QUEUES[one.layout], one.listed_on)
        for one in found
    ]
    return _show(request, "my_waitlist", {"rows": rows})


@citizens
@require_http_methods(["GET", "POST"])
def my_entry(request: HttpRequest, number: str) -> HttpResponse:
    """My place in the list; POST says what I think of a change against me."""
    actor = acting(request)
    found = access_entry(actor, number)
    changes = list(found.changes.order_by("-number")[:10])
    asked = next((one for one in changes if one.state == "hearing"), None)
    faults: list[tuple[str, str]] = []
    typed = {"outcome": "", "text": ""}
    if request.method == "POST":
        typed = {name: str(request.POST.get(name, ""))[:2000] for name in typed}
        try:
            if asked is None:
                raise InputError("现在没有需要您说明的事项", advice="请刷新页面。")
            actions.hear_change(actor, asked.pk, outcome=typed["outcome"], text=typed["text"])
        except InputError as error:
            faults = [("f-said" if error.where == "陈述意见" else "", str(error))]
        else:
            messages.success(request, "已收到您的意见，作出决定后会通知您。")
            return redirect("portal-waitlist-entry", number)
    return _show(
        request, "my_entry",
        {
            "entry": found, "tone": TONES[found.state], "tier": TIERS[found.tier], "queue": QUEUES[found.layout],
            "place": queries.place_of(found), "plans": queries.open_plans(found), "asked": asked, "faults": faults, "typed": typed,
            "registrations": queries.own_registrations(found),
            "changes": [(one, CHANGE_TONES[one.state]) for one in changes if one.state in ("confirmed", "dropped")],
        },
        status=400 if faults else 200,
    )  # fmt: skip


@citizens
@require_http_methods(["GET", "POST"])
def my_registration(request: HttpRequest, key: int) -> HttpResponse:
    """My registration for a plan: what the re-check asks me; on my turn the free dwellings, one of which I take."""
    actor = acting(request)
    found = access_registration(actor, key)
    faults: list[tuple[str, str]] = []
    typed = {"outcome": "", "text": ""}
    if request.method == "POST":
        typed = {name: str(request.POST.get(name, ""))[:2000] for name in typed}
        try:
            if request.POST.get("act") == "choose":
                door = request.POST.get("door", "")
                actions.choose(actor, key, int(door) if door.isdecimal() and len(door) < 12 else 0)
                said = "已选定。请到窗口核对并签字，逾时将退回。"
            else:
                actions.hear_registrant(actor, key, outcome=typed["outcome"], text=typed["text"])
                said = "已收到您的意见，认定后会通知您。"
        except InputError as error:
            faults = [("f-said" if error.where == "陈述意见" else "", str(error))]
        else:
            messages.success(request, said)
            return redirect("portal-registration", key)
    plan, now = found.plan, timezone.now()
    turn = plan.state == "selecting" and found.session_state == "choosing"
    left = None
    if turn and found.choosing_until is not None:
        left = max(0, -(-int((found.choosing_until - now).total_seconds()) // 60))
    offer = plan.dwellings.filter(registration=found).select_related("dwelling__estate").first()
    ahead = (
        [one.pk for one in queries.next_calls(plan, found.layout, 2000)] if plan.state == "selecting" else []
    )
    doors, held = queries.free_doors(found) if turn else ([], 0)
    return _show(
        request, "my_registration",
        {
            "one": found, "plan": plan, "queue": QUEUES[found.layout], "turn": turn, "left": left, "offer": offer, "faults": faults,
            "typed": typed, "asked": found.heard_due_on is not None and found.heard_at is None and found.state == "registered",
            "doors": doors, "held": held, "may_wish": may_wish(plan, found),
            "ahead": ahead.index(found.pk) if found.pk in ahead else None,
        },
        status=400 if faults else 200,
    )  # fmt: skip


@citizens
@require_http_methods(["GET", "POST"])
def my_wishes(request: HttpRequest, key: int) -> HttpResponse:
    """My wishes for matching by machine: each press adds one, moves it or takes it off, until the roster is frozen."""
    actor = acting(request)
    found = access_registration(actor, key)
    if found.plan.matching != "machine":
        raise NotThere
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            messages.success(request, wish_pages.press(request, actor, found))
        except InputError as error:
            faults = [("", str(error))]
        else:
            return redirect(request.get_full_path())
    context = wish_pages.context_of(request, found)
    return _show(request, "my_wishes", {**context, "faults": faults}, status=400 if faults else 200)


def _public_plan(number: str) -> Plan:
    """A plan whose room or result is public now.

    Raises:
        NotThere: none, or its public time is over.
    """
    plan = Plan.objects.filter(number=number).first()
    if plan is None:
        raise NotThere
    shown = (
        plan.state == "done" and plan.public_until is not None and plan.public_until >= timezone.localdate()
    )
    if plan.state not in _RUNNING and not shown:
        raise NotThere
    return plan


@public
@require_GET
def selection(request: HttpRequest, number: str) -> HttpResponse:
    """The board for everybody in the room, masked; afterwards the result, until its public time is over."""
    plan = _public_plan(number)
    queue = request.GET.get("queue", "")
    progress = queries.progress(plan)
    known = [row[0] for row in progress]
    queue = queue if queue in known else (known[0] if known else "")
    return _show(
        request, "selection",
        {
            "plan": plan, "low_floor": low_floor_of(plan), "queue": queue, "queues": QUEUES, "progress": progress, "called": queries.called(plan),
            "board": queries.board(plan, queue) if queue and plan.state != "done" else [],
            "next": [one.entry_no for one in queries.next_calls(plan, queue, 10)] if queue and plan.state == "selecting" else [],
            "results": queries.result_rows(plan) if plan.state == "done" else [],
        },
    )  # fmt: skip
