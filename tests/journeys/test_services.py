"""Each of the twelve core services from application to rating, through the pages of citizens and staff."""

from __future__ import annotations

from typing import Any

import pytest

from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.models import Case, Rating

CORE = sorted((plan for plan in services().values() if plan.number <= 12), key=lambda plan: plan.number)


def test_there_are_twelve() -> None:
    assert [plan.number for plan in CORE] == list(range(1, 13))


#: On PostgreSQL too on every change; the other eleven under ``make wide``.
BOTH = ("elig_apply",)


@pytest.mark.parametrize(
    "code", [pytest.param(p.code, marks=[pytest.mark.both_databases] if p.code in BOTH else []) for p in CORE]
)
def test_from_application_to_rating(house: Any, code: str) -> None:
    citizen = house.seat(house.cast.applicant)
    number = house.apply(citizen, code)
    house.carry(number)
    case = Case.objects.get(number=number)
    asked = {step.code: step.people for step in case_plan(case).steps}
    for step, people in asked.items():
        given = set(case.opinions.filter(step=step, verdict="pass").values_list("account_id", flat=True))
        assert len(given) == people, step
    house.read_and_rate(citizen, number, case.decisions.get().number)
    assert Rating.objects.get(case=case).grade == 5


def case_plan(case: Case) -> Any:
    return services()[case.service]
