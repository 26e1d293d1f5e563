"""A district that pays subsidies, for tests: households with agreements and months due, books, a bank. Written straight into the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.subsidy import payment_actions as acts
from guangsha.areas.subsidy.bank_exchange import exchange
from guangsha.areas.subsidy.bank_files import BEIJING
from guangsha.areas.subsidy.bank_simulator import SimulatedBank
from guangsha.areas.subsidy.models import Agreement, Batch, Calculation, Entitlement, Item, ReturnFile
from guangsha.audit.actor import Actor
from guangsha.ledger.books import open_budget_line, open_fund, open_year
from guangsha.ledger.models import BudgetLine, Fund
from guangsha.people.actors import build_actor
from guangsha.testing.cast import Cast, build_cast, identity_number

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"


@dataclass
class Payments:
    """The district, its people as actors, its books."""

    cast: Cast
    fund: Fund
    line: BudgetLine
    bank: SimulatedBank

    def actor(self, who: str) -> Actor:
        """Somebody of the cast by role or name."""
        return build_actor(self.cast.account(who))

    @property
    def maker(self) -> Actor:
        return self.actor("rent_clerk")

    @property
    def checker(self) -> Actor:
        return self.actor("district_reviewer")

    @property
    def approver(self) -> Actor:
        return self.actor("district_approver")

    @property
    def head(self) -> Actor:
        return self.actor("supervisor")

    @property
    def accountant(self) -> Actor:
        return self.actor("accountant")

    def family(
        self, number: int, months: Mapping[int, int], *, account: str = "", members: int = 1
    ) -> Agreement:
        """A household with an agreement and what is due: month → fen."""
        made = []
        for place in range(members):
            born = date(1960 + number % 40, 1 + number % 12, 1 + place)
            made.append(
                Person(
                    name=f"{_SURNAMES[number % 20]}{'甲乙丙丁'[place]}{number}",
                    identity=identity_number("430699", born, number % 500 + 500 * (place % 2)),
                    birth_date=born,
                )
            )
        persons = Person.objects.bulk_create(made)
        today = timezone.localdate()
        household = Household.objects.create(
            number=f"H43069926{number:06d}", agency=self.cast.district, community=self.cast.communities[number % 4],
            head=persons[0], opened_on=date(2024, 1, 1),
        )  # fmt: skip
        Membership.objects.bulk_create(
            [
                Membership(household=household, person=person, relation="self" if not place else "child", started_on=date(2024, 1, 1))
                for place, person in enumerate(persons)
            ]
        )  # fmt: skip
        agreement = Agreement.objects.create(
            number=f"BT43069926{number:05d}", agency=self.cast.district, household=household, payee=persons[0],
            bank_account=account or f"622202020{number:010d}", bank_name="湖滨村镇银行", region="430699", rent_fen=90_000,
            starts_on=date(today.year - 1, 1, 1), ends_on=date(today.year + 1, 12, 31), state="active",
            amount_fen=max(months.values(), default=0), signed_on=date(2024, 1, 5), made_at=timezone.now(),
        )  # fmt: skip
        self.due(agreement, months)
        return agreement

    def due(self, agreement: Agreement, months: Mapping[int, int]) -> None:
        """Months that are due under an agreement: month → fen."""
        for month, fen in months.items():
            calculation = Calculation.objects.create(
                agreement=agreement, number=agreement.calculations.count() + 1, kind="first", from_month=month, amount_fen=fen,
                happened_on=date(2024, 1, 1), known_on=date(2024, 1, 1), reason="测试", state="confirmed", made_at=timezone.now(),
            )  # fmt: skip
            Entitlement.objects.create(
                agreement=agreement, household=agreement.household, month=month, amount_fen=fen, calculation=calculation,
                computed_at=timezone.now(),
            )  # fmt: skip

    def make(self, month: int, *, since: int | None = None) -> Batch:
        """A batch of a month."""
        return acts.make_batch(self.maker, self.cast.district.pk, month, self.line.pk, since=since)

    def check(self, batch: Batch, note: str = "") -> Batch:
        """Checked by the reviewer."""
        return acts.check_batch(self.checker, batch.number, fresh(batch).version, note=note)

    def approve(self, batch: Batch) -> Batch:
        """Approved by the head, who may whatever the sum."""
        return acts.approve_batch(self.head, batch.number, fresh(batch).version)

    def send(self, batch: Batch) -> bytes:
        """Sent by the accountant; what the bank gets."""
        acts.send_batch(self.accountant, batch.number, fresh(batch).version)
        return acts.take_file(self.accountant, batch.number)[1]

    def to_bank(self, month: int, note: str = "") -> tuple[Batch, bytes]:
        """A batch of a month, all the way to the bank."""
        batch = self.make(month)
        self.check(batch, note)
        self.approve(batch)
        return batch, self.send(batch)

    def answer(
        self,
        batch: Batch,
        data: bytes,
        *,
        codes: Mapping[int, str] | None = None,
        only: range | None = None,
        day: date | None = None,
    ) -> bytes:
        """What the bank answers."""
        at = datetime.combine(day or timezone.localdate(), time(15, 30), tzinfo=BEIJING)
        return self.bank.answer(data, batch.number, at, codes=codes, only=only)

    def receive(self, batch: Batch, answer: bytes) -> ReturnFile:
        """Taken in by the accountant."""
        return acts.receive_file(self.accountant, batch.number, answer)


def fresh(batch: Batch) -> Batch:
    """The batch as it stands."""
    return Batch.objects.get(pk=batch.pk)


def items_of(batch: Batch) -> dict[int, Item]:
    """The payments of a batch by seq."""
    return {item.seq: item for item in Item.objects.filter(batch=batch)}


def build_payments(
    cast: Cast | None = None, *, initial_fen: int = 100_000_000, years: tuple[int, ...] = (2025, 2026, 2027)
) -> Payments:
    """The district with its books, accounts of the programme and a bank, without households."""
    cast = cast or build_cast()
    accountant = build_actor(cast.staff["accountant"])
    for year in years:
        open_year(accountant, cast.district.pk, year)
    fund = open_fund(accountant, cast.district.pk, "01", "一般公共预算", "general")
    year = timezone.localdate().year
    line = open_budget_line(
        accountant, fund, year, "公租房租赁补贴", "2210107", initial_fen, f"湖财预〔{year}〕1号"
    )
    acts.set_up_payments(accountant, fund.pk)
    bank = SimulatedBank(exchange())
    if bank.ours.ring is not None:
        bank.introduce(Path(settings.GUANGSHA_BANK))
        bank.ours = exchange()
    return Payments(cast, fund, line, bank)
