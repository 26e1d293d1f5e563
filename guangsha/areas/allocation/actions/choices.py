"""A dwelling is locked by one family, given back, signed for: what fifty desks press at the same moment.

Nothing is read twice and nothing waits that need not: what is looked at first is put to the test again by the condition of each UPDATE,
and the head of the agency's log, which everybody who signs needs, is taken last and once.

Source: operations.md §4.2 item 9 (a lock lives some minutes, is atomic and logged), item 10 (two clerks locking one unit).
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from guangsha.areas.allocation.access import access_seat
from guangsha.areas.allocation.actions.base import Moved, NotAllowed, keep_event, need, today
from guangsha.areas.allocation.actions.steps import may_work, open_again, step, with_offer
from guangsha.areas.allocation.actions.turns import claimed, in_turn, turn
from guangsha.areas.allocation.facts import QUEUES, SESSION_OVER
from guangsha.areas.allocation.models import Plan, PlanDwelling, Registration, WaitlistEntry
from guangsha.areas.allocation.rules import OFFICERS, is_kept_first, may_take, may_take_kept
from guangsha.areas.stock.actions import prepare_move
from guangsha.audit.actions import prepare, record_all
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.people.prepared import Prepared

_GLANCE = Prepared(
    lambda offer, plan: PlanDwelling.objects.filter(pk=offer, plan_id=plan).values_list(
        "state", "lock_until", "layout", "unit_no", "floor", "accessible"
    )
)


class Taken(InputError):
    """Somebody else was faster."""

    code = "dwelling-taken"


class KeptFirst(InputError):
    """Families with elderly or disabled members choose this dwelling first."""

    code = "kept-first"


class TimeOver(InputError):
    """The minutes are over."""

    code = "time-over"


def choose(actor: Actor, key: int, offer_id: int) -> Registration:
    """Lock one dwelling for a family that is choosing: by the clerk at its desk, or by the family itself.

    Of many who press at the same moment exactly one has it; the others are told at once. A lock whose minutes are over is given
    back first.

    Raises:
        NotThere: not this actor's to see.
        Taken: somebody else has it.
        TimeOver: the minutes to choose are over.
        KeptFirst: it is on a low floor or without steps, and families that need it still wait for their turn.
        NotAllowed: not choosing, another layout, or the session does not run.
    """
    seen = access_seat(actor, key)
    plan = seen.plan
    if actor.kind == "staff":
        need(actor, plan.agency_id, OFFICERS, "办理选房")
    if plan.state != "selecting":
        raise NotAllowed("选房没有在进行", where=plan.number, advice="请刷新页面。")
    # whoever comes too late is told without standing in line for it
    glance = _GLANCE.first(offer_id, plan.pk)
    if glance is None or not may_take(seen.layout, glance[2]):
        raise NotAllowed(
            f"只能选本组（{QUEUES[seen.layout]}）的房源", where=seen.entry_no, advice="请从房源表中选择。"
        )
    state, until, _, unit_no, floor, accessible = glance
    lapsed = state == "locked" and until is not None and until < timezone.now()
    if state != "open" and not lapsed:
        raise _taken(unit_no)
    with claimed(offer_id) as first:
        if not first:
            raise _taken(unit_no)
        with turn(server=False), transaction.atomic():
            if lapsed:
                _give_back(seen, offer_id, unit_no)
            if not seen.needs_low and is_kept_first(floor, accessible, low_floor_of(plan)):
                _leave_to_those_in_need(plan, seen, unit_no)
            return _lock(actor, seen, offer_id, unit_no)


def _taken(unit_no: str) -> Taken:
    return Taken(f"{unit_no} 刚被别的家庭选定", where=unit_no, advice="请另选一套。")


def _lock(actor: Actor, seen: Registration, offer_id: int, unit_no: str) -> Registration:
    """The family first, so that of two presses for one family the second waits here and finds it no longer choosing; then the dwelling.

    Whoever waits for a family while it holds a dwelling waits for the one that holds that dwelling, which is not choosing: so no two
    wait for each other.
    """
    now = timezone.now()
    ready = Registration.objects.filter(pk=seen.pk, session_state="choosing", choosing_until__gte=now)
    if not ready.update(session_state="locked", version=F("version") + 1):
        seen.refresh_from_db(fields=["session_state", "choosing_until"])
        if seen.session_state == "choosing" and seen.choosing_until is not None:
            raise TimeOver("选房时间已到", where=seen.entry_no, advice="请工作人员重新计时，或办理弃选。")
        raise NotAllowed("还没有轮到选房", where=seen.entry_no, advice="请等候叫号。")
    free = PlanDwelling.objects.filter(pk=offer_id, plan_id=seen.plan_id, state="open")
    until = now + timedelta(minutes=seen.plan.lock_minutes)
    if not free.update(state="locked", registration_id=seen.pk, lock_until=until):
        raise _taken(unit_no)
    keep_event(actor, seen.plan_id, "locked", registration=seen, offer_id=offer_id)
    seen.session_state = "locked"
    return seen


def _give_back(seen: Registration, offer_id: int, unit_no: str) -> None:
    """Before a family takes a dwelling whose lock is over: the dwelling, then both families by key."""
    held = PlanDwelling.objects.select_for_update(skip_locked=True).filter(pk=offer_id, plan_id=seen.plan_id)
    offer = held.first()
    if offer is None:  # at this moment somebody else takes it, or signs for it
        raise _taken(unit_no)
    if offer.state == "locked" and offer.lock_until is not None and offer.lock_until < timezone.now():
        families = Registration.objects.filter(pk__in={seen.pk, offer.registration_id or 0}).order_by("pk")
        list(families.select_for_update().values_list("pk"))
        _lapse(seen.plan, offer)


def low_floor_of(plan: Plan) -> int:
    """Up to which floor a plan keeps dwellings for families with elderly or disabled members first; 0: it keeps none."""
    return int(plan.announced.get("low_floor", 0))


def _leave_to_those_in_need(plan: Plan, seen: Registration, unit_no: str) -> None:
    """A family without the need takes a low dwelling only while more are free than families with the need still come; under the lock
    of the plan, so that of two such families at the last one only one has it."""
    if not _needing(plan, seen.layout).exists():
        return
    Plan.objects.select_for_update().only("pk").get(pk=plan.pk)
    free, waiting = kept_and_needing(plan, seen.layout)
    if not may_take_kept(free, waiting):
        raise KeptFirst(
            f"{unit_no} 是低层或无障碍房源，还有 {waiting} 户有老人或残疾人的家庭没有选", where=unit_no,
            advice="请另选一套；这些家庭选完后，剩下的都可以选。",
        )  # fmt: skip


def kept_and_needing(plan: Plan, queue: str) -> tuple[int, int]:
    """How many free dwellings of a queue are kept first, and how many families that need one still come to choose."""
    free = plan.dwellings.filter(layout=queue, state="open").filter(
        Q(accessible=True) | Q(floor__gte=1, floor__lte=low_floor_of(plan))
    )
    return free.count(), _needing(plan, queue).count()


def _needing(plan: Plan, queue: str) -> QuerySet[Registration]:
    coming = plan.registrations.filter(layout=queue, state="rostered", needs_low=True).exclude(
        session_state__in=("locked", *SESSION_OVER)
    )
    return coming.filter(Q(outcome="selector") | ~Q(session_state="waiting"))


def _lapse(plan: Plan, offer: PlanDwelling) -> None:
    """A lock whose minutes are over is given back; its family may choose again."""
    holder = Registration.objects.get(pk=offer.registration_id or 0)
    open_again(offer)
    if holder.session_state == "locked":
        holder.choosing_until = timezone.now() + timedelta(minutes=plan.choose_minutes)
        step(holder, "choosing", "choosing_until")
    keep_event(CLOCK, plan.pk, "lapsed", registration=holder, offer_id=offer.pk)


@in_turn
@transaction.atomic
def release(actor: Actor, key: int) -> Registration:
    """The family wants another dwelling before it has signed: the lock is given back and its minutes begin again.

    Raises:
        NotAllowed: nothing is locked.
    """
    plan, offer, one = with_offer(actor, key)
    if offer is None or one.session_state != "locked":
        raise NotAllowed("没有选定待签的房源", where=one.entry_no, advice="请刷新页面。")
    open_again(offer)
    one.choosing_until = timezone.now() + timedelta(minutes=plan.choose_minutes)
    step(one, "choosing", "choosing_until")
    keep_event(actor, plan.pk, "released", registration=one, offer_id=offer.pk)
    return one


def sign(actor: Actor, key: int, *, offer_id: int | None = None) -> Registration:
    """The family has signed the sheet: the dwelling is its, for good. This is the point from which a session goes on after a failure.

    Args:
        offer_id: the dwelling on the sheet; another one than the one locked is refused.

    Raises:
        NotThere: not this actor's to see, or a relative's.
        TimeOver: the minutes to sign are over; the lock was given back.
        NotAllowed: nothing is locked, or another dwelling.
        DwellingMoved: the dwelling left the plan in between.
    """
    seen = access_seat(actor, key)
    may_work(actor, seen)
    offer: PlanDwelling | None = getattr(seen, "offer", None)
    if offer is None or seen.session_state != "locked" or offer_id not in (None, offer.pk):
        raise NotAllowed("没有选定待签的房源，或不是这一套", where=seen.entry_no, advice="请刷新页面。")
    if offer.lock_until is None or offer.lock_until < timezone.now():
        raise TimeOver("签字时间已到，选定已失效", where=seen.entry_no, advice="请退回选定后重新选择。")
    with turn(server=False), transaction.atomic():
        return _signed(actor, seen, offer)


def _signed(actor: Actor, one: Registration, offer: PlanDwelling) -> Registration:
    """The dwelling, the family, its entry, the register; the head of the log last, for both acts at once."""
    plan, now = one.plan, timezone.now()
    held = PlanDwelling.objects.filter(
        pk=offer.pk, registration_id=one.pk, state="locked", lock_until__gte=now
    )
    family = Registration.objects.filter(pk=one.pk, session_state="locked")
    if not held.update(state="signed", lock_until=None) or not family.update(
        session_state="signed", dwelling_id=offer.dwelling_id, signed_at=now, version=F("version") + 1
    ):
        raise Moved("这项选定刚被别人办理过", where=one.entry_no, advice="请刷新页面，看过最新情况再办。")
    one.session_state, one.dwelling_id, one.signed_at = "signed", offer.dwelling_id, now
    WaitlistEntry.objects.filter(pk=one.waitlist_entry_id).update(
        state="chosen", state_since=today(), state_reason=f"方案 {plan.number} 选定 {offer.unit_no}"[:300]
    )
    keep_event(actor, plan.pk, "signed", registration=one, offer_id=offer.pk)
    _, moved = prepare_move(
        actor, offer.dwelling_id, "chosen", on=today(), reason=f"{plan.number} {one.entry_no} 选定",
        expected=frozenset({"planned"}), source_type="allocation.registration", source_id=f"{plan.number}/{one.entry_no}",
    )  # fmt: skip
    signed = prepare(
        actor, "allocation.session.sign", one,
        after={"plan": plan.number, "entry_no": one.entry_no, "order": one.order_number, "unit": offer.unit_no},
        agency_id=plan.agency_id,
    )  # fmt: skip
    record_all([moved, signed])
    return one


def lapse_locks() -> int:
    """Locks whose minutes are over are given back, for the clock and for the board; how many."""
    due = PlanDwelling.objects.filter(state="locked", lock_until__lt=timezone.now(), plan__state="selecting")
    keys = list(due.values_list("pk", flat=True)[:500])
    done = 0
    for key in keys:
        with transaction.atomic():
            offer = PlanDwelling.objects.select_for_update().select_related("plan").get(pk=key)
            if offer.state != "locked" or offer.lock_until is None or offer.lock_until >= timezone.now():
                continue
            Registration.objects.select_for_update().get(pk=offer.registration_id or 0)
            _lapse(offer.plan, offer)
            done += 1
    return done
