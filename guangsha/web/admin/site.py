"""The configuration site: who may enter, and its own content policy.

unfold's pages are built with Alpine, which evaluates expressions and writes styles; so ``/admin/`` alone allows them. No
page for citizens and no case page does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from unfold.sites import UnfoldAdminSite

from guangsha.people.access import NotThere
from guangsha.people.actors import actor_of
from guangsha.people.gates import Gate

CONFIGURERS = frozenset({"system_admin", "security_admin"})
POLICY = {
    "default-src": [SELF],
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "object-src": [NONE],
    "base-uri": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}


class ConfigurationSite(UnfoldAdminSite):  # type: ignore[misc]
    """Two of the three administrators enter; for everybody else the address does not exist."""

    site_title = site_header = index_title = "系统配置"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        actor = actor_of(request)
        return actor is not None and actor.kind == "staff" and actor.has(*CONFIGURERS)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if actor_of(request) is None:
                return redirect(f"{reverse('office-sign-in')}?{urlencode({'next': request.get_full_path()})}")
            if not self.has_permission(request):
                raise NotThere
            answer: HttpResponseBase = inner(request, *args, **kwargs)
            answer._csp_replace = POLICY  # type: ignore[attr-defined]
            return answer

        guarded.gate = Gate("staff", CONFIGURERS)  # type: ignore[attr-defined]
        return guarded

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """There is one entrance for staff, with the second factor."""
        return redirect("office-sign-in")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """One's own password is changed on the page of one's own account, by its rules and with its act in the log."""
        return redirect("office-own-account")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """There is no such page: see ``password_change``."""
        return redirect("office-own-account")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Sign out by a form of our own."""
        return redirect("office-own-account")


site = ConfigurationSite()
