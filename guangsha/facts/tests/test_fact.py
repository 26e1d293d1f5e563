"""Facts and fact sets."""

import json
from decimal import Decimal

import pytest

from guangsha.facts import CellSource, DerivedSource, EntrySource, Fact, FactSet, MetricSource, Report
from guangsha.facts.concepts import CONCEPTS, Kind
from guangsha.facts.forms import ABOUT, ACCOUNTS, INDICATOR, SHEET, STAFF
from guangsha.kernel.errors import InputError
from guangsha.kernel.measures import UNITS


def executed(value: str, **more: str) -> Fact:
    dimensions = {"sheet": "overall", "fund": "total", "stage": "executed"} | more
    return Fact.of(
        "sheet.funds", Decimal(value), year=2023, unit=None, decimals=None, source=None, **dimensions
    )


def test_a_fact_knows_its_key_its_fen_and_its_printed_decimals() -> None:
    fact = executed("3197.46")
    assert fact.key == "sheet.funds[fund=total,sheet=overall,stage=executed]@2023"
    assert fact.fen == 3_197_460_000
    assert fact.decimals == 2
    assert fact.unit is UNITS["万元"]


@pytest.mark.parametrize(
    "source",
    [
        CellSource("figures.yaml", "", "sheets[0]", 12, None, "3197.46"),
        EntrySource("周", "2026-06-30T10:00", "凭证 12"),
        MetricSource("subsidy.households_paid", 3, "{}", "2025-12-31T24:00", 3573, "ab" * 32),
        MetricSource("ledger.executed", 1, "", "2025-12-31 24:00:00", 0, "ab" * 32),
        EntrySource("", "", "凭证 12"),
        DerivedSource("执行数÷预算数", ("a@2023", "b@2023")),
    ],
)
def test_reads_back_what_it_printed_with_every_kind_of_source(source: CellSource) -> None:
    fact = Fact.of("staff.employed", 73, year=2023, unit=UNITS["人"], source=source)
    assert Fact.from_json(json.loads(json.dumps(fact.as_json()))) == fact


@pytest.mark.parametrize(
    ("concept", "dimensions", "value"),
    [
        ("sheet.fonds", {}, Decimal(1)),
        ("sheet.funds", {"sheet": "overall"}, Decimal(1)),
        ("staff.employed", {"sheet": "overall"}, Decimal(1)),
        ("staff.employed", {}, "七十三"),
        ("unit.department", {}, Decimal(1)),
        ("staff.employed", {}, Decimal("NaN")),
        ("sheet.total", {"sheet": "overall", "basis": "guessed"}, Decimal(1)),
    ],
)
def test_refuses_what_nobody_declared(concept: str, dimensions: dict[str, str], value: Decimal | str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Fact.of(concept, value, year=2023, unit=None, decimals=None, source=None, **dimensions)


def test_a_figure_given_twice_is_refused_with_both_places() -> None:
    first = Fact.of("staff.employed", 73, year=2023, source=CellSource("a.yaml", line=3))
    second = Fact.of("staff.employed", 74, year=2023, source=CellSource("a.yaml", line=9))
    with pytest.raises(InputError, match="给出了两次") as caught:
        FactSet("某中心", 2023, "yueyang", [first, second])
    assert "第 3 行" in str(caught.value) and "第 9 行" in str(caught.value)


def test_equal_facts_are_equal_wherever_they_were_read() -> None:
    def read(file: str) -> FactSet:
        return FactSet(
            "某中心", 2023, "yueyang", [Fact.of("staff.employed", 73, year=2023, source=CellSource(file))]
        )

    assert read("a.yaml") == read("b.xlsx")
    assert FactSet.from_json(read("a").as_json()) == read("a")


def test_views_show_facts_of_the_right_year() -> None:
    this = Fact.of("accounts.overview", Decimal("5.00"), year=2024, row="income.total", column="amount")
    prior = Fact.of("accounts.overview", Decimal("3.00"), year=2023, row="income.total", column="amount")
    report = Report(FactSet("某局", 2024, "jiangan", [this, prior]))
    assert report.accounts("overview").cell("income.total", "amount") == this
    assert report.accounts("overview", prior=True).cell("income.total", "amount") == prior
    assert not report.accounts("revenue")


def test_every_form_field_is_a_declared_concept_with_a_chinese_label() -> None:
    for field in (*ABOUT, *STAFF, *SHEET, *INDICATOR):
        assert field.concept in CONCEPTS
        assert any("一" <= c <= "鿿" for c in field.label)
    for table in ACCOUNTS:
        assert CONCEPTS[f"accounts.{table}"].kind is Kind.MONEY
