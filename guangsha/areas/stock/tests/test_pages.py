"""The pages: the chart in a bounded number of queries, buttons for who may press them, what strangers see, acts through forms."""

from __future__ import annotations

import io
import re
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from guangsha.areas.stock import actions, hooks
from guangsha.areas.stock.facts import LAYOUTS
from guangsha.areas.stock.models import Dwelling, Viewing
from guangsha.areas.stock.rules import door_kinds
from guangsha.areas.stock.tests.builders import dwelling, estate
from guangsha.areas.stock.tests.one_of_each import Stock, drawing, elsewhere, stock
from guangsha.audit.actor import Actor
from guangsha.people.models import Account
from guangsha.privacy.watermark import read_xlsx
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def client_of(account: Account) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, f"{address}: {answer.status_code}"
    return answer.content.decode()


def test_a_chart_of_sixteen_hundred_doors_costs_a_few_queries(cast: Cast) -> None:
    keeper = cast.actor("allocation_officer")
    home = estate(cast.district)
    tower = actions.add_building(
        keeper,
        home.pk,
        number="1",
        entrances=4,
        floors=34,
        kinds=door_kinds("A 39.80\n" * 12, tuple(LAYOUTS)),
    )
    small = actions.add_building(
        keeper, home.pk, number="2", entrances=1, floors=1, kinds=door_kinds("A 39.80", tuple(LAYOUTS))
    )
    client = client_of(cast.account("auditor"))
    counted, took = [], 0.0
    text_of(client, "/office/stock/")
    for building in (small, tower):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            began = time.perf_counter()
            page = text_of(client, f"/office/stock/buildings/{building.pk}/")
            took = time.perf_counter() - began
        counted.append(len(asked))
    assert counted[0] == counted[1] <= 12
    assert page.count('class="door s-preparing" href') == 4 * 34 * 12
    assert took < 2.0


def test_the_chart_keeps_its_shape_when_it_is_filtered(cast: Cast) -> None:
    dwelling(cast.district, "1-1-0101")
    flat = dwelling(cast.district, "1-1-0203", state="let")
    page = text_of(
        client_of(cast.account("rent_clerk")), f"/office/stock/buildings/{flat.building_id}/?state=let"
    )
    assert page.count('class="door dim"') == 1
    assert "符合筛选的 1 套" in page
    assert page.count('class="gap"') == 2
    assert re.search(
        r'<b aria-hidden="true">租</b><span>0203</span><span class="visually-hidden">，在租，一居室', page
    )


@pytest.fixture
def one(cast: Cast) -> Stock:
    return stock(cast)


def test_every_page_opens_for_its_people_and_for_nobody_else(cast: Cast, one: Stock) -> None:
    base = "/office/stock/"
    pages = (
        "", f"estates/{one.estate.pk}/", f"buildings/{one.building.pk}/", "dwellings/?q=桂花 0101&state=vacant", f"dwellings/{one.flat.pk}/", "rounds/",
        f"rounds/{one.round.number}/?scope=recorded", "supply/", f"supply/{one.plan.pk}/", f"surveys/{one.faulty.pk}/", "viewings/",
    )  # fmt: skip
    keeper, auditor, far = (
        client_of(cast.account(who)) for who in ("allocation_officer", "auditor", "far_reviewer")
    )
    for page in pages:
        assert "安排" not in text_of(auditor, base + page) or page in (
            "viewings/",
            f"estates/{one.estate.pk}/",
        )
        text_of(keeper, base + page)
    for page in (*pages[1:3], pages[4], pages[6], pages[8], pages[9]):
        text_of(far, base + page, 404)
    text_of(client_of(cast.account("hotline_agent")), base, 404)
    text_of(keeper, f"{base}dwellings/{elsewhere(cast).pk}/", 404)


