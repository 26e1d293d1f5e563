"""The tables of a draw: read strictly, written in exactly one way, so that one content has one hash.

All are ASCII text with a header line, commas without quotes, LF line ends and an LF at the end. No name, no identity
number, no telephone ever stands in them: a family is its public receipt number (登记凭条号).
Source: operations.md §4.2.1; docs/algorithms/draw.md "Files".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import lt

from guangsha.draw.faults import DrawFileError
from guangsha.draw.rules_file import Rules

ROSTER_FILE, UNITS_FILE, WISHES_FILE = "roster.csv", "units.csv", "wishes.csv"
ROSTER_HEADER = "entry_no,queue,tier"
UNITS_HEADER = "unit_no,queue,floor,area_m2,accessible"
WISHES_HEADER = "entry_no,rank,unit_no"

#: The largest city's list of applicants is some tens of thousands; a province drawn at once still fits.
ENTRIES_MAX = 2_000_000
UNITS_MAX = 500_000
WISHES_PER_ENTRY_MAX = 50
TABLE_BYTES_MAX = 128 * 1024 * 1024

_NUMBER = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
_QUEUE = r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}"
_TIER = r"(?:0|[1-9][0-9]?)"
#: Where a plan offers several estates, the estate's code stands before the door: ``430699Y1/1-1-0101``.
_UNIT = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}"
ENTRY_NO = re.compile(_NUMBER)
ROSTER_LINE = re.compile(rf"{_NUMBER},{_QUEUE},{_TIER}")
UNIT_LINE = re.compile(
    rf"{_UNIT},{_QUEUE},(?:0|-?[1-9][0-9]{{0,2}}),(?:0|[1-9][0-9]{{0,4}})\.[0-9]{{2}},[01]"
)
WISH_LINE = re.compile(rf"{_NUMBER},(?:[1-9][0-9]?),{_UNIT}")


@dataclass(frozen=True, slots=True)
class Roster:
    """Who takes part, as columns (a million rows of objects would cost more than the draw)."""

    entry_nos: Sequence[str]
    queues: Sequence[str]
    tiers: Sequence[int]

    def __len__(self) -> int:
        return len(self.entry_nos)


@dataclass(frozen=True, slots=True)
class Unit:
    """One dwelling on offer; ``area_m2`` as its text with two places."""

    unit_no: str
    queue: str
    floor: int
    area_m2: str
    accessible: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the roster."""

    entry_no: str
    queue: str
    tier: int


def write_roster(entries: Iterable[Entry]) -> bytes:
    """The roster in its one form, sorted by receipt number; :func:`read_roster` refuses what is wrong in it."""
    rows = sorted(entries, key=lambda entry: entry.entry_no)
    lines = [ROSTER_HEADER, *(f"{e.entry_no},{e.queue},{e.tier}" for e in rows)]
    return ("\n".join(lines) + "\n").encode()


def write_units(units: Iterable[Unit]) -> bytes:
    """The units in their one form, sorted by unit number."""
    rows = sorted(units, key=lambda unit: unit.unit_no)
    lines = [
        UNITS_HEADER,
        *(f"{u.unit_no},{u.queue},{u.floor},{u.area_m2},{int(u.accessible)}" for u in rows),
    ]
    return ("\n".join(lines) + "\n").encode()


def write_wishes(wishes: Mapping[str, Sequence[str]]) -> bytes:
    """Ranked wishes (志愿) per receipt number, in their one form."""
    lines = [WISHES_HEADER]
    for entry_no in sorted(wishes):
        lines.extend(f"{entry_no},{rank},{unit_no}" for rank, unit_no in enumerate(wishes[entry_no], start=1))
    return ("\n".join(lines) + "\n").encode()


def _lines(file: str, data: bytes, header: str, *, rows_max: int) -> list[str]:
    """The lines below the header; the faults that concern the whole file."""
    if len(data) > TABLE_BYTES_MAX:
        raise DrawFileError(file, f"文件超过 {TABLE_BYTES_MAX // 1024 // 1024} MB。")
    if data.startswith(b"\xef\xbb\xbf"):
        raise DrawFileError(
            file, "文件以字节顺序标记（BOM）开头。", line=1, advice="请另存为不带 BOM 的 UTF-8。"
        )
    if b"\r" in data:
        line = data[: data.index(b"\r")].count(b"\n") + 1
        raise DrawFileError(
            file, "行尾是 Windows 换行（CRLF），应为 LF。", line=line, advice="请另存为 LF 换行。"
        )
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DrawFileError(file, "含有字母、数字和规定符号以外的字符。", line=line) from error
    if not text.endswith("\n"):
        raise DrawFileError(file, "最后一行没有换行。", line=text.count("\n") + 1)
    lines = text[:-1].split("\n")
    if lines[0] != header:
        raise DrawFileError(file, f"表头应为 {header}。", line=1)
    if len(lines) - 1 > rows_max:
        raise DrawFileError(file, f"超过 {rows_max} 行。")
    del lines[0]
    return lines


def _each_matches(file: str, lines: list[str], shape: re.Pattern[str], example: str) -> None:
    matches = shape.fullmatch
    for number, line in enumerate(lines, start=2):
        if matches(line) is None:
            raise DrawFileError(file, f"“{line[:60]}”不合格式。", line=number, advice=f"应如 {example}。")


