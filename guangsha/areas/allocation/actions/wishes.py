"""The ordered wishes of a family for matching by machine: set, put in another order, taken back, until the roster is frozen.

The frozen ``wishes.csv`` takes them as they stand then (``draw_acts.inputs_of``). Source: operations.md §4.2 item 7 (mode M2).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from guangsha.areas.allocation.actions.base import NotAllowed, need, need_distance, tell_entry, today, touched
from guangsha.areas.allocation.actions.registrations import check_wishes, locked_registration
from guangsha.areas.allocation.facts import BEFORE_FREEZE
from guangsha.areas.allocation.models import Plan, Registration
from guangsha.areas.allocation.rules import MAKERS
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor


def may_wish(plan: Plan, one: Registration) -> bool:
    """Whether a family may still say or change its wishes."""
    return (
        plan.matching == "machine"
        and plan.state in BEFORE_FREEZE
        and one.state in ("registered", "qualified")
    )


@transaction.atomic
def set_wishes(actor: Actor, key: int, version: int, dwellings: Sequence[str]) -> Registration:
    """Take over the wishes of a family, the dearest first: written by itself, or by staff for it, who tell it so.

    Raises:
        NotThere: not this actor's to see.
        Moved: it was changed since ``version``.
        NotAllowed: the plan is not matched by machine, its roster is frozen, or not this person.
        InputError: too many, one twice, or a dwelling that is not offered to this family.
    """
    plan, one = locked_registration(actor, key, version)
    if actor.kind == "staff":
        need(actor, plan.agency_id, MAKERS, "登记志愿")
        need_distance(actor, [one.household_id])
    if not may_wish(plan, one):
        raise NotAllowed("现在不能填写或更改志愿", where=one.entry_no, advice="志愿以名册冻结时的为准。")
    wishes = list(dwellings)
    check_wishes(plan, one.layout, wishes)
    before, one.wishes = list(one.wishes), wishes
    touched(one, "wishes")
    record(
        actor, "allocation.registration.wish", one, before={"wishes": before},
        after={"plan": plan.number, "entry_no": one.entry_no, "wishes": wishes}, agency_id=plan.agency_id,
    )  # fmt: skip
    if actor.kind == "staff":  # once a day: a list is made by many presses
        tell_entry(
            one.waitlist_entry, f"wishes:{plan.number}:{today()}", "工作人员按您家的意见登记了志愿",
            f"“{plan.name}”按志愿配房。请在名册冻结前核对您家的志愿，可以随时更改。", link=f"/my/allocation/{one.pk}/wishes/",
        )  # fmt: skip
    return one
