"""Pages of censuses (入户清查): the rounds with their progress, the list of one round, writing down and confirming a visit."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.stock import actions, queries
from guangsha.areas.stock.access import access_check, access_estate, access_round, estates_of
from guangsha.areas.stock.actions.census import LEADERS, VISITED
from guangsha.areas.stock.facts import CHECK_RESULTS, CHECK_STATES
from guangsha.areas.stock.models import CheckRound, OccupancyCheck
from guangsha.areas.stock.office import page_of, show
from guangsha.areas.stock.office_files import served, upload_of
from guangsha.areas.stock.rules import KEEPERS, ON_SITE, READERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.people.models import Account
from guangsha.web.act_forms import (
    Answers,
    Field,
    Form,
    act_page,
    acting,
    day_of,
    faults_of,
    keep,
    read_answers,
    reason,
    text,
    version_of,
)
from guangsha.web.forms import key_of

PHOTO_BYTES_MAX = 8 * 1024 * 1024
CREW = KEEPERS | ON_SITE
RESULT_TONES = {"tenant": "good", "others": "bad", "idle": "bad", "no_entry": "ask"}


@staff(*READERS)
@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """Every census with how far it is."""
    actor = acting(request)
    context = {"rows": queries.round_lines(actor), "results": CHECK_RESULTS, "may_lead": actor.has(*LEADERS)}
    return show(request, "rounds", context)


def _round_fields(actor: Actor, _same: Actor) -> list[Field]:
    today = timezone.localdate()
    homes = {
        str(key): name
        for key, name in estates_of(actor).order_by("name").values_list("pk", "name")[: queries.ESTATES_MAX]
    }
    return [
        text("estate", "小区", kind="choice", choices=homes), text("name", "名称", max=60, value=f"{today.year}年第{(today.month + 2) // 3}季度入户清查"),
        text("scope", "清查范围", kind="choice", value="let", choices={"let": "在租的房屋", "empty": "空置和待验的房屋", "all": "全部（不含已处置）"}),
        text("starts_on", "开始日期", kind="date", value=today.isoformat()), text("due_on", "截止日期", kind="date"),
    ]  # fmt: skip


_SCOPES = {
    "let": frozenset({"let"}),
    "empty": frozenset({"vacant", "checking", "withdrawn"}),
    "all": frozenset(VISITED),
}


def _open(actor: Actor, _found: Actor, _version: int, answers: Answers) -> None:
    key = key_of(answers["estate"])
    if not key:
        raise InputError("没有选择", where="小区", advice="请从列表中选择。")
    estate = access_estate(actor, key)
    actions.open_round(
        actor, estate.pk, name=f"{answers['name']}（{estate.name}）"[:60], starts_on=day_of(answers["starts_on"], "开始日期"),
        due_on=day_of(answers["due_on"], "截止日期"), states=_SCOPES.get(answers["scope"], frozenset()),
    )  # fmt: skip


ROUND_NEW = Form(
    "发起清查",
    _round_fields,
    _open,
    "清查已发起，可以分头入户了。",
    note="每套由两人入户：一人记录，同行人在自己的账号里确认。",
)


@staff(*LEADERS)
@require_http_methods(["GET", "POST"])
def round_new(request: HttpRequest) -> HttpResponse:
    """Begin a census."""
    crumbs: list[tuple[str, str, tuple[Any, ...]]] = [
        ("房源与楼盘表", "office-stock", ()),
        ("入户清查", "office-stock-rounds", ()),
    ]
    return act_page(
        request,
        ROUND_NEW,
        acting(request),
        here="stock",
        crumbs=crumbs,
        version=0,
        back=("office-stock-rounds",),
    )


@staff(*READERS)
@require_GET
def round_page(request: HttpRequest, number: str) -> HttpResponse:
    """One census: progress, and its dwellings by what they wait for."""
    actor = acting(request)
    found = access_round(actor, number)
    line = next((each for each in queries.round_lines(actor) if each.round.pk == found.pk), None)
    scopes = {
        "waiting": "待入户",
        "mine": "待我确认",
        "recorded": "待同行人确认",
        "confirmed": "已确认",
        "all": "全部",
    }
    scope = request.GET.get("scope", "waiting")
    scope = scope if scope in scopes else "waiting"
    rows = found.checks.select_related("dwelling", "first", "second").order_by("dwelling__number")
    if scope == "mine":
        rows = rows.filter(state="recorded", second_id=actor.account_id)
    elif scope != "all":
        rows = rows.filter(state=scope)
    held = actor.roles_at(found.agency_id)
    return show(
        request, "round",
        {
            "round": found, "line": line, "page": page_of(request, rows), "scope": scope, "scopes": scopes, "results": CHECK_RESULTS,
            "check_states": CHECK_STATES, "tones": RESULT_TONES, "may_check": bool(held & CREW) and found.closed_on is None,
            "may_close": bool(held & LEADERS) and found.closed_on is None, "me": actor.account_id,
        },
    )  # fmt: skip


CLOSE = Form(
    "结束清查", lambda *_: [reason()],
    lambda actor, found, version, answers: actions.close_round(actor, found.number, version, reason=answers["reason"]),
    "清查已结束。没有入户的按未完成统计。", danger=True,
)  # fmt: skip


@staff(*LEADERS)
@require_http_methods(["GET", "POST"])
def round_close(request: HttpRequest, number: str) -> HttpResponse:
    """End a census."""
    found = access_round(acting(request), number)
    if found.closed_on is not None:
        raise NotThere
    return act_page(
        request,
        CLOSE,
        found,
        here="stock",
        crumbs=_crumbs(found),
        version=found.version,
        back=("office-stock-round", found.number),
    )


def _crumbs(found: CheckRound) -> list[tuple[str, str, tuple[Any, ...]]]:
    return [
        ("房源与楼盘表", "office-stock", ()), ("入户清查", "office-stock-rounds", ()), (found.name, "office-stock-round", (found.number,)),
    ]  # fmt: skip


def _crew(actor: Actor, found: OccupancyCheck) -> dict[str, str]:
    """Colleagues who may come along: on-site roles in the agency of the census, today."""
    today = timezone.localdate()
    rows = Account.objects.filter(
        is_active=True, appointments__agency_id=found.round.agency_id, appointments__role__in=CREW, appointments__started_on__lte=today,
    ).exclude(pk=actor.account_id).exclude(appointments__ended_on__lt=today)  # fmt: skip
    return {str(key): name for key, name in rows.distinct().order_by("name").values_list("pk", "name")[:100]}


@staff(*CREW)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, key: int) -> HttpResponse:
    """Write down what two people found in a dwelling; made for a phone in the hand."""
    actor = acting(request)
    found = access_check(actor, key)
    if found.state == "confirmed" or found.round.closed_on is not None:
        raise NotThere
    crew = _crew(actor, found)
    fields = [
        text("result", "结果", kind="choice", choices=CHECK_RESULTS, value=found.result),
        text("on", "入户日期", kind="date", value=(found.on or timezone.localdate()).isoformat()),
        text("companion", "同行人", kind="choice", choices=crew, help="由同行人在自己的账号里确认。"),
        text("note", "情况", kind="long_text", required=False, max=300, value=found.note, help="与登记不符、未能入户的必填；不写姓名和证件号。"),
    ]  # fmt: skip
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        answers = read_answers(request, fields)
        try:
            if answers["companion"] not in crew:
                raise InputError("没有选择", where="同行人", advice="请从列表中选择。")
            _, photo = upload_of(request, "photo", PHOTO_BYTES_MAX, needed=False)
            actions.record_check(
                actor, found.pk, version_of(request), result=answers["result"], on=day_of(answers["on"], "入户日期"),
                companion=Account.objects.get(pk=int(answers["companion"])), note=answers["note"], photo=photo,
            )  # fmt: skip
        except GuangshaError as error:
            faults = faults_of(error, fields)
            keep(fields, answers)
        else:
            messages.success(request, "已登记，请同行人确认。")
            return redirect("office-stock-round", found.round.number)
    context = {"check": found, "fields": fields, "faults": faults}
    return show(request, "check", context, status=400 if faults else 200)


CONFIRM = Form(
    "同行人确认",
    lambda *_: [
        text("agreed", "记录与所见是否一致", kind="choice", choices={"yes": "一致，确认", "no": "不一致，退回重记"}),
        text("note", "不一致之处", required=False, max=200),
    ],
    lambda actor, found, version, answers: actions.confirm_check(actor, found.pk, version, agreed=answers["agreed"] == "yes", note=answers["note"]),
    "已办理。",
)  # fmt: skip


@staff(*CREW)
@require_http_methods(["GET", "POST"])
def check_confirm(request: HttpRequest, key: int) -> HttpResponse:
    """The companion confirms what was written down."""
    actor = acting(request)
    found = access_check(actor, key)
    if found.state != "recorded" or found.second_id != actor.account_id:
        raise NotThere
    who = found.first.name if found.first else ""
    said = f"{found.dwelling}　{found.on:%Y年%-m月%-d日}　{found.get_result_display()}。{found.note}（记录人：{who}）"
    form = Form(CONFIRM.title, CONFIRM.fields, CONFIRM.run, CONFIRM.done, note=said)
    return act_page(
        request,
        form,
        found,
        here="stock",
        crumbs=_crumbs(found.round),
        version=found.version,
        back=("office-stock-round", found.round.number),
    )


@staff(*READERS)
@require_GET
def check_photo(request: HttpRequest, key: int) -> HttpResponse:
    """The photograph of a check."""
    found = access_check(acting(request), key)
    if not found.stored:
        raise NotThere
    try:
        answer = served(actions.open_photo(found), found.content_type)
    except InputError:
        raise NotThere from None
    answer["Cache-Control"] = "no-store"
    return answer
