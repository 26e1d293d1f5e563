"""Pages of the duty roster (值班表): who is on duty in the weeks around, and who comes next."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.fieldwork import actions, queries
from guangsha.areas.fieldwork.actions.duty import LEADS, ON_DUTY, candidates
from guangsha.areas.fieldwork.models import Duty
from guangsha.areas.fieldwork.office import show
from guangsha.areas.fieldwork.queries import Week
from guangsha.areas.fieldwork.rules import READERS
from guangsha.areas.stock.models import Estate
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere, access_agency
from guangsha.people.gates import staff
from guangsha.people.models import Account, Agency
from guangsha.web.act_forms import Answers, Field, Form, act_page, acting, text

#: Agencies that are shown at once: a city has some ten districts.
AGENCIES_MAX = 40


def _agencies(actor: Actor) -> list[Agency]:
    homes = Estate.objects.filter(agency_id__in=actor.reach(READERS)).values("agency_id")
    return list(Agency.objects.filter(pk__in=homes, active=True).order_by("path")[:AGENCIES_MAX])


@staff(*READERS)
@require_GET
def duty(request: HttpRequest) -> HttpResponse:
    """The roster of each agency that manages dwellings; one of them at a time."""
    actor = acting(request)
    found = _agencies(actor)
    asked = request.GET.get("agency", "")
    chosen = next((one for one in found if str(one.pk) == asked), found[0] if found else None)
    return show(
        request, "duty",
        {
            "agencies": found, "agency": chosen, "weeks": queries.roster_of(actor, chosen) if chosen else [],
            "may": bool(chosen and "supervisor" in actor.roles_at(chosen.pk)),
        },
    )  # fmt: skip


def _names(people: list[Account]) -> dict[str, str]:
    return {str(one.pk): one.name for one in people}


def _fields(week: Week, _actor: Actor) -> list[Field]:
    duty, leads = week.duty, {"": "不设", **_names(candidates(week.agency, LEADS))}
    last = duty or Duty.objects.filter(agency=week.agency).order_by("-monday").first()
    fields = [
        text("account", "值班人", kind="choice", choices=_names(candidates(week.agency, ON_DUTY)), value=str(duty.account_id) if duty else ""),
        text("deputy", "带班领导", kind="choice", required=False, choices=leads, value=str(duty.deputy_id or "") if duty else ""),
        text("phone", "值班电话", max=20, value=last.phone if last else "", help="单位的值班电话，不是个人电话。"),
    ]  # fmt: skip
    return [*fields, text("reason", "换班理由", max=200)] if duty else fields


def _put(actor: Actor, week: Week, version: int, answers: Answers) -> None:
    def key_of(name: str) -> int:
        given = answers[name]
        return int(given) if given.isascii() and given.isdecimal() and len(given) < 12 else 0

    actions.put_on_duty(
        actor, week.agency, week.monday, account_id=key_of("account"), deputy_id=key_of("deputy") or None, phone=answers["phone"],
        version=version, reason=answers.get("reason", ""),
    )  # fmt: skip


PUT = Form("排班", _fields, _put, "已排班，已通知值班人。", note="急修和超期的工单、隐患首先提醒当周值班人；再超期的同时提醒带班领导。")  # fmt: skip


@staff("supervisor")
@require_http_methods(["GET", "POST"])
def duty_week(request: HttpRequest, key: int, day: str) -> HttpResponse:
    """Put somebody on duty in a week."""
    actor = acting(request)
    agency = access_agency(actor, key)
    try:
        monday = date.fromisoformat(day[:10])
    except ValueError:
        raise NotThere from None
    week = next(
        (one for one in queries.roster_of(actor, agency) if one.monday == monday and not one.over), None
    )
    if week is None or "supervisor" not in actor.roles_at(agency.pk):
        raise NotThere
    return act_page(
        request, PUT, week, here="repairs", crumbs=[
            ("维修工单", "office-repairs", ()), ("值班表", "office-duty", ()),
            (f"{agency.name} {monday:%Y年%-m月%-d日}起的一周", "office-duty", ()),
        ],
        version=week.duty.version if week.duty else 0, back=("office-duty",),
    )  # fmt: skip
