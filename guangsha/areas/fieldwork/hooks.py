"""What rooms beside may add: who takes over the tenant's share of a repair, filled in their ``apps.ready()``."""

from __future__ import annotations

from collections.abc import Callable

from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.audit.actor import Actor

#: Called once for an order whose tenant owes a share and has signed for it, inside the transaction of that act:
#: ``(actor, order, fen)``; True where the charge was taken over, False where it is none of this taker's business.
CHARGES: list[Callable[[Actor, RepairOrder, int], bool]] = []
