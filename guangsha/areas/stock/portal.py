"""What everybody sees of the dwellings (公租房房源): what is vacant where, of which size and at which rent; booking a viewing.

No door, no person: an empty flat that strangers could find would be an invitation.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.stock import actions, queries
from guangsha.areas.stock.access import access_picture, access_viewing, public_pictures, viewings_of
from guangsha.areas.stock.facts import HALVES, LAYOUTS, NEEDS, PICTURE_KINDS, VIEWING_STATES
from guangsha.areas.stock.models import Estate
from guangsha.areas.stock.office_files import picture_answer
from guangsha.areas.stock.office_viewings import VIEWING_TONES
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import citizens, public
from guangsha.web.act_forms import acting, text
from guangsha.web.forms import read_field

SHOWN = 30


def _show(request: HttpRequest, page: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(
        request,
        f"stock/{page}.html",
        {"layouts": LAYOUTS, "kinds": PICTURE_KINDS, **context},
        status=status,
        using="jinja2",
    )


@public
@require_GET
def housing(request: HttpRequest) -> HttpResponse:
    """Estates with vacant dwellings, narrowed by layout, by what one can pay, by a wheelchair."""
    layout = request.GET.get("layout", "")
    rent = request.GET.get("rent", "").strip()
    most = int(rent) * 100 if rent.isascii() and rent.isdecimal() and len(rent) < 6 else 0
    accessible = request.GET.get("accessible") == "yes"
    found = queries.public_estates(
        layout=layout if layout in LAYOUTS else "", accessible=accessible, rent_max_fen=most
    )
    context = {
        "rows": found, "layout": layout, "rent": rent if most else "", "accessible": accessible, "total": sum(one.vacant for one in found),
        "day": timezone.localdate(), "layout_choices": {"": "不限", **LAYOUTS},
    }  # fmt: skip
    return _show(request, "housing", context)


def _public_estate(key: int) -> Estate:
    found = Estate.objects.select_related("agency", "community").filter(pk=key).first()
    if found is None or not queries.public_dwellings().filter(estate=found).exists():
        raise NotThere
    return found


@public
@require_GET
def housing_estate(request: HttpRequest, key: int) -> HttpResponse:
    """One estate: what is vacant by building and size, floor plans and pictures, times to see it."""
    found = _public_estate(key)
    offers = next((one.offers for one in queries.public_estates() if one.estate.pk == found.pk), ())
    context = {
        "estate": found, "offers": offers, "rows": queries.public_floors(found), "slots": queries.slots_ahead(found),
        "pictures": list(public_pictures().filter(estate=found).order_by("-kind", "pk")[: queries.PICTURES_MAX]),
    }  # fmt: skip
    return _show(request, "housing_estate", context)


@public
@require_GET
def housing_picture(request: HttpRequest, key: int) -> HttpResponse:
    """A public picture."""
    return picture_answer(access_picture(None, key))


@citizens
@require_http_methods(["GET", "POST"])
def viewing_new(request: HttpRequest, key: int) -> HttpResponse:
    """Book half a day to see an estate."""
    found = _public_estate(key)
    slots = queries.slots_ahead(found)
    choices = {
        str(
            slot.pk
        ): f"{slot.on.month}月{slot.on.day}日{HALVES[slot.half]}（剩 {slot.seats - slot.taken} 个名额）"
        for slot in slots
    }
    fields = [
        text("slot", "看房时段", kind="choice", choices=choices), text("people", "看房人数", kind="number", value="1", help="最多 6 人。"),
        text("needs", "需要的帮助", kind="choices", required=False, choices=NEEDS),
    ]  # fmt: skip
    faults: list[tuple[str, str]] = []
    values: dict[str, Any] = {field["name"]: field["value"] for field in fields}
    if request.method == "POST":
        values = {field["name"]: read_field(request.POST, field["name"], field["kind"]) for field in fields}
        try:
            slot, people = str(values["slot"]), str(values["people"])
            if slot not in choices:
                raise InputError("没有选择", where="看房时段", advice="请从列表中选择。")
            count = int(people) if people.isascii() and people.isdecimal() and len(people) < 4 else 0
            actions.book(acting(request), int(slot), people=count, needs=list(values["needs"] or ()))
        except InputError as error:
            at = next((f"f-{field['name']}" for field in fields if field["label"] == error.where), "")
            faults = [(at, str(error))]
        else:
            messages.success(request, "预约成功，请按时间带身份证到集合地点。")
            return redirect("portal-viewings")
    context = {"estate": found, "fields": fields, "values": values, "faults": faults, "slots": slots}
    return _private(_show(request, "viewing_new", context, status=400 if faults else 200))


def _private(answer: HttpResponse) -> HttpResponse:
    add_never_cache_headers(answer)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


@citizens
@require_http_methods(["GET", "POST"])
def viewings(request: HttpRequest) -> HttpResponse:
    """My appointments; POST gives one back."""
    actor = acting(request)
    if request.method == "POST":
        found = access_viewing(actor, request.POST.get("number", "")[:32])
        try:
            actions.cancel(actor, found.number, found.version)
        except InputError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "预约已取消。")
        return redirect("portal-viewings")
    rows = viewings_of(actor).select_related("slot", "slot__estate").order_by("-slot__on", "-pk")[:SHOWN]
    today = timezone.localdate()
    lines = [
        (
            one,
            VIEWING_STATES[one.state],
            VIEWING_TONES[one.state],
            one.state == "booked" and one.slot.on >= today,
        )
        for one in rows
    ]
    return _private(_show(request, "my_viewings", {"lines": lines}))
