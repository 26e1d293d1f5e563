"""The OpenAPI document as it is served and as it lies in docs/reference/openapi.json, and the page made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from guangsha.api.rooms import api
from guangsha.api.surface import TAGS


@lru_cache(maxsize=1)
def document() -> Mapping[str, Any]:
    """The document; made once per process."""
    made: Mapping[str, Any] = json.loads(
        json.dumps(api.get_openapi_schema(), ensure_ascii=False, default=str)
    )
    return made


@lru_cache(maxsize=1)
def written() -> str:
    """The document as a file."""
    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=False) + "\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """One operation on the page."""

    id: str
    method: str
    path: str
    summary: str
    scope: str
    about: str
    parameters: tuple[tuple[str, str, str, bool], ...]
    body: tuple[tuple[str, str, str, bool], ...]
    answers: tuple[tuple[str, str], ...]


_PLACES = {"path": "地址", "query": "查询参数", "header": "请求头"}
_TYPES = {
    "string": "文字",
    "integer": "整数",
    "boolean": "是否",
    "array": "列表",
    "object": "对象",
    "number": "数",
}


@lru_cache(maxsize=1)
def shown() -> list[tuple[str, list[Shown]]]:
    """Every operation under its tag, in the order of the document."""
    found: dict[str, list[Shown]] = {name: [] for name in TAGS.values()}
    for path, methods in document()["paths"].items():
        for method, told in methods.items():
            found[told["tags"][0]].append(_shown(method.upper(), path, told))
    return [(name, listed) for name, listed in found.items() if listed]


def _shown(method: str, path: str, told: Mapping[str, Any]) -> Shown:
    parameters = tuple(
        (one["name"], _PLACES.get(one["in"], one["in"]), one.get("description", ""), bool(one["required"]))
        for one in told["parameters"]
    )
    content: Mapping[str, Any] = next(iter(told.get("requestBody", {}).get("content", {}).values()), {})
    answers = tuple((status, one["description"]) for status, one in told["responses"].items())
    return Shown(
        told["operationId"],
        method,
        path,
        told["summary"],
        told["x-scope"],
        told.get("description", ""),
        parameters,
        _fields(content.get("schema", {})),
        answers,
    )


def _fields(schema: Mapping[str, Any]) -> tuple[tuple[str, str, str, bool], ...]:
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    required = set(schema.get("required", ()))
    return tuple(
        (name, _type(one), one.get("description", ""), name in required)
        for name, one in schema.get("properties", {}).items()
    )


def _type(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return "、".join(_type(one) for one in schema["anyOf"] if one.get("type") != "null")
    return "对象" if "$ref" in schema else _TYPES.get(str(schema.get("type")), "文字")
