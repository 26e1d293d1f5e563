"""The roster is frozen, an order comes back: by a draw (the room of draws), by place in the list, or by score.

Source: operations.md §4.2 items 1, 2, 7.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from guangsha.areas.allocation.actions.base import NotAllowed, locked_plan, move_plan, need, today
from guangsha.areas.allocation.actions.parameters import needing_low
from guangsha.areas.allocation.models import Plan, Registration
from guangsha.areas.allocation.rules import (
    EDITORS,
    OFFICERS,
    Contender,
    OrderRow,
    RosterRow,
    UnitRow,
    Weights,
    first_tier_places,
    months_between,
    ordered,
    outcomes_of,
    score_of,
)
from guangsha.areas.intake.models import Objection
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen roster, as it is published and hashed.

    Attributes:
        roster: by entry number; units: by number of the dwelling, those on offer only.
        rules: what the plan announced and a draw obeys: ``queues``, ``tiers``, ``waitlist_ratio`` (text, two places), and
            ``first_tier_places`` (queue → dwellings kept for the first tier) where it has a quota.
    """

    plan: Plan
    roster: tuple[RosterRow, ...]
    units: tuple[UnitRow, ...]
    rules: Mapping[str, Any]


def roster_of(plan: Plan) -> tuple[RosterRow, ...]:
    """Who is in the roster, by entry number."""
    rows = plan.registrations.filter(state__in=("qualified", "rostered")).order_by("entry_no")
    return tuple(RosterRow(*row) for row in rows.values_list("entry_no", "layout", "tier"))


def units_of(plan: Plan) -> tuple[UnitRow, ...]:
    """The dwellings on offer, by number."""
    rows = plan.dwellings.filter(state="open").order_by("unit_no")
    return tuple(
        UnitRow(*row) for row in rows.values_list("unit_no", "layout", "floor", "area_m2", "accessible")
    )


def rules_of(plan: Plan, roster: Sequence[RosterRow], units: Sequence[UnitRow]) -> dict[str, Any]:
    """The rules a draw obeys, as data without floats."""
    rules: dict[str, Any] = {
        "queues": sorted({row.queue for row in roster}),
        "tiers": sorted({row.tier for row in roster}),
        "waitlist_ratio": f"{plan.waitlist_ratio:.2f}",
    }
    share = Decimal(str(plan.announced.get("first_tier_share") or "0"))
    if share:
        rules["first_tier_places"] = {
            queue: first_tier_places(sum(unit.queue == queue for unit in units), share) for queue in rules["queues"]
        }  # fmt: skip
    return rules


def open_matters(plan: Plan) -> str:
    """Why the roster of a plan cannot be frozen now, in a sentence; empty when it can."""
    if plan.state != "publicity" or plan.notice is None:
        return "名册还没有公示"
    if plan.notice.state == "withdrawn":
        return "名册公示已撤下，请重新公示"
    if plan.notice_until is None or today() <= plan.notice_until:
        return (
            f"名册公示到 {plan.notice_until:%Y年%-m月%-d日}才期满" if plan.notice_until else "名册还没有公示"
        )
    waiting = Objection.objects.filter(notice=plan.notice, state__in=("open", "examining")).count()
    if waiting:
        return f"还有 {waiting} 条对名册的异议没有答复"
    unsettled = plan.registrations.filter(state="registered").count()
    if unsettled:
        return f"还有 {unsettled} 户登记没有复核认定"
    if not plan.registrations.filter(state="qualified").exists():
        return "名册里没有家庭"
    if not plan.dwellings.filter(state="open").exists():
        return "没有可选的房源"
    return ""


@transaction.atomic
def freeze_roster(actor: Actor, plan_number: str, *, roles: frozenset[str] = OFFICERS) -> Frozen:
    """Freeze the roster of a plan whose notice is over: from now on no household, no queue and no tier changes.

    The plan goes from ``publicity`` to ``frozen``; what is returned is what a draw publishes and hashes, byte for byte the same
    when it is asked for again (:func:`roster_of`, :func:`units_of`, :func:`rules_of`).

    Args:
        roles: who may; the room of draws says whom it lets.

    Raises:
        NotThere: no such plan, or not this actor's.
        NotAllowed: something is still open (an objection, a re-check, the notice itself), or not this person.
    """
    plan = locked_plan(actor, plan_number)
    need(actor, plan.agency_id, roles, "冻结名册")
    if actor.roles_at(plan.agency_id) & EDITORS:
        raise NotAllowed(
            "名册编辑与摇号操作不能由同一人担任", where=plan.number, advice="请由配租管理员办理。"
        )
    reason = open_matters(plan)
    if reason:
        raise NotAllowed(f"名册不能冻结：{reason}", where=plan.number, advice="办结后再冻结。")
    plan.registrations.filter(state="qualified").update(state="rostered")
    first = _mark_needs(plan)
    move_plan(plan, "frozen")
    roster, units = roster_of(plan), units_of(plan)
    rules = rules_of(plan, roster, units)
    record(
        actor, "allocation.plan.freeze", plan,
        after={"state": "frozen", "families": len(roster), "dwellings": len(units), "rules": rules, "choose_low_first": first},
        agency_id=plan.agency_id,
    )  # fmt: skip
    return Frozen(plan, roster, units, rules)


