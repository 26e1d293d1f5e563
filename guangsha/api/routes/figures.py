"""Figures of the cases within reach: the same numbers as on the page of the office."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Schema

from guangsha.api.guard import machine_of_request
from guangsha.api.surface import operation, room
from guangsha.areas.office import figures

router = room("figures")
Month = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", description="月份，例如 2026-01")]


class FigureRow(Schema):
    """One service or street."""

    key: str
    name: str
    accepted: int = Field(description="受理")
    decided: int = Field(description="办结")
    approved: int
    rejected: int
    kept: int = Field(description="承诺期限内办结")
    late: int = Field(description="在办已超期")
    legal: int | None = Field(description="法定工作日")
    promised: int | None = Field(description="承诺工作日")
    mean: Decimal | None = Field(description="平均用时（工作日）")
    saved: Decimal | None = Field(description="比法定时限压缩（%）")


class MonthShown(Schema):
    """One month."""

    month: date
    accepted: int
    decided: int


class FiguresShown(Schema):
    """Everything."""

    since: date
    until: date
    total: FigureRow
    services: list[FigureRow]
    streets: list[FigureRow]
    months: list[MonthShown]
    grades: dict[str, int] = Field(description="好差评：等级和件数")
    bad_open: int = Field(description="未回访的差评")


def _row(row: figures.Row) -> dict[str, Any]:
    names = ("key", "name", "accepted", "decided", "approved", "rejected", "kept", "late", "legal", "promised", "mean", "saved")  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"key": str(row.key)}


@operation(router, "GET", "/figures", scope="figures:read", summary="统计数字", gives=FiguresShown)
def show_figures(request: HttpRequest, since: Month = "", until: Month = "") -> Any:
    """Months from ``since`` to ``until``, thirteen at most; this year's so far where nothing is given."""
    first, last = figures.month_span(since, until, timezone.localdate())
    found = figures.figures_of(machine_of_request(request).actor, first, last)
    return {
        "since": found.since, "until": found.until, "total": _row(found.total),
        "services": [_row(row) for row in found.services], "streets": [_row(row) for row in found.streets],
        "months": [{"month": day, "accepted": came, "decided": ended} for _, day, _, came, ended in found.months],
        "grades": {str(grade): count for grade, count in found.grades.items()}, "bad_open": found.bad_open,
    }  # fmt: skip
