"""Acts through the pages: nothing typed is lost, nothing is done twice, the letter that is shown is the letter that is signed."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from guangsha.areas.intake import actions
from guangsha.areas.intake.models import Case, Decision, Material, Notice
from guangsha.areas.intake.tests import builders
from guangsha.areas.office.pdf_picture import picture
from guangsha.areas.office.tests.test_pages import signed_in, text_of
from guangsha.audit.models import Act
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def post(client: Client, case: Case, act: str, version: int | None = None, **data: object) -> tuple[int, str]:
    answer = client.post(
        f"/office/cases/{case.number}/acts/{act}/",
        {"version": case.version if version is None else version, **data},
    )
    case.refresh_from_db()
    return answer.status_code, answer.content.decode()


def test_a_case_goes_from_the_counter_to_the_letter_by_pages_alone(cast: Cast) -> None:
    case = builders.submitted(cast)
    assert post(signed_in(cast, "street_clerk"), case, "accept")[0] == 302
    builders.verified(case)
    for who in ("street_clerk", "civil_checker", "district_reviewer", "second_reviewer"):
        status, page = post(
            signed_in(cast, who), case, "give_opinion", verdict="pass", checked=["0", "1", "2"], text="属实"
        )
        assert status == 302, page
    assert case.state == "publicity"
    assert post(signed_in(cast, "publicity_editor"), case, "publish_notice")[0] == 302
    notice = Notice.objects.get()
    actions.end_notices(
        builders.at(notice.ends_on.year, notice.ends_on.month, notice.ends_on.day).replace(
            year=notice.ends_on.year + 1
        )
    )
    case.refresh_from_db()
    approver = signed_in(cast, "district_approver")
    status, preview = post(approver, case, "decide", outcome="approved")
    assert (
        status == 200
        and "准予保障资格" in preview
        and not Decision.objects.exists()
        and case.state == "deciding"
    )
    assert post(approver, case, "decide", outcome="approved", confirm="1")[0] == 302
    letter = Decision.objects.get().text
    assert all(escape(part) in preview for part in letter.split("\n") if part.strip()), (
        "what was shown is what was signed"
    )
    assert "准予决定书" in text_of(approver, f"/office/cases/{case.number}/letter/")
    assert post(approver, case, "serve", way="窗口领取")[0] == 302
    assert case.state == "effective"
    assert "可以办理" in text_of(approver, f"/office/cases/{case.number}/")


def test_who_comes_second_is_told_and_keeps_every_word(cast: Cast) -> None:
    case = builders.accepted(cast)
    stale = case.version
    actions.assign(cast.actor("supervisor"), case.pk, case.version, cast.staff["street_clerk"].pk)
    status, page = post(
        signed_in(cast, "street_clerk"),
        case,
        "give_opinion",
        version=stale,
        verdict="pass",
        checked=["0", "1"],
        text="入户看过，三人同住",
    )
    assert status == 409 and "尤主任已办理过" in page and "入户看过，三人同住" in page
    assert f'name="version" value="{case.version}"' in page and page.count("checked") >= 3
    assert not case.opinions.exists()


def test_words_are_kept_where_the_act_is_gone(cast: Cast) -> None:
    case = builders.accepted(cast)
    stale = case.version
    builders.opinion(case, cast.actor("street_clerk"))
    status, page = post(
        signed_in(cast, "street_clerk"),
        case,
        "give_opinion",
        version=stale,
        verdict="fail",
        text="与邻居核实过",
    )
    assert status == 409 and "这个动作现在不能办了" in page and "与邻居核实过" in page


def test_passing_needs_the_whole_checklist(cast: Cast) -> None:
    case = builders.accepted(cast)
    status, page = post(
        signed_in(cast, "street_clerk"), case, "give_opinion", verdict="pass", checked=["0"], text="好"
    )
    assert status == 400 and "填报与核验结果无矛盾" in page and not case.opinions.exists()


def test_what_is_missing_is_told_at_once_and_handed_in_at_the_counter(cast: Cast) -> None:
    case = builders.submitted(_another(cast), status={})
    client = signed_in(cast, "street_clerk")
    Material.objects.create(case=case, code="dangerous_report", state="uploaded")
    status, page = post(
        client, case, "request_supplement", item=["dangerous_report"], **{"why.dangerous_report": ""}
    )
    assert status == 400 and "要写明" in page
    status, _ = post(
        client,
        case,
        "request_supplement",
        item=["dangerous_report"],
        **{"why.dangerous_report": "报告缺第二页"},
    )
    assert status == 302 and case.state == "supplement"
    assert "报告缺第二页" in text_of(client, f"/office/cases/{case.number}/")
    upload = SimpleUploadedFile("报告.pdf", builders.PDF, content_type="text/html")
    status, page = post(client, case, "supply", **{"file.dangerous_report": upload})
    assert status == 302, page
    assert case.state == "submitted"


def _another(cast: Cast) -> Cast:
    from dataclasses import replace
    from datetime import date

    from guangsha.testing.cast import add_citizen, identity_number

    return replace(
        cast,
        applicant=add_citizen("陈桂英", "19900000301", identity_number("430699", date(1962, 3, 4), 302), "2"),
    )


def test_a_refusal_shows_the_ways_to_object_before_it_is_signed(cast: Cast) -> None:
    case = builders.noticed(cast)
    client = signed_in(cast, "district_approver")
    status, page = post(client, case, "decide", outcome="rejected")
    assert status == 400 and "必须写明理由" in page
    status, page = post(client, case, "decide", outcome="rejected", reasons=["has_home"])
    assert status == 200 and "行政复议" in page and "第七条" in page and not Decision.objects.exists()


def test_an_act_that_does_not_exist_or_is_not_ones_own_changes_nothing(cast: Cast) -> None:
    case = builders.accepted(cast)
    assert post(signed_in(cast, "street_clerk"), case, "deem_accepted")[0] == 404
    assert post(signed_in(cast, "far_reviewer"), case, "give_opinion", verdict="pass")[0] == 404
    status, page = post(signed_in(cast, "accountant"), case, "give_opinion", verdict="fail", text="x")
    assert status == 400 and "您的岗位不能" in page
    assert post(signed_in(cast, "auditor"), case, "give_opinion", verdict="pass")[0] == 404
    assert not case.opinions.exists()


def test_the_auditor_reads_and_is_offered_no_act(cast: Cast) -> None:
    from guangsha.testing.cast import add_staff

    case = builders.accepted(cast)
    account = add_staff("auditor2", "许二", "auditor", cast.district, "x")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    page = text_of(client, f"/office/cases/{case.number}/")
    assert "/acts/" not in page


def test_several_cases_are_assigned_after_a_look_at_them(cast: Cast) -> None:
    case = builders.accepted(cast)
    other = builders.submitted(_another(cast))
    client = signed_in(cast, "street_clerk")
    chosen = [f"{case.pk}:{case.version}", f"{other.pk}:{other.version - 1}"]
    look = client.post("/office/cases/batch/", {"act": "take", "case": chosen}).content.decode()
    assert "确定分派给我 1 件" in look and "刚被别人办理过" in look
    case.refresh_from_db()
    assert case.assignee_id is None
    answer = client.post("/office/cases/batch/", {"act": "take", "case": chosen, "confirm": "1"})
    case.refresh_from_db()
    other.refresh_from_db()
    assert (
        answer.status_code == 302
        and case.assignee_id == cast.staff["street_clerk"].pk
        and other.assignee_id is None
    )


def test_a_notice_is_published_for_the_chosen_cases_together(cast: Cast) -> None:
    one, two = builders.reviewed(cast), builders.reviewed(_another(cast), members=[])
    client = signed_in(cast, "publicity_editor")
    chosen = [f"{case.pk}:{case.version}" for case in (one, two)]
    look = client.post("/office/cases/batch/", {"act": "publish", "case": chosen}).content.decode()
    assert "确定发布公示 2 件" in look and not Notice.objects.exists()
    client.post("/office/cases/batch/", {"act": "publish", "case": chosen, "confirm": "1"})
    assert Notice.objects.get().cases.count() == 2


def test_the_counter_files_for_a_citizen_and_prints_a_receipt(cast: Cast) -> None:
    client = signed_in(cast, "street_clerk")
    given = builders.answers(cast)
    wrong = client.post(
        "/office/window/", {"service": "elig_apply", "name": "", "identity": "123"}
    ).content.decode()
    assert "请填写姓名" in wrong and "身份证号" in wrong
    begun = client.post(
        "/office/window/",
        {"service": "elig_apply", "name": "李建国", "identity": given["applicant"]["identity"]},
    )
    form = begun.url
    version = 1
    typed: dict[str, object] = {f"applicant.{name}": value for name, value in given["applicant"].items()}
    typed |= {f"income.{name}": {"否": "no"}.get(value, value) for name, value in given["income"].items()}
    typed |= {"members.rows": "0", "homes.rows": "0", "commitments": ["truth"], "consent": "yes"}
    client.post(form, {**typed, "version": version, "act": "add:members"})
    assert "第 1 个成员" in text_of(client, form)
    client.post(form, {**typed, "members.rows": "1", "version": 2, "act": "drop:members:0"})
    assert "第 1 个成员" not in text_of(client, form)
    lacking = client.post(form, {**typed, "applicant.phone": "12", "version": 3, "act": "submit"})
    page = lacking.content.decode()
    assert lacking.status_code == 400 and "请阅读并勾选这项承诺" in page and "手机号应为" in page
    answer = client.post(form, {**typed, "commitments": ["truth", "change"], "version": 4, "act": "submit"})
    case = Case.objects.get()
    assert case.channel == "window" and answer.url == f"/office/cases/{case.number}/receipt/"
    receipt = text_of(client, answer.url)
    assert case.number in receipt and given["applicant"]["identity"] not in receipt
    assert signed_in(cast, "district_reviewer").get(form).status_code == 404


def uploaded(cast: Cast, data: bytes, name: str) -> Material:
    case = builders.submitted(cast)
    actor = cast.actor("applicant")
    draft = actions.save_draft(actor, "elig_apply", {})
    material = actions.attach_material(actor, "dangerous_report", name, data, draft_id=draft.pk)
    Material.objects.filter(pk=material.pk).update(case=case, draft=None)
    material.refresh_from_db()
    return material


def test_papers_are_shown_as_pictures_in_a_sandbox_and_the_look_is_recorded(cast: Cast) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 300)
    document.new_page(200, 300)
    import io

    buffer = io.BytesIO()
    document.save(buffer)
    material = uploaded(cast, buffer.getvalue(), "报告.pdf")
    client = signed_in(cast, "street_clerk")
    page = text_of(client, f"/office/materials/{material.pk}/")
    assert f"/office/materials/{material.pk}/2.png" in page
    shown = client.get(f"/office/materials/{material.pk}/2.png")
    assert shown["Content-Type"] == "image/png" and shown.content.startswith(b"\x89PNG")
    assert "sandbox" in shown["Content-Security-Policy"] and shown["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/office/materials/{material.pk}/3.png").status_code == 404
    kept = client.get(f"/office/materials/{material.pk}/file")
    assert (
        kept["Content-Disposition"].startswith("attachment")
        and kept["Content-Type"] == "application/octet-stream"
    )
    assert Act.objects.filter(action="office.material.open").count() == 1, "one look, however many pages"
    assert signed_in(cast, "far_reviewer").get(f"/office/materials/{material.pk}/").status_code == 404
    assert signed_in(cast, "second_clerk").get(f"/office/materials/{material.pk}/1.png").status_code == 404


def test_a_damaged_pdf_is_said_to_be_one(cast: Cast) -> None:
    material = uploaded(cast, builders.PDF, "坏.pdf")
    client = signed_in(cast, "street_clerk")
    assert "无法显示" in text_of(client, f"/office/materials/{material.pk}/")
    assert client.get(f"/office/materials/{material.pk}/1.png").status_code == 404
    with pytest.raises(Exception, match="无法显示"):
        picture(b"%PDF-1.7 rubbish", 1)
