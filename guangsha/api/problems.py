"""Every refusal in one shape: ``application/problem+json`` (RFC 9457), title and detail in Chinese.

``type`` is stable and what a program looks at; ``detail`` is for the person who reads the log of that program.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import AuthenticationError, HttpError, ValidationError

from guangsha.areas.intake.actions import CaseMoved, NotAllowed
from guangsha.kernel.errors import GuangshaError, InputErrors, RuleMissing
from guangsha.privacy.actions import TooManyLooks

MEDIA_TYPE = "application/problem+json"
#: No more faults of one request than this are listed: a hostile body could hold a fault per byte.
ERRORS_MAX = 100
logger = logging.getLogger("guangsha.api")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal: its status and its Chinese title."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = {
    "unreadable": Kind(400, "请求无法识别"),
    "no-key": Kind(401, "没有有效的接口密钥"),
    "no-scope": Kind(403, "密钥没有这项权限"),
    "not-found": Kind(404, "没有找到"),
    "no-such-method": Kind(405, "这个地址不接受这种请求方法"),
    "not-now": Kind(409, "当前不能这样办理"),
    "moved": Kind(412, "内容已被别人改动"),
    "too-large": Kind(413, "请求内容过大"),
    "media-type": Kind(415, "请求内容的类型不对"),
    "invalid": Kind(422, "内容有误"),
    "version-missing": Kind(428, "没有说明依据的版本"),
    "too-many": Kind(429, "请求过于频繁"),
    "fault": Kind(500, "系统出错"),
    "unavailable": Kind(503, "暂时不能服务"),
}


class Problem(Exception):
    """A refusal on its way out.

    Args:
        kind: one of :data:`KINDS`.
        detail: what is wrong and what to do, in Chinese.
        errors: (where, what) of each fault.
        headers: headers of the answer.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.errors, self.headers = kind, detail, errors, dict(headers or {})


def type_of(kind: str) -> str:
    """The stable name of a kind."""
    return f"urn:guangsha:problem:{kind}"


def answer(problem: Problem) -> HttpResponse:
    """The refusal as it is sent."""
    kind = KINDS[problem.kind]
    body: dict[str, Any] = {
        "type": type_of(problem.kind),
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [{"where": where, "detail": what} for where, what in problem.errors[:ERRORS_MAX]]
    response = JsonResponse(
        body, status=kind.status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False}
    )
    for name, value in problem.headers.items():
        response[name] = value
    return response


#: What pydantic finds wrong, in Chinese; anything else is "格式不对".
_WORDS: Mapping[str, str] = {
    "missing": "没有填写",
    "extra_forbidden": "没有这一项",
    "string_type": "应为文字",
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "至少 {min_length} 个字",
    "string_pattern_mismatch": "写法不对",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "只能是 {expected}",
    "date_from_datetime_parsing": "日期应写成 2026-11-21 的样子",
    "date_parsing": "日期应写成 2026-11-21 的样子",
    "date_type": "日期应写成 2026-11-21 的样子",
    "datetime_parsing": "时间应写成 2026-11-21T09:00:00+08:00 的样子",
    "timezone_aware": "时间要写明时区，例如 +08:00",
}


def _validation(error: ValidationError) -> Problem:
    found = []
    for each in error.errors[:ERRORS_MAX]:
        words = _WORDS.get(str(each.get("type")), "格式不对")
        where = ".".join(str(part)[:60] for part in each.get("loc", ())[1:]) or "请求"
        found.append((where[:200], words.format_map(_Known(each.get("ctx") or {}))))
    return Problem("invalid", f"请求中有 {len(error.errors)} 处需要更正", errors=found)


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "规定的数目"


#: Refusals of other rooms by their stable codes; every other one is a fault of what was sent.
_KIND_OF: Mapping[str, str] = {
    "stock-moved": "moved", "repair-moved": "moved", "dwelling-moved": "not-now", "not-allowed": "not-now",
    RuleMissing.code: "not-now",
}  # fmt: skip


def of_error(error: GuangshaError) -> Problem:
    """A refusal of the rules, as the web shows it in words."""
    if isinstance(error, CaseMoved):
        return Problem("moved", str(error))
    if isinstance(error, NotAllowed):
        return Problem("not-now", str(error))
    if isinstance(error, TooManyLooks):
        return Problem("too-many", str(error), headers={"Retry-After": "600"})
    if isinstance(error, InputErrors):
        told = [(each.where, f"{each.message}{each.advice}") for each in error.errors]
        return Problem("invalid", error.message, errors=told)
    return Problem(_KIND_OF.get(error.code, "invalid"), str(error))


_BAD_REQUEST = (SuspiciousOperation, MultiPartParserError, UnreadablePostError)


def of_exception(error: Exception) -> Problem:
    """Whatever was raised, as a refusal; what nobody foresaw is logged and told without a word of it."""
    if isinstance(error, HttpError) and isinstance(error.__context__, Problem):
        error = error.__context__  # ninja wraps whatever its parser raises
    if isinstance(error, Problem):
        return error
    if isinstance(error, GuangshaError):
        return of_error(error)
    if isinstance(error, Http404):
        return Problem("not-found", "没有这项内容，或不在这把密钥的范围内。")
    if isinstance(error, ValidationError):
        return _validation(error)
    if isinstance(error, AuthenticationError):
        return Problem(
            "no-key",
            "请在 Authorization 请求头中写 Bearer 和有效的接口密钥。",
            headers={"WWW-Authenticate": 'Bearer realm="guangsha"'},
        )
    if isinstance(error, RequestDataTooBig):
        return Problem("too-large", "请求内容过大。")
    if isinstance(error, (*_BAD_REQUEST, HttpError)):
        return Problem("unreadable", "请求内容无法识别，请对照接口文档检查。")
    logger.error("api request failed", exc_info=error)
    return Problem("fault", "系统出错，请稍后再试；仍不行请联系管理员。")


def handler() -> Callable[[HttpRequest, Any], HttpResponse]:
    """What ninja calls for every exception."""
    return lambda request, error: answer(of_exception(error))
