"""The rents of 岳阳市住房保障服务中心 in 2023 by records alone: 496 households, 1.3 million yuan, nothing left open.

Households, dwellings and payments are invented and bear the region of nobody. Each household rents through the whole year and pays its
bills each quarter; the treasury confirms. The published sum is printed in 万元: the bills sum to it within four fen, because twelve equal
months cannot sum to it exactly. Every bill and every confirmed payment is in the books of the unit, posted in one go.
"""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from guangsha.areas.registry.models import Household
from guangsha.areas.rent.actions.base import book, book_for, draft
from guangsha.areas.rent.facts import ITEMS
from guangsha.areas.rent.models import Allocation, Bill, BillLine, PaymentOrder, Receipt, RentAccount
from guangsha.areas.rent.postings import billed, paid
from guangsha.areas.rent.rules import month_text
from guangsha.areas.stock.models import Dwelling, Estate
from guangsha.areas.tenancy.models import Lease, Occupant
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.audit.actions import record
from guangsha.demo.cast import PASSWORD, add_agency, add_staff
from guangsha.demo.rent import open_rent_book
from guangsha.demo.year_book_housing import (
    BUILT,
    HousingYear,
    _at,
    write_dwellings,
    write_history,
    write_homes,
)
from guangsha.kernel.errors import InputError
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, Agency

YUEYANG, YUEYANG_YEAR = "岳阳市住房保障服务中心", 2023
HOMES, RENT_FEN = 496, 130_000_000
_SINCE = date(2022, 12, 20)
_BATCH = 1000


