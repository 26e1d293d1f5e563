"""Sentences of reports from anywhere and what must be read from them: ``cases/prose-sentences.yaml``."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from guangsha.documents.reading.understanding.tests.prose_builders import statements_of
from guangsha.facts.report import Statement

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "prose-sentences.yaml").read_text(encoding="utf-8")
)
ROLES = (
    "total", "current", "prior", "delta", "percent", "budget", "executed", "part", "whole", "minuend", "subtrahend",
    "count", "listed", "first", "second",
)  # fmt: skip


def agrees(statement: Statement, wanted: dict[str, Any]) -> bool:
    """Whether a statement is the one wanted: its kind, the words of its subject, every number that is named."""
    if statement.kind != wanted["kind"] or wanted.get("subject", "") not in statement.subject:
        return False
    for role in ROLES:
        if role in wanted and number(statement, role) != Decimal(str(wanted[role])):
            return False
    parts = [number(statement, role) for role in statement.roles if role.startswith("part.")]
    return parts == [Decimal(str(part)) for part in wanted.get("parts", parts)]


def number(statement: Statement, role: str) -> Decimal | None:
    fact = statement.roles.get(role)
    return fact.number if fact else None


def said(statement: Statement) -> str:
    return f"{statement.kind} {statement.subject} { {role: fact.text for role, fact in statement.roles.items()} }"


def test_there_are_sentences_of_many_wordings() -> None:
    assert len(CASES) >= 50


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_sentence_gives_its_relations(case: dict[str, Any]) -> None:
    found = statements_of(case["text"])
    everything = "\n".join(said(statement) for statement in found)
    for wanted in case.get("expect", ()):
        assert any(agrees(statement, wanted) for statement in found), f"{wanted}\n{everything}"
    if case.get("none"):
        related = [s for s in found if len(s.roles) > 1 and not _incomplete(s)]
        assert related == [], everything


def _incomplete(statement: Statement) -> bool:
    """A share of which only one figure is printed is recorded, not asserted."""
    return statement.kind == "share" and not {"part", "whole"} <= statement.roles.keys()
