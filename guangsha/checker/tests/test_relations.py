"""The four tolerances: what always holds, what is a rounding tail, what is always broken."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.checker.relations import (
    Wording,
    check_at_most,
    check_cell,
    check_percent,
    check_score,
    check_sum,
    last_digit,
)
from guangsha.facts import Fact
from guangsha.kernel.findings import Outcome, Severity
from guangsha.kernel.measures import UNITS, Unit
from guangsha.kernel.numbers import divide, round_to

WORDS = Wording("合计")
ERROR = Severity.ERROR
CENTS = st.integers(-(10**9), 10**9)


def money(amount: Decimal | str, key: str = "x", unit: Unit | None = None) -> Fact:
    return Fact.of("detail.amount", Decimal(amount), year=2023, unit=unit, item=key)


def rate(percent: str) -> Fact:
    return Fact.of("staff.control_rate", Decimal(percent), year=2023, basis="published")


def score(points: str) -> Fact:
    return Fact.of("sheet.total", Decimal(points), year=2023, sheet="s", basis="published")


def addends(values: list[Decimal]) -> list[Fact]:
    return [money(value, f"a{number}") for number, value in enumerate(values)]


@given(st.lists(CENTS, min_size=1, max_size=30))
def test_zero_difference_always_holds(cents: list[int]) -> None:
    parts = [Decimal(c).scaleb(-2) for c in cents]
    total = money(sum(parts, Decimal(0)))
    assert check_sum("F01", ERROR, total, addends(parts), WORDS).outcome is Outcome.HELD
    assert check_cell("F01", ERROR, total, total, WORDS).outcome is Outcome.HELD
    assert check_at_most("F01", ERROR, total, total, WORDS).outcome is Outcome.HELD


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=30))
def test_sums_of_exact_yuan_rounded_to_two_decimals_are_never_broken(fen: list[int]) -> None:
    parts = [Decimal(f).scaleb(-6) for f in fen]  # fen as 万元, exact
    total = money(round_to(sum(parts, Decimal(0)), 2))
    relation = check_sum("F01", ERROR, total, addends([round_to(part, 2) for part in parts]), WORDS)
    assert relation.outcome in (Outcome.HELD, Outcome.TAIL)
    assert relation.finding is None or relation.finding.severity is Severity.INFO


@given(st.tuples(CENTS, CENTS, CENTS), st.sampled_from(["0.05", "-0.05"]))
def test_five_hundred_yuan_in_a_sum_of_three_is_always_broken(
    cents: tuple[int, int, int], change: str
) -> None:
    parts = [Decimal(c).scaleb(-2) for c in cents]
    total = money(sum(parts, Decimal(0)) + Decimal(change))
    relation = check_sum("F01", ERROR, total, addends(parts), WORDS)
    assert relation.outcome is Outcome.BROKEN
    assert relation.finding is not None and relation.finding.severity is ERROR


@given(st.lists(CENTS, min_size=2, max_size=10), st.integers(1, 40))
def test_blank_addends_never_widen_the_envelope(cents: list[int], blanks: int) -> None:
    """A blank cell is no fact: only figures that are printed can carry a rounding error."""
    parts = [Decimal(c).scaleb(-2) for c in cents]
    beyond = Decimal("0.005") * (len(parts) + 1) + Decimal("0.01")
    total = money(sum(parts, Decimal(0)) + beyond)
    cells: list[Fact | None] = [*addends(parts), *([None] * blanks)]
    given_cells = [cell for cell in cells if cell is not None]
    assert check_sum("F01", ERROR, total, given_cells, WORDS).outcome is Outcome.BROKEN


@given(CENTS, CENTS)
def test_difference_is_a_sum_with_a_minus(income: int, spent: int) -> None:
    first, second = Decimal(income).scaleb(-2), Decimal(spent).scaleb(-2)
    relation = check_sum(
        "N05", ERROR, money(first - second), [money(first, "a")], WORDS, minus=[money(second, "b")]
    )
    assert relation.outcome is Outcome.HELD


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(0, 4))
def test_percentage_of_rounded_amounts_printed_at_any_precision_holds(
    part: int, whole: int, places: int
) -> None:
    """Whatever the yuan behind them, the percentage of two printed amounts agrees with those amounts."""
    numerator, denominator = Decimal(part).scaleb(-2), Decimal(whole).scaleb(-2)
    printed = rate(str(round_to(divide(numerator * 100, denominator), places)))
    relation = check_percent("F02", ERROR, printed, money(numerator, "a"), money(denominator, "b"), WORDS)
    assert relation.outcome is Outcome.HELD


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_counted_things_carry_no_rounding_error(staff: int, posts: int) -> None:
    exact = divide(Decimal(staff) * 100, Decimal(posts))
    people = [Fact.of("staff.employed", staff, year=2023), Fact.of("staff.established", posts, year=2023)]
    for places in (0, 1, 2):
        right = round_to(exact, places)
        step = Decimal(1).scaleb(-places)
        fits = check_percent("B01", ERROR, rate(str(right)), *people, WORDS, inputs_exact=True)
        wrong = check_percent("B01", ERROR, rate(str(right + step)), *people, WORDS, inputs_exact=True)
        assert fits.outcome is Outcome.HELD
        # One unit beside a tie is as near on the other side; beyond it, it is wrong.
        if right + step - exact > step / 2:
            assert wrong.outcome is Outcome.BROKEN


def test_trailing_zeros_that_a_form_drops_do_not_widen_the_envelope() -> None:
    """22 in a column of 万元 stands for 22.00, not for anything between 21.5 and 22.5."""
    assert last_digit(money("22"), 2) == Decimal("0.01")
    assert check_sum("F01", ERROR, money("22"), [money("22.4", "a")], WORDS).outcome is Outcome.BROKEN


def test_a_sum_may_mix_yuan_and_ten_thousand_yuan() -> None:
    parts = [money("9212200", "a", UNITS["元"]), money("1.23", "b")]
    assert check_sum("F01", ERROR, money("922.45"), parts, WORDS).outcome is Outcome.HELD
    assert (
        check_cell("F17", ERROR, money("922.45"), money("9224500", "a", UNITS["元"]), WORDS).outcome
        is Outcome.HELD
    )
    over = check_at_most("F04", ERROR, money("922.46"), money("9224500", "a", UNITS["元"]), WORDS)
    assert over.outcome is Outcome.TAIL
    ratio = check_percent(
        "F02", ERROR, rate("50.00"), money("50", "a"), money("1000000", "b", UNITS["元"]), WORDS
    )
    assert ratio.outcome is Outcome.HELD


@pytest.mark.parametrize(
    ("printed", "computed", "outcome"),
    [
        ("99.79", "100.00", "broken"),
        ("9.94", "9.94", "held"),
        ("10", "10.00", "held"),
        ("7", "7.1454", "held"),
    ],
)
def test_score_agrees_within_half_a_unit_of_its_last_digit(printed: str, computed: str, outcome: str) -> None:
    assert check_score("K04", ERROR, score(printed), Decimal(computed), WORDS).outcome is Outcome(outcome)


def test_score_printed_coarser_than_the_place_prints_is_shown_as_a_tail() -> None:
    relation = check_score("K04", ERROR, score("97"), Decimal("96.97"), WORDS, places=2)
    assert relation.outcome is Outcome.TAIL
    assert relation.finding is not None and relation.finding.severity is Severity.INFO
    assert check_score("K04", ERROR, score("97"), Decimal("96.97"), WORDS).outcome is Outcome.HELD


def test_excess_that_somebody_explained_holds_but_not_a_tail() -> None:
    limit = money("26", "a")
    assert check_at_most("F04", ERROR, money("116.29"), limit, WORDS, explained=True).outcome is Outcome.HELD
    assert check_at_most("F04", ERROR, money("26.01"), limit, WORDS, explained=True).outcome is Outcome.TAIL
    assert check_at_most("F04", ERROR, money("26.02"), limit, WORDS).outcome is Outcome.BROKEN


def test_percentage_of_nothing_is_not_checked() -> None:
    relation = check_percent("F02", ERROR, rate("100"), money("5", "a"), money("0", "b"), WORDS)
    assert relation.outcome is Outcome.NOT_CHECKED and relation.reason


def test_long_sums_are_told_without_listing_every_addend() -> None:
    parts = addends([Decimal("1234567.89")] * 40)
    relation = check_sum("U07", ERROR, money("1"), parts, WORDS)
    assert relation.finding is not None
    assert len(relation.finding.message) < 200 and len(relation.finding.where) == 41
