"""Every page of the citizen's face, of signing in and of the reports, looked at in a browser: at a desk and on a phone.

The list comes from the addresses themselves: whoever adds one either shows its page here (:func:`tour`) or says in
:data:`NO_PAGE` what it answers instead, and that is tried too.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Error as PlaywrightError

from guangsha.areas.allocation.models_draw import Draw
from guangsha.areas.allocation.tests.one_of_each import allocations
from guangsha.areas.allocation.tests.one_of_each_draw import draws
from guangsha.areas.fieldwork.models import FieldPhoto
from guangsha.areas.fieldwork.tests.one_of_each import field_things
from guangsha.areas.intake import actions
from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.models import Case, Decision, Material, Notice, ProxyAuthorization
from guangsha.areas.registry.models import Person
from guangsha.areas.stock.models_use import Picture
from guangsha.areas.stock.tests.one_of_each import stock
from guangsha.areas.subsidy.tests.builders import House
from guangsha.areas.subsidy.tests.one_of_each import agreements
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.tests.one_of_each import leases
from guangsha.areas.verification.models import Verification
from guangsha.demo.house import enrol
from guangsha.people.actors import build_actor
from guangsha.people.models import Account, Agency
from guangsha.testing.cast import PASSWORD
from guangsha.testing.effort import WIDE
from guangsha.testing.journey import go
from guangsha.testing.published import evaluation_text
from guangsha.testing.walk import WIDTHS, addresses, look, width_by_turns, width_of
from guangsha.web.jobs import held

ROOMS = (
    "guangsha.web",
    "guangsha.areas.portal",
    "guangsha.areas.subsidy",
    "guangsha.areas.stock",
    "guangsha.areas.allocation",
    "guangsha.areas.fieldwork",
    "guangsha.areas.tenancy",
)
#: The office, without its entrance and the desk of helpers: walked in tests/test_staff_pages.py.
OFFICE = re.compile(r"office/(?!sign-|proxy/)")
#: What the address answers where there is no page to look at. post: only takes forms; file: something to save; part: a piece
#: of another page; onward: leads to another page; off: answers only where the city has a single sign-on.
NO_PAGE = {
    "portal-elder": "onward", "portal-sign-out": "post", "portal-data-copy": "post", "portal-paper-end": "post",
    "portal-consent-end": "post",
    "portal-repair-photo": "file", "portal-housing-picture": "file", "portal-draw-pack": "file", "portal-material": "file", "office-proxy-material": "file",
    "portal-lease-contract": "file",
    "office-sign-out": "post", "office-sign-in-certificate": "post", "office-sign-in-city": "off",
    "office-sign-in-city-back": "off",
    "workbook": "file", "job-file": "file", "upload": "post", "job-remove": "post", "check-remove": "post", "check-keep": "post",
    "job-status": "part", "check-status": "part",
}  # fmt: skip
#: Every page of this service's form is shown: between them they have every kind of field and a table of rows.
FORM = "elig_apply"
JOB, FAILED, RUNNING, CHECKED = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Stop:
    """One page of the tour: the name of its address, who sits there, where; what they do first; what it then answers."""

    name: str
    who: Account | None
    path: str
    act: Callable[[Any], None] | None = None
    status: int = 200


@pytest.fixture
def town(
    transactional_db: None, live_server: Any, browser: Any, desk: Any, settings: Any, tmp_path: Path
) -> Iterator[Any]:
    """The demo district with its running server, one package, one checked report, a helper with a signed paper."""
    from guangsha.demo.district import build_district
    from guangsha.testing.journey import House as RunningHouse

    settings.GUANGSHA_DATA, settings.GUANGSHA_PACKAGES, settings.GUANGSHA_UPLOADS = (
        tmp_path, tmp_path / "packages", tmp_path / "uploads",
    )  # fmt: skip
    settings.GUANGSHA_FOOTER = {**django_settings.GUANGSHA_FOOTER, "contact": "0730-0000000"}
    build_district(households=40, seed=3, exchange=tmp_path / "exchange.json")
    write_reports(tmp_path)
    desk.page.route(f"**/{RUNNING}/", stand_still)
    with held(tmp_path / "uploads" / RUNNING):  # somebody works on it
        yield RunningHouse(live_server.url, browser, None, None, desk)  # type: ignore[arg-type]
    desk.page.unroute(f"**/{RUNNING}/")
    desk.page.goto("about:blank")  # nothing of this house is still asked for


def write_reports(folder: Path) -> None:
    """What the pages of reports show: an example, a package of one's own, a job that runs and one that failed, a check."""
    from guangsha.evaluation.package import evaluate
    from guangsha.web.status import Job, Status, write_job, write_status
    from guangsha.web.worker import check_documents

    evaluate(EXAMPLES / "yueyang-2023", folder / "packages" / "yueyang-2023")
    for job, kind, state in (
        (JOB, "package", "done"), (FAILED, "package", "failed"), (RUNNING, "check", "running"), (CHECKED, "check", "done"),
    ):  # fmt: skip
        (folder / "uploads" / job).mkdir(parents=True)
        write_job(folder / "uploads" / job, Job(kind))
        message = {"failed": "第 3 行没有填预算数。", "running": "读取表格"}.get(state, "")
        write_status(folder / "uploads" / job, Status(state, 40, message, "自评报告.txt"))
    shutil.copytree(folder / "packages" / "yueyang-2023", folder / "uploads" / JOB / "package")
    report = folder / "uploads" / CHECKED / "input" / "0" / "自评报告.txt"
    report.parent.mkdir(parents=True)
    report.write_text(evaluation_text(rate="91.00%"), encoding="utf-8")
    check_documents(folder / "uploads" / CHECKED, None, lambda percent, step: None)


