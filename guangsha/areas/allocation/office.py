"""Pages of the waiting list for staff: the list by place, one household's entry on one screen, the acts on it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.allocation import queries
from guangsha.areas.allocation.access import access_change, access_entry
from guangsha.areas.allocation.facts import QUEUES, TIERS
from guangsha.areas.allocation.office_forms import CHANGE_FORMS, ENTRY_FORMS, offered
from guangsha.areas.allocation.rules import APPROVERS, MAKERS, READERS
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy.masks import mask_name
from guangsha.web import navigation
from guangsha.web.act_forms import act_page, acting
from guangsha.web.forms import page_number

PAGE = 30
SCOPES = {
    "waiting": "轮候中", "changes": "变更待办", "long": "轮候超期", "registered": "已登记配租", "chosen": "待签约",
    "housed": "已入住", "suspended": "暂停", "removed": "已退出", "all": "全部",
}  # fmt: skip
TONES = {
    "waiting": "wait", "registered": "wait", "chosen": "good", "housed": "done", "suspended": "ask", "removed": "quiet",
}  # fmt: skip
CHANGE_TONES = {"hearing": "ask", "proposed": "wait", "confirmed": "done", "dropped": "quiet"}


def show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the area that is never kept by a browser."""
    answer = render(request, f"allocation/{page}.html", context, status=status, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """The page of a list that was asked for."""
    return Paginator(rows, PAGE).get_page(page_number(request))


@navigation.counts("waitlist")
def _waiting(actor: Actor) -> int:
    return queries.waiting_changes(actor)


@staff(*READERS)
@require_GET
def waitlist(request: HttpRequest) -> HttpResponse:
    """The list by tier and day of listing; decided cases that wait for something to be mended stand above it."""
    actor = acting(request)
    wanted = request.GET.get("q", "").strip()[:60]
    scope = request.GET.get("scope", "waiting")
    scope = "all" if wanted else scope if scope in SCOPES else "waiting"
    layout, tier = request.GET.get("layout", "")[:1], request.GET.get("tier", "")[:1]
    page = page_of(request, queries.listed(actor, scope, wanted, layout, tier))
    rows = [
        (
            one.number, mask_name(one.applicant.name), one.household.community.name, TIERS[one.tier], QUEUES[one.layout], one.members,
            one.listed_on, one.get_state_display(), TONES[one.state],
        )
        for one in page.object_list
    ]  # fmt: skip
    return show(
        request, "waitlist",
        {
            "page": page, "rows": rows, "scope": scope, "scopes": SCOPES, "q": wanted, "layout": layout, "tier": tier,
            "layouts": QUEUES, "tiers": TIERS, "tally": queries.tally(actor), "hindered": queries.hindered(actor),
        },
    )  # fmt: skip


@staff(*READERS)
@require_GET
def entry(request: HttpRequest, number: str) -> HttpResponse:
    """Everything of an entry on one screen."""
    actor = acting(request)
    found = access_entry(actor, number)
    roles = actor.roles_at(found.agency_id)
    changes = list(found.changes.select_related("made_by", "confirmed_by").order_by("-number")[:20])
    return show(
        request, "entry",
        {
            "entry": found, "tone": TONES[found.state], "place": queries.place_of(found),
            "tier": TIERS[found.tier], "layout": QUEUES[found.layout],
            "registrations": queries.own_registrations(found), "acts": offered(ENTRY_FORMS, found, roles),
            "changes": [(one, CHANGE_TONES[one.state], [
                act for act in offered(CHANGE_FORMS, one, roles)
                if not (act[0] == "confirm" and one.made_by_id == actor.account_id)
            ]) for one in changes],
        },
    )  # fmt: skip


def _crumbs(number: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    return [("轮候名册", "office-waitlist", ()), (number, "office-waitlist-entry", (number,))]


@staff(*(MAKERS | APPROVERS))
@require_http_methods(["GET", "POST"])
def entry_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on an entry."""
    actor = acting(request)
    found = access_entry(actor, number)
    if code not in {act for act, *_ in offered(ENTRY_FORMS, found, actor.roles_at(found.agency_id))}:
        raise NotThere
    return act_page(
        request, ENTRY_FORMS[code][2], found, here="waitlist", crumbs=_crumbs(number), version=found.version,
        back=("office-waitlist-entry", number),
    )  # fmt: skip


@staff(*(MAKERS | APPROVERS))
@require_http_methods(["GET", "POST"])
def change_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a change of an entry."""
    actor = acting(request)
    found = access_change(actor, key)
    if code not in {act for act, *_ in offered(CHANGE_FORMS, found, actor.roles_at(found.entry.agency_id))}:
        raise NotThere
    number = found.entry.number
    return act_page(
        request, CHANGE_FORMS[code][2], found, here="waitlist", crumbs=_crumbs(number), version=found.entry.version,
        back=("office-waitlist-entry", number),
    )  # fmt: skip
