"""The figures that cases can prove: how many, in time or not, how much faster than the law asks, and what people said.

Days are Beijing days. Source: 行政许可法 §42; 国办发〔2019〕51号 (好差评); operations.md §2.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from guangsha.areas.intake.access import cases_of
from guangsha.areas.intake.catalogue import services
from guangsha.areas.intake.models import Case, Rating
from guangsha.facts.metrics import Parameter, Record, Row, Scope, metric, rows

_BEIJING = ZoneInfo("Asia/Shanghai")
#: Grades 3 to 5 (基本满意 and above) count as satisfied, 1 and 2 are 差评.
SATISFIED = 3
_SERVICE = (Parameter("service", "事项"),)
_OUTCOMES = (*_SERVICE, Parameter("outcome", "结果", {"approved": "准予", "rejected": "不予"}))


def _span(scope: Scope) -> tuple[datetime, datetime]:
    """From the first moment of the year to the first of the next, no later than what is known."""
    after = datetime(scope.year + 1, 1, 1, tzinfo=_BEIJING)
    return datetime(scope.year, 1, 1, tzinfo=_BEIJING), min(after, scope.as_of)


def _cases(scope: Scope, moment: str) -> QuerySet[Case]:
    first, after = _span(scope)
    found = Case.objects.filter(
        **{f"{moment}__gte": first, f"{moment}__lt": after}, agency__in=scope.agencies
    )
    for name in ("service", "outcome"):
        if scope.given(name):
            found = found.filter(**{name: scope.given(name)})
    return found


def _decided_with_days(scope: Scope) -> QuerySet[Case]:
    return _cases(scope, "decided_at").exclude(used_workdays=None)


@metric(
    "intake.accepted", 1, label="受理件数", unit="件", records="办件", fold="count", parameters=_SERVICE,
    definition="本年度内受理的办件数，以受理时间为准。",
)  # fmt: skip
def accepted(scope: Scope) -> Iterator[Record]:
    """Cases accepted in the year."""
    for key in _cases(scope, "accepted_at").values_list("pk", flat=True):
        yield Record(f"intake.case:{key}", 1)


@metric(
    "intake.decided", 1, label="办结件数", unit="件", records="办件", fold="count", parameters=_OUTCOMES,
    definition="本年度内作出决定的办件数，以决定时间为准。",
)  # fmt: skip
def decided(scope: Scope) -> Iterator[Record]:
    """Cases decided in the year."""
    for key in _cases(scope, "decided_at").values_list("pk", flat=True):
        yield Record(f"intake.case:{key}", 1)


@metric(
    "intake.in_time", 1, label="承诺时限内办结率", unit="%", records="办件", fold="share", parameters=_OUTCOMES,
    definition="本年度内决定、且事项有承诺时限的办件中，用时不超过承诺工作日（含批准延长）的比例。",
)  # fmt: skip
def in_time(scope: Scope) -> Iterator[Record]:
    """Decided within the promise."""
    promised = {code: item.promised_workdays for code, item in services().items()}
    found = _decided_with_days(scope).values_list("pk", "service", "used_workdays", "extended_workdays")
    for key, service, used, extended in found:
        days = promised.get(service)
        if days is not None:
            yield Record(f"intake.case:{key}", int((used or 0) <= days + extended))


@metric(
    "intake.compression", 1, label="办理时限压缩率", unit="%", records="办件", fold="share", parameters=_OUTCOMES,
    definition="本年度内决定、且事项有法定时限的办件，少用的工作日合计与法定工作日合计之比；超过法定时限的计负数。",
)  # fmt: skip
def compression(scope: Scope) -> Iterator[Record]:
    """How much faster than the law asks."""
    legal = {code: item.legal_workdays for code, item in services().items()}
    found = _decided_with_days(scope).values_list("pk", "service", "used_workdays")
    for key, service, used in found:
        days = legal.get(service)
        if days:
            yield Record(f"intake.case:{key}", days - (used or 0), days)


@metric(
    "intake.mean_workdays", 1, label="平均办理工作日", unit="工作日", records="办件", fold="mean", parameters=_OUTCOMES,
    definition="本年度内决定的办件，从受理到决定扣除停表后的工作日的平均数。",
)  # fmt: skip
def mean_workdays(scope: Scope) -> Iterator[Record]:
    """Working days used on average."""
    for key, used in _decided_with_days(scope).values_list("pk", "used_workdays"):
        yield Record(f"intake.case:{key}", used or 0)


def _ratings(scope: Scope) -> Iterator[tuple[int, int]]:
    first, after = _span(scope)
    found = Rating.objects.filter(rated_at__gte=first, rated_at__lt=after, case__agency__in=scope.agencies)
    if scope.given("service"):
        found = found.filter(case__service=scope.given("service"))
    yield from found.values_list("pk", "grade")


@metric(
    "intake.ratings", 1, label="评价件数", unit="件", records="评价", fold="count", parameters=_SERVICE,
    definition="本年度内收到的办件评价数，每个办件最多一次。",
)  # fmt: skip
def ratings(scope: Scope) -> Iterator[Record]:
    """Ratings received."""
    for key, _ in _ratings(scope):
        yield Record(f"intake.rating:{key}", 1)


@metric(
    "intake.satisfaction", 1, label="办件满意率", unit="%", records="评价", fold="share", parameters=_SERVICE,
    definition="本年度内的办件评价中，评为基本满意及以上（3 至 5 级）的比例。",
)  # fmt: skip
def satisfaction(scope: Scope) -> Iterator[Record]:
    """Rated 3 to 5 of all."""
    for key, grade in _ratings(scope):
        yield Record(f"intake.rating:{key}", int(grade >= SATISFIED))


# --- how these records are shown ---------------------------------------------------------------------------


def _keys(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


def _day(moment: datetime | None) -> str:
    return timezone.localdate(moment).isoformat() if moment else "—"


@rows("intake.case", "办件", "办件编号", "事项", "申请人", "受理日", "决定日", "用时（工作日）")
def case_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Cases that the actor may open; the applicant as lists show them, masked."""
    shown: dict[str, Row] = {}
    for case in cases_of(actor).filter(pk__in=_keys(keys)):
        known = services().get(case.service)
        cells = (
            case.number, known.name if known else case.service, case.label, _day(case.accepted_at), _day(case.decided_at),
            "—" if case.used_workdays is None else str(case.used_workdays),
        )  # fmt: skip
        shown[str(case.pk)] = Row(cells, "office-case", case.number)
    return shown


@rows("intake.rating", "评价", "办件编号", "评价日", "级别（5 至 1）")
def rating_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Ratings of cases that the actor may open."""
    found = Rating.objects.filter(pk__in=_keys(keys), case__in=cases_of(actor).values("pk"))
    return {
        str(rating.pk): Row(
            (rating.case.number, _day(rating.rated_at), str(rating.grade)), "office-case", rating.case.number
        )
        for rating in found.select_related("case")
    }
