"""Households change dwellings: rent by days at both ends, deposits and money paid ahead go over, the books say the same before and after."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from guangsha.areas.rent.models import Deposit, PaymentOrder
from guangsha.areas.rent.models_after import Settlement
from guangsha.areas.rent.tests.builders import EDGE_FEN, Clock, Office, account_of, bills_of, proof
from guangsha.areas.stock.models import MeterReading
from guangsha.areas.tenancy import actions
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_swap import Swap
from guangsha.areas.tenancy.tests.builders import House, citizen_of, press
from guangsha.kernel.errors import InputError

DAY = date(2026, 11, 16)
SMALL_FEN = 14_400  # 40 ㎡ × ¥12.00 × 30 %


def lived(office: Office, number: int, *, rent_fen: int = EDGE_FEN, **more: Any) -> Lease:
    """A household that lives there since the first of the month, deposit paid, with the month's bill."""
    lease = office.lease(
        "2026-11-01", number=number, rent_fen=rent_fen, household_type="minimum_living_edge", **more
    )
    office.pay(lease, purpose="deposit")
    return lease


@pytest.fixture
def house(office: Office, clock: Clock) -> House:
    clock.at("2026-11-02")
    return House(office.cast)


def decided(house: House, first: Lease, **choice: Any) -> Swap:
    """A swap to which everybody has agreed, decided, with its contracts drawn up for :data:`DAY`."""
    swap = actions.open_swap(house.maker, first.number, reason="老人上楼不便")
    swap = actions.choose_swap(house.maker, swap.number, swap.version, **choice)
    for leg in swap.legs.select_related("lease"):
        actions.agree_swap(house.maker, swap.number, leg.lease.number, agrees=True, way="window")
    swap.refresh_from_db()
    swap = actions.decide_swap(house.decider, swap.number, swap.version, approve=True, reasons="双方自愿")
    return actions.draft_swap(house.leaser, swap.number, swap.version, swap_on=DAY)


def lists(house: House, swap: Swap) -> dict[int, actions.Found]:
    """What both dwellings show on the day."""
    dwellings = {leg.lease.dwelling_id for leg in swap.legs.all()} | {
        leg.dwelling_id for leg in swap.legs.all()
    }
    return {
        key: house.found(readings={"water": Decimal(20 + n), "power": Decimal(400 + n)})
        for n, key in enumerate(sorted(one for one in dwellings if one))
    }


