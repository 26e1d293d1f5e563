"""Pages of supply plans (筹集计划)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from guangsha.areas.stock import actions, queries
from guangsha.areas.stock.access import (
    access_supply_item,
    access_supply_plan,
    estates_of,
)
from guangsha.areas.stock.facts import FUNDING_SOURCES, LAYOUTS, PROGRAMMES
from guangsha.areas.stock.models import SupplyItem, SupplyPlan
from guangsha.areas.stock.office import show
from guangsha.areas.stock.office_forms import whole_of
from guangsha.areas.stock.rules import HEADS, KEEPERS, READERS, square_metres
from guangsha.audit.actor import Actor
from guangsha.people.access import NotThere, access_agency
from guangsha.people.gates import staff
from guangsha.people.models import Agency
from guangsha.web.act_forms import Answers, Field, Form, act_page, acting, day_of, reason, text
from guangsha.web.forms import key_of

Crumb = tuple[str, str, tuple[Any, ...]]
_UP: list[Crumb] = [("房源与楼盘表", "office-stock", ()), ("筹集计划", "office-stock-supply", ())]


@staff(*READERS)
@require_GET
def supply(request: HttpRequest) -> HttpResponse:
    """Every plan of supply with what of it is delivered."""
    actor = acting(request)
    return show(request, "supply", {"rows": queries.supply_plans(actor), "may_keep": actor.has(*KEEPERS)})


def _plan_fields(_agency: Agency, _actor: Actor) -> list[Field]:
    year = timezone.localdate().year
    return [
        text("year", "年度", kind="number", value=str(year)), text("name", "名称", max=60, value="保障性住房筹集计划"),
        text("target", "目标套数", kind="number"), text("document", "文号", required=False, max=80),
    ]  # fmt: skip


PLAN_NEW = Form(
    "编制筹集计划", _plan_fields,
    lambda actor, agency, _version, answers: actions.add_supply_plan(
        actor, agency, year=whole_of(answers["year"], "年度"), name=answers["name"], target=whole_of(answers["target"], "目标套数"),
        document=answers["document"]),
    "计划已建立，请逐项录入项目，再请负责人审批。",
)  # fmt: skip


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def supply_new(request: HttpRequest) -> HttpResponse:
    """Begin a plan of one's own agency."""
    actor = acting(request)
    agency = access_agency(actor, actor.agency_id)
    return act_page(
        request, PLAN_NEW, agency, here="stock", crumbs=_UP, version=0, back=("office-stock-supply",)
    )


def _item_fields(_plan: SupplyPlan, actor: Actor) -> list[Field]:
    homes = {
        str(key): name
        for key, name in estates_of(actor).order_by("name").values_list("pk", "name")[: queries.ESTATES_MAX]
    }
    return [
        text("project", "项目", max=80), text("estate", "小区", kind="choice", required=False, choices=homes, help="已登记小区的选择。"),
        text("funding", "来源", kind="choice", choices=FUNDING_SOURCES), text("programme", "用途", kind="choice", choices=PROGRAMMES, value="public_rental"),
        text("layout", "户型组别", kind="choice", choices=LAYOUTS), text("units", "套数", kind="number"),
        text("area_m2", "套均建筑面积（㎡）", kind="area"), text("planned_on", "计划交付", kind="date"),
    ]  # fmt: skip


def _add_item(actor: Actor, plan: SupplyPlan, _version: int, answers: Answers) -> None:
    actions.add_supply_item(
        actor, plan.pk, project=answers["project"], funding=answers["funding"], layout=answers["layout"],
        units=whole_of(answers["units"], "套数"), area_m2=square_metres(answers["area_m2"], "套均建筑面积（㎡）"),
        planned_on=day_of(answers["planned_on"], "计划交付"), programme=answers["programme"],
        estate_id=key_of(answers["estate"]) or None,
    )  # fmt: skip


