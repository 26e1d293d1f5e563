"""Notices and objections to them, re-examinations, ratings, spot checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_rating, access_remedy, access_spot_check, cases_of
from guangsha.areas.intake.catalogue import service, services
from guangsha.areas.intake.models import Notice, Objection, SpotCheck
from guangsha.areas.intake.rules import why_not
from guangsha.areas.office import lists, work
from guangsha.areas.office.lists import start_of
from guangsha.areas.office.views import gates
from guangsha.areas.office.views.shared import acting, refuse, say, sentences, show
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy.masks import mask_text
from guangsha.web.forms import page_number

PAGE_SIZE = 40
_STATES = {"running": "公示中", "ended": "已结束", "withdrawn": "已撤下"}
CASES_MAX = 500  # as many as a notice lists
#: Objections read and settled on one page: each of them has to be read.
TOGETHER_MAX = 20
#: Who settles objections; the auditor only reads them.
_SETTLE = ("district_reviewer", "legal_officer", "supervisor")
FINDINGS = {"right": "正确", "flawed": "有瑕疵", "wrong": "错误"}


@staff(*gates.NOTICES)
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What waits to be published, by service; what runs; what has run."""
    actor = acting(request)
    state = request.GET.get("state", "waiting")
    state = state if state in (*_STATES, "waiting") else "waiting"
    context: dict[str, Any] = {"state": state, "states": {"waiting": "待公示", **_STATES}}
    if state == "waiting":
        waiting = cases_of(actor).filter(state="publicity", paused_at=None)
        lines = lists.lines_of(
            waiting.filter(pk__in=list(waiting.values_list("pk", flat=True)[: lists.PAGE_SIZE * 4]))
        )
        names = sorted({line.service for line in lines})
        context["groups"] = [(name, [line for line in lines if line.service == name]) for name in names]
        context["may_publish"] = actor.has("publicity_editor")
    else:
        rows = Notice.objects.filter(agency_id__in=actor.scope, state=state).order_by("-published_at", "-id")
        found = rows.values("number", "title", "agency__name", "starts_on", "ends_on", "digest", "id")
        context["page"] = Paginator(found, PAGE_SIZE).get_page(page_number(request))
    return show(request, "notices", context)


def access_office_notice(actor: Actor, number: str) -> Notice:
    """A notice of an agency within reach, also one that was taken down."""
    found = Notice.objects.select_related("agency").filter(number=number).first()
    if found is None:
        raise NotThere
    if found.agency_id not in actor.scope:
        raise NotThere
    return found


@staff(*gates.CASES)
@require_GET
def notice(request: HttpRequest, number: str) -> HttpResponse:
    """One notice as it is published, its cases, the objections to it."""
    actor = acting(request)
    found = access_office_notice(actor, number)
    lines = lists.lines_of(cases_of(actor).filter(pk__in=found.cases.values("pk")))
    objections = (
        Objection.objects.filter(notice=found)
        .order_by("id")
        .values("receipt", "state", "made_at", "due_on", "case__number")
    )
    may_withdraw = found.state == "running" and actor.has("publicity_editor", "supervisor")
    return show(
        request, "notice",
        {"notice": found, "lines": lines, "objections": objections, "may_withdraw": may_withdraw,
         "may_settle": actor.has(*gates.OBJECTIONS), "heads": found.heads},
    )  # fmt: skip


@staff("publicity_editor", "supervisor")
@require_POST
def withdraw_notice(request: HttpRequest, number: str) -> HttpResponse:
    """Take down a notice that was wrong."""
    actor = acting(request)
    found = access_office_notice(actor, number)
    try:
        actions.withdraw_notice(actor, found.number, request.POST.get("text", ""))
        say(request, f"公示 {found.number} 已撤下，其中的办件等待重新公示。")
    except InputError as error:
        refuse(request, error)
    return redirect("office-notice", number)


@staff(*gates.OBJECTIONS)
@require_GET
def objections(request: HttpRequest) -> HttpResponse:
    """Objections, the open ones first."""
    actor = acting(request)
    state = request.GET.get("state", "open")
    state = state if state in dict(Objection.STATES) else "open"
    page = Paginator(work.objections_of(actor, state), PAGE_SIZE).get_page(page_number(request))
    may = state in ("open", "examining") and actor.has(*_SETTLE)
    return show(
        request, "objections", {"page": page, "state": state, "states": dict(Objection.STATES), "may": may}
    )


