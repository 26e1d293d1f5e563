"""Pages of plans for staff: the list, a new one, one plan with its dwellings and families, the acts on them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.allocation import actions, queries, wish_pages
from guangsha.areas.allocation.access import access_offer, access_plan, access_registration
from guangsha.areas.allocation.actions.orders import open_matters
from guangsha.areas.allocation.actions.plans import Announcement
from guangsha.areas.allocation.facts import (
    BEFORE_FREEZE,
    MATCHING,
    METHODS,
    OFFER_STATES,
    QUEUES,
    RECHECKS,
    TIERS,
)
from guangsha.areas.allocation.models import Plan
from guangsha.areas.allocation.office import page_of, show
from guangsha.areas.allocation.office_forms import OFFER_FORMS, PLAN_FORMS, REGISTRATION_FORMS, offered
from guangsha.areas.allocation.rules import APPROVERS, CHECKERS, EDITORS, MAKERS, OFFICERS, READERS
from guangsha.areas.stock.models import Dwelling
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.people.models import Agency
from guangsha.privacy.masks import mask_name
from guangsha.web.act_forms import (
    Field,
    act_page,
    acting,
    day_of,
    faults_of,
    keep,
    read_answers,
    text,
    version_of,
)

SCOPES = {"open": "在办", "done": "已完成", "all": "全部"}
TABS = {"settle": "待认定", "all": "全部登记", "order": "按顺序", "units": "房源"}
PLAN_TONES = {
    "planned": "quiet", "registering": "ask", "rechecking": "wait", "publicity": "wait", "frozen": "wait", "drawn": "good",
    "selecting": "ask", "done": "done", "cancelled": "quiet",
}  # fmt: skip
_UNITS = 300


@staff(*READERS)
@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """Plans of the agency, newest first."""
    actor = acting(request)
    scope = request.GET.get("scope", "open")
    scope = scope if scope in SCOPES else "open"
    page = page_of(request, queries.plans(actor, scope))
    rows = [
        (one.number, one.name, METHODS[one.method], getattr(one, "doors", 0), one.register_from, one.register_until,
         one.get_state_display(), PLAN_TONES[one.state])
        for one in page.object_list
    ]  # fmt: skip
    return show(
        request, "plans",
        {"page": page, "rows": rows, "scope": scope, "scopes": SCOPES, "may_make": actor.has(*OFFICERS)},
    )  # fmt: skip


def _new_fields() -> list[Field]:
    return [
        text("name", "方案名称", max=80, help="例如：2026年第一批公租房配租。"),
        text("document_number", "方案文号", required=False, max=60),
        text("method", "定序办法", kind="choice", choices=METHODS, value="draw"),
        text("matching", "配房办法", kind="choice", choices=MATCHING, value="people"),
        text("register_from", "登记起", kind="date"),
        text("register_until", "登记止", kind="date"),
        text("place", "选房地点", required=False, max=120),
        text(
            "selects_on",
            "选房开始日",
            kind="date",
            required=False,
            help="定序后与顺序号一起告知每户；没有定的可以不填。",
        ),
        text("rent_note", "租金说明", required=False, max=200),
        text("audience", "登记对象", required=False, max=200, help="不填则为本机构全部轮候家庭。"),
        text("half_day", "半日叫号户数", kind="number", value="60", help="过号的家庭排到本半日最后。"),
        text("desks", "同组同时选房户数", kind="number", value="1", help="一户一户依次选房的填 1。"),
        text(
            "score_month",
            "评分：每轮候一个月（分）",
            kind="number",
            required=False,
            help="只在“综合评分”时填写。",
        ),
        text("score_member", "评分：每名家庭成员（分）", kind="number", required=False),
        text("score_tier", "评分：优先保障（分）", kind="number", required=False),
    ]


def _count(given: str, label: str, *, most: int = 1000) -> int:
    if not given.isdecimal() or len(given) > 4 or int(given) > most:
        raise InputError(f"应为不超过 {most} 的整数", where=label, advice="请更正。")
    return int(given)


@staff(*OFFICERS)
@require_http_methods(["GET", "POST"])
def plan_new(request: HttpRequest) -> HttpResponse:
    """Draft a plan."""
    actor, fields = acting(request), _new_fields()
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            score = {
                "month": _count(answers["score_month"] or "0", "评分：每轮候一个月（分）") * 100, "month_max": 120,
                "member": _count(answers["score_member"] or "0", "评分：每名家庭成员（分）") * 100,
                "first_tier": _count(answers["score_tier"] or "0", "评分：优先保障（分）") * 100,
            }  # fmt: skip
            given = score["month"] + score["member"] + score["first_tier"]
            made = actions.make_plan(actor, Agency.objects.get(pk=actor.agency_id), Announcement(
                name=answers["name"], register_from=day_of(answers["register_from"], "登记起"),
                register_until=day_of(answers["register_until"], "登记止"), document_number=answers["document_number"],
                method=answers["method"], matching=answers["matching"], place=answers["place"], rent_note=answers["rent_note"],
                audience=answers["audience"], selects_on=day_of(answers["selects_on"], "选房开始日") if answers["selects_on"] else None,
                half_day=_count(answers["half_day"], "半日叫号户数"),
                desks=_count(answers["desks"], "同组同时选房户数", most=100), score=score if given else None,
            ))  # fmt: skip
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            messages.success(request, "方案已拟订，请选入房源后送批。")
            return redirect("office-plan-units", made.number)
    return show(request, "plan_new", {"fields": fields, "faults": faults}, status=400 if faults else 200)


def _next(plan: Plan, doors: int) -> str:
    """What the plan waits for, in one sentence."""
    day = timezone.localdate()
    return {
        "planned": "请选入房源，再由审批人批准公布。" if not doors else "请由审批人批准公布；公布后开始登记。",
        "registering": f"登记到 {plan.register_until:%Y年%-m月%-d日}为止；截止后复核全部登记家庭。",
        "rechecking": f"请在 {plan.recheck_until:%Y年%-m月%-d日}前完成复核和认定，再由公示管理员公示名册。" if plan.recheck_until else "",
        "publicity": f"名册公示到 {plan.notice_until:%Y年%-m月%-d日}；{open_matters(plan) or '可以冻结名册'}。" if plan.notice_until else "",
        "frozen": "名册已冻结，等待摇号定序。",
        "drawn": "顺序已定，可以开始选房。",
        "selecting": "选房进行中。",
        "done": f"已完成；结果公开到 {plan.public_until:%Y年%-m月%-d日}。" if plan.public_until and plan.public_until >= day else "已完成。",
        "cancelled": f"已取消：{plan.reason}",
    }[plan.state]  # fmt: skip


@staff(*READERS)
@require_GET
def plan(request: HttpRequest, number: str) -> HttpResponse:
    """One plan: where it stands, its dwellings, its families."""
    actor = acting(request)
    found = access_plan(actor, number)
    roles = actor.roles_at(found.agency_id)
    tab = request.GET.get("tab", "")
    tab = (
        tab
        if tab in TABS
        else (
            "settle"
            if found.state == "rechecking"
            else "order"
            if found.state in ("drawn", "selecting", "done")
            else "all"
        )
    )
    context: dict[str, Any] = {
        "plan": found, "tone": PLAN_TONES[found.state], "acts": offered(PLAN_FORMS, found, roles), "tabs": TABS, "tab": tab,
        "counts": queries.counts_of(found), "queues": [(QUEUES[code], *rest) for code, *rest in queries.queues_of(found)],
        "may_offer": bool(roles & OFFICERS) and found.state in ("planned", *BEFORE_FREEZE),
        "method": METHODS[found.method], "matching": MATCHING[found.matching],
    }  # fmt: skip
    doors = sum(row[1] for row in context["queues"])
    context["next"] = _next(found, doors)
    if tab == "units":
        page = page_of(
            request,
            found.dwellings.select_related("dwelling__estate", "registration").order_by("layout", "unit_no"),
        )
        context["rows"] = [
            (one.pk, one.unit_no, str(one.dwelling), QUEUES[one.layout], one.floor, one.area_m2, OFFER_STATES[one.state],
             one.registration.entry_no if one.registration else one.note, one.state in ("open", "locked") and bool(roles & (OFFICERS | APPROVERS)))
            for one in page.object_list
        ]  # fmt: skip
    else:
        page = page_of(request, queries.registrations(actor, found, tab))
        context["rows"] = [
            (one, mask_name(one.applicant.name), QUEUES[one.layout], TIERS[one.tier], RECHECKS[one.recheck],
             offered(REGISTRATION_FORMS, one, roles))
            for one in page.object_list
        ]  # fmt: skip
    return show(request, "plan", {**context, "page": page})


@staff(*OFFICERS)
@require_http_methods(["GET", "POST"])
def plan_units(request: HttpRequest, number: str) -> HttpResponse:
    """Choose vacant dwellings for a plan, layout by layout."""
    actor = acting(request)
    found = access_plan(actor, number)
    if found.state not in ("planned", *BEFORE_FREEZE):
        raise NotThere
    layout = request.GET.get("layout", "")[:1]
    vacant = Dwelling.objects.filter(
        state="vacant", programme="public_rental", estate__agency_id__in=actor.reach(OFFICERS)
    ).select_related("estate")
    if layout in QUEUES:
        vacant = vacant.filter(layout=layout)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        chosen = [int(key) for key in request.POST.getlist("dwelling") if key.isdecimal() and len(key) < 12]
        try:
            made = actions.offer_dwellings(actor, number, version_of(request), chosen)
        except GuangshaError as error:
            faults = [("", str(error))]
        else:
            messages.success(request, f"已列入 {len(made)} 套。")
            return redirect("office-plan", number)
    rows = [
        (one.pk, str(one), QUEUES[one.layout], one.floor, one.area_m2, one.accessible)
        for one in vacant.order_by("estate__name", "building_id", "floor", "door")[:_UNITS]
    ]
    context = {
        "plan": found,
        "rows": rows,
        "total": vacant.count(),
        "layout": layout,
        "layouts": QUEUES,
        "faults": faults,
    }
    return show(request, "plan_units", context, status=400 if faults else 200)


def crumbs_of(found: Plan) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Where a form of a plan stands."""
    return [("配租方案", "office-plans", ()), (found.name, "office-plan", (found.number,))]


