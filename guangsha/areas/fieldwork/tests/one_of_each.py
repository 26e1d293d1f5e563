"""Repairs and hazards in every station, for the walks that open every page: made by the acts that make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from guangsha.areas.fieldwork import actions
from guangsha.areas.fieldwork.actions import hazards
from guangsha.areas.fieldwork.actions.hazards import Finding
from guangsha.areas.fieldwork.actions.rounds import MONTHLY_SAFETY, Answer
from guangsha.areas.fieldwork.models import Contractor, Duty, FieldPhoto, Hazard, RepairOrder, Round
from guangsha.areas.fieldwork.rules import monday_of
from guangsha.areas.fieldwork.tests.builders import Site, picture
from guangsha.areas.stock.tests.builders import estate
from guangsha.people.models import Account
from guangsha.testing.cast import Cast


@dataclass(frozen=True, slots=True)
class FieldThings:
    """``new`` waits for its answer, ``visited`` is worked on, ``done`` waits for a rating, ``refused`` may be contested."""

    new: RepairOrder
    triaged: RepairOrder
    visited: RepairOrder
    done: RepairOrder
    refused: RepairOrder
    hazard: Hazard
    fixed: Hazard
    given: Hazard
    round: Round
    walked: Round
    contractor: Contractor
    photo: FieldPhoto
    tenant: Account
    duty: Duty


def field_things(cast: Cast) -> FieldThings:
    """One of each."""
    site = Site(cast)
    refused = site.reported(kind="other", text="洗衣机不转")
    refused = actions.refuse(
        site.inspector, refused.number, refused.version, reason="own_goods", text="洗衣机是您自购的"
    )
    done = site.done(("door_lock", "1"), ("carpenter_hour", "0.5"), cause="misuse", part="fixed", signed=False, kind="door", text="门锁撬坏了")  # fmt: skip
    visited = site.visited(("breaker", "2"), kind="power", text="客厅跳闸", urgent=True)
    photo = actions.add_order_photo(site.firm, visited.number, "before", picture("#335577"))
    visited = actions.ask_money(
        site.firm, visited.number, visited.version, estimate_fen=120_000, reason="线路老化，需整体更换"
    )
    triaged = site.triaged(kind="wall", text="卧室墙面渗水发霉")
    new = site.reported(urgent=True, text="厨房水管爆了")
    home = estate(cast.district)
    finding = Finding(
        "fire", "楼道堆放电动车，堵住疏散通道", f"{home.name}2栋1单元一楼", "patrol", estate=home
    )
    found = hazards.find(site.inspector, cast.district, finding)
    given = hazards.find(
        site.inspector,
        cast.district,
        Finding("gas", "燃气软管老化开裂", f"{home.name}1-1-0101 厨房", "round", estate=home),
    )
    given = hazards.grade(
        site.inspector, given.number, given.version, level="major", interim="已关闭入户阀，告知住户暂停用气"
    )
    given = hazards.give(
        site.inspector, given.number, given.version, duty="", contractor_id=site.contractor.pk,
        limit_on=timezone.localdate() + timedelta(days=2),
    )  # fmt: skip
    fixed = hazards.find(
        site.inspector,
        cast.district,
        Finding("lift", "紧急呼叫无人应答", f"{home.name}1栋电梯", "round", estate=home),
    )
    fixed = hazards.grade(site.inspector, fixed.number, fixed.version, level="general")
    fixed = hazards.give(
        site.inspector,
        fixed.number,
        fixed.version,
        duty="电梯维保公司",
        limit_on=timezone.localdate() + timedelta(days=7),
    )
    actions.add_hazard_photo(site.clerk, fixed.number, "fixed", picture("#557733"))
    fixed = hazards.fixed(site.clerk, fixed.number, fixed.version, text="已更换对讲模块")
    actions.plan_rounds(timezone.now())
    other = estate(cast.district, "荷塘小区")
    actions.plan_rounds(timezone.now())
    walk = Round.objects.get(estate=other, checklist__kind="safety")
    walked = actions.walk(
        site.inspector, walk.pk, walk.version,
        {code: Answer("fault", "灭火器压力不足", "5栋") if code == "fire_gear" else Answer("ok") for code, *_ in MONTHLY_SAFETY},
    )  # fmt: skip
    monday = monday_of(timezone.localdate())
    # the demo district has somebody on duty already
    duty = Duty.objects.filter(agency=cast.district, monday=monday).first() or actions.put_on_duty(
        site.head, cast.district, monday, account_id=site.inspector.account_id,
        deputy_id=site.head.account_id, phone="0730-8000000",
    )  # fmt: skip
    return FieldThings(
        new=new, triaged=triaged, visited=visited, done=done, refused=refused, hazard=found, fixed=fixed, given=given,
        round=Round.objects.get(estate=home, checklist__kind="safety"), duty=duty, walked=walked, contractor=site.contractor, photo=photo, tenant=site.tenant_account,
    )  # fmt: skip
