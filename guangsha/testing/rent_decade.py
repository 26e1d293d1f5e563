"""Ten years of a thousand leases, as they go: move in and out in the middle of a month, relief comes and goes, people pay late, in part,
twice, not at all, ahead; plans, write-offs, refunds, settlements. Then the proof.

    python -m guangsha.testing.rent_decade --leases 1000 --years 10 --seed 1

What came of it goes to standard output as JSON; ``findings`` names everything that does not add up. Without ``DATABASE_URL`` it runs on
a database of its own in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
FIRST_YEAR = 2027
#: Tier → share of the market's rent (parameters/430699/rent/rent_share.yaml).
TIERS = {"": Decimal("0.7"), "low_income": Decimal("0.5"), "minimum_living_edge": Decimal("0.3"), "minimum_living": Decimal("0.1")}  # fmt: skip


class Decade:
    """One district through the years; ``now`` is where its clock stands."""

    def __init__(self, leases: int, years: int, seed: int) -> None:
        self.random, self.count, self.years = random.Random(seed), leases, years
        self.now = datetime(FIRST_YEAR, 1, 1, 9, tzinfo=BEIJING)
        self.done: Counter[str] = Counter()
        self.serial = 0
        #: lease id → how its tenant pays: good, late, part, forgetful
        self.habit: dict[int, str] = {}

    # --- the district --------------------------------------------------------------------------------------

    def begin(self) -> None:
        """People, dwellings, households, books."""
        from guangsha.areas.registry.models import Household, Membership, Person
        from guangsha.areas.rent import actions
        from guangsha.areas.stock.models import Building, Dwelling, Entrance, Estate
        from guangsha.ledger.books import open_fund, open_year
        from guangsha.people.actors import build_actor
        from guangsha.testing.cast import build_cast, identity_number

        cast = build_cast()
        self.agency = cast.district
        self.maker, self.approver = (build_actor(cast.staff[who]) for who in ("rent_clerk", "district_approver"))  # fmt: skip
        self.accountant = build_actor(cast.staff["accountant"])
        for year in range(FIRST_YEAR, FIRST_YEAR + self.years + 2):
            open_year(self.accountant, self.agency.pk, year)
        fund = open_fund(self.accountant, self.agency.pk, "83", "公租房租金", "special_account")
        actions.set_up_rent(self.accountant, fund.pk)
        estate = Estate.objects.create(
            code="E-decade", name="湖滨新居", agency=self.agency, address="洞庭路8号"
        )
        building = Building.objects.create(estate=estate, number="1", floors=18)
        door = Entrance.objects.create(building=building, number="1")
        chance = self.random
        self.dwellings = Dwelling.objects.bulk_create(
            [
                Dwelling(
                    code=f"H-{k:06d}", estate=estate, building=building, entrance=door, number=f"1-1-{k:06d}", floor=1 + k % 18,
                    door=1 + k // 18, area_m2=Decimal(chance.randint(3000, 6000)) / 100, layout="B", rooms=2, state="let",
                    since=self.now.date(), keys=3,
                )
                for k in range(self.count)
            ]
        )  # fmt: skip
        people = self.count * 2
        born = date(1970, 1, 1)
        persons = Person.objects.bulk_create(
            [
                Person(
                    name=f"承租人{k}", identity=identity_number("430699", born + timedelta(days=k % 9000), k % 999), birth_date=born,
                )
                for k in range(people)
            ],
            batch_size=1000,
        )  # fmt: skip
        self.households = Household.objects.bulk_create(
            [
                Household(
                    number=f"HD{k:08d}", agency=self.agency, community=cast.communities[k % 4], head=person, opened_on=born,
                )
                for k, person in enumerate(persons)
            ],
            batch_size=1000,
        )  # fmt: skip
        Membership.objects.bulk_create(
            [Membership(household=home, person=home.head, relation="self", started_on=born) for home in self.households], batch_size=1000
        )  # fmt: skip
        self.free = list(self.dwellings)
        self.waiting = list(self.households)

    def move_in(self, most: int) -> None:
        """Leases are signed and handed over today."""
        from guangsha.areas.tenancy.models import Lease

        today = self.now.date()
        for _ in range(min(most, len(self.free), len(self.waiting))):
            dwelling, household = self.free.pop(), self.waiting.pop(0)
            tier = self.random.choice(list(TIERS))
            market = int(dwelling.area_m2 * 1200)
            rent = int((Decimal(market) * TIERS[tier]).to_integral_value("ROUND_HALF_UP"))
            self.serial += 1
            lease = Lease.objects.create(
                number=f"HT{self.serial:08d}", agency=self.agency, household=household, tenant=household.head, region="430699",
                dwelling=dwelling, household_type=tier, area_m2=dwelling.area_m2, market_fen=market, rent_fen=rent, deposit_fen=100_000,
                pay_cycle=self.random.choice(("month", "month", "month", "quarter")), starts_on=today,
                ends_on=today.replace(year=today.year + 15, day=min(today.day, 28)), signed_on=today, handed_over_on=today, state="active",
                made_at=self.now,
            )  # fmt: skip
            self.event(lease, "signed", today, {})
            self.habit[lease.pk] = self.random.choice(
                ("good", "good", "good", "good", "late", "part", "forgetful")
            )
            self.done["moved in"] += 1

    # --- a month -------------------------------------------------------------------------------------------

    def month(self, year: int, number: int) -> None:
        """What happens in one month, in the order of its days."""
        from guangsha.areas.rent import actions
        from guangsha.audit.actor import CLOCK

        self.at(date(year, number, 1))
        self.done["bills"] += actions.bill_agency(CLOCK, self.agency).count
        self.at(date(year, number, 12))
        self.pay(("good", "part"))
        self.at(date(year, number, self.random.randint(13, 17)))
        self.happen()
        self.move_in(max(1, self.count // 60))
        actions.bill_agency(CLOCK, self.agency)
        self.at(date(year, number, 25))
        self.pay(("late", "forgetful"))
        actions.review_plans(self.agency)
        self.done["told"] += sum(actions.dun_agency(CLOCK, self.agency).values())

    def at(self, day: date) -> None:
        self.now = datetime.combine(day, self.now.timetz())

    def pay(self, habits: tuple[str, ...]) -> None:
        """The treasury's file of the day: payments by habit, some twice, in a mixed order."""
        from guangsha.areas.rent import actions
        from guangsha.areas.rent.actions.paying import Notice
        from guangsha.areas.rent.models import PaymentOrder, RentAccount
        from guangsha.areas.rent.rules import check_digit

        chance, notices, orders = self.random, list[Notice](), []
        rows = RentAccount.objects.filter(agency=self.agency, owed_fen__gt=0).order_by("pk")
        for account in rows:
            habit = self.habit[account.lease_id]
            if habit not in habits or (habit == "forgetful" and chance.random() < 0.6):
                continue
            fen = account.owed_fen
            if habit == "part":
                fen = max(1, fen * chance.randint(30, 100) // 100)
            elif chance.random() < 0.02:
                fen += chance.randint(1, 50_000)  # paid ahead
            self.serial += 1
            body = f"43069926{self.serial:011d}"
            orders.append(
                PaymentOrder(number=body + check_digit(body), account=account, amount_fen=fen, made_at=self.now, expires_on=self.now.date())
            )  # fmt: skip
        PaymentOrder.objects.bulk_create(orders, batch_size=1000)
        for order in orders:
            notice = Notice("treasury_file", f"N{order.number}", order.number, order.amount_fen, self.now, f"E{order.number}")  # fmt: skip
            notices.append(notice)
            if chance.random() < 0.03:
                notices.append(notice)  # told twice
                self.done["told twice"] += 1
            if chance.random() < 0.01:
                notices.append(Notice("treasury_file", f"D{order.number}", order.number, order.amount_fen, self.now, f"F{order.number}"))  # fmt: skip
                self.done["paid twice"] += 1
        chance.shuffle(notices)
        found = actions.confirm_many(self.accountant, notices)
        self.done["payments"] += len(found.receipts)
        if notices and chance.random() < 0.2:
            again = actions.confirm_many(self.accountant, notices)  # the same file once more
            assert not again.receipts and again.replayed == len(notices), "a file was booked twice"

    def happen(self) -> None:
        """What happens to some: another tier, a plan, a correction, a write-off, leaving, money back."""
        from guangsha.areas.rent import actions
        from guangsha.areas.rent.models import Bill, RentAccount
        from guangsha.areas.tenancy.models import Lease
        from guangsha.kernel.errors import InputError

        chance, today = self.random, self.now.date()
        living = list(Lease.objects.filter(state="active").order_by("pk").values_list("pk", flat=True))
        some = chance.sample(living, max(1, len(living) // 40))
        for pk in some:
            lease = Lease.objects.select_related("dwelling", "household").get(pk=pk)
            what = chance.choice(
                ("tier", "plan", "correct", "write_off", "leave", "leave", "advance", "deposit", "deposit")
            )
            try:
                if what == "tier":
                    tier = chance.choice(list(TIERS))
                    rent = int((Decimal(lease.market_fen) * TIERS[tier]).to_integral_value("ROUND_HALF_UP"))
                    start = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
                    self.event(
                        lease, "rent_changed", start, {"rent_fen": rent, "household_type": tier, "reason": "身份变化"}
                    )  # fmt: skip
                elif what == "plan":
                    plan = actions.propose_plan(
                        self.maker, lease.number, None, months=chance.randint(2, 12), reason="困难"
                    )
                    actions.decide_plan(self.approver, plan.number, None, approved=True)
                elif what in ("correct", "write_off"):
                    bill = Bill.objects.filter(account__lease=lease, net_fen__gt=0).order_by("-pk").first()
                    if bill is not None and (what == "correct" or bill.open_fen):
                        most = bill.open_fen if what == "write_off" else bill.open_fen + bill.paid_fen
                        kind = "write_off" if what == "write_off" else "correction"
                        one = actions.propose_adjustment(
                            self.maker, bill.pk, None, kind=kind, fen=chance.randint(1, most), reason="核对"
                        )  # fmt: skip
                        actions.decide_adjustment(self.approver, one.pk, None, approved=True)
                elif what == "leave":
                    self.leave(lease)
                elif what == "deposit":
                    order = actions.make_order(self.maker, lease.number, purpose="deposit")
                    actions.confirm(self.notice(order))
                elif RentAccount.objects.get(lease=lease).advance_fen:
                    self.give_back(lease, "advance")
                self.done[what] += 1
            except InputError:
                self.done[f"{what} refused"] += 1

    def event(self, lease: Any, name: str, on: date, data: dict[str, object]) -> None:
        """What tenancy tells of a lease, in a transaction as there."""
        from django.db import transaction

        from guangsha.areas.rent import actions
        from guangsha.audit.actor import CLOCK

        with transaction.atomic():
            actions.on_lease_event(CLOCK, lease, name, on, data)

    def notice(self, order: Any) -> Any:
        """The channel's word for an order that was paid."""
        from guangsha.areas.rent.actions.paying import Notice

        return Notice(
            "simulated", f"S{order.number}", order.number, order.amount_fen, self.now, f"E{order.number}"
        )

    def give_back(self, lease: Any, source: str) -> None:
        """Finance gives money back."""
        from guangsha.areas.rent import actions

        refund = actions.propose_refund(
            self.maker, lease.number, None, source=source, bank_account="6222021001116245702", reason="退付"
        )
        actions.decide_refund(self.approver, refund.number, None, approved=True)
        actions.pay_refund(
            self.accountant, refund.number, None, paid_on=self.now.date(), serial=f"R{refund.number}"
        )

    def leave(self, lease: Any) -> None:
        """The dwelling is given back, settled, and let again."""
        from guangsha.areas.rent import actions
        from guangsha.areas.rent.models import Deposit, RentAccount
        from guangsha.areas.tenancy.models import Lease

        today = self.now.date()
        Lease.objects.filter(pk=lease.pk).update(
            state="ended", handed_back_on=today, ended_on=today, end_reason="own_wish"
        )
        self.event(lease, "handed_back", today, {})
        broken = [actions.Deduction("修补墙面", self.random.randint(1, 60_000), "照片 1 号")] * (
            self.random.random() < 0.3
        )
        actions.propose_settlement(self.maker, lease.number, None, deductions=broken, heard="无异议")
        actions.confirm_settlement(self.approver, lease.number, None)
        account = RentAccount.objects.get(lease=lease)
        if account.owed_fen and self.random.random() < 0.8:
            actions.confirm(self.notice(actions.make_order(self.maker, lease.number)))
            account.refresh_from_db()
        if not account.owed_fen:
            if Deposit.objects.filter(account=account, state="settling").exists():
                self.give_back(lease, "deposit")
            account.refresh_from_db()
            if account.advance_fen:
                self.give_back(lease, "advance")
            if account.settlement.state != "closed":
                actions.close_settlement(self.maker, lease.number, None)
            self.done["settled to zero"] += 1
        self.free.append(lease.dwelling)
        self.waiting.append(lease.household)

    # --- the proof -----------------------------------------------------------------------------------------

    def findings(self) -> list[str]:
        """Everything that does not add up; empty when all does."""
        from django.db.models import F, Sum

        from guangsha.areas.rent.models import Allocation, Bill, BillLine, Deposit, Receipt, RentAccount
        from guangsha.areas.rent.models_after import DepositUse, Refund
        from guangsha.areas.rent.postings import ACCOUNT_PLAN
        from guangsha.ledger.models import Account
        from guangsha.ledger.verify import verify_books

        def total(query: Any, column: str = "fen") -> int:
            return int(query.aggregate(s=Sum(column))["s"] or 0)

        books = dict(Account.objects.values_list("code", "balance_fen"))
        of = {name: books[code] for name, (code, _, _) in ACCOUNT_PLAN.items()}
        net, waived = total(Bill.objects, "net_fen"), total(Bill.objects, "waived_fen")
        allocated, advance = total(Allocation.objects), total(RentAccount.objects, "advance_fen")
        paid, held = total(Receipt.objects, "amount_fen"), total(Deposit.objects, "held_fen")
        back = total(Refund.objects.filter(state="paid", source="advance"), "amount_fen")
        used = -total(DepositUse.objects.filter(kind="used"))
        taken = total(DepositUse.objects.filter(kind="in"))
        self.sums = {"billed_fen": net, "waived_fen": waived, "allocated_fen": allocated, "receipts_fen": paid, "receivable_fen": of["receivable"],
                     "deposits_fen": held, "advance_fen": advance}  # fmt: skip
        checks = {
            "books are not sound": verify_books().as_json()["sound"],
            "bills - waived - allocations is not the receivable": net - waived - allocated == of["receivable"] == -of["treasury"],
            "bill lines are not the bills": total(BillLine.objects) == net - waived,
            "what was paid ahead is not in the books": of["ahead"] == advance == -of["advance"],
            "deposits are not the liability": of["custody"] == held == -of["custody_owed"] == total(DepositUse.objects),
            "money went astray": paid == allocated - used + advance + back + taken,
            "kept figures differ from the bills": total(RentAccount.objects, "owed_fen") == total(Bill.objects, "open_fen"),
            "paid is not what was allocated": not Bill.objects.annotate(got=Sum("allocations__fen")).exclude(paid_fen=F("got")).exclude(paid_fen=0, got=None).exists(),
            "a serial is there twice": Receipt.objects.values("channel", "serial").distinct().count() == Receipt.objects.count(),
        }  # fmt: skip
        return [name for name, holds in checks.items() if not holds]

    def run(self) -> dict[str, Any]:
        """All of it; what came of it."""
        from django.utils import timezone

        started = time.monotonic()
        with patch.object(timezone, "now", lambda: self.now):
            self.begin()
            self.at(date(FIRST_YEAR, 1, 5))
            self.move_in(self.count * 9 // 10)
            for year in range(FIRST_YEAR, FIRST_YEAR + self.years):
                for number in range(1, 13):
                    if (year, number) != (FIRST_YEAR, 1):
                        self.month(year, number)
            lived = time.monotonic() - started
            found = self.findings()
        from guangsha.ledger.models import Entry

        return {
            "leases": self.serial and self.done["moved in"], "years": self.years, "entries": Entry.objects.count(), **self.sums,
            "events": dict(sorted(self.done.items())), "findings": found, "seconds": round(lived), "proof_seconds": round(time.monotonic() - started - lived),
        }  # fmt: skip


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Simulate years of rent and prove the books.")
    parser.add_argument("--leases", type=int, default=1000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guangsha.config.settings")
        os.environ["GUANGSHA_DATA"] = folder
        os.environ["GUANGSHA_KEYS"] = str(Path(folder) / "keys.json")
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        told = Decade(given.leases, given.years, given.seed).run()
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    return 1 if told["findings"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
