"""The figures that repairs, hazards and rounds can prove. Source: operations.md §1M row 7, W18, E01, E02, E09."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from guangsha.areas.fieldwork.access import hazards_of, orders_of, rounds_of
from guangsha.areas.fieldwork.models import Hazard, RepairOrder, Round
from guangsha.facts.metrics import Record, Row, Scope, metric, rows

#: Grades from which a rating counts as satisfied (国办发〔2019〕51号: 非常满意, 满意, 基本满意).
SATISFIED_FROM = 3


def _year(scope: Scope) -> tuple[datetime, datetime]:
    begin = timezone.make_aware(datetime(scope.year, 1, 1))  # noqa: DTZ001 - made aware here
    end = timezone.make_aware(datetime(scope.year + 1, 1, 1))  # noqa: DTZ001 - made aware here
    return begin, min(end, scope.as_of)


def _reported(scope: Scope) -> QuerySet[RepairOrder]:
    """Orders reported in the year; reports put to another one are that one."""
    begin, end = _year(scope)
    found = RepairOrder.objects.filter(agency__in=scope.agencies, reported_at__gte=begin, reported_at__lt=end)
    return found.exclude(state="merged")


@metric(
    "repair.orders", 1, label="维修工单数", unit="件", records="维修工单", fold="count",
    definition="本年度内报修的工单数；并入其他工单的不重复计算，不予维修和撤回的计入。",
)  # fmt: skip
def orders(scope: Scope) -> Iterator[Record]:
    """Orders of the year."""
    for key in _reported(scope).values_list("pk", flat=True):
        yield Record(f"fieldwork.repair:{key}", 1)


@metric(
    "repair.finished", 1, label="修复工单数", unit="件", records="维修工单", fold="count",
    definition="本年度内登记修复的工单数，不论哪一年报修。",
)  # fmt: skip
def finished(scope: Scope) -> Iterator[Record]:
    """Orders repaired in the year."""
    begin, end = _year(scope)
    found = RepairOrder.objects.filter(agency__in=scope.agencies, done_at__gte=begin, done_at__lt=end)
    for key in found.values_list("pk", flat=True):
        yield Record(f"fieldwork.repair:{key}", 1)


def _in_time(found: QuerySet[RepairOrder], done: str, due: str, as_of: datetime) -> Iterator[Record]:
    """1 where it was done by its limit, 0 where it was not, or is not and the limit is over; what still has time is not told."""
    for key, at, limit in found.values_list("pk", done, due):
        if at is not None and at <= as_of:
            yield Record(f"fieldwork.repair:{key}", int(at <= limit))
        elif limit < as_of:
            yield Record(f"fieldwork.repair:{key}", 0)


@metric(
    "repair.answered_in_time", 1, label="报修按时答复率", unit="%", records="维修工单", fold="share",
    definition="本年度内报修的工单中，在答复期限内答复的所占比例；期限未到又未答复的不计。",
)  # fmt: skip
def answered_in_time(scope: Scope) -> Iterator[Record]:
    """Answered by the limit."""
    return _in_time(_reported(scope), "answered_at", "answer_due_at", scope.as_of)


@metric(
    "repair.finished_in_time", 1, label="维修及时率", unit="%", records="维修工单", fold="share",
    definition="本年度内报修并受理维修的工单中，在修复期限内修复的所占比例；期限未到又未修复的不计，不予维修和撤回的不计。",
)  # fmt: skip
def finished_in_time(scope: Scope) -> Iterator[Record]:
    """Repaired by the limit."""
    found = _reported(scope).exclude(state="refused").exclude(finish_due_at=None)
    return _in_time(found, "done_at", "finish_due_at", scope.as_of)


@metric(
    "repair.satisfaction", 1, label="维修满意率", unit="%", records="维修工单", fold="share",
    definition="本年度内评价的工单中，评价为基本满意及以上的所占比例；未评价的不计。",
)  # fmt: skip
def satisfaction(scope: Scope) -> Iterator[Record]:
    """Rated well."""
    begin, end = _year(scope)
    found = RepairOrder.objects.filter(agency__in=scope.agencies, rated_at__gte=begin, rated_at__lt=end)
    for key, stars in found.values_list("pk", "stars"):
        yield Record(f"fieldwork.repair:{key}", int((stars or 0) >= SATISFIED_FROM))


def _found(scope: Scope) -> QuerySet[Hazard]:
    begin, end = _year(scope)
    last = timezone.localdate(end) if end < scope.as_of else timezone.localdate(scope.as_of)
    return Hazard.objects.filter(
        agency__in=scope.agencies,
        found_on__gte=timezone.localdate(begin),
        found_on__year=scope.year,
        found_on__lte=last,
    ).exclude(state="dismissed")


@metric(
    "hazard.found", 1, label="排查安全隐患数", unit="个", records="安全隐患", fold="count",
    definition="本年度内发现并登记的安全隐患数，经认定不构成隐患的不计。",
)  # fmt: skip
def hazards_found(scope: Scope) -> Iterator[Record]:
    """Hazards found in the year."""
    for key in _found(scope).values_list("pk", flat=True):
        yield Record(f"fieldwork.hazard:{key}", 1)


@metric(
    "hazard.put_right", 1, label="整改安全隐患数", unit="个", records="安全隐患", fold="count",
    definition="本年度内发现的安全隐患中，已整改、经他人复查合格并销号的数量。",
)  # fmt: skip
def hazards_put_right(scope: Scope) -> Iterator[Record]:
    """Hazards found in the year and struck off."""
    last = timezone.localdate(scope.as_of)
    for key in _found(scope).filter(state="closed", closed_on__lte=last).values_list("pk", flat=True):
        yield Record(f"fieldwork.hazard:{key}", 1)


@metric(
    "hazard.put_right_rate", 1, label="隐患整改率", unit="%", records="安全隐患", fold="share",
    definition="本年度内发现的安全隐患中，已销号的所占比例。",
)  # fmt: skip
def hazards_rate(scope: Scope) -> Iterator[Record]:
    """Struck off over found."""
    last = timezone.localdate(scope.as_of)
    for key, state, closed in _found(scope).values_list("pk", "state", "closed_on"):
        yield Record(
            f"fieldwork.hazard:{key}", int(state == "closed" and closed is not None and closed <= last)
        )


def _patrols(scope: Scope) -> QuerySet[Round]:
    """Patrols, planned and special, whose last day lies in the year and has come."""
    last = timezone.localdate(scope.as_of)
    found = Round.objects.filter(agency__in=scope.agencies, checklist__kind__in=("patrol", "special"))
    return found.filter(due_on__year=scope.year, due_on__lte=last)


@metric(
    "patrol.walked", 1, label="巡查次数", unit="次", records="巡查", fold="count",
    definition="本年度内完成的日常巡查和专项巡查次数，一个小区一次为一次；月度安全检查不计。",
)  # fmt: skip
def patrols(scope: Scope) -> Iterator[Record]:
    """Patrols walked in the year."""
    begin, end = _year(scope)
    found = Round.objects.filter(
        agency__in=scope.agencies,
        checklist__kind__in=("patrol", "special"),
        done_at__gte=begin,
        done_at__lt=end,
    )
    for key in found.values_list("pk", flat=True):
        yield Record(f"fieldwork.round:{key}", 1)


@metric(
    "patrol.in_time", 1, label="巡查按期完成率", unit="%", records="巡查", fold="share",
    definition="应完成日在本年度内且已到的日常巡查和专项巡查中，在应完成日当日及以前完成的所占比例。",
)  # fmt: skip
def patrols_in_time(scope: Scope) -> Iterator[Record]:
    """Patrols walked by their last day."""
    for key, due, done in _patrols(scope).values_list("pk", "due_on", "done_at"):
        yield Record(f"fieldwork.round:{key}", int(done is not None and timezone.localdate(done) <= due))


# --- how these records are shown ---------------------------------------------------------------------------


def _keys(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


@rows("fieldwork.repair", "维修工单", "工单号", "地点", "类别", "报修时间", "修复时间", "状态")
def repair_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Orders within the actor's reach, linked to their page."""
    found = orders_of(actor).filter(pk__in=_keys(keys))
    return {
        str(one.pk): Row(
            (
                one.number, one.place, one.get_kind_display(), f"{timezone.localtime(one.reported_at):%Y-%m-%d %H:%M}",
                f"{timezone.localtime(one.done_at):%Y-%m-%d %H:%M}" if one.done_at else "—", one.get_state_display(),
            ),
            "office-repair", one.number,
        )
        for one in found
    }  # fmt: skip


@rows("fieldwork.hazard", "安全隐患", "隐患编号", "部位", "类别", "发现日期", "销号日期", "状态")
def hazard_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Hazards within the actor's reach, linked to their page."""
    found = hazards_of(actor).filter(Q(pk__in=_keys(keys)))
    return {
        str(one.pk): Row(
            (
                one.number, one.place, one.get_kind_display(), one.found_on.isoformat(),
                one.closed_on.isoformat() if one.closed_on else "—", one.get_state_display(),
            ),
            "office-hazard", one.number,
        )
        for one in found
    }  # fmt: skip


@rows("fieldwork.round", "巡查", "小区", "检查表", "期次", "应完成日", "完成时间", "状态")
def round_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Rounds within the actor's reach, linked to their page."""
    found = rounds_of(actor).filter(pk__in=_keys(keys)).select_related("estate", "checklist")
    return {
        str(one.pk): Row(
            (
                one.estate.name, one.checklist.name, one.term, one.due_on.isoformat(),
                f"{timezone.localtime(one.done_at):%Y-%m-%d %H:%M}" if one.done_at else "—", one.get_state_display(),
            ),
            "office-round", str(one.pk),
        )
        for one in found
    }  # fmt: skip
