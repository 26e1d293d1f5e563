"""In which accounts rent is booked, and the lines of each entry: pure.

Rent of government-invested dwellings is the treasury's (公共租赁住房管理办法 §22; 收支两条线): what a household owes is a receivable
and, in the same amount, owed to the treasury; a payment that the treasury confirms ends both. No account here is cash of the agency.
A deposit is held in custody: an asset and a liability of the same amount, never income.
"""

from __future__ import annotations

from dataclasses import dataclass

from guangsha.ledger.facts import Line

#: name → (code, Chinese name, kind).
ACCOUNT_PLAN: dict[str, tuple[str, str, str]] = {
    "receivable": ("1212.83", "应收账款—公租房租金", "asset"),
    "treasury": ("2103.83", "应缴财政款—公租房租金", "liability"),
    "ahead": ("1218.83", "其他应收款—国库已收预缴租金", "asset"),
    "advance": ("2305.83", "预收账款—预缴租金", "liability"),
    "custody": ("1891.83", "受托代理资产—租房押金", "asset"),
    "custody_owed": ("2901.83", "受托代理负债—租房押金", "liability"),
}


@dataclass(frozen=True, slots=True)
class Accounts:
    """Ids of the accounts of :data:`ACCOUNT_PLAN`."""

    receivable: int
    treasury: int
    ahead: int
    advance: int
    custody: int
    custody_owed: int


def _pair(debit: int, credit: int, fen: int) -> tuple[Line, ...]:
    return (Line(debit, fen), Line(credit, -fen)) if fen else ()


def billed(of: Accounts, gross_fen: int, relief_fen: int) -> tuple[Line, ...]:
    """A bill: gross is owed, relief is taken off again, so that both turnovers can be read from the books."""
    return _pair(of.receivable, of.treasury, gross_fen) + _pair(of.treasury, of.receivable, relief_fen)


def reduced(of: Accounts, open_fen: int, paid_fen: int) -> tuple[Line, ...]:
    """A bill became smaller: what was open is owed no more, what was paid is paid ahead now."""
    return _pair(of.treasury, of.receivable, open_fen) + paid_ahead(of, paid_fen)


def paid(of: Accounts, fen: int) -> tuple[Line, ...]:
    """The treasury confirmed money for bills."""
    return _pair(of.treasury, of.receivable, fen)


def paid_ahead(of: Accounts, fen: int) -> tuple[Line, ...]:
    """The treasury holds more than was owed."""
    return _pair(of.ahead, of.advance, fen)


def ahead_used(of: Accounts, fen: int) -> tuple[Line, ...]:
    """Money paid ahead pays bills."""
    return _pair(of.advance, of.ahead, fen) + paid(of, fen)


def ahead_back(of: Accounts, fen: int) -> tuple[Line, ...]:
    """Finance gave money back that was paid ahead."""
    return _pair(of.advance, of.ahead, fen)


def deposit_in(of: Accounts, fen: int) -> tuple[Line, ...]:
    """A deposit came into custody."""
    return _pair(of.custody, of.custody_owed, fen)


def deposit_used(of: Accounts, fen: int) -> tuple[Line, ...]:
    """A deposit pays bills: out of custody, to the treasury."""
    return _pair(of.custody_owed, of.custody, fen) + paid(of, fen)


def deposit_back(of: Accounts, fen: int) -> tuple[Line, ...]:
    """Finance gave a deposit back."""
    return _pair(of.custody_owed, of.custody, fen)
