"""What-if: nothing changes where nothing is changed, nothing is written, money ends in the month in which it ends."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, OperationalError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.areas.eligibility.table import table_of
from guangsha.areas.eligibility.tests.test_table import invented
from guangsha.areas.subsidy.models import Agreement
from guangsha.areas.subsidy.simulate import _amounts, _reading_only, simulate
from guangsha.areas.subsidy.simulate_rules import (
    months_from,
    moved,
    read_settings,
    read_targets,
    scored,
    year_money,
)
from guangsha.areas.subsidy.tests.builders import THREE, Clock, House
from guangsha.audit.actor import CLOCK
from guangsha.cli.main import main
from guangsha.kernel.errors import InputError
from guangsha.ledger.models import BudgetLine, Fund
from guangsha.people.models import Agency
from guangsha.policy.parameter_files import assumed, book_of
from guangsha.policy.programmes import RENTAL_SUBSIDY
from guangsha.testing.effort import examples

REGION, DAY = "430699", date(2026, 11, 20)
#: 48 ㎡ × 18 × 0.9
DEARER = 77_760


@pytest.fixture
def district(house: House, clock: Clock) -> House:
    """One household on 低保 with an agreement, one that rents without one, one that owns enough."""
    house.active()
    house.family(住房=[{"性质": "market_rented", "面积": "50", "月租金": "900"}])
    house.family(住房=[{"性质": "owned", "面积": "90"}])
    clock.at("2026-03-10")
    return house


def try_out(house: House, *given_settings: str, **more: Any) -> Any:
    return simulate(house.head, house.cast.district, given_settings, **more)


@pytest.mark.django_db
def test_without_a_change_nobody_moves_and_nothing_costs_more(district: House) -> None:
    found = try_out(district)
    assert found.paid == {"gained": 0, "lost": 0, "more": 0, "less": 0, "same": 1, "neither": 0}
    assert found.others == {"gained": 0, "lost": 0, "more": 0, "less": 0, "same": 1, "neither": 1}
    assert {(one.base_fen, one.tried_fen, one.newcomers_fen) for one in found.costs} == {(THREE, THREE, 0)}
    assert found.money["base"] == found.money["tried"]


@pytest.mark.django_db
def test_more_base_rent_counts_from_its_month_on(district: House) -> None:
    found = try_out(district, "base_rent_m2=18", first=202605)
    assert (found.paid["more"], found.others["more"]) == (1, 1)
    assert [one.month for one in found.costs] == list(range(202603, 202613))
    assert [one.tried_fen for one in found.costs] == [THREE] * 2 + [DEARER] * 8
    assert found.assumptions[0].before == "15.5" and "湖房保" in found.assumptions[0].source
    by_type = {row["label"]: row for row in found.by_type}
    assert by_type["最低生活保障家庭"]["month_fen"] == DEARER - THREE
    assert sum(row["more"] for row in found.by_street) == 1


@pytest.mark.django_db
def test_who_loses_and_who_is_new_are_told_apart(district: House) -> None:
    found = try_out(district, "area_line_pc=0")
    assert found.paid["lost"] == 1 and found.others["lost"] == 1
    wider = try_out(district, "area_line_pc=100", "month_cap=不限")
    assert wider.others["gained"] == 0  # who owns 90 ㎡ does not rent


@pytest.mark.django_db
def test_the_money_beside_the_appropriation_and_the_score_of_the_year(district: House) -> None:
    fund = Fund.objects.create(agency=district.cast.district, code="01", name="市级", source="municipal")
    budget = BudgetLine(
        agency=district.cast.district, year=2026, fund=fund, nature="project", functional_code="2210107", name="租赁补贴",
        document_number="岳财预〔2026〕1号", initial_fen=5 * THREE,
    )  # fmt: skip
    budget.save()
    found = try_out(district, "base_rent_m2=18", targets=["households=2", "amount=6000"])
    base, tried = found.money["base"], found.money["tried"]
    assert (base.appropriated_fen, base.year_fen, base.short_in) == (5 * THREE, 10 * THREE, 202608)
    assert tried.short_in == 202607 and tried.left_fen == 5 * THREE - (THREE + 9 * DEARER)
    rows = {row["name"]: row for row in found.indicators}
    assert (rows["households"]["base"], rows["households"]["base_score"]) == (1, "5.00")
    assert rows["amount"]["tried_score"] == "10.00"


@pytest.mark.django_db
def test_nothing_is_written_and_the_database_would_refuse_it(district: House) -> None:
    def rows() -> dict[str, int]:
        return {m._meta.label: m._default_manager.count() for m in apps.get_models()}

    before, amounts = rows(), list(Agreement.objects.values_list("amount_fen", "version"))
    try_out(district, "base_rent_m2=18", "coef[minimum_living]=1")
    assert rows() == before and list(Agreement.objects.values_list("amount_fen", "version")) == amounts
    if connection.vendor == "sqlite":
        with pytest.raises(OperationalError, match="readonly"), transaction.atomic(), _reading_only():
            Agreement.objects.update(amount_fen=1)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_of_ours_the_database_refuses_to_write_and_does_again_afterwards() -> None:
    with pytest.raises(DatabaseError), _reading_only():
        Agency.objects.create(kind="city", name="不能写入", region_code="430600", path="/1/")
    assert not Agency.objects.exists()
    Agency.objects.create(kind="city", name="又能写入", region_code="430600", path="/1/")


@pytest.mark.django_db
def test_only_the_district_itself_may_try_and_months_lie_ahead(district: House) -> None:
    for actor in (district.far, district.cast.actor("stranger"), district.cast.actor("street_clerk")):
        with pytest.raises(InputError, match="岗位"):
            simulate(actor, district.cast.district)
    assert simulate(district.cast.actor("auditor"), district.cast.district).paid["same"] == 1
    for month in (202602, 202804, 202613):
        with pytest.raises(InputError):
            simulate(CLOCK, district.cast.district, first=month)


@pytest.mark.django_db
def test_the_verb_speaks_json_and_one_sentence_for_what_is_wrong(
    district: House, capsys: pytest.CaptureFixture[str]
) -> None:
    name = district.cast.district.name
    assert main(["simulate", "--agency", name, "--set", "base_rent_m2=18", "--from", "2027-01"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["months"][0] == {
        "month": 202701, "base_fen": THREE, "tried_fen": DEARER, "newcomers_fen": 0,
    }  # fmt: skip
    assert "没有写入任何内容" in told.err
    for wrong in ("base_rent_m2", "nothing=1", "base_rent_m2=-1", "coef[nobody]=1", "stop_month=never"):
        assert main(["simulate", "--agency", name, "--set", wrong]) == 2
    assert main(["simulate", "--agency", name, "--from", "2027-13"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_line_of_a_table_is_changed_by_itself() -> None:
    found, notes = read_settings(["coef[low_income]=0.75", "coef[veteran]=0.5"], book_of(), REGION, DAY)
    value, before = found["coef"], book_of().get("coef", REGION, DAY)
    assert isinstance(value.amount, dict) and isinstance(before.amount, dict)
    changed = {k for k in value.amount if value.at(k) != before.at(k)}
    assert {"low_income"} <= changed <= {"low_income", "veteran"} and set(before.amount) <= set(value.amount)
    assert [note.line for note in notes] == ["low_income", "veteran"]
    single, _ = read_settings(["base_rent_m2[minimum_living]=20"], book_of(), REGION, DAY)
    assert single["base_rent_m2"].at("veteran") == book_of().get("base_rent_m2", REGION, DAY).at(None)
    order, _ = read_settings(["type_priority=minimum_living, low_income"], book_of(), REGION, DAY)
    assert order["type_priority"].amount == ("minimum_living", "low_income")


def test_every_parameter_in_force_can_be_assumed_as_it_is() -> None:
    """What a page offers as the value in force is read back as the same value."""
    from guangsha.areas.subsidy.simulate_rules import typed

    for key in sorted(RENTAL_SUBSIDY.parameters()):
        value = book_of().find(key, REGION, DAY)
        if value is None:
            continue
        table = isinstance(value.amount, dict)
        given_as = (
            {line: typed(value.declared, one) for line, one in value.amount.items()}
            if isinstance(value.amount, dict)
            else typed(value.declared, value.amount)
        )
        assert assumed(key, given_as, value.axis if table else "").amount == value.amount, key


@settings(max_examples=examples(30))
@given(st.integers(0, 10**6), st.integers(1551, 4000))
def test_more_base_rent_never_loses_a_household_property(seed: int, rent: int) -> None:
    table = table_of(invented(seed, 40), DAY)
    before = _amounts(table.propose(RENTAL_SUBSIDY, REGION))
    same, _ = read_settings([], book_of(), REGION, DAY)
    assert _amounts(table.propose(RENTAL_SUBSIDY, REGION, overrides=same or None)) == before
    more, _ = read_settings([f"base_rent_m2={rent // 100}.{rent % 100:02d}"], book_of(), REGION, DAY)
    after = _amounts(table.propose(RENTAL_SUBSIDY, REGION, overrides=more))
    counts = moved(before, after, before)
    assert counts["lost"] == counts["less"] == 0


def test_a_year_runs_short_in_the_month_that_is_not_covered() -> None:
    months = [(202611, 50), (202612, 50)]
    assert year_money(200, 100, months).short_in is None
    assert (year_money(199, 100, months).short_in, year_money(199, 100, months).left_fen) == (202612, -1)
    assert year_money(None, 100, months).left_fen is None
    assert months_from(202613, 2026) == ()
    assert moved({1: 5, 2: None, 3: 5}, {1: 6, 2: 1, 3: None}, (1, 2, 3, 4)) == {
        "gained": 1, "lost": 1, "more": 1, "less": 0, "same": 0, "neither": 1,
    }  # fmt: skip


def test_targets_are_read_exactly_and_scored_as_the_year_is() -> None:
    assert read_targets(["households=3000", "amount=9000000.50"]) == {
        "households": 3000,
        "amount": 900_000_050,
    }
    assert (scored(3000, 1500), scored(3000, 3001)) == ("5.00", "10.00")
    for wrong in ("households", "homes=3", "households=0", "households=1.5", "amount=x"):
        with pytest.raises(InputError):
            read_targets([wrong])
