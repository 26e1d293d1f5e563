"""Pages of rounds for staff: safety checks, patrols and special patrols, walked on a phone."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.fieldwork import actions, pictures, queries
from guangsha.areas.fieldwork.access import access_round
from guangsha.areas.fieldwork.actions.rounds import Answer, items_of
from guangsha.areas.fieldwork.facts import HAZARD_KINDS, VERDICTS
from guangsha.areas.fieldwork.models import FieldPhoto, Round, RoundItem
from guangsha.areas.fieldwork.office import page_of, show
from guangsha.areas.fieldwork.rules import INSPECTORS, READERS
from guangsha.areas.stock.models import Estate
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere, access_agency
from guangsha.people.gates import staff
from guangsha.people.models import Agency
from guangsha.web.act_forms import Answers, Field, Form, act_page, acting, day_of, text, version_of

PAGE = 30
ROUND_SCOPES = {"planned": "待检查", "all": "全部"}


@staff(*READERS)
@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """Rounds: what is still to be walked, and what was."""
    actor, today = acting(request), timezone.localdate()
    scope = request.GET.get("scope", "planned")
    scope = scope if scope in ROUND_SCOPES else "planned"
    page = Paginator(queries.rounds_in(actor, scope), PAGE).get_page(page_of(request))
    rows = [
        (one.pk, one.estate.name, one.checklist.name, one.term, one.due_on, one.state != "done" and one.due_on < today,
         one.get_state_display(), one.inspector.name if one.inspector else "", getattr(one, "faults", 0), getattr(one, "broken", 0))
        for one in page.object_list
    ]  # fmt: skip
    return show(
        request,
        "rounds",
        {
            "page": page,
            "rows": rows,
            "scope": scope,
            "scopes": ROUND_SCOPES,
            "may_call": actor.has(*INSPECTORS),
        },
    )


@staff(*READERS)
@require_http_methods(["GET", "POST"])
def safety_round(request: HttpRequest, key: int) -> HttpResponse:
    """A round point by point; POST keeps what was found with its photographs, or adds photographs to it on the same day."""
    actor = acting(request)
    found = access_round(actor, key)
    faults: list[tuple[str, str]] = []
    typed: dict[str, Answer] = {}
    may = found.state != "done" and bool(actor.roles_at(found.agency_id) & INSPECTORS)
    may_photo = _may_photo(actor, found)
    if request.method == "POST" and may_photo:
        try:
            count = pictures.taken(request, lambda data: actions.add_round_photo(actor, key, data))
        except InputError as error:
            faults = [("f-photo", str(error))]
        else:
            messages.success(request, f"已添加 {count} 张照片。" if count else "没有选择照片。")
            return redirect("office-round", key)
    elif request.method == "POST":
        if not may:
            raise NotThere
        typed = _answers(request, found)
        note = str(request.POST.get("note", ""))[:400]
        try:
            done = actions.walk(actor, key, version_of(request), typed, note=note)
        except GuangshaError as error:
            point = next((one["code"] for one in items_of(found.checklist) if one["text"] == error.where), "")
            faults = [(f"f-{point}-verdict" if point else "", str(error))]
        else:
            _keep_photos(request, actor, done)
            messages.success(request, _told(done))
            return redirect("office-round", key)
    results = {one.code: one for one in found.results.select_related("hazard", "order")}
    points = [(one, typed.get(one["code"]), results.get(one["code"])) for one in items_of(found.checklist)]
    return show(
        request, "round",
        {"round": found, "points": points, "may": may, "faults": faults, "verdicts": VERDICTS, "kinds": HAZARD_KINDS,
         "may_photo": may_photo, "photos": queries.photos_of(round_=found)},
        status=400 if faults else 200,
    )  # fmt: skip


def _may_photo(actor: Actor, found: Round) -> bool:
    walked = found.done_at is not None and timezone.localdate(found.done_at) == timezone.localdate()
    return walked and bool(actor.roles_at(found.agency_id) & INSPECTORS)


def _told(done: Round) -> str:
    verdicts = list(done.results.values_list("verdict", flat=True))
    parts = [
        words.format(count) for code, words in (("fault", "{} 处隐患，请定级交办"), ("repair", "{} 处需维修，已生成工单"))
        if (count := verdicts.count(code))
    ]  # fmt: skip
    return f"检查已登记，发现{'；'.join(parts)}。" if parts else "检查已登记，没有发现问题。"


def _keep_photos(request: HttpRequest, actor: Actor, done: Round) -> None:
    """Photographs go to what they show; one that cannot be kept does not undo the round."""
    try:
        pictures.taken(request, lambda data: actions.add_round_photo(actor, done.pk, data))
        for item in done.results.select_related("hazard", "order"):
            pictures.taken(request, partial(_keep_photo, actor, item), f"{item.code}-photo")
    except InputError as error:
        messages.warning(request, f"检查已登记，有照片没有保存：{error}")


def _keep_photo(actor: Actor, item: RoundItem, data: bytes) -> FieldPhoto:
    if item.hazard is not None:
        return actions.add_hazard_photo(actor, item.hazard.number, "found", data)
    if item.order is not None:
        return actions.add_order_photo(actor, item.order.number, "report", data)
    return actions.add_round_photo(actor, item.round_id, data)


def _answers(request: HttpRequest, found: Round) -> dict[str, Answer]:
    def given(name: str) -> str:
        value: Any = request.POST.get(name, "")
        return str(value)[:400]

    return {
        one["code"]: Answer(given(f"{one['code']}-verdict"), given(f"{one['code']}-text"), given(f"{one['code']}-place"))
        for one in items_of(found.checklist)
    }  # fmt: skip


def _special_fields(agency: Agency, _actor: Actor) -> list[Field]:
    homes = Estate.objects.filter(agency=agency).order_by("name").values_list("pk", "name")[:500]
    return [
        text("name", "名称", max=60, help="例如：11月暴雨前专项巡查、国庆节前专项巡查。"),
        text("due_on", "应完成日", kind="date", value=timezone.localdate().isoformat()),
        text("estate", "小区", kind="choice", required=False, choices={"": "全部小区", **{str(key): name for key, name in homes}}),
    ]  # fmt: skip


def _call(actor: Actor, agency: Agency, _version: int, answers: Answers) -> None:
    key = answers["estate"]
    estate = (
        Estate.objects.filter(agency=agency, pk=int(key)).first()
        if key.isdecimal() and len(key) < 12
        else None
    )
    if key and estate is None:
        raise InputError("没有这个小区", where="小区", advice="请从列表中选择。")
    actions.call_special(
        actor, agency, name=answers["name"], due_on=day_of(answers["due_on"], "应完成日"), estate=estate
    )


SPECIAL = Form(
    "安排专项巡查", _special_fields, _call, "已安排，已通知巡查员。",
    note="恶劣天气、重大节假日前后，或发生事故后安排。日常巡查由系统按月安排，不用在这里登记。",
)  # fmt: skip


@staff(*INSPECTORS)
@require_http_methods(["GET", "POST"])
def round_new(request: HttpRequest) -> HttpResponse:
    """Call a special patrol of one's own agency."""
    actor = acting(request)
    agency = access_agency(actor, actor.agency_id)
    return act_page(
        request, SPECIAL, agency, here="hazards", crumbs=[("安全隐患", "office-hazards", ()), ("检查和巡查", "office-rounds", ())],
        version=0, back=("office-rounds",),
    )  # fmt: skip
