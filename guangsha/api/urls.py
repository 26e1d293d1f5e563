"""Every address under ``/api/v1/``: the operations behind the guard, the document, and nothing else."""

from __future__ import annotations

from functools import lru_cache

from django.urls import URLPattern, path, re_path

from guangsha.api import views
from guangsha.api.document import document
from guangsha.api.guard import guarded
from guangsha.api.rooms import api
from guangsha.api.surface import PREFIX, SCOPES_OF
from guangsha.people.gates import machines, public


def _behind(pattern: URLPattern) -> URLPattern:
    """An operation behind the guard, with the gate that it declares."""
    route = str(pattern.pattern)
    named = "/" + route.replace("<", "{").replace(">", "}")
    scopes = SCOPES_OF[named]

    @lru_cache(maxsize=8)
    def asked(method: str) -> frozenset[str] | None:
        told = document()["paths"][PREFIX + named].get(method.lower())
        return told and frozenset(one["name"] for one in told["parameters"] if one["in"] == "query")

    if not scopes:
        return path(route, public(guarded(pattern.callback)), name=f"api-{pattern.name}")
    return path(
        route, machines(*sorted(scopes))(guarded(pattern.callback, asked)), name=f"api-{pattern.name}"
    )


urlpatterns = [
    path("openapi.json", views.openapi, name="api-openapi"),
    path("docs", views.docs, name="api-docs"),
    *(
        _behind(pattern)
        for pattern in api.urls[0]
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
    ),
    re_path(r"^.*$", public(guarded(views.nothing)), name="api-nothing"),
]
