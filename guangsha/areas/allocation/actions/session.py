"""The session in which families choose: called in order, present, choosing, and whatever else happens in the room. A dwelling is
locked and signed for in :mod:`.choices`.

Everything stands in the database, so that a session goes on after a power failure from the last sheet signed. Small steps are lines
of the session's own log; what binds somebody is also in the chain of the agency.

Source: operations.md §4.2 item 9 (states, limits, missed calls, moving up), §4.1.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from guangsha.areas.allocation.access import access_offer, access_registration
from guangsha.areas.allocation.actions.base import (
    NotAllowed,
    keep_event,
    locked_plan,
    move_plan,
    need,
    need_distance,
    said,
    tell_entry,
    today,
    whole,
)
from guangsha.areas.allocation.actions.changes import REMEDIES, propose_after_refusals
from guangsha.areas.allocation.actions.plans import free_dwellings, free_entries
from guangsha.areas.allocation.actions.steps import at_desk, open_again, step, with_offer
from guangsha.areas.allocation.actions.turns import in_turn
from guangsha.areas.allocation.actions.waitlist import set_state
from guangsha.areas.allocation.facts import DECLINE_REASONS, PROXIES, QUEUES, SESSION_OVER
from guangsha.areas.allocation.models import Plan, PlanDwelling, Registration, WaitlistEntry
from guangsha.areas.allocation.rules import APPROVERS, OFFICERS, Turn, next_to_call
from guangsha.areas.intake.letters import remedies_text
from guangsha.areas.stock.actions import move
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError

#: In which states a family is on its way at a desk.
AT_A_DESK = ("called", "present", "choosing", "locked")
#: How often a call may be missed.
CALLS_MAX = 2


@transaction.atomic
def open_session(actor: Actor, plan_number: str, version: int) -> Plan:
    """Begin the session of a plan whose order is known.

    Raises:
        NotAllowed: there is no order, or not this person.
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, OFFICERS, "主持选房")
    plan.opened_at = timezone.now()
    move_plan(plan, "selecting", "opened_at")
    plan.registrations.filter(state="rostered").update(session_state="waiting", missed=0)
    keep_event(actor, plan.pk, "opened")
    record(actor, "allocation.session.open", plan, after={"state": plan.state}, agency_id=plan.agency_id)
    return plan


@in_turn
@transaction.atomic
def call_next(actor: Actor, plan_number: str, queue: str) -> Registration:
    """Call the family whose turn it is. So many of a queue as the plan has desks may be on their way at a time.

    Raises:
        NotAllowed: the session does not run, all desks of the queue are busy, nobody is left, or no dwelling is.
    """
    plan = locked_plan(actor, plan_number)
    need(actor, plan.agency_id, OFFICERS, "叫号")
    if plan.state != "selecting" or queue not in QUEUES:
        raise NotAllowed("选房没有在进行", where=plan.number, advice="请刷新页面。")
    rows = plan.registrations.filter(layout=queue, state="rostered").exclude(order_number=None)
    busy = rows.filter(session_state__in=AT_A_DESK).count()
    if busy >= int(plan.announced.get("desks", 1)):
        raise NotAllowed("前面的家庭还没有办完", where=QUEUES[queue], advice="请先办完在办的家庭再叫号。")
    if not plan.dwellings.filter(layout=queue, state="open").exists():
        raise NotAllowed(f"{QUEUES[queue]}已没有可选的房源", where=plan.number, advice="可以结束该组选房。")
    waiting = rows.filter(session_state__in=("waiting", "moved_up", "missed"), missed__lt=CALLS_MAX)
    turns = (
        Turn(key, state, outcome, place or 0, missed)
        for key, state, outcome, place, missed in waiting.values_list(
            "pk", "session_state", "outcome", "order_number", "missed"
        )
    )
    turn = next_to_call(turns, int(plan.announced.get("half_day", 60)))
    if turn is None:
        raise NotAllowed(
            f"{QUEUES[queue]}没有待叫号的家庭", where=plan.number, advice="还有房源的，请办理候补递补。"
        )
    one = Registration.objects.select_for_update().get(pk=turn.key)
    need_distance(actor, [one.household_id])
    one.called_at = timezone.now()
    step(one, "called", "called_at")
    keep_event(actor, plan.pk, "called", registration=one)
    tell_entry(
        WaitlistEntry.objects.select_related("household", "applicant").get(pk=one.waitlist_entry_id),
        f"called:{plan.number}:{one.version}", "请到选房窗口", f"登记号 {one.entry_no} 已叫号，请到{plan.place or '选房现场'}办理选房。",
        link=f"/my/allocation/{one.pk}/",
    )  # fmt: skip
    return one


