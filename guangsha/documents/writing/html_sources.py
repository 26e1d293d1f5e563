"""数据来源: every fact that a page prints, in words: what it is, its value, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from guangsha.documents.writing.content.derived import STEP
from guangsha.facts.accounts import COLUMN_LABELS
from guangsha.facts.classification import name_of
from guangsha.facts.concepts import Kind
from guangsha.facts.fact import CellSource, DerivedSource, EntrySource, Fact, FactSet, MetricSource
from guangsha.facts.forms import (
    BASE_LINES,
    DETAIL_AMOUNTS,
    FISCAL_EXPENDITURE,
    FISCAL_INCOME,
    FUNDS,
    NATURES,
    OVERVIEW_EXPENDITURE,
    OVERVIEW_INCOME,
    REVENUE_SOURCES,
    ROLLUP_COMPONENTS,
    STAGES,
)

_BASIS = {"computed": "本系统计算", "assessed": "单位自评", "published": "原公布"}
_STAGES = {**STAGES, "prior_executed": "上年决算数"}
_ROWS = {
    **FISCAL_INCOME,
    **FISCAL_EXPENDITURE,
    **OVERVIEW_INCOME,
    **OVERVIEW_EXPENDITURE,
    "total": "合计",
    "personnel.total": "人员经费合计",
    "public.total": "公用经费合计",
    "budget": "预算数",
    "executed": "决算数",
}


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One line of the list: ``anchor`` is its id on the page, ``inputs`` link to other entries."""

    anchor: str
    title: str
    value: str
    kind: str
    place: str
    quote: str
    steps: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    #: Page of the office that opens the figure to its records; empty in a published report.
    opens: str = ""


class SourceList:
    """Hands out anchors for facts in the order in which a page first prints them."""

    def __init__(self, facts: FactSet, opens: Mapping[str, str] | None = None) -> None:
        self.facts = facts
        self._opens = opens or {}
        self._anchors: dict[str, str] = {}

    def anchor(self, key: str) -> str:
        """The id of the entry of a fact; empty when nobody knows the fact."""
        if not key or self.facts.by_key(key) is None:
            return ""
        return self._anchors.setdefault(key, f"s{len(self._anchors) + 1}")

    def entries(self) -> list[SourceEntry]:
        """All facts printed so far and, after them, those that they were computed from."""
        made: list[SourceEntry] = []
        waiting = list(self._anchors)
        while waiting:
            key = waiting.pop(0)
            fact = self.facts.by_key(key)
            if fact is None:
                continue
            known = len(self._anchors)
            made.append(self._entry(fact))
            waiting += list(self._anchors)[known:]
        return made

    def _entry(self, fact: Fact) -> SourceEntry:
        kind, place, quote, steps, keys = _told(fact)
        inputs = []
        for key in keys:
            anchor, given = self.anchor(key), self.facts.by_key(key)
            if anchor and given:
                inputs.append((anchor, f"{fact_title(given, self.facts)}：{fact_value(given)}"))
        return SourceEntry(
            self._anchors[fact.key], fact_title(fact, self.facts), fact_value(fact), kind, place, quote, steps,
            tuple(inputs), self._opens.get(fact.key, ""),
        )  # fmt: skip


def _told(fact: Fact) -> tuple[str, str, str, tuple[str, ...], tuple[str, ...]]:
    """(kind, place, quote, steps, keys of inputs) of where a fact comes from."""
    source = fact.source
    if isinstance(source, DerivedSource):
        steps = tuple(step for step in source.formula.split(STEP) if step)
        return "计算", "", "", steps, source.inputs
    if isinstance(source, MetricSource):
        place = f"{source.metric}（第 {source.version} 版），截至 {source.as_of}，共 {source.records} 条记录"
        return "业务记录", place, source.records_digest, (), ()
    if isinstance(source, EntrySource):
        return "人工录入", f"{source.person}，{source.entered_at}", source.evidence, (), ()
    assert isinstance(source, CellSource)
    return "填报", str(source.place()), source.quote, (), ()


def fact_value(fact: Fact) -> str:
    """The value with its unit, as a sentence would print it."""
    if fact.declared.kind is Kind.RATE:
        return f"{fact.text}%"
    unit = fact.unit.symbol if fact.unit and fact.declared.kind.numeric else ""
    return f"{fact.text}{unit}"


