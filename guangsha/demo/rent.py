"""Rent of the demo district: half a year of bills, payments by a simulated bank, some who are late, one with a plan, a day reconciled.

All of it goes through the acts by which it comes about in an office.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time

from django.utils import timezone

from guangsha.areas.rent import actions
from guangsha.areas.rent.actions.collecting import Line
from guangsha.areas.rent.actions.paying import Notice
from guangsha.areas.rent.channels import introduce_simulated
from guangsha.areas.rent.models import Bill, Deposit, PaymentOrder, Receipt, RentAccount, RentBook
from guangsha.areas.rent.rules import check_digit, first_day, month_code, plus_months
from guangsha.areas.subsidy.bank_files import BEIJING
from guangsha.audit.actor import CLOCK, Actor
from guangsha.demo.cast import Cast
from guangsha.kernel.errors import InputError
from guangsha.ledger.books import open_fund, open_year
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, Agency

MONTHS = 6
#: Of a hundred accounts so many pay a month's bill in it; the others pay later or not at all.
PAY_PERCENT = 93


def open_rent_book(district: Agency, accountant: Account, years: tuple[int, ...]) -> None:
    """The accounts of rent, for whoever needs them first; asking again changes nothing."""
    actor = build_actor(accountant)
    for year in years:
        open_year(actor, district.pk, year)
    if not RentBook.objects.filter(agency=district).exists():
        actions.set_up_rent(
            actor, open_fund(actor, district.pk, "83", "公租房租金（非税）", "special_account").pk
        )


def fill_rent(cast: Cast, now: datetime) -> str:
    """Half a year of bills and payments for every lease that is lived in, then reminders, a plan and yesterday's reconciliation."""
    today, chance = timezone.localdate(now), random.Random(83)
    months = [plus_months(month_code(today), -k) for k in range(MONTHS - 1, -1, -1)]
    accountant = build_actor(cast.staff["accountant"])
    open_rent_book(cast.district, cast.staff["accountant"], tuple({month // 100 for month in months}))
    introduce_simulated()
    if not RentAccount.objects.filter(agency=cast.district).exists():
        return "没有租金户"
    for month in months:
        actions.bill_agency(CLOCK, cast.district, first_day(month))
        _pay(cast.district, accountant, chance, month, today)
    actions.bill_agency(CLOCK, cast.district, today)
    actions.dun_agency(CLOCK, cast.district, today)
    _plan(cast, today)
    _reconcile(cast.district, accountant)
    late = Bill.objects.filter(account__agency=cast.district, open_fen__gt=0, due_on__lt=today)
    return f"{Bill.objects.count()} 张租金账单，{Receipt.objects.count()} 笔缴款，{late.values('account').distinct().count()} 户欠租"


def _pay(agency: Agency, accountant: Actor, chance: random.Random, month: int, today: date) -> None:
    """The treasury's file of a month: most pay what they owe, and the deposit in the first month."""
    day = min(date(month // 100, month % 100, 11), today)
    paid_at = min(datetime.combine(day, time(10, 30), BEIJING), timezone.now())
    due = set(
        Deposit.objects.filter(account__agency=agency, state="due").values_list("account_id", flat=True)
    )
    orders: list[PaymentOrder] = []
    rows = RentAccount.objects.filter(agency=agency).select_related("lease", "deposit")
    for account in rows.order_by("pk"):
        wanted = (
            [("rent", account.owed_fen)] if account.owed_fen and chance.randrange(100) < PAY_PERCENT else []
        )
        if account.pk in due and account.from_on is not None:
            wanted.append(("deposit", account.deposit.due_fen))
        for purpose, fen in wanted:
            body = f"{account.lease.region}{month % 10000:04d}{account.pk % 10**8:08d}{len(orders) % 10}"
            orders.append(
                PaymentOrder(
                    number=body + check_digit(body), account=account, purpose=purpose, amount_fen=fen, state="open", made_at=paid_at,
                    expires_on=day,
                )
            )  # fmt: skip
    PaymentOrder.objects.bulk_create(orders)
    actions.confirm_many(
        accountant,
        [Notice("treasury_file", f"NS{one.number}", one.number, one.amount_fen, paid_at, f"E{one.number[6:]}", "5d1c09ab") for one in orders],
    )  # fmt: skip


def _plan(cast: Cast, today: date) -> None:
    """One household in arrears pays in rates; another asked for it and waits."""
    clerk, approver = (build_actor(cast.staff[who]) for who in ("rent_clerk", "district_approver"))
    late = RentAccount.objects.filter(agency=cast.district, oldest_due_on__lt=today).select_related("lease")
    for place, account in enumerate(late.order_by("oldest_due_on", "pk")[:2]):
        try:
            plan = actions.propose_plan(
                clerk, account.lease.number, None, months=6, reason="户主住院，近期收入减少"
            )
            if not place:
                actions.decide_plan(approver, plan.number, None, approved=True)
        except InputError:
            continue  # a relative of whoever acts, or a plan by a case already


def _reconcile(agency: Agency, accountant: Actor) -> None:
    """The last day with payments: both statements taken in and compared; it waits for the head to close it."""
    last = Receipt.objects.filter(order__account__agency=agency).order_by("-day").first()
    if last is None:
        return
    rows = Receipt.objects.filter(order__account__agency=agency, day=last.day).select_related("order")
    lines = [Line(one.serial, one.order.number, one.amount_fen, one.day) for one in rows]
    for party in ("nontax", "bank"):
        actions.take_statement(accountant, agency, party, lines)
    actions.check_day(accountant, agency, last.day)
