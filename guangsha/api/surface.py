"""The api object, and the one way to declare an operation: its scope, its answers, its limits.

The document says of every operation every answer that it may give; a test throws requests at it and holds each answer
against the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from django.http import Http404, HttpRequest
from ninja import NinjaAPI, Router, Schema
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from guangsha.api import limits, schemas
from guangsha.api.guard import StrictParser, request_id
from guangsha.api.problems import KINDS, MEDIA_TYPE, Problem, handler
from guangsha.people.tokens import SCOPES, Machine, machine_of
from guangsha.web.sign_in.pending import client_address

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"
TITLE = "广厦开放接口"
_ABOUT = (
    "住房保障服务的机器接口：与网页用同一套规则、同一套办理动作、同一本行为记录。\n\n"
    "除健康检查和本文档外，每个请求都要带接口密钥（Authorization: Bearer …）；密钥由系统管理员签发，写明机构范围和权限。"
    "看不到的和不存在的一样，都回答 404。错误一律是 application/problem+json（RFC 9457）。"
)
#: path in the document → the scopes of its operations; empty: open to anybody.
SCOPES_OF: dict[str, set[str]] = {}


class Bearer(HttpBearer):
    """The key of a machine with one scope."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Machine | None:
        machine: Machine | None = super().__call__(request)
        if machine is None:
            limits.take_for_stranger(client_address(request))
        return machine

    def authenticate(self, request: HttpRequest, token: str) -> Machine | None:
        """The machine behind the key.

        Raises:
            Problem: the key does not hold the scope, or asks too often.
        """
        machine = machine_of(token)
        if machine is None:
            return None
        limits.take_for_key(machine.token_id)
        if self.scope not in machine.scopes:
            raise Problem(
                "no-scope",
                f"需要权限 {self.scope}（{SCOPES[self.scope]}），请系统管理员签发含此权限的密钥。",
                headers={
                    "WWW-Authenticate": f'Bearer realm="guangsha", error="insufficient_scope", scope="{self.scope}"'
                },
            )
        return replace(machine, actor=replace(machine.actor, request_id=request_id(request)))


class Surface(NinjaAPI):
    """NinjaAPI whose document says which scope an operation needs and how it refuses."""

    def get_openapi_schema(self, **given: Any) -> Any:
        """The document, with scopes and the media type of refusals in it."""
        document: Any = super().get_openapi_schema(path_prefix=f"{PREFIX.lstrip('/')}/")
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                for status, told in operation["responses"].items():
                    _describe(int(status), told)
                operation["responses"] = {
                    str(status): told for status, told in sorted(operation["responses"].items())
                }
                for parameter in operation["parameters"]:
                    parameter["schema"].pop("title", None)
                scope = _DECLARED[(method.upper(), path.removeprefix(PREFIX))]
                operation["x-scope"] = scope
                operation["security"] = [{"Bearer": [scope]}] if scope else []
        document["components"]["securitySchemes"] = {
            "Bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "接口密钥。权限："
                + "；".join(f"{code} {words}" for code, words in SCOPES.items()),
            }
        }
        return document


def _describe(status: int, told: dict[str, Any]) -> None:
    titles = {kind.status: kind.title for kind in KINDS.values()}
    told["description"] = titles.get(status, "办理成功")
    if status >= 400:
        told["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Refusal"}}}
        if status in (429, 503):
            told["headers"] = {"Retry-After": {"description": "几秒后再试", "schema": {"type": "string"}}}


TAGS = {
    "services": "办事目录",
    "agencies": "机构与日历",
    "drafts": "申请",
    "cases": "办件",
    "acts": "办理",
    "materials": "材料",
    "notices": "公示与异议",
    "households": "家庭档案",
    "stock": "房源",
    "allocation": "轮候和配租",
    "tenancy": "租约",
    "rent": "租金",
    "fieldwork": "维修",
    "subsidy": "补贴",
    "own": "本人身份",
    "duplicates": "疑似重复",
    "verifications": "数据核验",
    "figures": "统计",
    "audit": "行为记录",
    "health": "健康检查",
}

api = Surface(
    title=TITLE,
    version="1.0.0",
    description=_ABOUT,
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
    urls_namespace="api",
    openapi_extra={
        "tags": [{"name": name} for name in TAGS.values()],
        "info": {"license": {"name": "MIT", "identifier": "MIT"}},
    },
)
for _kind in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(_kind, handler())

_DECLARED: dict[tuple[str, str], str] = {}


def room(tag: str) -> Router:
    """The router of one area; ``guangsha.api.rooms`` mounts it."""
    return Router(tags=[TAGS[tag]])


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    scope: str,
    summary: str,
    gives: Mapping[int, Any] | type[Schema],
    refuses: Iterable[int] = (),
    extra: Mapping[str, Any] | None = None,
) -> Callable[[View], View]:
    """Declare an operation. What it refuses by its nature (no key, wrong scope, a faulty body …) is added.

    Args:
        scope: a code of ``people.tokens.SCOPES``; empty: open to anybody.
        gives: status → schema of its answers, or the schema of 200.
        refuses: further statuses, all in the shape of a problem.
    """
    if scope and scope not in SCOPES:
        raise ValueError(f"no such scope: {scope}")
    statuses = {400, *refuses}
    if scope:
        statuses |= {401, 403, 429}
    if "{" in path:
        statuses |= {404}
    if scope or "{" in path:
        statuses |= {422}
    if method != "GET":
        statuses |= {413, 415}
    answers: dict[int, Any] = dict(gives) if isinstance(gives, Mapping) else {200: gives}
    answers |= dict.fromkeys(sorted(statuses), schemas.Refusal)
    _DECLARED[(method, path)] = scope
    SCOPES_OF.setdefault(path, set()).update({scope} - {""})

    def declare(view: View) -> View:
        about = (view.__doc__ or "").strip()
        router.api_operation(
            [method],
            path,
            auth=Bearer(scope) if scope else None,
            response=answers,
            summary=summary,
            description=(f"需要权限 `{scope}`。" if scope else "不需要密钥。") + _chinese(about),
            operation_id=view.__name__,
            url_name=view.__name__,
            openapi_extra=dict(extra) if extra else None,
        )(view)
        return view

    return declare


def _chinese(about: str) -> str:
    """The first paragraph of a docstring where it is written for callers, in Chinese."""
    return about if any("一" <= letter <= "鿿" for letter in about) else ""


__all__ = ["PREFIX", "SCOPES_OF", "TAGS", "api", "operation", "room"]
