"""Journeys that do not go straight: refused and examined again, supplemented once, withdrawn, objected to, edited twice."""

from __future__ import annotations

import re
from typing import Any

import pytest

from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Case, Draft, Objection, Remedy
from guangsha.testing.journey import PDF, choose, fill_group, go

OVER = {"monthly_income_fen": 900_000}  # fen a month, far above what the form says


def refused(house: Any, citizen: Any) -> str:
    """An application whose income differs, on which the applicant was heard, refused by the usual approver."""
    number = house.apply(citizen, "elig_apply")
    house.act(number, "accept")
    house.verify(tax=OVER)
    house.act(number, "give_opinion", verdict="fail", reasons="income_over", text="收入高于标准")
    # nobody may be refused on a difference that they were not heard on (社会救助法 §48)
    why = house.refused_decision(number, "rejected", reasons="income_over")
    assert "须先告知申请人并听取说明" in why
    house.open(citizen, f"/my/cases/{number}/")
    hearing = citizen.locator("section[id^=hearing-]")
    assert "收入" in hearing.inner_text()
    hearing.get_by_label("情况说明").fill("其中大部分是一次性的拆迁过渡费。")
    go(citizen, hearing.get_by_role("button", name="提交说明"))
    house.act(number, "decide", outcome="rejected", reasons="income_over")
    assert Case.objects.get(number=number).state == "rejected"
    return str(number)


def asks_again(house: Any, citizen: Any, number: str) -> Remedy:
    """The applicant reads the letter, which says why and how to contest it, and asks on the page of the case."""
    house.open(citizen, f"/my/cases/{number}/")
    citizen.locator("#letters ~ ul a").first.click()
    citizen.get_by_text("家庭人均收入高于当地标准").first.wait_for()
    letter = citizen.locator("main").inner_text()
    for words in ("公共租赁住房管理办法第七条", "行政复议", "行政诉讼"):
        assert words in letter, words
    house.open(citizen, f"/my/cases/{number}/")
    citizen.get_by_text("对决定不服，申请复核").click()
    citizen.get_by_label("请求和理由").fill("过渡费不是工资，请重新计算。")
    go(citizen, citizen.get_by_role("button", name="提交复核申请"))
    return Remedy.objects.get(case__number=number)


def answers(house: Any, remedy: Remedy, upheld: str) -> None:
    desk = house.desk.sit(house, house.cast.staff["legal_officer"])
    house.open(desk, f"/office/remedies/{remedy.pk}/")
    choose(desk.locator("form").last, "upheld", upheld)
    desk.get_by_label("复核答复").fill("过渡费不计入收入。" if upheld == "no" else "经复核，收入认定无误。")
    go(desk, desk.get_by_role("button", name="送出答复"))
    remedy.refresh_from_db()
    assert remedy.answered_by_id not in (None, remedy.decision.decided_by_id)


def test_refused_heard_examined_again_and_changed_by_another_person(house: Any) -> None:
    citizen = house.seat(house.cast.applicant)
    number = refused(house, citizen)
    answers(house, asks_again(house, citizen, number), "no")
    case = Case.objects.get(number=number)
    assert case.state == "deciding"
    first = case.decisions.get()
    # the review that did not pass is done again, and somebody else than the first approver decides
    house.act(number, "return_to", step="street_review", text="收入重新计算")
    house.carry(number)
    last = case.decisions.order_by("-id").first()
    assert (first.outcome, last.outcome) == ("rejected", "approved")
    assert last.decided_by_id != first.decided_by_id
    house.open(citizen, f"/my/cases/{number}/")
    assert citizen.locator("#letters ~ ul a").count() == 2, "the first letter stays"
    citizen.get_by_role("link", name=re.compile("准予|通知书|决定书")).last.wait_for()
    house.rate(citizen, number, "满意")


def test_refused_heard_examined_again_and_upheld(house: Any) -> None:
    citizen = house.seat(house.cast.applicant)
    number = refused(house, citizen)
    answers(house, asks_again(house, citizen, number), "yes")
    assert Case.objects.get(number=number).state == "rejected"
    house.open(citizen, f"/my/cases/{number}/")
    assert "经复核，收入认定无误" in citizen.locator("main").inner_text()
    assert citizen.get_by_text("对决定不服，申请复核").count() == 0, "once; then courts and the government"
    house.rate(citizen, number, "不满意")


