"""Pages of showings (看房): who comes when, booking and cancelling at the window, times that are called off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.areas.intake.queries import hindered_cases
from guangsha.areas.stock import actions
from guangsha.areas.stock.access import access_slot, access_viewing, estates_of, viewings_of
from guangsha.areas.stock.actions.effects import EFFECT
from guangsha.areas.stock.facts import NEEDS, VIEWING_STATES
from guangsha.areas.stock.models import Viewing, ViewingSlot
from guangsha.areas.stock.office import page_of, show
from guangsha.areas.stock.office_forms import whole_of
from guangsha.areas.stock.rules import KEEPERS, READERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy.masks import mask_name, mask_phone
from guangsha.web.act_forms import Answers, Field, Form, act_page, acting, reason, text

Crumb = tuple[str, str, tuple[Any, ...]]
_UP: list[Crumb] = [("房源与楼盘表", "office-stock", ()), ("看房预约", "office-stock-viewings", ())]
VIEWING_TONES = {"booked": "wait", "came": "good", "absent": "quiet", "cancelled": "quiet"}


@staff(*READERS)
@require_GET
def viewings(request: HttpRequest) -> HttpResponse:
    """Who comes when; cases that wait for a time of showing stand above."""
    actor = acting(request)
    scopes = {"ahead": "待看房", "today": "今天和逾期未登记", "all": "全部"}
    scope = request.GET.get("scope", "ahead")
    scope = scope if scope in scopes else "ahead"
    today = timezone.localdate()
    rows = (
        viewings_of(actor)
        .select_related("slot", "slot__estate", "person", "dwelling")
        .order_by("-slot__on", "slot__half", "pk")
    )
    if scope == "ahead":
        rows = rows.filter(state="booked", slot__on__gt=today).order_by("slot__on", "-slot__half", "pk")
    elif scope == "today":
        rows = rows.filter(state="booked", slot__on__lte=today)
    page = page_of(request, rows)
    keeps = actor.has(*KEEPERS)
    lines = [
        (one.number, mask_name(one.person.name), mask_phone(one.person.phone), one.slot, one.people,
         "、".join(NEEDS[code] for code in one.needs if code in NEEDS), VIEWING_STATES[one.state], VIEWING_TONES[one.state],
         keeps and one.state == "booked" and one.slot.on <= today, keeps and one.state == "booked" and one.slot.on >= today,
         one.dwelling.number if one.dwelling else "")
        for one in page.object_list
    ]  # fmt: skip
    slots = (
        ViewingSlot.objects.filter(estate__in=estates_of(actor), closed=False, on__gte=today)
        .select_related("estate")
        .order_by("on", "-half")
    )
    return show(
        request, "viewings",
        {"today": today, "page": page, "booked": lines, "scope": scope, "scopes": scopes, "slots": list(slots[:40]), "may_keep": keeps, "hindered": _hindered(actor) if keeps else []},
    )  # fmt: skip


def _hindered(actor: Actor) -> list[tuple[str, str]]:
    """Approved requests to see an estate that could not be booked, with the reason."""
    return [(hook.case.number, hook.hindrance) for hook in hindered_cases((EFFECT,), actor.scope, 10)]


@staff(*KEEPERS)
@require_POST
def viewing_note(request: HttpRequest, number: str) -> HttpResponse:
    """Whether they came."""
    actor = acting(request)
    found = access_viewing(actor, number)
    try:
        actions.note_viewing(actor, number, found.version, came=request.POST.get("came") == "yes")
    except GuangshaError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "已登记。")
    return redirect("office-stock-viewings")


SLOT_CLOSE = Form(
    "取消看房时段", lambda *_: [reason()],
    lambda actor, found, _version, answers: actions.close_slot(actor, found.pk, reason=answers["reason"]),
    "时段已取消，已通知预约的群众。", danger=True,
)  # fmt: skip


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def slot_close(request: HttpRequest, key: int) -> HttpResponse:
    """Call a time of showing off."""
    found = access_slot(acting(request), key)
    if found.closed:
        raise NotThere
    return act_page(
        request, SLOT_CLOSE, found, here="stock", crumbs=_UP, version=0, back=("office-stock-viewings",)
    )


def _booking_fields(_slot: ViewingSlot, _actor: Actor) -> list[Field]:
    return [
        text(
            "who",
            "证件号码或家庭档案号",
            max=32,
            help="预约人须在家庭档案或办件中；填家庭档案号的，预约人为户主。",
        ),
        text("name", "预约人姓名", max=60, help="与证件上的姓名核对一致。"),
        text("people", "看房人数", kind="number", value="1", help=f"最多 {actions.PEOPLE_MAX} 人。"),
        text("door", "想看的房屋", required=False, max=16, help="房号，例如 1-2-0301；只看小区的不填。"),
        text("needs", "需要的帮助", kind="choices", required=False, choices=NEEDS),
    ]


def _book(actor: Actor, slot: ViewingSlot, _version: int, answers: Answers) -> None:
    actions.book_at_window(
        actor, slot.pk, who=answers["who"], name=answers["name"], people=whole_of(answers["people"], "看房人数"),
        door=answers["door"], needs=answers["needs"].split(),
    )  # fmt: skip


BOOKING = Form(
    "窗口预约看房",
    _booking_fields,
    _book,
    "已预约，时间和集合地点已发给预约人。",
    note="群众到窗口、打电话预约的，由工作人员代为登记，与网上预约用同一批名额。",
)


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def viewing_new(request: HttpRequest, key: int) -> HttpResponse:
    """Book a time of showing for somebody who stands at the window or calls."""
    found = access_slot(acting(request), key)
    if found.closed or found.on <= timezone.localdate():
        raise NotThere
    crumbs: list[Crumb] = [*_UP, (f"{found.estate.name} {found}", "office-stock-viewings", ())]
    return act_page(
        request, BOOKING, found, here="stock", crumbs=crumbs, version=0, back=("office-stock-viewings",)
    )


def _cancel(actor: Actor, viewing: Viewing, version: int, answers: Answers) -> None:
    actions.cancel(actor, viewing.number, version, reason=answers["reason"])


CANCEL = Form(
    "取消预约", lambda *_: [reason()], _cancel, "预约已取消，名额已退回，已告知预约人。", danger=True
)


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def viewing_cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Cancel an appointment for whoever made it."""
    found = access_viewing(acting(request), number)
    if found.state != "booked" or found.slot.on < timezone.localdate():
        raise NotThere
    return act_page(
        request, CANCEL, found, here="stock", crumbs=[*_UP, (number, "office-stock-viewings", ())], version=found.version,
        back=("office-stock-viewings",),
    )  # fmt: skip
