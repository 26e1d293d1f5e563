"""``facts.json`` of an evaluated package, read back: the inverse of ``FactSet.as_json`` for untrusted text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from guangsha.documents.reading.fact_collector import FactCollector
from guangsha.documents.reading.figures_facts import NO_YEAR
from guangsha.documents.reading.node import Complaints, Node, tidy_text
from guangsha.documents.reading.values import read_exact, read_value, read_year
from guangsha.facts.concepts import CONCEPTS
from guangsha.facts.fact import CellSource, DerivedSource, EntrySource, Fact, FactSet, MetricSource, Source
from guangsha.kernel.errors import InputError
from guangsha.kernel.measures import Unit, unit_of

_SOURCES: dict[str, type[Source]] = {
    "cell": CellSource, "entry": EntrySource, "metric": MetricSource, "derived": DerivedSource,
}  # fmt: skip
_WHOLE_FIELDS = ("line", "page", "version", "records")
_KEYS = ("unit", "year", "profile", "facts")
_FACT_KEYS = ("concept", "dimensions", "year", "value", "unit", "decimals", "source")


def is_facts_json(root: Node) -> bool:
    """Whether the tree looks like ``facts.json`` rather than the figures file."""
    return root.entries is not None and "facts" in root.entries and "format" not in root.entries


def facts_of_json(root: Node, complaints: Complaints, *, profile: str | None = None) -> FactSet:
    """The facts as they were written, sources included.

    Raises:
        InputErrors: every fault of the input.
    """
    collect = FactCollector(NO_YEAR, complaints)
    entries = collect.mapping(root, _KEYS)
    words = {key: collect.scalar(entries[key], key) if key in entries else None for key in _KEYS[:3]}
    for key in ("unit", "year") if profile else ("unit", "year", "profile"):
        if not words[key]:
            collect.complain(root.place, f"缺少“{key}”", "这不是完整的 facts.json。")
    year = _year(collect, entries.get("year"))
    for item in collect.sequence(entries.get("facts")):
        try:
            fact = _fact(collect, item)
        except InputError as error:
            collect.complain(item.place, error.message, error.advice)
            continue
        if fact.key in collect.facts:
            collect.complain(item.place, f"“{fact.declared.label}”给出了两次", "请只保留一处。")
        collect.facts[fact.key] = fact
    complaints.raise_if_any()
    unit, chosen = tidy_text(words["unit"] or ""), profile or tidy_text(words["profile"] or "")
    return FactSet(unit, year, chosen, collect.facts.values())


def _year(collect: FactCollector, node: Node | None) -> int:
    if node is None or node.text is None:
        return NO_YEAR
    try:
        return read_year(node.text)
    except InputError as error:
        collect.complain(node.place, error.message, error.advice)
        return NO_YEAR


def _fact(collect: FactCollector, node: Node) -> Fact:
    entries = collect.mapping(node, _FACT_KEYS)

    def word(key: str) -> str:
        return ((entries[key].text if key in entries else None) or "").strip()

    concept = CONCEPTS.get(word("concept"))
    if concept is None:
        raise InputError(f"不认识的数据项“{word('concept')[:40]}”", advice="请使用本程序生成的 facts.json。")
    said = word("value")
    value = (
        read_exact(said, concept.label)
        if concept.kind.numeric
        else read_value(said, concept.kind, concept.label)
    )
    named = collect.mapping(entries.get("dimensions"))
    dimensions = tuple(sorted((name, tidy_text(part.text or "")) for name, part in named.items()))
    decimals = word("decimals")
    if decimals and not (decimals.isascii() and decimals.isdigit() and len(decimals) <= 2):
        raise InputError(f"小数位数“{decimals[:20]}”不对", advice="请使用本程序生成的 facts.json。")
    try:
        return Fact(
            concept.id, dimensions, value, read_year(word("year")), _unit(word("unit")),
            int(decimals) if decimals else None, _source(collect, entries.get("source")),
        )  # fmt: skip
    except ValueError as error:
        raise InputError(
            f"“{concept.label}”的维度或取值不合规定", advice="请使用本程序生成的 facts.json。"
        ) from error


def _unit(symbol: str) -> Unit | None:
    unit = unit_of(symbol) if symbol else None
    if symbol and unit is None:
        raise InputError(f"不认识的计量单位“{symbol[:20]}”", advice="请使用本程序生成的 facts.json。")
    return unit


def _source(collect: FactCollector, node: Node | None) -> Source:
    entries: Mapping[str, Node] = collect.mapping(node)
    kind = _SOURCES.get((entries["type"].text or "") if "type" in entries else "cell")
    if kind is None:
        raise InputError("不认识的来源类别", advice="请使用本程序生成的 facts.json。")
    known = {item.name for item in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in entries.items():
        if name == "type":
            continue
        if name not in known:
            raise InputError(f"来源中有不认识的项“{name[:40]}”", advice="请使用本程序生成的 facts.json。")
        values[name] = _source_value(name, value)
    try:
        return kind(**values)
    except TypeError as error:
        raise InputError("来源不完整", advice="请使用本程序生成的 facts.json。") from error


def _source_value(name: str, node: Node) -> str | int | tuple[str, ...]:
    if name == "inputs":
        return tuple(tidy_text(item.text or "") for item in node.elements or ())
    text = tidy_text(node.text or "")
    if name not in _WHOLE_FIELDS:
        return text
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise InputError(f"来源的“{name}”不是整数", advice="请使用本程序生成的 facts.json。")
    return int(text)
