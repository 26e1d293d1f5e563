"""What rent is due, how money pays it, when somebody is reminded: pure, without a database.

Amounts are whole fen; a month is year * 100 + month (202611). What a place sets (days, shares, limits) comes in as an argument;
its source is in ``parameters/<region>/rent/``. Source: operations.md W5, §3.3 example 3, §5.1; 公共租赁住房管理办法 §19, §22, §29.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from guangsha.areas.rent.facts import ITEM_ORDER, TERM_ITEM
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import half_up_ratio
from guangsha.policy.household import Month

MAKERS = frozenset({"rent_clerk"})
CONFIRMERS = frozenset({"district_approver", "supervisor"})
#: Who confirms to the books what finance and bank report, and closes a day.
ACCOUNTANTS = frozenset({"accountant"})
#: Who signs a day that an accountant reconciled.
DAY_CLOSERS = frozenset({"supervisor"})
READERS = MAKERS | CONFIRMERS | ACCOUNTANTS | frozenset({"auditor", "legal_officer"})
COLLECTION_READERS = ACCOUNTANTS | DAY_CLOSERS | frozenset({"auditor"})

#: A household type whose share of the market rent is what everybody pays who has no relief.
ORDINARY = "others"
MONTHS_MAX = 1200
FEN_MAX = 10**10


def month_code(day: date) -> int:
    """The month of a day.

    >>> month_code(date(2026, 3, 12))
    202603
    """
    return day.year * 100 + day.month


def month_of(code: int) -> Month:
    """A month by its number.

    Raises:
        InputError: no such month.
    """
    year, number = divmod(code, 100)
    if not (2000 <= year <= 2100 and 1 <= number <= 12):
        raise InputError("没有这个月份", where=str(code), advice="请按 202611 的样子填写。")
    return Month(year, number)


def month_text(code: int) -> str:
    """A month as people read it.

    >>> month_text(202603)
    '2026年3月'
    """
    return f"{code // 100}年{code % 100}月"


def plus_months(code: int, count: int) -> int:
    """The month so many later.

    >>> plus_months(202611, 3), plus_months(202601, -1)
    (202702, 202512)
    """
    at = (code // 100) * 12 + code % 100 - 1 + count
    return at // 12 * 100 + at % 12 + 1


def period_of(code: int, cycle: str) -> int:
    """The first month of the billing cycle that holds a month.

    >>> period_of(202605, "month"), period_of(202605, "quarter")
    (202605, 202604)
    """
    return code if cycle == "month" else code - (code % 100 - 1) % 3


def months_in(period: int, cycle: str) -> tuple[int, ...]:
    """The months of a billing cycle."""
    return tuple(plus_months(period, k) for k in range(1 if cycle == "month" else 3))


def next_period(period: int, cycle: str) -> int:
    """The cycle after this one."""
    return plus_months(period, 1 if cycle == "month" else 3)


def first_day(code: int) -> date:
    """The first day of a month."""
    return date(code // 100, code % 100, 1)


def last_day(code: int) -> date:
    """The last day of a month."""
    return first_day(plus_months(code, 1)) - timedelta(days=1)


# --- the amount of a month ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standard:
    """What a month costs: ``gross_fen`` for whoever has no relief, ``net_fen`` for this household, by which type and share."""

    market_fen: int
    gross_fen: int
    net_fen: int
    household_type: str
    share: Fraction

    @property
    def relief_fen(self) -> int:
        return self.gross_fen - self.net_fen


def rent_of(
    area_m2: Decimal, market_fen_m2: Fraction, shares: Mapping[str, Fraction], types: Iterable[str]
) -> Standard:
    """The monthly rent of a dwelling: area x market rent x share, half up to the fen once, at the end.

    Args:
        shares: household type → share of the market rent; ``others`` is everybody's. The types of the household that are not in it
            give no relief. Two reliefs never stack: the larger one counts.

    Raises:
        InputError: no area, or the place says nothing for everybody.
    """
    if area_m2 <= 0:
        raise InputError("没有计租面积", advice="请先在房源档案登记建筑面积。")
    if ORDINARY not in shares:
        raise InputError("租金比例没有“其他”一档", advice="请补全参数 rent_share。")
    full = Fraction(area_m2) * market_fen_m2
    best = min([ORDINARY, *(one for one in types if one in shares)], key=lambda one: (shares[one], one))
    gross, net = _fen(full * shares[ORDINARY]), _fen(full * shares[best])
    if net > gross:
        best, net = ORDINARY, gross
    return Standard(_fen(full), gross, net, best, shares[best])


def _fen(exact: Fraction) -> int:
    return half_up_ratio(exact.numerator, exact.denominator)


def part_of(fen: int, share: Fraction) -> int:
    """A share of an amount, half up to the fen."""
    return _fen(fen * share)


@dataclass(frozen=True, slots=True)
class Term:
    """What is due from a day on until the next term begins.

    Attributes:
        kind: one of ``facts.TERM_KINDS``.
        gross_fen, net_fen: a month without and with relief.
        relief_until: the last day of the relief; from the next day the month costs ``gross_fen``. None: as long as the term.
    """

    from_on: date
    kind: str
    gross_fen: int
    net_fen: int
    key: int = 0
    relief_until: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What one month owes under one term: days, gross, relief (never more than gross)."""

    item: str
    month: int
    from_on: date
    to_on: date
    gross_fen: int
    relief_fen: int
    term: int

    @property
    def net_fen(self) -> int:
        return self.gross_fen - self.relief_fen


