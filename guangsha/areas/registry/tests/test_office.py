"""The register's pages: what they show, what they hide, who gets in, and what a form does."""

from __future__ import annotations

import io
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from guangsha.areas.intake.models import Case
from guangsha.areas.registry import actions
from guangsha.areas.registry.duplicates import search_register
from guangsha.areas.registry.models import (
    DuplicatePair,
    Household,
    ImportBatch,
    Membership,
    MergeRequest,
    Person,
)
from guangsha.areas.registry.tasks import run_check, run_import
from guangsha.areas.registry.tests.test_importing import GOOD, book, citizen, line
from guangsha.audit.models import Act
from guangsha.notify.models import Message
from guangsha.privacy.models import Reveal
from guangsha.testing.cast import Cast, identity_number

pytestmark = pytest.mark.django_db

NUMBER = identity_number("430699", date(1968, 8, 8), 127)
PHONE = "19912345678"


def client_of(cast: Cast, who: str) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.account(who))
    return client


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def household(cast: Cast) -> Household:
    actor = cast.actor("street_clerk")
    head = actions.open_person(actor, name="周文波", identity=NUMBER, phone=PHONE)
    return actions.open_household(
        actor, head=head, agency=cast.district, community=cast.communities[0], residence="湖畔路 3 号 401",
        programme="公租房", opened_on=date(2025, 3, 1),
    )  # fmt: skip


def day(name: str, value: date) -> dict[str, str]:
    return {f"{name}.year": str(value.year), f"{name}.month": str(value.month), f"{name}.day": str(value.day)}


def test_search_finds_and_shows_only_masks(cast: Cast, household: Household) -> None:
    client = client_of(cast, "street_clerk")
    for wanted in (NUMBER, PHONE, "周文波", "zhouwenbo", household.number):
        page = text_of(client.get("/office/households/", {"q": wanted}))
        assert household.number in page, wanted
        body = page.split("<main", 1)[1].replace(f'value="{wanted}"', "")
        assert NUMBER not in body and PHONE not in body and "周文波" not in body
    assert "没有找到" in text_of(client.get("/office/households/", {"q": "不存在的人"}))


def test_another_district_finds_nothing(cast: Cast, household: Household) -> None:
    client = client_of(cast, "far_reviewer")
    assert household.number not in text_of(client.get("/office/households/", {"q": "周文波"}))
    for address in (
        f"/office/households/{household.number}/",
        f"/office/persons/{household.head_id}/",
        f"/office/persons/{household.head_id}/reveal/identity/",
        f"/office/households/{household.number}/acts/member/",
    ):
        assert client.get(address).status_code == 404, address


def test_the_file_is_one_screen_with_a_fixed_number_of_queries(
    cast: Cast, household: Household, django_assert_max_num_queries: Any
) -> None:
    actor = cast.actor("street_clerk")
    for serial in range(2, 9):
        person = actions.open_person(actor, name="家人", identity=citizen(200 + serial))
        household.refresh_from_db()
        actions.add_member(
            actor, household.pk, household.version, person, "other", started_on=date(2025, 4, 1)
        )
    Case.objects.create(
        number="C2026001", key=uuid4(), service="elig_apply", service_version="x", agency=cast.district,
        applicant=household.head, household=household, channel="window", label="周*", submitted_at=timezone.now(),
    )  # fmt: skip
    client = client_of(cast, "street_clerk")
    client.get("/office/households/")
    with django_assert_max_num_queries(32):
        page = text_of(client.get(f"/office/households/{household.number}/"))
    assert "湖畔路 3 号 401" in page and "建立档案" in page and "8 人" in page
    assert NUMBER not in page and PHONE not in page
    assert "/office/cases/C2026001/" in page and "公租房保障资格申请" in page


