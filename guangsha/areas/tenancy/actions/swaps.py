"""Swaps: asked for, a dwelling or a partner chosen, agreed to by every household, decided by another person, handed over in one act.

Both ends stand or fall together: the old leases end as settled, deposits and money paid ahead go over, the new leases run for the rest
of the term from the day of the hand-over, keys and meters change hands. Whatever is refused on the way undoes all of it.
Source: 公共租赁住房管理办法 §27; operations.md W4, §5.1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.stock.actions import move
from guangsha.areas.stock.models import Dwelling
from guangsha.areas.tenancy import hooks
from guangsha.areas.tenancy.access import access_lease, access_swap
from guangsha.areas.tenancy.actions.base import (
    NotAllowed,
    another,
    close_occupants,
    keep_act,
    locked,
    moved,
    need,
    new_number,
    said,
    set_state,
    tell_household,
    today,
    touched,
)
from guangsha.areas.tenancy.actions.handovers import Found, keep_handover, move_in
from guangsha.areas.tenancy.actions.leases import Plan, begin, draft_lease, drop_draft, take_signature
from guangsha.areas.tenancy.facts import EXIT_OPEN, SWAP_OPEN, VIOLATION_OPEN
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_swap import Swap, SwapLeg
from guangsha.areas.tenancy.rules import DECIDERS, HANDLERS, INSPECTORS, LEASERS, SwapEnd, why_no_swap
from guangsha.areas.tenancy.terms import Rent, rent_of
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.rules import yuan_text

SWAPPERS = LEASERS | HANDLERS
#: The hand-over is set down for a day at most so far ahead: the rent in the new contract is today's.
AHEAD_DAYS = 62
SOURCE = "tenancy.swap"


def _lock_leases(actor: Actor, numbers: Iterable[str]) -> dict[int, Lease]:
    """Leases by id, locked in the order of their ids whoever asks, so that two swaps never wait for each other."""
    seen = sorted((access_lease(actor, number) for number in numbers), key=lambda one: one.pk)
    return {one.pk: locked(actor, one.number) for one in seen}


def _locked(
    actor: Actor, number: str, version: int | None, states: Collection[str]
) -> tuple[Swap, list[SwapLeg]]:
    seen = access_swap(actor, number)
    leases = _lock_leases(actor, seen.legs.values_list("lease__number", flat=True))
    swap = Swap.objects.select_for_update().get(pk=seen.pk)
    if version is not None and swap.version != version:
        raise moved(number)
    if swap.state not in states:
        raise NotAllowed(
            f"这件调换现在是“{swap.get_state_display()}”，不能这样办理", where=number, advice="请刷新页面。"
        )
    legs = list(swap.legs.select_related("dwelling__estate", "follower").order_by("number"))
    for leg in legs:
        leg.lease = leases[leg.lease_id]
    return swap, legs


def _touched(swap: Swap, *fields: str) -> None:
    swap.version += 1
    swap.save(update_fields=[*fields, "version"])


def _may(actor: Actor, legs: Iterable[SwapLeg], roles: frozenset[str], what: str) -> None:
    for leg in legs:
        need(actor, leg.lease, roles, what)


def _check(leases: Iterable[Lease], on: date) -> None:
    for lease in leases:
        end = SwapEnd(
            lease.state, lease.handed_over_on, lease.ends_on, lease.exits.filter(state__in=EXIT_OPEN).exists(),
            lease.violations.filter(state__in=VIOLATION_OPEN).exists(), hooks.months_owed(lease, today()),
        )  # fmt: skip
        if why := why_no_swap(end, on):
            raise NotAllowed(why, where=lease.number, advice="条件具备后再办理调换。")


def _rent(lease: Lease, dwelling: Dwelling) -> Rent:
    rent = rent_of(lease.household, dwelling.area_m2, lease.region, today())
    if rent.over_income:
        raise NotAllowed(
            "家庭收入超过各档标准，不能调换",
            where=lease.number,
            advice="请先按收入超过标准听取意见、作出决定。",
        )
    return rent


def _keep(actor: Actor, swap: Swap, legs: list[SwapLeg], action: str, reason: str = "", **after: Any) -> None:
    ends = {leg.lease.number: str(leg.dwelling or "") for leg in legs}
    keep_act(
        actor, legs[0].lease, f"swap.{action}", swap, reason=reason, after={"swap": swap.number, "ends": ends, **after}
    )  # fmt: skip


@transaction.atomic
def open_swap(
    actor: Actor, lease_number: str, version: int | None = None, *, reason: str, case_number: str = ""
) -> Swap:
    """A household asks for another dwelling; where to is chosen with :func:`choose_swap`.

    Raises:
        NotAllowed: the lease does not allow it now (``rules.why_no_swap``).
        InputError: one is open already.
    """
    lease = locked(actor, lease_number, version)
    need(actor, lease, SWAPPERS, "登记调换")
    words = said(reason, "理由")
    _check([lease], today())
    swap = Swap.objects.create(
        number=new_number("DH", lease.region, today()), agency=lease.agency, reason=words, case_number=case_number,
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    leg = _leg(swap, 1, lease, None)
    touched(lease)
    _keep(actor, swap, [leg], "open", words)
    return swap


def _leg(
    swap: Swap, place: int, lease: Lease, dwelling: Dwelling | None, rent_fen: int | None = None
) -> SwapLeg:
    try:
        with transaction.atomic():
            return SwapLeg.objects.create(
                swap=swap, number=place, lease=lease, dwelling=dwelling, rent_fen=rent_fen
            )
    except IntegrityError as error:
        raise InputError(
            "这份合同已有一件调换在办", where=lease.number, advice="请先办结或撤回那一件。"
        ) from error


@transaction.atomic
def choose_swap(
    actor: Actor, number: str, version: int, *, dwelling: Dwelling | None = None, partner: str = ""
) -> Swap:
    """Choose where to: a vacant dwelling, which is taken at once, or the lease of another household that changes with this one.

    Raises:
        InputError: neither or both, a dwelling of another kind or agency, a partner that is this lease itself.
        DwellingMoved: the dwelling is not vacant any more.
        NotAllowed: the partner's lease does not allow it now.
    """
    if (dwelling is None) is not bool(partner):
        raise InputError("请选择空置房或者互换的另一户", where="换入房屋", advice="两项只填一项。")
    swap, legs = _locked(actor, number, version, ("asked",))
    _may(actor, legs, SWAPPERS, "配房")
    first = legs[0]
    if dwelling is not None:
        if dwelling.programme != "public_rental" or dwelling.estate.agency_id != swap.agency_id:
            raise InputError("不是本单位的公租房", where="换入房屋", advice="请在房源中核对编号。")
        _check([first.lease], today())
        first.dwelling = dwelling
        move(
            actor, dwelling.pk, "chosen", on=today(), reason="拟调换入住", expected=frozenset({"vacant"}), source_type=SOURCE,
            source_id=number,
        )  # fmt: skip
    else:
        other = access_lease(actor, partner)
        if other.pk == first.lease_id or other.agency_id != swap.agency_id:
            raise InputError(
                "互换的另一户须是本单位的另一份合同", where="互换合同编号", advice="请核对合同编号。"
            )
        other = _lock_leases(actor, [partner])[other.pk]
        _check([first.lease, other], today())
        swap.kind, first.dwelling = "exchange", other.dwelling
        second = _leg(swap, 2, other, first.lease.dwelling, _rent(other, first.lease.dwelling).rent_fen)
        legs.append(second)
        touched(other)
    first.rent_fen = _rent(first.lease, first.dwelling).rent_fen
    try:
        with transaction.atomic():
            first.save(update_fields=["dwelling", "rent_fen"])
    except IntegrityError as error:
        raise InputError("这套房已在另一件调换中", where="换入房屋", advice="请另选一套。") from error
    swap.state = "proposed"
    _touched(swap, "state", "kind")
    _keep(actor, swap, legs, "choose", kind=swap.kind)
    for leg in legs:
        home = cast(Dwelling, leg.dwelling)
        tell_household(
            leg.lease, f"swap:{number}:offer", "请确认是否同意调换住房",
            f"拟将您家调换到 {home}（{home.area_m2}㎡），每月租金约 {yuan_text(leg.rent_fen or 0)}，租期和押金不变。"
            "同意不同意都可以，请在网上或到窗口告诉我们；不同意的，您家照常居住。",
        )  # fmt: skip
    return swap


@transaction.atomic
def agree_swap(actor: Actor, number: str, lease_number: str, *, agrees: bool, way: str = "online") -> Swap:
    """A household agrees to what was chosen, itself (the tenant) or in writing at the window; or it does not, and the swap ends.

    Raises:
        NotAllowed: somebody else than the tenant, or it has answered already.
    """
    seen = access_swap(actor, number)
    lease = locked(actor, lease_number)
    swap = Swap.objects.select_for_update().get(pk=seen.pk)
    legs = list(
        swap.legs.select_related("lease__household", "lease__tenant", "dwelling__estate").order_by("number")
    )
    leg = next((one for one in legs if one.lease_id == lease.pk), None)
    if swap.state != "proposed" or leg is None or leg.agreed_on is not None:
        raise NotAllowed("这件调换现在不需要确认", where=number, advice="请刷新页面。")
    if actor.kind == "citizen":
        if actor.person_id != lease.tenant_id:
            raise NotAllowed("须由承租人本人确认", where=number, advice="请承租人登录，或到窗口办理。")
        way = "online"
    else:
        need(actor, lease, SWAPPERS, "登记家庭意见")
        if way != "window":
            raise InputError(
                "请选择书面同意", where="同意方式", advice="电话里说的不算，请承租人签字或上网确认。"
            )
    if not agrees:
        _close(actor, swap, legs, "withdrawn")
        _keep(actor, swap, legs, "decline", "家庭不同意", lease=lease.number)
        _tell(legs, f"swap:{number}:declined", "调换没有办成", "有家庭不同意这次调换，您家照常居住。")
        return swap
    leg.agreed_on, leg.agreed_way, leg.agreed_by_id = today(), way, actor.account_id or None
    leg.save(update_fields=["agreed_on", "agreed_way", "agreed_by"])
    if all(one.agreed_on is not None for one in legs):
        swap.state = "agreed"
    _touched(swap, "state")
    _keep(actor, swap, legs, "agree", lease=lease.number, way=way)
    return swap


@transaction.atomic
def decide_swap(actor: Actor, number: str, version: int, *, approve: bool, reasons: str) -> Swap:
    """Another person than who proposed it decides, after every household has agreed.

    Raises:
        NotAllowed: the same person, or the leases do not allow it any more.
    """
    swap, legs = _locked(actor, number, version, ("agreed",))
    _may(actor, legs, DECIDERS, "决定调换")
    another(actor, swap.made_by_id, number)
    words = said(reasons, "决定理由")
    swap.decided_by_id, swap.decided_on, swap.reasons = actor.account_id, today(), words
    if approve:
        _check([leg.lease for leg in legs], today())
        swap.state = "decided"
        _touched(swap, "state", "decided_by", "decided_on", "reasons")
        _keep(actor, swap, legs, "decide", words)
        return swap
    _close(actor, swap, legs, "refused", "decided_by", "decided_on", "reasons")
    _keep(actor, swap, legs, "refuse", words)
    _tell(legs, f"swap:{number}:refused", "不予调换", f"您家照常居住。理由：{words}。")
    return swap


@transaction.atomic
def draft_swap(actor: Actor, number: str, version: int, *, swap_on: date) -> Swap:
    """Set the day and draw up the new contracts to print; doing it again changes the day and computes the rent anew.

    Raises:
        InputError: a day before the decision, or too far ahead.
        NotAllowed: the leases do not allow it on that day.
    """
    swap, legs = _locked(actor, number, version, ("decided",))
    _may(actor, legs, LEASERS, "拟订新合同")
    if not (swap.decided_on or today()) <= swap_on <= today() + timedelta(days=AHEAD_DAYS):
        raise InputError("调换日期不对", where="调换日期", advice=f"应在决定以后、今后 {AHEAD_DAYS} 天以内。")
    _check([leg.lease for leg in legs], swap_on)
    for leg in legs:
        lease, dwelling = leg.lease, cast(Dwelling, leg.dwelling)
        rent = _rent(lease, dwelling)
        if leg.follower is None:
            plan = Plan(
                lease.household, lease.tenant, dwelling, lease.agency, swap_on, None, lease.pay_cycle, lease.case,
                lease.arrears_months, lease.idle_months, lease.ends_on,
            )  # fmt: skip
            leg.follower = draft_lease(actor, plan, follows=lease)
            leg.save(update_fields=["follower"])
        else:
            new = leg.follower
            new.starts_on, new.household_type, new.tenant = swap_on, rent.household_type, lease.tenant
            new.market_fen, new.rent_fen, new.rent_decision = (
                rent.market_fen,
                rent.rent_fen,
                cast(Any, dict(rent.kept)),
            )
            touched(new, "starts_on", "household_type", "tenant", "market_fen", "rent_fen", "rent_decision")
        tell_household(
            lease, f"swap:{number}:day:{swap_on}", "调换住房的日期",
            f"请于 {swap_on:%Y年%-m月%-d日} 到场交接，签订新合同：{dwelling}，每月租金 {yuan_text(rent.rent_fen)}。"
            "请在这以前结清本期租金；多缴的租金和押金转入新合同。",
        )  # fmt: skip
    swap.swap_on = swap_on
    _touched(swap, "swap_on")
    _keep(
        actor,
        swap,
        legs,
        "draft",
        swap_on=swap_on,
        leases=[leg.follower.number for leg in legs if leg.follower],
    )
    return swap


@transaction.atomic
def carry_out_swap(
    actor: Actor, number: str, version: int, founds: Mapping[int, Found], *, way: str = "paper"
) -> Swap:
    """Hand everything over on one day, at both ends: meters, keys, contracts, rent and deposit. All of it or nothing.

    Args:
        founds: what each dwelling showed, by its id, on the day that was set; ``tenant_signed`` follows from the leases.

    Raises:
        NotAllowed: not the day yet, who decided it, a lease that does not allow it any more, rent that is open.
        InputError: no key, no meter read, or no signature.
    """
    swap, legs = _locked(actor, number, version, ("decided",))
    _may(actor, legs, LEASERS | INSPECTORS, "办理调换交接")
    another(actor, swap.decided_by_id, number)
    day = swap.swap_on
    if day is None or day > today():
        raise NotAllowed(
            "还没有到调换的日期" if day else "新合同还没有拟订", where=number, advice="日期有变的请重新拟订。"
        )
    _check([leg.lease for leg in legs], day)
    living = {
        leg.pk: list(leg.lease.occupants.filter(until=None).values_list("person_id", flat=True))
        for leg in legs
    }
    for leg in legs:
        if leg.follower is None or leg.follower.tenant_id != leg.lease.tenant_id:
            raise NotAllowed("承租人有变化", where=leg.lease.number, advice="请重新拟订新合同。")
        _leave(actor, swap, leg, _found(founds, leg.lease.dwelling_id, leg.lease, day))
    for leg in legs:
        _arrive(actor, swap, leg, founds, day, way, living[leg.pk])
    _close(actor, swap, legs, "done")
    _keep(
        actor,
        swap,
        legs,
        "carry_out",
        swap_on=day,
        leases=[leg.follower.number for leg in legs if leg.follower],
    )
    return swap


def _found(founds: Mapping[int, Found], dwelling_id: int, lease: Lease, day: date) -> Found:
    found = founds.get(dwelling_id)
    if found is None:
        raise InputError("缺少一套房的交接清单", where="交接清单", advice="两套房都要登记。")
    return replace(found, on=day, tenant_signed=lease.tenant.name, absent=False)


def _leave(actor: Actor, swap: Swap, leg: SwapLeg, found: Found) -> None:
    """The old dwelling is given back; whatever opened its door opens it no more."""
    old = leg.lease
    made = keep_handover(actor, old, "out", found)
    close_occupants(old, found.on, "调换住房")
    old.handed_back_on = old.ended_on = found.on
    old.end_reason = "swapped"
    set_state(old, "ended", "handed_back_on", "ended_on", "end_reason")
    stopped = old.grants.filter(state="active").update(state="expired", stopped_at=timezone.now())
    if swap.kind == "move":
        move(
            actor, old.dwelling_id, "checking", on=found.on, reason="调换住房，退房查验", expected=frozenset({"let"}),
            source_type=SOURCE, source_id=swap.number,
        )  # fmt: skip
    keep_act(
        actor, old, "lease.end", old,
        after={"reason": "swapped", "ended_on": found.on, "keys": found.keys, "readings": made.readings, "credentials": stopped},
    )  # fmt: skip


def _arrive(
    actor: Actor,
    swap: Swap,
    leg: SwapLeg,
    founds: Mapping[int, Found],
    day: date,
    way: str,
    persons: list[int],
) -> None:
    """The new lease begins: rent hears of it, closes the old account and takes deposit and money over, then the keys."""
    old, new = leg.lease, locked(actor, cast(Lease, leg.follower).number)
    digest = take_signature(actor, new, way)
    new.signed_on = day
    begin(actor, new)
    hooks.tell_event(
        actor, old, "ended", day, {"reason": "swapped", "followed_by": new.number, "decided_by": swap.decided_by_id}
    )  # fmt: skip
    why = list(hooks.why_not_settled(old))
    if (owed := hooks.owed_fen(old)) > 0:
        why.append(f"还有 {yuan_text(owed)} 未结清")
    if why:
        raise NotAllowed(
            "；".join(why), where=old.number, advice="请先缴清原住房的租金，多缴的会转入新合同。"
        )
    found = replace(_found(founds, new.dwelling_id, new, day), goods_left="", witness="")
    made = move_in(actor, new, found, persons)
    if swap.kind == "move":
        move(
            actor, new.dwelling_id, "let", on=day, reason="调换入住", expected=frozenset({"chosen"}), source_type=SOURCE,
            source_id=swap.number,
        )  # fmt: skip
    hooks.tell_event(actor, new, "handed_over", day, {"follows": old.number})
    keep_act(
        actor, new, "lease.hand_over", made,
        after={"on": day, "keys": found.keys, "readings": made.readings, "way": way, "digest": digest, "follows": old.number},
    )  # fmt: skip
    tell_household(
        new, "swapped", "调换住房已办结",
        f"原合同 {old.number} 已结清终止，新合同 {new.number}：{new.dwelling}，每月租金 {yuan_text(new.rent_fen)}，"
        f"到 {new.ends_on:%Y年%-m月%-d日} 期满。押金和多缴的租金已转入新合同，旧钥匙停用。",
    )  # fmt: skip


@transaction.atomic
def withdraw_swap(actor: Actor, number: str, version: int, *, reason: str) -> Swap:
    """Take a swap back: everybody goes on living where they live.

    Raises:
        NotAllowed: after a decision only who may decide takes it back.
    """
    swap, legs = _locked(actor, number, version, SWAP_OPEN)
    _may(actor, legs, SWAPPERS if swap.decided_on is None else DECIDERS, "撤回调换")
    words = said(reason, "理由")
    _close(actor, swap, legs, "withdrawn")
    _keep(actor, swap, legs, "withdraw", words)
    _tell(legs, f"swap:{number}:withdrawn", "调换已撤回", f"您家照常居住，原合同继续履行。理由：{words}。")
    return swap


def _tell(legs: Iterable[SwapLeg], key: str, subject: str, body: str) -> None:
    for leg in legs:
        tell_household(leg.lease, key, subject, body)


def _close(actor: Actor, swap: Swap, legs: list[SwapLeg], state: str, *fields: str) -> None:
    """End a swap; what was not carried out leaves no contract and no dwelling taken."""
    if state != "done":
        for leg in legs:
            if leg.follower is not None:
                drop_draft(leg.follower)
        dwelling = legs[0].dwelling if swap.kind == "move" else None
        if dwelling is not None:
            move(
                actor, dwelling.pk, "vacant", on=today(), reason="调换没有办成", expected=frozenset({"chosen"}), source_type=SOURCE,
                source_id=swap.number,
            )  # fmt: skip
    swap.state, swap.closed_on = state, today()
    swap.legs.update(is_open=False)
    _touched(swap, "state", "closed_on", *fields)
