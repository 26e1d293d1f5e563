"""Leases in every station, for the walks that open every page: made by the acts that make them, as of today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from guangsha.areas.rent.tests.builders import open_rent_book
from guangsha.areas.tenancy import actions
from guangsha.areas.tenancy.models import Lease, LeaseChange
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.models_exit import Exit, Hearing, Violation
from guangsha.areas.tenancy.models_swap import Swap
from guangsha.areas.tenancy.tests.builders import EDGE_FAMILY, House, citizen_of, family_of_three
from guangsha.people.models import Account
from guangsha.testing.cast import Cast


@dataclass(frozen=True, slots=True)
class Leases:
    """``draft`` is not signed, ``lived`` has a change and a credential that wait and is offered another dwelling, ``asked`` is heard about misuse, ``leaving`` is in
    its time to move, ``decided`` is a misuse on which somebody decided."""

    draft: Lease
    lived: Lease
    asked: Lease
    leaving: Lease
    change: LeaseChange
    grant: AccessGrant
    hearing: Hearing
    violation: Violation
    decided: Violation
    exit: Exit
    heard: Exit
    swap: Swap
    tenant: Account
    asked_tenant: Account
    leaving_tenant: Account


def _misuse(house: House, lease: Lease) -> Violation:
    today = timezone.localdate()
    found = actions.report_signal(
        house.inspector,
        lease.number,
        kind="sublet",
        signal="tip",
        text="邻居反映住的是别人",
        found_on=today - timedelta(days=3),
    )
    for back in (2, 1):
        actions.add_check(
            house.inspector, found.number, None, on=today - timedelta(days=back), second=house.cast.staff["rent_clerk"], found=True,
            record="开门的人自称租客",
        )  # fmt: skip
    # the household has lived there for some months when it is asked
    Lease.objects.filter(pk=lease.pk).update(
        handed_over_on=today - timedelta(days=120), starts_on=today - timedelta(days=120)
    )
    actions.ask_tenant(
        house.inspector,
        found.number,
        None,
        started_on=today - timedelta(days=90),
        stopped_on=today,
        gain_fen=270_000,
    )
    found.refresh_from_db()
    return found


def leases(cast: Cast) -> Leases:
    """One lease in each station."""
    house, today = House(cast), timezone.localdate()
    open_rent_book(cast)  # what a decision costs is billed
    declared = {"日期": (today - timedelta(days=30)).isoformat(), "来源": "民政核对", "存款": "10000"}
    family: dict[str, Any] = {**EDGE_FAMILY, "申报": declared}

    def moved_in(room: str) -> Lease:
        return house.moved_in(home=house.vacant(room), household=family_of_three(cast, family))

    draft = house.drafted(home=house.vacant("2-1-0101"), household=family_of_three(cast, family))
    lived, asked, misused, leaving, other = (moved_in(f"2-1-0{floor}01") for floor in (2, 3, 4, 5, 6))
    spouse = lived.household.memberships.get(relation="spouse").person
    change = actions.propose_change(
        house.maker,
        lived.number,
        None,
        kind="new_tenant",
        person=spouse,
        happened_on=today,
        reason="承租人书面申请变更",
    )
    # moved in the day before, and asked whether it would change to a lower floor
    Lease.objects.filter(pk=lived.pk).update(
        handed_over_on=today - timedelta(days=1), starts_on=today - timedelta(days=1)
    )
    swap = actions.open_swap(house.maker, lived.number, reason="老人腿脚不便，想换到一楼")
    swap = actions.choose_swap(house.maker, swap.number, swap.version, dwelling=house.vacant("2-1-0102"))
    grant = actions.ask_grant(
        house.maker, lived.number, person=spouse, kind="card", reason="member", lasting=True, label="卡 0012"
    )
    actions.add_device(
        house.inspector,
        lived.number,
        code="LOCK-0012",
        kind="flat_lock",
        offline_key="物业值班室 3 号柜",
        installed_on=today,
    )
    violation, decided = _misuse(house, asked), _misuse(house, misused)
    house.heard(decided.hearing)
    decided.refresh_from_db()
    decided = actions.decide(
        house.decider, decided.number, decided.version, upheld=True, grounds="两次核查属实"
    )
    way_out = house.exit(leaving)
    way_out = actions.serve(
        house.maker, way_out.number, way_out.version, served_on=today, document="湖房保〔2026〕9号"
    )
    heard = actions.open_exit(house.maker, other.number, ground="other_aid", facts="已承租保障性租赁住房")
    for one in (draft, lived, asked, leaving):
        one.refresh_from_db()
    return Leases(
        draft=draft, lived=lived, asked=asked, leaving=leaving, change=change, grant=grant, hearing=violation.hearing,
        violation=violation, decided=decided, exit=way_out, heard=heard, swap=swap, tenant=citizen_of(lived.tenant),
        asked_tenant=citizen_of(asked.tenant), leaving_tenant=citizen_of(leaving.tenant),
    )  # fmt: skip


def given_back(house: House, found: Exit) -> Exit:
    """The dwelling of a way out, given back with its keys."""
    readings = {"water": Decimal("40.00"), "power": Decimal("900.00")}
    actions.hand_back(house.inspector, found.number, found.version, replace(house.found(), readings=readings))
    found.refresh_from_db()
    return found
