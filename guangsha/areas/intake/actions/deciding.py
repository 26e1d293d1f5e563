"""Decisions, their service, and what becomes of a case afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake import clock
from guangsha.areas.intake.actions.base import (
    NotAllowed,
    before_act,
    clock_of,
    done,
    locked,
    plan_of,
    require,
    said,
    start_clock,
    tell_applicant,
    today,
    who_of,
    write_edge,
)  # fmt: skip
from guangsha.areas.intake.actions.effects import carried_out, offer_effect
from guangsha.areas.intake.actions.letters_writing import write_decision
from guangsha.areas.intake.models import Case, Decision, Remedy
from guangsha.areas.intake.rules import EDGES, Move, after_reopening, why_not_outcome
from guangsha.areas.verification import gateway
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar


@transaction.atomic
def decide(
    actor: Actor, case_id: int, version: int, outcome: str, reasons: Sequence[str] = (), text: str = ""
) -> Decision:
    """Approve or refuse, by a person who did not review the case; the letter is written with it.

    Args:
        outcome: ``approved`` or ``rejected``.
        reasons: codes of the service's grounds; needed for a refusal.

    Raises:
        CaseMoved, NotAllowed: also for a refusal on a difference that nobody was heard on.
    """
    case = locked(case_id, version)
    standing = require("decide", case, actor)
    chosen = list(dict.fromkeys(reasons))
    refusal = why_not_outcome(standing, who_of(actor, case), outcome, chosen)
    if refusal:
        raise NotAllowed(refusal, where=f"办件 {case.number}")
    before, words = before_act(case), said(text, where="决定说明")
    plan = plan_of(case).decision
    found = [plan.reason(code) for code in chosen] if plan and outcome == "rejected" else []
    grounds = [{"code": item.code, "text": item.text, "article": item.article} for item in found if item]
    start_clock(case)
    case.decided_at, case.outcome = timezone.now(), outcome
    case.used_workdays = clock.limits(national_calendar(), clock_of(case), today()).used_workdays
    decision = write_decision(actor, case, outcome, grounds, words)
    if outcome == "rejected":
        case.closed_at = case.decided_at
        offer_effect(case, outcome, decision)  # where an earlier approval still stands
    write_edge(
        case, actor, "decide", Move(outcome, "", case.round), reason_code=",".join(chosen)[:30], note=words
    )
    label = plan.outcomes[outcome] if plan else outcome
    tell_applicant(
        case,
        f"decided-{decision.pk}",
        "办件已作出决定",
        f"您的办件 {case.number}：{label}。决定书 {decision.number} 可登录查看。",
    )
    done(actor, case, "decide", before, reason=words, document=decision.number, digest=decision.digest)
    return decision


@transaction.atomic
def serve(actor: Actor, case_id: int, version: int, way: str = "网上送达") -> Decision:
    """The latest decision has reached the person. An approval takes effect and is offered to the programme that carries it
    out.

    Raises:
        CaseMoved, NotAllowed; InputError: served before.
    """
    case = locked(case_id, version)
    require("serve", case, actor)
    decision = Decision.objects.select_for_update(of=("self",)).filter(case=case).order_by("-id").first()
    if decision is None or decision.served_at is not None:
        raise InputError("没有待送达的决定书", where=f"办件 {case.number}", advice="请刷新页面。")
    before = before_act(case)
    decision.served_at = timezone.now()
    decision.save(update_fields=["served_at"])
    state = "effective" if case.state == "approved" else case.state
    if state == "effective":
        case.closed_at = decision.served_at
        offer_effect(case, "approved", decision)
    write_edge(case, actor, "serve", Move(state, "", case.round), note=said(way, where="送达方式", most=100))
    done(actor, case, "serve", before, document=decision.number)
    return decision


@transaction.atomic
def withdraw(actor: Actor, case_id: int, version: int, text: str = "") -> Case:
    """The applicant takes the application back; nothing is held against them."""
    case = locked(case_id, version)
    require("withdraw", case, actor)
    before = before_act(case)
    case.closed_at, case.outcome = timezone.now(), "withdrawn"
    case.paused_at, case.pause_reason = None, ""
    offer_effect(case, "withdrawn")
    write_edge(
        case, actor, "withdraw", Move("withdrawn", "", case.round), message=said(text, where="撤回原因")
    )
    gateway.end_questions(actor, case.number)
    tell_applicant(case, "withdrawn", "申请已撤回", f"您的办件 {case.number} 已撤回，可以重新申请。")
    done(actor, case, "withdraw", before, reason=text)
    return case


@transaction.atomic
def revoke(actor: Actor, case_id: int, version: int, text: str, *, heard: str) -> Decision:
    """Revoke an approval that should not have been given, after the person was heard (社会救助法 §48), by somebody who did not
    give it.

    Args:
        heard: how and when the person was heard and what they said.
    """
    case = locked(case_id, version)
    require("revoke", case, actor)
    if actor.kind != "staff":
        raise NotAllowed("撤销必须由人作出")
    words = said(text, where="撤销理由", needed=True)
    hearing = said(heard, where="听取当事人意见的情况", needed=True)
    before = before_act(case)
    decision = write_decision(actor, case, "revoked", [{"code": "revoked", "text": words, "article": ""}], "")
    case.outcome, case.closed_at = "revoked", timezone.now()
    offer_effect(case, "revoked", decision)
    write_edge(
        case, actor, "revoke", Move("revoked", "", case.round), message=words, note=f"听取意见：{hearing}"
    )
    tell_applicant(
        case,
        f"revoked-{decision.pk}",
        "决定被撤销",
        f"您的办件 {case.number} 的原决定被撤销，决定书 {decision.number} 可登录查看。",
    )
    done(actor, case, "revoke", before, reason=words, document=decision.number)
    return decision


@transaction.atomic
def reopen(actor: Actor, case_id: int, version: int, text: str) -> Case:
    """The head of the agency has a decided case examined again; somebody else decides it."""
    case = locked(case_id, version)
    require("reopen", case, actor)
    words, before = said(text, where="重新办理的理由", needed=True), before_act(case)
    if carried_out(case):
        raise InputError(
            "后续业务已经接收本办件，不能重新办理",
            where=f"办件 {case.number}",
            advice="请撤销原决定或调整、终止保障。",
        )
    _decide_anew(case)
    # what was never accepted was never verified either: it begins where it ended
    move = Move("submitted", "", case.round + 1)
    if case.accepted_at is not None:
        move = after_reopening(plan_of(case), case.round)
    write_edge(case, actor, "reopen", move, message=words)
    tell_applicant(
        case, f"reopened-{case.version}", "办件重新办理", f"您的办件 {case.number} 将重新办理：{words}"
    )
    done(actor, case, "reopen", before, reason=words)
    return case


def _decide_anew(case: Case) -> None:
    ended = case.decided_at or case.closed_at
    if case.accepted_at is not None and ended is not None:
        # while the decision stood nobody had to do anything: those days do not count
        calendar = national_calendar()
        stood = clock.paused_for(calendar, timezone.localdate(ended), today())
        case.paused_workdays += stood
        case.promised_on = clock.moved(calendar, case.promised_on, stood)
        case.legal_on = clock.moved(calendar, case.legal_on, stood)
    case.decided_at, case.closed_at, case.outcome, case.used_workdays = None, None, "", None


@transaction.atomic
def change_benefit(actor: Actor, case_id: int, version: int, act: str, text: str, *, heard: str = "") -> Case:
    """What later happens to a benefit: ``mark_review_due``, ``suspend``, ``adjust``, ``resume``, ``terminate``. What takes
    something away needs a hearing of the person first and a letter that says how to contest it."""
    if act not in ("mark_review_due", "suspend", "adjust", "resume", "terminate"):
        raise InputError("没有这个办理动作")
    case = locked(case_id, version)
    require(act, case, actor)
    words, before = said(text, where="理由", needed=True), before_act(case)
    if act in ("suspend", "adjust", "terminate"):
        said(heard, where="听取当事人意见的情况", needed=True)
        if actor.kind != "staff":
            raise NotAllowed("减少或停止保障必须由人作出")
    after = next(iter(EDGES[act].after))
    decision = None
    if act in ("suspend", "adjust", "terminate"):
        decision = write_decision(actor, case, after, [{"code": after, "text": words, "article": ""}], "")
    if act != "mark_review_due":
        offer_effect(case, "resumed" if act == "resume" else after, decision)
    if act == "terminate":
        case.outcome, case.closed_at = "terminated", timezone.now()
    write_edge(
        case, actor, act, Move(after, "", case.round), message=words, note=heard and f"听取意见：{heard}"
    )
    tell_applicant(
        case,
        f"{act}-{case.version}",
        EDGES[act].label,
        f"您的办件 {case.number}：{EDGES[act].label}。{words}",
    )
    done(actor, case, act, before, reason=words)
    return case


@transaction.atomic
def archive(actor: Actor, case_id: int, version: int) -> Case:
    """Put a closed case into the archive; nothing moves it afterwards."""
    case = locked(case_id, version)
    require("archive", case, actor)
    if Decision.objects.filter(case=case, served_at=None).exists():
        raise InputError("决定书还没有送达，不能归档", where=f"办件 {case.number}")
    if Remedy.objects.filter(case=case, state="open").exists():
        raise InputError("还有复核没有答复，不能归档", where=f"办件 {case.number}")
    before = before_act(case)
    write_edge(case, actor, "archive", Move("archived", "", case.round))
    done(actor, case, "archive", before)
    return case


@transaction.atomic
def ask_remedy(actor: Actor, case_id: int, version: int, text: str) -> Remedy:
    """Ask for the latest decision to be examined again, within sixty days of its service.

    Raises:
        CaseMoved, NotAllowed; InputError: too late, asked before, or no reason given.
    """
    case = locked(case_id, version)
    require("ask_remedy", case, actor)
    decision = Decision.objects.filter(case=case).order_by("-id").first()
    if decision is None:
        raise InputError("没有可以复核的决定", where=f"办件 {case.number}")
    if decision.remedies.exists():
        raise InputError(
            "本决定已经复核过",
            where=f"办件 {case.number}",
            advice="如仍不服，可依法申请行政复议或提起行政诉讼。",
        )
    known = (
        timezone.localdate(decision.served_at) if decision.served_at else today()
    )  # unserved: nothing runs yet
    if today() > national_calendar().add_days(known, clock.REMEDY_DAYS):
        raise InputError(
            f"已超过 {clock.REMEDY_DAYS} 日", where=f"办件 {case.number}", advice="可咨询窗口其他途径。"
        )
    words, before = said(text, where="复核请求与理由", needed=True), before_act(case)
    remedy = Remedy.objects.create(
        case=case, decision=decision, text=words, asked_at=timezone.now(),
        due_on=national_calendar().add_workdays(today(), clock.REMEDY_WORKDAYS),
    )  # fmt: skip
    write_edge(case, actor, "ask_remedy", Move("reconsidering", case.step, case.round), message=words)
    tell_applicant(
        case,
        f"remedy-{remedy.pk}",
        "复核申请已收到",
        f"您对办件 {case.number} 的复核申请已收到，{remedy.due_on:%Y年%m月%d日}前书面答复。",
    )
    done(actor, case, "ask_remedy", before)
    return remedy


@transaction.atomic
def answer_remedy(actor: Actor, remedy_id: int, upheld: bool, text: str) -> Remedy:
    """Answer in writing, by somebody who neither reviewed nor decided: the decision stands, or the case is decided anew by
    another person. The decision itself is never changed."""
    known = Remedy.objects.filter(pk=remedy_id).first()
    if known is None:
        raise InputError("没有这条复核申请")
    case = locked(known.case_id)
    standing = require("answer_remedy", case, actor)
    remedy = Remedy.objects.select_for_update(of=("self",)).get(pk=remedy_id)
    if remedy.state != "open":
        raise InputError("已经答复过", advice="请刷新页面。")
    words, before = said(text, where="复核答复", needed=True), before_act(case)
    remedy.state, remedy.answer = ("upheld" if upheld else "changed"), words
    remedy.answered_by_id, remedy.answered_at = actor.account_id, timezone.now()
    remedy.save()
    if upheld:
        move = Move(
            standing.back_to[0],
            standing.back_to[1] if standing.back_to[0].endswith("_review") else "",
            case.round,
        )
    else:
        _decide_anew(case)
        move = Move("deciding" if case.accepted_at else "submitted", "", case.round)
    write_edge(case, actor, "answer_remedy", move, message=words)
    tell_applicant(
        case,
        f"remedy-answer-{remedy.pk}",
        "复核答复",
        f"您对办件 {case.number} 的复核申请已答复：{'维持原决定' if upheld else '重新作出决定'}。",
    )
    done(actor, case, "answer_remedy", before, reason=words, result=remedy.state)
    return remedy


def serve_online(case_id: int) -> bool:
    """Serve the decision of a case whose applicant opened it online; the clock's act, exactly once."""
    with transaction.atomic():
        case = locked(case_id)
        waiting = Decision.objects.filter(case=case, served_at=None).exists()
        if not waiting or case.state not in EDGES["serve"].before:
            return False
        serve(CLOCK, case_id, case.version, "本人登录查看")
    return True