def people() -> SimpleNamespace:
    """Who sits at which page, and what of theirs is shown there."""
    staff = {account.username: account for account in Account.objects.filter(kind="staff")}
    old, young = (Account.objects.filter(kind="citizen").order_by("pk")[place] for place in (0, 1))
    assert (old.name, young.name) == ("李建国", "王芳")
    person = Person.objects.get(pk=old.person_id)
    helper = staff["helper"]
    paper = actions.authorize_helper(
        build_actor(helper), person, [], b"%PDF-1.7\n%signed\n",
        signed_on=timezone.localdate(), until=timezone.localdate() + timedelta(days=90),
    )  # fmt: skip
    own = actions.save_draft(
        build_actor(young),
        FORM,
        {"applicant": {"name": young.name, "marital": "40"}, "status": {"special": ["dangerous_home"]}},
    )
    entrusted = actions.save_draft(build_actor(helper), "repair", {}, for_person=person.pk)
    actions.attach_material(
        build_actor(young), "dangerous_report", "鉴定报告.pdf", b"%PDF-1.7\n%x\n", draft_id=own.pk
    )
    actions.attach_material(
        build_actor(helper), "photo", "漏水.pdf", b"%PDF-1.7\n%x\n", draft_id=entrusted.pk
    )
    asked = case_in("supplement")
    # two cases that the helper sent: one decided, one that is to be completed
    sent = [
        _entrust(Case.objects.filter(state=state).exclude(pk=asked.pk).exclude(account__in=(old, young)), paper)
        for state in ("effective", "street_review")
    ]  # fmt: skip
    wanted = services()[sent[1].service].materials[0].code
    Material.objects.create(case=sent[1], code=wanted, state="refused", comment="照片模糊，请重新拍照上传")
    Case.objects.filter(pk=sent[1].pk).update(state="supplement", step="")
    return SimpleNamespace(
        staff=staff,
        old=old,
        young=young,
        fresh=Account.objects.create(username="citizen-fresh", kind="citizen", phone="19900007778"),
        helper=helper,
        paper=paper,
        own=own,
        entrusted=entrusted,
        sent=sent,
        asked=asked,
    )


