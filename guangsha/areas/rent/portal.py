"""Pages of rent for the household: what is due, why this amount, how to pay, receipts, what to do when money is short."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.rent import actions, queries
from guangsha.areas.rent.access import (
    access_account,
    access_dunning,
    access_order,
    access_receipt,
    accounts_of,
    letters_of,
)
from guangsha.areas.rent.actions.arrears import overdue_fen
from guangsha.areas.rent.actions.terms import standing_term
from guangsha.areas.rent.channels import SignedChannel, channel, simulated_notification
from guangsha.areas.rent.letters import letter
from guangsha.areas.rent.models import Deposit, Receipt
from guangsha.areas.rent.models_after import Refund, Settlement
from guangsha.areas.rent.office import BILL_TONES, STATE_TONES
from guangsha.areas.rent.papers import check_address, confirmation_file, paper
from guangsha.areas.rent.receipts import qr_picture, rows_of
from guangsha.areas.rent.rules import month_text, receipt_number
from guangsha.kernel.errors import InputError
from guangsha.kernel.money import capital_yuan
from guangsha.people.access import NotThere
from guangsha.people.gates import citizens
from guangsha.web.act_forms import acting, fen_of

SHOWN = 24


def _show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    answer = render(request, f"rent/{page}.html", context, status=status, using="jinja2")
    add_never_cache_headers(answer)
    return answer


@citizens
@require_GET
def my_rents(request: HttpRequest) -> HttpResponse:
    """The rent accounts of my household; where there is one only, that one."""
    found = list(
        accounts_of(acting(request))
        .select_related("lease__dwelling__estate")
        .order_by("-lease__starts_on")[:SHOWN]
    )
    if len(found) == 1:
        return redirect("portal-rent", found[0].lease.number)
    return _show(request, "my_rents", {"rows": found})


@citizens
@require_http_methods(["GET", "POST"])
def my_rent(request: HttpRequest, number: str) -> HttpResponse:
    """My rent; POST asks for a payment order."""
    actor = acting(request)
    found = access_account(actor, number)
    faults: list[tuple[str, str]] = []
    typed = ""
    if request.method == "POST":
        typed = str(request.POST.get("amount", ""))[:20]
        purpose = "deposit" if request.POST.get("purpose") == "deposit" else "rent"
        try:
            order = actions.make_order(
                actor,
                number,
                purpose=purpose,
                fen=fen_of(typed, "金额") if typed and purpose == "rent" else None,
            )
        except InputError as error:
            faults = [("f-amount" if error.where == "金额" else "", str(error))]
        else:
            return redirect("portal-rent-order", order.number)
    today = timezone.localdate()
    term = standing_term(found, today) or standing_term(found, found.lease.starts_on)
    bills = list(found.bills.order_by("-period", "item", "-part")[:SHOWN])
    plan = found.plans.filter(state__in=("proposed", "active")).first()
    return _show(
        request, "my_rent",
        {
            "account": found, "lease": found.lease, "late": overdue_fen(found, today), "faults": faults, "typed": typed,
            "bills": [(one, month_text(one.period), BILL_TONES[one.state], list(one.lines.order_by("pk")[:12]) if one.open_fen else [])
                      for one in bills],
            "next_due": found.bills.filter(open_fen__gt=0, due_on__gte=today).order_by("due_on").first(),
            "term": term, "why": queries.why_of(term) if term else None,
            "receipts": Receipt.objects.filter(order__account=found).order_by("-paid_at")[:SHOWN],
            "plan": plan, "plan_tone": STATE_TONES[plan.state] if plan else "", "rates": list(plan.rates.order_by("number")) if plan else [],
            "deposit": Deposit.objects.filter(account=found).first(), "settlement": Settlement.objects.filter(account=found).first(),
            "letters": letters_of(actor).filter(account=found).order_by("-pk")[:6],
            "refunds": Refund.objects.filter(account=found).exclude(state="refused").order_by("-pk")[:6],
        },
        status=400 if faults else 200,
    )  # fmt: skip


@citizens
@require_GET
def my_order(request: HttpRequest, number: str) -> HttpResponse:
    """A payment order: the identification code, how to pay with it, what became of it."""
    found = access_order(acting(request), number)
    return _show(
        request, "my_order",
        {"order": found, "lease": found.account.lease, "code": _spaced(number), "page": channel().page_of(found),
         "receipts": found.receipts.order_by("paid_at")[:6], "expired": found.state == "open" and found.expires_on < timezone.localdate()},
    )  # fmt: skip


def _spaced(number: str) -> str:
    """Twenty digits in fives, as people read them out."""
    return " ".join(number[k : k + 5] for k in range(0, len(number), 5))


@citizens
@require_http_methods(["GET", "POST"])
def simulated_bank(request: HttpRequest, number: str) -> HttpResponse:
    """The simulated bank's page; POST pays, and the bank sends its signed notification. Only where it was introduced."""
    found = access_order(acting(request), number)
    way = channel()
    if not isinstance(way, SignedChannel) or not way.simulated:
        raise NotThere
    if request.method == "POST" and found.state == "open":
        receipt = actions.confirm(way.read(*simulated_notification(found)))
        messages.success(request, "缴款成功。")
        return redirect("portal-rent-receipt", receipt.pk)
    if found.state != "open":
        return redirect("portal-rent-order", number)
    return _show(request, "simulated_bank", {"order": found, "code": _spaced(number)})


@citizens
@require_GET
def my_receipt(request: HttpRequest, key: int) -> HttpResponse:
    """A receipt: the voucher of finance, which bills it paid, and how anybody can check it."""
    found = access_receipt(acting(request), key)
    address = check_address(request, found)
    return _show(
        request, "my_receipt",
        {"receipt": found, "lease": found.order.account.lease, "rows": rows_of(found), "code": _spaced(found.order.number),
         "number": receipt_number(found.pk), "capital": capital_yuan(found.amount_fen), "picture": qr_picture(address)},
    )  # fmt: skip


@citizens
@require_GET
def my_receipt_file(request: HttpRequest, key: int, kind: str) -> HttpResponse:
    """The same as a file to keep or print."""
    return confirmation_file(request, access_receipt(acting(request), key), kind)


@citizens
@require_GET
def my_letter_file(request: HttpRequest, key: int, kind: str) -> HttpResponse:
    """A dunning letter to my household as a file."""
    return paper(letter(access_dunning(acting(request), key)), kind)
