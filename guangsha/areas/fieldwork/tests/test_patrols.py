"""Patrols are planned over the month, find hazards and things to repair, and whoever is on duty hears first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from guangsha.areas.fieldwork import actions
from guangsha.areas.fieldwork.access import access_photo
from guangsha.areas.fieldwork.actions.base import NotAllowed, OrderMoved
from guangsha.areas.fieldwork.actions.duty import on_duty
from guangsha.areas.fieldwork.actions.rounds import PATROL
from guangsha.areas.fieldwork.metrics import patrols, patrols_in_time
from guangsha.areas.fieldwork.models import Duty, FieldPhoto, Hazard, RepairOrder, Round
from guangsha.areas.fieldwork.queries import roster_of
from guangsha.areas.fieldwork.rules import monday_of, patrol_days
from guangsha.areas.fieldwork.tests.builders import Site, local, picture
from guangsha.areas.stock.tests.builders import estate
from guangsha.audit.models import Act
from guangsha.facts.metrics import Scope
from guangsha.kernel.errors import InputError
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.models import Account
from guangsha.testing.cast import Cast


@pytest.mark.parametrize(
    ("month", "times", "days"),
    [
        ("2026-11-20", 2, [15, 30]),
        ("2026-02-01", 3, [9, 18, 28]),
        ("2024-02-29", 1, [29]),
        ("2026-12-31", 4, [7, 15, 23, 31]),
    ],
)
def test_patrols_are_spread_over_the_month(month: str, times: int, days: list[int]) -> None:
    found = patrol_days(date.fromisoformat(month), times)
    assert [day.day for day in found] == days and {day.month for day in found} == {int(month[5:7])}


@pytest.fixture
def site(cast: Cast) -> Site:
    return Site(cast)


@pytest.mark.django_db
def test_every_estate_has_its_patrols_of_the_month_once(site: Site) -> None:
    estate(site.cast.district)
    assert actions.plan_rounds(local("2026-11-03 06:20")) == 3
    assert actions.plan_rounds(local("2026-11-04 06:20")) == 0
    assert list(Round.objects.order_by("due_on").values_list("checklist__kind", "period", "due_on__day")) == [
        ("patrol", "2026-11-1", 15),
        ("safety", "2026-11", 25),
        ("patrol", "2026-11-2", 30),
    ]
    # an estate that comes in the middle of a month is owed what is left of it
    estate(site.cast.district, "荷塘小区")
    assert actions.plan_rounds(local("2026-11-20 06:20")) == 2


@pytest.mark.django_db
def test_what_a_patrol_finds_becomes_a_hazard_or_an_order_with_its_photographs(site: Site) -> None:
    home = estate(site.cast.district)
    actions.plan_rounds(timezone.now())
    walk = Round.objects.filter(estate=home, checklist__kind="patrol").latest("due_on")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(site.cast.staff["field_inspector"])
    form = {f"{code}-verdict": "ok" for code, *_ in PATROL} | {
        "version": str(walk.version),
        "note": "已通知物业",
    }
    page = f"/office/rounds/{walk.pk}/"
    assert client.post(page, {**form, "lights-verdict": "repair"}).status_code == 400
    assert not RepairOrder.objects.exists()
    form |= {
        "lights-verdict": "repair", "lights-text": "楼道灯不亮", "lights-place": "2栋三楼",
        "falling-verdict": "fault", "falling-text": "窗框松动",
    }  # fmt: skip
    shots = {
        name: SimpleUploadedFile("a.png", picture(colour), "image/png")
        for name, colour in (("photo", "#112233"), ("lights-photo", "#445566"), ("falling-photo", "#778899"))
    }
    assert client.post(page, {**form, **shots}).status_code == 302
    order, hazard = RepairOrder.objects.get(), Hazard.objects.get()
    assert (order.channel, order.kind, order.place, order.estate) == (
        "patrol",
        "power",
        "桂园小区2栋三楼",
        home,
    )
    assert (hazard.source, hazard.kind, hazard.state) == ("patrol", "falling", "found")
    assert [one.moment for one in (order.photos.get(), hazard.photos.get(), walk.photos.get())] == [
        "report", "found", "round",
    ]  # fmt: skip
    told = client.get(page).content.decode()
    assert order.number in told and hazard.number in told and "添加照片" in told
    more = {"photo": SimpleUploadedFile("b.png", picture("#aabbcc"), "image/png")}
    assert client.post(page, more).status_code == 302 and walk.photos.count() == 2
    photo = walk.photos.latest("pk")
    with pytest.raises(NotThere):
        access_photo(site.far, photo.pk)
    with pytest.raises(NotAllowed):
        actions.add_round_photo(site.clerk, walk.pk, picture())
    with pytest.raises(IntegrityError), transaction.atomic():
        FieldPhoto.objects.filter(pk=photo.pk).update(order=order)
    kept = Act.objects.get(action="fieldwork.round.walk")
    assert kept.after == {"faults": 1, "repairs": 1}
    walk.refresh_from_db()
    scope = Scope(
        frozenset({site.cast.district.pk}), timezone.localdate().year, timezone.now() + timedelta(seconds=1)
    )
    assert [record.amount for record in patrols(scope)] == [1]
    due = [record.amount for record in patrols_in_time(scope)]
    assert sum(due) == int(walk.due_on <= timezone.localdate())


@pytest.mark.django_db
def test_a_special_patrol_is_called_once_a_day_and_told_to_inspectors(site: Site) -> None:
    first, second = estate(site.cast.district), estate(site.cast.district, "荷塘小区")
    today, given = (
        timezone.localdate(),
        {"name": "暴雨前专项巡查", "due_on": timezone.localdate() + timedelta(days=1)},
    )
    with pytest.raises(NotAllowed):
        actions.call_special(site.clerk, site.cast.district, **given)
    with pytest.raises(InputError, match="日期已过"):
        actions.call_special(site.head, site.cast.district, name="x", due_on=today - timedelta(days=1))
    assert actions.call_special(site.head, site.cast.district, **given, estate=second) == 1
    assert actions.call_special(site.head, site.cast.district, **given) == 1
    with pytest.raises(InputError, match="今天已经安排过"):
        actions.call_special(site.head, site.cast.district, **given)
    assert set(Round.objects.values_list("estate", flat=True)) == {first.pk, second.pk}
    inspector = site.cast.staff["field_inspector"]
    assert Message.objects.filter(account=inspector, subject="专项巡查", channel="inbox").exists()
    # a patrol that nobody walked is told by its name
    actions.raise_alarms(timezone.now() + timedelta(days=3))
    assert Message.objects.filter(account=inspector, body__contains="暴雨前专项巡查应在").count() == 2


@pytest.mark.django_db
def test_who_is_on_duty_hears_of_urgent_reports_and_the_leader_of_what_stays_late(site: Site) -> None:
    this, clerk = monday_of(timezone.localdate()), site.cast.staff["rent_clerk"]
    given = {
        "account_id": clerk.pk,
        "deputy_id": site.cast.staff["district_approver"].pk,
        "phone": "0730-8000000",
    }
    for actor in (site.inspector, site.far):
        with pytest.raises(NotAllowed):
            actions.put_on_duty(actor, site.cast.district, this, **given)
    for wrong, words in (
        ({"account_id": site.cast.staff["accountant"].pk}, "没有选择"), ({"phone": "电话"}, "数字"),
        ({"deputy_id": site.cast.staff["auditor"].pk}, "没有选择"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            actions.put_on_duty(site.head, site.cast.district, this, **{**given, **wrong})
    for week in (this - timedelta(weeks=1), this + timedelta(days=1), this + timedelta(weeks=40)):
        with pytest.raises(InputError, match="半年"):
            actions.put_on_duty(site.head, site.cast.district, week, **given)
    duty = actions.put_on_duty(site.head, site.cast.district, this, **given)
    with pytest.raises(OrderMoved):
        actions.put_on_duty(site.head, site.cast.district, this, **given)
    with pytest.raises(InputError, match="理由"):
        actions.put_on_duty(site.head, site.cast.district, this, **given, version=duty.version)
    street = site.cast.streets[0]
    assert on_duty(street, this) == [clerk] and on_duty(site.cast.far_district, this) == []
    assert len(on_duty(street, this, lead=True)) == 2

    def told(account: Account, subject: str) -> int:
        found = Message.objects.filter(account=account, subject=subject, channel="inbox")
        return found.filter(about=order.number).count()

    site.reported()
    assert not Message.objects.filter(subject="急修").exists()
    order = site.reported(urgent=True, text="水管爆了")
    assert told(clerk, "急修") == 1
    lead = site.cast.staff["district_approver"]
    actions.raise_alarms(order.answer_due_at + timedelta(minutes=1))
    assert told(lead, "维修工单已超期") == 0 and told(clerk, "维修工单已超期") == 1
    actions.raise_alarms(order.answer_due_at + timedelta(hours=9))
    assert told(lead, "维修工单超期已上报") == 1
    other = site.cast.staff["hotline_agent"]
    actions.put_on_duty(
        site.head,
        site.cast.district,
        this,
        account_id=other.pk,
        deputy_id=None,
        phone="0730-8000000",
        version=1,
        reason="病假",
    )
    assert on_duty(street, this) == [other] and Act.objects.filter(action="fieldwork.duty.set").count() == 2


@pytest.mark.django_db
def test_an_empty_next_week_is_told_from_thursday_on_where_a_roster_is_kept(site: Site) -> None:
    monday = monday_of(timezone.localdate())
    assert actions.remind_of_duty(timezone.now() + timedelta(days=7)) == 0
    Duty.objects.create(
        agency=site.cast.district, monday=monday, account=site.cast.staff["rent_clerk"], phone="0730-8000000",
        made_by=site.cast.staff["supervisor"], made_at=timezone.now(),
    )  # fmt: skip
    noon = timezone.localtime().replace(hour=12)
    days = {
        day.weekday(): day
        for day in (noon + timedelta(days=step) for step in range(-noon.weekday(), 7 - noon.weekday()))
    }
    assert [actions.remind_of_duty(days[number]) for number in (0, 2, 3, 6)] == [0, 0, 1, 1]
    assert Message.objects.filter(subject="下周没有排班", channel="inbox").count() == 1


def test_the_roster_begins_with_this_week_and_shows_past_weeks_only_where_somebody_was_on_duty(
    site: Site, client: Client
) -> None:
    this = monday_of(timezone.localdate())
    for week in (this, this - timedelta(weeks=2)):
        Duty.objects.create(
            agency=site.cast.district, monday=week, account=site.cast.staff["field_inspector"], phone="0730-8000000",
            made_at=timezone.now(), made_by=site.cast.staff["supervisor"],
        )  # fmt: skip
    estate(site.cast.district)
    mondays = [week.monday for week in roster_of(site.head, site.cast.district)]
    assert mondays == [*(this + timedelta(weeks=step) for step in range(7)), this - timedelta(weeks=2)]
    client.force_login(site.cast.staff["supervisor"])
    page = client.get("/office/duty/").content.decode()
    assert page.index(">本周<") < page.index("没有排班") < page.index("前几周")
    Duty.objects.filter(monday__lt=this).delete()
    assert "前几周" not in client.get("/office/duty/").content.decode()
