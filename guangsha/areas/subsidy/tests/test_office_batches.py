"""The pages of payments: a month from making the batch to the reconciliation, pressed as people press, and who may open what."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guangsha.areas.subsidy.models import Batch, Item, SampleCheck
from guangsha.areas.subsidy.tests.builders import Clock
from guangsha.testing.cast import Cast
from guangsha.testing.payments import Payments, build_payments, fresh

MONTH = {"month.year": "2026", "month.month": "11", "since": "", "kind": "regular"}


@pytest.fixture
def paying(cast: Cast, clock: Clock, settings: Any, tmp_path: Path) -> Payments:
    settings.GUANGSHA_BANK, settings.GUANGSHA_SECOND_FACTOR = tmp_path / "bank", "none"
    clock.at("2026-11-20")
    made = build_payments(cast)
    for number, fen in enumerate((43_200, 38_416, 5), start=1):
        made.family(number, {202610: fen, 202611: fen}, members=2)
    return made


def browser(paying: Payments, who: str) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(paying.cast.account(who))
    return client


def press(paying: Payments, who: str, batch: Batch, act: str, status: int = 302, **given: str) -> str:
    version = str(fresh(batch).version)
    answer = browser(paying, who).post(
        f"/office/batches/{batch.number}/acts/{act}/", {"version": version, **given}
    )
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return answer.content.decode()


def test_a_month_from_making_to_closing_in_the_browser(paying: Payments) -> None:
    maker, accountant = browser(paying, "rent_clerk"), browser(paying, "accountant")
    assert "制单" in maker.get("/office/batches/").content.decode()
    assert "公租房租赁补贴" in maker.get("/office/batches/new/").content.decode()
    answer = maker.post("/office/batches/new/", {**MONTH, "line": str(paying.line.pk)})
    batch = Batch.objects.get()
    assert answer["Location"] == f"/office/batches/{batch.number}/"
    page = maker.get(answer["Location"]).content.decode()
    assert "没有发现问题" in page and "816.21" in page and "复核通过" not in page
    assert "6222 ****" in page and "6222020200000000001" not in page, "accounts are masked"
    press(paying, "district_reviewer", batch, "check", note="")
    press(paying, "district_approver", batch, "approve")
    press(paying, "accountant", batch, "send")
    file = accountant.get(f"/office/batches/{batch.number}/file/")
    assert file["Content-Disposition"].endswith(".sealed") and file["Cache-Control"] == "no-store"
    wrong = SimpleUploadedFile("x.txt", b"not a file of the bank")
    sent = accountant.post(f"/office/batches/{batch.number}/returns/", {"file": wrong}, follow=True)
    assert "没有登记任何结果" in sent.content.decode() and not Item.objects.exclude(state="sent").exists()
    nothing = accountant.post(f"/office/batches/{batch.number}/returns/", {}, follow=True)
    assert "没有选择文件" in nothing.content.decode()
    good = SimpleUploadedFile("x.sealed", paying.answer(batch, file.content, codes={2: "frozen"}))
    done = accountant.post(
        f"/office/batches/{batch.number}/returns/", {"file": good}, follow=True
    ).content.decode()
    assert "到账 2 笔，退回 1 笔" in done and "账户已冻结" in done and "支付补贴" in done
    assert "逐笔一致" in accountant.get(f"/office/batches/{batch.number}/reconciliation/").content.decode()
    data = accountant.get(f"/office/batches/{batch.number}/reconciliation/?format=json").json()
    assert data["clean"] and data["paid"]["totals"] == {"items": 43_205, "bank": 43_205, "books": 43_205}
    assert "/acts/close/" not in done and "/acts/change-line/" not in done, (
        "what cannot be done is not offered"
    )

    again = maker.post(
        "/office/batches/new/", {**MONTH, "kind": "reissue", "line": str(paying.line.pk)}, follow=True
    )
    assert "重发" in again.content.decode() and Batch.objects.filter(kind="reissue").exists()
    press(paying, "rent_clerk", batch, "draw", seed="2026-11-20")
    sample = SampleCheck.objects.get()
    assert maker.get(f"/office/batches/samples/{sample.pk}/").status_code == 200
    maker.post(f"/office/batches/samples/{sample.pk}/", {"finding": "received", "text": ""})
    assert "已收到" in maker.get(f"/office/batches/{batch.number}/").content.decode()


def test_who_sees_which_button(paying: Payments) -> None:
    batch = paying.make(202611)

    def buttons(who: str) -> set[str]:
        page = browser(paying, who).get(f"/office/batches/{batch.number}/").content.decode()
        return {act for act in ("check", "approve", "refuse", "cancel", "send") if f"/acts/{act}/" in page}

    assert buttons("rent_clerk") == {"cancel"} and buttons("district_reviewer") == {"check", "refuse"}
    assert buttons("auditor") == set() and buttons("accountant") == set()
    assert buttons("supervisor") == {"refuse", "cancel"}
    for who, act in (
        ("rent_clerk", "check"),
        ("accountant", "approve"),
        ("auditor", "cancel"),
        ("supervisor", "no-such-act"),
    ):
        assert browser(paying, who).get(f"/office/batches/{batch.number}/acts/{act}/").status_code == 404
    for who in ("far_reviewer", "hotline_agent", "archivist"):
        assert browser(paying, who).get(f"/office/batches/{batch.number}/").status_code == 404


def test_acts_on_one_payment(paying: Payments) -> None:
    batch = paying.make(202611)
    maker = browser(paying, "rent_clerk")
    address = f"/office/batches/{batch.number}/items/2/drop/"
    assert "移出批次：第 2 笔" in maker.get(address).content.decode()
    assert "请填写移出理由" in maker.post(address, {"version": "1", "reason": ""}).content.decode()
    assert maker.post(address, {"version": "1", "reason": "核实中"}).status_code == 302
    assert maker.get(address).status_code == 404 and fresh(batch).count == 2
    data = paying.check(batch) and paying.approve(batch) and paying.send(batch)
    paying.receive(batch, paying.answer(batch, data, codes={3: "closed"}))
    accountant = browser(paying, "accountant")
    assert (
        browser(paying, "rent_clerk").get(f"/office/batches/{batch.number}/items/1/come-back/").status_code
        == 404
    )
    given = {
        "code": "closed",
        "serial": "T9",
        "day": "2026-11-20",
        "reason": "银行通知",
        "version": str(fresh(batch).version),
    }
    assert accountant.post(f"/office/batches/{batch.number}/items/1/come-back/", given).status_code == 302
    assert Item.objects.get(batch=batch, seq=1).state == "returned"
    given = {"reason": "联系不上", "version": str(fresh(batch).version)}
    assert (
        "未满 12 个月"
        in accountant.post(f"/office/batches/{batch.number}/items/3/surrender/", given).content.decode()
    )
    assert (
        "没有变化"
        in accountant.post(f"/office/batches/{batch.number}/items/3/take-back/", given).content.decode()
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"line": ""}, "没有选择"), ({"month.month": "13"}, "不是一个月份"), ({"month.year": "1026"}, "没有这个月份"),
        ({"month.month": "12"}, "没有待发的补贴"), ({"since": "2026-12"}, "晚于发放月份"), ({"kind": "reissue"}, "没有可重发"),
    ],
)  # fmt: skip
def test_a_batch_that_cannot_be_made_says_why(paying: Payments, change: dict[str, str], says: str) -> None:
    given = {**MONTH, "line": str(paying.line.pk), **change}
    answer = browser(paying, "rent_clerk").post("/office/batches/new/", given)
    assert answer.status_code == 400 and says in answer.content.decode() and not Batch.objects.exists()


def test_the_list_shows_what_waits_for_whoever_looks(paying: Payments) -> None:
    batch = paying.make(202611)

    def waits(who: str) -> bool:
        return batch.number in browser(paying, who).get("/office/batches/").content.decode()

    assert waits("district_reviewer") and not waits("rent_clerk") and not waits("accountant")
    paying.check(batch)
    assert waits("supervisor") and waits("district_approver") and not waits("district_reviewer")
    everything = browser(paying, "auditor").get("/office/batches/?scope=all").content.decode()
    assert batch.number in everything and "制单</a>" not in everything


def test_the_accounts_are_opened_from_the_page(paying: Payments) -> None:
    accountant = browser(paying, "accountant")
    assert "一般公共预算" in accountant.get("/office/batches/accounts/").content.decode()
    assert accountant.post("/office/batches/accounts/", {"fund": str(paying.fund.pk)}).status_code == 302
    assert "没有选择" in accountant.post("/office/batches/accounts/", {"fund": ""}).content.decode()


def test_a_page_of_a_large_batch_asks_no_more_often(
    paying: Payments, django_assert_max_num_queries: Any
) -> None:
    for number in range(10, 45):
        paying.family(number, {202611: 1000 + number})
    batch = paying.make(202611)
    client = browser(paying, "district_reviewer")
    client.get(f"/office/batches/{batch.number}/")
    with django_assert_max_num_queries(30):
        page = client.get(f"/office/batches/{batch.number}/").content.decode()
    assert (
        "共 2 页" in page
        and "第 2 页" in client.get(f"/office/batches/{batch.number}/?page=2").content.decode()
    )


def test_a_day_that_is_none_is_told(paying: Payments) -> None:
    batch, data = paying.to_bank(202611)
    paying.receive(batch, paying.answer(batch, data, day=date(2026, 11, 20)))
    given = {
        "code": "closed",
        "serial": "T9",
        "day": "2026-13-20",
        "reason": "银行通知",
        "version": str(fresh(batch).version),
    }
    answer = browser(paying, "accountant").post(f"/office/batches/{batch.number}/items/1/come-back/", given)
    assert answer.status_code == 400 and "不是一个存在的日期" in answer.content.decode()
