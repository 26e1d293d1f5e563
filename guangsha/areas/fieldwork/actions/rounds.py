"""Rounds with a checklist: planned by the clock each month or called by a head, walked by a person; what is found becomes a hazard or
a repair order.

Source: operations.md E09 (monthly safety check of fire protection, lifts and gas), E01 (patrols, so many a month), E02 (special
patrols before storms and holidays).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.fieldwork.access import access_round
from guangsha.areas.fieldwork.actions.base import (
    NotAllowed,
    OrderMoved,
    holders,
    now,
    one_of,
    said,
    tell_accounts,
    today,
)
from guangsha.areas.fieldwork.actions.hazards import Finding, find
from guangsha.areas.fieldwork.actions.reports import Report, report_for
from guangsha.areas.fieldwork.facts import HAZARD_KINDS, REPAIR_OF, VERDICTS
from guangsha.areas.fieldwork.models import Checklist, Round, RoundItem
from guangsha.areas.fieldwork.parameters import whole, whole_or_none
from guangsha.areas.fieldwork.rules import INSPECTORS, patrol_days
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


#: What a patrol looks at where a place has written down nothing else.
PATROL: tuple[tuple[str, str, str], ...] = (
    ("structure", "structure", "房屋主体无新裂缝、倾斜、沉降"),
    ("exits", "fire", "楼道、通道畅通，没有飞线充电"),
    ("falling", "falling", "外墙、阳台、树木无坠落风险"),
    ("lights", "power", "楼道照明、配电箱、门禁完好"),
    ("water", "other", "屋面、管道、化粪池无渗漏堵塞"),
    ("doors", "other", "单元门、栏杆、健身和儿童设施完好"),
)
_USUAL = {"safety": ("月度安全检查", MONTHLY_SAFETY), "patrol": ("日常巡查", PATROL)}
#: Patrols of one month; a place that writes more means another thing.
PATROLS_MAX = 31
#: Estates for which one special patrol is called.
ESTATES_MAX = 500


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
    """Every estate of an agency that manages dwellings has its safety round of the month, and as many patrols as its place asks for
    (``patrols_per_month``; none where it is not set); planned once, however often this runs."""
    day, planned = timezone.localdate(moment), 0
    month = f"{day:%Y-%m}"
    for agency in Agency.objects.filter(pk__in=Estate.objects.values("agency_id"), active=True).order_by(
        "pk"
    ):
        estates = list(Estate.objects.filter(agency=agency).order_by("pk"))
        with transaction.atomic():
            due = max(day.replace(day=min(whole("safety_round_day", agency, day), 28)), day)
            planned += _plan(agency, _checklist_of(agency, "safety"), month, due, estates)
            times = min(whole_or_none("patrols_per_month", agency, day) or 0, PATROLS_MAX)
            for number, last in enumerate(patrol_days(day, times) if times else (), 1):
                if last >= day:  # what was over before anybody planned it is not owed
                    planned += _plan(
                        agency, _checklist_of(agency, "patrol"), f"{month}-{number}", last, estates
                    )
    return planned


def _checklist_of(agency: Agency, kind: str) -> Checklist:
    found = Checklist.objects.filter(agency=agency, kind=kind, active=True).order_by("-pk").first()
    name, points = _USUAL[kind]
    return found or write_checklist(CLOCK, agency, name, kind, list(points))


def _plan(agency: Agency, checklist: Checklist, period: str, due: date, estates: list[Estate]) -> int:
    # by the kind and not by the list: a list that was changed within the month plans nothing a second time
    there = Round.objects.filter(agency=agency, checklist__kind=checklist.kind, period=period)
    planned = set(there.values_list("estate_id", flat=True))
    made = Round.objects.bulk_create(
        [
            Round(agency=agency, checklist=checklist, estate=estate, period=period, due_on=due)
            for estate in estates
            if estate.pk not in planned
        ],
        ignore_conflicts=True,
    )
    if made:
        record(
            CLOCK, "fieldwork.round.plan", checklist, after={"period": period, "rounds": len(made)}, agency_id=agency.pk
        )  # fmt: skip
    return len(made)


@transaction.atomic
def call_special(
    actor: Actor, agency: Agency, *, name: str, due_on: date, estate: Estate | None = None
) -> int:
    """A special patrol (专项巡查) before a storm, a holiday, after an accident: of every estate of the agency, or of one.

    Returns:
        How many rounds wait to be walked.

    Raises:
        NotAllowed: not one of those who go out.
        InputError: the day is over, no estate, or it was called already today.
    """
    if actor.kind != "staff" or not actor.roles_at(agency.pk) & INSPECTORS:
        raise NotAllowed("您的岗位不能安排专项巡查", advice="请由巡查员或单位负责人办理。")
    words, day = said(name, "名称", most=60), today()
    if due_on < day:
        raise InputError("日期已过", where="应完成日", advice="请核对。")
    estates = list(Estate.objects.filter(agency=agency).order_by("pk")[:ESTATES_MAX])
    if estate is not None:
        estates = [one for one in estates if one.pk == estate.pk]
    checklist = Checklist.objects.filter(agency=agency, name=words, kind="special", active=True).first()
    if checklist is None:
        if Checklist.objects.filter(agency=agency, name=words).exists():
            raise InputError("这个名称已用于其他检查表", where="名称", advice="请换一个名称，例如写明日期。")
        points = [{"code": code, "kind": kind, "text": text} for code, kind, text in PATROL]
        checklist = Checklist.objects.create(agency=agency, name=words, kind="special", items=points)
    made = Round.objects.bulk_create(
        [
            Round(agency=agency, checklist=checklist, estate=one, period=day.isoformat(), due_on=due_on)
            for one in estates
            if not Round.objects.filter(estate=one, checklist=checklist, period=day.isoformat()).exists()
        ]
    )
    if not made:
        raise InputError("没有要巡查的小区，或今天已经安排过", where="小区", advice="请在检查列表中查看。")
    record(
        actor, "fieldwork.round.call", checklist, after={"rounds": len(made), "due_on": due_on}, agency_id=agency.pk
    )  # fmt: skip
    tell_accounts(
        holders(agency, ["field_inspector"]), f"special:{checklist.pk}:{day}", "专项巡查",
        f"{words}：{len(made)} 个小区，请在 {due_on:%m月%d日} 前完成。", "/office/rounds/", "",
    )  # fmt: skip
    return len(made)


@transaction.atomic
def walk(actor: Actor, key: int, version: int, answers: Mapping[str, Answer], *, note: str = "") -> Round:
    """Keep what was found on a round; every fault becomes a hazard that waits to be graded, everything broken a repair order.

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
    found = {"fault": 0, "repair": 0}
    for point in items_of(round_.checklist):
        given = answers.get(point["code"], Answer(""))
        verdict = one_of(given.verdict, VERDICTS, point["text"])
        hazard, order = None, None
        if verdict in found:
            found[verdict] += 1
            words = said(given.text, point["text"], most=300)
            place = f"{round_.estate.name}{said(given.place, '部位', needed=False, most=80)}"[:120]
            if verdict == "fault":
                source = "round" if round_.checklist.kind == "safety" else "patrol"
                hazard = find(
                    actor, round_.agency, Finding(point["kind"], words, place, source, estate=round_.estate)
                )
            else:
                order = report_for(
                    actor, Report(REPAIR_OF[point["kind"]], words, place), "patrol", estate=round_.estate
                )
        RoundItem.objects.create(
            round=round_, code=point["code"], verdict=verdict, hazard=hazard, order=order,
            text=said(given.text, point["text"], needed=False),
        )  # fmt: skip
    round_.state, round_.done_at, round_.inspector_id = "done", now(), actor.account_id
    round_.note, round_.version = said(note, "说明", needed=False), round_.version + 1
    round_.save(update_fields=["state", "done_at", "inspector", "note", "version"])
    record(
        actor,
        "fieldwork.round.walk",
        round_,
        after={"faults": found["fault"], "repairs": found["repair"]},
        agency_id=round_.agency_id,
    )
    return round_


def overdue_rounds(moment: datetime) -> list[Round]:
    """Rounds whose last day is over and that nobody walked."""
    late = Round.objects.filter(state="planned", due_on__lt=timezone.localdate(moment))
    return list(late.select_related("agency", "estate", "checklist").order_by("agency_id", "due_on")[:500])


__all__ = [
    "MONTHLY_SAFETY",
    "PATROL",
    "Answer",
    "call_special",
    "items_of",
    "overdue_rounds",
    "plan_rounds",
    "today",
    "walk",
    "write_checklist",
]
