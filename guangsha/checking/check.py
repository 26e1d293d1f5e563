"""Read a published document, understand it, and check every relation that it lets us establish."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from guangsha.checker import RULES, Case
from guangsha.checker.document import DocumentView, PageLayout
from guangsha.checker.relations import not_checked
from guangsha.checker.run import load_rules
from guangsha.checking.against import with_prior_year
from guangsha.checking.layout import page_layout
from guangsha.checking.view import readable_cell, view_of
from guangsha.documents.reading.formats import read_document
from guangsha.documents.reading.source import Spot
from guangsha.documents.reading.understanding.compose import Reading, understand
from guangsha.documents.writing.annotated_html import AnnotatedDocument
from guangsha.facts import FactSet, Report
from guangsha.kernel.errors import InputError
from guangsha.kernel.findings import Finding, Relation, Severity, Tally
from guangsha.scoring.evaluate import score_report

logger = logging.getLogger(__name__)

#: Called with the share of the work done (0 to 100) and the Chinese name of the step.
Progress = Callable[[int, str], None]

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def _silent(_percent: int, _step: str) -> None:
    return None


@dataclass(frozen=True)
class CheckedDocument:
    """One document with everything that was tried on it.

    Args:
        reading: what was understood of it.
        facts: its figures, with those of the year before where such a document was given.
        view: its words as the rules saw them.
        relations: every relation, in the order of rules.
        notes: what the reader had to decide, in Chinese.
    """

    reading: Reading
    facts: FactSet
    view: DocumentView
    relations: tuple[Relation, ...]
    notes: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        return self.reading.document.file

    @property
    def title(self) -> str:
        return self.reading.identity.title

    @property
    def unit(self) -> str:
        return self.facts.unit

    @property
    def year(self) -> int:
        return self.facts.year

    @property
    def kind(self) -> str:
        return self.reading.identity.kind

    @property
    def figures(self) -> int:
        """How many figures of this year were read."""
        return sum(1 for fact in self.facts if fact.declared.kind.numeric and fact.year == self.year)

    @property
    def tally(self) -> Tally:
        return Tally.of(self.relations)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, gravest first."""
        found = (relation.finding for relation in self.relations if relation.finding is not None)
        return tuple(sorted(found, key=lambda finding: (_ORDER[finding.severity], finding.rule)))

    def count(self, severity: Severity) -> int:
        return sum(1 for finding in self.findings if finding.severity is severity)

    @property
    def has_errors(self) -> bool:
        """Whether some figure contradicts another beyond rounding."""
        return self.count(Severity.ERROR) > 0

    def as_json(self) -> dict[str, Any]:
        """The document as ``guangsha check --format json`` prints it."""
        return {
            "file": self.file,
            "title": self.title,
            "unit": self.unit,
            "year": self.year,
            "kind": self.kind,
            "figures": self.figures,
            "relations": self.tally.as_json(),
            "findings": [finding.as_json() for finding in self.findings],
        }

    @property
    def spots(self) -> dict[str, Spot]:
        return dict(self.reading.bound)

    @property
    def table_titles(self) -> dict[int, str]:
        """Titles of tables by the position of their block."""
        return {table.order: table.caption for table in self.view.tables if table.caption}

    def annotated(self) -> AnnotatedDocument:
        """What the annotated page shows."""
        profile = self.reading.profile
        return AnnotatedDocument(
            self.reading.document,
            self.title or self.file,
            f"{self.unit}　{self.year} 年度　口径：{profile.label}",
            self.relations,
            self.spots,
            self.table_titles,
            {fact.key: fact.text for fact in self.facts if fact.declared.kind.numeric},
            self.notes,
        )


def check_file(
    path: Path,
    *,
    profile: str | None = None,
    against: Path | None = None,
    year: int | None = None,
    progress: Progress = _silent,
) -> CheckedDocument:
    """Read and check one document.

    Args:
        path: docx, pdf, xlsx, html or txt.
        profile: the place's rules by name, where the caller knows better than the document says.
        against: last year's document of the same unit; its figures become those of the year before.
        year: fiscal year, where the caller knows it.

    Raises:
        InputError: the document cannot be used.
        RuleMissing: no such profile.
    """
    progress(5, "读取文档")
    document = read_document(path)
    progress(40, "识别表格和数字")
    reading = understand(document, profile, year=year)
    if not any(fact.declared.kind.numeric for fact in reading.facts):
        raise InputError(
            "没有读到绩效自评或部门决算的数字",
            where=document.file,
            advice="请核对是否选错了文件；扫描件请先识别文字。",
        )
    facts, notes = reading.facts, list(reading.notes)
    if against is not None:
        progress(55, "读取上年文档")
        prior = understand(read_document(against), profile)
        facts, more = with_prior_year(facts, prior.facts, document.file, prior.document.file)
        notes += more
    progress(70, "核对勾稽关系")
    layout = page_layout(path.read_bytes()) if document.kind == "docx" else None
    checked = check_reading(reading, facts, layout, notes)
    progress(95, "整理结果")
    return checked


def check_reading(
    reading: Reading,
    facts: FactSet | None = None,
    layout: PageLayout | None = None,
    notes: list[str] | None = None,
) -> CheckedDocument:
    """Check what was understood of a document."""
    facts = reading.facts if facts is None else facts
    view = view_of(reading.document, reading.identity.kind, layout=layout)
    scores = score_report(Report(facts), reading.profile, strict=False)
    relations = _every_relation(Case(facts, reading.profile, scores, view))
    return CheckedDocument(
        reading, facts, view, relations, tuple(dict.fromkeys(notes if notes is not None else reading.notes))
    )


def _every_relation(case: Case) -> tuple[Relation, ...]:
    """Every relation of every rule; a rule that fails on a strange document costs its own answer, not all others."""
    load_rules()
    relations: list[Relation] = []
    for rule_id in sorted(RULES):
        try:
            relations += (_readable(relation, case) for relation in RULES[rule_id].check(case))
        except Exception:
            # Anything may be printed in a stranger's document; the fault is ours and goes to the log.
            logger.warning("rule %s failed", rule_id, exc_info=True)
            relations.append(not_checked(rule_id, RULES[rule_id].title, "程序处理这条规则时出错，未能核对"))
    return tuple(relations)


def _readable(relation: Relation, case: Case) -> Relation:
    """The relation with the places of its finding in words that a person can follow."""
    finding, view = relation.finding, case.document
    if finding is None or view is None:
        return relation
    where = tuple(replace(place, cell=readable_cell(view.format, place.cell)) for place in finding.where)
    return relation if where == finding.where else replace(relation, finding=replace(finding, where=where))
