"""Applying for somebody else: a community helper with a signed paper. (The window of a street has pages of its own.)"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_decision
from guangsha.areas.intake.catalogue import Service, services
from guangsha.areas.intake.files import SIZE_MAX
from guangsha.areas.intake.forms import prefilled
from guangsha.areas.intake.models import Draft, ProxyAuthorization
from guangsha.areas.intake.queries import my_cases
from guangsha.areas.portal import pages
from guangsha.areas.portal.pages import DESK
from guangsha.areas.portal.queries import TONES, papers_of
from guangsha.areas.portal.views.applying import draft_page, leave_page, service_of
from guangsha.areas.portal.views.cases import show_case, show_letter, show_supplement
from guangsha.areas.portal.views.common import page, private, sentences, signed_in
from guangsha.areas.portal.views.own_applications import material_file, show_receipt
from guangsha.areas.registry.actions import person_for
from guangsha.areas.registry.models import Person
from guangsha.areas.registry.rules import clean_name
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.people.access import NotThere
from guangsha.people.gates import staff
from guangsha.privacy.actions import reveal
from guangsha.privacy.masks import mask_identity, mask_name
from guangsha.web.forms import day_typed, read_field


@staff("community_helper")
@private
@require_http_methods(["GET", "POST"])
def desk(request: HttpRequest) -> HttpResponseBase:
    """For whom I may apply, what I have begun and sent; POST begins an application."""
    actor = signed_in(request)
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            draft = _begin(actor, request.POST.get("service", ""), request.POST.get("paper", ""))
        except InputError as error:
            faults = sentences(error)
        else:
            return redirect(
                DESK.href(draft.service, draft.pk, pages.pages_of(service_of(draft.service), {})[0].code)
            )
    known = services()
    drafts = [
        (known[draft.service].name, DESK.href(draft.service, draft.pk, pages.pages_of(known[draft.service], {})[0].code),
         mask_name(draft.for_person.name) if draft.for_person else "", draft.updated_at)
        for draft in Draft.objects.filter(account_id=actor.account_id).select_related("for_person").defer("answers").order_by("-updated_at")
        if draft.service in known
    ]  # fmt: skip
    context = {
        "papers": [_paper(paper) for paper in papers_of(actor)], "faults": faults,
        "drafts": drafts, "cases": my_cases(actor), "tones": TONES,
    }  # fmt: skip
    return page(request, "desk", context, 400 if faults else 200)


def _offered() -> dict[str, str]:
    return {
        code: item.name
        for code, item in services().items()
        if "citizen" in item.audience and not item.instant
    }


def _paper(paper: ProxyAuthorization) -> dict[str, Any]:
    names = _offered()
    chosen = {code: names[code] for code in paper.services if code in names} if paper.services else names
    return {
        "pk": paper.pk, "name": mask_name(paper.person.name), "identity": mask_identity(paper.person.identity),
        "until": paper.until, "services": chosen,
    }  # fmt: skip


def _begin(actor: Actor, code: str, paper_id: str) -> Draft:
    """A new draft under a paper, for its person."""
    if code not in _offered():
        raise InputError("请选择要办的事项")
    service = service_of(code)
    paper = next((item for item in papers_of(actor) if str(item.pk) == paper_id), None)
    if paper is None or (paper.services and code not in paper.services):
        raise NotThere
    return actions.save_draft(actor, code, _known(actor, paper.person, service), for_person=paper.person_id)


def _known(actor: Actor, person: Person, service: Service) -> dict[str, Any]:
    """The person's own name and numbers; looking at them is written down, and the person sees who looked."""
    reason = "凭委托书代办申请，填写申请人信息"
    facts = {
        "person.name": person.name,
        "person.identity": reveal(actor, person, "identity", reason),
        "person.phone": reveal(actor, person, "phone", reason) if person.phone else "",
    }
    return prefilled(service, facts)


