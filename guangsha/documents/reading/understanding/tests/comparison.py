"""Sets one fact set against another whose sheets, rows, groups and programmes are named otherwise.

A report prints no ids: the n-th project, row, group, programme and unit of one set is that of the other.
"""

from __future__ import annotations

from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.report import Report

Key = tuple[str, tuple[tuple[str, str], ...]]


class _Names:
    """Neutral names for what a set names freely."""

    def __init__(self, facts: FactSet) -> None:
        report = Report(facts)
        self.sheets = {sheet.id: f"p{number}" for number, sheet in enumerate(report.projects, 1)}
        if report.overall:
            self.sheets[report.overall.id] = "overall"
        self.rows = {
            (sheet.id, row.key): str(number)
            for sheet in report.sheets
            for number, row in enumerate(sheet.indicators, 1)
        }
        self.groups = {
            (sheet.id, group): f"g{number}"
            for sheet in report.sheets
            for number, group in enumerate(sheet.groups, 1)
        }
        lines = [fact.dimension("line") for fact in facts.select("base.name")]
        self.lines = {line: f"programme.{number}" for number, line in enumerate(dict.fromkeys(lines), 1)}
        self.members = {member: f"u{number}" for number, member in enumerate(report.rollup.members, 1)}

    def key(self, fact: Fact) -> Key:
        sheet = fact.dimension("sheet")
        renamed = {
            "sheet": lambda value: self.sheets.get(value, value),
            "indicator": lambda value: self.rows.get((sheet, value), value),
            "group": lambda value: self.groups.get((sheet, value), value),
            "line": lambda value: self.lines.get(value, value),
            "member": lambda value: self.members.get(value, value),
        }
        pairs = ((name, renamed.get(name, str)(value)) for name, value in fact.dimensions)
        return fact.concept, tuple(pairs)

    def value(self, fact: Fact) -> str:
        text = fact.text
        if fact.concept == "indicator.group":
            return self.groups.get((fact.dimension("sheet"), text), text)
        if fact.concept in ("sheet.budget_line", "base.parent"):
            return self.lines.get(f"programme.{text}", text).removeprefix("programme.")
        return text


def by_key(facts: FactSet) -> dict[Key, str]:
    """Every fact under a neutral key, as printed."""
    names = _Names(facts)
    return {names.key(fact): names.value(fact) for fact in facts}
