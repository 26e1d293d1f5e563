"""Pages of the register of dwellings for staff: estates, the chart of a building, one dwelling on one screen, the acts on them."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.stock import queries
from guangsha.areas.stock.access import (
    access_building,
    access_dwelling,
    access_estate,
    access_request,
    estates_of,
)
from guangsha.areas.stock.actions.register import FACTS
from guangsha.areas.stock.facts import (
    DWELLING_STATES,
    FUNDING_SOURCES,
    LAYOUTS,
    PICTURE_KINDS,
    PROGRAMMES,
    STATE_MARKS,
    TITLE_STATES,
)
from guangsha.areas.stock.hooks import panels_of
from guangsha.areas.stock.office_forms import (
    BUILDING_FORMS,
    DWELLING_FORMS,
    ESTATE_FORMS,
    ESTATE_NEW,
    REQUEST_FORMS,
)
from guangsha.areas.stock.rules import HEADS, KEEPERS, ON_SITE, READERS
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere, access_agency
from guangsha.people.gates import staff
from guangsha.web import navigation
from guangsha.web.act_forms import act_page, acting

PAGE = 40
WORDS = {"layout": LAYOUTS, "programme": PROGRAMMES, "funding": FUNDING_SOURCES, "title_state": TITLE_STATES}
Crumb = tuple[str, str, tuple[Any, ...]]


def show(request: HttpRequest, page: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of the room; kept by no cache."""
    shared = {
        "states": DWELLING_STATES,
        "marks": STATE_MARKS,
        "layouts": LAYOUTS,
        "programmes": PROGRAMMES,
        "kinds": PICTURE_KINDS,
    }
    answer = render(request, f"stock/{page}.html", {**shared, **context}, status=status, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


def page_of(request: HttpRequest, rows: Any, size: int = PAGE) -> Page[Any]:
    """The page of a list that was asked for; nonsense is the first."""
    asked = request.GET.get("page", "1")
    return Paginator(rows, size).get_page(int(asked) if asked.isdecimal() and len(asked) < 6 else 1)


def may(actor: Actor, roles: frozenset[str]) -> bool:
    """Whether a button of these roles is shown; the act asks again, for the agency."""
    return actor.has(*roles)


@navigation.counts("stock")
def _waiting(actor: Actor) -> int:
    return min(queries.requests_waiting(actor).count(), 999) if may(actor, HEADS) else 0


@staff(*READERS)
@require_GET
def estates(request: HttpRequest) -> HttpResponse:
    """Estates with their tallies; what waits for a second person stands above them."""
    actor = acting(request)
    wanted = request.GET.get("q", "").strip()[:60]
    rows = queries.estate_lines(actor, wanted)
    sums: Counter[str] = Counter()
    for line in rows:
        sums.update(line.states)
    return show(
        request, "estates",
        {
            "rows": rows, "q": wanted, "sums": sums, "total": sum(sums.values()), "may_keep": may(actor, KEEPERS),
            "asked": list(queries.requests_waiting(actor)[:20]) if may(actor, HEADS | KEEPERS) else [],
        },
    )  # fmt: skip


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def estate_new(request: HttpRequest) -> HttpResponse:
    """Enter an estate of one's own agency."""
    actor = acting(request)
    agency = access_agency(actor, actor.agency_id)
    return act_page(
        request,
        ESTATE_NEW,
        agency,
        here="stock",
        crumbs=[("房源与楼盘表", "office-stock", ())],
        version=0,
        back=("office-stock",),
    )


@staff(*READERS)
@require_GET
def estate(request: HttpRequest, key: int) -> HttpResponse:
    """An estate: its buildings, pictures, times of showing and survey files."""
    actor = acting(request)
    found = access_estate(actor, key)
    lines = queries.building_lines(found)
    sums = queries.states_of(found)
    keeps = bool(actor.roles_at(found.agency_id) & KEEPERS)
    return show(
        request, "estate",
        {
            "estate": found, "buildings": lines, "sums": sums, "total": sum(sums.values()), "may_keep": keeps,
            "acts": [(code, form.title) for code, form in ESTATE_FORMS.items()] if keeps else [],
            "pictures": list(found.pictures.filter(dwelling=None).order_by("kind", "pk")[: queries.PICTURES_MAX]),
            "slots": list(found.viewing_slots.order_by("-on", "-half")[:12]),
            "surveys": list(found.survey_imports.order_by("-pk")[:12]),
        },
    )  # fmt: skip


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def estate_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on an estate."""
    found = access_estate(acting(request), key)
    form = ESTATE_FORMS.get(code)
    if form is None:
        raise NotThere
    crumbs: list[Crumb] = [
        ("房源与楼盘表", "office-stock", ()),
        (found.name, "office-stock-estate", (found.pk,)),
    ]
    return act_page(
        request,
        form,
        found,
        here="stock",
        crumbs=crumbs,
        version=found.version,
        back=("office-stock-estate", found.pk),
    )


@staff(*READERS)
@require_GET
def building(request: HttpRequest, key: int) -> HttpResponse:
    """The chart of a building (楼盘表、房态图). A filter dims the others, so that a door stays where it is."""
    actor = acting(request)
    found = access_building(actor, key)
    filters = {
        name: value if (value := request.GET.get(name, "")) in options else ""
        for name, options in (("state", DWELLING_STATES), ("layout", LAYOUTS), ("programme", PROGRAMMES))
    }
    before, _, after = reverse("office-stock-dwelling", args=[31415926]).partition("31415926")
    keeps = bool(actor.roles_at(found.estate.agency_id) & KEEPERS)
    paper = "a3" if request.GET.get("paper") == "a3" else "a4"
    others = {name: value for name, value in filters.items() if value and name != "state"} | (
        {"paper": paper} if paper == "a3" else {}
    )
    return show(
        request, "building",
        {
            "building": found, "chart": queries.chart_of(found, **filters), "filter": filters, "filtered": any(filters.values()),
            "paper": paper, "before": before, "after": after, "without_state": urlencode(others),
            "acts": [(code, form.title) for code, form in BUILDING_FORMS.items()] if keeps else [],
        },
    )  # fmt: skip


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def building_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a building."""
    found = access_building(acting(request), key)
    form = BUILDING_FORMS.get(code)
    if form is None:
        raise NotThere
    crumbs: list[Crumb] = [
        ("房源与楼盘表", "office-stock", ()), (found.estate.name, "office-stock-estate", (found.estate_id,)),
        (f"{found.number} 栋", "office-stock-building", (found.pk,)),
    ]  # fmt: skip
    return act_page(
        request,
        form,
        found,
        here="stock",
        crumbs=crumbs,
        version=found.version,
        back=("office-stock-building", found.pk),
    )


def filters_of(request: HttpRequest) -> dict[str, Any]:
    """What a list of dwellings is narrowed by; nonsense narrows nothing."""
    asked = request.GET.get("estate", "")
    chosen = {
        name: value if (value := request.GET.get(name, "")) in options else ""
        for name, options in (("state", DWELLING_STATES), ("layout", LAYOUTS), ("programme", PROGRAMMES))
    }
    estate = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0
    return {"text": request.GET.get("q", "").strip()[:60], "estate": estate, **chosen}


@staff(*READERS)
@require_GET
def dwellings(request: HttpRequest) -> HttpResponse:
    """Dwellings by number, code, estate and state."""
    return dwellings_page(request)


def dwellings_page(
    request: HttpRequest, faults: list[tuple[str, str]] | None = None, purpose: str = ""
) -> HttpResponse:
    """The list as asked for, also when an export from it came back."""
    actor = acting(request)
    chosen = filters_of(request)
    query = {"q" if name == "text" else name: value for name, value in chosen.items() if value}
    return show(
        request, "dwellings",
        {
            "page": page_of(request, queries.found_dwellings(actor, **chosen)), "filter": chosen, "query": urlencode(query),
            "estates": list(estates_of(actor).order_by("name").values_list("pk", "name")[: queries.ESTATES_MAX]),
            "choices": [("state", "房态", DWELLING_STATES), ("layout", "户型组别", LAYOUTS), ("programme", "用途", PROGRAMMES)],
            "faults": faults or [], "purpose": purpose,
        },
        status=400 if faults else 200,
    )  # fmt: skip


@staff(*READERS)
@require_GET
def dwelling(request: HttpRequest, key: int) -> HttpResponse:
    """Everything of a dwelling on one screen; lease, rent and repairs come from the rooms that keep them."""
    actor = acting(request)
    found = access_dwelling(actor, key)
    held = actor.roles_at(found.estate.agency_id)
    duties = {"keep": bool(held & KEEPERS), "site": bool(held & (KEEPERS | ON_SITE))}
    file = queries.file_of(found)
    return show(
        request, "dwelling",
        {
            "dwelling": found, "file": file, "panels": panels_of(actor, found), "labels": FACTS, "words": WORDS,
            "acts": [
                (code, form.title, form.danger) for code, (states, duty, form) in DWELLING_FORMS.items()
                if duties[duty] and found.state in states and not (form.danger and file.asked)
            ],
            "may_decide": bool(held & HEADS) and file.asked is not None and file.asked.asked_by_id != actor.account_id,
        },
    )  # fmt: skip


def _dwelling_crumbs(found: Any) -> list[Crumb]:
    return [
        ("房源与楼盘表", "office-stock", ()), (found.estate.name, "office-stock-estate", (found.estate_id,)),
        (found.number, "office-stock-dwelling", (found.pk,)),
    ]  # fmt: skip


@staff(*(KEEPERS | ON_SITE))
@require_http_methods(["GET", "POST"])
def dwelling_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a dwelling."""
    actor = acting(request)
    found = access_dwelling(actor, key)
    states, duty, form = DWELLING_FORMS.get(code, (frozenset[str](), "keep", None))
    allowed = KEEPERS if duty == "keep" else KEEPERS | ON_SITE
    if form is None or found.state not in states or not actor.roles_at(found.estate.agency_id) & allowed:
        raise NotThere
    return act_page(
        request, form, found, here="stock", crumbs=_dwelling_crumbs(found), version=found.version,
        back=("office-stock-dwelling", found.pk),
    )  # fmt: skip


@staff(*HEADS)
@require_http_methods(["GET", "POST"])
def request_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """Decide what somebody else asked for."""
    found = access_request(acting(request), key)
    form = REQUEST_FORMS.get(code)
    if form is None or found.state != "asked":
        raise NotThere
    return act_page(
        request, form, found, here="stock", crumbs=_dwelling_crumbs(found.dwelling), version=0,
        back=("office-stock-dwelling", found.dwelling_id),
    )  # fmt: skip
