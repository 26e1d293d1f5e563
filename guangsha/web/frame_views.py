"""Pages that belong to the frame itself: the switch between the standard and the elder version."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from guangsha.people.gates import public
from guangsha.web.jinja import ELDER_COOKIE

_YEAR_SECONDS = 365 * 24 * 3600
#: No address of ours is longer, with every filter of a list; it waits in a session until somebody has signed in.
NEXT_MAX = 2000


def safe_next(request: HttpRequest, given: str, otherwise: str) -> str:
    """``given`` where it leads to a page of this site, else ``otherwise``: nobody is sent elsewhere by a link.

    It begins at the root, as every page writes it: a word alone would be taken for the name of an address.
    """
    own = (
        given.startswith("/")
        and len(given) <= NEXT_MAX
        and url_has_allowed_host_and_scheme(
            given, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
    )
    return given if own else otherwise


@public
@require_GET
@never_cache
def elder_mode(request: HttpRequest) -> HttpResponse:
    """``?to=1`` large print and large targets from now on, ``?to=0`` the standard version; then back to ``next``."""
    response = redirect(safe_next(request, request.GET.get("next", ""), "/"))
    if request.GET.get("to") == "1":
        response.set_cookie(
            ELDER_COOKIE,
            "1",
            max_age=_YEAR_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    else:
        response.delete_cookie(ELDER_COOKIE, samesite="Lax")
    return response
