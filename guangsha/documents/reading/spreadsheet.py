"""Sheets of an xlsx workbook as rows of cells, each saying what was typed, for untrusted files."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import openpyxl

from guangsha.documents.reading import limits
from guangsha.documents.reading.office_package import plain_package
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import decimals_of, plain, round_to

#: Decimals kept of a number that a spreadsheet computed: a fen is 0.000001 万元. More is binary noise (0.1 + 0.2).
DECIMALS_KEPT = 6

#: From here on a stored number has no digits after the point, and no figure is that large anyway.
_HUGE = Decimal(10) ** 20

#: A sheet in the workbook's list of sheets.
_SHEET = re.compile(rb"<(?:[A-Za-z0-9]+:)?sheet\s")
#: Control characters as spreadsheets write them inside strings: ``_x000D_`` is a carriage return.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Cell:
    """One filled cell.

    Args:
        value: text, number, flag or day as the workbook stores it (for a formula: its last computed result).
        formula: whether it holds a formula.
        error: whether it shows an error such as ``#REF!``.
        percent: whether it is shown in percent, so that 0.9941 means 99.41 %.
    """

    value: str | int | float | bool | date | datetime | time | timedelta | None
    formula: bool = False
    error: bool = False
    percent: bool = False

    @property
    def text(self) -> str:
        """What the cell says, numbers in plain digits; see :func:`exact` for floats."""
        value = self.value
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, int | float):
            return plain(exact(value))
        if isinstance(value, datetime):
            return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ")
        if isinstance(value, date | time):
            return value.isoformat()
        if value is None or isinstance(value, timedelta):
            return "" if value is None else str(value)
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one sheet, rows and columns from zero; None where nothing stands."""

    name: str
    rows: Sequence[Sequence[Cell | None]]


def exact(number: int | float, times: int = 1) -> Decimal:
    """The decimal that a stored binary number stands for.

    A spreadsheet keeps 9.10 as a binary fraction and 0.1 + 0.2 as 0.30000000000000004. The shortest decimal that
    gives the same binary number is what was typed; beyond :data:`DECIMALS_KEPT` decimals it is rounded half up.
    ``times`` multiplies it exactly (100 for a cell shown in percent).

    >>> exact(0.1 + 0.2), exact(922.45), exact(100.0)
    (Decimal('0.3'), Decimal('922.45'), Decimal('100'))
    """
    value = (Decimal(number) if isinstance(number, int) else Decimal(repr(number))) * times
    if not value.is_finite() or abs(value) >= _HUGE:
        return value
    if decimals_of(value) > DECIMALS_KEPT:
        value = round_to(value, DECIMALS_KEPT)
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole else value.normalize()


def read_grids(data: bytes, name: str) -> list[Grid]:
    """All worksheets.

    Raises:
        InputError: the file is not a readable xlsx workbook, or exceeds a bound.
    """
    package = plain_package(data, name)
    try:
        # openpyxl warns of features that it drops (extensions, missing default style); none concerns the values.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _grids(package, name)
    except InputError:
        raise
    except Exception as error:
        # Whatever a parser says of a damaged or hostile part (KeyError, ParseError, OverflowError …) means the same
        # to a person; the fuzz test in tests/test_workbook_damage.py shows how many kinds there are.
        raise InputError(
            "工作簿内部结构已损坏，无法读取",
            where=name,
            advice="请用 Excel 或 WPS 打开修复后另存，或重新填写。",
        ) from error


def _grids(package: bytes, name: str) -> list[Grid]:
    values = openpyxl.load_workbook(io.BytesIO(package), read_only=True, data_only=True, keep_links=False)
    formulas = openpyxl.load_workbook(io.BytesIO(package), read_only=True, data_only=False, keep_links=False)
    if len(values.sheetnames) != _sheets_declared(package):
        # openpyxl passes over a sheet whose part is missing; its figures would be lost in silence
        raise InputError(
            "工作簿里有工作表的内容丢失", where=name, advice="请用 Excel 或 WPS 打开修复后另存，或重新填写。"
        )
    if len(values.worksheets) > limits.SHEETS_MAX:
        raise InputError(
            f"工作簿有 {len(values.worksheets)} 张工作表，超过上限", where=name, advice="请删去无关工作表。"
        )
    pairs = zip(values.worksheets, formulas.worksheets, strict=True)
    return [Grid(shown.title, _rows(shown, typed)) for shown, typed in pairs]


def _sheets_declared(package: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(package)) as parts:
        part = next(name for name in parts.namelist() if name.casefold() == "xl/workbook.xml")
        return len(_SHEET.findall(parts.read(part)))


def _rows(shown: Any, typed: Any) -> list[list[Cell | None]]:
    """Rows of one sheet, read twice: once for results, once to tell formulas."""
    bounds = {"min_row": 1, "min_col": 1, "max_row": limits.ROWS_MAX, "max_col": limits.COLUMNS_MAX}
    for sheet in (shown, typed):
        sheet.reset_dimensions()  # the file's own word on its size is not trusted
    rows: list[list[Cell | None]] = []
    for results, sources in zip(shown.iter_rows(**bounds), typed.iter_rows(**bounds), strict=True):
        rows.append([_cell(result, source) for result, source in zip(results, sources, strict=True)])
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _cell(result: Any, source: Any) -> Cell | None:
    formula = source.data_type == "f"
    if result.value is None and not formula:
        return None
    return Cell(
        result.value,
        formula=formula,
        error=result.data_type == "e",
        percent="%" in (getattr(result, "number_format", None) or ""),
    )