def dues_of_month(
    terms: Sequence[Term], month: int, first: date, last: date | None, *, by_day: bool
) -> list[Due]:
    """What a month owes: days under each term ÷ days of the month, each part half up to the fen.

    Args:
        terms: confirmed ones in the order in which they begin; of two that begin on one day the later in the row counts.
        first: the first day of living there; last: the last one, None while they live there.
        by_day: False where the place counts a month that is not full as a whole one (then the term at its first day counts).
    """
    start, end = max(first_day(month), first), last_day(month)
    if last is not None:
        end = min(end, last)
    if start > end:
        return []
    days = last_day(month).day
    pieces = _pieces(terms, start, end)
    if not by_day and pieces:
        head = pieces[0]
        pieces = [(head[0], end, head[2], head[3])]
    found = []
    for begin, finish, term, relieved in pieces:
        share = Fraction((finish - begin).days + 1, days) if by_day else Fraction(1)
        gross = part_of(term.gross_fen, share)
        net = part_of(term.net_fen, share) if relieved else gross
        if gross:
            found.append(
                Due(TERM_ITEM[term.kind], month, begin, finish, gross, max(0, gross - net), term.key)
            )
    return found


def _pieces(terms: Sequence[Term], start: date, end: date) -> list[tuple[date, date, Term, bool]]:
    ordered = sorted(terms, key=lambda term: term.from_on)
    pieces: list[tuple[date, date, Term, bool]] = []
    for place, term in enumerate(ordered):
        until = ordered[place + 1].from_on - timedelta(days=1) if place + 1 < len(ordered) else end
        begin, finish = max(start, term.from_on), min(end, until)
        if begin > finish:
            continue
        relieved = finish if term.relief_until is None else min(finish, term.relief_until)
        if relieved >= begin:
            pieces.append((begin, relieved, term, True))
        if relieved < finish:
            pieces.append((max(begin, relieved + timedelta(days=1)), finish, term, False))
    return pieces


def dues_of_period(
    terms: Sequence[Term], period: int, cycle: str, first: date, last: date | None, *, by_day: bool
) -> dict[str, list[Due]]:
    """What a billing cycle owes, by item."""
    found: dict[str, list[Due]] = {}
    for month in months_in(period, cycle):
        for due in dues_of_month(terms, month, first, last, by_day=by_day):
            found.setdefault(due.item, []).append(due)
    return found


def starts_with_cycle(day: date, cycle: str) -> date:
    """The first day of the next billing cycle after a day: from then a new rate counts (W5).

    >>> starts_with_cycle(date(2026, 3, 12), "month"), starts_with_cycle(date(2026, 3, 12), "quarter")
    (datetime.date(2026, 4, 1), datetime.date(2026, 4, 1))
    """
    return first_day(next_period(period_of(month_code(day), cycle), cycle))


