"""A district that lets dwellings and bills rent, for tests: made by the acts, with a clock that stands where the test puts it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from guangsha.areas.rent import actions
from guangsha.areas.rent.actions.paying import Notice
from guangsha.areas.rent.models import Bill, Deposit, PaymentOrder, Receipt, RentAccount, RentBook
from guangsha.areas.rent.postings import ACCOUNT_PLAN
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.tests.builders import active_lease
from guangsha.audit.actor import CLOCK
from guangsha.ledger.books import open_fund, open_year
from guangsha.ledger.models import Account as BookAccount
from guangsha.ledger.verify import verify_books
from guangsha.people.actors import build_actor
from guangsha.people.models import Agency
from guangsha.testing.cast import Cast

BEIJING = ZoneInfo("Asia/Shanghai")
#: 52.30 ㎡ at ¥12.00 (operations.md §3.3 example 3): what everybody pays, and the tiers.
ORDINARY_FEN, EDGE_FEN, POOR_FEN = 43_932, 18_828, 6_276


class Clock:
    """Where the test says it is; ``at`` moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime(2026, 3, 1, 10, tzinfo=BEIJING)
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def at(self, day: str) -> date:
        self.now = datetime.combine(date.fromisoformat(day), self.now.timetz())
        return self.now.date()


def open_rent_book(cast: Cast) -> RentBook:
    """The accounts of rent and their months, for whoever needs them first; asking again changes nothing."""
    accountant = build_actor(cast.staff["accountant"])
    year = timezone.localdate().year
    for one in (year, year + 1):
        open_year(accountant, cast.district.pk, one)
    book = RentBook.objects.filter(agency=cast.district).first()
    if book is not None:
        return book
    fund = open_fund(accountant, cast.district.pk, "83", "公租房租金", "special_account")
    return actions.set_up_rent(accountant, fund.pk)


class Office:
    """The cast of the district: ``maker`` proposes, ``approver`` confirms, ``accountant`` books, ``head`` closes days."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.maker = build_actor(cast.staff["rent_clerk"])
        self.approver = build_actor(cast.staff["district_approver"])
        self.head = build_actor(cast.staff["supervisor"])
        self.accountant = build_actor(cast.staff["accountant"])
        self.far = build_actor(cast.far_reviewer)
        self.book = open_rent_book(cast)
        self._serial = 0

    @property
    def district(self) -> Agency:
        return self.cast.district

    def lease(self, starts_on: str, *, rent_fen: int = ORDINARY_FEN, household_type: str = "", number: int = 1, **more: Any) -> Lease:  # fmt: skip
        """A lease that was signed and handed over on a day, with its rent account."""
        lease = active_lease(
            self.cast, number=f"HT43069920260{number:04d}", room=f"1-1-{number + 1:02d}01", starts_on=date.fromisoformat(starts_on),
            rent_fen=rent_fen, household_type=household_type, **more,
        )  # fmt: skip
        with transaction.atomic():
            actions.on_lease_event(CLOCK, lease, "signed", lease.starts_on, {})
        return lease

    def bill(self) -> int:
        """The run of the day; how many bills."""
        return actions.bill_agency(CLOCK, self.district).count

    def pay(self, lease: Lease, fen: int | None = None, *, purpose: str = "rent") -> Receipt:
        """Money for a lease by an order of its own."""
        return actions.confirm(self.notice(self.order(lease, fen, purpose=purpose)))

    def order(self, lease: Lease, fen: int | None = None, *, purpose: str = "rent") -> PaymentOrder:
        return actions.make_order(self.maker, lease.number, purpose=purpose, fen=fen)

    def notice(self, order: PaymentOrder, *, serial: str = "", fen: int | None = None) -> Notice:
        """What the channel says when an order is paid."""
        self._serial += 1
        return Notice(
            "simulated", serial or f"S{self._serial:08d}", order.number, order.amount_fen if fen is None else fen, timezone.now(),
            f"E{self._serial:010d}", "8a7b6c5d",
        )  # fmt: skip

    def settle(self, lease: Lease, back_on: str) -> None:
        """The dwelling is given back, and the settlement made and confirmed."""
        actions.on_lease_event(self.maker, lease, "handed_back", date.fromisoformat(back_on), {})
        actions.propose_settlement(self.maker, lease.number, None)
        actions.confirm_settlement(self.approver, lease.number, None)


def account_of(lease: Lease) -> RentAccount:
    """The account as it stands in the database."""
    return RentAccount.objects.get(lease=lease)


def bills_of(lease: Lease) -> list[tuple[int, str, int, int, str]]:
    """Period, item, net, open and state of each bill."""
    rows = Bill.objects.filter(account__lease=lease).order_by("period", "item", "part")
    return list(rows.values_list("period", "item", "net_fen", "open_fen", "state"))


def proof() -> None:
    """The books are sound, and say what the bills, the money paid ahead and the deposits say."""
    assert verify_books().as_json()["sound"]
    balance = dict(BookAccount.objects.values_list("code", "balance_fen"))
    of = {name: balance[code] for name, (code, _, _) in ACCOUNT_PLAN.items()}
    open_fen = Bill.objects.aggregate(fen=Sum("open_fen"))["fen"] or 0
    sums = RentAccount.objects.aggregate(owed=Sum("owed_fen"), advance=Sum("advance_fen"))
    held = Deposit.objects.aggregate(fen=Sum("held_fen"))["fen"] or 0
    assert of["receivable"] == open_fen == (sums["owed"] or 0) and of["treasury"] == -open_fen
    assert of["ahead"] == (sums["advance"] or 0) and of["advance"] == -(sums["advance"] or 0)
    assert of["custody"] == held and of["custody_owed"] == -held
