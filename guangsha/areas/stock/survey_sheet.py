"""The workbook or csv of a survey (测绘成果): the template, reading what came back, what is wrong with a row. No database.

One row is one dwelling. What a spreadsheet shares with every other import is in :mod:`guangsha.areas.registry.import_sheet`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from guangsha.areas.stock.facts import LAYOUTS
from guangsha.areas.stock.rules import (
    DOORS_MAX,
    FLOORS_MAX,
    clean_house_code,
    clean_property_code,
    square_metres,
)
from guangsha.documents.reading.office_package import plain_package
from guangsha.documents.writing.xlsx import Workbook
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import normalise

ROWS_MAX = 5000
BYTES_MAX = 5 * 1024 * 1024
CELL_MAX = 100
_HEAD_WITHIN = 10

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: key, heading, note for who fills it in, width."""

    key: str
    label: str
    note: str
    width: int
    required: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("building", "楼栋号", "例如 3 或 A1。", 9, True),
    Column("entrance", "单元号", "例如 1。", 9, True),
    Column("floor", "楼层", "地下一层填 -1。", 8, True),
    Column("door", "同层序号", "从左到右 1、2、3。", 10, True),
    Column("layout", "户型组别", "A 一居室，B 两居室，C 三居室，X 无障碍。", 10, True),
    Column("area_m2", "建筑面积", "平方米，两位小数。", 11, True),
    Column("inner_area_m2", "套内面积", "平方米，两位小数。", 11),
    Column("facing", "朝向", "例如 南。", 8),
    Column("house_code", "房屋代码", "23 位，本列是文本格式。", 26),
    Column("property_code", "不动产单元代码", "28 位，本列是文本格式。", 32),
)
_BY_LABEL = {column.label: column for column in COLUMNS}


def template() -> bytes:
    """An empty workbook to fill in; codes are text cells, where numbers would lose digits."""
    book = Workbook(title="测绘成果导入模板")
    sheet = book.sheet("房屋", widths=[column.width for column in COLUMNS], freeze=(1, 0), protect=False)
    need = book.style(bold=True, fill="FFE8B3", border=True, align="center", wrap=True)
    may = book.style(bold=True, fill="DDE7F3", border=True, align="center", wrap=True)
    text = book.style(number="@", border=True)
    for number, column in enumerate(COLUMNS):
        sheet.write(0, number, column.label, need if column.required else may)
        sheet.note(0, number, ("必填。" if column.required else "") + column.note)
        if column.key == "layout":
            sheet.validate_list(
                1,
                number,
                ROWS_MAX,
                number,
                list(LAYOUTS),
                prompt_title=column.label,
                prompt=column.note,
                error="请从下拉列表中选择。",
            )
    for row in range(1, 301):
        for number in range(len(COLUMNS)):
            sheet.write(row, number, None, text)
    return book.to_bytes()


def read_rows(data: bytes, name: str) -> list[tuple[int, Row]]:
    """The filled rows of a workbook or a csv file with their numbers as a spreadsheet counts them.

    Raises:
        InputError: too large, not such a file, damaged, no known heading, no rows or too many.
    """
    if not data:
        raise InputError("文件是空的", where=name, advice="请选择填好的文件。")
    if len(data) > BYTES_MAX:
        raise InputError(f"文件超过 {BYTES_MAX // 1024 // 1024} MB", where=name, advice="请分栋上传。")
    if data.startswith(b"PK"):
        return _rows(_workbook_cells(data, name), name)
    return _rows(_csv_cells(data, name), name)


