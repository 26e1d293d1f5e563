"""Low floors and dwellings without steps: families with elderly or disabled members choose them first, and none stays empty for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from guangsha.areas.allocation import actions, queries
from guangsha.areas.allocation.actions.choices import KeptFirst
from guangsha.areas.allocation.models import Plan, Registration
from guangsha.areas.allocation.tests.builders import SINGLE, Hall
from guangsha.areas.registry.models import SpecialStatus

pytestmark = pytest.mark.django_db

OLD: dict[str, Any] = {**SINGLE, "成员": [{"关系": "self", "出生": "1950-05-01", "月收入": "900"}]}


def session(
    hall: Hall, families: list[dict[str, Any]], *, low: int, high: int
) -> tuple[Plan, list[Registration]]:
    """A session of these families in this order, with so many dwellings on the first floor and on the ninth."""
    plan = hall.plan(low + high, desks=len(families))
    for place, offer in enumerate(plan.dwellings.order_by("unit_no")):
        plan.dwellings.filter(pk=offer.pk).update(floor=1 if place < low else 9)
    for words in families:
        hall.register(plan, hall.entry(words))
    plan = hall.drawn(plan)
    plan = actions.open_session(hall.officer, plan.number, plan.version)
    for _ in families:
        hall.at_the_board(plan)
    return plan, list(plan.registrations.order_by("order_number"))


def test_a_low_floor_is_left_to_the_family_that_needs_it_and_free_once_it_has_chosen(hall: Hall) -> None:
    plan, (young, old) = session(hall, [SINGLE, OLD], low=1, high=1)
    assert (young.needs_low, old.needs_low) == (False, True)
    low, high = plan.dwellings.order_by("floor")
    assert queries.free_doors(young) == ([high], 1) and queries.free_doors(old) == ([low, high], 0)
    with pytest.raises(KeptFirst, match="还有 1 户有老人或残疾人的家庭没有选"):
        actions.choose(hall.officer, young.pk, low.pk)
    young.refresh_from_db()
    assert young.session_state == "choosing", "nothing is lost by a press that was refused"
    actions.choose(hall.officer, old.pk, high.pk)
    assert actions.choose(hall.officer, young.pk, low.pk).session_state == "locked"


def test_where_more_low_dwellings_are_free_than_families_need_anybody_takes_one(hall: Hall) -> None:
    plan, (young, other, old) = session(hall, [SINGLE, SINGLE, OLD], low=2, high=1)
    one, two, _high = plan.dwellings.order_by("floor", "unit_no")
    actions.choose(hall.officer, young.pk, one.pk)
    with pytest.raises(KeptFirst):
        actions.choose(hall.officer, other.pk, two.pk)
    actions.decline(hall.officer, old.pk, reason="location")
    assert actions.choose(hall.officer, other.pk, two.pk).session_state == "locked"


def test_the_need_is_that_of_the_file_when_the_roster_is_frozen(hall: Hall) -> None:
    plan = hall.plan(2)
    disabled, well, nearly = (hall.register(plan, hall.entry()) for _ in range(3))
    today = timezone.localdate()
    SpecialStatus.objects.create(
        person=disabled.applicant, kind="disability", grade="听力二级", source="残联", started_on=today - timedelta(days=30)
    )  # fmt: skip
    type(nearly.applicant).objects.filter(pk=nearly.applicant_id).update(
        birth_date=today.replace(year=today.year - 70) + timedelta(days=1)
    )
    actions.freeze_roster(hall.officer, hall.noticed(plan).number)
    marked = plan.registrations.filter(needs_low=True).values_list("pk", flat=True)
    assert list(marked) == [disabled.pk], well.entry_no


def test_a_place_that_keeps_no_floors_keeps_none(hall: Hall) -> None:
    plan, (young, _old) = session(hall, [SINGLE, OLD], low=1, high=1)
    rules = {name: value for name, value in plan.announced.items() if name != "low_floor"}
    Plan.objects.filter(pk=plan.pk).update(rules=rules)
    low = plan.dwellings.get(floor=1)
    assert actions.choose(hall.officer, young.pk, low.pk).session_state == "locked"
