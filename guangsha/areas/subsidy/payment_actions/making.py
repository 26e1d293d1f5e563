"""Make a batch (制单): of the months that are due and unpaid, or of payments that came back.

Source: operations.md §5.2 (month snapshot, compute, difference report, 经办), W2 (set-off needs written consent).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from guangsha.areas.intake.actions.numbers import next_number
from guangsha.areas.registry.models import Membership
from guangsha.areas.subsidy.bank_files import ROWS_MAX
from guangsha.areas.subsidy.facts import PROGRAMME
from guangsha.areas.subsidy.models import Agreement, Batch, Clawback, Entitlement, Item, ItemMonth
from guangsha.areas.subsidy.payment_actions import register
from guangsha.areas.subsidy.payment_actions.base import PaymentRefused, need_roles, today
from guangsha.areas.subsidy.payment_parameters import needed_number
from guangsha.areas.subsidy.payment_queries import controls_of
from guangsha.areas.subsidy.payment_rules import MAKERS, Control, set_off
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.ledger.models import BudgetLine
from guangsha.people.access import access_agency
from guangsha.people.models import Agency
from guangsha.people.recusal import recused_indexes

#: Payments of one statement.
CHUNK = 2000
#: The parameter that bounds what is kept back from one payment.
SET_OFF_SHARE = "set_off_share"


def _line(agency: Agency, budget_line_id: int, year: int) -> BudgetLine:
    line = BudgetLine.objects.select_related("fund").filter(pk=budget_line_id, agency=agency).first()
    if line is None or line.year != year:
        raise PaymentRefused("line", f"没有这条{year}年度预算指标", advice="请选择本机构本年度的指标。")
    return line


def _begin(actor: Actor, agency_id: int, month: int, kind: str, budget_line_id: int) -> Batch:
    need_roles(actor, agency_id, MAKERS, "制单")
    agency = access_agency(actor, agency_id)
    if not (200001 <= month <= 210012 and 1 <= month % 100 <= 12):
        raise PaymentRefused("month", "没有这个月份", advice="请更正月份。")
    line = _line(agency, budget_line_id, today().year)
    # one at a time in an agency: what two people make at once is never the same months
    Agency.objects.select_for_update(no_key=True).get(pk=agency_id)
    stem = f"B{month}-{agency.region_code[:6]}"
    number = f"{stem}-{next_number(f'subsidy:{stem}'):02d}"
    while register.has(
        number
    ):  # a database that was copied back counts from the copy on; the bank knows these numbers
        number = f"{stem}-{next_number(f'subsidy:{stem}'):02d}"
    return Batch(
        number=number, agency=agency, programme=PROGRAMME, month=month, kind=kind,
        fund=line.fund, budget_line=line, made_by_id=actor.account_id, made_at=timezone.now(),
    )  # fmt: skip


@transaction.atomic
def make_batch(
    actor: Actor, agency_id: int, month: int, budget_line_id: int, *, since: int | None = None
) -> Batch:
    """Make a batch of what is due for ``month`` and in no living payment; one payment for an agreement.

    Households from which the maker keeps away (回避) are left out: a colleague makes a batch of them.

    Args:
        since: the first month; earlier than ``month`` where a place pays by the quarter, or something was left behind.

    Raises:
        PaymentRefused: nothing is due, no such budget line, not the one who makes batches.
    """
    batch = _begin(
        actor, agency_id, month, "regular" if since in (None, month) else "supplement", budget_line_id
    )
    first = month if since is None else since
    if not 200001 <= first <= month:
        raise PaymentRefused("month", "起始月份晚于发放月份", advice="请更正月份。")
    due = Entitlement.objects.filter(
        agreement__agency=batch.agency,
        programme=PROGRAMME,
        month__gte=first,
        month__lte=month,
        state="computed",
    )
    list(due.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    # read again under the locks: whoever was first has taken theirs out
    free = due.exclude(payments__living=True)
    chosen, left_out = _without_kin(actor, free)
    rows: dict[int, list[Entitlement]] = defaultdict(list)
    for entitlement in chosen.order_by("agreement__number", "month"):
        if entitlement.agreement_id in rows or len(rows) < ROWS_MAX:
            rows[entitlement.agreement_id].append(entitlement)
    if not rows:
        raise PaymentRefused(
            "nothing",
            f"{first // 100}年{first % 100}月至{month // 100}年{month % 100}月没有待发的补贴"
            + (f"（另有 {left_out} 户须由其他同事制单）" if left_out else ""),
            advice="请先计算月度应发，或核对月份。",
        )
    batch.save(force_insert=True)
    _pay(batch, rows)
    return _made(actor, batch, left_out)


def _without_kin(actor: Actor, free: QuerySet[Entitlement]) -> tuple[QuerySet[Entitlement], int]:
    kin = recused_indexes(actor.account_id)
    if not kin:
        return free, 0
    near = Membership.objects.filter(person__identity_index__in=kin, ended_on=None).values("household_id")
    theirs = Q(household__in=near) | Q(agreement__payee__identity_index__in=kin)
    return free.exclude(theirs), free.filter(theirs).values("household").distinct().count()


def _pay(batch: Batch, rows: dict[int, list[Entitlement]]) -> None:
    kept = _set_offs(batch, {key: sum(e.amount_fen for e in due) for key, due in rows.items()})
    agreements = _agreements(rows)
    items: list[Item] = []
    months: list[ItemMonth] = []
    for seq, (key, due) in enumerate(rows.items(), start=1):
        agreement = agreements[key]
        gross = sum(entitlement.amount_fen for entitlement in due)
        item = _item(batch, seq, agreement, gross, kept.get(key, 0))
        items.append(item)
        months.extend(ItemMonth(item=item, entitlement=e, amount_fen=e.amount_fen) for e in due)
    Item.objects.bulk_create(items, batch_size=CHUNK)
    ItemMonth.objects.bulk_create(months, batch_size=CHUNK)


def _agreements(keys: Iterable[int]) -> dict[int, Agreement]:
    wanted = list(keys)
    found: dict[int, Agreement] = {}
    for start in range(0, len(wanted), CHUNK):
        part = Agreement.objects.select_related("payee").filter(pk__in=wanted[start : start + CHUNK])
        found.update((agreement.pk, agreement) for agreement in part)
    return found


def _item(batch: Batch, seq: int, agreement: Agreement, gross: int, kept: int) -> Item:
    return Item(
        batch=batch, seq=seq, agreement=agreement, payee=agreement.payee, payee_name=agreement.payee.name,
        identity_last4=agreement.payee.identity[-4:], bank_name=agreement.bank_name, account=agreement.bank_account,
        gross_fen=gross, set_off_fen=kept, amount_fen=gross - kept,
    )  # fmt: skip


def open_claims(agreement_ids: Collection[int]) -> list[tuple[int, int, int]]:
    """Claims that a household agreed to have kept back: (household, id, fen still open), oldest first."""
    found = (
        Clawback.objects.filter(state__in=("open", "partly"))
        .exclude(set_off_consent_on=None)
        .annotate(left=F("total_fen") - F("recovered_fen"))
        .order_by("agreement__household_id", "noticed_on", "pk")
        .values_list("agreement__household_id", "pk", "left")
    )
    households = {
        household
        for start in range(0, len(agreement_ids), CHUNK)
        for household in Agreement.objects.filter(
            pk__in=list(agreement_ids)[start : start + CHUNK]
        ).values_list("household_id", flat=True)
    }
    return [row for row in found if row[0] in households]


def _set_offs(batch: Batch, gross: dict[int, int]) -> dict[int, int]:
    """What is kept back, by agreement; what other batches that are not approved yet will keep back counts as gone."""
    claims: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for household, claim, left in open_claims(list(gross)):
        claims[household].append((claim, left))
    if not claims:
        return {}
    share = needed_number(SET_OFF_SHARE, batch.agency, today())
    planned = dict(
        Item.objects.filter(batch__state__in=("draft", "checked"), agreement__household__in=claims)
        .exclude(state="cancelled")
        .order_by()
        .values_list("agreement__household_id")
        .annotate(fen=Sum("set_off_fen"))
    )
    kept: dict[int, int] = {}
    homes = dict(
        Agreement.objects.filter(household__in=claims, pk__in=_known(gross, claims)).values_list(
            "pk", "household_id"
        )
    )
    for agreement, household in sorted(homes.items()):
        owed, taken = [], planned.get(household, 0)
        for claim, left in claims[household]:
            gone = min(taken, left)
            taken -= gone
            owed.append((claim, left - gone))
        parts = set_off(gross[agreement], owed, share)
        kept[agreement] = sum(fen for _, fen in parts)
        planned[household] = planned.get(household, 0) + kept[agreement]
    return kept


def _known(gross: dict[int, int], claims: Collection[int]) -> list[int]:
    of = Agreement.objects.filter(household__in=claims).values_list("pk", flat=True)
    return [pk for pk in of if pk in gross]


def _made(actor: Actor, batch: Batch, left_out: int) -> Batch:
    found = Item.objects.filter(batch=batch).aggregate(fen=Sum("amount_fen"))
    batch.count, batch.amount_fen = Item.objects.filter(batch=batch).count(), found["fen"] or 0
    controls = list(controls_of(batch, today()))
    if left_out:
        controls.append(Control("recused", "note", f"另有 {left_out} 户因回避没有列入，请由其他同事制单。"))
    batch.controls = [control.as_json() for control in controls]
    batch.save(update_fields=["count", "amount_fen", "controls"])
    record(
        actor, "subsidy.batch.make", batch,
        after={
            "number": batch.number, "kind": batch.kind, "month": batch.month, "count": batch.count,
            "amount_fen": batch.amount_fen, "budget_line": batch.budget_line_id,
            "controls": sorted({control.code for control in controls}),
        },
        agency_id=batch.agency_id,
    )  # fmt: skip
    return batch


@transaction.atomic
def make_reissue(
    actor: Actor, agency_id: int, budget_line_id: int, *, items: Sequence[int] = (), month: int | None = None
) -> Batch:
    """Make a batch of payments that came back: a new one for each, linked to the old, to the account that the agreement names now.

    Args:
        items: ids of the returned payments; none: all of the agency.

    Raises:
        PaymentRefused: nothing came back, or what is due has changed since.
    """
    day: date = today()
    batch = _begin(actor, agency_id, month or day.year * 100 + day.month, "reissue", budget_line_id)
    wanted = Item.objects.filter(batch__agency=batch.agency, state="returned", replaced_by=None)
    if items:
        wanted = wanted.filter(pk__in=list(items))
    kin = recused_indexes(actor.account_id)
    near = Membership.objects.filter(person__identity_index__in=kin, ended_on=None).values("household_id")
    if kin:
        wanted = wanted.exclude(payee__identity_index__in=kin).exclude(agreement__household__in=near)
    old = list(
        wanted.select_for_update(of=("self",)).select_related("agreement__payee").order_by("pk")[:ROWS_MAX]
    )
    if not old or (items and len(old) < len(set(items))):
        raise PaymentRefused(
            "nothing", "没有可重发的退回款，或其中有已办理的", advice="请刷新页面后重新选择。"
        )
    batch.save(force_insert=True)
    fresh = []
    for seq, item in enumerate(old, start=1):
        made = _item(batch, seq, item.agreement, item.gross_fen, item.set_off_fen)
        made.replaces = item
        fresh.append(made)
    Item.objects.bulk_create(fresh, batch_size=CHUNK)
    by_old = {item.replaces_id: item for item in fresh}
    months = list(ItemMonth.objects.filter(item__in=old, living=True))
    ItemMonth.objects.filter(pk__in=[one.pk for one in months]).update(living=False)
    ItemMonth.objects.bulk_create(
        [
            ItemMonth(item=by_old[one.item_id], entitlement_id=one.entitlement_id, amount_fen=one.amount_fen)
            for one in months
        ],
        batch_size=CHUNK,
    )
    Item.objects.filter(pk__in=[item.pk for item in old]).update(state="reissued")
    return _made(actor, batch, 0)
