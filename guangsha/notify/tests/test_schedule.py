"""The schedule: due times, one start per run, failures kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.notify import schedule
from guangsha.notify.models import ScheduleRun
from guangsha.notify.schedule import Entry, overdue_runs, queue_due, scheduled
from guangsha.notify.worker import run_once

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)  # 09:30 in Beijing


@pytest.fixture
def only_mine() -> Iterator[dict[str, Entry]]:
    kept = dict(schedule.SCHEDULE)
    schedule.SCHEDULE.clear()
    yield schedule.SCHEDULE
    schedule.SCHEDULE.clear()
    schedule.SCHEDULE.update(kept)


def test_a_daily_job_is_due_at_its_time_in_beijing() -> None:
    entry = scheduled("t.daily", every="day 06:00")(lambda now: "")
    try:
        due = schedule.SCHEDULE["t.daily"].due(NOW)
        assert due == datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
        early = schedule.SCHEDULE["t.daily"].due(datetime(2026, 11, 20, 21, 59, tzinfo=UTC))
        assert early == datetime(2026, 11, 19, 22, 0, tzinfo=UTC)
    finally:
        schedule.SCHEDULE.pop("t.daily")
    assert entry is not None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([1, 5, 10, 30, 60, 720]),
)
def test_due_is_never_later_than_now_and_never_a_step_behind(now: datetime, minutes: int) -> None:
    due = Entry("x", lambda _: "", minutes=minutes).due(now)
    assert due <= now < due + timedelta(minutes=minutes)


@pytest.mark.parametrize("every", ["minutes 7", "minutes 0", "hour 3", "day 25:00"])
def test_what_is_no_schedule_is_refused_when_it_is_written(every: str) -> None:
    with pytest.raises(ValueError):
        scheduled("t.wrong", every=every)(lambda now: "")


@pytest.mark.django_db(transaction=True)  # the worker drops connections between tasks
def test_a_run_is_queued_once_and_its_outcome_kept(only_mine: dict[str, Entry]) -> None:
    seen: list[datetime] = []
    scheduled("t.count", every="minutes 1440")(lambda now: f"第 {len(seen) + 1} 次{seen.append(now) or ''}")
    assert queue_due(NOW) == ["t.count"]
    assert queue_due(NOW + timedelta(minutes=3)) == []
    run_once()
    assert len(seen) >= 1
    assert ScheduleRun.objects.filter(outcome__startswith="第", failed=False).count() == len(seen)
    assert queue_due(NOW + timedelta(days=40)) == ["t.count"]


@pytest.mark.django_db(transaction=True)  # the worker drops connections between tasks
def test_a_job_that_fails_is_kept_and_shown_and_others_go_on(only_mine: dict[str, Entry]) -> None:
    done: list[str] = []

    def broken(now: datetime) -> str:
        raise RuntimeError("来源断开")

    scheduled("t.broken", every="minutes 1440")(broken)
    scheduled("t.fine", every="minutes 1440")(lambda now: done.append("fine") or "好")
    run_once()
    assert done == ["fine"]
    assert overdue_runs() == ["t.broken"]
    assert "来源断开" in ScheduleRun.objects.get(job="t.broken").outcome
