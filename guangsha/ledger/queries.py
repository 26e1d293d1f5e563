"""Reading the books: balances, journal, trial balance, budget execution. Every answer is JSON as it stands; amounts are whole fen.

Each takes the actor and answers only for agencies whose books they may read (``access.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Sum

from guangsha.audit.actor import Actor
from guangsha.ledger.access import access_account, access_books, access_entry, access_period
from guangsha.ledger.models import Account, BudgetLine, BudgetMove, Entry, Period, Posting
from guangsha.ledger.rules import ACCOUNT_KINDS, ENTRY_KINDS, FUND_SOURCES

#: Rows of one page of a journal; the next page starts after the last number.
PAGE_MAX = 500


def get_balance(actor: Actor, account_id: int) -> dict[str, Any]:
    """The balance of an account. One row is read, however many postings there are.

    Raises:
        NotThere: no such account, or not this actor's to see.
    """
    return _account(access_account(actor, account_id))


def list_balances(actor: Actor, agency_id: int, *, fund_id: int | None = None) -> list[dict[str, Any]]:
    """The balances of all accounts of an agency (科目余额), one row an account.

    Raises:
        NotThere: no such agency, or not this actor's to see.
    """
    access_books(actor, agency_id)
    accounts = Account.objects.filter(agency=agency_id).select_related("fund").order_by("fund__code", "code")
    return [_account(a) for a in (accounts.filter(fund=fund_id) if fund_id is not None else accounts)]


def _account(account: Account) -> dict[str, Any]:
    return {
        "account": account.pk,
        "code": account.code,
        "name": account.name,
        "kind": account.kind,
        "kind_name": ACCOUNT_KINDS[account.kind][0],
        "book": account.book,
        "fund": account.fund.code,
        "balance_fen": account.balance_fen,
        "debit_fen": account.debit_fen,
        "credit_fen": account.credit_fen,
        "closed_on": account.closed_on.isoformat() if account.closed_on else None,
    }


def _limit(size: int) -> int:
    return max(1, min(size, PAGE_MAX))


def list_journal(
    actor: Actor, agency_id: int, month: int, *, after: int = 0, size: int = 100
) -> dict[str, Any]:
    """The entries of a month in their order (序时账), with their postings; ``next`` is what to pass as ``after``.

    Raises:
        NotThere: no such month, or not this actor's to see.
    """
    period = access_period(actor, agency_id, month)
    entries = list(Entry.objects.filter(period=period, number__gt=after).order_by("number")[: _limit(size)])
    lines: dict[int, list[dict[str, Any]]] = {entry.pk: [] for entry in entries}
    rows = Posting.objects.filter(entry__in=list(lines)).order_by("entry_id", "line")
    for entry_id, *values in rows.values_list(
        "entry_id", "line", "account_id", "account__code", "account__name", "amount_fen", "budget_line_id"
    ):
        lines[entry_id].append(
            dict(zip(("line", "account", "code", "name", "amount_fen", "budget_line"), values, strict=True))
        )
    return {
        "agency": agency_id,
        "month": month,
        "closed": period.closed,
        "length": period.length,
        "entries": [{**_entry(entry, month), "lines": lines[entry.pk]} for entry in entries],
        "next": entries[-1].number if entries and entries[-1].number < period.length else None,
    }


def get_entry(actor: Actor, entry_id: int) -> dict[str, Any]:
    """One entry with its postings, and the entry that took it back.

    Raises:
        NotThere: no such entry, or not this actor's to see.
    """
    entry = access_entry(actor, entry_id)
    rows = Posting.objects.filter(entry=entry).order_by("line")
    names = ("line", "account", "code", "name", "amount_fen", "budget_line")
    taken_back = Entry.objects.filter(reversal_of=entry).values_list("pk", flat=True).first()
    return {
        **_entry(entry, entry.period.month),
        "reversed_by": taken_back,
        "lines": [
            dict(zip(names, values, strict=True))
            for values in rows.values_list(
                "line", "account_id", "account__code", "account__name", "amount_fen", "budget_line_id"
            )
        ],
    }


def _entry(entry: Entry, month: int) -> dict[str, Any]:
    return {
        "entry": entry.pk,
        "agency": entry.agency_id,
        "month": month,
        "number": entry.number,
        "date": entry.date.isoformat(),
        "kind": entry.kind,
        "kind_name": ENTRY_KINDS[entry.kind],
        "key": entry.key,
        "reason": entry.reason,
        "source": [entry.source_type, entry.source_id] if entry.source_type else None,
        "voucher_number": entry.voucher_number,
        "attachments": entry.attachments,
        "reversal_of": entry.reversal_of_id,
        "actor": entry.actor_id,
        "posted_at": entry.posted_at.isoformat(),
        "link": entry.link,
    }


def list_account_postings(
    actor: Actor, account_id: int, *, after: int = 0, size: int = 100
) -> dict[str, Any]:
    """The postings of an account in the order in which they were booked (明细账), each with the balance after it.

    ``after`` is the entry id of the last row seen; the balance before a page is one sum over the rows after it.

    Raises:
        NotThere: no such account, or not this actor's to see.
    """
    account = access_account(actor, account_id)
    rows = list(
        Posting.objects.filter(account=account, entry__gt=after)
        .order_by("entry_id", "line")
        .values_list("entry_id", "line", "amount_fen", "entry__date", "entry__number", "entry__reason")[
            : _limit(size)
        ]
    )
    # whole entries only, so that "after" never cuts one in two
    if len(rows) == _limit(size) and rows[0][0] != rows[-1][0]:
        rows = [row for row in rows if row[0] != rows[-1][0]]
    later = Posting.objects.filter(account=account, entry__gt=after).aggregate(total=Sum("amount_fen"))[
        "total"
    ]
    running = account.balance_fen - (later or 0)
    shown = []
    for entry_id, line, amount, day, number, reason in rows:
        running += amount
        shown.append(
            {
                "entry": entry_id, "line": line, "date": day.isoformat(), "number": number, "reason": reason,
                "amount_fen": amount, "balance_fen": running,
            }
        )  # fmt: skip
    more = bool(rows) and Posting.objects.filter(account=account, entry__gt=rows[-1][0]).exists()
    return {**_account(account), "postings": shown, "next": rows[-1][0] if more else None}


_TURNOVER = """
SELECT p.account_id,
       coalesce(sum(CASE WHEN x.month < %(month)s THEN p.amount_fen END), 0),
       coalesce(sum(CASE WHEN x.month = %(month)s AND (p.amount_fen > 0) <> (e.kind = 'reversal') THEN p.amount_fen END), 0),
       coalesce(sum(CASE WHEN x.month = %(month)s AND (p.amount_fen > 0) = (e.kind = 'reversal') THEN -p.amount_fen END), 0)
  FROM ledger_period x JOIN ledger_entry e ON e.period_id = x.id JOIN ledger_posting p ON p.entry_id = e.id
 WHERE x.agency_id = %(agency)s AND x.month <= %(month)s
 GROUP BY p.account_id
