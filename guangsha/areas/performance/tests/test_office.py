"""The pages of a unit's year: who sees what, a figure opened to its records, the acts, and what changed."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guangsha.areas.performance.actions import close_year, make_draft
from guangsha.areas.performance.models import PostHolding, ReportVersion, StaffPost, Survey, UnitYear
from guangsha.areas.performance.tests.builders import TABLE, World, build_world
from guangsha.areas.performance.unit_actions import open_post
from guangsha.facts.metrics import Scope, compute
from guangsha.ledger.actions import reverse
from guangsha.ledger.models import Entry
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db
EXECUTED = "sheet.funds[fund=total,sheet=overall,stage=executed]@2026"


@pytest.fixture
def world(cast: Cast) -> World:
    """The year of the cast's district."""
    return build_world(cast.district)


def client_of(cast: Cast, who: str) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.account(who))
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def address(world: World, rest: str = "") -> str:
    return f"/office/performance/{world.year.pk}/{rest}"


def test_the_year_is_made_on_its_page_and_each_number_opens(cast: Cast, world: World) -> None:
    accountant = client_of(cast, "accountant")
    assert "还没有取过数" in text(accountant.get(address(world)))
    answer = accountant.post(address(world), {"act": "draft"})
    assert answer.status_code == 302 and answer["Location"] == address(world, "versions/1/")
    page = text(accountant.get(address(world)))
    assert "4.00万元" in page and "figure/?fact=indicator.actual" in page
    version = text(accountant.get(address(world, "versions/1/?which=record")))
    assert "ledger.executed，2 条记录" in version and "工作总结" not in version
    assert "工作总结" in text(accountant.get(address(world, "versions/1/?which=entered")))
    assert "÷" in text(accountant.get(address(world, "versions/1/?which=computed")))


def test_a_figure_opens_to_its_records_for_those_who_may_see_them(cast: Cast, world: World) -> None:
    make_draft(world.accountant, world.year.pk)
    for who in ("accountant", "supervisor"):
        page = text(client_of(cast, who).get(address(world, "versions/1/figure/"), {"fact": EXECUTED}))
        assert "40000.00 元" in page and "15,000.00元" in page and "25,000.00元" in page
        assert "ledger.executed，第 1 版" in page and "各记录数额之和" in page
    told = (
        client_of(cast, "accountant")
        .get(address(world, "versions/1/figure/"), {"fact": EXECUTED, "format": "json"})
        .json()
    )
    metric = told["metrics"][0]
    assert (metric["metric"], metric["records"], metric["exact"], told["value"]) == (
        "ledger.executed",
        2,
        "4000000",
        "4.00",
    )
    assert metric["digest"] == told["fact"]["source"]["records_digest"]
    score = "sheet.total[basis=computed,sheet=overall]@2026"
    assert "怎样得来" in text(
        client_of(cast, "accountant").get(address(world, "versions/1/figure/"), {"fact": score})
    )
    assert (
        client_of(cast, "accountant").get(address(world, "versions/1/figure/"), {"fact": "none"}).status_code
        == 404
    )


def test_a_text_of_several_metrics_opens_part_by_part(cast: Cast, world: World) -> None:
    make_draft(world.accountant, world.year.pk)
    goal = {"fact": "sheet.goal_actual[sheet=overall]@2026"}
    page = address(world, "versions/1/figure/")
    assert "ledger.executed" in text(client_of(cast, "accountant").get(page, goal))
    empty = text(client_of(cast, "accountant").get(page, {**goal, "part": "got"}))
    assert "ledger.revenue" in empty and "没有记录" in empty


def test_records_are_paged(cast: Cast, world: World) -> None:
    for number in range(40):
        world.spend(f"more-{number}", 100)
    make_draft(world.accountant, world.year.pk)
    page, seen = address(world, "versions/1/figure/"), set()
    for number in (1, 2):
        answer = text(client_of(cast, "accountant").get(page, {"fact": EXECUTED, "page": number}))
        seen.add(answer.count("租赁补贴"))
        assert "42 条" in answer
    assert seen == {60, 24}  # each row names it twice: the reason and the budget line
    assert client_of(cast, "accountant").get(page, {"fact": EXECUTED, "page": "99999999"}).status_code == 200


