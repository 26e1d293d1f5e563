"""Open, sign, renew and end an agreement; each begins with an amount that policy computes and a second person confirms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.eligibility.families import family_of
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import Household, Membership, Person
from guangsha.areas.registry.rules import clean_bank_account
from guangsha.areas.subsidy.actions.base import (
    NotAllowed,
    choice,
    locked,
    need,
    new_number,
    next_calculation,
    said,
    tell_household,
    today,
    touched,
    whole,
)
from guangsha.areas.subsidy.models import Agreement, Calculation
from guangsha.areas.subsidy.rules import (
    CONFIRMERS,
    MAKERS,
    begins_in,
    ends_after,
    month_code,
    renewal_opens,
)
from guangsha.audit.actions import record, snapshot
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency
from guangsha.policy.decision import Decision, decide
from guangsha.policy.facts import FACT_KINDS
from guangsha.policy.household import Lease, Month, facts_of
from guangsha.policy.letter import worked_steps
from guangsha.policy.programme import Outcome
from guangsha.policy.programmes.rental_subsidy import RENTAL_SUBSIDY

KEPT = (
    "number", "state", "household", "payee", "bank_account", "bank_name", "rent_fen", "lease_filing", "starts_on", "ends_on",
    "amount_fen", "household_type",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement is opened with.

    Attributes:
        payee: who is paid; a member of the household (operations.md W2: a bank card of a non-member).
        rent_fen: the rent of the lease, a month.
        filing: the number under which the lease is filed; empty where it is not.
    """

    payee: Person
    bank_account: str
    bank_name: str
    rent_fen: int
    address: str
    filing: str = ""


def propose_amount(
    household: Household, region: str, on: date, lease: Lease, stated: Mapping[str, int] | None = None
) -> tuple[Decision, dict[str, Any]]:
    """What policy gives a household on a day, with everything it rests on as data.

    Args:
        stated: facts that the register does not hold and a member of staff has seen on paper (``policy.facts``); a fact that is
            known is never replaced.

    Raises:
        InputError: a stated fact is none, or known already.
    """
    facts = dict(facts_of(family_of(household, on, lease=lease), on))
    for name, value in (stated or {}).items():
        if name not in FACT_KINDS:
            raise InputError(f"没有“{name[:40]}”这项事实", where="补充核实", advice="请从列表中选择。")
        if facts.get(name) is not None:
            raise InputError(
                f"“{FACT_KINDS[name].title}”已有核实结果，不能另填",
                where="补充核实",
                advice="有误的请更正家庭档案。",
            )
        facts[name] = value
    decision = decide(facts, region, on, programme=RENTAL_SUBSIDY)
    return decision, {**decision.as_data(), "stated": sorted(stated or {}), "worked": worked_steps(decision)}