@staff("community_helper")
@private
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponseBase:
    """Register the signed paper of a person who wants help."""
    actor, data = signed_in(request), request.POST
    faults: list[tuple[str, str]] = []
    typed = {
        "name": data.get("name", ""), "identity": read_field(data, "identity", "identity"),
        "phone": read_field(data, "phone", "phone"), "services": data.getlist("services"),
        "signed_on": read_field(data, "signed_on", "date"), "until": read_field(data, "until", "date"),
    }  # fmt: skip
    if request.method == "POST":
        try:
            _authorize(request, actor, typed)
        except InputError as error:
            faults = sentences(error, "", _PLACES)
        else:
            messages.success(request, "委托书已登记，可以开始替他办理。")
            return redirect("office-proxy")
    context = {
        "faults": faults, "wrong": dict(faults), "typed": typed, "services": _offered(), "mb": SIZE_MAX // 1024 // 1024,
    }  # fmt: skip
    return page(request, "authorize", context, 400 if faults else 200)


#: The field of the form by what an error names as its place.
_PLACES = {
    "姓名": "f-name", "证件号码": "f-identity", "委托人": "f-identity", "手机号": "f-phone", "委托事项": "f-services",
    "签署日期": "f-signed_on", "有效期至": "f-until", "委托书": "f-paper",
}  # fmt: skip


def _complete(file: UploadedFile[Any] | None, typed: dict[str, Any]) -> UploadedFile[Any]:
    """The file of the signed paper, when everything is filled in; otherwise all that is missing at once.

    Raises:
        InputErrors: one for each.
    """
    needed = (
        ("name", "请填写委托人姓名", "姓名"), ("identity", "请填写委托人身份证号", "证件号码"),
        ("signed_on", "请填写年月日", "签署日期"), ("until", "请填写年月日", "有效期至"),
    )  # fmt: skip
    missing = [InputError(text, where=where) for name, text, where in needed if not typed[name].strip()]
    if file is None:
        missing.append(InputError("请上传签字的委托书", where="委托书"))
    if missing or file is None:
        raise InputErrors(missing)
    return file


def _authorize(request: HttpRequest, actor: Actor, typed: dict[str, Any]) -> None:
    file = _complete(request.FILES.get("paper"), typed)
    signed_on, until = (
        _day(typed[name], label) for name, label in (("signed_on", "签署日期"), ("until", "有效期至"))
    )
    name = clean_name(typed["name"])
    person = person_for(actor, name=name, identity=typed["identity"], reason="登记委托书")
    if person.name != name:
        # whoever does not know both is told nothing about the one they know
        raise InputError("姓名与身份证号对不上", where="委托人", advice="请对照身份证核对后再填。")
    if typed["phone"]:
        person_for(actor, name=name, identity=typed["identity"], phone=typed["phone"], reason="登记委托书")
    actions.authorize_helper(
        actor,
        person,
        typed["services"],
        file.read(SIZE_MAX + 1),
        signed_on=signed_on,
        until=until,
    )


def _day(text: str, label: str) -> date:
    day = day_typed(text)
    if day is None:
        raise InputError("请填写年月日", where=label)
    return day


@staff("community_helper")
@private
@require_http_methods(["GET", "POST"])
def fill(request: HttpRequest, code: str, draft_id: int, wanted: str) -> HttpResponseBase:
    """One page of an application for somebody else."""
    return draft_page(request, signed_in(request), DESK, code, draft_id, wanted)


@staff("community_helper")
@private
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, code: str, draft_id: int) -> HttpResponseBase:
    """The draft is kept; go on later, or throw it away."""
    return leave_page(request, signed_in(request), DESK, code, draft_id)


@staff("community_helper")
@private
@require_GET
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt, to print and hand over."""
    return show_receipt(request, signed_in(request), number, "office-proxy-case")


@staff("community_helper")
@private
@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, number: str) -> HttpResponseBase:
    """A case that I sent for somebody."""
    return show_case(request, signed_in(request), DESK, number)


@staff("community_helper")
@private
@require_http_methods(["GET", "POST"])
def supplement(request: HttpRequest, number: str) -> HttpResponseBase:
    """Hand in what the person was asked for."""
    return show_supplement(request, signed_in(request), DESK, "office-proxy-supplement", number)


@staff("community_helper")
@private
@require_GET
def letter(request: HttpRequest, number: str) -> HttpResponse:
    """The letter, to read with the person; it is served when they themselves or the window receive it."""
    return show_letter(request, access_decision(signed_in(request), number), DESK)


@staff("community_helper")
@private
@require_GET
def material(request: HttpRequest, material_id: int) -> HttpResponse:
    """A file of an application that I filled in."""
    return material_file(signed_in(request), material_id)
