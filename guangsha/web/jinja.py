"""The Jinja environment of the platform's pages: what every template may use.

Templates lie in ``jinja2/<room>/`` folders of their rooms. Everything is escaped unless it says ``|safe``, which a test
forbids outside the macros of ``jinja2/web/``.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Hashable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils import timezone
from django_htmx.jinja import htmx_script
from jinja2 import Environment, StrictUndefined

from guangsha.audit.actor import Actor
from guangsha.people.actors import Post, actor_of, post_of
from guangsha.web import navigation
from guangsha.web.reach import opens

#: Every page tells the time of Beijing, whatever zone a request may have activated.
_BEIJING = ZoneInfo("Asia/Shanghai")
#: Set by the switch in the header of the portal (frame_views.elder_mode).
ELDER_COOKIE = "elder"


def chinese_date(value: date | datetime | None) -> str:
    """2026年11月21日, Beijing time; a dash where there is none."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = value.astimezone(_BEIJING)
    return f"{value.year}年{value.month}月{value.day}日"


def chinese_time(value: datetime | None) -> str:
    """2026年11月21日 09:05, Beijing time; a dash where there is none."""
    if value is None:
        return "—"
    local = value.astimezone(_BEIJING)
    return f"{local.year}年{local.month}月{local.day}日 {local.hour:02}:{local.minute:02}"


def yuan(fen: int | None) -> str:
    """Whole fen as 1,234.56 元; a dash where there is none."""
    return "—" if fen is None else f"{Decimal(fen) / 100:,.2f} 元"


def environment(**options: Any) -> Environment:
    """Django calls this once with its options."""
    made = Environment(
        **{
            **options,
            "autoescape": True,
            "undefined": StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
            "extensions": ["jinja2.ext.do"],
        }
    )
    made.globals.update(
        static=_static,
        url=_url,
        url_or_none=navigation.href_of,
        opens=opens,
        htmx_script=_htmx_script,
        remembered=remembered,
    )
    made.filters.update(day=chinese_date, moment=chinese_time, yuan=yuan)
    return made


def _url(name: str, *args: Any, **kwargs: Any) -> str:
    if not args and not kwargs:
        return _bare_url(name, get_urlconf(), get_script_prefix())
    if len(args) == 1 and not kwargs and isinstance(args[0], str) and _PLAIN.fullmatch(args[0]):
        before, after = _url_around(name, get_urlconf(), get_script_prefix())
        if before:
            return f"{before}{args[0]}{after}"
    return reverse(name, args=args or None, kwargs=kwargs or None)


#: Numbers of cases and the like: what every kind of path takes and nothing quotes.
_PLAIN = re.compile("[0-9]{1,40}")


@lru_cache(maxsize=512)
def _bare_url(name: str, urlconf: str | None, prefix: str) -> str:
    return reverse(name)


@lru_cache(maxsize=512)
def _url_around(name: str, urlconf: str | None, prefix: str) -> tuple[str, str]:
    """What stands before and after the one part of an address; nothing where a number is no such part."""
    sample = "31415926535"
    before, found, after = reverse(name, args=[sample]).partition(sample)
    return (before, after) if found else ("", "")


@lru_cache(maxsize=256)
def _kept_static(path: str) -> str:
    return static(path)


def _static(path: str) -> str:
    return static(path) if settings.DEBUG else _kept_static(path)


@lru_cache(maxsize=1)
def _kept_htmx_script() -> Any:
    return htmx_script()


def _htmx_script() -> Any:
    return htmx_script() if settings.DEBUG else _kept_htmx_script()


#: Parts of pages kept by what they show: a line of a list is a kilobyte, several lists of everybody fit in.
REMEMBERED_MAX = 4096
_REMEMBERED: OrderedDict[Hashable, Any] = OrderedDict()
_REMEMBERING = Lock()


def remembered(name: str, macro: Any, *given: Hashable) -> Any:
    """``macro(*given)``, drawn once for equal values in this process: ``{{ remembered("line", parts.line, line) }}``.

    Only for macros that show nothing but what they are given (not the request, not today, no token of a form) and nothing
    plain of a person: what lists show is masked.
    """
    if settings.DEBUG:
        return macro(*given)
    key = (name, given)
    with _REMEMBERING:
        drawn = _REMEMBERED.get(key)
        if drawn is not None:
            _REMEMBERED.move_to_end(key)
            return drawn
    drawn = macro(*given)
    with _REMEMBERING:
        _REMEMBERED[key] = drawn
        if len(_REMEMBERED) > REMEMBERED_MAX:
            _REMEMBERED.popitem(last=False)
    return drawn


class _Frame:
    """What the frames ask for, computed only where it is asked: a page without navigation pays nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def portal(self) -> list[navigation.Link]:
        return navigation.portal_navigation(*self._asked())

    @property
    def office(self) -> list[navigation.Group]:
        return navigation.office_navigation(*self._asked())

    def _asked(self) -> tuple[Actor | None, navigation.Waiting | None]:
        actor = actor_of(self._request)
        return actor, navigation.waiting_of(self._request, actor) if actor else None

    @property
    def post(self) -> Post:
        return post_of(self._request)

    @property
    def searched(self) -> str:
        """What was looked for last. Nothing where there are more parameters than anybody reads: the page that says so has this
        frame too."""
        try:
            return str(self._request.GET.get("q", ""))
        except TooManyFieldsSent:
            return ""


class _CsrfInput:
    """The hidden field of a form, masked once for all the forms of a page; a page without forms asks for none."""

    def __init__(self, request: HttpRequest) -> None:
        self._request, self._drawn = request, ""

    def __html__(self) -> str:
        self._drawn = self._drawn or str(csrf_input(self._request))
        return self._drawn

    __str__ = __html__


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page knows: who is signed in, messages to show once, today, the footer."""
    return {
        "actor": actor_of(request),
        "csrf_input": _CsrfInput(request),
        "notes": get_messages(request),
        "today": timezone.localdate(),
        "site_name": settings.GUANGSHA_SITE_NAME,
        "footer": settings.GUANGSHA_FOOTER,
        "frame": _Frame(request),
        "elder": request.COOKIES.get(ELDER_COOKIE) == "1",
    }
