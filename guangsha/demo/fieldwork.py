"""Repairs and hazards of the demo district, by the acts that make them; photographs are drawn, not taken."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from PIL import Image, ImageDraw

from guangsha.areas.fieldwork import actions
from guangsha.areas.fieldwork.actions import hazards
from guangsha.areas.fieldwork.actions.effects import EFFECT
from guangsha.areas.fieldwork.actions.hazards import Finding
from guangsha.areas.fieldwork.actions.rounds import MONTHLY_SAFETY, PATROL, Answer
from guangsha.areas.fieldwork.models import Contractor, Hazard, RepairOrder, Round
from guangsha.areas.fieldwork.rules import monday_of
from guangsha.areas.intake.actions.effects import take_hook
from guangsha.areas.intake.models import Hook
from guangsha.areas.stock.models import Dwelling, Estate
from guangsha.audit.actor import CLOCK
from guangsha.demo.cast import Cast
from guangsha.people.actors import build_actor

#: What is broken in the demo: kind, words, urgent.
_FAULTS = (
    ("water", "厨房水龙头关不紧，一直滴水", False), ("power", "客厅跳闸，推不上去", True), ("door", "入户门锁芯转不动", False),
    ("wall", "卧室外墙渗水，墙皮起鼓", False), ("lift", "2栋电梯停在三楼，没有困人", True), ("water", "卫生间下水堵塞返水", False),
    ("other", "楼道声控灯不亮", False), ("gas", "燃气报警器常响，已关阀开窗", True),
)  # fmt: skip


def fill_fieldwork(cast: Cast, now: datetime) -> str:
    """Orders in several stations, two hazards, a round walked and the others to be walked; nothing where there is no estate."""
    _earlier_repairs()
    clerk, head = build_actor(cast.staff["rent_clerk"]), build_actor(cast.staff["supervisor"])
    contractor = actions.write_contractor(
        head,
        cast.district,
        name="和顺物业服务有限公司",
        kind="property",
        phone="0730-8000000",
        logins="property",
    )
    actions.write_contractor(head, cast.district, name="中心维修队", kind="own", phone="0730-8000001")
    homes = list(
        Dwelling.objects.filter(estate__agency=cast.district)
        .select_related("estate")
        .order_by("pk")[: len(_FAULTS)]
    )
    for place, (home, (kind, words, urgent)) in enumerate(zip(homes, _FAULTS, strict=False)):
        spot = home if kind != "lift" else None
        order = actions.report_for(
            clerk, actions.Report(kind, words, f"{home.estate.name}2栋电梯" if spot is None else str(home), "工作日白天", urgent, "19900000077"),
            "phone", dwelling=spot, estate=home.estate,
        )  # fmt: skip
        if place:
            _go_on(cast, order, place, contractor)
    estate = Estate.objects.filter(agency=cast.district).order_by("pk").first()
    if estate is not None:
        _dangers(cast, estate, contractor)
    return f"{RepairOrder.objects.count()} 张维修工单、{Hazard.objects.count()} 处隐患、{Round.objects.count()} 次检查和巡查"


def _earlier_repairs() -> None:
    """Repairs decided in the past were done before there was this house. Orders opened for them by the clock today would all be months
    late at once, and tell everybody on duty so."""
    waiting = Hook.objects.filter(effect=EFFECT, taken_at=None).order_by("pk").values_list("pk", flat=True)
    for hook_id in waiting:
        take_hook(CLOCK, hook_id, "此前的维修台账")


def _go_on(cast: Cast, order: RepairOrder, place: int, contractor: Contractor) -> None:
    """Bring an order to its station: each further one a step on, the last ones to the end."""
    inspector, firm = build_actor(cast.staff["field_inspector"]), build_actor(cast.staff["property_user"])
    if place == 3:
        actions.refuse(
            inspector, order.number, order.version, reason="not_ours", text="外墙由物业公共维修，已转告物业"
        )
        return
    order = actions.triage(
        inspector, order.number, order.version, urgent=order.urgent, text="已受理，维修人员会与您联系"
    )
    if place == 1:
        return
    order = actions.assign(
        inspector, order.number, order.version, contractor_id=contractor.pk, worker="王师傅",
        at=timezone.localtime() + timedelta(hours=2),
    )  # fmt: skip
    if place == 2:
        return
    order = actions.arrive(firm, order.number, order.version)
    actions.add_order_photo(firm, order.number, "before", _drawn("维修前", "#b08f6f"))
    for code, quantity in (("call_out", "1"), ("plumber_hour", "1.5"), ("angle_valve", "1")):
        actions.add_line(firm, order.number, order.version, code=code, quantity=Decimal(quantity))
        order.refresh_from_db()
    if place == 4:
        return
    actions.add_order_photo(firm, order.number, "after", _drawn("维修后", "#6f9fb0"))
    order = actions.finish(
        firm, order.number, order.version, cause="wear", part="fixed", text="已修复，试用正常", signed_way="paper", signed_by="住户",
    )  # fmt: skip
    if place == 7:
        actions.close(inspector, order.number, order.version, text="电话回访，住户满意")


def _dangers(cast: Cast, home: Estate, contractor: Contractor) -> None:
    inspector, firm = build_actor(cast.staff["field_inspector"]), build_actor(cast.staff["property_user"])
    actions.plan_rounds(timezone.now())
    walk = Round.objects.get(estate=home, period=f"{timezone.localdate():%Y-%m}")
    answers = {code: Answer("ok") for code, *_ in MONTHLY_SAFETY}
    answers["fire_exit"] = Answer("fault", "楼道堆放电动车，堵住疏散通道", "2栋1单元一楼")
    answers["gas_home"] = Answer("fault", "燃气软管老化开裂", "1栋301厨房")
    actions.walk(inspector, walk.pk, walk.version, answers)
    _patrols(cast, home)
    first, second = Hazard.objects.filter(estate=home).order_by("pk")
    second = hazards.grade(
        inspector, second.number, second.version, level="major", interim="已关闭入户阀，告知住户暂停用气"
    )
    hazards.give(
        inspector, second.number, second.version, duty="", contractor_id=contractor.pk, limit_on=timezone.localdate() + timedelta(days=3)
    )  # fmt: skip
    first = hazards.grade(inspector, first.number, first.version, level="general")
    first = hazards.give(
        inspector, first.number, first.version, duty="", contractor_id=contractor.pk, limit_on=timezone.localdate() + timedelta(days=5)
    )  # fmt: skip
    actions.add_hazard_photo(firm, first.number, "fixed", _drawn("整改后", "#6fb07f"))
    first = hazards.fixed(firm, first.number, first.version, text="已清空楼道，设置禁停标志")
    find_more = Finding("power", "配电箱门锁损坏", f"{home.name}3栋一楼", "patrol", estate=home)
    hazards.find(inspector, cast.district, find_more)


def _patrols(cast: Cast, home: Estate) -> None:
    """A patrol that found a broken lamp, one called before a storm, and the roster of this week and the next."""
    inspector, head = build_actor(cast.staff["field_inspector"]), build_actor(cast.staff["supervisor"])
    patrol = Round.objects.filter(estate=home, checklist__kind="patrol").order_by("due_on").first()
    if patrol is not None:
        answers = {code: Answer("ok") for code, *_ in PATROL}
        answers["lights"] = Answer("repair", "楼道灯不亮", "2栋1单元三楼")
        done = actions.walk(inspector, patrol.pk, patrol.version, answers)
        actions.add_round_photo(inspector, done.pk, _drawn("巡查现场", "#8f8fb0"))
    today = timezone.localdate()
    actions.call_special(
        inspector,
        cast.district,
        name=f"{today.month}月大风降温前专项巡查",
        due_on=today + timedelta(days=2),
        estate=home,
    )
    monday = monday_of(today)
    for weeks, lead in ((0, head.account_id), (1, None)):
        actions.put_on_duty(
            head, cast.district, monday + timedelta(weeks=weeks), account_id=inspector.account_id, deputy_id=lead, phone="0730-8000000"
        )  # fmt: skip


def _drawn(words: str, colour: str) -> bytes:
    """A picture that says that it is none."""
    picture = Image.new("RGB", (320, 240), colour)
    ImageDraw.Draw(picture).rectangle((40, 60, 280, 200), outline="white", width=4)
    picture.putpixel((len(words), 1), (255, 255, 255))
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()
