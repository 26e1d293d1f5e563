"""A case on the portal: what its applicant sees and does, and what nobody else does."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from guangsha.areas.intake import actions
from guangsha.areas.intake.models import Case, ProxyAuthorization, Rating, Remedy
from guangsha.areas.intake.tests import builders
from guangsha.areas.portal.tests.builders import PAGES, PDF, client_of, key_in
from guangsha.areas.registry.models import Person
from guangsha.areas.verification import gateway
from guangsha.areas.verification.models import Consent, Verification
from guangsha.audit.models import Act
from guangsha.notify.models import Message
from guangsha.privacy.models import Reveal
from guangsha.testing.cast import Cast, identity_number

pytestmark = pytest.mark.django_db


def text(client: object, address: str) -> str:
    answer = client.get(address)  # type: ignore[attr-defined]
    assert answer.status_code == 200, (address, answer.status_code)
    assert "no-store" in answer["Cache-Control"] and "noindex" in answer["X-Robots-Tag"]
    return str(answer.content.decode())


def test_the_applicant_sees_what_happened_what_comes_next_and_who_is_responsible(cast: Cast) -> None:
    case = builders.accepted(cast)
    client = client_of(cast, "applicant")
    page = text(client, f"/my/cases/{case.number}/")
    assert (
        "洞庭街道办事处（街道受理员）" in page
        and "承诺办结" in page
        and "正在进行" in page
        and "尚未开始" in page
    )
    assert Person.objects.get(pk=cast.applicant.person_id).identity not in page, "numbers are masked"
    assert "钱受理" not in page, "who works on it is named by post, not by name"
    assert case.number in text(client, "/my/") and "承办机构" in text(
        client, f"/my/cases/{case.number}/receipt/"
    )


def test_a_case_and_all_that_belongs_to_it_is_nothing_for_others(cast: Cast) -> None:
    case = builders.decided(cast)
    decision = case.decisions.get()
    for who in ("stranger", "street_clerk", "community_helper"):
        client = client_of(cast, who)
        for address in (
            f"/my/cases/{case.number}/",
            f"/my/cases/{case.number}/supplement/",
            f"/my/cases/{case.number}/receipt/",
            f"/my/letters/{decision.number}/",
        ):
            assert client.get(address).status_code == 404, (who, address)
        assert (
            client.post(f"/my/cases/{case.number}/", {"act": "withdraw", "version": case.version}).status_code
            == 404
        )
    case.refresh_from_db()
    decision.refresh_from_db()
    assert case.state == "approved" and decision.served_at is None
    assert client_of(cast).get(f"/my/cases/{case.number}/").status_code == 302


def test_what_is_asked_is_handed_in(cast: Cast) -> None:
    case = builders.submitted(cast)
    actions.request_supplement(
        cast.actor("street_clerk"), case.pk, case.version, {"identity_card": "照片不清，请重拍"}
    )
    client = client_of(cast, "applicant")
    assert "轮到您了" in text(client, f"/my/cases/{case.number}/")
    address = f"/my/cases/{case.number}/supplement/"
    assert "照片不清，请重拍" in text(client, address)
    answer = client.post(address, {"act": "send"})
    assert answer.status_code == 400 and "请上传这项材料" in answer.content.decode()
    client.post(address, {"act": "upload", "identity_card": SimpleUploadedFile("证.pdf", PDF)})
    assert "证.pdf" in text(client, address)
    answer = client.post(address, {"act": "send"})
    assert answer["Location"] == f"/my/cases/{case.number}/"
    case.refresh_from_db()
    assert case.state == "submitted"
    assert client.get(address).status_code == 302, "there is nothing more to hand in"


def test_a_difference_is_explained_and_its_content_told_only_to_the_person(cast: Cast) -> None:
    case = builders.submitted(cast)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    row = Verification.objects.filter(case_number=case.number, material="household_register").first()
    assert row is not None
    gateway._settle(
        row.pk, timezone.now(), "mismatch",
        differences={"items": [{"field": "address", "claimed": "甲", "found": "乙", "sentence": "登记地址与填报不同"}]},
    )  # fmt: skip
    client = client_of(cast, "applicant")
    page = text(client, f"/my/cases/{case.number}/")
    assert "登记地址与填报不同" in page and "请说明" in page
    # somebody who only typed this identity number, from an account that is not proved to be this person's
    Case.objects.filter(pk=case.pk).update(account=cast.stranger)
    assert client_of(cast, "stranger").get(f"/my/cases/{case.number}/").status_code == 404
    answer = client.post(f"/my/cases/{case.number}/", {"act": "explain", "verification": row.pk, "text": " "})
    assert answer.status_code == 400
    client.post(
        f"/my/cases/{case.number}/", {"act": "explain", "verification": row.pk, "text": "刚搬家，还没有变更"}
    )
    row.refresh_from_db()
    assert row.explanation == "刚搬家，还没有变更" and row.heard_at is not None
    for wrong in ("", "x", "9" * 30, str(row.pk + 10**6)):
        assert (
            client.post(
                f"/my/cases/{case.number}/", {"act": "explain", "verification": wrong, "text": "甲"}
            ).status_code
            == 400
        )


def test_a_stale_page_withdraws_nothing_and_a_fresh_one_does(cast: Cast) -> None:
    case = builders.submitted(cast)
    client = client_of(cast, "applicant")
    answer = client.post(f"/my/cases/{case.number}/", {"act": "withdraw", "version": case.version - 1})
    assert answer.status_code == 400 and "刷新" in answer.content.decode()
    client.post(f"/my/cases/{case.number}/", {"act": "withdraw", "version": case.version, "text": "搬走了"})
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert (
        client.post(f"/my/cases/{case.number}/", {"act": "decide", "version": case.version}).status_code
        == 404
    )


def test_opening_ones_letter_serves_it_and_a_refusal_names_the_ways_to_object(cast: Cast) -> None:
    case = builders.decided(cast, "rejected", ("income_over",))
    decision = case.decisions.get()
    client = client_of(cast, "applicant")
    page = text(client, f"/my/letters/{decision.number}/")
    decision.refresh_from_db()
    assert (
        decision.served_at is not None
        and "行政复议" in page
        and "家庭人均收入高于当地标准" in page
        and "湖滨区" in page
    )
    case.refresh_from_db()
    answer = client.post(
        f"/my/cases/{case.number}/", {"act": "remedy", "version": case.version, "text": "  "}
    )
    assert answer.status_code == 400
    case.refresh_from_db()
    client.post(f"/my/cases/{case.number}/", {"act": "remedy", "version": case.version, "text": "收入算错了"})
    assert Remedy.objects.get().text == "收入算错了" and "最迟" in text(client, f"/my/cases/{case.number}/")


def test_a_closed_case_is_rated_once_and_nobody_has_to(cast: Cast) -> None:
    case = builders.submitted(cast)
    client = client_of(cast, "applicant")
    assert "评价这次办理" not in text(client, f"/my/cases/{case.number}/")
    actions.withdraw(cast.actor("applicant"), case.pk, case.version)
    page = text(client, f"/my/cases/{case.number}/")
    assert "自愿评价" in page and "checked" not in page, "no grade is chosen beforehand"
    assert client.post(f"/my/cases/{case.number}/", {"act": "rate"}).status_code == 400
    client.post(
        f"/my/cases/{case.number}/", {"act": "rate", "stars": "2", "tags": ["等待太久"], "text": "慢"}
    )
    rating = Rating.objects.get()
    assert (rating.grade, rating.tags, rating.text) == (2, ["等待太久"], "慢")
    assert "有人回访" in text(client, f"/my/cases/{case.number}/")
    assert client.post(f"/my/cases/{case.number}/", {"act": "rate", "stars": "5"}).status_code == 400


def test_messages_are_ones_own_and_are_read(cast: Cast) -> None:
    case = builders.submitted(cast)
    client, stranger = client_of(cast, "applicant"), client_of(cast, "stranger")
    message = Message.objects.get(account=cast.applicant, channel="inbox")
    assert "条未读" in text(client, "/my/messages/") and case.number not in text(stranger, "/my/messages/")
    stranger.post("/my/messages/", {"message": message.pk})
    message.refresh_from_db()
    assert message.read_at is None
    answer = client.post("/my/messages/", {"message": message.pk, "next": f"/my/cases/{case.number}/"})
    assert answer["Location"] == f"/my/cases/{case.number}/"
    message.refresh_from_db()
    assert message.read_at is not None and "条未读" not in text(client, "/my/messages/")
    for away in (
        "https://elsewhere.example/",
        "//elsewhere.example/my/",
        "/my/../../office/",
        "javascript:alert(1)",
    ):
        assert client.post("/my/messages/", {"next": away})["Location"] in (
            "/my/messages/",
            "/my/../../office/",
        )


def test_a_person_sees_who_looked_and_takes_a_copy(cast: Cast, transactional_db: None) -> None:
    case = builders.submitted(cast)
    person = Person.objects.get(pk=cast.applicant.person_id)
    Reveal.objects.create(
        at=timezone.now(), account_id=cast.staff["street_clerk"].pk, account_name="钱受理", agency_id=cast.streets[0].pk,
        object_type="registry.person", object_id=str(person.pk), field="identity", subject_index=person.identity_index,
        reason="核对退件身份证号",
    )  # fmt: skip
    client = client_of(cast, "applicant")
    page = text(client, "/my/data/")
    assert (
        "核对退件身份证号" in page
        and "钱*" in page
        and "洞庭街道办事处" in page
        and person.identity not in page
    )
    answer = client.post("/my/data/copy/")
    copied = json.loads(answer.content)
    assert copied["本人"]["证件号码"] == person.identity and copied["办件"][0]["办件编号"] == case.number
    assert (
        copied["查看记录"][0]["理由"] == "核对退件身份证号"
        and Act.objects.filter(action="portal.data.take").count() == 1
    )
    other = json.loads(client_of(cast, "stranger").post("/my/data/copy/").content)
    assert other["办件"] == [] and person.identity not in json.dumps(other)
    assert client.get("/my/data/copy/").status_code == 405


def test_i_take_back_what_i_agreed_to_and_nobody_else_can(cast: Cast) -> None:
    case = builders.accepted(cast)
    consent = Consent.objects.filter(case_number=case.number, person_id=cast.applicant.person_id).get()
    address = f"/my/consents/{consent.pk}/end/"
    assert client_of(cast, "stranger").post(address).status_code == 404
    assert client_of(cast, "applicant").get(address).status_code == 405
    assert Consent.objects.get(pk=consent.pk).revoked_at is None
    own = client_of(cast, "applicant")
    assert address in text(own, "/my/data/")
    assert own.post(address).status_code == 302
    assert Consent.objects.get(pk=consent.pk).revoked_at is not None
    page = text(own, "/my/data/")
    assert "已撤回" in page and address not in page
    assert Act.objects.filter(action="verification.consent.revoke", object_id=str(consent.pk)).exists()


def test_a_refusal_is_told_at_the_field_that_it_is_about(cast: Cast) -> None:
    case = builders.decided(cast)
    own = client_of(cast, "applicant")
    assert actions.serve_online(case.pk)
    for act, field in (("remedy", "f-remedy"), ("rate", "f-stars")):
        answer = own.post(f"/my/cases/{case.number}/", {"act": act, "version": case.version})
        page = answer.content.decode()
        assert answer.status_code == 400 and f'href="#{field}"' in page and f'id="{field}-error"' in page, act


def test_a_state_is_told_by_number_and_phone_and_nothing_else(cast: Cast) -> None:
    case = builders.submitted(cast)
    client = client_of(cast)
    right = {"number": case.number, "phone": "０００1"}
    page = client.post("/track/", right).content.decode()
    assert "已提交" in page and "公租房保障资格申请" in page
    assert "李" not in page.split("<main")[1] and "1 号" not in page
    wrong = client.post("/track/", {"number": case.number, "phone": "0002"})
    unknown = client.post("/track/", {"number": "43069901202611219999999", "phone": "0001"})
    assert wrong.status_code == unknown.status_code == 400
    assert "没有查到" in wrong.content.decode() and "没有查到" in unknown.content.decode()
    for phone in ("", "1", "abcd", "00011", "²²²²"):
        assert client.post("/track/", {"number": case.number, "phone": phone}).status_code == 400
    assert "查询次数过多" in client.post("/track/", right).content.decode(), (
        "also the right answer has to wait"
    )


def test_a_notice_is_masked_and_takes_objections(cast: Cast) -> None:
    case = builders.reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    client = client_of(cast)
    page = text(client, f"/notices/{notice.number}/")
    assert "李*国" in page and "李建国" not in page and case.number not in page and 'content="noindex' in page
    assert notice.title in text(client, "/notices/") and notice.title in client.get("/").content.decode()
    assert client.post(f"/notices/{notice.number}/", {"text": " "}).status_code == 400
    answer = client.post(
        f"/notices/{notice.number}/", {"text": "这家有房", "row": "1", "contact": "19900000009"}
    )
    receipt = text(client, answer["Location"])
    assert "待审看" in receipt and "这家有房" not in receipt
    number = answer["Location"].rstrip("/").rsplit("/", 1)[1]
    assert client.post("/track/", {"receipt": number.lower()})["Location"] == answer["Location"]
    case.refresh_from_db()
    assert case.state == "publicity", "nothing stops before somebody has read it"
    own = text(client_of(cast, "applicant"), f"/my/cases/{case.number}/")
    assert "异议" in own and "这家有房" not in own and number not in own, (
        "the household learns nothing of who objected"
    )


def test_a_notice_leaves_public_sight_in_time_also_without_the_clock(cast: Cast) -> None:
    case = builders.reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    today = timezone.localdate()
    client = client_of(cast)
    type(notice).objects.filter(pk=notice.pk).update(state="ended", ends_on=today - timedelta(days=30))
    assert "已结束" in text(client, f"/notices/{notice.number}/")
    assert client.post(f"/notices/{notice.number}/", {"text": "太晚了"}).status_code == 400
    type(notice).objects.filter(pk=notice.pk).update(ends_on=today - timedelta(days=31))
    assert client.get(f"/notices/{notice.number}/").status_code == 404 and notice.title not in text(
        client, "/notices/"
    )


def authorization(cast: Cast, **changes: object) -> dict[str, object]:
    person = Person.objects.get(pk=cast.applicant.person_id)
    today = timezone.localdate()
    given: dict[str, object] = {
        "name": person.name, "identity": person.identity, "services": ["elig_apply"], "signed_on": today.isoformat(),
        "until": (today + timedelta(days=90)).isoformat(), "paper": SimpleUploadedFile("委托书.pdf", PDF),
    }  # fmt: skip
    return {**given, **changes}


@pytest.mark.django_db(transaction=True)
def test_a_helper_applies_for_somebody_under_a_signed_paper(cast: Cast) -> None:
    client = client_of(cast, "community_helper")
    assert client.post("/office/proxy/authorize/", authorization(cast))["Location"] == "/office/proxy/"
    paper = ProxyAuthorization.objects.get()
    desk = text(client, "/office/proxy/")
    assert "李*" in desk and "李建国" not in desk
    assert client.post("/office/proxy/", {"paper": paper.pk, "service": "subsidy_apply"}).status_code == 404
    answer = client.post("/office/proxy/", {"paper": paper.pk, "service": "elig_apply"})
    base = answer["Location"].rsplit("/", 2)[0] + "/"
    assert "代办：正在为 李建国 填写" in text(client, answer["Location"])
    identity = Person.objects.get(pk=cast.applicant.person_id).identity
    for code, fields in PAGES.items():
        more = {"applicant.identity": identity} if code == "applicant" else {}
        assert client.post(f"{base}{code}/", {**fields, **more, "act": "next"}).status_code == 302
    key = key_in(text(client, f"{base}check/"))
    answer = client.post(
        f"{base}check/",
        {"act": "submit", "key": key, "commit-truth": "yes", "commit-change": "yes", "consent": "yes"},
    )
    case = Case.objects.get()
    assert answer["Location"] == f"/office/proxy/cases/{case.number}/receipt/" and case.channel == "proxy"
    assert "代办" in text(client, answer["Location"]) and "代办" in text(
        client, f"/office/proxy/cases/{case.number}/"
    )
    own = client_of(cast, "applicant")
    assert "代办" in text(own, f"/my/cases/{case.number}/")
    assert "赵*" in text(own, "/my/data/"), "the person sees that the helper looked"
    own.post(f"/my/papers/{paper.pk}/end/")
    assert client.get(f"/office/proxy/cases/{case.number}/").status_code == 404, (
        "without the paper the case is closed to the helper"
    )
    assert client_of(cast, "stranger").post(f"/my/papers/{paper.pk}/end/").status_code == 404


def test_a_paper_that_does_not_hold_is_not_taken(cast: Cast) -> None:
    client = client_of(cast, "community_helper")
    today = timezone.localdate()
    for changes in (
        {"name": "王芳"}, {"identity": identity_number("430699", today.replace(year=1990), 12)[:-1] + "?"}, {"paper": ""},
        {"paper": SimpleUploadedFile("x.pdf", b"MZ")}, {"signed_on": (today + timedelta(days=1)).isoformat()},
        {"until": (today + timedelta(days=900)).isoformat()}, {"until": "x"}, {"services": ["nothing"]},
    ):  # fmt: skip
        assert client.post("/office/proxy/authorize/", authorization(cast, **changes)).status_code == 400, (
            changes
        )
    assert ProxyAuthorization.objects.count() == 0
    assert client.post("/office/proxy/", {"service": "elig_apply"}).status_code == 404
    for who in ("street_clerk", "supervisor", "applicant"):
        assert client_of(cast, who).get("/office/proxy/").status_code == 404


def test_public_pages_say_what_the_files_of_the_services_say(cast: Cast) -> None:
    from guangsha.areas.intake.catalogue import services

    client = client_of(cast)
    home = client.get("/").content.decode()
    for service in services().values():
        assert service.name in home
        page = client.get(f"/services/{service.code}/").content.decode()
        for words in [
            service.fee,
            *[c.text for c in service.conditions],
            *[m.name for m in service.materials],
            *[s.name for s in service.steps],
        ]:
            assert words in page or words.replace("'", "&#39;") in page, (service.code, words)
    assert client.get("/services/nothing/").status_code == 404
    assert "找到 0 项" in client.get("/services/?q=%E6%8A%A4%E7%85%A7").content.decode()
    tested = client.get("/services/elig_apply/?test=1&t-adult=no&t-housing=no").content.decode()
    assert (
        "需要由年满 18 周岁" in tested
        and "这一条符合" in tested
        and "这一条还没有回答" in tested
        and "初步符合" not in tested
    )


def test_pages_ask_the_database_a_bounded_number_of_questions(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    case = builders.reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    for _ in range(3):
        builders.repair(cast)
    limits = {
        "/": 4, "/services/": 2, "/services/elig_apply/": 2, "/notices/": 3, f"/notices/{notice.number}/": 3, "/track/": 2,
    }  # fmt: skip
    for address, most in limits.items():
        with django_assert_max_num_queries(most):  # type: ignore[operator]
            client_of(cast).get(address)
    mine = client_of(cast, "applicant")
    for address, most in {
        "/my/": 16,
        "/my/messages/": 9,
        "/my/data/": 16,
        f"/my/cases/{case.number}/": 12,
    }.items():
        with django_assert_max_num_queries(most):  # type: ignore[operator]
            mine.get(address)