def test_the_report_page_links_to_the_records_and_a_published_one_does_not(cast: Cast, world: World) -> None:
    make_draft(world.accountant, world.year.pk)
    client = client_of(cast, "accountant")
    page = text(client.get(address(world, "versions/1/files/report.html")))
    assert f"{address(world, 'versions/1/figure/')}?fact=sheet.funds" in page and "查看业务记录" in page
    assert "查看业务记录" not in _published()
    stored = ReportVersion.objects.get()
    facts = client.get(address(world, "versions/1/files/facts.json"))
    assert hashlib.sha256(facts.content).hexdigest() == stored.facts_digest
    assert json.loads(client.get(address(world, "versions/1/files/scores.json")).content)["year"] == 2026
    assert client.get(address(world, "versions/1/files/report.docx"))["Content-Disposition"].startswith(
        "attachment"
    )
    assert client.get(address(world, "versions/1/files/other.txt")).status_code == 404


def _published() -> str:
    from guangsha.areas.performance.queries import facts_of_version
    from guangsha.evaluation import evaluate_facts, render_file

    return render_file(evaluate_facts(facts_of_version(ReportVersion.objects.get())), "report.html").decode()


def test_only_the_head_closes_and_a_correction_shows_what_changed(cast: Cast, world: World) -> None:
    accountant, head = client_of(cast, "accountant"), client_of(cast, "supervisor")
    assert "只有单位负责人" in text(accountant.post(address(world), {"act": "close"}, follow=True))
    head.post(address(world), {"act": "close"})
    assert UnitYear.objects.get().state == "closed"
    assert "没有不同" in text(
        accountant.post(address(world), {"act": "correct", "reason": "查"}, follow=True)
    )
    reverse(world.accountant, Entry.objects.get(key="a").pk, "付错")
    accountant.post(address(world), {"act": "correct", "reason": "一笔付错"})
    page = text(accountant.get(address(world, "versions/2/changes/")))
    assert "更正说明：一笔付错" in page and "4.00万元" in page and "2.50万元" in page
    assert "新增 1 条" in page and "红字冲销" in page and "（-15000.00 元）" in page
    assert "两个版本没有不同" in text(accountant.get(address(world, "versions/2/changes/?since=2")))
    assert accountant.get(address(world, "versions/1/changes/")).status_code == 404
    assert accountant.post(address(world), {"act": "other"}).status_code == 404


def test_what_cannot_be_scored_or_is_missing_is_told_and_nothing_is_closed(cast: Cast, world: World) -> None:
    head = client_of(cast, "supervisor")
    UnitYear.objects.filter(pk=world.year.pk).update(frame={**world.year.frame, "profile": "nowhere"})
    assert head.post(address(world), {"act": "draft"}, follow=True).status_code == 200
    UnitYear.objects.filter(pk=world.year.pk).update(frame=world.year.frame)
    world.year.bindings.filter(metric="").update(value="")
    assert "还有 1 格没有数" in text(head.post(address(world), {"act": "close"}, follow=True))
    assert UnitYear.objects.get().state == "open" and ReportVersion.objects.count() == 0
    # an indicator without what was reached cannot be scored, and says which
    assert "促进工作" in text(head.post(address(world), {"act": "draft"}, follow=True))
    assert ReportVersion.objects.count() == 0


def test_strangers_and_other_roles_find_nothing(cast: Cast, world: World) -> None:
    close_year(world.head, world.year.pk)
    for who in ("street_clerk", "far_reviewer", "rent_clerk"):
        for rest in (
            "",
            "versions/1/",
            "versions/1/files/facts.json",
            "table.yaml",
            "versions/1/changes/?since=1",
        ):
            assert client_of(cast, who).get(address(world, rest)).status_code == 404, (who, rest)
    auditor = client_of(cast, "auditor")  # of the bureau above
    assert auditor.get(address(world, "versions/1/")).status_code == 200
    assert auditor.post(address(world), {"act": "correct", "reason": "审计"}).status_code == 302
    assert ReportVersion.objects.count() == 1
    assert "导入指标取数表" not in text(auditor.get("/office/performance/"))


