"""Documents that were handed over together: what a department printed against what its units printed.

Each document has been checked by itself; only the rules between documents are decided again here, for the document
that holds the department's score table. Documents of another year, and those of the department's own, are no units'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from guangsha.checker import RULES, Case
from guangsha.checker.document import squeeze
from guangsha.checker.run import load_rules
from guangsha.checking.check import CheckedDocument
from guangsha.facts import FactSet, Report
from guangsha.kernel.findings import Relation
from guangsha.scoring.evaluate import score_report

#: Rules between a department's document and its units'.
BETWEEN = ("U09", "U14", "U16")
#: Titles of accounts that are the bureau's own, without its units.
_OWN_ACCOUNTS = re.compile(r"单位决算|本级")


def checked_together(documents: Sequence[CheckedDocument]) -> tuple[CheckedDocument, ...]:
    """``documents`` in their order; a department's has the relations with its units' documents decided."""
    return tuple(_with_units(document, documents) for document in documents)


def _with_units(document: CheckedDocument, documents: Sequence[CheckedDocument]) -> CheckedDocument:
    if not Report(document.facts).rollup or _OWN_ACCOUNTS.search(document.title):
        return document
    beside = [other for other in documents if other is not document and other.year == document.year]
    own = [other for other in beside if squeeze(other.unit) == squeeze(document.unit)]
    units = [other for other in beside if other.unit and other not in own]
    if not units:
        return document
    facts = _with_own(document.facts, [other for other in own if not _OWN_ACCOUNTS.search(other.title)])
    scores = score_report(Report(facts), document.reading.profile, strict=False)
    case = Case(facts, document.reading.profile, scores, document.view, tuple(unit.facts for unit in units))
    load_rules()
    kept = [relation for relation in document.relations if relation.rule not in BETWEEN]
    decided = [_own_figures(r, document.file) for rule_id in BETWEEN for r in RULES[rule_id].check(case)]
    notes = (*document.notes, f"与一同提供的 {len(units)} 个单位文档核对了部门与单位之间的关系。")
    return replace(
        document, relations=tuple(sorted([*kept, *decided], key=lambda relation: relation.rule)), notes=notes
    )


def _own_figures(relation: Relation, file: str) -> Relation:
    """``relation`` with the figures of ``file`` alone: another document's may have the same keys and stand elsewhere.

    The places of its finding name every document concerned.
    """
    return replace(relation, figures=tuple(f for f in relation.figures if f.place().file in ("", file)))


def _with_own(facts: FactSet, others: Sequence[CheckedDocument]) -> FactSet:
    """The department's figures with those of its other documents (决算 beside 自评) that it does not print itself."""
    for other in others:
        facts = facts.plus([fact for fact in other.facts if fact.key not in facts])
    return facts
