"""From arrears to an instalment plan: the household asks on its phone, staff decide the case and the plan, the phone shows the rates;
then it pays by the simulated bank."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from guangsha.areas.registry.models import Household
from guangsha.areas.rent import actions
from guangsha.areas.rent.actions.base import refresh
from guangsha.areas.rent.channels import introduce_simulated
from guangsha.areas.rent.models import Bill, RentAccount
from guangsha.areas.rent.rules import first_day, month_code, plus_months
from guangsha.areas.rent.tests.builders import EDGE_FEN, Office
from guangsha.testing.journey import go


def test_from_arrears_to_an_instalment_plan(house: Any, settings: Any, tmp_path: Any) -> None:
    settings.GUANGSHA_BANK = tmp_path / "bank"
    introduce_simulated()
    today = timezone.localdate()
    office = Office(house.cast)
    family = Household.objects.get(head_id=house.cast.applicant.person_id)
    start = first_day(plus_months(month_code(today), -2))
    lease = office.lease(
        start.isoformat(), household=family, rent_fen=EDGE_FEN, household_type="minimum_living_edge"
    )
    office.bill()
    # as if the first two bills had been made in their months
    Bill.objects.filter(period__lt=month_code(today)).update(due_on=today - timedelta(days=40))
    refresh(RentAccount.objects.filter(lease=lease))
    actions.dun_agency(office.maker, office.district)
    phone = house.seat(house.cast.applicant, width=390)
    house.open(phone, "/my/")
    go(phone, phone.locator("#rents ~ ul a").first)
    assert "已过期限" in phone.locator("main").inner_text()
    number = house.apply(
        phone, "rent", {"rent.matter": "instalment", "rent.lease_number": lease.number, "rent.months": "3", "rent.note": "户主住院，收入减少"},
    )  # fmt: skip
    house.verify()
    house.carry(number)
    actions.take_effects(timezone.now())
    plan = RentAccount.objects.get(lease=lease).plans.get()
    assert (plan.state, plan.total_fen, plan.months) == ("proposed", 2 * EDGE_FEN, 3)
    desk = house.desk.sit(house, house.cast.account("district_approver"))
    house.open(desk, f"/office/rent/leases/{lease.number}/")
    go(desk, desk.get_by_role("link", name="批准分期"))
    desk.get_by_label("同意", exact=True).check()
    go(desk, desk.get_by_role("button", name="确定"))
    house.open(phone, f"/my/rent/{lease.number}/")
    assert "按期缴纳期间不再催缴" in phone.locator("main").inner_text()
    phone.get_by_label("这次缴多少").fill("125.52")
    go(phone, phone.get_by_role("button", name="去缴款"))
    go(phone, phone.get_by_role("link", name="网上缴款"))
    go(phone, phone.get_by_role("button", name="确认缴款"))
    assert "125.52" in phone.locator("main").inner_text()
    actions.review_plans(office.district)
    plan.refresh_from_db()
    assert plan.state == "active"
