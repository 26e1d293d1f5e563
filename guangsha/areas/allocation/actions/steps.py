"""What every step of a family in the room shares: who may, which row is locked first, which state may follow."""

from __future__ import annotations

from guangsha.areas.allocation.access import access_registration
from guangsha.areas.allocation.actions.base import NotAllowed, need
from guangsha.areas.allocation.facts import SESSION_STATES
from guangsha.areas.allocation.models import Plan, PlanDwelling, Registration
from guangsha.areas.allocation.rules import OFFICERS, may_follow
from guangsha.audit.actor import Actor


def may_work(actor: Actor, seen: Registration) -> None:
    """Only officers of the plan's agency, while its session runs.

    Raises:
        NotAllowed: the session does not run, or not this person.
    """
    need(actor, seen.plan.agency_id, OFFICERS, "办理选房")
    if seen.plan.state != "selecting":
        raise NotAllowed("选房没有在进行", where=seen.plan.number, advice="请刷新页面。")


def at_desk(actor: Actor, key: int) -> tuple[Plan, Registration]:
    """A family of a running session, locked; the plan is read, not locked: desks do not wait for each other.

    Raises:
        NotThere: not this actor's to see.
        NotAllowed: the session does not run, or not this person.
    """
    seen = access_registration(actor, key)
    may_work(actor, seen)
    one = Registration.objects.select_for_update().get(pk=key)
    return seen.plan, one


def with_offer(actor: Actor, key: int) -> tuple[Plan, PlanDwelling | None, Registration]:
    """A family with the dwelling it has locked; the dwelling is locked first.

    Raises:
        NotThere: not this actor's to see.
        NotAllowed: the session does not run, or not this person.
    """
    seen = access_registration(actor, key)
    may_work(actor, seen)
    offer = PlanDwelling.objects.select_for_update().filter(registration_id=seen.pk).first()
    return seen.plan, offer, Registration.objects.select_for_update().get(pk=seen.pk)


def step(one: Registration, after: str, *fields: str) -> None:
    """Bring a locked family into its next state.

    Raises:
        NotAllowed: it may not follow.
    """
    if not may_follow(one.session_state, after):
        raise NotAllowed(
            f"{one.entry_no} 现为“{SESSION_STATES[one.session_state]}”，不能改为“{SESSION_STATES[after]}”", where=one.entry_no,
            advice="请刷新页面，看过最新情况再办。",
        )  # fmt: skip
    one.session_state = after
    one.version += 1
    one.save(update_fields=["session_state", "version", *fields])


def open_again(offer: PlanDwelling) -> None:
    """A locked dwelling is free again."""
    offer.state, offer.registration, offer.lock_until = "open", None, None
    offer.save(update_fields=["state", "registration", "lock_until"])
