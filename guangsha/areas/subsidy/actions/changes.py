"""A household changed, or a review found that it did: propose an amount, hear who is to lose, confirm by a second person.

Source: operations.md W2 (timing of changes), §3.3; 社会救助法 §48.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from guangsha.areas.subsidy.access import access_calculation
from guangsha.areas.subsidy.actions.agreements import grants, propose_amount, write_calculation
from guangsha.areas.subsidy.actions.base import (
    NotAllowed,
    confirmed_of,
    days_from_now,
    locked,
    need,
    said,
    tell_household,
    timing_of,
    today,
    touched,
    whole,
)
from guangsha.areas.subsidy.actions.clawbacks import claw_back
from guangsha.areas.subsidy.facts import HEARING_OUTCOMES
from guangsha.areas.subsidy.models import Agreement, Calculation, Entitlement, Hearing
from guangsha.areas.subsidy.rules import (
    CONFIRMERS,
    MAKERS,
    due_in,
    first_month,
    month_code,
    month_text,
    must_be_heard,
)
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.rules import yuan_text
from guangsha.policy.decision import Decision
from guangsha.policy.entitlement import Change
from guangsha.policy.household import Lease, Month
from guangsha.policy.programme import Outcome

#: What may be proposed on a signed agreement, and in which states of it.
PROPOSED_IN: Mapping[str, frozenset[str]] = {
    "change": frozenset({"active", "suspended"}),
    "review": frozenset({"active"}),
    "suspend": frozenset({"active"}),
    "resume": frozenset({"suspended"}),
    "end": frozenset({"active", "suspended"}),
}


@transaction.atomic
def propose_change(
    actor: Actor,
    number: str,
    version: int | None = None,
    *,
    kind: str = "change",
    happened_on: date,
    known_on: date,
    declared: bool = True,
    lapsed: bool = False,
    reason: str,
    rent_fen: int | None = None,
    stated: Mapping[str, int] | None = None,
    case_number: str = "",
    heard: str = "",
) -> Calculation:
    """Propose what an agreement pays from now on.

    ``change``, ``review`` and ``resume`` compute the amount anew with the register as it is today; ``suspend`` and ``end`` are 0. Who
    is to get less is told and asked first, unless ``heard`` says how they were heard already (in the case that decided it).

    Args:
        happened_on: the day of the event; known_on: of the declaration, or on which a check found it (``declared`` False).
        rent_fen: a new rent; the agreement takes it over when this is confirmed.

    Raises:
        NotAllowed: not in this state, not this person.
        InputError: known before it happened; another calculation is open.
    """
    agreement = locked(actor, number, version)
    need(actor, agreement, MAKERS | CONFIRMERS, "提出变更核定")
    words = said(reason, "理由")
    if kind not in PROPOSED_IN or agreement.state not in PROPOSED_IN[kind]:
        raise NotAllowed("协议现在的状态不能这样办理", where=number, advice="请刷新页面。")
    if known_on < happened_on or known_on > today():
        raise InputError(
            "得知日期应不早于发生日期、不晚于今天", where="日期", advice="请核对发生日期和得知日期。"
        )
    decision, kept, amount, ends = _proposed(agreement, kind, rent_fen, stated)
    before = agreement.amount_fen
    change = Change(happened_on, known_on, amount, ends=ends, declared=declared, lapsed=lapsed)
    start = first_month(change, before, timing_of(agreement.region, known_on))
    if kind == "suspend":
        start = month_code(Month.of(known_on).plus(1))
    ask = must_be_heard(before, amount, ends=ends) and not heard.strip()
    calculation = write_calculation(
        actor, agreement, decision, kept, kind=kind, from_month=start, happened_on=happened_on, known_on=known_on,
        reason=words, amount_fen=amount, declared=declared, lapsed=lapsed, ends=ends, case_number=case_number,
        state="hearing" if ask else "proposed",
    )  # fmt: skip
    if ask:
        _ask(agreement, calculation)
    elif heard.strip():
        Hearing.objects.create(
            calculation=calculation, told_at=timezone.now(), due_on=today(), said=heard.strip()[:300],
            heard_at=timezone.now(), heard_by_id=actor.account_id or None, outcome="agreed",
        )  # fmt: skip
    touched(agreement)
    record(
        actor,
        f"subsidy.calculation.{kind}",
        calculation,
        reason=words,
        after={
            "agreement": number, "before_fen": before, "amount_fen": amount, "from_month": start, "happened_on": happened_on,
            "known_on": known_on, "declared": declared, "state": calculation.state, "digest": calculation.digest,
        },
        agency_id=agreement.agency_id,
    )  # fmt: skip
    return calculation


def _proposed(
    agreement: Agreement, kind: str, rent_fen: int | None, stated: Mapping[str, int] | None
) -> tuple[Decision | None, dict[str, Any], int, bool]:
    """What is proposed: the decision with its data, the amount, and whether the household no longer qualifies.

    Raises:
        InputError: policy cannot say with what is known.
    """
    if kind not in ("change", "review", "resume"):
        return None, {}, 0, kind == "end"
    rent = agreement.rent_fen if rent_fen is None else rent_fen
    decision, kept = propose_amount(
        agreement.household, agreement.region, today(), Lease(rent, bool(agreement.lease_filing)), stated
    )
    if decision.outcome is Outcome.INCOMPLETE:
        raise InputError(
            f"资料不全，不能核定：{'、'.join(c.condition.title for c in decision.unknown) or '保障类别'}",
            where=agreement.number,
            advice="请补全家庭档案，或填写已核实的事实。",
        )
    ends = not grants(kept)
    return decision, {**kept, "rent_fen": rent}, 0 if ends else int(decision.amount_fen or 0), ends


def _ask(agreement: Agreement, calculation: Calculation) -> None:
    """Tell the household what is planned and until when it is heard."""
    due = days_from_now(whole("hearing_days", agreement.region, today()))
    Hearing.objects.create(calculation=calculation, told_at=timezone.now(), due_on=due)
    amount, before = calculation.amount_fen, calculation.before_fen
    what = "停止发放" if amount == 0 else f"调整为每月 {yuan_text(amount)}（现为 {yuan_text(before)}）"
    tell_household(
        agreement,
        f"hearing:{calculation.number}",
        "租赁补贴拟调整，请您说明",
        f"因“{calculation.reason}”，您家的租赁补贴拟自{month_text(calculation.from_month)}起{what}。有不同意见的，请在 {due:%Y年%-m月%-d日} 前说明；"
        "可以在网上填写，也可以到窗口。作出决定前不会减少。",
    )


def _open(
    actor: Actor, key: int, version: int | None, states: tuple[str, ...]
) -> tuple[Agreement, Calculation]:
    seen = access_calculation(actor, key)
    agreement = locked(actor, seen.agreement.number, version)
    calculation = Calculation.objects.select_for_update().get(pk=key)
    if calculation.state not in states:
        raise NotAllowed("这次核定已经办过了", where=agreement.number, advice="请刷新页面。")
    return agreement, calculation


@transaction.atomic
def hear(actor: Actor, key: int, *, text: str, outcome: str) -> Calculation:
    """What the household says to a reduction: written by itself on the portal, or noted by staff who heard it.

    Raises:
        NotAllowed: nothing is asked (any more).
        InputError: no answer.
    """
    agreement, calculation = _open(actor, key, None, ("hearing",))
    if outcome not in HEARING_OUTCOMES or outcome == "silent":
        raise InputError("请选择有没有不同意见", where="陈述意见", advice="请选择后提交。")
    words = said(text, "陈述意见", needed=outcome == "objected")
    if actor.kind == "staff":
        need(actor, agreement, MAKERS | CONFIRMERS, "记录陈述意见")
    elif actor.kind != "citizen":
        raise NotAllowed("请由家庭成员本人说明", where=agreement.number)
    _heard(calculation, words, outcome, actor.account_id or None)
    record(
        actor, "subsidy.hearing", calculation, after={"agreement": agreement.number, "outcome": outcome},
        agency_id=agreement.agency_id,
    )  # fmt: skip
    return calculation


def _heard(calculation: Calculation, words: str, outcome: str, account_id: int | None) -> None:
    hearing = calculation.hearing
    hearing.said, hearing.outcome = words, outcome
    hearing.heard_at, hearing.heard_by_id = timezone.now(), account_id
    hearing.save(update_fields=["said", "outcome", "heard_at", "heard_by"])
    calculation.state = "proposed"
    calculation.save(update_fields=["state"])


def close_hearings(now: datetime) -> int:
    """Households that were asked and let the time pass count as heard; a person still decides."""
    done = 0
    late = Hearing.objects.filter(
        calculation__state="hearing", due_on__lt=timezone.localdate(now)
    ).select_related("calculation__agreement")
    for hearing in late:
        with transaction.atomic():
            agreement = Agreement.objects.select_for_update().get(pk=hearing.calculation.agreement_id)
            calculation = Calculation.objects.select_for_update().get(pk=hearing.calculation_id)
            if calculation.state != "hearing":
                continue
            _heard(calculation, "", "silent", None)
            record(
                CLOCK, "subsidy.hearing.silent", calculation, after={"agreement": agreement.number},
                agency_id=agreement.agency_id,
            )  # fmt: skip
            done += 1
    return done


@transaction.atomic
def confirm(actor: Actor, key: int, version: int, *, note: str = "") -> Calculation:
    """A second person confirms a calculation: the agreement takes its amount, unpaid months are due anew, what was overpaid
    is asked back.

    Raises:
        NotAllowed: the same person who proposed it, the household is still being heard, nothing to grant.
        AgreementMoved: the agreement was changed since the page was opened.
    """
    agreement, calculation = _open(actor, key, version, ("proposed",))
    need(actor, agreement, CONFIRMERS, "复核补贴核定")
    if actor.kind != "staff":
        raise NotAllowed("补贴核定必须由人复核", where=agreement.number)
    if calculation.made_by_id == actor.account_id:
        raise NotAllowed("提出和复核不能是同一人", where=agreement.number, advice="请由另一位同事复核。")
    if calculation.kind == "first" and not grants(calculation.kept):
        raise NotAllowed(
            "按政策计算的建议不是“准予”，不能确认首次核定",
            where=agreement.number,
            advice="请看计算过程，补全或更正家庭档案后重新核定；确实不符合的，请撤销协议并重新办理原申请。",
        )
    calculation.state, calculation.note = "confirmed", said(note, "复核意见", needed=False)
    calculation.confirmed_by_id, calculation.confirmed_at = actor.account_id, timezone.now()
    calculation.save(update_fields=["state", "note", "confirmed_by", "confirmed_at"])
    before = {"state": agreement.state, "amount_fen": agreement.amount_fen}
    _take_over(agreement, calculation)
    made = spread(agreement, calculation) if calculation.kind != "first" else 0
    record(
        actor,
        "subsidy.calculation.confirm",
        calculation,
        reason=calculation.note,
        before=before,
        after={
            "agreement": agreement.number, "state": agreement.state, "amount_fen": agreement.amount_fen,
            "from_month": calculation.from_month, "claw_back_fen": made,
        },
        agency_id=agreement.agency_id,
    )  # fmt: skip
    if calculation.kind != "first":
        amount = calculation.amount_fen
        what = f"每月 {yuan_text(amount)}" if amount else "停止发放"
        tell_household(
            agreement,
            f"confirmed:{calculation.number}",
            "租赁补贴已调整",
            f"因“{calculation.reason}”，您家的租赁补贴自{month_text(calculation.from_month)}起{what}。对此不服的，可以要求复核，也可以依法申请行政复议"
            "（60 日内）或者提起行政诉讼（6 个月内）。",
        )
    return calculation


def _take_over(agreement: Agreement, calculation: Calculation) -> None:
    kept = calculation.kept
    agreement.amount_fen = calculation.amount_fen
    if calculation.household_type:
        agreement.household_type = calculation.household_type
    if "rent_fen" in kept:
        agreement.rent_fen = int(kept["rent_fen"])
    if calculation.kind == "resume" and calculation.amount_fen:
        agreement.state = "active"
    elif calculation.ends:
        agreement.state, agreement.ended_on = "terminated", calculation.happened_on
        agreement.end_reason = calculation.reason[:120]
    elif calculation.kind == "suspend":
        agreement.state = "suspended"
    touched(agreement, "amount_fen", "household_type", "rent_fen", "state", "ended_on", "end_reason")


def spread(agreement: Agreement, calculation: Calculation) -> int:
    """Make the months from the calculation's first one due by it, and ask back what was overpaid; the fen asked back.

    A month that is paid or on its way stays as it was; every other one is corrected where it stands, also in a batch that has not
    been sent (its controls then refuse it).
    """
    standing = confirmed_of(agreement)
    now = timezone.now()
    rows = (
        Entitlement.objects.select_for_update()
        .filter(agreement=agreement, month__gte=calculation.from_month)
        .exclude(payments__living=True, payments__item__state__in=("sent", "paid"))
    )
    for row in rows:
        due = due_in(row.month, standing)
        amount = due.amount_fen if due else 0
        if amount == row.amount_fen and row.state != "reversed":
            continue
        if amount:
            row.amount_fen, row.calculation_id = amount, due.pk if due else row.calculation_id
            row.state = "computed" if row.state == "reversed" else row.state
        else:
            row.state = "reversed"
        row.computed_at = now
        row.save(update_fields=["amount_fen", "calculation", "state", "computed_at"])
    return claw_back(agreement, calculation, standing)


@transaction.atomic
def drop(actor: Actor, key: int, version: int, *, reason: str) -> Calculation:
    """Not adopted: the agreement stays as it is. A dropped first calculation leaves a draft to be computed again.

    Raises:
        NotAllowed: decided already, or not this person.
    """
    agreement, calculation = _open(actor, key, version, ("proposed", "hearing"))
    need(actor, agreement, CONFIRMERS | MAKERS, "撤销核定")
    calculation.state, calculation.note = "dropped", said(reason, "理由")
    calculation.save(update_fields=["state", "note"])
    touched(agreement)
    record(
        actor, "subsidy.calculation.drop", calculation, reason=calculation.note,
        after={"agreement": agreement.number}, agency_id=agreement.agency_id,
    )  # fmt: skip
    if hasattr(calculation, "hearing"):
        tell_household(
            agreement, f"dropped:{calculation.number}", "租赁补贴不作调整", f"经核实，您家的租赁补贴不因“{calculation.reason}”调整。"
        )  # fmt: skip
    return calculation
