"""Who may open what, how many queries a page costs, and what stands on it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guangsha.areas.intake import actions
from guangsha.areas.intake.models import Case, Notice, Objection, Rating, SpotCheck
from guangsha.areas.intake.tests import builders
from guangsha.areas.office import lists, work
from guangsha.areas.office.tests.full import full_district
from guangsha.audit.models import Act
from guangsha.notify.models import Message, ScheduleRun
from guangsha.people.models import Kinship
from guangsha.privacy.models import Reveal
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def signed_in(cast: Cast, who: str) -> Client:
    """A browser in which ``who`` of the cast is signed in."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.account(who))
    return client


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.content.decode())


@pytest.mark.both_databases
def test_every_page_opens_for_its_roles_on_a_full_district(cast: Cast) -> None:
    cases = full_district(cast, 30)
    numbers = [case.number for case in cases[:7]]
    everybody = [
        "/office/",
        "/office/cases/",
        "/office/cases/?scope=todo&limit=late&sort=new",
        "/office/search/?q=chen",
    ]
    own = {
        "street_clerk": ["/office/window/", "/office/messages/"],
        "supervisor": ["/office/notices/", "/office/notices/?state=ended", "/office/objections/", "/office/remedies/", "/office/ratings/",
                       "/office/spot-checks/", "/office/figures/", "/office/reveals/", "/office/messages/"],
        "publicity_editor": ["/office/notices/"],
        "auditor": ["/office/figures/", "/office/audit/", "/office/reveals/", "/office/ratings/?which=all"],
    }  # fmt: skip
    for who, addresses in own.items():
        client = signed_in(cast, who)
        for address in [*everybody, *addresses]:
            text_of(client, address)
        for number in numbers:
            answer = client.get(f"/office/cases/{number}/")
            if who != "street_clerk":  # what nobody knows a street for is the district's
                assert answer.status_code == 200, "the auditor of the bureau reads what lies below it"
    for who, address in (
        ("system_admin", "/office/jobs/"),
        ("audit_admin", "/office/audit/"),
        ("system_admin", "/office/"),
    ):
        text_of(signed_in(cast, who), address)


def test_staff_of_another_district_and_administrators_find_no_case(cast: Cast) -> None:
    case = builders.accepted(cast)
    for who in (
        "far_reviewer",
        "second_clerk",
        "system_admin",
        "security_admin",
        "audit_admin",
        "accountant",
    ):
        client = signed_in(cast, who)
        answer = client.get(f"/office/cases/{case.number}/")
        assert answer.status_code == (200 if who == "accountant" else 404), who
        if who in ("far_reviewer", "second_clerk"):
            assert case.number not in text_of(client, "/office/cases/?scope=all")
    assert signed_in(cast, "applicant").get("/office/cases/").status_code == 404
    assert Client(headers={"host": "127.0.0.1"}).get("/office/cases/").status_code == 302


def test_relatives_of_a_case_worker_are_out_of_sight_and_the_list_says_so(cast: Cast) -> None:
    case = builders.accepted(cast)
    Kinship.objects.create(
        account=cast.staff["street_clerk"], identity_index=case.applicant.identity_index, relation="父母"
    )
    client = signed_in(cast, "street_clerk")
    page = text_of(client, "/office/cases/")
    assert case.number not in page and "因回避不显示 1 件" in page
    assert "由同事办理" in text_of(client, "/office/")
    assert client.get(f"/office/cases/{case.number}/").status_code == 404
    assert case.number in text_of(signed_in(cast, "supervisor"), "/office/cases/")


def test_the_queue_costs_six_queries_whatever_its_length_and_opens_nothing_sealed(cast: Cast) -> None:
    full_district(cast, 30)
    actor = cast.actor("district_reviewer")

    def cost() -> list[str]:
        filters = lists.read_filters({"scope": "open", "sort": "due"})
        with CaptureQueriesContext(connection) as queries:
            lists.page_of(actor, filters)
            lists.kept_away(actor)
        return [query["sql"] for query in queries]

    few = cost()
    Case.objects.bulk_create(_more(60))
    many = cost()
    assert len(few) == len(many) <= 6
    assert not any("answers" in sql or '"identity"' in sql for sql in many)
    client = signed_in(cast, "district_reviewer")
    with CaptureQueriesContext(connection) as queries:
        page = text_of(client, "/office/cases/")
    assert len(queries) <= 20, "with signing in and the counts of the navigation"
    assert page.count('class="pick"') == lists.PAGE_SIZE