def _entrust(cases: Any, paper: ProxyAuthorization) -> Case:
    case: Case = cases.order_by("pk")[0]
    case.account, case.authorization, case.channel = paper.helper, paper, "proxy"
    case.save(update_fields=["account", "authorization", "channel"])
    return case


def case_in(state: str, account: Account | None = None) -> Case:
    """A case in a state, of somebody who can sign in: of this account, or of whoever there is."""
    found = Case.objects.filter(state=state).exclude(channel="proxy")
    if account is not None:
        found = found.filter(account=account)
    case = found.order_by("pk").first()
    assert case is not None, f"the district has no case in {state}"
    if case.account is None:  # brought to the window: let it be one of the cast's
        case.account = Account.objects.filter(kind="citizen").order_by("pk")[1]
        case.applicant_id = case.account.person_id
        case.save(update_fields=["account", "applicant"])
    return case


def press(name: str) -> Callable[[Any], None]:
    """Press a button as it stands, whatever is not filled in: the page comes back and says so."""

    def act(page: Any) -> None:
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        go(page, page.get_by_role("button", name=name, exact=True).first)
        places = page.locator("#faults a[href^='#']").evaluate_all("all => all.map(a => a.hash)")
        assert places, "what is wrong leads to its field"
        assert all(page.locator(place).count() for place in places), places

    return act


def the_house(applicant: Account) -> Any:
    """The agencies and the staff of the house that is walked, as builders of things ask for them."""
    accounts = {account.username: account for account in Account.objects.filter(kind="staff")}
    district = Agency.objects.get(region_code="430699000000")
    roles = (
        ("district_reviewer", "reviewer"), ("district_approver", "approver"), ("supervisor", "supervisor"), ("accountant", "accountant"),
        ("allocation_officer", "allocation"), ("rent_clerk", "rent"), ("field_inspector", "inspector"),
    )  # fmt: skip
    staff = {role: accounts[login] for role, login in roles}
    everybody = {**staff, "applicant": applicant}
    return SimpleNamespace(
        district=district, communities=list(Agency.objects.filter(kind="community", path__startswith=district.path)), staff=staff,
        second_reviewer=accounts["reviewer2"], far_reviewer=accounts["far"], account=everybody.__getitem__,
        actor=lambda who: build_actor(everybody[who]),
    )  # fmt: skip


def stock_tour(applicant: Account) -> Iterator[Stop]:
    """What is vacant, an estate with its floor plan, booking half a day to see it, one's own bookings."""
    made = stock(the_house(applicant))
    page = f"/housing/{made.estate.pk}/"
    yield Stop("portal-housing", None, "/housing/")
    yield Stop("portal-housing", None, "/housing/?layout=C&rent=1")
    yield Stop("portal-housing-estate", None, page)
    yield Stop("portal-viewing-new", applicant, f"{page}viewing/")
    yield Stop("portal-viewing-new", applicant, f"{page}viewing/", press("预约"), 400)
    yield Stop("portal-viewings", applicant, "/my/viewings/")


def subsidy_tour(applicant: Account) -> Iterator[Stop]:
    """One's own agreement: asked about a reduction, paid too much."""
    people = the_house(applicant)
    made = agreements(people)
    page = f"/my/subsidy/{made.owing.number}/"
    yield Stop("portal-subsidy", made.recipient, page)
    asked = House(people).citizen(made.heard.payee)
    yield Stop("portal-subsidy", asked, f"/my/subsidy/{made.heard.number}/")
    yield Stop("portal-subsidy", asked, f"/my/subsidy/{made.heard.number}/", object_without_words, 400)


