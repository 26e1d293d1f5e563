"""A year of rent with everything that happens to it: the books say what the bills say (``guangsha.testing.rent_decade``; its full size
takes some five minutes of one processor)."""

from __future__ import annotations

import pytest

from guangsha.testing.rent_decade import Decade


@pytest.mark.django_db
def test_a_year_of_ten_leases_adds_up() -> None:
    decade = Decade(10, 1, seed=7)
    told = decade.run()
    assert told["findings"] == []
    assert told["events"]["payments"] > 60 and told["events"]["told twice"] and told["events"]["leave"]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(3600)
def test_ten_years_of_a_thousand_leases_add_up() -> None:
    told = Decade(1000, 10, seed=1).run()
    assert told["findings"] == []
    # the same seed tells the same story: what these were before billing was made faster
    assert (told["entries"], told["billed_fen"], told["receivable_fen"]) == (
        199_411,
        4_170_816_442,
        8_621_689,
    )
