"""What a program does through the API, and that it is what the web does."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.utils import timezone
from django_otp.oath import totp

from guangsha.api import limits
from guangsha.api.models import Answered
from guangsha.api.tests.calls import PROOF, Caller, key_for, refused, signed_in
from guangsha.areas.intake import actions
from guangsha.areas.intake.models import Case, Draft, Objection, Opinion
from guangsha.areas.intake.tests.builders import (
    PDF,
    accepted,
    answers,
    decided,
    noticed,
    reviewed,
    submitted,
)
from guangsha.areas.registry.models import DuplicatePair, Household, Membership, Person
from guangsha.areas.verification.models import Verification
from guangsha.audit.actions import anchor_day
from guangsha.audit.models import Act
from guangsha.people import factors
from guangsha.privacy.models import Reveal
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    limits.WINDOW.clear()


@pytest.fixture
def caller(cast: Cast) -> Caller:
    return Caller(key_for(cast))


def submission(caller: Caller, cast: Cast, key: str = "key-00000001") -> Any:
    made = caller("POST", "/drafts", {"service": "elig_apply", "answers": answers(cast)})
    assert made.status_code == 201 and made.json()["faults"] == [], made.content.decode()
    return made.json()["id"], caller(
        "POST", f"/drafts/{made.json()['id']}/submission", {"proof": PROOF}, Idempotency_Key=key
    )


# --- applying


def test_the_form_tells_what_a_draft_lacks_until_nothing_does(caller: Caller, cast: Cast) -> None:
    form = caller("GET", "/services/elig_apply/form").json()
    asked = {(group["code"], field["name"]) for group in form["groups"] for field in group["fields"]}
    assert ("applicant", "identity") in asked
    made = caller("POST", "/drafts", {"service": "elig_apply", "answers": {"applicant": {"phone": "123"}}})
    told = {fault["path"] for fault in made.json()["faults"]}
    assert {"applicant.phone", "applicant.identity"} <= told and made["ETag"] == '"1"'
    draft = f"/drafts/{made.json()['id']}"
    saved = caller("PUT", draft, {"answers": answers(cast)}, If_Match=made["ETag"])
    assert saved.status_code == 200 and saved.json()["faults"] == [] and saved["ETag"] == '"2"'
    refused(caller("PUT", draft, {"answers": {}}, If_Match='"1"'), 412, "moved")
    refused(caller("PUT", draft, {"answers": {}}), 428, "version-missing")
    assert Draft.objects.get().version == 2


def test_a_submission_makes_one_case_however_often_it_is_sent(caller: Caller, cast: Cast) -> None:
    draft, first = submission(caller, cast)
    assert first.status_code == 201, first.content.decode()
    again = caller("POST", f"/drafts/{draft}/submission", {"proof": PROOF}, Idempotency_Key="key-00000001")
    assert (
        again.status_code == 201 and again.json() == first.json() and again["Idempotency-Replayed"] == "true"
    )
    assert Case.objects.count() == 1 and Answered.objects.count() == 1
    case = Case.objects.get()
    assert case.channel == "api" and case.account is not None and case.account.kind == "machine"
    proof = Act.objects.get(action="api.identity.state")
    assert proof.after["reference"] == PROOF["reference"] and proof.request_id == first["X-Request-Id"]
    other = caller(
        "POST", f"/drafts/{draft}/submission", {"proof": {**PROOF, "way": "face"}}, Idempotency_Key="key-00000001"
    )  # fmt: skip
    refused(other, 422, "invalid")
    refused(caller("POST", f"/drafts/{draft}/submission", {"proof": PROOF}), 422, "invalid")


def test_the_same_key_of_another_program_is_another_request(caller: Caller, cast: Cast) -> None:
    other = Caller(key_for(cast))
    for each in (caller, other):
        made = each("POST", "/drafts", {"service": "repair", "answers": {}}, Idempotency_Key="shared-key-1")
        assert made.status_code == 201 and "Idempotency-Replayed" not in made
    assert Draft.objects.count() == 2


def test_what_was_refused_may_be_mended_and_sent_under_the_same_key(caller: Caller, cast: Cast) -> None:
    made = caller("POST", "/drafts", {"service": "elig_apply", "answers": {}}).json()
    path = f"/drafts/{made['id']}"
    told = refused(
        caller("POST", f"{path}/submission", {"proof": PROOF}, Idempotency_Key="key-00000003"), 422, "invalid"
    )
    assert len(told["errors"]) > 3 and not Answered.objects.exists()
    caller("PUT", path, {"answers": answers(cast)}, If_Match='"1"')
    assert (
        caller("POST", f"{path}/submission", {"proof": PROOF}, Idempotency_Key="key-00000003").status_code
        == 201
    )


def test_a_machine_does_not_apply_outside_its_agencies(cast: Cast) -> None:
    far = Caller(key_for(cast, agency=cast.far_district))
    made = far("POST", "/drafts", {"service": "elig_apply", "answers": answers(cast)}).json()
    answer = far("POST", f"/drafts/{made['id']}/submission", {"proof": PROOF}, Idempotency_Key="key-00000004")
    told = refused(answer, 422, "invalid")
    assert "机构范围" in told["detail"] and not Case.objects.exists()


def test_files_are_known_by_their_content_and_come_back_as_they_were(caller: Caller, cast: Cast) -> None:
    made = caller("POST", "/drafts", {"service": "repair", "answers": {}}).json()
    path = f"/drafts/{made['id']}/materials"
    up = caller.upload(path, "photo", "厨房.exe", PDF)
    assert up.status_code == 201 and up.json()["file_name"] == "厨房.pdf", up.content.decode()
    assert caller.upload(path, "photo", "again.pdf", PDF).json()["id"] == up.json()["id"]
    refused(caller.upload(path, "photo", "x.pdf", b"MZ\x90"), 422, "invalid")
    refused(caller.upload(path, "no_such", "x.pdf", PDF), 422, "invalid")
    refused(caller.upload(path, "photo", "x.pdf", PDF + b"0" * (11 * 1024 * 1024)), 413, "too-large")
    refused(caller("GET", f"/materials/{up.json()['id']}"), 404, "not-found")
    assert caller("DELETE", f"{path}/{up.json()['id']}").status_code == 204
    refused(caller("DELETE", f"{path}/{up.json()['id']}"), 404, "not-found")


def test_a_supplement_goes_up_and_its_download_is_in_the_log(caller: Caller, cast: Cast) -> None:
    _, sent = submission(caller, cast)
    case = Case.objects.get()
    actions.request_supplement(
        cast.actor("street_clerk"), case.pk, case.version, {"identity_card": "请上传清晰照片"}
    )
    shown = caller("GET", f"/cases/{case.number}")
    assert shown.json()["state"] == "supplement" and "补齐" in shown.json()["next_words"]
    too_early = caller("POST", f"/cases/{case.number}/supply", If_Match=shown["ETag"])
    assert "身份证" in json.dumps(refused(too_early, 422, "invalid"), ensure_ascii=False)
    up = caller.upload(f"/cases/{case.number}/materials", "identity_card", "id.pdf", PDF)
    assert up.status_code == 201, up.content.decode()
    done = caller("POST", f"/cases/{case.number}/supply", If_Match=shown["ETag"], Idempotency_Key="supply-01")
    assert done.status_code == 200 and done.json()["state"] == "submitted", done.content.decode()
    file = caller("GET", f"/materials/{up.json()['id']}")
    assert file.content == PDF and file["Content-Type"] == "application/octet-stream"
    assert Act.objects.filter(action="office.material.open", actor_kind="api").count() == 1
    assert sent.json()["number"] == case.number


# --- following


def test_a_case_says_where_it_is_what_comes_next_and_by_when(caller: Caller, cast: Cast) -> None:
    case = accepted(cast)
    shown = caller("GET", f"/cases/{case.number}").json()
    assert shown["state"] == "street_review" and shown["due_on"] == case.step_due_on.isoformat()
    assert [one["state"] for one in shown["timeline"]].count("now") == 1
    assert "公示" in [one["title"] for one in shown["timeline"] if one["state"] == "next"]
    text = json.dumps(shown, ensure_ascii=False)
    person = Person.objects.get(pk=cast.applicant.person_id)
    for secret in (person.name, person.identity, person.phone, "钱受理", "洞庭路"):
        assert secret not in text, secret


def test_lists_come_in_pages_that_miss_nothing_and_repeat_nothing(caller: Caller, cast: Cast) -> None:
    from guangsha.areas.intake.tests.builders import repair

    numbers = [repair(cast).number for _ in range(5)]
    seen, after = [], ""
    for _ in range(4):
        page = caller("GET", f"/cases?limit=2&after={after}").json()
        seen += [one["number"] for one in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert seen == numbers[::-1]
    assert len(caller("GET", "/cases?service=repair&state=submitted").json()["cases"]) == 5
    assert caller("GET", "/cases?mine=true").json()["cases"] == []
    refused(caller("GET", "/cases?limit=101"), 422, "invalid")
    for nonsense in ("x", "aWQ6LTE", "aWQ6OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ", "é", "%00"):
        refused(caller("GET", f"/cases?after={nonsense}"), 400, "unreadable")


def test_an_objection_is_taken_once_and_its_receipt_answers(caller: Caller, cast: Cast) -> None:
    case = reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    listed = caller("GET", "/notices").json()["notices"]
    assert [one["number"] for one in listed] == [notice.number]
    assert "李建国" not in caller("GET", f"/notices/{notice.number}").content.decode()
    for _ in range(2):
        made = caller(
            "POST", f"/notices/{notice.number}/objections", {"text": "他家有房", "row": 1}, Idempotency_Key="objection-1"
        )  # fmt: skip
        assert made.status_code == 201, made.content.decode()
    assert Objection.objects.count() == 1
    assert caller("GET", f"/objections/{made.json()['receipt']}").json()["state"] == "open"
    refused(caller("GET", "/objections/none"), 404, "not-found")


def test_a_closed_case_is_rated_once(caller: Caller, cast: Cast) -> None:
    submission(caller, cast)
    case = Case.objects.get()
    tag = caller("GET", f"/cases/{case.number}")["ETag"]
    refused(caller("POST", f"/cases/{case.number}/withdraw", {"text": ""}, If_Match='"99"'), 412, "moved")
    gone = caller("POST", f"/cases/{case.number}/withdraw", {"text": "不办了"}, If_Match=tag)
    assert gone.json()["state"] == "withdrawn", gone.content.decode()
    assert caller("POST", f"/cases/{case.number}/rating", {"grade": 5}).status_code == 201
    refused(caller("POST", f"/cases/{case.number}/rating", {"grade": 1}), 422, "invalid")
    refused(caller("POST", f"/cases/{case.number}/rating", {"grade": "5"}), 422, "invalid")


# --- staff


def act(caller: Caller, case: Case, name: str, body: dict[str, Any], **headers: str) -> Any:
    case.refresh_from_db()
    return caller(
        "POST", f"/cases/{case.number}/acts/{name}", body, **{"If_Match": f'"{case.version}"', **headers}
    )


def test_staff_carry_a_case_through_another_system_by_the_rules_of_the_office(
    caller: Caller, cast: Cast
) -> None:
    case = submitted(cast)
    clerk = signed_in(caller, cast.staff["street_clerk"])
    offered = clerk("GET", f"/cases/{case.number}/acts").json()["acts"]
    assert "accept" in [one["act"] for one in offered] and "refuse_acceptance" not in [
        one["act"] for one in offered
    ]
    done = act(clerk, case, "accept", {"text": "材料齐全"})
    assert done.status_code == 200 and done.json()["state"] == "verifying", done.content.decode()
    entry = Act.objects.get(action="intake.case.accept")
    assert (entry.actor_kind, entry.actor_id) == ("staff", cast.staff["street_clerk"].pk)
    assert entry.request_id == done["X-Request-Id"]


def test_a_check_list_is_gone_through_and_two_people_stay_two(caller: Caller, cast: Cast) -> None:
    case = accepted(cast)
    clerk = signed_in(caller, cast.staff["street_clerk"])
    told = refused(act(clerk, case, "give_opinion", {"verdict": "pass"}), 422, "invalid")
    assert "核对" in told["detail"]
    fields = {one["act"]: one for one in clerk("GET", f"/cases/{case.number}/acts").json()["acts"]}
    items = next(one for one in fields["give_opinion"]["fields"] if one["name"] == "checked")["choices"]
    passed = {"verdict": "pass", "checked": [int(one["code"]) for one in items], "text": "属实"}
    assert act(clerk, case, "give_opinion", passed).json()["state"] == "civil_review"
    refused(act(clerk, case, "give_opinion", passed), 409, "not-now")
    assert Opinion.objects.count() == 1


def test_somebody_was_faster_and_nothing_is_lost(caller: Caller, cast: Cast) -> None:
    case = submitted(cast)
    seen = f'"{case.version}"'
    clerk = signed_in(caller, cast.staff["street_clerk"])
    assert act(clerk, case, "accept", {}, Idempotency_Key="accept-0001").status_code == 200
    refused(act(clerk, case, "accept", {}, If_Match=seen), 412, "moved")
    again = act(clerk, case, "accept", {}, If_Match=seen, Idempotency_Key="accept-0001")
    assert again.status_code == 200 and again["Idempotency-Replayed"] == "true"
    assert Act.objects.filter(action="intake.case.accept").count() == 1
    bare = clerk("POST", f"/cases/{case.number}/acts/assign", {"to": 1})
    refused(bare, 428, "version-missing")


def test_no_machine_decides_against_a_citizen(caller: Caller, cast: Cast) -> None:
    case = noticed(cast)
    approver = signed_in(caller, cast.staff["district_approver"])
    refused(act(approver, case, "decide", {"outcome": "rejected"}), 422, "invalid")
    for burden in ("refuse_acceptance", "suspend", "adjust", "terminate", "revoke"):
        refused(act(approver, case, burden, {"text": "理由", "heard": "已听取"}), 404, "not-found")
    refused(act(caller, case, "decide", {"outcome": "approved"}), 403, "no-scope")
    done = act(approver, case, "decide", {"outcome": "approved"})
    assert done.status_code == 200 and done.json()["state"] == "approved", done.content.decode()


def test_a_session_opens_by_a_fresh_code_and_only_for_its_key_and_agencies(
    caller: Caller, cast: Cast
) -> None:
    case = submitted(cast)
    clerk = cast.staff["street_clerk"]
    caller_of_clerk = signed_in(caller, clerk)
    device = factors.device_of(clerk)
    assert device is not None
    used = {"login": clerk.username, "code": f"{totp(device.bin_key):06d}"}
    same = refused(caller("POST", "/staff-sessions", used), 422, "invalid")
    unknown = refused(caller("POST", "/staff-sessions", {**used, "login": "nobody"}), 422, "invalid")
    assert same == unknown
    session = caller_of_clerk.headers["X-Staff-Session"]
    other = Caller(key_for(cast), {"X-Staff-Session": session})
    refused(act(other, case, "accept", {}), 403, "no-scope")
    refused(
        act(Caller(caller.key, {"X-Staff-Session": session[:-2] + "xx"}), case, "accept", {}), 403, "no-scope"
    )
    far = Caller(key_for(cast, agency=cast.far_district))
    device.refresh_from_db()
    device.last_t = -1
    device.throttle_reset(commit=True)
    refused(far("POST", "/staff-sessions", used), 422, "invalid")
    clerk.session_round += 1
    clerk.save()
    refused(act(caller_of_clerk, case, "accept", {}), 403, "no-scope")
    assert Case.objects.get().state == "submitted"


def test_codes_are_not_to_be_tried_out(caller: Caller, cast: Cast) -> None:
    guess = {"login": "street", "code": "000000"}
    answers_given = [
        caller("POST", "/staff-sessions", guess).status_code for _ in range(2 * limits.CODES_PER_MINUTE + 1)
    ]
    assert set(answers_given) == {422, 429}


# --- files of households


def household(cast: Cast) -> Household:
    person = Person.objects.get(pk=cast.applicant.person_id)
    made = Household.objects.create(
        number="H4306990000001", agency=cast.streets[0], community=cast.communities[0], head=person, opened_on=date(2026, 1, 5),
    )  # fmt: skip
    Membership.objects.create(household=made, person=person, relation="self", started_on=date(2026, 1, 5))
    made.addresses.create(kind="residence", text="湖滨区洞庭路 1 号 3 栋 502 室", started_on=date(2026, 1, 5))
    return made


def test_a_household_is_masked_and_the_look_is_in_the_log(caller: Caller, cast: Cast) -> None:
    made = household(cast)
    assert [one["number"] for one in caller("GET", "/households").json()["households"]] == [made.number]
    text = caller("GET", f"/households/{made.number}")
    for _ in range(2):
        text = caller("GET", f"/households/{made.number}")
    person = made.head
    for secret in (person.name, person.identity, person.phone, "502"):
        assert secret not in json.dumps(text.json(), ensure_ascii=False), secret
    assert Act.objects.filter(action="api.household.read").count() == 1
    far = Caller(key_for(cast, agency=cast.far_district))
    refused(far("GET", f"/households/{made.number}"), 404, "not-found")


def test_a_plain_value_needs_a_reason_is_kept_and_counted(caller: Caller, cast: Cast, settings: Any) -> None:
    made = household(cast)
    settings.GUANGSHA_REVEALS_PER_HOUR = 2
    path = f"/households/{made.number}/members/{made.head_id}/reveals"
    refused(caller("POST", path, {"field": "identity", "reason": "……….."}), 422, "invalid")
    refused(caller("POST", path, {"field": "illness", "reason": "核对退件身份证号"}), 422, "invalid")
    refused(
        caller(
            "POST", f"/households/{made.number}/members/999/reveals", {"field": "name", "reason": "核对退件"}
        ),
        404,
        "not-found",
    )
    for _ in range(2):
        shown = caller("POST", path, {"field": "identity", "reason": "核对退件身份证号"})
        assert shown.json()["value"] == made.head.identity
    told = caller("POST", path, {"field": "identity", "reason": "核对退件身份证号"})
    refused(told, 429, "too-many")
    assert "Retry-After" in told
    assert Reveal.objects.filter(subject_index=made.head.identity_index).count() == 2


def test_pairs_are_masked(caller: Caller, cast: Cast) -> None:
    made = household(cast)
    other = Person.objects.get(pk=cast.stranger.person_id)
    left, right = sorted((made.head_id, other.pk))
    DuplicatePair.objects.create(left_id=left, right_id=right, score=91, reasons=["姓名同音"])
    pairs = caller("GET", "/duplicates").json()["pairs"]
    assert pairs[0]["score"] == 91 and {pairs[0]["left"], pairs[0]["right"]} == {"李*", "王*"}
    assert caller("GET", "/duplicates?state=same").json()["pairs"] == []
    assert Caller(key_for(cast, agency=cast.far_district))("GET", "/duplicates").json()["pairs"] == []


# --- departments, figures, the log


def test_a_department_hands_its_answer_in_and_the_first_one_stands(caller: Caller, cast: Cast) -> None:
    case = submitted(cast)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    rows = list(Verification.objects.filter(outcome="").order_by("id"))
    row = next(one for one in rows if one.source == "real_estate")
    path = f"/verifications/{row.number}/answer"
    good = {"found": True, "data": {"homes": []}, "data_as_of": timezone.localdate().isoformat()}
    refused(caller("PUT", path, good), 404, "not-found")  # not asked yet
    Verification.objects.filter(pk=row.pk).update(attempts=1)
    for nonsense in (
        {"homes": 5}, {"homes": [5]}, {"homes": {"a": 1}}, {"homes": [{"area_m2": "NaN"}]}, {"homes": [{"area_m2": []}]},
    ):  # fmt: skip
        answer = caller("PUT", path, {**good, "data": nonsense})
        assert answer.status_code in (200, 422), answer.content.decode()
        if answer.status_code == 200:
            break
    taken = caller("PUT", path, good)
    assert taken.status_code == 200 and taken.json()["outcome"] in ("match", "mismatch"), (
        taken.content.decode()
    )
    assert caller("PUT", path, {"found": False}).json()["outcome"] == taken.json()["outcome"]
    far = Caller(key_for(cast, agency=cast.far_district))
    refused(far("PUT", path, good), 404, "not-found")


def test_figures_are_those_of_the_office(caller: Caller, cast: Cast) -> None:
    from guangsha.areas.office import figures

    decided(cast)
    given = caller("GET", "/figures").json()
    since, until = figures.month_span("", "", timezone.localdate())
    ours = figures.figures_of(cast.actor("supervisor"), since, until)
    assert (
        (given["total"]["accepted"], given["total"]["decided"])
        == (ours.total.accepted, ours.total.decided)
        == (1, 1)
    )
    assert Caller(key_for(cast, agency=cast.far_district))("GET", "/figures").json()["total"]["accepted"] == 0
    refused(caller("GET", "/figures?since=2026-13"), 422, "invalid")


def test_anchors_are_handed_out_as_they_were_made(caller: Caller, cast: Cast) -> None:
    anchor = anchor_day(date(2026, 1, 5))
    shown = caller("GET", "/audit/anchors/2026-01-05").json()
    assert shown["digest"] == anchor.digest and shown["signed"] is False
    assert [one["day"] for one in caller("GET", "/audit/anchors").json()["anchors"]] == ["2026-01-05"]
    refused(caller("GET", "/audit/anchors/2026-01-06"), 404, "not-found")
    refused(caller("GET", "/audit/anchors/yesterday"), 422, "invalid")


def test_limits_count_the_days_moved_between_holidays(caller: Caller) -> None:
    given = caller("GET", "/workdays/limit?start=2026-09-30&workdays=1").json()
    assert given["due"] > "2026-10-05" and given["estimate"] is False
    refused(caller("GET", "/workdays/limit?start=9999-12-31&workdays=1"), 422, "invalid")
    refused(caller("GET", "/workdays/limit?start=2026-09-30&workdays=-1"), 422, "invalid")
