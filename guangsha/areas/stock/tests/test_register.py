"""Entering and changing: buildings whole, changes with their history, taking out by two people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from guangsha.areas.stock import actions
from guangsha.areas.stock.facts import LAYOUTS
from guangsha.areas.stock.models import Dwelling, DwellingEvent
from guangsha.areas.stock.rules import door_kinds
from guangsha.areas.stock.tests.builders import dwelling
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db
TODAY = date(2026, 1, 5)


def test_a_building_comes_with_its_doors_and_becomes_ready_as_a_whole(cast: Cast) -> None:
    keeper = cast.actor("allocation_officer")
    home = actions.add_estate(keeper, cast.district, name="新苑", address="湖滨大道 88 号")
    kinds = door_kinds("A 39.80 33.10 南\nB 55.60", tuple(LAYOUTS))
    house = actions.add_building(keeper, home.pk, number="1", entrances=2, floors=3, kinds=kinds)
    with pytest.raises(InputError, match="已有这一栋"):
        actions.add_building(keeper, home.pk, number="1", entrances=1, floors=1, kinds=kinds)
    assert Dwelling.objects.filter(building=house, state="preparing").count() == 12
    assert actions.make_building_ready(keeper, house.pk, on=TODAY, reason="竣工验收") == 12
    flat = Dwelling.objects.get(code=f"{home.code}-1-2-0302")
    assert (flat.layout, flat.area_m2, flat.state, flat.version) == ("B", Decimal("55.60"), "vacant", 2)
    assert list(flat.events.order_by("number").values_list("after", flat=True)) == ["preparing", "vacant"]
    assert Act.objects.filter(action="stock.building.ready").count() == 1
    with pytest.raises(InputError, match="没有筹备中"):
        actions.make_building_ready(keeper, house.pk, on=TODAY, reason="竣工验收")


def test_a_change_that_a_rent_depends_on_needs_a_document_and_stays_in_the_history(cast: Cast) -> None:
    keeper, flat = cast.actor("archivist"), dwelling(cast.district)
    bigger = {"area_m2": Decimal("41.20"), "note": ""}
    with pytest.raises(InputError, match="依据"):
        actions.alter_dwelling(keeper, flat.pk, 1, bigger, on=TODAY, reason="实测")
    actions.alter_dwelling(keeper, flat.pk, 1, bigger, on=TODAY, reason="实测", document="测字〔2026〕1号")
    change = flat.changes.get()
    assert (change.facts, change.document) == ({"area_m2": ["39.80", "41.20"]}, "测字〔2026〕1号")
    with pytest.raises(InputError, match="刚被别人改过"):
        actions.alter_dwelling(keeper, flat.pk, 1, {"note": "临街"}, on=TODAY, reason="补记")
    with pytest.raises(InputError, match="大于建筑面积"):
        actions.alter_dwelling(
            keeper, flat.pk, 2, {"inner_area_m2": Decimal(50)}, on=TODAY, reason="实测", document="测字"
        )


def test_taking_a_dwelling_out_takes_two_people(cast: Cast) -> None:
    keeper, flat = cast.actor("allocation_officer"), dwelling(cast.district)
    asked = actions.ask_out(keeper, flat.pk, "withdrawn", reason="外墙渗水")
    with pytest.raises(InputError, match="已有一份"):
        actions.ask_out(keeper, flat.pk, "withdrawn", reason="外墙渗水")
    with pytest.raises(actions.NotAllowed, match="岗位"):
        actions.decide_out(keeper, asked.pk, granted=True, opinion="")
    actions.decide_out(cast.actor("supervisor"), asked.pk, granted=True, opinion="同意")
    flat.refresh_from_db()
    assert flat.state == "withdrawn"
    assert DwellingEvent.objects.filter(dwelling=flat, source_type="stock.state_request").exists()
    actions.make_ready(keeper, flat.pk, on=TODAY, reason="修缮完成")
    with pytest.raises(InputError, match="没有填写"):
        actions.ask_out(keeper, flat.pk, "disposed", reason="划转")


def test_the_other_district_sees_nothing(cast: Cast) -> None:
    flat = dwelling(cast.far_district)
    with pytest.raises(NotThere):
        actions.make_ready(cast.actor("allocation_officer"), flat.pk, on=TODAY, reason="验收")


def test_a_lived_in_dwelling_is_not_taken_out(cast: Cast) -> None:
    flat = dwelling(cast.district, state="let")
    with pytest.raises(InputError, match="先办理退出"):
        actions.ask_out(cast.actor("allocation_officer"), flat.pk, "withdrawn", reason="改造")
