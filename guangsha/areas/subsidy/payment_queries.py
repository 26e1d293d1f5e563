"""Reading payments: what the controls need, the difference to last month, the three-way reconciliation. A fixed number of queries
each, however many payments there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from guangsha.areas.registry.models import Membership
from guangsha.areas.subsidy.facts import LIVING
from guangsha.areas.subsidy.models import Agreement, Batch, Entitlement, Item, ItemMonth
from guangsha.areas.subsidy.payment_parameters import needed_number, whole_number
from guangsha.areas.subsidy.payment_rules import (
    BLOCK,
    Change,
    Control,
    Due,
    Measures,
    check_batch,
    compare,
    first_day,
    month_before,
)
from guangsha.ledger.facts import Reconciliation, StatementItem
from guangsha.ledger.models import Entry, Posting
from guangsha.ledger.rules import reconcile

#: Entitlements that a payment may pay: never paid, or paid in vain.
PAYABLE = ("computed", "returned")


def live_items(batch: Batch) -> QuerySet[Item]:
    """The payments of a batch that were not taken out or given up."""
    return Item.objects.filter(batch=batch).exclude(state="cancelled")


def controls_of(batch: Batch, on: date) -> tuple[Control, ...]:
    """Every control over a batch as things stand now.

    Raises:
        RuleMissing: the place has not set what an unusual change is.
    """
    items = live_items(batch)
    months = _months(items)
    dues = _dues(batch, items, months)
    measures = Measures(
        elsewhere=_elsewhere(batch, items, months),
        accounts_elsewhere=_accounts_elsewhere(items),
        available_fen=_available(batch, items),
        jump=needed_number("amount_jump_ratio", batch.agency, on),
        last_day=whole_number("year_end_approval_day", batch.agency, on),
    )
    return (*_stale(items, months), *check_batch(dues, measures, on=on))


def _months(items: QuerySet[Item]) -> dict[int, list[tuple[int, int, int, str]]]:
    """item → (month, fen of the payment for it, fen that is due, state of the entitlement)."""
    found: dict[int, list[tuple[int, int, int, str]]] = defaultdict(list)
    for item, month, fen, due, state in (
        ItemMonth.objects.filter(item__in=items, living=True)
        .order_by("entitlement__month")
        .values_list(
            "item_id", "entitlement__month", "amount_fen", "entitlement__amount_fen", "entitlement__state"
        )
    ):
        found[item].append((month, fen, due, state))
    return found


def _stale(items: QuerySet[Item], months: Mapping[int, list[tuple[int, int, int, str]]]) -> Iterable[Control]:
    off = []
    for pk, seq, gross in items.values_list("pk", "seq", "gross_fen"):
        rows = months.get(pk, [])
        fits = sum(fen for _, fen, _, _ in rows) == gross
        if not fits or any(fen != due or state not in PAYABLE for _, fen, due, state in rows):
            off.append(seq)
    if off:
        text = f"{len(off)} 笔的应发金额或状态在制单后有变化。请移出后重新制单。"
        yield Control("stale", BLOCK, text, tuple(sorted(off)))


def stale_items(batch: Batch) -> tuple[int, ...]:
    """The payments of a batch that no longer are what is due."""
    items = live_items(batch)
    return tuple(seq for control in _stale(items, _months(items)) for seq in control.items)


def _dues(batch: Batch, items: QuerySet[Item], months: Mapping[int, list[Any]]) -> list[Due]:
    households = items.values("agreement__household")
    members: dict[int, list[tuple[int, str, date | None]]] = defaultdict(list)
    first = first_day(batch.month)
    for household, person, key, died in (
        Membership.objects.filter(
            Q(ended_on=None) | Q(ended_on__gte=first), household__in=households, counted=True
        )
        .order_by("pk")
        .values_list("household_id", "person_id", "person__identity_index", "person__died_on")
    ):
        members[household].append((person, key or f"person:{person}", died))
    paid_months = {month for rows in months.values() for month, *_ in rows}
    amounts = {
        (household, month): fen
        for household, month, fen in Entitlement.objects.filter(
            household__in=households,
            programme=batch.programme,
            month__in={month_before(m) for m in paid_months},
        )
        .exclude(state="reversed")
        .values_list("household_id", "month", "amount_fen")
    }
    dues = []
    for pk, seq, household, payee, key, died, account, gross, fen in items.order_by("seq").values_list(
        "pk", "seq", "agreement__household_id", "payee_id", "payee__identity_index", "payee__died_on", "account_index",
        "gross_fen", "amount_fen",
    ):  # fmt: skip
        rows = months.get(pk) or [(batch.month, gross, gross, "")]
        others = [one for one in members[household] if one[0] != payee]
        latest, latest_fen, *_ = rows[-1]
        dues.append(
            Due(
                seq=seq, household=household,
                persons=tuple(dict.fromkeys((key or f"person:{payee}", *(one for _, one, _ in others)))),
                account=account, months=tuple(month for month, *_ in rows), gross_fen=gross, amount_fen=fen,
                latest_fen=latest_fen, before_fen=amounts.get((household, month_before(latest))), died_on=died,
                dead_members=sum(gone is not None and gone < first_day(latest) for _, _, gone in others),
                payee_is_member=any(one == payee for one, _, _ in members[household]),
            )
        )  # fmt: skip
    return dues


def _elsewhere(
    batch: Batch, items: QuerySet[Item], months: Mapping[int, list[Any]]
) -> dict[tuple[str, int], str]:
    """Who of the batch is paid for one of its months in another household's payment, whichever agency pays it."""
    households = items.values("agreement__household")
    ours = Membership.objects.filter(household__in=households, ended_on=None, counted=True)
    keys = ours.exclude(person__identity_index="").values("person__identity_index")
    others = (
        ItemMonth.objects.filter(
            living=True,
            entitlement__programme=batch.programme,
            entitlement__month__in={month for rows in months.values() for month, *_ in rows},
        )
        .exclude(item__batch=batch)
        .exclude(entitlement__household__in=households)
    )
    found: dict[tuple[str, int], str] = {}
    rows = list(
        others.filter(item__payee__identity_index__in=keys).values_list(
            "item__payee__identity_index", "entitlement__month", "item__batch__agency__name"
        )
    )
    rows += list(
        others.filter(
            entitlement__household__memberships__ended_on=None,
            entitlement__household__memberships__counted=True,
            entitlement__household__memberships__person__identity_index__in=keys,
        ).values_list(
            "entitlement__household__memberships__person__identity_index",
            "entitlement__month",
            "item__batch__agency__name",
        )
    )
    for key, month, where in rows:
        found[key, month] = where
    return found


