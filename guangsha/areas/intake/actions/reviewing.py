"""Reviews: who works on a case, what they found, sending back, and the limits."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.intake import clock
from guangsha.areas.intake.actions.base import (
    CaseMoved,
    before_act,
    done,
    holders,
    locked,
    plan_of,
    require,
    said,
    start_clock,
    stay,
    stop_clock,
    tell_applicant,
    tell_staff,
    who_of,
    write_edge,
)  # fmt: skip
from guangsha.areas.intake.models import Case, Opinion
from guangsha.areas.intake.rules import EDGES as RULES
from guangsha.areas.intake.rules import GivenOpinion, after_opinion, after_return, roles_for, why_not
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.people.actors import build_actor
from guangsha.people.models import Account

VERDICTS = {"pass": "通过", "fail": "不通过", "return": "退回"}


@transaction.atomic
def assign(actor: Actor, case_id: int, version: int, account_id: int) -> Case:
    """Hand the case to a colleague who may work on it here (or take it oneself).

    Raises:
        CaseMoved, NotAllowed; InputError: the colleague may not work on this case.
    """
    case = locked(case_id, version)
    standing = require("assign", case, actor)
    colleague = Account.objects.filter(pk=account_id, kind="staff", is_active=True).first()
    act = {"submitted": "accept", "publicity": "publish_notice", "deciding": "decide", "objection": "settle_objection",
           "accepted": "begin", "verifying": "pause"}.get(case.state, "give_opinion")  # fmt: skip
    refusal = (
        why_not(act, standing, who_of(build_actor(colleague), case)) if colleague else "没有这位工作人员"
    )
    if act == "publish_notice" and standing.paused:
        refusal = ""
    if refusal or colleague is None:
        raise InputError(f"不能分派给{colleague or '此人'}：{refusal}", where=f"办件 {case.number}")
    before = before_act(case)
    write_edge(case, actor, "assign", stay(case), note=f"分派给{colleague}", keep_due=True)
    case.assignee = colleague
    case.save(update_fields=["assignee"])
    if colleague.pk != actor.account_id:
        tell_staff(
            case,
            [colleague],
            f"assigned-{case.version}",
            "有新办件分派给您",
            f"办件 {case.number} 已分派给您。",
        )
    done(actor, case, "assign", before)
    return case


@transaction.atomic
def give_opinion(
    actor: Actor, case_id: int, version: int, verdict: str, reasons: Sequence[str] = (), text: str = ""
) -> Case:
    """Say what was found at the step. The case moves when as many different people agree as the step asks for; ``return``
    sends it back to the step before.

    Raises:
        CaseMoved, NotAllowed; InputError: no such verdict or reason, or a refusal without a word why.
    """
    if verdict not in VERDICTS:
        raise InputError("请选择审核意见：通过、不通过或退回")
    if verdict == "return":
        return _send_back(actor, case_id, version, text)
    case = locked(case_id, version)
    standing = require("give_opinion", case, actor)
    chosen, before = plan_of(case), before_act(case)
    unknown = [code for code in reasons if chosen.decision is None or chosen.decision.reason(code) is None]
    if unknown:
        raise InputError(
            f"“{'、'.join(unknown)}”不是本事项的法定理由", where="审核意见", advice="请从列表中选择。"
        )
    words = said(text, where="审核意见", needed=verdict == "fail" and not reasons)
    try:
        with transaction.atomic():
            Opinion.objects.create(
                case=case, step=case.step, round=case.round, account_id=actor.account_id, verdict=verdict,
                reasons=list(dict.fromkeys(reasons)), text=words, at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise CaseMoved("您已对本步骤提出过意见", where=f"办件 {case.number}") from error
    move = after_opinion(standing, GivenOpinion(actor.account_id, case.step, case.round, verdict))
    moved = (move.state, move.step) != (case.state, case.step)
    write_edge(
        case, actor, "give_opinion", move, note=f"{VERDICTS[verdict]}。{words}".rstrip("。"), keep_due=True
    )
    if moved:
        tell_applicant(
            case, f"step-{case.version}", "办理进度", f"您的办件 {case.number} 已进入“{_state_name(case)}”。"
        )
    done(actor, case, "give_opinion", before, verdict=verdict)
    return case


def _state_name(case: Case) -> str:
    plan = plan_of(case).step(case.step)
    return plan.name if plan else case.get_state_display()


def _send_back(actor: Actor, case_id: int, version: int, text: str) -> Case:
    case = Case.objects.filter(pk=case_id).first()
    codes = [step.code for step in plan_of(case).steps] if case else []
    place = codes.index(case.step) if case and case.step in codes else 0
    if not codes or case is None:
        raise InputError("本办件没有可以退回的步骤")
    return return_to(actor, case_id, version, codes[max(0, place - 1)], text)


@transaction.atomic
def return_to(actor: Actor, case_id: int, version: int, step: str, text: str) -> Case:
    """Send the case back to an earlier step; a new round of reviews begins there.

    Raises:
        CaseMoved, NotAllowed; InputError: no such earlier step, or no reason given.
    """
    case = locked(case_id, version)
    standing = require("return_to", case, actor)
    move = after_return(standing, step)
    if move is None:
        raise InputError("只能退回到已经办过的步骤", where=f"办件 {case.number}")
    words = said(text, where="退回理由", needed=True)
    before = before_act(case)
    # from the decision a returned step is begun anew even where it is the same state
    write_edge(case, actor, "return_to", move, note=words)
    plan = plan_of(case).step(step)
    tell_staff(
        case,
        holders(case, [plan.role] if plan else []),
        f"returned-{case.version}",
        "办件被退回",
        f"办件 {case.number} 被退回：{words[:100]}",
    )
    done(actor, case, "return_to", before, reason=words)
    return case


@transaction.atomic
def extend_limit(actor: Actor, case_id: int, version: int, workdays: int, text: str) -> Case:
    """Extend the limits once, by the head of the agency; the applicant is told why (行政许可法 §42).

    Raises:
        CaseMoved, NotAllowed; InputError: too long, or extended before, or not accepted yet.
    """
    case = locked(case_id, version)
    require("extend_limit", case, actor)
    if case.extended_workdays or case.accepted_at is None:
        raise InputError(
            "期限只能延长一次" if case.extended_workdays else "还没有受理", where=f"办件 {case.number}"
        )
    if not 1 <= workdays <= clock.EXTEND_WORKDAYS_MAX:
        raise InputError(f"延长 1 至 {clock.EXTEND_WORKDAYS_MAX} 个工作日", where=f"办件 {case.number}")
    words, before = said(text, where="延长理由", needed=True), before_act(case)
    calendar = national_calendar()
    case.extended_workdays = workdays
    case.promised_on = clock.moved(calendar, case.promised_on, workdays)
    case.legal_on = clock.moved(calendar, case.legal_on, workdays)
    case.step_due_on = clock.moved(calendar, case.step_due_on, workdays)
    write_edge(case, actor, "extend_limit", stay(case), message=words, keep_due=True)
    tell_applicant(
        case,
        "extended",
        "办理期限延长",
        f"您的办件 {case.number} 的办理期限延长 {workdays} 个工作日。理由：{words}",
    )
    done(actor, case, "extend_limit", before, reason=words, workdays=workdays)
    return case


@transaction.atomic
def pause(actor: Actor, case_id: int, version: int, reason: str, text: str) -> Case:
    """Stop the clock for an appraisal or a hearing (行政许可法 §45); the applicant is told."""
    case = locked(case_id, version)
    require("pause", case, actor)
    if reason not in ("appraisal", "hearing") or case.paused_at is not None or case.accepted_at is None:
        raise InputError("只有受理后的鉴定评估、听证可以停表，且不能重复停表", where=f"办件 {case.number}")
    words, before = said(text, where="停表理由", needed=True), before_act(case)
    stop_clock(case, reason)
    write_edge(case, actor, "pause", stay(case), reason_code=reason, message=words, keep_due=True)
    tell_applicant(
        case,
        f"paused-{case.version}",
        "办理期限暂停计算",
        f"您的办件 {case.number}：{clock.PAUSE_REASONS[reason]}不计入办理期限。{words}",
    )
    done(actor, case, "pause", before, reason=words)
    return case


@transaction.atomic
def restart(actor: Actor, case_id: int, version: int, text: str = "") -> Case:
    """Let the clock run again; every limit has moved by the working days it stood still."""
    case = locked(case_id, version)
    require("restart", case, actor)
    if case.paused_at is None:
        raise InputError("没有停表", where=f"办件 {case.number}")
    before = before_act(case)
    start_clock(case)
    write_edge(case, actor, "restart", stay(case), note=said(text, where="说明"), keep_due=True)
    done(actor, case, "restart", before, reason=text)
    return case


def may_be_given_to(case: Case) -> list[Account]:
    """Colleagues to whom the case can be handed now."""
    from guangsha.areas.intake.actions.base import standing_of

    standing = standing_of(case)
    act = "decide" if case.state == "deciding" else "give_opinion" if standing.plan else "accept"
    return [
        account
        for account in holders(case, sorted(roles_for(RULES[act], standing)))
        if not why_not(act, standing, who_of(build_actor(account), case))
    ]