@staff(*(MAKERS | APPROVERS | EDITORS))
@require_http_methods(["GET", "POST"])
def plan_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on a plan."""
    actor = acting(request)
    found = access_plan(actor, number)
    _need_offered(code, {act for act, *_ in offered(PLAN_FORMS, found, actor.roles_at(found.agency_id))})
    back = ("office-session", number) if code == "open" else ("office-plan", number)
    return act_page(
        request,
        PLAN_FORMS[code][2],
        found,
        here="plans",
        crumbs=crumbs_of(found),
        version=found.version,
        back=back,
    )


@staff(*(MAKERS | APPROVERS | CHECKERS))
@require_http_methods(["GET", "POST"])
def registration_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a registration."""
    actor = acting(request)
    found = access_registration(actor, key)
    _need_offered(
        code, {act for act, *_ in offered(REGISTRATION_FORMS, found, actor.roles_at(found.plan.agency_id))}
    )
    room = code in ("decline", "arrive")
    return act_page(
        request, REGISTRATION_FORMS[code][2], found, here="plans", crumbs=crumbs_of(found.plan), version=found.version,
        back=("office-session" if room else "office-plan", found.plan.number),
    )  # fmt: skip


@staff(*(OFFICERS | APPROVERS))
@require_http_methods(["GET", "POST"])
def offer_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a dwelling of a plan."""
    found = access_offer(acting(request), key)
    if code not in OFFER_FORMS or found.state not in ("open", "locked"):
        raise NotThere
    return act_page(
        request, OFFER_FORMS[code], found, here="plans", crumbs=crumbs_of(found.plan), version=found.plan.version,
        back=("office-plan", found.plan.number),
    )  # fmt: skip


def _need_offered(code: str, codes: set[str]) -> None:
    if code not in codes:
        raise NotThere


@staff(*READERS)
@require_GET
def registration(request: HttpRequest, key: int) -> HttpResponse:
    """One registration: what the re-check found, what the family said, its way through the session."""
    actor: Actor = acting(request)
    found = access_registration(actor, key)
    trace: Any = found.recheck_trace or {}
    return show(
        request, "registration",
        {
            "one": found, "plan": found.plan, "queue": QUEUES[found.layout], "tier": TIERS[found.tier],
            "recheck": RECHECKS[found.recheck], "reasons": list(trace.get("reasons", ())), "on": trace.get("on", ""),
            "acts": offered(REGISTRATION_FORMS, found, actor.roles_at(found.plan.agency_id)),
            "events": list(found.events.select_related("offer", "account").order_by("pk")[:60]),
        },
    )  # fmt: skip


@staff(*READERS)
@require_http_methods(["GET", "POST"])
def wishes(request: HttpRequest, key: int) -> HttpResponse:
    """The wishes of a family for matching by machine; staff write them down for a family that stands at the desk."""
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
    context["open"] = context["open"] and bool(actor.roles_at(found.plan.agency_id) & MAKERS)
    return show(request, "wishes", {**context, "faults": faults}, status=400 if faults else 200)
