"""What the views share: showing a page, reading a number, saying what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.people.actors import actor_of


def acting(request: HttpRequest) -> Actor:
    """The signed-in actor; the gate has let them in."""
    actor = actor_of(request)
    if actor is None:
        raise LookupError("a page of the office without a gate")
    return actor


def show(
    request: HttpRequest, page: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """One page of the office. What is shown of cases is not kept by the browser."""
    response = render(request, f"office/{page}.html", dict(context or {}), status=status, using="jinja2")
    response["Cache-Control"] = "no-store"
    return response


def sentences(error: InputError | InputErrors) -> list[str]:
    """What is wrong, one sentence each."""
    return [str(item) for item in error.errors] if isinstance(error, InputErrors) else [str(error)]


def say(request: HttpRequest, text: str) -> None:
    """A good message, shown on the next page."""
    messages.success(request, text)


def refuse(request: HttpRequest, error: InputError | InputErrors) -> None:
    """What is wrong, shown on the next page."""
    for sentence in sentences(error):
        messages.error(request, sentence)
