"""Reads a profile file (``profiles/<id>.yaml``) so that a slip in it is named by file and key.

Agencies add their own profiles; a malformed one must end in one clear sentence, never in a wrong weight. Every
scalar is read as text: no weight or ratio ever passes through a float.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from guangsha.kernel.errors import RuleMissing
from guangsha.kernel.numbers import parse_decimal

#: The shipped files are under 10 KB; a larger one is not a profile.
BYTES_MAX = 256 * 1024
#: No list in a profile (blocks, bands, sections, versions) is longer.
ITEMS_MAX = 200
#: Weights, points and ratios beyond this are slips of the pen.
NUMBER_MAX = Decimal(1000)

_REQUIRED: Any = object()


class _StringLoader(yaml.SafeLoader):
    """Reads every scalar but null and true/false as text."""


_StringLoader.yaml_implicit_resolvers = {
    first: [
        (tag, regexp)
        for tag, regexp in resolvers
        if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:bool")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Node:
    """One mapping of the file, which knows its file and the path of keys that leads to it."""

    def __init__(self, data: Mapping[str, Any], where: str, path: str = "") -> None:
        self._data = data
        self._where = where
        self._path = path

    def fault(self, key: str, what: str) -> RuleMissing:
        """The error for ``key``, for the caller to raise."""
        return RuleMissing(
            f"“{self._key(key)}”{what}",
            where=self._where,
            advice="请对照 docs/algorithms/scoring.md 更正该文件。",
        )

    def _key(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _get(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self._data.get(key)
        if value is None:
            if default is _REQUIRED:
                raise self.fault(key, "没有填写")
            return default
        return value

    def text(self, key: str, default: str = _REQUIRED) -> str:
        value = self._get(key, default)
        if not isinstance(value, str):
            raise self.fault(key, "应为一段文字")
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: str = _REQUIRED) -> str:
        value = self.text(key, default)
        if value not in allowed:
            raise self.fault(key, f"的值“{value[:40]}”不认识，可以是：{'、'.join(allowed)}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.fault(key, "应为 true 或 false")
        return value

    def integer(self, key: str, least: int, most: int) -> int:
        value = self.text(key)
        if not value.isascii() or not value.isdigit() or len(value) > 6 or not least <= int(value) <= most:
            raise self.fault(key, f"应为 {least} 至 {most} 的整数")
        return int(value)

    def optional_integer(self, key: str, least: int, most: int) -> int | None:
        return None if self._get(key, None) is None else self.integer(key, least, most)

    def decimal(self, key: str, most: int | Decimal = NUMBER_MAX) -> Decimal:
        return self._number(key, self.text(key), most)

    def _number(self, key: str, text: Any, most: int | Decimal = NUMBER_MAX) -> Decimal:
        number = parse_decimal(text) if isinstance(text, str) else None
        if number is None or not 0 <= number <= most:
            raise self.fault(key, f"应为 0 至 {most} 的数")
        return number

    def pairs(self, key: str, *, required: bool) -> tuple[tuple[Decimal, Decimal], ...]:
        """``[[least, points], …]``, the highest ``least`` first."""
        rows = self._list(key, required)
        found = []
        for row in rows:
            if not isinstance(row, list) or len(row) != 2:
                raise self.fault(key, "的每一档应为“[下限, 分数]”")
            found.append((self._number(key, row[0]), self._number(key, row[1])))
        if [least for least, _ in found] != sorted((least for least, _ in found), reverse=True):
            raise self.fault(key, "应从高到低排列")
        return tuple(found)

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        items = self._list(key, required)
        if not all(isinstance(item, str) for item in items):
            raise self.fault(key, "的每一项应为一段文字")
        return tuple(items)

    def texts_by_name(self, key: str, *, required: bool = True) -> dict[str, str]:
        data = self._get(key, _REQUIRED if required else {})
        if not isinstance(data, dict) or len(data) > ITEMS_MAX:
            raise self.fault(key, "应为“名称: 文字”的列表")
        if not all(isinstance(k, str) and isinstance(v, str) for k, v in data.items()):
            raise self.fault(key, "的每一项应为“名称: 文字”")
        return dict(data)

    def node(self, key: str) -> Node:
        data = self._get(key)
        if not isinstance(data, dict):
            raise self.fault(key, "应为“名称: 值”的一组")
        return Node(data, self._where, self._key(key))

    def nodes(self, key: str, *, required: bool = True) -> list[Node]:
        items = self._list(key, required)
        for item in items:
            if not isinstance(item, dict):
                raise self.fault(key, "的每一项应为“名称: 值”的一组")
        return [Node(item, self._where, f"{self._key(key)}[{n}]") for n, item in enumerate(items, 1)]

    def _list(self, key: str, required: bool) -> list[Any]:
        items = self._get(key, _REQUIRED if required else [])
        if not isinstance(items, list) or len(items) > ITEMS_MAX:
            raise self.fault(key, f"应为不超过 {ITEMS_MAX} 项的列表")
        if required and not items:
            raise self.fault(key, "至少要有一项")
        return items


def read_profile_file(path: Path) -> Node:
    """The file's top mapping.

    Raises:
        RuleMissing: it is too large, not UTF-8, not YAML, or not a mapping.
    """
    where = f"profiles/{path.name}"
    if path.stat().st_size > BYTES_MAX:
        raise RuleMissing("口径模板文件过大", where=where, advice=f"模板不应超过 {BYTES_MAX // 1024} KB。")
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_StringLoader)
    except UnicodeDecodeError:
        raise RuleMissing("口径模板文件不是 UTF-8 编码", where=where, advice="请另存为 UTF-8。") from None
    except RecursionError:
        raise RuleMissing("口径模板文件嵌套过深", where=where) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" 第 {mark.line + 1} 行" if mark is not None else ""
        raise RuleMissing(
            "口径模板文件不是有效的 YAML", where=where + line, advice="请检查缩进和冒号。"
        ) from None
    if not isinstance(data, dict):
        raise RuleMissing("口径模板文件应以“label:”“versions:”开头", where=where)
    return Node(data, where)
