"""What may happen to a case, and to whom it may be done. Pure: facts in, a move or a Chinese refusal out.

:data:`EDGES` is the whole machine: which act leads from which states to which, and who may do it. ``actions.py`` writes what
these functions decide and decides nothing itself. docs/adr/0011 says why this is a table and not a workflow engine.

Never: a refusal by a machine (个人信息保护法 §24); a refusal on a mismatch that the person was not heard on (社会救助法 §48); the
same person reviewing and deciding, or examining their own decision again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from guangsha.areas.intake.catalogue import REVIEW_STATES, MaterialAsked, Service, Step
from guangsha.areas.intake.forms import holds

REVIEWS = frozenset(REVIEW_STATES)
#: Somebody in the agency has to do something, or a clock runs.
OPEN = (
    frozenset({"submitted", "supplement", "accepted", "verifying", "publicity", "objection", "deciding"})
    | REVIEWS
)
DECIDED = frozenset({"approved", "rejected", "effective", "terminated", "revoked"})
#: A benefit made smaller or stopped: a decision like a refusal, with its letter and its remedies.
REDUCED = frozenset({"suspended", "adjusted"})
BENEFIT = frozenset({"effective", "review_due", "suspended", "adjusted"})
CLOSED = frozenset({"rejected", "withdrawn", "terminated", "revoked", "archived", "effective"})
#: A verification that did not answer: the person is asked for the paper instead.
UNANSWERED = frozenset({"source_unavailable", "not_found", "stale", "no_authorization"})


@dataclass(frozen=True, slots=True)
class EdgeRule:
    """One act. ``who``: role codes, or ``owner`` (who applied), ``clock``, ``step`` and ``decision`` (the role that the service
    names), ``intake`` (the window), ``anyone``."""

    act: str
    label: str
    before: frozenset[str]
    after: frozenset[str]
    who: frozenset[str]


def _edge(act: str, label: str, before: Iterable[str], after: Iterable[str], *who: str) -> EdgeRule:
    return EdgeRule(act, label, frozenset(before), frozenset(after), frozenset(who))


#: Where a case may still be at the wrong door: nobody has published or decided it.
_PLACED = REVIEWS | {"submitted", "accepted", "verifying"}
_NEXT = REVIEWS | {"verifying", "publicity", "deciding"}
EDGES: Mapping[str, EdgeRule] = {
    rule.act: rule
    for rule in (
        _edge("submit", "提交申请", {""}, {"submitted"}, "owner", "intake", "community_helper"),
        _edge("request_supplement", "一次告知补正", {"submitted", "verifying"} | REVIEWS, {"supplement"}, "intake", "step"),
        _edge("supply", "补正材料", {"supplement"}, {"submitted", "verifying"} | REVIEWS, "owner", "intake"),
        _edge("go_on_without", "逾期未补正，按现有材料办理", {"supplement"}, {"verifying"} | REVIEWS, "intake", "step"),
        _edge("accept", "受理", {"submitted"}, {"accepted"}, "intake"),
        _edge("deem_accepted", "逾期未告知，视为受理", {"submitted"}, {"accepted"}, "clock"),
        _edge("refuse_acceptance", "不予受理", {"submitted", "supplement"}, {"terminated"}, "intake"),
        _edge("begin", "进入办理", {"accepted"}, _NEXT, "intake", "clock"),
        _edge("verified", "核验完成", {"verifying"}, _NEXT - {"verifying"}, "clock"),
        _edge("assign", "分派", OPEN - {"supplement"}, OPEN - {"supplement"}, "step", "decision", "supervisor", "intake"),
        _edge("transfer", "转交承办机构", _PLACED, _PLACED, "step", "intake", "district_reviewer", "supervisor"),
        _edge("give_opinion", "审核", REVIEWS, REVIEWS | {"publicity", "deciding"}, "step"),
        _edge("return_to", "退回重审", REVIEWS | {"deciding"}, REVIEWS, "step", "decision"),
        _edge("publish_notice", "发布公示", {"publicity"}, {"publicity"}, "publicity_editor"),
        _edge("end_notice", "公示期满", {"publicity"}, {"deciding"}, "clock"),
        _edge("make_objection", "提出异议", {"publicity"}, {"objection"}, "anyone"),
        _edge("settle_objection", "异议核实", {"objection"}, {"publicity", "deciding"} | REVIEWS, "district_reviewer", "legal_officer", "supervisor"),
        _edge("decide", "作出决定", {"deciding"}, {"approved", "rejected"}, "decision"),
        _edge("serve", "送达", {"approved", "rejected", "terminated", "revoked"} | REDUCED, {"effective", "rejected", "terminated", "revoked"} | REDUCED, "decision", "intake", "clock"),
        _edge("withdraw", "撤回申请", OPEN, {"withdrawn"}, "owner"),
        _edge("ask_remedy", "申请复核", {"approved", "rejected", "effective", "terminated", "revoked"} | REDUCED, {"reconsidering"}, "owner"),
        _edge("answer_remedy", "复核答复", {"reconsidering"}, DECIDED | REDUCED | {"deciding", "submitted"}, "legal_officer", "supervisor", "city_approver"),
        _edge("reopen", "重新办理", {"approved", "rejected", "effective", "terminated"}, REVIEWS | {"deciding", "submitted"}, "supervisor"),
        _edge("revoke", "撤销", {"approved", "effective"}, {"revoked"}, "decision", "supervisor"),
        _edge("mark_review_due", "到期复核", {"effective"}, {"review_due"}, "clock", "step"),
        _edge("suspend", "暂停保障", {"effective", "review_due"}, {"suspended"}, "decision"),
        _edge("adjust", "调整保障", {"effective", "review_due", "suspended"}, {"adjusted"}, "decision"),
        _edge("resume", "恢复保障", {"review_due", "suspended", "adjusted"}, {"effective"}, "decision"),
        _edge("terminate", "终止保障", BENEFIT, {"terminated"}, "decision"),
        _edge("archive", "归档", {"rejected", "withdrawn", "terminated", "revoked", "effective"}, {"archived"}, "archivist"),
        _edge("extend_limit", "延长期限", {"accepted", "verifying", "deciding"} | REVIEWS, {"accepted", "verifying", "deciding"} | REVIEWS, "supervisor"),
        _edge("pause", "停表", {"verifying", "deciding"} | REVIEWS, {"verifying", "deciding"} | REVIEWS, "step", "decision", "intake"),
        _edge("restart", "恢复计时", {"verifying", "deciding"} | REVIEWS, {"verifying", "deciding"} | REVIEWS, "step", "decision", "intake", "clock"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GivenOpinion:
    """An opinion as the rules see it."""

    account: int
    step: str
    round: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands, as the rules see it.

    Attributes:
        back_to: state and step from which it was taken aside (supplement, objection, re-examination).
        deciders: accounts that decided it before.
        noticed: whether a notice on it has run to its end in this round.
        told: whether the applicant was already told once what is missing, before acceptance.
        unheard: names of materials with a mismatch on which nobody was heard.
        holds_open: open objections.
    """

    service: Service
    state: str
    step: str = ""
    round: int = 1
    opinions: tuple[GivenOpinion, ...] = ()
    back_to: tuple[str, str] = ("", "")
    deciders: frozenset[int] = frozenset()
    noticed: bool = False
    told: bool = False
    unheard: tuple[str, ...] = ()
    holds_open: int = 0
    paused: bool = False

    @property
    def plan(self) -> Step | None:
        """The review that the case is in, if any."""
        return self.service.step(self.step)


