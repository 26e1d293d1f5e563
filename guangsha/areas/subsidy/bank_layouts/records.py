"""What layouts have in common: the rows, and the last line with SM3 (GB/T 32905) over all bytes before it.

The digest finds accidents; who wrote the file, the cover proves (``bank_cover``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from guangsha.areas.subsidy.bank_files import (
    BankFileRefused,
    PaymentRow,
    ReturnRow,
    bounded,
    moment_of,
)
from guangsha.privacy.sealing import sm3_hex


def with_trailer(body: bytes, mark: bytes, end: bytes) -> bytes:
    """``body`` and its last line: ``mark``, 64 hex digits, ``end``."""
    return body + mark + sm3_hex(body).encode() + end


def without_trailer(data: bytes, mark: bytes) -> bytes:
    """The bytes before the last line, whose digest they have.

    Raises:
        BankFileRefused: empty, huge, without the last line, or with another digest.
    """
    text = bounded(data).rstrip(b"\r\n")
    start = text.rfind(b"\n") + 1
    last = text[start:]
    given = last[len(mark) :]
    if (
        not last.startswith(mark)
        or len(given) != 64
        or not all(c in b"0123456789abcdefABCDEF" for c in given)
    ):
        raise BankFileRefused(
            "cut", "文件末尾没有校验行，可能没有传完", advice="请向银行重新取得完整的文件。"
        )
    body = data[:start]
    if sm3_hex(body).encode() != given.lower():
        raise BankFileRefused(
            "digest", "文件内容与校验值不符，传送中被截断或改动", advice="请向银行重新取得文件。"
        )
    return body


def decoded(data: bytes, encoding: str) -> str:
    """The text of a file.

    Raises:
        BankFileRefused: not of this encoding.
    """
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BankFileRefused(
            "encoding", f"文件不是 {encoding.upper()} 文字", advice="请核对银行文件格式设置。"
        ) from error


def whole(text: str) -> int:
    """A number without sign, at most 18 digits.

    Raises:
        ValueError
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise ValueError(text)
    return int(text)


def payment_row(number: int, fields: Sequence[str], amount: Callable[[str], int]) -> PaymentRow:
    """The payment on line ``number``.

    Raises:
        BankFileRefused
    """
    seq, account, name, money, memo = fields
    try:
        return PaymentRow(whole(seq), account, name, amount(money), memo)
    except ValueError as error:
        raise BankFileRefused(
            "field", "序号或金额不是数字", where=f"第 {number} 行", advice="请核对文件。"
        ) from error


def return_row(
    number: int, fields: Sequence[str], amount: Callable[[str], int], codes: Mapping[str, str]
) -> ReturnRow:
    """The result on line ``number``; ``codes`` are the bank's, and one that is not there is never guessed at: it may mean "paid".

    Raises:
        BankFileRefused
    """
    sent = payment_row(number, fields[:5], amount)
    code, message, paid_at, serial = fields[5:]
    if code not in codes:
        raise BankFileRefused(
            "code",
            f"没有结果代码“{code[:8]}”",
            where=f"第 {number} 行",
            advice="请向银行问明代码含义后再登记。",
        )
    try:
        moment = moment_of(paid_at)
    except ValueError as error:
        raise BankFileRefused(
            "field", "处理时间不是 14 位数字", where=f"第 {number} 行", advice="请核对文件。"
        ) from error
    return ReturnRow(
        sent.seq, sent.account, sent.name, sent.amount_fen, sent.memo, codes[code], message, moment, serial
    )
