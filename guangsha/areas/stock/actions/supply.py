"""Plans of supply (筹集计划): lots of projects, approved as a whole by a second person, then started and delivered by date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.stock.access import access_estate, access_supply_item, access_supply_plan
from guangsha.areas.stock.actions.base import NotAllowed, need, not_later, same_version, touched
from guangsha.areas.stock.facts import FUNDING_SOURCES, LAYOUTS, PROGRAMMES
from guangsha.areas.stock.models import SupplyItem, SupplyPlan
from guangsha.areas.stock.rules import AREA_MAX, HEADS, KEEPERS
from guangsha.audit.actions import record, snapshot
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.sentences import said_in_line as said
from guangsha.people.models import Agency

UNITS_MAX = 100_000
ITEMS_MAX = 200


@transaction.atomic
def add_supply_plan(
    actor: Actor, agency: Agency, *, year: int, name: str, target: int, document: str = ""
) -> SupplyPlan:
    """Begin a plan of a year.

    Raises:
        InputError: there is one of that name.
    """
    need(actor, agency.pk, KEEPERS, "编制筹集计划")
    today = timezone.localdate()
    if not 2000 <= year <= today.year + 5:
        raise InputError(f"应在 2000 至 {today.year + 5} 之间", where="年度", advice="请核对。")
    if not 1 <= target <= UNITS_MAX:
        raise InputError(f"应为 1 至 {UNITS_MAX}", where="目标套数", advice="请核对。")
    try:
        with transaction.atomic():
            plan = SupplyPlan.objects.create(
                agency=agency, year=year, name=said(name, "名称", most=60), target=target,
                document=said(document, "文号", needed=False, most=80), made_by_id=actor.account_id, made_at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise InputError("这一年已有同名计划", where="名称", advice="请核对。") from error
    record(actor, "stock.supply.add", plan, after=snapshot(plan), agency_id=agency.pk)
    return plan


def _locked(
    actor: Actor, plan_id: int, roles: frozenset[str], what: str, version: int | None = None
) -> SupplyPlan:
    seen = access_supply_plan(actor, plan_id)
    need(actor, seen.agency_id, roles, what)
    plan = SupplyPlan.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    same_version(plan, version)
    return plan


@transaction.atomic
def add_supply_item(
    actor: Actor, plan_id: int, *, project: str, funding: str, layout: str, units: int, area_m2: Decimal, planned_on: date,
    programme: str = "public_rental", estate_id: int | None = None,
) -> SupplyItem:  # fmt: skip
    """Add a lot to a plan that is not approved yet.

    Raises:
        InputError: approved already, or the lot is there.
    """
    plan = _locked(actor, plan_id, KEEPERS, "编制筹集计划")
    if plan.approved_at is not None:
        raise InputError("计划已审批，不能增加项目", where=str(plan), advice="请另编调整计划。")
    if funding not in FUNDING_SOURCES or layout not in LAYOUTS or programme not in PROGRAMMES:
        raise InputError("没有这个选项", where="筹集项目", advice="请从列表中选择。")
    if not 1 <= units <= UNITS_MAX or not 0 < area_m2 <= AREA_MAX:
        raise InputError("超出可能的范围", where="套数、套均面积", advice="请核对。")
    if plan.items.count() >= ITEMS_MAX:
        raise InputError(f"一个计划最多 {ITEMS_MAX} 项", where=str(plan), advice="请另编计划。")
    estate = access_estate(actor, estate_id) if estate_id else None
    try:
        with transaction.atomic():
            item = SupplyItem.objects.create(
                plan=plan, project=said(project, "项目", most=80), estate=estate, funding=funding, programme=programme, layout=layout,
                units=units, area_m2=area_m2, planned_on=planned_on,
            )  # fmt: skip
    except IntegrityError as error:
        raise InputError("这个项目的这种户型已在计划里", where="项目", advice="请核对。") from error
    touched(plan)
    record(actor, "stock.supply.item", item, after=snapshot(item), agency_id=plan.agency_id)
    return item


@transaction.atomic
def approve_supply_plan(actor: Actor, plan_id: int, version: int, *, note: str = "") -> SupplyPlan:
    """A head of the agency approves what somebody else has drawn up.

    Raises:
        NotAllowed: one's own plan; InputError: nothing in it, or fewer units than its target.
    """
    plan = _locked(actor, plan_id, HEADS, "审批筹集计划", version)
    if plan.approved_at is not None:
        raise InputError("已经审批", where=str(plan), advice="请刷新页面。")
    if plan.made_by_id == actor.account_id:
        raise NotAllowed("不能审批自己编制的计划", where=str(plan), advice="请由另一位负责人审批。")
    units = sum(plan.items.values_list("units", flat=True))
    if units < plan.target:
        raise InputError(
            f"项目合计 {units} 套，少于目标 {plan.target} 套",
            where=str(plan),
            advice="请补充项目或调整目标。",
        )
    plan.approved_by_id, plan.approved_at = actor.account_id, timezone.now()
    touched(plan, "approved_by", "approved_at")
    record(
        actor,
        "stock.supply.approve",
        plan,
        reason=said(note, "意见", needed=False),
        after={"units": units},
        agency_id=plan.agency_id,
    )
    return plan


@transaction.atomic
def progress_item(
    actor: Actor,
    item_id: int,
    version: int,
    *,
    started_on: date | None,
    delivered_on: date | None,
    delivered_units: int,
    reason: str,
) -> SupplyItem:
    """Write down when a lot was started and how many of it were delivered by when.

    Raises:
        InputError: the plan is not approved, delivered more than planned, or in the wrong order.
    """
    seen = access_supply_item(actor, item_id)
    plan = _locked(actor, seen.plan_id, KEEPERS, "登记筹集进度")
    item = SupplyItem.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if item.version != version:
        raise InputError("刚被别人改过", where=item.project, advice="请刷新页面，看过最新情况再办。")
    if plan.approved_at is None:
        raise InputError("计划还没有审批", where=str(plan), advice="审批后再登记进度。")
    if started_on is not None:
        not_later(started_on, "开工（签约）日期")
    if bool(delivered_units) != (delivered_on is not None):
        raise InputError("交付日期和交付套数要一起填写", where="交付", advice="请补充。")
    if delivered_on is not None and (started_on is None or not_later(delivered_on, "交付日期") < started_on):
        raise InputError("早于开工日期，或没有开工日期", where="交付日期", advice="请核对。")
    if not 0 <= delivered_units <= item.units:
        raise InputError(f"应为 0 至 {item.units}", where="交付套数", advice="请核对。")
    before = snapshot(item, "started_on", "delivered_on", "delivered_units")
    item.started_on, item.delivered_on, item.delivered_units = started_on, delivered_on, delivered_units
    touched(item, "started_on", "delivered_on", "delivered_units")
    record(
        actor, "stock.supply.progress", item, reason=said(reason, "理由"), before=before,
        after=snapshot(item, "started_on", "delivered_on", "delivered_units"), agency_id=plan.agency_id,
    )  # fmt: skip
    return item
