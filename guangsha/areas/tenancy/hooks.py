"""Where higher rooms hear of leases: rent bills what is signed, and says what is open when a lease ends.

A higher room adds its callables in ``apps.ready()``. They are called inside the act's transaction: what they raise undoes the act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from guangsha.areas.tenancy.facts import EVENTS
from guangsha.areas.tenancy.models import Lease
from guangsha.audit.actor import Actor

#: Told of an event (``facts.EVENTS``) of a lease, the day from which it counts, and what belongs to it:
#: ``rent_changed`` → household_type, rent_fen, market_fen, reason, case; ``transition`` and ``holding_over`` → rent_fen (a month),
#: until (ISO date, transition only); ``violation_decided`` → top_up_fen, months, by_month, from, until, violation; ``signed`` → follows;
#: ``ended`` → reason, followed_by, and decided_by (an account, swaps only).
LEASE_EVENTS: list[Callable[[Actor, Lease, str, date, Mapping[str, object]], None]] = []
#: How much is open on a lease, in fen, each by one room.
OWED: list[Callable[[Lease], int]] = []
#: Why a lease may not be settled yet, one sentence; empty when nothing is in the way.
MAY_END: list[Callable[[Lease], str]] = []
#: In how many months altogether rent is owed (11号令 §29: 累计), each by one room.
MONTHS_OWED: list[Callable[[Lease, date], int]] = []


def tell_event(actor: Actor, lease: Lease, event: str, on: date, data: Mapping[str, object]) -> None:
    """Tell every room of an event of a lease that is locked.

    Raises:
        ValueError: no such event.
    """
    if event not in EVENTS:
        raise ValueError(f"no such event of a lease: {event}")
    for told in LEASE_EVENTS:
        told(actor, lease, event, on, data)


def owed_fen(lease: Lease) -> int:
    """What is open on a lease, in fen."""
    return sum(ask(lease) for ask in OWED)


def months_owed(lease: Lease, on: date) -> int:
    """In how many months altogether rent is owed on a day."""
    return max((ask(lease, on) for ask in MONTHS_OWED), default=0)


def why_not_settled(lease: Lease) -> tuple[str, ...]:
    """Every reason why a lease may not be settled yet."""
    return tuple(sentence for ask in MAY_END if (sentence := ask(lease)))
