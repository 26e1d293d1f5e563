"""The catalogue of checking rules: each rule is one function with its documentation on it.

``docs/reference/rules.md`` is generated from here (``make gen``); a rule without a title, formula, tolerance and
source cannot be registered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from guangsha.checker.document import DocumentView
from guangsha.checker.relations import not_checked
from guangsha.facts.fact import FactSet
from guangsha.facts.report import Report
from guangsha.kernel.findings import Outcome, Relation, Severity, Tally
from guangsha.scoring.profile import Profile
from guangsha.scoring.results import ScoredIndicator, Scores


@dataclass(frozen=True)
class Case:
    """What a rule may look at: the facts, their views, the place's rules, and the scores computed from them.

    ``document`` is there when the facts were read from a published document, so that its words can be checked too.
    ``others`` are the figures of the other units' documents of the same year that were handed over with it, for the
    rules between a department and its units.
    """

    facts: FactSet
    profile: Profile
    scores: Scores
    document: DocumentView | None = None
    others: tuple[FactSet, ...] = ()

    @cached_property
    def report(self) -> Report:
        return Report(self.facts)

    @cached_property
    def scored_rows(self) -> Mapping[tuple[str, str], ScoredIndicator]:
        """What scoring made of each row, by (sheet id, indicator key)."""
        return {
            (sheet.sheet.id, row.indicator.key): row
            for sheet in self.scores.sheets
            for row in sheet.indicators
        }


Check = Callable[[Case], Iterator[Relation]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue (勾稽关系).

    Args:
        id: family letter and number, as in the catalogue (``K04``).
        title: Chinese title.
        scope: what it looks at: row, sheet, form, set, table, prose, years.
        formula: the relation as a Chinese formula.
        tolerance: EQ, SUM(n), CELL, PCT or SC (``relations.py``); ``–`` where none applies.
        severity: gravity of a breach.
        why: one sentence on why a reader cares, or the source of the demand.
        example: figures of a case where it matters; may be empty.
        source: regulation, form note or document that states the relation.
    """

    id: str
    title: str
    scope: str
    formula: str
    tolerance: str
    severity: Severity
    why: str
    example: str
    source: str
    check: Check


RULES: dict[str, Rule] = {}


def rule(
    rule_id: str,
    *,
    title: str,
    scope: str,
    formula: str,
    tolerance: str,
    severity: Severity,
    why: str,
    source: str,
    example: str = "",
    absent: str = "报告未提供这条规则所需的数据",
) -> Callable[[Check], Check]:
    """Register the decorated function as the check of ``rule_id``.

    A rule whose subject does not exist in a report may yield nothing: it is then counted once as not checked, for
    the reason ``absent``, so that a reader sees what nobody looked at.
    """
    if not all((title, scope, formula, tolerance, why, source)):
        raise ValueError(f"rule {rule_id}: every field of its documentation must be filled")

    def register(check: Check) -> Check:
        if rule_id in RULES:
            raise ValueError(f"rule {rule_id} is registered twice")

        def check_or_say_why_not(case: Case) -> Iterator[Relation]:
            tried = False
            for relation in check(case):
                tried = True
                yield relation
            if not tried:
                yield not_checked(rule_id, title, absent)

        RULES[rule_id] = Rule(
            rule_id, title, scope, formula, tolerance, severity, why, example, source, check_or_say_why_not
        )
        return check

    return register


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All relations that were tried, in rule order."""

    relations: tuple[Relation, ...]

    @property
    def tally(self) -> Tally:
        return Tally.of(self.relations)

    @property
    def broken(self) -> bool:
        """Whether some figure contradicts another beyond rounding."""
        return any(
            r.outcome is Outcome.BROKEN and r.finding is not None and r.finding.severity is Severity.ERROR
            for r in self.relations
        )