@staff(*gates.OBJECTIONS)
@require_http_methods(["GET", "POST"])
def objections_together(request: HttpRequest) -> HttpResponse:
    """Several objections without anything in them (one text sent many times, say) read one below the other and found not right
    with the same words. Each is settled by itself: what is refused stays open and says why."""
    actor = acting(request)
    if not actor.has(*_SETTLE):
        raise NotThere
    given = request.POST if request.method == "POST" else request.GET
    receipts = given.getlist("receipt")
    if not receipts or len(receipts) > TOGETHER_MAX:
        said = "请先勾选异议，再一并核实" if not receipts else f"一次最多 {TOGETHER_MAX} 件异议，每件都要看过"
        refuse(request, InputError(said))
        return redirect("office-objections")
    rows = Objection.objects.select_related("notice", "case").filter(
        receipt__in=receipts, notice__agency_id__in=actor.scope, state__in=("open", "examining")
    )
    found, faults = list(rows.order_by("due_on", "id")), []
    finding = request.POST.get("finding", "")
    if request.method == "POST":
        faults = [] if finding.strip() else ["请填写核实情况，每位提出人都会看到"]
        if not faults and not found:
            faults = ["勾选的异议刚被别人核实过，请回到列表"]
        if not faults:
            _dismiss(request, actor, found, finding)
            return redirect("office-objections")
    return show(
        request, "objections_together",
        {"rows": [(item, mask_text(str(item.text)).split("\n")) for item in found], "finding": finding, "faults": faults},
        status=400 if faults else 200,
    )  # fmt: skip


def _dismiss(request: HttpRequest, actor: Actor, found: Sequence[Objection], finding: str) -> None:
    done = 0
    for item in found:
        try:
            actions.settle_objection(actor, item.pk, False, finding)
            done += 1
        except InputError as error:
            refuse(request, InputError(f"{item.receipt}：{error}"))
    if done:
        say(request, f"{done} 件异议已核实为不成立。")


def access_office_objection(actor: Actor, receipt: str) -> Objection:
    """An objection to a notice of an agency within reach."""
    found = Objection.objects.select_related("notice", "case").filter(receipt=receipt).first()
    if found is None:
        raise NotThere
    if found.notice.agency_id not in actor.scope:
        raise NotThere
    return found


@staff(*gates.OBJECTIONS)
@require_http_methods(["GET", "POST"])
def objection(request: HttpRequest, receipt: str) -> HttpResponse:
    """What somebody objects, and what was found. How to reach the objector is never shown with the household's case."""
    actor = acting(request)
    found = access_office_objection(actor, receipt)
    faults: list[str] = []
    upheld, finding = request.POST.get("upheld", ""), request.POST.get("finding", "")
    if request.method == "POST":
        try:
            taking = request.POST.get("act") == "take_up"
            if not taking and upheld not in ("yes", "no"):
                raise InputError("请选择异议是否成立")
            named = cases_of(actor).filter(number__in=request.POST.getlist("case")[:CASES_MAX])
            concerning = list(named.values_list("pk", flat=True))
            if taking:
                actions.take_up_objection(actor, found.pk, finding, concerning=concerning)
                say(request, "已受理，涉及的办件暂停，核实后请记下结果。")
                return redirect("office-objection", receipt)
            actions.settle_objection(actor, found.pk, upheld == "yes", finding, concerning=concerning)
            say(request, "核实结果已记下。")
            return redirect("office-objections")
        except InputError as error:
            faults = sentences(error)
    listed = (
        list(found.notice.cases.values_list("pk", flat=True)) if found.case_id is None else [found.case_id]
    )
    lines = lists.lines_of(cases_of(actor).filter(pk__in=listed))
    choices = {line.number: line.number for line in lines} if found.case_id is None and len(lines) > 1 else {}
    return show(
        request, "objection",
        {"objection": found, "text": mask_text(str(found.text)), "lines": lines, "faults": faults, "upheld": upheld, "finding": finding,
         "choices": choices, "ticked": request.POST.getlist("case"), "may": found.state in ("open", "examining") and actor.has(*_SETTLE)},
        status=400 if faults else 200,
    )  # fmt: skip


@staff(*gates.REMEDIES)
@require_GET
def remedies(request: HttpRequest) -> HttpResponse:
    """Requests for re-examination."""
    actor = acting(request)
    state = request.GET.get("state", "open")
    state = state if state in ("open", "upheld", "changed") else "open"
    page = Paginator(work.remedies_of(actor, state), PAGE_SIZE).get_page(page_number(request))
    names = {code: item.name for code, item in services().items()}
    return show(request, "remedies", {"page": page, "state": state, "states": {"open": "待答复", "upheld": "维持", "changed": "改变"}, "services": names})  # fmt: skip


@staff(*gates.CASES)
@require_http_methods(["GET", "POST"])
def remedy(request: HttpRequest, key: int) -> HttpResponse:
    """One request for re-examination with the decision it is about, and the answer."""
    from guangsha.areas.intake.actions.base import standing_of, who_of

    actor = acting(request)
    found = access_remedy(actor, key)
    faults: list[str] = []
    upheld, text = request.POST.get("upheld", ""), request.POST.get("text", "")
    if request.method == "POST":
        try:
            if upheld not in ("yes", "no"):
                raise InputError("请选择维持还是重新作出决定")
            actions.answer_remedy(actor, found.pk, upheld == "yes", text)
            say(request, "复核答复已送出。")
            return redirect("office-case", found.case.number)
        except InputError as error:
            faults = sentences(error)
    refusal = (
        why_not("answer_remedy", standing_of(found.case), who_of(actor, found.case))
        if found.state == "open"
        else ""
    )
    return show(
        request, "remedy",
        {"remedy": found, "faults": faults, "refusal": refusal, "upheld": upheld, "text": text,
         "service": service(found.case.service), "may": found.state == "open" and not refusal},
        status=400 if faults else 200,
    )  # fmt: skip


