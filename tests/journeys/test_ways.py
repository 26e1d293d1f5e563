"""The essential path on other ways than mouse and script: without scripts, with the keyboard alone, in the elder version."""

from __future__ import annotations

import re
from typing import Any

from guangsha.areas.intake import actions
from guangsha.areas.intake.catalogue import Field, service
from guangsha.areas.intake.models import Case, Objection, Rating
from guangsha.testing.journey import BY_KIND, BY_NAME, PDF, fill_group, go
from guangsha.testing.walk import look

#: 18 pt and 60 px: the elder version of the ministry's rules (工信部《互联网网站适老化通用设计规范》2021).
ELDER_TEXT_PX, ELDER_TARGET_PX = 24, 60


def test_the_whole_path_without_scripts(house: Any) -> None:
    """Find a service, test oneself, fill in, leave, resume, upload, submit, track, object, read the letter, rate."""
    page = house.seat(house.cast.applicant, scripts=False)
    chosen = service("talent_apply")
    groups = {group.code: group for group in chosen.form}
    house.open(page, "/")
    page.locator("#hero-search").fill("大学毕业生")
    go(page, page.locator(".hero").get_by_role("button", name="搜索"))
    page.get_by_role("link", name=chosen.name).first.click()
    page.get_by_role("group", name="您在本地缴纳社保").get_by_label("是").check()
    page.get_by_role("group", name="您或配偶在本地有住房").get_by_label("否").check()
    go(page, page.get_by_role("button", name="看结果"))
    page.get_by_text("初步符合").wait_for()
    page.get_by_role("link", name="立即办理").click()
    go(page, page.get_by_role("button", name="开始填写"))
    fill_group(page, groups["applicant"], {})
    go(page, page.get_by_role("button", name="保存，以后再填"))
    page.get_by_role("heading", name="草稿已保存").wait_for()
    house.open(page, "/my/")
    page.get_by_role("link", name=re.compile("继续填写")).click()
    assert page.locator('[name="applicant.name"]').input_value() == "李建国", "what was typed is still there"
    while not page.url.rstrip("/").endswith("materials"):
        fill_group(page, groups[page.url.rstrip("/").rsplit("/", 1)[-1]], {})
        go(page, page.locator("button.big", has_text="下一步"))
        assert page.locator("#faults").count() == 0, page.locator("#faults").inner_text()
    go(page, page.locator("button.big", has_text="下一步"))
    page.locator("#faults").get_by_role("link").first.click()
    assert page.locator(":target").get_attribute("type") == "file", "what is missing leads to its field"
    house.problems[:] = [text for text in house.problems if "status of 400" not in text]
    for name in ("diploma", "labour_contract"):
        page.locator(f"#f-{name}").set_input_files([PDF])
    go(page, page.get_by_role("button", name="上传所选文件"))
    assert page.locator(".kept li").count() == 2
    go(page, page.locator("button.big", has_text="下一步"))
    number = house.send(page)
    neighbour = house.seat(None, scripts=False)
    house.open(neighbour, "/track/")
    neighbour.get_by_label("办件编号").fill(number)
    neighbour.get_by_label("手机号后四位").fill("0001")
    go(neighbour, neighbour.get_by_role("button", name="查询", exact=True))
    assert "这一步最迟" in neighbour.locator("#found ~ *, section:has(#found)").first.inner_text()
    to_the_notice(house, number)
    house.open(neighbour, "/notices/")
    neighbour.locator("section", has=neighbour.locator("#running")).get_by_role("link").first.click()
    neighbour.get_by_label("情况").fill("他在城东还有一套住房。")
    go(neighbour, neighbour.get_by_role("button", name="提交异议"))
    receipt = neighbour.locator(".receipt-number").inner_text().strip()
    house.open(page, f"/my/cases/{number}/")
    assert "城东" not in page.inner_text("main"), "who is objected to does not read who said what"
    objection = Objection.objects.get(receipt=receipt)
    actions.settle_objection(
        house.cast.actor("district_reviewer"), objection.pk, False, "经查不动产登记，没有其他住房。"
    )
    house.open(neighbour, "/track/")
    neighbour.get_by_label("异议回执号").fill(receipt)
    go(neighbour, neighbour.get_by_role("button", name="查询结果"))
    assert "没有其他住房" in neighbour.inner_text("main")
    house.notice_passes(number)
    house.carry(number)
    decision = Case.objects.get(number=number).decisions.get()
    house.read_and_rate(page, number, decision.number, "基本满意")
    assert Rating.objects.get(case__number=number).grade == 3


def to_the_notice(house: Any, number: str) -> None:
    """From submission until the notice is public."""
    for _ in range(8):
        case = Case.objects.get(number=number)
        match case.state:
            case "submitted":
                house.act(number, "accept")
            case "accepted" | "verifying":
                house.verify()
            case "publicity":
                house.act(number, "publish_notice")
                return
            case _:
                house.act(number, "give_opinion", verdict="pass")
    raise AssertionError(f"{number} is never published")


_FOCUSED = """() => { const e = document.activeElement, s = getComputedStyle(e), box = e.closest("fieldset");
  return {tag: e.tagName, type: e.type || "", name: e.name || "", value: e.value || "", text: e.innerText || e.textContent,
    required: !!e.required, big: e.matches("button.big"), id: e.id,
    answered: e.type === "radio" && !!document.querySelector(`input[name="${CSS.escape(e.name)}"]:checked`), checked: !!e.checked,
    seen: s.outlineStyle !== "none" || s.boxShadow !== "none",
    inside: e.getBoundingClientRect().bottom > 0 && e.getBoundingClientRect().top < innerHeight}; }"""


