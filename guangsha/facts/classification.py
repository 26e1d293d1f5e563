"""Government budget classification (政府收支分类科目) per fiscal year: functional and economic codes and their names.

Functional codes have 3 (类), 5 (款) or 7 (项) digits, economic codes 3 (类) or 5 (款). Names repeat across codes
(一般行政管理事务 stands under many 款), so a code, never a name, identifies a row. The codes are revised every year;
each version is a data file ``data/classification-<year>.yaml`` that says which years it covers and which entries
nobody has yet seen printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).resolve().parent / "data"

_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One functional class as tables 01 and 04 print it: ``code``, ordinal (一, 二 …) and ``name``."""

    code: str
    ordinal: str
    name: str

    @property
    def label(self) -> str:
        """``一、一般公共服务支出``."""
        return f"{self.ordinal}、{self.name}"


@dataclass(frozen=True, slots=True)
class Classification:
    """One version of the classification.

    ``verified`` holds the names seen in published tables, ``unverified`` the rest; ``verified_years`` are the
    fiscal years whose tables were compared; ``lanes`` groups economic classes as the detail table prints them.
    """

    id: str
    year_from: int
    year_to: int
    verified_years: tuple[int, ...]
    source: str
    class_rows: tuple[ClassRow, ...]
    verified: Mapping[str, str]
    unverified: Mapping[str, str]
    lanes: tuple[tuple[str, ...], ...]

    def name(self, code: str) -> str:
        """The name of ``code``; empty when this version does not hold it."""
        return self.verified.get(code) or self.unverified.get(code, "")

    def covers(self, year: int) -> bool:
        """Whether this version states its names for ``year`` (otherwise it is only the nearest one)."""
        return self.year_from <= year <= self.year_to

    def is_verified(self, code: str, year: int) -> bool:
        """Whether the name of ``code`` was compared with a published table of ``year``."""
        return code in self.verified and year in self.verified_years

    def economic_details(self, group: str) -> tuple[str, ...]:
        """Codes of the 款 that the form prints under one economic class, in order."""
        return tuple(code for code in self.verified if len(code) == 5 and code.startswith(group))


def ordinal(number: int) -> str:
    """A number from 1 to 99 as a Chinese ordinal.

    >>> ordinal(8), ordinal(10), ordinal(19), ordinal(26)
    ('八', '十', '十九', '二十六')
    """
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        raise ValueError(f"no ordinal for {number}")
    return (
        ("" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十")
        + (_DIGITS[ones] if ones else "")
    )  # fmt: skip


def classification(year: int) -> Classification:
    """The version for fiscal ``year``, or the nearest one where no file covers it (see :meth:`~Classification.covers`)."""
    versions = _versions()
    return min(versions, key=lambda v: (max(v.year_from - year, year - v.year_to, 0), -v.year_from))


def class_rows(year: int) -> tuple[ClassRow, ...]:
    """The functional classes of tables 01 and 04 in printed order (26 rows in FY2024)."""
    return classification(year).class_rows


def name_of(code: str, year: int) -> str:
    """The name of a functional or economic ``code`` in ``year``; empty when unknown.

    >>> name_of("2210201", 2024), name_of("221", 2024), name_of("30206", 2024)
    ('住房公积金', '住房保障支出', '电费')
    """
    return classification(year).name(code)


@lru_cache(maxsize=1)
def _versions() -> tuple[Classification, ...]:
    files = sorted(_FOLDER.glob("classification-*.yaml"))
    return tuple(_build(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in files)


def _build(data: Mapping[str, Any]) -> Classification:
    rows = tuple(
        ClassRow(str(code), ordinal(place), str(name))
        for place, (code, name) in enumerate(data["class_rows"], start=1)
    )
    loose = data["unverified"]
    return Classification(
        id=str(data["id"]),
        year_from=int(data["year_from"]),
        year_to=int(data["year_to"]),
        verified_years=tuple(data["verified_years"]),
        source=str(data["source"]),
        class_rows=rows,
        verified={row.code: row.name for row in rows} | data["functional"] | data["economic"],
        unverified={**loose["functional"], **loose["economic"]},
        lanes=tuple(tuple(lane) for lane in data["basic_detail_lanes"]),
    )