def fact_title(fact: Fact, facts: FactSet) -> str:
    """What a fact is, in the terms of the forms: ``项目资金 · 整体支出 · 年度资金总额 · 全年执行数``."""
    words = [fact.declared.label]
    if fact.concept.startswith("statement."):
        words = [_statement(fact, facts)]
    for name, value in _in_order(fact):
        told = _dimension(name, value, fact, facts)
        if told and told not in words:
            words.append(told)
    if fact.year != facts.year:
        words.append(f"{fact.year} 年度")
    return " · ".join(words)


#: The order in which dimensions read best; others follow.
_ORDER = ("sheet", "indicator", "block", "group", "table", "member", "line", "row", "column", "fund", "stage")


def _in_order(fact: Fact) -> Iterable[tuple[str, str]]:
    return sorted(
        fact.dimensions, key=lambda pair: _ORDER.index(pair[0]) if pair[0] in _ORDER else len(_ORDER)
    )


def _statement(fact: Fact, facts: FactSet) -> str:
    """A statement is called by its subject; one computed for the text by its formula."""
    subject = facts.find("statement.subject", year=fact.year, statement=fact.dimension("statement"))
    if subject:
        return subject.text
    if isinstance(fact.source, DerivedSource):
        return fact.source.formula.split(STEP)[0]
    return fact.declared.label


def _dimension(name: str, value: str, fact: Fact, facts: FactSet) -> str:
    looked_up: dict[str, Callable[[], str]] = {
        "sheet": lambda: _text(facts, "sheet.name", value, sheet=value),
        "indicator": lambda: _text(
            facts, "indicator.name", value, sheet=fact.dimension("sheet"), indicator=value
        ),
        "line": lambda: BASE_LINES[value][0].strip("：") if value in BASE_LINES else _line(facts, value),
        "member": lambda: _text(facts, "rollup.member", value, member=value),
        "programme": lambda: _text(facts, "detail.programme_name", value, programme=value),
        "economic": lambda: name_of(value, fact.year) or value,
        "function": lambda: name_of(value, fact.year) or value,
        "row": lambda: _row(value, fact),
        "column": lambda: _column(value, fact),
        "group": lambda: "合并计分组",
        "statement": lambda: "",
        "role": lambda: _role(value, fact, facts),
    }
    fixed = {
        "basis": _BASIS,
        "fund": FUNDS,
        "stage": _STAGES,
        "source": REVENUE_SOURCES,
        "nature": NATURES,
        "item": DETAIL_AMOUNTS,
        "component": ROLLUP_COMPONENTS,
    }
    if name in looked_up:
        return looked_up[name]()
    return fixed.get(name, {}).get(value, value)


#: Roles of a statement that need a word beside its subject.
_ROLES = {
    "minuend": "被减数", "subtrahend": "减数", "delta": "差额", "total": "合计", "part": "部分", "whole": "总体", "current": "本年",
    "prior": "上年", "budget": "预算", "executed": "执行", "percent": "百分比",
}  # fmt: skip


def _role(role: str, fact: Fact, facts: FactSet) -> str:
    """Which number of a statement with several it is: an addend by its own label, another by its role."""
    label = facts.find("statement.label", year=fact.year, statement=fact.dimension("statement"), role=role)
    return label.text if label else _ROLES.get(role, "")


def _text(facts: FactSet, concept: str, otherwise: str, **dimensions: str) -> str:
    fact = facts.find(concept, year=None, **dimensions)
    return fact.text if fact else otherwise


def _line(facts: FactSet, line: str) -> str:
    return _text(facts, "base.name", {"approved": "批复", "actual": "实际"}.get(line, line), line=line)


def _row(row: str, fact: Fact) -> str:
    code = row.removeprefix("class.")
    if code.isdigit():
        name = name_of(code, fact.year)
        return f"{code} {name}".strip()
    return _ROWS.get(row, row)


def _column(column: str, fact: Fact) -> str:
    labels = COLUMN_LABELS.get(fact.concept.removeprefix("accounts."), {})
    return labels.get(column, column)
