"""The default layout (竖线分隔): UTF-8, one record a line, fields between ``|``.

    H|B202611-430699-01|20261120|2|816.16
    1|6222020200112345678|李建国|432.00|租赁补贴2026年11月
    2|6217001820003456789|王芳|384.16|租赁补贴2026年11月
    T|<SM3 of all bytes before this line, 64 hex digits>

A return file has the same first five fields and ``code|message|paid_at|serial``. Codes: 00 paid, 01 name and account differ,
02 closed, 03 frozen, 04 limit of a class II account, 05 no such account, 06 dormant, 07 over the limit, 99 other. Amounts in
yuan with two decimals, dates YYYYMMDD, moments YYYYMMDDhhmmss in Beijing time. Source: operations.md §5.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from guangsha.areas.subsidy.bank_files import (
    BATCH_NUMBER,
    PAID,
    ROWS_MAX,
    BankFileRefused,
    PaymentFile,
    ReturnFile,
    check_totals,
    day_of,
    fen_of,
    moment_text,
    payment_file,
    return_file,
    yuan_of,
)
from guangsha.areas.subsidy.bank_layouts.records import (
    decoded,
    payment_row,
    return_row,
    whole,
    with_trailer,
    without_trailer,
)

#: The bank's codes → ours. A code that is not here may mean "paid": such a file is refused, never guessed at.
CODES = {
    "00": PAID, "01": "name_mismatch", "02": "closed", "03": "frozen", "04": "class_ii_limit", "05": "wrong_number",
    "06": "dormant", "07": "over_limit", "99": "other",
}  # fmt: skip
_BACK = {ours: theirs for theirs, ours in CODES.items()}
MARK = b"T|"


class Delimited:
    """Fields between ``|`` (see the head of this file)."""

    name = "delimited"
    title = "竖线分隔（UTF-8）"
    suffix = ".txt"

    def write_payments(self, file: PaymentFile) -> bytes:
        """Header, details, trailer."""
        return _written(
            file.batch,
            file.day,
            file.total_fen,
            [[str(r.seq), r.account, r.name, yuan_of(r.amount_fen), r.memo] for r in file.rows],
        )

    def write_returns(self, file: ReturnFile) -> bytes:
        """Header, details with results, trailer."""
        rows = [
            [str(r.seq), r.account, r.name, yuan_of(r.amount_fen), r.memo, _BACK[r.code], r.message,
             moment_text(r.paid_at), r.serial]
            for r in file.rows
        ]  # fmt: skip
        return _written(file.batch, file.day, file.total_fen, rows)

    def read_payments(self, data: bytes) -> PaymentFile:
        """See ``bank_files.Layout``."""
        batch, day, count, total, lines = _read(data, 5)
        rows = [payment_row(number, fields, fen_of) for number, fields in lines]
        check_totals(rows, count, total)
        return payment_file(batch, day, rows)

    def read_returns(self, data: bytes) -> ReturnFile:
        """See ``bank_files.Layout``."""
        batch, day, count, total, lines = _read(data, 9)
        rows = [return_row(number, fields, fen_of, CODES) for number, fields in lines]
        check_totals(rows, count, total)
        return return_file(batch, day, rows)


def _written(batch: str, day: date, total: int, rows: Sequence[Sequence[str]]) -> bytes:
    head = ["H", batch, day.strftime("%Y%m%d"), str(len(rows)), yuan_of(total)]
    body = "".join("|".join(fields) + "\n" for fields in [head, *rows]).encode()
    return with_trailer(body, MARK, b"\n")


def _read(data: bytes, width: int) -> tuple[str, date, int, int, list[tuple[int, list[str]]]]:
    text = decoded(without_trailer(data, MARK), "utf-8").removeprefix("\ufeff")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    head = lines[0].split("|") if lines else []
    if len(head) != 5 or head[0] != "H" or not BATCH_NUMBER.fullmatch(head[1]):
        raise BankFileRefused(
            "head", "第一行不是文件头", where="第 1 行", advice="请核对是否选错了文件，或银行换了格式。"
        )
    if len(lines) - 1 > ROWS_MAX:
        raise BankFileRefused("rows", f"明细超过 {ROWS_MAX} 笔", advice="请核对文件。")
    try:
        day, count, total = day_of(head[2]), whole(head[3]), fen_of(head[4])
    except ValueError as error:
        raise BankFileRefused(
            "head", "文件头的日期、笔数或合计不是数字", where="第 1 行", advice="请核对文件。"
        ) from error
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("|")
        if len(fields) != width:
            raise BankFileRefused(
                "fields",
                f"有 {len(fields)} 栏，应为 {width} 栏",
                where=f"第 {number} 行",
                advice="请核对文件。",
            )
        rows.append((number, fields))
    return head[1], day, count, total, rows
