"""What every request passes before an operation sees it, and what every answer carries.

No cookie counts here, so no forged form can use one: the views are exempt from that check and never look at a session.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import csrf_exempt
from ninja.parser import Parser

from guangsha.api.problems import Problem, answer, of_exception
from guangsha.people.tokens import Machine
from guangsha.web.readable import in_utf8

#: A full form of the largest service is under 20 KB; a payload of a source under 256 KB.
BODY_BYTES_MAX = 1024 * 1024
#: A form has rows in tables in groups: six levels. Beyond this somebody tries what breaks.
DEPTH_MAX = 20
ITEMS_MAX = 50_000
_OUT = "_guangsha_api_headers"
_ID = "_guangsha_api_request"


def machine_of_request(request: HttpRequest) -> Machine:
    """Who asks; the key has been checked."""
    machine: Machine = cast(Any, request).auth
    return machine


def request_id(request: HttpRequest) -> str:
    """Ties the acts of one request together in the log."""
    found: str = getattr(request, _ID, "")
    return found


def send_header(request: HttpRequest, name: str, value: str) -> None:
    """A header of the answer that is being made."""
    headers: dict[str, str] = getattr(request, _OUT)
    headers[name] = value


def guarded(
    view: Callable[..., HttpResponseBase], asked: Callable[[str], frozenset[str] | None] | None = None
) -> Callable[..., HttpResponseBase]:
    """A view of the API behind the guard.

    Args:
        asked: method → names that an address may ask with (None where there is no such method). Others are refused: a filter that is misspelt must not give
            everything. None: whatever is asked with is passed over.
    """

    @csrf_exempt
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        setattr(request, _OUT, {})
        setattr(request, _ID, f"api-{secrets.token_hex(8)}")
        only_head = request.method == "HEAD"
        if only_head:
            request.method = "GET"
        try:
            _check(request)
            names = asked(request.method or "") if asked is not None else None
            if names is not None and (unknown := set(request.GET) - names):
                raise Problem("unreadable", f"没有查询参数“{min(unknown)[:40]}”，请对照接口文档检查。")
            response = view(request, *args, **kwargs)
        except Exception as error:  # every refusal has one shape
            response = answer(of_exception(error))
        if response.status_code == 405 and "problem" not in response.get("Content-Type", ""):
            allowed = response.get("Allow", "")
            response = answer(
                Problem("no-such-method", f"这里可用的方法：{allowed}。", headers={"Allow": allowed})
            )
        for name, value in getattr(request, _OUT).items():
            response[name] = value
        response["Cache-Control"] = "no-store"
        response["X-Request-Id"] = request_id(request)
        return _without_body(response) if only_head else response

    return checked


def _without_body(response: HttpResponseBase) -> HttpResponseBase:
    """What HEAD is answered: the headers of GET."""
    if isinstance(response, HttpResponse):
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _check(request: HttpRequest) -> None:
    if "\0" in request.path:
        raise Problem("not-found", "没有这个地址。")
    if not in_utf8(request):
        raise Problem("unreadable", "请求内容应使用 UTF-8 编码。")
    for name, values in request.GET.lists():
        for text in (name, *values):
            _refuse_text(text)
    if request.content_type == "multipart/form-data":
        return  # bounded while it arrives (web/uploads.py)
    length = request.headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdecimal()) or int(length[:19]) > BODY_BYTES_MAX:
        raise Problem("too-large", f"请求内容最多 {BODY_BYTES_MAX // 1024 // 1024} MB。")


def _refuse_text(text: str) -> None:
    if "\0" in text:
        raise Problem("unreadable", "请求中有空字符（NUL）。")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Problem("unreadable", "请求中有不成对的代理字符，不是有效的 Unicode 文字。") from None


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


class StrictParser(Parser):
    """JSON as RFC 8259 has it: no NaN, no name twice, no NUL, no half characters, bounded depth and size."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body.

        Raises:
            Problem: it is none.
        """
        if request.content_type not in ("application/json", ""):
            raise Problem("media-type", "请求内容应为 application/json。")
        body = request.body
        if len(body) > BODY_BYTES_MAX:
            raise Problem("too-large", f"请求内容最多 {BODY_BYTES_MAX // 1024 // 1024} MB。")
        try:
            found = json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_twice)
        except (ValueError, RecursionError):
            raise Problem(
                "unreadable", "请求内容不是有效的 JSON（UTF-8，名称不重复，没有 NaN，嵌套不过深）。"
            ) from None
        _walk(found)
        return cast(dict[str, Any], found)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """Fields of an address or a form; text that no database keeps is refused."""
        found: dict[str, Any] = super().parse_querydict(data, list_fields, request)
        for value in found.values():
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    _refuse_text(text)
        return found


def _walk(value: Any) -> None:
    waiting, seen = [(value, 0)], 0
    while waiting:
        item, depth = waiting.pop()
        seen += 1
        if depth > DEPTH_MAX or seen > ITEMS_MAX:
            raise Problem("unreadable", f"请求内容嵌套最多 {DEPTH_MAX} 层，最多 {ITEMS_MAX} 项。")
        if isinstance(item, str):
            _refuse_text(item)
        elif isinstance(item, Mapping):
            for name, inner in item.items():
                _refuse_text(name)
                waiting.append((inner, depth + 1))
        elif isinstance(item, list):
            waiting.extend((inner, depth + 1) for inner in item)
