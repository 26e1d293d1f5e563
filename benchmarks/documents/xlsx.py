"""Writing 240,000 cells of mixed Chinese text and numbers to xlsx: ours, openpyxl, xlsxwriter where installed.

The limit is what any writer must at least do: deflate the sheet's xml (level 6). Before timing, the file is opened
with openpyxl and every value compared.

    python -m benchmarks.documents.xlsx [--rounds 5] [--json]
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import random
import sys
import zipfile
import zlib
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import openpyxl

from benchmarks.timing import Contender, compare, read_arguments, show
from guangsha.documents.writing.xlsx import Workbook

ROWS = 20_000
HEADS = ("序号", "姓名", "证件号", "区县", "地址", "收入", "面积", "人口", "资产", "补贴", "日期", "备注")
_HAN = "住房保障公共租赁补贴申请审核公示轮候配租合同退出监督评价资金收支预算区县街道社区家庭成员收入面积资产户籍年限标准金额"

Row = list[str | Decimal | int | None]


def made_rows(rows: int = ROWS, seed: int = 5) -> list[Row]:
    """Rows of a household register: seven columns of text, five of numbers; made up, nobody's data."""
    source = random.Random(seed)

    def han(length: int) -> str:
        return "".join(source.choices(_HAN, k=length))

    def money(most: int, places: int = 2) -> Decimal:
        return Decimal(source.randrange(most)).scaleb(-places)

    return [
        [
            number,
            han(3),
            f"5101{source.randrange(10**13):014d}",
            han(3),
            han(10),
            money(10**6),
            money(10**4, 1),
            source.randrange(1, 7),
            money(10**8),
            money(10**5),
            f"2026-{source.randrange(1, 13):02d}-01",
            han(6),
        ]
        for number in range(rows)
    ]


def ours(rows: list[Row]) -> bytes:
    """With borders and number formats, as our tables have them; the peers below write bare cells."""
    book = Workbook()
    text, number = book.style(border=True), book.style(border=True, number="0.00")
    sheet = book.sheet("表")
    for col, head in enumerate(HEADS):
        sheet.write(0, col, head, text)
    looks = [number if isinstance(value, Decimal) else text for value in rows[0]]
    sheet.write_rows(1, 0, rows, looks)
    return book.to_bytes()


def with_openpyxl(rows: list[Row], *, write_only: bool) -> bytes:
    book = openpyxl.Workbook(write_only=write_only)
    sheet: Any = book.create_sheet() if write_only else book.active
    sheet.append(HEADS)
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_xlsxwriter(rows: list[Row]) -> bytes:
    writer: Any = importlib.import_module("xlsxwriter")
    buffer = io.BytesIO()
    book = writer.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate([list(HEADS), *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def sheet_xml(data: bytes) -> bytes:
    return zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")


def check(data: bytes, rows: list[Row]) -> int:
    """Number of cells that openpyxl reads back equal.

    Raises:
        AssertionError: one of them differs.
    """
    sheet: Any = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    equal = 0
    every: list[Row] = [[*HEADS], *rows]
    for given, read in zip(every, sheet.iter_rows(values_only=True), strict=True):
        for ours_value, theirs in zip(given, read, strict=True):
            same = ours_value == theirs if isinstance(ours_value, str) else Decimal(str(theirs)) == ours_value
            assert same, (ours_value, theirs)
            equal += 1
    return equal


def contenders(rows: list[Row], xml: bytes) -> list[Contender]:
    cells = len(rows) * len(HEADS)

    def one(name: str, role: Any, run: Callable[[], object]) -> Contender:
        return Contender(name, role, run, cells)

    made = [
        one("limit: deflate-6 of the sheet xml", "limit", lambda: zlib.compress(xml, 6)),
        one("ours (styled)", "ours", lambda: ours(rows)),
        one("openpyxl", "peer", lambda: with_openpyxl(rows, write_only=False)),
        one("openpyxl write_only", "peer", lambda: with_openpyxl(rows, write_only=True)),
    ]
    if importlib.util.find_spec("xlsxwriter"):
        made.append(one("xlsxwriter", "peer", lambda: with_xlsxwriter(rows)))
    return made


def main() -> None:
    arguments = read_arguments(__doc__ or "")
    rows = made_rows()
    data = ours(rows)
    xml = sheet_xml(data)
    equal = check(data, rows)
    sizes = {level: len(zlib.compress(xml, level)) for level in (1, 2, 3, 4, 6)}
    sys.stderr.write(
        f"{equal} cells read back equal by openpyxl; file {len(data) / 1e6:.2f} MB, sheet xml {len(xml) / 1e6:.1f} MB,"
        f" deflated { {level: f'{size / 1e6:.2f} MB' for level, size in sizes.items()} }\n"
    )
    rounds = min(arguments.rounds, 5)  # a round with the peers takes half a minute
    show(
        compare("xlsx, 20,000 × 12 cells", contenders(rows, xml), rounds=rounds, unit="cells"),
        as_json=arguments.json,
    )
    levels = [
        Contender(
            f"deflate-{level}",
            "limit" if level == 6 else "ours",
            partial(zlib.compress, xml, level),
            len(xml),
        )
        for level in (1, 2, 3, 4, 6)
    ]
    show(
        compare("levels of deflate on that xml", levels, rounds=arguments.rounds, unit="bytes"),
        as_json=arguments.json,
    )


if __name__ == "__main__":
    main()