def relief_ends(start: date, months_max: int) -> date:
    """The last day of a relief that begins on ``start``.

    >>> relief_ends(date(2026, 4, 1), 12)
    datetime.date(2027, 3, 31)
    """
    return first_day(plus_months(month_code(start), months_max)) - timedelta(days=1)


def top_up(market_fen: int, charged_fen: int, months: int) -> int:
    """The market's rent over the charged one for the months of a violation (公共租赁住房管理办法 §36).

    >>> top_up(62_760, 18_828, 5)
    219660
    """
    return max(0, market_fen - charged_fen) * months


def due_day(period: int, day: int, issued_on: date, least_days: int) -> date:
    """The day by which a bill is to be paid: the place's day of the cycle, never sooner than ``least_days`` after it was made."""
    wanted = min(first_day(period) + timedelta(days=day - 1), last_day(period))
    return max(wanted, issued_on + timedelta(days=least_days))


def late_fee_of_month(open_fen: int, days_before: int, days: int, rate: Fraction, cap: Fraction) -> int:
    """The fee for the days of one month by which rent is late; with those of the months before never over ``cap`` x the open amount.

    A place that sets no rate charges nothing. A fee is for rent, never for a fee.

    Args:
        days_before: how many days it was late already when the month began.
        days: how many days of the month it was late.
    """
    most = part_of(open_fen, cap)
    until, before = (min(_fen(open_fen * late * rate), most) for late in (days_before + days, days_before))
    return until - before


# --- payments ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill as a payment sees it."""

    key: int
    due_on: date
    item: str
    open_fen: int


def allocate(fen: int, bills: Iterable[OpenBill]) -> tuple[list[tuple[int, int]], int]:
    """Which bills an amount pays: the oldest first, fees for being late after everything else; and what is left over.

    >>> allocate(500, [OpenBill(1, date(2026, 2, 10), "rent", 300), OpenBill(2, date(2026, 1, 10), "rent", 300)])
    ([(2, 300), (1, 200)], 0)
    """
    paid: list[tuple[int, int]] = []
    left = fen
    order = sorted(
        bills, key=lambda bill: (bill.item == "late_fee", bill.due_on, ITEM_ORDER[bill.item], bill.key)
    )
    for bill in order:
        part = min(left, bill.open_fen)
        if part > 0:
            paid.append((bill.key, part))
            left -= part
    return paid, left


def bill_state(open_fen: int, paid_fen: int, waived_fen: int, before: str) -> str:
    """Where a bill stands once money or a decision moved it; late stays late while something is open."""
    if open_fen == 0:
        return "written_off" if waived_fen and not paid_fen else "paid"
    if before in ("paid", "written_off", "issued", "part_paid"):
        return "part_paid" if paid_fen else "issued"
    return before


# --- numbers for paying ------------------------------------------------------------------------------------


def check_digit(digits: str) -> str:
    """The last digit of an identification code (缴款识别码) by ISO 7064 MOD 11,10: one wrong digit or a swap of neighbours shows.

    >>> check_digit("430699260000000000")
    '1'
    """
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def code_stands(code: str) -> bool:
    """Whether an identification code is one: 20 digits, the last of them right."""
    return len(code) == 20 and code.isdecimal() and code.isascii() and check_digit(code[:-1]) == code[-1]


def receipt_number(key: int) -> str:
    """The number of our confirmation of a payment (缴款确认单号).

    >>> receipt_number(12)
    'SK00000000124'
    """
    return f"SK{key:010d}{check_digit(f'{key:010d}')}"


def receipt_key(number: str) -> int | None:
    """The payment that a number names; None where it is no number of ours."""
    digits = number.removeprefix("SK")
    if len(number) != 13 or len(digits) != 11 or not (digits.isascii() and digits.isdecimal()):
        return None
    return int(digits[:-1]) if check_digit(digits[:-1]) == digits[-1] else None


# --- arrears -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Steps:
    """After how many days somebody is reminded and how (parameters ``dunning_*_days``); ``before`` counts before the due day."""

    before: int
    text: int
    letter: int
    visit: int
    legal: int