def _mark_needs(plan: Plan) -> int:
    """Mark the families that choose low floors and dwellings without steps first, as their files say today; how many."""
    rostered = plan.registrations.filter(state="rostered")
    age = int(plan.announced.get("elder_age", 0))
    households = rostered.values_list("household_id", flat=True) if age else []
    needing = needing_low(list(households), today(), age)
    rostered.update(needs_low=False)
    return rostered.filter(household_id__in=needing).update(needs_low=True)


@transaction.atomic
def record_order(
    actor: Actor,
    plan: Plan | str,
    rows: Collection[OrderRow],
    *,
    seed: str = "",
    roles: frozenset[str] = OFFICERS,
) -> Plan:
    """Take over the order of a frozen roster: every family of it exactly once, in each queue the numbers 1 … n.

    The plan goes from ``frozen`` to ``drawn``. Where a row says no ``outcome`` it follows from the dwellings on offer and the
    plan's ratio (:func:`outcomes_of`).

    Args:
        seed: of the draw in hex; empty where the order came by rule.

    Raises:
        NotAllowed: not frozen, or not this person.
        InputError: a family is missing, unknown or named twice; numbers are not 1 … n.
    """
    plan = locked_plan(actor, plan if isinstance(plan, str) else plan.number)
    need(actor, plan.agency_id, roles, "登记摇号结果")
    if plan.state != "frozen":
        raise NotAllowed("名册没有冻结，不能登记顺序", where=plan.number, advice="请先冻结名册。")
    families = {one.entry_no: one for one in plan.registrations.select_for_update().filter(state="rostered")}
    given = [row.entry_no for row in rows]
    if len(set(given)) != len(given) or set(given) != set(families):
        raise InputError("结果与冻结的名册不一致", where=plan.number, advice="请核对名册和结果文件。")
    units: dict[str, int] = {}
    for unit in units_of(plan):
        units[unit.queue] = units.get(unit.queue, 0) + 1
    queues: dict[str, list[OrderRow]] = {}
    for row in sorted(rows, key=lambda row: row.order_number):
        queues.setdefault(families[row.entry_no].layout, []).append(row)
    changed = []
    for queue, places in queues.items():
        if [row.order_number for row in places] != list(range(1, len(places) + 1)):
            raise InputError(
                "顺序号不是从 1 起连续的", where=f"{plan.number} {queue} 组", advice="请核对结果文件。"
            )
        meant = outcomes_of(len(places), units.get(queue, 0), plan.waitlist_ratio)
        for row, outcome in zip(places, meant, strict=True):
            one = families[row.entry_no]
            one.order_number, one.ticket, one.outcome = row.order_number, row.ticket, row.outcome or outcome
            changed.append(one)
    Registration.objects.bulk_update(changed, ["order_number", "ticket", "outcome"], batch_size=500)
    plan.seed = seed
    move_plan(plan, "drawn", "seed")
    record(
        actor, "allocation.plan.order", plan,
        after={"state": "drawn", "method": plan.method, "families": len(changed), "seed": seed,
               "selectors": sum(one.outcome == "selector" for one in changed)},
        agency_id=plan.agency_id,
    )  # fmt: skip
    return plan


@transaction.atomic
def order_by_rule(actor: Actor, plan_number: str, version: int) -> Plan:
    """Freeze the roster of a plan that orders by place in the list or by score, and take over the order that follows.

    Raises:
        NotAllowed: the plan orders by draw, or its roster cannot be frozen.
    """
    plan = locked_plan(actor, plan_number, version)
    if plan.method == "draw":
        raise NotAllowed("本方案以摇号定序", where=plan.number, advice="请到摇号页面办理。")
    freeze_roster(actor, plan_number)
    given = plan.announced.get("score") or {}
    weights = Weights(*(int(given.get(name, 0)) for name in ("month", "month_max", "member", "first_tier")))
    families = list(plan.registrations.filter(state="rostered").select_related("waitlist_entry"))
    contenders = []
    for one in families:
        entry = one.waitlist_entry
        months = months_between(entry.listed_on, plan.register_until)
        one.score = score_of(weights, months, one.members, one.tier) if plan.method == "score" else None
        contenders.append(
            Contender(one.pk, one.layout, one.tier, entry.listed_on, entry.number, one.score or 0)
        )
    Registration.objects.bulk_update(families, ["score"], batch_size=500)
    numbers = {one.pk: one.entry_no for one in families}
    rows = [
        OrderRow(numbers[key], place)
        for queue in ordered(plan.method, contenders).values()
        for place, key in enumerate(queue, 1)
    ]
    return record_order(actor, plan_number, rows)


def frozen_of(plan: Plan) -> Frozen:
    """The frozen roster of a plan again, as :func:`freeze_roster` returned it."""
    roster, units = roster_of(plan), units_of(plan)
    return Frozen(plan, roster, units, rules_of(plan, roster, units))
