"""Pages of dunning letters: which wait to be handed over, building by building; one letter with the record of its delivery."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.rent import actions, queries
from guangsha.areas.rent.access import access_dunning, access_receipt
from guangsha.areas.rent.facts import DELIVERY_WAYS, ITEMS
from guangsha.areas.rent.letters import LETTERS_MAX, signed_by
from guangsha.areas.rent.letters import letter as letter_of
from guangsha.areas.rent.letters import letters as letters_together
from guangsha.areas.rent.models_after import Dunning
from guangsha.areas.rent.papers import confirmation_file, paper
from guangsha.areas.rent.rules import MAKERS, READERS, month_text
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy.masks import mask_name
from guangsha.web.act_forms import Answers, Form, act_page, acting, day_of, text


def _show(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    answer = render(request, f"rent/{page}.html", context, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


@staff(*READERS)
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    """Letters that nobody has handed over yet, by building: printed together, carried together."""
    actor = acting(request)
    waiting = queries.letters_waiting(actor)[: queries.LETTERS_SHOWN]
    rows = [(one, mask_name(one.account.lease.tenant.name)) for one in waiting]
    return _show(request, "letters", {"buildings": queries.letters_by_building(actor), "rows": rows})


@staff(*READERS)
@require_GET
def building_file(request: HttpRequest, building: int, kind: str) -> HttpResponse:
    """The waiting letters of one building in one file, in the order of its doors."""
    waiting = queries.letters_waiting(acting(request)).filter(account__lease__dwelling__building=building)
    found = list(waiting.order_by("account__lease__dwelling__floor", "account__lease__dwelling__number", "pk")[:LETTERS_MAX])  # fmt: skip
    if not found:
        raise NotThere
    where = found[0].account.lease.dwelling.building
    return paper(letters_together(found, f"{where}催缴文书 {timezone.localdate():%Y%m%d}"), kind)


@staff(*READERS)
@require_GET
def letter(request: HttpRequest, key: int) -> HttpResponse:
    """One letter: what it says, and how it was handed over."""
    actor = acting(request)
    found = access_dunning(actor, key)
    items = [
        (month_text(int(str(one["period"]))), ITEMS[str(one["item"])], int(str(one["fen"])))
        for one in found.items
    ]
    tries = [
        (one.get_way_display(), one.on, one.place, signed_by(one), one.made_by.name)
        for one in found.deliveries.select_related("made_by").order_by("-on", "-pk")
    ]
    return _show(
        request, "letter",
        {"letter": found, "lease": found.account.lease, "items": items, "tries": tries,
         "delivers": bool(actor.roles_at(found.account.agency_id) & MAKERS)},
    )  # fmt: skip


@staff(*READERS)
@require_GET
def letter_file(request: HttpRequest, key: int, kind: str) -> HttpResponse:
    """A letter as a file to print."""
    return paper(letter_of(access_dunning(acting(request), key)), kind)


@staff(*READERS)
@require_GET
def receipt_file(request: HttpRequest, key: int, kind: str) -> HttpResponse:
    """The confirmation of a payment, for a household at the window."""
    return confirmation_file(request, access_receipt(acting(request), key), kind)


def _deliver(actor: Actor, found: Dunning, _version: int, answers: Answers) -> None:
    actions.record_delivery(
        actor, found.pk, way=answers["way"], on=day_of(answers["on"], "送达日期"), place=answers["place"],
        received_by=answers["received_by"], witness=answers["witness"], tracking=answers["tracking"], note=answers["note"],
    )  # fmt: skip


_DELIVER = Form(
    "登记送达", lambda *_: [
        text("way", "送达方式", kind="choice", choices=DELIVERY_WAYS),
        text("on", "送达日期", kind="date", value=timezone.localdate().isoformat()),
        text("place", "送达地点", required=False, max=120),
        text("received_by", "签收人", required=False, max=60, help="直接送达必填：谁签收，与承租人是什么关系。"),
        text("witness", "见证人", required=False, max=60, help="留置送达必填：拒收时在场的见证人和单位。"),
        text("tracking", "邮件号", required=False, max=40, help="邮寄送达必填。"),
        text("note", "备注", required=False, max=200, help="未能送达的必填：什么原因，下一步怎么办。")],
    _deliver, "已登记送达。", note="登记后不能更改；登记错了，再登记一次并在备注里说明。")  # fmt: skip


@staff(*MAKERS)
@require_http_methods(["GET", "POST"])
def deliver(request: HttpRequest, key: int) -> HttpResponse:
    """Write down how a letter was handed over."""
    found = access_dunning(acting(request), key)
    crumbs: list[tuple[str, str, tuple[Any, ...]]] = [
        ("租金账单", "office-rent", ()), ("催缴文书", "office-rent-letters", ()), (found.number, "office-rent-letter", (key,)),
    ]  # fmt: skip
    return act_page(
        request, _DELIVER, found, here="rent", crumbs=crumbs, version=0, back=("office-rent-letter", key),
    )  # fmt: skip
