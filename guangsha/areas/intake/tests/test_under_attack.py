"""What a hostile or careless person could do to a case, its clock, its notice or its decision, and must not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from guangsha.areas.intake import access, actions
from guangsha.areas.intake.actions import NotAllowed, notices
from guangsha.areas.intake.actions.base import holders
from guangsha.areas.intake.actions.numbers import document_number
from guangsha.areas.intake.models import Case, Notice, Objection
from guangsha.areas.intake.queries import case_limits
from guangsha.areas.intake.tests.builders import (
    CHILD,
    PDF,
    accepted,
    answers,
    at,
    decided,
    noticed,
    opinion,
    repair,
    reviewed,
    second_approver,
    submitted,
    verified,
)  # fmt: skip
from guangsha.areas.registry.models import Person
from guangsha.areas.verification import gateway
from guangsha.areas.verification.adapters import Answer, Question
from guangsha.areas.verification.models import Consent, Verification
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.kernel.workdays import national_calendar
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.models import Account, Agency, Appointment, Delegation, Kinship
from guangsha.privacy.fields import index_of
from guangsha.testing.cast import PASSWORD, Cast, add_agency, add_staff, identity_number

pytestmark = pytest.mark.django_db


def deputise(cast: Cast, holder: str, deputy: str, agency: Agency) -> Account:
    """``deputy`` stands in for ``holder`` around today."""
    day = timezone.localdate()
    Delegation.objects.create(
        holder=cast.account(holder), deputy=cast.account(deputy), agency=agency, role=holder,
        started_on=day - timedelta(days=1), ended_on=day + timedelta(days=1), reason="休假",
    )  # fmt: skip
    return cast.account(deputy)


def test_a_role_counts_only_where_it_is_held(cast: Cast) -> None:
    """A clerk of one street who stands in for a reviewer of another district reviews nothing in the first."""
    case = submitted(cast)
    both = add_staff("both", "两处", "publicity_editor", cast.district, PASSWORD)
    Appointment.objects.create(
        account=both, agency=cast.far_district, role="street_clerk", started_on=date(2026, 1, 1)
    )
    with pytest.raises(NotAllowed, match="岗位"):
        actions.accept(cast.actor(both), case.pk, case.version)


def test_a_reader_elsewhere_reads_nothing_here(cast: Cast) -> None:
    case = submitted(cast)
    both = add_staff("both", "两处", "notary_observer", cast.district, PASSWORD)
    Appointment.objects.create(
        account=both, agency=cast.far_district, role="street_clerk", started_on=date(2026, 1, 1)
    )
    with pytest.raises(NotThere):
        access.access_case(cast.actor(both), case.number)


def test_who_stands_in_is_told_and_the_log_names_whose_duty_it_was(cast: Cast) -> None:
    case = submitted(cast)
    deputy = deputise(cast, "street_clerk", "publicity_editor", cast.streets[0])
    assert deputy in holders(case, ["street_clerk"])
    actions.accept(cast.actor(deputy), case.pk, case.version)
    act = Act.objects.get(action="intake.case.accept")
    assert (act.actor_id, act.on_behalf_of) == (deputy.pk, cast.staff["street_clerk"].pk)


def test_an_own_duty_is_not_logged_as_somebody_elses(cast: Cast) -> None:
    case = submitted(cast)
    deputise(cast, "district_approver", "street_clerk", cast.district)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    assert Act.objects.get(action="intake.case.accept").on_behalf_of == 0


def test_a_post_that_ended_long_ago_does_not_silence_the_present_one(cast: Cast) -> None:
    case = submitted(cast)
    Appointment.objects.create(
        account=cast.staff["supervisor"], agency=cast.streets[1], role="street_clerk",
        started_on=date(2020, 1, 1), ended_on=date(2021, 1, 1),
    )  # fmt: skip
    assert holders(case, ["supervisor"]) == [cast.staff["supervisor"]]
    assert cast.staff["supervisor"] not in holders(case, ["street_clerk"])


def test_kin_among_the_members_of_the_form_keeps_away_too(cast: Cast) -> None:
    case = submitted(cast)
    assert case.household is None, "no file of the household names the child yet"
    Kinship.objects.create(
        account=cast.staff["street_clerk"], identity_index=index_of("identity", CHILD), relation="子女"
    )
    with pytest.raises(NotAllowed, match="回避"):
        actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    with pytest.raises(NotThere):
        access.access_case(cast.actor("street_clerk"), case.number)


def test_two_offices_of_one_district_publish_in_the_same_year(cast: Cast) -> None:
    case = reviewed(cast)
    first = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    actions.withdraw_notice(cast.actor("publicity_editor"), first.number, "名单有误")
    street = add_staff("editor2", "街道公示", "publicity_editor", cast.streets[0], PASSWORD)
    second = actions.publish_notice(cast.actor(street), "elig_apply", [case.pk])
    assert second.number != first.number
    assert Notice.objects.count() == 2


def test_offices_whose_long_names_begin_alike_write_letters_of_different_numbers(cast: Cast) -> None:
    name = "岳州市湖滨区住房和城乡建设局住房保障服务中心"
    day = date(2026, 12, 31)
    found = [document_number(name + place, day) for place in ("洞庭分中心", "金桥分中心")]
    assert len(set(found)) == 2
    assert document_number(name, date(2027, 1, 1)).endswith("〔2027〕1号")
    assert add_agency(name, "bureau", "430699000000").name == name


def published(cast: Cast, case: Case) -> Notice:
    case.refresh_from_db()
    return actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])


def reviewed_again(cast: Cast, case: Case) -> Case:
    for who in ("district_reviewer", "second_reviewer"):
        opinion(case, cast.actor(who))
    return case


def test_an_old_notice_does_not_end_a_case_that_waits_for_its_new_one(cast: Cast) -> None:
    case = reviewed(cast)
    notice = published(cast, case)
    objection = actions.make_objection(None, notice.number, "他家有房", row=1)
    actions.settle_objection(cast.actor("legal_officer"), objection.pk, True, "人数有误")
    reviewed_again(cast, case)
    assert case.state == "publicity"
    actions.end_notices(at(2040, 1, 2))
    case.refresh_from_db()
    assert case.state == "publicity", "it was not published again yet"
    published(cast, case)
    actions.end_notices(at(2040, 1, 2))
    case.refresh_from_db()
    actions.decide(cast.actor("district_approver"), case.pk, case.version, "approved")


def test_a_case_held_when_its_notice_is_taken_down_is_published_again(cast: Cast) -> None:
    case = reviewed(cast)
    notice = published(cast, case)
    objection = actions.make_objection(None, notice.number, "他家有房", row=1)
    actions.take_up_objection(cast.actor("legal_officer"), objection.pk, "有具体线索")
    actions.withdraw_notice(cast.actor("publicity_editor"), notice.number, "名单有误")
    actions.settle_objection(cast.actor("legal_officer"), objection.pk, False, "核实无房")
    case.refresh_from_db()
    assert (case.state, case.paused_at) == ("publicity", None)
    assert published(cast, case).state == "running"


def test_an_objection_that_was_sent_twice_is_one(cast: Cast) -> None:
    notice = published(cast, reviewed(cast))

    def sent(text: str, address: str = "203.0.113.9", row: int | None = 1) -> str:
        return actions.make_objection(None, notice.number, text, row=row, address=address).receipt

    first = sent("他家有房")
    assert sent("他家有房 ") == first, "the button was pressed twice"
    others = {sent("他家有车"), sent("他家有房", "203.0.113.10"), sent("他家有房", "203.0.113.11", None)}
    assert len(others | {first}) == 4 == Objection.objects.count()
    Objection.objects.filter(receipt=first).update(made_at=timezone.now() - timedelta(hours=1))
    assert sent("他家有房") != first, "and who says it again later means it"


def test_nothing_is_approved_over_an_open_objection(cast: Cast) -> None:
    """Two objections; one is right and sends the case back; the other must not be forgotten in the second round."""
    case = reviewed(cast)
    notice = published(cast, case)
    first = actions.make_objection(None, notice.number, "他家有房", row=1)
    second = actions.make_objection(None, notice.number, "他家有车")
    actions.settle_objection(cast.actor("legal_officer"), first.pk, True, "人数有误")
    reviewed_again(cast, case)
    published(cast, case)
    actions.end_notices(at(2040, 1, 2))
    case.refresh_from_db()
    assert case.state == "deciding"
    with pytest.raises(NotAllowed, match="异议没有核实"):
        actions.decide(cast.actor("district_approver"), case.pk, case.version, "approved")
    actions.settle_objection(cast.actor("legal_officer"), second.pk, True, "确有一辆车")
    case.refresh_from_db()
    assert case.state == "district_review", "it was about to be decided and is reviewed again"


def test_kin_do_not_settle_an_objection_of_a_case_that_went_on(cast: Cast) -> None:
    case = reviewed(cast)
    notice = published(cast, case)
    first = actions.make_objection(None, notice.number, "他家有房", row=1)
    second = actions.make_objection(None, notice.number, "他家有车", row=1)
    actions.settle_objection(cast.actor("legal_officer"), first.pk, True, "人数有误")
    Kinship.objects.create(
        account=cast.staff["supervisor"], identity_index=case.applicant.identity_index, relation="父母"
    )
    with pytest.raises(NotAllowed, match="回避"):
        actions.settle_objection(cast.actor("supervisor"), second.pk, False, "没有车")


def test_an_objection_to_a_whole_notice_can_be_right_about_one_case(cast: Cast) -> None:
    case = reviewed(cast)
    Case.objects.filter(pk=case.pk).update(applicant=Person.objects.get(pk=cast.stranger.person_id))
    other = reviewed(cast)
    case.refresh_from_db()
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk, other.pk])
    objection = actions.make_objection(None, notice.number, "名单里有人有房")
    told = Message.objects.filter(subject="公示收到异议").values_list("account", flat=True)
    assert len(set(told)) == len(told), "one objection, one message to each"
    legal = cast.actor("legal_officer")
    with pytest.raises(InputError, match="指明"):
        actions.settle_objection(legal, objection.pk, True, "确有一家")
    actions.settle_objection(legal, objection.pk, True, "确有一家", concerning=[other.pk])
    case.refresh_from_db()
    other.refresh_from_db()
    assert (case.state, other.state) == ("publicity", "district_review")


def test_a_pause_ends_with_the_step_it_belonged_to(cast: Cast) -> None:
    """Else the case would wait for a notice that cannot be published, and no alarm would ring."""
    case = accepted(cast)
    opinion(case, cast.actor("street_clerk"))
    opinion(case, cast.actor("civil_checker"))
    opinion(case, cast.actor("district_reviewer"))
    actions.pause(cast.actor("district_reviewer"), case.pk, case.version, "hearing", "听取说明")
    opinion(case, cast.actor("second_reviewer"))
    assert (case.state, case.paused_at) == ("publicity", None)
    assert published(cast, case).state == "running"


def test_who_does_not_hand_in_is_reminded_and_the_case_goes_on(cast: Cast) -> None:
    case = submitted(cast)
    clerk = cast.actor("street_clerk")
    actions.accept(clerk, case.pk, case.version)
    verified(case, civil_status="match", identity_card="source_unavailable")
    assert case.state == "supplement"
    due = case.step_due_on
    assert due is not None
    with pytest.raises(InputError, match="补正期限"):
        actions.go_on_without(clerk, case.pk, case.version)
    soon = national_calendar().next_workday(due)
    assert actions.raise_alarms(at(soon.year, soon.month, soon.day, 8)) == 1
    assert Message.objects.filter(account=cast.applicant, subject="补正期限将到").exists()
    with pytest.raises(NotAllowed, match="已经受理"):
        actions.refuse_acceptance(clerk, case.pk, case.version, "not_ours", "别处")
    Case.objects.filter(pk=case.pk).update(step_due_on=timezone.localdate() - timedelta(days=1))
    actions.go_on_without(clerk, case.pk, case.version, "三次电话未接")
    case.refresh_from_db()
    assert (case.state, case.paused_at) == ("street_review", None)


def test_nobody_is_refused_for_missing_papers_before_the_time_to_bring_them_is_over(cast: Cast) -> None:
    case = submitted(cast)
    clerk = cast.actor("street_clerk")
    actions.request_supplement(clerk, case.pk, case.version, {"identity_card": "看不清"})
    case.refresh_from_db()
    with pytest.raises(InputError, match="补正期限"):
        actions.refuse_acceptance(clerk, case.pk, case.version, "not_complete")


def test_a_paper_taken_away_again_is_missed(cast: Cast) -> None:
    case = submitted(cast)
    clerk, owner = cast.actor("street_clerk"), cast.actor("applicant")
    actions.accept(clerk, case.pk, case.version)
    verified(case, identity_card="source_unavailable")
    kept = actions.attach_material(owner, "identity_card", "证.pdf", PDF, case_id=case.pk)
    actions.supply(owner, case.pk, case.version)
    case.refresh_from_db()
    Case.objects.filter(pk=case.pk).update(state="supplement")
    actions.remove_material(owner, kept.pk)
    with pytest.raises(InputErrors, match="上传"):
        actions.supply(owner, case.pk, case.version)


def test_the_form_does_not_change_under_the_answers_of_the_sources(cast: Cast) -> None:
    case = submitted(cast)
    owner = cast.actor("applicant")
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    verified(case, identity_card="source_unavailable")
    actions.attach_material(owner, "identity_card", "证.pdf", PDF, case_id=case.pk)
    with pytest.raises(InputErrors, match="受理后不能再改"):
        actions.supply(owner, case.pk, case.version, answers(cast, income__monthly_income="9000"))
    actions.supply(owner, case.pk, case.version, answers(cast))


def by_window(cast: Cast, phone: str) -> Case:
    """Filed at the window for somebody without an account."""
    given = answers(cast)
    given["applicant"] |= {"identity": identity_number("430699", date(1960, 1, 1), 15), "name": "周无号"}
    given["applicant"]["phone"] = phone or "073100000000"
    clerk = cast.actor("street_clerk")
    draft = actions.save_draft(clerk, "elig_apply", given)
    return actions.submit(clerk, draft.pk, draft.key)


def test_silence_of_somebody_who_was_never_told_is_not_taken_for_an_answer(cast: Cast) -> None:
    case = by_window(cast, "")
    clerk = cast.actor("street_clerk")
    actions.accept(clerk, case.pk, case.version)
    row = Verification.objects.filter(case_number=case.number).first()
    assert row is not None
    Verification.objects.filter(pk=row.pk).update(outcome="mismatch", answered_at=at(2026, 1, 5))
    assert actions.close_hearings(at(2026, 11, 20)) == 0
    assert Message.objects.filter(account=clerk.account_id, subject__startswith="请当面或书面告知").exists()
    with pytest.raises(NotAllowed):
        actions.explain(cast.actor("second_clerk"), case.pk, row.pk, "本人说已卖")
    heard = actions.explain(clerk, case.pk, row.pk, "本人到窗口说明：房屋已卖")
    assert gateway.may_reject(heard)
    assert "也说了别的" in actions.explain(clerk, case.pk, row.pk, "也说了别的").explanation
    assert "房屋已卖" in Verification.objects.get(pk=row.pk).explanation


def test_without_an_account_a_text_goes_to_the_applicants_mobile(cast: Cast) -> None:
    case = by_window(cast, "19900000077")
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    told = Message.objects.filter(about=case.number, account=None, channel="sms")
    assert {message.phone for message in told} == {"19900000077"}


def test_after_a_withdrawal_no_source_is_asked_any_more(cast: Cast) -> None:
    case = submitted(cast)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    case.refresh_from_db()
    assert case.state == "verifying"
    actions.withdraw(cast.actor("applicant"), case.pk, case.version)

    class Nosy:
        def ask(self, question: Question) -> Answer:
            raise AssertionError("asked after the withdrawal")

    assert gateway.run_due(timezone.now() + timedelta(days=1), Nosy()) == 0
    assert not Consent.objects.filter(case_number=case.number, revoked_at=None).exists()
    case.refresh_from_db()
    assert case.state == "withdrawn"


def test_an_answer_that_nobody_foresaw_does_not_stop_the_other_questions(cast: Cast) -> None:
    case = submitted(cast)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    total = Verification.objects.filter(case_number=case.number, outcome="").count()
    assert total > 1

    class Broken:
        def ask(self, question: Question) -> Answer:
            raise KeyError("unforeseen")

    moment = timezone.now()
    assert gateway.run_due(moment, Broken()) == total
    for day in range(1, 8):
        gateway.run_due(moment + timedelta(days=day), Broken())
    case.refresh_from_db()
    assert case.state == "supplement", "asked for on paper in the end"


def test_one_broken_case_does_not_stop_the_clock_for_the_others(cast: Cast) -> None:
    broken, fine = repair(cast), repair(cast)
    Case.objects.filter(pk=broken.pk).update(service="no_such_service", step_due_on=at(2026, 11, 2).date())
    Case.objects.filter(pk=fine.pk).update(step_due_on=at(2026, 11, 3).date())
    with pytest.raises(InputError, match="没有处理成功"):
        actions.raise_alarms(at(2026, 11, 5))
    assert fine.alarms.exists()
    with pytest.raises(InputError, match="没有处理成功"):
        actions.deem_accepted(at(2026, 11, 5))
    fine.refresh_from_db()
    assert fine.accepted_at is not None


def test_a_letter_that_never_arrived_does_not_use_up_the_sixty_days(cast: Cast) -> None:
    case = decided(cast, "rejected", ("income_over",))
    case.decisions.update(decided_at=timezone.now() - timedelta(days=200))
    remedy = actions.ask_remedy(cast.actor("applicant"), case.pk, case.version, "今天才知道")
    assert remedy.state == "open"


def test_the_days_a_decision_stood_do_not_count_when_it_is_made_anew(cast: Cast) -> None:
    case = decided(cast, "rejected", ("income_over",))
    long_ago = timezone.now() - timedelta(days=60)
    Case.objects.filter(pk=case.pk).update(
        accepted_at=long_ago - timedelta(days=10), decided_at=long_ago, closed_at=long_ago
    )
    case.refresh_from_db()
    actions.reopen(cast.actor("supervisor"), case.pk, case.version, "确有错误")
    case.refresh_from_db()
    assert case_limits(case).used_workdays <= 10


def test_what_was_never_accepted_is_reopened_at_its_beginning(cast: Cast) -> None:
    case = submitted(cast)
    clerk = cast.actor("street_clerk")
    actions.refuse_acceptance(clerk, case.pk, case.version, "not_needed")
    case.refresh_from_db()
    actions.reopen(cast.actor("supervisor"), case.pk, case.version, "应当受理")
    case.refresh_from_db()
    assert (case.state, case.accepted_at) == ("submitted", None)
    actions.accept(clerk, case.pk, case.version)
    case.refresh_from_db()
    assert case.state == "verifying", "the sources are asked, not skipped"


def test_a_second_look_is_for_those_of_the_place_and_not_for_kin(cast: Cast) -> None:
    case = noticed(cast)
    actions.decide(second_approver(cast), case.pk, case.version, "approved")
    since, until = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)
    (check,) = actions.draw_spot_checks(cast.actor("supervisor"), "elig_apply", since, until, "0794")
    with pytest.raises(NotAllowed, match="岗位"):
        actions.finish_spot_check(cast.actor("far_reviewer"), check.pk, "right", "")
    Kinship.objects.create(
        account=cast.staff["supervisor"], identity_index=index_of("identity", CHILD), relation="子女"
    )
    with pytest.raises(NotAllowed, match="回避"):
        actions.finish_spot_check(cast.actor("supervisor"), check.pk, "right", "")


def test_nobody_takes_back_the_consent_of_somebody_else(cast: Cast) -> None:
    case = submitted(cast)
    consent = Consent.objects.filter(case_number=case.number, person_id=cast.applicant.person_id).get()
    with pytest.raises(InputError, match="没有这项授权"):
        gateway.revoke_consent(cast.actor("stranger"), consent.pk)
    with pytest.raises(InputError, match="没有这项授权"):
        gateway.revoke_consent(cast.actor("stranger"), 987654)
    assert gateway.revoke_consent(cast.actor("applicant"), consent.pk).revoked_at is not None


@pytest.mark.parametrize(("act", "state"), [("suspend", "suspended"), ("adjust", "adjusted")])
def test_who_loses_a_part_of_a_benefit_gets_a_letter_and_can_contest_it(
    cast: Cast, act: str, state: str
) -> None:
    case = decided(cast)
    approver = cast.actor("district_approver")
    actions.serve(approver, case.pk, case.version)
    case.refresh_from_db()
    actions.change_benefit(approver, case.pk, case.version, act, "收入增加", heard="当面听取，有异议")
    case.refresh_from_db()
    letter = case.decisions.order_by("-id")[0]
    assert letter.outcome == state
    assert "行政复议" in letter.text and "收入增加" in letter.text
    actions.serve(approver, case.pk, case.version)
    case.refresh_from_db()
    assert case.state == state
    remedy = actions.ask_remedy(cast.actor("applicant"), case.pk, case.version, "收入没有增加")
    actions.answer_remedy(cast.actor("supervisor"), remedy.pk, True, "经查属实")
    case.refresh_from_db()
    assert case.state == state


def test_a_flood_of_objections_stops_no_clock_and_silences_nobody(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "OPEN_NOTICE", 6)
    case = reviewed(cast)
    notice = published(cast, case)
    for number in range(notices.ORIGIN_NOTICE):
        actions.make_objection(None, notice.number, f"他家有房 {number}", row=1, address="192.0.2.9")
    with pytest.raises(InputError, match="已经够多"):
        actions.make_objection(None, notice.number, "他家有房", row=1, address="192.0.2.9")
    for number in range(3):
        actions.make_objection(
            None, notice.number, "他家有房", "19900001111", row=1, address=f"198.51.100.{number}"
        )
    with pytest.raises(InputError, match="已经够多"):
        actions.make_objection(None, notice.number, "他家有房", "19900001111", row=1, address="198.51.100.77")
    with pytest.raises(InputError, match="请登录"):
        actions.make_objection(None, notice.number, "他家有房", row=1, address="198.51.100.99")
    honest = actions.make_objection(cast.actor("stranger"), notice.number, "确有一套", row=1)
    assert Message.objects.filter(subject="公示收到异议", account=cast.staff["legal_officer"]).count() == 1
    case.refresh_from_db()
    assert case.state == "publicity"
    actions.end_notices(at(2040, 1, 2))
    case.refresh_from_db()
    assert (case.state, case.paused_at) == ("deciding", None), "the clock runs"
    with pytest.raises(NotAllowed, match="异议没有核实"):
        actions.decide(cast.actor("district_approver"), case.pk, case.version, "approved")
    legal = cast.actor("legal_officer")
    for objection in Objection.objects.filter(state="open").exclude(pk=honest.pk):
        actions.settle_objection(legal, objection.pk, False, "没有具体线索")
    actions.settle_objection(legal, honest.pk, False, "房屋已转让")
    case.refresh_from_db()
    actions.decide(cast.actor("district_approver"), case.pk, case.version, "approved")


def test_an_objection_is_taken_up_by_somebody_who_may_and_with_a_reason(cast: Cast) -> None:
    case = reviewed(cast)
    objection = actions.make_objection(None, published(cast, case).number, "他家有房", row=1)
    with pytest.raises(InputError, match="理由"):
        actions.take_up_objection(cast.actor("legal_officer"), objection.pk, " ")
    for who in ("street_clerk", "far_reviewer", "applicant"):
        with pytest.raises(NotAllowed):
            actions.take_up_objection(cast.actor(who), objection.pk, "有线索")
    Kinship.objects.create(
        account=cast.staff["supervisor"], identity_index=case.applicant.identity_index, relation="父母"
    )
    with pytest.raises(NotAllowed, match="回避"):
        actions.take_up_objection(cast.actor("supervisor"), objection.pk, "有线索")
    actions.take_up_objection(cast.actor("legal_officer"), objection.pk, "有线索")
    with pytest.raises(InputError, match="没有这条"):
        actions.take_up_objection(cast.actor("legal_officer"), objection.pk, "有线索")
    case.refresh_from_db()
    assert case.state == "objection" and case.paused_at is not None
