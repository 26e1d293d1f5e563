"""Leases on the page of a dwelling (``stock.hooks.PANELS``)."""

from __future__ import annotations

from guangsha.areas.stock.hooks import Panel
from guangsha.areas.stock.models import Dwelling
from guangsha.areas.tenancy.access import leases_of
from guangsha.areas.tenancy.rules import READERS
from guangsha.audit.actor import Actor
from guangsha.ledger.rules import yuan_text
from guangsha.privacy.masks import mask_name

SHOWN = 5


def leases_of_dwelling(actor: Actor, dwelling: Dwelling) -> Panel | None:
    """The newest leases of a dwelling; nothing for who may not see leases."""
    if not actor.has(*READERS):
        return None
    found = leases_of(actor).filter(dwelling=dwelling).select_related("tenant").order_by("-starts_on", "-pk")
    rows = [
        (
            (one.number, "office-lease", (one.number,)), mask_name(one.tenant.name),
            f"{one.starts_on:%Y-%m-%d} 至 {one.ends_on:%Y-%m-%d}", yuan_text(one.rent_fen), one.get_state_display(),
        )
        for one in found[:SHOWN]
    ]  # fmt: skip
    return Panel("租约", heads=("合同", "承租人", "租期", "月租金", "状态"), rows=rows, order=40)
