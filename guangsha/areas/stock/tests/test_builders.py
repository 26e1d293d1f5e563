"""A dwelling that a test builds is a dwelling that the register would take: its state can move, its history begins with entry."""

from __future__ import annotations

from datetime import date

import pytest

from guangsha.areas.stock import actions
from guangsha.areas.stock.models import Building
from guangsha.areas.stock.tests.builders import dwelling, dwellings, estate
from guangsha.people.actors import build_actor
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_door_brings_its_house_and_its_history(cast: Cast) -> None:
    flat = dwelling(cast.district, "3-2-1204", layout="B")
    assert (flat.building.number, flat.entrance.number, flat.floor, flat.door) == ("3", "2", 12, 4)
    actor = build_actor(cast.staff["allocation_officer"])
    actions.move(
        actor,
        flat.pk,
        "planned",
        on=date(2026, 1, 5),
        reason="列入配租方案",
        source_type="test",
        source_id="1",
    )
    assert list(flat.events.order_by("number").values_list("before", "after")) == [
        ("", "vacant"),
        ("vacant", "planned"),
    ]


def test_many_doors_share_one_house(cast: Cast) -> None:
    rows = dwellings(estate(cast.district), [f"1-1-{floor:02d}01" for floor in range(1, 31)], state="let")
    assert [row.floor for row in rows] == list(range(1, 31))
    assert Building.objects.count() == 1
