"""Working days (工作日): weekends, holidays, and the days moved between them (调休).

Which days are holidays is announced by the State Council for one year at a time. For announced years the arrangement is
exact; for later years only the statutory days are known and :meth:`Calendar.is_estimate` says so: a limit that falls
there may still move.

Counting follows 民法典 §201 (the day of the event is not counted), §203 (a period that ends on a holiday ends on the
next working day) and 行政许可法 §82 (limits of administrative work count working days, holidays not included).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from guangsha.kernel.errors import InputError, RuleMissing
from guangsha.kernel.resources import data_folder

#: Longer periods than this are slips of the pen (about twenty years of working days).
WORKDAYS_MAX = 5000
#: For how many years after the last announced one the statutory days are laid out.
ESTIMATED_YEARS = 25
_DAY = timedelta(days=1)
_SATURDAY = 5


class Calendar:
    """Which days are worked.

    Args:
        shifts: days that differ from the plain week: True, a weekend day that is worked (调休上班); False, a weekday
            that is free. Entries that say what the week says anyway are allowed.
        announced: the years whose arrangement is known; None when every year is.
    """

    def __init__(self, shifts: Mapping[date, bool], *, announced: Collection[int] | None = None) -> None:
        self._shifts = {day: work for day, work in shifts.items() if work != (day.weekday() < _SATURDAY)}
        self._announced = None if announced is None else frozenset(announced)
        self._days = sorted(self._shifts)
        self._sums = [0, *accumulate(1 if self._shifts[day] else -1 for day in self._days)]

    def is_workday(self, day: date) -> bool:
        """Whether offices work on ``day``."""
        return self._shifts.get(day, day.weekday() < _SATURDAY)

    def is_estimate(self, day: date) -> bool:
        """Whether the arrangement of that year was not announced yet, so that the answer may change."""
        return self._announced is not None and day.year not in self._announced

    def next_workday(self, day: date) -> date:
        """``day`` itself when it is worked, else the first working day after it (民法典 §203)."""
        while not self.is_workday(day):
            day += _DAY
        return day

    def add_workdays(self, day: date, count: int) -> date:
        """The last day of a period of ``count`` working days that begins with an event on ``day``.

        The day of the event is not counted (民法典 §201). A period of no days ends on the day of the event, or on the
        next working day when that one is free.

        Raises:
            ValueError: ``count`` is negative or beyond :data:`WORKDAYS_MAX`.
        """
        if not 0 <= count <= WORKDAYS_MAX:
            raise ValueError(f"{count} working days is outside 0 to {WORKDAYS_MAX}")
        day = self.next_workday(day) if count == 0 else day
        for _ in range(count):
            day = self.next_workday(day + _DAY)
        return day

    def add_days(self, day: date, count: int) -> date:
        """The last day of a period of ``count`` calendar days; on a holiday it moves to the next working day."""
        if not 0 <= count <= WORKDAYS_MAX * 2:
            raise ValueError(f"{count} days is outside 0 to {WORKDAYS_MAX * 2}")
        return self.next_workday(day + timedelta(days=count))

    def workdays_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before ``start``."""
        return self._worked_until(end) - self._worked_until(start)

    def _worked_until(self, day: date) -> int:
        """Working days from 1 January of the year 1 (a Monday) to ``day``."""
        weeks, rest = divmod(day.toordinal(), 7)
        return weeks * 5 + min(rest, 5) + self._sums[bisect_right(self._days, day)]


@lru_cache(maxsize=1)
def national_calendar() -> Calendar:
    """The calendar of mainland China, with what ``parameters/national/workdays.yaml`` adds or corrects.

    Raises:
        InputError: that file cannot be used.
    """
    from chinese_calendar import constants

    shifts: dict[date, bool] = dict.fromkeys(constants.holidays, False)
    shifts.update(dict.fromkeys(constants.workdays, True))
    announced = {day.year for day in constants.holidays}
    shifts.update(_statutory(range(max(announced) + 1, max(announced) + 1 + ESTIMATED_YEARS)))
    years, days = read_overrides(data_folder("parameters") / "national" / "workdays.yaml")
    for day in [day for day in shifts if day.year in years - announced]:
        del shifts[day]
    shifts.update(days)
    return Calendar(shifts, announced=announced | years)


def _statutory(years: range) -> dict[date, bool]:
    """The statutory days of years that were not announced (全国年节及纪念日放假办法)."""
    from holidays import country_holidays

    return dict.fromkeys(country_holidays("CN", years=years), False)


def read_overrides(path: Path) -> tuple[frozenset[int], dict[date, bool]]:
    """The years that the file announces in full, and the days it sets.

    Raises:
        RuleMissing: there is no such file.
        InputError: a year or a day in it cannot be used.
    """
    if not path.is_file():
        raise RuleMissing(
            "找不到工作日安排文件", where=str(path), advice="请恢复该文件，没有补充时保留空表。"
        )

    def fault(what: str) -> InputError:
        return InputError(what, where=path.name, advice="请对照文件开头的说明更正。")

    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise fault("文件不是有效的 YAML") from error
    if not isinstance(content, dict) or set(content) - {"announced", "days"}:
        raise fault("只能有“announced”和“days”两项")
    years, days = content.get("announced") or [], content.get("days") or {}
    if not isinstance(years, list) or not all(type(year) is int and 1949 < year < 2200 for year in years):
        raise fault("“announced”应为年份的列表")
    if not isinstance(days, dict):
        raise fault("“days”应为 日期: {work: 是否上班, source: 依据}")
    found: dict[date, bool] = {}
    for day, entry in days.items():
        if type(day) is not date:
            raise fault(f"“{day}”不是 2027-01-04 这样的日期")
        if not isinstance(entry, dict) or type(entry.get("work")) is not bool or not entry.get("source"):
            raise fault(f"“{day}”要写明 work（true 上班、false 放假）和 source（文件依据）")
        found[day] = entry["work"]
    return frozenset(years), found
