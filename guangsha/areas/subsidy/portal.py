"""Pages of the programme for the household that is paid: what, when, why this amount, which batch, what next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.subsidy import actions, queries
from guangsha.areas.subsidy.access import access_agreement, access_clawback, agreements_of
from guangsha.areas.subsidy.office import TONES
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import citizens
from guangsha.privacy.masks import mask_bank_account
from guangsha.web.act_forms import acting

SHOWN = 24


def _show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    answer = render(request, f"subsidy/{page}.html", context, status=status, using="jinja2")
    add_never_cache_headers(answer)
    return answer


@citizens
@require_GET
def my_subsidies(request: HttpRequest) -> HttpResponse:
    """The agreements of my household; where there is one only, that one."""
    found = list(agreements_of(acting(request)).order_by("-starts_on")[:SHOWN])
    if len(found) == 1:
        return redirect("portal-subsidy", found[0].number)
    rows = [
        (one.number, one.get_state_display(), TONES[one.state], one.amount_fen, one.starts_on, one.ends_on)
        for one in found
    ]
    return _show(request, "my_subsidies", {"rows": rows})


@citizens
@require_http_methods(["GET", "POST"])
def my_subsidy(request: HttpRequest, number: str) -> HttpResponse:
    """One agreement; POST says what I think of a reduction, or agrees that money is kept back."""
    actor = acting(request)
    found = access_agreement(actor, number)
    faults: list[tuple[str, str]] = []
    typed = {"text": "", "outcome": ""}
    if request.method == "POST":
        typed = {name: str(request.POST.get(name, ""))[:2000] for name in typed}
        try:
            said = _act(request, number, typed)
        except InputError as error:
            faults = [("f-said" if error.where == "陈述意见" else "", str(error))]
        else:
            messages.success(request, said)
            return redirect("portal-subsidy", number)
    months = queries.months_of_agreement(found)
    calculations = queries.calculations_of(found)
    standing = next((one for one in calculations if one.state == "confirmed"), None)
    asked = next((one for one in calculations if one.state == "hearing"), None)
    return _show(
        request, "my_subsidy",
        {
            "agreement": found, "tone": TONES[found.state], "account": mask_bank_account(found.bank_account), "months": months[:SHOWN],
            "more": len(months) > SHOWN, "next": queries.what_next(found, months), "standing": standing,
            "why": queries.explained(standing) if standing else None,
            "changes": [one for one in calculations if one.state == "confirmed" and one.kind != "first"],
            "asked": asked, "clawbacks": queries.clawbacks_of(found), "faults": faults, "typed": typed,
        },
        status=400 if faults else 200,
    )  # fmt: skip


def _act(request: HttpRequest, number: str, typed: dict[str, str]) -> str:
    actor = acting(request)
    act = request.POST.get("act", "")
    if act == "say":
        asked = access_agreement(actor, number).calculations.filter(state="hearing").first()
        if asked is None:
            raise InputError("现在没有需要您说明的事项", advice="请刷新页面。")
        actions.hear(actor, asked.pk, text=typed["text"], outcome=typed["outcome"])
        return "已收到您的意见，作出决定后会通知您。"
    if act in ("agree", "disagree"):
        clawback = access_clawback(actor, str(request.POST.get("clawback", ""))[:32])
        if clawback.agreement.number != number:
            raise NotThere
        actions.consent_set_off(actor, clawback.number, agreed=act == "agree")
        return "已登记，从下一批发放起抵扣。" if act == "agree" else "已撤回同意，不再抵扣。"
    raise NotThere