def test_a_table_is_imported_and_its_faults_are_told_together(cast: Cast, world: World) -> None:
    accountant = client_of(cast, "accountant")

    def send(content: str | bytes) -> Any:
        data = content if isinstance(content, bytes) else content.encode()
        return accountant.post("/office/performance/", {"file": SimpleUploadedFile("table.yaml", data)})

    good = TABLE.format(unit=world.agency.name).replace("year: 2026", "year: 2027")
    assert send(good).status_code == 302 and UnitYear.objects.count() == 2
    bad = send(
        good.replace("ledger.budget_initial", "ledger.nothing").replace("nature: project", "nature: none")
    )
    page = text(bad)
    assert bad.status_code == 400 and "ledger.nothing" in page and "不能是“none”" in page
    assert "不是 UTF-8" in text(send(b"\xff\xfe")) and "没有选择文件" in text(
        accountant.post("/office/performance/")
    )
    assert send(good.replace("yueyanglou", "nowhere")).status_code == 400
    assert send("").status_code == 400 and send("- 1").status_code == 400
    assert text(accountant.get(address(world, "table.yaml"))) == world.year.table_text


def test_a_figure_for_hands_is_entered_with_its_evidence(cast: Cast, world: World) -> None:
    accountant = client_of(cast, "accountant")
    row = world.year.bindings.get(metric="")
    page = address(world, f"enter/{row.pk}/")
    assert accountant.get(page).status_code == 200
    assert "依据没有填写" in text(accountant.post(page, {"value": "有效促进", "evidence": ""}))
    paper = SimpleUploadedFile("总结.pdf", b"paper")
    assert accountant.post(page, {"value": "有效促进", "evidence": "", "paper": paper}).status_code == 302
    row.refresh_from_db()
    assert row.evidence_digest == hashlib.sha256(b"paper").hexdigest() and row.person == "蒋会计"
    measured = world.year.bindings.exclude(metric="").first()
    assert measured is not None
    for closed in (address(world, f"enter/{measured.pk}/"), address(world, "enter/999999/")):
        assert accountant.get(closed).status_code == 404
    assert client_of(cast, "auditor").get(page).status_code == 404


def test_posts_and_surveys_of_the_unit(cast: Cast) -> None:
    head = client_of(cast, "supervisor")
    acts = "/office/performance/unit/acts/{}/".format
    day = {"day.year": "2026", "day.month": "1", "day.day": "5"}
    for number in ("001", "002"):
        head.post(acts("post"), {"number": number, "title": "会计", "document": "编〔2019〕1号", **day})
    assert "已有" in text(head.post(acts("post"), {"number": "001", "title": "会计", "document": "x", **day}))
    post = StaffPost.objects.get(number="001")
    head.post(acts("hold"), {"post": str(post.pk), "name": "蒋会计", **day})
    assert "请选择空缺的岗位" in text(
        head.post(acts("hold"), {"post": str(post.pk), "name": "季会计", **day})
    )

    def count(name: str, year: int) -> Any:
        scope = Scope(frozenset({cast.district.pk}), year, post_now())
        return compute(f"performance.{name}", scope).value

    assert (count("posts_established", 2026), count("posts_held", 2026), count("posts_held", 2025)) == (
        2,
        1,
        0,
    )
    holding = PostHolding.objects.get()
    leave = {
        "holding": str(holding.pk),
        "reason": "调出",
        "day.year": "2026",
        "day.month": "6",
        "day.day": "30",
    }
    assert head.post(acts("leave"), leave).status_code == 302 and count("posts_held", 2026) == 0
    withdraw = {"post": str(post.pk), "reason": "核减", "day.year": "2026", "day.month": "7", "day.day": "1"}
    assert head.post(acts("withdraw"), withdraw).status_code == 302 and count("posts_established", 2026) == 1

    survey = {
        "code": "s1", "title": "补贴家庭调查", "sent": "25", "evidence": "第3卷", "grade5": "12", "grade4": "7", "grade3": "1",
        "began.year": "2026", "began.month": "9", "began.day": "1", "ended.year": "2026", "ended.month": "9", "ended.day": "20",
    }  # fmt: skip
    assert "不多于发出的份数" in text(head.post(acts("survey"), {**survey, "sent": "10"}))
    assert head.post(acts("survey"), survey).status_code == 302
    assert Survey.objects.get().answers.count() == 20 and count("satisfaction", 2026) == 95
    page = text(head.get("/office/performance/unit/"))
    assert "补贴家庭调查" in page and "编制 2 人" in page
    assert head.get(acts("nothing")).status_code == 404
    assert client_of(cast, "auditor").get(acts("post")).status_code == 404


def post_now() -> Any:
    from django.utils import timezone

    return timezone.now()


def test_nobody_else_opens_posts(world: World) -> None:
    from guangsha.kernel.errors import InputError

    with pytest.raises(InputError, match="会计或负责人"):
        open_post(world.auditor, world.agency, "1", "会计", "编", date(2026, 1, 1))