"""


def get_trial_balance(actor: Actor, agency_id: int, month: int) -> dict[str, Any]:
    """Opening balance, turnovers and closing balance of every account in a month (科目余额表), with their totals.

    A red voucher shrinks the turnover of the side on which it was booked. Reads the postings up to the month.

    Raises:
        NotThere: no such month, or not this actor's to see.
    """
    period = access_period(actor, agency_id, month)
    with connection.cursor() as cursor:
        cursor.execute(_TURNOVER, {"agency": agency_id, "month": month})
        turned = {row[0]: tuple(int(value) for value in row[1:]) for row in cursor.fetchall()}
    rows = []
    for account in (
        Account.objects.filter(agency=agency_id).select_related("fund").order_by("fund__code", "code")
    ):
        opening, debit, credit = turned.get(account.pk, (0, 0, 0))
        rows.append(
            {
                "account": account.pk, "code": account.code, "name": account.name, "fund": account.fund.code,
                "book": account.book, "opening_fen": opening, "debit_fen": debit, "credit_fen": credit,
                "closing_fen": opening + debit - credit,
            }
        )  # fmt: skip
    names = ("opening_fen", "debit_fen", "credit_fen", "closing_fen")
    return {
        "agency": agency_id,
        "month": month,
        "closed": period.closed,
        "accounts": rows,
        "total": {name: sum(row[name] for row in rows) for name in names},
    }


def list_periods(actor: Actor, agency_id: int) -> list[dict[str, Any]]:
    """The months of an agency's books, with who closed and opened them when.

    Raises:
        NotThere: no such agency, or not this actor's to see.
    """
    access_books(actor, agency_id)
    return [
        {
            "month": period.month,
            "length": period.length,
            "head": period.head,
            "closed": period.closed,
            "acts": [
                {"kind": act.kind, "actor": act.actor_id, "reason": act.reason, "at": act.at.isoformat()}
                for act in period.acts.all().order_by("pk")
            ],
        }
        for period in Period.objects.filter(agency=agency_id).order_by("month")
    ]


def list_budget(actor: Actor, agency_id: int, year: int) -> list[dict[str, Any]]:
    """The budget lines of a year as the published tables need them: initial, full-year, executed, and what is left.

    ``initial_fen`` is 年初预算数, ``full_year_fen`` 全年预算数 (initial and all adjustments), ``executed_fen`` 全年执行数.

    Raises:
        NotThere: no such agency, or not this actor's to see.
    """
    access_books(actor, agency_id)
    lines = BudgetLine.objects.filter(agency=agency_id, year=year).select_related("fund")
    return [
        _budget_line(line)
        for line in lines.order_by("functional_code", "nature", "project_code", "economic_code", "pk")
    ]


def _budget_line(line: BudgetLine) -> dict[str, Any]:
    full_year = line.initial_fen + line.adjusted_fen
    return {
        "line": line.pk,
        "year": line.year,
        "name": line.name,
        "fund": line.fund.code,
        "fund_source": line.fund.source,
        "fund_source_name": FUND_SOURCES[line.fund.source],
        "nature": line.nature,
        "vintage": line.vintage,
        "functional_code": line.functional_code,
        "economic_code": line.economic_code,
        "project_code": line.project_code,
        "document_number": line.document_number,
        "initial_fen": line.initial_fen,
        "adjusted_fen": line.adjusted_fen,
        "full_year_fen": full_year,
        "committed_fen": line.committed_fen,
        "executed_fen": line.executed_fen,
        "available_fen": full_year - line.committed_fen - line.executed_fen,
    }


#: By what the lines of a year can be added up.
BUDGET_GROUPS = frozenset(
    {"fund_source", "nature", "vintage", "functional_code", "economic_code", "project_code"}
)


def sum_budget(
    actor: Actor, agency_id: int, year: int, *by: str, digits: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """The lines of a year added up by some of ``BUDGET_GROUPS``, in their order.

    Args:
        digits: how many digits of a code count: ``{"functional_code": 3}`` adds up by 类.

    Raises:
        ValueError: ``by`` names no such group.
        NotThere: no such agency, or not this actor's to see.
    """
    if unknown := set(by) - BUDGET_GROUPS:
        raise ValueError(f"budget lines are not grouped by {sorted(unknown)}")
    names = ("initial_fen", "adjusted_fen", "full_year_fen", "committed_fen", "executed_fen", "available_fen")
    cut = digits or {}
    sums: dict[tuple[str, ...], dict[str, int]] = {}
    for line in list_budget(actor, agency_id, year):
        group = tuple(line[name][: cut.get(name)] for name in by)
        total = sums.setdefault(group, dict.fromkeys(names, 0))
        for name in names:
            total[name] += line[name]
    return [{**dict(zip(by, group, strict=True)), **sums[group]} for group in sorted(sums)]


def list_budget_moves(
    actor: Actor, agency_id: int, year: int, *, until: date | None = None
) -> list[dict[str, Any]]:
    """Adjustments and commitments of a year in their order, up to a day: what makes the full-year budget out of the initial one.

    Raises:
        NotThere: no such agency, or not this actor's to see.
    """
    access_books(actor, agency_id)
    moves = BudgetMove.objects.filter(line__agency=agency_id, line__year=year)
    if until is not None:
        moves = moves.filter(date__lte=until)
    names = ("line_id", "kind", "amount_fen", "date", "document_number", "reason")
    return [
        {**dict(zip(names, row, strict=True)), "date": row[3].isoformat()}
        for row in moves.order_by("pk").values_list(*names)
    ]
