"""YAML and JSON text as :class:`Node` trees: bounded, every scalar as text, nothing executed, nothing expanded.

YAML is read from its events, so that a document is refused at the first level too deep instead of being built;
anchors, aliases, tags and merge keys are refused (no figure needs them, and they are how a small file becomes a
huge one). JSON numbers stay the text that was written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from guangsha.documents.reading import limits
from guangsha.documents.reading.node import Complaints, Node
from guangsha.facts.fact import CellSource
from guangsha.kernel.errors import InputError

#: libyaml's parser where PyYAML was built with it: 20 times faster, same events.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_QUOTE_MAX = 200
_PLAIN_NULLS = ("", "~", "null", "Null", "NULL")


def _too_many(file: str) -> InputError:
    return InputError(f"内容超过 {limits.NODES_MAX} 项", where=file, advice="请核对是否选错了文件。")


def _too_deep(file: str, line: int | None = None) -> InputError:
    at = f"{file} 第 {line} 行" if line else file
    return InputError(f"层次超过 {limits.DEPTH_MAX} 层", where=at, advice="请按数据文件格式说明填写。")


@dataclass(slots=True)
class _Frame:
    """A container being read. ``key`` is the key whose value comes next."""

    path: str
    line: int
    mapping: bool
    entries: dict[str, Node] = field(default_factory=dict)
    elements: list[Node] = field(default_factory=list)
    key: str | None = None
    key_line: int = 0
    key_ignored: bool = False

    def child(self) -> tuple[str, int | None]:
        """Path of the next child, and its line where the key decides it."""
        if self.mapping:
            return (f"{self.path}.{self.key}" if self.path else str(self.key)), self.key_line
        return f"{self.path}[{len(self.elements)}]", None

    def take(self, node: Node) -> None:
        if not self.mapping:
            self.elements.append(node)
            return
        if not self.key_ignored and self.key is not None:
            self.entries[self.key] = node
        self.key, self.key_ignored = None, False


class _YamlTree:
    """Builds the tree from events; see :func:`yaml_tree`."""

    def __init__(self, file: str, complaints: Complaints) -> None:
        self.file = file
        self.complaints = complaints
        self.stack: list[_Frame] = []
        self.root: Node | None = None
        self.documents = 0
        self.nodes = 0

    def feed(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise InputError(
                    "一个文件里有多份 YAML 文档（“---”）",
                    where=f"{self.file} 第 {line} 行",
                    advice="请只保留一份。",
                )
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._node_counted(event, line)
            self._open(isinstance(event, yaml.MappingStartEvent), line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            self._place_refused(line, "引用（*）")
            self._value(Node(CellSource(self.file, line=line)), line)
        elif isinstance(event, yaml.ScalarEvent):
            self._node_counted(event, line)
            self._scalar(event, line)

    def _node_counted(self, event: yaml.NodeEvent, line: int) -> None:
        self.nodes += 1
        if self.nodes > limits.NODES_MAX:
            raise _too_many(self.file)
        if event.anchor is not None:
            self._place_refused(line, "锚点（&）")
        if getattr(event, "tag", None) is not None:
            self._place_refused(line, "标签（!）")

    def _place_refused(self, line: int, what: str) -> None:
        self.complaints.add(
            CellSource(self.file, line=line),
            f"不接受 YAML 的{what}",
            "请直接写出内容；文字以符号开头时请加引号。",
        )

    def _expects_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].mapping and self.stack[-1].key is None

    def _open(self, mapping: bool, line: int) -> None:
        if len(self.stack) >= limits.DEPTH_MAX:
            raise _too_deep(self.file, line)
        if self._expects_key():
            raise InputError(
                "键必须是文字", where=f"{self.file} 第 {line} 行", advice="请改成“键: 值”的写法。"
            )
        path, key_line = self.stack[-1].child() if self.stack else ("", None)
        self.stack.append(_Frame(path, key_line or line, mapping))

    def _close(self) -> None:
        frame = self.stack.pop()
        place = CellSource(self.file, cell=frame.path, line=frame.line)
        if frame.mapping:
            self._value(Node(place, entries=frame.entries), frame.line)
        else:
            self._value(Node(place, elements=frame.elements), frame.line)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if self._expects_key():
            self._key(event.value, line)
            return
        path = self.stack[-1].child()[0] if self.stack else ""
        null = event.style in (None, "") and event.value in _PLAIN_NULLS
        text = None if null else event.value
        place = CellSource(self.file, cell=path, line=line, quote=(text or "")[:_QUOTE_MAX])
        self._value(Node(place, text=text), line)

    def _key(self, key: str, line: int) -> None:
        frame = self.stack[-1]
        frame.key, frame.key_line = key, line
        place = CellSource(self.file, cell=frame.path, line=line)
        if key == "<<":
            self._place_refused(line, "合并键（<<）")
            frame.key_ignored = True
        elif key in frame.entries:
            first = frame.entries[key].place.line
            self.complaints.add(place, f"“{key}”写了两次（另一处在第 {first} 行）", "请只保留一处。")
            frame.key_ignored = True

    def _value(self, node: Node, line: int) -> None:
        if self.stack:
            if self._expects_key():
                raise InputError(
                    "键必须是文字", where=f"{self.file} 第 {line} 行", advice="请改成“键: 值”的写法。"
                )
            self.stack[-1].take(node)
        else:
            self.root = node


def yaml_tree(text: str, file: str, complaints: Complaints) -> Node:
    """``text`` as a tree.

    Faults that leave the rest readable (a key given twice, an anchor) go to ``complaints``.

    Raises:
        InputError: not YAML, too deep, too large, or empty.
    """
    tree = _YamlTree(file, complaints)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            tree.feed(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{file} 第 {mark.line + 1} 行" if mark else file
        raise InputError(
            "YAML 写法有误，读不下去", where=at, advice="请检查缩进、冒号后的空格和引号是否成对。"
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        # ReaderError: characters that YAML does not allow; its position counts characters
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        raise InputError(
            "文件里有不能识别的字符",
            where=f"{file} 第 {line} 行" if line else file,
            advice="请删除后另存为 UTF-8。",
        ) from error
    if tree.root is None or tree.root.blank:
        raise InputError("文件是空的", where=file, advice="请按数据文件格式说明填写。")
    return tree.root


# --- JSON --------------------------------------------------------------------------------------------------


class _Number(str):
    """The text of a JSON number (or of NaN, Infinity), so that no float is made."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Pairs:
    """A JSON object with its keys as written, repeated ones included."""

    pairs: list[tuple[str, Any]]


