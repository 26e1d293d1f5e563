"""A citizen's own applications: begin, fill in, leave, and the receipt."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.intake import actions
from guangsha.areas.intake.access import access_case, access_material
from guangsha.areas.intake.actions.drafts import CONTEXT
from guangsha.areas.intake.catalogue import Service
from guangsha.areas.intake.models import Draft
from guangsha.areas.intake.queries import prefill_for
from guangsha.areas.portal import pages
from guangsha.areas.portal.pages import OWN
from guangsha.areas.portal.queries import next_words
from guangsha.areas.portal.views.applying import draft_page, leave_page, service_of
from guangsha.areas.portal.views.common import page, private, sentences, signed_in
from guangsha.areas.registry.models import Person
from guangsha.areas.verification.models import SOURCES
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import citizens
from guangsha.privacy import files

#: Shown in the browser; every other type is only saved.
SHOWN = frozenset({"image/jpeg", "image/png"})


@citizens
@private
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, code: str) -> HttpResponseBase:
    """What to have at hand before one begins; POST opens a draft that is filled in as far as it is known."""
    actor, service = signed_in(request), service_of(code)
    if "citizen" not in service.audience:
        raise NotThere
    faults: list[tuple[str, str]] = []
    if request.method == "POST":
        person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
        try:
            draft = actions.save_draft(actor, code, prefill_for(person, service) if person else {})
        except InputError as error:
            faults = sentences(error)
        else:
            return redirect(OWN.href(code, draft.pk, _first(service)))
    context = {
        "service": service, "faults": faults, "desk": False, "sources": dict(SOURCES), "drafts": _drafts(actor, service),
        "count": len(service.form) + 1, "known": bool(actor.person_id),
    }  # fmt: skip
    return page(request, "apply_begin", context, 400 if faults else 200)


def _first(service: Service) -> str:
    return pages.pages_of(service, {})[0].code


def _drafts(actor: Actor, service: Service) -> list[tuple[str, object, str]]:
    """Drafts of this service: where to go on, when saved, how far."""
    found = Draft.objects.filter(account_id=actor.account_id, service=service.code).order_by("-updated_at")
    return [
        (OWN.resume(pk, service, reached), saved, f"填到第 {reached + 1} 步")
        for pk, reached, saved in found.values_list("id", "page", "updated_at")
    ]


@citizens
@private
@require_http_methods(["GET", "POST"])
def fill(request: HttpRequest, code: str, draft_id: int, wanted: str) -> HttpResponseBase:
    """One page of one's own draft."""
    return draft_page(request, signed_in(request), OWN, code, draft_id, wanted)


@citizens
@private
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, code: str, draft_id: int) -> HttpResponseBase:
    """The draft is kept; go on later, or throw it away."""
    return leave_page(request, signed_in(request), OWN, code, draft_id)


@citizens
@private
@require_GET
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt of a submission: number, what happens next and by when."""
    return show_receipt(request, signed_in(request), number, "portal-case")


def show_receipt(request: HttpRequest, actor: Actor, number: str, case_page: str) -> HttpResponse:
    """The receipt, for whoever may open the case."""
    case = access_case(actor, number)
    service = service_of(case.service)
    context = {
        "case": case, "service": service, "words": next_words("submitted"), "case_page": case_page,
        "day": timezone.localdate(case.submitted_at), "desk": actor.kind == "staff",
        "phone_hint": case.channel != "online",
    }  # fmt: skip
    return page(request, "receipt", context)


@citizens
@private
@require_GET
def material(request: HttpRequest, material_id: int) -> HttpResponse:
    """A file that one handed in oneself."""
    return material_file(signed_in(request), material_id)


def material_file(actor: Actor, material_id: int) -> HttpResponse:
    """The file of a material: pictures are shown, the rest is saved; nothing in it can run."""
    row = access_material(actor, material_id)
    if not row.stored:
        raise NotThere
    answer = HttpResponse(files.load(row.stored, context=CONTEXT), content_type=row.content_type)
    way = "inline" if row.content_type in SHOWN else "attachment"
    answer.headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(row.file_name)}"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
