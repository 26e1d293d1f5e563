"""Repairs as acts: from the report to the rating, and what must not happen."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from guangsha.areas.fieldwork import actions, hooks, jobs
from guangsha.areas.fieldwork.access import access_order, access_photo, orders_of
from guangsha.areas.fieldwork.actions.base import NotAllowed, OrderMoved
from guangsha.areas.fieldwork.models import FieldAlarm, FieldPhoto, RepairOrder
from guangsha.areas.fieldwork.queries import in_scope, left_of, tally, timeline_of
from guangsha.areas.fieldwork.tests.builders import Site, picture
from guangsha.areas.tenancy.tests.builders import active_lease, citizen_of
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.actors import build_actor
from guangsha.people.models import Kinship
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(cast: Cast) -> Site:
    return Site(cast)


def test_from_the_report_to_the_rating(site: Site) -> None:
    order = site.done(("tap", "1"), ("plumber_hour", "0.5"))
    assert (order.state, order.owner_fen, order.tenant_fen, order.payer) == ("done", 4500 + 3000, 0, "owner")
    order = actions.rate(site.tenant, order.number, stars=5, text="修得快")
    assert order.state == "rated"
    assert [one.act for one in order.events.order_by("number")] == [
        "report", "triage", "assign", "arrive", "line", "line", "finish", "rate",
    ]  # fmt: skip
    assert {one.title for one in timeline_of(order)} >= {"已报修", "已受理", "已修好", "已评价"}
    assert Act.objects.filter(action="fieldwork.repair.finish", object_id=str(order.pk)).exists()
    told = Message.objects.filter(about=order.number, channel="inbox", account=site.tenant_account)
    assert told.count() >= 4


def test_pressing_twice_reports_once(site: Site) -> None:
    key = uuid.uuid4()
    given = actions.Report("power", "跳闸", "", key=key)
    first = actions.report_from_home(site.tenant, site.lease.number, given)
    assert actions.report_from_home(site.tenant, site.lease.number, given).pk == first.pk
    assert RepairOrder.objects.count() == 1
    other = active_lease(site.cast, number="HT430699190000002", room="1-1-0102")
    with pytest.raises(NotThere):
        actions.report_from_home(build_actor(citizen_of(other.tenant)), other.number, given)


def test_nobody_reports_from_a_home_that_is_not_theirs(site: Site) -> None:
    with pytest.raises(InputError, match="没有找到"):
        actions.report_from_home(site.stranger, site.lease.number, actions.Report("water", "漏水", ""))


def test_two_who_give_out_the_same_order_do_not_both_succeed(site: Site) -> None:
    order = site.triaged()
    actions.assign(site.inspector, order.number, order.version, contractor_id=site.contractor.pk)
    with pytest.raises(OrderMoved):
        actions.assign(site.clerk, order.number, order.version, contractor_id=site.contractor.pk)


def test_a_firm_sees_what_it_was_given_and_only_while_it_has_it(site: Site, cast: Cast) -> None:
    order = site.triaged()
    assert not orders_of(site.firm).exists()
    order = actions.assign(site.inspector, order.number, order.version, contractor_id=site.contractor.pk)
    assert access_order(site.firm, order.number) == order
    other = actions.write_contractor(site.head, cast.district, name="别家", kind="firm")
    actions.assign(site.inspector, order.number, order.version, contractor_id=other.pk)
    with pytest.raises(NotThere):
        access_order(site.firm, order.number)
    with pytest.raises(NotThere):
        access_order(build_actor(cast.staff["enterprise_user"]), order.number)


@pytest.mark.parametrize(
    "who", ["stranger", "far_reviewer", "system_admin", "fund_officer", "community_helper"]
)
def test_others_find_nothing(site: Site, cast: Cast, who: str) -> None:
    order = site.reported()
    photo = actions.add_order_photo(site.tenant, order.number, "report", picture())
    actor = cast.actor(who)
    with pytest.raises(NotThere):
        access_order(actor, order.number)
    with pytest.raises(NotThere):
        access_photo(actor, photo.pk)


def test_kin_stay_away(site: Site) -> None:
    order = site.reported()
    Kinship.objects.create(
        account_id=site.inspector.account_id, identity_index=site.lease.tenant.identity_index, relation="父母"
    )
    with pytest.raises(NotThere):
        actions.triage(site.inspector, order.number, order.version, urgent=False, text="好")


def test_the_tenant_pays_what_they_broke_once_and_only_when_they_have_signed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(hooks, "CHARGES", [lambda _actor, _order, fen: taken.append(fen) is None])
    order = site.done(("door_lock", "1"), cause="misuse", part="fixed", signed=False, kind="door")
    assert (order.payer, order.tenant_fen, taken) == ("tenant", 12_000, [])
    with pytest.raises(NotAllowed, match="还没有确认"):
        actions.close(site.inspector, order.number, order.version)
    assert actions.close_settled(timezone.now() + timedelta(days=30)) == 0
    actions.confirm_work(site.tenant, order.number)
    assert taken == [12_000]
    with pytest.raises(NotAllowed):
        actions.confirm_work(site.tenant, order.number)
    order.refresh_from_db()
    assert order.charged_at is not None and order.signed_way == "online"


def test_money_above_the_ceiling_is_granted_by_another_person(site: Site) -> None:
    order = site.visited(("tile_m2", "12"))
    actions.add_order_photo(site.firm, order.number, "after", picture())
    with pytest.raises(NotAllowed, match="先申请"):
        actions.finish(
            site.firm, order.number, order.version, cause="wear", part="fixed", text="重贴", signed_way=""
        )
    with pytest.raises(InputError, match="不用申请"):
        actions.ask_money(site.firm, order.number, order.version, estimate_fen=80_000, reason="瓷砖空鼓")
    order = actions.ask_money(
        site.firm, order.number, order.version, estimate_fen=110_000, reason="瓷砖空鼓脱落"
    )
    with pytest.raises(NotAllowed):
        actions.grant_money(site.inspector, order.number, order.version, granted=True, note="")
    order = actions.grant_money(site.head, order.number, order.version, granted=True, note="同意")
    order = actions.finish(
        site.firm, order.number, order.version, cause="wear", part="fixed", text="重贴", signed_way=""
    )
    assert order.owner_fen == 108_000


def test_a_finish_needs_a_photograph_and_lines_need_the_list(site: Site) -> None:
    order = site.visited()
    with pytest.raises(InputError, match="照片"):
        actions.finish(site.firm, order.number, order.version, cause="wear", part="fixed", text="好了")
    with pytest.raises(InputError, match="价目表"):
        actions.add_line(site.firm, order.number, order.version, code="gold", quantity=Decimal(1))
    with pytest.raises(InputError, match="数量"):
        actions.add_line(site.firm, order.number, order.version, code="tap", quantity=Decimal("0.001"))


def test_what_breaks_again_within_the_warranty_is_a_new_order_and_costs_nothing(site: Site) -> None:
    first = site.done(("tap", "1"), cause="misuse")
    again = actions.report_again(site.tenant, first.number, "又漏了")
    assert again.reopens_id == first.pk and again.answered_at is None
    with pytest.raises(NotAllowed, match="已经再次报修"):
        actions.report_again(site.tenant, first.number, "还漏")
    RepairOrder.objects.filter(pk=again.pk).update(state="closed", done_at=timezone.now(), warranty_until=timezone.localdate() - timedelta(days=1))  # fmt: skip
    with pytest.raises(NotAllowed, match="保修期已过"):
        actions.report_again(site.tenant, again.number, "又漏了")


def test_a_refusal_is_told_with_its_reason_and_contested_before_another_person(site: Site) -> None:
    order = site.reported()
    order = actions.refuse(
        site.inspector, order.number, order.version, reason="own_goods", text="洗衣机是您自购的"
    )
    body = Message.objects.filter(about=order.number, subject="报修不予维修").first()
    assert body is not None and "洗衣机" in body.body and "异议" in body.body
    again = actions.report_again(site.tenant, order.number, "不是洗衣机，是墙里的水管")
    with pytest.raises(NotAllowed, match="另一位"):
        actions.refuse(site.inspector, again.number, again.version, reason="own_goods", text="同上")
    assert (
        actions.refuse(site.clerk, again.number, again.version, reason="not_broken", text="现场无渗漏").state
        == "refused"
    )


def test_duplicates_become_one(site: Site) -> None:
    first, second = site.reported(), site.reported(urgent=True)
    merged = actions.merge(site.inspector, second.number, second.version, first.number)
    first.refresh_from_db()
    assert (merged.state, merged.merged_into_id, first.urgent) == ("merged", first.pk, True)
    with pytest.raises(NotAllowed):
        actions.merge(site.inspector, first.number, first.version, second.number)


def test_the_reporter_takes_it_back_and_only_they(site: Site) -> None:
    order = site.assigned()
    with pytest.raises(NotThere):
        actions.withdraw(site.stranger, order.number)
    assert actions.withdraw(site.tenant, order.number).refusal == "withdrawn"
    assert not order.visits.filter(state="planned").exists()


def test_nobody_at_home_means_another_appointment(site: Site) -> None:
    order = site.assigned()
    order = actions.not_met(site.firm, order.number, order.version, text="敲门无人应答")
    actions.plan_visit(site.firm, order.number, order.version, at=timezone.localtime() + timedelta(days=1))
    assert [one.state for one in order.visits.order_by("pk")] == ["missed", "planned"]
    order.refresh_from_db()
    with pytest.raises(InputError, match="约定时间"):
        actions.plan_visit(
            site.firm, order.number, order.version, at=timezone.localtime() - timedelta(days=1)
        )


def test_a_photograph_is_kept_small_once_and_without_its_place(site: Site) -> None:
    order = site.reported()
    one = actions.add_order_photo(site.tenant, order.number, "report", picture())
    assert actions.add_order_photo(site.tenant, order.number, "report", picture()).pk == one.pk
    assert actions.open_photo(one).startswith(b"\xff\xd8\xff")
    with pytest.raises(InputError, match="只收"):
        actions.add_order_photo(site.tenant, order.number, "report", b"%PDF-1.7 no picture")
    with pytest.raises(NotAllowed):
        actions.add_order_photo(site.tenant, order.number, "after", picture("red"))
    assert FieldPhoto.objects.count() == 1


def test_limits_do_not_pass_unnoticed(site: Site) -> None:
    order = site.reported(urgent=True)
    began = order.reported_at
    assert jobs.raise_alarms(began) == "时限提醒 0 条"
    assert jobs.raise_alarms(began + timedelta(minutes=100)) == "时限提醒 1 条"
    assert jobs.raise_alarms(began + timedelta(minutes=110)) == "时限提醒 0 条"
    head = Message.objects.filter(about=order.number, account_id=site.head.account_id)
    assert not head.exists()
    jobs.raise_alarms(began + timedelta(hours=2, minutes=1))
    assert head.count() == 1
    jobs.raise_alarms(began + timedelta(hours=4))
    assert list(FieldAlarm.objects.order_by("pk").values_list("level", flat=True)) == [
        "due_soon",
        "overdue",
        "escalated",
    ]
    late = began + timedelta(hours=3)
    assert left_of(order, late).tone == "bad"


def test_an_alarm_that_reaches_nobody_makes_the_job_fail(site: Site) -> None:
    from guangsha.people.models import Appointment

    order = site.reported(urgent=True)
    Appointment.objects.update(ended_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(InputError, match="没有任何人可以提醒"):
        actions.raise_alarms(order.reported_at + timedelta(hours=3))


def test_the_board_counts_what_it_lists(site: Site) -> None:
    site.reported()
    site.assigned()
    found = tally(site.inspector)
    assert (found["new"], found["work"], found["late"]) == (1, 1, 0)
    assert in_scope(site.inspector, "new").count() == 1
    assert in_scope(site.inspector, "work").count() == 1
    assert not in_scope(site.far, "all").exists()


def test_what_was_repaired_without_another_word_is_closed(site: Site) -> None:
    order = site.done()
    assert actions.close_settled(timezone.now() + timedelta(days=6)) == 0
    assert actions.close_settled(timezone.now() + timedelta(days=8)) == 1
    order.refresh_from_db()
    assert order.state == "closed"
    assert actions.rate(site.tenant, order.number, stars=4).state == "closed"