@staff(*gates.RATINGS)
@require_GET
def ratings(request: HttpRequest) -> HttpResponse:
    """Bad ratings to call back, those called back, and all."""
    actor = acting(request)
    which = request.GET.get("which", "open")
    which = which if which in ("open", "done", "all") else "open"
    rows = work.ratings_of(actor, replied=which == "done", bad=which != "all")
    page = Paginator(rows, PAGE_SIZE).get_page(page_number(request))
    names = {code: item.name for code, item in services().items()}
    words = {"open": "待回访", "done": "已回访", "all": "全部好评与中评"}
    return show(
        request, "ratings",
        {"page": page, "which": which, "words": words, "services": names, "may": actor.has("supervisor", "hotline_agent")},
    )  # fmt: skip


@staff("supervisor", "hotline_agent")
@require_POST
def rating(request: HttpRequest, key: int) -> HttpResponse:
    """Write down a call-back."""
    actor = acting(request)
    found = access_rating(actor, key)
    try:
        actions.reply_rating(actor, found.pk, request.POST.get("text", ""))
        say(request, f"办件 {found.case.number} 的回访已记下。")
    except InputError as error:
        refuse(request, error)
    return redirect("office-ratings")


@staff(*gates.SPOT_CHECKS)
@require_http_methods(["GET", "POST"])
def spot_checks(request: HttpRequest) -> HttpResponse:
    """Cases drawn for a second look, and the draw."""
    actor = acting(request)
    faults: list[str] = []
    today = timezone.localdate()
    typed = {
        "service": request.POST.get("service", ""), "seed": request.POST.get("seed", ""),
        "since": request.POST.get("since", (today - timedelta(days=30)).isoformat()), "until": request.POST.get("until", today.isoformat()),
    }  # fmt: skip
    if request.method == "POST":
        try:
            drawn = _draw(actor, typed)
            say(request, f"抽取 {len(drawn)} 件。同一种子和名单，任何人重抽结果相同。")
            return redirect("office-spot-checks")
        except InputError as error:
            faults = sentences(error)
    state = "done" if request.GET.get("state") == "done" else "open"
    rows = SpotCheck.objects.filter(
        case__in=cases_of(actor).values("pk"), done_at__isnull=state == "open"
    ).order_by("-id")
    found = rows.values(
        "id",
        "case__number",
        "case__label",
        "case__service",
        "seed",
        "drawn_at",
        "finding",
        "done_at",
        "account__name",
    )
    drawable = {code: item.name for code, item in services().items() if item.spot_check_percent}
    return show(
        request, "spot_checks",
        {"page": Paginator(found, PAGE_SIZE).get_page(page_number(request)), "state": state, "faults": faults, "typed": typed,
         "drawable": drawable, "services": {code: item.name for code, item in services().items()}, "findings": FINDINGS,
         "may_draw": actor.has("supervisor", "auditor")},
        status=400 if faults else 200,
    )  # fmt: skip


def _draw(actor: Actor, typed: dict[str, str]) -> list[SpotCheck]:
    since, until = lists.day_in(typed["since"]), lists.day_in(typed["until"])
    if since is None or until is None:
        raise InputError("日期应写成 2026-11-21 的样子", where="抽取范围", advice="请重新填写。")
    return actions.draw_spot_checks(
        actor, typed["service"], start_of(since), start_of(until + timedelta(days=1)), typed["seed"]
    )


@staff(*gates.SPOT_CHECKS)
@require_http_methods(["GET", "POST"])
def spot_check(request: HttpRequest, key: int) -> HttpResponse:
    """The second look at one case."""
    actor = acting(request)
    found = access_spot_check(actor, key)
    faults: list[str] = []
    finding, text = request.POST.get("finding", ""), request.POST.get("text", "")
    if request.method == "POST":
        try:
            actions.finish_spot_check(actor, found.pk, finding, text)
            say(request, "复查结论已记下。")
            return redirect("office-spot-checks")
        except InputError as error:
            faults = sentences(error)
    decision = found.case.decisions.order_by("-id").defer("snapshot").first()
    worked = found.case.edges.filter(account_id=actor.account_id).exists()
    return show(
        request, "spot_check",
        {"check": found, "decision": decision, "faults": faults, "finding": finding, "text": text, "findings": FINDINGS,
         "worked": worked, "may": found.done_at is None and not worked},
        status=400 if faults else 200,
    )  # fmt: skip
