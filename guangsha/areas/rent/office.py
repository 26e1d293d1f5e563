"""Pages of rent for staff: bills, arrears, one account on one screen, the acts on it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.rent import queries
from guangsha.areas.rent.access import (
    access_account,
    access_adjustment,
    access_bill,
    access_plan,
    access_refund,
    access_term,
)
from guangsha.areas.rent.actions.arrears import months_in_arrears
from guangsha.areas.rent.models import Deposit, Receipt, RentAccount
from guangsha.areas.rent.models_after import Adjustment, Refund, Settlement
from guangsha.areas.rent.office_forms import (
    ACCOUNT_FORMS,
    ADJUSTMENT_FORM,
    BILL_FORMS,
    PLAN_FORM,
    REFUND_FORMS,
    TERM_FORMS,
)
from guangsha.areas.rent.rules import ACCOUNTANTS, CONFIRMERS, MAKERS, READERS, month_text
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy.masks import mask_bank_account, mask_name
from guangsha.web.act_forms import Form, act_page, acting

PAGE = 30
BILL_TONES = {
    "issued": "wait", "part_paid": "wait", "paid": "good", "overdue": "ask", "dunning1": "ask", "dunning2": "bad", "dunning3": "bad",
    "legal": "bad", "written_off": "quiet",
}  # fmt: skip
STEP_TONES = {"none": "good", "reminder": "wait", "overdue": "ask", "dunning1": "ask", "dunning2": "bad", "dunning3": "bad", "legal": "bad"}  # fmt: skip
STATE_TONES = {
    "proposed": "wait", "confirmed": "good", "dropped": "quiet", "active": "good", "kept": "done", "broken": "bad", "refused": "quiet",
    "paid": "done", "closed": "done",
}  # fmt: skip


def _show(request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
    answer = render(request, f"rent/{page}.html", context, using="jinja2")
    answer["Cache-Control"] = "no-store"
    return answer


def _page(request: HttpRequest, found: Any) -> Any:
    asked = request.GET.get("page", "1")
    return Paginator(found, PAGE).get_page(int(asked) if asked.isdecimal() and len(asked) < 6 else 1)


@staff(*READERS)
@require_GET
def bills(request: HttpRequest) -> HttpResponse:
    """What waits for somebody, and bills by state."""
    actor = acting(request)
    wanted = request.GET.get("q", "").strip()[:60]
    scope = request.GET.get("scope", "late")
    scope = "all" if wanted else scope if scope in queries.SCOPES else "late"
    page = _page(request, queries.bills_of(actor, scope, wanted))
    rows = [
        (
            one.account.lease.number, mask_name(one.account.lease.tenant.name), month_text(one.period), one.get_item_display(),
            one.net_fen, one.open_fen, one.due_on, one.get_state_display(), BILL_TONES[one.state],
        )
        for one in page.object_list
    ]  # fmt: skip
    return _show(
        request, "bills",
        {
            "page": page, "rows": rows, "scope": scope, "scopes": {code: word for code, (word, _) in queries.SCOPES.items()}, "q": wanted,
            "figures": queries.figures_of(actor, timezone.localdate()), "waiting": queries.waiting(actor),
            "hindered": queries.hindered(actor),
        },
    )  # fmt: skip


@staff(*READERS)
@require_GET
def arrears(request: HttpRequest) -> HttpResponse:
    """Accounts by how far their arrears have come."""
    actor = acting(request)
    tally = queries.arrears_tally(actor)
    step = request.GET.get("step", "")
    step = step if step in {code for code, *_ in tally} else ""
    page = _page(request, queries.arrears_of(actor, step))
    rows = [
        (
            one.lease.number, mask_name(one.lease.tenant.name), one.lease.household.community.name, one.owed_fen, one.oldest_due_on,
            queries.age_of(one), one.get_step_display(), STEP_TONES[one.step], one.plans.filter(state="active").exists(),
        )
        for one in page.object_list
    ]  # fmt: skip
    return _show(request, "arrears", {"page": page, "rows": rows, "step": step, "tally": tally})


@staff(*READERS)
@require_GET
def account(request: HttpRequest, number: str) -> HttpResponse:
    """Everything of the rent of a lease on one screen."""
    actor = acting(request)
    found = access_account(actor, number)
    roles, me = actor.roles_at(found.agency_id), actor.account_id
    settlement = Settlement.objects.filter(account=found).first()
    terms = list(found.terms.select_related("made_by", "confirmed_by").order_by("-number")[:20])
    bills_shown = list(found.bills.order_by("-period", "item", "-part")[: queries.BILLS_SHOWN])
    changes = Adjustment.objects.filter(bill__account=found).select_related("bill", "made_by", "confirmed_by")
    refunds = (
        Refund.objects.filter(account=found).select_related("made_by", "confirmed_by").order_by("-pk")[:20]
    )
    months = months_in_arrears(found.lease)
    return _show(
        request, "account",
        {
            "account": found, "lease": found.lease, "tone": STEP_TONES[found.step], "months": months,
            "acts": [(code, form.title, form.danger) for code, (who, form) in ACCOUNT_FORMS.items()
                     if roles & who and _offered(found, settlement, code)],
            "bills": [(one, month_text(one.period), BILL_TONES[one.state], bool(roles & MAKERS) and one.net_fen > one.waived_fen)
                      for one in bills_shown],
            "terms": [(one, queries.why_of(one), STATE_TONES[one.state],
                       [(code, form.title, form.danger) for code, (who, form) in TERM_FORMS.items()
                        if one.state == "proposed" and roles & who and not (code == "confirm" and one.made_by_id == me)])
                      for one in terms],
            "plans": [(one, list(one.rates.order_by("number")), STATE_TONES[one.state],
                       one.state == "proposed" and bool(roles & CONFIRMERS) and one.made_by_id != me)
                      for one in found.plans.select_related("made_by", "confirmed_by").order_by("-pk")[:10]],
            "changes": [(one, month_text(one.bill.period), STATE_TONES[one.state],
                         one.state == "proposed" and bool(roles & CONFIRMERS) and one.made_by_id != me)
                        for one in changes.order_by("-pk")[:20]],
            "refunds": [(one, mask_bank_account(one.bank_account), STATE_TONES[one.state],
                         [(code, form.title) for code, (who, state, form) in REFUND_FORMS.items()
                          if one.state == state and roles & who and not (code == "decide" and one.made_by_id == me)])
                        for one in refunds],
            "orders": found.orders.order_by("-pk")[:12], "dunnings": found.dunnings.order_by("-pk")[:12],
            "receipts": Receipt.objects.filter(order__account=found).select_related("order").order_by("-paid_at")[:24],
            "deposit": Deposit.objects.filter(account=found).first(), "settlement": settlement,
        },
    )  # fmt: skip


def _offered(found: RentAccount, settlement: Settlement | None, code: str) -> bool:
    """Whether an act makes sense now; the act asks again."""
    state = settlement.state if settlement else ""
    return {
        "term": found.until_on is None, "plan": found.owed_fen > 0,
        "refund": found.advance_fen > 0 or state == "confirmed", "settle": found.until_on is not None and state in ("", "proposed"),
        "confirm-settlement": state == "proposed", "close-settlement": state == "confirmed",
    }.get(code, True)  # fmt: skip


def _act(request: HttpRequest, form: Form, found: Any, owner: RentAccount) -> HttpResponse:
    number = owner.lease.number
    crumbs = [("租金账单", "office-rent", ()), (number, "office-rent-account", (number,))]
    return act_page(
        request, form, found, here="rent", crumbs=crumbs, version=owner.version, back=("office-rent-account", number),
    )  # fmt: skip


@staff(*(MAKERS | CONFIRMERS | ACCOUNTANTS))
@require_http_methods(["GET", "POST"])
def account_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One act on an account."""
    actor = acting(request)
    found = access_account(actor, number)
    who, form = ACCOUNT_FORMS.get(code, (frozenset[str](), None))
    if form is None or not actor.roles_at(found.agency_id) & who:
        raise NotThere
    return _act(request, form, found, found)


