"""Leases of the demo district: households that moved in over the last two years, and some in every station of a tenancy.

Everything goes through the acts of the office; the clock is put back where an act would have been done earlier.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from guangsha.areas.allocation.models import WaitlistEntry
from guangsha.areas.registry.models import Household
from guangsha.areas.stock.models import Dwelling
from guangsha.areas.subsidy.facts import LIVING
from guangsha.areas.subsidy.models import Agreement
from guangsha.areas.tenancy import actions
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_exit import Exit, ExitStep, Violation
from guangsha.areas.tenancy.models_swap import Swap
from guangsha.areas.tenancy.rules import months_later
from guangsha.demo.cast import Cast
from guangsha.demo.stock import FOR_THE_DRAW
from guangsha.kernel.errors import GuangshaError
from guangsha.people.actors import build_actor

#: At most so many leases; a small district has fewer households that policy can decide.
LEASES = 96
UNSIGNED = 4
#: Dwellings that stay vacant for who changes into them.
SPARE = 4


#: Every so many leases one is for a year only and ends within these months from now (before today: negative).
SHORT_EVERY, SHORT_ENDS = 12, (-1, 1, 2, 4)


class Desk:
    """Who does what."""

    def __init__(self, cast: Cast, today: date) -> None:
        self.cast, self.today = cast, today
        self.leaser = build_actor(cast.staff["allocation_officer"])
        self.maker = build_actor(cast.staff["rent_clerk"])
        self.second = build_actor(cast.staff["district_reviewer"])
        self.inspector = build_actor(cast.staff["field_inspector"])
        self.decider = build_actor(cast.staff["district_approver"])
        self.lawyer = build_actor(cast.staff["legal_officer"])

    def lease(
        self,
        household: Household,
        dwelling: Dwelling,
        start: date,
        *,
        signed: bool = True,
        months: int | None = None,
    ) -> Lease:
        """A contract from ``start`` on; signed ones were moved into on that day."""
        plan = actions.Plan(household, household.head, dwelling, self.cast.district, start, months)
        lease = actions.open_relet(self.leaser, plan)
        if not signed:
            return lease
        made = timezone.make_aware(datetime.combine(start, datetime.min.time()))
        Lease.objects.filter(pk=lease.pk).update(made_at=made)
        lease = actions.sign_lease(self.leaser, lease.number, lease.version, signed_on=start)
        readings = {"water": Decimal(3 + lease.pk % 40), "power": Decimal(100 + lease.pk % 900)}
        found = actions.Found(
            start, readings, 2, household.head.name, (("热水器", 1, "完好"), ("木门", 3, "完好"))
        )
        actions.hand_over(self.inspector, lease.number, lease.version, found)
        lease.refresh_from_db()
        return lease

    def way_out(self, lease: Lease, ground: str, facts: str, *, until: str) -> Exit:
        """A way out, as far as ``until`` says."""
        found = actions.open_exit(self.maker, lease.number, ground=ground, facts=facts)
        if until == "hearing":
            return found
        if found.state == "hearing":
            actions.hear(self.maker, found.hearing.pk, text="", outcome="agreed", way="phone")
            found.refresh_from_db()
        found = actions.decide_exit(
            self.decider, found.number, found.version, approve=True, reasons="核验属实，已听取家庭意见"
        )
        if until == "notice":
            return found
        late = until in ("holding_over", "court", "checking")
        served = months_later(self.today, -4) if late else self.today - timedelta(days=20)
        Exit.objects.filter(pk=found.pk).update(decided_on=served, opened_on=served)
        paper = f"湖房保腾〔{self.today.year}〕{found.pk}号（虚构）"
        found = actions.serve(self.maker, found.number, found.version, served_on=served, document=paper)
        ExitStep.objects.filter(exit=found).update(on=served)
        if until == "checking":
            back = self.today - timedelta(days=12)
            actions.hand_back(self.inspector, found.number, found.version, self.shown(lease, back))
            found.refresh_from_db()
            return found
        if late:
            found = actions.hold_over(
                self.maker, found.number, found.version, text="两人上门核实，仍在居住，已告知帮扶渠道"
            )
        if until == "court":
            found = actions.demand(
                self.lawyer, found.number, found.version, document=f"催〔{self.today.year}〕1号（虚构）"
            )
            past = self.today - timedelta(days=12)
            ExitStep.objects.filter(exit=found, state="demanded").update(
                on=past, due_on=past + timedelta(days=10)
            )
            found = actions.go_to_court(
                self.lawyer, found.number, found.version, document="民事起诉状（虚构）"
            )
        return found

    def shown(self, lease: Lease, on: date) -> actions.Found:
        """What a dwelling shows when it is given back."""
        readings = {"water": Decimal(90 + lease.pk % 40), "power": Decimal(1900 + lease.pk % 900)}
        things = (("热水器", 1, "完好"), ("木门", 3, "一扇有划痕"))
        return actions.Found(on, readings, 2, lease.tenant.name, things)

    def renewal(self, lease: Lease) -> None:
        """A household whose term ends soon asks for another; where it is over already, the next contract has begun."""
        months = (lease.ends_on - self.today).days // 28
        if months > 2:
            return  # reminded, nothing asked yet
        asked = actions.ask_renewal(
            self.leaser, lease.number, lease.version, asked_on=months_later(lease.ends_on, -3)
        )
        if months == 1:
            return  # checked again before it gets another term
        new = actions.renew(self.leaser, asked.number, asked.version, months=24)
        if lease.ends_on < self.today:
            actions.sign_lease(self.leaser, new.number, new.version, signed_on=self.today)

    def swap(
        self, lease: Lease, reason: str, *, until: str, dwelling: Dwelling | None = None, partner: str = ""
    ) -> None:
        """Somebody who asked for another dwelling, as far as ``until`` says."""
        found = actions.open_swap(self.maker, lease.number, reason=reason)
        if until == "asked":
            return
        found = actions.choose_swap(
            self.maker, found.number, found.version, dwelling=dwelling, partner=partner
        )
        if until == "proposed":
            return
        for leg in found.legs.select_related("lease"):
            actions.agree_swap(self.maker, found.number, leg.lease.number, agrees=True, way="window")
        found.refresh_from_db()
        found = actions.decide_swap(
            self.decider, found.number, found.version, approve=True, reasons="各户自愿，房屋相宜"
        )
        day = self.today if until == "today" else self.today + timedelta(days=6)
        actions.draft_swap(self.leaser, found.number, found.version, swap_on=day)

    def misuse(self, lease: Lease, kind: str, text: str, *, until: str) -> Violation:
        """A suspected breach, as far as ``until`` says."""
        found = actions.report_signal(
            self.inspector,
            lease.number,
            kind=kind,
            signal="inspection",
            text=text,
            found_on=self.today - timedelta(days=12),
        )
        if until == "signal":
            return found
        for back in (9, 4):
            found = actions.add_check(
                self.inspector, found.number, None, on=self.today - timedelta(days=back), second=self.cast.staff["rent_clerk"],
                found=True, record="两人上门，开门人自称租客，已拍照记录",
            )  # fmt: skip
        if until == "checked":
            return found
        start = max(lease.starts_on, months_later(self.today, -3))
        hearing = actions.ask_tenant(
            self.inspector, found.number, None, started_on=start, stopped_on=self.today, gain_fen=150_000
        )
        if until == "heard":
            actions.hear(self.maker, hearing.pk, text="亲戚短住，没有收钱。", outcome="objected", way="phone")
        return found


def _families(cast: Cast) -> Iterator[Household]:
    """Households with nothing else under way: no place in the list, no subsidy; the two of the cast stay free for the stories."""
    listed = WaitlistEntry.objects.exclude(state="removed").values("household_id")
    paid = Agreement.objects.filter(state__in=LIVING).values("household_id")
    own = {cast.applicant.person_id, cast.stranger.person_id}
    found = Household.objects.filter(
        agency__path__startswith=cast.district.path, closed_on=None, head__died_on=None
    ).exclude(head_id__in=own)
    yield from (
        found.exclude(pk__in=listed)
        .exclude(pk__in=paid)
        .select_related("head", "agency")
        .order_by("pk")[: LEASES * 4]
    )


def fill_tenancy(cast: Cast, now: datetime) -> str:
    """Leases that began over two years, four that wait for a signature, and every station on the way out."""
    today = timezone.localdate(now)
    desk = Desk(cast, today)
    doors = Dwelling.objects.filter(estate__agency=cast.district, state="vacant").exclude(
        estate__name=FOR_THE_DRAW
    )
    free = list(
        doors.exclude(offers__state__in=("open", "locked"))
        .select_related("estate")
        .order_by("pk")[: LEASES + SPARE]
    )
    made: list[Lease] = []
    for household in _families(cast):
        if len(made) >= min(LEASES, len(free) - SPARE):
            break
        place, signed = len(made), len(made) >= UNSIGNED
        start, months = months_later(today, -(1 + place * 7 % 24)).replace(day=1 + place * 5 % 28), None
        turn = place // SHORT_EVERY
        if place % SHORT_EVERY == SHORT_EVERY - 1 and turn < len(SHORT_ENDS):
            start, months = months_later(today, SHORT_ENDS[turn] - 12), 12
        try:
            with transaction.atomic():
                made.append(
                    desk.lease(
                        household, free[place], start if signed else today, signed=signed, months=months
                    )
                )
        except GuangshaError:
            continue  # policy cannot decide on this file: it has no lease
    living = [one for one in made if one.handed_over_on is not None]
    short = [one for one in living if one.ends_on < months_later(today, 6)]
    for lease in short:
        desk.renewal(lease)
    _stations(
        desk,
        [one for one in living if one not in short],
        [one for one in free if one not in {lease.dwelling for lease in made}],
    )
    return (
        f"{Lease.objects.count()} 份租约、{Exit.objects.count()} 件腾退、{Swap.objects.count()} 件调换、"
        f"{Violation.objects.count()} 件违规"
    )


def _stations(desk: Desk, living: list[Lease], vacant: list[Dwelling]) -> None:
    """Somebody in every station; a small district has fewer."""
    # the longest ones first: they lived there when what is told of them happened
    rest = iter(sorted(living, key=lambda one: (one.starts_on, one.pk)))
    for ground, facts, until in (
        ("other_home", "不动产登记核验发现已购商品房", "court"),
        ("other_home", "继承住房一套，已登记", "holding_over"),
        ("other_aid", "已承租保障性租赁住房", "transition"),
        ("over_income", "年度复核收入超过标准", "hearing"),
        ("other_home", "已购二手房，网签备案", "notice"),
        ("own_wish", "随子女迁居外地", "notice"),
        ("own_wish", "已在老家自建住房", "checking"),
        ("own_wish", "单位安排了宿舍", "checking"),
        ("other_home", "购买商品房并已入住", "checking"),
    ):
        if (lease := next(rest, None)) is not None:
            desk.way_out(lease, ground, facts, until=until)
    for kind, text, until in (
        ("sublet", "邻居反映住的是别人", "heard"),
        ("sublet", "网上发现转租信息", "asked"),
        ("change_of_use", "疑似开设棋牌室", "checked"),
        ("damage", "打掉非承重墙", "signal"),
    ):
        if (lease := next(rest, None)) is not None:
            desk.misuse(lease, kind, text, until=until)
    homes = iter(vacant)
    for reason, until, kind in (
        ("老人腿脚不便，想换到低楼层", "asked", "move"),
        ("孩子上学太远，想换到学校附近", "proposed", "move"),
        ("两户各想离单位近些", "decided", "exchange"),
        ("一户人多一户人少，互换住房", "today", "exchange"),
    ):
        lease, home = next(rest, None), next(homes, None) if until == "proposed" else None
        other = next(rest, None) if kind == "exchange" else None
        if lease is None or (other is None and kind == "exchange") or (home is None and until == "proposed"):
            continue
        desk.swap(lease, reason, until=until, dwelling=home, partner=other.number if other else "")
    for lease in list(rest)[:8]:
        spouse = (
            lease.household.memberships.filter(relation="spouse", ended_on=None)
            .select_related("person")
            .first()
        )
        if spouse is None:
            continue
        card = actions.ask_grant(
            desk.maker, lease.number, person=spouse.person, kind="card", reason="member", lasting=True
        )
        if lease.pk % 2:
            actions.approve_grant(desk.second, card.pk, None)