def _accounts_elsewhere(items: QuerySet[Item]) -> dict[str, set[int]]:
    users: dict[str, set[int]] = defaultdict(set)
    for account, household in (
        Agreement.objects.filter(state__in=LIVING, bank_account_index__in=items.values("account_index"))
        .exclude(bank_account_index="")
        .values_list("bank_account_index", "household_id")
    ):
        users[account].add(household)
    return users


def _available(batch: Batch, items: QuerySet[Item]) -> int | None:
    """What the line of a batch can still bear; what a reissue takes over is kept on its line already."""
    line = batch.budget_line
    if line is None:
        return None
    kept = items.filter(replaces__batch__budget_line=line).aggregate(fen=Sum("replaces__amount_fen"))["fen"]
    return line.initial_fen + line.adjusted_fen - line.executed_fen - line.committed_fen + (kept or 0)


def difference(batch: Batch) -> Change:
    """The difference report (差异表): what the agency pays for the month in all its batches, and what was due for the month before,
    by household."""
    now = ItemMonth.objects.filter(
        item__batch__agency=batch.agency_id, entitlement__programme=batch.programme, entitlement__month=batch.month,
        living=True,
    ).values_list("entitlement__household_id", "amount_fen")  # fmt: skip
    before = (
        Entitlement.objects.filter(
            agreement__agency=batch.agency_id, programme=batch.programme, month=month_before(batch.month)
        )
        .exclude(state__in=("reversed", "held"))
        .values_list("household_id", "amount_fen")
    )
    return compare(dict(before), dict(now))


