"""What every act on a batch shares: the locked batch, who may, parameters, accounts.

Order of locks: batch, entitlements and items, agreements and claw-backs, the month of the books, the chain of the log.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from guangsha.areas.registry.models import Membership
from guangsha.areas.subsidy.models import Batch, Entitlement, Item
from guangsha.areas.subsidy.payment_access import access_batch
from guangsha.areas.subsidy.payment_rules import ACCOUNT_PLAN, BATCH_EDGES, Accounts, four_eyes
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import TEXT_MAX, said_in_line
from guangsha.ledger.books import commit_budget, release_budget
from guangsha.ledger.models import Account, BudgetLine, Period
from guangsha.people.recusal import recused_indexes

#: A sentence of somebody, on one line as the books print it.
said = partial(said_in_line, most=TEXT_MAX)
#: What an entry of the books names as its object.
SOURCE = "subsidy.batch"


class PaymentRefused(InputError):
    """An act on a batch that is not done. ``reason_code`` is stable: ``state``, ``moved``, ``role``, ``four-eyes``, ``kin`` …"""

    code = "payment"

    def __init__(self, reason_code: str, message: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(message, where=where, advice=advice)
        self.reason_code = reason_code


def today() -> date:
    """Today in Beijing."""
    return timezone.localdate()


def need_roles(actor: Actor, agency_id: int, roles: frozenset[str], what: str) -> None:
    """Only staff who hold one of ``roles`` over the agency.

    Raises:
        PaymentRefused: somebody else.
    """
    if actor.kind != "staff" or actor.roles_at(agency_id).isdisjoint(roles):
        raise PaymentRefused("role", f"您的岗位不能{what}", advice="请由有此权限的同事办理。")


def locked(actor: Actor, number: str, version: int | None, act: str) -> Batch:
    """The batch, locked until the commit, where ``act`` may be done by this actor now.

    Args:
        version: of the page from which the act was asked; None where the act itself tells a repetition.

    Raises:
        NotThere: no such batch, or not this actor's to see.
        PaymentRefused: another state, another version, not one of those who do this.
    """
    seen = access_batch(actor, number)
    edge = BATCH_EDGES[act]
    need_roles(actor, seen.agency_id, edge.roles, edge.label)
    batch = Batch.objects.select_for_update(of=("self",)).select_related("agency", "fund").get(pk=seen.pk)
    if version is not None and batch.version != version:
        raise PaymentRefused("moved", "批次刚被别人办理过", where=number, advice="请刷新页面后再办。")
    need_state(batch, act)
    return batch


def need_state(batch: Batch, act: str) -> None:
    """That the batch stands where ``act`` may be done.

    Raises:
        PaymentRefused
    """
    edge = BATCH_EDGES[act]
    if batch.state not in edge.before:
        raise PaymentRefused(
            "state",
            f"批次{batch.get_state_display()}，不能{edge.label}",
            where=batch.number,
            advice="请刷新页面。",
        )


def need_other_people(actor: Actor, batch: Batch, *others: int | None) -> None:
    """Maker, checker and approver are three people, also where one stands in for another.

    Raises:
        PaymentRefused
    """
    holder = actor.acting_for(
        batch.agency_id,
        BATCH_EDGES["check"].roles | BATCH_EDGES["approve"].roles | BATCH_EDGES["cancel"].roles,
    )
    if not four_eyes({actor.account_id, holder} - {0}, *others):
        raise PaymentRefused(
            "four-eyes", "制单、复核、审批须由三个人办理", where=batch.number, advice="请由其他同事办理。"
        )


def kin_items(actor: Actor, batch: Batch) -> list[int]:
    """The payments of a batch that concern a relative of the actor (as payee or as a member of the household)."""
    kin = recused_indexes(actor.account_id)
    if not kin:
        return []
    live = Item.objects.filter(batch=batch).exclude(state="cancelled")
    near = Membership.objects.filter(person__identity_index__in=kin, ended_on=None).values("household_id")
    found = live.filter(payee__identity_index__in=kin) | live.filter(agreement__household__in=near)
    return sorted(set(found.values_list("seq", flat=True)))


def need_no_kin(actor: Actor, batch: Batch) -> None:
    """Nobody decides on the payment of a relative.

    Raises:
        PaymentRefused
    """
    seqs = kin_items(actor, batch)
    if seqs:
        shown = "、".join(str(seq) for seq in seqs[:5])
        raise PaymentRefused(
            "kin", f"第 {shown} 笔涉及您应当回避的人", where=batch.number, advice="请由其他同事办理本批次。"
        )


def moved(batch: Batch, *fields: str) -> None:
    """Save these columns and a new version."""
    batch.version += 1
    batch.save(update_fields=[*fields, "version"])


def recount(batch: Batch) -> None:
    """Number and sum of the payments that are not cancelled; the caller saves."""
    live = Item.objects.filter(batch=batch).exclude(state="cancelled")
    found = live.aggregate(count=Count("pk"), fen=Sum("amount_fen"))
    batch.count, batch.amount_fen = found["count"], found["fen"] or 0


def states_of(batch: Batch) -> dict[str, int]:
    """How many payments of a batch stand in which state."""
    return dict(Item.objects.filter(batch=batch).order_by().values_list("state").annotate(count=Count("pk")))


def follow_months(items: Any, state: str, before: tuple[str, ...]) -> int:
    """Entitlements of living payments follow what became of them; how many."""
    return Entitlement.objects.filter(
        payments__item__in=items, payments__living=True, state__in=before
    ).update(state=state)


def accounts_of(fund_id: int) -> Accounts:
    """The accounts of the programme in a fund.

    Raises:
        PaymentRefused: they are not open yet.
    """
    codes = {code: name for name, (code, _, _) in ACCOUNT_PLAN.items()}
    found = dict(
        Account.objects.filter(fund=fund_id, code__in=codes, closed_on=None).values_list("code", "pk")
    )
    if missing := [code for code in codes if code not in found]:
        raise PaymentRefused(
            "accounts",
            f"租赁补贴的会计科目 {'、'.join(missing)} 还没有开立",
            advice="请会计先办理“开立补贴科目”。",
        )
    return Accounts(**{codes[code]: pk for code, pk in found.items()})


def _line_day(line_id: int, day: date) -> date | None:
    """The day under which a change of a line is entered: today, of a line of a past year its last day; None where the books of that
    year are closed. What was kept on it has then lapsed with its year, and nothing is left to change."""
    year, agency = BudgetLine.objects.values_list("year", "agency_id").get(pk=line_id)
    if year >= day.year:
        return day
    last = date(year, 12, 31)
    is_open = Period.objects.filter(agency=agency, month=year * 100 + 12, closed=False).exists()
    return last if is_open else None


def keep(actor: Actor, line_id: int, fen: int, day: date, *, key: str, reason: str) -> None:
    """Keep a sum on a line; on one of a past year only while its books are open."""
    on = _line_day(line_id, day)
    if on is not None and fen:
        commit_budget(actor, line_id, fen, on, key=key, reason=reason)


def let_free(actor: Actor, line_id: int, fen: int, day: date, *, key: str, reason: str) -> None:
    """Give a sum that was kept back to its line; on one of a past year only while its books are open."""
    on = _line_day(line_id, day)
    if on is not None and fen:
        release_budget(actor, line_id, fen, on, key=key, reason=reason)