@dataclass(frozen=True, slots=True)
class Who:
    """Who wants to act. ``kin``: must stay away from this case (回避)."""

    kind: str
    account: int
    roles: frozenset[str] = frozenset()
    owner: bool = False
    kin: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """Where an act leads: state, step code (empty where no review is), round."""

    state: str
    step: str
    round: int


def permitted(state: str, act: str) -> bool:
    """Whether ``act`` exists in ``state`` at all; who may do it is :func:`why_not`."""
    return state in EDGES[act].before


def acts_in(state: str) -> list[EdgeRule]:
    """Every act that exists in ``state``."""
    return [rule for rule in EDGES.values() if state in rule.before]


def roles_for(rule: EdgeRule, standing: Standing) -> frozenset[str]:
    """The role codes that may do ``rule`` here, the service's own names filled in."""
    service, found = standing.service, set(rule.who)
    if "intake" in found:
        first = (
            service.steps[0].role if service.steps else (service.decision.role if service.decision else "")
        )
        found |= {"street_clerk", first}
    if "step" in found and standing.plan is not None:
        found.add(standing.plan.role)
    elif "step" in found and service.steps:
        found |= {step.role for step in service.steps}
    if "decision" in found and service.decision is not None:
        found.add(service.decision.role)
    return frozenset(found - {"intake", "step", "decision", ""})


