"""Worked examples that an official can read, check with a calculator, and add to (``cases/*.yaml``)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from guangsha.kernel.money import fen_of
from guangsha.policy.batch import compile_batch
from guangsha.policy.catalogue import CATALOGUE
from guangsha.policy.decision import decide
from guangsha.policy.dimensions import MONEY, MONTHLY_MONEY
from guangsha.policy.entitlement import (
    Change,
    Timing,
    compute_clawback,
    due_by_month,
    months_of_rent,
    violation_fine_max,
)
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.household import Month
from guangsha.policy.parameter_files import assumed, book_of
from guangsha.policy.parameters import ParameterValue
from guangsha.policy.programmes import PROGRAMMES
from guangsha.testing.policies import as_row, run_duckdb, usual_household

FOLDER = Path(__file__).parent / "cases"
DAY = date(2026, 11, 20)
TITLES = {kind.title: kind for kind in FACT_KINDS.values()}
OUTCOMES = {"准予": "GRANT", "不予": "REFUSE", "资料不全": "INCOMPLETE"}


def cases(name: str) -> list[Any]:
    rows = yaml.load((FOLDER / name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return [pytest.param(row, id=row["算例"]) for row in rows]


def fact(title: str, text: str) -> tuple[str, int | None]:
    kind = TITLES[title]
    if text == "未核实":
        return kind.name, None
    if kind.flag:
        return kind.name, {"是": 1, "否": 0}[text]
    scale = 100 if kind.dimension in (MONEY, MONTHLY_MONEY) else kind.scale
    value = Fraction(text) * scale
    assert value.denominator == 1, title
    return kind.name, int(value)


def assumption(key: str, given: Any) -> ParameterValue:
    """A table's axis is the first of the parameter's that its lines fit."""
    if not isinstance(given, dict):
        return assumed(key, given)
    axes = [axis for axis in CATALOGUE[key].axes if axis]
    by = "persons" if "persons" in axes and all(line.isdigit() for line in given) else axes[0]
    return assumed(key, given, by)


@pytest.mark.parametrize("case", cases("decisions.yaml"))
def test_worked_examples_of_decisions_cases(case: dict[str, Any]) -> None:
    programme = PROGRAMMES[case["项目"]]
    household = usual_household(is_minimum_living=0)
    household |= dict(fact(title, text) for title, text in case["家庭"].items())
    overrides = {key: assumption(key, given) for key, given in case.get("假设", {}).items()}
    decision = decide(household, "430699", DAY, programme=programme, overrides=overrides)
    wanted = case["应得"]
    assert decision.outcome.name == OUTCOMES[wanted["结论"]]
    if "金额" in wanted:
        assert decision.amount_fen == fen_of(Decimal(wanted["金额"]))
    if "类别" in wanted:
        assert decision.chosen is not None and decision.chosen.name == wanted["类别"]
    assert [c.condition.title for c in decision.failed] == wanted.get("不符合", [])
    assert decision.overridden == tuple(sorted(overrides))
    compiled = compile_batch(programme, "430699", DAY, overrides=overrides)
    assert run_duckdb(compiled, [household]) == [as_row(decision)]
    assert compiled.overridden == decision.overridden


def month(text: str) -> Month:
    return Month(int(text[:4]), int(text[5:]))


@pytest.mark.parametrize("case", cases("months.yaml"))
def test_worked_examples_of_months_cases(case: dict[str, Any]) -> None:
    def fen(text: str) -> int:
        return fen_of(Decimal(text))

    rule = case["规定"]
    changes = [
        Change(
            date.fromisoformat(c["发生"]),
            date.fromisoformat(c["得知"]),
            fen(c["月额"]),
            c.get("终止") == "是",
            declared=c.get("查出") != "是",
            lapsed=c.get("未年审") == "是",
        )
        for c in case["变化"]
    ]
    first, last = map(month, case["起止"])
    timing = Timing(rule["stop_month"], rule["retro_clawback"] == "是")
    due = due_by_month(first, last, fen(case["月额"]), changes, timing)
    if "应发合计" in case:
        assert sum(due.values()) == fen(case["应发合计"])
    for text, amount in case.get("应发", {}).items():
        assert due[month(text)] == fen(amount), text
    if "已发" in case:
        paid_first, paid_last = month(case["已发"]["从"]), month(case["已发"]["到"])
        paid = {paid_first.plus(k): fen(case["已发"]["月额"]) for k in range(paid_first.until(paid_last) + 1)}
        assert compute_clawback(paid, due).total_fen == fen(case["应追回"])


def test_the_first_month_of_a_tenancy_owes_its_days_and_the_last_one_too() -> None:
    rent = months_of_rent(43932, date(2026, 3, 12), date(2026, 5, 31), by_day=True)
    assert rent == {Month(2026, 3): 28343, Month(2026, 4): 43932, Month(2026, 5): 43932}
    assert months_of_rent(43932, date(2026, 3, 12), date(2026, 3, 12), by_day=False) == {
        Month(2026, 3): 43932
    }
    assert months_of_rent(31, date(2026, 3, 2), date(2026, 3, 31), by_day=True)[Month(2026, 3)] == 30


def test_subletting_is_made_up_to_the_market_rent_and_fined_within_the_law() -> None:
    months = [Month(2026, 1).plus(k) for k in range(5)]
    table = compute_clawback({}, {}, violation_months=months, market_rent_fen=62760, charged_rent_fen=18828)
    assert (table.rent_short_fen, table.overpaid_fen, len(table.rows)) == (219660, 0, 5)
    book, on = book_of(), date(2026, 11, 20)
    plain, multiple, most = (
        book.get(key, "430699", on).at(None)
        for key in ("violation_fine_max", "violation_gain_multiple", "violation_gain_fine_max")
    )
    assert isinstance(plain, Fraction) and isinstance(multiple, Fraction) and isinstance(most, Fraction)

    def fine(gain_fen: int) -> int:
        return violation_fine_max(
            gain_fen, plain_max_fen=int(plain), gain_multiple=int(multiple), gain_max_fen=int(most)
        )

    assert [fine(0), fine(450_000), fine(2_000_000)] == [100_000, 1_350_000, 3_000_000]