def write_calculation(
    actor: Actor,
    agreement: Agreement,
    decision: Decision | None,
    kept: Mapping[str, Any],
    *,
    kind: str,
    from_month: int,
    happened_on: date,
    known_on: date,
    reason: str,
    amount_fen: int | None = None,
    declared: bool = True,
    lapsed: bool = False,
    ends: bool = False,
    case_number: str = "",
    state: str = "proposed",
) -> Calculation:
    """The next calculation of an agreement that is locked; the caller records the act."""
    amount = amount_fen if amount_fen is not None else int(decision.amount_fen or 0) if decision else 0
    calculation = Calculation(
        agreement=agreement,
        number=next_calculation(agreement),
        kind=kind,
        from_month=from_month,
        amount_fen=amount,
        before_fen=agreement.amount_fen,
        ends=ends,
        household_type=decision.chosen.code if decision and decision.chosen else "",
        happened_on=happened_on,
        known_on=known_on,
        declared=declared,
        lapsed=lapsed,
        decision=cast(Any, dict(kept)),
        digest=str(kept.get("digest", "")),
        case_number=case_number,
        reason=reason,
        state=state,
        made_by_id=actor.account_id or None,
        made_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            calculation.save(force_insert=True)
    except IntegrityError as error:
        raise InputError(
            "这份协议还有一次核定没有办完", where=agreement.number, advice="请先复核或撤销那一次核定。"
        ) from error
    return calculation


def _terms_fault(household: Household, terms: Terms) -> None:
    living = Membership.objects.filter(household=household, person=terms.payee, ended_on=None)
    if not living.exists():
        raise InputError(
            "收款人不是该家庭的成员", where="收款人", advice="请使用申请人或共同居住家庭成员本人的银行卡。"
        )
    if terms.payee.died_on is not None:
        raise InputError("收款人已登记去世", where="收款人", advice="请由家庭成员重新申请。")
    if not 0 < terms.rent_fen <= 10_000_000:
        raise InputError("月租金应大于零且不超过十万元", where="月租金", advice="请按租赁合同填写。")


@transaction.atomic
def open_agreement(
    actor: Actor,
    household: Household,
    terms: Terms,
    *,
    agency: Agency,
    decided_on: date,
    case: Case | None = None,
    stated: Mapping[str, int] | None = None,
    follows: Agreement | None = None,
) -> Agreement:
    """Open an agreement with the amount that policy gives, for a second person to confirm.

    Raises:
        InputError: the payee is no member, no rent, or the household has a living agreement already.
        RuleMissing: the region has not set a parameter that is needed.
    """
    region = agency.region_code[:6]
    _terms_fault(household, terms)
    if follows is None:
        starts_on = begins_in(decided_on, choice("first_month", region, decided_on))
    else:
        starts_on = follows.ends_on + timedelta(days=1)
    agreement = Agreement(
        number=new_number("BT", region, decided_on),
        agency=agency,
        household=household,
        payee=terms.payee,
        bank_account=clean_bank_account(terms.bank_account),
        bank_name=terms.bank_name.strip()[:80],
        case=case,
        follows=follows,
        region=region,
        lease_filing=terms.filing.strip()[:40],
        lease_address=terms.address.strip()[:200],
        rent_fen=terms.rent_fen,
        starts_on=starts_on,
        ends_on=ends_after(starts_on, whole("agreement_months", region, decided_on)),
        state="draft",
        made_by_id=actor.account_id or None,
        made_at=timezone.now(),
    )
    need(actor, agreement, MAKERS, "建立补贴协议")
    try:
        with transaction.atomic():
            agreement.save(force_insert=True)
    except IntegrityError as error:
        raise InputError(
            "该家庭已有一份待签订或履行中的补贴协议",
            where=household.number,
            advice="家庭情况变化请在原协议上办理变更。",
        ) from error
    # as the file stands now: what was written down since the decision counts, also where it is dated later
    decision, kept = propose_amount(
        household, region, today(), Lease(terms.rent_fen, bool(terms.filing)), stated
    )
    write_calculation(
        actor, agreement, decision, kept, kind="first", from_month=month_code(Month.of(starts_on)),
        happened_on=decided_on, known_on=decided_on, reason="首次核定" if follows is None else "续签核定",
        case_number=case.number if case else "",
    )  # fmt: skip
    record(
        actor,
        "subsidy.agreement.open",
        agreement,
        after={
            **snapshot(agreement, *KEPT),
            "case": case.number if case else "",
            "stated": sorted(stated or {}),
        },
        agency_id=agency.pk,
    )
    return agreement


@transaction.atomic
def compute_again(
    actor: Actor, number: str, version: int, *, reason: str, stated: Mapping[str, int] | None = None
) -> Calculation:
    """Compute the first amount of a draft anew, after its file was completed or corrected; the earlier one is dropped.

    Raises:
        NotAllowed: the agreement is signed already (then it is a change).
    """
    agreement = locked(actor, number, version)
    need(actor, agreement, MAKERS, "重新核定")
    words = said(reason, "理由")
    if agreement.state != "draft":
        raise NotAllowed("协议已签订，不能重新首次核定", where=number, advice="请办理变更核定。")
    first = agreement.calculations.order_by("number").first()
    agreement.calculations.filter(state__in=("proposed", "confirmed")).update(state="dropped", note=words)
    on = first.known_on if first else today()
    decision, kept = propose_amount(
        agreement.household,
        agreement.region,
        on,
        Lease(agreement.rent_fen, bool(agreement.lease_filing)),
        stated,
    )
    agreement.amount_fen, agreement.household_type = 0, ""
    calculation = write_calculation(
        actor, agreement, decision, kept, kind="first", from_month=month_code(Month.of(agreement.starts_on)),
        happened_on=on, known_on=on, reason=words, case_number=agreement.case.number if agreement.case else "",
    )  # fmt: skip
    touched(agreement, "amount_fen", "household_type")
    record(
        actor,
        "subsidy.calculation.again",
        calculation,
        reason=words,
        after={"agreement": number, "amount_fen": calculation.amount_fen, "stated": sorted(stated or {})},
        agency_id=agreement.agency_id,
    )
    return calculation


@transaction.atomic
def sign_agreement(actor: Actor, number: str, version: int, *, signed_on: date) -> Agreement:
    """The household signed: from now on months become due.

    Raises:
        NotAllowed: the amount is not confirmed, or nothing is due.
        InputError: signed tomorrow, or before the case was decided.
    """
    agreement = locked(actor, number, version)
    need(actor, agreement, MAKERS | CONFIRMERS, "登记签约")
    if agreement.state != "draft":
        raise NotAllowed("这份协议不在待签订状态", where=number, advice="请刷新页面。")
    standing = agreement.calculations.filter(state="confirmed").order_by("-number").first()
    if standing is None or standing.amount_fen <= 0:
        raise NotAllowed(
            "补贴额还没有复核确认，或核定结果为零", where=number, advice="请先完成核定和复核，再签订协议。"
        )
    if not agreement.made_at.date() - timedelta(days=366) <= signed_on <= today():
        raise InputError("签订日期应在一年以内、不晚于今天", where="签订日期", advice="请核对日期。")
    agreement.state, agreement.signed_on = "active", signed_on
    touched(agreement, "state", "signed_on")
    record(
        actor, "subsidy.agreement.sign", agreement, before={"state": "draft"},
        after={"state": "active", "signed_on": signed_on}, agency_id=agreement.agency_id,
    )  # fmt: skip
    tell_household(
        agreement,
        "signed",
        "租赁补贴协议已生效",
        f"补贴协议 {number} 自 {agreement.starts_on:%Y年%-m月} 起按月发放。金额、批次和到账情况可在“我的补贴”查看。",
    )
    return agreement


@transaction.atomic
def renew_agreement(
    actor: Actor,
    number: str,
    version: int,
    *,
    rent_fen: int,
    filing: str,
    stated: Mapping[str, int] | None = None,
) -> Agreement:
    """Renew an agreement that ends soon (年审、续签): a new one that begins the day after, computed anew.

    Raises:
        NotAllowed: too early (parameter ``renewal_window_days``), or renewed already.
    """
    agreement = locked(actor, number, version)
    need(actor, agreement, MAKERS, "续签")
    opens = renewal_opens(agreement.ends_on, whole("renewal_window_days", agreement.region, today()))
    if agreement.state != "active" or today() < opens:
        raise NotAllowed(f"还不能续签，{opens:%Y年%-m月%-d日}起受理", where=number, advice="到期前再来办理。")
    if Agreement.objects.filter(follows=agreement).exists():
        raise NotAllowed("这份协议已经续签过", where=number, advice="请查看续签的协议。")
    # the old one keeps its months; a household has one living agreement, so it is expired from now on
    agreement.state = "expired"
    touched(agreement, "state")
    terms = Terms(
        agreement.payee,
        agreement.bank_account,
        agreement.bank_name,
        rent_fen,
        agreement.lease_address,
        filing,
    )
    return open_agreement(
        actor, agreement.household, terms, agency=agreement.agency, decided_on=today(), case=agreement.case,
        stated=stated, follows=agreement,
    )  # fmt: skip


@transaction.atomic
def change_account(
    actor: Actor, number: str, version: int, *, payee: Person, bank_account: str, bank_name: str, reason: str
) -> Agreement:
    """Another bank card, of a member of the household.

    Raises:
        InputError: the payee is no member, or the number of the card cannot be.
    """
    agreement = locked(actor, number, version)
    need(actor, agreement, MAKERS, "变更收款账户")
    words = said(reason, "理由")
    _terms_fault(
        agreement.household,
        Terms(payee, bank_account, bank_name, agreement.rent_fen, agreement.lease_address),
    )
    before = snapshot(agreement, "payee", "bank_account", "bank_name")
    agreement.payee, agreement.bank_account = payee, clean_bank_account(bank_account)
    agreement.bank_name = bank_name.strip()[:80]
    touched(agreement, "payee", "bank_account", "bank_account_index", "bank_name")
    record(
        actor, "subsidy.agreement.account", agreement, reason=words, before=before,
        after=snapshot(agreement, "payee", "bank_account", "bank_name"), agency_id=agreement.agency_id,
    )  # fmt: skip
    tell_household(
        agreement, f"account:{agreement.version}", "收款账户已变更", f"补贴协议 {number} 的收款账户已变更。不是您本人办理的，请马上联系我们。"
    )  # fmt: skip
    return agreement


@transaction.atomic
def end_agreement(actor: Actor, number: str, version: int, *, reason: str) -> Agreement:
    """Give up a draft: nothing was due under it. A living agreement ends by a calculation (``propose_change``).

    Raises:
        NotAllowed: it is signed.
    """
    agreement = locked(actor, number, version)
    need(actor, agreement, MAKERS, "撤销协议")
    words = said(reason, "理由")
    if agreement.state != "draft":
        raise NotAllowed("协议已签订，不能直接撤销", where=number, advice="请办理终止核定，先听取家庭意见。")
    agreement.calculations.filter(state__in=("proposed", "confirmed")).update(state="dropped", note=words)
    agreement.state, agreement.ended_on, agreement.end_reason = "terminated", today(), words[:120]
    touched(agreement, "state", "ended_on", "end_reason")
    record(
        actor, "subsidy.agreement.drop", agreement, reason=words, before={"state": "draft"},
        after={"state": "terminated"}, agency_id=agreement.agency_id,
    )  # fmt: skip
    return agreement


def grants(decision: Mapping[str, Any]) -> bool:
    """Whether a kept decision proposes to grant."""
    return decision.get("outcome") == Outcome.GRANT.name.lower()
