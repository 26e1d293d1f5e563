"""Documents made of plain lines, and what the reader of prose makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guangsha.documents.reading.source import Block, Line, SourceDocument, Spot
from guangsha.documents.reading.understanding.prose import read_prose
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.report import Report, Statement


@dataclass(frozen=True)
class Owner:
    """Whose document it is."""

    unit: str = "某区住房保障中心"
    year: int = 2023


def document_of(text: str) -> SourceDocument:
    """A txt document with the lines of ``text``."""
    blocks: tuple[Block, ...] = tuple(
        Line(line, Spot(line=number)) for number, line in enumerate(text.splitlines(), 1) if line.strip()
    )
    return SourceDocument("report.txt", "txt", blocks)


def facts_of(text: str, tables: Iterable[Fact] = (), owner: Owner | None = None) -> list[Fact]:
    return read_prose(document_of(text), owner or Owner(), list(tables))


def report_of(text: str, tables: Iterable[Fact] = (), owner: Owner | None = None) -> Report:
    """Tables and prose together, as the rules see them."""
    owner = owner or Owner()
    tables = list(tables)
    return Report(FactSet(owner.unit, owner.year, "mof", [*tables, *facts_of(text, tables, owner)]))


def statements_of(text: str, tables: Iterable[Fact] = ()) -> tuple[Statement, ...]:
    """Statements of ``text``, detail figures turned off by an accounts cell that nothing refers to."""
    marker = Fact.of("accounts.number", "公开01表", year=2023, table="overview")
    return report_of(text, [marker, *tables]).statements
