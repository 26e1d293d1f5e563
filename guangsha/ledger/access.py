"""Whose books somebody may read, and who may write into them by hand.

Source: operations.md §2.1 (roles, separation of duties) and §5.4 (an accountant's role apart from operations).
"""

from __future__ import annotations

from django.db.models import QuerySet

from guangsha.audit.actor import Actor
from guangsha.ledger.models import Account, BudgetLine, Entry, Period
from guangsha.ledger.rules import LedgerRefused
from guangsha.people.access import NotThere
from guangsha.people.models import Agency

#: Roles that read the books of their agencies.
READERS = frozenset({"accountant", "fund_officer", "rent_clerk", "supervisor", "auditor"})
#: Roles that keep the books: accounts, vouchers by hand, months, budget.
KEEPERS = frozenset({"accountant"})
#: Roles that may open a closed month again; never the person who closed it.
REOPENERS = frozenset({"accountant", "supervisor"})


def books_of(actor: Actor) -> frozenset[int]:
    """Ids of the agencies whose books the actor may read."""
    if actor.kind == "staff":
        return actor.reach(READERS)
    return actor.scope if actor.kind == "api" else frozenset()


def access_books(actor: Actor, agency_id: int) -> Agency:
    """An agency whose books the actor may read.

    Raises:
        NotThere: no such agency, or not this actor's to see.
    """
    agency = Agency.objects.filter(pk=agency_id).first()
    if agency is None:
        raise NotThere
    _need_reader(actor, agency_id)
    return agency


def _need_reader(actor: Actor, agency_id: int) -> None:
    if actor.kind == "system":
        return
    if agency_id not in books_of(actor):
        raise NotThere


def accounts_of(actor: Actor) -> QuerySet[Account]:
    """Every account that the actor may read."""
    return Account.objects.filter(agency__in=books_of(actor))


def access_account(actor: Actor, account_id: int) -> Account:
    """An account with its balance.

    Raises:
        NotThere: no such account, or not this actor's to see.
    """
    account = Account.objects.select_related("fund").filter(pk=account_id).first()
    if account is None:
        raise NotThere
    _need_reader(actor, account.agency_id)
    return account


def access_entry(actor: Actor, entry_id: int) -> Entry:
    """An entry.

    Raises:
        NotThere: no such entry, or not this actor's to see.
    """
    entry: Entry | None = Entry.objects.select_related("period").filter(pk=entry_id).first()
    if entry is None:
        raise NotThere
    _need_reader(actor, entry.agency_id)
    return entry


def access_period(actor: Actor, agency_id: int, month: int) -> Period:
    """A month of an agency's books.

    Raises:
        NotThere: no such month, or not this actor's to see.
    """
    period = Period.objects.filter(agency=agency_id, month=month).first()
    if period is None:
        raise NotThere
    _need_reader(actor, agency_id)
    return period


def access_budget_line(actor: Actor, line_id: int) -> BudgetLine:
    """A budget line.

    Raises:
        NotThere: no such line, or not this actor's to see.
    """
    line = BudgetLine.objects.select_related("fund").filter(pk=line_id).first()
    if line is None:
        raise NotThere
    _need_reader(actor, line.agency_id)
    return line


def need_keeper(actor: Actor, agency_id: int, roles: frozenset[str] = KEEPERS) -> None:
    """Only these roles, held over this agency.

    Raises:
        LedgerRefused: somebody else.
    """
    if actor.kind != "staff" or actor.roles_at(agency_id).isdisjoint(roles):
        raise LedgerRefused("role", "只有本机构的会计可以办理这项账务", advice="请由会计办理。")


def need_poster(actor: Actor, agency_id: int, source_type: str) -> None:
    """A voucher without an object behind it is written by hand, by an accountant; any other is posted by the area whose act it
    is, for staff of the agency or the clock, and the area has decided who may do that act.

    Raises:
        LedgerRefused: somebody else.
    """
    if not source_type:
        need_keeper(actor, agency_id)
    elif actor.kind != "system" and not (actor.kind == "staff" and actor.roles_at(agency_id)):
        raise LedgerRefused("role", "不能为别的机构记账", advice="请由该机构的工作人员办理。")
