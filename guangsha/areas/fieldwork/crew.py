"""Pages for whoever repairs, made for a phone in one hand: my orders, one order with one big button at a time.

Plain forms that work without scripts: what is sent twice on a bad line is kept once (versions, one living visit, one photograph).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.fieldwork import actions, pictures, queries
from guangsha.areas.fieldwork.access import access_hazard, access_order, contractors_of, hazards_of, orders_of
from guangsha.areas.fieldwork.actions import hazards as hazard_actions
from guangsha.areas.fieldwork.actions.work import total_of
from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.fieldwork.office import show
from guangsha.areas.fieldwork.office_forms import (
    add_line,
    appoint,
    ask_money,
    finish,
    finish_fields,
    line_fields,
    money_fields,
    number_of,
    visit_fields,
)
from guangsha.areas.fieldwork.parameters import whole
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import crews
from guangsha.web.act_forms import Answers, Field, acting, faults_of, keep, read_answers, text, version_of

LISTED = 100
Act = Callable[[Actor, RepairOrder, int, Answers], object]


@crews
@require_GET
def my_work(request: HttpRequest) -> HttpResponse:
    """What was given to me: orders and hazards, urgent and late ones first."""
    actor, now = acting(request), timezone.now()
    open_orders = (
        orders_of(actor)
        .filter(state__in=("assigned", "visited"))
        .order_by("-urgent", "finish_due_at")[:LISTED]
    )
    rows = [
        (one, queries.left_of(one, now), one.visits.filter(state__in=("planned", "arrived")).first())
        for one in open_orders
    ]
    dangers = hazards_of(actor).filter(state="assigned").order_by("limit_on")[:LISTED]
    done = orders_of(actor).filter(state__in=("done", "rated", "closed")).order_by("-done_at")[:10]
    return show(
        request, "crew",
        {
            "firms": list(contractors_of(actor)), "rows": rows, "done": list(done),
            "hazards": [(one, queries.hazard_left(one, timezone.localdate())) for one in dangers],
        },
    )  # fmt: skip


def _acts(order: RepairOrder, actor: Actor) -> dict[str, tuple[str, list[Field], Act, str]]:
    """What can be done now: code → (title, fields, act, what is said after it), the usual one first."""
    living = order.visits.filter(state__in=("planned", "arrived")).exists()
    appointing: tuple[str, list[Field], Act, str] = (
        "约定上门时间", [*visit_fields(needed=True), text("worker", "维修人员", required=False, max=40, value=order.worker)], appoint,
        "已约定，并告知报修人。",
    )  # fmt: skip
    missed: tuple[str, list[Field], Act, str] = (
        "没有人开门", [text("text", "情况", max=200, value="敲门无人应答，电话未接通")],
        lambda who, found, version, answers: actions.not_met(who, found.number, version, text=answers["text"]), "已登记，请另约时间。",
    )  # fmt: skip
    if order.state == "assigned":
        arriving: tuple[str, list[Field], Act, str] = (
            "我已到场", [], lambda who, found, version, _: actions.arrive(who, found.number, version), "已登记到场。",
        )  # fmt: skip
        offered = {"arrive": arriving, "appoint": appointing}
        return {**offered, "missed": missed} if living else offered
    if order.state != "visited":
        return {}
    asking: tuple[str, list[Field], Act, str] = (
        "费用超过上限，申请批准",
        money_fields(order, actor),
        ask_money,
        "已提交，请等待批准。",
    )
    return {
        "line": ("登记用料用工", line_fields(order, actor), add_line, "已登记。"),
        "finish": ("已修好", finish_fields(order, actor), finish, "已登记修复。"),
        "appoint": ("下次再来", appointing[1], appoint, appointing[3]),
        "money": asking,
        "missed": missed,
    }


@crews
@require_http_methods(["GET", "POST"])
def my_order(request: HttpRequest, number: str) -> HttpResponse:
    """One order: where, what, the phone to call; POST does one step, adds photographs, or takes a line back."""
    actor = acting(request)
    found = access_order(actor, number)
    faults: list[tuple[str, str]] = []
    opened = ""
    acts = _acts(found, actor)
    if request.method == "POST":
        opened = str(request.POST.get("act", ""))[:12]
        try:
            said = _done(request, actor, found, opened, acts)
        except GuangshaError as error:
            faults = faults_of(error, acts[opened][1] if opened in acts else [])
        else:
            messages.success(request, said)
            return redirect("office-crew-order", number)
    photos = queries.photos_of(order=found)
    day = timezone.localdate()
    return show(
        request, "crew_order",
        {
            "order": found, "acts": acts, "opened": opened, "faults": faults, "photos": photos,
            "left": queries.left_of(found, timezone.now()), "tone": queries.ORDER_TONES[found.state],
            "lines": list(found.lines.order_by("number")), "total": total_of(found),
            "most": max(whole("repair_cost_ceiling", found.agency, day), found.ceiling_fen),
            "visit": found.visits.filter(state__in=("planned", "arrived")).first(),
            "call": found.phone if found.state in ("assigned", "visited") else "",
            "name": found.reporter.name[:1] + "先生/女士" if found.reporter else "",
            "has_after": any(one.moment == "after" for one in photos),
        },
        status=400 if faults else 200,
    )  # fmt: skip


def _done(
    request: HttpRequest,
    actor: Actor,
    found: RepairOrder,
    code: str,
    acts: Mapping[str, tuple[str, list[Field], Act, str]],
) -> str:
    """Do what the button says; the sentence that is shown after it.

    Raises:
        InputError: something is not filled in, or it cannot be done now.
        NotThere: no such button.
    """
    version = version_of(request)
    if code in ("before", "after"):
        if not pictures.taken(request, lambda data: actions.add_order_photo(actor, found.number, code, data)):
            raise InputError("没有选择照片", where="照片", advice="请拍照或选择照片。")
        return "照片已保存。"
    if code == "drop":
        actions.drop_line(
            actor, found.number, version, number_of(str(request.POST.get("line", "")), "用料用工")
        )
        return "已删去。"
    if code not in acts:
        raise NotThere
    _, fields, run, said = acts[code]
    answers = read_answers(request, fields)
    keep(fields, answers)
    run(actor, found, version, answers)
    return said


@crews
@require_http_methods(["GET", "POST"])
def my_hazard(request: HttpRequest, number: str) -> HttpResponse:
    """A hazard that my firm is to put right; POST adds a photograph or says that it is done."""
    actor = acting(request)
    found = access_hazard(actor, number)
    faults: list[tuple[str, str]] = []
    words = ""
    if request.method == "POST":
        words = str(request.POST.get("text", ""))[:400]
        try:
            pictures.taken(request, lambda data: actions.add_hazard_photo(actor, number, "fixed", data))
            if request.POST.get("act") == "fixed":
                hazard_actions.fixed(actor, number, version_of(request), text=words)
        except GuangshaError as error:
            faults = [("f-photo" if error.where == "照片" else "f-text", str(error))]
        else:
            messages.success(
                request, "已登记，等待复查。" if request.POST.get("act") == "fixed" else "照片已保存。"
            )
            return redirect("office-crew-hazard", number)
    return show(
        request, "crew_hazard",
        {
            "hazard": found, "photos": queries.photos_of(hazard=found), "faults": faults, "typed": words,
            "left": queries.hazard_left(found, timezone.localdate()),
        },
        status=400 if faults else 200,
    )  # fmt: skip


@crews
@require_GET
def my_photo(request: HttpRequest, key: int) -> HttpResponse:
    """A photograph of what was given to me."""
    return pictures.served(acting(request), key)
