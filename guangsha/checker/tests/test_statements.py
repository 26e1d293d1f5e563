"""The one published department that prints all nine tables: what the rules find in it, exactly."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from guangsha.checker.registry import RULES, Case
from guangsha.checker.run import load_rules
from guangsha.documents.reading.figures import load_figures
from guangsha.facts.fact import Fact, FactSet
from guangsha.kernel.findings import Outcome, Relation, Severity
from guangsha.kernel.resources import data_folder
from guangsha.scoring.profile import load_profile
from guangsha.scoring.results import Scores


def _relations(facts: FactSet, families: str = "TXSY") -> list[Relation]:
    load_rules()
    case = Case(
        facts, load_profile(facts.profile, facts.year), Scores(facts.unit, facts.year, facts.profile, "", ())
    )
    return [r for rule in sorted(RULES) if rule[0] in families for r in RULES[rule].check(case)]


@pytest.fixture(scope="module")
def bureau() -> FactSet:
    return load_figures(data_folder("examples") / "jiangan-2024" / "figures.yaml")


@pytest.fixture(scope="module")
def relations(bureau: FactSet) -> list[Relation]:
    return _relations(bureau)


def _found(relations: list[Relation], severity: Severity) -> list[tuple[str, str, str]]:
    return sorted(
        (r.rule, r.finding.expected, r.finding.found)
        for r in relations
        if r.finding is not None and r.finding.severity is severity
    )


def test_the_errors_of_the_published_accounts_are_found_and_no_others(relations: list[Relation]) -> None:
    assert _found(relations, Severity.ERROR) == [
        ("S02", "0.20", "1.96"),
        ("S02", "99.80", "98.04"),
        ("S04", "99.80", "100"),
        ("S06", "1460.67", "1405.65"),
        ("S22", "100.00", "200"),
        ("T04", "103.24", "103.27"),
        ("T19", "国有资本经营", "本部门2024年无国有资产经营预算财政拨款支出"),
    ]


def test_what_needs_an_explanation_is_a_warning(relations: list[Relation]) -> None:
    assert [rule for rule, _, _ in _found(relations, Severity.WARNING)] == ["S13", "S18", "T18", "X12"]


def test_rounding_tails_are_notes_and_never_errors(relations: list[Relation]) -> None:
    tails = [r for r in relations if r.outcome is Outcome.TAIL]
    assert all(r.finding is not None and r.finding.severity is Severity.INFO for r in tails)
    assert {r.rule for r in tails} == {
        "S05", "S09", "S11", "S12", "T01", "T04", "T05", "T07", "T12", "T16", "X05", "X06", "X08", "X12",
    }  # fmt: skip
    expected = {(r.rule, r.finding.expected, r.finding.found) for r in tails if r.finding}
    assert expected >= {
        ("T01", "22899.23", "22899.22"),
        ("T04", "1049.31", "1049.32"),
        ("T05", "22899.24", "22899.22"),
        ("T12", "74.16", "74.15"),
        ("T16", "0.18", "0.182"),
        ("X05", "138.34", "138.33"),
        ("X05", "20961.97", "20961.96"),
        ("X08", "1449.60", "1449.61"),
        ("X12", "1049.31", "1049.32"),
        ("S09", "0.50", "0.49"),
    }


def test_last_years_figure_is_implied_alike_by_every_statement(relations: list[Relation]) -> None:
    growth = [r for r in relations if r.rule in ("Y01", "Y02", "Y04", "S26")]
    assert {r.outcome for r in growth} == {Outcome.HELD}
    assert any("财政拨款收支总计不大于" in r.subject for r in growth)


def test_nothing_that_was_not_looked_at_counts_as_held(relations: list[Relation]) -> None:
    skipped = Counter(r.rule for r in relations if r.outcome is Outcome.NOT_CHECKED)
    assert {"X19", "Y03", "Y05", "T14", "T15"} <= set(skipped)
    assert all(r.reason for r in relations if r.outcome is Outcome.NOT_CHECKED)


def test_a_code_of_six_digits_is_faulted() -> None:
    fact = Fact.of("accounts.expenditure", Decimal("1.00"), year=2024, row="221010", column="total")
    found = _relations(FactSet("某局", 2024, "jiangan", [fact]), "T")
    assert any(r.finding and r.finding.kind == "code" for r in found if r.rule == "T18")


@pytest.mark.parametrize("shift", ["0.11", "-0.11"])
def test_a_published_total_that_is_off_is_found(bureau: FactSet, shift: str) -> None:
    """Every total of the nine tables in turn; 0.11 is more than the widest envelope of its 25 rows leaves open."""
    accounts = [
        fact for fact in bureau if fact.concept.startswith("accounts.") and fact.declared.kind.numeric
    ]
    totals = [fact for fact in accounts if not fact.dimension("row").isdigit()]
    assert len(totals) > 40
    before = Counter((r.rule, r.subject) for r in _relations(bureau, "TX") if r.outcome is Outcome.BROKEN)
    for fact in totals:
        changed = bureau.plus(
            [Fact.of(
                fact.concept, fact.number + Decimal(shift), year=fact.year, source=fact.source,
                row=fact.dimension("row"), column=fact.dimension("column"),
            )]
        )  # fmt: skip
        after = Counter((r.rule, r.subject) for r in _relations(changed, "TX") if r.outcome is Outcome.BROKEN)
        # Parts that nobody can compute (the running cost of cars) are only as sure as the sums they stand in.
        assert after - before, fact.key
