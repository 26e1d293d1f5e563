"""A rental subsidy from the application on a phone to the money in the account, and on to the report that counts this household."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page

from guangsha.areas.performance.actions import import_table
from guangsha.areas.subsidy import actions
from guangsha.areas.subsidy.bank_files import BEIJING
from guangsha.areas.subsidy.models import Agreement
from guangsha.areas.subsidy.rules import month_code
from guangsha.policy.household import Month
from guangsha.testing.journey import choose, go
from guangsha.testing.payments import build_payments

#: What decides: a filed lease, a status that civil affairs confirm; the rest as the form asks for it.
GIVEN = {
    "applicant.matter": "first", "applicant.hukou": "local", "status.special": "minimum_living", "income.monthly_income": "680",
    "income.deposits": "5000", "income.has_vehicle": "no", "income.has_company": "no", "income.flexible_work": "no",
    "lease.rent": "650", "lease.filing_number": "租备20260001", "lease.bank_account": "6222021001116245702",
    "lease.bank_name": "湖滨村镇银行", "lease.starts_on": "2026-01-01", "lease.ends_on": "2027-12-31",
}  # fmt: skip


TABLE = """
format: guangsha.table/1
unit: {unit}
year: {year}
profile: yueyanglou
about: {{department: 市住房和城乡建设局, short_name: 中心, report_date: 2027-03-01}}
sheets:
  - id: overall
    kind: overall
    name: 整体支出
    goal_actual: {{text: "发放{{homes}}户", parts: {{homes: {{metric: subsidy.households_paid}}}}}}
    funds:
      total: {{initial: {{metric: ledger.budget_initial}}, full_year: {{metric: ledger.budget_full_year}}, executed: {{metric: ledger.executed}}}}
    by_expenditure: {{project: {{metric: ledger.executed, with: {{nature: project}}}}}}
    indicators:
      - {{level1: 产出指标, level2: 数量指标, name: 补贴发放户数, target: 1户, actual: {{metric: subsidy.households_paid, text: "{{}}户"}}, weight: 40}}
      - {{level1: 效益指标, level2: 社会效益指标, name: 促进工作, target: 有效促进, actual: {{entered: 有效促进, evidence: 工作总结, by: 蒋会计, on: 2027-01-05}}, weight: 50}}
"""


class Office:
    """Staff at the one desk: each opens a page and presses a button."""

    def __init__(self, house: Any) -> None:
        self.house = house

    def press(self, who: str, path: str, button: str = "确定", **given: str) -> Page:
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
    batch = pay(office, agreement, settings, tmp_path)
    house.open(phone, "/my/")
    go(phone, phone.get_by_role("link", name="租赁补贴，每月"))
    received = phone.locator("main").inner_text()
    assert "已到账" in received
    assert batch in received
    open_the_report(office, agreement)


def pay(office: Office, agreement: Agreement, settings: Any, tmp_path: Path) -> str:
    """A month becomes due, three people make, check and approve its batch, the bank answers; the number of the batch."""
    house = office.house
    this = timezone.localdate().replace(day=1)
    month = month_code(Month.of(this))
    # as if it had been decided last month: what is decided today is due from the next
    Agreement.objects.filter(pk=agreement.pk).update(starts_on=this)
    agreement.calculations.update(from_month=month)
    actions.compute_month(house.cast.actor("district_reviewer"), house.cast.district, month)
    settings.GUANGSHA_BANK = tmp_path / "bank"
    world = build_payments(house.cast, years=(this.year,))
    page = office.press("rent_clerk", "/office/batches/new/", line=str(world.line.pk))
    number = page.url.rstrip("/").rsplit("/", 1)[-1]
    home = f"/office/batches/{number}/"
    for who, act in (("district_reviewer", "check"), ("supervisor", "approve"), ("accountant", "send")):
        office.press(who, f"{home}acts/{act}/", "确定")
    page = house.desk.sit(house, house.cast.account("accountant"))
    house.open(page, home)
    with page.expect_download() as loading:
        page.get_by_role("link", name="下载银行文件").click()
    sent = Path(loading.value.path()).read_bytes()
    answer = world.bank.answer(sent, number, timezone.now().astimezone(BEIJING))
    page.locator("input[type=file]").set_input_files(
        [{"name": "回盘.txt", "mimeType": "application/octet-stream", "buffer": answer}]
    )
    go(page, page.get_by_role("button", name="上传并登记"))
    assert "全部到账" in page.locator("main").inner_text()
    go(page, page.get_by_role("link", name="三方对账"))
    assert "一致" in page.locator("main").inner_text()
    return number


def open_the_report(office: Office, agreement: Agreement) -> None:
    """The unit's year is made from records; the figure of households opens down to this one and its file."""
    house = office.house
    accountant = house.cast.actor("accountant")
    year = import_table(
        accountant,
        house.cast.district,
        TABLE.format(unit=house.cast.district.name, year=timezone.localdate().year),
        "table.yaml",
    )
    page = house.desk.sit(house, house.cast.account("accountant"))
    house.open(page, f"/office/performance/{year.pk}/")
    go(page, page.get_by_role("button", name="取数", exact=True))
    house.open(page, f"/office/performance/{year.pk}/")
    go(page, page.get_by_role("link", name="1户"))
    shown = page.locator("main").inner_text()
    assert "subsidy.households_paid" in shown
    go(page, page.get_by_role("link", name=agreement.household.number))
    assert agreement.payee.name in page.locator("main").inner_text()
