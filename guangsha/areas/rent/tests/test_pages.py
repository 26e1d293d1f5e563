"""The pages: what staff and household see and do on them, and that a stranger finds nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from guangsha.areas.rent.channels import introduce_simulated
from guangsha.areas.rent.models import Receipt, RentTerm
from guangsha.areas.rent.models_after import InstalmentPlan
from guangsha.areas.rent.tests.one_of_each import Rents, rents, visits
from guangsha.people.models import Account
from guangsha.testing.cast import Cast


def browser(account: Account) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    return client


@pytest.fixture
def own(cast: Cast) -> Rents:
    return rents(cast)


def test_every_page_of_staff_shows_its_numbers(cast: Cast, own: Rents) -> None:
    clients: dict[str, Client] = {}
    for who, address in visits(own):
        answer = (clients.get(who) or clients.setdefault(who, browser(cast.account(who)))).get(address)
        assert answer.status_code == 200, (who, address)
        assert b"Undefined" not in answer.content and "None" not in answer.content.decode(), address
    page = browser(cast.account("rent_clerk")).get(f"/office/rent/leases/{own.late.number}/").content.decode()
    assert "188.28" in page and "书面催缴" in page and "52.30 ㎡ × 12.00 元" not in page
    fresh = (
        browser(cast.account("rent_clerk")).get(f"/office/rent/leases/{own.fresh.number}/").content.decode()
    )
    assert "52.30 ㎡ × 12.00 元" in fresh and "62.76" in fresh and "湖房保〔2024〕3号" in fresh
    far = browser(cast.far_reviewer)
    assert far.get(f"/office/rent/leases/{own.late.number}/").status_code == 404


def test_staff_act_on_the_pages(cast: Cast, own: Rents) -> None:
    approver, clerk = browser(cast.account("district_approver")), browser(cast.account("rent_clerk"))
    where = f"/office/rent/plans/{own.plan.number}/"
    own.plan.account.refresh_from_db()
    stale = approver.post(where, {"version": "1", "approved": "yes"})
    assert stale.status_code == 400 and "刚被别人办理过" in stale.content.decode()
    version = str(own.plan.account.version)
    assert clerk.post(where, {"version": version, "approved": "yes"}).status_code == 404
    assert approver.post(where, {"version": version, "approved": "yes"}).status_code == 302
    assert InstalmentPlan.objects.get().state == "active"
    own.term.account.refresh_from_db()
    approver.post(f"/office/rent/terms/{own.term.pk}/confirm/", {"version": own.term.account.version})
    assert RentTerm.objects.get(pk=own.term.pk).state == "confirmed"
    accountant = browser(cast.account("accountant"))
    asked = {"kind": "payments", "lines": f"流水号,识别码\nP-1,{own.order.number},50.00,2026-13-01,E1"}
    assert "不是一个存在的日期" in accountant.post("/office/rent/collection/import/", asked).content.decode()
    day = own.day.day.isoformat()
    asked["lines"] = f"P-1\t{own.order.number}\t50.00\t{day}\tE1\nP-2,unknown,1.00,{day},E2"
    assert accountant.post("/office/rent/collection/import/", asked).status_code == 302
    assert Receipt.objects.get(serial="P-1").amount_fen == 5_000


def test_the_household_sees_why_pays_and_keeps_its_receipt(
    cast: Cast, own: Rents, settings: Any, tmp_path: Path
) -> None:
    settings.GUANGSHA_BANK = tmp_path / "bank"
    tenant = browser(own.tenant)
    assert tenant.get("/my/rent/")["Location"] == f"/my/rent/{own.late.number}/"
    mine = f"/my/rent/{own.late.number}/"
    page = tenant.get(mine).content.decode()
    assert "应缴" in page and "已过期限" in page and "申请分期或减免" in page and "减免" in page
    assert tenant.post(mine, {"amount": "abc"}).status_code == 400
    order = tenant.post(mine, {"amount": "100"})["Location"]
    assert "网上缴款" not in tenant.get(order).content.decode()  # no simulated bank: it is not there
    bank = order.replace("/orders/", "/bank/")
    assert tenant.get(bank).status_code == tenant.post(bank).status_code == 404
    introduce_simulated()
    assert bank in tenant.get(order).content.decode() and tenant.get(bank).status_code == 200
    receipt = tenant.post(bank)["Location"]
    assert "100.00" in tenant.get(receipt).content.decode()
    assert tenant.post(bank)["Location"] == order and Receipt.objects.count() == 3
    for address in (mine, order, bank, receipt, f"/my/rent/{own.left.number}/"):
        stranger = browser(cast.account("stranger"))
        assert stranger.get(address).status_code == 404
