"""Journeys that differ by who sits there: on a phone, without scripts, for a neighbour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Case, Rating
from guangsha.areas.registry.models import Person
from guangsha.testing.cast import PASSWORD
from guangsha.testing.journey import PDF, go


def test_on_a_phone_through_the_sign_in_pages(house: Any, tmp_path: Path) -> None:
    page = house.seat(None, width=360)
    house.open(page, "/services/help/")
    page.get_by_role("link", name="立即办理").click()
    page.get_by_label("手机号").fill("19900000001")
    go(page, page.get_by_role("button", name="获取验证码"))
    sent = (tmp_path / "sms.log").read_text(encoding="utf-8").rsplit("验证码 ", 1)[1][:6]
    page.get_by_label("短信中的 6 位数字").fill(sent)
    go(page, page.get_by_role("button", name="登录"))
    go(page, page.get_by_role("button", name="开始填写"))
    number = house.fill(page, service("help"), {})
    house.open(page, f"/my/cases/{number}/")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    clerk = house.seat(None)
    house.open(clerk, "/office/sign-in/")
    clerk.get_by_label("登录名").fill("street")
    clerk.get_by_label("密码").fill(PASSWORD)
    go(clerk, clerk.get_by_role("button", name="登录"))
    assert "钱受理" in clerk.locator("header").inner_text()
    house.carry(number)
    house.read_and_rate(page, number, Case.objects.get(number=number).decisions.get().number)


def test_without_scripts(house: Any) -> None:
    page = house.seat(house.cast.applicant, scripts=False)
    number = house.apply(page, "repair")
    house.carry(number)
    house.read_and_rate(page, number, Case.objects.get(number=number).decisions.get().number, "基本满意")
    assert Rating.objects.get(case__number=number).grade == 3


def test_a_helper_applies_for_an_old_neighbour(house: Any) -> None:
    old = Person.objects.get(pk=house.cast.applicant.person_id)
    page = house.seat(house.cast.helper)
    house.open(page, "/office/proxy/authorize/")
    page.get_by_label("委托人姓名").fill(old.name)
    page.get_by_label("委托人身份证号").fill(old.identity)
    for name, value in (("signed_on", ("2026", "11", "1")), ("until", ("2027", "6", "1"))):
        for part, text in zip(("year", "month", "day"), value, strict=True):
            page.locator(f'[name="{name}.{part}"]').fill(text)
    page.locator("input[type=file]").set_input_files([PDF])
    go(page, page.get_by_role("button", name="登记"))
    page.locator("select[name=service]").select_option("repair")
    go(page, page.get_by_role("button", name="开始填写"))
    number = house.fill(page, service("repair"), {"applicant.phone": "19900000001"})
    case = Case.objects.get(number=number)
    assert case.channel == "proxy" and case.applicant == old
    house.carry(number)
    house.open(page, f"/office/proxy/cases/{number}/")
    assert case.decisions.get().number in page.locator("#letters ~ ul").inner_text()
    own = house.seat(house.cast.applicant)
    house.read_and_rate(own, number, case.decisions.get().number)