def _more(count: int) -> list[Case]:
    import uuid

    made = []
    for number in range(count):
        case = Case.objects.order_by("id").get(pk=Case.objects.values_list("pk", flat=True).order_by("id")[0])
        case.pk, case.number, case.key = None, f"9{number:010d}", uuid.uuid4()
        made.append(case)
    return made


@pytest.mark.parametrize(
    "address", ["/office/", "/office/cases/", "/office/cases/?scope=all", "/office/figures/"]
)
def test_five_rows_cost_as_many_queries_as_fifty(cast: Cast, address: str) -> None:
    full_district(cast, 7)
    client = signed_in(cast, "supervisor")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    cost()
    few = cost()
    Case.objects.bulk_create(_more(50))
    assert cost() == few


def test_a_case_page_costs_the_same_however_long_its_history(cast: Cast) -> None:
    case = builders.noticed(cast)
    client = signed_in(cast, "district_approver")
    with CaptureQueriesContext(connection) as queries:
        text_of(client, f"/office/cases/{case.number}/")
    assert len(queries) <= 50


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("limit=late", lambda line: line.left is not None and line.left < 0),
        ("limit=soon", lambda line: line.left is not None and 0 <= line.left <= 2),
        ("state=publicity", lambda line: line.state == "公示中"),
        ("state=step:district_review", lambda line: line.step == "区级审核"),
        ("service=repair&scope=all", lambda line: line.service == "维修报修"),
        ("who=none", lambda line: not line.assignee),
    ],
)
def test_each_filter_leaves_what_its_words_say(cast: Cast, query: str, wanted) -> None:  # type: ignore[no-untyped-def]
    full_district(cast, 120)
    from django.http import QueryDict

    actor = cast.actor("supervisor")
    everything = lists.lines_of(lists.narrowed(actor, lists.read_filters({"scope": "all"})))
    found = lists.lines_of(lists.narrowed(actor, lists.read_filters(QueryDict(query).dict())))
    assert found and all(wanted(line) for line in found)
    live = {label for code, label in lists.STATES if code in lists.LIVE}
    inside = [
        line
        for line in everything
        if wanted(line)
        and ("scope=all" in query or line.state in live)
        and not (line.paused and "limit" in query)
    ]
    assert {line.pk for line in found} == {line.pk for line in inside}


def test_a_person_who_is_found_leads_to_the_household_file_of_ones_own_reach(cast: Cast) -> None:
    from guangsha.areas.registry.actions import open_household
    from guangsha.areas.registry.models import Person

    case = builders.submitted(cast)
    person = Person.objects.get(pk=cast.applicant.person_id)
    home = open_household(
        cast.actor("street_clerk"), head=person, agency=cast.streets[0], community=cast.communities[0]
    )
    page = text_of(signed_in(cast, "street_clerk"), "/office/search/?q=李建国")
    assert (
        f'href="/office/households/{home.number}/"' in page and f'href="/office/persons/{person.pk}/"' in page
    )
    assert case.number in page and person.identity not in page
    page = text_of(signed_in(cast, "publicity_editor"), "/office/search/?q=李建国")
    assert "/office/households/" not in page and home.number not in page
    page = text_of(signed_in(cast, "second_clerk"), "/office/search/?q=李建国")
    assert home.number not in page


def test_limits_are_worded_and_sorted_by_the_day(cast: Cast) -> None:
    full_district(cast, 60)
    page = text_of(signed_in(cast, "supervisor"), "/office/cases/")
    assert "超期" in page and "剩" in page
    lines = lists.page_of(cast.actor("supervisor"), lists.Filters()).lines
    days = [line.due_on for line in lines if line.due_on]
    assert days == sorted(days)


def test_nonsense_in_the_address_is_left_out(cast: Cast) -> None:
    client = signed_in(cast, "supervisor")
    text_of(
        client,
        "/office/cases/?scope=x&service=%27&state=step:none&area=abc&page=99999999&since=2026-13-40&who=%27&sort=;",
    )
    text_of(client, f"/office/cases/?page=000001{'9' * 5000}&area={'9' * 5000}&number={'9' * 5000}")
    refused = client.get("/office/cases/?who=%00")
    assert refused.status_code == 400 and "空字符" in refused.content.decode()
    text_of(client, "/office/figures/?since=x&until=9999-99")
    text_of(signed_in(cast, "auditor"), "/office/audit/?since=1&until=0001-01-01&page=x")