def lease_tour() -> Iterator[Stop]:
    """One's own lease: at home, asked about what somebody reported, in the time to move."""
    staff = {account.username: account for account in Account.objects.exclude(kind="citizen")}
    district = Agency.objects.get(region_code="430699000000")
    logins = {
        "allocation_officer": "allocation", "rent_clerk": "rent", "district_reviewer": "reviewer", "field_inspector": "inspector",
        "district_approver": "approver", "legal_officer": "legal", "accountant": "accountant",
    }  # fmt: skip
    people = SimpleNamespace(
        district=district, communities=list(Agency.objects.filter(kind="community", path__startswith=district.path)),
        staff={role: staff[login] for role, login in logins.items()}, far_reviewer=staff["far"],
    )  # fmt: skip
    made = leases(cast("Any", people))
    yield Stop("portal-lease", made.tenant, f"/my/leases/{made.lived.number}/")
    yield Stop("portal-lease", made.asked_tenant, f"/my/leases/{made.asked.number}/")
    yield Stop("portal-lease", made.leaving_tenant, f"/my/leases/{made.leaving.number}/")
    yield Stop("portal-leases", Account.objects.filter(kind="citizen").order_by("pk")[0], "/my/leases/")


def repairs_tour() -> Iterator[Stop]:
    """Somebody reports what is broken at home, and follows it to the end."""
    staff = {account.username: account for account in Account.objects.exclude(kind="citizen")}
    district = Agency.objects.get(region_code="430699000000")
    logins = {"field_inspector": "inspector", "rent_clerk": "rent", "hotline_agent": "hotline", "supervisor": "supervisor", "property_user": "property"}  # fmt: skip
    people = SimpleNamespace(
        district=district, communities=list(Agency.objects.filter(kind="community", path__startswith=district.path)),
        staff={role: staff[login] for role, login in logins.items()}, far_reviewer=staff["far"],
        stranger=Account.objects.filter(kind="citizen").first(),
    )  # fmt: skip
    made = field_things(cast("Any", people))
    yield Stop("portal-repairs", made.tenant, "/my/repairs/")
    yield Stop("portal-repair-new", made.tenant, "/my/repairs/new/")
    yield Stop("portal-repair-new", people.stranger, "/my/repairs/new/")
    yield Stop("portal-repair", made.tenant, f"/my/repairs/{made.visited.number}/")
    yield Stop("portal-repair", made.tenant, f"/my/repairs/{made.done.number}/")
    yield Stop("portal-repair", made.tenant, f"/my/repairs/{made.refused.number}/")


def allocation_tour() -> Iterator[Stop]:
    """One's place in the list, asked about a removal; one's turn to choose; the board of the room."""
    accounts = {account.username: account for account in Account.objects.filter(kind="staff")}
    district = Agency.objects.get(region_code="430699000000")
    people = SimpleNamespace(
        district=district, communities=list(Agency.objects.filter(kind="community", path__startswith=district.path)),
        staff={role: accounts[login] for role, login in (
            ("district_reviewer", "reviewer"), ("district_approver", "approver"), ("supervisor", "supervisor"),
            ("allocation_officer", "allocation"), ("publicity_editor", "publicity"))},
        far_reviewer=accounts["far"],
    )  # fmt: skip
    made = allocations(cast("Any", people))
    entry = f"/my/waitlist/{made.waiting.number}/"
    yield Stop("portal-waitlist", made.asked, "/my/waitlist/")
    yield Stop("portal-waitlist-entry", made.asked, entry)
    yield Stop("portal-waitlist-entry", made.asked, entry, object_without_words, 400)
    yield Stop("portal-registration", made.chooser, f"/my/allocation/{made.choosing.pk}/")
    yield Stop("portal-wishes", made.wisher, f"/my/allocation/{made.differs.pk}/wishes/")
    yield Stop("portal-selection", None, f"/selection/{made.running.number}/")


