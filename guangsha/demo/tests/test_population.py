"""The invented households: the same for the same seed, and nobody real."""

from __future__ import annotations

from collections import Counter
from datetime import date

from guangsha.areas.verification.comparison import compare
from guangsha.demo.population import KINDS, REGION, Family, Inventor, exchange_people, exchange_record
from guangsha.kernel.identity import check_bank_card, check_resident_number

TODAY = date(2026, 11, 21)


def families(count: int, seed: int = 1) -> list[Family]:
    return list(Inventor(seed, TODAY, 8).families(count))


def test_same_seed_same_people() -> None:
    assert families(60) == families(60)
    assert [f.head.identity for f in families(60)] != [f.head.identity for f in families(60, seed=2)]


def test_numbers_are_valid_and_of_no_region() -> None:
    people = [person for family in families(400) for person in family.people]
    assert len({person.identity for person in people}) == len(people)
    for person in people:
        assert check_resident_number(person.identity, on=TODAY)
        assert person.identity.startswith(REGION)
        assert person.identity[6:14] == f"{person.born:%Y%m%d}"
        assert (int(person.identity[16]) % 2 == 1) == (person.sex == "1")
        assert not person.phone or person.phone.startswith("1990")
        assert not person.bank_account or check_bank_card(person.bank_account)


def test_mix_is_that_of_a_district() -> None:
    made = families(4000)
    kinds = Counter(family.kind for family in made)
    for kind, (percent, _, _) in KINDS.items():
        assert abs(kinds[kind] * 100 / len(made) - percent) < 3
    elderly = sum(TODAY.year - family.head.born.year >= 60 for family in made)
    assert 35 <= elderly * 100 / len(made) <= 41
    people = [person for family in made for person in family.people]
    assert 12 <= sum("disability" in person.kinds for person in people) * 100 / len(people) <= 16


def test_exchange_knows_everybody_and_differs_for_some() -> None:
    made = families(600)
    held = exchange_people(made)
    assert set(held) == {person.identity for family in made for person in family.people}
    outcomes: Counter[tuple[str, str]] = Counter()
    for family in made:
        head = family.head
        homes = [{"nature": home.nature, "area": str(home.area)} for home in family.homes]
        claims = {"name": head.name, "homes": homes, "monthly_income": head.income_fen}
        for source in ("population", "real_estate", "tax"):
            answer = exchange_record(family, head)[source]
            result = compare(source, claims, answer, data_as_of=TODAY, today=TODAY)
            outcomes[source, result.outcome] += 1
    for source, most in (("real_estate", 60), ("tax", 60)):
        assert 1 <= outcomes[source, "mismatch"] <= most
        assert outcomes[source, "match"] >= 540
    assert outcomes["population", "match"] == 600
    assert any(person.died_on for family in made for person in family.people)
