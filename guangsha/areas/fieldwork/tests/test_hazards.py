"""The loop of a hazard, and the rounds that find them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.fieldwork import actions
from guangsha.areas.fieldwork.actions import hazards
from guangsha.areas.fieldwork.actions.base import NotAllowed, OrderMoved
from guangsha.areas.fieldwork.actions.hazards import Finding
from guangsha.areas.fieldwork.actions.rounds import MONTHLY_SAFETY, Answer
from guangsha.areas.fieldwork.models import FieldAlarm, Hazard, Round
from guangsha.areas.fieldwork.tests.builders import Site, picture
from guangsha.areas.stock.tests.builders import estate
from guangsha.kernel.errors import InputError
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(cast: Cast) -> Site:
    return Site(cast)


def found(site: Site) -> Hazard:
    finding = Finding("fire", "楼道堆放电动车", "2栋1单元一楼", "patrol", estate=estate(site.cast.district))
    return hazards.find(site.inspector, site.cast.district, finding)


def given(site: Site, grade: str = "general", interim: str = "") -> Hazard:
    hazard = found(site)
    hazard = hazards.grade(site.inspector, hazard.number, hazard.version, level=grade, interim=interim)
    return hazards.give(
        site.inspector, hazard.number, hazard.version, duty="", contractor_id=site.contractor.pk,
        limit_on=timezone.localdate() + timedelta(days=5),
    )  # fmt: skip


def fixed(site: Site) -> Hazard:
    hazard = given(site)
    actions.add_hazard_photo(site.firm, hazard.number, "fixed", picture())
    return hazards.fixed(site.firm, hazard.number, hazard.version, text="已清理")


def test_the_loop_is_closed_by_another_person(site: Site) -> None:
    hazard = fixed(site)
    hazard = hazards.recheck(site.inspector, hazard.number, hazard.version, passed=True, text="现场已清空")
    hazard = hazards.close(site.inspector, hazard.number, hazard.version)
    assert hazard.state == "closed"
    assert [one.act for one in hazard.events.order_by("number")] == [
        "find",
        "grade",
        "give",
        "fixed",
        "recheck",
        "close",
    ]


def test_who_put_it_right_does_not_check_it(site: Site) -> None:
    hazard = given(site)
    actions.add_hazard_photo(site.inspector, hazard.number, "fixed", picture())
    hazard = hazards.fixed(site.inspector, hazard.number, hazard.version, text="已清理")
    with pytest.raises(NotAllowed, match="另一位"):
        hazards.recheck(site.inspector, hazard.number, hazard.version, passed=True, text="好")
    with pytest.raises(IntegrityError), transaction.atomic():
        Hazard.objects.filter(pk=hazard.pk).update(rechecked_by_id=site.inspector.account_id)
    assert (
        hazards.recheck(site.head, hazard.number, hazard.version, passed=False, text="还有").state
        == "assigned"
    )


def test_a_major_hazard_says_at_once_what_keeps_people_safe(site: Site) -> None:
    hazard = found(site)
    with pytest.raises(InputError, match="没有填写"):
        hazards.grade(site.inspector, hazard.number, hazard.version, level="major")
    hazard = given(site, "major", "已拉警戒线并断电")
    with pytest.raises(IntegrityError), transaction.atomic():
        Hazard.objects.filter(pk=hazard.pk).update(interim="")
    actions.add_hazard_photo(site.firm, hazard.number, "fixed", picture())
    hazard = hazards.fixed(site.firm, hazard.number, hazard.version, text="已整改")
    hazard = hazards.recheck(site.inspector, hazard.number, hazard.version, passed=True, text="好")
    with pytest.raises(NotAllowed):
        hazards.close(site.inspector, hazard.number, hazard.version)
    assert hazards.close(site.head, hazard.number, hazard.version).state == "closed"


def test_a_limit_is_bounded_by_the_grade_and_prolonged_by_the_head(site: Site) -> None:
    hazard = found(site)
    hazard = hazards.grade(site.inspector, hazard.number, hazard.version, level="general")
    with pytest.raises(InputError, match="15 天"):
        hazards.give(
            site.inspector,
            hazard.number,
            hazard.version,
            duty="某公司",
            limit_on=timezone.localdate() + timedelta(days=16),
        )
    hazard = hazards.give(
        site.inspector,
        hazard.number,
        hazard.version,
        duty="某公司",
        limit_on=timezone.localdate() + timedelta(days=3),
    )
    later = timezone.localdate() + timedelta(days=9)
    with pytest.raises(NotAllowed):
        hazards.extend(site.inspector, hazard.number, hazard.version, limit_on=later, text="等配件")
    assert (
        hazards.extend(site.head, hazard.number, hazard.version, limit_on=later, text="等配件").limit_on
        == later
    )


def test_a_late_hazard_escalates(site: Site) -> None:
    hazard = given(site)
    assert actions.raise_alarms(timezone.now()) == 0
    actions.raise_alarms(timezone.now() + timedelta(days=6))
    actions.raise_alarms(timezone.now() + timedelta(days=12))
    assert set(FieldAlarm.objects.filter(hazard=hazard).values_list("level", flat=True)) == {
        "overdue",
        "escalated",
    }


def test_a_round_is_planned_once_a_month_and_its_faults_become_hazards(site: Site) -> None:
    home = estate(site.cast.district)
    actions.plan_rounds(timezone.now())
    assert actions.plan_rounds(timezone.now()) == 0
    walk = Round.objects.get(estate=home, checklist__kind="safety")
    answers = {code: Answer("ok") for code, *_ in MONTHLY_SAFETY}
    with pytest.raises(InputError, match="没有选择"):
        actions.walk(site.inspector, walk.pk, walk.version, {})
    with pytest.raises(InputError, match="没有填写"):
        actions.walk(site.inspector, walk.pk, walk.version, {**answers, "fire_exit": Answer("fault")})
    assert not Hazard.objects.exists()
    answers["fire_exit"] = Answer("fault", "堆放杂物", "3栋楼道")
    done = actions.walk(site.inspector, walk.pk, walk.version, answers)
    hazard = Hazard.objects.get()
    assert (done.state, hazard.kind, hazard.source, hazard.place) == (
        "done",
        "fire",
        "round",
        f"{home.name}3栋楼道",
    )
    with pytest.raises(OrderMoved):
        actions.walk(site.inspector, walk.pk, walk.version, answers)