def test_a_file_is_opened_changed_and_left_through_forms(cast: Cast) -> None:
    client = client_of(cast, "street_clerk")
    given = {
        "name": "郑海", "identity_kind": "resident", "identity": citizen(301), "phone": "", "residence": "望岳路 8 号",
        "community": str(cast.communities[1].pk), "programme": "公租房", "reason": "窗口申请",
        **day("opened_on", date(2026, 1, 5)),
    }  # fmt: skip
    wrong = client.post("/office/households/new/", given | {"identity": citizen(301)[:-1] + "?"})
    assert (
        wrong.status_code == 400 and "有 1 处需要更正" in text_of(wrong) and "望岳路 8 号" in text_of(wrong)
    )
    for key in ("", "x", "9" * 30, "9" * 5000):
        nowhere = client.post("/office/households/new/", given | {"community": key})
        assert nowhere.status_code == 400 and "请从列表中选择" in text_of(nowhere), key
    assert not Person.objects.filter(name="郑海").exists()
    assert client.post("/office/households/new/", given).status_code == 302
    household = Household.objects.get()
    assert (household.agency, household.community) == (cast.district, cast.communities[1])
    base = f"/office/households/{household.number}/"
    member = {
        "name": "郑小海", "identity_kind": "resident", "identity": citizen(303), "phone": "", "relation": "child",
        "counted": "yes", "reason": "出生", "version": "1", **day("started_on", date(2026, 2, 1)),
    }  # fmt: skip
    assert client.post(base + "acts/member/", member).status_code == 302
    stale = client.post(base + "acts/move/", {"version": "1", "text": "新址", **day("on", date(2026, 3, 1))})
    assert stale.status_code == 400 and "刚被别人修改过" in text_of(stale) and "新址" in text_of(stale)
    assert (
        client.post(
            base + "acts/move/", {"version": "2", "text": "新址", **day("on", date(2026, 3, 1))}
        ).status_code
        == 302
    )
    home = {"version": "3", "nature": "owned", "address": "旧居", "area_m2": "abc", "share": "1"}
    assert "不是数字" in text_of(client.post(base + "acts/home/", home))
    assert client.post(base + "acts/home/", home | {"area_m2": "56.30"}).status_code == 302
    key = Membership.objects.get(relation="child").pk
    gone = {"version": "3", "end_reason": "分户", **day("ended_on", date(2026, 4, 1))}
    assert client.post(f"{base}members/{key}/end/", gone).status_code == 302
    assert client.get(f"{base}members/{key}/end/").status_code == 404
    page = text_of(client.get(base))
    assert "以前的成员" in page and "56.30 ㎡" in page and "望岳路 8 号" in page and "新址" in page
    close = {"version": "4", "reason": "自愿退出", **day("on", date(2026, 5, 1))}
    assert client.post(base + "acts/close/", close).status_code == 302
    assert "已销档" in text_of(client.get(base))


def test_a_person_is_changed_and_statuses_keep_their_dates(cast: Cast, household: Household) -> None:
    client = client_of(cast, "district_reviewer")
    base = f"/office/persons/{household.head_id}/"
    change = {"version": "1", "name": "周文波", "marital": "20", "phone": "", "reason": "核对结婚证"}
    assert client.post(base + "acts/change/", change).status_code == 302
    head = Person.objects.get(pk=household.head_id)
    assert (head.marital, head.phone) == ("20", PHONE)  # a sealed value left empty stays
    assert "没有改动" in text_of(client.post(base + "acts/change/", change | {"version": "2"}))
    status = {"kind": "disability", "grade": "二级", "source": "残联", **day("started_on", date(2024, 1, 1))}
    assert client.post(base + "acts/status/", status).status_code == 302
    key = head.statuses.get().pk
    end = {"reason": "复评不再符合", **day("ended_on", date(2026, 1, 1))}
    assert client.post(f"{base}statuses/{key}/end/", end).status_code == 302
    page = text_of(client.get(base))
    assert "2024年1月1日 至 2026年1月1日" in page and "终止特殊身份" in page


def test_a_plain_value_needs_a_reason_and_leaves_a_line(cast: Cast, household: Household) -> None:
    client = client_of(cast, "street_clerk")
    address = f"/office/persons/{household.head_id}/reveal/identity/"
    assert NUMBER not in text_of(client.get(address))
    refused = client.post(address, {"reason": "…"})
    assert refused.status_code == 400 and NUMBER not in text_of(refused)
    # `reveal` commits by itself and therefore refuses to run inside the test's own transaction
    assert client.get(f"/office/persons/{household.head_id}/reveal/version/").status_code == 404
    assert not Reveal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_plain_value_is_shown_for_a_reason(cast: Cast) -> None:
    head = actions.open_person(cast.actor("street_clerk"), name="周文波", identity=NUMBER)
    household = actions.open_household(
        cast.actor("street_clerk"), head=head, agency=cast.district, community=cast.communities[0]
    )
    client = client_of(cast, "street_clerk")
    page = text_of(
        client.post(f"/office/persons/{household.head_id}/reveal/identity/", {"reason": "核对身份证原件"})
    )
    assert NUMBER in page
    assert Reveal.objects.get().field == "identity"


@pytest.fixture
def pair(cast: Cast, household: Household) -> DuplicatePair:
    other = actions.open_person(
        cast.actor("street_clerk"), name="周文波", identity="EA1234567", identity_kind="passport", phone=PHONE
    )
    search_register()
    found = DuplicatePair.objects.get()
    assert {found.left_id, found.right_id} == {household.head_id, other.pk}
    return found


