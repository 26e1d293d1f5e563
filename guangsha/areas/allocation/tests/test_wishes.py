"""Wishes for matching by machine: on one's own phone and at the desk, until the freeze; the frozen file and the match take them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.actions.base import Moved, NotAllowed
from guangsha.areas.allocation.models import Plan, Registration
from guangsha.areas.allocation.models_draw import DrawFile
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.areas.allocation.tests.draw_stage import Stage
from guangsha.audit.models import Act
from guangsha.kernel.errors import InputError
from guangsha.notify.models import Message
from guangsha.people.access import NotThere
from guangsha.people.actors import build_actor

pytestmark = pytest.mark.django_db


def registered(hall: Hall, doors: int = 3, **more: Any) -> tuple[Plan, Registration, list[str]]:
    plan = hall.plan(doors, matching="machine", **more)
    one = hall.register(plan, hall.entry())
    return plan, one, list(plan.dwellings.order_by("unit_no").values_list("unit_no", flat=True))


def client_of(account: Any) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    return client


def pressed(client: Client, address: str, one: Registration, press: str) -> int:
    one.refresh_from_db()
    return client.post(address, {"press": press, "version": one.version}).status_code


def test_a_family_lists_orders_and_takes_back_its_wishes_on_its_own_phone(hall: Hall) -> None:
    _plan, one, (a, b, c) = registered(hall)
    own, page = client_of(hall.citizen(one.waitlist_entry)), f"/my/allocation/{one.pk}/wishes/"
    for press in (f"add:{a}", f"add:{b}", f"add:{c}", f"up:{c}", f"off:{a}"):
        assert pressed(own, page, one, press) == 302
    one.refresh_from_db()
    assert one.wishes == [c, b]
    shown = own.get(page).content.decode()
    assert (
        shown.index(f"<strong>{c}</strong>") < shown.index(f"<strong>{b}</strong>")
        and f'value="add:{a}"' in shown
    )
    assert "填了 2 套" in own.get(f"/my/allocation/{one.pk}/").content.decode()
    stale = own.post(page, {"press": f"off:{c}", "version": 1})
    assert stale.status_code == 400 and "刚被别人办理过" in stale.content.decode()
    assert Act.objects.filter(action="allocation.registration.wish").count() == 5
    assert not Message.objects.filter(key__contains=":wishes:").exists()


def test_staff_write_them_down_for_a_family_which_is_told_once_a_day(hall: Hall) -> None:
    _plan, one, (a, b, _c) = registered(hall)
    hall.citizen(one.waitlist_entry)
    page = f"/office/plans/registrations/{one.pk}/wishes/"
    desk = client_of(hall.cast.staff["district_reviewer"])
    assert pressed(desk, page, one, f"add:{b}") == 302 and pressed(desk, page, one, f"add:{a}") == 302
    one.refresh_from_db()
    assert one.wishes == [b, a]
    assert Message.objects.filter(key__contains=":wishes:", channel="inbox").count() == 1
    reader = client_of(hall.cast.staff["auditor"])
    assert "press" not in reader.get(page).content.decode() and pressed(reader, page, one, f"off:{a}") == 400


def test_only_dwellings_of_its_own_queue_each_once_and_by_nobody_else(hall: Hall) -> None:
    plan, one, (a, *_) = registered(hall)
    hall.offer(plan, 1, "B")
    stranger = build_actor(hall.citizen(hall.entry()))
    with pytest.raises(NotThere):
        actions.set_wishes(stranger, one.pk, one.version, [a])
    other = plan.dwellings.get(layout="B").unit_no
    for wrong in ([other], [a, a], ["9-9-9999"]):
        with pytest.raises(InputError):
            actions.set_wishes(hall.checker, one.pk, one.version, wrong)
    with pytest.raises(Moved):
        actions.set_wishes(hall.checker, one.pk, one.version + 1, [a])
    people = hall.register(hall.plan(1), hall.entry())
    with pytest.raises(NotAllowed, match="现在不能填写"):
        actions.set_wishes(hall.checker, people.pk, people.version, [])


def test_the_frozen_file_takes_them_as_they_stood_and_nothing_after_it(hall: Hall) -> None:
    plan, one, doors = registered(hall)
    other = hall.register(plan, hall.entry())
    noticed = hall.noticed(plan)
    for family, wishes in ((one, [doors[2], doors[0]]), (other, [doors[2]])):
        family.refresh_from_db()
        actions.set_wishes(hall.checker, family.pk, family.version, wishes)
    draw = Stage(hall).at("drawn", noticed)
    frozen = bytes(DrawFile.objects.get(draw=draw, name="wishes.csv").data).decode()
    assert frozen.splitlines()[1:] == [
        f"{one.entry_no},1,{doors[2]}", f"{one.entry_no},2,{doors[0]}", f"{other.entry_no},1,{doors[2]}",
    ]  # fmt: skip
    one.refresh_from_db()
    with pytest.raises(NotAllowed, match="现在不能填写"):
        actions.set_wishes(hall.checker, one.pk, one.version, [doors[0]])
    opened = actions.open_session(hall.officer, plan.number, draw.plan.version)
    actions.apply_matches(hall.officer, plan.number, opened.version)
    first, second = plan.registrations.order_by("order_number")
    held = {offer.registration_id: offer.unit_no for offer in plan.dwellings.filter(state="locked")}
    assert held[first.pk] == doors[2], "who came first has the dwelling that both wanted"
    assert held[second.pk] == doors[0] if second.pk == one.pk else held[second.pk] in doors[:2]


def test_low_floors_are_not_kept_and_the_page_says_so_and_finds_them(hall: Hall) -> None:
    plan, one, (a, b, c) = registered(hall)
    assert plan.announced["low_floor"] == 2
    for unit_no, floor, accessible in ((a, 2, False), (b, 3, False), (c, 9, True)):
        plan.dwellings.filter(unit_no=unit_no).update(floor=floor, accessible=accessible)
    own, page = client_of(hall.citizen(one.waitlist_entry)), f"/my/allocation/{one.pk}/wishes/"
    offered = {
        low: [unit for unit in (a, b, c) if f'value="add:{unit}"' in own.get(page + low).content.decode()]
        for low in ("", "?low=1", f"?low=1&q={c}")
    }
    assert offered == {"": [a, b, c], "?low=1": [a, c], f"?low=1&q={c}": [c]}
    shown = own.get(page + "?low=1").content.decode()
    assert "不预留低层" in shown and "只看 2 层及以下和无障碍" in shown