def draws_tour() -> Iterator[Stop]:
    """Anybody reads a draw before and after it was run, asks for one receipt number, and looks at the hall's screen."""
    staff = {account.username: account for account in Account.objects.filter(kind="staff")}
    district = Agency.objects.get(region_code="430699000000")
    logins = {
        "allocation_officer": "allocation", "district_approver": "approver", "district_reviewer": "reviewer", "supervisor": "supervisor",
        "publicity_editor": "publicity", "notary_observer": "notary",
    }  # fmt: skip
    people = SimpleNamespace(
        district=district, communities=list(Agency.objects.filter(kind="community", path__startswith=district.path)),
        staff={role: staff[login] for role, login in logins.items()}, second_reviewer=staff["reviewer2"], far_reviewer=staff["far"],
    )  # fmt: skip
    made = draws(cast("Any", people))
    drawn, live = f"/draws/{made.drawn.draw_id}/", f"/draws/{made.live.draw_id}/"
    yield Stop("portal-draws", None, "/draws/")
    yield Stop("portal-draw", None, f"{drawn}?entry={made.entry_no}")
    yield Stop("portal-draw", None, f"{live}?entry=T-9999")
    yield Stop("portal-draw-hall", None, f"{drawn}hall/")
    yield Stop("portal-draw-hall", None, f"{live}hall/")


def object_without_words(page: Any) -> None:
    """Somebody objects and does not say why."""
    page.get_by_label("有不同意见", exact=True).check()
    with page.expect_navigation():
        page.get_by_role("button", name="提交意见").click()


def tour(at: SimpleNamespace) -> Iterator[Stop]:
    """Every page, in an order in which none spoils the next."""
    old, young, helper = at.old, at.young, at.helper
    yield from reports_tour()
    # anybody
    running = Notice.objects.filter(state="running").first()
    objected = Notice.objects.filter(objections__isnull=False).first()
    assert running is not None and objected is not None
    yield Stop("portal-home", None, "/")
    yield Stop("portal-services", None, "/services/")
    yield Stop("portal-services", None, "/services/?q=补贴")
    yield Stop("portal-services", None, "/services/?q=没有这样的事")
    for code in sorted(services()) if WIDE else (FORM, "unit_search", "employer_batch"):
        yield Stop("portal-service", None, f"/services/{code}/?test=1")
    yield Stop("portal-notices", None, "/notices/")
    yield Stop("portal-notice", None, f"/notices/{running.number}/")
    yield Stop("portal-notice", None, f"/notices/{running.number}/", press("提交异议"), 400)
    receipt = objected.objections.order_by("pk").first()
    yield Stop("portal-objection", None, f"/notices/objections/{receipt.receipt}/")
    yield Stop("portal-track", None, "/track/")
    yield Stop("portal-track", None, "/track/", press("查询"), 400)
    yield Stop("portal-track", None, "/track/", lambda page: ask(page, case_in("effective", old)))
    # signing in
    yield Stop("portal-sign-in", None, "/sign-in/?next=/my/")
    yield Stop("portal-sign-in", None, "/sign-in/", press("获取验证码"), 400)
    yield Stop("portal-sign-in-code", None, "/sign-in/", ask_code)
    yield Stop("portal-sign-in-code", None, "/sign-in/code/", press("登录"), 400)
    yield from office_entrance(at)
    # my own
    yield Stop("portal-my", old, "/my/")
    yield Stop("portal-subsidies", old, "/my/subsidy/")
    yield from subsidy_tour(old)
    yield from stock_tour(old)
    yield from repairs_tour()
    yield from lease_tour()
    yield from allocation_tour()
    yield from draws_tour()
    yield Stop("portal-messages", old, "/my/messages/")
    yield Stop("portal-data", old, "/my/data/")
    yield Stop("portal-identity", old, "/my/identity/")
    yield Stop("portal-identity", at.fresh, "/my/identity/")
    yield Stop("portal-identity", at.fresh, "/my/identity/", press("核验"), 400)
    yield Stop("portal-apply", young, f"/apply/{FORM}/")
    base = f"/apply/{FORM}/{at.own.pk}/"
    pages = [group.code for group in services()[FORM].form]
    for wanted in [*pages, "materials", "check"]:
        yield Stop("portal-apply-page", young, f"{base}{wanted}/")
    yield Stop("portal-apply-page", young, f"{base}applicant/", press("下一步"), 400)
    yield Stop("portal-apply-page", young, f"{base}members/", add_row)
    yield Stop("portal-apply-page", young, f"{base}income/", press("下一步"), 400)
    yield Stop("portal-apply-page", young, f"{base}check/", press("提交申请"), 400)
    yield Stop("portal-apply-leave", young, f"{base}leave/")
    letter = Decision.objects.filter(case__account=old).order_by("pk").first()
    assert letter is not None
    yield Stop("portal-letter", old, f"/my/letters/{letter.number}/")
    yield Stop("portal-receipt", old, f"/my/cases/{letter.case.number}/receipt/")
    yield from cases_tour(at)
    # for a neighbour
    desk = f"/office/proxy/repair/{at.entrusted.pk}/"
    decided, asked = at.sent
    yield Stop("office-proxy", helper, "/office/proxy/")
    yield Stop("office-proxy-authorize", helper, "/office/proxy/authorize/")
    yield Stop("office-proxy-authorize", helper, "/office/proxy/authorize/", press("登记"), 400)
    yield Stop("office-proxy-page", helper, f"{desk}{services()['repair'].form[0].code}/")
    yield Stop("office-proxy-leave", helper, f"{desk}leave/")
    yield Stop("office-proxy-case", helper, f"/office/proxy/cases/{decided.number}/")
    yield Stop("office-proxy-receipt", helper, f"/office/proxy/cases/{decided.number}/receipt/")
    letters = decided.decisions.order_by("pk")
    yield Stop("office-proxy-letter", helper, f"/office/proxy/letters/{letters[0].number}/")
    yield Stop("office-proxy-supplement", helper, f"/office/proxy/cases/{asked.number}/supplement/")
    # nothing there
    yield Stop("", None, "/nothing/", status=404)
    yield Stop("", old, "/my/cases/43069900000000000000000/", status=404)


