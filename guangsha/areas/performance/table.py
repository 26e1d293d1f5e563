"""The indicator table of a unit's year (指标取数表): which record or which hand fills each figure. Pure, no database.

The file has the shape of a figures file (docs/figures-file.md). A leaf that is a figure of ours is a binding instead of a value::

    executed: {metric: ledger.executed, with: {project: affairs}, unit: 万元}        a metric over records
    actual: {metric: subsidy.households_paid, text: "{}户"}                          the same, in words
    goal_actual: {text: "发放{households}户、{amount}万元", parts: {households: {metric: …}, amount: {metric: …}}}
    prior: {entered: 943.62, evidence: 上年决算报表, by: 蒋会计, on: 2026-01-10}         where no record can exist

Everything else (names, levels, weights, targets, methods) is the frame: it says what is asked, not what was done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from guangsha.documents.reading import limits
from guangsha.documents.reading.figures import parse_figures
from guangsha.documents.reading.figures_text import yaml_tree
from guangsha.documents.reading.node import Complaints, Node
from guangsha.facts.fact import FactSet
from guangsha.facts.metrics import check_parameters, find_metric, printed
from guangsha.kernel.errors import InputError
from guangsha.kernel.hashing import digest
from guangsha.kernel.measures import UNITS, unit_of
from guangsha.kernel.numbers import plain

FORMAT = "guangsha.table/1"
#: Format of the figures that a filled table is.
_FIGURES = "guangsha.figures/1"
_METRIC_KEYS = ("metric", "with", "unit", "decimals", "trim", "text")
_ENTERED_KEYS = ("entered", "evidence", "digest", "by", "on")
_PARTS_KEYS = ("text", "parts")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: A text that is filled may print no braces but these.
_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)?\}")
DECIMALS_MAX = 6
#: Decimals where the table names none: money and percentages as published reports print them.
_DECIMALS = {"money": 2, "ratio": 2}


@dataclass(frozen=True, slots=True)
class Binding:
    """What fills one figure, or one part of a text with several.

    Attributes:
        path: place in the table: ``sheets[0].funds.total.executed``.
        part: name of the part of a text; empty where the figure is one.
        template: the text around it; ``{}`` or ``{name}`` stand for values. Empty: the bare value.
        metric: id of the metric; empty: entered by hand.
        parameters, unit, decimals, trim: how the metric is asked and printed.
        value, evidence, evidence_digest, person, entered_on: what was entered, and what proves it.
    """

    path: str
    part: str = ""
    template: str = ""
    metric: str = ""
    parameters: Mapping[str, str] | None = None
    unit: str = ""
    decimals: int = 0
    trim: bool = False
    value: str = ""
    evidence: str = ""
    evidence_digest: str = ""
    person: str = ""
    entered_on: str = ""

    @property
    def by_hand(self) -> bool:
        return not self.metric


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read: whose year, the frame without the bound figures, and the bindings in their order."""

    unit: str
    year: int
    profile: str
    frame: Mapping[str, Any]
    bindings: tuple[Binding, ...]
    digest: str


def read_table(text: str, file: str = "table.yaml") -> Table:
    """Read a table and try it: every metric is known and takes its parameters, every key is one of the form.

    Raises:
        InputErrors: every fault, with its place.
        InputError: it cannot be read at all.
    """
    if len(text.encode()) > limits.FIGURES_BYTES_MAX:
        raise InputError("文件过大", where=file, advice="请核对是否选错了文件。")
    complaints = Complaints()
    root = yaml_tree(text, file, complaints)
    if root.entries is None:
        raise InputError("这里应是若干“键: 值”", where=file, advice="请参照指标取数表的格式说明。")
    said = root.entries.get("format")
    if said is None or said.text != FORMAT:
        complaints.add(root.place, "不是指标取数表", f"请在开头写 format: {FORMAT}。")
    reader = _Reader(complaints)
    frame = reader.plain(root)
    complaints.raise_if_any()
    frame["format"] = _FIGURES
    # tried with a one in every hole: the reader of figures names what it does not know
    trial = {b.path: b.value if b.by_hand else "文字" if b.template else "1" for b in reader.bindings}
    facts = facts_of(frame, trial, f"{file}（试填）")
    return Table(facts.unit, facts.year, facts.profile, frame, tuple(reader.bindings), digest([frame, file]))


class _Reader:
    """Turns the tree into plain data and takes the bindings out of it."""

    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints
        self.bindings: list[Binding] = []

    def plain(self, node: Node) -> Any:
        if node.entries is not None:
            keys = set(node.entries)
            if "metric" in keys or "entered" in keys or ("parts" in keys and "text" in keys):
                self._bind(node)
                return None
            return {key: self.plain(child) for key, child in node.entries.items()}
        if node.elements is not None:
            return [self.plain(child) for child in node.elements]
        return node.text

    def _bind(self, node: Node) -> None:
        entries = node.entries or {}
        try:
            if "parts" in entries:
                self.bindings.extend(_parts(node))
            elif "metric" in entries:
                self.bindings.append(_metric(node, node.place.cell))
            else:
                self.bindings.append(_entered(node, node.place.cell))
        except InputError as error:
            self.complaints.add(node.place, error.message, error.advice)


def _known(node: Node, keys: tuple[str, ...]) -> Mapping[str, Node]:
    entries = node.entries or {}
    for key in entries:
        if key not in keys:
            raise InputError(f"不认识的键“{key[:40]}”", advice=f"可用的键：{'、'.join(keys)}。")
    return entries


def _text(entries: Mapping[str, Node], key: str) -> str:
    node = entries.get(key)
    if node is None:
        return ""
    if node.entries is not None or node.elements is not None:
        raise InputError(f"“{key}”应是一个值", advice="请直接写出这个值。")
    return (node.text or "").strip()


