"""How long a session lasts: thirty minutes without a page, twelve hours in all (operations.md §6.4)."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase

IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600
#: A session is written at most once in this time: reading pages does not become writing.
_STEP_SECONDS = 60


def stamp(request: HttpRequest) -> None:
    """Start the clocks of a session."""
    now = int(time.time())
    request.session["began"], request.session["seen"] = now, now


class SessionLimits:
    """Middleware: ends a session whose time is over; the page then sees a stranger."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.session.session_key and "_auth_user_id" in request.session:
            self._check(request)
        return self._get_response(request)

    @staticmethod
    def _check(request: HttpRequest) -> None:
        session, now = request.session, int(time.time())
        if "began" not in session:  # signed in by something that is not our page: its clock starts now
            stamp(request)
        elif now - session["seen"] > IDLE_SECONDS or now - session["began"] > LONGEST_SECONDS:
            logout(request)
            messages.warning(request, "长时间没有操作，已为您退出，请重新登录。")
        elif now - session["seen"] >= _STEP_SECONDS:
            session["seen"] = now