def test_two_households_change_and_every_fen_goes_along(office: Office, house: House, clock: Clock) -> None:
    one = lived(office, 11)
    other = lived(office, 12, rent_fen=SMALL_FEN, area_m2=Decimal("40.00"))
    type(other.dwelling).objects.filter(pk=other.dwelling_id).update(area_m2=Decimal("40.00"))
    office.bill()
    for lease in (one, other):
        office.pay(lease)
    later = office.order(one, 5_000)
    held = Deposit.objects.get(account__lease=one).pk
    swap = decided(house, one, partner=other.number)
    with pytest.raises(InputError, match="还没有到调换的日期"):
        actions.carry_out_swap(house.inspector, swap.number, swap.version, lists(house, swap))
    clock.at("2026-11-16")
    swap = actions.carry_out_swap(house.inspector, swap.number, swap.version, lists(house, swap))

    mine, theirs = (leg.follower for leg in swap.legs.select_related("follower").order_by("number"))
    assert mine is not None and theirs is not None
    for old, new, home in ((one, mine, other.dwelling), (other, theirs, one.dwelling)):
        old.refresh_from_db()
        new.refresh_from_db()
        home.refresh_from_db()
        assert (old.state, old.end_reason, old.handed_back_on) == ("ended", "swapped", DAY)
        assert (new.state, new.starts_on, new.ends_on, new.handed_over_on) == (
            "active",
            DAY,
            old.ends_on,
            DAY,
        )
        assert (new.dwelling_id, home.state, new.household_id) == (home.pk, "let", old.household_id)
        assert new.occupants.filter(until=None).count() == 3 and not old.occupants.filter(until=None).exists()
        assert [grant.state for grant in old.grants.all()] == ["expired"], (
            "the next household has its own keys"
        )
        assert new.grants.get().state == "active" and new.is_lived_in
        assert Settlement.objects.get(account__lease=old).state == "closed"
        assert account_of(old).until_on == DAY - timedelta(days=1), "a day is paid once"
    assert (mine.rent_fen, theirs.rent_fen) == (SMALL_FEN, EDGE_FEN)
    assert MeterReading.objects.filter(dwelling=one.dwelling, on=DAY, kind="water").count() == 2
    # fifteen days at the old rent, the rest of what was paid pays the fifteen days at the new one
    assert bills_of(one) == [(202611, "rent", EDGE_FEN // 2, 0, "paid")]
    assert Deposit.objects.get(account__lease=mine).pk == held
    assert PaymentOrder.objects.get(pk=later.pk).state == "cancelled"
    proof()
    office.bill()
    assert bills_of(mine) == [(202611, "rent", SMALL_FEN // 2, 0, "paid")]
    assert account_of(mine).advance_fen == EDGE_FEN // 2 - SMALL_FEN // 2
    assert bills_of(theirs) == [(202611, "rent", EDGE_FEN // 2, EDGE_FEN // 2 - SMALL_FEN // 2, "part_paid")]
    proof()


def test_a_household_asks_agrees_on_its_phone_and_moves_by_pages(
    office: Office, house: House, clock: Clock
) -> None:
    lease = lived(office, 11)
    office.bill()
    office.pay(lease)
    home = house.vacant("1-1-0201")

    staff = house.cast.staff
    press(staff["rent_clerk"], f"/office/leases/{lease.number}/acts/swap/", reason="老人上楼不便，想换低楼层")
    swap = Swap.objects.get()
    acts = f"/office/swaps/{swap.number}/acts/"
    press(staff["rent_clerk"], f"{acts}choose/", dwelling=home.code, partner="")
    tenant = citizen_of(lease.tenant)
    page = press(tenant, f"/my/leases/{lease.number}/", act="swap", swap=swap.number, agrees="yes")
    assert "已收到您的意见" in page and "请您确认是否同意" not in page
    press(staff["district_approver"], f"{acts}decide/", approve="yes", reasons="有医院证明")
    page = press(staff["allocation_officer"], f"{acts}draft/", swap_on=DAY.isoformat())
    new = Lease.objects.get(swap_leg__swap=swap)
    assert f"/office/leases/{new.number}/contract.pdf" in page
    clock.at("2026-11-16")
    given = {
        f"d{n}__{key}": value
        for n in (0, 1)
        for key, value in (("meter__water", "31"), ("meter__power", "620"), ("keys", "2"))
    }
    page = press(staff["field_inspector"], f"{acts}carry-out/", **given)
    assert "调换已办结" in page
    for role, address, words in (
        ("rent_clerk", f"/office/leases/{lease.number}/", "调换住房"),
        ("rent_clerk", f"/office/leases/{new.number}/", lease.number),
        ("rent_clerk", f"/office/rent/leases/{lease.number}/", "已结清"),
        ("auditor", "/office/swaps/?scope=all", "已办结"),
    ):
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(staff[role])
        assert words in client.get(address).content.decode(), address
    proof()


def test_nothing_is_half_done_where_one_end_is_refused(office: Office, house: House, clock: Clock) -> None:
    one, other = lived(office, 11), lived(office, 12)
    swap = decided(house, one, partner=other.number)
    clock.at("2026-11-16")
    office.bill()
    office.pay(one)
    given = lists(house, swap)
    without_keys = {**given, one.dwelling_id: house.found(keys=0)}
    for wrong, words in ((given, "未缴"), (without_keys, "没有交付钥匙"), ({}, "缺少一套房")):
        with pytest.raises(InputError, match=words):
            actions.carry_out_swap(house.inspector, swap.number, swap.version, wrong)
        for lease in (one, other):
            lease.refresh_from_db()
            assert (lease.state, lease.grants.get().state) == ("active", "active")
            assert account_of(lease).until_on is None and not lease.handovers.exists()
        assert not MeterReading.objects.filter(on=DAY).exists()
        proof()
        office.pay(other) if wrong is given else None
    actions.carry_out_swap(house.inspector, swap.number, swap.version, given)
    proof()
