"""Every page of the staff in a real browser, on a desk and on a telephone.

The list of pages is that of the URL configuration: an address below /office/ or /admin/ that is neither visited here nor
named as something other than a page fails. On each page: no fault against WCAG 2.1 A and AA (axe), no request to another
host, nothing complained of in the console, no sideways scroll.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from guangsha.areas.office.tests.one_of_each import RECOVERY_CODE, OneOfEach, one_of_each
from guangsha.areas.rent.tests.one_of_each import visits as rent_visits
from guangsha.people.gates import gate_of
from guangsha.people.roles import ROLES
from guangsha.testing.cast import Cast
from guangsha.testing.effort import WIDE
from guangsha.testing.walk import WIDTHS, look, width_by_turns, width_of
from guangsha.web.reach import may_open

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pages]

#: The entrance, and what helpers fill in for citizens, are walked together with the pages of citizens.
ELSEWHERE = ("office/sign-in/", "office/sign-out/", "office/proxy/")
#: What is no page, and what it is instead. Acts (which refuse GET) are recognised by that and not listed.
NO_PAGE = {
    "office/next/": "leads to the next case",
    "office/materials/<int:key>/<int:page>.png": "picture",
    "office/materials/<int:key>/file": "file",
    "office/batches/<slug:number>/file/": "file",
    "office/imports/template.xlsx": "file",
    "office/imports/<int:key>/result.xlsx": "file",
    "office/performance/<int:key>/table.yaml": "file",
    "office/performance/<int:key>/versions/<int:number>/files/<str:name>": "file",
    "office/reviews/<int:key>/differences.xlsx": "file",
    "office/draws/<slug:draw_id>/<slug:holder>.escrow": "file",
    "office/repairs/photos/<int:key>.jpg": "picture",
    "office/leases/<slug:number>/contract.<slug:kind>": "file",
    "office/rent/letters/<int:key>/letter.<slug:kind>": "file",
    "office/rent/letters/buildings/<int:building>/letters.<slug:kind>": "file",
    "office/rent/receipts/<int:key>/confirmation.<slug:kind>": "file",
    "office/leases/<slug:number>/files/<slug:stored>/": "picture",
    "office/crew/photos/<int:key>.jpg": "picture",
    "office/stock/pictures/<int:key>/": "picture",
    "office/stock/checks/<int:key>/photo/": "picture",
    "office/stock/surveys/template.xlsx": "file",
    "admin/login/": "leads to the one entrance",
    "admin/logout/": "leads to one's own account",
    "admin/password_change/": "leads to one's own account",
    "admin/password_change/done/": "leads to one's own account",
    "admin/autocomplete/": "answers a field, not a person",
    "admin/jsi18n/": "words of a script",
    "admin/search/": "answers a field, not a person",
    "admin/r/<path:content_type_id>/<path:object_id>/": "leads to a page of the object; ours have none",
    "admin/(?P<url>.*)$": "what does not exist",
    "admin/people/<>/<path:object_id>/": "leads to the change page",
    "admin/people/<>/<path:object_id>/delete/": "nothing is deleted here",
    "admin/people/<>/<path:object_id>/history/": "what was done is in the log of acts",
}

Then = Callable[[Any], None]
Visit = tuple[str, str] | tuple[str, str, Then]


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        elif route.startswith(("office/", "admin/")) and not route.startswith(ELSEWHERE):
            yield route.replace("admin/^", "admin/"), entry


ALL = dict(routes(get_resolver().url_patterns))


def not_a_page(route: str) -> bool:
    return re.sub(r"^admin/people/\w+/", "admin/people/<>/", route) in NO_PAGE or route in NO_PAGE


def choose_two_and_assign(page: Any) -> None:
    for place in range(2):
        page.locator("input.pick").nth(place).check()
    with page.expect_navigation():
        page.get_by_role("button", name="分派给同事").click()


def refuse_without_words(page: Any) -> None:
    """An act that cannot be done comes back with what is wrong."""
    page.get_by_label("通过", exact=True).check()
    with page.expect_navigation():
        page.get_by_role("button", name="提交审核意见").click()


def ask_for_the_plain_value(page: Any) -> None:
    page.locator("a.reveal").first.click()
    page.get_by_label("查看身份证号的理由").wait_for()


def make_codes_anew(page: Any) -> None:
    page.get_by_label("现在的动态口令或恢复码").fill(RECOVERY_CODE)
    with page.expect_navigation():
        page.get_by_role("button", name="生成").click()


def visits(one: OneOfEach | Anything) -> list[Visit]:
    """Who opens what: every page at least once, the page of a case in its stations, and pages that only a form leads to."""
    case, home = "/office/cases/{}/".format, f"/office/households/{one.household.number}/"
    person = f"/office/persons/{one.household.head_id}/"
    return [
        *((who, "/office/") for who in ("street_clerk", "supervisor", "system_admin", "accountant")),
        ("supervisor", "/office/search/?q=chen"), ("street_clerk", "/office/search/?q=430699"),
        ("district_reviewer", "/office/cases/"), ("supervisor", "/office/cases/?scope=closed"), ("far_reviewer", "/office/cases/"),
        ("district_reviewer", "/office/cases/?state=step:district_review", choose_two_and_assign),
        ("street_clerk", case(one.new.number), ask_for_the_plain_value), ("street_clerk", case(one.at_street.number), refuse_without_words),
        ("second_reviewer", case(one.at_district.number)), ("district_approver", case(one.deciding.number)),
        *(("supervisor", case(each.number)) for each in (one.decided, one.repair, one.objected, one.rejected, one.supplement, one.heard)),
        ("street_clerk", case(one.new.number) + "reveal/?field=applicant.identity"), ("street_clerk", case(one.new.number) + "receipt/"),
        ("district_approver", case(one.decided.number) + "letter/"), ("supervisor", f"/office/materials/{one.material.pk}/"),
        ("publicity_editor", "/office/notices/"), ("supervisor", "/office/notices/?state=running"),
        ("publicity_editor", f"/office/notices/{one.notice.number}/"),
        ("supervisor", "/office/objections/"),
        ("legal_officer", f"/office/objections/together/?receipt={one.objection.receipt}"), ("district_reviewer", f"/office/objections/{one.objection.receipt}/"),
        ("legal_officer", "/office/remedies/"), ("legal_officer", f"/office/remedies/{one.remedy.pk}/"),
        ("supervisor", "/office/ratings/"), ("supervisor", "/office/ratings/?which=all"),
        ("supervisor", "/office/spot-checks/"), ("supervisor", f"/office/spot-checks/{one.spot_check.pk}/"),
        ("street_clerk", "/office/window/"), ("street_clerk", f"/office/window/{one.draft.pk}/"),
        ("street_clerk", "/office/identity/"), ("supervisor", "/office/identity/"),
        ("supervisor", "/office/figures/"), ("supervisor", "/office/messages/"), ("system_admin", "/office/messages/"),
        ("system_admin", "/office/jobs/"), ("system_admin", "/office/inbox/"), ("supervisor", "/office/inbox/"), ("audit_admin", "/office/audit/"), ("supervisor", "/office/reveals/"),
        ("street_clerk", "/office/households/"), ("district_reviewer", "/office/households/?q=chen"),
        ("street_clerk", "/office/households/new/"), ("street_clerk", home),
        *(("street_clerk", f"{home}acts/{code}/") for code in ("member", "move", "home", "close")),
        ("street_clerk", f"{home}members/{one.member.pk}/end/"), ("street_clerk", person),
        *(("street_clerk", f"{person}acts/{code}/") for code in ("change", "status")),
        ("street_clerk", f"{person}statuses/{one.status.pk}/end/"), ("street_clerk", f"{person}reveal/identity/"),
        ("district_reviewer", "/office/duplicates/"), ("district_reviewer", f"/office/duplicates/{one.pair.pk}/"),
        ("supervisor", "/office/merges/"), ("supervisor", f"/office/merges/{one.asked.pk}/"), ("supervisor", f"/office/merges/{one.merged.pk}/"),
        ("archivist", "/office/imports/"), ("archivist", f"/office/imports/{one.batch.pk}/"),
        ("district_reviewer", "/office/account/"), ("district_reviewer", "/office/account/factor/"),
        ("district_reviewer", "/office/account/recovery/", make_codes_anew), ("district_reviewer", "/office/delegations/"), ("security_admin", "/office/colleagues/"),
        ("security_admin", f"/office/colleagues/{one.appointment.account_id}/"),
        *subsidies(one),
        *allocations(one),
        *rent_visits(one.rent),
        *performance(one),
        *payments(one),
        *field_things(one),
        *draws(one),
        *stock(one),
        *leases(one),
        ("system_admin", "/admin/"), ("security_admin", "/admin/people/"),
        *(("system_admin", f"/admin/people/{table}/") for table in ("agency", "account", "appointment", "apitoken")),
        *(("system_admin", f"/admin/people/{table}/add/") for table in ("agency", "account", "apitoken")),
        ("security_admin", "/admin/people/appointment/add/"),
        ("system_admin", f"/admin/people/agency/{one.household.agency_id}/change/"),
        ("system_admin", f"/admin/people/account/{one.appointment.account_id}/change/"),
        ("security_admin", f"/admin/people/appointment/{one.appointment.pk}/change/"),
        ("system_admin", f"/admin/people/apitoken/{one.token.pk}/change/"),
    ]  # fmt: skip


def payments(one: OneOfEach | Anything) -> list[Visit]:
    """The pages of batches and their payments."""
    own = one.payment
    answered, draft = (f"/office/batches/{batch.number}/" for batch in (own.answered, own.draft))
    return [
        *((who, "/office/batches/") for who in ("supervisor", "rent_clerk")), ("accountant", "/office/batches/?scope=all"),
        ("rent_clerk", "/office/batches/new/"), ("accountant", "/office/batches/accounts/"), ("accountant", "/office/batches/restore/"), ("accountant", answered),
        ("auditor", f"{answered}?which=returned"), ("district_reviewer", draft), ("district_reviewer", f"{draft}acts/check/"),
        *(("accountant", f"{answered}items/{act}/") for act in ("2/surrender", "2/take-back", "1/come-back")),
        ("rent_clerk", f"{draft}items/1/drop/"), ("accountant", f"{answered}reconciliation/"),
        ("rent_clerk", f"/office/batches/samples/{own.sample.pk}/"),
    ]  # fmt: skip


def try_another_rent(page: Any) -> None:
    """The value in force is changed and tried."""
    page.locator("input[name=p-base_rent_m2]").fill("18")
    with page.expect_navigation():
        page.get_by_role("button", name="测算").first.click()


def subsidies(one: OneOfEach | Anything) -> list[Visit]:
    """The pages of agreements, calculations and claw-backs, in every station."""
    own, page = one.subsidy, "/office/subsidies/{}/".format
    acts = {
        own.draft: ("again", "sign", "discard", "account"), own.heard: ("change", "suspend", "end", "renew", "hold"),
    }  # fmt: skip
    return [
        *((who, "/office/subsidies/") for who in ("district_reviewer", "accountant", "auditor")),
        ("supervisor", "/office/subsidies/?scope=all"), ("supervisor", f"/office/subsidies/?q={own.draft.number}"),
        *(("second_reviewer", page(each.number)) for each in (own.draft, own.heard, own.owing)),
        ("accountant", page(own.owing.number)),
        *(("second_reviewer", f"{page(each.number)}acts/{code}/") for each, codes in acts.items() for code in codes),
        ("second_reviewer", f"/office/subsidies/calculations/{own.proposed.pk}/confirm/"),
        *(("second_reviewer", f"/office/subsidies/calculations/{own.hearing.pk}/{code}/") for code in ("hear", "drop")),
        ("accountant", f"/office/subsidies/clawbacks/{own.clawback.number}/recover/"),
        ("second_reviewer", f"/office/subsidies/clawbacks/{own.clawback.number}/consent/"),
        ("supervisor", f"/office/subsidies/clawbacks/{own.clawback.number}/write-off/"),
        *((who, "/office/reviews/") for who in ("second_reviewer", "auditor")),
        *((who, f"/office/reviews/{own.difference.run_id}/") for who in ("second_reviewer", "auditor")),
        *(("second_reviewer", f"/office/reviews/differences/{own.difference.pk}/{code}/") for code in ("confirm", "dismiss")),
        ("auditor", "/office/simulation/"), ("supervisor", "/office/simulation/", try_another_rent),
    ]  # fmt: skip


def leases(one: OneOfEach | Anything) -> list[Visit]:
    """Leases in their stations, violations, credentials, the acts on them."""
    own, page = one.tenancy, "/office/leases/{}/".format
    return [
        ("rent_clerk", "/office/leases/"), ("auditor", "/office/leases/?scope=all"), ("allocation_officer", "/office/leases/new/"),
        *(("rent_clerk", page(each.number)) for each in (own.draft, own.lived, own.leaving)), ("supervisor", page(own.asked.number)),
        ("allocation_officer", f"{page(own.draft.number)}acts/sign/"), ("field_inspector", f"{page(own.lived.number)}files/"),
        *(("rent_clerk", f"{page(own.lived.number)}acts/{code}/") for code in ("change", "exit", "grant", "violation")),
        ("district_approver", f"/office/leases/changes/{own.change.pk}/confirm/"),
        ("allocation_officer", f"/office/leases/credentials/{own.grant.pk}/approve/"),
        ("rent_clerk", f"/office/leases/hearings/{own.hearing.pk}/"),
        ("field_inspector", f"/office/leases/exits/{own.exit.number}/hand-back/"),
        ("rent_clerk", f"/office/leases/bans/{own.decided.bans.get().pk}/lift/"), ("rent_clerk", page(own.decided.lease.number)),
        ("rent_clerk", "/office/swaps/"), ("auditor", f"/office/swaps/{own.swap.number}/"),
        ("rent_clerk", f"/office/swaps/{own.swap.number}/acts/agree/"),
        ("field_inspector", "/office/violations/"), ("district_approver", f"/office/violations/{own.violation.number}/"),
        ("legal_officer", f"/office/violations/{own.decided.number}/"),
        ("legal_officer", f"/office/violations/{own.decided.number}/acts/clue/"),
    ]  # fmt: skip


def field_things(one: OneOfEach | Anything) -> list[Visit]:
    """Repairs, hazards and rounds for the office, and the pages of whoever repairs."""
    own, order, danger = one.fieldwork, "/office/repairs/{}/".format, "/office/hazards/{}/".format
    return [
        ("field_inspector", "/office/repairs/"), ("auditor", "/office/repairs/?scope=all"), ("field_inspector", "/office/repairs/new/"),
        ("rent_clerk", "/office/repairs/contractors/"), ("rent_clerk", "/office/repairs/contractors/new/"),
        ("rent_clerk", f"/office/repairs/contractors/{own.contractor.pk}/"),
        *(("field_inspector", order(each.number)) for each in (own.new, own.visited, own.done)),
        ("field_inspector", f"{order(own.visited.number)}sheet/"), ("field_inspector", f"{order(own.new.number)}acts/refuse/"),
        ("field_inspector", f"{order(own.visited.number)}acts/finish/"), ("supervisor", f"{order(own.visited.number)}acts/grant/"),
        ("field_inspector", f"{order(own.triaged.number)}acts/assign/"),
        ("field_inspector", "/office/hazards/"), ("field_inspector", "/office/hazards/new/"),
        ("supervisor", danger(own.given.number)), ("field_inspector", f"{danger(own.fixed.number)}acts/recheck/"),
        ("field_inspector", "/office/rounds/"), ("field_inspector", f"/office/rounds/{own.round.pk}/"),
        *((who, f"/office/rounds/{own.walked.pk}/") for who in ("auditor", "field_inspector")), ("field_inspector", "/office/rounds/new/"),
        ("auditor", "/office/duty/"), ("supervisor", f"/office/duty/{own.duty.agency_id}/{own.duty.monday}/"),
        ("property_user", "/office/crew/"), ("property_user", f"/office/crew/{own.visited.number}/"),
        ("property_user", f"/office/crew/hazards/{own.given.number}/"),
    ]  # fmt: skip


def allocations(one: OneOfEach | Anything) -> list[Visit]:
    """The pages of the waiting list, of plans in every station, and of the room."""
    own = one.allocation
    entry = f"/office/waitlist/{own.waiting.number}/"
    draft, checking, running = (
        f"/office/plans/{plan.number}/" for plan in (own.draft, own.checking, own.running)
    )
    return [
        *((who, "/office/waitlist/") for who in ("allocation_officer", "auditor")), ("district_reviewer", "/office/waitlist/?scope=long"),
        ("supervisor", f"/office/waitlist/?q={own.waiting.number}"), ("district_reviewer", entry),
        *(("district_reviewer", f"{entry}acts/{code}/") for code in ("refresh", "suspend", "remove", "lower")),
        *(("district_reviewer", f"/office/waitlist/changes/{own.change.pk}/{code}/") for code in ("hear", "drop")),
        *((who, "/office/plans/") for who in ("allocation_officer", "publicity_editor", "notary_observer")),
        ("allocation_officer", "/office/plans/new/"), ("allocation_officer", f"{draft}units/"),
        ("allocation_officer", f"{draft}?tab=units"), ("district_approver", draft), ("district_approver", f"{draft}acts/approve/"),
        ("district_reviewer", checking), ("district_reviewer", f"{checking}acts/recheck/"), ("publicity_editor", f"{checking}acts/publish/"),
        ("district_reviewer", f"/office/plans/registrations/{own.differs.pk}/"),
        ("district_reviewer", f"/office/plans/registrations/{own.differs.pk}/wishes/"),
        *(("district_approver", f"/office/plans/registrations/{own.differs.pk}/{code}/") for code in ("hear", "fit", "unfit")),
        ("allocation_officer", running), ("allocation_officer", f"{running}session/"), ("notary_observer", f"{running}session/"),
        ("allocation_officer", f"/office/plans/registrations/{own.locked.pk}/sheet/"),
        ("allocation_officer", f"/office/plans/registrations/{own.choosing.pk}/decline/"),
        ("district_approver", f"/office/plans/registrations/{own.choosing.pk}/pass/"),
        ("allocation_officer", f"/office/plans/doors/{own.running.dwellings.filter(state='open')[0].pk}/withdraw/"),
    ]  # fmt: skip


def draws(one: OneOfEach | Anything) -> list[Visit]:
    """Draws: the calendar, one that waits for its secrets and one that is over, acts of each holder, what everybody sees."""
    own, page = one.draws, "/office/draws/{}/".format
    return [
        ("allocation_officer", "/office/draws/"), ("notary_observer", "/office/draws/"), ("allocation_officer", f"/office/draws/plans/{own.ready.number}/"),
        *(("notary_observer", page(each.draw_id)) for each in (own.frozen, own.live, own.drawn)),
        ("notary_observer", f"{page(own.frozen.draw_id)}acts/commit-nt/"), ("district_approver", f"{page(own.frozen.draw_id)}acts/abort/"),
        ("allocation_officer", f"{page(own.live.draw_id)}acts/open-op/"), ("supervisor", f"{page(own.live.draw_id)}acts/escrow-nt/"),
    ]  # fmt: skip


def stock(one: OneOfEach | Anything) -> list[Visit]:
    """The pages of dwellings: estates, the chart, one dwelling, censuses, supply, survey files, showings."""
    own, base = one.stock, "/office/stock/"
    flat, home = f"{base}dwellings/{own.flat.pk}/", f"{base}estates/{own.estate.pk}/"
    return [
        *((who, base) for who in ("allocation_officer", "supervisor", "auditor")), ("allocation_officer", f"{base}estates/new/"),
        ("allocation_officer", home), *(("allocation_officer", f"{home}{page}/") for page in ("pictures", "survey")),
        *(("allocation_officer", f"{home}acts/{code}/") for code in ("building", "alter", "slot")),
        ("auditor", f"{base}buildings/{own.building.pk}/"), ("allocation_officer", f"{base}buildings/{own.building.pk}/?state=let&paper=a3"),
        *(("allocation_officer", f"{base}buildings/{own.building.pk}/acts/{code}/") for code in ("ready", "dwelling")),
        ("rent_clerk", f"{base}dwellings/?state=vacant"), ("allocation_officer", flat), ("supervisor", f"{base}dwellings/{own.asked.dwelling_id}/"),
        *(("allocation_officer", f"{flat}acts/{code}/") for code in ("repair", "alter", "keys", "meter", "change-meter", "withdraw", "dispose")),
        ("supervisor", f"{base}requests/{own.asked.pk}/grant/"), ("supervisor", f"{base}rounds/"), ("supervisor", f"{base}rounds/new/"),
        *(("rent_clerk", f"{base}rounds/{own.round.number}/?scope={scope}") for scope in ("waiting", "all")),
        ("supervisor", f"{base}rounds/{own.round.number}/close/"), ("field_inspector", f"{base}checks/{own.check.pk}/"),
        ("field_inspector", f"{base}checks/{own.recorded.pk}/confirm/"), ("auditor", f"{base}supply/"), ("allocation_officer", f"{base}supply/new/"),
        ("supervisor", f"{base}supply/{own.draft_plan.pk}/"), ("allocation_officer", f"{base}supply/{own.plan.pk}/"),
        ("allocation_officer", f"{base}supply/{own.draft_plan.pk}/acts/item/"), ("supervisor", f"{base}supply/{own.draft_plan.pk}/acts/approve/"),
        ("allocation_officer", f"{base}supply/items/{own.item.pk}/"), ("allocation_officer", f"{base}surveys/{own.faulty.pk}/"),
        ("allocation_officer", f"{base}surveys/{own.survey.pk}/"), ("allocation_officer", f"{base}viewings/"), ("auditor", f"{base}viewings/?scope=all"),
        *(("allocation_officer", f"{base}slots/{own.slot.pk}/{act}/") for act in ("close", "book")),
        ("allocation_officer", f"{base}viewings/{own.viewing.number}/cancel/"),
    ]  # fmt: skip


def performance(one: OneOfEach | Anything) -> list[Visit]:
    """The pages of a unit's year: open and closed, a figure of each kind, what a correction changed."""
    begun, closed = one.performance.open.pk, one.performance.closed.pk
    page = f"/office/performance/{closed}/"
    facts = (
        "sheet.funds[fund=total,sheet=overall,stage=executed]@2026", "sheet.goal_actual[sheet=overall]@2026",
        "sheet.total[basis=computed,sheet=overall]@2026", "indicator.actual[indicator=2,sheet=overall]@2026",
    )  # fmt: skip
    return [
        ("accountant", "/office/performance/"), ("auditor", "/office/performance/"), ("supervisor", "/office/performance/metrics/"),
        ("supervisor", f"/office/performance/{begun}/"), ("accountant", page), ("auditor", page),
        ("accountant", f"/office/performance/{begun}/enter/{one.performance.hand.pk}/"),
        ("supervisor", f"{page}versions/2/"), ("supervisor", f"{page}versions/2/?which=computed"),
        *(("accountant", f"{page}versions/2/figure/?fact={fact}") for fact in facts), ("auditor", f"{page}versions/2/changes/"),
        ("supervisor", "/office/performance/unit/"),
        *(("supervisor", f"/office/performance/unit/acts/{code}/") for code in ("post", "hold", "leave", "withdraw", "survey")),
    ]  # fmt: skip


