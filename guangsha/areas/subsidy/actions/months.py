"""What the clock does with agreements: months become due, agreements end and are to be renewed.

Source: operations.md W2: paid monthly; the yearly review in the last 30 days of validity; no declaration: stop from the month after.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from guangsha.areas.subsidy.actions.base import NotAllowed, locked, need, said, tell_household, touched, whole
from guangsha.areas.subsidy.facts import PROGRAMME
from guangsha.areas.subsidy.models import Agreement, Calculation, Entitlement, ItemMonth
from guangsha.areas.subsidy.rules import (
    CONFIRMERS,
    MAKERS,
    Confirmed,
    due_in,
    month_code,
    month_of,
    month_text,
    months_of,
    renewal_opens,
)
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency
from guangsha.policy.household import Month

#: A month that was forgotten is still computed so long after the end of its agreement.
LOOKED_BACK = timedelta(days=366)
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Computed:
    """What a monthly run did: how many months became due, and how much they are together."""

    agency: str
    month: int
    count: int
    amount_fen: int

    def __str__(self) -> str:
        return f"{self.agency}{month_text(self.month)}新增应发 {self.count} 户月"


@transaction.atomic
def compute_month(actor: Actor, agency: Agency, month: int) -> Computed:
    """Make every month up to ``month`` due that no row stands for yet, under every signed agreement of an agency.

    Running it again, or twice at once, changes nothing: the database keeps one row for a household and month.

    Raises:
        NotAllowed: neither the clock nor a maker of the agency.
        InputError: no such month, or one that lies further ahead than the next.
    """
    if actor.kind != "system" and not (
        actor.kind == "staff" and actor.roles_at(agency.pk) & (MAKERS | CONFIRMERS)
    ):
        raise NotAllowed("您的岗位不能计算月度应发", where=agency.name, advice="请由有权限的同事办理。")
    latest = month_code(Month.of(timezone.localdate()).plus(1))
    month_of(month)
    if month > latest:
        raise InputError("最多提前一个月计算", where=month_text(month), advice="请更正月份。")
    first_day = date(month // 100, month % 100, 1)
    signed = list(
        Agreement.objects.filter(agency=agency, ends_on__gte=first_day - LOOKED_BACK)
        .exclude(signed_on=None)
        .order_by("pk")
    )
    standing: dict[int, list[Confirmed]] = defaultdict(list)
    for pk, agreement_id, number, start, fen in Calculation.objects.filter(
        agreement__in=[one.pk for one in signed], state="confirmed"
    ).values_list("pk", "agreement_id", "number", "from_month", "amount_fen"):
        standing[agreement_id].append(Confirmed(number, start, fen, pk))
    known = set(
        Entitlement.objects.filter(household__in=[one.household_id for one in signed], programme=PROGRAMME)
        .values_list("household_id", "month")
    )  # fmt: skip
    now = timezone.now()
    rows = []
    for agreement in signed:
        for code in months_of(agreement.starts_on, agreement.ends_on):
            due = due_in(code, standing[agreement.pk]) if code <= month else None
            if due and due.amount_fen and (agreement.household_id, code) not in known:
                rows.append(
                    Entitlement(
                        agreement=agreement, household_id=agreement.household_id, month=code, amount_fen=due.amount_fen,
                        calculation_id=due.pk, computed_at=now,
                    )
                )  # fmt: skip
                known.add((agreement.household_id, code))
    before = Entitlement.objects.filter(agreement__agency=agency).count()
    Entitlement.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
    made = Entitlement.objects.filter(agreement__agency=agency).count() - before
    computed = Computed(agency.name, month, made, sum(row.amount_fen for row in rows) if made else 0)
    if made:
        record(
            actor, "subsidy.month.compute", agency,
            after={"month": month, "count": made, "amount_fen": computed.amount_fen}, agency_id=agency.pk,
        )  # fmt: skip
    return computed


@transaction.atomic
def hold_month(
    actor: Actor, number: str, version: int, month: int, *, reason: str, hold: bool = True
) -> Entitlement:
    """Keep one month back while something is cleared up (暂缓), or let it go again. It stays due.

    Raises:
        NotAllowed: it is in a batch or paid.
    """
    agreement = locked(actor, number, version)
    need(actor, agreement, MAKERS | CONFIRMERS, "暂缓发放")
    words = said(reason, "理由")
    row = Entitlement.objects.select_for_update().filter(agreement=agreement, month=month).first()
    if (
        row is None
        or row.state not in ("computed", "held")
        or ItemMonth.objects.filter(entitlement=row, living=True).exists()
    ):
        raise NotAllowed("这个月已经进入发放批次或已发放", where=month_text(month), advice="请在批次中办理。")
    row.state, row.held_reason = ("held", words[:120]) if hold else ("computed", "")
    row.save(update_fields=["state", "held_reason"])
    touched(agreement)
    record(
        actor, "subsidy.month.hold" if hold else "subsidy.month.release", agreement, reason=words,
        after={"month": month, "amount_fen": row.amount_fen}, agency_id=agreement.agency_id,
    )  # fmt: skip
    return row


def expire_agreements(now: datetime) -> int:
    """Agreements whose last day is over end; what was due under them stays due."""
    done = 0
    for number in Agreement.objects.filter(
        state__in=("active", "suspended"), ends_on__lt=timezone.localdate(now)
    ).values_list("number", flat=True):
        with transaction.atomic():
            agreement = Agreement.objects.select_for_update().get(number=number)
            if agreement.state not in ("active", "suspended"):
                continue
            before = agreement.state
            agreement.state = "expired"
            touched(agreement, "state")
            record(
                CLOCK, "subsidy.agreement.expire", agreement, before={"state": before}, after={"state": "expired"},
                agency_id=agreement.agency_id,
            )  # fmt: skip
            tell_household(
                agreement,
                "expired",
                "租赁补贴协议已到期",
                f"补贴协议 {number} 已于 {agreement.ends_on:%Y年%-m月%-d日} 到期，没有续签，次月起停发。仍符合条件的，请尽快办理续签，续签后次月起发放，不补发。",
            )
            done += 1
    return done


def remind_renewals(now: datetime) -> int:
    """Tell households whose agreement ends soon and has no follower; once for each agreement."""
    on = timezone.localdate(now)
    later = Agreement.objects.filter(follows=OuterRef("pk"))
    told = 0
    ending = Agreement.objects.filter(state="active", ends_on__gte=on, ends_on__lte=on + timedelta(days=120))
    for agreement in ending.exclude(Exists(later)).select_related("household", "payee"):
        if on < renewal_opens(agreement.ends_on, whole("renewal_window_days", agreement.region, on)):
            continue
        tell_household(
            agreement,
            "renew",
            "租赁补贴协议快到期了，请办理年审",
            f"补贴协议 {agreement.number} 到 {agreement.ends_on:%Y年%-m月%-d日} 为止。请在此之前申报家庭情况并续签，逾期从次月起停发。",
        )
        told += 1
    return told


def compute_all(now: datetime) -> str:
    """The monthly run of every agency that has signed agreements."""
    month = month_code(Month.of(timezone.localdate(now)))
    agencies = Agency.objects.filter(
        pk__in=Agreement.objects.exclude(signed_on=None).values("agency_id").distinct()
    ).order_by("pk")
    done = [compute_month(CLOCK, agency, month) for agency in agencies]
    made = [str(one) for one in done if one.count]
    return "；".join(made) or "没有新的应发"
