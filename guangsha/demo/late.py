"""Acts of a story from the first review to the archive (``areas.intake.actions``: reviewing, notices, deciding, afterwards)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.utils import timezone

from guangsha.areas.intake import clock
from guangsha.areas.intake.actions.acceptance import NOT_ACCEPTED
from guangsha.areas.intake.actions.afterwards import BAD, TAGS
from guangsha.areas.intake.actions.base import clock_of, digest_of
from guangsha.areas.intake.actions.letters_writing import months_later
from guangsha.areas.intake.letters import Ground, chinese_day, letter_text
from guangsha.areas.intake.models import Decision, Hook, Opinion, Rating, Remedy, SpotCheck
from guangsha.areas.intake.rules import (
    EDGES,
    GivenOpinion,
    Move,
    after_objection,
    after_opinion,
    after_reopening,
    after_return,
    effect_event,
    why_not_outcome,
)
from guangsha.audit.actor import CLOCK, Actor
from guangsha.demo.early import Early
from guangsha.demo.tale import ImpossibleStory

GOOD_WORDS = (
    "材料齐全，填报与核验结果一致。",
    "已电话核实，情况属实。",
    "已入户查看，与申报一致。",
    "符合条件，同意上报。",
    "",
)
BAD_WORDS = ("经核实，不符合规定条件。", "核验结果与申报不符，已听取说明，理由不成立。")


@dataclass(slots=True)
class Numbered:
    """A decision that waits for its number: numbers are given in the order of time, over all cases."""

    at: datetime
    agency: str
    year: int
    give: Callable[[str], None]


class Late(Early):
    """Reviews, notices, decisions, remedies, benefits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbered: list[Numbered] = []
        self.objection: dict[str, Any] | None = None

    # reviews

    def assign(self) -> None:
        """Take the case oneself, or be given it."""
        plan = self.service.step(self.case.step)
        role = plan.role if plan else self.service.decision.role if self.service.decision else ""
        colleague = self.worker(role, fresh=self.case.state == "deciding")
        self.ask("assign", colleague)
        before = self.kept()
        self.edge(colleague, "assign", self.stay(), note=f"分派给{colleague.name}", keep_due=True)
        self.case.assignee_id = colleague.account_id
        self.done(colleague, "assign", before)

    def opinion(self, verdict: str = "pass", reasons: Sequence[str] = ()) -> None:
        """One reviewer says what they found."""
        plan = self.service.step(self.case.step)
        if plan is None:
            raise ImpossibleStory(f"no review in {self.case.state}")
        given = {
            row.account_id for row in self.opinions if row.step == plan.code and row.round == self.case.round
        }
        deciders = {row.decided_by_id for row in self.decisions}
        free = [
            actor
            for actor, account in self.setting.holders(plan.role, self.plot.agency)
            if account.pk not in given | deciders
        ]
        if not free:
            raise ImpossibleStory(f"nobody is left as {plan.role}")
        actor = self.rng.choice(free)
        standing = self.ask("give_opinion", actor)
        before = self.kept()
        words = self.rng.choice(GOOD_WORDS if verdict == "pass" else BAD_WORDS)
        self.opinions.append(
            Opinion(step=plan.code, round=self.case.round, account_id=actor.account_id, verdict=verdict,
                    reasons=list(reasons), text=words, at=self.when)
        )  # fmt: skip
        move = after_opinion(standing, GivenOpinion(actor.account_id, plan.code, self.case.round, verdict))
        moved = (move.state, move.step) != (self.case.state, self.case.step)
        label = "通过" if verdict == "pass" else "不通过"
        self.edge(actor, "give_opinion", move, note=f"{label}。{words}".rstrip("。"), keep_due=True)
        if moved:
            following = self.service.step(self.case.step)
            name = following.name if following else self.case.get_state_display()
            self.tell(
                f"step-{self.case.version}", "办理进度", f"您的办件 {self.case.number} 已进入“{name}”。"
            )
        self.done(actor, "give_opinion", before, verdict=verdict)

    def send_back(self) -> None:
        """The step is begun anew one step before."""
        plan = self.service.step(self.case.step)
        if plan is None:
            raise ImpossibleStory("nothing to send back")
        place = max(0, self.service.steps.index(plan) - 1)
        actor = self.worker(plan.role)
        standing = self.ask("return_to", actor)
        move = after_return(standing, self.service.steps[place].code)
        if move is None:
            raise ImpossibleStory("no earlier step")
        before, words = self.kept(), "家庭人口填写与户口簿不一致，请核实后重报。"
        self.edge(actor, "return_to", move, note=words)
        self.noticed = False
        self.done(actor, "return_to", before, reason=words)

    def extend(self, workdays: int = 5) -> None:
        """The head of the agency extends the limit once."""
        actor = self.worker("supervisor")
        self.ask("extend_limit", actor)
        before, case, calendar = self.kept(), self.case, self.setting.calendar
        words = "需向外地不动产登记机构核实，情况复杂。"
        case.extended_workdays = workdays
        case.promised_on = clock.moved(calendar, case.promised_on, workdays)
        case.legal_on = clock.moved(calendar, case.legal_on, workdays)
        case.step_due_on = clock.moved(calendar, case.step_due_on, workdays)
        self.edge(actor, "extend_limit", self.stay(), message=words, keep_due=True)
        self.tell(
            "extended",
            "办理期限延长",
            f"您的办件 {case.number} 的办理期限延长 {workdays} 个工作日。理由：{words}",
        )
        self.done(actor, "extend_limit", before, reason=words, workdays=workdays)

    def pause(self) -> None:
        """The clock stands still for an appraisal."""
        plan = self.service.step(self.case.step)
        actor = self.worker(plan.role if plan else "street_clerk")
        self.ask("pause", actor)
        before, words = self.kept(), "等待房屋安全鉴定结论。"
        self.stop_clock("appraisal")
        self.edge(actor, "pause", self.stay(), reason_code="appraisal", message=words, keep_due=True)
        self.tell(f"paused-{self.case.version}", "办理期限暂停计算",
                  f"您的办件 {self.case.number}：{clock.PAUSE_REASONS['appraisal']}不计入办理期限。{words}")  # fmt: skip
        self.done(actor, "pause", before, reason=words)

    # notices

    def publish(self, notice: Any) -> None:
        """Put on a public notice that began when the story stands now."""
        actor = self.worker("publicity_editor")
        self.ask("publish_notice", actor)
        before = self.kept()
        self.notice = notice
        self.stop_clock("publicity")
        self.case.step_due_on = notice.ends_on
        ends = chinese_day(notice.ends_on)
        self.edge(actor, "publish_notice", self.stay(), message=f"公示至 {ends}", keep_due=True)
        self.tell(
            f"notice-{notice.starts_on}",
            "办件正在公示",
            f"您的办件 {self.case.number} 自今日起公示，至 {ends}止。",
        )
        after: dict[str, Any] = {}
        self.record(
            actor,
            "intake.case.publish_notice",
            self.case,
            before=before,
            after=after,
            agency_id=actor.agency_id,
        )
        self.joined.append((notice, after))

    def object(self, text: str, contact: str) -> None:
        """Somebody objects while the notice runs."""
        standing = self.standing()
        if standing.state != "publicity":
            raise ImpossibleStory("nothing to object to")
        receipt = f"Y{self.rng.getrandbits(64):016X}"
        self.back_to, self.holds_open = (self.case.state, self.case.step), 1
        due = self.setting.calendar.add_workdays(self.today, clock.OBJECTION_WORKDAYS)
        self.objection = {
            "receipt": receipt,
            "text": text,
            "contact": contact,
            "made_at": self.when,
            "due_on": due,
            "notice": self.notice,
            "state": "examining",
        }
        self.edge(
            CLOCK,
            "make_objection",
            Move("objection", self.case.step, self.case.round),
            note=f"异议 {receipt}",
        )

    def settle(self, upheld: bool) -> None:
        """The objection is looked into."""
        if self.objection is None:
            raise ImpossibleStory("no objection")
        actor = self.worker("legal_officer")
        standing = self.ask("settle_objection", actor)
        words = (
            "经入户核实，异议属实，退回重新审核。"
            if upheld
            else "经核实，所反映的住房已依法转让，家庭仍符合条件。"
        )
        self.objection |= {"state": "upheld" if upheld else "dismissed", "finding": words, "settled_by": actor.account_id,
                           "settled_at": self.when, "actor": actor}  # fmt: skip
        self.holds_open = 0
        move = after_objection(standing, upheld=upheld)
        if upheld:
            self.start_clock()
            self.noticed = False
        self.edge(actor, "settle_objection", move)
        if not upheld:
            if self.today <= self.notice.ends_on:
                self.case.step_due_on = self.notice.ends_on
            else:
                self._end_notice()

    def notice_over(self) -> None:
        """The last day of the notice is over: ten past midnight, the clock's act."""
        moment = timezone.make_aware(datetime.combine(self.notice.ends_on + timedelta(days=1), time(0, 10)))
        self.go_to(max(moment, self.when))
        self._end_notice()

    def _end_notice(self) -> None:
        self.ask("end_notice", CLOCK)
        self.start_clock()
        self.noticed = True
        self.edge(CLOCK, "end_notice", Move("deciding", "", self.case.round))
        self.tell(
            f"notice-end-{self.case.version}",
            "公示期满",
            f"您的办件 {self.case.number} 公示期满，进入决定环节。",
        )

    # decisions

    def decide(self, outcome: str, reasons: Sequence[str] = ()) -> None:
        """Approve or refuse."""
        plan = self.service.decision
        if plan is None:
            raise ImpossibleStory("nothing to decide")
        single = {step.role for step in self.service.steps} <= {plan.role}
        actor = self.worker(plan.role, fresh=not single or outcome == "rejected" or bool(self.decisions))
        standing = self.ask("decide", actor)
        refusal = why_not_outcome(standing, self.who(actor), outcome, reasons)
        if refusal:
            raise ImpossibleStory(f"{outcome} of {self.service.code}: {refusal}")
        before, case = self.kept(), self.case
        found = [item for code in reasons if (item := plan.reason(code)) is not None]
        self.start_clock()
        case.decided_at, case.outcome = self.when, outcome
        case.used_workdays = clock.limits(self.setting.calendar, clock_of(case), self.today).used_workdays
        give = self._letter(
            actor,
            outcome,
            [{"code": item.code, "text": item.text, "article": item.article} for item in found],
            "",
        )
        if outcome == "rejected":
            case.closed_at = self.when
            self._offer(outcome, self.decisions[-1])
        self.edge(actor, "decide", Move(outcome, "", case.round), reason_code=",".join(reasons)[:30])
        label = plan.outcomes[outcome]
        told = self.tell(
            f"decided-{case.version}",
            "办件已作出决定",
            f"您的办件 {case.number}：{label}。决定书 {{number}} 可登录查看。",
        )
        after = self.done(actor, "decide", before, document="", digest="")
        give.append((told, after))

    def _letter(self, actor: Actor, outcome: str, reasons: Sequence[dict[str, str]], text: str) -> list[Any]:
        """A decision without its number; what is returned is filled with what has to name it."""
        case, service, answers = self.case, self.service, self.plot.answers
        day = self.today
        months = service.result.validity_months if service.result else None
        agency = self.setting.agencies.get(actor.agency_id, self.plot.agency)
        rows = answers.get("members")
        grounds = [Ground(reason["text"], reason.get("article", "")) for reason in reasons]
        words = {
            "name": self.plot.family.head.name, "number": case.number, "service": service.name,
            "submitted": chinese_day(timezone.localdate(case.submitted_at)),
            "accepted": chinese_day(timezone.localdate(case.accepted_at) if case.accepted_at else None),
            "decided": chinese_day(day), "agency": agency.name, "result": service.result.name if service.result else "",
            "until": chinese_day(months_later(day, months)) if months else "",
            "members": str(1 + (len(rows) if isinstance(rows, list) else 0)), "text": text,
        }  # fmt: skip
        body, facts = letter_text(service, outcome, words, grounds), self.facts()
        facts_digest = digest_of(facts)
        articles = list(dict.fromkeys(ground.article for ground in grounds if ground.article))
        for basis in service.basis:
            articles += [
                name for article in basis.articles if (name := f"{basis.title}{article}") not in articles
            ]
        decision = Decision(
            outcome=outcome, reasons=[dict(reason) for reason in reasons], articles=articles, text=body, snapshot=cast(Any, facts),
            snapshot_digest=facts_digest, policy_version=service.version, decided_by_id=actor.account_id, decided_at=self.when,
        )  # fmt: skip
        self.decisions.append(decision)
        waiting: list[Any] = []

        def give(number: str) -> None:
            decision.number = number
            decision.digest = digest_of(
                {
                    "number": number,
                    "outcome": outcome,
                    "text": body,
                    "facts": facts_digest,
                    "policy": service.version,
                }
            )
            for told, after in waiting:
                for message in told:
                    message.body = message.body.replace("{number}", number)
                after["document"] = number
                if "digest" in after:
                    after["digest"] = decision.digest

        self.numbered.append(Numbered(self.when, agency.name, day.year, give))
        return waiting

    def serve(self) -> None:
        """The decision reached the person: online, or at the window."""
        decision, case = self.decisions[-1], self.case
        online = self.plot.account is not None
        actor = CLOCK if online else self.worker("street_clerk")
        self.ask("serve", actor)
        before = self.kept()
        decision.served_at = self.when
        state = "effective" if case.state == "approved" else case.state
        if state == "effective":
            case.closed_at = self.when
            self._offer("approved", decision)
        self.edge(actor, "serve", Move(state, "", case.round), note="本人登录查看" if online else "窗口领取")
        after = self.done(actor, "serve", before, document="")

        def name(_: str) -> None:
            after["document"] = decision.number

        self.numbered.append(Numbered(self.when, "", 0, name))

    def _offer(self, outcome: str, decision: Decision | None = None) -> None:
        """The next event of the chain for the programme that carries the case out, as ``actions.effects`` offers it."""
        event = effect_event(self.hooks[-1].event if self.hooks else "", outcome)
        if self.service.effect is None or not event:
            return
        case = self.case
        payload = {"case": case.number, "decision": "", "person": case.applicant_id, "household": case.household_id,
                   "answers": self.plot.answers, "outcome": outcome}  # fmt: skip
        self.hooks.append(
            Hook(effect=self.service.effect, number=len(self.hooks) + 1, event=event, decision=decision,
                 payload=cast(Any, payload), made_at=self.when)
        )  # fmt: skip

        def name(_: str) -> None:
            payload["decision"] = decision.number if decision else ""

        self.numbered.append(Numbered(self.when, "", 0, name))

    def withdraw(self) -> None:
        """The applicant takes the application back."""
        owner = self.owner
        self.ask("withdraw", owner)
        before, words = self.kept(), self.rng.choice(("已买房，不再需要。", "材料填错，想重新申请。", ""))
        self.case.closed_at, self.case.outcome = self.when, "withdrawn"
        self._offer("withdrawn")
        self.case.paused_at, self.case.pause_reason = None, ""
        self.edge(owner, "withdraw", Move("withdrawn", "", self.case.round), message=words)
        self.tell("withdrawn", "申请已撤回", f"您的办件 {self.case.number} 已撤回，可以重新申请。")
        self.done(owner, "withdraw", before, reason=words)

    def refuse_acceptance(self) -> None:
        """Not accepted: it is another authority's matter."""
        clerk = self.worker("street_clerk")
        self.ask("refuse_acceptance", clerk)
        before, note = self.kept(), "所述房屋在临江区，请向临江区住房保障服务中心申请。"
        words = f"{NOT_ACCEPTED['not_ours']}。{note}"
        self.case.outcome, self.case.closed_at = "unaccepted", self.when
        self.case.paused_at, self.case.pause_reason = None, ""
        give = self._letter(
            clerk,
            "unaccepted",
            [{"code": "not_ours", "text": words, "article": "行政许可法第三十二条"}],
            note,
        )
        self.edge(
            clerk,
            "refuse_acceptance",
            Move("terminated", "", self.case.round),
            reason_code="not_ours",
            message=words,
        )
        told = self.tell(
            "unaccepted",
            "不予受理",
            f"您的办件 {self.case.number} 不予受理：{words}。详见决定书 {{number}}。",
        )
        give.append((told, self.done(clerk, "refuse_acceptance", before, reason=words, document="")))

    def ending(self, act: str) -> None:
        """``revoke`` or ``terminate``: taken away after the person was heard, with a letter."""
        decided = self.service.decision
        role = "supervisor" if act == "revoke" else decided.role if decided else "supervisor"
        actor = self.worker(role, fresh=act == "revoke")
        self.ask(act, actor)
        words = "经年度核对，家庭已在本市购买住房，不再符合条件。"
        state = next(iter(EDGES[act].after))
        before = self.kept()
        give = self._letter(actor, state, [{"code": state, "text": words, "article": ""}], "")
        self.case.outcome, self.case.closed_at = state, self.when
        self._offer(state, self.decisions[-1])
        self.edge(
            actor,
            act,
            Move(state, "", self.case.round),
            message=words,
            note="听取意见：当事人到窗口说明，对事实无异议。",
        )
        told = self.tell(f"{act}-{self.case.version}", "决定被撤销" if act == "revoke" else EDGES[act].label,
                         f"您的办件 {self.case.number}：{EDGES[act].label}。{words}决定书 {{number}} 可登录查看。")  # fmt: skip
        give.append((told, self.done(actor, act, before, reason=words, document="")))

    def change(self, act: str) -> None:
        """``mark_review_due``, ``suspend``, ``adjust`` or ``resume``."""
        decided = self.service.decision
        actor = CLOCK if act == "mark_review_due" else self.worker(decided.role if decided else "supervisor")
        self.ask(act, actor)
        words = {"mark_review_due": "保障满一年，请办理年度复核。", "suspend": "连续两个月联系不上，暂停发放。",
                 "adjust": "家庭人口减少一人，相应调整。", "resume": "已补齐复核材料，恢复保障。"}[act]  # fmt: skip
        before = self.kept()
        if act != "mark_review_due":
            self._offer("resumed" if act == "resume" else next(iter(EDGES[act].after)))
        heard = "听取意见：已电话听取意见，当事人表示理解。" if act in ("suspend", "adjust") else ""
        self.edge(
            actor, act, Move(next(iter(EDGES[act].after)), "", self.case.round), message=words, note=heard
        )
        self.tell(
            f"{act}-{self.case.version}",
            EDGES[act].label,
            f"您的办件 {self.case.number}：{EDGES[act].label}。{words}",
        )
        self.done(actor, act, before, reason=words)

    def archive(self) -> None:
        """Into the archive."""
        actor = self.worker("archivist")
        self.ask("archive", actor)
        before = self.kept()
        self.edge(actor, "archive", Move("archived", "", self.case.round))
        self.done(actor, "archive", before)

    # remedies and afterwards

    def ask_remedy(self) -> None:
        """The applicant asks for the decision to be examined again."""
        owner, decision = self.owner, self.decisions[-1]
        self.ask("ask_remedy", owner)
        before, words = self.kept(), "我家只有一间老屋的继承份额，并没有实际居住，请重新核实住房面积。"
        self.back_to = (self.case.state, self.case.step)
        due = self.setting.calendar.add_workdays(self.today, clock.REMEDY_WORKDAYS)
        self.remedies.append(Remedy(decision=decision, text=words, asked_at=self.when, due_on=due))
        self.edge(owner, "ask_remedy", Move("reconsidering", self.case.step, self.case.round), message=words)
        self.tell(
            "remedy",
            "复核申请已收到",
            f"您对办件 {self.case.number} 的复核申请已收到，{chinese_day(due)}前书面答复。",
        )
        self.done(owner, "ask_remedy", before)

    def answer_remedy(self, upheld: bool) -> None:
        """Answered by somebody who neither reviewed nor decided."""
        actor, remedy, case = self.worker("legal_officer", fresh=True), self.remedies[-1], self.case
        self.ask("answer_remedy", actor)
        before = self.kept()
        words = (
            "经复核，原决定认定事实清楚，予以维持。"
            if upheld
            else "经复核，继承份额应按比例计算，由另一名审批人员重新决定。"
        )
        remedy.state, remedy.answer = ("upheld" if upheld else "changed"), words
        remedy.answered_by_id, remedy.answered_at = actor.account_id, self.when
        move = Move(self.back_to[0], "", case.round)
        if not upheld:
            case.decided_at, case.closed_at, case.outcome, case.used_workdays = None, None, "", None
            move = Move("deciding", "", case.round)
        self.edge(actor, "answer_remedy", move, message=words)
        self.tell(
            "remedy-answer",
            "复核答复",
            f"您对办件 {case.number} 的复核申请已答复：{'维持原决定' if upheld else '重新作出决定'}。",
        )
        self.done(actor, "answer_remedy", before, reason=words, result=remedy.state)

    def reopen(self) -> None:
        """The head of the agency has it examined again."""
        actor = self.worker("supervisor")
        self.ask("reopen", actor)
        before, words, case = self.kept(), "抽查发现住房面积计算有误，重新办理。", self.case
        case.decided_at, case.closed_at, case.outcome, case.used_workdays = None, None, "", None
        self.noticed = False
        self.edge(actor, "reopen", after_reopening(self.service, case.round), message=words)
        self.tell(f"reopened-{case.version}", "办件重新办理", f"您的办件 {case.number} 将重新办理：{words}")
        self.done(actor, "reopen", before, reason=words)

    def rate(self) -> None:
        """What the applicant thought of it; bad ratings are called back. Only who has an account is asked."""
        if self.plot.account is None or self.plot.helper is not None:
            return
        grade = self.rng.choices((5, 4, 3, 2, 1), (70, 20, 6, 3, 1))[0]
        tags = self.rng.sample(TAGS[:5] if grade >= 3 else TAGS[5:], self.rng.randint(1, 2))
        text = (
            self.rng.choice(("", "", "窗口很耐心。", "没跑腿就办好了。"))
            if grade > BAD
            else "等了很久，打电话才有人说明。"
        )
        due = self.setting.calendar.add_workdays(self.today, clock.RATING_WORKDAYS) if grade <= BAD else None
        rating = Rating(grade=grade, tags=tags, text=text, rated_at=self.when, due_on=due)
        self.ratings.append(rating)
        self.record(self.owner, "intake.rating.give", rating, after={"grade": grade})
        if due is not None and self.setting.now - self.when > timedelta(days=4):
            actor = self.worker("hotline_agent")
            self.workdays(1, 2)
            rating.reply, rating.replied_at = (
                "已电话致歉并说明情况，补正通知改为短信与站内信同时发送。",
                self.when,
            )
            self.record(actor, "intake.rating.reply", rating)

    def spot_check(self, drawn_at: datetime, seed: str, of: int) -> None:
        """A second look, drawn by the head of the agency, by somebody who did not work on the case."""
        head, worked = self.worker("supervisor"), {edge.account_id for edge in self.edges}
        check = SpotCheck(drawn_at=drawn_at, seed=seed)
        self.checks.append(check)
        self.when = drawn_at
        self.record(
            head,
            "intake.spot_check.draw",
            check,
            after={"case": self.case.number, "seed": seed, "of": of},
            agency_id=head.agency_id,
        )
        free = [actor for role in ("legal_officer", "supervisor", "district_reviewer")
                for actor, account in self.setting.holders(role, self.plot.agency) if account.pk not in worked]  # fmt: skip
        moment = drawn_at + timedelta(days=2, minutes=self.rng.randint(1, 90))
        if free and self.rng.random() < 0.7 and moment < self.setting.now:
            self.when = moment
            check.finding = self.rng.choices(("right", "flawed"), (9, 1))[0]
            check.text = "" if check.finding == "right" else "意见栏过于简单，请写明核实方式。"
            check.account_id, check.done_at = free[0].account_id, moment
            self.record(
                free[0],
                "intake.spot_check.finish",
                check,
                reason=check.text,
                after={"finding": check.finding},
            )


def notice_days(starts_on: date, plan: Any, calendar: Any) -> date:
    """The last day of a notice of this plan."""
    return clock.notice_end(calendar, starts_on, plan.days, workdays=plan.workdays)