def reports_tour() -> Iterator[Stop]:
    yield Stop("reports", None, "/reports/")
    yield Stop("example", None, "/examples/yueyang-2023/")
    yield Stop("example-file", None, "/examples/yueyang-2023/report.html")
    yield Stop("job", None, f"/packages/{JOB}/")
    yield Stop("job", None, f"/packages/{FAILED}/")
    yield Stop("check", None, "/check/")
    yield Stop("check-job", None, f"/check/{RUNNING}/")
    yield Stop("check-job", None, f"/check/{CHECKED}/")
    yield Stop("check-copy", None, f"/check/{CHECKED}/1.html")


def cases_tour(at: SimpleNamespace) -> Iterator[Stop]:
    """One's case in the states that ask something of the person, or in every state."""
    every = Case.objects.exclude(channel="proxy").values_list("state", flat=True)
    for state in sorted(set(every)) if WIDE else (
        "submitted", "publicity", "effective", "rejected", "reconsidering",
    ):  # fmt: skip
        case = case_in(state)
        yield Stop("portal-case", case.account, f"/my/cases/{case.number}/")
    asked = at.asked
    yield Stop("portal-case", asked.account, f"/my/cases/{asked.number}/")
    yield Stop("portal-supplement", asked.account, f"/my/cases/{asked.number}/supplement/")
    yield Stop(
        "portal-supplement",
        asked.account,
        f"/my/cases/{asked.number}/supplement/",
        press("全部补好，提交"),
        400,
    )
    heard = case_in("district_review")
    row = Verification.objects.filter(case_number=heard.number, person=heard.applicant).order_by("pk")[0]
    row.outcome, row.heard_at = "mismatch", None
    row.differences = cast(Any, {"items": [{"sentence": "您填的是未婚，民政登记为已婚。"}]})
    row.save()
    yield Stop("portal-case", heard.account, f"/my/cases/{heard.number}/")
    yield Stop("portal-case", heard.account, f"/my/cases/{heard.number}/", press("提交说明"), 400)


