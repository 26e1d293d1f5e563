"""The half-way state of a sign-in, kept in the session: who has passed the first step, and when.

``login`` is called once, after every step: whoever holds a signed-in session has passed all of them, so no page needs to
ask again. ``login`` changes the session key, so a key planted before is worth nothing.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from guangsha.people import factors, passwords
from guangsha.people.entrances import note_signed_in
from guangsha.people.models import Account
from guangsha.web.frame_views import safe_next
from guangsha.web.navigation import href_of
from guangsha.web.sign_in.sessions import stamp

_KEY = "half_signed_in"
LIFE_SECONDS = 600
_BACKEND = "guangsha.people.backend.AccountBackend"
#: The first page that is installed. Whoever works for a firm finds what was given to it; citizens have no page in the office.
_HOMES = {
    "staff": ("office-home", "office-own-account"),
    "enterprise": ("office-crew",),
    "citizen": ("portal-my",),
}


def client_address(request: HttpRequest) -> str:
    """The network address of the client, as far as the proxies that we were told of vouch for it."""
    steps: int = settings.GUANGSHA_PROXIES
    listed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if steps and len(listed) >= steps:
        return listed[-steps]
    return str(request.META.get("REMOTE_ADDR", ""))


def begin(request: HttpRequest, account: Account, way: str) -> HttpResponse:
    """The first step is passed; go to the next."""
    onward = safe_next(request, request.POST.get("next") or request.GET.get("next", ""), "")
    request.session.cycle_key()
    request.session[_KEY] = {
        "account": account.pk,
        "way": way,
        "at": int(time.time()),
        "next": onward,
        "passed": [],
    }
    return go_on(request)


def account_of(request: HttpRequest) -> Account | None:
    """Who is half-way; None when nobody is, when it took too long, or when the account was closed meanwhile."""
    kept = request.session.get(_KEY)
    if not kept or time.time() - kept["at"] > LIFE_SECONDS:
        return None
    return Account.objects.filter(pk=kept["account"], is_active=True).first()


def passed(request: HttpRequest, step: str) -> HttpResponse:
    """A further step is passed; go to the next."""
    kept = request.session[_KEY]
    request.session[_KEY] = {**kept, "passed": [*kept["passed"], step]}
    return go_on(request)


def has_passed(request: HttpRequest, step: str) -> bool:
    """Whether this half-way sign-in has passed ``step``."""
    return step in request.session.get(_KEY, {}).get("passed", [])


def go_on(request: HttpRequest) -> HttpResponse:
    """The page of the next step, or the end."""
    account = account_of(request)
    if account is None:
        return redirect("office-sign-in")
    kept = request.session[_KEY]
    done = set(kept["passed"])
    if kept["way"] == "password":
        if "factor" not in done:
            if factors.device_of(account) is not None:
                return redirect("office-sign-in-code")
            if factors.needed(account):
                return redirect("office-sign-in-enrol")
        if "password" not in done and must_change(account):
            return redirect("office-sign-in-password")
    return finish(request, account, kept["way"], kept["next"])


def must_change(account: Account) -> bool:
    """Whether the password was given by somebody else, or is too old."""
    changed = account.password_changed_at
    return account.must_change_password or changed is None or timezone.now() - changed > passwords.AGE_MAX


def finish(request: HttpRequest, account: Account, way: str, onward: str) -> HttpResponse:
    """Sign in and go to the page that was asked for."""
    request.session.pop(_KEY, None)
    login(request, account, backend=_BACKEND)
    stamp(request)
    note_signed_in(account, way)
    return redirect(safe_next(request, onward, home_of(account.kind)))


def home_of(kind: str) -> str:
    """Where an account of this kind begins, when no page was asked for: what is its own."""
    return next(filter(None, map(href_of, _HOMES.get(kind, ()))), "/")
