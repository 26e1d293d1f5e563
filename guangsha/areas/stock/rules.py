"""Decisions about dwellings that need no database: who may do what, codes, doors of a building, rows of the chart.

Sources: JGJ/T 246-2012 (house code), GB/T 37346-2019 (real-estate unit code), operations.md §1A, §6.1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from guangsha.kernel.errors import InputError

#: Who may open the register of dwellings (the navigation offers it to the same).
READERS = frozenset({
    "allocation_officer", "district_reviewer", "district_approver", "city_approver", "supervisor", "auditor", "rent_clerk",
    "field_inspector", "archivist", "notary_observer", "legal_officer", "accountant",
})  # fmt: skip
#: Who keeps it: estates, dwellings, pictures, survey files, viewings.
KEEPERS = frozenset({"allocation_officer", "archivist"})
#: Who grants what a keeper asked for: taking a dwelling out, a plan of supply.
HEADS = frozenset({"supervisor", "district_approver"})
#: Who is on the spot: keys, meters, checks.
ON_SITE = frozenset({"allocation_officer", "field_inspector", "rent_clerk"})

FLOORS_MAX, BELOW_MAX, DOORS_MAX, ENTRANCES_MAX = 60, 5, 24, 20
#: One building made at once; the tallest estate blocks have about 1,600 dwellings.
BUILDING_MAX = 3000
AREA_MAX = Decimal(500)

#: Remainder → check character, by the name of the table. JGJ/T 246 prints its own; where a city uses another, it is added here
#: and named by the parameter ``house_code_check``.
CHECK_TABLES: dict[str, str] = {"gb11643": "10X98765432"}
_HOUSE_CODE = re.compile(r"[0-9]{22}[0-9X]")
_PROPERTY_CODE = re.compile(r"[0-9]{12}[A-Z]{2}[0-9]{5}[A-Z][0-9]{8}")


def house_check_digit(body: str, table: str = "gb11643") -> str:
    """The last character of a house code: weights 2^(i+1) mod 11, i counted from the right from 0, the sum mod 11 looked up.

    >>> house_check_digit("4306990012021000100000")
    '5'
    """
    total = sum(int(digit) * pow(2, place + 1, 11) for place, digit in enumerate(reversed(body)))
    return CHECK_TABLES[table][total % 11]


def clean_house_code(
    text: str, *, table: str = "", region: str = "", year: int | None = None, building: bool = False
) -> str:
    """A house code: street (9 digits), year of completion (4), building (4), dwelling (5; 00000 is the building), check (1).

    Args:
        table: name in ``CHECK_TABLES``; empty: the place does not say how its codes are checked, so the last one is not.
        region: the county's 6 digits, if the code must lie there; year: of completion, where the building knows it.

    Raises:
        InputError: not such a code.
    """
    code = "".join(text.split()).upper()
    if not code:
        return ""
    where = "房屋代码"
    if not _HOUSE_CODE.fullmatch(code):
        raise InputError("应为 22 位数字加 1 位校验码", where=where, advice="请按测绘成果填写。")
    if region and code[:6] != region:
        raise InputError(f"前 6 位是 {code[:6]}，本地为 {region}", where=where, advice="请核对行政区划。")
    if year is not None and code[9:13] != f"{year:04d}":
        raise InputError(f"建成年份是 {code[9:13]}，楼栋登记为 {year}", where=where, advice="请核对。")
    if building != (code[17:22] == "00000"):
        raise InputError(
            "户号应为 00000" if building else "户号不能是 00000", where=where, advice="00000 表示整栋楼。"
        )
    if table and code[22] != (right := house_check_digit(code[:22], table)):
        raise InputError(f"校验码应为 {right}", where=where, advice="请核对是否录错一位。")
    return code


def clean_property_code(text: str, region: str = "") -> str:
    """A real-estate unit code: region, cadastral area and sub-area, kind and number of the parcel, kind and number of what stands on it.

    Raises:
        InputError: not such a code.
    """
    code = "".join(text.split()).upper()
    if not code:
        return ""
    where = "不动产单元代码"
    if not _PROPERTY_CODE.fullmatch(code):
        raise InputError("应为 28 位", where=where, advice="例如 430699001002GB00003F00040005。")
    if region and code[:6] != region:
        raise InputError(f"前 6 位是 {code[:6]}，本地为 {region}", where=where, advice="请核对行政区划。")
    return code


@dataclass(frozen=True, slots=True)
class Door:
    """One door that is made with a building."""

    number: str
    entrance: str
    floor: int
    door: int


def doors_of(building: str, entrances: int, floors: int, doors: int, *, first_floor: int = 1) -> list[Door]:
    """The doors of a new building, numbered ``<building>-<entrance>-<floor><door>`` from the lowest floor up.

    Raises:
        InputError: more than a building has.
    """
    for word, value, most in (
        ("单元数", entrances, ENTRANCES_MAX),
        ("层数", floors, FLOORS_MAX),
        ("每层户数", doors, DOORS_MAX),
    ):
        if not 1 <= value <= most:
            raise InputError(f"应在 1 至 {most} 之间", where=word, advice="请核对图纸。")
    if not 1 <= first_floor <= floors:
        raise InputError(f"应在 1 至 {floors} 之间", where="住宅起始层", advice="请核对图纸。")
    made = [
        Door(f"{building}-{way}-{floor:02d}{door:02d}", str(way), floor, door)
        for way in range(1, entrances + 1)
        for floor in range(first_floor, floors + 1)
        for door in range(1, doors + 1)
    ]
    if len(made) > BUILDING_MAX:
        raise InputError(f"一次最多 {BUILDING_MAX} 套", where="楼栋", advice="请分单元登记。")
    return made


@dataclass(frozen=True, slots=True)
class Cell:
    """One dwelling of the chart; ``lit`` False: it stands there but the filter does not mean it."""

    key: int
    number: str
    floor: int
    door: int
    state: str
    layout: str
    lit: bool = True


@dataclass(frozen=True, slots=True)
class ChartPart:
    """One entrance: its doors from left to right and its floors from the top, a gap where a floor has no such door."""

    entrance: str
    doors: tuple[int, ...]
    floors: tuple[tuple[int, tuple[Cell | None, ...]], ...]


def chart_part(entrance: str, cells: Sequence[Cell]) -> ChartPart:
    """The dwellings of an entrance as the rows of its chart.

    Floors without any dwelling between others are left out: a shop floor or a plant room is no gap in the register.
    """
    doors = tuple(sorted({cell.door for cell in cells}))
    rows: dict[int, dict[int, Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.floor, {})[cell.door] = cell
    floors = tuple(
        (floor, tuple(rows[floor].get(door) for door in doors)) for floor in sorted(rows, reverse=True)
    )
    return ChartPart(entrance, doors, floors)


def round_tally(states: dict[str, int]) -> tuple[int, int, int]:
    """Of a census: all dwellings, those confirmed by two people, and these in percent (0 where there are none, rounded down)."""
    total, done = sum(states.values()), states.get("confirmed", 0)
    return total, done, done * 100 // total if total else 0


def supply_station(units: int, delivered: int, started_on: date | None) -> str:
    """Where a lot of a plan stands: planned, started, part (some delivered) or delivered."""
    if delivered >= units:
        return "delivered"
    if delivered:
        return "part"
    return "started" if started_on else "planned"


@dataclass(frozen=True, slots=True)
class DoorKind:
    """What the flats above one another at one door have in common."""

    layout: str
    area_m2: Decimal
    inner_area_m2: Decimal | None = None
    facing: str = ""
    accessible: bool = False


def square_metres(text: str, label: str) -> Decimal:
    """An area with at most two decimals.

    Raises:
        InputError: not one, or larger than a dwelling is.
    """
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text):
        raise InputError("应为数字，最多两位小数", where=label, advice="例如 39.80。")
    area = Decimal(text)
    if not 0 < area <= AREA_MAX:
        raise InputError(f"应大于 0、不超过 {AREA_MAX}", where=label, advice="请核对单位是否为平方米。")
    return area


def door_kinds(text: str, layouts: Sequence[str]) -> list[DoorKind]:
    """One line for each door of a floor, from left to right: layout, area, and where known inner area and facing.

    ``A 39.80 33.10 南`` is a one-room flat of 39.80 ㎡; a line ``X 42.00`` is barrier-free.

    Raises:
        InputError: which line, and what is wrong with it.
    """
    lines = [line.split() for line in text.replace("，", " ").replace(",", " ").splitlines() if line.strip()]
    if not 1 <= len(lines) <= DOORS_MAX:
        raise InputError(f"应有 1 至 {DOORS_MAX} 行", where="同层各户", advice="每户一行，从左到右。")
    kinds = []
    for place, parts in enumerate(lines, 1):
        where = f"同层各户第 {place} 行"
        if not 2 <= len(parts) <= 4 or parts[0].upper() not in layouts:
            raise InputError(
                f"应为“户型组别 建筑面积 套内面积 朝向”，户型组别是 {'、'.join(layouts)} 之一", where=where, advice="例如：A 39.80 33.10 南。"
            )  # fmt: skip
        area = square_metres(parts[1], where)
        inner = square_metres(parts[2], where) if len(parts) > 2 else None
        if inner is not None and inner > area:
            raise InputError("套内面积大于建筑面积", where=where, advice="请核对。")
        facing = parts[3] if len(parts) > 3 else ""
        if len(facing) > 8:
            raise InputError("朝向最多 8 个字", where=where, advice="例如：南、东南。")
        layout = parts[0].upper()
        kinds.append(DoorKind(layout, area, inner, facing, layout == "X"))
    return kinds