class Anything:
    """Stands for each thing of the district where only addresses are wanted."""

    def __getattr__(self, name: str) -> Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Anything:
        return self

    def __getitem__(self, _: int) -> Anything:
        return self

    def __str__(self) -> str:
        return "7"


class Walk:
    """One browser with one window, at which the staff take turns; what is wrong is gathered and told together.

    Not a window for each: every one that is open is a process of its own, which reads scripts, style and axe anew.
    """

    def __init__(self, browser: Any, site: str, cast: Cast) -> None:
        self.site, self.cast = site, cast
        self.turn = 0
        self.keys: dict[str, str] = {}
        self.sitting = ""
        self.faults: list[str] = []
        self.here = ""
        self.page = browser.new_context(locale="zh-CN").new_page()
        self.page.on(
            "console",
            lambda said: self.complain(said.text) if said.type in ("error", "warning") else None,
        )
        self.page.on("pageerror", lambda error: self.complain(str(error)))
        self.page.on("request", self.watch)

    def window(self, who: str) -> Any:
        """The window, where ``who`` is signed in and nobody before them."""
        if who != self.sitting:
            if who not in self.keys:
                client = Client()
                client.force_login(self.cast.account(who))
                self.keys[who] = client.cookies["sessionid"].value
            self.page.context.clear_cookies()
            self.page.context.add_cookies([{"name": "sessionid", "value": self.keys[who], "url": self.site}])
            self.sitting = who
        return self.page

    def watch(self, request: Any) -> None:
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.complain(f"asks {request.url}")

    def complain(self, what: str) -> None:
        self.faults.append(f"{self.here}: {what}")

    def visit(self, who: str, address: str, then: Then | None = None) -> None:
        self.here = f"{address} as {who}"
        page = self.window(who)
        if then is not None and width_of(page) != WIDTHS[0]:
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        answer = page.goto(self.site + address)
        if answer.status != 200 or page.url != self.site + address:
            self.complain(f"answers {answer.status} at {page.url}")
            return
        if then is not None:
            before = len(self.faults)
            then(page)
            # a form that was refused is a page too; the browser notes its status
            self.faults[before:] = [text for text in self.faults[before:] if "status of 400" not in text]
        self.turn += 1
        for fault in look(page, read_at=width_by_turns(self.turn)):
            self.complain(fault)