def test_the_first_page_says_what_waits_for_whom(cast: Cast) -> None:
    case = builders.accepted(cast)
    for who in ("street_clerk", "civil_checker", "district_reviewer"):
        builders.opinion(case, cast.actor(who))
    second, first = (
        work.today_of(cast.actor("second_reviewer")),
        work.today_of(cast.actor("district_reviewer")),
    )
    assert [line.number for line in second.second_wanted] == [case.number] and second.waiting == 1
    assert first.given_waiting == 1 and first.waiting == 0 and not first.second_wanted
    assert lists.next_case(cast.actor("second_reviewer")) == case.number
    assert lists.next_case(cast.actor("district_reviewer")) == ""
    assert "等您提第二份意见" in text_of(signed_in(cast, "second_reviewer"), "/office/")


def test_a_plain_value_needs_a_reason_and_is_written_down(cast: Cast) -> None:
    case = builders.accepted(cast)
    client = signed_in(cast, "street_clerk")
    identity = case.answers["applicant"]["identity"]
    assert identity not in text_of(client, f"/office/cases/{case.number}/")
    address = f"/office/cases/{case.number}/reveal/"
    assert "查看理由" in text_of(client, f"{address}?field=applicant.identity")
    refused = client.post(address, {"field": "applicant.identity", "reason": "…"})
    assert (
        refused.status_code == 400
        and identity not in refused.content.decode()
        and not Reveal.objects.exists()
    )
    shown = client.post(address, {"field": "applicant.identity", "reason": "核对身份证原件"})
    assert identity in shown.content.decode()
    look = Reveal.objects.get()
    assert look.subject_index == case.applicant.identity_index and look.field == "answers.applicant.identity"
    assert client.get(f"{address}?field=applicant.name").status_code == 404
    assert client.post(address, {"field": "state", "reason": "核对身份证原件"}).status_code == 404
    member = client.post(address, {"field": "members.0.identity", "reason": "核对户口簿"})
    assert builders.CHILD in member.content.decode()
    assert Reveal.objects.latest("id").subject_index != case.applicant.identity_index
    review = signed_in(cast, "supervisor")
    assert "核对身份证原件" in text_of(review, "/office/reveals/")
    assert review.post(f"/office/reveals/{look.pk}/").status_code == 302
    look.refresh_from_db()
    assert look.reviewed_by == cast.staff["supervisor"].name


def test_an_objector_stays_out_of_sight(cast: Cast) -> None:
    case = builders.reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    objection = actions.make_objection(
        None, notice.number, "他家有房，问我 13812345678", "张三 13987654321", row=1
    )
    client = signed_in(cast, "district_reviewer")
    page = text_of(client, f"/office/objections/{objection.receipt}/")
    assert (
        "他家有房" in page and "13812345678" not in page and "张三" not in page and "13987654321" not in page
    )
    empty = client.post(f"/office/objections/{objection.receipt}/", {"upheld": "yes", "finding": ""})
    assert empty.status_code == 400 and "请写明理由" in empty.content.decode()
    assert (
        client.post(
            f"/office/objections/{objection.receipt}/", {"upheld": "no", "finding": "查无此房"}
        ).status_code
        == 302
    )
    assert Objection.objects.get().state == "dismissed"
    assert signed_in(cast, "far_reviewer").get(f"/office/objections/{objection.receipt}/").status_code == 404