#: Who takes part in a reconciliation, as pages name them.
PARTIES = {"items": "发放明细", "bank": "银行回盘", "books": "账簿"}


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The three-way reconciliation of one batch: payments that were made, and those that came back."""

    paid: Reconciliation
    returned: Reconciliation

    @property
    def clean(self) -> bool:
        """Whether all three say the same of every payment."""
        return self.paid.clean and self.returned.clean

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            "clean": self.clean,
            **{
                name: {
                    "agreed": len(found.agreed),
                    "totals": found.totals,
                    "differences": [
                        {"key": d.key, "kind": d.kind, "party": d.party, "amounts": d.amounts}
                        for d in found.differences
                    ],
                }
                for name, found in (("paid", self.paid), ("returned", self.returned))
            },
        }


def entry_key(batch: Batch, seq: int, what: str) -> str:
    """Under what the books hold a payment (``paid``, ``returned``, ``back``, ``surrendered``): once for ever."""
    return f"subsidy:{batch.number}:{seq}:{what}"


def reconcile_batch(batch: Batch, answers: Mapping[int, tuple[str, int, date, str]]) -> Reconciled:
    """Payments, the bank's answers and the books, payment by payment (三方对账).

    Args:
        answers: what the return files say, read again: seq → (code, fen, day, serial).
    """
    paid: dict[str, list[StatementItem]] = {name: [] for name in PARTIES}
    back: dict[str, list[StatementItem]] = {name: [] for name in PARTIES}
    late = set()
    for seq, fen, state, serial, day, code in Item.objects.filter(batch=batch).values_list(
        "seq", "amount_fen", "state", "serial", "paid_on", "return_code"
    ):
        if state == "paid":
            paid["items"].append(StatementItem(str(seq), fen, day or batch_day(batch), serial))
        elif code:
            back["items"].append(StatementItem(str(seq), fen, day or batch_day(batch), serial))
            if answers.get(seq, ("",))[0] == "paid":
                late.add(seq)
    for seq, (code, fen, day, serial) in answers.items():
        side = paid if code == "paid" and seq not in late else back
        side["bank"].append(StatementItem(str(seq), fen, day, serial))
    for key, fen, day, number in _booked(batch, "paid"):
        paid["books"].append(StatementItem(key, fen, day, str(number)))
    for key, fen, day, number in _booked(batch, "returned"):
        back["books"].append(StatementItem(key, fen, day, str(number)))
    return Reconciled(reconcile(paid), reconcile(back))


def batch_day(batch: Batch) -> date:
    """The day on which a batch went to the bank, or was made."""
    return timezone.localdate(batch.sent_at or batch.made_at)


def _booked(batch: Batch, what: str) -> list[tuple[str, int, date, int]]:
    """seq, fen, day and number of the standing entries of one kind; one that was taken back is none."""
    prefix = f"subsidy:{batch.number}:"
    rows = (
        Posting.objects.filter(
            entry__agency=batch.agency_id,
            entry__key__startswith=prefix,
            entry__key__endswith=f":{what}",
            line=1,
            entry__reversed_by=None,
        )
        .order_by("entry_id")
        .values_list("entry__key", "amount_fen", "entry__date", "entry__number")
    )
    return [(key[len(prefix) : -len(what) - 1], fen, day, number) for key, fen, day, number in rows]


def entries_of(batch: Batch) -> list[dict[str, Any]]:
    """What was booked for a batch, by kind: how many entries, and how much they debit."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    rows = (
        Posting.objects.filter(
            entry__agency=batch.agency_id,
            entry__source_type="subsidy.batch",
            entry__source_id=str(batch.pk),
            line=1,
        )
        .order_by("entry_id")
        .values_list("entry__key", "entry__kind", "amount_fen")
    )
    for key, kind, fen in rows:
        found["reversal" if kind in ("reversal", "correction") else key.rsplit(":", 1)[1]][0] += 1
        found["reversal" if kind in ("reversal", "correction") else key.rsplit(":", 1)[1]][1] += abs(fen)
    return [{"what": what, "count": count, "fen": fen} for what, (count, fen) in found.items()]


def entry_of(batch: Batch, seq: int, what: str) -> Entry | None:
    """The entry of one payment, if it was booked."""
    found: Entry | None = Entry.objects.filter(
        agency=batch.agency_id, key=entry_key(batch, seq, what)
    ).first()
    return found
