"""Papers of cases as they were handed in."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from guangsha.api.guard import machine_of_request
from guangsha.api.schemas import Key
from guangsha.api.surface import operation, room
from guangsha.areas.intake.access import access_material
from guangsha.areas.office.actions import open_material
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere

router = room("materials")
_BYTES = {
    "responses": {
        200: {
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


@operation(
    router,
    "GET",
    "/materials/{material}",
    scope="materials:read",
    summary="下载材料",
    gives={200: None},
    extra=_BYTES,
)
def download_material(request: HttpRequest, material: Key) -> HttpResponse:
    """The file; every download is in the log."""
    actor = machine_of_request(request).actor
    found = access_material(actor, material)
    if found.case is None or not found.stored:
        raise NotThere
    try:
        data = open_material(actor, found)
    except InputError:
        raise NotThere from None
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.file_name)}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