def read_roster(data: bytes, rules: Rules) -> Roster:
    """The roster in ``data``.

    Raises:
        DrawFileError: wrong form, not sorted, a receipt number twice (in one queue or in two), a queue or a tier
            that the rules do not know, nobody in it.
    """
    lines = _lines(ROSTER_FILE, data, ROSTER_HEADER, rows_max=ENTRIES_MAX)
    if not lines:
        raise DrawFileError(ROSTER_FILE, "名册里没有一个登记。")
    _each_matches(ROSTER_FILE, lines, ROSTER_LINE, "T-0001,B,2")
    split = [line.split(",") for line in lines]
    numbers = [row[0] for row in split]
    if not all(map(lt, numbers, numbers[1:])):
        _name_disorder(split)
    known_queues = {name: name for name in rules.queues}
    known_tiers = {str(tier): tier for tier in rules.tiers}
    queues: list[str] = []
    tiers: list[int] = []
    for number, (_, queue, tier) in enumerate(split, start=2):
        try:
            queues.append(known_queues[queue])
            tiers.append(known_tiers[tier])
        except KeyError:
            what = f"队列“{queue}”" if queue not in known_queues else f"批次“{tier}”"
            raise DrawFileError(ROSTER_FILE, f"{what}不在规则文件里。", line=number) from None
    return Roster(numbers, queues, tiers)


def _name_disorder(split: Sequence[Sequence[str]]) -> None:
    for number, (before, row) in enumerate(pairwise(split), start=3):
        if before[0] == row[0]:
            if before[1] != row[1]:
                raise DrawFileError(
                    ROSTER_FILE, f"凭条号 {row[0]} 同时在队列 {before[1]} 和 {row[1]}。", line=number
                )
            raise DrawFileError(ROSTER_FILE, f"凭条号 {row[0]} 重复。", line=number)
        if before[0] > row[0]:
            raise DrawFileError(
                ROSTER_FILE, f"没有按凭条号排序：{row[0]} 应在 {before[0]} 之前。", line=number
            )


def read_units(data: bytes, rules: Rules) -> list[Unit]:
    """The units in ``data``, in the order of the file.

    Raises:
        DrawFileError: wrong form, a unit number twice, a queue that the rules do not know.
    """
    lines = _lines(UNITS_FILE, data, UNITS_HEADER, rows_max=UNITS_MAX)
    _each_matches(UNITS_FILE, lines, UNIT_LINE, "1-1-0101,B,1,52.30,1")
    units: list[Unit] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=2):
        unit_no, queue, floor, area_m2, accessible = line.split(",")
        if unit_no in seen:
            raise DrawFileError(UNITS_FILE, f"房源号 {unit_no} 重复。", line=number)
        if queue not in rules.queues:
            raise DrawFileError(UNITS_FILE, f"队列“{queue}”不在规则文件里。", line=number)
        seen.add(unit_no)
        units.append(Unit(unit_no, queue, int(floor), area_m2, accessible == "1"))
    return units


def read_wishes(data: bytes, roster: Roster, units: Sequence[Unit]) -> dict[str, tuple[str, ...]]:
    """Ranked wishes per receipt number.

    Raises:
        DrawFileError: wrong form, not sorted, a rank missing, a receipt or unit unknown, a unit of another queue,
            the same unit twice.
    """
    most = min(ENTRIES_MAX * 2, len(roster) * WISHES_PER_ENTRY_MAX)
    lines = _lines(WISHES_FILE, data, WISHES_HEADER, rows_max=most)
    _each_matches(WISHES_FILE, lines, WISH_LINE, "T-0001,1,1-1-0101")
    queue_of_entry = dict(zip(roster.entry_nos, roster.queues, strict=True))
    queue_of_unit = {unit.unit_no: unit.queue for unit in units}
    wishes: dict[str, list[str]] = {}
    last = ""
    for number, line in enumerate(lines, start=2):
        entry_no, rank, unit_no = line.split(",")
        if entry_no not in queue_of_entry:
            raise DrawFileError(WISHES_FILE, f"凭条号 {entry_no} 不在名册里。", line=number)
        if queue_of_unit.get(unit_no) != queue_of_entry[entry_no]:
            raise DrawFileError(
                WISHES_FILE,
                f"房源 {unit_no} 不在 {entry_no} 的队列 {queue_of_entry[entry_no]} 里。",
                line=number,
            )
        if entry_no < last:
            raise DrawFileError(WISHES_FILE, "没有按凭条号排序。", line=number)
        last = entry_no
        mine = wishes.setdefault(entry_no, [])
        if int(rank) != len(mine) + 1 or len(mine) == WISHES_PER_ENTRY_MAX:
            raise DrawFileError(
                WISHES_FILE,
                f"{entry_no} 的志愿顺序应从 1 起连续，最多 {WISHES_PER_ENTRY_MAX} 个。",
                line=number,
            )
        if unit_no in mine:
            raise DrawFileError(WISHES_FILE, f"{entry_no} 两次填了房源 {unit_no}。", line=number)
        mine.append(unit_no)
    return {entry_no: tuple(mine) for entry_no, mine in wishes.items()}
