"""A leaking tap: reported on a phone in three taps, answered, given out, mended by a firm on its phone, rated; and counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from guangsha.areas.fieldwork.actions import write_contractor
from guangsha.areas.fieldwork.models import RepairOrder
from guangsha.areas.fieldwork.tests.builders import picture
from guangsha.areas.tenancy.tests.builders import active_lease, citizen_of
from guangsha.facts.metrics import Scope, compute
from guangsha.testing.journey import choose, go


def photograph(colour: str) -> Any:
    return {"name": "现场.png", "mimeType": "image/png", "buffer": picture(colour)}


def press(house: Any, who: str, path: str, **given: str) -> None:
    """Staff open the form of an act, fill it in and send it; it must have been done."""
    page = house.desk.sit(house, house.cast.account(who))
    house.open(page, path)
    form = page.locator("main form").last
    for name, value in given.items():
        choose(form, name, value)
    go(page, form.get_by_role("button", name="确定"))
    assert page.locator(".notice.good").count(), page.locator("main").inner_text()[:1500]


def test_from_a_leaking_tap_to_a_rating(house: Any) -> None:
    lease = active_lease(house.cast)
    firm = write_contractor(
        house.cast.actor("supervisor"),
        house.cast.district,
        name="和顺物业",
        kind="property",
        logins="property",
    )
    phone = house.seat(citizen_of(lease.tenant), width=390, scripts=False)
    house.open(phone, "/my/")
    go(phone, phone.get_by_role("link", name="报修", exact=True))
    phone.get_by_label("漏水、堵塞").check()
    phone.get_by_label("拍照").set_input_files([photograph("#88aacc")])
    go(phone, phone.get_by_role("button", name="提交报修"))
    assert "报修已收到" in phone.locator("main").inner_text()
    assert phone.locator(".photos img").count() == 1
    order = RepairOrder.objects.get()
    home = f"/office/repairs/{order.number}/acts/"
    press(house, "hotline_agent", f"{home}triage/", urgent="no", text="已受理，维修人员会与您联系")
    press(house, "field_inspector", f"{home}assign/", contractor=str(firm.pk), worker="王师傅")
    mend(house, order)
    phone.reload()
    shown = phone.locator("main").inner_text()
    assert "不收费" in shown or "产权单位承担" in shown
    phone.get_by_label("非常满意", exact=True).check()
    go(phone, phone.get_by_role("button", name="提交评价"))
    assert "谢谢您的评价" in phone.locator("main").inner_text()
    order.refresh_from_db()
    assert (order.state, order.stars, order.owner_fen) == ("rated", 5, 4_500)
    now = timezone.now() + timedelta(minutes=1)
    scope = Scope(frozenset({house.cast.district.pk}), now.year, now)
    assert compute("repair.answered_in_time", scope).value == 100
    assert compute("repair.orders", scope).value == 1


def mend(house: Any, order: RepairOrder) -> None:
    """The firm's man at the door: arrived, a photograph, what was used, done."""
    worker = house.seat(house.cast.account("property_user"), width=390)
    house.open(worker, "/office/crew/")
    go(worker, worker.get_by_role("link", name=order.place))
    go(worker, worker.get_by_role("button", name="我已到场"))
    worker.get_by_label("维修后照片").set_input_files([photograph("#99bb77")])
    go(worker, worker.get_by_role("button", name="上传维修后照片"))
    for code, given in (
        ("line", {"code": "tap", "quantity": "1.00"}),
        (
            "finish",
            {
                "cause": "wear",
                "part": "fixed",
                "text": "更换水龙头，试水不漏",
                "way": "paper",
                "name": "承租人",
            },
        ),
    ):
        form = worker.locator(f'form:has(input[name="act"][value="{code}"])')
        worker.locator(f'details:has(input[name="act"][value="{code}"]) > summary').click()
        for name, value in given.items():
            choose(form, name, value)
        go(worker, form.get_by_role("button").last)
        assert worker.locator(".notice.good").count(), worker.locator("main").inner_text()[:1500]