def office_entrance(at: SimpleNamespace) -> Iterator[Stop]:
    """The entrance of staff: password, a second factor set up and asked, a password that was given by somebody else."""
    yield Stop("office-sign-in", None, "/office/sign-in/")
    yield Stop("office-sign-in", None, "/office/sign-in/", press("登录"), 400)
    yield Stop("office-sign-in-enrol", None, "/office/sign-in/", enter("reviewer"))
    enrol()
    yield Stop("office-sign-in-code", None, "/office/sign-in/", enter("approver"))
    yield Stop("office-sign-in-code", None, "/office/sign-in/code/", press("继续"), 400)
    Account.objects.filter(username="rent").update(must_change_password=True)
    yield Stop("office-sign-in-password", None, "/office/sign-in/", enter("rent"))


def enter(login: str) -> Callable[[Any], None]:
    def act(page: Any) -> None:
        page.get_by_label("登录名").fill(login)
        page.get_by_label("密码").fill(PASSWORD)
        go(page, page.get_by_role("button", name="登录", exact=True))

    return act


def ask(page: Any, case: Case) -> None:
    page.get_by_label("办件编号").fill(case.number)
    page.get_by_label("手机号后四位").fill("0001")
    go(page, page.get_by_role("button", name="查询", exact=True))
    assert page.locator("#found").count(), page.inner_text("main")


def ask_code(page: Any) -> None:
    page.get_by_label("手机号").fill("19900000001")
    go(page, page.get_by_role("button", name="获取验证码"))


def add_row(page: Any) -> None:
    go(page, page.get_by_role("button", name="＋ 添加"))


@pytest.mark.looks
@pytest.mark.timeout(900)  # a hundred pages, each twice, on a machine that does other things as well
def test_every_page_of_the_citizens_face_reads_out_fits_a_phone_and_asks_nobody_else(town: Any) -> None:
    at = people()
    page, sitting = town.desk.sit(town, None), None
    answers: list[int] = []
    page.on("response", lambda r: answers.append(r.status) if r.request.is_navigation_request() else None)
    seen: dict[str, list[str]] = {}
    faults: list[str] = []
    for turn, stop in enumerate(tour(at)):
        if stop.who != sitting:
            town.desk.sit(town, stop.who)
            sitting = stop.who
        if stop.act is not None and width_of(page) != WIDTHS[0]:
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        answers.clear()
        page.goto(town.address + stop.path)
        where = f"{stop.name or stop.path} {stop.path}{' after the act' if stop.act else ''}"
        if stop.act is not None:
            try:
                stop.act(page)
            except (AssertionError, PlaywrightError) as error:
                faults.append(f"{where}: {error}")
        if answers[-1:] != [stop.status]:
            faults.append(f"{where}: answered {answers}, not {stop.status}")
        if stop.status >= 400:  # the browser notes in its console that the page answered so, which is right
            town.problems[:] = [text for text in town.problems if f"status of {stop.status}" not in text]
        faults += [f"{where}: {text}" for text in town.problems]
        town.problems.clear()
        # a page that came back with faults is its page again with more on it: the phone is where that is narrow
        narrow = stop.act is not None and stop.status >= 400
        found = look(page, WIDTHS[-1:]) if narrow else look(page, read_at=width_by_turns(turn))
        faults += [f"{where}: {text}" for text in [*found, *well_made(page)]]
        if page.locator("[hx-trigger*=every]").count():
            page.goto("about:blank")  # it asks again by itself, while what the next page shows is written
        print(where)  # so that a failure tells how far one came
        seen.setdefault(stop.name, []).append(stop.path)
    known = {
        name: route
        for name, route in addresses(*ROOMS, apart=("guangsha.web.admin",)).items()
        if not OFFICE.match(route)
    }
    faults += unlike_what_it_says(at)
    assert faults == [], "\n".join(faults)
    missed = set(known) - set(seen) - set(NO_PAGE)
    assert missed == set(), (
        f"nobody looks at {sorted(missed)}: show them in tour(), or say in NO_PAGE what they answer"
    )
    assert set(NO_PAGE) <= set(known), "NO_PAGE names an address that is not there"


