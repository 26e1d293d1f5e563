"""The careful reader's lists are themselves right: every figure stands where they say and the arithmetic bears them out."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from guangsha.kernel.findings import Outcome
from guangsha.testing.annotations import (
    AnnotatedReport,
    Figure,
    Text,
    decimal_of,
    list_length,
    load_annotations,
)
from guangsha.testing.transcription import REPORTS, SHARED

ANNOTATIONS = Path(__file__).parent / "annotations"
#: How many relations a careful annotation of each report established at least.
RELATIONS_MIN = {"yueyanglou-2025": 116, "yueyang-2023": 212, "jiangan-2024": 699}


@cache
def annotated(name: str) -> AnnotatedReport:
    return load_annotations(ANNOTATIONS / f"{name}.yaml")


def published_text(name: str) -> Text:
    path = SHARED / "documents" / annotated(name).document
    if not path.is_file():
        pytest.skip("检出目录旁没有公开报告（../shared），无法对照原文")
    return Text(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", REPORTS)
def test_arithmetic_bears_out_every_relation(name: str) -> None:
    wrong = [
        f"{r.id} {r.note}: {r.outcome.value}, {r.judge().value} ({decimal_of(r.right.value([f.value for f in r.right.figures]))})"
        for r in annotated(name).relations
        if r.judge() is not r.outcome
    ]
    assert wrong == []


@pytest.mark.parametrize("name", REPORTS)
def test_list_is_as_long_as_a_careful_reading_makes_it(name: str) -> None:
    assert len(annotated(name).relations) >= RELATIONS_MIN[name]


@pytest.mark.parametrize("name", REPORTS)
def test_no_relation_is_listed_twice(name: str) -> None:
    listed = Counter((r.kind, tuple(sorted(r.figures))) for r in annotated(name).relations)
    assert [key for key, times in listed.items() if times > 1] == []


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_every_figure_stands_where_the_list_says(name: str) -> None:
    text, report = published_text(name), annotated(name)
    listed: set[Figure] = {f for r in report.relations for f in r.figures}
    listed.update(f for m in report.mistakes for f in m.figures)
    for figure in sorted(listed):
        assert text.find(figure).figure == figure.printed


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_lists_are_as_long_as_their_counts_say(name: str) -> None:
    text = published_text(name)
    for figure, count in annotated(name).counts:
        assert list_length(text, count) == count.get("length", figure.value), str(figure)


@pytest.mark.parametrize("name", REPORTS)
def test_relation_that_is_broken_is_among_the_mistakes(name: str) -> None:
    report = annotated(name)
    lines = {line for mistake in report.mistakes for line in mistake.lines}
    for relation in report.relations:
        if relation.outcome is Outcome.BROKEN:
            assert lines & {figure.line for figure in relation.figures}, f"{relation.id} {relation.note}"


@pytest.mark.parametrize("name", REPORTS)
def test_mistakes_have_names_of_their_own_and_known_severities(name: str) -> None:
    mistakes = annotated(name).mistakes
    assert len({m.id for m in mistakes}) == len(mistakes)
    assert all(m.severities <= {"error", "warning", "info"} and m.lines and m.why for m in mistakes)


def test_small_difference_in_a_sum_is_a_tail_and_a_larger_one_is_broken(tmp_path: Path) -> None:
    page = tmp_path / "list.yaml"
    page.write_text(
        "document: x\nmistakes: []\ngroups:\n"
        "  - {note: 合计, kind: sum, relations: ['1:41.69 ≈ 1:40.11 + 1:1.57']}\n"
        "  - {note: 占比, kind: share, relations: ['1:91.50 = 1:20.13 / 1:22']}\n",
        encoding="utf-8",
    )
    total, share = load_annotations(page).relations
    assert total.judge() is Outcome.TAIL
    assert total.judge({Figure(1, "41.69"): Figure(1, "41.79").value}) is Outcome.BROKEN
    assert share.judge() is Outcome.HELD
    assert share.judge({Figure(1, "91.50"): Figure(1, "91.00").value}) is Outcome.BROKEN


def test_number_torn_by_a_scan_is_one_figure() -> None:
    text = Text("合计 1, 212. 84 元\n1. 2023 年 9883. 3 65")
    assert [n.figure for n in text.numbers(1)] == ["1212.84"]
    assert [n.figure for n in text.numbers(2)] == ["1", "2023", "9883.3", "65"]
