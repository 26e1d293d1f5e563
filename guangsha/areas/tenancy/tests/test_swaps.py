"""One household moves to a vacant dwelling: who may what, who agrees, and what is left when it comes to nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from guangsha.areas.stock.models import Dwelling
from guangsha.areas.subsidy.tests.builders import Clock
from guangsha.areas.tenancy import actions, hooks
from guangsha.areas.tenancy.access import access_swap, swaps_of
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_swap import Swap
from guangsha.areas.tenancy.queries import what_next
from guangsha.areas.tenancy.tests.builders import House, citizen_of
from guangsha.kernel.errors import InputError
from guangsha.people.access import NotThere
from guangsha.people.actors import build_actor

pytestmark = pytest.mark.django_db
Told = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def lease(house: House, clock: Clock, told: Told) -> Lease:
    clock.at("2026-11-10")
    found = house.moved_in()
    clock.at("2026-11-20")
    told.clear()
    return found


def agreed(house: House, lease: Lease, home: Dwelling) -> Swap:
    swap = actions.open_swap(house.maker, lease.number, reason="腿脚不便，想换低楼层")
    swap = actions.choose_swap(house.maker, swap.number, swap.version, dwelling=home)
    return actions.agree_swap(house.maker, swap.number, lease.number, agrees=True, way="window")


def test_a_household_moves_and_its_old_dwelling_is_checked(
    house: House, lease: Lease, clock: Clock, told: Told
) -> None:
    home = house.vacant("1-1-0101")
    swap = agreed(house, lease, home)
    with pytest.raises(InputError, match="您的岗位不能"):
        actions.decide_swap(house.maker, swap.number, swap.version, approve=True, reasons="x")
    same = replace(house.decider, account_id=house.maker.account_id)
    with pytest.raises(InputError, match="不能既经办又复核"):
        actions.decide_swap(same, swap.number, swap.version, approve=True, reasons="x")
    swap = actions.decide_swap(house.decider, swap.number, swap.version, approve=True, reasons="有医院证明")
    with pytest.raises(InputError, match="调换日期不对"):
        actions.draft_swap(house.leaser, swap.number, swap.version, swap_on=date(2027, 3, 1))
    swap = actions.draft_swap(house.leaser, swap.number, swap.version, swap_on=date(2026, 12, 1))
    swap = actions.draft_swap(house.leaser, swap.number, swap.version, swap_on=date(2026, 11, 25))
    new = Lease.objects.get(swap_leg__swap=swap)
    assert (new.starts_on, new.ends_on, new.state) == (date(2026, 11, 25), lease.ends_on, "pending_sign")
    assert "调换" in what_next(new)
    for alone in (
        lambda: actions.sign_lease(house.leaser, new.number, new.version, signed_on=timezone.localdate()),
        lambda: actions.give_up(house.leaser, new.number, new.version, reason="x"),
    ):
        with pytest.raises(InputError, match="不单独办理"):
            alone()
    clock.at("2026-11-25")
    founds = {
        key: house.found(readings={"water": Decimal(30), "power": Decimal(500)})
        for key in (home.pk, lease.dwelling_id)
    }
    hooks.OWED.append(lambda _: 12_300)
    with pytest.raises(InputError, match=r"123\.00元 未结清"):
        actions.carry_out_swap(house.inspector, swap.number, swap.version, founds)
    hooks.OWED.clear()
    told.clear()
    actions.carry_out_swap(house.inspector, swap.number, swap.version, founds)
    states = dict(Dwelling.objects.values_list("pk", "state"))
    assert (states[lease.dwelling_id], states[home.pk]) == ("checking", "let")
    assert [event for event, _ in told] == ["signed", "ended", "handed_over"]
    assert {data["on"] for _, data in told} == {date(2026, 11, 25)}
    with pytest.raises(InputError, match="刚被别人办理过"):
        actions.carry_out_swap(house.inspector, swap.number, swap.version, founds)


def test_a_swap_that_comes_to_nothing_leaves_everything_as_it_was(house: House, lease: Lease) -> None:
    home = house.vacant("1-1-0101")
    swap = agreed(house, lease, home)
    with pytest.raises(InputError, match="已有一件调换"):
        actions.open_swap(house.maker, lease.number, reason="再来一次")
    swap = actions.decide_swap(house.decider, swap.number, swap.version, approve=True, reasons="同意")
    swap = actions.draft_swap(house.leaser, swap.number, swap.version, swap_on=date(2026, 11, 25))
    with pytest.raises(InputError, match="您的岗位不能撤回"):
        actions.withdraw_swap(house.maker, swap.number, swap.version, reason="家庭改变主意")
    swap = actions.withdraw_swap(house.decider, swap.number, swap.version, reason="家庭改变主意")
    home.refresh_from_db()
    assert (home.state, swap.state) == ("vacant", "withdrawn")
    again = agreed(house, lease, home)
    again = actions.decide_swap(house.decider, again.number, again.version, approve=True, reasons="同意")
    actions.draft_swap(house.leaser, again.number, again.version, swap_on=date(2026, 11, 25))
    assert Lease.objects.filter(follows=lease).count() == 1, "what was given up follows nothing any more"


def test_only_the_tenant_agrees_and_who_does_not_stays(house: House, lease: Lease) -> None:
    home = house.vacant("1-1-0101")
    swap = actions.open_swap(house.maker, lease.number, reason="想换低楼层")
    with pytest.raises(InputError, match="两项只填一项"):
        actions.choose_swap(house.maker, swap.number, swap.version)
    swap = actions.choose_swap(house.maker, swap.number, swap.version, dwelling=home)
    spouse = build_actor(citizen_of(lease.household.memberships.get(relation="spouse").person))
    with pytest.raises(InputError, match="须由承租人本人确认"):
        actions.agree_swap(spouse, swap.number, lease.number, agrees=True)
    with pytest.raises(NotThere):
        access_swap(house.far, swap.number)
    assert list(swaps_of(house.maker)) == [swap] and not swaps_of(house.far)
    swap = actions.agree_swap(build_actor(citizen_of(lease.tenant)), swap.number, lease.number, agrees=False)
    home.refresh_from_db()
    lease.refresh_from_db()
    assert (swap.state, home.state, lease.state) == ("withdrawn", "vacant", "active")
