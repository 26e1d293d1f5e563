"""Who sees which case, and what lists and pages show of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guangsha.areas.intake import access, actions, jobs, queries
from guangsha.areas.intake.access import access_material
from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Case, Decision, Material, ProxyAuthorization
from guangsha.areas.intake.queries import Shown, case_page
from guangsha.areas.intake.tests.builders import (
    PDF,
    accepted,
    answers,
    at,
    decided,
    opinion,
    repair,
    reviewed,
    submitted,
)
from guangsha.areas.registry.models import Person
from guangsha.areas.verification.adapters import Answer, Question
from guangsha.areas.verification.models import Verification
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.notify.schedule import SCHEDULE
from guangsha.people.access import NotThere
from guangsha.people.models import Kinship
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db

SEES = ("applicant", "street_clerk", "civil_checker", "district_reviewer", "district_approver", "city_approver", "supervisor", "archivist", "legal_officer")  # fmt: skip
SEES_NOT = ("stranger", "second_clerk", "far_reviewer", "system_admin", "security_admin", "audit_admin", "community_helper", "enterprise_user", "property_user", "notary_observer")  # fmt: skip


@pytest.mark.parametrize("who", SEES)
def test_who_may_open_a_case(cast: Cast, who: str) -> None:
    case = submitted(cast)
    assert access.access_case(cast.actor(who), case.number).pk == case.pk


@pytest.mark.parametrize("who", SEES_NOT)
def test_for_everybody_else_it_does_not_exist(cast: Cast, who: str) -> None:
    case = decided(cast)
    actor = cast.actor(who)
    with pytest.raises(NotThere):
        access.access_case(actor, case.number)
    with pytest.raises(NotThere):
        access.access_decision(actor, Decision.objects.get().number)
    material = case.materials.first()
    assert material is not None
    with pytest.raises(NotThere):
        access.access_material(actor, material.pk)
    assert queries.queue(actor, {"closed": True}).rows == ()


def test_kin_do_not_even_see_it(cast: Cast) -> None:
    case = submitted(cast)
    Kinship.objects.create(
        account=cast.staff["supervisor"], identity_index=case.applicant.identity_index, relation="父亲"
    )
    with pytest.raises(NotThere):
        access.access_case(cast.actor("supervisor"), case.number)
    assert queries.queue(cast.actor("supervisor")).rows == ()


def test_a_helper_sees_a_case_as_long_as_the_paper_holds(cast: Cast) -> None:
    today = timezone.localdate()
    paper = ProxyAuthorization.objects.create(
        person_id=cast.applicant.person_id, helper=cast.helper, services=["elig_apply"], file_digest="0" * 64,
        stored="", signed_on=today, until=today + timedelta(days=30),
    )  # fmt: skip
    helper = cast.actor("community_helper")
    draft = actions.save_draft(helper, "elig_apply", answers(cast), for_person=cast.applicant.person_id)
    case = actions.submit(helper, draft.pk, draft.key)
    assert (case.channel, case.account_id) == ("proxy", cast.helper.pk)
    assert access.access_case(helper, case.number).pk == case.pk
    assert access.access_case(cast.actor("applicant"), case.number).pk == case.pk
    with pytest.raises(NotThere):
        actions.save_draft(helper, "repair", {}, for_person=cast.applicant.person_id)
    paper.revoked_at = timezone.now()
    paper.save()
    with pytest.raises(NotThere):
        access.access_case(helper, case.number)
    with pytest.raises(actions.NotAllowed):
        actions.withdraw(helper, case.pk, case.version)


def test_drafts_and_their_files_belong_to_one_person(cast: Cast) -> None:
    draft = actions.save_draft(cast.actor("applicant"), "repair", {})
    material = actions.attach_material(cast.actor("applicant"), "photo", "x.pdf", PDF, draft_id=draft.pk)
    assert access.access_draft(cast.actor("applicant"), draft.pk).pk == draft.pk
    assert access.access_material(cast.actor("applicant"), material.pk).pk == material.pk
    for who in ("stranger", "street_clerk", "supervisor"):
        with pytest.raises(NotThere):
            access.access_draft(cast.actor(who), draft.pk)
        with pytest.raises(NotThere):
            access.access_material(cast.actor(who), material.pk)


def test_everybody_finds_in_their_list_what_waits_for_them(cast: Cast) -> None:
    def waiting(who: str) -> list[str]:
        return [row.number for row in queries.queue(cast.actor(who), {"todo": True}).rows]

    case = submitted(cast)
    assert waiting("street_clerk") == [case.number]
    assert waiting("district_reviewer") == []
    actions.withdraw(cast.actor("applicant"), case.pk, case.version)
    case = accepted(cast)
    assert waiting("street_clerk") == [case.number]
    for who in ("street_clerk", "civil_checker"):
        opinion(case, cast.actor(who))
    assert waiting("street_clerk") == []
    assert waiting("district_reviewer") == waiting("second_reviewer") == [case.number]
    for who in ("district_reviewer", "second_reviewer"):
        opinion(case, cast.actor(who))
    assert waiting("publicity_editor") == [case.number]
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    assert waiting("publicity_editor") == []
    objection = actions.make_objection(None, notice.number, "有异议", row=1)
    actions.take_up_objection(cast.actor("legal_officer"), objection.pk, "有具体线索")
    assert waiting("legal_officer") == [case.number]


def test_the_list_costs_the_same_for_one_case_and_for_many(cast: Cast) -> None:
    actor = cast.actor("field_inspector")

    def cost(query: Callable[[], Any]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            query()
        return len(seen)

    repair(cast)
    one = cost(lambda: queries.queue(actor, {"todo": True}))
    for _ in range(4):
        repair(cast)
    assert cost(lambda: queries.queue(actor, {"todo": True})) == one <= 3
    assert len(queries.queue(actor).rows) == 5


def test_the_list_puts_urgent_cases_first_and_marks_late_ones(cast: Cast) -> None:
    late, urgent = repair(cast), repair(cast, urgent="是")
    Case.objects.filter(pk=late.pk).update(step_due_on=at(2026, 1, 5).date())
    rows = queries.queue(cast.actor("field_inspector")).rows
    assert [row.number for row in rows] == [urgent.number, late.number]
    assert [row.late for row in rows] == [False, True]
    assert rows[0].label == "李*"
    assert [row.number for row in queries.queue(cast.actor("field_inspector"), {"late": True}).rows] == [
        late.number
    ]
    assert queries.queue(cast.actor("field_inspector"), {"number": late.number}).rows[0].number == late.number
    for page in (0, 401, "x"):
        with pytest.raises(InputError):
            queries.queue(cast.actor("field_inspector"), {"page": page})


def test_the_page_of_a_case_masks_numbers_and_offers_what_may_be_done(cast: Cast) -> None:
    case = accepted(cast)
    page = queries.case_page(
        access.access_case(cast.actor("street_clerk"), case.number), cast.actor("street_clerk")
    )
    shown = {answer.path: answer for section in page.sections for answer in section.answers}
    assert shown["applicant.identity"].sensitive
    assert case.applicant.identity not in str(page.sections)
    assert shown["income.monthly_income"].value == "1,200.00 元"
    assert shown["members.0.relation"].value == "孙子女"
    assert {"give_opinion", "return_to", "pause"} <= set(page.acts)
    assert "decide" not in page.acts
    assert page.state == "街道初审"
    mine = queries.case_page(
        access.access_case(cast.actor("applicant"), case.number), cast.actor("applicant")
    )
    assert set(mine.acts) == {"withdraw"}
    assert mine.opinions == ()


def test_the_line_of_a_case_says_what_was_what_is_and_what_comes(cast: Cast) -> None:
    case = accepted(cast)
    moments = queries.timeline(case)
    assert [moment.title for moment in moments if moment.state == "done"] == ["提交申请", "受理", "核验完成"]
    now = [moment for moment in moments if moment.state == "now"]
    assert [(moment.title, moment.due) for moment in now] == [("街道初审", case.step_due_on)]
    assert [moment.title for moment in moments if moment.state == "next"] == [
        "民政核对",
        "区级审核",
        "公示",
        "作出决定",
        "送达",
    ]
    assert not any(moment.by for moment in moments), "the applicant does not read names of staff"
    opinion(case, cast.actor("street_clerk"), text="内部看法")
    assert "内部看法" not in str(queries.timeline(case))
    assert "内部看法" in str(queries.timeline(case, names=True))


def test_an_objector_reads_by_receipt_and_the_household_never_reads_who(cast: Cast) -> None:
    case = reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    objection = actions.make_objection(cast.actor("stranger"), notice.number, "他家有房", "王芳", row=1)
    assert access.access_objection(objection.receipt).pk == objection.pk
    assert access.access_notice(notice.number).pk == notice.pk
    case.refresh_from_db()
    mine = queries.case_page(
        access.access_case(cast.actor("applicant"), case.number), cast.actor("applicant")
    )
    assert mine.objections == ()
    assert "王芳" not in str(mine.moments)
    for receipt in ("", "Y0000"):
        with pytest.raises(NotThere):
            access.access_objection(receipt)


def test_a_notice_goes_out_of_sight_after_its_time(cast: Cast) -> None:
    case = reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    assert list(queries.running_notices()) == [notice]
    assert "公示结束 1 份，撤下 1 份" in jobs.end_notices(at(2040, 1, 2))
    assert list(queries.running_notices()) == []
    with pytest.raises(NotThere):
        access.access_notice(notice.number)


def test_a_form_begins_with_what_the_register_knows(cast: Cast) -> None:
    person = Person.objects.get(pk=cast.applicant.person_id)
    filled = queries.prefill_for(person, service("elig_apply"))
    assert filled["applicant"]["name"] == "李建国"
    assert filled["applicant"]["identity"] == person.identity


def test_my_cases_and_my_drafts(cast: Cast) -> None:
    case = repair(cast)
    actions.save_draft(cast.actor("applicant"), "elig_apply", {}, page=2)
    assert [row.number for row in queries.my_cases(cast.actor("applicant"))] == [case.number]
    assert [(name, page) for _, name, page, _ in queries.my_drafts(cast.actor("applicant"))] == [
        ("公租房保障资格申请", 2)
    ]
    assert queries.my_cases(cast.actor("stranger")) == []


def test_the_job_asks_the_sources_and_their_answers_carry_the_case_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Agrees:
        """A population register that knows everybody; the other sources have nothing of anybody."""

        def ask(self, question: Question) -> Answer:
            person = {"name": question.name, "identity": question.identity, "alive": True}
            return Answer(person if question.source == "population" else {}, timezone.localdate())

    case = submitted(cast)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    monkeypatch.setattr("guangsha.areas.verification.gateway.current_adapter", Agrees)
    assert jobs.ask_sources(timezone.now() + timedelta(seconds=1)).startswith("核验请求 ")
    case.refresh_from_db()
    assert not Verification.objects.filter(case_number=case.number, outcome="").exists()
    assert case.state in ("supplement", "street_review")
    assert case.edges.filter(act__in=("request_supplement", "verified")).count() == 1
    assert jobs.ask_sources(timezone.now() + timedelta(seconds=2)) == "核验请求 0 项，身份核验 0 项"


def test_the_clock_is_on_the_schedule() -> None:
    assert {
        "intake-accept-in-silence",
        "intake-end-notices",
        "intake-close-hearings",
        "intake-alarms",
    } <= set(SCHEDULE)


def told(case: Case, actor: Actor) -> dict[str, Shown]:
    return {item.path: item for section in case_page(case, actor).sections for item in section.answers}


def test_income_and_health_are_for_those_whose_duty_needs_them(cast: Cast) -> None:
    case = accepted(cast, status={"special": ["serious_illness"]})
    for who in (
        "street_clerk",
        "civil_checker",
        "district_reviewer",
        "district_approver",
        "legal_officer",
        "applicant",
    ):
        shown = told(case, cast.actor(who))
        assert (
            shown["income.monthly_income"].value == "1,200.00 元" and "重病" in shown["status.special"].value
        ), who
    for who in ("rent_clerk", "accountant", "hotline_agent", "publicity_editor", "fund_officer", "archivist"):
        shown = told(case, cast.actor(who))
        for path in ("income.monthly_income", "income.deposits", "income.has_vehicle", "status.special"):
            assert (shown[path].value, shown[path].sensitive) == ("按岗位不显示", False), (who, path)
        assert shown["applicant.name"].value == "李建国"
    shown = told(case, cast.actor("supervisor"))
    assert (shown["income.deposits"].value, shown["income.deposits"].sensitive) == ("已遮盖", True)


def test_what_a_source_says_of_an_income_and_the_papers_follow_the_same_rule(cast: Cast) -> None:
    case = accepted(cast)
    row = Verification.objects.filter(case_number=case.number, source="tax").first()
    assert row is not None
    row.outcome, row.differences = "mismatch", {"items": [{"sentence": "税务登记月收入 9,000 元"}]}
    row.explanation = "上月有奖金"
    row.save()
    material = Material.objects.create(
        case=case, code="income_tax", state="uploaded", file_name="工资.pdf", stored="x"
    )
    for who, sees in (
        ("civil_checker", True),
        ("supervisor", True),
        ("accountant", False),
        ("hotline_agent", False),
    ):
        page = case_page(case, cast.actor(who))
        text = str([(check.differences, check.explanation) for check in page.verifications])
        assert ("9,000" in text) is sees and ("奖金" in text) is sees, who
        assert any(paper.stored for paper in page.materials) is sees, who
        if sees:
            assert access_material(cast.actor(who), material.pk)
        else:
            with pytest.raises(NotThere):
                access_material(cast.actor(who), material.pk)
    with pytest.raises(NotThere):
        access_material(cast.actor("archivist"), material.pk)
    Case.objects.filter(pk=case.pk).update(state="rejected")
    assert access_material(cast.actor("archivist"), material.pk), "a closed case is archived whole"
