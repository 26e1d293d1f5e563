"""Citizens sign in by phone and code."""

from __future__ import annotations

import time

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from guangsha.kernel.errors import InputError
from guangsha.people.actors import actor_of
from guangsha.people.entrances import (
    CODE_LIFE,
    Refused,
    TooMany,
    checked_phone,
    send_phone_code,
    sign_in_citizen,
)
from guangsha.people.gates import public
from guangsha.privacy.masks import mask_phone
from guangsha.web.frame_views import safe_next
from guangsha.web.sign_in.pending import client_address, finish, home_of

_KEY = "phone_waiting"


@public
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the phone; a right one gets a code."""
    onward = safe_next(request, request.POST.get("next") or request.GET.get("next", ""), "")
    actor = actor_of(request)
    if actor is not None and actor.kind == "citizen" and request.method == "GET":
        return redirect(onward or home_of(actor.kind))
    if request.method == "GET":
        return _phone_page(request, onward)
    typed = request.POST.get("phone", "")
    try:
        phone = checked_phone(typed)
        handle = send_phone_code(phone, address=client_address(request))
    except InputError as error:
        # asked again while the text is on its way
        if isinstance(error, TooMany) and _still_waits(request, typed):
            messages.warning(request, f"{error}刚才发送的验证码仍可使用，收到后可以直接输入。")
            return redirect("portal-sign-in-code")
        return _phone_page(request, onward, typed, str(error), 429 if isinstance(error, Refused) else 400)
    request.session[_KEY] = {"phone": phone, "handle": handle, "next": onward, "at": int(time.time())}
    return redirect("portal-sign-in-code")


def _still_waits(request: HttpRequest, typed: str) -> bool:
    """Whether this browser was sent a code for this very phone that has not run out: its page must not be lost."""
    kept = request.session.get(_KEY)
    return bool(
        kept
        and kept["phone"] == checked_phone(typed)
        and time.time() - kept["at"] < CODE_LIFE.total_seconds()
    )


def _phone_page(
    request: HttpRequest, onward: str, phone: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    context = {"next": onward, "phone": phone, "error": error}
    return render(request, "web/sign_in/phone.html", context, status=status)


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code; the right one signs in."""
    kept = request.session.get(_KEY)
    if not kept or time.time() - kept["at"] > CODE_LIFE.total_seconds() * 2:
        return redirect("portal-sign-in")
    error, status = "", 200
    if request.method == "POST":
        try:
            account = sign_in_citizen(
                kept["phone"],
                request.POST.get("code", ""),
                handle=kept["handle"],
                address=client_address(request),
            )
        except InputError as refused:
            error, status = str(refused), 400
        else:
            del request.session[_KEY]
            return finish(request, account, "phone", kept["next"])
    context = {
        "masked": mask_phone(kept["phone"]),
        "phone": kept["phone"],
        "next": kept["next"],
        "error": error,
        "minutes": int(CODE_LIFE.total_seconds()) // 60,
    }
    return render(request, "web/sign_in/phone_code.html", context, status=status)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("/")
