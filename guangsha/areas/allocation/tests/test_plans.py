"""From the waiting list to the order: who is listed where, what holds a roster back, who may sign what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.actions.base import NotAllowed
from guangsha.areas.allocation.models import Plan, PlanDwelling, WaitlistEntry
from guangsha.areas.allocation.rules import OrderRow
from guangsha.areas.allocation.tests.builders import PLAIN, SINGLE, THREE, Hall
from guangsha.areas.intake.actions import make_objection
from guangsha.areas.intake.actions.notices import settle_objection
from guangsha.areas.registry.models import SpecialStatus
from guangsha.areas.stock.models import Dwelling
from guangsha.kernel.errors import InputError
from guangsha.notify.models import Message

pytestmark = pytest.mark.django_db


def test_a_household_is_listed_once_with_the_layout_and_tier_its_file_says(hall: Hall) -> None:
    single, three, plain = hall.entry(SINGLE), hall.entry(THREE), hall.entry(PLAIN)
    assert [(one.layout, one.tier, one.members) for one in (single, three, plain)] == [
        ("A", 1, 1), ("B", 1, 3), ("B", 2, 3),
    ]  # fmt: skip
    with pytest.raises(NotAllowed, match="已在轮候名册中"):
        actions.list_household(
            hall.checker, single.household, agency=hall.cast.district, applicant=single.applicant,
            listed_on=timezone.localdate(),
        )  # fmt: skip


def test_a_plan_goes_from_vacant_dwellings_to_an_order_and_is_held_by_whatever_is_open(hall: Hall) -> None:
    plan = hall.plan(2)
    assert set(Dwelling.objects.values_list("state", flat=True)) == {"planned"}
    one, two = hall.register(plan, hall.entry()), hall.register(plan, hall.entry())
    assert (one.entry_no, two.entry_no) == ("T-0001", "T-0002")
    plan = hall.noticed(plan)
    assert list(plan.registrations.values_list("state", "recheck").distinct()) == [("qualified", "fit")]
    notice = plan.notice
    assert notice is not None
    notice.refresh_from_db()  # as the database gives it back
    assert notice.heads == ["序号", "登记号", "申请人", "家庭人数", "社区", "户型组别", "审核结果"]
    assert all(set(row) == set(notice.heads) for row in notice.rows)
    names = {one.applicant.name, two.applicant.name}
    assert names.isdisjoint(row["申请人"] for row in notice.rows)
    objection = make_objection(None, notice.number, "登记号 T-0001 家庭在外区有住房", "张先生")
    with pytest.raises(NotAllowed, match="异议没有答复"):
        actions.freeze_roster(hall.officer, plan.number)
    settle_objection(hall.checker, objection.pk, False, "已核实，没有其他住房")
    with pytest.raises(NotAllowed, match="岗位"):
        actions.freeze_roster(hall.checker, plan.number)
    frozen = actions.freeze_roster(hall.officer, plan.number)
    assert [(row.entry_no, row.queue, row.tier) for row in frozen.roster] == [
        ("T-0001", "A", 1),
        ("T-0002", "A", 1),
    ]
    assert frozen.rules == {
        "queues": ["A"], "tiers": [1], "waitlist_ratio": "0.30", "first_tier_places": {"A": 0},
    }  # fmt: skip
    with pytest.raises(InputError, match="名册不一致"):
        actions.record_order(hall.officer, plan, [OrderRow("T-0001", 1)])
    plan = actions.record_order(
        hall.officer, plan, [OrderRow("T-0002", 1, "aa"), OrderRow("T-0001", 2, "bb")]
    )
    assert plan.state == "drawn"
    assert list(plan.registrations.order_by("order_number").values_list("entry_no", "outcome")) == [
        ("T-0002", "selector"), ("T-0001", "selector"),
    ]  # fmt: skip


def test_only_four_eyes_make_a_plan_public(hall: Hall) -> None:
    plan = hall.plan(1, approve=False)
    with pytest.raises(NotAllowed, match="岗位"):
        actions.approve_plan(hall.officer, plan.number, plan.version)
    with pytest.raises(NotAllowed, match="登记时间"):
        hall.register(plan, hall.entry())
    Plan.objects.filter(pk=plan.pk).update(state="registering")
    hall.register(plan, hall.entry())
    with pytest.raises(NotAllowed, match="没有两居室房源"):
        hall.register(plan, hall.entry(THREE))


def test_a_difference_is_heard_and_signed_by_a_person_before_a_family_is_left_out(hall: Hall) -> None:
    plan = hall.plan(2)
    one, other = hall.register(plan, hall.entry()), hall.register(plan, hall.entry())
    SpecialStatus.objects.filter(person=one.applicant).update(ended_on=timezone.localdate())
    plan = hall.over(plan)
    assert actions.recheck_registrants(hall.checker, plan.number) == {"fit": 1, "differs": 1, "unknown": 0}
    one.refresh_from_db()
    assert one.state == "registered"
    plan.refresh_from_db()
    with pytest.raises(NotAllowed, match="没有复核认定"):
        actions.publish_roster(hall.editor, plan.number, plan.version)
    with pytest.raises(NotAllowed, match="尚未听取"):
        actions.settle_registrant(hall.approver, one.pk, one.version, fits=False, reason="不再符合优先条件")
    one = actions.ask_registrant(hall.checker, one.pk, one.version, reason="档案中低保已停止")
    citizen = hall.citizen(one.waitlist_entry)
    from guangsha.people.actors import build_actor

    one = actions.hear_registrant(build_actor(citizen), one.pk, outcome="objected", text="正在重新申请低保")
    with pytest.raises(NotAllowed, match="岗位"):
        actions.settle_registrant(hall.checker, one.pk, one.version, fits=False, reason="已核实")
    one = actions.settle_registrant(hall.approver, one.pk, one.version, fits=False, reason="收入已超过标准")
    entry = WaitlistEntry.objects.get(pk=one.waitlist_entry_id)
    assert (one.state, entry.state) == ("disqualified", "waiting")
    letter = Message.objects.filter(about=entry.number, subject="配租资格复核不符合").first()
    assert letter is not None
    assert "行政复议" in letter.body
    plan.refresh_from_db()
    published = actions.publish_roster(hall.editor, plan.number, plan.version).notice
    assert published is not None
    assert [row["登记号"] for row in published.rows] == [other.entry_no]


def test_removal_is_proposed_heard_and_decided_by_another(hall: Hall) -> None:
    entry = hall.entry()
    until = timezone.localdate() + timedelta(days=365)
    change = actions.propose_change(
        hall.checker, entry.number, kind="remove", reason="累计弃选 2 次", until=until
    )
    entry.refresh_from_db()
    assert entry.state == "waiting"
    with pytest.raises(NotAllowed, match="已经办过"):
        actions.confirm_change(hall.approver, change.pk, entry.version)
    actions.hear_change(hall.checker, change.pk, outcome="agreed")
    with pytest.raises(NotAllowed, match="岗位"):
        actions.confirm_change(hall.checker, change.pk, entry.version)
    change = actions.confirm_change(hall.approver, change.pk, entry.version)
    entry.refresh_from_db()
    assert (entry.state, entry.barred_until) == ("removed", until)
    assert change.document_number
    with pytest.raises(NotAllowed, match="多次弃选"):
        actions.list_household(
            hall.checker, entry.household, agency=hall.cast.district, applicant=entry.applicant,
            listed_on=timezone.localdate(),
        )  # fmt: skip


def test_a_cancelled_plan_gives_dwellings_and_places_back(hall: Hall) -> None:
    plan = hall.plan(2)
    one = hall.register(plan, hall.entry())
    plan.refresh_from_db()
    actions.cancel_plan(hall.approver, plan.number, plan.version, reason="房源另有安排")
    assert set(PlanDwelling.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert set(Dwelling.objects.values_list("state", flat=True)) == {"vacant"}
    assert WaitlistEntry.objects.get(pk=one.waitlist_entry_id).state == "waiting"


def test_order_by_place_in_the_list_needs_no_draw(hall: Hall) -> None:
    today = timezone.localdate()
    plan = hall.plan(1, method="queue")
    late = hall.register(plan, hall.entry(listed_on=today - timedelta(days=10)))
    early = hall.register(plan, hall.entry(listed_on=today - timedelta(days=900)))
    plan = hall.noticed(plan)
    plan = actions.order_by_rule(hall.officer, plan.number, plan.version)
    assert list(plan.registrations.order_by("order_number").values_list("entry_no", "outcome")) == [
        (early.entry_no, "selector"), (late.entry_no, "waitlist"),
    ]  # fmt: skip


def test_housed_once(hall: Hall) -> None:
    plan, _ = hall.session(1, 1)
    one = hall.signed(plan)
    entry = actions.housed(hall.officer, one.waitlist_entry_id, "ZY1")
    assert (entry.state, entry.lease_number) == ("housed", "ZY1")
    assert actions.housed(hall.officer, one.waitlist_entry_id, "ZY1").version == entry.version
    with pytest.raises(NotAllowed, match="不能登记入住"):
        actions.housed(hall.officer, one.waitlist_entry_id, "ZY2")
