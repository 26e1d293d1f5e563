"""``guangsha check`` on published documents of invented agencies (``guangsha.testing.wild``): nothing false, changes found.

The full measure is ``python -m benchmarks.wild``.
"""

from __future__ import annotations

from functools import cache

import pytest

from guangsha.kernel.findings import Severity
from guangsha.testing.mutants import annotated_mutants, new_findings
from guangsha.testing.wild import PAPERS
from guangsha.testing.wild.measure import check_copy, copy_with
from guangsha.testing.wild.printing import Printed

#: Copies of all documents together in one run; benchmarks/wild.py tries 60 of each.
SAMPLE = 6


@cache
def printed(name: str) -> Printed:
    return Printed(PAPERS[name]())


@pytest.mark.parametrize("name", PAPERS)
def test_every_listed_figure_stands_where_it_is_said_to_and_every_relation_holds(name: str) -> None:
    paper, report = printed(name).paper, printed(name).report
    assert len(report.relations) == len(paper.finished_ties()) > 30
    for place in {figure for relation in report.relations for figure in relation.figures}:
        assert printed(name).text.find(place).figure == place.printed


@pytest.mark.parametrize("name", PAPERS)
def test_no_error_is_called_in_a_document_whose_figures_agree(name: str) -> None:
    findings = check_copy((printed(name).file, printed(name).bytes()))
    assert [f"{f.rule} {f.message}" for f in findings if f.severity is Severity.ERROR] == []


def test_changed_digit_is_found() -> None:
    missed = []
    for number in range(SAMPLE):
        document = printed(list(PAPERS)[number % len(PAPERS)])
        before = check_copy((document.file, document.bytes()))
        (mutant,) = annotated_mutants(document.report, document.text, 1, seed=100 + number)
        after = check_copy((document.file, copy_with(document, mutant)))
        if not new_findings(before, after):
            missed.append(f"{document.paper.name}: {mutant}")
    assert len(missed) <= 1, missed
