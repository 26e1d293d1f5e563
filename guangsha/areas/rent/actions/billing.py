"""Bills: made for a whole agency in one transaction, made again where what is due has changed, and single ones for one reason.

Making bills means making them equal to what is due. So a second run makes nothing, and a day that changed (moved out, another rate)
changes the bills that stand: more is a further bill with a day of its own to pay it, less makes the bill smaller, and money that was
paid for it is paid ahead. Source: operations.md §5.1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from django.db import transaction
from django.db.models import F, Max

from guangsha.areas.rent.actions.base import (
    CHUNK,
    RentRefused,
    book,
    book_for,
    draft,
    locked,
    locked_together,
    need_role,
    refresh,
    said,
    today,
)
from guangsha.areas.rent.facts import ITEMS, RULED_ITEMS
from guangsha.areas.rent.models import Allocation, Bill, BillLine, RentAccount, RentBook, RentTerm
from guangsha.areas.rent.parameters import BillingRules, billing_rules, exact
from guangsha.areas.rent.postings import Accounts, ahead_used, billed, reduced
from guangsha.areas.rent.rules import (
    CONFIRMERS,
    FEN_MAX,
    MAKERS,
    MONTHS_MAX,
    Due,
    OpenBill,
    Term,
    allocate,
    bill_state,
    due_day,
    dues_of_period,
    first_day,
    last_day,
    late_fee_of_month,
    month_code,
    month_text,
    next_period,
    period_of,
)
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import RuleMissing
from guangsha.ledger.facts import Draft
from guangsha.people.changed_rows import save_columns
from guangsha.people.models import Agency


@dataclass(slots=True)
class Billed:
    """What a run did."""

    agency: str
    count: int = 0
    net_fen: int = 0
    changed: int = 0
    from_advance_fen: int = 0

    def __str__(self) -> str:
        return f"{self.agency}新出账单 {self.count} 张、调整 {self.changed} 张"


@dataclass(slots=True)
class _Smaller:
    """A bill that becomes smaller: ``off_fen`` of its gross, ``less_fen`` of its net, of which ``open_fen`` was not paid."""

    account: RentAccount
    bill: Bill
    off_fen: int
    less_fen: int
    open_fen: int

    def line(self, fen: int, kind: str) -> BillLine:
        """The line that says so on the bill."""
        return BillLine(
            bill=self.bill, kind=kind, fen=fen, month=self.bill.period, from_on=first_day(self.bill.period),
            to_on=last_day(self.bill.period), text="按实际天数或新标准调减",
        )  # fmt: skip


@dataclass(slots=True)
class _Run:
    """What is to be written, gathered over all accounts before anything is."""

    day: date
    bills: list[Bill] = field(default_factory=list)
    lines: list[tuple[Bill, list[BillLine]]] = field(default_factory=list)
    smaller: list[_Smaller] = field(default_factory=list)
    touched: dict[int, Bill] = field(default_factory=dict)


@transaction.atomic
def bill_agency(actor: Actor, agency: Agency, on: date | None = None) -> Billed:
    """Make every bill of an agency up to the billing cycle of a day. Doing it again changes nothing.

    Raises:
        RentRefused: neither the clock nor a rent clerk of the agency, no books.
        RuleMissing: the place has not set how rent is billed.
    """
    need_role(actor, agency.pk, MAKERS, "出账")
    day = on or today()
    if RentBook.objects.select_for_update().filter(agency=agency).first() is None:
        raise RentRefused("accounts", "租金的会计科目还没有开立", advice="请会计先办理“开立租金科目”。")
    month, done = month_code(day), Billed(agency.name)
    waiting = RentAccount.objects.filter(
        agency=agency, rebill_from__gt=0, rebill_from__lte=month, from_on__lte=day
    )
    keys = list(waiting.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        _bill_some(actor, agency, keys[start : start + CHUNK], day, done)
    if done.count or done.changed:
        record(
            actor, "rent.bill.make", agency,
            after={"month": month, "count": done.count, "net_fen": done.net_fen, "changed": done.changed},
            agency_id=agency.pk,
        )  # fmt: skip
    return done


def bill_account(actor: Actor, account: RentAccount) -> Billed:
    """The bills of one account up to today, within an act that has locked it and records; its columns are read anew."""
    done = Billed(account.agency.name)
    if account.rebill_from and account.from_on:
        _bill_some(actor, account.agency, [account.pk], today(), done)
        account.refresh_from_db(fields=["owed_fen", "oldest_due_on", "advance_fen", "rebill_from", "version"])
    return done


def _bill_some(actor: Actor, agency: Agency, keys: Sequence[int], day: date, done: Billed) -> None:
    accounts = locked_together(keys)
    terms: dict[int, list[Term]] = defaultdict(list)
    rows = RentTerm.objects.filter(account__in=keys, state="confirmed").order_by("from_on", "number")
    for term in rows.only("account_id", "from_on", "kind", "gross_fen", "rent_fen", "relief_until"):
        known = terms[term.account_id]
        if known and known[-1].from_on == term.from_on:
            known.pop()  # of two that begin on one day the later counts
        known.append(Term(term.from_on, term.kind, term.gross_fen, term.rent_fen, term.pk, term.relief_until))
    since = min(period_of(one.rebill_from, one.cycle) for one in accounts)
    standing: dict[tuple[int, int, str], list[Bill]] = defaultdict(list)
    for bill in Bill.objects.filter(account__in=keys, period__gte=since, item__in=RULED_ITEMS).order_by(
        "part"
    ):
        standing[bill.account_id, bill.period, bill.item].append(bill)
    run = _Run(day)
    cached: dict[str, BillingRules] = {}
    for account in accounts:
        region = account.lease.region
        rules = cached.setdefault(region, billing_rules(region, day))
        _plan_account(run, account, terms[account.pk], standing, rules)
    written = _write(actor, agency, accounts, run)
    done.count += len(run.bills)
    done.net_fen += sum(bill.net_fen for bill in run.bills)
    done.changed += len(run.smaller)
    done.from_advance_fen += written


def _plan_account(
    run: _Run, account: RentAccount, terms: Sequence[Term], standing: Mapping[tuple[int, int, str], list[Bill]], rules: BillingRules,
) -> None:  # fmt: skip
    """Compare what is due with the bills that stand, cycle by cycle."""
    period, last = (
        period_of(account.rebill_from, account.cycle),
        period_of(month_code(run.day), account.cycle),
    )
    if account.from_on is None:
        return
    turns = 0
    while period <= last and turns < MONTHS_MAX:
        dues = dues_of_period(
            terms, period, account.cycle, account.from_on, account.until_on, by_day=rules.by_day
        )
        for item in RULED_ITEMS:
            have = standing.get((account.pk, period, item), [])
            if item in dues or have:
                _compare(run, account, period, item, dues.get(item, []), have, rules)
        period, turns = next_period(period, account.cycle), turns + 1
    # the next run begins with the cycle after; where nobody lives any more there is none
    account.rebill_from = 0 if account.until_on and first_day(period) > account.until_on else period


def _compare(
    run: _Run, account: RentAccount, period: int, item: str, dues: Sequence[Due], have: Sequence[Bill], rules: BillingRules
) -> None:  # fmt: skip
    gross, relief = sum(due.gross_fen for due in dues), sum(due.relief_fen for due in dues)
    more = (gross - relief) - sum(bill.net_fen for bill in have)
    if have and more == 0:
        return
    if more < 0:
        _make_smaller(run, account, list(have), -more, gross, relief)
        return
    add_gross = gross - sum(bill.gross_fen for bill in have)
    add_relief = relief - sum(bill.relief_fen for bill in have)
    if add_gross < 0 or add_relief < 0:
        add_gross, add_relief = more, 0
    bill = Bill(
        account=account, period=period, item=item, part=max((one.part for one in have), default=-1) + 1, gross_fen=add_gross,
        relief_fen=add_relief, net_fen=more, open_fen=more, issued_on=run.day, state="issued" if more else "paid",
        due_on=due_day(period, rules.due_day, run.day, rules.least_days),
    )  # fmt: skip
    run.bills.append(bill)
    run.lines.append((bill, _lines_of(dues, period, have, add_gross, add_relief)))


def _lines_of(
    dues: Sequence[Due], period: int, have: Sequence[Bill], gross: int, relief: int
) -> list[BillLine]:
    if have:
        return [
            BillLine(
                kind="change", fen=gross - relief, month=period, from_on=first_day(period), to_on=last_day(period),
                text="按调整后的应交租金补出",
            )
        ]  # fmt: skip
    lines = []
    for due in dues:
        days = f"{month_text(due.month)}{due.from_on.day}日至{due.to_on.day}日，{(due.to_on - due.from_on).days + 1}/{last_day(due.month).day}天"
        for kind, fen in (("gross", due.gross_fen), ("relief", -due.relief_fen)):
            if fen:
                lines.append(
                    BillLine(
                        kind=kind, fen=fen, month=due.month, from_on=due.from_on, to_on=due.to_on, term_id=due.term, text=days
                    )
                )  # fmt: skip
    return lines


def _make_smaller(
    run: _Run, account: RentAccount, have: list[Bill], less: int, gross: int, relief: int
) -> None:
    """Take ``less`` off the bills of a period, the last one first; gross and relief of a single bill become what they are now."""
    for bill in sorted(have, key=lambda one: -one.part):
        part = min(less, bill.net_fen - bill.waived_fen)
        if part <= 0:
            continue
        off = bill.gross_fen - gross
        if (
            len(have) > 1
            or off < part
            or off - part > bill.relief_fen
            or bill.net_fen - part != gross - relief
        ):
            off = part
        from_open = min(part, bill.open_fen)
        bill.gross_fen -= off
        bill.relief_fen -= off - part
        bill.net_fen -= part
        bill.open_fen -= from_open
        bill.paid_fen -= part - from_open
        bill.state = bill_state(bill.open_fen, bill.paid_fen, bill.waived_fen, bill.state)
        account.advance_fen += part - from_open
        run.smaller.append(_Smaller(account, bill, off, part, from_open))
        run.touched[bill.pk] = bill
        less -= part


def _write(actor: Actor, agency: Agency, accounts: Sequence[RentAccount], run: _Run) -> int:
    of = book_for(agency.pk) if run.bills or run.smaller else None
    drafts: list[Draft] = []
    Bill.objects.bulk_create(run.bills, batch_size=CHUNK)
    lines = []
    for bill, made in run.lines:
        for line in made:
            line.bill = bill
        lines += made
    BillLine.objects.bulk_create(lines, batch_size=CHUNK)
    if of is not None:
        for bill in run.bills:
            words = f"{ITEMS[bill.item]} {bill.account.lease.number} {month_text(bill.period)}"
            drafts.append(
                draft(bill.account, f"bill:{bill.pk}", "transfer", words, billed(of, bill.gross_fen, bill.relief_fen), run.day)
            )  # fmt: skip
        drafts += _book_smaller(of, run)
    used = use_advances(accounts, run.day, run.touched, agency.pk)
    drafts += used.drafts
    save_columns(
        run.touched.values(), ["gross_fen", "relief_fen", "net_fen", "paid_fen", "open_fen", "state"]
    )
    refresh(accounts)
    book(actor, drafts)
    return used.fen


def _book_smaller(of: Accounts, run: _Run) -> list[Draft]:
    changes = BillLine.objects.bulk_create(
        [one.line(-one.off_fen, "change") for one in run.smaller], batch_size=CHUNK
    )
    BillLine.objects.bulk_create(
        [one.line(one.off_fen - one.less_fen, "relief") for one in run.smaller if one.off_fen > one.less_fen], batch_size=CHUNK
    )  # fmt: skip
    Allocation.objects.bulk_create(
        [
            Allocation(bill=one.bill, kind="returned", fen=one.open_fen - one.less_fen, on=run.day)
            for one in run.smaller
            if one.less_fen > one.open_fen
        ],
        batch_size=CHUNK,
    )
    drafts = []
    for one, line in zip(run.smaller, changes, strict=True):
        words = f"账单调减 {one.account.lease.number} {month_text(one.bill.period)}"
        lines = reduced(of, one.open_fen, one.less_fen - one.open_fen)
        drafts.append(draft(one.account, f"change:{line.pk}", "transfer", words, lines, run.day))
    return drafts


@dataclass(slots=True)
class _Used:
    drafts: list[Draft]
    fen: int


def use_advances(
    accounts: Iterable[RentAccount], day: date, touched: dict[int, Bill], agency_id: int
) -> _Used:  # fmt: skip
    """What was paid ahead pays open bills, the oldest first. Bills that changed are put into ``touched`` for the caller to save; the
    accounts are locked and their ``advance_fen`` is saved by ``refresh``."""
    rich = {one.pk: one for one in accounts if one.advance_fen > 0}
    if not rich:
        return _Used([], 0)
    books = book_for(agency_id)
    open_bills: dict[int, list[Bill]] = defaultdict(list)
    for bill in Bill.objects.filter(account__in=list(rich)).filter(open_fen__gt=0):
        open_bills[bill.account_id].append(touched.get(bill.pk, bill))
    rows: list[tuple[RentAccount, Allocation]] = []
    for pk, account in rich.items():
        bills = {bill.pk: bill for bill in open_bills[pk] if bill.open_fen > 0}
        parts, left = allocate(account.advance_fen, as_open(bills.values()))
        for key, fen in parts:
            pay_bill(bills[key], fen)
            touched[key] = bills[key]
            rows.append((account, Allocation(bill=bills[key], kind="advance", fen=fen, on=day)))
        account.advance_fen = left
    Allocation.objects.bulk_create([row for _, row in rows], batch_size=CHUNK)
    drafts = [
        draft(
            account, f"alloc:{row.pk}", "transfer", f"预缴抵扣租金 {account.lease.number}", ahead_used(books, row.fen), day
        )
        for account, row in rows
    ]  # fmt: skip
    return _Used(drafts, sum(row.fen for _, row in rows))


def as_open(bills: Iterable[Bill]) -> list[OpenBill]:
    """Bills as :func:`rules.allocate` sees them."""
    return [OpenBill(bill.pk, bill.due_on, bill.item, bill.open_fen) for bill in bills]


def pay_bill(bill: Bill, fen: int) -> None:
    """Money on a bill; the caller saves it."""
    bill.paid_fen += fen
    bill.open_fen -= fen
    bill.state = bill_state(bill.open_fen, bill.paid_fen, bill.waived_fen, bill.state)


# --- single bills ------------------------------------------------------------------------------------------


def write_bill(
    actor: Actor, account: RentAccount, item: str, fen: int, *, period: int, text: str, days: tuple[date, date] | None = None,
) -> Bill:  # fmt: skip
    """One bill that no term makes. The account is locked; the caller records."""
    if not 0 < fen <= FEN_MAX:
        raise RentRefused("amount", "金额应大于零", where="金额", advice="请更正金额。")
    day = today()
    rules = billing_rules(account.lease.region, day)
    before = Bill.objects.filter(account=account, period=period, item=item)
    last = before.aggregate(last=Max("part"))["last"]
    begin, end = days or (first_day(period), last_day(period))
    bill = Bill.objects.create(
        account=account, period=period, item=item, part=0 if last is None else last + 1, gross_fen=fen, net_fen=fen, open_fen=fen,
        issued_on=day, due_on=due_day(period, rules.due_day, day, rules.least_days), note=text[:200],
    )  # fmt: skip
    BillLine.objects.create(
        bill=bill, kind="gross", fen=fen, month=period, from_on=begin, to_on=end, text=text[:120]
    )
    touched: dict[int, Bill] = {}
    of = book_for(account.agency_id)
    words = f"{ITEMS[item]} {account.lease.number} {month_text(period)}"
    drafts = [draft(account, f"bill:{bill.pk}", "transfer", words, billed(of, fen, 0))]
    drafts += use_advances([account], day, touched, account.agency_id).drafts
    for one in touched.values():
        one.save(update_fields=["paid_fen", "open_fen", "state"])
    refresh([account])
    book(actor, drafts)
    return touched.get(bill.pk, bill)


@transaction.atomic
def charge(actor: Actor, lease_number: str, version: int | None, item: str, fen: int, *, reason: str) -> Bill:
    """A bill for one reason: what is to be made good, or the market's rent over the charged one by a decision on a violation.

    Raises:
        RentRefused: an item that only the clock bills, no amount, not one of those who may.
    """
    if item in RULED_ITEMS or item not in ITEMS:
        raise RentRefused("item", "这一项由系统按租金核定出账", where="项目", advice="请在租金核定中办理。")
    account = locked(actor, lease_number, version, CONFIRMERS, "单独出账")
    words = said(reason, "理由")
    bill = write_bill(actor, account, item, fen, period=month_code(today()), text=words)
    RentAccount.objects.filter(pk=account.pk).update(version=F("version") + 1)
    record(
        actor, "rent.bill.charge", bill, reason=words, after={"lease": lease_number, "item": item, "net_fen": fen},
        agency_id=account.agency_id,
    )  # fmt: skip
    return bill


@transaction.atomic
def charge_late_fees(actor: Actor, agency: Agency, month: int) -> int:
    """The late fees of a month that is over, on the rent that is still open; how many bills. Nothing where the place sets no rate,
    nothing under a plan that is kept; a second run charges nothing again.

    Raises:
        RentRefused: neither the clock nor a rent clerk of the agency, a month that is not over, no books.
    """
    need_role(actor, agency.pk, MAKERS, "出账")
    end = last_day(month)
    if end >= today():
        raise RentRefused("month", "这个月还没有结束", where=month_text(month), advice="请在月后办理。")
    accounts = (
        RentAccount.objects.select_for_update(of=("self",))
        .select_related("lease__tenant")
        .filter(agency=agency, oldest_due_on__lt=end)
        .order_by("pk")
    )
    late: dict[int, list[Bill]] = defaultdict(list)
    rates = _LateRates(end)
    charged = [one for one in accounts if rates.of(one.lease.region)[0]]
    for start in range(0, len(charged), CHUNK):
        keys = [one.pk for one in charged[start : start + CHUNK]]
        done = Bill.objects.filter(account__in=keys, period=month, item="late_fee").values("account")
        rows = Bill.objects.filter(account__in=keys, open_fen__gt=0, due_on__lt=end, item="rent")
        for bill in rows.exclude(account__in=done).exclude(account__plans__state="active"):
            late[bill.account_id].append(bill)
    made = 0
    for account in charged:
        rate, cap = rates.of(account.lease.region)
        fen = 0
        for bill in late[account.pk]:
            days = min((end - bill.due_on).days, end.day)
            fen += late_fee_of_month(bill.open_fen, (end - bill.due_on).days - days, days, rate, cap)
        if fen:
            words = f"{month_text(month)}逾期滞纳金"
            made += 1
            fee = write_bill(actor, account, "late_fee", fen, period=month, text=words)
            record(
                actor, "rent.bill.charge", fee, after={"item": "late_fee", "net_fen": fen}, agency_id=agency.pk
            )  # fmt: skip
    return made


class _LateRates:
    """Rate of a day and limit of late fees, by region; a place that has not set them takes none."""

    def __init__(self, on: date) -> None:
        self._on = on
        self._known: dict[str, tuple[Fraction, Fraction]] = {}

    def of(self, region: str) -> tuple[Fraction, Fraction]:
        if region not in self._known:
            try:
                self._known[region] = exact("late_fee_rate", region, self._on), exact("late_fee_cap", region, self._on)  # fmt: skip
            except RuleMissing:
                self._known[region] = Fraction(0), Fraction(0)
        return self._known[region]
