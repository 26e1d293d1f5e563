"""What belongs to somebody who is signed in: cases, drafts, messages, their data."""

from __future__ import annotations

import json

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guangsha.areas.allocation.queries import own_entries
from guangsha.areas.fieldwork.actions.reports import leases_of
from guangsha.areas.fieldwork.queries import newest_repairs
from guangsha.areas.intake import actions
from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.models import Draft
from guangsha.areas.intake.queries import my_cases
from guangsha.areas.portal.actions import take_own_data
from guangsha.areas.portal.pages import OWN
from guangsha.areas.portal.queries import MESSAGES_PAGE, TONES, held_on, messages_of, papers_about
from guangsha.areas.portal.views.common import page, page_number, private, signed_in
from guangsha.areas.rent.queries import newest_accounts
from guangsha.areas.subsidy.queries import newest_agreements
from guangsha.areas.tenancy.office import TONES as LEASE_TONES
from guangsha.areas.tenancy.queries import newest_leases
from guangsha.areas.verification.gateway import revoke_consent
from guangsha.areas.verification.models import SOURCES
from guangsha.kernel.errors import InputError
from guangsha.notify.actions import mark_read, unread
from guangsha.people.access import NotThere
from guangsha.people.gates import citizens
from guangsha.privacy.masks import mask_bank_account, mask_identity, mask_phone

MESSAGES_MY = 3


@citizens
@private
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """My cases, drafts and newest messages on one page."""
    actor = signed_in(request)
    drafts = [
        (services()[code].name, OWN.resume(pk, services()[code], reached), pk, code, saved)
        for pk, code, reached, saved in Draft.objects.filter(account_id=actor.account_id)
        .order_by("-updated_at")
        .values_list("id", "service", "page", "updated_at")
        if code in services()
    ]
    context = {
        "rows": my_cases(actor), "drafts": drafts, "tones": TONES, "unread": unread(actor.account_id),
        "messages": list(messages_of(actor)[:MESSAGES_MY]), "linked": bool(actor.person_id),
        "subsidies": list(newest_agreements(actor)), "waitlist": own_entries(actor)[:2],
        "repairs": newest_repairs(actor),
        "may_repair": bool(leases_of(actor.person_id)),
        "rents": newest_accounts(actor), "leases": newest_leases(actor), "lease_tones": LEASE_TONES,
    }  # fmt: skip
    return page(request, "my", context)


@citizens
@private
@require_http_methods(["GET", "POST"])
def inbox(request: HttpRequest) -> HttpResponseBase:
    """My messages; POST marks one, or all on the page, as read."""
    actor = signed_in(request)
    if request.method == "POST":
        given = [
            int(pk)
            for pk in request.POST.getlist("message")
            if pk.isascii() and pk.isdecimal() and len(pk) < 19
        ]
        mark_read(actor.account_id, given[:MESSAGES_PAGE])
        onward = request.POST.get("next", "")
        own = onward.startswith("/my/") and url_has_allowed_host_and_scheme(onward, allowed_hosts=None)
        return redirect(onward if own else "portal-messages")
    listed = Paginator(messages_of(actor), MESSAGES_PAGE).get_page(page_number(request))
    return page(request, "messages", {"listed": listed, "rows": list(listed)})


@citizens
@private
@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """What is held on me, what I agreed to, and who looked."""
    actor = signed_in(request)
    held = held_on(actor)
    person = held.person
    shown = [] if person is None else [
        ("姓名", person.name), (person.get_identity_kind_display(), mask_identity(person.identity)),
        ("手机号", mask_phone(person.phone)), ("性别", person.get_sex_display()), ("婚姻状况", person.get_marital_display()),
        ("工作单位", person.employer), ("开户银行", person.bank_name), ("银行账号", mask_bank_account(person.bank_account)),
    ]  # fmt: skip
    context = {"held": held, "shown": shown, "papers": list(papers_about(actor)), "sources": dict(SOURCES)}
    return page(request, "data", context)


@citizens
@private
@require_POST
def data_copy(request: HttpRequest) -> HttpResponse:
    """A copy of everything that is held on me, as a file."""
    copied = take_own_data(signed_in(request))
    answer = HttpResponse(
        json.dumps(copied, ensure_ascii=False, indent=2), content_type="application/json; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="my-data-{timezone.localdate():%Y%m%d}.json"'
    )
    return answer


@citizens
@private
@require_POST
def consent_end(request: HttpRequest, consent_id: int) -> HttpResponse:
    """I take back what I agreed to: nobody is asked about me under it any more (个人信息保护法 §15)."""
    try:
        revoke_consent(signed_in(request), consent_id)
    except InputError as error:
        raise NotThere from error
    messages.success(request, "同意已撤回，不再据此查询您的信息。")
    return redirect("portal-data")


@citizens
@private
@require_POST
def paper_end(request: HttpRequest, paper_id: int) -> HttpResponse:
    """I take back the paper by which a helper may apply for me."""
    actor = signed_in(request)
    if not actor.person_id:
        raise NotThere
    actions.end_authorization(actor, paper_id)
    messages.success(request, "委托已撤回，代办员不能再替您办理。")
    return redirect("portal-data")
