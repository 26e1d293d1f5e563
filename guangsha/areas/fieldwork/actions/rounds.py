"""Rounds with a checklist: planned by the clock each month, walked by a person; each fault becomes a hazard.

Source: operations.md E09 (monthly safety check of fire protection, lifts and gas).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.fieldwork.access import access_round
from guangsha.areas.fieldwork.actions.base import NotAllowed, OrderMoved, now, one_of, said, today
from guangsha.areas.fieldwork.actions.hazards import Finding, find
from guangsha.areas.fieldwork.facts import HAZARD_KINDS, VERDICTS
from guangsha.areas.fieldwork.models import Checklist, Round, RoundItem
from guangsha.areas.fieldwork.parameters import whole
from guangsha.areas.fieldwork.rules import INSPECTORS
from guangsha.areas.stock.models import Estate
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency

ITEMS_MAX = 60
#: What is looked at where a place has written down nothing else: fire protection, lifts, gas.
MONTHLY_SAFETY: tuple[tuple[str, str, str], ...] = (
    ("fire_exit", "fire", "疏散通道、安全出口畅通，没有堆物和飞线充电"),
    ("fire_gear", "fire", "灭火器、消火栓、应急照明完好有效"),
    ("fire_alarm", "fire", "火灾报警、防火门、常闭门完好"),
    ("lift_label", "lift", "电梯检验合格标志在有效期内，维保记录按期"),
    ("lift_run", "lift", "电梯运行平稳，紧急呼叫有人应答"),
    ("gas_pipe", "gas", "公共燃气管道、阀门无锈蚀、无异味"),
    ("gas_home", "gas", "抽查户内燃气软管、报警器和自闭阀"),
    ("power", "power", "公共区域配电箱、线路无破损、无私拉乱接"),
    ("facade", "falling", "外墙、窗框、空调架无脱落风险"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found at one point."""

    verdict: str
    text: str = ""
    place: str = ""


def items_of(checklist: Checklist) -> list[dict[str, str]]:
    """The points of a checklist: ``code``, ``kind``, ``text``."""
    return cast(list[dict[str, str]], checklist.items)


@transaction.atomic
def write_checklist(
    actor: Actor, agency: Agency, name: str, kind: str, lines: list[tuple[str, str, str]]
) -> Checklist:
    """Write down a checklist; points are (code, kind of hazard, text).

    Raises:
        NotAllowed: not a head of the agency.
        InputError: no points, too many, or the same code twice.
    """
    if actor.kind != "system" and not actor.roles_at(agency.pk) & {"supervisor"}:
        raise NotAllowed("您的岗位不能编制检查表", advice="请由单位负责人办理。")
    if not 1 <= len(lines) <= ITEMS_MAX or len({code for code, *_ in lines}) != len(lines):
        raise InputError(f"检查项应为 1 至 {ITEMS_MAX} 项，代码不重复", where="检查项", advice="请核对。")
    points = [
        {"code": code, "kind": one_of(what, HAZARD_KINDS, "类别"), "text": said(text, "检查项", most=120)}
        for code, what, text in lines
    ]
    checklist = Checklist.objects.create(
        agency=agency, name=said(name, "名称", most=60), kind=kind, items=points
    )
    record(actor, "fieldwork.checklist.write", checklist, after={"items": len(points)}, agency_id=agency.pk)
    return checklist


def plan_rounds(moment: datetime) -> int:
    """Every estate of an agency that manages dwellings has its safety round of the month; planned once, however often this runs."""
    day, planned = timezone.localdate(moment), 0
    period = f"{day:%Y-%m}"
    for agency in Agency.objects.filter(pk__in=Estate.objects.values("agency_id"), active=True).order_by(
        "pk"
    ):
        with transaction.atomic():
            checklist = (
                Checklist.objects.filter(agency=agency, kind="safety", active=True).order_by("-pk").first()
            )
            if checklist is None:
                checklist = write_checklist(CLOCK, agency, "月度安全检查", "safety", list(MONTHLY_SAFETY))
            due = day.replace(day=min(whole("safety_round_day", agency, day), 28))
            made = Round.objects.bulk_create(
                [
                    Round(agency=agency, checklist=checklist, estate=estate, period=period, due_on=max(due, day))
                    for estate in Estate.objects.filter(agency=agency).exclude(
                        pk__in=Round.objects.filter(period=period, checklist__kind="safety", agency=agency).values("estate_id")
                    )
                ],
                ignore_conflicts=True,
            )  # fmt: skip
            planned += len(made)
            if made:
                record(
                    CLOCK,
                    "fieldwork.round.plan",
                    checklist,
                    after={"period": period, "rounds": len(made)},
                    agency_id=agency.pk,
                )
    return planned


@transaction.atomic
def walk(actor: Actor, key: int, version: int, answers: Mapping[str, Answer], *, note: str = "") -> Round:
    """Keep what was found on a round; every fault becomes a hazard that waits to be graded.

    Raises:
        NotAllowed: not one of those who go out, or it is done.
        OrderMoved: a colleague has walked it in between.
        InputError: a point without an answer, or a fault without words.
    """
    seen = access_round(actor, key)
    round_ = (
        Round.objects.select_for_update(of=("self",))
        .select_related("checklist", "estate", "agency")
        .get(pk=seen.pk)
    )
    if round_.version != version:
        raise OrderMoved("这次检查刚被别人登记过", where=str(round_), advice="请刷新页面。")
    if actor.kind != "staff" or not actor.roles_at(round_.agency_id) & INSPECTORS:
        raise NotAllowed("您的岗位不能登记检查", where=str(round_), advice="请由巡查员办理。")
    if round_.state == "done":
        raise NotAllowed("这次检查已经完成", where=str(round_), advice="请刷新页面。")
    faults = 0
    for point in items_of(round_.checklist):
        given = answers.get(point["code"], Answer(""))
        verdict = one_of(given.verdict, VERDICTS, point["text"])
        hazard = None
        if verdict == "fault":
            faults += 1
            place = said(given.place, "部位", needed=False, most=80)
            hazard = find(
                actor, round_.agency,
                Finding(
                    point["kind"], said(given.text, point["text"], most=300), f"{round_.estate.name}{place}"[:120],
                    "round" if round_.checklist.kind == "safety" else "patrol", estate=round_.estate,
                ),
            )  # fmt: skip
        RoundItem.objects.create(
            round=round_, code=point["code"], verdict=verdict, hazard=hazard,
            text=said(given.text, point["text"], needed=False),
        )  # fmt: skip
    round_.state, round_.done_at, round_.inspector_id = "done", now(), actor.account_id
    round_.note, round_.version = said(note, "说明", needed=False), round_.version + 1
    round_.save(update_fields=["state", "done_at", "inspector", "note", "version"])
    record(actor, "fieldwork.round.walk", round_, after={"faults": faults}, agency_id=round_.agency_id)
    return round_


def overdue_rounds(moment: datetime) -> list[Round]:
    """Rounds whose last day is over and that nobody walked."""
    late = Round.objects.filter(state="planned", due_on__lt=timezone.localdate(moment))
    return list(late.select_related("agency", "estate").order_by("agency_id", "due_on")[:500])


__all__ = [
    "MONTHLY_SAFETY",
    "Answer",
    "items_of",
    "overdue_rounds",
    "plan_rounds",
    "today",
    "walk",
    "write_checklist",
]