def test_the_page_of_a_dwelling_shows_what_other_rooms_say_of_it(
    cast: Cast, one: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panel(actor: Actor, flat: Dwelling) -> hooks.Panel | None:
        if not actor.has("supervisor"):
            return None
        return hooks.Panel(
            "租约",
            facts=[("租约号", "L1")],
            heads=["期间", "小区"],
            rows=[["2026年", ("桂花苑", "office-stock-estate", (flat.estate_id,))]],
        )

    monkeypatch.setattr(hooks, "PANELS", [panel])
    address = f"/office/stock/dwellings/{one.flat.pk}/"
    shown = text_of(client_of(cast.account("supervisor")), address)
    assert "租约号" in shown and f'href="/office/stock/estates/{one.estate.pk}/">桂花苑' in shown
    hidden = text_of(client_of(cast.account("rent_clerk")), address)
    assert "租约号" not in hidden
    assert "登记钥匙" in hidden and "修改房屋" not in hidden
    assert "39.80 → 39.90" in shown


def test_an_act_comes_back_with_what_is_wrong_and_then_is_done(cast: Cast, one: Stock) -> None:
    client = client_of(cast.account("allocation_officer"))
    address = f"/office/stock/dwellings/{one.flat.pk}/acts/keys/"
    day = timezone.localdate()
    typed = {
        "kind": "out",
        "sets": "9",
        "holder": "王师傅",
        "on.year": day.year,
        "on.month": day.month,
        "on.day": day.day,
        "reason": "看房",
    }
    wrong = client.post(address, typed)
    assert wrong.status_code == 400
    assert "在库只有 3 套" in wrong.content.decode()
    assert client.post(address, {**typed, "sets": "2"}).status_code == 302
    one.flat.refresh_from_db()
    assert one.flat.keys == 1


def test_an_export_says_who_took_it_and_for_what(cast: Cast, one: Stock) -> None:
    client = client_of(cast.account("auditor"))
    assert client.post("/office/stock/dwellings/export/?state=let", {"purpose": ""}).status_code == 400
    taken = client.post("/office/stock/dwellings/export/?state=let", {"purpose": "第四季度资产盘点"})
    mark = read_xlsx(taken.content)
    assert mark is not None and mark.genuine and mark.purpose == "第四季度资产盘点"
    assert load_workbook(io.BytesIO(taken.content)).worksheets[0].max_row == 3


def test_strangers_see_what_is_vacant_but_no_door(cast: Cast, one: Stock) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    page = text_of(client, "/housing/?layout=A&rent=400")
    assert "桂花苑" in page
    assert "两居室" not in page.split('class="offer-grid"')[1]
    estate_page = text_of(client, f"/housing/{one.estate.pk}/")
    assert "预约看房" in estate_page and "47.76 元 至 335.16 元" in estate_page
    assert not re.search(r"1-[12]-0[1-6]0[1-3]", estate_page)
    picture = one.estate.pictures.get()
    assert client.get(f"/housing/pictures/{picture.pk}/")["Content-Type"] == "image/png"
    inside = actions.add_picture(
        cast.actor("archivist"),
        one.estate.pk,
        drawing("#1b6b40"),
        kind="inside",
        title="客厅",
        dwelling_id=one.flat.pk,
        public=True,
    )
    assert client.get(f"/housing/pictures/{inside.pk}/").status_code == 200
    Dwelling.objects.update(state="let")
    assert client.get(f"/housing/pictures/{inside.pk}/").status_code == 404
    text_of(client, f"/housing/{one.estate.pk}/", 404)


def test_a_citizen_books_once_within_the_seats_and_gives_the_seat_back(cast: Cast, one: Stock) -> None:
    client = client_of(cast.stranger)
    address = f"/housing/{one.estate.pk}/viewing/"
    full = client.post(address, {"slot": one.slot.pk, "people": "6"})
    assert full.status_code == 302
    assert "只剩" not in text_of(client, "/my/viewings/")
    again = client.post(address, {"slot": one.slot.pk, "people": "1"})
    assert again.status_code == 400  # eight seats are taken
    own = Viewing.objects.get(person_id=cast.stranger.person_id)
    client.post("/my/viewings/", {"number": one.viewing.number})
    one.viewing.refresh_from_db()
    assert one.viewing.state == "booked"  # somebody else's
    client.post("/my/viewings/", {"number": own.number})
    one.slot.refresh_from_db()
    assert one.slot.taken == 2


def test_two_people_make_a_check(cast: Cast, one: Stock) -> None:
    heard: list[int] = []
    hooks.CHECKED.append(lambda _actor, check: heard.append(check.pk))
    try:
        inspector = client_of(cast.account("field_inspector"))
        address = f"/office/stock/checks/{one.recorded.pk}/confirm/"
        text_of(client_of(cast.account("rent_clerk")), address, 404)
        assert "三次敲门" in text_of(inspector, address)
        inspector.post(address, {"version": one.recorded.version, "agreed": "yes", "note": ""})
    finally:
        hooks.CHECKED.pop()
    one.recorded.refresh_from_db()
    assert (one.recorded.state, heard) == ("confirmed", [one.recorded.pk])
    with pytest.raises(actions.NotAllowed, match="同行人"):
        actions.record_check(
            cast.actor("rent_clerk"),
            one.check.pk,
            1,
            result="tenant",
            on=timezone.localdate(),
            companion=cast.account("rent_clerk"),
        )
    with pytest.raises(Exception, match="没有照片"):
        actions.record_check(
            cast.actor("rent_clerk"),
            one.check.pk,
            1,
            result="others",
            on=timezone.localdate(),
            companion=cast.account("field_inspector"),
            note="邻居称转租",
        )


def test_a_survey_is_written_whole_or_not_at_all(cast: Cast, one: Stock) -> None:
    client = client_of(cast.account("allocation_officer"))
    before = Dwelling.objects.count()
    client.post(f"/office/stock/surveys/{one.faulty.pk}/", {"act": "apply"})
    assert Dwelling.objects.count() == before
    assert "套内面积：大于建筑面积" in text_of(client, f"/office/stock/surveys/{one.faulty.pk}/")
    client.post(f"/office/stock/surveys/{one.survey.pk}/", {"act": "apply"})
    client.post(f"/office/stock/surveys/{one.survey.pk}/", {"act": "apply"})
    assert Dwelling.objects.count() == before + 2
    assert Dwelling.objects.get(estate=one.estate, number="9-1-0102").state == "preparing"
    later = b"\xef\xbb\xbf" + "楼栋号,单元号,楼层,同层序号,户型组别,建筑面积\n9,1,1,2,B,55.90".encode()
    again = actions.take_survey(cast.actor("archivist"), one.estate.pk, "复测.csv", later)
    actions.apply_survey(cast.actor("archivist"), again.pk)
    assert Dwelling.objects.get(estate=one.estate, number="9-1-0102").changes.get().facts == {
        "area_m2": ["55.60", "55.90"]
    }


def test_a_slot_that_is_called_off_tells_everybody(cast: Cast, one: Stock) -> None:
    actions.close_slot(cast.actor("allocation_officer"), one.slot.pk, reason="电梯检修")
    one.viewing.refresh_from_db()
    assert one.viewing.state == "cancelled"
    with pytest.raises(Exception, match="不能预约"):
        actions.book(cast.actor("stranger"), one.slot.pk, people=1)
    with pytest.raises(Exception, match="明天"):
        actions.add_slot(
            cast.actor("allocation_officer"),
            one.estate.pk,
            on=timezone.localdate(),
            half="morning",
            seats=1,
            meet_at="南门",
        )