def stand_still(route: Any) -> None:
    """The page of a job that runs comes back every two seconds: not while somebody looks at it."""
    answer = route.fetch()
    kept = {name: value for name, value in answer.headers.items() if name != "refresh"}
    route.fulfill(response=answer, headers=kept)


def well_made(page: Any) -> list[str]:
    """What axe does not ask: a title of its own, one heading, the language of the page."""
    found = page.evaluate(
        "() => [document.title, document.querySelectorAll('h1').length, document.documentElement.lang]"
    )
    title, headings, language = found
    return [
        *([] if title else ["no title"]),
        *([] if headings == 1 else [f"{headings} headings of the first level"]),
        *([] if language.startswith("zh") else [f"language {language!r}"]),
    ]


def unlike_what_it_says(at: SimpleNamespace) -> Iterator[str]:
    """The addresses of :data:`NO_PAGE` that answer something else than they are said to."""
    material = Material.objects.exclude(stored="").filter(draft=at.own).get()
    theirs = Material.objects.exclude(stored="").filter(draft=at.entrusted).get()
    arguments: dict[str, tuple[object, ...]] = {
        "portal-material": (material.pk,), "office-proxy-material": (theirs.pk,), "portal-paper-end": (at.paper.pk,),
        "portal-consent-end": (7,), "portal-draw-pack": (Draw.objects.filter(state="drawn")[0].draw_id,), "workbook": ("yueyang",), "job-file": (JOB, "report.docx"), "job-remove": (JOB,),
        "job-status": (JOB,), "check-remove": (CHECKED,), "check-keep": (CHECKED,), "check-status": (CHECKED,),
    }  # fmt: skip
    photo = FieldPhoto.objects.filter(order__lease__isnull=False)[0]
    lease = Lease.objects.filter(
        state="active", tenant__in=Account.objects.exclude(person_id=None).values("person_id")
    )[0]
    arguments |= {
        "portal-repair-photo": (photo.pk,), "portal-lease-contract": (lease.number,),
        "portal-housing-picture": (Picture.objects.filter(public=True)[0].pk,),
    }  # fmt: skip
    whose = {
        "portal-repair-photo": Account.objects.filter(person_id=photo.order.lease.tenant_id)[0],
        "portal-lease-contract": Account.objects.filter(person_id=lease.tenant_id)[0],
    }
    for name, kind in NO_PAGE.items():
        path = reverse(name, args=arguments.get(name))
        client = Client(headers={"host": "127.0.0.1"})
        if name.startswith("office-proxy"):
            client.force_login(at.helper)
        elif name.startswith("portal-") and name not in ("portal-elder", "portal-sign-out"):
            client.force_login(whose.get(name, at.young))
        answer = client.get(path)
        right = {
            "post": answer.status_code == 405,
            "file": answer.status_code == 200 and not answer.headers.get("Content-Type", "").startswith("text/html"),
            "part": answer.status_code == 200 and b"<html" not in getattr(answer, "content", b"<html"),
            "onward": answer.status_code == 302,
            "off": answer.status_code == 404,
        }  # fmt: skip
        answer.close()
        if not right[kind]:
            yield f"{name} {path}: is said to answer as {kind}, answers {answer.status_code}"


def test_looking_finds_a_picture_without_words_and_a_page_too_wide_for_a_phone(browser: Any) -> None:
    page = browser.new_page()
    page.set_content(
        '<html lang="zh"><title>题</title><h1>题</h1><img src="data:,"><p style="width:30rem">宽</p></html>'
    )
    found = look(page)
    page.close()
    assert any(text.startswith("1280 px: image-alt") for text in found)
    assert "360 px: the page is 488 px wide" in found and not any(
        "1280 px: the page" in text for text in found
    )
