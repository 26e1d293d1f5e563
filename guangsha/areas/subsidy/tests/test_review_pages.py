"""The pages of reviews and what-if: begin, read, settle; who may not sees nothing."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from guangsha.areas.subsidy.models import Agreement, Calculation
from guangsha.areas.subsidy.models_review import ReviewDifference, ReviewRun
from guangsha.areas.subsidy.tests.builders import TWO, Clock, House
from guangsha.people.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreement(house: House, clock: Clock) -> Agreement:
    made = house.active()
    clock.at("2026-03-10")
    return made


def entered(account: Account) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    return client


def test_a_reviewer_begins_a_review_reads_it_and_settles_what_it_found(
    house: House, agreement: Agreement
) -> None:
    house.one_leaves(agreement.household, "2026-02-11")
    client = entered(house.cast.staff["district_reviewer"])
    begun = client.post("/office/reviews/", {"kind": "quarterly", "on": "2026-03-10"})
    run = ReviewRun.objects.get()
    assert begun.status_code == 302 and begun["Location"] == f"/office/reviews/{run.pk}/"
    page = client.get(begun["Location"]).content.decode()
    assert "应减少" in page and "669.60" in page and "446.40" in page and "一并处理" not in page
    one = ReviewDifference.objects.get()
    act = f"/office/reviews/differences/{one.pk}/confirm/"
    assert client.post(act, {"reason": ""}).status_code == 400
    assert client.post(act, {"reason": "户籍已迁出", "version": "0"}).status_code == 302
    assert Calculation.objects.get(kind="review").state == "hearing"
    assert client.get(act).status_code == 404
    assert "没有符合条件的差异" in client.get(begun["Location"]).content.decode()
    assert "户籍已迁出" in client.get(begun["Location"] + "?state=all").content.decode()
    assert client.get(f"/office/reviews/{run.pk}/differences.xlsx").content.startswith(b"PK")


def test_many_at_once_and_what_cannot_be_begun(house: House, agreement: Agreement) -> None:
    Agreement.objects.update(amount_fen=TWO)
    client = entered(house.cast.staff["supervisor"])
    for wrong in (
        {"kind": "weekly", "on": "2026-03-10"},
        {"kind": "annual", "on": "2026-03-11"},
        {"kind": "annual", "on": "x"},
        {"kind": "annual", "on": "0001-01-01"},
        {"kind": "annual", "on": "9999-12-31"},
    ):
        assert client.post("/office/reviews/", wrong).status_code == 400
    client.post("/office/reviews/", {"kind": "annual", "on": "2026-03-10"})
    run = ReviewRun.objects.get()
    many = f"/office/reviews/{run.pk}/many/"
    assert "全部确认" in client.get(f"/office/reviews/{run.pk}/").content.decode()
    client.post(many, {"kind": "ends", "act": "confirm", "reason": "一并"})
    client.post(many, {"kind": "more", "act": "confirm", "reason": ""})
    assert not Calculation.objects.filter(kind="review").exists()
    client.post(many, {"kind": "more", "act": "confirm", "reason": "人口增加"})
    assert Calculation.objects.get(kind="review").state == "proposed"


def test_the_auditor_reads_and_others_find_nothing(house: House, agreement: Agreement) -> None:
    Agreement.objects.update(amount_fen=TWO)
    entered(house.cast.staff["supervisor"]).post("/office/reviews/", {"kind": "annual", "on": "2026-03-10"})
    run, one = ReviewRun.objects.get(), ReviewDifference.objects.get()
    auditor = entered(house.cast.staff["auditor"])
    page = auditor.get(f"/office/reviews/{run.pk}/").content.decode()
    assert "应增加" in page and "不采纳" not in page and "一并处理" not in page
    assert auditor.post("/office/reviews/", {"kind": "annual", "on": "2026-03-10"}).status_code == 404
    assert auditor.get(f"/office/reviews/differences/{one.pk}/dismiss/").status_code == 404
    far = entered(house.cast.far_reviewer)
    for address in (
        f"/office/reviews/{run.pk}/",
        f"/office/reviews/differences/{one.pk}/confirm/",
        f"/office/reviews/{run.pk}/differences.xlsx",
    ):
        assert far.get(address).status_code == 404
    assert "还没有复核过" in far.get("/office/reviews/").content.decode()


def test_what_if_shows_the_rules_in_force_and_what_a_change_would_do(
    house: House, agreement: Agreement
) -> None:
    client = entered(house.cast.staff["supervisor"])
    page = client.get("/office/simulation/").content.decode()
    assert 'name="p-base_rent_m2" value="15.5"' in page and "湖房保" in page and "测算结果" not in page
    tried = client.post(
        "/office/simulation/",
        {"first": "2026-04", "p-base_rent_m2": "18", "p-coef[minimum_living]": "0.9", "t-households": "2"},
    )
    told = tried.content.decode()
    assert (
        tried.status_code == 200
        and "增加 1 户，减少 0 户" in told
        and "由 15.5 改为" in told
        and "5.00 → 5.00" in told
    )
    assert told.count("已改动") == 1 and "per_person" not in page.replace('value="per_person"', "")
    order = {"first": "2026-04", "p-type_priority": "城镇低收入家庭、最低生活保障家庭"}
    assert (
        "改为 <strong>城镇低收入家庭、最低生活保障家庭</strong>"
        in client.post("/office/simulation/", order).content.decode()
    )
    assert (
        client.post("/office/simulation/", {"first": "2026-04", "p-type_priority": "没有"}).status_code == 400
    )
    for wrong in (
        {"first": "2026-04", "p-base_rent_m2": "many"},
        {"first": "soon"},
        {"first": "2026-04", "t-amount": "x"},
    ):
        assert client.post("/office/simulation/", wrong).status_code == 400
    assert date(2026, 3, 10) and Agreement.objects.get().amount_fen == agreement.amount_fen
    assert "还没有补贴协议" in entered(house.cast.far_reviewer).get("/office/simulation/").content.decode()
