"""Builds reports from a few plain values, so that scoring is tested without any file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from guangsha.facts.concepts import CONCEPTS
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.report import Report

YEAR = 2023


def _indicator(sheet: str, key: str, row: Mapping[str, Any], year: int) -> list[Fact]:
    facts = []
    for name, value in {"level1": "产出指标", "level2": "数量指标", "name": key, **row}.items():
        if name == "assessed":
            given = {"concept": "indicator.score", "basis": "assessed"}
        else:
            given = {"concept": f"indicator.{name}"}
        concept = given.pop("concept")
        typed = Decimal(str(value)) if CONCEPTS[concept].kind.numeric else str(value)
        facts.append(Fact.of(concept, typed, year=year, sheet=sheet, indicator=key, **given))
    return facts


def build_report(
    rows: Sequence[Mapping[str, Any]] = (),
    *,
    profile: str = "yueyang",
    year: int = YEAR,
    kind: str = "overall",
    funds: Mapping[str, Any] | None = None,
    groups: Sequence[Mapping[str, Any]] = (),
    blocks: Mapping[str, Any] | None = None,
    extra: Sequence[Fact] = (),
) -> Report:
    """A report with one sheet ``s``; ``funds`` are {"full_year": 万元, "executed": 万元}."""
    facts = [
        Fact.of("sheet.kind", kind, year=year, sheet="s"),
        Fact.of("sheet.name", "整体支出", year=year, sheet="s"),
    ]
    for stage, amount in (funds or {}).items():
        facts.append(
            Fact.of("sheet.funds", Decimal(str(amount)), year=year, sheet="s", fund="total", stage=stage)
        )
    for number, row in enumerate(rows, 1):
        facts += _indicator("s", f"指标{number}", row, year)
    for group in groups:
        for name, value in group.items():
            if name == "weight":
                facts.append(
                    Fact.of("group.weight", Decimal(str(value)), year=year, sheet="s", group=group["id"])
                )
            elif name == "assessed":
                facts.append(
                    Fact.of(
                        "group.score",
                        Decimal(str(value)),
                        year=year,
                        sheet="s",
                        group=group["id"],
                        basis="assessed",
                    )
                )
    for name, weight in (blocks or {}).items():
        facts.append(Fact.of("block.weight", Decimal(str(weight)), year=year, sheet="s", block=name))
    return Report(FactSet("某单位", year, profile, [*facts, *extra]))


@pytest.fixture(scope="session")
def make_report() -> Callable[..., Report]:
    return build_report
