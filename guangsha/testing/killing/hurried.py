"""``guangsha work`` with a schedule on which three hours pass in every round: a night's jobs run within seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

from guangsha.cli.main import main

STEP = timedelta(hours=3)
PAUSE_SECONDS = 0.05


def hurry() -> None:
    """Let the schedule of this process run ahead. The jobs themselves are told the real time."""
    from guangsha.cli.setup import load_django

    load_django()
    from django.utils import timezone

    from guangsha.notify import schedule, worker
    from guangsha.notify.models import ScheduleRun

    last = ScheduleRun.objects.order_by("-due_at").values_list("due_at", flat=True).first()
    reached = max(filter(None, (last, timezone.now())))

    def queue_due(now: datetime | None = None) -> list[str]:
        nonlocal reached
        reached += STEP
        return schedule.queue_due(reached)

    vars(worker).update(queue_due=queue_due, PAUSE_SECONDS=PAUSE_SECONDS)


if __name__ == "__main__":
    hurry()
    raise SystemExit(main(["work"]))