#: code → (only while the plan waits for approval, whose duty, the act)
PLAN_FORMS = {
    "item": (KEEPERS, Form("增加项目", _item_fields, _add_item, "项目已加入计划。")),
    "approve": (HEADS, Form(
        "审批计划", lambda *_: [text("note", "意见", required=False, max=200)],
        lambda actor, plan, version, answers: actions.approve_supply_plan(actor, plan.pk, version, note=answers["note"]),
        "计划已审批，可以登记进度了。")),
}  # fmt: skip


@staff(*READERS)
@require_GET
def supply_plan(request: HttpRequest, key: int) -> HttpResponse:
    """One plan: its lots by project, source, layout and where they stand."""
    actor = acting(request)
    found = access_supply_plan(actor, key)
    lines = queries.supply_lines(list(found.items.select_related("estate").order_by("project", "layout")))
    by_layout = {code: [0, 0] for code in LAYOUTS}
    by_funding: dict[str, list[int]] = {}
    for line in lines:
        for sums in (by_layout[line.item.layout], by_funding.setdefault(line.item.funding, [0, 0])):
            sums[0] += line.item.units
            sums[1] += line.item.delivered_units
    held = actor.roles_at(found.agency_id)
    waits = found.approved_at is None
    return show(
        request, "supply_plan",
        {
            "plan": found, "lines_in": lines, "stations": queries.SUPPLY_STATIONS, "fundings": FUNDING_SOURCES, "by_layout": by_layout,
            "by_funding": by_funding, "units": sum(one.item.units for one in lines), "delivered": sum(one.item.delivered_units for one in lines),
            "acts": [
                (code, form.title) for code, (roles, form) in PLAN_FORMS.items()
                if waits and held & roles and not (code == "approve" and found.made_by_id == actor.account_id)
            ],
            "may_keep": bool(held & KEEPERS) and not waits,
        },
    )  # fmt: skip


@staff(*(KEEPERS | HEADS))
@require_http_methods(["GET", "POST"])
def supply_act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One act on a plan."""
    actor = acting(request)
    found = access_supply_plan(actor, key)
    roles, form = PLAN_FORMS.get(code, (frozenset[str](), None))
    if form is None or found.approved_at is not None or not actor.roles_at(found.agency_id) & roles:
        raise NotThere
    crumbs = [*_UP, (str(found), "office-stock-supply-plan", (found.pk,))]
    return act_page(
        request,
        form,
        found,
        here="stock",
        crumbs=crumbs,
        version=found.version,
        back=("office-stock-supply-plan", found.pk),
    )


def _progress_fields(item: SupplyItem, _actor: Actor) -> list[Field]:
    return [
        text("started_on", "开工（签约）日期", kind="date", required=False, value=item.started_on.isoformat() if item.started_on else ""),
        text("delivered_on", "交付日期", kind="date", required=False, value=item.delivered_on.isoformat() if item.delivered_on else ""),
        text("delivered_units", "交付套数", kind="number", required=False, value=str(item.delivered_units or ""), help=f"累计，最多 {item.units} 套。"),
        reason(),
    ]  # fmt: skip


def _progress(actor: Actor, item: SupplyItem, version: int, answers: Answers) -> None:
    days = {
        name: day_of(answers[name], label) if answers[name] else None
        for name, label in (("started_on", "开工（签约）日期"), ("delivered_on", "交付日期"))
    }
    actions.progress_item(
        actor, item.pk, version, started_on=days["started_on"], delivered_on=days["delivered_on"],
        delivered_units=whole_of(answers["delivered_units"], "交付套数", empty=0), reason=answers["reason"],
    )  # fmt: skip


PROGRESS = Form("登记进度", _progress_fields, _progress, "进度已登记。")


@staff(*KEEPERS)
@require_http_methods(["GET", "POST"])
def supply_item(request: HttpRequest, key: int) -> HttpResponse:
    """Write down how far a lot is."""
    found = access_supply_item(acting(request), key)
    crumbs = [
        *_UP,
        (str(found.plan), "office-stock-supply-plan", (found.plan_id,)),
        (found.project, "office-stock-supply-plan", (found.plan_id,)),
    ]
    return act_page(
        request,
        PROGRESS,
        found,
        here="stock",
        crumbs=crumbs,
        version=found.version,
        back=("office-stock-supply-plan", found.plan_id),
    )
