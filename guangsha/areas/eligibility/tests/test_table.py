"""Many households at once propose what one by one does, to the fen; what the rules cannot hold is set aside by name."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.areas.eligibility.families import decide_for
from guangsha.areas.eligibility.table import FactsTable, facts_table, table_of
from guangsha.areas.eligibility.tests.builders import DAY, FileMaker
from guangsha.areas.eligibility.tests.test_families import CASES, lease_of
from guangsha.areas.registry.models import Household
from guangsha.demo.population import Inventor
from guangsha.policy.decision import decide
from guangsha.policy.household import Family, Home, Lease, Person, facts_of
from guangsha.policy.parameter_files import assumed
from guangsha.policy.programmes import PUBLIC_RENTAL, RENTAL_SUBSIDY
from guangsha.testing.cast import Cast
from guangsha.testing.effort import examples
from guangsha.testing.policies import as_row

REGION = "430699"


def same_as_one_by_one(table: FactsTable, programme: Any = RENTAL_SUBSIDY, **more: Any) -> None:
    found = table.propose(programme, REGION, **more)
    assert sorted(found) == table.keys.tolist()
    for key, facts in table.rows_of(table.keys.tolist()):
        one, many = decide(facts, REGION, table.on, programme=programme, **more), found[key]
        assert as_row(one) == (
            int(many.outcome), many.matched, many.chosen, many.failed, many.unknown, many.amount_fen
        )  # fmt: skip


@pytest.mark.django_db
def test_the_batch_of_files_is_the_same_as_one_by_one(cast: Cast) -> None:
    maker = FileMaker(cast.district, cast.communities[0])
    made = {maker.household(case).pk: case for case in CASES}
    leases = {key: lease for key, case in made.items() if (lease := lease_of(case))}
    table = facts_table(list(made), DAY, leases=leases)
    found = table.propose(RENTAL_SUBSIDY, REGION)
    for household in Household.objects.filter(pk__in=list(made)):
        one = decide_for(household, DAY, REGION, lease=leases.get(household.pk))
        many = found[household.pk]
        assert (many.outcome, many.amount_fen, many.failed) == (one.outcome, one.amount_fen, one.failed_mask)
    assert table.digest == facts_table(list(made), DAY, leases=leases).digest
    leases[min(leases)] = Lease(1, filed=False)
    assert table.digest != facts_table(list(made), DAY, leases=leases).digest


def invented(seed: int, count: int) -> list[tuple[int, Family]]:
    """Families of the demo district as the register would give them, some with something unknown."""
    rng, found = random.Random(seed), []
    for key, family in enumerate(Inventor(seed, DAY, 4).families(count), 1):
        homes = tuple(Home(h.nature, h.area, Fraction(1), h.disposed_on) for h in family.homes)
        rented = next((h for h in family.homes if h.nature == "market_rented"), None)
        found.append((key, Family(
            tuple(Person(p.born, {} if rng.random() < 0.3 else None, rng.random() < 0.5, p.income_fen) for p in family.people),
            homes, family.deposits_fen, int(family.vehicle_fen > 0), family.vehicle_fen, False, 0, 0,
            frozenset(kind for kind in family.head.kinds if kind in ("minimum_living", "minimum_living_edge", "veteran")),
            family.opened_on, family.hukou == "local", None, rng.choice((None, 0, 26)), rng.choice((None, True)),
            lease=Lease(rented.rent_fen or 0, rng.random() < 0.9) if rented else None,
            in_public_rental=any(h.nature == "public_rented" for h in homes),
            unknown=frozenset({"members"}) if rng.random() < 0.05 else frozenset(),
        )))  # fmt: skip
    return found


@settings(max_examples=examples(30))
@given(st.integers(0, 10**6))
def test_demo_households_in_a_batch_are_the_same_as_one_by_one_property(seed: int) -> None:
    table = table_of(invented(seed, 30), DAY)
    same_as_one_by_one(table)


def test_every_programme_and_an_assumed_parameter_come_out_the_same() -> None:
    table = table_of(invented(7, 150), DAY)
    same_as_one_by_one(table, PUBLIC_RENTAL)
    same_as_one_by_one(table, overrides={"base_rent_m2": assumed("base_rent_m2", "18")})
    assert table_of([], DAY).propose(RENTAL_SUBSIDY, REGION) == {}


def test_a_file_that_the_rules_cannot_hold_is_set_aside_with_its_reason() -> None:
    person = Person(date(1980, 1, 1))
    whole = Family((person,), (Home("owned", Decimal("20")),))
    crowded = Family(tuple(Person(date(1980, 1, 1), None, True) for _ in range(9)))
    table = table_of([(1, whole), (2, Family(())), (3, crowded), (4, replace(whole, vehicles=99))], DAY)
    assert table.keys.tolist() == [1]
    assert "没有成员" in table.unusable[2] and "超过 8 人" in table.unusable[3]
    assert table.unusable[4] == "“机动车数量”超出可能的范围，请更正档案。"
    assert table.row(0) == facts_of(whole, DAY)
    assert list(table.rows_of([4])) == []
