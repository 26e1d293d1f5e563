"""A household whose income rose above the line: told, heard on its phone, decided by another person, time to move, the dwelling given
back; no end of the lease before the rent is settled, then the deposit goes back and the dwelling to whoever waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page

from guangsha.areas.rent.models import Deposit
from guangsha.areas.rent.models_after import Refund
from guangsha.areas.rent.tests.builders import Office as RentOffice
from guangsha.areas.rent.tests.builders import proof
from guangsha.areas.rent.tests.test_payments import CARD
from guangsha.areas.tenancy.actions import expire_grants
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_exit import Exit
from guangsha.areas.tenancy.tests.builders import EDGE_FAMILY, House, citizen_of, family_of_three, press
from guangsha.testing.journey import choose, go


class Office:
    """Staff at the one desk: each opens a page and presses a button."""

    def __init__(self, house: Any) -> None:
        self.house = house

    def press(self, who: str, path: str, *, done: bool = True, **given: str) -> Page:
        """Open the form of an act, fill it in, send it."""
        page: Page = self.house.desk.sit(self.house, self.house.cast.account(who))
        self.house.open(page, path)
        form = page.locator("main form").last
        for name, value in given.items():
            choose(form, name.replace("__", "-"), value)
        go(page, form.get_by_role("button", name="确定"))
        good = page.locator(".notice.good").count()
        assert bool(good) is done, page.locator("main").inner_text()[:1500]
        return page


def test_from_over_income_to_the_dwelling_given_back(house: Any) -> None:
    office, staff, today = Office(house), House(house.cast), timezone.localdate()
    declared = {"日期": (today - timedelta(days=10)).isoformat(), "来源": "民政核对", "存款": "10000"}
    family = family_of_three(house.cast, {**EDGE_FAMILY, "申报": declared})
    money = RentOffice(house.cast)
    lease = staff.moved_in(household=family)
    money.pay(lease, purpose="deposit")
    home = f"/office/leases/{lease.number}/"

    office.press(
        "rent_clerk", f"{home}acts/exit/", ground="over_income", facts="年度复核：家庭人均月收入超过标准"
    )
    found = Exit.objects.get(lease=lease)
    phone = house.seat(citizen_of(lease.tenant), width=390)
    house.open(phone, f"/my/leases/{lease.number}/")
    assert "作出决定前，您家照常居住" in phone.locator("main").inner_text()
    say = phone.locator("form", has=phone.get_by_role("button", name="提交意见"))
    choose(say, "outcome", "objected")
    choose(say, "text", "收入是一次性的年终奖")
    go(phone, say.get_by_role("button", name="提交意见"))
    assert "已收到您的意见" in phone.locator("main").inner_text()

    acts = f"/office/leases/exits/{found.number}/"
    office.press(
        "district_approver",
        f"{acts}decide/",
        approve="yes",
        way="leave",
        reasons="核对为固定工资，年终奖除外仍超标准",
    )
    page = office.press("rent_clerk", f"{acts}serve/", document="湖房保〔2026〕18号")
    assert "搬迁过渡期" in page.locator("main").inner_text()
    house.open(phone, f"/my/leases/{lease.number}/")
    shown = phone.locator("main").inner_text()
    assert "502.08" in shown, "the time to move costs eighty percent of the market's rent"
    assert "行政复议" in shown

    office.press(
        "field_inspector",
        f"{acts}hand-back/",
        meter__water="12.80",
        meter__power="345.00",
        tenant_signed="某某",
    )
    page = office.press("rent_clerk", f"{acts}settle/", done=False)
    assert "租金：" in page.locator("main").inner_text(), "the rent room says what is open"
    kept = Lease.objects.get(pk=lease.pk)
    assert (kept.state, kept.handed_back_on, kept.dwelling.state) == ("transition", today, "checking")

    # what is open is paid; the settlement comes to zero when the deposit has gone back
    by, rent = house.cast.staff, f"/office/rent/leases/{lease.number}/acts/"
    money.bill()
    money.pay(lease)
    press(by["rent_clerk"], f"{rent}settle/", readings="水 12.80、电 345", deductions="", heard="")
    press(by["district_approver"], f"{rent}confirm-settlement/")
    office.press("rent_clerk", f"{acts}settle/", done=False)
    press(
        by["rent_clerk"],
        f"{rent}refund/",
        source="deposit",
        bank_account=CARD,
        bank_name="",
        reason="退房结算",
    )
    refund = Refund.objects.get()
    press(by["district_approver"], f"/office/rent/refunds/{refund.number}/decide/", approved="yes", note="")
    back = f"/office/rent/refunds/{refund.number}/pay/"
    press(by["accountant"], back, paid_on=today.isoformat(), serial="TF0001")
    press(by["rent_clerk"], f"{rent}close-settlement/")
    proof()
    office.press("rent_clerk", f"{acts}settle/")

    assert expire_grants(timezone.now()) == 1, "the key of who has left is nobody's key"
    home_again = f"/office/stock/dwellings/{lease.dwelling_id}/acts/ready/"
    press(by["allocation_officer"], home_again, on=today.isoformat(), reason="查验完好")
    kept, found = Lease.objects.get(pk=lease.pk), Exit.objects.get(pk=found.pk)
    assert (kept.state, kept.end_reason, kept.dwelling.state) == ("ended", "over_income", "vacant")
    assert (found.state, found.closed_on) == ("done", today)
    deposit = Deposit.objects.get(account__lease=lease)
    assert (deposit.state, deposit.held_fen, refund.amount_fen) == ("returned", 0, deposit.due_fen)
    house.open(phone, f"/my/leases/{lease.number}/")
    assert "合同已终止：收入超过标准" in phone.locator("main").inner_text()
