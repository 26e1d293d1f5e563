"""The numbers a place has set for its waiting list and plans, as the rules take them."""

from __future__ import annotations

from datetime import date

from guangsha.areas.allocation.actions.base import whole
from guangsha.areas.allocation.rules import LayoutSteps
from guangsha.policy.catalogue import CIRCUMSTANCES
from guangsha.policy.household_types import TYPE_BY_CODE
from guangsha.policy.parameter_files import book_of


def layout_steps(region: str, on: date) -> LayoutSteps:
    """From how many persons on a household may have which layout.

    Raises:
        RuleMissing: the region has not set it.
    """
    return LayoutSteps(
        whole("layout_two_from", region, on), whole("layout_three_from", region, on),
        whole("layout_three_mixed_from", region, on),
    )  # fmt: skip


def priority_kinds(region: str, on: date) -> frozenset[str]:
    """The household types and circumstances that stand in the first tier (社会救助法 §26 and what the place adds).

    Raises:
        RuleMissing: the region has not set it.
    """
    types = book_of().get("first_tier_types", region[:6], on)
    circumstances = book_of().get("first_tier_circumstances", region[:6], on)
    return frozenset(
        {code for code in TYPE_BY_CODE if types.at(code)}
        | {code for code in CIRCUMSTANCES if circumstances.at(code)}
    )