def test_one_text_sent_many_times_is_read_once_and_settled_together(cast: Cast) -> None:
    case = builders.reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    receipts = [
        actions.make_objection(None, notice.number, f"听说不该批，第{n}次", "").receipt for n in range(3)
    ]
    client, together = signed_in(cast, "district_reviewer"), "/office/objections/together/"
    assert text_of(client, "/office/objections/").count('name="receipt"') == 3
    page = text_of(client, f"{together}?receipt={receipts[0]}&receipt={receipts[1]}")
    assert "第0次" in page and "第1次" in page and "第2次" not in page
    assert client.post(together, {"receipt": receipts[:2], "finding": " "}).status_code == 400
    assert client.get(together).status_code == 302, "nothing is ticked"
    assert client.get(together, {"receipt": ["x"] * 21}).status_code == 302
    assert (
        client.post(together, {"receipt": receipts[:2], "finding": "没有具体线索，查无此事"}).status_code
        == 302
    )
    assert [row.state for row in Objection.objects.order_by("id")] == ["dismissed", "dismissed", "open"]
    assert set(Objection.objects.filter(state="dismissed").values_list("finding", flat=True)) == {
        "没有具体线索，查无此事"
    }
    again = client.post(together, {"receipt": receipts[:2], "finding": "再来一次"})
    assert again.status_code == 400 and "刚被别人核实过" in again.content.decode()
    assert "异议" in text_of(client, f"{together}?receipt={receipts[0]}"), "settled since: said, not failed"
    assert signed_in(cast, "auditor").get(together, {"receipt": receipts[2]}).status_code == 404
    far = signed_in(cast, "far_reviewer")
    assert far.post(together, {"receipt": receipts[2:], "finding": "越界"}).status_code == 400
    assert Objection.objects.filter(state="open").count() == 1


def test_a_bad_rating_is_called_back(cast: Cast) -> None:
    case = builders.decided(cast)
    actions.serve(cast.actor("district_approver"), case.pk, case.version)
    actions.rate(cast.actor("applicant"), case.pk, 1, ["等待太久"])
    client = signed_in(cast, "supervisor")
    assert "等待太久" in text_of(client, "/office/ratings/")
    assert "1<span" in text_of(client, "/office/")
    client.post(f"/office/ratings/{Rating.objects.get().pk}/", {"text": "已致歉并整改"})
    assert Rating.objects.get().reply == "已致歉并整改"
    assert "等待太久" not in text_of(client, "/office/ratings/")


def test_drawn_cases_are_checked_by_somebody_else(cast: Cast) -> None:
    case = builders.decided(cast)
    client = signed_in(cast, "supervisor")
    bad = client.post(
        "/office/spot-checks/",
        {"service": "elig_apply", "seed": "", "since": "2026-01-01", "until": "2099-12-31"},
    )
    assert bad.status_code == 400
    client.post(
        "/office/spot-checks/",
        {"service": "elig_apply", "seed": "20261121", "since": "2026-01-01", "until": "2099-12-31"},
    )
    check = SpotCheck.objects.get(case=case)
    assert "须由他人复查" in text_of(signed_in(cast, "district_reviewer"), f"/office/spot-checks/{check.pk}/")
    done = client.post(f"/office/spot-checks/{check.pk}/", {"finding": "right", "text": ""})
    check.refresh_from_db()
    assert done.status_code == 302 and check.finding == "right"


def test_every_number_of_the_figures_is_the_length_of_its_list(cast: Cast) -> None:
    import re

    full_district(cast, 70)
    client = signed_in(cast, "supervisor")
    page = text_of(client, "/office/figures/")
    links = re.findall(r'href="(/office/cases/\?[^"]+)">(\d+)</a>', page)
    assert len(links) >= 8
    for href, count in links:
        listed = text_of(client, href.replace("&amp;", "&"))
        assert f"共 {count} 条" in listed or f"（{count} 条）" in listed, (href, count)


def test_the_log_is_searched_by_person_act_and_case(cast: Cast) -> None:
    case = builders.accepted(cast)
    client = signed_in(cast, "audit_admin")
    page = text_of(client, f"/office/audit/?case={case.number}&act=intake.case.accept")
    assert "钱受理" in page and "受理" in page and page.count("<tr>") == 2
    assert "没有符合条件" in text_of(client, "/office/audit/?who=无此人")
    before = Act.objects.count()
    text_of(client, "/office/audit/")
    assert Act.objects.count() == before


def test_a_notice_is_found_withdrawn_and_its_cases_wait_again(cast: Cast) -> None:
    case = builders.reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    client = signed_in(cast, "publicity_editor")
    assert notice.digest in text_of(client, f"/office/notices/{notice.number}/")
    assert notice.number in text_of(client, "/office/notices/?state=running")
    client.post(f"/office/notices/{notice.number}/withdraw/", {"text": "名单有误"})
    assert Notice.objects.get().state == "withdrawn"
    assert case.number in text_of(client, "/office/notices/")
    assert signed_in(cast, "far_reviewer").get(f"/office/notices/{notice.number}/").status_code == 404


