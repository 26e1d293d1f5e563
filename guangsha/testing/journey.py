"""Journeys in a real browser: somebody sits down at a page and goes through it, as the catalogue of services says.

A :class:`House` is one installation that runs; :meth:`House.seat` gives a signed-in person a browser of their own, and staff
take turns at the one :class:`Desk` of a run, because a new browser costs more than the page that it opens. Nothing sleeps:
every step waits for what the page shows. Bodies and names are invented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page

from guangsha.areas.intake import actions
from guangsha.areas.intake.catalogue import Field, Group, Service, service
from guangsha.areas.intake.jobs import ask_sources
from guangsha.areas.intake.models import Case, Notice
from guangsha.areas.intake.queries import case_page
from guangsha.areas.verification.models import Verification
from guangsha.areas.verification.simulator import Exchange
from guangsha.people.models import Account, Appointment
from guangsha.testing.cast import Cast

PDF: FilePayload = {"name": "材料.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%invented\n"}
#: What a field is given by its name, where its kind alone does not say what makes sense.
BY_NAME: Mapping[str, str] = {
    "name": "李建国", "community": "湖畔社区", "ends_on": "2027-12-31", "starts_on": "2027-01-01",
    "contract_until": "2028-12-31", "leave_on": "2026-12-31", "members": "2", "owners": "30", "agreed": "25", "occupants": "2",
    "area": "56.2", "case_number": "",
}  # fmt: skip
BY_KIND: Mapping[str, str] = {
    "text": "某项", "long_text": "情况说明：家中漏水，请上门查看。", "identity": "", "phone": "19900000001",
    "bank_account": "6222020000000000000", "date": "2026-01-05", "month": "2026-01", "money": "1200", "area": "56.2",
    "number": "2", "address": "湖滨区洞庭路 1 号", "yes_no": "no",
}  # fmt: skip


#: Pages wait this long: a machine that does other things as well. In milliseconds.
PATIENCE_MS = 60_000


class Desk:
    """The browser at which staff take turns; it outlives a house. ``context`` alone is asked whose turn it is."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        self.page = self.context.new_page()
        self.house: House | None = None
        watch(self.page, lambda: self.house)

    def sit(self, house: House, account: Account | None) -> Page:
        """The page, signed in as ``account`` and as nobody before them."""
        self.house = house
        self.context.clear_cookies()
        if account is not None:
            sign_in(self.context, house.address, account)
        return self.page


def sign_in(context: BrowserContext, address: str, account: Account) -> None:
    """Give a browser the session of ``account``."""
    client = Client()
    client.force_login(account)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


def watch(page: Page, house: Callable[[], House | None]) -> None:
    """Note what the page complains of, and every request that leaves the house."""

    def problem(text: str) -> None:
        if (now := house()) is not None:
            now.problems.append(text)

    def asked(url: str) -> None:
        if (now := house()) is not None and not url.startswith((now.address, "data:", "blob:")):
            now.problems.append(url)

    page.set_default_timeout(PATIENCE_MS)
    # a form that is sent back with what is wrong answers 400, which the browser notes as an error
    sent_back = "the server responded with a status of 400 (Bad Request)"
    page.on(
        "console",
        lambda m: problem(m.text) if m.type in ("error", "warning") and sent_back not in m.text else None,
    )
    page.on("pageerror", lambda error: problem(str(error)))
    page.on("request", lambda r: asked(r.url))