def json_tree(text: str, file: str, complaints: Complaints) -> Node:
    """``text`` as a tree; places are paths (``sheets[0].name``), since JSON keeps no line numbers.

    Raises:
        InputError: not JSON, too deep, too large, or empty.
    """
    # A cheap upper bound before anything is built: each node needs one of these characters.
    if text.count(",") + text.count("[") + text.count("{") > 4 * limits.NODES_MAX:
        raise _too_many(file)
    try:
        data = json.loads(
            text, parse_float=_Number, parse_int=_Number, parse_constant=_Number, object_pairs_hook=_Pairs
        )
    except json.JSONDecodeError as error:
        raise InputError(
            "JSON 写法有误，读不下去",
            where=f"{file} 第 {error.lineno} 行",
            advice="请检查逗号、引号和括号是否成对。",
        ) from error
    except RecursionError:
        raise _too_deep(file) from None
    counter = _counted(file)
    return _json_node(data, file, "", 0, counter, complaints)


def _counted(file: str) -> Iterator[None]:
    for _ in range(limits.NODES_MAX):
        yield
    _refuse(file)


def _refuse(file: str) -> NoReturn:
    raise _too_many(file)


def _json_node(
    data: Any, file: str, path: str, depth: int, counter: Iterator[None], complaints: Complaints
) -> Node:
    next(counter)
    if depth > limits.DEPTH_MAX:
        raise _too_deep(file)
    place = CellSource(file, cell=path)
    if isinstance(data, _Pairs):
        entries: dict[str, Node] = {}
        for key, value in data.pairs:
            inside = f"{path}.{key}" if path else key
            node = _json_node(value, file, inside, depth + 1, counter, complaints)
            if key in entries:
                complaints.add(node.place, f"“{key}”写了两次", "请只保留一处。")
            else:
                entries[key] = node
        return Node(place, entries=entries)
    if isinstance(data, list):
        elements = [
            _json_node(value, file, f"{path}[{index}]", depth + 1, counter, complaints)
            for index, value in enumerate(data)
        ]
        return Node(place, elements=elements)
    if data is None:
        return Node(place)
    said = ("true" if data else "false") if isinstance(data, bool) else str(data)
    return Node(CellSource(file, cell=path, quote=said[:_QUOTE_MAX]), text=said)
