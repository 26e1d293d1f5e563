"""What the checker must reach on reports that a careful reader has annotated, on small seeded samples.

The full measure is ``python -m benchmarks.checker``; docs/algorithms/checking-measured.md says how to read it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from guangsha.kernel.findings import Finding, Outcome, Place, Severity
from guangsha.testing.annotations import AnnotatedReport, Figure, Text, load_annotations
from guangsha.testing.mutants import (
    annotated_mutants,
    broken_by,
    changed_digits,
    findings_in,
    judge,
    known_relations,
    mutated_text,
    new_findings,
    tells_of_mistake,
    unlisted_errors,
    value_of,
    wrongly_called,
)
from guangsha.testing.transcription import REPORTS, SHARED

ANNOTATIONS = Path(__file__).parent / "annotations"
#: Mutants of each report in one run of the tests; benchmarks/checker.py tries at least 200.
SAMPLE = 12
#: Of the sample: the benchmark asks 90 of 100, and twelve draws scatter.
FOUND_MIN = 9


@cache
def annotated(name: str) -> AnnotatedReport:
    return load_annotations(ANNOTATIONS / f"{name}.yaml")


def published_text(name: str) -> Text:
    path = SHARED / "documents" / annotated(name).document
    if not path.is_file():
        pytest.skip("检出目录旁没有公开报告（../shared），无法测量核对程序")
    return Text(path.read_text(encoding="utf-8"))


@cache
def found_in(name: str) -> tuple[Finding, ...]:
    text = published_text(name)
    return findings_in("\n".join(text.lines).encode("utf-8"), annotated(name).document)


#: Mistakes that a careful reader sees and the checker does not: none. One that is told must leave this list.
STILL_UNTOLD: dict[str, set[str]] = {}


# --- what must be reached ---------------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_every_mistake_of_figures_is_told(name: str) -> None:
    published_text(name)
    untold = {
        mistake.id
        for mistake in annotated(name).mistakes
        if mistake.of_figures and not tells_of_mistake(mistake, found_in(name))
    }
    assert untold == STILL_UNTOLD.get(name, set())


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_no_error_is_called_where_there_is_no_mistake(name: str) -> None:
    published_text(name)
    assert [f"{f.rule} {f.message}" for f in unlisted_errors(annotated(name), found_in(name))] == []


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_no_relation_that_holds_and_no_rounding_tail_is_called_an_error(name: str) -> None:
    published_text(name)
    wrong = [
        f"{relation.id} {relation.note}: {finding.message}"
        for relation in annotated(name).relations
        if relation.outcome is not Outcome.BROKEN
        for finding in wrongly_called(annotated(name), relation, found_in(name))
    ]
    assert wrong == []


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_changed_digit_is_found(name: str) -> None:
    text, report = published_text(name), annotated(name)
    missed = []
    for mutant in annotated_mutants(report, text, SAMPLE, seed=7):
        after = findings_in(mutated_text(text, mutant).encode("utf-8"), report.document)
        if not judge(mutant, found_in(name), after).found:
            missed.append(str(mutant))
    assert SAMPLE - len(missed) >= FOUND_MIN, missed


# --- the measure itself -----------------------------------------------------------------------------------------

LIST = (
    "document: x\nmistakes: [{id: a, severity: error or warning, where: ['2:9'], why: b}]\ngroups:\n"
    "  - {note: 合计, kind: sum, relations: ['1:41.69 = 1:40.11 + 2:1.58']}\n"
)
CONTENT = "合计 41.69，退休费 40. 11\n其他 1.58，9 人"


def sample(tmp_path: Path) -> tuple[AnnotatedReport, Text]:
    page = tmp_path / "list.yaml"
    page.write_text(LIST, encoding="utf-8")
    return load_annotations(page), Text(CONTENT)


def finding(*places: tuple[int, str], severity: Severity = Severity.ERROR, message: str = "不符") -> Finding:
    return Finding("N02", severity, "sum", message, where=tuple(Place(line=n, quote=q) for n, q in places))


def test_changed_number_never_begins_with_a_zero_it_had_not() -> None:
    assert not any(now.startswith("0") for now in changed_digits("1, 212. 84"))
    assert "0" in set(changed_digits("7"))
    assert all(len(now) == 7 and now != "9883. 3" for now in changed_digits("9883. 3"))


def test_mutants_are_fair_different_and_the_same_for_one_seed(tmp_path: Path) -> None:
    report, text = sample(tmp_path)
    mutants = annotated_mutants(report, text, 20, seed=3)
    assert mutants == annotated_mutants(report, text, 20, seed=3)
    assert len({(m.figure, m.now) for m in mutants}) == 20
    for mutant in mutants:
        assert broken_by(report.relations, mutant.figure, value_of(mutant.now)) == mutant.relations != ()
        assert sum(a != b for a, b in zip(mutated_text(text, mutant), CONTENT, strict=True)) == 1


def test_change_that_rounding_could_explain_is_no_mutant(tmp_path: Path) -> None:
    report, _ = sample(tmp_path)
    assert broken_by(report.relations, Figure(1, "41.69"), value_of("41.68")) == ()
    assert broken_by(report.relations, Figure(1, "41.69"), value_of("41.79")) == report.relations


def test_finding_that_was_there_before_does_not_count_as_found(tmp_path: Path) -> None:
    report, text = sample(tmp_path)
    old, tail = finding((1, "41.69")), finding((1, "41.69"), severity=Severity.INFO)
    (mutant, *_) = annotated_mutants(report, text, 1, seed=3)
    assert not judge(mutant, [old], [old, tail]).found
    again = judge(mutant, [old], [old, old])
    assert again.found


def test_finding_points_at_the_change_only_where_it_quotes_line_and_figure(tmp_path: Path) -> None:
    report, text = sample(tmp_path)
    mutant = next(m for m in annotated_mutants(report, text, 40, seed=3) if m.figure == Figure(2, "1.58"))
    here = judge(mutant, [], [finding((2, f"其他 {mutant.now[0]}. {mutant.now[2:]}"))])
    assert (here.found, here.points) == (True, True)
    partner = judge(mutant, [], [finding((1, "合计41.69万元"))])
    assert (partner.found, partner.points, partner.partner) == (True, False, True)


def test_relation_is_known_by_a_finding_that_names_both_sides(tmp_path: Path) -> None:
    report, text = sample(tmp_path)
    (relation,) = report.relations
    mutant = next(m for m in annotated_mutants(report, text, 40, seed=3) if m.figure == Figure(2, "1.58"))
    assert known_relations(report, [(mutant, [finding((2, mutant.now), (1, "41.69"))])]) == {relation.id}
    assert not known_relations(report, [(mutant, [finding((2, mutant.now))])])


def test_listed_mistake_is_told_by_a_finding_of_expected_severity_on_its_figure(tmp_path: Path) -> None:
    report, _ = sample(tmp_path)
    (mistake,) = report.mistakes
    assert tells_of_mistake(mistake, [finding((2, "9 人"), severity=Severity.WARNING)])
    assert not tells_of_mistake(mistake, [finding((2, "9 人"), severity=Severity.INFO)])
    assert not tells_of_mistake(mistake, [finding((2, "1.58"))])
    assert unlisted_errors(report, [finding((1, "41.69")), finding((2, "9"))]) == [finding((1, "41.69"))]


def test_same_finding_twice_is_new_once(tmp_path: Path) -> None:
    one = finding((1, "41.69"))
    assert new_findings([one], [one, one]) == [one]