@dataclass
class House:
    """One running installation: its address, its people, the exchange that it asks."""

    address: str
    browser: Browser
    cast: Cast
    exchange: Exchange
    desk: Desk
    problems: list[str] = field(default_factory=list)

    def seat(self, account: Account | None, *, width: int = 1280, scripts: bool = True) -> Page:
        """A browser of one's own, signed in as ``account``; None: nobody."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN", java_script_enabled=scripts
        )
        if account is not None:
            sign_in(context, self.address, account)
        page = context.new_page()
        watch(page, lambda: self)
        return page

    def open(self, page: Page, path: str) -> None:
        """Go to a page of this house; it must be there."""
        answer = page.goto(self.address + path)
        assert answer is not None and answer.ok, (path, answer and answer.status)

    # --- the citizen

    def apply(self, page: Page, code: str, given: Mapping[str, str] | None = None) -> str:
        """From the guide of a service to the receipt; the number of the case."""
        self.open(page, f"/services/{code}/")
        page.get_by_role("link", name="立即办理").click()
        go(page, page.get_by_role("button", name=re.compile("开始填写|重新填一份")))
        return self.fill(page, service(code), given or {})

    def fill(self, page: Page, chosen: Service, given: Mapping[str, str]) -> str:
        """Every page of the form, the materials, the check, the receipt."""
        groups = {group.code: group for group in chosen.form}
        for _ in range(len(groups) + 3):
            here = urlsplit(page.url).path.rstrip("/").rsplit("/", 1)[-1]
            if here == "check":
                return self.send(page)
            if here == "materials":
                for box in page.locator("input[type=file][required]").all():
                    box.set_input_files([PDF])
            else:
                fill_group(page, groups[here], given)
            go(page, page.locator("button.big", has_text="下一步"))
            faults = page.locator("#faults")
            assert faults.count() == 0, (here, faults.inner_text())
        raise AssertionError("the form has no end")

    def send(self, page: Page) -> str:
        """Agree, promise, submit; the number on the receipt."""
        for box in page.locator("form.apply-form input[type=checkbox]").all():
            box.check()
        assert page.locator(".notice.warn").count() == 0, page.locator(".notice.warn").inner_text()
        go(page, page.get_by_role("button", name="提交申请"))
        number = page.locator(".receipt-number")
        assert number.count(), page.locator("main").inner_text()
        return number.inner_text().strip()

    def read_and_rate(self, page: Page, number: str, words: str, stars: str = "非常满意") -> None:
        """The decision is there, its letter can be read, the rating is taken."""
        self.open(page, f"/my/cases/{number}/")
        page.locator("#letters ~ ul a").first.click()
        page.get_by_text(words).first.wait_for()
        self.rate(page, number, stars)

    def rate(self, page: Page, number: str, stars: str) -> None:
        """Rate how the case went."""
        self.open(page, f"/my/cases/{number}/")
        page.get_by_label(stars, exact=True).check()
        go(page, page.get_by_role("button", name="提交评价"))
        page.get_by_role("heading", name="您的评价").wait_for()

    # --- the office

    def verify(self, **held: Mapping[str, Any]) -> None:
        """The worker asks the exchange. Everybody is known and nothing speaks against them, except what ``held`` says by source."""
        known: dict[str, dict[str, dict[str, Any]]] = {}
        for row in Verification.objects.filter(outcome="").select_related("person"):
            data = {"alive": True, "name": row.person.name, **held.get(row.source, {})}
            known.setdefault(row.person.identity, {})[row.source] = data
        self.exchange.people = known
        ask_sources(timezone.now())

    def who_may(self, case: Case, act: str) -> Account | None:
        """Somebody of the cast who may do ``act`` now; whoever usually does it is asked first."""
        plan = service(case.service)
        step = plan.step(case.step)
        usual = {
            "accept": "street_clerk",
            "publish_notice": "publicity_editor",
            "give_opinion": step.role if step else "",
        }.get(act, plan.decision.role if plan.decision else "")
        cast = self.cast
        people = [*cast.staff.values(), cast.second_reviewer, cast.second_approver, cast.second_clerk]
        people += list(Account.objects.filter(username__startswith="extra"))
        first = set(Appointment.objects.filter(role=usual).values_list("account_id", flat=True))
        for account in sorted(people, key=lambda account: account.pk not in first):
            actor = cast.actor(account)
            if case.agency_id in actor.scope and act in case_page(case, actor).acts:
                return account
        return None

    def act(self, number: str, act: str, **chosen: str) -> str:
        """Do one act on the page of the case; who did it. ``chosen``: radio buttons and texts by name."""
        page, who = self._send_act(number, act, chosen)
        if act == "decide":
            page.get_by_role("region", name="决定书预览").wait_for()
            go(page, page.get_by_role("button", name="确认作出决定"))
        done = page.locator(".notice.good")
        assert done.count(), page.locator("main").inner_text()[:1500]
        return who

    def refused_decision(self, number: str, outcome: str, **chosen: str) -> str:
        """Ask for the preview of a decision that may not be made; why not."""
        page, _ = self._send_act(number, "decide", {"outcome": outcome, **chosen})
        found = page.locator("#faults")
        assert found.count(), page.locator("main").inner_text()[:1500]
        return found.inner_text()

    def _send_act(self, number: str, act: str, chosen: Mapping[str, str]) -> tuple[Page, str]:
        case = Case.objects.get(number=number)
        who = self.who_may(case, act)
        assert who is not None, f"nobody may {act} in {case.state}/{case.step}"
        page = self.desk.sit(self, who)
        self.open(page, f"/office/cases/{number}/")
        form = page.locator(f"#act-{act}")
        if form.get_attribute("open") is None:
            form.locator("summary").first.click()
        for box in form.locator("input[name=checked]").all():
            box.check()
        for name, value in chosen.items():
            choose(form, name, value)
        go(page, form.locator("form > button[type=submit], form > .confirm-box button").last)
        return page, str(who)

    def ask_supplement(self, number: str, words: str) -> list[str]:
        """Tell the applicant once what is unfit: every material that can be asked for, with ``words``; their codes."""
        clerk = self.who_may(Case.objects.get(number=number), "request_supplement")
        assert clerk is not None
        page = self.desk.sit(self, clerk)
        self.open(page, f"/office/cases/{number}/")
        form = page.locator("#act-request_supplement")
        if form.get_attribute("open") is None:
            form.locator("summary").first.click()
        codes = form.locator("input[name=item]").evaluate_all("all => all.map(e => e.value)")
        for code in codes:
            form.locator(f'input[name=item][value="{code}"]').check()
            form.locator(f'[name="why.{code}"]').fill(words)
        go(page, form.get_by_role("button", name="一次告知补正"))
        assert page.locator(".notice.good").count(), page.locator("main").inner_text()[:1500]
        return [str(code) for code in codes]

    def notice_passes(self, number: str) -> None:
        """The notice is public, and its days go by."""
        notice = Notice.objects.filter(cases__number=number, state="running").latest(
            "id"
        )  # each round has its own
        self.open(self.desk.sit(self, None), f"/notices/{notice.number}/")
        days = (notice.ends_on - timezone.localdate()).days + 1
        Notice.objects.filter(pk=notice.pk).update(
            starts_on=notice.starts_on - timedelta(days=days), ends_on=notice.ends_on - timedelta(days=days)
        )
        actions.end_notices(timezone.now())

    def carry(self, number: str, outcome: str = "approved", *, until: str = "", **decision: str) -> None:
        """From where the case is to the service of the decision, or to the state ``until``, whoever has to act."""
        for _ in range(24):
            case = Case.objects.get(number=number)
            if case.state == until:
                return
            match case.state:
                case "submitted":
                    self.act(number, "accept")
                case "accepted" | "verifying":
                    self.verify()
                    moved = Case.objects.get(number=number)
                    assert moved.state != case.state, list(
                        Verification.objects.values_list(
                            "source", "outcome", "fault", "attempts", "next_try_at"
                        )
                    )
                case "publicity":
                    self.act(number, "publish_notice")
                    self.notice_passes(number)
                case "deciding":
                    self.act(number, "decide", outcome=outcome, **decision)
                case "approved" | "rejected":
                    if case.decisions.filter(served_at=None).exists():
                        self.act(number, "serve", way="网上送达")
                        continue
                    return
                case "effective":
                    return
                case _:
                    self.act(number, "give_opinion", verdict="pass")
        raise AssertionError(f"{number} does not end")


def go(page: Page, button: Locator) -> None:
    """Press something that leads to a page, and wait for that page."""
    with page.expect_navigation():
        button.click()


def choose(form: Locator, name: str, value: str) -> None:
    """Give one field of a form its value, whatever it is."""
    radios = form.locator(f'input[name="{name}"][value="{value}"]')
    if radios.count():
        radios.check()
        return
    box = form.locator(f'[name="{name}"]')
    if box.evaluate("e => e.tagName") == "SELECT":
        box.select_option(value)
    else:
        box.fill(value)


def fill_group(page: Page, group: Group, given: Mapping[str, str]) -> None:
    """Each visible required field of a page by its kind; what is filled in already stays unless ``given`` says otherwise."""
    if group.table is not None:
        return
    for item in group.fields:
        name = f"{group.code}.{item.name}"
        dated = item.kind in ("date", "month")
        boxes = page.locator(
            f'form.apply-form [name="{name}.year"]' if dated else f'form.apply-form [name="{name}"]'
        )
        if not boxes.count() or not boxes.first.is_visible():
            continue
        if name in given or item.required:
            _fill(page, item, name, boxes, given.get(name))


def _fill(page: Page, item: Field, name: str, boxes: Locator, given: str | None) -> None:
    if item.kind in ("date", "month"):
        if boxes.first.input_value() and given is None:
            return
        value = given or BY_NAME.get(item.name, BY_KIND[item.kind])
        for part, text in zip(("year", "month", "day"), value.split("-"), strict=False):
            page.locator(f'[name="{name}.{part}"]').fill(text)
        return
    wanted = given if given is not None else BY_NAME.get(item.name, BY_KIND.get(item.kind, ""))
    if boxes.first.get_attribute("type") in ("radio", "checkbox"):
        if given is None and any(box.is_checked() for box in boxes.all()):
            return
        right = [box for box in boxes.all() if box.get_attribute("value") == wanted]
        (right or boxes.all())[0].check()
    elif boxes.first.evaluate("e => e.tagName") == "SELECT":
        if given is not None or not boxes.first.input_value():
            values = boxes.first.locator("option").evaluate_all("all => all.map(e => e.value).filter(v => v)")
            boxes.first.select_option(wanted if wanted in values else values[0])
    elif given is not None or not boxes.first.input_value():
        boxes.first.fill(wanted)