def focused(page: Any) -> dict[str, Any]:
    """What has the focus. Whoever has no mouse must see where they are."""
    found: dict[str, Any] = page.evaluate(_FOCUSED)
    assert found["tag"] in ("BODY", "MAIN") or (found["seen"] and found["inside"]), found
    return found


def walk_to(page: Any, words: str) -> None:
    """Tab until something that says ``words`` has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if words in focused(page)["text"]:
            return
    raise AssertionError(f"the keyboard does not reach “{words}” on {page.url}")


def enter(page: Any) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_the_keyboard_alone_applies_and_follows(house: Any) -> None:
    page = house.seat(house.cast.applicant)
    chosen = service("help")
    fields = {f"{group.code}.{item.name}": item for group in chosen.form for item in group.fields}
    house.open(page, "/services/help/")
    page.keyboard.press("Tab")
    assert focused(page)["text"] == "跳到正文", "the first stop leads past the navigation"
    page.keyboard.press("Enter")
    walk_to(page, "立即办理")
    enter(page)
    walk_to(page, "开始填写")
    enter(page)
    for _ in range(6):
        if "/receipt/" in page.url:
            break
        through_the_page(page, fields)
        assert page.locator("#faults").count() == 0, page.locator("#faults").inner_text()
    number = page.locator(".receipt-number").inner_text().strip()
    walk_to(page, "查看办件")
    enter(page)
    assert number in page.inner_text("main")
    walk_to(page, "撤回申请")
    page.keyboard.press("Enter")
    walk_to(page, "确定撤回")
    enter(page)
    assert Case.objects.get(number=number).state == "withdrawn"


def through_the_page(page: Any, fields: dict[str, Field]) -> None:
    """One page of the form: every stop in turn, what is required answered as it comes, the big button pressed."""
    for _ in range(120):
        page.keyboard.press("Tab")
        at = focused(page)
        if at["big"]:
            enter(page)
            return
        if at["type"] == "file":
            # the keyboard came here; the window in which one chooses a file is the browser's and not the page's
            page.locator(f"#{at['id']}").set_input_files([PDF])
        elif (at["type"] == "radio" and not at["answered"]) or (
            at["type"] == "checkbox" and not at["checked"]
        ):
            page.keyboard.press("Space")
        elif at["tag"] == "SELECT" and at["required"] and not at["value"]:
            page.keyboard.press("ArrowDown")
        elif (
            at["tag"] in ("INPUT", "TEXTAREA") and at["required"] and not at["value"] and at["name"] in fields
        ):
            item = fields[at["name"]]
            page.keyboard.type(BY_NAME.get(item.name, BY_KIND[item.kind]))
    raise AssertionError(f"the keyboard does not come through {page.url}")


def test_a_wrong_page_takes_the_focus_to_what_is_wrong(house: Any) -> None:
    page = house.seat(house.cast.applicant)
    house.open(page, "/apply/repair/")
    go(page, page.get_by_role("button", name="开始填写"))
    page.locator('[name="applicant.phone"]').fill("12")
    go(page, page.get_by_role("button", name="下一步"))
    assert page.title().startswith("有错误：")
    assert page.evaluate("document.activeElement.id") == "faults", (
        "the list of what is wrong is read out first"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'f-applicant-phone'")
    house.problems[:] = [text for text in house.problems if "status of 400" not in text]


def test_the_elder_version_is_large_everywhere_and_stays(house: Any) -> None:
    page = house.seat(house.cast.applicant, width=360)
    number = house.apply(
        page, "repair", {"fault.address": "岳州市湖滨区湖畔花园三期东区 12 栋 3 单元 1702 室" * 2}
    )
    house.open(page, "/")
    page.get_by_role("link", name="长者版").click()
    pages = (
        "/", "/services/", "/services/elig_apply/", "/track/", "/notices/", "/my/", "/my/data/", "/my/messages/",
        f"/my/cases/{number}/", f"/my/cases/{number}/receipt/", "/apply/repair/", "/sign-in/",
    )  # fmt: skip
    for path in pages:
        house.open(page, path)
        assert look(page, (1280, 360)) == [], path
        small = page.evaluate(_SMALL, [ELDER_TEXT_PX, ELDER_TARGET_PX])
        assert small == [], (path, small)
    house.open(page, "/apply/repair/")
    go(page, page.get_by_role("button", name=re.compile("开始填写|重新填一份")))
    assert look(page, (360,)) == [] and page.evaluate(_SMALL, [ELDER_TEXT_PX, ELDER_TARGET_PX]) == []
    here = page.url
    page.get_by_role("link", name="标准版").click()
    assert page.url == here, "the switch comes back to where one was"
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") < ELDER_TEXT_PX


#: Text below the size, and buttons and fields below the height. A link within a sentence is text.
_SMALL = """([text, target]) => {
  const seen = e => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden" && !e.closest(".visually-hidden, .skip");
  const small = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && seen(e) && !["SCRIPT", "STYLE"].includes(e.tagName) && !e.closest(".count, .digest")) {
      const size = parseFloat(getComputedStyle(e).fontSize);
      if (size && size < text - 0.5) small.push(`${size} px: ${walker.currentNode.data.trim().slice(0, 30)}`);
    }
  }
  for (const e of document.querySelectorAll("button, .button, select, textarea, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), nav a, .option"))
    if (seen(e) && e.getBoundingClientRect().height < target - 0.5) small.push(`${Math.round(e.getBoundingClientRect().height)} px high: ${(e.innerText || e.name || "").slice(0, 30)}`);
  return [...new Set(small)].slice(0, 12);
}"""
