"""A waiting list, plans and a session in every station, for the walks that open every page: made by the acts that make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.models import EntryChange, Plan, Registration, WaitlistEntry
from guangsha.areas.allocation.tests.builders import THREE, Hall
from guangsha.areas.registry.models import SpecialStatus
from guangsha.people.models import Account
from guangsha.testing.cast import Cast


@dataclass(frozen=True, slots=True)
class Allocations:
    """``draft`` waits to be approved, ``checking`` is re-checked with one family to be settled, ``running`` is a session in which one
    family has signed, one has locked, one chooses; ``waiting`` is asked about its removal."""

    draft: Plan
    checking: Plan
    running: Plan
    waiting: WaitlistEntry
    change: EntryChange
    differs: Registration
    locked: Registration
    choosing: Registration
    asked: Account
    chooser: Account
    wisher: Account


def allocations(cast: Cast) -> Allocations:
    """One of each, as of today."""
    hall, today = Hall(cast), timezone.localdate()
    running, _ = hall.session(5, 4, name="桂园小区第一批", desks=3)
    hall.signed(running)
    locked = hall.at_the_board(running)
    actions.choose(hall.officer, locked.pk, running.dwellings.filter(state="open").order_by("unit_no")[0].pk)
    choosing = hall.at_the_board(running)
    actions.call_next(hall.officer, running.number, "A")
    waiting = hall.entry(THREE, listed_on=today - timedelta(days=2000))
    change = actions.propose_change(
        hall.checker,
        waiting.number,
        kind="remove",
        reason="比对发现家庭已购买住房",
        basis="公共租赁住房管理办法第十条",
    )
    checking = hall.plan(3, name="桂园小区第二批", matching="machine")
    doors = checking.dwellings.order_by("unit_no").values_list("unit_no", flat=True)
    differs = hall.register(checking, hall.entry(), wish=actions.Wish(tuple(doors[:2])))
    hall.register(checking, hall.entry())
    SpecialStatus.objects.filter(person=differs.applicant).update(ended_on=today)
    checking = hall.over(checking)
    actions.recheck_registrants(hall.checker, checking.number)
    differs.refresh_from_db()
    actions.ask_registrant(hall.checker, differs.pk, differs.version, reason="档案中低保已停止")
    draft = hall.plan(1, approve=False, name="桂园小区第三批")
    hall.offer(Plan.objects.get(pk=draft.pk), 1, "C")
    for one in (running, checking, draft, waiting, locked, choosing, differs):
        one.refresh_from_db()
    return Allocations(
        draft=draft, checking=checking, running=running, waiting=waiting, change=change, differs=differs, locked=locked,
        choosing=choosing, asked=hall.citizen(waiting), chooser=hall.citizen(choosing.waitlist_entry), wisher=hall.citizen(differs.waitlist_entry),
    )  # fmt: skip