def _metric(node: Node, path: str, part: str = "") -> Binding:
    entries = _known(node, _METRIC_KEYS)
    chosen = find_metric(_text(entries, "metric"))
    given = entries.get("with")
    parameters = {key: _text(given.entries, key) for key in given.entries} if given and given.entries else {}
    check_parameters(chosen, parameters)
    unit = unit_of(_text(entries, "unit")) if _text(entries, "unit") else chosen.measure
    if _text(entries, "unit") and unit is None:
        raise InputError(f"没有“{_text(entries, 'unit')[:20]}”这个计量单位", advice="请写万元、元、户、%等。")
    if unit is UNITS["fen"]:
        unit = UNITS["万元"]
    decimals = _text(entries, "decimals")
    if decimals and not (decimals.isdecimal() and int(decimals) <= DECIMALS_MAX):
        raise InputError("decimals 应是 0 至 6 的整数", advice="请写小数位数。")
    trim = _text(entries, "trim")
    if trim not in ("", "true", "false"):
        raise InputError("trim 应是 true 或 false", advice="true：末尾的零不印。")
    template = _text(entries, "text")
    if template and [hole[1] for hole in _HOLE.finditer(template)] != [None]:
        raise InputError("text 里应有一处 {}", advice="请写明数值印在哪里，如“{}户”。")
    printed(Fraction(0), chosen.measure, unit, 0)
    usual = _DECIMALS.get(unit.dimension, 0) if unit else 0
    return Binding(
        path, part, template, chosen.id, parameters, unit.symbol if unit else "",
        int(decimals) if decimals else usual, trim == "true",
    )  # fmt: skip


def _entered(node: Node, path: str) -> Binding:
    entries = _known(node, _ENTERED_KEYS)
    said = {key: _text(entries, key) for key in _ENTERED_KEYS}
    if not said["evidence"] and not said["digest"]:
        raise InputError(
            "手工填写的数没有写明依据", advice="请写 evidence（依据）或 digest（佐证文件摘要）。"
        )
    if not said["by"] or not _DAY.fullmatch(said["on"]):
        raise InputError("手工填写的数没有写明何人何日填写", advice="请写 by（姓名）和 on（如 2026-01-10）。")
    if said["digest"] and not _SHA256.fullmatch(said["digest"]):
        raise InputError("digest 不是 SHA-256 摘要", advice="请写 64 位小写十六进制数。")
    return Binding(
        path, value=said["entered"], evidence=said["evidence"], evidence_digest=said["digest"],
        person=said["by"], entered_on=said["on"],
    )  # fmt: skip


def _parts(node: Node) -> Iterator[Binding]:
    entries = _known(node, _PARTS_KEYS)
    template = _text(entries, "text")
    holes = [hole[1] for hole in _HOLE.finditer(template)]
    parts = entries["parts"].entries or {}
    if sorted(set(holes), key=str) != sorted(parts) or not parts or len(set(holes)) != len(holes):
        raise InputError(
            "text 里的 {名称} 与 parts 不一一对应", advice="每个部分写一个名称，在文字中各用一次。"
        )
    for name, child in parts.items():
        if not _NAME.fullmatch(name) or child.entries is None or "metric" not in child.entries:
            raise InputError(
                f"部分“{name[:20]}”不是取数指标", advice="每个部分写 {metric: …}，名称用小写字母。"
            )
        made = _metric(child, node.place.cell, name)
        if made.template:
            raise InputError(f"部分“{name}”不应再有 text", advice="请把文字写在外层。")
        yield Binding(
            made.path, name, template, made.metric, made.parameters, made.unit, made.decimals, made.trim
        )


# --- filling -----------------------------------------------------------------------------------------------


def shown(binding: Binding, value: Fraction | None) -> str:
    """The value of a metric as the table prints it, without the words around it; empty where there is nothing to tell."""
    if value is None:
        return ""
    number = printed(value, find_metric(binding.metric).measure, unit_of(binding.unit), binding.decimals)
    text = plain(number)
    return text.rstrip("0").rstrip(".") if binding.trim and "." in text else text


def cell_text(template: str, values: Mapping[str, str]) -> str:
    """A figure as printed: its values (by part; the empty name is the only one) in the words around them.

    Empty where one of the values is: a sentence with a hole says nothing.
    """
    if not all(values.values()):
        return ""
    if not template:
        return values[""]
    return _HOLE.sub(lambda hole: values[hole[1] or ""], template)


_PLACE = re.compile(r"\[(\d+)\]")


def _put(inside: Any, path: str, value: str | None) -> None:
    """Set the leaf at ``path``; keys may hold dots (rows of final accounts), so the longest that fits is meant."""
    if isinstance(inside, list):
        found = _PLACE.match(path)
        if found is None:
            raise KeyError(path)
        key: Any = int(found[1])
        rest = path[found.end() :]
    else:
        fits = [k for k in inside if path == k or path.startswith((f"{k}.", f"{k}["))]
        key = max(fits, key=len)
        rest = path[len(key) :]
    if not rest:
        inside[key] = value
    else:
        _put(inside[key], rest.removeprefix("."), value)


def filled(frame: Mapping[str, Any], cells: Mapping[str, str]) -> str:
    """The frame with the figures in their places, as the text of a figures file (JSON)."""
    whole: Any = json.loads(json.dumps(frame))
    for path, text in cells.items():
        _put(whole, path, text or None)
    return json.dumps(whole, ensure_ascii=False, indent=1)


def facts_of(frame: Mapping[str, Any], cells: Mapping[str, str], name: str) -> FactSet:
    """The facts of a filled table; the source of each names its path."""
    return parse_figures(filled(frame, cells), f"{name}.json")
