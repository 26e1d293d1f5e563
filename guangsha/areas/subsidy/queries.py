"""What pages show of agreements: how an amount came about, what is due and paid month by month, what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from guangsha.areas.intake.queries import hindered_cases
from guangsha.areas.subsidy.access import agreements_of
from guangsha.areas.subsidy.actions.effects import EFFECT
from guangsha.areas.subsidy.models import (
    Agreement,
    Batch,
    Calculation,
    Clawback,
    Entitlement,
    Item,
    ItemMonth,
)
from guangsha.areas.subsidy.rules import CONFIRMERS, MAKERS, READERS, month_code, month_text
from guangsha.audit.actor import Actor
from guangsha.people.prepared import Asked, Prepared
from guangsha.policy.household import Month
from guangsha.policy.household_types import TYPE_BY_CODE

HOOKS_SHOWN = 50
#: A badge beyond this says nothing more, and counting further costs.
COUNT_MAX = 999


@dataclass(frozen=True, slots=True)
class Explained:
    """A calculation as a person reads it: the type, the steps with their numbers, what holds and what does not, what is missing,
    and the local documents that were used."""

    household_type: str
    outcome: str
    reason: str
    steps: tuple[tuple[str, str, str], ...]
    failed: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str, str], ...]
    stated: tuple[str, ...]


_OUTCOMES = {"grant": "建议准予", "refuse": "建议不予", "incomplete": "资料不全"}


def explained(calculation: Calculation) -> Explained | None:
    """How the amount came about; None where nothing was computed (a suspension, an end)."""
    kept = calculation.kept
    if not kept:
        return None
    chosen = kept.get("chosen")
    facts = {f["name"]: f for f in kept["facts"]}
    used = {p["title"]: (p["title"], p["value"], _source(p)) for p in kept["parameters"]}
    return Explained(
        household_type=TYPE_BY_CODE[chosen].name if chosen in TYPE_BY_CODE else "",
        outcome=_OUTCOMES.get(kept["outcome"], kept["outcome"]),
        reason=kept["reason"],
        steps=tuple((title, how, result) for title, how, result in kept.get("worked", ())),
        failed=tuple((c["title"], c["article"]) for c in kept["conditions"] if c["holds"] is False),
        unknown=tuple(c["title"] for c in kept["conditions"] if c["holds"] is None),
        missing=tuple((name, f["title"]) for name, f in facts.items() if f["value"] is None),
        sources=tuple(used.values()),
        stated=tuple(facts[name]["title"] for name in kept.get("stated", ()) if name in facts),
    )


def _source(parameter: Mapping[str, Any]) -> str:
    cited = parameter["citation"]
    return f"《{cited['document']}》（{cited['number']}）{cited['article']}"


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month of an agreement: due, in which batch, what became of it."""

    month: int
    due_fen: int
    state: str
    tone: str
    batch: str
    paid_on: date | None
    paid_fen: int
    set_off_fen: int
    note: str

    @property
    def text(self) -> str:
        return month_text(self.month)


_TONES = {"computed": "wait", "held": "ask", "paid": "good", "returned": "bad", "reversed": "quiet"}
_ITEM_WORDS = {
    "ready": "已列入批次",
    "sent": "已报盘",
    "paid": "已到账",
    "returned": "银行退回",
    "cancelled": "已作废",
    "reissued": "已重发",
}
_ITEM_TONES = {"ready": "wait", "sent": "wait", "paid": "good", "returned": "bad"}


def months_of_agreement(agreement: Agreement) -> list[MonthLine]:
    """Every month that became due, the latest first."""
    rows = list(Entitlement.objects.filter(agreement=agreement).order_by("-month"))
    payments = {
        one.entitlement_id: one
        for one in ItemMonth.objects.filter(
            entitlement__in=[row.pk for row in rows], living=True
        ).select_related("item__batch")
    }
    lines = []
    for row in rows:
        payment = payments.get(row.pk)
        item = payment.item if payment else None
        state = _ITEM_WORDS[item.state] if item else row.get_state_display()
        lines.append(
            MonthLine(
                row.month, row.amount_fen, state,
                _ITEM_TONES.get(item.state, "quiet") if item else _TONES[row.state],
                item.batch.number if item else "", item.paid_on if item else None,
                item.amount_fen if item and item.state == "paid" else 0, item.set_off_fen if item else 0,
                (item.return_text if item and item.state == "returned" else "") or row.held_reason,
            )
        )  # fmt: skip
    return lines


