"""What goes into an entry, what comes out of posting it, and what is reconciled. Amounts are whole fen (分)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Line:
    """One posting (分录) of an entry.

    Attributes:
        account_id: the account.
        amount_fen: more than 0 debits (借) the account, less than 0 credits (贷) it; never 0.
        budget_line_id: the budget line that this posting executes; the amount counts as spent on it.
    """

    account_id: int
    amount_fen: int
    budget_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry (记账凭证) as somebody wants it posted.

    Attributes:
        agency_id: whose books.
        day: the date of the entry; it decides the month (会计期间).
        kind: one of ``rules.ENTRY_KINDS``.
        key: names the thing that is booked, once for ever in the agency: ``subsidy:202611-03:17``. Posting the same
            content under the same key again changes nothing.
        reason: the summary (摘要) that the books show.
        lines: two or more postings, which sum to 0 in each fund and in each of the two accountings.
        source_type, source_id: the object in an area for which it is posted; empty only on a voucher written by hand.
        voucher_number, attachments: number of the original voucher (原始凭证) and how many papers are attached.
        reversal_of: id of the entry that this one takes back.
    """

    agency_id: int
    day: date
    kind: str
    key: str
    reason: str
    lines: tuple[Line, ...]
    source_type: str = ""
    source_id: str = ""
    voucher_number: str = ""
    attachments: int = 0
    reversal_of: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it stands in the books. ``replayed``: it stood there before, under the same key."""

    entry_id: int
    number: int
    link: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class StatementItem:
    """One item of one party in a reconciliation: the books, the batch that was sent, or the bank's statement.

    Attributes:
        key: what the parties call the item (batch number and sequence); empty where a party does not say.
        amount_fen: signed as the party states it, all parties from the same point of view.
        day: when the party booked it.
        reference: how the party finds it again (voucher, serial number of the bank).
    """

    key: str
    amount_fen: int
    day: date
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A key on which the parties do not agree.

    Attributes:
        kind: ``missing`` (a party does not know it), ``amount`` (not the same amount) or ``repeated`` (a party has it twice).
        party: who differs; for ``amount`` all that state it, joined by ``/``.
        amounts: party → its amount in fen (the sum where it is repeated); parties that miss it are not there.
    """

    key: str
    kind: str
    party: str
    amounts: dict[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two items that lack a common key and are alone in having this amount within these days: for a person to confirm."""

    key: str
    party: str
    amount_fen: int
    reference: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What came of comparing: keys on which all agree, differences, items without a key, proposals, and each total."""

    agreed: tuple[str, ...]
    differences: tuple[Difference, ...]
    unnamed: tuple[tuple[str, StatementItem], ...]
    proposals: tuple[Proposal, ...]
    totals: dict[str, int] = field(hash=False)

    @property
    def clean(self) -> bool:
        """Whether every item of every party is matched."""
        return not self.differences and not self.unnamed
