"""Pages of hazards for staff."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.fieldwork import actions, pictures, queries
from guangsha.areas.fieldwork.access import access_hazard
from guangsha.areas.fieldwork.actions.hazards import Finding, find
from guangsha.areas.fieldwork.facts import HAZARD_KINDS, HAZARD_SOURCES
from guangsha.areas.fieldwork.models import Hazard
from guangsha.areas.fieldwork.office import estates_for, page_of, show, spot_of
from guangsha.areas.fieldwork.office_forms import HAZARD_FORMS
from guangsha.areas.fieldwork.rules import APPROVERS, DISPATCHERS, INSPECTORS, READERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.people.prepared import Asked
from guangsha.web import navigation
from guangsha.web.act_forms import (
    Answers,
    Field,
    act_page,
    acting,
    day_of,
    faults_of,
    keep,
    read_answers,
    text,
)

PAGE = 30
SCOPES = {"open": "未销号", "late": "超期", "major": "重大隐患", "all": "全部"}
FINDERS = DISPATCHERS | INSPECTORS


@navigation.counts("hazards")
def _waiting(actor: Actor) -> int | Asked:
    return queries.waiting_hazards(actor)


@staff(*READERS)
@require_GET
def hazards(request: HttpRequest) -> HttpResponse:
    """Hazards by limit."""
    actor, today = acting(request), timezone.localdate()
    wanted = request.GET.get("q", "").strip()[:60]
    scope = request.GET.get("scope", "open")
    scope = "all" if wanted else scope if scope in SCOPES else "open"
    page = Paginator(queries.hazards_in(actor, scope, wanted), PAGE).get_page(page_of(request))
    rows = [
        (
            one.number, one.place, one.get_kind_display(), one.get_grade_display() if one.grade else "未定级", one.grade,
            one.duty, one.get_state_display(), queries.HAZARD_TONES[one.state], queries.hazard_left(one, today), one.found_on,
        )
        for one in page.object_list
    ]  # fmt: skip
    return show(
        request, "hazards",
        {
            "page": page, "rows": rows, "scope": scope, "scopes": SCOPES, "q": wanted, "tally": queries.hazard_tally(actor),
            "may": actor.has(*FINDERS),
        },
    )  # fmt: skip


def acts_for(actor: Actor, hazard: Hazard) -> list[tuple[str, str, bool]]:
    """The acts that this person could do with a hazard now: code, title, whether it is grave."""
    roles = actor.roles_at(hazard.agency_id)
    offered = []
    for code, (states, needed, form) in HAZARD_FORMS.items():
        if hazard.state not in states or not roles & needed:
            continue
        if code == "recheck" and hazard.fixed_by_id == actor.account_id:
            continue
        if code == "close" and hazard.grade == "major" and not roles & APPROVERS:
            continue
        offered.append((code, form.title, form.danger))
    return offered


@staff(*READERS)
@require_http_methods(["GET", "POST"])
def hazard(request: HttpRequest, number: str) -> HttpResponse:
    """A hazard on one screen; POST adds photographs."""
    actor = acting(request)
    found = access_hazard(actor, number)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        if not actor.roles_at(found.agency_id) & FINDERS:
            raise NotThere
        moment = str(request.POST.get("moment", ""))[:8]
        try:
            count = pictures.taken(
                request, lambda data: actions.add_hazard_photo(actor, number, moment, data)
            )
        except InputError as error:
            faults = [("f-photo", str(error))]
        else:
            messages.success(request, f"已添加 {count} 张照片。" if count else "没有选择照片。")
            return redirect("office-hazard", number)
    return show(
        request, "hazard",
        {
            "hazard": found, "tone": queries.HAZARD_TONES[found.state], "left": queries.hazard_left(found, timezone.localdate()),
            "photos": queries.photos_of(hazard=found), "acts": acts_for(actor, found), "faults": faults,
            "events": list(found.events.select_related("made_by").order_by("-number")[:100]),
            "may_photo": bool(actor.roles_at(found.agency_id) & FINDERS) and found.state not in ("closed", "dismissed"),
        },
        status=400 if faults else 200,
    )  # fmt: skip


@staff(*(DISPATCHERS | INSPECTORS | APPROVERS))
@require_http_methods(["GET", "POST"])
def hazard_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on a hazard."""
    actor = acting(request)
    found = access_hazard(actor, number)
    entry = HAZARD_FORMS.get(code)
    if entry is None or code not in {offered for offered, *_ in acts_for(actor, found)}:
        raise NotThere
    return act_page(
        request, entry[2], found, here="hazards", crumbs=[("安全隐患", "office-hazards", ()), (number, "office-hazard", (number,))],
        version=found.version, back=("office-hazard", number),
    )  # fmt: skip


def _finding_fields(actor: Actor) -> list[Field]:
    return [
        text("estate", "小区", kind="choice", choices=estates_for(actor, FINDERS)),
        text("dwelling", "房屋编号或房号", required=False, max=32, help="在某一户里的填写；公共部位留空"),
        text("place", "部位", max=120, help="例如：2栋1单元楼道"),
        text("kind", "类别", kind="choice", choices=HAZARD_KINDS),
        text("text", "情况", kind="long_text", max=500, rows=3),
        text("source", "怎样发现", kind="choice", choices=HAZARD_SOURCES, value="patrol"),
        text("on", "发现日期", kind="date", value=timezone.localdate().isoformat()),
    ]


@staff(*FINDERS)
@require_http_methods(["GET", "POST"])
def new_hazard(request: HttpRequest) -> HttpResponse:
    """Write down a hazard with its photographs."""
    actor = acting(request)
    fields = _finding_fields(actor)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            made = _find(actor, answers)
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            try:
                pictures.taken(
                    request, lambda data: actions.add_hazard_photo(actor, made.number, "found", data)
                )
            except InputError as error:
                messages.warning(request, f"已登记 {made.number}，照片没有保存：{error}")
            else:
                messages.success(request, f"已登记，编号 {made.number}。")
            return redirect("office-hazard", made.number)
    return show(request, "new_hazard", {"fields": fields, "faults": faults}, status=400 if faults else 200)


def _find(actor: Actor, answers: Answers) -> Hazard:
    estate, home = spot_of(actor, answers["estate"], answers["dwelling"], FINDERS)
    if estate is None:
        raise InputError("没有选择", where="小区", advice="请从列表中选择。")
    finding = Finding(
        answers["kind"], answers["text"], answers["place"], answers["source"], estate=estate,
        building=home.building if home else None, dwelling=home,
    )  # fmt: skip
    return find(actor, estate.agency, finding, on=day_of(answers["on"], "发现日期"))
