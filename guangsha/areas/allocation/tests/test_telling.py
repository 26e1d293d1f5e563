"""Every family hears its place in the order and what comes next: once, whatever happens to the job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from guangsha.areas.allocation import actions
from guangsha.areas.allocation.actions import telling
from guangsha.areas.allocation.models import Registration
from guangsha.areas.allocation.tests.builders import Hall
from guangsha.notify.models import Message

pytestmark = pytest.mark.django_db


def drawn(hall: Hall, families: int = 4, doors: int = 2, **more: Any) -> list[Registration]:
    plan = hall.plan(doors, **more)
    for _ in range(families):
        hall.register(plan, hall.entry())
    plan = hall.drawn(plan)
    return list(plan.registrations.select_related("waitlist_entry").order_by("order_number"))


def called(*families: Registration) -> None:
    """Families without an account, whom a text reaches."""
    for one in families:
        one.applicant.phone = "19900020000"
        one.applicant.save()


def orders() -> Any:
    return Message.objects.filter(key__contains=":order:").order_by("pk")


def test_each_family_is_told_its_number_what_it_means_and_what_comes_next(hall: Hall) -> None:
    day = timezone.localdate() + timedelta(days=30)
    first, _second, third, fourth = drawn(hall, selects_on=day)
    hall.citizen(first.waitlist_entry)
    called(third, fourth)
    assert actions.tell_orders() == 4
    inbox = orders().get(channel="inbox")
    assert (inbox.subject, inbox.link) == (
        "“桂园小区第一批”顺序已定：您家第 1 号",
        f"/my/allocation/{first.pk}/",
    )
    assert f"{day:%Y年%-m月%-d日}起在区政务大厅三楼按顺序叫号选房" in inbox.body and "5 分钟" in inbox.body
    assert "候补" in orders().get(about=third.waitlist_entry.number).body
    assert "没有入选" in orders().get(about=fourth.waitlist_entry.number).body


def test_a_job_that_is_killed_between_two_batches_tells_nobody_twice(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    families = drawn(hall)
    for one in families:
        hall.citizen(one.waitlist_entry)
    monkeypatch.setattr(telling, "BATCH", 2)
    put_out, calls = telling.put_out, 0

    def killed(rows: Any) -> None:
        nonlocal calls
        calls += 1
        put_out(rows)
        if calls == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(telling, "put_out", killed)
    with pytest.raises(KeyboardInterrupt):
        actions.tell_orders()
    assert Registration.objects.filter(order_told_at=None).count() == 2
    assert actions.tell_orders() == 2 and actions.tell_orders() == 0
    assert orders().filter(channel="inbox").count() == 4
    assert orders().values("account").distinct().count() == 4


def test_many_families_are_told_in_a_fixed_number_of_questions(
    hall: Hall, django_assert_max_num_queries: Any
) -> None:
    called(*drawn(hall, families=3))
    with django_assert_max_num_queries(8):
        assert actions.tell_orders() == 3


def test_by_machine_the_days_to_sign_are_told(hall: Hall) -> None:
    first, *_ = drawn(hall, families=1, matching="machine")
    hall.citizen(first.waitlist_entry)
    actions.tell_orders()
    assert (
        "按志愿配房" in orders().get(channel="inbox").body and "5 天内" in orders().get(channel="inbox").body
    )
