"""A second layout (定长): records of fixed length in GBK bytes, CRLF at their ends, amounts in fen with leading zeros.

    H batch(32) date(8) count(8) total(18)
    D seq(8) account(32) name(60) amount(15) memo(60)            and in a return file  code(4) message(120) paid_at(14) serial(32)
    T SM3 of all bytes before this line (64)

Widths are bytes; text is padded on the right with spaces. Codes are the bank's own (``S000``, ``F0xx``). GBK has no place for rare
characters of names: such a name is refused before anything is sent; ``fixed-gb18030`` is the same layout with all of them.
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
    PaymentRow,
    ReturnFile,
    check_totals,
    day_of,
    moment_text,
    payment_file,
    return_file,
)
from guangsha.areas.subsidy.bank_layouts.records import (
    decoded,
    payment_row,
    return_row,
    whole,
    with_trailer,
    without_trailer,
)

CODES = {
    "S000": PAID, "F011": "name_mismatch", "F012": "closed", "F013": "frozen", "F014": "class_ii_limit",
    "F015": "wrong_number", "F016": "dormant", "F017": "over_limit", "F099": "other",
}  # fmt: skip
_BACK = {ours: theirs for theirs, ours in CODES.items()}
_HEAD = (32, 8, 8, 18)
_DETAIL = (8, 32, 60, 15, 60)
_RESULT = (4, 120, 14, 32)
END = b"\r\n"


class FixedWidth:
    """Records of fixed length (see the head of this file)."""

    suffix = ".dat"

    def __init__(self, name: str, title: str, encoding: str) -> None:
        self.name, self.title, self.encoding = name, title, encoding

    def write_payments(self, file: PaymentFile) -> bytes:
        """Header, details, trailer."""
        return self._written(file.batch, file.day, file.total_fen, [self._detail(r) for r in file.rows])

    def write_returns(self, file: ReturnFile) -> bytes:
        """Header, details with results, trailer."""
        rows = [
            self._detail(r.sent)
            + self._record(
                _RESULT, (_BACK[r.code], r.message, moment_text(r.paid_at), r.serial), f"第 {r.seq} 笔"
            )
            for r in file.rows
        ]
        return self._written(file.batch, file.day, file.total_fen, rows)

    def read_payments(self, data: bytes) -> PaymentFile:
        """See ``bank_files.Layout``."""
        batch, day, count, total, lines = self._read(data, _DETAIL)
        rows = [payment_row(number, fields, whole) for number, fields in lines]
        check_totals(rows, count, total)
        return payment_file(batch, day, rows)

    def read_returns(self, data: bytes) -> ReturnFile:
        """See ``bank_files.Layout``."""
        batch, day, count, total, lines = self._read(data, (*_DETAIL, *_RESULT))
        rows = [return_row(number, fields, whole, CODES) for number, fields in lines]
        check_totals(rows, count, total)
        return return_file(batch, day, rows)

    def _detail(self, row: PaymentRow) -> bytes:
        fields = (f"{row.seq:08d}", row.account, row.name, f"{row.amount_fen:015d}", row.memo)
        return b"D" + self._record(_DETAIL, fields, f"第 {row.seq} 笔")

    def _record(self, widths: Sequence[int], fields: Sequence[str], where: str) -> bytes:
        parts = []
        for width, field in zip(widths, fields, strict=True):
            try:
                part = field.encode(self.encoding)
            except UnicodeEncodeError as error:
                raise BankFileRefused(
                    "rare",
                    f"“{field[error.start : error.end]}”不在银行的字库里",
                    where=where,
                    advice="请与银行商定用 GB 18030 格式发送。",
                ) from error
            if len(part) > width:
                raise BankFileRefused(
                    "long", f"“{field}”在银行文件里放不下", where=where, advice="请缩短附言，或更换文件格式。"
                )
            parts.append(part.ljust(width))
        return b"".join(parts)

    def _written(self, batch: str, day: date, total: int, rows: Sequence[bytes]) -> bytes:
        head = b"H" + self._record(_HEAD, (batch, f"{day:%Y%m%d}", f"{len(rows):08d}", f"{total:018d}"), "")
        return with_trailer(b"".join(record + END for record in (head, *rows)), b"T", END)

    def _read(
        self, data: bytes, widths: Sequence[int]
    ) -> tuple[str, date, int, int, list[tuple[int, list[str]]]]:
        records = without_trailer(data, b"T").split(b"\n")
        lines = [record.removesuffix(b"\r") for record in records if record not in (b"", b"\r")]
        head = self._fields(lines[0], b"H", _HEAD, 1) if lines else []
        if not head or not BATCH_NUMBER.fullmatch(head[0]):
            raise BankFileRefused(
                "head", "第一行不是文件头", where="第 1 行", advice="请核对是否选错了文件，或银行换了格式。"
            )
        if len(lines) - 1 > ROWS_MAX:
            raise BankFileRefused("rows", f"明细超过 {ROWS_MAX} 笔", advice="请核对文件。")
        try:
            day, count, total = day_of(head[1]), whole(head[2]), whole(head[3])
        except ValueError as error:
            raise BankFileRefused(
                "head", "文件头的日期、笔数或合计不是数字", where="第 1 行", advice="请核对文件。"
            ) from error
        rows = [
            (number, self._fields(line, b"D", widths, number))
            for number, line in enumerate(lines[1:], start=2)
        ]
        return head[0], day, count, total, rows

    def _fields(self, line: bytes, mark: bytes, widths: Sequence[int], number: int) -> list[str]:
        if not line.startswith(mark) or len(line) != 1 + sum(widths):
            raise BankFileRefused(
                "fields",
                f"记录长 {len(line)} 字节，应为 {1 + sum(widths)} 字节",
                where=f"第 {number} 行",
                advice="请核对文件格式。",
            )
        fields, place = [], 1
        for width in widths:
            fields.append(decoded(line[place : place + width].rstrip(b" "), self.encoding))
            place += width
        return fields
