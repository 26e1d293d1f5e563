"""A case that asks to see an estate becomes an appointment: once, where estate and half day are known; else it waits with its reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guangsha.areas.intake.models import Case, Hook
from guangsha.areas.registry.models import Person
from guangsha.areas.stock import actions
from guangsha.areas.stock.models import Viewing
from guangsha.areas.stock.tests.builders import dwelling, estate
from guangsha.audit.models import Act
from guangsha.notify.models import Message
from guangsha.people.models import Kinship
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


def granted(cast: Cast, **viewing: object) -> Hook:
    """An approved request, as far as its event: the decision is the case engine's affair, tested there."""
    now = timezone.now()
    person = Person.objects.get(pk=cast.applicant.person_id)
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    answers = {
        "viewing": {
            "place": "桂园小区",
            "unit_type": "one",
            "day": day,
            "half": "morning",
            "people": 2,
            "needs": ["elder"],
            **viewing,
        }
    }
    case = Case.objects.create(
        number="4306990320260105000001", key="00000000-0000-4000-8000-000000000001", service="unit_search", service_version="1",
        agency=cast.streets[0], community=cast.communities[0], applicant=person, account=cast.applicant, channel="online", label="李*国",
        answers=answers, state="effective", submitted_at=now - timedelta(days=1), decided_at=now,
    )  # fmt: skip
    return Hook.objects.create(
        case=case,
        effect="stock.viewing",
        number=1,
        event="granted",
        made_at=now,
        payload={"outcome": "approved"},
    )


def test_a_request_waits_for_a_time_and_is_then_booked_once(cast: Cast) -> None:
    home, hook = estate(cast.district), granted(cast, place="湖滨区 桂园 小区一期")
    assert "1 件待安排" in actions.take_effects(timezone.now())
    hook.refresh_from_db()
    assert "没有" in hook.hindrance and "时段" in hook.hindrance
    slot = actions.add_slot(
        cast.actor("allocation_officer"),
        home.pk,
        on=timezone.localdate() + timedelta(days=3),
        half="morning",
        seats=4,
        meet_at="南门",
    )
    assert Viewing.objects.count() == 0
    assert actions.take_effects(timezone.now()).startswith("办理 1 件")
    assert actions.take_effects(timezone.now()) == "办理 0 件"
    made = Viewing.objects.get()
    assert (made.slot_id, made.people, made.needs, made.person_id) == (
        slot.pk,
        2,
        ["elder"],
        cast.applicant.person_id,
    )
    assert Message.objects.filter(about=made.number, channel="inbox").count() == 1
    later = Hook.objects.create(
        case=hook.case,
        effect="stock.viewing",
        number=2,
        event="revoked",
        made_at=timezone.now(),
        payload={"outcome": "withdrawn"},
    )
    actions.take_effects(timezone.now())
    made.refresh_from_db()
    later.refresh_from_db()
    assert made.state == "cancelled" and later.taken_at is not None


def test_a_name_that_fits_two_estates_is_left_to_a_person(cast: Cast) -> None:
    estate(cast.district, "桂园小区")
    estate(cast.district, "桂园小区二期")
    estate(cast.far_district, "桂园小区三期")
    hook = granted(cast, place="桂园小区二期")
    actions.take_effects(timezone.now())
    hook.refresh_from_db()
    assert "对应 2 个小区" in hook.hindrance


def test_a_day_that_is_over_books_nobody(cast: Cast) -> None:
    estate(cast.district)
    granted(cast, day=timezone.localdate().isoformat())
    assert actions.take_effects(timezone.now()) == "办理 1 件"
    assert not Viewing.objects.exists()


def test_whoever_stands_at_the_window_is_booked_by_number_and_name(cast: Cast) -> None:
    home, keeper = estate(cast.district), cast.actor("allocation_officer")
    flat, let = dwelling(home, "1-1-0101"), dwelling(home, "1-1-0102", state="let")
    day = timezone.localdate() + timedelta(days=3)
    slot = actions.add_slot(keeper, home.pk, on=day, half="morning", seats=4, meet_at="南门")
    person = Person.objects.get(pk=cast.applicant.person_id)
    granted(cast, place="另一小区")  # a case of theirs: they are within reach
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.account("allocation_officer"))
    page, given = (
        f"/office/stock/slots/{slot.pk}/book/",
        {"who": person.identity, "name": person.name, "people": "2"},
    )
    for wrong in ({"name": "李建军"}, {"who": person.name}, {"door": let.number}, {"door": "9-9-0909"}):
        assert client.post(page, {**given, **wrong}).status_code == 400
    Kinship.objects.create(
        account=cast.account("allocation_officer"), identity_index=person.identity_index, relation="亲属"
    )
    assert "回避" in client.post(page, given).content.decode()
    Kinship.objects.all().delete()
    assert not Viewing.objects.exists()
    assert client.post(page, {**given, "door": flat.number, "needs": ["elder"]}).status_code == 302
    made = Viewing.objects.get()
    assert (made.person, made.dwelling, made.people, made.needs) == (person, flat, 2, ["elder"])
    assert flat.number in client.get("/office/stock/viewings/").content.decode()
    cancel = f"/office/stock/viewings/{made.number}/cancel/"
    assert client.post(cancel, {"version": made.version, "reason": ""}).status_code == 400
    assert client.post(cancel, {"version": made.version, "reason": "来电改期"}).status_code == 302
    made.refresh_from_db()
    slot.refresh_from_db()
    assert (made.state, slot.taken) == ("cancelled", 0)
    assert Act.objects.get(action="stock.viewing.cancel").reason == "来电改期"
    assert Message.objects.filter(about=made.number, channel="inbox", body__contains="来电改期").count() == 1
    assert client.get(cancel).status_code == 404
