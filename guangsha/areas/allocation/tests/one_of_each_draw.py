"""Draws in their stations, for the walks that open every page: made by the acts that make them."""

from __future__ import annotations

from dataclasses import dataclass

from guangsha.areas.allocation.models import Plan
from guangsha.areas.allocation.models_draw import Draw
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.areas.allocation.tests.draw_stage import Stage
from guangsha.testing.cast import Cast


@dataclass(frozen=True, slots=True)
class Draws:
    """``ready`` may be frozen; one draw waits for commitments, one for its secrets, one is over with a family's receipt."""

    ready: Plan
    frozen: Draw
    live: Draw
    drawn: Draw
    entry_no: str


def draws(cast: Cast) -> Draws:
    """One draw in each of these stations."""
    stage = Stage(Hall(cast))
    drawn = stage.at("drawn", stage.plan(3, 1))
    return Draws(
        ready=stage.plan(1, 1),
        frozen=stage.at("frozen", stage.plan(1, 1)),
        live=stage.at("live", stage.plan(1, 1)),
        drawn=drawn,
        entry_no=drawn.plan.registrations.get(order_number=1).entry_no,
    )
