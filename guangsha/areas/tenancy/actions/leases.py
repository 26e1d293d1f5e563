"""Open, sign, hand over, renew, hand back and settle a lease. Source: 公共租赁住房管理办法 §16–§18, §30; operations.md W4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.allocation.actions.waitlist import back_in_line
from guangsha.areas.allocation.models import Registration
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import Household, Person
from guangsha.areas.stock.actions import move
from guangsha.areas.stock.models import Dwelling
from guangsha.areas.tenancy import hooks
from guangsha.areas.tenancy.actions.base import (
    NotAllowed,
    close_occupants,
    keep_act,
    locked,
    need,
    new_number,
    said,
    set_state,
    tell_household,
    today,
    touched,
    whole,
)
from guangsha.areas.tenancy.actions.handovers import waitlist_entry
from guangsha.areas.tenancy.facts import PAY_CYCLES
from guangsha.areas.tenancy.models import Lease, Occupant, SignRequest
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.rules import LEASERS, check_limit, renewal_opens, term_ends
from guangsha.areas.tenancy.signing import current_signer
from guangsha.areas.tenancy.terms import contract_digest, rent_of
from guangsha.audit.actions import snapshot
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.rules import yuan_text
from guangsha.people.models import Agency

KEPT = (
    "number", "state", "household", "tenant", "dwelling", "household_type", "rent_fen", "market_fen", "deposit_fen", "starts_on",
    "ends_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What a lease is opened with: the household, who signs, the dwelling, and from when.

    Attributes:
        months: None for the usual term of the place.
        ends_on: where a term goes on, its last day in place of ``months``.
        arrears_months, idle_months: the contract's own, where it is stricter than the place.
    """

    household: Household
    tenant: Person
    dwelling: Dwelling
    agency: Agency
    starts_on: date
    months: int | None = None
    pay_cycle: str = "month"
    case: Case | None = None
    arrears_months: int | None = None
    idle_months: int | None = None
    ends_on: date | None = None


@transaction.atomic
def open_lease(
    actor: Actor, registration: Registration, *, starts_on: date | None = None, pay_cycle: str = "month"
) -> Lease:
    """The lease of a signed choice (选房确认): the household of the registration, the dwelling that it signed for.

    Raises:
        InputError: the choice is not signed, or has its lease already.
    """
    if registration.session_state != "signed" or registration.dwelling is None:
        raise InputError("这户还没有签字确认选房", where=registration.entry_no, advice="请先办理选房签字。")
    plan = Plan(
        registration.household, registration.applicant, registration.dwelling, registration.plan.agency,
        starts_on or today(), pay_cycle=pay_cycle, case=registration.case,
    )  # fmt: skip
    return draft_lease(actor, plan, registration=registration)


@transaction.atomic
def open_relet(actor: Actor, plan: Plan) -> Lease:
    """The lease of a dwelling that stands vacant (空置房再出租、调换): it is taken at once, so that nobody else gets it."""
    lease = draft_lease(actor, plan)
    move(
        actor, plan.dwelling.pk, "chosen", on=today(), reason="拟签订租赁合同", expected=frozenset({"vacant"}),
        source_type="tenancy.lease", source_id=lease.number,
    )  # fmt: skip
    return lease


