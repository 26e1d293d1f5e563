"""Arrears: each step told once, a plan before anything else, and never the door."""

from __future__ import annotations

from datetime import date

import pytest

from guangsha.areas.rent import actions, jobs
from guangsha.areas.rent.models_after import Dunning, InstalmentPlan
from guangsha.areas.rent.tests.builders import ORDINARY_FEN, Clock, Office, account_of, bills_of, proof
from guangsha.areas.tenancy import hooks
from guangsha.kernel.errors import InputError


def test_each_step_is_told_once_and_the_lease_hears_of_six_months(office: Office, clock: Clock) -> None:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01")
    jobs.make_bills(clock.now)
    seen = []
    # the days before and on which a step begins, and the first of each month
    for day in ("03-01", "03-04", "03-05", "03-15", "03-16", "03-29", "03-30", "04-01", "04-13", "04-14", "05-01", "06-01", "06-12",
                "06-13", "07-01", "08-01", "09-01", "09-10", "09-11", "09-16"):  # fmt: skip
        clock.at(f"2026-{day}")
        jobs.make_bills(clock.now)
        jobs.remind(clock.now)
        jobs.remind(clock.now)
        if not seen or seen[-1][1] != account_of(lease).step:
            seen.append((clock.now.date().isoformat(), account_of(lease).step))
    assert seen == [
        ("2026-03-01", "none"), ("2026-03-05", "reminder"), ("2026-03-16", "overdue"), ("2026-03-30", "dunning1"),
        ("2026-04-14", "dunning2"), ("2026-06-13", "dunning3"), ("2026-09-11", "legal"),
    ]  # fmt: skip
    assert list(Dunning.objects.order_by("pk").values_list("step", flat=True)) == [
        step for _, step in seen[1:]
    ]
    assert hooks.months_owed(lease, date(2026, 9, 16)) == 7 and hooks.owed_fen(lease) == 7 * ORDINARY_FEN
    assert bills_of(lease)[0][4] == "legal"
    # money settles it: the step is gone at the next look
    office.pay(lease)
    jobs.remind(clock.now)
    assert account_of(lease).step == "none"
    proof()


def test_who_keeps_a_plan_is_left_in_peace_and_who_does_not_is_told(office: Office, clock: Clock) -> None:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01")
    office.bill()
    with pytest.raises(InputError, match="没有可以分期"):
        actions.propose_plan(office.maker, lease.number, None, months=3, reason="住院")
    clock.at("2026-04-20")
    office.bill()
    plan = actions.propose_plan(office.maker, lease.number, None, months=3, reason="住院，收入中断")
    assert (plan.total_fen, [one.amount_fen for one in plan.rates.order_by("number")]) == (ORDINARY_FEN, [14_644] * 3)  # fmt: skip
    with pytest.raises(actions.RentRefused, match="岗位"):
        actions.decide_plan(office.maker, plan.number, None, approved=True)
    actions.decide_plan(office.approver, plan.number, None, approved=True)
    told = Dunning.objects.count()
    for day in ("2026-05-01", "2026-05-14", "2026-05-25"):
        clock.at(day)
        office.bill()
        if day == "2026-05-14":
            office.pay(lease, 14_644 + 2 * ORDINARY_FEN)  # the first rate, and the rent that fell due since
        jobs.remind(clock.now)
    assert InstalmentPlan.objects.get().state == "active" and Dunning.objects.count() == told
    clock.at("2026-06-25")  # the second rate and the rent of June do not come
    office.bill()
    jobs.remind(clock.now)
    assert InstalmentPlan.objects.get().state == "broken" and Dunning.objects.count() == told + 1
    proof()


def test_a_plan_that_is_paid_off_ends(office: Office, clock: Clock) -> None:
    clock.at("2026-03-01")
    lease = office.lease("2026-03-01")
    office.bill()
    clock.at("2026-04-20")
    plan = actions.propose_plan(office.maker, lease.number, None, months=2, reason="失业")
    actions.decide_plan(office.approver, plan.number, None, approved=True)
    office.pay(lease)
    jobs.remind(clock.now)
    assert InstalmentPlan.objects.get().state == "kept"
    with pytest.raises(InputError, match="没有可以分期"):
        actions.propose_plan(office.maker, lease.number, None, months=2, reason="失业")