def step_of(oldest_due: date | None, today: date, steps: Steps) -> str:
    """How far the arrears of a lease have come, by its oldest unpaid bill (``facts.STEPS``)."""
    if oldest_due is None:
        return "none"
    late = (today - oldest_due).days
    for code, days in (
        ("legal", steps.legal), ("dunning3", steps.visit), ("dunning2", steps.letter), ("dunning1", steps.text), ("overdue", 1),
    ):  # fmt: skip
        if late >= days:
            return code
    return "reminder" if -late <= steps.before else "none"


def age_band(oldest_due: date, today: date) -> str:
    """How old the oldest unpaid bill is, as the board groups it."""
    months = (today.year - oldest_due.year) * 12 + today.month - oldest_due.month
    months -= today.day < oldest_due.day
    for limit, word in ((1, "不满1个月"), (3, "1至3个月"), (6, "3至6个月"), (12, "6至12个月")):
        if months < limit:
            return word
    return "1年以上"


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate of an instalment plan."""

    number: int
    due_on: date
    amount_fen: int


def instalments(total_fen: int, months: int, first_month: int, day: int) -> list[Rate]:
    """A sum in equal monthly rates; what does not divide is in the last one.

    >>> [rate.amount_fen for rate in instalments(100_00, 3, 202612, 10)]
    [3333, 3333, 3334]
    """
    each = total_fen // months
    rates = []
    for k in range(months):
        month = plus_months(first_month, k)
        due = min(first_day(month) + timedelta(days=day - 1), last_day(month))
        rates.append(Rate(k + 1, due, each if k + 1 < months else total_fen - each * (months - 1)))
    return rates


def check_plan(total_fen: int, months: int, months_max: int) -> None:
    """That a plan is one.

    Raises:
        InputError: nothing to pay, too many months, less than a fen a month.
    """
    if total_fen <= 0:
        raise InputError("没有可以分期的欠费", advice="账单都已缴清。")
    if not 2 <= months <= months_max:
        raise InputError(f"分期应为 2 至 {months_max} 个月", where="月数", advice="请更正月数。")
    if total_fen < months:
        raise InputError("欠费太少，不必分期", advice="请一次缴清。")


def plan_stands(rates: Sequence[Rate], owed_fen: int, overdue_fen: int, today: date, grace_days: int) -> str:
    """``kept`` when nothing is owed any more, or nothing is overdue once all rates are due; ``broken`` when more is overdue than the
    rates that are not due yet; else ``active``.

    Args:
        owed_fen: open on all bills.
        overdue_fen: open on all bills whose due day (with the days of grace) is over: the arrears of the plan and whatever fell due
            since. So whoever pays the rates and lets new rent stand does not keep the plan.
    """
    limit = today - timedelta(days=grace_days)
    left = sum(rate.amount_fen for rate in rates if rate.due_on >= limit)
    if owed_fen == 0 or (left == 0 and overdue_fen == 0):
        return "kept"
    return "broken" if overdue_fen > left else "active"


def arrears_months(rows: Iterable[tuple[int, str, int]]) -> int:
    """How many months of rent are late, all together (公共租赁住房管理办法 §29: 累计拖欠).

    Args:
        rows: (period, cycle, open fen) of the bills of rent that are late.
    """
    return len({month for period, cycle, fen in rows if fen for month in months_in(period, cycle)})


# --- settlement --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settled:
    """What comes of a settlement (租赁条例 §10): deposit that pays bills, deposit and advance to be given back, what is still owed."""

    from_advance_fen: int
    from_deposit_fen: int
    deposit_back_fen: int
    advance_back_fen: int
    still_owed_fen: int


def settle(owed_fen: int, deposit_fen: int, advance_fen: int) -> Settled:
    """What an account that ends owes or gets back: paid ahead is used first, then the deposit."""
    from_advance = min(owed_fen, advance_fen)
    left = owed_fen - from_advance
    from_deposit = min(left, deposit_fen)
    return Settled(
        from_advance,
        from_deposit,
        deposit_fen - from_deposit,
        advance_fen - from_advance,
        left - from_deposit,
    )
