"""The numbers a place has set for its waiting list and plans, as the rules take them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from guangsha.areas.allocation.actions.base import whole
from guangsha.areas.allocation.rules import LayoutSteps, is_elderly
from guangsha.areas.registry.models import Membership
from guangsha.kernel.errors import RuleMissing
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


def kept_first(region: str, on: date) -> dict[str, int]:
    """Up to which floor dwellings are chosen first by families with somebody of so many years or disabled, as a plan announces it;
    empty where the place keeps none for them."""
    try:
        return {
            "low_floor": whole("low_floor_max", region, on),
            "elder_age": whole("low_floor_age", region, on),
        }
    except RuleMissing:
        return {}


def needing_low(households: Collection[int], on: date, elder_age: int) -> set[int]:
    """The households in which somebody who counts is elderly or disabled on a day: two questions for every 5000."""
    keys, found = sorted(set(households)), set[int]()
    for start in range(0, len(keys), 5000):
        members = Membership.objects.filter(
            household_id__in=keys[start : start + 5000], ended_on=None, counted=True
        )
        for household, born in members.values_list("household_id", "person__birth_date"):
            if is_elderly(born, on, elder_age):
                found.add(household)
        disabled = members.filter(
            person__statuses__kind="disability",
            person__statuses__started_on__lte=on,
            person__statuses__ended_on=None,
        )
        found.update(disabled.values_list("household_id", flat=True))
    return found


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
