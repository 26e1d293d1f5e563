"""勾稽核对情况 for the page: findings by gravity, the tally, and what nobody could check."""

from __future__ import annotations

from dataclasses import dataclass

from guangsha.checker.registry import RULES, CheckResult
from guangsha.documents.writing.html_sources import SourceList
from guangsha.kernel.findings import Finding, Outcome, Severity

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_OUTCOMES = {
    Outcome.HELD: ("held", "相符"),
    Outcome.TAIL: ("tail", "尾差"),
    Outcome.BROKEN: ("broken", "不符"),
    Outcome.NOT_CHECKED: ("open", "未核对"),
}


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One finding with its id on the page and links to the facts that it concerns."""

    anchor: str
    finding: Finding
    title: str
    places: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenRule:
    """Relations of one rule that were not checked, with the reasons."""

    rule: str
    title: str
    lines: tuple[str, ...]


class FindingList:
    """Findings in order of gravity; a marked cell links to the first that concerns it."""

    def __init__(self, checked: CheckResult, sources: SourceList) -> None:
        found = [r.finding for r in checked.relations if r.finding is not None]
        found.sort(key=lambda finding: (_ORDER[finding.severity], finding.rule))
        self.tally = [(*_OUTCOMES[outcome], number) for outcome, number in checked.tally.counts.items()]
        self.checked = checked.tally.checked
        self.shown = [self._show(number, finding, sources) for number, finding in enumerate(found, start=1)]
        self.grave = [item for item in self.shown if item.finding.severity is not Severity.INFO]
        self.minor = [item for item in self.shown if item.finding.severity is Severity.INFO]
        self.open = _not_checked(checked)
        self._anchors: dict[str, str] = {}
        for item in self.grave:
            for key in item.finding.facts:
                self._anchors.setdefault(key, item.anchor)

    @staticmethod
    def _show(number: int, finding: Finding, sources: SourceList) -> ShownFinding:
        places = tuple(dict.fromkeys(text for place in finding.where if (text := str(place))))
        facts = tuple(anchor for key in finding.facts if (anchor := sources.anchor(key)))
        rule = RULES.get(finding.rule)
        return ShownFinding(f"k{number}", finding, rule.title if rule else "", places, facts)

    def anchor_of(self, key: str) -> str:
        """The finding that concerns a fact, or the printed figure that the fact replaces."""
        return self._anchors.get(key) or self._anchors.get(
            key.replace("basis=computed", "basis=published"), ""
        )


def _not_checked(checked: CheckResult) -> list[OpenRule]:
    """What was not checked, by rule: a reader must know what nobody looked at."""
    by_rule: dict[str, list[str]] = {}
    for relation in checked.relations:
        if relation.outcome is Outcome.NOT_CHECKED:
            line = "：".join(part for part in (relation.subject, relation.reason) if part)
            by_rule.setdefault(relation.rule, []).append(line)
    return [
        OpenRule(rule, RULES[rule].title if rule in RULES else "", tuple(dict.fromkeys(lines)))
        for rule, lines in sorted(by_rule.items())
    ]