#: Who examines objections and remedies of any case, beside those whom its service names.
_EXAMINERS = frozenset({"street_clerk", "legal_officer", "city_approver"})
#: Who answers for a house without working on the case: they see income and health only with a reason, which is logged.
_OVERSEERS = frozenset({"supervisor", "auditor"})


def sight_of(service: Service, roles: Collection[str]) -> str:
    """How much of the private answers of a case these roles see: ``full`` where their duty needs it, ``asked`` one by one with a
    reason, ``masked`` not at all (operations.md §6.3: income, illness and the like are bound to roles)."""
    needed = _EXAMINERS | {step.role for step in service.steps}
    needed |= {service.decision.role} if service.decision is not None else set()
    if not needed.isdisjoint(roles):
        return "full"
    return "asked" if not _OVERSEERS.isdisjoint(roles) else "masked"


def why_not(act: str, standing: Standing, who: Who) -> str:
    """Why ``who`` may not do ``act`` now: one Chinese sentence; empty when they may."""
    return barred(act, standing, who) or _own_rule(act, standing, who)


def barred(act: str, standing: Standing, who: Who) -> str:
    """The same as far as state, kinship and role go; acts of :data:`ASKS_MORE` may be refused beyond it."""
    rule = EDGES[act]
    if standing.state not in rule.before:
        return f"办件当前不能“{rule.label}”，可能刚被别人办过，请刷新页面"
    if who.kin:
        return "您与当事人有亲属关系，按规定应当回避，请交由他人办理"
    roles = roles_for(rule, standing)
    by_role = who.kind == "staff" and not who.roles.isdisjoint(roles)
    by_owner = who.owner and "owner" in roles
    by_clock = who.kind == "system" and "clock" in roles
    if not (by_role or by_owner or by_clock or "anyone" in roles):
        return f"您的岗位不能“{rule.label}”"
    if who.owner and by_role and not by_owner:
        return "本人提交的办件不能由本人办理"
    return ""


#: Acts that ask for more of a case than its state, step and round: who gave an opinion, who decided, what was told.
ASKS_MORE = frozenset(
    {"request_supplement", "go_on_without", "give_opinion", "decide", "revoke", "answer_remedy", "end_notice", "publish_notice"}
)  # fmt: skip


def _own_rule(act: str, standing: Standing, who: Who) -> str:
    """What an act asks for beyond its state and role."""
    reviewers = {opinion.account for opinion in standing.opinions}
    now = [o for o in standing.opinions if o.step == standing.step and o.round == standing.round]
    if act == "request_supplement" and standing.state == "submitted" and standing.told:
        return "缺少的材料只能一次告知，此前已经告知过；材料齐全请受理，仍不齐全请不予受理"
    if act == "go_on_without" and standing.back_to[0] == "submitted":
        return "还没有受理；逾期未补正可以不予受理"
    if act == "give_opinion" and any(opinion.account == who.account for opinion in now):
        return "您已对本步骤提出过意见，双人审核须由另一人提出"
    if act == "give_opinion" and who.account in standing.deciders:
        return "您曾对本办件作出决定，不能再审核"
    if act == "decide" and who.account in reviewers and not single_role(standing.service):
        return "您审核过本办件，审核与决定不得由同一人作出"
    if act in ("decide", "revoke", "answer_remedy") and who.account in standing.deciders:
        return "您曾对本办件作出决定，须由另一人办理"
    if act == "answer_remedy" and who.account in reviewers:
        return "您审核过本办件，复核须由另一人办理"
    if act == "end_notice" and standing.holds_open:
        return "还有异议没有核实"
    if act == "publish_notice" and standing.paused:
        return "本办件已在公示中"
    return ""


def single_role(service: Service) -> bool:
    """Whether one role does everything (a repair, a viewing): then the same person may approve, though never refuse."""
    return service.decision is not None and {step.role for step in service.steps} <= {service.decision.role}


