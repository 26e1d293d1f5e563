"""What follows from the events of a lease (``tenancy.hooks``): an account, terms, the last day, the market's rent for a violation.

Two people decided the event in the lease; here it is carried out in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils import timezone

from guangsha.areas.rent.actions.arrears import months_in_arrears
from guangsha.areas.rent.actions.base import RentRefused, refresh, touched
from guangsha.areas.rent.actions.billing import bill_account, write_bill
from guangsha.areas.rent.actions.settling import why_open
from guangsha.areas.rent.actions.terms import term_of_lease
from guangsha.areas.rent.facts import RULED_ITEMS
from guangsha.areas.rent.models import Bill, Deposit, PaymentOrder, RentAccount, RentBook
from guangsha.areas.rent.models_after import Settlement
from guangsha.areas.rent.rules import month_code
from guangsha.areas.tenancy.models import Lease
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor


def on_lease_event(actor: Actor, lease: Lease, event: str, on: date, data: Mapping[str, object]) -> None:
    """Carry out one event of a lease that is locked.

    Raises:
        RentRefused: a change of rent on a lease that has no account.
        RuleMissing: the place has not set what is needed.
    """
    if event == "signed":
        open_account(actor, lease, on)
        return
    account = (
        RentAccount.objects.select_for_update(of=("self",))
        .select_related("lease__tenant", "lease__household", "agency")
        .filter(lease=lease)
        .first()
    )
    if account is None:
        if event in ("ended", "handed_back"):
            return  # given up before anything was due
        raise RentRefused("account", "这份租约还没有租金户", where=lease.number, advice="请先登记签约。")
    account.lease = lease
    if event == "handed_over":
        _begin(account, on)
    elif event == "rent_changed":
        term_of_lease(
            actor, account, "contract", on, _fen(data, "rent_fen", lease.rent_fen), _fen(data, "market_fen", lease.market_fen),
            str(data.get("household_type") or lease.household_type), reason=str(data.get("reason") or "租金档次变化"),
            case_number=str(data.get("case") or ""),
        )  # fmt: skip
    elif event in ("transition", "holding_over"):
        words = "搬迁过渡期租金" if event == "transition" else "逾期占用"
        term_of_lease(
            actor, account, event, on, _fen(data, "rent_fen", lease.rent_fen), lease.market_fen, lease.household_type, reason=words
        )  # fmt: skip
    elif event == "handed_back":
        _end(account, on)
    elif event == "ended":
        if account.until_on is None and account.from_on is not None:
            _end(account, on)
        if data.get("reason") == "swapped":
            _close_swapped(actor, account, on, data.get("decided_by"))
    elif event == "violation_decided":
        _top_up(actor, account, on, data)
    touched(account, "from_on", "until_on", "rebill_from")
    refresh([account])
    record(
        actor, "rent.account.follow", account, after={"lease": lease.number, "event": event, "on": on}, agency_id=account.agency_id
    )  # fmt: skip


def _fen(data: Mapping[str, object], key: str, otherwise: int) -> int:
    given = data.get(key)
    return given if isinstance(given, int) else otherwise


def open_account(actor: Actor, lease: Lease, on: date) -> RentAccount:
    """The account of a lease that was signed, with its first term and its deposit. A renewed lease takes deposit and money paid ahead
    over from the one before; asking again gives the account that stands."""
    standing = RentAccount.objects.filter(lease=lease).first()
    if standing is not None:
        return standing
    account = RentAccount.objects.create(lease=lease, agency_id=lease.agency_id, cycle=lease.pay_cycle)
    start = lease.starts_on
    term_of_lease(
        actor, account, "contract", start, lease.rent_fen, lease.market_fen, lease.household_type, reason=f"签订合同 {lease.number}"
    )  # fmt: skip
    account.rebill_from = 0
    before = (
        RentAccount.objects.select_for_update(of=("self",))
        .select_related("agency")
        .filter(lease=lease.follows_id)
        .first()
        if lease.follows_id
        else None
    )
    if before is not None:
        _take_over(actor, before, account, start - timedelta(days=1))
    elif lease.deposit_fen:
        Deposit.objects.create(account=account, due_fen=lease.deposit_fen)
    if lease.handed_over_on is not None or before is not None:
        _begin(account, max(start, lease.handed_over_on or start))
    account.save(update_fields=["advance_fen", "from_on", "rebill_from"])
    record(
        actor, "rent.account.open", account,
        after={"lease": lease.number, "rent_fen": lease.rent_fen, "deposit_fen": lease.deposit_fen}, agency_id=account.agency_id,
    )  # fmt: skip
    return account


def _take_over(actor: Actor, before: RentAccount, account: RentAccount, last: date) -> None:
    """The account of a lease that follows another: the one before is billed to its last day, then deposit and what was paid ahead go
    over. Custody and money paid ahead stay the same sums in the books of the agency."""
    if before.from_on is not None:
        _end(before, last)
        touched(before, "until_on", "rebill_from")
        if RentBook.objects.filter(agency=before.agency_id).exists():
            bill_account(actor, before)  # a month paid in full leaves what is over to the lease that follows
    Deposit.objects.filter(account=before).update(account=account)
    account.advance_fen, before.advance_fen = before.advance_fen, 0
    before.save(update_fields=["advance_fen"])
    # nobody pays for the old lease by a slip of yesterday; what comes all the same is theirs and shown there
    PaymentOrder.objects.filter(account=before, state="open").update(state="cancelled")


def _close_swapped(actor: Actor, account: RentAccount, on: date, decided_by: object) -> None:
    """The settlement of a lease whose household changed its dwelling: closed at once where nothing is open, else it stays open and the
    swap is refused (``may_end``). Who carries the swap out settles, who decided it has confirmed."""
    if account.from_on is None or why_open(account):
        return
    now = timezone.now()
    Settlement.objects.create(
        account=account, handed_back_on=on, heard="调换住房，押金和预缴租金转入新合同", state="closed", made_by_id=actor.account_id, made_at=now,
        confirmed_by_id=decided_by if isinstance(decided_by, int) else None, confirmed_at=now, closed_on=on,
    )  # fmt: skip


def _begin(account: RentAccount, on: date) -> None:
    """Rent runs from the day the dwelling was handed over, never before the lease begins."""
    account.from_on = max(on, account.lease.starts_on)
    account.rebill_from = month_code(account.from_on)


def _end(account: RentAccount, on: date) -> None:
    """Rent runs to the day the dwelling was given back; bills from that month on are made again."""
    account.until_on = on
    first = (
        Bill.objects.filter(account=account, item__in=RULED_ITEMS)
        .order_by("-period")
        .values_list("period", flat=True)
        .first()
    )
    month = month_code(on)
    account.rebill_from = min(one for one in (account.rebill_from, month, first or month) if one)


def _top_up(actor: Actor, account: RentAccount, on: date, data: Mapping[str, object]) -> None:
    """The market's rent over the charged one for the months of a violation, as it was decided (11号令 §36)."""
    fen = _fen(data, "top_up_fen", 0)
    if fen <= 0:
        return
    months = data.get("months")
    text = f"违规期间市场租金补差 {months} 个月" if months else "违规期间市场租金补差"
    write_bill(actor, account, "market_top_up", fen, period=month_code(on), text=text)


def owed(lease: Lease) -> int:
    """What is open on a lease, in fen (``tenancy.hooks.OWED``)."""
    found = RentAccount.objects.filter(lease=lease).values_list("owed_fen", flat=True).first()
    return found or 0


def may_end(lease: Lease) -> str:
    """Why the settlement of a lease is still open; empty when nothing is (``tenancy.hooks.MAY_END``)."""
    account = RentAccount.objects.filter(lease=lease).first()
    if account is None or account.from_on is None:
        return ""
    if Settlement.objects.filter(account=account, state="closed").exists():
        return ""
    return f"租金：{why_open(account) or '退房结算还没有办结'}"


def months_owed(lease: Lease, on: date) -> int:
    """In how many months rent is owed (``tenancy.hooks.MONTHS_OWED``)."""
    return months_in_arrears(lease, on)
