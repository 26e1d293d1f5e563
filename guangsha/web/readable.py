"""What no page could read or keep is refused before a page sees it, in a sentence.

A request may name any encoding that Python knows, some of which are none for text (``hex``) or make halves of characters
(``unicode_escape``); a text may hold NUL, which PostgreSQL keeps nowhere. No browser sends either from our pages, so nobody who
types something meets this; whoever tries it finds no page that breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import parse_header_parameters

_ENCODINGS = frozenset({"", "utf-8", "utf8", "us-ascii"})
_NONE = "unreadable"


class Unreadable(BadRequest):
    """What was sent cannot be read; the message is the sentence for whoever sent it."""


class Utf8Request(WSGIRequest):
    """A request that is read in UTF-8, whatever encoding it names.

    Django would read the parameters in the named one while it makes the request, before any middleware: what goes wrong there
    nobody answers. What was named stays in ``content_params``, for :func:`in_utf8`.
    """

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (ValueError, LookupError):  # a parameter that names an encoding of its own (RFC 2231)
            parsed = "", {"charset": _NONE}
        self.content_type, self.content_params = parsed


class Utf8Handler(WSGIHandler):
    """Answers requests that are read in UTF-8."""

    request_class = Utf8Request


def in_utf8(request: HttpRequest) -> bool:
    """Whether what was sent says that it is in UTF-8, or says nothing of it."""
    return (request.content_params or {}).get("charset", "").strip().lower() in _ENCODINGS


class ReadableRequests:
    """Middleware, after the one that looks at forged forms: that has read the form by then.

    A view that is exempt from the check against forged forms speaks with programs and refuses in its own shape.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Refuse what cannot be read.

        Raises:
            Unreadable: with the sentence.
        """
        if getattr(view, "csrf_exempt", False):
            return
        if not in_utf8(request):
            raise Unreadable("提交的内容不是 UTF-8 编码，没有接收。请在本网站的页面上重新填写提交。")
        if "\0" in request.path or any(
            "\0" in text
            for data in (request.GET, request.POST)
            for name, values in data.lists()
            for text in (name, *values)
        ):
            raise Unreadable("提交的内容里有空字符（NUL），没有接收。请删去后重新提交。")