def test_an_objection_to_a_whole_notice_names_the_case_it_is_right_about(cast: Cast) -> None:
    case = builders.reviewed(cast)
    Case.objects.filter(pk=case.pk).update(applicant_id=cast.stranger.person_id)
    other = builders.reviewed(cast)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk, other.pk])
    objection = actions.make_objection(None, notice.number, "名单里有人有房")
    client = signed_in(cast, "legal_officer")
    address = f"/office/objections/{objection.receipt}/"
    assert other.number in text_of(client, address)
    said = {"upheld": "yes", "finding": "确有一家"}
    assert client.post(address, said).status_code == 400
    assert client.post(address, {**said, "case": other.number}).status_code == 302
    other.refresh_from_db()
    assert other.state == "district_review"


def test_the_head_of_the_agency_sees_what_is_late_anywhere(cast: Cast) -> None:
    full_district(cast, 60)
    late = work.today_of(cast.actor("supervisor")).late_of_all
    filters = lists.read_filters({"limit": "late"})
    assert late and late == lists.page_of(cast.actor("supervisor"), filters).total
    assert work.today_of(cast.actor("street_clerk")).late_of_all is None


def test_messages_to_staff_are_read_ticked_off_and_lead_to_what_they_are_about(cast: Cast) -> None:
    case = builders.accepted(cast)
    told = actions.base.tell_staff(case, [cast.account("street_clerk")], "late", "办件将到期", "请尽快办理")
    assert told == [cast.account("street_clerk").pk]
    message = Message.objects.get(subject="办件将到期")
    client, other = signed_in(cast, "street_clerk"), signed_in(cast, "second_clerk")
    assert "办件将到期" in text_of(client, "/office/") and "办件将到期" in text_of(client, "/office/inbox/")
    assert "办件将到期" not in text_of(other, "/office/inbox/")
    other.post("/office/inbox/read/", {"message": message.pk, "go": "1"})
    message.refresh_from_db()
    assert message.read_at is None, "nobody ticks off what others were told"
    gone = client.post("/office/inbox/read/", {"message": message.pk, "go": "1"})
    assert gone["Location"] == f"/office/cases/{case.number}/"
    message.refresh_from_db()
    assert message.read_at is not None and "办件将到期" not in text_of(client, "/office/")
    assert "办件将到期" in text_of(client, "/office/inbox/")
    assert client.post("/office/inbox/read/", {"message": ["x", "9" * 30]}).status_code == 302


def test_a_message_that_failed_is_sent_again_by_those_who_may_see_its_case(cast: Cast) -> None:
    case = builders.accepted(cast)
    message = Message.objects.create(
        channel="sms", phone="19900000001", subject="申请已受理", body="已受理", about=case.number, key="k", state="failed",
        tries=5, next_try_at=timezone.now(), fault="网关：超时",
    )  # fmt: skip
    address = f"/office/messages/{message.pk}/again/"
    assert signed_in(cast, "second_clerk").post(address).status_code == 404
    assert signed_in(cast, "district_reviewer").post(address).status_code == 404
    clerk = signed_in(cast, "street_clerk")
    assert "1 条消息没有送到当事人" in text_of(clerk, "/office/") and address in text_of(
        clerk, "/office/messages/"
    )
    assert clerk.post(address).status_code == 302
    message.refresh_from_db()
    assert (message.state, message.tries) == ("waiting", 0)
    assert "没有发送失败的消息" in text_of(clerk, "/office/messages/")
    Message.objects.filter(pk=message.pk).update(state="failed")
    signed_in(cast, "supervisor").post("/office/messages/0/again/")
    message.refresh_from_db()
    assert message.state == "waiting"


def test_the_system_administrator_sees_first_which_jobs_were_not_done(cast: Cast) -> None:
    from guangsha.notify.schedule import SCHEDULE

    page = text_of(signed_in(cast, "system_admin"), "/office/")
    assert f"{len(SCHEDULE)} 项后台任务没有按时办成" in page and "查找疑似重复人员" in page
    now = timezone.now()
    for name, entry in SCHEDULE.items():
        ScheduleRun.objects.create(job=name, due_at=entry.due(now), started_at=now, finished_at=now)
    assert "后台任务都按时办成了" in text_of(signed_in(cast, "system_admin"), "/office/")
    assert "后台任务" not in text_of(signed_in(cast, "street_clerk"), "/office/")
