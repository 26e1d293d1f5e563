"""The session: the order of calls, a lock that one family has, what a failure of the power leaves, everything that may go wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.actions.base import NotAllowed
from guangsha.areas.allocation.actions.choices import Taken, TimeOver
from guangsha.areas.allocation.models import (
    EntryChange,
    PlanDwelling,
    Registration,
    SelectionEvent,
    WaitlistEntry,
)
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.areas.allocation.tests.draw_stage import Stage
from guangsha.areas.stock.models import Dwelling
from guangsha.audit.verify import verify_chains
from guangsha.people.access import NotThere
from guangsha.people.actors import build_actor

pytestmark = pytest.mark.django_db


def test_a_family_is_called_comes_chooses_and_signs(hall: Hall) -> None:
    plan, (first, second, third) = hall.session(3, 2)
    assert [one.outcome for one in (first, second, third)] == ["selector", "selector", "waitlist"]
    called = actions.call_next(hall.officer, plan.number, "A")
    assert called.pk == first.pk
    with pytest.raises(NotAllowed, match="还没有办完"):
        actions.call_next(hall.officer, plan.number, "A")
    with pytest.raises(NotAllowed, match="不能改为"):
        actions.begin_choosing(hall.officer, first.pk)
    actions.arrive(hall.officer, first.pk, proxy="member", proxy_name="李小明")
    offer = plan.dwellings.order_by("unit_no")[0]
    with pytest.raises(NotAllowed, match="还没有轮到"):
        actions.choose(hall.officer, first.pk, offer.pk)
    actions.begin_choosing(hall.officer, first.pk)
    actions.choose(hall.officer, first.pk, offer.pk)
    with pytest.raises(NotAllowed, match="不是这一套"):
        actions.sign(hall.officer, first.pk, offer_id=offer.pk + 1)
    signed = actions.sign(hall.officer, first.pk, offer_id=offer.pk)
    assert (signed.session_state, signed.dwelling_id, signed.proxy_name) == (
        "signed",
        offer.dwelling_id,
        "李小明",
    )
    assert Dwelling.objects.get(pk=offer.dwelling_id).state == "chosen"
    assert WaitlistEntry.objects.get(pk=first.waitlist_entry_id).state == "chosen"
    with pytest.raises(NotAllowed):
        actions.release(hall.officer, first.pk)
    kinds = list(SelectionEvent.objects.filter(plan=plan).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["opened", "called", "present", "choosing", "locked", "signed"]


def test_a_family_chooses_itself_on_its_telephone_and_nobody_for_it(hall: Hall) -> None:
    plan, (first, second) = hall.session(2, 2)
    hall.at_the_board(plan)
    offer = plan.dwellings.order_by("unit_no")[0]
    own, other = (
        build_actor(hall.citizen(first.waitlist_entry)),
        build_actor(hall.citizen(second.waitlist_entry)),
    )
    with pytest.raises(NotThere):
        actions.choose(other, first.pk, offer.pk)
    with pytest.raises(NotAllowed, match="还没有轮到"):
        actions.choose(other, second.pk, offer.pk)
    assert actions.choose(own, first.pk, offer.pk).session_state == "locked"
    with pytest.raises(NotAllowed, match="岗位"):
        actions.sign(own, first.pk)


def test_a_taken_dwelling_stays_taken_until_its_minutes_are_over(hall: Hall) -> None:
    plan, (first, second) = hall.session(2, 2, desks=2)
    hall.at_the_board(plan)
    hall.at_the_board(plan)
    offer = plan.dwellings.order_by("unit_no")[0]
    actions.choose(hall.officer, first.pk, offer.pk)
    with pytest.raises(Taken, match="刚被别的家庭选定"):
        actions.choose(hall.officer, second.pk, offer.pk)
    PlanDwelling.objects.filter(pk=offer.pk).update(lock_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(TimeOver, match="签字时间已到"):
        actions.sign(hall.officer, first.pk)
    actions.choose(hall.officer, second.pk, offer.pk)
    first.refresh_from_db()
    assert first.session_state == "choosing"
    assert SelectionEvent.objects.filter(kind="lapsed", registration=first).count() == 1
    assert actions.sign(hall.officer, second.pk).dwelling_id == offer.dwelling_id


def test_a_press_in_the_room_asks_few_questions(hall: Hall, django_assert_max_num_queries: Any) -> None:
    """Fifty desks press at once: each statement is waited for by fifty."""
    plan, (first,) = hall.session(1, 1)
    hall.at_the_board(plan)
    offer = plan.dwellings.get()
    with django_assert_max_num_queries(9):  # one of them only where the dwelling is on a low floor
        actions.choose(hall.officer, first.pk, offer.pk)
    with django_assert_max_num_queries(15):
        actions.sign(hall.officer, first.pk, offer_id=offer.pk)
    assert verify_chains().sound


def test_of_two_presses_for_one_family_the_second_finds_it_no_longer_choosing(hall: Hall) -> None:
    plan, (first, _second) = hall.session(2, 2, desks=2)
    hall.at_the_board(plan)
    one, other = plan.dwellings.order_by("unit_no")
    actions.choose(hall.officer, first.pk, one.pk)
    with pytest.raises(NotAllowed, match="还没有轮到"):
        actions.choose(hall.officer, first.pk, other.pk)
    other.refresh_from_db()
    assert (other.state, other.registration_id) == ("open", None)


def test_who_takes_too_long_asks_for_new_minutes(hall: Hall) -> None:
    plan, (first,) = hall.session(1, 1)
    hall.at_the_board(plan)
    Registration.objects.filter(pk=first.pk).update(choosing_until=timezone.now() - timedelta(seconds=1))
    offer = plan.dwellings.get()
    with pytest.raises(TimeOver, match="选房时间已到"):
        actions.choose(hall.officer, first.pk, offer.pk)
    actions.begin_choosing(hall.officer, first.pk)
    assert actions.choose(hall.officer, first.pk, offer.pk).session_state == "locked"


def test_a_missed_call_comes_again_at_the_end_of_the_half_day_and_only_once(hall: Hall) -> None:
    plan, (first, second, third) = hall.session(3, 3, half_day=2)
    actions.call_next(hall.officer, plan.number, "A")
    actions.miss(hall.officer, first.pk)
    assert hall.signed(plan).pk == second.pk
    again = actions.call_next(hall.officer, plan.number, "A")
    assert again.pk == first.pk, "behind its half-day, before the next one"
    actions.miss(hall.officer, first.pk)
    first.refresh_from_db()
    entry = WaitlistEntry.objects.get(pk=first.waitlist_entry_id)
    assert (first.session_state, entry.refusals, entry.state) == ("declined", 1, "waiting")
    assert actions.call_next(hall.officer, plan.number, "A").pk == third.pk


def test_refusals_are_counted_and_the_last_one_only_proposes_to_leave(hall: Hall) -> None:
    plan, (first, second) = hall.session(2, 2)
    WaitlistEntry.objects.filter(pk=first.waitlist_entry_id).update(refusals=1)
    hall.at_the_board(plan)
    actions.decline(hall.officer, first.pk, reason="floor")
    change = EntryChange.objects.get()
    assert (change.kind, change.state, change.entry_id) == ("remove", "hearing", first.waitlist_entry_id)
    assert WaitlistEntry.objects.get(pk=first.waitlist_entry_id).state == "waiting"
    assert actions.call_next(hall.officer, plan.number, "A").pk == second.pk


def test_those_who_wait_move_up_within_their_plan_as_places_become_free(hall: Hall) -> None:
    plan, (first, second, third) = hall.session(3, 2)
    with pytest.raises(NotAllowed, match="没有可递补"):
        actions.move_up(hall.officer, plan.number, "A")
    hall.at_the_board(plan)
    actions.decline(hall.officer, first.pk, reason="rent")
    assert actions.move_up(hall.officer, plan.number, "A") == 1
    assert hall.signed(plan).pk == second.pk
    assert hall.signed(plan).pk == third.pk


def test_a_dwelling_withdrawn_and_a_family_passed_over_shift_no_finished_choice(hall: Hall) -> None:
    plan, (_first, second, third) = hall.session(3, 3)
    done = hall.signed(plan)
    hall.at_the_board(plan)
    offer = plan.dwellings.filter(state="open").order_by("unit_no")[0]
    actions.choose(hall.officer, second.pk, offer.pk)
    actions.withdraw_dwelling(hall.officer, offer.pk, reason="漏水需维修", repair=True)
    second.refresh_from_db()
    assert second.session_state == "choosing"
    assert Dwelling.objects.get(pk=offer.dwelling_id).state == "repairing"
    with pytest.raises(NotAllowed, match="岗位"):
        actions.pass_over(hall.officer, second.pk, reason="已购买住房")
    actions.pass_over(hall.approver, second.pk, reason="已购买住房")
    assert hall.signed(plan).pk == third.pk
    done.refresh_from_db()
    assert done.session_state == "signed"
    with pytest.raises(NotAllowed):
        actions.withdraw_dwelling(
            hall.officer, PlanDwelling.objects.get(registration=done).pk, reason="误操作"
        )


def test_the_end_gives_everything_back_that_nobody_took(hall: Hall) -> None:
    plan, (_first, second, third) = hall.session(3, 3)
    hall.signed(plan)
    hall.at_the_board(plan)
    plan.refresh_from_db()
    with pytest.raises(NotAllowed, match="正在选房"):
        actions.close_session(hall.officer, plan.number, plan.version)
    actions.decline(hall.officer, second.pk, reason="other_home")
    plan = actions.close_session(hall.officer, plan.number, plan.version)
    assert sorted(Dwelling.objects.values_list("state", flat=True)) == ["chosen", "vacant", "vacant"]
    assert WaitlistEntry.objects.get(pk=third.waitlist_entry_id).state == "waiting"
    assert plan.public_until is not None


def test_after_a_failure_the_session_goes_on_from_the_last_sheet(hall: Hall) -> None:
    """Nothing of a session stands outside the database: whoever comes back finds the called, the locked and the signed."""
    plan, (_first, second) = hall.session(2, 2)
    hall.signed(plan)
    hall.at_the_board(plan)
    offer = plan.dwellings.filter(state="open").get()
    actions.choose(hall.officer, second.pk, offer.pk)
    PlanDwelling.objects.filter(pk=offer.pk).update(lock_until=timezone.now() - timedelta(hours=1))
    fresh = Hall(hall.cast)
    assert actions.lapse_locks() == 1
    second.refresh_from_db()
    assert second.session_state == "choosing"
    actions.choose(fresh.officer, second.pk, offer.pk)
    actions.sign(fresh.officer, second.pk)
    assert Registration.objects.filter(plan=plan, session_state="signed").count() == 2


def test_by_machine_each_family_is_held_the_dwelling_that_the_draw_matched(hall: Hall) -> None:
    plan = hall.plan(2, method="draw", matching="machine")
    doors = list(plan.dwellings.order_by("unit_no").values_list("unit_no", flat=True))
    for _ in range(2):
        hall.register(plan, hall.entry(), wish=actions.Wish((doors[1],)))
    draw = Stage(hall).at("drawn", hall.noticed(plan))
    plan = actions.open_session(hall.officer, plan.number, draw.plan.version)
    assert actions.apply_matches(hall.officer, plan.number, plan.version) == 2
    first, second = plan.registrations.order_by("order_number")
    held = {one.registration_id: one.unit_no for one in plan.dwellings.filter(state="locked")}
    assert held == {first.pk: doors[1], second.pk: doors[0]}, "the first has its wish, the other what is left"
    assert actions.sign(hall.officer, first.pk).session_state == "signed"
    with pytest.raises(NotAllowed, match="已按志愿配房"):
        actions.apply_matches(hall.officer, plan.number, plan.version)