def what_next(agreement: Agreement, months: Sequence[MonthLine]) -> str:
    """One sentence on what happens next, for the household."""
    today = timezone.localdate()
    open_one = agreement.calculations.filter(state__in=("hearing", "proposed")).order_by("-number").first()
    if agreement.state == "draft":
        if open_one is not None and open_one.kind == "first":
            return "补贴额正在核定，核定后通知您签订协议。"
        return "请到窗口签订补贴协议，签订后按月发放。"
    if open_one is not None and open_one.state == "hearing":
        return f"拟调整您家的补贴，请在 {open_one.hearing.due_on:%Y年%-m月%-d日} 前说明意见。"
    if agreement.state == "suspended":
        return "补贴已暂停。情况恢复后可以申请“停发后恢复”。"
    if agreement.state == "expired":
        return "协议已到期。仍符合条件的，请办理续签，续签后次月起发放。"
    if agreement.state == "terminated":
        return f"协议已终止：{agreement.end_reason or '不再符合条件'}。"
    if any(line.tone == "bad" for line in months):
        return "有一笔补贴被银行退回，请核对收款账户；更正后会重新发放。"
    if any(line.tone == "wait" and line.batch for line in months):
        return "本期补贴已列入发放批次，到账后会通知您。"
    coming = month_code(Month.of(max(today, agreement.starts_on)))
    if any(line.month >= coming for line in months):
        return f"{month_text(coming)}的补贴已计算，等待发放；协议到 {agreement.ends_on:%Y年%-m月%-d日} 为止。"
    return f"{month_text(coming)}的补贴将在月初计算；协议到 {agreement.ends_on:%Y年%-m月%-d日} 为止。"


def listed(actor: Actor, scope: str, text: str) -> QuerySet[Agreement]:
    """The agreements of a list: ``todo`` (something waits for staff), ``active``, ``ending``, ``all``."""
    waiting = Calculation.objects.filter(agreement=OuterRef("pk"), state__in=("proposed", "hearing"))
    rows = (
        agreements_of(actor)
        .select_related("household", "household__head", "household__community", "payee")
        .annotate(open=Exists(waiting))
    )
    if text:
        rows = rows.filter(Q(number=text) | Q(household__number=text) | Q(payee__name=text))
    today = timezone.localdate()
    if scope == "todo":
        rows = rows.filter(Q(open=True) | Q(state="draft"))
    elif scope == "active":
        rows = rows.filter(state="active")
    elif scope == "ending":
        rows = rows.filter(
            state="active", ends_on__gte=today, ends_on__lte=date.fromordinal(today.toordinal() + 30)
        )
    return rows.order_by("-pk")


def tally(actor: Actor) -> dict[str, int]:
    """How many agreements are in each state."""
    found = agreements_of(actor).order_by().values("state").annotate(count=Count("pk"))
    return {row["state"]: row["count"] for row in found}


_TO_CONFIRM = Prepared(
    lambda reach, account: (
        Calculation.objects.filter(state="proposed", agreement__agency_id__in=reach)
        .exclude(made_by_id=account)
        .order_by()
        .values_list("id")[:COUNT_MAX]
    )
)


def waiting_to_confirm(actor: Actor) -> int | Asked:
    """How many calculations this actor could confirm now."""
    return _TO_CONFIRM.asks(actor.reach(CONFIRMERS), actor.account_id) if actor.has(*CONFIRMERS) else 0


def hindered(actor: Actor) -> list[tuple[str, str, str]]:
    """Decided cases that could not become an agreement or a calculation: number, who, why."""
    if not actor.has(*(MAKERS | CONFIRMERS)):
        return []
    waiting = hindered_cases((EFFECT,), actor.reach(READERS), HOOKS_SHOWN)
    return [(hook.case.number, hook.case.label, hook.hindrance) for hook in waiting]


def clawbacks_of(agreement: Agreement) -> list[Clawback]:
    """What is asked back, the latest first."""
    return list(agreement.clawbacks.prefetch_related("recoveries").order_by("-pk"))


def calculations_of(agreement: Agreement) -> list[Calculation]:
    """Every calculation, the latest first, with who made and confirmed it and what the household said."""
    return list(
        agreement.calculations.select_related("made_by", "confirmed_by", "hearing").order_by("-number")
    )


def payments_of(agreement: Agreement) -> list[Item]:
    """Every payment, the latest first."""
    return list(
        Item.objects.filter(agreement=agreement).select_related("batch").order_by("-batch_id", "-seq")
    )


def batch_outcome(batch: Batch) -> Mapping[str, int]:
    """What became of the payments of a batch: how many, and fen; one query."""
    sums = Item.objects.filter(batch=batch).aggregate(
        paid=Count("pk", filter=Q(state="paid")), paid_fen=Sum("amount_fen", filter=Q(state="paid")),
        returned=Count("pk", filter=Q(state__in=("returned", "reissued"))),
        returned_fen=Sum("amount_fen", filter=Q(state__in=("returned", "reissued"))),
    )  # fmt: skip
    return {name: found or 0 for name, found in sums.items()}


def newest_agreements(actor: Actor, most: int = 3) -> list[Agreement]:
    """The newest agreements of somebody's household, for a page that leads to them."""
    return list(agreements_of(actor).order_by("-starts_on", "-pk")[:most]) if actor.person_id else []
