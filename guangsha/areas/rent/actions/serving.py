"""Handing a dunning letter over: each try is written down and stands."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from guangsha.areas.rent.access import access_dunning
from guangsha.areas.rent.actions.base import RentRefused, locked, said, today
from guangsha.areas.rent.facts import DELIVERY_WAYS
from guangsha.areas.rent.models_after import DunningDelivery
from guangsha.areas.rent.rules import MAKERS
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor

#: Tries of one letter: more is a mistake of the hand.
TRIES_MAX = 12
#: way → what has to be said of it.
_NEEDED = {"handed": "received_by", "left": "witness", "posted": "tracking", "failed": "note"}


@transaction.atomic
def record_delivery(
    actor: Actor, key: int, *, way: str, on: date, place: str = "", received_by: str = "", witness: str = "", tracking: str = "",
    note: str = "",
) -> DunningDelivery:  # fmt: skip
    """Write down how a letter came to the household, or that it did not.

    Args:
        on: not before the letter was written, not to come.
        received_by: who signed; needed when it was handed over. ``witness``: who saw it left behind. ``tracking``: of the post.

    Raises:
        NotThere: no such letter, or not this actor's to see.
        RentRefused: no such way, an impossible day, a relative's letter; InputError: what the way needs is missing.
    """
    seen = access_dunning(actor, key)
    account = locked(actor, seen.account.lease.number, None, MAKERS, "登记送达")
    if way not in DELIVERY_WAYS:
        raise RentRefused("way", "没有这种送达方式", where="送达方式", advice="请重新选择。")
    if not timezone.localdate(seen.made_at) <= on <= today():
        raise RentRefused("day", "送达日期应在发文之后、今天以前", where="送达日期", advice="请更正日期。")
    if seen.deliveries.count() >= TRIES_MAX:
        raise RentRefused(
            "many", f"一份文书最多登记 {TRIES_MAX} 次送达", where=seen.number, advice="请核对。"
        )
    given = {"received_by": received_by, "witness": witness, "tracking": tracking, "note": note}
    labels = {
        "received_by": ("签收人", 60),
        "witness": ("见证人", 60),
        "tracking": ("邮件号", 40),
        "note": ("备注", 200),
    }
    kept = {
        name: said(given[name], label, needed=_NEEDED[way] == name, most=most) for name, (label, most) in labels.items()
    }  # fmt: skip
    made: DunningDelivery = DunningDelivery.objects.create(
        dunning=seen, way=way, on=on, place=said(place, "送达地点", needed=False, most=120), made_by_id=actor.account_id,
        made_at=timezone.now(), **kept,
    )  # fmt: skip
    record(
        actor, "rent.dunning.deliver", made, after={"number": seen.number, "way": way, "on": on}, agency_id=account.agency_id,
    )  # fmt: skip
    return made