def why_not_outcome(standing: Standing, who: Who, outcome: str, reasons: Sequence[str]) -> str:
    """Why this outcome may not be decided; empty when it may. Asked after :func:`why_not`."""
    plan = standing.service.decision
    if plan is None or outcome not in plan.outcomes:
        return "本事项没有这个结果"
    if outcome == "rejected":
        if who.kind != "staff" or not who.account:
            return "不予批准必须由人作出，不能由系统作出"
        if any(opinion.account == who.account for opinion in standing.opinions):
            return "您审核过本办件，不予批准须由另一人决定"
        if not reasons:
            return "不予批准必须写明理由"
        unknown = [code for code in reasons if plan.reason(code) is None]
        if unknown:
            return f"“{'、'.join(unknown)}”不是本事项的法定理由，请从列表中选择"
        if standing.unheard:
            return f"“{'、'.join(standing.unheard)}”核验不一致，须先告知申请人并听取说明，才能据此不予批准"
        return ""
    if standing.holds_open:
        return "还有异议没有核实，不能批准"
    if failed_steps(standing):
        return "审核意见是不通过，不能批准；如不同意请退回重审"
    if standing.service.publicity is not None and not standing.noticed:
        return "还没有公示期满，不能批准"
    return ""


def failed_steps(standing: Standing) -> list[str]:
    """Steps whose latest round did not pass."""
    failed = []
    for step in standing.service.steps:
        given = [opinion for opinion in standing.opinions if opinion.step == step.code]
        latest = max((opinion.round for opinion in given), default=0)
        if concluded(step, [opinion for opinion in given if opinion.round == latest]) != "pass":
            failed.append(step.code)
    return failed


def concluded(step: Step, opinions: Iterable[GivenOpinion]) -> str:
    """``pass`` or ``fail`` once ``step.people`` different people agree; empty before. With two people who differ, a third
    decides: two of three agree."""
    for verdict in ("pass", "fail"):
        if len({opinion.account for opinion in opinions if opinion.verdict == verdict}) >= step.people:
            return verdict
    return ""


def needs_verification(service: Service, answers: Mapping[str, Any]) -> bool:
    """Whether something is asked at its source for this application."""
    return any(material.way == "verified" for material in asked_materials(service, answers))


def after_acceptance(service: Service, answers: Mapping[str, Any]) -> Move:
    """Where an accepted case goes."""
    return Move("verifying", "", 1) if needs_verification(service, answers) else first_review(service, 1)


def first_review(service: Service, number: int) -> Move:
    """The first review, or what comes where there is none."""
    if service.steps:
        return Move(service.steps[0].state, service.steps[0].code, number)
    return after_reviews(service, number)


def after_reviews(service: Service, number: int) -> Move:
    """After the last review: the notice where there is one, else the decision."""
    return Move("publicity" if service.publicity else "deciding", "", number)


def after_opinion(standing: Standing, opinion: GivenOpinion) -> Move:
    """Where a case goes when this opinion is given. A step that failed goes to the person who decides, past the notice."""
    step = standing.plan
    stay = Move(standing.state, standing.step, standing.round)
    if step is None:
        return stay
    given = [o for o in standing.opinions if o.step == step.code and o.round == standing.round]
    result = concluded(step, [*given, opinion])
    if not result:
        return stay
    if result == "fail":
        return Move("deciding", "", standing.round)
    place = standing.service.steps.index(step)
    if place + 1 < len(standing.service.steps):
        following = standing.service.steps[place + 1]
        return Move(following.state, following.code, standing.round)
    return after_reviews(standing.service, standing.round)


def after_return(standing: Standing, step_code: str) -> Move | None:
    """Where a case goes that is returned to ``step_code``: an earlier (or the same) step in a new round; None when it cannot."""
    step = standing.service.step(step_code)
    if step is None:
        return None
    codes = [item.code for item in standing.service.steps]
    if standing.plan is not None and codes.index(step_code) > codes.index(standing.step):
        return None
    return Move(step.state, step.code, standing.round + 1)


def after_objection(standing: Standing, *, upheld: bool) -> Move:
    """An objection that is right sends the case back to its last review; else it goes on where it was."""
    if upheld and standing.service.steps:
        last = standing.service.steps[-1]
        return Move(last.state, last.code, standing.round + 1)
    return Move("deciding" if upheld else "publicity", "", standing.round)


def after_reopening(service: Service, number: int) -> Move:
    """A case that is taken up again begins a new round at its last review."""
    if service.steps:
        return Move(service.steps[-1].state, service.steps[-1].code, number + 1)
    return Move("deciding", "", number + 1)


