"""Pages of repairs for staff: the board by limit, an order on one screen, the acts on it, the sheet that goes along."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.fieldwork import actions, pictures, queries
from guangsha.areas.fieldwork.access import access_contractor, access_order, contractors_of
from guangsha.areas.fieldwork.actions.contractors import KEEPERS, write_contractor
from guangsha.areas.fieldwork.actions.reports import duplicates_of
from guangsha.areas.fieldwork.actions.work import total_of
from guangsha.areas.fieldwork.facts import CONTRACTOR_KINDS, REPAIR_KINDS
from guangsha.areas.fieldwork.models import Contractor, RepairOrder
from guangsha.areas.fieldwork.office_forms import ORDER_FORMS, number_of
from guangsha.areas.fieldwork.rules import APPROVERS, DISPATCHERS, READERS
from guangsha.areas.stock.models import Dwelling, Estate
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere, access_agency
from guangsha.people.gates import staff
from guangsha.people.prepared import Asked
from guangsha.privacy.masks import mask_name, mask_phone
from guangsha.web import navigation
from guangsha.web.act_forms import Answers, Field, Form, act_page, acting, faults_of, keep, read_answers, text

PAGE = 30
SCOPES = {
    "new": "待受理派工",
    "work": "维修中",
    "late": "超期",
    "money": "待批费用",
    "done": "待评价办结",
    "all": "全部",
}


def show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the area that no cache keeps."""
    answer = render(request, f"fieldwork/{page}.html", context, status=status, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


def page_of(request: HttpRequest) -> int:
    """The page asked for, from 1; nonsense is the first."""
    asked = request.GET.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1


@navigation.counts("repairs")
def _waiting(actor: Actor) -> int | Asked:
    return queries.waiting_orders(actor)


@staff(*READERS)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Orders by what they wait for, the nearest limit first."""
    actor, now = acting(request), timezone.now()
    wanted = request.GET.get("q", "").strip()[:60]
    scope = request.GET.get("scope", "new")
    scope = "all" if wanted else scope if scope in SCOPES else "new"
    page = Paginator(queries.in_scope(actor, scope, wanted), PAGE).get_page(page_of(request))
    rows = [
        (
            one.number, one.place, one.get_kind_display(), one.urgent, one.get_state_display(), queries.ORDER_TONES[one.state],
            queries.left_of(one, now), one.contractor.name if one.contractor else "", one.reported_at,
        )
        for one in page.object_list
    ]  # fmt: skip
    return show(
        request, "board",
        {
            "page": page, "rows": rows, "scope": scope, "scopes": SCOPES, "q": wanted, "tally": queries.tally(actor),
            "on_duty": queries.duty_now(actor), "may_report": actor.has(*DISPATCHERS, "supervisor"), "may_firms": actor.has(*KEEPERS),
        },
    )  # fmt: skip


def acts_for(actor: Actor, order: RepairOrder) -> list[tuple[str, str, bool]]:
    """The acts that this person could do with an order now: code, title, whether it is grave."""
    roles = actor.roles_at(order.agency_id)
    offered = []
    for code, (states, needed, form) in ORDER_FORMS.items():
        if order.state not in states or not roles & needed:
            continue
        if code == "grant" and (
            not order.estimate_fen or order.approved_by_id or order.asked_by_id == actor.account_id
        ):
            continue
        if code == "signed" and order.signed_at is not None:
            continue
        if code == "drop" and not order.lines.exists():
            continue
        if code == "missed" and not order.visits.filter(state__in=("planned", "arrived")).exists():
            continue
        offered.append((code, form.title, form.danger))
    return offered


@staff(*READERS)
@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, number: str) -> HttpResponse:
    """An order on one screen; POST adds photographs."""
    actor, now = acting(request), timezone.now()
    found = access_order(actor, number)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        moment = str(request.POST.get("moment", ""))[:8]
        if not actor.roles_at(found.agency_id) & DISPATCHERS:
            raise NotThere
        try:
            count = pictures.taken(request, lambda data: actions.add_order_photo(actor, number, moment, data))
        except InputError as error:
            faults = [("f-photo", str(error))]
        else:
            messages.success(request, f"已添加 {count} 张照片。" if count else "没有选择照片。")
            return redirect("office-repair", number)
    lines = list(found.lines.order_by("number"))
    return show(
        request, "order",
        {
            "order": found, "tone": queries.ORDER_TONES[found.state], "left": queries.left_of(found, now), "lines": lines,
            "total": total_of(found), "photos": queries.photos_of(order=found), "events": queries.events_of(found),
            "visits": list(found.visits.order_by("-pk")[:20]), "acts": acts_for(actor, found),
            "near": duplicates_of(found) if actor.has(*DISPATCHERS) else [], "phone": mask_phone(found.phone),
            "call": found.phone if found.state in ("new", "triaged", "assigned", "visited") and actor.has(*DISPATCHERS) else "",
            "reporter": found.reporter.name if found.reporter else "", "faults": faults,
            "again": getattr(found, "reopened_by", None), "may_photo": bool(actor.roles_at(found.agency_id) & DISPATCHERS)
            and found.state in ("new", "triaged", "assigned", "visited", "done"),
        },
        status=400 if faults else 200,
    )  # fmt: skip


@staff(*(DISPATCHERS | APPROVERS))
@require_http_methods(["GET", "POST"])
def order_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on an order."""
    actor = acting(request)
    found = access_order(actor, number)
    entry = ORDER_FORMS.get(code)
    if entry is None or code not in {offered for offered, *_ in acts_for(actor, found)}:
        raise NotThere
    return act_page(
        request, entry[2], found, here="repairs", crumbs=[("维修工单", "office-repairs", ()), (number, "office-repair", (number,))],
        version=found.version, back=("office-repair", number),
    )  # fmt: skip


@staff(*READERS)
@require_GET
def sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The work sheet (维修单) that is printed, filled in by hand and signed."""
    found = access_order(acting(request), number)
    return show(
        request, "sheet",
        {"order": found, "lines": list(found.lines.order_by("number")), "total": total_of(found),
         "visit": found.visits.filter(state__in=("planned", "arrived")).first(),
         "reporter": mask_name(found.reporter.name) if found.reporter else "", "today": timezone.localdate()},
    )  # fmt: skip


@staff(*READERS)
@require_GET
def photo(request: HttpRequest, key: int) -> HttpResponse:
    """A photograph of an order or a hazard."""
    return pictures.served(acting(request), key)


def estates_for(actor: Actor, roles: frozenset[str]) -> dict[str, str]:
    """The estates of the agencies over which somebody holds one of ``roles``, for a list to choose from."""
    found = Estate.objects.filter(agency_id__in=actor.reach(roles)).order_by("name")[:500]
    return {str(one.pk): one.name for one in found}


def spot_of(
    actor: Actor, estate: str, code: str, roles: frozenset[str]
) -> tuple[Estate | None, Dwelling | None]:
    """The estate, and the dwelling where its number is given (the whole code, or the door number in the estate).

    Raises:
        InputError: no such dwelling there.
    """
    reach = Estate.objects.filter(agency_id__in=actor.reach(roles)).select_related("agency")
    chosen = reach.filter(pk=number_of(estate, "小区")).first() if estate else None
    if not code:
        return chosen, None
    homes = Dwelling.objects.filter(estate__in=reach).select_related("estate__agency")
    home = homes.filter(code__iexact=code).first() or (
        homes.filter(estate=chosen, number=code).first() if chosen else None
    )
    if home is None:
        raise InputError("没有这套房屋", where="房屋编号或房号", advice="请核对；公共部位的留空。")
    return home.estate, home


def _report_fields(actor: Actor) -> list[Field]:
    return [
        text("channel", "怎样报来", kind="choice", value="phone", choices={"phone": "电话", "window": "窗口"}),
        text("estate", "小区", kind="choice", required=False, choices=estates_for(actor, DISPATCHERS | {"supervisor"})),
        text("dwelling", "房屋编号或房号", required=False, max=32, help="例如 1-1-0101；楼道、电梯等公共部位留空"),
        text("place", "具体地点", required=False, max=120, help="例如：3栋1单元二楼楼道；是某一户的可以不填"),
        text("kind", "坏了什么", kind="choice", choices=REPAIR_KINDS),
        text("text", "情况", kind="long_text", max=500, rows=3),
        text("urgent", "是否紧急", kind="choice", value="no", choices={"yes": "急修（危及安全或无法居住）", "no": "一般"}),
        text("wanted", "方便上门的时间", required=False, max=60),
        text("phone", "联系电话", kind="phone", required=False, help="是承租户报修的可以不填，用档案中的电话"),
        text("key", "", kind="hidden", value=str(uuid.uuid4())),
    ]  # fmt: skip


def key_of(given: str) -> uuid.UUID:
    """The key that was sent with a form; a new one where it is none."""
    try:
        return uuid.UUID(given)
    except ValueError:
        return uuid.uuid4()


@staff(*(DISPATCHERS | {"supervisor"}))
@require_http_methods(["GET", "POST"])
def new_order(request: HttpRequest) -> HttpResponse:
    """Write down what somebody reports on the phone or at the counter."""
    actor = acting(request)
    fields = _report_fields(actor)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            made = _report(actor, answers)
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            messages.success(request, f"已登记，工单号 {made.number}。")
            return redirect("office-repair", made.number)
    return show(request, "new_order", {"fields": fields, "faults": faults}, status=400 if faults else 200)


def _report(actor: Actor, answers: Answers) -> RepairOrder:
    estate, home = spot_of(actor, answers["estate"], answers["dwelling"], DISPATCHERS | {"supervisor"})
    given = actions.Report(
        answers["kind"], answers["text"], answers["place"] or str(home or ""), answers["wanted"], answers["urgent"] == "yes",
        answers["phone"], key_of(answers["key"]),
    )  # fmt: skip
    return actions.report_for(actor, given, answers["channel"], dwelling=home, estate=estate)


# --- firms


def _firm_fields(found: Contractor | None) -> list[Field]:
    logins = " ".join(found.accounts.order_by("username").values_list("username", flat=True)) if found else ""
    return [
        text("name", "名称", max=80, value=found.name if found else ""),
        text("kind", "类别", kind="choice", choices=CONTRACTOR_KINDS, value=found.kind if found else ""),
        text("phone", "联系电话", required=False, max=20, value=found.phone if found else ""),
        text("logins", "登录账号", required=False, max=400, value=logins, help="企业账号的登录名，几个之间空一格；他们只能看到派给本单位的工单"),
        text("active", "是否在用", kind="choice", choices={"yes": "在用", "no": "停用"}, value="yes" if found is None or found.active else "no"),
    ]  # fmt: skip


@staff(*READERS)
@require_GET
def contractors(request: HttpRequest) -> HttpResponse:
    """Firms and crews with what they have in hand."""
    actor = acting(request)
    found = contractors_of(actor).order_by("-active", "kind", "name")[:200]
    return show(request, "contractors", {"rows": list(found), "may": actor.has(*KEEPERS)})


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def contractor_edit(request: HttpRequest, key: int = 0) -> HttpResponse:
    """Add a firm (``key`` 0) or change one."""
    actor = acting(request)
    found = access_contractor(actor, key) if key else None
    agency = found.agency if found else access_agency(actor, actor.agency_id)

    def run(who: Actor, _: Any, _version: int, answers: Answers) -> None:
        write_contractor(
            who, agency, name=answers["name"], kind=answers["kind"], phone=answers["phone"], logins=answers["logins"],
            active=answers["active"] == "yes", key=key or None,
        )  # fmt: skip

    form = Form("修改维修单位" if found else "新增维修单位", lambda *_: _firm_fields(found), run, "已保存。")
    return act_page(
        request, form, found, here="repairs", crumbs=[("维修工单", "office-repairs", ()), ("维修单位", "office-contractors", ())],
        version=1, back=("office-contractors",),
    )  # fmt: skip
