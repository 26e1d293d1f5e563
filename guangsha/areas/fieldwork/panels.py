"""Repairs and hazards on the page of a dwelling (``stock.hooks.PANELS``)."""

from __future__ import annotations

from django.utils import timezone

from guangsha.areas.fieldwork.access import hazards_of, orders_of
from guangsha.areas.fieldwork.rules import READERS
from guangsha.areas.stock.hooks import Panel
from guangsha.areas.stock.models import Dwelling
from guangsha.audit.actor import Actor

SHOWN = 5


def repairs_of_dwelling(actor: Actor, dwelling: Dwelling) -> Panel | None:
    """The newest repairs of a dwelling and its open hazards; nothing for who may not see repairs."""
    if not actor.has(*READERS):
        return None
    found = orders_of(actor).filter(dwelling=dwelling).order_by("-reported_at")[:SHOWN]
    dangers = hazards_of(actor).filter(dwelling=dwelling).exclude(state__in=("closed", "dismissed"))[:SHOWN]
    rows = [
        (
            (one.number, "office-repair", (one.number,)), one.get_kind_display(),
            f"{timezone.localtime(one.reported_at):%Y-%m-%d}", one.get_state_display(),
        )
        for one in found
    ]  # fmt: skip
    return Panel(
        "维修", heads=("工单", "类别", "报修日期", "状态"), rows=rows,
        links=[(f"隐患：{one.text[:20]}", "office-hazard", (one.number,)) for one in dangers], order=60,
    )  # fmt: skip