def _csv_cells(data: bytes, name: str) -> list[Sequence[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError("读不懂文件的编码", where=name, advice="请另存为 xlsx，或 UTF-8 编码的 csv。")
    if "\0" in text:
        raise InputError("不是 xlsx 或 csv 文件", where=name, advice="请使用本系统的模板。")
    lines: list[Sequence[Any]] = []
    try:
        for line in csv.reader(io.StringIO(text)):
            lines.append(line[: len(COLUMNS) * 3])
            if len(lines) > ROWS_MAX + _HEAD_WITHIN:
                break
    except csv.Error as error:
        raise InputError("csv 内容已损坏", where=name, advice="请另存为 xlsx 后上传。") from error
    return lines


def _workbook_cells(data: bytes, name: str) -> list[Sequence[Any]]:
    plain = plain_package(data, name)
    from openpyxl import load_workbook

    try:
        book: Any = load_workbook(io.BytesIO(plain), read_only=True, data_only=True)
        lines: list[Sequence[Any]] = []
        for cells in book.worksheets[0].iter_rows(values_only=True, max_col=len(COLUMNS) * 3):
            lines.append(cells)
            if len(lines) > ROWS_MAX + _HEAD_WITHIN:
                break
        return lines
    except Exception as error:  # openpyxl raises whatever a damaged part leads it to
        raise InputError(
            "工作簿内容已损坏，无法读取", where=name, advice="请用本系统的模板重新填写后上传。"
        ) from error


def _rows(lines: Sequence[Sequence[Any]], name: str) -> list[tuple[int, Row]]:
    columns: dict[int, Column] = {}
    found: list[tuple[int, Row]] = []
    for number, cells in enumerate(lines, start=1):
        if not columns:
            if number > _HEAD_WITHIN:
                break
            labels = ["".join(str(cell or "").split()) for cell in cells]
            if "楼栋号" in labels:
                columns = {at: _BY_LABEL[label] for at, label in enumerate(labels) if label in _BY_LABEL}
            continue
        row = {column.key: _text(cells[at]) for at, column in columns.items() if at < len(cells)}
        if any(row.values()):
            found.append((number, row))
    missing = [column.label for column in COLUMNS if column.required and column not in columns.values()]
    if missing:
        raise InputError(
            f"表头缺少“{'”“'.join(missing)}”", where=name, advice="请使用本系统的模板，不要改动表头。"
        )
    if not found:
        raise InputError("没有填写任何一行", where=name, advice="请在第一张工作表中填写后上传。")
    if len(found) > ROWS_MAX:
        raise InputError(f"超过 {ROWS_MAX:,} 行", where=name, advice="请分栋上传。")
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else Decimal(str(value))
    return normalise(" ".join(str(value).split())[: CELL_MAX + 1])


def check_row(
    given: Row, *, region: str, table: str, years: Mapping[str, int | None]
) -> tuple[dict[str, Any], list[str]]:
    """What a row means, and everything wrong with it at once.

    Args:
        years: by building number, when it was completed (None: unknown), for the buildings that are in the register.
    """
    meant: dict[str, Any] = {column.key: given.get(column.key, "") for column in COLUMNS}
    faults: list[str] = []
    for column in COLUMNS:
        try:
            meant[column.key] = _meant(column, meant[column.key], meant, region, table, years)
        except InputError as error:
            faults.append(str(error))
    inner, area = meant["inner_area_m2"], meant["area_m2"]
    if isinstance(inner, Decimal) and isinstance(area, Decimal) and inner > area:
        faults.append("套内面积：大于建筑面积。请核对。")
    return meant, faults


def _meant(
    column: Column,
    text: str,
    row: Mapping[str, Any],
    region: str,
    table: str,
    years: Mapping[str, int | None],
) -> Any:
    where = column.label
    if not text:
        if column.required:
            raise InputError("没有填写", where=where, advice="这一列必填。")
        return None if column.key == "inner_area_m2" else ""
    if column.key in ("floor", "door"):
        sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
        number = sign * int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 4 else 0
        most, least = (FLOORS_MAX, -5) if column.key == "floor" else (DOORS_MAX, 1)
        if not least <= number <= most or number == 0:
            raise InputError(f"应为 {least} 至 {most} 的整数，不含 0", where=where, advice="请核对。")
        return number
    if column.key in ("building", "entrance"):
        if not (text.isascii() and text.isalnum() and len(text) <= 8):
            raise InputError("只能是数字和字母，最多 8 位", where=where, advice="例如 3 或 A1。")
        return text
    if column.key == "layout":
        codes = {**{code: code for code in LAYOUTS}, **{word: code for code, word in LAYOUTS.items()}}
        if text.upper() not in codes:
            raise InputError(f"没有“{text[:10]}”这一组", where=where, advice="请填 A、B、C 或 X。")
        return codes[text.upper()]
    if column.key in ("area_m2", "inner_area_m2"):
        return square_metres(text, where)
    if column.key == "house_code":
        return clean_house_code(text, table=table, region=region, year=years.get(str(row["building"])))
    if column.key == "property_code":
        return clean_property_code(text, region)
    if len(text) > 8:
        raise InputError("最多 8 个字", where=where, advice="例如：南。")
    return text


def number_of(meant: Mapping[str, Any]) -> str:
    """The dwelling's number: ``3-1-0502``; below ground ``3-1--0102``."""
    floor = int(meant["floor"])
    return f"{meant['building']}-{meant['entrance']}-{'-' if floor < 0 else ''}{abs(floor):02d}{int(meant['door']):02d}"


def check_together(rows: Mapping[int, tuple[Mapping[str, Any], list[str]]]) -> None:
    """Faults that only several rows together have: one door twice, one code twice."""
    seen: dict[tuple[str, str], int] = {}
    for number, (meant, faults) in rows.items():
        if faults:
            continue
        for label, value in (
            ("房号", number_of(meant)),
            ("房屋代码", meant["house_code"]),
            ("不动产单元代码", meant["property_code"]),
        ):
            if not value:
                continue
            if (label, value) in seen:
                faults.append(f"{label}：与第 {seen[label, value]} 行相同。请核对。")
            seen.setdefault((label, value), number)
