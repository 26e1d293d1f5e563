"""The office in a real browser: a case from acceptance to service by five people."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from guangsha.areas.intake import actions
from guangsha.areas.intake.models import Case, Notice
from guangsha.areas.intake.tests import builders
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(browser: Any, site: str, cast: Cast, who: str, width: int = 1280) -> Any:
    """A window in which ``who`` is signed in; what goes wrong in it is kept in ``problems``."""
    client = Client()
    client.force_login(cast.account(who))
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    page = context.new_page()
    page.problems = []
    page.on(
        "console",
        lambda message: page.problems.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    return page


def test_five_people_carry_a_case_to_its_letter(browser: Any, live_server: Any, cast: Cast) -> None:
    case = builders.submitted(cast, members=[])
    address = f"{live_server.url}/office/cases/{case.number}/"

    clerk = page_of(browser, live_server.url, cast, "street_clerk")
    clerk.goto(live_server.url + "/office/")
    clerk.get_by_role("link", name="办下一件").click()
    assert case.number in clerk.inner_text("h1")
    clerk.locator("a.reveal").first.click()
    clerk.get_by_label("查看身份证号的理由").fill("核对身份证原件")
    clerk.get_by_role("button", name="查看", exact=True).click()
    clerk.get_by_text(case.answers["applicant"]["identity"]).wait_for()
    clerk.get_by_role("button", name="受理", exact=True).click()
    clerk.get_by_text("已受理，办理期限开始计算").wait_for()
    case.refresh_from_db()
    builders.verified(case)

    for who, checks in (
        ("street_clerk", 2),
        ("civil_checker", 2),
        ("district_reviewer", 3),
        ("second_reviewer", 3),
    ):
        page = page_of(browser, live_server.url, cast, who)
        page.goto(address)
        page.get_by_label("通过", exact=True).check()
        page.get_by_role("button", name="提交审核意见").click()
        page.get_by_text("还没有核对").wait_for()
        assert page.get_by_label("通过", exact=True).is_checked(), "what was chosen is still chosen"
        boxes = page.locator("input[name=checked]")
        assert boxes.count() == checks
        for place in range(checks):
            boxes.nth(place).check()
        page.get_by_role("button", name="提交审核意见").click()
        page.get_by_text("审核意见已提交：通过").wait_for()
        assert [text for text in page.problems if "400" not in text] == []

    editor = page_of(browser, live_server.url, cast, "publicity_editor")
    editor.goto(live_server.url + "/office/notices/")
    editor.get_by_role("button", name="核对后发布公示").click()
    editor.get_by_role("button", name="确定发布公示 1 件").click()
    editor.get_by_text("已发布，共 1 件").wait_for()
    ends = Notice.objects.get().ends_on + timedelta(days=1)
    actions.end_notices(datetime.combine(ends, time(1), ZoneInfo("Asia/Shanghai")))

    approver = page_of(browser, live_server.url, cast, "district_approver")
    approver.goto(address)
    approver.get_by_label("准予公租房保障资格").check()
    approver.get_by_role("button", name="预览决定书").click()
    assert "准予保障资格" in approver.get_by_role("region", name="决定书预览").inner_text()
    approver.get_by_role("button", name="确认作出决定").click()
    approver.get_by_text("决定已作出，文号").wait_for()
    approver.get_by_label("窗口领取").check()
    approver.get_by_role("button", name="送达", exact=True).click()
    approver.get_by_text("已送达。").wait_for()
    assert Case.objects.get().state == "effective" and approver.problems == []
