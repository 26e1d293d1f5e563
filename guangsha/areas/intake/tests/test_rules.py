"""The machine: no sequence of permitted acts, by anybody, breaks what must always hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from guangsha.areas.intake.catalogue import service, services
from guangsha.areas.intake.models import STATES
from guangsha.areas.intake.rules import (
    ASKS_MORE,
    EDGES,
    GivenOpinion,
    Standing,
    Who,
    advance,
    barred,
    concluded,
    failed_steps,
    missing_materials,
    permitted,
    single_role,
    why_not,
    why_not_outcome,
)
from guangsha.people.roles import ROLES
from guangsha.testing.effort import examples

APPLY = service("elig_apply")
STAFF = [Who("staff", number, frozenset({role})) for number, role in enumerate(
    ["street_clerk", "street_clerk", "civil_checker", "district_reviewer", "district_reviewer", "district_reviewer",
     "district_approver", "district_approver", "publicity_editor", "legal_officer", "supervisor", "archivist"], start=1)]  # fmt: skip
OWNER = Who("citizen", 90, owner=True)
STRANGER = Who("citizen", 91)
CLOCK = Who("system", 0)
EVERYBODY = [*STAFF, OWNER, STRANGER, CLOCK]


def test_every_edge_joins_known_states_and_names_known_roles() -> None:
    states = {code for code, _ in STATES}
    words = {"owner", "clock", "step", "decision", "intake", "anyone"}
    for edge in EDGES.values():
        assert edge.before - {""} <= states
        assert edge.after <= states
        assert edge.who <= words | set(ROLES), edge.act


def test_acts_that_ask_nothing_more_are_refused_by_state_kinship_and_role_alone() -> None:
    step = APPLY.steps[0]
    everybody = tuple(
        GivenOpinion(who.account, step.code, 1, verdict) for who in EVERYBODY for verdict in ("pass", "fail")
    )
    said = []
    for act, edge in EDGES.items():
        for state in edge.before - {""}:
            full = Standing(
                APPLY, state, step.code, 1, everybody, ("submitted", ""), frozenset(who.account for who in EVERYBODY),
                noticed=True, told=True, unheard=("户口簿",), holds_open=2, paused=True,
            )  # fmt: skip
            for who in EVERYBODY:
                if act not in ASKS_MORE:
                    assert why_not(act, full, who) == barred(act, full, who)
                elif why_not(act, full, who) != barred(act, full, who):
                    said.append(act)
    assert set(said) == ASKS_MORE


def test_every_state_can_be_reached_and_only_the_archive_and_a_withdrawal_are_the_end() -> None:
    reached = set().union(*[edge.after for edge in EDGES.values()])
    assert reached == {code for code, _ in STATES}
    left = set().union(*[edge.before for edge in EDGES.values()])
    assert reached - left == {"archived"}


def reviewed(*opinions: GivenOpinion, **more: Any) -> Standing:
    given = (GivenOpinion(1, "street_review", 1, "pass"), GivenOpinion(3, "civil_review", 1, "pass"),
             GivenOpinion(4, "district_review", 1, "pass"), GivenOpinion(5, "district_review", 1, "pass"))  # fmt: skip
    return Standing(APPLY, "deciding", opinions=opinions or given, noticed=True, **more)


APPROVER = Who("staff", 7, frozenset({"district_approver"}))


def test_a_machine_never_refuses() -> None:
    assert why_not("decide", reviewed(), CLOCK)
    assert "由人作出" in why_not_outcome(reviewed(), CLOCK, "rejected", ["has_home"])
    assert "由人作出" in why_not_outcome(reviewed(), Who("api", 5), "rejected", ["has_home"])


def test_nobody_is_refused_on_a_mismatch_without_having_been_heard() -> None:
    told = why_not_outcome(reviewed(unheard=("住房情况证明",)), APPROVER, "rejected", ["has_home"])
    assert "听取说明" in told
    assert why_not_outcome(reviewed(), APPROVER, "rejected", ["has_home"]) == ""


def test_a_refusal_needs_a_ground_of_the_service() -> None:
    assert "理由" in why_not_outcome(reviewed(), APPROVER, "rejected", [])
    assert "bad_luck" in why_not_outcome(reviewed(), APPROVER, "rejected", ["bad_luck"])


def test_a_reviewer_never_decides() -> None:
    both = Who("staff", 4, frozenset({"district_reviewer", "district_approver"}))
    assert "不得由同一人" in why_not("decide", reviewed(), both)
    assert why_not("decide", reviewed(), APPROVER) == ""


def test_where_one_role_does_everything_the_same_person_may_approve_and_never_refuse() -> None:
    repair = service("repair")
    assert single_role(repair)
    assert not single_role(APPLY)
    man = Who("staff", 5, frozenset({"field_inspector"}))
    done = Standing(repair, "deciding", opinions=(GivenOpinion(5, "dispatch", 1, "pass"),))
    assert why_not("decide", done, man) == ""
    assert why_not_outcome(done, man, "approved", []) == ""
    assert "另一人" in why_not_outcome(done, man, "rejected", ["misuse"])


def test_nobody_approves_what_a_review_refused_or_what_was_not_made_public() -> None:
    failed = reviewed(GivenOpinion(1, "street_review", 1, "fail"))
    assert "不能批准" in why_not_outcome(failed, APPROVER, "approved", [])
    assert "公示" in why_not_outcome(
        Standing(APPLY, "deciding", opinions=reviewed().opinions), APPROVER, "approved", []
    )


def test_kin_stay_away_and_nobody_handles_their_own_case() -> None:
    assert "回避" in why_not(
        "decide", reviewed(), Who("staff", 7, frozenset({"district_approver"}), kin=True)
    )
    clerk = Who("staff", 1, frozenset({"street_clerk"}), owner=True)
    assert "本人提交" in why_not("accept", Standing(APPLY, "submitted"), clerk)


def test_two_must_agree_and_a_third_settles_it() -> None:
    step = APPLY.steps[2]
    say = [GivenOpinion(n, step.code, 1, verdict) for n, verdict in ((4, "pass"), (5, "fail"), (6, "fail"))]
    assert concluded(step, say[:1]) == ""
    assert concluded(step, say[:2]) == ""
    assert concluded(step, say) == "fail"
    assert concluded(step, [say[0], say[0]]) == "", "one person twice is one person"


def test_what_is_missing_is_told_once() -> None:
    clerk = Who("staff", 1, frozenset({"street_clerk"}))
    assert why_not("request_supplement", Standing(APPLY, "submitted"), clerk) == ""
    assert "一次告知" in why_not("request_supplement", Standing(APPLY, "submitted", told=True), clerk)


def test_a_source_that_did_not_answer_is_replaced_by_paper_and_not_by_a_refusal() -> None:
    answers = {"income": {"flexible_work": False}, "status": {}}
    assert missing_materials(APPLY, answers, present=()) == []
    asked = missing_materials(APPLY, answers, present=(), failed={"marriage", "civil_status"})
    assert [material.code for material in asked] == ["marriage"], "one that is not required is not asked for"
    flooded = {**answers, "status": {"special": ["dangerous_home"]}}
    assert [m.code for m in missing_materials(APPLY, flooded, present=())] == ["dangerous_report"]
    assert missing_materials(APPLY, flooded, present={"dangerous_report"}) == []


@pytest.mark.parametrize("code", list(services()))
def test_every_service_can_be_carried_to_its_approval(code: str) -> None:
    chosen = services()[code]
    assert chosen.decision is not None or chosen.instant
    standing = advance(advance(Standing(chosen, "submitted"), "accept", CLOCK), "begin", CLOCK)
    number = 0
    while standing.plan is not None:
        number += 1
        who = Who("staff", number, frozenset({standing.plan.role}))
        assert why_not("give_opinion", standing, who) == ""
        standing = advance(standing, "give_opinion", who, verdict="pass")
        assert number < 20
    if standing.state == "publicity":
        standing = advance(advance(standing, "publish_notice", CLOCK), "end_notice", CLOCK)
    assert standing.state == "deciding"
    assert chosen.decision is not None
    who = Who("staff", 99, frozenset({chosen.decision.role}))
    assert why_not("decide", standing, who) == ""
    assert why_not_outcome(standing, who, "approved", []) == ""


class AnyLife(RuleBasedStateMachine):
    """Anybody tries anything in any order; only what the rules permit happens."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Standing(APPLY, "submitted")
        self.published = False
        self.history: list[str] = []

    def attempt(self, act: str, who: Who, **choice: Any) -> None:
        if why_not(act, self.now, who):
            return
        before = self.now
        self.now = advance(before, act, who, **choice)
        assert permitted(before.state, act)
        assert self.now.state in EDGES[act].after or self.now.state == before.state, (act, before.state)
        assert self.now.round >= before.round
        self.history.append(act)

    @rule(act=st.sampled_from([act for act in EDGES if act not in ("submit", "decide", "give_opinion", "return_to")]),
          who=st.sampled_from(EVERYBODY), upheld=st.booleans())  # fmt: skip
    def do(self, act: str, who: Who, upheld: bool) -> None:
        if act == "end_notice" and not self.now.paused:
            return  # a notice that was not published does not end
        self.attempt(act, who, upheld=upheld)

    @rule(who=st.sampled_from(STAFF), verdict=st.sampled_from(["pass", "pass", "pass", "fail"]))
    def review(self, who: Who, verdict: str) -> None:
        self.attempt("give_opinion", who, verdict=verdict)

    @precondition(lambda self: self.now.plan is not None)
    @rule()
    def review_by_whoever_may(self) -> None:
        for who in STAFF:
            if not why_not("give_opinion", self.now, who):
                self.attempt("give_opinion", who, verdict="pass")
                return

    @rule(who=st.sampled_from(STAFF), to=st.sampled_from([step.code for step in APPLY.steps]))
    def send_back(self, who: Who, to: str) -> None:
        self.attempt("return_to", who, to=to)

    @rule(who=st.sampled_from(EVERYBODY), outcome=st.sampled_from(["approved", "rejected"]))
    def decide(self, who: Who, outcome: str) -> None:
        if why_not("decide", self.now, who) or why_not_outcome(self.now, who, outcome, ["has_home"]):
            return
        assert who.kind == "staff"
        assert who.account not in {opinion.account for opinion in self.now.opinions}
        if outcome == "approved":
            assert failed_steps(self.now) == []
            for step in APPLY.steps:
                latest = max(o.round for o in self.now.opinions if o.step == step.code)
                people = {
                    o.account
                    for o in self.now.opinions
                    if (o.step, o.round, o.verdict) == (step.code, latest, "pass")
                }
                assert len(people) >= step.people
        self.attempt("decide", who, outcome=outcome)

    @invariant()
    def a_person_speaks_once_per_step_and_round(self) -> None:
        said = [(o.account, o.step, o.round) for o in self.now.opinions]
        assert len(said) == len(set(said))

    @invariant()
    def a_review_state_has_its_step_and_no_other_state_has(self) -> None:
        plan = self.now.plan
        if self.now.state.endswith("_review"):
            assert plan is not None
            assert plan.state == self.now.state

    @invariant()
    def those_who_decided_did_not_review(self) -> None:
        assert not self.now.deciders & {o.account for o in self.now.opinions if o.round == self.now.round}

    @invariant()
    def what_is_archived_stays(self) -> None:
        if "archive" in self.history:
            assert self.now.state == "archived"


AnyLife.TestCase.settings = settings(max_examples=examples(120), stateful_step_count=40, deadline=None)
TestAnyLife = AnyLife.TestCase