def test_everything_missing_is_told_once_and_handed_in(house: Any) -> None:
    citizen = house.seat(house.cast.applicant)
    number = house.apply(citizen, "lease_filing")
    asked = house.ask_supplement(number, "照片模糊，看不清日期")
    house.open(citizen, f"/my/cases/{number}/")
    citizen.get_by_role("link", name="去补材料").click()
    go(citizen, citizen.get_by_role("button", name="全部补好，提交"))
    assert citizen.locator("#faults").count(), "nothing was handed in yet"
    for box in citizen.locator("input[type=file]").all():
        box.set_input_files([PDF | {"buffer": PDF["buffer"] + b"%again\n"}])
    go(citizen, citizen.get_by_role("button", name="全部补好，提交"))
    assert Case.objects.get(number=number).state == "submitted" and asked
    desk = house.desk.sit(house, house.cast.staff["street_clerk"])
    house.open(desk, f"/office/cases/{number}/")
    assert desk.locator("#act-request_supplement").count() == 0, "only once"
    house.carry(number)
    house.read_and_rate(citizen, number, Case.objects.get(number=number).decisions.get().number)


def test_withdrawn_and_applied_for_again(house: Any) -> None:
    citizen = house.seat(house.cast.applicant)
    number = house.apply(citizen, "elig_apply")
    house.act(number, "accept")
    house.open(citizen, f"/my/cases/{number}/")
    citizen.locator("summary", has_text="撤回申请").click()
    citizen.get_by_label("撤回原因").fill("先等孩子户口迁来")
    go(citizen, citizen.get_by_role("button", name="确定撤回"))
    case = Case.objects.get(number=number)
    assert case.state == "withdrawn" and not case.decisions.exists()
    assert house.apply(citizen, "elig_apply") != number, "nothing is held against them"


@pytest.mark.parametrize("upheld", ["no", "yes"])
def test_an_anonymous_objection_is_examined_and_the_objector_stays_unknown(house: Any, upheld: str) -> None:
    citizen = house.seat(house.cast.applicant)
    number = house.apply(citizen, "elig_apply")
    house.carry(number, until="publicity")
    house.act(number, "publish_notice")
    notice = Case.objects.get(number=number).notices.get()
    passer_by = house.seat(None)
    house.open(passer_by, f"/notices/{notice.number}/")
    assert "李建国" not in passer_by.locator("main").inner_text()
    passer_by.get_by_label("情况").fill("这户在望岳小区另有一套房在出租，我是邻居赵某。")
    go(passer_by, passer_by.get_by_role("button", name="提交异议"))
    receipt = passer_by.locator(".receipt-number").inner_text().strip()
    house.open(citizen, f"/my/cases/{number}/")
    seen = citizen.locator("body").inner_text()
    assert "异议" in seen and "邻居" not in seen and receipt not in seen
    desk = house.desk.sit(house, house.cast.staff["legal_officer"])
    house.open(desk, f"/office/objections/{receipt}/")
    choose(desk.locator("form").last, "upheld", upheld)
    desk.get_by_label("核实情况").fill("已向不动产登记机构核实。")
    go(desk, desk.get_by_role("button", name="记下核实结果"))
    house.open(passer_by, f"/notices/objections/{receipt}/")
    assert "已向不动产登记机构核实" in passer_by.locator("main").inner_text()
    state = Case.objects.get(number=number).state
    assert state == ("district_review" if upheld == "yes" else "publicity")
    if upheld == "no":
        house.notice_passes(number)
    house.carry(number)
    assert Objection.objects.get().state == ("upheld" if upheld == "yes" else "dismissed")
    house.read_and_rate(citizen, number, Case.objects.get(number=number).decisions.get().number)


def test_two_windows_on_one_draft_lose_nothing_and_make_one_case(house: Any) -> None:
    citizen = house.seat(house.cast.applicant)
    chosen = service("repair")
    house.open(citizen, "/services/repair/")
    citizen.get_by_role("link", name="立即办理").click()
    go(citizen, citizen.get_by_role("button", name=re.compile("开始填写")))
    other = citizen.context.new_page()
    fill_group(citizen, chosen.form[0], {})
    go(citizen, citizen.locator("button.big", has_text="下一步"))
    other.goto(citizen.url)
    fill_group(citizen, chosen.form[1], {"fault.text": "厨房水管漏水"})
    fill_group(other, chosen.form[1], {"fault.text": "卫生间水管漏水"})
    go(other, other.locator("button.big", has_text="下一步"))
    # the first window has not seen what the second one saved: it is told, keeps what was typed, and writes nothing
    go(citizen, citizen.locator("button.big", has_text="下一步"))
    assert "别的窗口改过" in citizen.locator("#faults").inner_text()
    assert citizen.get_by_label("详细情况").input_value() == "厨房水管漏水"
    assert "卫生间" in str(Draft.objects.get().answers)
    go(citizen, citizen.locator("button.big", has_text="下一步"))
    assert "厨房" in str(Draft.objects.get().answers)
    for page in (citizen, other):
        house.open(page, re.sub(r".*(/apply/repair/\d+/).*", r"\1check/", citizen.url))
    number = house.send(citizen)
    # the second window sends the same draft again: the same receipt, not a second case
    assert house.send(other) == number
    assert Case.objects.count() == 1 and not Draft.objects.exists()
