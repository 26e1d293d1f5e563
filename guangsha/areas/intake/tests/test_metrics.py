"""The figures of cases: whose, of which year, in time by which limit; and the same as the page of figures says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import timezone

from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Case, Rating
from guangsha.areas.intake.tests.builders import at, repair
from guangsha.areas.office.figures import figures_of, tenths
from guangsha.facts.metrics import READERS, Measured, Scope, compute
from guangsha.people.models import Agency
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def measured(cast: Cast, name: str, year: int = 2025, **parameters: str) -> Measured:
    below = Agency.objects.filter(path__startswith=cast.district.path).values_list("pk", flat=True)
    return compute(f"intake.{name}", Scope(frozenset(below), year, timezone.now(), parameters))


@pytest.fixture
def cases(cast: Cast) -> list[Case]:
    """Four repairs: decided in 1, 2 and 40 working days in 2025, and accepted on the last evening of that year."""
    made = [repair(cast, fault__text=f"第 {number} 处漏水") for number in range(4)]
    for place, (case, used) in enumerate(zip(made, (1, 2, 40, None), strict=True)):
        decided = None if used is None else at(2025, 6, 1 + place)
        Case.objects.filter(pk=case.pk).update(
            accepted_at=at(2025, 3, 3) if decided else at(2025, 12, 31, 23), decided_at=decided, used_workdays=used,
            outcome="approved" if used != 2 else "rejected", extended_workdays=0, state="effective",
        )  # fmt: skip
    for case, grade in zip(made, (5, 3, 1), strict=False):
        Rating.objects.create(case=case, grade=grade, rated_at=at(2025, 7, 1))
    return made


def test_counts_by_year_service_and_outcome(cast: Cast, cases: list[Case]) -> None:
    assert measured(cast, "accepted").value == 4  # the last one at 23:00 in Beijing
    assert measured(cast, "accepted", 2026).value == 0 == measured(cast, "accepted", 2024).value
    assert measured(cast, "decided").value == 3
    assert measured(cast, "decided", outcome="approved").value == 2
    assert measured(cast, "decided", service="elig_apply").value == 0
    assert measured(cast, "accepted", service="repair").value == 4


def test_in_time_mean_and_compression(cast: Cast, cases: list[Case]) -> None:
    known = service("repair")
    promised, legal = known.promised_workdays, known.legal_workdays
    assert promised is not None and 2 <= promised < 40
    assert measured(cast, "in_time").value == Fraction(200, 3)
    assert measured(cast, "mean_workdays").value == Fraction(43, 3)
    whole = measured(cast, "compression").value
    assert whole is None if not legal else whole == Fraction(100 * (3 * legal - 43), 3 * legal)
    assert measured(cast, "in_time", 2024).value is None, "nothing decided says nothing"


def test_ratings_and_satisfaction(cast: Cast, cases: list[Case]) -> None:
    assert measured(cast, "ratings").value == 3
    assert measured(cast, "satisfaction").value == Fraction(200, 3)
    assert measured(cast, "satisfaction", service="elig_apply").value is None


def test_the_figures_are_those_of_the_page_of_figures(cast: Cast, cases: list[Case]) -> None:
    page = figures_of(cast.actor("supervisor"), date(2025, 1, 1), date(2025, 12, 31))
    assert page.total.accepted == measured(cast, "accepted").value
    assert page.total.decided == measured(cast, "decided").value
    share = measured(cast, "satisfaction").value
    assert share is not None and page.satisfied_percent == tenths(share) == Decimal("66.7")
    kept = measured(cast, "in_time").value
    assert kept is not None and page.total.kept_percent == tenths(kept)


def test_another_agency_and_an_earlier_moment_know_nothing_of_them(cast: Cast, cases: list[Case]) -> None:
    far = Scope(frozenset({cast.far_district.pk}), 2025, timezone.now(), {})
    assert compute("intake.accepted", far).value == 0
    early = replace(
        far, agencies=frozenset(Agency.objects.values_list("pk", flat=True)), as_of=at(2025, 3, 1)
    )
    assert compute("intake.accepted", early).value == 0


def test_rows_are_those_that_the_reader_may_open(cast: Cast, cases: list[Case]) -> None:
    keys = [record.id.partition(":")[2] for record in measured(cast, "accepted").records]
    shown = READERS["intake.case"].read(cast.actor("supervisor"), keys)
    assert {row.argument for row in shown.values()} == {case.number for case in cases}
    assert READERS["intake.case"].read(cast.actor("far_reviewer"), keys) == {}
    rated = [record.id.partition(":")[2] for record in measured(cast, "ratings").records]
    assert len(READERS["intake.rating"].read(cast.actor("supervisor"), rated)) == 3
    assert READERS["intake.rating"].read(cast.actor("far_reviewer"), [*rated, "x"]) == {}
