"""A rental subsidy from the application on a phone to the money in the account, and on to the report that counts this household."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page

from guangsha.areas.subsidy import actions
from guangsha.areas.subsidy.models import Agreement
from guangsha.areas.subsidy.rules import month_code
from guangsha.policy.household import Month
from guangsha.testing.journey import choose, go

#: What decides: a filed lease, a status that civil affairs confirm; the rest as the form asks for it.
GIVEN = {
    "applicant.matter": "first", "applicant.hukou": "local", "status.special": "minimum_living", "income.monthly_income": "680",
    "income.deposits": "5000", "income.has_vehicle": "no", "income.has_company": "no", "income.flexible_work": "no",
    "lease.rent": "650", "lease.filing_number": "租备20260001", "lease.bank_account": "6222021001116245702",
    "lease.bank_name": "湖滨村镇银行", "lease.starts_on": "2026-01-01", "lease.ends_on": "2027-12-31",
}  # fmt: skip


class Office:
    """Staff at the one desk: each opens a page and presses a button."""

    def __init__(self, house: Any) -> None:
        self.house = house

    def press(self, who: str, path: str, button: str, **given: str) -> Page:
        """Open the form of an act, fill it in, send it; it must have been done."""
        house = self.house
        page: Page = house.desk.sit(house, house.cast.account(who))
        house.open(page, path)
        form = page.locator("main form").last
        for name, value in given.items():
            choose(form, name, value)
        go(page, form.get_by_role("button", name=button))
        assert page.locator(".notice.good").count(), page.locator("main").inner_text()[:1500]
        return page


def test_from_the_application_to_the_money_to_the_report(house: Any, settings: Any, tmp_path: Any) -> None:
    office = Office(house)
    phone = house.seat(house.cast.applicant, width=390)
    number = house.apply(phone, "subsidy_apply", GIVEN)
    house.carry(number, until="verifying")
    house.verify(civil_status={"kinds": ["minimum_living"]}, hukou={"hukou": "local"})
    house.carry(number)
    actions.take_effects(timezone.now())
    agreement = Agreement.objects.get(case__number=number)
    home = f"/office/subsidies/{agreement.number}/"
    first = agreement.calculations.get()
    assert first.kept["outcome"] == "grant"
    office.press(
        "second_reviewer", f"/office/subsidies/calculations/{first.pk}/confirm/", "确定", note="已核对"
    )
    office.press("district_reviewer", f"{home}acts/sign/", "确定")
    month = month_code(Month.of(timezone.localdate()).plus(1))
    actions.compute_month(house.cast.actor("district_reviewer"), house.cast.district, month)
    agreement.refresh_from_db()
    assert agreement.state == "active"
    assert agreement.starts_on == date(month // 100, month % 100, 1)
    house.open(phone, "/my/")
    go(phone, phone.get_by_role("link", name="租赁补贴，每月"))
    assert "已计算" in phone.locator("main").inner_text()
