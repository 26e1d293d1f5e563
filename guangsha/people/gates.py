"""Who may open a page. Every view declares it; a test walks all addresses and fails where nothing is declared.

    @public                      anybody, also a stranger
    @citizens                    signed-in citizens (a stranger is sent to sign in)
    @staff("district_reviewer")  staff who hold one of these roles ("*": any member of staff)
    @machines("cases:read")      the API, by token scope

Staff without the role get the same "not found" as for an address that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from guangsha.people.access import NotThere
from guangsha.people.actors import actor_of
from guangsha.people.roles import ROLES

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, slots=True)
class Gate:
    """What a view declares: ``kind`` is public, citizens, staff, crews or machines; ``allowed`` roles or scopes."""

    kind: str
    allowed: frozenset[str] = frozenset()

    def admits(self, actor: Any) -> bool:
        """Whether an actor, None for a stranger, passes; what they then may see is decided object by object."""
        if self.kind == "public":
            return True
        if actor is None or self.kind == "machines":
            return False
        if self.kind == "citizens":
            return bool(actor.kind == "citizen")
        if self.kind == "crews" and actor.kind == "enterprise":
            return True
        return bool(actor.kind == "staff" and ("*" in self.allowed or actor.has(*self.allowed)))


def gate_of(view: Callable[..., Any]) -> Gate | None:
    """The gate of a view, or None where it declares none."""
    return getattr(view, "gate", None)


def _gated(view: View, gate: Gate, entrance: str) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor = actor_of(request)
        if actor is None:
            if request.method in ("GET", "HEAD"):
                return redirect(f"{reverse(entrance)}?{urlencode({'next': request.get_full_path()})}")
            return redirect(entrance)
        if not gate.admits(actor):
            raise NotThere
        return view(request, *args, **kwargs)

    guarded.gate = gate  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def public(view: View) -> View:
    """Anybody may open it."""
    view.gate = Gate("public")  # type: ignore[attr-defined]
    return view


def citizens(view: View) -> View:
    """Signed-in citizens (and community helpers acting for them, who have pages of their own)."""
    return _gated(view, Gate("citizens"), "portal-sign-in")


def staff(*roles: str) -> Callable[[View], View]:
    """Staff who hold at least one of ``roles``; ``"*"`` for any member of staff."""
    unknown = set(roles) - set(ROLES) - {"*"}
    if unknown or not roles:
        raise ValueError(f"no such role: {sorted(unknown)}")
    allowed = frozenset(roles)

    def decorate(view: View) -> View:
        return _gated(view, Gate("staff", allowed), "office-sign-in")

    return decorate


def crews(view: View) -> View:
    """Firms whose people work for the agency on the spot, and inspectors of the agency; what they find there is decided by
    what was given to them."""
    return _gated(view, Gate("crews", frozenset({"field_inspector"})), "office-sign-in")


def machines(*scopes: str) -> Callable[[View], View]:
    """Declares the scopes that a key needs; the API room checks the key itself (it answers 401 in its own shape)."""
    if not scopes:
        raise ValueError("an API page names its scopes")

    def decorate(view: View) -> View:
        view.gate = Gate("machines", frozenset(scopes))  # type: ignore[attr-defined]
        return view

    return decorate
