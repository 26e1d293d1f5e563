"""The demo city's policy on the demo city's families: sensible proposals, the same from both readers."""

from __future__ import annotations

from collections import Counter
from datetime import date

from guangsha.demo.population import Family as Invented
from guangsha.demo.population import Inventor
from guangsha.policy.batch import compile_batch
from guangsha.policy.catalogue import CIRCUMSTANCES
from guangsha.policy.decision import decide
from guangsha.policy.household import STATUSES, Family, Home, Lease, Month, Person, facts_of
from guangsha.policy.letter import letter
from guangsha.policy.programme import Outcome
from guangsha.policy.programmes import PROGRAMMES
from guangsha.testing.policies import as_row, run_duckdb

REGION, DAY = "430699", date(2026, 11, 20)


def known(family: Invented) -> Family:
    """What the agency knows of an invented family once everything is verified."""
    last = Month.of(DAY)
    persons = tuple(
        Person(
            person.born,
            {last.plus(-k): person.income_fen for k in range(1, 13)},
            circumstances=frozenset(person.kinds) & frozenset(CIRCUMSTANCES),
        )
        for person in family.people
    )
    rents = [home.rent_fen for home in family.homes if home.nature == "market_rented" and home.rent_fen]
    return Family(
        persons,
        homes=tuple(Home(home.nature, home.area, disposed_on=home.disposed_on) for home in family.homes),
        assets_fen=family.deposits_fen, vehicles=int(family.vehicle_fen > 0), vehicle_value_fen=family.vehicle_fen,
        business_capital_fen=0, legal_person_posts=0,
        statuses=frozenset(kind for person in family.people for kind in person.kinds if kind in STATUSES),
        local_hukou=family.hukou != "outside", hukou_since=date(2015, 1, 1) if family.hukou != "outside" else None,
        residence_permit=True, insured_months=26 if family.head.employer else 0,
        labour_contract=bool(family.head.employer), lease=Lease(rents[0], filed=True) if rents else None,
        in_public_rental=any(home.nature == "public_rented" for home in family.homes),
    )  # fmt: skip


def test_families_of_the_demo_city_get_sensible_proposals_from_both_readers() -> None:
    families = [known(family) for family in Inventor(1, DAY, 4).families(300)]
    households = [facts_of(family, DAY) for family in families]
    for programme in (PROGRAMMES["rental_subsidy"], PROGRAMMES["public_rental"]):
        decisions = [decide(facts, REGION, DAY, programme=programme) for facts in households]
        compiled = compile_batch(programme, REGION, DAY)
        assert run_duckdb(compiled, households) == [as_row(decision) for decision in decisions]
        outcomes = Counter(decision.outcome for decision in decisions)
        assert (
            outcomes[Outcome.INCOMPLETE] == 0
            and min(outcomes[o] for o in (Outcome.GRANT, Outcome.REFUSE)) > 30
        )
        for family, decision in zip(families, decisions, strict=True):
            assert decision.outcome.title in letter(decision)
            if decision.outcome is Outcome.GRANT and decision.amount_fen is not None:
                assert family.lease is not None and 0 < decision.amount_fen <= min(
                    family.lease.rent_fen, 150_000
                )
    granted = [
        d.amount_fen or 0
        for d in (decide(f, REGION, DAY, programme=PROGRAMMES["rental_subsidy"]) for f in households)
        if d.outcome is Outcome.GRANT
    ]
    # What agencies publish lies between 200 and 400 yuan a household and month; the demo city is of that size.
    assert 15_000 < sum(granted) // len(granted) < 60_000
