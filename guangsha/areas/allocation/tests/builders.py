"""A waiting list, plans and sessions for tests, written with the acts of the area."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.actions.plans import Announcement
from guangsha.areas.allocation.models import Plan, Registration, WaitlistEntry
from guangsha.areas.allocation.rules import OrderRow
from guangsha.areas.eligibility.tests.builders import FileMaker
from guangsha.areas.registry.models import Household
from guangsha.areas.stock.tests.builders import dwellings
from guangsha.people.actors import build_actor
from guangsha.people.models import Account
from guangsha.testing.cast import Cast

#: One person on 低保, a couple with a child on 低保, and a couple of lower middle income: tiers 1, 1, 2; layouts A, B, B.
SINGLE: dict[str, Any] = {
    "成员": [{"关系": "self", "出生": "1981-05-01", "月收入": "900"}],
    "身份": [{"成员": "1", "类别": "minimum_living"}],
    "户籍": "2018-01-01 岳州市湖滨区洞庭路1号",
    "申报": {"日期": "2025-12-20", "来源": "民政核对", "存款": "10000"},
}
THREE: dict[str, Any] = {
    **SINGLE,
    "成员": [
        {"关系": "self", "出生": "1981-05-01", "月收入": "900"},
        {"关系": "spouse", "出生": "1983-02-01", "月收入": "0"},
        {"关系": "child", "出生": "2014-09-01", "月收入": "0"},
    ],
}
PLAIN: dict[str, Any] = {**THREE, "身份": []}


class Hall:
    """The cast in its duties: ``officer`` runs plans, ``approver`` signs, ``checker`` re-checks, ``editor`` publishes."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.files = FileMaker(cast.district, cast.communities[0])
        self.officer = build_actor(cast.staff["allocation_officer"])
        self.approver = build_actor(cast.staff["district_approver"])
        self.checker = build_actor(cast.staff["district_reviewer"])
        self.editor = build_actor(cast.staff["publicity_editor"])
        self.head = build_actor(cast.staff["supervisor"])
        self.far = build_actor(cast.far_reviewer)

    def family(self, words: Mapping[str, Any] = SINGLE, **changes: Any) -> Household:
        """A household file; its declaration is fresh today unless the words say otherwise."""
        declared = (timezone.localdate() - timedelta(days=30)).isoformat()
        return self.files.household(
            {**words, "申报": {"日期": declared, "来源": "民政核对", "存款": "10000"}, **changes}
        )

    def entry(
        self, words: Mapping[str, Any] = SINGLE, *, listed_on: date | None = None, **changes: Any
    ) -> WaitlistEntry:
        """A household on the list."""
        household = self.family(words, **changes)
        return actions.list_household(
            self.checker, household, agency=self.cast.district, applicant=household.head,
            listed_on=listed_on or timezone.localdate() - timedelta(days=400), certificate_number="资格1号",
        )  # fmt: skip

    def plan(self, doors: int = 2, *, layout: str = "A", approve: bool = True, **more: Any) -> Plan:
        """A plan with so many dwellings of a layout; open for registration unless not to be approved."""
        today = timezone.localdate()
        made = actions.make_plan(self.officer, self.cast.district, Announcement(**{
            "name": "桂园小区第一批", "register_from": today, "register_until": today + timedelta(days=7),
            "document_number": "湖房配〔2026〕1号", "place": "区政务大厅三楼", "rent_note": "每平方米每月 8.40 元", **more,
        }))  # fmt: skip
        Plan.objects.filter(pk=made.pk).update(lock_minutes=5, choose_minutes=5)
        self.offer(made, doors, layout)
        made.refresh_from_db()
        return (
            actions.approve_plan(self.approver, made.number, made.version, document_number="")
            if approve
            else made
        )

    def offer(self, plan: Plan, doors: int, layout: str = "A") -> None:
        """So many more dwellings of a layout for a plan, in a building of its own."""
        plan.refresh_from_db()
        building = f"{plan.pk}{'ABCX'.index(layout)}"
        names = [f"{building}-1-{floor + 1:02d}{door + 1:02d}" for floor in range(50) for door in range(20)]
        rooms = dwellings(self.cast.district, names[:doors], layout=layout)
        for start in range(0, doors, 500):
            plan.refresh_from_db()
            ids = [room.pk for room in rooms[start : start + 500]]
            actions.offer_dwellings(self.officer, plan.number, plan.version, ids)

    def register(self, plan: Plan, entry: WaitlistEntry, **more: Any) -> Registration:
        return actions.register(self.checker, plan.number, entry.number, **more)

    def over(self, plan: Plan) -> Plan:
        """The window of the plan ended yesterday."""
        yesterday = timezone.localdate() - timedelta(days=1)
        Plan.objects.filter(pk=plan.pk).update(
            register_from=yesterday - timedelta(days=7), register_until=yesterday
        )
        plan.refresh_from_db()
        return actions.close_registration(self.officer, plan.number, plan.version)

    def noticed(self, plan: Plan) -> Plan:
        """Window over, everybody re-checked, the roster published and its notice over."""
        plan = self.over(plan)
        actions.recheck_registrants(self.checker, plan.number)
        plan.refresh_from_db()
        plan = actions.publish_roster(self.editor, plan.number, plan.version)
        yesterday = timezone.localdate() - timedelta(days=1)
        Plan.objects.filter(pk=plan.pk).update(notice_until=yesterday)
        plan.refresh_from_db()
        return plan

    def drawn(self, plan: Plan) -> Plan:
        """Frozen, and in the order of the entry numbers."""
        frozen = actions.freeze_roster(self.officer, self.noticed(plan).number)
        places: dict[str, int] = {}
        rows = []
        for row in frozen.roster:
            places[row.queue] = places.get(row.queue, 0) + 1
            rows.append(OrderRow(row.entry_no, places[row.queue], f"{places[row.queue]:064x}"))
        return actions.record_order(self.officer, frozen.plan, rows, seed="ab" * 32)

    def session(self, families: int = 3, doors: int = 2, **more: Any) -> tuple[Plan, list[Registration]]:
        """A session under way with so many single persons for so many one-room dwellings."""
        plan = self.plan(doors, **more)
        for _ in range(families):
            self.register(plan, self.entry())
        plan = self.drawn(plan)
        plan = actions.open_session(self.officer, plan.number, plan.version)
        return plan, list(plan.registrations.order_by("order_number"))

    def at_the_board(self, plan: Plan, queue: str = "A") -> Registration:
        """Who is next stands before the board and chooses."""
        one = actions.call_next(self.officer, plan.number, queue)
        actions.arrive(self.officer, one.pk)
        return actions.begin_choosing(self.officer, one.pk)

    def signed(self, plan: Plan, queue: str = "A") -> Registration:
        """Who is next has chosen the first free dwelling and signed."""
        one = self.at_the_board(plan, queue)
        offer = plan.dwellings.filter(state="open", layout=queue).order_by("unit_no")[0]
        actions.choose(self.officer, one.pk, offer.pk)
        return actions.sign(self.officer, one.pk)

    def citizen(self, entry: WaitlistEntry) -> Account:
        """The account of who applied."""
        return Account.objects.create(
            username=f"citizen-{entry.applicant_id}", name=entry.applicant.name, kind="citizen",
            phone=f"1990002{entry.applicant_id:04d}", person_id=entry.applicant_id,
        )  # fmt: skip
