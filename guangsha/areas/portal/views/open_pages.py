"""What is public: notices, objections to them, and the state of a case for whoever holds its number."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_notice, access_objection
from guangsha.areas.intake.actions.notices import OBJECTION_MAX
from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.queries import step_name
from guangsha.areas.portal.actions import track_case
from guangsha.areas.portal.queries import next_words, notices_in_sight, still_in_sight, tone_of
from guangsha.areas.portal.views.common import page, private, sentences
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import normalise
from guangsha.people.access import NotThere
from guangsha.people.actors import actor_of
from guangsha.people.gates import public
from guangsha.web.sign_in.pending import client_address


@public
@private
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What is made public now, and what ended a short while ago."""
    return page(
        request,
        "notices",
        {"notices": notices_in_sight(), "services": services(), "day": timezone.localdate()},
    )


@public
@private
@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest, number: str) -> HttpResponseBase:
    """One notice, and the form by which anybody objects to it."""
    found = access_notice(number)
    if not still_in_sight(found):
        raise NotThere
    running = found.state == "running" and found.ends_on >= timezone.localdate()
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        row = request.POST.get("row", "")
        try:
            objection = actions.make_objection(
                actor_of(request), number, request.POST.get("text", ""), request.POST.get("contact", ""),
                row=int(row) if row.isascii() and row.isdecimal() and len(row) < 6 else None, address=client_address(request),
            )  # fmt: skip
        except InputError as error:
            faults = sentences(error, "f-text")
        else:
            return redirect("portal-objection", objection.receipt)
    service = services().get(found.service)
    heads = found.heads
    context = {
        "notice": found, "running": running, "faults": faults, "typed": request.POST, "heads": heads,
        "rows": [[row.get(head, "") for head in heads] for row in found.rows], "most": OBJECTION_MAX,
        "text": service.publicity.text if service and service.publicity else "",
        "choices": {str(row.get("序号", "")): f"第 {row.get('序号', '')} 行 {row.get('申请人', '')}" for row in found.rows},
    }  # fmt: skip
    return page(request, "notice", context, 400 if faults else 200)


@public
@private
@require_GET
def objection(request: HttpRequest, receipt: str) -> HttpResponse:
    """The receipt of an objection, and what became of it."""
    return page(request, "objection", {"objection": access_objection(receipt)})


@public
@private
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponseBase:
    """The state of a case by its number and the last four digits of the phone: no name, no content."""
    receipt = normalise(request.POST.get("receipt", "")).strip().upper()
    if request.method == "POST" and receipt:
        try:
            access_objection(receipt)
        except NotThere:
            fault = [("f-receipt", "没有这个回执号，请核对后再查。")]
            return page(
                request, "track", {"faults": fault, "number": "", "receipt": receipt, "found": None}, 400
            )
        return redirect("portal-objection", receipt)
    faults: list[tuple[str, str]] = []
    found = None
    number = "".join(normalise(request.POST.get("number", "")).split())[:32]
    if request.method == "POST":
        last_four = normalise(request.POST.get("phone", "")).strip()
        try:
            case = track_case(number, last_four, address=client_address(request))
        except InputError as error:
            faults = sentences(error, "f-number")
        else:
            known = services().get(case.service)
            found = {
                "number": case.number, "service": known.name if known else case.service, "tone": tone_of(case.state),
                "state": step_name(case.service, case.state, case.step), "words": next_words(case.state),
                "due": case.step_due_on, "agency": case.agency.name,
            }  # fmt: skip
    context = {"faults": faults, "number": number, "receipt": "", "found": found}
    return page(request, "track", context, 400 if faults else 200)
