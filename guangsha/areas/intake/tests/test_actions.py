"""A case from its draft to the archive, and what must never happen to it."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pypdfium2
import pytest
from django.utils import timezone

from guangsha.areas.intake import actions
from guangsha.areas.intake.actions import CaseMoved, NotAllowed
from guangsha.areas.intake.actions.numbers import check_digit
from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Case, Decision, Draft, Hook, Material, Notice
from guangsha.areas.intake.queries import decision_document
from guangsha.areas.intake.tests.builders import (
    PDF,
    accepted,
    answers,
    at,
    decided,
    noticed,
    opinion,
    repair,
    reviewed,
    sample_answers,
    second_approver,
    submitted,
    verified,
)  # fmt: skip
from guangsha.areas.verification.models import Verification
from guangsha.audit.actor import CLOCK, Actor
from guangsha.audit.models import Act
from guangsha.documents.writing.pdf import write_pdf
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.kernel.workdays import national_calendar
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.models import Kinship
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def states(case: Case) -> list[str]:
    return list(case.edges.order_by("number").values_list("after", flat=True))


def test_a_case_passes_every_station_to_its_effect_and_into_the_archive(cast: Cast) -> None:
    case = decided(cast)
    decision = Decision.objects.get(case=case)
    assert "准予保障资格" in decision.text
    assert "家庭共2人" in decision.text
    assert decision.number == "湖滨区住房保障服务中心〔2026〕1号".replace(
        "2026", str(timezone.localdate().year)
    )
    actions.serve(cast.actor("district_approver"), case.pk, case.version)
    case.refresh_from_db()
    assert case.state == "effective"
    actions.archive(cast.actor("archivist"), case.pk, case.version)
    assert states(case) == [
        "submitted", "accepted", "verifying", "street_review", "civil_review", "district_review", "district_review",
        "publicity", "publicity", "deciding", "approved", "effective", "archived",
    ]  # fmt: skip
    edges = list(case.edges.order_by("number"))
    assert [edge.number for edge in edges] == list(range(1, len(edges) + 1))
    assert [edge.before for edge in edges[1:]] == [edge.after for edge in edges[:-1]]
    assert all(len(edge.facts_digest) == 64 and edge.policy_version == case.service_version for edge in edges)
    assert edges[7].role == "district_reviewer" or edges[6].role == "district_reviewer"
    assert Act.objects.filter(object_type="intake.case", object_id=str(case.pk)).count() >= 10


def test_a_case_can_reach_every_other_state_too(cast: Cast) -> None:
    seen: set[str] = set()
    case = accepted(cast)
    actions.withdraw(cast.actor("applicant"), case.pk, case.version)
    seen |= set(states(case))
    case = submitted(cast)
    actions.request_supplement(
        cast.actor("street_clerk"), case.pk, case.version, {"identity_card": "请上传清晰照片"}
    )
    Case.objects.filter(pk=case.pk).update(
        step_due_on=at(2026, 1, 5).date()
    )  # the time to hand it in is over
    case.refresh_from_db()
    actions.refuse_acceptance(cast.actor("street_clerk"), case.pk, case.version, "not_complete")
    seen |= set(states(case))
    case = reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    objection = actions.make_objection(None, notice.number, "他家有房", row=1)
    actions.take_up_objection(cast.actor("legal_officer"), objection.pk, "有具体线索")
    actions.settle_objection(cast.actor("legal_officer"), objection.pk, False, "核实无房")
    actions.end_notices(at(2040, 1, 2))
    case.refresh_from_db()
    actions.decide(cast.actor("district_approver"), case.pk, case.version, "rejected", ["income_over"])
    case.refresh_from_db()
    remedy = actions.ask_remedy(cast.actor("applicant"), case.pk, case.version, "收入算错了")
    actions.answer_remedy(cast.actor("supervisor"), remedy.pk, False, "确有错误，重新决定")
    case.refresh_from_db()
    other = second_approver(cast)
    actions.decide(other, case.pk, case.version, "approved")
    case.refresh_from_db()
    actions.serve(other, case.pk, case.version)
    for act in ("mark_review_due", "suspend", "adjust", "resume"):
        case.refresh_from_db()
        actor = CLOCK if act == "mark_review_due" else other
        actions.change_benefit(actor, case.pk, case.version, act, "年度复核", heard="当面听取，无异议")
    case.refresh_from_db()
    actions.revoke(cast.actor("supervisor"), case.pk, case.version, "隐瞒房产", heard="本人承认")
    case.refresh_from_db()
    assert case.state == "revoked"
    seen |= set(states(case))
    # the archive is reached in the test above; no shipped service has a review at the city
    assert seen | {"archived", "city_review"} == {
        code for code, _ in Case._meta.get_field("state").choices or ()
    }


def test_the_same_key_gives_the_same_case(cast: Cast) -> None:
    actor = cast.actor("applicant")
    draft = actions.save_draft(actor, "elig_apply", answers(cast))
    first = actions.submit(actor, draft.pk, draft.key)
    again = actions.submit(actor, draft.pk, str(draft.key))
    assert again.pk == first.pk
    assert Case.objects.count() == 1
    assert not Draft.objects.exists()
    with pytest.raises(NotThere):
        actions.submit(cast.actor("stranger"), draft.pk, draft.key)
    with pytest.raises(InputError, match="提交编号"):
        actions.submit(actor, draft.pk, "nonsense")


def test_the_number_says_where_and_what_and_finds_slips(cast: Cast) -> None:
    first, second = repair(cast), repair(cast)
    day = timezone.localdate()
    assert first.number[:-1] == f"43069907{day:%Y%m%d}000001"
    assert second.number[:-1] == f"43069907{day:%Y%m%d}000002"
    for number in (first.number, second.number):
        assert check_digit(number[:-1]) == number[-1]
        for place in range(len(number)):
            slip = number[:place] + str((int(number[place]) + 3) % 10) + number[place + 1 :]
            assert check_digit(slip[:-1]) != slip[-1]


def test_what_is_wrong_and_what_is_missing_is_told_at_once_and_nothing_is_kept(cast: Cast) -> None:
    actor = cast.actor("applicant")
    typed = answers(cast, applicant__phone="123", status={"special": ["dangerous_home"]}, commitments=[])
    draft = actions.save_draft(actor, "elig_apply", typed)
    with pytest.raises(InputErrors) as raised:
        actions.submit(actor, draft.pk, draft.key)
    told = str(raised.value)
    assert "手机号" in told
    assert "房屋安全鉴定报告" in told
    assert told.count("承诺") >= 2
    assert not Case.objects.exists()
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_nobody_applies_in_the_name_of_somebody_else(cast: Cast) -> None:
    actor = cast.actor("stranger")
    draft = actions.save_draft(actor, "elig_apply", answers(cast))
    with pytest.raises(InputError, match="不一致"):
        actions.submit(actor, draft.pk, draft.key)
    with pytest.raises(NotThere):
        actions.save_draft(
            cast.actor("community_helper"), "elig_apply", {}, for_person=cast.applicant.person_id
        )


def test_a_right_is_applied_for_once_at_a_time(cast: Cast) -> None:
    submitted(cast)
    with pytest.raises(InputError, match="正在办理"):
        submitted(cast)


def test_the_clerk_at_the_window_files_for_somebody_without_an_account(cast: Cast) -> None:
    case = submitted(cast, who="street_clerk")
    assert (case.channel, case.account, case.agency) == ("window", None, cast.streets[0])
    assert case.community == cast.communities[0]
    assert Message.objects.filter(account=cast.applicant, about=case.number).exists(), "the applicant is told"


def test_files_are_known_by_their_content(cast: Cast) -> None:
    actor = cast.actor("applicant")
    draft = actions.save_draft(actor, "repair", {})
    material = actions.attach_material(actor, "photo", "..\\..\\厨房<1>.exe", PDF, draft_id=draft.pk)
    assert (material.content_type, material.file_name, material.size) == (
        "application/pdf",
        "厨房1.pdf",
        len(PDF),
    )
    assert actions.attach_material(actor, "photo", "again.pdf", PDF, draft_id=draft.pk).pk == material.pk
    for bad in (b"", b"MZ\x90", b"PK\x03\x04junk", b"<html>", b"%PDF-" + b"0" * (10 * 1024 * 1024)):
        with pytest.raises(InputError):
            actions.attach_material(actor, "photo", "x.pdf", bad, draft_id=draft.pk)
    with pytest.raises(NotThere):
        actions.attach_material(cast.actor("stranger"), "photo", "x.pdf", PDF, draft_id=draft.pk)
    for number in range(5):
        actions.attach_material(actor, "photo", "x.pdf", PDF + bytes([number]), draft_id=draft.pk)
    with pytest.raises(InputError, match="最多 6 个"):
        actions.attach_material(actor, "photo", "x.pdf", PDF + b"z", draft_id=draft.pk)


def test_two_who_work_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    case = accepted(cast)
    for who in ("street_clerk", "civil_checker"):
        opinion(case, cast.actor(who))
    seen = case.version
    actions.give_opinion(cast.actor("district_reviewer"), case.pk, seen, "pass", text="甲")
    with pytest.raises(CaseMoved, match="刚被别人办理过"):
        actions.give_opinion(cast.actor("second_reviewer"), case.pk, seen, "fail", text="乙")
    assert list(case.opinions.values_list("text", flat=True))[-1] == "甲"


def test_the_same_person_is_never_two(cast: Cast) -> None:
    case = accepted(cast)
    for who in ("street_clerk", "civil_checker", "district_reviewer"):
        opinion(case, cast.actor(who))
    with pytest.raises(NotAllowed, match="双人审核"):
        opinion(case, cast.actor("district_reviewer"))


def test_nobody_refuses_but_a_person_who_did_not_review_and_says_why(cast: Cast) -> None:
    case = noticed(cast)
    for actor in (
        CLOCK,
        Actor("api", 7, "机器", roles=frozenset({"district_approver"})),
        cast.actor("applicant"),
    ):
        with pytest.raises(NotAllowed):
            actions.decide(actor, case.pk, case.version, "rejected", ["has_home"])
    with pytest.raises(NotAllowed):
        actions.decide(cast.actor("district_reviewer"), case.pk, case.version, "rejected", ["has_home"])
    with pytest.raises(NotAllowed, match="理由"):
        actions.decide(cast.actor("district_approver"), case.pk, case.version, "rejected")
    assert not Decision.objects.exists()


def test_a_difference_refuses_only_after_the_person_was_heard(cast: Cast) -> None:
    case = submitted(cast)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    verified(case, no_home="mismatch")
    assert case.state == "street_review"
    assert Message.objects.filter(account=cast.applicant, subject__contains="请说明").exists()
    opinion(case, cast.actor("street_clerk"), "fail", "有房")
    assert case.state == "deciding"
    with pytest.raises(NotAllowed, match="听取说明"):
        actions.decide(cast.actor("district_approver"), case.pk, case.version, "rejected", ["has_home"])
    for row in Verification.objects.filter(case_number=case.number, outcome="mismatch"):
        actions.explain(cast.actor("applicant"), case.pk, row.pk, "那套房已经卖了")
    decision = actions.decide(
        cast.actor("district_approver"), case.pk, case.version, "rejected", ["has_home"]
    )
    assert "公共租赁住房管理办法第七条" in decision.text
    assert "六十日内" in decision.text
    assert "行政诉讼" in decision.text
    assert decision.reasons[0]["code"] == "has_home"


def test_a_source_that_does_not_answer_leads_to_a_request_for_paper_and_stops_the_clock(cast: Cast) -> None:
    case = submitted(cast)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    verified(case, marriage="source_unavailable", civil_status="not_found")
    assert case.state == "supplement"
    assert case.pause_reason == "applicant"
    assert set(case.materials.filter(state="refused").values_list("code", flat=True)) == {"marriage"}
    with pytest.raises(InputErrors, match="请上传"):
        actions.supply(cast.actor("applicant"), case.pk, case.version)
    actions.attach_material(cast.actor("applicant"), "marriage", "结婚证.pdf", PDF, case_id=case.pk)
    actions.supply(cast.actor("applicant"), case.pk, case.version)
    case.refresh_from_db()
    assert case.state == "street_review"
    assert case.paused_at is None


def test_without_consent_nothing_is_asked_and_paper_is(cast: Cast) -> None:
    case = submitted(cast, consent=False)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    case.refresh_from_db()
    assert case.state == "supplement"
    assert set(Verification.objects.values_list("outcome", flat=True)) == {"no_authorization"}


def test_what_is_missing_is_told_once_and_whole(cast: Cast) -> None:
    case = submitted(cast)
    clerk = cast.actor("street_clerk")
    with pytest.raises(InputError, match="空的"):
        actions.request_supplement(clerk, case.pk, case.version, {})
    actions.request_supplement(
        clerk, case.pk, case.version, {"household_register": "请上传户口簿首页"}, "谢谢"
    )
    case.refresh_from_db()
    actions.attach_material(cast.actor("applicant"), "household_register", "a.pdf", PDF, case_id=case.pk)
    actions.supply(cast.actor("applicant"), case.pk, case.version)
    case.refresh_from_db()
    with pytest.raises(NotAllowed, match="一次告知"):
        actions.request_supplement(clerk, case.pk, case.version, {"identity_card": "还要身份证"})
    actions.accept(clerk, case.pk, case.version)


def test_after_acceptance_no_new_paper_may_be_asked_for(cast: Cast) -> None:
    case = accepted(cast)
    with pytest.raises(InputError, match="受理后不能再要"):
        actions.request_supplement(
            cast.actor("street_clerk"), case.pk, case.version, {"identity_card": "身份证"}
        )


def test_silence_is_acceptance_as_of_the_day_the_papers_came(cast: Cast) -> None:
    case = repair(cast)
    Case.objects.filter(pk=case.pk).update(submitted_at=at(2026, 11, 2), step_due_on=at(2026, 11, 9).date())
    case.edges.update(at=at(2026, 11, 2))
    assert actions.deem_accepted(at(2026, 11, 9)) == []
    assert actions.deem_accepted(at(2026, 11, 10)) == [case.number]
    assert actions.deem_accepted(at(2026, 11, 10)) == []
    case.refresh_from_db()
    assert timezone.localdate(case.accepted_at) == at(2026, 11, 2).date()
    assert case.promised_on == at(2026, 11, 6).date()


def test_not_accepting_needs_a_ground_and_tells_how_to_object(cast: Cast) -> None:
    case = submitted(cast)
    clerk = cast.actor("street_clerk")
    with pytest.raises(InputError, match="还没有一次告知"):
        actions.refuse_acceptance(clerk, case.pk, case.version, "not_complete")
    actions.refuse_acceptance(clerk, case.pk, case.version, "not_ours", "请向临江区申请")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("terminated", "unaccepted")
    assert "行政复议" in Decision.objects.get(case=case).text


def test_a_notice_is_masked_and_frozen_and_holds_what_is_objected_to(cast: Cast) -> None:
    case = reviewed(cast)
    editor = cast.actor("publicity_editor")
    notice = actions.publish_notice(editor, "elig_apply", [case.pk])
    assert notice.rows == [
        {
            "序号": 1,
            "申请人": "李*国",
            "家庭人数": 2,
            "社区": "湖畔社区",
            "保障类别": "公租房保障资格申请",
            "审核结果": "符合",
        }
    ]
    assert notice.ends_on == national_calendar().add_days(notice.starts_on, 7), (
        "seven full days, never ending on a holiday"
    )
    with pytest.raises(NotAllowed, match="已在公示中"):
        actions.publish_notice(editor, "elig_apply", [case.pk])
    first = actions.make_objection(None, notice.number, "他家有两套房", "13800000000", row=1)
    second = actions.make_objection(cast.actor("stranger"), notice.number, "收入不实", row=1)
    case.refresh_from_db()
    assert case.state == "publicity", "nothing stops for an objection that nobody has read"
    for objection in (first, second):
        actions.take_up_objection(cast.actor("legal_officer"), objection.pk, "有具体线索")
    case.refresh_from_db()
    assert case.state == "objection"
    assert "两套" not in "".join(Act.objects.values_list("reason", flat=True))
    actions.end_notices(at(2040, 1, 2))
    case.refresh_from_db()
    assert case.state == "objection", "an open objection holds the case past the end of the notice"
    legal = cast.actor("legal_officer")
    actions.settle_objection(legal, first.pk, False, "经查无房")
    case.refresh_from_db()
    assert case.state == "objection", "one of two is still open"
    actions.settle_objection(legal, second.pk, False, "收入属实")
    case.refresh_from_db()
    assert case.state == "deciding"
    with pytest.raises(InputError, match="已经结束"):
        actions.make_objection(None, notice.number, "太晚了")


def test_an_objection_that_is_right_sends_the_case_back_and_its_old_notice_does_not_count(cast: Cast) -> None:
    case = reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    objection = actions.make_objection(None, notice.number, "他家有两套房", row=1)
    actions.settle_objection(cast.actor("legal_officer"), objection.pk, True, "确有一套")
    actions.end_notices(at(2040, 1, 2))
    case.refresh_from_db()
    assert (case.state, case.round, case.paused_at) == ("district_review", 2, None)
    for who in ("district_reviewer", "second_reviewer"):
        opinion(case, cast.actor(who))
    assert case.state == "publicity"
    assert Notice.objects.get(pk=notice.pk).state == "ended"
    with pytest.raises(NotAllowed):
        actions.decide(cast.actor("district_approver"), case.pk, case.version, "approved")


def test_a_decision_stands_on_what_was_known_and_later_changes_nothing(cast: Cast) -> None:
    case = decided(cast)
    decision = Decision.objects.get(case=case)
    snapshot = decision.snapshot
    assert snapshot["answers"]["income"]["monthly_income"] == 120000
    assert {row["outcome"] for row in snapshot["verifications"]} == {"match"}
    case.answers = {}
    case.save()
    assert Decision.objects.get(pk=decision.pk).snapshot == snapshot


def test_a_remedy_is_examined_by_somebody_else_and_decided_anew_by_somebody_else(cast: Cast) -> None:
    case = noticed(cast)
    actions.decide(cast.actor("district_approver"), case.pk, case.version, "rejected", ["income_over"])
    case.refresh_from_db()
    remedy = actions.ask_remedy(cast.actor("applicant"), case.pk, case.version, "收入算错了")
    with pytest.raises(NotAllowed):
        actions.answer_remedy(cast.actor("district_approver"), remedy.pk, True, "维持")
    actions.answer_remedy(cast.actor("legal_officer"), remedy.pk, False, "应重新计算")
    case.refresh_from_db()
    with pytest.raises(NotAllowed, match="另一人"):
        actions.decide(cast.actor("district_approver"), case.pk, case.version, "approved")
    actions.decide(second_approver(cast), case.pk, case.version, "approved")
    assert list(Decision.objects.filter(case=case).order_by("id").values_list("outcome", flat=True)) == [
        "rejected",
        "approved",
    ]


def test_an_upheld_remedy_leaves_the_decision_and_cannot_be_asked_twice(cast: Cast) -> None:
    case = noticed(cast)
    actions.decide(cast.actor("district_approver"), case.pk, case.version, "rejected", ["income_over"])
    case.refresh_from_db()
    remedy = actions.ask_remedy(cast.actor("applicant"), case.pk, case.version, "请再看看")
    actions.answer_remedy(cast.actor("supervisor"), remedy.pk, True, "事实清楚")
    case.refresh_from_db()
    assert case.state == "rejected"
    with pytest.raises(InputError, match="已经复核过"):
        actions.ask_remedy(cast.actor("applicant"), case.pk, case.version, "再来")


def test_a_hook_is_taken_exactly_once(cast: Cast) -> None:
    case = decided(cast)
    assert not Hook.objects.exists(), "not before the decision has reached the person"
    actions.serve(cast.actor("district_approver"), case.pk, case.version)
    hook = Hook.objects.get()
    assert hook.effect == "allocation.waitlist"
    assert actions.take_hook(CLOCK, hook.pk, "轮候") is not None
    assert actions.take_hook(CLOCK, hook.pk, "另一个") is None
    assert Hook.objects.get().taken_by == "轮候"


def test_kin_stay_away(cast: Cast) -> None:
    case = submitted(cast)
    Kinship.objects.create(
        account=cast.staff["street_clerk"], identity_index=case.applicant.identity_index, relation="父亲"
    )
    with pytest.raises(NotAllowed, match="回避"):
        actions.accept(cast.actor("street_clerk"), case.pk, case.version)


def test_staff_of_another_place_can_do_nothing(cast: Cast) -> None:
    case = submitted(cast)
    for who in ("second_clerk", "far_reviewer", "system_admin", "auditor"):
        with pytest.raises(NotAllowed):
            actions.accept(cast.actor(who), case.pk, case.version)


def test_limits_are_extended_once_by_the_head_and_the_person_is_told(cast: Cast) -> None:
    case = accepted(cast)
    promised = case.promised_on
    with pytest.raises(NotAllowed):
        actions.extend_limit(cast.actor("street_clerk"), case.pk, case.version, 5, "案情复杂")
    actions.extend_limit(cast.actor("supervisor"), case.pk, case.version, 10, "案情复杂")
    case.refresh_from_db()
    assert case.promised_on > promised
    with pytest.raises(InputError, match="一次"):
        actions.extend_limit(cast.actor("supervisor"), case.pk, case.version, 1, "还要")
    assert Message.objects.filter(account=cast.applicant, subject="办理期限延长").exists()


def test_a_pause_moves_every_limit_by_the_working_days_it_took(cast: Cast) -> None:
    case = accepted(cast)
    actions.pause(cast.actor("street_clerk"), case.pk, case.version, "appraisal", "等鉴定")
    Case.objects.filter(pk=case.pk).update(
        paused_at=timezone.now() - timedelta(days=14),
        promised_on=at(2026, 11, 30).date(),
        legal_on=at(2026, 12, 14).date(),
    )
    case.refresh_from_db()
    actions.restart(cast.actor("street_clerk"), case.pk, case.version)
    case.refresh_from_db()
    assert case.paused_workdays >= 7, "two weeks, holidays apart"
    assert case.promised_on == national_calendar().add_workdays(at(2026, 11, 30).date(), case.paused_workdays)


def test_alarms_climb_and_are_raised_once(cast: Cast) -> None:
    case = accepted(cast)
    Case.objects.filter(pk=case.pk).update(step_due_on=at(2026, 11, 12).date())
    assert [actions.raise_alarms(at(2026, 11, day)) for day in (9, 11, 11, 13, 16, 16)] == [0, 1, 0, 1, 1, 0]
    levels = dict(case.alarms.values_list("level", "told"))
    assert levels["due_soon"] == [cast.staff["street_clerk"].pk]
    assert levels["escalated"] == [cast.staff["supervisor"].pk]
    actions.answer_alarm(cast.actor("supervisor"), case.alarms.get(level="escalated").pk)
    assert case.alarms.get(level="escalated").answered_by == cast.staff["supervisor"].pk


def test_an_alarm_that_reaches_nobody_fails_loudly_and_the_others_are_still_raised(cast: Cast) -> None:
    first, second = repair(cast), repair(cast)
    Case.objects.update(step_due_on=at(2026, 11, 2).date())
    cast.staff["supervisor"].appointments.all().update(agency=cast.far_district)
    for above in ("city_approver", "auditor"):
        cast.staff[above].appointments.all().update(ended_on=at(2026, 1, 2).date())
    Case.objects.filter(pk=second.pk).update(step_due_on=at(2026, 11, 13).date())
    with pytest.raises(InputError, match=first.number):
        actions.raise_alarms(at(2026, 11, 12))
    assert second.alarms.filter(level="due_soon").exists()


def test_a_rating_is_given_once_after_the_end_and_a_bad_one_is_called_back(cast: Cast) -> None:
    case = decided(cast)
    with pytest.raises(InputError, match="办结后"):
        actions.rate(cast.actor("applicant"), case.pk, 1)
    actions.serve(cast.actor("district_approver"), case.pk, case.version)
    with pytest.raises(NotAllowed):
        actions.rate(cast.actor("stranger"), case.pk, 5)
    rating = actions.rate(cast.actor("applicant"), case.pk, 1, ["等待太久"], "太慢")
    assert rating.due_on is not None
    with pytest.raises(InputError, match="已经评价过"):
        actions.rate(cast.actor("applicant"), case.pk, 5)
    assert actions.reply_rating(cast.actor("supervisor"), rating.pk, "已致歉并整改").replied_at is not None


def test_a_draw_for_a_second_look_can_be_repeated_by_anybody(cast: Cast) -> None:
    case = decided(cast)
    supervisor = cast.actor("supervisor")
    span = (timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1))
    first = actions.draw_spot_checks(supervisor, "elig_apply", *span, "上证指数 3200.15")
    assert [check.case_id for check in first] == [case.pk]
    again = actions.draw_spot_checks(supervisor, "elig_apply", *span, "上证指数 3200.15")
    assert [check.pk for check in again] == [check.pk for check in first]
    with pytest.raises(NotAllowed, match="经办过"):
        actions.finish_spot_check(cast.actor("district_reviewer"), first[0].pk, "right", "")
    assert (
        actions.finish_spot_check(cast.actor("legal_officer"), first[0].pk, "wrong", "面积算错").finding
        == "wrong"
    )


def test_returning_begins_a_new_round_and_tells_why(cast: Cast) -> None:
    case = reviewed(cast)
    case = accepted(cast) if case.state == "nothing" else case
    Case.objects.filter(pk=case.pk).update(state="deciding")
    case.refresh_from_db()
    with pytest.raises(InputError, match="理由"):
        actions.return_to(cast.actor("district_approver"), case.pk, case.version, "street_review", " ")
    actions.return_to(cast.actor("district_approver"), case.pk, case.version, "street_review", "请入户核实")
    case.refresh_from_db()
    assert (case.state, case.step, case.round) == ("street_review", "street_review", 2)
    opinion(case, cast.actor("street_clerk"))
    assert case.state == "civil_review"


def test_a_case_is_handed_only_to_who_may_work_on_it(cast: Cast) -> None:
    case = accepted(cast)
    with pytest.raises(InputError, match="不能分派"):
        actions.assign(cast.actor("supervisor"), case.pk, case.version, cast.staff["accountant"].pk)
    actions.assign(cast.actor("supervisor"), case.pk, case.version, cast.staff["street_clerk"].pk)
    case.refresh_from_db()
    assert case.assignee == cast.staff["street_clerk"]
    opinion(case, cast.actor("street_clerk"))
    assert case.assignee is None, "the next step has nobody yet"


def test_materials_of_a_discarded_draft_are_gone(
    cast: Cast, django_capture_on_commit_callbacks: object
) -> None:
    actor = cast.actor("applicant")
    draft = actions.save_draft(actor, "repair", {})
    material = actions.attach_material(actor, "photo", "x.pdf", PDF, draft_id=draft.pk)
    from guangsha.privacy import files

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        actions.discard_draft(actor, draft.pk)
    assert not Material.objects.exists()
    with pytest.raises(InputError):
        files.load(material.stored, context="intake.material")


def test_the_log_and_the_messages_hold_no_plain_identity_number(cast: Cast) -> None:
    case = decided(cast)
    identity = case.applicant.identity
    text = "".join(str(row) for row in Act.objects.values_list("before", "after", "reason"))
    text += "".join(str(row) for row in Message.objects.values_list("subject", "body"))
    text += "".join(str(row) for row in Notice.objects.values_list("rows", flat=True))
    assert identity not in text
    assert "19900000001" not in text


def test_a_key_of_another_persons_case_opens_nothing(cast: Cast) -> None:
    case = submitted(cast)
    stranger = cast.actor("stranger")
    draft = actions.save_draft(stranger, "repair", {})
    with pytest.raises(NotThere):
        actions.submit(stranger, draft.pk, case.key)
    with pytest.raises(NotThere):
        actions.submit(stranger, draft.pk + 999, uuid.uuid4())


def test_the_letter_prints_with_its_number_and_its_digest(cast: Cast) -> None:
    case = noticed(cast)
    decision = actions.decide(
        cast.actor("district_approver"), case.pk, case.version, "rejected", ["income_over", "asset_over"]
    )
    pdf = write_pdf(decision_document(decision))
    assert pdf.startswith(b"%PDF-")
    page = re.sub(r"[\s\u200b]", "", pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded())
    assert decision.number in page
    assert "（1）家庭人均收入高于当地标准" in page
    assert decision.digest in page
    assert "湖滨区住房保障服务中心" in page


def test_opening_a_decision_serves_it_once(cast: Cast) -> None:
    case = decided(cast)
    assert actions.serve_online(case.pk)
    assert not actions.serve_online(case.pk)
    case.refresh_from_db()
    assert case.state == "effective"
    assert Hook.objects.count() == 1


def test_an_enterprise_applies_through_its_own_account(cast: Cast) -> None:
    chosen = service("employer_batch")
    actor = cast.actor("enterprise_user")
    draft = actions.save_draft(actor, chosen.code, sample_answers(chosen))
    for material in chosen.materials:
        actions.attach_material(actor, material.code, "x.pdf", PDF, draft_id=draft.pk)
    case = actions.submit(actor, draft.pk, draft.key)
    assert case.account_id == actor.account_id
    assert case.state == "submitted"