def draft_lease(
    actor: Actor, plan: Plan, *, registration: Registration | None = None, follows: Lease | None = None
) -> Lease:
    """A contract that is not signed yet, with its rent as policy gives it today.

    Args:
        follows: the lease that it takes the place of (renewed, swapped): its deposit goes over, nothing is paid twice.

    Raises:
        InputError: policy does not give a rent, the term is not one, the household or the dwelling has a contract.
    """
    region = plan.agency.region_code[:6]
    if plan.pay_cycle not in PAY_CYCLES:
        raise InputError("没有这种缴租周期", where="缴租周期", advice="请选择按月或按季。")
    if plan.tenant.died_on is not None:
        raise InputError("承租人已登记去世", where="承租人", advice="请由共同居住人办理。")
    rent = rent_of(plan.household, plan.dwelling.area_m2, region, today())
    if rent.over_income and follows is None:
        raise InputError(
            "家庭收入超过各档标准，不能新签合同", where=plan.household.number, advice="请先复核资格。"
        )
    months = whole("lease_months", region, today()) if plan.months is None else plan.months
    _check_limits(region, plan.arrears_months, plan.idle_months)
    lease = Lease(
        number=new_number("HT", region, today()), agency=plan.agency, household=plan.household, tenant=plan.tenant,
        dwelling=plan.dwelling, registration=registration, follows=follows, case=plan.case, region=region,
        household_type=rent.household_type, area_m2=plan.dwelling.area_m2, market_fen=rent.market_fen,
        rent_fen=rent.rent_fen, rent_decision=cast(Any, dict(rent.kept)),
        deposit_fen=follows.deposit_fen if follows else whole("lease_deposit", region, today()),
        pay_cycle=plan.pay_cycle, arrears_months=plan.arrears_months, idle_months=plan.idle_months, starts_on=plan.starts_on,
        ends_on=plan.ends_on or term_ends(plan.starts_on, months, whole("lease_months_max", region, today())),
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    need(actor, lease, LEASERS, "建立租赁合同")
    try:
        with transaction.atomic():
            lease.save(force_insert=True)
    except IntegrityError as error:
        raise InputError(
            "该家庭或该房屋已有一份租赁合同",
            where=lease.household.number,
            advice="请查看原合同；调换住房的先办理调换。",
        ) from error
    keep_act(actor, lease, "lease.open", lease, after=snapshot(lease, *KEPT))
    return lease


@transaction.atomic
def recompute_rent(actor: Actor, number: str, version: int) -> Lease:
    """Compute the rent of a lease that is not signed anew, after its file was completed or corrected."""
    lease = locked(actor, number, version)
    need(actor, lease, LEASERS, "核定租金")
    _pending(lease)
    before = {"rent_fen": lease.rent_fen, "household_type": lease.household_type}
    rent = rent_of(lease.household, lease.area_m2, lease.region, today())
    lease.household_type, lease.market_fen, lease.rent_fen = (
        rent.household_type,
        rent.market_fen,
        rent.rent_fen,
    )
    lease.rent_decision = cast(Any, dict(rent.kept))
    touched(lease, "household_type", "market_fen", "rent_fen", "rent_decision")
    keep_act(actor, lease, "lease.recompute", lease, before=before, after={"rent_fen": lease.rent_fen})
    return lease


def _check_limits(region: str, arrears_months: int | None, idle_months: int | None) -> None:
    for key, agreed, where in (
        ("arrears_months", arrears_months, "累计欠租月数"),
        ("idle_months", idle_months, "连续闲置月数"),
    ):
        if agreed is not None:
            check_limit(agreed, whole(key, region, today()), where)


@transaction.atomic
def agree_limits(
    actor: Actor, number: str, version: int, *, arrears_months: int | None, idle_months: int | None
) -> Lease:
    """Write the contract's own months of arrears and of standing idle into a contract that is not signed; None: the place's.

    Raises:
        InputError: laxer than the place.
    """
    lease = locked(actor, number, version)
    need(actor, lease, LEASERS, "约定合同条款")
    _pending(lease)
    _check_limits(lease.region, arrears_months, idle_months)
    before = {"arrears_months": lease.arrears_months, "idle_months": lease.idle_months}
    lease.arrears_months, lease.idle_months = arrears_months, idle_months
    touched(lease, *before)
    keep_act(
        actor,
        lease,
        "lease.agree_limits",
        lease,
        before=before,
        after={"arrears_months": arrears_months, "idle_months": idle_months},
    )
    return lease


def _pending(lease: Lease) -> None:
    if lease.state != "pending_sign":
        raise NotAllowed("合同已签订", where=lease.number, advice="请刷新页面。")


@transaction.atomic
def ask_signature(actor: Actor, number: str, version: int) -> SignRequest:
    """Hand the contract to the service of electronic signatures; the household signs on its phone.

    Raises:
        NotAllowed: no service is connected, or one was asked already.
    """
    lease = locked(actor, number, version)
    need(actor, lease, LEASERS, "发起电子签名")
    _pending(lease)
    signer = current_signer()
    if not signer.available:
        raise NotAllowed("本单位没有接入电子签名服务", where=number, advice="请打印合同，纸质签字后登记。")
    if lease.sign_requests.filter(state="asked").exists():
        raise NotAllowed("已发起过签名", where=number, advice="请等待签名结果。")
    digest = contract_digest(lease)
    asked = SignRequest.objects.create(
        lease=lease, way="electronic", reference=signer.ask(number, digest, lease.tenant.name), digest=digest,
        asked_by_id=actor.account_id or None, asked_at=timezone.now(),
    )  # fmt: skip
    touched(lease)
    keep_act(
        actor, lease, "lease.ask_signature", asked, after={"reference": asked.reference, "digest": digest}
    )
    return asked


@transaction.atomic
def sign_lease(actor: Actor, number: str, version: int, *, signed_on: date, way: str = "paper") -> Lease:
    """Both parties have signed: on paper (the scan is kept with :func:`add_evidence`), or by the service that was asked.

    Raises:
        NotAllowed: the service says that nobody has signed, or it was another text.
    """
    lease = locked(actor, number, version)
    need(actor, lease, LEASERS, "登记签约")
    _pending(lease)
    if not lease.made_at.date() - timedelta(days=31) <= signed_on <= today():
        raise InputError("签订日期不对", where="签订日期", advice="应是建立合同以后、今天以前的一天。")
    _not_of_swap(lease, "签约")
    digest = take_signature(actor, lease, way)
    lease.signed_on = signed_on
    keep = {"signed_on": signed_on, "way": way, "digest": digest}
    if lease.follows is None:
        begin(actor, lease)
    else:
        touched(lease, "signed_on")
        if lease.starts_on <= today():
            _take_over(actor, lease)
    keep_act(actor, lease, "lease.sign", lease, after=keep)
    tell_household(
        lease, "signed", "租赁合同已签订",
        f"合同 {number} 已签订，每月租金 {yuan_text(lease.rent_fen)}，押金 {yuan_text(lease.deposit_fen)}。"
        + ("请按约定时间办理入住交接。" if lease.handed_over_on is None else "您家照常居住。"),
    )  # fmt: skip
    return lease


def take_signature(actor: Actor, lease: Lease, way: str) -> str:
    """What was signed, and how; the SM3 of the text.

    Raises:
        NotAllowed: the service says that nobody has signed, or it was another text.
    """
    digest = contract_digest(lease)
    if way == "electronic":
        asked = lease.sign_requests.select_for_update().filter(state="asked", way="electronic").first()
        if asked is None or asked.digest != digest:
            raise NotAllowed("合同内容已变化或还没有发起签名", where=lease.number, advice="请重新发起签名。")
        if (outcome := current_signer().outcome(asked.reference)) != "signed":
            raise NotAllowed(
                "承租人还没有签名" if outcome == "asked" else "承租人没有同意签名", where=lease.number
            )
        asked.state, asked.done_at = "signed", timezone.now()
        asked.save(update_fields=["state", "done_at"])
    else:
        lease.sign_requests.filter(state="asked").update(state="refused", done_at=timezone.now())
        SignRequest.objects.create(
            lease=lease, way="paper", digest=digest, state="signed", asked_by_id=actor.account_id or None,
            asked_at=timezone.now(), done_at=timezone.now(),
        )  # fmt: skip
    return digest


def _not_of_swap(lease: Lease, what: str) -> None:
    if lease.is_of_swap:
        raise NotAllowed(
            f"这是调换住房的新合同，不单独办理{what}",
            where=lease.number,
            advice="请在调换里办理交接，或者撤回调换。",
        )


def begin(actor: Actor, lease: Lease) -> None:
    """The lease begins, and every room hears that it was signed.

    Raises:
        InputError: the household or the dwelling has another one that lasts.
    """
    try:
        with transaction.atomic():
            set_state(lease, "active", "signed_on")
    except IntegrityError as error:
        raise InputError(
            "该家庭或该房屋还有一份履行中的合同", where=lease.number, advice="请先办完原合同。"
        ) from error
    hooks.tell_event(
        actor, lease, "signed", lease.starts_on, {"follows": lease.follows.number if lease.follows else ""}
    )


def _take_over(actor: Actor, lease: Lease) -> None:
    """The renewed lease takes the place of the one before: people and credentials move, the old one ends as renewed."""
    old = Lease.objects.select_for_update().get(pk=lease.follows_id or 0)
    before = old.handed_over_on
    old.end_reason, old.ended_on = "renewed", lease.starts_on - timedelta(days=1)
    set_state(old, "ended", "end_reason", "ended_on")
    hooks.tell_event(actor, old, "ended", old.ended_on, {"reason": "renewed", "followed_by": lease.number})
    AccessGrant.objects.filter(lease=old, state="active").update(lease=lease)
    people = list(old.occupants.filter(until=None).values_list("person_id", flat=True))
    close_occupants(old, old.ended_on, "续租换签")
    Occupant.objects.bulk_create(
        Occupant(lease=lease, person_id=key, since=lease.starts_on) for key in people
    )
    begin(actor, lease)
    if before is not None:
        lease.handed_over_on = lease.starts_on
        touched(lease, "handed_over_on")
        hooks.tell_event(actor, lease, "handed_over", lease.starts_on, {"follows": old.number})


def begin_renewed(now: datetime) -> int:
    """Signed renewals whose first day has come take the place of the lease before them."""
    done = 0
    day = timezone.localdate(now)
    due = (
        Lease.objects.filter(state="pending_sign", starts_on__lte=day)
        .exclude(signed_on=None)
        .exclude(follows=None)
    )
    for number in list(due.order_by("pk").values_list("number", flat=True)[:500]):
        with transaction.atomic():
            lease = locked(CLOCK, number)
            if lease.state == "pending_sign" and lease.follows is not None:
                _take_over(CLOCK, lease)
                keep_act(CLOCK, lease, "lease.begin", lease)
                done += 1
    return done


@transaction.atomic
def give_up(
    actor: Actor, number: str, version: int, *, reason: str, dwelling_at_fault: bool = False
) -> Lease:
    """A contract that is not signed is given up; the dwelling is free again (a renewal's stays let).

    Args:
        dwelling_at_fault: it came to nothing without the household's fault: it waits again in its old place.
    """
    lease = locked(actor, number, version)
    need(actor, lease, LEASERS, "撤销合同")
    words = said(reason, "理由")
    _pending(lease)
    _not_of_swap(lease, "放弃")
    before = {"state": lease.state, "follows": lease.follows.number if lease.follows else ""}
    renews = lease.follows is not None
    drop_draft(lease)
    if not renews:
        move(
            actor, lease.dwelling_id, "vacant", on=today(), reason=f"放弃签约：{words}"[:200],
            expected=frozenset({"chosen"}), source_type="tenancy.lease", source_id=number,
        )  # fmt: skip
        if (
            dwelling_at_fault
            and lease.registration_id
            and (entry := waitlist_entry(lease, ("chosen",))) is not None
        ):
            back_in_line(actor, entry, reason=f"未签约：{words}"[:200])
    keep_act(actor, lease, "lease.give_up", lease, reason=words, before=before)
    return lease


def drop_draft(lease: Lease) -> None:
    """A contract that nobody signed ends; it follows none, so that another one may be made in its place."""
    lease.ended_on, lease.end_reason, lease.follows = today(), "given_up", None
    set_state(lease, "ended", "ended_on", "end_reason", "follows")


@transaction.atomic
def ask_renewal(
    actor: Actor, number: str, version: int | None = None, *, asked_on: date | None = None
) -> Lease:
    """The tenant asks for another term; the household is checked again before it gets one (11号令 §30).

    Raises:
        NotAllowed: too early (parameter ``renewal_months``), or asked already.
    """
    lease = locked(actor, number, version)
    if actor.kind == "staff":
        need(actor, lease, LEASERS, "登记续租申请")
    opens = renewal_opens(lease.ends_on, 2 * whole("renewal_months", lease.region, today()))
    if lease.state != "active" or lease.handed_over_on is None:
        raise NotAllowed("这份合同现在不能申请续租", where=number, advice="请查看合同状态。")
    if today() < opens:
        raise NotAllowed(
            f"还不能申请续租，{opens:%Y年%-m月%-d日}起受理", where=number, advice="到时再来办理。"
        )
    lease.renewal_asked_on = asked_on or today()
    set_state(lease, "renewing", "renewal_asked_on")
    keep_act(actor, lease, "lease.ask_renewal", lease, after={"asked_on": lease.renewal_asked_on})
    return lease


@transaction.atomic
def renew(actor: Actor, number: str, version: int, *, months: int | None = None) -> Lease:
    """Make the next contract of a household that was checked again: tier and rent computed anew, from the day after the end.

    Raises:
        InputError: its income is above the line: that is decided by people (``exits``), after it was heard.
    """
    lease = locked(actor, number, version)
    need(actor, lease, LEASERS, "续签合同")
    if lease.state != "renewing":
        raise NotAllowed("承租人还没有申请续租", where=number, advice="请先登记续租申请。")
    plan = Plan(
        lease.household, lease.tenant, lease.dwelling, lease.agency, lease.ends_on + timedelta(days=1), months,
        lease.pay_cycle, lease.case, lease.arrears_months, lease.idle_months,
    )  # fmt: skip
    rent = rent_of(lease.household, lease.area_m2, lease.region, today())
    if rent.over_income:
        raise InputError(
            "家庭收入超过标准，不能直接续签",
            where=number,
            advice="请在“腾退”中以“收入超过规定标准”立案，听取意见后决定。",
        )
    follower = draft_lease(actor, plan, follows=lease)
    touched(lease)
    keep_act(actor, lease, "lease.renew", lease, after={"followed_by": follower.number})
    return follower