def test_a_pair_is_decided_by_two_and_taken_back_by_two(
    cast: Cast, household: Household, pair: DuplicatePair
) -> None:
    one, two = client_of(cast, "district_reviewer"), client_of(cast, "supervisor")
    listed = text_of(one.get("/office/duplicates/"))
    assert (
        f"/office/duplicates/{pair.pk}/" in listed
        and "手机号相同" in listed
        and "周文波" not in listed.split("<main")[1]
    )
    address = f"/office/duplicates/{pair.pk}/"
    shown = text_of(one.get(address))
    assert "不同" in shown and NUMBER not in shown and PHONE not in shown
    wrong = one.post(address, {"act": "same", "keep": "999", "reason": "核对户口簿，系同一人"})
    assert wrong.status_code == 400 and "核对户口簿" in text_of(wrong)
    done = one.post(
        address, {"act": "same", "keep": str(household.head_id), "reason": "核对户口簿，系同一人"}
    )
    assert done.status_code == 302
    merge = MergeRequest.objects.get()
    at = f"/office/merges/{merge.pk}/"
    own = text_of(one.get(at))
    assert "须由另一位同事复核" in own and 'value="approve"' not in own
    assert one.post(at, {"act": "approve"}).status_code == 400
    assert two.post(at, {"act": "approve"}).status_code == 302
    assert one.post(at, {"act": "undo", "reason": "照片不是同一人"}).status_code == 302
    assert two.post(at, {"act": "split"}).status_code == 302
    merge.refresh_from_db()
    assert merge.state == "split"
    assert two.post(at, {"act": "nonsense"}).status_code == 404
    for address in ("/office/duplicates/?which=done", "/office/merges/", "/office/merges/?which=done", at):
        assert two.get(address).status_code == 200


def test_a_pair_of_another_district_is_not_there(cast: Cast, pair: DuplicatePair) -> None:
    client = client_of(cast, "far_reviewer")
    assert client.get(f"/office/duplicates/{pair.pk}/").status_code == 404
    assert f"/office/duplicates/{pair.pk}/" not in text_of(client.get("/office/duplicates/"))
    assert client_of(cast, "street_clerk").get("/office/duplicates/").status_code == 404


def upload(client: Client, data: bytes) -> Any:
    return client.post("/office/imports/", {"file": SimpleUploadedFile("枫树.xlsx", data)})


def test_a_workbook_goes_from_upload_to_register_and_back_with_its_faults(cast: Cast) -> None:
    client = client_of(cast, "archivist")
    assert "没有选择文件" in text_of(client.post("/office/imports/", {}))
    bad = upload(client, b"PK\x03\x04 nothing")
    assert bad.status_code == 400 and "损坏" in text_of(bad) and not ImportBatch.objects.exists()
    assert upload(client, book(*GOOD, line(7, "本人", "坏行", "123"))).status_code == 302
    batch = ImportBatch.objects.get()
    address = f"/office/imports/{batch.pk}/"
    waits = client.get(address)
    assert "正在读取工作簿" in text_of(waits) and 'hx-trigger="every' in text_of(waits)
    assert client.get(address + "result.xlsx").status_code == 404, "nothing to take home yet"
    assert "HX-Refresh" not in client.get(address, headers={"HX-Request": "true"})
    run_check.func(batch.pk, cast.staff["archivist"].pk)
    assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    report = text_of(client.get(address))
    assert "第 6 行" in report and "身份证号应为 18 位" in report and "导入 4 行" in report
    assert citizen(11) not in text_of(client.get(address + "?which=all"))
    assert client.post(address, {"act": "apply"}).status_code == 302
    assert "正在导入" in text_of(client.get(address)) and 'value="apply"' not in text_of(client.get(address))
    assert "正在导入" in text_of(client.post(address, {"act": "apply"}, follow=True))
    run_import.func(batch.pk, cast.staff["archivist"].pk)
    assert Household.objects.count() == 2
    told = Message.objects.get(account=cast.account("archivist"))
    assert (told.subject, told.link) == ("批量导入完成", address)
    assert "已经处理完" in text_of(client.post(address, {"act": "apply"}, follow=True))
    data = client.get(address + "result.xlsx")
    sheet: Any = load_workbook(io.BytesIO(data.content)).worksheets[0]
    assert "导出人：秦档案" in sheet["A1"].value
    assert sheet.cell(sheet.max_row, 20).value.startswith("身份证号：")
    assert Act.objects.filter(action="registry.import.take").count() == 1
    other = client_of(cast, "district_reviewer")
    assert other.get(address).status_code == 200 and other.get(address + "result.xlsx").status_code == 404
    assert client_of(cast, "far_reviewer").get(address).status_code == 404


def test_the_template_names_the_communities_of_the_agency(cast: Cast) -> None:
    answer = client_of(cast, "archivist").get("/office/imports/template.xlsx")
    sheet: Any = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert any("湖畔社区" in (v.formula1 or "") for v in sheet.data_validations.dataValidation)
