"""The tenant's share of a repair becomes a bill of the lease (``hooks.CHARGES``)."""

from __future__ import annotations

import logging

from django.db import transaction

from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.rent.actions import RentRefused, charge
from guangsha.audit.actor import CLOCK, Actor
from guangsha.people.access import NotThere

logger = logging.getLogger("guangsha.fieldwork")


def bill_of_lease(_actor: Actor, order: RepairOrder, fen: int) -> bool:
    """Bill what the tenant signed for under the lease; False where there is no lease or its account takes no bill.

    The tenant, or the firm on the spot, has signed; neither may bill, so the clock does, and the bill names the order.
    """
    if order.lease is None:
        return False
    try:
        with transaction.atomic():
            charge(
                CLOCK,
                order.lease.number,
                None,
                "compensation",
                fen,
                reason=f"维修工单 {order.number}：{order.payer_reason}",
            )
    except (RentRefused, NotThere) as error:
        logger.warning("the share of the tenant in %s waits: %s", order.number, error)
        return False
    return True
