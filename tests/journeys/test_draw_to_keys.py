"""From the waiting list to the keys: a roster is frozen, two people commit, balls are drawn, a family chooses and moves in."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from playwright.sync_api import Page

from guangsha.areas.allocation import actions as allocation
from guangsha.areas.allocation.models import WaitlistEntry
from guangsha.areas.allocation.models_draw import Draw
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.areas.allocation.tests.draw_stage import E2, Stage, third_party_pem
from guangsha.areas.tenancy import actions as tenancy
from guangsha.areas.tenancy.models import Lease
from guangsha.draw.verify import verify_files
from guangsha.testing.journey import choose, go

E1 = "FC-SSQ:2026130:03,08,11,19,20,27+04"


class Stagehands:
    """Staff at the one desk: each opens the form of an act on the draw and sends it."""

    def __init__(self, house: Any) -> None:
        self.house = house

    def at(self, who: str, path: str) -> Page:
        page: Page = self.house.desk.sit(self.house, self.house.cast.account(who))
        self.house.open(page, path)
        return page

    def do(self, who: str, path: str, **given: str) -> None:
        page = self.at(who, path)
        form = page.locator("main form").last
        for name, value in given.items():
            field = form.locator(f"[name='{name}']")
            if field.first.get_attribute("type") == "radio":
                choose(form, name, value)
            else:
                field.fill(value)
        go(page, form.get_by_role("button", name="确定"))
        assert page.locator(".notice.good").count(), page.locator("main").inner_text()[:1500]

    def press(self, who: str, path: str, button: str) -> None:
        """Press a button of the page as it stands."""
        page = self.at(who, path)
        go(page, page.get_by_role("button", name=button, exact=True))

    def commit(self, who: str, path: str) -> str:
        """The holder copies the secret that the form shows, and commits to it."""
        page = self.at(who, path)
        form = page.locator("main form").last
        secret = form.locator("[name=secret]").input_value()
        choose(form, "kept", "yes")
        go(page, form.get_by_role("button", name="确定"))
        assert page.locator(".notice.good").count(), page.locator("main").inner_text()[:1500]
        return secret


@pytest.mark.both_databases
def test_from_the_waiting_list_to_the_keys(house: Any) -> None:
    hall = Hall(house.cast)
    stage, staff = Stage(hall), Stagehands(house)
    plan = stage.plan(families=3, doors=2)
    staff.do(
        "allocation_officer", f"/office/draws/plans/{plan.number}/", e1_source="中国福利彩票双色球第 2026130 期",
        e1_prefix="FC-SSQ:2026130:", escrow_party="区纪委监委派驻组", escrow_key=third_party_pem(),
    )  # fmt: skip
    draw = Draw.objects.get(plan=plan)
    page = f"/office/draws/{draw.draw_id}/"
    op = staff.commit("allocation_officer", f"{page}acts/commit-op/")
    nt = staff.commit("notary_observer", f"{page}acts/commit-nt/")
    draw = stage.later(draw)
    assert draw.state == "committed"

    screen = house.seat(None, width=1920)
    house.open(screen, f"/draws/{draw.draw_id}/hall/")
    screen.get_by_role("heading", name="等候公开随机数").wait_for()
    staff.do("allocation_officer", f"{page}acts/enter-e1/", value=E1, proof="中国福彩网开奖公告")
    staff.do("notary_observer", f"{page}acts/confirm-e1/", agrees="yes")
    screen.get_by_role("heading", name="请申请人代表摇球").wait_for()  # it comes up to date by itself
    staff.do("allocation_officer", f"{page}acts/enter-e2/", value=E2, proof="六名申请人代表当众摇出")
    staff.do("district_approver", f"{page}acts/confirm-e2/", agrees="yes")
    staff.do("allocation_officer", f"{page}acts/open-op/", secret=op)
    staff.do("notary_observer", f"{page}acts/open-nt/", secret=nt)
    staff.do("allocation_officer", f"{page}acts/run/")
    first = plan.registrations.get(order_number=1)
    screen.locator(".hall-result li").first.get_by_text(first.entry_no).wait_for()

    phone = house.seat(None, width=390)
    house.open(phone, f"/draws/{draw.draw_id}/")
    phone.get_by_label("登记号").fill(first.entry_no)
    go(phone, phone.get_by_role("button", name="查询"))
    assert first.ticket in phone.locator("main").inner_text()
    pack = phone.request.get(f"{house.address}/draws/{draw.draw_id}/pack.zip").body()
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        files = {name.split("/")[1]: archive.read(name) for name in archive.namelist()}
    assert verify_files(files).outcome == "ok"

    plan.refresh_from_db()
    allocation.open_session(hall.officer, plan.number, plan.version)
    room = f"/office/plans/{plan.number}/session/"
    staff.press("allocation_officer", room, "叫下一户")
    staff.do("allocation_officer", f"/office/plans/registrations/{first.pk}/arrive/")
    staff.press("allocation_officer", room, "开始选房")
    board = staff.at("allocation_officer", room).locator("section[aria-labelledby=board] form button").first
    go(house.desk.page, board)
    staff.press("allocation_officer", room, "已签字")
    first.refresh_from_db()
    assert first.session_state == "signed"

    lease = tenancy.open_lease(hall.officer, first)
    page = f"/office/leases/{lease.number}/"
    staff.do("allocation_officer", f"{page}acts/sign/")
    staff.do(
        "field_inspector", f"{page}acts/hand-over/", **{"meter-water": "12.30", "meter-power": "340.00"},
        tenant_signed=first.applicant.name,
    )  # fmt: skip
    lease = Lease.objects.get(pk=lease.pk)
    assert (lease.state, lease.dwelling.state) == ("active", "let")
    assert lease.grants.filter(kind="key", state="active").exists()
    assert WaitlistEntry.objects.get(pk=first.waitlist_entry_id).state == "housed"
    assert house.problems == []
