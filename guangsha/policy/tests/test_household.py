"""Facts from what is known about a family: twelve months of income, shares of homes, anniversaries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.kernel.errors import InputError
from guangsha.policy.decision import decide
from guangsha.policy.entitlement import Change, Timing, compute_clawback, due_by_month, months_of_rent
from guangsha.policy.facts import FACT_KINDS, check_facts
from guangsha.policy.household import (
    Family,
    Home,
    Lease,
    Month,
    Person,
    facts_of,
    full_months,
    full_years,
)
from guangsha.policy.letter import letter
from guangsha.policy.parameter_files import assumed, book_of
from guangsha.policy.parameters import ParameterBook
from guangsha.policy.programme import NO_TYPE_BIT, Outcome
from guangsha.policy.programmes import RENTAL_SUBSIDY

DAY = date(2026, 11, 20)
BORN = date(1980, 1, 1)


def months(first: str, count: int, fen: int) -> dict[Month, int]:
    start = Month(int(first[:4]), int(first[5:]))
    return {start.plus(k): fen for k in range(count)}


def family(**changes: object) -> Family:
    known: dict[str, object] = {
        "persons": (Person(BORN, months("2025-11", 12, 100_000)), Person(BORN), Person(date(2015, 6, 1))),
        "assets_fen": 1_000_000, "vehicles": 0, "vehicle_value_fen": 0, "business_capital_fen": 0, "legal_person_posts": 0,
        "statuses": frozenset({"minimum_living"}), "local_hukou": True, "hukou_since": date(2010, 1, 1),
        "residence_permit": False, "insured_months": 0, "labour_contract": False, "lease": Lease(65_000, filed=True),
    }  # fmt: skip
    return Family(**{**known, **changes})  # type: ignore[arg-type]


def test_a_family_becomes_facts_that_the_rules_take() -> None:
    facts = check_facts(facts_of(family(), DAY))
    assert set(facts) == set(FACT_KINDS)
    assert (facts["members"], facts["income_12m_fen"], facts["applicant_age"]) == (3, 1_200_000, 46)
    decision = decide(facts, "430699", DAY, programme=RENTAL_SUBSIDY)
    assert (decision.outcome, decision.amount_fen) == (Outcome.GRANT, 65_000)


def test_income_counts_in_the_twelve_months_before_this_one_only() -> None:
    incomes = months("2024-01", 40, 1)
    persons = (Person(BORN, incomes),)
    assert facts_of(family(persons=persons), DAY)["income_12m_fen"] == 12
    begun = (Person(BORN, months("2026-08", 3, 300_000)),)  # three months of work are a mean over twelve
    assert facts_of(family(persons=begun), DAY)["income_12m_fen"] == 900_000


def test_who_can_work_and_proves_nothing_is_counted_apart_and_who_cannot_is_not_known() -> None:
    able = Person(BORN, None, able_to_work=True, declared_income_fen=90_000)
    facts = facts_of(family(persons=(able, Person(BORN))), DAY)
    assert (facts["deemed_persons"], facts["declared_income_1_fen"], facts["income_12m_fen"]) == (
        1,
        90_000,
        0,
    )
    frail = Person(BORN, None)
    assert facts_of(family(persons=(able, frail)), DAY)["income_12m_fen"] is None
    with pytest.raises(InputError, match="超过 8 人"):
        facts_of(family(persons=(able,) * 9), DAY)


def test_shares_are_rounded_to_hundredths_and_disposed_homes_go_by_full_years() -> None:
    homes = (
        Home("owned", Decimal("50.00"), Fraction(1, 3)),
        Home("public_rented", Decimal("40.5")),
        Home("owned", Decimal(30), disposed_on=date(2021, 11, 20)),  # five full years: the sixth year
        Home("disposed", Decimal(31), disposed_on=date(2021, 11, 21)),
        Home("owned", Decimal(32), disposed_on=date(2030, 1, 1)),  # still owned
        Home("owned", Decimal(33), disposed_on=date(2001, 1, 1)),  # too long ago for any policy
        Home("public_rented", Decimal(70), disposed_on=DAY),  # given back today
        Home("owned", Decimal(7), disposed_on=DAY),  # sold today
        Home("market_rented", Decimal(60)),
        Home("lent", Decimal(60)),
    )
    facts = facts_of(family(homes=homes), DAY)
    assert facts["own_area_hundredth_m2"] == 1667 + 3200
    assert facts["public_rented_area_hundredth_m2"] == 4050
    disposed = [facts[f"disposed_area_year_{k}_hundredth_m2"] for k in range(1, 11)]
    assert disposed == [700, 0, 0, 0, 3100, 3000, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"persons": ()}, "没有成员"),
        ({"degree": "genius"}, "学历"),
        ({"homes": (Home("castle", Decimal(1)),)}, "住房性质"),
        ({"homes": (Home("disposed", Decimal(1)),)}, "没有处置日期"),
        ({"statuses": frozenset({"rich"})}, "不认识的身份"),
    ],
)
def test_words_that_nobody_knows_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        facts_of(family(**wrong), DAY)


def test_months_are_full_on_the_same_day_or_the_last_one() -> None:
    assert full_months(date(2024, 2, 29), date(2025, 2, 28)) == 12
    assert full_years(date(2021, 11, 20), date(2026, 11, 19)) == 4
    assert full_years(date(2021, 11, 20), date(2026, 11, 20)) == 5
    assert facts_of(family(degree="bachelor", graduated_on=date(2027, 1, 1)), DAY)["graduated"] == 0
    assert facts_of(family(waiting_since=date(2025, 11, 20)), DAY)["waiting_months"] == 12
    assert facts_of(family(local_hukou=False, hukou_since=None), DAY)["hukou_months"] == 0
    assert facts_of(family(hukou_since=None), DAY)["hukou_months"] is None


@given(first=st.dates(date(1950, 1, 1), date(2090, 1, 1)), months_=st.integers(0, 600))
def test_months_add_up_however_they_are_counted(first: date, months_: int) -> None:
    later = Month.of(first).plus(months_)
    day = date(later.year, later.number, min(first.day, later.days))
    assert full_months(first, day) == months_
    assert Month.of(first).until(later) == months_ and later.plus(-months_) == Month.of(first)


def test_the_letter_says_why_by_how_much_by_which_article_and_what_would_change_it() -> None:
    homes = (Home("owned", Decimal("60.00")),)
    facts = facts_of(family(homes=homes), DAY)
    text = letter(decide(facts, "430699", DAY, programme=RENTAL_SUBSIDY))
    assert "建议不予" in text and "由工作人员审核决定" in text
    assert "人均住房面积为20.00㎡/人，标准为16.00㎡/人，相差4.00㎡/人" in text
    assert "公共租赁住房管理办法第七条" in text and "湖房保〔2025〕19号" in text
    assert "怎样可以改变结果：家庭人口增加" in text
    good = letter(decide(facts_of(family(), DAY), "430699", DAY, programme=RENTAL_SUBSIDY))
    assert "每月金额：650.00元" in good and "补贴系数0.9" in good and "= 669.60元/月" in good
    unknown = letter(decide(facts | {"own_area_hundredth_m2": None}, "430699", DAY, programme=RENTAL_SUBSIDY))
    assert "资料不全" in unknown and "还需核实：自有住房面积" in unknown
    # Granted as a family of low income; whether it is also on 低保, which would give more, is not known yet.
    facts = facts_of(family(statuses=frozenset()), DAY) | {"is_minimum_living": None}
    half = decide(facts, "430699", DAY, programme=RENTAL_SUBSIDY)
    assert half.outcome is Outcome.GRANT and [kind.code for kind in half.open_types] == ["minimum_living"]
    assert "核实后结果可能不同：最低生活保障家庭" in letter(half) and "还需核实：低保" in letter(half)


def test_a_letter_says_what_was_assumed_what_nobody_has_checked_and_who_is_of_no_type() -> None:
    stranger = family(statuses=frozenset(), local_hukou=False, hukou_since=None)
    assumption = {
        "base_rent_m2": assumed("base_rent_m2", "18"),
        "single_min_age": assumed("single_min_age", "35"),
    }
    text = letter(
        decide(facts_of(stranger, DAY), "430699", DAY, programme=RENTAL_SUBSIDY, overrides=assumption)
    )
    assert "家庭不属于任何一个保障类别" in text and "测算假设" in text
    nobody = decide(
        facts_of(stranger, DAY), "430699", DAY, programme=RENTAL_SUBSIDY,
        overrides={"type_priority": assumed("type_priority", ["talent"])},
    )  # fmt: skip
    assert nobody.chosen is None and nobody.failed_mask & NO_TYPE_BIT
    assert "家庭不属于任何一个保障类别。" in letter(nobody)
    book = book_of()
    second_hand = ParameterBook(
        tuple(v for v in book.values if v.region != "430699" or v.key != "area_line_pc")
    )
    reported = next(v for v in book.values if v.region == "440100" and v.key == "area_line_pc")
    second_hand = ParameterBook((*second_hand.values, replace(reported, region="430699")))
    seen = decide(facts_of(family(), DAY), "430699", DAY, programme=RENTAL_SUBSIDY, book=second_hand)
    assert [value.key for value in seen.unverified] == ["area_line_pc"]
    assert "文件原文尚未核对，作出决定前应当核对：住房困难标准" in letter(seen)


def test_months_that_make_no_sense_are_refused() -> None:
    timing = Timing("next_month", True)
    january, december = Month(2026, 1), Month(2026, 12)
    for first, last in ((december, january), (Month(1900, 1), Month(2026, 1))):
        with pytest.raises(InputError, match="起止月份"):
            due_by_month(first, last, 0, [], timing)
    for change in (Change(DAY, date(2026, 11, 19), 0), Change(DAY, DAY, -1)):
        with pytest.raises(InputError, match="得知日"):
            due_by_month(january, december, 0, [change], timing)
    with pytest.raises(InputError, match="起止日期"):
        months_of_rent(1, DAY, date(2026, 11, 19), by_day=True)
    assert str(january) == "2026-01"


@given(
    paid=st.dictionaries(st.integers(0, 30), st.integers(0, 10**6)),
    due=st.dictionaries(st.integers(0, 30), st.integers(0, 10**6)),
)  # fmt: skip
def test_a_claw_back_is_never_negative_and_never_more_than_was_paid(
    paid: dict[int, int], due: dict[int, int]
) -> None:
    start = Month(2025, 6)
    table = compute_clawback(
        {start.plus(k): v for k, v in paid.items()}, {start.plus(k): v for k, v in due.items()}
    )
    assert 0 <= table.total_fen <= sum(paid.values())
    assert [row.month for row in table.rows] == sorted(row.month for row in table.rows)


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 1, 1)), days=st.integers(0, 800), rent=st.integers(0, 10**6)
)  # fmt: skip
def test_rent_by_day_is_never_more_than_whole_months_and_full_months_owe_all(
    first: date, days: int, rent: int
) -> None:
    last = first + timedelta(days=days)
    by_day, whole = (months_of_rent(rent, first, last, by_day=flag) for flag in (True, False))
    assert list(by_day) == list(whole)
    for place, month in enumerate(by_day):
        assert 0 <= by_day[month] <= whole[month] == rent
        if 0 < place < len(by_day) - 1:
            assert by_day[month] == rent


def test_what_is_contradicted_is_unknown_whatever_the_family_says() -> None:
    family = Family((Person(date(1980, 1, 1)),), unknown=frozenset({"own_area_hundredth_m2"}))
    facts = facts_of(family, date(2026, 11, 20))
    assert facts["own_area_hundredth_m2"] is None and facts["members"] == 1
    with pytest.raises(ValueError, match="no such facts"):
        facts_of(Family((Person(date(1980, 1, 1)),), unknown=frozenset({"shoe_size"})), date(2026, 11, 20))
