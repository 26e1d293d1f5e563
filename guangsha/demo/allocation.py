"""The waiting list of the demo district and its plans: one finished, one in registration, one about to be frozen, one session in
progress.

Everything goes through the acts of the office; the clock is put back where an act would have been done earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.actions.effects import REGISTERED
from guangsha.areas.allocation.actions.plans import Announcement
from guangsha.areas.allocation.models import Plan, Registration, WaitlistEntry
from guangsha.areas.intake.actions.effects import take_hook
from guangsha.areas.intake.models import Hook
from guangsha.areas.registry.models import Household
from guangsha.areas.stock.models import Dwelling
from guangsha.audit.actor import CLOCK, Actor
from guangsha.demo.cast import Cast
from guangsha.kernel.errors import GuangshaError
from guangsha.people.actors import build_actor

#: Households on the list, and how many of them register for a plan.
LISTED = 180
FINISHED, RUNNING, PUBLIC, OPEN = 10, 12, 16, 8


class _Desk:
    """Who does what, in the order in which a plan goes."""

    def __init__(self, cast: Cast, today: date) -> None:
        self.cast, self.today = cast, today
        self.officer = build_actor(cast.staff["allocation_officer"])
        self.approver = build_actor(cast.staff["district_approver"])
        self.checker = build_actor(cast.staff["district_reviewer"])
        self.editor = build_actor(cast.staff["publicity_editor"])

    def plan(self, name: str, document: str, doors: Sequence[int], method: str = "queue") -> Plan:
        """Drafted with these dwellings and signed; its window is open."""
        made = actions.make_plan(self.officer, self.cast.district, Announcement(
            name=name, register_from=self.today, register_until=self.today + timedelta(days=14), method=method,
            place="湖滨区政务服务中心三楼", rent_note="按家庭类别交市场租金的 10% 至 70%", audience="本区全部公租房轮候家庭",
        ))  # fmt: skip
        actions.offer_dwellings(self.officer, made.number, made.version, doors)
        made.refresh_from_db()
        return actions.approve_plan(self.approver, made.number, made.version, document_number=document)

    def register(self, plan: Plan, most: int) -> list[Registration]:
        """The households that have waited longest and for whom the plan has a dwelling."""
        kinds = plan.dwellings.values_list("layout", flat=True).distinct()
        waiting = WaitlistEntry.objects.filter(
            agency=self.cast.district, state="waiting", layout__in=list(kinds)
        )
        numbers = list(
            waiting.order_by("tier", "listed_on", "number").values_list("number", flat=True)[:most]
        )
        return [actions.register(self.checker, plan.number, number) for number in numbers]

    def noticed(self, plan: Plan, *, over: bool = True) -> Plan:
        """Its window is over, everybody is re-checked and settled, the roster is public."""
        first, last = self.today - timedelta(days=40), self.today - timedelta(days=25 if over else 4)
        Plan.objects.filter(pk=plan.pk).update(register_from=first, register_until=last)
        plan.refresh_from_db()
        actions.close_registration(self.officer, plan.number, plan.version)
        actions.recheck_registrants(self.checker, plan.number)
        for one in plan.registrations.filter(state="registered"):
            actions.settle_registrant(
                self.checker, one.pk, one.version, fits=True, reason="已电话核实并补全家庭档案，符合资格"
            )
        plan.refresh_from_db()
        plan = actions.publish_roster(self.editor, plan.number, plan.version)
        if over:
            Plan.objects.filter(pk=plan.pk).update(notice_until=self.today - timedelta(days=2))
            plan.refresh_from_db()
        return plan

    def opened(self, plan: Plan) -> Plan:
        """Ordered by place in the list; its session has begun."""
        plan = actions.order_by_rule(self.officer, plan.number, plan.version)
        return actions.open_session(self.officer, plan.number, plan.version)

    def signed(self, plan: Plan, queue: str, families: int) -> None:
        """So many families of a queue come, choose the first free dwelling and sign."""
        for _ in range(families):
            one = self.at_the_board(plan, queue)
            offer = plan.dwellings.filter(state="open", layout=queue).order_by("unit_no").first()
            if one is None or offer is None:
                return
            actions.choose(self.officer, one.pk, offer.pk)
            actions.sign(self.officer, one.pk)

    def at_the_board(self, plan: Plan, queue: str) -> Registration | None:
        """Who is next stands before the board; None where nobody is."""
        try:
            one = actions.call_next(self.officer, plan.number, queue)
        except GuangshaError:
            return None
        actions.arrive(self.officer, one.pk)
        return actions.begin_choosing(self.officer, one.pk)


def fill_allocation(cast: Cast, now: datetime) -> str:
    """The list and four plans in four stations; everything as of ``now``."""
    today = timezone.localdate(now)
    _earlier_plans()
    actions.take_effects(now)
    desk = _Desk(cast, today)
    _list(cast, desk.checker, today)
    old = desk.plan("2026年第一批公租房配租", "湖房配〔2026〕1号（虚构）", _doors("望岳家园", 8))
    desk.register(old, FINISHED)
    old = desk.opened(desk.noticed(old))
    _finish(desk, old)
    running = desk.plan("2026年第二批公租房配租", "湖房配〔2026〕2号（虚构）", _doors("桂园小区", 12))
    desk.register(running, RUNNING)
    running = desk.opened(desk.noticed(running))
    _begin(desk, running)
    public = desk.plan("湖滨新苑第一批摇号配租", "湖房配〔2026〕3号（虚构）", _doors("湖滨新苑", 60), "draw")
    desk.register(public, PUBLIC)
    desk.noticed(public)
    open_plan = desk.plan(
        "2026年第三批公租房配租", "湖房配〔2026〕4号（虚构）", _doors("金桥佳苑", 12), "draw"
    )
    desk.register(open_plan, OPEN)
    _hear_one(desk)
    return f"{WaitlistEntry.objects.count()} 户轮候、{Plan.objects.count()} 个配租方案、{Registration.objects.count()} 项配租登记"


def _earlier_plans() -> None:
    """Registrations of the past belong to plans that were held before there was this house; their decisions count as carried out."""
    for hook_id in (
        Hook.objects.filter(effect=REGISTERED, taken_at=None).order_by("pk").values_list("pk", flat=True)
    ):
        take_hook(CLOCK, hook_id, "此前的配租方案")


def _list(cast: Cast, checker: Actor, today: date) -> None:
    """Households of the district without an entry, listed over the last years."""
    wanted = LISTED - WaitlistEntry.objects.filter(agency=cast.district).count()
    rows = (
        Household.objects.filter(
            agency__path__startswith=cast.district.path, closed_on=None, waitlist_entries=None
        )
        .select_related("head")
        .order_by("pk")[: max(0, wanted)]
    )
    for place, household in enumerate(rows):
        listed_on = today - timedelta(days=40 + place * 37 % 2050)
        try:
            actions.list_household(
                checker, household, agency=cast.district, applicant=household.head, listed_on=listed_on,
                certificate_number=f"湖保资〔{listed_on.year}〕{place + 1:04d}号",
                certificate_until=today + timedelta(days=90 + place % 270),
            )  # fmt: skip
        except GuangshaError:  # nobody counts in the file, or a relative of the clerk
            continue


def _doors(estate: str, most: int) -> list[int]:
    """Vacant dwellings of an estate, some of each layout."""
    found = Dwelling.objects.filter(estate__name=estate, state="vacant").order_by("door", "floor", "pk")
    return list(found.values_list("pk", flat=True)[:most])


def _queues(plan: Plan) -> list[str]:
    return sorted(plan.registrations.exclude(order_number=None).values_list("layout", flat=True).distinct())


def _finish(desk: _Desk, plan: Plan) -> None:
    """Everybody has chosen but for one who refuses; the result is public."""
    for place, queue in enumerate(_queues(plan)):
        desk.signed(plan, queue, 3)
        one = desk.at_the_board(plan, queue) if place == 0 else None
        if one is not None:
            actions.decline(desk.officer, one.pk, reason="location")
        desk.signed(plan, queue, 10)
    plan.refresh_from_db()
    actions.close_session(desk.officer, plan.number, plan.version)


def _begin(desk: _Desk, plan: Plan) -> None:
    """Some have signed, one missed the call, one stands before the board."""
    for queue in _queues(plan):
        desk.signed(plan, queue, 2)
        try:
            late = actions.call_next(desk.officer, plan.number, queue)
        except GuangshaError:
            continue
        actions.miss(desk.officer, late.pk)
        desk.at_the_board(plan, queue)


def _hear_one(desk: _Desk) -> None:
    """One household is asked about leaving the list."""
    entry = WaitlistEntry.objects.filter(agency=desk.cast.district, state="waiting").order_by("-pk").first()
    if entry is not None:
        actions.propose_change(
            desk.checker, entry.number, kind="remove", reason="比对发现家庭成员新登记一套住房", basis="公共租赁住房管理办法第十条"
        )  # fmt: skip
