"""Photographs as pages show and take them: served as pictures only, in a sandbox, read from the form one by one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from guangsha.areas.fieldwork.access import access_photo
from guangsha.areas.fieldwork.actions.photos import open_photo
from guangsha.areas.fieldwork.models import FieldPhoto
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere

#: Of one form.
PER_FORM_MAX = 6
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


def served(actor: Actor, key: int) -> HttpResponse:
    """The picture, where the actor may see what it belongs to.

    Raises:
        NotThere: no such picture, not theirs, or the file is gone.
    """
    photo = access_photo(actor, key)
    try:
        data = open_photo(photo)
    except InputError:
        raise NotThere from None
    answer = HttpResponse(data, content_type=photo.content_type)
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = SANDBOX
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    # a picture never changes; the browser of this person keeps it for the pages that follow
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def taken(request: HttpRequest, add: Callable[[bytes], FieldPhoto], name: str = "photo") -> int:
    """Add the photographs of a form one by one; how many there were.

    Raises:
        InputError: one of them is no picture that we take, or there are too many.
    """
    given = request.FILES.getlist(name)
    if len(given) > PER_FORM_MAX:
        raise InputError(f"一次最多 {PER_FORM_MAX} 张", where="照片", advice="请选最清楚的几张。")
    for file in given:
        add(file.read())
    return len(given)