@staff(*(MAKERS | CONFIRMERS))
@require_http_methods(["GET", "POST"])
def term_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """Confirm or drop a proposed rent."""
    actor = acting(request)
    found = access_term(actor, key)
    who, form = TERM_FORMS.get(code, (frozenset[str](), None))
    if form is None or not actor.has(*who):
        raise NotThere
    return _act(request, form, found, found.account)


@staff(*MAKERS)
@require_http_methods(["GET", "POST"])
def bill_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """Ask that a bill becomes smaller."""
    found = access_bill(acting(request), key)
    _, form = BILL_FORMS.get(code, (frozenset[str](), None))
    if form is None:
        raise NotThere
    return _act(request, form, found, found.account)


@staff(*CONFIRMERS)
@require_http_methods(["GET", "POST"])
def adjustment_act(request: HttpRequest, key: int) -> HttpResponse:
    """Decide on a write-off or a correction."""
    found = access_adjustment(acting(request), key)
    return _act(request, ADJUSTMENT_FORM, found, found.bill.account)


@staff(*CONFIRMERS)
@require_http_methods(["GET", "POST"])
def plan_act(request: HttpRequest, number: str) -> HttpResponse:
    """Decide on an instalment plan."""
    found = access_plan(acting(request), number)
    return _act(request, PLAN_FORM, found, found.account)


@staff(*(CONFIRMERS | ACCOUNTANTS))
@require_http_methods(["GET", "POST"])
def refund_act(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Decide on a refund, or book that finance has paid it."""
    actor = acting(request)
    found = access_refund(actor, number)
    who, _, form = REFUND_FORMS.get(code, (frozenset[str](), "", None))
    if form is None or not actor.has(*who):
        raise NotThere
    return _act(request, form, found, found.account)
