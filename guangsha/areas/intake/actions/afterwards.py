"""After a case: what people thought of it, the second look at some, and alarms about those that are late."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.intake import clock
from guangsha.areas.intake.actions.base import (
    Failures,
    NotAllowed,
    holders,
    locked,
    must_stay_away,
    owns,
    said,
    standing_of,
    tell_applicant,
    tell_staff,
    today,
)
from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Alarm, Case, Decision, Rating, SpotCheck
from guangsha.areas.intake.rules import CLOSED, OPEN, roles_for
from guangsha.areas.intake.rules import EDGES as RULES
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.people.models import Account

TAGS = (
    "办事方便",
    "速度快",
    "态度好",
    "说明清楚",
    "跑动次数少",
    "材料太多",
    "等待太久",
    "态度不好",
    "说明不清",
    "系统难用",
)
BAD = 2
DRAW_MAX = 5000


@transaction.atomic
def rate(actor: Actor, case_id: int, grade: int, tags: Sequence[str] = (), text: str = "") -> Rating:
    """Rate a case once, after it is closed. Grades 1 and 2 are called back and mended within five working days.

    Raises:
        NotAllowed, InputError: not one's own, not closed, rated before, no such grade.
    """
    case = locked(case_id)
    if not owns(actor, case):
        raise NotAllowed("只有办件人可以评价", where=f"办件 {case.number}")
    if case.state not in CLOSED:
        raise InputError("办结后才能评价", where=f"办件 {case.number}")
    if type(grade) is not int or not 1 <= grade <= 5 or any(tag not in TAGS for tag in tags):
        raise InputError("请选择 1 至 5 的评价和列出的标签", where="评价")
    words = said(text, where="评价说明", most=500)
    due = national_calendar().add_workdays(today(), clock.RATING_WORKDAYS) if grade <= BAD else None
    try:
        with transaction.atomic():
            rating = Rating.objects.create(
                case=case,
                grade=grade,
                tags=list(dict.fromkeys(tags)),
                text=words,
                rated_at=timezone.now(),
                due_on=due,
            )
    except IntegrityError:
        raise InputError("本办件已经评价过", where=f"办件 {case.number}") from None
    if due is not None:
        tell_staff(
            case,
            holders(case, ["supervisor"]),
            "bad-rating",
            "收到差评，请回访",
            f"办件 {case.number} 收到差评，请在 {due:%Y年%m月%d日}前回访并整改。",
        )
    record(actor, "intake.rating.give", rating, after={"grade": grade}, agency_id=case.agency_id)
    return rating


@transaction.atomic
def reply_rating(actor: Actor, rating_id: int, text: str) -> Rating:
    """Write down the call-back and what was mended."""
    rating = (
        Rating.objects.select_for_update(of=("self",)).select_related("case").filter(pk=rating_id).first()
    )
    if rating is None or actor.kind != "staff" or rating.case.agency_id not in actor.scope:
        raise NotAllowed("没有这条评价")
    if actor.roles_at(rating.case.agency_id).isdisjoint({"supervisor", "hotline_agent"}):
        raise NotAllowed("您的岗位不能回访评价")
    if rating.replied_at is not None:
        raise InputError("已经回访过", advice="请刷新页面。")
    rating.reply, rating.replied_at = said(text, where="回访与整改", needed=True), timezone.now()
    rating.save(update_fields=["reply", "replied_at"])
    record(actor, "intake.rating.reply", rating, agency_id=rating.case.agency_id)
    return rating


def drawn(numbers: Sequence[str], percent: int, seed: str) -> list[str]:
    """Which numbers a seed draws: sorted by their SHA-256 with the seed, the first ``percent`` of a hundred, rounded up. Anybody
    with the seed and the list gets the same. Pure."""
    count = -(-len(numbers) * percent // 100)
    return sorted(
        sorted(numbers), key=lambda number: hashlib.sha256(f"{seed}|{number}".encode()).hexdigest()
    )[:count]


@transaction.atomic
def draw_spot_checks(
    actor: Actor, service_code: str, since: datetime, until: datetime, seed: str
) -> list[SpotCheck]:
    """Draw decided cases for a second look. The seed is public and named before the draw; drawing again adds nothing.

    Raises:
        NotAllowed; InputError: no seed, or no share is set for the service.
    """
    if not actor.has("supervisor", "auditor", "system"):
        raise NotAllowed("您的岗位不能抽取复查")
    percent = service(service_code).spot_check_percent
    if not percent or not seed.strip():
        raise InputError("本事项没有设抽查比例" if not percent else "请填写抽样种子（例如当天公开的数字）")
    cases = Case.objects.filter(service=service_code, decided_at__gte=since, decided_at__lt=until)
    if actor.kind == "staff":
        cases = cases.filter(agency_id__in=actor.scope)
    numbers = list(cases.order_by("number").values_list("number", flat=True)[: DRAW_MAX + 1])
    if len(numbers) > DRAW_MAX:
        raise InputError(f"一次最多从 {DRAW_MAX} 件中抽取", advice="请缩短时间段。")
    checks = []
    for case in Case.objects.filter(number__in=drawn(numbers, percent, seed.strip())).order_by("number"):
        check, created = SpotCheck.objects.get_or_create(
            case=case, seed=seed.strip()[:64], defaults={"drawn_at": timezone.now()}
        )
        if created:
            record(
                actor,
                "intake.spot_check.draw",
                check,
                after={"case": case.number, "seed": check.seed, "of": len(numbers)},
                agency_id=actor.agency_id,
            )
        checks.append(check)
    return checks


@transaction.atomic
def finish_spot_check(actor: Actor, check_id: int, finding: str, text: str) -> SpotCheck:
    """Write down what the second look found; somebody who worked on the case may not take it."""
    check = (
        SpotCheck.objects.select_for_update(of=("self",)).select_related("case").filter(pk=check_id).first()
    )
    if check is None or check.done_at is not None:
        raise InputError("没有这项待办的复查", advice="请刷新页面。")
    case = check.case
    near = actor.roles_at(case.agency_id) if actor.kind == "staff" else frozenset[str]()
    if near.isdisjoint({"supervisor", "auditor", "legal_officer", "district_reviewer"}):
        raise NotAllowed("您的岗位不能复查")
    if must_stay_away(actor.account_id, case):
        raise NotAllowed("您与当事人有亲属关系，按规定应当回避", where=f"办件 {case.number}")
    if (
        case.edges.filter(account_id=actor.account_id).exists()
        or Decision.objects.filter(case=case, decided_by_id=actor.account_id).exists()
    ):
        raise NotAllowed("您经办过本办件，不能复查", where=f"办件 {case.number}")
    if finding not in ("right", "flawed", "wrong"):
        raise InputError("请选择结论：正确、有瑕疵、错误")
    check.finding, check.text = finding, said(text, where="复查说明", needed=finding != "right")
    check.account_id, check.done_at = actor.account_id, timezone.now()
    check.save()
    if finding == "wrong":
        tell_staff(
            case,
            holders(case, ["supervisor"]),
            f"spot-{check.pk}",
            "抽查发现错误决定",
            f"办件 {case.number} 经抽查认为决定有误，请研究是否重新办理或撤销。",
        )
    record(
        actor,
        "intake.spot_check.finish",
        check,
        reason=check.text[:500],
        after={"finding": finding},
        agency_id=case.agency_id,
    )
    return check


def raise_alarms(now: datetime) -> int:
    """Warn of limits that are near or past. Each level is raised once per limit; where nobody holds the role the alarm goes one
    level up, and one that reaches nobody fails loudly instead of passing for told."""
    calendar, day = national_calendar(), timezone.localdate(now)
    soon = calendar.add_workdays(day, clock.WARN_WORKDAYS)
    rows = Case.objects.filter(state__in=[*OPEN, "reconsidering", "approved"], step_due_on__lte=soon)
    raised, unheard, failed = 0, [], Failures("intake.alarms")
    for case_id in list(rows.order_by("step_due_on", "id").values_list("id", flat=True)):
        with failed.noted(case_id), transaction.atomic():
            case = locked(case_id)
            level = clock.alarm_level(calendar, case.step_due_on, day)
            if (
                not level
                or case.step_due_on is None
                or (case.state == "publicity" and case.paused_at is not None)
            ):
                continue
            if Alarm.objects.filter(
                case=case, level=level, step=case.step or case.state, due_on=case.step_due_on
            ).exists():
                continue
            if case.state == "supplement" and level == "due_soon":
                tell_applicant(case, f"supplement-soon-{case.step_due_on}", "补正期限将到",
                               f"您的办件 {case.number} 请在 {case.step_due_on:%Y年%m月%d日}前补交材料，逾期将按现有材料办理。")  # fmt: skip
            accounts = _concerned(case, level)
            if not accounts:
                unheard.append(case.number)
                continue
            told = tell_staff(case, accounts, f"alarm-{level}-{case.step_due_on}-{case.step or case.state}",
                              dict(Alarm.LEVELS)[level], f"办件 {case.number} 本步骤期限 {case.step_due_on:%Y年%m月%d日}，{dict(Alarm.LEVELS)[level]}。")  # fmt: skip
            alarm = Alarm.objects.create(
                case=case,
                level=level,
                step=case.step or case.state,
                due_on=case.step_due_on,
                raised_at=now,
                told=told,
            )
            record(
                CLOCK,
                "intake.alarm.raise",
                alarm,
                after={"case": case.number, "level": level, "told": told},
                agency_id=case.agency_id,
            )
            raised += 1
    failed.raise_any()
    if unheard:
        raise InputError(
            f"{len(unheard)} 件将到期或超期的办件没有任何人可以提醒：{'、'.join(unheard[:20])}",
            advice="请为这些机构任命负责人。",
        )
    return raised


def _concerned(case: Case, level: str) -> list[Account]:
    """Who is told: the case worker, then everybody of the role, then the head of the agency; up until somebody is there."""
    act = {"submitted": "accept", "publicity": "publish_notice", "deciding": "decide", "objection": "settle_objection",
           "reconsidering": "answer_remedy", "approved": "serve", "verifying": "accept", "accepted": "accept", "supplement": "request_supplement"}.get(case.state, "give_opinion")  # fmt: skip
    standing = standing_of(case)
    role = holders(case, sorted(roles_for(RULES[act], standing)))
    # who was given the case and has left the post since can do nothing about it
    own = [case.assignee] if case.assignee is not None and case.assignee in role else []
    head = holders(case, ["supervisor"])
    if level == "due_soon":
        return own or role or head
    if level == "overdue":
        return list({account.pk: account for account in [*own, *role]}.values()) or head
    return head or holders(case, ["city_approver", "auditor"])


@transaction.atomic
def answer_alarm(actor: Actor, alarm_id: int) -> Alarm:
    """Take note of an alarm: who takes care of it."""
    alarm = Alarm.objects.select_for_update(of=("self",)).select_related("case").filter(pk=alarm_id).first()
    if alarm is None or actor.kind != "staff" or alarm.case.agency_id not in actor.scope:
        raise NotAllowed("没有这条提醒")
    if alarm.answered_at is None:
        alarm.answered_by, alarm.answered_at = actor.account_id, timezone.now()
        alarm.save(update_fields=["answered_by", "answered_at"])
        record(actor, "intake.alarm.answer", alarm, agency_id=alarm.case.agency_id)
    return alarm
