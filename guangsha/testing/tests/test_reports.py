"""The strategies give years that hold together."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.facts import Report
from guangsha.testing.effort import examples
from guangsha.testing.reports import YEARS, filled_years, unit_years

QUICK = settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("profile", sorted(YEARS))
@given(data=st.data())
@QUICK
def test_every_sheet_of_a_consistent_year_has_a_hundred_points_and_funds_that_add_up(profile, data):
    report = Report(data.draw(unit_years(profile)))
    for sheet in report.sheets:
        weights = sum((row.weight.number for row in sheet.indicators), Decimal(0))
        assert weights in (80, 90, 100)  # with execution 20, 10 or 0
        if sheet.kind == "project":
            for stage in ("initial", "full_year", "executed"):
                parts = [sheet.funds(fund).stage(stage).number for fund in ("current", "carry_over")]
                assert sum(parts) == sheet.funds().stage(stage).number


@given(facts=unit_years("jiangan"))
@QUICK
def test_the_final_accounts_balance(facts):
    report = Report(facts)
    overview = report.accounts("overview")
    assert overview.fen("income.grand", "amount") == overview.fen("expenditure.grand", "amount")
    revenue = report.accounts("revenue")
    codes = [row for row in revenue.rows if row != "total"]
    assert sum(revenue.fen(row, "total") for row in codes) == revenue.fen("total", "total")


@given(facts=filled_years("yueyang"))
@QUICK
def test_filled_years_are_fact_sets(facts):
    assert len(facts) > 50
