"""Pages of the programme for staff: agreements, one agreement on one screen, the acts on it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.subsidy import queries
from guangsha.areas.subsidy.access import access_agreement, access_calculation, access_clawback
from guangsha.areas.subsidy.actions.clawbacks import HEADS
from guangsha.areas.subsidy.facts import AGREEMENT_STATES
from guangsha.areas.subsidy.office_forms import AGREEMENT_FORMS, CALCULATION_FORMS, CLAWBACK_FORMS
from guangsha.areas.subsidy.payment_actions.recoveries import CASHIERS
from guangsha.areas.subsidy.rules import CONFIRMERS, MAKERS, READERS
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.people.prepared import Asked
from guangsha.privacy.masks import mask_bank_account, mask_name
from guangsha.web import navigation
from guangsha.web.act_forms import act_page, acting

PAGE = 30
SCOPES = {"todo": "待办", "active": "履行中", "ending": "30天内到期", "all": "全部"}
TONES = {"draft": "wait", "active": "good", "suspended": "ask", "expired": "quiet", "terminated": "quiet"}
CALCULATION_TONES = {"proposed": "wait", "hearing": "ask", "confirmed": "good", "dropped": "quiet"}
#: Who may press what; the acts ask again.
_CLAWBACK_ROLES = {"recover": CASHIERS, "consent": MAKERS | CONFIRMERS, "write-off": HEADS}


def _show(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    answer = render(request, f"subsidy/{page}.html", context, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


@navigation.counts("subsidies")
def _waiting(actor: Actor) -> int | Asked:
    return queries.waiting_to_confirm(actor)


@staff(*READERS)
@require_GET
def agreements(request: HttpRequest) -> HttpResponse:
    """Agreements by what they wait for; decided cases that wait for something to be mended stand above them."""
    actor = acting(request)
    wanted = request.GET.get("q", "").strip()[:60]
    scope = request.GET.get("scope", "todo")
    scope = "all" if wanted else scope if scope in SCOPES else "todo"
    asked = request.GET.get("page", "1")
    page = Paginator(queries.listed(actor, scope, wanted), PAGE).get_page(
        int(asked) if asked.isdecimal() and len(asked) < 6 else 1
    )
    rows = [
        (
            one.number, mask_name(one.payee.name), one.household.community.name, one.amount_fen, one.starts_on, one.ends_on,
            one.get_state_display(), TONES[one.state], getattr(one, "open", False),
        )
        for one in page.object_list
    ]  # fmt: skip
    tally = queries.tally(actor)
    return _show(
        request, "agreements",
        {
            "page": page, "rows": rows, "scope": scope, "scopes": SCOPES, "q": wanted, "hindered": queries.hindered(actor),
            "tally": [(word, tally.get(code, 0)) for code, word in AGREEMENT_STATES.items()],
        },
    )  # fmt: skip


@staff(*READERS)
@require_GET
def agreement(request: HttpRequest, number: str) -> HttpResponse:
    """Everything of an agreement on one screen."""
    actor = acting(request)
    found = access_agreement(actor, number)
    roles = actor.roles_at(found.agency_id)
    may = bool(roles & (MAKERS | CONFIRMERS))
    months = queries.months_of_agreement(found)
    calculations = queries.calculations_of(found)
    acts = [
        (code, form.title, form.danger)
        for code, (states, form) in AGREEMENT_FORMS.items()
        if may and found.state in states
    ]
    return _show(
        request, "agreement",
        {
            "agreement": found, "tone": TONES[found.state], "account": mask_bank_account(found.bank_account), "months": months,
            "calculations": [
                (
                    one, queries.explained(one), CALCULATION_TONES[one.state], getattr(one, "hearing", None),
                    [(code, form.title, form.danger) for code, (states, form) in CALCULATION_FORMS.items()
                     if may and one.state in states and not (code == "confirm" and one.made_by_id == actor.account_id)],
                )
                for one in calculations
            ],
            "clawbacks": [
                (one, [(code, form.title) for code, form in CLAWBACK_FORMS.items()
                       if one.state in ("open", "partly") and roles & _CLAWBACK_ROLES[code]])
                for one in queries.clawbacks_of(found)
            ],
            "acts": acts, "next": queries.what_next(found, months),
        },
    )  # fmt: skip


def _crumbs(number: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    return [("补贴协议", "office-subsidies", ()), (number, "office-subsidy", (number,))]


@staff(*(MAKERS | CONFIRMERS))
@require_http_methods(["GET", "POST"])
def agreement_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on an agreement."""
    found = access_agreement(acting(request), number)
    states, form = AGREEMENT_FORMS.get(code, (frozenset[str](), None))
    if form is None or found.state not in states:
        raise NotThere
    return act_page(
        request, form, found, here="subsidies", crumbs=_crumbs(number), version=found.version,
        back=("office-subsidy", number),
    )  # fmt: skip


@staff(*(MAKERS | CONFIRMERS))
@require_http_methods(["GET", "POST"])
def calculation_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a calculation."""
    found = access_calculation(acting(request), key)
    states, form = CALCULATION_FORMS.get(code, (frozenset[str](), None))
    if form is None or found.state not in states:
        raise NotThere
    number = found.agreement.number
    return act_page(
        request, form, found, here="subsidies", crumbs=_crumbs(number), version=found.agreement.version,
        back=("office-subsidy", number),
    )  # fmt: skip


@staff(*(MAKERS | CONFIRMERS | CASHIERS | HEADS))
@require_http_methods(["GET", "POST"])
def clawback_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on a claw-back."""
    actor = acting(request)
    found = access_clawback(actor, number)
    form = CLAWBACK_FORMS.get(code)
    if form is None or found.state not in ("open", "partly") or not actor.has(*_CLAWBACK_ROLES[code]):
        raise NotThere
    agreement_number = found.agreement.number
    return act_page(
        request, form, found, here="subsidies", crumbs=_crumbs(agreement_number), version=found.version,
        back=("office-subsidy", agreement_number),
    )  # fmt: skip
