"""What the API shows to anybody: its document and the page made from it; and what it says where nothing is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from guangsha.api.document import shown, written
from guangsha.api.problems import KINDS, Problem, type_of
from guangsha.people.gates import public
from guangsha.people.tokens import SCOPES


@public
@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """The document."""
    return HttpResponse(written(), content_type="application/json; charset=utf-8")


@public
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """The page: made here, without a script and without another host."""
    kinds = [(type_of(code), kind.status, kind.title) for code, kind in KINDS.items()]
    return render(
        request, "api/docs.html", {"rooms": shown(), "scopes": list(SCOPES.items()), "kinds": kinds}
    )


def nothing(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """An address that does not exist."""
    raise Problem("not-found", "没有这个地址，请对照接口文档（/api/v1/docs）。")
