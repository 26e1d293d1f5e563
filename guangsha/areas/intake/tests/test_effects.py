"""What programmes are told of decisions: in order, exactly once, and never behind their back."""

from __future__ import annotations

import pytest

from guangsha.areas.intake import actions
from guangsha.areas.intake.actions import NotAllowed
from guangsha.areas.intake.models import Case, Hook
from guangsha.areas.intake.queries import effect_chain, waiting_effects
from guangsha.areas.intake.tests.builders import decided, second_approver
from guangsha.audit.actor import CLOCK
from guangsha.kernel.errors import InputError
from guangsha.testing.cast import PASSWORD, Cast, add_staff

EFFECT = "allocation.waitlist"


def effective(cast: Cast) -> Case:
    case = decided(cast)
    actions.serve(cast.actor("district_approver"), case.pk, case.version)
    case.refresh_from_db()
    return case


def taken(case: Case) -> list[str]:
    """The programme takes whatever waits, as it is offered."""
    events = []
    while waiting := waiting_effects(EFFECT):
        hook = actions.take_hook(CLOCK, waiting[0].pk, "轮候")
        assert hook is not None
        events.append(hook.event)
    return events


def test_a_revocation_reaches_the_programme_that_took_the_approval(cast: Cast) -> None:
    case = effective(cast)
    assert taken(case) == ["granted"]
    supervisor = cast.actor("supervisor")
    letter = actions.revoke(supervisor, case.pk, case.version, "隐瞒住房", heard="当面听取，无异议")
    assert taken(case) == ["revoked"]
    chain = effect_chain(case, EFFECT)
    assert [(hook.number, hook.event) for hook in chain] == [(1, "granted"), (2, "revoked")]
    assert chain[1].decision == letter and chain[1].payload["outcome"] == "revoked"
    assert all(hook.taken_by == "轮候" for hook in chain), "what was taken stays as history"


def test_an_approval_after_a_revocation_is_offered_again(cast: Cast) -> None:
    case = effective(cast)
    taken(case)
    actions.revoke(cast.actor("supervisor"), case.pk, case.version, "核对有误", heard="当面听取，有异议")
    case.refresh_from_db()
    remedy = actions.ask_remedy(cast.actor("applicant"), case.pk, case.version, "没有住房")
    actions.answer_remedy(cast.actor("legal_officer"), remedy.pk, False, "撤销有误")
    assert waiting_effects(EFFECT) == [], "while it is decided anew nothing is carried out"
    case.refresh_from_db()
    actions.decide(second_approver(cast), case.pk, case.version, "approved")
    case.refresh_from_db()
    actions.serve(CLOCK, case.pk, case.version)
    assert taken(case) == ["revoked", "granted"]


def test_a_changed_decision_after_reexamination_reaches_the_programme(cast: Cast) -> None:
    case = effective(cast)
    taken(case)
    remedy = actions.ask_remedy(cast.actor("applicant"), case.pk, case.version, "人数算少了")
    actions.answer_remedy(cast.actor("legal_officer"), remedy.pk, False, "应当重算")
    case.refresh_from_db()
    actions.decide(second_approver(cast), case.pk, case.version, "rejected", ("income_over",))
    case.refresh_from_db()
    assert case.state == "rejected"
    assert taken(case) == ["revoked"]


def test_every_change_of_a_benefit_is_one_event_and_what_changes_nothing_is_none(cast: Cast) -> None:
    case, approver = effective(cast), cast.actor("district_approver")
    actions.change_benefit(CLOCK, case.pk, case.version, "mark_review_due", "满一年")
    for act in ("suspend", "resume", "adjust", "terminate"):
        case.refresh_from_db()
        actions.change_benefit(approver, case.pk, case.version, act, "年度复核", heard="电话听取")
    chain = effect_chain(case, EFFECT)
    assert [hook.event for hook in chain] == ["granted", "changed", "changed", "changed", "revoked"]
    assert [hook.payload["outcome"] for hook in chain[1:]] == [
        "suspended",
        "resumed",
        "adjusted",
        "terminated",
    ]


def test_events_are_taken_in_order_and_once(cast: Cast) -> None:
    case = effective(cast)
    actions.revoke(cast.actor("supervisor"), case.pk, case.version, "隐瞒住房", heard="当面听取")
    first, second = effect_chain(case, EFFECT)
    assert actions.take_hook(CLOCK, second.pk, "轮候") is None, "the first still waits"
    assert [hook.pk for hook in waiting_effects(EFFECT)] == [first.pk]
    assert actions.take_hook(CLOCK, first.pk, "轮候") is not None
    assert actions.take_hook(CLOCK, first.pk, "另一个") is None
    assert actions.take_hook(CLOCK, second.pk, "轮候") is not None
    assert actions.take_hook(CLOCK, 987654, "轮候") is None


def test_a_case_that_is_examined_again_keeps_its_chain(cast: Cast) -> None:
    case = effective(cast)
    actions.reopen(cast.actor("supervisor"), case.pk, case.version, "面积算错")
    assert waiting_effects(EFFECT) == []
    assert [hook.event for hook in effect_chain(case, EFFECT)] == ["granted"]
    case.refresh_from_db()
    actions.withdraw(cast.actor("applicant"), case.pk, case.version)
    assert taken(case) == ["granted", "revoked"], "who withdraws then gives up what stood"


def test_what_a_programme_carries_out_is_not_reopened_but_revoked(cast: Cast) -> None:
    case = effective(cast)
    taken(case)
    with pytest.raises(InputError, match="已经接收"):
        actions.reopen(cast.actor("supervisor"), case.pk, case.version, "面积算错")
    actions.change_benefit(
        cast.actor("district_approver"), case.pk, case.version, "terminate", "已购房", heard="当面听取"
    )
    taken(case)
    case.refresh_from_db()
    actions.reopen(cast.actor("supervisor"), case.pk, case.version, "终止有误")


def test_a_revocation_that_is_refused_tells_nobody(cast: Cast) -> None:
    case = effective(cast)
    other = cast.actor(add_staff("extra1", "外人", "rent_clerk", cast.district, PASSWORD))
    with pytest.raises(NotAllowed):
        actions.revoke(other, case.pk, case.version, "误会", heard="无")
    assert Hook.objects.count() == 1
