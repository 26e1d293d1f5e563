"""What the views of the portal share: the signed-in actor, private pages, faults as a form shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.debug import sensitive_post_parameters

from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.people.access import NotThere
from guangsha.people.actors import actor_of
from guangsha.web import forms

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
#: A page number in an address; nobody leafs further.
PAGE_MAX = 500


def signed_in(request: HttpRequest) -> Actor:
    """The actor behind a page that a gate guards."""
    actor = actor_of(request)
    if actor is None:
        raise NotThere
    return actor


def private(view: View) -> View:
    """A page with somebody's own data: kept by no cache, and what was typed stays out of reports of faults."""

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        add_never_cache_headers(answer)
        answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return answer

    return sensitive_post_parameters()(kept)  # type: ignore[return-value]


def sentences(
    error: InputError, field: str = "", places: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """An error as the list at the top of a form: the id of the field (or none) and the sentence. ``places``: the field by
    what the error names as its place, where a form has several."""
    errors = error.errors if isinstance(error, InputErrors) else (error,)
    return [((places or {}).get(each.where, field), str(each)) for each in errors]


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of the portal."""
    return render(request, f"portal/{template}.html", context, status=status)


def page_number(request: HttpRequest) -> int:
    """The page asked for, no further than anybody turns."""
    return min(forms.page_number(request), PAGE_MAX)
