"""Prose without a mistake raises no finding: precision comes first (``cases/prose-holding.yaml``)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from guangsha.checker.registry import RULES, Case
from guangsha.checker.run import load_rules
from guangsha.documents.reading.understanding.tests.prose_builders import report_of
from guangsha.facts.fact import Fact
from guangsha.kernel.findings import Finding, Severity
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import load_profile

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "prose-holding.yaml").read_text(encoding="utf-8")
)
FAMILIES = "FKBNSYR"

load_rules()


def findings(text: str, *, accounts: bool) -> list[Finding]:
    """What the rules on figures say of ``text``, as a self-evaluation or as the prose of final accounts."""
    tables = []
    if accounts:
        # a cell that no sentence speaks of: it only makes the text the prose of final accounts
        tables.append(Fact.of("accounts.overview", 0, year=2023, row="income.affiliated", column="amount"))
    report = report_of(text, tables)
    profile = load_profile("mof", 2023)
    case = Case(report.facts, profile, score_report(report, profile, strict=False))
    return [
        relation.finding
        for rule_id in sorted(RULES)
        if rule_id[0] in FAMILIES
        for relation in RULES[rule_id].check(case)
        if relation.finding is not None
    ]


@pytest.mark.parametrize("accounts", [False, True], ids=["自评报告", "决算说明"])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_prose_without_a_mistake_raises_nothing(case: dict[str, Any], accounts: bool) -> None:
    found = findings(case["text"], accounts=accounts)
    assert [f"{f.rule} {f.message}" for f in found if f.severity is Severity.ERROR] == []
    allowed = case.get("warnings", ())
    assert [
        f"{f.rule} {f.message}" for f in found if f.severity is Severity.WARNING and f.rule not in allowed
    ] == []


def _sheet_facts() -> list[Fact]:
    def fact(concept: str, value: Decimal | str, **dimensions: str) -> Fact:
        return Fact.of(concept, value, year=2023, sheet="overall", **dimensions)

    return [
        fact("sheet.kind", "overall"),
        fact("sheet.name", "整体支出"),
        fact("sheet.funds", Decimal("1380.68"), fund="total", stage="initial"),
        fact("sheet.funds", Decimal("3216.47"), fund="total", stage="full_year"),
        fact("sheet.funds", Decimal("3197.46"), fund="total", stage="executed"),
        fact("execution.rate", Decimal("99.41"), basis="published"),
    ]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("年初预算数1380.28万元，全年预算数3216.47万元，全年执行数3197.46万元。", "likely:sheet.funds[fund=total,sheet=overall,stage=initial]@2023"),
        ("预算未全部执行的有：整体支出（执行率98.41%）。", "likely:execution.rate[basis=published,sheet=overall]@2023"),
        ("年初预算数9999.99万元，另有其他。", ""),
    ],
)  # fmt: skip
def test_words_of_the_sheet_repeat_its_own_figures(text: str, cell: str) -> None:
    """A slip beside a figure that agrees is asked about; an amount that nothing supports belongs to no sheet."""
    bound = {
        path for statement in report_of(text, _sheet_facts()).statements for path in statement.cells.values()
    }
    assert (cell in bound) if cell else not any("sheet.funds" in path for path in bound)
