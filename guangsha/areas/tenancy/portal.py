"""Pages of a lease for the household: contract, rent, who lives there, dates, what it may ask for, what it is asked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.tenancy import actions, queries
from guangsha.areas.tenancy.access import access_hearing, access_lease, leases_of
from guangsha.areas.tenancy.actions.base import whole
from guangsha.areas.tenancy.office import TONES, contract_answer
from guangsha.areas.tenancy.rules import renewal_opens
from guangsha.areas.tenancy.terms import tier_name
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import citizens
from guangsha.web.act_forms import acting

SHOWN = 24


def _show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    answer = render(request, f"tenancy/{page}.html", context, status=status, using="jinja2")
    add_never_cache_headers(answer)
    return answer


@citizens
@require_GET
def my_leases(request: HttpRequest) -> HttpResponse:
    """The leases of my household; where there is one only, that one."""
    found = list(leases_of(acting(request)).select_related("dwelling__estate").order_by("-starts_on")[:SHOWN])
    if len(found) == 1:
        return redirect("portal-lease", found[0].number)
    rows = [
        (
            one.number,
            str(one.dwelling),
            one.get_state_display(),
            TONES[one.state],
            one.rent_fen,
            one.starts_on,
            one.ends_on,
        )
        for one in found
    ]
    return _show(request, "my_leases", {"rows": rows})


@citizens
@require_http_methods(["GET", "POST"])
def my_lease(request: HttpRequest, number: str) -> HttpResponse:
    """One lease; POST says what I think of what is planned, asks for another term, or for another key."""
    actor = acting(request)
    found = access_lease(actor, number)
    faults: list[tuple[str, str]] = []
    typed = {"text": "", "outcome": "", "lost": "", "agrees": ""}
    if request.method == "POST":
        typed = {name: str(request.POST.get(name, ""))[:2000] for name in typed}
        try:
            said = _act(request, actor, number, typed)
        except InputError as error:
            at = {"陈述意见": "f-said", "情况": "f-lost", "您的意见": "f-agrees"}.get(str(error.where), "")
            faults = [(at, str(error))]
        else:
            messages.success(request, said)
            return redirect("portal-lease", number)
        found.refresh_from_db()
    file = queries.file_of(found)
    opens = renewal_opens(found.ends_on, 2 * whole("renewal_months", found.region, actions.today()))
    may_renew = found.state == "active" and found.handed_over_on is not None and actions.today() >= opens
    decided = [one for one in file.violations if one.state in ("decided", "remedied", "closed")]
    return _show(
        request, "my_lease",
        {
            "lease": found, "tone": TONES[found.state], "file": file, "tier": tier_name(found.household_type),
            "next": queries.what_next(found), "asked": [one for one in file.hearings if not one.outcome],
            "exits": [one for one in file.exits if one.state not in ("hearing", "heard", "withdrawn")],
            "decided": decided, "faults": faults, "typed": typed, "may_renew": may_renew, "renewable_from": opens,
            "grants": [one for one in file.grants if one.state in ("active", "asked")],
            "follower": queries.follower_of(found), "offer": queries.offer_of(found), "me": actor.person_id,
            "lives": [one for one in file.occupants if one.until is None],
        },
        status=400 if faults else 200,
    )  # fmt: skip


def _act(request: HttpRequest, actor: Actor, number: str, typed: dict[str, str]) -> str:
    act = request.POST.get("act", "")
    if act == "say":
        given = str(request.POST.get("hearing", ""))
        asked = access_hearing(actor, int(given) if given.isdecimal() and len(given) < 12 else 0)
        if asked.lease.number != number:
            raise NotThere
        actions.hear(actor, asked.pk, text=typed["text"], outcome=typed["outcome"])
        return "已收到您的意见，作出决定后会通知您。"
    if act == "swap":
        if typed["agrees"] not in ("yes", "no"):
            raise InputError("没有选择", where="您的意见", advice="请选择同意或不同意。")
        asked_for = str(request.POST.get("swap", ""))[:32]
        actions.agree_swap(actor, asked_for, number, agrees=typed["agrees"] == "yes")
        return "已收到您的意见，办理进展会通知您。"
    if act == "renew":
        actions.ask_renewal(actor, number)
        return "已收到续租申请，我们会重新核对家庭情况后通知您。"
    if act == "key":
        actions.ask_reissue(actor, number, text=typed["lost"])
        return "已收到，我们会尽快为您补发。进不了门的请马上打服务电话。"
    raise NotThere


@citizens
@require_GET
def my_contract(request: HttpRequest, number: str) -> HttpResponse:
    """My contract as a file."""
    return contract_answer(access_lease(acting(request), number), "pdf")