@in_turn
@transaction.atomic
def arrive(actor: Actor, key: int, *, proxy: str = "self", proxy_name: str = "") -> Registration:
    """The family, or whom it sent, is there with its papers.

    Raises:
        NotAllowed: it was not called.
        InputError: who came is not named.
    """
    plan, one = at_desk(actor, key)
    if proxy not in PROXIES:
        raise InputError("请选择由谁到场", where="到场人", advice="请从列表中选择。")
    one.proxy, one.proxy_name = proxy, said(proxy_name, "到场人姓名", needed=proxy != "self", most=60)
    step(one, "present", "proxy", "proxy_name")
    keep_event(actor, plan.pk, "present", registration=one, note=PROXIES[proxy])
    return one


@in_turn
@transaction.atomic
def begin_choosing(actor: Actor, key: int) -> Registration:
    """Its minutes begin; the family may choose itself on its telephone from now on. After time-out it begins once more.

    Raises:
        NotAllowed: it is not present.
    """
    plan, one = at_desk(actor, key)
    now = timezone.now()
    if one.session_state == "choosing" and one.choosing_until is not None and one.choosing_until <= now:
        keep_event(actor, plan.pk, "overtime", registration=one)
        one.session_state = "present"
    one.choosing_until = now + timedelta(minutes=plan.choose_minutes)
    step(one, "choosing", "choosing_until")
    keep_event(actor, plan.pk, "choosing", registration=one)
    return one


@in_turn
@transaction.atomic
def miss(actor: Actor, key: int) -> Registration:
    """The family did not come to its call: once it stands behind the others of the half-day; the second time it has given up.

    Raises:
        NotAllowed: it was not called.
    """
    plan, one = at_desk(actor, key)
    one.missed += 1
    if one.missed >= CALLS_MAX:
        entry = _refused(plan, one, "other", "两次叫号未到")
        keep_event(actor, plan.pk, "declined", registration=one, note="两次叫号未到，视为弃选")
        record(
            actor, "allocation.session.decline", one, reason="两次叫号未到",
            after={"plan": plan.number, "entry_no": one.entry_no, "refusals": entry.refusals}, agency_id=plan.agency_id,
        )  # fmt: skip
        propose_after_refusals(actor, entry)
        return one
    step(one, "missed", "missed")
    keep_event(actor, plan.pk, "missed", registration=one, note="排到本半天最后")
    return one


@in_turn
@transaction.atomic
def decline(actor: Actor, key: int, *, reason: str, note: str = "") -> Registration:
    """The family refuses what is there, with its reason; the refusal is counted.

    Raises:
        NotAllowed: it has signed or refused already.
        InputError: no reason.
    """
    plan, offer, one = with_offer(actor, key)
    if reason not in DECLINE_REASONS:
        raise InputError("请选择弃选原因", where="弃选原因", advice="请从列表中选择。")
    words = said(note, "弃选说明", needed=reason == "other")
    if offer is not None and offer.state == "locked":
        open_again(offer)
    entry = _refused(plan, one, reason, words)
    keep_event(actor, plan.pk, "declined", registration=one, note=DECLINE_REASONS[reason])
    record(
        actor, "allocation.session.decline", one, reason=words or DECLINE_REASONS[reason],
        after={"plan": plan.number, "entry_no": one.entry_no, "why": reason, "refusals": entry.refusals},
        agency_id=plan.agency_id,
    )  # fmt: skip
    propose_after_refusals(actor, entry)
    return one