def advance(
    standing: Standing,
    act: str,
    who: Who,
    *,
    verdict: str = "",
    to: str = "",
    upheld: bool = False,
    outcome: str = "",
) -> Standing:
    """The standing after a permitted act, for acts that the machine alone decides. ``verdict`` for an opinion, ``to`` a step
    for a return, ``upheld`` for objections and re-examinations, ``outcome`` for a decision."""
    keep = replace(standing)
    if act in ("accept", "deem_accepted"):
        return replace(keep, state="accepted", paused=False)
    if act in ("begin", "verified"):
        return _put(keep, first_review(standing.service, standing.round))
    if act == "give_opinion":
        opinion = GivenOpinion(who.account, standing.step, standing.round, verdict)
        moved = _put(keep, after_opinion(standing, opinion))
        return replace(moved, opinions=(*standing.opinions, opinion))
    if act == "return_to":
        move = after_return(standing, to)
        return keep if move is None else replace(_put(keep, move), noticed=False)
    if act == "publish_notice":
        return replace(keep, paused=True)
    if act == "make_objection":
        return replace(
            keep,
            state="objection",
            holds_open=standing.holds_open + 1,
            back_to=(standing.state, standing.step),
        )
    if act == "settle_objection":
        settled = replace(keep, holds_open=max(0, standing.holds_open - 1))
        if settled.holds_open and not upheld:
            return settled
        moved = _put(replace(settled, holds_open=0), after_objection(standing, upheld=upheld))
        return replace(moved, paused=False, noticed=False) if upheld else moved
    if act == "end_notice":
        return replace(keep, state="deciding", paused=False, noticed=True)
    if act == "decide":
        return replace(keep, state=outcome, deciders=standing.deciders | {who.account})
    if act == "serve":
        return replace(keep, state="effective" if standing.state == "approved" else standing.state)
    if act in ("request_supplement", "ask_remedy"):
        aside = "supplement" if act == "request_supplement" else "reconsidering"
        told = standing.told or standing.state == "submitted"
        return replace(
            keep,
            state=aside,
            back_to=(standing.state, standing.step),
            told=told,
            paused=aside == "supplement" and standing.state != "submitted",
        )
    if act in ("supply", "go_on_without"):
        return replace(keep, state=standing.back_to[0], step=standing.back_to[1], paused=False)
    if act == "answer_remedy":
        if upheld:
            return replace(keep, state=standing.back_to[0], step=standing.back_to[1])
        return replace(keep, state="deciding", step="")
    if act == "reopen":
        return replace(_put(keep, after_reopening(standing.service, standing.round)), noticed=False)
    single = EDGES[act].after
    return replace(keep, state=next(iter(single)), step="", paused=False) if len(single) == 1 else keep


def _put(standing: Standing, move: Move) -> Standing:
    return replace(standing, state=move.state, step=move.step, round=move.round)


#: What an outcome is to the programme that carries a case out.
_ENDS_EFFECT = frozenset({"rejected", "revoked", "terminated", "withdrawn"})


def effect_event(last: str, outcome: str) -> str:
    """Which event an outcome is after ``last`` (empty: none yet): ``granted``, ``changed`` or ``revoked``; empty where the
    programme has nothing to do.

    >>> effect_event("", "approved"), effect_event("granted", "approved"), effect_event("granted", "rejected")
    ('granted', 'changed', 'revoked')
    >>> effect_event("revoked", "approved"), effect_event("", "rejected"), effect_event("revoked", "suspended")
    ('granted', '', '')
    """
    stands = last in ("granted", "changed")
    if outcome in _ENDS_EFFECT:
        return "revoked" if stands else ""
    if stands:
        return "changed"
    return "granted" if outcome == "approved" else ""


def asked_materials(service: Service, answers: Mapping[str, Any]) -> list[MaterialAsked]:
    """The materials that this application needs or may bring: those whose condition holds."""
    return [material for material in service.materials if holds(material.when, answers)]


def missing_materials(
    service: Service, answers: Mapping[str, Any], present: Collection[str], failed: Collection[str] = ()
) -> list[MaterialAsked]:
    """Every required material that is not there, all at once. ``present``: codes with a usable file or promise; ``failed``:
    verified ones whose source did not answer, which are asked for on paper instead."""
    missing = []
    for material in asked_materials(service, answers):
        if material.code in present or not material.required:
            continue
        if material.way == "upload" or (material.way == "verified" and material.code in failed):
            missing.append(material)
    return missing
