"""Rent in every station, for the walks that open every page: made by the acts that make it, as of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from guangsha.areas.rent import actions
from guangsha.areas.rent.actions.base import refresh
from guangsha.areas.rent.actions.collecting import Line
from guangsha.areas.rent.models import Bill, PaymentOrder, Receipt, RentTerm
from guangsha.areas.rent.models_after import Adjustment, CollectionDay, Dunning, InstalmentPlan, Refund
from guangsha.areas.rent.rules import first_day, month_code, plus_months
from guangsha.areas.rent.tests.builders import EDGE_FEN, Office
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.tests.builders import citizen_of
from guangsha.audit.actor import CLOCK
from guangsha.people.models import Account
from guangsha.testing.cast import Cast


@dataclass(frozen=True, slots=True)
class Rents:
    """``late`` owes two months and asked for a plan, ``left`` was given back and is settled, ``fresh`` waits for a term."""

    late: Lease
    left: Lease
    fresh: Lease
    term: RentTerm
    bill: Bill
    plan: InstalmentPlan
    refund: Refund
    adjustment: Adjustment
    day: CollectionDay
    order: PaymentOrder
    receipt: Receipt
    letter: Dunning
    tenant: Account


def rents(cast: Cast) -> Rents:
    """One account in each station."""
    office, today = Office(cast), timezone.localdate()
    start = first_day(plus_months(month_code(today), -2))
    edge = {"rent_fen": EDGE_FEN, "household_type": "minimum_living_edge"}
    late, left, fresh = (office.lease(start.isoformat(), number=600 + k, **edge) for k in range(3))
    office.bill()
    office.pay(left, purpose="deposit")
    receipt = office.pay(left)
    fresh.tenant.statuses.create(kind="minimum_living", source="民政", started_on=start)
    term = actions.propose_term(office.maker, fresh.number, reason="新获低保")
    Bill.objects.filter(account__lease=late).update(due_on=today - timedelta(days=40))
    refresh([late.rent_account])  # the bills were made older by hand
    actions.dun_agency(CLOCK, cast.district)
    plan = actions.propose_plan(office.maker, late.number, None, months=3, reason="住院，收入中断")
    bill = Bill.objects.filter(account__lease=late).latest("pk")
    adjustment = actions.propose_adjustment(
        office.maker, bill.pk, None, kind="correction", fen=100, reason="面积登记有误"
    )
    with transaction.atomic():  # within the act of the lease, as ever
        actions.on_lease_event(CLOCK, left, "handed_back", today, {})
    actions.propose_settlement(
        office.maker, left.number, None, deductions=[actions.Deduction("更换门锁", 8_000, "照片 3 号、收据 12")], heard="无异议",
    )  # fmt: skip
    actions.confirm_settlement(office.approver, left.number, None)
    refund = actions.propose_refund(
        office.maker,
        left.number,
        None,
        source="deposit",
        bank_account="6222021001116245702",
        reason="退房结算",
    )
    line = Line(receipt.serial, receipt.order.number, receipt.amount_fen, today)
    actions.take_statement(office.accountant, cast.district, "nontax", [line, Line("S-lost", "", 100, today)])
    day = actions.check_day(office.accountant, cast.district, today)
    return Rents(
        late=late, left=left, fresh=fresh, term=term, bill=bill, plan=plan, refund=refund, adjustment=adjustment, day=day,
        order=office.order(late, 5_000), receipt=receipt, letter=Dunning.objects.get(account__lease=late, step="dunning2"), tenant=citizen_of(late.tenant),
    )  # fmt: skip


def visits(own: Any) -> list[tuple[str, str]]:
    """(who, address) of every page of staff."""
    page, lease = "/office/rent/{}".format, "/office/rent/leases/{}/".format
    return [
        *((who, page("")) for who in ("rent_clerk", "accountant", "district_approver", "auditor", "legal_officer")),
        ("rent_clerk", page("?scope=all")), ("rent_clerk", page(f"?q={own.late.number}")), ("supervisor", page("arrears/")),
        ("supervisor", page("arrears/?step=dunning2")), ("rent_clerk", page("letters/")), ("auditor", page(f"letters/{own.letter.pk}/")),
        ("rent_clerk", page(f"letters/{own.letter.pk}/deliver/")),
        *((who, lease(own.late.number)) for who in ("rent_clerk", "district_approver", "accountant", "auditor")),
        *(("rent_clerk", lease(one.number)) for one in (own.left, own.fresh)),
        *(("rent_clerk", lease(own.late.number) + f"acts/{code}/") for code in ("order", "term", "plan", "refund", "settle")),
        ("district_approver", lease(own.late.number) + "acts/charge/"),
        *(("district_approver", lease(own.left.number) + f"acts/{code}/") for code in ("confirm-settlement", "close-settlement")),
        *(("district_approver", page(f"terms/{own.term.pk}/{code}/")) for code in ("confirm", "drop")),
        ("rent_clerk", page(f"bills/{own.bill.pk}/adjust/")), ("district_approver", page(f"adjustments/{own.adjustment.pk}/")),
        ("district_approver", page(f"plans/{own.plan.number}/")), ("district_approver", page(f"refunds/{own.refund.number}/decide/")),
        ("accountant", page(f"refunds/{own.refund.number}/pay/")),
        *((who, page("collection/")) for who in ("accountant", "supervisor", "auditor")),
        ("accountant", page("collection/import/")), ("accountant", page("collection/accounts/")),
        ("supervisor", page(f"collection/{own.day.pk}/")), ("accountant", page(f"collection/{own.day.pk}/settle/")),
        ("supervisor", page(f"collection/{own.day.pk}/close/")),
    ]  # fmt: skip
