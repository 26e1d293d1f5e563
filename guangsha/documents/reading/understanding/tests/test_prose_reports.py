"""The published reports: every relation of the prose that a careful reader lists is read, and ends as it should.

The lists (``cases/prose-<report>.yaml``) were written by reading; they hold figures and short labels only.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from guangsha.checking import CheckedDocument, check_file
from guangsha.facts.fact import CellSource, Fact
from guangsha.facts.report import Report, Statement
from guangsha.kernel.findings import Outcome, Relation
from guangsha.testing.transcription import REPORTS, SHARED

CASES = Path(__file__).parent / "cases"
#: Of the listed relations, at least so many must be read.
RECALL_MIN = Decimal("0.95")


@cache
def listed(name: str) -> tuple[dict[str, Any], ...]:
    return tuple(yaml.safe_load((CASES / f"prose-{name}.yaml").read_text(encoding="utf-8")))


@cache
def checked(name: str) -> CheckedDocument:
    path = SHARED / "documents" / f"{name}.txt"
    if not path.is_file():
        pytest.skip("检出目录旁没有公开报告（../shared）")
    return check_file(path)


@cache
def statements(name: str) -> tuple[Statement, ...]:
    return Report(checked(name).facts).statements


def numbers(wanted: dict[str, Any]) -> list[Decimal]:
    return sorted(Decimal(str(number)) for number in wanted["numbers"])


def line_of(fact: Fact) -> int | None:
    return fact.source.line if isinstance(fact.source, CellSource) else None


def stated(name: str, wanted: dict[str, Any]) -> list[Statement]:
    """Statements that say what is wanted, one of whose figures stands on the line."""
    return [
        s
        for s in statements(name)
        if s.kind == wanted["kind"]
        and (
            wanted.get("subject", "") in s.subject or wanted.get("subject", "") in " ".join(s.labels.values())
        )
        and sorted(fact.number for fact in s.roles.values()) == numbers(wanted)
        and any(line_of(fact) == wanted["line"] for fact in s.roles.values())
    ]


def answered(name: str, wanted: dict[str, Any]) -> list[Relation]:
    """Relations of the rule that is to answer, which set the line's figures in relation."""
    return [
        r for r in checked(name).relations if r.rule == wanted["by"] and r.outcome is not Outcome.NOT_CHECKED
    ]


def is_read(name: str, wanted: dict[str, Any]) -> bool:
    if wanted.get("by") == "B03":
        return bool(answered(name, wanted))
    if wanted.get("by", "K26") != "K26":
        # figures with a place of their own (detail.*) are facts, and the named rule has looked at them
        known = {
            fact.number
            for fact in checked(name).facts
            if fact.declared.kind.numeric and line_of(fact) == wanted["line"]
        }
        local = [number for number in numbers(wanted) if number in known]
        return len(local) >= min(2, len(numbers(wanted))) and bool(answered(name, wanted))
    return bool(stated(name, wanted))


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_reads_the_relations_that_a_careful_reader_lists(name: str) -> None:
    missing = [wanted for wanted in listed(name) if not is_read(name, wanted)]
    recall = 1 - Decimal(len(missing)) / len(listed(name))
    assert recall >= RECALL_MIN, missing


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_finds_what_is_broken_and_nothing_else(name: str) -> None:
    """Findings on the listed lines of prose are those that the list calls broken or a tail."""
    told = {
        (place.line, relation.outcome)
        for relation in checked(name).relations
        if relation.finding is not None
        and relation.finding.kind in ("percent", "sum", "equal", "tail", "text")
        for place in relation.finding.where[:1]
    }
    for wanted in listed(name):
        if wanted.get("outcome") == "broken":
            assert (wanted["line"], Outcome.BROKEN) in told, wanted
    clean = {wanted["line"] for wanted in listed(name)} - {
        w["line"] for w in listed(name) if w.get("outcome") == "broken"
    }
    assert {line for line, outcome in told if line in clean and outcome is Outcome.BROKEN} == set()


@pytest.mark.shared
@pytest.mark.parametrize("name", REPORTS)
def test_every_statement_quotes_the_line_it_was_read_from(name: str) -> None:
    text = (SHARED / "documents" / f"{name}.txt").read_text(encoding="utf-8")
    lines = text.split("\n")
    for fact in checked(name).facts:
        if fact.concept not in ("statement.amount", "statement.percent", "statement.count"):
            continue
        if not fact.dimension("statement").startswith("prose-"):
            continue
        assert isinstance(fact.source, CellSource) and fact.source.line is not None
        printed = lines[fact.source.line - 1]
        # a cell of a table that came out over several lines is known by its first one
        assert fact.source.quote and fact.source.quote in (text if "\t" in printed else printed)
