"""Figures of cases for a span of months, by service, street and month; each knows the list it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from guangsha.areas.intake.access import cases_of
from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.models import Case, Rating
from guangsha.areas.office.lists import LIVE, day_in, start_of, within_promise
from guangsha.audit.actor import Actor

#: A year and a month, so that the same month of last year stands beside this one.
MONTHS_MAX = 13


@dataclass(frozen=True, slots=True)
class Row:
    """One service or street. ``mean``: working days used on average, one decimal; ``saved``: per cent below the legal limit."""

    key: str
    name: str
    accepted: int
    decided: int
    approved: int
    rejected: int
    kept: int
    late: int
    legal: int | None = None
    promised: int | None = None
    mean: Decimal | None = None
    saved: Decimal | None = None

    @property
    def kept_percent(self) -> Decimal | None:
        """Decided within the promise, per cent."""
        return percent(self.kept, self.decided)


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything on the page."""

    since: date
    until: date
    total: Row
    services: Sequence[Row]
    streets: Sequence[Row]
    months: Sequence[tuple[str, date, date, int, int]]
    grades: Mapping[int, int]
    bad_open: int

    @property
    def rated(self) -> int:
        return sum(self.grades.values())

    @property
    def satisfied_percent(self) -> Decimal | None:
        """Grades 3 to 5 of all, per cent."""
        return percent(sum(count for grade, count in self.grades.items() if grade >= 3), self.rated)


def percent(part: int, whole: int) -> Decimal | None:
    """To one decimal, half up; None of nothing."""
    return tenths(Fraction(part * 100, whole)) if whole else None


def tenths(value: Fraction) -> Decimal:
    """A fraction to one decimal, half up."""
    scaled = value * 10
    return Decimal((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)).scaleb(-1)


def month_span(first: str, last: str, today: date) -> tuple[date, date]:
    """From the first day of one month (``2026-11``) to the last of another; this year's months so far where nothing useful is
    given, at most :data:`MONTHS_MAX`."""
    begin = _month(first) or date(today.year, max(1, today.month - 5), 1)
    end = _month(last) or date(today.year, today.month, 1)
    if end < begin:
        begin, end = end, begin
    count = (end.year - begin.year) * 12 + end.month - begin.month
    if count >= MONTHS_MAX:
        place = end.year * 12 + end.month - MONTHS_MAX
        begin = date(place // 12, place % 12 + 1, 1)
    return begin, month_end(end)


def month_end(day: date) -> date:
    """The last day of the month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _month(text: str) -> date | None:
    return day_in(f"{text[:7]}-01")


def figures_of(actor: Actor, since: date, until: date) -> Figures:
    """The figures of the cases within reach, in a fixed number of queries."""
    reach = Case.objects.filter(pk__in=cases_of(actor).values("pk"))
    first, after = start_of(since), start_of(until + timedelta(days=1))
    accepted, decided = (
        Q(accepted_at__gte=first, accepted_at__lt=after),
        Q(decided_at__gte=first, decided_at__lt=after),
    )
    rows = reach.filter(accepted | decided | Q(state__in=LIVE))
    by_service = {row["service"]: row for row in _counted(rows, "service", accepted, decided)}
    by_street = _counted(rows, "agency__name", accepted, decided)
    listed = [
        _row(code, item.name, by_service[code], item.legal_workdays, item.promised_workdays)
        for code, item in services().items() if code in by_service
    ]  # fmt: skip
    streets = [_row(str(row["agency_id"]), row["agency__name"], row) for row in by_street]
    rated = Rating.objects.filter(case__in=reach.values("pk"))
    return Figures(
        since, until,
        Row("", "合计", *(sum(getattr(row, name) for row in listed) for name in ("accepted", "decided", "approved", "rejected", "kept", "late"))),
        listed, streets, _months(reach, since, until, accepted, decided),
        dict(rated.filter(rated_at__gte=first, rated_at__lt=after).values_list("grade").annotate(n=Count("id")).order_by("-grade")),
        rated.filter(due_on__isnull=False, replied_at=None).count(),
    )  # fmt: skip


def _counted(rows: QuerySet[Case], by: str, accepted: Q, decided: Q) -> list[dict[str, Any]]:
    keys = [by] if by == "service" else ["agency_id", by]
    late = Q(state__in=LIVE, step_due_on__lt=timezone.localdate(), paused_at=None) & ~Q(state="supplement")
    return list(
        rows.values(*keys)
        .annotate(
            accepted=Count("id", filter=accepted), decided=Count("id", filter=decided),
            approved=Count("id", filter=decided & Q(outcome="approved")), rejected=Count("id", filter=decided & Q(outcome="rejected")),
            kept=Count("id", filter=decided & within_promise()), late=Count("id", filter=late), used=Sum("used_workdays", filter=decided),
        )
        .order_by(*keys)
    )  # fmt: skip


def _row(
    key: str, name: str, row: Mapping[str, Any], legal: int | None = None, promised: int | None = None
) -> Row:
    done, used = row["decided"], row["used"] or 0
    mean = Fraction(used, done) if done else None
    return Row(
        key, name, row["accepted"], done, row["approved"], row["rejected"], row["kept"], row["late"], legal, promised,
        None if mean is None else tenths(mean),
        None if mean is None or not legal else tenths((1 - mean / legal) * 100),
    )  # fmt: skip


def _months(
    reach: QuerySet[Case], since: date, until: date, accepted: Q, decided: Q
) -> list[tuple[str, date, date, int, int]]:
    def counted(column: str, wanted: Q) -> dict[date, int]:
        rows = (
            reach.filter(wanted)
            .annotate(month=TruncMonth(column))
            .values_list("month")
            .annotate(n=Count("id"))
            .order_by()
        )
        return {timezone.localdate(month).replace(day=1): count for month, count in rows}

    came, ended = counted("accepted_at", accepted), counted("decided_at", decided)
    found, month = [], since.replace(day=1)
    while month <= until:
        found.append(
            (
                f"{month.year}年{month.month}月",
                month,
                month_end(month),
                came.get(month, 0),
                ended.get(month, 0),
            )
        )
        month = month_end(month) + timedelta(days=1)
    return found


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: place and width in the units of the picture, its class and the number written at its end."""

    y: int
    width: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars in groups, each under its label."""

    height: int
    groups: tuple[tuple[str, int, tuple[Bar, ...]], ...]


WIDTH, THICK, LABEL, ROOM = 420, 12, 18, 64


def chart(rows: Sequence[tuple[str, Sequence[Decimal | int | None]]]) -> Chart:
    """Bars to one scale; nothing is drawn for None."""
    most = max((value for _, values in rows for value in values if value is not None), default=0)
    groups, y = [], 4
    for label, values in rows:
        top, bars = y + LABEL - 5, []
        y += LABEL
        for kind, value in zip("abc", values, strict=False):
            if value is None:
                continue
            width = int(value * (WIDTH - ROOM) / most) if most else 0
            bars.append(Bar(y, max(width, 0), kind, str(value)))
            y += THICK + 3
        groups.append((label, top, tuple(bars)))
        y += 6
    return Chart(max(y, 20), tuple(groups))
