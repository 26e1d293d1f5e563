"""Agencies within the key's reach, roles, and the calendar of working days."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Schema

from guangsha.api.guard import machine_of_request
from guangsha.api.problems import Problem
from guangsha.api.schemas import PAGE_USUAL, After, Limit, Named, cut
from guangsha.api.surface import operation, room
from guangsha.kernel.workdays import national_calendar
from guangsha.people.models import Agency
from guangsha.people.roles import ROLES

router = room("agencies")
#: The calendar knows the announced years and estimates some more; nobody counts further.
YEARS = (2000, 2099)
WORKDAYS_MAX = 1000


class AgencyShown(Schema):
    """One agency."""

    id: int
    name: str
    kind: str = Field(description="city 市，district 区县，street 街道，community 社区，bureau 主管部门")
    region_code: str
    parent: int | None
    active: bool


class AgencyPage(Schema):
    """A page of agencies."""

    agencies: list[AgencyShown]
    next: str | None


class RoleList(Schema):
    """The roles."""

    roles: list[Named]


class LimitShown(Schema):
    """A limit in working days."""

    start: date = Field(description="起算日（当日不计）")
    workdays: int
    due: date = Field(description="最后一日")
    estimate: bool = Field(description="所在年份的放假安排尚未公布，日期可能变动")


class DayShown(Schema):
    """One day."""

    day: date
    workday: bool
    estimate: bool


@operation(router, "GET", "/agencies", scope="services:read", summary="密钥范围内的机构", gives=AgencyPage)
def list_agencies(request: HttpRequest, after: After = "", limit: Limit = PAGE_USUAL) -> Any:
    """The agencies within reach."""
    rows = Agency.objects.filter(pk__in=machine_of_request(request).actor.scope)
    found, following = cut(rows, after, limit, newest=False)
    return {
        "agencies": [
            {"id": one.pk, "name": one.name, "kind": one.kind, "region_code": one.region_code, "parent": one.parent_id, "active": one.active}
            for one in found
        ],
        "next": following,
    }  # fmt: skip


@operation(router, "GET", "/roles", scope="services:read", summary="岗位", gives=RoleList)
def list_roles(request: HttpRequest) -> Any:
    """Every role."""
    return {"roles": [{"code": code, "name": name} for code, name in ROLES.items()]}


def _checked(day: date) -> date:
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise Problem("invalid", f"日期应在 {YEARS[0]} 至 {YEARS[1]} 年之间。")
    return day


@operation(router, "GET", "/workdays/limit", scope="services:read", summary="计算期限", gives=LimitShown)
def compute_limit(
    request: HttpRequest,
    start: Annotated[date, Query(description="起算日，例如 2026-11-21")],
    workdays: Annotated[int, Query(ge=0, le=WORKDAYS_MAX, description="几个工作日")],
) -> Any:
    """The last day of a limit in working days; 调休 is counted."""
    calendar, first = national_calendar(), _checked(start)
    due = calendar.add_workdays(first, workdays)
    return {"start": first, "workdays": workdays, "due": due, "estimate": calendar.is_estimate(due)}


@operation(router, "GET", "/workdays/day", scope="services:read", summary="是否工作日", gives=DayShown)
def show_day(request: HttpRequest, day: Annotated[date, Query(description="日期，例如 2026-11-21")]) -> Any:
    """Whether offices work on a day."""
    calendar, wanted = national_calendar(), _checked(day)
    return {"day": wanted, "workday": calendar.is_workday(wanted), "estimate": calendar.is_estimate(wanted)}
