"""The clock begins the monthly and quarterly reviews; what they find waits for people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db.models import Count
from django.utils import timezone

from guangsha.areas.subsidy.facts import PROGRAMME
from guangsha.areas.subsidy.models import Agreement, Entitlement
from guangsha.areas.subsidy.models_review import REVIEW_KINDS, ReviewRun
from guangsha.areas.subsidy.review import run_review
from guangsha.audit.actor import CLOCK
from guangsha.kernel.errors import GuangshaError
from guangsha.notify.schedule import SCHEDULE, scheduled
from guangsha.people.models import Agency

JOB = "subsidy-review"


def months_paid(households: Collection[int], on: date) -> Mapping[int, int]:
    """For how many months before this one these households were paid (the limit of months is counted by it)."""
    paid = Entitlement.objects.filter(programme=PROGRAMME, state="paid", month__lt=on.year * 100 + on.month)
    if len(households) < 500:
        paid = paid.filter(household_id__in=list(households))
    wanted = set(households)
    found = paid.values_list("household_id").annotate(months=Count("pk")).order_by()
    return {household: months for household, months in found if household in wanted}


def due_reviews(on: date) -> list[tuple[str, date]]:
    """The reviews of a day: the month's, in January, April, July and October the quarter's, which asks all that the month asks."""
    first = on.replace(day=1)
    return [("quarterly" if on.month in (1, 4, 7, 10) else "monthly", first)]


def begin_reviews(now: datetime) -> str:
    """Every agency with active agreements is reviewed once a month. One that fails does not keep the others waiting.

    Raises:
        GuangshaError: an agency could not be reviewed; the schedule shows it, and tries again on the next day.
    """
    on = timezone.localdate(now)
    agencies = Agency.objects.filter(
        pk__in=Agreement.objects.filter(state="active").values("agency_id").distinct()
    ).order_by("pk")
    done, faults = [], []
    for kind, first in due_reviews(on):
        for agency in agencies:
            kinds = ("quarterly", "annual") if kind == "quarterly" else tuple(REVIEW_KINDS)
            if ReviewRun.objects.filter(agency=agency, kind__in=kinds, on__gte=first, on__lte=on).exists():
                continue
            try:
                run = run_review(CLOCK, agency, kind, on)
            except GuangshaError as error:
                faults.append(f"{agency.name}：{error}")
            else:
                done.append(f"{agency.name}{REVIEW_KINDS[kind]}差异 {run.differences.count()} 户")
    if faults:
        raise GuangshaError("；".join(faults))
    return "；".join(done) or "本期已复核"


def register() -> None:
    """Put the job on the schedule; once per process."""
    if JOB not in SCHEDULE:
        scheduled(JOB, every="day 02:10", label="月度、季度批量复核")(begin_reviews)
