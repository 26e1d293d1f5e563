"""The first day of an installation, as docs/operations/first-day.md tells it: from no agency to a case in a colleague's queue."""

from __future__ import annotations

import base64
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django_otp.oath import TOTP

from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Case
from guangsha.people.models import Agency, Appointment
from guangsha.people.opening import First, open_house
from guangsha.testing.cast import identity_number
from guangsha.testing.journey import PATIENCE_MS, choose, fill_group, go

CHOSEN = "Quiet-River-88"
IDENTITY = identity_number("429901", date(1971, 3, 9), 21)


@pytest.fixture
def site(transactional_db: None, live_server: Any, browser: Any, settings: Any, tmp_path: Path) -> Any:
    """An installation with nothing in it, and its address."""
    settings.GUANGSHA_DATA = tmp_path
    yield live_server.url
    for context in browser.contexts:
        context.close()


def window(browser: Any) -> Any:
    page = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


def comes(page: Any, site: str, login: str, password: str) -> None:
    """Somebody signs in for the first time: a second factor where the post asks for one, then a password of their own."""
    page.goto(f"{site}/office/sign-in/")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(password)
    go(page, page.get_by_role("button", name="登录", exact=True))
    if "enrol" in page.url:
        secret = base64.b32decode(page.locator("code").inner_text().replace(" ", ""))
        clock = TOTP(secret)
        clock.time = time.time()
        page.locator('[name="code"]').fill(f"{clock.token():06d}")
        go(page, page.get_by_role("button", name="确认"))
        assert page.locator(".codes li").count() > 4
        go(page, page.get_by_role("link", name="已保存，继续"))
    page.get_by_label("新密码", exact=True).fill(CHOSEN)
    page.get_by_label("再输一次新密码").fill(CHOSEN)
    go(page, page.get_by_role("button", name="保存并继续"))


def save(page: Any) -> None:
    go(page, page.locator('[name="_save"]').last)
    assert page.locator(".errorlist, .errornote").count() == 0, page.locator(
        "main, #content"
    ).first.inner_text()


def pick(page: Any, name: str, words: str) -> None:
    """Choose in a field that searches as one types."""
    page.locator(f"#id_{name} + .select2 .select2-selection").click()
    page.locator(".select2-search__field").last.fill(words)
    page.locator(".select2-results__option", has_text=words).first.click()


def test_from_no_agency_to_a_case_in_the_queue(site: str, browser: Any) -> None:
    given = open_house(
        agency="清江市住房保障服务中心", kind="city", region_code="429900",
        system_admin=First("he", "何系统"), security_admin=First("lu", "吕安全"),
    )  # fmt: skip
    system, security, colleague, citizen = (window(browser) for _ in range(4))
    comes(system, site, "he", given["he"])
    city = Agency.objects.get()
    for parent, kind, name, code in (
        (city.name, "district", "南浦区住房保障服务中心", "429901"),
        ("南浦区住房保障服务中心", "street", "长桥街道办事处", "429901001"),
        ("长桥街道办事处", "community", "柳荫社区", "429901001001"),
    ):
        system.goto(f"{site}/admin/people/agency/add/")
        system.locator('[name="parent"]').select_option(label=parent)
        system.locator('[name="kind"]').select_option(kind)
        system.locator('[name="name"]').fill(name)
        system.locator('[name="region_code"]').fill(code)
        save(system)
    system.goto(f"{site}/admin/people/account/add/")
    system.locator('[name="username"]').fill("qian")
    system.locator('[name="name"]').fill("钱受理")
    system.locator('[name="kind"]').select_option("staff")
    system.locator('[name="password"]').fill("First-Given-77")
    save(system)
    comes(security, site, "lu", given["lu"])
    security.goto(f"{site}/admin/people/appointment/add/")
    pick(security, "account", "钱受理")
    pick(security, "agency", "长桥街道办事处")
    security.locator('[name="role"]').select_option("street_clerk")
    security.locator('[name="reason"]').fill("首次任命")
    save(security)
    post = Appointment.objects.get(account__username="qian")
    assert (post.agency.name, post.role) == ("长桥街道办事处", "street_clerk")
    comes(colleague, site, "qian", "First-Given-77")
    assert "今日工作" in colleague.title()
    # somebody applies by phone; the code is in the file of texts until a gateway is connected
    citizen.goto(f"{site}/sign-in/?next=/apply/property_complaint/")
    citizen.get_by_label("手机号").fill("19900004321")
    go(citizen, citizen.get_by_role("button", name="获取验证码"))
    text = (Path(django_settings.GUANGSHA_DATA) / "sms.log").read_text(encoding="utf-8")
    citizen.locator('[name="code"]').fill("".join(filter(str.isdigit, text.rsplit("验证码", 1)[1]))[:6])
    go(citizen, citizen.get_by_role("button", name="登录", exact=True))
    assert "4321" in citizen.inner_text("header"), "who is not proved to be anybody is called by the phone"
    number = apply(citizen)
    assert Case.objects.get(number=number).agency == post.agency, "the street of the community"
    colleague.goto(f"{site}/office/cases/")
    assert number in colleague.inner_text("main")


def apply(page: Any) -> str:
    """Fill the form in as it comes, and send it; the number on the receipt."""
    chosen = service("property_complaint")
    groups = {group.code: group for group in chosen.form}
    go(page, page.get_by_role("button", name="开始填写"))
    for _ in range(8):
        here = page.url.rstrip("/").rsplit("/", 1)[-1]
        if here in groups:
            fill_group(page, groups[here], {f"{here}.community": "柳荫社区", f"{here}.identity": IDENTITY})
        if page.locator("#f-community").count():  # this form does not ask where one lives
            choose(page.locator("main"), "community", str(Agency.objects.get(name="柳荫社区").pk))
        for box in page.locator('form.apply-form input[type="checkbox"][required]').all():
            box.check()
        go(page, page.locator("button.big"))
        assert page.locator("#faults").count() == 0, page.locator("#faults").inner_text()
        if "/receipt/" in page.url:
            break
    return str(page.locator(".receipt-number").inner_text().strip())
