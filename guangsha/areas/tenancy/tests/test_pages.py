"""Pages of leases: each opens for whom it is, and its forms do what they say."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from guangsha.areas.tenancy import actions
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_access import AccessGrant
from guangsha.areas.tenancy.models_exit import Hearing
from guangsha.areas.tenancy.office_case_forms import EXIT_OFFERS, GRANT_OFFERS, VIOLATION_OFFERS
from guangsha.areas.tenancy.office_forms import LEASE_OFFERS
from guangsha.areas.tenancy.tests.builders import EDGE_FAMILY, House, family_of_three
from guangsha.areas.tenancy.tests.one_of_each import leases
from guangsha.people.models import Account
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def entered(account: Account) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    return client


def opened(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode() if answer["Content-Type"].startswith("text/html") else ""


def test_every_page_opens_and_its_forms_act(cast: Cast) -> None:
    one = leases(cast)
    clerk, inspector = entered(cast.staff["rent_clerk"]), entered(cast.staff["field_inspector"])
    officer, decider = entered(cast.staff["allocation_officer"]), entered(cast.staff["district_approver"])
    home = "/office/leases/{}/".format
    for scope in ("todo", "active", "ending", "leaving", "ended", "all"):
        opened(clerk, f"/office/leases/?scope={scope}")
    assert one.draft.number in opened(clerk, f"/office/leases/?q={one.draft.number}")
    for each in (one.draft, one.lived, one.asked, one.leaving):
        opened(clerk, home(each.number))
    wished = actions.open_exit(House(cast).maker, one.asked.number, ground="own_wish", facts="随子女迁居外地")
    assert wished.number in opened(clerk, home(one.asked.number)), "nobody was heard, and nothing is missing"
    for code in LEASE_OFFERS:
        for each in (one.draft, one.lived):
            if code == "ask-signature":
                continue
            offer = LEASE_OFFERS[code]
            who = (
                officer
                if "allocation_officer" in offer.roles
                else clerk
                if "rent_clerk" in offer.roles
                else inspector
            )
            fits = each.state in offer.states and offer.when(each)
            assert who.get(f"{home(each.number)}acts/{code}/").status_code == (200 if fits else 404), code
    page = opened(officer, f"/office/violations/{one.violation.number}/")
    assert "以下是计算，不是决定" in page
    opened(decider, f"/office/violations/{one.decided.number}/")
    for code, found in (("settle", one.decided), ("clue", one.decided)):
        assert code in VIOLATION_OFFERS
        who = entered(cast.staff["legal_officer"]) if code == "clue" else inspector
        opened(who, f"/office/violations/{found.number}/acts/{code}/")
    opened(clerk, "/office/violations/?scope=all")
    assert "hand-back" in EXIT_OFFERS
    opened(inspector, f"/office/leases/exits/{one.exit.number}/hand-back/")
    opened(clerk, f"/office/leases/hearings/{one.hearing.pk}/")
    contract = f"{home(one.lived.number)}contract."
    assert clerk.get(contract + "docx").content[:2] == b"PK"
    assert clerk.get(contract + "pdf").content[:4] == b"%PDF"
    assert clerk.get(contract + "exe").status_code == 404

    # a second person lets the card open the door; the key is kept from whoever wants it stopped for arrears
    approve = f"/office/leases/credentials/{one.grant.pk}/approve/"
    assert clerk.post(approve, {"version": "1", "approve": "yes"}).status_code == 400
    assert officer.post(approve, {"version": "1", "approve": "yes"}).status_code == 302
    key = AccessGrant.objects.get(lease=one.asked, kind="key")
    assert "stop" in GRANT_OFFERS
    refused = clerk.post(f"/office/leases/credentials/{key.pk}/stop/", {"version": "1", "reason": "arrears"})
    assert refused.status_code == 400
    assert "行政强制法第四十三条" in refused.content.decode()

    # photos are kept sealed and shown to who may see the lease
    photo = b"\x89PNG\r\n\x1a\n" + b"0" * 64
    files = f"{home(one.lived.number)}files/"
    sent: dict[str, Any] = {"what": "in", "files": SimpleUploadedFile("门.png", photo)}
    assert inspector.post(files, sent).status_code == 302
    assert (
        inspector.post(files, {"what": "in", "files": SimpleUploadedFile("x.exe", b"MZ")}).status_code == 400
    )
    stored = one.lived.handovers.get(kind="in").photos[0]["stored"]
    assert clerk.get(f"{files}{stored}/").content == photo
    assert entered(cast.far_reviewer).get(f"{files}{stored}/").status_code == 404


def test_a_household_sees_its_lease_and_answers(cast: Cast) -> None:
    one = leases(cast)
    mine, asked = entered(one.tenant), entered(one.asked_tenant)
    page = opened(mine, f"/my/leases/{one.lived.number}/")
    assert "每月租金" in page
    assert "我们不会因为欠租等原因停用您的钥匙和门禁" in page
    assert mine.get("/my/leases/").status_code == 302
    assert mine.get(f"/my/leases/{one.asked.number}/").status_code == 404
    assert mine.get(f"/my/leases/{one.lived.number}/contract.pdf").content[:4] == b"%PDF"
    lost = mine.post(f"/my/leases/{one.lived.number}/", {"act": "key", "lost": "门禁卡丢了"})
    assert lost.status_code == 302
    own = f"/my/leases/{one.asked.number}/"
    assert "请您说明意见" in opened(asked, own)
    say = {"act": "say", "hearing": str(one.hearing.pk), "outcome": "objected"}
    assert mine.post(f"/my/leases/{one.lived.number}/", say).status_code == 404
    assert "有错误" in asked.post(own, say).content.decode()
    assert asked.post(own, {**say, "text": "只是亲戚来住了几天"}).status_code == 302
    assert Hearing.objects.get(pk=one.hearing.pk).outcome == "objected"
    assert "搬迁过渡期" in opened(entered(one.leaving_tenant), f"/my/leases/{one.leaving.number}/")


def test_a_clerk_opens_a_contract_for_a_vacant_dwelling(cast: Cast) -> None:
    house = House(cast)
    declared = {"日期": timezone.localdate().isoformat(), "来源": "民政核对", "存款": "10000"}
    family, home = family_of_three(cast, {**EDGE_FAMILY, "申报": declared}), house.vacant("3-1-0101")
    officer = entered(cast.staff["allocation_officer"])
    opened(officer, "/office/leases/new/")
    given = {
        "household": family.number, "dwelling": home.code, "starts_on": timezone.localdate().isoformat(), "months": "", "pay_cycle": "month",
    }  # fmt: skip
    assert officer.post("/office/leases/new/", {**given, "dwelling": "NO"}).status_code == 400
    answer = officer.post("/office/leases/new/", given)
    made = Lease.objects.get(household=family)
    assert answer["Location"] == f"/office/leases/{made.number}/"
    act = f"/office/leases/{made.number}/acts/sign/"
    signed = {"version": str(made.version), "signed_on": timezone.localdate().isoformat(), "way": "paper"}
    assert officer.post(act, signed).status_code == 302
    assert officer.post(act, signed).status_code == 404