def _refused(plan: Plan, one: Registration, reason: str, note: str) -> WaitlistEntry:
    one.decline_reason, one.decline_note = reason, note
    step(one, "declined", "decline_reason", "decline_note", "missed")
    entry = (
        WaitlistEntry.objects.select_for_update(of=("self",))
        .select_related("agency", "household", "applicant")
        .get(pk=one.waitlist_entry_id)
    )
    entry.refusals += 1
    entry.save(update_fields=["refusals"])
    set_state([entry], "waiting", f"方案 {plan.number} 弃选")
    left = max(0, whole("refusals_max", plan.agency.region_code, today()) - entry.refusals)
    tell_entry(
        entry, f"declined:{plan.number}", "已登记弃选",
        f"您家在“{plan.name}”中弃选（{DECLINE_REASONS[reason]}），累计 {entry.refusals} 次。"
        + (f"再弃选 {left} 次将按规定办理退出轮候。" if left else "将按规定办理退出轮候，届时另行听取您的意见。"),
        link=f"/my/allocation/{one.pk}/",
    )  # fmt: skip
    return entry


@in_turn
@transaction.atomic
def pass_over(actor: Actor, key: int, *, reason: str) -> Registration:
    """A family that was drawn no longer qualifies: an approver lets it be skipped; choices that were finished are not touched. It
    keeps its place in the list until that is decided for itself.

    Raises:
        NotAllowed: it has signed, or not this person.
    """
    seen = access_registration(actor, key)
    need(actor, seen.plan.agency_id, APPROVERS, "跳过不再符合的家庭")
    need_distance(actor, [seen.household_id])
    if seen.plan.state not in ("drawn", "selecting"):
        raise NotAllowed("选房没有在进行", where=seen.plan.number, advice="请刷新页面。")
    offer = PlanDwelling.objects.select_for_update().filter(registration_id=key).first()
    one = Registration.objects.select_for_update().get(pk=key)
    words = said(reason, "理由")
    if offer is not None and offer.state == "locked":
        open_again(offer)
    one.settled_by_id, one.settled_at, one.settled_reason = actor.account_id, timezone.now(), words
    step(one, "passed", "settled_by", "settled_at", "settled_reason")
    entry = WaitlistEntry.objects.select_for_update(of=("self",)).select_related("household", "applicant").get(
        pk=one.waitlist_entry_id
    )  # fmt: skip
    set_state([entry], "waiting", f"方案 {seen.plan.number} 未选房")
    keep_event(actor, seen.plan_id, "passed", registration=one)
    record(
        actor, "allocation.session.pass", one, reason=words, after={"plan": seen.plan.number, "entry_no": one.entry_no},
        agency_id=seen.plan.agency_id,
    )  # fmt: skip
    tell_entry(
        entry, f"passed:{seen.plan.number}", "本次选房未能进行",
        f"因“{words}”，您家未参加“{seen.plan.name}”选房，轮候登记不变。{remedies_text(REMEDIES)}",
        link=f"/my/allocation/{one.pk}/",
    )  # fmt: skip
    return one


@transaction.atomic
def move_up(actor: Actor, plan_number: str, queue: str) -> int:
    """Families that wait to move up take the places that became free: as many as dwellings are left beyond the families still to
    choose; within this plan and queue only, in their order. How many moved up.

    Raises:
        NotAllowed: nobody may move up now, or not this person.
    """
    plan = locked_plan(actor, plan_number)
    need(actor, plan.agency_id, OFFICERS, "办理候补递补")
    if plan.state != "selecting" or queue not in QUEUES:
        raise NotAllowed("选房没有在进行", where=plan.number, advice="请刷新页面。")
    rows = plan.registrations.select_for_update().filter(layout=queue, state="rostered")
    free = plan.dwellings.filter(layout=queue, state="open").count()
    ahead = (
        rows.exclude(session_state__in=SESSION_OVER)
        .exclude(outcome="waitlist", session_state="waiting")
        .exclude(outcome="none")
        .exclude(session_state="locked")
        .count()
    )
    room = free - ahead
    next_ones = list(
        rows.filter(outcome="waitlist", session_state="waiting").order_by("order_number")[: max(0, room)]
    )
    if not next_ones:
        raise NotAllowed("没有可递补的房源或候补家庭", where=QUEUES[queue], advice="前面的家庭办完后再递补。")
    for one in next_ones:
        step(one, "moved_up")
        keep_event(actor, plan.pk, "moved_up", registration=one)
    record(
        actor, "allocation.session.move_up", plan, after={"queue": queue, "entries": [one.entry_no for one in next_ones]},
        agency_id=plan.agency_id,
    )  # fmt: skip
    return len(next_ones)


