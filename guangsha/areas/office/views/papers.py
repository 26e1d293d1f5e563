"""Materials of a case as staff see them, and papers that are printed.

What a citizen uploaded never runs in the browser of the staff: pictures are served with a type that we set, without
scripts, in a sandbox; pages of a pdf are drawn as pictures in a process of their own; everything else is a download.
"""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from guangsha.areas.intake.access import access_case, access_material
from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.letters import TITLES
from guangsha.areas.intake.models import Material
from guangsha.areas.intake.queries import case_page, deciding_agency, letter_lines
from guangsha.areas.office.actions import open_material
from guangsha.areas.office.pdf_picture import picture
from guangsha.areas.office.views import gates
from guangsha.areas.office.views.shared import acting, show
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.gates import staff

PICTURES = ("image/jpeg", "image/png")
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


def _served(data: bytes, kind: str, *, name: str = "") -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    how = f"attachment; filename*=UTF-8''{quote(name)}" if name else "inline"
    response["Content-Disposition"] = how
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _of_case(request: HttpRequest, key: int) -> Material:
    """A material of a case (drafts of others are nobody's business)."""
    material = access_material(acting(request), key)
    if material.case is None or not material.stored:
        raise NotThere
    return material


@staff(*gates.WORKS)
@require_GET
def material(request: HttpRequest, key: int) -> HttpResponse:
    """All pages of one paper."""
    found = _of_case(request, key)
    pages, fault = 1, ""
    if found.content_type == "application/pdf":
        try:
            pages = picture(open_material(acting(request), found), 1)[1]
        except InputError as error:
            pages, fault = 0, str(error)
    elif found.content_type not in PICTURES:
        pages = 0
    asked = service(found.case.service).material(found.code) if found.case else None
    return show(
        request,
        "material",
        {"material": found, "pages": pages, "fault": fault, "name": asked.name if asked else found.code},
    )


@staff(*gates.WORKS)
@require_GET
def material_picture(request: HttpRequest, key: int, page: int) -> HttpResponse:
    """One page as a picture."""
    found = _of_case(request, key)
    try:
        data = open_material(acting(request), found)
        if found.content_type == "application/pdf":
            return _served(picture(data, page)[0], "image/png")
    except InputError:
        raise NotThere from None
    if found.content_type not in PICTURES or page != 1:
        raise NotThere
    return _served(data, found.content_type)


@staff(*gates.WORKS)
@require_GET
def material_file(request: HttpRequest, key: int) -> HttpResponse:
    """The file as it was handed in, to be kept."""
    found = _of_case(request, key)
    try:
        data = open_material(acting(request), found)
    except InputError:
        raise NotThere from None
    return _served(data, "application/octet-stream", name=found.file_name)


@staff(*gates.CASES)
@require_GET
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt that a citizen takes home from the counter."""
    actor = acting(request)
    found = access_case(actor, number)
    return show(request, "receipt", {"case": found, "page": case_page(found, actor)})


@staff(*gates.CASES)
@require_GET
def letter(request: HttpRequest, number: str) -> HttpResponse:
    """The latest decision of a case, as it is handed over or posted."""
    found = access_case(acting(request), number)
    decision = found.decisions.order_by("-id").first()
    if decision is None:
        raise NotThere
    context = {
        "case": found, "decision": decision, "service": service(found.service), "lines": letter_lines(decision),
        "agency": deciding_agency(decision), "title": TITLES.get(decision.outcome, "决定书"),
    }  # fmt: skip
    return show(request, "letter", context)