def monthly_rents(households: int, year_fen: int, rng: random.Random) -> list[int]:
    """Monthly rents in fen whose twelve months sum to ``year_fen`` within eleven fen; by size and standing of the household.

    >>> 12 * sum(monthly_rents(3, 3_600, random.Random(1)))
    3600
    """
    weights = [rng.choice((12, 16, 20, 24, 30)) for _ in range(households)]
    month = year_fen // 12
    rents = [month * weight // sum(weights) for weight in weights]
    for place in range(month - sum(rents)):
        rents[place] += 1
    return rents


def build_yueyang(*, seed: int = 1) -> HousingYear:
    """Write the rents of the year into the database, all or nothing.

    Raises:
        InputError: they are there already.
    """
    if Agency.objects.filter(name=YUEYANG).exists():
        raise InputError("住房保障年度数据已有，原样保留", where=YUEYANG)
    rng = random.Random(seed)
    with transaction.atomic():
        agency = add_agency(YUEYANG, "district", "430602000000")
        community = add_agency("东井岭社区", "community", "430602001002", agency)
        hashed = make_password(PASSWORD)
        people = {
            role: add_staff(login, name, role, agency, hashed)
            for role, login, name in (
                ("supervisor", "yueyang-head", "易负责"), ("rent_clerk", "yueyang-clerk", "覃租金"),
                ("accountant", "yueyang-accountant", "管会计"),
            )
        }  # fmt: skip
        homes = write_homes(agency, community, HOMES, YUEYANG_YEAR, rng, "430695")
        estate = Estate.objects.create(
            code="DJLGZF",
            name="东井岭公租房",
            agency=agency,
            community=community,
            address="岳阳楼区东井岭（虚构门牌）",
        )
        dwellings = write_dwellings(estate, HOMES, _SINCE, "let")
        steps = [("", "vacant", date(2022, 9, 1), "竣工验收、移交入库"), ("vacant", "let", _SINCE, "入住")]
        write_history(dwellings, [steps] * HOMES)
        leases = _leases(agency, homes, dwellings, monthly_rents(HOMES, RENT_FEN, rng))
        bills, receipts = _bills(agency, leases)
        _books(people["accountant"], agency, bills, receipts)
        record(
            build_actor(people["supervisor"]), BUILT, agency, reason="演示数据", agency_id=agency.pk,
            after={"year": YUEYANG_YEAR, "leases": len(leases)},
        )  # fmt: skip
    return HousingYear(agency, people)


def _leases(
    agency: Agency, homes: Sequence[Household], dwellings: Sequence[Dwelling], rents: Sequence[int]
) -> list[Lease]:
    rows = [
        Lease(
            number=f"HT430602{YUEYANG_YEAR}{place:05d}", agency=agency, household=home, tenant=home.head, dwelling=dwelling, region="430602",
            household_type="low_income", area_m2=dwelling.area_m2, market_fen=fen * 3, rent_fen=fen, deposit_fen=0,
            starts_on=date(YUEYANG_YEAR, 1, 1), ends_on=date(YUEYANG_YEAR + 2, 12, 31), signed_on=_SINCE, state="active", made_at=_at(_SINCE),
        )
        for place, (home, dwelling, fen) in enumerate(zip(homes, dwellings, rents, strict=True))
    ]  # fmt: skip
    Lease.objects.bulk_create(rows, batch_size=_BATCH)
    Occupant.objects.bulk_create(
        [Occupant(lease=row, person_id=row.tenant_id, since=_SINCE) for row in rows], batch_size=_BATCH
    )
    AccessGrant.objects.bulk_create(
        [
            AccessGrant(
                lease=row, person_id=row.tenant_id, kind="key", lasting=True, state="active", reason="handover", asked_at=_at(_SINCE)
            )
            for row in rows
        ],
        batch_size=_BATCH,
    )  # fmt: skip
    # nobody moves in without a key: the database asks for it
    Lease.objects.filter(pk__in=[row.pk for row in rows]).update(handed_over_on=_SINCE)
    return rows


def _bills(agency: Agency, leases: Sequence[Lease]) -> tuple[list[Bill], list[Receipt]]:
    """Twelve bills for each lease, paid each quarter with one payment order that the treasury confirms."""
    year = YUEYANG_YEAR
    accounts = RentAccount.objects.bulk_create(
        [
            RentAccount(lease=lease, agency=agency, cycle="quarter", from_on=lease.starts_on)
            for lease in leases
        ],
        batch_size=_BATCH,
    )
    bills = [
        Bill(
            account=account, period=year * 100 + month, item="rent", gross_fen=lease.rent_fen, net_fen=lease.rent_fen,
            paid_fen=lease.rent_fen, open_fen=0, issued_on=date(year, month, 1), due_on=date(year, (month + 2) // 3 * 3, 25), state="paid",
        )
        for account, lease in zip(accounts, leases, strict=True)
        for month in range(1, 13)
    ]  # fmt: skip
    Bill.objects.bulk_create(bills, batch_size=_BATCH)
    BillLine.objects.bulk_create(
        [
            BillLine(
                bill=bill, kind="gross", fen=bill.gross_fen, month=bill.period, from_on=bill.issued_on,
                to_on=date(year, bill.period % 100, monthrange(year, bill.period % 100)[1]), text="按合同",
            )
            for bill in bills
        ],
        batch_size=_BATCH,
    )  # fmt: skip
    orders, days = [], []
    for place, (account, lease) in enumerate(zip(accounts, leases, strict=True)):
        for quarter in range(1, 5):
            day = date(year, quarter * 3, 8) + timedelta(days=place % 15)
            days.append(day)
            orders.append(
                PaymentOrder(
                    number=f"4306{year}{place:06d}{quarter}", account=account, amount_fen=lease.rent_fen * 3, state="paid",
                    made_at=_at(day), expires_on=day + timedelta(days=10),
                )
            )  # fmt: skip
    PaymentOrder.objects.bulk_create(orders, batch_size=_BATCH)
    receipts = [
        Receipt(
            order=order, channel="treasury_file", serial=order.number, amount_fen=order.amount_fen, paid_at=_at(day), day=day,
            voucher=f"V{order.number}", check_code="000000", confirmed_at=_at(day, 18),
        )
        for order, day in zip(orders, days, strict=True)
    ]  # fmt: skip
    Receipt.objects.bulk_create(receipts, batch_size=_BATCH)
    Allocation.objects.bulk_create(
        [
            Allocation(bill=bill, receipt=(paid := receipts[place // 3]), kind="receipt", fen=bill.net_fen, on=paid.day)
            for place, bill in enumerate(bills)
        ],
        batch_size=_BATCH,
    )  # fmt: skip
    return bills, receipts


def _books(accountant: Account, agency: Agency, bills: Sequence[Bill], receipts: Sequence[Receipt]) -> None:
    """What is billed is owed to the treasury, what the treasury confirms is owed no more: as the acts post it, entry by entry."""
    actor = build_actor(accountant)
    open_rent_book(agency, accountant, (YUEYANG_YEAR,))
    of = book_for(agency.pk)
    book(
        actor,
        [
            draft(
                bill.account, f"bill:{bill.pk}", "transfer", f"{ITEMS[bill.item]} {bill.account.lease.number} {month_text(bill.period)}",
                billed(of, bill.gross_fen, bill.relief_fen), bill.issued_on,
            )
            for bill in bills
        ]
        + [
            draft(
                one.order.account, f"receipt:{one.pk}", "receipt", f"收款确认 {one.order.account.lease.number} {one.voucher}",
                paid(of, one.amount_fen), one.day,
            )
            for one in receipts
        ],
    )  # fmt: skip
