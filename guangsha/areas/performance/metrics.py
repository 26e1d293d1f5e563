"""Figures of the unit itself that no business area keeps: its posts, and what people said when they were asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from guangsha.areas.performance.access import READERS
from guangsha.areas.performance.models import PostHolding, StaffPost, SurveyAnswer
from guangsha.facts.metrics import Parameter, Record, Row, Scope, metric, rows

#: Grades 4 and 5 (满意、非常满意) of a survey sheet count as satisfied.
SATISFIED = 4


def _at_end(scope: Scope) -> tuple[date, Q]:
    last = date(scope.year, 12, 31)
    return last, Q(started_on__lte=last) & (Q(ended_on=None) | Q(ended_on__gt=last))


@metric(
    "performance.posts_established", 1, label="编制数", unit="人", records="编制岗位", fold="count",
    definition="年末核定的编制岗位数，以核定文件的日期为准。",
)  # fmt: skip
def posts_established(scope: Scope) -> Iterator[Record]:
    """编制数 at the end of the year."""
    for key in StaffPost.objects.filter(_at_end(scope)[1], agency__in=scope.agencies).values_list(
        "pk", flat=True
    ):
        yield Record(f"performance.post:{key}", 1)


@metric(
    "performance.posts_held", 1, label="年末实有人数", unit="人", records="在岗人员", fold="count",
    definition="年末在编制岗位上的人数。",
)  # fmt: skip
def posts_held(scope: Scope) -> Iterator[Record]:
    """实有人数 at the end of the year."""
    found = PostHolding.objects.filter(_at_end(scope)[1], post__agency__in=scope.agencies)
    for key in found.values_list("pk", flat=True):
        yield Record(f"performance.holding:{key}", 1)


def _answers(scope: Scope) -> QuerySet[SurveyAnswer]:
    found = SurveyAnswer.objects.filter(survey__agency__in=scope.agencies, survey__ended_on__year=scope.year)
    return found.filter(survey__code=scope.given("survey")) if scope.given("survey") else found


_SURVEY = (Parameter("survey", "调查代码"),)


@metric(
    "performance.satisfaction", 1, label="调查满意度", unit="%", records="调查问卷", fold="share", parameters=_SURVEY,
    definition="本年度内结束的满意度调查收回的问卷中，评为满意和非常满意的比例。",
)  # fmt: skip
def satisfaction(scope: Scope) -> Iterator[Record]:
    """Satisfied of all sheets that came back."""
    for key, grade in _answers(scope).values_list("pk", "grade"):
        yield Record(f"performance.answer:{key}", int(grade >= SATISFIED))


# --- how these records are shown ---------------------------------------------------------------------------


def _keys(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal()]


def _reach(actor: Any) -> frozenset[int]:
    return frozenset(actor.reach(READERS)) if actor.kind == "staff" else frozenset()


@rows("performance.post", "编制岗位", "编号", "岗位", "核定文号", "核定日期")
def post_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Posts of agencies within reach."""
    found = StaffPost.objects.filter(pk__in=_keys(keys), agency__in=_reach(actor))
    return {
        str(post.pk): Row((post.number, post.title, post.document_number, post.started_on.isoformat()))
        for post in found
    }


@rows("performance.holding", "在岗人员", "岗位", "姓名", "到岗日期")
def holding_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Who holds posts of agencies within reach."""
    found = PostHolding.objects.filter(pk__in=_keys(keys), post__agency__in=_reach(actor))
    return {
        str(row.pk): Row((f"{row.post.number} {row.post.title}", row.name, row.started_on.isoformat()))
        for row in found.select_related("post")
    }


@rows("performance.answer", "调查问卷", "调查", "问卷号", "级别（5 至 1）")
def answer_rows(actor: Any, keys: Sequence[str]) -> Mapping[str, Row]:
    """Sheets of surveys of agencies within reach; they name nobody."""
    found = SurveyAnswer.objects.filter(pk__in=_keys(keys), survey__agency__in=_reach(actor))
    return {
        str(row.pk): Row((row.survey.title, str(row.number), str(row.grade)))
        for row in found.select_related("survey")
    }