@in_turn
@transaction.atomic
def withdraw_dwelling(actor: Actor, offer_id: int, *, reason: str, repair: bool = False) -> PlanDwelling:
    """A dwelling cannot be given (damage, a mistake): it leaves the plan, before or during the session. A family that had locked it
    chooses again.

    Args:
        repair: it goes to repair; else it is out of use.

    Raises:
        NotAllowed: somebody has signed for it, or not this person.
    """
    seen = access_offer(actor, offer_id)
    need(actor, seen.plan.agency_id, OFFICERS | APPROVERS, "撤出房源")
    offer = PlanDwelling.objects.select_for_update().get(pk=offer_id)
    if offer.state not in ("open", "locked"):
        raise NotAllowed("这套房源已签或已撤出", where=offer.unit_no, advice="请刷新页面。")
    words, plan = said(reason, "撤出原因", most=200), seen.plan
    if offer.registration_id is not None:
        one = Registration.objects.select_for_update().get(pk=offer.registration_id or 0)
        one.choosing_until = timezone.now() + timedelta(minutes=plan.choose_minutes)
        step(one, "choosing", "choosing_until")
    offer.state, offer.registration, offer.lock_until, offer.note = "withdrawn", None, None, words
    offer.save(update_fields=["state", "registration", "lock_until", "note"])
    keep_event(actor, plan.pk, "unit_withdrawn", offer_id=offer.pk, note=words)
    move(actor, offer.dwelling_id, "repairing" if repair else "withdrawn", on=today(), reason=words,
         expected=frozenset({"planned"}), source_type="allocation.plan", source_id=plan.number)  # fmt: skip
    record(
        actor, "allocation.offer.withdraw", offer, reason=words, after={"plan": plan.number, "unit": offer.unit_no},
        agency_id=plan.agency_id,
    )  # fmt: skip
    return offer


@transaction.atomic
def close_session(actor: Actor, plan_number: str, version: int) -> Plan:
    """The session is over: what nobody chose is vacant again, who went out empty-handed waits in the old place, the result is public
    for so many days as the place has set.

    Raises:
        NotAllowed: a family is still at a desk, or not this person.
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, OFFICERS, "结束选房")
    busy = plan.registrations.filter(session_state__in=AT_A_DESK).count()
    if busy:
        raise NotAllowed(f"还有 {busy} 户正在选房", where=plan.number, advice="请办完后再结束。")
    if plan.state != "selecting":
        raise NotAllowed("选房没有在进行", where=plan.number, advice="请刷新页面。")
    left = free_dwellings(actor, plan, f"方案 {plan.number} 选房结束未选")
    waiting = free_entries(plan)
    plan.done_at = timezone.now()
    plan.public_until = today() + timedelta(
        days=whole("result_public_days", plan.agency.region_code, today())
    )
    move_plan(plan, "done", "done_at", "public_until")
    keep_event(actor, plan.pk, "closed")
    signed = plan.registrations.filter(session_state="signed").count()
    record(
        actor, "allocation.session.close", plan,
        after={"signed": signed, "vacant_again": left, "waiting_again": waiting, "public_until": plan.public_until},
        agency_id=plan.agency_id,
    )  # fmt: skip
    return plan
