"""The rental subsidies of the year book: invented households, what was due to each month, and what the bank paid."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Model
from pypinyin import Style, lazy_pinyin

from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.subsidy.facts import PROGRAMME
from guangsha.areas.subsidy.models import Agreement, Batch, Calculation, Entitlement, Item, ItemMonth
from guangsha.demo.cast import identity_number
from guangsha.demo.population import _YOUNG, BANKS, SURNAMES, luhn
from guangsha.ledger.facts import Draft
from guangsha.ledger.facts import Line as Posting
from guangsha.ledger.models import BudgetLine
from guangsha.people.models import Account, Agency

if TYPE_CHECKING:
    from guangsha.demo.year_book import Books

_BEIJING = ZoneInfo("Asia/Shanghai")
BATCH = 1000
#: A region that does not exist; another one than the demo district's, so that nobody is there twice.
REGION = "430697"
#: Months paid with the batch of each quarter.
QUARTERS = ((1, 2, 3), (4, 5, 6), (7, 8, 9), (10, 11, 12))
#: Monthly amounts in 元 with their weights: one person, two, three, four and more.
_AMOUNTS, _WEIGHTS = (172, 222, 264, 306), (45, 30, 17, 8)
#: In a hundred households so many began with the second, third and fourth quarter.
_LATE = (3, 2, 1)


@dataclass(slots=True)
class Line:
    """A budget line of the subsidy, the books it stands in, and what is left on it."""

    books: Books
    line: BudgetLine
    left_fen: int


class Due(NamedTuple):
    """One month of entitlement as it was written."""

    key: int
    amount_fen: int


@dataclass(slots=True)
class Home:
    """A household: its monthly amount, from December on, and the month with which it began."""

    monthly_fen: int
    last_fen: int
    since: int
    agreement: Agreement | None = None

    def months(self, year: int) -> Iterator[tuple[int, int]]:
        """Each month with what was due."""
        for month in range(self.since, 13):
            yield year * 100 + month, self.last_fen if month == 12 else self.monthly_fen

    @property
    def year_fen(self) -> int:
        return self.monthly_fen * (12 - self.since) + self.last_fen


def invent(households: int, total_fen: int, seed: int) -> list[Home]:
    """Households whose payments of the year sum exactly to ``total_fen``: the standard was raised a little in December.

    Raises:
        ValueError: so many households cannot sum to it.
    """
    rng = random.Random(seed)
    homes = []
    for _ in range(households):
        monthly = rng.choices(_AMOUNTS, _WEIGHTS)[0] * 100
        chance = rng.randrange(100)
        since = 4 if chance < _LATE[0] else 7 if chance < sum(_LATE[:2]) else 10 if chance < sum(_LATE) else 1
        homes.append(Home(monthly, monthly, since))
    rest = total_fen - sum(home.year_fen for home in homes)
    share, odd = divmod(rest, households)
    for place, home in enumerate(homes):
        home.last_fen += share + (1 if place < odd else 0)
    if any(home.last_fen <= 0 for home in homes):
        raise ValueError(f"{households} households cannot sum to {total_fen}")
    return homes


def pay_subsidies(
    agency: Agency, communities: Sequence[Agency], people: Mapping[str, Account], sources: Sequence[Line], *,
    year: int, households: int, total_fen: int, seed: int,
) -> Iterator[Draft]:  # fmt: skip
    """Write files, agreements, entitlements and four batches; give the entries that book them.

    ``sources`` are spent in their order.
    """
    homes = invent(households, total_fen, seed)
    _register(agency, communities, homes, year, random.Random(seed))
    agreements = [home.agreement for home in homes if home.agreement is not None]
    due = _entitlements(agency, homes, year, people)
    waiting = list(sources)
    for quarter, months in enumerate(QUARTERS, start=1):
        yield from _batch(agency, people, agreements, due, waiting, year, quarter, months)


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, 0, tzinfo=_BEIJING)


def _register(
    agency: Agency, communities: Sequence[Agency], homes: Sequence[Home], year: int, rng: random.Random
) -> None:
    persons: list[Person] = []
    sounds: dict[str, str] = {}
    for place in range(len(homes)):
        name = rng.choice(SURNAMES) + "".join(rng.choices(_YOUNG, k=rng.choice((1, 2))))
        for letter in name:
            sounds.setdefault(letter, "".join(lazy_pinyin(letter, style=Style.NORMAL)).lower())
        born = date(1940, 1, 1) + timedelta(days=place * 7)
        persons.append(
            Person(name=name, name_key="".join(sounds[letter] for letter in name), identity=identity_number(REGION, born, place % 900),
                   birth_date=born, sex=str(1 + (place + 1) % 2), bank_account=luhn(f"62300{place:011d}"), bank_name=BANKS[place % 3])
        )  # fmt: skip
    Person.objects.bulk_create(persons, batch_size=BATCH)
    rows = [
        Household(
            number=f"H{(at := communities[place % len(communities)]).region_code}{year - 1}{place:05d}", agency=agency,
            community=at, head=person, programme="租赁补贴", opened_on=date(year - 1, 10, 8),
        )
        for place, person in enumerate(persons)
    ]  # fmt: skip
    Household.objects.bulk_create(rows, batch_size=BATCH)
    Membership.objects.bulk_create(
        [
            Membership(household=row, person=row.head, relation="self", started_on=row.opened_on)
            for row in rows
        ],
        batch_size=BATCH,
    )
    made = [
        Agreement(
            number=f"LB{year}{place:06d}", agency=agency, household=row, payee=row.head, bank_account=row.head.bank_account,
            bank_name=row.head.bank_name, region="430602", rent_fen=home.monthly_fen * 3, starts_on=date(year, home.since, 1),
            ends_on=date(year, 12, 31), state="expired", amount_fen=home.last_fen, household_type="low_income",
            signed_on=date(year, home.since, 1) - timedelta(days=5), made_at=_moment(date(year, home.since, 1)),
        )
        for place, (row, home) in enumerate(zip(rows, homes, strict=True))
    ]  # fmt: skip
    Agreement.objects.bulk_create(made, batch_size=BATCH)
    for home, agreement in zip(homes, made, strict=True):
        home.agreement = agreement


def _entitlements(
    agency: Agency, homes: Sequence[Home], year: int, people: Mapping[str, Account]
) -> dict[int, dict[int, Due]]:
    """Two amounts for each agreement, one row for each month; by agreement and month."""
    clerk, second = people["rent_clerk"], people["district_reviewer"]
    calculations = []
    for home in homes:
        agreement: Any = home.agreement
        for number, month, kind, fen in (
            (1, home.since, "first", home.monthly_fen),
            (2, 12, "change", home.last_fen),
        ):
            day = date(year, month, 1)
            calculations.append(
                Calculation(
                    agreement_id=agreement.pk, number=number, kind=kind, from_month=year * 100 + month, amount_fen=fen,
                    before_fen=0 if number == 1 else home.monthly_fen, household_type="low_income", happened_on=day, known_on=day,
                    decision=cast(Any, {"amount_fen": fen}), reason="首次核定" if number == 1 else "补贴标准调整", state="confirmed",
                    made_by=clerk, made_at=_moment(day), confirmed_by=second, confirmed_at=_moment(day),
                )
            )  # fmt: skip
    Calculation.objects.bulk_create(calculations, batch_size=BATCH)
    rows = []
    for place, home in enumerate(homes):
        agreement = home.agreement
        for month, fen in home.months(year):
            known = calculations[2 * place + (month % 100 == 12)]
            at = _moment(date(year, month % 100, 1))
            rows.append(
                (agreement.pk, agreement.household_id, PROGRAMME, month, fen, known.pk, "paid", "", at)
            )
    _insert(
        Entitlement,
        ("agreement", "household", "programme", "month", "amount_fen", "calculation", "state", "held_reason", "computed_at"),
        rows,
    )  # fmt: skip
    due: dict[int, dict[int, Due]] = {}
    wanted = Entitlement.objects.filter(agreement__agency=agency)
    for key, agreement_id, month, fen in wanted.values_list("pk", "agreement_id", "month", "amount_fen"):
        due.setdefault(agreement_id, {})[month] = Due(key, fen)
    return due


def _insert(model: type[Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of a table without the objects that Django would make of them: there are tens of thousands."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    dated = [place for place, field in enumerate(fields) if isinstance(field, DateTimeField)]
    prepared = []
    for row in rows:
        values = list(row)
        for place in dated:
            values[place] = fields[place].get_db_prep_save(values[place], connection)
        prepared.append(values)
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})", prepared
        )


def _batch(
    agency: Agency, people: Mapping[str, Account], agreements: Sequence[Agreement], due: Mapping[int, Mapping[int, Due]],
    waiting: list[Line], year: int, quarter: int, months: Sequence[int],
) -> Iterator[Draft]:  # fmt: skip
    day = date(year, months[-1], 25)
    wanted = [year * 100 + month for month in months]
    paid = [(one, [due[one.pk][month] for month in wanted if month in due[one.pk]]) for one in agreements]
    paid = [(one, rows) for one, rows in paid if rows]
    batch = Batch(
        number=f"ZB{year}{months[-1]:02d}-01", agency=agency, month=wanted[-1], state="closed", count=len(paid),
        amount_fen=sum(row.amount_fen for _, rows in paid for row in rows), fund=waiting[-1].books.fund,
        budget_line=waiting[-1].line, made_by=people["rent_clerk"], made_at=_moment(day - timedelta(days=6)),
        checked_by=people["district_reviewer"], checked_at=_moment(day - timedelta(days=5)),
        approved_by=people["district_approver"], approved_at=_moment(day - timedelta(days=4)),
        sent_by=people["accountant"], sent_at=_moment(day - timedelta(days=3)), closed_at=_moment(day),
    )  # fmt: skip
    batch.save()
    items = [
        Item(
            batch_id=batch.pk, seq=seq, agreement_id=one.pk, payee_id=one.payee_id, payee_name=one.payee.name,
            identity_last4=one.payee.identity[-4:], bank_name=one.bank_name, account=one.bank_account,
            gross_fen=(fen := sum(row.amount_fen for row in rows)), amount_fen=fen, state="paid",
            serial=f"{day:%Y%m%d}{seq:08d}", paid_on=day,
        )
        for seq, (one, rows) in enumerate(paid, start=1)
    ]  # fmt: skip
    Item.objects.bulk_create(items, batch_size=BATCH)
    _insert(
        ItemMonth,
        ("item", "entitlement", "amount_fen", "living"),
        [
            (item.pk, row.key, row.amount_fen, True)
            for item, (_, rows) in zip(items, paid, strict=True)
            for row in rows
        ],
    )
    for item in items:
        yield Draft(
            agency.pk, day, "payment", f"subsidy:{batch.number}:{item.seq}", f"租赁补贴 {year}年第{quarter}季度",
            _spend(waiting, item.amount_fen), source_type="subsidy.item", source_id=str(item.pk),
        )  # fmt: skip


def _spend(waiting: list[Line], fen: int) -> tuple[Posting, ...]:
    """Lines that pay ``fen`` from what is left, the first source first; one payment may be taken from two."""
    lines: list[Posting] = []
    while fen:
        source = waiting[0]
        part = min(fen, source.left_fen)
        lines.extend(source.books.entry(part, source.line))
        source.left_fen -= part
        fen -= part
        if not source.left_fen and len(waiting) > 1:
            waiting.pop(0)
    return tuple(lines)