@pytest.mark.looks
def test_every_page_of_the_staff_is_sound_on_a_desk_and_on_a_telephone(
    browser: Any, live_server: Any, cast: Cast
) -> None:
    walk = Walk(browser, live_server.url, cast)
    for who, address, *then in visits(one_of_each(cast)):
        walk.visit(str(who), str(address), *then)  # type: ignore[arg-type]
    assert walk.faults == [], "\n".join(walk.faults)


#: A link of a page: where it leads.
LINK = re.compile(r'<a\b[^>]*\bhref="([^"#]+)')
#: On every change each page is opened by one in so many of the others whom its gate admits.
TURNS = 1 if WIDE else 10


def test_no_page_shows_somebody_a_link_that_does_not_exist_for_them(cast: Cast) -> None:
    """Each page, opened by everybody whom its gate admits (on every change by turns): each link on it leads where its reader may go."""
    people = sorted(set(ROLES) - {"citizen"})
    windows: dict[str, Client] = {}
    faults, seen = [], 0
    for place, (who, address, *_) in enumerate(visits(one_of_each(cast))):
        gate = gate_of(resolve(str(address).partition("?")[0]).func)
        for turn, role in enumerate(people):
            if role != who and ((place + turn) % TURNS or gate is None):
                continue
            actor = cast.actor(role)
            if gate is not None and not gate.admits(actor):
                continue
            if role not in windows:
                windows[role] = Client(headers={"host": "127.0.0.1"})
                windows[role].force_login(cast.account(role))
            answer = windows[role].get(str(address))
            if answer.status_code != 200:  # not every thing is shown to everybody whom the gate admits
                continue
            seen += 1
            for link in map(html.unescape, LINK.findall(answer.content.decode())):
                where = urljoin(str(address), link)
                if where.startswith("/") and not may_open(actor, where):
                    faults.append(f"{address} leads {role} to {where}")
    assert seen > len(people)
    assert faults == [], "\n".join(sorted(set(faults)))


def test_no_page_is_left_out(cast: Cast) -> None:
    """What the walk opens, what refuses to be opened, and what is named as no page: together that is every address."""
    addresses = {str(address).partition("?")[0] for _, address, *_ in visits(Anything())}
    opened = {resolve(address).route.replace("admin/^", "admin/") for address in addresses}
    assert opened <= set(ALL)
    assert not {route for route in opened if not_a_page(route)}
    left = {route for route in ALL if route not in opened and not not_a_page(route)}
    for route in sorted(left):
        assert _is_an_act(cast, route, ALL[route]), f"no page opens {route}: add it to visits()"
    assert {route for route in NO_PAGE if "<>" not in route} <= set(ALL), "an address is gone"


def _is_an_act(cast: Cast, route: str, entry: URLPattern) -> bool:
    """Whether an address takes POST only."""
    roles = entry.callback.gate.allowed
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.account("street_clerk" if "*" in roles else sorted(roles)[0]))
    address = "/" + re.sub(r"<(\w+):\w+>", lambda kind: "7" if kind[1] == "int" else "some-thing", route)
    return client.get(address).status_code == 405
