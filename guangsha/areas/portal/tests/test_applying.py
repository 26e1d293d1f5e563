"""An application as a citizen fills it in, without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guangsha.areas.intake import actions
from guangsha.areas.intake.models import Case, Draft, Material
from guangsha.areas.portal.tests.builders import PAGES, PDF, PNG, begun, client_of, filled, key_in
from guangsha.areas.registry.models import Person
from guangsha.testing.cast import Cast, identity_number

pytestmark = pytest.mark.django_db
SIGNED = {"act": "submit", "commit-truth": "yes", "commit-change": "yes", "consent": "yes"}


def identity(cast: Cast) -> str:
    return Person.objects.get(pk=cast.applicant.person_id).identity


def sent(client: Client, base: str) -> str:
    """Send the application; the address of its receipt."""
    key = key_in(client.get(f"{base}check/").content.decode())
    answer = client.post(f"{base}check/", {**SIGNED, "key": key})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_a_form_begins_with_what_is_known_and_ends_with_a_receipt(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = begun(client)
    first = client.get(f"{base}applicant/").content.decode()
    assert identity(cast) in first and "第 1 步，共 6 步" in first and "湖畔社区" in first
    base = filled(client, identity(cast))
    check = client.get(f"{base}check/").content.decode()
    assert "1,200.00 元" in check and "丧偶" in check and identity(cast) in check and "没有填好" not in check
    receipt = client.get(sent(client, base))
    case = Case.objects.get()
    text = receipt.content.decode()
    assert case.number in text and "李*" in text and "最迟" in text
    assert case.community_id == cast.communities[0].pk and case.channel == "online"
    assert not Draft.objects.filter(service="elig_apply", page=5).exists()


def test_sending_twice_gives_the_same_receipt(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = filled(client, identity(cast))
    key = key_in(client.get(f"{base}check/").content.decode())
    first = client.post(f"{base}check/", {**SIGNED, "key": key})
    second = client.post(f"{base}check/", {**SIGNED, "key": key})
    assert first["Location"] == second["Location"] and Case.objects.count() == 1


def test_of_two_presses_at_once_the_slower_gets_the_same_receipt(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(cast, "applicant")
    base = filled(client, identity(cast))
    key = key_in(client.get(f"{base}check/").content.decode())
    real, first = actions.save_draft, []

    def slower(*given: Any, **more: Any) -> Draft:
        if not first:
            first.append("")
            first[0] = client_of(cast, "applicant").post(f"{base}check/", {**SIGNED, "key": key})["Location"]
        return real(*given, **more)

    monkeypatch.setattr(actions, "save_draft", slower)
    second = client.post(f"{base}check/", {**SIGNED, "key": key})
    assert second.status_code == 302 and second["Location"] == first[0] and Case.objects.count() == 1


def test_what_is_wrong_is_told_at_the_top_and_at_the_field_and_nothing_typed_is_lost(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = begun(client)
    mistyped = identity(cast)[:-1] + ("1" if identity(cast)[-1] != "1" else "2")
    wrong = {**PAGES["applicant"], "applicant.identity": mistyped, "applicant.address": "甲", "act": "next"}
    answer = client.post(f"{base}applicant/", wrong)
    page = answer.content.decode()
    assert answer.status_code == 400 and 'href="#f-applicant-identity"' in page and "有 2 处需要更正" in page
    assert (
        'id="f-applicant-identity-error"' in page
        and f'value="{mistyped}"' in page
        and "<title>有错误：" in page
    )
    again = client.get(f"{base}applicant/").content.decode()
    assert f'value="{mistyped}"' in again and 'value="甲"' in again, "kept also for a later visit"
    check = client.get(f"{base}check/").content.decode()
    assert f"{base}applicant/?to=check#f-applicant-identity" in check


def test_a_question_that_does_not_apply_is_dropped_whatever_was_sent(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = filled(
        client, identity(cast), income={"income.vehicle_value": "99999", "income.company_note": "某厂"},
        applicant={"applicant.divorced_on.year": "2001"},
    )  # fmt: skip
    assert "某厂" not in client.get(f"{base}check/").content.decode()
    sent(client, base)
    answers = Case.objects.get().answers
    assert "company_note" not in answers["income"] and "divorced_on" not in answers["applicant"]
    drawn = client.get(f"{begun(client)}income/").content.decode()
    assert "“家庭名下是否有机动车”是“是”时填写" in drawn and 'data-when-is="yes"' in drawn


def test_rows_are_added_and_removed_by_buttons(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = begun(client)
    client.post(f"{base}members/", {"act": "add"})
    assert "第 1 个成员" in client.get(f"{base}members/").content.decode()
    child = identity_number("430699", __import__("datetime").date(2016, 1, 1), 32)
    one = {
        "members.0.row": "1",
        "members.0.name": "李小宝",
        "members.0.identity": child,
        "members.0.relation": "grandchild",
    }
    answer = client.post(f"{base}members/", {**one, "act": "add"})
    assert answer["Location"].endswith("members/#row-1")
    page = client.get(f"{base}members/").content.decode()
    assert 'value="李小宝"' in page and "第 2 个成员" in page
    answer = client.post(f"{base}members/", {**one, "members.1.row": "1", "act": "next"})
    assert answer["Location"].endswith("/income/"), "an empty row is no fault"
    two = {**one, "members.1.row": "1", "members.1.name": "李二宝"}
    page = client.post(f"{base}members/", {**two, "act": "next"}).content.decode()
    assert 'href="#f-members-1-identity"' in page and "第2个成员" in page
    client.post(f"{base}members/", {**two, "remove": "0"})
    page = client.get(f"{base}members/").content.decode()
    assert "李小宝" not in page and 'name="members.0.name"' in page and 'value="李二宝"' in page


def test_no_row_is_added_beyond_the_most(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = begun(client)
    rows = {f"homes.{n}.{k}": v for n in range(30) for k, v in (("row", "1"), ("address", f"洞庭路 {n} 号"))}
    client.post(f"{base}homes/", {**rows, "act": "add"})
    assert len(Draft.objects.get().answers["homes"]) <= 9
    assert "添加住房" not in client.get(f"{base}homes/").content.decode()


def test_a_page_appears_with_the_answer_that_needs_it(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = filled(client, identity(cast), status={"status.special": ["dangerous_home"]})
    page = client.get(f"{base}materials/").content.decode()
    assert "房屋安全鉴定报告" in page and "这些不用交" in page
    answer = client.post(f"{base}materials/", {"act": "next"})
    assert answer.status_code == 400 and 'href="#f-dangerous_report"' in answer.content.decode()
    answer = client.post(
        f"{base}materials/", {"act": "next", "dangerous_report": SimpleUploadedFile("病毒.exe", b"MZ" * 9)}
    )
    assert answer.status_code == 400 and "只收" in answer.content.decode()
    client.post(
        f"{base}materials/",
        {
            "act": "upload",
            "dangerous_report": [SimpleUploadedFile("甲.png", PNG), SimpleUploadedFile("乙.pdf", PDF)],
        },
    )
    page = client.get(f"{base}materials/").content.decode()
    assert "甲.png" in page and "乙.pdf" in page
    first = Material.objects.get(file_name="甲.png")
    shown = client.get(f"/my/files/{first.pk}/")
    assert (
        shown.content == PNG
        and shown["Content-Disposition"].startswith("inline")
        and "sandbox" in shown["Content-Security-Policy"]
    )
    assert client_of(cast, "stranger").get(f"/my/files/{first.pk}/").status_code == 404
    client.post(f"{base}materials/", {"remove": str(first.pk)})
    assert not Material.objects.filter(pk=first.pk).exists()
    assert client.post(f"{base}materials/", {"act": "next"})["Location"].endswith("/check/")
    sent(client, base)
    assert Material.objects.get(state="uploaded").case_id == Case.objects.get().pk


def test_nobody_sends_without_the_promises(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = filled(client, identity(cast))
    key = key_in(client.get(f"{base}check/").content.decode())
    answer = client.post(f"{base}check/", {"act": "submit", "key": key, "commit-truth": "yes"})
    assert answer.status_code == 400 and 'href="#f-commit-change"' in answer.content.decode()
    assert Case.objects.count() == 0 and Draft.objects.get().answers["commitments"] == ["truth"]


def test_a_citizen_cannot_apply_for_somebody_else(cast: Cast) -> None:
    other = Person.objects.get(pk=cast.stranger.person_id).identity
    client = client_of(cast, "applicant")
    base = filled(client, identity(cast), applicant={"applicant.identity": other, "applicant.name": "王芳"})
    key = key_in(client.get(f"{base}check/").content.decode())
    answer = client.post(f"{base}check/", {**SIGNED, "key": key})
    assert answer.status_code == 400 and "不一致" in answer.content.decode() and Case.objects.count() == 0


def test_a_draft_is_its_owners_alone(cast: Cast) -> None:
    base = filled(client_of(cast, "applicant"), identity(cast))
    stranger = client_of(cast, "stranger")
    key = str(Draft.objects.get().key)
    for page in ("applicant", "members", "check", "leave"):
        assert stranger.get(f"{base}{page}/").status_code == 404
        assert stranger.post(f"{base}{page}/", {**SIGNED, "key": key, "act": "submit"}).status_code == 404
    assert client_of(cast).get(f"{base}applicant/").status_code == 302
    assert Draft.objects.count() == 1 and Case.objects.count() == 0


def test_an_address_that_does_not_fit_the_draft_is_nothing(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = begun(client)
    for wrong in (
        base.replace("elig_apply", "repair") + "applicant/",
        base + "nothing/",
        base + "materials/",
        "/apply/nothing/",
    ):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong, {"act": "submit", "key": "x"}).status_code == 404


def test_a_draft_is_left_resumed_and_thrown_away(cast: Cast) -> None:
    client = client_of(cast, "applicant")
    base = begun(client)
    answer = client.post(f"{base}applicant/", {**PAGES["applicant"], "applicant.address": "", "act": "leave"})
    assert answer["Location"] == f"{base}leave/"
    assert "草稿已保存" in client.get(f"{base}leave/").content.decode()
    assert f"{base}applicant/" in client.get("/my/").content.decode()
    assert "您有没填完的申请" in client.get("/apply/elig_apply/").content.decode()
    client.post(f"{base}leave/", {"act": "discard"})
    assert Draft.objects.count() == 0


def test_two_windows_keep_what_each_saved(cast: Cast) -> None:
    client, other = client_of(cast, "applicant"), client_of(cast, "applicant")
    base = begun(client)
    client.get(f"{base}income/"), other.get(f"{base}applicant/")
    client.post(f"{base}income/", {**PAGES["income"], "act": "next"})
    other.post(
        f"{base}applicant/", {**PAGES["applicant"], "applicant.identity": identity(cast), "act": "next"}
    )
    kept = Draft.objects.get().answers
    assert kept["income"]["deposits"] == "5000" and kept["applicant"]["marital"] == "30"


def test_every_service_can_be_begun_and_drawn(cast: Cast) -> None:
    from guangsha.areas.intake.catalogue import services

    client = client_of(cast, "applicant")
    for code, service in services().items():
        if service.instant or "citizen" not in service.audience:
            assert client.get(f"/apply/{code}/").status_code == 404
            continue
        assert client.get(f"/apply/{code}/").status_code == 200
        base = begun(client, code)
        for group in service.form:
            answer = client.get(f"{base}{group.code}/")
            assert answer.status_code == (200 if group.when is None else 404), (code, group.code)
            client.post(f"{base}{group.code}/", {"act": "add"})
        assert client.get(f"{base}check/").status_code == 200, code


def test_a_page_asks_the_database_a_bounded_number_of_questions(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    client = client_of(cast, "applicant")
    base = filled(client, identity(cast))
    for address in (f"{base}applicant/", f"{base}members/", f"{base}check/", "/apply/elig_apply/", "/my/"):
        with django_assert_max_num_queries(14):  # type: ignore[operator]
            client.get(address)
