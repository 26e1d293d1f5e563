"""Repairs for the household: report in three taps, see where it stands, confirm, rate, report again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.fieldwork import actions, pictures, queries
from guangsha.areas.fieldwork.access import access_order, orders_of
from guangsha.areas.fieldwork.actions.reports import leases_of
from guangsha.areas.fieldwork.facts import FINISHED_ORDERS, OPEN_ORDERS, REPAIR_KINDS
from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.fieldwork.office import key_of
from guangsha.areas.fieldwork.queries import ORDER_TONES
from guangsha.areas.tenancy.models import Lease
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import citizens
from guangsha.web.act_forms import acting

SHOWN = 30
#: When somebody may come, in the words of the form; anything else is said on the phone.
WANTED = ("工作日白天", "工作日晚上", "周末", "随时")
_PLACES = {
    "坏了什么": "f-kind",
    "情况": "f-text",
    "报修的房屋": "f-lease",
    "照片": "f-photo",
    "满意程度": "f-stars",
    "意见": "f-words",
}


def _show(
    request: HttpRequest, page: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    answer = render(request, f"fieldwork/{page}.html", dict(context), status=status, using="jinja2")
    add_never_cache_headers(answer)
    return answer


@citizens
@require_GET
def my_repairs(request: HttpRequest) -> HttpResponse:
    """My reports, newest first, and the way to a new one."""
    actor = acting(request)
    found = list(orders_of(actor).order_by("-reported_at")[:SHOWN])
    rows = [
        (one.number, one.get_kind_display(), one.place, one.reported_at, one.get_state_display(), ORDER_TONES[one.state])
        for one in found
    ]  # fmt: skip
    return _show(
        request,
        "my_repairs",
        {"rows": rows, "may": bool(leases_of(actor.person_id)), "more": len(found) == SHOWN},
    )


@sensitive_post_parameters()
@citizens
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """What is broken, a photograph, when: three taps and a sentence."""
    actor = acting(request)
    leases = leases_of(actor.person_id)
    if not leases:
        return _show(request, "report_elsewhere", {})
    typed = {
        "kind": "",
        "text": "",
        "wanted": WANTED[0],
        "urgent": "",
        "lease": leases[0].number,
        "key": str(uuid.uuid4()),
    }
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        typed = {name: str(request.POST.get(name, ""))[:600] for name in typed}
        try:
            made = _report(actor, typed, leases)
        except InputError as error:
            faults = [(_PLACES.get(error.where, ""), str(error))]
        else:
            try:
                pictures.taken(
                    request, lambda data: actions.add_order_photo(actor, made.number, "report", data)
                )
            except InputError as error:
                messages.warning(request, f"报修已收到，照片没有保存：{error}")
            else:
                messages.success(request, f"报修已收到，工单号 {made.number}。")
            return redirect("portal-repair", made.number)
    return _show(
        request, "report",
        {
            "kinds": REPAIR_KINDS, "typed": typed, "faults": faults, "wanted": WANTED,
            "leases": {one.number: f"{one.dwelling}" for one in leases},
        },
        status=400 if faults else 200,
    )  # fmt: skip


def _report(actor: Actor, typed: Mapping[str, str], leases: list[Lease]) -> RepairOrder:
    number = typed["lease"] if len(leases) > 1 else leases[0].number
    words = typed["text"].strip() or (REPAIR_KINDS.get(typed["kind"], "") + "，见照片")
    given = actions.Report(
        typed["kind"], words, "", typed["wanted"], typed["urgent"] == "yes", "", key_of(typed["key"])
    )
    return actions.report_from_home(actor, number, given)


@sensitive_post_parameters()
@citizens
@require_http_methods(["GET", "POST"])
def my_repair(request: HttpRequest, number: str) -> HttpResponse:
    """One report with its timeline; POST adds a photograph, confirms, rates, withdraws, or reports again."""
    actor = acting(request)
    found = access_order(actor, number)
    faults: list[tuple[str, str]] = []
    typed = {"stars": "", "words": ""}
    if request.method == "POST":
        typed = {name: str(request.POST.get(name, ""))[:600] for name in typed}
        try:
            said, target = _act(request, actor, found, typed)
        except InputError as error:
            faults = [(_PLACES.get(error.where, ""), str(error))]
        else:
            messages.success(request, said)
            return redirect("portal-repair", target)
    within = found.warranty_until is not None and found.warranty_until >= timezone.localdate()
    return _show(
        request, "my_repair",
        {
            "order": found, "tone": ORDER_TONES[found.state], "moments": queries.timeline_of(found), "faults": faults, "typed": typed,
            "photos": queries.photos_of(order=found), "lines": list(found.lines.order_by("number")) if found.done_at else [],
            "visit": found.visits.filter(state="planned").first(), "again": getattr(found, "reopened_by", None),
            "may_rate": found.state in ("done", "closed") and found.stars is None,
            "may_confirm": found.state in FINISHED_ORDERS and found.signed_at is None,
            "may_again": getattr(found, "reopened_by", None) is None
            and ((found.state in FINISHED_ORDERS and within) or (found.state == "refused" and found.refusal != "withdrawn")),
            "may_withdraw": found.state in ("new", "triaged", "assigned"), "may_photo": found.state in OPEN_ORDERS,
        },
        status=400 if faults else 200,
    )  # fmt: skip


def _act(request: HttpRequest, actor: Actor, found: RepairOrder, typed: Mapping[str, str]) -> tuple[str, str]:
    number = found.number
    match request.POST.get("act"):
        case "photo":
            count = pictures.taken(
                request, lambda data: actions.add_order_photo(actor, number, "report", data)
            )
            return (f"已添加 {count} 张照片。" if count else "没有选择照片。"), number
        case "confirm":
            actions.confirm_work(actor, number)
            return "已确认。", number
        case "rate":
            given = typed["stars"]
            actions.rate(
                actor, number, stars=int(given) if given in "12345" and given else 0, text=typed["words"]
            )
            return "谢谢您的评价。", number
        case "withdraw":
            actions.withdraw(actor, number)
            return "报修已撤回。", number
        case "again":
            made = actions.report_again(actor, number, typed["words"])
            return f"已再次报修，工单号 {made.number}。", made.number
        case _:
            raise NotThere


@citizens
@require_GET
def photo(request: HttpRequest, key: int) -> HttpResponse:
    """A photograph of my own report."""
    return pictures.served(acting(request), key)
